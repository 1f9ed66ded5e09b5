/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing for the token's own use. A random 96-bit nonce per sealing; a key that seals less than 2^32 times keeps
 * the chance of a repeated one below 2^-32. Knows not what is sealed. */
#include "crypto/aead.h"

#include "base/log.h"
#include "crypto/cipher_gcm.h"
#include "crypto/rand.h"

#define NONCE 12
#define TAG 16

static CK_RV seal(struct ossl *o, struct bytes key, struct bytes aad, struct bytes plain, unsigned char *out)
{
	struct gcm g cleanup(gcm_end) = {0};

	try(rand_bytes(o, out, NONCE));
	try(gcm_start(o, &g, true, key, bytes_of(out, NONCE), aad));
	try(gcm_run(&g, plain, out + NONCE));
	return gcm_tag(&g, out + NONCE + plain.len, TAG);
}

CK_RV aead_seal(struct ossl *o, struct bytes key, struct bytes aad, struct bytes plain, struct buf *ret)
{
	if (key.len != AEAD_KEY_SIZE || plain.len > SIZE_MAX / 2)
		return fail(CKR_GENERAL_ERROR, "a sealing key of %zu bytes", key.len);
	try(buf_reserve(ret, plain.len + AEAD_OVERHEAD));
	try(seal(o, key, aad, plain, ret->data + ret->len));
	ret->len += plain.len + AEAD_OVERHEAD;
	return CKR_OK;
}

static CK_RV open_to(struct ossl *o, struct bytes key, struct bytes aad, struct bytes sealed, unsigned char *out)
{
	struct gcm g cleanup(gcm_end) = {0};
	size_t len = sealed.len - AEAD_OVERHEAD;

	try(gcm_start(o, &g, false, key, bytes_of(sealed.data, NONCE), aad));
	try(gcm_run(&g, bytes_of(sealed.data + NONCE, len), out));
	return gcm_check(&g, bytes_of(sealed.data + NONCE + len, TAG));
}

CK_RV aead_open(struct ossl *o, struct bytes key, struct bytes aad, struct bytes sealed, struct secret *ret)
{
	struct secret plain;
	CK_RV rv;

	if (key.len != AEAD_KEY_SIZE)
		return fail(CKR_GENERAL_ERROR, "a sealing key of %zu bytes", key.len);
	if (sealed.len < AEAD_OVERHEAD)
		return fail(CKR_DATA_INVALID, "a sealed value of %zu bytes", sealed.len);
	try(secret_new(sealed.len - AEAD_OVERHEAD, &plain));
	rv = open_to(o, key, aad, sealed, plain.data);
	if (rv != CKR_OK) {
		secret_free(&plain);
		return rv == CKR_ENCRYPTED_DATA_INVALID ? CKR_DATA_INVALID : rv;
	}
	*ret = plain;
	return CKR_OK;
}
