/* SPDX-License-Identifier: Apache-2.0 */
/* Who sees and changes which objects, and how long a handle means something: rules 185 to 198 (chapter M),
 * table T1 cell by cell, invariants S6 and S7. What objects are made of is test_object_create.c's. */
#include "api/harness.h"

#define NOBODY ((CK_USER_TYPE)-1)

static CK_RV read_class(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	CK_OBJECT_CLASS class = 0;
	CK_ATTRIBUTE a = {CKA_CLASS, &class, sizeof(class)};

	return p11->C_GetAttributeValue(session, object, &a, 1);
}

static CK_RV relabel(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, const char *label)
{
	CK_ATTRIBUTE a = {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)};

	return p11->C_SetAttributeValue(session, object, &a, 1);
}

static CK_RV create(CK_SESSION_HANDLE session, bool token, bool private, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, token ? &yes : &no, sizeof(yes)},
		{CKA_PRIVATE, private ? &yes : &no, sizeof(yes)},
	};

	return p11->C_CreateObject(session, template, COUNT(template), ret);
}

/* ---- T1 -------------------------------------------------------------------------------------- */

enum access { NONE, READ, WRITE };

static const struct {
	const char *name;
	bool rw;
	CK_USER_TYPE user;
} columns[5] = {
	{"R/O public", false, NOBODY},
	{"R/W public", true, NOBODY},
	{"R/O user", false, CKU_USER},
	{"R/W user", true, CKU_USER},
	{"R/W SO", true, CKU_SO},
};

static const struct kind {
	const char *name;
	bool token, private;
	enum access access[5];
} kinds[] = {
	{"public session", false, false, {WRITE, WRITE, WRITE, WRITE, WRITE}},
	{"private session", false, true, {NONE, NONE, WRITE, WRITE, NONE}},
	{"public token", true, false, {READ, WRITE, READ, WRITE, WRITE}},
	{"private token", true, true, {NONE, NONE, READ, WRITE, NONE}},
};

struct cell {
	const struct kind *kind;
	size_t column;
	enum access access;
	CK_SESSION_HANDLE session; /* in the state of the column */
	CK_OBJECT_HANDLE object;   /* of the kind, made by another session of this application */
};

/* Every object is made as the user in a read-write session that stays open. */
static void enter_cell(struct cell *c)
{
	CK_SESSION_HANDLE maker = open_rw();

	login_user(maker);
	c->object = make_data(maker, c->kind->token, c->kind->private, "target");
	if (columns[c->column].user != CKU_USER)
		logout(maker);
	if (columns[c->column].user == CKU_SO)
		login_so(maker);
	c->session = columns[c->column].rw ? open_rw() : open_ro();
}

static void leave_cell(void)
{
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE object;

	assert_ok(p11->C_CloseAllSessions(slot));
	session = open_rw();
	login_user(session);
	while ((object = find_labelled(session, "target")) != 0)
		assert_ok(p11->C_DestroyObject(session, object));
	assert_ok(p11->C_CloseAllSessions(slot));
}

/* Runs a check for each of the twenty cells. */
static void for_each_cell(CK_RV (*act)(const struct cell *), CK_RV none, CK_RV read, CK_RV write)
{
	for (size_t k = 0; k < COUNT(kinds); k++) {
		for (size_t s = 0; s < COUNT(columns); s++) {
			struct cell c = {.kind = &kinds[k], .column = s, .access = kinds[k].access[s]};
			CK_RV want = c.access == NONE ? none : c.access == READ ? read : write;
			CK_RV rv;

			enter_cell(&c);
			rv = act(&c);
			if (rv != want)
				fail_msg("%s object in %s: %s, not %s", c.kind->name, columns[s].name, rv_text(rv), rv_text(want));
			leave_cell();
		}
	}
}

