/* SPDX-License-Identifier: Apache-2.0 */
/* What store.h promises, held against every backend in turn. Knows the contract, nothing of how a
 * backend keeps it. */
#include "base/log.h" /* before cmocka, whose fail is another */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store_fixture.h"

#define assert_rv(expr, rv) assert_string_equal(rv_name(expr), rv_name(rv))
#define assert_ok(expr) assert_rv(expr, CKR_OK)

/* One run of the suite: a fresh store, with one token in it. */
struct world {
	char dir[FIXTURE_PATH];
	struct store *s;
	uint64_t token;
};

static bool on_disk; /* which backend this run is about */

static int open_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char uri[FIXTURE_PATH + 16] = "memory:";
	if (on_disk) {
		fixture_dir(w->dir);
		snprintf(uri, sizeof(uri), "sqlite:%s", w->dir);
	}
	struct store_token t;
	if (store_open(uri, true, &w->s) != CKR_OK || store_begin(w->s, STORE_WRITE) != CKR_OK ||
	    store_token_add(w->s, &t) != CKR_OK || store_commit(w->s) != CKR_OK)
		return -1;
	w->token = t.token;
	*state = w;
	return 0;
}

static int close_world(void **state)
{
	struct world *w = *state;
	store_rollback(w->s);
	store_close(w->s);
	if (on_disk)
		fixture_remove(w->dir);
	free(w);
	return 0;
}

static struct bytes text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static struct store_id id_of(unsigned n)
{
	struct store_id id = {{0}};
	memcpy(id.b, &n, sizeof(n));
	id.b[15] = 0xa5;
	return id;
}

static struct store_record record(unsigned n, const uint64_t *tags, size_t tag_count)
{
	return (struct store_record){
		.id = id_of(n), .version = 1, .open = text("open"), .sealed = text("sealed"), .tags = tags, .tag_count = tag_count};
}

/* Inserts record n in a transaction of its own. */
static void put(struct world *w, unsigned n, const uint64_t *tags, size_t tag_count)
{
	struct store_record r = record(n, tags, tag_count);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_insert(w->s, w->token, &r));
	assert_ok(store_commit(w->s));
}

/* The numbers of the records that a scan gives, in order, as "1 2 3 ". */
struct seen {
	char list[512];
	size_t len;
	struct store_record last; /* with copies of its parts */
	char open[64], sealed[64];
	uint64_t tags[STORE_MAX_TAGS];
	CK_RV answer;
};

static CK_RV see(void *arg, const struct store_record *r)
{
	struct seen *seen = arg;
	unsigned n;
	memcpy(&n, r->id.b, sizeof(n));
	seen->len += (size_t)snprintf(seen->list + seen->len, sizeof(seen->list) - seen->len, "%u ", n);
	seen->last = *r;
	snprintf(seen->open, sizeof(seen->open), "%.*s", (int)r->open.len, (const char *)r->open.data);
	snprintf(seen->sealed, sizeof(seen->sealed), "%.*s", (int)r->sealed.len, (const char *)r->sealed.data);
	if (r->tag_count > 0)
		memcpy(seen->tags, r->tags, r->tag_count * sizeof(*r->tags));
	return seen->answer;
}

static void assert_scan(struct world *w, const uint64_t *tags, size_t tag_count, const char *expected)
{
	struct seen seen = {0};
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_scan(w->s, w->token, tags, tag_count, see, &seen));
	assert_ok(store_commit(w->s));
	assert_string_equal(seen.list, expected);
}

static uint64_t count(struct world *w)
{
	uint64_t n = UINT64_MAX;
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_count(w->s, w->token, &n));
	assert_ok(store_commit(w->s));
	return n;
}

/* ---- tokens ------------------------------------------------------------------------------------- */

static CK_RV list_token(void *arg, const struct store_token *t)
{
	char *list = arg;
	snprintf(list + strlen(list), 64, "%lu:%llu ", (unsigned long)t->slot, (unsigned long long)t->token);
	return CKR_OK;
}

