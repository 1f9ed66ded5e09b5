/* SPDX-License-Identifier: Apache-2.0 */
/* Blowfish against its author's vectors, CAST-128 against RFC 2144 B.1, IDEA against its authors' example, the modes
 * against the openssl command. */
#include "block_kit.h"

extern const struct mech_family mech_family_old_ciphers;

static const struct answer ciphers[] = {
	{CKM_BLOWFISH_CBC, CKK_BLOWFISH, "00000000000000000000000000000000", "0000000000000000", "0000000000000000",
	 "4ef997456198dd78"},
	{CKM_BLOWFISH_CBC, CKK_BLOWFISH, "000102030405060708090a0b0c0d0e0f", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c",
	 "8682e79ffeba625d7051902c9a150bb40de0b5511e9bcf7f"},
	{CKM_BLOWFISH_CBC_PAD, CKK_BLOWFISH, "000102030405060708090a0b0c0d0e0f", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "8682e79ffeba625d7051902c9a150bb47fbf7cb46200ab01"},
	{CKM_CAST128_ECB, CKK_CAST128, "0123456712345678234567893456789a", NULL, "0123456789abcdef",
	 "238b4fe5847e44b2"},
	{CKM_CAST128_ECB, CKK_CAST128, "01234567123456782345", NULL, "0123456789abcdef",
	 "eb6a711a2c02271b"},
	{CKM_CAST128_ECB, CKK_CAST128, "0123456712", NULL, "0123456789abcdef",
	 "7ac816d16e9b302e"},
	{CKM_CAST128_CBC, CKK_CAST128, "0123456712345678234567893456789a", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c",
	 "227e2d5f1a8fac6ceec574338e1e39821084a9bd24ad7f90"},
	{CKM_CAST128_CBC_PAD, CKK_CAST128, "0123456712345678234567893456789a", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "227e2d5f1a8fac6ceec574338e1e3982da3d2a60f5a7df7d"},
	{CKM_IDEA_ECB, CKK_IDEA, "00010002000300040005000600070008", NULL, "0000000100020003",
	 "11fbed2b01986de5"},
	{CKM_IDEA_CBC, CKK_IDEA, "00010002000300040005000600070008", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c",
	 "1284a040e342eaf4a7dd163fd29e7f54a82eeea319b6bb7b"},
	{CKM_IDEA_CBC_PAD, CKK_IDEA, "00010002000300040005000600070008", "0001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "1284a040e342eaf4a7dd163fd29e7f54db816eca382e5d54"},
};

static const struct answer macs[] = {
	{CKM_CAST128_MAC, CKK_CAST128, "0123456712345678234567893456789a", NULL, "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "9bf04e3f"},
	{CKM_CAST128_MAC_GENERAL, CKK_CAST128, "0123456712345678234567893456789a", "#8", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "9bf04e3f3917a045"},
	{CKM_IDEA_MAC, CKK_IDEA, "00010002000300040005000600070008", NULL, "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "ad21aaac"},
	{CKM_IDEA_MAC_GENERAL, CKK_IDEA, "00010002000300040005000600070008", "#8", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "ad21aaaca16bed83"},
};

static const struct block_kit kit = {
	.family = &mech_family_old_ciphers,
	.ciphers = ciphers,
	.cipher_count = array_len(ciphers),
	.macs = macs,
	.mac_count = array_len(macs),
	.block = 8,
	.keys = {{CKK_BLOWFISH, 1, 56, 1}, {CKK_CAST128, 1, 16, 1}, {CKK_IDEA, 16, 16, 1}},
};

static void keys(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE gen;
		CK_KEY_TYPE type;
		CK_ULONG min, max;
		const char *key, *check;
	} rows[] = {
		{CKM_BLOWFISH_KEY_GEN, CKK_BLOWFISH, 1, 56, "000102030405060708090a0b0c0d0e0f", "b995f2"},
		{CKM_CAST128_KEY_GEN, CKK_CAST128, 1, 16, "0123456712345678234567893456789a", "35d121"},
		{CKM_IDEA_KEY_GEN, CKK_IDEA, 16, 16, "00010002000300040005000600070008", "28d32d"},
	};
	static const unsigned char zeros[64];

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		secret_check_generated(rows[i].gen, rows[i].type, rows[i].min);
		secret_check_generated(rows[i].gen, rows[i].type, rows[i].max);
		secret_check_no_parameter(rows[i].gen, rows[i].max);
		secret_check_value(rows[i].type, rows[i].key, rows[i].check);
		secret_check_given_check_value(rows[i].type, rows[i].key, rows[i].check);
		assert_int_equal(secret_complete(rows[i].type, bytes_of(zeros, rows[i].max + 1)), CKR_ATTRIBUTE_VALUE_INVALID);
		assert_int_equal(secret_load(rows[i].type, bytes_of(zeros, rows[i].max + 1)), CKR_KEY_SIZE_RANGE);
	}
	assert_int_equal(secret_generate(CKM_BLOWFISH_KEY_GEN, 57), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_generate(CKM_BLOWFISH_KEY_GEN, 0), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_generate(CKM_CAST128_KEY_GEN, 17), CKR_ATTRIBUTE_VALUE_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BLOCK_KIT_TESTS(&kit),
		cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
