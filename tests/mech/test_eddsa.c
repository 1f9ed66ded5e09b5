/* SPDX-License-Identifier: Apache-2.0 */
/* The family of Edwards curves: the signatures of RFC 8032 in all five variants, the forms of keys, each refusal. */
#include "asym_kit.h"

#include "crypto/pkey.h"

extern const struct mech_family mech_family_eddsa;

#define ED25519 "06032b6570"
#define ED448 "06032b6571"
/* RFC 8032, 7.1, test 1. */
#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define POINT "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

enum variant { PLAIN, WITH_CONTEXT, PREHASH };

/* RFC 8032, 7.1 to 7.5. */
static const struct vector_row {
	const char *params;
	enum variant variant;
	const char *seed, *point, *message, *context, *signature;
} published[] = {
	{ED25519, PLAIN, SEED, POINT, "", "",
	 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	{ED25519, PLAIN, "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "",
	 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	{ED25519, PLAIN, "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	 "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "",
	 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
	{ED25519, WITH_CONTEXT, "0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6",
	 "dfc9425e4f968f7f0c29f0259cf5f9aed6851c2bb4ad8bfb860cfee0ab248292", "f726936d19c800494e3fdaff20b276a8", "666f6f",
	 "55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd87a8b36950b95130022907a7fb7c4e9b2d5f6cca685a587b4b21f4b888e4e7edb0d"},
	{ED25519, PREHASH, "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
	 "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", "616263", "",
	 "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"},
	{ED448, WITH_CONTEXT, "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
	 "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180", "", "",
	 "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980"
	 "ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600"},
	{ED448, WITH_CONTEXT, "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
	 "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb82169c235160627b4c3a9480", "03", "666f6f",
	 "d4f8f6131770dd46f40867d6fd5d5055de43541f8c5e35abbcd001b32a89f7d2151f7647f11d8ca2ae279fb842d607217fce6e042f6815ea00"
	 "0c85741de5c8da1144a6a1aba7f96de42505d7a7298524fda538fccbbb754f578c1cad10d54d0d5428407e85dcbc98a49155c13764e66c3c00"},
	{ED448, PREHASH, "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42ef7822e0d5104127dc05d6dbefde69e3ab2cec7c867c6e2c49",
	 "259b71c19f83ef77a7abd26524cbdb3161b590a48f7d17de3ee0ba9c52beb743c09428a131d6b1b57303d90d8132c276d5ed3d5d01c0f53880", "616263", "",
	 "822f6901f7480f3d5f562c592994d9693602875614483256505600bbc281ae381f54d6bce2ea911574932f52a4e6cadd78769375ec3ffd1b80"
	 "1a0d9b3f4030cd433964b6457ea39476511214f97469b57dd32dbc560a9a94d00bff07620464a3ad203df7dc7ce360c3cd3696d9d9fab90f00"},
};

static struct mech_key *private_key(const char *params, const char *seed)
{
	struct attr_list l = kit_list(CKO_PRIVATE_KEY, CKK_EC_EDWARDS);

	kit_set_hex(&l, CKA_EC_PARAMS, params);
	kit_set_hex(&l, CKA_VALUE, seed);
	return kit_load(&l);
}

static struct mech_key *public_key(const char *params, const char *point)
{
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, CKK_EC_EDWARDS);

	kit_set_hex(&l, CKA_EC_PARAMS, params);
	kit_set_hex(&l, CKA_EC_POINT, point);
	return kit_load(&l);
}

/* libcrypto before 3.2 knows neither contexts nor prehashing. */
static bool knows_variants(const struct mech_key *key)
{
	return pkey_eddsa_works(key->pkey, &(const struct pkey_eddsa){.prehash = true});
}

static void rows_agree_with_their_steps(void **state)
{
	(void)state;
	harness_check_family(&mech_family_eddsa);
}

static void published_signatures(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(published); i++) {
		const struct vector_row *v = &published[i];
		struct buf message = harness_hex(v->message), context = harness_hex(v->context), want = harness_hex(v->signature);
		CK_EDDSA_PARAMS p = {v->variant == PREHASH, context.len, context.data};
		CK_MECHANISM m = {CKM_EDDSA, v->variant == PLAIN ? NULL : &p, v->variant == PLAIN ? 0 : sizeof(p)};
		struct kit_pair pair = {.public_key = public_key(v->params, v->point), .private_key = private_key(v->params, v->seed)};
		struct buf got = {0};

		if (knows_variants(pair.private_key) || (v->variant != PREHASH && context.len == 0)) {
			assert_int_equal(kit_whole(MECH_SIGN, &m, pair.private_key, buf_bytes(&message), &got), CKR_OK);
			assert_int_equal(got.len, want.len);
			assert_memory_equal(got.data, want.data, want.len);
			kit_check_pair(&m, &pair, buf_bytes(&message));
		} else {
			assert_int_equal(kit_init_only(MECH_SIGN, &m, pair.private_key), CKR_MECHANISM_PARAM_INVALID);
		}
		kit_pair_free(&pair);
		buf_free(&message);
		buf_free(&context);
		buf_free(&want);
		buf_free(&got);
	}
}

static void the_signature_may_take_the_place_of_the_message(void **state)
{
	static const CK_MECHANISM m = {CKM_EDDSA, NULL, 0};
	struct mech_key *key = private_key(ED25519, SEED);
	unsigned char place[64] = "a message as long as the signature, which then takes its place!!";
	struct buf want = {0};
	struct mech_op op;
	size_t len = 0;

	(void)state;
	assert_int_equal(kit_whole(MECH_SIGN, &m, key, bytes_of(place, 64), &want), CKR_OK);
	assert_int_equal(harness_init(&op, MECH_SIGN, &m, key), CKR_OK);
	assert_int_equal(op.row->ops->whole(&op, bytes_of(place, 64), place, &len), CKR_OK);
	harness_end(&op);
	assert_memory_equal(place, want.data, 64);
	mech_key_free(key);
	buf_free(&want);
}

static void parameters_are_checked(void **state)
{
	struct mech_key *small = public_key(ED25519, POINT), *large = public_key(ED448, published[5].point);
	unsigned char context[256] = {0};
	CK_EDDSA_PARAMS p = {CK_FALSE, 3, context};
	CK_MECHANISM m = {CKM_EDDSA, &p, sizeof(p)};
	CK_RV with_context = knows_variants(small) ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;

	(void)state;
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, small), with_context);
	p.ulContextDataLen = 255;
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, small), with_context);
	p.ulContextDataLen = 256;
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, small), CKR_MECHANISM_PARAM_INVALID);
	p = (CK_EDDSA_PARAMS){CK_FALSE, 3, NULL};
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, small), CKR_MECHANISM_PARAM_INVALID);
	p = (CK_EDDSA_PARAMS){2, 3, context};
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, small), CKR_MECHANISM_PARAM_INVALID);
	/* Ed25519ctx without a context is not Ed25519 */
	p = (CK_EDDSA_PARAMS){CK_FALSE, 0, NULL};
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, small), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, large), CKR_OK);
	m.ulParameterLen--;
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, large), CKR_MECHANISM_PARAM_INVALID);
	m.pParameter = NULL;
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, large), CKR_MECHANISM_PARAM_INVALID);
	m.ulParameterLen = 0;
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, small), CKR_OK);
	assert_int_equal(kit_init_only(MECH_VERIFY, &m, large), CKR_MECHANISM_PARAM_INVALID);
	mech_key_free(small);
	mech_key_free(large);
}

