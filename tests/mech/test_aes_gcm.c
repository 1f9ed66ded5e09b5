/* SPDX-License-Identifier: Apache-2.0 */
/* AES-GCM against the test cases of McGrew and Viega's specification, with IVs and tags of other lengths, and with
 * everything that must be refused. */
#include "mech_harness.h"

#include "mech_vectors.h"

#define KEY128 "feffe9928665731c6d6a8f9467308308"
#define KEY192 KEY128 "feffe9928665731c"
#define KEY256 KEY128 KEY128
#define AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define IV "cafebabefacedbaddecaf888"
#define IV_LONG \
	"9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728" \
	"c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b"
#define PLAIN \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"

static const struct row {
	const char *key, *iv, *aad, *plain;
	const char *cipher; /* and tag */
} rows[] = {
	{"00000000000000000000000000000000", "000000000000000000000000", "", "", "58e2fccefa7e3061367f1d57a4e7455a"},
	{"00000000000000000000000000000000", "000000000000000000000000", "", "00000000000000000000000000000000",
	 "0388dace60b6a392f328c2b971b2fe78 ab6e47d42cec13bdf53a67b21257bddf"},
	{KEY128, IV, AAD, PLAIN,
	 "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	 "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091 5bc94fbc3221a5db94fae95ae7121a47"},
	{KEY128, "cafebabefacedbad", AAD, PLAIN,
	 "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c7423"
	 "73806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598 3612d2e79e3b0785561be14aaca2fccb"},
	{KEY128, IV_LONG, AAD, PLAIN,
	 "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca7"
	 "01e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5 619cc5aefffe0bfa462af43c1699d050"},
	{KEY192, IV, AAD, PLAIN,
	 "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
	 "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710 2519498e80f1478f37ba55bd6d27618c"},
	{KEY256, IV, AAD, PLAIN,
	 "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	 "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b"},
};

extern const struct mech_family mech_family_aes_gcm;

/* A mechanism with everything that its parameter points to. */
struct mechanism {
	CK_MECHANISM m;
	CK_GCM_PARAMS p;
	struct buf iv, aad;
};

static void make(const char *iv, const char *aad, CK_ULONG tag_bits, struct mechanism *ret)
{
	ret->iv = harness_hex(iv);
	ret->aad = harness_hex(aad);
	ret->p = (CK_GCM_PARAMS){
		.pIv = ret->iv.data,
		.ulIvLen = ret->iv.len,
		.ulIvBits = ret->iv.len * 8,
		.pAAD = ret->aad.data,
		.ulAADLen = ret->aad.len,
		.ulTagBits = tag_bits,
	};
	ret->m = (CK_MECHANISM){CKM_AES_GCM, &ret->p, sizeof(ret->p)};
}

static void unmake(struct mechanism *m)
{
	buf_free(&m->iv);
	buf_free(&m->aad);
}

static void check_both_ways(const CK_MECHANISM *m, const struct mech_key *key, struct bytes plain, struct bytes ciphered)
{
	harness_check(MECH_ENCRYPT, m, key, plain, ciphered);
	harness_check(MECH_DECRYPT, m, key, ciphered, plain);
}

static void published_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct mech_key *key = harness_key_hex(CKK_AES, rows[i].key);
		struct buf plain = harness_hex(rows[i].plain), ciphered = harness_hex(rows[i].cipher);
		struct mechanism m;

		make(rows[i].iv, rows[i].aad, 128, &m);
		check_both_ways(&m.m, key, buf_bytes(&plain), buf_bytes(&ciphered));
		unmake(&m);
		mech_key_free(key);
		buf_free(&plain);
		buf_free(&ciphered);
	}
}