static CK_RV stop_at_first(void *arg, const struct store_token *t unused)
{
	(*(int *)arg)++;
	return CKR_CANCEL;
}

static void tokens_come_in_order_of_slot_from_zero(void **state)
{
	struct world *w = *state;
	struct store_token second;
	CK_SLOT_ID next;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_next_slot(w->s, &next));
	assert_int_equal(next, 1);
	assert_ok(store_token_add(w->s, &second));
	assert_int_equal(second.slot, 1);
	char list[256] = "", expected[256];
	assert_ok(store_tokens(w->s, list_token, list));
	snprintf(expected, sizeof(expected), "0:%llu 1:%llu ", (unsigned long long)w->token,
		 (unsigned long long)second.token);
	assert_string_equal(list, expected);
	assert_ok(store_commit(w->s));
}

static void walking_the_tokens_stops_with_the_callbacks_code(void **state)
{
	struct world *w = *state;
	struct store_token t;
	int calls = 0;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_token_add(w->s, &t));
	assert_rv(store_tokens(w->s, stop_at_first, &calls), CKR_CANCEL);
	assert_int_equal(calls, 1);
	store_rollback(w->s);
}

static void removed_tokens_give_back_neither_number_nor_slot(void **state)
{
	struct world *w = *state;
	struct store_token t;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_token_remove(w->s, w->token));
	assert_ok(store_commit(w->s));
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_token_add(w->s, &t));
	assert_ok(store_commit(w->s));
	assert_int_equal(t.slot, 1);
	assert_true(t.token != w->token);
}

static void a_removed_token_takes_records_and_values_along(void **state)
{
	struct world *w = *state;
	const uint64_t tags[] = {7};
	put(w, 1, tags, 1);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_meta_put(w->s, w->token, "m", text("x"), 0));
	assert_ok(store_meta_put(w->s, 0, "of-the-store", text("x"), 0));
	assert_ok(store_token_remove(w->s, w->token));
	uint64_t n, version;
	struct buf value = {0};
	assert_ok(store_count(w->s, w->token, &n));
	assert_int_equal(n, 0);
	assert_ok(store_meta_get(w->s, w->token, "m", &value, &version));
	assert_int_equal(version, 0);
	assert_ok(store_meta_get(w->s, 0, "of-the-store", &value, &version));
	assert_int_equal(version, 1);
	assert_ok(store_check(w->s));
	assert_ok(store_commit(w->s));
	assert_scan(w, tags, 1, "");
	buf_free(&value);
}

static void removing_an_unknown_token_is_refused(void **state)
{
	struct world *w = *state;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_rv(store_token_remove(w->s, w->token + 9), CKR_TOKEN_NOT_PRESENT);
	store_rollback(w->s);
}

static void nothing_goes_into_a_token_that_is_gone(void **state)
{
	struct world *w = *state;
	struct store_record r = record(1, NULL, 0);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_rv(store_insert(w->s, w->token + 9, &r), CKR_TOKEN_NOT_PRESENT);
	store_rollback(w->s);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_rv(store_meta_put(w->s, w->token + 9, "m", text("x"), 0), CKR_TOKEN_NOT_PRESENT);
	store_rollback(w->s);
}

/* ---- meta values -------------------------------------------------------------------------------- */

static void values_carry_versions(void **state)
{
	struct world *w = *state;
	struct buf value = {0};
	uint64_t version = 9;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_meta_get(w->s, w->token, "pin", &value, &version));
	assert_int_equal(version, 0);
	assert_int_equal(value.len, 0);
	assert_ok(store_meta_put(w->s, w->token, "pin", text("one"), 0));
	assert_ok(store_meta_put(w->s, w->token, "pin", text("three"), 1));
	assert_ok(store_meta_put(w->s, w->token, "pim", text(""), 0));
	assert_ok(store_commit(w->s));
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_meta_get(w->s, w->token, "pin", &value, &version));
	assert_int_equal(version, 2);
	assert_true(bytes_equal(buf_bytes(&value), text("three")));
	assert_ok(store_meta_get(w->s, w->token, "pim", &value, &version));
	assert_int_equal(version, 1);
	assert_int_equal(value.len, 0);
	assert_ok(store_meta_get(w->s, 0, "pin", &value, &version));
	assert_int_equal(version, 0);
	assert_ok(store_commit(w->s));
	buf_free(&value);
}

