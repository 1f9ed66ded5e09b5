/* SPDX-License-Identifier: Apache-2.0 */
/* Named users: C_LoginUser with a name, and the calls of the interface "Vendor Conclave" that make and remove them.
 * Each has a PIN and a counter of their own, and gets at the same objects. doc/pins.md. */
#include "moving.h"

#include <sys/wait.h>
#include <unistd.h>

#define ALICE_PIN "alice-pin-1"
#define BOB_PIN "bob-pin-22"

static CK_UTF8CHAR *utf8(const char *text)
{
	return (CK_UTF8CHAR *)(uintptr_t)text;
}

static CK_RV add(CK_SESSION_HANDLE session, const char *name, const char *pin)
{
	return vendor()->AddUser(session, utf8(name), strlen(name), utf8(pin), strlen(pin));
}

static CK_RV init_pin(CK_SESSION_HANDLE session, const char *name, const char *pin)
{
	return vendor()->InitUserPin(session, utf8(name), strlen(name), utf8(pin), strlen(pin));
}

static CK_RV remove_user(CK_SESSION_HANDLE session, const char *name)
{
	return vendor()->RemoveUser(session, utf8(name), strlen(name));
}

static CK_RV login_named(CK_SESSION_HANDLE session, const char *name, const char *pin)
{
	return p11->C_LoginUser(session, CKU_USER, utf8(pin), strlen(pin), utf8(name), strlen(name));
}

static CK_RV set_pin(CK_SESSION_HANDLE session, const char *old, const char *new)
{
	return p11->C_SetPIN(session, utf8(old), strlen(old), utf8(new), strlen(new));
}

static CK_FLAGS flags_of(const char *name)
{
	CONCLAVE_USER users[8];
	CK_ULONG count = COUNT(users);

	assert_ok(vendor()->ListUsers(slot, users, &count));
	for (CK_ULONG i = 0; i < count; i++) {
		if (users[i].ulNameLen == strlen(name) && memcmp(users[i].name, name, strlen(name)) == 0)
			return users[i].flags;
	}
	return 0;
}

/* Alice and Bob beside the user without a name; the session is public again. */
static CK_SESSION_HANDLE with_alice_and_bob(void)
{
	CK_SESSION_HANDLE session = open_rw();

	login_so(session);
	assert_ok(add(session, "alice", ALICE_PIN));
	assert_ok(add(session, "bob", BOB_PIN));
	logout(session);
	return session;
}

/* ---- logging in -------------------------------------------------------------------------------- */

static void rule_164_each_user_gets_at_the_same_objects(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();

	assert_ok(login_named(session, "alice", ALICE_PIN));
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	make_data(session, true, true, "made by alice");
	logout(session);
	assert_ok(login_named(session, "bob", BOB_PIN));
	assert_int_equal(count_labelled(session, "made by alice"), 1);
	logout(session);
	login_user(session);
	assert_int_equal(count_labelled(session, "made by alice"), 1);
}

static void each_pin_is_its_owners_alone(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();

	assert_rv(login_named(session, "alice", BOB_PIN), CKR_PIN_INCORRECT);
	assert_rv(login_named(session, "alice", USER_PIN), CKR_PIN_INCORRECT);
	assert_rv(login_as(session, CKU_USER, ALICE_PIN), CKR_PIN_INCORRECT);
	assert_rv(login_as(session, CKU_SO, ALICE_PIN), CKR_PIN_INCORRECT);
	assert_ok(login_named(session, "alice", ALICE_PIN));
}

