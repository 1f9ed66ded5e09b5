/* SPDX-License-Identifier: Apache-2.0 */
/* What store.h promises of set rows, held against every backend in turn. Knows the contract, nothing of how a
 * backend keeps it. */
#include "contract_world.h"

#include <stdio.h>
#include <string.h>

/* What a walk gives: "family:start/version=value " for each row. */
struct shown {
	char list[1024];
	size_t len;
	CK_RV answer;
};

static CK_RV show(void *arg, const struct store_set *row)
{
	struct shown *s = arg;
	s->len += (size_t)snprintf(s->list + s->len, sizeof(s->list) - s->len, "%u:%llx/%llu=%.*s ", row->family,
				   (unsigned long long)row->start, (unsigned long long)row->version, (int)row->value.len,
				   (const char *)row->value.data);
	return s->answer;
}

static CK_RV count_row(void *arg, const struct store_set *row unused)
{
	(*(uint64_t *)arg)++;
	return CKR_OK;
}

static struct store_set set(uint8_t family, uint64_t start, uint64_t version, const char *value)
{
	return (struct store_set){.family = family, .start = start, .version = version, .value = text(value)};
}

static void assert_rows(struct world *w, uint64_t token, const char *expected)
{
	struct shown s = {0};
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_sets_walk(w->s, token, show, &s));
	assert_ok(store_commit(w->s));
	assert_string_equal(s.list, expected);
}

static void assert_covering(struct world *w, uint8_t family, const uint64_t *places, size_t count, const char *expected)
{
	struct shown s = {0};
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_sets_get(w->s, w->token, family, places, count, show, &s));
	assert_ok(store_commit(w->s));
	assert_string_equal(s.list, expected);
}

/* Rows of two families, not given in order. */
static void fill_sets(struct world *w)
{
	const struct store_set rows[] = {set(0, 100, 1, "c"), set(0, 0, 1, "a"), set(0, 50, 7, "b"), set(1, 60, 1, "x")};
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_sets_insert(w->s, w->token, rows, array_len(rows)));
	assert_ok(store_commit(w->s));
}

#define ALL "0:0/1=a 0:32/7=b 0:64/1=c 1:3c/1=x "

static void rows_are_walked_by_family_and_start(void **state)
{
	struct world *w = *state;
	assert_rows(w, w->token, "");
	fill_sets(w);
	assert_rows(w, w->token, ALL);
	assert_rows(w, w->token + 1, "");
}

static void a_walk_stops_with_the_callbacks_code(void **state)
{
	struct world *w = *state;
	struct shown s = {.answer = CKR_CANCEL};
	fill_sets(w);
	assert_ok(store_begin(w->s, STORE_READ));
	assert_rv(store_sets_walk(w->s, w->token, show, &s), CKR_CANCEL);
	assert_string_equal(s.list, "0:0/1=a ");
	const uint64_t places[] = {1, 51};
	assert_rv(store_sets_get(w->s, w->token, 0, places, 2, show, &s), CKR_CANCEL);
	assert_ok(store_commit(w->s));
	assert_string_equal(s.list, "0:0/1=a 0:0/1=a ");
}

static void a_walk_gives_more_rows_than_a_page_has(void **state)
{
	struct world *w = *state;
	struct store_set rows[300];
	struct shown s = {0};
	for (unsigned i = 0; i < array_len(rows); i++)
		rows[i] = set(i % 2, i, 1, "");
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_sets_insert(w->s, w->token, rows, array_len(rows)));
	assert_ok(store_commit(w->s));
	uint64_t count = 0, walked = 0;
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_sets_walk(w->s, w->token, count_row, &walked));
	assert_int_equal(walked, array_len(rows));
	for (unsigned i = 0; i < array_len(rows); i++) {
		const uint64_t place = i;
		s.len = 0;
		assert_ok(store_sets_get(w->s, w->token, i % 2, &place, 1, show, &s));
		count += s.len > 0;
	}
	assert_ok(store_commit(w->s));
	assert_int_equal(count, array_len(rows));
}

static void a_place_belongs_to_the_last_row_that_starts_before_it(void **state)
{
	struct world *w = *state;
	fill_sets(w);
	static const struct {
		uint64_t places[4];
		size_t count;
		const char *expected;
	} rows[] = {
		{{0}, 1, "0:0/1=a "},
		{{49}, 1, "0:0/1=a "},
		{{50}, 1, "0:32/7=b "},
		{{99}, 1, "0:32/7=b "},
		{{100}, 1, "0:64/1=c "},
		{{STORE_SET_LAST}, 1, "0:64/1=c "},
		{{0, 1, 49, 50}, 4, "0:0/1=a 0:32/7=b "},
		{{1, 1, 200, STORE_SET_LAST}, 4, "0:0/1=a 0:64/1=c "},
		{{0}, 0, ""},
	};
	for (size_t i = 0; i < array_len(rows); i++)
		assert_covering(w, 0, rows[i].places, rows[i].count, rows[i].expected);
	const uint64_t before_all = 59, after = 61;
	assert_covering(w, 1, &before_all, 1, "");
	assert_covering(w, 1, &after, 1, "1:3c/1=x ");
	assert_covering(w, 2, &after, 1, "");
}

