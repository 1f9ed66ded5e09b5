/* SPDX-License-Identifier: Apache-2.0 */
/* AES-XTS (IEEE 1619, SP 800-38E): one data unit at a time. */
#ifndef CONCLAVE_CRYPTO_CIPHER_XTS_H
#define CONCLAVE_CRYPTO_CIPHER_XTS_H

#include "crypto/ossl.h"

#define XTS_UNIT_MIN ((size_t)16)
#define XTS_UNIT_MAX ((size_t)16 << 20) /* SP 800-38E: 2^20 blocks */

/* key: 32 or 64 bytes, two different halves. in: XTS_UNIT_MIN to XTS_UNIT_MAX bytes; out has as many and is the same place
 * or does not overlap. CKR_KEY_SIZE_RANGE, CKR_HOST_MEMORY, CKR_FUNCTION_FAILED. */
must_check CK_RV xts_unit(struct ossl *o, bool encrypt, struct bytes key, const unsigned char tweak[16], struct bytes in,
                          unsigned char *out);

#endif
