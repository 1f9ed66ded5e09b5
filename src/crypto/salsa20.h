/* SPDX-License-Identifier: Apache-2.0 */
/* Salsa20 and XSalsa20 (Bernstein 2005, 2008) with keys of 256 bits, which libcrypto has not: a key stream that begins
 * anywhere. Knows no CKM_ number. */
#ifndef CONCLAVE_CRYPTO_SALSA20_H
#define CONCLAVE_CRYPTO_SALSA20_H

#include "base/bytes.h"

#define SALSA20_KEY 32
#define SALSA20_BLOCK 64
#define SALSA20_NONCE 8
#define SALSA20_LONG_NONCE 24 /* XSalsa20 */

struct salsa20 {
	uint32_t words[16]; /* of the next block: constants, key, nonce, counter */
	unsigned char stream[SALSA20_BLOCK];
	unsigned used; /* of stream; all: there is none left */
};

/* The key stream from that byte of that block on; nonce_len is one of the two. */
void salsa20_start(struct salsa20 *s, const unsigned char key[SALSA20_KEY], const unsigned char *nonce, size_t nonce_len,
                   uint64_t block, unsigned byte);
/* Adds the stream to in; out has in.len bytes and is the same place or does not overlap. The counter wraps around. */
void salsa20_run(struct salsa20 *s, struct bytes in, unsigned char *out);
void salsa20_end(struct salsa20 *s); /* wipes */

#endif
