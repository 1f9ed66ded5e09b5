/* SPDX-License-Identifier: Apache-2.0 */
/* The family of short Weierstrass curves: RFC 6979's signatures, every curve with every hash, the forms of
 * parameters, points and private values, and each refusal. */
#include "asym_kit.h"

#include "base/text.h"
#include "crypto/pkey_curve.h"

extern const struct mech_family mech_family_ec;

#define P256 "06082a8648ce3d030107"
#define P384 "06052b81040022"
/* RFC 6979, A.2.5 and A.2.6. */
#define P256_D "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"
#define P256_X "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
#define P256_Y "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
#define P384_X "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13"
#define P384_Y "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720"
#define P256_POINT "044104" P256_X P256_Y
#define P256_INFO "3059301306072a8648ce3d020106082a8648ce3d030107034200" "04" P256_X P256_Y

static const CK_MECHANISM bare = {CKM_ECDSA, NULL, 0};

static void rows_agree_with_their_steps(void **state)
{
	(void)state;
	harness_check_family(&mech_family_ec);
}

/* ---- signatures ---------------------------------------------------------------------------- */

static const struct {
	const char *params, *point, *message;
	CK_MECHANISM_TYPE mechanism;
	const char *signature;
} published[] = {
	{P256, P256_POINT, "sample", CKM_ECDSA_SHA1,
	 "61340C88C3AAEBEB4F6D667F672CA9759A6CCAA9FA8811313039EE4A35471D32"
	 "6D7F147DAC089441BB2E2FE8F7A3FA264B9C475098FDCF6E00D7C996E1B8B7EB"},
	{P256, P256_POINT, "sample", CKM_ECDSA_SHA256,
	 "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
	 "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
	{P256, P256_POINT, "sample", CKM_ECDSA_SHA512,
	 "8496A60B5E9B47C825488827E0495B0E3FA109EC4568FD3F8D1097678EB97F00"
	 "2362AB1ADBE2B8ADF9CB9EDAB740EA6049C028114F2460F96554F61FAE3302FE"},
	{P384, "046104" P384_X P384_Y, "sample", CKM_ECDSA_SHA384,
	 "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46"
	 "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8"},
};

static struct mech_key *public_key(const char *params, const char *point)
{
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, CKK_EC);

	kit_set_hex(&l, CKA_EC_PARAMS, params);
	kit_set_hex(&l, CKA_EC_POINT, point);
	return kit_load(&l);
}

static void published_signatures_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(published); i++) {
		const CK_MECHANISM m = {published[i].mechanism, NULL, 0};
		struct mech_key *key = public_key(published[i].params, published[i].point);
		struct buf signature = harness_hex(published[i].signature);

		assert_int_equal(kit_verify(&m, key, kit_text(published[i].message), buf_bytes(&signature)), CKR_OK);
		assert_int_equal(kit_verify(&m, key, kit_text("simple"), buf_bytes(&signature)), CKR_SIGNATURE_INVALID);
		mech_key_free(key);
		buf_free(&signature);
	}
}

static void params_of(const struct pkey_curve *c, struct kit_pair *ret)
{
	char hex[64];

	text_hex(c->oid, hex);
	*ret = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, hex);
}

/* The curves in use come first, and take every hash; the others take one each, in turn, beside the bare mechanism. */
#define IN_USE 6

static bool hash_of_turn(size_t curve, size_t row)
{
	return curve < IN_USE || mech_family_ec.rows[row].type == CKM_ECDSA || curve % mech_family_ec.row_count == row;
}

static void every_curve_with_hashes(void **state)
{
	static const unsigned char digest[64] = {0x80, 1, 2, 3};

	(void)state;
	for (size_t i = 0; pkey_curve_at(i) != NULL; i++) {
		struct kit_pair p;

		if (pkey_curve_at(i)->kind != PKEY_EC)
			continue;
		params_of(pkey_curve_at(i), &p);
		assert_int_equal(p.private_key->bits, pkey_curve_at(i)->bits);
		for (size_t k = 0; k < mech_family_ec.row_count; k++) {
			const CK_MECHANISM m = {mech_family_ec.rows[k].type, NULL, 0};

			if (mech_family_ec.rows[k].ops == NULL || !hash_of_turn(i, k))
				continue;
			kit_check_pair(&m, &p, bytes_of(digest, sizeof(digest)));
		}
		kit_pair_free(&p);
	}
}

