/* SPDX-License-Identifier: Apache-2.0 */
/* AES keys: 16, 24 or 32 bytes; made by CKM_AES_KEY_GEN or from outside. Knows no mode. */
#include "mech/block_key.h"

static bool length_fits(CK_ULONG len)
{
	return len == 16 || len == 24 || len == 32;
}

static CK_RV check_value(const struct mech_env *env, struct bytes value, unsigned char ret[SECRET_KEY_CHECK_LEN])
{
	return block_key_check_value(env, CIPHER_AES, value, ret);
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

static const struct mech_gen gen = {.key = generate, .object_class = CKO_SECRET_KEY, .key_type = CKK_AES};

/* Key sizes in bytes. */
static const struct mech_row rows[] = {
	{.type = CKM_AES_KEY_GEN, .flags = CKF_GENERATE, .min_key = 16, .max_key = 32, .gen = &gen},
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_AES, .complete = complete, .load = load, .value_fits = length_fits},
};

extern const struct mech_family mech_family_aes_key;
const struct mech_family mech_family_aes_key = {
	.name = "aes_key",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
