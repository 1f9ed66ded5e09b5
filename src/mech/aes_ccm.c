/* SPDX-License-Identifier: Apache-2.0 */
/* AES-CCM: its parameters (CK_CCM_PARAMS, CK_CCM_MESSAGE_PARAMS, CK_CCM_WRAP_PARAMS). The steps are sealed.c's. */
#include <string.h>

#include "base/log.h"
#include "mech/message_iv.h"
#include "mech/sealed.h"
#include "mech/wrap.h"

#define NONCE_MIN 7
#define NONCE_MAX 13

/* RFC 3610 §2.1: the length field has what the nonce leaves. */
static CK_RV check(CK_ULONG data_len, const void *nonce, CK_ULONG nonce_len, CK_ULONG mac_len)
{
	if (nonce == NULL || nonce_len < NONCE_MIN || nonce_len > NONCE_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a CCM nonce of %lu bytes", (unsigned long)nonce_len);
	if (mac_len < 4 || mac_len > 16 || mac_len % 2 != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a CCM tag of %lu bytes", (unsigned long)mac_len);
	if (nonce_len > 15 - sizeof(data_len) && data_len >> (8 * (15 - nonce_len)) != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "CCM data of %lu bytes beside a nonce of %lu", (unsigned long)data_len,
		            (unsigned long)nonce_len);
	return CKR_OK;
}

static CK_RV read_params(const void *parameter, struct sealing_message *ret)
{
	CK_CCM_PARAMS p;

	memcpy(&p, parameter, sizeof(p));
	try(check(p.ulDataLen, p.pNonce, p.ulNonceLen, p.ulMACLen));
	*ret = (struct sealing_message){
		.nonce = bytes_of(p.pNonce, p.ulNonceLen),
		.aad = bytes_of(p.pAAD, p.ulAADLen),
		.tag_len = p.ulMACLen,
		.data_len = p.ulDataLen,
	};
	return CKR_OK;
}

static CK_RV read_message(const void *parameter, struct mech_message *ret)
{
	CK_CCM_MESSAGE_PARAMS p;

	memcpy(&p, parameter, sizeof(p));
	try(check(p.ulDataLen, p.pNonce, p.ulNonceLen, p.ulMACLen));
	if (p.ulNonceFixedBits > 8 * p.ulNonceLen)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%lu fixed bits of a nonce of %lu bytes", (unsigned long)p.ulNonceFixedBits,
		            (unsigned long)p.ulNonceLen);
	*ret = (struct mech_message){
		.iv = p.pNonce,
		.iv_len = p.ulNonceLen,
		.fixed_bits = p.ulNonceFixedBits,
		.generator = p.nonceGenerator,
		.tag = p.pMAC,
		.tag_len = p.ulMACLen,
		.has_data_len = true,
		.data_len = p.ulDataLen,
	};
	return CKR_OK;
}

static bool key_fits(size_t len)
{
	return cipher_key_fits(CIPHER_AES, len);
}

static bool lengths_fit(size_t nonce_len, size_t tag_len)
{
	return check(0, "", nonce_len, tag_len) == CKR_OK;
}

/* ---- wrapping ------------------------------------------------------------------------------ */

/* The parameter as the encryption wants it. How long the material is the token knows: a private key's encoding has no
 * length that an application could say. */
static CK_RV convert(const CK_MECHANISM *m, size_t data_len, CK_CCM_PARAMS *p, CK_CCM_WRAP_PARAMS *given, CK_MECHANISM *ret)
{
	*given = (CK_CCM_WRAP_PARAMS){.nonceGenerator = CKG_NO_GENERATE};
	if (m->pParameter == NULL || (m->ulParameterLen != sizeof(*p) && m->ulParameterLen != sizeof(*given)))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_CCM_WRAP_PARAMS of %lu bytes", (unsigned long)m->ulParameterLen);
	if (m->ulParameterLen == sizeof(*p)) {
		memcpy(p, m->pParameter, sizeof(*p));
	} else {
		memcpy(given, m->pParameter, sizeof(*given));
		*p = (CK_CCM_PARAMS){.pNonce = given->pNonce, .ulNonceLen = given->ulNonceLen, .pAAD = given->pAAD,
		                     .ulAADLen = given->ulAADLen, .ulMACLen = given->ulMACLen};
	}
	p->ulDataLen = data_len;
	*ret = (CK_MECHANISM){m->mechanism, p, sizeof(*p)};
	return CKR_OK;
}

static CK_RV size(const struct mech_wrapping *w, size_t plain_len, size_t *ret)
{
	CK_CCM_WRAP_PARAMS given;
	CK_CCM_PARAMS p;
	CK_MECHANISM m;

	try(convert(w->mechanism, plain_len, &p, &given, &m));
	return wrap_encrypt_size(w, &m, plain_len, ret);
}

static CK_RV wrap(const struct mech_wrapping *w, struct bytes plain, unsigned char *out, size_t *ret_len)
{
	CK_CCM_WRAP_PARAMS given;
	CK_CCM_PARAMS p;
	CK_MECHANISM m;

	try(convert(w->mechanism, plain.len, &p, &given, &m));
	try(message_iv_once(w->env->ossl, &(struct mech_message){.iv = given.pNonce, .iv_len = given.ulNonceLen,
	                                                         .fixed_bits = given.ulNonceFixedBits, .generator = given.nonceGenerator}));
	return wrap_encrypt(w, &m, plain, out, ret_len);
}

static CK_RV unwrap(const struct mech_wrapping *w, struct bytes wrapped, struct secret *ret)
{
	CK_CCM_WRAP_PARAMS given;
	CK_CCM_PARAMS p;
	CK_MECHANISM m;

	try(convert(w->mechanism, 0, &p, &given, &m));
	try(check(0, p.pNonce, p.ulNonceLen, p.ulMACLen));
	if (wrapped.len < p.ulMACLen)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "a wrapped key shorter than its tag");
	p.ulDataLen = wrapped.len - p.ulMACLen;
	return wrap_decrypt(w, &m, wrapped, ret);
}

/* ---- rows ---------------------------------------------------------------------------------- */

static const struct mech_wrap ccm_wrap = {.private_keys = true, .size = size, .wrap = wrap, .unwrap = unwrap};

static const struct mech_message_ops message_ops = {
	.param_size = sizeof(CK_CCM_MESSAGE_PARAMS),
	.read = read_message,
	SEALED_MESSAGE_STEPS,
};

static const struct sealed ccm = {
	.alg = SEALING_AES_CCM,
	.has_data_len = true,
	.param_size = sizeof(CK_CCM_PARAMS),
	.key_fits = key_fits,
	.lengths_fit = lengths_fit,
	.read = read_params,
};

/* Key sizes in bytes. */
static const struct mech_row rows[] = {
	{
		.type = CKM_AES_CCM,
		.flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP | CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE,
		.min_key = 16,
		.max_key = 32,
		.key_types = {CKK_AES},
		.key_type_count = 1,
		.ops = &sealed_ops,
		.wrap = &ccm_wrap,
		.message = &message_ops,
		.data = &ccm,
		.unsaveable = "a state that is resumed twice would use one nonce for two messages, which breaks CCM",
	},
};

extern const struct mech_family mech_family_aes_ccm;
const struct mech_family mech_family_aes_ccm = {.name = "aes_ccm", .rows = rows, .row_count = array_len(rows)};
