/* SPDX-License-Identifier: Apache-2.0 */
/* The sets: they say what must be found, whatever came and went; and damaged rows, missing ones and such from an
 * older state are noticed. The store is in memory; rows are put back and taken away through its own calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* before cmocka, which has a macro fail() */
#include "base/log.h"

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "object/persist.h"
#include "object/sets.h"
#include "object/sets_row.h"

#define assert_rv(expr, rv) assert_string_equal(rv_name(expr), rv_name(rv))
#define assert_ok(expr) assert_rv(expr, CKR_OK)

struct world {
	struct store *store;
	struct seal_keys keys;
	struct persist p;
};

static struct ossl *ossl;

static struct bytes text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static int open_ossl(void **state)
{
	(void)state;
	/* the refusals are meant */
	return log_configure("off") && ossl_open(&ossl) == CKR_OK ? 0 : -1;
}

static int close_ossl(void **state)
{
	(void)state;
	ossl_close(ossl);
	return 0;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct store_token t;
	if (w == NULL || store_open("memory:", true, &w->store) != CKR_OK ||
	    seal_keys_derive(ossl, text("the open key"), text("the token key"), text("0123456789abcdef"), &w->keys) != CKR_OK)
		return -1;
	assert_ok(store_begin(w->store, STORE_WRITE));
	assert_ok(store_token_add(w->store, &t));
	w->p = (struct persist){.store = w->store, .ossl = ossl, .token = t.token, .keys = &w->keys};
	assert_ok(sets_create(&w->p, NULL, 0));
	assert_ok(store_commit(w->store));
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	store_close(w->store);
	free(w);
	return 0;
}

/* ---- members -------------------------------------------------------------------------------------------- */

static struct sets_step step(bool add, unsigned n, const uint64_t *tags, size_t count)
{
	struct sets_step s = {.add = add, .tags = tags, .tag_count = count};
	hash_sha256(bytes_of(&n, sizeof(n)), s.hash);
	return s;
}

static CK_RV apply(struct world *w, enum seal_family family, const struct sets_step *steps, size_t count)
{
	assert_ok(store_begin(w->store, STORE_WRITE));
	return store_end(w->store, sets_apply(&w->p, family, steps, count));
}

static CK_RV apply_one(struct world *w, bool add, unsigned n, const uint64_t *tags, size_t count)
{
	struct sets_step s = step(add, n, tags, count);
	return apply(w, SEAL_OPEN, &s, 1);
}

static CK_RV of_tag(struct world *w, enum seal_family family, uint64_t tag, struct sets_sum *ret)
{
	assert_ok(store_begin(w->store, STORE_READ));
	return store_end(w->store, sets_of_tag(&w->p, family, tag, ret));
}

static struct sets_sum all(struct world *w, enum seal_family family)
{
	struct sets_sum sum;
	assert_ok(store_begin(w->store, STORE_READ));
	assert_ok(store_end(w->store, sets_of_all(&w->p, family, &sum)));
	return sum;
}

static struct sets_report verify(struct world *w, enum seal_family family)
{
	struct sets_report r;
	assert_ok(store_begin(w->store, STORE_READ));
	assert_ok(store_end(w->store, sets_verify(&w->p, family, &r)));
	return r;
}

/* ---- the rows by themselves ------------------------------------------------------------------------------ */

struct copy {
	struct store_set rows[64];
	unsigned char values[64][2048];
	size_t count;
};

static CK_RV copy_row(void *arg, const struct store_set *row)
{
	struct copy *c = arg;
	assert_true(c->count < array_len(c->rows) && row->value.len <= sizeof(c->values[0]));
	memcpy(c->values[c->count], row->value.data, row->value.len);
	c->rows[c->count] = *row;
	c->rows[c->count].value.data = c->values[c->count];
	c->count++;
	return CKR_OK;
}

static struct copy *copy_rows(struct world *w)
{
	struct copy *c = calloc(1, sizeof(*c));
	assert_non_null(c);
	assert_ok(store_begin(w->store, STORE_READ));
	assert_ok(store_end(w->store, store_sets_walk(w->store, w->p.token, copy_row, c)));
	return c;
}