static CK_RV act_read(const struct cell *c) { return read_class(c->session, c->object); }
static CK_RV act_change(const struct cell *c) { return relabel(c->session, c->object, "target"); }
static CK_RV act_destroy(const struct cell *c) { return p11->C_DestroyObject(c->session, c->object); }

static CK_RV act_size(const struct cell *c)
{
	CK_ULONG size;

	return p11->C_GetObjectSize(c->session, c->object, &size);
}

static CK_RV act_find(const struct cell *c)
{
	return count_labelled(c->session, "target") == 1 ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
}

/* Asks for private objects outright. */
static CK_RV act_find_by_privacy(const struct cell *c)
{
	CK_ATTRIBUTE template[] = {
		{CKA_PRIVATE, c->kind->private ? &yes : &no, sizeof(yes)},
		{CKA_TOKEN, c->kind->token ? &yes : &no, sizeof(yes)},
	};
	CK_OBJECT_HANDLE found[8];
	CK_ULONG count = 0;

	assert_ok(p11->C_FindObjectsInit(c->session, template, COUNT(template)));
	assert_ok(p11->C_FindObjects(c->session, found, COUNT(found), &count));
	assert_ok(p11->C_FindObjectsFinal(c->session));
	return count == 1 ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
}

/* Copies it to a public session object, which every state may have. */
static CK_RV act_copy(const struct cell *c)
{
	CK_ATTRIBUTE changes[] = {{CKA_TOKEN, &no, sizeof(no)}, {CKA_PRIVATE, &no, sizeof(no)}};
	CK_OBJECT_HANDLE copy;

	return p11->C_CopyObject(c->session, c->object, changes, COUNT(changes), &copy);
}

static void rules_185_186_230_table_t1_reading(void **state)
{
	(void)state;
	for_each_cell(act_read, CKR_OBJECT_HANDLE_INVALID, CKR_OK, CKR_OK);
	for_each_cell(act_size, CKR_OBJECT_HANDLE_INVALID, CKR_OK, CKR_OK);
}

static void rules_185_186_235_table_t1_finding(void **state)
{
	(void)state;
	for_each_cell(act_find, CKR_OBJECT_HANDLE_INVALID, CKR_OK, CKR_OK);
	for_each_cell(act_find_by_privacy, CKR_OBJECT_HANDLE_INVALID, CKR_OK, CKR_OK);
}

static void rules_185_186_217_table_t1_changing(void **state)
{
	(void)state;
	for_each_cell(act_change, CKR_OBJECT_HANDLE_INVALID, CKR_SESSION_READ_ONLY, CKR_OK);
}

static void rules_187_216_table_t1_destroying(void **state)
{
	(void)state;
	for_each_cell(act_destroy, CKR_OBJECT_HANDLE_INVALID, CKR_SESSION_READ_ONLY, CKR_OK);
}

static void rules_185_186_table_t1_copying_out(void **state)
{
	(void)state;
	for_each_cell(act_copy, CKR_OBJECT_HANDLE_INVALID, CKR_OK, CKR_OK);
}

static void rules_187_200_table_t1_creating(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT(kinds); k++) {
		for (size_t s = 0; s < COUNT(columns); s++) {
			struct cell c = {.kind = &kinds[k], .column = s, .access = kinds[k].access[s]};
			CK_OBJECT_HANDLE made = 0;
			CK_RV rv;

			enter_cell(&c);
			rv = create(c.session, kinds[k].token, kinds[k].private, &made);
			if (c.access == WRITE)
				assert_rv(rv, CKR_OK);
			else if (c.access == READ)
				assert_rv(rv, CKR_SESSION_READ_ONLY);
			else
				assert_rv_in(rv, CKR_USER_NOT_LOGGED_IN,
				             columns[s].user == CKU_SO ? CKR_TEMPLATE_INCONSISTENT :
				             kinds[k].token && !columns[s].rw ? CKR_SESSION_READ_ONLY : CKR_USER_NOT_LOGGED_IN);
			if (rv == CKR_OK)
				assert_ok(p11->C_DestroyObject(c.session, made));
			leave_cell();
		}
	}
}