/* IVs of so many bytes a5; computed with an implementation of GCM in another language. */
static void long_ivs(void **state)
{
	static const struct {
		size_t iv_len;
		const char *cipher;
	} answers[] = {
		{128, "70cd01e3e2bf435a00e38b060c116d1beda59fec76f6c205bf805afe559c65b9"
		      "574f4ae013b47d2925989bdc91952323238365cdcd43aa5be2bb00e2 be5e6139ac45393c78aad71ad25dd47a"},
		{129, "4e4bdc88e1374109c64c3ceec5feb0adde2e19311eded13fad66b834e977cc1c"
		      "76c76fd70e656d9c4eaf456fc8e5ee3212b954e9bd27b128fe952d04 d3fe35c4839b57fba2dc4c40fa6e9de0"},
		{300, "7af7edbaea1b8f072c4d66b8994ecf0299dd43b5943123b2a99ad56d8dcaecf2"
		      "fbeb077d124296dee53c77875406561564c6c2a15d079bc3eaa3c1af bb5b453c8ff6de27aba735e708a5246c"},
	};
	struct mech_key *key = harness_key_hex(CKK_AES, KEY128);
	struct buf plain = harness_hex(PLAIN);
	unsigned char iv[300];

	(void)state;
	memset(iv, 0xa5, sizeof(iv));
	for (size_t i = 0; i < array_len(answers); i++) {
		struct buf ciphered = harness_hex(answers[i].cipher);
		struct mechanism m;

		make("00", AAD, 128, &m);
		m.p.pIv = iv;
		m.p.ulIvLen = answers[i].iv_len;
		m.p.ulIvBits = 0;
		check_both_ways(&m.m, key, buf_bytes(&plain), buf_bytes(&ciphered));
		unmake(&m);
		buf_free(&ciphered);
	}
	mech_key_free(key);
	buf_free(&plain);
}

static void shorter_tags_are_the_first_bytes(void **state)
{
	static const CK_ULONG bits[] = {32, 64, 96, 104, 112, 120, 128};
	struct mech_key *key = harness_key_hex(CKK_AES, rows[3].key);
	struct buf plain = harness_hex(rows[3].plain), ciphered = harness_hex(rows[3].cipher);

	(void)state;
	for (size_t i = 0; i < array_len(bits); i++) {
		struct mechanism m;

		make(rows[3].iv, rows[3].aad, bits[i], &m);
		check_both_ways(&m.m, key, buf_bytes(&plain), bytes_of(ciphered.data, plain.len + bits[i] / 8));
		unmake(&m);
	}
	mech_key_free(key);
	buf_free(&plain);
	buf_free(&ciphered);
}

/* Decrypts; on a refusal nothing of the plaintext may be in the output. */
static CK_RV decrypt(const struct mechanism *m, const struct mech_key *key, struct bytes in, size_t step, unsigned char *out, size_t *ret_len)
{
	struct mech_op op;
	CK_RV rv;

	assert_int_equal(harness_init(&op, MECH_DECRYPT, &m->m, key), CKR_OK);
	if (step == 0) {
		rv = op.row->ops->whole(&op, in, out, ret_len);
	} else {
		for (size_t at = 0; at < in.len; at += step) {
			size_t n = in.len - at < step ? in.len - at : step;

			assert_int_equal(op.row->ops->room(&op, MECH_UPDATE, n), 0);
			assert_int_equal(op.row->ops->update(&op, bytes_of(in.data + at, n), NULL, ret_len), CKR_OK);
			assert_int_equal(*ret_len, 0);
		}
		rv = op.row->ops->final(&op, out, ret_len);
	}
	harness_end(&op);
	return rv;
}

static void a_flipped_bit_anywhere_releases_nothing(void **state)
{
	struct mech_key *key = harness_key_hex(CKK_AES, KEY256);
	struct buf plain = harness_hex(PLAIN), ciphered = harness_hex(rows[6].cipher);
	unsigned char out[60];
	struct mechanism m;
	size_t len;

	(void)state;
	make(IV, AAD, 128, &m);
	for (size_t step = 0; step <= 17; step += 17)
		for (size_t i = 0; i < ciphered.len; i++) {
			ciphered.data[i] ^= 1;
			memcpy(out, plain.data, sizeof(out));
			assert_int_equal(decrypt(&m, key, buf_bytes(&ciphered), step, out, &len), CKR_ENCRYPTED_DATA_INVALID);
			for (size_t k = 0; k < sizeof(out); k++)
				assert_int_equal(out[k], 0);
			ciphered.data[i] ^= 1;
		}
	assert_int_equal(decrypt(&m, key, buf_bytes(&ciphered), 0, out, &len), CKR_OK);
	assert_int_equal(len, plain.len);
	unmake(&m);
	mech_key_free(key);
	buf_free(&plain);
	buf_free(&ciphered);
}

