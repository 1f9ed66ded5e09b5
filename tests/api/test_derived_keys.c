/* SPDX-License-Identifier: Apache-2.0 */
/* Every announced derivation that makes a secret key, against every rule for derived keys: where they come from, what
 * they inherit, what the base key prescribes, lengths and types, check values, the policy's least strength. A rule that one
 * mechanism forgot fails with the mechanism's name. Refuses to know what the keys are. */
#include "operations.h"

#include "mechanisms.h"
#include "policy_kit.h"

#define YES(type) {type, &yes, sizeof(yes)}
#define NO(type) {type, &no, sizeof(no)}
#define LIST(...) (CK_ATTRIBUTE[]){__VA_ARGS__}, sizeof((CK_ATTRIBUTE[]){__VA_ARGS__}) / sizeof(CK_ATTRIBUTE)
#define NUMBER(type, variable) {type, &(variable), sizeof(variable)}

static CK_ULONG value_length;
static CK_KEY_TYPE key_type;

/* ---- the mechanisms --------------------------------------------------------------------------------- */

/* Master secrets: a generic secret of 48 bytes and nothing else. */
static bool is_master(CK_MECHANISM_TYPE type)
{
	const char *name = mechanism_case_of(type)->name;

	return strstr(name, "MASTER_KEY_DERIVE") != NULL;
}

/* One block of the function is the key. */
static bool is_block(CK_MECHANISM_TYPE type)
{
	return type == CKM_IKE_PRF_DERIVE;
}

/* The same, or its first bytes. */
static bool is_of_block(CK_MECHANISM_TYPE type)
{
	return is_block(type) || type == CKM_IKE1_PRF_DERIVE;
}

/* Keys of a call without a key of its own, and results that are no secret keys. */
static bool makes_secret_key(const struct mechanism_case *c)
{
	CK_MECHANISM_INFO info;

	if (!has_mechanism(c->type) || c->family == F_HKDF_DATA || c->family == F_PUBLIC_HALF || strstr(c->name, "KEY_AND_MAC") != NULL ||
	    c->type == CKM_TLS12_KEY_SAFE_DERIVE || c->type == CKM_TLS_PRF)
		return false;
	assert_ok(p11->C_GetMechanismInfo(slot, c->type, &info));
	return (info.flags & CKF_DERIVE) != 0;
}

static CK_ULONG usual_length(const struct mechanism_case *c)
{
	return is_master(c->type) ? 48 : is_block(c->type) ? 32 : 16;
}

/* ---- base keys -------------------------------------------------------------------------------------- */

static const struct {
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE generation;
	bool fixed; /* no CKA_VALUE_LEN */
} secrets[] = {
	{CKK_GENERIC_SECRET, CKM_GENERIC_SECRET_KEY_GEN, false}, {CKK_AES, CKM_AES_KEY_GEN, false}, {CKK_DES, CKM_DES_KEY_GEN, true},
	{CKK_DES3, CKM_DES3_KEY_GEN, true}, {CKK_CAMELLIA, CKM_CAMELLIA_KEY_GEN, false}, {CKK_ARIA, CKM_ARIA_KEY_GEN, false},
	{CKK_SEED, CKM_SEED_KEY_GEN, true}, {CKK_CAST128, CKM_CAST128_KEY_GEN, false}, {CKK_IDEA, CKM_IDEA_KEY_GEN, true},
};

static CK_OBJECT_HANDLE generate_secret(CK_KEY_TYPE type, CK_ULONG length, const CK_ATTRIBUTE *extra, CK_ULONG count)
{
	for (size_t i = 0; i < COUNT(secrets); i++) {
		CK_MECHANISM m = {secrets[i].generation, NULL, 0};
		CK_ATTRIBUTE template[8] = {YES(CKA_DERIVE), NO(CKA_PRIVATE)};
		CK_ULONG n = 2;
		CK_OBJECT_HANDLE key;

		if (secrets[i].type != type)
			continue;
		if (!secrets[i].fixed)
			template[n++] = (CK_ATTRIBUTE)NUMBER(CKA_VALUE_LEN, length);
		memcpy(template + n, extra, count * sizeof(*extra));
		assert_ok(p11->C_GenerateKey(sess, &m, template, n + count, &key));
		return key;
	}
	fail_msg("no generation for key type 0x%lx", type);
	return 0;
}

