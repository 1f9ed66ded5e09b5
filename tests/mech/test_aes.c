/* SPDX-License-Identifier: Apache-2.0 */
/* AES-ECB, CBC, CBC-PAD and CTR against NIST SP 800-38A, appendix F, and the rules for lengths, padding and
 * the counter. */
#include "mech_harness.h"

#include "mech_vectors.h"

#define KEY128 "2b7e151628aed2a6abf7158809cf4f3c"
#define KEY192 "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"
#define KEY256 "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define IV "000102030405060708090a0b0c0d0e0f"
#define COUNTER "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
#define PLAIN \
	"6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51" \
	"30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710"

static const struct row {
	CK_MECHANISM_TYPE type;
	const char *key;
	const char *cipher;
} rows[] = {
	{CKM_AES_ECB, KEY128,
	 "3ad77bb40d7a3660a89ecaf32466ef97 f5d3d58503b9699de785895a96fdbaaf"
	 "43b1cd7f598ece23881b00e3ed030688 7b0c785e27e8ad3f8223207104725dd4"},
	{CKM_AES_ECB, KEY192,
	 "bd334f1d6e45f25ff712a214571fa5cc 974104846d0ad3ad7734ecb3ecee4eef"
	 "ef7afd2270e2e60adce0ba2face6444e 9a4b41ba738d6c72fb16691603c18e0e"},
	{CKM_AES_ECB, KEY256,
	 "f3eed1bdb5d2a03c064b5a7e3db181f8 591ccb10d410ed26dc5ba74a31362870"
	 "b6ed21b99ca6f4f9f153e7b1beafed1d 23304b7a39f9f3ff067d8d8f9e24ecc7"},
	{CKM_AES_CBC, KEY128,
	 "7649abac8119b246cee98e9b12e9197d 5086cb9b507219ee95db113a917678b2"
	 "73bed6b8e3c1743b7116e69e22229516 3ff1caa1681fac09120eca307586e1a7"},
	{CKM_AES_CBC, KEY192,
	 "4f021db243bc633d7178183a9fa071e8 b4d9ada9ad7dedf4e5e738763f69145a"
	 "571b242012fb7ae07fa9baac3df102e0 08b0e27988598881d920a9e64f5615cd"},
	{CKM_AES_CBC, KEY256,
	 "f58c4c04d6e5f1ba779eabfb5f7bfbd6 9cfc4e967edb808d679f777bc6702c7d"
	 "39f23369a9d9bacfa530e26304231461 b2eb05e2c39be9fcda6c19078c6a9d1b"},
	{CKM_AES_CTR, KEY128,
	 "874d6191b620e3261bef6864990db6ce 9806f66b7970fdff8617187bb9fffdff"
	 "5ae4df3edbd5d35e5b4f09020db03eab 1e031dda2fbe03d1792170a0f3009cee"},
	{CKM_AES_CTR, KEY192,
	 "1abc932417521ca24f2b0459fe7e6e0b 090339ec0aa6faefd5ccc2c6f4ce8e94"
	 "1e36b26bd1ebc670d1bd1d665620abf7 4f78a7f6d29809585a97daec58c6b050"},
	{CKM_AES_CTR, KEY256,
	 "601ec313775789a5b7a7f504bbf3d228 f443e3ca4d62b59aca84e990cacaf5c5"
	 "2b0930daa23de94ce87017ba2d84988d dfc9c58db67aada613c2dd08457941a6"},
};

extern const struct mech_family mech_family_aes;

/* A mechanism with its parameter beside it. */
struct mechanism {
	CK_MECHANISM m;
	unsigned char iv[16];
	CK_AES_CTR_PARAMS ctr;
};

static void make(CK_MECHANISM_TYPE type, CK_ULONG counter_bits, const char *iv_text, struct mechanism *ret)
{
	struct buf iv = harness_hex(iv_text);

	memset(ret, 0, sizeof(*ret));
	ret->m.mechanism = type;
	memcpy(ret->iv, iv.data, sizeof(ret->iv));
	memcpy(ret->ctr.cb, iv.data, sizeof(ret->iv));
	ret->ctr.ulCounterBits = counter_bits;
	if (type == CKM_AES_CTR)
		ret->m = (CK_MECHANISM){type, &ret->ctr, sizeof(ret->ctr)};
	else if (type != CKM_AES_ECB)
		ret->m = (CK_MECHANISM){type, ret->iv, sizeof(ret->iv)};
	buf_free(&iv);
}

