/* SPDX-License-Identifier: Apache-2.0 */
/* Changed and copied objects, what may be read and what a search finds: properties over every kind of the schema,
 * then rules 202 and 209 to 221. Knows no session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "crypto/ossl.h"
#include "fake_mech.h"
#include "object/make.h"
#include "object/schema.h"

static struct mech_env env;
static const struct make_who user = {.so = false}, so = {.so = true};

static int open_ossl(void **state)
{
	(void)state;
	return ossl_open(&env.ossl) == CKR_OK ? 0 : -1;
}

static int close_ossl(void **state)
{
	(void)state;
	ossl_close(env.ossl);
	return 0;
}

/* ---- objects ------------------------------------------------------------------------------------- */

static void set_some(struct attr_list *l, CK_ATTRIBUTE_TYPE type)
{
	enum attr_kind kind;
	CK_RV rv;

	assert_true(attr_kind(type, &kind));
	if (kind == ATTR_BOOL)
		rv = attr_list_set_bool(l, type, false);
	else if (kind == ATTR_ULONG)
		rv = attr_list_set_ulong(l, type, 1);
	else
		rv = attr_list_set(l, type, bytes_of("some 8 b", 8));
	assert_int_equal(rv, CKR_OK);
}

/* One boolean to begin an object with, or to change; type CK_UNAVAILABLE_INFORMATION: none. */
struct with {
	CK_ATTRIBUTE_TYPE type;
	bool value;
};
#define NOTHING ((struct with){CK_UNAVAILABLE_INFORMATION, false})

static struct attrs *object_with(CK_OBJECT_CLASS object_class, CK_ULONG subtype, struct with one, struct with two)
{
	const struct schema_row *row;
	CK_ATTRIBUTE_TYPE names_subtype;
	struct attr_list l = {0};
	struct attrs *a = NULL;

	for (size_t i = 0; (row = schema_walk(object_class, subtype, &i)) != NULL;)
		if (row->flags & SCHEMA_CREATE_REQ)
			set_some(&l, row->type);
	assert_int_equal(attr_list_set_ulong(&l, CKA_CLASS, object_class), CKR_OK);
	if (schema_subtype_attribute(object_class, &names_subtype))
		assert_int_equal(attr_list_set_ulong(&l, names_subtype, subtype), CKR_OK);
	if (one.type != CK_UNAVAILABLE_INFORMATION)
		assert_int_equal(attr_list_set_bool(&l, one.type, one.value), CKR_OK);
	if (two.type != CK_UNAVAILABLE_INFORMATION)
		assert_int_equal(attr_list_set_bool(&l, two.type, two.value), CKR_OK);
	assert_int_equal(make_created(&env, &so, &l), CKR_OK);
	assert_int_equal(attrs_pack(&l, &a), CKR_OK);
	attr_list_free(&l);
	return a;
}

static struct attrs *object(CK_OBJECT_CLASS object_class, CK_ULONG subtype)
{
	return object_with(object_class, subtype, NOTHING, NOTHING);
}

/* The code of one change, in place or into a copy; *ret, when asked for, is the new object. */
static CK_RV change(const struct make_who *who, const struct attrs *from, bool copying, CK_ATTRIBUTE_TYPE type, struct bytes value,
                    struct attrs **ret)
{
	struct attr_list template = {0}, made = {0};
	assert_int_equal(attr_list_set(&template, type, value), CKR_OK);
	CK_RV rv = copying ? make_copy(&env, who, from, &template, &made) : make_changed(who, from, &template, &made);
	if (rv == CKR_OK && ret != NULL)
		assert_int_equal(attrs_pack(&made, ret), CKR_OK);
	if (rv != CKR_OK)
		assert_int_equal(made.count, 0);
	attr_list_free(&template);
	attr_list_free(&made);
	return rv;
}