static CK_RV complete_public(const char *params, const char *point, struct attr_list *ret)
{
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, CKK_EC_EDWARDS);

	kit_set_hex(&l, CKA_EC_PARAMS, params);
	kit_set_hex(&l, CKA_EC_POINT, point);
	CK_RV rv = kit_complete(&l);
	if (rv == CKR_OK && ret != NULL)
		*ret = l;
	else
		attr_list_free(&l);
	return rv;
}

static void keys_in_every_form_become_one(void **state)
{
	static const char *const curves[] = {
		ED25519,
		"130c656477617264733235353139",         /* edwards25519 */
		"130745643235353139",                   /* Ed25519 */
		"06092b06010401da470f01",               /* 1.3.6.1.4.1.11591.15.1 */
	};
	static const char *const points[] = {POINT, "0420" POINT, "032100" POINT};
	struct attr_list l;

	(void)state;
	for (size_t i = 0; i < array_len(curves); i++) {
		for (size_t k = 0; k < array_len(points); k++) {
			assert_int_equal(complete_public(curves[i], points[k], &l), CKR_OK);
			kit_check_hex(&l, CKA_EC_PARAMS, ED25519);
			kit_check_hex(&l, CKA_EC_POINT, "0420" POINT);
			kit_check_hex(&l, CKA_PUBLIC_KEY_INFO, "302a300506032b6570032100" POINT);
			attr_list_free(&l);
		}
	}
}

