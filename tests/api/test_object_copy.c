/* SPDX-License-Identifier: Apache-2.0 */
/* Copying, changing and destroying objects where the object itself has a say: rules 209 to 215 (chapter N).
 * One-way attributes are tried both ways, by C_CopyObject and by C_SetAttributeValue.
 * What session states permit is test_session_state.c's and test_object_access.c's. */
#include "api/harness.h"

static CK_SESSION_HANDLE session;

static int setup_user(void **state)
{
	if (setup_token(state))
		return -1;
	session = open_rw();
	login_user(session);
	return 0;
}

static CK_RV copy_with(CK_OBJECT_HANDLE from, CK_ATTRIBUTE *changes, CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
	return p11->C_CopyObject(session, from, changes, count, ret);
}

static CK_OBJECT_HANDLE copied(CK_OBJECT_HANDLE from, CK_ATTRIBUTE *changes, CK_ULONG count)
{
	CK_OBJECT_HANDLE copy = 0;

	assert_ok(copy_with(from, changes, count, &copy));
	assert_int_not_equal(copy, 0);
	assert_int_not_equal(copy, from);
	return copy;
}

static CK_RV set_bool(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, bool value)
{
	CK_ATTRIBUTE a = {type, value ? &yes : &no, sizeof(yes)};

	return p11->C_SetAttributeValue(session, object, &a, 1);
}

static CK_RV copy_bool(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, bool value, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE a = {type, value ? &yes : &no, sizeof(yes)};

	return copy_with(object, &a, 1, ret);
}

