/* SPDX-License-Identifier: Apache-2.0 */
/* What the threaded tests share: seeded chance, time, failures noted by threads (cmocka's assertions are for
 * the main thread only), and module calls that give their code back instead of asserting. */
#ifndef TEST_STRESS_STRESS_H
#define TEST_STRESS_STRESS_H

#include "api/harness.h"

#include <stdatomic.h>

extern uint64_t stress_seed;    /* CONCLAVE_SEED, or new for each test */
extern atomic_bool stress_stop; /* set by the first failure: threads end */

int stress_setup(void **state); /* and a fresh token */
double stress_seconds(void);    /* for all tests of a program: 5, or CONCLAVE_STRESS_SECONDS */
double stress_now(void);
uint64_t stress_random(uint64_t *state);
unsigned stress_pick(uint64_t *state, unsigned below);
/* One thread for each of count arguments; waits for all. */
void stress_run(size_t count, void *(*fn)(void *), void *args, size_t arg_size);

/* Keeps the first failure for the main thread. */
__attribute__((format(printf, 1, 2))) void stress_fail(const char *format, ...);
void stress_assert_none(void);

/* In void functions that threads run: note and return. */
#define EXPECT(expression, expected) \
	do { \
		CK_RV rv_ = (expression); \
		if (rv_ != (expected)) { \
			stress_fail("%s:%d: %s gave %s, not %s", __FILE__, __LINE__, #expression, rv_text(rv_), rv_text(expected)); \
			return; \
		} \
	} while (0)

#define REQUIRE(condition) \
	do { \
		if (!(condition)) { \
			stress_fail("%s:%d: not true: %s", __FILE__, __LINE__, #condition); \
			return; \
		} \
	} while (0)

CK_UTF8CHAR_PTR stress_utf8(const char *text);
CK_RV stress_open(CK_FLAGS rw, CK_SESSION_HANDLE *ret);
CK_RV stress_create(CK_SESSION_HANDLE session, bool token, bool private, const char *label, CK_OBJECT_HANDLE *ret);
/* CKR_GENERAL_ERROR when the label is not the expected one: an object stands in for another. */
CK_RV stress_read(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, const char *expected);
CK_RV stress_find(CK_SESSION_HANDLE session, const char *label, CK_OBJECT_HANDLE *ret, CK_ULONG *ret_count);
CK_RV stress_mac(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_BYTE ret[32]);

#endif
