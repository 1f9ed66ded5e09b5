/* SPDX-License-Identifier: Apache-2.0 */
/* DES with one, two and three keys, for data of old: single DES is broken by trying all keys. Keys must have odd parity
 * (§6.18). The modes are block_*.c's. */
#include "base/log.h"
#include "mech/block.h"
#include "mech/block_mac.h"
#include "mech/secret_key.h"
#include "mech/wrap.h"

#define BLOCK 8

/* ---- keys ---------------------------------------------------------------------------------- */

static unsigned char with_parity(unsigned char byte)
{
	unsigned ones = 0;

	for (unsigned i = 1; i < 8; i++)
		ones += byte >> i & 1;
	return (unsigned char)((byte & 0xfe) | (~ones & 1));
}

static void set_parity(unsigned char *value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		value[i] = with_parity(value[i]);
}

/* Says nothing of which byte is wrong. */
static bool parity_right(struct bytes value)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < value.len; i++)
		wrong |= (unsigned)(value.data[i] ^ with_parity(value.data[i]));
	return wrong == 0;
}

/* Two equal neighbours are single DES. */
static bool parts_differ(struct bytes value)
{
	bool differ = true;

	for (size_t at = 8; at + 8 <= value.len; at += 8)
		differ = differ && !secret_equal(bytes_of(value.data + at - 8, 8), bytes_of(value.data + at, 8));
	return differ;
}

static CK_RV examine(struct bytes value)
{
	if (!parity_right(value) || !parts_differ(value))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a DES key without odd parity, or one that is single DES");
	return CKR_OK;
}

#define KIND(len) \
	{.min = (len), .max = (len), .no_length = true, .check_value = secret_key_check_block, .cipher = CIPHER_DES3, \
	 .examine = examine, .shape = set_parity}

static const struct secret_key_kind one = KIND(8), two = KIND(16), three = KIND(24);

/* ---- rows ---------------------------------------------------------------------------------- */

/* Zero bytes fill the last block of 8. */
static const struct mech_wrap wrap_blocks = {.fit = MECH_FIT_HEAD, .block = BLOCK};

/* The standard does not use the key sizes: they are fixed. */
#define DES .key_types = {CKK_DES}, .key_type_count = 1
#define DES3 .key_types = {CKK_DES2, CKK_DES3}, .key_type_count = 2
#define ANY_DES .key_types = {CKK_DES, CKK_DES2, CKK_DES3}, .key_type_count = 3

static const struct mech_row rows[] = {
	{.type = CKM_DES_KEY_GEN, .flags = CKF_GENERATE, .gen = SECRET_KEY_GEN(CKK_DES)},
	{.type = CKM_DES2_KEY_GEN, .flags = CKF_GENERATE, .gen = SECRET_KEY_GEN(CKK_DES2)},
	{.type = CKM_DES3_KEY_GEN, .flags = CKF_GENERATE, .gen = SECRET_KEY_GEN(CKK_DES3)},
	BLOCK_ROW(CKM_DES_ECB, DES, block_ecb_ops, CIPHER_DES3, CIPHER_ECB, BLOCK_EXACT, wrap_blocks),
	BLOCK_ROW(CKM_DES_CBC, DES, block_cbc_ops, CIPHER_DES3, CIPHER_CBC, BLOCK_EXACT, wrap_blocks),
	BLOCK_ROW(CKM_DES_CBC_PAD, DES, block_cbc_ops, CIPHER_DES3, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any),
	BLOCK_MAC_ROW(CKM_DES_MAC, DES, block_mac_ops, CIPHER_DES3, BLOCK_MAC_CBC, BLOCK / 2),
	BLOCK_MAC_ROW(CKM_DES_MAC_GENERAL, DES, block_mac_general_ops, CIPHER_DES3, BLOCK_MAC_CBC, BLOCK / 2),
	BLOCK_ROW(CKM_DES3_ECB, DES3, block_ecb_ops, CIPHER_DES3, CIPHER_ECB, BLOCK_EXACT, wrap_blocks),
	BLOCK_ROW(CKM_DES3_CBC, DES3, block_cbc_ops, CIPHER_DES3, CIPHER_CBC, BLOCK_EXACT, wrap_blocks),
	BLOCK_ROW(CKM_DES3_CBC_PAD, DES3, block_cbc_ops, CIPHER_DES3, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any),
	BLOCK_MAC_ROW(CKM_DES3_MAC, DES3, block_mac_ops, CIPHER_DES3, BLOCK_MAC_CBC, BLOCK / 2),
	BLOCK_MAC_ROW(CKM_DES3_MAC_GENERAL, DES3, block_mac_general_ops, CIPHER_DES3, BLOCK_MAC_CBC, BLOCK / 2),
	BLOCK_MAC_ROW(CKM_DES3_CMAC, DES3, block_mac_ops, CIPHER_DES3, BLOCK_MAC_CMAC, BLOCK),
	BLOCK_MAC_ROW(CKM_DES3_CMAC_GENERAL, DES3, block_mac_general_ops, CIPHER_DES3, BLOCK_MAC_CMAC, BLOCK),
	BLOCK_STREAM_ROW(CKM_DES_OFB64, ANY_DES, block_stream_ops, CIPHER_DES3, CIPHER_OFB),
	BLOCK_STREAM_ROW(CKM_DES_OFB8, ANY_DES, block_ofb8_ops, CIPHER_DES3, CIPHER_ECB),
	BLOCK_STREAM_ROW(CKM_DES_CFB64, ANY_DES, block_stream_ops, CIPHER_DES3, CIPHER_CFB),
	BLOCK_STREAM_ROW(CKM_DES_CFB8, ANY_DES, block_stream_ops, CIPHER_DES3, CIPHER_CFB8),
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_DES, .secret = &one},
	{.type = CKK_DES2, .secret = &two},
	{.type = CKK_DES3, .secret = &three},
};

extern const struct mech_family mech_family_des;
const struct mech_family mech_family_des = {
	.name = "des",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
