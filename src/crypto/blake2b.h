/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b (RFC 7693) without a key, as a value that can be copied and saved. libcrypto's shows nothing of its state. */
#ifndef CONCLAVE_CRYPTO_BLAKE2B_H
#define CONCLAVE_CRYPTO_BLAKE2B_H

#include "base/bytes.h"

#define BLAKE2B_BLOCK 128

struct blake2b {
	uint64_t h[8];
	uint64_t done;      /* bytes that are in h; a message of 2^64 bytes nobody can bring */
	unsigned char used; /* of block; a full one waits until there is more, since the last one is special */
	unsigned char size; /* of the result */
	unsigned char block[BLAKE2B_BLOCK];
};

/* size: 1 to 64; each is a hash function of its own. */
void blake2b_start(struct blake2b *b, size_t size);
void blake2b_update(struct blake2b *b, struct bytes in);
void blake2b_final(struct blake2b *b, unsigned char *ret);

/* Appends chain, length and the waiting bytes. CKR_HOST_MEMORY. */
must_check CK_RV blake2b_save(const struct blake2b *b, struct buf *ret);
/* On a started one of the same size; false, and no change, if that is no state of one. */
bool blake2b_restore(struct blake2b *b, struct bytes state);

#endif
