/* SPDX-License-Identifier: Apache-2.0 */
/* AES-CCM against the examples of SP 800-38C and Wycheproof, and everything that must be refused. */
#include "mech_answers.h"
#include "mech_vectors.h"

#define KEY "404142434445464748494a4b4c4d4e4f"
#define NONCE12 "101112131415161718191a1b"
#define AAD20 "000102030405060708090a0b0c0d0e0f10111213"
#define PLAIN24 "202122232425262728292a2b2c2d2e2f3031323334353637"
#define SEALED24 "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951"

extern const struct mech_family mech_family_aes_ccm;

struct mechanism {
	CK_MECHANISM m;
	CK_CCM_PARAMS p;
	struct buf nonce, aad;
};

static void make(const char *nonce, const char *aad, size_t len, size_t tag_len, struct mechanism *ret)
{
	ret->nonce = harness_hex(nonce);
	ret->aad = harness_hex(aad);
	ret->p = (CK_CCM_PARAMS){
		.pNonce = ret->nonce.data,
		.ulNonceLen = ret->nonce.len,
		.pAAD = ret->aad.data,
		.ulAADLen = ret->aad.len,
		.ulDataLen = len,
		.ulMACLen = tag_len,
	};
	ret->m = (CK_MECHANISM){CKM_AES_CCM, &ret->p, sizeof(ret->p)};
}

static void drop(struct mechanism *m)
{
	buf_free(&m->nonce);
	buf_free(&m->aad);
}

static void check_both_ways(const CK_MECHANISM *m, const struct mech_key *key, struct bytes plain, struct bytes sealed)
{
	harness_check(MECH_ENCRYPT, m, key, plain, sealed);
	harness_check(MECH_DECRYPT, m, key, sealed, plain);
}

static CK_RV decrypt(const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, size_t step)
{
	struct buf got = {0};
	struct mech_op op;
	CK_RV rv = harness_init(&op, MECH_DECRYPT, m, key);

	if (rv == CKR_OK) {
		rv = step == 0 ? harness_whole(&op, in, &got) : harness_parts(&op, in, step, &got);
		harness_end(&op);
	}
	if (rv != CKR_OK)
		assert_int_equal(got.len, 0);
	buf_free(&got);
	return rv;
}

static void published_answers(void **state)
{
	static const struct {
		const char *nonce, *aad, *plain, *sealed;
		size_t tag_len;
	} rows[] = {
		{"10111213141516", "0001020304050607", "20212223", "7162015b4dac255d", 4},
		{"1011121314151617", "000102030405060708090a0b0c0d0e0f", "202122232425262728292a2b2c2d2e2f",
		 "d2a1f0e051ea5f62081a7792073d593d1fc64fbfaccd", 6},
		{NONCE12, AAD20, PLAIN24, SEALED24, 8},
	};
	struct mech_key *key = harness_key_hex(CKK_AES, KEY);

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct buf plain = harness_hex(rows[i].plain), sealed = harness_hex(rows[i].sealed);
		struct mechanism m;

		make(rows[i].nonce, rows[i].aad, plain.len, rows[i].tag_len, &m);
		check_both_ways(&m.m, key, buf_bytes(&plain), buf_bytes(&sealed));
		drop(&m);
		buf_free(&plain);
		buf_free(&sealed);
	}
	mech_key_free(key);
}

/* SP 800-38C, example 4: 65536 bytes of associated data. */
static void associated_data_with_a_long_length(void **state)
{
	struct buf plain = harness_hex(PLAIN24 "38393a3b3c3d3e3f"), aad = {0};
	struct buf sealed = harness_hex("69915dad1e84c6376a68c2967e4dab615ae0fd1faec44cc484828529463ccf72 b4ac6bec93e8598e7f0dadbcea5b");
	struct mech_key *key = harness_key_hex(CKK_AES, KEY);
	struct mechanism m;

	(void)state;
	for (size_t i = 0; i < 65536; i++)
		assert_int_equal(buf_put_u8(&aad, (uint8_t)i), CKR_OK);
	make("101112131415161718191a1b1c", "", plain.len, 14, &m);
	m.p.pAAD = aad.data;
	m.p.ulAADLen = aad.len;
	check_both_ways(&m.m, key, buf_bytes(&plain), buf_bytes(&sealed));
	drop(&m);
	mech_key_free(key);
	buf_free(&plain);
	buf_free(&sealed);
	buf_free(&aad);
}

