/* SPDX-License-Identifier: Apache-2.0 */
/* Login: rules 154 to 165 (chapter K), the tables T2 (outcome of a login) and T7 (life of the PIN flags),
 * invariant S3. What a logout ends is test_logout.c's, context-specific login test_context_login.c's. */
#include "api/harness.h"

#define WRONG_PIN "not-the-pin"
#define PIN_LIMIT 10 /* tries before a PIN is locked, by default */
#define NOBODY ((CK_USER_TYPE)-1)

static CK_UTF8CHAR_PTR utf8(const char *text)
{
	return (CK_UTF8CHAR_PTR)(uintptr_t)text;
}

static const char *pin_of(CK_USER_TYPE user)
{
	return user == CKU_SO ? SO_PIN : USER_PIN;
}

/* ---- T2 -------------------------------------------------------------------------------------- */

static void rules_155_156_161_table_t2_login_by_status_and_sessions(void **state)
{
	static const struct {
		CK_USER_TYPE before;
		bool with_ro;
		CK_USER_TYPE asks;
		CK_RV rv, or_rv;
	} rows[] = {
		{NOBODY, false, CKU_USER, CKR_OK, CKR_OK},
		{NOBODY, false, CKU_SO, CKR_OK, CKR_OK},
		{NOBODY, false, CKU_CONTEXT_SPECIFIC, CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_NOT_INITIALIZED},
		{NOBODY, true, CKU_USER, CKR_OK, CKR_OK},
		{NOBODY, true, CKU_SO, CKR_SESSION_READ_ONLY_EXISTS, CKR_SESSION_READ_ONLY_EXISTS},
		{NOBODY, true, CKU_CONTEXT_SPECIFIC, CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_NOT_INITIALIZED},
		{CKU_USER, false, CKU_USER, CKR_USER_ALREADY_LOGGED_IN, CKR_USER_ALREADY_LOGGED_IN},
		{CKU_USER, false, CKU_SO, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, CKR_USER_ANOTHER_ALREADY_LOGGED_IN},
		{CKU_USER, false, CKU_CONTEXT_SPECIFIC, CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_NOT_INITIALIZED},
		{CKU_USER, true, CKU_USER, CKR_USER_ALREADY_LOGGED_IN, CKR_USER_ALREADY_LOGGED_IN},
		{CKU_USER, true, CKU_SO, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, CKR_SESSION_READ_ONLY_EXISTS},
		{CKU_USER, true, CKU_CONTEXT_SPECIFIC, CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_NOT_INITIALIZED},
		{CKU_SO, false, CKU_USER, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, CKR_USER_ANOTHER_ALREADY_LOGGED_IN},
		{CKU_SO, false, CKU_SO, CKR_USER_ALREADY_LOGGED_IN, CKR_USER_ALREADY_LOGGED_IN},
		{CKU_SO, false, CKU_CONTEXT_SPECIFIC, CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_NOT_INITIALIZED},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CK_USER_TYPE after = rows[i].rv == CKR_OK ? rows[i].asks : rows[i].before;
		CK_SESSION_HANDLE rw, ro = 0;

		assert_ok(p11->C_CloseAllSessions(slot));
		rw = open_rw();
		if (rows[i].with_ro)
			ro = open_ro();
		if (rows[i].before != NOBODY)
			assert_ok(login_as(rw, rows[i].before, pin_of(rows[i].before)));
		assert_rv_in(login_as(rw, rows[i].asks, pin_of(rows[i].asks)), rows[i].rv, rows[i].or_rv);
		assert_int_equal(session_state(rw), after == CKU_SO ? CKS_RW_SO_FUNCTIONS :
		                 after == CKU_USER ? CKS_RW_USER_FUNCTIONS : CKS_RW_PUBLIC_SESSION);
		if (ro)
			assert_int_equal(session_state(ro), after == CKU_USER ? CKS_RO_USER_FUNCTIONS : CKS_RO_PUBLIC_SESSION);
	}
}

static void rule_154_unknown_user_types_are_refused(void **state)
{
	static const CK_USER_TYPE unknown[] = {3, 4, 17, 0x80000000, (CK_USER_TYPE)-1};
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	for (size_t i = 0; i < COUNT(unknown); i++) {
		assert_rv(login_as(session, unknown[i], USER_PIN), CKR_USER_TYPE_INVALID);
		assert_rv(p11->C_LoginUser(session, unknown[i], utf8(USER_PIN), strlen(USER_PIN), NULL, 0),
		          CKR_USER_TYPE_INVALID);
	}
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
	assert_false(token_flags() & (CKF_USER_PIN_COUNT_LOW | CKF_SO_PIN_COUNT_LOW));
}

