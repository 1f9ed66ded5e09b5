/* SPDX-License-Identifier: Apache-2.0 */
/* C_DeriveKey: rules 362, 364, 369, 370 and the rules about keys that hold bytes of other keys (section 6.43), codes of
 * refusals, data and public keys as results. */
#include "operations.h"

static CK_BYTE value[4096];
static CK_MECHANISM m_hash = {CKM_SHA256_KEY_DERIVATION, NULL, 0};
static CK_KEY_DERIVATION_STRING_DATA string = {NULL, 16};
static CK_MECHANISM m_behind = {CKM_CONCATENATE_BASE_AND_DATA, &string, sizeof(string)};

#define YES(type) {type, &yes, sizeof(yes)}
#define NO(type) {type, &no, sizeof(no)}
#define LIST(...) (CK_ATTRIBUTE[]){__VA_ARGS__}, sizeof((CK_ATTRIBUTE[]){__VA_ARGS__}) / sizeof(CK_ATTRIBUTE)

static int setup_derive(void **state)
{
	string.pData = unconst(pattern);
	return setup_operations(state);
}

/* A generic secret with these attributes; generated keys have a past without a stain. */
static CK_OBJECT_HANDLE base_with(const CK_ATTRIBUTE *extra, CK_ULONG count)
{
	return make_key(sess, CKK_GENERIC_SECRET, pattern, 32, extra, count);
}

static CK_OBJECT_HANDLE generated(CK_ATTRIBUTE *extra, CK_ULONG count)
{
	CK_MECHANISM m = {CKM_GENERIC_SECRET_KEY_GEN, NULL, 0};
	CK_ULONG length = 32;
	CK_ATTRIBUTE template[8] = {{CKA_VALUE_LEN, &length, sizeof(length)}, YES(CKA_DERIVE), NO(CKA_PRIVATE)};
	CK_OBJECT_HANDLE key;

	for (CK_ULONG i = 0; i < count; i++)
		template[3 + i] = extra[i];
	assert_ok(p11->C_GenerateKey(sess, &m, template, 3 + count, &key));
	return key;
}

static CK_RV derive(CK_MECHANISM *m, CK_OBJECT_HANDLE base, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	return p11->C_DeriveKey(sess, m, base, template, count, ret);
}

static void check_past(CK_OBJECT_HANDLE key, bool sensitive, bool extractable, bool always_sensitive, bool never_extractable)
{
	assert_int_equal(get_bool(sess, key, CKA_SENSITIVE), sensitive);
	assert_int_equal(get_bool(sess, key, CKA_EXTRACTABLE), extractable);
	assert_int_equal(get_bool(sess, key, CKA_ALWAYS_SENSITIVE), always_sensitive);
	assert_int_equal(get_bool(sess, key, CKA_NEVER_EXTRACTABLE), never_extractable);
	assert_false(get_bool(sess, key, CKA_LOCAL));
	assert_true(get_ulong(sess, key, CKA_KEY_GEN_MECHANISM) == CK_UNAVAILABLE_INFORMATION);
}

/* ---- rules ------------------------------------------------------------------------------------- */

static void rule_364_the_past_of_a_derived_key(void **state)
{
	CK_OBJECT_HANDLE clean = generated(LIST(YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE))), stained = base_with(NULL, 0), key;

	(void)state;
	assert_ok(derive(&m_hash, clean, LIST(YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE)), &key));
	check_past(key, true, false, true, true);
	assert_ok(derive(&m_hash, clean, LIST(NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE)), &key));
	check_past(key, false, true, false, false);
	assert_ok(derive(&m_hash, clean, LIST(YES(CKA_SENSITIVE), YES(CKA_EXTRACTABLE)), &key));
	check_past(key, true, true, true, false);
	assert_ok(derive(&m_hash, stained, LIST(YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE)), &key));
	check_past(key, true, false, false, false);
	assert_rv(derive(&m_hash, clean, LIST(YES(CKA_ALWAYS_SENSITIVE)), &key), CKR_ATTRIBUTE_READ_ONLY);
	assert_rv(derive(&m_hash, clean, LIST({CKA_VALUE, unconst(pattern), 16}), &key), CKR_ATTRIBUTE_READ_ONLY);
}

static void rule_362_derive_template(void **state)
{
	CK_ATTRIBUTE inner[] = {YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE)};
	CK_OBJECT_HANDLE base = base_with(LIST({CKA_DERIVE_TEMPLATE, inner, sizeof(inner)})), key;

	(void)state;
	assert_ok(derive(&m_hash, base, NULL, 0, &key));
	assert_true(get_bool(sess, key, CKA_SENSITIVE));
	assert_false(get_bool(sess, key, CKA_EXTRACTABLE));
	assert_ok(derive(&m_hash, base, LIST(YES(CKA_SENSITIVE)), &key));
	assert_rv(derive(&m_hash, base, LIST(NO(CKA_SENSITIVE)), &key), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(derive(&m_hash, base, LIST(YES(CKA_EXTRACTABLE)), &key), CKR_TEMPLATE_INCONSISTENT);
}

