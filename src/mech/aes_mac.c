/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of AES as a MAC: CBC-MAC, CMAC, XCBC-MAC. The MACs are block_mac.c's. */
#include "mech/block_mac.h"

/* Key sizes in bytes; XCBC is defined for 16 (RFC 3566). */
#define ROW(mechanism, steps, kind_name, len, max) \
	{.type = (mechanism), .flags = MECH_SIGNS_PARTS, .min_key = 16, .max_key = (max), .key_types = {CKK_AES}, \
	 .key_type_count = 1, .ops = &(steps), \
	 .data = &(const struct block_mac){.alg = CIPHER_AES, .kind = (kind_name), .tag_len = (len)}}

static const struct mech_row rows[] = {
	ROW(CKM_AES_MAC, block_mac_ops, BLOCK_MAC_CBC, 8, 32),
	ROW(CKM_AES_MAC_GENERAL, block_mac_general_ops, BLOCK_MAC_CBC, 8, 32),
	ROW(CKM_AES_CMAC, block_mac_ops, BLOCK_MAC_CMAC, 16, 32),
	ROW(CKM_AES_CMAC_GENERAL, block_mac_general_ops, BLOCK_MAC_CMAC, 16, 32),
	ROW(CKM_AES_XCBC_MAC, block_mac_ops, BLOCK_MAC_XCBC, 16, 16),
	ROW(CKM_AES_XCBC_MAC_96, block_mac_ops, BLOCK_MAC_XCBC, 12, 16),
};

extern const struct mech_family mech_family_aes_mac;
const struct mech_family mech_family_aes_mac = {.name = "aes_mac", .rows = rows, .row_count = array_len(rows)};