/* In the group or on the curve of another private key. */
static CK_OBJECT_HANDLE generate_private(CK_OBJECT_HANDLE like, CK_KEY_TYPE type, const CK_ATTRIBUTE *extra, CK_ULONG count)
{
	static CK_BYTE numbers[3][256];
	CK_ATTRIBUTE domain[] = {{CKA_EC_PARAMS, numbers[0], sizeof(numbers[0])}, {CKA_PRIME, numbers[0], sizeof(numbers[0])},
	                         {CKA_BASE, numbers[1], sizeof(numbers[1])}, {CKA_SUBPRIME, numbers[2], sizeof(numbers[2])}};
	bool curve = type == CKK_EC;
	CK_ATTRIBUTE *parts = curve ? domain : domain + 1, template[8] = {YES(CKA_DERIVE), NO(CKA_PRIVATE)};
	CK_ULONG part_count = curve ? 1 : type == CKK_DH ? 2 : 3;
	CK_MECHANISM m = {curve ? CKM_EC_KEY_PAIR_GEN : type == CKK_DH ? CKM_DH_PKCS_KEY_PAIR_GEN : CKM_X9_42_DH_KEY_PAIR_GEN, NULL, 0};
	CK_OBJECT_HANDLE public, private;

	assert_ok(p11->C_GetAttributeValue(sess, like, parts, part_count));
	memcpy(template + 2, extra, count * sizeof(*extra));
	assert_ok(p11->C_GenerateKeyPair(sess, &m, parts, part_count, template, 2 + count, &public, &private));
	return private;
}

/* A key that the mechanism derives from, with a past without a stain. */
static CK_OBJECT_HANDLE generate_base(const struct mechanism_case *c, const CK_ATTRIBUTE *extra, CK_ULONG count)
{
	CK_OBJECT_HANDLE like = mechanism_key(c, DECRYPT);
	CK_KEY_TYPE type = get_ulong(sess, like, CKA_KEY_TYPE);

	if (get_ulong(sess, like, CKA_CLASS) == CKO_PRIVATE_KEY)
		return generate_private(like, type, extra, count);
	return generate_secret(type, is_master(c->type) ? 48 : 32, extra, count);
}

static CK_RV derive_with(const struct mechanism_case *c, CK_OBJECT_HANDLE base, const CK_ATTRIBUTE *extra, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM m = *mechanism_of(c);
	CK_ATTRIBUTE template[12] = {NUMBER(CKA_CLASS, secret_key_class), NUMBER(CKA_KEY_TYPE, key_type), NO(CKA_PRIVATE)};
	CK_ULONG n = 3;

	if (value_length > 0)
		template[n++] = (CK_ATTRIBUTE)NUMBER(CKA_VALUE_LEN, value_length);
	memcpy(template + n, extra, count * sizeof(*extra));
	return p11->C_DeriveKey(sess, &m, base, template, n + count, ret);
}

/* ---- the walk --------------------------------------------------------------------------------------- */

static const struct mechanism_case *current;

static void expect_one_of(CK_RV got, const CK_RV *right, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++) {
		if (got == right[i])
			return;
	}
	fail_msg("%s: %s: %s, not %s", current->name, what, rv_text(got), rv_text(right[0]));
}

#define expect(expression, ...) expect_one_of((expression), (CK_RV[]){__VA_ARGS__}, COUNT(((CK_RV[]){__VA_ARGS__})), #expression)

static void expect_bool(CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE type, bool right, const char *what)
{
	if (get_bool(sess, key, type) != right)
		fail_msg("%s: %s of the derived key is not %d: %s", current->name, what, right, right ? "it should be" : "it should not be");
}

static void usual(CK_KEY_TYPE type)
{
	key_type = type;
	value_length = usual_length(current);
}

static void for_each_derivation(void (*rule)(const struct mechanism_case *c))
{
	size_t count = 0;

	for (size_t i = 0; i < mechanism_case_count; i++) {
		current = &mechanism_cases[i];
		if (!makes_secret_key(current))
			continue;
		usual(CKK_GENERIC_SECRET);
		rule(current);
		count++;
	}
	print_message("# %zu mechanisms\n", count);
	assert_true(count > 50);
}

#define DERIVE(c, base, ...) derive_with(c, base, LIST(__VA_ARGS__), &key)