static void keys_from_extra_bits_on_every_curve(void **state)
{
	static const CK_MECHANISM m = {CKM_ECDSA_SHA256, NULL, 0};
	char hex[64];

	(void)state;
	for (size_t i = 0; pkey_curve_at(i) != NULL; i++) {
		if (pkey_curve_at(i)->kind != PKEY_EC)
			continue;
		text_hex(pkey_curve_at(i)->oid, hex);
		struct kit_pair p = kit_curve_pair(CKM_EC_KEY_PAIR_GEN_W_EXTRA_BITS, CKK_EC, hex);
		kit_check_pair(&m, &p, kit_text("a message"));
		kit_pair_free(&p);
	}
}

static void the_leftmost_bits_of_a_long_hash_count(void **state)
{
	struct kit_pair p = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, P256);
	unsigned char digest[64] = {1, 2, 3};
	struct buf signature = {0};

	(void)state;
	assert_int_equal(kit_whole(MECH_SIGN, &bare, p.private_key, bytes_of(digest, 64), &signature), CKR_OK);
	digest[32] ^= 1;
	assert_int_equal(kit_verify(&bare, p.public_key, bytes_of(digest, 32), buf_bytes(&signature)), CKR_OK);
	assert_int_equal(kit_verify(&bare, p.public_key, bytes_of(digest, 64), buf_bytes(&signature)), CKR_OK);
	digest[31] ^= 1;
	assert_int_equal(kit_verify(&bare, p.public_key, bytes_of(digest, 64), buf_bytes(&signature)), CKR_SIGNATURE_INVALID);
	assert_int_equal(kit_whole(MECH_SIGN, &bare, p.private_key, bytes_of(digest, 1), &signature), CKR_OK);
	assert_int_equal(kit_verify(&bare, p.public_key, bytes_of(digest, 1), buf_bytes(&signature)), CKR_OK);
	assert_int_equal(kit_whole(MECH_SIGN, &bare, p.private_key, bytes_of(digest, 0), &signature), CKR_DATA_LEN_RANGE);
	kit_pair_free(&p);
	buf_free(&signature);
}

static void signatures_of_bad_length_or_value(void **state)
{
	struct mech_key *key = public_key(P256, P256_POINT);
	unsigned char signature[66] = {0};
	struct bytes data = kit_text("data");

	(void)state;
	assert_int_equal(kit_verify(&bare, key, data, bytes_of(signature, 0)), CKR_SIGNATURE_LEN_RANGE);
	assert_int_equal(kit_verify(&bare, key, data, bytes_of(signature, 63)), CKR_SIGNATURE_LEN_RANGE);
	assert_int_equal(kit_verify(&bare, key, data, bytes_of(signature, 66)), CKR_SIGNATURE_LEN_RANGE);
	/* zeros, and halves above the order */
	assert_int_equal(kit_verify(&bare, key, data, bytes_of(signature, 64)), CKR_SIGNATURE_INVALID);
	assert_int_equal(kit_verify(&bare, key, data, bytes_of(signature, 2)), CKR_SIGNATURE_INVALID);
	memset(signature, 0xFF, 64);
	assert_int_equal(kit_verify(&bare, key, data, bytes_of(signature, 64)), CKR_SIGNATURE_INVALID);
	mech_key_free(key);
}

