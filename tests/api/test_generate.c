/* SPDX-License-Identifier: Apache-2.0 */
/* Key generation, rules 354, 369 to 371: what the mechanism implies, what a template may say, where the new keys may
 * live, nothing left behind by a refusal. Refuses to know what the keys can do (test_mechanisms). */
#include "operations.h"

static CK_ULONG bytes_16 = 16, bits_2048 = 2048;
static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static CK_BYTE ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
static CK_MECHANISM aes_gen = {CKM_AES_KEY_GEN, NULL, 0}, generic_gen = {CKM_GENERIC_SECRET_KEY_GEN, NULL, 0};
static CK_MECHANISM rsa_gen = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0}, ec_gen = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
static CK_MECHANISM ed_gen = {CKM_EC_EDWARDS_KEY_PAIR_GEN, NULL, 0};
static CK_OBJECT_HANDLE one, other;

static CK_RV generate(CK_MECHANISM *m, CK_ATTRIBUTE *template, CK_ULONG count)
{
	one = CK_INVALID_HANDLE;
	return p11->C_GenerateKey(sess, m, template, count, &one);
}

static CK_RV generate_pair(CK_MECHANISM *m, CK_ATTRIBUTE *public, CK_ULONG public_count, CK_ATTRIBUTE *private,
                           CK_ULONG private_count)
{
	one = other = CK_INVALID_HANDLE;
	return p11->C_GenerateKeyPair(sess, m, public, public_count, private, private_count, &one, &other);
}

static const struct pair {
	const char *name;
	CK_MECHANISM *mechanism;
	CK_KEY_TYPE type;
	CK_ATTRIBUTE needed;
} pairs[] = {
	{"RSA", &rsa_gen, CKK_RSA, {CKA_MODULUS_BITS, &bits_2048, sizeof(bits_2048)}},
	{"EC", &ec_gen, CKK_EC, {CKA_EC_PARAMS, p256, sizeof(p256)}},
	{"Ed25519", &ed_gen, CKK_EC_EDWARDS, {CKA_EC_PARAMS, ed25519, sizeof(ed25519)}},
};

static const struct secret_kind {
	const char *name;
	CK_MECHANISM *mechanism;
	CK_KEY_TYPE type;
} secrets[] = {{"AES", &aes_gen, CKK_AES}, {"generic secret", &generic_gen, CKK_GENERIC_SECRET}};

static void rule_354_class_type_and_origin_follow_from_the_mechanism(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(secrets); i++) {
		CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}};

		assert_ok(generate(secrets[i].mechanism, template, 1));
		assert_int_equal(get_ulong(sess, one, CKA_CLASS), CKO_SECRET_KEY);
		assert_int_equal(get_ulong(sess, one, CKA_KEY_TYPE), secrets[i].type);
		assert_int_equal(get_ulong(sess, one, CKA_KEY_GEN_MECHANISM), secrets[i].mechanism->mechanism);
		assert_true(get_bool(sess, one, CKA_LOCAL));
	}
	for (size_t i = 0; i < COUNT(pairs); i++) {
		CK_ATTRIBUTE public[] = {pairs[i].needed};

		assert_ok(generate_pair(pairs[i].mechanism, public, 1, NULL, 0));
		assert_int_equal(get_ulong(sess, one, CKA_CLASS), CKO_PUBLIC_KEY);
		assert_int_equal(get_ulong(sess, other, CKA_CLASS), CKO_PRIVATE_KEY);
		assert_int_equal(get_ulong(sess, one, CKA_KEY_TYPE), pairs[i].type);
		assert_int_equal(get_ulong(sess, other, CKA_KEY_TYPE), pairs[i].type);
		assert_true(get_bool(sess, one, CKA_LOCAL));
		assert_true(get_bool(sess, other, CKA_LOCAL));
		assert_int_equal(get_ulong(sess, one, CKA_KEY_GEN_MECHANISM), pairs[i].mechanism->mechanism);
		assert_int_equal(get_ulong(sess, other, CKA_KEY_GEN_MECHANISM), pairs[i].mechanism->mechanism);
	}
}

static void rule_354_a_template_may_repeat_class_and_type(void **state)
{
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
		{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)},
	};
	CK_ATTRIBUTE public[] = {
		{CKA_CLASS, &public_key_class, sizeof(public_key_class)}, {CKA_KEY_TYPE, &ec_type, sizeof(ec_type)},
		{CKA_EC_PARAMS, p256, sizeof(p256)},
	};
	CK_ATTRIBUTE private[] = {
		{CKA_CLASS, &private_key_class, sizeof(private_key_class)}, {CKA_KEY_TYPE, &ec_type, sizeof(ec_type)},
	};

	(void)state;
	assert_ok(generate(&aes_gen, template, COUNT(template)));
	assert_ok(generate_pair(&ec_gen, public, COUNT(public), private, COUNT(private)));
}

