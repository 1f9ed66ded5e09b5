/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA over a digest. Knows no hash function. */
#include "crypto/pkey_internal.h"

#include "base/log.h"

CK_RV pkey_ecdsa_sign(const struct pkey *k, struct bytes digest, unsigned char *ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = NULL;
	unsigned char der[PKEY_HALVES_DER];
	size_t len = sizeof(der);

	if (digest.len == 0)
		return fail(CKR_DATA_LEN_RANGE, "nothing to sign");
	ctx = pkey_context(k, PKEY_WAY_SIGN);
	if (ctx == NULL || EVP_PKEY_sign(ctx, der, &len, digest.data, digest.len) <= 0 ||
	    !pkey_halves_from_der(bytes_of(der, len), ret, k->size))
		return ossl_fail(CKR_FUNCTION_FAILED, "ECDSA signature");
	return CKR_OK;
}

CK_RV pkey_ecdsa_verify(const struct pkey *k, struct bytes digest, struct bytes signature)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = NULL;
	unsigned char der[PKEY_HALVES_DER];

	if (digest.len == 0)
		return fail(CKR_DATA_LEN_RANGE, "nothing to verify");
	if (signature.len == 0 || signature.len % 2 != 0 || signature.len > 2 * k->size)
		return fail(CKR_SIGNATURE_LEN_RANGE, "an ECDSA signature of %zu bytes", signature.len);
	ctx = pkey_context(k, PKEY_WAY_VERIFY);
	if (ctx == NULL)
		return CKR_FUNCTION_FAILED;
	if (EVP_PKEY_verify(ctx, der, pkey_halves_to_der(signature, der), digest.data, digest.len) > 0)
		return CKR_OK;
	return ossl_fail(CKR_SIGNATURE_INVALID, "ECDSA verification");
}
