/* SPDX-License-Identifier: Apache-2.0 */
/* Blowfish (§6.45), CAST-128 and IDEA, whose blocks of 8 bytes are too short for much data: their keys and the rows of
 * their modes and MACs. The modes are block_*.c's. */
#include "mech/block.h"
#include "mech/block_mac.h"
#include "mech/secret_key.h"
#include "mech/wrap.h"

#define BLOCK 8

static const struct secret_key_kind blowfish = {.min = 1, .max = 56, .check_value = secret_key_check_block, .cipher = CIPHER_BLOWFISH};
static const struct secret_key_kind cast128 = {.min = 1, .max = 16, .check_value = secret_key_check_block, .cipher = CIPHER_CAST128};
static const struct secret_key_kind idea = {
	.min = 16, .max = 16, .no_length = true, .check_value = secret_key_check_block, .cipher = CIPHER_IDEA};

/* Zero bytes fill the last block of 8. */
static const struct mech_wrap wrap_blocks = {.fit = MECH_FIT_HEAD, .block = BLOCK};

/* Key sizes in bytes; the standard does not use IDEA's, which are fixed. */
#define BLOWFISH .min_key = 1, .max_key = 56, .key_types = {CKK_BLOWFISH}, .key_type_count = 1
#define CAST128 .min_key = 1, .max_key = 16, .key_types = {CKK_CAST128}, .key_type_count = 1
#define IDEA .key_types = {CKK_IDEA}, .key_type_count = 1

static const struct mech_row rows[] = {
	{.type = CKM_BLOWFISH_KEY_GEN, .flags = CKF_GENERATE, .min_key = 1, .max_key = 56, .gen = SECRET_KEY_GEN(CKK_BLOWFISH)},
	BLOCK_ROW(CKM_BLOWFISH_CBC, BLOWFISH, block_cbc_ops, CIPHER_BLOWFISH, CIPHER_CBC, BLOCK_EXACT, wrap_blocks),
	BLOCK_ROW(CKM_BLOWFISH_CBC_PAD, BLOWFISH, block_cbc_ops, CIPHER_BLOWFISH, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any),
	{.type = CKM_CAST128_KEY_GEN, .flags = CKF_GENERATE, .min_key = 1, .max_key = 16, .gen = SECRET_KEY_GEN(CKK_CAST128)},
	BLOCK_ROW(CKM_CAST128_ECB, CAST128, block_ecb_ops, CIPHER_CAST128, CIPHER_ECB, BLOCK_EXACT, wrap_blocks),
	BLOCK_ROW(CKM_CAST128_CBC, CAST128, block_cbc_ops, CIPHER_CAST128, CIPHER_CBC, BLOCK_EXACT, wrap_blocks),
	BLOCK_ROW(CKM_CAST128_CBC_PAD, CAST128, block_cbc_ops, CIPHER_CAST128, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any),
	BLOCK_MAC_ROW(CKM_CAST128_MAC, CAST128, block_mac_ops, CIPHER_CAST128, BLOCK_MAC_CBC, BLOCK / 2),
	BLOCK_MAC_ROW(CKM_CAST128_MAC_GENERAL, CAST128, block_mac_general_ops, CIPHER_CAST128, BLOCK_MAC_CBC, BLOCK / 2),
	{.type = CKM_IDEA_KEY_GEN, .flags = CKF_GENERATE, .gen = SECRET_KEY_GEN(CKK_IDEA)},
	BLOCK_ROW(CKM_IDEA_ECB, IDEA, block_ecb_ops, CIPHER_IDEA, CIPHER_ECB, BLOCK_EXACT, wrap_blocks),
	BLOCK_ROW(CKM_IDEA_CBC, IDEA, block_cbc_ops, CIPHER_IDEA, CIPHER_CBC, BLOCK_EXACT, wrap_blocks),
	BLOCK_ROW(CKM_IDEA_CBC_PAD, IDEA, block_cbc_ops, CIPHER_IDEA, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any),
	BLOCK_MAC_ROW(CKM_IDEA_MAC, IDEA, block_mac_ops, CIPHER_IDEA, BLOCK_MAC_CBC, BLOCK / 2),
	BLOCK_MAC_ROW(CKM_IDEA_MAC_GENERAL, IDEA, block_mac_general_ops, CIPHER_IDEA, BLOCK_MAC_CBC, BLOCK / 2),
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_BLOWFISH, .secret = &blowfish},
	{.type = CKK_CAST128, .secret = &cast128},
	{.type = CKK_IDEA, .secret = &idea},
};

extern const struct mech_family mech_family_old_ciphers;
const struct mech_family mech_family_old_ciphers = {
	.name = "old_ciphers",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