static CK_RV change_bool(const struct make_who *who, const struct attrs *from, bool copying, CK_ATTRIBUTE_TYPE type, bool value)
{
	CK_BBOOL b = value ? CK_TRUE : CK_FALSE;
	return change(who, from, copying, type, bytes_of(&b, 1), NULL);
}

static struct attrs *copy_with(const struct attrs *from, struct with w)
{
	struct attr_list template = {0}, made = {0};
	struct attrs *a = NULL;
	if (w.type != CK_UNAVAILABLE_INFORMATION)
		assert_int_equal(attr_list_set_bool(&template, w.type, w.value), CKR_OK);
	assert_int_equal(make_copy(&env, &user, from, &template, &made), CKR_OK);
	assert_int_equal(attrs_pack(&made, &a), CKR_OK);
	attr_list_free(&template);
	attr_list_free(&made);
	return a;
}

/* ---- properties ------------------------------------------------------------------------------------ */

/* What may change for an ordinary user, when the value stays what it is. */
static bool may_be_set(const struct schema_row *row, bool copying)
{
	unsigned free_flags = SCHEMA_MODIFIABLE | SCHEMA_STICKY_TRUE | SCHEMA_STICKY_FALSE | (copying ? SCHEMA_COPY_ONLY : 0);
	return (row->flags & free_flags) && !(row->flags & SCHEMA_READ_ONLY);
}

static void only_what_the_rows_allow_can_be_set_even_to_what_it_is(void **state)
{
	(void)state;
	for (size_t k = 0; k < schema_kind_count(); k++) {
		CK_OBJECT_CLASS object_class;
		CK_ULONG subtype;
		schema_kind_at(k, &object_class, &subtype);
		if (schema_is_builtin(object_class))
			continue;
		struct attrs *a = object(object_class, subtype);
		for (uint32_t i = 0; i < 2 * a->count; i++) {
			CK_ATTRIBUTE_TYPE type = a->entry[i / 2].type;
			const struct schema_row *row = schema_find(object_class, subtype, type);
			bool copying = i % 2;
			CK_RV want = may_be_set(row, copying) ? CKR_OK : CKR_ATTRIBUTE_READ_ONLY;
			if (copying && !attrs_get_bool(a, CKA_COPYABLE, true)) /* HSS */
				want = CKR_ACTION_PROHIBITED;
			if ((row->flags & SCHEMA_MAY_VOID) && attrs_value(a, i / 2).len == 0)
				continue;
			CK_RV rv = change(&user, a, copying, type, attrs_value(a, i / 2), NULL);
			if (rv != want)
				fail_msg("%s of class %lu, copying %d: 0x%lx", attr_name(type), object_class, copying, rv);
		}
		attrs_free(a);
	}
}

static void an_attribute_of_another_kind_is_of_an_invalid_type(void **state)
{
	struct attrs *a = object(CKO_SECRET_KEY, CKK_AES);
	(void)state;

	assert_int_equal(change(&user, a, false, CKA_MODULUS, bytes_of("x", 1), NULL), CKR_ATTRIBUTE_TYPE_INVALID);
	assert_int_equal(change(&user, a, true, CKA_SUBJECT, bytes_of("x", 1), NULL), CKR_ATTRIBUTE_TYPE_INVALID);
	attrs_free(a);
}

