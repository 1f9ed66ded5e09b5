/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing sessions: rules 121 to 144 (chapter I), invariants S1, S2 and S6.
 * Looks at sessions through their handles alone; what a state permits is test_session_state.c's. */
#include "api/harness.h"

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERIAL CKF_SERIAL_SESSION
#define RW (CKF_SERIAL_SESSION | CKF_RW_SESSION)

static CK_TOKEN_INFO token_info(CK_SLOT_ID id)
{
	CK_TOKEN_INFO info;

	memset(&info, 0, sizeof(info));
	assert_ok(p11->C_GetTokenInfo(id, &info));
	return info;
}

static CK_RV read_class(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	CK_OBJECT_CLASS class = 0;
	CK_ATTRIBUTE a = {CKA_CLASS, &class, sizeof(class)};

	return p11->C_GetAttributeValue(session, object, &a, 1);
}

static CK_RV session_info(CK_SESSION_HANDLE session)
{
	CK_SESSION_INFO info;

	return p11->C_GetSessionInfo(session, &info);
}

/* ---- opening --------------------------------------------------------------------------------- */

static void rule_121_open_without_serial_flag_is_refused(void **state)
{
	CK_SESSION_HANDLE session = 0;
	(void)state;

	assert_rv(p11->C_OpenSession(slot, 0, NULL, NULL, &session), CKR_SESSION_PARALLEL_NOT_SUPPORTED);
	assert_rv(p11->C_OpenSession(slot, CKF_RW_SESSION, NULL, NULL, &session), CKR_SESSION_PARALLEL_NOT_SUPPORTED);
	assert_int_equal(token_info(slot).ulSessionCount, 0);
}

static void rule_122_rw_flag_decides_read_write(void **state)
{
	CK_SESSION_HANDLE ro = open_ro(), rw = open_rw();
	CK_SESSION_INFO info;
	(void)state;

	assert_ok(p11->C_GetSessionInfo(ro, &info));
	assert_int_equal(info.flags & CKF_RW_SESSION, 0);
	assert_int_equal(info.state, CKS_RO_PUBLIC_SESSION);
	assert_ok(p11->C_GetSessionInfo(rw, &info));
	assert_int_equal(info.flags & CKF_RW_SESSION, CKF_RW_SESSION);
	assert_int_equal(info.state, CKS_RW_PUBLIC_SESSION);
}

static int setup_limits(void **state)
{
	setenv("CONCLAVE_MAX_SESSIONS", "4", 1);
	setenv("CONCLAVE_MAX_RW_SESSIONS", "2", 1);
	return setup_token(state);
}

static int teardown_limits(void **state)
{
	unsetenv("CONCLAVE_MAX_SESSIONS");
	unsetenv("CONCLAVE_MAX_RW_SESSIONS");
	return teardown(state);
}

static void rule_124_too_many_sessions_are_refused(void **state)
{
	CK_SESSION_HANDLE first = open_rw(), session = 0;
	CK_TOKEN_INFO info = token_info(slot);
	(void)state;

	assert_int_equal(info.ulMaxSessionCount, 4);
	assert_int_equal(info.ulMaxRwSessionCount, 2);
	open_rw();
	assert_rv(p11->C_OpenSession(slot, RW, NULL, NULL, &session), CKR_SESSION_COUNT);
	open_ro();
	open_ro();
	assert_rv(p11->C_OpenSession(slot, SERIAL, NULL, NULL, &session), CKR_SESSION_COUNT);
	assert_rv(p11->C_OpenSession(slot, RW, NULL, NULL, &session), CKR_SESSION_COUNT);
	assert_int_equal(token_info(slot).ulSessionCount, 4);
	close_session(first);
	assert_ok(p11->C_OpenSession(slot, RW, NULL, NULL, &session));
	assert_rv(p11->C_OpenSession(slot, SERIAL, NULL, NULL, &session), CKR_SESSION_COUNT);
}

/* Takes write access to the store away. Root ignores modes: then everything is given to a user whom the child
 * becomes. */
static void protect_store(bool protect)
{
	const char *directory = getenv("CONCLAVE_STORE") + strlen("sqlite:");
	char command[512];

	snprintf(command, sizeof(command),
	         protect ? "chmod 0400 %s/* && chmod 0500 %s && { [ $(id -u) != 0 ] || chown -R 65534 %s; }"
	                 : "[ $(id -u) != 0 ] || chown -R 0 %s; chmod 0700 %s && chmod 0600 %s/*",
	         directory, directory, directory);
	assert_int_equal(system(command), 0);
}

