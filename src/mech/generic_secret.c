/* SPDX-License-Identifier: Apache-2.0 */
/* Generic secrets, which have no algorithm of their own, and the key types of the HMACs, which are the same under
 * another name. Made by CKM_GENERIC_SECRET_KEY_GEN, by the hash function's CKM_*_KEY_GEN, or from outside. */
#include "mech/generic_secret.h"

#include "mech/secret_key.h"

static const struct secret_key_kind kind = {.min = GENERIC_SECRET_MIN, .max = GENERIC_SECRET_MAX, .check_value = secret_key_check_hash};

/* Key sizes in bytes here. */
#define HMAC_GEN(mechanism, hmac_type) \
	{.type = (mechanism), .flags = CKF_GENERATE, .min_key = GENERIC_SECRET_MIN, .max_key = GENERIC_SECRET_MAX, \
	 .gen = SECRET_KEY_GEN(hmac_type)}

/* Key sizes in bits for the first (§6.8.3). */
static const struct mech_row rows[] = {
	{
		.type = CKM_GENERIC_SECRET_KEY_GEN,
		.flags = CKF_GENERATE,
		.min_key = 8 * GENERIC_SECRET_MIN,
		.max_key = 8 * GENERIC_SECRET_MAX,
		.gen = SECRET_KEY_GEN(CKK_GENERIC_SECRET),
	},
	HMAC_GEN(CKM_SHA_1_KEY_GEN, CKK_SHA_1_HMAC),
	HMAC_GEN(CKM_SHA224_KEY_GEN, CKK_SHA224_HMAC),
	HMAC_GEN(CKM_SHA256_KEY_GEN, CKK_SHA256_HMAC),
	HMAC_GEN(CKM_SHA384_KEY_GEN, CKK_SHA384_HMAC),
	HMAC_GEN(CKM_SHA512_KEY_GEN, CKK_SHA512_HMAC),
	HMAC_GEN(CKM_SHA512_224_KEY_GEN, CKK_SHA512_224_HMAC),
	HMAC_GEN(CKM_SHA512_256_KEY_GEN, CKK_SHA512_256_HMAC),
	HMAC_GEN(CKM_SHA512_T_KEY_GEN, CKK_SHA512_T_HMAC),
	HMAC_GEN(CKM_SHA3_224_KEY_GEN, CKK_SHA3_224_HMAC),
	HMAC_GEN(CKM_SHA3_256_KEY_GEN, CKK_SHA3_256_HMAC),
	HMAC_GEN(CKM_SHA3_384_KEY_GEN, CKK_SHA3_384_HMAC),
	HMAC_GEN(CKM_SHA3_512_KEY_GEN, CKK_SHA3_512_HMAC),
	HMAC_GEN(CKM_BLAKE2B_160_KEY_GEN, CKK_BLAKE2B_160_HMAC),
	HMAC_GEN(CKM_BLAKE2B_256_KEY_GEN, CKK_BLAKE2B_256_HMAC),
	HMAC_GEN(CKM_BLAKE2B_384_KEY_GEN, CKK_BLAKE2B_384_HMAC),
	HMAC_GEN(CKM_BLAKE2B_512_KEY_GEN, CKK_BLAKE2B_512_HMAC),
};

#define KEY_TYPE(name) {.type = (name), .secret = &kind}

static const struct mech_key_type key_types[] = {
	KEY_TYPE(CKK_GENERIC_SECRET),
	KEY_TYPE(CKK_SHA_1_HMAC),
	KEY_TYPE(CKK_SHA224_HMAC),
	KEY_TYPE(CKK_SHA256_HMAC),
	KEY_TYPE(CKK_SHA384_HMAC),
	KEY_TYPE(CKK_SHA512_HMAC),
	KEY_TYPE(CKK_SHA512_224_HMAC),
	KEY_TYPE(CKK_SHA512_256_HMAC),
	KEY_TYPE(CKK_SHA3_224_HMAC),
	KEY_TYPE(CKK_SHA3_256_HMAC),
	KEY_TYPE(CKK_SHA3_384_HMAC),
	KEY_TYPE(CKK_SHA3_512_HMAC),
	KEY_TYPE(CKK_BLAKE2B_160_HMAC),
	KEY_TYPE(CKK_BLAKE2B_256_HMAC),
	KEY_TYPE(CKK_BLAKE2B_384_HMAC),
	KEY_TYPE(CKK_BLAKE2B_512_HMAC),
	KEY_TYPE(CKK_RIPEMD160_HMAC),
	KEY_TYPE(CKK_MD5_HMAC),
	KEY_TYPE(CKK_SHA512_T_HMAC),
};

extern const struct mech_family mech_family_generic_secret;
const struct mech_family mech_family_generic_secret = {
	.name = "generic_secret",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