static void sticky_attributes_go_one_way_only(void **state)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		bool end; /* where it sticks */
	} rows[] = {{CKA_SENSITIVE, true}, {CKA_EXTRACTABLE, false}, {CKA_WRAP_WITH_TRUSTED, true}, {CKA_COPYABLE, false}};
	(void)state;

	for (size_t i = 0; i < array_len(rows); i++) {
		CK_ATTRIBUTE_TYPE t = rows[i].type;
		bool end = rows[i].end;
		struct attrs *loose = object_with(CKO_SECRET_KEY, CKK_AES, (struct with){t, !end}, NOTHING);
		struct attrs *stuck = object_with(CKO_SECRET_KEY, CKK_AES, (struct with){t, end}, NOTHING);
		for (unsigned copying = 0; copying < 2; copying++) {
			/* a copy of what may not be copied is another rule's */
			if (t == CKA_COPYABLE && copying)
				continue;
			assert_int_equal(change_bool(&user, loose, copying, t, end), CKR_OK);
			assert_int_equal(change_bool(&user, loose, copying, t, !end), CKR_OK);
			assert_int_equal(change_bool(&user, stuck, copying, t, end), CKR_OK);
			assert_int_equal(change_bool(&user, stuck, copying, t, !end), CKR_ATTRIBUTE_READ_ONLY);
			assert_int_equal(change_bool(&so, stuck, copying, t, !end), CKR_ATTRIBUTE_READ_ONLY);
		}
		attrs_free(loose);
		attrs_free(stuck);
	}
}

/* ---- rules ----------------------------------------------------------------------------------------- */

static void rule_209_prohibited_actions(void **state)
{
	struct attrs *fixed = object_with(CKO_DATA, 0, (struct with){CKA_MODIFIABLE, false}, NOTHING);
	struct attrs *single = object_with(CKO_DATA, 0, (struct with){CKA_COPYABLE, false}, NOTHING);
	(void)state;

	assert_int_equal(change(&user, fixed, false, CKA_LABEL, bytes_of("x", 1), NULL), CKR_ACTION_PROHIBITED);
	assert_int_equal(change(&user, fixed, true, CKA_LABEL, bytes_of("x", 1), NULL), CKR_OK);
	assert_int_equal(change(&user, single, true, CKA_LABEL, bytes_of("x", 1), NULL), CKR_ACTION_PROHIBITED);
	assert_int_equal(change(&user, single, false, CKA_LABEL, bytes_of("x", 1), NULL), CKR_OK);
	attrs_free(fixed);
	attrs_free(single);
}

static void rule_210_a_copy_may_change_token_private_modifiable_destroyable(void **state)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_TOKEN, CKA_PRIVATE, CKA_MODIFIABLE, CKA_DESTROYABLE};
	struct attrs *a = object(CKO_DATA, 0);
	(void)state;

	for (size_t i = 0; i < array_len(types); i++) {
		bool now = attrs_get_bool(a, types[i], false);
		struct attrs *copy = copy_with(a, (struct with){types[i], !now});
		assert_int_equal(attrs_get_bool(copy, types[i], now), !now);
		assert_int_equal(change_bool(&user, a, false, types[i], !now), CKR_ATTRIBUTE_READ_ONLY);
		attrs_free(copy);
	}
	attrs_free(a);
}

static void rules_202_215_a_copy_has_its_own_id_and_the_same_origin(void **state)
{
	struct attrs *a = object(CKO_SECRET_KEY, CKK_AES);
	struct attrs *copy = copy_with(a, NOTHING);
	unsigned char id[2][16];
	(void)state;

	assert_true(make_store_id(a, id[0]) && make_store_id(copy, id[1]));
	assert_memory_not_equal(id[0], id[1], 16);
	assert_int_equal(copy->count, a->count);
	for (uint32_t i = 0; i < a->count; i++)
		if (a->entry[i].type != CKA_UNIQUE_ID)
			assert_true(bytes_equal(attrs_value(a, i), attrs_value(copy, i)));
	assert_int_equal(change(&user, a, true, CKA_UNIQUE_ID, bytes_of("x", 1), NULL), CKR_ATTRIBUTE_READ_ONLY);
	assert_int_equal(change(&user, a, false, CKA_UNIQUE_ID, bytes_of("x", 1), NULL), CKR_ATTRIBUTE_READ_ONLY);
	attrs_free(a);
	attrs_free(copy);
}

