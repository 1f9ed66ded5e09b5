/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and setting attributes: rules 222 to 231 (chapter O), and the C_SetAttributeValue half of rules
 * 202, 205 and 217. Each answer of the length convention is looked at beside its neighbours in one call. */
#include "api/harness.h"

#define NONE CK_UNAVAILABLE_INFORMATION

static CK_SESSION_HANDLE session;

static int setup_user(void **state)
{
	if (setup_token(state))
		return -1;
	session = open_rw();
	login_user(session);
	return 0;
}

static CK_OBJECT_HANDLE secret_with(bool sensitive, bool extractable)
{
	char label[] = "a key";

	return make_object(session, ATTRIBUTES(
		{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
		{CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
		{CKA_SENSITIVE, sensitive ? &yes : &no, sizeof(yes)},
		{CKA_EXTRACTABLE, extractable ? &yes : &no, sizeof(yes)},
		{CKA_LABEL, label, sizeof(label) - 1},
		{CKA_VALUE, aes_value, sizeof(aes_value)}));
}

static CK_RV get(CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count)
{
	return p11->C_GetAttributeValue(session, object, template, count);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void rule_222_good_attributes_are_returned_beside_bad_ones(void **state)
{
	CK_BYTE value[64], label[16], small[2], class[8];
	CK_ATTRIBUTE t[] = {
		{CKA_VALUE, value, sizeof(value)},
		{CKA_LABEL, label, sizeof(label)},
		{CKA_MODULUS, value, sizeof(value)},
		{CKA_CLASS, class, sizeof(class)},
		{CKA_LABEL, small, sizeof(small)},
		{CKA_KEY_TYPE, NULL, 0},
	};
	CK_OBJECT_CLASS got;
	(void)state;

	memset(value, 0xee, sizeof(value));
	assert_rv_in(get(secret_with(true, false), t, COUNT(t)), CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID,
	             CKR_BUFFER_TOO_SMALL);
	assert_int_equal(t[0].ulValueLen, NONE);
	assert_int_equal(t[1].ulValueLen, 5);
	assert_memory_equal(label, "a key", 5);
	assert_int_equal(t[2].ulValueLen, NONE);
	assert_int_equal(t[3].ulValueLen, sizeof(CK_OBJECT_CLASS));
	memcpy(&got, class, sizeof(got));
	assert_int_equal(got, CKO_SECRET_KEY);
	assert_int_equal(t[4].ulValueLen, NONE);
	assert_int_equal(t[5].ulValueLen, sizeof(CK_KEY_TYPE));
	for (size_t i = 0; i < sizeof(value); i++)
		assert_int_equal(value[i], 0xee);
}

static void rule_223_sensitive_and_unextractable_values_are_not_shown(void **state)
{
	static const struct {
		bool sensitive, extractable, shown;
	} rows[] = {{false, true, true}, {true, true, false}, {false, false, false}, {true, false, false}};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CK_OBJECT_HANDLE key = secret_with(rows[i].sensitive, rows[i].extractable);
		CK_BYTE value[64];
		CK_ATTRIBUTE a = {CKA_VALUE, value, sizeof(value)}, query = {CKA_VALUE, NULL, 0};

		memset(value, 0xee, sizeof(value));
		if (rows[i].shown) {
			assert_ok(get(key, &a, 1));
			assert_int_equal(a.ulValueLen, sizeof(aes_value));
			assert_memory_equal(value, aes_value, sizeof(aes_value));
			assert_ok(get(key, &query, 1));
			continue;
		}
		assert_rv(get(key, &a, 1), CKR_ATTRIBUTE_SENSITIVE);
		assert_int_equal(a.ulValueLen, NONE);
		assert_int_equal(value[0], 0xee);
		assert_rv(get(key, &query, 1), CKR_ATTRIBUTE_SENSITIVE);
		assert_int_equal(query.ulValueLen, NONE);
	}
}

static void rule_223_private_parts_of_pairs_are_not_shown(void **state)
{
	static const CK_ATTRIBUTE_TYPE hidden[] = {CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2,
		CKA_COEFFICIENT};
	CK_MECHANISM generate = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_ULONG bits = 2048;
	CK_ATTRIBUTE public_template = {CKA_MODULUS_BITS, &bits, sizeof(bits)};
	CK_ATTRIBUTE private_template = {CKA_SENSITIVE, &yes, sizeof(yes)};
	CK_OBJECT_HANDLE public, private, open_public, open_private;
	CK_BYTE buffer[512];
	CK_ATTRIBUTE a;
	(void)state;

	assert_ok(p11->C_GenerateKeyPair(session, &generate, &public_template, 1, &private_template, 1, &public, &private));
	make_rsa_pair(session, false, true, &open_public, &open_private);
	for (size_t i = 0; i < COUNT(hidden); i++) {
		a = (CK_ATTRIBUTE){hidden[i], buffer, sizeof(buffer)};
		assert_rv(get(private, &a, 1), CKR_ATTRIBUTE_SENSITIVE);
		assert_int_equal(a.ulValueLen, NONE);
		a = (CK_ATTRIBUTE){hidden[i], buffer, sizeof(buffer)};
		assert_ok(get(open_private, &a, 1));
		assert_in_range(a.ulValueLen, 100, 256);
	}
	a = (CK_ATTRIBUTE){CKA_MODULUS, buffer, sizeof(buffer)};
	assert_ok(get(private, &a, 1));
	assert_int_equal(a.ulValueLen, 256);
}

static void rule_224_attributes_that_the_object_does_not_have(void **state)
{
	static const CK_ATTRIBUTE_TYPE absent[] = {CKA_MODULUS, CKA_EC_PARAMS, CKA_APPLICATION, CKA_ALWAYS_AUTHENTICATE, 0x4321,
		CKA_VENDOR_DEFINED | 0x77};
	CK_OBJECT_HANDLE key = secret_with(false, true), data = make_data(session, false, false, "data");
	CK_BYTE buffer[64];
	(void)state;

	for (size_t i = 0; i < COUNT(absent); i++) {
		CK_ATTRIBUTE a = {absent[i], buffer, sizeof(buffer)}, query = {absent[i], NULL, 0};

		assert_rv(get(key, &a, 1), CKR_ATTRIBUTE_TYPE_INVALID);
		assert_int_equal(a.ulValueLen, NONE);
		assert_rv(get(key, &query, 1), CKR_ATTRIBUTE_TYPE_INVALID);
		assert_int_equal(query.ulValueLen, NONE);
	}
	for (size_t i = 0; i < 2; i++) {
		CK_ATTRIBUTE a = {i ? CKA_KEY_TYPE : CKA_SENSITIVE, buffer, sizeof(buffer)};

		assert_rv(get(data, &a, 1), CKR_ATTRIBUTE_TYPE_INVALID);
		assert_int_equal(a.ulValueLen, NONE);
	}
}

static void rules_225_227_length_first_then_value(void **state)
{
	CK_OBJECT_HANDLE key = secret_with(false, true);
	CK_ATTRIBUTE t[] = {{CKA_CLASS, NULL, 0}, {CKA_TOKEN, NULL, 77}, {CKA_LABEL, NULL, 1}, {CKA_VALUE, NULL, NONE}, {CKA_ID, NULL, 3}};
	CK_ULONG lengths[] = {sizeof(CK_OBJECT_CLASS), sizeof(CK_BBOOL), 5, 32, 0};
	CK_BYTE buffers[COUNT(lengths)][64];
	(void)state;

	assert_ok(get(key, t, COUNT(t)));
	for (size_t i = 0; i < COUNT(t); i++) {
		assert_int_equal(t[i].ulValueLen, lengths[i]);
		memset(buffers[i], 0xee, sizeof(buffers[i]));
		t[i].pValue = buffers[i];
	}
	assert_ok(get(key, t, COUNT(t)));
	for (size_t i = 0; i < COUNT(t); i++) {
		assert_int_equal(t[i].ulValueLen, lengths[i]);
		assert_int_equal(buffers[i][lengths[i]], 0xee);
		t[i].ulValueLen = sizeof(buffers[i]);
	}
	assert_ok(get(key, t, COUNT(t)));
	for (size_t i = 0; i < COUNT(t); i++) {
		assert_int_equal(t[i].ulValueLen, lengths[i]);
		assert_int_equal(buffers[i][lengths[i]], 0xee);
	}
	assert_memory_equal(buffers[2], "a key", 5);
	assert_memory_equal(buffers[3], aes_value, sizeof(aes_value));
}

static void rule_226_a_buffer_that_is_too_small_stays_untouched(void **state)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		CK_ULONG length;
	} rows[] = {{CKA_CLASS, sizeof(CK_ULONG)}, {CKA_TOKEN, 1}, {CKA_LABEL, 5}, {CKA_VALUE, 32}};
	CK_OBJECT_HANDLE key = secret_with(false, true);
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (CK_ULONG room = 0; room < rows[i].length; room++) {
			CK_BYTE buffer[64];
			CK_ATTRIBUTE a = {rows[i].type, buffer, room};

			memset(buffer, 0xee, sizeof(buffer));
			assert_rv(get(key, &a, 1), CKR_BUFFER_TOO_SMALL);
			assert_int_equal(a.ulValueLen, NONE);
			for (size_t j = 0; j < sizeof(buffer); j++)
				assert_int_equal(buffer[j], 0xee);
		}
	}
}

