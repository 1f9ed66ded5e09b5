/* SPDX-License-Identifier: Apache-2.0 */
/* Block ciphers through EVP with libcrypto's padding off. Knows no mechanism. */
#include <string.h>

#include "crypto/ossl_internal.h"
#include "base/log.h"
#include "crypto/cipher.h"

/* EVP counts in int; a multiple of the block. */
#define STRIDE ((size_t)1 << 30)

static const struct cipher_row {
	bool sizes[CIPHER_SIZES];
	unsigned char block;
} rows[CIPHER_ALGS] = {
	[CIPHER_AES] = {{true, true, true}, 16},
	[CIPHER_CAMELLIA] = {{true, true, true}, 16},
	[CIPHER_ARIA] = {{true, true, true}, 16},
	[CIPHER_SEED] = {{true, false, false}, 16},
	[CIPHER_DES3] = {{true, true, false}, 8},
	[CIPHER_CHACHA20] = {{false, false, true}, 16},
};

size_t cipher_block_size(enum cipher_alg alg)
{
	return rows[alg].block;
}

bool cipher_key_fits(enum cipher_alg alg, size_t len)
{
	return (len == 16 || len == 24 || len == 32) && rows[alg].sizes[len / 8 - 2];
}

static CK_RV init(struct cipher *c, const EVP_CIPHER *cipher, bool encrypt, const unsigned char *key, const unsigned char *iv)
{
	if (c->ctx == NULL)
		c->ctx = EVP_CIPHER_CTX_new();
	if (c->ctx == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "cipher context");
	if (EVP_CipherInit_ex2(c->ctx, cipher, key, iv, encrypt ? 1 : 0, NULL) != 1 || EVP_CIPHER_CTX_set_padding(c->ctx, 0) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "cipher");
	return CKR_OK;
}

CK_RV cipher_start(struct ossl *o, struct cipher *c, enum cipher_mode mode, bool encrypt, struct bytes key, const unsigned char *iv)
{
	return cipher_start_any(o, c, CIPHER_AES, mode, encrypt, key, iv);
}

/* Two keys are three of which the last is the first. */
static CK_RV start_two_keys(struct cipher *c, const EVP_CIPHER *cipher, bool encrypt, struct bytes key, const unsigned char *iv)
{
	unsigned char keys[24];
	CK_RV rv;

	memcpy(keys, key.data, 16);
	memcpy(keys + 16, key.data, 8);
	rv = init(c, cipher, encrypt, keys, iv);
	wipe(keys, sizeof(keys));
	return rv;
}

CK_RV cipher_start_any(struct ossl *o, struct cipher *c, enum cipher_alg alg, enum cipher_mode mode, bool encrypt, struct bytes key,
                       const unsigned char *iv)
{
	const EVP_CIPHER *cipher;

	if (!cipher_key_fits(alg, key.len))
		return fail(CKR_KEY_SIZE_RANGE, "a cipher key of %zu bytes", key.len);
	try(ossl_cipher(o, alg, mode, key.len, &cipher));
	if (alg == CIPHER_DES3 && key.len == 16)
		return start_two_keys(c, cipher, encrypt, key, iv);
	return init(c, cipher, encrypt, key.data, iv);
}

CK_RV cipher_restart(struct cipher *c, const unsigned char *iv)
{
	if (EVP_CipherInit_ex2(c->ctx, NULL, NULL, iv, -1, NULL) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "cipher");
	return CKR_OK;
}

CK_RV cipher_run(struct cipher *c, struct bytes in, unsigned char *out)
{
	while (in.len > 0) {
		size_t n = in.len < STRIDE ? in.len : STRIDE;
		int made = 0;

		if (EVP_CipherUpdate(c->ctx, out, &made, in.data, (int)n) != 1 || (size_t)made != n)
			return ossl_fail(CKR_FUNCTION_FAILED, "cipher");
		in = bytes_of(in.data + n, in.len - n);
		out += n;
	}
	return CKR_OK;
}

CK_RV cipher_chain(const struct cipher *c, unsigned char ret[CIPHER_BLOCK])
{
	if (EVP_CIPHER_CTX_get_updated_iv(c->ctx, ret, CIPHER_BLOCK) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "cipher");
	return CKR_OK;
}

CK_RV cipher_used(const struct cipher *c, unsigned *ret)
{
	int used = EVP_CIPHER_CTX_get_num(c->ctx);

	if (used < 0)
		return ossl_fail(CKR_FUNCTION_FAILED, "cipher");
	*ret = (unsigned)used;
	return CKR_OK;
}

void cipher_end(struct cipher *c)
{
	EVP_CIPHER_CTX_free(c->ctx);
	c->ctx = NULL;
}
