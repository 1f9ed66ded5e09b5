/* SPDX-License-Identifier: Apache-2.0 */
/* ML-DSA: known answers, each form with each hash, contexts and hedging, the forms of keys, each refusal; the published
 * files where they are. */
#include "mech_vectors.h"
#include "pq_kit.h"

#include "crypto/pkey.h"

extern const struct mech_family mech_family_mldsa;

#define SEED "2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a"
static const CK_SIGN_ADDITIONAL_CONTEXT deterministic = {CKH_DETERMINISTIC_REQUIRED, NULL, 0};

static CK_MECHANISM with(CK_MECHANISM_TYPE type, const void *parameter, size_t size)
{
	return (CK_MECHANISM){type, (void *)(uintptr_t)parameter, size};
}

static void rows_agree_with_their_steps(void **state)
{
	(void)state;
	harness_check_family(&mech_family_mldsa);
}

/* Wycheproof, mldsa_44_sign_seed_test, tests 1 and 2: the signatures by their SHA-256. */
static void a_seed_makes_the_known_key_and_signatures(void **state)
{
	unsigned char context[] = "Context";
	const CK_SIGN_ADDITIONAL_CONTEXT p = {CKH_DETERMINISTIC_REQUIRED, context, 7};
	CK_MECHANISM plain = with(CKM_ML_DSA, &deterministic, sizeof(deterministic)), named = with(CKM_ML_DSA, &p, sizeof(p));
	struct buf seed = harness_hex(SEED), signature = {0};
	struct mech_key *key = NULL;
	struct attr_list l;

	(void)state;
	pq_need(CKM_ML_DSA);
	l = pq_list(CKO_PRIVATE_KEY, CKK_ML_DSA, CKP_ML_DSA_44, NULL, &seed);
	assert_int_equal(pq_load(&l, &key), CKR_OK);
	pq_check_hash(bytes_of(pkey_spki(key->pkey).data + 22, pkey_spki(key->pkey).len - 22),
	              "d87f8ca136ac1aa55e2d6c4521680efb3a378cbb9bc0bfb446e9c60893931ea3");
	assert_int_equal(kit_whole(MECH_SIGN, &plain, key, kit_text("Hello world"), &signature), CKR_OK);
	pq_check_hash(buf_bytes(&signature), "8cd6fc03daa72e87210a4e721523e84c14f27733789075e65736744d4787fdd5");
	assert_int_equal(kit_whole(MECH_SIGN, &named, key, kit_text("Hello world"), &signature), CKR_OK);
	pq_check_hash(buf_bytes(&signature), "17749906eeb78bc6c57e549c237b4d2a27a011edac02bd1ad7e6534795e8ceff");
	buf_free(&seed);
	buf_free(&signature);
	mech_key_free(key);
}

static void every_form_works_with_every_set(void **state)
{
	static const CK_ULONG sets[] = {CKP_ML_DSA_44, CKP_ML_DSA_65, CKP_ML_DSA_87};
	static const size_t sizes[][3] = {{1312, 2560, 2420}, {1952, 4032, 3309}, {2592, 4896, 4627}};

	(void)state;
	pq_need(CKM_ML_DSA);
	for (size_t s = 0; s < array_len(sets); s++) {
		struct kit_pair p = pq_pair(CKM_ML_DSA_KEY_PAIR_GEN, CKK_ML_DSA, sets[s]);
		struct bytes value = {0};

		assert_true(attr_list_get(&p.public_list, CKA_VALUE, &value));
		assert_int_equal(value.len, sizes[s][0]);
		assert_true(attr_list_get(&p.private_list, CKA_VALUE, &value));
		assert_int_equal(value.len, sizes[s][1]);
		assert_int_equal(pkey_signature_size(p.private_key->pkey), sizes[s][2]);
		for (size_t i = 0; i < mech_family_mldsa.row_count; i++) {
			CK_MECHANISM_TYPE type = mech_family_mldsa.rows[i].type;
			const CK_MECHANISM m = with(type, &deterministic, sizeof(deterministic));
			if (type != CKM_ML_DSA_KEY_PAIR_GEN && type != CKM_HASH_ML_DSA && (s == 0 || i % 3 == s))
				kit_check_pair(&m, &p, kit_text("a message that is signed and verified"));
		}
		kit_pair_free(&p);
	}
}

