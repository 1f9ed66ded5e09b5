/* SPDX-License-Identifier: Apache-2.0 */
/* RC2, RC4 and RC5, for data of old: their keys, parameters and rows. RC5 has words of 32 bits and 8, 12 or 16 rounds, as
 * libcrypto has it. The modes are block_*.c's. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "mech/block.h"
#include "mech/block_mac.h"
#include "mech/secret_key.h"
#include "mech/wrap.h"

#define BLOCK 8
#define RC2_BITS_MAX 1024
#define RC5_WORD 4

static const struct secret_key_kind rc2 = {.min = 1, .max = 128, .check_value = secret_key_check_block, .cipher = CIPHER_RC2};
static const struct secret_key_kind rc5 = {.min = 1, .max = 255, .check_value = secret_key_check_block, .cipher = CIPHER_RC5};
/* No block is enciphered: key stream would give data away. */
static const struct secret_key_kind rc4 = {.min = 1, .max = 256, .check_value = secret_key_check_hash, .cipher = CIPHER_RC4};

/* ---- parameters ---------------------------------------------------------------------------- */

static CK_RV take(const CK_MECHANISM *m, void *ret, size_t size)
{
	if (m->pParameter == NULL || m->ulParameterLen != size)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s: a parameter of %lu bytes, not %zu", mech_name(m->mechanism),
		            (unsigned long)m->ulParameterLen, size);
	memcpy(ret, m->pParameter, size);
	return CKR_OK;
}

static CK_RV check_bits(CK_ULONG bits, unsigned *ret)
{
	if (!cipher_tuning_fits(CIPHER_RC2, bits))
		return fail(CKR_MECHANISM_PARAM_INVALID, "RC2 with %lu effective bits", (unsigned long)bits);
	*ret = (unsigned)bits;
	return CKR_OK;
}

static CK_RV check_rounds(CK_ULONG word, CK_ULONG rounds, unsigned *ret)
{
	if (word != RC5_WORD || !cipher_tuning_fits(CIPHER_RC5, rounds))
		return fail(CKR_MECHANISM_PARAM_INVALID, "RC5 with words of %lu bytes and %lu rounds", (unsigned long)word, (unsigned long)rounds);
	*ret = (unsigned)rounds;
	return CKR_OK;
}

static CK_RV rc2_ecb(const CK_MECHANISM *m, struct block_tuning *ret)
{
	CK_RC2_PARAMS bits = 0;

	try(take(m, &bits, sizeof(bits)));
	return check_bits(bits, &ret->cipher);
}

static CK_RV rc2_cbc(const CK_MECHANISM *m, struct block_tuning *ret)
{
	CK_RC2_CBC_PARAMS p;

	try(take(m, &p, sizeof(p)));
	memcpy(ret->iv, p.iv, BLOCK);
	return check_bits(p.ulEffectiveBits, &ret->cipher);
}

static CK_RV rc2_mac(const CK_MECHANISM *m, unsigned *ret_tuning, CK_ULONG *ret_len)
{
	CK_RC2_PARAMS bits = 0;

	(void)ret_len;
	try(take(m, &bits, sizeof(bits)));
	return check_bits(bits, ret_tuning);
}

static CK_RV rc2_mac_general(const CK_MECHANISM *m, unsigned *ret_tuning, CK_ULONG *ret_len)
{
	CK_RC2_MAC_GENERAL_PARAMS p;

	try(take(m, &p, sizeof(p)));
	*ret_len = p.ulMacLength;
	return check_bits(p.ulEffectiveBits, ret_tuning);
}

static CK_RV rc5_ecb(const CK_MECHANISM *m, struct block_tuning *ret)
{
	CK_RC5_PARAMS p;

	try(take(m, &p, sizeof(p)));
	return check_rounds(p.ulWordsize, p.ulRounds, &ret->cipher);
}

static CK_RV rc5_cbc(const CK_MECHANISM *m, struct block_tuning *ret)
{
	CK_RC5_CBC_PARAMS p;

	try(take(m, &p, sizeof(p)));
	if (p.pIv == NULL || p.ulIvLen != BLOCK)
		return fail(CKR_MECHANISM_PARAM_INVALID, "an RC5 IV of %lu bytes", (unsigned long)p.ulIvLen);
	memcpy(ret->iv, p.pIv, BLOCK);
	return check_rounds(p.ulWordsize, p.ulRounds, &ret->cipher);
}

static CK_RV rc5_mac(const CK_MECHANISM *m, unsigned *ret_tuning, CK_ULONG *ret_len)
{
	CK_RC5_PARAMS p;

	(void)ret_len;
	try(take(m, &p, sizeof(p)));
	return check_rounds(p.ulWordsize, p.ulRounds, ret_tuning);
}

static CK_RV rc5_mac_general(const CK_MECHANISM *m, unsigned *ret_tuning, CK_ULONG *ret_len)
{
	CK_RC5_MAC_GENERAL_PARAMS p;

	try(take(m, &p, sizeof(p)));
	*ret_len = p.ulMacLength;
	return check_rounds(p.ulWordsize, p.ulRounds, ret_tuning);
}

/* ---- RC4 ----------------------------------------------------------------------------------- */

