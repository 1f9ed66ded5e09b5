/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of PostgreSQL stores share: a store of its own for each test, in a schema of one server,
 * and short words for rows in it. Knows no promise of a store. */
#ifndef CONCLAVE_TESTS_STORE_POSTGRES_WORLD_H
#define CONCLAVE_TESTS_STORE_POSTGRES_WORLD_H

#include "base/log.h" /* before cmocka, whose fail is another */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/types.h>

#include "database_server.h"
#include "store_fixture.h"

#define assert_rv(expr, rv) assert_string_equal(rv_name(expr), rv_name(rv))
#define assert_ok(expr) assert_rv(expr, CKR_OK)
#define TOKEN 1 /* the first number that a store gives */
#define WRITERS 4

extern struct server server; /* main starts it */

struct world {
	char dir[FIXTURE_PATH];
	char schema[32];
	char key[FIXTURE_PATH + 16];
	char uri[SERVER_URI];
};

/* In a fork child nothing may fail an assertion: it must not run the suite on. A child's answer: 0, or the line where it failed. */
#define child_true(expr)                  \
	do {                              \
		if (!(expr))              \
			return __LINE__ % 97 + 1; \
	} while (0)
#define child_ok(expr) child_true((expr) == CKR_OK)

CK_RV pg_add(struct store *s, uint32_t n);
bool pg_has(struct store *s, uint32_t n);
uint64_t pg_count(struct store *s);
int pg_make_world(void **state);
int pg_remove_world(void **state);
void pg_also(struct world *w, const char *parameter);
struct store *pg_open_store(struct world *w);
void pg_assert_child_done(pid_t pid);
void pg_assert_whole(struct store *s);

#define row(f) cmocka_unit_test_setup_teardown(f, pg_make_world, pg_remove_world)

/* Starts the server, runs the suite and removes it; 77 when there is no server on this machine. */
#define run_with_server(suite) run_group((suite), sizeof(suite) / sizeof((suite)[0]))
int run_group(const struct CMUnitTest *suite, size_t count);

#endif
