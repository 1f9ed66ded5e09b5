/* SPDX-License-Identifier: Apache-2.0 */
/* SEED: its keys and the rows of its modes and MACs. The modes are block_*.c's. */
#include "mech/block.h"
#include "mech/block_key.h"
#include "mech/block_mac.h"
#include "mech/wrap.h"

static bool length_fits(CK_ULONG len)
{
	return cipher_key_fits(CIPHER_SEED, len);
}

static CK_RV check_value(const struct mech_env *env, struct bytes value, unsigned char ret[SECRET_KEY_CHECK_LEN])
{
	return block_key_check_value(env, CIPHER_SEED, value, ret);
}

static const struct secret_key_kind kind = {.length_fits = length_fits, .check_value = check_value, .fixed_len = 16};

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

static const struct mech_gen gen = {.key = generate, .object_class = CKO_SECRET_KEY, .key_type = CKK_SEED};

/* Key sizes in bytes. */
#define SEED .min_key = 16, .max_key = 16, .key_types = {CKK_SEED}, .key_type_count = 1
#define ROW(mechanism, steps, mode_name, end_name, way) \
	{.type = (mechanism), .flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP, SEED, .ops = &(steps), .wrap = &(way), \
	 .data = &(const struct block_mode){.alg = CIPHER_SEED, .mode = (mode_name), .end = (end_name)}}
#define MAC_ROW(mechanism, steps) \
	{.type = (mechanism), .flags = MECH_SIGNS_PARTS, SEED, .ops = &(steps), \
	 .data = &(const struct block_mac){.alg = CIPHER_SEED, .kind = BLOCK_MAC_CBC, .tag_len = CIPHER_BLOCK / 2}}

static const struct mech_row rows[] = {
	{.type = CKM_SEED_KEY_GEN, .flags = CKF_GENERATE, .min_key = 16, .max_key = 16, .gen = &gen},
	ROW(CKM_SEED_ECB, block_ecb_ops, CIPHER_ECB, BLOCK_EXACT, mech_wrap_blocks),
	ROW(CKM_SEED_CBC, block_cbc_ops, CIPHER_CBC, BLOCK_EXACT, mech_wrap_blocks),
	ROW(CKM_SEED_CBC_PAD, block_cbc_ops, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any),
	MAC_ROW(CKM_SEED_MAC, block_mac_ops),
	MAC_ROW(CKM_SEED_MAC_GENERAL, block_mac_general_ops),
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_SEED, .complete = complete, .load = load, .value_fits = length_fits},
};

extern const struct mech_family mech_family_seed;
const struct mech_family mech_family_seed = {
	.name = "seed",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
