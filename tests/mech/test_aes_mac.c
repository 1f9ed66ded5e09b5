/* SPDX-License-Identifier: Apache-2.0 */
/* AES-CMAC against NIST SP 800-38B and Wycheproof, XCBC against RFC 3566, CBC-MAC against the last block of
 * AES-CBC over the message filled up with zeros. */
#include "mech_answers.h"
#include "mech_vectors.h"

#define KEY128 "2b7e151628aed2a6abf7158809cf4f3c"
#define KEY192 "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"
#define KEY256 "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define XCBC_KEY "000102030405060708090a0b0c0d0e0f"
#define P16 "6bc1bee22e409f96e93d7e117393172a"
#define P20 P16 "ae2d8a57"
#define P40 P16 "ae2d8a571e03ac9c9eb76fac45af8e51 30c81c46a35ce411"
#define P64 P40 "e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710"
#define X16 "000102030405060708090a0b0c0d0e0f"

extern const struct mech_family mech_family_aes_mac;

static const struct answer rows[] = {
	{CKM_AES_CMAC, CKK_AES, KEY128, NULL, "", "bb1d6929e95937287fa37d129b756746"},
	{CKM_AES_CMAC, CKK_AES, KEY128, NULL, P16, "070a16b46b4d4144f79bdd9dd04a287c"},
	{CKM_AES_CMAC, CKK_AES, KEY128, NULL, P40, "dfa66747de9ae63030ca32611497c827"},
	{CKM_AES_CMAC, CKK_AES, KEY128, NULL, P64, "51f0bebf7e3b9d92fc49741779363cfe"},
	{CKM_AES_CMAC, CKK_AES, KEY192, NULL, "", "d17ddf46adaacde531cac483de7a9367"},
	{CKM_AES_CMAC, CKK_AES, KEY192, NULL, P40, "8a1de5be2eb31aad089a82e6ee908b0e"},
	{CKM_AES_CMAC, CKK_AES, KEY192, NULL, P64, "a1d5df0eed790f794d77589659f39a11"},
	{CKM_AES_CMAC, CKK_AES, KEY256, NULL, P16, "28a7023f452e8f82bd4bf28d8c37c35c"},
	{CKM_AES_CMAC, CKK_AES, KEY256, NULL, P64, "e1992190549f6ed5696a2c056c315410"},
	{CKM_AES_CMAC_GENERAL, CKK_AES, KEY128, "#4", P64, "51f0bebf"},
	{CKM_AES_CMAC_GENERAL, CKK_AES, KEY256, "#16", P64, "e1992190549f6ed5696a2c056c315410"},
	{CKM_AES_MAC, CKK_AES, KEY128, NULL, "", "7df76b0c1ab899b3"},
	{CKM_AES_MAC, CKK_AES, KEY128, NULL, P16, "3ad77bb40d7a3660"},
	{CKM_AES_MAC, CKK_AES, KEY128, NULL, P20, "6e88a8636087aac6"},
	{CKM_AES_MAC_GENERAL, CKK_AES, KEY128, "#16", P64, "a7356e1207bb406639e5e5ceb9a9ed93"},
	{CKM_AES_MAC_GENERAL, CKK_AES, KEY256, "#3", P40, "2be3fe"},
	{CKM_AES_XCBC_MAC, CKK_AES, XCBC_KEY, NULL, "", "75f0251d528ac01c4573dfd584d79f29"},
	{CKM_AES_XCBC_MAC, CKK_AES, XCBC_KEY, NULL, "000102", "5b376580ae2f19afe7219ceef172756f"},
	{CKM_AES_XCBC_MAC, CKK_AES, XCBC_KEY, NULL, X16, "d2a246fa349b68a79998a4394ff7a263"},
	{CKM_AES_XCBC_MAC, CKK_AES, XCBC_KEY, NULL, X16 "10111213", "47f51b4564966215b8985c63055ed308"},
	{CKM_AES_XCBC_MAC_96, CKK_AES, XCBC_KEY, NULL, X16 "101112131415161718191a1b1c1d1e1f2021", "becbb3bccdb518a30677d548"},
};

static void published_answers(void **state)
{
	(void)state;
	answers_check_macs(rows, array_len(rows));
	answers_check_complete(&mech_family_aes_mac, rows, array_len(rows));
}

static void parameters(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		if (rows[i].param == NULL)
			answers_check_param_size(&rows[i], 0);
		else
			answers_check_general(&rows[i], 16);
	}
}

static void key_sizes(void **state)
{
	static const size_t all[] = {16, 24, 32, 0}, only_16[] = {16, 0};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++)
		answers_check_key_sizes(&rows[i], mech_find(rows[i].type)->max_key == 16 ? only_16 : all);
}

static void long_inputs_in_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++)
		for (size_t len = 3072; len <= 3089; len += 17)
			answers_check_long(&rows[i], len);
}

static void malformed_states_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_int_equal(answers_restore(&rows[i], MECH_SIGN, 15), CKR_SAVED_STATE_INVALID);
		assert_int_equal(answers_restore(&rows[i], MECH_SIGN, 16), CKR_OK);
		assert_int_equal(answers_restore(&rows[i], MECH_SIGN, 32), CKR_OK);
		assert_int_equal(answers_restore(&rows[i], MECH_SIGN, 33), CKR_SAVED_STATE_INVALID);
	}
}

static void check_vector(const struct vector *v)
{
	struct buf raw = vector_hex(v, "key"), message = vector_hex(v, "msg"), tag = vector_hex(v, "tag");
	CK_MAC_GENERAL_PARAMS len = tag.len;
	CK_MECHANISM m = {CKM_AES_CMAC_GENERAL, &len, sizeof(len)};
	struct mech_key key = {.type = CKK_AES};
	struct mech_op op;

	assert_int_equal(secret_dup(buf_bytes(&raw), &key.value), CKR_OK);
	if (raw.len != 16 && raw.len != 24 && raw.len != 32) {
		m = (CK_MECHANISM){CKM_AES_CMAC, NULL, 0};
		assert_int_equal(harness_init(&op, MECH_VERIFY, &m, &key), CKR_KEY_SIZE_RANGE);
	} else if (vector_is(v, "result", "valid")) {
		harness_check_tag(&m, &key, buf_bytes(&message), buf_bytes(&tag));
	} else {
		assert_int_equal(harness_init(&op, MECH_VERIFY, &m, &key), CKR_OK);
		assert_int_equal(harness_verify(&op, buf_bytes(&message), buf_bytes(&tag)), CKR_SIGNATURE_INVALID);
		harness_end(&op);
	}
	secret_free(&key.value);
	buf_free(&raw);
	buf_free(&message);
	buf_free(&tag);
}

static void wycheproof(void **state)
{
	(void)state;
	vectors_replay("aes_cmac_test.json", check_vector);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_aes_mac);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(parameters),
		cmocka_unit_test(key_sizes),
		cmocka_unit_test(long_inputs_in_parts),
		cmocka_unit_test(malformed_states_are_refused),
		cmocka_unit_test(wycheproof),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