static void other_data_or_iv_is_refused(void **state)
{
	static const char *const other[][2] = {
		{IV, "feedfacedeadbeeffeedfacedeadbeefabaddad3"},
		{IV, ""},
		{"cafebabefacedbaddecaf889", AAD},
		{"cafebabefacedbaddecaf888 00", AAD},
	};
	struct mech_key *key = harness_key_hex(CKK_AES, KEY256);
	struct buf ciphered = harness_hex(rows[6].cipher);
	unsigned char out[60];
	size_t len;

	(void)state;
	for (size_t i = 0; i < array_len(other); i++) {
		struct mechanism m;

		make(other[i][0], other[i][1], 128, &m);
		assert_int_equal(decrypt(&m, key, buf_bytes(&ciphered), 0, out, &len), CKR_ENCRYPTED_DATA_INVALID);
		unmake(&m);
	}
	mech_key_free(key);
	buf_free(&ciphered);
}

static void a_ciphertext_shorter_than_its_tag_is_refused(void **state)
{
	struct mech_key *key = harness_key_hex(CKK_AES, KEY128);
	unsigned char in[16] = {0}, out[1];
	struct mechanism m;
	size_t len;

	(void)state;
	make(IV, "", 128, &m);
	for (size_t n = 0; n < 16; n++) {
		assert_int_equal(decrypt(&m, key, bytes_of(in, n), 0, out, &len), CKR_ENCRYPTED_DATA_LEN_RANGE);
		assert_int_equal(decrypt(&m, key, bytes_of(in, n), 5, out, &len), CKR_ENCRYPTED_DATA_LEN_RANGE);
	}
	assert_int_equal(decrypt(&m, key, bytes_of(in, 16), 0, out, &len), CKR_ENCRYPTED_DATA_INVALID);
	unmake(&m);
	mech_key_free(key);
}

static CK_RV init_with(const CK_GCM_PARAMS *p, CK_ULONG size)
{
	CK_GCM_PARAMS copy[2] = {*p, {0}};
	CK_MECHANISM m = {CKM_AES_GCM, size == 0 ? NULL : copy, size};
	struct mech_key *key = harness_key_hex(CKK_AES, KEY128);
	struct mech_op op;
	CK_RV rv = harness_init(&op, MECH_ENCRYPT, &m, key);

	if (rv == CKR_OK)
		harness_end(&op);
	mech_key_free(key);
	return rv;
}

static void malformed_parameters_are_refused(void **state)
{
	static const CK_ULONG bad_tags[] = {0, 8, 16, 31, 40, 72, 88, 97, 127, 136, 1024};
	unsigned char byte = 0;
	const CK_GCM_PARAMS good = {.pIv = &byte, .ulIvLen = 1, .pAAD = &byte, .ulAADLen = 1, .ulTagBits = 128};
	CK_GCM_PARAMS p = good;

	(void)state;
	assert_int_equal(init_with(&p, sizeof(p)), CKR_OK);
	assert_int_equal(init_with(&p, 0), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(&p, sizeof(p) - 1), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(&p, sizeof(p) + 1), CKR_MECHANISM_PARAM_INVALID);
	p.ulIvBits = 8;
	assert_int_equal(init_with(&p, sizeof(p)), CKR_OK);
	p.ulIvBits = 16;
	assert_int_equal(init_with(&p, sizeof(p)), CKR_MECHANISM_PARAM_INVALID);
	p = good;
	p.ulIvLen = 0;
	assert_int_equal(init_with(&p, sizeof(p)), CKR_MECHANISM_PARAM_INVALID);
	p = good;
	p.pIv = NULL;
	assert_int_equal(init_with(&p, sizeof(p)), CKR_MECHANISM_PARAM_INVALID);
	p = good;
	p.pAAD = NULL;
	assert_int_equal(init_with(&p, sizeof(p)), CKR_MECHANISM_PARAM_INVALID);
	p.ulAADLen = 0;
	assert_int_equal(init_with(&p, sizeof(p)), CKR_OK);
	p = good;
	for (size_t i = 0; i < array_len(bad_tags); i++) {
		p.ulTagBits = bad_tags[i];
		assert_int_equal(init_with(&p, sizeof(p)), CKR_MECHANISM_PARAM_INVALID);
	}
	if (sizeof(CK_ULONG) > sizeof(uint32_t)) {
		p = good;
		p.ulIvLen = (CK_ULONG)((uint64_t)UINT32_MAX + 1);
		assert_int_equal(init_with(&p, sizeof(p)), CKR_MECHANISM_PARAM_INVALID);
		p = good;
		p.ulAADLen = (CK_ULONG)((uint64_t)UINT32_MAX + 1);
		assert_int_equal(init_with(&p, sizeof(p)), CKR_MECHANISM_PARAM_INVALID);
	}
}

