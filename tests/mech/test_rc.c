/* SPDX-License-Identifier: Apache-2.0 */
/* RC2 against RFC 2268, RC4 against RFC 6229, RC5 against its author's examples, the modes against the openssl command;
 * every member of their parameters. */
#include "block_kit.h"

extern const struct mech_family mech_family_rc;

/* Of parameters that are structures, the bytes of one on a 64-bit machine with the lowest byte first. */
static const struct answer ciphers[] = {
	{CKM_RC2_ECB, CKK_RC2, "0000000000000000", "#63", "0000000000000000",
	 "ebb773f993278eff"},
	{CKM_RC2_ECB, CKK_RC2, "ffffffffffffffff", "#64", "ffffffffffffffff",
	 "278b27e42e2f0d49"},
	{CKM_RC2_ECB, CKK_RC2, "3000000000000000", "#64", "1000000000000001",
	 "30649edf9be7d2c2"},
	{CKM_RC2_ECB, CKK_RC2, "88", "#64", "0000000000000000",
	 "61a8a244adacccf0"},
	{CKM_RC2_ECB, CKK_RC2, "88bca90e90875a", "#64", "0000000000000000",
	 "6ccf4308974c267f"},
	{CKM_RC2_ECB, CKK_RC2, "88bca90e90875a7f0f79c384627bafb2", "#64", "0000000000000000",
	 "1a807d272bbe5db1"},
	{CKM_RC2_ECB, CKK_RC2, "88bca90e90875a7f0f79c384627bafb2", "#128", "0000000000000000",
	 "2269552ab0f85ca6"},
	{CKM_RC2_ECB, CKK_RC2, "88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e", "#129", "0000000000000000",
	 "5b78d3a43dfff1f1"},
	{CKM_RC2_CBC, CKK_RC2, "88bca90e90875a7f0f79c384627bafb2", "80000000000000000001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c",
	 "d84b0c3ac0329c936f290f2859e2d0e9951e4d0e13f21a7e"},
	{CKM_RC2_CBC_PAD, CKK_RC2, "88bca90e90875a7f0f79c384627bafb2", "80000000000000000001020304050607", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "d84b0c3ac0329c936f290f2859e2d0e9d2a8f0f278f39cfd"},
	{CKM_RC5_ECB, CKK_RC5, "00000000000000000000000000000000", "04000000000000000c00000000000000", "0000000000000000",
	 "21a5dbee154b8f6d"},
	{CKM_RC5_ECB, CKK_RC5, "915f4619be41b2516355a50110a9ce91", "04000000000000000c00000000000000", "21a5dbee154b8f6d",
	 "f7c013ac5b2b8952"},
	{CKM_RC4, CKK_RC4, "0102030405", NULL, "0000000000000000000000000000000000000000000000000000000000000000",
	 "b2396305f03dc027ccc3524a0a1118a86982944f18fc82d589c403a47a0d0919"},
	{CKM_RC4, CKK_RC4, "0102030405060708090a0b0c0d0e0f10", NULL, "0000000000000000000000000000000000000000000000000000000000000000",
	 "9ac7cc9a609d1ef7b2932899cde41b975248c4959014126a6e8a84f11d1a9e1c"},
};

static const struct answer macs[] = {
	{CKM_RC2_MAC, CKK_RC2, "88bca90e90875a7f0f79c384627bafb2", "#128", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "72543065"},
	{CKM_RC2_MAC_GENERAL, CKK_RC2, "88bca90e90875a7f0f79c384627bafb2", "80000000000000000800000000000000", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "725430659c392677"},
	{CKM_RC5_MAC, CKK_RC5, "915f4619be41b2516355a50110a9ce91", "04000000000000000c00000000000000", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "050da0f7"},
	{CKM_RC5_MAC_GENERAL, CKK_RC5, "915f4619be41b2516355a50110a9ce91", "04000000000000000c000000000000000800000000000000", "6bc1bee22e409f96e93d7e117393172aae2d8a57",
	 "050da0f77740cfee"},
};

#define RC5_KEY "915f4619be41b2516355a50110a9ce91"

static const struct answer rc5_cbc[] = {{CKM_RC5_CBC, CKK_RC5, RC5_KEY, NULL, NULL, NULL}, {CKM_RC5_CBC_PAD, CKK_RC5, RC5_KEY, NULL, NULL, NULL}};

