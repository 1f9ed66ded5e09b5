/* SPDX-License-Identifier: Apache-2.0 */
/* What store.h promises of tokens, values, records and scans, held against every backend in turn. Knows
 * the contract, nothing of how a backend keeps it. */
#include "contract_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tokens ------------------------------------------------------------------------------------- */

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

static void a_token_from_elsewhere_gets_the_slot_that_it_had(void **state)
{
	struct world *w = *state;
	struct store_token high, low, next;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_token_add_at(w->s, 7, &high));
	assert_int_equal(high.slot, 7);
	assert_ok(store_token_add_at(w->s, 3, &low));
	assert_int_equal(low.slot, 3);
	assert_ok(store_token_add(w->s, &next));
	assert_int_equal(next.slot, 8);
	assert_true(high.token != low.token && low.token != next.token && high.token != next.token);
	char list[256] = "", expected[256];
	assert_ok(store_tokens(w->s, list_token, list));
	snprintf(expected, sizeof(expected), "0:%llu 3:%llu 7:%llu 8:%llu ", (unsigned long long)w->token,
		 (unsigned long long)low.token, (unsigned long long)high.token, (unsigned long long)next.token);
	assert_string_equal(list, expected);
	assert_ok(store_token_remove(w->s, low.token));
	assert_ok(store_token_add_at(w->s, 3, &next));
	assert_true(next.token != low.token);
	assert_ok(store_commit(w->s));
}

static void a_token_whose_slot_is_full_or_no_slot_gets_the_next_one(void **state)
{
	struct world *w = *state;
	static const CK_SLOT_ID wrong[] = {0, 1, (CK_SLOT_ID)STORE_SLOT_MAX + 1, (CK_SLOT_ID)-1};
	struct store_token t;
	assert_ok(store_begin(w->s, STORE_WRITE));
	for (size_t i = 0; i < array_len(wrong); i++) {
		assert_ok(store_token_add_at(w->s, wrong[i], &t));
		assert_int_equal(t.slot, i + 1);
	}
	assert_ok(store_commit(w->s));
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

static CK_RV list_value(void *arg, const char *name, struct bytes value, uint64_t version)
{
	char *list = arg;
	size_t len = strlen(list);
	snprintf(list + len, 256 - len, "%s:%.*s:%llu ", name, (int)value.len, (const char *)value.data, (unsigned long long)version);
	return CKR_OK;
}

static CK_RV stop_at_first_value(void *arg, const char *name unused, struct bytes value unused, uint64_t version unused)
{
	(*(int *)arg)++;
	return CKR_CANCEL;
}

static void values_are_walked_by_name_and_keep_the_version_they_came_with(void **state)
{
	struct world *w = *state;
	char list[256] = "";
	int calls = 0;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_meta_put(w->s, w->token, "b", text("two"), 0));
	assert_ok(store_meta_insert(w->s, w->token, "a.c", text("one"), 41));
	assert_ok(store_meta_insert(w->s, w->token, "a-c", text(""), 1));
	assert_ok(store_meta_insert(w->s, w->token, "B", text("x"), UINT64_C(1) << 40));
	assert_ok(store_meta_put(w->s, 0, "of-the-store", text("x"), 0));
	assert_ok(store_meta_put(w->s, w->token, "a.c", text("new"), 41));
	assert_ok(store_meta_walk(w->s, w->token, list_value, list));
	assert_string_equal(list, "B:x:1099511627776 a-c::1 a.c:new:42 b:two:1 ");
	assert_rv(store_meta_walk(w->s, w->token, stop_at_first_value, &calls), CKR_CANCEL);
	assert_int_equal(calls, 1);
	store_rollback(w->s);
}

static void a_value_from_elsewhere_replaces_none(void **state)
{
	struct world *w = *state;
	char long_name[STORE_META_NAME + 2];
	memset(long_name, 'n', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	const struct {
		uint64_t token;
		const char *name;
		uint64_t version;
		CK_RV rv;
	} rows[] = {
		{w->token, "m", 5, CKR_FUNCTION_FAILED},
		{w->token + 9, "m", 5, CKR_TOKEN_NOT_PRESENT},
		{w->token, "n", 0, CKR_GENERAL_ERROR},
		{w->token, long_name, 1, CKR_GENERAL_ERROR},
		{w->token, long_name + 1, 1, CKR_OK},
	};
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_meta_put(w->s, w->token, "m", text("x"), 0));
	assert_ok(store_commit(w->s));
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_ok(store_begin(w->s, STORE_WRITE));
		assert_rv(store_meta_insert(w->s, rows[i].token, rows[i].name, text("y"), rows[i].version), rows[i].rv);
		store_rollback(w->s);
	}
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

static const struct CMUnitTest suite[] = {
	row(tokens_come_in_order_of_slot_from_zero),
	row(walking_the_tokens_stops_with_the_callbacks_code),
	row(removed_tokens_give_back_neither_number_nor_slot),
	row(a_token_from_elsewhere_gets_the_slot_that_it_had),
	row(a_token_whose_slot_is_full_or_no_slot_gets_the_next_one),
	row(a_removed_token_takes_records_and_values_along),
	row(removing_an_unknown_token_is_refused),
	row(nothing_goes_into_a_token_that_is_gone),
	row(values_carry_versions),
	row(a_value_of_another_version_is_not_written_over),
	row(a_removed_value_starts_again),
	row(values_are_walked_by_name_and_keep_the_version_they_came_with),
	row(a_value_from_elsewhere_replaces_none),
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
};

int main(void)
{
	return run_on_every_backend(suite);
}
