/* SPDX-License-Identifier: Apache-2.0 */
/* What RSA keys do (RFC 8017). Signing with PKCS #1 v1.5 builds its block here and verifying compares whole
 * blocks, so that no lenient parsing can creep in; PSS, OAEP and block type 2 are libcrypto's. */
#include "crypto/pkey_internal.h"

#include <string.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "crypto/ossl_internal.h"

/* Two bytes in front, at least eight of padding, one behind. */
#define PKCS1_OVERHEAD 11

/* ---- bare ---------------------------------------------------------------------------------- */

/* Is the block below the modulus? The borrow of a subtraction: constant time, since a block may be a plaintext. */
static bool below_modulus(const struct pkey *k, const unsigned char *block)
{
	unsigned borrow = 0;

	for (size_t i = k->size; i-- > 0;)
		borrow = ((unsigned)block[i] - k->public_part.data[i] - borrow) >> 8 & 1;
	return borrow == 1;
}

/* in as a number of full length, in block; it must be below the modulus. */
static CK_RV to_block(const struct pkey *k, struct bytes in, unsigned char *block)
{
	if (in.len > k->size)
		return fail(CKR_DATA_LEN_RANGE, "%zu bytes for a modulus of %zu", in.len, k->size);
	size_t pad = k->size - in.len;
	if (in.len > 0)
		memmove(block + pad, in.data, in.len);
	memset(block, 0, pad);
	if (!below_modulus(k, block))
		return fail(CKR_DATA_INVALID, "a number that is not below the modulus");
	return CKR_OK;
}

static CK_RV private_block(const struct pkey *k, const unsigned char *block, unsigned char *ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = pkey_context(k, PKEY_WAY_SIGN);
	size_t len = k->size;

	if (ctx == NULL || EVP_PKEY_sign(ctx, ret, &len, block, k->size) <= 0 || len != k->size)
		return ossl_fail(CKR_FUNCTION_FAILED, "RSA with the private key");
	return CKR_OK;
}

static CK_RV public_block(const struct pkey *k, const unsigned char *block, unsigned char *ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = pkey_context(k, PKEY_WAY_RECOVER);
	size_t len = k->size;

	if (ctx == NULL || EVP_PKEY_verify_recover(ctx, ret, &len, block, k->size) <= 0 || len != k->size)
		return ossl_fail(CKR_FUNCTION_FAILED, "RSA with the public key");
	return CKR_OK;
}

CK_RV pkey_rsa_raw_private(const struct pkey *k, struct bytes in, unsigned char *ret)
{
	unsigned char block[PKEY_RSA_MAX_SIZE];

	try(to_block(k, in, block));
	return private_block(k, block, ret);
}

CK_RV pkey_rsa_raw_public(const struct pkey *k, struct bytes in, unsigned char *ret)
{
	unsigned char block[PKEY_RSA_MAX_SIZE];

	CK_RV rv = to_block(k, in, block);
	if (rv == CKR_OK)
		rv = public_block(k, block, ret);
	wipe(block, k->size); /* encryption: this is the plaintext */
	return rv;
}

/* ---- PKCS #1 v1.5 signatures --------------------------------------------------------------- */

/* 00 01 FF .. FF 00 prefix data */
static CK_RV pkcs1_block(const struct pkey *k, struct bytes prefix, struct bytes data, unsigned char *block)
{
	size_t len = prefix.len + data.len;

	if (data.len > k->size || len + PKCS1_OVERHEAD > k->size)
		return fail(CKR_DATA_LEN_RANGE, "%zu bytes to sign with a modulus of %zu", len, k->size);
	size_t pad = k->size - len - 3;
	block[0] = 0;
	block[1] = 1;
	memset(block + 2, 0xFF, pad);
	block[2 + pad] = 0;
	if (prefix.len > 0)
		memcpy(block + 3 + pad, prefix.data, prefix.len);
	if (data.len > 0)
		memcpy(block + 3 + pad + prefix.len, data.data, data.len);
	return CKR_OK;
}

/* The block that a signature stands for. */
static CK_RV open_signature(const struct pkey *k, struct bytes signature, unsigned char *block)
{
	if (signature.len != k->size)
		return fail(CKR_SIGNATURE_LEN_RANGE, "a signature of %zu bytes for a modulus of %zu", signature.len, k->size);
	if (!below_modulus(k, signature.data))
		return fail(CKR_SIGNATURE_INVALID, "a signature that is not below the modulus");
	return public_block(k, signature.data, block);
}

