/* SPDX-License-Identifier: Apache-2.0 */
/* KW and KWP over AES-ECB, block by block: libcrypto's own key wrap runs without the processor's AES instructions
 * and is several times slower. Knows no parameter. */
#include "mech/aes_kw.h"

#include <string.h>

#include "base/log.h"
#include "crypto/cipher.h"

#define HALF AES_KW_SEMIBLOCK
#define ROUNDS 6
/* The length field of KWP. */
#define KWP_MAX ((size_t)UINT32_MAX)

const unsigned char aes_kw_iv[8] = {0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6};
const unsigned char aes_kwp_iv[4] = {0xa6, 0x59, 0x59, 0xa6};

static void add_step(unsigned char a[HALF], uint64_t t)
{
	for (unsigned i = 0; i < HALF; i++)
		a[i] ^= (unsigned char)(t >> (8 * (HALF - 1 - i)));
}

/* W of SP 800-38F (algorithm 1): a in front of r, n semiblocks, in place. */
static CK_RV forth(struct cipher *c, unsigned char a[HALF], unsigned char *r, size_t n)
{
	unsigned char block[CIPHER_BLOCK];
	CK_RV rv = CKR_OK;

	memcpy(block, a, HALF);
	for (size_t t = 1; t <= ROUNDS * n && rv == CKR_OK; t++) {
		unsigned char *half = r + (t - 1) % n * HALF;

		memcpy(block + HALF, half, HALF);
		rv = cipher_run(c, bytes_of(block, sizeof(block)), block);
		memcpy(half, block + HALF, HALF);
		add_step(block, t);
	}
	memcpy(a, block, HALF);
	wipe(block, sizeof(block));
	return rv;
}

/* Its inverse (algorithm 2). */
static CK_RV back(struct cipher *c, unsigned char a[HALF], unsigned char *r, size_t n)
{
	unsigned char block[CIPHER_BLOCK];
	CK_RV rv = CKR_OK;

	memcpy(block, a, HALF);
	for (size_t t = ROUNDS * n; t > 0 && rv == CKR_OK; t--) {
		unsigned char *half = r + (t - 1) % n * HALF;

		add_step(block, t);
		memcpy(block + HALF, half, HALF);
		rv = cipher_run(c, bytes_of(block, sizeof(block)), block);
		memcpy(half, block + HALF, HALF);
	}
	memcpy(a, block, HALF);
	wipe(block, sizeof(block));
	return rv;
}

/* ---- KW ------------------------------------------------------------------------------------ */

CK_RV aes_kw_wrap(struct ossl *o, struct bytes kek, const unsigned char iv[8], struct bytes plain, unsigned char *out)
{
	struct cipher c cleanup(cipher_end) = {0};

	if (plain.len < 2 * HALF || plain.len % HALF != 0)
		return fail(CKR_DATA_LEN_RANGE, "key wrap of %zu bytes: 16 or more, a multiple of 8", plain.len);
	try(cipher_start(o, &c, CIPHER_ECB, true, kek, NULL));
	memmove(out + HALF, plain.data, plain.len);
	memcpy(out, iv, HALF);
	return forth(&c, out, out + HALF, plain.len / HALF);
}

/* Unwraps to a and out without looking at what came out. */
static CK_RV unwrap_raw(struct ossl *o, struct bytes kek, struct bytes wrapped, unsigned char a[HALF], unsigned char *out)
{
	struct cipher c cleanup(cipher_end) = {0};

	try(cipher_start(o, &c, CIPHER_ECB, false, kek, NULL));
	memcpy(a, wrapped.data, HALF);
	memmove(out, wrapped.data + HALF, wrapped.len - HALF);
	return back(&c, a, out, wrapped.len / HALF - 1);
}

