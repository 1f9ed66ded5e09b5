/* SPDX-License-Identifier: Apache-2.0 */
/* Generic secrets and HMAC keys: generated, given from outside, their check value and loading. */
#include "mech_secret.h"

#include "mech/generic_secret.h"

extern const struct mech_family mech_family_generic_secret;

static void generated_secrets_have_the_length_asked_for(void **state)
{
	static const CK_ULONG lengths[] = {GENERIC_SECRET_MIN, 10, 16, 20, 32, 64, 1000, GENERIC_SECRET_MAX};

	(void)state;
	for (size_t i = 0; i < array_len(lengths); i++)
		secret_check_generated(CKM_GENERIC_SECRET_KEY_GEN, CKK_GENERIC_SECRET, lengths[i]);
}

static void other_lengths_are_refused(void **state)
{
	static const CK_ULONG lengths[] = {0, GENERIC_SECRET_MAX + 1, (CK_ULONG)-1};

	(void)state;
	for (size_t i = 0; i < array_len(lengths); i++)
		assert_int_equal(secret_generate(CKM_GENERIC_SECRET_KEY_GEN, lengths[i]), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void a_parameter_is_refused(void **state)
{
	(void)state;
	secret_check_no_parameter(CKM_GENERIC_SECRET_KEY_GEN, 16);
}

static void the_check_value_is_of_the_sha1_of_the_value(void **state)
{
	(void)state;
	secret_check_value(CKK_GENERIC_SECRET, "616263", "a9993e");
	secret_check_value(CKK_SHA256_HMAC, "616263", "a9993e");
}

static void a_check_value_of_the_applications_must_agree(void **state)
{
	(void)state;
	secret_check_given_check_value(CKK_GENERIC_SECRET, "616263", "a9993e");
}

static void values_of_other_lengths_are_refused(void **state)
{
	static const unsigned char zeros[GENERIC_SECRET_MAX + 1];

	(void)state;
	assert_int_equal(secret_complete(CKK_GENERIC_SECRET, bytes_of(zeros, 0)), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_complete(CKK_GENERIC_SECRET, bytes_of(zeros, sizeof(zeros))), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_complete(CKK_GENERIC_SECRET, bytes_of(zeros, sizeof(zeros) - 1)), CKR_OK);
	assert_int_equal(secret_load(CKK_GENERIC_SECRET, bytes_of(zeros, sizeof(zeros))), CKR_KEY_SIZE_RANGE);
	assert_int_equal(secret_load(CKK_GENERIC_SECRET, bytes_of(zeros, 1)), CKR_OK);
}

static void a_value_and_its_length_must_agree(void **state)
{
	(void)state;
	secret_check_given_length(CKK_GENERIC_SECRET, "616263");
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_generic_secret);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_secrets_have_the_length_asked_for),
		cmocka_unit_test(other_lengths_are_refused),
		cmocka_unit_test(a_parameter_is_refused),
		cmocka_unit_test(the_check_value_is_of_the_sha1_of_the_value),
		cmocka_unit_test(a_check_value_of_the_applications_must_agree),
		cmocka_unit_test(values_of_other_lengths_are_refused),
		cmocka_unit_test(a_value_and_its_length_must_agree),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