/* ---- where a derived key comes from ------------------------------------------------------------------ */

/* The keys that a parameter names count, too: in mechanisms.c they are readable and no older than the test. */
static bool names_another_key(const struct mechanism_case *c)
{
	return c->family == F_CONCATENATE_KEY || c->type == CKM_IKE1_PRF_DERIVE;
}

static void check_past(const struct mechanism_case *c, CK_OBJECT_HANDLE base, CK_OBJECT_HANDLE key)
{
	bool clean = !names_another_key(c);

	expect_bool(key, CKA_LOCAL, false, "CKA_LOCAL");
	if (get_ulong(sess, key, CKA_KEY_GEN_MECHANISM) != CK_UNAVAILABLE_INFORMATION)
		fail_msg("%s: the derived key has a CKA_KEY_GEN_MECHANISM", c->name);
	expect_bool(key, CKA_ALWAYS_SENSITIVE, clean && get_bool(sess, base, CKA_ALWAYS_SENSITIVE) && get_bool(sess, key, CKA_SENSITIVE), "CKA_ALWAYS_SENSITIVE");
	expect_bool(key, CKA_NEVER_EXTRACTABLE, clean && get_bool(sess, base, CKA_NEVER_EXTRACTABLE) && !get_bool(sess, key, CKA_EXTRACTABLE),
	            "CKA_NEVER_EXTRACTABLE");
}

static void past_of(const struct mechanism_case *c)
{
	CK_OBJECT_HANDLE bases[] = {generate_base(c, LIST(YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE))), mechanism_key(c, DECRYPT)}, key;

	for (size_t i = 0; i < COUNT(bases); i++) {
		expect(DERIVE(c, bases[i], YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE)), CKR_OK);
		check_past(c, bases[i], key);
		expect(DERIVE(c, bases[i], NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE)), CKR_OK);
		check_past(c, bases[i], key);
	}
}

static void rule_364_every_derived_key_has_its_past(void **state)
{
	(void)state;
	for_each_derivation(past_of);
}

/* Of §6.43 and §6.40.9, §6.64.6: results that hold or show bytes of the base key. */
static bool keeps_secrecy(CK_MECHANISM_TYPE type)
{
	static const CK_MECHANISM_TYPE keepers[] = {
		CKM_CONCATENATE_BASE_AND_KEY, CKM_CONCATENATE_BASE_AND_DATA, CKM_CONCATENATE_DATA_AND_BASE, CKM_XOR_BASE_AND_DATA,
		CKM_EXTRACT_KEY_FROM_KEY, CKM_TLS_KDF, CKM_TLS12_KDF, CKM_IKE1_EXTENDED_DERIVE,
	};

	for (size_t i = 0; i < COUNT(keepers); i++) {
		if (keepers[i] == type)
			return true;
	}
	return false;
}

static void secrecy_of(const struct mechanism_case *c)
{
	CK_OBJECT_HANDLE secret = generate_base(c, LIST(YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE))), key;
	CK_BYTE value[64];
	CK_ATTRIBUTE a = {CKA_VALUE, value, sizeof(value)};

	expect(DERIVE(c, secret, NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE)), CKR_OK);
	expect_bool(key, CKA_SENSITIVE, keeps_secrecy(c->type), "CKA_SENSITIVE");
	expect_bool(key, CKA_EXTRACTABLE, !keeps_secrecy(c->type), "CKA_EXTRACTABLE");
	expect(p11->C_GetAttributeValue(sess, key, &a, 1), keeps_secrecy(c->type) ? CKR_ATTRIBUTE_SENSITIVE : CKR_OK);
	expect(DERIVE(c, mechanism_key(c, DECRYPT), YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE)), CKR_OK);
	expect_bool(key, CKA_SENSITIVE, true, "CKA_SENSITIVE");
	expect_bool(key, CKA_EXTRACTABLE, false, "CKA_EXTRACTABLE");
}

static void bytes_of_a_sensitive_key_stay_sensitive_with_every_mechanism(void **state)
{
	(void)state;
	for_each_derivation(secrecy_of);
}

/* ---- what the base key prescribes ---------------------------------------------------------------------- */

