/* SPDX-License-Identifier: Apache-2.0 */
/* Session states: rules 145 to 153 (chapter J) and the tables T3 (what opening gives in each login
 * status) and T4 (what each function needs), row by row in the standard's order.
 * Whether logging in succeeds is test_login.c's matter, objects by kind are test_object_access.c's. */
#include "api/harness.h"

/* The five states, as the columns of the tables. */
#define NOBODY ((CK_USER_TYPE)-1)
enum column { RO_PUBLIC, RW_PUBLIC, RO_USER, RW_USER, RW_SO, COLUMNS };

static const struct {
	const char *name;
	CK_STATE state;
	bool rw;
	CK_USER_TYPE user; /* NOBODY: public */
} columns[COLUMNS] = {
	[RO_PUBLIC] = {"R/O public", CKS_RO_PUBLIC_SESSION, false, NOBODY},
	[RW_PUBLIC] = {"R/W public", CKS_RW_PUBLIC_SESSION, true, NOBODY},
	[RO_USER] = {"R/O user", CKS_RO_USER_FUNCTIONS, false, CKU_USER},
	[RW_USER] = {"R/W user", CKS_RW_USER_FUNCTIONS, true, CKU_USER},
	[RW_SO] = {"R/W SO", CKS_RW_SO_FUNCTIONS, true, CKU_SO},
};

/* A new session in that state; everything before is closed. */
static CK_SESSION_HANDLE session_in(enum column column)
{
	CK_SESSION_HANDLE session;

	assert_ok(p11->C_CloseAllSessions(slot));
	session = columns[column].rw ? open_rw() : open_ro();
	if (columns[column].user == CKU_USER)
		login_user(session);
	if (columns[column].user == CKU_SO)
		login_so(session);
	assert_int_equal(session_state(session), columns[column].state);
	return session;
}

/* ---- information ----------------------------------------------------------------------------- */

static void rule_145_session_info_tells_slot_state_and_flags_as_opened(void **state)
{
	(void)state;
	for (enum column c = 0; c < COLUMNS; c++) {
		CK_SESSION_HANDLE session = session_in(c);
		CK_SESSION_INFO info;

		memset(&info, 0xa5, sizeof(info));
		assert_ok(p11->C_GetSessionInfo(session, &info));
		assert_int_equal(info.slotID, slot);
		assert_int_equal(info.state, columns[c].state);
		assert_int_equal(info.flags, CKF_SERIAL_SESSION | (columns[c].rw ? CKF_RW_SESSION : 0));
		assert_int_equal(info.ulDeviceError, 0);
	}
}