static void rule_227_an_empty_value_fits_an_empty_buffer(void **state)
{
	CK_OBJECT_HANDLE key = secret_with(false, true);
	CK_BYTE buffer[1] = {0xee};
	CK_ATTRIBUTE a = {CKA_ID, buffer, 0};
	(void)state;

	assert_ok(get(key, &a, 1));
	assert_int_equal(a.ulValueLen, 0);
	assert_int_equal(buffer[0], 0xee);
}

static void rule_222_arguments_of_get(void **state)
{
	CK_OBJECT_HANDLE key = secret_with(false, true);
	CK_BYTE buffer[8];
	CK_ATTRIBUTE a = {CKA_TOKEN, buffer, sizeof(buffer)};
	(void)state;

	assert_rv(get(key, NULL, 1), CKR_ARGUMENTS_BAD);
	assert_rv_in(get(key, &a, 0), CKR_OK, CKR_ARGUMENTS_BAD);
	assert_rv(get(0, &a, 1), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(p11->C_GetAttributeValue(0, key, &a, 1), CKR_SESSION_HANDLE_INVALID);
}

/* ---- arrays of attributes -------------------------------------------------------------------- */

static CK_OBJECT_HANDLE wrapping_key(void)
{
	CK_ULONG length = 24;
	CK_ATTRIBUTE inner[] = {
		{CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
		{CKA_EXTRACTABLE, &yes, sizeof(yes)},
		{CKA_VALUE_LEN, &length, sizeof(length)},
	};

	return make_object(session, ATTRIBUTES(
		{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
		{CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
		{CKA_WRAP_TEMPLATE, inner, sizeof(inner)},
		{CKA_VALUE, aes_value, sizeof(aes_value)}));
}

static void rule_229_array_attributes_are_read_in_three_steps(void **state)
{
	CK_OBJECT_HANDLE key = wrapping_key();
	CK_ATTRIBUTE inner[3], outer = {CKA_WRAP_TEMPLATE, NULL, 0};
	CK_BYTE buffers[3][16];
	CK_KEY_TYPE type;
	(void)state;

	assert_ok(get(key, &outer, 1));
	assert_int_equal(outer.ulValueLen, sizeof(inner));

	memset(inner, 0, sizeof(inner));
	outer.pValue = inner;
	assert_ok(get(key, &outer, 1));
	assert_int_equal(outer.ulValueLen, sizeof(inner));
	for (size_t i = 0; i < COUNT(inner); i++) {
		assert_int_equal(inner[i].ulValueLen, inner[i].type == CKA_EXTRACTABLE ? sizeof(CK_BBOOL) : sizeof(CK_ULONG));
		inner[i].pValue = buffers[i];
		inner[i].ulValueLen = sizeof(buffers[i]);
		inner[i].type = 0; /* ignored on input */
	}

	assert_ok(get(key, &outer, 1));
	for (size_t i = 0; i < COUNT(inner); i++) {
		assert_true(inner[i].type == CKA_KEY_TYPE || inner[i].type == CKA_EXTRACTABLE || inner[i].type == CKA_VALUE_LEN);
		if (inner[i].type == CKA_KEY_TYPE) {
			assert_int_equal(inner[i].ulValueLen, sizeof(type));
			memcpy(&type, buffers[i], sizeof(type));
			assert_int_equal(type, CKK_AES);
		}
	}
}

static void rule_229_array_attributes_with_too_little_room(void **state)
{
	CK_OBJECT_HANDLE key = wrapping_key();
	CK_ATTRIBUTE inner[3], outer = {CKA_WRAP_TEMPLATE, inner, 2 * sizeof(inner[0])};
	CK_BYTE buffers[3][16];
	size_t marked = 0;
	(void)state;

	memset(inner, 0, sizeof(inner));
	assert_rv(get(key, &outer, 1), CKR_BUFFER_TOO_SMALL);
	assert_int_equal(outer.ulValueLen, NONE);

	for (size_t i = 0; i < COUNT(inner); i++)
		inner[i] = (CK_ATTRIBUTE){0, buffers[i], 1};
	outer.ulValueLen = sizeof(inner);
	assert_rv(get(key, &outer, 1), CKR_BUFFER_TOO_SMALL);
	for (size_t i = 0; i < COUNT(inner); i++)
		marked += inner[i].ulValueLen == NONE;
	assert_int_equal(marked, 2); /* the boolean fits */
}

/* ---- who may read ---------------------------------------------------------------------------- */

static void rule_230_private_attributes_need_the_user_but_not_a_read_write_session(void **state)
{
	CK_SESSION_HANDLE ro = open_ro();
	CK_OBJECT_HANDLE private = make_data(session, true, true, "private"), public = make_data(session, true, false, "public");
	CK_BYTE buffer[32];
	CK_ATTRIBUTE a = {CKA_LABEL, buffer, sizeof(buffer)};
	(void)state;

	assert_ok(p11->C_GetAttributeValue(ro, private, &a, 1));
	assert_memory_equal(buffer, "private", 7);
	logout(session);
	a.ulValueLen = sizeof(buffer);
	assert_rv(p11->C_GetAttributeValue(ro, private, &a, 1), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(p11->C_GetAttributeValue(session, private, &a, 1), CKR_OBJECT_HANDLE_INVALID);
	a.ulValueLen = sizeof(buffer);
	assert_ok(p11->C_GetAttributeValue(ro, public, &a, 1));
	assert_memory_equal(buffer, "public", 6);
}

static void rule_231_an_empty_date_has_no_length(void **state)
{
	CK_OBJECT_HANDLE key = secret_with(false, true);
	CK_DATE date = {.year = "2026", .month = "11", .day = "21"}, read;
	CK_ATTRIBUTE a = {CKA_START_DATE, &read, sizeof(read)}, set = {CKA_START_DATE, &date, sizeof(date)};
	(void)state;

	assert_ok(get(key, &a, 1));
	assert_int_equal(a.ulValueLen, 0);
	assert_ok(p11->C_SetAttributeValue(session, key, &set, 1));
	a.ulValueLen = sizeof(read);
	assert_ok(get(key, &a, 1));
	assert_int_equal(a.ulValueLen, sizeof(CK_DATE));
	assert_memory_equal(&read, &date, sizeof(date));
	set.ulValueLen = 0;
	assert_ok(p11->C_SetAttributeValue(session, key, &set, 1));
	a.ulValueLen = sizeof(read);
	assert_ok(get(key, &a, 1));
	assert_int_equal(a.ulValueLen, 0);
}

/* ---- setting --------------------------------------------------------------------------------- */

static void rule_205_set_changes_all_attributes_or_none(void **state)
{
	CK_OBJECT_HANDLE key = secret_with(false, true);
	CK_BYTE id[] = {1, 2, 3}, label[] = "new label", buffer[32];
	CK_BBOOL maybe = 3;
	CK_ATTRIBUTE good[] = {{CKA_ID, id, sizeof(id)}, {CKA_LABEL, label, sizeof(label) - 1}};
	CK_ATTRIBUTE bad[][2] = {
		{{CKA_ID, id, sizeof(id)}, {CKA_LOCAL, &yes, sizeof(yes)}},
		{{CKA_ID, id, sizeof(id)}, {0x4321, &yes, sizeof(yes)}},
		{{CKA_ID, id, sizeof(id)}, {CKA_ENCRYPT, &maybe, sizeof(maybe)}},
		{{CKA_ID, id, sizeof(id)}, {CKA_MODULUS, id, sizeof(id)}},
		{{CKA_ID, id, sizeof(id)}, {CKA_VALUE, aes_value, 16}},
	};
	CK_ATTRIBUTE a = {CKA_ID, buffer, sizeof(buffer)};
	(void)state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_rv_in(p11->C_SetAttributeValue(session, key, bad[i], 2), CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_TYPE_INVALID,
		             CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCONSISTENT);
		a.ulValueLen = sizeof(buffer);
		assert_ok(get(key, &a, 1));
		assert_int_equal(a.ulValueLen, 0);
	}
	assert_ok(p11->C_SetAttributeValue(session, key, good, COUNT(good)));
	a.ulValueLen = sizeof(buffer);
	assert_ok(get(key, &a, 1));
	assert_int_equal(a.ulValueLen, sizeof(id));
	assert_memory_equal(buffer, id, sizeof(id));
	assert_int_equal(find_labelled(session, "new label"), key);
	assert_int_equal(count_labelled(session, "a key"), 0);
}

static void rule_205_attributes_that_never_change(void **state)
{
	static const CK_ATTRIBUTE_TYPE fixed[] = {CKA_CLASS, CKA_KEY_TYPE, CKA_VALUE, CKA_VALUE_LEN, CKA_LOCAL, CKA_ALWAYS_SENSITIVE,
		CKA_NEVER_EXTRACTABLE, CKA_KEY_GEN_MECHANISM, CKA_UNIQUE_ID, CKA_TOKEN, CKA_PRIVATE, CKA_MODIFIABLE, CKA_DESTROYABLE};
	(void)state;

	for (int token = 0; token < 2; token++) {
		CK_OBJECT_HANDLE key = make_aes(session, token, true);

		for (size_t i = 0; i < COUNT(fixed); i++) {
			CK_BYTE other[32] = {1}, before[256], after[256];
			bool is_bool = fixed[i] == CKA_LOCAL || fixed[i] == CKA_ALWAYS_SENSITIVE || fixed[i] == CKA_NEVER_EXTRACTABLE ||
			               fixed[i] == CKA_TOKEN || fixed[i] == CKA_PRIVATE || fixed[i] == CKA_MODIFIABLE ||
			               fixed[i] == CKA_DESTROYABLE;
			CK_ATTRIBUTE read = {fixed[i], before, sizeof(before)}, set = {fixed[i], other, sizeof(CK_ULONG)};

			assert_ok(get(key, &read, 1));
			set.ulValueLen = is_bool ? 1 : fixed[i] == CKA_VALUE ? 32 : sizeof(CK_ULONG);
			if (is_bool)
				other[0] = !before[0];
			assert_rv_in(p11->C_SetAttributeValue(session, key, &set, 1), CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT);
			read = (CK_ATTRIBUTE){fixed[i], after, sizeof(after)};
			assert_ok(get(key, &read, 1));
			assert_memory_equal(before, after, read.ulValueLen);
		}
	}
}

static void rule_217_set_needs_the_right_session(void **state)
{
	CK_SESSION_HANDLE ro = open_ro();
	CK_OBJECT_HANDLE token = make_data(session, true, true, "token"), own = make_data(ro, false, true, "own");
	CK_ATTRIBUTE label = {CKA_LABEL, (void *)(uintptr_t)"changed", 7};
	(void)state;

	assert_rv(p11->C_SetAttributeValue(ro, token, &label, 1), CKR_SESSION_READ_ONLY);
	assert_ok(p11->C_SetAttributeValue(ro, own, &label, 1));
	assert_ok(p11->C_SetAttributeValue(session, token, &label, 1));
	assert_int_equal(count_labelled(ro, "changed"), 2);
}

static void rule_205_arguments_of_set(void **state)
{
	CK_OBJECT_HANDLE key = secret_with(false, true);
	CK_ATTRIBUTE label = {CKA_LABEL, (void *)(uintptr_t)"x", 1}, null = {CKA_LABEL, NULL, 5};
	(void)state;

	assert_rv(p11->C_SetAttributeValue(session, key, NULL, 1), CKR_ARGUMENTS_BAD);
	assert_rv_in(p11->C_SetAttributeValue(session, key, &null, 1), CKR_ATTRIBUTE_VALUE_INVALID, CKR_ARGUMENTS_BAD);
	assert_rv_in(p11->C_SetAttributeValue(session, key, NULL, 0), CKR_OK, CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_SetAttributeValue(session, 0, &label, 1), CKR_OBJECT_HANDLE_INVALID);
	assert_int_equal(count_labelled(session, "a key"), 1);
}

/* ---- size ------------------------------------------------------------------------------------ */

static void rule_222_object_size_grows_with_the_object(void **state)
{
	static CK_BYTE big[20000];
	CK_ULONG small_size = 0, big_size = 0;
	CK_OBJECT_HANDLE small = make_data(session, true, true, "small"), large;
	(void)state;

	large = make_object(session, ATTRIBUTES({CKA_CLASS, &data_class, sizeof(data_class)}, {CKA_VALUE, big, sizeof(big)}));
	assert_ok(p11->C_GetObjectSize(session, small, &small_size));
	assert_ok(p11->C_GetObjectSize(session, large, &big_size));
	assert_in_range(small_size, 10, 4096);
	assert_in_range(big_size, sizeof(big), 2 * sizeof(big));
	assert_rv(p11->C_GetObjectSize(session, small, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GetObjectSize(session, 0, &small_size), CKR_OBJECT_HANDLE_INVALID);
}

#define AS_USER(name) cmocka_unit_test_setup_teardown(name, setup_user, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AS_USER(rule_222_good_attributes_are_returned_beside_bad_ones),
		AS_USER(rule_222_arguments_of_get),
		AS_USER(rule_222_object_size_grows_with_the_object),
		AS_USER(rule_223_sensitive_and_unextractable_values_are_not_shown),
		AS_USER(rule_223_private_parts_of_pairs_are_not_shown),
		AS_USER(rule_224_attributes_that_the_object_does_not_have),
		AS_USER(rules_225_227_length_first_then_value),
		AS_USER(rule_226_a_buffer_that_is_too_small_stays_untouched),
		AS_USER(rule_227_an_empty_value_fits_an_empty_buffer),
		AS_USER(rule_229_array_attributes_are_read_in_three_steps),
		AS_USER(rule_229_array_attributes_with_too_little_room),
		AS_USER(rule_230_private_attributes_need_the_user_but_not_a_read_write_session),
		AS_USER(rule_231_an_empty_date_has_no_length),
		AS_USER(rule_205_set_changes_all_attributes_or_none),
		AS_USER(rule_205_attributes_that_never_change),
		AS_USER(rule_205_arguments_of_set),
		AS_USER(rule_217_set_needs_the_right_session),
	};
	return cmocka_run_group_tests_name("attributes", tests, NULL, NULL);
}
