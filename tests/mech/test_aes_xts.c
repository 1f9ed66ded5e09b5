/* SPDX-License-Identifier: Apache-2.0 */
/* AES-XTS against IEEE 1619 and Wycheproof, its keys and its lengths. */
#include "crypto/cipher_xts.h"
#include "mech_answers.h"
#include "mech_secret.h"
#include "mech_vectors.h"

#define KEY32 "1111111111111111111111111111111122222222222222222222222222222222"
#define KEY64 \
	"2718281828459045235360287471352662497757247093699959574966967627" \
	"3141592653589793238462643383279502884197169399375105820974944592"

extern const struct mech_family mech_family_aes_xts;

/* IEEE 1619 vectors 2, 3, 15 and 16, and with 256-bit keys the first 32 bytes of vector 10. */
static const struct answer rows[] = {
	{CKM_AES_XTS, CKK_AES_XTS, KEY32, "33333333330000000000000000000000",
	 "4444444444444444444444444444444444444444444444444444444444444444",
	 "c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0"},
	{CKM_AES_XTS, CKK_AES_XTS, "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f022222222222222222222222222222222",
	 "33333333330000000000000000000000", "4444444444444444444444444444444444444444444444444444444444444444",
	 "af85336b597afc1a900b2eb21ec949d292df4c047e0b21532186a5971a227a89"},
	{CKM_AES_XTS, CKK_AES_XTS, "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0",
	 "9a785634120000000000000000000000", "000102030405060708090a0b0c0d0e0f10", "6c1625db4671522d3d7599601de7ca09ed"},
	{CKM_AES_XTS, CKK_AES_XTS, "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0",
	 "9a785634120000000000000000000000", "000102030405060708090a0b0c0d0e0f1011", "d069444b7a7e0cab09e24447d24deb1fedbf"},
	{CKM_AES_XTS, CKK_AES_XTS, KEY64, "ff000000000000000000000000000000",
	 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	 "1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b"},
};

static void published_answers(void **state)
{
	(void)state;
	answers_check_ciphers(rows, array_len(rows));
	answers_check_complete(&mech_family_aes_xts, rows, array_len(rows));
}

static void the_data_unit_number_has_16_bytes(void **state)
{
	(void)state;
	answers_check_param_size(&rows[0], 16);
}

static void key_sizes(void **state)
{
	static const size_t lengths[] = {32, 64, 0};

	(void)state;
	answers_check_key_sizes(&rows[0], lengths);
}

static void units_of_every_length_from_a_block_on(void **state)
{
	(void)state;
	for (size_t len = 0; len < 16; len++)
		answers_check_length(&rows[0], len, CKR_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_LEN_RANGE);
	for (size_t len = 16; len <= 70; len++)
		answers_check_long(&rows[0], len);
	answers_check_long(&rows[4], 4099);
}

static void a_data_unit_has_a_limit(void **state)
{
	size_t most = (size_t)16 << 20;
	unsigned char *zeros = calloc(1, most + 1);
	struct buf iv = harness_hex(rows[0].param), out = {0};
	struct mech_key *key = harness_key_hex(CKK_AES_XTS, KEY32);
	CK_MECHANISM m = {CKM_AES_XTS, iv.data, iv.len};
	struct mech_op op;

	(void)state;
	assert_non_null(zeros);
	for (size_t more = 0; more <= 1; more++) {
		assert_int_equal(harness_init(&op, MECH_ENCRYPT, &m, key), CKR_OK);
		assert_int_equal(harness_whole(&op, bytes_of(zeros, most + more), &out), more == 0 ? CKR_OK : CKR_DATA_LEN_RANGE);
		harness_end(&op);
		assert_int_equal(harness_init(&op, MECH_ENCRYPT, &m, key), CKR_OK);
		out.len = 0;
		assert_int_equal(harness_update(&op, bytes_of(zeros, most), &out), CKR_OK);
		assert_int_equal(harness_update(&op, bytes_of(zeros, more), &out), more == 0 ? CKR_OK : CKR_DATA_LEN_RANGE);
		harness_end(&op);
	}
	mech_key_free(key);
	buf_free(&iv);
	buf_free(&out);
	free(zeros);
}