static void rule_145_session_info_needs_a_session_and_a_place(void **state)
{
	CK_SESSION_INFO info;
	(void)state;

	assert_rv(p11->C_GetSessionInfo(open_ro(), NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GetSessionInfo(0, &info), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_GetSessionInfo((CK_SESSION_HANDLE)-1, &info), CKR_SESSION_HANDLE_INVALID);
}

static void rule_146_states_have_the_numbers_of_the_standard(void **state)
{
	static const CK_STATE numbers[COLUMNS] = {[RO_PUBLIC] = 0, [RO_USER] = 1, [RW_PUBLIC] = 2, [RW_USER] = 3, [RW_SO] = 4};
	(void)state;

	for (enum column c = 0; c < COLUMNS; c++)
		assert_int_equal(session_state(session_in(c)), numbers[c]);
}

/* ---- one login status for all sessions ------------------------------------------------------- */

static void rules_147_149_150_login_and_logout_move_every_session(void **state)
{
	CK_SESSION_HANDLE ro[3] = {open_ro(), open_ro(), open_ro()}, rw[3] = {open_rw(), open_rw(), open_rw()};
	(void)state;

	for (size_t i = 0; i < COUNT(ro); i++) {
		login_user(i % 2 ? rw[i] : ro[i]);
		for (size_t j = 0; j < COUNT(ro); j++) {
			assert_int_equal(session_state(ro[j]), CKS_RO_USER_FUNCTIONS);
			assert_int_equal(session_state(rw[j]), CKS_RW_USER_FUNCTIONS);
		}
		logout(i % 2 ? ro[i] : rw[i]);
		for (size_t j = 0; j < COUNT(ro); j++) {
			assert_int_equal(session_state(ro[j]), CKS_RO_PUBLIC_SESSION);
			assert_int_equal(session_state(rw[j]), CKS_RW_PUBLIC_SESSION);
		}
	}
}

static void rules_147_149_150_so_login_and_logout_move_every_session(void **state)
{
	CK_SESSION_HANDLE rw[3] = {open_rw(), open_rw(), open_rw()};
	(void)state;

	for (size_t i = 0; i < COUNT(rw); i++) {
		login_so(rw[i]);
		for (size_t j = 0; j < COUNT(rw); j++)
			assert_int_equal(session_state(rw[j]), CKS_RW_SO_FUNCTIONS);
		logout(rw[(i + 1) % COUNT(rw)]);
		for (size_t j = 0; j < COUNT(rw); j++)
			assert_int_equal(session_state(rw[j]), CKS_RW_PUBLIC_SESSION);
	}
}

static int look_and_log_in_as_so(void *arg)
{
	CK_SESSION_HANDLE session;
	(void)arg;

	initialize();
	slot = first_slot();
	session = open_rw();
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
	login_so(session);
	assert_int_equal(session_state(session), CKS_RW_SO_FUNCTIONS);
	logout(session);
	login_user(session);
	logout(session);
	finalize();
	return 0;
}

static void rules_52_149_applications_log_in_and_out_apart(void **state)
{
	CK_SESSION_HANDLE ro = open_ro(), rw = open_rw();
	(void)state;

	login_user(ro);
	assert_int_equal(run_child(look_and_log_in_as_so, NULL), 0);
	assert_int_equal(session_state(ro), CKS_RO_USER_FUNCTIONS);
	assert_int_equal(session_state(rw), CKS_RW_USER_FUNCTIONS);
}

static void rule_148_there_is_no_read_only_so_state(void **state)
{
	CK_SESSION_HANDLE rw = open_rw(), ro = open_ro(), refused;
	(void)state;

	assert_rv(login_as(rw, CKU_SO, SO_PIN), CKR_SESSION_READ_ONLY_EXISTS);
	assert_rv(login_as(ro, CKU_SO, SO_PIN), CKR_SESSION_READ_ONLY_EXISTS);
	assert_int_equal(session_state(ro), CKS_RO_PUBLIC_SESSION);
	assert_int_equal(session_state(rw), CKS_RW_PUBLIC_SESSION);
	close_session(ro);
	login_so(rw);
	assert_rv(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &refused), CKR_SESSION_READ_WRITE_SO_EXISTS);
}

static void rule_151_login_does_not_change_read_only_into_read_write(void **state)
{
	CK_SESSION_HANDLE ro = open_ro(), rw = open_rw();
	CK_SESSION_INFO info;
	(void)state;

	login_user(rw);
	assert_ok(p11->C_GetSessionInfo(ro, &info));
	assert_int_equal(info.flags, CKF_SERIAL_SESSION);
	assert_ok(p11->C_GetSessionInfo(rw, &info));
	assert_int_equal(info.flags, CKF_SERIAL_SESSION | CKF_RW_SESSION);
	logout(ro);
	assert_ok(p11->C_GetSessionInfo(rw, &info));
	assert_int_equal(info.flags, CKF_SERIAL_SESSION | CKF_RW_SESSION);
}

/* ---- T3 -------------------------------------------------------------------------------------- */

static void rules_126_128_129_table_t3_what_a_new_session_is(void **state)
{
	static const struct {
		CK_USER_TYPE user;
		bool rw;
		CK_RV rv;
		CK_STATE state;
	} rows[] = {
		{NOBODY, false, CKR_OK, CKS_RO_PUBLIC_SESSION},
		{NOBODY, true, CKR_OK, CKS_RW_PUBLIC_SESSION},
		{CKU_USER, false, CKR_OK, CKS_RO_USER_FUNCTIONS},
		{CKU_USER, true, CKR_OK, CKS_RW_USER_FUNCTIONS},
		{CKU_SO, false, CKR_SESSION_READ_WRITE_SO_EXISTS, 0},
		{CKU_SO, true, CKR_OK, CKS_RW_SO_FUNCTIONS},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CK_SESSION_HANDLE first, session = 0;

		assert_ok(p11->C_CloseAllSessions(slot));
		first = open_rw();
		if (rows[i].user != NOBODY)
			assert_ok(login_as(first, rows[i].user, rows[i].user == CKU_SO ? SO_PIN : USER_PIN));
		assert_rv(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | (rows[i].rw ? CKF_RW_SESSION : 0), NULL, NULL,
		                             &session), rows[i].rv);
		if (rows[i].rv == CKR_OK)
			assert_int_equal(session_state(session), rows[i].state);
	}
}

