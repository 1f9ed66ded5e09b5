/* SPDX-License-Identifier: Apache-2.0 */
/* Salsa20 against the vectors of ECRYPT and NaCl, the forms of its parameter, its counter and its keys. */
#include "mech_answers.h"
#include "mech_secret.h"

#define KEY0 "0000000000000000000000000000000000000000000000000000000000000000"
#define KEY80 "8000000000000000000000000000000000000000000000000000000000000000"
#define KEY6 "0053a6f94c9ff24598eb3e91e4378add3083d6297ccf2275c81b6ec11467ba0d"
#define ZEROS64 KEY0 KEY0

extern const struct mech_family mech_family_salsa20;

static const struct row {
	const char *key, *counter, *nonce, *plain, *cipher;
} rows[] = {
	/* ECRYPT's verified test vectors for keys of 256 bits: set 1, vector 0, from byte 0 and byte 192; set 6, vector 0. */
	{KEY80, "0000000000000000", "0000000000000000", ZEROS64,
	 "e3be8fdd8beca2e3ea8ef9475b29a6e7003951e1097a5c38d23b7a5fad9f6844b22c97559e2723c7cbbd3fe4fc8d9a07"
	 "44652a83e72a9c461876af4d7ef1a117"},
	{KEY80, "0300000000000000", "0000000000000000", ZEROS64,
	 "57be81f47b17d9ae7c4ff15429a73e10acf250ed3a90a93c711308a74c6216a9ed84cd126da7f28e8abf8bb63517e1ca"
	 "98e712f4fb2e1a6aed9fdc73291faa17"},
	{KEY6, "0000000000000000", "0d74db42a91077de", ZEROS64,
	 "f5fad53f79f9df58c4aea0d0ed9a9601f278112ca7180d565b420a48019670eaf24ce493a86263f677b46ace1924773d"
	 "2bb25571e1aa8593758fc382b1280b71"},
	{KEY6, "ff07000000000000", "0d74db42a91077de", ZEROS64,
	 "a13ffa1208f8bf50900886faab40fd10e8caa306e63df39536a1564fb760b242a9d6a4628cdc878762834e27a541da2a"
	 "5e3b3445989c76f611e0fec6d91acacc"},
	/* The counter's lower half overflows. */
	{KEY6, "ffffffff00000000", "0d74db42a91077de", ZEROS64 ZEROS64,
	 "bee4cc27222bfca755ab2fd36337e0e6b880496eec35105800d928d56f46c57db85f931c1d15cdb7dc0bb1feb6e10770"
	 "a29d38e4b87e8d8c8bcd0c0bca44a780dc7386c25dbe956788964bf539e2afdff16878237114aad549626d1433e9868d"
	 "cd5c846d855ece907d4873a520df702d96191d511edfbe6a9f2e2cff74dda0c3"},
	/* XSalsa20: NaCl's test of crypto_stream. */
	{"1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389", "0000000000000000",
	 "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37", ZEROS64 KEY0,
	 "eea6a7251c1e72916d11c2cb214d3c252539121d8e234e652d651fa4c8cff880309e645a74e9e0a60d8243acd9177ab5"
	 "1a1beb8d5a2f5d700c093c5e5585579625337bd3ab619d615760d8c5b224a85b1d0efe0eb8a7ee163abb0376529fcc09"},
};

struct mechanism {
	CK_MECHANISM m;
	CK_SALSA20_PARAMS p;
	struct buf counter, nonce;
};

static void make(const char *counter, const char *nonce, struct mechanism *ret)
{
	ret->counter = harness_hex(counter);
	ret->nonce = harness_hex(nonce);
	ret->p = (CK_SALSA20_PARAMS){ret->counter.data, ret->nonce.data, 8 * ret->nonce.len};
	ret->m = (CK_MECHANISM){CKM_SALSA20, &ret->p, sizeof(ret->p)};
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
		struct mech_key *key = harness_key_hex(CKK_SALSA20, rows[i].key);
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
	struct mech_key *key = harness_key_hex(CKK_SALSA20, KEY0);
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
		{"ffffffffffffffff", "0000000000000000", 1},
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

static void malformed_parameters_are_refused(void **state)
{
	static const struct answer row = {CKM_SALSA20, CKK_SALSA20, KEY0, NULL, "", ""};
	unsigned char counter[8] = {0}, nonce[24] = {0};
	CK_SALSA20_PARAMS p[2] = {{counter, nonce, 64}};

	(void)state;
	assert_int_equal(answers_init(&row, p, sizeof(p[0])), CKR_OK);
	assert_int_equal(answers_init(&row, NULL, 0), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(answers_init(&row, NULL, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(answers_init(&row, p, sizeof(p[0]) - 1), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(answers_init(&row, p, sizeof(p[0]) + 1), CKR_MECHANISM_PARAM_INVALID);
	p[0].pNonce = NULL;
	assert_int_equal(answers_init(&row, p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	p[0] = (CK_SALSA20_PARAMS){NULL, nonce, 64};
	assert_int_equal(answers_init(&row, p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	for (CK_ULONG bits = 0; bits <= 256; bits += 8) {
		p[0] = (CK_SALSA20_PARAMS){counter, nonce, bits};
		assert_int_equal(answers_init(&row, p, sizeof(p[0])), bits == 64 || bits == 192 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID);
	}
}

static void malformed_states_are_refused(void **state)
{
	static const unsigned char at_end[8] = {64}, beyond[8] = {65};
	struct mech_key *key = harness_key_hex(CKK_SALSA20, KEY0);
	struct buf params = {0};
	struct mechanism m;
	struct mech_op op;

	(void)state;
	make("ffffffffffffffff", "0000000000000000", &m);
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
	secret_check_generated(CKM_SALSA20_KEY_GEN, CKK_SALSA20, 32);
	secret_check_no_parameter(CKM_SALSA20_KEY_GEN, 32);
	assert_int_equal(secret_generate(CKM_SALSA20_KEY_GEN, 31), CKR_ATTRIBUTE_VALUE_INVALID);
	secret_check_given_length(CKK_SALSA20, rows[2].key);
	/* SHA-1 of 32 zero bytes. */
	secret_check_value(CKK_SALSA20, KEY0, "de8a84");
	secret_check_given_check_value(CKK_SALSA20, KEY0, "de8a84");
	assert_int_equal(secret_complete(CKK_SALSA20, bytes_of("0123456789abcdef", 16)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_load(CKK_SALSA20, bytes_of("0123456789abcdef", 16)), CKR_KEY_SIZE_RANGE);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_salsa20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(a_counter_that_would_overflow_is_refused),
		cmocka_unit_test(malformed_parameters_are_refused),
		cmocka_unit_test(malformed_states_are_refused),
		cmocka_unit_test(keys),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
