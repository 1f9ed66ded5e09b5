/* SPDX-License-Identifier: Apache-2.0 */
/* Token information, the flags about PINs, write protection, C_InitToken (rules 74 to 104). Knows how
 * a PIN is set only as far as the flags show it: the rest is in test_pins.c. */
#include "harness.h"

#include <ctype.h>
#include <ftw.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static CK_TOKEN_INFO token_info(void)
{
	CK_TOKEN_INFO info;

	memset(&info, 0, sizeof(info));
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	return info;
}

/* ---- C_GetTokenInfo -------------------------------------------------------------------------- */

static void rules_74_100_texts_are_padded_with_blanks(void **state)
{
	CK_TOKEN_INFO info;

	(void)state;
	info = token_info();
	assert_true(is_padded(info.label, sizeof(info.label)));
	assert_true(is_padded(info.manufacturerID, sizeof(info.manufacturerID)));
	assert_true(is_padded(info.model, sizeof(info.model)));
	assert_true(is_padded(info.serialNumber, sizeof(info.serialNumber)));
	assert_memory_equal(info.label, TOKEN_LABEL "                      ", sizeof(info.label));
	assert_memory_not_equal(info.serialNumber, "                ", sizeof(info.serialNumber));
}

static void rule_75_initialised_flag(void **state)
{
	(void)state;
	assert_int_equal(token_flags() & CKF_TOKEN_INITIALIZED, 0);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	assert_int_equal(token_flags() & CKF_TOKEN_INITIALIZED, CKF_TOKEN_INITIALIZED);
}

static void rules_76_106_user_pin_flag_is_set_by_init_pin_and_cleared_by_init_token(void **state)
{
	CK_SESSION_HANDLE session;

	(void)state;
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	assert_int_equal(token_flags() & CKF_USER_PIN_INITIALIZED, 0);
	session = open_rw();
	login_so(session);
	assert_ok(p11->C_InitPIN(session, (CK_UTF8CHAR_PTR)(uintptr_t)USER_PIN, strlen(USER_PIN)));
	assert_int_equal(token_flags() & CKF_USER_PIN_INITIALIZED, CKF_USER_PIN_INITIALIZED);
	close_session(session);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	assert_int_equal(token_flags() & CKF_USER_PIN_INITIALIZED, 0);
}

static void rule_77_private_objects_need_the_login_that_the_flag_announces(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE object;
	CK_ATTRIBUTE private_data[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_PRIVATE, &yes, sizeof(yes)},
	};

	(void)state;
	assert_int_equal(token_flags() & CKF_LOGIN_REQUIRED, CKF_LOGIN_REQUIRED);
	assert_rv(p11->C_CreateObject(session, private_data, COUNT(private_data), &object), CKR_USER_NOT_LOGGED_IN);
	login_user(session);
	assert_ok(p11->C_CreateObject(session, private_data, COUNT(private_data), &object));
}

static void rules_86_87_88_89_90_flags_that_never_change(void **state)
{
	const CK_FLAGS always = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_TOKEN_INITIALIZED | CKF_DUAL_CRYPTO_OPERATIONS |
	                        CKF_ASYNC_SESSION_SUPPORTED;
	const CK_FLAGS never = CKF_SECONDARY_AUTHENTICATION | CKF_RESTORE_KEY_NOT_NEEDED | CKF_ERROR_STATE |
	                       CKF_PROTECTED_AUTHENTICATION_PATH | CKF_SEED_RANDOM_REQUIRED |
	                       CKF_WRITE_PROTECTED;

	(void)state;
	assert_int_equal(token_flags() & always, always);
	assert_int_equal(token_flags() & never, 0);
}

static void rule_90_random_numbers_need_no_seed(void **state)
{
	CK_BYTE one[32] = {0}, two[32] = {0};
	CK_SESSION_HANDLE session = open_ro();

	(void)state;
	assert_ok(p11->C_GenerateRandom(session, one, sizeof(one)));
	assert_ok(p11->C_GenerateRandom(session, two, sizeof(two)));
	assert_memory_not_equal(one, two, sizeof(one));
}

static void assert_counts(CK_ULONG sessions, CK_ULONG rw_sessions)
{
	CK_TOKEN_INFO info = token_info();

	assert_int_equal(info.ulSessionCount, sessions);
	assert_int_equal(info.ulRwSessionCount, rw_sessions);
}

