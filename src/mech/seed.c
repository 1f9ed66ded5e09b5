/* SPDX-License-Identifier: Apache-2.0 */
/* SEED: its keys and the rows of its modes and MACs. The modes are block_*.c's. */
#include "mech/block.h"
#include "mech/block_mac.h"
#include "mech/secret_key.h"
#include "mech/wrap.h"

static const struct secret_key_kind kind = {.min = 16, .max = 16, .no_length = true, .check_value = secret_key_check_block, .cipher = CIPHER_SEED};

/* Key sizes in bytes. */
#define KEYS .min_key = 16, .max_key = 16, .key_types = {CKK_SEED}, .key_type_count = 1

static const struct mech_row rows[] = {
	{.type = CKM_SEED_KEY_GEN, .flags = CKF_GENERATE, .min_key = 16, .max_key = 16, .gen = SECRET_KEY_GEN(CKK_SEED)},
	BLOCK_ROW(CKM_SEED_ECB, KEYS, block_ecb_ops, CIPHER_SEED, CIPHER_ECB, BLOCK_EXACT, mech_wrap_blocks),
	BLOCK_ROW(CKM_SEED_CBC, KEYS, block_cbc_ops, CIPHER_SEED, CIPHER_CBC, BLOCK_EXACT, mech_wrap_blocks),
	BLOCK_ROW(CKM_SEED_CBC_PAD, KEYS, block_cbc_ops, CIPHER_SEED, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any),
	BLOCK_MAC_ROW(CKM_SEED_MAC, KEYS, block_mac_ops, CIPHER_SEED, BLOCK_MAC_CBC, CIPHER_BLOCK / 2),
	BLOCK_MAC_ROW(CKM_SEED_MAC_GENERAL, KEYS, block_mac_general_ops, CIPHER_SEED, BLOCK_MAC_CBC, CIPHER_BLOCK / 2),
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_SEED, .secret = &kind},
};

extern const struct mech_family mech_family_seed;
const struct mech_family mech_family_seed = {
	.name = "seed",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
