/* SPDX-License-Identifier: Apache-2.0 */
/* C_InitPIN, C_SetPIN, what a PIN may be, user types (rules 105 to 119). The flags that count wrong
 * PINs are in test_token.c, the outcomes of C_Login with the session states. */
#include "harness.h"

static CK_RV init_pin(CK_SESSION_HANDLE session, const char *pin)
{
	return p11->C_InitPIN(session, (CK_UTF8CHAR_PTR)(uintptr_t)pin, strlen(pin));
}

static CK_RV set_pin(CK_SESSION_HANDLE session, const char *old, const char *new)
{
	return p11->C_SetPIN(session, (CK_UTF8CHAR_PTR)(uintptr_t)old, strlen(old), (CK_UTF8CHAR_PTR)(uintptr_t)new,
	                     strlen(new));
}

/* Does this PIN open the token for this user? Leaves nobody logged in. */
static void assert_pin(CK_USER_TYPE user, const char *pin, CK_RV expected)
{
	CK_SESSION_HANDLE session = open_rw();

	assert_rv(login_as(session, user, pin), expected);
	if (expected == CKR_OK)
		logout(session);
	close_session(session);
}

static CK_FLAGS user_trouble(void)
{
	return token_flags() & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
}

/* ---- C_InitPIN ------------------------------------------------------------------------------- */

static void rule_105_init_pin_needs_the_so(void **state)
{
	CK_SESSION_HANDLE ro = open_ro(), rw = open_rw();

	(void)state;
	assert_rv(init_pin(ro, "new-user-pin"), CKR_USER_NOT_LOGGED_IN);
	assert_rv(init_pin(rw, "new-user-pin"), CKR_USER_NOT_LOGGED_IN);
	login_user(rw);
	assert_rv(init_pin(ro, "new-user-pin"), CKR_USER_NOT_LOGGED_IN);
	assert_rv(init_pin(rw, "new-user-pin"), CKR_USER_NOT_LOGGED_IN);
	logout(rw);
	close_session(ro);
	assert_pin(CKU_USER, USER_PIN, CKR_OK);
	login_so(rw);
	assert_ok(init_pin(rw, "new-user-pin"));
}

static void rule_106_init_pin_replaces_the_user_pin_without_the_old_one(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	login_so(session);
	assert_ok(init_pin(session, "new-user-pin"));
	assert_int_equal(session_state(session), CKS_RW_SO_FUNCTIONS);
	logout(session);
	assert_pin(CKU_USER, USER_PIN, CKR_PIN_INCORRECT);
	assert_pin(CKU_USER, "new-user-pin", CKR_OK);
	assert_pin(CKU_SO, SO_PIN, CKR_OK);
}

static void rule_106_objects_survive_a_new_user_pin(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	login_user(session);
	make_data(session, true, true, "private");
	logout(session);
	login_so(session);
	assert_ok(init_pin(session, "new-user-pin"));
	logout(session);
	assert_ok(login_as(session, CKU_USER, "new-user-pin"));
	assert_int_equal(count_labelled(session, "private"), 1);
}

