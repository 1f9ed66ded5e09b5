/* SPDX-License-Identifier: Apache-2.0 */
/* ChaCha20 against RFC 8439 and draft-irtf-cfrg-xchacha, the forms of its parameter, its counter and its keys. */
#include "mech_answers.h"
#include "mech_secret.h"

#define KEY0 "0000000000000000000000000000000000000000000000000000000000000000"
#define ZEROS64 KEY0 KEY0

extern const struct mech_family mech_family_chacha20;

static const struct row {
	const char *key, *counter, *nonce, *plain, *cipher;
} rows[] = {
	/* RFC 8439 A.1: 1 and 2, A.2: 3; the original's form of the first. */
	{KEY0, "00000000", "000000000000000000000000", ZEROS64,
	 "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
	 "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"},
	{KEY0, "01000000", "000000000000000000000000", ZEROS64,
	 "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
	 "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"},
	{"1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0", "2a000000", "000000000000000000000002",
	 "2754776173206272696c6c69672c20616e642074686520736c6974687920746f7665730a446964206779726520616e642067696d626c6520696e"
	 "2074686520776162653a0a416c6c206d696d737920776572652074686520626f726f676f7665732c0a416e6420746865206d6f6d652072617468"
	 "73206f757467726162652e",
	 "62e6347f95ed87a45ffae7426f27a1df5fb69110044c0d73118effa95b01e5cf166d3df2d721caf9b21e5fb14c616871fd84c54f9d65b283196c"
	 "7fe4f60553ebf39c6402c42234e32a356b3e764312a61a5532055716ead6962568f87d3f3f7704c6a8d1bcd1bf4d50d6154b6da731b187b58dfd"
	 "728afa36757a797ac188d1"},
	{KEY0, "0100000000000000", "0000000000000000", ZEROS64,
	 "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
	 "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"},
	/* draft-irtf-cfrg-xchacha-03 A.3.2, the first 100 bytes. */
	{"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "0000000000000000",
	 "404142434445464748494a4b4c4d4e4f5051525354555658",
	 "5468652064686f6c65202870726f6e6f756e6365642022646f6c65222920697320616c736f206b6e6f776e2061732074686520417369617469632077"
	 "696c6420646f672c2072656420646f672c20616e642077686973746c696e6720646f672e20497420",
	 "4559abba4e48c16102e8bb2c05e6947f50a786de162f9b0b7e592a9b53d0d4e98d8d6410d540a1a6375b26d80dace4fab52384c731acbf16a5923c0c"
	 "48d3575d4d0d2c673b666faa731061277701093a6bf7a158a8864292a41c48e3a9b4c0daece0f8d9"},
};

struct mechanism {
	CK_MECHANISM m;
	CK_CHACHA20_PARAMS p;
	struct buf counter, nonce;
};

static void make(const char *counter, const char *nonce, struct mechanism *ret)
{
	ret->counter = harness_hex(counter);
	ret->nonce = harness_hex(nonce);
	ret->p = (CK_CHACHA20_PARAMS){ret->counter.data, 8 * ret->counter.len, ret->nonce.data, 8 * ret->nonce.len};
	ret->m = (CK_MECHANISM){CKM_CHACHA20, &ret->p, sizeof(ret->p)};
}

static void drop(struct mechanism *m)
{
	buf_free(&m->counter);
	buf_free(&m->nonce);
}

static void published_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct mech_key *key = harness_key_hex(CKK_CHACHA20, rows[i].key);
		struct buf plain = harness_hex(rows[i].plain), ciphered = harness_hex(rows[i].cipher);
		struct mechanism m;

		make(rows[i].counter, rows[i].nonce, &m);
		harness_check(MECH_ENCRYPT, &m.m, key, buf_bytes(&plain), buf_bytes(&ciphered));
		harness_check(MECH_DECRYPT, &m.m, key, buf_bytes(&ciphered), buf_bytes(&plain));
		drop(&m);
		buf_free(&plain);
		buf_free(&ciphered);
		mech_key_free(key);
	}
}

static CK_RV run(const struct mechanism *m, enum mech_use use, size_t len, size_t step)
{
	unsigned char zeros[256] = {0};
	struct mech_key *key = harness_key_hex(CKK_CHACHA20, KEY0);
	struct buf out = {0};
	struct mech_op op;
	CK_RV rv;

	assert_int_equal(harness_init(&op, use, &m->m, key), CKR_OK);
	rv = step == 0 ? harness_whole(&op, bytes_of(zeros, len), &out) : harness_parts(&op, bytes_of(zeros, len), step, &out);
	harness_end(&op);
	mech_key_free(key);
	buf_free(&out);
	return rv;
}

static void a_counter_that_would_overflow_is_refused(void **state)
{
	static const struct {
		const char *counter, *nonce;
		size_t blocks;
	} starts[] = {
		{"ffffffff", "000000000000000000000000", 1},
		{"feffffff", "000000000000000000000000", 2},
		{"feffffffffffffff", "0000000000000000", 2},
		{"feffffffffffffff", "000000000000000000000000000000000000000000000000", 2},
	};

	(void)state;
	for (size_t i = 0; i < array_len(starts); i++) {
		size_t most = 64 * starts[i].blocks;
		struct mechanism m;

		make(starts[i].counter, starts[i].nonce, &m);
		for (size_t step = 0; step <= 7; step += 7) {
			assert_int_equal(run(&m, MECH_ENCRYPT, most, step), CKR_OK);
			assert_int_equal(run(&m, MECH_ENCRYPT, most + 1, step), CKR_DATA_LEN_RANGE);
			assert_int_equal(run(&m, MECH_DECRYPT, most + 1, step), CKR_ENCRYPTED_DATA_LEN_RANGE);
		}
		drop(&m);
	}
}