static void make_usual(CK_MECHANISM_TYPE type, struct mechanism *ret)
{
	make(type, 128, type == CKM_AES_CTR ? COUNTER : IV, ret);
}

static void check_both_ways(const CK_MECHANISM *m, const struct mech_key *key, struct bytes plain, struct bytes ciphered)
{
	harness_check(MECH_ENCRYPT, m, key, plain, ciphered);
	harness_check(MECH_DECRYPT, m, key, ciphered, plain);
}

static void published_answers(void **state)
{
	struct buf plain = harness_hex(PLAIN);

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct mech_key *key = harness_key_hex(CKK_AES, rows[i].key);
		struct buf ciphered = harness_hex(rows[i].cipher);
		struct mechanism m;

		make_usual(rows[i].type, &m);
		check_both_ways(&m.m, key, buf_bytes(&plain), buf_bytes(&ciphered));
		mech_key_free(key);
		buf_free(&ciphered);
	}
	buf_free(&plain);
}

/* One whole operation; *ret is replaced. */
static CK_RV once(enum mech_use use, const CK_MECHANISM *m, const char *key_text, struct bytes in, struct buf *ret)
{
	struct mech_key *key = harness_key_hex(CKK_AES, key_text);
	struct mech_op op;
	CK_RV rv = harness_init(&op, use, m, key);

	if (rv == CKR_OK) {
		rv = harness_whole(&op, in, ret);
		harness_end(&op);
	}
	mech_key_free(key);
	return rv;
}

static CK_RV in_parts(enum mech_use use, const CK_MECHANISM *m, const char *key_text, struct bytes in, size_t step, struct buf *ret)
{
	struct mech_key *key = harness_key_hex(CKK_AES, key_text);
	struct mech_op op;
	CK_RV rv = harness_init(&op, use, m, key);

	if (rv == CKR_OK) {
		rv = harness_parts(&op, in, step, ret);
		harness_end(&op);
	}
	mech_key_free(key);
	return rv;
}

/* The padding as PKCS#7 says, made by hand, through plain CBC. */
static void padding_of_every_length(void **state)
{
	struct mech_key *key = harness_key_hex(CKK_AES, KEY256);
	struct mechanism cbc, pad;
	struct buf ciphered = {0};
	unsigned char padded[80];

	(void)state;
	make_usual(CKM_AES_CBC, &cbc);
	make_usual(CKM_AES_CBC_PAD, &pad);
	for (size_t len = 0; len <= 64; len++) {
		size_t full = (len / 16 + 1) * 16;

		memset(padded, 0x5a, len);
		memset(padded + len, (int)(full - len), full - len);
		assert_int_equal(once(MECH_ENCRYPT, &cbc.m, KEY256, bytes_of(padded, full), &ciphered), CKR_OK);
		check_both_ways(&pad.m, key, bytes_of(padded, len), buf_bytes(&ciphered));
	}
	mech_key_free(key);
	buf_free(&ciphered);
}

static void long_inputs_in_parts(void **state)
{
	static const CK_MECHANISM_TYPE types[] = {CKM_AES_ECB, CKM_AES_CBC, CKM_AES_CBC_PAD, CKM_AES_CTR};
	struct mech_key *key = harness_key_hex(CKK_AES, KEY128);
	struct buf ciphered = {0};
	unsigned char plain[5008];

	(void)state;
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (unsigned char)(i * 31);
	for (size_t i = 0; i < array_len(types); i++) {
		struct mechanism m;

		make_usual(types[i], &m);
		assert_int_equal(once(MECH_ENCRYPT, &m.m, KEY128, bytes_of(plain, sizeof(plain)), &ciphered), CKR_OK);
		check_both_ways(&m.m, key, bytes_of(plain, sizeof(plain)), buf_bytes(&ciphered));
	}
	mech_key_free(key);
	buf_free(&ciphered);
}

/* Every value of the last byte, the bytes before it as given; right for 16 only when all are 16, and so on. */
static CK_RV decrypt_padding(const unsigned char block[16], size_t step, struct buf *ret)
{
	struct mechanism cbc, pad;
	struct buf ciphered = {0};
	CK_RV rv;

	make_usual(CKM_AES_CBC, &cbc);
	make_usual(CKM_AES_CBC_PAD, &pad);
	assert_int_equal(once(MECH_ENCRYPT, &cbc.m, KEY128, bytes_of(block, 16), &ciphered), CKR_OK);
	rv = step == 0 ? once(MECH_DECRYPT, &pad.m, KEY128, buf_bytes(&ciphered), ret)
	               : in_parts(MECH_DECRYPT, &pad.m, KEY128, buf_bytes(&ciphered), step, ret);
	buf_free(&ciphered);
	return rv;
}