/* ---- T4 -------------------------------------------------------------------------------------- */

static CK_UTF8CHAR_PTR utf8(const char *text)
{
	return (CK_UTF8CHAR_PTR)(uintptr_t)text;
}

static CK_RV call_init_token(CK_SESSION_HANDLE session)
{
	(void)session;
	return init_token(slot, SO_PIN, TOKEN_LABEL);
}

static CK_RV call_init_pin(CK_SESSION_HANDLE session)
{
	return p11->C_InitPIN(session, utf8(USER_PIN), strlen(USER_PIN));
}

/* From the PIN to itself, of whoever's turn it is: SO in R/W SO, else the user. */
static CK_RV call_set_pin(CK_SESSION_HANDLE session)
{
	const char *pin = session_state(session) == CKS_RW_SO_FUNCTIONS ? SO_PIN : USER_PIN;

	return p11->C_SetPIN(session, utf8(pin), strlen(pin), utf8(pin), strlen(pin));
}

static CK_RV call_logout(CK_SESSION_HANDLE session)
{
	return p11->C_Logout(session);
}

static CK_RV create(CK_SESSION_HANDLE session, bool token, bool private)
{
	CK_OBJECT_HANDLE object;
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, token ? &yes : &no, sizeof(yes)},
		{CKA_PRIVATE, private ? &yes : &no, sizeof(yes)},
	};

	return p11->C_CreateObject(session, template, COUNT(template), &object);
}

static CK_RV call_create_public_session(CK_SESSION_HANDLE s) { return create(s, false, false); }
static CK_RV call_create_private_session(CK_SESSION_HANDLE s) { return create(s, false, true); }
static CK_RV call_create_public_token(CK_SESSION_HANDLE s) { return create(s, true, false); }
static CK_RV call_create_private_token(CK_SESSION_HANDLE s) { return create(s, true, true); }

static CK_RV copy(CK_SESSION_HANDLE session, bool token, bool private)
{
	CK_OBJECT_HANDLE from = make_data(session, false, false, "original"), to;
	CK_ATTRIBUTE changes[] = {
		{CKA_TOKEN, token ? &yes : &no, sizeof(yes)},
		{CKA_PRIVATE, private ? &yes : &no, sizeof(yes)},
	};

	return p11->C_CopyObject(session, from, changes, COUNT(changes), &to);
}

static CK_RV call_copy_public_session(CK_SESSION_HANDLE s) { return copy(s, false, false); }
static CK_RV call_copy_private_session(CK_SESSION_HANDLE s) { return copy(s, false, true); }
static CK_RV call_copy_public_token(CK_SESSION_HANDLE s) { return copy(s, true, false); }
static CK_RV call_copy_private_token(CK_SESSION_HANDLE s) { return copy(s, true, true); }

static CK_RV generate(CK_SESSION_HANDLE session, bool token, bool private)
{
	CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
	CK_ULONG length = 16;
	CK_OBJECT_HANDLE key;
	CK_ATTRIBUTE template[] = {
		{CKA_TOKEN, token ? &yes : &no, sizeof(yes)},
		{CKA_PRIVATE, private ? &yes : &no, sizeof(yes)},
		{CKA_VALUE_LEN, &length, sizeof(length)},
	};

	return p11->C_GenerateKey(session, &mechanism, template, COUNT(template), &key);
}

static CK_RV call_generate_public_session(CK_SESSION_HANDLE s) { return generate(s, false, false); }
static CK_RV call_generate_private_session(CK_SESSION_HANDLE s) { return generate(s, false, true); }
static CK_RV call_generate_public_token(CK_SESSION_HANDLE s) { return generate(s, true, false); }
static CK_RV call_generate_private_token(CK_SESSION_HANDLE s) { return generate(s, true, true); }

