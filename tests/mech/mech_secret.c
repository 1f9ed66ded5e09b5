/* SPDX-License-Identifier: Apache-2.0 */
/* The checks behind mech_secret.h. */
#include "mech_secret.h"

static CK_RV generate(CK_MECHANISM_TYPE type, CK_ULONG parameter_len, CK_ULONG len, struct attr_list *key)
{
	CK_BYTE parameter = 0;
	CK_MECHANISM m = {type, &parameter, parameter_len};
	const struct mech_row *row = mech_find(type);

	assert_non_null(row);
	assert_int_equal(attr_list_set_ulong(key, CKA_VALUE_LEN, len), CKR_OK);
	return row->gen->key(harness_env(), row, &m, key);
}

CK_RV secret_generate(CK_MECHANISM_TYPE type, CK_ULONG len)
{
	struct attr_list key = {0};
	CK_RV rv = generate(type, 0, len, &key);

	attr_list_free(&key);
	return rv;
}

void secret_check_no_parameter(CK_MECHANISM_TYPE type, CK_ULONG len)
{
	struct attr_list key = {0};
	struct bytes value;

	assert_int_equal(generate(type, 1, len, &key), CKR_MECHANISM_PARAM_INVALID);
	assert_false(attr_list_get(&key, CKA_VALUE, &value));
	assert_int_equal(generate(type, 0, len, &key), CKR_OK);
	attr_list_free(&key);
}

void secret_check_generated(CK_MECHANISM_TYPE type, CK_KEY_TYPE key_type, CK_ULONG len)
{
	const struct mech_row *row = mech_find(type);
	struct attr_list a = {0}, b = {0};
	struct bytes value_a, value_b, check;

	assert_int_equal(row->gen->key_type, key_type);
	assert_int_equal(row->gen->object_class, CKO_SECRET_KEY);
	assert_int_equal(generate(type, 0, len, &a), CKR_OK);
	assert_int_equal(generate(type, 0, len, &b), CKR_OK);
	assert_int_equal(mech_key_complete(mech_key_type_find(key_type), harness_env(), &a), CKR_OK);
	assert_true(attr_list_get(&a, CKA_VALUE, &value_a));
	assert_true(attr_list_get(&b, CKA_VALUE, &value_b));
	assert_true(attr_list_get(&a, CKA_CHECK_VALUE, &check));
	assert_int_equal(check.len, 3);
	assert_int_equal(value_a.len, len);
	assert_int_equal(value_b.len, len);
	if (len >= 8)
		assert_memory_not_equal(value_a.data, value_b.data, len);
	attr_list_free(&a);
	attr_list_free(&b);
}

static void start_list(struct bytes value, struct attr_list *ret)
{
	*ret = (struct attr_list){0};
	assert_int_equal(attr_list_set(ret, CKA_VALUE, value), CKR_OK);
}

static CK_RV complete(CK_KEY_TYPE type, struct attr_list *key)
{
	return mech_key_complete(mech_key_type_find(type), harness_env(), key);
}

CK_RV secret_complete(CK_KEY_TYPE type, struct bytes value)
{
	struct attr_list key;
	CK_RV rv;

	start_list(value, &key);
	rv = complete(type, &key);
	attr_list_free(&key);
	return rv;
}

CK_RV secret_load(CK_KEY_TYPE type, struct bytes value)
{
	struct attr_list list;
	struct attrs *packed;
	struct mech_key *key;
	CK_RV rv;

	start_list(value, &list);
	assert_int_equal(attr_list_set_ulong(&list, CKA_KEY_TYPE, type), CKR_OK);
	assert_int_equal(attrs_pack(&list, &packed), CKR_OK);
	attr_list_free(&list);
	rv = mech_key_load(mech_key_type_find(type), harness_env(), packed, &key);
	attrs_free(packed);
	if (rv == CKR_OK) {
		assert_int_equal(key->object_class, CKO_SECRET_KEY);
		assert_int_equal(key->type, type);
		assert_int_equal(key->bits, 8 * value.len);
		assert_int_equal(key->value.len, value.len);
		assert_memory_equal(key->value.data, value.data, value.len);
		mech_key_free(key);
	}
	return rv;
}

/* complete() with these; *ret is the check value afterwards, empty when there is none. */
static CK_RV complete_with(CK_KEY_TYPE type, const char *value, const struct bytes *given, struct buf *ret)
{
	struct buf raw = harness_hex(value);
	struct attr_list key;
	struct bytes check;
	CK_RV rv;

	start_list(buf_bytes(&raw), &key);
	if (given != NULL)
		assert_int_equal(attr_list_set(&key, CKA_CHECK_VALUE, *given), CKR_OK);
	rv = complete(type, &key);
	ret->len = 0;
	if (rv == CKR_OK && attr_list_get(&key, CKA_CHECK_VALUE, &check))
		assert_int_equal(buf_append(ret, check), CKR_OK);
	attr_list_free(&key);
	buf_free(&raw);
	return rv;
}

void secret_check_value(CK_KEY_TYPE type, const char *value, const char *check)
{
	struct buf want = harness_hex(check), got = {0};

	assert_int_equal(complete_with(type, value, NULL, &got), CKR_OK);
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.data, want.data, want.len);
	buf_free(&want);
	buf_free(&got);
}

void secret_check_given_check_value(CK_KEY_TYPE type, const char *value, const char *check)
{
	struct buf given = harness_hex(check), got = {0};
	struct bytes part = buf_bytes(&given);

	assert_int_equal(complete_with(type, value, &part, &got), CKR_OK);
	assert_int_equal(got.len, 3);
	part.len = 2;
	assert_int_equal(complete_with(type, value, &part, &got), CKR_ATTRIBUTE_VALUE_INVALID);
	part.len = 0;
	assert_int_equal(complete_with(type, value, &part, &got), CKR_OK);
	assert_int_equal(got.len, 0);
	given.data[2] ^= 1;
	part.len = 3;
	assert_int_equal(complete_with(type, value, &part, &got), CKR_ATTRIBUTE_VALUE_INVALID);
	buf_free(&given);
	buf_free(&got);
}

void secret_check_given_length(CK_KEY_TYPE type, const char *value)
{
	struct buf raw = harness_hex(value);
	struct attr_list key;
	CK_ULONG len;

	start_list(buf_bytes(&raw), &key);
	assert_int_equal(complete(type, &key), CKR_OK);
	assert_true(attr_list_get_ulong(&key, CKA_VALUE_LEN, &len));
	assert_int_equal(len, raw.len);
	assert_int_equal(complete(type, &key), CKR_OK);
	assert_int_equal(attr_list_set_ulong(&key, CKA_VALUE_LEN, len + 1), CKR_OK);
	assert_int_equal(complete(type, &key), CKR_TEMPLATE_INCONSISTENT);
	attr_list_remove(&key, CKA_VALUE);
	assert_int_equal(complete(type, &key), CKR_TEMPLATE_INCOMPLETE);
	attr_list_free(&key);
	buf_free(&raw);
}