/* Halves with zeros in front, which a DER signature would leave out, come about every 256 signatures. */
static void many_signatures_are_of_full_length(void **state)
{
	struct kit_pair p = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, "06052b8104000a");
	size_t short_halves = 0;
	struct buf signature = {0};

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		assert_int_equal(kit_whole(MECH_SIGN, &bare, p.private_key, bytes_of(&i, sizeof(i)), &signature), CKR_OK);
		assert_int_equal(signature.len, 64);
		short_halves += signature.data[0] == 0 || signature.data[32] == 0;
		if (i % 16 == 0 || signature.data[0] == 0 || signature.data[32] == 0)
			assert_int_equal(kit_verify(&bare, p.public_key, bytes_of(&i, sizeof(i)), buf_bytes(&signature)), CKR_OK);
	}
	assert_true(short_halves > 0);
	kit_pair_free(&p);
	buf_free(&signature);
}

static void a_parameter_is_refused(void **state)
{
	struct mech_key *key = public_key(P256, P256_POINT);
	CK_BYTE something[] = "x";
	const CK_MECHANISM m = {CKM_ECDSA_SHA256, something, 1}, gen = {CKM_EC_KEY_PAIR_GEN, something, 1};
	const struct mech_row *row = mech_find(CKM_EC_KEY_PAIR_GEN);
	struct attr_list a = {0}, b = {0};

	(void)state;
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, key), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(row->gen->pair(harness_env(), row, &gen, &a, &b), CKR_MECHANISM_PARAM_INVALID);
	mech_key_free(key);
}

/* ---- parameters ---------------------------------------------------------------------------- */

static CK_RV complete_with(CK_KEY_TYPE type, const char *params, const char *point, struct attr_list *ret)
{
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, type);

	kit_set_hex(&l, CKA_EC_PARAMS, params);
	kit_set_hex(&l, CKA_EC_POINT, point);
	CK_RV rv = kit_complete(&l);
	if (rv == CKR_OK && ret != NULL)
		*ret = l;
	else
		attr_list_free(&l);
	return rv;
}

static void curves_by_name_become_identifiers(void **state)
{
	static const char *const names[] = {
		"1309" "736563703235367231",     /* secp256r1 */
		"130a" "7072696d65323536" "7631", /* prime256v1 */
		"1305" "502d323536",             /* P-256 */
		"1309" "534543503235365231",     /* SECP256R1 */
	};
	struct attr_list l;

	(void)state;
	for (size_t i = 0; i < array_len(names); i++) {
		assert_int_equal(complete_with(CKK_EC, names[i], P256_POINT, &l), CKR_OK);
		kit_check_hex(&l, CKA_EC_PARAMS, P256);
		attr_list_free(&l);
	}
}

static void unknown_and_malformed_parameters(void **state)
{
	static const struct {
		const char *params;
		CK_RV rv;
	} bad[] = {
		{"06082a811ccf5501822d", CKR_CURVE_NOT_SUPPORTED},      /* SM2 */
		{"1303" "534d32", CKR_CURVE_NOT_SUPPORTED},             /* "SM2" */
		{"130d" "4f616b6c65792d4543324e2d33", CKR_CURVE_NOT_SUPPORTED}, /* "Oakley-EC2N-3" */
		{"1303" "666f6f", CKR_CURVE_NOT_SUPPORTED},             /* "foo" */
		{"3003020101", CKR_CURVE_NOT_SUPPORTED},                /* explicit */
		{"0500", CKR_CURVE_NOT_SUPPORTED},                      /* implicit */
		{"06032b6570", CKR_CURVE_NOT_SUPPORTED},                /* Ed25519 under CKK_EC */
		{"", CKR_DOMAIN_PARAMS_INVALID},
		{"06", CKR_DOMAIN_PARAMS_INVALID},
		{P256 "00", CKR_DOMAIN_PARAMS_INVALID},
		{"06092a8648ce3d030107", CKR_DOMAIN_PARAMS_INVALID},    /* a length too long */
		{"0681082a8648ce3d030107", CKR_DOMAIN_PARAMS_INVALID},  /* a length not in its shortest form */
		{"0c09736563703235367231", CKR_DOMAIN_PARAMS_INVALID},  /* UTF8String */
		{"0501ff", CKR_DOMAIN_PARAMS_INVALID},
	};
	struct attr_list a, b;

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		assert_int_equal(complete_with(CKK_EC, bad[i].params, P256_POINT, NULL), bad[i].rv);
		a = kit_list(CKO_PUBLIC_KEY, CKK_EC);
		b = kit_list(CKO_PRIVATE_KEY, CKK_EC);
		kit_set_hex(&a, CKA_EC_PARAMS, bad[i].params);
		assert_int_equal(kit_generate(CKM_EC_KEY_PAIR_GEN, harness_env(), &a, &b), bad[i].rv);
		attr_list_free(&a);
		attr_list_free(&b);
	}
}