/* Puts other rows in place of all there are; what is at `without` is left out. */
static void put_rows(struct world *w, const struct copy *c, size_t without)
{
	assert_ok(store_begin(w->store, STORE_WRITE));
	assert_ok(store_remove_all(w->store, w->p.token));
	for (size_t i = 0; i < c->count; i++)
		if (i != without)
			assert_ok(store_sets_insert(w->store, w->p.token, &c->rows[i], 1));
	assert_ok(store_commit(w->store));
}

#define ALL SIZE_MAX

/* ---- what they say --------------------------------------------------------------------------------------- */

static void a_new_tokens_sets_are_empty(void **state)
{
	struct world *w = *state;
	const struct sets_sum empty = {0};
	for (int family = 0; family < SEAL_FAMILIES; family++) {
		struct sets_sum sum = {.count = 7};
		assert_ok(of_tag(w, family, 12345, &sum));
		assert_true(sets_sum_equal(&sum, &empty));
		sum = all(w, family);
		assert_true(sets_sum_equal(&sum, &empty));
		struct sets_report r = verify(w, family);
		assert_int_equal(r.rows, 1);
		assert_int_equal(r.bad, 0);
	}
}

#define MEMBERS 300
#define POPULAR 3

/* Members with some tags that many have and some of their own. */
static size_t tags_of(unsigned n, uint64_t ret[6])
{
	size_t count = 0;
	ret[count++] = (uint64_t)(n % POPULAR) * 0x5555555555555555 + 1;
	for (uint64_t i = 0; i < 1 + n % 4; i++) {
		unsigned char hash[32];
		uint64_t in = n * 8 + i;
		hash_sha256(bytes_of(&in, sizeof(in)), hash);
		memcpy(&ret[count++], hash, sizeof(ret[0]));
	}
	return count;
}

static void model_add(struct sets_sum *sum, unsigned n)
{
	unsigned char hash[32];
	hash_sha256(bytes_of(&n, sizeof(n)), hash);
	sets_sum_add(sum, hash);
}

/* The sets against the list of who is in. */
static void compare(struct world *w, const bool in[MEMBERS])
{
	struct sets_sum everybody = {0}, popular[POPULAR] = {{0}}, sum;
	for (unsigned n = 0; n < MEMBERS; n++) {
		uint64_t tags[6];
		size_t count = tags_of(n, tags);
		struct sets_sum own = {0};
		if (in[n]) {
			model_add(&everybody, n);
			model_add(&popular[n % POPULAR], n);
			model_add(&own, n);
		}
		assert_ok(of_tag(w, SEAL_OPEN, tags[count - 1], &sum));
		assert_true(sets_sum_equal(&sum, &own));
	}
	for (unsigned i = 0; i < POPULAR; i++) {
		uint64_t tags[6];
		tags_of(i, tags);
		assert_ok(of_tag(w, SEAL_OPEN, tags[0], &sum));
		assert_true(sets_sum_equal(&sum, &popular[i]));
	}
	sum = all(w, SEAL_OPEN);
	assert_true(sets_sum_equal(&sum, &everybody));
	assert_int_equal(verify(w, SEAL_OPEN).bad, 0);
}

static void they_say_who_is_there_after_any_coming_and_going(void **state)
{
	struct world *w = *state;
	bool in[MEMBERS] = {false};
	uint32_t random = 1;
	for (unsigned i = 0; i < 4 * MEMBERS; i++) {
		uint64_t tags[6];
		random = random * 1664525 + 1013904223;
		unsigned n = random / 65536 % MEMBERS;
		size_t count = tags_of(n, tags);
		in[n] = !in[n];
		assert_ok(apply_one(w, in[n], n, tags, count));
		if (i % MEMBERS == MEMBERS - 1)
			compare(w, in);
	}
	assert_true(verify(w, SEAL_OPEN).rows > 10);
	for (unsigned n = 0; n < MEMBERS; n++) {
		uint64_t tags[6];
		size_t count = tags_of(n, tags);
		if (in[n])
			assert_ok(apply_one(w, false, n, tags, count));
		in[n] = false;
	}
	compare(w, in);
}