static void the_parameter_is_copied(void **state)
{
	struct mech_key *key = harness_key_hex(CKK_AES, KEY128);
	struct buf plain = harness_hex(PLAIN), want = harness_hex(rows[2].cipher), got = {0};
	struct mechanism m;
	struct mech_op op;

	(void)state;
	make(IV, AAD, 128, &m);
	assert_int_equal(harness_init(&op, MECH_ENCRYPT, &m.m, key), CKR_OK);
	memset(m.iv.data, 0, m.iv.len);
	memset(m.aad.data, 0, m.aad.len);
	memset(&m.p, 0, sizeof(m.p));
	assert_int_equal(harness_whole(&op, buf_bytes(&plain), &got), CKR_OK);
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.data, want.data, want.len);
	harness_end(&op);
	unmake(&m);
	mech_key_free(key);
	buf_free(&plain);
	buf_free(&want);
	buf_free(&got);
}

/* More than is held for a decryption in parts; the same in one call is no matter. */
static void decryption_in_parts_has_a_limit(void **state)
{
	const size_t piece = (size_t)1 << 20, limit = (size_t)64 << 20;
	struct mech_key *key = harness_key_hex(CKK_AES, KEY128);
	unsigned char *in = calloc(1, piece);
	struct mechanism m;
	struct mech_op op;
	size_t len;

	(void)state;
	assert_non_null(in);
	make(IV, AAD, 128, &m);
	assert_int_equal(harness_init(&op, MECH_DECRYPT, &m.m, key), CKR_OK);
	for (size_t at = 0; at < limit; at += piece)
		assert_int_equal(op.row->ops->update(&op, bytes_of(in, piece), NULL, &len), CKR_OK);
	assert_int_equal(op.row->ops->update(&op, bytes_of(in, 1), NULL, &len), CKR_ENCRYPTED_DATA_LEN_RANGE);
	harness_end(&op);
	unmake(&m);
	mech_key_free(key);
	free(in);
}

static void check_vector(const struct vector *v)
{
	struct buf iv = vector_hex(v, "iv"), aad = vector_hex(v, "aad"), plain = vector_hex(v, "msg");
	struct buf ciphered = vector_hex(v, "ct"), tag = vector_hex(v, "tag"), raw = vector_hex(v, "key");
	struct mech_key *key = harness_key(CKK_AES, buf_bytes(&raw));
	CK_GCM_PARAMS p = {iv.data, iv.len, 0, aad.data, aad.len, 128};
	CK_MECHANISM m = {CKM_AES_GCM, &p, sizeof(p)};
	struct buf got = {0};
	struct mech_op op;

	assert_int_equal(buf_append(&ciphered, buf_bytes(&tag)), CKR_OK);
	if (iv.len == 0) {
		assert_int_equal(harness_init(&op, MECH_DECRYPT, &m, key), CKR_MECHANISM_PARAM_INVALID);
	} else if (vector_is(v, "result", "valid")) {
		check_both_ways(&m, key, buf_bytes(&plain), buf_bytes(&ciphered));
	} else {
		assert_int_equal(harness_init(&op, MECH_DECRYPT, &m, key), CKR_OK);
		assert_int_equal(harness_whole(&op, buf_bytes(&ciphered), &got), CKR_ENCRYPTED_DATA_INVALID);
		harness_end(&op);
	}
	mech_key_free(key);
	buf_free(&iv);
	buf_free(&aad);
	buf_free(&plain);
	buf_free(&ciphered);
	buf_free(&tag);
	buf_free(&raw);
	buf_free(&got);
}

static void wycheproof(void **state)
{
	(void)state;
	vectors_replay("aes_gcm_test.json", check_vector);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_aes_gcm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(long_ivs),
		cmocka_unit_test(shorter_tags_are_the_first_bytes),
		cmocka_unit_test(a_flipped_bit_anywhere_releases_nothing),
		cmocka_unit_test(other_data_or_iv_is_refused),
		cmocka_unit_test(a_ciphertext_shorter_than_its_tag_is_refused),
		cmocka_unit_test(malformed_parameters_are_refused),
		cmocka_unit_test(the_parameter_is_copied),
		cmocka_unit_test(decryption_in_parts_has_a_limit),
		cmocka_unit_test(wycheproof),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
