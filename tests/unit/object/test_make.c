/* SPDX-License-Identifier: Apache-2.0 */
/* New objects. First properties over the whole schema, for every kind: what is missing, forbidden, foreign or of
 * wrong form is refused with its code, what is left out gets its default. Then the rules with a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "attr/template.h"
#include "crypto/hash.h"
#include "crypto/ossl.h"
#include "fake_mech.h"
#include "object/make.h"
#include "object/schema.h"

static struct mech_env env;
static const struct make_who user = {.so = false}, so = {.so = true};

static const CK_ATTRIBUTE_TYPE all_types[] = {
#define ATTR_TYPE(name_, kind_) name_,
#include "attr/attr_kinds.inc"
#undef ATTR_TYPE
};

/* that an application can make */
#define FOR_EACH_KIND(object_class, subtype)                         \
	for (size_t kind_ = 0; kind_ < schema_kind_count(); kind_++) \
		if (schema_kind_at(kind_, &(object_class), &(subtype)), !schema_is_builtin(object_class))
#define FOR_EACH_ROW(row, object_class, subtype) \
	for (size_t i_ = 0; ((row) = schema_walk(object_class, subtype, &i_)) != NULL;)

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

static int reset_mech(void **state)
{
	(void)state;
	fake_mech = (struct fake_mech){0};
	return 0;
}

/* ---- templates ---------------------------------------------------------------------------------- */

static void set_some(struct attr_list *l, CK_ATTRIBUTE_TYPE type)
{
	enum attr_kind kind;
	CK_RV rv;

	assert_true(attr_kind(type, &kind));
	switch (kind) {
	case ATTR_BOOL:
		rv = attr_list_set_bool(l, type, false);
		break;
	case ATTR_ULONG:
		rv = attr_list_set_ulong(l, type, 1);
		break;
	case ATTR_DATE:
		rv = attr_list_set(l, type, bytes_of("20240229", 8));
		break;
	case ATTR_NESTED:
		rv = attr_list_set(l, type, bytes_of("\0\0\0\0", 4));
		break;
	default:
		rv = attr_list_set(l, type, bytes_of("some 8 b", 8));
		break;
	}
	assert_int_equal(rv, CKR_OK);
}

/* The least that makes an object of a kind: what a row's flag demands. */
static void minimal(struct attr_list *l, CK_OBJECT_CLASS object_class, CK_ULONG subtype, unsigned required)
{
	const struct schema_row *row;
	CK_ATTRIBUTE_TYPE names_subtype;

	*l = (struct attr_list){0};
	FOR_EACH_ROW(row, object_class, subtype)
		if (row->flags & required)
			set_some(l, row->type);
	assert_int_equal(attr_list_set_ulong(l, CKA_CLASS, object_class), CKR_OK);
	if (schema_subtype_attribute(object_class, &names_subtype))
		assert_int_equal(attr_list_set_ulong(l, names_subtype, subtype), CKR_OK);
}

static CK_RV create(struct attr_list *l)
{
	return make_created(&env, &user, l);
}

static CK_RV generate(struct attr_list *l, CK_OBJECT_CLASS object_class, CK_ULONG subtype)
{
	CK_RV rv = make_generate_begin(&user, object_class, subtype, l);
	return rv == CKR_OK ? make_generate_end(&env, CKM_AES_KEY_GEN, l) : rv;
}

/* An expectation that names what it was about. */
static void expect(CK_RV rv, CK_RV want, CK_OBJECT_CLASS object_class, CK_ULONG subtype, CK_ATTRIBUTE_TYPE type)
{
	if (rv != want)
		fail_msg("%s, class %lu type %lu: 0x%lx instead of 0x%lx", attr_name(type), object_class, subtype, rv, want);
}

static void assert_bool(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, bool want)
{
	struct bytes v;
	assert_true(attr_list_get(l, type, &v));
	assert_int_equal(v.len, 1);
	assert_int_equal(v.data[0], want);
}

/* ---- properties of creation ------------------------------------------------------------------------ */