/* CKM_HASH_ML_DSA over SHA-256 of "abc" is CKM_HASH_ML_DSA_SHA256 over "abc". */
static void a_digest_made_outside_is_the_same(void **state)
{
	unsigned char context[] = {1, 2, 3};
	const CK_HASH_SIGN_ADDITIONAL_CONTEXT p = {CKH_DETERMINISTIC_REQUIRED, context, 3, CKM_SHA256};
	const CK_SIGN_ADDITIONAL_CONTEXT q = {CKH_DETERMINISTIC_REQUIRED, context, 3};
	CK_MECHANISM outside = with(CKM_HASH_ML_DSA, &p, sizeof(p)), inside = with(CKM_HASH_ML_DSA_SHA256, &q, sizeof(q));
	struct buf digest = harness_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), one = {0}, other = {0};
	struct kit_pair k;

	(void)state;
	pq_need(CKM_ML_DSA);
	k = pq_pair(CKM_ML_DSA_KEY_PAIR_GEN, CKK_ML_DSA, CKP_ML_DSA_44);
	assert_int_equal(kit_whole(MECH_SIGN, &outside, k.private_key, buf_bytes(&digest), &one), CKR_OK);
	assert_int_equal(kit_whole(MECH_SIGN, &inside, k.private_key, kit_text("abc"), &other), CKR_OK);
	assert_true(bytes_equal(buf_bytes(&one), buf_bytes(&other)));
	assert_int_equal(kit_verify(&outside, k.public_key, buf_bytes(&digest), buf_bytes(&other)), CKR_OK);
	assert_int_equal(kit_verify(&outside, k.public_key, bytes_of(digest.data, 31), buf_bytes(&other)), CKR_DATA_LEN_RANGE);
	assert_int_equal(kit_whole(MECH_SIGN, &outside, k.private_key, bytes_of(digest.data, 31), &one), CKR_DATA_LEN_RANGE);
	kit_pair_free(&k);
	buf_free(&digest);
	buf_free(&one);
	buf_free(&other);
}

static void hedged_signatures_differ_and_forms_do_not_mix(void **state)
{
	const CK_SIGN_ADDITIONAL_CONTEXT required = {CKH_HEDGE_REQUIRED, NULL, 0};
	CK_MECHANISM hedged = with(CKM_ML_DSA, &required, sizeof(required)), unasked = with(CKM_ML_DSA, NULL, 0);
	CK_MECHANISM hashed = with(CKM_HASH_ML_DSA_SHA512, NULL, 0);
	struct buf one = {0}, other = {0};
	struct kit_pair k;

	(void)state;
	pq_need(CKM_ML_DSA);
	k = pq_pair(CKM_ML_DSA_KEY_PAIR_GEN, CKK_ML_DSA, CKP_ML_DSA_65);
	assert_int_equal(kit_whole(MECH_SIGN, &hedged, k.private_key, kit_text("x"), &one), CKR_OK);
	assert_int_equal(kit_whole(MECH_SIGN, &unasked, k.private_key, kit_text("x"), &other), CKR_OK);
	assert_false(bytes_equal(buf_bytes(&one), buf_bytes(&other)));
	assert_int_equal(kit_verify(&unasked, k.public_key, kit_text("x"), buf_bytes(&one)), CKR_OK);
	assert_int_equal(kit_verify(&hashed, k.public_key, kit_text("x"), buf_bytes(&one)), CKR_SIGNATURE_INVALID);
	assert_int_equal(kit_verify(&unasked, k.public_key, kit_text("x"), bytes_of(one.data, one.len - 1)), CKR_SIGNATURE_LEN_RANGE);
	kit_pair_free(&k);
	buf_free(&one);
	buf_free(&other);
}

