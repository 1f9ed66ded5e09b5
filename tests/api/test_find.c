/* SPDX-License-Identifier: Apache-2.0 */
/* Searching: rules 232 to 242 (chapter P). What matches is compared with a list that the test keeps itself;
 * who may see what at all is test_object_access.c's. */
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

static CK_ATTRIBUTE text(CK_ATTRIBUTE_TYPE type, const char *value)
{
	return (CK_ATTRIBUTE){type, (void *)(uintptr_t)value, strlen(value)};
}

/* All handles that match, in `ret`; their number. */
static size_t find_all(CK_SESSION_HANDLE s, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret, size_t room)
{
	CK_ULONG got = 0, more = 0;
	CK_OBJECT_HANDLE one;

	assert_ok(p11->C_FindObjectsInit(s, template, count));
	assert_ok(p11->C_FindObjects(s, ret, room, &got));
	assert_ok(p11->C_FindObjects(s, &one, 1, &more));
	assert_int_equal(more, 0);
	assert_ok(p11->C_FindObjectsFinal(s));
	return got;
}

static size_t count_with(CK_SESSION_HANDLE s, CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_OBJECT_HANDLE found[256];

	return find_all(s, template, count, found, COUNT(found));
}

static bool contains(const CK_OBJECT_HANDLE *list, size_t count, CK_OBJECT_HANDLE object)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == object)
			return true;
	return false;
}

/* ---- one search at a time -------------------------------------------------------------------- */

static void rule_232_only_one_search_per_session(void **state)
{
	CK_SESSION_HANDLE other = open_rw();
	CK_OBJECT_HANDLE found;
	CK_ULONG count;
	(void)state;

	make_data(session, false, false, "one");
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_rv(p11->C_FindObjectsInit(session, NULL, 0), CKR_OPERATION_ACTIVE);
	assert_ok(p11->C_FindObjectsInit(other, NULL, 0));
	assert_ok(p11->C_FindObjects(session, &found, 1, &count));
	assert_int_equal(count, 1);
	assert_rv(p11->C_FindObjectsInit(session, NULL, 0), CKR_OPERATION_ACTIVE);
	assert_ok(p11->C_FindObjectsFinal(session));
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_FindObjects(other, &found, 1, &count));
	assert_int_equal(count, 1);
}

static void rule_233_a_search_beside_other_operations(void **state)
{
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0}, sha = {CKM_SHA256, NULL, 0}, hmac = {CKM_SHA256_HMAC, NULL, 0};
	CK_OBJECT_HANDLE key = make_aes(session, false, true), secret = make_secret(session, false, true, "0123456789abcdef", 16), found;
	CK_BYTE in[16] = {0}, out[64];
	CK_ULONG length = sizeof(out), count;
	(void)state;

	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_EncryptInit(session, &ecb, key));
	assert_ok(p11->C_FindObjects(session, &found, 1, &count));
	assert_ok(p11->C_Encrypt(session, in, sizeof(in), out, &length));
	assert_ok(p11->C_DigestInit(session, &sha));
	assert_ok(p11->C_FindObjectsFinal(session));
	length = sizeof(out);
	assert_ok(p11->C_Digest(session, in, sizeof(in), out, &length));

	assert_ok(p11->C_SignInit(session, &hmac, secret));
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_FindObjects(session, &found, 1, &count));
	length = sizeof(out);
	assert_ok(p11->C_Sign(session, in, sizeof(in), out, &length));
	assert_ok(p11->C_FindObjects(session, &found, 1, &count));
	assert_int_equal(count, 1);
	assert_ok(p11->C_FindObjectsFinal(session));
}

/* ---- matching -------------------------------------------------------------------------------- */

static void rule_234_an_empty_template_matches_all_that_is_visible(void **state)
{
	CK_OBJECT_HANDLE made[8], found[32];
	size_t count;
	(void)state;

	for (int i = 0; i < 8; i++)
		made[i] = make_data(session, i & 1, i & 2, i & 4 ? "four" : "none");
	count = find_all(session, NULL, 0, found, COUNT(found));
	assert_int_equal(count, COUNT(made));
	for (size_t i = 0; i < COUNT(made); i++)
		assert_true(contains(found, count, made[i]));
}

