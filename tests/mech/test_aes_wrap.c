/* SPDX-License-Identifier: Apache-2.0 */
/* AES key wrap against RFC 3394 section 4 and RFC 5649 section 6, whole files of Project Wycheproof, and the rules for
 * lengths, initial values and padding. */
#include "mech_harness.h"

#include "mech/wrap.h"
#include "mech_vectors.h"

extern const struct mech_family mech_family_aes_wrap;

static const struct row {
	CK_MECHANISM_TYPE type;
	const char *key, *plain, *wrapped;
} rows[] = {
	{CKM_AES_KEY_WRAP, "000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF",
	 "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"},
	{CKM_AES_KEY_WRAP, "000102030405060708090A0B0C0D0E0F1011121314151617", "00112233445566778899AABBCCDDEEFF",
	 "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D"},
	{CKM_AES_KEY_WRAP, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", "00112233445566778899AABBCCDDEEFF",
	 "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7"},
	{CKM_AES_KEY_WRAP, "000102030405060708090A0B0C0D0E0F1011121314151617", "00112233445566778899AABBCCDDEEFF0001020304050607",
	 "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2"},
	{CKM_AES_KEY_WRAP, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
	 "00112233445566778899AABBCCDDEEFF0001020304050607", "A8F9BC1612C68B3FF6E6F4FBE30E71E4769C8B80A32CB8958CD5D17D6B254DA1"},
	{CKM_AES_KEY_WRAP, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
	 "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
	 "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"},
	{CKM_AES_KEY_WRAP_KWP, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", "c37b7e6492584340bed12207808941155068f738",
	 "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"},
	{CKM_AES_KEY_WRAP_KWP, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", "466f7250617369",
	 "afbeb0f07dfbf5419200f2ccb50bb24f"},
};

static CK_RV run(enum mech_use use, CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct buf *ret)
{
	struct mech_op op;
	CK_RV rv = harness_init(&op, use, m, key);

	if (rv == CKR_OK) {
		rv = harness_whole(&op, in, ret);
		harness_end(&op);
	}
	return rv;
}

static void check_bytes(struct bytes got, struct bytes expected)
{
	assert_int_equal(got.len, expected.len);
	assert_memory_equal(got.data, expected.data, expected.len);
}

static void published_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct mech_key *key = harness_key_hex(CKK_AES, rows[i].key);
		struct buf plain = harness_hex(rows[i].plain), wrapped = harness_hex(rows[i].wrapped), got = {0};
		CK_MECHANISM m = {rows[i].type, NULL, 0};

		assert_int_equal(run(MECH_ENCRYPT, &m, key, buf_bytes(&plain), &got), CKR_OK);
		check_bytes(buf_bytes(&got), buf_bytes(&wrapped));
		assert_int_equal(run(MECH_DECRYPT, &m, key, buf_bytes(&wrapped), &got), CKR_OK);
		check_bytes(buf_bytes(&got), buf_bytes(&plain));
		for (size_t k = 0; k < wrapped.len; k++) {
			wrapped.data[k] ^= 1;
			assert_int_equal(run(MECH_DECRYPT, &m, key, buf_bytes(&wrapped), &got), CKR_ENCRYPTED_DATA_INVALID);
			wrapped.data[k] ^= 1;
		}
		mech_key_free(key);
		buf_free(&plain);
		buf_free(&wrapped);
		buf_free(&got);
	}
}

static struct mech_key *some_key(void)
{
	return harness_key_hex(CKK_AES, rows[0].key);
}

