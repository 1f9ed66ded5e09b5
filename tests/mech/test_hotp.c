/* SPDX-License-Identifier: Apache-2.0 */
/* HOTP against RFC 4226, appendix D: passwords of given counters and of the key's own, their verification, every parameter
 * and what is none, keys that are completed and refused. */
#include "mech_harness.h"
#include "mech_secret.h"

extern const struct mech_family mech_family_hotp;

#define SECRET "12345678901234567890"

static const char *const passwords[] = {"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"};

static struct attr_list list(void)
{
	struct attr_list l = {0};

	assert_int_equal(attr_list_set_ulong(&l, CKA_CLASS, CKO_OTP_KEY), CKR_OK);
	assert_int_equal(attr_list_set_ulong(&l, CKA_KEY_TYPE, CKK_HOTP), CKR_OK);
	assert_int_equal(attr_list_set(&l, CKA_VALUE, bytes_of(SECRET, strlen(SECRET))), CKR_OK);
	return l;
}

/* With one attribute more, which may be CKA_CLASS again. */
static struct mech_key *key_with(CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	const struct mech_key_type *kt = mech_key_type_find(CKK_HOTP);
	struct attr_list l = list();
	struct attrs *packed = NULL;
	struct mech_key *key = NULL;

	assert_int_equal(attr_list_set_ulong(&l, type, value), CKR_OK);
	assert_int_equal(kt->complete(harness_env(), &l), CKR_OK);
	assert_int_equal(attrs_pack(&l, &packed), CKR_OK);
	assert_int_equal(kt->load(harness_env(), packed, &key), CKR_OK);
	attrs_free(packed);
	attr_list_free(&l);
	return key;
}

static struct mech_key *usual_key(void)
{
	return key_with(CKA_CLASS, CKO_OTP_KEY);
}

/* ---- passwords ----------------------------------------------------------------------------- */

static uint64_t own_counter;

static CK_RV take_counter(struct mech_op *op, uint64_t *ret)
{
	(void)op;
	*ret = own_counter++;
	return CKR_OK;
}

static CK_RV sign(const struct mech_key *key, CK_OTP_PARAM *params, CK_ULONG count, struct bytes in, struct buf *ret)
{
	CK_OTP_PARAMS p = {params, count};
	const CK_MECHANISM m = {CKM_HOTP, &p, sizeof(p)};
	struct mech_op op;

	try(harness_init(&op, MECH_SIGN, &m, key));
	op.take_counter = take_counter;
	CK_RV rv = harness_whole(&op, in, ret);
	harness_end(&op);
	return rv;
}

static CK_RV verify(const struct mech_key *key, CK_OTP_PARAM *params, CK_ULONG count, const char *password)
{
	CK_OTP_PARAMS p = {params, count};
	const CK_MECHANISM m = {CKM_HOTP, &p, sizeof(p)};
	struct mech_op op;

	try(harness_init(&op, MECH_VERIFY, &m, key));
	CK_RV rv = harness_verify(&op, (struct bytes){0}, bytes_of(password, strlen(password)));
	harness_end(&op);
	return rv;
}

/* The structure is whole: its parameters lie in one block behind it. The harness may have moved it. */
static void check_password(const struct buf *block, const char *password, unsigned char counter)
{
	static const unsigned char zeros[7];
	CK_OTP_SIGNATURE_INFO info;
	CK_OTP_PARAM found[2];
	size_t digits = strlen(password);

	assert_int_equal(block->len, sizeof(info) + sizeof(found) + digits + 8);
	memcpy(&info, block->data, sizeof(info));
	memcpy(found, block->data + sizeof(info), sizeof(found));
	assert_int_equal(info.ulCount, 2);
	assert_int_equal(found[0].type, CK_OTP_VALUE);
	assert_int_equal(found[0].ulValueLen, digits);
	assert_int_equal(found[1].type, CK_OTP_COUNTER);
	assert_int_equal(found[1].ulValueLen, 8);
	assert_int_equal((unsigned char *)found[0].pValue - (unsigned char *)info.pParams, sizeof(found));
	assert_int_equal((unsigned char *)found[1].pValue - (unsigned char *)found[0].pValue, digits);
	const unsigned char *value = block->data + sizeof(info) + sizeof(found);
	assert_memory_equal(value, password, digits);
	assert_memory_equal(value + digits, zeros, sizeof(zeros));
	assert_int_equal(value[digits + 7], counter);
}