static bool become_the_owner(void)
{
	return getuid() != 0 || (setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
}

/* Child: the store's files belong to it and cannot be written. */
static int on_write_protected_token(void *arg)
{
	CK_SESSION_HANDLE session = 0;
	CK_TOKEN_INFO info;
	(void)arg;

	if (!become_the_owner())
		return 77;
	initialize();
	info = token_info(first_slot());
	assert_true(info.flags & CKF_WRITE_PROTECTED);
	assert_rv(p11->C_OpenSession(first_slot(), RW, NULL, NULL, &session), CKR_TOKEN_WRITE_PROTECTED);
	assert_ok(p11->C_OpenSession(first_slot(), SERIAL, NULL, NULL, &session));
	login_user(session);
	assert_int_equal(count_labelled(session, "kept"), 1);
	make_data(session, false, true, "session objects work as ever");
	finalize();
	return 0;
}

static void rule_125_write_protected_token_opens_read_only_sessions_only(void **state)
{
	int status;
	(void)state;

	make_data(open_rw(), true, false, "kept");
	finalize();
	protect_store(true);
	status = run_child(on_write_protected_token, NULL);
	protect_store(false);
	initialize();
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

static int write_and_just_leave(void *arg)
{
	(void)arg;
	initialize();
	slot = first_slot();
	make_data(open_rw(), true, false, "kept");
	_exit(0);
}

/* What a process that died had confirmed may be in files beside the database alone. */
static void rule_125_write_protected_token_shows_what_a_dead_writer_left(void **state)
{
	int status;
	(void)state;

	finalize();
	assert_int_equal(run_child(write_and_just_leave, NULL), 0);
	protect_store(true);
	status = run_child(on_write_protected_token, NULL);
	protect_store(false);
	initialize();
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

static int watch_without_write_access(void *arg)
{
	const int *pipes = arg;
	CK_SESSION_HANDLE session;
	char byte = 'x';

	if (!become_the_owner())
		return 77;
	initialize();
	slot = first_slot();
	session = open_ro();
	assert_int_equal(count_labelled(session, "later"), 0);
	for (int i = 1; i <= 2; i++) {
		if (write(pipes[1], &byte, 1) != 1 || read(pipes[2], &byte, 1) != 1)
			return 1;
		assert_int_equal(count_labelled(session, "later"), i);
	}
	finalize();
	return 0;
}

/* Only root can write what is protected: the reader must see it while the writer is at work, and after. */
static void rule_125_a_reader_without_write_access_sees_what_others_write(void **state)
{
	int pipes[4], status = -1;
	char byte;
	pid_t child;
	(void)state;

	finalize();
	if (getuid() != 0) {
		initialize();
		skip();
	}
	protect_store(true);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(pipe(pipes + 2), 0);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		_exit(watch_without_write_access(pipes));
	}
	close(pipes[1]);
	close(pipes[2]);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	initialize();
	slot = first_slot();
	make_data(open_rw(), true, false, "later");
	assert_int_equal(write(pipes[3], "x", 1), 1);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	make_data(open_rw(), true, false, "later");
	finalize();
	assert_int_equal(write(pipes[3], "x", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(pipes[0]);
	close(pipes[3]);
	protect_store(false);
	initialize();
	assert_int_equal(status, 0);
}

static void rule_126_no_read_only_session_while_the_so_is_logged_in(void **state)
{
	CK_SESSION_HANDLE so = open_rw(), session = 0;
	(void)state;

	login_so(so);
	assert_rv(p11->C_OpenSession(slot, SERIAL, NULL, NULL, &session), CKR_SESSION_READ_WRITE_SO_EXISTS);
	assert_int_equal(token_info(slot).ulSessionCount, 1);
	assert_ok(p11->C_OpenSession(slot, RW, NULL, NULL, &session));
	logout(so);
	assert_ok(p11->C_OpenSession(slot, SERIAL, NULL, NULL, &session));
}

static void rule_127_session_handles_are_never_zero_and_differ(void **state)
{
	CK_SESSION_HANDLE handles[200];
	(void)state;

	for (size_t i = 0; i < COUNT(handles); i++) {
		handles[i] = i % 2 ? open_ro() : open_rw();
		assert_int_not_equal(handles[i], CK_INVALID_HANDLE);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(handles[i], handles[j]);
	}
	for (size_t i = 0; i < COUNT(handles); i++)
		assert_int_equal(session_state(handles[i]), i % 2 ? CKS_RO_PUBLIC_SESSION : CKS_RW_PUBLIC_SESSION);
}

static struct {
	size_t calls;
	CK_SESSION_HANDLE session;
	void *application;
	CK_NOTIFICATION event;
} noted;

static CK_RV note(CK_SESSION_HANDLE session, CK_NOTIFICATION event, CK_VOID_PTR application)
{
	noted.calls++;
	noted.session = session;
	noted.application = application;
	noted.event = event;
	return CKR_OK;
}

static void rule_130_the_callback_gets_its_session_and_application_pointer(void **state)
{
	CK_SESSION_HANDLE with = 0;
	CK_OBJECT_HANDLE public, private;
	int mine = 0;
	(void)state;

	memset(&noted, 0, sizeof(noted));
	assert_ok(p11->C_OpenSession(slot, RW, &mine, note, &with));
	login_user(with);
	make_rsa_pair(with, false, true, &public, &private);
	assert_true(noted.calls > 0);
	assert_int_equal(noted.session, with);
	assert_ptr_equal(noted.application, &mine);
	assert_int_equal(noted.event, CKN_SURRENDER);
}

static void rules_130_392_no_callback_without_notify(void **state)
{
	CK_SESSION_HANDLE without = 0, with = 0;
	CK_OBJECT_HANDLE public, private;
	int mine = 0;
	(void)state;

	memset(&noted, 0, sizeof(noted));
	assert_ok(p11->C_OpenSession(slot, RW, &mine, note, &with));
	assert_ok(p11->C_OpenSession(slot, RW, &mine, NULL, &without));
	login_user(without);
	make_rsa_pair(without, false, true, &public, &private);
	assert_int_equal(noted.calls, 0);
}

static void rule_131_null_session_pointer_is_a_bad_argument(void **state)
{
	(void)state;
	assert_rv(p11->C_OpenSession(slot, SERIAL, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_OpenSession(slot, RW, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
	assert_int_equal(token_info(slot).ulSessionCount, 0);
}

static void rule_132_unknown_slot_is_refused(void **state)
{
	static const CK_SLOT_ID unknown[] = {4711, 0x7fffffff, (CK_SLOT_ID)-1};
	CK_SESSION_HANDLE session = 0;
	(void)state;

	for (size_t i = 0; i < COUNT(unknown); i++) {
		assert_rv(p11->C_OpenSession(unknown[i], SERIAL, NULL, NULL, &session), CKR_SLOT_ID_INVALID);
		assert_rv(p11->C_OpenSession(unknown[i], RW, NULL, NULL, &session), CKR_SLOT_ID_INVALID);
	}
	assert_ok(p11->C_OpenSession(slot, RW, NULL, NULL, &session));
}

/* ---- closing one ----------------------------------------------------------------------------- */

static void rule_133_close_destroys_the_objects_that_the_session_made(void **state)
{
	CK_SESSION_HANDLE maker = open_rw(), user = open_ro();
	CK_OBJECT_HANDLE data, key;
	(void)state;

	login_user(maker);
	data = make_data(maker, false, false, "made-here");
	key = make_aes(maker, false, true);
	assert_ok(read_class(user, data));
	assert_ok(read_class(user, key));

	close_session(maker);

	assert_rv(read_class(user, data), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(read_class(user, key), CKR_OBJECT_HANDLE_INVALID);
	assert_int_equal(count_labelled(user, "made-here"), 0);
}

static void rule_133_close_destroys_objects_that_another_session_uses(void **state)
{
	CK_SESSION_HANDLE maker = open_rw(), user = open_rw();
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	CK_BYTE block[16] = {0}, out[32];
	CK_ULONG length = sizeof(out);
	CK_OBJECT_HANDLE key;
	(void)state;

	login_user(maker);
	key = make_aes(maker, false, true);
	assert_ok(p11->C_EncryptInit(user, &ecb, key));

	close_session(maker);

	/* The operation may finish on its own copy of the key, or end; a new one cannot begin. */
	assert_rv_in(p11->C_Encrypt(user, block, sizeof(block), out, &length), CKR_OK, CKR_OBJECT_HANDLE_INVALID,
	             CKR_KEY_HANDLE_INVALID, CKR_OPERATION_NOT_INITIALIZED);
	assert_rv_in(p11->C_EncryptInit(user, &ecb, key), CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID);
	assert_int_equal(session_state(user), CKS_RW_USER_FUNCTIONS);
}

static void rules_134_189_objects_of_other_sessions_survive_a_close(void **state)
{
	CK_SESSION_HANDLE first = open_rw(), second = open_ro(), third = open_rw();
	CK_OBJECT_HANDLE kept, private, token;
	(void)state;

	login_user(first);
	kept = make_data(second, false, false, "kept");
	private = make_aes(third, false, true);
	token = make_data(first, true, false, "on-token");
	make_data(first, false, false, "lost");

	close_session(first);

	assert_ok(read_class(second, kept));
	assert_ok(read_class(third, kept));
	assert_ok(read_class(second, private));
	assert_ok(read_class(second, token));
	assert_int_equal(count_labelled(third, "lost"), 0);
}

static void rule_135_last_close_logs_the_user_out(void **state)
{
	CK_SESSION_HANDLE one = open_rw(), two = open_ro(), again;
	(void)state;

	login_user(one);
	close_session(one);
	assert_int_equal(session_state(two), CKS_RO_USER_FUNCTIONS);
	close_session(two);

	again = open_rw();
	assert_int_equal(session_state(again), CKS_RW_PUBLIC_SESSION);
	assert_rv(p11->C_Logout(again), CKR_USER_NOT_LOGGED_IN);
	login_user(again);
}

static void rule_135_last_close_logs_the_so_out(void **state)
{
	CK_SESSION_HANDLE one = open_rw(), two = open_rw();
	(void)state;

	login_so(two);
	close_session(one);
	assert_int_equal(session_state(two), CKS_RW_SO_FUNCTIONS);
	close_session(two);

	assert_int_equal(session_state(open_ro()), CKS_RO_PUBLIC_SESSION);
	assert_int_equal(session_state(open_rw()), CKS_RW_PUBLIC_SESSION);
}

static void rules_135_167_last_close_ends_private_access(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE private;
	(void)state;

	login_user(session);
	private = make_data(session, true, true, "private");
	close_session(session);

	session = open_rw();
	assert_int_equal(count_labelled(session, "private"), 0);
	assert_rv(read_class(session, private), CKR_OBJECT_HANDLE_INVALID);
	login_user(session);
	assert_rv(read_class(session, private), CKR_OBJECT_HANDLE_INVALID);
	assert_int_equal(count_labelled(session, "private"), 1);
}

static void rule_136_closing_the_session_of_the_login_keeps_the_login(void **state)
{
	CK_SESSION_HANDLE login = open_rw(), other = open_rw();
	(void)state;

	login_user(login);
	close_session(login);
	assert_int_equal(session_state(other), CKS_RW_USER_FUNCTIONS);
	assert_int_equal(session_state(open_ro()), CKS_RO_USER_FUNCTIONS);
	make_data(other, true, true, "still-private");
}

static void rule_137_close_abandons_operations(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_MECHANISM sha = {CKM_SHA256, NULL, 0};
	CK_BYTE data[] = "abc", digest[32];
	CK_ULONG length = sizeof(digest);
	CK_OBJECT_HANDLE found;
	CK_ULONG count;
	(void)state;

	assert_ok(p11->C_DigestInit(session, &sha));
	assert_ok(p11->C_DigestUpdate(session, data, 3));
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	close_session(session);

	session = open_rw();
	assert_rv(p11->C_DigestUpdate(session, data, 3), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_DigestFinal(session, digest, &length), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_FindObjects(session, &found, 1, &count), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_DigestInit(session, &sha));
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
}

static void rule_139_a_closed_handle_is_invalid_everywhere(void **state)
{
	CK_SESSION_HANDLE other = open_rw(), closed = open_rw();
	CK_OBJECT_HANDLE object = make_data(other, false, false, "bystander"), out = 0;
	CK_MECHANISM sha = {CKM_SHA256, NULL, 0}, ecb = {CKM_AES_ECB, NULL, 0}, gen = {CKM_AES_KEY_GEN, NULL, 0};
	CK_BYTE buffer[64] = {0};
	CK_ULONG length = sizeof(buffer), count = 0;
	CK_ATTRIBUTE a = {CKA_LABEL, buffer, sizeof(buffer)};
	(void)state;

	close_session(closed);
	assert_rv(p11->C_CloseSession(closed), CKR_SESSION_HANDLE_INVALID);
	assert_rv(session_info(closed), CKR_SESSION_HANDLE_INVALID);
	assert_rv(login_as(closed, CKU_USER, USER_PIN), CKR_SESSION_HANDLE_INVALID);
	assert_rv(login_as(closed, CKU_SO, SO_PIN), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_LoginUser(closed, CKU_USER, buffer, 4, NULL, 0), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_Logout(closed), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_SessionCancel(closed, CKF_SIGN), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_InitPIN(closed, buffer, 8), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_SetPIN(closed, buffer, 8, buffer, 8), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_GetOperationState(closed, buffer, &length), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_SetOperationState(closed, buffer, 8, 0, 0), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_CreateObject(closed, &a, 1, &out), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_CopyObject(closed, object, NULL, 0, &out), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_DestroyObject(closed, object), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_GetObjectSize(closed, object, &count), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_GetAttributeValue(closed, object, &a, 1), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_SetAttributeValue(closed, object, &a, 1), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_FindObjectsInit(closed, NULL, 0), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_FindObjects(closed, &out, 1, &count), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_FindObjectsFinal(closed), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_DigestInit(closed, &sha), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_EncryptInit(closed, &ecb, object), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_SignInit(closed, &ecb, object), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_GenerateKey(closed, &gen, NULL, 0, &out), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_SeedRandom(closed, buffer, 8), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_GenerateRandom(closed, buffer, 8), CKR_SESSION_HANDLE_INVALID);
	assert_int_equal(session_state(other), CKS_RW_PUBLIC_SESSION);
	assert_ok(read_class(other, object));
}

static void rule_139_close_twice_fails_the_second_time(void **state)
{
	CK_SESSION_HANDLE session = open_ro(), other = open_ro();
	(void)state;

	assert_ok(p11->C_CloseSession(session));
	assert_rv(p11->C_CloseSession(session), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_CloseSession(0), CKR_SESSION_HANDLE_INVALID);
	assert_ok(p11->C_CloseSession(other));
}

/* S1: the number of a closed session never comes back as another session. */
static void rule_139_stale_handles_never_alias_new_sessions(void **state)
{
	CK_SESSION_HANDLE stale[64], session = 0;
	(void)state;

	for (size_t i = 0; i < COUNT(stale); i++) {
		stale[i] = open_ro();
		close_session(stale[i]);
	}
	for (size_t i = 0; i < 20000; i++) {
		session = i % 2 ? open_ro() : open_rw();
		for (size_t j = 0; j < COUNT(stale); j++)
			assert_int_not_equal(session, stale[j]);
		if (i % 1000 == 0)
			for (size_t j = 0; j < COUNT(stale); j++)
				assert_rv(session_info(stale[j]), CKR_SESSION_HANDLE_INVALID);
		close_session(session);
	}
}

/* ---- closing all ----------------------------------------------------------------------------- */

static void rule_140_close_all_closes_every_session_and_logs_out(void **state)
{
	CK_SESSION_HANDLE sessions[] = {open_rw(), open_ro(), open_rw(), open_ro()};
	CK_OBJECT_HANDLE made;
	(void)state;

	login_user(sessions[1]);
	made = make_data(sessions[2], false, true, "gone");
	assert_ok(p11->C_CloseAllSessions(slot));

	for (size_t i = 0; i < COUNT(sessions); i++)
		assert_rv(session_info(sessions[i]), CKR_SESSION_HANDLE_INVALID);
	assert_int_equal(token_info(slot).ulSessionCount, 0);
	assert_int_equal(token_info(slot).ulRwSessionCount, 0);
	sessions[0] = open_rw();
	assert_int_equal(session_state(sessions[0]), CKS_RW_PUBLIC_SESSION);
	login_user(sessions[0]);
	assert_rv(read_class(sessions[0], made), CKR_OBJECT_HANDLE_INVALID);
	assert_int_equal(count_labelled(sessions[0], "gone"), 0);
}

static void rule_140_close_all_logs_the_so_out(void **state)
{
	(void)state;
	login_so(open_rw());
	assert_ok(p11->C_CloseAllSessions(slot));
	assert_int_equal(session_state(open_ro()), CKS_RO_PUBLIC_SESSION);
}

/* The slot that is not `slot`, with a token of its own. */
static CK_SLOT_ID second_token(void)
{
	CK_SLOT_ID ids[4];
	CK_ULONG count = 0;

	assert_ok(p11->C_GetSlotList(CK_FALSE, NULL, &count));
	count = COUNT(ids);
	assert_ok(p11->C_GetSlotList(CK_FALSE, ids, &count));
	for (CK_ULONG i = 0; i < count; i++) {
		if (ids[i] == slot)
			continue;
		assert_ok(init_token(ids[i], SO_PIN, TOKEN_LABEL "-2"));
		return ids[i];
	}
	fail_msg("no spare slot beside slot %lu", slot);
	return 0;
}

static int setup_spare_slot(void **state)
{
	setenv("CONCLAVE_SPARE_SLOT", "1", 1);
	return setup_token(state);
}

static int teardown_spare_slot(void **state)
{
	unsetenv("CONCLAVE_SPARE_SLOT");
	return teardown(state);
}

static void rule_140_close_all_leaves_other_slots_alone(void **state)
{
	CK_SLOT_ID other = second_token();
	CK_SESSION_HANDLE here = open_rw(), there = 0;
	CK_OBJECT_HANDLE object;
	(void)state;

	assert_ok(p11->C_OpenSession(other, RW, NULL, NULL, &there));
	login_so(there);
	login_user(here);
	object = make_data(there, false, false, "there");

	assert_ok(p11->C_CloseAllSessions(slot));

	assert_rv(session_info(here), CKR_SESSION_HANDLE_INVALID);
	assert_int_equal(session_state(there), CKS_RW_SO_FUNCTIONS);
	assert_ok(read_class(there, object));
	assert_int_equal(token_info(other).ulSessionCount, 1);
}

static void rules_140_147_login_on_one_token_is_not_login_on_another(void **state)
{
	CK_SLOT_ID other = second_token();
	CK_SESSION_HANDLE here = open_rw(), there = 0;
	(void)state;

	assert_ok(p11->C_OpenSession(other, RW, NULL, NULL, &there));
	login_user(here);
	assert_int_equal(session_state(there), CKS_RW_PUBLIC_SESSION);
	close_session(here);
	login_so(there);
	assert_int_equal(session_state(open_rw()), CKS_RW_PUBLIC_SESSION);
}

static int close_all_and_leave(void *arg)
{
	(void)arg;
	initialize();
	slot = first_slot();
	login_user(open_rw());
	assert_ok(p11->C_CloseAllSessions(slot));
	finalize();
	return 0;
}

static void rule_140_close_all_leaves_other_applications_alone(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE object;
	(void)state;

	login_user(session);
	object = make_data(session, false, true, "mine");
	assert_int_equal(run_child(close_all_and_leave, NULL), 0);
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	assert_ok(read_class(session, object));
}

static void rule_141_close_all_without_sessions_succeeds(void **state)
{
	(void)state;
	assert_ok(p11->C_CloseAllSessions(slot));
	close_session(open_rw());
	assert_ok(p11->C_CloseAllSessions(slot));
	assert_ok(p11->C_CloseAllSessions(slot));
}

static void rule_142_close_all_of_an_unknown_slot_names_the_slot(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	assert_rv(p11->C_CloseAllSessions(4711), CKR_SLOT_ID_INVALID);
	assert_rv(p11->C_CloseAllSessions((CK_SLOT_ID)-1), CKR_SLOT_ID_INVALID);
	assert_ok(session_info(session));
}

/* ---- counts ---------------------------------------------------------------------------------- */

static void rule_83_session_counts_are_exact(void **state)
{
	CK_SESSION_HANDLE sessions[7];
	(void)state;

	for (size_t i = 0; i < COUNT(sessions); i++) {
		sessions[i] = i < 3 ? open_rw() : open_ro();
		assert_int_equal(token_info(slot).ulSessionCount, i + 1);
		assert_int_equal(token_info(slot).ulRwSessionCount, i < 3 ? i + 1 : 3);
	}
	for (size_t i = 0; i < COUNT(sessions); i++) {
		close_session(sessions[i]);
		assert_int_equal(token_info(slot).ulSessionCount, COUNT(sessions) - 1 - i);
		assert_int_equal(token_info(slot).ulRwSessionCount, i < 3 ? 2 - i : 0);
	}
}

static void rule_127_thousands_of_sessions_live_side_by_side(void **state)
{
	enum { MANY = 5000 };
	CK_SESSION_HANDLE *sessions = calloc(MANY, sizeof(*sessions));
	(void)state;

	assert_non_null(sessions);
	for (size_t i = 0; i < MANY; i++)
		sessions[i] = open_ro();
	assert_int_equal(token_info(slot).ulSessionCount, MANY);
	login_user(sessions[MANY / 2]);
	assert_int_equal(session_state(sessions[0]), CKS_RO_USER_FUNCTIONS);
	assert_int_equal(session_state(sessions[MANY - 1]), CKS_RO_USER_FUNCTIONS);
	for (size_t i = 0; i < MANY; i += 2)
		close_session(sessions[i]);
	for (size_t i = 0; i < MANY; i++)
		assert_rv(session_info(sessions[i]), i % 2 ? CKR_OK : CKR_SESSION_HANDLE_INVALID);
	assert_ok(p11->C_CloseAllSessions(slot));
	assert_rv(session_info(sessions[1]), CKR_SESSION_HANDLE_INVALID);
	free(sessions);
}

#define ON_TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)
#define ON_SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_token_sqlite, teardown)
#define WITH_SPARE(name) cmocka_unit_test_setup_teardown(name, setup_spare_slot, teardown_spare_slot)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_TOKEN(rule_121_open_without_serial_flag_is_refused),
		ON_TOKEN(rule_122_rw_flag_decides_read_write),
		cmocka_unit_test_setup_teardown(rule_124_too_many_sessions_are_refused, setup_limits, teardown_limits),
		ON_SQLITE(rule_125_write_protected_token_opens_read_only_sessions_only),
		ON_SQLITE(rule_125_write_protected_token_shows_what_a_dead_writer_left),
		ON_SQLITE(rule_125_a_reader_without_write_access_sees_what_others_write),
		ON_TOKEN(rule_126_no_read_only_session_while_the_so_is_logged_in),
		ON_TOKEN(rule_127_session_handles_are_never_zero_and_differ),
		ON_TOKEN(rule_127_thousands_of_sessions_live_side_by_side),
		ON_TOKEN(rule_130_the_callback_gets_its_session_and_application_pointer),
		ON_TOKEN(rules_130_392_no_callback_without_notify),
		ON_TOKEN(rule_131_null_session_pointer_is_a_bad_argument),
		ON_TOKEN(rule_132_unknown_slot_is_refused),
		ON_TOKEN(rule_133_close_destroys_the_objects_that_the_session_made),
		ON_TOKEN(rule_133_close_destroys_objects_that_another_session_uses),
		ON_TOKEN(rules_134_189_objects_of_other_sessions_survive_a_close),
		ON_TOKEN(rule_135_last_close_logs_the_user_out),
		ON_TOKEN(rule_135_last_close_logs_the_so_out),
		ON_TOKEN(rules_135_167_last_close_ends_private_access),
		ON_TOKEN(rule_136_closing_the_session_of_the_login_keeps_the_login),
		ON_TOKEN(rule_137_close_abandons_operations),
		ON_TOKEN(rule_139_a_closed_handle_is_invalid_everywhere),
		ON_TOKEN(rule_139_close_twice_fails_the_second_time),
		ON_TOKEN(rule_139_stale_handles_never_alias_new_sessions),
		ON_TOKEN(rule_140_close_all_closes_every_session_and_logs_out),
		ON_TOKEN(rule_140_close_all_logs_the_so_out),
		WITH_SPARE(rule_140_close_all_leaves_other_slots_alone),
		WITH_SPARE(rules_140_147_login_on_one_token_is_not_login_on_another),
		ON_SQLITE(rule_140_close_all_leaves_other_applications_alone),
		ON_TOKEN(rule_141_close_all_without_sessions_succeeds),
		ON_TOKEN(rule_142_close_all_of_an_unknown_slot_names_the_slot),
		ON_TOKEN(rule_83_session_counts_are_exact),
	};
	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
