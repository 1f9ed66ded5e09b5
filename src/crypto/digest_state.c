/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a stream of SHA-1, SHA-2, MD5 or RIPEMD-160 as bytes, the same on every machine, little endian:
 *   u8 algorithm, the chaining words (4 to 8, as u64), u64 high and u64 low half of the length in bits,
 *   then the bytes of the block that is not full yet.
 * Believes nothing on the way back in. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <string.h>

#include "base/log.h"
#include "crypto/digest.h"
#include "crypto/digest_low.h"

/* Where the fields of a low-level context are; those of 4 bytes or those of 8, the others NULL. */
struct fields {
	unsigned words;
	SHA_LONG *h32[8];
	SHA_LONG *low32, *high32;
	SHA_LONG64 *h64;
	SHA_LONG64 *low64, *high64;
	unsigned char *data;
	unsigned *num;
};

static void fields_sha1(SHA_CTX *c, struct fields *f)
{
	*f = (struct fields){
		.words = 5,
		.h32 = {&c->h0, &c->h1, &c->h2, &c->h3, &c->h4},
		.low32 = &c->Nl,
		.high32 = &c->Nh,
		.data = (unsigned char *)c->data,
		.num = &c->num,
	};
}

static void fields_sha256(SHA256_CTX *c, struct fields *f)
{
	*f = (struct fields){
		.words = 8,
		.low32 = &c->Nl,
		.high32 = &c->Nh,
		.data = (unsigned char *)c->data,
		.num = &c->num,
	};
	for (size_t i = 0; i < 8; i++)
		f->h32[i] = &c->h[i];
}

static void fields_sha512(SHA512_CTX *c, struct fields *f)
{
	*f = (struct fields){
		.words = 8,
		.h64 = c->h,
		.low64 = &c->Nl,
		.high64 = &c->Nh,
		.data = c->u.p,
		.num = &c->num,
	};
}

static void fields_md5(MD5_CTX *c, struct fields *f)
{
	*f = (struct fields){
		.words = 4,
		.h32 = {&c->A, &c->B, &c->C, &c->D},
		.low32 = &c->Nl,
		.high32 = &c->Nh,
		.data = (unsigned char *)c->data,
		.num = &c->num,
	};
}

static void fields_ripemd160(RIPEMD160_CTX *c, struct fields *f)
{
	*f = (struct fields){
		.words = 5,
		.h32 = {&c->A, &c->B, &c->C, &c->D, &c->E},
		.low32 = &c->Nl,
		.high32 = &c->Nh,
		.data = (unsigned char *)c->data,
		.num = &c->num,
	};
}

/* False for an algorithm without a low-level context. */
static bool fields_of(struct digest *d, struct fields *f)
{
	switch (digest_family(d->alg)) {
	case DIGEST_FAMILY_SHA1:
		fields_sha1(digest_sha1(d), f);
		return true;
	case DIGEST_FAMILY_SHA256:
		fields_sha256(digest_sha256(d), f);
		return true;
	case DIGEST_FAMILY_SHA512:
		fields_sha512(digest_sha512(d), f);
		return true;
	case DIGEST_FAMILY_MD5:
		fields_md5(digest_md5(d), f);
		return true;
	case DIGEST_FAMILY_RIPEMD160:
		fields_ripemd160(digest_ripemd160(d), f);
		return true;
	case DIGEST_FAMILY_EVP:
		break;
	}
	return false;
}

bool digest_saveable(enum digest_alg alg)
{
	return digest_family(alg) != DIGEST_FAMILY_EVP;
}

static CK_RV put_fields(const struct fields *f, struct buf *ret)
{
	for (size_t i = 0; i < f->words; i++)
		try(buf_put_u64(ret, f->h64 != NULL ? f->h64[i] : *f->h32[i]));
	try(buf_put_u64(ret, f->high64 != NULL ? *f->high64 : 0));
	try(buf_put_u64(ret, f->low64 != NULL ? *f->low64 : (uint64_t)*f->high32 << 32 | *f->low32));
	return buf_append(ret, bytes_of(f->data, *f->num));
}

CK_RV digest_save(const struct digest *d, struct buf *ret)
{
	struct digest copy = *d;
	struct fields f;
	CK_RV rv;

	if (!fields_of(&copy, &f))
		return fail(CKR_STATE_UNSAVEABLE, "this hash function's state cannot be read");
	rv = buf_put_u8(ret, (uint8_t)d->alg);
	if (rv == CKR_OK)
		rv = put_fields(&f, ret);
	wipe(&copy, sizeof(copy));
	return rv;
}

/* The length must be whole bytes, and what is left over of it must be exactly what is buffered. */
static bool length_plausible(const struct digest *d, uint64_t high, uint64_t low, size_t buffered)
{
	size_t block = digest_block(d->alg);

	if (digest_family(d->alg) != DIGEST_FAMILY_SHA512 && high != 0)
		return false;
	return low % 8 == 0 && buffered < block && low / 8 % block == buffered;
}

static bool take_fields(const struct digest *d, struct bytes *in, struct fields *f)
{
	uint64_t high, low;
	uint64_t h[8];

	for (size_t i = 0; i < f->words; i++)
		if (!bytes_take_u64(in, &h[i]) || (f->h64 == NULL && h[i] > UINT32_MAX))
			return false;
	if (!bytes_take_u64(in, &high) || !bytes_take_u64(in, &low) || !length_plausible(d, high, low, in->len))
		return false;
	for (size_t i = 0; i < f->words; i++) {
		if (f->h64 != NULL)
			f->h64[i] = h[i];
		else
			*f->h32[i] = (SHA_LONG)h[i];
	}
	if (f->low64 != NULL) {
		*f->high64 = high;
		*f->low64 = low;
	} else {
		*f->high32 = (SHA_LONG)(low >> 32);
		*f->low32 = (SHA_LONG)low;
	}
	*f->num = (unsigned)in->len;
	if (in->len > 0)
		memcpy(f->data, in->data, in->len);
	return true;
}

CK_RV digest_restore(struct digest *d, struct bytes state)
{
	struct digest copy = *d;
	struct fields f;
	uint8_t alg;

	if (!fields_of(&copy, &f) || !bytes_take_u8(&state, &alg) || alg != d->alg || !take_fields(d, &state, &f))
		return fail(CKR_SAVED_STATE_INVALID, "malformed digest state");
	*d = copy;
	wipe(&copy, sizeof(copy));
	return CKR_OK;
}
