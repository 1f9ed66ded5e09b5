/* SPDX-License-Identifier: Apache-2.0 */
/* The family of DSA (§6.2, FIPS 186-4): keys, groups, and signatures over a hash of the application's or one computed
 * here. A signature is r and s one after the other, each as long as the subprime. */
#include <string.h>

#include "base/log.h"
#include "crypto/rand.h"
#include "mech/asym.h"
#include "mech/derive.h"
#include "mech/param.h"
#include "mech/dl_key.h"
#include "mech/hash_sign.h"

/* ---- signatures ---------------------------------------------------------------------------- */

static CK_RV sign(const struct mech_op *op, struct bytes digest, unsigned char *ret)
{
	return pkey_dsa_sign(op->key->pkey, digest, ret);
}

static CK_RV verify(const struct mech_op *op, struct bytes digest, struct bytes signature)
{
	return pkey_dsa_verify(op->key->pkey, digest, signature);
}

static const struct hash_sign_scheme scheme = {.sign = sign, .verify = verify};

/* What the standard lets the application bring: a hash of SHA-1 or SHA-2. */
static CK_RV check_input(struct bytes in)
{
	static const size_t lengths[] = {20, 28, 32, 48, 64};

	for (size_t i = 0; i < array_len(lengths); i++) {
		if (in.len == lengths[i])
			return CKR_OK;
	}
	return fail(CKR_DATA_LEN_RANGE, "%zu bytes are no hash", in.len);
}

static CK_RV sign_whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(check_input(in));
	try(sign(op, in, out));
	*ret_len = pkey_signature_size(op->key->pkey);
	return CKR_OK;
}

static CK_RV verify_whole(struct mech_op *op, struct bytes in, struct bytes signature)
{
	try(check_input(in));
	return verify(op, in, signature);
}

static const struct mech_ops bare_ops = {
	.start = asym_start,
	.room = asym_signature_room,
	.whole = sign_whole,
	.verify_whole = verify_whole,
};

/* ---- groups from a seed -------------------------------------------------------------------- */

static CK_RV read_hash(CK_MECHANISM_TYPE mechanism, enum digest_alg *ret)
{
	try(derive_hash(mechanism, ret));
	if (*ret > DIGEST_SHA512)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s makes no group", mech_name(mechanism));
	return CKR_OK;
}

/* How a row finds primes, and how many seeds, each as long as the subprime, it has to tell (FIPS 186-4 A.1.1.2, A.1.2.1). */
struct seeded {
	CK_RV (*find)(const struct mech_env *env, const struct pkey_dl_wish *wish, struct pkey_dl_made *ret);
	size_t seeds;
};

static CK_RV find_probable(const struct mech_env *env, const struct pkey_dl_wish *wish, struct pkey_dl_made *ret)
{
	const struct pkey_progress progress = {.go_on = env->go_on, .arg = env->go_on_arg};

	return pkey_dl_make_group(env->ossl, wish, &progress, ret);
}

/* Some seeds lead nowhere; that many in a row do not. */
static CK_RV find_provable(const struct mech_env *env, const struct pkey_dl_wish *wish, struct pkey_dl_made *ret)
{
	const struct pkey_progress progress = {.go_on = env->go_on, .arg = env->go_on_arg};
	unsigned char first[DIGEST_MAX_SIZE];
	CK_RV rv = CKR_FUNCTION_FAILED;

	for (unsigned i = 0; i < 8 && rv == CKR_FUNCTION_FAILED; i++) {
		try(rand_bytes(env->ossl, first, wish->subprime_bits / 8));
		first[0] |= 0x80;
		pkey_dl_made_free(ret);
		rv = pkey_dl_make_provable(env->ossl, wish, bytes_of(first, wish->subprime_bits / 8), &progress, ret);
	}
	return rv;
}