static void rule_234_every_attribute_must_match_byte_for_byte(void **state)
{
	CK_OBJECT_HANDLE aes = make_aes(session, true, true), data = make_data(session, true, true, "label"), found[8];
	CK_BYTE id[] = {1, 2, 3, 0, 5};
	CK_ATTRIBUTE set = {CKA_ID, id, sizeof(id)};
	struct {
		CK_ATTRIBUTE t[3];
		CK_ULONG count;
		CK_OBJECT_HANDLE match;
	} rows[] = {
		{{text(CKA_LABEL, "label")}, 1, data},
		{{text(CKA_LABEL, "labe")}, 1, 0},
		{{text(CKA_LABEL, "labell")}, 1, 0},
		{{text(CKA_LABEL, "Label")}, 1, 0},
		{{text(CKA_LABEL, "label"), {CKA_CLASS, &data_class, sizeof(data_class)}}, 2, data},
		{{text(CKA_LABEL, "label"), {CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}}, 2, 0},
		{{{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}}, 1, aes},
		{{{CKA_CLASS, &secret_key_class, 4}}, 1, 0},
		{{{CKA_ID, id, sizeof(id)}}, 1, aes},
		{{{CKA_ID, id, 3}}, 1, 0},
		{{{CKA_ID, id, sizeof(id)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}, {CKA_ENCRYPT, &yes, sizeof(yes)}}, 3, aes},
		{{{CKA_ID, id, sizeof(id)}, {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}, {CKA_ENCRYPT, &no, sizeof(no)}}, 3, 0},
		{{{CKA_KEY_TYPE, &rsa_type, sizeof(rsa_type)}}, 1, 0},
		{{text(CKA_VALUE, "some data")}, 1, data},
		{{text(CKA_LABEL, ""), {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}}, 2, aes},
	};
	(void)state;

	assert_ok(p11->C_SetAttributeValue(session, aes, &set, 1));
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t count = find_all(session, rows[i].t, rows[i].count, found, COUNT(found));

		if (count != (rows[i].match ? 1 : 0) || (rows[i].match && found[0] != rows[i].match))
			fail_msg("row %zu found %zu objects", i, count);
	}
}

static void rule_234_token_and_private_are_searched_like_the_rest(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		make_data(session, i & 1, i & 2, "x");
	for (int i = 0; i < 4; i++) {
		CK_ATTRIBUTE t[] = {{CKA_TOKEN, i & 1 ? &yes : &no, sizeof(yes)}, {CKA_PRIVATE, i & 2 ? &yes : &no, sizeof(yes)}};
		CK_OBJECT_HANDLE found[8];

		assert_int_equal(find_all(session, t, 2, found, COUNT(found)), 1);
		assert_int_equal(get_bool(session, found[0], CKA_TOKEN), i & 1);
		assert_int_equal(get_bool(session, found[0], CKA_PRIVATE), i >> 1);
		assert_int_equal(count_with(session, t, 1), 2);
		assert_int_equal(count_with(session, t + 1, 1), 2);
	}
}

static void rule_234_hidden_values_never_match(void **state)
{
	CK_OBJECT_HANDLE hidden, open = make_aes(session, true, true), found[8];
	CK_ATTRIBUTE by_value = {CKA_VALUE, aes_value, sizeof(aes_value)};
	(void)state;

	hidden = make_object(session, ATTRIBUTES(
		{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
		{CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_SENSITIVE, &yes, sizeof(yes)},
		{CKA_VALUE, aes_value, sizeof(aes_value)}));
	assert_int_not_equal(hidden, open);
	assert_int_equal(find_all(session, &by_value, 1, found, COUNT(found)), 1);
	assert_int_equal(found[0], open);
}

static void rule_234_what_changes_is_found_by_its_new_value(void **state)
{
	(void)state;
	for (int token = 0; token < 2; token++) {
		CK_OBJECT_HANDLE object = make_data(session, token, true, "old");
		CK_ATTRIBUTE label = text(CKA_LABEL, "new");

		assert_int_equal(find_labelled(session, "old"), object);
		assert_ok(p11->C_SetAttributeValue(session, object, &label, 1));
		assert_int_equal(find_labelled(session, "old"), 0);
		assert_int_equal(find_labelled(session, "new"), object);
		assert_ok(p11->C_DestroyObject(session, object));
		assert_int_equal(find_labelled(session, "new"), 0);
	}
}

static void rule_235_private_objects_are_not_found_without_the_user(void **state)
{
	CK_ATTRIBUTE ask[] = {{CKA_PRIVATE, &yes, sizeof(yes)}, text(CKA_LABEL, "secret")};
	(void)state;

	make_data(session, true, true, "secret");
	make_data(session, true, false, "open");
	assert_int_equal(count_with(session, NULL, 0), 2);
	assert_int_equal(count_with(session, ask, 2), 1);
	logout(session);
	assert_int_equal(count_with(session, NULL, 0), 1);
	assert_int_equal(count_with(session, ask, 1), 0);
	assert_int_equal(count_with(session, ask + 1, 1), 0);
	login_so(session);
	assert_int_equal(count_with(session, NULL, 0), 1);
	assert_int_equal(count_with(session, ask, 2), 0);
}

/* ---- walking --------------------------------------------------------------------------------- */

static void rule_236_results_come_in_portions_and_each_once(void **state)
{
	static const CK_ULONG portions[] = {1, 2, 7, 10, 29, 30, 31, 100};
	CK_OBJECT_HANDLE made[30], found[128];
	(void)state;

	for (size_t i = 0; i < COUNT(made); i++)
		made[i] = make_data(session, i % 2, i % 3 == 0, "portion");
	for (size_t i = 0; i < COUNT(portions); i++) {
		CK_ULONG got, total = 0;

		assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
		do {
			assert_ok(p11->C_FindObjects(session, found + total, portions[i], &got));
			assert_in_range(got, 0, portions[i]);
			if (got < portions[i])
				assert_int_equal(total + got, COUNT(made));
			total += got;
		} while (got > 0);
		assert_ok(p11->C_FindObjectsFinal(session));
		assert_int_equal(total, COUNT(made));
		for (size_t j = 0; j < COUNT(made); j++)
			assert_true(contains(found, total, made[j]));
	}
}

static void rule_236_a_portion_of_nothing(void **state)
{
	CK_OBJECT_HANDLE found;
	CK_ULONG count = 5;
	(void)state;

	make_data(session, false, false, "one");
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_rv_in(p11->C_FindObjects(session, &found, 0, &count), CKR_OK, CKR_ARGUMENTS_BAD);
	p11->C_FindObjectsFinal(session);
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_FindObjects(session, &found, 1, &count));
	assert_int_equal(count, 1);
}

