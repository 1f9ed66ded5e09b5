/* SPDX-License-Identifier: Apache-2.0 */
/* The RSA family: published answers (Project Wycheproof), every way to sign and encrypt with every hash, what an
 * imported key may look like, and each refusal. */
#include "asym_kit.h"
#include "rsa_fixture.h"

#include "crypto/pkey.h"

extern const struct mech_family mech_family_rsa;

static struct kit_pair pair;

static int open_all(void **state)
{
	if (harness_open(state) != 0)
		return 1;
	pair = kit_rsa_pair();
	return 0;
}

static int close_all(void **state)
{
	kit_pair_free(&pair);
	return harness_close(state);
}

static const struct hash_row {
	CK_MECHANISM_TYPE hash;
	CK_RSA_PKCS_MGF_TYPE mgf;
	CK_ULONG size;
	CK_MECHANISM_TYPE pkcs1, pss;
	const char *signature; /* PKCS #1 v1.5, of "Test" */
} hashes[] = {
	{CKM_SHA_1, CKG_MGF1_SHA1, 20, CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, FIXTURE_SHA1_SIGNATURE},
	{CKM_SHA224, CKG_MGF1_SHA224, 28, CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS, FIXTURE_SHA224_SIGNATURE},
	{CKM_SHA256, CKG_MGF1_SHA256, 32, CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, FIXTURE_SHA256_SIGNATURE},
	{CKM_SHA384, CKG_MGF1_SHA384, 48, CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS, FIXTURE_SHA384_SIGNATURE},
	{CKM_SHA512, CKG_MGF1_SHA512, 64, CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS, FIXTURE_SHA512_SIGNATURE},
	{CKM_SHA3_224, CKG_MGF1_SHA3_224, 28, CKM_SHA3_224_RSA_PKCS, CKM_SHA3_224_RSA_PKCS_PSS, FIXTURE_SHA3_224_SIGNATURE},
	{CKM_SHA3_256, CKG_MGF1_SHA3_256, 32, CKM_SHA3_256_RSA_PKCS, CKM_SHA3_256_RSA_PKCS_PSS, FIXTURE_SHA3_256_SIGNATURE},
	{CKM_SHA3_384, CKG_MGF1_SHA3_384, 48, CKM_SHA3_384_RSA_PKCS, CKM_SHA3_384_RSA_PKCS_PSS, FIXTURE_SHA3_384_SIGNATURE},
	{CKM_SHA3_512, CKG_MGF1_SHA3_512, 64, CKM_SHA3_512_RSA_PKCS, CKM_SHA3_512_RSA_PKCS_PSS, FIXTURE_SHA3_512_SIGNATURE},
};

static const CK_MECHANISM pkcs1 = {CKM_RSA_PKCS, NULL, 0};
static const CK_MECHANISM raw = {CKM_RSA_X_509, NULL, 0};

/* ---- tables -------------------------------------------------------------------------------- */

static void rows_agree_with_their_steps(void **state)
{
	(void)state;
	harness_check_family(&mech_family_rsa);
}

/* ---- signatures ---------------------------------------------------------------------------- */

static void published_pkcs1_signatures(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(hashes); i++) {
		CK_MECHANISM m = {hashes[i].pkcs1, NULL, 0};
		struct buf want = harness_hex(hashes[i].signature);
		struct buf got = {0};

		assert_int_equal(kit_whole(MECH_SIGN, &m, pair.private_key, kit_text("Test"), &got), CKR_OK);
		assert_int_equal(got.len, want.len);
		assert_memory_equal(got.data, want.data, want.len);
		kit_check_pair(&m, &pair, kit_text("Test"));
		buf_free(&want);
		buf_free(&got);
	}
}

static void published_pss_signature(void **state)
{
	CK_RSA_PKCS_PSS_PARAMS p = {CKM_SHA256, CKG_MGF1_SHA256, 32};
	CK_MECHANISM m = {CKM_SHA256_RSA_PKCS_PSS, &p, sizeof(p)};
	struct buf message = harness_hex(FIXTURE_PSS_MESSAGE);
	struct buf signature = harness_hex(FIXTURE_PSS_SIGNATURE);

	(void)state;
	assert_int_equal(kit_verify(&m, pair.public_key, buf_bytes(&message), buf_bytes(&signature)), CKR_OK);
	p.sLen = 31;
	assert_int_equal(kit_verify(&m, pair.public_key, buf_bytes(&message), buf_bytes(&signature)), CKR_SIGNATURE_INVALID);
	p.sLen = 32;
	p.mgf = CKG_MGF1_SHA1;
	assert_int_equal(kit_verify(&m, pair.public_key, buf_bytes(&message), buf_bytes(&signature)), CKR_SIGNATURE_INVALID);
	buf_free(&message);
	buf_free(&signature);
}