static void rule_83_session_counts_are_true(void **state)
{
	CK_SESSION_HANDLE ro, rw;

	(void)state;
	assert_counts(0, 0);
	ro = open_ro();
	assert_counts(1, 0);
	rw = open_rw();
	assert_counts(2, 1);
	close_session(ro);
	assert_counts(1, 1);
	close_session(rw);
	assert_counts(0, 0);
	open_rw();
	open_ro();
	assert_ok(p11->C_CloseAllSessions(slot));
	assert_counts(0, 0);
}

static int count_sessions_of_the_child(void *unused)
{
	(void)unused;
	initialize();
	slot = first_slot();
	assert_counts(0, 0);
	open_rw();
	assert_counts(1, 1);
	return 0;
}

static void rules_83_50_session_counts_are_of_this_application(void **state)
{
	(void)state;
	open_ro();
	assert_int_equal(run_child(count_sessions_of_the_child, NULL), 0);
	assert_counts(1, 0);
}

static void rule_84_maxima_are_numbers_or_say_why_not(void **state)
{
	CK_TOKEN_INFO info;

	(void)state;
	info = token_info();
	assert_true(info.ulMaxSessionCount == CK_EFFECTIVELY_INFINITE || info.ulMaxSessionCount >= 1);
	assert_true(info.ulTotalPublicMemory == CK_UNAVAILABLE_INFORMATION ||
	            info.ulFreePublicMemory == CK_UNAVAILABLE_INFORMATION ||
	            info.ulFreePublicMemory <= info.ulTotalPublicMemory);
	assert_true(info.ulTotalPrivateMemory == CK_UNAVAILABLE_INFORMATION ||
	            info.ulFreePrivateMemory == CK_UNAVAILABLE_INFORMATION ||
	            info.ulFreePrivateMemory <= info.ulTotalPrivateMemory);
	assert_int_equal(info.ulMinPinLen, 4);
	assert_int_equal(info.ulMaxPinLen, 255);
}

static void rule_84_a_configured_maximum_is_shown(void **state)
{
	(void)state;
	finalize();
	setenv("CONCLAVE_MAX_SESSIONS", "7", 1);
	setenv("CONCLAVE_MAX_RW_SESSIONS", "3", 1);
	initialize();
	unsetenv("CONCLAVE_MAX_SESSIONS");
	unsetenv("CONCLAVE_MAX_RW_SESSIONS");
	assert_int_equal(token_info().ulMaxSessionCount, 7);
	assert_int_equal(token_info().ulMaxRwSessionCount, 3);
}

static void rule_85_clock(void **state)
{
	char text[17] = "";
	CK_TOKEN_INFO info;
	time_t before = time(NULL), shown;
	struct tm tm = {0};

	(void)state;
	info = token_info();
	assert_int_equal(info.flags & CKF_CLOCK_ON_TOKEN, CKF_CLOCK_ON_TOKEN);
	memcpy(text, info.utcTime, sizeof(info.utcTime));
	for (int i = 0; i < 16; i++)
		assert_true(isdigit((unsigned char)text[i]));
	assert_string_equal(text + 14, "00");
	assert_int_equal(sscanf(text, "%4d%2d%2d%2d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
	                        &tm.tm_min, &tm.tm_sec), 6);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	shown = timegm(&tm);
	assert_true(shown >= before && shown <= time(NULL));
}

/* ---- flags about wrong PINs ------------------------------------------------------------------- */

static const CK_FLAGS user_trouble = CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED;
static const CK_FLAGS so_trouble = CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY | CKF_SO_PIN_LOCKED;

static int setup_three_tries(void **state)
{
	setenv("CONCLAVE_PIN_TRIES", "3", 1);
	return setup_token_sqlite(state);
}

static int teardown_three_tries(void **state)
{
	unsetenv("CONCLAVE_PIN_TRIES");
	return teardown(state);
}

static void restart(void)
{
	finalize();
	initialize();
	first_slot();
}

