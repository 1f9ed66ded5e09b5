/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed records: there and back, what lies open and what does not, and every flipped bit, foreign place and missing
 * key refused. Knows no store: records are handed over by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* before cmocka, which has a macro fail() */
#include "base/log.h"

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "crypto/ossl.h"
#include "object/make.h"
#include "object/seal.h"

#define VERSION 3
#define SECRET "the secret value"

static struct ossl *ossl;
static struct seal_keys with_token, without_token, other_token, other_open_key;
static struct seal_keys other_serial; /* the same keys, and another serial in the binding */

static const struct store_id id = {{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}};
static const char unique_id[] = "00112233445566778899aabbccddeeff";

static struct bytes text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static int set_up(void **state)
{
	struct bytes open = text("the open key of 32 bytes, ......."), token = text("the token's key of 32 bytes, .....");
	struct bytes serial = text("0123456789abcdef");
	(void)state;

	/* thousands of refusals, each of them meant */
	if (!log_configure("off") || ossl_open(&ossl) != CKR_OK)
		return -1;
	bool ok = seal_keys_derive(ossl, open, token, serial, &with_token) == CKR_OK &&
	          seal_keys_derive(ossl, open, (struct bytes){0}, serial, &without_token) == CKR_OK &&
	          seal_keys_derive(ossl, open, token, text("another serial.."), &other_token) == CKR_OK &&
	          seal_keys_derive(ossl, text("another token's open key"), token, serial, &other_open_key) == CKR_OK;
	other_serial = with_token;
	other_serial.serial[0] ^= 1;
	return ok ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ossl_close(ossl);
	return 0;
}

/* A secret key: private or not. */
static struct attrs *key(bool private_object)
{
	struct attr_list l = {0};
	struct attrs *a = NULL;

	assert_int_equal(attr_list_set_ulong(&l, CKA_CLASS, CKO_SECRET_KEY), CKR_OK);
	assert_int_equal(attr_list_set_ulong(&l, CKA_KEY_TYPE, CKK_AES), CKR_OK);
	assert_int_equal(attr_list_set_bool(&l, CKA_PRIVATE, private_object), CKR_OK);
	assert_int_equal(attr_list_set_bool(&l, CKA_EXTRACTABLE, true), CKR_OK);
	assert_int_equal(attr_list_set(&l, CKA_LABEL, text("a label")), CKR_OK);
	assert_int_equal(attr_list_set(&l, CKA_ID, text("an id")), CKR_OK);
	assert_int_equal(attr_list_set(&l, CKA_VALUE, text(SECRET)), CKR_OK);
	assert_int_equal(attr_list_set(&l, CKA_UNIQUE_ID, text(unique_id)), CKR_OK);
	assert_int_equal(attrs_pack(&l, &a), CKR_OK);
	attr_list_free(&l);
	return a;
}

static void seal(const struct seal_keys *keys, bool private_object, struct seal_record *ret)
{
	struct attrs *a = key(private_object);
	assert_int_equal(seal_object(ossl, keys, &id, VERSION, a, ret), CKR_OK);
	attrs_free(a);
}

static struct store_record record_of(const struct seal_record *s)
{
	return (struct store_record){
		.id = id,
		.version = VERSION,
		.open = buf_bytes(&s->open),
		.sealed = buf_bytes(&s->sealed),
		.tags = s->tags,
		.tag_count = s->tag_count,
	};
}

static CK_RV open_record(const struct seal_keys *keys, const struct store_record *r)
{
	struct attr_list l = {0};
	CK_RV rv = seal_open(ossl, keys, r, &l);
	if (rv != CKR_OK)
		assert_int_equal(l.count, 0);
	attr_list_free(&l);
	return rv;
}

static CK_RV open_sealed(const struct seal_keys *keys, const struct seal_record *s)
{
	struct store_record r = record_of(s);
	return open_record(keys, &r);
}

static bool contains(const struct buf *b, const char *needle)
{
	size_t len = strlen(needle);
	for (size_t i = 0; i + len <= b->len; i++)
		if (memcmp(b->data + i, needle, len) == 0)
			return true;
	return false;
}

/* ---- there and back -------------------------------------------------------------------------------- */

static void what_is_opened_is_what_was_sealed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct seal_record s = {0};
		struct attrs *a = key(i), *b = NULL;
		struct attr_list l = {0};

		seal(&with_token, i, &s);
		struct store_record r = record_of(&s);
		assert_int_equal(seal_open(ossl, &with_token, &r, &l), CKR_OK);
		assert_int_equal(attrs_pack(&l, &b), CKR_OK);
		assert_int_equal(a->size, b->size);
		assert_memory_equal(a, b, a->size);
		attrs_free(a);
		attrs_free(b);
		attr_list_free(&l);
		seal_record_free(&s);
	}
}

