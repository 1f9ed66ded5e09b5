/* SPDX-License-Identifier: Apache-2.0 */
/* Diffie-Hellman of X9.42: an agreement worked out independently, raw and through both functions over SHA-1, values of
 * another order, parameters that are none, new groups, PKCS #8. */
#include "derive_kit.h"
#include "dl_fixture.h"

extern const struct mech_family mech_family_x9_42;

/* RFC 2631 2.1.6: id-alg-CMS3DESwrap, the counter, 192 bits. */
#define OTHER_INFO "301d3013060b2a864886f70d0109100306040400000001a2060404000000c0"

static void rows_agree_with_their_steps(void **state)
{
	(void)state;
	harness_check_family(&mech_family_x9_42);
}

static struct mech_key *private_key(void)
{
	struct attr_list l = dl_key_list(CKO_PRIVATE_KEY, CKK_X9_42_DH);

	return kit_load(&l);
}

static CK_RV derive_with(CK_X9_42_DH_KDF_TYPE kdf, const char *info_hex, const char *peer, CK_ULONG len, struct buf *ret)
{
	struct mech_key *key = private_key();
	struct buf info = harness_hex(info_hex), public_value = harness_hex(peer);
	CK_X9_42_DH1_DERIVE_PARAMS p = {kdf, info.len, info.data, public_value.len, public_value.data};
	const CK_MECHANISM m = {CKM_X9_42_DH_DERIVE, &p, sizeof(p)};
	CK_RV rv = kit_derive(&m, key, len, ret);

	mech_key_free(key);
	buf_free(&info);
	buf_free(&public_value);
	return rv;
}

static void known_agreements(void **state)
{
	static const struct {
		CK_X9_42_DH_KDF_TYPE kdf;
		const char *info, *right;
	} rows[] = {
		{CKD_NULL, "", DL_Z},
		{CKD_SHA1_KDF_CONCATENATE, "736f6d6520696e666f", DL_CONCATENATED},
		{CKD_SHA1_KDF_ASN1, OTHER_INFO, DL_ASN1},
	};
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct buf right = harness_hex(rows[i].right);

		assert_int_equal(derive_with(rows[i].kdf, rows[i].info, DL_PEER, right.len, &got), CKR_OK);
		assert_int_equal(got.len, right.len);
		assert_memory_equal(got.data, right.data, right.len);
		/* The functions give the first bytes, the bare secret its last. */
		assert_int_equal(derive_with(rows[i].kdf, rows[i].info, DL_PEER, 24, &got), CKR_OK);
		assert_memory_equal(got.data, right.data + (i == 0 ? right.len - 24 : 0), 24);
		buf_free(&right);
	}
	assert_int_equal(derive_with(CKD_NULL, "", DL_PEER, 129, &got), CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(derive_with(CKD_SHA1_KDF_CONCATENATE, "", DL_PEER, 0, &got), CKR_TEMPLATE_INCOMPLETE);
	buf_free(&got);
}

static void public_values_of_another_order_are_refused(void **state)
{
	static const char *const bad[] = {"00", "01", "02", DL_P, DL_P_LESS_1};
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(derive_with(CKD_NULL, "", bad[i], 16, &got), CKR_PUBLIC_KEY_INVALID);
	assert_int_equal(derive_with(CKD_NULL, "", "", 16, &got), CKR_MECHANISM_PARAM_INVALID);
	buf_free(&got);
}

