/* SPDX-License-Identifier: Apache-2.0 */
/* C_WrapKeyAuthenticated and C_UnwrapKeyAuthenticated: rule 365 with each mechanism that seals messages, against
 * C_Encrypt as the known answer; associated data, generated nonces, the codes of refusals. What they share with
 * C_WrapKey and C_UnwrapKey is test_wrap.c's; here stands that they do share it. */
#include "aead_cases.h"

static CK_BYTE blob[4096], value[4096];
static CK_BYTE aad[] = "which key this is";
static CK_ULONG blob_length;

#define YES(type) {type, &yes, sizeof(yes)}
#define NO(type) {type, &no, sizeof(no)}
#define LIST(...) (CK_ATTRIBUTE[]){__VA_ARGS__}, sizeof((CK_ATTRIBUTE[]){__VA_ARGS__}) / sizeof(CK_ATTRIBUTE)
#define AAD aad, sizeof(aad)
#define PLAIN(c) aead_message(c, 0, CKG_NO_GENERATE, 0)

static CK_OBJECT_HANDLE target_with(const CK_ATTRIBUTE *extra, CK_ULONG count)
{
	return make_key(sess, CKK_AES, pattern, 32, extra, count);
}

static CK_RV wrap(CK_MECHANISM *m, CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE key)
{
	blob_length = sizeof(blob);
	return p11->C_WrapKeyAuthenticated(sess, m, by, key, AAD, blob, &blob_length);
}

static CK_RV unwrap_with(CK_MECHANISM *m, CK_OBJECT_HANDLE by, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	return p11->C_UnwrapKeyAuthenticated(sess, m, by, blob, blob_length, template, count, AAD, ret);
}

static CK_RV unwrap(CK_MECHANISM *m, CK_OBJECT_HANDLE by, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                           NO(CKA_PRIVATE)};

	return unwrap_with(m, by, template, COUNT(template), ret);
}

static void check_attribute(CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type, const void *right, CK_ULONG length)
{
	CK_ATTRIBUTE a = {type, value, sizeof(value)};

	assert_ok(p11->C_GetAttributeValue(sess, key, &a, 1));
	assert_int_equal(a.ulValueLen, length);
	assert_memory_equal(value, right, length);
}

static void for_each(void (*check)(const struct aead_case *c, CK_OBJECT_HANDLE by))
{
	for (size_t i = 0; i < aead_case_count; i++) {
		print_message("# mechanism 0x%lx\n", aead_cases[i].type);
		check(&aead_cases[i], aead_key(&aead_cases[i], NULL, 0));
	}
}

/* ---- what comes out ----------------------------------------------------------------------------- */

static void check_answer(const struct aead_case *c, CK_OBJECT_HANDLE by)
{
	CK_BYTE sealed[32 + AEAD_TAG];
	CK_OBJECT_HANDLE key;

	memset(aead_tag, 0, sizeof(aead_tag));
	assert_ok(wrap(PLAIN(c), by, target_with(NULL, 0)));
	assert_int_equal(blob_length, 32);
	assert_int_equal(encrypt(aead_ordinary(c, 32, AAD), by, pattern, 32, sealed, sizeof(sealed)), sizeof(sealed));
	assert_memory_equal(blob, sealed, 32);
	assert_memory_equal(aead_tag, sealed + 32, AEAD_TAG);
	assert_ok(unwrap(PLAIN(c), by, &key));
	check_attribute(key, CKA_VALUE, pattern, 32);
	assert_false(get_bool(sess, key, CKA_LOCAL));
	assert_false(get_bool(sess, key, CKA_ALWAYS_SENSITIVE));
}

static void rule_365_the_value_is_sealed_and_the_tag_is_in_the_parameter(void **state)
{
	(void)state;
	for_each(check_answer);
}