static void prescribed_by(const struct mechanism_case *c)
{
	CK_MECHANISM_TYPE other = c->type == CKM_SHA256_KEY_DERIVATION ? CKM_SHA1_KEY_DERIVATION : CKM_SHA256_KEY_DERIVATION, own = c->type;
	CK_ATTRIBUTE inner[] = {YES(CKA_SENSITIVE), {CKA_LABEL, unconst("prescribed"), 10}};
	CK_OBJECT_HANDLE strict = generate_base(c, LIST({CKA_DERIVE_TEMPLATE, inner, sizeof(inner)})), key;
	CK_OBJECT_HANDLE for_other = generate_base(c, LIST(NUMBER(CKA_ALLOWED_MECHANISMS, other)));
	CK_OBJECT_HANDLE for_own = generate_base(c, LIST(NUMBER(CKA_ALLOWED_MECHANISMS, own)));
	CK_OBJECT_HANDLE for_nothing = generate_base(c, LIST(NO(CKA_EXTRACTABLE)));

	expect(DERIVE(c, strict, {CKA_LABEL, unconst("prescribed"), 10}), CKR_OK);
	expect_bool(key, CKA_SENSITIVE, true, "CKA_SENSITIVE");
	expect(DERIVE(c, strict, NO(CKA_SENSITIVE)), CKR_TEMPLATE_INCONSISTENT);
	expect(DERIVE(c, strict, {CKA_LABEL, unconst("other"), 5}), CKR_TEMPLATE_INCONSISTENT);
	expect(DERIVE(c, for_other, NO(CKA_SENSITIVE)), CKR_MECHANISM_INVALID);
	expect(DERIVE(c, for_own, NO(CKA_SENSITIVE)), CKR_OK);
	assert_ok(p11->C_SetAttributeValue(sess, for_nothing, &(CK_ATTRIBUTE)NO(CKA_DERIVE), 1));
	expect(DERIVE(c, for_nothing, NO(CKA_SENSITIVE)), CKR_KEY_TYPE_INCONSISTENT);
}

static void rule_362_every_base_key_prescribes(void **state)
{
	(void)state;
	for_each_derivation(prescribed_by);
}

/* ---- templates ------------------------------------------------------------------------------------------ */