static void only_right_padding_is_taken(void **state)
{
	unsigned char block[16];
	struct buf plain = {0};

	(void)state;
	for (size_t step = 0; step <= 7; step += 7)
		for (unsigned last = 0; last < 256; last++) {
			bool right = last >= 1 && last <= 16;

			memset(block, (int)last, sizeof(block));
			assert_int_equal(decrypt_padding(block, step, &plain), right ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID);
			if (right)
				assert_int_equal(plain.len, 16 - last);
		}
	for (unsigned last = 2; last <= 16; last++)
		for (unsigned wrong = 1; wrong < last; wrong++) {
			memset(block, (int)last, sizeof(block));
			block[15 - wrong] ^= 1;
			assert_int_equal(decrypt_padding(block, 0, &plain), CKR_ENCRYPTED_DATA_INVALID);
		}
	memset(block, 0xee, sizeof(block));
	block[15] = 1;
	assert_int_equal(decrypt_padding(block, 0, &plain), CKR_OK);
	assert_int_equal(plain.len, 15);
	buf_free(&plain);
}

static void lengths_that_are_no_whole_blocks_are_refused(void **state)
{
	static const CK_MECHANISM_TYPE types[] = {CKM_AES_ECB, CKM_AES_CBC};
	unsigned char in[33] = {0};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < array_len(types); i++) {
		struct mechanism m;

		make_usual(types[i], &m);
		for (size_t len = 0; len <= 33; len++) {
			CK_RV want = len % 16 == 0 ? CKR_OK : CKR_DATA_LEN_RANGE;
			CK_RV back = len % 16 == 0 ? CKR_OK : CKR_ENCRYPTED_DATA_LEN_RANGE;

			assert_int_equal(once(MECH_ENCRYPT, &m.m, KEY128, bytes_of(in, len), &out), want);
			assert_int_equal(once(MECH_DECRYPT, &m.m, KEY128, bytes_of(in, len), &out), back);
			assert_int_equal(in_parts(MECH_ENCRYPT, &m.m, KEY128, bytes_of(in, len), 5, &out), want);
			assert_int_equal(in_parts(MECH_DECRYPT, &m.m, KEY128, bytes_of(in, len), 5, &out), back);
		}
	}
	buf_free(&out);
}

static void padded_ciphertext_needs_at_least_one_whole_block(void **state)
{
	static const size_t lengths[] = {0, 1, 15, 17, 31, 33};
	unsigned char in[33] = {0};
	struct buf out = {0};
	struct mechanism m;

	(void)state;
	make_usual(CKM_AES_CBC_PAD, &m);
	for (size_t i = 0; i < array_len(lengths); i++) {
		struct bytes data = bytes_of(in, lengths[i]);

		assert_int_equal(once(MECH_DECRYPT, &m.m, KEY128, data, &out), CKR_ENCRYPTED_DATA_LEN_RANGE);
		assert_int_equal(in_parts(MECH_DECRYPT, &m.m, KEY128, data, 16, &out), CKR_ENCRYPTED_DATA_LEN_RANGE);
	}
	buf_free(&out);
}

static CK_RV init_with(CK_MECHANISM_TYPE type, void *parameter, CK_ULONG len)
{
	CK_MECHANISM m = {type, parameter, len};
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
	unsigned char iv[17] = {0};
	CK_AES_CTR_PARAMS ctr[2] = {{.ulCounterBits = 128}};
	static const CK_ULONG bad_bits[] = {0, 129, (CK_ULONG)-1};

	(void)state;
	assert_int_equal(init_with(CKM_AES_ECB, iv, 16), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(CKM_AES_ECB, NULL, 0), CKR_OK);
	assert_int_equal(init_with(CKM_AES_CBC, NULL, 0), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(CKM_AES_CBC, NULL, 16), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(CKM_AES_CBC_PAD, iv, 15), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(CKM_AES_CBC_PAD, iv, 17), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(CKM_AES_CBC_PAD, iv, 16), CKR_OK);
	assert_int_equal(init_with(CKM_AES_CTR, iv, 16), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(CKM_AES_CTR, ctr, sizeof(ctr[0]) - 1), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(CKM_AES_CTR, ctr, sizeof(ctr[0]) + 1), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init_with(CKM_AES_CTR, ctr, sizeof(ctr[0])), CKR_OK);
	for (size_t i = 0; i < array_len(bad_bits); i++) {
		ctr[0].ulCounterBits = bad_bits[i];
		assert_int_equal(init_with(CKM_AES_CTR, ctr, sizeof(ctr[0])), CKR_MECHANISM_PARAM_INVALID);
	}
}

