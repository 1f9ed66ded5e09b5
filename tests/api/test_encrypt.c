/* SPDX-License-Identifier: Apache-2.0 */
/* Encryption and decryption, rules 265 to 275: single-part and multi-part give the same, published vectors, what
 * lengths are refused and where. Refuses to know output conventions (test_output_length). */
#include "operations.h"

static CK_BYTE out[1024], back[1024];
static CK_ULONG length;

/* SP 800-38A appendix F, key aes_key. */
static const char *const nist_plain =
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
	"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
static const char *const nist_ecb =
	"3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"
	"43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4";
static const char *const nist_cbc =
	"7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
	"73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7";
static const char *const nist_ctr =
	"874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
	"5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee";

static CK_AES_CTR_PARAMS nist_counter = {
	128, {0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff},
};
static CK_MECHANISM m_nist_ctr = {CKM_AES_CTR, &nist_counter, sizeof(nist_counter)};

/* Pieces of growing size; the whole output. */
static CK_ULONG in_pieces(bool encrypting, const CK_BYTE *in, CK_ULONG in_length, CK_ULONG piece, CK_BYTE *to)
{
	CK_ULONG total = 0;

	for (CK_ULONG at = 0; at < in_length; at += piece) {
		CK_ULONG n = in_length - at < piece ? in_length - at : piece;

		length = 1024 - total;
		if (encrypting)
			assert_ok(p11->C_EncryptUpdate(sess, unconst(in + at), n, to + total, &length));
		else
			assert_ok(p11->C_DecryptUpdate(sess, unconst(in + at), n, to + total, &length));
		total += length;
	}
	length = 1024 - total;
	assert_ok(encrypting ? p11->C_EncryptFinal(sess, to + total, &length)
	                     : p11->C_DecryptFinal(sess, to + total, &length));
	return total + length;
}

static void rules_265_274_nist_vectors_whole_and_in_pieces(void **state)
{
	const struct {
		CK_MECHANISM *mechanism;
		const char *cipher;
	} cases[] = {{&m_ecb, nist_ecb}, {&m_cbc, nist_cbc}, {&m_nist_ctr, nist_ctr}};
	CK_BYTE plain[64], wanted[64];

	(void)state;
	unhex(nist_plain, plain);
	for (size_t i = 0; i < COUNT(cases); i++) {
		unhex(cases[i].cipher, wanted);
		assert_int_equal(encrypt(cases[i].mechanism, keys.aes, plain, 64, out, sizeof(out)), 64);
		assert_memory_equal(out, wanted, 64);
		assert_int_equal(decrypt(cases[i].mechanism, keys.aes, wanted, 64, out, sizeof(out)), 64);
		assert_memory_equal(out, plain, 64);
		for (CK_ULONG piece = 1; piece < 64; piece += 6) {
			assert_ok(p11->C_EncryptInit(sess, cases[i].mechanism, keys.aes));
			assert_int_equal(in_pieces(true, plain, 64, piece, out), 64);
			assert_memory_equal(out, wanted, 64);
			assert_ok(p11->C_DecryptInit(sess, cases[i].mechanism, keys.aes));
			assert_int_equal(in_pieces(false, wanted, 64, piece, out), 64);
			assert_memory_equal(out, plain, 64);
		}
	}
}

/* Test case 4 of the GCM specification. */
static void rules_265_274_gcm_vector_whole_and_in_pieces(void **state)
{
	CK_BYTE key[16], iv[12], aad[20], plain[60], wanted[76];
	CK_GCM_PARAMS params = {iv, sizeof(iv), 96, aad, sizeof(aad), 128};
	CK_MECHANISM m = {CKM_AES_GCM, &params, sizeof(params)};
	CK_OBJECT_HANDLE object;

	(void)state;
	unhex("feffe9928665731c6d6a8f9467308308", key);
	unhex("cafebabefacedbaddecaf888", iv);
	unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad);
	unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
	      "b16aedf5aa0de657ba637b39", plain);
	unhex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05"
	      "1ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47", wanted);
	object = make_key(sess, CKK_AES, key, sizeof(key), NULL, 0);
	assert_int_equal(encrypt(&m, object, plain, 60, out, sizeof(out)), 76);
	assert_memory_equal(out, wanted, 76);
	assert_ok(p11->C_EncryptInit(sess, &m, object));
	assert_int_equal(in_pieces(true, plain, 60, 7, out), 76);
	assert_memory_equal(out, wanted, 76);
	assert_int_equal(decrypt(&m, object, wanted, 76, out, sizeof(out)), 60);
	assert_memory_equal(out, plain, 60);
	assert_ok(p11->C_DecryptInit(sess, &m, object));
	assert_int_equal(in_pieces(false, wanted, 76, 11, out), 60);
	assert_memory_equal(out, plain, 60);
}

