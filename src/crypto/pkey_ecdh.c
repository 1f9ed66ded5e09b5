/* SPDX-License-Identifier: Apache-2.0 */
/* Diffie-Hellman on curves. The peer's key was checked when it was made, so that libcrypto need not do it a second
 * time. Knows no key derivation function. */
#include "crypto/pkey_internal.h"

#include <openssl/ec.h>

#include "base/log.h"
#include "crypto/ossl_internal.h"

static bool set_cofactor(EVP_PKEY_CTX *ctx, bool cofactor)
{
	return !cofactor || EVP_PKEY_CTX_set_ecdh_cofactor_mode(ctx, 1) > 0;
}

CK_RV pkey_ecdh(const struct pkey *k, const struct pkey *peer, bool cofactor, struct secret *ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = EVP_PKEY_CTX_new_from_pkey(k->ossl->libctx, k->evp, NULL);
	struct secret shared cleanup(secret_free) = {0};
	size_t len = (k->curve->bits + 7) / 8;

	if (peer->curve != k->curve)
		return fail(CKR_FUNCTION_FAILED, "keys on two curves");
	if (ctx == NULL || EVP_PKEY_derive_init(ctx) <= 0 || !set_cofactor(ctx, cofactor) || EVP_PKEY_derive_set_peer_ex(ctx, peer->evp, 0) <= 0)
		return ossl_fail(CKR_FUNCTION_FAILED, "EVP_PKEY_derive");
	try(secret_new(len, &shared));
	/* With good keys only a result of zero makes this fail (RFC 7748 §6). */
	if (EVP_PKEY_derive(ctx, shared.data, &len) <= 0 || len != shared.len)
		return ossl_fail(CKR_PUBLIC_KEY_INVALID, "EVP_PKEY_derive");
	*ret = shared;
	shared = (struct secret){0};
	return CKR_OK;
}