/* ---- the counter --------------------------------------------------------------------------- */

/* Adds one, bit by bit: slow, and nothing like the code under test. */
static void count(unsigned char block[16])
{
	for (unsigned i = 0; i < 128; i++) {
		block[15 - i / 8] ^= (unsigned char)(1u << (i % 8));
		if ((block[15 - i / 8] >> (i % 8) & 1) != 0)
			return;
	}
}

/* CTR made of ECB. */
static void reference(const struct mechanism *m, const unsigned char *in, size_t len, unsigned char *out)
{
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	struct buf stream = {0};
	unsigned char block[16];

	memcpy(block, m->ctr.cb, sizeof(block));
	for (size_t at = 0; at < len; at += 16) {
		assert_int_equal(once(MECH_ENCRYPT, &ecb, KEY128, bytes_of(block, 16), &stream), CKR_OK);
		for (size_t i = at; i < at + 16 && i < len; i++)
			out[i] = in[i] ^ stream.data[i - at];
		count(block);
	}
	buf_free(&stream);
}

/* From each start the counter can count so many blocks, and not one byte more. */
static const struct {
	CK_ULONG bits;
	const char *first;
	size_t blocks;
} starts[] = {
	{1, "00112233445566778899aabbccddeeff", 1},  {1, "00112233445566778899aabbccddeefe", 2},
	{2, "00112233445566778899aabbccddeefd", 3},  {8, "ffffffffffffffffffffffffffffffff", 1},
	{8, "000000000000000000000000000000fd", 3},  {31, "0011223344556677889900007ffffffe", 2},
	{32, "00112233445566778899aabbfffffffe", 2}, {63, "00112233445566777ffffffffffffffe", 2},
	{64, "0011223344556677fffffffffffffffd", 3}, {65, "0011223344556677ffffffffffffffff", 1},
	{100, "0000000fffffffffffffffffffffffff", 1}, {127, "ffffffffffffffffffffffffffffffff", 1},
	{128, "fffffffffffffffffffffffffffffffe", 2},
};

static void the_counter_counts_to_the_end_of_its_bits(void **state)
{
	struct mech_key *key = harness_key_hex(CKK_AES, KEY128);
	unsigned char plain[48], want[48];

	(void)state;
	memset(plain, 0x33, sizeof(plain));
	for (size_t i = 0; i < array_len(starts); i++) {
		size_t len = 16 * starts[i].blocks;
		struct mechanism m;

		make(CKM_AES_CTR, starts[i].bits, starts[i].first, &m);
		reference(&m, plain, len, want);
		check_both_ways(&m.m, key, bytes_of(plain, len), bytes_of(want, len));
	}
	mech_key_free(key);
}

static void carries_run_through_the_whole_counter(void **state)
{
	static const char *const first[] = {"0000000000000000ffffffffffffffff", "0011223344556676ffffffffffffffff",
	                                    "00112233445566778899aabbfffffffe"};
	struct mech_key *key = harness_key_hex(CKK_AES, KEY128);
	unsigned char plain[75], want[75];

	(void)state;
	memset(plain, 0x33, sizeof(plain));
	for (size_t i = 0; i < array_len(first); i++) {
		struct mechanism m;

		make(CKM_AES_CTR, 65, first[i], &m);
		reference(&m, plain, sizeof(plain), want);
		check_both_ways(&m.m, key, bytes_of(plain, sizeof(plain)), bytes_of(want, sizeof(want)));
	}
	mech_key_free(key);
}

static void a_counter_that_would_overflow_is_refused(void **state)
{
	unsigned char in[49] = {0};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < array_len(starts); i++) {
		size_t most = 16 * starts[i].blocks;
		struct mechanism m;

		make(CKM_AES_CTR, starts[i].bits, starts[i].first, &m);
		assert_int_equal(once(MECH_ENCRYPT, &m.m, KEY128, bytes_of(in, most), &out), CKR_OK);
		assert_int_equal(once(MECH_ENCRYPT, &m.m, KEY128, bytes_of(in, most + 1), &out), CKR_DATA_LEN_RANGE);
		assert_int_equal(once(MECH_DECRYPT, &m.m, KEY128, bytes_of(in, most + 1), &out), CKR_ENCRYPTED_DATA_LEN_RANGE);
		assert_int_equal(in_parts(MECH_ENCRYPT, &m.m, KEY128, bytes_of(in, most), 7, &out), CKR_OK);
		assert_int_equal(in_parts(MECH_ENCRYPT, &m.m, KEY128, bytes_of(in, most + 1), 7, &out), CKR_DATA_LEN_RANGE);
	}
	buf_free(&out);
}