static void the_least_is_enough_and_the_rest_are_defaults(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype, n;
	const struct schema_row *row;
	struct attr_list l;
	struct bytes v;
	(void)state;

	FOR_EACH_KIND(object_class, subtype) {
		minimal(&l, object_class, subtype, SCHEMA_CREATE_REQ);
		expect(create(&l), CKR_OK, object_class, subtype, CKA_CLASS);
		FOR_EACH_ROW(row, object_class, subtype) {
			bool has = attr_list_get(&l, row->type, &v);
			if (row->otherwise == SCHEMA_TRUE || row->otherwise == SCHEMA_FALSE)
				assert_bool(&l, row->type, row->otherwise == SCHEMA_TRUE);
			else if (row->otherwise == SCHEMA_ULONG)
				assert_true(attr_list_get_ulong(&l, row->type, &n) && n == row->default_ulong);
			else if (row->otherwise == SCHEMA_EMPTY)
				assert_true(has && (v.len == 0 || row->type == CKA_PUBLIC_KEY_INFO));
		}
		for (size_t i = 0; i < l.count; i++)
			assert_non_null(schema_find(object_class, subtype, l.items[i].type));
		attr_list_free(&l);
	}
}

static void without_a_required_attribute_the_template_is_incomplete(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	const struct schema_row *row;
	struct attr_list l;
	unsigned tried = 0;
	(void)state;

	FOR_EACH_KIND(object_class, subtype)
		FOR_EACH_ROW(row, object_class, subtype) {
			if (!(row->flags & SCHEMA_CREATE_REQ))
				continue;
			minimal(&l, object_class, subtype, SCHEMA_CREATE_REQ);
			attr_list_remove(&l, row->type);
			expect(create(&l), CKR_TEMPLATE_INCOMPLETE, object_class, subtype, row->type);
			attr_list_free(&l);
			tried++;
		}
	assert_true(tried > 30);
}

static void what_is_the_tokens_to_set_is_read_only(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	const struct schema_row *row;
	struct attr_list l;
	unsigned tried = 0;
	(void)state;

	FOR_EACH_KIND(object_class, subtype)
		FOR_EACH_ROW(row, object_class, subtype) {
			if (!(row->flags & (SCHEMA_CREATE_FORBID | SCHEMA_READ_ONLY)))
				continue;
			minimal(&l, object_class, subtype, SCHEMA_CREATE_REQ);
			set_some(&l, row->type);
			expect(create(&l), CKR_ATTRIBUTE_READ_ONLY, object_class, subtype, row->type);
			attr_list_free(&l);
			tried++;
		}
	assert_true(tried > 30);
}

static void an_attribute_of_another_kind_is_of_an_invalid_type(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	struct attr_list l;
	unsigned tried = 0;
	(void)state;

	FOR_EACH_KIND(object_class, subtype)
		for (size_t i = 0; i < array_len(all_types); i++) {
			if (schema_find(object_class, subtype, all_types[i]) != NULL)
				continue;
			minimal(&l, object_class, subtype, SCHEMA_CREATE_REQ);
			set_some(&l, all_types[i]);
			expect(create(&l), CKR_ATTRIBUTE_TYPE_INVALID, object_class, subtype, all_types[i]);
			attr_list_free(&l);
			tried++;
		}
	assert_true(tried > 500);
}

static void every_other_attribute_may_be_given_and_stays(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	const struct schema_row *row;
	struct attr_list l;
	struct bytes before, after;
	(void)state;

	FOR_EACH_KIND(object_class, subtype)
		FOR_EACH_ROW(row, object_class, subtype) {
			/* these have a value that must fit others */
			bool bound = row->type == CKA_URL || row->type == CKA_CHECK_VALUE || row->type == CKA_PUBLIC_KEY_INFO ||
			             object_class == CKO_TRUST;
			if (bound || (row->flags & (SCHEMA_CREATE_FORBID | SCHEMA_READ_ONLY | SCHEMA_CREATE_REQ)))
				continue;
			struct attr_list given = {0};
			set_some(&given, row->type);
			minimal(&l, object_class, subtype, SCHEMA_CREATE_REQ);
			set_some(&l, row->type);
			expect(create(&l), CKR_OK, object_class, subtype, row->type);
			assert_true(attr_list_get(&given, row->type, &before) && attr_list_get(&l, row->type, &after));
			assert_true(bytes_equal(before, after));
			attr_list_free(&given);
			attr_list_free(&l);
		}
}

