/* SPDX-License-Identifier: Apache-2.0 */
/* Key derivation through libcrypto's KDFs, fetched once. Knows not what the keys are for. */
#include <openssl/core_names.h>
#include <openssl/kdf.h>

#include <string.h>

#include "crypto/ossl_internal.h"
#include "base/log.h"
#include "crypto/kdf.h"
#include "crypto/ossl_mem.h"

/* libcrypto's parameters take what they only read as a plain pointer, and NULL as no value at all. */
static OSSL_PARAM octets(const char *name, struct bytes value)
{
	const void *data = value.len > 0 ? (const void *)value.data : "";

	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)data, value.len);
}

static CK_RV derive(EVP_KDF *kdf, const OSSL_PARAM *params, unsigned char *ret, size_t len, const char *what)
{
	(void)ossl_mem_refused();
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	if (ctx == NULL)
		return ossl_fail(CKR_HOST_MEMORY, what);
	bool ok = EVP_KDF_derive(ctx, ret, len, params) == 1;
	EVP_KDF_CTX_free(ctx);
	/* libcrypto's Argon2 goes on without the block that it was refused, says that all is well, and the key is another. */
	if (ossl_mem_refused()) {
		wipe(ret, len);
		return fail(CKR_HOST_MEMORY, "%s: libcrypto has no memory", what);
	}
	if (!ok) {
		wipe(ret, len);
		return ossl_fail(CKR_FUNCTION_FAILED, what);
	}
	return CKR_OK;
}

CK_RV kdf_argon2id(struct ossl *o, const struct argon2_cost *cost, struct bytes pin, struct bytes salt, unsigned char *ret, size_t len)
{
	/* Lanes are computed one after the other: no threads behind the application's back. */
	unsigned threads = 1, early_clean = 1;
	uint32_t memory = cost->memory_kib, passes = cost->passes, lanes = cost->lanes;
	/* The names are spelled out: the headers of libcrypto 3.0 lack them. */
	const OSSL_PARAM params[] = {
		octets(OSSL_KDF_PARAM_PASSWORD, pin),
		octets(OSSL_KDF_PARAM_SALT, salt),
		OSSL_PARAM_construct_uint32("memcost", &memory),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &passes),
		OSSL_PARAM_construct_uint32("lanes", &lanes),
		OSSL_PARAM_construct_uint("threads", &threads),
		OSSL_PARAM_construct_uint("early_clean", &early_clean),
		OSSL_PARAM_construct_end(),
	};

	EVP_KDF *kdf;

	try(ossl_kdf(o, OSSL_KDF_ARGON2ID, &kdf));
	return derive(kdf, params, ret, len, "Argon2id");
}

CK_RV kdf_hkdf(struct ossl *o, struct bytes key, struct bytes salt, const char *info, unsigned char *ret, size_t len)
{
	char digest[] = "SHA2-256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		octets(OSSL_KDF_PARAM_KEY, key),
		octets(OSSL_KDF_PARAM_SALT, salt),
		octets(OSSL_KDF_PARAM_INFO, bytes_of(info, strlen(info))),
		OSSL_PARAM_construct_end(),
	};

	EVP_KDF *kdf;

	try(ossl_kdf(o, OSSL_KDF_HKDF, &kdf));
	return derive(kdf, params, ret, len, "HKDF");
}

/* ---- for mechanisms ------------------------------------------------------------------------ */

static CK_RV derive_old(struct ossl *o, const char *name, const struct old_kdf *k, int purpose, unsigned char *ret, size_t len)
{
	uint64_t rounds = k->rounds;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)ossl_digest_name(k->alg), 0),
		octets(OSSL_KDF_PARAM_PASSWORD, k->password),
		octets(OSSL_KDF_PARAM_SALT, k->salt),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &rounds),
		purpose != 0 ? OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS12_ID, &purpose) : OSSL_PARAM_construct_end(),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(o->libctx, name, NULL);

	if (kdf == NULL)
		return ossl_fail(CKR_FUNCTION_FAILED, name);
	CK_RV rv = derive(kdf, params, ret, len, name);
	EVP_KDF_free(kdf);
	return rv;
}

CK_RV kdf_pkcs12(struct ossl *o, const struct old_kdf *k, int purpose, unsigned char *ret, size_t len)
{
	return derive_old(o, "PKCS12KDF", k, purpose, ret, len);
}

CK_RV kdf_pbkdf1(struct ossl *o, const struct old_kdf *k, unsigned char *ret, size_t len)
{
	return derive_old(o, "PBKDF1", k, 0, ret, len);
}