static void template_of(const struct mechanism_case *c)
{
	CK_OBJECT_HANDLE base = mechanism_key(c, DECRYPT), key;
	CK_MECHANISM_TYPE made_by = CKM_AES_KEY_GEN;
	size_t before;

	before = count_objects(sess);
	expect(DERIVE(c, base, {CKA_VALUE, unconst(pattern), 16}), CKR_ATTRIBUTE_READ_ONLY);
	expect(DERIVE(c, base, YES(CKA_LOCAL)), CKR_ATTRIBUTE_READ_ONLY);
	expect(DERIVE(c, base, YES(CKA_ALWAYS_SENSITIVE)), CKR_ATTRIBUTE_READ_ONLY);
	expect(DERIVE(c, base, YES(CKA_NEVER_EXTRACTABLE)), CKR_ATTRIBUTE_READ_ONLY);
	expect(DERIVE(c, base, NUMBER(CKA_KEY_GEN_MECHANISM, made_by)), CKR_ATTRIBUTE_READ_ONLY);
	expect(DERIVE(c, base, YES(CKA_TRUSTED)), CKR_ATTRIBUTE_READ_ONLY);
	expect(DERIVE(c, base, {CKA_MODULUS, unconst(pattern), 16}), CKR_ATTRIBUTE_TYPE_INVALID);
	expect(DERIVE(c, base, {CKA_SENSITIVE, &yes, 2}), CKR_ATTRIBUTE_VALUE_INVALID);
	key_type = CKK_RSA;
	expect(DERIVE(c, base, NO(CKA_SENSITIVE)), CKR_ATTRIBUTE_VALUE_INVALID);
	key_type = 0x1234;
	expect(DERIVE(c, base, NO(CKA_SENSITIVE)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(count_objects(sess), before);
}

static void nothing_is_in_a_template_that_the_mechanism_makes(void **state)
{
	(void)state;
	for_each_derivation(template_of);
}

static void check_value_of(const struct mechanism_case *c)
{
	CK_OBJECT_HANDLE base = mechanism_key(c, DECRYPT), key, again;
	CK_BYTE check[16];
	CK_ATTRIBUTE a = {CKA_CHECK_VALUE, check, sizeof(check)};

	expect(DERIVE(c, base, NO(CKA_SENSITIVE)), CKR_OK);
	assert_ok(p11->C_GetAttributeValue(sess, key, &a, 1));
	assert_int_equal(a.ulValueLen, 3);
	expect(derive_with(c, base, &a, 1, &again), CKR_OK);
	check[2] ^= 1;
	expect(derive_with(c, base, &a, 1, &again), CKR_ATTRIBUTE_VALUE_INVALID);
	a.ulValueLen = 2;
	expect(derive_with(c, base, &a, 1, &again), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void a_check_value_must_be_the_keys(void **state)
{
	(void)state;
	for_each_derivation(check_value_of);
}

/* ---- types and lengths ------------------------------------------------------------------------------------ */

static bool has_odd_parity(CK_OBJECT_HANDLE key)
{
	CK_BYTE value[24];
	CK_ATTRIBUTE a = {CKA_VALUE, value, sizeof(value)};
	bool odd = true;

	assert_ok(p11->C_GetAttributeValue(sess, key, &a, 1));
	assert_int_equal(a.ulValueLen, sizeof(value));
	for (size_t i = 0; i < sizeof(value); i++)
		odd &= __builtin_parity(value[i]) == 1;
	return odd;
}

static void masters_length(CK_OBJECT_HANDLE base)
{
	static const CK_ULONG wrong[] = {16, 47, 49, 1000000, ~0ul};
	CK_OBJECT_HANDLE key;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		value_length = wrong[i];
		expect(DERIVE(current, base, NO(CKA_SENSITIVE)), CKR_TEMPLATE_INCONSISTENT);
	}
	usual(CKK_AES);
	expect(DERIVE(current, base, NO(CKA_SENSITIVE)), CKR_TEMPLATE_INCONSISTENT);
}

/* A length that the template does not say follows from the type, or from what there is, or is missing. */
static void missing_length(CK_OBJECT_HANDLE base)
{
	bool has_block = is_of_block(current->type);
	CK_OBJECT_HANDLE key;

	value_length = 0;
	key_type = CKK_AES;
	expect(DERIVE(current, base, NO(CKA_SENSITIVE)), has_block ? CKR_OK : CKR_TEMPLATE_INCOMPLETE);
	key_type = CKK_GENERIC_SECRET;
	expect(DERIVE(current, base, NO(CKA_SENSITIVE)), CKR_OK, CKR_TEMPLATE_INCOMPLETE);
	key_type = CKK_DES3;
	CK_RV rv = DERIVE(current, base, NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE));
	/* Where there are too few bytes, or another number. */
	expect(rv, has_block ? CKR_ATTRIBUTE_VALUE_INVALID : CKR_OK, has_block ? CKR_ATTRIBUTE_VALUE_INVALID : CKR_TEMPLATE_INCONSISTENT);
	if (rv == CKR_OK && !has_odd_parity(key))
		fail_msg("%s: a DES key without parity", current->name);
	value_length = 24;
	expect(DERIVE(current, base, NO(CKA_SENSITIVE)), CKR_ATTRIBUTE_TYPE_INVALID);
}

static void length_of(const struct mechanism_case *c)
{
	CK_OBJECT_HANDLE base = mechanism_key(c, DECRYPT), key;

	if (is_master(c->type)) {
		masters_length(base);
		return;
	}
	usual(CKK_AES);
	expect(DERIVE(c, base, NO(CKA_SENSITIVE)), CKR_OK);
	assert_int_equal(get_ulong(sess, key, CKA_VALUE_LEN), value_length);
	value_length = 17;
	expect(DERIVE(c, base, NO(CKA_SENSITIVE)), CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCONSISTENT, is_block(c->type) ? CKR_KEY_SIZE_RANGE : CKR_OK);
	key_type = CKK_GENERIC_SECRET;
	for (value_length = 1000000; value_length != 0; value_length = value_length == 1000000 ? ~0ul : 0)
		expect(DERIVE(c, base, NO(CKA_SENSITIVE)), is_of_block(c->type) ? CKR_KEY_SIZE_RANGE : CKR_ATTRIBUTE_VALUE_INVALID);
	missing_length(base);
}

static void types_have_their_lengths(void **state)
{
	(void)state;
	for_each_derivation(length_of);
}

/* ---- key blocks: all keys of a call ------------------------------------------------------------------------ */

static const CK_MECHANISM_TYPE blocks[] = {CKM_SSL3_KEY_AND_MAC_DERIVE, CKM_TLS_KEY_AND_MAC_DERIVE, CKM_TLS12_KEY_AND_MAC_DERIVE, CKM_TLS12_KEY_SAFE_DERIVE};

static CK_SSL3_KEY_MAT_OUT *derive_block(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE base, CK_KEY_TYPE of, CK_ULONG bits)
{
	CK_MECHANISM *m = mechanism_of(mechanism_case_of(type));
	CK_SSL3_KEY_MAT_PARAMS *p = m->pParameter; /* TLS 1.2's begins with the same members */
	CK_ATTRIBUTE template[] = {NUMBER(CKA_KEY_TYPE, of), NO(CKA_PRIVATE)};

	p->ulKeySizeInBits = bits;
	assert_ok(p11->C_DeriveKey(sess, m, base, template, COUNT(template), NULL));
	return p->pReturnedKeyMaterial;
}

static void rule_364_every_key_of_a_block_has_its_past(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(blocks); i++) {
		CK_OBJECT_HANDLE clean = generate_secret(CKK_GENERIC_SECRET, 48, LIST(YES(CKA_SENSITIVE), NO(CKA_EXTRACTABLE)));

		current = mechanism_case_of(blocks[i]);
		const CK_SSL3_KEY_MAT_OUT *out = derive_block(blocks[i], clean, CKK_AES, 128);
		const CK_OBJECT_HANDLE made[] = {out->hClientMacSecret, out->hServerMacSecret, out->hClientKey, out->hServerKey};
		for (size_t k = 0; k < COUNT(made); k++) {
			check_past(current, clean, made[k]);
			expect_bool(made[k], CKA_SENSITIVE, true, "CKA_SENSITIVE");
			expect_bool(made[k], CKA_EXTRACTABLE, false, "CKA_EXTRACTABLE");
		}
	}
}

static void triple_des_keys_of_a_block_have_parity(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(blocks); i++) {
		CK_OBJECT_HANDLE base = generate_secret(CKK_GENERIC_SECRET, 48, LIST(NO(CKA_SENSITIVE), YES(CKA_EXTRACTABLE)));
		const CK_SSL3_KEY_MAT_OUT *out = derive_block(blocks[i], base, CKK_DES3, 192);

		assert_true(has_odd_parity(out->hClientKey));
		assert_true(has_odd_parity(out->hServerKey));
	}
}