/* The original's counter goes on into its upper half. */
static void the_long_counter_carries(void **state)
{
	struct mech_key *key = harness_key_hex(CKK_CHACHA20, KEY0);
	unsigned char zeros[128] = {0};
	struct mechanism both, second;
	struct buf a = {0}, b = {0};
	struct mech_op op;

	(void)state;
	make("ffffffff00000000", "0102030405060708", &both);
	make("0000000001000000", "0102030405060708", &second);
	assert_int_equal(harness_init(&op, MECH_ENCRYPT, &both.m, key), CKR_OK);
	assert_int_equal(harness_whole(&op, bytes_of(zeros, 128), &a), CKR_OK);
	harness_end(&op);
	assert_int_equal(harness_init(&op, MECH_ENCRYPT, &second.m, key), CKR_OK);
	assert_int_equal(harness_whole(&op, bytes_of(zeros, 64), &b), CKR_OK);
	harness_end(&op);
	assert_memory_equal(a.data + 64, b.data, 64);
	drop(&both);
	drop(&second);
	buf_free(&a);
	buf_free(&b);
	mech_key_free(key);
}

static void malformed_parameters_are_refused(void **state)
{
	static const struct answer row = {CKM_CHACHA20, CKK_CHACHA20, KEY0, NULL, "", ""};
	unsigned char counter[8] = {0}, nonce[24] = {0};
	CK_CHACHA20_PARAMS p[2] = {{counter, 32, nonce, 96}};

	(void)state;
	assert_int_equal(answers_init(&row, p, sizeof(p[0])), CKR_OK);
	assert_int_equal(answers_init(&row, NULL, 0), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(answers_init(&row, NULL, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(answers_init(&row, p, sizeof(p[0]) - 1), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(answers_init(&row, p, sizeof(p[0]) + 1), CKR_MECHANISM_PARAM_INVALID);
	p[0].pNonce = NULL;
	assert_int_equal(answers_init(&row, p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	p[0] = (CK_CHACHA20_PARAMS){NULL, 32, nonce, 96};
	assert_int_equal(answers_init(&row, p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	for (CK_ULONG counter_bits = 0; counter_bits <= 96; counter_bits += 16)
		for (CK_ULONG nonce_bits = 0; nonce_bits <= 256; nonce_bits += 16) {
			bool good = (counter_bits == 32 && nonce_bits == 96) || (counter_bits == 64 && (nonce_bits == 64 || nonce_bits == 192));

			p[0] = (CK_CHACHA20_PARAMS){counter, counter_bits, nonce, nonce_bits};
			assert_int_equal(answers_init(&row, p, sizeof(p[0])), good ? CKR_OK : CKR_MECHANISM_PARAM_INVALID);
		}
}

static void malformed_states_are_refused(void **state)
{
	static const unsigned char at_end[8] = {64}, beyond[8] = {65};
	struct mech_key *key = harness_key_hex(CKK_CHACHA20, KEY0);
	struct buf params = {0};
	struct mechanism m;
	struct mech_op op;

	(void)state;
	make("ffffffff", "000000000000000000000000", &m);
	assert_int_equal(harness_init(&op, MECH_ENCRYPT, &m.m, key), CKR_OK);
	assert_int_equal(op.row->ops->restore(&op, bytes_of(at_end, 7)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(op.row->ops->restore(&op, bytes_of(beyond, 8)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(op.row->ops->restore(&op, bytes_of(at_end, 8)), CKR_OK);
	assert_int_equal(op.row->ops->save_params(&op, &params), CKR_OK);
	harness_end(&op);
	for (size_t len = 0; len <= params.len; len++) {
		op.state = NULL;
		assert_int_equal(op.row->ops->restore_params(&op, bytes_of(params.data, len)),
		                 len == params.len ? CKR_OK : CKR_SAVED_STATE_INVALID);
		harness_end(&op);
	}
	drop(&m);
	mech_key_free(key);
	buf_free(&params);
}

static void keys(void **state)
{
	(void)state;
	secret_check_generated(CKM_CHACHA20_KEY_GEN, CKK_CHACHA20, 32);
	secret_check_no_parameter(CKM_CHACHA20_KEY_GEN, 32);
	assert_int_equal(secret_generate(CKM_CHACHA20_KEY_GEN, 31), CKR_ATTRIBUTE_VALUE_INVALID);
	secret_check_given_length(CKK_CHACHA20, rows[2].key);
	/* SHA-1 of 32 zero bytes. */
	secret_check_value(CKK_CHACHA20, KEY0, "de8a84");
	secret_check_given_check_value(CKK_CHACHA20, KEY0, "de8a84");
	assert_int_equal(secret_complete(CKK_CHACHA20, bytes_of("0123456789abcdef", 16)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_load(CKK_CHACHA20, bytes_of("0123456789abcdef", 16)), CKR_KEY_SIZE_RANGE);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_chacha20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(a_counter_that_would_overflow_is_refused),
		cmocka_unit_test(the_long_counter_carries),
		cmocka_unit_test(malformed_parameters_are_refused),
		cmocka_unit_test(malformed_states_are_refused),
		cmocka_unit_test(keys),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