static void a_wrong_length_never_reaches_the_schema(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	const struct schema_row *row;
	struct attr_list l = {0};
	unsigned tried = 0;
	(void)state;

	FOR_EACH_KIND(object_class, subtype)
		FOR_EACH_ROW(row, object_class, subtype) {
			CK_BYTE three[3] = {1, 1, 1};
			CK_ATTRIBUTE a = {row->type, three, sizeof(three)};
			enum attr_kind kind;
			assert_true(attr_kind(row->type, &kind));
			if (kind == ATTR_BYTES || kind == ATTR_BIGINT || kind == ATTR_STRING)
				continue;
			expect(template_read(&a, 1, &l), CKR_ATTRIBUTE_VALUE_INVALID, object_class, subtype, row->type);
			tried++;
		}
	assert_true(tried > 50);
}

/* ---- properties of generation ----------------------------------------------------------------------- */

static void generation_asks_for_what_it_needs_and_no_more(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	const struct schema_row *row;
	struct attr_list l;
	(void)state;

	FOR_EACH_KIND(object_class, subtype) {
		if (!schema_is_key(object_class))
			continue;
		minimal(&l, object_class, subtype, SCHEMA_GEN_REQ);
		expect(generate(&l, object_class, subtype), CKR_OK, object_class, subtype, CKA_CLASS);
		attr_list_free(&l);
		FOR_EACH_ROW(row, object_class, subtype) {
			CK_RV want = CKR_TEMPLATE_INCOMPLETE;
			minimal(&l, object_class, subtype, SCHEMA_GEN_REQ);
			if (row->flags & SCHEMA_GEN_REQ) {
				attr_list_remove(&l, row->type);
			} else if (row->flags & (SCHEMA_GEN_FORBID | SCHEMA_READ_ONLY)) {
				set_some(&l, row->type);
				want = CKR_ATTRIBUTE_READ_ONLY;
			} else {
				want = CKR_OK;
			}
			expect(generate(&l, object_class, subtype), want, object_class, subtype, row->type);
			attr_list_free(&l);
		}
	}
}

static void rule_354_class_and_type_are_implied(void **state)
{
	struct attr_list l = {0};
	CK_ULONG n;
	(void)state;

	set_some(&l, CKA_VALUE_LEN);
	assert_int_equal(generate(&l, CKO_SECRET_KEY, CKK_AES), CKR_OK);
	assert_true(attr_list_get_ulong(&l, CKA_CLASS, &n) && n == CKO_SECRET_KEY);
	assert_true(attr_list_get_ulong(&l, CKA_KEY_TYPE, &n) && n == CKK_AES);
	attr_list_free(&l);

	minimal(&l, CKO_SECRET_KEY, CKK_AES, SCHEMA_GEN_REQ);
	assert_int_equal(generate(&l, CKO_SECRET_KEY, CKK_GENERIC_SECRET), CKR_TEMPLATE_INCONSISTENT);
	attr_list_free(&l);
	minimal(&l, CKO_SECRET_KEY, CKK_AES, SCHEMA_GEN_REQ);
	assert_int_equal(generate(&l, CKO_PRIVATE_KEY, CKK_AES), CKR_TEMPLATE_INCONSISTENT);
	attr_list_free(&l);
}

static void a_generated_keys_history_is_that_of_its_attributes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct attr_list l;
		CK_ULONG n;
		bool sensitive = i & 1, extractable = i & 2;

		minimal(&l, CKO_SECRET_KEY, CKK_AES, SCHEMA_GEN_REQ);
		assert_int_equal(attr_list_set_bool(&l, CKA_SENSITIVE, sensitive), CKR_OK);
		assert_int_equal(attr_list_set_bool(&l, CKA_EXTRACTABLE, extractable), CKR_OK);
		assert_int_equal(generate(&l, CKO_SECRET_KEY, CKK_AES), CKR_OK);
		assert_bool(&l, CKA_LOCAL, true);
		assert_bool(&l, CKA_ALWAYS_SENSITIVE, sensitive);
		assert_bool(&l, CKA_NEVER_EXTRACTABLE, !extractable);
		assert_true(attr_list_get_ulong(&l, CKA_KEY_GEN_MECHANISM, &n) && n == CKM_AES_KEY_GEN);
		attr_list_free(&l);
	}
}

