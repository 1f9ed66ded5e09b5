/* SPDX-License-Identifier: Apache-2.0 */
/* Templates in and out: every form that a value must have, hostile counts and lengths, rules 205, 206 and 222 to
 * 231 as far as they need no object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "attr/template.h"

/* One attribute of a template with a literal for a value. */
#define GIVEN(type, text) {type, (void *)(uintptr_t)(text), sizeof(text) - 1}

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE, seven = 7;
static CK_ULONG number = 42;

/* The code of reading one attribute. */
static CK_RV read_one(CK_ATTRIBUTE_TYPE type, const void *value, CK_ULONG len)
{
	CK_ATTRIBUTE a = {type, (void *)(uintptr_t)value, len};
	struct attr_list l = {0};
	CK_RV rv = template_read(&a, 1, &l);
	attr_list_free(&l);
	return rv;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void values_must_have_the_form_of_their_kind(void **state)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		const void *value;
		CK_ULONG len;
		CK_RV rv;
	} rows[] = {
		{CKA_TOKEN, &yes, 1, CKR_OK},
		{CKA_TOKEN, &no, 1, CKR_OK},
		{CKA_TOKEN, &seven, 1, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_TOKEN, &number, sizeof(number), CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_TOKEN, NULL, 0, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_CLASS, &number, sizeof(number), CKR_OK},
		{CKA_CLASS, &number, 4, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_CLASS, NULL, 0, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_LABEL, "gr\xc3\xbc\xc3\x9f dich", 10, CKR_OK},
		{CKA_LABEL, "", 0, CKR_OK},
		{CKA_LABEL, NULL, 0, CKR_OK},
		{CKA_LABEL, "gr\xfc\xdf", 4, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_LABEL, "\xc0\x80", 2, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_START_DATE, "20240229", 8, CKR_OK},
		{CKA_START_DATE, NULL, 0, CKR_OK},
		{CKA_START_DATE, "2024022", 7, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_START_DATE, "2024x229", 8, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_ALLOWED_MECHANISMS, &number, sizeof(number), CKR_OK},
		{CKA_ALLOWED_MECHANISMS, NULL, 0, CKR_OK},
		{CKA_ALLOWED_MECHANISMS, &number, sizeof(number) - 1, CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_UNWRAP_TEMPLATE, &number, sizeof(number), CKR_ATTRIBUTE_VALUE_INVALID},
		{CKA_UNWRAP_TEMPLATE, NULL, 0, CKR_OK},
		{CKA_ID, "\x00\xff", 2, CKR_OK},
		{CKA_VENDOR_DEFINED | 5, "x", 1, CKR_ATTRIBUTE_TYPE_INVALID},
		{CK_UNAVAILABLE_INFORMATION, "x", 1, CKR_ATTRIBUTE_TYPE_INVALID},
	};
	(void)state;

	for (size_t i = 0; i < array_len(rows); i++) {
		CK_RV rv = read_one(rows[i].type, rows[i].value, rows[i].len);
		if (rv != rows[i].rv)
			fail_msg("row %zu: %s gives 0x%lx", i, attr_name(rows[i].type), rv);
	}
}