static void rule_107_init_pin_unlocks_the_user(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_rv_in(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	login_so(session);
	assert_ok(init_pin(session, "new-user-pin"));
	assert_int_equal(user_trouble(), 0);
	logout(session);
	assert_pin(CKU_USER, "new-user-pin", CKR_OK);
}

/* ---- what a PIN may be ------------------------------------------------------------------------ */

static void rule_108_length_of_a_new_pin(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_TOKEN_INFO info;
	char longest[257];

	(void)state;
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	assert_int_equal(info.ulMinPinLen, 4);
	assert_int_equal(info.ulMaxPinLen, 255);
	memset(longest, 'p', 256);
	longest[256] = '\0';
	login_so(session);
	assert_rv(init_pin(session, "abc"), CKR_PIN_LEN_RANGE);
	assert_rv(init_pin(session, ""), CKR_PIN_LEN_RANGE);
	assert_rv(init_pin(session, longest), CKR_PIN_LEN_RANGE);
	assert_ok(init_pin(session, "abcd"));
	assert_rv(set_pin(session, SO_PIN, "abc"), CKR_PIN_LEN_RANGE);
	assert_rv(set_pin(session, SO_PIN, longest), CKR_PIN_LEN_RANGE);
	longest[255] = '\0';
	assert_ok(set_pin(session, SO_PIN, longest));
	logout(session);
	assert_pin(CKU_SO, longest, CKR_OK);
	assert_pin(CKU_USER, "abcd", CKR_OK);
}

static void rules_108_118_new_pins_are_utf_8(void **state)
{
	static const char *const bad[] = {"ab\xff\xfe" "cd", "abcd\xc3", "\xc0\x80" "abcd", "abcd\xed\xa0\x80", "\xf4\x90\x80\x80 x"};
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	login_so(session);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_rv(init_pin(session, bad[i]), CKR_PIN_INVALID);
		assert_rv(set_pin(session, SO_PIN, bad[i]), CKR_PIN_INVALID);
	}
	assert_ok(init_pin(session, "p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac \xf0\x9f\x94\x91"));
	logout(session);
	assert_pin(CKU_USER, USER_PIN, CKR_PIN_INCORRECT);
	assert_pin(CKU_USER, "p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac \xf0\x9f\x94\x91", CKR_OK);
	assert_pin(CKU_SO, SO_PIN, CKR_OK);
}

/* No NUL ends a PIN: only the length that is given does. */
static void rule_118_pin_is_as_long_as_the_length_says(void **state)
{
	CK_UTF8CHAR stored[] = "four-and-more";
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	login_so(session);
	assert_ok(p11->C_InitPIN(session, stored, 4));
	logout(session);
	assert_rv(p11->C_Login(session, CKU_USER, stored, sizeof(stored) - 1), CKR_PIN_INCORRECT);
	assert_rv(p11->C_Login(session, CKU_USER, stored, 3), CKR_PIN_INCORRECT);
	assert_rv(p11->C_Login(session, CKU_USER, (CK_UTF8CHAR_PTR)(uintptr_t)"four\0x", 6), CKR_PIN_INCORRECT);
	assert_ok(p11->C_Login(session, CKU_USER, stored, 4));
}