/* ---- the policy's least strength --------------------------------------------------------------------------- */

static int setup_policy(void **state)
{
	int failed = setup_module(state);

	if (failed)
		return failed;
	use_policy("[policy]\nprofile = legacy\nmin_symmetric_bits = 112\n");
	sess = policy_session;
	make_keys(sess, &keys);
	return 0;
}

/* DES has 56 bits, AES has enough. */
static void weak_key_of(const struct mechanism_case *c)
{
	CK_OBJECT_HANDLE base = mechanism_key(c, DECRYPT), key;

	if (is_master(c->type))
		return;
	expect(DERIVE(c, base, NO(CKA_SENSITIVE)), CKR_OK);
	usual(CKK_AES);
	expect(DERIVE(c, base, NO(CKA_SENSITIVE)), CKR_OK);
	key_type = CKK_DES;
	value_length = 0;
	expect(DERIVE(c, base, NO(CKA_SENSITIVE)), is_of_block(c->type) ? CKR_ATTRIBUTE_VALUE_INVALID : CKR_KEY_SIZE_RANGE);
}

static void no_derivation_makes_a_key_weaker_than_the_policy_wants(void **state)
{
	(void)state;
	for_each_derivation(weak_key_of);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_364_every_derived_key_has_its_past),
		WITH_KEYS(bytes_of_a_sensitive_key_stay_sensitive_with_every_mechanism),
		WITH_KEYS(rule_362_every_base_key_prescribes),
		WITH_KEYS(nothing_is_in_a_template_that_the_mechanism_makes),
		WITH_KEYS(a_check_value_must_be_the_keys),
		WITH_KEYS(types_have_their_lengths),
		WITH_KEYS(rule_364_every_key_of_a_block_has_its_past),
		WITH_KEYS(triple_des_keys_of_a_block_have_parity),
		cmocka_unit_test_setup_teardown(no_derivation_makes_a_key_weaker_than_the_policy_wants, setup_policy, teardown_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