static void a_generated_pair_has_normal_attributes(void **state)
{
	struct kit_pair p = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, "1309736563703235367231");
	struct bytes a = {0}, b = {0};

	(void)state;
	kit_check_hex(&p.public_list, CKA_EC_PARAMS, P256);
	kit_check_hex(&p.private_list, CKA_EC_PARAMS, P256);
	assert_true(attr_list_get(&p.public_list, CKA_EC_POINT, &a));
	assert_int_equal(a.len, 67);
	assert_int_equal(a.data[0], 0x04);
	assert_int_equal(a.data[2], 0x04);
	assert_true(attr_list_get(&p.private_list, CKA_VALUE, &a));
	assert_int_equal(a.len, 32);
	assert_true(attr_list_get(&p.public_list, CKA_PUBLIC_KEY_INFO, &a));
	assert_true(attr_list_get(&p.private_list, CKA_PUBLIC_KEY_INFO, &b));
	assert_true(bytes_equal(a, b));
	kit_pair_free(&p);
}

/* ---- points -------------------------------------------------------------------------------- */

static void points_in_every_form_become_one(void **state)
{
	static const char *const forms[] = {
		P256_POINT,
		"04" P256_X P256_Y,       /* raw */
		"034200" "04" P256_X P256_Y, /* BIT STRING */
		"03" P256_X,              /* compressed, odd */
		"0421" "03" P256_X,
		"032200" "03" P256_X,
	};
	struct attr_list l;

	(void)state;
	for (size_t i = 0; i < array_len(forms); i++) {
		assert_int_equal(complete_with(CKK_EC, P256, forms[i], &l), CKR_OK);
		kit_check_hex(&l, CKA_EC_POINT, P256_POINT);
		kit_check_hex(&l, CKA_PUBLIC_KEY_INFO, P256_INFO);
		attr_list_free(&l);
	}
}