static void a_public_key_has_no_history_of_secrets(void **state)
{
	struct attr_list l;
	struct bytes v;
	(void)state;

	minimal(&l, CKO_PUBLIC_KEY, CKK_EC, SCHEMA_GEN_REQ);
	assert_int_equal(generate(&l, CKO_PUBLIC_KEY, CKK_EC), CKR_OK);
	assert_bool(&l, CKA_LOCAL, true);
	assert_false(attr_list_get(&l, CKA_ALWAYS_SENSITIVE, &v));
	assert_false(attr_list_get(&l, CKA_NEVER_EXTRACTABLE, &v));
	attr_list_free(&l);
}

/* ---- rules ---------------------------------------------------------------------------------------- */

static void rules_208_218_a_created_key_was_outside(void **state)
{
	struct attr_list l;
	CK_ULONG n;
	(void)state;

	minimal(&l, CKO_PRIVATE_KEY, CKK_EC, SCHEMA_CREATE_REQ);
	assert_int_equal(attr_list_set_bool(&l, CKA_SENSITIVE, true), CKR_OK);
	assert_int_equal(attr_list_set_bool(&l, CKA_EXTRACTABLE, false), CKR_OK);
	assert_int_equal(create(&l), CKR_OK);
	assert_bool(&l, CKA_LOCAL, false);
	assert_bool(&l, CKA_ALWAYS_SENSITIVE, false);
	assert_bool(&l, CKA_NEVER_EXTRACTABLE, false);
	assert_true(attr_list_get_ulong(&l, CKA_KEY_GEN_MECHANISM, &n) && n == CK_UNAVAILABLE_INFORMATION);
	attr_list_free(&l);
}

static void rule_201_unique_ids_are_fresh_and_name_the_record(void **state)
{
	struct attr_list l[2];
	unsigned char id[2][16];
	struct bytes v;
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct attrs *a = NULL;
		minimal(&l[i], CKO_DATA, 0, SCHEMA_CREATE_REQ);
		assert_int_equal(create(&l[i]), CKR_OK);
		assert_true(attr_list_get(&l[i], CKA_UNIQUE_ID, &v));
		assert_int_equal(v.len, 32);
		assert_int_equal(attrs_pack(&l[i], &a), CKR_OK);
		assert_true(make_store_id(a, id[i]));
		attrs_free(a);
	}
	assert_memory_not_equal(id[0], id[1], 16);
	attr_list_free(&l[0]);
	attr_list_free(&l[1]);
}

static void only_a_unique_id_of_our_form_names_a_record(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{"00112233445566778899aabbccddeeff", true},    {"00112233445566778899AABBCCDDEEFF", false},
		{"00112233445566778899aabbccddeef", false},    {"00112233445566778899aabbccddeeff0", false},
		{"00112233445566778899aabbccddeefg", false},   {"", false},
	};
	(void)state;

	for (size_t i = 0; i < array_len(rows); i++) {
		struct attr_list l = {0};
		struct attrs *a = NULL;
		unsigned char id[16] = {9};
		assert_int_equal(attr_list_set(&l, CKA_UNIQUE_ID, bytes_of(rows[i].text, strlen(rows[i].text))), CKR_OK);
		assert_int_equal(attrs_pack(&l, &a), CKR_OK);
		assert_int_equal(make_store_id(a, id), rows[i].good);
		assert_int_equal(id[0], rows[i].good ? 0 : 9);
		assert_int_equal(id[15], rows[i].good ? 0xff : 0);
		attrs_free(a);
		attr_list_free(&l);
	}
}