static void the_standards_passwords(void **state)
{
	struct mech_key *key = usual_key();
	struct buf got = {0};

	(void)state;
	own_counter = 0;
	for (unsigned char i = 0; i < array_len(passwords); i++) {
		unsigned char counter[8] = {0, 0, 0, 0, 0, 0, 0, i};
		CK_OTP_PARAM given = {CK_OTP_COUNTER, counter, sizeof(counter)};

		assert_int_equal(sign(key, NULL, 0, (struct bytes){0}, &got), CKR_OK);
		check_password(&got, passwords[i], i);
		assert_int_equal(own_counter, i + 1u);
		assert_int_equal(sign(key, &given, 1, (struct bytes){0}, &got), CKR_OK);
		check_password(&got, passwords[i], i);
		assert_int_equal(own_counter, i + 1u);
		assert_int_equal(verify(key, &given, 1, passwords[i]), CKR_OK);
		assert_int_equal(verify(key, &given, 1, passwords[(i + 1) % 10]), CKR_SIGNATURE_INVALID);
		assert_int_equal(verify(key, &given, 1, "75522"), CKR_SIGNATURE_LEN_RANGE);
	}
	mech_key_free(key);
	buf_free(&got);
}

/* RFC 4226's truncated numbers, 1284755224 and 1094287082. */
static void the_length_is_the_keys_or_the_parameters(void **state)
{
	struct mech_key *eight = key_with(CKA_OTP_LENGTH, 8);
	unsigned char zero[8] = {0}, one[8] = {0, 0, 0, 0, 0, 0, 0, 1};
	CK_ULONG nine = 9, bad[] = {0, 5, 10};
	CK_OTP_PARAM params[] = {{CK_OTP_COUNTER, zero, 8}, {CK_OTP_OUTPUT_LENGTH, &nine, sizeof(nine)}};
	struct buf got = {0};

	(void)state;
	assert_int_equal(sign(eight, params, 1, (struct bytes){0}, &got), CKR_OK);
	check_password(&got, "84755224", 0);
	params[0].pValue = one;
	assert_int_equal(sign(eight, params, 2, (struct bytes){0}, &got), CKR_OK);
	check_password(&got, "094287082", 1);
	for (size_t i = 0; i < array_len(bad); i++) {
		params[1].pValue = &bad[i];
		assert_int_equal(sign(eight, params, 2, (struct bytes){0}, &got), CKR_MECHANISM_PARAM_INVALID);
	}
	mech_key_free(eight);
	buf_free(&got);
}

static void a_password_is_over_no_data(void **state)
{
	struct mech_key *key = usual_key();
	struct buf got = {0};

	(void)state;
	own_counter = 0;
	assert_int_equal(sign(key, NULL, 0, bytes_of("x", 1), &got), CKR_DATA_LEN_RANGE);
	assert_int_equal(own_counter, 0);
	mech_key_free(key);
	buf_free(&got);
}

