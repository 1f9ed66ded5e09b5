/* SPDX-License-Identifier: Apache-2.0 */
/* Key types that are only kept: what their material must look like, and what follows from it. */
#include "mech_secret.h"

#include "crypto/hash.h"

extern const struct mech_family mech_family_stored;

/* One attribute of a key that is made: hexadecimal, or a number when value is NULL. */
struct given {
	CK_ATTRIBUTE_TYPE type;
	const char *value;
	CK_ULONG number;
};

#define MAX_GIVEN 6
#define OID "06052a85030201"

static const struct row {
	const char *what;
	CK_OBJECT_CLASS object_class;
	CK_KEY_TYPE type;
	struct given given[MAX_GIVEN];
	CK_RV rv;
} rows[] = {
#define SECRET(what, type, value, rv) {what, CKO_SECRET_KEY, type, {{CKA_VALUE, value, 0}}, rv}
	SECRET("Twofish 16", CKK_TWOFISH, "00112233445566778899aabbccddeeff", CKR_OK),
	SECRET("Twofish 15", CKK_TWOFISH, "00112233445566778899aabbccddee", CKR_ATTRIBUTE_VALUE_INVALID),
	SECRET("Twofish 17", CKK_TWOFISH, "00112233445566778899aabbccddeeff00", CKR_ATTRIBUTE_VALUE_INVALID),
	SECRET("CAST 5", CKK_CAST, "0011223344", CKR_OK),
	SECRET("CAST 9", CKK_CAST, "001122334455667788", CKR_ATTRIBUTE_VALUE_INVALID),
	SECRET("CAST3 nothing", CKK_CAST3, "", CKR_ATTRIBUTE_VALUE_INVALID),
	SECRET("CDMF", CKK_CDMF, "0123456789abcdef", CKR_OK),
	SECRET("CDMF of even parity", CKK_CDMF, "0023456789abcdef", CKR_ATTRIBUTE_VALUE_INVALID),
	{"GOST 28147", CKO_SECRET_KEY, CKK_GOST28147,
	 {{CKA_VALUE, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 0}, {CKA_GOST28147_PARAMS, OID, 0}}, CKR_OK},
	{"GOST 28147 with other parameters", CKO_SECRET_KEY, CKK_GOST28147,
	 {{CKA_VALUE, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 0}, {CKA_GOST28147_PARAMS, "0500", 0}},
	 CKR_ATTRIBUTE_VALUE_INVALID},
	{"GOST 28147 short", CKO_SECRET_KEY, CKK_GOST28147, {{CKA_VALUE, "0011", 0}, {CKA_GOST28147_PARAMS, OID, 0}}, CKR_ATTRIBUTE_VALUE_INVALID},
	{"GOST 34.10 private", CKO_PRIVATE_KEY, CKK_GOSTR3410,
	 {{CKA_VALUE, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 0}, {CKA_GOSTR3410_PARAMS, OID, 0}, {CKA_GOSTR3411_PARAMS, OID, 0}},
	 CKR_OK},
	{"GOST 34.10 public of a private one's length", CKO_PUBLIC_KEY, CKK_GOSTR3410,
	 {{CKA_VALUE, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 0}, {CKA_GOSTR3410_PARAMS, OID, 0}, {CKA_GOSTR3411_PARAMS, OID, 0}},
	 CKR_ATTRIBUTE_VALUE_INVALID},
	{"GOST parameters", CKO_DOMAIN_PARAMETERS, CKK_GOSTR3411, {{CKA_VALUE, "3000", 0}, {CKA_OBJECT_ID, OID, 0}}, CKR_OK},
	{"GOST parameters by no name", CKO_DOMAIN_PARAMETERS, CKK_GOSTR3411, {{CKA_VALUE, "3000", 0}, {CKA_OBJECT_ID, "2a85", 0}}, CKR_ATTRIBUTE_VALUE_INVALID},
	{"GOST parameters of nothing", CKO_DOMAIN_PARAMETERS, CKK_GOST28147, {{CKA_VALUE, "", 0}, {CKA_OBJECT_ID, OID, 0}}, CKR_ATTRIBUTE_VALUE_INVALID},
#define KEA(what, class, value, rv) \
	{what, class, CKK_KEA, {{CKA_PRIME, "fb", 0}, {CKA_SUBPRIME, "7d", 0}, {CKA_BASE, "04", 0}, {CKA_VALUE, value, 0}}, rv}
	KEA("KEA public", CKO_PUBLIC_KEY, "00fa", CKR_OK),
	KEA("KEA public, the modulus itself", CKO_PUBLIC_KEY, "fb", CKR_ATTRIBUTE_VALUE_INVALID),
	KEA("KEA public, 1", CKO_PUBLIC_KEY, "01", CKR_ATTRIBUTE_VALUE_INVALID),
	KEA("KEA private", CKO_PRIVATE_KEY, "7c", CKR_OK),
	KEA("KEA private, the order", CKO_PRIVATE_KEY, "7d", CKR_ATTRIBUTE_VALUE_INVALID),
	KEA("KEA private, 0", CKO_PRIVATE_KEY, "0000", CKR_ATTRIBUTE_VALUE_INVALID),
	{"SecurID", CKO_OTP_KEY, CKK_SECURID, {{CKA_VALUE, "00112233445566778899aabbccddeeff", 0}}, CKR_OK},
	{"ActivIdentity", CKO_OTP_KEY, CKK_ACTI, {{CKA_VALUE, "0011", 0}}, CKR_OK},
	{"SecurID of nothing", CKO_OTP_KEY, CKK_SECURID, {{CKA_VALUE, "", 0}}, CKR_ATTRIBUTE_VALUE_INVALID},
};

