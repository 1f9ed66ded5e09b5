/* SPDX-License-Identifier: Apache-2.0 */
/* DES against FIPS 81, triple DES against libcrypto's published vectors, SP 800-38B for CMAC, and the openssl command for
 * the other modes. */
#include "block_kit.h"

extern const struct mech_family mech_family_des;

static const struct answer ciphers[] = {
	{CKM_DES_ECB, CKK_DES, "0123456789abcdef", NULL, "4e6f77206973207468652074696d6520666f7220616c6c20",
	 "3fa40e8a984d48156a271787ab8883f9893d51ec4b563b53"},
	{CKM_DES_CBC, CKK_DES, "0123456789abcdef", "1234567890abcdef", "4e6f77206973207468652074696d6520666f7220616c6c20",
	 "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"},
	{CKM_DES_CBC_PAD, CKK_DES, "0123456789abcdef", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "498f28fc0efbbbd46a44291be66a214bf72ab490ac93a6a7"},
	{CKM_DES_OFB64, CKK_DES, "0123456789abcdef", "1234567890abcdef", "4e6f77206973207468652074696d6520666f7220616c6c20",
	 "f3096249c7f46e5135f24a242eeb3d3f3d6d5be3255af8c3"},
	{CKM_DES_OFB8, CKK_DES, "0123456789abcdef", "1234567890abcdef", "4e6f77206973207468652074696d6520666f7220616c6c20",
	 "f34a2850c9c64985d684ad96d772e2f243ea499abee8ae95"},
	{CKM_DES_CFB64, CKK_DES, "0123456789abcdef", "1234567890abcdef", "4e6f77206973207468652074696d6520666f7220616c6c20",
	 "f3096249c7f46e51a69e839b1a92f78403467133898ea622"},
	{CKM_DES_CFB8, CKK_DES, "0123456789abcdef", "1234567890abcdef", "4e6f77206973207468652074696d6520666f7220616c6c20",
	 "f31fda07011462ee187f43d80a7cd9b5b0d290da6e5b9a87"},
	{CKM_DES_OFB8, CKK_DES3, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "361f414c9b6778685a4af530569b2e91dafb46ef"},
	{CKM_DES3_ECB, CKK_DES3, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", NULL, "37363534333231204e6f77206973207468652074696d6520666f722000000000",
	 "62c10cc9efbf15aaa5ae2e487b690e56d8b1dfb8f5c5b293855e77dd9024b1b1"},
	{CKM_DES3_CBC, CKK_DES3, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", "fedcba9876543210", "37363534333231204e6f77206973207468652074696d6520666f722000000000",
	 "3fe301c962ac01d02213763c1cbd4cdc799657c064ecf5d41c673812cfde9675"},
	{CKM_DES3_ECB, CKK_DES2, "0123456789abcdeff1e0d3c2b5a49786", NULL, "37363534333231204e6f77206973207468652074696d6520666f722000000000",
	 "22e889402e28422f8167ad279d90a566da75b734e12c671fc2669aecb3e4fe8f"},
	{CKM_DES3_CBC, CKK_DES2, "0123456789abcdeff1e0d3c2b5a49786", "0001020304050607", "37363534333231204e6f77206973207468652074696d6520666f722000000000",
	 "a8baad6bc222d2a3acc506b590c6864a97d8b25c8d770536ae8f9b4c1928ce9f"},
	{CKM_DES3_CBC_PAD, CKK_DES3, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "82280fa2a2573b75c699e411e36bc1d742a1358672949427"},
	{CKM_DES_OFB64, CKK_DES3, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "36c13bede93fa776f25e0582abced6da2a2a7470"},
	{CKM_DES_CFB64, CKK_DES3, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "36c13bede93fa776a8c94bedaa4e9d932e10304b"},
	{CKM_DES_CFB8, CKK_DES3, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "369de33d8a81ef2e51746d38acb11cd0a4c114b9"},
};