static void functions_and_information_that_are_none_are_refused(void **state)
{
	static const struct {
		CK_X9_42_DH_KDF_TYPE kdf;
		const char *info;
	} bad[] = {
		{0, ""}, {CKD_SHA256_KDF, ""}, {99, ""}, {CKD_NULL, "00"}, {CKD_SHA1_KDF_ASN1, ""}, {CKD_SHA1_KDF_ASN1, "3000"},
		{CKD_SHA1_KDF_ASN1, OTHER_INFO "00"}, {CKD_SHA1_KDF_ASN1, "30123010060b2a864886f70d0109100306040100"},
	};
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(derive_with(bad[i].kdf, bad[i].info, DL_PEER, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	buf_free(&got);
}

static void parameters_of_another_size_are_refused(void **state)
{
	struct mech_key *key = private_key();
	CK_X9_42_DH1_DERIVE_PARAMS p = {.kdf = CKD_NULL, .ulPublicDataLen = 128};
	CK_MECHANISM m = {CKM_X9_42_DH_DERIVE, &p, 0};
	struct buf got = {0};

	(void)state;
	for (m.ulParameterLen = 0; m.ulParameterLen <= sizeof(p) + 8; m.ulParameterLen += 8)
		assert_int_equal(kit_derive(&m, key, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	mech_key_free(key);
	buf_free(&got);
}

static void what_is_no_key_is_refused(void **state)
{
	(void)state;
	dl_check_refusals(CKK_X9_42_DH);
	dl_check_orders(CKK_X9_42_DH);
}

static void two_pairs_agree(void **state)
{
	struct kit_pair a = dl_new_pair(CKM_X9_42_DH_KEY_PAIR_GEN, CKK_X9_42_DH), b = dl_new_pair(CKM_X9_42_DH_KEY_PAIR_GEN, CKK_X9_42_DH);
	struct bytes public_a = {0}, public_b = {0};
	struct buf one = {0}, other = {0};

	(void)state;
	assert_true(attr_list_get(&a.public_list, CKA_VALUE, &public_a) && attr_list_get(&b.public_list, CKA_VALUE, &public_b));
	CK_X9_42_DH1_DERIVE_PARAMS p = {CKD_NULL, 0, NULL, public_b.len, (CK_BYTE_PTR)(uintptr_t)public_b.data};
	const CK_MECHANISM m = {CKM_X9_42_DH_DERIVE, &p, sizeof(p)};
	assert_int_equal(kit_derive(&m, a.private_key, 0, &one), CKR_OK);
	p.ulPublicDataLen = public_a.len;
	p.pPublicData = (CK_BYTE_PTR)(uintptr_t)public_a.data;
	assert_int_equal(kit_derive(&m, b.private_key, 0, &other), CKR_OK);
	assert_memory_equal(one.data, other.data, 128);
	kit_pair_free(&a);
	kit_pair_free(&b);
	buf_free(&one);
	buf_free(&other);
}

static void groups_are_made(void **state)
{
	static const struct {
		CK_ULONG bits, subprime_bits; /* 0: not said */
		CK_RV rv;
	} rows[] = {
		{1024, 160, CKR_OK},
		{1024, 0, CKR_TEMPLATE_INCOMPLETE},
		{512, 160, CKR_ATTRIBUTE_VALUE_INVALID},
		{1024, 256, CKR_ATTRIBUTE_VALUE_INVALID},
		{4096, 256, CKR_ATTRIBUTE_VALUE_INVALID},
	};
	const CK_MECHANISM m = {CKM_X9_42_DH_PARAMETER_GEN, NULL, 0};
	const struct mech_row *row = mech_find(m.mechanism);

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct attr_list group = kit_list(CKO_DOMAIN_PARAMETERS, CKK_X9_42_DH);

		assert_int_equal(attr_list_set_ulong(&group, CKA_PRIME_BITS, rows[i].bits), CKR_OK);
		if (rows[i].subprime_bits > 0)
			assert_int_equal(attr_list_set_ulong(&group, CKA_SUBPRIME_BITS, rows[i].subprime_bits), CKR_OK);
		assert_int_equal(row->gen->key(harness_env(), row, &m, &group), rows[i].rv);
		if (rows[i].rv == CKR_OK)
			assert_int_equal(kit_complete(&group), CKR_OK);
		attr_list_free(&group);
	}
}

static void pkcs8(void **state)
{
	(void)state;
	dl_check_pkcs8(CKK_X9_42_DH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_agree_with_their_steps),
		cmocka_unit_test(known_agreements),
		cmocka_unit_test(public_values_of_another_order_are_refused),
		cmocka_unit_test(functions_and_information_that_are_none_are_refused),
		cmocka_unit_test(parameters_of_another_size_are_refused),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(two_pairs_agree),
		cmocka_unit_test(groups_are_made),
		cmocka_unit_test(pkcs8),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