static CK_OBJECT_HANDLE aes_key(bool sensitive, bool extractable, bool with_trusted)
{
	return make_object(session, ATTRIBUTES(
		{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
		{CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
		{CKA_SENSITIVE, sensitive ? &yes : &no, sizeof(yes)},
		{CKA_EXTRACTABLE, extractable ? &yes : &no, sizeof(yes)},
		{CKA_WRAP_WITH_TRUSTED, with_trusted ? &yes : &no, sizeof(yes)},
		{CKA_VALUE, aes_value, sizeof(aes_value)}));
}

static CK_OBJECT_HANDLE generated_aes(bool sensitive, bool extractable)
{
	CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
	CK_ULONG length = 32;
	CK_OBJECT_HANDLE key = 0;
	CK_ATTRIBUTE template[] = {
		{CKA_VALUE_LEN, &length, sizeof(length)},
		{CKA_SENSITIVE, sensitive ? &yes : &no, sizeof(yes)},
		{CKA_EXTRACTABLE, extractable ? &yes : &no, sizeof(yes)},
	};

	assert_ok(p11->C_GenerateKey(session, &mechanism, template, COUNT(template), &key));
	return key;
}

/* ---- what an object forbids ------------------------------------------------------------------ */

static CK_OBJECT_HANDLE data_with(CK_ATTRIBUTE_TYPE forbidden, bool token)
{
	char label[] = "guarded";

	return make_object(session, ATTRIBUTES(
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, token ? &yes : &no, sizeof(yes)},
		{CKA_LABEL, label, sizeof(label) - 1},
		{forbidden, &no, sizeof(no)}));
}

static void rule_209_an_uncopyable_object_is_not_copied(void **state)
{
	CK_ATTRIBUTE label = {CKA_LABEL, aes_value, 4};
	CK_OBJECT_HANDLE copy = 0;
	(void)state;

	for (int token = 0; token < 2; token++) {
		CK_OBJECT_HANDLE object = data_with(CKA_COPYABLE, token);
		size_t before = count_objects(session);

		assert_rv(copy_with(object, NULL, 0, &copy), CKR_ACTION_PROHIBITED);
		assert_rv(copy_with(object, &label, 1, &copy), CKR_ACTION_PROHIBITED);
		assert_rv_in(copy_bool(object, CKA_COPYABLE, true, &copy), CKR_ACTION_PROHIBITED);
		assert_int_equal(count_objects(session), before);
		assert_ok(p11->C_SetAttributeValue(session, object, &label, 1));
		assert_ok(p11->C_DestroyObject(session, object));
	}
}

static void rule_209_an_unmodifiable_object_is_not_modified(void **state)
{
	CK_ATTRIBUTE label = {CKA_LABEL, aes_value, 4};
	(void)state;

	for (int token = 0; token < 2; token++) {
		CK_OBJECT_HANDLE object = data_with(CKA_MODIFIABLE, token);

		assert_rv(p11->C_SetAttributeValue(session, object, &label, 1), CKR_ACTION_PROHIBITED);
		assert_rv_in(set_bool(object, CKA_MODIFIABLE, true), CKR_ACTION_PROHIBITED, CKR_ATTRIBUTE_READ_ONLY);
		assert_int_equal(count_labelled(session, "guarded"), 1);
		assert_ok(p11->C_DestroyObject(session, copied(object, NULL, 0)));
		assert_ok(p11->C_DestroyObject(session, object));
	}
}

static void rule_209_an_indestructible_object_is_not_destroyed(void **state)
{
	CK_OBJECT_HANDLE object, copy;
	CK_ATTRIBUTE free = {CKA_DESTROYABLE, &yes, sizeof(yes)};
	(void)state;

	for (int token = 0; token < 2; token++) {
		object = data_with(CKA_DESTROYABLE, token);
		assert_rv(p11->C_DestroyObject(session, object), CKR_ACTION_PROHIBITED);
		assert_false(get_bool(session, object, CKA_DESTROYABLE));
		copy = copied(object, &free, 1);
		assert_ok(p11->C_DestroyObject(session, copy));
		assert_rv(p11->C_DestroyObject(session, object), CKR_ACTION_PROHIBITED);
	}
	/* Both die in their own way: with the session, with the token's contents. */
	assert_ok(p11->C_CloseAllSessions(slot));
	make_token();
	session = open_rw();
	login_user(session);
	assert_int_equal(count_objects(session), 0);
}

/* ---- what a copy may change ------------------------------------------------------------------ */

static void rule_210_a_copy_may_change_where_and_how_it_is_kept(void **state)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_TOKEN, CKA_PRIVATE, CKA_MODIFIABLE, CKA_DESTROYABLE};
	(void)state;

	for (size_t i = 0; i < COUNT(types); i++) {
		for (int start = 0; start < 2; start++) {
			CK_OBJECT_HANDLE from, copy;

			from = make_object(session, ATTRIBUTES(
				{CKA_CLASS, &data_class, sizeof(data_class)},
				{CKA_TOKEN, types[i] == CKA_TOKEN && start ? &yes : &no, sizeof(yes)},
				{CKA_PRIVATE, types[i] == CKA_PRIVATE && start ? &yes : &no, sizeof(yes)},
				{CKA_MODIFIABLE, types[i] == CKA_MODIFIABLE && !start ? &no : &yes, sizeof(yes)},
				{CKA_DESTROYABLE, types[i] == CKA_DESTROYABLE && !start ? &no : &yes, sizeof(yes)}));
			assert_int_equal(get_bool(session, from, types[i]), start);
			assert_ok(copy_bool(from, types[i], !start, &copy));
			assert_int_equal(get_bool(session, copy, types[i]), !start);
			assert_int_equal(get_bool(session, from, types[i]), start);
		}
	}
}

static void rule_210_a_copy_may_change_what_may_be_set(void **state)
{
	CK_BYTE id[] = {9, 8, 7}, label[] = "copy-label", read[32];
	CK_ATTRIBUTE changes[] = {
		{CKA_ID, id, sizeof(id)},
		{CKA_LABEL, label, sizeof(label) - 1},
		{CKA_ENCRYPT, &no, sizeof(no)},
		{CKA_DERIVE, &yes, sizeof(yes)},
	};
	CK_OBJECT_HANDLE copy = copied(make_aes(session, false, true), changes, COUNT(changes));
	CK_ATTRIBUTE a = {CKA_ID, read, sizeof(read)};
	(void)state;

	assert_ok(p11->C_GetAttributeValue(session, copy, &a, 1));
	assert_int_equal(a.ulValueLen, sizeof(id));
	assert_memory_equal(read, id, sizeof(id));
	assert_int_equal(find_labelled(session, "copy-label"), copy);
	assert_false(get_bool(session, copy, CKA_ENCRYPT));
	assert_true(get_bool(session, copy, CKA_DECRYPT));
	assert_true(get_bool(session, copy, CKA_DERIVE));
	a = (CK_ATTRIBUTE){CKA_VALUE, read, sizeof(read)};
	assert_ok(p11->C_GetAttributeValue(session, copy, &a, 1));
	assert_memory_equal(read, aes_value, sizeof(aes_value));
}

