/* SPDX-License-Identifier: Apache-2.0 */
/* RSA, ECDSA and EdDSA against whole files of Project Wycheproof: through the mechanisms, with keys that are
 * completed and loaded from the file's numbers. Skips files that are not there. */
#include "asym_kit.h"
#include "mech_vectors.h"

/* The key of the group that was last seen. */
static struct mech_key *key;
static const char *key_group;

static void forget_key(void)
{
	mech_key_free(key);
	key = NULL;
	key_group = NULL;
}

static void set_number(struct attr_list *l, CK_ATTRIBUTE_TYPE type, const struct vector *v, const char *name)
{
	struct buf value = vector_hex(v, name);

	if (value.len > 0)
		assert_int_equal(attr_list_set(l, type, buf_bytes(&value)), CKR_OK);
	buf_free(&value);
}

/* The list's key when the group is a new one; *l is used up. */
static void take_key(const struct vector *v, struct attr_list *l)
{
	forget_key();
	key = kit_load(l);
	key_group = v->group;
}

static void rsa_public(const struct vector *v)
{
	if (key_group == v->group)
		return;
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, CKK_RSA);
	set_number(&l, CKA_MODULUS, v, "publicKey.modulus");
	set_number(&l, CKA_PUBLIC_EXPONENT, v, "publicKey.publicExponent");
	take_key(v, &l);
}

static void rsa_private(const struct vector *v)
{
	if (key_group == v->group)
		return;
	struct attr_list l = kit_list(CKO_PRIVATE_KEY, CKK_RSA);
	set_number(&l, CKA_MODULUS, v, "privateKey.modulus");
	set_number(&l, CKA_PUBLIC_EXPONENT, v, "privateKey.publicExponent");
	set_number(&l, CKA_PRIVATE_EXPONENT, v, "privateKey.privateExponent");
	set_number(&l, CKA_PRIME_1, v, "privateKey.prime1");
	set_number(&l, CKA_PRIME_2, v, "privateKey.prime2");
	set_number(&l, CKA_EXPONENT_1, v, "privateKey.exponent1");
	set_number(&l, CKA_EXPONENT_2, v, "privateKey.exponent2");
	set_number(&l, CKA_COEFFICIENT, v, "privateKey.coefficient");
	take_key(v, &l);
}

static const struct hash_name {
	const char *name;
	CK_MECHANISM_TYPE hash;
	CK_RSA_PKCS_MGF_TYPE mgf;
	CK_MECHANISM_TYPE pkcs1, pss, ecdsa;
} hash_names[] = {
	{"SHA-1", CKM_SHA_1, CKG_MGF1_SHA1, CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, CKM_ECDSA_SHA1},
	{"SHA-224", CKM_SHA224, CKG_MGF1_SHA224, CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS, CKM_ECDSA_SHA224},
	{"SHA-256", CKM_SHA256, CKG_MGF1_SHA256, CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, CKM_ECDSA_SHA256},
	{"SHA-384", CKM_SHA384, CKG_MGF1_SHA384, CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS, CKM_ECDSA_SHA384},
	{"SHA-512", CKM_SHA512, CKG_MGF1_SHA512, CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS, CKM_ECDSA_SHA512},
	{"SHA3-256", CKM_SHA3_256, CKG_MGF1_SHA3_256, CKM_SHA3_256_RSA_PKCS, CKM_SHA3_256_RSA_PKCS_PSS, CKM_ECDSA_SHA3_256},
};

/* NULL for a hash without a number in the standard (SHA-512/256 has no mask generation function). */
static const struct hash_name *hash_of(const struct vector *v, const char *name)
{
	for (size_t i = 0; i < array_len(hash_names); i++) {
		if (vector_is(v, name, hash_names[i].name))
			return &hash_names[i];
	}
	return NULL;
}

/* What a verification says is what the file says; what is "acceptable" we may refuse. */
static void check_verdict(const struct vector *v, CK_RV rv)
{
	if (vector_is(v, "result", "valid"))
		assert_int_equal(rv, CKR_OK);
	else if (vector_is(v, "result", "invalid"))
		assert_true(rv == CKR_SIGNATURE_INVALID || rv == CKR_SIGNATURE_LEN_RANGE);
	else
		assert_true(rv == CKR_OK || rv == CKR_SIGNATURE_INVALID || rv == CKR_SIGNATURE_LEN_RANGE);
}

