/* SPDX-License-Identifier: Apache-2.0 */
/* Making RSA keys: from numbers and new ones. The numbers are taken as they come; pkey_rsa_numbers.c is
 * where they are checked. */
#include "crypto/pkey_internal.h"

#include "base/log.h"
#include "crypto/der.h"
#include "crypto/ossl_internal.h"

static const char *const part_names[PKEY_RSA_PARTS] = {
	[PKEY_RSA_N] = OSSL_PKEY_PARAM_RSA_N,
	[PKEY_RSA_E] = OSSL_PKEY_PARAM_RSA_E,
	[PKEY_RSA_D] = OSSL_PKEY_PARAM_RSA_D,
	[PKEY_RSA_P] = OSSL_PKEY_PARAM_RSA_FACTOR1,
	[PKEY_RSA_Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
	[PKEY_RSA_DP] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
	[PKEY_RSA_DQ] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
	[PKEY_RSA_QI] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* rsaEncryption (1.2.840.113549.1.1.1), NULL. */
static const unsigned char rsa_algorithm[] = {
	0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
};

static CK_RV put_public(struct pkey *k, struct bytes n, struct bytes e)
{
	struct buf numbers cleanup(buf_free) = {0};
	struct buf inner cleanup(buf_free) = {0};

	k->bits = (size_t)EVP_PKEY_get_bits(k->evp);
	k->size = (k->bits + 7) / 8;
	while (n.len > k->size) {
		n.data++;
		n.len--;
	}
	try(buf_append(&k->public_part, n));
	try(der_put_unsigned(&numbers, n));
	try(der_put_unsigned(&numbers, e));
	try(der_put(&inner, DER_SEQUENCE, buf_bytes(&numbers)));
	return pkey_put_spki(k, bytes_of(rsa_algorithm, sizeof(rsa_algorithm)), buf_bytes(&inner));
}

static CK_RV wrap(struct ossl *o, EVP_PKEY *evp, struct bytes n, struct bytes e, struct pkey **ret)
{
	struct pkey *k = NULL;

	try(pkey_new(o, PKEY_RSA, evp, &k));
	CK_RV rv = put_public(k, n, e);
	if (rv == CKR_OK)
		*ret = k;
	else
		pkey_free(k);
	return rv;
}

/* count: how many of the parts, from the first, go into the key. */
static CK_RV make(struct ossl *o, const struct bytes *parts, size_t count, int selection, struct pkey **ret)
{
	OSSL_PARAM params[PKEY_RSA_PARTS + 1];
	struct secret native cleanup(secret_free) = {0};
	size_t total = 0;
	EVP_PKEY *evp = NULL;

	for (size_t i = 0; i < count; i++)
		total += parts[i].len;
	if (parts[PKEY_RSA_N].len == 0 || parts[PKEY_RSA_E].len == 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "an RSA key without modulus or public exponent");
	try(secret_new(total, &native));
	unsigned char *at = native.data;
	for (size_t i = 0; i < count; i++) {
		pkey_native(at, parts[i].data, parts[i].len);
		params[i] = OSSL_PARAM_construct_BN(part_names[i], at, parts[i].len);
		at += parts[i].len;
	}
	params[count] = OSSL_PARAM_construct_end();
	try(pkey_from_params(o, "RSA", selection, params, CKR_ATTRIBUTE_VALUE_INVALID, &evp));
	return wrap(o, evp, parts[PKEY_RSA_N], parts[PKEY_RSA_E], ret);
}

CK_RV pkey_rsa_public(struct ossl *o, struct bytes n, struct bytes e, struct pkey **ret)
{
	const struct bytes parts[] = {[PKEY_RSA_N] = n, [PKEY_RSA_E] = e};

	return make(o, parts, 2, EVP_PKEY_PUBLIC_KEY, ret);
}

CK_RV pkey_rsa_private(struct ossl *o, const struct bytes parts[PKEY_RSA_PARTS], struct pkey **ret)
{
	size_t count = PKEY_RSA_PARTS;

	if (parts[PKEY_RSA_D].len == 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "an RSA private key without private exponent");
	for (size_t i = PKEY_RSA_P; i < PKEY_RSA_PARTS; i++) {
		if (parts[i].len == 0)
			count = PKEY_RSA_P;
	}
	return make(o, parts, count, EVP_PKEY_KEYPAIR, ret);
}

CK_RV pkey_rsa_part(const struct pkey *k, enum pkey_rsa_part part, struct secret *ret)
{
	return pkey_get_number(k->evp, part_names[part], 0, ret);
}

/* ---- generating ---------------------------------------------------------------------------- */

static CK_RV generate(EVP_PKEY_CTX *ctx, size_t bits, struct bytes e, const struct pkey_progress *progress, EVP_PKEY **ret)
{
	unsigned char native[PKEY_RSA_MAX_SIZE];

	if (e.len == 0 || e.len > sizeof(native))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a public exponent of %zu bytes", e.len);
	pkey_native(native, e.data, e.len);
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits),
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, native, e.len),
		OSSL_PARAM_construct_end(),
	};
	if (EVP_PKEY_keygen_init(ctx) <= 0 || EVP_PKEY_CTX_set_params(ctx, params) <= 0)
		return ossl_fail(CKR_FUNCTION_FAILED, "RSA generation");
	return pkey_generate(ctx, progress, "RSA generation", ret);
}

CK_RV pkey_rsa_generate(struct ossl *o, size_t bits, struct bytes e, const struct pkey_progress *progress, struct pkey **ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = EVP_PKEY_CTX_new_from_name(o->libctx, "RSA", NULL);
	EVP_PKEY *evp = NULL;
	BIGNUM *n = NULL;
	unsigned char modulus[PKEY_RSA_MAX_SIZE];

	if (ctx == NULL)
		return ossl_fail(CKR_FUNCTION_FAILED, "RSA generation");
	if (bits < PKEY_RSA_MIN_BITS || bits > PKEY_RSA_MAX_BITS)
		return fail(CKR_KEY_SIZE_RANGE, "an RSA key of %zu bits", bits);
	try(generate(ctx, bits, e, progress, &evp));
	int len = EVP_PKEY_get_bn_param(evp, OSSL_PKEY_PARAM_RSA_N, &n) > 0 ? BN_bn2bin(n, modulus) : 0;
	BN_free(n);
	if (len <= 0) {
		EVP_PKEY_free(evp);
		return ossl_fail(CKR_FUNCTION_FAILED, "the modulus of a new RSA key");
	}
	return wrap(o, evp, bytes_of(modulus, (size_t)len), e, ret);
}