static void rule_204_some_classes_are_not_the_applications_to_make(void **state)
{
	static const CK_OBJECT_CLASS classes[] = {CKO_HW_FEATURE, CKO_MECHANISM, CKO_PROFILE, CKO_VALIDATION, 0x4242};
	(void)state;

	for (size_t i = 0; i < array_len(classes); i++) {
		struct attr_list l = {0};
		assert_int_equal(attr_list_set_ulong(&l, CKA_CLASS, classes[i]), CKR_OK);
		assert_int_equal(create(&l), CKR_ATTRIBUTE_VALUE_INVALID);
		attr_list_free(&l);
	}
	struct attr_list none = {0};
	assert_int_equal(create(&none), CKR_TEMPLATE_INCOMPLETE);
	attr_list_free(&none);
}

static void an_unknown_key_type_is_an_invalid_value(void **state)
{
	struct attr_list l = {0};
	(void)state;

	assert_int_equal(attr_list_set_ulong(&l, CKA_CLASS, CKO_SECRET_KEY), CKR_OK);
	assert_int_equal(attr_list_set_ulong(&l, CKA_KEY_TYPE, 0x4242), CKR_OK);
	assert_int_equal(create(&l), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&l);
	fake_mech.absent = true;
	minimal(&l, CKO_SECRET_KEY, CKK_AES, SCHEMA_CREATE_REQ);
	assert_int_equal(create(&l), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&l);
}

static void the_key_types_refusal_is_passed_up(void **state)
{
	struct attr_list l;
	(void)state;

	fake_mech.rv = CKR_CURVE_NOT_SUPPORTED;
	minimal(&l, CKO_PUBLIC_KEY, CKK_EC, SCHEMA_CREATE_REQ);
	assert_int_equal(create(&l), CKR_CURVE_NOT_SUPPORTED);
	assert_int_equal(fake_mech.completed, 1);
	attr_list_free(&l);
}

static void the_key_type_sees_what_was_given_and_no_empty_default(void **state)
{
	struct attr_list l;
	struct bytes v;
	(void)state;

	minimal(&l, CKO_PUBLIC_KEY, CKK_EC, SCHEMA_CREATE_REQ);
	assert_int_equal(attr_list_set(&l, CKA_PUBLIC_KEY_INFO, (struct bytes){0}), CKR_OK);
	assert_int_equal(create(&l), CKR_OK);
	assert_false(fake_mech.info_was_given);
	assert_false(fake_mech.label_was_given);
	assert_true(attr_list_get(&l, CKA_PUBLIC_KEY_INFO, &v) && v.len == strlen(FAKE_INFO));
	attr_list_free(&l);

	minimal(&l, CKO_PUBLIC_KEY, CKK_EC, SCHEMA_CREATE_REQ);
	assert_int_equal(attr_list_set(&l, CKA_PUBLIC_KEY_INFO, bytes_of("x", 1)), CKR_OK);
	assert_int_equal(create(&l), CKR_OK);
	assert_true(fake_mech.info_was_given);
	attr_list_free(&l);
}

static void only_the_so_makes_something_trusted(void **state)
{
	static const struct {
		CK_OBJECT_CLASS object_class;
		CK_ULONG subtype;
	} rows[] = {{CKO_CERTIFICATE, CKC_X_509}, {CKO_PUBLIC_KEY, CKK_RSA}, {CKO_SECRET_KEY, CKK_AES}};
	(void)state;

	for (size_t i = 0; i < array_len(rows); i++) {
		struct attr_list l;
		minimal(&l, rows[i].object_class, rows[i].subtype, SCHEMA_CREATE_REQ);
		assert_int_equal(attr_list_set_bool(&l, CKA_TRUSTED, true), CKR_OK);
		assert_int_equal(make_created(&env, &user, &l), CKR_ATTRIBUTE_READ_ONLY);
		assert_int_equal(make_created(&env, &so, &l), CKR_OK);
		assert_bool(&l, CKA_TRUSTED, true);
		attr_list_free(&l);
	}
}

