/* SPDX-License-Identifier: Apache-2.0 */
/* Hash functions. This file and digest_state.c are the only ones that know the fields of libcrypto's low-level
 * hash contexts: they are the one way to a state that can be saved, and twice as fast as EVP on short inputs. For what
 * libcrypto has no such contexts the hash functions are this project's own. Knows no mechanism. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <stdio.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/digest_low.h"

/* FIPS 180-4 §5.3.6: libcrypto exports no initialiser for these two. */
static const uint64_t sha512_224_start[8] = {
	0x8c3d37c819544da2, 0x73e1996689dcd4d6, 0x1dfab7ae32ff9c82, 0x679dd514582f9fcf,
	0x0f6d2b697bd44da8, 0x77e36f7304c48942, 0x3f9d85a86a1d36c8, 0x1112e6ad91d692a1,
};
static const uint64_t sha512_256_start[8] = {
	0x22312194fc2bf72c, 0x9f555fa3c84c64c2, 0x2393b86b6f53b151, 0x963877195940eabd,
	0x96283ee2a88effe3, 0xbe5e1e2553863992, 0x2b0199fc2c85b8aa, 0x0eb72ddc81c52ca2,
};

static int sha512_t_init(SHA512_CTX *c, const uint64_t start[8], unsigned size)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < 8; i++)
		c->h[i] = start[i];
	c->md_len = size;
	return 1;
}

static int sha512_224_init(SHA512_CTX *c)
{
	return sha512_t_init(c, sha512_224_start, 28);
}

static int sha512_256_init(SHA512_CTX *c)
{
	return sha512_t_init(c, sha512_256_start, 32);
}

static const struct digest_row {
	enum digest_family family;
	unsigned char size;
	unsigned char block;
	int (*init512)(SHA512_CTX *);
} rows[DIGEST_ALGS] = {
	[DIGEST_SHA1] = {DIGEST_FAMILY_SHA1, 20, 64, NULL},
	[DIGEST_SHA224] = {DIGEST_FAMILY_SHA256, 28, 64, NULL},
	[DIGEST_SHA256] = {DIGEST_FAMILY_SHA256, 32, 64, NULL},
	[DIGEST_SHA384] = {DIGEST_FAMILY_SHA512, 48, 128, SHA384_Init},
	[DIGEST_SHA512] = {DIGEST_FAMILY_SHA512, 64, 128, SHA512_Init},
	[DIGEST_SHA512_224] = {DIGEST_FAMILY_SHA512, 28, 128, sha512_224_init},
	[DIGEST_SHA512_256] = {DIGEST_FAMILY_SHA512, 32, 128, sha512_256_init},
	[DIGEST_SHA3_224] = {DIGEST_FAMILY_KECCAK, 28, 144, NULL},
	[DIGEST_SHA3_256] = {DIGEST_FAMILY_KECCAK, 32, 136, NULL},
	[DIGEST_SHA3_384] = {DIGEST_FAMILY_KECCAK, 48, 104, NULL},
	[DIGEST_SHA3_512] = {DIGEST_FAMILY_KECCAK, 64, 72, NULL},
	[DIGEST_BLAKE2B_160] = {DIGEST_FAMILY_BLAKE2B, 20, 128, NULL},
	[DIGEST_BLAKE2B_256] = {DIGEST_FAMILY_BLAKE2B, 32, 128, NULL},
	[DIGEST_BLAKE2B_384] = {DIGEST_FAMILY_BLAKE2B, 48, 128, NULL},
	[DIGEST_BLAKE2B_512] = {DIGEST_FAMILY_BLAKE2B, 64, 128, NULL},
	[DIGEST_RIPEMD160] = {DIGEST_FAMILY_RIPEMD160, 20, 64, NULL},
	[DIGEST_MD5] = {DIGEST_FAMILY_MD5, 16, 64, NULL},
	[DIGEST_MD2] = {DIGEST_FAMILY_MD2, 16, 16, NULL},
};

#define FITS(context) \
	_Static_assert(sizeof(context) <= sizeof(((struct digest *)NULL)->state), "struct digest holds the largest context")
FITS(SHA512_CTX);
FITS(struct keccak);
FITS(struct blake2b);

size_t digest_size(enum digest_alg alg)
{
	return rows[alg].size;
}

size_t digest_block(enum digest_alg alg)
{
	return rows[alg].block;
}

enum digest_family digest_family(enum digest_alg alg)
{
	return rows[alg].family;
}

/* ---- the functions of each family, in one form ------------------------------------------------- */

static void start_sha1(struct digest *d)
{
	SHA1_Init(digest_sha1(d));
}

static void start_sha256(struct digest *d)
{
	if (d->alg == DIGEST_SHA224)
		SHA224_Init(digest_sha256(d));
	else
		SHA256_Init(digest_sha256(d));
}

static void start_sha512(struct digest *d)
{
	rows[d->alg].init512(digest_sha512(d));
}