/* Of "a message", by the openssl command. */
static void signatures_of_old_forms(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE type;
		const char *signature;
	} rows[] = {
		{CKM_SHA1_RSA_X9_31,
		 "3182b1d26a8dab763972e4430c93d227c67b899b97dfd6f74d2b176533497e7c509f5864e233216f52f50c69b1390faa"
		 "b8e8b7a589deb40d5c38462a85088a8c00f8fb6f3deb8be9956e648abd0cf558954016e49e7426742ac01df3fbdcc6ae"
		 "a7c4130ba408d908570006d144f36a6c8520ca1415ca0dd7ebd15d4d33fc2391f7c92e10aa9639a736beace32db43a8f"
		 "4ec55ab1dba1d73cf38a34a8e1376c95f69566423243d12ec08d50cd61b8e51ff02c87c623916c7f4df5cbe583f2f930"
		 "863e385dfe67481764bdb4c26038055036adc2d7d3a11d3aa642e4872048ce8ff5a3b09c4f98680bf1758655e130ef55"
		 "1bf2733a292506c8c47830f8f23d84a4"},
		{CKM_MD5_RSA_PKCS,
		 "6d99ac3af58d0ccf19ab92689d7bd3bf2f20bd8c6cd861ef3a76979cd69194b4d26e85fcfe26906b93f2c525ed1e8e8d"
		 "38ea9a385b4b64baaf2a33de85fa6fb2066eaf53e3333d301978c614fac9c0531525ac36af7b9c52da4e5aeb64ed8ac9"
		 "75ba6ffc460fd0b9a940bb1d57af15161742e4ac268d57893b04fd70e26c7c36be58125e057ebc077e29351ba4956081"
		 "617df1f7c5e203f37040a50c4e25c543ae5f9bfc674144610ebeb29e897d1ab14f542c4c448039ea5d332d306821e863"
		 "37c77acd99a427cc9b9a2ac511a42832bd4d9004dd14c5d562e00108f9b125528ec678a583fbef8cd2934ca48c1fc0f2"
		 "e561eb24c0de8409ff8861b87d3a1446"},
		{CKM_RIPEMD160_RSA_PKCS,
		 "39687fce1d7d57adb3087a52456349785b2afb04159a597f4781de6e4d9c93f830f368aba5cb4089f2bf65e332953f19"
		 "7235bc34943f47326a187b46918074781d9c41e610340af9cd45bff62bafda0a7d231df66ca847e11ac55261cc084ca2"
		 "ae401f7601fbe64a9a06f6802595cb594309235a371e0c3e5f016df4f18dce20d94da3e7793987a8e41d97b28f551ce5"
		 "e2b0032053e1c5e2c585b5140766a26621c61caa6dd887b555191aa2ab8a2e4b3ecec23d669028aa8e9002cd77fc72bb"
		 "4710448ce2d8b3939c34f1e650ff72f3ca7de7c971be39a826a89ae643e22b184bf0424b9bf43b27eb5992c9647e25d6"
		 "d7f9ba929a5da322f7f891b8eaeb81ee"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		const CK_MECHANISM m = {rows[i].type, NULL, 0};
		struct buf want = harness_hex(rows[i].signature), got = {0};

		assert_int_equal(kit_whole(MECH_SIGN, &m, pair.private_key, kit_text("a message"), &got), CKR_OK);
		assert_int_equal(got.len, want.len);
		assert_memory_equal(got.data, want.data, want.len);
		kit_check_pair(&m, &pair, kit_text("a message"));
		buf_free(&want);
		buf_free(&got);
	}
}

/* The application brings hash and identifier; anything up to two bytes fewer than the modulus goes. */
static void x9_31_over_what_the_application_hashed(void **state)
{
	static const unsigned char data[256] = {0xba, 0xbb};
	const CK_MECHANISM m = {CKM_RSA_X9_31, NULL, 0};
	struct buf signature = {0};

	(void)state;
	for (size_t len = 0; len <= sizeof(data); len += len < 40 || len >= 250 ? 1 : 210) {
		bool fits = len >= 1 && len <= sizeof(data) - 2;

		assert_int_equal(kit_whole(MECH_SIGN, &m, pair.private_key, bytes_of(data, len), &signature), fits ? CKR_OK : CKR_DATA_LEN_RANGE);
		if (!fits)
			continue;
		assert_int_equal(kit_verify(&m, pair.public_key, bytes_of(data, len), buf_bytes(&signature)), CKR_OK);
		assert_int_equal(kit_verify(&m, pair.public_key, bytes_of(data, len + (len == 1 ? 1 : (size_t)-1)), buf_bytes(&signature)),
		                 CKR_SIGNATURE_INVALID);
	}
	kit_check_pair(&m, &pair, bytes_of(data, 21));
	buf_free(&signature);
}

static void pss_with_every_hash_and_mask(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(hashes); i++) {
		const struct hash_row *other = &hashes[(i + 1) % array_len(hashes)];
		CK_RSA_PKCS_PSS_PARAMS p = {hashes[i].hash, hashes[i].mgf, hashes[i].size};
		CK_MECHANISM m = {hashes[i].pss, &p, sizeof(p)};
		unsigned char digest[64] = {1, 2, 3};

		kit_check_pair(&m, &pair, kit_text("a message"));
		m.mechanism = CKM_RSA_PKCS_PSS;
		kit_check_pair(&m, &pair, bytes_of(digest, hashes[i].size));
		p.mgf = other->mgf;
		p.sLen = 0;
		kit_check_pair(&m, &pair, bytes_of(digest, hashes[i].size));
	}
}