static void rule_155_a_second_login_is_refused_whatever_the_pin(void **state)
{
	CK_SESSION_HANDLE session = open_rw(), other = open_rw();
	(void)state;

	login_user(session);
	assert_rv(login_as(other, CKU_USER, USER_PIN), CKR_USER_ALREADY_LOGGED_IN);
	assert_rv(login_as(session, CKU_USER, WRONG_PIN), CKR_USER_ALREADY_LOGGED_IN);
	assert_rv(login_as(session, CKU_SO, WRONG_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	assert_false(token_flags() & (CKF_USER_PIN_COUNT_LOW | CKF_SO_PIN_COUNT_LOW));
	logout(other);
	login_so(other);
	assert_rv(login_as(session, CKU_SO, SO_PIN), CKR_USER_ALREADY_LOGGED_IN);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	assert_int_equal(session_state(session), CKS_RW_SO_FUNCTIONS);
}

static void rule_156_one_read_only_session_anywhere_refuses_the_so(void **state)
{
	CK_SESSION_HANDLE rw = open_rw(), ro[2] = {open_ro(), open_ro()};
	(void)state;

	assert_rv(login_as(rw, CKU_SO, SO_PIN), CKR_SESSION_READ_ONLY_EXISTS);
	close_session(ro[0]);
	assert_rv(login_as(rw, CKU_SO, SO_PIN), CKR_SESSION_READ_ONLY_EXISTS);
	close_session(ro[1]);
	assert_ok(login_as(rw, CKU_SO, SO_PIN));
}

static int hold_read_only_session(void *arg)
{
	(void)arg;
	initialize();
	slot = first_slot();
	login_so(open_rw());
	assert_ok(p11->C_CloseAllSessions(slot));
	finalize();
	return 0;
}

static void rule_156_read_only_sessions_of_other_applications_do_not_count(void **state)
{
	CK_SESSION_HANDLE ro = open_ro();
	(void)state;

	assert_int_equal(run_child(hold_read_only_session, NULL), 0);
	assert_int_equal(session_state(ro), CKS_RO_PUBLIC_SESSION);
}

static void rule_157_user_without_a_pin_cannot_log_in(void **state)
{
	CK_SESSION_HANDLE session;
	(void)state;

	slot = first_slot();
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	session = open_rw();
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	assert_rv(login_as(session, CKU_USER, SO_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	assert_rv(login_as(session, CKU_USER, ""), CKR_USER_PIN_NOT_INITIALIZED);
	login_so(session);
	assert_ok(p11->C_InitPIN(session, utf8(USER_PIN), strlen(USER_PIN)));
	logout(session);
	login_user(session);
}

static void rule_158_wrong_pin_changes_no_state(void **state)
{
	static const char *const wrong[] = {WRONG_PIN, "", "user-pin-567", "user-pin-56789", "USER-PIN-5678", SO_PIN};
	CK_SESSION_HANDLE rw = open_rw(), ro = open_ro();
	(void)state;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_rv(login_as(rw, CKU_USER, wrong[i]), CKR_PIN_INCORRECT);
		assert_int_equal(session_state(rw), CKS_RW_PUBLIC_SESSION);
		assert_int_equal(session_state(ro), CKS_RO_PUBLIC_SESSION);
	}
	close_session(ro);
	assert_rv(login_as(rw, CKU_SO, USER_PIN), CKR_PIN_INCORRECT);
	assert_int_equal(session_state(rw), CKS_RW_PUBLIC_SESSION);
	login_user(rw);
}

static void rule_158_pin_is_compared_by_bytes_and_length(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_UTF8CHAR longer[] = USER_PIN "\0tail";
	(void)state;

	assert_rv(p11->C_Login(session, CKU_USER, longer, sizeof(longer) - 1), CKR_PIN_INCORRECT);
	assert_rv(p11->C_Login(session, CKU_USER, longer, strlen(USER_PIN) + 1), CKR_PIN_INCORRECT);
	assert_ok(p11->C_Login(session, CKU_USER, longer, strlen(USER_PIN)));
}

static void rule_109_over_long_pin_at_login_is_just_incorrect(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	static CK_UTF8CHAR pin[70000];
	static const CK_ULONG lengths[] = {1, 3, 256, 4096, sizeof(pin)};
	(void)state;

	memset(pin, 'x', sizeof(pin));
	for (size_t i = 0; i < COUNT(lengths); i++)
		assert_rv(p11->C_Login(session, CKU_USER, pin, lengths[i]), CKR_PIN_INCORRECT);
	login_user(session);
}

static void rule_158_null_pin_without_protected_path_is_refused(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	assert_false(token_flags() & CKF_PROTECTED_AUTHENTICATION_PATH);
	assert_rv_in(p11->C_Login(session, CKU_USER, NULL, 8), CKR_ARGUMENTS_BAD, CKR_PIN_INCORRECT);
	assert_rv_in(p11->C_Login(session, CKU_USER, NULL, 0), CKR_ARGUMENTS_BAD, CKR_PIN_INCORRECT);
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
}

/* ---- T7 -------------------------------------------------------------------------------------- */

struct pin_flags {
	CK_FLAGS low, last, locked;
};

static const struct pin_flags flags_of[2] = {
	[CKU_SO] = {CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED},
	[CKU_USER] = {CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED},
};

static CK_RV wrong_by_login(CK_SESSION_HANDLE session, CK_USER_TYPE user)
{
	return login_as(session, user, WRONG_PIN);
}

static CK_RV wrong_by_login_user(CK_SESSION_HANDLE session, CK_USER_TYPE user)
{
	return p11->C_LoginUser(session, user, utf8(WRONG_PIN), strlen(WRONG_PIN), NULL, 0);
}

static CK_RV wrong_by_set_pin(CK_SESSION_HANDLE session, CK_USER_TYPE user)
{
	(void)user; /* in a public session: CKU_USER */
	return p11->C_SetPIN(session, utf8(WRONG_PIN), strlen(WRONG_PIN), utf8(USER_PIN), strlen(USER_PIN));
}

/* C_InitToken is refused while sessions are open. */
static CK_RV wrong_by_init_token(CK_SESSION_HANDLE session, CK_USER_TYPE user)
{
	(void)session, (void)user;
	assert_ok(p11->C_CloseAllSessions(slot));
	return init_token(slot, WRONG_PIN, TOKEN_LABEL);
}

typedef CK_RV (*wrong_fn)(CK_SESSION_HANDLE, CK_USER_TYPE);

static void assert_pin_flags(CK_USER_TYPE user, bool low, bool last, bool locked)
{
	CK_FLAGS flags = token_flags();
	const struct pin_flags *mine = &flags_of[user], *others = &flags_of[!user];

	assert_int_equal(!!(flags & mine->locked), locked);
	if (!locked) {
		assert_int_equal(!!(flags & mine->low), low);
		assert_int_equal(!!(flags & mine->last), last);
	}
	assert_int_equal(flags & (others->low | others->last | others->locked), 0);
}

/* Wrong PINs up to the limit, by the given ways in turn. */
static void lock_pin(CK_USER_TYPE user, const wrong_fn *ways, size_t count)
{
	for (int failures = 1; failures <= PIN_LIMIT; failures++) {
		CK_SESSION_HANDLE session = open_rw();
		CK_RV rv = ways[(size_t)failures % count](session, user);

		/* The try that locks may already be told so. */
		if (failures == PIN_LIMIT)
			assert_rv_in(rv, CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
		else
			assert_rv(rv, CKR_PIN_INCORRECT);
		assert_pin_flags(user, true, failures == PIN_LIMIT - 1, failures == PIN_LIMIT);
	}
}

static const wrong_fn user_ways[] = {wrong_by_login, wrong_by_login_user, wrong_by_set_pin};
static const wrong_fn so_ways[] = {wrong_by_login, wrong_by_login_user, wrong_by_init_token};

static void rules_78_79_80_table_t7_user_pin_to_the_lock_and_back(void **state)
{
	static const wrong_fn by_login[] = {wrong_by_login};
	CK_SESSION_HANDLE session;
	(void)state;

	assert_pin_flags(CKU_USER, false, false, false);
	lock_pin(CKU_USER, by_login, 1);
	session = open_rw();
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	login_so(session);
	assert_ok(p11->C_InitPIN(session, utf8(USER_PIN), strlen(USER_PIN)));
	assert_pin_flags(CKU_USER, false, false, false);
	logout(session);
	login_user(session);
}

static void rules_78_79_80_table_t7_so_pin_to_the_lock(void **state)
{
	static const wrong_fn by_login[] = {wrong_by_login};
	CK_SESSION_HANDLE session;
	(void)state;

	lock_pin(CKU_SO, by_login, 1);
	session = open_rw();
	assert_rv(login_as(session, CKU_SO, SO_PIN), CKR_PIN_LOCKED);
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
	login_user(session);
	close_session(session);
	assert_ok(p11->C_CloseAllSessions(slot));
	assert_rv(init_token(slot, SO_PIN, TOKEN_LABEL), CKR_PIN_LOCKED);
}

static void rules_112_113_all_wrong_user_pins_share_one_counter(void **state)
{
	CK_SESSION_HANDLE session;
	(void)state;

	lock_pin(CKU_USER, user_ways, COUNT(user_ways));
	session = open_rw();
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	assert_rv(p11->C_LoginUser(session, CKU_USER, utf8(USER_PIN), strlen(USER_PIN), NULL, 0), CKR_PIN_LOCKED);
	assert_rv(p11->C_SetPIN(session, utf8(USER_PIN), strlen(USER_PIN), utf8(USER_PIN), strlen(USER_PIN)), CKR_PIN_LOCKED);
}

static void rules_96_97_all_wrong_so_pins_share_one_counter(void **state)
{
	(void)state;
	lock_pin(CKU_SO, so_ways, COUNT(so_ways));
	assert_rv(login_as(open_rw(), CKU_SO, SO_PIN), CKR_PIN_LOCKED);
}

static void rule_78_table_t7_a_right_pin_clears_the_flags(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	for (int round = 0; round < 3; round++) {
		for (int i = 1; i < PIN_LIMIT; i++)
			assert_rv(login_as(session, CKU_USER, WRONG_PIN), CKR_PIN_INCORRECT);
		assert_pin_flags(CKU_USER, true, true, false);
		if (round == 1)
			assert_ok(p11->C_SetPIN(session, utf8(USER_PIN), strlen(USER_PIN), utf8(USER_PIN), strlen(USER_PIN)));
		else
			login_user(session);
		assert_pin_flags(CKU_USER, false, false, false);
		if (round != 1)
			logout(session);
	}
	for (int i = 1; i < PIN_LIMIT; i++)
		assert_rv(login_as(session, CKU_SO, WRONG_PIN), CKR_PIN_INCORRECT);
	assert_pin_flags(CKU_SO, true, true, false);
	login_so(session);
	assert_pin_flags(CKU_SO, false, false, false);
}

static void rule_107_table_t7_init_pin_and_init_token_clear_the_flags(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	for (int i = 1; i < PIN_LIMIT; i++)
		assert_rv(login_as(session, CKU_USER, WRONG_PIN), CKR_PIN_INCORRECT);
	login_so(session);
	assert_ok(p11->C_InitPIN(session, utf8(USER_PIN), strlen(USER_PIN)));
	assert_pin_flags(CKU_USER, false, false, false);
	logout(session);

	for (int i = 1; i < PIN_LIMIT; i++)
		assert_rv(login_as(session, CKU_SO, WRONG_PIN), CKR_PIN_INCORRECT);
	assert_rv(login_as(session, CKU_USER, WRONG_PIN), CKR_PIN_INCORRECT);
	close_session(session);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	assert_pin_flags(CKU_USER, false, false, false);
	assert_pin_flags(CKU_SO, false, false, false);
}

static void rule_159_locked_pin_stays_locked_for_the_right_pin(void **state)
{
	CK_SESSION_HANDLE session = open_rw(), ro;
	(void)state;

	for (int i = 0; i < PIN_LIMIT; i++)
		login_as(session, CKU_USER, WRONG_PIN);
	for (int i = 0; i < 3; i++) {
		assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
		assert_rv(login_as(session, CKU_USER, WRONG_PIN), CKR_PIN_LOCKED);
	}
	assert_true(token_flags() & CKF_USER_PIN_LOCKED);
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
	ro = open_ro();
	assert_rv(login_as(ro, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
}

/* A lock brought about elsewhere refuses new logins, but does not end one. */
static int lock_user_pin(void *arg)
{
	CK_SESSION_HANDLE session;
	(void)arg;

	initialize();
	slot = first_slot();
	session = open_rw();
	for (int i = 0; i < PIN_LIMIT; i++)
		login_as(session, CKU_USER, WRONG_PIN);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	finalize();
	return 0;
}

static void rule_159_locked_by_another_application(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	login_user(session);
	assert_int_equal(run_child(lock_user_pin, NULL), 0);
	assert_true(token_flags() & CKF_USER_PIN_LOCKED);
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	make_data(session, true, true, "still-in");
	logout(session);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
}

/* ---- C_LoginUser ----------------------------------------------------------------------------- */

static void rules_164_165_login_user_without_name_is_login(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	assert_rv(p11->C_LoginUser(session, CKU_USER, utf8(WRONG_PIN), strlen(WRONG_PIN), NULL, 0), CKR_PIN_INCORRECT);
	assert_ok(p11->C_LoginUser(session, CKU_USER, utf8(USER_PIN), strlen(USER_PIN), NULL, 0));
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	assert_rv(p11->C_LoginUser(session, CKU_USER, utf8(USER_PIN), strlen(USER_PIN), NULL, 0), CKR_USER_ALREADY_LOGGED_IN);
	assert_rv(p11->C_LoginUser(session, CKU_SO, utf8(SO_PIN), strlen(SO_PIN), NULL, 0),
	          CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	logout(session);
	assert_ok(p11->C_LoginUser(session, CKU_SO, utf8(SO_PIN), strlen(SO_PIN), utf8(""), 0));
	assert_int_equal(session_state(session), CKS_RW_SO_FUNCTIONS);
}

static void rule_164_login_user_follows_the_rules_of_login(void **state)
{
	CK_SESSION_HANDLE session = open_rw(), ro = open_ro();
	(void)state;

	assert_rv(p11->C_LoginUser(session, CKU_SO, utf8(SO_PIN), strlen(SO_PIN), NULL, 0), CKR_SESSION_READ_ONLY_EXISTS);
	assert_rv(p11->C_LoginUser(session, CKU_CONTEXT_SPECIFIC, utf8(USER_PIN), strlen(USER_PIN), NULL, 0),
	          CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_LoginUser(0, CKU_USER, utf8(USER_PIN), strlen(USER_PIN), NULL, 0), CKR_SESSION_HANDLE_INVALID);
	assert_int_equal(session_state(ro), CKS_RO_PUBLIC_SESSION);
}

static void rule_165_a_name_that_no_user_has_is_refused(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	assert_rv(p11->C_LoginUser(session, CKU_USER, utf8(USER_PIN), strlen(USER_PIN), utf8("alice"), 5),
	          CKR_USER_PIN_NOT_INITIALIZED);
	assert_rv(p11->C_LoginUser(session, CKU_USER, utf8(USER_PIN), strlen(USER_PIN), NULL, 5), CKR_ARGUMENTS_BAD);
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
}

#define ON_TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)
#define ON_SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_token_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_TOKEN(rules_155_156_161_table_t2_login_by_status_and_sessions),
		ON_TOKEN(rule_154_unknown_user_types_are_refused),
		ON_TOKEN(rule_155_a_second_login_is_refused_whatever_the_pin),
		ON_TOKEN(rule_156_one_read_only_session_anywhere_refuses_the_so),
		ON_SQLITE(rule_156_read_only_sessions_of_other_applications_do_not_count),
		cmocka_unit_test_setup_teardown(rule_157_user_without_a_pin_cannot_log_in, setup_initialized, teardown),
		ON_TOKEN(rule_158_wrong_pin_changes_no_state),
		ON_TOKEN(rule_158_pin_is_compared_by_bytes_and_length),
		ON_TOKEN(rule_109_over_long_pin_at_login_is_just_incorrect),
		ON_TOKEN(rule_158_null_pin_without_protected_path_is_refused),
		ON_TOKEN(rules_78_79_80_table_t7_user_pin_to_the_lock_and_back),
		ON_TOKEN(rules_78_79_80_table_t7_so_pin_to_the_lock),
		ON_TOKEN(rules_112_113_all_wrong_user_pins_share_one_counter),
		ON_TOKEN(rules_96_97_all_wrong_so_pins_share_one_counter),
		ON_TOKEN(rule_78_table_t7_a_right_pin_clears_the_flags),
		ON_TOKEN(rule_107_table_t7_init_pin_and_init_token_clear_the_flags),
		ON_TOKEN(rule_159_locked_pin_stays_locked_for_the_right_pin),
		ON_SQLITE(rule_159_locked_by_another_application),
		ON_TOKEN(rules_164_165_login_user_without_name_is_login),
		ON_TOKEN(rule_164_login_user_follows_the_rules_of_login),
		ON_TOKEN(rule_165_a_name_that_no_user_has_is_refused),
	};
	return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}