static void replacing_counts_versions_up(void **state)
{
	struct world *w = *state;
	fill_sets(w);
	const struct store_set rows[] = {set(0, 50, 8, "B"), set(1, 60, 2, "")};
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_sets_replace(w->s, w->token, rows, 2));
	assert_ok(store_sets_replace(w->s, w->token, rows, 0));
	assert_ok(store_commit(w->s));
	assert_rows(w, w->token, "0:0/1=a 0:32/8=B 0:64/1=c 1:3c/2= ");
}

static void rows_of_another_version_or_none_are_not_replaced(void **state)
{
	struct world *w = *state;
	fill_sets(w);
	const struct store_set wrong[] = {set(0, 50, 7, "B"), set(0, 50, 9, "B"), set(0, 51, 2, "B"), set(0, 51, 1, "B"),
					  set(2, 50, 8, "B")};
	for (size_t i = 0; i < array_len(wrong); i++) {
		const struct store_set both[] = {set(0, 0, 2, "A"), wrong[i]};
		assert_ok(store_begin(w->s, STORE_WRITE));
		assert_rv(store_sets_replace(w->s, w->token, both, 2), CKR_FUNCTION_FAILED);
		store_rollback(w->s);
	}
	assert_rows(w, w->token, ALL);
}

static void a_row_that_is_there_is_not_added_again(void **state)
{
	struct world *w = *state;
	fill_sets(w);
	const struct store_set both[] = {set(0, 10, 1, "new"), set(0, 50, 1, "B")};
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_rv(store_sets_insert(w->s, w->token, both, 2), CKR_FUNCTION_FAILED);
	store_rollback(w->s);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_rv(store_sets_insert(w->s, w->token + 100, both, 1), CKR_TOKEN_NOT_PRESENT);
	store_rollback(w->s);
	assert_rows(w, w->token, ALL);
}

static void rows_go_with_their_token_and_with_its_records(void **state)
{
	struct world *w = *state;
	struct store_token other;
	const struct store_set mine = set(0, 0, 1, "other");
	fill_sets(w);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_token_add(w->s, &other));
	assert_ok(store_sets_insert(w->s, other.token, &mine, 1));
	assert_ok(store_remove_all(w->s, w->token));
	assert_ok(store_check(w->s));
	assert_ok(store_commit(w->s));
	assert_rows(w, w->token, "");
	assert_rows(w, other.token, "0:0/1=other ");
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_token_remove(w->s, other.token));
	assert_ok(store_check(w->s));
	assert_ok(store_commit(w->s));
	assert_rows(w, other.token, "");
}

static void what_is_rolled_back_is_as_before(void **state)
{
	struct world *w = *state;
	fill_sets(w);
	const struct store_set changed = set(0, 50, 8, "B"), added = set(0, 55, 1, "new");
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_sets_replace(w->s, w->token, &changed, 1));
	assert_ok(store_sets_insert(w->s, w->token, &added, 1));
	store_rollback(w->s);
	assert_rows(w, w->token, ALL);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_remove_all(w->s, w->token));
	store_rollback(w->s);
	assert_rows(w, w->token, ALL);
}

static void what_breaks_the_rules_of_set_rows_is_refused(void **state)
{
	struct world *w = *state;
	const struct store_set wrong[] = {set(0, (uint64_t)STORE_SET_LAST + 1, 1, "x"), set(0, 0, 0, "x")};
	struct shown s = {0};
	for (size_t i = 0; i < array_len(wrong); i++) {
		assert_ok(store_begin(w->s, STORE_WRITE));
		assert_rv(store_sets_insert(w->s, w->token, &wrong[i], 1), CKR_GENERAL_ERROR);
		store_rollback(w->s);
	}
	const uint64_t falling[] = {2, 1}, beyond = (uint64_t)STORE_SET_LAST + 1;
	assert_ok(store_begin(w->s, STORE_READ));
	assert_rv(store_sets_insert(w->s, w->token, &wrong[0], 0), CKR_GENERAL_ERROR);
	assert_rv(store_sets_get(w->s, w->token, 0, falling, 2, show, &s), CKR_GENERAL_ERROR);
	assert_rv(store_sets_get(w->s, w->token, 0, &beyond, 1, show, &s), CKR_GENERAL_ERROR);
	assert_ok(store_commit(w->s));
}

static const struct CMUnitTest suite[] = {
	row(rows_are_walked_by_family_and_start),
	row(a_walk_stops_with_the_callbacks_code),
	row(a_walk_gives_more_rows_than_a_page_has),
	row(a_place_belongs_to_the_last_row_that_starts_before_it),
	row(replacing_counts_versions_up),
	row(rows_of_another_version_or_none_are_not_replaced),
	row(a_row_that_is_there_is_not_added_again),
	row(rows_go_with_their_token_and_with_its_records),
	row(what_is_rolled_back_is_as_before),
	row(what_breaks_the_rules_of_set_rows_is_refused),
};

int main(void)
{
	return run_on_every_backend(suite);
}