static CK_RV measure(void *arg, const struct store_set *row)
{
	size_t *longest = arg;
	if (row->value.len > *longest)
		*longest = row->value.len;
	return CKR_OK;
}

static void no_row_grows_beyond_its_limit(void **state)
{
	struct world *w = *state;
	size_t longest = 0;
	for (unsigned n = 0; n < 50; n++) {
		uint64_t tags[40];
		for (uint64_t i = 0; i < 40; i++)
			tags[i] = ((uint64_t)n * 40 + i) << 4;
		assert_ok(apply_one(w, true, n, tags, 40));
	}
	assert_ok(store_begin(w->store, STORE_READ));
	assert_ok(store_end(w->store, store_sets_walk(w->store, w->p.token, measure, &longest)));
	assert_true(longest <= 1 + 12 + 8 + SETS_ROW_MAX * 44 + 16);
	assert_int_equal(verify(w, SEAL_OPEN).bad, 0);
}

static void one_change_may_take_and_give(void **state)
{
	struct world *w = *state;
	const uint64_t old[] = {10, 20, 30}, new[] = {20, 30, 40};
	struct sets_sum sum, expected = {0};
	assert_ok(apply_one(w, true, 1, old, 3));
	const struct sets_step both[] = {step(false, 1, old, 3), step(true, 2, new, 3)};
	assert_ok(apply(w, SEAL_OPEN, both, 2));
	model_add(&expected, 2);
	for (size_t i = 0; i < 3; i++) {
		assert_ok(of_tag(w, SEAL_OPEN, new[i], &sum));
		assert_true(sets_sum_equal(&sum, &expected));
	}
	assert_ok(of_tag(w, SEAL_OPEN, 10, &sum));
	assert_int_equal(sum.count, 0);
	assert_ok(of_tag(w, SEAL_PRIVATE, 20, &sum));
	assert_int_equal(sum.count, 0);
}

/* ---- what they refuse -------------------------------------------------------------------------------------- */

static void what_is_not_in_a_set_cannot_go(void **state)
{
	struct world *w = *state;
	const uint64_t tags[] = {10, 20}, others[] = {10, 21};
	assert_rv(apply_one(w, false, 1, tags, 2), CKR_DEVICE_ERROR);
	assert_ok(apply_one(w, true, 1, tags, 2));
	assert_rv(apply_one(w, false, 2, tags, 2), CKR_DEVICE_ERROR);
	assert_rv(apply_one(w, false, 1, others, 2), CKR_DEVICE_ERROR);
	assert_int_equal(verify(w, SEAL_OPEN).bad, 0);
	assert_ok(apply_one(w, false, 1, tags, 2));
}

static void the_private_family_needs_the_token_key(void **state)
{
	struct world *w = *state;
	const uint64_t tag = 10;
	struct sets_step s = step(true, 1, &tag, 1);
	w->keys.has_token = false;
	assert_rv(apply(w, SEAL_PRIVATE, &s, 1), CKR_USER_NOT_LOGGED_IN);
	assert_ok(apply(w, SEAL_OPEN, &s, 1));
	w->keys.has_token = true;
	assert_ok(apply(w, SEAL_PRIVATE, &s, 1));
}