static void always_authenticate_is_for_private_objects(void **state)
{
	struct attr_list l;
	(void)state;

	minimal(&l, CKO_PRIVATE_KEY, CKK_EC, SCHEMA_CREATE_REQ);
	assert_int_equal(attr_list_set_bool(&l, CKA_ALWAYS_AUTHENTICATE, true), CKR_OK);
	assert_int_equal(attr_list_set_bool(&l, CKA_PRIVATE, false), CKR_OK);
	assert_int_equal(create(&l), CKR_TEMPLATE_INCONSISTENT);
	attr_list_free(&l);

	minimal(&l, CKO_PRIVATE_KEY, CKK_EC, SCHEMA_CREATE_REQ);
	assert_int_equal(attr_list_set_bool(&l, CKA_ALWAYS_AUTHENTICATE, true), CKR_OK);
	assert_int_equal(create(&l), CKR_OK);
	attr_list_free(&l);

	minimal(&l, CKO_PRIVATE_KEY, CKK_EC, SCHEMA_GEN_REQ);
	assert_int_equal(attr_list_set_bool(&l, CKA_ALWAYS_AUTHENTICATE, true), CKR_OK);
	assert_int_equal(attr_list_set_bool(&l, CKA_PRIVATE, false), CKR_OK);
	assert_int_equal(make_generate_begin(&user, CKO_PRIVATE_KEY, CKK_EC, &l), CKR_TEMPLATE_INCONSISTENT);
	attr_list_free(&l);
}

/* ---- certificates ------------------------------------------------------------------------------------ */

static void certificate(struct attr_list *l, const char *value, const char *url, const char *hashes)
{
	minimal(l, CKO_CERTIFICATE, CKC_X_509, SCHEMA_CREATE_REQ);
	assert_int_equal(attr_list_set(l, CKA_VALUE, bytes_of(value, strlen(value))), CKR_OK);
	assert_int_equal(attr_list_set(l, CKA_URL, bytes_of(url, strlen(url))), CKR_OK);
	assert_int_equal(attr_list_set(l, CKA_HASH_OF_SUBJECT_PUBLIC_KEY, bytes_of(hashes, strlen(hashes))), CKR_OK);
	assert_int_equal(attr_list_set(l, CKA_HASH_OF_ISSUER_PUBLIC_KEY, bytes_of(hashes, strlen(hashes))), CKR_OK);
}

static void a_certificate_is_here_or_at_its_url(void **state)
{
	static const struct {
		const char *value, *url, *hashes;
		CK_RV rv;
	} rows[] = {
		{"der", "", "", CKR_OK},
		{"", "", "", CKR_TEMPLATE_INCOMPLETE},
		{"", "https://example.org/c", "", CKR_TEMPLATE_INCOMPLETE},
		{"", "https://example.org/c", "hash", CKR_OK},
		{"der", "https://example.org/c", "", CKR_TEMPLATE_INCOMPLETE},
		{"der", "https://example.org/c", "hash", CKR_OK},
	};
	(void)state;

	for (size_t i = 0; i < array_len(rows); i++) {
		struct attr_list l;
		certificate(&l, rows[i].value, rows[i].url, rows[i].hashes);
		expect(create(&l), rows[i].rv, CKO_CERTIFICATE, CKC_X_509, CKA_URL);
		attr_list_free(&l);
	}
}

static void a_certificates_check_value_is_the_start_of_its_sha1(void **state)
{
	unsigned char digest[20];
	struct attr_list l;
	struct bytes v;
	(void)state;

	hash_sha1(bytes_of("der", 3), digest);
	certificate(&l, "der", "", "");
	assert_int_equal(create(&l), CKR_OK);
	assert_true(attr_list_get(&l, CKA_CHECK_VALUE, &v) && bytes_equal(v, bytes_of(digest, 3)));
	attr_list_free(&l);

	certificate(&l, "der", "", "");
	assert_int_equal(attr_list_set(&l, CKA_CHECK_VALUE, bytes_of(digest, 3)), CKR_OK);
	assert_int_equal(create(&l), CKR_OK);
	attr_list_free(&l);

	certificate(&l, "der", "", "");
	assert_int_equal(attr_list_set(&l, CKA_CHECK_VALUE, bytes_of("abc", 3)), CKR_OK);
	assert_int_equal(create(&l), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&l);

	certificate(&l, "der", "", "");
	assert_int_equal(attr_list_set(&l, CKA_CHECK_VALUE, (struct bytes){0}), CKR_OK);
	assert_int_equal(create(&l), CKR_OK);
	assert_true(attr_list_get(&l, CKA_CHECK_VALUE, &v) && v.len == 0);
	attr_list_free(&l);
}