static void bare_pss_wants_a_whole_hash(void **state)
{
	CK_RSA_PKCS_PSS_PARAMS p = {CKM_SHA256, CKG_MGF1_SHA256, 32};
	CK_MECHANISM m = {CKM_RSA_PKCS_PSS, &p, sizeof(p)};
	unsigned char digest[33] = {0}, signature[256] = {0};
	struct buf got = {0};

	(void)state;
	assert_int_equal(kit_whole(MECH_SIGN, &m, pair.private_key, bytes_of(digest, 31), &got), CKR_DATA_LEN_RANGE);
	assert_int_equal(kit_whole(MECH_SIGN, &m, pair.private_key, bytes_of(digest, 33), &got), CKR_DATA_LEN_RANGE);
	assert_int_equal(kit_verify(&m, pair.public_key, bytes_of(digest, 31), bytes_of(signature, 256)), CKR_DATA_LEN_RANGE);
	buf_free(&got);
}

static void pss_parameters_are_checked(void **state)
{
	CK_RSA_PKCS_PSS_PARAMS p = {CKM_SHA256, CKG_MGF1_SHA256, 32};
	CK_MECHANISM m = {CKM_SHA256_RSA_PKCS_PSS, &p, sizeof(p)};

	(void)state;
	assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_OK);
	m.ulParameterLen--;
	assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_MECHANISM_PARAM_INVALID);
	m.ulParameterLen += 2;
	assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_MECHANISM_PARAM_INVALID);
	m = (CK_MECHANISM){CKM_SHA256_RSA_PKCS_PSS, NULL, sizeof(p)};
	assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_MECHANISM_PARAM_INVALID);
	m = (CK_MECHANISM){CKM_SHA256_RSA_PKCS_PSS, NULL, 0};
	assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_MECHANISM_PARAM_INVALID);
	m = (CK_MECHANISM){CKM_SHA256_RSA_PKCS_PSS, &p, sizeof(p)};
	p.hashAlg = CKM_SHA_1;
	assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_MECHANISM_PARAM_INVALID);
	p.hashAlg = CKM_SHA256_HMAC;
	assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_MECHANISM_PARAM_INVALID);
	p = (CK_RSA_PKCS_PSS_PARAMS){CKM_SHA256, 0, 32};
	assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_MECHANISM_PARAM_INVALID);
	p = (CK_RSA_PKCS_PSS_PARAMS){CKM_SHA256, CKG_MGF1_SHA256, 256 - 32 - 2};
	assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_OK);
	p.sLen++;
	assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_MECHANISM_PARAM_INVALID);
	p.sLen = CK_UNAVAILABLE_INFORMATION;
	assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_MECHANISM_PARAM_INVALID);
}

static void longest_salt_works(void **state)
{
	CK_RSA_PKCS_PSS_PARAMS p = {CKM_SHA256, CKG_MGF1_SHA256, 256 - 32 - 2};
	CK_MECHANISM m = {CKM_SHA256_RSA_PKCS_PSS, &p, sizeof(p)};

	(void)state;
	kit_check_pair(&m, &pair, kit_text("x"));
}

static void pkcs1_signs_up_to_its_limit(void **state)
{
	unsigned char data[246] = {0};
	struct buf got = {0}, back = {0};

	(void)state;
	for (size_t len = 0; len <= 245; len += 49) {
		kit_check_pair(&pkcs1, &pair, bytes_of(data, len));
		assert_int_equal(kit_whole(MECH_SIGN_RECOVER, &pkcs1, pair.private_key, bytes_of(data, len), &got), CKR_OK);
		assert_int_equal(kit_whole(MECH_VERIFY_RECOVER, &pkcs1, pair.public_key, buf_bytes(&got), &back), CKR_OK);
		assert_true(bytes_equal(buf_bytes(&back), bytes_of(data, len)));
	}
	assert_int_equal(kit_whole(MECH_SIGN, &pkcs1, pair.private_key, bytes_of(data, 246), &got), CKR_DATA_LEN_RANGE);
	assert_int_equal(kit_whole(MECH_SIGN_RECOVER, &pkcs1, pair.private_key, bytes_of(data, 246), &got), CKR_DATA_LEN_RANGE);
	assert_int_equal(kit_verify(&pkcs1, pair.public_key, bytes_of(data, 246), bytes_of(data, 246)), CKR_DATA_LEN_RANGE);
	buf_free(&got);
	buf_free(&back);
}

static void recovery_refuses_a_bad_block(void **state)
{
	unsigned char block[256] = {0};
	struct buf signature = {0}, got = {0};

	(void)state;
	/* seven bytes of padding only */
	block[1] = 1;
	memset(block + 2, 0xFF, 7);
	assert_int_equal(kit_whole(MECH_SIGN, &raw, pair.private_key, bytes_of(block, 256), &signature), CKR_OK);
	assert_int_equal(kit_whole(MECH_VERIFY_RECOVER, &pkcs1, pair.public_key, buf_bytes(&signature), &got), CKR_SIGNATURE_INVALID);
	block[9] = 0xFF;
	assert_int_equal(kit_whole(MECH_SIGN, &raw, pair.private_key, bytes_of(block, 256), &signature), CKR_OK);
	assert_int_equal(kit_whole(MECH_VERIFY_RECOVER, &pkcs1, pair.public_key, buf_bytes(&signature), &got), CKR_OK);
	assert_int_equal(got.len, 256 - 11);
	memset(block + 2, 0xFF, 254);
	assert_int_equal(kit_whole(MECH_SIGN, &raw, pair.private_key, bytes_of(block, 256), &signature), CKR_OK);
	assert_int_equal(kit_whole(MECH_VERIFY_RECOVER, &pkcs1, pair.public_key, buf_bytes(&signature), &got), CKR_SIGNATURE_INVALID);
	signature.len--;
	assert_int_equal(kit_whole(MECH_VERIFY_RECOVER, &pkcs1, pair.public_key, buf_bytes(&signature), &got), CKR_SIGNATURE_LEN_RANGE);
	buf_free(&signature);
	buf_free(&got);
}