static void rule_213_a_copy_cannot_change_what_the_object_is(void **state)
{
	CK_OBJECT_HANDLE key = make_aes(session, false, true), copy;
	CK_BYTE other[32] = {0};
	CK_ULONG mechanism = CKM_DES_KEY_GEN;
	CK_ATTRIBUTE wrong[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
		{CKA_VALUE, other, sizeof(other)},
		{CKA_LOCAL, &yes, sizeof(yes)},
		{CKA_ALWAYS_SENSITIVE, &yes, sizeof(yes)},
		{CKA_NEVER_EXTRACTABLE, &yes, sizeof(yes)},
		{CKA_KEY_GEN_MECHANISM, &mechanism, sizeof(mechanism)},
		{CKA_UNIQUE_ID, other, 4},
	};
	size_t before = count_objects(session);
	(void)state;

	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_rv_in(copy_with(key, &wrong[i], 1, &copy), CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(count_objects(session), before);
}

static void rule_213_other_template_errors_apply_to_copies(void **state)
{
	CK_OBJECT_HANDLE key = make_aes(session, false, true), copy;
	CK_BBOOL maybe = 2;
	CK_ATTRIBUTE unknown = {0x4321, &yes, sizeof(yes)}, foreign = {CKA_MODULUS, aes_value, 32};
	CK_ATTRIBUTE bad = {CKA_TOKEN, &maybe, sizeof(maybe)}, twice[] = {{CKA_LABEL, aes_value, 1}, {CKA_LABEL, aes_value, 2}};
	size_t before = count_objects(session);
	(void)state;

	assert_rv(copy_with(key, &unknown, 1, &copy), CKR_ATTRIBUTE_TYPE_INVALID);
	assert_rv_in(copy_with(key, &foreign, 1, &copy), CKR_ATTRIBUTE_TYPE_INVALID, CKR_TEMPLATE_INCONSISTENT);
	assert_rv_in(copy_with(key, &bad, 1, &copy), CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCONSISTENT);
	assert_rv(copy_with(key, twice, 2, &copy), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(copy_with(key, NULL, 1, &copy), CKR_ARGUMENTS_BAD);
	assert_rv(copy_with(key, NULL, 0, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(copy_with(0, NULL, 0, &copy), CKR_OBJECT_HANDLE_INVALID);
	assert_int_equal(count_objects(session), before);
	copied(key, NULL, 0);
}

static void rules_201_213_a_plain_copy_equals_the_original_but_for_its_unique_id(void **state)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_CLASS, CKA_KEY_TYPE, CKA_TOKEN, CKA_PRIVATE, CKA_LABEL, CKA_ID, CKA_VALUE,
		CKA_VALUE_LEN, CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY, CKA_LOCAL,
		CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE, CKA_CHECK_VALUE};
	CK_OBJECT_HANDLE from = make_aes(session, false, true), copy = copied(from, NULL, 0);
	CK_BYTE a_value[256], b_value[256];
	CK_ATTRIBUTE a, b;
	(void)state;

	for (size_t i = 0; i < COUNT(types); i++) {
		a = (CK_ATTRIBUTE){types[i], a_value, sizeof(a_value)};
		b = (CK_ATTRIBUTE){types[i], b_value, sizeof(b_value)};
		assert_ok(p11->C_GetAttributeValue(session, from, &a, 1));
		assert_ok(p11->C_GetAttributeValue(session, copy, &b, 1));
		assert_int_equal(a.ulValueLen, b.ulValueLen);
		assert_memory_equal(a_value, b_value, a.ulValueLen);
	}
	a = (CK_ATTRIBUTE){CKA_UNIQUE_ID, a_value, sizeof(a_value)};
	b = (CK_ATTRIBUTE){CKA_UNIQUE_ID, b_value, sizeof(b_value)};
	assert_ok(p11->C_GetAttributeValue(session, from, &a, 1));
	assert_ok(p11->C_GetAttributeValue(session, copy, &b, 1));
	assert_false(a.ulValueLen == b.ulValueLen && memcmp(a_value, b_value, a.ulValueLen) == 0);
}

static void rule_213_original_and_copy_live_apart(void **state)
{
	CK_OBJECT_HANDLE from = make_data(session, false, false, "from"), copy = copied(from, NULL, 0);
	CK_ATTRIBUTE label = {CKA_LABEL, (void *)(uintptr_t)"copy", 4};
	(void)state;

	assert_ok(p11->C_SetAttributeValue(session, copy, &label, 1));
	assert_int_equal(find_labelled(session, "from"), from);
	assert_int_equal(find_labelled(session, "copy"), copy);
	assert_ok(p11->C_DestroyObject(session, from));
	assert_int_equal(find_labelled(session, "copy"), copy);
}

/* ---- one-way attributes ---------------------------------------------------------------------- */

static void rule_211_one_way_attributes_go_one_way(void **state)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		bool from; /* the value that may be left, never returned to */
	} rows[] = {
		{CKA_SENSITIVE, false},
		{CKA_EXTRACTABLE, true},
		{CKA_WRAP_WITH_TRUSTED, false},
		{CKA_COPYABLE, true},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CK_OBJECT_HANDLE key = aes_key(false, true, false), copy = 0;

		assert_int_equal(get_bool(session, key, rows[i].type), rows[i].from);
		assert_ok(set_bool(key, rows[i].type, rows[i].from));
		assert_ok(copy_bool(key, rows[i].type, !rows[i].from, &copy));
		assert_int_equal(get_bool(session, copy, rows[i].type), !rows[i].from);
		assert_ok(set_bool(key, rows[i].type, !rows[i].from));
		assert_int_equal(get_bool(session, key, rows[i].type), !rows[i].from);

		assert_rv(set_bool(key, rows[i].type, rows[i].from), CKR_ATTRIBUTE_READ_ONLY);
		assert_rv_in(copy_bool(key, rows[i].type, rows[i].from, &copy), CKR_ATTRIBUTE_READ_ONLY,
		             CKR_TEMPLATE_INCONSISTENT, CKR_ACTION_PROHIBITED);
		assert_int_equal(get_bool(session, key, rows[i].type), !rows[i].from);
		assert_ok(set_bool(key, rows[i].type, !rows[i].from));
	}
}