/* ---- session objects ------------------------------------------------------------------------- */

static void rule_188_a_session_object_is_seen_by_all_sessions(void **state)
{
	CK_SESSION_HANDLE maker = open_ro(), rw = open_rw(), ro = open_ro();
	CK_OBJECT_HANDLE object = make_data(maker, false, false, "shared");
	(void)state;

	assert_int_equal(find_labelled(rw, "shared"), object);
	assert_int_equal(find_labelled(ro, "shared"), object);
	assert_int_equal(find_labelled(open_rw(), "shared"), object);
	assert_ok(relabel(rw, object, "renamed"));
	assert_int_equal(count_labelled(maker, "renamed"), 1);
	assert_ok(p11->C_DestroyObject(ro, object));
	assert_rv(read_class(maker, object), CKR_OBJECT_HANDLE_INVALID);
}

static void rule_189_a_session_object_dies_with_its_maker_only(void **state)
{
	CK_SESSION_HANDLE first = open_rw(), second = open_rw(), last = open_rw();
	CK_OBJECT_HANDLE of_first = make_data(first, false, false, "one"), of_second = make_data(second, false, false, "two");
	CK_OBJECT_HANDLE copy;
	(void)state;

	assert_ok(p11->C_CopyObject(second, of_first, NULL, 0, &copy));
	close_session(first);
	assert_rv(read_class(last, of_first), CKR_OBJECT_HANDLE_INVALID);
	assert_ok(read_class(last, of_second));
	assert_ok(read_class(last, copy));
	close_session(second);
	assert_rv(read_class(last, of_second), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(read_class(last, copy), CKR_OBJECT_HANDLE_INVALID);
	assert_int_equal(count_objects(last), 0);
}

static void rule_190_token_objects_outlive_their_session(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	login_user(session);
	make_data(session, true, false, "public");
	make_data(session, true, true, "private");
	close_session(session);
	session = open_ro();
	assert_int_equal(count_labelled(session, "public"), 1);
	assert_int_equal(count_labelled(session, "private"), 0);
	login_user(session);
	assert_int_equal(count_labelled(session, "private"), 1);
	assert_int_equal(count_labelled(session, "public"), 1);
}

static int see_token_objects_only(void *arg)
{
	CK_SESSION_HANDLE session;
	const CK_OBJECT_HANDLE *parents = arg;

	initialize();
	slot = first_slot();
	session = open_rw();
	login_user(session);
	assert_int_equal(count_labelled(session, "on-token"), 1);
	assert_int_equal(count_labelled(session, "private-on-token"), 1);
	assert_int_equal(count_labelled(session, "in-session"), 0);
	assert_rv(p11->C_CloseSession(parents[1]), parents[1] == session ? CKR_OK : CKR_SESSION_HANDLE_INVALID);
	finalize();
	return 0;
}

static void rules_50_190_other_applications_see_token_objects_only(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE handles[2];
	(void)state;

	login_user(session);
	make_data(session, true, false, "on-token");
	make_data(session, true, true, "private-on-token");
	handles[0] = make_data(session, false, false, "in-session");
	handles[1] = session;
	assert_int_equal(run_child(see_token_objects_only, handles), 0);
	assert_ok(read_class(session, handles[0]));
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
}

/* ---- handles --------------------------------------------------------------------------------- */

static void rule_191_object_handles_are_never_zero(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE handles[40], found[64];
	CK_ULONG count;
	(void)state;

	login_user(session);
	for (size_t i = 0; i < COUNT(handles); i++) {
		handles[i] = make_data(session, i % 2, i % 4 / 2, "numbered");
		assert_int_not_equal(handles[i], CK_INVALID_HANDLE);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(handles[i], handles[j]);
	}
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_FindObjects(session, found, COUNT(found), &count));
	assert_ok(p11->C_FindObjectsFinal(session));
	assert_int_equal(count, COUNT(handles));
	for (CK_ULONG i = 0; i < count; i++)
		assert_int_not_equal(found[i], CK_INVALID_HANDLE);
}