static void bare_rsa_counts_input_as_a_number(void **state)
{
	struct buf n = harness_hex(FIXTURE_N);
	struct buf signature = {0}, got = {0};
	unsigned char padded[256] = {0};

	(void)state;
	memcpy(padded + 253, "abc", 3);
	kit_check_pair(&raw, &pair, kit_text("abc"));
	assert_int_equal(kit_whole(MECH_SIGN, &raw, pair.private_key, kit_text("abc"), &signature), CKR_OK);
	assert_int_equal(kit_verify(&raw, pair.public_key, bytes_of(padded, 256), buf_bytes(&signature)), CKR_OK);
	assert_int_equal(kit_verify(&raw, pair.public_key, kit_text("abd"), buf_bytes(&signature)), CKR_SIGNATURE_INVALID);
	assert_int_equal(kit_verify(&raw, pair.public_key, kit_text("bc"), buf_bytes(&signature)), CKR_SIGNATURE_INVALID);
	assert_int_equal(kit_whole(MECH_VERIFY_RECOVER, &raw, pair.public_key, buf_bytes(&signature), &got), CKR_OK);
	assert_true(bytes_equal(buf_bytes(&got), bytes_of(padded, 256)));
	assert_int_equal(kit_whole(MECH_SIGN, &raw, pair.private_key, buf_bytes(&n), &got), CKR_DATA_INVALID);
	assert_int_equal(kit_whole(MECH_ENCRYPT, &raw, pair.public_key, buf_bytes(&n), &got), CKR_DATA_INVALID);
	assert_int_equal(kit_whole(MECH_DECRYPT, &raw, pair.private_key, buf_bytes(&n), &got), CKR_ENCRYPTED_DATA_INVALID);
	assert_int_equal(kit_whole(MECH_DECRYPT, &raw, pair.private_key, kit_text("abc"), &got), CKR_ENCRYPTED_DATA_LEN_RANGE);
	assert_int_equal(kit_verify(&raw, pair.public_key, kit_text("abc"), buf_bytes(&n)), CKR_SIGNATURE_INVALID);
	assert_int_equal(buf_put_u8(&n, 0), CKR_OK);
	assert_int_equal(kit_whole(MECH_SIGN, &raw, pair.private_key, buf_bytes(&n), &got), CKR_DATA_LEN_RANGE);
	buf_free(&n);
	buf_free(&signature);
	buf_free(&got);
}

/* ---- encryption ---------------------------------------------------------------------------- */

static void check_round(const CK_MECHANISM *m, struct bytes in)
{
	struct buf secret = {0}, back = {0};

	assert_int_equal(kit_whole(MECH_ENCRYPT, m, pair.public_key, in, &secret), CKR_OK);
	assert_int_equal(secret.len, 256);
	assert_int_equal(kit_whole(MECH_DECRYPT, m, pair.private_key, buf_bytes(&secret), &back), CKR_OK);
	assert_true(bytes_equal(buf_bytes(&back), in));
	buf_free(&secret);
	buf_free(&back);
}

static void published_oaep_decryption(void **state)
{
	struct buf label = harness_hex(FIXTURE_OAEP_LABEL), ciphertext = harness_hex(FIXTURE_OAEP_CIPHERTEXT);
	struct buf message = harness_hex(FIXTURE_OAEP_MESSAGE), got = {0};
	CK_RSA_PKCS_OAEP_PARAMS p = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, label.data, label.len};
	CK_MECHANISM m = {CKM_RSA_PKCS_OAEP, &p, sizeof(p)};

	(void)state;
	assert_int_equal(kit_whole(MECH_DECRYPT, &m, pair.private_key, buf_bytes(&ciphertext), &got), CKR_OK);
	assert_true(bytes_equal(buf_bytes(&got), buf_bytes(&message)));
	p.ulSourceDataLen--;
	assert_int_equal(kit_whole(MECH_DECRYPT, &m, pair.private_key, buf_bytes(&ciphertext), &got), CKR_ENCRYPTED_DATA_INVALID);
	p.ulSourceDataLen++;
	ciphertext.data[9] ^= 1;
	assert_int_equal(kit_whole(MECH_DECRYPT, &m, pair.private_key, buf_bytes(&ciphertext), &got), CKR_ENCRYPTED_DATA_INVALID);
	ciphertext.len--;
	assert_int_equal(kit_whole(MECH_DECRYPT, &m, pair.private_key, buf_bytes(&ciphertext), &got), CKR_ENCRYPTED_DATA_LEN_RANGE);
	buf_free(&label);
	buf_free(&ciphertext);
	buf_free(&message);
	buf_free(&got);
}

static void oaep_with_every_hash_and_mask(void **state)
{
	unsigned char data[256] = {7};
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(hashes); i++) {
		for (size_t k = 0; k < array_len(hashes); k++) {
			CK_RSA_PKCS_OAEP_PARAMS p = {hashes[i].hash, hashes[k].mgf, CKZ_DATA_SPECIFIED, NULL, 0};
			CK_MECHANISM m = {CKM_RSA_PKCS_OAEP, &p, sizeof(p)};
			size_t most = 256 - 2 - 2 * hashes[i].size;

			check_round(&m, bytes_of(data, k == 0 ? 0 : most));
			assert_int_equal(kit_whole(MECH_ENCRYPT, &m, pair.public_key, bytes_of(data, most + 1), &got), CKR_DATA_LEN_RANGE);
		}
	}
	buf_free(&got);
}

