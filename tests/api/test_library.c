/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and stopping the library: the arguments of C_Initialize, its mutex callbacks, what
 * C_Finalize ends (rules 1 to 21), threads (38 to 44). Knows no token beyond a session or two. */
#include "harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

/* ---- mutexes of the application: what they saw ------------------------------------------------ */

struct app_mutex {
	pthread_mutex_t native;
	atomic_int owner; /* thread ID, 0: unlocked */
};

static atomic_int created, destroyed, locked, misused;
static CK_RV create_answer = CKR_OK;

static CK_RV create_mutex(CK_VOID_PTR_PTR ret)
{
	struct app_mutex *mutex;

	if (create_answer != CKR_OK)
		return create_answer;
	mutex = calloc(1, sizeof(*mutex));
	if (!mutex)
		return CKR_HOST_MEMORY;
	pthread_mutex_init(&mutex->native, NULL);
	created++;
	*ret = mutex;
	return CKR_OK;
}

static CK_RV destroy_mutex(CK_VOID_PTR opaque)
{
	struct app_mutex *mutex = opaque;

	if (!mutex || mutex->owner)
		misused++;
	if (!mutex)
		return CKR_MUTEX_BAD;
	pthread_mutex_destroy(&mutex->native);
	free(mutex);
	destroyed++;
	return CKR_OK;
}

static CK_RV lock_mutex(CK_VOID_PTR opaque)
{
	struct app_mutex *mutex = opaque;

	if (!mutex || mutex->owner == gettid()) {
		misused++;
		return CKR_MUTEX_BAD;
	}
	pthread_mutex_lock(&mutex->native);
	mutex->owner = gettid();
	locked++;
	return CKR_OK;
}

static CK_RV unlock_mutex(CK_VOID_PTR opaque)
{
	struct app_mutex *mutex = opaque;

	if (!mutex || mutex->owner != gettid()) {
		misused++;
		return CKR_MUTEX_NOT_LOCKED;
	}
	mutex->owner = 0;
	pthread_mutex_unlock(&mutex->native);
	return CKR_OK;
}

static CK_C_INITIALIZE_ARGS with_callbacks(CK_FLAGS flags)
{
	created = destroyed = locked = misused = 0;
	create_answer = CKR_OK;
	return (CK_C_INITIALIZE_ARGS){create_mutex, destroy_mutex, lock_mutex, unlock_mutex, flags, NULL};
}

static void assert_not_initialized(void)
{
	CK_INFO info;

	assert_rv(p11->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static void assert_initialized(void)
{
	CK_INFO info;

	assert_ok(p11->C_GetInfo(&info));
}

/* Sessions, objects and a digest: enough to take every kind of lock. */
static void use_library(void)
{
	CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0};
	CK_SESSION_HANDLE session;
	CK_BYTE digest[32];
	CK_ULONG length = sizeof(digest);

	make_token();
	session = open_rw();
	login_user(session);
	make_data(session, true, true, "kept");
	assert_ok(p11->C_DigestInit(session, &sha256));
	assert_ok(p11->C_Digest(session, (CK_BYTE_PTR)(uintptr_t)"abc", 3, digest, &length));
	assert_int_equal(count_labelled(session, "kept"), 1);
	close_session(session);
}

/* ---- C_Initialize ---------------------------------------------------------------------------- */

static void rule_1_null_arguments_initialize(void **state)
{
	(void)state;
	assert_ok(p11->C_Initialize(NULL));
	use_library();
	finalize();
}

static void rule_2_reserved_argument_is_refused(void **state)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

	(void)state;
	args.pReserved = &args;
	assert_rv(p11->C_Initialize(&args), CKR_ARGUMENTS_BAD);
	assert_not_initialized();
	args.pReserved = NULL;
	assert_ok(p11->C_Initialize(&args));
}

