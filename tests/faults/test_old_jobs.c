/* SPDX-License-Identifier: Apache-2.0 */
/* What asynchronous jobs leave in the store, and when it goes: a look from inside, with a clock that the test sets. */
#undef _FORTIFY_SOURCE /* its inline versions of what is defined here */
#include "base/log.h" /* before cmocka, whose fail is another */
#include "core/module.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY 86400
#define NAME(name) ((CK_UTF8CHAR_PTR)(uintptr_t)(name))
#define KEY NAME("C_GenerateKey")
#define ok(expr) assert_string_equal(rv_name(expr), "CKR_OK")

static time_t later; /* seconds that the clock is ahead */
static char folder[64], uri[80];
static CK_SLOT_ID slot;

/* In place of libc's. */
int clock_gettime(clockid_t clock, struct timespec *ret)
{
	long result = syscall(SYS_clock_gettime, clock, ret);

	if (result == 0 && clock == CLOCK_REALTIME)
		ret->tv_sec += later;
	return (int)result;
}

static void start(void)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
	CK_ULONG count = 1;

	ok(C_Initialize(&args));
	CK_RV rv = C_GetSlotList(CK_FALSE, &slot, &count);
	assert_true(rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL);
}

static void again(void)
{
	ok(C_Finalize(NULL));
	start();
}

static void init_token(void)
{
	CK_UTF8CHAR label[32] = "test-jobs                       ";

	ok(C_InitToken(slot, NAME("so-pin-1234"), 11, label));
}

static int setup(void **state)
{
	(void)state;
	later = 0;
	snprintf(folder, sizeof(folder), "/tmp/conclave-jobs-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(uri, sizeof(uri), "sqlite:%s", folder);
	setenv("CONCLAVE_STORE", uri, 1);
	setenv("CONCLAVE_LOG", "off", 1);
	setenv("CONCLAVE_TEST_TOKENS", "1", 1);
	start();
	init_token();
	again();
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"conclave.db", "conclave.db-wal", "conclave.db-shm", "store.key", "conclave.lock", "conclave.stamp"};
	char path[128];

	(void)state;
	(void)C_Finalize(NULL);
	for (size_t i = 0; i < array_len(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	return 0;
}

static CK_SESSION_HANDLE open_async(void)
{
	CK_SESSION_HANDLE s = 0;

	ok(C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION | CKF_ASYNC_SESSION, NULL, NULL, &s));
	return s;
}

/* A job that is written down, and no longer in memory. */
static CK_ULONG leave_job(void)
{
	CK_MECHANISM m = {CKM_AES_KEY_GEN, NULL, 0};
	CK_ULONG length = 16, id = 0;
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &length, sizeof(length)}, {CKA_PRIVATE, &no, sizeof(no)}};
	CK_SESSION_HANDLE s = open_async();
	CK_OBJECT_HANDLE key;

	assert_int_equal(C_GenerateKey(s, &m, template, array_len(template), &key), CKR_PENDING);
	ok(C_AsyncGetID(s, KEY, &id));
	again();
	return id;
}

static CK_RV count_job(void *arg, const char *name, struct bytes value unused, uint64_t version unused)
{
	*(size_t *)arg += strncmp(name, "async-", 6) == 0;
	return CKR_OK;
}

static size_t jobs(void)
{
	struct module *m = NULL;
	CK_TOKEN_INFO info;
	size_t count = 0;

	ok(C_GetTokenInfo(slot, &info)); /* opens the store */
	ok(module_enter(&m));
	CK_RV rv = store_begin(m->store, STORE_READ);
	/* The test's token is the first of the store. */
	if (rv == CKR_OK)
		rv = store_end(m->store, store_meta_walk(m->store, 1, count_job, &count));
	module_leave();
	ok(rv);
	return count;
}

static CK_RV join(CK_ULONG id)
{
	return C_AsyncJoin(open_async(), KEY, id, NULL, 0);
}

static void a_job_of_a_month_can_be_joined(void **state)
{
	CK_ULONG id = leave_job();

	(void)state;
	later = 29 * DAY;
	assert_int_equal(jobs(), 1);
	CK_SESSION_HANDLE s = open_async();
	ok(C_AsyncJoin(s, KEY, id, NULL, 0));
	CK_ASYNC_DATA result;
	CK_RV rv;
	while ((rv = C_AsyncComplete(s, KEY, &result)) == CKR_PENDING)
		sched_yield();
	ok(rv);
	assert_int_equal(jobs(), 0);
}

static void an_older_job_is_refused_and_goes_with_the_next_id(void **state)
{
	CK_ULONG old = leave_job();

	(void)state;
	later = 31 * DAY;
	assert_string_equal(rv_name(join(old)), "CKR_SAVED_STATE_INVALID");
	assert_int_equal(jobs(), 1);
	CK_ULONG young = leave_job();
	assert_int_equal(jobs(), 1);
	ok(join(young));
}

static void a_clock_that_was_set_back_makes_no_job_old(void **state)
{
	later = 100 * DAY;
	CK_ULONG id = leave_job();

	(void)state;
	later = 0;
	leave_job();
	assert_int_equal(jobs(), 2);
	ok(join(id));
}

static void a_token_that_is_made_anew_has_no_jobs(void **state)
{
	(void)state;
	leave_job();
	assert_int_equal(jobs(), 1);
	init_token();
	assert_int_equal(jobs(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_job_of_a_month_can_be_joined, setup, teardown),
		cmocka_unit_test_setup_teardown(an_older_job_is_refused_and_goes_with_the_next_id, setup, teardown),
		cmocka_unit_test_setup_teardown(a_clock_that_was_set_back_makes_no_job_old, setup, teardown),
		cmocka_unit_test_setup_teardown(a_token_that_is_made_anew_has_no_jobs, setup, teardown),
	};
	return cmocka_run_group_tests_name("old_jobs", tests, NULL, NULL);
}