static CK_RV generate_pair(CK_SESSION_HANDLE session, bool public_token, bool private_token, bool private)
{
	CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	CK_OBJECT_HANDLE public_key, private_key;
	CK_ATTRIBUTE public_template[] = {
		{CKA_TOKEN, public_token ? &yes : &no, sizeof(yes)},
		{CKA_EC_PARAMS, p256, sizeof(p256)},
	};
	CK_ATTRIBUTE private_template[] = {
		{CKA_TOKEN, private_token ? &yes : &no, sizeof(yes)},
		{CKA_PRIVATE, private ? &yes : &no, sizeof(yes)},
	};

	return p11->C_GenerateKeyPair(session, &mechanism, public_template, COUNT(public_template), private_template,
	                              COUNT(private_template), &public_key, &private_key);
}

static CK_RV call_pair_session_public(CK_SESSION_HANDLE s) { return generate_pair(s, false, false, false); }
static CK_RV call_pair_session_private(CK_SESSION_HANDLE s) { return generate_pair(s, false, false, true); }
static CK_RV call_pair_token_private(CK_SESSION_HANDLE s) { return generate_pair(s, true, true, true); }
static CK_RV call_pair_public_half_on_token(CK_SESSION_HANDLE s) { return generate_pair(s, true, false, false); }
static CK_RV call_pair_private_half_on_token(CK_SESSION_HANDLE s) { return generate_pair(s, false, true, false); }

static CK_RV relabel(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	char label[] = "relabelled";
	CK_ATTRIBUTE a = {CKA_LABEL, label, sizeof(label) - 1};

	return p11->C_SetAttributeValue(session, object, &a, 1);
}

static CK_RV call_set_session_object(CK_SESSION_HANDLE s) { return relabel(s, make_data(s, false, false, "mine")); }
static CK_RV call_set_token_object(CK_SESSION_HANDLE s) { return relabel(s, find_labelled(s, "to-set")); }

static CK_RV call_destroy_session_object(CK_SESSION_HANDLE s)
{
	return p11->C_DestroyObject(s, make_data(s, false, false, "mine"));
}

static CK_RV call_destroy_token_object(CK_SESSION_HANDLE s)
{
	return p11->C_DestroyObject(s, find_labelled(s, "to-destroy"));
}

static CK_RV call_seed(CK_SESSION_HANDLE session)
{
	CK_BYTE seed[8] = {0};

	return p11->C_SeedRandom(session, seed, sizeof(seed));
}

static CK_RV call_random(CK_SESSION_HANDLE session)
{
	CK_BYTE out[8];

	return p11->C_GenerateRandom(session, out, sizeof(out));
}

static CK_RV call_digest(CK_SESSION_HANDLE session)
{
	CK_MECHANISM sha = {CKM_SHA256, NULL, 0};
	CK_BYTE out[32];
	CK_ULONG length = sizeof(out);
	CK_RV rv = p11->C_DigestInit(session, &sha);

	return rv != CKR_OK ? rv : p11->C_Digest(session, out, 8, out, &length);
}

static CK_RV call_find(CK_SESSION_HANDLE session)
{
	CK_RV rv = p11->C_FindObjectsInit(session, NULL, 0);

	return rv != CKR_OK ? rv : p11->C_FindObjectsFinal(session);
}

#define OK CKR_OK
#define RO CKR_SESSION_READ_ONLY
#define OUT CKR_USER_NOT_LOGGED_IN
#define EITHER ((CK_RV)-1) /* SESSION_READ_ONLY or USER_NOT_LOGGED_IN: two reasons to refuse */
#define NOT_SO ((CK_RV)-2) /* USER_NOT_LOGGED_IN or TEMPLATE_INCONSISTENT: the SO and private objects, rule 171 */
#define EXISTS CKR_SESSION_EXISTS

