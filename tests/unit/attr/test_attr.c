/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute lists in both forms, and the table of types against tests/spec/constants.tsv and attributes.tsv.
 * Knows no template of an application. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attr/attr.h"

static struct bytes text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static void assert_value(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, const char *want)
{
	struct bytes got;

	assert_true(attr_list_get(l, type, &got));
	assert_true(bytes_equal(got, text(want)));
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void a_list_is_sorted_and_has_each_type_once(void **state)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_VALUE, CKA_CLASS, CKA_LABEL, CKA_ID, CKA_TOKEN, CKA_LABEL, CKA_VALUE};
	struct attr_list l = {0};
	(void)state;

	for (size_t i = 0; i < array_len(types); i++)
		assert_int_equal(attr_list_set(&l, types[i], text("x")), CKR_OK);
	assert_int_equal(l.count, 5);
	for (size_t i = 1; i < l.count; i++)
		assert_true(l.items[i - 1].type < l.items[i].type);
	attr_list_free(&l);
	assert_null(l.items);
}

static void setting_again_replaces_also_with_a_part_of_the_old_value(void **state)
{
	struct attr_list l = {0};
	struct bytes old;
	(void)state;

	assert_int_equal(attr_list_set(&l, CKA_LABEL, text("a longer label")), CKR_OK);
	assert_true(attr_list_get(&l, CKA_LABEL, &old));
	assert_int_equal(attr_list_set(&l, CKA_LABEL, bytes_of(old.data + 2, 6)), CKR_OK);
	assert_value(&l, CKA_LABEL, "longer");
	assert_int_equal(attr_list_set(&l, CKA_LABEL, text("")), CKR_OK);
	assert_value(&l, CKA_LABEL, "");
	attr_list_free(&l);
}

static void many_types_grow_a_list(void **state)
{
	struct attr_list l = {0};
	CK_ULONG n;
	(void)state;

	for (CK_ULONG i = 0; i < 500; i++)
		assert_int_equal(attr_list_set_ulong(&l, (i * 7919) % 500, i), CKR_OK);
	assert_int_equal(l.count, 500);
	for (CK_ULONG i = 0; i < 500; i++) {
		assert_true(attr_list_get_ulong(&l, (i * 7919) % 500, &n));
		assert_int_equal(n, i);
	}
	attr_list_free(&l);
}

static void removing_leaves_the_others(void **state)
{
	struct attr_list l = {0};
	struct bytes got;
	(void)state;

	assert_int_equal(attr_list_set(&l, CKA_LABEL, text("label")), CKR_OK);
	assert_int_equal(attr_list_set(&l, CKA_ID, text("id")), CKR_OK);
	attr_list_remove(&l, CKA_LABEL);
	attr_list_remove(&l, CKA_VALUE);
	assert_false(attr_list_get(&l, CKA_LABEL, &got));
	assert_value(&l, CKA_ID, "id");
	attr_list_free(&l);
}

static void numbers_and_booleans_need_their_length(void **state)
{
	struct attr_list l = {0};
	CK_ULONG n = 77;
	(void)state;

	assert_int_equal(attr_list_set(&l, CKA_CLASS, text("abc")), CKR_OK);
	assert_int_equal(attr_list_set(&l, CKA_TOKEN, text("ab")), CKR_OK);
	assert_int_equal(attr_list_set_bool(&l, CKA_PRIVATE, true), CKR_OK);
	assert_false(attr_list_get_ulong(&l, CKA_CLASS, &n));
	assert_int_equal(n, 77);
	assert_true(attr_list_get_bool(&l, CKA_TOKEN, true));
	assert_false(attr_list_get_bool(&l, CKA_TOKEN, false));
	assert_true(attr_list_get_bool(&l, CKA_PRIVATE, false));
	assert_true(attr_list_get_bool(&l, CKA_SIGN, true));
	attr_list_free(&l);
}

/* ---- packed ---------------------------------------------------------------------------------- */

static void packing_and_unpacking_give_the_same_list(void **state)
{
	struct attr_list l = {0}, back = {0};
	struct attrs *a = NULL;
	struct bytes got;
	CK_ULONG n;
	(void)state;

	assert_int_equal(attr_list_set_ulong(&l, CKA_CLASS, CKO_DATA), CKR_OK);
	assert_int_equal(attr_list_set_bool(&l, CKA_TOKEN, true), CKR_OK);
	assert_int_equal(attr_list_set(&l, CKA_LABEL, text("a label")), CKR_OK);
	assert_int_equal(attr_list_set(&l, CKA_VALUE, text("")), CKR_OK);
	assert_int_equal(attr_list_set(&l, CKA_WRAP_TEMPLATE, text("high")), CKR_OK);
	assert_int_equal(attrs_pack(&l, &a), CKR_OK);
	assert_int_equal(a->count, 5);
	assert_true(attrs_get_ulong(a, CKA_CLASS, &n));
	assert_int_equal(n, CKO_DATA);
	assert_true(attrs_get_bool(a, CKA_TOKEN, false));
	assert_true(attrs_get(a, CKA_LABEL, &got) && bytes_equal(got, text("a label")));
	assert_true(attrs_get(a, CKA_WRAP_TEMPLATE, &got) && bytes_equal(got, text("high")));
	assert_true(attrs_get(a, CKA_VALUE, &got) && got.len == 0);
	assert_false(attrs_get(a, CKA_ID, &got));
	assert_false(attrs_get(a, CKA_VENDOR_DEFINED, &got));
	assert_true(attrs_get_bool(a, CKA_SIGN, true));
	for (uint32_t i = 0; i < a->count; i++)
		assert_int_equal((uintptr_t)attrs_value(a, i).data % 8, 0);
	assert_int_equal(attrs_unpack(a, &back), CKR_OK);
	assert_int_equal(back.count, l.count);
	for (size_t i = 0; i < l.count; i++) {
		assert_int_equal(back.items[i].type, l.items[i].type);
		assert_true(bytes_equal(secret_bytes(&back.items[i].value), secret_bytes(&l.items[i].value)));
	}
	attrs_free(a);
	attr_list_free(&l);
	attr_list_free(&back);
}

