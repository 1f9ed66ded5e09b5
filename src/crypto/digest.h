/* SPDX-License-Identifier: Apache-2.0 */
/* Hash functions, one-shot and as a stream whose state can be copied, saved and restored.
 * A struct digest is a value: nothing is allocated, nothing can fail, and a copy by assignment goes on from where the
 * original stands. Needs no open context. Knows no CKM_ number. */
#ifndef CONCLAVE_CRYPTO_DIGEST_H
#define CONCLAVE_CRYPTO_DIGEST_H

#include "crypto/ossl.h"

enum digest_alg {
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	DIGEST_SHA512_224,
	DIGEST_SHA512_256,
	DIGEST_SHA3_224,
	DIGEST_SHA3_256,
	DIGEST_SHA3_384,
	DIGEST_SHA3_512,
	DIGEST_BLAKE2B_160,
	DIGEST_BLAKE2B_256,
	DIGEST_BLAKE2B_384,
	DIGEST_BLAKE2B_512,
	DIGEST_RIPEMD160,
	DIGEST_MD5,
	DIGEST_MD2,
	DIGEST_ALGS, /* how many */
};

#define DIGEST_MAX_SIZE 64
#define DIGEST_MAX_BLOCK 144

size_t digest_size(enum digest_alg alg);  /* of the result, in bytes */
size_t digest_block(enum digest_alg alg); /* of the compression function's input: what HMAC pads to */

/* {0} is empty and needs no digest_end. */
struct digest {
	enum digest_alg alg;
	bool started;
	uint64_t state[27]; /* SHA_CTX, SHA256_CTX, SHA512_CTX, struct keccak, ...: the algorithm's own */
};

void digest_start(enum digest_alg alg, struct digest *ret);
/* SHA-512/t (FIPS 180-4 §5.3.6) for 0 < bits < 512 other than 384: goes on as DIGEST_SHA512, and the first bits of its
 * digest_final are the result. */
void digest_start_sha512_t(unsigned bits, struct digest *ret);
void digest_update(struct digest *d, struct bytes in);
/* Writes digest_size bytes. The digest is used up: only digest_end may follow. */
void digest_final(struct digest *d, unsigned char *ret);
/* Wipes; {0} is fine. */
void digest_end(struct digest *d);
void digest_whole(enum digest_alg alg, struct bytes in, unsigned char *ret);

/* Appends the state as explicit fixed-width fields (doc of the format in digest_state.c). CKR_HOST_MEMORY. */
must_check CK_RV digest_save(const struct digest *d, struct buf *ret);
/* Replaces the state of a started digest of the same algorithm. CKR_SAVED_STATE_INVALID. */
must_check CK_RV digest_restore(struct digest *d, struct bytes state);

#endif