static void oaep_parameters_are_checked(void **state)
{
	CK_BYTE label[] = "L";
	CK_RSA_PKCS_OAEP_PARAMS p = {CKM_SHA256, CKG_MGF1_SHA256, 0, NULL, 0};
	CK_MECHANISM m = {CKM_RSA_PKCS_OAEP, &p, sizeof(p)};

	(void)state;
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m, pair.public_key), CKR_OK);
	p.ulSourceDataLen = 1;
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m, pair.public_key), CKR_MECHANISM_PARAM_INVALID);
	p.source = CKZ_DATA_SPECIFIED;
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m, pair.public_key), CKR_MECHANISM_PARAM_INVALID);
	p.pSourceData = label;
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m, pair.public_key), CKR_OK);
	p.source = 0;
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m, pair.public_key), CKR_MECHANISM_PARAM_INVALID);
	p.source = 2;
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m, pair.public_key), CKR_MECHANISM_PARAM_INVALID);
	p = (CK_RSA_PKCS_OAEP_PARAMS){CKM_MD5, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0};
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m, pair.public_key), CKR_MECHANISM_PARAM_INVALID);
	p = (CK_RSA_PKCS_OAEP_PARAMS){CKM_SHA256, 0x77, CKZ_DATA_SPECIFIED, NULL, 0};
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m, pair.public_key), CKR_MECHANISM_PARAM_INVALID);
	m.ulParameterLen = 0;
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m, pair.public_key), CKR_MECHANISM_PARAM_INVALID);
	m.pParameter = NULL;
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m, pair.public_key), CKR_MECHANISM_PARAM_INVALID);
}

static void the_label_is_copied_at_init(void **state)
{
	char label[] = "a label";
	CK_RSA_PKCS_OAEP_PARAMS p = {CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, label, sizeof(label) - 1};
	CK_MECHANISM m = {CKM_RSA_PKCS_OAEP, &p, sizeof(p)};
	struct buf secret = {0}, back = {0};
	struct mech_op op;

	(void)state;
	assert_int_equal(kit_whole(MECH_ENCRYPT, &m, pair.public_key, kit_text("x"), &secret), CKR_OK);
	assert_int_equal(harness_init(&op, MECH_DECRYPT, &m, pair.private_key), CKR_OK);
	memset(label, 0, sizeof(label));
	memset(&p, 0, sizeof(p));
	assert_int_equal(harness_whole(&op, buf_bytes(&secret), &back), CKR_OK);
	assert_true(bytes_equal(buf_bytes(&back), kit_text("x")));
	harness_end(&op);
	buf_free(&secret);
	buf_free(&back);
}

static void pkcs1_encrypts_up_to_its_limit(void **state)
{
	unsigned char data[246] = {0};
	struct buf got = {0};

	(void)state;
	check_round(&pkcs1, bytes_of(data, 0));
	check_round(&pkcs1, bytes_of(data, 1));
	check_round(&pkcs1, bytes_of(data, 245));
	assert_int_equal(kit_whole(MECH_ENCRYPT, &pkcs1, pair.public_key, bytes_of(data, 246), &got), CKR_DATA_LEN_RANGE);
	assert_int_equal(kit_whole(MECH_DECRYPT, &pkcs1, pair.private_key, bytes_of(data, 246), &got), CKR_ENCRYPTED_DATA_LEN_RANGE);
	buf_free(&got);
}

static void a_bad_pkcs1_padding_looks_like_success(void **state)
{
	unsigned char block[256] = {0};
	struct buf bad = {0}, first = {0}, second = {0};

	(void)state;
	/* block type 1 instead of 2, and the plaintext that a decryption must not show */
	block[1] = 1;
	memset(block + 2, 0xFF, 200);
	memset(block + 203, 'S', 53);
	assert_int_equal(kit_whole(MECH_ENCRYPT, &raw, pair.public_key, bytes_of(block, 256), &bad), CKR_OK);
	assert_int_equal(kit_whole(MECH_DECRYPT, &pkcs1, pair.private_key, buf_bytes(&bad), &first), CKR_OK);
	assert_int_equal(kit_whole(MECH_DECRYPT, &pkcs1, pair.private_key, buf_bytes(&bad), &second), CKR_OK);
	assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
	assert_false(bytes_equal(buf_bytes(&first), bytes_of(block + 203, 53)));
	buf_free(&bad);
	buf_free(&first);
	buf_free(&second);
}

