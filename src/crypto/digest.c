/* SPDX-License-Identifier: Apache-2.0 */
/* Hash functions. This file and digest_state.c are the only ones that know the fields of libcrypto's low-level
 * hash contexts: they are the one way to a state that can be saved, and twice as fast as EVP on short inputs.
 * Knows no mechanism. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <stdio.h>
#include <string.h>

#include "crypto/ossl_internal.h"
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
	[DIGEST_SHA3_224] = {DIGEST_FAMILY_EVP, 28, 144, NULL},
	[DIGEST_SHA3_256] = {DIGEST_FAMILY_EVP, 32, 136, NULL},
	[DIGEST_SHA3_384] = {DIGEST_FAMILY_EVP, 48, 104, NULL},
	[DIGEST_SHA3_512] = {DIGEST_FAMILY_EVP, 64, 72, NULL},
	[DIGEST_BLAKE2B_160] = {DIGEST_FAMILY_EVP, 20, 128, NULL},
	[DIGEST_BLAKE2B_256] = {DIGEST_FAMILY_EVP, 32, 128, NULL},
	[DIGEST_BLAKE2B_384] = {DIGEST_FAMILY_EVP, 48, 128, NULL},
	[DIGEST_BLAKE2B_512] = {DIGEST_FAMILY_EVP, 64, 128, NULL},
	[DIGEST_RIPEMD160] = {DIGEST_FAMILY_RIPEMD160, 20, 64, NULL},
	[DIGEST_MD5] = {DIGEST_FAMILY_MD5, 16, 64, NULL},
	[DIGEST_MD2] = {DIGEST_FAMILY_EVP, 16, 16, NULL},
};

_Static_assert(sizeof(SHA512_CTX) <= sizeof(((struct digest *)NULL)->u.low), "struct digest holds the largest context");

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

static bool is_blake2b(enum digest_alg alg)
{
	return alg >= DIGEST_BLAKE2B_160 && alg <= DIGEST_BLAKE2B_512;
}

static CK_RV evp_start(struct ossl *o, enum digest_alg alg, struct digest *d)
{
	size_t size = rows[alg].size;
	OSSL_PARAM sized[] = {OSSL_PARAM_construct_size_t(OSSL_DIGEST_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
	const EVP_MD *md;
	EVP_MD_CTX *ctx;

	try(ossl_md(o, alg, &md));
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "digest context");
	/* The size goes into BLAKE2's first block: its short forms are hash functions of their own. An older libcrypto
	 * does not know the parameter and would go on with the long one. */
	if (EVP_DigestInit_ex2(ctx, md, is_blake2b(alg) ? sized : NULL) != 1 ||
	    (is_blake2b(alg) && EVP_MD_CTX_get_size(ctx) != (int)size)) {
		EVP_MD_CTX_free(ctx);
		return ossl_fail(CKR_FUNCTION_FAILED, ossl_digest_name(alg));
	}
	d->u.evp = ctx;
	return CKR_OK;
}

CK_RV digest_start(struct ossl *o, enum digest_alg alg, struct digest *ret)
{
	if (rows[alg].family == DIGEST_FAMILY_EVP)
		try(evp_start(o, alg, ret));
	ret->alg = alg;
	ret->started = true;
	switch (rows[alg].family) {
	case DIGEST_FAMILY_SHA1:
		SHA1_Init(digest_sha1(ret));
		break;
	case DIGEST_FAMILY_SHA256:
		if (alg == DIGEST_SHA224)
			SHA224_Init(digest_sha256(ret));
		else
			SHA256_Init(digest_sha256(ret));
		break;
	case DIGEST_FAMILY_SHA512:
		rows[alg].init512(digest_sha512(ret));
		break;
	case DIGEST_FAMILY_MD5:
		MD5_Init(digest_md5(ret));
		break;
	case DIGEST_FAMILY_RIPEMD160:
		RIPEMD160_Init(digest_ripemd160(ret));
		break;
	case DIGEST_FAMILY_EVP:
		break;
	}
	return CKR_OK;
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

CK_RV digest_update(struct digest *d, struct bytes in)
{
	if (in.len == 0)
		return CKR_OK;
	switch (rows[d->alg].family) {
	case DIGEST_FAMILY_SHA1:
		SHA1_Update(digest_sha1(d), in.data, in.len);
		break;
	case DIGEST_FAMILY_SHA256:
		SHA256_Update(digest_sha256(d), in.data, in.len);
		break;
	case DIGEST_FAMILY_SHA512:
		SHA512_Update(digest_sha512(d), in.data, in.len);
		break;
	case DIGEST_FAMILY_MD5:
		MD5_Update(digest_md5(d), in.data, in.len);
		break;
	case DIGEST_FAMILY_RIPEMD160:
		RIPEMD160_Update(digest_ripemd160(d), in.data, in.len);
		break;
	case DIGEST_FAMILY_EVP:
		if (EVP_DigestUpdate(d->u.evp, in.data, in.len) != 1)
			return ossl_fail(CKR_FUNCTION_FAILED, ossl_digest_name(d->alg));
		break;
	}
	return CKR_OK;
}

CK_RV digest_final(struct digest *d, unsigned char *ret)
{
	switch (rows[d->alg].family) {
	case DIGEST_FAMILY_SHA1:
		SHA1_Final(ret, digest_sha1(d));
		break;
	case DIGEST_FAMILY_SHA256:
		SHA256_Final(ret, digest_sha256(d));
		break;
	case DIGEST_FAMILY_SHA512:
		SHA512_Final(ret, digest_sha512(d));
		break;
	case DIGEST_FAMILY_MD5:
		MD5_Final(ret, digest_md5(d));
		break;
	case DIGEST_FAMILY_RIPEMD160:
		RIPEMD160_Final(ret, digest_ripemd160(d));
		break;
	case DIGEST_FAMILY_EVP:
		if (EVP_DigestFinal_ex(d->u.evp, ret, NULL) != 1)
			return ossl_fail(CKR_FUNCTION_FAILED, ossl_digest_name(d->alg));
		break;
	}
	return CKR_OK;
}

void digest_end(struct digest *d)
{
	if (!d->started)
		return;
	if (rows[d->alg].family == DIGEST_FAMILY_EVP)
		EVP_MD_CTX_free(d->u.evp);
	wipe(d, sizeof(*d));
}

CK_RV digest_dup(const struct digest *from, struct digest *ret)
{
	struct digest d = *from;

	if (rows[from->alg].family == DIGEST_FAMILY_EVP) {
		d.u.evp = EVP_MD_CTX_new();
		if (d.u.evp == NULL || EVP_MD_CTX_copy_ex(d.u.evp, from->u.evp) != 1) {
			EVP_MD_CTX_free(d.u.evp);
			return ossl_fail(CKR_HOST_MEMORY, "digest context");
		}
	}
	*ret = d;
	return CKR_OK;
}

CK_RV digest_whole(struct ossl *o, enum digest_alg alg, struct bytes in, unsigned char *ret)
{
	struct digest d;
	CK_RV rv;

	try(digest_start(o, alg, &d));
	rv = digest_update(&d, in);
	if (rv == CKR_OK)
		rv = digest_final(&d, ret);
	digest_end(&d);
	return rv;
}