static void rule_354_a_contradicting_class_or_type_is_inconsistent(void **state)
{
	CK_ATTRIBUTE wrong_type[] = {{CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
	                             {CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}};
	CK_ATTRIBUTE wrong_class[] = {{CKA_CLASS, &public_key_class, sizeof(public_key_class)},
	                              {CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}};
	CK_ATTRIBUTE good[] = {{CKA_EC_PARAMS, p256, sizeof(p256)}};
	CK_ATTRIBUTE wrong_public[] = {{CKA_EC_PARAMS, p256, sizeof(p256)}, {CKA_KEY_TYPE, &rsa_type, sizeof(rsa_type)}};
	CK_ATTRIBUTE wrong_private[] = {{CKA_CLASS, &public_key_class, sizeof(public_key_class)}};
	size_t before;

	(void)state;
	before = count_objects(sess);
	assert_rv(generate(&aes_gen, wrong_type, 2), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(generate(&aes_gen, wrong_class, 2), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(generate_pair(&ec_gen, wrong_public, 2, NULL, 0), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(generate_pair(&ec_gen, good, 1, wrong_private, 1), CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(count_objects(sess), before);
}

static void rule_354_what_the_token_makes_cannot_be_given(void **state)
{
	CK_BYTE value[16] = {0};
	CK_MECHANISM_TYPE mechanism = CKM_AES_KEY_GEN;
	const CK_ATTRIBUTE given[] = {
		{CKA_VALUE, value, sizeof(value)}, {CKA_LOCAL, &yes, sizeof(yes)},
		{CKA_ALWAYS_SENSITIVE, &yes, sizeof(yes)}, {CKA_NEVER_EXTRACTABLE, &yes, sizeof(yes)},
		{CKA_KEY_GEN_MECHANISM, &mechanism, sizeof(mechanism)},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(given); i++) {
		CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}, given[i]};

		assert_rv_in(generate(&aes_gen, template, 2), CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_READ_ONLY,
		             CKR_ATTRIBUTE_TYPE_INVALID);
	}
}

static void rule_354_history_attributes_of_new_keys(void **state)
{
	(void)state;
	for (int sensitive = 0; sensitive < 2; sensitive++) {
		for (int extractable = 0; extractable < 2; extractable++) {
			CK_ATTRIBUTE template[] = {
				{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)},
				{CKA_SENSITIVE, sensitive ? &yes : &no, sizeof(yes)},
				{CKA_EXTRACTABLE, extractable ? &yes : &no, sizeof(yes)},
			};

			assert_ok(generate(&aes_gen, template, COUNT(template)));
			assert_int_equal(get_bool(sess, one, CKA_ALWAYS_SENSITIVE), sensitive);
			assert_int_equal(get_bool(sess, one, CKA_NEVER_EXTRACTABLE), !extractable);
		}
	}
}

static void rule_354_what_a_mechanism_needs_must_be_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(secrets); i++)
		assert_rv(generate(secrets[i].mechanism, NULL, 0), CKR_TEMPLATE_INCOMPLETE);
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_rv(generate_pair(pairs[i].mechanism, NULL, 0, NULL, 0), CKR_TEMPLATE_INCOMPLETE);
}

static void rule_354_sizes_out_of_range_are_refused(void **state)
{
	const CK_ULONG bad_bytes[] = {0, 1, 15, 17, 33, ~0UL}, bad_bits[] = {0, 7, 512, 1UL << 20, ~0UL};

	(void)state;
	for (size_t i = 0; i < COUNT(bad_bytes); i++) {
		CK_ULONG n = bad_bytes[i];
		CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &n, sizeof(n)}};

		assert_rv_in(generate(&aes_gen, template, 1), CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE,
		             CKR_TEMPLATE_INCONSISTENT);
	}
	for (size_t i = 0; i < COUNT(bad_bits); i++) {
		CK_ULONG n = bad_bits[i];
		CK_ATTRIBUTE template[] = {{CKA_MODULUS_BITS, &n, sizeof(n)}};

		assert_rv_in(generate_pair(&rsa_gen, template, 1, NULL, 0), CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE,
		             CKR_TEMPLATE_INCONSISTENT);
	}
}