/* The parameters are copied at Init: what happens to the application's memory afterwards is its own affair. */
static void rule_265_parameters_may_vanish_after_init(void **state)
{
	CK_BYTE wanted[80], iv[16], aad[8];
	CK_GCM_PARAMS gcm = {iv, 12, 96, aad, sizeof(aad), 128};
	CK_MECHANISM cases[] = {{CKM_AES_CBC, iv, 16}, {CKM_AES_GCM, &gcm, sizeof(gcm)}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_MECHANISM m = cases[i];
		CK_ULONG whole;

		memset(iv, 0x11, sizeof(iv));
		memset(aad, 0x22, sizeof(aad));
		gcm = (CK_GCM_PARAMS){iv, 12, 96, aad, sizeof(aad), 128};
		whole = encrypt(&m, keys.aes, pattern, 48, wanted, sizeof(wanted));
		assert_ok(p11->C_EncryptInit(sess, &m, keys.aes));
		memset(iv, 0xff, sizeof(iv));
		memset(aad, 0xff, sizeof(aad));
		memset(&gcm, 0xff, sizeof(gcm));
		memset(&m, 0xff, sizeof(m));
		length = sizeof(out);
		assert_ok(p11->C_Encrypt(sess, unconst(pattern), 48, out, &length));
		assert_int_equal(length, whole);
		assert_memory_equal(out, wanted, whole);
	}
}

static void rule_265_final_may_follow_init_at_once(void **state)
{
	const struct {
		CK_MECHANISM *mechanism;
		CK_ULONG length;
	} cases[] = {{&m_ecb, 0}, {&m_cbc, 0}, {&m_ctr, 0}, {&m_cbc_pad, 16}, {&m_gcm, 16}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_ok(p11->C_EncryptInit(sess, cases[i].mechanism, keys.aes));
		length = sizeof(out);
		assert_ok(p11->C_EncryptFinal(sess, out, &length));
		assert_int_equal(length, cases[i].length);
		/* The empty text back again. */
		assert_int_equal(encrypt(cases[i].mechanism, keys.aes, "", 0, back, sizeof(back)), cases[i].length);
		assert_memory_equal(out, back, cases[i].length);
		assert_int_equal(decrypt(cases[i].mechanism, keys.aes, out, cases[i].length, back, sizeof(back)), 0);
	}
}

static void rule_265_every_length_comes_back(void **state)
{
	CK_MECHANISM *mechanisms[] = {&m_ctr, &m_cbc_pad, &m_gcm};

	(void)state;
	for (size_t i = 0; i < COUNT(mechanisms); i++) {
		for (CK_ULONG n = 0; n < 50; n++) {
			CK_ULONG sealed = encrypt(mechanisms[i], keys.aes, pattern, n, out, sizeof(out));

			assert_int_equal(decrypt(mechanisms[i], keys.aes, out, sealed, back, sizeof(back)), n);
			assert_memory_equal(back, pattern, n);
		}
	}
}

static void rule_265_rsa_comes_back(void **state)
{
	CK_MECHANISM *mechanisms[] = {&m_rsa, &m_oaep};

	(void)state;
	for (size_t i = 0; i < COUNT(mechanisms); i++) {
		CK_ULONG most = i == 0 ? 256 - 11 : 256 - 42;
		const CK_ULONG lengths[] = {0, 1, 20, most};

		for (size_t k = 0; k < COUNT(lengths); k++) {
			assert_int_equal(encrypt(mechanisms[i], keys.rsa_public, pattern, lengths[k], out, sizeof(out)), 256);
			assert_int_equal(decrypt(mechanisms[i], keys.rsa_private, out, 256, back, sizeof(back)), lengths[k]);
			assert_memory_equal(back, pattern, lengths[k]);
		}
		assert_ok(p11->C_EncryptInit(sess, mechanisms[i], keys.rsa_public));
		length = sizeof(out);
		assert_rv(p11->C_Encrypt(sess, unconst(pattern), most + 1, out, &length), CKR_DATA_LEN_RANGE);
	}
}

