/* SPDX-License-Identifier: Apache-2.0 */
/* ARIA: its keys and the rows of its modes and MACs. The modes are block_*.c's. */
#include "mech/block.h"
#include "mech/block_mac.h"
#include "mech/secret_key.h"
#include "mech/wrap.h"

static const struct secret_key_kind kind = {.min = 16, .max = 32, .step = 8, .check_value = secret_key_check_block, .cipher = CIPHER_ARIA};

/* Key sizes in bytes. */
#define KEYS .min_key = 16, .max_key = 32, .key_types = {CKK_ARIA}, .key_type_count = 1

static const struct mech_row rows[] = {
	{.type = CKM_ARIA_KEY_GEN, .flags = CKF_GENERATE, .min_key = 16, .max_key = 32, .gen = SECRET_KEY_GEN(CKK_ARIA)},
	BLOCK_ROW(CKM_ARIA_ECB, KEYS, block_ecb_ops, CIPHER_ARIA, CIPHER_ECB, BLOCK_EXACT, mech_wrap_blocks),
	BLOCK_ROW(CKM_ARIA_CBC, KEYS, block_cbc_ops, CIPHER_ARIA, CIPHER_CBC, BLOCK_EXACT, mech_wrap_blocks),
	BLOCK_ROW(CKM_ARIA_CBC_PAD, KEYS, block_cbc_ops, CIPHER_ARIA, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any),
	BLOCK_MAC_ROW(CKM_ARIA_MAC, KEYS, block_mac_ops, CIPHER_ARIA, BLOCK_MAC_CBC, CIPHER_BLOCK / 2),
	BLOCK_MAC_ROW(CKM_ARIA_MAC_GENERAL, KEYS, block_mac_general_ops, CIPHER_ARIA, BLOCK_MAC_CBC, CIPHER_BLOCK / 2),
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_ARIA, .secret = &kind},
};

extern const struct mech_family mech_family_aria;
const struct mech_family mech_family_aria = {
	.name = "aria",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