static void a_value_of_another_version_is_not_written_over(void **state)
{
	struct world *w = *state;
	static const uint64_t wrong[] = {0, 2, UINT64_MAX};
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_meta_put(w->s, w->token, "pin", text("one"), 0));
	assert_ok(store_commit(w->s));
	for (size_t i = 0; i < array_len(wrong); i++) {
		assert_ok(store_begin(w->s, STORE_WRITE));
		assert_rv(store_meta_put(w->s, w->token, "pin", text("two"), wrong[i]), CKR_FUNCTION_FAILED);
		store_rollback(w->s);
	}
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_rv(store_meta_put(w->s, w->token, "new", text("x"), 1), CKR_FUNCTION_FAILED);
	store_rollback(w->s);
}

static void a_removed_value_starts_again(void **state)
{
	struct world *w = *state;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_meta_put(w->s, 0, "m", text("x"), 0));
	assert_ok(store_meta_remove(w->s, 0, "m"));
	assert_ok(store_meta_remove(w->s, 0, "m"));
	assert_ok(store_meta_put(w->s, 0, "m", text("y"), 0));
	assert_ok(store_commit(w->s));
}

/* ---- records ------------------------------------------------------------------------------------ */

static void a_record_comes_back_as_it_was(void **state)
{
	struct world *w = *state;
	const uint64_t tags[] = {1, 0x8000000000000000u, UINT64_MAX};
	put(w, 5, tags, 3);
	struct seen seen = {0};
	struct store_id id = id_of(5);
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_get(w->s, w->token, &id, see, &seen));
	assert_memory_equal(&seen.last.id, &id, sizeof(id));
	assert_int_equal(seen.last.version, 1);
	assert_string_equal(seen.open, "open");
	assert_string_equal(seen.sealed, "sealed");
	assert_int_equal(seen.last.tag_count, 3);
	assert_memory_equal(seen.tags, tags, sizeof(tags));
	uint64_t version;
	assert_ok(store_version(w->s, w->token, &id, &version));
	assert_int_equal(version, 1);
	assert_ok(store_commit(w->s));
}

static void a_large_record_comes_back_whole(void **state)
{
	struct world *w = *state;
	size_t size = 300000;
	unsigned char *big = malloc(size);
	memset(big, 0xc3, size);
	big[size - 1] = 1;
	struct store_record r = record(1, NULL, 0);
	r.open = (struct bytes){0};
	r.sealed = bytes_of(big, size);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_insert(w->s, w->token, &r));
	struct seen seen = {0};
	assert_ok(store_get(w->s, w->token, &r.id, see, &seen));
	assert_int_equal(seen.last.sealed.len, size);
	assert_int_equal(seen.last.open.len, 0);
	assert_ok(store_commit(w->s));
	free(big);
}

static void an_unknown_record_is_refused(void **state)
{
	struct world *w = *state;
	struct store_id id = id_of(77);
	struct seen seen = {0};
	struct store_record r = record(77, NULL, 0);
	uint64_t version = 5;
	r.version = 2;
	assert_ok(store_begin(w->s, STORE_READ));
	assert_rv(store_get(w->s, w->token, &id, see, &seen), CKR_OBJECT_HANDLE_INVALID);
	assert_ok(store_version(w->s, w->token, &id, &version));
	assert_int_equal(version, 0);
	store_rollback(w->s);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_rv(store_replace(w->s, w->token, &r), CKR_OBJECT_HANDLE_INVALID);
	store_rollback(w->s);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_rv(store_remove(w->s, w->token, &id), CKR_OBJECT_HANDLE_INVALID);
	store_rollback(w->s);
}