static void rule_354_new_keys_are_new(void **state)
{
	CK_BYTE values[3][16];
	CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}, {CKA_SENSITIVE, &no, sizeof(no)},
	                           {CKA_EXTRACTABLE, &yes, sizeof(yes)}};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		CK_ATTRIBUTE value = {CKA_VALUE, values[i], sizeof(values[i])};

		assert_ok(generate(&aes_gen, template, COUNT(template)));
		assert_ok(p11->C_GetAttributeValue(sess, one, &value, 1));
		assert_int_equal(value.ulValueLen, 16);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(values[i], values[k], 16);
	}
}

static void rule_354_an_rsa_key_has_the_exponent_asked_for(void **state)
{
	CK_BYTE f4[] = {1, 0, 1}, three[] = {3}, got[8];
	CK_ATTRIBUTE exponents[] = {{CKA_PUBLIC_EXPONENT, f4, sizeof(f4)}, {CKA_PUBLIC_EXPONENT, three, sizeof(three)}};

	(void)state;
	for (size_t i = 0; i < COUNT(exponents); i++) {
		CK_ATTRIBUTE public[] = {pairs[0].needed, exponents[i]}, value = {CKA_PUBLIC_EXPONENT, got, sizeof(got)};
		CK_RV rv = generate_pair(&rsa_gen, public, 2, NULL, 0);

		if (i > 0 && rv != CKR_OK) { /* small exponents may be refused, with a code that says so */
			assert_rv_in(rv, CKR_ATTRIBUTE_VALUE_INVALID);
			continue;
		}
		assert_ok(rv);
		assert_ok(p11->C_GetAttributeValue(sess, one, &value, 1));
		assert_int_equal(value.ulValueLen, exponents[i].ulValueLen);
		assert_memory_equal(got, exponents[i].pValue, value.ulValueLen);
		assert_int_equal(get_ulong(sess, one, CKA_MODULUS_BITS), 2048);
	}
}

static void rule_253_other_mechanisms_do_not_generate(void **state)
{
	CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}};
	CK_ATTRIBUTE public[] = {pairs[0].needed};
	CK_MECHANISM unknown = {CKM_VENDOR_DEFINED | 0x7ab1e, NULL, 0};
	CK_MECHANISM *for_pairs[] = {&aes_gen, &m_sha256, &m_rsa, &unknown};
	CK_MECHANISM *for_keys[] = {&rsa_gen, &ec_gen, &m_sha256, &m_cbc, &unknown};
	CK_MECHANISM with_parameter = {CKM_AES_KEY_GEN, template, 4};

	(void)state;
	for (size_t i = 0; i < COUNT(for_keys); i++)
		assert_rv(generate(for_keys[i], template, 1), CKR_MECHANISM_INVALID);
	for (size_t i = 0; i < COUNT(for_pairs); i++)
		assert_rv(generate_pair(for_pairs[i], public, 1, NULL, 0), CKR_MECHANISM_INVALID);
	assert_rv(generate(&with_parameter, template, 1), CKR_MECHANISM_PARAM_INVALID);
}

static void rule_369_token_keys_need_a_rw_session(void **state)
{
	CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}, {CKA_TOKEN, &yes, sizeof(yes)}};
	CK_ATTRIBUTE token[] = {{CKA_TOKEN, &yes, sizeof(yes)}}, public[] = {pairs[1].needed, token[0]};
	size_t before;

	(void)state;
	close_session(sess);
	sess = open_ro();
	before = count_objects(sess);
	assert_int_equal(session_state(sess), CKS_RO_USER_FUNCTIONS);
	assert_rv(generate(&aes_gen, template, 2), CKR_SESSION_READ_ONLY);
	assert_rv(generate_pair(&ec_gen, public, 2, NULL, 0), CKR_SESSION_READ_ONLY);
	assert_rv(generate_pair(&ec_gen, public, 1, token, 1), CKR_SESSION_READ_ONLY);
	assert_int_equal(count_objects(sess), before);
	assert_ok(generate(&aes_gen, template, 1));
	assert_ok(generate_pair(&ec_gen, public, 1, NULL, 0));
	close_session(sess);
	sess = open_rw();
	assert_ok(generate(&aes_gen, template, 2));
	assert_ok(generate_pair(&ec_gen, public, 2, token, 1));
	assert_true(get_bool(sess, other, CKA_TOKEN));
}