static void start_keccak(struct digest *d)
{
	keccak_start(digest_keccak(d), rows[d->alg].block, KECCAK_SHA3);
}

static void start_blake2b(struct digest *d)
{
	blake2b_start(digest_blake2b(d), rows[d->alg].size);
}

static void start_md5(struct digest *d)
{
	MD5_Init(digest_md5(d));
}

static void start_ripemd160(struct digest *d)
{
	RIPEMD160_Init(digest_ripemd160(d));
}

static void start_md2(struct digest *d)
{
	md2_start(digest_md2(d));
}

static void final_keccak(struct digest *d, unsigned char *ret)
{
	keccak_squeeze(digest_keccak(d), ret, rows[d->alg].size);
}

#define UPDATE(family, call) \
	static void update_##family(struct digest *d, struct bytes in) \
	{ \
		call; \
	}
#define FINAL(family, call) \
	static void final_##family(struct digest *d, unsigned char *ret) \
	{ \
		call; \
	}

UPDATE(sha1, SHA1_Update(digest_sha1(d), in.data, in.len))
UPDATE(sha256, SHA256_Update(digest_sha256(d), in.data, in.len))
UPDATE(sha512, SHA512_Update(digest_sha512(d), in.data, in.len))
UPDATE(keccak, keccak_absorb(digest_keccak(d), in))
UPDATE(blake2b, blake2b_update(digest_blake2b(d), in))
UPDATE(ripemd160, RIPEMD160_Update(digest_ripemd160(d), in.data, in.len))
UPDATE(md5, MD5_Update(digest_md5(d), in.data, in.len))
UPDATE(md2, md2_update(digest_md2(d), in))

FINAL(sha1, SHA1_Final(ret, digest_sha1(d)))
FINAL(sha256, SHA256_Final(ret, digest_sha256(d)))
FINAL(sha512, SHA512_Final(ret, digest_sha512(d)))
FINAL(blake2b, blake2b_final(digest_blake2b(d), ret))
FINAL(ripemd160, RIPEMD160_Final(ret, digest_ripemd160(d)))
FINAL(md5, MD5_Final(ret, digest_md5(d)))
FINAL(md2, md2_final(digest_md2(d), ret))

static const struct {
	void (*start)(struct digest *d); /* alg is set */
	void (*update)(struct digest *d, struct bytes in);
	void (*final)(struct digest *d, unsigned char *ret);
} families[DIGEST_FAMILIES] = {
	[DIGEST_FAMILY_SHA1] = {start_sha1, update_sha1, final_sha1},
	[DIGEST_FAMILY_SHA256] = {start_sha256, update_sha256, final_sha256},
	[DIGEST_FAMILY_SHA512] = {start_sha512, update_sha512, final_sha512},
	[DIGEST_FAMILY_KECCAK] = {start_keccak, update_keccak, final_keccak},
	[DIGEST_FAMILY_BLAKE2B] = {start_blake2b, update_blake2b, final_blake2b},
	[DIGEST_FAMILY_RIPEMD160] = {start_ripemd160, update_ripemd160, final_ripemd160},
	[DIGEST_FAMILY_MD5] = {start_md5, update_md5, final_md5},
	[DIGEST_FAMILY_MD2] = {start_md2, update_md2, final_md2},
};

/* ---- a stream ------------------------------------------------------------------------------ */

void digest_start(enum digest_alg alg, struct digest *ret)
{
	ret->alg = alg;
	ret->started = true;
	families[rows[alg].family].start(ret);
}

void digest_start_sha512_t(unsigned bits, struct digest *ret)
{
	struct digest d = {.alg = DIGEST_SHA512, .started = true};
	unsigned char hash[DIGEST_MAX_SIZE];
	uint64_t start[8] = {0};
	char name[24];
	SHA512_CTX *c = digest_sha512(&d);

	SHA512_Init(c);
	for (size_t i = 0; i < 8; i++)
		c->h[i] ^= 0xa5a5a5a5a5a5a5a5;
	snprintf(name, sizeof(name), "SHA-512/%u", bits);
	SHA512_Update(c, name, strlen(name));
	SHA512_Final(hash, c);
	for (size_t i = 0; i < 64; i++)
		start[i / 8] = start[i / 8] << 8 | hash[i];
	sha512_t_init(c, start, 64);
	*ret = d;
}

void digest_update(struct digest *d, struct bytes in)
{
	if (in.len > 0)
		families[rows[d->alg].family].update(d, in);
}

void digest_final(struct digest *d, unsigned char *ret)
{
	families[rows[d->alg].family].final(d, ret);
}

void digest_end(struct digest *d)
{
	if (d->started)
		wipe(d, sizeof(*d));
}

void digest_whole(enum digest_alg alg, struct bytes in, unsigned char *ret)
{
	struct digest d;

	digest_start(alg, &d);
	digest_update(&d, in);
	digest_final(&d, ret);
	digest_end(&d);
}
