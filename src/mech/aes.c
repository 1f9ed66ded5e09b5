/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of AES in its plain modes. The modes are block_*.c's, what wraps is wrap.c's. */
#include "mech/block.h"
#include "mech/wrap.h"

/* Key sizes in bytes. */
#define ROW(mechanism, steps, mode_name, end_name, way) \
	{.type = (mechanism), .flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP, .min_key = 16, .max_key = 32, \
	 .key_types = {CKK_AES}, .key_type_count = 1, .ops = &(steps), .wrap = &(way), \
	 .data = &(const struct block_mode){.alg = CIPHER_AES, .mode = (mode_name), .end = (end_name)}}

static const struct mech_row rows[] = {
	ROW(CKM_AES_ECB, block_ecb_ops, CIPHER_ECB, BLOCK_EXACT, mech_wrap_blocks),
	ROW(CKM_AES_CBC, block_cbc_ops, CIPHER_CBC, BLOCK_EXACT, mech_wrap_blocks),
	ROW(CKM_AES_CBC_PAD, block_cbc_ops, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any),
	ROW(CKM_AES_CTS, block_cbc_ops, CIPHER_CBC, BLOCK_STOLEN, mech_wrap_any),
	ROW(CKM_AES_CTR, block_ctr_ops, CIPHER_CTR, BLOCK_EXACT, mech_wrap_any),
	ROW(CKM_AES_OFB, block_stream_ops, CIPHER_OFB, BLOCK_EXACT, mech_wrap_any),
	ROW(CKM_AES_CFB1, block_stream_ops, CIPHER_CFB1, BLOCK_EXACT, mech_wrap_any),
	ROW(CKM_AES_CFB8, block_stream_ops, CIPHER_CFB8, BLOCK_EXACT, mech_wrap_any),
	ROW(CKM_AES_CFB64, block_cfb64_ops, CIPHER_ECB, BLOCK_EXACT, mech_wrap_any),
	ROW(CKM_AES_CFB128, block_stream_ops, CIPHER_CFB, BLOCK_EXACT, mech_wrap_any),
};

extern const struct mech_family mech_family_aes;
const struct mech_family mech_family_aes = {.name = "aes", .rows = rows, .row_count = array_len(rows)};
