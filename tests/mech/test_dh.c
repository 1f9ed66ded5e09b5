/* SPDX-License-Identifier: Apache-2.0 */
/* Diffie-Hellman of PKCS #3: an agreement worked out independently, in a named group too, public values that are none,
 * lengths, new groups, PKCS #8. */
#include "derive_kit.h"
#include "dl_fixture.h"

extern const struct mech_family mech_family_dh;

static void rows_agree_with_their_steps(void **state)
{
	(void)state;
	harness_check_family(&mech_family_dh);
}

static struct mech_key *private_key(void)
{
	struct attr_list l = dl_key_list(CKO_PRIVATE_KEY, CKK_DH);

	return kit_load(&l);
}

static CK_RV derive_with(const struct mech_key *key, const char *peer, CK_KEY_TYPE type, CK_ULONG len, struct buf *ret)
{
	struct buf public_value = harness_hex(peer);
	const CK_MECHANISM m = {CKM_DH_PKCS_DERIVE, public_value.data, public_value.len};
	CK_RV rv = kit_derive_as(&m, key, CKO_SECRET_KEY, type, len, ret);

	buf_free(&public_value);
	return rv;
}

static void check_last(const struct buf *got, const char *whole, size_t len)
{
	struct buf right = harness_hex(whole);

	assert_int_equal(got->len, len);
	assert_memory_equal(got->data, right.data + right.len - len, len);
	buf_free(&right);
}

static void a_known_agreement_cut_off_in_front(void **state)
{
	struct mech_key *key = private_key();
	struct buf got = {0};

	(void)state;
	assert_int_equal(derive_with(key, DL_PEER, CKK_GENERIC_SECRET, 0, &got), CKR_OK);
	check_last(&got, DL_Z, 128);
	assert_int_equal(derive_with(key, "000000" DL_PEER, CKK_AES, 32, &got), CKR_OK);
	check_last(&got, DL_Z, 32);
	assert_int_equal(derive_with(key, DL_PEER, CKK_AES, 0, &got), CKR_TEMPLATE_INCOMPLETE);
	assert_int_equal(derive_with(key, DL_PEER, CKK_GENERIC_SECRET, 129, &got), CKR_TEMPLATE_INCONSISTENT);
	mech_key_free(key);
	buf_free(&got);
}

