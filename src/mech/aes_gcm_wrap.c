/* SPDX-License-Identifier: Apache-2.0 */
/* Key wrapping with AES-GCM (§6.13.3): an IV made at the caller's wish, then the row's own encryption. A
 * CK_GCM_PARAMS is taken as well: applications that are older than CK_GCM_WRAP_PARAMS give it. */
#include "mech/aes_gcm_wrap.h"

#include <string.h>

#include "base/log.h"
#include "mech/message_iv.h"
#include "mech/wrap.h"

/* The parameter as the encryption wants it. */
static CK_RV convert(const CK_MECHANISM *m, CK_GCM_PARAMS *p, CK_GCM_WRAP_PARAMS *given, CK_MECHANISM *ret)
{
	*given = (CK_GCM_WRAP_PARAMS){.ivGenerator = CKG_NO_GENERATE};
	if (m->pParameter == NULL || (m->ulParameterLen != sizeof(*p) && m->ulParameterLen != sizeof(*given)))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_GCM_WRAP_PARAMS of %lu bytes", m->ulParameterLen);
	if (m->ulParameterLen == sizeof(*p)) {
		memcpy(p, m->pParameter, sizeof(*p));
	} else {
		memcpy(given, m->pParameter, sizeof(*given));
		*p = (CK_GCM_PARAMS){.pIv = given->pIv, .ulIvLen = given->ulIvLen, .pAAD = given->pAAD, .ulAADLen = given->ulAADLen,
		                     .ulTagBits = given->ulTagBits};
	}
	*ret = (CK_MECHANISM){m->mechanism, p, sizeof(*p)};
	return CKR_OK;
}

static CK_RV size(const struct mech_wrapping *w, size_t plain_len, size_t *ret)
{
	CK_GCM_WRAP_PARAMS given;
	CK_GCM_PARAMS p;
	CK_MECHANISM m;

	try(convert(w->mechanism, &p, &given, &m));
	return wrap_encrypt_size(w, &m, plain_len, ret);
}

static CK_RV wrap(const struct mech_wrapping *w, struct bytes plain, unsigned char *out, size_t *ret_len)
{
	CK_GCM_WRAP_PARAMS given;
	CK_GCM_PARAMS p;
	CK_MECHANISM m;

	try(convert(w->mechanism, &p, &given, &m));
	try(message_iv_once(w->env->ossl, &(struct mech_message){.iv = given.pIv, .iv_len = given.ulIvLen,
	                                                         .fixed_bits = given.ulIvFixedBits, .generator = given.ivGenerator}));
	return wrap_encrypt(w, &m, plain, out, ret_len);
}

static CK_RV unwrap(const struct mech_wrapping *w, struct bytes wrapped, struct secret *ret)
{
	CK_GCM_WRAP_PARAMS given;
	CK_GCM_PARAMS p;
	CK_MECHANISM m;

	try(convert(w->mechanism, &p, &given, &m));
	return wrap_decrypt(w, &m, wrapped, ret);
}

const struct mech_wrap aes_gcm_wrap = {.private_keys = true, .size = size, .wrap = wrap, .unwrap = unwrap};
