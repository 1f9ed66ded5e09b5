/* SPDX-License-Identifier: Apache-2.0 */
/* Several applications with one store: a token made by one is another's without a new start and without harm to what
 * it is doing, and one that is killed leaves nothing behind that stops the others. Knows no backend but SQLite. */
#include "harness.h"

#include <signal.h>

static CK_SESSION_HANDLE session;

static int setup_two_slots(void **state)
{
	setenv("CONCLAVE_SPARE_SLOT", "1", 1);
	if (setup_token_sqlite(state) != 0)
		return -1;
	session = open_rw();
	login_user(session);
	return 0;
}

static int end_two_slots(void **state)
{
	unsetenv("CONCLAVE_SPARE_SLOT");
	return teardown(state);
}

#define with_two_slots(f) cmocka_unit_test_setup_teardown(f, setup_two_slots, end_two_slots)

/* The slot after the token's: empty, or of the second token. */
static CK_SLOT_ID second_slot(void)
{
	CK_SLOT_ID list[8];
	CK_ULONG count = COUNT(list);

	assert_ok(p11->C_GetSlotList(CK_FALSE, NULL, &count));
	count = COUNT(list);
	assert_ok(p11->C_GetSlotList(CK_FALSE, list, &count));
	assert_in_range(count, 2, COUNT(list));
	return list[1];
}

/* ---- new tokens ------------------------------------------------------------------------------ */

static int make_a_second_token(void *unused)
{
	(void)unused;
	initialize();
	slot = second_slot();
	assert_ok(init_token(slot, SO_PIN, "test-second"));
	session = open_rw();
	login_so(session);
	assert_ok(p11->C_InitPIN(session, (CK_UTF8CHAR_PTR)(uintptr_t)USER_PIN, strlen(USER_PIN)));
	finalize();
	return 0;
}

static void a_token_made_elsewhere_is_used_without_a_new_start(void **state)
{
	CK_TOKEN_INFO info;
	(void)state;

	assert_int_equal(run_child(make_a_second_token, NULL), 0);
	CK_SLOT_ID second = second_slot();
	assert_ok(p11->C_GetTokenInfo(second, &info));
	assert_memory_equal(info.label, "test-second ", 12);
	slot = second;
	CK_SESSION_HANDLE there = open_rw();
	login_user(there);
	make_data(there, true, true, "in the second");
	assert_int_equal(count_labelled(there, "in the second"), 1);
	assert_int_equal(count_labelled(session, "in the second"), 0);
}

static void a_token_made_elsewhere_leaves_sessions_as_they_are(void **state)
{
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	CK_BYTE block[16] = {1}, out[16];
	CK_ULONG length = sizeof(out);
	CK_OBJECT_HANDLE key = make_aes(session, true, true), of_session = make_data(session, false, true, "of the session");
	CK_OBJECT_HANDLE found;
	CK_ULONG count;
	(void)state;

	assert_ok(p11->C_EncryptInit(session, &ecb, key));
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_int_equal(run_child(make_a_second_token, NULL), 0);
	second_slot();
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	assert_ok(p11->C_Encrypt(session, block, sizeof(block), out, &length));
	assert_ok(p11->C_FindObjects(session, &found, 1, &count));
	assert_int_equal(count, 1);
	assert_ok(p11->C_FindObjectsFinal(session));
	assert_int_equal(get_ulong(session, of_session, CKA_CLASS), CKO_DATA);
	assert_int_equal(get_ulong(session, key, CKA_CLASS), CKO_SECRET_KEY);
}

/* ---- the killed ------------------------------------------------------------------------------ */

static int be_in_the_middle_of_it(struct child *child, void *arg)
{
	(void)arg;
	initialize();
	session = open_rw();
	login_user(session);
	make_data(session, true, true, "of the killed");
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	child_tell(child);
	child_wait(child);
	return 0;
}

static void the_sessions_of_a_killed_process_stop_nobody(void **state)
{
	struct child child;
	(void)state;

	child_start(&child, be_in_the_middle_of_it, NULL);
	child_wait(&child);
	assert_int_equal(count_labelled(session, "of the killed"), 1);
	close_session(session);
	assert_rv(init_token(slot, SO_PIN, TOKEN_LABEL), CKR_SESSION_EXISTS);
	assert_int_equal(kill(child.pid, SIGKILL), 0);
	assert_int_equal(child_end(&child), 128 + SIGKILL);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
}

/* Tries PINs for ever, so that it is killed while one is in flight. */
static int guess_on(struct child *child, void *arg)
{
	(void)arg;
	initialize();
	session = open_ro();
	for (;;) {
		assert_rv_in(login_as(session, CKU_USER, USER_PIN), CKR_OK, CKR_USER_ALREADY_LOGGED_IN);
		logout(session);
		child_tell(child);
	}
	return 0;
}

static void tries_of_killed_processes_neither_block_nor_lock(void **state)
{
	(void)state;

	logout(session);
	for (int i = 0; i < 12; i++) {
		struct child child;

		child_start(&child, guess_on, NULL);
		child_wait(&child);
		assert_int_equal(kill(child.pid, SIGKILL), 0);
		assert_int_equal(child_end(&child), 128 + SIGKILL);
		/* A right PIN clears what the dead left. */
		login_user(session);
		logout(session);
	}
	assert_int_equal(token_flags() & CKF_USER_PIN_COUNT_LOW, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_two_slots(a_token_made_elsewhere_is_used_without_a_new_start),
		with_two_slots(a_token_made_elsewhere_leaves_sessions_as_they_are),
		with_two_slots(the_sessions_of_a_killed_process_stop_nobody),
		with_two_slots(tries_of_killed_processes_neither_block_nor_lock),
	};
	return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
