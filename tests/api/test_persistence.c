/* SPDX-License-Identifier: Apache-2.0 */
/* Token objects, PINs and tokens on disk: what was confirmed is there after close, finalize, in another
 * process and after a copy of the whole directory was put back. Rules 15, 16, 98, 190, 195, requirements R6,
 * R7 and R11, invariant S7. Sudden death is tests/stress/test_kill.c's. */
#include "api/harness.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_SESSION_HANDLE session;

static void log_in(void)
{
	slot = first_slot();
	session = open_rw();
	login_user(session);
}

/* The library ends and begins again. */
static void come_back(void)
{
	finalize();
	initialize();
	log_in();
}

static int setup_user(void **state)
{
	if (setup_token_sqlite(state))
		return -1;
	log_in();
	return 0;
}

static CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0}, ecdsa = {CKM_ECDSA, NULL, 0}, rsa = {CKM_RSA_PKCS, NULL, 0};
static CK_MECHANISM eddsa = {CKM_EDDSA, NULL, 0};

static void relabel(CK_OBJECT_HANDLE object, const char *label)
{
	CK_ATTRIBUTE a = {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)};

	assert_ok(p11->C_SetAttributeValue(session, object, &a, 1));
}

/* ---- what stays ------------------------------------------------------------------------------ */

static void rule_190_objects_of_every_kind_survive_finalize(void **state)
{
	CK_OBJECT_HANDLE public, private;
	(void)state;

	make_data(session, true, false, "public-data");
	make_data(session, true, true, "private-data");
	make_data(session, false, true, "session-data");
	relabel(make_aes(session, true, true), "aes");
	relabel(make_secret(session, true, true, "0123456789abcdef", 16), "secret");
	make_rsa_pair(session, true, true, &public, &private);
	relabel(public, "rsa-public");
	relabel(private, "rsa-private");
	come_back();

	assert_int_equal(count_labelled(session, "public-data"), 1);
	assert_int_equal(count_labelled(session, "private-data"), 1);
	assert_int_equal(count_labelled(session, "session-data"), 0);
	assert_int_equal(count_labelled(session, "aes"), 1);
	assert_int_equal(count_labelled(session, "secret"), 1);
	assert_int_equal(count_labelled(session, "rsa-public"), 1);
	assert_int_equal(count_labelled(session, "rsa-private"), 1);
	assert_int_equal(count_objects(session), 6);
}

static void rule_190_attributes_come_back_as_they_were(void **state)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_CLASS, CKA_KEY_TYPE, CKA_TOKEN, CKA_PRIVATE, CKA_LABEL, CKA_ID, CKA_VALUE,
		CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_ENCRYPT, CKA_DERIVE, CKA_LOCAL, CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE,
		CKA_UNIQUE_ID, CKA_START_DATE, CKA_CHECK_VALUE, CKA_KEY_GEN_MECHANISM};
	CK_BYTE before[COUNT(types)][256], after[256], id[] = {0, 1, 0, 255};
	CK_ULONG lengths[COUNT(types)];
	CK_OBJECT_HANDLE key = make_aes(session, true, true);
	CK_ATTRIBUTE set = {CKA_ID, id, sizeof(id)}, a;
	(void)state;

	relabel(key, "the key");
	assert_ok(p11->C_SetAttributeValue(session, key, &set, 1));
	for (size_t i = 0; i < COUNT(types); i++) {
		a = (CK_ATTRIBUTE){types[i], before[i], sizeof(before[i])};
		assert_ok(p11->C_GetAttributeValue(session, key, &a, 1));
		lengths[i] = a.ulValueLen;
	}
	come_back();
	key = find_labelled(session, "the key");
	for (size_t i = 0; i < COUNT(types); i++) {
		a = (CK_ATTRIBUTE){types[i], after, sizeof(after)};
		assert_ok(p11->C_GetAttributeValue(session, key, &a, 1));
		assert_int_equal(a.ulValueLen, lengths[i]);
		assert_memory_equal(after, before[i], a.ulValueLen);
	}
}

static void check_signature(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE private, CK_OBJECT_HANDLE public)
{
	CK_BYTE data[32] = {7}, signature[512];
	CK_ULONG length = sizeof(signature);

	assert_ok(p11->C_SignInit(session, mechanism, private));
	assert_ok(p11->C_Sign(session, data, sizeof(data), signature, &length));
	assert_ok(p11->C_VerifyInit(session, mechanism, public));
	assert_ok(p11->C_Verify(session, data, sizeof(data), signature, length));
	signature[length / 2] ^= 1;
	assert_ok(p11->C_VerifyInit(session, mechanism, public));
	assert_rv(p11->C_Verify(session, data, sizeof(data), signature, length), CKR_SIGNATURE_INVALID);
}

