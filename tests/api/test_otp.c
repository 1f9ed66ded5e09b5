/* SPDX-License-Identifier: Apache-2.0 */
/* One-time passwords as applications get them: the counter of a key moves on with each password and with nothing else, stays
 * in the store, and gives no two callers the same one. Refuses to know HOTP's numbers beyond the first (tests/mech). */
#include <pthread.h>

#include "harness.h"

#define THREADS 4
#define EACH 25

static CK_BYTE secret[] = "12345678901234567890";
static CK_SESSION_HANDLE session;

static void log_in(void)
{
	session = open_rw();
	login_user(session);
}

static CK_OBJECT_HANDLE make_otp_key(bool token)
{
	CK_OBJECT_CLASS class = CKO_OTP_KEY;
	CK_KEY_TYPE type = CKK_HOTP;
	CK_BBOOL stays = token;
	CK_UTF8CHAR label[] = "otp";
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &class, sizeof(class)}, {CKA_KEY_TYPE, &type, sizeof(type)}, {CKA_TOKEN, &stays, 1}, {CKA_LABEL, label, 3},
		{CKA_VALUE, secret, 20},            {CKA_SIGN, &yes, 1},                 {CKA_VERIFY, &yes, 1},
	};

	return make_object(session, template, COUNT(template));
}

static CK_RV start_in(CK_SESSION_HANDLE in, CK_OBJECT_HANDLE key)
{
	CK_OTP_PARAMS none = {NULL, 0};
	CK_MECHANISM m = {CKM_HOTP, &none, sizeof(none)};

	return p11->C_SignInit(in, &m, key);
}

/* The counter of the password, which is its last byte; the block must be whole. */
static unsigned password_in(CK_SESSION_HANDLE in, CK_OBJECT_HANDLE key, CK_BYTE digits[6])
{
	CK_ULONG block[32], length = sizeof(block);
	const CK_OTP_SIGNATURE_INFO *info = (const CK_OTP_SIGNATURE_INFO *)block;

	assert_ok(start_in(in, key));
	assert_ok(p11->C_Sign(in, NULL, 0, (CK_BYTE_PTR)block, &length));
	assert_int_equal(info->ulCount, 2);
	assert_int_equal(info->pParams[0].type, CK_OTP_VALUE);
	assert_int_equal(info->pParams[0].ulValueLen, 6);
	assert_int_equal(info->pParams[1].type, CK_OTP_COUNTER);
	assert_int_equal(info->pParams[1].ulValueLen, 8);
	memcpy(digits, info->pParams[0].pValue, 6);
	return ((const CK_BYTE *)info->pParams[1].pValue)[7];
}

static unsigned shown_counter(CK_OBJECT_HANDLE key)
{
	CK_BYTE counter[8];
	CK_ATTRIBUTE a = {CKA_OTP_COUNTER, counter, sizeof(counter)};

	assert_ok(p11->C_GetAttributeValue(session, key, &a, 1));
	return a.ulValueLen == 0 ? 0 : counter[7];
}

static void a_password_moves_the_counter_on(void **state)
{
	CK_BYTE digits[6];

	(void)state;
	log_in();
	for (int token = 0; token < 2; token++) {
		CK_OBJECT_HANDLE key = make_otp_key(token == 1);

		assert_int_equal(shown_counter(key), 0);
		assert_int_equal(password_in(session, key, digits), 0);
		assert_memory_equal(digits, "755224", 6);
		assert_int_equal(password_in(session, key, digits), 1);
		assert_memory_equal(digits, "287082", 6);
		assert_int_equal(shown_counter(key), 2);
	}
}