static void a_private_object_shows_nothing(void **state)
{
	struct seal_record s = {0};
	(void)state;

	seal(&with_token, true, &s);
	struct store_record r = record_of(&s);
	assert_int_equal(seal_family_of(&r), SEAL_PRIVATE);
	assert_int_equal(s.open.len, 2);
	assert_false(contains(&s.sealed, "a label"));
	assert_false(contains(&s.sealed, SECRET));
	seal_record_free(&s);
}

static void a_public_object_shows_all_but_its_secrets(void **state)
{
	struct seal_record s = {0};
	(void)state;

	seal(&with_token, false, &s);
	struct store_record r = record_of(&s);
	assert_int_equal(seal_family_of(&r), SEAL_OPEN);
	assert_true(contains(&s.open, "a label"));
	assert_false(contains(&s.open, SECRET));
	assert_false(contains(&s.sealed, SECRET));
	seal_record_free(&s);
}

static void two_records_of_one_object_differ(void **state)
{
	struct seal_record s[2] = {0};
	(void)state;

	seal(&with_token, true, &s[0]);
	seal(&with_token, true, &s[1]);
	assert_int_equal(s[0].sealed.len, s[1].sealed.len);
	assert_memory_not_equal(s[0].sealed.data, s[1].sealed.data, s[0].sealed.len);
	seal_record_free(&s[0]);
	seal_record_free(&s[1]);
}

/* ---- keys -------------------------------------------------------------------------------------------- */

static void a_private_object_needs_the_token_key(void **state)
{
	struct seal_record s = {0}, none = {0};
	struct attrs *a = key(true);
	(void)state;

	assert_int_equal(seal_object(ossl, &without_token, &id, VERSION, a, &none), CKR_USER_NOT_LOGGED_IN);
	assert_null(none.open.data);
	seal(&with_token, true, &s);
	assert_int_equal(open_sealed(&without_token, &s), CKR_USER_NOT_LOGGED_IN);
	seal_record_free(&s);
	attrs_free(a);
}

static void a_public_object_opens_and_seals_without_login(void **state)
{
	struct seal_record marked = {0}, unmarked = {0};
	(void)state;

	seal(&with_token, false, &marked);
	seal(&without_token, false, &unmarked);
	assert_int_equal(marked.sealed.len, unmarked.sealed.len + 32);
	assert_int_equal(open_sealed(&without_token, &marked), CKR_OK);
	assert_int_equal(open_sealed(&without_token, &unmarked), CKR_OK);
	assert_int_equal(open_sealed(&with_token, &unmarked), CKR_OK);
	seal_record_free(&marked);
	seal_record_free(&unmarked);
}

static void other_tokens_and_open_keys_cannot_open_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct seal_record s = {0};
		seal(&with_token, i, &s);
		assert_int_equal(open_sealed(&with_token, &s), CKR_OK);
		assert_int_equal(open_sealed(&other_token, &s), CKR_DEVICE_ERROR);
		if (i == 0)
			assert_int_equal(open_sealed(&other_open_key, &s), CKR_DEVICE_ERROR);
		seal_record_free(&s);
	}
}

static void who_has_only_the_open_key_cannot_make_a_mark(void **state)
{
	struct seal_keys thief = with_token;
	struct seal_record s = {0};
	(void)state;

	memset(thief.mark, 0x5a, sizeof(thief.mark));
	seal(&thief, false, &s);
	assert_int_equal(open_sealed(&without_token, &s), CKR_OK);
	assert_int_equal(open_sealed(&with_token, &s), CKR_DEVICE_ERROR);
	seal_record_free(&s);
}

static void every_key_is_another(void **state)
{
	const unsigned char *keys[] = {with_token.seal, with_token.tag, with_token.mark, with_token.open_seal, with_token.open_tag};
	(void)state;

	assert_true(with_token.has_token);
	assert_false(without_token.has_token);
	for (size_t i = 0; i < array_len(keys); i++)
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(keys[i], keys[j], 32);
	assert_memory_equal(with_token.open_seal, without_token.open_seal, 32);
	assert_memory_not_equal(with_token.open_seal, other_token.open_seal, 32);
}

/* ---- damage ------------------------------------------------------------------------------------------ */

static void flip_each_bit(const struct seal_keys *keys, const struct seal_record *s, unsigned char *data, size_t len, const char *what)
{
	for (size_t bit = 0; bit < 8 * len; bit++) {
		data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		CK_RV rv = open_sealed(keys, s);
		data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		if (rv != CKR_DEVICE_ERROR)
			fail_msg("bit %zu of %s: 0x%lx", bit, what, rv);
	}
	assert_int_equal(open_sealed(keys, s), CKR_OK);
}