CK_RV pkey_rsa_pkcs1_sign(const struct pkey *k, struct bytes prefix, struct bytes data, unsigned char *ret)
{
	unsigned char block[PKEY_RSA_MAX_SIZE];

	try(pkcs1_block(k, prefix, data, block));
	return private_block(k, block, ret);
}

CK_RV pkey_rsa_pkcs1_verify(const struct pkey *k, struct bytes prefix, struct bytes data, struct bytes signature)
{
	unsigned char wanted[PKEY_RSA_MAX_SIZE];
	unsigned char found[PKEY_RSA_MAX_SIZE];

	try(pkcs1_block(k, prefix, data, wanted));
	try(open_signature(k, signature, found));
	if (!bytes_equal(bytes_of(wanted, k->size), bytes_of(found, k->size)))
		return fail(CKR_SIGNATURE_INVALID, "a PKCS #1 signature that does not fit");
	return CKR_OK;
}

CK_RV pkey_rsa_pkcs1_recover(const struct pkey *k, struct bytes signature, unsigned char *ret, size_t *ret_len)
{
	unsigned char block[PKEY_RSA_MAX_SIZE];
	size_t at = 2;

	try(open_signature(k, signature, block));
	while (at < k->size && block[at] == 0xFF)
		at++;
	if (block[0] != 0 || block[1] != 1 || at < PKCS1_OVERHEAD - 1 || at == k->size || block[at] != 0)
		return fail(CKR_SIGNATURE_INVALID, "a PKCS #1 signature without its padding");
	at++;
	memcpy(ret, block + at, k->size - at);
	*ret_len = k->size - at;
	return CKR_OK;
}

/* ---- X9.31 --------------------------------------------------------------------------------- */

/* 6B BB .. BB BA data CC, or 6A data CC when that fills the block. */
static CK_RV x931_block(const struct pkey *k, struct bytes data, unsigned char *block)
{
	if (data.len == 0 || data.len + 2 > k->size)
		return fail(CKR_DATA_LEN_RANGE, "%zu bytes to sign with a modulus of %zu", data.len, k->size);
	size_t head = k->size - data.len - 1;
	memset(block, 0xBB, head);
	block[0] = head == 1 ? 0x6A : 0x6B;
	if (head > 1)
		block[head - 1] = 0xBA;
	memcpy(block + head, data.data, data.len);
	block[k->size - 1] = 0xCC;
	return CKR_OK;
}

/* The modulus less the block. */
static void complement(const struct pkey *k, unsigned char *block)
{
	unsigned borrow = 0;

	for (size_t i = k->size; i-- > 0;) {
		unsigned difference = (unsigned)k->public_part.data[i] - block[i] - borrow;

		block[i] = (unsigned char)difference;
		borrow = difference >> 8 & 1;
	}
}

/* Of the two numbers that stand for a signature it is the smaller one. */
CK_RV pkey_rsa_x931_sign(const struct pkey *k, struct bytes data, unsigned char *ret)
{
	unsigned char block[PKEY_RSA_MAX_SIZE], other[PKEY_RSA_MAX_SIZE];

	try(x931_block(k, data, block));
	try(private_block(k, block, ret));
	memcpy(other, ret, k->size);
	complement(k, other);
	/* not secret: both stand for the signature */
	if (memcmp(other, ret, k->size) < 0)
		memcpy(ret, other, k->size);
	return CKR_OK;
}

/* The block that a signature stands for ends with a C; else it is the other one. */
CK_RV pkey_rsa_x931_verify(const struct pkey *k, struct bytes data, struct bytes signature)
{
	unsigned char wanted[PKEY_RSA_MAX_SIZE], found[PKEY_RSA_MAX_SIZE];

	try(x931_block(k, data, wanted));
	try(open_signature(k, signature, found));
	if ((found[k->size - 1] & 0x0F) != 0x0C)
		complement(k, found);
	if (!bytes_equal(bytes_of(wanted, k->size), bytes_of(found, k->size)))
		return fail(CKR_SIGNATURE_INVALID, "an X9.31 signature that does not fit");
	return CKR_OK;
}

/* ---- PSS ----------------------------------------------------------------------------------- */

static char *name_of(enum digest_alg alg)
{
	/* OSSL_PARAM does not say const; libcrypto only reads. */
	return (char *)(uintptr_t)ossl_digest_name(alg);
}

