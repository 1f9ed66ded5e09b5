/* SPDX-License-Identifier: Apache-2.0 */
/* Generic secrets, which have no algorithm of their own, and the key types of the HMACs, which are the same under
 * another name. Made by CKM_GENERIC_SECRET_KEY_GEN or from outside. */
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

/* Key sizes in bits here (§6.8.3). */
static const struct mech_row rows[] = {
	{
		.type = CKM_GENERIC_SECRET_KEY_GEN,
		.flags = CKF_GENERATE,
		.min_key = 8 * GENERIC_SECRET_MIN,
		.max_key = 8 * GENERIC_SECRET_MAX,
		.gen = &gen,
	},
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
};

extern const struct mech_family mech_family_generic_secret;
const struct mech_family mech_family_generic_secret = {
	.name = "generic_secret",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
