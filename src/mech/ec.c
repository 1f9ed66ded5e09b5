/* SPDX-License-Identifier: Apache-2.0 */
/* The family of keys on short Weierstrass curves, over prime and binary fields: its rows. */
#include "mech/asym.h"
#include "mech/ec_key.h"
#include "mech/ecdsa.h"
#include "mech/pkcs8.h"

/* The sizes of the curves' fields, in bits. */
#define MIN_BITS 112
#define MAX_BITS 571

#define EC_FLAGS (CKF_EC_F_P | CKF_EC_F_2M | CKF_EC_OID | CKF_EC_CURVENAME | CKF_EC_UNCOMPRESS | CKF_EC_COMPRESS)

#define HASHED(mechanism, alg)                                                                    \
	{                                                                                                 \
		.type = (mechanism), .flags = MECH_SIGNS_PARTS | EC_FLAGS, .min_key = MIN_BITS,      \
		.max_key = MAX_BITS, .key_types = {CKK_EC}, .key_type_count = 1, .ops = &hash_sign_ops,    \
		.data = &(const struct hash_sign){.scheme = &ecdsa_scheme, .hash = (alg)},                \
	}

static const struct mech_gen pair_gen = {.pair = ec_key_pair, .key_type = CKK_EC};

static const struct mech_row rows[] = {
	{
		.type = CKM_EC_KEY_PAIR_GEN,
		.flags = CKF_GENERATE_KEY_PAIR | EC_FLAGS,
		.min_key = MIN_BITS,
		.max_key = MAX_BITS,
		.gen = &pair_gen,
	},
	{
		.type = CKM_EC_KEY_PAIR_GEN_W_EXTRA_BITS,
		.flags = CKF_GENERATE_KEY_PAIR | EC_FLAGS,
		.min_key = MIN_BITS,
		.max_key = MAX_BITS,
		.gen = &pair_gen,
	},
	{
		.type = CKM_ECDSA,
		.flags = MECH_SIGNS | EC_FLAGS,
		.min_key = MIN_BITS,
		.max_key = MAX_BITS,
		.key_types = {CKK_EC},
		.key_type_count = 1,
		.ops = &ecdsa_ops,
		.unsaveable = asym_single_part,
	},
	HASHED(CKM_ECDSA_SHA1, DIGEST_SHA1),
	HASHED(CKM_ECDSA_SHA224, DIGEST_SHA224),
	HASHED(CKM_ECDSA_SHA256, DIGEST_SHA256),
	HASHED(CKM_ECDSA_SHA384, DIGEST_SHA384),
	HASHED(CKM_ECDSA_SHA512, DIGEST_SHA512),
	HASHED(CKM_ECDSA_SHA3_224, DIGEST_SHA3_224),
	HASHED(CKM_ECDSA_SHA3_256, DIGEST_SHA3_256),
	HASHED(CKM_ECDSA_SHA3_384, DIGEST_SHA3_384),
	HASHED(CKM_ECDSA_SHA3_512, DIGEST_SHA3_512),
};

static const struct mech_key_type key_types[] = {
	{
		.type = CKK_EC,
		.complete = ec_key_complete,
		.load = ec_key_load,
		.to_pkcs8 = pkcs8_from_ec,
		.from_pkcs8 = pkcs8_to_ec,
		.public_half = ec_key_public_half,
	},
};

const struct mech_family mech_family_ec = {
	.name = "ec",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