static const struct answer macs[] = {
	{CKM_DES_MAC, CKK_DES, "0123456789abcdef", NULL, "4e6f77206973207468652074696d6520666f7220616c6c20",
	 "70a30640"},
	{CKM_DES_MAC_GENERAL, CKK_DES, "0123456789abcdef", "#8", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "3d8257f08dd956d6"},
	{CKM_DES3_CMAC, CKK_DES3, "89bcd952a8c8ab371af48ac7d07085d5eff702e6d62cdc23", NULL, "fa620c1bbe97319e9a0cf0492121f7a20eb08a6a709dcbd00aaf38e4f99e754e",
	 "8f49a1b7d6aa2258"},
	{CKM_DES3_CMAC, CKK_DES3, "8aa83bf8cbda10620bc1bf19fbb6cd58bc313d4a371ca8b5", NULL, "",
	 "b7a688e122ffaf95"},
	{CKM_DES3_CMAC, CKK_DES3, "8aa83bf8cbda10620bc1bf19fbb6cd58bc313d4a371ca8b5", NULL, "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "743ddbe0ce2dc2ed"},
	{CKM_DES3_CMAC_GENERAL, CKK_DES3, "8aa83bf8cbda10620bc1bf19fbb6cd58bc313d4a371ca8b5", "#4", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	 "33e6b109"},
	{CKM_DES3_CMAC, CKK_DES2, "4cf15134a2850dd58a3d10ba80570d38", NULL, "",
	 "bd2ebf9a3ba00361"},
	{CKM_DES3_MAC, CKK_DES3, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", NULL, "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "3a55e9d8"},
	{CKM_DES3_MAC_GENERAL, CKK_DES2, "0123456789abcdeff1e0d3c2b5a49786", "#8", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "acc95d7c59428ec4"},
};

static const struct block_kit kit = {
	.family = &mech_family_des,
	.ciphers = ciphers,
	.cipher_count = array_len(ciphers),
	.macs = macs,
	.mac_count = array_len(macs),
	.block = 8,
	.keys = {{CKK_DES, 8, 24, 8}, {CKK_DES2, 8, 24, 8}, {CKK_DES3, 8, 24, 8}},
};

/* Flips the last bit of every byte in turn. */
static void parity_must_be_odd(void **state)
{
	static const struct {
		CK_KEY_TYPE type;
		const char *key, *check;
	} keys[] = {
		{CKK_DES3, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", "a21de4"},
		{CKK_DES2, "0123456789abcdeff1e0d3c2b5a49786", "3a355c"},
		{CKK_DES, "0123456789abcdef", "d5d44f"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(keys); i++) {
		struct buf value = harness_hex(keys[i].key);

		secret_check_value(keys[i].type, keys[i].key, keys[i].check);
		secret_check_given_check_value(keys[i].type, keys[i].key, keys[i].check);
		assert_int_equal(secret_complete(keys[i].type, buf_bytes(&value)), CKR_OK);
		for (size_t k = 0; k < value.len; k++) {
			value.data[k] ^= 1;
			assert_int_equal(secret_complete(keys[i].type, buf_bytes(&value)), CKR_ATTRIBUTE_VALUE_INVALID);
			value.data[k] ^= 1;
		}
		buf_free(&value);
	}
}

static void longer_keys_that_are_single_des_are_refused(void **state)
{
	struct buf same = harness_hex("0123456789abcdef 0123456789abcdef f1e0d3c2b5a49786");

	(void)state;
	assert_int_equal(secret_complete(CKK_DES3, buf_bytes(&same)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_complete(CKK_DES2, bytes_of(same.data, 16)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_complete(CKK_DES2, bytes_of(same.data + 8, 16)), CKR_OK);
	assert_int_equal(secret_complete(CKK_DES3, bytes_of(same.data + 8, 16)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_complete(CKK_DES2, bytes_of(same.data, 24)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_load(CKK_DES2, bytes_of(same.data, 24)), CKR_KEY_SIZE_RANGE);
	buf_free(&same);
}

static void generated_keys_have_their_length_and_parity(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8; i++) {
		secret_check_generated(CKM_DES3_KEY_GEN, CKK_DES3, 24);
		secret_check_generated(CKM_DES2_KEY_GEN, CKK_DES2, 16);
		secret_check_generated(CKM_DES_KEY_GEN, CKK_DES, 8);
	}
	secret_check_no_parameter(CKM_DES3_KEY_GEN, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BLOCK_KIT_TESTS(&kit),
		cmocka_unit_test(parity_must_be_odd),
		cmocka_unit_test(longer_keys_that_are_single_des_are_refused),
		cmocka_unit_test(generated_keys_have_their_length_and_parity),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
