/* SPDX-License-Identifier: Apache-2.0 */
/* ARIA against RFC 5794 and, for its modes, the same blocks chained by the openssl command. */
#include "block_kit.h"

#define KEY "2b7e151628aed2a6abf7158809cf4f3c"
#define IV "000102030405060708090a0b0c0d0e0f"
#define P32 "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"
#define P40 P32 "30c81c46a35ce411"

extern const struct mech_family mech_family_aria;

static const struct answer ciphers[] = {
	{CKM_ARIA_ECB, CKK_ARIA, KEY, NULL, P32,
	 "baf07d1f1c72b4926a29a5e2f536e47a73b69c748818e36b6781104c93a7b10a"},
	{CKM_ARIA_CBC, CKK_ARIA, KEY, IV, P32,
	 "a9f7b5dccaddf6b43a508169291dd5fb103934265c51b36f2701313975bc27d4"},
	{CKM_ARIA_CBC_PAD, CKK_ARIA, KEY, IV, P40,
	 "a9f7b5dccaddf6b43a508169291dd5fb103934265c51b36f2701313975bc27d4270e9f7f14401649582bb1001f638684"},
	{CKM_ARIA_ECB, CKK_ARIA, "000102030405060708090a0b0c0d0e0f", NULL, "00112233445566778899aabbccddeeff",
	 "d718fbd6ab644c739da95f3be6451778"},
	{CKM_ARIA_ECB, CKK_ARIA, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", NULL, "00112233445566778899aabbccddeeff",
	 "f92bd7c79fb72e2f2b8f80c1972d24fc"},
};

static const struct answer macs[] = {
	{CKM_ARIA_MAC, CKK_ARIA, KEY, NULL, P40,
	 "1a890533420c9412"},
	{CKM_ARIA_MAC_GENERAL, CKK_ARIA, KEY, "#16", P32,
	 "23935d0701526f1a012e3b7bf7e42143"},
	{CKM_ARIA_MAC_GENERAL, CKK_ARIA, KEY, "#3", P40,
	 "1a8905"},
};

static const struct block_kit kit = {
	.family = &mech_family_aria,
	.ciphers = ciphers,
	.cipher_count = array_len(ciphers),
	.macs = macs,
	.mac_count = array_len(macs),
	.block = 16,
	.keys = {{CKK_ARIA, 16, 32, 8}},
};

static void keys(void **state)
{
	static const CK_ULONG lengths[] = {16, 24, 32};

	(void)state;
	for (size_t i = 0; i < array_len(lengths); i++)
		secret_check_generated(CKM_ARIA_KEY_GEN, CKK_ARIA, lengths[i]);
	secret_check_no_parameter(CKM_ARIA_KEY_GEN, 16);
	secret_check_value(CKK_ARIA, "2b7e151628aed2a6abf7158809cf4f3c", "6d3af1");
	secret_check_given_check_value(CKK_ARIA, "2b7e151628aed2a6abf7158809cf4f3c", "6d3af1");
	secret_check_given_length(CKK_ARIA, KEY);
	assert_int_equal(secret_generate(CKM_ARIA_KEY_GEN, 17), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_complete(CKK_ARIA, bytes_of("0123456789abcde", 15)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_load(CKK_ARIA, bytes_of("0123456789abcde", 15)), CKR_KEY_SIZE_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BLOCK_KIT_TESTS(&kit),
		cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
