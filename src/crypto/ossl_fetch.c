/* SPDX-License-Identifier: Apache-2.0 */
/* Algorithms by their numbers here: fetched at first use, so that a start costs nothing for what nobody asks for, and
 * kept for all threads. Knows libcrypto's names; knows no mechanism. */
#include <openssl/kdf.h>

#include <stdio.h>

#include "crypto/ossl_internal.h"
#include "base/log.h"

static const char *const mode_names[CIPHER_MODES] = {
	[CIPHER_ECB] = "ECB", [CIPHER_CBC] = "CBC",   [CIPHER_CTR] = "CTR",   [CIPHER_GCM] = "GCM", [CIPHER_OFB] = "OFB",
	[CIPHER_CFB] = "CFB", [CIPHER_CFB8] = "CFB8", [CIPHER_CFB1] = "CFB1",
	[CIPHER_XTS] = "XTS", [CIPHER_POLY1305] = "Poly1305",
};

static const char *const with_size[CIPHER_ALGS] = {[CIPHER_AES] = "AES", [CIPHER_CAMELLIA] = "CAMELLIA", [CIPHER_ARIA] = "ARIA"};
static const char *const without_size[CIPHER_ALGS] = {
	[CIPHER_SEED] = "SEED", [CIPHER_DES3] = "DES-EDE3", [CIPHER_BLOWFISH] = "BF", [CIPHER_CAST128] = "CAST5", [CIPHER_IDEA] = "IDEA",
	[CIPHER_RC2] = "RC2",   [CIPHER_RC5] = "RC5",
};

static void name_of(enum cipher_alg alg, enum cipher_mode mode, size_t key_len, char ret[32])
{
	if (alg == CIPHER_CHACHA20)
		snprintf(ret, 32, "ChaCha20%s", mode == CIPHER_POLY1305 ? "-Poly1305" : "");
	else if (alg == CIPHER_RC4)
		snprintf(ret, 32, "RC4");
	else if (without_size[alg] != NULL)
		snprintf(ret, 32, "%s-%s", without_size[alg], mode_names[mode]);
	else
		snprintf(ret, 32, "%s-%zu-%s", with_size[alg], key_len * 8, mode_names[mode]);
}

/* What was fetched goes into its place, unless another thread was faster: then its serves. */
static void *keep(_Atomic(void *) *place, void *mine, void (*give_back)(void *))
{
	void *there = NULL;

	if (atomic_compare_exchange_strong(place, &there, mine))
		return mine;
	give_back(mine);
	return there;
}

static void give_back_cipher(void *cipher)
{
	EVP_CIPHER_free(cipher);
}

static void give_back_kdf(void *kdf)
{
	EVP_KDF_free(kdf);
}

CK_RV ossl_cipher(struct ossl *o, enum cipher_alg alg, enum cipher_mode mode, size_t key_len, const EVP_CIPHER **ret)
{
	size_t size = with_size[alg] != NULL ? key_len / 8 - 2 : 0;
	_Atomic(void *) *place = &o->cipher[alg][mode][size];
	void *there = atomic_load_explicit(place, memory_order_acquire);
	char name[32];

	if (unlikely(there == NULL)) {
		name_of(alg, mode, key_len, name);
		there = EVP_CIPHER_fetch(o->libctx, name, NULL);
		if (there == NULL)
			return ossl_fail(CKR_FUNCTION_FAILED, name);
		there = keep(place, there, give_back_cipher);
	}
	*ret = there;
	return CKR_OK;
}

CK_RV ossl_kdf(struct ossl *o, enum ossl_kdf which, EVP_KDF **ret)
{
	static const char *const names[OSSL_KDFS] = {[OSSL_KDF_HKDF] = "HKDF", [OSSL_KDF_ARGON2ID] = "ARGON2ID"};
	void *there = atomic_load_explicit(&o->kdf[which], memory_order_acquire);

	if (unlikely(there == NULL)) {
		there = EVP_KDF_fetch(o->libctx, names[which], NULL);
		if (there == NULL)
			return ossl_fail(CKR_FUNCTION_NOT_SUPPORTED, names[which]);
		there = keep(&o->kdf[which], there, give_back_kdf);
	}
	*ret = there;
	return CKR_OK;
}

void ossl_give_back_all(struct ossl *o)
{
	for (size_t i = 0; i < OSSL_KDFS; i++)
		give_back_kdf(o->kdf[i]);
	for (size_t alg = 0; alg < CIPHER_ALGS; alg++)
		for (size_t mode = 0; mode < CIPHER_MODES; mode++)
			for (size_t size = 0; size < CIPHER_SIZES; size++)
				give_back_cipher(o->cipher[alg][mode][size]);
}
