/* SPDX-License-Identifier: Apache-2.0 */
/* CKA_ALLOWED_MECHANISMS (§4.8) holds in every call that uses a key: a key that allows another mechanism is refused
 * where its twin, which allows this one, goes further. Templates in keys (rules 358, 362) may demand it of new keys. */
#include "aead_cases.h"

static CK_OBJECT_HANDLE plain, made;
static CK_BYTE out[4096], ciphertext[2048];
static CK_ULONG length, ciphertext_length;

/* ---- the calls --------------------------------------------------------------------------------------- */

static CK_RV wrap_it(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	length = sizeof(out);
	return p11->C_WrapKey(sess, m, key, plain, out, &length);
}

static CK_RV unwrap_it(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_ATTRIBUTE t[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}};

	length = sizeof(out);
	assert_ok(p11->C_WrapKey(sess, m, plain, plain, out, &length));
	return p11->C_UnwrapKey(sess, m, key, out, length, t, COUNT(t), &made);
}

static CK_RV wrap_authenticated(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	(void)m;
	length = sizeof(out);
	return p11->C_WrapKeyAuthenticated(sess, aead_message(&aead_cases[0], 0, CKG_NO_GENERATE, 0), key, plain, NULL, 0, out, &length);
}

static CK_RV unwrap_authenticated(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	CK_ATTRIBUTE t[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}};

	assert_ok(wrap_authenticated(m, plain));
	return p11->C_UnwrapKeyAuthenticated(sess, aead_message(&aead_cases[0], 0, CKG_NO_GENERATE, 0), key, out, length, t, COUNT(t), NULL, 0, &made);
}

static CK_RV derive_it(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	return p11->C_DeriveKey(sess, m, key, NULL, 0, &made);
}

static CK_RV encapsulate_it(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	ciphertext_length = sizeof(ciphertext);
	return p11->C_EncapsulateKey(sess, m, key, NULL, 0, ciphertext, &ciphertext_length, &made);
}

static CK_RV decapsulate_it(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	return p11->C_DecapsulateKey(sess, m, key, NULL, 0, ciphertext, 768, &made);
}

static CK_RV verify_signature(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	static CK_BYTE signature[256];
	return p11->C_VerifySignatureInit(sess, m, key, signature, sizeof(signature));
}

static CK_RV digest_key(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	assert_ok(p11->C_DigestInit(sess, m));
	return p11->C_DigestKey(sess, key);
}

#define INIT(call) \
	static CK_RV call(CK_MECHANISM *m, CK_OBJECT_HANDLE key) \
	{ \
		return p11->C_##call(sess, m, key); \
	}
INIT(EncryptInit)
INIT(DecryptInit)
INIT(SignInit)
INIT(VerifyInit)
INIT(SignRecoverInit)
INIT(VerifyRecoverInit)
INIT(MessageEncryptInit)
INIT(MessageDecryptInit)
INIT(MessageSignInit)
INIT(MessageVerifyInit)

/* ---- the table ---------------------------------------------------------------------------------------- */

enum key_case { AES, SECRET, RSA_PUBLIC, RSA_PRIVATE, KEM_PUBLIC, KEM_PRIVATE };

/* A key that allows one mechanism. */
static CK_OBJECT_HANDLE key_with(enum key_case which, CK_MECHANISM_TYPE allowed)
{
	CK_MECHANISM kem = {CKM_ML_KEM_KEY_PAIR_GEN, NULL, 0};
	CK_ULONG set = CKP_ML_KEM_512;
	CK_ATTRIBUTE list = {CKA_ALLOWED_MECHANISMS, &allowed, sizeof(allowed)};
	CK_ATTRIBUTE public[] = {{CKA_PARAMETER_SET, &set, sizeof(set)}, list};
	CK_OBJECT_HANDLE pair[2] = {0};

	switch (which) {
	case AES:
		return make_key(sess, CKK_AES, aes_key, sizeof(aes_key), &list, 1);
	case SECRET:
		return make_key(sess, CKK_GENERIC_SECRET, hmac_key, sizeof(hmac_key), &list, 1);
	case RSA_PUBLIC:
		return make_rsa_public(sess, &list, 1);
	case RSA_PRIVATE:
		return make_rsa_private(sess, &list, 1);
	default:
		assert_ok(p11->C_GenerateKeyPair(sess, &kem, public, COUNT(public), &list, 1, &pair[0], &pair[1]));
		return pair[which == KEM_PRIVATE];
	}
}

