/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing for the token's own use: AES-256-GCM, a random 96-bit nonce in front, the 128-bit tag behind. */
#ifndef CONCLAVE_CRYPTO_AEAD_H
#define CONCLAVE_CRYPTO_AEAD_H

#include "crypto/ossl.h"

#define AEAD_KEY_SIZE 32
#define AEAD_OVERHEAD (12 + 16)

/* Appends nonce, ciphertext, tag to *ret. key has AEAD_KEY_SIZE bytes. */
must_check CK_RV aead_seal(struct ossl *o, struct bytes key, struct bytes aad, struct bytes plain, struct buf *ret);
/* CKR_DATA_INVALID when the tag does not match or the input is too short: nothing is released. */
must_check CK_RV aead_open(struct ossl *o, struct bytes key, struct bytes aad, struct bytes sealed, struct secret *ret);

#endif