static void rule_190_keys_still_do_their_work_after_coming_back(void **state)
{
	static const char *const names[] = {"rsa", "ec", "ed"};
	static CK_MECHANISM *const mechanisms[] = {&rsa, &ecdsa, &eddsa};
	CK_OBJECT_HANDLE public[3], private[3], aes = make_aes(session, true, true);
	CK_BYTE in[16] = {1, 2, 3}, before[16], after[16];
	CK_ULONG length = sizeof(before);
	(void)state;

	relabel(aes, "aes");
	make_rsa_pair(session, true, true, &public[0], &private[0]);
	make_ec_pair(session, true, true, &public[1], &private[1]);
	make_ed_pair(session, true, true, &public[2], &private[2]);
	for (size_t i = 0; i < COUNT(names); i++) {
		char label[32];

		snprintf(label, sizeof(label), "%s-public", names[i]);
		relabel(public[i], label);
		snprintf(label, sizeof(label), "%s-private", names[i]);
		relabel(private[i], label);
	}
	assert_ok(p11->C_EncryptInit(session, &ecb, aes));
	assert_ok(p11->C_Encrypt(session, in, sizeof(in), before, &length));

	come_back();

	assert_ok(p11->C_EncryptInit(session, &ecb, find_labelled(session, "aes")));
	length = sizeof(after);
	assert_ok(p11->C_Encrypt(session, in, sizeof(in), after, &length));
	assert_memory_equal(before, after, sizeof(before));
	for (size_t i = 0; i < COUNT(names); i++) {
		char a[32], b[32];

		snprintf(a, sizeof(a), "%s-private", names[i]);
		snprintf(b, sizeof(b), "%s-public", names[i]);
		check_signature(mechanisms[i], find_labelled(session, a), find_labelled(session, b));
	}
}

static void rule_190_changes_and_destruction_are_durable(void **state)
{
	(void)state;
	relabel(make_data(session, true, true, "old-name"), "new-name");
	make_data(session, true, false, "doomed");
	come_back();
	assert_int_equal(count_labelled(session, "old-name"), 0);
	assert_int_equal(count_labelled(session, "new-name"), 1);
	assert_ok(p11->C_DestroyObject(session, find_labelled(session, "doomed")));
	come_back();
	assert_int_equal(count_labelled(session, "doomed"), 0);
	assert_int_equal(count_objects(session), 1);
}

static void rule_190_values_of_every_size_come_back(void **state)
{
	static const CK_ULONG sizes[] = {0, 1, 255, 256, 4095, 4096, 4097, 65536, 300000};
	CK_BYTE *value = malloc(300000), *read = malloc(300001);
	(void)state;

	assert_true(value && read);
	for (size_t i = 0; i < 300000; i++)
		value[i] = (CK_BYTE)(i * 7 + i / 251);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char label[32];

		snprintf(label, sizeof(label), "size-%lu", sizes[i]);
		make_object(session, ATTRIBUTES(
			{CKA_CLASS, &data_class, sizeof(data_class)},
			{CKA_TOKEN, &yes, sizeof(yes)},
			{CKA_PRIVATE, i % 2 ? &yes : &no, sizeof(yes)},
			{CKA_LABEL, label, strlen(label)},
			{CKA_VALUE, value, sizes[i]}));
	}
	come_back();
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char label[32];
		CK_ATTRIBUTE a = {CKA_VALUE, read, 300001};

		snprintf(label, sizeof(label), "size-%lu", sizes[i]);
		assert_ok(p11->C_GetAttributeValue(session, find_labelled(session, label), &a, 1));
		assert_int_equal(a.ulValueLen, sizes[i]);
		assert_memory_equal(read, value, sizes[i]);
	}
	free(value);
	free(read);
}

static void rule_16_handles_of_an_earlier_life_are_dead(void **state)
{
	CK_OBJECT_HANDLE object = make_data(session, true, false, "object");
	CK_SESSION_HANDLE old = session;
	CK_SESSION_INFO info;
	(void)state;

	finalize();
	initialize();
	slot = first_slot();
	assert_rv(p11->C_GetSessionInfo(old, &info), CKR_SESSION_HANDLE_INVALID);
	session = open_rw();
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
	assert_int_equal(count_labelled(session, "object"), 1);
	(void)object; /* its number may or may not be given again */
}