static void a_flipped_bit_anywhere_releases_nothing(void **state)
{
	struct buf sealed = harness_hex(SEALED24);
	struct mech_key *key = harness_key_hex(CKK_AES, KEY);
	struct mechanism m;

	(void)state;
	make(NONCE12, AAD20, 24, 8, &m);
	assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 0), CKR_OK);
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 0x10;
		assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 0), CKR_ENCRYPTED_DATA_INVALID);
		assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 5), CKR_ENCRYPTED_DATA_INVALID);
		sealed.data[i] ^= 0x10;
	}
	m.nonce.data[0] ^= 1;
	assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 0), CKR_ENCRYPTED_DATA_INVALID);
	m.nonce.data[0] ^= 1;
	m.aad.data[0] ^= 1;
	assert_int_equal(decrypt(&m.m, key, buf_bytes(&sealed), 0), CKR_ENCRYPTED_DATA_INVALID);
	drop(&m);
	mech_key_free(key);
	buf_free(&sealed);
}

static CK_RV encrypt_as(size_t stated, size_t real, size_t step)
{
	unsigned char zeros[64] = {0};
	struct mech_key *key = harness_key_hex(CKK_AES, KEY);
	struct buf got = {0};
	struct mechanism m;
	struct mech_op op;
	CK_RV rv;

	make(NONCE12, AAD20, stated, 8, &m);
	assert_int_equal(harness_init(&op, MECH_ENCRYPT, &m.m, key), CKR_OK);
	rv = step == 0 ? harness_whole(&op, bytes_of(zeros, real), &got) : harness_parts(&op, bytes_of(zeros, real), step, &got);
	harness_end(&op);
	drop(&m);
	mech_key_free(key);
	buf_free(&got);
	return rv;
}

static void the_stated_length_must_be_kept(void **state)
{
	(void)state;
	for (size_t step = 0; step <= 7; step += 7) {
		assert_int_equal(encrypt_as(20, 20, step), CKR_OK);
		assert_int_equal(encrypt_as(20, 19, step), CKR_DATA_LEN_RANGE);
		assert_int_equal(encrypt_as(20, 21, step), CKR_DATA_LEN_RANGE);
		assert_int_equal(encrypt_as(0, 0, step), CKR_OK);
		assert_int_equal(encrypt_as(0, 1, step), CKR_DATA_LEN_RANGE);
	}
}

static void ciphertext_of_another_length_is_refused(void **state)
{
	unsigned char zeros[64] = {0};
	struct mech_key *key = harness_key_hex(CKK_AES, KEY);
	struct mechanism m;

	(void)state;
	make(NONCE12, AAD20, 24, 8, &m);
	for (size_t len = 0; len <= 40; len++)
		for (size_t step = 0; step <= 7; step += 7)
			assert_int_equal(decrypt(&m.m, key, bytes_of(zeros, len), step),
			                 len == 32 ? CKR_ENCRYPTED_DATA_INVALID : CKR_ENCRYPTED_DATA_LEN_RANGE);
	drop(&m);
	mech_key_free(key);
}

static CK_RV init_with(CK_CCM_PARAMS *p, CK_ULONG size)
{
	static const struct answer row = {CKM_AES_CCM, CKK_AES, KEY, NULL, "", ""};

	return answers_init(&row, p, size);
}