static void rule_212_a_stricter_copy_has_the_originals_history(void **state)
{
	struct attrs *a = object_with(CKO_SECRET_KEY, CKK_AES, (struct with){CKA_SENSITIVE, false}, (struct with){CKA_EXTRACTABLE, true});
	struct attrs *sensitive = copy_with(a, (struct with){CKA_SENSITIVE, true});
	struct attrs *kept = copy_with(a, (struct with){CKA_EXTRACTABLE, false});
	(void)state;

	assert_true(attrs_get_bool(sensitive, CKA_SENSITIVE, false));
	assert_false(attrs_get_bool(sensitive, CKA_ALWAYS_SENSITIVE, true));
	assert_false(attrs_get_bool(kept, CKA_EXTRACTABLE, true));
	assert_false(attrs_get_bool(kept, CKA_NEVER_EXTRACTABLE, true));
	attrs_free(a);
	attrs_free(sensitive);
	attrs_free(kept);
}

static void a_guarded_key_has_no_public_copy(void **state)
{
	static const struct {
		bool sensitive, extractable;
		CK_RV rv;
	} rows[] = {
		{true, true, CKR_TEMPLATE_INCONSISTENT},
		{true, false, CKR_TEMPLATE_INCONSISTENT},
		{false, false, CKR_TEMPLATE_INCONSISTENT},
		{false, true, CKR_OK},
	};
	(void)state;

	for (size_t i = 0; i < array_len(rows); i++) {
		struct attrs *a = object_with(CKO_SECRET_KEY, CKK_AES, (struct with){CKA_SENSITIVE, rows[i].sensitive},
		                              (struct with){CKA_EXTRACTABLE, rows[i].extractable});
		assert_int_equal(change_bool(&user, a, true, CKA_PRIVATE, false), rows[i].rv);
		attrs_free(a);
	}
	struct attrs *careful = object_with(CKO_PRIVATE_KEY, CKK_EC, (struct with){CKA_ALWAYS_AUTHENTICATE, true}, NOTHING);
	assert_int_equal(change_bool(&user, careful, true, CKA_PRIVATE, false), CKR_TEMPLATE_INCONSISTENT);
	attrs_free(careful);
}

static void rule_219_a_check_value_can_only_be_taken_away(void **state)
{
	struct attrs *a = object(CKO_SECRET_KEY, CKK_AES), *changed = NULL;
	struct bytes v;
	(void)state;

	assert_int_equal(change(&user, a, false, CKA_CHECK_VALUE, bytes_of("abc", 3), NULL), CKR_ATTRIBUTE_READ_ONLY);
	assert_int_equal(change(&user, a, false, CKA_CHECK_VALUE, (struct bytes){0}, &changed), CKR_OK);
	assert_true(attrs_get(changed, CKA_CHECK_VALUE, &v) && v.len == 0);
	attrs_free(a);
	attrs_free(changed);
}

