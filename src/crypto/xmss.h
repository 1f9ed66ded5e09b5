/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of XMSS and XMSS^MT (RFC 8391, and the parameter sets of SP 800-208 §5). Signing is not done here: a
 * key whose state is lost or copied is broken. */
#ifndef CONCLAVE_CRYPTO_XMSS_H
#define CONCLAVE_CRYPTO_XMSS_H

#include "crypto/hbs_hash.h"

/* A parameter set of either kind; XMSS has one layer. */
struct xmss_set {
	bool many;         /* XMSS^MT */
	uint32_t number;   /* within the kind: its OID of RFC 8391 */
	enum hbs_alg alg;
	size_t size;       /* n: of a hash */
	size_t padding;    /* in front of each input */
	unsigned height;   /* of all layers together */
	unsigned layers;
};

/* False for a number that the standards do not have. */
bool xmss_set_find(bool many, CK_ULONG number, struct xmss_set *ret);
/* The set's number, root, seed. */
size_t xmss_public_size(const struct xmss_set *s);
size_t xmss_signature_size(const struct xmss_set *s);
/* value: a public key of xmss_public_size bytes. CKR_SIGNATURE_LEN_RANGE, CKR_SIGNATURE_INVALID. */
must_check CK_RV xmss_verify(const struct xmss_set *s, struct bytes value, struct bytes message, struct bytes signature);

#endif
