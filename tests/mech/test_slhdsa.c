/* SPDX-License-Identifier: Apache-2.0 */
/* SLH-DSA: known answers, all twelve sets, each form with each hash, the forms of keys, each refusal. */
#include "pq_kit.h"

#include "crypto/pkey.h"

extern const struct mech_family mech_family_slhdsa;

static const CK_SIGN_ADDITIONAL_CONTEXT deterministic = {CKH_DETERMINISTIC_REQUIRED, NULL, 0};

static CK_MECHANISM with(CK_MECHANISM_TYPE type, const void *parameter, size_t size)
{
	return (CK_MECHANISM){type, (void *)(uintptr_t)parameter, size};
}

static void rows_agree_with_their_steps(void **state)
{
	(void)state;
	harness_check_family(&mech_family_slhdsa);
}

/* NIST ACVP, SLH-DSA-sigGen-FIPS205, test groups with external pure signatures: the signatures by their SHA-256. */
static const struct {
	CK_ULONG set;
	const char *key, *message, *context, *signature;
} known[] = {
	{CKP_SLH_DSA_SHA2_128F,
	 "d5213ba4bb6470f1b9eda88cbc94e6277a58a951ef7f2b81461dbac41b5a6b83fa495fb834defea7cc96a81309479135a67029e90668c5a58b96e60111491f3d",
	 "3f", "", "d3537e05ae63876bf78015ff86cc9e284f91cabfac191298fbaa375596351d55"},
	{CKP_SLH_DSA_SHAKE_128F,
	 "fa16a525899cd4142085d85ada1d26088a93857e49f26e97270245cffb65a1a7957d8e7f0eb215347708afdcbb6bdca84385726f923bb8ab3e1a6c78250ee39c",
	 "b461d1f7d7d6932be0c200b7303373c6f47b87b2b7c21c3eed",
	 "6624ee1939fc2198cb503e18778bd6b5d3a60f8af9493eb0485448b6ca08507c4209eefa37c783fb64074ba24ddefd3cea251675b46b2f551e25e0bcf7869f16"
	 "f38bf775c8c1dae91bc4f5289e5dd629113f3d6a1f4307397eb7bb12b09fbf5a2fe90023070e7c288f35b9bca5ae0cda37915cb6e0cf00f3afff8344e96a1fd5"
	 "809bd6aa370dbb6df61e391f37b73902fca57cd07440f606933831c37c7246c954f073dfb0087f",
	 "67db274bdaac0a090c923b2b16600aa736e639ad142a77f76fb65fe777bd335f"},
};

static void known_signatures(void **state)
{
	(void)state;
	pq_need(CKM_SLH_DSA);
	for (size_t i = 0; i < array_len(known); i++) {
		struct buf value = harness_hex(known[i].key), message = harness_hex(known[i].message), context = harness_hex(known[i].context);
		const CK_SIGN_ADDITIONAL_CONTEXT p = {CKH_DETERMINISTIC_REQUIRED, context.data, context.len};
		const CK_MECHANISM m = with(CKM_SLH_DSA, &p, sizeof(p));
		struct attr_list l = pq_list(CKO_PRIVATE_KEY, CKK_SLH_DSA, known[i].set, &value, NULL);
		struct mech_key *key = NULL;
		struct buf signature = {0};

		assert_int_equal(pq_load(&l, &key), CKR_OK);
		assert_int_equal(kit_whole(MECH_SIGN, &m, key, buf_bytes(&message), &signature), CKR_OK);
		pq_check_hash(buf_bytes(&signature), known[i].signature);
		mech_key_free(key);
		buf_free(&value);
		buf_free(&message);
		buf_free(&context);
		buf_free(&signature);
	}
}

/* Signing with the small sets takes long, so one of them does for all. */
static void all_sets_make_keys_and_the_fast_ones_sign(void **state)
{
	static const size_t signatures[] = {0, 7856, 7856, 17088, 17088, 16224, 16224, 35664, 35664, 29792, 29792, 49856, 49856};
	const CK_MECHANISM m = with(CKM_SLH_DSA, NULL, 0);

	(void)state;
	pq_need(CKM_SLH_DSA);
	for (CK_ULONG set = CKP_SLH_DSA_SHA2_128S; set <= CKP_SLH_DSA_SHAKE_256F; set++) {
		struct kit_pair p = pq_pair(CKM_SLH_DSA_KEY_PAIR_GEN, CKK_SLH_DSA, set);
		bool fast = set == CKP_SLH_DSA_SHA2_128F || set == CKP_SLH_DSA_SHA2_192F || set == CKP_SLH_DSA_SHA2_256F || set == CKP_SLH_DSA_SHAKE_128F;
		struct buf signature = {0};

		assert_int_equal(pkey_signature_size(p.private_key->pkey), signatures[set]);
		if (fast || set == CKP_SLH_DSA_SHA2_128S) {
			assert_int_equal(kit_whole(MECH_SIGN, &m, p.private_key, kit_text("message"), &signature), CKR_OK);
			assert_int_equal(kit_verify(&m, p.public_key, kit_text("message"), buf_bytes(&signature)), CKR_OK);
			assert_int_equal(kit_verify(&m, p.public_key, kit_text("massage"), buf_bytes(&signature)), CKR_SIGNATURE_INVALID);
		}
		buf_free(&signature);
		kit_pair_free(&p);
	}
}