static void check_private(const struct aead_case *c, CK_OBJECT_HANDLE by)
{
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &private_key_class, sizeof(private_key_class)}, {CKA_KEY_TYPE, &ec_type, sizeof(ec_type)},
	                           NO(CKA_SENSITIVE)};
	CK_BYTE original[64];
	CK_ATTRIBUTE a = {CKA_VALUE, original, sizeof(original)};
	CK_OBJECT_HANDLE key;

	assert_ok(p11->C_GetAttributeValue(sess, keys.ec_private, &a, 1));
	assert_ok(wrap(PLAIN(c), by, keys.ec_private));
	assert_ok(unwrap_with(PLAIN(c), by, template, COUNT(template), &key));
	check_attribute(key, CKA_VALUE, original, a.ulValueLen);
	assert_rv(unwrap(PLAIN(c), by, &key), CKR_WRAPPED_KEY_LEN_RANGE);
}

static void private_keys_come_back(void **state)
{
	(void)state;
	for_each(check_private);
}

/* Also the plain forms, in whose output the tag follows the key. */
static void check_ordinary(const struct aead_case *c, CK_OBJECT_HANDLE by)
{
	CK_MECHANISM *m = aead_ordinary(c, 32, AAD);
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}};
	CK_OBJECT_HANDLE key;

	blob_length = sizeof(blob);
	assert_ok(p11->C_WrapKey(sess, m, by, target_with(NULL, 0), blob, &blob_length));
	assert_int_equal(blob_length, 32 + AEAD_TAG);
	assert_ok(p11->C_UnwrapKey(sess, m, by, blob, blob_length, template, COUNT(template), &key));
	check_attribute(key, CKA_VALUE, pattern, 32);
	blob[3] ^= 1;
	assert_rv(p11->C_UnwrapKey(sess, m, by, blob, blob_length, template, COUNT(template), &key), CKR_WRAPPED_KEY_INVALID);
}

static void the_same_mechanisms_wrap_without_associated_data_of_the_call(void **state)
{
	(void)state;
	for_each(check_ordinary);
}

/* ---- nonces ------------------------------------------------------------------------------------- */

static void check_nonce(const struct aead_case *c, CK_OBJECT_HANDLE by)
{
	const struct {
		CK_GENERATOR_FUNCTION generator;
		CK_ULONG fixed_bits;
		CK_RV rv;
	} rows[] = {
		{CKG_GENERATE, 32, CKR_OK}, {CKG_GENERATE_RANDOM, 0, CKR_OK}, {CKG_GENERATE_RANDOM, 33, CKR_MECHANISM_PARAM_INVALID},
		{CKG_GENERATE_COUNTER, 32, CKR_MECHANISM_PARAM_INVALID}, {CKG_GENERATE_COUNTER_XOR, 0, CKR_MECHANISM_PARAM_INVALID},
		{77, 0, CKR_MECHANISM_PARAM_INVALID}, {CKG_NO_GENERATE, 97, CKR_MECHANISM_PARAM_INVALID},
	};
	CK_OBJECT_HANDLE key, target = target_with(NULL, 0);

	for (size_t i = 0; i < COUNT(rows) && c->generates; i++) {
		memset(aead_nonce, 0xa5, sizeof(aead_nonce));
		assert_rv(wrap(aead_message(c, 0, rows[i].generator, rows[i].fixed_bits), by, target), rows[i].rv);
		assert_memory_equal(aead_nonce, "\xa5\xa5\xa5\xa5", rows[i].fixed_bits == 32 ? 4 : 0);
		if (rows[i].rv != CKR_OK) {
			assert_memory_equal(aead_nonce, "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5", AEAD_NONCE);
			continue;
		}
		assert_memory_not_equal(aead_nonce + 4, "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5", 8);
		assert_ok(unwrap(PLAIN(c), by, &key));
		check_attribute(key, CKA_VALUE, pattern, 32);
	}
}

static void rule_365_the_token_chooses_nonces(void **state)
{
	(void)state;
	for_each(check_nonce);
}

/* ---- refusals ----------------------------------------------------------------------------------- */