/* The parameter of CBC points at its IV, so that no text can stand for it. */
static void rc5_in_cbc(void **state)
{
	static unsigned char iv[8] = {0, 1, 2, 3, 4, 5, 6, 7};
	CK_RC5_CBC_PARAMS p = {4, 12, iv, sizeof(iv)};
	CK_MECHANISM cbc = {CKM_RC5_CBC, &p, sizeof(p)}, pad = {CKM_RC5_CBC_PAD, &p, sizeof(p)};
	struct mech_key *key = harness_key_hex(CKK_RC5, RC5_KEY);
	struct buf plain = harness_hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c");
	struct buf sealed = harness_hex("77af78df28d507b9c2c828c5817269e3e696f15557f3747f");
	struct buf padded = harness_hex("77af78df28d507b9c2c828c5817269e3f2fc304bc9e7b995");

	(void)state;
	harness_check(MECH_ENCRYPT, &cbc, key, buf_bytes(&plain), buf_bytes(&sealed));
	harness_check(MECH_DECRYPT, &cbc, key, buf_bytes(&sealed), buf_bytes(&plain));
	harness_check(MECH_ENCRYPT, &pad, key, bytes_of(plain.data, 20), buf_bytes(&padded));
	harness_check(MECH_DECRYPT, &pad, key, buf_bytes(&padded), bytes_of(plain.data, 20));
	buf_free(&plain);
	buf_free(&sealed);
	buf_free(&padded);
	mech_key_free(key);
}

static void every_row_has_an_answer(void **state)
{
	struct answer all[array_len(ciphers) + array_len(macs) + array_len(rc5_cbc)];

	(void)state;
	answers_check_ciphers(ciphers, array_len(ciphers));
	answers_check_macs(macs, array_len(macs));
	memcpy(all, ciphers, sizeof(ciphers));
	memcpy(all + array_len(ciphers), macs, sizeof(macs));
	memcpy(all + array_len(ciphers) + array_len(macs), rc5_cbc, sizeof(rc5_cbc));
	answers_check_complete(&mech_family_rc, all, array_len(all));
}

static const struct block_kit kit = {
	.family = &mech_family_rc,
	.ciphers = ciphers,
	.cipher_count = array_len(ciphers),
	.macs = macs,
	.mac_count = array_len(macs),
	.block = 8,
	.keys = {{CKK_RC2, 1, 128, 1}, {CKK_RC4, 1, 256, 1}, {CKK_RC5, 1, 255, 1}},
};

/* ---- parameters ---------------------------------------------------------------------------- */

static const struct answer *answer_of(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < array_len(ciphers); i++)
		if (ciphers[i].type == type)
			return &ciphers[i];
	for (size_t i = 0; i < array_len(macs); i++)
		if (macs[i].type == type)
			return &macs[i];
	return type == CKM_RC5_CBC ? &rc5_cbc[0] : &rc5_cbc[1];
}

static void check_sizes(CK_MECHANISM_TYPE type, const void *good, CK_ULONG size)
{
	const struct answer *a = answer_of(type);
	const CK_ULONG wrong[] = {0, size - 1, size + 1, (CK_ULONG)-1};

	assert_int_equal(answers_init(a, good, size), CKR_OK);
	assert_int_equal(answers_init(a, NULL, size), CKR_MECHANISM_PARAM_INVALID);
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_int_equal(answers_init(a, good, wrong[i]), CKR_MECHANISM_PARAM_INVALID);
}

static void effective_bits(void **state)
{
	static const struct {
		CK_ULONG bits;
		CK_RV want;
	} rows[] = {{0, CKR_MECHANISM_PARAM_INVALID}, {1, CKR_OK}, {1024, CKR_OK}, {1025, CKR_MECHANISM_PARAM_INVALID}, {(CK_ULONG)-1, CKR_MECHANISM_PARAM_INVALID}};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_RC2_CBC_PARAMS cbc = {rows[i].bits, {0}};
		CK_RC2_MAC_GENERAL_PARAMS mac = {rows[i].bits, 4};

		assert_int_equal(answers_init(answer_of(CKM_RC2_ECB), &rows[i].bits, sizeof(CK_ULONG)), rows[i].want);
		assert_int_equal(answers_init(answer_of(CKM_RC2_MAC), &rows[i].bits, sizeof(CK_ULONG)), rows[i].want);
		assert_int_equal(answers_init(answer_of(CKM_RC2_CBC), &cbc, sizeof(cbc)), rows[i].want);
		assert_int_equal(answers_init(answer_of(CKM_RC2_CBC_PAD), &cbc, sizeof(cbc)), rows[i].want);
		assert_int_equal(answers_init(answer_of(CKM_RC2_MAC_GENERAL), &mac, sizeof(mac)), rows[i].want);
	}
}