struct row {
	const char *name;
	CK_RV (*call)(CK_SESSION_HANDLE);
	CK_RV expected[COLUMNS]; /* R/O public, R/W public, R/O user, R/W user, R/W SO */
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (enum column c = 0; c < COLUMNS; c++) {
			CK_SESSION_HANDLE session;
			CK_RV rv, want = rows[i].expected[c];

			session = open_rw();
			make_data(session, true, false, "to-set");
			make_data(session, true, false, "to-destroy");
			session = session_in(c);
			rv = rows[i].call(session);
			if (rv == want || (want == EITHER && (rv == RO || rv == OUT)) ||
			    (want == NOT_SO && (rv == OUT || rv == CKR_TEMPLATE_INCONSISTENT)))
				continue;
			fail_msg("%s in %s gave %s, not %s", rows[i].name, columns[c].name, rv_text(rv),
			         want == EITHER ? "SESSION_READ_ONLY or USER_NOT_LOGGED_IN" :
			         want == NOT_SO ? "USER_NOT_LOGGED_IN or TEMPLATE_INCONSISTENT" : rv_text(want));
		}
		assert_ok(p11->C_CloseAllSessions(slot));
		make_token();
	}
}

#define CHECK(...) check_rows((const struct row[]){__VA_ARGS__}, sizeof((const struct row[]){__VA_ARGS__}) / sizeof(struct row))

static void rules_94_105_110_166_table_t4_tokens_and_pins(void **state)
{
	(void)state;
	CHECK({"C_InitToken", call_init_token, {EXISTS, EXISTS, EXISTS, EXISTS, EXISTS}},
	      {"C_InitPIN", call_init_pin, {OUT, OUT, OUT, OUT, OK}},
	      {"C_SetPIN", call_set_pin, {RO, OK, RO, OK, OK}},
	      {"C_Logout", call_logout, {OUT, OUT, OK, OK, OK}});
}

static void rules_152_153_187_200_table_t4_creating(void **state)
{
	(void)state;
	CHECK({"create public session object", call_create_public_session, {OK, OK, OK, OK, OK}},
	      {"create private session object", call_create_private_session, {OUT, OUT, OK, OK, NOT_SO}},
	      {"create public token object", call_create_public_token, {RO, OK, RO, OK, OK}},
	      {"create private token object", call_create_private_token, {EITHER, OUT, RO, OK, NOT_SO}});
}

static void rules_152_153_187_214_table_t4_copying(void **state)
{
	(void)state;
	CHECK({"copy to public session object", call_copy_public_session, {OK, OK, OK, OK, OK}},
	      {"copy to private session object", call_copy_private_session, {OUT, OUT, OK, OK, NOT_SO}},
	      {"copy to public token object", call_copy_public_token, {RO, OK, RO, OK, OK}},
	      {"copy to private token object", call_copy_private_token, {EITHER, OUT, RO, OK, NOT_SO}});
}

static void rules_152_153_369_table_t4_generating_keys(void **state)
{
	(void)state;
	CHECK({"generate public session key", call_generate_public_session, {OK, OK, OK, OK, OK}},
	      {"generate private session key", call_generate_private_session, {OUT, OUT, OK, OK, NOT_SO}},
	      {"generate public token key", call_generate_public_token, {RO, OK, RO, OK, OK}},
	      {"generate private token key", call_generate_private_token, {EITHER, OUT, RO, OK, NOT_SO}});
}

static void rules_152_153_369_table_t4_generating_pairs(void **state)
{
	(void)state;
	CHECK({"generate public session pair", call_pair_session_public, {OK, OK, OK, OK, OK}},
	      {"generate private session pair", call_pair_session_private, {OUT, OUT, OK, OK, NOT_SO}},
	      {"generate private token pair", call_pair_token_private, {EITHER, OUT, RO, OK, NOT_SO}},
	      {"pair with public half on token", call_pair_public_half_on_token, {RO, OK, RO, OK, OK}},
	      {"pair with private half on token", call_pair_private_half_on_token, {RO, OK, RO, OK, OK}});
}

static void rules_152_153_216_217_table_t4_changing_and_destroying(void **state)
{
	(void)state;
	CHECK({"set attribute of session object", call_set_session_object, {OK, OK, OK, OK, OK}},
	      {"set attribute of token object", call_set_token_object, {RO, OK, RO, OK, OK}},
	      {"destroy session object", call_destroy_session_object, {OK, OK, OK, OK, OK}},
	      {"destroy token object", call_destroy_token_object, {RO, OK, RO, OK, OK}});
}