static void parameters_are_checked(void **state)
{
	unsigned char context[256] = {0};
	const CK_SIGN_ADDITIONAL_CONTEXT bad[] = {{3, NULL, 0}, {0, NULL, 1}, {0, context, 256}};
	const CK_HASH_SIGN_ADDITIONAL_CONTEXT bad_hash[] = {
		{0, NULL, 0, CKM_SHA_1}, {0, NULL, 0, CKM_AES_CBC}, {3, NULL, 0, CKM_SHA256}, {0, context, 256, CKM_SHA256}, {0, NULL, 5, CKM_SHA256},
		{0, NULL, 0, CK_UNAVAILABLE_INFORMATION},
	};
	const CK_MECHANISM none = with(CKM_HASH_ML_DSA, NULL, 0), wrong = with(CKM_ML_DSA, context, 7);
	struct kit_pair k;

	(void)state;
	pq_need(CKM_ML_DSA);
	k = pq_pair(CKM_ML_DSA_KEY_PAIR_GEN, CKK_ML_DSA, CKP_ML_DSA_44);
	for (size_t i = 0; i < array_len(bad); i++) {
		const CK_MECHANISM pure = with(CKM_ML_DSA, &bad[i], sizeof(bad[i])), hash = with(CKM_HASH_ML_DSA_SHA384, &bad[i], sizeof(bad[i]));
		assert_int_equal(kit_init_only(MECH_SIGN, &pure, k.private_key), CKR_MECHANISM_PARAM_INVALID);
		assert_int_equal(kit_init_only(MECH_VERIFY, &hash, k.public_key), CKR_MECHANISM_PARAM_INVALID);
	}
	for (size_t i = 0; i < array_len(bad_hash); i++) {
		const CK_MECHANISM m = with(CKM_HASH_ML_DSA, &bad_hash[i], sizeof(bad_hash[i]));
		assert_int_equal(kit_init_only(MECH_SIGN, &m, k.private_key), CKR_MECHANISM_PARAM_INVALID);
	}
	assert_int_equal(kit_init_only(MECH_SIGN, &none, k.private_key), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(kit_init_only(MECH_SIGN, &wrong, k.private_key), CKR_MECHANISM_PARAM_INVALID);
	kit_pair_free(&k);
}

static void keys_that_are_none_are_refused(void **state)
{
	struct buf seed = harness_hex(SEED), other = harness_hex(SEED), few = harness_hex("00"), value = {0};
	struct mech_key *key = NULL;
	struct bytes made = {0};
	struct attr_list l;

	(void)state;
	pq_need(CKM_ML_DSA);
	l = pq_list(CKO_PRIVATE_KEY, CKK_ML_DSA, CKP_ML_DSA_44, NULL, &seed);
	assert_int_equal(kit_complete(&l), CKR_OK);
	assert_true(attr_list_get(&l, CKA_VALUE, &made));
	assert_int_equal(buf_append(&value, made), CKR_OK);
	attr_list_free(&l);
	/* Both, when they belong together. */
	l = pq_list(CKO_PRIVATE_KEY, CKK_ML_DSA, CKP_ML_DSA_44, &value, &seed);
	assert_int_equal(pq_load(&l, &key), CKR_OK);
	mech_key_free(key);
	other.data[0] ^= 1;
	l = pq_list(CKO_PRIVATE_KEY, CKK_ML_DSA, CKP_ML_DSA_44, &value, &other);
	assert_int_equal(pq_load(&l, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	l = pq_list(CKO_PRIVATE_KEY, CKK_ML_DSA, CKP_ML_DSA_65, &value, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	l = pq_list(CKO_PRIVATE_KEY, CKK_ML_DSA, CKP_ML_DSA_44, NULL, &few);
	assert_int_equal(pq_load(&l, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	l = pq_list(CKO_PRIVATE_KEY, CKK_ML_DSA, CKP_ML_DSA_44, NULL, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_TEMPLATE_INCOMPLETE);
	l = pq_list(CKO_PUBLIC_KEY, CKK_ML_DSA, CKP_ML_DSA_44, &few, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	l = pq_list(CKO_PUBLIC_KEY, CKK_ML_DSA, 4, &value, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_PARAMETER_SET_NOT_SUPPORTED);
	buf_free(&seed);
	buf_free(&other);
	buf_free(&few);
	buf_free(&value);
}

/* The three choices of RFC 9881 give one key; Wycheproof's seeds come in the first one. */
static void pkcs8_in_each_form_is_the_same_key(void **state)
{
	const struct mech_key_type *type = mech_key_type_find(CKK_ML_DSA);
	struct buf in = harness_hex("3034020100300b060960864801650304031104228020" SEED), out = {0};
	struct attr_list l = kit_list(CKO_PRIVATE_KEY, CKK_ML_DSA);
	struct attrs *a = NULL;
	CK_ULONG set = 0;

	(void)state;
	pq_need(CKM_ML_DSA);
	assert_int_equal(type->from_pkcs8(buf_bytes(&in), &l), CKR_OK);
	assert_true(attr_list_get_ulong(&l, CKA_PARAMETER_SET, &set));
	assert_int_equal(set, CKP_ML_DSA_44);
	assert_int_equal(kit_complete(&l), CKR_OK);
	kit_check_hex(&l, CKA_SEED, SEED);
	for (int i = 0; i < 2; i++) { /* with the seed beside the key, then without */
		struct attr_list back = kit_list(CKO_PRIVATE_KEY, CKK_ML_DSA);
		struct bytes one = {0}, other = {0};

		assert_int_equal(attrs_pack(&l, &a), CKR_OK);
		assert_int_equal(type->to_pkcs8(a, &out), CKR_OK);
		assert_int_equal(type->from_pkcs8(buf_bytes(&out), &back), CKR_OK);
		assert_true(attr_list_get(&l, CKA_VALUE, &one) && attr_list_get(&back, CKA_VALUE, &other));
		assert_true(bytes_equal(one, other));
		assert_true(attr_list_get(&back, CKA_SEED, &one) == (i == 0));
		attr_list_free(&back);
		attrs_free(a);
		out.len = 0;
		attr_list_remove(&l, CKA_SEED);
	}
	in.len--;
	assert_int_equal(type->from_pkcs8(buf_bytes(&in), &l), CKR_DATA_INVALID);
	attr_list_free(&l);
	buf_free(&in);
	buf_free(&out);
}

/* ---- the published files ------------------------------------------------------------------- */

static CK_ULONG set_of_file; /* the files say it in their head only */

/* With the parameter that the test asks for; the context lives as long as the buffer. */
static CK_SIGN_ADDITIONAL_CONTEXT context_of(const struct buf *context)
{
	return (CK_SIGN_ADDITIONAL_CONTEXT){CKH_DETERMINISTIC_REQUIRED, context->data, context->len};
}

static CK_RV sign_vector(const struct vector *v, struct buf *ret)
{
	struct buf seed = vector_hex(v, "privateSeed"), value = vector_hex(v, "privateKey"), message = vector_hex(v, "msg"), ctx = vector_hex(v, "ctx");
	const CK_SIGN_ADDITIONAL_CONTEXT p = context_of(&ctx);
	const CK_MECHANISM m = with(CKM_ML_DSA, &p, sizeof(p));
	struct mech_key *key = NULL;
	struct bytes there = {0};
	bool has_value = vector_find(v, "privateKey", &there);
	struct attr_list l = pq_list(CKO_PRIVATE_KEY, CKK_ML_DSA, set_of_file, has_value ? &value : NULL, has_value ? NULL : &seed);
	CK_RV rv = pq_load(&l, &key);

	if (rv == CKR_OK)
		rv = kit_whole(MECH_SIGN, &m, key, buf_bytes(&message), ret);
	mech_key_free(key);
	buf_free(&seed);
	buf_free(&value);
	buf_free(&message);
	buf_free(&ctx);
	return rv;
}

static void check_sign(const struct vector *v)
{
	struct buf wanted = vector_hex(v, "sig"), signature = {0};

	/* Those over a mu from outside and with given randomness have no form here. */
	if (!vector_has(v, "flags", "Internal") && !vector_has(v, "flags", "Randomized")) {
		CK_RV rv = sign_vector(v, &signature);
		assert_true((rv == CKR_OK) == vector_is(v, "result", "valid"));
		if (rv == CKR_OK)
			assert_true(bytes_equal(buf_bytes(&signature), buf_bytes(&wanted)));
	}
	buf_free(&wanted);
	buf_free(&signature);
}

static void check_verify(const struct vector *v)
{
	struct buf value = vector_hex(v, "publicKey"), message = vector_hex(v, "msg"), ctx = vector_hex(v, "ctx"), signature = vector_hex(v, "sig");
	const CK_SIGN_ADDITIONAL_CONTEXT p = context_of(&ctx);
	const CK_MECHANISM m = with(CKM_ML_DSA, &p, sizeof(p));
	struct mech_key *key = NULL;
	struct attr_list l = pq_list(CKO_PUBLIC_KEY, CKK_ML_DSA, set_of_file, &value, NULL);
	CK_RV rv = pq_load(&l, &key);

	if (rv == CKR_OK)
		rv = kit_verify(&m, key, buf_bytes(&message), buf_bytes(&signature));
	assert_true((rv == CKR_OK) == vector_is(v, "result", "valid"));
	mech_key_free(key);
	buf_free(&value);
	buf_free(&message);
	buf_free(&ctx);
	buf_free(&signature);
}

static void replay(CK_ULONG set, const char *file, void (*check)(const struct vector *v))
{
	pq_need(CKM_ML_DSA);
	set_of_file = set;
	vectors_replay(file, check);
}

static void published_seeds_sign(void **state)
{
	(void)state;
	replay(CKP_ML_DSA_44, "mldsa_44_sign_seed_test.json", check_sign);
}

static void published_keys_sign(void **state)
{
	(void)state;
	replay(CKP_ML_DSA_65, "mldsa_65_sign_noseed_test.json", check_sign);
}

static void published_signatures_44(void **state)
{
	(void)state;
	replay(CKP_ML_DSA_44, "mldsa_44_verify_test.json", check_verify);
}

static void published_signatures_65(void **state)
{
	(void)state;
	replay(CKP_ML_DSA_65, "mldsa_65_verify_test.json", check_verify);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_agree_with_their_steps),
		cmocka_unit_test(a_seed_makes_the_known_key_and_signatures),
		cmocka_unit_test(every_form_works_with_every_set),
		cmocka_unit_test(a_digest_made_outside_is_the_same),
		cmocka_unit_test(hedged_signatures_differ_and_forms_do_not_mix),
		cmocka_unit_test(parameters_are_checked),
		cmocka_unit_test(keys_that_are_none_are_refused),
		cmocka_unit_test(pkcs8_in_each_form_is_the_same_key),
		cmocka_unit_test(published_seeds_sign),
		cmocka_unit_test(published_keys_sign),
		cmocka_unit_test(published_signatures_44),
		cmocka_unit_test(published_signatures_65),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
