/* SPDX-License-Identifier: Apache-2.0 */
/* ML-KEM: known keys, both sides agree, implicit rejection, keys that are none; the published files where they are. */
#include "mech_vectors.h"
#include "pq_kit.h"

extern const struct mech_family mech_family_mlkem;

static struct mech_kem_call call_with(const struct mech_key *key)
{
	static const CK_MECHANISM m = {CKM_ML_KEM, NULL, 0};

	return (struct mech_kem_call){.env = harness_env(), .row = mech_find(CKM_ML_KEM), .mechanism = &m, .key = key};
}

static CK_RV take_value(struct attr_list *key, CK_RV rv, struct secret *ret)
{
	struct bytes value = {0};

	if (rv == CKR_OK) {
		assert_true(attr_list_get(key, CKA_VALUE, &value));
		assert_int_equal(secret_dup(value, ret), CKR_OK);
	}
	attr_list_free(key);
	return rv;
}

static CK_RV encapsulate(const struct mech_key *key, struct buf *ciphertext, struct secret *ret)
{
	struct mech_kem_call c = call_with(key);
	struct attr_list key_list = {0};
	size_t size = 0;

	assert_int_equal(c.row->kem->size(&c, &size), CKR_OK);
	assert_int_equal(buf_reserve(ciphertext, size), CKR_OK);
	CK_RV rv = c.row->kem->encapsulate(&c, ciphertext->data, &ciphertext->len, &key_list);
	assert_int_equal(ciphertext->len, size);
	return take_value(&key_list, rv, ret);
}

static CK_RV decapsulate(const struct mech_key *key, struct bytes ciphertext, struct secret *ret)
{
	struct mech_kem_call c = call_with(key);
	struct attr_list key_list = {0};

	return take_value(&key_list, c.row->kem->decapsulate(&c, ciphertext, &key_list), ret);
}

static void rows_agree_with_their_steps(void **state)
{
	(void)state;
	harness_check_family(&mech_family_mlkem);
}

/* Wycheproof, mlkem_768_keygen_seed_test, test 1: the keys by their SHA-256. */
static void a_seed_makes_the_known_keys(void **state)
{
	struct buf seed = harness_hex("7c9935a0b07694aa0c6d10e4db6b1add2fd81a25ccb148032dcd739936737f2d"
	                              "8626ed79d451140800e03b59b956f8210e556067407d13dc90fa9e8b872bfb8f");
	struct attr_list l;

	(void)state;
	pq_need(CKM_ML_KEM);
	l = pq_list(CKO_PRIVATE_KEY, CKK_ML_KEM, CKP_ML_KEM_768, NULL, &seed);
	assert_int_equal(kit_complete(&l), CKR_OK);
	pq_check_attribute_hash(&l, CKA_VALUE, "8757e8aee5e441aee07a43af40467d32f80aee5c51aae4ebd2bdb844c038aac7");
	attr_list_free(&l);
	buf_free(&seed);
}

static void both_sides_agree(void **state)
{
	static const size_t sizes[][4] = {{0}, {800, 1632, 768}, {1184, 2400, 1088}, {1568, 3168, 1568}};

	(void)state;
	pq_need(CKM_ML_KEM);
	for (CK_ULONG set = CKP_ML_KEM_512; set <= CKP_ML_KEM_1024; set++) {
		struct kit_pair p = pq_pair(CKM_ML_KEM_KEY_PAIR_GEN, CKK_ML_KEM, set);
		struct secret one = {0}, other = {0}, rejected = {0}, again = {0};
		struct buf ciphertext = {0};
		struct bytes value = {0};

		assert_true(attr_list_get(&p.public_list, CKA_VALUE, &value));
		assert_int_equal(value.len, sizes[set][0]);
		assert_true(attr_list_get(&p.private_list, CKA_VALUE, &value));
		assert_int_equal(value.len, sizes[set][1]);
		assert_int_equal(encapsulate(p.public_key, &ciphertext, &one), CKR_OK);
		assert_int_equal(ciphertext.len, sizes[set][2]);
		assert_int_equal(one.len, 32);
		assert_int_equal(decapsulate(p.private_key, buf_bytes(&ciphertext), &other), CKR_OK);
		assert_true(secret_equal(secret_bytes(&one), secret_bytes(&other)));
		/* Implicit rejection: another secret, and always the same one. */
		ciphertext.data[5] ^= 1;
		assert_int_equal(decapsulate(p.private_key, buf_bytes(&ciphertext), &rejected), CKR_OK);
		assert_int_equal(decapsulate(p.private_key, buf_bytes(&ciphertext), &again), CKR_OK);
		assert_false(secret_equal(secret_bytes(&one), secret_bytes(&rejected)));
		assert_true(secret_equal(secret_bytes(&again), secret_bytes(&rejected)));
		secret_free(&again);
		assert_int_equal(decapsulate(p.private_key, bytes_of(ciphertext.data, ciphertext.len - 1), &again), CKR_ENCRYPTED_DATA_LEN_RANGE);
		secret_free(&one);
		secret_free(&other);
		secret_free(&rejected);
		buf_free(&ciphertext);
		kit_pair_free(&p);
	}
}

