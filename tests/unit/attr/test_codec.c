/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form: the bytes as the format says, there and back, and every damage refused without a crash.
 * Knows no seal: what is decoded here may be anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "attr/codec.h"
#include "attr/template.h"

/* One attribute of a template with a literal for a value. */
#define GIVEN(type, text) {type, (void *)(uintptr_t)(text), sizeof(text) - 1}

static CK_BBOOL yes = CK_TRUE;

static struct attrs *sample(void)
{
	CK_ULONG class = CKO_SECRET_KEY, unknown = CK_UNAVAILABLE_INFORMATION;
	CK_MECHANISM_TYPE allowed[] = {CKM_AES_CBC, CKM_AES_GCM};
	CK_ATTRIBUTE inner[] = {{CKA_TOKEN, &yes, 1}};
	CK_ATTRIBUTE a[] = {
		{CKA_CLASS, &class, sizeof(class)},
		{CKA_TOKEN, &yes, 1},
		GIVEN(CKA_LABEL, "label"),
		{CKA_ID, NULL, 0},
		{CKA_KEY_GEN_MECHANISM, &unknown, sizeof(unknown)},
		{CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed)},
		{CKA_UNWRAP_TEMPLATE, inner, sizeof(inner)},
	};
	struct attr_list l = {0};
	struct attrs *packed = NULL;

	assert_int_equal(template_read(a, array_len(a), &l), CKR_OK);
	assert_int_equal(attrs_pack(&l, &packed), CKR_OK);
	attr_list_free(&l);
	return packed;
}

static void the_bytes_are_those_of_the_format(void **state)
{
	static const unsigned char want[] = {
		2, 0, 0, 0,                                                                 /* count */
		0, 0, 0, 0, 0, 0, 0, 0, 2, 8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0,              /* CKA_CLASS, ulong, 8, 4 */
		3, 0, 0, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 'h', 'i',                            /* CKA_LABEL, string, 2, hi */
	};
	struct attr_list l = {0};
	struct attrs *a = NULL;
	struct buf out = {0};
	(void)state;

	assert_int_equal(attr_list_set(&l, CKA_LABEL, bytes_of("hi", 2)), CKR_OK);
	assert_int_equal(attr_list_set_ulong(&l, CKA_CLASS, CKO_SECRET_KEY), CKR_OK);
	assert_int_equal(attrs_pack(&l, &a), CKR_OK);
	assert_int_equal(codec_encode(a, NULL, NULL, &out), CKR_OK);
	assert_int_equal(out.len, sizeof(want));
	assert_memory_equal(out.data, want, sizeof(want));
	buf_free(&out);
	attrs_free(a);
	attr_list_free(&l);
}

static void what_is_decoded_is_what_was_encoded(void **state)
{
	struct attrs *a = sample(), *b = NULL;
	struct attr_list back = {0};
	struct buf out = {0};
	(void)state;

	assert_int_equal(codec_encode(a, NULL, NULL, &out), CKR_OK);
	assert_int_equal(codec_decode(buf_bytes(&out), &back), CKR_OK);
	assert_int_equal(attrs_pack(&back, &b), CKR_OK);
	assert_int_equal(a->size, b->size);
	assert_memory_equal(a, b, a->size);
	attrs_free(a);
	attrs_free(b);
	attr_list_free(&back);
	buf_free(&out);
}

static bool is_label(const void *arg, CK_ATTRIBUTE_TYPE type)
{
	return type == *(const CK_ATTRIBUTE_TYPE *)arg;
}

static void a_filter_chooses_and_two_parts_make_one_list(void **state)
{
	const CK_ATTRIBUTE_TYPE label = CKA_LABEL, token = CKA_TOKEN;
	struct attrs *a = sample();
	struct attr_list back = {0};
	struct buf one = {0}, two = {0};
	struct bytes v;
	(void)state;

	assert_int_equal(codec_encode(a, is_label, &label, &one), CKR_OK);
	assert_int_equal(codec_encode(a, is_label, &token, &two), CKR_OK);
	assert_int_equal(codec_decode(buf_bytes(&one), &back), CKR_OK);
	assert_int_equal(back.count, 1);
	assert_int_equal(codec_decode(buf_bytes(&two), &back), CKR_OK);
	assert_int_equal(back.count, 2);
	assert_true(attr_list_get(&back, CKA_LABEL, &v) && v.len == 5);
	attrs_free(a);
	attr_list_free(&back);
	buf_free(&one);
	buf_free(&two);
}

static void every_cut_and_every_extra_byte_is_refused(void **state)
{
	struct attrs *a = sample();
	struct buf out = {0};
	(void)state;

	assert_int_equal(codec_encode(a, NULL, NULL, &out), CKR_OK);
	for (size_t len = 0; len < out.len; len++) {
		struct attr_list back = {0};
		assert_int_equal(codec_decode(bytes_of(out.data, len), &back), CKR_DATA_INVALID);
		attr_list_free(&back);
	}
	struct attr_list back = {0};
	assert_int_equal(buf_put_u8(&out, 0), CKR_OK);
	assert_int_equal(codec_decode(buf_bytes(&out), &back), CKR_DATA_INVALID);
	attr_list_free(&back);
	attrs_free(a);
	buf_free(&out);
}

