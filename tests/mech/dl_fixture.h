/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in the group of dl_numbers.h, and what holds for keys of each of its types. */
#ifndef CONCLAVE_TESTS_MECH_DL_FIXTURE_H
#define CONCLAVE_TESTS_MECH_DL_FIXTURE_H

#include "asym_kit.h"
#include "dl_numbers.h"

/* A list with the group; the subprime where the type has one. */
static inline struct attr_list dl_list(CK_OBJECT_CLASS object_class, CK_KEY_TYPE type)
{
	struct attr_list l = kit_list(object_class, type);

	kit_set_hex(&l, CKA_PRIME, DL_P);
	kit_set_hex(&l, CKA_BASE, DL_G);
	if (type != CKK_DH)
		kit_set_hex(&l, CKA_SUBPRIME, DL_Q);
	return l;
}

static inline struct attr_list dl_key_list(CK_OBJECT_CLASS object_class, CK_KEY_TYPE type)
{
	struct attr_list l = dl_list(object_class, type);

	kit_set_hex(&l, CKA_VALUE, object_class == CKO_PRIVATE_KEY ? DL_X : DL_Y);
	return l;
}

/* What completing the list gives when one of its numbers is another. */
static inline CK_RV dl_complete_with(CK_OBJECT_CLASS object_class, CK_KEY_TYPE type, CK_ATTRIBUTE_TYPE number, const char *hex)
{
	struct attr_list l = dl_key_list(object_class, type);

	kit_set_hex(&l, number, hex);
	CK_RV rv = kit_complete(&l);
	attr_list_free(&l);
	return rv;
}

/* A new pair in the group. */
static inline struct kit_pair dl_new_pair(CK_MECHANISM_TYPE generation, CK_KEY_TYPE type)
{
	struct kit_pair p = {.public_list = dl_list(CKO_PUBLIC_KEY, type), .private_list = kit_list(CKO_PRIVATE_KEY, type)};

	assert_int_equal(kit_generate(generation, harness_env(), &p.public_list, &p.private_list), CKR_OK);
	kit_pair_load(&p);
	return p;
}

/* Through PKCS #8 and back: the same numbers. */
static inline void dl_check_pkcs8(CK_KEY_TYPE type)
{
	struct attr_list l = dl_key_list(CKO_PRIVATE_KEY, type), back = kit_list(CKO_PRIVATE_KEY, type), other = {0};
	const struct mech_key_type *kt = mech_key_type_find(type);
	struct attrs *packed = NULL;
	struct buf der = {0};

	assert_int_equal(kit_complete(&l), CKR_OK);
	assert_int_equal(attrs_pack(&l, &packed), CKR_OK);
	assert_int_equal(kt->to_pkcs8(packed, &der), CKR_OK);
	assert_int_equal(kt->from_pkcs8(buf_bytes(&der), &back), CKR_OK);
	assert_int_equal(kit_complete(&back), CKR_OK);
	kit_check_hex(&back, CKA_VALUE, DL_X);
	kit_check_hex(&back, CKA_PRIME, DL_P);
	kit_check_hex(&back, CKA_BASE, DL_G);
	if (type != CKK_DH)
		kit_check_hex(&back, CKA_SUBPRIME, DL_Q);
	/* Another type's, and every truncation of this one's. */
	other = kit_list(CKO_PRIVATE_KEY, type == CKK_DSA ? CKK_DH : CKK_DSA);
	assert_int_equal(kt->from_pkcs8(buf_bytes(&der), &other), CKR_DATA_INVALID);
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(kt->from_pkcs8(bytes_of(der.data, len), &back), CKR_DATA_INVALID);
	attr_list_free(&other);
	attr_list_free(&l);
	attr_list_free(&back);
	attrs_free(packed);
	buf_free(&der);
}

/* Private values, public values and groups that are none are refused, in keys and as domain parameters. */
static inline void dl_check_refusals(CK_KEY_TYPE type)
{
	static const struct {
		CK_OBJECT_CLASS object_class;
		CK_ATTRIBUTE_TYPE number;
		const char *hex;
	} bad[] = {
		{CKO_PUBLIC_KEY, CKA_VALUE, "00"},      {CKO_PUBLIC_KEY, CKA_VALUE, "01"},      {CKO_PUBLIC_KEY, CKA_VALUE, DL_P},
		{CKO_PRIVATE_KEY, CKA_VALUE, "00"},     {CKO_PRIVATE_KEY, CKA_VALUE, DL_P},     {CKO_PRIVATE_KEY, CKA_BASE, "01"},
		{CKO_PRIVATE_KEY, CKA_BASE, "00"},      {CKO_PRIVATE_KEY, CKA_BASE, DL_P},      {CKO_PUBLIC_KEY, CKA_PRIME, "17"},
		{CKO_PUBLIC_KEY, CKA_PRIME, DL_Z "00"}, {CKO_PRIVATE_KEY, CKA_PRIME, DL_Z "01"},
	};

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(dl_complete_with(bad[i].object_class, type, bad[i].number, bad[i].hex), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(dl_complete_with(CKO_PUBLIC_KEY, type, CKA_VALUE, DL_Y), CKR_OK);
	assert_int_equal(dl_complete_with(CKO_PRIVATE_KEY, type, CKA_VALUE, "0000" DL_X), CKR_OK);
}

/* Where there is a subprime: it divides p-1, it is prime, base and public value are of its order. */
static inline void dl_check_orders(CK_KEY_TYPE type)
{
	static const CK_ATTRIBUTE_TYPE of_group[] = {CKA_SUBPRIME, CKA_BASE, CKA_VALUE};

	for (size_t i = 0; i < array_len(of_group); i++)
		assert_int_equal(dl_complete_with(CKO_PUBLIC_KEY, type, of_group[i], of_group[i] == CKA_SUBPRIME ? DL_X "01" : "02"),
		                 CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(dl_complete_with(CKO_PRIVATE_KEY, type, CKA_VALUE, DL_Q), CKR_ATTRIBUTE_VALUE_INVALID);
}

/* New domain parameters; they are completed. */
static inline CK_RV dl_new_group(const CK_MECHANISM *m, CK_KEY_TYPE type, CK_ULONG bits, struct attr_list *ret)
{
	const struct mech_row *row = mech_find(m->mechanism);

	*ret = kit_list(CKO_DOMAIN_PARAMETERS, type);
	assert_int_equal(attr_list_set_ulong(ret, CKA_PRIME_BITS, bits), CKR_OK);
	CK_RV rv = row->gen->key(harness_env(), row, m, ret);
	return rv == CKR_OK ? kit_complete(ret) : rv;
}

#endif