static EVP_PKEY_CTX *pss_context(const struct pkey *k, enum pkey_way way, const struct pkey_pss *pss)
{
	int padding = RSA_PKCS1_PSS_PADDING;
	int salt_len = (int)pss->salt_len;
	EVP_PKEY_CTX *ctx = pkey_context(k, way);
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PAD_MODE, &padding),
		OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, name_of(pss->hash), 0),
		OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, name_of(pss->mgf_hash), 0),
		OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &salt_len),
		OSSL_PARAM_construct_end(),
	};

	if (ctx == NULL || EVP_PKEY_CTX_set_params(ctx, params) > 0)
		return ctx;
	ossl_fail(CKR_FUNCTION_FAILED, "PSS parameters");
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

CK_RV pkey_rsa_pss_sign(const struct pkey *k, const struct pkey_pss *pss, struct bytes digest, unsigned char *ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = pss_context(k, PKEY_WAY_SIGN, pss);
	size_t len = k->size;

	if (digest.len != digest_size(pss->hash))
		return fail(CKR_DATA_LEN_RANGE, "%zu bytes where the hash gives %zu", digest.len, digest_size(pss->hash));
	if (ctx == NULL || EVP_PKEY_sign(ctx, ret, &len, digest.data, digest.len) <= 0 || len != k->size)
		return ossl_fail(CKR_FUNCTION_FAILED, "RSA PSS signature");
	return CKR_OK;
}

CK_RV pkey_rsa_pss_verify(const struct pkey *k, const struct pkey_pss *pss, struct bytes digest, struct bytes signature)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = NULL;

	if (digest.len != digest_size(pss->hash))
		return fail(CKR_DATA_LEN_RANGE, "%zu bytes where the hash gives %zu", digest.len, digest_size(pss->hash));
	if (signature.len != k->size)
		return fail(CKR_SIGNATURE_LEN_RANGE, "a signature of %zu bytes for a modulus of %zu", signature.len, k->size);
	ctx = pss_context(k, PKEY_WAY_VERIFY, pss);
	if (ctx == NULL)
		return CKR_FUNCTION_FAILED;
	if (EVP_PKEY_verify(ctx, signature.data, signature.len, digest.data, digest.len) > 0)
		return CKR_OK;
	return ossl_fail(CKR_SIGNATURE_INVALID, "RSA PSS verification");
}

/* ---- encryption ---------------------------------------------------------------------------- */

static EVP_PKEY_CTX *pkcs1_context(const struct pkey *k, enum pkey_way way)
{
	EVP_PKEY_CTX *ctx = pkey_context(k, way);

	if (ctx == NULL || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0)
		return ctx;
	ossl_fail(CKR_FUNCTION_FAILED, "PKCS #1 padding");
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static EVP_PKEY_CTX *oaep_context(const struct pkey *k, enum pkey_way way, const struct pkey_oaep *oaep)
{
	int padding = RSA_PKCS1_OAEP_PADDING;
	EVP_PKEY_CTX *ctx = pkey_context(k, way);
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, &padding),
		OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, name_of(oaep->hash), 0),
		OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, name_of(oaep->mgf_hash), 0),
		oaep->label.len == 0 ? OSSL_PARAM_construct_end()
		                     : OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL,
		                                                         (void *)(uintptr_t)oaep->label.data, oaep->label.len),
		OSSL_PARAM_construct_end(),
	};

	if (ctx == NULL || EVP_PKEY_CTX_set_params(ctx, params) > 0)
		return ctx;
	ossl_fail(CKR_FUNCTION_FAILED, "OAEP parameters");
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static CK_RV encrypt(const struct pkey *k, EVP_PKEY_CTX *ctx, size_t overhead, struct bytes in, unsigned char *ret)
{
	size_t len = k->size;

	if (overhead > k->size || in.len > k->size - overhead)
		return fail(CKR_DATA_LEN_RANGE, "%zu bytes to encrypt with a modulus of %zu", in.len, k->size);
	if (ctx == NULL)
		return CKR_FUNCTION_FAILED;
	/* libcrypto takes a NULL for a question about the length in some places */
	const unsigned char *data = in.len > 0 ? in.data : (const unsigned char *)"";
	if (EVP_PKEY_encrypt(ctx, ret, &len, data, in.len) <= 0 || len != k->size)
		return ossl_fail(CKR_FUNCTION_FAILED, "RSA encryption");
	return CKR_OK;
}

