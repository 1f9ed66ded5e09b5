/* SPDX-License-Identifier: Apache-2.0 */
/* ARIA against RFC 5794 and, for its modes, the same blocks chained by the openssl command. */
#include "mech_answers.h"
#include "mech_secret.h"

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

static void published_answers(void **state)
{
	struct answer all[array_len(ciphers) + array_len(macs)];

	(void)state;
	answers_check_ciphers(ciphers, array_len(ciphers));
	answers_check_macs(macs, array_len(macs));
	memcpy(all, ciphers, sizeof(ciphers));
	memcpy(all + array_len(ciphers), macs, sizeof(macs));
	answers_check_complete(&mech_family_aria, all, array_len(all));
}

static void parameters(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(ciphers); i++) {
		if (ciphers[i].param == NULL || strlen(ciphers[i].param) == 2 * 16)
			answers_check_param_size(&ciphers[i], ciphers[i].param == NULL ? 0 : 16);
	}
	for (size_t i = 0; i < array_len(macs); i++) {
		if (macs[i].param == NULL)
			answers_check_param_size(&macs[i], 0);
		else
			answers_check_general(&macs[i], 16);
	}
}

static void key_sizes(void **state)
{
	static const size_t lengths[] = {16, 24, 32, 0};

	(void)state;
	for (size_t i = 0; i < array_len(ciphers); i++)
		answers_check_key_sizes(&ciphers[i], lengths);
	for (size_t i = 0; i < array_len(macs); i++)
		answers_check_key_sizes(&macs[i], lengths);
}

static void long_inputs_in_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(ciphers); i++)
		answers_check_long(&ciphers[i], 2064);
	for (size_t i = 0; i < array_len(macs); i++)
		answers_check_long(&macs[i], 2065);
}

static void lengths_that_are_no_whole_blocks_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (size_t len = 1; len < 2 * 16; len++) {
			bool whole = len % 16 == 0;

			answers_check_length(&ciphers[i], len, whole ? CKR_OK : CKR_DATA_LEN_RANGE,
			                     whole ? CKR_OK : CKR_ENCRYPTED_DATA_LEN_RANGE);
		}
}

static void malformed_states_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(answers_restore(&ciphers[i], MECH_ENCRYPT, 16 - 1), CKR_SAVED_STATE_INVALID);
		assert_int_equal(answers_restore(&ciphers[i], MECH_ENCRYPT, 2 * 16 - 1), CKR_OK);
		assert_int_equal(answers_restore(&ciphers[i], MECH_ENCRYPT, 2 * 16), CKR_SAVED_STATE_INVALID);
	}
}

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

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_aria);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(parameters),
		cmocka_unit_test(key_sizes),
		cmocka_unit_test(long_inputs_in_parts),
		cmocka_unit_test(lengths_that_are_no_whole_blocks_are_refused),
		cmocka_unit_test(malformed_states_are_refused),
		cmocka_unit_test(keys),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