static void check_forgery(const struct aead_case *c, CK_OBJECT_HANDLE by)
{
	CK_BYTE *places[] = {blob, blob + 31, aead_tag, aead_tag + AEAD_TAG - 1, aead_nonce, aad};
	size_t before = count_objects(sess);
	CK_OBJECT_HANDLE key;

	assert_ok(wrap(PLAIN(c), by, keys.aes));
	assert_ok(wrap(PLAIN(c), by, keys.hmac));
	for (size_t i = 0; i < COUNT(places); i++) {
		*places[i] ^= 1;
		assert_rv(unwrap(PLAIN(c), by, &key), CKR_WRAPPED_KEY_INVALID);
		*places[i] ^= 1;
	}
	assert_int_equal(count_objects(sess), before);
	blob_length = 0;
	assert_rv(unwrap(PLAIN(c), by, &key), CKR_WRAPPED_KEY_LEN_RANGE);
}

static void what_is_not_authentic_makes_no_key(void **state)
{
	(void)state;
	for_each(check_forgery);
}

static void check_parameters(const struct aead_case *c, CK_OBJECT_HANDLE by)
{
	CK_OBJECT_HANDLE target = target_with(NULL, 0), key;
	CK_MECHANISM *m = PLAIN(c), changed;

	assert_ok(wrap(m, by, target));
	for (CK_ULONG i = 0; i < 4; i++) {
		changed = *m;
		*aead_tag_place(c) = i == 3 ? NULL : aead_tag;
		changed.pParameter = i == 0 ? NULL : changed.pParameter;
		changed.ulParameterLen = i == 1 ? changed.ulParameterLen - 1 : i == 2 ? (CK_ULONG)-1 : changed.ulParameterLen;
		assert_rv(wrap(&changed, by, target), CKR_MECHANISM_PARAM_INVALID);
		assert_rv(unwrap(&changed, by, &key), CKR_MECHANISM_PARAM_INVALID);
	}
	/* The parameter of the ordinary calls is another. */
	assert_rv(wrap(aead_ordinary(c, 32, AAD), by, target), CKR_MECHANISM_PARAM_INVALID);
}

static void rule_365_the_parameter_is_that_of_a_message(void **state)
{
	(void)state;
	for_each(check_parameters);
}

