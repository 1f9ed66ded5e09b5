/* SPDX-License-Identifier: Apache-2.0 */
/* What the contract's tests share: a fresh store of each backend in turn, with one token in it, and short
 * words for records. Knows how each backend's URI is made; knows no promise of the contract. */
#ifndef CONCLAVE_TESTS_STORE_CONTRACT_WORLD_H
#define CONCLAVE_TESTS_STORE_CONTRACT_WORLD_H

#include "base/log.h" /* before cmocka, whose fail is another */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "database_server.h"
#include "store_fixture.h"

#define assert_rv(expr, rv) assert_string_equal(rv_name(expr), rv_name(rv))
#define assert_ok(expr) assert_rv(expr, CKR_OK)

/* One run of the suite: a fresh store, with one token in it. */
struct world {
	char dir[FIXTURE_PATH];
	struct store *s;
	uint64_t token;
};

enum kind { MEMORY, SQLITE, POSTGRESQL, KINDS };

extern enum kind kind; /* which backend this run is about */

/* The numbers of the records that a scan gives, in order, as "1 2 3 ". */
struct seen {
	char list[512];
	size_t len;
	struct store_record last; /* with copies of its parts */
	char open[64], sealed[64];
	uint64_t tags[STORE_MAX_TAGS];
	CK_RV answer;
};

/* The URI of a store that is not there yet; name tells those of one world apart. */
void new_uri(const struct world *w, const char *name, char ret[SERVER_URI]);
int open_world(void **state);
int close_world(void **state);
struct bytes text(const char *s);
struct store_id id_of(unsigned n);
struct store_record record(unsigned n, const uint64_t *tags, size_t tag_count);
/* Inserts record n in a transaction of its own. */
void put(struct world *w, unsigned n, const uint64_t *tags, size_t tag_count);
CK_RV see(void *arg, const struct store_record *r);
void assert_scan(struct world *w, const uint64_t *tags, size_t tag_count, const char *expected);
uint64_t count(struct world *w);
CK_RV list_token(void *arg, const struct store_token *t);
void fill(struct world *w);
/* Runs the suite on every backend; PostgreSQL is left out, with a line that says so, where there is none. */
#define run_on_every_backend(suite) run_suite((suite), sizeof(suite) / sizeof((suite)[0]))
int run_suite(const struct CMUnitTest *suite, size_t count);

#define row(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)

#endif
