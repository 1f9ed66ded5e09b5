/* SPDX-License-Identifier: Apache-2.0 */
/* Asynchronous sessions: rules 89, 123, 138, 335, 378 to 387. What is pending when a session closes, a login ends, the
 * library is finalised or the process forks; jobs that outlive it; applications that forbid threads. */
#include "harness.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

static CK_SESSION_HANDLE session;
static CK_MECHANISM m_aes = {CKM_AES_KEY_GEN, NULL, 0}, m_rsa = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
static CK_MECHANISM m_ec = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static CK_OBJECT_HANDLE made, other;

#define KEY ((CK_UTF8CHAR_PTR)(uintptr_t)"C_GenerateKey")
#define PAIR ((CK_UTF8CHAR_PTR)(uintptr_t)"C_GenerateKeyPair")

static CK_SESSION_HANDLE open_async(void)
{
	CK_SESSION_HANDLE s = 0;

	assert_ok(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION | CKF_ASYNC_SESSION, NULL, NULL, &s));
	return s;
}

static int setup_async(void **state)
{
	if (setup_token(state))
		return -1;
	session = open_async();
	login_user(session);
	return 0;
}

static int setup_async_sqlite(void **state)
{
	if (setup_token_sqlite(state))
		return -1;
	session = open_async();
	login_user(session);
	return 0;
}

static CK_RV generate_aes(CK_SESSION_HANDLE s, CK_ATTRIBUTE *extra, CK_ULONG count)
{
	CK_ULONG length = 32;
	CK_ATTRIBUTE template[8] = {{CKA_VALUE_LEN, &length, sizeof(length)}};

	for (CK_ULONG i = 0; i < count; i++)
		template[1 + i] = extra[i];
	return p11->C_GenerateKey(s, &m_aes, template, 1 + count, &made);
}

static CK_RV generate_p256(CK_SESSION_HANDLE s)
{
	CK_ATTRIBUTE params = {CKA_EC_PARAMS, p256, sizeof(p256)};

	return p11->C_GenerateKeyPair(s, &m_ec, &params, 1, NULL, 0, &made, &other);
}

/* Work that goes on until it is cancelled: no test waits for it. */
static CK_RV generate_for_ever(CK_SESSION_HANDLE s)
{
	CK_ULONG bits = 16384;
	CK_ATTRIBUTE template = {CKA_MODULUS_BITS, &bits, sizeof(bits)};

	return p11->C_GenerateKeyPair(s, &m_rsa, &template, 1, NULL, 0, &made, &other);
}

static CK_RV complete(CK_SESSION_HANDLE s, CK_UTF8CHAR_PTR name, CK_ASYNC_DATA *ret)
{
	CK_RV rv;

	while ((rv = p11->C_AsyncComplete(s, name, ret)) == CKR_PENDING)
		sched_yield();
	return rv;
}

/* ---- the way of a call --------------------------------------------------------------------- */

static void rules_89_123_asynchronous_sessions_are_announced_and_shown(void **state)
{
	CK_SESSION_INFO info;
	CK_SESSION_HANDLE plain = open_rw();

	(void)state;
	assert_true(token_flags() & CKF_ASYNC_SESSION_SUPPORTED);
	assert_ok(p11->C_GetSessionInfo(session, &info));
	assert_int_equal(info.flags, CKF_SERIAL_SESSION | CKF_RW_SESSION | CKF_ASYNC_SESSION);
	assert_ok(p11->C_GetSessionInfo(plain, &info));
	assert_int_equal(info.flags, CKF_SERIAL_SESSION | CKF_RW_SESSION);
}