static void points_off_the_curve_are_refused(void **state)
{
	static const struct {
		const char *params, *point;
		CK_RV rv;
	} rows[] = {
		/* y = 2 has no x, y = 3 has one */
		{ED25519, "0200000000000000000000000000000000000000000000000000000000000000", CKR_ATTRIBUTE_VALUE_INVALID},
		{ED25519, "0300000000000000000000000000000000000000000000000000000000000000", CKR_OK},
		/* y = 1: x is 0, which has no sign */
		{ED25519, "0100000000000000000000000000000000000000000000000000000000000000", CKR_OK},
		{ED25519, "0100000000000000000000000000000000000000000000000000000000000080", CKR_ATTRIBUTE_VALUE_INVALID},
		/* y = p, y = p - 1 */
		{ED25519, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", CKR_ATTRIBUTE_VALUE_INVALID},
		{ED25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", CKR_OK},
		{ED25519, POINT "00", CKR_ATTRIBUTE_VALUE_INVALID},
		{ED25519, "0421" POINT "00", CKR_ATTRIBUTE_VALUE_INVALID},
		{ED25519, "", CKR_ATTRIBUTE_VALUE_INVALID},
		/* bits above the field */
		{ED448, "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256101",
		 CKR_ATTRIBUTE_VALUE_INVALID},
		{"06082a8648ce3d030107", POINT, CKR_CURVE_NOT_SUPPORTED},
		{"06032b656e", POINT, CKR_CURVE_NOT_SUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++)
		assert_int_equal(complete_public(rows[i].params, rows[i].point, NULL), rows[i].rv);
}

static CK_RV complete_private(const char *seed)
{
	struct attr_list l = kit_list(CKO_PRIVATE_KEY, CKK_EC_EDWARDS);

	kit_set_hex(&l, CKA_EC_PARAMS, ED25519);
	kit_set_hex(&l, CKA_VALUE, seed);
	CK_RV rv = kit_complete(&l);
	if (rv == CKR_OK)
		kit_check_hex(&l, CKA_PUBLIC_KEY_INFO, "302a300506032b6570032100" POINT);
	attr_list_free(&l);
	return rv;
}

static void an_imported_seed_gets_its_public_half(void **state)
{
	(void)state;
	assert_int_equal(complete_private(SEED), CKR_OK);
	assert_int_equal(complete_private(SEED "00"), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_private("00" SEED), CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(complete_private("9d"), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void new_pairs_work(void **state)
{
	CK_EDDSA_PARAMS p = {CK_FALSE, 0, NULL};
	const CK_MECHANISM with = {CKM_EDDSA, &p, sizeof(p)}, without = {CKM_EDDSA, NULL, 0};
	struct kit_pair small = kit_curve_pair(CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, ED25519);
	struct kit_pair large = kit_curve_pair(CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, ED448);
	struct bytes value = {0};

	(void)state;
	assert_int_equal(small.private_key->bits, 255);
	assert_int_equal(large.private_key->bits, 448);
	assert_true(attr_list_get(&large.private_list, CKA_VALUE, &value));
	assert_int_equal(value.len, 57);
	kit_check_pair(&without, &small, kit_text("message"));
	kit_check_pair(&with, &large, kit_text("message"));
	kit_pair_free(&small);
	kit_pair_free(&large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_agree_with_their_steps),
		cmocka_unit_test(published_signatures),
		cmocka_unit_test(the_signature_may_take_the_place_of_the_message),
		cmocka_unit_test(parameters_are_checked),
		cmocka_unit_test(keys_in_every_form_become_one),
		cmocka_unit_test(points_off_the_curve_are_refused),
		cmocka_unit_test(an_imported_seed_gets_its_public_half),
		cmocka_unit_test(new_pairs_work),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
