/* SPDX-License-Identifier: Apache-2.0 */
/* Camellia: its keys and the rows of its modes and MACs. The modes are block_*.c's. */
#include "mech/block.h"
#include "mech/block_mac.h"
#include "mech/secret_key.h"
#include "mech/wrap.h"

static const struct secret_key_kind kind = {.min = 16, .max = 32, .step = 8, .check_value = secret_key_check_block, .cipher = CIPHER_CAMELLIA};

/* Key sizes in bytes. */
#define KEYS .min_key = 16, .max_key = 32, .key_types = {CKK_CAMELLIA}, .key_type_count = 1

static const struct mech_row rows[] = {
	{.type = CKM_CAMELLIA_KEY_GEN, .flags = CKF_GENERATE, .min_key = 16, .max_key = 32, .gen = SECRET_KEY_GEN(CKK_CAMELLIA)},
	BLOCK_ROW(CKM_CAMELLIA_ECB, KEYS, block_ecb_ops, CIPHER_CAMELLIA, CIPHER_ECB, BLOCK_EXACT, mech_wrap_blocks),
	BLOCK_ROW(CKM_CAMELLIA_CBC, KEYS, block_cbc_ops, CIPHER_CAMELLIA, CIPHER_CBC, BLOCK_EXACT, mech_wrap_blocks),
	BLOCK_ROW(CKM_CAMELLIA_CBC_PAD, KEYS, block_cbc_ops, CIPHER_CAMELLIA, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any),
	BLOCK_ROW(CKM_CAMELLIA_CTR, KEYS, block_ctr_ops, CIPHER_CAMELLIA, CIPHER_CTR, BLOCK_EXACT, mech_wrap_any),
	BLOCK_MAC_ROW(CKM_CAMELLIA_MAC, KEYS, block_mac_ops, CIPHER_CAMELLIA, BLOCK_MAC_CBC, CIPHER_BLOCK / 2),
	BLOCK_MAC_ROW(CKM_CAMELLIA_MAC_GENERAL, KEYS, block_mac_general_ops, CIPHER_CAMELLIA, BLOCK_MAC_CBC, CIPHER_BLOCK / 2),
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_CAMELLIA, .secret = &kind},
};

extern const struct mech_family mech_family_camellia;
const struct mech_family mech_family_camellia = {
	.name = "camellia",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