/* ---- tokens, PINs, counters ------------------------------------------------------------------ */

static void rules_74_190_token_information_is_durable(void **state)
{
	CK_TOKEN_INFO before, after;
	CK_SLOT_ID id = slot;
	(void)state;

	assert_ok(p11->C_GetTokenInfo(slot, &before));
	come_back();
	assert_int_equal(slot, id);
	assert_ok(p11->C_GetTokenInfo(slot, &after));
	assert_memory_equal(before.label, after.label, sizeof(before.label));
	assert_memory_equal(before.serialNumber, after.serialNumber, sizeof(before.serialNumber));
	assert_memory_equal(before.model, after.model, sizeof(before.model));
	assert_int_equal(before.flags, after.flags);
}

static void rule_111_a_changed_pin_is_durable(void **state)
{
	CK_UTF8CHAR old[] = USER_PIN, new[] = "another-pin-99";
	(void)state;

	assert_ok(p11->C_SetPIN(session, old, sizeof(old) - 1, new, sizeof(new) - 1));
	finalize();
	initialize();
	slot = first_slot();
	session = open_rw();
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_INCORRECT);
	assert_ok(login_as(session, CKU_USER, "another-pin-99"));
}

static void rules_106_190_a_new_user_pin_keeps_the_objects(void **state)
{
	CK_UTF8CHAR new[] = "set-by-the-so";
	(void)state;

	make_data(session, true, true, "private");
	relabel(make_aes(session, true, true), "key");
	logout(session);
	login_so(session);
	assert_ok(p11->C_InitPIN(session, new, sizeof(new) - 1));
	logout(session);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_INCORRECT);
	assert_ok(login_as(session, CKU_USER, "set-by-the-so"));
	assert_int_equal(count_labelled(session, "private"), 1);
	assert_ok(p11->C_EncryptInit(session, &ecb, find_labelled(session, "key")));
	finalize();
	initialize();
	slot = first_slot();
	session = open_rw();
	assert_ok(login_as(session, CKU_USER, "set-by-the-so"));
	assert_int_equal(count_labelled(session, "private"), 1);
}

static void rules_78_79_80_counters_are_durable(void **state)
{
	(void)state;
	logout(session);
	for (int i = 1; i <= 10; i++) {
		assert_rv_in(login_as(session, CKU_USER, "not-the-pin"), CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
		finalize();
		initialize();
		slot = first_slot();
		session = open_rw();
		assert_int_equal(!!(token_flags() & CKF_USER_PIN_LOCKED), i == 10);
		if (i < 10)
			assert_int_equal(!!(token_flags() & CKF_USER_PIN_FINAL_TRY), i == 9);
	}
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
}

static void rule_98_initialising_again_destroys_everything_for_good(void **state)
{
	CK_TOKEN_INFO before, after;
	CK_SLOT_ID id = slot;
	(void)state;

	make_data(session, true, false, "public");
	make_data(session, true, true, "private");
	assert_ok(p11->C_GetTokenInfo(slot, &before));
	assert_ok(p11->C_CloseAllSessions(slot));
	make_token();
	assert_int_equal(slot, id);
	come_back();
	assert_int_equal(count_objects(session), 0);
	assert_int_equal(slot, id);
	assert_ok(p11->C_GetTokenInfo(slot, &after));
	assert_memory_equal(before.serialNumber, after.serialNumber, sizeof(before.serialNumber));
}

/* ---- other processes ------------------------------------------------------------------------- */

static int create_there(void *arg)
{
	initialize();
	log_in();
	make_data(session, true, true, arg);
	relabel(make_aes(session, true, true), "key-from-there");
	finalize();
	return 0;
}

static void rule_190_what_another_process_made_is_found_at_once(void **state)
{
	(void)state;
	assert_int_equal(count_objects(session), 0);
	for (int i = 0; i < 3; i++) {
		char label[32];

		snprintf(label, sizeof(label), "from-there-%d", i);
		assert_int_equal(run_child(create_there, label), 0);
		assert_int_equal(count_labelled(session, label), 1);
		assert_int_equal(count_labelled(session, "key-from-there"), i + 1);
	}
	assert_ok(p11->C_EncryptInit(session, &ecb, find_labelled(session, "key-from-there")));
}

static int find_here(void *arg)
{
	(void)arg;
	initialize();
	log_in();
	assert_int_equal(count_labelled(session, "made-by-parent"), 1);
	relabel(find_labelled(session, "made-by-parent"), "renamed-by-child");
	finalize();
	return 0;
}

static void rule_190_another_process_finds_and_changes_what_was_made_here(void **state)
{
	CK_OBJECT_HANDLE object = make_data(session, true, true, "made-by-parent");
	(void)state;

	assert_int_equal(run_child(find_here, NULL), 0);
	assert_int_equal(find_labelled(session, "renamed-by-child"), object);
	relabel(object, "made-by-parent");
	assert_int_equal(run_child(find_here, NULL), 0);
}

/* A child that never finalizes: what it wrote is there all the same. */
static int create_and_just_leave(void *arg)
{
	(void)arg;
	initialize();
	log_in();
	make_data(session, true, true, "left-behind");
	_exit(0);
}

static void rule_190_leaving_without_finalize_loses_nothing(void **state)
{
	(void)state;
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(run_child(create_and_just_leave, NULL), 0);
		assert_int_equal(count_labelled(session, "left-behind"), i);
	}
	come_back();
	assert_int_equal(count_labelled(session, "left-behind"), 3);
}