static void rule_242_table_t4_what_works_in_every_state(void **state)
{
	(void)state;
	CHECK({"C_SeedRandom", call_seed, {OK, OK, OK, OK, OK}},
	      {"C_GenerateRandom", call_random, {OK, OK, OK, OK, OK}},
	      {"C_Digest", call_digest, {OK, OK, OK, OK, OK}},
	      {"C_FindObjects", call_find, {OK, OK, OK, OK, OK}});
}

/* ---- what a read-only session may do --------------------------------------------------------- */

static void rule_152_read_only_session_creates_changes_and_destroys_session_objects(void **state)
{
	CK_SESSION_HANDLE ro = open_ro();
	CK_OBJECT_HANDLE object = make_data(ro, false, false, "before"), duplicate;
	(void)state;

	assert_ok(relabel(ro, object));
	assert_int_equal(count_labelled(ro, "relabelled"), 1);
	assert_ok(p11->C_CopyObject(ro, object, NULL, 0, &duplicate));
	assert_ok(p11->C_DestroyObject(ro, object));
	assert_ok(p11->C_DestroyObject(ro, duplicate));
	assert_int_equal(count_labelled(ro, "relabelled"), 0);
}

static void rule_153_read_only_session_leaves_token_objects_as_they_were(void **state)
{
	CK_SESSION_HANDLE ro = open_ro(), rw = open_rw();
	CK_OBJECT_HANDLE public = make_data(rw, true, false, "public"), private, duplicate;
	CK_ATTRIBUTE to_session = {CKA_TOKEN, &no, sizeof(no)};
	(void)state;

	login_user(rw);
	private = make_data(rw, true, true, "private");
	assert_rv(relabel(ro, public), CKR_SESSION_READ_ONLY);
	assert_rv(relabel(ro, private), CKR_SESSION_READ_ONLY);
	assert_rv(p11->C_DestroyObject(ro, public), CKR_SESSION_READ_ONLY);
	assert_rv(p11->C_DestroyObject(ro, private), CKR_SESSION_READ_ONLY);
	assert_rv(p11->C_CopyObject(ro, public, NULL, 0, &duplicate), CKR_SESSION_READ_ONLY);
	assert_ok(p11->C_CopyObject(ro, private, &to_session, 1, &duplicate));
	assert_ok(p11->C_DestroyObject(ro, duplicate));
	assert_int_equal(count_labelled(ro, "public"), 1);
	assert_int_equal(count_labelled(ro, "private"), 1);
	assert_int_equal(count_labelled(ro, "relabelled"), 0);
	assert_ok(relabel(rw, private));
	assert_ok(p11->C_DestroyObject(rw, public));
}

#define ON_TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)
#define ON_SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_token_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_TOKEN(rule_145_session_info_tells_slot_state_and_flags_as_opened),
		ON_TOKEN(rule_145_session_info_needs_a_session_and_a_place),
		ON_TOKEN(rule_146_states_have_the_numbers_of_the_standard),
		ON_TOKEN(rules_147_149_150_login_and_logout_move_every_session),
		ON_TOKEN(rules_147_149_150_so_login_and_logout_move_every_session),
		ON_SQLITE(rules_52_149_applications_log_in_and_out_apart),
		ON_TOKEN(rule_148_there_is_no_read_only_so_state),
		ON_TOKEN(rule_151_login_does_not_change_read_only_into_read_write),
		ON_TOKEN(rules_126_128_129_table_t3_what_a_new_session_is),
		ON_TOKEN(rules_94_105_110_166_table_t4_tokens_and_pins),
		ON_TOKEN(rules_152_153_187_200_table_t4_creating),
		ON_TOKEN(rules_152_153_187_214_table_t4_copying),
		ON_TOKEN(rules_152_153_369_table_t4_generating_keys),
		ON_TOKEN(rules_152_153_369_table_t4_generating_pairs),
		ON_TOKEN(rules_152_153_216_217_table_t4_changing_and_destroying),
		ON_TOKEN(rule_242_table_t4_what_works_in_every_state),
		ON_TOKEN(rule_152_read_only_session_creates_changes_and_destroys_session_objects),
		ON_TOKEN(rule_153_read_only_session_leaves_token_objects_as_they_were),
	};
	return cmocka_run_group_tests_name("session_state", tests, NULL, NULL);
}