static void rule_3_some_but_not_all_callbacks_are_refused(void **state)
{
	(void)state;
	for (unsigned subset = 1; subset < 15; subset++) {
		for (CK_FLAGS flags = 0; flags <= CKF_OS_LOCKING_OK; flags += CKF_OS_LOCKING_OK) {
			CK_C_INITIALIZE_ARGS args = {
				subset & 1 ? create_mutex : NULL,
				subset & 2 ? destroy_mutex : NULL,
				subset & 4 ? lock_mutex : NULL,
				subset & 8 ? unlock_mutex : NULL,
				flags, NULL,
			};
			assert_rv(p11->C_Initialize(&args), CKR_ARGUMENTS_BAD);
			assert_not_initialized();
		}
	}
}

static void rule_4_no_locking_asked_for(void **state)
{
	CK_C_INITIALIZE_ARGS args = {0};

	(void)state;
	assert_ok(p11->C_Initialize(&args));
	use_library();
	finalize();
}

static void rule_5_native_locking(void **state)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

	(void)state;
	assert_ok(p11->C_Initialize(&args));
	use_library();
	finalize();
}

static void rules_6_43_callbacks_alone_do_the_locking(void **state)
{
	CK_C_INITIALIZE_ARGS args = with_callbacks(0);

	(void)state;
	assert_ok(p11->C_Initialize(&args));
	use_library();
	finalize();
	assert_int_not_equal(created, 0);
	assert_int_not_equal(locked, 0);
	assert_int_equal(destroyed, created);
	assert_int_equal(misused, 0);
}

static void rule_7_native_locking_or_callbacks(void **state)
{
	CK_C_INITIALIZE_ARGS args = with_callbacks(CKF_OS_LOCKING_OK);

	(void)state;
	assert_ok(p11->C_Initialize(&args));
	use_library();
	finalize();
	assert_int_equal(destroyed, created);
	assert_int_equal(misused, 0);
}

static void rule_42_failing_create_mutex_is_passed_on_without_leftovers(void **state)
{
	static const CK_RV answers[] = {CKR_GENERAL_ERROR, CKR_HOST_MEMORY};
	CK_C_INITIALIZE_ARGS args = with_callbacks(0);

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		create_answer = answers[i];
		assert_rv_in(p11->C_Initialize(&args), CKR_GENERAL_ERROR, CKR_HOST_MEMORY, CKR_CANT_LOCK);
		assert_not_initialized();
		assert_int_equal(destroyed, created);
	}
	create_answer = CKR_OK;
	assert_ok(p11->C_Initialize(&args));
}

static int threads_of_process(void)
{
	char line[128];
	int count = 0;
	FILE *status = fopen("/proc/self/status", "r");

	assert_non_null(status);
	while (fgets(line, sizeof(line), status))
		if (strncmp(line, "Threads:", 8) == 0)
			count = atoi(line + 8);
	fclose(status);
	return count;
}

static void rule_8_works_without_threads_of_its_own(void **state)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS};
	int before = threads_of_process();

	(void)state;
	assert_ok(p11->C_Initialize(&args));
	use_library();
	assert_int_equal(threads_of_process(), before);
	finalize();
}

static void rule_9_second_initialize_is_refused(void **state)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

	(void)state;
	assert_ok(p11->C_Initialize(&args));
	assert_rv(p11->C_Initialize(&args), CKR_CRYPTOKI_ALREADY_INITIALIZED);
	assert_rv(p11->C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
	assert_initialized();
}

/* ---- C_Finalize ------------------------------------------------------------------------------ */

static void rules_12_13_finalize_with_reserved_argument_changes_nothing(void **state)
{
	CK_SESSION_HANDLE session;
	CK_SESSION_INFO info;

	(void)state;
	session = open_ro();
	assert_rv(p11->C_Finalize(&session), CKR_ARGUMENTS_BAD);
	assert_ok(p11->C_GetSessionInfo(session, &info));
}

