/* SPDX-License-Identifier: Apache-2.0 */
/* See derive_kit.h. */
#include "derive_kit.h"

static const struct mech_key *named;

void kit_name_key(const struct mech_key *key)
{
	named = key;
}

static CK_RV find_key(void *arg, CK_OBJECT_HANDLE handle, const struct mech_key **ret)
{
	(void)arg;
	if (handle == CK_INVALID_HANDLE || named == NULL)
		return CKR_KEY_HANDLE_INVALID;
	*ret = named;
	return CKR_OK;
}

CK_RV kit_derive_as(const CK_MECHANISM *m, const struct mech_key *base, CK_OBJECT_CLASS object_class, CK_KEY_TYPE type, CK_ULONG len,
                    struct buf *ret_value)
{
	const struct mech_row *row = mech_find(m->mechanism);
	struct mech_env env = *harness_env();
	struct attr_list key = {0};
	struct bytes value = {0};

	assert_non_null(row);
	assert_non_null(row->derive);
	env.find_key = find_key;
	assert_int_equal(attr_list_set_ulong(&key, CKA_CLASS, object_class), CKR_OK);
	assert_int_equal(attr_list_set_ulong(&key, CKA_KEY_TYPE, type), CKR_OK);
	if (len > 0)
		assert_int_equal(attr_list_set_ulong(&key, CKA_VALUE_LEN, len), CKR_OK);
	CK_RV rv = row->derive->key(&env, row, m, base, &key);
	ret_value->len = 0;
	if (rv == CKR_OK) {
		assert_true(attr_list_get(&key, CKA_VALUE, &value));
		assert_int_equal(buf_append(ret_value, value), CKR_OK);
	} else {
		assert_false(attr_list_get(&key, CKA_VALUE, &value));
	}
	attr_list_free(&key);
	return rv;
}

CK_RV kit_derive(const CK_MECHANISM *m, const struct mech_key *base, CK_ULONG len, struct buf *ret_value)
{
	return kit_derive_as(m, base, CKO_SECRET_KEY, CKK_GENERIC_SECRET, len, ret_value);
}

void kit_check_derived(const CK_MECHANISM *m, const struct mech_key *base, CK_ULONG len, const char *expected)
{
	struct buf value = {0}, right = harness_hex(expected);

	assert_int_equal(kit_derive(m, base, len, &value), CKR_OK);
	assert_int_equal(value.len, right.len);
	assert_memory_equal(value.data, right.data, right.len);
	buf_free(&value);
	buf_free(&right);
}