static CK_RV read_wish(const struct mech_row *row, const CK_DSA_PARAMETER_GEN_PARAM *p, const struct attr_list *key, struct pkey_dl_wish *ret)
{
	try(dl_key_wish(row, key, ret));
	try(read_hash(p->hash, &ret->hash));
	if (8 * digest_size(ret->hash) < ret->subprime_bits)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s is too short for a subprime of %zu bits", mech_name(p->hash), ret->subprime_bits);
	size_t seeds = ((const struct seeded *)row->data)->seeds;
	if (p->pSeed != NULL && p->ulSeedLen < seeds * ret->subprime_bits / 8)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no room for %zu seeds of %zu bits", seeds, ret->subprime_bits);
	return CKR_OK;
}

/* The seed goes to the place that the parameter has for it; without one nobody wants to know it. */
static CK_RV give_seed(const CK_MECHANISM *m, CK_DSA_PARAMETER_GEN_PARAM *p, const struct secret *seed)
{
	if (p->pSeed != NULL && p->ulSeedLen < seed->len)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no room for a seed of %zu bytes", seed->len);
	if (p->pSeed != NULL)
		memcpy(p->pSeed, seed->data, seed->len);
	p->ulSeedLen = seed->len;
	memcpy(m->pParameter, p, sizeof(*p));
	return CKR_OK;
}

/* Without CKA_BASE, which CKM_DSA_FIPS_G_GEN makes. */
static CK_RV make_primes(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key)
{
	const struct seeded *seeded = row->data;
	struct pkey_dl_made made cleanup(pkey_dl_made_free) = {0};
	CK_DSA_PARAMETER_GEN_PARAM p;
	struct pkey_dl_wish wish;

	try(derive_param(m, &p, sizeof(p)));
	try(read_wish(row, &p, key, &wish));
	try(seeded->find(env, &wish, &made));
	try(give_seed(m, &p, &made.seed));
	try(attr_list_set(key, CKA_PRIME, secret_bytes(&made.p)));
	return attr_list_set(key, CKA_SUBPRIME, secret_bytes(&made.q));
}

/* The seed and its length go to the caller. */
static CK_RV copy_primes(const CK_MECHANISM *m, struct mech_param *ret)
{
	CK_DSA_PARAMETER_GEN_PARAM given;
	enum digest_alg hash = DIGEST_SHA256;
	struct bytes seed = {0};

	try(derive_param(m, &given, sizeof(given)));
	try(read_hash(given.hash, &hash));
	try(derive_bytes(given.pSeed, given.pSeed == NULL ? 0 : given.ulSeedLen, &seed));
	try(mech_param_take(m, ret));
	CK_DSA_PARAMETER_GEN_PARAM *p = (void *)ret->whole.data;
	CK_DSA_PARAMETER_GEN_PARAM *callers = m->pParameter;
	try(mech_param_part(ret, &p->pSeed, given.ulSeedLen));
	if (seed.len > 0)
		mech_param_result(ret, given.pSeed, p->pSeed, given.ulSeedLen);
	mech_param_result(ret, &callers->ulSeedLen, &p->ulSeedLen, sizeof(p->ulSeedLen));
	return CKR_OK;
}

static CK_RV make_base(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key)
{
	struct secret base cleanup(secret_free) = {0};
	struct bytes prime = {0}, subprime = {0}, seed = {0};
	enum digest_alg hash = DIGEST_SHA256;
	CK_DSA_PARAMETER_GEN_PARAM p;

	(void)row;
	try(derive_param(m, &p, sizeof(p)));
	try(read_hash(p.hash, &hash));
	try(derive_bytes(p.pSeed, p.ulSeedLen, &seed));
	if (seed.len == 0 || p.ulIndex > 0xFF)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a seed of %zu bytes, index %lu", seed.len, p.ulIndex);
	if (!attr_list_get(key, CKA_PRIME, &prime) || !attr_list_get(key, CKA_SUBPRIME, &subprime))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_PRIME or CKA_SUBPRIME is missing");
	try(pkey_dl_make_generator(env->ossl, hash, prime, subprime, seed, (unsigned char)p.ulIndex, &base));
	return attr_list_set(key, CKA_BASE, secret_bytes(&base));
}