static void rule_165_names_that_nobody_has_and_roles_without_names_are_refused(void **state)
{
	static char long_name[66];
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();

	memset(long_name, 'n', sizeof(long_name) - 1);
	assert_rv(login_named(session, "carol", ALICE_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	assert_rv(login_named(session, "alic", ALICE_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	assert_rv(login_named(session, "Alice", ALICE_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	assert_rv(login_named(session, long_name, ALICE_PIN), CKR_ARGUMENTS_BAD);
	assert_rv(login_named(session, "\xff\xfe", ALICE_PIN), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_LoginUser(session, CKU_SO, so_pin, strlen(SO_PIN), utf8("alice"), 5), CKR_USER_TYPE_INVALID);
	assert_rv(p11->C_LoginUser(session, CKU_USER, utf8(ALICE_PIN), strlen(ALICE_PIN), NULL, 5), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_LoginUser(session, CKU_USER, utf8(ALICE_PIN), strlen(ALICE_PIN), utf8("alice"), (CK_ULONG)-1), CKR_ARGUMENTS_BAD);
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
}

static void users_are_others_to_each_other(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();
	CK_SESSION_HANDLE other = open_rw();

	assert_ok(login_named(session, "alice", ALICE_PIN));
	assert_rv(login_named(other, "alice", ALICE_PIN), CKR_USER_ALREADY_LOGGED_IN);
	assert_rv(login_named(other, "alice", "wrong"), CKR_USER_ALREADY_LOGGED_IN);
	assert_rv(login_named(other, "bob", BOB_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	assert_rv(login_as(other, CKU_USER, USER_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	assert_rv(login_as(other, CKU_SO, SO_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	logout(other);
	login_user(session);
	assert_rv(login_named(other, "alice", ALICE_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
}

/* ---- counters ---------------------------------------------------------------------------------- */

static void wrong_pins_count_for_one_user_only(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();

	for (int i = 0; i < 9; i++)
		assert_rv(login_named(session, "alice", "wrong"), CKR_PIN_INCORRECT);
	assert_true(flags_of("alice") & CKF_USER_PIN_FINAL_TRY);
	assert_rv(login_named(session, "alice", "wrong"), CKR_PIN_INCORRECT);

	assert_rv(login_named(session, "alice", ALICE_PIN), CKR_PIN_LOCKED);
	assert_true(flags_of("alice") & CKF_USER_PIN_LOCKED);
	assert_false(flags_of("bob") & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_LOCKED));
	assert_false(token_flags() & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_LOCKED));
	assert_ok(login_named(session, "bob", BOB_PIN));
	logout(session);
	login_user(session);
}

static void the_so_unlocks_with_a_new_pin(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();
	for (int i = 0; i < 10; i++)
		assert_rv(login_named(session, "alice", "wrong"), CKR_PIN_INCORRECT);
	assert_rv(login_named(session, "alice", ALICE_PIN), CKR_PIN_LOCKED);

	login_so(session);
	assert_ok(init_pin(session, "alice", "alice-new-pin"));
	logout(session);

	assert_rv(login_named(session, "alice", ALICE_PIN), CKR_PIN_INCORRECT);
	assert_ok(login_named(session, "alice", "alice-new-pin"));
	assert_false(flags_of("alice") & CKF_USER_PIN_COUNT_LOW);
}

/* ---- PINs -------------------------------------------------------------------------------------- */

static void rule_111_set_pin_is_about_the_one_who_is_logged_in(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();

	assert_ok(login_named(session, "alice", ALICE_PIN));
	assert_rv(set_pin(session, USER_PIN, "other-pin"), CKR_PIN_INCORRECT);
	assert_ok(set_pin(session, ALICE_PIN, "alice-other"));
	logout(session);

	assert_rv(login_named(session, "alice", ALICE_PIN), CKR_PIN_INCORRECT);
	assert_ok(login_named(session, "alice", "alice-other"));
	logout(session);
	assert_ok(login_named(session, "bob", BOB_PIN));
	logout(session);
	/* Without a login it is the PIN of the user without a name. */
	assert_rv(set_pin(session, "alice-other", "x-other-pin"), CKR_PIN_INCORRECT);
	assert_ok(set_pin(session, USER_PIN, "user-other-pin"));
	assert_ok(login_as(session, CKU_USER, "user-other-pin"));
}

static void a_pin_that_is_to_be_changed_is_changed_by_its_owner(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();
	assert_false(flags_of("alice") & CKF_USER_PIN_TO_BE_CHANGED);
	setenv("CONCLAVE_PIN_TO_BE_CHANGED", "1", 1);
	open_store(store_named("a"));
	session = open_rw();
	login_so(session);
	assert_ok(init_pin(session, "alice", "alice-new-pin"));
	logout(session);
	assert_true(flags_of("alice") & CKF_USER_PIN_TO_BE_CHANGED);
	assert_false(token_flags() & CKF_USER_PIN_TO_BE_CHANGED);

	assert_ok(login_named(session, "alice", "alice-new-pin"));
	CK_OBJECT_HANDLE object = 0;
	CK_ATTRIBUTE private_data[] = {{CKA_CLASS, &data_class, sizeof(data_class)}, {CKA_PRIVATE, &yes, sizeof(yes)}};
	assert_rv(p11->C_CreateObject(session, private_data, COUNT(private_data), &object), CKR_PIN_EXPIRED);
	assert_ok(set_pin(session, "alice-new-pin", "alice-third-pin"));
	assert_ok(p11->C_CreateObject(session, private_data, COUNT(private_data), &object));
	assert_false(flags_of("alice") & CKF_USER_PIN_TO_BE_CHANGED);
	unsetenv("CONCLAVE_PIN_TO_BE_CHANGED");
}

static CK_OBJECT_HANDLE careful_key(CK_SESSION_HANDLE session)
{
	CK_MECHANISM generation = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	CK_ATTRIBUTE public_template[] = {{CKA_EC_PARAMS, p256, sizeof(p256)}};
	CK_ATTRIBUTE private_template[] = {{CKA_TOKEN, &yes, sizeof(yes)}, {CKA_ALWAYS_AUTHENTICATE, &yes, sizeof(yes)}};
	CK_OBJECT_HANDLE public, private;

	assert_ok(p11->C_GenerateKeyPair(session, &generation, public_template, COUNT(public_template), private_template,
	                                 COUNT(private_template), &public, &private));
	return private;
}

static CK_RV again(CK_SESSION_HANDLE session, const char *pin, const char *name)
{
	return p11->C_LoginUser(session, CKU_CONTEXT_SPECIFIC, utf8(pin), strlen(pin), name == NULL ? NULL : utf8(name),
	                        name == NULL ? 0 : strlen(name));
}

static void a_key_asks_for_the_pin_of_who_is_logged_in(void **state)
{
	CK_MECHANISM ecdsa = {CKM_ECDSA_SHA256, NULL, 0};
	CK_BYTE message[16] = {0}, out[128];
	CK_ULONG len = sizeof(out);
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();

	assert_ok(login_named(session, "alice", ALICE_PIN));
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key(session)));
	assert_rv(again(session, USER_PIN, NULL), CKR_PIN_INCORRECT);
	assert_rv(again(session, BOB_PIN, "bob"), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	assert_rv(p11->C_LoginUser(session, CKU_CONTEXT_SPECIFIC, utf8(ALICE_PIN), 11, NULL, 5), CKR_ARGUMENTS_BAD);
	assert_ok(again(session, ALICE_PIN, "alice"));
	len = sizeof(out);
	assert_ok(p11->C_Sign(session, message, sizeof(message), out, &len));
	assert_true((flags_of("alice") & CKF_USER_PIN_COUNT_LOW) == 0);
	assert_false(token_flags() & CKF_USER_PIN_COUNT_LOW);
}

/* ---- adding and removing ----------------------------------------------------------------------- */

static void only_the_so_adds_and_removes(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();

	for (int user = 0; user < 2; user++) {
		assert_rv(add(session, "carol", "carol-pin"), CKR_USER_NOT_LOGGED_IN);
		assert_rv(init_pin(session, "alice", "alice-x-pin"), CKR_USER_NOT_LOGGED_IN);
		assert_rv(remove_user(session, "alice"), CKR_USER_NOT_LOGGED_IN);
		if (user == 0)
			assert_ok(login_named(session, "alice", ALICE_PIN));
	}
	assert_int_equal(flags_of("carol"), 0);
}

static void what_cannot_be_added_changes_nothing(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();
	login_so(session);

	assert_rv(add(session, "alice", "alice-x-pin"), CKR_ACTION_PROHIBITED);
	assert_rv(add(session, "carol", "123"), CKR_PIN_LEN_RANGE);
	assert_rv(add(session, "carol", "\xff\xfe\xfd\xfc"), CKR_PIN_INVALID);
	assert_rv(add(session, "", "carol-pin"), CKR_ARGUMENTS_BAD);
	assert_rv(vendor()->AddUser(session, NULL, 4, so_pin, 4), CKR_ARGUMENTS_BAD);
	assert_rv(vendor()->AddUser(session, so_pin, 4, NULL, 4), CKR_ARGUMENTS_BAD);
	assert_rv(vendor()->AddUser(4711, so_pin, 4, so_pin, 4), CKR_SESSION_HANDLE_INVALID);
	assert_rv(init_pin(session, "carol", "carol-pin"), CKR_USER_PIN_NOT_INITIALIZED);
	assert_rv(remove_user(session, "carol"), CKR_USER_PIN_NOT_INITIALIZED);
	assert_rv(vendor()->RemoveUser(session, NULL, 4), CKR_ARGUMENTS_BAD);
	logout(session);

	assert_ok(login_named(session, "alice", ALICE_PIN));
	assert_int_equal(flags_of("carol"), 0);
}

static void a_removed_user_is_out_and_may_be_added_again(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();
	for (int i = 0; i < 10; i++)
		assert_rv(login_named(session, "alice", "wrong"), CKR_PIN_INCORRECT);
	login_so(session);

	assert_ok(remove_user(session, "alice"));

	assert_int_equal(flags_of("alice"), 0);
	assert_int_not_equal(flags_of("bob"), 0);
	logout(session);
	assert_rv(login_named(session, "alice", ALICE_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	login_so(session);
	assert_ok(add(session, "alice", "another-pin"));
	logout(session);
	assert_rv(login_named(session, "alice", ALICE_PIN), CKR_PIN_INCORRECT);
	assert_ok(login_named(session, "alice", "another-pin"));
}

static void a_login_outlives_the_removal_elsewhere_until_logout(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();
	assert_ok(login_named(session, "alice", ALICE_PIN));
	make_data(session, true, true, "made by alice");
	pid_t child = fork();
	if (child == 0) {
		initialize();
		slot = first_slot();
		CK_SESSION_HANDLE so = open_rw();
		login_so(so);
		assert_ok(remove_user(so, "alice"));
		finalize();
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);

	assert_int_equal(count_labelled(session, "made by alice"), 1);
	logout(session);
	assert_rv(login_named(session, "alice", ALICE_PIN), CKR_USER_PIN_NOT_INITIALIZED);
}

static void init_token_removes_all_users(void **state)
{
	CK_ULONG count = 4711;
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();
	close_session(session);

	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));

	assert_ok(vendor()->ListUsers(slot, NULL, &count));
	assert_int_equal(count, 0);
	session = open_rw();
	assert_rv(login_named(session, "alice", ALICE_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	login_so(session);
	assert_ok(add(session, "alice", ALICE_PIN));
	logout(session);
	assert_ok(login_named(session, "alice", ALICE_PIN));
}

static void the_list_follows_the_convention(void **state)
{
	CONCLAVE_USER users[2];
	CK_ULONG count = 1;
	(void)state;
	with_alice_and_bob();

	assert_rv(vendor()->ListUsers(slot, users, &count), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(count, 2);
	assert_ok(vendor()->ListUsers(slot, users, &count));
	assert_true(flags_of("alice") & CKF_USER_PIN_INITIALIZED);
	assert_true(flags_of("bob") & CKF_USER_PIN_INITIALIZED);
	assert_rv(vendor()->ListUsers(slot, users, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(vendor()->ListUsers(4711, users, &count), CKR_SLOT_ID_INVALID);
}

/* ---- staying ----------------------------------------------------------------------------------- */

static void users_come_back_with_the_store_and_with_a_backup(void **state)
{
	CONCLAVE_VERIFY_REPORT report;
	(void)state;
	CK_SESSION_HANDLE session = with_alice_and_bob();
	assert_ok(login_named(session, "alice", ALICE_PIN));
	make_data(session, true, true, "made by alice");
	open_store(store_named("a"));
	session = open_rw();
	assert_ok(login_named(session, "alice", ALICE_PIN));
	assert_ok(write_backup("file", &by_key_file));
	open_store(store_named("b"));
	assert_ok(restore_backup("file", &by_key_file));
	slot = first_slot();

	session = open_rw();
	assert_ok(login_named(session, "alice", ALICE_PIN));
	assert_int_equal(count_labelled(session, "made by alice"), 1);
	assert_ok(vendor()->VerifyToken(session, &report));
	assert_int_equal(report.ulBad, 0);
	logout(session);
	assert_ok(login_named(session, "bob", BOB_PIN));
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup_moving, teardown)
	const struct CMUnitTest tests[] = {
		ROW(rule_164_each_user_gets_at_the_same_objects),
		ROW(each_pin_is_its_owners_alone),
		ROW(rule_165_names_that_nobody_has_and_roles_without_names_are_refused),
		ROW(users_are_others_to_each_other),
		ROW(wrong_pins_count_for_one_user_only),
		ROW(the_so_unlocks_with_a_new_pin),
		ROW(rule_111_set_pin_is_about_the_one_who_is_logged_in),
		ROW(a_pin_that_is_to_be_changed_is_changed_by_its_owner),
		ROW(a_key_asks_for_the_pin_of_who_is_logged_in),
		ROW(only_the_so_adds_and_removes),
		ROW(what_cannot_be_added_changes_nothing),
		ROW(a_removed_user_is_out_and_may_be_added_again),
		ROW(a_login_outlives_the_removal_elsewhere_until_logout),
		ROW(init_token_removes_all_users),
		ROW(the_list_follows_the_convention),
		ROW(users_come_back_with_the_store_and_with_a_backup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
