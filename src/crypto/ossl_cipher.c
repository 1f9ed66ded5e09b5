/* SPDX-License-Identifier: Apache-2.0 */
/* Ciphers by algorithm, mode and key length: those that the facade has ready, and the rest fetched at first use and
 * kept. Knows libcrypto's names; knows no mechanism. */
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

CK_RV ossl_cipher(struct ossl *o, enum cipher_alg alg, enum cipher_mode mode, size_t key_len, const EVP_CIPHER **ret)
{
	size_t size = with_size[alg] != NULL ? key_len / 8 - 2 : 0;
	_Atomic(EVP_CIPHER *) *place = &o->cipher[alg][mode][size];
	EVP_CIPHER *there = alg == CIPHER_AES && mode < CIPHER_READY ? o->aes[mode][size] : atomic_load(place);
	EVP_CIPHER *mine;
	char name[32];

	if (there == NULL) {
		name_of(alg, mode, key_len, name);
		mine = EVP_CIPHER_fetch(o->libctx, name, NULL);
		if (mine == NULL)
			return ossl_fail(CKR_FUNCTION_FAILED, name);
		/* Another thread may have been faster: there is then its. */
		if (atomic_compare_exchange_strong(place, &there, mine))
			there = mine;
		else
			EVP_CIPHER_free(mine);
	}
	*ret = there;
	return CKR_OK;
}
