/* SPDX-License-Identifier: Apache-2.0 */
/* The family of SLH-DSA (FIPS 205, §6.69): its rows. Key sizes are those of public keys, in bytes. */
#include "crypto/pkey_pq.h"
#include "mech/asym.h"
#include "mech/pq_key.h"
#include "mech/pq_sign.h"

#define KEYS .min_key = 32, .max_key = 64, .key_types = {CKK_SLH_DSA}, .key_type_count = 1

#define HASHED(mechanism, hash)                                                      \
	{                                                                                    \
		KEYS, .type = (mechanism), .flags = MECH_SIGNS_PARTS, .ops = &pq_sign_hashed_ops, \
		.data = &pq_sign_hashes[hash],                                               \
	}

static const struct mech_gen pair_gen = {.pair = pq_key_pair, .key_type = CKK_SLH_DSA};

static const struct mech_row rows[] = {
	{
		.type = CKM_SLH_DSA_KEY_PAIR_GEN,
		.flags = CKF_GENERATE_KEY_PAIR,
		.min_key = 32,
		.max_key = 64,
		.gen = &pair_gen,
	},
	{
		KEYS,
		.type = CKM_SLH_DSA,
		.flags = MECH_SIGNS,
		.ops = &pq_sign_pure_ops,
	},
	{
		KEYS,
		.type = CKM_HASH_SLH_DSA,
		.flags = MECH_SIGNS,
		.ops = &pq_sign_digest_ops,
		.unsaveable = asym_single_part,
	},
	HASHED(CKM_HASH_SLH_DSA_SHA224, PQ_SHA224),
	HASHED(CKM_HASH_SLH_DSA_SHA256, PQ_SHA256),
	HASHED(CKM_HASH_SLH_DSA_SHA384, PQ_SHA384),
	HASHED(CKM_HASH_SLH_DSA_SHA512, PQ_SHA512),
	HASHED(CKM_HASH_SLH_DSA_SHA3_224, PQ_SHA3_224),
	HASHED(CKM_HASH_SLH_DSA_SHA3_256, PQ_SHA3_256),
	HASHED(CKM_HASH_SLH_DSA_SHA3_384, PQ_SHA3_384),
	HASHED(CKM_HASH_SLH_DSA_SHA3_512, PQ_SHA3_512),
	HASHED(CKM_HASH_SLH_DSA_SHAKE128, PQ_SHAKE128),
	HASHED(CKM_HASH_SLH_DSA_SHAKE256, PQ_SHAKE256),
};

/* Thousands of hashes, to verify, too. */
static bool slow(const struct mech_key *k)
{
	(void)k;
	return true;
}

static const struct mech_key_type key_types[] = {
	{
		.type = CKK_SLH_DSA,
		.complete = pq_key_complete,
		.load = pq_key_load,
		.to_pkcs8 = pq_key_to_pkcs8,
		.from_pkcs8 = pq_key_from_pkcs8,
		.public_half = pq_key_public_half,
		.slow = slow,
	},
};

static bool present(void)
{
	return pkey_pq_works(PKEY_SLH_DSA);
}

extern const struct mech_family mech_family_slhdsa;
const struct mech_family mech_family_slhdsa = {
	.name = "slhdsa",
	.present = present,
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
