/* SPDX-License-Identifier: Apache-2.0 */
/* AES-GCM: its parameters (CK_GCM_PARAMS, CK_GCM_MESSAGE_PARAMS). The steps are sealed.c's. */
#include "mech/aes_gcm.h"

#include <string.h>

#include "base/log.h"
#include "mech/aes_gcm_wrap.h"
#include "mech/sealed.h"

/* Bits. NIST SP 800-38D §5.2.1.2: the two short ones are for the uses that it names. */
bool aes_gcm_tag_bits_fit(CK_ULONG bits)
{
	return bits == 32 || bits == 64 || (bits >= 96 && bits <= 128 && bits % 8 == 0);
}

static CK_RV check_params(const CK_GCM_PARAMS *p)
{
	if (p->pIv == NULL || p->ulIvLen == 0 || p->ulIvLen > AES_GCM_IV_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a GCM IV of %lu bytes", (unsigned long)p->ulIvLen);
	/* A leftover of v2.30 that many leave zero. */
	if (p->ulIvBits != 0 && p->ulIvBits != p->ulIvLen * 8)
		return fail(CKR_MECHANISM_PARAM_INVALID, "ulIvBits is %lu beside an IV of %lu bytes", (unsigned long)p->ulIvBits,
		            (unsigned long)p->ulIvLen);
	if (!aes_gcm_tag_bits_fit(p->ulTagBits))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a GCM tag of %lu bits", (unsigned long)p->ulTagBits);
	return CKR_OK;
}

static CK_RV read_params(const void *parameter, struct sealing_message *ret)
{
	CK_GCM_PARAMS p;

	memcpy(&p, parameter, sizeof(p));
	try(check_params(&p));
	*ret = (struct sealing_message){
		.nonce = bytes_of(p.pIv, p.ulIvLen),
		.aad = bytes_of(p.pAAD, p.ulAADLen),
		.tag_len = p.ulTagBits / 8,
	};
	return CKR_OK;
}

static CK_RV read_message(const void *parameter, struct mech_message *ret)
{
	CK_GCM_MESSAGE_PARAMS p;

	memcpy(&p, parameter, sizeof(p));
	if (p.pIv == NULL || p.ulIvLen == 0 || p.ulIvLen > AES_GCM_IV_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a GCM IV of %lu bytes", p.ulIvLen);
	if (p.ulIvFixedBits > 8 * p.ulIvLen)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%lu fixed bits of an IV of %lu bytes", p.ulIvFixedBits, p.ulIvLen);
	if (!aes_gcm_tag_bits_fit(p.ulTagBits))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a GCM tag of %lu bits", p.ulTagBits);
	*ret = (struct mech_message){
		.iv = p.pIv,
		.iv_len = p.ulIvLen,
		.fixed_bits = p.ulIvFixedBits,
		.generator = p.ivGenerator,
		.tag = p.pTag,
		.tag_len = p.ulTagBits / 8,
	};
	return CKR_OK;
}

static bool key_fits(size_t len)
{
	return cipher_key_fits(CIPHER_AES, len);
}

static bool lengths_fit(size_t nonce_len, size_t tag_len)
{
	return nonce_len > 0 && aes_gcm_tag_bits_fit(8 * tag_len);
}

/* ---- rows ---------------------------------------------------------------------------------- */

static const struct mech_message_ops message_ops = {
	.param_size = sizeof(CK_GCM_MESSAGE_PARAMS),
	.read = read_message,
	SEALED_MESSAGE_STEPS,
};

static const struct sealed gcm = {
	.alg = SEALING_AES_GCM,
	.most = ((uint64_t)1 << 36) - 32, /* SP 800-38D §5.2.1.1: 2^39 - 256 bits */
	.param_size = sizeof(CK_GCM_PARAMS),
	.key_fits = key_fits,
	.lengths_fit = lengths_fit,
	.read = read_params,
};

/* Key sizes in bytes. */
static const struct mech_row rows[] = {
	{
		.type = CKM_AES_GCM,
		.flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP | CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE,
		.min_key = 16,
		.max_key = 32,
		.key_types = {CKK_AES},
		.key_type_count = 1,
		.ops = &sealed_ops,
		.wrap = &aes_gcm_wrap,
		.message = &message_ops,
		.data = &gcm,
		.unsaveable = "a state that is resumed twice would use one IV for two messages, which breaks GCM",
	},
};

extern const struct mech_family mech_family_aes_gcm;
const struct mech_family mech_family_aes_gcm = {.name = "aes_gcm", .rows = rows, .row_count = array_len(rows)};
