/* SPDX-License-Identifier: Apache-2.0 */
/* Block ciphers through EVP with libcrypto's padding off. Knows no mechanism. */
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto/ossl_internal.h"
#include "base/log.h"
#include "crypto/cipher.h"

/* EVP counts in int; a multiple of the block. */
#define STRIDE ((size_t)1 << 30)

static const struct cipher_row {
	size_t min, max, step; /* keys, in bytes; steps are powers of two: no division in each call */
	unsigned char block;
	bool any_length; /* libcrypto's one algorithm is told the length of the key */
	const char *tuning; /* the name of its parameter */
	unsigned least, most, apart; /* which tunings there are */
	unsigned usual;     /* tuning: 0 means all bits of the key */
} rows[CIPHER_ALGS] = {
	[CIPHER_AES] = {16, 32, 8, .block = 16},
	[CIPHER_CAMELLIA] = {16, 32, 8, .block = 16},
	[CIPHER_ARIA] = {16, 32, 8, .block = 16},
	[CIPHER_SEED] = {16, 16, 1, .block = 16},
	[CIPHER_DES3] = {8, 24, 8, .block = 8},
	[CIPHER_BLOWFISH] = {1, 56, 1, .block = 8, .any_length = true},
	[CIPHER_CAST128] = {1, 16, 1, .block = 8, .any_length = true},
	[CIPHER_IDEA] = {16, 16, 1, .block = 8},
	[CIPHER_RC2] = {1, 128, 1, .block = 8, .any_length = true, .tuning = OSSL_CIPHER_PARAM_RC2_KEYBITS, .least = 1, .most = 1024, .apart = 1},
	[CIPHER_RC5] = {1, 255, 1, .block = 8, .any_length = true, .tuning = OSSL_CIPHER_PARAM_ROUNDS, .least = 8, .most = 16, .apart = 4, .usual = 12},
	[CIPHER_RC4] = {1, 256, 1, .block = 1, .any_length = true},
	[CIPHER_CHACHA20] = {32, 32, 1, .block = 16},
};

size_t cipher_block_size(enum cipher_alg alg)
{
	return rows[alg].block;
}

bool cipher_key_fits(enum cipher_alg alg, size_t len)
{
	return len >= rows[alg].min && len <= rows[alg].max && ((len - rows[alg].min) & (rows[alg].step - 1)) == 0;
}

bool cipher_tuning_fits(enum cipher_alg alg, unsigned long tuning)
{
	const struct cipher_row *r = &rows[alg];

	return r->tuning != NULL && tuning >= r->least && tuning <= r->most && (tuning - r->least) % r->apart == 0;
}

/* What libcrypto has to know before the key. */
static bool set_up(const struct cipher *c, const struct cipher_row *row, const EVP_CIPHER *cipher, bool encrypt, size_t key_len)
{
	unsigned value = c->tuning != 0 ? c->tuning : row->usual != 0 ? row->usual : (unsigned)(8 * key_len);
	const OSSL_PARAM params[] = {
		row->tuning != NULL ? OSSL_PARAM_construct_uint(row->tuning, &value) : OSSL_PARAM_construct_end(),
		OSSL_PARAM_construct_end(),
	};

	return EVP_CipherInit_ex2(c->ctx, cipher, NULL, NULL, encrypt ? 1 : 0, NULL) == 1 &&
	       EVP_CIPHER_CTX_set_key_length(c->ctx, (int)key_len) == 1 && EVP_CIPHER_CTX_set_params(c->ctx, params) == 1;
}

static unsigned padding;
static const OSSL_PARAM no_padding[] = {
	{OSSL_CIPHER_PARAM_PADDING, OSSL_PARAM_UNSIGNED_INTEGER, &padding, sizeof(padding), OSSL_PARAM_UNMODIFIED},
	{NULL, 0, NULL, 0, 0},
};

static CK_RV init(struct cipher *c, const EVP_CIPHER *cipher, bool encrypt, const unsigned char *key, const unsigned char *iv)
{
	if (c->ctx == NULL)
		c->ctx = EVP_CIPHER_CTX_new();
	if (c->ctx == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "cipher context");
	/* Said to the provider alone: EVP_CIPHER_CTX_set_padding would make EVP say it again with every new IV. */
	if (EVP_CipherInit_ex2(c->ctx, cipher, key, iv, encrypt ? 1 : 0, NULL) != 1 || EVP_CIPHER_CTX_set_params(c->ctx, no_padding) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "cipher");
	return CKR_OK;
}

CK_RV cipher_start(struct ossl *o, struct cipher *c, enum cipher_mode mode, bool encrypt, struct bytes key, const unsigned char *iv)
{
	return cipher_start_any(o, c, CIPHER_AES, mode, encrypt, key, iv);
}

/* One key is three times the same, of two the last is the first. */
static CK_RV start_des(struct cipher *c, const EVP_CIPHER *cipher, bool encrypt, struct bytes key, const unsigned char *iv)
{
	unsigned char keys[24];
	CK_RV rv;

	for (size_t i = 0; i < sizeof(keys); i++)
		keys[i] = key.data[i % key.len];
	rv = init(c, cipher, encrypt, keys, iv);
	wipe(keys, sizeof(keys));
	return rv;
}

static CK_RV start_any_length(struct cipher *c, const struct cipher_row *row, const EVP_CIPHER *cipher, bool encrypt, struct bytes key,
                              const unsigned char *iv)
{
	if (c->ctx == NULL)
		c->ctx = EVP_CIPHER_CTX_new();
	if (c->ctx == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "cipher context");
	if (!set_up(c, row, cipher, encrypt, key.len))
		return ossl_fail(CKR_FUNCTION_FAILED, "cipher");
	return init(c, NULL, encrypt, key.data, iv);
}

CK_RV cipher_start_any(struct ossl *o, struct cipher *c, enum cipher_alg alg, enum cipher_mode mode, bool encrypt, struct bytes key,
                       const unsigned char *iv)
{
	const EVP_CIPHER *cipher;

	if (!cipher_key_fits(alg, key.len))
		return fail(CKR_KEY_SIZE_RANGE, "a cipher key of %zu bytes", key.len);
	try(ossl_cipher(o, alg, mode, key.len, &cipher));
	if (alg == CIPHER_DES3)
		return start_des(c, cipher, encrypt, key, iv);
	if (rows[alg].any_length)
		return start_any_length(c, &rows[alg], cipher, encrypt, key, iv);
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
