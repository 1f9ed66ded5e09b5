/* SPDX-License-Identifier: Apache-2.0 */
/* See softhsm_key.h. The PIN is hashed with a salt of 8 bytes, SHA-256 again and again: 1500 times and as many more as
 * the last byte of the salt says. Everything is AES-256-CBC with PKCS #7 padding behind its IV. */
#include "core/softhsm_key.h"

#include <string.h>

#include "base/log.h"
#include "crypto/cipher.h"
#include "crypto/digest.h"

#define SALT 8
#define KEY 32
#define MIN_ROUNDS 1500

/* What stands before the key in a blob. */
static const unsigned char mark[] = {'R', 'J', 'R'};

/* ---- the padding, in constant time: whether it is right must not show how it is wrong ----------------------------- */

static bool strip_padding(struct bytes plain, size_t *ret_len)
{
	size_t pad = plain.data[plain.len - 1];
	unsigned wrong = (pad == 0) | (pad > CIPHER_BLOCK);

	for (size_t i = 1; i <= CIPHER_BLOCK; i++) {
		unsigned differs = plain.data[plain.len - i] != pad;
		wrong |= differs & (unsigned)(i <= pad);
	}
	if (wrong != 0)
		return false;
	*ret_len = plain.len - pad;
	return true;
}

static CK_RV decrypt_blocks(struct ossl *o, struct bytes key, const unsigned char *iv, struct bytes blocks, unsigned char *ret)
{
	struct cipher c = {0};
	CK_RV rv = cipher_start(o, &c, CIPHER_CBC, false, key, iv);

	if (rv == CKR_OK)
		rv = cipher_run(&c, blocks, ret);
	cipher_end(&c);
	return rv;
}

CK_RV softhsm_key_decrypt(struct ossl *o, struct bytes key, struct bytes encrypted, struct secret *ret)
{
	cleanup(secret_free) struct secret plain = {0};
	struct bytes iv;
	size_t len = 0;

	if (!bytes_take(&encrypted, CIPHER_BLOCK, &iv) || encrypted.len == 0 || encrypted.len % CIPHER_BLOCK != 0)
		return CKR_DATA_INVALID;
	try(secret_new(encrypted.len, &plain));
	try(decrypt_blocks(o, key, iv.data, encrypted, plain.data));
	if (!strip_padding(secret_bytes(&plain), &len))
		return CKR_DATA_INVALID;
	return secret_dup(bytes_of(plain.data, len), ret);
}

static CK_RV hash_pin(struct bytes salt, struct bytes pin, struct secret *ret)
{
	struct digest d = {0};

	try(secret_new(KEY, ret));
	digest_start(DIGEST_SHA256, &d);
	digest_update(&d, salt);
	digest_update(&d, pin);
	digest_final(&d, ret->data);
	digest_end(&d);
	for (unsigned rounds = MIN_ROUNDS + salt.data[SALT - 1]; rounds > 1; rounds--)
		digest_whole(DIGEST_SHA256, secret_bytes(ret), ret->data);
	return CKR_OK;
}

CK_RV softhsm_key_open(struct ossl *o, struct bytes blob, struct bytes pin, struct secret *ret)
{
	cleanup(secret_free) struct secret hashed = {0};
	cleanup(secret_free) struct secret plain = {0};
	struct bytes salt;

	if (!bytes_take(&blob, SALT, &salt) || blob.len != 4 * CIPHER_BLOCK)
		return fail(CKR_DATA_INVALID, "what should be a key under a PIN has %zu bytes", blob.len);
	try(hash_pin(salt, pin, &hashed));
	CK_RV rv = softhsm_key_decrypt(o, secret_bytes(&hashed), blob, &plain);
	if (rv != CKR_OK && rv != CKR_DATA_INVALID)
		return rv;
	if (rv != CKR_OK || plain.len != sizeof(mark) + KEY || !secret_equal(bytes_of(plain.data, sizeof(mark)), bytes_of(mark, sizeof(mark))))
		return fail(CKR_PIN_INCORRECT, "the PIN is not the token's in SoftHSM");
	return secret_dup(bytes_of(plain.data + sizeof(mark), KEY), ret);
}