static void public_values_out_of_range_are_refused(void **state)
{
	static const char *const bad[] = {"00", "01", DL_P, DL_P "00", DL_P_LESS_1};
	struct mech_key *key = private_key();
	struct buf got = {0};
	const CK_MECHANISM none = {CKM_DH_PKCS_DERIVE, NULL, 0}, no_bytes = {CKM_DH_PKCS_DERIVE, NULL, 128};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(derive_with(key, bad[i], CKK_GENERIC_SECRET, 16, &got), CKR_PUBLIC_KEY_INVALID);
	assert_int_equal(kit_derive(&none, key, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(kit_derive(&no_bytes, key, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	mech_key_free(key);
	buf_free(&got);
}

/* Without the subprime the range is all there is to check, but this group is RFC 5114's, whose subprime is known. */
static void the_order_counts_where_it_is_known(void **state)
{
	struct attr_list l = dl_key_list(CKO_PRIVATE_KEY, CKK_DH);
	struct mech_key *known = private_key();
	struct buf got = {0};

	(void)state;
	kit_set_hex(&l, CKA_BASE, "03");
	struct mech_key *unknown = kit_load(&l);
	assert_int_equal(derive_with(known, "02", CKK_GENERIC_SECRET, 16, &got), CKR_PUBLIC_KEY_INVALID);
	assert_int_equal(derive_with(unknown, "02", CKK_GENERIC_SECRET, 16, &got), CKR_OK);
	mech_key_free(known);
	mech_key_free(unknown);
	buf_free(&got);
}

/* One of RFC 7919: its prime need not be looked at. */
static void named_groups_are_known(void **state)
{
	struct attr_list l = kit_list(CKO_PRIVATE_KEY, CKK_DH);
	struct buf got = {0};

	(void)state;
	kit_set_hex(&l, CKA_PRIME, FFDHE2048_P);
	kit_set_hex(&l, CKA_BASE, "02");
	kit_set_hex(&l, CKA_VALUE, DL_X);
	struct mech_key *key = kit_load(&l);
	assert_int_equal(derive_with(key, "04", CKK_GENERIC_SECRET, 0, &got), CKR_OK);
	assert_int_equal(got.len, 256);
	assert_int_equal(derive_with(key, FFDHE2048_P, CKK_GENERIC_SECRET, 0, &got), CKR_PUBLIC_KEY_INVALID);
	mech_key_free(key);
	buf_free(&got);
}

static void what_is_no_key_is_refused(void **state)
{
	(void)state;
	dl_check_refusals(CKK_DH);
}

static CK_RV generate(CK_ULONG value_bits, struct attr_list *public_list, struct attr_list *private_list)
{
	*public_list = dl_list(CKO_PUBLIC_KEY, CKK_DH);
	*private_list = kit_list(CKO_PRIVATE_KEY, CKK_DH);
	if (value_bits > 0)
		assert_int_equal(attr_list_set_ulong(private_list, CKA_VALUE_BITS, value_bits), CKR_OK);
	return kit_generate(CKM_DH_PKCS_KEY_PAIR_GEN, harness_env(), public_list, private_list);
}

static void the_private_value_is_as_long_as_wanted(void **state)
{
	static const struct {
		CK_ULONG wanted, bits;
		CK_RV rv;
	} rows[] = {
		{0, 1023, CKR_OK}, {160, 160, CKR_OK}, {225, 225, CKR_OK}, {1023, 1023, CKR_OK},
		{1024, 0, CKR_ATTRIBUTE_VALUE_INVALID}, {159, 0, CKR_ATTRIBUTE_VALUE_INVALID}, {1, 0, CKR_ATTRIBUTE_VALUE_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct attr_list public_list, private_list;
		CK_ULONG bits = 0;

		assert_int_equal(generate(rows[i].wanted, &public_list, &private_list), rows[i].rv);
		if (rows[i].rv == CKR_OK)
			assert_true(attr_list_get_ulong(&private_list, CKA_VALUE_BITS, &bits) && bits == rows[i].bits);
		attr_list_free(&public_list);
		attr_list_free(&private_list);
	}
}

static void two_pairs_agree(void **state)
{
	struct kit_pair a = dl_new_pair(CKM_DH_PKCS_KEY_PAIR_GEN, CKK_DH), b = dl_new_pair(CKM_DH_PKCS_KEY_PAIR_GEN, CKK_DH);
	struct bytes public_a = {0}, public_b = {0};
	struct buf one = {0}, other = {0};

	(void)state;
	assert_true(attr_list_get(&a.public_list, CKA_VALUE, &public_a) && attr_list_get(&b.public_list, CKA_VALUE, &public_b));
	const CK_MECHANISM to_b = {CKM_DH_PKCS_DERIVE, (void *)(uintptr_t)public_b.data, public_b.len};
	const CK_MECHANISM to_a = {CKM_DH_PKCS_DERIVE, (void *)(uintptr_t)public_a.data, public_a.len};
	assert_int_equal(kit_derive(&to_b, a.private_key, 0, &one), CKR_OK);
	assert_int_equal(kit_derive(&to_a, b.private_key, 0, &other), CKR_OK);
	assert_int_equal(one.len, 128);
	assert_memory_equal(one.data, other.data, one.len);
	kit_pair_free(&a);
	kit_pair_free(&b);
	buf_free(&one);
	buf_free(&other);
}

static void groups_are_made(void **state)
{
	const CK_MECHANISM m = {CKM_DH_PKCS_PARAMETER_GEN, NULL, 0};
	struct attr_list group;

	(void)state;
	assert_int_equal(dl_new_group(&m, CKK_DH, 512, &group), CKR_OK);
	kit_check_hex(&group, CKA_BASE, "02");
	attr_list_free(&group);
	assert_int_equal(dl_new_group(&m, CKK_DH, 511, &group), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&group);
	assert_int_equal(dl_new_group(&m, CKK_DH, 8193, &group), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&group);
}

static void pkcs8(void **state)
{
	(void)state;
	dl_check_pkcs8(CKK_DH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_agree_with_their_steps),
		cmocka_unit_test(a_known_agreement_cut_off_in_front),
		cmocka_unit_test(public_values_out_of_range_are_refused),
		cmocka_unit_test(the_order_counts_where_it_is_known),
		cmocka_unit_test(named_groups_are_known),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(the_private_value_is_as_long_as_wanted),
		cmocka_unit_test(two_pairs_agree),
		cmocka_unit_test(groups_are_made),
		cmocka_unit_test(pkcs8),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
