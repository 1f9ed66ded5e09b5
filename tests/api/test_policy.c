/* SPDX-License-Identifier: Apache-2.0 */
/* Policies (doc/policy.md): what they take away is gone from the lists and refused by every call, what they leave works;
 * profiles, rules in order, uses, strengths, curves, digests, policies of single tokens, dates, and mistakes. */
#include "policy_kit.h"

static CK_OBJECT_HANDLE key, public_key, private_key;
static CK_BYTE out[1024];
static CK_ULONG out_len;
static CK_BYTE iv[16];

static CK_MECHANISM_INFO info_of(CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_INFO info = {0};

	assert_ok(p11->C_GetMechanismInfo(slot, type, &info));
	return info;
}

static size_t mechanism_count(void)
{
	CK_ULONG count = 0;

	assert_ok(p11->C_GetMechanismList(slot, NULL, &count));
	return count;
}

static CK_OBJECT_HANDLE aes(CK_ULONG length)
{
	assert_ok(generate(CKM_AES_KEY_GEN, length, NULL, 0, &key));
	return key;
}

/* ---- profiles ------------------------------------------------------------------------------ */

static void profiles_leave_what_they_say(void **state)
{
	static const struct {
		const char *text;
		CK_MECHANISM_TYPE type;
		bool left;
	} rows[] = {
		{"policy = legacy", CKM_RSA_X_509, true}, {"policy = legacy", CKM_DES3_CBC, true},
		{"", CKM_RSA_X_509, true}, {"", CKM_DES3_CBC, true}, {"", CKM_SHA_1, true}, {"", CKM_SHA_1_HMAC, true},
		{"", CKM_SHA1_RSA_PKCS, true}, {"", CKM_RSA_PKCS, true}, {"", CKM_AES_ECB, true},
		{"[policy]\nprofile = fips-like", CKM_RSA_X_509, false}, {"policy = fips-like", CKM_CHACHA20_POLY1305, false},
		{"policy = fips-like", CKM_AES_GCM, true}, {"policy = fips-like", CKM_SHA_1, true}, {"policy = fips-like", CKM_ML_KEM, true},
		{"policy = cnsa2", CKM_SHA256, false}, {"policy = cnsa2", CKM_RSA_PKCS_PSS, false}, {"policy = cnsa2", CKM_ECDSA, false},
		{"policy = cnsa2", CKM_SHA384, true}, {"policy = cnsa2", CKM_ML_DSA, true}, {"policy = cnsa2", CKM_AES_GCM, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		write_policy(rows[i].text);
		initialize();
		slot = first_slot();
		if (has_mechanism(rows[i].type) != rows[i].left)
			fail_msg("%s: mechanism 0x%lx", rows[i].text, rows[i].type);
		finalize();
	}
	initialize();
}

static void the_default_leaves_out_what_is_old(void **state)
{
	static const CK_MECHANISM_TYPE old[] = {
		CKM_DES_CBC, CKM_DES_OFB8, CKM_DES_OFB64, CKM_RC2_CBC, CKM_RC4, CKM_RC5_CBC, CKM_CAST128_CBC, CKM_CAST128_KEY_GEN,
		CKM_BLOWFISH_CBC, CKM_BLOWFISH_KEY_GEN, CKM_IDEA_CBC, CKM_SEED_CBC, CKM_SEED_CBC_ENCRYPT_DATA, CKM_MD5, CKM_MD5_RSA_PKCS,
		CKM_PBE_MD5_DES_CBC, CKM_RSA_X9_31_KEY_PAIR_GEN,
	};
	static const CK_MECHANISM_TYPE kept[] = {CKM_DES3_CBC, CKM_CAMELLIA_CBC, CKM_ARIA_CBC, CKM_SHA_1, CKM_DSA_SHA1, CKM_TLS_PRF};

	(void)state;
	use_policy("policy = legacy");
	for (size_t i = 0; i < COUNT(old); i++) {
		if (!has_mechanism(old[i]))
			fail_msg("legacy: no mechanism 0x%lx", old[i]);
	}
	assert_int_equal(info_of(CKM_RSA_X9_31).flags & (CKF_SIGN | CKF_VERIFY), CKF_SIGN | CKF_VERIFY);
	finalize();
	use_policy("policy = default");
	for (size_t i = 0; i < COUNT(old); i++) {
		if (has_mechanism(old[i]))
			fail_msg("default: mechanism 0x%lx", old[i]);
	}
	for (size_t i = 0; i < COUNT(kept); i++) {
		if (!has_mechanism(kept[i]))
			fail_msg("default: no mechanism 0x%lx", kept[i]);
	}
	assert_int_equal(info_of(CKM_RSA_X9_31).flags & (CKF_SIGN | CKF_VERIFY), CKF_VERIFY);
	assert_int_equal(info_of(CKM_SHA1_RSA_X9_31).flags & (CKF_SIGN | CKF_VERIFY), CKF_VERIFY);
}

static void the_old_parts_of_fips_like_only_read(void **state)
{
	(void)state;
	use_policy("policy = fips-like");
	assert_int_equal(info_of(CKM_SHA1_RSA_PKCS).flags & (CKF_SIGN | CKF_VERIFY | CKF_MESSAGE_SIGN), CKF_VERIFY);
	assert_int_equal(info_of(CKM_DES3_CBC).flags & (CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP), CKF_DECRYPT | CKF_UNWRAP);
	assert_int_equal(info_of(CKM_RSA_PKCS).flags & (CKF_SIGN | CKF_ENCRYPT | CKF_UNWRAP), CKF_SIGN);
}

static void cnsa2_takes_its_largest_sets_only(void **state)
{
	CK_ULONG sets[] = {CKP_ML_KEM_768, CKP_ML_KEM_1024};
	CK_MECHANISM m = {CKM_ML_KEM_KEY_PAIR_GEN, NULL, 0};
	CK_ATTRIBUTE small = {CKA_PARAMETER_SET, &sets[0], sizeof(CK_ULONG)}, large = {CKA_PARAMETER_SET, &sets[1], sizeof(CK_ULONG)};

	(void)state;
	use_policy("policy = cnsa2");
	assert_int_equal(info_of(CKM_ML_KEM).ulMinKeySize, 1568);
	assert_rv(p11->C_GenerateKeyPair(policy_session, &m, &small, 1, NULL, 0, &public_key, &private_key), CKR_KEY_SIZE_RANGE);
	assert_ok(p11->C_GenerateKeyPair(policy_session, &m, &large, 1, NULL, 0, &public_key, &private_key));
}

/* ---- mechanisms ---------------------------------------------------------------------------- */

static void what_is_denied_is_gone_and_refused(void **state)
{
	CK_MECHANISM cbc = {CKM_AES_CBC, iv, sizeof(iv)}, kw = {CKM_AES_KEY_WRAP, NULL, 0}, sha = {CKM_SHA256, NULL, 0};
	CK_MECHANISM hmac = {CKM_SHA256_HMAC, NULL, 0}, ecb = {CKM_AES_ECB, NULL, 0}, kem = {CKM_ML_KEM, NULL, 0}, xor = {CKM_XOR_BASE_AND_DATA, NULL, 0};

	(void)state;
	use_policy("policy = legacy");
	size_t all = mechanism_count();
	use_policy("policy = legacy\n[policy]\ndeny = CKM_AES_CBC AES_KEY_WRAP,SHA256 SHA256_HMAC 0x17 XOR_BASE_AND_DATA\n"
	           "deny = EC_KEY_PAIR_GEN DES3_KEY_GEN\n");
	assert_int_equal(mechanism_count(), all - 8);
	assert_false(has_mechanism(CKM_AES_CBC));
	assert_rv(p11->C_GetMechanismInfo(slot, CKM_AES_CBC, &(CK_MECHANISM_INFO){0}), CKR_MECHANISM_INVALID);
	aes(32);
	assert_rv(p11->C_EncryptInit(policy_session, &cbc, key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_DecryptInit(policy_session, &cbc, key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_SignInit(policy_session, &hmac, key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_VerifyInit(policy_session, &hmac, key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_VerifySignatureInit(policy_session, &hmac, key, iv, 16), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_MessageSignInit(policy_session, &hmac, key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_DigestInit(policy_session, &sha), CKR_MECHANISM_INVALID);
	out_len = sizeof(out);
	assert_rv(p11->C_WrapKey(policy_session, &kw, key, key, out, &out_len), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_UnwrapKey(policy_session, &kw, key, out, 40, NULL, 0, &key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_DeriveKey(policy_session, &xor, key, NULL, 0, &key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_EncapsulateKey(policy_session, &kem, key, NULL, 0, out, &out_len, &key), CKR_MECHANISM_INVALID);
	assert_rv(generate(CKM_DES3_KEY_GEN, 0, NULL, 0, &key), CKR_MECHANISM_INVALID);
	assert_rv(generate_ec("secp256r1", &public_key, &private_key), CKR_MECHANISM_INVALID);
	assert_true(policy_logged("policy does not permit"));
	assert_ok(p11->C_EncryptInit(policy_session, &ecb, aes(32)));
}

static void a_later_rule_wins(void **state)
{
	(void)state;
	use_policy("policy = legacy\n[policy]\ndeny = *\nallow = AES_CBC AES_KEY_GEN\n  SHA256\ndeny = AES_CBC:encrypt+wrap\n");
	assert_int_equal(mechanism_count(), 3);
	assert_true(has_mechanism(CKM_SHA256));
	assert_int_equal(info_of(CKM_AES_CBC).flags & (CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP), CKF_DECRYPT | CKF_UNWRAP);
}

static void a_single_use_can_be_denied(void **state)
{
	CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};

	(void)state;
	use_policy("[policy]\ndeny = SHA256_RSA_PKCS:sign\n");
	assert_ok(generate_rsa(2048, &public_key, &private_key));
	assert_int_equal(info_of(CKM_SHA256_RSA_PKCS).flags & (CKF_SIGN | CKF_VERIFY | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY),
	                 CKF_VERIFY | CKF_MESSAGE_VERIFY);
	assert_rv(p11->C_SignInit(policy_session, &m, private_key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_MessageSignInit(policy_session, &m, private_key), CKR_MECHANISM_INVALID);
	assert_ok(p11->C_VerifyInit(policy_session, &m, public_key));
}

static void what_a_parameter_names_must_be_permitted(void **state)
{
	CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0};
	CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
	CK_MECHANISM m_oaep = {CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)}, m_pss = {CKM_RSA_PKCS_PSS, &pss, sizeof(pss)};

	(void)state;
	use_policy("[policy]\ndeny = SHA_1\n");
	assert_ok(generate_rsa(2048, &public_key, &private_key));
	assert_rv(p11->C_EncryptInit(policy_session, &m_oaep, public_key), CKR_MECHANISM_PARAM_INVALID);
	oaep.hashAlg = CKM_SHA256;
	assert_rv(p11->C_EncryptInit(policy_session, &m_oaep, public_key), CKR_MECHANISM_PARAM_INVALID);
	oaep.mgf = CKG_MGF1_SHA256;
	assert_ok(p11->C_EncryptInit(policy_session, &m_oaep, public_key));
	assert_ok(p11->C_SessionCancel(policy_session, CKF_ENCRYPT));
	assert_ok(p11->C_SignInit(policy_session, &m_pss, private_key));
}

static void digests_of_signatures(void **state)
{
	CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA224, CKG_MGF1_SHA224, 28};
	CK_MECHANISM m_pss = {CKM_RSA_PKCS_PSS, &pss, sizeof(pss)}, sha224 = {CKM_SHA224, NULL, 0};

	(void)state;
	use_policy("[policy]\nsignature_digests = SHA256 SHA3_512\n");
	assert_int_equal(info_of(CKM_ECDSA_SHA224).flags & (CKF_SIGN | CKF_VERIFY), CKF_VERIFY);
	assert_int_equal(info_of(CKM_ECDSA_SHA256).flags & (CKF_SIGN | CKF_VERIFY), CKF_SIGN | CKF_VERIFY);
	assert_int_equal(info_of(CKM_SHA3_512_RSA_PKCS_PSS).flags & CKF_SIGN, CKF_SIGN);
	assert_int_equal(info_of(CKM_SHA512_RSA_PKCS).flags & CKF_SIGN, 0);
	assert_int_equal(info_of(CKM_SHA224_HMAC).flags & CKF_SIGN, CKF_SIGN);
	assert_ok(generate_rsa(2048, &public_key, &private_key));
	assert_rv(p11->C_SignInit(policy_session, &m_pss, private_key), CKR_MECHANISM_PARAM_INVALID);
	assert_ok(p11->C_VerifyInit(policy_session, &m_pss, public_key));
	assert_ok(p11->C_SessionCancel(policy_session, CKF_VERIFY));
	assert_ok(p11->C_DigestInit(policy_session, &sha224));
}

/* ---- keys ---------------------------------------------------------------------------------- */

static void least_sizes_are_shown_and_enforced(void **state)
{
	CK_OBJECT_HANDLE big;
	CK_ULONG length = 16;
	CK_BYTE small[16] = {1};
	CK_ATTRIBUTE short_key[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                            {CKA_VALUE, small, sizeof(small)}};
	CK_MECHANISM kw = {CKM_AES_KEY_WRAP, NULL, 0};
	CK_ATTRIBUTE as_generic[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
	                             {CKA_VALUE, small, sizeof(small)}};

	(void)state;
	use_policy("[policy]\nmin_rsa_bits = 2048\nmin_symmetric_bits = 192\nmin_hmac_bits = 160\n");
	assert_int_equal(info_of(CKM_RSA_PKCS_KEY_PAIR_GEN).ulMinKeySize, 2048);
	assert_int_equal(info_of(CKM_AES_CBC).ulMinKeySize, 24);
	assert_int_equal(info_of(CKM_AES_XTS).ulMinKeySize, 48);
	assert_int_equal(info_of(CKM_SHA256_KEY_GEN).ulMinKeySize, 20);
	assert_false(has_mechanism(CKM_SEED_CBC));
	assert_false(has_mechanism(CKM_DES3_CBC));
	assert_rv(generate_rsa(1024, &public_key, &private_key), CKR_KEY_SIZE_RANGE);
	assert_ok(generate_rsa(2048, &public_key, &private_key));
	assert_rv(generate(CKM_AES_KEY_GEN, 16, NULL, 0, &key), CKR_KEY_SIZE_RANGE);
	assert_ok(generate(CKM_AES_KEY_GEN, 24, NULL, 0, &big));
	assert_rv(generate(CKM_SHA256_KEY_GEN, 19, NULL, 0, &key), CKR_KEY_SIZE_RANGE);
	assert_rv(p11->C_CreateObject(policy_session, short_key, 3, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	/* A generic secret may be anything; used as an AES key it is not. */
	assert_ok(p11->C_CreateObject(policy_session, as_generic, 3, &key));
	out_len = sizeof(out);
	assert_ok(p11->C_WrapKey(policy_session, &kw, big, key, out, &out_len));
	assert_rv(p11->C_UnwrapKey(policy_session, &kw, big, out, out_len, short_key, 2, &key), CKR_WRAPPED_KEY_LEN_RANGE);
	as_generic[2] = (CK_ATTRIBUTE){CKA_VALUE_LEN, &length, sizeof(length)};
	assert_ok(p11->C_UnwrapKey(policy_session, &kw, big, out, out_len, as_generic, 3, &key));
}

static void a_short_secret_makes_no_hmac(void **state)
{
	CK_BYTE value[32] = {1};
	CK_MECHANISM m = {CKM_SHA256_HMAC, NULL, 0};

	(void)state;
	use_policy("[policy]\nmin_hmac_bits = 112\n");
	assert_rv(p11->C_SignInit(policy_session, &m, make_secret(policy_session, false, false, value, 13)), CKR_KEY_SIZE_RANGE);
	assert_rv(p11->C_VerifyInit(policy_session, &m, make_secret(policy_session, false, false, value, 13)), CKR_KEY_SIZE_RANGE);
	assert_ok(p11->C_SignInit(policy_session, &m, make_secret(policy_session, false, false, value, 14)));
}

static void curves_that_are_not_listed_are_refused(void **state)
{
	(void)state;
	use_policy("[policy]\ncurves = P-256 secp384r1 Ed25519\n");
	assert_int_equal(info_of(CKM_ECDSA).ulMinKeySize, 256);
	assert_int_equal(info_of(CKM_ECDSA).ulMaxKeySize, 384);
	assert_int_equal(info_of(CKM_ECDSA).flags & (CKF_EC_F_P | CKF_EC_F_2M), CKF_EC_F_P);
	assert_int_equal(info_of(CKM_EDDSA).ulMaxKeySize, 255);
	assert_false(has_mechanism(CKM_EC_MONTGOMERY_KEY_PAIR_GEN));
	assert_rv(generate_ec("secp521r1", &public_key, &private_key), CKR_CURVE_NOT_SUPPORTED);
	assert_rv(generate_ec("secp256k1", &public_key, &private_key), CKR_CURVE_NOT_SUPPORTED);
	assert_ok(generate_ec("secp256r1", &public_key, &private_key));
	assert_ok(generate_ec("secp384r1", &public_key, &private_key));
}

static void binary_curves_alone_show_in_the_flags(void **state)
{
	(void)state;
	use_policy("[policy]\ncurves = B-283 sect409k1\n");
	assert_int_equal(info_of(CKM_ECDH1_DERIVE).flags & (CKF_EC_F_P | CKF_EC_F_2M), CKF_EC_F_2M);
	assert_int_equal(info_of(CKM_ECDSA).ulMinKeySize, 283);
	assert_int_equal(info_of(CKM_ECDSA).ulMaxKeySize, 409);
	assert_rv(generate_ec("secp256r1", &public_key, &private_key), CKR_CURVE_NOT_SUPPORTED);
	assert_ok(generate_ec("sect283r1", &public_key, &private_key));
}

/* Weak and binary curves in the ready-made policies. */
static void profiles_differ_in_the_curves_that_they_permit(void **state)
{
	static const struct {
		const char *text, *curve;
		bool permitted;
	} rows[] = {
		{"[policy]\nprofile = legacy\n", "secp112r1", true}, {"[policy]\nprofile = legacy\n", "sect131r1", true},
		{"[policy]\nprofile = default\n", "secp112r1", false}, {"[policy]\nprofile = default\n", "secp128r2", false},
		{"[policy]\nprofile = default\n", "sect131r1", false}, {"[policy]\nprofile = default\n", "secp160r1", true},
		{"[policy]\nprofile = default\n", "sect283k1", true}, {"[policy]\nprofile = fips-like\n", "sect283k1", false},
		{"[policy]\nprofile = fips-like\n", "secp224k1", false}, {"[policy]\nprofile = fips-like\n", "secp256r1", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		use_policy(rows[i].text);
		CK_RV rv = generate_ec(rows[i].curve, &public_key, &private_key);
		if (rv != (rows[i].permitted ? CKR_OK : CKR_CURVE_NOT_SUPPORTED))
			fail_msg("%s%s: 0x%lx", rows[i].text, rows[i].curve, rv);
	}
	use_policy("[policy]\nprofile = default\n");
	assert_int_equal(info_of(CKM_ECDSA).ulMinKeySize, 160);
	assert_int_equal(info_of(CKM_ECDSA).ulMaxKeySize, 571);
	use_policy("[policy]\nprofile = fips-like\n");
	assert_int_equal(info_of(CKM_ECDSA).flags & (CKF_EC_F_P | CKF_EC_F_2M), CKF_EC_F_P);
}

/* Keys that are there already stay and can be destroyed, but do no more work. */
static void a_weak_key_of_older_days_rests(void **state)
{
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0}, ecdsa = {CKM_ECDSA, NULL, 0}, kw = {CKM_AES_KEY_WRAP, NULL, 0};
	char label[] = "weak";
	CK_ATTRIBUTE extra[] = {{CKA_TOKEN, &yes, sizeof(yes)}, {CKA_LABEL, label, 4}};

	(void)state;
	use_policy("policy = legacy\n");
	finalize();
	use_sqlite_store();
	initialize();
	make_token();
	begin_policy_session();
	assert_ok(generate(CKM_AES_KEY_GEN, 16, extra, 2, &key));
	make_ec_pair(policy_session, true, false, &public_key, &private_key);
	write_policy("[policy]\nmin_symmetric_bits = 256\ncurves = P-384\n");
	initialize();
	slot = first_slot();
	begin_policy_session();
	key = find_labelled(policy_session, "weak");
	assert_rv(p11->C_EncryptInit(policy_session, &ecb, key), CKR_KEY_SIZE_RANGE);
	out_len = sizeof(out);
	assert_rv(p11->C_WrapKey(policy_session, &kw, key, key, out, &out_len), CKR_WRAPPING_KEY_SIZE_RANGE);
	CK_ATTRIBUTE template = {CKA_CLASS, &private_key_class, sizeof(private_key_class)};
	CK_ULONG found = 0;
	assert_ok(p11->C_FindObjectsInit(policy_session, &template, 1));
	assert_ok(p11->C_FindObjects(policy_session, &private_key, 1, &found));
	assert_ok(p11->C_FindObjectsFinal(policy_session));
	assert_int_equal(found, 1);
	assert_rv(p11->C_SignInit(policy_session, &ecdsa, private_key), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_ok(p11->C_DestroyObject(policy_session, key));
}

static CK_OBJECT_HANDLE aes_between(const char *from, const char *to)
{
	CK_BYTE value[16] = {1};
	CK_KEY_TYPE type = CKK_AES;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &type, sizeof(type)},
	                           {CKA_VALUE, value, sizeof(value)}, {CKA_START_DATE, (void *)(uintptr_t)from, strlen(from)},
	                           {CKA_END_DATE, (void *)(uintptr_t)to, strlen(to)},
	                           {CKA_DERIVE, &yes, sizeof(yes)}};

	return make_object(policy_session, template, COUNT(template));
}

static void dates_are_enforced_when_they_should_be(void **state)
{
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0}, kw = {CKM_AES_KEY_WRAP, NULL, 0}, kdf = {CKM_AES_ECB_ENCRYPT_DATA, NULL, 0};
	CK_OBJECT_HANDLE early, late, now;

	(void)state;
	use_policy("[policy]\nenforce_dates = yes\n");
	early = aes_between("99990101", "");
	late = aes_between("20000101", "20001231");
	now = aes_between("20000101", "99991231");
	assert_rv(p11->C_EncryptInit(policy_session, &ecb, early), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_rv(p11->C_DecryptInit(policy_session, &ecb, early), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_rv(p11->C_EncryptInit(policy_session, &ecb, late), CKR_KEY_FUNCTION_NOT_PERMITTED);
	out_len = sizeof(out);
	assert_rv(p11->C_WrapKey(policy_session, &kw, late, now, out, &out_len), CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_DeriveKey(policy_session, &kdf, late, NULL, 0, &key), CKR_KEY_FUNCTION_NOT_PERMITTED);
	/* What was encrypted in time can be read for ever. */
	assert_ok(p11->C_DecryptInit(policy_session, &ecb, late));
	assert_ok(p11->C_SessionCancel(policy_session, CKF_DECRYPT));
	assert_ok(p11->C_EncryptInit(policy_session, &ecb, now));
	use_policy("");
	assert_ok(p11->C_EncryptInit(policy_session, &ecb, aes_between("20000101", "20001231")));
}

/* ---- whose policy -------------------------------------------------------------------------- */

static void a_token_has_the_policy_of_its_label_or_serial_number(void **state)
{
	CK_TOKEN_INFO info;
	char text[256];

	(void)state;
	use_policy("[policy]\ndeny = AES_ECB\n[policy label=" TOKEN_LABEL "]\ndeny = AES_CBC\n[policy label=other]\ndeny = SHA256\n");
	assert_false(has_mechanism(CKM_AES_ECB));
	assert_false(has_mechanism(CKM_AES_CBC));
	assert_true(has_mechanism(CKM_SHA256));
	/* A profile of its own takes the place of the general policy; the token's new name brings another one. */
	close_session(policy_session);
	assert_ok(init_token(slot, SO_PIN, "other"));
	assert_true(has_mechanism(CKM_AES_CBC));
	assert_false(has_mechanism(CKM_SHA256));
	finalize();
	use_sqlite_store();
	initialize();
	make_token();
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	snprintf(text, sizeof(text), "[policy label=" TOKEN_LABEL "]\ndeny = AES_CBC\n[policy serial=%.16s]\nprofile = cnsa2\n", (char *)info.serialNumber);
	write_policy(text);
	initialize();
	slot = first_slot();
	assert_true(has_mechanism(CKM_AES_CBC));
	assert_false(has_mechanism(CKM_SHA256));
	assert_true(has_mechanism(CKM_SHA384));
}

static void the_environment_names_a_profile(void **state)
{
	(void)state;
	write_policy("policy = legacy\n");
	setenv("CONCLAVE_POLICY", "cnsa2", 1);
	initialize();
	slot = first_slot();
	assert_false(has_mechanism(CKM_SHA256));
	unsetenv("CONCLAVE_POLICY");
}

/* ---- mistakes ------------------------------------------------------------------------------ */

static void a_policy_with_a_mistake_is_refused_and_its_line_told(void **state)
{
	static const struct {
		const char *text, *line;
	} rows[] = {
		{"[policy]\ndeny = CKM_AES_CBX\n", ":2"},
		{"[policy]\n\nallow = AES_CBC:paint\n", ":3"},
		{"[policy]\ndeny = 0xzz\n", ":2"},
		{"[policy]\nmin_rsa_bits = many\n", ":2"},
		{"[policy]\nmin_rsa_bits = -1\n", ":2"},
		{"[policy]\nmin_rsa_bits = 2048x\n", ":2"},
		{"[policy]\ncurves = P-255\n", ":2"},
		{"[policy]\nsignature_digests = SHA257\n", ":2"},
		{"[policy]\nseparate_keys = perhaps\n", ":2"},
		{"[policy]\nforbid = AES_CBC\n", ":2"},
		{"[policy label=x]\nprofile = strictest\n", ":2"},
		{"[policyy]\ndeny = AES_CBC\n", ":2"},
		{"[policy token=x]\ndeny = AES_CBC\n", ":2"},
		{"[policy]\ndeny = AES_CBC\ndeny AES_ECB\n", ":3"},
		{"policy = strictest\n", "'strictest' is no profile"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		write_policy(rows[i].text);
		if (p11->C_Initialize(NULL) != CKR_FUNCTION_FAILED || !policy_logged(rows[i].line))
			fail_msg("%s", rows[i].text);
	}
	write_policy("[policy]\ndeny = AES_CBC\n");
	assert_ok(p11->C_Initialize(NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_initialized, teardown_policy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(profiles_leave_what_they_say),
		TEST(the_default_leaves_out_what_is_old),
		TEST(the_old_parts_of_fips_like_only_read),
		TEST(cnsa2_takes_its_largest_sets_only),
		TEST(what_is_denied_is_gone_and_refused),
		TEST(a_later_rule_wins),
		TEST(a_single_use_can_be_denied),
		TEST(what_a_parameter_names_must_be_permitted),
		TEST(digests_of_signatures),
		TEST(least_sizes_are_shown_and_enforced),
		TEST(a_short_secret_makes_no_hmac),
		TEST(curves_that_are_not_listed_are_refused),
		TEST(binary_curves_alone_show_in_the_flags),
		TEST(profiles_differ_in_the_curves_that_they_permit),
		TEST(a_weak_key_of_older_days_rests),
		TEST(dates_are_enforced_when_they_should_be),
		TEST(a_token_has_the_policy_of_its_label_or_serial_number),
		TEST(the_environment_names_a_profile),
		TEST(a_policy_with_a_mistake_is_refused_and_its_line_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