static void a_second_record_of_one_name_is_refused(void **state)
{
	struct world *w = *state;
	put(w, 1, NULL, 0);
	struct store_record r = record(1, NULL, 0);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_rv(store_insert(w->s, w->token, &r), CKR_FUNCTION_FAILED);
	store_rollback(w->s);
	assert_int_equal(count(w), 1);
}

static void two_tokens_may_use_one_name(void **state)
{
	struct world *w = *state;
	struct store_token other;
	const uint64_t tags[] = {3};
	put(w, 1, tags, 1);
	struct store_record r = record(1, tags, 1);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_token_add(w->s, &other));
	assert_ok(store_insert(w->s, other.token, &r));
	assert_ok(store_remove(w->s, other.token, &r.id));
	assert_ok(store_commit(w->s));
	assert_scan(w, tags, 1, "1 ");
}

static void replacing_counts_the_version_up(void **state)
{
	struct world *w = *state;
	put(w, 1, NULL, 0);
	struct store_record r = record(1, NULL, 0);
	r.version = 2;
	r.open = text("other");
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_replace(w->s, w->token, &r));
	assert_ok(store_commit(w->s));
	struct seen seen = {0};
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_get(w->s, w->token, &r.id, see, &seen));
	assert_ok(store_commit(w->s));
	assert_int_equal(seen.last.version, 2);
	assert_string_equal(seen.open, "other");
}

static void replacing_another_version_is_refused(void **state)
{
	struct world *w = *state;
	static const uint64_t wrong[] = {1, 3, UINT64_MAX};
	put(w, 1, NULL, 0);
	for (size_t i = 0; i < array_len(wrong); i++) {
		struct store_record r = record(1, NULL, 0);
		r.version = wrong[i];
		assert_ok(store_begin(w->s, STORE_WRITE));
		assert_rv(store_replace(w->s, w->token, &r), CKR_FUNCTION_FAILED);
		store_rollback(w->s);
	}
}

static void a_removed_record_is_gone_once(void **state)
{
	struct world *w = *state;
	const uint64_t tags[] = {4, 5};
	put(w, 1, tags, 2);
	put(w, 2, tags, 2);
	struct store_id id = id_of(1);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_remove(w->s, w->token, &id));
	assert_rv(store_remove(w->s, w->token, &id), CKR_OBJECT_HANDLE_INVALID);
	store_rollback(w->s);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_remove(w->s, w->token, &id));
	assert_ok(store_commit(w->s));
	assert_scan(w, NULL, 0, "2 ");
	assert_scan(w, tags, 1, "2 ");
}

static void remove_all_empties_one_token_only(void **state)
{
	struct world *w = *state;
	const uint64_t tags[] = {4};
	struct store_token other;
	struct store_record r = record(9, tags, 1);
	put(w, 1, tags, 1);
	put(w, 2, tags, 1);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_token_add(w->s, &other));
	assert_ok(store_insert(w->s, other.token, &r));
	assert_ok(store_remove_all(w->s, w->token));
	assert_ok(store_remove_all(w->s, w->token));
	uint64_t n;
	assert_ok(store_count(w->s, other.token, &n));
	assert_int_equal(n, 1);
	assert_ok(store_check(w->s));
	assert_ok(store_commit(w->s));
	assert_int_equal(count(w), 0);
	assert_scan(w, tags, 1, "");
}

