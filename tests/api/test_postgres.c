/* SPDX-License-Identifier: Apache-2.0 */
/* One token in a PostgreSQL store, seen by two hosts: two processes that share nothing but the server and
 * the host's store.key. Objects, labels, PIN counters and sessions of the one are known to the other at
 * once; a host that dies and a server that restarts change nothing of it. Requirements R24 to R27.
 * The store by itself is tests/store/test_postgres.c's. */
#include "api/harness.h"
#include "database_server.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

static struct server server;
static CK_SESSION_HANDLE session;
static char key_file[SERVER_PATH + 32];

static int setup_hosts(void **state)
{
	static unsigned count;
	char schema[48], uri[SERVER_URI];

	if (setup_module(state))
		return -1;
	p11->C_Finalize(NULL);
	snprintf(schema, sizeof(schema), "api%u&conclave_wait=3", count);
	snprintf(key_file, sizeof(key_file), "%s.key/%u", server.folder, count++);
	server_uri(&server, schema, key_file, uri);
	setenv("CONCLAVE_STORE", uri, 1);
	initialize();
	make_token();
	session = open_rw();
	login_user(session);
	return 0;
}

/* In a child: the other host, with a session of its own. */
static void be_another_host(void)
{
	initialize();
	slot = first_slot();
	session = open_rw();
}

static void relabel(CK_OBJECT_HANDLE object, const char *label)
{
	CK_ATTRIBUTE a = {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)};

	assert_ok(p11->C_SetAttributeValue(session, object, &a, 1));
}

static void assert_label(CK_OBJECT_HANDLE object, const char *expected)
{
	char label[64] = "";
	CK_ATTRIBUTE a = {CKA_LABEL, label, sizeof(label) - 1};

	assert_ok(p11->C_GetAttributeValue(session, object, &a, 1));
	assert_string_equal(label, expected);
}

static CK_RV encrypt_block(CK_OBJECT_HANDLE key)
{
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	CK_BYTE in[16] = {1}, out[16];
	CK_ULONG length = sizeof(out);
	CK_RV rv = p11->C_EncryptInit(session, &ecb, key);

	return rv != CKR_OK ? rv : p11->C_Encrypt(session, in, sizeof(in), out, &length);
}

/* ---- what one host does, the other sees ----------------------------------------------------------------- */

static int make_relabel_destroy(struct child *child, void *arg)
{
	(void)arg;
	be_another_host();
	login_user(session);
	CK_OBJECT_HANDLE object = make_data(session, true, true, "first");
	child_tell(child);
	child_wait(child);
	relabel(object, "second");
	child_tell(child);
	child_wait(child);
	assert_ok(p11->C_DestroyObject(session, object));
	child_tell(child);
	child_wait(child);
	return 0;
}

static void objects_and_labels_are_seen_by_the_other_host_at_once(void **state)
{
	struct child child;
	CK_ATTRIBUTE none = {CKA_LABEL, NULL, 0};
	(void)state;

	assert_int_equal(count_objects(session), 0);
	child_start(&child, make_relabel_destroy, NULL);
	child_wait(&child);
	CK_OBJECT_HANDLE object = find_labelled(session, "first");
	assert_int_not_equal(object, 0);
	child_tell(&child);
	child_wait(&child);
	assert_label(object, "second");
	assert_int_equal(count_labelled(session, "first"), 0);
	child_tell(&child);
	child_wait(&child);
	assert_rv(p11->C_GetAttributeValue(session, object, &none, 1), CKR_OBJECT_HANDLE_INVALID);
	assert_int_equal(count_objects(session), 0);
	child_tell(&child);
	assert_int_equal(child_end(&child), 0);
}

static int destroy_the_key(struct child *child, void *arg)
{
	(void)child, (void)arg;
	be_another_host();
	login_user(session);
	assert_ok(p11->C_DestroyObject(session, find_labelled(session, "key")));
	return 0;
}

