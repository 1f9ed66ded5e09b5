/* SPDX-License-Identifier: Apache-2.0 */
/* AES keys: generated, given from outside, their check value and loading. */
#include "mech_secret.h"

#define KEY128 "2b7e151628aed2a6abf7158809cf4f3c"

extern const struct mech_family mech_family_aes_key;

static void generated_keys_have_the_length_asked_for(void **state)
{
	(void)state;
	for (CK_ULONG len = 16; len <= 32; len += 8)
		secret_check_generated(CKM_AES_KEY_GEN, CKK_AES, len);
}

static void other_lengths_are_refused(void **state)
{
	static const CK_ULONG lengths[] = {0, 1, 15, 17, 31, 33, 64, 128, 256, (CK_ULONG)-1};

	(void)state;
	for (size_t i = 0; i < array_len(lengths); i++)
		assert_int_equal(secret_generate(CKM_AES_KEY_GEN, lengths[i]), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void a_parameter_is_refused(void **state)
{
	(void)state;
	secret_check_no_parameter(CKM_AES_KEY_GEN, 16);
}

static void the_check_value_is_a_block_of_zeros_enciphered(void **state)
{
	(void)state;
	/* AES-128 of zeros under the key of SP 800-38A; FIPS 197 gives the one for the zero key. */
	secret_check_value(CKK_AES, "00000000000000000000000000000000", "66e94b");
	secret_check_value(CKK_AES, KEY128, "7df76b");
}

static void a_check_value_of_the_applications_must_agree(void **state)
{
	(void)state;
	secret_check_given_check_value(CKK_AES, KEY128, "7df76b");
}

static void values_of_other_lengths_are_refused(void **state)
{
	static const size_t lengths[] = {0, 1, 15, 17, 23, 25, 31, 33};
	static const unsigned char zeros[33];

	(void)state;
	for (size_t i = 0; i < array_len(lengths); i++) {
		assert_int_equal(secret_complete(CKK_AES, bytes_of(zeros, lengths[i])), CKR_ATTRIBUTE_VALUE_INVALID);
		assert_int_equal(secret_load(CKK_AES, bytes_of(zeros, lengths[i])), CKR_KEY_SIZE_RANGE);
	}
	assert_int_equal(secret_complete(CKK_AES, bytes_of(zeros, 24)), CKR_OK);
	assert_int_equal(secret_load(CKK_AES, bytes_of(zeros, 24)), CKR_OK);
}

static void a_value_and_its_length_must_agree(void **state)
{
	(void)state;
	secret_check_given_length(CKK_AES, KEY128);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_aes_key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_keys_have_the_length_asked_for),
		cmocka_unit_test(other_lengths_are_refused),
		cmocka_unit_test(a_parameter_is_refused),
		cmocka_unit_test(the_check_value_is_a_block_of_zeros_enciphered),
		cmocka_unit_test(a_check_value_of_the_applications_must_agree),
		cmocka_unit_test(values_of_other_lengths_are_refused),
		cmocka_unit_test(a_value_and_its_length_must_agree),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