static void hostile_counts_and_lengths_are_refused(void **state)
{
	CK_ATTRIBUTE a = {CKA_ID, NULL, 5};
	struct attr_list l = {0};
	(void)state;

	assert_int_equal(template_read(NULL, 1, &l), CKR_ARGUMENTS_BAD);
	assert_int_equal(template_read(NULL, ULONG_MAX, &l), CKR_ARGUMENTS_BAD);
	assert_int_equal(template_read(&a, ULONG_MAX, &l), CKR_ARGUMENTS_BAD);
	assert_int_equal(template_read(&a, 1, &l), CKR_ARGUMENTS_BAD);
	assert_int_equal(template_read_search(&a, 1, &l), CKR_ARGUMENTS_BAD);
	assert_int_equal(read_one(CKA_ID, "x", ULONG_MAX), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(read_one(CKA_ID, NULL, CK_UNAVAILABLE_INFORMATION), CKR_ARGUMENTS_BAD);
	assert_int_equal(read_one(CKA_UNWRAP_TEMPLATE, "x", ULONG_MAX / 2), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(template_read(NULL, 0, &l), CKR_OK);
	assert_int_equal(l.count, 0);
}

static void a_value_may_have_a_mebibyte_and_a_template_sixteen(void **state)
{
	static const CK_ATTRIBUTE_TYPE types[] = {
		CKA_VALUE, CKA_ID,     CKA_SUBJECT, CKA_ISSUER, CKA_SERIAL_NUMBER, CKA_OBJECT_ID,  CKA_AC_ISSUER, CKA_OWNER,
		CKA_ATTR_TYPES, CKA_MODULUS, CKA_PRIME, CKA_BASE, CKA_SUBPRIME, CKA_PRIME_1, CKA_PRIME_2, CKA_EC_POINT, CKA_EC_PARAMS,
	};
	const size_t mebibyte = 1 << 20;
	unsigned char *value = malloc(mebibyte + 1);
	CK_ATTRIBUTE a[array_len(types)];
	struct attr_list l = {0};
	(void)state;

	assert_non_null(value);
	memset(value, 'a', mebibyte + 1);
	for (size_t i = 0; i < array_len(types); i++)
		a[i] = (CK_ATTRIBUTE){types[i], value, mebibyte};
	assert_int_equal(read_one(CKA_VALUE, value, mebibyte), CKR_OK);
	assert_int_equal(read_one(CKA_VALUE, value, mebibyte + 1), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(template_read(a, array_len(a) - 1, &l), CKR_OK);
	attr_list_free(&l);
	assert_int_equal(template_read(a, array_len(a), &l), CKR_ARGUMENTS_BAD);
	assert_int_equal(l.count, 0);
	free(value);
}

static void big_integers_lose_leading_zeros(void **state)
{
	CK_ATTRIBUTE a[] = {
		GIVEN(CKA_MODULUS, "\x00\x00\x01\x00"),
		GIVEN(CKA_PUBLIC_EXPONENT, "\x00"),
		GIVEN(CKA_ID, "\x00\x01"),
	};
	struct attr_list l = {0};
	struct bytes v;
	(void)state;

	assert_int_equal(template_read(a, 3, &l), CKR_OK);
	assert_true(attr_list_get(&l, CKA_MODULUS, &v) && bytes_equal(v, bytes_of("\x01\x00", 2)));
	assert_true(attr_list_get(&l, CKA_PUBLIC_EXPONENT, &v) && v.len == 0);
	assert_true(attr_list_get(&l, CKA_ID, &v) && v.len == 2);
	attr_list_free(&l);
}

static void rule_206_twice_the_same_value_is_taken_once(void **state)
{
	CK_ATTRIBUTE same[] = {GIVEN(CKA_LABEL, "a"), {CKA_TOKEN, &yes, 1}, GIVEN(CKA_LABEL, "a")};
	CK_ATTRIBUTE two[] = {GIVEN(CKA_LABEL, "a"), {CKA_TOKEN, &yes, 1}, GIVEN(CKA_LABEL, "b")};
	struct attr_list l = {0};
	(void)state;

	assert_int_equal(template_read(same, 3, &l), CKR_OK);
	assert_int_equal(l.count, 2);
	attr_list_free(&l);
	assert_int_equal(template_read(two, 3, &l), CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(l.count, 0);
}

static void a_search_keeps_what_matches_nothing(void **state)
{
	CK_ATTRIBUTE a[] = {
		GIVEN(CKA_VENDOR_DEFINED | 5, "vendor"),
		{CKA_TOKEN, &number, sizeof(number)},
		{CKA_UNWRAP_TEMPLATE, &number, sizeof(number)},
		GIVEN(CKA_MODULUS, "\x00\x05"),
	};
	CK_ATTRIBUTE two[] = {GIVEN(CKA_LABEL, "a"), GIVEN(CKA_LABEL, "b")};
	struct attr_list l = {0};
	struct bytes v;
	(void)state;

	assert_int_equal(template_read_search(a, 4, &l), CKR_OK);
	assert_int_equal(l.count, 4);
	assert_true(attr_list_get(&l, CKA_VENDOR_DEFINED | 5, &v) && v.len == 6);
	assert_true(attr_list_get(&l, CKA_TOKEN, &v) && v.len == sizeof(number));
	assert_true(attr_list_get(&l, CKA_MODULUS, &v) && v.len == 1);
	attr_list_free(&l);
	assert_int_equal(template_read_search(two, 2, &l), CKR_ATTRIBUTE_VALUE_INVALID);
}

/* ---- nested ---------------------------------------------------------------------------------- */

static void nested_templates_are_read_and_checked_inside(void **state)
{
	CK_ATTRIBUTE inner[] = {{CKA_TOKEN, &yes, 1}, GIVEN(CKA_LABEL, "in")};
	CK_ATTRIBUTE wrong[] = {{CKA_TOKEN, &seven, 1}};
	CK_ATTRIBUTE unknown[] = {GIVEN(CKA_VENDOR_DEFINED, "x")};
	CK_ATTRIBUTE null[] = {{CKA_LABEL, NULL, 3}};
	(void)state;

	assert_int_equal(read_one(CKA_UNWRAP_TEMPLATE, inner, sizeof(inner)), CKR_OK);
	assert_int_equal(read_one(CKA_UNWRAP_TEMPLATE, wrong, sizeof(wrong)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(read_one(CKA_UNWRAP_TEMPLATE, unknown, sizeof(unknown)), CKR_ATTRIBUTE_TYPE_INVALID);
	assert_int_equal(read_one(CKA_UNWRAP_TEMPLATE, null, sizeof(null)), CKR_ARGUMENTS_BAD);
}

static void a_template_that_contains_itself_is_refused(void **state)
{
	CK_ATTRIBUTE loop[1] = {{CKA_UNWRAP_TEMPLATE, loop, sizeof(loop)}};
	CK_ATTRIBUTE wide[1000];
	(void)state;

	for (size_t i = 0; i < array_len(wide); i++)
		wide[i] = (CK_ATTRIBUTE){CKA_WRAP_TEMPLATE, wide, sizeof(wide)};
	assert_int_equal(read_one(CKA_UNWRAP_TEMPLATE, loop, sizeof(loop)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_not_equal(read_one(CKA_WRAP_TEMPLATE, wide, sizeof(wide)), CKR_OK);
}

static void an_array_that_is_given_again_and_again_ends_at_the_limit(void **state)
{
	/* each branch alone stays below it: 600 times 1000 times 24 bytes */
	CK_ATTRIBUTE leaf[1000], middle[600], top[2];
	(void)state;

	for (size_t i = 0; i < array_len(leaf); i++)
		leaf[i] = (CK_ATTRIBUTE){CKA_LABEL, NULL, 0};
	for (size_t i = 0; i < array_len(middle); i++)
		middle[i] = (CK_ATTRIBUTE){CKA_WRAP_TEMPLATE, leaf, sizeof(leaf)};
	for (size_t i = 0; i < array_len(top); i++)
		top[i] = (CK_ATTRIBUTE){CKA_WRAP_TEMPLATE, middle, sizeof(middle)};
	assert_int_equal(read_one(CKA_WRAP_TEMPLATE, middle, sizeof(middle)), CKR_OK);
	assert_int_equal(read_one(CKA_WRAP_TEMPLATE, top, sizeof(top)), CKR_ARGUMENTS_BAD);
}

/* Reads a nested template and gives its value as an object holds it. */
static void hold(struct attr_list *l, struct bytes *ret)
{
	CK_ATTRIBUTE inner[] = {{CKA_TOKEN, &yes, 1}, GIVEN(CKA_LABEL, "inside"), {CKA_CLASS, &number, sizeof(number)}};
	CK_ATTRIBUTE a = {CKA_UNWRAP_TEMPLATE, inner, sizeof(inner)};

	assert_int_equal(template_read(&a, 1, l), CKR_OK);
	assert_true(attr_list_get(l, CKA_UNWRAP_TEMPLATE, ret));
}

static void rule_229_an_array_attribute_is_written_element_by_element(void **state)
{
	struct attr_list l = {0};
	struct bytes value;
	CK_ATTRIBUTE out = {CKA_UNWRAP_TEMPLATE, NULL, 0};
	CK_ATTRIBUTE inner[3] = {0};
	CK_ULONG class = 0;
	CK_BBOOL token = CK_FALSE;
	char label[16];
	(void)state;

	hold(&l, &value);
	assert_int_equal(template_write(&out, value), CKR_OK);
	assert_int_equal(out.ulValueLen, sizeof(inner));

	/* inner lengths; what type says on the way in does not matter */
	inner[0].type = CKA_SEED;
	out.pValue = inner;
	assert_int_equal(template_write(&out, value), CKR_OK);
	assert_int_equal(inner[0].type, CKA_CLASS);
	assert_int_equal(inner[0].ulValueLen, sizeof(CK_ULONG));
	assert_int_equal(inner[1].type, CKA_TOKEN);
	assert_int_equal(inner[2].type, CKA_LABEL);
	assert_int_equal(inner[2].ulValueLen, 6);

	inner[0].pValue = &class;
	inner[1].pValue = &token;
	inner[2].pValue = label;
	assert_int_equal(template_write(&out, value), CKR_OK);
	assert_int_equal(class, 42);
	assert_int_equal(token, CK_TRUE);
	assert_memory_equal(label, "inside", 6);
	attr_list_free(&l);
}

static void rule_229_short_buffers_are_marked_and_the_others_filled(void **state)
{
	struct attr_list l = {0};
	struct bytes value;
	CK_ULONG class = 0;
	char label[16];
	CK_ATTRIBUTE inner[3] = {{0, &class, 2}, {0, NULL, 0}, {0, label, sizeof(label)}};
	CK_ATTRIBUTE out = {CKA_UNWRAP_TEMPLATE, inner, sizeof(inner)};
	(void)state;

	hold(&l, &value);
	assert_int_equal(template_write(&out, value), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(out.ulValueLen, sizeof(inner));
	assert_int_equal(inner[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	assert_int_equal(class, 0);
	assert_int_equal(inner[1].ulValueLen, 1);
	assert_int_equal(inner[2].ulValueLen, 6);
	assert_memory_equal(label, "inside", 6);

	out.ulValueLen = sizeof(inner) - 1;
	assert_int_equal(template_write(&out, value), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(out.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	attr_list_free(&l);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void rules_225_to_227_lengths_short_buffers_and_values(void **state)
{
	char buffer[8] = "unhurt";
	CK_ATTRIBUTE out = {CKA_LABEL, NULL, 99};
	(void)state;

	assert_int_equal(template_write(&out, bytes_of("label", 5)), CKR_OK);
	assert_int_equal(out.ulValueLen, 5);

	out = (CK_ATTRIBUTE){CKA_LABEL, buffer, 4};
	assert_int_equal(template_write(&out, bytes_of("label", 5)), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(out.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	assert_string_equal(buffer, "unhurt");

	out = (CK_ATTRIBUTE){CKA_LABEL, buffer, sizeof(buffer)};
	assert_int_equal(template_write(&out, bytes_of("label", 5)), CKR_OK);
	assert_int_equal(out.ulValueLen, 5);
	assert_memory_equal(buffer, "label", 5);

	out = (CK_ATTRIBUTE){CKA_START_DATE, buffer, sizeof(buffer)};
	assert_int_equal(template_write(&out, (struct bytes){0}), CKR_OK);
	assert_int_equal(out.ulValueLen, 0);
}

static void a_refused_attribute_is_marked_and_passes_its_code(void **state)
{
	CK_ATTRIBUTE out = {CKA_VALUE, NULL, 99};
	(void)state;

	assert_int_equal(template_refuse(&out, CKR_ATTRIBUTE_SENSITIVE), CKR_ATTRIBUTE_SENSITIVE);
	assert_int_equal(out.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_must_have_the_form_of_their_kind),
		cmocka_unit_test(hostile_counts_and_lengths_are_refused),
		cmocka_unit_test(a_value_may_have_a_mebibyte_and_a_template_sixteen),
		cmocka_unit_test(big_integers_lose_leading_zeros),
		cmocka_unit_test(rule_206_twice_the_same_value_is_taken_once),
		cmocka_unit_test(a_search_keeps_what_matches_nothing),
		cmocka_unit_test(nested_templates_are_read_and_checked_inside),
		cmocka_unit_test(a_template_that_contains_itself_is_refused),
		cmocka_unit_test(an_array_that_is_given_again_and_again_ends_at_the_limit),
		cmocka_unit_test(rule_229_an_array_attribute_is_written_element_by_element),
		cmocka_unit_test(rule_229_short_buffers_are_marked_and_the_others_filled),
		cmocka_unit_test(rules_225_to_227_lengths_short_buffers_and_values),
		cmocka_unit_test(a_refused_attribute_is_marked_and_passes_its_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
