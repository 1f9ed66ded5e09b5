/* SPDX-License-Identifier: Apache-2.0 */
/* One-shot hashes for the token's own use: lookup tags, key fingerprints, check values. */
#ifndef CONCLAVE_CRYPTO_HASH_H
#define CONCLAVE_CRYPTO_HASH_H

#include "crypto/ossl.h"

void hash_sha256(struct bytes in, unsigned char ret[32]);
void hash_sha1(struct bytes in, unsigned char ret[20]);
/* HMAC-SHA256. */
void hash_hmac(struct bytes key, struct bytes in, unsigned char ret[32]);

#endif