/* Several processes write at once. */
enum { WRITERS = 4, EACH = 15 };

static int write_many(void *arg)
{
	const int *me = arg;

	initialize();
	log_in();
	for (int i = 0; i < EACH; i++) {
		char label[32];
		CK_OBJECT_HANDLE object;

		snprintf(label, sizeof(label), "writer-%d", *me);
		object = make_data(session, true, i % 2, label);
		if (i % 5 == 4)
			assert_ok(p11->C_DestroyObject(session, object));
		else if (i % 5 == 3)
			relabel(object, "renamed");
	}
	finalize();
	return 0;
}

static void rule_190_processes_that_write_at_the_same_time(void **state)
{
	pid_t children[WRITERS];
	(void)state;

	fflush(NULL);
	for (int i = 0; i < WRITERS; i++) {
		children[i] = fork();
		assert_int_not_equal(children[i], -1);
		if (children[i] == 0) {
			setenv("CMOCKA_TEST_ABORT", "1", 1);
			_exit(write_many(&i));
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		int status = -1;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		char label[32];

		snprintf(label, sizeof(label), "writer-%d", i);
		assert_int_equal(count_labelled(session, label), EACH / 5 * 3);
	}
	assert_int_equal(count_labelled(session, "renamed"), WRITERS * EACH / 5);
	assert_int_equal(count_objects(session), WRITERS * EACH / 5 * 4);
}

/* Forked children of a library that is in use, all destroying the same objects: one wins for each. */
static int destroy_all(void *arg)
{
	int won = 0;

	initialize();
	log_in();
	for (int i = 0; i < 10; i++) {
		char label[32];
		CK_OBJECT_HANDLE object;
		CK_RV rv;

		snprintf(label, sizeof(label), "contested-%d", i);
		object = find_labelled(session, label);
		if (!object)
			continue;
		rv = p11->C_DestroyObject(session, object);
		assert_rv_in(rv, CKR_OK, CKR_OBJECT_HANDLE_INVALID);
		won += rv == CKR_OK;
	}
	finalize();
	(void)arg;
	return won;
}

static void rule_195_one_destroyer_wins_among_processes(void **state)
{
	pid_t children[3];
	int total = 0;
	(void)state;

	for (int i = 0; i < 10; i++) {
		char label[32];

		snprintf(label, sizeof(label), "contested-%d", i);
		make_data(session, true, true, label);
	}
	fflush(NULL);
	for (size_t i = 0; i < COUNT(children); i++) {
		children[i] = fork();
		assert_int_not_equal(children[i], -1);
		if (children[i] == 0) {
			setenv("CMOCKA_TEST_ABORT", "1", 1);
			_exit(destroy_all(NULL));
		}
	}
	for (size_t i = 0; i < COUNT(children); i++) {
		int status = -1;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		total += WEXITSTATUS(status);
	}
	assert_int_equal(total, 10);
	assert_int_equal(count_objects(session), 0);
}

static int hold_a_session(void *arg)
{
	int *pipes = arg;
	char byte = 'x';

	initialize();
	slot = first_slot();
	open_ro();
	if (write(pipes[1], &byte, 1) != 1 || read(pipes[2], &byte, 1) != 1)
		return 1;
	finalize();
	return 0;
}

static void rule_94_sessions_of_another_process_stop_init_token(void **state)
{
	int pipes[4], status = -1;
	char byte;
	pid_t child;
	(void)state;

	make_data(session, true, false, "still-here");
	assert_ok(p11->C_CloseAllSessions(slot));
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(pipe(pipes + 2), 0);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		_exit(hold_a_session(pipes));
	}
	/* A child that died is then read as an end, not waited for. */
	close(pipes[1]);
	close(pipes[2]);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_rv(init_token(slot, SO_PIN, TOKEN_LABEL), CKR_SESSION_EXISTS);
	assert_int_equal(count_labelled(open_ro(), "still-here"), 1);
	assert_ok(p11->C_CloseAllSessions(slot));
	assert_int_equal(write(pipes[3], "x", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	close(pipes[0]);
	close(pipes[3]);
}

/* ---- on disk --------------------------------------------------------------------------------- */

static void rule_190_the_store_is_the_owners_alone(void **state)
{
	const char *directory = getenv("CONCLAVE_STORE") + strlen("sqlite:");
	char path[512];
	struct stat info;
	(void)state;

	snprintf(path, sizeof(path), "%s/conclave.db", directory);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 077, 0);
	snprintf(path, sizeof(path), "%s/store.key", directory);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
}

/* Neither PINs nor key values nor private labels can be read in any file of the store. */
static bool appears(const char *directory, const void *needle, size_t length)
{
	char command[512], path[512];
	FILE *names;
	bool found = false;

	snprintf(command, sizeof(command), "ls %s", directory);
	names = popen(command, "r");
	assert_non_null(names);
	while (!found && fscanf(names, "%255s", command) == 1) {
		static char content[4 << 20];
		size_t got;
		FILE *f;

		snprintf(path, sizeof(path), "%s/%.255s", directory, command);
		f = fopen(path, "rb");
		if (!f)
			continue;
		got = fread(content, 1, sizeof(content), f);
		found = memmem(content, got, needle, length) != NULL;
		fclose(f);
	}
	pclose(names);
	return found;
}

static void rule_190_nothing_secret_is_written_in_the_clear(void **state)
{
	const char *directory = getenv("CONCLAVE_STORE") + strlen("sqlite:");
	(void)state;

	make_data(session, true, false, "a-public-label-to-be-seen");
	make_data(session, true, true, "a-private-label-to-be-hidden");
	make_aes(session, true, true);
	assert_false(appears(directory, aes_value, sizeof(aes_value)));
	assert_false(appears(directory, "a-private-label-to-be-hidden", 28));
	assert_false(appears(directory, USER_PIN, strlen(USER_PIN)));
	assert_false(appears(directory, SO_PIN, strlen(SO_PIN)));
	finalize();
	assert_false(appears(directory, aes_value, sizeof(aes_value)));
	assert_false(appears(directory, "a-private-label-to-be-hidden", 28));
	/* So that the search itself is seen to work. */
	assert_true(appears(directory, "a-public-label-to-be-seen", 25));
	initialize();
}

#define AS_USER(name) cmocka_unit_test_setup_teardown(name, setup_user, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AS_USER(rule_190_objects_of_every_kind_survive_finalize),
		AS_USER(rule_190_attributes_come_back_as_they_were),
		AS_USER(rule_190_keys_still_do_their_work_after_coming_back),
		AS_USER(rule_190_changes_and_destruction_are_durable),
		AS_USER(rule_190_values_of_every_size_come_back),
		AS_USER(rule_16_handles_of_an_earlier_life_are_dead),
		AS_USER(rules_74_190_token_information_is_durable),
		AS_USER(rule_111_a_changed_pin_is_durable),
		AS_USER(rules_106_190_a_new_user_pin_keeps_the_objects),
		AS_USER(rules_78_79_80_counters_are_durable),
		AS_USER(rule_98_initialising_again_destroys_everything_for_good),
		AS_USER(rule_190_what_another_process_made_is_found_at_once),
		AS_USER(rule_190_another_process_finds_and_changes_what_was_made_here),
		AS_USER(rule_190_leaving_without_finalize_loses_nothing),
		AS_USER(rule_190_processes_that_write_at_the_same_time),
		AS_USER(rule_195_one_destroyer_wins_among_processes),
		AS_USER(rule_94_sessions_of_another_process_stop_init_token),
		AS_USER(rule_190_the_store_is_the_owners_alone),
		AS_USER(rule_190_nothing_secret_is_written_in_the_clear),
	};
	return cmocka_run_group_tests_name("persistence", tests, NULL, NULL);
}