static void what_gives_no_password_leaves_the_counter(void **state)
{
	CK_OBJECT_HANDLE key;
	CK_BYTE digits[6];
	CK_ULONG need = 0, length, block[32];
	CK_BYTE data[] = "x";

	(void)state;
	log_in();
	key = make_otp_key(true);
	assert_ok(start_in(session, key));
	assert_ok(p11->C_Sign(session, NULL, 0, NULL, &need));
	length = need - 1;
	assert_rv(p11->C_Sign(session, NULL, 0, (CK_BYTE_PTR)block, &length), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(length, need);
	assert_int_equal(shown_counter(key), 0);
	assert_rv(p11->C_Sign(session, data, 1, (CK_BYTE_PTR)block, &length), CKR_DATA_LEN_RANGE);
	assert_int_equal(shown_counter(key), 0);
	assert_int_equal(password_in(session, key, digits), 0);
}

static void a_password_verifies_with_its_counter(void **state)
{
	CK_BYTE digits[6], counter[8] = {0}, wrong[8] = {0, 0, 0, 0, 0, 0, 0, 9};
	CK_OTP_PARAM given = {CK_OTP_COUNTER, counter, sizeof(counter)};
	CK_OTP_PARAMS params = {&given, 1}, none = {NULL, 0};
	CK_MECHANISM m = {CKM_HOTP, &params, sizeof(params)};
	CK_OBJECT_HANDLE key;

	(void)state;
	log_in();
	key = make_otp_key(true);
	counter[7] = (CK_BYTE)password_in(session, key, digits);
	assert_ok(p11->C_VerifyInit(session, &m, key));
	assert_ok(p11->C_Verify(session, NULL, 0, digits, 6));
	given.pValue = wrong;
	assert_ok(p11->C_VerifyInit(session, &m, key));
	assert_rv(p11->C_Verify(session, NULL, 0, digits, 6), CKR_SIGNATURE_INVALID);
	assert_int_equal(shown_counter(key), 1);
	m.pParameter = &none;
	assert_rv(p11->C_VerifyInit(session, &m, key), CKR_MECHANISM_PARAM_INVALID);
}

static void the_counter_is_in_the_store(void **state)
{
	CK_BYTE digits[6];

	(void)state;
	log_in();
	assert_int_equal(password_in(session, make_otp_key(true), digits), 0);
	finalize();
	initialize();
	log_in();
	assert_int_equal(password_in(session, find_labelled(session, "otp"), digits), 1);
	finalize();
	initialize();
	log_in();
	assert_int_equal(shown_counter(find_labelled(session, "otp")), 2);
}

static CK_OBJECT_HANDLE shared;
static unsigned seen[THREADS][EACH];

static void *make_passwords(void *arg)
{
	unsigned *mine = arg;
	CK_SESSION_HANDLE own = open_ro();
	CK_BYTE digits[6];

	for (size_t i = 0; i < EACH; i++)
		mine[i] = password_in(own, shared, digits);
	return NULL;
}

static void no_two_threads_get_the_same_password(void **state)
{
	pthread_t threads[THREADS];
	unsigned times[THREADS * EACH] = {0};

	(void)state;
	log_in();
	for (int token = 0; token < 2; token++) {
		shared = make_otp_key(token == 1);
		for (size_t i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, make_passwords, seen[i]), 0);
		for (size_t i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		for (size_t i = 0; i < THREADS; i++)
			for (size_t k = 0; k < EACH; k++)
				times[seen[i][k]]++;
		for (size_t i = 0; i < THREADS * EACH; i++)
			assert_int_equal(times[i], token + 1);
	}
}

static void a_counter_at_its_end_gives_no_password(void **state)
{
	CK_OBJECT_CLASS class = CKO_OTP_KEY;
	CK_KEY_TYPE type = CKK_HOTP;
	CK_BYTE last[8], block[256];
	CK_ULONG length = sizeof(block);
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &class, sizeof(class)}, {CKA_KEY_TYPE, &type, sizeof(type)}, {CKA_VALUE, secret, 20},
		{CKA_SIGN, &yes, 1},                {CKA_OTP_COUNTER, last, sizeof(last)},
	};

	(void)state;
	log_in();
	memset(last, 0xff, sizeof(last));
	assert_ok(start_in(session, make_object(session, template, COUNT(template))));
	assert_rv(p11->C_Sign(session, NULL, 0, block, &length), CKR_FUNCTION_FAILED);
}

static void other_mechanisms_do_not_take_the_key(void **state)
{
	CK_MECHANISM m = {CKM_SHA256_HMAC, NULL, 0};
	CK_OBJECT_HANDLE key;

	(void)state;
	log_in();
	key = make_otp_key(false);
	assert_rv(p11->C_SignInit(session, &m, key), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(start_in(session, make_secret(session, false, false, secret, 20)), CKR_KEY_TYPE_INCONSISTENT);
}

#define WITH_TOKEN(test) cmocka_unit_test_setup_teardown(test, setup_token_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TOKEN(a_password_moves_the_counter_on),
		WITH_TOKEN(what_gives_no_password_leaves_the_counter),
		WITH_TOKEN(a_password_verifies_with_its_counter),
		WITH_TOKEN(the_counter_is_in_the_store),
		WITH_TOKEN(no_two_threads_get_the_same_password),
		WITH_TOKEN(a_counter_at_its_end_gives_no_password),
		WITH_TOKEN(other_mechanisms_do_not_take_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