static void what_breaks_the_rules_of_records_is_refused(void **state)
{
	struct world *w = *state;
	uint64_t tags[STORE_MAX_TAGS + 1];
	for (size_t i = 0; i < array_len(tags); i++)
		tags[i] = i;
	const uint64_t twice[] = {1, 1};
	struct store_record most = record(0, tags, STORE_MAX_TAGS);
	struct store_record bad[] = {record(1, tags, STORE_MAX_TAGS + 1), record(2, twice, 2), record(3, NULL, 0)};
	bad[2].version = 0;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_insert(w->s, w->token, &most));
	assert_ok(store_commit(w->s));
	for (size_t i = 0; i < array_len(bad); i++) {
		assert_ok(store_begin(w->s, STORE_WRITE));
		assert_rv(store_insert(w->s, w->token, &bad[i]), CKR_GENERAL_ERROR);
		store_rollback(w->s);
	}
}

/* ---- scans -------------------------------------------------------------------------------------- */

static void fill(struct world *w)
{
	static const uint64_t a[] = {10, 20}, b[] = {10, 30}, c[] = {10, 20, 30}, d[] = {20};
	put(w, 3, a, 2);
	put(w, 1, b, 2);
	put(w, 2, c, 3);
	put(w, 4, d, 1);
}

static void a_scan_finds_what_carries_all_tags_in_order_of_insertion(void **state)
{
	struct world *w = *state;
	fill(w);
	static const struct {
		uint64_t tags[3];
		size_t count;
		const char *expected;
	} rows[] = {
		{{0}, 0, "3 1 2 4 "},
		{{10}, 1, "3 1 2 "},
		{{20}, 1, "3 2 4 "},
		{{20, 10}, 2, "3 2 "},
		{{30, 20}, 2, "2 "},
		{{10, 20, 30}, 3, "2 "},
		{{30, 99}, 2, ""},
		{{99}, 1, ""},
	};
	for (size_t i = 0; i < array_len(rows); i++)
		assert_scan(w, rows[i].tags, rows[i].count, rows[i].expected);
}

static void a_scan_stops_with_the_callbacks_code(void **state)
{
	struct world *w = *state;
	fill(w);
	struct seen seen = {.answer = CKR_CANCEL};
	assert_ok(store_begin(w->s, STORE_READ));
	assert_rv(store_scan(w->s, w->token, NULL, 0, see, &seen), CKR_CANCEL);
	assert_string_equal(seen.list, "3 ");
	assert_ok(store_commit(w->s));
}

static void replacing_moves_a_record_to_its_new_tags(void **state)
{
	struct world *w = *state;
	fill(w);
	const uint64_t tags[] = {20, 40};
	struct store_record r = record(3, tags, 2);
	r.version = 2;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_replace(w->s, w->token, &r));
	assert_ok(store_check(w->s));
	assert_ok(store_commit(w->s));
	const uint64_t old = 10, kept = 20, new = 40;
	assert_scan(w, &old, 1, "1 2 ");
	assert_scan(w, &kept, 1, "3 2 4 ");
	assert_scan(w, &new, 1, "3 ");
}

/* Changes the record that it is given: odd ones go, even ones get a new version. */
static CK_RV change_it(void *arg, const struct store_record *r)
{
	struct world *w = arg;
	unsigned n;
	memcpy(&n, r->id.b, sizeof(n));
	if (n % 2 == 1)
		return store_remove(w->s, w->token, &r->id);
	struct store_record next = *r;
	next.version++;
	return store_replace(w->s, w->token, &next);
}

static void a_callback_may_change_its_record(void **state)
{
	struct world *w = *state;
	fill(w);
	assert_ok(store_begin(w->s, STORE_WRITE));
	const uint64_t tag = 10;
	assert_ok(store_scan(w->s, w->token, &tag, 1, change_it, w));
	assert_ok(store_commit(w->s));
	assert_scan(w, NULL, 0, "2 4 ");
	assert_scan(w, &tag, 1, "2 ");
}

static CK_RV scan_inside(void *arg, const struct store_record *r unused)
{
	struct world *w = arg;
	struct seen seen = {0};
	CK_RV rv = store_scan(w->s, w->token, NULL, 0, see, &seen);
	assert_string_equal(seen.list, "3 1 2 4 ");
	return rv;
}