static void key_of(const struct row *r, struct attr_list *ret)
{
	*ret = (struct attr_list){0};
	assert_int_equal(attr_list_set_ulong(ret, CKA_CLASS, r->object_class), CKR_OK);
	assert_int_equal(attr_list_set_ulong(ret, CKA_KEY_TYPE, r->type), CKR_OK);
	for (size_t i = 0; i < MAX_GIVEN && r->given[i].type != 0; i++) {
		if (r->given[i].value == NULL) {
			assert_int_equal(attr_list_set_ulong(ret, r->given[i].type, r->given[i].number), CKR_OK);
			continue;
		}
		struct buf value = harness_hex(r->given[i].value);
		assert_int_equal(attr_list_set(ret, r->given[i].type, buf_bytes(&value)), CKR_OK);
		buf_free(&value);
	}
}

static void material_has_the_form_of_its_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct attr_list key;

		key_of(&rows[i], &key);
		CK_RV rv = mech_key_complete(mech_key_type_find(rows[i].type), harness_env(), &key);
		if (rv != rows[i].rv)
			fail_msg("%s: 0x%lx, not 0x%lx", rows[i].what, rv, rows[i].rv);
		attr_list_free(&key);
	}
}

static const struct row *row(const char *what)
{
	for (size_t i = 0; i < array_len(rows); i++)
		if (strcmp(rows[i].what, what) == 0)
			return &rows[i];
	fail_msg("no row %s", what);
	return NULL;
}

static void complete(const char *what, struct attr_list *ret)
{
	key_of(row(what), ret);
	assert_int_equal(mech_key_complete(mech_key_type_find(row(what)->type), harness_env(), ret), CKR_OK);
}