static void a_key_that_the_other_host_destroyed_is_not_used_for_long(void **state)
{
	struct child child;
	struct timespec pause = {.tv_nsec = 1000000};
	CK_RV rv = CKR_OK;
	(void)state;

	CK_OBJECT_HANDLE key = make_aes(session, true, true);
	relabel(key, "key");
	assert_ok(encrypt_block(key));
	child_start(&child, destroy_the_key, NULL);
	assert_int_equal(child_end(&child), 0);
	/* 10 ms are promised; a busy machine may need more. */
	for (int i = 0; i < 500 && rv == CKR_OK; i++) {
		rv = encrypt_block(key);
		nanosleep(&pause, NULL);
	}
	assert_rv(rv, CKR_KEY_HANDLE_INVALID);
}

static int fail_five_times(struct child *child, void *arg)
{
	(void)arg;
	be_another_host();
	for (int i = 0; i < 5; i++)
		assert_rv(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
	child_tell(child);
	child_wait(child);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	return 0;
}

static void wrong_pins_are_counted_over_all_hosts(void **state)
{
	struct child child;
	(void)state;

	logout(session);
	assert_int_equal(token_flags() & CKF_USER_PIN_COUNT_LOW, 0);
	child_start(&child, fail_five_times, NULL);
	child_wait(&child);
	assert_int_not_equal(token_flags() & CKF_USER_PIN_COUNT_LOW, 0);
	for (int i = 0; i < 5; i++)
		assert_rv(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
	assert_int_not_equal(token_flags() & CKF_USER_PIN_LOCKED, 0);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	child_tell(&child);
	assert_int_equal(child_end(&child), 0);
}

static int log_in_once(struct child *child, void *arg)
{
	(void)child, (void)arg;
	be_another_host();
	login_user(session);
	return 0;
}

static void right_pins_on_many_hosts_at_once_are_all_right(void **state)
{
	struct child children[6];
	(void)state;

	for (size_t i = 0; i < COUNT(children); i++)
		child_start(&children[i], log_in_once, NULL);
	for (size_t i = 0; i < COUNT(children); i++)
		assert_int_equal(child_end(&children[i]), 0);
	assert_int_equal(token_flags() & CKF_USER_PIN_COUNT_LOW, 0);
}

static int keep_a_session(struct child *child, void *arg)
{
	(void)arg;
	be_another_host();
	child_tell(child);
	child_wait(child);
	close_session(session);
	child_tell(child);
	child_wait(child);
	return 0;
}

static void sessions_on_another_host_stop_C_InitToken(void **state)
{
	struct child child;
	CK_TOKEN_INFO info;
	(void)state;

	close_session(session);
	child_start(&child, keep_a_session, NULL);
	child_wait(&child);
	assert_rv(init_token(slot, SO_PIN, "test-again"), CKR_SESSION_EXISTS);
	child_tell(&child);
	child_wait(&child);
	assert_ok(init_token(slot, SO_PIN, "test-again"));
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	assert_memory_equal(info.label, "test-again ", 11);
	child_tell(&child);
	assert_int_equal(child_end(&child), 0);
}

static int read_the_label(struct child *child, void *arg)
{
	CK_TOKEN_INFO info;

	(void)arg;
	initialize();
	slot = first_slot();
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	assert_memory_equal(info.label, "test-token ", 11);
	child_tell(child);
	child_wait(child);
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	assert_memory_equal(info.label, "test-other ", 11);
	return 0;
}

static void a_new_label_of_the_token_is_seen_by_the_other_host_at_once(void **state)
{
	struct child child;
	(void)state;

	close_session(session);
	child_start(&child, read_the_label, NULL);
	child_wait(&child);
	assert_ok(init_token(slot, SO_PIN, "test-other"));
	child_tell(&child);
	assert_int_equal(child_end(&child), 0);
}

/* ---- what goes wrong --------------------------------------------------------------------------------------- */

static int make_until_killed(struct child *child, void *arg)
{
	char label[32];

	(void)arg;
	be_another_host();
	login_user(session);
	for (unsigned n = 0;; n++) {
		snprintf(label, sizeof(label), "object %u", n);
		make_data(session, true, true, label);
		child_tell(child);
	}
	return 0;
}

static void a_killed_host_loses_nothing_and_blocks_nobody(void **state)
{
	struct child child;
	char label[32];
	(void)state;

	child_start(&child, make_until_killed, NULL);
	for (int i = 0; i < 20; i++)
		child_wait(&child);
	assert_int_equal(kill(child.pid, SIGKILL), 0);
	assert_int_equal(child_end(&child), 128 + SIGKILL);
	for (unsigned n = 0; n < 20; n++) {
		snprintf(label, sizeof(label), "object %u", n);
		assert_int_equal(count_labelled(session, label), 1);
	}
	make_data(session, true, true, "after");
	logout(session);
	login_user(session);
	close_session(session);
	/* Its session died with it. */
	assert_ok(init_token(slot, SO_PIN, "test-again"));
}

static void sessions_go_on_after_the_server_was_restarted(void **state)
{
	(void)state;

	CK_OBJECT_HANDLE key = make_aes(session, true, true);
	make_data(session, true, true, "before");
	assert_ok(encrypt_block(key));
	assert_int_equal(server_do(&server, "restart"), 0);
	assert_ok(encrypt_block(key));
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	assert_int_equal(count_labelled(session, "before"), 1);
	make_data(session, true, true, "after");
	assert_int_equal(count_objects(session), 3);
}

static void without_a_server_calls_say_so_and_go_on_afterwards(void **state)
{
	(void)state;

	CK_OBJECT_HANDLE object = make_data(session, true, true, "before");
	CK_ATTRIBUTE label = {CKA_LABEL, (void *)(uintptr_t)"changed", 7};
	assert_int_equal(server_do(&server, "stop"), 0);
	assert_rv(p11->C_SetAttributeValue(session, object, &label, 1), CKR_DEVICE_ERROR);
	assert_rv(p11->C_DestroyObject(session, object), CKR_DEVICE_ERROR);
	assert_int_equal(server_do(&server, "restart"), 0);
	assert_label(object, "before");
	relabel(object, "changed");
	assert_label(object, "changed");
}

static int use_nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int use_the_token(void *arg)
{
	(void)arg;
	be_another_host();
	login_user(session);
	make_data(session, true, true, "childs");
	finalize();
	return 0;
}

static void a_fork_leaves_the_parents_session_alone(void **state)
{
	(void)state;

	make_data(session, true, true, "parents");
	assert_int_equal(run_child(use_nothing, NULL), 0);
	assert_int_equal(count_labelled(session, "parents"), 1);
	assert_int_equal(run_child(use_the_token, NULL), 0);
	assert_int_equal(count_labelled(session, "childs"), 1);
	make_data(session, true, true, "again");
	assert_int_equal(count_objects(session), 3);
}

#define row(f) cmocka_unit_test_setup_teardown(f, setup_hosts, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		row(objects_and_labels_are_seen_by_the_other_host_at_once),
		row(a_key_that_the_other_host_destroyed_is_not_used_for_long),
		row(wrong_pins_are_counted_over_all_hosts),
		row(right_pins_on_many_hosts_at_once_are_all_right),
		row(sessions_on_another_host_stop_C_InitToken),
		row(a_new_label_of_the_token_is_seen_by_the_other_host_at_once),
		row(a_killed_host_loses_nothing_and_blocks_nobody),
		row(sessions_go_on_after_the_server_was_restarted),
		row(without_a_server_calls_say_so_and_go_on_afterwards),
		row(a_fork_leaves_the_parents_session_alone),
	};
	char command[SERVER_PATH + 32];
	int status = server_start(&server);
	int failed = status == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : status;

	snprintf(command, sizeof(command), "rm -rf %s.key", server.folder);
	if (system(command) != 0)
		failed++;
	server_remove(&server);
	return failed;
}
