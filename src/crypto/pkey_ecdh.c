/* SPDX-License-Identifier: Apache-2.0 */
/* Diffie-Hellman on curves. Knows no key derivation function. */
#include "crypto/pkey_internal.h"

#include "base/log.h"

CK_RV pkey_ecdh(const struct pkey *k, const struct pkey *peer, bool cofactor, struct secret *ret)
{
	int with_cofactor = 1;
	const OSSL_PARAM params[] = {OSSL_PARAM_construct_int(OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, &with_cofactor), OSSL_PARAM_construct_end()};

	if (peer->curve != k->curve)
		return fail(CKR_FUNCTION_FAILED, "keys on two curves");
	return pkey_agree(k, peer, cofactor ? params : NULL, (k->curve->bits + 7) / 8, ret);
}
