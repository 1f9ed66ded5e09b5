/* SPDX-License-Identifier: Apache-2.0 */
/* Asynchronous sessions: single-part calls with slow keys, and generation with a parameter (rules 335, 378 to 387). A
 * key pair that takes for ever keeps the library's one thread busy where a test wants a call to stay pending. */
#include "harness.h"
#include "policy_kit.h"

#include <pthread.h>
#include <sched.h>

static CK_SESSION_HANDLE session, other;
static CK_OBJECT_HANDLE public, private;
static CK_MECHANISM m_slh = {CKM_SLH_DSA, NULL, 0}, m_rsa = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
static CK_BYTE text[] = "what is signed", other_text[] = "what is other!";
static CK_BYTE signature[50000];
static CK_ULONG length;

#define NAME(name) ((CK_UTF8CHAR_PTR)(uintptr_t)(name))
#define SIGN NAME("C_Sign")
#define VERIFY NAME("C_Verify")
#define KEY NAME("C_GenerateKey")
#define PAIR NAME("C_GenerateKeyPair")
#define SLH_128F_SIZE 17088

static CK_SESSION_HANDLE open_async(void)
{
	CK_SESSION_HANDLE s = 0;

	assert_ok(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION | CKF_ASYNC_SESSION, NULL, NULL, &s));
	return s;
}

static CK_RV complete(CK_SESSION_HANDLE s, CK_UTF8CHAR_PTR name, CK_ASYNC_DATA *ret)
{
	CK_RV rv;

	while ((rv = p11->C_AsyncComplete(s, name, ret)) == CKR_PENDING)
		sched_yield();
	return rv;
}

static void make_pair(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_ATTRIBUTE *attribute)
{
	CK_MECHANISM m = {type, NULL, 0};

	assert_ok(p11->C_GenerateKeyPair(s, &m, attribute, 1, NULL, 0, &public, &private));
}

static void make_slh(CK_SESSION_HANDLE s)
{
	CK_ULONG set = CKP_SLH_DSA_SHA2_128F;

	make_pair(s, CKM_SLH_DSA_KEY_PAIR_GEN, &(CK_ATTRIBUTE){CKA_PARAMETER_SET, &set, sizeof(set)});
}

static void begin_sessions(void)
{
	make_slh(open_rw());
	session = open_async();
	other = open_async();
	length = sizeof(signature);
	memset(signature, 0xa5, sizeof(signature));
}

static int setup_slh(void **state)
{
	if (setup_token(state))
		return -1;
	login_user(open_rw());
	begin_sessions();
	return 0;
}

static int setup_legacy(void **state)
{
	if (setup_initialized(state))
		return -1;
	use_policy("policy = legacy\n");
	begin_sessions();
	return 0;
}

/* The one thread has work that only cancelling ends. */
static void keep_busy(void)
{
	CK_ULONG bits = 16384;
	CK_ATTRIBUTE template = {CKA_MODULUS_BITS, &bits, sizeof(bits)};
	CK_OBJECT_HANDLE a, b;

	assert_rv(p11->C_GenerateKeyPair(other, &m_rsa, &template, 1, NULL, 0, &a, &b), CKR_PENDING);
}

static void set_free(void)
{
	assert_ok(p11->C_SessionCancel(other, CKF_GENERATE_KEY_PAIR));
}

static CK_RV sign_in(CK_SESSION_HANDLE s)
{
	return p11->C_Sign(s, text, sizeof(text), signature, &length);
}

static void begin_pending_signature(void)
{
	keep_busy();
	assert_ok(p11->C_SignInit(session, &m_slh, private));
	assert_rv(sign_in(session), CKR_PENDING);
}

static CK_RV verify_text(CK_BYTE *data, CK_ULONG signature_len)
{
	CK_SESSION_HANDLE plain = open_rw();

	assert_ok(p11->C_VerifyInit(plain, &m_slh, public));
	CK_RV rv = p11->C_Verify(plain, data, sizeof(text), signature, signature_len);
	close_session(plain);
	return rv;
}

/* ---- operations ---------------------------------------------------------------------------- */