/* ---- rows ---------------------------------------------------------------------------------- */

static const struct mech_gen pair_gen = {.pair = dl_key_pair, .key_type = CKK_DSA};
static const struct mech_gen group_gen = {.key = dl_key_group, .object_class = CKO_DOMAIN_PARAMETERS, .key_type = CKK_DSA};
static const struct mech_gen primes_gen = {
	.key = make_primes, .object_class = CKO_DOMAIN_PARAMETERS, .key_type = CKK_DSA, .takes_parameter = true, .copy = copy_primes};
static const CK_ATTRIBUTE_TYPE primes[] = {CKA_PRIME, CKA_SUBPRIME, 0};
static const struct mech_gen base_gen = {
	.key = make_base, .object_class = CKO_DOMAIN_PARAMETERS, .key_type = CKK_DSA, .takes_parameter = true, .given = primes};

#define SIGNS DL_DSA_SIZES, .key_types = {CKK_DSA}, .key_type_count = 1
#define HASHED(mechanism, alg)                                                             \
	{                                                                                          \
		.type = (mechanism), .flags = MECH_SIGNS_PARTS, SIGNS, .ops = &hash_sign_ops,       \
		.data = &(const struct hash_sign){.scheme = &scheme, .hash = (alg)},               \
	}

static const struct mech_row rows[] = {
	{.type = CKM_DSA_KEY_PAIR_GEN, .flags = CKF_GENERATE_KEY_PAIR, DL_DSA_SIZES, .gen = &pair_gen},
	{.type = CKM_DSA_PARAMETER_GEN, .flags = CKF_GENERATE, DL_DSA_SIZES, .gen = &group_gen},
	{
		.type = CKM_DSA_PROBABILISTIC_PARAMETER_GEN,
		.flags = CKF_GENERATE,
		DL_DSA_SIZES,
		.gen = &primes_gen,
		.data = &(const struct seeded){find_probable, 1},
	},
	{
		.type = CKM_DSA_SHAWE_TAYLOR_PARAMETER_GEN,
		.flags = CKF_GENERATE,
		.min_key = 1024,
		.max_key = 3072,
		.gen = &primes_gen,
		.data = &(const struct seeded){find_provable, 3},
	},
	{.type = CKM_DSA_FIPS_G_GEN, .flags = CKF_GENERATE, DL_DSA_SIZES, .gen = &base_gen},
	{.type = CKM_DSA, .flags = MECH_SIGNS, SIGNS, .ops = &bare_ops, .unsaveable = asym_single_part},
	HASHED(CKM_DSA_SHA1, DIGEST_SHA1),
	HASHED(CKM_DSA_SHA224, DIGEST_SHA224),
	HASHED(CKM_DSA_SHA256, DIGEST_SHA256),
	HASHED(CKM_DSA_SHA384, DIGEST_SHA384),
	HASHED(CKM_DSA_SHA512, DIGEST_SHA512),
	HASHED(CKM_DSA_SHA3_224, DIGEST_SHA3_224),
	HASHED(CKM_DSA_SHA3_256, DIGEST_SHA3_256),
	HASHED(CKM_DSA_SHA3_384, DIGEST_SHA3_384),
	HASHED(CKM_DSA_SHA3_512, DIGEST_SHA3_512),
};

static const struct mech_key_type key_types[] = {
	{
		.type = CKK_DSA,
		.complete = dl_key_complete,
		.load = dl_key_load,
		.to_pkcs8 = dl_key_to_pkcs8,
		.from_pkcs8 = dl_key_from_pkcs8,
		.public_half = dl_key_public_half,
	},
};

extern const struct mech_family mech_family_dsa;
const struct mech_family mech_family_dsa = {
	.name = "dsa",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