/* A changed byte is another list or none; it is never a crash (the sanitizers watch). */
static void every_changed_byte_is_another_list_or_refused(void **state)
{
	struct attrs *a = sample();
	struct buf out = {0};
	(void)state;

	assert_int_equal(codec_encode(a, NULL, NULL, &out), CKR_OK);
	for (size_t i = 0; i < out.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct attr_list back = {0};
			struct attrs *b = NULL;
			out.data[i] ^= (unsigned char)(1 << bit);
			CK_RV rv = codec_decode(buf_bytes(&out), &back);
			if (rv == CKR_OK) {
				assert_int_equal(attrs_pack(&back, &b), CKR_OK);
				assert_false(a->size == b->size && memcmp(a, b, a->size) == 0);
				attrs_free(b);
			} else {
				assert_int_equal(rv, CKR_DATA_INVALID);
			}
			out.data[i] ^= (unsigned char)(1 << bit);
			attr_list_free(&back);
		}
	}
	attrs_free(a);
	buf_free(&out);
}

static void put_item(struct buf *b, uint64_t type, uint8_t kind, struct bytes value)
{
	assert_int_equal(buf_put_u64(b, type), CKR_OK);
	assert_int_equal(buf_put_u8(b, kind), CKR_OK);
	assert_int_equal(buf_put_blob(b, value), CKR_OK);
}

/* The code of decoding a list of one or two items. */
static CK_RV decode_items(uint64_t type1, uint8_t kind1, struct bytes v1, uint64_t type2, uint8_t kind2, struct bytes v2)
{
	struct attr_list back = {0};
	struct buf b = {0};

	assert_int_equal(buf_put_u32(&b, 2), CKR_OK);
	put_item(&b, type1, kind1, v1);
	put_item(&b, type2, kind2, v2);
	CK_RV rv = codec_decode(buf_bytes(&b), &back);
	attr_list_free(&back);
	buf_free(&b);
	return rv;
}

static void only_the_canonical_form_is_taken(void **state)
{
	struct bytes t = bytes_of("\x01", 1), l = bytes_of("l", 1);
	(void)state;

	assert_int_equal(decode_items(CKA_TOKEN, ATTR_BOOL, t, CKA_LABEL, ATTR_STRING, l), CKR_OK);
	assert_int_equal(decode_items(CKA_LABEL, ATTR_STRING, l, CKA_TOKEN, ATTR_BOOL, t), CKR_DATA_INVALID);
	assert_int_equal(decode_items(CKA_LABEL, ATTR_STRING, l, CKA_LABEL, ATTR_STRING, l), CKR_DATA_INVALID);
	assert_int_equal(decode_items(CKA_TOKEN, ATTR_BYTES, t, CKA_LABEL, ATTR_STRING, l), CKR_DATA_INVALID);
	assert_int_equal(decode_items(CKA_TOKEN, ATTR_BOOL, bytes_of("\x02", 1), CKA_LABEL, ATTR_STRING, l), CKR_DATA_INVALID);
	assert_int_equal(decode_items(CKA_TOKEN, ATTR_BOOL, bytes_of("", 0), CKA_LABEL, ATTR_STRING, l), CKR_DATA_INVALID);
	assert_int_equal(decode_items(CKA_TOKEN, ATTR_BOOL, t, CKA_VENDOR_DEFINED, ATTR_BYTES, l), CKR_DATA_INVALID);
	assert_int_equal(decode_items(CKA_TOKEN, ATTR_BOOL, t, CKA_KEY_TYPE, ATTR_ULONG, l), CKR_DATA_INVALID);
	assert_int_equal(decode_items(CKA_TOKEN, ATTR_BOOL, t, CKA_ALLOWED_MECHANISMS, ATTR_ULONGS, l), CKR_DATA_INVALID);
}

static void a_count_that_promises_more_than_there_is_is_refused(void **state)
{
	struct attr_list back = {0};
	(void)state;

	assert_int_equal(codec_decode(bytes_of("\xff\xff\xff\xff", 4), &back), CKR_DATA_INVALID);
	assert_int_equal(codec_decode(bytes_of("\x00\x00\x00\x00", 4), &back), CKR_OK);
	assert_int_equal(back.count, 0);
}

static void templates_that_are_nested_too_deep_are_refused(void **state)
{
	struct buf b = {0};
	(void)state;

	assert_int_equal(buf_put_u32(&b, 0), CKR_OK);
	for (unsigned depth = 1; depth < 40; depth++) {
		struct attr_list back = {0};
		struct buf outer = {0};
		assert_int_equal(buf_put_u32(&outer, 1), CKR_OK);
		put_item(&outer, CKA_UNWRAP_TEMPLATE, ATTR_NESTED, buf_bytes(&b));
		assert_int_equal(codec_decode(buf_bytes(&outer), &back), depth <= 4 ? CKR_OK : CKR_DATA_INVALID);
		attr_list_free(&back);
		buf_free(&b);
		b = outer;
	}
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_format),
		cmocka_unit_test(what_is_decoded_is_what_was_encoded),
		cmocka_unit_test(a_filter_chooses_and_two_parts_make_one_list),
		cmocka_unit_test(every_cut_and_every_extra_byte_is_refused),
		cmocka_unit_test(every_changed_byte_is_another_list_or_refused),
		cmocka_unit_test(only_the_canonical_form_is_taken),
		cmocka_unit_test(a_count_that_promises_more_than_there_is_is_refused),
		cmocka_unit_test(templates_that_are_nested_too_deep_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