static void rules_378_381_382_a_signature_comes_with_complete(void **state)
{
	CK_ASYNC_DATA result;

	(void)state;
	begin_pending_signature();
	assert_rv(p11->C_AsyncComplete(session, SIGN, &result), CKR_PENDING);
	set_free();
	while (p11->C_AsyncComplete(other, PAIR, &result) == CKR_PENDING)
		sched_yield();
	assert_int_equal(signature[0], 0xa5);
	assert_int_equal(length, sizeof(signature));
	memset(&result, 0xa5, sizeof(result));
	assert_ok(complete(session, SIGN, &result));
	assert_int_equal(result.ulVersion, 0);
	assert_ptr_equal(result.pValue, signature);
	assert_int_equal(result.ulValue, SLH_128F_SIZE);
	assert_int_equal(result.hObject, 0);
	assert_int_equal(result.hAdditionalObject, 0);
	assert_int_equal(signature[SLH_128F_SIZE], 0xa5);
	assert_ok(verify_text(text, result.ulValue));
	assert_rv(verify_text(other_text, result.ulValue), CKR_SIGNATURE_INVALID);
	/* The operation is over. */
	assert_rv(p11->C_AsyncComplete(session, SIGN, &result), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(sign_in(session), CKR_OPERATION_NOT_INITIALIZED);
}

static void rule_381_a_verification_answers_with_complete(void **state)
{
	CK_ASYNC_DATA result;

	(void)state;
	assert_ok(p11->C_SignInit(session, &m_slh, private));
	assert_rv(sign_in(session), CKR_PENDING);
	assert_ok(complete(session, SIGN, &result));
	length = result.ulValue;
	for (int wrong = 0; wrong < 2; wrong++) {
		assert_ok(p11->C_VerifyInit(session, &m_slh, public));
		assert_rv(p11->C_Verify(session, wrong ? other_text : text, sizeof(text), signature, length), CKR_PENDING);
		assert_rv(complete(session, VERIFY, &result), wrong ? CKR_SIGNATURE_INVALID : CKR_OK);
		assert_null(result.pValue);
		assert_int_equal(result.ulValue, 0);
	}
}

static void rule_380_the_input_may_change_after_pending(void **state)
{
	CK_BYTE data[sizeof(text)];
	CK_ASYNC_DATA result;

	(void)state;
	memcpy(data, text, sizeof(data));
	keep_busy();
	assert_ok(p11->C_SignInit(session, &m_slh, private));
	assert_rv(p11->C_Sign(session, data, sizeof(data), signature, &length), CKR_PENDING);
	memset(data, 0, sizeof(data));
	set_free();
	assert_ok(complete(session, SIGN, &result));
	assert_ok(verify_text(text, result.ulValue));
}

static void rule_379_lengths_and_short_buffers_are_told_at_once(void **state)
{
	CK_ASYNC_DATA result;

	(void)state;
	keep_busy();
	assert_ok(p11->C_SignInit(session, &m_slh, private));
	assert_ok(p11->C_Sign(session, text, sizeof(text), NULL, &length));
	assert_int_equal(length, SLH_128F_SIZE);
	length--;
	assert_rv(sign_in(session), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(length, SLH_128F_SIZE);
	assert_rv(p11->C_AsyncComplete(session, SIGN, &result), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_Sign(session, NULL, 5, signature, &length), CKR_ARGUMENTS_BAD);
	assert_ok(p11->C_SignInit(session, &m_slh, private));
	assert_rv(sign_in(session), CKR_PENDING);
	set_free();
	assert_ok(complete(session, SIGN, &result));
}

static void rule_387_a_pending_operation_is_active(void **state)
{
	CK_MECHANISM m_ecb = {CKM_AES_ECB, NULL, 0}, m_sha = {CKM_SHA256, NULL, 0};
	CK_BYTE block[16] = {0}, saved[4096];
	CK_ULONG len = sizeof(block), saved_len = sizeof(saved);
	CK_OBJECT_HANDLE aes = make_aes(session, false, false);
	CK_ASYNC_DATA result;

	(void)state;
	assert_ok(p11->C_DigestInit(other, &m_sha));
	assert_ok(p11->C_DigestUpdate(other, text, sizeof(text)));
	assert_ok(p11->C_GetOperationState(other, saved, &saved_len));
	assert_ok(p11->C_SessionCancel(other, CKF_DIGEST));
	begin_pending_signature();
	assert_rv(sign_in(session), CKR_OPERATION_ACTIVE);
	assert_rv(p11->C_SignUpdate(session, text, 1), CKR_OPERATION_ACTIVE);
	assert_rv(p11->C_SignFinal(session, signature, &length), CKR_OPERATION_ACTIVE);
	assert_rv(p11->C_SignInit(session, &m_slh, private), CKR_OPERATION_ACTIVE);
	assert_rv(p11->C_VerifyInit(session, &m_slh, public), CKR_OPERATION_ACTIVE);
	assert_rv(p11->C_SetOperationState(session, saved, saved_len, 0, 0), CKR_OPERATION_ACTIVE);
	/* What may be active beside a signature (rule 244), still may. */
	assert_ok(p11->C_EncryptInit(session, &m_ecb, aes));
	assert_ok(p11->C_Encrypt(session, block, sizeof(block), block, &len));
	set_free();
	assert_ok(complete(session, SIGN, &result));
	assert_ok(verify_text(text, result.ulValue));
	assert_ok(p11->C_SetOperationState(session, saved, saved_len, 0, 0));
}

static void one_call_is_pending_others_are_done_at_once(void **state)
{
	CK_ASYNC_DATA result;

	(void)state;
	keep_busy();
	assert_ok(p11->C_SignInit(other, &m_slh, private));
	assert_ok(sign_in(other));
	assert_ok(verify_text(text, length));
	set_free();
	assert_rv(p11->C_AsyncComplete(other, SIGN, &result), CKR_OPERATION_NOT_INITIALIZED);
}

static void quick_keys_and_long_input_are_done_at_once(void **state)
{
	CK_MECHANISM m = {CKM_RSA_PKCS, NULL, 0};
	CK_ULONG size = (1ul << 20) + 1, long_length = sizeof(signature);
	CK_BYTE *input = calloc(1, size);
	CK_OBJECT_HANDLE rsa_public, rsa_private;

	(void)state;
	assert_non_null(input);
	make_rsa_pair(open_rw(), false, false, &rsa_public, &rsa_private);
	assert_ok(p11->C_SignInit(session, &m, rsa_private));
	assert_ok(sign_in(session));
	assert_int_equal(length, 256);
	assert_ok(p11->C_SignInit(session, &m_slh, private));
	assert_ok(p11->C_Sign(session, input, size, signature, &long_length));
	free(input);
}

static void rules_378_382_large_rsa_keys_decrypt_and_sign_later(void **state)
{
	CK_MECHANISM m = {CKM_RSA_PKCS, NULL, 0};
	CK_SESSION_HANDLE plain = open_rw();
	CK_BYTE sealed[512], opened[512] = {0}, small[16];
	CK_ULONG bits = 4096, sealed_len = sizeof(sealed), opened_len = sizeof(opened), small_len = sizeof(small);
	CK_ASYNC_DATA result;

	(void)state;
	make_pair(plain, CKM_RSA_PKCS_KEY_PAIR_GEN, &(CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof(bits)});
	assert_ok(p11->C_EncryptInit(session, &m, public));
	assert_ok(p11->C_Encrypt(session, text, sizeof(text), sealed, &sealed_len));
	assert_ok(p11->C_DecryptInit(session, &m, private));
	assert_rv(p11->C_Decrypt(session, sealed, sealed_len, opened, &opened_len), CKR_PENDING);
	assert_ok(complete(session, NAME("C_Decrypt"), &result));
	assert_ptr_equal(result.pValue, opened);
	assert_int_equal(result.ulValue, sizeof(text));
	assert_memory_equal(opened, text, sizeof(text));
	/* Where only the work tells how much room is needed, and there may be too little, it is done at once (rule 379). */
	assert_ok(p11->C_DecryptInit(session, &m, private));
	assert_ok(p11->C_Decrypt(session, sealed, sealed_len, small, &small_len));
	assert_memory_equal(small, text, sizeof(text));
	assert_ok(p11->C_SignInit(session, &m, private));
	assert_rv(sign_in(session), CKR_PENDING);
	assert_ok(complete(session, SIGN, &result));
	assert_ok(p11->C_VerifyInit(session, &m, public));
	assert_ok(p11->C_Verify(session, text, sizeof(text), signature, result.ulValue));
}

static void rule_384_an_operation_cannot_be_written_down(void **state)
{
	CK_ASYNC_DATA result;
	CK_ULONG id = 77;

	(void)state;
	begin_pending_signature();
	assert_rv(p11->C_AsyncGetID(session, SIGN, &id), CKR_STATE_UNSAVEABLE);
	assert_int_equal(id, 77);
	assert_rv(p11->C_AsyncGetID(session, VERIFY, &id), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_AsyncJoin(open_async(), SIGN, 1, signature, sizeof(signature)), CKR_SAVED_STATE_INVALID);
	set_free();
	assert_ok(complete(session, SIGN, &result));
	assert_ok(verify_text(text, result.ulValue));
}

/* ---- ends ---------------------------------------------------------------------------------- */

static void rule_335_cancel_ends_a_pending_operation(void **state)
{
	CK_ASYNC_DATA result;

	(void)state;
	begin_pending_signature();
	assert_ok(p11->C_SessionCancel(session, CKF_VERIFY | CKF_GENERATE | CKF_DECRYPT));
	assert_rv(p11->C_AsyncComplete(session, SIGN, &result), CKR_PENDING);
	assert_ok(p11->C_SessionCancel(session, CKF_SIGN));
	assert_rv(p11->C_AsyncComplete(session, SIGN, &result), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_SignInit(session, &m_slh, private));
	assert_rv(sign_in(session), CKR_PENDING);
	/* So does an Init without mechanism. */
	assert_ok(p11->C_SignInit(session, NULL, 0));
	assert_rv(p11->C_AsyncComplete(session, SIGN, &result), CKR_OPERATION_NOT_INITIALIZED);
	set_free();
	assert_ok(p11->C_SignInit(session, &m_slh, private));
	assert_rv(sign_in(session), CKR_PENDING);
	assert_ok(complete(session, SIGN, &result));
	assert_ok(verify_text(text, result.ulValue));
}

static void logging_out_ends_an_operation_with_a_private_key(void **state)
{
	CK_ASYNC_DATA result;

	(void)state;
	begin_pending_signature();
	logout(session);
	assert_rv(p11->C_AsyncComplete(session, SIGN, &result), CKR_OPERATION_NOT_INITIALIZED);
	assert_int_equal(signature[0], 0xa5);
	login_user(session);
	make_slh(open_rw());
	assert_ok(p11->C_SignInit(session, &m_slh, private));
	assert_rv(sign_in(session), CKR_PENDING);
	assert_ok(complete(session, SIGN, &result));
}

static void a_key_that_is_destroyed_meanwhile_still_signs(void **state)
{
	CK_ASYNC_DATA result;

	(void)state;
	begin_pending_signature();
	assert_ok(p11->C_DestroyObject(other, private));
	set_free();
	assert_ok(complete(session, SIGN, &result));
	assert_ok(verify_text(text, result.ulValue));
}

static void rule_138_closing_ends_a_pending_operation(void **state)
{
	(void)state;
	begin_pending_signature();
	close_session(session);
	session = open_async();
	assert_ok(p11->C_SignInit(session, &m_slh, private));
	assert_rv(sign_in(session), CKR_PENDING);
	assert_ok(p11->C_CloseAllSessions(slot));
}

static void finalize_ends_a_pending_operation(void **state)
{
	(void)state;
	begin_pending_signature();
	finalize();
	assert_int_equal(signature[0], 0xa5);
	initialize();
}

static int in_child(void *arg)
{
	(void)arg;
	assert_rv(p11->C_AsyncComplete(session, SIGN, &(CK_ASYNC_DATA){0}), CKR_CRYPTOKI_NOT_INITIALIZED);
	initialize();
	finalize();
	return 0;
}

static void a_fork_leaves_the_operation_to_the_parent(void **state)
{
	CK_ASYNC_DATA result;

	(void)state;
	begin_pending_signature();
	assert_int_equal(run_child(in_child, NULL), 0);
	set_free();
	assert_ok(complete(session, SIGN, &result));
	assert_ok(verify_text(text, result.ulValue));
}

/* ---- generation with a parameter ------------------------------------------------------------ */

static CK_RV from_password(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE *ret)
{
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_ULONG len = 32;
	CK_ATTRIBUTE template[] = {
		{CKA_VALUE_LEN, &len, sizeof(len)},
		{CKA_KEY_TYPE, &type, sizeof(type)},
		{CKA_SENSITIVE, &no, sizeof(no)},
		{CKA_EXTRACTABLE, &yes, sizeof(yes)},
	};

	return p11->C_GenerateKey(s, m, template, COUNT(template), ret);
}

static void get_value(CK_OBJECT_HANDLE key, CK_BYTE value[32])
{
	CK_ATTRIBUTE read = {CKA_VALUE, value, 32};

	assert_ok(p11->C_GetAttributeValue(session, key, &read, 1));
	assert_int_equal(read.ulValueLen, 32);
}

static void rules_380_384_a_password_is_copied_and_not_written_down(void **state)
{
	CK_BYTE salt[16] = {1}, password[] = "correct horse", expected[32], value[32];
	CK_PKCS5_PBKD2_PARAMS2 params = {CKZ_SALT_SPECIFIED, salt, sizeof(salt), 1000, CKP_PKCS5_PBKD2_HMAC_SHA256, NULL, 0, password, 13};
	CK_MECHANISM m = {CKM_PKCS5_PBKD2, &params, sizeof(params)};
	CK_OBJECT_HANDLE key = 0;
	CK_ASYNC_DATA result;
	CK_ULONG id;

	(void)state;
	assert_ok(from_password(open_rw(), &m, &key));
	get_value(key, expected);
	keep_busy();
	assert_rv(from_password(session, &m, &key), CKR_PENDING);
	memset(salt, 0xee, sizeof(salt));
	memset(password, 0xee, sizeof(password));
	memset(&params, 0xee, sizeof(params));
	assert_rv(p11->C_AsyncGetID(session, KEY, &id), CKR_STATE_UNSAVEABLE);
	set_free();
	assert_ok(complete(session, KEY, &result));
	get_value(result.hObject, value);
	assert_memory_equal(value, expected, sizeof(value));
}

static void rule_378_mistakes_in_a_parameter_are_told_at_once(void **state)
{
	CK_BYTE salt[16] = {1};
	CK_PKCS5_PBKD2_PARAMS2 params = {CKZ_SALT_SPECIFIED, salt, sizeof(salt), 0, CKP_PKCS5_PBKD2_HMAC_SHA256, NULL, 0, salt, 8};
	CK_MECHANISM m = {CKM_PKCS5_PBKD2, &params, sizeof(params)};
	CK_OBJECT_HANDLE key;

	(void)state;
	assert_rv(from_password(session, &m, &key), CKR_MECHANISM_PARAM_INVALID);
	params.iterations = 10;
	params.pPassword = NULL;
	assert_rv(from_password(session, &m, &key), CKR_MECHANISM_PARAM_INVALID);
	m.ulParameterLen--;
	assert_rv(from_password(session, &m, &key), CKR_MECHANISM_PARAM_INVALID);
	m.pParameter = NULL;
	assert_rv(from_password(session, &m, &key), CKR_MECHANISM_PARAM_INVALID);
	assert_rv(p11->C_AsyncComplete(session, KEY, &(CK_ASYNC_DATA){0}), CKR_OPERATION_NOT_INITIALIZED);
}

static void a_long_derivation_from_a_password_is_cancelled(void **state)
{
	CK_BYTE salt[16] = {1};
	CK_PKCS5_PBKD2_PARAMS2 params = {CKZ_SALT_SPECIFIED, salt, sizeof(salt), 100000000, CKP_PKCS5_PBKD2_HMAC_SHA512, NULL, 0, salt, 8};
	CK_MECHANISM m = {CKM_PKCS5_PBKD2, &params, sizeof(params)};
	CK_OBJECT_HANDLE key;

	(void)state;
	assert_rv(from_password(session, &m, &key), CKR_PENDING);
	assert_ok(p11->C_SessionCancel(session, CKF_GENERATE));
	assert_rv(from_password(session, &m, &key), CKR_PENDING);
	finalize();
	initialize();
}

static void an_iv_comes_with_complete(void **state)
{
	CK_BYTE iv[8] = {0}, expected[8] = {0}, salt[8] = {3}, password[] = {0, 'p', 0, 0};
	CK_PBE_PARAMS params = {expected, password, sizeof(password), salt, sizeof(salt), 100};
	CK_MECHANISM m = {CKM_PBE_SHA1_DES3_EDE_CBC, &params, sizeof(params)};
	CK_BYTE zero[8] = {0};
	CK_OBJECT_HANDLE key;
	CK_ASYNC_DATA result;

	(void)state;
	assert_ok(p11->C_GenerateKey(open_rw(), &m, NULL, 0, &key));
	assert_memory_not_equal(expected, zero, sizeof(zero));
	params.pInitVector = iv;
	keep_busy();
	assert_rv(p11->C_GenerateKey(session, &m, NULL, 0, &key), CKR_PENDING);
	assert_memory_equal(iv, zero, sizeof(zero));
	set_free();
	assert_ok(complete(session, KEY, &result));
	assert_memory_equal(iv, expected, sizeof(iv));
}

static void a_seed_comes_with_complete(void **state)
{
	CK_ULONG prime_bits = 1024, subprime_bits = 160;
	CK_BYTE seed[64] = {0}, zero[64] = {0};
	CK_DSA_PARAMETER_GEN_PARAM params = {.hash = CKM_SHA256, .pSeed = seed, .ulSeedLen = sizeof(seed)};
	CK_MECHANISM m = {CKM_DSA_PROBABILISTIC_PARAMETER_GEN, &params, sizeof(params)};
	CK_ATTRIBUTE template[] = {
		{CKA_PRIME_BITS, &prime_bits, sizeof(prime_bits)},
		{CKA_SUBPRIME_BITS, &subprime_bits, sizeof(subprime_bits)},
	};
	CK_OBJECT_HANDLE group;
	CK_ASYNC_DATA result;

	(void)state;
	assert_rv(p11->C_GenerateKey(session, &m, template, COUNT(template), &group), CKR_PENDING);
	assert_memory_equal(seed, zero, sizeof(seed));
	assert_ok(complete(session, KEY, &result));
	assert_memory_not_equal(seed, zero, sizeof(seed));
	assert_ptr_equal(params.pSeed, seed);
	assert_true(params.ulSeedLen < sizeof(seed));
	assert_int_equal(get_ulong(session, result.hObject, CKA_PRIME_BITS), prime_bits);
}

/* ---- threads ------------------------------------------------------------------------------- */

#define THREADS 3
#define TURNS 6

/* Signs and waits, cancels, or closes, with a key that all share. */
static void *busy(void *arg)
{
	size_t *good = arg;
	CK_BYTE *out = malloc(SLH_128F_SIZE);

	for (int i = 0; i < TURNS && out != NULL; i++) {
		CK_ULONG len = SLH_128F_SIZE;
		CK_SESSION_HANDLE s = 0;
		CK_ASYNC_DATA result;

		if (p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_ASYNC_SESSION, NULL, NULL, &s) != CKR_OK ||
		    p11->C_SignInit(s, &m_slh, private) != CKR_OK || p11->C_Sign(s, text, sizeof(text), out, &len) != CKR_PENDING)
			break;
		if (i % 3 == 0 && complete(s, SIGN, &result) != CKR_OK)
			break;
		if (i % 3 == 1 && p11->C_SessionCancel(s, CKF_SIGN) != CKR_OK)
			break;
		if (p11->C_CloseSession(s) != CKR_OK)
			break;
		++*good;
	}
	free(out);
	return NULL;
}

static void many_threads_sign_with_one_key(void **state)
{
	pthread_t threads[THREADS];
	size_t good[THREADS] = {0};

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, busy, &good[i]), 0);
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(good[i], TURNS);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_slh, teardown)
#define LEGACY(name) cmocka_unit_test_setup_teardown(name, setup_legacy, teardown_policy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_378_381_382_a_signature_comes_with_complete),
		TEST(rule_381_a_verification_answers_with_complete),
		TEST(rule_380_the_input_may_change_after_pending),
		TEST(rule_379_lengths_and_short_buffers_are_told_at_once),
		TEST(rule_387_a_pending_operation_is_active),
		TEST(one_call_is_pending_others_are_done_at_once),
		TEST(quick_keys_and_long_input_are_done_at_once),
		TEST(rules_378_382_large_rsa_keys_decrypt_and_sign_later),
		TEST(rule_384_an_operation_cannot_be_written_down),
		TEST(rule_335_cancel_ends_a_pending_operation),
		TEST(logging_out_ends_an_operation_with_a_private_key),
		TEST(a_key_that_is_destroyed_meanwhile_still_signs),
		TEST(rule_138_closing_ends_a_pending_operation),
		TEST(finalize_ends_a_pending_operation),
		TEST(a_fork_leaves_the_operation_to_the_parent),
		TEST(rules_380_384_a_password_is_copied_and_not_written_down),
		TEST(rule_378_mistakes_in_a_parameter_are_told_at_once),
		TEST(a_long_derivation_from_a_password_is_cancelled),
		LEGACY(an_iv_comes_with_complete),
		LEGACY(a_seed_comes_with_complete),
		TEST(many_threads_sign_with_one_key),
	};
	return cmocka_run_group_tests_name("async_operations", tests, NULL, NULL);
}