static void every_flipped_bit_is_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct seal_record s = {0};
		seal(&with_token, i, &s);
		flip_each_bit(&with_token, &s, s.open.data, s.open.len, "the open part");
		flip_each_bit(&with_token, &s, s.sealed.data, s.sealed.len, "the sealed part");
		flip_each_bit(&with_token, &s, (unsigned char *)s.tags, s.tag_count * sizeof(s.tags[0]), "the tags");
		seal_record_free(&s);
	}
}

static void without_login_every_flipped_bit_before_the_mark_is_refused(void **state)
{
	struct seal_record s = {0};
	(void)state;

	seal(&with_token, false, &s);
	/* what is private cannot be told from what claims to be */
	s.open.data[1] ^= 0x01;
	assert_int_not_equal(open_sealed(&without_token, &s), CKR_OK);
	s.open.data[1] ^= 0x01;
	flip_each_bit(&without_token, &s, s.open.data, 1, "the format");
	flip_each_bit(&without_token, &s, s.open.data + 2, s.open.len - 2, "the open part");
	flip_each_bit(&without_token, &s, s.sealed.data, s.sealed.len - 32, "the sealed part");
	flip_each_bit(&without_token, &s, (unsigned char *)s.tags, s.tag_count * sizeof(s.tags[0]), "the tags");
	seal_record_free(&s);
}

static void a_record_belongs_to_its_place(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct seal_record s = {0};
		seal(&with_token, i, &s);
		struct store_record r = record_of(&s);
		assert_int_equal(open_record(&with_token, &r), CKR_OK);
		assert_int_equal(open_record(&other_serial, &r), CKR_DEVICE_ERROR);
		r.version++;
		assert_int_equal(open_record(&with_token, &r), CKR_DEVICE_ERROR);
		r = record_of(&s);
		r.tag_count--;
		assert_int_equal(open_record(&with_token, &r), CKR_DEVICE_ERROR);
		for (size_t bit = 0; bit < 8 * STORE_ID_SIZE; bit++) {
			r = record_of(&s);
			r.id.b[bit / 8] ^= (unsigned char)(1 << bit % 8);
			assert_int_equal(open_record(&with_token, &r), CKR_DEVICE_ERROR);
		}
		seal_record_free(&s);
	}
}

static void every_cut_is_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct seal_record s = {0};
		seal(&with_token, i, &s);
		for (size_t len = 0; len < s.sealed.len; len++) {
			struct store_record r = record_of(&s);
			r.sealed.len = len;
			assert_int_equal(open_record(&with_token, &r), CKR_DEVICE_ERROR);
		}
		for (size_t len = 0; len < s.open.len; len++) {
			struct store_record r = record_of(&s);
			r.open.len = len;
			assert_int_equal(open_record(&with_token, &r), CKR_DEVICE_ERROR);
		}
		seal_record_free(&s);
	}
}

/* Whoever has the open key can seal public records; they must not pass for something else. */
static void a_public_record_cannot_claim_to_be_private_or_another(void **state)
{
	struct attrs *a = key(false);
	struct attr_list l = {0};
	struct seal_record s = {0};
	struct store_id other = id;
	(void)state;

	other.b[0] = 0x99;
	assert_int_equal(seal_object(ossl, &without_token, &other, VERSION, a, &s), CKR_OK);
	struct store_record r = record_of(&s);
	r.id = other;
	assert_int_equal(open_record(&with_token, &r), CKR_DEVICE_ERROR);
	seal_record_free(&s);

	assert_int_equal(attrs_unpack(a, &l), CKR_OK);
	attr_list_remove(&l, CKA_PRIVATE);
	attrs_free(a);
	assert_int_equal(attrs_pack(&l, &a), CKR_OK);
	assert_int_equal(seal_object(ossl, &without_token, &id, VERSION, a, &s), CKR_USER_NOT_LOGGED_IN);
	attr_list_free(&l);
	attrs_free(a);
}

/* ---- tags -------------------------------------------------------------------------------------------- */

static bool has_tag(const struct seal_record *s, uint64_t tag)
{
	for (size_t i = 0; i < s->tag_count; i++)
		if (s->tags[i] == tag)
			return true;
	return false;
}