static void rule_192_a_handle_keeps_working_whatever_happens_around_it(void **state)
{
	CK_SESSION_HANDLE session = open_rw(), other;
	CK_OBJECT_HANDLE kept[2], passing;
	(void)state;

	login_user(session);
	kept[0] = make_data(session, true, true, "kept");
	kept[1] = make_data(session, false, false, "kept");
	for (int i = 0; i < 300; i++) {
		other = open_rw();
		passing = make_data(other, i % 8 == 0, i % 3 == 0, "passing");
		if (i % 2)
			assert_ok(p11->C_DestroyObject(session, passing));
		close_session(other);
		assert_ok(read_class(session, kept[0]));
		assert_ok(read_class(session, kept[1]));
	}
	assert_int_equal(find_labelled(session, "kept") == kept[0] || find_labelled(session, "kept") == kept[1], 1);
	assert_int_equal(count_labelled(session, "kept"), 2);
}

static void rule_194_handles_of_destroyed_objects_are_invalid(void **state)
{
	CK_SESSION_HANDLE session = open_rw(), other = open_rw();
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0}, cmac = {CKM_SHA256_HMAC, NULL, 0}, sha = {CKM_SHA256, NULL, 0};
	(void)state;

	login_user(session);
	for (int token = 0; token < 2; token++) {
		CK_OBJECT_HANDLE object = make_aes(session, token, true), copy;
		CK_ULONG size;

		assert_ok(p11->C_DestroyObject(other, object));
		assert_rv(read_class(session, object), CKR_OBJECT_HANDLE_INVALID);
		assert_rv(relabel(session, object, "x"), CKR_OBJECT_HANDLE_INVALID);
		assert_rv(p11->C_GetObjectSize(session, object, &size), CKR_OBJECT_HANDLE_INVALID);
		assert_rv(p11->C_CopyObject(session, object, NULL, 0, &copy), CKR_OBJECT_HANDLE_INVALID);
		assert_rv(p11->C_DestroyObject(session, object), CKR_OBJECT_HANDLE_INVALID);
		assert_rv(p11->C_DestroyObject(other, object), CKR_OBJECT_HANDLE_INVALID);
		assert_rv_in(p11->C_EncryptInit(session, &ecb, object), CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID);
		assert_rv_in(p11->C_DecryptInit(session, &ecb, object), CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID);
		assert_rv_in(p11->C_SignInit(session, &cmac, object), CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID);
		assert_rv_in(p11->C_VerifyInit(session, &cmac, object), CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID);
		assert_ok(p11->C_DigestInit(session, &sha));
		assert_rv_in(p11->C_DigestKey(session, object), CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID);
		p11->C_SessionCancel(session, CKF_DIGEST);
	}
}

/* S1, R60: the number of a destroyed object never comes back as another object. */
static void rule_194_stale_object_handles_never_alias(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE stale[16], object;
	(void)state;

	for (size_t i = 0; i < COUNT(stale); i++) {
		stale[i] = make_data(session, false, false, "stale");
		assert_ok(p11->C_DestroyObject(session, stale[i]));
	}
	for (int i = 0; i < 5000; i++) {
		object = make_data(session, false, false, "new");
		for (size_t j = 0; j < COUNT(stale); j++)
			assert_int_not_equal(object, stale[j]);
		assert_ok(p11->C_DestroyObject(session, object));
	}
	for (size_t j = 0; j < COUNT(stale); j++)
		assert_rv(read_class(session, stale[j]), CKR_OBJECT_HANDLE_INVALID);
}