static void each_call_asks_the_list(void **state)
{
	CK_MECHANISM kwp = {CKM_AES_KEY_WRAP_KWP, NULL, 0}, messages = {CKM_AES_GCM, NULL, 0}, hash = {CKM_SHA256_KEY_DERIVATION, NULL, 0};
	CK_MECHANISM hmac = {CKM_SHA256_HMAC, NULL, 0}, kem = {CKM_ML_KEM, NULL, 0};
	const struct {
		const char *name;
		CK_RV (*call)(CK_MECHANISM *m, CK_OBJECT_HANDLE key);
		CK_MECHANISM *m;
		enum key_case key;
		CK_RV refusal;
	} rows[] = {
		{"C_EncryptInit", EncryptInit, &m_ecb, AES, CKR_MECHANISM_INVALID},
		{"C_DecryptInit", DecryptInit, &m_ecb, AES, CKR_MECHANISM_INVALID},
		{"C_SignInit", SignInit, &m_sha256_rsa, RSA_PRIVATE, CKR_MECHANISM_INVALID},
		{"C_VerifyInit", VerifyInit, &m_sha256_rsa, RSA_PUBLIC, CKR_MECHANISM_INVALID},
		{"C_SignInit of a MAC", SignInit, &hmac, SECRET, CKR_MECHANISM_INVALID},
		{"C_VerifyInit of a MAC", VerifyInit, &hmac, SECRET, CKR_MECHANISM_INVALID},
		{"C_SignRecoverInit", SignRecoverInit, &m_rsa, RSA_PRIVATE, CKR_MECHANISM_INVALID},
		{"C_VerifyRecoverInit", VerifyRecoverInit, &m_rsa, RSA_PUBLIC, CKR_MECHANISM_INVALID},
		{"C_VerifySignatureInit", verify_signature, &m_sha256_rsa, RSA_PUBLIC, CKR_MECHANISM_INVALID},
		{"C_MessageEncryptInit", MessageEncryptInit, &messages, AES, CKR_MECHANISM_INVALID},
		{"C_MessageDecryptInit", MessageDecryptInit, &messages, AES, CKR_MECHANISM_INVALID},
		{"C_MessageSignInit", MessageSignInit, &hmac, SECRET, CKR_MECHANISM_INVALID},
		{"C_MessageVerifyInit", MessageVerifyInit, &hmac, SECRET, CKR_MECHANISM_INVALID},
		{"C_WrapKey", wrap_it, &kwp, AES, CKR_MECHANISM_INVALID},
		{"C_UnwrapKey", unwrap_it, &kwp, AES, CKR_MECHANISM_INVALID},
		{"C_WrapKeyAuthenticated", wrap_authenticated, &messages, AES, CKR_MECHANISM_INVALID},
		{"C_UnwrapKeyAuthenticated", unwrap_authenticated, &messages, AES, CKR_MECHANISM_INVALID},
		{"C_DeriveKey", derive_it, &hash, SECRET, CKR_MECHANISM_INVALID},
		{"C_DigestKey", digest_key, &m_sha256, SECRET, CKR_KEY_INDIGESTIBLE},
		{"C_EncapsulateKey", encapsulate_it, &kem, KEM_PUBLIC, CKR_MECHANISM_INVALID},
		{"C_DecapsulateKey", decapsulate_it, &kem, KEM_PRIVATE, CKR_MECHANISM_INVALID},
	};

	(void)state;
	assert_int_equal(aead_cases[0].type, CKM_AES_GCM);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].m == &kem && !has_mechanism(CKM_ML_KEM))
			continue;
		for (int allowed = 0; allowed < 2; allowed++) {
			plain = keys.aes;
			CK_OBJECT_HANDLE key = key_with(rows[i].key, allowed ? rows[i].m->mechanism : CKM_AES_CTS);
			CK_RV rv = rows[i].call(rows[i].m, key), want = allowed ? CKR_OK : rows[i].refusal;

			if (rv != want)
				fail_msg("%s, %sallowed: %s instead of %s", rows[i].name, allowed ? "" : "not ", rv_text(rv), rv_text(want));
			renew_session();
		}
	}
}

static void a_list_of_nothing_allows_nothing(void **state)
{
	CK_ATTRIBUTE none = {CKA_ALLOWED_MECHANISMS, NULL, 0};
	CK_OBJECT_HANDLE key = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), &none, 1);

	(void)state;
	assert_rv(p11->C_EncryptInit(sess, &m_ecb, key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_EncryptInit(sess, &m_cbc, key), CKR_MECHANISM_INVALID);
}

/* A key that unwraps may bind all that come through it. */
static void an_unwrap_template_can_bind_new_keys_to_a_mechanism(void **state)
{
	CK_MECHANISM kwp = {CKM_AES_KEY_WRAP_KWP, NULL, 0};
	CK_MECHANISM_TYPE cbc = CKM_AES_CBC;
	CK_ATTRIBUTE inner[] = {{CKA_ALLOWED_MECHANISMS, &cbc, sizeof(cbc)}, {CKA_EXTRACTABLE, &no, sizeof(no)}};
	CK_ATTRIBUTE demands = {CKA_UNWRAP_TEMPLATE, inner, sizeof(inner)};
	CK_OBJECT_HANDLE by = make_key(sess, CKK_AES, aes_key, sizeof(aes_key), &demands, 1), key = 0;
	CK_ATTRIBUTE t[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                    {CKA_EXTRACTABLE, &yes, sizeof(yes)}};

	(void)state;
	length = sizeof(out);
	assert_ok(p11->C_WrapKey(sess, &kwp, by, keys.aes, out, &length));
	assert_rv(p11->C_UnwrapKey(sess, &kwp, by, out, length, t, 3, &key), CKR_TEMPLATE_INCONSISTENT);
	assert_ok(p11->C_UnwrapKey(sess, &kwp, by, out, length, t, 2, &key));
	assert_false(get_bool(sess, key, CKA_EXTRACTABLE));
	assert_rv(p11->C_EncryptInit(sess, &m_ecb, key), CKR_MECHANISM_INVALID);
	assert_ok(p11->C_EncryptInit(sess, &m_cbc, key));
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(each_call_asks_the_list),
		WITH_KEYS(a_list_of_nothing_allows_nothing),
		WITH_KEYS(an_unwrap_template_can_bind_new_keys_to_a_mechanism),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
