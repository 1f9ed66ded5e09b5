/* SPDX-License-Identifier: Apache-2.0 */
/* C_EncapsulateKey and C_DecapsulateKey, rules 366 to 370, and what of ML-DSA and SLH-DSA is the calling convention's:
 * rule 299. Refuses to judge secrets and signatures: the tests of the mechanisms have the known answers. */
#include "mechanisms.h"
#include "mechanisms_pq.h"

static CK_MECHANISM m_kem = {CKM_ML_KEM, NULL, 0};
static CK_BYTE ciphertext[2000];
static CK_ULONG length;

static CK_RV encapsulate_with(CK_OBJECT_HANDLE key, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	length = sizeof(ciphertext);
	return p11->C_EncapsulateKey(sess, &m_kem, key, template, count, ciphertext, &length, ret);
}

static CK_RV decapsulate_with(CK_OBJECT_HANDLE key, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	return p11->C_DecapsulateKey(sess, &m_kem, key, template, count, ciphertext, length, ret);
}


#define NEED(mechanism)                                                         \
	do {                                                                    \
		(void)state;                                                    \
		if (!has_mechanism(mechanism)) {                                \
			print_message("# skipped: not in this libcrypto\n");    \
			skip();                                                 \
		}                                                               \
	} while (0)

static void rules_366_368_the_new_keys_come_from_outside(void **state)
{
	CK_OBJECT_HANDLE made[2];

	NEED(CKM_ML_KEM);
	assert_ok(encapsulate_with(pq_key(CKK_ML_KEM, false), NULL, 0, &made[0]));
	assert_int_equal(length, 768);
	assert_ok(decapsulate_with(pq_key(CKK_ML_KEM, true), NULL, 0, &made[1]));
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(get_ulong(sess, made[i], CKA_CLASS), CKO_SECRET_KEY);
		assert_int_equal(get_ulong(sess, made[i], CKA_KEY_TYPE), CKK_GENERIC_SECRET);
		assert_int_equal(get_ulong(sess, made[i], CKA_VALUE_LEN), 32);
		assert_int_equal(get_ulong(sess, made[i], CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
		assert_false(get_bool(sess, made[i], CKA_LOCAL));
		assert_false(get_bool(sess, made[i], CKA_ALWAYS_SENSITIVE));
		assert_false(get_bool(sess, made[i], CKA_NEVER_EXTRACTABLE));
		assert_true(get_bool(sess, made[i], CKA_EXTRACTABLE));
	}
}

static void rule_366_the_template_decides(void **state)
{
	CK_KEY_TYPE wrong = CKK_RSA;
	CK_ULONG bytes_16 = 16, bytes_32 = 32;
	CK_ATTRIBUTE aes[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
	                      {CKA_VALUE_LEN, &bytes_32, sizeof(bytes_32)}, {CKA_SENSITIVE, &yes, sizeof(yes)},
	                      {CKA_EXTRACTABLE, &no, sizeof(no)}};
	CK_ATTRIBUTE bad[][1] = {{{CKA_CLASS, &private_key_class, sizeof(private_key_class)}}, {{CKA_KEY_TYPE, &wrong, sizeof(wrong)}},
	                         {{CKA_VALUE_LEN, &bytes_16, sizeof(bytes_16)}}, {{CKA_LOCAL, &yes, sizeof(yes)}}};
	CK_OBJECT_HANDLE key, again;
	CK_BYTE sealed[64], opened[64];
	CK_ULONG n;
	size_t before;

	NEED(CKM_ML_KEM);
	assert_ok(encapsulate_with(pq_key(CKK_ML_KEM, false), aes, COUNT(aes), &key));
	assert_ok(decapsulate_with(pq_key(CKK_ML_KEM, true), aes, COUNT(aes), &again));
	assert_true(get_bool(sess, key, CKA_SENSITIVE));
	assert_false(get_bool(sess, key, CKA_EXTRACTABLE));
	n = encrypt(&m_gcm, key, pattern, 20, sealed, sizeof(sealed));
	assert_int_equal(decrypt(&m_gcm, again, sealed, n, opened, sizeof(opened)), 20);
	assert_memory_equal(opened, pattern, 20);
	before = count_objects(sess);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_rv_in(encapsulate_with(pq_key(CKK_ML_KEM, false), bad[i], 1, &key), CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID,
		             CKR_ATTRIBUTE_READ_ONLY);
	assert_int_equal(count_objects(sess), before);
}

static void rule_367_without_room_nothing_is_made(void **state)
{
	CK_OBJECT_HANDLE key = 77;
	size_t before;

	NEED(CKM_ML_KEM);
	pq_key(CKK_ML_KEM, false);
	before = count_objects(sess);
	assert_ok(p11->C_EncapsulateKey(sess, &m_kem, pq_key(CKK_ML_KEM, false), NULL, 0, NULL, &length, NULL));
	assert_int_equal(length, 768);
	length = 767;
	assert_rv(p11->C_EncapsulateKey(sess, &m_kem, pq_key(CKK_ML_KEM, false), NULL, 0, ciphertext, &length, &key), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(length, 768);
	assert_int_equal(key, 77);
	assert_int_equal(count_objects(sess), before);
	assert_ok(p11->C_EncapsulateKey(sess, &m_kem, pq_key(CKK_ML_KEM, false), NULL, 0, ciphertext, &length, &key));
	assert_int_equal(count_objects(sess), before + 1);
}

static void rules_366_368_the_key_must_fit_and_be_allowed_to(void **state)
{
	CK_ATTRIBUTE forbid_public[] = {{CKA_ENCAPSULATE, &no, sizeof(no)}}, forbid_private[] = {{CKA_DECAPSULATE, &no, sizeof(no)}};
	CK_OBJECT_HANDLE one, other, key;
	CK_MECHANISM with_parameter = {CKM_ML_KEM, ciphertext, 1};

	NEED(CKM_ML_KEM);
	assert_ok(pq_generate(sess, CKK_ML_KEM, CKP_ML_KEM_768, &one, &other));
	assert_ok(encapsulate_with(one, NULL, 0, &key));
	assert_int_equal(length, 1088);
	assert_ok(p11->C_SetAttributeValue(sess, one, forbid_public, 1));
	assert_ok(p11->C_SetAttributeValue(sess, other, forbid_private, 1));
	assert_rv(encapsulate_with(one, NULL, 0, &key), CKR_KEY_TYPE_INCONSISTENT);
	length = 1088;
	assert_rv(decapsulate_with(other, NULL, 0, &key), CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
	assert_rv(encapsulate_with(0, NULL, 0, &key), CKR_KEY_HANDLE_INVALID);
	assert_rv(decapsulate_with(0, NULL, 0, &key), CKR_UNWRAPPING_KEY_HANDLE_INVALID);
	assert_rv(encapsulate_with(pq_key(CKK_ML_KEM, true), NULL, 0, &key), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(encapsulate_with(keys.rsa_public, NULL, 0, &key), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(decapsulate_with(pq_key(CKK_ML_KEM, false), NULL, 0, &key), CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
	length = sizeof(ciphertext);
	assert_rv(p11->C_EncapsulateKey(sess, &m_pss, keys.rsa_public, NULL, 0, ciphertext, &length, &key), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_EncapsulateKey(sess, &m_rsa, keys.rsa_public, NULL, 0, ciphertext, &length, &key), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(p11->C_EncapsulateKey(sess, &with_parameter, pq_key(CKK_ML_KEM, false), NULL, 0, ciphertext, &length, &key),
	          CKR_MECHANISM_PARAM_INVALID);
	assert_rv(p11->C_EncapsulateKey(sess, NULL, pq_key(CKK_ML_KEM, false), NULL, 0, ciphertext, &length, &key), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_EncapsulateKey(sess, &m_kem, pq_key(CKK_ML_KEM, false), NULL, 0, ciphertext, NULL, &key), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_EncapsulateKey(sess, &m_kem, pq_key(CKK_ML_KEM, false), NULL, 0, ciphertext, &length, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_DecapsulateKey(sess, &m_kem, pq_key(CKK_ML_KEM, true), NULL, 0, NULL, 768, &key), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_DecapsulateKey(sess, &m_kem, pq_key(CKK_ML_KEM, true), NULL, 0, ciphertext, 767, &key), CKR_WRAPPED_KEY_LEN_RANGE);
}

static void rule_368_a_forged_ciphertext_gives_another_key(void **state)
{
	CK_ATTRIBUTE open[] = {{CKA_SENSITIVE, &no, sizeof(no)}};
	CK_BYTE one[32], other[32];
	CK_ATTRIBUTE value = {CKA_VALUE, one, sizeof(one)}, forged = {CKA_VALUE, other, sizeof(other)};
	CK_OBJECT_HANDLE key, again;

	NEED(CKM_ML_KEM);
	assert_ok(encapsulate_with(pq_key(CKK_ML_KEM, false), open, 1, &key));
	ciphertext[9] ^= 1;
	assert_ok(decapsulate_with(pq_key(CKK_ML_KEM, true), open, 1, &again));
	assert_ok(p11->C_GetAttributeValue(sess, key, &value, 1));
	assert_ok(p11->C_GetAttributeValue(sess, again, &forged, 1));
	assert_memory_not_equal(one, other, sizeof(one));
}

static void rule_369_new_keys_need_the_right_session(void **state)
{
	CK_ATTRIBUTE on_token[] = {{CKA_TOKEN, &yes, sizeof(yes)}}, private[] = {{CKA_PRIVATE, &yes, sizeof(yes)}};
	CK_OBJECT_HANDLE key, public = 0;
	CK_SESSION_HANDLE ro;

	NEED(CKM_ML_KEM);
	public = pq_key(CKK_ML_KEM, false);
	ro = open_ro();
	length = sizeof(ciphertext);
	assert_rv(p11->C_EncapsulateKey(ro, &m_kem, public, on_token, 1, ciphertext, &length, &key), CKR_SESSION_READ_ONLY);
	logout(sess);
	assert_rv(p11->C_EncapsulateKey(sess, &m_kem, public, private, 1, ciphertext, &length, &key), CKR_USER_NOT_LOGGED_IN);
}

static void rule_370_no_operation_is_disturbed(void **state)
{
	CK_OBJECT_HANDLE key;

	NEED(CKM_ML_KEM);
	assert_ok(start(SIGN));
	assert_ok(encapsulate_with(pq_key(CKK_ML_KEM, false), NULL, 0, &key));
	assert_ok(decapsulate_with(pq_key(CKK_ML_KEM, true), NULL, 0, &key));
	assert_true(is_active(SIGN));
}

/* ---- encapsulation with keys that do more ---------------------------------------------------------- */

static void permit(CK_OBJECT_HANDLE public, CK_OBJECT_HANDLE private)
{
	CK_ATTRIBUTE out = {CKA_ENCAPSULATE, &yes, sizeof(yes)}, in = {CKA_DECAPSULATE, &yes, sizeof(yes)};

	assert_ok(p11->C_SetAttributeValue(sess, public, &out, 1));
	assert_ok(p11->C_SetAttributeValue(sess, private, &in, 1));
}

/* A readable generic secret; 0: of whatever length comes. */
static CK_ULONG wanted;
static CK_ATTRIBUTE readable[] = {{CKA_SENSITIVE, &no, sizeof(no)}, {CKA_EXTRACTABLE, &yes, sizeof(yes)}, {CKA_VALUE_LEN, &wanted, sizeof(wanted)}};

static CK_RV encapsulate_readable(CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_ULONG len, CK_OBJECT_HANDLE *ret)
{
	wanted = len;
	length = sizeof(ciphertext);
	return p11->C_EncapsulateKey(sess, m, key, readable, len > 0 ? 3 : 2, ciphertext, &length, ret);
}

static CK_RV decapsulate_readable(CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_ULONG len, CK_OBJECT_HANDLE *ret)
{
	wanted = len;
	return p11->C_DecapsulateKey(sess, m, key, readable, len > 0 ? 3 : 2, ciphertext, length, ret);
}

static CK_ULONG read_secret(CK_OBJECT_HANDLE key, CK_BYTE *to, CK_ULONG room)
{
	CK_ATTRIBUTE value = {CKA_VALUE, to, room};

	assert_ok(p11->C_GetAttributeValue(sess, key, &value, 1));
	return value.ulValueLen;
}

static void check_same_secret(CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE other)
{
	CK_BYTE one[600], two[600];
	CK_ULONG n = read_secret(key, one, sizeof(one));

	assert_int_equal(read_secret(other, two, sizeof(two)), n);
	assert_memory_equal(one, two, n);
}

/* The ciphertext is what C_DeriveKey takes as the other party's public key, and gives the same secret there. */
static void check_agreement(CK_MECHANISM_TYPE type, CK_EC_KDF_TYPE kdf, CK_OBJECT_HANDLE public, CK_OBJECT_HANDLE private, CK_ULONG point)
{
	CK_ECDH1_DERIVE_PARAMS p = {kdf, kdf == CKD_NULL ? 0 : 7, kdf == CKD_NULL ? NULL : unconst(pattern), 0, NULL};
	CK_MECHANISM m = {type, &p, sizeof(p)};
	CK_OBJECT_HANDLE key, again, derived;

	permit(public, private);
	assert_ok(encapsulate_readable(&m, public, 20, &key));
	assert_int_equal(length, point);
	assert_ok(decapsulate_readable(&m, private, 20, &again));
	check_same_secret(key, again);
	p.pPublicData = ciphertext;
	p.ulPublicDataLen = length;
	assert_ok(p11->C_DeriveKey(sess, &m, private, readable, 3, &derived));
	check_same_secret(key, derived);
	assert_rv(encapsulate_readable(&m, public, 20, &key), CKR_MECHANISM_PARAM_INVALID);
	p.pPublicData = NULL;
	p.ulPublicDataLen = 0;
	length = point - 1;
	assert_rv(decapsulate_readable(&m, private, 20, &key), CKR_WRAPPED_KEY_INVALID);
	/* A function that makes any number of bytes is told how many; without one all of them are the key. */
	assert_rv(encapsulate_readable(&m, public, 0, &key), kdf == CKD_NULL ? CKR_OK : CKR_TEMPLATE_INCOMPLETE);
}

static void rules_366_368_agreement_on_a_curve_with_an_ephemeral_key(void **state)
{
	(void)state;
	check_agreement(CKM_ECDH1_DERIVE, CKD_NULL, keys.ec_public, keys.ec_private, 65);
	check_agreement(CKM_ECDH1_DERIVE, CKD_SHA256_KDF, keys.ec_public, keys.ec_private, 65);
	check_agreement(CKM_ECDH1_COFACTOR_DERIVE, CKD_SHA512_KDF_SP800, keys.ec_public, keys.ec_private, 65);
	check_agreement(CKM_ECDH1_DERIVE, CKD_NULL, keys.x_public, keys.x_private, 32);
	check_agreement(CKM_ECDH1_DERIVE, CKD_SHA3_256_KDF, keys.x_public, keys.x_private, 32);
}

/* The ciphertext decrypts to the secret. */
static void check_transport(CK_MECHANISM *m)
{
	CK_BYTE opened[256], secret[32];
	CK_OBJECT_HANDLE key, again;

	permit(keys.rsa_public, keys.rsa_private);
	assert_ok(encapsulate_readable(m, keys.rsa_public, 32, &key));
	assert_int_equal(length, 256);
	assert_int_equal(read_secret(key, secret, sizeof(secret)), 32);
	CK_ULONG n = decrypt(m, keys.rsa_private, ciphertext, length, opened, sizeof(opened));
	assert_memory_equal(opened + n - 32, secret, 32);
	assert_ok(decapsulate_readable(m, keys.rsa_private, 32, &again));
	check_same_secret(key, again);
	length = 255;
	assert_rv(decapsulate_readable(m, keys.rsa_private, 32, &key), CKR_WRAPPED_KEY_LEN_RANGE);
}

static void rules_366_368_a_new_key_goes_by_rsa(void **state)
{
	CK_OBJECT_HANDLE key, again;

	(void)state;
	check_transport(&m_rsa);
	check_transport(&m_oaep);
	check_transport(&m_rsa_x509);
	assert_rv(encapsulate_readable(&m_rsa, keys.rsa_public, 0, &key), CKR_TEMPLATE_INCOMPLETE);
	assert_rv(encapsulate_readable(&m_rsa, keys.rsa_public, 246, &key), CKR_KEY_SIZE_RANGE);
	assert_rv(encapsulate_readable(&m_oaep, keys.rsa_public, 240, &key), CKR_KEY_SIZE_RANGE);
	assert_ok(encapsulate_readable(&m_rsa_x509, keys.rsa_public, 0, &key));
	assert_ok(decapsulate_readable(&m_rsa_x509, keys.rsa_private, 0, &again));
	assert_int_equal(get_ulong(sess, key, CKA_VALUE_LEN), 256);
	check_same_secret(key, again);
	/* The padding says how long the key is. */
	assert_ok(encapsulate_readable(&m_oaep, keys.rsa_public, 24, &key));
	assert_ok(decapsulate_readable(&m_oaep, keys.rsa_private, 0, &again));
	check_same_secret(key, again);
	assert_rv(decapsulate_readable(&m_oaep, keys.rsa_private, 32, &again), CKR_TEMPLATE_INCONSISTENT);
	ciphertext[200] ^= 1;
	assert_rv(decapsulate_readable(&m_oaep, keys.rsa_private, 24, &again), CKR_WRAPPED_KEY_INVALID);
}

/* Neither a bad padding nor a key of another length is told from a good one: another key, always the same. */
static void rule_368_pkcs1_is_no_oracle(void **state)
{
	CK_BYTE right[32], one[32], other[32];
	CK_OBJECT_HANDLE key;

	(void)state;
	permit(keys.rsa_public, keys.rsa_private);
	for (int bad_padding = 0; bad_padding < 2; bad_padding++) {
		if (bad_padding) {
			assert_ok(encapsulate_readable(&m_rsa, keys.rsa_public, 32, &key));
			read_secret(key, right, sizeof(right));
			ciphertext[200] ^= 1;
		} else {
			length = encrypt(&m_rsa, keys.rsa_public, pattern, 20, ciphertext, sizeof(ciphertext));
			memcpy(right, pattern, sizeof(right));
		}
		assert_ok(decapsulate_readable(&m_rsa, keys.rsa_private, 32, &key));
		assert_int_equal(read_secret(key, one, sizeof(one)), 32);
		assert_ok(decapsulate_readable(&m_rsa, keys.rsa_private, 32, &key));
		assert_int_equal(read_secret(key, other, sizeof(other)), 32);
		assert_memory_equal(one, other, 32);
		assert_memory_not_equal(one, right, 20);
	}
}

/* ---- public keys from private ones ----------------------------------------------------------------- */

/* The permission to encapsulate is the private key's to decapsulate, as signing's is verifying. */
static void a_public_half_encapsulates_when_the_private_one_decapsulates(void **state)
{
	CK_MECHANISM m = {CKM_PUB_KEY_FROM_PRIV_KEY, NULL, 0};
	CK_ATTRIBUTE derives = {CKA_DERIVE, &yes, sizeof(yes)}, decapsulates = {CKA_DECAPSULATE, &no, sizeof(no)};
	CK_OBJECT_HANDLE private, half, one, other;

	NEED(CKM_ML_KEM);
	private = pq_key(CKK_ML_KEM, true);
	assert_rv(p11->C_DeriveKey(sess, &m, private, NULL, 0, &half), CKR_KEY_TYPE_INCONSISTENT);
	assert_ok(p11->C_SetAttributeValue(sess, private, &derives, 1));
	assert_ok(p11->C_DeriveKey(sess, &m, private, NULL, 0, &half));
	assert_true(get_bool(sess, half, CKA_ENCAPSULATE));
	assert_ok(encapsulate_with(half, readable, 2, &one));
	assert_ok(decapsulate_with(private, readable, 2, &other));
	check_same_secret(one, other);
	assert_ok(p11->C_SetAttributeValue(sess, private, &decapsulates, 1));
	assert_ok(p11->C_DeriveKey(sess, &m, private, NULL, 0, &half));
	assert_false(get_bool(sess, half, CKA_ENCAPSULATE));
}

/* ---- signatures ---------------------------------------------------------------------------------- */

static CK_BYTE signature[20000];

static void pieces_need_the_signature_first(CK_MECHANISM_TYPE type, CK_KEY_TYPE key_type)
{
	CK_MECHANISM m = {type, NULL, 0};
	CK_ULONG n = sign(&m, pq_key(key_type, true), pattern, 300, signature, sizeof(signature));

	assert_ok(p11->C_VerifyInit(sess, &m, pq_key(key_type, false)));
	assert_rv(p11->C_VerifyUpdate(sess, unconst(pattern), 100), CKR_FUNCTION_NOT_SUPPORTED);
	assert_ok(p11->C_VerifyInit(sess, &m, pq_key(key_type, false)));
	assert_rv(p11->C_VerifyFinal(sess, signature, n), CKR_FUNCTION_NOT_SUPPORTED);
	assert_ok(p11->C_VerifySignatureInit(sess, &m, pq_key(key_type, false), signature, n));
	for (size_t i = 0; i < 300; i += 100)
		assert_ok(p11->C_VerifySignatureUpdate(sess, unconst(pattern) + i, 100));
	assert_ok(p11->C_VerifySignatureFinal(sess));
	/* And what was signed in pieces is what was signed whole. */
	assert_ok(p11->C_SignInit(sess, &m, pq_key(key_type, true)));
	assert_ok(p11->C_SignUpdate(sess, unconst(pattern), 1));
	assert_ok(p11->C_SignUpdate(sess, unconst(pattern) + 1, 299));
	n = sizeof(signature);
	assert_ok(p11->C_SignFinal(sess, signature, &n));
	assert_ok(verify(&m, pq_key(key_type, false), pattern, 300, signature, n));
}

static void rule_299_pure_signatures_are_verified_in_pieces_only_with_the_signature_first(void **state)
{
	NEED(CKM_ML_DSA);
	pieces_need_the_signature_first(CKM_ML_DSA, CKK_ML_DSA);
	NEED(CKM_SLH_DSA);
	pieces_need_the_signature_first(CKM_SLH_DSA, CKK_SLH_DSA);
}

static void rule_299_a_digest_made_outside_is_signed_in_one_call(void **state)
{
	CK_HASH_SIGN_ADDITIONAL_CONTEXT p = {CKH_HEDGE_PREFERRED, NULL, 0, CKM_SHA256};
	CK_MECHANISM m = {CKM_HASH_ML_DSA, &p, sizeof(p)};

	NEED(CKM_HASH_ML_DSA);
	assert_ok(p11->C_SignInit(sess, &m, pq_key(CKK_ML_DSA, true)));
	assert_rv(p11->C_SignUpdate(sess, unconst(pattern), 32), CKR_FUNCTION_NOT_SUPPORTED);
	assert_ok(p11->C_VerifyInit(sess, &m, pq_key(CKK_ML_DSA, false)));
	assert_rv(p11->C_VerifyUpdate(sess, unconst(pattern), 32), CKR_FUNCTION_NOT_SUPPORTED);
}

/* ---- keys ---------------------------------------------------------------------------------------- */

static void rule_371_unknown_parameter_sets_are_named(void **state)
{
	CK_OBJECT_HANDLE one, other;

	NEED(CKM_ML_KEM);
	assert_rv(pq_generate(sess, CKK_ML_KEM, 4, &one, &other), CKR_PARAMETER_SET_NOT_SUPPORTED);
	assert_rv(pq_generate(sess, CKK_ML_DSA, 0, &one, &other), CKR_PARAMETER_SET_NOT_SUPPORTED);
	assert_rv(pq_generate(sess, CKK_SLH_DSA, 13, &one, &other), CKR_PARAMETER_SET_NOT_SUPPORTED);
}

static CK_BYTE value[3000], seed[64], info[3000];

/* A private key that is read and created again signs the same way; value and seed hide together. */
static void rule_205_private_keys_come_in_with_value_and_seed(void **state)
{
	CK_ULONG set = CKP_ML_DSA_44;
	CK_KEY_TYPE type = CKK_ML_DSA;
	CK_ATTRIBUTE read[] = {{CKA_VALUE, value, sizeof(value)}, {CKA_SEED, seed, sizeof(seed)}, {CKA_PUBLIC_KEY_INFO, info, sizeof(info)}};
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &private_key_class, sizeof(private_key_class)}, {CKA_KEY_TYPE, &type, sizeof(type)},
	                           {CKA_PARAMETER_SET, &set, sizeof(set)}, {CKA_VALUE, value, 0}, {CKA_SEED, seed, 0}};
	CK_ATTRIBUTE hide[] = {{CKA_SENSITIVE, &yes, sizeof(yes)}};
	CK_MECHANISM m = {CKM_ML_DSA, NULL, 0};
	CK_OBJECT_HANDLE key;
	CK_ULONG n;

	NEED(CKM_ML_DSA);
	assert_ok(p11->C_GetAttributeValue(sess, pq_key(CKK_ML_DSA, true), read, COUNT(read)));
	assert_int_equal(read[0].ulValueLen, 2560);
	assert_int_equal(read[1].ulValueLen, 32);
	template[3].ulValueLen = 2560;
	template[4].ulValueLen = 32;
	assert_ok(p11->C_CreateObject(sess, template, 4, &key));
	assert_rv(p11->C_GetAttributeValue(sess, key, &read[1], 1), CKR_ATTRIBUTE_TYPE_INVALID);
	assert_ok(p11->C_CreateObject(sess, template, 5, &key));
	n = sign(&m, key, pattern, 50, signature, sizeof(signature));
	assert_ok(verify(&m, pq_key(CKK_ML_DSA, false), pattern, 50, signature, n));
	seed[0] ^= 1;
	assert_rv(p11->C_CreateObject(sess, template, 5, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	template[3] = (CK_ATTRIBUTE){CKA_SEED, seed, 32};
	assert_rv(p11->C_CreateObject(sess, template, 4, &key), CKR_TEMPLATE_INCOMPLETE);
	assert_ok(p11->C_SetAttributeValue(sess, pq_key(CKK_ML_DSA, true), hide, 1));
	read[0].ulValueLen = sizeof(value);
	read[1].ulValueLen = sizeof(seed);
	assert_rv(p11->C_GetAttributeValue(sess, pq_key(CKK_ML_DSA, true), &read[0], 1), CKR_ATTRIBUTE_SENSITIVE);
	assert_rv(p11->C_GetAttributeValue(sess, pq_key(CKK_ML_DSA, true), &read[1], 1), CKR_ATTRIBUTE_SENSITIVE);
}

/* ---- wrapping ------------------------------------------------------------------------------------ */

static void wrap_and_unwrap(CK_KEY_TYPE type, bool has_seed)
{
	CK_MECHANISM m = {CKM_AES_KEY_WRAP_PAD, NULL, 0};
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &private_key_class, sizeof(private_key_class)}, {CKA_KEY_TYPE, &type, sizeof(type)},
	                           {CKA_SENSITIVE, &no, sizeof(no)}};
	static CK_BYTE wrapped[4000], again[3000];
	CK_ATTRIBUTE read[] = {{CKA_VALUE, value, sizeof(value)}, {CKA_SEED, seed, sizeof(seed)}};
	CK_ATTRIBUTE reread[] = {{CKA_VALUE, again, sizeof(again)}, {CKA_SEED, again + 2900, 100}};
	CK_KEY_TYPE other = type == CKK_ML_DSA ? CKK_ML_KEM : CKK_ML_DSA;
	CK_ULONG n = sizeof(wrapped);
	CK_OBJECT_HANDLE key;

	assert_ok(p11->C_WrapKey(sess, &m, keys.aes, pq_key(type, true), wrapped, &n));
	assert_ok(p11->C_UnwrapKey(sess, &m, keys.aes, wrapped, n, template, COUNT(template), &key));
	assert_int_equal(get_ulong(sess, key, CKA_PARAMETER_SET), get_ulong(sess, pq_key(type, true), CKA_PARAMETER_SET));
	assert_ok(p11->C_GetAttributeValue(sess, pq_key(type, true), read, has_seed ? 2 : 1));
	assert_ok(p11->C_GetAttributeValue(sess, key, reread, has_seed ? 2 : 1));
	assert_int_equal(read[0].ulValueLen, reread[0].ulValueLen);
	assert_memory_equal(value, again, read[0].ulValueLen);
	if (has_seed)
		assert_memory_equal(seed, again + 2900, read[1].ulValueLen);
	template[1].pValue = &other;
	assert_rv(p11->C_UnwrapKey(sess, &m, keys.aes, wrapped, n, template, COUNT(template), &key), CKR_WRAPPED_KEY_INVALID);
}

static void rule_356_private_keys_go_out_and_come_back(void **state)
{
	NEED(CKM_ML_DSA);
	wrap_and_unwrap(CKK_ML_DSA, true);
	wrap_and_unwrap(CKK_ML_KEM, true);
	wrap_and_unwrap(CKK_SLH_DSA, false);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rules_366_368_the_new_keys_come_from_outside),
		WITH_KEYS(rule_366_the_template_decides),
		WITH_KEYS(rule_367_without_room_nothing_is_made),
		WITH_KEYS(rules_366_368_the_key_must_fit_and_be_allowed_to),
		WITH_KEYS(rule_368_a_forged_ciphertext_gives_another_key),
		WITH_KEYS(rule_369_new_keys_need_the_right_session),
		WITH_KEYS(rule_370_no_operation_is_disturbed),
		WITH_KEYS(rules_366_368_agreement_on_a_curve_with_an_ephemeral_key),
		WITH_KEYS(rules_366_368_a_new_key_goes_by_rsa),
		WITH_KEYS(rule_368_pkcs1_is_no_oracle),
		WITH_KEYS(a_public_half_encapsulates_when_the_private_one_decapsulates),
		WITH_KEYS(rule_299_pure_signatures_are_verified_in_pieces_only_with_the_signature_first),
		WITH_KEYS(rule_299_a_digest_made_outside_is_signed_in_one_call),
		WITH_KEYS(rule_371_unknown_parameter_sets_are_named),
		WITH_KEYS(rule_205_private_keys_come_in_with_value_and_seed),
		WITH_KEYS(rule_356_private_keys_go_out_and_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
