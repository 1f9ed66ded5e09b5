/* SPDX-License-Identifier: Apache-2.0 */
/* What tests with several processes share: one store of one token, short ways to write and read it that
 * a forked child may use too, and bytes in pipes by which processes tell each other how far they are. */
#ifndef CONCLAVE_TESTS_PROCESS_FIXTURE_H
#define CONCLAVE_TESTS_PROCESS_FIXTURE_H

#include "base/log.h" /* before cmocka, whose fail is another */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/types.h>

#include "store_fixture.h"

#define assert_ok(expr) assert_string_equal(rv_name(expr), "CKR_OK")
#define TOKEN 1 /* the first number that a store gives */
#define ROWS 40

struct world {
	char dir[FIXTURE_PATH];
	char uri[512];
};

int make_world(void **state);
int remove_world(void **state);
#define in_world(f) cmocka_unit_test_setup_teardown(f, make_world, remove_world)

/* Opens the world's store. */
struct store *open_store(struct world *w);
/* The child has ended with 0. */
void assert_child_done(pid_t pid);
/* The store has this many records and passes its check. */
void assert_whole(struct world *w, uint64_t expected);

/* ---- for both sides of a fork: no assertions, because a child must not run the suite on --------------- */

/* Inserts record n; records first to first + count - 1. */
CK_RV add_row(struct store *s, uint32_t n);
CK_RV add_rows(struct store *s, uint32_t first, uint32_t count);
bool has_row(struct store *s, uint32_t n);
/* UINT64_MAX when it cannot be read. */
uint64_t count_rows(struct store *s);

struct signal_pipe {
	int ends[2];
};

void open_pipe(struct signal_pipe *p);
void close_pipe(struct signal_pipe *p);
void tell(struct signal_pipe *p);
void await(struct signal_pipe *p);

/* In a child's function: leaves with a number that tells the line. */
#define child_ok(expr)                            \
	do {                                      \
		if ((expr) != CKR_OK)             \
			return __LINE__ % 97 + 1; \
	} while (0)
#define child_true(expr)                          \
	do {                                      \
		if (!(expr))                      \
			return __LINE__ % 97 + 1; \
	} while (0)

#endif