static void keys(void **state)
{
	struct buf same = harness_hex("000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f");

	(void)state;
	secret_check_generated(CKM_AES_XTS_KEY_GEN, CKK_AES_XTS, 32);
	secret_check_generated(CKM_AES_XTS_KEY_GEN, CKK_AES_XTS, 64);
	secret_check_no_parameter(CKM_AES_XTS_KEY_GEN, 32);
	assert_int_equal(secret_generate(CKM_AES_XTS_KEY_GEN, 48), CKR_ATTRIBUTE_VALUE_INVALID);
	secret_check_given_length(CKK_AES_XTS, KEY32);
	assert_int_equal(secret_complete(CKK_AES_XTS, buf_bytes(&same)), CKR_ATTRIBUTE_VALUE_INVALID);
	same.data[31] ^= 1;
	assert_int_equal(secret_complete(CKK_AES_XTS, buf_bytes(&same)), CKR_OK);
	assert_int_equal(secret_complete(CKK_AES_XTS, bytes_of(same.data, 31)), CKR_ATTRIBUTE_VALUE_INVALID);
	buf_free(&same);
}

/* The numbers are given with as many bytes as they need; 384-bit keys are not for XTS (IEEE 1619). */
static void check_vector(const struct vector *v)
{
	struct buf raw = vector_hex(v, "key"), iv = vector_hex(v, "iv"), plain = vector_hex(v, "msg"), sealed = vector_hex(v, "ct");
	struct mech_key *key;

	if (raw.len == 48) {
		assert_int_equal(secret_load(CKK_AES_XTS, buf_bytes(&raw)), CKR_KEY_SIZE_RANGE);
	} else {
		CK_MECHANISM m = {CKM_AES_XTS, NULL, 16};

		while (iv.len < 16)
			assert_int_equal(buf_put_u8(&iv, 0), CKR_OK);
		m.pParameter = iv.data;
		key = harness_key(CKK_AES_XTS, buf_bytes(&raw));
		harness_check(MECH_ENCRYPT, &m, key, buf_bytes(&plain), buf_bytes(&sealed));
		harness_check(MECH_DECRYPT, &m, key, buf_bytes(&sealed), buf_bytes(&plain));
		mech_key_free(key);
	}
	buf_free(&raw);
	buf_free(&iv);
	buf_free(&plain);
	buf_free(&sealed);
}

static void wycheproof(void **state)
{
	(void)state;
	vectors_replay("aes_xts_test.json", check_vector);
}

static void malformed_states_are_refused(void **state)
{
	static const unsigned char zeros[20];
	struct mech_key *key = harness_key_hex(CKK_AES_XTS, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	CK_MECHANISM m = {CKM_AES_XTS, (void *)(uintptr_t)zeros, 16};
	unsigned char *much = calloc(1, XTS_UNIT_MAX + 1);
	struct mech_op op;

	(void)state;
	assert_non_null(much);
	assert_int_equal(harness_init(&op, MECH_ENCRYPT, &m, key), CKR_OK);
	assert_int_equal(op.row->ops->restore(&op, bytes_of(much, XTS_UNIT_MAX + 1)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(op.row->ops->restore(&op, bytes_of(much, XTS_UNIT_MAX)), CKR_OK);
	/* Not twice into one. */
	assert_int_equal(op.row->ops->restore(&op, bytes_of(much, 1)), CKR_SAVED_STATE_INVALID);
	harness_end(&op);
	assert_int_equal(op.row->ops->restore_params(&op, bytes_of(zeros, 15)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(op.row->ops->restore_params(&op, bytes_of(zeros, 17)), CKR_SAVED_STATE_INVALID);
	free(much);
	mech_key_free(key);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_aes_xts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(the_data_unit_number_has_16_bytes),
		cmocka_unit_test(key_sizes),
		cmocka_unit_test(units_of_every_length_from_a_block_on),
		cmocka_unit_test(a_data_unit_has_a_limit),
		cmocka_unit_test(keys),
		cmocka_unit_test(wycheproof),
		cmocka_unit_test(malformed_states_are_refused),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