static void points_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {
		"044104" P256_X P256_X,                                        /* not on the curve */
		"04" P256_X P256_X,
		"044106" P256_X P256_Y,                                        /* hybrid */
		"00", "0400", "040100",                                        /* infinity */
		"044104" P256_X P256_Y "00",                                   /* a byte too many */
		"04" P256_X,                                                   /* half a point */
		"034201" "04" P256_X P256_Y,                                   /* unused bits */
		"02ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", /* x is the prime */
		"046104" P384_X P384_Y,                                        /* of another curve */
		"",
	};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(complete_with(CKK_EC, P256, bad[i], NULL), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void missing_attributes(void **state)
{
	static const CK_OBJECT_CLASS classes[] = {CKO_PUBLIC_KEY, CKO_PRIVATE_KEY};

	(void)state;
	for (size_t i = 0; i < array_len(classes); i++) {
		struct attr_list l = kit_list(classes[i], CKK_EC);

		assert_int_equal(kit_complete(&l), CKR_TEMPLATE_INCOMPLETE);
		kit_set_hex(&l, CKA_EC_PARAMS, P256);
		assert_int_equal(kit_complete(&l), CKR_TEMPLATE_INCOMPLETE);
		attr_list_free(&l);
	}
	struct attr_list l = kit_list(CKO_SECRET_KEY, CKK_EC);
	assert_int_equal(kit_complete(&l), CKR_TEMPLATE_INCONSISTENT);
	attr_list_free(&l);
}

/* ---- private values ------------------------------------------------------------------------ */

static CK_RV complete_private(const char *params, const char *value, struct attr_list *ret)
{
	struct attr_list l = kit_list(CKO_PRIVATE_KEY, CKK_EC);

	kit_set_hex(&l, CKA_EC_PARAMS, params);
	kit_set_hex(&l, CKA_VALUE, value);
	CK_RV rv = kit_complete(&l);
	if (rv == CKR_OK && ret != NULL)
		*ret = l;
	else
		attr_list_free(&l);
	return rv;
}

static void an_imported_private_key_gets_its_public_half(void **state)
{
	struct attr_list l;

	(void)state;
	assert_int_equal(complete_private(P256, P256_D, &l), CKR_OK);
	kit_check_hex(&l, CKA_PUBLIC_KEY_INFO, P256_INFO);
	kit_check_hex(&l, CKA_VALUE, P256_D);
	/* given again it is the same key; another's is refused */
	assert_int_equal(kit_complete(&l), CKR_OK);
	kit_set_hex(&l, CKA_PUBLIC_KEY_INFO, "3059301306072a8648ce3d020106082a8648ce3d03010703420004" P256_Y P256_X);
	assert_int_equal(kit_complete(&l), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&l);
}

static void an_imported_private_key_signs_for_its_public_half(void **state)
{
	const CK_MECHANISM m = {CKM_ECDSA_SHA256, NULL, 0};
	struct attr_list l;

	(void)state;
	assert_int_equal(complete_private(P256, P256_D, &l), CKR_OK);
	struct kit_pair p = {.public_key = public_key(P256, P256_POINT), .private_key = kit_load(&l)};
	kit_check_pair(&m, &p, kit_text("sample"));
	kit_pair_free(&p);
}

static void private_values_have_the_length_of_the_order(void **state)
{
	static const char one[] = "0000000000000000000000000000000000000000000000000000000000000001";
	struct attr_list l;

	(void)state;
	assert_int_equal(complete_private(P256, "01", &l), CKR_OK);
	kit_check_hex(&l, CKA_VALUE, one);
	attr_list_free(&l);
	assert_int_equal(complete_private(P256, "000000000000000000000000000000000000000000000000000000000000000000000001", &l), CKR_OK);
	kit_check_hex(&l, CKA_VALUE, one);
	attr_list_free(&l);
}

static void private_values_out_of_range_are_refused(void **state)
{
	static const char order[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
	static const char last[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";

	(void)state;
	assert_int_equal(complete_private(P256, last, NULL), CKR_OK);
	assert_int_equal(complete_private(P256, order, NULL), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_private(P256, "00", NULL), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_private(P256, "", NULL), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_private(P256, P256_D "01", NULL), CKR_ATTRIBUTE_VALUE_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_agree_with_their_steps),
		cmocka_unit_test(published_signatures_verify),
		cmocka_unit_test(every_curve_with_hashes),
		cmocka_unit_test(keys_from_extra_bits_on_every_curve),
		cmocka_unit_test(the_leftmost_bits_of_a_long_hash_count),
		cmocka_unit_test(signatures_of_bad_length_or_value),
		cmocka_unit_test(many_signatures_are_of_full_length),
		cmocka_unit_test(a_parameter_is_refused),
		cmocka_unit_test(curves_by_name_become_identifiers),
		cmocka_unit_test(unknown_and_malformed_parameters),
		cmocka_unit_test(a_generated_pair_has_normal_attributes),
		cmocka_unit_test(points_in_every_form_become_one),
		cmocka_unit_test(points_that_are_none_are_refused),
		cmocka_unit_test(missing_attributes),
		cmocka_unit_test(an_imported_private_key_gets_its_public_half),
		cmocka_unit_test(an_imported_private_key_signs_for_its_public_half),
		cmocka_unit_test(private_values_have_the_length_of_the_order),
		cmocka_unit_test(private_values_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
