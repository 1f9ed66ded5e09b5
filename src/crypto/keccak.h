/* SPDX-License-Identifier: Apache-2.0 */
/* The sponge of FIPS 202 over Keccak-f[1600]: what SHA-3 and SHAKE are made of. libcrypto has one that is as fast, but
 * shows nothing of its state; this one is a value that can be copied and saved. Knows no hash function's name. */
#ifndef CONCLAVE_CRYPTO_KECCAK_H
#define CONCLAVE_CRYPTO_KECCAK_H

#include "base/bytes.h"

#define KECCAK_LANES 25

/* What goes behind the message, before the padding (FIPS 202 §6). */
#define KECCAK_SHA3 0x06
#define KECCAK_SHAKE 0x1f

struct keccak {
	uint64_t lanes[KECCAK_LANES];
	unsigned char rate; /* bytes of the state that meet the message: a multiple of 8 */
	unsigned char at;   /* how many of them have; less than rate */
	unsigned char suffix;
};

void keccak_start(struct keccak *k, size_t rate, unsigned char suffix);
void keccak_absorb(struct keccak *k, struct bytes in);
/* Ends the message and writes len bytes, any number. The sponge is used up. */
void keccak_squeeze(struct keccak *k, unsigned char *ret, size_t len);

/* Appends the lanes and the position. CKR_HOST_MEMORY. The permutation can be run backwards: who has the state and all that was
 * absorbed but one block has that block. */
must_check CK_RV keccak_save(const struct keccak *k, struct buf *ret);
/* On a started sponge of the same kind; false, and no change, if that is no state of one. */
bool keccak_restore(struct keccak *k, struct bytes state);

#endif