static void every_length_comes_back_or_is_refused(void **state)
{
	static const CK_MECHANISM_TYPE types[] = {CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_PAD, CKM_AES_KEY_WRAP_PKCS7, CKM_AES_KEY_WRAP_KWP};
	struct mech_key *key = some_key();
	unsigned char plain[100];

	(void)state;
	memset(plain, 0x5a, sizeof(plain));
	for (size_t t = 0; t < array_len(types); t++) {
		CK_MECHANISM m = {types[t], NULL, 0};

		for (size_t len = 0; len <= sizeof(plain); len++) {
			bool kwp = types[t] == CKM_AES_KEY_WRAP_KWP, kw = types[t] == CKM_AES_KEY_WRAP;
			bool fits = kwp ? len > 0 : kw ? len >= 16 && len % 8 == 0 : len >= 8;
			struct buf wrapped = {0}, got = {0};

			assert_int_equal(run(MECH_ENCRYPT, &m, key, bytes_of(plain, len), &wrapped), fits ? CKR_OK : CKR_DATA_LEN_RANGE);
			if (fits) {
				assert_int_equal(run(MECH_DECRYPT, &m, key, buf_bytes(&wrapped), &got), CKR_OK);
				check_bytes(buf_bytes(&got), bytes_of(plain, len));
				assert_int_equal(run(MECH_DECRYPT, &m, key, bytes_of(wrapped.data, wrapped.len - 1), &got),
				                 CKR_ENCRYPTED_DATA_LEN_RANGE);
			}
			buf_free(&wrapped);
			buf_free(&got);
		}
	}
	mech_key_free(key);
}

/* A longer plaintext under KW whose end looks like no padding. */
static void padding_is_checked(void **state)
{
	static const unsigned char bad[][8] = {
		{1, 2, 3, 4, 5, 6, 7, 0}, {9, 9, 9, 9, 9, 9, 9, 9}, {0, 0, 0, 0, 0, 0, 2, 3}, {8, 8, 8, 8, 8, 8, 8, 9},
	};
	struct mech_key *key = some_key();
	CK_MECHANISM kw = {CKM_AES_KEY_WRAP, NULL, 0}, padded = {CKM_AES_KEY_WRAP_PKCS7, NULL, 0};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		unsigned char plain[16] = {0};
		struct buf wrapped = {0}, got = {0};

		memcpy(plain + 8, bad[i], 8);
		assert_int_equal(run(MECH_ENCRYPT, &kw, key, bytes_of(plain, 16), &wrapped), CKR_OK);
		assert_int_equal(run(MECH_DECRYPT, &padded, key, buf_bytes(&wrapped), &got), CKR_ENCRYPTED_DATA_INVALID);
		buf_free(&wrapped);
		buf_free(&got);
	}
	mech_key_free(key);
}

static void initial_values_of_the_right_length(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE type;
		CK_ULONG len;
	} kinds[] = {{CKM_AES_KEY_WRAP, 8}, {CKM_AES_KEY_WRAP_PAD, 8}, {CKM_AES_KEY_WRAP_PKCS7, 8}, {CKM_AES_KEY_WRAP_KWP, 4}};
	struct mech_key *key = some_key();
	unsigned char iv[16] = {1, 2, 3, 4, 5, 6, 7, 8}, plain[16] = {0};

	(void)state;
	for (size_t i = 0; i < array_len(kinds); i++) {
		CK_MECHANISM standard = {kinds[i].type, NULL, 0};
		struct buf wrapped = {0}, got = {0};

		for (CK_ULONG len = 0; len <= sizeof(iv); len++) {
			CK_MECHANISM m = {kinds[i].type, iv, len};

			assert_int_equal(run(MECH_ENCRYPT, &m, key, bytes_of(plain, 16), &wrapped),
			                 len == 0 || len == kinds[i].len ? CKR_OK : CKR_MECHANISM_PARAM_INVALID);
		}
		CK_MECHANISM own = {kinds[i].type, iv, kinds[i].len}, nowhere = {kinds[i].type, NULL, kinds[i].len};
		assert_int_equal(run(MECH_ENCRYPT, &nowhere, key, bytes_of(plain, 16), &wrapped), CKR_MECHANISM_PARAM_INVALID);
		assert_int_equal(run(MECH_ENCRYPT, &own, key, bytes_of(plain, 16), &wrapped), CKR_OK);
		assert_int_equal(run(MECH_DECRYPT, &own, key, buf_bytes(&wrapped), &got), CKR_OK);
		assert_int_equal(run(MECH_DECRYPT, &standard, key, buf_bytes(&wrapped), &got), CKR_ENCRYPTED_DATA_INVALID);
		buf_free(&wrapped);
		buf_free(&got);
	}
	mech_key_free(key);
}

