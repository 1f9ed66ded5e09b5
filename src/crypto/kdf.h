/* SPDX-License-Identifier: Apache-2.0 */
/* Key derivation for the token's own use: PIN to key, key to subkeys. */
#ifndef CONCLAVE_CRYPTO_KDF_H
#define CONCLAVE_CRYPTO_KDF_H

#include "crypto/ossl.h"

struct argon2_cost {
	uint32_t memory_kib;
	uint32_t passes;
	uint32_t lanes;
};

/* Argon2id (RFC 9106), version 0x13, one thread. Slow by intent: call it outside all locks.
 * With a system libcrypto older than 3.2: CKR_FUNCTION_NOT_SUPPORTED. */
must_check CK_RV kdf_argon2id(struct ossl *o, const struct argon2_cost *cost, struct bytes pin, struct bytes salt, unsigned char *ret, size_t len);
/* HKDF-SHA256 (RFC 5869) with info as a label. */
must_check CK_RV kdf_hkdf(struct ossl *o, struct bytes key, struct bytes salt, const char *info, unsigned char *ret, size_t len);

#endif