static void a_certificate_category_is_one_of_four(void **state)
{
	(void)state;
	for (CK_ULONG category = 0; category < 6; category++) {
		struct attr_list l;
		certificate(&l, "der", "", "");
		assert_int_equal(attr_list_set_ulong(&l, CKA_CERTIFICATE_CATEGORY, category), CKR_OK);
		assert_int_equal(create(&l), category < 4 ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID);
		attr_list_free(&l);
	}
}

static void certificates_of_other_types_are_here_too(void **state)
{
	static const struct {
		CK_CERTIFICATE_TYPE type;
		const char *value, *subject, *url;
		CK_RV rv;
	} rows[] = {
		{CKC_WTLS, "wtls", "subject", "", CKR_OK},
		{CKC_WTLS, "wtls", "", "", CKR_TEMPLATE_INCOMPLETE},
		{CKC_WTLS, "", "", "", CKR_TEMPLATE_INCOMPLETE},
		{CKC_WTLS, "", "", "https://example.org/c", CKR_OK},
		{CKC_X_509_ATTR_CERT, "der", "owner", "", CKR_OK},
		{CKC_X_509_ATTR_CERT, "", "owner", "", CKR_TEMPLATE_INCOMPLETE},
		{CKC_X_509_ATTR_CERT, "der", "", "", CKR_TEMPLATE_INCOMPLETE},
	};
	(void)state;

	for (size_t i = 0; i < array_len(rows); i++) {
		bool wtls = rows[i].type == CKC_WTLS;
		struct attr_list l;
		minimal(&l, CKO_CERTIFICATE, rows[i].type, SCHEMA_CREATE_REQ);
		assert_int_equal(attr_list_set(&l, CKA_VALUE, bytes_of(rows[i].value, strlen(rows[i].value))), CKR_OK);
		assert_int_equal(attr_list_set(&l, wtls ? CKA_SUBJECT : CKA_OWNER, bytes_of(rows[i].subject, strlen(rows[i].subject))), CKR_OK);
		if (wtls) {
			assert_int_equal(attr_list_set(&l, CKA_URL, bytes_of(rows[i].url, strlen(rows[i].url))), CKR_OK);
			set_some(&l, CKA_HASH_OF_SUBJECT_PUBLIC_KEY);
			set_some(&l, CKA_HASH_OF_ISSUER_PUBLIC_KEY);
		}
		expect(create(&l), rows[i].rv, CKO_CERTIFICATE, rows[i].type, CKA_VALUE);
		attr_list_free(&l);
	}
}

/* ---- trust, domain parameters, the token's own ---------------------------------------------------------- */

static void trust_that_says_yes_names_the_certificate_by_its_hash(void **state)
{
	(void)state;
	for (CK_TRUST trust = 0; trust <= CKT_TRUST_MUST_VERIFY_TRUST + 1; trust++)
		for (unsigned named = 0; named < 4; named++) {
			bool says_no = trust == CKT_TRUST_UNKNOWN || trust == CKT_NOT_TRUSTED;
			CK_RV want = says_no || named == 3 ? CKR_OK : CKR_TEMPLATE_INCOMPLETE;
			struct attr_list l;

			minimal(&l, CKO_TRUST, 0, SCHEMA_CREATE_REQ);
			assert_int_equal(attr_list_set_ulong(&l, CKA_TRUST_OCSP_SIGNING, trust), CKR_OK);
			if (named & 1)
				set_some(&l, CKA_HASH_OF_CERTIFICATE);
			if (named & 2)
				set_some(&l, CKA_NAME_HASH_ALGORITHM);
			if (trust > CKT_TRUST_MUST_VERIFY_TRUST)
				want = CKR_ATTRIBUTE_VALUE_INVALID;
			expect(create(&l), want, CKO_TRUST, trust, CKA_TRUST_OCSP_SIGNING);
			attr_list_free(&l);
		}
}