static void rule_212_history_of_a_key_is_inherited_by_its_copy(void **state)
{
	CK_OBJECT_HANDLE open = generated_aes(false, true), closed = generated_aes(true, false), copy;
	CK_ATTRIBUTE close[] = {{CKA_SENSITIVE, &yes, sizeof(yes)}, {CKA_EXTRACTABLE, &no, sizeof(no)}};
	(void)state;

	copy = copied(open, close, COUNT(close));
	assert_true(get_bool(session, copy, CKA_SENSITIVE));
	assert_false(get_bool(session, copy, CKA_EXTRACTABLE));
	assert_false(get_bool(session, copy, CKA_ALWAYS_SENSITIVE));
	assert_false(get_bool(session, copy, CKA_NEVER_EXTRACTABLE));
	copy = copied(closed, NULL, 0);
	assert_true(get_bool(session, copy, CKA_ALWAYS_SENSITIVE));
	assert_true(get_bool(session, copy, CKA_NEVER_EXTRACTABLE));
	assert_ok(set_bool(open, CKA_SENSITIVE, true));
	assert_ok(set_bool(open, CKA_EXTRACTABLE, false));
	assert_false(get_bool(session, open, CKA_ALWAYS_SENSITIVE));
	assert_false(get_bool(session, open, CKA_NEVER_EXTRACTABLE));
}