static void a_search_has_the_tags_of_what_it_looks_for(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct seal_record s = {0};
		struct attr_list template = {0};
		uint64_t tags[8];
		size_t count;

		seal(&with_token, i, &s);
		assert_int_equal(attr_list_set_ulong(&template, CKA_CLASS, CKO_SECRET_KEY), CKR_OK);
		assert_int_equal(attr_list_set(&template, CKA_ID, text("an id")), CKR_OK);
		assert_int_equal(attr_list_set(&template, CKA_LABEL, text("a label")), CKR_OK);
		assert_int_equal(attr_list_set_bool(&template, CKA_TOKEN, true), CKR_OK);
		seal_search_tags(&with_token, i, &template, tags, array_len(tags), &count);
		assert_int_equal(count, 3);
		for (size_t j = 0; j < count; j++)
			assert_true(has_tag(&s, tags[j]));
		seal_search_tags(&with_token, !i, &template, tags, array_len(tags), &count);
		for (size_t j = 0; j < count; j++)
			assert_false(has_tag(&s, tags[j]));

		uint64_t first = tags[0];
		seal_search_tags(&with_token, !i, &template, tags, 1, &count);
		assert_int_equal(count, 1);
		assert_true(tags[0] == first);
		attr_list_remove(&template, CKA_CLASS);
		attr_list_remove(&template, CKA_LABEL);
		seal_search_tags(&with_token, !i, &template, tags, array_len(tags), &count);
		assert_int_equal(count, 1);
		assert_true(tags[0] == first); /* CKA_ID goes before CKA_LABEL and CKA_CLASS */
		attr_list_free(&template);
		seal_record_free(&s);
	}
}

static void a_search_without_tags_has_none(void **state)
{
	struct attr_list template = {0};
	uint64_t tags[8];
	size_t count = 9;
	(void)state;

	assert_int_equal(attr_list_set(&template, CKA_VALUE, text(SECRET)), CKR_OK);
	assert_int_equal(attr_list_set(&template, CKA_LABEL, (struct bytes){0}), CKR_OK);
	seal_search_tags(&with_token, false, &template, tags, array_len(tags), &count);
	assert_int_equal(count, 0);
	assert_int_equal(attr_list_set(&template, CKA_LABEL, text("x")), CKR_OK);
	seal_search_tags(&with_token, false, &template, tags, array_len(tags), &count);
	assert_int_equal(count, 1);
	seal_search_tags(&without_token, true, &template, tags, array_len(tags), &count);
	assert_int_equal(count, 0);
	attr_list_free(&template);
}

static void tags_are_sorted_and_each_once_and_values_of_any_length_have_one(void **state)
{
	struct seal_record s = {0};
	struct attr_list l = {0};
	struct attrs *a = key(false);
	char *long_label = malloc(100000);
	uint64_t tag;
	size_t count;
	(void)state;

	assert_non_null(long_label);
	memset(long_label, 'x', 100000);
	assert_int_equal(attrs_unpack(a, &l), CKR_OK);
	assert_int_equal(attr_list_set(&l, CKA_LABEL, bytes_of(long_label, 100000)), CKR_OK);
	attrs_free(a);
	assert_int_equal(attrs_pack(&l, &a), CKR_OK);
	assert_int_equal(seal_object(ossl, &with_token, &id, VERSION, a, &s), CKR_OK);
	assert_int_equal(s.tag_count, 5);
	for (size_t i = 1; i < s.tag_count; i++)
		assert_true(s.tags[i - 1] < s.tags[i]);
	attr_list_free(&l);
	assert_int_equal(attr_list_set(&l, CKA_LABEL, bytes_of(long_label, 100000)), CKR_OK);
	seal_search_tags(&with_token, false, &l, &tag, 1, &count);
	assert_true(count == 1 && has_tag(&s, tag));
	long_label[99999] = 'y';
	assert_int_equal(attr_list_set(&l, CKA_LABEL, bytes_of(long_label, 100000)), CKR_OK);
	seal_search_tags(&with_token, false, &l, &tag, 1, &count);
	assert_true(count == 1 && !has_tag(&s, tag));
	attr_list_free(&l);
	attrs_free(a);
	seal_record_free(&s);
	free(long_label);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_opened_is_what_was_sealed),
		cmocka_unit_test(a_private_object_shows_nothing),
		cmocka_unit_test(a_public_object_shows_all_but_its_secrets),
		cmocka_unit_test(two_records_of_one_object_differ),
		cmocka_unit_test(a_private_object_needs_the_token_key),
		cmocka_unit_test(a_public_object_opens_and_seals_without_login),
		cmocka_unit_test(other_tokens_and_open_keys_cannot_open_it),
		cmocka_unit_test(who_has_only_the_open_key_cannot_make_a_mark),
		cmocka_unit_test(every_key_is_another),
		cmocka_unit_test(every_flipped_bit_is_refused),
		cmocka_unit_test(without_login_every_flipped_bit_before_the_mark_is_refused),
		cmocka_unit_test(a_record_belongs_to_its_place),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(a_public_record_cannot_claim_to_be_private_or_another),
		cmocka_unit_test(a_search_has_the_tags_of_what_it_looks_for),
		cmocka_unit_test(a_search_without_tags_has_none),
		cmocka_unit_test(tags_are_sorted_and_each_once_and_values_of_any_length_have_one),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