static void the_keys_demand_for_a_counter_counts(void **state)
{
	struct mech_key *mandatory = key_with(CKA_OTP_COUNTER_REQUIREMENT, CK_OTP_PARAM_MANDATORY);
	struct mech_key *ignored = key_with(CKA_OTP_COUNTER_REQUIREMENT, CK_OTP_PARAM_IGNORED);
	unsigned char counter[8] = {0, 0, 0, 0, 0, 0, 0, 3};
	CK_OTP_PARAM given = {CK_OTP_COUNTER, counter, sizeof(counter)};
	struct buf got = {0};

	(void)state;
	own_counter = 1;
	assert_int_equal(sign(mandatory, NULL, 0, (struct bytes){0}, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(sign(mandatory, &given, 1, (struct bytes){0}, &got), CKR_OK);
	check_password(&got, passwords[3], 3);
	assert_int_equal(sign(ignored, &given, 1, (struct bytes){0}, &got), CKR_OK);
	check_password(&got, passwords[1], 1);
	assert_int_equal(verify(ignored, &given, 1, passwords[3]), CKR_OK);
	mech_key_free(mandatory);
	mech_key_free(ignored);
	buf_free(&got);
}

static void parameters_that_are_none_are_refused(void **state)
{
	struct mech_key *key = usual_key();
	unsigned char counter[8] = {0};
	CK_FLAGS next = CKF_NEXT_OTP, without = CKF_EXCLUDE_COUNTER, friendly = CKF_USER_FRIENDLY_OTP;
	CK_ULONG binary = CK_OTP_FORMAT_BINARY, decimal = CK_OTP_FORMAT_DECIMAL;
	CK_OTP_PARAM bad[] = {
		{CK_OTP_COUNTER, counter, 7},           {CK_OTP_COUNTER, NULL, 8},           {CK_OTP_FLAGS, &next, sizeof(next)},
		{CK_OTP_FLAGS, &without, sizeof(next)}, {CK_OTP_FLAGS, &friendly, 1},        {CK_OTP_OUTPUT_FORMAT, &binary, sizeof(binary)},
		{CK_OTP_VALUE, counter, 6},             {99, counter, 8},                    {CK_OTP_OUTPUT_LENGTH, NULL, sizeof(binary)},
	};
	CK_OTP_PARAM good[] = {{CK_OTP_FLAGS, &friendly, sizeof(friendly)}, {CK_OTP_OUTPUT_FORMAT, &decimal, sizeof(decimal)}, {CK_OTP_PIN, NULL, 0}};
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(sign(key, &bad[i], 1, (struct bytes){0}, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(sign(key, good, array_len(good), (struct bytes){0}, &got), CKR_OK);
	assert_int_equal(sign(key, NULL, 1, (struct bytes){0}, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(sign(key, good, (CK_ULONG)-1, (struct bytes){0}, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(verify(key, good, 1, passwords[0]), CKR_MECHANISM_PARAM_INVALID);
	mech_key_free(key);
	buf_free(&got);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static CK_RV complete_with(CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
	struct attr_list l = list();

	assert_int_equal(attr_list_set(&l, type, bytes_of(value, len)), CKR_OK);
	CK_RV rv = mech_key_type_find(CKK_HOTP)->complete(harness_env(), &l);
	attr_list_free(&l);
	return rv;
}

static void keys_that_rfc_4226_does_not_have_are_refused(void **state)
{
	static const unsigned char bytes[257] = {1};

	(void)state;
	assert_int_equal(complete_with(CKA_OTP_COUNTER, bytes, 7), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_with(CKA_OTP_COUNTER, bytes, 8), CKR_OK);
	assert_int_equal(complete_with(CKA_OTP_COUNTER, bytes, 0), CKR_OK);
	assert_int_equal(complete_with(CKA_VALUE, bytes, 0), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_with(CKA_VALUE, bytes, 256), CKR_OK);
	assert_int_equal(complete_with(CKA_VALUE, bytes, 257), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void keys_for_other_passwords_can_be_kept_and_not_used(void **state)
{
	struct mech_key *keys[] = {key_with(CKA_OTP_LENGTH, 5), key_with(CKA_OTP_LENGTH, 10), key_with(CKA_OTP_FORMAT, CK_OTP_FORMAT_HEXADECIMAL)};
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(keys); i++) {
		assert_int_equal(sign(keys[i], NULL, 0, (struct bytes){0}, &got), CKR_MECHANISM_PARAM_INVALID);
		mech_key_free(keys[i]);
	}
	buf_free(&got);
}

static void keys_are_generated(void **state)
{
	(void)state;
	assert_int_equal(secret_generate(CKM_HOTP_KEY_GEN, 16), CKR_OK);
	assert_int_equal(secret_generate(CKM_HOTP_KEY_GEN, 256), CKR_OK);
	assert_int_equal(secret_generate(CKM_HOTP_KEY_GEN, 15), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(secret_generate(CKM_HOTP_KEY_GEN, 257), CKR_ATTRIBUTE_VALUE_INVALID);
	secret_check_no_parameter(CKM_HOTP_KEY_GEN, 20);
}

static void rows_are_whole(void **state)
{
	(void)state;
	harness_check_family(&mech_family_hotp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_standards_passwords),
		cmocka_unit_test(the_length_is_the_keys_or_the_parameters),
		cmocka_unit_test(a_password_is_over_no_data),
		cmocka_unit_test(the_keys_demand_for_a_counter_counts),
		cmocka_unit_test(parameters_that_are_none_are_refused),
		cmocka_unit_test(keys_that_rfc_4226_does_not_have_are_refused),
		cmocka_unit_test(keys_for_other_passwords_can_be_kept_and_not_used),
		cmocka_unit_test(keys_are_generated),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
