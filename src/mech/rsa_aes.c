/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping keys of any length with RSA: OAEP carries an AES key that nobody else sees, KWP the target. */
#include "mech/rsa_aes.h"

#include <string.h>

#include "base/log.h"
#include "crypto/pkey.h"
#include "crypto/rand.h"
#include "mech/aes_kw.h"
#include "mech/derive.h"
#include "mech/rsa_params.h"

#define KEK_MAX 32

struct params {
	size_t kek_len;
	struct pkey_oaep oaep;
};

static CK_RV read_params(const struct mech_wrapping *w, struct params *ret)
{
	CK_RSA_AES_KEY_WRAP_PARAMS p;
	size_t size = pkey_size(w->key->pkey);

	try(derive_param(w->mechanism, &p, sizeof(p)));
	if (p.ulAESKeyBits != 128 && p.ulAESKeyBits != 192 && p.ulAESKeyBits != 256)
		return fail(CKR_MECHANISM_PARAM_INVALID, "an AES key of %lu bits", p.ulAESKeyBits);
	ret->kek_len = p.ulAESKeyBits / 8;
	try(rsa_params_oaep(&(CK_MECHANISM){CKM_RSA_PKCS_OAEP, p.pOAEPParams, sizeof(*p.pOAEPParams)}, &ret->oaep));
	if (w->key->bits < w->row->min_key || w->key->bits > w->row->max_key || size < 2 * digest_size(ret->oaep.hash) + 2 + ret->kek_len)
		return fail(CKR_KEY_SIZE_RANGE, "a modulus of %zu bytes is too short for an AES key", size);
	return CKR_OK;
}

static CK_RV wrap_length(const struct mech_wrapping *w, size_t plain_len, size_t *ret)
{
	struct params p;

	try(read_params(w, &p));
	*ret = pkey_size(w->key->pkey) + aes_kwp_size(plain_len);
	return CKR_OK;
}

static CK_RV wrap(const struct mech_wrapping *w, struct bytes plain, unsigned char *out, size_t *ret_len)
{
	size_t size = pkey_size(w->key->pkey);
	unsigned char kek[KEK_MAX];
	struct params p;

	try(read_params(w, &p));
	CK_RV rv = rand_bytes(w->env->ossl, kek, p.kek_len);
	if (rv == CKR_OK)
		rv = pkey_rsa_oaep_encrypt(w->key->pkey, &p.oaep, bytes_of(kek, p.kek_len), out);
	if (rv == CKR_OK)
		rv = aes_kwp_wrap(w->env->ossl, bytes_of(kek, p.kek_len), aes_kwp_iv, plain, out + size);
	wipe(kek, sizeof(kek));
	*ret_len = size + aes_kwp_size(plain.len);
	return rv;
}

static CK_RV unwrap(const struct mech_wrapping *w, struct bytes wrapped, struct secret *ret)
{
	struct secret kek cleanup(secret_free) = {0};
	struct secret plain cleanup(secret_free) = {0};
	struct bytes head = {0};
	struct params p;
	size_t kek_len = 0, len = 0;

	try(read_params(w, &p));
	if (!bytes_take(&wrapped, pkey_size(w->key->pkey), &head) || wrapped.len < 2 * AES_KW_SEMIBLOCK)
		return fail(CKR_WRAPPED_KEY_LEN_RANGE, "too short for an AES key and a wrapped key");
	try(secret_new(head.len, &kek));
	try(secret_new(wrapped.len, &plain));
	try(pkey_rsa_oaep_decrypt(w->key->pkey, &p.oaep, head, kek.data, &kek_len));
	if (kek_len != p.kek_len)
		return fail(CKR_WRAPPED_KEY_INVALID, "an AES key of %zu bytes", kek_len);
	try(aes_kwp_unwrap(w->env->ossl, bytes_of(kek.data, kek_len), aes_kwp_iv, wrapped, plain.data, &len));
	return secret_dup(bytes_of(plain.data, len), ret);
}

const struct mech_wrap rsa_aes_wrap = {.private_keys = true, .size = wrap_length, .wrap = wrap, .unwrap = unwrap};
