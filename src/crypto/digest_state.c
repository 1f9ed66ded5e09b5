/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a stream as bytes, the same on every machine, little endian: u8 algorithm, then for SHA-3, BLAKE2b and MD2
 * what their own files say, for SHA-1, SHA-2, MD5 and RIPEMD-160
 *   the chaining words (4 to 8, as u64), u64 high and u64 low half of the length in bits,
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

static void fields_sha1(struct digest *d, struct fields *f)
{
	SHA_CTX *c = digest_sha1(d);

	*f = (struct fields){
		.words = 5,
		.h32 = {&c->h0, &c->h1, &c->h2, &c->h3, &c->h4},
		.low32 = &c->Nl,
		.high32 = &c->Nh,
		.data = (unsigned char *)c->data,
		.num = &c->num,
	};
}

static void fields_sha256(struct digest *d, struct fields *f)
{
	SHA256_CTX *c = digest_sha256(d);

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

static void fields_sha512(struct digest *d, struct fields *f)
{
	SHA512_CTX *c = digest_sha512(d);

	*f = (struct fields){
		.words = 8,
		.h64 = c->h,
		.low64 = &c->Nl,
		.high64 = &c->Nh,
		.data = c->u.p,
		.num = &c->num,
	};
}

static void fields_md5(struct digest *d, struct fields *f)
{
	MD5_CTX *c = digest_md5(d);

	*f = (struct fields){
		.words = 4,
		.h32 = {&c->A, &c->B, &c->C, &c->D},
		.low32 = &c->Nl,
		.high32 = &c->Nh,
		.data = (unsigned char *)c->data,
		.num = &c->num,
	};
}

static void fields_ripemd160(struct digest *d, struct fields *f)
{
	RIPEMD160_CTX *c = digest_ripemd160(d);

	*f = (struct fields){
		.words = 5,
		.h32 = {&c->A, &c->B, &c->C, &c->D, &c->E},
		.low32 = &c->Nl,
		.high32 = &c->Nh,
		.data = (unsigned char *)c->data,
		.num = &c->num,
	};
}

static void (*const low_fields[DIGEST_FAMILIES])(struct digest *d, struct fields *f) = {
	[DIGEST_FAMILY_SHA1] = fields_sha1,           [DIGEST_FAMILY_SHA256] = fields_sha256, [DIGEST_FAMILY_SHA512] = fields_sha512,
	[DIGEST_FAMILY_RIPEMD160] = fields_ripemd160, [DIGEST_FAMILY_MD5] = fields_md5,
};

static CK_RV put_fields(const struct fields *f, struct buf *ret)
{
	for (size_t i = 0; i < f->words; i++)
		try(buf_put_u64(ret, f->h64 != NULL ? f->h64[i] : *f->h32[i]));
	try(buf_put_u64(ret, f->high64 != NULL ? *f->high64 : 0));
	try(buf_put_u64(ret, f->low64 != NULL ? *f->low64 : (uint64_t)*f->high32 << 32 | *f->low32));
	return buf_append(ret, bytes_of(f->data, *f->num));
}

static CK_RV save_low(struct digest *d, struct buf *ret)
{
	struct fields f;

	low_fields[digest_family(d->alg)](d, &f);
	return put_fields(&f, ret);
}

CK_RV digest_save(const struct digest *d, struct buf *ret)
{
	struct digest copy cleanup(digest_end) = *d;

	try(buf_put_u8(ret, (uint8_t)d->alg));
	switch (digest_family(d->alg)) {
	case DIGEST_FAMILY_KECCAK:
		return keccak_save(digest_keccak(&copy), ret);
	case DIGEST_FAMILY_BLAKE2B:
		return blake2b_save(digest_blake2b(&copy), ret);
	case DIGEST_FAMILY_MD2:
		return md2_save(digest_md2(&copy), ret);
	default:
		return save_low(&copy, ret);
	}
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

static bool restore_low(struct digest *d, struct bytes state)
{
	struct digest copy cleanup(digest_end) = *d;
	struct fields f;

	low_fields[digest_family(d->alg)](&copy, &f);
	if (!take_fields(d, &state, &f))
		return false;
	*d = copy;
	return true;
}

static bool restore(struct digest *d, struct bytes state)
{
	switch (digest_family(d->alg)) {
	case DIGEST_FAMILY_KECCAK:
		return keccak_restore(digest_keccak(d), state);
	case DIGEST_FAMILY_BLAKE2B:
		return blake2b_restore(digest_blake2b(d), state);
	case DIGEST_FAMILY_MD2:
		return md2_restore(digest_md2(d), state);
	default:
		return restore_low(d, state);
	}
}

CK_RV digest_restore(struct digest *d, struct bytes state)
{
	uint8_t alg;

	if (!bytes_take_u8(&state, &alg) || alg != d->alg || !restore(d, state))
		return fail(CKR_SAVED_STATE_INVALID, "malformed digest state");
	return CKR_OK;
}