static void rule_369_private_keys_need_the_user(void **state)
{
	CK_ATTRIBUTE private[] = {{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}, {CKA_PRIVATE, &yes, sizeof(yes)}};
	CK_ATTRIBUTE open[] = {{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}, {CKA_PRIVATE, &no, sizeof(no)}};
	CK_ATTRIBUTE public[] = {pairs[1].needed};
	size_t before;

	(void)state;
	logout(sess);
	before = count_objects(sess);
	for (int so = 0; so < 2; so++) {
		if (so)
			login_so(sess);
		assert_rv(generate(&aes_gen, private, 2), CKR_USER_NOT_LOGGED_IN);
		assert_rv(generate_pair(&ec_gen, public, 1, private + 1, 1), CKR_USER_NOT_LOGGED_IN);
		assert_int_equal(count_objects(sess), before);
	}
	logout(sess);
	assert_ok(generate(&aes_gen, open, 2));
	assert_ok(generate_pair(&ec_gen, public, 1, open + 1, 1));
}

static void rule_370_generation_is_no_operation(void **state)
{
	CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}}, public[] = {pairs[1].needed};

	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		assert_ok(generate(&aes_gen, template, 1));
		assert_ok(generate_pair(&ec_gen, public, 1, NULL, 0));
		assert_false(is_active((enum kind)kind));
		assert_ok(start((enum kind)kind));
		assert_ok(generate(&aes_gen, template, 1));
		assert_ok(generate_pair(&ec_gen, public, 1, NULL, 0));
		assert_true(is_active((enum kind)kind));
		renew_session();
	}
}

static void rule_371_a_curve_that_is_not_here(void **state)
{
	CK_BYTE sm2[] = {0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d};
	CK_BYTE noise[] = {1, 2, 3}, cut[] = {0x06, 0x08, 0x2a, 0x86};
	const struct {
		CK_ATTRIBUTE params;
		bool valid; /* a curve, but none of this token's */
	} cases[] = {
		{{CKA_EC_PARAMS, sm2, sizeof(sm2)}, true}, {{CKA_EC_PARAMS, noise, sizeof(noise)}, false},
		{{CKA_EC_PARAMS, cut, sizeof(cut)}, false}, {{CKA_EC_PARAMS, NULL, 0}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_ATTRIBUTE public[] = {cases[i].params};

		if (cases[i].valid)
			assert_rv(generate_pair(&ec_gen, public, 1, NULL, 0), CKR_CURVE_NOT_SUPPORTED);
		else
			assert_rv_in(generate_pair(&ec_gen, public, 1, NULL, 0), CKR_CURVE_NOT_SUPPORTED, CKR_DOMAIN_PARAMS_INVALID,
			             CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCOMPLETE);
	}
}

static void generation_checks_its_pointers(void **state)
{
	CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}}, public[] = {pairs[1].needed};
	size_t before = count_objects(sess);

	(void)state;
	assert_rv(p11->C_GenerateKey(sess, NULL, template, 1, &one), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GenerateKey(sess, &aes_gen, NULL, 1, &one), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GenerateKey(sess, &aes_gen, template, 1, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GenerateKeyPair(sess, NULL, public, 1, NULL, 0, &one, &other), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GenerateKeyPair(sess, &ec_gen, NULL, 1, NULL, 0, &one, &other), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GenerateKeyPair(sess, &ec_gen, public, 1, NULL, 1, &one, &other), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GenerateKeyPair(sess, &ec_gen, public, 1, NULL, 0, NULL, &other), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GenerateKeyPair(sess, &ec_gen, public, 1, NULL, 0, &one, NULL), CKR_ARGUMENTS_BAD);
	assert_int_equal(count_objects(sess), before);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_354_class_type_and_origin_follow_from_the_mechanism),
		WITH_KEYS(rule_354_a_template_may_repeat_class_and_type),
		WITH_KEYS(rule_354_a_contradicting_class_or_type_is_inconsistent),
		WITH_KEYS(rule_354_what_the_token_makes_cannot_be_given),
		WITH_KEYS(rule_354_history_attributes_of_new_keys),
		WITH_KEYS(rule_354_what_a_mechanism_needs_must_be_there),
		WITH_KEYS(rule_354_sizes_out_of_range_are_refused),
		WITH_KEYS(rule_354_new_keys_are_new),
		WITH_KEYS(rule_354_an_rsa_key_has_the_exponent_asked_for),
		WITH_KEYS(rule_253_other_mechanisms_do_not_generate),
		WITH_KEYS(rule_369_token_keys_need_a_rw_session),
		WITH_KEYS(rule_369_private_keys_need_the_user),
		WITH_KEYS(rule_370_generation_is_no_operation),
		WITH_KEYS(rule_371_a_curve_that_is_not_here),
		WITH_KEYS(generation_checks_its_pointers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