static void output_may_take_the_place_of_the_input(void **state)
{
	unsigned char place[256] = "abc";
	struct mech_op op;
	size_t len = 0;

	(void)state;
	assert_int_equal(harness_init(&op, MECH_ENCRYPT, &pkcs1, pair.public_key), CKR_OK);
	assert_int_equal(op.row->ops->whole(&op, bytes_of(place, 3), place, &len), CKR_OK);
	harness_end(&op);
	assert_int_equal(len, 256);
	assert_int_equal(harness_init(&op, MECH_DECRYPT, &pkcs1, pair.private_key), CKR_OK);
	assert_int_equal(op.row->ops->whole(&op, bytes_of(place, 256), place, &len), CKR_OK);
	harness_end(&op);
	assert_int_equal(len, 3);
	assert_memory_equal(place, "abc", 3);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static const CK_ATTRIBUTE_TYPE part_types[] = {
	CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT,
};

static void check_all_numbers(const struct attr_list *l)
{
	kit_check_hex(l, CKA_MODULUS, FIXTURE_N);
	kit_check_hex(l, CKA_PUBLIC_EXPONENT, FIXTURE_E);
	kit_check_hex(l, CKA_PRIVATE_EXPONENT, FIXTURE_D);
	struct bytes info = {0}, public_info = {0};
	assert_true(attr_list_get(l, CKA_PUBLIC_KEY_INFO, &info));
	assert_true(attr_list_get(&pair.public_list, CKA_PUBLIC_KEY_INFO, &public_info));
	assert_true(bytes_equal(info, public_info));
}

static void a_private_key_with_any_sufficient_numbers(void **state)
{
	struct attr_list l = kit_rsa_private_list(true);
	struct bytes p = {0}, q = {0};
	struct buf want = harness_hex(FIXTURE_P), other = harness_hex(FIXTURE_Q);

	(void)state;
	/* n, e, d: the primes are found */
	assert_int_equal(kit_complete(&l), CKR_OK);
	check_all_numbers(&l);
	assert_true(attr_list_get(&l, CKA_PRIME_1, &p));
	assert_true(attr_list_get(&l, CKA_PRIME_2, &q));
	assert_true(bytes_equal(p, buf_bytes(&want)) || bytes_equal(q, buf_bytes(&want)));
	assert_true(bytes_equal(p, buf_bytes(&other)) || bytes_equal(q, buf_bytes(&other)));
	attr_list_free(&l);
	/* each number but n and e may be missing */
	for (size_t i = 2; i < array_len(part_types); i++) {
		l = kit_rsa_private_list(false);
		attr_list_remove(&l, part_types[i]);
		assert_int_equal(kit_complete(&l), CKR_OK);
		for (size_t k = 0; k < array_len(part_types); k++)
			assert_true(attr_list_get(&l, part_types[k], &p) && p.len > 0);
		kit_check_hex(&l, CKA_COEFFICIENT, FIXTURE_QI);
		attr_list_free(&l);
	}
	buf_free(&want);
	buf_free(&other);
}

static void a_private_key_without_enough_numbers(void **state)
{
	struct attr_list l = kit_rsa_private_list(true);

	(void)state;
	attr_list_remove(&l, CKA_PRIVATE_EXPONENT);
	assert_int_equal(kit_complete(&l), CKR_TEMPLATE_INCOMPLETE);
	attr_list_free(&l);
	for (size_t i = 0; i < 2; i++) {
		l = kit_rsa_private_list(false);
		attr_list_remove(&l, part_types[i]);
		assert_int_equal(kit_complete(&l), CKR_TEMPLATE_INCOMPLETE);
		attr_list_free(&l);
		l = kit_rsa_public_list();
		attr_list_remove(&l, part_types[i]);
		assert_int_equal(kit_complete(&l), CKR_TEMPLATE_INCOMPLETE);
		attr_list_free(&l);
	}
}

static void a_changed_number_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(part_types); i++) {
		struct attr_list l = kit_rsa_private_list(false);
		struct secret copy = {0};
		struct bytes value = {0};

		assert_true(attr_list_get(&l, part_types[i], &value));
		assert_int_equal(secret_dup(value, &copy), CKR_OK);
		copy.data[copy.len / 2] ^= 0x10;
		assert_int_equal(attr_list_set(&l, part_types[i], secret_bytes(&copy)), CKR_OK);
		assert_int_equal(kit_complete(&l), CKR_ATTRIBUTE_VALUE_INVALID);
		secret_free(&copy);
		attr_list_free(&l);
	}
	/* the same for a short key, where the exponent is all there is */
	struct attr_list l = kit_rsa_private_list(true);
	kit_set_hex(&l, CKA_PRIVATE_EXPONENT, "0123456789");
	assert_int_equal(kit_complete(&l), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&l);
}

static void leading_zeros_are_taken_off(void **state)
{
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, CKK_RSA);

	(void)state;
	kit_set_hex(&l, CKA_MODULUS, "0000" FIXTURE_N);
	kit_set_hex(&l, CKA_PUBLIC_EXPONENT, "00" FIXTURE_E);
	assert_int_equal(kit_complete(&l), CKR_OK);
	kit_check_hex(&l, CKA_MODULUS, FIXTURE_N);
	kit_check_hex(&l, CKA_PUBLIC_EXPONENT, FIXTURE_E);
	attr_list_free(&l);
	l = kit_rsa_private_list(false);
	kit_set_hex(&l, CKA_MODULUS, "00" FIXTURE_N);
	kit_set_hex(&l, CKA_PRIME_1, "00" FIXTURE_P);
	assert_int_equal(kit_complete(&l), CKR_OK);
	kit_check_hex(&l, CKA_MODULUS, FIXTURE_N);
	kit_check_hex(&l, CKA_PRIME_1, FIXTURE_P);
	attr_list_free(&l);
}

static CK_RV complete_public(const char *n, const char *e)
{
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, CKK_RSA);

	kit_set_hex(&l, CKA_MODULUS, n);
	kit_set_hex(&l, CKA_PUBLIC_EXPONENT, e);
	CK_RV rv = kit_complete(&l);
	attr_list_free(&l);
	return rv;
}