static CK_RV verify(const struct vector *v, const CK_MECHANISM *m)
{
	struct buf message = vector_hex(v, "msg"), signature = vector_hex(v, "sig");
	CK_RV rv = kit_verify(m, key, buf_bytes(&message), buf_bytes(&signature));

	buf_free(&message);
	buf_free(&signature);
	return rv;
}

/* ---- RSA ----------------------------------------------------------------------------------- */

static void pkcs1_verification(const struct vector *v)
{
	const CK_MECHANISM m = {hash_of(v, "sha")->pkcs1, NULL, 0};

	rsa_public(v);
	check_verdict(v, verify(v, &m));
}

static CK_ULONG salt_length(const struct vector *v)
{
	struct bytes text = {0};
	CK_ULONG n = 0;

	assert_true(vector_find(v, "sLen", &text));
	for (size_t i = 0; i < text.len; i++)
		n = 10 * n + (CK_ULONG)(text.data[i] - '0');
	return n;
}

static void pss_verification(const struct vector *v)
{
	const struct hash_name *hash = hash_of(v, "sha"), *mgf = hash_of(v, "mgfSha");

	if (hash == NULL || mgf == NULL)
		return;
	CK_RSA_PKCS_PSS_PARAMS p = {hash->hash, mgf->mgf, salt_length(v)};
	const CK_MECHANISM m = {hash->pss, &p, sizeof(p)};
	rsa_public(v);
	check_verdict(v, verify(v, &m));
}

static void pkcs1_signing(const struct vector *v)
{
	const CK_MECHANISM m = {hash_of(v, "sha")->pkcs1, NULL, 0};
	struct buf message = vector_hex(v, "msg"), want = vector_hex(v, "sig"), got = {0};

	rsa_private(v);
	assert_int_equal(kit_whole(MECH_SIGN, &m, key, buf_bytes(&message), &got), CKR_OK);
	assert_true(bytes_equal(buf_bytes(&got), buf_bytes(&want)));
	buf_free(&message);
	buf_free(&want);
	buf_free(&got);
}

static void check_decryption(const struct vector *v, const CK_MECHANISM *m, bool silent)
{
	struct buf secret = vector_hex(v, "ct"), want = vector_hex(v, "msg"), got = {0};
	CK_RV rv = kit_whole(MECH_DECRYPT, m, key, buf_bytes(&secret), &got);
	bool same = rv == CKR_OK && bytes_equal(buf_bytes(&got), buf_bytes(&want));

	if (!vector_is(v, "result", "invalid"))
		assert_true(same);
	else if (silent && rv == CKR_OK)
		assert_false(same);
	else
		assert_true(rv == CKR_ENCRYPTED_DATA_INVALID || rv == CKR_ENCRYPTED_DATA_LEN_RANGE);
	buf_free(&secret);
	buf_free(&want);
	buf_free(&got);
}

static void oaep_decryption(const struct vector *v)
{
	const struct hash_name *hash = hash_of(v, "sha"), *mgf = hash_of(v, "mgfSha");

	if (hash == NULL || mgf == NULL)
		return;
	struct buf label = vector_hex(v, "label");
	CK_RSA_PKCS_OAEP_PARAMS p = {hash->hash, mgf->mgf, CKZ_DATA_SPECIFIED, label.data, label.len};
	const CK_MECHANISM m = {CKM_RSA_PKCS_OAEP, &p, sizeof(p)};
	rsa_private(v);
	check_decryption(v, &m, false);
	buf_free(&label);
}

static void pkcs1_decryption(const struct vector *v)
{
	const CK_MECHANISM m = {CKM_RSA_PKCS, NULL, 0};

	rsa_private(v);
	check_decryption(v, &m, true);
}

/* ---- curves -------------------------------------------------------------------------------- */

static const struct {
	const char *name, *params;
} curve_names[] = {
	{"secp224r1", "06052b81040021"},
	{"secp256r1", "06082a8648ce3d030107"},
	{"secp384r1", "06052b81040022"},
	{"secp256k1", "06052b8104000a"},
	{"brainpoolP256r1", "06092b2403030208010107"},
	{"edwards25519", "06032b6570"},
	{"edwards448", "06032b6571"},
};

static void curve_public(const struct vector *v, CK_KEY_TYPE type, const char *point)
{
	if (key_group == v->group)
		return;
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, type);
	for (size_t i = 0; i < array_len(curve_names); i++) {
		if (vector_is(v, "publicKey.curve", curve_names[i].name))
			kit_set_hex(&l, CKA_EC_PARAMS, curve_names[i].params);
	}
	set_number(&l, CKA_EC_POINT, v, point);
	take_key(v, &l);
}