static void words_and_rounds(void **state)
{
	static unsigned char iv[8];
	static const struct {
		CK_ULONG word, rounds;
		CK_RV want;
	} rows[] = {{4, 8, CKR_OK}, {4, 12, CKR_OK}, {4, 16, CKR_OK}, {4, 0, CKR_MECHANISM_PARAM_INVALID}, {4, 13, CKR_MECHANISM_PARAM_INVALID},
	            {8, 12, CKR_MECHANISM_PARAM_INVALID}, {2, 12, CKR_MECHANISM_PARAM_INVALID}, {0, 12, CKR_MECHANISM_PARAM_INVALID}};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_RC5_PARAMS ecb = {rows[i].word, rows[i].rounds};
		CK_RC5_CBC_PARAMS cbc = {rows[i].word, rows[i].rounds, iv, sizeof(iv)};
		CK_RC5_MAC_GENERAL_PARAMS mac = {rows[i].word, rows[i].rounds, 4};

		assert_int_equal(answers_init(answer_of(CKM_RC5_ECB), &ecb, sizeof(ecb)), rows[i].want);
		assert_int_equal(answers_init(answer_of(CKM_RC5_MAC), &ecb, sizeof(ecb)), rows[i].want);
		assert_int_equal(answers_init(answer_of(CKM_RC5_CBC), &cbc, sizeof(cbc)), rows[i].want);
		assert_int_equal(answers_init(answer_of(CKM_RC5_CBC_PAD), &cbc, sizeof(cbc)), rows[i].want);
		assert_int_equal(answers_init(answer_of(CKM_RC5_MAC_GENERAL), &mac, sizeof(mac)), rows[i].want);
	}
}

static void sizes_ivs_and_tags(void **state)
{
	static unsigned char iv[8];
	CK_ULONG bits = 64;
	CK_RC2_CBC_PARAMS rc2 = {64, {0}};
	CK_RC2_MAC_GENERAL_PARAMS rc2_mac = {64, 8};
	CK_RC5_PARAMS rc5 = {4, 12};
	CK_RC5_CBC_PARAMS cbc = {4, 12, iv, sizeof(iv)};
	CK_RC5_MAC_GENERAL_PARAMS rc5_mac = {4, 12, 8};

	(void)state;
	check_sizes(CKM_RC2_ECB, &bits, sizeof(bits));
	check_sizes(CKM_RC2_MAC, &bits, sizeof(bits));
	check_sizes(CKM_RC2_CBC, &rc2, sizeof(rc2));
	check_sizes(CKM_RC2_MAC_GENERAL, &rc2_mac, sizeof(rc2_mac));
	check_sizes(CKM_RC5_ECB, &rc5, sizeof(rc5));
	check_sizes(CKM_RC5_MAC, &rc5, sizeof(rc5));
	check_sizes(CKM_RC5_CBC, &cbc, sizeof(cbc));
	check_sizes(CKM_RC5_MAC_GENERAL, &rc5_mac, sizeof(rc5_mac));
	for (rc2_mac.ulMacLength = rc5_mac.ulMacLength = 0; rc2_mac.ulMacLength < 10; rc5_mac.ulMacLength = rc2_mac.ulMacLength += 1) {
		CK_RV want = rc2_mac.ulMacLength >= 1 && rc2_mac.ulMacLength <= 8 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;

		assert_int_equal(answers_init(answer_of(CKM_RC2_MAC_GENERAL), &rc2_mac, sizeof(rc2_mac)), want);
		assert_int_equal(answers_init(answer_of(CKM_RC5_MAC_GENERAL), &rc5_mac, sizeof(rc5_mac)), want);
	}
	cbc.ulIvLen = 7;
	assert_int_equal(answers_init(&rc5_cbc[0], &cbc, sizeof(cbc)), CKR_MECHANISM_PARAM_INVALID);
	cbc.ulIvLen = (CK_ULONG)-1;
	assert_int_equal(answers_init(&rc5_cbc[0], &cbc, sizeof(cbc)), CKR_MECHANISM_PARAM_INVALID);
	cbc = (CK_RC5_CBC_PARAMS){4, 12, NULL, 8};
	assert_int_equal(answers_init(&rc5_cbc[0], &cbc, sizeof(cbc)), CKR_MECHANISM_PARAM_INVALID);
}

