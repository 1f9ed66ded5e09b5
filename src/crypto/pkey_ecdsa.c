/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA over a digest. Knows no hash function. */
#include "crypto/pkey_internal.h"

#include "base/log.h"

CK_RV pkey_ecdsa_sign(const struct pkey *k, struct bytes digest, unsigned char *ret)
{
	if (digest.len == 0)
		return fail(CKR_DATA_LEN_RANGE, "nothing to sign");
	return pkey_halves_sign(k, "ECDSA signature", digest, k->size, ret);
}

CK_RV pkey_ecdsa_verify(const struct pkey *k, struct bytes digest, struct bytes signature)
{
	if (digest.len == 0)
		return fail(CKR_DATA_LEN_RANGE, "nothing to verify");
	if (signature.len == 0 || signature.len % 2 != 0 || signature.len > 2 * k->size)
		return fail(CKR_SIGNATURE_LEN_RANGE, "an ECDSA signature of %zu bytes", signature.len);
	return pkey_halves_verify(k, "ECDSA verification", digest, signature);
}