static void rules_78_79_80_159_user_pin_flags_count_to_the_lock(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	assert_int_equal(token_flags() & user_trouble, 0);
	assert_rv(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
	assert_int_equal(token_flags() & user_trouble, CKF_USER_PIN_COUNT_LOW);
	assert_rv(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
	assert_int_equal(token_flags() & user_trouble, CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
	assert_rv_in(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
	assert_int_equal(token_flags() & CKF_USER_PIN_LOCKED, CKF_USER_PIN_LOCKED);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	assert_int_equal(token_flags() & so_trouble, 0);
}

static void rules_78_79_80_so_pin_flags_count_to_the_lock(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	assert_int_equal(token_flags() & so_trouble, 0);
	assert_rv(login_as(session, CKU_SO, "wrong"), CKR_PIN_INCORRECT);
	assert_int_equal(token_flags() & so_trouble, CKF_SO_PIN_COUNT_LOW);
	assert_rv(login_as(session, CKU_SO, "wrong"), CKR_PIN_INCORRECT);
	assert_int_equal(token_flags() & so_trouble, CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY);
	assert_rv_in(login_as(session, CKU_SO, "wrong"), CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
	assert_int_equal(token_flags() & CKF_SO_PIN_LOCKED, CKF_SO_PIN_LOCKED);
	assert_rv(login_as(session, CKU_SO, SO_PIN), CKR_PIN_LOCKED);
	assert_int_equal(token_flags() & user_trouble, 0);
	login_user(session);
}

static void rule_78_a_right_pin_clears_the_flags(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	assert_rv(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
	assert_rv(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
	assert_rv(login_as(session, CKU_SO, "wrong"), CKR_PIN_INCORRECT);
	login_user(session);
	assert_int_equal(token_flags() & user_trouble, 0);
	assert_int_equal(token_flags() & so_trouble, CKF_SO_PIN_COUNT_LOW);
	logout(session);
	login_so(session);
	assert_int_equal(token_flags() & so_trouble, 0);
}

static void rules_78_80_flags_outlive_the_process(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_rv(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
	restart();
	assert_int_equal(token_flags() & user_trouble, CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
	assert_rv_in(login_as(open_rw(), CKU_USER, "wrong"), CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
	restart();
	assert_int_equal(token_flags() & CKF_USER_PIN_LOCKED, CKF_USER_PIN_LOCKED);
	assert_rv(login_as(open_rw(), CKU_USER, USER_PIN), CKR_PIN_LOCKED);
}

static void rule_80_ten_tries_without_configuration(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	for (int i = 1; i <= 9; i++) {
		assert_rv(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
		assert_int_equal(token_flags() & CKF_USER_PIN_LOCKED, 0);
	}
	assert_int_equal(token_flags() & CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_FINAL_TRY);
	assert_rv_in(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
	assert_int_equal(token_flags() & CKF_USER_PIN_LOCKED, CKF_USER_PIN_LOCKED);
}

/* ---- PINs that are to be changed -------------------------------------------------------------- */

static int setup_pins_to_change(void **state)
{
	setenv("CONCLAVE_PIN_TO_BE_CHANGED", "1", 1);
	return setup_initialized(state);
}

static int teardown_pins_to_change(void **state)
{
	unsetenv("CONCLAVE_PIN_TO_BE_CHANGED");
	return teardown(state);
}

static CK_RV set_pin(CK_SESSION_HANDLE session, const char *old, const char *new)
{
	return p11->C_SetPIN(session, (CK_UTF8CHAR_PTR)(uintptr_t)old, strlen(old), (CK_UTF8CHAR_PTR)(uintptr_t)new,
	                     strlen(new));
}

static CK_RV init_pin(CK_SESSION_HANDLE session, const char *pin)
{
	return p11->C_InitPIN(session, (CK_UTF8CHAR_PTR)(uintptr_t)pin, strlen(pin));
}

static void rule_81_pins_need_no_change_without_the_option(void **state)
{
	(void)state;
	assert_int_equal(token_flags() & (CKF_USER_PIN_TO_BE_CHANGED | CKF_SO_PIN_TO_BE_CHANGED), 0);
}

static void rules_82_114_so_must_change_the_first_pin(void **state)
{
	CK_SESSION_HANDLE session;

	(void)state;
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	assert_int_equal(token_flags() & CKF_SO_PIN_TO_BE_CHANGED, CKF_SO_PIN_TO_BE_CHANGED);
	session = open_rw();
	login_so(session);
	assert_rv(init_pin(session, USER_PIN), CKR_PIN_EXPIRED);
	assert_ok(set_pin(session, SO_PIN, "another-so-pin"));
	assert_int_equal(token_flags() & CKF_SO_PIN_TO_BE_CHANGED, 0);
	assert_ok(init_pin(session, USER_PIN));
}

static void rules_82_114_user_must_change_the_pin_that_the_so_gave(void **state)
{
	CK_ATTRIBUTE private_data[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_PRIVATE, &yes, sizeof(yes)},
	};
	CK_OBJECT_HANDLE object;
	CK_SESSION_HANDLE session;

	(void)state;
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	session = open_rw();
	login_so(session);
	assert_ok(set_pin(session, SO_PIN, "another-so-pin"));
	assert_ok(init_pin(session, USER_PIN));
	logout(session);
	assert_int_equal(token_flags() & CKF_USER_PIN_TO_BE_CHANGED, CKF_USER_PIN_TO_BE_CHANGED);
	login_user(session);
	assert_rv(p11->C_CreateObject(session, private_data, COUNT(private_data), &object), CKR_PIN_EXPIRED);
	assert_ok(set_pin(session, USER_PIN, "another-user-pin"));
	assert_int_equal(token_flags() & CKF_USER_PIN_TO_BE_CHANGED, 0);
	assert_ok(p11->C_CreateObject(session, private_data, COUNT(private_data), &object));
}

/* ---- write protection ------------------------------------------------------------------------- */

static int take_write_access(const char *path, const struct stat *info, int kind, struct FTW *where)
{
	(void)kind, (void)where;
	return chmod(path, S_ISDIR(info->st_mode) ? 0555 : 0444);
}

static int give_write_access(const char *path, const struct stat *info, int kind, struct FTW *where)
{
	(void)kind, (void)where;
	return chmod(path, S_ISDIR(info->st_mode) ? 0700 : 0600);
}

/* On a store that this process may only read: root has to become someone else for that. */
static int look_at_a_read_only_store(void *unused)
{
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE object;
	CK_ATTRIBUTE token_data[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_PRIVATE, &no, sizeof(no)},
	};

	(void)unused;
	if (geteuid() == 0)
		assert_int_equal(setuid(65534), 0);
	initialize();
	slot = first_slot();
	assert_int_equal(token_flags() & CKF_WRITE_PROTECTED, CKF_WRITE_PROTECTED);
	assert_rv(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session),
	          CKR_TOKEN_WRITE_PROTECTED);
	session = open_ro();
	assert_int_equal(count_labelled(session, "public"), 1);
	assert_rv(p11->C_CreateObject(session, token_data, COUNT(token_data), &object), CKR_TOKEN_WRITE_PROTECTED);
	assert_rv(p11->C_DestroyObject(session, find_labelled(session, "public")), CKR_TOKEN_WRITE_PROTECTED);
	assert_rv_in(set_pin(session, USER_PIN, "new-pin"), CKR_TOKEN_WRITE_PROTECTED, CKR_SESSION_READ_ONLY);
	make_data(session, false, false, "of the session");
	login_user(session);
	assert_int_equal(count_labelled(session, "private"), 1);
	close_session(session);
	assert_rv(init_token(slot, SO_PIN, TOKEN_LABEL), CKR_TOKEN_WRITE_PROTECTED);
	finalize();
	return 0;
}

static void rules_91_92_120_125_402_write_protected_token(void **state)
{
	const char *directory = getenv("CONCLAVE_STORE") + strlen("sqlite:");
	CK_SESSION_HANDLE session = open_rw();
	int status;

	(void)state;
	login_user(session);
	make_data(session, true, false, "public");
	make_data(session, true, true, "private");
	finalize();
	nftw(directory, take_write_access, 8, FTW_PHYS | FTW_DEPTH);
	status = run_child(look_at_a_read_only_store, NULL);
	nftw(directory, give_write_access, 8, FTW_PHYS);
	assert_int_equal(status, 0);
}

/* ---- C_InitToken ----------------------------------------------------------------------------- */

static void rules_93_95_init_token_needs_no_session_and_no_login(void **state)
{
	CK_SESSION_HANDLE session;

	(void)state;
	assert_ok(init_token(slot, "first-so-pin", TOKEN_LABEL));
	session = open_rw();
	assert_rv(login_as(session, CKU_SO, SO_PIN), CKR_PIN_INCORRECT);
	assert_ok(login_as(session, CKU_SO, "first-so-pin"));
}

static void rule_94_any_open_session_stops_init_token(void **state)
{
	CK_SESSION_HANDLE session = open_ro();

	(void)state;
	assert_rv(init_token(slot, SO_PIN, TOKEN_LABEL), CKR_SESSION_EXISTS);
	close_session(session);
	session = open_rw();
	assert_rv(init_token(slot, SO_PIN, TOKEN_LABEL), CKR_SESSION_EXISTS);
	close_session(session);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
}

static int hold_a_session(struct child *child, void *unused)
{
	(void)unused;
	initialize();
	first_slot();
	open_ro();
	child_tell(child);
	child_wait(child);
	return 0; /* and dies with it open */
}

static void rule_94_another_application_s_session_stops_init_token(void **state)
{
	struct child child;

	(void)state;
	child_start(&child, hold_a_session, NULL);
	child_wait(&child);
	assert_rv(init_token(slot, SO_PIN, TOKEN_LABEL), CKR_SESSION_EXISTS);
	child_tell(&child);
	assert_int_equal(child_end(&child), 0);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
}

static void rule_95_wrong_so_pin_changes_nothing(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_TOKEN_INFO info;

	(void)state;
	login_user(session);
	make_data(session, true, true, "private");
	close_session(session);
	assert_rv(init_token(slot, "wrong-so-pin", "test-other"), CKR_PIN_INCORRECT);
	info = token_info();
	assert_memory_equal(info.label, TOKEN_LABEL " ", strlen(TOKEN_LABEL " "));
	session = open_rw();
	login_user(session);
	assert_int_equal(count_labelled(session, "private"), 1);
}

static void rule_95_so_pin_stays_after_init_token(void **state)
{
	(void)state;
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	login_so(open_rw());
}

static void rules_96_97_wrong_so_pins_of_init_token_lock_it(void **state)
{
	(void)state;
	assert_rv(init_token(slot, "wrong-so-pin", TOKEN_LABEL), CKR_PIN_INCORRECT);
	assert_int_equal(token_flags() & so_trouble, CKF_SO_PIN_COUNT_LOW);
	assert_rv(login_as(open_rw(), CKU_SO, "wrong-so-pin"), CKR_PIN_INCORRECT);
	assert_int_equal(token_flags() & so_trouble, CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY);
	assert_ok(p11->C_CloseAllSessions(slot));
	assert_rv_in(init_token(slot, "wrong-so-pin", TOKEN_LABEL), CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
	assert_int_equal(token_flags() & CKF_SO_PIN_LOCKED, CKF_SO_PIN_LOCKED);
	assert_rv(init_token(slot, SO_PIN, TOKEN_LABEL), CKR_PIN_LOCKED);
}

static void rule_78_init_token_clears_all_counters(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	assert_rv(login_as(session, CKU_SO, "wrong"), CKR_PIN_INCORRECT);
	assert_rv(login_as(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
	close_session(session);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	assert_int_equal(token_flags() & (user_trouble | so_trouble), 0);
}

static void rules_98_99_init_token_destroys_objects_and_user_pin(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	login_user(session);
	make_data(session, true, true, "private");
	make_data(session, true, false, "public");
	make_aes(session, true, true);
	close_session(session);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	session = open_rw();
	assert_int_equal(count_objects(session), 0);
	assert_rv(login_as(session, CKU_USER, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	login_so(session);
	assert_ok(init_pin(session, USER_PIN));
	logout(session);
	login_user(session);
	assert_int_equal(count_objects(session), 0);
}

/* The same PINs before and after, in this application that remembers them and in another that does not. */
static int private_object_is_readable(void *unused)
{
	CK_SESSION_HANDLE session;

	(void)unused;
	initialize();
	slot = first_slot();
	session = open_ro();
	login_user(session);
	assert_int_equal(count_labelled(session, "after"), 1);
	finalize();
	return 0;
}

static void rule_99_the_same_pin_after_init_token_opens_the_new_token(void **state)
{
	CK_SESSION_HANDLE session = open_rw();

	(void)state;
	login_user(session);
	make_data(session, true, true, "before");
	close_session(session);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	session = open_rw();
	login_so(session);
	assert_ok(init_pin(session, USER_PIN));
	logout(session);
	login_user(session);
	make_data(session, true, true, "after");
	close_session(session);
	assert_int_equal(run_child(private_object_is_readable, NULL), 0);
}

static void rule_100_label_is_32_bytes_as_given(void **state)
{
	CK_UTF8CHAR full[33] = "test-0123456789-0123456789-01234";
	CK_UTF8CHAR unterminated[64];
	CK_TOKEN_INFO info;

	(void)state;
	assert_ok(p11->C_InitToken(slot, (CK_UTF8CHAR_PTR)(uintptr_t)SO_PIN, strlen(SO_PIN), full));
	info = token_info();
	assert_memory_equal(info.label, full, 32);
	memset(unterminated, 'x', sizeof(unterminated));
	memcpy(unterminated, "test-", 5);
	assert_ok(p11->C_InitToken(slot, (CK_UTF8CHAR_PTR)(uintptr_t)SO_PIN, strlen(SO_PIN), unterminated));
	info = token_info();
	assert_memory_equal(info.label, unterminated, 32);
}

static void rule_101_null_pin_or_label_is_an_argument_error(void **state)
{
	CK_UTF8CHAR label[32] = "test-";

	(void)state;
	assert_rv(p11->C_InitToken(slot, NULL, 0, label), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_InitToken(slot, NULL, 8, label), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_InitToken(slot, (CK_UTF8CHAR_PTR)(uintptr_t)SO_PIN, strlen(SO_PIN), NULL), CKR_ARGUMENTS_BAD);
	assert_int_equal(token_flags() & so_trouble, 0);
}

static void rule_103_so_pin_of_a_new_token_has_the_usual_limits(void **state)
{
	char longest[257];

	(void)state;
	memset(longest, 'p', sizeof(longest));
	longest[256] = '\0';
	assert_rv_in(init_token(slot, "abc", TOKEN_LABEL), CKR_PIN_LEN_RANGE, CKR_PIN_INCORRECT);
	assert_rv_in(init_token(slot, longest, TOKEN_LABEL), CKR_PIN_LEN_RANGE, CKR_PIN_INCORRECT);
	assert_rv_in(init_token(slot, "ab\xff\xfe", TOKEN_LABEL), CKR_PIN_INVALID, CKR_PIN_INCORRECT);
	assert_int_equal(token_flags() & CKF_TOKEN_INITIALIZED, 0);
	longest[255] = '\0';
	assert_ok(init_token(slot, longest, TOKEN_LABEL));
	assert_ok(login_as(open_rw(), CKU_SO, longest));
}

static void rule_104_an_uninitialised_token_is_readable_and_lets_nobody_in(void **state)
{
	CK_MECHANISM_INFO mechanism;
	CK_TOKEN_INFO info;
	CK_ULONG count = 0;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE object;
	CK_ATTRIBUTE token_data[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_PRIVATE, &no, sizeof(no)},
	};
	CK_RV rv;

	(void)state;
	info = token_info();
	assert_true(is_padded(info.label, sizeof(info.label)));
	assert_ok(p11->C_GetMechanismList(slot, NULL, &count));
	assert_ok(p11->C_GetMechanismInfo(slot, CKM_SHA256, &mechanism));
	rv = p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session);
	assert_rv_in(rv, CKR_OK, CKR_TOKEN_NOT_INITIALIZED);
	if (rv != CKR_OK)
		return;
	assert_rv_in(login_as(session, CKU_USER, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED, CKR_TOKEN_NOT_INITIALIZED);
	assert_rv_in(login_as(session, CKU_SO, SO_PIN), CKR_PIN_INCORRECT, CKR_TOKEN_NOT_INITIALIZED,
	             CKR_USER_PIN_NOT_INITIALIZED);
	assert_rv_in(p11->C_CreateObject(session, token_data, COUNT(token_data), &object), CKR_TOKEN_NOT_INITIALIZED,
	             CKR_USER_NOT_LOGGED_IN, CKR_TOKEN_WRITE_PROTECTED);
}

#define INITIALIZED(name) cmocka_unit_test_setup_teardown(name, setup_initialized, teardown)
#define TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)
#define SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_token_sqlite, teardown)
#define THREE_TRIES(name) cmocka_unit_test_setup_teardown(name, setup_three_tries, teardown_three_tries)
#define CHANGE_PINS(name) cmocka_unit_test_setup_teardown(name, setup_pins_to_change, teardown_pins_to_change)

/* It has read the token before, and knows keys that are of no use any more. */
static int look_before_and_after(struct child *child, void *unused)
{
	(void)unused;
	initialize();
	slot = first_slot();
	CK_SESSION_HANDLE session = open_ro();
	assert_int_equal(count_labelled(session, "old"), 1);
	close_session(session);
	child_tell(child);
	child_wait(child);
	session = open_rw();
	assert_int_equal(count_labelled(session, "old"), 0);
	assert_int_equal(count_labelled(session, "new"), 1);
	login_so(session);
	return 0;
}

static void another_application_sees_the_token_that_was_made_anew(void **state)
{
	struct child child;
	(void)state;
	CK_SESSION_HANDLE session = open_rw();
	login_user(session);
	make_data(session, true, false, "old");
	close_session(session);
	child_start(&child, look_before_and_after, NULL);
	child_wait(&child);
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	session = open_rw();
	login_so(session);
	make_data(session, true, false, "new");
	child_tell(&child);
	assert_int_equal(child_end(&child), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TOKEN(rules_74_100_texts_are_padded_with_blanks),
		INITIALIZED(rule_75_initialised_flag),
		INITIALIZED(rules_76_106_user_pin_flag_is_set_by_init_pin_and_cleared_by_init_token),
		TOKEN(rule_77_private_objects_need_the_login_that_the_flag_announces),
		TOKEN(rules_86_87_88_89_90_flags_that_never_change),
		TOKEN(rule_90_random_numbers_need_no_seed),
		TOKEN(rule_83_session_counts_are_true),
		SQLITE(rules_83_50_session_counts_are_of_this_application),
		TOKEN(rule_84_maxima_are_numbers_or_say_why_not),
		SQLITE(rule_84_a_configured_maximum_is_shown),
		TOKEN(rule_85_clock),
		THREE_TRIES(rules_78_79_80_159_user_pin_flags_count_to_the_lock),
		THREE_TRIES(rules_78_79_80_so_pin_flags_count_to_the_lock),
		THREE_TRIES(rule_78_a_right_pin_clears_the_flags),
		THREE_TRIES(rules_78_80_flags_outlive_the_process),
		TOKEN(rule_80_ten_tries_without_configuration),
		TOKEN(rule_81_pins_need_no_change_without_the_option),
		CHANGE_PINS(rules_82_114_so_must_change_the_first_pin),
		CHANGE_PINS(rules_82_114_user_must_change_the_pin_that_the_so_gave),
		SQLITE(rules_91_92_120_125_402_write_protected_token),
		INITIALIZED(rules_93_95_init_token_needs_no_session_and_no_login),
		TOKEN(rule_94_any_open_session_stops_init_token),
		SQLITE(rule_94_another_application_s_session_stops_init_token),
		TOKEN(rule_95_wrong_so_pin_changes_nothing),
		TOKEN(rule_95_so_pin_stays_after_init_token),
		THREE_TRIES(rules_96_97_wrong_so_pins_of_init_token_lock_it),
		TOKEN(rule_78_init_token_clears_all_counters),
		TOKEN(rules_98_99_init_token_destroys_objects_and_user_pin),
		cmocka_unit_test_setup_teardown(rule_99_the_same_pin_after_init_token_opens_the_new_token, setup_token_sqlite, teardown),
		SQLITE(another_application_sees_the_token_that_was_made_anew),
		TOKEN(rule_100_label_is_32_bytes_as_given),
		TOKEN(rule_101_null_pin_or_label_is_an_argument_error),
		INITIALIZED(rule_103_so_pin_of_a_new_token_has_the_usual_limits),
		INITIALIZED(rule_104_an_uninitialised_token_is_readable_and_lets_nobody_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