static void rule_214_copies_to_the_token_and_into_privacy_need_the_right_state(void **state)
{
	CK_SESSION_HANDLE ro = open_ro();
	CK_OBJECT_HANDLE public = make_data(session, false, false, "public"), copy;
	CK_ATTRIBUTE to_token = {CKA_TOKEN, &yes, sizeof(yes)}, to_private = {CKA_PRIVATE, &yes, sizeof(yes)};
	(void)state;

	assert_rv(p11->C_CopyObject(ro, public, &to_token, 1, &copy), CKR_SESSION_READ_ONLY);
	assert_ok(p11->C_CopyObject(session, public, &to_token, 1, &copy));
	assert_ok(p11->C_CopyObject(ro, public, &to_private, 1, &copy));
	logout(session);
	assert_rv(p11->C_CopyObject(ro, public, &to_private, 1, &copy), CKR_USER_NOT_LOGGED_IN);
	assert_rv(p11->C_CopyObject(session, public, &to_private, 1, &copy), CKR_USER_NOT_LOGGED_IN);
	assert_ok(p11->C_CopyObject(ro, public, NULL, 0, &copy));
}

static void rule_215_local_is_inherited(void **state)
{
	(void)state;
	assert_true(get_bool(session, copied(generated_aes(false, true), NULL, 0), CKA_LOCAL));
	assert_false(get_bool(session, copied(make_aes(session, false, true), NULL, 0), CKA_LOCAL));
	assert_int_equal(get_ulong(session, copied(generated_aes(false, true), NULL, 0), CKA_KEY_GEN_MECHANISM), CKM_AES_KEY_GEN);
}

static void rule_214_a_token_copy_persists_a_session_copy_does_not(void **state)
{
	CK_OBJECT_HANDLE from = make_aes(session, false, true);
	CK_ATTRIBUTE kept[] = {{CKA_TOKEN, &yes, sizeof(yes)}, {CKA_LABEL, (void *)(uintptr_t)"kept", 4}};
	CK_ATTRIBUTE lost[] = {{CKA_TOKEN, &no, sizeof(no)}, {CKA_LABEL, (void *)(uintptr_t)"lost", 4}};
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	CK_OBJECT_HANDLE on_token;
	(void)state;

	on_token = copied(from, kept, COUNT(kept));
	copied(on_token, lost, COUNT(lost));
	close_session(session);
	session = open_rw();
	login_user(session);
	assert_int_equal(count_labelled(session, "lost"), 0);
	assert_int_equal(count_labelled(session, "kept"), 1);
	assert_ok(p11->C_EncryptInit(session, &ecb, find_labelled(session, "kept")));
}

#define AS_USER(name) cmocka_unit_test_setup_teardown(name, setup_user, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AS_USER(rule_209_an_uncopyable_object_is_not_copied),
		AS_USER(rule_209_an_unmodifiable_object_is_not_modified),
		AS_USER(rule_209_an_indestructible_object_is_not_destroyed),
		AS_USER(rule_210_a_copy_may_change_where_and_how_it_is_kept),
		AS_USER(rule_210_a_copy_may_change_what_may_be_set),
		AS_USER(rule_211_one_way_attributes_go_one_way),
		AS_USER(rule_212_history_of_a_key_is_inherited_by_its_copy),
		AS_USER(rule_213_a_copy_cannot_change_what_the_object_is),
		AS_USER(rule_213_other_template_errors_apply_to_copies),
		AS_USER(rules_201_213_a_plain_copy_equals_the_original_but_for_its_unique_id),
		AS_USER(rule_213_original_and_copy_live_apart),
		AS_USER(rule_214_copies_to_the_token_and_into_privacy_need_the_right_state),
		AS_USER(rule_214_a_token_copy_persists_a_session_copy_does_not),
		AS_USER(rule_215_local_is_inherited),
	};
	return cmocka_run_group_tests_name("object_copy", tests, NULL, NULL);
}
