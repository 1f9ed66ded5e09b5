/* SPDX-License-Identifier: Apache-2.0 */
/* SEED against RFC 4269 and RFC 4196 and, for padding and the MAC, the openssl command. */
#include "block_kit.h"

#define KEY "2b7e151628aed2a6abf7158809cf4f3c"
#define IV "000102030405060708090a0b0c0d0e0f"
#define P32 "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"
#define P40 P32 "30c81c46a35ce411"

extern const struct mech_family mech_family_seed;

static const struct answer ciphers[] = {
	{CKM_SEED_ECB, CKK_SEED, KEY, NULL, P32,
	 "ae30adb23d708b63d49e5161d74444430b0c0290824a7f4087385bb685638a93"},
	{CKM_SEED_CBC, CKK_SEED, KEY, IV, P32,
	 "34549cb0c34a67afd1a61843e724a6365be2ea9a521ffeba11f813420d253a7c"},
	{CKM_SEED_CBC_PAD, CKK_SEED, KEY, IV, P40,
	 "34549cb0c34a67afd1a61843e724a6365be2ea9a521ffeba11f813420d253a7c364ad14735d5da5f173b7ceaeabeff61"},
	{CKM_SEED_ECB, CKK_SEED, "4706480851e61be85d74bfb3fd956185", NULL, "83a2f8a288641fb9a4e9a5cc2f131c7d",
	 "ee54d13ebcae706d226bc3142cd40d4a"},
	{CKM_SEED_CBC, CKK_SEED, "ed2401ad22fa255991bafdb01fefd697", "93eb149f92c9905bae5cd34da06c3c8e", "b40d7003d9b6904b35622750c91a24575bb9a632364aa26e3ac0cf3a9c9d0dcb",
	 "f072c5b1a0588c105af8301adcd91dd067f6822155304bf3aad75ceb44341c25"},
};

static const struct answer macs[] = {
	{CKM_SEED_MAC, CKK_SEED, KEY, NULL, P40,
	 "87279a190397083b"},
	{CKM_SEED_MAC_GENERAL, CKK_SEED, KEY, "#16", P32,
	 "e5e0ed73e8f91a65bc1e2da1e5db5a61"},
	{CKM_SEED_MAC_GENERAL, CKK_SEED, KEY, "#3", P40,
	 "87279a"},
};

static const struct block_kit kit = {
	.family = &mech_family_seed,
	.ciphers = ciphers,
	.cipher_count = array_len(ciphers),
	.macs = macs,
	.mac_count = array_len(macs),
	.block = 16,
	.keys = {{CKK_SEED, 16, 16, 1}},
};

static void keys(void **state)
{
	static const CK_ULONG lengths[] = {16};

	(void)state;
	for (size_t i = 0; i < array_len(lengths); i++)
		secret_check_generated(CKM_SEED_KEY_GEN, CKK_SEED, lengths[i]);
	secret_check_no_parameter(CKM_SEED_KEY_GEN, 16);
	secret_check_value(CKK_SEED, "2b7e151628aed2a6abf7158809cf4f3c", "7db28a");
	secret_check_given_check_value(CKK_SEED, "2b7e151628aed2a6abf7158809cf4f3c", "7db28a");
	assert_int_equal(secret_complete(CKK_SEED, bytes_of("0123456789abcde", 15)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_load(CKK_SEED, bytes_of("0123456789abcde", 15)), CKR_KEY_SIZE_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BLOCK_KIT_TESTS(&kit),
		cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