static void a_callback_may_scan(void **state)
{
	struct world *w = *state;
	fill(w);
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_scan(w->s, w->token, NULL, 0, scan_inside, w));
	assert_ok(store_commit(w->s));
}

/* ---- transactions ------------------------------------------------------------------------------- */

static void a_rollback_leaves_nothing(void **state)
{
	struct world *w = *state;
	fill(w);
	uint64_t stamp = store_stamp(w->s);
	const uint64_t tags[] = {10, 50};
	struct store_record changed = record(3, tags, 2), added = record(8, tags, 2);
	struct store_id gone = id_of(4);
	struct store_token t;
	changed.version = 2;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_token_add(w->s, &t));
	assert_ok(store_meta_put(w->s, w->token, "m", text("x"), 0));
	assert_ok(store_insert(w->s, w->token, &added));
	assert_ok(store_replace(w->s, w->token, &changed));
	assert_ok(store_remove(w->s, w->token, &gone));
	assert_ok(store_remove_all(w->s, w->token));
	assert_ok(store_token_remove(w->s, w->token));
	store_rollback(w->s);
	const uint64_t tag = 10, new = 50;
	assert_scan(w, NULL, 0, "3 1 2 4 ");
	assert_scan(w, &tag, 1, "3 1 2 ");
	assert_scan(w, &new, 1, "");
	struct buf value = {0};
	uint64_t version;
	CK_SLOT_ID next;
	char list[256] = "";
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_meta_get(w->s, w->token, "m", &value, &version));
	assert_int_equal(version, 0);
	assert_ok(store_next_slot(w->s, &next));
	assert_int_equal(next, 1);
	assert_ok(store_tokens(w->s, list_token, list));
	assert_string_equal(list, "0:1 ");
	assert_ok(store_check(w->s));
	assert_ok(store_commit(w->s));
	assert_int_equal(store_stamp(w->s), stamp);
	buf_free(&value);
}

static void calls_out_of_place_are_refused(void **state)
{
	struct world *w = *state;
	struct store_record r = record(1, NULL, 0);
	uint64_t n;
	assert_rv(store_count(w->s, w->token, &n), CKR_GENERAL_ERROR);
	assert_rv(store_insert(w->s, w->token, &r), CKR_GENERAL_ERROR);
	assert_rv(store_commit(w->s), CKR_GENERAL_ERROR);
	store_rollback(w->s);
	assert_ok(store_begin(w->s, STORE_READ));
	assert_rv(store_begin(w->s, STORE_READ), CKR_GENERAL_ERROR);
	assert_rv(store_insert(w->s, w->token, &r), CKR_GENERAL_ERROR);
	store_rollback(w->s);
	assert_int_equal(count(w), 0);
}

static void a_failed_change_cannot_be_committed(void **state)
{
	struct world *w = *state;
	struct store_record r = record(1, NULL, 0);
	struct store_id unknown = id_of(2);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_insert(w->s, w->token, &r));
	assert_rv(store_remove(w->s, w->token, &unknown), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(store_commit(w->s), CKR_GENERAL_ERROR);
	store_rollback(w->s);
	assert_int_equal(count(w), 0);
}

static void *insert_twenty(void *arg)
{
	struct world *w = arg;
	static _Atomic unsigned next = 1000;
	for (int i = 0; i < 20; i++) {
		struct store_record r = record(next++, NULL, 0);
		if (store_begin(w->s, STORE_WRITE) != CKR_OK || store_insert(w->s, w->token, &r) != CKR_OK ||
		    store_commit(w->s) != CKR_OK)
			return NULL;
		(void)store_stamp(w->s);
	}
	return w;
}

static void threads_take_turns(void **state)
{
	struct world *w = *state;
	pthread_t threads[4];
	for (size_t i = 0; i < array_len(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, insert_twenty, w), 0);
	for (size_t i = 0; i < array_len(threads); i++) {
		void *done;
		assert_int_equal(pthread_join(threads[i], &done), 0);
		assert_non_null(done);
	}
	assert_int_equal(count(w), 80);
}