/* ---- state --------------------------------------------------------------------------------- */

static CK_RV restore(CK_MECHANISM_TYPE type, enum mech_use use, struct bytes saved)
{
	struct mech_key *key = harness_key_hex(CKK_AES, KEY128);
	struct mechanism m;
	struct mech_op op;
	CK_RV rv;

	make(type, 8, IV, &m);
	assert_int_equal(harness_init(&op, use, &m.m, key), CKR_OK);
	rv = op.row->ops->restore(&op, saved);
	harness_end(&op);
	mech_key_free(key);
	return rv;
}

static void malformed_states_are_refused(void **state)
{
	static const unsigned char counted[8] = {0x10, 0x0f}, too_far[8] = {0x11, 0x0f}; /* 241 blocks from 0x0f on */
	unsigned char zero[33] = {0};

	(void)state;
	assert_int_equal(restore(CKM_AES_CBC, MECH_ENCRYPT, bytes_of(zero, 15)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(restore(CKM_AES_CBC, MECH_ENCRYPT, bytes_of(zero, 16)), CKR_OK);
	assert_int_equal(restore(CKM_AES_CBC, MECH_ENCRYPT, bytes_of(zero, 31)), CKR_OK);
	assert_int_equal(restore(CKM_AES_CBC, MECH_ENCRYPT, bytes_of(zero, 32)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(restore(CKM_AES_CBC_PAD, MECH_DECRYPT, bytes_of(zero, 32)), CKR_OK);
	assert_int_equal(restore(CKM_AES_CBC_PAD, MECH_DECRYPT, bytes_of(zero, 33)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(restore(CKM_AES_CTR, MECH_ENCRYPT, bytes_of(zero, 7)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(restore(CKM_AES_CTR, MECH_ENCRYPT, bytes_of(zero, 9)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(restore(CKM_AES_CTR, MECH_ENCRYPT, bytes_of(counted, 8)), CKR_OK);
	assert_int_equal(restore(CKM_AES_CTR, MECH_ENCRYPT, bytes_of(too_far, 8)), CKR_SAVED_STATE_INVALID);
}

static void check_vector(const struct vector *v)
{
	struct buf raw = vector_hex(v, "key"), iv = vector_hex(v, "iv");
	struct buf plain = vector_hex(v, "msg"), ciphered = vector_hex(v, "ct"), got = {0};
	struct mech_key *key = harness_key(CKK_AES, buf_bytes(&raw));
	CK_MECHANISM m = {CKM_AES_CBC_PAD, iv.data, iv.len};
	CK_RV want = ciphered.len == 0 || ciphered.len % 16 != 0 ? CKR_ENCRYPTED_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_INVALID;
	struct mech_op op;

	if (vector_is(v, "result", "valid")) {
		check_both_ways(&m, key, buf_bytes(&plain), buf_bytes(&ciphered));
	} else {
		assert_int_equal(harness_init(&op, MECH_DECRYPT, &m, key), CKR_OK);
		assert_int_equal(harness_whole(&op, buf_bytes(&ciphered), &got), want);
		harness_end(&op);
	}
	mech_key_free(key);
	buf_free(&raw);
	buf_free(&iv);
	buf_free(&plain);
	buf_free(&ciphered);
	buf_free(&got);
}

static void wycheproof(void **state)
{
	(void)state;
	vectors_replay("aes_cbc_pkcs5_test.json", check_vector);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_aes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(padding_of_every_length),
		cmocka_unit_test(long_inputs_in_parts),
		cmocka_unit_test(only_right_padding_is_taken),
		cmocka_unit_test(lengths_that_are_no_whole_blocks_are_refused),
		cmocka_unit_test(padded_ciphertext_needs_at_least_one_whole_block),
		cmocka_unit_test(malformed_parameters_are_refused),
		cmocka_unit_test(the_counter_counts_to_the_end_of_its_bits),
		cmocka_unit_test(carries_run_through_the_whole_counter),
		cmocka_unit_test(a_counter_that_would_overflow_is_refused),
		cmocka_unit_test(malformed_states_are_refused),
		cmocka_unit_test(wycheproof),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