static void keys_that_are_none_are_refused(void **state)
{
	struct buf few = harness_hex("00"), many = {0};
	struct mech_key *key = NULL;
	struct attr_list l;

	(void)state;
	pq_need(CKM_ML_KEM);
	/* Coefficients beyond the modulus. */
	for (size_t i = 0; i < 800; i++)
		assert_int_equal(buf_put_u8(&many, 0xff), CKR_OK);
	l = pq_list(CKO_PUBLIC_KEY, CKK_ML_KEM, CKP_ML_KEM_512, &many, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	l = pq_list(CKO_PUBLIC_KEY, CKK_ML_KEM, CKP_ML_KEM_512, &few, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	l = pq_list(CKO_PRIVATE_KEY, CKK_ML_KEM, CKP_ML_KEM_512, &few, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	l = pq_list(CKO_PUBLIC_KEY, CKK_ML_KEM, 4, &many, NULL);
	assert_int_equal(pq_load(&l, &key), CKR_PARAMETER_SET_NOT_SUPPORTED);
	buf_free(&few);
	buf_free(&many);
}

/* ---- the published files ------------------------------------------------------------------- */

static CK_ULONG set_of(const struct vector *v)
{
	return vector_is(v, "parameterSet", "ML-KEM-512") ? CKP_ML_KEM_512 : vector_is(v, "parameterSet", "ML-KEM-768") ? CKP_ML_KEM_768
	                                                                                                                : CKP_ML_KEM_1024;
}

/* From the seed or from the key itself; the ciphertext gives the secret. */
static void check_decapsulation(const struct vector *v)
{
	struct buf seed = vector_hex(v, "seed"), value = vector_hex(v, "dk"), ciphertext = vector_hex(v, "c"), wanted = vector_hex(v, "K");
	struct bytes there = {0};
	bool has_value = vector_find(v, "dk", &there);
	struct attr_list l = pq_list(CKO_PRIVATE_KEY, CKK_ML_KEM, set_of(v), has_value ? &value : NULL, has_value ? NULL : &seed);
	struct secret shared = {0};
	struct mech_key *key = NULL;
	CK_RV rv = pq_load(&l, &key);

	if (rv == CKR_OK)
		rv = decapsulate(key, buf_bytes(&ciphertext), &shared);
	assert_true((rv == CKR_OK) == vector_is(v, "result", "valid"));
	if (rv == CKR_OK)
		assert_true(bytes_equal(secret_bytes(&shared), buf_bytes(&wanted)));
	secret_free(&shared);
	mech_key_free(key);
	buf_free(&seed);
	buf_free(&value);
	buf_free(&ciphertext);
	buf_free(&wanted);
}

/* The randomness of encapsulation is libcrypto's: keys only. */
static void check_public_key(const struct vector *v)
{
	struct buf value = vector_hex(v, "ek");
	struct attr_list l = pq_list(CKO_PUBLIC_KEY, CKK_ML_KEM, set_of(v), &value, NULL);
	struct mech_key *key = NULL;
	CK_RV rv = pq_load(&l, &key);

	if (vector_is(v, "result", "valid"))
		assert_int_equal(rv, CKR_OK);
	if (vector_has(v, "flags", "ModulusOverflow"))
		assert_int_equal(rv, CKR_ATTRIBUTE_VALUE_INVALID);
	mech_key_free(key);
	buf_free(&value);
}

static void check_generation(const struct vector *v)
{
	struct buf seed = vector_hex(v, "seed"), wanted = vector_hex(v, "dk");
	struct attr_list l = pq_list(CKO_PRIVATE_KEY, CKK_ML_KEM, set_of(v), NULL, &seed);
	struct bytes value = {0};

	assert_int_equal(kit_complete(&l), CKR_OK);
	assert_true(attr_list_get(&l, CKA_VALUE, &value));
	assert_true(bytes_equal(value, buf_bytes(&wanted)));
	attr_list_free(&l);
	buf_free(&seed);
	buf_free(&wanted);
}

#define REPLAY(name, file, check)              \
	static void name(void **state)         \
	{                                      \
		(void)state;                   \
		pq_need(CKM_ML_KEM);           \
		vectors_replay(file, check);   \
	}

REPLAY(published_decapsulations_512, "mlkem_512_test.json", check_decapsulation)
REPLAY(published_decapsulations_768, "mlkem_768_test.json", check_decapsulation)
REPLAY(published_private_keys, "mlkem_768_semi_expanded_decaps_test.json", check_decapsulation)
REPLAY(published_public_keys, "mlkem_768_encaps_test.json", check_public_key)
REPLAY(published_generations, "mlkem_768_keygen_seed_test.json", check_generation)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_agree_with_their_steps),
		cmocka_unit_test(a_seed_makes_the_known_keys),
		cmocka_unit_test(both_sides_agree),
		cmocka_unit_test(keys_that_are_none_are_refused),
		cmocka_unit_test(published_decapsulations_512),
		cmocka_unit_test(published_decapsulations_768),
		cmocka_unit_test(published_private_keys),
		cmocka_unit_test(published_public_keys),
		cmocka_unit_test(published_generations),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