/* ---- the stamp ---------------------------------------------------------------------------------- */

static void the_stamp_moves_with_every_change_and_with_nothing_else(void **state)
{
	struct world *w = *state;
	uint64_t first = store_stamp(w->s);
	assert_true(first != 0);
	assert_int_equal(count(w), 0);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_commit(w->s));
	assert_int_equal(store_stamp(w->s), first);
	put(w, 1, NULL, 0);
	uint64_t second = store_stamp(w->s);
	assert_true(second != first && second != 0);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_meta_put(w->s, 0, "m", text("x"), 0));
	assert_int_equal(store_stamp(w->s), second);
	assert_ok(store_commit(w->s));
	assert_true(store_stamp(w->s) != second);
}

/* ---- named locks -------------------------------------------------------------------------------- */

static void exclusive_locks_exclude_and_shared_ones_share(void **state)
{
	struct world *w = *state;
	struct store_lock *a, *b, *c;
	assert_ok(store_lock_take(w->s, "try.1", true, false, &a));
	assert_non_null(a);
	assert_ok(store_lock_take(w->s, "try.1", true, false, &b));
	assert_null(b);
	assert_ok(store_lock_take(w->s, "try.1", false, false, &b));
	assert_null(b);
	assert_ok(store_lock_take(w->s, "try.2", true, false, &b));
	assert_non_null(b);
	store_lock_release(a);
	store_lock_release(b);
	assert_ok(store_lock_take(w->s, "try.1", false, false, &a));
	assert_ok(store_lock_take(w->s, "try.1", false, false, &b));
	assert_non_null(a);
	assert_non_null(b);
	assert_ok(store_lock_take(w->s, "try.1", true, false, &c));
	assert_null(c);
	store_lock_release(a);
	assert_ok(store_lock_take(w->s, "try.1", true, false, &c));
	assert_null(c);
	store_lock_release(b);
	assert_ok(store_lock_take(w->s, "try.1", true, true, &c));
	assert_non_null(c);
	store_lock_release(c);
	store_lock_release(NULL);
}

static void lock_names_are_checked(void **state)
{
	struct world *w = *state;
	static const char *const wrong[] = {"", "a b", "A", "a/b", "0123456789012345678901234567890123456789012345678"};
	struct store_lock *l;
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_rv(store_lock_take(w->s, wrong[i], true, false, &l), CKR_GENERAL_ERROR);
	assert_ok(store_lock_take(w->s, "012345678901234567890123456789012345678901234567", true, false, &l));
	store_lock_release(l);
}

struct waiter {
	struct store *s;
	int about_to_wait; /* a pipe's end that is closed when the wait begins */
	_Atomic bool taken;
};

static void *wait_for_it(void *arg)
{
	struct waiter *waiter = arg;
	struct store_lock *l = NULL;
	close(waiter->about_to_wait);
	if (store_lock_take(waiter->s, "wait", true, true, &l) == CKR_OK && l != NULL)
		waiter->taken = true;
	store_lock_release(l);
	return NULL;
}

static void a_waiter_gets_the_lock_when_it_is_free(void **state)
{
	struct world *w = *state;
	struct store_lock *l;
	int ends[2];
	pthread_t thread;
	char c;
	assert_int_equal(pipe(ends), 0);
	struct waiter waiter = {.s = w->s, .about_to_wait = ends[1]};
	assert_ok(store_lock_take(w->s, "wait", true, true, &l));
	assert_int_equal(pthread_create(&thread, NULL, wait_for_it, &waiter), 0);
	assert_int_equal(read(ends[0], &c, 1), 0);
	assert_false(waiter.taken);
	store_lock_release(l);
	pthread_join(thread, NULL);
	assert_true(waiter.taken);
	close(ends[0]);
}

/* ---- the rest ----------------------------------------------------------------------------------- */