/* Saved and resumed in the middle. */
static CK_RV sign_parts(const CK_MECHANISM *m, const struct mech_key *key, struct bytes in, struct buf *ret)
{
	struct mech_op op, resumed;

	assert_int_equal(harness_init(&op, MECH_SIGN, m, key), CKR_OK);
	assert_int_equal(harness_update(&op, bytes_of(in.data, 5), ret), CKR_OK);
	assert_int_equal(harness_resume(&op, &resumed), CKR_OK);
	harness_end(&op);
	CK_RV rv = harness_parts(&resumed, bytes_of(in.data + 5, in.len - 5), 3, ret);
	harness_end(&resumed);
	return rv;
}

/* Each form, whole and in parts; what one form signed no other form takes. */
static void every_form_is_one_of_its_own(void **state)
{
	struct buf whole[16] = {{0}};
	struct kit_pair p;

	(void)state;
	pq_need(CKM_SLH_DSA);
	p = pq_pair(CKM_SLH_DSA_KEY_PAIR_GEN, CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128F);
	for (size_t i = 0; i < mech_family_slhdsa.row_count; i++) {
		CK_MECHANISM_TYPE type = mech_family_slhdsa.rows[i].type;
		const CK_MECHANISM m = with(type, &deterministic, sizeof(deterministic));
		struct buf parts = {0};

		if (type == CKM_SLH_DSA_KEY_PAIR_GEN || type == CKM_HASH_SLH_DSA)
			continue;
		assert_int_equal(kit_whole(MECH_SIGN, &m, p.private_key, kit_text("some message"), &whole[i]), CKR_OK);
		assert_int_equal(sign_parts(&m, p.private_key, kit_text("some message"), &parts), CKR_OK);
		assert_true(bytes_equal(buf_bytes(&whole[i]), buf_bytes(&parts)));
		assert_int_equal(kit_verify(&m, p.public_key, kit_text("some message"), buf_bytes(&parts)), CKR_OK);
		if (i > 0 && whole[i - 1].len > 0)
			assert_int_equal(kit_verify(&m, p.public_key, kit_text("some message"), buf_bytes(&whole[i - 1])), CKR_SIGNATURE_INVALID);
		buf_free(&parts);
	}
	for (size_t i = 0; i < array_len(whole); i++)
		buf_free(&whole[i]);
	kit_pair_free(&p);
}

static void a_digest_made_outside_is_the_same(void **state)
{
	const CK_HASH_SIGN_ADDITIONAL_CONTEXT p = {CKH_DETERMINISTIC_REQUIRED, NULL, 0, CKM_SHA256};
	CK_MECHANISM outside = with(CKM_HASH_SLH_DSA, &p, sizeof(p)), inside = with(CKM_HASH_SLH_DSA_SHA256, &deterministic, sizeof(deterministic));
	struct buf digest = harness_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), one = {0}, other = {0};
	struct kit_pair k;

	(void)state;
	pq_need(CKM_SLH_DSA);
	k = pq_pair(CKM_SLH_DSA_KEY_PAIR_GEN, CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128F);
	assert_int_equal(kit_whole(MECH_SIGN, &outside, k.private_key, buf_bytes(&digest), &one), CKR_OK);
	assert_int_equal(kit_whole(MECH_SIGN, &inside, k.private_key, kit_text("abc"), &other), CKR_OK);
	assert_true(bytes_equal(buf_bytes(&one), buf_bytes(&other)));
	assert_int_equal(kit_verify(&outside, k.public_key, bytes_of(digest.data, 31), buf_bytes(&other)), CKR_DATA_LEN_RANGE);
	kit_pair_free(&k);
	buf_free(&digest);
	buf_free(&one);
	buf_free(&other);
}

static void keys_that_are_none_are_refused(void **state)
{
	struct buf value = harness_hex(known[0].key), few = harness_hex("00");
	struct mech_key *key = NULL;
	struct attr_list l;

	(void)state;
	pq_need(CKM_SLH_DSA);
	l = pq_list(CKO_PRIVATE_KEY, CKK_SLH_DSA, CKP_SLH_DSA_SHA2_192F, &value, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	l = pq_list(CKO_PUBLIC_KEY, CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128F, &few, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	l = pq_list(CKO_PUBLIC_KEY, CKK_SLH_DSA, 13, &value, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_PARAMETER_SET_NOT_SUPPORTED);
	l = pq_list(CKO_PUBLIC_KEY, CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128F, NULL, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_TEMPLATE_INCOMPLETE);
	buf_free(&value);
	buf_free(&few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_agree_with_their_steps),
		cmocka_unit_test(known_signatures),
		cmocka_unit_test(all_sets_make_keys_and_the_fast_ones_sign),
		cmocka_unit_test(every_form_is_one_of_its_own),
		cmocka_unit_test(a_digest_made_outside_is_the_same),
		cmocka_unit_test(keys_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