static void impossible_public_keys_are_refused(void **state)
{
	(void)state;
	assert_int_equal(complete_public(FIXTURE_N, "03"), CKR_OK);
	assert_int_equal(complete_public(FIXTURE_N, "01"), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_public(FIXTURE_N, "010000"), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_public(FIXTURE_N, FIXTURE_N), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_public(FIXTURE_N "00", FIXTURE_E), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_public(FIXTURE_E, "03"), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_public(FIXTURE_N, "00"), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void public_attributes_follow_from_the_numbers(void **state)
{
	CK_ULONG bits = 0;
	struct attr_list l = kit_rsa_public_list();

	(void)state;
	assert_true(attr_list_get_ulong(&pair.public_list, CKA_MODULUS_BITS, &bits));
	assert_int_equal(bits, 2048);
	/* SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING { SEQUENCE { n, e } } } */
	kit_check_hex(&pair.public_list, CKA_PUBLIC_KEY_INFO,
	              "30820122300d06092a864886f70d01010105000382010f003082010a0282010100" FIXTURE_N "0203" FIXTURE_E);
	assert_int_equal(attr_list_set_ulong(&l, CKA_MODULUS_BITS, 2047), CKR_OK);
	assert_int_equal(kit_complete(&l), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&l);
	l = kit_rsa_private_list(false);
	kit_set_hex(&l, CKA_PUBLIC_KEY_INFO, "3003020100");
	assert_int_equal(kit_complete(&l), CKR_ATTRIBUTE_VALUE_INVALID);
	kit_set_hex(&l, CKA_PUBLIC_KEY_INFO, "");
	assert_int_equal(kit_complete(&l), CKR_OK);
	assert_int_equal(kit_complete(&l), CKR_OK);
	attr_list_free(&l);
}

static void a_key_without_the_remainder_theorem_signs_the_same(void **state)
{
	const CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
	struct attr_list l = kit_rsa_private_list(true);
	struct attrs *packed = NULL;
	struct mech_key *key = NULL;
	struct buf want = harness_hex(FIXTURE_SHA256_SIGNATURE), got = {0};

	(void)state;
	assert_int_equal(attrs_pack(&l, &packed), CKR_OK);
	assert_int_equal(mech_key_load(mech_key_type_find(CKK_RSA), harness_env(), packed, &key), CKR_OK);
	assert_int_equal(kit_whole(MECH_SIGN, &m, key, kit_text("Test"), &got), CKR_OK);
	assert_true(bytes_equal(buf_bytes(&got), buf_bytes(&want)));
	mech_key_free(key);
	attrs_free(packed);
	attr_list_free(&l);
	buf_free(&want);
	buf_free(&got);
}

static void halves_of_a_pair_have_one_public_part(void **state)
{
	unsigned char a[32], b[32];

	(void)state;
	pkey_public_digest(pair.public_key->pkey, a);
	pkey_public_digest(pair.private_key->pkey, b);
	assert_memory_equal(a, b, 32);
	assert_int_equal(pair.private_key->bits, 2048);
}

/* ---- generation ---------------------------------------------------------------------------- */

static CK_RV generate(const struct mech_env *env, CK_ULONG bits, const char *e, struct kit_pair *p)
{
	*p = (struct kit_pair){.public_list = kit_list(CKO_PUBLIC_KEY, CKK_RSA), .private_list = kit_list(CKO_PRIVATE_KEY, CKK_RSA)};
	assert_int_equal(attr_list_set_ulong(&p->public_list, CKA_MODULUS_BITS, bits), CKR_OK);
	if (e != NULL)
		kit_set_hex(&p->public_list, CKA_PUBLIC_EXPONENT, e);
	return kit_generate(CKM_RSA_PKCS_KEY_PAIR_GEN, env, &p->public_list, &p->private_list);
}

static void check_generated(CK_ULONG bits, const char *e, const char *wanted_e)
{
	const CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0};
	struct kit_pair p;
	struct bytes n = {0};

	assert_int_equal(generate(harness_env(), bits, e, &p), CKR_OK);
	assert_true(attr_list_get(&p.private_list, CKA_MODULUS, &n));
	assert_int_equal(n.len, bits / 8);
	assert_true(n.data[0] & 0x80);
	kit_check_hex(&p.public_list, CKA_PUBLIC_EXPONENT, wanted_e);
	kit_check_hex(&p.private_list, CKA_PUBLIC_EXPONENT, wanted_e);
	for (size_t i = 0; i < array_len(part_types); i++)
		assert_true(attr_list_get(&p.private_list, part_types[i], &n));
	struct attr_list public_copy = p.public_list, private_copy = p.private_list;
	struct kit_pair used = {.public_key = kit_load(&public_copy), .private_key = kit_load(&private_copy)};
	kit_check_pair(&m, &used, kit_text("fresh"));
	kit_pair_free(&used);
}

static void new_pairs_of_several_sizes(void **state)
{
	(void)state;
	check_generated(1024, NULL, "010001");
	check_generated(2048, "00010001", "010001");
	check_generated(1024, "03", "03");
	check_generated(2048, "11", "11");
	check_generated(1032, "010000000f", "010000000f");
}

static void generation_refuses_bad_sizes_and_exponents(void **state)
{
	struct kit_pair p;
	static const struct {
		CK_ULONG bits;
		const char *e;
		CK_RV rv;
	} bad[] = {
		{1023, NULL, CKR_KEY_SIZE_RANGE},
		{16385, NULL, CKR_KEY_SIZE_RANGE},
		{0, NULL, CKR_KEY_SIZE_RANGE},
		{CK_UNAVAILABLE_INFORMATION, NULL, CKR_KEY_SIZE_RANGE},
		{2048, "01", CKR_ATTRIBUTE_VALUE_INVALID},
		{2048, "0100", CKR_ATTRIBUTE_VALUE_INVALID},
		{2048, "", CKR_ATTRIBUTE_VALUE_INVALID},
		{2048, "00", CKR_ATTRIBUTE_VALUE_INVALID},
		{2048, "010000000000000001", CKR_ATTRIBUTE_VALUE_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		assert_int_equal(generate(harness_env(), bad[i].bits, bad[i].e, &p), bad[i].rv);
		kit_pair_free(&p);
	}
}

/* Says no exactly once. */
static bool count_down(void *arg)
{
	int *left = arg;

	return (*left)-- != 0;
}

static void generation_can_be_cancelled(void **state)
{
	int left = 2;
	struct mech_env env = *harness_env();
	struct kit_pair p;

	(void)state;
	env.go_on = count_down;
	env.go_on_arg = &left;
	assert_int_equal(generate(&env, 4096, NULL, &p), CKR_FUNCTION_CANCELED);
	kit_pair_free(&p);
	left = 1 << 30;
	assert_int_equal(generate(&env, 1024, NULL, &p), CKR_OK);
	assert_true(left < 1 << 30);
	kit_pair_free(&p);
}

static void small_keys_and_long_hashes(void **state)
{
	const CK_MECHANISM fits = {CKM_SHA256_RSA_PKCS, NULL, 0}, too_long = {CKM_SHA512_RSA_PKCS, NULL, 0};
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, CKK_RSA);
	CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA512, CKG_MGF1_SHA512, 0};
	CK_MECHANISM m_pss = {CKM_RSA_PKCS_PSS, &pss, sizeof(pss)};
	CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA512, CKG_MGF1_SHA512, 0, NULL, 0};
	CK_MECHANISM m_oaep = {CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)};

	(void)state;
	/* 512 bits; only its length matters here */
	kit_set_hex(&l, CKA_MODULUS, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	                             "ffffffffffffffffffffffffffffffffffffffffffffffff");
	kit_set_hex(&l, CKA_PUBLIC_EXPONENT, "03");
	struct mech_key *key = kit_load(&l);
	assert_int_equal(kit_init_only(MECH_VERIFY, &fits, key), CKR_OK);
	assert_int_equal(kit_init_only(MECH_VERIFY, &too_long, key), CKR_KEY_SIZE_RANGE);
	assert_int_equal(kit_init_only(MECH_VERIFY, &m_pss, key), CKR_KEY_SIZE_RANGE);
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m_oaep, key), CKR_KEY_SIZE_RANGE);
	pss.hashAlg = CKM_SHA256;
	assert_int_equal(kit_init_only(MECH_VERIFY, &m_pss, key), CKR_OK);
	oaep.hashAlg = CKM_SHA_1;
	assert_int_equal(kit_init_only(MECH_ENCRYPT, &m_oaep, key), CKR_OK);
	mech_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_agree_with_their_steps),
		cmocka_unit_test(published_pkcs1_signatures),
		cmocka_unit_test(published_pss_signature),
		cmocka_unit_test(signatures_of_old_forms),
		cmocka_unit_test(x9_31_over_what_the_application_hashed),
		cmocka_unit_test(pss_with_every_hash_and_mask),
		cmocka_unit_test(bare_pss_wants_a_whole_hash),
		cmocka_unit_test(pss_parameters_are_checked),
		cmocka_unit_test(longest_salt_works),
		cmocka_unit_test(pkcs1_signs_up_to_its_limit),
		cmocka_unit_test(recovery_refuses_a_bad_block),
		cmocka_unit_test(bare_rsa_counts_input_as_a_number),
		cmocka_unit_test(published_oaep_decryption),
		cmocka_unit_test(oaep_with_every_hash_and_mask),
		cmocka_unit_test(oaep_parameters_are_checked),
		cmocka_unit_test(the_label_is_copied_at_init),
		cmocka_unit_test(pkcs1_encrypts_up_to_its_limit),
		cmocka_unit_test(a_bad_pkcs1_padding_looks_like_success),
		cmocka_unit_test(output_may_take_the_place_of_the_input),
		cmocka_unit_test(a_private_key_with_any_sufficient_numbers),
		cmocka_unit_test(a_private_key_without_enough_numbers),
		cmocka_unit_test(a_changed_number_is_noticed),
		cmocka_unit_test(leading_zeros_are_taken_off),
		cmocka_unit_test(impossible_public_keys_are_refused),
		cmocka_unit_test(public_attributes_follow_from_the_numbers),
		cmocka_unit_test(a_key_without_the_remainder_theorem_signs_the_same),
		cmocka_unit_test(halves_of_a_pair_have_one_public_part),
		cmocka_unit_test(new_pairs_of_several_sizes),
		cmocka_unit_test(generation_refuses_bad_sizes_and_exponents),
		cmocka_unit_test(generation_can_be_cancelled),
		cmocka_unit_test(small_keys_and_long_hashes),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
