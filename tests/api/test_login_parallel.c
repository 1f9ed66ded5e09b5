/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens do not slow each other: while a PIN of one is hashed, logins to another and work with it go on. */
#include "harness.h"

#include <pthread.h>

static CK_SLOT_ID slow, fast; /* PINs at their usual cost, and at almost none */
static atomic_bool started, ended;

static CK_SLOT_ID token_with_pins(const char *label)
{
	CK_SLOT_ID slots[8], last = 0;
	CK_ULONG count = 8;

	assert_ok(p11->C_GetSlotList(CK_FALSE, NULL, &count));
	count = 8;
	assert_ok(p11->C_GetSlotList(CK_FALSE, slots, &count));
	last = slots[count - 1];
	assert_ok(init_token(last, SO_PIN, label));
	slot = last;
	CK_SESSION_HANDLE session = open_rw();
	login_so(session);
	assert_ok(p11->C_InitPIN(session, (CK_UTF8CHAR_PTR)(uintptr_t)USER_PIN, strlen(USER_PIN)));
	close_session(session);
	return last;
}

static int setup(void **state)
{
	setup_module(state);
	use_sqlite_store();
	setenv("CONCLAVE_SPARE_SLOT", "yes", 1);
	initialize();
	slow = token_with_pins("slow");
	fast = token_with_pins("test-fast");
	return 0;
}

static int end(void **state)
{
	unsetenv("CONCLAVE_SPARE_SLOT");
	return teardown(state);
}

static void *log_in_slowly(void *arg)
{
	CK_SESSION_HANDLE *session = arg;

	atomic_store(&started, true);
	*session = login_as(*session, CKU_USER, USER_PIN) == CKR_OK ? *session : CK_INVALID_HANDLE;
	atomic_store(&ended, true);
	return NULL;
}

static void a_slow_login_keeps_no_other_token_waiting(void **state)
{
	unsigned rounds = 0;
	pthread_t thread;

	(void)state;
	slot = slow;
	CK_SESSION_HANDLE one = open_rw();
	slot = fast;
	CK_SESSION_HANDLE other = open_rw();
	assert_int_equal(pthread_create(&thread, NULL, log_in_slowly, &one), 0);
	while (!atomic_load(&started))
		;
	while (!atomic_load(&ended)) {
		login_user(other);
		make_aes(other, true, true);
		logout(other);
		rounds += !atomic_load(&ended);
	}
	pthread_join(thread, NULL);
	assert_int_not_equal(one, CK_INVALID_HANDLE);
	assert_int_equal(session_state(one), CKS_RW_USER_FUNCTIONS);
	print_message("# %u logins to another token meanwhile\n", rounds);
	assert_true(rounds >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(a_slow_login_keeps_no_other_token_waiting, setup, end)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
