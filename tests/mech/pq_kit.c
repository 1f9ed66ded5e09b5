/* SPDX-License-Identifier: Apache-2.0 */
/* See pq_kit.h. */
#include "pq_kit.h"

#include "crypto/hash.h"

void pq_need(CK_MECHANISM_TYPE mechanism)
{
	if (mech_find(mechanism) == NULL) {
		print_message("# skipped: libcrypto does not have %s\n", mech_name(mechanism));
		skip();
	}
}

struct attr_list pq_list(CK_OBJECT_CLASS object_class, CK_KEY_TYPE type, CK_ULONG set, const struct buf *value, const struct buf *seed)
{
	struct attr_list l = kit_list(object_class, type);

	assert_int_equal(attr_list_set_ulong(&l, CKA_PARAMETER_SET, set), CKR_OK);
	if (value != NULL)
		assert_int_equal(attr_list_set(&l, CKA_VALUE, buf_bytes(value)), CKR_OK);
	if (seed != NULL)
		assert_int_equal(attr_list_set(&l, CKA_SEED, buf_bytes(seed)), CKR_OK);
	return l;
}

CK_RV pq_load(struct attr_list *l, struct mech_key **ret)
{
	CK_RV rv = kit_complete(l);

	if (rv == CKR_OK)
		*ret = kit_load(l);
	else
		attr_list_free(l);
	return rv;
}

struct kit_pair pq_pair(CK_MECHANISM_TYPE generation, CK_KEY_TYPE type, CK_ULONG set)
{
	struct kit_pair p = {.public_list = pq_list(CKO_PUBLIC_KEY, type, set, NULL, NULL), .private_list = kit_list(CKO_PRIVATE_KEY, type)};
	struct attrs *a = NULL;

	assert_int_equal(kit_generate(generation, harness_env(), &p.public_list, &p.private_list), CKR_OK);
	assert_int_equal(attrs_pack(&p.public_list, &a), CKR_OK);
	assert_int_equal(mech_key_load(mech_key_type_find(type), harness_env(), a, &p.public_key), CKR_OK);
	attrs_free(a);
	assert_int_equal(attrs_pack(&p.private_list, &a), CKR_OK);
	assert_int_equal(mech_key_load(mech_key_type_find(type), harness_env(), a, &p.private_key), CKR_OK);
	attrs_free(a);
	return p;
}

void pq_check_hash(struct bytes value, const char *hex)
{
	struct buf wanted = harness_hex(hex);
	unsigned char digest[32];

	hash_sha256(value, digest);
	assert_int_equal(wanted.len, sizeof(digest));
	assert_memory_equal(digest, wanted.data, sizeof(digest));
	buf_free(&wanted);
}

void pq_check_attribute_hash(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, const char *hex)
{
	struct bytes value = {0};

	assert_true(attr_list_get(l, type, &value));
	pq_check_hash(value, hex);
}