static void check_length(const struct aead_case *c, CK_OBJECT_HANDLE by)
{
	CK_OBJECT_HANDLE target = target_with(NULL, 0);

	memset(aead_tag, 0xee, sizeof(aead_tag));
	memset(blob, 0xee, sizeof(blob));
	blob_length = 0;
	assert_ok(p11->C_WrapKeyAuthenticated(sess, PLAIN(c), by, target, AAD, NULL, &blob_length));
	assert_int_equal(blob_length, 32);
	blob_length = 31;
	assert_rv(p11->C_WrapKeyAuthenticated(sess, PLAIN(c), by, target, AAD, blob, &blob_length), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(blob_length, 32);
	assert_int_equal(blob[0], 0xee);
	assert_int_equal(aead_tag[0], 0xee);
	assert_ok(p11->C_WrapKeyAuthenticated(sess, PLAIN(c), by, target, NULL, 0, blob, &blob_length));
	assert_int_equal(blob[32], 0xee);
}

static void rule_262_the_length_follows_the_output_convention(void **state)
{
	(void)state;
	for_each(check_length);
}

static void whose_fault_the_code_says(void **state)
{
	const struct aead_case *c = &aead_cases[0];
	CK_OBJECT_HANDLE by = aead_key(c, NULL, 0), target = target_with(NULL, 0), none = 0x7fffffff, key;
	CK_OBJECT_HANDLE may_not = aead_key(c, LIST(NO(CKA_WRAP), NO(CKA_UNWRAP)));
	CK_MECHANISM kw = {CKM_AES_KEY_WRAP, NULL, 0};

	(void)state;
	assert_rv(wrap(NULL, by, target), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_WrapKeyAuthenticated(sess, PLAIN(c), by, target, AAD, blob, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_WrapKeyAuthenticated(sess, PLAIN(c), by, target, NULL, 1, blob, &blob_length), CKR_ARGUMENTS_BAD);
	assert_rv(wrap(PLAIN(c), none, target), CKR_WRAPPING_KEY_HANDLE_INVALID);
	assert_rv(wrap(PLAIN(c), by, none), CKR_KEY_HANDLE_INVALID);
	assert_rv(wrap(PLAIN(c), keys.hmac, target), CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(wrap(PLAIN(c), may_not, target), CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(wrap(PLAIN(c), by, target_with(LIST(NO(CKA_EXTRACTABLE)))), CKR_KEY_UNEXTRACTABLE);
	assert_rv(wrap(PLAIN(c), by, target_with(LIST(YES(CKA_WRAP_WITH_TRUSTED)))), CKR_KEY_NOT_WRAPPABLE);
	assert_rv(wrap(PLAIN(c), by, keys.rsa_public), CKR_KEY_NOT_WRAPPABLE);
	/* AES key wrap seals no messages. */
	assert_rv(wrap(&kw, by, target), CKR_MECHANISM_INVALID);
	assert_ok(wrap(PLAIN(c), by, target));
	assert_rv(unwrap(NULL, by, &key), CKR_ARGUMENTS_BAD);
	assert_rv(unwrap(PLAIN(c), by, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(unwrap(&kw, by, &key), CKR_MECHANISM_INVALID);
	assert_rv(unwrap(PLAIN(c), none, &key), CKR_UNWRAPPING_KEY_HANDLE_INVALID);
	assert_rv(unwrap(PLAIN(c), may_not, &key), CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_UnwrapKeyAuthenticated(sess, PLAIN(c), by, NULL, 1, NULL, 0, AAD, &key), CKR_ARGUMENTS_BAD);
	assert_rv(unwrap_with(PLAIN(c), by, NULL, 0, &key), CKR_TEMPLATE_INCOMPLETE);
	assert_ok(unwrap(PLAIN(c), by, &key));
}

static void templates_hold_as_for_wrapping(void **state)
{
	const struct aead_case *c = &aead_cases[0];
	CK_ATTRIBUTE keep[] = {YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE)}, open[] = {NO(CKA_SENSITIVE)};
	CK_OBJECT_HANDLE by = aead_key(c, LIST({CKA_UNWRAP_TEMPLATE, keep, sizeof(keep)}, {CKA_WRAP_TEMPLATE, open, sizeof(open)})), key;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                           NO(CKA_SENSITIVE)};

	(void)state;
	assert_rv(wrap(PLAIN(c), by, target_with(LIST(YES(CKA_SENSITIVE)))), CKR_KEY_HANDLE_INVALID);
	assert_ok(wrap(PLAIN(c), by, target_with(NULL, 0)));
	assert_rv(unwrap_with(PLAIN(c), by, template, 3, &key), CKR_TEMPLATE_INCONSISTENT);
	assert_ok(unwrap(PLAIN(c), by, &key));
	assert_true(get_bool(sess, key, CKA_SENSITIVE));
	assert_false(get_bool(sess, key, CKA_EXTRACTABLE));
}

static void rule_370_an_operation_goes_on(void **state)
{
	const struct aead_case *c = &aead_cases[1];
	CK_OBJECT_HANDLE by = aead_key(c, NULL, 0), key;

	(void)state;
	assert_ok(start(ENCRYPT));
	assert_ok(wrap(PLAIN(c), by, target_with(NULL, 0)));
	assert_ok(unwrap(PLAIN(c), by, &key));
	assert_true(is_active(ENCRYPT));
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_365_the_value_is_sealed_and_the_tag_is_in_the_parameter),
		WITH_KEYS(private_keys_come_back),
		WITH_KEYS(the_same_mechanisms_wrap_without_associated_data_of_the_call),
		WITH_KEYS(rule_365_the_token_chooses_nonces),
		WITH_KEYS(what_is_not_authentic_makes_no_key),
		WITH_KEYS(rule_365_the_parameter_is_that_of_a_message),
		WITH_KEYS(rule_262_the_length_follows_the_output_convention),
		WITH_KEYS(whose_fault_the_code_says),
		WITH_KEYS(templates_hold_as_for_wrapping),
		WITH_KEYS(rule_370_an_operation_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