static void check_saved_tuning(CK_MECHANISM_TYPE type, const void *state, size_t len, CK_RV want)
{
	struct mech_op op = {.row = mech_find(type), .env = harness_env(), .use = type == CKM_RC2_MAC || type == CKM_RC5_MAC ? MECH_SIGN : MECH_ENCRYPT};

	assert_int_equal(op.row->ops->restore_params(&op, bytes_of(state, len)), want);
	op.row->ops->end(&op);
}

static void malformed_saved_parameters_are_refused(void **state)
{
	(void)state;
	check_saved_tuning(CKM_RC2_CBC, "\x40\0\0\0" "12345678", 12, CKR_OK);
	check_saved_tuning(CKM_RC2_CBC, "\x40\0\0\0" "1234567", 11, CKR_SAVED_STATE_INVALID);
	check_saved_tuning(CKM_RC2_CBC, "\x01\x04\0\0" "12345678", 12, CKR_SAVED_STATE_INVALID);
	check_saved_tuning(CKM_RC2_CBC, "\0\0\0\0" "12345678", 12, CKR_SAVED_STATE_INVALID);
	check_saved_tuning(CKM_RC5_CBC, "\x0c\0\0\0" "12345678", 12, CKR_OK);
	check_saved_tuning(CKM_RC5_CBC, "\x0d\0\0\0" "12345678", 12, CKR_SAVED_STATE_INVALID);
	check_saved_tuning(CKM_RC2_MAC, "\x40\0\0\0\x04", 5, CKR_OK);
	check_saved_tuning(CKM_RC2_MAC, "\xff\xff\xff\xff\x04", 5, CKR_SAVED_STATE_INVALID);
	check_saved_tuning(CKM_RC5_MAC, "\x0c\0\0\0\x09", 5, CKR_SAVED_STATE_INVALID);
}

static void keys(void **state)
{
	static const unsigned char zeros[300];

	(void)state;
	secret_check_generated(CKM_RC2_KEY_GEN, CKK_RC2, 128);
	secret_check_generated(CKM_RC4_KEY_GEN, CKK_RC4, 256);
	secret_check_generated(CKM_RC5_KEY_GEN, CKK_RC5, 255);
	secret_check_no_parameter(CKM_RC2_KEY_GEN, 16);
	/* All bits of the key count: RFC 2268. */
	secret_check_value(CKK_RC2, "88bca90e90875a7f0f79c384627bafb2", "226955");
	secret_check_value(CKK_RC5, RC5_KEY, "f3f8db");
	/* SHA-1 of "abc". */
	secret_check_value(CKK_RC4, "616263", "a9993e");
	secret_check_given_length(CKK_RC2, "88bca90e90875a7f0f79c384627bafb2");
	assert_int_equal(secret_complete(CKK_RC2, bytes_of(zeros, 129)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_complete(CKK_RC4, bytes_of(zeros, 257)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_complete(CKK_RC5, bytes_of(zeros, 256)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_load(CKK_RC4, bytes_of(zeros, 257)), CKR_KEY_SIZE_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_an_answer),
		BLOCK_KIT_TEST(block_kit_parameters, &kit),
		BLOCK_KIT_TEST(block_kit_key_sizes, &kit),
		BLOCK_KIT_TEST(block_kit_long_inputs_in_parts, &kit),
		BLOCK_KIT_TEST(block_kit_ragged_lengths_are_refused, &kit),
		BLOCK_KIT_TEST(block_kit_malformed_states_are_refused, &kit),
		BLOCK_KIT_TEST(block_kit_rows_are_sound, &kit),
		cmocka_unit_test(rc5_in_cbc),
		cmocka_unit_test(effective_bits),
		cmocka_unit_test(words_and_rounds),
		cmocka_unit_test(sizes_ivs_and_tags),
		cmocka_unit_test(malformed_saved_parameters_are_refused),
		cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
