/* SPDX-License-Identifier: Apache-2.0 */
/* Key derivation for the token's own use: PIN to key, key to subkeys. */
#ifndef CONCLAVE_CRYPTO_KDF_H
#define CONCLAVE_CRYPTO_KDF_H

#include "crypto/digest.h"

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

/* The derivations of old, for mechanisms. CKR_FUNCTION_FAILED also where libcrypto lacks them (PBKDF1 is its legacy
 * provider's). */
struct old_kdf {
	enum digest_alg alg;
	struct bytes password, salt;
	uint64_t rounds; /* at least 1 */
};
/* PKCS #12 (RFC 7292 B.2): purpose 1 is a key, 2 an IV, 3 a MAC key. The password is bytes: a BMPString with its end in
 * such files. */
must_check CK_RV kdf_pkcs12(struct ossl *o, const struct old_kdf *k, int purpose, unsigned char *ret, size_t len);
/* RFC 8018 §5.1; no more bytes than the digest has. */
must_check CK_RV kdf_pbkdf1(struct ossl *o, const struct old_kdf *k, unsigned char *ret, size_t len);

#endif