static void rules_378_381_382_a_key_comes_with_complete(void **state)
{
	CK_ASYNC_DATA result, before;

	(void)state;
	memset(&result, 0xa5, sizeof(result));
	before = result;
	made = 77;
	assert_rv(generate_for_ever(session), CKR_PENDING);
	assert_rv(p11->C_AsyncComplete(session, PAIR, &result), CKR_PENDING);
	assert_memory_equal(&result, &before, sizeof(result));
	assert_int_equal(made, 77);
	assert_ok(p11->C_SessionCancel(session, CKF_GENERATE_KEY_PAIR));
	assert_rv(generate_aes(session, NULL, 0), CKR_PENDING);
	assert_ok(complete(session, KEY, &result));
	assert_int_equal(result.ulVersion, 0);
	assert_null(result.pValue);
	assert_int_equal(result.ulValue, 0);
	assert_int_equal(result.hAdditionalObject, 0);
	assert_int_equal(get_ulong(session, result.hObject, CKA_VALUE_LEN), 32);
	assert_true(get_bool(session, result.hObject, CKA_LOCAL));
	assert_rv(p11->C_AsyncComplete(session, KEY, &result), CKR_OPERATION_NOT_INITIALIZED);
}

static void rule_382_both_keys_of_a_pair(void **state)
{
	CK_ASYNC_DATA result;
	CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
	CK_BYTE hash[32] = {1}, signature[64];
	CK_ULONG length = sizeof(signature);

	(void)state;
	assert_rv(generate_p256(session), CKR_PENDING);
	assert_ok(complete(session, PAIR, &result));
	assert_int_equal(get_ulong(session, result.hObject, CKA_CLASS), CKO_PUBLIC_KEY);
	assert_int_equal(get_ulong(session, result.hAdditionalObject, CKA_CLASS), CKO_PRIVATE_KEY);
	assert_ok(p11->C_SignInit(session, &ecdsa, result.hAdditionalObject));
	assert_ok(p11->C_Sign(session, hash, sizeof(hash), signature, &length));
	assert_ok(p11->C_VerifyInit(session, &ecdsa, result.hObject));
	assert_ok(p11->C_Verify(session, hash, sizeof(hash), signature, length));
}

static void rule_378_other_sessions_never_wait(void **state)
{
	CK_SESSION_HANDLE plain = open_rw();

	(void)state;
	assert_ok(generate_aes(plain, NULL, 0));
	assert_ok(generate_p256(plain));
	assert_rv(p11->C_AsyncComplete(plain, KEY, &(CK_ASYNC_DATA){0}), CKR_OPERATION_NOT_INITIALIZED);
}

static void rule_378_mistakes_are_told_at_once(void **state)
{
	CK_MECHANISM none = {CKM_SHA256, NULL, 0};
	CK_ULONG length = 33;
	CK_ATTRIBUTE template = {CKA_VALUE_LEN, &length, sizeof(length)};

	(void)state;
	assert_rv(p11->C_GenerateKey(session, &none, NULL, 0, &made), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_GenerateKey(session, &m_aes, NULL, 0, &made), CKR_TEMPLATE_INCOMPLETE);
	assert_rv(p11->C_GenerateKey(session, NULL, NULL, 0, &made), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GenerateKey(session, &m_aes, &template, 1, NULL), CKR_ARGUMENTS_BAD);
	/* What only the work finds, Complete says, and the call is over. */
	CK_RV rv = p11->C_GenerateKey(session, &m_aes, &template, 1, &made);
	if (rv == CKR_PENDING) {
		rv = complete(session, KEY, &(CK_ASYNC_DATA){0});
		assert_rv(p11->C_AsyncComplete(session, KEY, &(CK_ASYNC_DATA){0}), CKR_OPERATION_NOT_INITIALIZED);
	}
	assert_rv_in(rv, CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE);
}

static void rule_379_short_buffers_are_told_at_once(void **state)
{
	CK_MECHANISM sha = {CKM_SHA256, NULL, 0};
	CK_BYTE out[32];
	CK_ULONG length = 31;

	(void)state;
	assert_ok(p11->C_DigestInit(session, &sha));
	assert_rv(p11->C_Digest(session, out, 1, out, &length), CKR_BUFFER_TOO_SMALL);
	length = 32;
	assert_ok(p11->C_Digest(session, out, 1, out, &length));
}

