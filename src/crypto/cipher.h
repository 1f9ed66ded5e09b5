/* SPDX-License-Identifier: Apache-2.0 */
/* Block ciphers in their plain modes, as a context that can be kept and given a new key or a new IV. Adds and removes
 * no padding and keeps no part of a block: callers hand in whole blocks (any length in the stream modes).
 * Knows no CKM_ number and no parameter structure. */
#ifndef CONCLAVE_CRYPTO_CIPHER_H
#define CONCLAVE_CRYPTO_CIPHER_H

#include "crypto/ossl.h"

enum cipher_alg {
	CIPHER_AES,
	CIPHER_CAMELLIA,
	CIPHER_ARIA,
	CIPHER_SEED, /* only where the legacy provider is */
	CIPHER_DES3, /* one, two or three keys */
	CIPHER_BLOWFISH, /* this and the following: only where the legacy provider is, with keys of many lengths */
	CIPHER_CAST128,
	CIPHER_IDEA,
	CIPHER_RC2,
	CIPHER_RC5, /* of words of 32 bits */
	CIPHER_RC4, /* no block cipher: CIPHER_CTR, with nothing as the IV */
	CIPHER_CHACHA20, /* no block cipher: CIPHER_CTR, with counter and nonce (16 bytes, little endian) as the IV */
	CIPHER_ALGS,
};

enum cipher_mode {
	CIPHER_ECB,
	CIPHER_CBC,
	CIPHER_CTR,
	CIPHER_GCM, /* through crypto/cipher_gcm.h only */
	CIPHER_OFB,
	CIPHER_CFB, /* of a whole block */
	CIPHER_CFB8,
	CIPHER_CFB1, /* eight bits a byte, the highest first */
	CIPHER_POLY1305, /* with CIPHER_CHACHA20, through crypto/sealing.h only */
	CIPHER_XTS,      /* through crypto/cipher_xts.h only */
	CIPHER_MODES,
};

#define CIPHER_BLOCK 16 /* of AES, Camellia, ARIA, SEED; room for any */
#define CIPHER_SIZES 3  /* 16, 24 and 32 bytes, where libcrypto has an algorithm for each */

size_t cipher_block_size(enum cipher_alg alg);
bool cipher_key_fits(enum cipher_alg alg, size_t len);
/* May struct cipher's tuning be this? False for ciphers that have none. */
bool cipher_tuning_fits(enum cipher_alg alg, unsigned long tuning);

/* {0} is empty. */
struct cipher {
	void *ctx; /* EVP_CIPHER_CTX */
	unsigned tuning; /* RC2's effective bits, RC5's rounds: to be set before the start; 0: all bits of the key, 12 */
};

/* Sets direction, key (16, 24 or 32 bytes) and IV (16 bytes; NULL for ECB); makes the context at first use.
 * CKR_KEY_SIZE_RANGE, CKR_HOST_MEMORY, CKR_FUNCTION_FAILED. */
must_check CK_RV cipher_start(struct ossl *o, struct cipher *c, enum cipher_mode mode, bool encrypt, struct bytes key, const unsigned char *iv);
/* The same with any cipher; the IV has cipher_block_size bytes. CKR_FUNCTION_FAILED also where libcrypto lacks it. */
must_check CK_RV cipher_start_any(struct ossl *o, struct cipher *c, enum cipher_alg alg, enum cipher_mode mode, bool encrypt,
                                  struct bytes key, const unsigned char *iv);
/* A new IV for the key that is in it. */
must_check CK_RV cipher_restart(struct cipher *c, const unsigned char *iv);
/* Transforms in to out, which has in.len bytes and is the same place or does not overlap. */
must_check CK_RV cipher_run(struct cipher *c, struct bytes in, unsigned char *out);
/* The chaining value after what was run so far: the last block of ciphertext (CBC) or the counter (CTR); of
 * OFB and CFB the register, of which cipher_used bytes are used up. */
must_check CK_RV cipher_chain(const struct cipher *c, unsigned char ret[CIPHER_BLOCK]);
must_check CK_RV cipher_used(const struct cipher *c, unsigned *ret);
/* Wipes and frees. */
void cipher_end(struct cipher *c);

#endif