static CK_RV rc4_start(struct mech_op *op)
{
	if (!secret_key_fits(&rc4, op->key->value.len))
		return fail(CKR_KEY_SIZE_RANGE, "an RC4 key of %zu bytes", op->key->value.len);
	return CKR_OK;
}

static CK_RV rc4_update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct cipher *c = op->state;

	if (c == NULL) {
		c = mem_secret_alloc(sizeof(*c));
		if (c == NULL)
			return CKR_HOST_MEMORY;
		op->state = c;
		try(cipher_start_any(op->env->ossl, c, CIPHER_RC4, CIPHER_CTR, true, secret_bytes(&op->key->value), NULL));
	}
	try(cipher_run(c, in, out));
	*ret_len = in.len;
	return CKR_OK;
}

static void rc4_end(struct mech_op *op)
{
	if (op->state == NULL)
		return;
	cipher_end(op->state);
	mem_secret_free(op->state, sizeof(struct cipher));
	op->state = NULL;
}

static const struct mech_ops rc4_ops = {
	.start = rc4_start,
	.room = block_stream_room,
	.whole = rc4_update,
	.update = rc4_update,
	.final = block_stream_final,
	.end = rc4_end,
};

/* ---- rows ---------------------------------------------------------------------------------- */

/* Zero bytes fill the last block of 8. */
static const struct mech_wrap wrap_blocks = {.fit = MECH_FIT_HEAD, .block = BLOCK};

/* Sizes in bits for RC2 (of its modes: the effective ones) and RC4, in bytes for RC5. */
#define RC2 .min_key = 1, .max_key = RC2_BITS_MAX, .key_types = {CKK_RC2}, .key_type_count = 1
#define RC5 .min_key = 1, .max_key = 255, .key_types = {CKK_RC5}, .key_type_count = 1
#define TUNED(mechanism, keys, cipher_name, mode_name, end_name, way, reader) \
	{.type = (mechanism), .flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP, keys, .ops = &block_tuned_ops, .wrap = &(way), \
	 .data = &(const struct block_mode){.alg = (cipher_name), .mode = (mode_name), .end = (end_name), .read = (reader)}}
#define TUNED_MAC(mechanism, keys, cipher_name, reader) \
	{.type = (mechanism), .flags = MECH_SIGNS_PARTS, keys, .ops = &block_mac_tuned_ops, \
	 .data = &(const struct block_mac){.alg = (cipher_name), .kind = BLOCK_MAC_CBC, .tag_len = BLOCK / 2, .read = (reader)}}

static const struct mech_row rows[] = {
	{.type = CKM_RC2_KEY_GEN, .flags = CKF_GENERATE, .min_key = 8, .max_key = RC2_BITS_MAX, .gen = SECRET_KEY_GEN(CKK_RC2)},
	TUNED(CKM_RC2_ECB, RC2, CIPHER_RC2, CIPHER_ECB, BLOCK_EXACT, wrap_blocks, rc2_ecb),
	TUNED(CKM_RC2_CBC, RC2, CIPHER_RC2, CIPHER_CBC, BLOCK_EXACT, wrap_blocks, rc2_cbc),
	TUNED(CKM_RC2_CBC_PAD, RC2, CIPHER_RC2, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any, rc2_cbc),
	TUNED_MAC(CKM_RC2_MAC, RC2, CIPHER_RC2, rc2_mac),
	TUNED_MAC(CKM_RC2_MAC_GENERAL, RC2, CIPHER_RC2, rc2_mac_general),
	{.type = CKM_RC4_KEY_GEN, .flags = CKF_GENERATE, .min_key = 8, .max_key = 2048, .gen = SECRET_KEY_GEN(CKK_RC4)},
	{
		.type = CKM_RC4,
		.flags = CKF_ENCRYPT | CKF_DECRYPT,
		.min_key = 8,
		.max_key = 2048,
		.key_types = {CKK_RC4},
		.key_type_count = 1,
		.ops = &rc4_ops,
		.unsaveable = "libcrypto shows no interface to the inner state of RC4",
	},
	{.type = CKM_RC5_KEY_GEN, .flags = CKF_GENERATE, .min_key = 1, .max_key = 255, .gen = SECRET_KEY_GEN(CKK_RC5)},
	TUNED(CKM_RC5_ECB, RC5, CIPHER_RC5, CIPHER_ECB, BLOCK_EXACT, wrap_blocks, rc5_ecb),
	TUNED(CKM_RC5_CBC, RC5, CIPHER_RC5, CIPHER_CBC, BLOCK_EXACT, wrap_blocks, rc5_cbc),
	TUNED(CKM_RC5_CBC_PAD, RC5, CIPHER_RC5, CIPHER_CBC, BLOCK_PADDED, mech_wrap_any, rc5_cbc),
	TUNED_MAC(CKM_RC5_MAC, RC5, CIPHER_RC5, rc5_mac),
	TUNED_MAC(CKM_RC5_MAC_GENERAL, RC5, CIPHER_RC5, rc5_mac_general),
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_RC2, .secret = &rc2},
	{.type = CKK_RC4, .secret = &rc4},
	{.type = CKK_RC5, .secret = &rc5},
};

extern const struct mech_family mech_family_rc;
const struct mech_family mech_family_rc = {
	.name = "rc",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