static void rules_266_269_one_shot_after_update_is_refused_and_ends(void **state)
{
	(void)state;
	assert_ok(p11->C_EncryptInit(sess, &m_ctr, keys.aes));
	length = sizeof(out);
	assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern), 10, out, &length));
	length = sizeof(out);
	assert_rv(p11->C_Encrypt(sess, unconst(pattern), 10, out, &length), CKR_OPERATION_ACTIVE);
	assert_rv(p11->C_EncryptUpdate(sess, unconst(pattern), 10, out, &length), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_DecryptInit(sess, &m_ctr, keys.aes));
	length = sizeof(out);
	assert_ok(p11->C_DecryptUpdate(sess, unconst(pattern), 10, out, &length));
	length = sizeof(out);
	assert_rv(p11->C_Decrypt(sess, unconst(pattern), 10, out, &length), CKR_OPERATION_ACTIVE);
	assert_rv(p11->C_DecryptUpdate(sess, unconst(pattern), 10, out, &length), CKR_OPERATION_NOT_INITIALIZED);
}

/* Also when it only asks for a length, and when the Update had no bytes. */
static void rule_269_an_empty_update_makes_it_multi_part_too(void **state)
{
	(void)state;
	assert_ok(p11->C_EncryptInit(sess, &m_ctr, keys.aes));
	length = sizeof(out);
	assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern), 0, out, &length));
	assert_rv(p11->C_Encrypt(sess, unconst(pattern), 10, NULL, &length), CKR_OPERATION_ACTIVE);
	assert_false(is_active(ENCRYPT));
}

/* A length query with the one-shot call leaves both ways open. */
static void rule_269_a_length_query_does_not_choose_the_form(void **state)
{
	(void)state;
	assert_ok(p11->C_EncryptInit(sess, &m_ctr, keys.aes));
	assert_ok(p11->C_Encrypt(sess, unconst(pattern), 10, NULL, &length));
	length = sizeof(out);
	assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern), 10, out, &length));
	assert_ok(p11->C_EncryptFinal(sess, out, &length));
	assert_ok(p11->C_EncryptInit(sess, &m_ctr, keys.aes));
	assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern), 10, NULL, &length));
	length = sizeof(out);
	assert_ok(p11->C_Encrypt(sess, unconst(pattern), 10, out, &length));
	assert_int_equal(length, 10);
}

static void rule_270_plaintext_that_is_no_whole_block_is_refused(void **state)
{
	CK_MECHANISM *mechanisms[] = {&m_ecb, &m_cbc};
	const CK_ULONG bad[] = {1, 15, 17, 33};

	(void)state;
	for (size_t i = 0; i < COUNT(mechanisms); i++) {
		for (size_t k = 0; k < COUNT(bad); k++) {
			assert_ok(p11->C_EncryptInit(sess, mechanisms[i], keys.aes));
			length = sizeof(out);
			assert_rv(p11->C_Encrypt(sess, unconst(pattern), bad[k], out, &length), CKR_DATA_LEN_RANGE);
			assert_ok(p11->C_EncryptInit(sess, mechanisms[i], keys.aes));
			length = sizeof(out);
			assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern), bad[k], out, &length));
			length = sizeof(out);
			assert_rv(p11->C_EncryptFinal(sess, out, &length), CKR_DATA_LEN_RANGE);
			assert_false(is_active(ENCRYPT));
		}
	}
}

static void rule_270_raw_rsa_takes_only_numbers_below_the_modulus(void **state)
{
	CK_BYTE large[256];

	(void)state;
	memset(large, 0xff, sizeof(large));
	assert_ok(p11->C_EncryptInit(sess, &m_rsa_x509, keys.rsa_public));
	length = sizeof(out);
	assert_rv_in(p11->C_Encrypt(sess, large, 256, out, &length), CKR_DATA_INVALID, CKR_DATA_LEN_RANGE);
	assert_ok(p11->C_EncryptInit(sess, &m_rsa_x509, keys.rsa_public));
	length = sizeof(out);
	assert_rv(p11->C_Encrypt(sess, unconst(pattern), 257, out, &length), CKR_DATA_LEN_RANGE);
}