static CK_RV decrypt(const struct pkey *k, EVP_PKEY_CTX *ctx, struct bytes in, unsigned char *ret, size_t *ret_len)
{
	size_t len = k->size;

	if (in.len != k->size)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "%zu bytes to decrypt with a modulus of %zu", in.len, k->size);
	if (ctx == NULL)
		return CKR_FUNCTION_FAILED;
	if (EVP_PKEY_decrypt(ctx, ret, &len, in.data, in.len) <= 0)
		return ossl_fail(CKR_ENCRYPTED_DATA_INVALID, "RSA decryption");
	*ret_len = len;
	return CKR_OK;
}

CK_RV pkey_rsa_pkcs1_encrypt(const struct pkey *k, struct bytes in, unsigned char *ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = pkcs1_context(k, PKEY_WAY_ENCRYPT);

	return encrypt(k, ctx, PKCS1_OVERHEAD, in, ret);
}

#ifdef OSSL_ASYM_CIPHER_PARAM_IMPLICIT_REJECTION

/* From 3.2 on libcrypto rejects implicitly by itself. */
CK_RV pkey_rsa_pkcs1_decrypt(const struct pkey *k, struct bytes in, unsigned char *ret, size_t *ret_len)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = pkcs1_context(k, PKEY_WAY_DECRYPT);

	return decrypt(k, ctx, in, ret, ret_len);
}

#else

/* What stands for a message with a bad padding: bytes and a length that only the key's owner could tell from a
 * real one, and that are the same each time. */
static CK_RV stand_in(const struct pkey *k, struct bytes in, unsigned char *ret, size_t *ret_len)
{
	struct secret d cleanup(secret_free) = {0};
	unsigned char seed[32], block[32];

	try(pkey_rsa_part(k, PKEY_RSA_D, &d));
	hash_hmac(secret_bytes(&d), in, seed);
	for (size_t at = 0, i = 1; at < k->size; at += sizeof(block), i++) {
		const unsigned char counter[2] = {(unsigned char)(i >> 8), (unsigned char)i};

		hash_hmac(bytes_of(seed, sizeof(seed)), bytes_of(counter, sizeof(counter)), block);
		memcpy(ret + at, block, k->size - at < sizeof(block) ? k->size - at : sizeof(block));
	}
	hash_hmac(bytes_of(seed, sizeof(seed)), bytes_of("length", 6), block);
	*ret_len = ((size_t)block[0] << 16 | (size_t)block[1] << 8 | block[2]) % (k->size - PKCS1_OVERHEAD + 1);
	wipe(seed, sizeof(seed));
	return CKR_OK;
}

/* The stand-in is made before anything is known, so that making it tells nothing. */
CK_RV pkey_rsa_pkcs1_decrypt(const struct pkey *k, struct bytes in, unsigned char *ret, size_t *ret_len)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = pkcs1_context(k, PKEY_WAY_DECRYPT);
	unsigned char other[PKEY_RSA_MAX_SIZE];
	size_t other_len = 0;
	size_t len = k->size;

	if (in.len != k->size)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "%zu bytes to decrypt with a modulus of %zu", in.len, k->size);
	if (!below_modulus(k, in.data))
		return fail(CKR_ENCRYPTED_DATA_INVALID, "a ciphertext that is not below the modulus");
	if (ctx == NULL)
		return CKR_FUNCTION_FAILED;
	try(stand_in(k, in, other, &other_len));
	bool good = EVP_PKEY_decrypt(ctx, ret, &len, in.data, in.len) > 0;
	if (!good)
		memcpy(ret, other, other_len);
	*ret_len = good ? len : other_len;
	ERR_clear_error();
	wipe(other, k->size);
	return CKR_OK;
}

#endif

CK_RV pkey_rsa_oaep_encrypt(const struct pkey *k, const struct pkey_oaep *oaep, struct bytes in, unsigned char *ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = oaep_context(k, PKEY_WAY_ENCRYPT, oaep);

	return encrypt(k, ctx, 2 * digest_size(oaep->hash) + 2, in, ret);
}

CK_RV pkey_rsa_oaep_decrypt(const struct pkey *k, const struct pkey_oaep *oaep, struct bytes in, unsigned char *ret, size_t *ret_len)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = oaep_context(k, PKEY_WAY_DECRYPT, oaep);

	return decrypt(k, ctx, in, ret, ret_len);
}
