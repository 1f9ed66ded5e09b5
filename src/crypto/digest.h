/* SPDX-License-Identifier: Apache-2.0 */
/* Hash functions, one-shot and as a stream whose state can be copied, saved and restored.
 * SHA-1, SHA-2, MD5 and RIPEMD-160 run on libcrypto's low-level contexts, which a struct digest holds by value (no
 * allocation, cannot fail); the others run on EVP. Knows no CKM_ number. */
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
	union {
		uint64_t low[27]; /* SHA_CTX, SHA256_CTX, SHA512_CTX, MD5_CTX or RIPEMD160_CTX */
		void *evp;        /* the others: EVP_MD_CTX */
	} u;
};

/* CKR_HOST_MEMORY, CKR_FUNCTION_FAILED: on EVP only. */
must_check CK_RV digest_start(struct ossl *o, enum digest_alg alg, struct digest *ret);
/* SHA-512/t (FIPS 180-4 §5.3.6) for 0 < bits < 512 other than 384: goes on as DIGEST_SHA512, and the first bits of its
 * digest_final are the result. Cannot fail. */
void digest_start_sha512_t(unsigned bits, struct digest *ret);
must_check CK_RV digest_update(struct digest *d, struct bytes in);
/* Writes digest_size bytes. The digest is used up: only digest_end may follow. */
must_check CK_RV digest_final(struct digest *d, unsigned char *ret);
/* Wipes and frees; {0} is fine. */
void digest_end(struct digest *d);
/* *ret goes on from where from stands. */
must_check CK_RV digest_dup(const struct digest *from, struct digest *ret);
must_check CK_RV digest_whole(struct ossl *o, enum digest_alg alg, struct bytes in, unsigned char *ret);

/* False on EVP: the state is libcrypto's private matter. */
bool digest_saveable(enum digest_alg alg);
/* Appends the state as explicit fixed-width fields (doc of the format in digest_state.c). CKR_HOST_MEMORY. */
must_check CK_RV digest_save(const struct digest *d, struct buf *ret);
/* Replaces the state of a started digest of the same algorithm. CKR_SAVED_STATE_INVALID. */
must_check CK_RV digest_restore(struct digest *d, struct bytes state);

#endif
