/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys as PrivateKeyInfo (PKCS #8, RFC 5208 and 5958, DER): the form in which they are wrapped (§6.7). For
 * mech_key_type.to_pkcs8 and from_pkcs8. */
#ifndef CONCLAVE_MECH_PKCS8_H
#define CONCLAVE_MECH_PKCS8_H

#include "mech/mech.h"

/* RSAPrivateKey with all eight numbers (RFC 8017 A.1.2). */
must_check CK_RV pkcs8_from_rsa(const struct attrs *a, struct buf *ret);
must_check CK_RV pkcs8_to_rsa(struct bytes der, struct attr_list *key);
/* ECPrivateKey, the curve in the algorithm (RFC 5915, RFC 5480). */
must_check CK_RV pkcs8_from_ec(const struct attrs *a, struct buf *ret);
must_check CK_RV pkcs8_to_ec(struct bytes der, struct attr_list *key);
/* CurvePrivateKey, Edwards and Montgomery (RFC 8410); the algorithm is the curve. */
must_check CK_RV pkcs8_from_raw(const struct attrs *a, struct buf *ret);
must_check CK_RV pkcs8_to_raw(struct bytes der, struct attr_list *key);

/* For other types: the envelope around an encoded key. algorithm is the content of the AlgorithmIdentifier. ret has
 * room for the whole from the start, so that nothing secret is left behind by growing. */
must_check CK_RV pkcs8_put(struct bytes algorithm, struct bytes key, struct buf *ret);
/* CKR_DATA_INVALID. */
must_check CK_RV pkcs8_take(struct bytes der, struct bytes *ret_algorithm, struct bytes *ret_key);

#endif