/* Wrapping a key has codes of its own, and fills a key's last semiblock up with zeros. */
static void wrapping_a_key(void **state)
{
	struct mech_key *key = some_key();
	CK_MECHANISM m = {CKM_AES_KEY_WRAP, NULL, 0};
	struct mech_wrapping w = {.env = harness_env(), .row = mech_find(CKM_AES_KEY_WRAP), .mechanism = &m, .key = key};
	unsigned char plain[20], out[64];
	struct secret back = {0};
	size_t len = 0;

	(void)state;
	memset(plain, 7, sizeof(plain));
	assert_int_equal(wrap_size(&w, sizeof(plain), &len), CKR_OK);
	assert_int_equal(len, 32);
	assert_int_equal(wrap_run(&w, bytes_of(plain, sizeof(plain)), out, &len), CKR_OK);
	assert_int_equal(len, 32);
	assert_int_equal(wrap_undo(&w, bytes_of(out, len), &back), CKR_OK);
	assert_int_equal(back.len, 24);
	assert_memory_equal(back.data, plain, 20);
	assert_memory_equal(back.data + 20, "\0\0\0\0", 4);
	secret_free(&back);
	assert_int_equal(wrap_run(&w, bytes_of(plain, 8), out, &len), CKR_KEY_SIZE_RANGE);
	assert_int_equal(wrap_undo(&w, bytes_of(out, 31), &back), CKR_WRAPPED_KEY_LEN_RANGE);
	out[3] ^= 1;
	assert_int_equal(wrap_undo(&w, bytes_of(out, 32), &back), CKR_WRAPPED_KEY_INVALID);
	mech_key_free(key);
}

static void replay(const struct vector *v, CK_MECHANISM_TYPE type)
{
	struct buf key_bytes = vector_hex(v, "key"), plain = vector_hex(v, "msg"), wrapped = vector_hex(v, "ct"), got = {0};
	CK_MECHANISM m = {type, NULL, 0};
	struct mech_key *key = harness_key(CKK_AES, buf_bytes(&key_bytes));
	bool valid = vector_is(v, "result", "valid");

	/* KW of a single semiblock is not SP 800-38F's. */
	CK_RV rv = run(MECH_DECRYPT, &m, key, buf_bytes(&wrapped), &got);
	if (rv == CKR_OK)
		check_bytes(buf_bytes(&got), buf_bytes(&plain));
	if (vector_is(v, "result", "acceptable"))
		assert_true(rv == CKR_OK || rv == CKR_ENCRYPTED_DATA_INVALID || rv == CKR_ENCRYPTED_DATA_LEN_RANGE);
	else if (valid)
		assert_int_equal(rv, CKR_OK);
	else
		assert_true(rv == CKR_ENCRYPTED_DATA_INVALID || rv == CKR_ENCRYPTED_DATA_LEN_RANGE);
	if (valid) {
		assert_int_equal(run(MECH_ENCRYPT, &m, key, buf_bytes(&plain), &got), CKR_OK);
		check_bytes(buf_bytes(&got), buf_bytes(&wrapped));
	}
	mech_key_free(key);
	buf_free(&key_bytes);
	buf_free(&plain);
	buf_free(&wrapped);
	buf_free(&got);
}

static void replay_kw(const struct vector *v)
{
	replay(v, CKM_AES_KEY_WRAP);
}

static void replay_kwp(const struct vector *v)
{
	replay(v, CKM_AES_KEY_WRAP_KWP);
}

static void wycheproof_kw(void **state)
{
	(void)state;
	vectors_replay("aes_wrap_test.json", replay_kw);
}

static void wycheproof_kwp(void **state)
{
	(void)state;
	vectors_replay("aes_kwp_test.json", replay_kwp);
}

static void rows_are_whole(void **state)
{
	(void)state;
	harness_check_family(&mech_family_aes_wrap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(every_length_comes_back_or_is_refused),
		cmocka_unit_test(padding_is_checked),
		cmocka_unit_test(initial_values_of_the_right_length),
		cmocka_unit_test(wrapping_a_key),
		cmocka_unit_test(wycheproof_kw),
		cmocka_unit_test(wycheproof_kwp),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