static void malformed_parameters_are_refused(void **state)
{
	unsigned char nonce[16] = {0}, aad[4] = {0};
	const CK_CCM_PARAMS good = {16, nonce, 12, aad, sizeof(aad), 16};
	CK_CCM_PARAMS p[2] = {good};

	(void)state;
	assert_int_equal(init_with(p, sizeof(p[0])), CKR_OK);
	assert_int_equal(init_with(NULL, 0), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(NULL, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(p, sizeof(p[0]) - 1), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(p, sizeof(p[0]) + 1), CKR_MECHANISM_PARAM_INVALID);
	for (CK_ULONG len = 0; len <= 16; len++) {
		p[0] = good;
		p[0].ulNonceLen = len;
		assert_int_equal(init_with(p, sizeof(p[0])), len >= 7 && len <= 13 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID);
	}
	for (CK_ULONG len = 0; len <= 18; len++) {
		p[0] = good;
		p[0].ulMACLen = len;
		assert_int_equal(init_with(p, sizeof(p[0])),
		                 len >= 4 && len <= 16 && len % 2 == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID);
	}
	p[0] = good;
	p[0].pNonce = NULL;
	assert_int_equal(init_with(p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	p[0] = good;
	p[0].pAAD = NULL;
	assert_int_equal(init_with(p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	p[0].ulAADLen = 0;
	assert_int_equal(init_with(p, sizeof(p[0])), CKR_OK);
	/* 2^16 bytes need a length field of three. */
	p[0].ulDataLen = 0x10000;
	p[0].ulNonceLen = 13;
	assert_int_equal(init_with(p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	p[0].ulDataLen = 0xffff;
	assert_int_equal(init_with(p, sizeof(p[0])), CKR_OK);
}

static void key_sizes(void **state)
{
	unsigned char nonce[12] = {0};
	CK_CCM_PARAMS p = {16, nonce, sizeof(nonce), NULL, 0, 16};
	CK_MECHANISM m = {CKM_AES_CCM, &p, sizeof(p)};
	struct mech_key key = {.type = CKK_AES};
	struct mech_op op;

	(void)state;
	for (size_t len = 15; len <= 33; len++) {
		CK_RV want = len == 16 || len == 24 || len == 32 ? CKR_OK : CKR_KEY_SIZE_RANGE;

		assert_int_equal(secret_new(len, &key.value), CKR_OK);
		assert_int_equal(harness_init(&op, MECH_ENCRYPT, &m, &key), want);
		if (want == CKR_OK)
			harness_end(&op);
		secret_free(&key.value);
	}
}

static void check_vector(const struct vector *v)
{
	struct buf iv = vector_hex(v, "iv"), aad = vector_hex(v, "aad"), plain = vector_hex(v, "msg");
	struct buf sealed = vector_hex(v, "ct"), tag = vector_hex(v, "tag"), raw = vector_hex(v, "key");
	struct mech_key *key = harness_key(CKK_AES, buf_bytes(&raw));
	CK_CCM_PARAMS p = {sealed.len, iv.data, iv.len, aad.data, aad.len, tag.len};
	CK_MECHANISM m = {CKM_AES_CCM, &p, sizeof(p)};

	assert_int_equal(buf_append(&sealed, buf_bytes(&tag)), CKR_OK);
	if (vector_is(v, "result", "valid"))
		check_both_ways(&m, key, buf_bytes(&plain), buf_bytes(&sealed));
	else if (vector_has(v, "flags", "ModifiedTag"))
		assert_int_equal(decrypt(&m, key, buf_bytes(&sealed), 0), CKR_ENCRYPTED_DATA_INVALID);
	else
		assert_int_equal(decrypt(&m, key, buf_bytes(&sealed), 0), CKR_MECHANISM_PARAM_INVALID);
	mech_key_free(key);
	buf_free(&iv);
	buf_free(&aad);
	buf_free(&plain);
	buf_free(&sealed);
	buf_free(&tag);
	buf_free(&raw);
}

static void wycheproof(void **state)
{
	(void)state;
	vectors_replay("aes_ccm_test.json", check_vector);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_aes_ccm);
}

/* Of each mechanism with these steps: the parameter of a saved operation, nonce and tag of some lengths. */
static void saved_parameters_with_other_lengths_are_refused(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE type;
		size_t nonce, tag;
		bool good;
	} cases[] = {
		{CKM_AES_CCM, 7, 4, true}, {CKM_AES_CCM, 13, 16, true}, {CKM_AES_CCM, 6, 4, false}, {CKM_AES_CCM, 14, 4, false},
		{CKM_AES_CCM, 7, 5, false}, {CKM_AES_CCM, 7, 18, false}, {CKM_AES_GCM, 1, 4, true}, {CKM_AES_GCM, 70, 16, true},
		{CKM_AES_GCM, 0, 16, false}, {CKM_AES_GCM, 12, 0, false}, {CKM_AES_GCM, 12, 17, false},
		{CKM_SALSA20_POLY1305, 8, 16, true}, {CKM_SALSA20_POLY1305, 24, 16, true}, {CKM_SALSA20_POLY1305, 12, 16, false},
		{CKM_CHACHA20_POLY1305, 12, 16, true}, {CKM_CHACHA20_POLY1305, 11, 16, false}, {CKM_CHACHA20_POLY1305, 12, 15, false},
	};
	static const unsigned char zeros[70];

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		struct mech_op op = {.row = mech_find(cases[i].type), .env = harness_env(), .use = MECH_DECRYPT};
		struct buf saved = {0};

		assert_int_equal(buf_put_u8(&saved, (uint8_t)cases[i].tag), CKR_OK);
		assert_int_equal(buf_put_u64(&saved, 0), CKR_OK);
		assert_int_equal(buf_put_blob(&saved, bytes_of(zeros, cases[i].nonce)), CKR_OK);
		assert_int_equal(buf_put_blob(&saved, bytes_of(zeros, 3)), CKR_OK);
		assert_int_equal(op.row->ops->restore_params(&op, buf_bytes(&saved)), cases[i].good ? CKR_OK : CKR_SAVED_STATE_INVALID);
		op.row->ops->end(&op);
		buf_free(&saved);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(associated_data_with_a_long_length),
		cmocka_unit_test(a_flipped_bit_anywhere_releases_nothing),
		cmocka_unit_test(the_stated_length_must_be_kept),
		cmocka_unit_test(ciphertext_of_another_length_is_refused),
		cmocka_unit_test(malformed_parameters_are_refused),
		cmocka_unit_test(saved_parameters_with_other_lengths_are_refused),
		cmocka_unit_test(key_sizes),
		cmocka_unit_test(wycheproof),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