static void rules_383_384_only_the_function_that_is_pending(void **state)
{
	CK_ASYNC_DATA result;
	CK_ULONG id;

	(void)state;
	assert_rv(p11->C_AsyncComplete(session, KEY, &result), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_AsyncGetID(session, KEY, &id), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(generate_p256(session), CKR_PENDING);
	assert_rv(p11->C_AsyncComplete(session, KEY, &result), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_AsyncGetID(session, KEY, &id), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_AsyncGetID(session, (CK_UTF8CHAR_PTR)(uintptr_t)"C_Sign", &id), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_AsyncComplete(session, NULL, &result), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_AsyncComplete(session, PAIR, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_AsyncGetID(session, PAIR, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_AsyncGetID(session, NULL, &id), CKR_ARGUMENTS_BAD);
	assert_ok(complete(session, PAIR, &result));
}

static void rule_387_one_at_a_time_in_a_session(void **state)
{
	CK_MECHANISM sha = {CKM_SHA256, NULL, 0};
	CK_ASYNC_DATA result;
	CK_SESSION_HANDLE second = open_async();

	(void)state;
	assert_rv(generate_p256(session), CKR_PENDING);
	assert_rv(generate_aes(session, NULL, 0), CKR_OPERATION_ACTIVE);
	assert_rv(generate_p256(session), CKR_OPERATION_ACTIVE);
	/* Calls that are no generation go on beside it, and other sessions have work of their own. */
	assert_ok(p11->C_DigestInit(session, &sha));
	assert_ok(p11->C_SessionCancel(session, CKF_DIGEST));
	make_data(session, false, false, "beside");
	assert_rv(generate_aes(second, NULL, 0), CKR_PENDING);
	assert_ok(complete(second, KEY, &result));
	assert_ok(complete(session, PAIR, &result));
	assert_rv(generate_aes(session, NULL, 0), CKR_PENDING);
	assert_ok(complete(session, KEY, &result));
}

/* ---- ends ---------------------------------------------------------------------------------- */

static void rule_335_cancel_ends_what_is_pending(void **state)
{
	CK_ASYNC_DATA result;
	CK_ULONG id = 0;

	(void)state;
	assert_rv(generate_for_ever(session), CKR_PENDING);
	assert_ok(p11->C_SessionCancel(session, CKF_GENERATE | CKF_SIGN | CKF_WRAP));
	assert_rv(p11->C_AsyncComplete(session, PAIR, &result), CKR_PENDING);
	assert_ok(p11->C_SessionCancel(session, CKF_GENERATE_KEY_PAIR));
	assert_rv(p11->C_AsyncComplete(session, PAIR, &result), CKR_OPERATION_NOT_INITIALIZED);
	/* Also with an ID, which is worth nothing then. */
	assert_rv(generate_for_ever(session), CKR_PENDING);
	assert_ok(p11->C_AsyncGetID(session, PAIR, &id));
	assert_ok(p11->C_SessionCancel(session, CKF_GENERATE_KEY_PAIR));
	assert_rv(p11->C_AsyncJoin(session, PAIR, id, NULL, 0), CKR_SAVED_STATE_INVALID);
	assert_int_equal(count_objects(session), 0);
}

static void rule_138_closing_ends_what_is_pending(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		CK_SESSION_HANDLE s = open_async();
		assert_rv(generate_for_ever(s), CKR_PENDING);
		close_session(s);
	}
	assert_int_equal(count_objects(session), 0);
	assert_rv(generate_for_ever(session), CKR_PENDING);
	assert_ok(p11->C_CloseAllSessions(slot));
}

static void logging_out_ends_what_makes_private_keys(void **state)
{
	CK_ATTRIBUTE public = {CKA_PRIVATE, &no, sizeof(no)};
	CK_ASYNC_DATA result;

	(void)state;
	assert_rv(generate_for_ever(session), CKR_PENDING);
	logout(session);
	assert_rv(p11->C_AsyncComplete(session, PAIR, &result), CKR_OPERATION_NOT_INITIALIZED);
	login_user(session);
	assert_rv(p11->C_AsyncComplete(session, PAIR, &result), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(generate_aes(session, &public, 1), CKR_PENDING);
	logout(session);
	assert_ok(complete(session, KEY, &result));
	assert_int_equal(get_ulong(session, result.hObject, CKA_VALUE_LEN), 32);
}

static void finalize_does_not_wait_for_the_work(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++)
		assert_rv(generate_for_ever(open_async()), CKR_PENDING);
	finalize();
	assert_rv(p11->C_AsyncComplete(session, PAIR, &(CK_ASYNC_DATA){0}), CKR_CRYPTOKI_NOT_INITIALIZED);
	initialize();
}

static int in_child(void *arg)
{
	(void)arg;
	assert_rv(p11->C_AsyncComplete(session, PAIR, &(CK_ASYNC_DATA){0}), CKR_CRYPTOKI_NOT_INITIALIZED);
	initialize();
	make_token();
#if defined(__SANITIZE_THREAD__)
	/* Its books keep the parent's threads across a fork; it ends a child whose own thread comes to lie where one of
	 * those lay ("dup thread with used id"). */
	return 0;
#endif
	CK_SESSION_HANDLE s = open_async();
	login_user(s);
	assert_rv(generate_p256(s), CKR_PENDING);
	assert_ok(complete(s, PAIR, &(CK_ASYNC_DATA){0}));
	finalize();
	return 0;
}

static void a_fork_leaves_the_work_to_the_parent(void **state)
{
	CK_ASYNC_DATA result;

	(void)state;
	assert_rv(generate_p256(session), CKR_PENDING);
	assert_int_equal(run_child(in_child, NULL), 0);
	assert_ok(complete(session, PAIR, &result));
	assert_int_equal(get_ulong(session, result.hObject, CKA_CLASS), CKO_PUBLIC_KEY);
}

/* ---- identifiers --------------------------------------------------------------------------- */

static void rules_385_386_a_job_with_an_id_goes_on_in_another_session(void **state)
{
	CK_SESSION_HANDLE first = open_async(), third = open_async();
	CK_ASYNC_DATA result;
	CK_ULONG id = 0, again = 0;
	CK_BYTE room[1];

	(void)state;
	assert_rv(generate_p256(first), CKR_PENDING);
	assert_ok(p11->C_AsyncGetID(first, PAIR, &id));
	assert_ok(p11->C_AsyncGetID(first, PAIR, &again));
	assert_int_equal(id, again);
	assert_int_not_equal(id, 0);
	close_session(first);
	assert_rv(p11->C_AsyncJoin(session, PAIR, id + 1, NULL, 0), CKR_SAVED_STATE_INVALID);
	assert_rv(p11->C_AsyncJoin(session, KEY, id, NULL, 0), CKR_SAVED_STATE_INVALID);
	assert_rv(p11->C_AsyncJoin(session, (CK_UTF8CHAR_PTR)(uintptr_t)"C_Sign", id, NULL, 0), CKR_SAVED_STATE_INVALID);
	assert_rv(p11->C_AsyncJoin(session, NULL, id, NULL, 0), CKR_ARGUMENTS_BAD);
	/* The buffer is nothing that this function looks at. A later session takes it from an earlier one. */
	assert_ok(p11->C_AsyncJoin(session, PAIR, id, room, 0));
	assert_ok(p11->C_AsyncJoin(third, PAIR, id, NULL, 77));
	assert_rv(p11->C_AsyncComplete(session, PAIR, &result), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(complete(third, PAIR, &result));
	assert_int_equal(get_ulong(third, result.hAdditionalObject, CKA_CLASS), CKO_PRIVATE_KEY);
	assert_rv(p11->C_AsyncJoin(session, PAIR, id, NULL, 0), CKR_SAVED_STATE_INVALID);
	assert_int_equal(count_objects(third), 2);
}

static void rule_387_joining_needs_a_session_without_work(void **state)
{
	CK_SESSION_HANDLE first = open_async(), plain = open_rw();
	CK_ULONG id = 0;

	(void)state;
	assert_rv(generate_for_ever(first), CKR_PENDING);
	assert_ok(p11->C_AsyncGetID(first, PAIR, &id));
	assert_rv(generate_p256(session), CKR_PENDING);
	assert_rv(p11->C_AsyncJoin(session, PAIR, id, NULL, 0), CKR_OPERATION_ACTIVE);
	assert_rv(p11->C_AsyncJoin(plain, PAIR, id, NULL, 0), CKR_ARGUMENTS_BAD);
	assert_ok(p11->C_SessionCancel(first, CKF_GENERATE_KEY_PAIR));
}

static void begin_again(void)
{
	finalize();
	initialize();
	slot = first_slot();
	session = open_async();
}

static void rule_385_a_job_with_an_id_survives_finalize(void **state)
{
	CK_ATTRIBUTE token = {CKA_TOKEN, &yes, sizeof(yes)};
	CK_ASYNC_DATA result;
	CK_ULONG id = 0, lost = 0;

	(void)state;
	assert_rv(generate_aes(session, &token, 1), CKR_PENDING);
	assert_ok(p11->C_AsyncGetID(session, KEY, &id));
	CK_SESSION_HANDLE second = open_async();
	assert_rv(generate_for_ever(second), CKR_PENDING);
	begin_again();
	/* It belongs to the user, who must be there. */
	assert_rv(p11->C_AsyncJoin(session, KEY, id, NULL, 0), CKR_SAVED_STATE_INVALID);
	login_user(session);
	assert_rv(p11->C_AsyncJoin(session, PAIR, lost, NULL, 0), CKR_SAVED_STATE_INVALID);
	assert_rv(p11->C_AsyncJoin(session, PAIR, id, NULL, 0), CKR_SAVED_STATE_INVALID);
	assert_ok(p11->C_AsyncJoin(session, KEY, id, NULL, 0));
	assert_ok(complete(session, KEY, &result));
	assert_int_equal(get_ulong(session, result.hObject, CKA_VALUE_LEN), 32);
	assert_true(get_bool(session, result.hObject, CKA_LOCAL));
	begin_again();
	login_user(session);
	assert_rv(p11->C_AsyncJoin(session, KEY, id, NULL, 0), CKR_SAVED_STATE_INVALID);
	assert_int_equal(count_objects(session), 1);
}

static void rule_385_a_private_job_waits_for_its_user(void **state)
{
	CK_ASYNC_DATA result;
	CK_ULONG id = 0;

	(void)state;
	assert_rv(generate_p256(session), CKR_PENDING);
	assert_ok(p11->C_AsyncGetID(session, PAIR, &id));
	logout(session);
	assert_rv(p11->C_AsyncComplete(session, PAIR, &result), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_AsyncJoin(session, PAIR, id, NULL, 0), CKR_SAVED_STATE_INVALID);
	assert_ok(p11->C_CloseAllSessions(slot));
	session = open_async();
	login_user(session);
	assert_ok(p11->C_AsyncJoin(session, PAIR, id, NULL, 0));
	assert_ok(complete(session, PAIR, &result));
}

static void rule_385_a_new_token_knows_no_old_job(void **state)
{
	CK_ATTRIBUTE public = {CKA_PRIVATE, &no, sizeof(no)};
	CK_ULONG id = 0;

	(void)state;
	logout(session);
	assert_rv(generate_aes(session, &public, 1), CKR_PENDING);
	assert_ok(p11->C_AsyncGetID(session, KEY, &id));
	begin_again();
	assert_ok(p11->C_CloseAllSessions(slot));
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	session = open_async();
	assert_rv(p11->C_AsyncJoin(session, KEY, id, NULL, 0), CKR_SAVED_STATE_INVALID);
}

/* ---- threads ------------------------------------------------------------------------------- */

static CK_RV count_mutex(CK_VOID_PTR_PTR ret)
{
	pthread_mutex_t *m = calloc(1, sizeof(*m));

	*ret = m;
	return m && pthread_mutex_init(m, NULL) == 0 ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV destroy_mutex(CK_VOID_PTR m)
{
	pthread_mutex_destroy(m);
	free(m);
	return CKR_OK;
}

static CK_RV lock_mutex(CK_VOID_PTR m)
{
	return pthread_mutex_lock(m) == 0 ? CKR_OK : CKR_GENERAL_ERROR;
}

static CK_RV unlock_mutex(CK_VOID_PTR m)
{
	return pthread_mutex_unlock(m) == 0 ? CKR_OK : CKR_GENERAL_ERROR;
}

static void without_threads_the_work_is_done_at_once(void **state)
{
	CK_C_INITIALIZE_ARGS ways[] = {
		{.flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS},
		{.CreateMutex = count_mutex, .DestroyMutex = destroy_mutex, .LockMutex = lock_mutex, .UnlockMutex = unlock_mutex},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		finalize();
		assert_ok(p11->C_Initialize(&ways[i]));
		make_token();
		session = open_async();
		login_user(session);
		assert_ok(generate_aes(session, NULL, 0));
		assert_int_equal(get_ulong(session, made, CKA_VALUE_LEN), 32);
		assert_ok(generate_p256(session));
		assert_rv(p11->C_AsyncComplete(session, PAIR, &(CK_ASYNC_DATA){0}), CKR_OPERATION_NOT_INITIALIZED);
	}
}

#define THREADS 4

/* Each thread generates, cancels, closes and joins in sessions of its own, while a session beside stays logged in. */
static void *busy(void *arg)
{
	size_t *good = arg;
	CK_OBJECT_HANDLE a, b;
	CK_ULONG id;

	for (int i = 0; i < 12; i++) {
		CK_SESSION_HANDLE s = 0, t = 0;
		CK_ATTRIBUTE params = {CKA_EC_PARAMS, p256, sizeof(p256)};
		CK_ASYNC_DATA result;

		if (p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION | CKF_ASYNC_SESSION, NULL, NULL, &s) != CKR_OK)
			return NULL;
		if (p11->C_GenerateKeyPair(s, &m_ec, &params, 1, NULL, 0, &a, &b) != CKR_PENDING)
			return NULL;
		if (i % 3 == 0 && p11->C_SessionCancel(s, CKF_GENERATE_KEY_PAIR) != CKR_OK)
			return NULL;
		if (i % 3 == 1) {
			if (p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION | CKF_ASYNC_SESSION, NULL, NULL, &t) != CKR_OK ||
			    p11->C_AsyncGetID(s, PAIR, &id) != CKR_OK || p11->C_AsyncJoin(t, PAIR, id, NULL, 0) != CKR_OK ||
			    complete(t, PAIR, &result) != CKR_OK || p11->C_CloseSession(t) != CKR_OK)
				return NULL;
		}
		if (i % 3 == 2 && complete(s, PAIR, &result) != CKR_OK)
			return NULL;
		if (p11->C_CloseSession(s) != CKR_OK)
			return NULL;
		++*good;
	}
	return NULL;
}

static void many_threads_have_work_done(void **state)
{
	pthread_t threads[THREADS];
	size_t good[THREADS] = {0};

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, busy, &good[i]), 0);
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(good[i], 12);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_async, teardown)
#define SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_async_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_89_123_asynchronous_sessions_are_announced_and_shown),
		TEST(rules_378_381_382_a_key_comes_with_complete),
		TEST(rule_382_both_keys_of_a_pair),
		TEST(rule_378_other_sessions_never_wait),
		TEST(rule_378_mistakes_are_told_at_once),
		TEST(rule_379_short_buffers_are_told_at_once),
		TEST(rules_383_384_only_the_function_that_is_pending),
		TEST(rule_387_one_at_a_time_in_a_session),
		TEST(rule_335_cancel_ends_what_is_pending),
		TEST(rule_138_closing_ends_what_is_pending),
		TEST(logging_out_ends_what_makes_private_keys),
		TEST(finalize_does_not_wait_for_the_work),
		TEST(a_fork_leaves_the_work_to_the_parent),
		TEST(rules_385_386_a_job_with_an_id_goes_on_in_another_session),
		TEST(rule_387_joining_needs_a_session_without_work),
		SQLITE(rule_385_a_job_with_an_id_survives_finalize),
		SQLITE(rule_385_a_private_job_waits_for_its_user),
		SQLITE(rule_385_a_new_token_knows_no_old_job),
		TEST(without_threads_the_work_is_done_at_once),
		TEST(many_threads_have_work_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
