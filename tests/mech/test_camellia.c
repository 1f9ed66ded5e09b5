/* SPDX-License-Identifier: Apache-2.0 */
/* Camellia against RFC 3713, the published vectors of its modes, RFC 5528 for CTR and Wycheproof for padding. */
#include "block_kit.h"
#include "mech_vectors.h"

#define KEY "2b7e151628aed2a6abf7158809cf4f3c"
#define IV "000102030405060708090a0b0c0d0e0f"
#define P32 "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"
#define P40 P32 "30c81c46a35ce411"

extern const struct mech_family mech_family_camellia;

static const struct answer ciphers[] = {
	{CKM_CAMELLIA_ECB, CKK_CAMELLIA, KEY, NULL, P32,
	 "432fc5dcd628115b7c388d770b270c960be1f14023782a22e8384c5abb7fab2b"},
	{CKM_CAMELLIA_CBC, CKK_CAMELLIA, KEY, IV, P32,
	 "1607cf494b36bbf00daeb0b503c831aba2f2cf671629ef7840c5a5dfb5074887"},
	{CKM_CAMELLIA_CBC_PAD, CKK_CAMELLIA, KEY, IV, P40,
	 "1607cf494b36bbf00daeb0b503c831aba2f2cf671629ef7840c5a5dfb5074887818d1977ac0f10f04dcbf5f0e833d722"},
	{CKM_CAMELLIA_ECB, CKK_CAMELLIA, "0123456789abcdeffedcba98765432100011223344556677", NULL, "0123456789abcdeffedcba9876543210",
	 "b4993401b3e996f84ee5cee7d79b09b9"},
	{CKM_CAMELLIA_ECB, CKK_CAMELLIA, "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff", NULL, "0123456789abcdeffedcba9876543210",
	 "9acc237dff16d76c20ef7c919e3a7509"},
	{CKM_CAMELLIA_CTR, CKK_CAMELLIA, "ae6852f8121067cc4bf7a5765577f39e", "800000000000000000000030000000000000000000000001", "53696e676c6520626c6f636b206d7367",
	 "d09dc29a8214619a20877c76db1f0b3f"},
};

static const struct answer macs[] = {
	{CKM_CAMELLIA_MAC, CKK_CAMELLIA, KEY, NULL, P40,
	 "a7f56381a1748eb7"},
	{CKM_CAMELLIA_MAC_GENERAL, CKK_CAMELLIA, KEY, "#16", P32,
	 "66d71f948e8219951d7cc8769ceb23e7"},
	{CKM_CAMELLIA_MAC_GENERAL, CKK_CAMELLIA, KEY, "#3", P40,
	 "a7f563"},
};

static const struct block_kit kit = {
	.family = &mech_family_camellia,
	.ciphers = ciphers,
	.cipher_count = array_len(ciphers),
	.macs = macs,
	.mac_count = array_len(macs),
	.block = 16,
	.keys = {{CKK_CAMELLIA, 16, 32, 8}},
};

static void keys(void **state)
{
	static const CK_ULONG lengths[] = {16, 24, 32};

	(void)state;
	for (size_t i = 0; i < array_len(lengths); i++)
		secret_check_generated(CKM_CAMELLIA_KEY_GEN, CKK_CAMELLIA, lengths[i]);
	secret_check_no_parameter(CKM_CAMELLIA_KEY_GEN, 16);
	secret_check_value(CKK_CAMELLIA, "2b7e151628aed2a6abf7158809cf4f3c", "ca7fc7");
	secret_check_given_check_value(CKK_CAMELLIA, "2b7e151628aed2a6abf7158809cf4f3c", "ca7fc7");
	secret_check_given_length(CKK_CAMELLIA, KEY);
	assert_int_equal(secret_generate(CKM_CAMELLIA_KEY_GEN, 17), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_complete(CKK_CAMELLIA, bytes_of("0123456789abcde", 15)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_load(CKK_CAMELLIA, bytes_of("0123456789abcde", 15)), CKR_KEY_SIZE_RANGE);
}

static void check_vector(const struct vector *v)
{
	struct buf raw = vector_hex(v, "key"), iv = vector_hex(v, "iv");
	struct buf plain = vector_hex(v, "msg"), ciphered = vector_hex(v, "ct"), got = {0};
	struct mech_key *key = harness_key(CKK_CAMELLIA, buf_bytes(&raw));
	CK_MECHANISM m = {CKM_CAMELLIA_CBC_PAD, iv.data, iv.len};
	bool ragged = ciphered.len == 0 || ciphered.len % 16 != 0;
	struct mech_op op;

	if (vector_is(v, "result", "valid")) {
		harness_check(MECH_ENCRYPT, &m, key, buf_bytes(&plain), buf_bytes(&ciphered));
		harness_check(MECH_DECRYPT, &m, key, buf_bytes(&ciphered), buf_bytes(&plain));
	} else {
		assert_int_equal(harness_init(&op, MECH_DECRYPT, &m, key), CKR_OK);
		assert_int_equal(harness_whole(&op, buf_bytes(&ciphered), &got),
		                 ragged ? CKR_ENCRYPTED_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_INVALID);
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
	vectors_replay("camellia_cbc_pkcs5_test.json", check_vector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BLOCK_KIT_TESTS(&kit),
		cmocka_unit_test(keys),
		cmocka_unit_test(wycheproof),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