static void domain_parameters_have_an_origin_and_no_history_of_secrets(void **state)
{
	struct attr_list l;
	struct bytes v;
	(void)state;

	minimal(&l, CKO_DOMAIN_PARAMETERS, CKK_DSA, SCHEMA_CREATE_REQ);
	assert_int_equal(create(&l), CKR_OK);
	assert_int_equal(fake_mech.completed, 1);
	assert_bool(&l, CKA_LOCAL, false);
	assert_false(attr_list_get(&l, CKA_KEY_GEN_MECHANISM, &v));
	assert_false(attr_list_get(&l, CKA_ALWAYS_SENSITIVE, &v));
	attr_list_free(&l);

	minimal(&l, CKO_DOMAIN_PARAMETERS, CKK_DSA, SCHEMA_GEN_REQ);
	assert_int_equal(generate(&l, CKO_DOMAIN_PARAMETERS, CKK_DSA), CKR_OK);
	assert_bool(&l, CKA_LOCAL, true);
	assert_false(attr_list_get(&l, CKA_KEY_GEN_MECHANISM, &v));
	attr_list_free(&l);
}

static void the_tokens_own_objects_have_what_their_class_has(void **state)
{
	struct attr_list l = {0};
	(void)state;

	assert_int_equal(attr_list_set_ulong(&l, CKA_CLASS, CKO_PROFILE), CKR_OK);
	assert_int_equal(attr_list_set_ulong(&l, CKA_PROFILE_ID, CKP_BASELINE_PROVIDER), CKR_OK);
	assert_int_equal(make_builtin(&l), CKR_OK);
	assert_bool(&l, CKA_PRIVATE, false);
	set_some(&l, CKA_VALUE);
	assert_int_equal(make_builtin(&l), CKR_GENERAL_ERROR);
	attr_list_free(&l);

	assert_int_equal(attr_list_set_ulong(&l, CKA_CLASS, CKO_HW_FEATURE), CKR_OK);
	assert_int_equal(attr_list_set_ulong(&l, CKA_HW_FEATURE_TYPE, CKH_MONOTONIC_COUNTER), CKR_OK);
	assert_int_equal(make_builtin(&l), CKR_OK);
	assert_bool(&l, CKA_HAS_RESET, false);
	assert_int_equal(l.count, 4);
	attr_list_free(&l);
}

#define T(name) cmocka_unit_test_setup(name, reset_mech)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_least_is_enough_and_the_rest_are_defaults),
		T(without_a_required_attribute_the_template_is_incomplete),
		T(what_is_the_tokens_to_set_is_read_only),
		T(an_attribute_of_another_kind_is_of_an_invalid_type),
		T(every_other_attribute_may_be_given_and_stays),
		T(a_wrong_length_never_reaches_the_schema),
		T(generation_asks_for_what_it_needs_and_no_more),
		T(rule_354_class_and_type_are_implied),
		T(a_generated_keys_history_is_that_of_its_attributes),
		T(a_public_key_has_no_history_of_secrets),
		T(rules_208_218_a_created_key_was_outside),
		T(rule_201_unique_ids_are_fresh_and_name_the_record),
		T(only_a_unique_id_of_our_form_names_a_record),
		T(rule_204_some_classes_are_not_the_applications_to_make),
		T(an_unknown_key_type_is_an_invalid_value),
		T(the_key_types_refusal_is_passed_up),
		T(the_key_type_sees_what_was_given_and_no_empty_default),
		T(only_the_so_makes_something_trusted),
		T(always_authenticate_is_for_private_objects),
		T(a_certificate_is_here_or_at_its_url),
		T(a_certificates_check_value_is_the_start_of_its_sha1),
		T(a_certificate_category_is_one_of_four),
		T(certificates_of_other_types_are_here_too),
		T(trust_that_says_yes_names_the_certificate_by_its_hash),
		T(domain_parameters_have_an_origin_and_no_history_of_secrets),
		T(the_tokens_own_objects_have_what_their_class_has),
	};
	return cmocka_run_group_tests(tests, open_ossl, close_ossl);
}
