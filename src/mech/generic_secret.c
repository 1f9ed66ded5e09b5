/* SPDX-License-Identifier: Apache-2.0 */
/* Generic secrets, which have no algorithm of their own, and the key types of the HMACs, which are the same under
 * another name. Made by CKM_GENERIC_SECRET_KEY_GEN, by the hash function's CKM_*_KEY_GEN, or from outside. */
#include "mech/generic_secret.h"

#include <string.h>

#include "crypto/hash.h"
#include "mech/secret_key.h"

static bool length_fits(CK_ULONG len)
{
	return len >= GENERIC_SECRET_MIN && len <= GENERIC_SECRET_MAX;
}

/* The first bytes of the value's SHA-1 (§6.8.2). */
static CK_RV check_value(const struct mech_env *env, struct bytes value, unsigned char ret[SECRET_KEY_CHECK_LEN])
{
	unsigned char hash[20];

	(void)env;
	hash_sha1(value, hash);
	memcpy(ret, hash, SECRET_KEY_CHECK_LEN);
	wipe(hash, sizeof(hash));
	return CKR_OK;
}

static const struct secret_key_kind kind = {.length_fits = length_fits, .check_value = check_value};

static CK_RV complete(const struct mech_env *env, struct attr_list *key)
{
	return secret_key_complete(env, &kind, key);
}

static CK_RV load(const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	(void)env;
	return secret_key_load(&kind, a, ret);
}

static CK_RV generate(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key)
{
	(void)row;
	return secret_key_generate(env, &kind, m, key);
}

static const struct mech_gen gen = {.key = generate, .object_class = CKO_SECRET_KEY, .key_type = CKK_GENERIC_SECRET};

/* Key sizes in bytes here. */
#define HMAC_GEN(mechanism, hmac_type) \
	{.type = (mechanism), .flags = CKF_GENERATE, .min_key = GENERIC_SECRET_MIN, .max_key = GENERIC_SECRET_MAX, \
	 .gen = &(const struct mech_gen){.key = generate, .object_class = CKO_SECRET_KEY, .key_type = (hmac_type)}}

/* Key sizes in bits for the first (§6.8.3). */
static const struct mech_row rows[] = {
	{
		.type = CKM_GENERIC_SECRET_KEY_GEN,
		.flags = CKF_GENERATE,
		.min_key = 8 * GENERIC_SECRET_MIN,
		.max_key = 8 * GENERIC_SECRET_MAX,
		.gen = &gen,
	},
	HMAC_GEN(CKM_SHA_1_KEY_GEN, CKK_SHA_1_HMAC),
	HMAC_GEN(CKM_SHA224_KEY_GEN, CKK_SHA224_HMAC),
	HMAC_GEN(CKM_SHA256_KEY_GEN, CKK_SHA256_HMAC),
	HMAC_GEN(CKM_SHA384_KEY_GEN, CKK_SHA384_HMAC),
	HMAC_GEN(CKM_SHA512_KEY_GEN, CKK_SHA512_HMAC),
	HMAC_GEN(CKM_SHA512_224_KEY_GEN, CKK_SHA512_224_HMAC),
	HMAC_GEN(CKM_SHA512_256_KEY_GEN, CKK_SHA512_256_HMAC),
	HMAC_GEN(CKM_SHA3_224_KEY_GEN, CKK_SHA3_224_HMAC),
	HMAC_GEN(CKM_SHA3_256_KEY_GEN, CKK_SHA3_256_HMAC),
	HMAC_GEN(CKM_SHA3_384_KEY_GEN, CKK_SHA3_384_HMAC),
	HMAC_GEN(CKM_SHA3_512_KEY_GEN, CKK_SHA3_512_HMAC),
	HMAC_GEN(CKM_BLAKE2B_160_KEY_GEN, CKK_BLAKE2B_160_HMAC),
	HMAC_GEN(CKM_BLAKE2B_256_KEY_GEN, CKK_BLAKE2B_256_HMAC),
	HMAC_GEN(CKM_BLAKE2B_384_KEY_GEN, CKK_BLAKE2B_384_HMAC),
	HMAC_GEN(CKM_BLAKE2B_512_KEY_GEN, CKK_BLAKE2B_512_HMAC),
};

#define KEY_TYPE(name) {.type = (name), .complete = complete, .load = load, .value_fits = length_fits}

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
};

extern const struct mech_family mech_family_generic_secret;
const struct mech_family mech_family_generic_secret = {
	.name = "generic_secret",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
