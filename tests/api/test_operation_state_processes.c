/* SPDX-License-Identifier: Apache-2.0 */
/* Operations saved in one process and taken up in another, over a store that both have, rules 338 to 347. Refuses to
 * know what is the same within one process (test_operation_state.c). */
#include "streams.h"

/* Two token keys by label. */
static void make_token_keys(CK_SESSION_HANDLE session)
{
	const CK_ATTRIBUTE aes[] = {{CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1}, {CKA_LABEL, unconst("the aes"), 7}};
	const CK_ATTRIBUTE hmac[] = {{CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1}, {CKA_LABEL, unconst("the hmac"), 8}};

	make_key(session, CKK_AES, aes_key, sizeof(aes_key), aes, COUNT(aes));
	make_key(session, CKK_GENERIC_SECRET, hmac_key, sizeof(hmac_key), hmac, COUNT(hmac));
}

static struct role_keys find_token_keys(CK_SESSION_HANDLE session)
{
	return (struct role_keys){find_labelled(session, "the aes"), find_labelled(session, "the hmac")};
}

/* What the child goes on with: the row, the state is in `saved`, the output so far in out[0..length). */
struct child_task {
	const struct stream *stream;
	CK_ULONG done, result;
	bool logged_in;
};

static int go_on_in_child(void *arg)
{
	const struct child_task *task = arg;
	CK_SESSION_HANDLE session;
	struct role_keys k = {0, 0};

	initialize();
	session = open_rw();
	if (task->logged_in) {
		login_user(session);
		k = find_token_keys(session);
	}
	assert_ok(restore_stream(session, task->stream, k));
	feed(session, task->stream, task->done, task->stream->text);
	finish(session, task->stream);
	check_result(task->result);
	return 0;
}

static int setup_shared_store(void **state)
{
	int failed = setup_token_sqlite(state);

	if (failed)
		return failed;
	sess = open_rw();
	login_user(sess);
	make_token_keys(sess);
	return 0;
}

static void rules_338_343_another_process_goes_on(void **state)
{
	struct role_keys k = find_token_keys(sess);

	(void)state;
	for (size_t i = 0; i < stream_count; i++) {
		struct child_task task = {.stream = &streams[i], .done = 37, .logged_in = true};

		print_message("# %s\n", streams[i].name);
		task.result = reference(sess, &streams[i], k);
		begin_stream(sess, &streams[i], k);
		length = 0;
		feed(sess, &streams[i], 0, task.done);
		assert_ok(save_from(sess, &saved));
		assert_ok(p11->C_SessionCancel(sess, kind_flags[streams[i].kind]));
		assert_int_equal(run_child(go_on_in_child, &task), 0);
	}
}

/* Without login the state is sealed under the store's own key: the same store takes it. */
static void rule_343_another_process_goes_on_without_login(void **state)
{
	struct child_task task = {.stream = &streams[SHA256_ROW], .done = 37};

	(void)state;
	logout(sess);
	task.result = reference(sess, task.stream, (struct role_keys){0, 0});
	assert_ok(start(DIGEST));
	length = 0;
	feed(sess, task.stream, 0, task.done);
	assert_ok(save_from(sess, &saved));
	assert_int_equal(run_child(go_on_in_child, &task), 0);
}

static int refuse_in_child(void *arg)
{
	const struct child_task *task = arg;
	CK_SESSION_HANDLE session;
	struct role_keys k, swapped;

	initialize();
	session = open_rw();
	assert_rv(restore_stream(session, task->stream, (struct role_keys){0, 0}), CKR_SAVED_STATE_INVALID);
	login_user(session);
	k = find_token_keys(session);
	swapped = (struct role_keys){make_key(session, CKK_AES, pattern, 16, NULL, 0), k.hmac};
	assert_rv(restore_stream(session, task->stream, (struct role_keys){0, 0}), CKR_KEY_NEEDED);
	assert_rv(restore_stream(session, task->stream, swapped), CKR_KEY_CHANGED);
	saved.bytes[saved.length / 2] ^= 4;
	assert_rv(restore_stream(session, task->stream, k), CKR_SAVED_STATE_INVALID);
	return 0;
}

static void rules_344_345_347_another_process_refuses_as_well(void **state)
{
	struct role_keys k = find_token_keys(sess);
	struct child_task task = {.stream = &streams[CBC_ROW], .done = 37};

	(void)state;
	begin_stream(sess, task.stream, k);
	length = 0;
	feed(sess, task.stream, 0, task.done);
	assert_ok(save_from(sess, &saved));
	assert_int_equal(run_child(refuse_in_child, &task), 0);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, setup_shared_store, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(rules_338_343_another_process_goes_on),
		WITH_STORE(rule_343_another_process_goes_on_without_login),
		WITH_STORE(rules_344_345_347_another_process_refuses_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
