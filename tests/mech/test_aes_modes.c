/* SPDX-License-Identifier: Apache-2.0 */
/* AES-OFB, CFB and CTS against NIST SP 800-38A, its addendum's CS1 (vectors of RFC 3962, turned round) and, for CFB
 * of 64 bits, which nobody has published, blocks chained by hand. */
#include "mech_answers.h"

#define KEY128 "2b7e151628aed2a6abf7158809cf4f3c"
#define KEY192 "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"
#define KEY256 "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define IV "000102030405060708090a0b0c0d0e0f"
#define PLAIN32 "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"
#define PLAIN PLAIN32 "30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710"
#define CTS_KEY "636869636b656e207465726979616b69"
#define CTS_IV "00000000000000000000000000000000"

static const struct answer rows[] = {
	{CKM_AES_OFB, CKK_AES, KEY128, IV, PLAIN,
	 "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825"
	 "9740051e9c5fecf64344f7a82260edcc304c6528f659c77866a510d9c1d6ae5e"},
	{CKM_AES_OFB, CKK_AES, KEY192, IV, PLAIN,
	 "cdc80d6fddf18cab34c25909c99a4174fcc28b8d4c63837c09e81700c1100401"
	 "8d9a9aeac0f6596f559c6d4daf59a5f26d9f200857ca6c3e9cac524bd9acc92a"},
	{CKM_AES_OFB, CKK_AES, KEY256, IV, PLAIN,
	 "dc7e84bfda79164b7ecd8486985d38604febdc6740d20b3ac88f6ad82a4fb08d"
	 "71ab47a086e86eedf39d1c5bba97c4080126141d67f37be8538f5a8be740e484"},
	{CKM_AES_CFB128, CKK_AES, KEY128, IV, PLAIN,
	 "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"
	 "26751f67a3cbb140b1808cf187a4f4dfc04b05357c5d1c0eeac4c66f9ff7f2e6"},
	{CKM_AES_CFB128, CKK_AES, KEY256, IV, PLAIN,
	 "dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407b"
	 "df10132415e54b92a13ed0a8267ae2f975a385741ab9cef82031623d55b1e471"},
	{CKM_AES_CFB8, CKK_AES, KEY128, IV, "6bc1bee22e409f96e93d7e117393172aae2d", "3b79424c9c0dd436bace9e0ed4586a4f32b9"},
	{CKM_AES_CFB1, CKK_AES, KEY128, IV, "6bc1", "68b3"},
	{CKM_AES_CFB64, CKK_AES, KEY128, IV, PLAIN32, "3b3fd92eb72dad20764bc8b40ee0de40f857ab76f3e7bc33332265ff0594b12e"},
	{CKM_AES_CFB64, CKK_AES, KEY256, IV, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76f",
	 "dc7e84bfda79164b5354b1128a039ec7506b65da6782cdfa2eb7f5"},
	{CKM_AES_CTS, CKK_AES, CTS_KEY, CTS_IV, "4920776f756c64206c696b652074686520",
	 "97c6353568f2bf8cb4d8a580362da7ff7f"},
	{CKM_AES_CTS, CKK_AES, CTS_KEY, CTS_IV, "4920776f756c64206c696b65207468652047656e6572616c20476175277320",
	 "97687268d6ecccc0c07b25e25ecfe5fc00783e0efdb2c1d445d4c8eff7ed22"},
	{CKM_AES_CTS, CKK_AES, CTS_KEY, CTS_IV, "4920776f756c64206c696b65207468652047656e6572616c2047617527732043",
	 "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a8"},
	{CKM_AES_CTS, CKK_AES, CTS_KEY, CTS_IV,
	 "4920776f756c64206c696b65207468652047656e6572616c20476175277320436869636b656e2c20706c656173652c",
	 "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5b3fffd940c16a18c1b5549d2f838029e"},
	{CKM_AES_CTS, CKK_AES, CTS_KEY, CTS_IV,
	 "4920776f756c64206c696b65207468652047656e6572616c20476175277320436869636b656e2c20706c656173652c20"
	 "616e6420776f6e746f6e20736f75702e",
	 "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a89dad8bbb96c4cdc03bc103e1a194bbd8"
	 "4807efe836ee89a526730dbc2f7bc840"},
};

static void published_answers(void **state)
{
	(void)state;
	answers_check_ciphers(rows, array_len(rows));
}

static void the_iv_is_one_block(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++)
		answers_check_param_size(&rows[i], 16);
}

static void keys_have_16_24_or_32_bytes(void **state)
{
	static const size_t lengths[] = {16, 24, 32, 0};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++)
		answers_check_key_sizes(&rows[i], lengths);
}

static void long_inputs_in_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++)
		for (size_t len = 2047; len <= 2064; len += 17)
			answers_check_long(&rows[i], len);
}

static void streams_take_any_length(void **state)
{
	(void)state;
	for (size_t i = 0; rows[i].type != CKM_AES_CTS; i++)
		for (size_t len = 0; len <= 33; len++)
			answers_check_length(&rows[i], len, CKR_OK, CKR_OK);
}

static void stealing_needs_a_block(void **state)
{
	const struct answer *cts = &rows[array_len(rows) - 1];

	(void)state;
	for (size_t len = 0; len < 16; len++)
		answers_check_length(cts, len, CKR_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_LEN_RANGE);
	for (size_t len = 16; len <= 70; len++) {
		answers_check_length(cts, len, CKR_OK, CKR_OK);
		answers_check_long(cts, len);
	}
}

static void malformed_states_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		bool half = rows[i].type == CKM_AES_CFB64, cts = rows[i].type == CKM_AES_CTS;
		size_t least = half || cts ? 16 : 17, most = half ? 23 : cts ? 48 : 17;

		assert_int_equal(answers_restore(&rows[i], MECH_DECRYPT, least - 1), CKR_SAVED_STATE_INVALID);
		assert_int_equal(answers_restore(&rows[i], MECH_DECRYPT, least), CKR_OK);
		assert_int_equal(answers_restore(&rows[i], MECH_DECRYPT, most), CKR_OK);
		assert_int_equal(answers_restore(&rows[i], MECH_DECRYPT, most + 1), CKR_SAVED_STATE_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(the_iv_is_one_block),
		cmocka_unit_test(keys_have_16_24_or_32_bytes),
		cmocka_unit_test(long_inputs_in_parts),
		cmocka_unit_test(streams_take_any_length),
		cmocka_unit_test(stealing_needs_a_block),
		cmocka_unit_test(malformed_states_are_refused),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