static void rule_272_ciphertext_of_a_bad_length_is_refused(void **state)
{
	const struct {
		CK_MECHANISM *mechanism;
		CK_ULONG length;
		bool rsa;
	} cases[] = {
		{&m_ecb, 15, false}, {&m_cbc, 33, false}, {&m_cbc_pad, 17, false}, {&m_cbc_pad, 0, false},
		{&m_gcm, 15, false}, {&m_gcm, 0, false}, {&m_rsa, 255, true}, {&m_rsa, 257, true}, {&m_oaep, 255, true},
		{&m_rsa_x509, 257, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_OBJECT_HANDLE key = cases[i].rsa ? keys.rsa_private : keys.aes;

		print_message("# 0x%lx, %lu bytes\n", cases[i].mechanism->mechanism, cases[i].length);
		assert_ok(p11->C_DecryptInit(sess, cases[i].mechanism, key));
		length = sizeof(out);
		assert_rv(p11->C_Decrypt(sess, unconst(pattern), cases[i].length, out, &length), CKR_ENCRYPTED_DATA_LEN_RANGE);
		assert_rv(p11->C_Decrypt(sess, unconst(pattern), 16, out, &length), CKR_OPERATION_NOT_INITIALIZED);
		if (cases[i].rsa)
			continue;
		assert_ok(p11->C_DecryptInit(sess, cases[i].mechanism, key));
		length = sizeof(out);
		assert_ok(p11->C_DecryptUpdate(sess, unconst(pattern), cases[i].length, out, &length));
		length = sizeof(out);
		assert_rv(p11->C_DecryptFinal(sess, out, &length), CKR_ENCRYPTED_DATA_LEN_RANGE);
		assert_false(is_active(DECRYPT));
	}
}

static void rule_272_wrong_padding_is_invalid_data(void **state)
{
	CK_ULONG sealed = encrypt(&m_cbc, keys.aes, pattern, 32, out, sizeof(out));

	(void)state; /* the last byte of the text is 31, no length of padding */
	assert_ok(p11->C_DecryptInit(sess, &m_cbc_pad, keys.aes));
	length = sizeof(back);
	assert_rv(p11->C_Decrypt(sess, out, sealed, back, &length), CKR_ENCRYPTED_DATA_INVALID);
	assert_false(is_active(DECRYPT));
	assert_ok(p11->C_DecryptInit(sess, &m_oaep, keys.rsa_private));
	length = sizeof(back);
	memset(out, 1, 256);
	assert_rv(p11->C_Decrypt(sess, out, 256, back, &length), CKR_ENCRYPTED_DATA_INVALID);
}

/* As filled before, or wiped. */
static void assert_no_text(void)
{
	for (size_t i = 0; i < sizeof(back); i++)
		assert_true(back[i] == 0x5a || back[i] == 0);
}

static void rule_273_nothing_is_released_before_the_tag_is_right(void **state)
{
	CK_ULONG sealed = encrypt(&m_gcm, keys.aes, pattern, 100, out, sizeof(out));

	(void)state;
	assert_int_equal(sealed, 116);
	assert_ok(p11->C_DecryptInit(sess, &m_gcm, keys.aes));
	for (CK_ULONG at = 0; at < sealed; at += 29) {
		length = sizeof(back);
		assert_ok(p11->C_DecryptUpdate(sess, out + at, 29, back, &length));
		assert_int_equal(length, 0);
	}
	length = sizeof(back);
	assert_ok(p11->C_DecryptFinal(sess, back, &length));
	assert_int_equal(length, 100);
	assert_memory_equal(back, pattern, 100);

	for (CK_ULONG bit = 0; bit < sealed * 8; bit += 37) {
		memset(back, 0x5a, sizeof(back));
		out[bit / 8] ^= (CK_BYTE)(1u << (bit % 8));
		assert_ok(p11->C_DecryptInit(sess, &m_gcm, keys.aes));
		length = sizeof(back);
		assert_rv_in(p11->C_Decrypt(sess, out, sealed, back, &length), CKR_ENCRYPTED_DATA_INVALID,
		             CKR_AEAD_DECRYPT_FAILED);
		assert_false(is_active(DECRYPT));
		assert_ok(p11->C_DecryptInit(sess, &m_gcm, keys.aes));
		length = sizeof(back);
		assert_ok(p11->C_DecryptUpdate(sess, out, sealed, back, &length));
		assert_int_equal(length, 0);
		length = sizeof(back);
		assert_rv_in(p11->C_DecryptFinal(sess, back, &length), CKR_ENCRYPTED_DATA_INVALID, CKR_AEAD_DECRYPT_FAILED);
		assert_false(is_active(DECRYPT));
		assert_no_text();
		out[bit / 8] ^= (CK_BYTE)(1u << (bit % 8));
	}
}

static void rule_273_other_associated_data_is_another_text(void **state)
{
	CK_BYTE iv[12] = {0}, one[4] = {1}, other[4] = {2};
	CK_GCM_PARAMS params = {iv, sizeof(iv), 96, one, sizeof(one), 96};
	CK_MECHANISM m = {CKM_AES_GCM, &params, sizeof(params)};
	CK_ULONG sealed = encrypt(&m, keys.aes, pattern, 10, out, sizeof(out));

	(void)state;
	assert_int_equal(sealed, 10 + 12);
	assert_int_equal(decrypt(&m, keys.aes, out, sealed, back, sizeof(back)), 10);
	params.pAAD = other;
	assert_ok(p11->C_DecryptInit(sess, &m, keys.aes));
	length = sizeof(back);
	assert_rv_in(p11->C_Decrypt(sess, out, sealed, back, &length), CKR_ENCRYPTED_DATA_INVALID, CKR_AEAD_DECRYPT_FAILED);
}

static void rule_275_null_mechanism_cancels(void **state)
{
	(void)state;
	assert_ok(start(ENCRYPT));
	assert_ok(p11->C_EncryptUpdate(sess, unconst(pattern), 5, out, (length = sizeof(out), &length)));
	assert_ok(p11->C_EncryptInit(sess, NULL, CK_INVALID_HANDLE));
	assert_false(is_active(ENCRYPT));
	assert_ok(start(DECRYPT));
	assert_ok(p11->C_DecryptInit(sess, NULL, keys.aes));
	assert_false(is_active(DECRYPT));
	assert_ok(start(ENCRYPT));
}

/* PKCS #1 v1.5: whatever is wrong in the padding, the caller learns nothing by it. */
static void rsa_decryption_is_no_padding_oracle(void **state)
{
	CK_RV first = CKR_OK;

	(void)state;
	for (int i = 0; i < 8; i++) {
		encrypt(&m_rsa, keys.rsa_public, pattern, 32, out, sizeof(out));
		out[255 - i] ^= 0x40;
		assert_ok(p11->C_DecryptInit(sess, &m_rsa, keys.rsa_private));
		length = sizeof(back);
		CK_RV rv = p11->C_Decrypt(sess, out, 256, back, &length);

		if (i == 0)
			first = rv;
		assert_rv(rv, first);
		assert_false(rv == CKR_OK && length == 32 && memcmp(back, pattern, 32) == 0);
	}
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rules_265_274_nist_vectors_whole_and_in_pieces),
		WITH_KEYS(rules_265_274_gcm_vector_whole_and_in_pieces),
		WITH_KEYS(rule_265_parameters_may_vanish_after_init),
		WITH_KEYS(rule_265_final_may_follow_init_at_once),
		WITH_KEYS(rule_265_every_length_comes_back),
		WITH_KEYS(rule_265_rsa_comes_back),
		WITH_KEYS(rules_266_269_one_shot_after_update_is_refused_and_ends),
		WITH_KEYS(rule_269_an_empty_update_makes_it_multi_part_too),
		WITH_KEYS(rule_269_a_length_query_does_not_choose_the_form),
		WITH_KEYS(rule_270_plaintext_that_is_no_whole_block_is_refused),
		WITH_KEYS(rule_270_raw_rsa_takes_only_numbers_below_the_modulus),
		WITH_KEYS(rule_272_ciphertext_of_a_bad_length_is_refused),
		WITH_KEYS(rule_272_wrong_padding_is_invalid_data),
		WITH_KEYS(rule_273_nothing_is_released_before_the_tag_is_right),
		WITH_KEYS(rule_273_other_associated_data_is_another_text),
		WITH_KEYS(rule_275_null_mechanism_cancels),
		WITH_KEYS(rsa_decryption_is_no_padding_oracle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
