/* SPDX-License-Identifier: Apache-2.0 */
/* Searches and lists do not grow with what they do not find: counted in steps of SQLite's machine, not in time. */
#include "base/log.h" /* before cmocka, whose fail is another */
#include "store/sqlite_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"

#define FEW 100
#define MANY 20000

static char dir[FIXTURE_PATH];
static struct store *store;
static struct store_token few, many;

static void must(CK_RV rv)
{
	assert_string_equal(rv_name(rv), "CKR_OK");
}

/* Two tags: one that each record has for itself, one that all have. */
static void add_records(uint64_t token, uint32_t count)
{
	must(store_begin(store, STORE_WRITE));
	for (uint32_t i = 0; i < count; i++) {
		uint64_t tags[] = {1, UINT64_C(0x100000000) + i};
		struct store_record r = {.version = 1, .open = bytes_of(&i, sizeof(i)), .tags = tags, .tag_count = 2};
		memcpy(r.id.b, &i, sizeof(i));
		must(store_insert(store, token, &r));
	}
	must(store_commit(store));
}

static int setup(void **state)
{
	char uri[FIXTURE_PATH + 16];

	(void)state;
	fixture_dir(dir);
	snprintf(uri, sizeof(uri), "sqlite:%s", dir);
	must(store_open(uri, true, &store));
	must(store_begin(store, STORE_WRITE));
	must(store_token_add(store, &few));
	must(store_token_add(store, &many));
	must(store_commit(store));
	add_records(few.token, FEW);
	add_records(many.token, MANY);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_close(store);
	fixture_remove(dir);
	return 0;
}

static CK_RV count_record(void *arg, const struct store_record *r)
{
	(void)r;
	++*(unsigned *)arg;
	return CKR_OK;
}

static int steps_of(enum sqlite_statement which)
{
	sqlite3_stmt *s = sqlite_of(store)->statements[which];

	assert_non_null(s);
	return sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 1);
}

/* The steps of a search for one record by its own tag. */
static int search_steps(uint64_t token)
{
	const uint64_t tag = UINT64_C(0x100000000) + FEW / 2;
	unsigned found = 0;

	must(store_begin(store, STORE_READ));
	must(store_scan(store, token, &tag, 1, count_record, &found)); /* prepares the statement */
	(void)steps_of(QUERY_TAG_SCAN);
	must(store_scan(store, token, &tag, 1, count_record, &found));
	must(store_commit(store));
	assert_int_equal(found, 2);
	return steps_of(QUERY_TAG_SCAN);
}

static int read_steps(uint64_t token)
{
	struct store_id id = {.b = {7}};
	unsigned found = 0;

	must(store_begin(store, STORE_READ));
	must(store_get(store, token, &id, count_record, &found));
	(void)steps_of(QUERY_OBJECT_GET);
	must(store_get(store, token, &id, count_record, &found));
	must(store_commit(store));
	assert_int_equal(found, 2);
	return steps_of(QUERY_OBJECT_GET);
}

static void a_search_among_many_takes_the_steps_of_one_among_few(void **state)
{
	(void)state;
	assert_int_equal(search_steps(many.token), search_steps(few.token));
}

static void a_read_among_many_takes_the_steps_of_one_among_few(void **state)
{
	(void)state;
	assert_int_equal(read_steps(many.token), read_steps(few.token));
}

static void no_statement_of_a_search_walks_a_table(void **state)
{
	(void)state;
	assert_true(search_steps(many.token) > 0);
	assert_int_equal(sqlite3_stmt_status(sqlite_of(store)->statements[QUERY_TAG_SCAN], SQLITE_STMTSTATUS_FULLSCAN_STEP, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_search_among_many_takes_the_steps_of_one_among_few),
		cmocka_unit_test(a_read_among_many_takes_the_steps_of_one_among_few),
		cmocka_unit_test(no_statement_of_a_search_walks_a_table),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
