/* SPDX-License-Identifier: Apache-2.0 */
/* A struct digest seen as the context that it holds. For digest.c, digest_state.c and hash.c only, which define
 * OPENSSL_SUPPRESS_DEPRECATED: libcrypto's low-level interface is the one that shows its state. */
#ifndef CONCLAVE_CRYPTO_DIGEST_LOW_H
#define CONCLAVE_CRYPTO_DIGEST_LOW_H

#include <openssl/md5.h>
#include <openssl/ripemd.h>
#include <openssl/sha.h>

#include "crypto/blake2b.h"
#include "crypto/digest.h"
#include "crypto/keccak.h"
#include "crypto/md2.h"

enum digest_family {
	DIGEST_FAMILY_SHA1,
	DIGEST_FAMILY_SHA256,
	DIGEST_FAMILY_SHA512,
	DIGEST_FAMILY_KECCAK,
	DIGEST_FAMILY_BLAKE2B,
	DIGEST_FAMILY_RIPEMD160,
	DIGEST_FAMILY_MD5,
	DIGEST_FAMILY_MD2,
	DIGEST_FAMILIES, /* how many */
};

enum digest_family digest_family(enum digest_alg alg);

static inline SHA_CTX *digest_sha1(struct digest *d)
{
	return (SHA_CTX *)(void *)d->state;
}

static inline SHA256_CTX *digest_sha256(struct digest *d)
{
	return (SHA256_CTX *)(void *)d->state;
}

static inline SHA512_CTX *digest_sha512(struct digest *d)
{
	return (SHA512_CTX *)(void *)d->state;
}

static inline MD5_CTX *digest_md5(struct digest *d)
{
	return (MD5_CTX *)(void *)d->state;
}

static inline RIPEMD160_CTX *digest_ripemd160(struct digest *d)
{
	return (RIPEMD160_CTX *)(void *)d->state;
}

static inline struct keccak *digest_keccak(struct digest *d)
{
	return (struct keccak *)(void *)d->state;
}

static inline struct blake2b *digest_blake2b(struct digest *d)
{
	return (struct blake2b *)(void *)d->state;
}

static inline struct md2 *digest_md2(struct digest *d)
{
	return (struct md2 *)(void *)d->state;
}

#endif