static void every_entry_is_found_whatever_their_number(void **state)
{
	(void)state;
	for (CK_ULONG count = 0; count < 40; count++) {
		struct attr_list l = {0};
		struct attrs *a = NULL;
		CK_ULONG n;

		for (CK_ULONG i = 0; i < count; i++)
			assert_int_equal(attr_list_set_ulong(&l, 2 * i + 1, i), CKR_OK);
		assert_int_equal(attrs_pack(&l, &a), CKR_OK);
		for (CK_ULONG i = 0; i < count; i++) {
			assert_true(attrs_get_ulong(a, 2 * i + 1, &n));
			assert_int_equal(n, i);
			assert_false(attrs_get_ulong(a, 2 * i, &n));
		}
		assert_false(attrs_get_ulong(a, 2 * count + 1, &n));
		attrs_free(a);
		attr_list_free(&l);
	}
	attrs_free(NULL);
}

/* ---- types ----------------------------------------------------------------------------------- */

/* The names of the table of the standard that are no alias and have a value. */
static void every_attribute_of_the_standard_has_its_name_and_a_kind(void **state)
{
	FILE *f = fopen(TEST_SOURCE_ROOT "/tests/spec/constants.tsv", "r");
	char line[4096];
	unsigned seen = 0;
	(void)state;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *cell[7] = {0};
		char *rest = line;
		enum attr_kind kind;

		for (size_t i = 0; i < array_len(cell); i++)
			cell[i] = strsep(&rest, "\t");
		if (strncmp(cell[0], "CKA_", 4) != 0 || strncmp(cell[2], "CKA:", 4) != 0)
			continue;
		if (cell[1][0] == '\0' || cell[5][0] != '\0' || strcmp(cell[0], "CKA_VENDOR_DEFINED") == 0)
			continue;
		CK_ATTRIBUTE_TYPE type = strtoul(cell[1], NULL, 0);
		assert_true(attr_kind(type, &kind));
		assert_string_equal(attr_name(type), cell[0]);
		seen++;
	}
	fclose(f);
	assert_true(seen > 150);
}

static void kinds_are_those_of_the_data_types(void **state)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		enum attr_kind kind;
	} rows[] = {
		{CKA_CLASS, ATTR_ULONG},       {CKA_TOKEN, ATTR_BOOL},    {CKA_LABEL, ATTR_STRING},
		{CKA_MODULUS, ATTR_BIGINT},    {CKA_VALUE, ATTR_BYTES},   {CKA_START_DATE, ATTR_DATE},
		{CKA_ALLOWED_MECHANISMS, ATTR_ULONGS}, {CKA_UNWRAP_TEMPLATE, ATTR_NESTED}, {CKA_EC_POINT, ATTR_BYTES},
		{CKA_DECAPSULATE_TEMPLATE, ATTR_NESTED}, {CKA_MODULUS_BITS, ATTR_ULONG}, {CKA_UNIQUE_ID, ATTR_STRING},
	};
	(void)state;

	for (size_t i = 0; i < array_len(rows); i++) {
		enum attr_kind kind;
		assert_true(attr_kind(rows[i].type, &kind));
		assert_int_equal(kind, rows[i].kind);
	}
}

static void an_unknown_type_has_no_kind_and_a_number_for_a_name(void **state)
{
	enum attr_kind kind = ATTR_DATE;
	(void)state;

	assert_false(attr_kind(0x80001234UL, &kind));
	assert_false(attr_kind((CK_ATTRIBUTE_TYPE)-1, &kind));
	assert_int_equal(kind, ATTR_DATE);
	assert_string_equal(attr_name(0x80001234UL), "CKA_0x80001234");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_sorted_and_has_each_type_once),
		cmocka_unit_test(setting_again_replaces_also_with_a_part_of_the_old_value),
		cmocka_unit_test(many_types_grow_a_list),
		cmocka_unit_test(removing_leaves_the_others),
		cmocka_unit_test(numbers_and_booleans_need_their_length),
		cmocka_unit_test(packing_and_unpacking_give_the_same_list),
		cmocka_unit_test(every_entry_is_found_whatever_their_number),
		cmocka_unit_test(every_attribute_of_the_standard_has_its_name_and_a_kind),
		cmocka_unit_test(kinds_are_those_of_the_data_types),
		cmocka_unit_test(an_unknown_type_has_no_kind_and_a_number_for_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
