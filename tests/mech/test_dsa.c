/* SPDX-License-Identifier: Apache-2.0 */
/* DSA: a whole file of Project Wycheproof, every hash with a pair of keys, groups that are made and groups that are none,
 * PKCS #8. */
#include "dl_fixture.h"
#include "mech_vectors.h"

extern const struct mech_family mech_family_dsa;

static void rows_agree_with_their_steps(void **state)
{
	(void)state;
	harness_check_family(&mech_family_dsa);
}

/* ---- signatures ---------------------------------------------------------------------------- */

static struct mech_key *vector_key(const struct vector *v)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		const char *name;
	} parts[] = {{CKA_PRIME, "publicKey.p"}, {CKA_SUBPRIME, "publicKey.q"}, {CKA_BASE, "publicKey.g"}, {CKA_VALUE, "publicKey.y"}};
	struct attr_list l = kit_list(CKO_PUBLIC_KEY, CKK_DSA);

	for (size_t i = 0; i < array_len(parts); i++) {
		struct buf value = vector_hex(v, parts[i].name);

		assert_int_equal(attr_list_set(&l, parts[i].type, buf_bytes(&value)), CKR_OK);
		buf_free(&value);
	}
	return kit_load(&l);
}

static void verdict(const struct vector *v)
{
	const CK_MECHANISM m = {CKM_DSA_SHA256, NULL, 0};
	struct mech_key *key = vector_key(v);
	struct buf message = vector_hex(v, "msg"), signature = vector_hex(v, "sig");
	CK_RV rv = kit_verify(&m, key, buf_bytes(&message), buf_bytes(&signature));

	if (vector_is(v, "result", "valid"))
		assert_int_equal(rv, CKR_OK);
	else
		assert_true(rv == CKR_SIGNATURE_INVALID || rv == CKR_SIGNATURE_LEN_RANGE);
	mech_key_free(key);
	buf_free(&message);
	buf_free(&signature);
}

static void wycheproof(void **state)
{
	(void)state;
	vectors_replay("dsa_2048_256_sha256_p1363_test.json", verdict);
}

static void every_hash_signs_and_verifies(void **state)
{
	struct kit_pair p = dl_new_pair(CKM_DSA_KEY_PAIR_GEN, CKK_DSA);

	(void)state;
	for (size_t i = 0; i < mech_family_dsa.row_count; i++) {
		const struct mech_row *row = &mech_family_dsa.rows[i];
		const CK_MECHANISM m = {row->type, NULL, 0};

		if (row->ops != NULL)
			kit_check_pair(&m, &p, kit_text("a message, 20 bytes!"));
	}
	kit_pair_free(&p);
}