static void rule_109_login_calls_a_pin_of_impossible_length_incorrect(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	char huge[5000];

	(void)state;
	memset(huge, 'p', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_rv(login_as(session, CKU_USER, huge), CKR_PIN_INCORRECT);
	assert_rv(login_as(session, CKU_USER, ""), CKR_PIN_INCORRECT);
	assert_rv(login_as(session, CKU_USER, "\xff\xfe\xfd\xfc"), CKR_PIN_INCORRECT);
	assert_rv(login_as(session, CKU_SO, huge), CKR_PIN_INCORRECT);
	assert_rv(set_pin(session, huge, "new-user-pin"), CKR_PIN_INCORRECT);
	login_user(session);
}

/* ---- C_SetPIN -------------------------------------------------------------------------------- */

static void rule_110_set_pin_needs_a_read_write_session(void **state)
{
	CK_SESSION_HANDLE session = open_ro();

	(void)state;
	assert_rv(set_pin(session, USER_PIN, "new-user-pin"), CKR_SESSION_READ_ONLY);
	login_user(session);
	assert_rv(set_pin(session, USER_PIN, "new-user-pin"), CKR_SESSION_READ_ONLY);
	assert_rv(set_pin(session, "wrong", "new-user-pin"), CKR_SESSION_READ_ONLY);
	assert_int_equal(user_trouble(), 0);
	logout(session);
	assert_pin(CKU_USER, USER_PIN, CKR_OK);
}

static void rules_111_115_set_pin_of_a_public_session_changes_the_user_s(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	assert_ok(set_pin(session, USER_PIN, "new-user-pin"));
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
	assert_pin(CKU_USER, USER_PIN, CKR_PIN_INCORRECT);
	assert_pin(CKU_USER, "new-user-pin", CKR_OK);
	assert_pin(CKU_SO, SO_PIN, CKR_OK);
}

static void rules_111_115_set_pin_of_the_user(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	login_user(session);
	make_data(session, true, true, "private");
	assert_ok(set_pin(session, USER_PIN, "new-user-pin"));
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	make_data(session, true, true, "private");
	logout(session);
	assert_pin(CKU_USER, USER_PIN, CKR_PIN_INCORRECT);
	assert_ok(login_as(session, CKU_USER, "new-user-pin"));
	assert_int_equal(count_labelled(session, "private"), 2);
}

static void rules_111_115_set_pin_of_the_so(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	login_so(session);
	assert_rv(set_pin(session, USER_PIN, "new-so-pin"), CKR_PIN_INCORRECT);
	assert_ok(set_pin(session, SO_PIN, "new-so-pin"));
	assert_int_equal(session_state(session), CKS_RW_SO_FUNCTIONS);
	logout(session);
	assert_pin(CKU_SO, SO_PIN, CKR_PIN_INCORRECT);
	assert_pin(CKU_SO, "new-so-pin", CKR_OK);
	assert_pin(CKU_USER, USER_PIN, CKR_OK);
}

static void rule_111_a_new_pin_may_equal_the_old_one(void **state)
{
	(void)state;
	assert_ok(set_pin(open_rw(), USER_PIN, USER_PIN));
	assert_pin(CKU_USER, USER_PIN, CKR_OK);
}

static void rules_112_113_wrong_old_pins_count_and_lock(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	assert_rv(set_pin(session, "wrong", "new-user-pin"), CKR_PIN_INCORRECT);
	assert_int_equal(user_trouble(), CKF_USER_PIN_COUNT_LOW);
	assert_ok(set_pin(session, USER_PIN, USER_PIN));
	assert_int_equal(user_trouble(), 0);
	for (int i = 0; i < 9; i++)
		assert_rv(i % 2 ? set_pin(session, "wrong", "new-user-pin") : login_as(session, CKU_USER, "wrong"),
		          CKR_PIN_INCORRECT);
	assert_int_equal(user_trouble(), CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
	assert_rv_in(set_pin(session, "wrong", "new-user-pin"), CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
	assert_int_equal(user_trouble() & CKF_USER_PIN_LOCKED, CKF_USER_PIN_LOCKED);
	assert_rv(set_pin(session, USER_PIN, "new-user-pin"), CKR_PIN_LOCKED);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
}

static void rule_113_so_s_wrong_old_pins_count_for_the_so(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	login_so(session);
	assert_rv(set_pin(session, "wrong", "new-so-pin"), CKR_PIN_INCORRECT);
	assert_int_equal(token_flags() & CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_COUNT_LOW);
	assert_int_equal(user_trouble(), 0);
	assert_int_equal(session_state(session), CKS_RW_SO_FUNCTIONS);
}

static void rule_112_refused_new_pin_keeps_the_old_one(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	assert_rv(set_pin(session, USER_PIN, "abc"), CKR_PIN_LEN_RANGE);
	assert_pin(CKU_USER, USER_PIN, CKR_OK);
	assert_int_equal(user_trouble(), 0);
}

static void rule_116_set_pin_without_a_user_pin_matches_nothing(void **state)
{
	CK_SESSION_HANDLE session;

	(void)state;
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	session = open_rw();
	assert_rv(set_pin(session, USER_PIN, "new-user-pin"), CKR_PIN_INCORRECT);
	assert_rv(set_pin(session, "", "new-user-pin"), CKR_PIN_INCORRECT);
	assert_rv(login_as(session, CKU_USER, "new-user-pin"), CKR_USER_PIN_NOT_INITIALIZED);
}

static void rule_117_null_pins_are_argument_errors(void **state)
{
	CK_UTF8CHAR pin[] = USER_PIN;
	CK_ULONG length = strlen(USER_PIN);
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	assert_int_equal(token_flags() & CKF_PROTECTED_AUTHENTICATION_PATH, 0);
	assert_rv(p11->C_SetPIN(session, NULL, length, pin, length), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_SetPIN(session, pin, length, NULL, length), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_SetPIN(session, NULL, 0, NULL, 0), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_Login(session, CKU_USER, NULL, length), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_Login(session, CKU_USER, NULL, 0), CKR_ARGUMENTS_BAD);
	login_so(session);
	assert_rv(p11->C_InitPIN(session, NULL, length), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_InitPIN(session, NULL, 0), CKR_ARGUMENTS_BAD);
	assert_int_equal(user_trouble(), 0);
}

/* ---- user types ------------------------------------------------------------------------------ */

static void rules_119_154_only_three_user_types_exist(void **state)
{
	static const CK_USER_TYPE unknown[] = {3, 4, 0x80000000UL, ~0UL};
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	for (size_t i = 0; i < COUNT(unknown); i++)
		assert_rv(login_as(session, unknown[i], USER_PIN), CKR_USER_TYPE_INVALID);
	assert_rv(login_as(session, CKU_CONTEXT_SPECIFIC, USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(login_as(session, CKU_USER, USER_PIN));
	logout(session);
	assert_ok(login_as(session, CKU_SO, SO_PIN));
}

/* ---- PINs and other processes ----------------------------------------------------------------- */

static int change_the_pin(void *unused)
{
	(void)unused;
	initialize();
	first_slot();
	assert_ok(set_pin(open_rw(), USER_PIN, "new-user-pin"));
	finalize();
	return 0;
}

static void rule_111_a_pin_changed_by_another_application_is_changed(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	login_user(session);
	logout(session);
	assert_int_equal(run_child(change_the_pin, NULL), 0);
	assert_pin(CKU_USER, USER_PIN, CKR_PIN_INCORRECT);
	assert_pin(CKU_USER, "new-user-pin", CKR_OK);
}

static int guess_wrong(void *unused)
{
	(void)unused;
	initialize();
	first_slot();
	for (int i = 0; i < 9; i++)
		assert_rv(login_as(open_rw(), CKU_USER, "wrong"), CKR_PIN_INCORRECT);
	return 0; /* without C_Finalize */
}

static void rule_113_wrong_pins_of_all_applications_count_together(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	assert_int_equal(run_child(guess_wrong, NULL), 0);
	assert_int_equal(user_trouble(), CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
	assert_rv_in(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
}

#define TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)
#define SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_token_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TOKEN(rule_105_init_pin_needs_the_so),
		TOKEN(rule_106_init_pin_replaces_the_user_pin_without_the_old_one),
		SQLITE(rule_106_objects_survive_a_new_user_pin),
		TOKEN(rule_107_init_pin_unlocks_the_user),
		TOKEN(rule_108_length_of_a_new_pin),
		TOKEN(rules_108_118_new_pins_are_utf_8),
		TOKEN(rule_118_pin_is_as_long_as_the_length_says),
		TOKEN(rule_109_login_calls_a_pin_of_impossible_length_incorrect),
		TOKEN(rule_110_set_pin_needs_a_read_write_session),
		TOKEN(rules_111_115_set_pin_of_a_public_session_changes_the_user_s),
		SQLITE(rules_111_115_set_pin_of_the_user),
		TOKEN(rules_111_115_set_pin_of_the_so),
		TOKEN(rule_111_a_new_pin_may_equal_the_old_one),
		TOKEN(rules_112_113_wrong_old_pins_count_and_lock),
		TOKEN(rule_113_so_s_wrong_old_pins_count_for_the_so),
		TOKEN(rule_112_refused_new_pin_keeps_the_old_one),
		TOKEN(rule_116_set_pin_without_a_user_pin_matches_nothing),
		TOKEN(rule_117_null_pins_are_argument_errors),
		TOKEN(rules_119_154_only_three_user_types_exist),
		SQLITE(rule_111_a_pin_changed_by_another_application_is_changed),
		SQLITE(rule_113_wrong_pins_of_all_applications_count_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