static void every_flipped_bit_of_a_row_is_noticed(void **state)
{
	struct world *w = *state;
	const uint64_t tags[] = {10, 20};
	struct sets_sum sum;
	assert_ok(apply_one(w, true, 1, tags, 2));
	struct copy *c = copy_rows(w);
	for (size_t bit = 0; bit < 8 * c->rows[0].value.len; bit++) {
		c->values[0][bit / 8] ^= (unsigned char)(1 << bit % 8);
		put_rows(w, c, ALL);
		assert_rv(of_tag(w, SEAL_OPEN, 10, &sum), CKR_DEVICE_ERROR);
		c->values[0][bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	c->rows[0].value.len--;
	put_rows(w, c, ALL);
	assert_rv(of_tag(w, SEAL_OPEN, 10, &sum), CKR_DEVICE_ERROR);
	assert_true(verify(w, SEAL_OPEN).bad > 0);
	assert_rv(apply_one(w, true, 2, tags, 2), CKR_DEVICE_ERROR);
	c->rows[0].value.len++;
	put_rows(w, c, ALL);
	assert_ok(of_tag(w, SEAL_OPEN, 10, &sum));
	assert_int_equal(verify(w, SEAL_OPEN).bad, 0);
	free(c);
}

static void a_row_belongs_to_its_place_version_and_family(void **state)
{
	struct world *w = *state;
	const uint64_t tag = 10;
	struct sets_sum sum;
	struct sets_step s = step(true, 1, &tag, 1);
	assert_ok(apply(w, SEAL_OPEN, &s, 1));
	assert_ok(apply(w, SEAL_PRIVATE, &s, 1));
	struct copy *c = copy_rows(w);
	assert_int_equal(c->count, 2);
	c->rows[0].version++;
	put_rows(w, c, ALL);
	assert_rv(of_tag(w, SEAL_OPEN, 10, &sum), CKR_DEVICE_ERROR);
	c->rows[0].version--;
	c->rows[0].start++;
	put_rows(w, c, ALL);
	assert_rv(of_tag(w, SEAL_OPEN, 10, &sum), CKR_DEVICE_ERROR);
	c->rows[0].start--;
	struct bytes mine = c->rows[0].value;
	c->rows[0].value = c->rows[1].value;
	put_rows(w, c, ALL);
	assert_rv(of_tag(w, SEAL_OPEN, 10, &sum), CKR_DEVICE_ERROR);
	assert_ok(of_tag(w, SEAL_PRIVATE, 10, &sum));
	c->rows[0].value = mine;
	put_rows(w, c, ALL);
	w->keys.serial[0] ^= 1;
	assert_rv(of_tag(w, SEAL_OPEN, 10, &sum), CKR_DEVICE_ERROR);
	w->keys.serial[0] ^= 1;
	assert_ok(of_tag(w, SEAL_OPEN, 10, &sum));
	free(c);
}

/* Enough members for several rows. */
static void fill(struct world *w)
{
	for (unsigned n = 0; n < 40; n++) {
		uint64_t tags[6];
		size_t count = tags_of(n, tags);
		assert_ok(apply_one(w, true, n, tags, count));
	}
}

static void every_missing_row_is_noticed_by_who_needs_it_and_by_verify(void **state)
{
	struct world *w = *state;
	fill(w);
	struct copy *c = copy_rows(w);
	assert_true(c->count > 4);
	for (size_t i = 0; i < c->count; i++) {
		struct sets_sum sum;
		enum seal_family family = c->rows[i].family;
		put_rows(w, c, i);
		assert_rv(of_tag(w, family, c->rows[i].start << 1, &sum), CKR_DEVICE_ERROR);
		assert_true(verify(w, family).bad > 0);
		assert_int_equal(verify(w, !family).bad, 0);
	}
	put_rows(w, c, ALL);
	assert_int_equal(verify(w, SEAL_OPEN).bad, 0);
	free(c);
}

static void a_row_put_back_from_an_older_state_is_noticed_by_verify(void **state)
{
	struct world *w = *state;
	const uint64_t tag = 10;
	fill(w);
	struct copy *before = copy_rows(w);
	assert_ok(apply_one(w, true, 1000, &tag, 1));
	struct copy *after = copy_rows(w);
	assert_int_equal(before->count, after->count);
	after->rows[0] = before->rows[0];
	put_rows(w, after, ALL);
	assert_int_equal(verify(w, SEAL_OPEN).bad, 1);
	free(before);
	free(after);
}

static void read_root(struct world *w, struct buf *value, uint64_t *version)
{
	assert_ok(store_begin(w->store, STORE_READ));
	assert_ok(store_end(w->store, store_meta_get(w->store, w->p.token, SETS_ROOT_OPEN, value, version)));
}

static void put_root(struct world *w, const struct buf *value, uint64_t version)
{
	assert_ok(store_begin(w->store, STORE_WRITE));
	assert_ok(store_meta_remove(w->store, w->p.token, SETS_ROOT_OPEN));
	if (value != NULL)
		assert_ok(store_meta_insert(w->store, w->p.token, SETS_ROOT_OPEN, buf_bytes(value), version));
	assert_ok(store_commit(w->store));
}

static void a_root_that_is_missing_damaged_or_old_is_noticed(void **state)
{
	struct world *w = *state;
	const uint64_t tag = 10;
	struct buf old = {0}, now = {0};
	uint64_t old_version, version;
	read_root(w, &old, &old_version);
	assert_ok(apply_one(w, true, 1, &tag, 1));
	read_root(w, &now, &version);
	put_root(w, NULL, 0);
	assert_int_equal(verify(w, SEAL_OPEN).bad, 1);
	assert_rv(apply_one(w, true, 2, &tag, 1), CKR_DEVICE_ERROR);
	put_root(w, &old, old_version);
	assert_int_equal(verify(w, SEAL_OPEN).bad, 1);
	put_root(w, &old, version);
	assert_int_equal(verify(w, SEAL_OPEN).bad, 1);
	for (size_t i = 0; i < now.len; i++) {
		now.data[i] ^= 0x10;
		put_root(w, &now, version);
		assert_int_equal(verify(w, SEAL_OPEN).bad, 1);
		now.data[i] ^= 0x10;
	}
	put_root(w, &now, version);
	assert_int_equal(verify(w, SEAL_OPEN).bad, 0);
	buf_free(&old);
	buf_free(&now);
}

/* ---- values of the token -------------------------------------------------------------------------------------- */

static void put_value(struct world *w, unsigned families, const char *value, uint64_t expected)
{
	assert_ok(store_begin(w->store, STORE_WRITE));
	assert_ok(store_end(w->store, sets_value_put(&w->p, families, "role", text(value), expected)));
}

static bool right(struct world *w, enum seal_family family, const char *value, uint64_t version)
{
	bool ret = false;
	assert_ok(store_begin(w->store, STORE_READ));
	assert_ok(store_end(w->store, sets_value_check(&w->p, family, "role", text(value), version, &ret)));
	return ret;
}

static void only_the_value_that_was_written_last_is_right(void **state)
{
	struct world *w = *state;
	assert_true(right(w, SEAL_PRIVATE, "", 0));
	assert_false(right(w, SEAL_PRIVATE, "old", 1));
	put_value(w, SETS_IN_PRIVATE, "old", 0);
	assert_true(right(w, SEAL_PRIVATE, "old", 1));
	assert_false(right(w, SEAL_PRIVATE, "", 0));
	assert_false(right(w, SEAL_OPEN, "old", 1));
	put_value(w, SETS_IN_PRIVATE, "new", 1);
	assert_true(right(w, SEAL_PRIVATE, "new", 2));
	assert_false(right(w, SEAL_PRIVATE, "old", 1));
	assert_false(right(w, SEAL_PRIVATE, "old", 2));
	assert_false(right(w, SEAL_PRIVATE, "new", 3));
	assert_int_equal(all(w, SEAL_PRIVATE).count, 0);
	assert_int_equal(verify(w, SEAL_PRIVATE).bad, 0);
	assert_ok(store_begin(w->store, STORE_WRITE));
	assert_ok(store_end(w->store, sets_value_remove(&w->p, SETS_IN_PRIVATE, "role")));
	assert_true(right(w, SEAL_PRIVATE, "", 0));
	assert_false(right(w, SEAL_PRIVATE, "new", 2));
}

static void a_value_may_be_in_both_families(void **state)
{
	struct world *w = *state;
	put_value(w, SETS_IN_OPEN | SETS_IN_PRIVATE, "one", 0);
	put_value(w, SETS_IN_OPEN | SETS_IN_PRIVATE, "two", 1);
	for (int family = 0; family < SEAL_FAMILIES; family++) {
		struct sets_sum sum, expected = {0};
		unsigned char hash[32];
		assert_true(right(w, family, "two", 2));
		assert_false(right(w, family, "one", 1));
		assert_ok(sets_hash_value(&w->p, family, "role", text("two"), 2, hash));
		sets_sum_add(&expected, hash);
		assert_ok(store_begin(w->store, STORE_READ));
		assert_ok(store_end(w->store, sets_of_values(&w->p, family, &sum)));
		assert_true(sets_sum_equal(&sum, &expected));
	}
}

static void a_value_put_back_is_not_replaced_unnoticed(void **state)
{
	struct world *w = *state;
	put_value(w, SETS_IN_PRIVATE, "old", 0);
	put_value(w, SETS_IN_PRIVATE, "new", 1);
	assert_ok(store_begin(w->store, STORE_WRITE));
	assert_ok(store_meta_remove(w->store, w->p.token, "role"));
	assert_ok(store_meta_insert(w->store, w->p.token, "role", text("old"), 2));
	assert_ok(store_commit(w->store));
	assert_ok(store_begin(w->store, STORE_WRITE));
	assert_rv(store_end(w->store, sets_value_put(&w->p, SETS_IN_PRIVATE, "role", text("x"), 2)), CKR_DEVICE_ERROR);
}

static void sets_made_anew_know_what_is_stored_by_then(void **state)
{
	struct world *w = *state;
	static const struct sets_value kept[] = {{"role", SETS_IN_PRIVATE}};
	fill(w);
	put_value(w, SETS_IN_PRIVATE, "value", 0);
	assert_ok(store_begin(w->store, STORE_WRITE));
	assert_ok(store_remove_all(w->store, w->p.token));
	assert_ok(store_end(w->store, sets_create(&w->p, kept, 1)));
	assert_true(right(w, SEAL_PRIVATE, "value", 1));
	assert_int_equal(all(w, SEAL_OPEN).count, 0);
	for (int family = 0; family < SEAL_FAMILIES; family++)
		assert_int_equal(verify(w, family).bad, 0);
}

/* ---- sums ------------------------------------------------------------------------------------------------------ */

static void a_sum_counts_and_does_not_care_for_order(void **state)
{
	unsigned char high[32], one[32] = {1};
	struct sets_sum a = {0}, b = {0};
	(void)state;
	memset(high, 0xff, sizeof(high));
	sets_sum_add(&a, high);
	sets_sum_add(&a, one);
	sets_sum_add(&b, one);
	sets_sum_add(&b, high);
	assert_true(sets_sum_equal(&a, &b));
	assert_int_equal(a.count, 2);
	sets_sum_add(&b, one);
	assert_false(sets_sum_equal(&a, &b));
	sets_sum_take(&b, high);
	sets_sum_take(&b, one);
	sets_sum_take(&b, one);
	assert_true(sets_sum_equal(&b, &(struct sets_sum){0}));
	/* the sum is as of nothing, but two are in */
	assert_false(sets_sum_equal(&a, &b));
}

#define row(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		row(a_new_tokens_sets_are_empty),
		row(they_say_who_is_there_after_any_coming_and_going),
		row(no_row_grows_beyond_its_limit),
		row(one_change_may_take_and_give),
		row(what_is_not_in_a_set_cannot_go),
		row(the_private_family_needs_the_token_key),
		row(every_flipped_bit_of_a_row_is_noticed),
		row(a_row_belongs_to_its_place_version_and_family),
		row(every_missing_row_is_noticed_by_who_needs_it_and_by_verify),
		row(a_row_put_back_from_an_older_state_is_noticed_by_verify),
		row(a_root_that_is_missing_damaged_or_old_is_noticed),
		row(only_the_value_that_was_written_last_is_right),
		row(a_value_may_be_in_both_families),
		row(a_value_put_back_is_not_replaced_unnoticed),
		row(sets_made_anew_know_what_is_stored_by_then),
		row(a_sum_counts_and_does_not_care_for_order),
	};
	return cmocka_run_group_tests(tests, open_ossl, close_ossl);
}