static void rule_194_numbers_that_were_never_handles_are_invalid(void **state)
{
	static const CK_OBJECT_HANDLE never[] = {0, 0x7fffffff, 0x8000000000000000, (CK_OBJECT_HANDLE)-1};
	CK_SESSION_HANDLE session = open_rw();
	(void)state;

	login_user(session);
	for (size_t i = 0; i < COUNT(never); i++) {
		assert_rv(read_class(session, never[i]), CKR_OBJECT_HANDLE_INVALID);
		assert_rv(relabel(session, never[i], "x"), CKR_OBJECT_HANDLE_INVALID);
		assert_rv(p11->C_DestroyObject(session, never[i]), CKR_OBJECT_HANDLE_INVALID);
	}
}

static int destroy_kept(void *arg)
{
	CK_SESSION_HANDLE session;
	(void)arg;

	initialize();
	slot = first_slot();
	session = open_rw();
	login_user(session);
	assert_ok(p11->C_DestroyObject(session, find_labelled(session, "public")));
	assert_ok(p11->C_DestroyObject(session, find_labelled(session, "private")));
	finalize();
	return 0;
}

static void rule_195_destroyed_by_another_application(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE public, private;
	(void)state;

	login_user(session);
	public = make_data(session, true, false, "public");
	private = make_data(session, true, true, "private");
	assert_int_equal(run_child(destroy_kept, NULL), 0);

	assert_rv(read_class(session, public), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(read_class(session, private), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(relabel(session, private, "revived"), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(p11->C_DestroyObject(session, public), CKR_OBJECT_HANDLE_INVALID);
	assert_int_equal(count_objects(session), 0);
}

static int change_label(void *arg)
{
	CK_SESSION_HANDLE session;
	(void)arg;

	initialize();
	slot = first_slot();
	session = open_rw();
	login_user(session);
	assert_ok(relabel(session, find_labelled(session, "before"), "after"));
	finalize();
	return 0;
}

static void rule_190_changes_by_another_application_are_seen(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE object;
	char label[16];
	CK_ATTRIBUTE a = {CKA_LABEL, label, sizeof(label)};
	(void)state;

	login_user(session);
	object = make_data(session, true, true, "before");
	assert_int_equal(run_child(change_label, NULL), 0);
	assert_int_equal(count_labelled(session, "before"), 0);
	assert_int_equal(count_labelled(session, "after"), 1);
	assert_ok(p11->C_GetAttributeValue(session, object, &a, 1));
	assert_int_equal(a.ulValueLen, 5);
	assert_memory_equal(label, "after", 5);
}

static void rule_196_a_handle_of_no_key_is_no_key_handle(void **state)
{
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE data = make_data(session, false, false, "no-key");
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0}, hmac = {CKM_SHA256_HMAC, NULL, 0}, rsa = {CKM_RSA_PKCS, NULL, 0};
	CK_MECHANISM sha = {CKM_SHA256, NULL, 0};
	(void)state;

	assert_rv(p11->C_EncryptInit(session, &ecb, data), CKR_KEY_HANDLE_INVALID);
	assert_rv(p11->C_DecryptInit(session, &ecb, data), CKR_KEY_HANDLE_INVALID);
	assert_rv(p11->C_SignInit(session, &hmac, data), CKR_KEY_HANDLE_INVALID);
	assert_rv(p11->C_VerifyInit(session, &hmac, data), CKR_KEY_HANDLE_INVALID);
	assert_rv(p11->C_SignRecoverInit(session, &rsa, data), CKR_KEY_HANDLE_INVALID);
	assert_rv(p11->C_VerifyRecoverInit(session, &rsa, data), CKR_KEY_HANDLE_INVALID);
	assert_ok(p11->C_DigestInit(session, &sha));
	assert_rv(p11->C_DigestKey(session, data), CKR_KEY_HANDLE_INVALID);
}

/* ---- objects in use -------------------------------------------------------------------------- */

static void rule_197_destroying_a_key_in_use_lets_the_operation_end_cleanly(void **state)
{
	CK_SESSION_HANDLE session = open_rw(), other = open_rw();
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	CK_BYTE in[32] = {0}, out[64];
	(void)state;

	login_user(session);
	for (int token = 0; token < 2; token++) {
		CK_OBJECT_HANDLE key = make_aes(session, token, true);
		CK_ULONG length = sizeof(out);
		CK_RV rv;

		assert_ok(p11->C_EncryptInit(session, &ecb, key));
		assert_ok(p11->C_EncryptUpdate(session, in, 16, out, &length));
		assert_ok(p11->C_DestroyObject(other, key));
		length = sizeof(out);
		rv = p11->C_EncryptUpdate(session, in, 16, out, &length);
		assert_rv_in(rv, CKR_OK, CKR_OBJECT_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID);
		length = sizeof(out);
		assert_rv(p11->C_EncryptFinal(session, out, &length), rv == CKR_OK ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED);
		assert_rv_in(p11->C_EncryptInit(session, &ecb, key), CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID);
	}
}

static void rule_198_a_changed_attribute_counts_from_the_next_operation_on(void **state)
{
	CK_SESSION_HANDLE session = open_rw(), other = open_rw();
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	CK_ATTRIBUTE forbid = {CKA_ENCRYPT, &no, sizeof(no)};
	CK_BYTE in[16] = {0}, out[64];
	CK_ULONG length = sizeof(out);
	CK_OBJECT_HANDLE key;
	(void)state;

	login_user(session);
	key = make_aes(session, true, true);
	assert_ok(p11->C_EncryptInit(session, &ecb, key));
	assert_ok(p11->C_SetAttributeValue(other, key, &forbid, 1));
	assert_rv_in(p11->C_Encrypt(session, in, sizeof(in), out, &length), CKR_OK, CKR_KEY_FUNCTION_NOT_PERMITTED,
	             CKR_OBJECT_HANDLE_INVALID);
	assert_rv(p11->C_EncryptInit(session, &ecb, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_ok(p11->C_DecryptInit(session, &ecb, key));
}

#define ON_TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)
#define ON_SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_token_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_TOKEN(rules_185_186_230_table_t1_reading),
		ON_TOKEN(rules_185_186_235_table_t1_finding),
		ON_TOKEN(rules_185_186_217_table_t1_changing),
		ON_TOKEN(rules_187_216_table_t1_destroying),
		ON_TOKEN(rules_185_186_table_t1_copying_out),
		ON_TOKEN(rules_187_200_table_t1_creating),
		ON_TOKEN(rule_188_a_session_object_is_seen_by_all_sessions),
		ON_TOKEN(rule_189_a_session_object_dies_with_its_maker_only),
		ON_TOKEN(rule_190_token_objects_outlive_their_session),
		ON_SQLITE(rules_50_190_other_applications_see_token_objects_only),
		ON_SQLITE(rule_190_changes_by_another_application_are_seen),
		ON_TOKEN(rule_191_object_handles_are_never_zero),
		ON_TOKEN(rule_192_a_handle_keeps_working_whatever_happens_around_it),
		ON_TOKEN(rule_194_handles_of_destroyed_objects_are_invalid),
		ON_TOKEN(rule_194_stale_object_handles_never_alias),
		ON_TOKEN(rule_194_numbers_that_were_never_handles_are_invalid),
		ON_SQLITE(rule_195_destroyed_by_another_application),
		ON_TOKEN(rule_196_a_handle_of_no_key_is_no_key_handle),
		ON_TOKEN(rule_197_destroying_a_key_in_use_lets_the_operation_end_cleanly),
		ON_TOKEN(rule_198_a_changed_attribute_counts_from_the_next_operation_on),
	};
	return cmocka_run_group_tests_name("object_access", tests, NULL, NULL);
}