static void what_follows_from_the_material_is_set(void **state)
{
	struct attr_list key;
	struct bytes v;
	CK_ULONG n = 0;

	(void)state;
	complete("CAST 5", &key);
	assert_true(attr_list_get_ulong(&key, CKA_VALUE_LEN, &n) && n == 5);
	assert_false(attr_list_get(&key, CKA_CHECK_VALUE, &v));
	attr_list_free(&key);
	complete("CDMF", &key);
	assert_false(attr_list_get_ulong(&key, CKA_VALUE_LEN, &n));
	attr_list_free(&key);
	complete("KEA public", &key);
	assert_true(attr_list_get(&key, CKA_VALUE, &v) && v.len == 1 && v.data[0] == 0xfa);
	attr_list_free(&key);
}

static CK_RV complete_with(const char *what, CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	struct attr_list key;

	key_of(row(what), &key);
	assert_int_equal(attr_list_set(&key, type, value), CKR_OK);
	CK_RV rv = mech_key_complete(mech_key_type_find(row(what)->type), harness_env(), &key);
	attr_list_free(&key);
	return rv;
}

static void a_check_value_is_of_the_sha1_or_not_there(void **state)
{
	struct buf value = harness_hex(row("SecurID")->given[0].value);
	unsigned char digest[20];
	struct attr_list key;
	struct bytes v;

	(void)state;
	hash_sha1(buf_bytes(&value), digest);
	complete("SecurID", &key);
	assert_true(attr_list_get(&key, CKA_CHECK_VALUE, &v) && bytes_equal(v, bytes_of(digest, 3)));
	attr_list_free(&key);
	assert_int_equal(complete_with("SecurID", CKA_CHECK_VALUE, bytes_of(digest, 3)), CKR_OK);
	assert_int_equal(complete_with("SecurID", CKA_CHECK_VALUE, bytes_of(digest, 2)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_with("SecurID", CKA_CHECK_VALUE, (struct bytes){0}), CKR_OK);
	assert_int_equal(complete_with("CAST 5", CKA_CHECK_VALUE, bytes_of("abc", 3)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_with("CAST 5", CKA_CHECK_VALUE, (struct bytes){0}), CKR_OK);
	buf_free(&value);
}

static void a_length_and_the_value_must_agree(void **state)
{
	CK_ULONG right = 5, wrong = 6;

	(void)state;
	assert_int_equal(complete_with("CAST 5", CKA_VALUE_LEN, bytes_of(&right, sizeof(right))), CKR_OK);
	assert_int_equal(complete_with("CAST 5", CKA_VALUE_LEN, bytes_of(&wrong, sizeof(wrong))), CKR_TEMPLATE_INCONSISTENT);
}

static void secret_keys_load_and_others_do_not(void **state)
{
	struct mech_key *key = harness_key_hex(CKK_TWOFISH, "00112233445566778899aabbccddeeff");
	struct attr_list list;
	struct attrs *packed = NULL;

	(void)state;
	assert_int_equal(key->bits, 128);
	assert_int_equal(key->value.len, 16);
	mech_key_free(key);
	key_of(row("KEA public"), &list);
	assert_int_equal(attrs_pack(&list, &packed), CKR_OK);
	assert_int_equal(mech_key_load(mech_key_type_find(CKK_KEA), harness_env(), packed, &key), CKR_KEY_TYPE_INCONSISTENT);
	attrs_free(packed);
	attr_list_free(&list);
}

static void no_type_has_a_mechanism(void **state)
{
	(void)state;
	assert_int_equal(mech_family_stored.row_count, 0);
	for (size_t i = 0; i < mech_count(); i++)
		for (size_t k = 0; k < mech_family_stored.key_type_count; k++)
			assert_false(mech_takes_key_type(mech_at(i), mech_family_stored.key_types[k].type));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(material_has_the_form_of_its_type),
		cmocka_unit_test(what_follows_from_the_material_is_set),
		cmocka_unit_test(a_check_value_is_of_the_sha1_or_not_there),
		cmocka_unit_test(a_length_and_the_value_must_agree),
		cmocka_unit_test(secret_keys_load_and_others_do_not),
		cmocka_unit_test(no_type_has_a_mechanism),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
