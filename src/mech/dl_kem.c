/* SPDX-License-Identifier: Apache-2.0 */
/* Encapsulation with Diffie-Hellman (§6.4): one ephemeral pair for each call. */
#include "mech/dl_kem.h"

#include <string.h>

#include "base/log.h"
#include "crypto/pkey_dl.h"

static void pkey_end(struct pkey **k)
{
	pkey_free(*k);
}

CK_RV dl_kem_size(const struct mech_kem_call *c, size_t *ret)
{
	*ret = pkey_size(c->key->pkey);
	if (c->key->bits < c->row->min_key || c->key->bits > c->row->max_key)
		return fail(CKR_KEY_SIZE_RANGE, "a prime of %lu bits", c->key->bits);
	return CKR_OK;
}

CK_RV dl_kem_offer(const struct mech_kem_call *c, unsigned char *ciphertext, size_t *ret_len, struct secret *ret)
{
	struct pkey *ephemeral cleanup(pkey_end) = NULL;

	try(dl_kem_size(c, ret_len));
	try(pkey_dl_ephemeral(c->key->pkey, &ephemeral));
	struct bytes y = pkey_dl_public_value(ephemeral);
	memset(ciphertext, 0, *ret_len - y.len);
	memcpy(ciphertext + (*ret_len - y.len), y.data, y.len);
	CK_RV rv = pkey_dl_agree(ephemeral, pkey_dl_public_value(c->key->pkey), ret);
	return rv == CKR_PUBLIC_KEY_INVALID ? CKR_FUNCTION_FAILED : rv;
}

CK_RV dl_kem_accept(const struct mech_kem_call *c, struct bytes ciphertext, struct secret *ret)
{
	size_t size = 0;

	try(dl_kem_size(c, &size));
	if (ciphertext.len == 0 || ciphertext.len > size)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "a public value of %zu bytes for a prime of %zu", ciphertext.len, size);
	CK_RV rv = pkey_dl_agree(c->key->pkey, ciphertext, ret);
	return rv == CKR_PUBLIC_KEY_INVALID ? CKR_ENCRYPTED_DATA_INVALID : rv;
}