/* Signatures of other even lengths are right by §6.3.1, while the files want exactly two halves. */
static void ecdsa_verification(const struct vector *v)
{
	const CK_MECHANISM m = {hash_of(v, "sha")->ecdsa, NULL, 0};

	curve_public(v, CKK_EC, "publicKey.uncompressed");
	CK_RV rv = verify(v, &m);
	if (vector_has(v, "flags", "SignatureSize"))
		assert_true(rv == CKR_SIGNATURE_INVALID || rv == CKR_SIGNATURE_LEN_RANGE || rv == CKR_OK);
	else
		check_verdict(v, rv);
}

static void eddsa_verification(const struct vector *v)
{
	CK_EDDSA_PARAMS p = {CK_FALSE, 0, NULL};
	bool large = vector_is(v, "publicKey.curve", "edwards448");
	const CK_MECHANISM m = {CKM_EDDSA, large ? &p : NULL, large ? sizeof(p) : 0};

	curve_public(v, CKK_EC_EDWARDS, "publicKey.pk");
	check_verdict(v, verify(v, &m));
}

/* ---- files --------------------------------------------------------------------------------- */

#define FILE_TEST(test, file, check)                    \
	static void test(void **state)                  \
	{                                               \
		(void)state;                            \
		forget_key();                           \
		vectors_replay(file "_test.json", check); \
		forget_key();                           \
	}

FILE_TEST(rsa_2048_sha256, "rsa_signature_2048_sha256", pkcs1_verification)
FILE_TEST(rsa_2048_sha3_256, "rsa_signature_2048_sha3_256", pkcs1_verification)
FILE_TEST(rsa_3072_sha512, "rsa_signature_3072_sha512", pkcs1_verification)
FILE_TEST(rsa_2048_signing, "rsa_pkcs1_2048_sig_gen", pkcs1_signing)
FILE_TEST(rsa_pss_2048_sha256, "rsa_pss_2048_sha256_mgf1_32", pss_verification)
FILE_TEST(rsa_pss_misc, "rsa_pss_misc", pss_verification)
FILE_TEST(rsa_oaep_2048_sha256_sha1, "rsa_oaep_2048_sha256_mgf1sha1", oaep_decryption)
FILE_TEST(rsa_oaep_2048_sha256, "rsa_oaep_2048_sha256_mgf1sha256", oaep_decryption)
FILE_TEST(rsa_oaep_misc, "rsa_oaep_misc", oaep_decryption)
FILE_TEST(rsa_pkcs1_2048, "rsa_pkcs1_2048", pkcs1_decryption)
FILE_TEST(ecdsa_p256_sha256, "ecdsa_secp256r1_sha256_p1363", ecdsa_verification)
FILE_TEST(ecdsa_p256_sha512, "ecdsa_secp256r1_sha512_p1363", ecdsa_verification)
FILE_TEST(ecdsa_p384_sha384, "ecdsa_secp384r1_sha384_p1363", ecdsa_verification)
FILE_TEST(ecdsa_k256_sha256, "ecdsa_secp256k1_sha256_p1363", ecdsa_verification)
FILE_TEST(ecdsa_brainpool256_sha256, "ecdsa_brainpoolP256r1_sha256_p1363", ecdsa_verification)
FILE_TEST(ed25519, "ed25519", eddsa_verification)
FILE_TEST(ed448, "ed448", eddsa_verification)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa_2048_sha256),
		cmocka_unit_test(rsa_2048_sha3_256),
		cmocka_unit_test(rsa_3072_sha512),
		cmocka_unit_test(rsa_2048_signing),
		cmocka_unit_test(rsa_pss_2048_sha256),
		cmocka_unit_test(rsa_pss_misc),
		cmocka_unit_test(rsa_oaep_2048_sha256_sha1),
		cmocka_unit_test(rsa_oaep_2048_sha256),
		cmocka_unit_test(rsa_oaep_misc),
		cmocka_unit_test(rsa_pkcs1_2048),
		cmocka_unit_test(ecdsa_p256_sha256),
		cmocka_unit_test(ecdsa_p256_sha512),
		cmocka_unit_test(ecdsa_p384_sha384),
		cmocka_unit_test(ecdsa_k256_sha256),
		cmocka_unit_test(ecdsa_brainpool256_sha256),
		cmocka_unit_test(ed25519),
		cmocka_unit_test(ed448),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