static void rule_237_no_results_without_a_search(void **state)
{
	CK_OBJECT_HANDLE found;
	CK_ULONG count;
	(void)state;

	assert_rv(p11->C_FindObjects(session, &found, 1, &count), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_rv(p11->C_FindObjects(open_ro(), &found, 1, &count), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_FindObjectsFinal(session));
	assert_rv(p11->C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_FindObjects(session, &found, 1, &count), CKR_OPERATION_NOT_INITIALIZED);
}

static void rule_238_the_end_of_the_results_is_not_the_end_of_the_search(void **state)
{
	CK_OBJECT_HANDLE found[4];
	CK_ULONG count;
	(void)state;

	make_data(session, false, false, "one");
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_FindObjects(session, found, COUNT(found), &count));
	assert_int_equal(count, 1);
	for (int i = 0; i < 3; i++) {
		assert_ok(p11->C_FindObjects(session, found, COUNT(found), &count));
		assert_int_equal(count, 0);
	}
	assert_rv(p11->C_FindObjectsInit(session, NULL, 0), CKR_OPERATION_ACTIVE);
	assert_ok(p11->C_FindObjectsFinal(session));
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
}

static void rule_238_a_search_can_be_ended_early_and_cancelled(void **state)
{
	CK_OBJECT_HANDLE found;
	CK_ULONG count;
	(void)state;

	for (int i = 0; i < 20; i++)
		make_data(session, false, false, "many");
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_FindObjects(session, &found, 1, &count));
	assert_ok(p11->C_FindObjectsFinal(session));
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_SessionCancel(session, CKF_FIND_OBJECTS));
	assert_rv(p11->C_FindObjects(session, &found, 1, &count), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
}

static void rule_239_objects_that_come_and_go_during_a_search(void **state)
{
	CK_OBJECT_HANDLE made[20], found[64], class_of;
	CK_ULONG first, rest;
	CK_ATTRIBUTE a = {CKA_CLASS, &class_of, sizeof(class_of)};
	(void)state;

	for (size_t i = 0; i < COUNT(made); i++)
		made[i] = make_data(session, i % 2, true, "walk");
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_FindObjects(session, found, 5, &first));
	assert_int_equal(first, 5);
	for (size_t i = 0; i < COUNT(made); i += 2)
		assert_ok(p11->C_DestroyObject(session, made[i]));
	make_data(session, true, true, "late");
	assert_ok(p11->C_FindObjects(session, found + 5, COUNT(found) - 5, &rest));
	/* The ones that stay must all be there; of the others each may be found or not. */
	for (size_t i = 1; i < COUNT(made); i += 2)
		assert_true(contains(found, first + rest, made[i]));
	for (CK_ULONG i = 0; i < first + rest; i++)
		assert_rv_in(p11->C_GetAttributeValue(session, found[i], &a, 1), CKR_OK, CKR_OBJECT_HANDLE_INVALID);
	assert_ok(p11->C_FindObjectsFinal(session));
	assert_int_equal(count_with(session, NULL, 0), COUNT(made) / 2 + 1);
}