static void rule_220_a_keys_public_info_is_what_it_is(void **state)
{
	struct attrs *a = object(CKO_PRIVATE_KEY, CKK_EC);
	(void)state;

	assert_int_equal(change(&user, a, false, CKA_PUBLIC_KEY_INFO, bytes_of(FAKE_INFO, strlen(FAKE_INFO)), NULL), CKR_OK);
	assert_int_equal(change(&user, a, false, CKA_PUBLIC_KEY_INFO, bytes_of("other", 5), NULL), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(change(&user, a, true, CKA_PUBLIC_KEY_INFO, (struct bytes){0}, NULL), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_free(a);
}

static void rule_221_a_trusted_certificate_stays_as_it_is(void **state)
{
	struct attrs *trusted = object_with(CKO_CERTIFICATE, CKC_X_509, (struct with){CKA_TRUSTED, true}, NOTHING);
	struct attrs *plain = object(CKO_CERTIFICATE, CKC_X_509), *copy;
	(void)state;

	for (unsigned i = 0; i < 2; i++) {
		const struct make_who *who = i ? &so : &user;
		assert_int_equal(change(who, trusted, false, CKA_LABEL, bytes_of("x", 1), NULL), CKR_ATTRIBUTE_READ_ONLY);
		assert_int_equal(change_bool(who, trusted, false, CKA_TRUSTED, false), CKR_ATTRIBUTE_READ_ONLY);
		assert_int_equal(change(who, trusted, true, CKA_ISSUER, bytes_of("x", 1), NULL), CKR_ATTRIBUTE_READ_ONLY);
		assert_int_equal(change(who, plain, false, CKA_LABEL, bytes_of("x", 1), NULL), CKR_OK);
	}
	copy = copy_with(trusted, (struct with){CKA_TOKEN, true});
	assert_true(attrs_get_bool(copy, CKA_TRUSTED, false));
	attrs_free(copy);
	attrs_free(trusted);
	attrs_free(plain);
}

static void only_the_so_changes_trust(void **state)
{
	struct attrs *a = object(CKO_PUBLIC_KEY, CKK_RSA);
	struct attrs *trusted = object_with(CKO_PUBLIC_KEY, CKK_RSA, (struct with){CKA_TRUSTED, true}, NOTHING);
	(void)state;

	for (unsigned copying = 0; copying < 2; copying++) {
		assert_int_equal(change_bool(&user, a, copying, CKA_TRUSTED, true), CKR_ATTRIBUTE_READ_ONLY);
		assert_int_equal(change_bool(&user, trusted, copying, CKA_TRUSTED, false), CKR_ATTRIBUTE_READ_ONLY);
		assert_int_equal(change_bool(&so, a, copying, CKA_TRUSTED, true), CKR_OK);
		assert_int_equal(change_bool(&so, trusted, copying, CKA_TRUSTED, false), CKR_OK);
	}
	attrs_free(a);
	attrs_free(trusted);
}

static void a_failed_change_changes_nothing(void **state)
{
	struct attrs *a = object(CKO_DATA, 0);
	struct attr_list template = {0}, made = {0};
	struct bytes v;
	(void)state;

	assert_int_equal(attr_list_set(&template, CKA_LABEL, bytes_of("x", 1)), CKR_OK);
	assert_int_equal(attr_list_set(&template, CKA_VALUE, bytes_of("x", 1)), CKR_OK);
	assert_int_equal(make_changed(&user, a, &template, &made), CKR_ATTRIBUTE_READ_ONLY);
	assert_int_equal(made.count, 0);
	assert_true(attrs_get(a, CKA_LABEL, &v) && v.len == 0);
	attr_list_free(&template);
	attrs_free(a);
}

/* ---- reading and matching ------------------------------------------------------------------------------ */

static bool matches(const struct attrs *a, CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	struct attr_list template = {0};
	assert_int_equal(attr_list_set(&template, type, value), CKR_OK);
	bool hit = make_matches(a, &template);
	attr_list_free(&template);
	return hit;
}

static void rule_223_secrets_are_shown_only_when_neither_sensitive_nor_unextractable(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		bool sensitive = i & 1, extractable = i & 2;
		struct attrs *a = object_with(CKO_PRIVATE_KEY, CKK_RSA, (struct with){CKA_SENSITIVE, sensitive},
		                              (struct with){CKA_EXTRACTABLE, extractable});
		bool shown = !sensitive && extractable;
		assert_int_equal(make_may_read(a, CKA_PRIVATE_EXPONENT), shown ? CKR_OK : CKR_ATTRIBUTE_SENSITIVE);
		assert_int_equal(make_may_read(a, CKA_MODULUS), CKR_OK);
		assert_int_equal(make_may_read(a, CKA_PRIME_1), CKR_ATTRIBUTE_TYPE_INVALID);
		assert_int_equal(make_may_read(a, CKA_EC_POINT), CKR_ATTRIBUTE_TYPE_INVALID);
		assert_int_equal(matches(a, CKA_PRIVATE_EXPONENT, bytes_of("some 8 b", 8)), shown);
		assert_true(matches(a, CKA_MODULUS, bytes_of("some 8 b", 8)));
		attrs_free(a);
	}
}

static void values_that_are_no_secrets_are_shown(void **state)
{
	struct attrs *certificate = object(CKO_CERTIFICATE, CKC_X_509), *data = object(CKO_DATA, 0);
	(void)state;

	assert_int_equal(make_may_read(certificate, CKA_VALUE), CKR_OK);
	assert_int_equal(make_may_read(data, CKA_VALUE), CKR_OK);
	assert_true(matches(certificate, CKA_VALUE, bytes_of("some 8 b", 8)));
	attrs_free(certificate);
	attrs_free(data);
}

static void rule_234_a_search_matches_byte_for_byte(void **state)
{
	struct attr_list template = {0};
	struct attrs *a = object(CKO_CERTIFICATE, CKC_X_509);
	(void)state;

	assert_true(make_matches(a, &template));
	assert_true(matches(a, CKA_SUBJECT, bytes_of("some 8 b", 8)));
	assert_false(matches(a, CKA_SUBJECT, bytes_of("some 8 c", 8)));
	assert_false(matches(a, CKA_SUBJECT, bytes_of("some 8 ", 7)));
	assert_false(matches(a, CKA_SUBJECT, bytes_of("some 8 bb", 9)));
	assert_true(matches(a, CKA_LABEL, (struct bytes){0}));
	assert_false(matches(a, CKA_MODULUS, (struct bytes){0}));
	assert_int_equal(attr_list_set(&template, CKA_SUBJECT, bytes_of("some 8 b", 8)), CKR_OK);
	assert_int_equal(attr_list_set_ulong(&template, CKA_CLASS, CKO_CERTIFICATE), CKR_OK);
	assert_true(make_matches(a, &template));
	assert_int_equal(attr_list_set_ulong(&template, CKA_CLASS, CKO_DATA), CKR_OK);
	assert_false(make_matches(a, &template));
	attr_list_free(&template);
	attrs_free(a);
}

static void the_size_is_that_of_the_values(void **state)
{
	struct attrs *a = object(CKO_DATA, 0), *longer = NULL;
	(void)state;

	assert_int_equal(change(&user, a, false, CKA_LABEL, bytes_of("12345", 5), &longer), CKR_OK);
	assert_int_equal(make_size(longer), make_size(a) + 5);
	attrs_free(a);
	attrs_free(longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_the_rows_allow_can_be_set_even_to_what_it_is),
		cmocka_unit_test(an_attribute_of_another_kind_is_of_an_invalid_type),
		cmocka_unit_test(sticky_attributes_go_one_way_only),
		cmocka_unit_test(rule_209_prohibited_actions),
		cmocka_unit_test(rule_210_a_copy_may_change_token_private_modifiable_destroyable),
		cmocka_unit_test(rules_202_215_a_copy_has_its_own_id_and_the_same_origin),
		cmocka_unit_test(rule_212_a_stricter_copy_has_the_originals_history),
		cmocka_unit_test(a_guarded_key_has_no_public_copy),
		cmocka_unit_test(rule_219_a_check_value_can_only_be_taken_away),
		cmocka_unit_test(rule_220_a_keys_public_info_is_what_it_is),
		cmocka_unit_test(rule_221_a_trusted_certificate_stays_as_it_is),
		cmocka_unit_test(only_the_so_changes_trust),
		cmocka_unit_test(a_failed_change_changes_nothing),
		cmocka_unit_test(rule_223_secrets_are_shown_only_when_neither_sensitive_nor_unextractable),
		cmocka_unit_test(values_that_are_no_secrets_are_shown),
		cmocka_unit_test(rule_234_a_search_matches_byte_for_byte),
		cmocka_unit_test(the_size_is_that_of_the_values),
	};
	return cmocka_run_group_tests(tests, open_ossl, close_ossl);
}