static void rule_369_new_keys_need_the_right_session(void **state)
{
	CK_SESSION_HANDLE read_only = open_ro();
	CK_ATTRIBUTE token[] = {YES(CKA_TOKEN), NO(CKA_PRIVATE)}, private[] = {YES(CKA_PRIVATE)};
	CK_OBJECT_HANDLE base = base_with(NULL, 0), key;

	(void)state;
	assert_rv(p11->C_DeriveKey(read_only, &m_hash, base, token, 2, &key), CKR_SESSION_READ_ONLY);
	assert_ok(derive(&m_hash, base, token, 2, &key));
	logout(sess);
	assert_rv(derive(&m_hash, base, private, 1, &key), CKR_USER_NOT_LOGGED_IN);
	close_session(read_only);
}

static void rule_370_an_operation_goes_on(void **state)
{
	CK_OBJECT_HANDLE key;

	(void)state;
	assert_ok(start(ENCRYPT));
	assert_ok(derive(&m_hash, base_with(NULL, 0), NULL, 0, &key));
	assert_true(is_active(ENCRYPT));
}

static void what_is_refused(void **state)
{
	CK_OBJECT_HANDLE base = base_with(NULL, 0), key, none = 0x7fffffff, forbidden = base_with(LIST(NO(CKA_DERIVE)));
	CK_OBJECT_HANDLE listed = base_with(LIST({CKA_ALLOWED_MECHANISMS, &m_behind.mechanism, sizeof(CK_MECHANISM_TYPE)}));
	CK_OBJECT_HANDLE careful = make_rsa_private(sess, LIST(YES(CKA_PRIVATE), YES(CKA_DERIVE), YES(CKA_ALWAYS_AUTHENTICATE)));
	CK_MECHANISM half = {CKM_PUB_KEY_FROM_PRIV_KEY, NULL, 0};
	CK_ULONG length_17 = 17;

	(void)state;
	assert_rv(derive(NULL, base, NULL, 0, &key), CKR_ARGUMENTS_BAD);
	assert_rv(derive(&m_hash, base, NULL, 0, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(derive(&m_hash, base, NULL, 1, &key), CKR_ARGUMENTS_BAD);
	assert_rv(derive(&m_hash, none, NULL, 0, &key), CKR_KEY_HANDLE_INVALID);
	assert_rv(derive(&m_sha256, base, NULL, 0, &key), CKR_MECHANISM_INVALID);
	assert_rv(derive(&m_hash, keys.rsa_private, NULL, 0, &key), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(derive(&m_hash, forbidden, NULL, 0, &key), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(derive(&m_hash, listed, NULL, 0, &key), CKR_MECHANISM_INVALID);
	assert_ok(derive(&m_behind, listed, NULL, 0, &key));
	assert_rv(derive(&half, careful, NULL, 0, &key), CKR_USER_NOT_LOGGED_IN);
	assert_rv(derive(&m_hash, base, LIST({CKA_CLASS, &public_key_class, sizeof(public_key_class)}), &key), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(derive(&m_hash, base, LIST({CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}), &key), CKR_TEMPLATE_INCOMPLETE);
	assert_rv(derive(&m_hash, base, LIST({CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}, {CKA_VALUE_LEN, &length_17, sizeof(length_17)}), &key),
	          CKR_ATTRIBUTE_VALUE_INVALID);
}

/* ---- keys that hold bytes of other keys --------------------------------------------------------- */

/* Extracting, concatenating, xoring: none gives a readable key from a sensitive one. */
static void bytes_of_a_sensitive_key_stay_sensitive(void **state)
{
	CK_OBJECT_HANDLE secret = base_with(LIST(YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE))), open = base_with(NULL, 0), key;
	CK_EXTRACT_PARAMS bit = 0;
	CK_MECHANISM extract = {CKM_EXTRACT_KEY_FROM_KEY, &bit, sizeof(bit)}, by_xor = {CKM_XOR_BASE_AND_DATA, &string, sizeof(string)};
	CK_MECHANISM before = {CKM_CONCATENATE_DATA_AND_BASE, &string, sizeof(string)}, with_secret = {CKM_CONCATENATE_BASE_AND_KEY, &secret, sizeof(secret)};
	CK_MECHANISM *ways[] = {&extract, &by_xor, &m_behind, &before};
	CK_ULONG length_16 = 16;
	CK_ATTRIBUTE a = {CKA_VALUE, value, sizeof(value)};

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		assert_ok(derive(ways[i], secret, LIST({CKA_VALUE_LEN, &length_16, sizeof(length_16)}, NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE)), &key));
		check_past(key, true, false, false, false);
		assert_rv(p11->C_GetAttributeValue(sess, key, &a, 1), CKR_ATTRIBUTE_SENSITIVE);
		a.ulValueLen = sizeof(value);
		/* From an open one the template decides. */
		assert_ok(derive(ways[i], open, LIST({CKA_VALUE_LEN, &length_16, sizeof(length_16)}, NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE)), &key));
		check_past(key, false, true, false, false);
	}
	/* The key that the parameter names counts as well. */
	assert_ok(derive(&with_secret, open, LIST(NO(CKA_SENSITIVE)), &key));
	check_past(key, true, false, false, false);
}

static void keys_in_parameters_are_checked_like_base_keys(void **state)
{
	CK_OBJECT_HANDLE base = base_with(NULL, 0), forbidden = base_with(LIST(NO(CKA_DERIVE))), none = 0x7fffffff, key, named;
	CK_MECHANISM m = {CKM_CONCATENATE_BASE_AND_KEY, &named, sizeof(named)};

	(void)state;
	named = none;
	assert_rv(derive(&m, base, NULL, 0, &key), CKR_KEY_HANDLE_INVALID);
	named = forbidden;
	assert_rv(derive(&m, base, NULL, 0, &key), CKR_KEY_TYPE_INCONSISTENT);
	named = keys.rsa_private;
	assert_rv(derive(&m, base, NULL, 0, &key), CKR_KEY_TYPE_INCONSISTENT);
	named = base;
	assert_ok(derive(&m, base, NULL, 0, &key));
	assert_int_equal(get_ulong(sess, key, CKA_VALUE_LEN), 64);
}

/* ---- results of other classes -------------------------------------------------------------------- */

static void hkdf_data_is_a_data_object(void **state)
{
	CK_HKDF_PARAMS p = {CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0, 0, NULL, 0};
	CK_MECHANISM as_data = {CKM_HKDF_DATA, &p, sizeof(p)}, as_key = {CKM_HKDF_DERIVE, &p, sizeof(p)};
	CK_ULONG length_20 = 20;
	CK_BYTE right[20];
	CK_ATTRIBUTE a = {CKA_VALUE, right, sizeof(right)}, b = {CKA_VALUE, value, sizeof(value)}, len = {CKA_VALUE_LEN, &length_20, sizeof(length_20)};
	CK_OBJECT_HANDLE base = base_with(NULL, 0), key, data;

	(void)state;
	assert_ok(derive(&as_key, base, LIST({CKA_VALUE_LEN, &length_20, sizeof(length_20)}), &key));
	assert_ok(p11->C_GetAttributeValue(sess, key, &a, 1));
	assert_ok(derive(&as_data, base, LIST({CKA_VALUE_LEN, &length_20, sizeof(length_20)}, {CKA_LABEL, unconst("derived"), 7}), &data));
	assert_int_equal(get_ulong(sess, data, CKA_CLASS), CKO_DATA);
	assert_ok(p11->C_GetAttributeValue(sess, data, &b, 1));
	assert_int_equal(b.ulValueLen, 20);
	assert_memory_equal(value, right, 20);
	assert_rv(p11->C_GetAttributeValue(sess, data, &len, 1), CKR_ATTRIBUTE_TYPE_INVALID);
	assert_rv(derive(&as_data, base, NULL, 0, &data), CKR_TEMPLATE_INCOMPLETE);
	assert_rv(derive(&as_data, base, LIST({CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}), &data), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(derive(&as_data, base, LIST({CKA_VALUE, value, 5}), &data), CKR_TEMPLATE_INCONSISTENT);
}

static void a_public_key_from_its_private_one(void **state)
{
	CK_MECHANISM m = {CKM_PUB_KEY_FROM_PRIV_KEY, NULL, 0};
	CK_OBJECT_HANDLE private = make_rsa_private(sess, LIST(YES(CKA_DERIVE), {CKA_ID, unconst("id"), 2}, NO(CKA_SIGN))), key;
	CK_ATTRIBUTE a = {CKA_ID, value, sizeof(value)};
	CK_ULONG length;

	(void)state;
	assert_ok(derive(&m, private, NULL, 0, &key));
	assert_int_equal(get_ulong(sess, key, CKA_CLASS), CKO_PUBLIC_KEY);
	assert_int_equal(get_ulong(sess, key, CKA_KEY_TYPE), CKK_RSA);
	assert_ok(p11->C_GetAttributeValue(sess, key, &a, 1));
	assert_int_equal(a.ulValueLen, 2);
	assert_memory_equal(value, "id", 2);
	assert_false(get_bool(sess, key, CKA_VERIFY));
	assert_true(get_bool(sess, key, CKA_ENCRYPT));
	assert_false(get_bool(sess, key, CKA_LOCAL));
	length = encrypt(&m_oaep, key, pattern, 20, value, sizeof(value));
	assert_int_equal(decrypt(&m_oaep, keys.rsa_private, value, length, value + 512, 512), 20);
	assert_memory_equal(value + 512, pattern, 20);
	assert_ok(derive(&m, private, LIST(YES(CKA_VERIFY)), &key));
	assert_true(get_bool(sess, key, CKA_VERIFY));
	assert_rv(derive(&m, keys.aes, NULL, 0, &key), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(derive(&m, private, LIST({CKA_KEY_TYPE, &ec_type, sizeof(ec_type)}), &key), CKR_TEMPLATE_INCONSISTENT);
}

/* SP 800-108 makes several keys from one call, all or none, and names the template at fault (section 6.42.6). */
static void several_keys_from_one_call(void **state)
{
	CK_SP800_108_COUNTER_FORMAT format = {CK_FALSE, 32};
	CK_PRF_DATA_PARAM field = {CK_SP800_108_ITERATION_VARIABLE, &format, sizeof(format)};
	CK_ULONG length_16 = 16, length_17 = 17;
	CK_ATTRIBUTE template[] = {{CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}, {CKA_VALUE_LEN, &length_16, sizeof(length_16)}};
	CK_ATTRIBUTE bad[] = {{CKA_KEY_TYPE, &ec_type, sizeof(ec_type)}, {CKA_VALUE_LEN, &length_16, sizeof(length_16)}};
	CK_OBJECT_HANDLE one = 0, more[2] = {0, 0}, base = base_with(NULL, 0);
	CK_DERIVED_KEY others[] = {{template, 2, &more[0]}, {template, 2, &more[1]}};
	CK_SP800_108_KDF_PARAMS p = {CKM_SHA256_HMAC, 1, &field, 2, others};
	CK_MECHANISM m = {CKM_SP800_108_COUNTER_KDF, &p, sizeof(p)};
	CK_BYTE values[3][32];
	CK_ULONG before;

	(void)state;
	assert_ok(derive(&m, base, template, 2, &one));
	const CK_OBJECT_HANDLE made[] = {one, more[0], more[1]};
	for (size_t i = 0; i < 3; i++) {
		CK_ATTRIBUTE a = {CKA_VALUE, values[i], sizeof(values[i])};
		assert_ok(p11->C_GetAttributeValue(sess, made[i], &a, 1));
		assert_int_equal(a.ulValueLen, 16);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(values[i], values[k], 16);
	}
	before = count_objects(sess);
	others[1].pTemplate = bad;
	more[1] = 55;
	assert_rv(derive(&m, base, template, 2, &one), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_true(more[1] == CK_INVALID_HANDLE);
	others[1].pTemplate = template;
	others[1].phKey = NULL;
	assert_rv(derive(&m, base, template, 2, &one), CKR_MECHANISM_PARAM_INVALID);
	others[1].phKey = &more[1];
	/* A length that AES has not shows only when the key is complete: still none is left. */
	template[1].pValue = &length_17;
	assert_rv(derive(&m, base, template, 2, &one), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(count_objects(sess), before);
}

static void a_failed_derivation_leaves_nothing(void **state)
{
	CK_OBJECT_HANDLE base = base_with(NULL, 0), key = 77;
	CK_ULONG before = count_objects(sess), length_99 = 99;

	(void)state;
	assert_rv(derive(&m_hash, base, LIST({CKA_VALUE_LEN, &length_99, sizeof(length_99)}), &key), CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(key, 77);
	assert_int_equal(count_objects(sess), before);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_derive, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_364_the_past_of_a_derived_key),
		WITH_KEYS(rule_362_derive_template),
		WITH_KEYS(rule_369_new_keys_need_the_right_session),
		WITH_KEYS(rule_370_an_operation_goes_on),
		WITH_KEYS(what_is_refused),
		WITH_KEYS(bytes_of_a_sensitive_key_stay_sensitive),
		WITH_KEYS(keys_in_parameters_are_checked_like_base_keys),
		WITH_KEYS(hkdf_data_is_a_data_object),
		WITH_KEYS(a_public_key_from_its_private_one),
		WITH_KEYS(several_keys_from_one_call),
		WITH_KEYS(a_failed_derivation_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
