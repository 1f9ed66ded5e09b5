/* SPDX-License-Identifier: Apache-2.0 */
/* AES-ECB, CBC and CTR through EVP with libcrypto's padding off. Knows no mechanism. */
#include <limits.h>

#include "crypto/ossl_internal.h"
#include "base/log.h"
#include "crypto/cipher.h"

/* EVP counts in int; a multiple of the block. */
#define STRIDE ((size_t)1 << 30)

CK_RV cipher_start(struct ossl *o, struct cipher *c, enum cipher_mode mode, bool encrypt, struct bytes key, const unsigned char *iv)
{
	if (key.len != 16 && key.len != 24 && key.len != 32)
		return fail(CKR_KEY_SIZE_RANGE, "an AES key of %zu bytes", key.len);
	if (c->ctx == NULL)
		c->ctx = EVP_CIPHER_CTX_new();
	if (c->ctx == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "cipher context");
	if (EVP_CipherInit_ex2(c->ctx, o->aes[mode][(key.len - 16) / 8], key.data, iv, encrypt ? 1 : 0, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(c->ctx, 0) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "cipher");
	return CKR_OK;
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

void cipher_end(struct cipher *c)
{
	EVP_CIPHER_CTX_free(c->ctx);
	c->ctx = NULL;
}
