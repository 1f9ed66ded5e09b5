/* SPDX-License-Identifier: Apache-2.0 */
/* AES-XTS through EVP. Knows no mechanism. */
#include "crypto/ossl_internal.h"
#include "base/log.h"
#include "crypto/cipher_xts.h"

CK_RV xts_unit(struct ossl *o, bool encrypt, struct bytes key, const unsigned char tweak[16], struct bytes in, unsigned char *out)
{
	const EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *ctx;
	int made = 0;
	bool worked;

	if (key.len != 32 && key.len != 64)
		return fail(CKR_KEY_SIZE_RANGE, "an AES-XTS key of %zu bytes", key.len);
	try(ossl_cipher(o, CIPHER_AES, CIPHER_XTS, key.len / 2, &cipher));
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "cipher context");
	worked = EVP_CipherInit_ex2(ctx, cipher, key.data, tweak, encrypt ? 1 : 0, NULL) == 1 &&
	         EVP_CipherUpdate(ctx, out, &made, in.data, (int)in.len) == 1 && (size_t)made == in.len;
	EVP_CIPHER_CTX_free(ctx);
	return worked ? CKR_OK : ossl_fail(CKR_FUNCTION_FAILED, "AES-XTS");
}
