/* SPDX-License-Identifier: Apache-2.0 */
/* AES-GCM through EVP. The provider takes IVs of up to 128 bytes; longer ones, which the standard allows and
 * nearly nobody uses, go through libcrypto's generic GCM over the provider's AES-ECB. Knows no mechanism. */
#include <openssl/modes.h>

#include "crypto/ossl_internal.h"
#include "base/log.h"
#include "crypto/cipher_gcm.h"

/* EVP counts in int; a multiple of the block. */
#define STRIDE ((size_t)1 << 30)
#define USUAL_IV 12
#define PROVIDER_IV_MAX 128

static void one_block(const unsigned char in[16], unsigned char out[16], const void *ecb)
{
	int made = 0;

	/* Cannot fail: whole blocks in ECB with a key that is set. */
	(void)EVP_CipherUpdate((EVP_CIPHER_CTX *)(uintptr_t)ecb, out, &made, in, 16);
}

static CK_RV start_slow(struct gcm *g, const EVP_CIPHER *ecb, struct bytes key, struct bytes iv)
{
	if (EVP_CipherInit_ex2(g->ctx, ecb, key.data, NULL, 1, NULL) != 1 || EVP_CIPHER_CTX_set_padding(g->ctx, 0) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "AES-GCM");
	g->slow = CRYPTO_gcm128_new(g->ctx, one_block);
	if (g->slow == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "AES-GCM");
	CRYPTO_gcm128_setiv(g->slow, iv.data, iv.len);
	return CKR_OK;
}

static CK_RV start_evp(struct gcm *g, const EVP_CIPHER *gcm, struct bytes key, struct bytes iv)
{
	int direction = g->encrypt ? 1 : 0;

	if (iv.len == USUAL_IV) {
		if (EVP_CipherInit_ex2(g->ctx, gcm, key.data, iv.data, direction, NULL) == 1)
			return CKR_OK;
	} else if (EVP_CipherInit_ex2(g->ctx, gcm, NULL, NULL, direction, NULL) == 1 &&
	           EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)iv.len, NULL) == 1 &&
	           EVP_CipherInit_ex2(g->ctx, NULL, key.data, iv.data, direction, NULL) == 1) {
		return CKR_OK;
	}
	return ossl_fail(CKR_FUNCTION_FAILED, "AES-GCM");
}

CK_RV gcm_add_aad(struct gcm *g, struct bytes aad)
{
	while (aad.len > 0) {
		size_t n = aad.len < STRIDE ? aad.len : STRIDE;
		int made = 0;

		if (g->slow != NULL ? CRYPTO_gcm128_aad(g->slow, aad.data, n) != 0
		                    : EVP_CipherUpdate(g->ctx, NULL, &made, aad.data, (int)n) != 1)
			return ossl_fail(CKR_FUNCTION_FAILED, "AES-GCM");
		aad = bytes_of(aad.data + n, aad.len - n);
	}
	return CKR_OK;
}

static void drop_slow(struct gcm *g)
{
	if (g->slow != NULL)
		CRYPTO_gcm128_release(g->slow);
	g->slow = NULL;
}

CK_RV gcm_start(struct ossl *o, struct gcm *g, bool encrypt, struct bytes key, struct bytes iv, struct bytes aad)
{
	const EVP_CIPHER *cipher;

	if (key.len != 16 && key.len != 24 && key.len != 32)
		return fail(CKR_KEY_SIZE_RANGE, "an AES key of %zu bytes", key.len);
	drop_slow(g);
	if (g->ctx == NULL)
		g->ctx = EVP_CIPHER_CTX_new();
	else if (iv.len != g->iv_len)
		EVP_CIPHER_CTX_reset(g->ctx); /* it would remember the length */
	if (g->ctx == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "cipher context");
	g->encrypt = encrypt;
	g->iv_len = iv.len;
	g->keyed = iv.len <= PROVIDER_IV_MAX;
	try(ossl_cipher(o, CIPHER_AES, g->keyed ? CIPHER_GCM : CIPHER_ECB, key.len, &cipher));
	try(g->keyed ? start_evp(g, cipher, key, iv) : start_slow(g, cipher, key, iv));
	return gcm_add_aad(g, aad);
}

CK_RV gcm_restart(struct ossl *o, struct gcm *g, struct bytes key, struct bytes iv, struct bytes aad)
{
	if (!g->keyed || iv.len != g->iv_len)
		return gcm_start(o, g, g->encrypt, key, iv, aad);
	if (EVP_CipherInit_ex2(g->ctx, NULL, NULL, iv.data, -1, NULL) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "AES-GCM");
	return gcm_add_aad(g, aad);
}

static bool run_slow(struct gcm *g, struct bytes in, unsigned char *out)
{
	if (g->encrypt)
		return CRYPTO_gcm128_encrypt(g->slow, in.data, out, in.len) == 0;
	return CRYPTO_gcm128_decrypt(g->slow, in.data, out, in.len) == 0;
}

CK_RV gcm_run(struct gcm *g, struct bytes in, unsigned char *out)
{
	while (in.len > 0) {
		size_t n = in.len < STRIDE ? in.len : STRIDE;
		int made = 0;

		if (g->slow != NULL ? !run_slow(g, bytes_of(in.data, n), out)
		                    : EVP_CipherUpdate(g->ctx, out, &made, in.data, (int)n) != 1)
			return ossl_fail(CKR_FUNCTION_FAILED, "AES-GCM");
		in = bytes_of(in.data + n, in.len - n);
		out += n;
	}
	return CKR_OK;
}

CK_RV gcm_tag(struct gcm *g, unsigned char *ret, size_t len)
{
	unsigned char none[GCM_TAG_MAX];
	int made = 0;

	if (g->slow != NULL) {
		CRYPTO_gcm128_tag(g->slow, ret, len);
		return CKR_OK;
	}
	if (EVP_CipherFinal_ex(g->ctx, none, &made) != 1 ||
	    EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_AEAD_GET_TAG, (int)len, ret) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "AES-GCM");
	return CKR_OK;
}

static bool tag_right(struct gcm *g, struct bytes tag)
{
	unsigned char none[GCM_TAG_MAX];
	int made = 0;

	if (g->slow != NULL)
		return CRYPTO_gcm128_finish(g->slow, tag.data, tag.len) == 0;
	return EVP_CIPHER_CTX_ctrl(g->ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag.len, (void *)(uintptr_t)tag.data) == 1 &&
	       EVP_CipherFinal_ex(g->ctx, none, &made) == 1;
}

CK_RV gcm_check(struct gcm *g, struct bytes tag)
{
	if (tag.len == 0 || tag.len > GCM_TAG_MAX || !tag_right(g, tag)) {
		ERR_clear_error();
		return fail(CKR_ENCRYPTED_DATA_INVALID, "the GCM tag does not match");
	}
	return CKR_OK;
}

void gcm_end(struct gcm *g)
{
	drop_slow(g);
	EVP_CIPHER_CTX_free(g->ctx);
	g->ctx = NULL;
}