static void a_bare_signature_is_over_a_hash(void **state)
{
	static const unsigned char data[65];
	const CK_MECHANISM m = {CKM_DSA, NULL, 0};
	struct kit_pair p = dl_new_pair(CKM_DSA_KEY_PAIR_GEN, CKK_DSA);
	struct buf signature = {0};

	(void)state;
	for (size_t len = 0; len <= sizeof(data); len++) {
		bool hash = len == 20 || len == 28 || len == 32 || len == 48 || len == 64;
		CK_RV rv = kit_whole(MECH_SIGN, &m, p.private_key, bytes_of(data, len), &signature);

		assert_int_equal(rv, hash ? CKR_OK : CKR_DATA_LEN_RANGE);
	}
	assert_int_equal(kit_whole(MECH_SIGN, &m, p.private_key, bytes_of(data, 20), &signature), CKR_OK);
	assert_int_equal(signature.len, 40);
	assert_int_equal(kit_verify(&m, p.public_key, bytes_of(data, 19), buf_bytes(&signature)), CKR_DATA_LEN_RANGE);
	kit_pair_free(&p);
	buf_free(&signature);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static void keys_are_completed(void **state)
{
	struct attr_list private_key = dl_key_list(CKO_PRIVATE_KEY, CKK_DSA), public_key = dl_key_list(CKO_PUBLIC_KEY, CKK_DSA);
	struct bytes a = {0}, b = {0};

	(void)state;
	assert_int_equal(kit_complete(&private_key), CKR_OK);
	assert_int_equal(kit_complete(&public_key), CKR_OK);
	assert_true(attr_list_get(&private_key, CKA_PUBLIC_KEY_INFO, &a));
	assert_true(attr_list_get(&public_key, CKA_PUBLIC_KEY_INFO, &b));
	assert_true(a.len > 300 && bytes_equal(a, b));
	attr_list_free(&private_key);
	attr_list_free(&public_key);
}

static void what_is_no_key_is_refused(void **state)
{
	(void)state;
	dl_check_refusals(CKK_DSA);
	dl_check_orders(CKK_DSA);
	/* Of 168 bits, which no DSA has. */
	assert_int_equal(dl_complete_with(CKO_PUBLIC_KEY, CKK_DSA, CKA_SUBPRIME, DL_Q "01"), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void pkcs8(void **state)
{
	(void)state;
	dl_check_pkcs8(CKK_DSA);
}

/* ---- groups -------------------------------------------------------------------------------- */

static CK_ULONG bits(const struct attr_list *l, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG n = 0;

	assert_true(attr_list_get_ulong(l, type, &n));
	return n;
}

static void groups_are_made(void **state)
{
	static const CK_ULONG sizes[] = {512, 768, 1024};
	const CK_MECHANISM m = {CKM_DSA_PARAMETER_GEN, NULL, 0};

	(void)state;
	for (size_t i = 0; i < array_len(sizes); i++) {
		struct attr_list group;

		assert_int_equal(dl_new_group(&m, CKK_DSA, sizes[i], &group), CKR_OK);
		assert_int_equal(bits(&group, CKA_PRIME_BITS), sizes[i]);
		assert_int_equal(bits(&group, CKA_SUBPRIME_BITS), 160);
		attr_list_free(&group);
	}
}

static void sizes_that_do_not_go_together_are_refused(void **state)
{
	static const CK_ULONG sizes[][2] = {{511, 160}, {520, 160}, {1024, 224}, {1536, 160}, {2048, 160}, {3072, 224}, {4096, 256}};
	const CK_MECHANISM m = {CKM_DSA_PARAMETER_GEN, NULL, 0};
	const struct mech_row *row = mech_find(CKM_DSA_PARAMETER_GEN);

	(void)state;
	for (size_t i = 0; i < array_len(sizes); i++) {
		struct attr_list l = kit_list(CKO_DOMAIN_PARAMETERS, CKK_DSA);

		assert_int_equal(attr_list_set_ulong(&l, CKA_PRIME_BITS, sizes[i][0]), CKR_OK);
		assert_int_equal(attr_list_set_ulong(&l, CKA_SUBPRIME_BITS, sizes[i][1]), CKR_OK);
		assert_int_equal(row->gen->key(harness_env(), row, &m, &l), CKR_ATTRIBUTE_VALUE_INVALID);
		attr_list_free(&l);
	}
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static void making_a_group_can_be_cancelled(void **state)
{
	const CK_MECHANISM m = {CKM_DSA_PARAMETER_GEN, NULL, 0};
	const struct mech_row *row = mech_find(CKM_DSA_PARAMETER_GEN);
	struct attr_list l = kit_list(CKO_DOMAIN_PARAMETERS, CKK_DSA);
	struct mech_env env = *harness_env();

	(void)state;
	env.go_on = never;
	assert_int_equal(attr_list_set_ulong(&l, CKA_PRIME_BITS, 3072), CKR_OK);
	assert_int_equal(row->gen->key(&env, row, &m, &l), CKR_FUNCTION_CANCELED);
	attr_list_free(&l);
}

/* The seed that one mechanism gives makes a base with the other, and each index another one. */
static void primes_come_with_a_seed_that_makes_the_base(void **state)
{
	unsigned char seed[32];
	CK_DSA_PARAMETER_GEN_PARAM p = {CKM_SHA256, seed, sizeof(seed), 0};
	CK_MECHANISM m = {CKM_DSA_PROBABILISTIC_PARAMETER_GEN, &p, sizeof(p)};
	const struct mech_row *row = mech_find(CKM_DSA_FIPS_G_GEN);
	struct attr_list group, first = {0};
	struct bytes value = {0}, other = {0};

	(void)state;
	assert_int_equal(dl_new_group(&m, CKK_DSA, 1024, &group), CKR_OK);
	assert_true(p.ulSeedLen >= 20);
	assert_false(attr_list_get(&group, CKA_BASE, &value));
	m.mechanism = CKM_DSA_FIPS_G_GEN;
	p.ulIndex = 1;
	assert_int_equal(row->gen->key(harness_env(), row, &m, &group), CKR_OK);
	assert_true(attr_list_get(&group, CKA_BASE, &value));
	assert_int_equal(attr_list_set(&first, CKA_BASE, value), CKR_OK);
	assert_int_equal(kit_complete(&group), CKR_OK);
	p.ulIndex = 2;
	assert_int_equal(row->gen->key(harness_env(), row, &m, &group), CKR_OK);
	assert_true(attr_list_get(&group, CKA_BASE, &value) && attr_list_get(&first, CKA_BASE, &other));
	assert_false(bytes_equal(value, other));
	p.ulIndex = 256;
	assert_int_equal(row->gen->key(harness_env(), row, &m, &group), CKR_MECHANISM_PARAM_INVALID);
	attr_list_free(&group);
	attr_list_free(&first);
}

/* Three seeds, each as long as the subprime, of which the base is made (FIPS 186-4 A.2.3). */
static void proven_primes_come_with_three_seeds_that_make_the_base(void **state)
{
	unsigned char seed[100];
	CK_DSA_PARAMETER_GEN_PARAM p = {CKM_SHA256, seed, 59, 0};
	CK_MECHANISM m = {CKM_DSA_SHAWE_TAYLOR_PARAMETER_GEN, &p, sizeof(p)};
	const struct mech_row *row = mech_find(CKM_DSA_FIPS_G_GEN);
	struct attr_list group;
	struct bytes value = {0};

	(void)state;
	assert_int_equal(dl_new_group(&m, CKK_DSA, 1024, &group), CKR_MECHANISM_PARAM_INVALID);
	attr_list_free(&group);
	p.ulSeedLen = sizeof(seed);
	assert_int_equal(dl_new_group(&m, CKK_DSA, 512, &group), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&group);
	assert_int_equal(dl_new_group(&m, CKK_DSA, 1024, &group), CKR_OK);
	assert_int_equal(p.ulSeedLen, 60);
	assert_true(seed[0] >= 0x80);
	assert_false(attr_list_get(&group, CKA_BASE, &value));
	m.mechanism = CKM_DSA_FIPS_G_GEN;
	p.ulIndex = 1;
	assert_int_equal(row->gen->key(harness_env(), row, &m, &group), CKR_OK);
	assert_int_equal(kit_complete(&group), CKR_OK); /* which looks at the primes again */
	attr_list_free(&group);
	/* Nobody need want to know them. */
	p = (CK_DSA_PARAMETER_GEN_PARAM){CKM_SHA_1, NULL, 0, 0};
	m.mechanism = CKM_DSA_SHAWE_TAYLOR_PARAMETER_GEN;
	assert_int_equal(dl_new_group(&m, CKK_DSA, 1024, &group), CKR_OK);
	assert_int_equal(p.ulSeedLen, 60);
	attr_list_free(&group);
}

/* FIPS 186-4 A.2.3, worked out independently for the fixture's group. */
static void the_base_follows_from_the_seed(void **state)
{
	unsigned char seed[] = "0123456789abcdefghij";
	CK_DSA_PARAMETER_GEN_PARAM p = {CKM_SHA256, seed, 20, 1};
	const CK_MECHANISM m = {CKM_DSA_FIPS_G_GEN, &p, sizeof(p)};
	const struct mech_row *row = mech_find(CKM_DSA_FIPS_G_GEN);
	struct attr_list l = dl_list(CKO_DOMAIN_PARAMETERS, CKK_DSA);

	(void)state;
	attr_list_remove(&l, CKA_BASE);
	assert_int_equal(row->gen->key(harness_env(), row, &m, &l), CKR_OK);
	kit_check_hex(&l, CKA_BASE, DL_MADE_BASE);
	assert_int_equal(kit_complete(&l), CKR_OK);
	kit_set_hex(&l, CKA_SUBPRIME, DL_X);
	assert_int_equal(row->gen->key(harness_env(), row, &m, &l), CKR_ATTRIBUTE_VALUE_INVALID);
	attr_list_free(&l);
}

static void parameters_that_are_none_are_refused(void **state)
{
	unsigned char seed[32] = {0};
	static const struct {
		CK_MECHANISM_TYPE hash;
		CK_ULONG seed_len, prime_bits;
	} bad[] = {
		{CKM_SHA3_256, 32, 1024}, {CKM_AES_CBC, 32, 1024}, {CKM_SHA_1, 32, 2048}, {CKM_SHA256, 19, 1024}, {CKM_SHA256, 27, 2048},
	};
	const CK_MECHANISM none = {CKM_DSA_PROBABILISTIC_PARAMETER_GEN, NULL, 0};
	struct attr_list l;

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		CK_DSA_PARAMETER_GEN_PARAM p = {bad[i].hash, seed, bad[i].seed_len, 0};
		const CK_MECHANISM m = {CKM_DSA_PROBABILISTIC_PARAMETER_GEN, &p, sizeof(p)};

		assert_int_equal(dl_new_group(&m, CKK_DSA, bad[i].prime_bits, &l), CKR_MECHANISM_PARAM_INVALID);
		attr_list_free(&l);
	}
	assert_int_equal(dl_new_group(&none, CKK_DSA, 1024, &l), CKR_MECHANISM_PARAM_INVALID);
	attr_list_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_agree_with_their_steps),
		cmocka_unit_test(wycheproof),
		cmocka_unit_test(every_hash_signs_and_verifies),
		cmocka_unit_test(a_bare_signature_is_over_a_hash),
		cmocka_unit_test(keys_are_completed),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(pkcs8),
		cmocka_unit_test(groups_are_made),
		cmocka_unit_test(sizes_that_do_not_go_together_are_refused),
		cmocka_unit_test(making_a_group_can_be_cancelled),
		cmocka_unit_test(primes_come_with_a_seed_that_makes_the_base),
		cmocka_unit_test(proven_primes_come_with_three_seeds_that_make_the_base),
		cmocka_unit_test(the_base_follows_from_the_seed),
		cmocka_unit_test(parameters_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