static void the_local_key_stays_the_same(void **state)
{
	struct world *w = *state;
	unsigned char first[32], second[32], zero[32] = {0};
	assert_ok(store_local_key(w->s, first));
	assert_ok(store_local_key(w->s, second));
	assert_memory_equal(first, second, sizeof(first));
	assert_memory_not_equal(first, zero, sizeof(first));
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_local_key(w->s, second));
	store_rollback(w->s);
}

static void a_fresh_store_can_be_written_and_passes_its_check(void **state)
{
	struct world *w = *state;
	assert_false(store_read_only(w->s));
	assert_int_equal(strncmp(store_uri(w->s), on_disk ? "sqlite:/" : "memory:", 7), 0);
	fill(w);
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_check(w->s));
	assert_ok(store_commit(w->s));
}

static void only_a_store_with_files_can_be_watched(void **state)
{
	struct world *w = *state;
	assert_true((store_watch_fd(w->s) >= 0) == on_disk);
	store_watch_drain(w->s);
}

static void a_store_that_is_not_there_is_no_error(void **state)
{
	struct world *w = *state;
	char uri[FIXTURE_PATH + 32] = "memory:";
	if (on_disk)
		snprintf(uri, sizeof(uri), "sqlite:%s/none", w->dir);
	struct store *s = w->s;
	assert_ok(store_open(uri, false, &s));
	assert_null(s);
}

static void unknown_kinds_of_store_are_refused(void **state unused)
{
	static const char *const wrong[] = {"", "sqlite", "sqlit:/tmp", "/tmp", "postgresql://x", "sqlite:relative"};
	struct store *s = NULL;
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_rv(store_open(wrong[i], true, &s), CKR_GENERAL_ERROR);
	assert_null(s);
}

#define row(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)

static const struct CMUnitTest suite[] = {
	row(tokens_come_in_order_of_slot_from_zero),
	row(walking_the_tokens_stops_with_the_callbacks_code),
	row(removed_tokens_give_back_neither_number_nor_slot),
	row(a_removed_token_takes_records_and_values_along),
	row(removing_an_unknown_token_is_refused),
	row(nothing_goes_into_a_token_that_is_gone),
	row(values_carry_versions),
	row(a_value_of_another_version_is_not_written_over),
	row(a_removed_value_starts_again),
	row(a_record_comes_back_as_it_was),
	row(a_large_record_comes_back_whole),
	row(an_unknown_record_is_refused),
	row(a_second_record_of_one_name_is_refused),
	row(two_tokens_may_use_one_name),
	row(replacing_counts_the_version_up),
	row(replacing_another_version_is_refused),
	row(a_removed_record_is_gone_once),
	row(remove_all_empties_one_token_only),
	row(what_breaks_the_rules_of_records_is_refused),
	row(a_scan_finds_what_carries_all_tags_in_order_of_insertion),
	row(a_scan_stops_with_the_callbacks_code),
	row(replacing_moves_a_record_to_its_new_tags),
	row(a_callback_may_change_its_record),
	row(a_callback_may_scan),
	row(a_rollback_leaves_nothing),
	row(calls_out_of_place_are_refused),
	row(a_failed_change_cannot_be_committed),
	row(threads_take_turns),
	row(the_stamp_moves_with_every_change_and_with_nothing_else),
	row(exclusive_locks_exclude_and_shared_ones_share),
	row(lock_names_are_checked),
	row(a_waiter_gets_the_lock_when_it_is_free),
	row(the_local_key_stays_the_same),
	row(a_fresh_store_can_be_written_and_passes_its_check),
	row(only_a_store_with_files_can_be_watched),
	row(a_store_that_is_not_there_is_no_error),
	row(unknown_kinds_of_store_are_refused),
};

int main(void)
{
	log_configure("off");
	int failed = cmocka_run_group_tests_name("memory:", suite, NULL, NULL);
	on_disk = true;
	return failed + cmocka_run_group_tests_name("sqlite:", suite, NULL, NULL);
}