static void rule_14_finalize_needs_initialize(void **state)
{
	(void)state;
	assert_rv(p11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	initialize();
	finalize();
	assert_rv(p11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static void rule_15_initialize_does_not_nest(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		initialize();
		assert_rv(p11->C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
		finalize();
		assert_not_initialized();
	}
}

static void rule_16_finalize_ends_sessions_login_and_session_objects(void **state)
{
	CK_SESSION_HANDLE old, session;
	CK_OBJECT_HANDLE object;
	CK_SESSION_INFO info;
	CK_TOKEN_INFO token;
	CK_SLOT_ID event;
	CK_ULONG size;

	(void)state;
	old = open_rw();
	login_user(old);
	object = make_data(old, false, false, "of the session");
	make_data(old, true, false, "of the token");
	finalize();
	initialize();

	assert_ok(p11->C_GetTokenInfo(slot, &token));
	assert_int_equal(token.ulSessionCount, 0);
	assert_int_equal(token.ulRwSessionCount, 0);
	assert_rv(p11->C_GetSessionInfo(old, &info), CKR_SESSION_HANDLE_INVALID);
	session = open_rw();
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
	assert_rv(p11->C_GetObjectSize(session, object, &size), CKR_OBJECT_HANDLE_INVALID);
	login_user(session);
	assert_int_equal(count_labelled(session, "of the session"), 0);
	assert_int_equal(count_labelled(session, "of the token"), 1);
	assert_rv(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_NO_EVENT);
}

static void rule_16_old_handles_stay_dead_beside_new_ones(void **state)
{
	CK_SESSION_HANDLE old[8];
	CK_SESSION_INFO info;

	(void)state;
	for (size_t i = 0; i < COUNT(old); i++)
		old[i] = open_ro();
	finalize();
	initialize();
	for (size_t i = 0; i < COUNT(old); i++)
		open_ro();
	for (size_t i = 0; i < COUNT(old); i++)
		assert_rv(p11->C_GetSessionInfo(old[i], &info), CKR_SESSION_HANDLE_INVALID);
}

/* ---- C_Finalize against other threads --------------------------------------------------------- */

struct waiter {
	atomic_int tid;
	CK_RV rv;
};

static void *wait_for_event(void *arg)
{
	struct waiter *waiter = arg;
	CK_SLOT_ID event;

	waiter->tid = gettid();
	waiter->rv = p11->C_WaitForSlotEvent(0, &event, NULL);
	waiter->tid = 0;
	return NULL;
}

static void rules_18_66_finalize_releases_a_waiting_thread(void **state)
{
	struct waiter waiter = {0};
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, wait_for_event, &waiter);
	await_sleep(&waiter.tid);
	finalize();
	pthread_join(thread, NULL);
	assert_int_equal(waiter.rv, CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_not_initialized();
}

static atomic_int working;

static void *call_until_the_end(void *arg)
{
	CK_RV *ret = arg;
	CK_SESSION_HANDLE session = 0;
	CK_SESSION_INFO info;
	CK_BYTE noise[16];

	do {
		*ret = p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
		if (*ret == CKR_OK)
			*ret = p11->C_GetSessionInfo(session, &info);
		if (*ret == CKR_OK)
			*ret = p11->C_GenerateRandom(session, noise, sizeof(noise));
		if (*ret == CKR_OK)
			*ret = p11->C_CloseSession(session);
		working++;
	} while (*ret == CKR_OK);
	return NULL;
}

static void rule_17_finalize_during_calls_is_harmless(void **state)
{
	enum { ROUNDS = 40 };
	pthread_t threads[4];
	CK_RV results[COUNT(threads)];

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		working = 0;
		for (size_t i = 0; i < COUNT(threads); i++)
			pthread_create(&threads[i], NULL, call_until_the_end, &results[i]);
		while (working < 100)
			sched_yield();
		finalize();
		for (size_t i = 0; i < COUNT(threads); i++) {
			pthread_join(threads[i], NULL);
			assert_rv_in(results[i], CKR_CRYPTOKI_NOT_INITIALIZED, CKR_SESSION_HANDLE_INVALID);
		}
		assert_not_initialized();
		initialize();
		make_token();
	}
}

/* ---- C_GetInfo ------------------------------------------------------------------------------- */

static void rules_19_20_info_of_the_library(void **state)
{
	CK_INFO info;

	(void)state;
	memset(&info, 0, sizeof(info));
	info.flags = 1;
	assert_ok(p11->C_GetInfo(&info));
	assert_int_equal(info.flags, 0);
	assert_true(is_padded(info.manufacturerID, sizeof(info.manufacturerID)));
	assert_true(is_padded(info.libraryDescription, sizeof(info.libraryDescription)));
	assert_int_equal(info.cryptokiVersion.major, 3);
	assert_int_equal(info.cryptokiVersion.minor, 2);
}

static void rule_21_info_needs_a_place_to_go(void **state)
{
	(void)state;
	assert_rv(p11->C_GetInfo(NULL), CKR_ARGUMENTS_BAD);
	assert_initialized();
}

/* ---- threads --------------------------------------------------------------------------------- */

struct shared {
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE object;
	size_t found;
	CK_STATE state;
};

static void *look_around(void *arg)
{
	struct shared *shared = arg;

	shared->state = session_state(shared->session);
	shared->found = count_labelled(shared->session, "shared");
	p11->C_DestroyObject(shared->session, shared->object);
	return NULL;
}

static void rule_38_threads_share_sessions_and_objects(void **state)
{
	struct shared shared = {0};
	pthread_t thread;
	CK_ULONG size;

	(void)state;
	shared.session = open_rw();
	login_user(shared.session);
	shared.object = make_data(shared.session, false, true, "shared");
	pthread_create(&thread, NULL, look_around, &shared);
	pthread_join(thread, NULL);
	assert_int_equal(shared.state, CKS_RW_USER_FUNCTIONS);
	assert_int_equal(shared.found, 1);
	assert_rv(p11->C_GetObjectSize(shared.session, shared.object, &size), CKR_OBJECT_HANDLE_INVALID);
}

enum { ROUNDS = 200 };

struct digester {
	CK_SESSION_HANDLE session;
	CK_BYTE input;
	CK_BYTE expected[32];
	bool may_collide; /* others use the session too */
	int wrong;
};

static CK_RV digest(CK_SESSION_HANDLE session, CK_BYTE input, CK_BYTE output[32])
{
	CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0};
	CK_ULONG length = 32;
	CK_RV rv = p11->C_DigestInit(session, &sha256);

	return rv != CKR_OK ? rv : p11->C_Digest(session, &input, 1, output, &length);
}

static void *digest_often(void *arg)
{
	struct digester *me = arg;
	CK_BYTE output[32];

	for (int i = 0; i < ROUNDS; i++) {
		CK_RV rv = digest(me->session, me->input, output);
		bool collision = rv == CKR_OPERATION_ACTIVE || rv == CKR_OPERATION_NOT_INITIALIZED;
		if (rv == CKR_OK ? !me->may_collide && memcmp(output, me->expected, 32) != 0
		                 : !(me->may_collide && collision))
			me->wrong++;
	}
	return NULL;
}

static void digest_in_threads(bool one_session)
{
	struct digester digesters[8] = {0};
	pthread_t threads[COUNT(digesters)];
	CK_SESSION_HANDLE common = open_ro();

	for (size_t i = 0; i < COUNT(digesters); i++) {
		digesters[i].session = one_session ? common : open_ro();
		digesters[i].input = (CK_BYTE)i;
		digesters[i].may_collide = one_session;
		assert_ok(digest(digesters[i].session, digesters[i].input, digesters[i].expected));
	}
	for (size_t i = 0; i < COUNT(digesters); i++)
		pthread_create(&threads[i], NULL, digest_often, &digesters[i]);
	for (size_t i = 0; i < COUNT(digesters); i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(digesters[i].wrong, 0);
	}
	assert_ok(digest(open_ro(), 0, digesters[0].expected));
}

static void rule_40_sessions_work_at_the_same_time(void **state)
{
	(void)state;
	digest_in_threads(false);
}

static void rule_39_one_session_in_many_threads_stays_safe(void **state)
{
	(void)state;
	digest_in_threads(true);
}

static void rule_40_application_mutexes_serve_many_threads(void **state)
{
	CK_C_INITIALIZE_ARGS args = with_callbacks(0);

	(void)state;
	assert_ok(p11->C_Initialize(&args));
	make_token();
	digest_in_threads(false);
	finalize();
	assert_int_equal(misused, 0);
	assert_int_equal(destroyed, created);
}

static void *close_it(void *arg)
{
	CK_SESSION_HANDLE *session = arg;

	return (void *)p11->C_CloseSession(*session);
}

static void rule_44_one_of_two_closers_wins(void **state)
{
	(void)state;
	for (int round = 0; round < 50; round++) {
		CK_SESSION_HANDLE session = open_ro();
		pthread_t threads[2];
		void *results[2];
		int won = 0;

		for (size_t i = 0; i < COUNT(threads); i++)
			pthread_create(&threads[i], NULL, close_it, &session);
		for (size_t i = 0; i < COUNT(threads); i++) {
			pthread_join(threads[i], &results[i]);
			assert_rv_in((CK_RV)results[i], CKR_OK, CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED);
			won += (CK_RV)results[i] == CKR_OK;
		}
		assert_int_equal(won, 1);
	}
}

static void rule_41_two_waiting_threads_are_both_released(void **state)
{
	struct waiter waiters[2] = {{0}, {0}};
	pthread_t threads[2];

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_create(&threads[i], NULL, wait_for_event, &waiters[i]);
	for (size_t i = 0; i < COUNT(threads); i++)
		while (!waiters[i].tid)
			sched_yield();
	finalize();
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	assert_not_initialized();
}

#define LOADED(name) cmocka_unit_test_setup_teardown(name, setup_module, teardown)
#define INITIALIZED(name) cmocka_unit_test_setup_teardown(name, setup_initialized, teardown)
#define TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)
#define SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_token_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOADED(rule_1_null_arguments_initialize),
		LOADED(rule_2_reserved_argument_is_refused),
		LOADED(rule_3_some_but_not_all_callbacks_are_refused),
		LOADED(rule_4_no_locking_asked_for),
		LOADED(rule_5_native_locking),
		LOADED(rules_6_43_callbacks_alone_do_the_locking),
		LOADED(rule_7_native_locking_or_callbacks),
		LOADED(rule_42_failing_create_mutex_is_passed_on_without_leftovers),
		LOADED(rule_8_works_without_threads_of_its_own),
		LOADED(rule_9_second_initialize_is_refused),
		TOKEN(rules_12_13_finalize_with_reserved_argument_changes_nothing),
		LOADED(rule_14_finalize_needs_initialize),
		LOADED(rule_15_initialize_does_not_nest),
		SQLITE(rule_16_finalize_ends_sessions_login_and_session_objects),
		SQLITE(rule_16_old_handles_stay_dead_beside_new_ones),
		INITIALIZED(rules_18_66_finalize_releases_a_waiting_thread),
		TOKEN(rule_17_finalize_during_calls_is_harmless),
		INITIALIZED(rules_19_20_info_of_the_library),
		INITIALIZED(rule_21_info_needs_a_place_to_go),
		TOKEN(rule_38_threads_share_sessions_and_objects),
		TOKEN(rule_39_one_session_in_many_threads_stays_safe),
		TOKEN(rule_40_sessions_work_at_the_same_time),
		LOADED(rule_40_application_mutexes_serve_many_threads),
		INITIALIZED(rule_41_two_waiting_threads_are_both_released),
		TOKEN(rule_44_one_of_two_closers_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
