/* SPDX-License-Identifier: Apache-2.0 */
/* AES in its plain modes, as a context that can be kept and given a new key or a new IV. Adds and removes no
 * padding and keeps no part of a block: callers hand in whole blocks (any length in counter mode).
 * Knows no CKM_ number and no parameter structure. */
#ifndef CONCLAVE_CRYPTO_CIPHER_H
#define CONCLAVE_CRYPTO_CIPHER_H

#include "crypto/ossl.h"

enum cipher_mode {
	CIPHER_ECB,
	CIPHER_CBC,
	CIPHER_CTR,
	CIPHER_GCM, /* through crypto/cipher_gcm.h only */
	CIPHER_MODES,
};

#define CIPHER_BLOCK 16
#define CIPHER_AES_SIZES 3 /* 16, 24 and 32 bytes */

/* {0} is empty. */
struct cipher {
	void *ctx; /* EVP_CIPHER_CTX */
};

/* Sets direction, key (16, 24 or 32 bytes) and IV (16 bytes; NULL for ECB); makes the context at first use.
 * CKR_KEY_SIZE_RANGE, CKR_HOST_MEMORY, CKR_FUNCTION_FAILED. */
must_check CK_RV cipher_start(struct ossl *o, struct cipher *c, enum cipher_mode mode, bool encrypt, struct bytes key, const unsigned char *iv);
/* A new IV for the key that is in it. */
must_check CK_RV cipher_restart(struct cipher *c, const unsigned char *iv);
/* Transforms in to out, which has in.len bytes and is the same place or does not overlap. */
must_check CK_RV cipher_run(struct cipher *c, struct bytes in, unsigned char *out);
/* The chaining value after what was run so far: the last block of ciphertext (CBC) or the counter (CTR). */
must_check CK_RV cipher_chain(const struct cipher *c, unsigned char ret[CIPHER_BLOCK]);
/* Wipes and frees. */
void cipher_end(struct cipher *c);

#endif