static void rule_240_unknown_attributes_match_nothing(void **state)
{
	CK_ATTRIBUTE unknown[] = {{0x4321, &yes, sizeof(yes)}, {CKA_VENDOR_DEFINED | 9, &yes, sizeof(yes)},
	                          {CKA_MODULUS, aes_value, sizeof(aes_value)}, {CKA_LABEL, NULL, 4}};
	(void)state;

	make_data(session, false, false, "one");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(count_with(session, &unknown[i], 1), 0);
	assert_rv_in(p11->C_FindObjectsInit(session, &unknown[3], 1), CKR_ARGUMENTS_BAD, CKR_ATTRIBUTE_VALUE_INVALID);
	assert_rv(p11->C_FindObjectsInit(session, NULL, 1), CKR_ARGUMENTS_BAD);
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
}

static void rule_241_a_unique_id_finds_one_object_or_none(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		CK_OBJECT_HANDLE object = make_data(session, i & 1, i & 2, "same"), found[4];
		CK_BYTE id[256];
		CK_ATTRIBUTE a = {CKA_UNIQUE_ID, id, sizeof(id)};

		make_data(session, i & 1, i & 2, "same");
		assert_ok(p11->C_GetAttributeValue(session, object, &a, 1));
		assert_int_equal(find_all(session, &a, 1, found, COUNT(found)), 1);
		assert_int_equal(found[0], object);
		assert_ok(p11->C_DestroyObject(session, object));
		assert_int_equal(find_all(session, &a, 1, found, COUNT(found)), 0);
	}
}

static void rule_242_searching_works_in_every_state(void **state)
{
	(void)state;
	make_data(session, true, false, "open");
	assert_int_equal(count_labelled(session, "open"), 1);
	assert_int_equal(count_labelled(open_ro(), "open"), 1);
	assert_ok(p11->C_CloseAllSessions(slot));
	assert_int_equal(count_labelled(open_ro(), "open"), 1);
	assert_int_equal(count_labelled(open_rw(), "open"), 1);
	assert_ok(p11->C_CloseAllSessions(slot));
	session = open_rw();
	login_so(session);
	assert_int_equal(count_labelled(session, "open"), 1);
}

static void rule_236_arguments_of_find(void **state)
{
	CK_OBJECT_HANDLE found;
	CK_ULONG count;
	(void)state;

	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_rv(p11->C_FindObjects(session, NULL, 1, &count), CKR_ARGUMENTS_BAD);
	p11->C_FindObjectsFinal(session);
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_rv(p11->C_FindObjects(session, &found, 1, NULL), CKR_ARGUMENTS_BAD);
}

/* Hundreds of objects, on disk: nothing missing, nothing twice, by several attributes. */
static void rules_234_236_many_objects(void **state)
{
	enum { MANY = 250, GROUPS = 5 };
	CK_OBJECT_HANDLE found[512];
	CK_ULONG got = 0;
	(void)state;

	session = open_rw();
	login_user(session);
	for (int i = 0; i < MANY; i++) {
		char label[32];

		snprintf(label, sizeof(label), "group-%d", i % GROUPS);
		make_data(session, i % 2, i % 3 == 0, label);
	}
	for (int i = 0; i < GROUPS; i++) {
		char label[32];

		snprintf(label, sizeof(label), "group-%d", i);
		assert_int_equal(count_labelled(session, label), MANY / GROUPS);
	}
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_FindObjects(session, found, COUNT(found), &got));
	assert_int_equal(got, MANY);
	for (size_t i = 1; i < got; i++)
		assert_false(contains(found, i, found[i]));
}

#define AS_USER(name) cmocka_unit_test_setup_teardown(name, setup_user, teardown)
#define ON_SQLITE(name) cmocka_unit_test_setup_teardown(name, setup_token_sqlite, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AS_USER(rule_232_only_one_search_per_session),
		AS_USER(rule_233_a_search_beside_other_operations),
		AS_USER(rule_234_an_empty_template_matches_all_that_is_visible),
		AS_USER(rule_234_every_attribute_must_match_byte_for_byte),
		AS_USER(rule_234_token_and_private_are_searched_like_the_rest),
		AS_USER(rule_234_hidden_values_never_match),
		AS_USER(rule_234_what_changes_is_found_by_its_new_value),
		AS_USER(rule_235_private_objects_are_not_found_without_the_user),
		AS_USER(rule_236_results_come_in_portions_and_each_once),
		AS_USER(rule_236_a_portion_of_nothing),
		AS_USER(rule_236_arguments_of_find),
		AS_USER(rule_237_no_results_without_a_search),
		AS_USER(rule_238_the_end_of_the_results_is_not_the_end_of_the_search),
		AS_USER(rule_238_a_search_can_be_ended_early_and_cancelled),
		AS_USER(rule_239_objects_that_come_and_go_during_a_search),
		AS_USER(rule_240_unknown_attributes_match_nothing),
		AS_USER(rule_241_a_unique_id_finds_one_object_or_none),
		AS_USER(rule_242_searching_works_in_every_state),
		ON_SQLITE(rules_234_236_many_objects),
	};
	return cmocka_run_group_tests_name("find", tests, NULL, NULL);
}