CK_RV aes_kw_unwrap(struct ossl *o, struct bytes kek, const unsigned char iv[8], struct bytes wrapped, unsigned char *out)
{
	unsigned char a[HALF];

	if (wrapped.len < 3 * HALF || wrapped.len % HALF != 0)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "key unwrap of %zu bytes: 24 or more, a multiple of 8", wrapped.len);
	CK_RV rv = unwrap_raw(o, kek, wrapped, a, out);
	if (rv == CKR_OK && !secret_equal(bytes_of(a, HALF), bytes_of(iv, HALF)))
		rv = fail(CKR_ENCRYPTED_DATA_INVALID, "the wrapped key is not authentic");
	if (rv != CKR_OK)
		wipe(out, wrapped.len - HALF);
	wipe(a, sizeof(a));
	return rv;
}

/* ---- KWP ----------------------------------------------------------------------------------- */

static size_t padded(size_t len)
{
	return (len + HALF - 1) / HALF * HALF;
}

size_t aes_kwp_size(size_t plain_len)
{
	return padded(plain_len) + HALF;
}

static void put_length(unsigned char ret[4], size_t len)
{
	for (unsigned i = 0; i < 4; i++)
		ret[i] = (unsigned char)(len >> (8 * (3 - i)));
}

CK_RV aes_kwp_wrap(struct ossl *o, struct bytes kek, const unsigned char iv[4], struct bytes plain, unsigned char *out)
{
	struct cipher c cleanup(cipher_end) = {0};
	size_t n = padded(plain.len);

	if (plain.len == 0 || plain.len > KWP_MAX)
		return fail(CKR_DATA_LEN_RANGE, "key wrap with padding of %zu bytes", plain.len);
	try(cipher_start(o, &c, CIPHER_ECB, true, kek, NULL));
	memmove(out + HALF, plain.data, plain.len);
	memset(out + HALF + plain.len, 0, n - plain.len);
	memcpy(out, iv, 4);
	put_length(out + 4, plain.len);
	if (n == HALF)
		return cipher_run(&c, bytes_of(out, CIPHER_BLOCK), out);
	return forth(&c, out, out + HALF, n / HALF);
}

/* One block is enciphered directly. */
static CK_RV unwrap_block(struct ossl *o, struct bytes kek, struct bytes wrapped, unsigned char a[HALF], unsigned char *out)
{
	struct cipher c cleanup(cipher_end) = {0};
	unsigned char block[CIPHER_BLOCK];

	try(cipher_start(o, &c, CIPHER_ECB, false, kek, NULL));
	CK_RV rv = cipher_run(&c, wrapped, block);
	memcpy(a, block, HALF);
	memcpy(out, block + HALF, HALF);
	wipe(block, sizeof(block));
	return rv;
}

/* The initial value, a length that fits, and zeros behind it; every byte is looked at whatever is found. */
static bool kwp_valid(const unsigned char a[HALF], const unsigned char iv[4], const unsigned char *out, size_t n, size_t *ret_len)
{
	size_t len = (size_t)a[4] << 24 | (size_t)a[5] << 16 | (size_t)a[6] << 8 | a[7];
	bool valid = secret_equal(bytes_of(a, 4), bytes_of(iv, 4)) & (len <= n) & (len + HALF > n) & (len > 0);
	unsigned char any = 0;

	for (size_t i = n - HALF; i < n; i++)
		any |= i >= len ? out[i] : 0;
	*ret_len = len;
	return valid & (any == 0);
}

CK_RV aes_kwp_unwrap(struct ossl *o, struct bytes kek, const unsigned char iv[4], struct bytes wrapped, unsigned char *out, size_t *ret_len)
{
	unsigned char a[HALF];
	size_t len = 0;

	if (wrapped.len < 2 * HALF || wrapped.len % HALF != 0)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "key unwrap with padding of %zu bytes", wrapped.len);
	CK_RV rv = wrapped.len == CIPHER_BLOCK ? unwrap_block(o, kek, wrapped, a, out) : unwrap_raw(o, kek, wrapped, a, out);
	if (rv == CKR_OK && !kwp_valid(a, iv, out, wrapped.len - HALF, &len))
		rv = fail(CKR_ENCRYPTED_DATA_INVALID, "the wrapped key is not authentic");
	if (rv != CKR_OK)
		wipe(out, wrapped.len - HALF);
	else
		*ret_len = len;
	wipe(a, sizeof(a));
	return rv;
}
