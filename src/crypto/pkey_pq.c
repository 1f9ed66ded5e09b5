/* SPDX-License-Identifier: Apache-2.0 */
/* Post-quantum keys: the parameter sets, making keys, and what is done with them. */
#include "crypto/pkey_internal.h"

#include <openssl/opensslv.h>

#include "base/log.h"
#include "crypto/ossl_internal.h"
#include "crypto/pkey_pq.h"

/* Names of parameters that older headers do not have. */
#define PARAM_SEED "seed"
#define PARAM_DETERMINISTIC "deterministic"
#define PARAM_ENCODING "message-encoding"
#define PARAM_MU "mu"

/* ---- parameter sets ------------------------------------------------------------------------ */

/* nistAlgorithms (2.16.840.1.101.3.4), then the arc and the algorithm. */
#define OID(arc, algorithm) {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, arc, algorithm}
#define ML_DSA(number_, name_, algorithm, public_, private_, signature_)                                              \
	{.family = PKEY_ML_DSA, .number = (number_), .name = (name_), .oid = OID(3, algorithm), .public_size = (public_), \
	 .private_size = (private_), .seed_size = 32, .output_size = (signature_)}
#define ML_KEM(number_, name_, algorithm, public_, private_, ciphertext_)                                             \
	{.family = PKEY_ML_KEM, .number = (number_), .name = (name_), .oid = OID(4, algorithm), .public_size = (public_), \
	 .private_size = (private_), .seed_size = 64, .output_size = (ciphertext_)}
#define SLH_DSA(number_, name_, algorithm, n, signature_)                                                          \
	{.family = PKEY_SLH_DSA, .number = (number_), .name = (name_), .oid = OID(3, algorithm), .public_size = 2 * (n), \
	 .private_size = 4 * (n), .output_size = (signature_)}

static const struct pkey_pq_set sets[] = {
	ML_DSA(CKP_ML_DSA_44, "ML-DSA-44", 17, 1312, 2560, 2420),
	ML_DSA(CKP_ML_DSA_65, "ML-DSA-65", 18, 1952, 4032, 3309),
	ML_DSA(CKP_ML_DSA_87, "ML-DSA-87", 19, 2592, 4896, 4627),
	ML_KEM(CKP_ML_KEM_512, "ML-KEM-512", 1, 800, 1632, 768),
	ML_KEM(CKP_ML_KEM_768, "ML-KEM-768", 2, 1184, 2400, 1088),
	ML_KEM(CKP_ML_KEM_1024, "ML-KEM-1024", 3, 1568, 3168, 1568),
	SLH_DSA(CKP_SLH_DSA_SHA2_128S, "SLH-DSA-SHA2-128s", 20, 16, 7856),
	SLH_DSA(CKP_SLH_DSA_SHAKE_128S, "SLH-DSA-SHAKE-128s", 26, 16, 7856),
	SLH_DSA(CKP_SLH_DSA_SHA2_128F, "SLH-DSA-SHA2-128f", 21, 16, 17088),
	SLH_DSA(CKP_SLH_DSA_SHAKE_128F, "SLH-DSA-SHAKE-128f", 27, 16, 17088),
	SLH_DSA(CKP_SLH_DSA_SHA2_192S, "SLH-DSA-SHA2-192s", 22, 24, 16224),
	SLH_DSA(CKP_SLH_DSA_SHAKE_192S, "SLH-DSA-SHAKE-192s", 28, 24, 16224),
	SLH_DSA(CKP_SLH_DSA_SHA2_192F, "SLH-DSA-SHA2-192f", 23, 24, 35664),
	SLH_DSA(CKP_SLH_DSA_SHAKE_192F, "SLH-DSA-SHAKE-192f", 29, 24, 35664),
	SLH_DSA(CKP_SLH_DSA_SHA2_256S, "SLH-DSA-SHA2-256s", 24, 32, 29792),
	SLH_DSA(CKP_SLH_DSA_SHAKE_256S, "SLH-DSA-SHAKE-256s", 30, 32, 29792),
	SLH_DSA(CKP_SLH_DSA_SHA2_256F, "SLH-DSA-SHA2-256f", 25, 32, 49856),
	SLH_DSA(CKP_SLH_DSA_SHAKE_256F, "SLH-DSA-SHAKE-256f", 31, 32, 49856),
};

/* What the headers were made without. */
static const bool left_out[] = {
#ifdef OPENSSL_NO_ML_DSA
	[PKEY_ML_DSA] = true,
#endif
#ifdef OPENSSL_NO_ML_KEM
	[PKEY_ML_KEM] = true,
#endif
#ifdef OPENSSL_NO_SLH_DSA
	[PKEY_SLH_DSA] = true,
#endif
	[PKEY_SLH_DSA + 1] = true,
};

bool pkey_pq_works(enum pkey_pq_family family)
{
	return !left_out[family] && OpenSSL_version_num() >= 0x30500000UL;
}

const struct pkey_pq_set *pkey_pq_find(enum pkey_pq_family family, unsigned long number)
{
	for (size_t i = 0; i < array_len(sets); i++) {
		if (sets[i].family == family && sets[i].number == number)
			return &sets[i];
	}
	return NULL;
}

const struct pkey_pq_set *pkey_pq_by_oid(struct bytes oid)
{
	for (size_t i = 0; i < array_len(sets); i++) {
		if (bytes_equal(bytes_of(sets[i].oid, sizeof(sets[i].oid)), oid))
			return &sets[i];
	}
	return NULL;
}

/* ---- making -------------------------------------------------------------------------------- */

static CK_RV put_public(struct pkey *k, const struct pkey_pq_set *set)
{
	size_t len = 0;

	k->pq = set;
	k->bits = 8 * (size_t)set->public_size;
	k->size = set->private_size;
	try(buf_reserve(&k->public_part, set->public_size));
	if (EVP_PKEY_get_octet_string_param(k->evp, OSSL_PKEY_PARAM_PUB_KEY, k->public_part.data, set->public_size, &len) != 1 ||
	    len != set->public_size)
		return ossl_fail(CKR_FUNCTION_FAILED, set->name);
	k->public_part.len = len;
	return pkey_put_spki(k, bytes_of(set->oid, sizeof(set->oid)), buf_bytes(&k->public_part));
}

static CK_RV wrap(struct ossl *o, const struct pkey_pq_set *set, EVP_PKEY *evp, struct pkey **ret)
{
	struct pkey *k = NULL;

	try(pkey_new(o, PKEY_PQ, evp, &k));
	CK_RV rv = put_public(k, set);
	if (rv == CKR_OK)
		*ret = k;
	else
		pkey_free(k);
	return rv;
}

static OSSL_PARAM octets(const char *name, struct bytes value)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)value.data, value.len);
}

CK_RV pkey_pq_public(struct ossl *o, const struct pkey_pq_set *set, struct bytes value, struct pkey **ret)
{
	OSSL_PARAM params[] = {octets(OSSL_PKEY_PARAM_PUB_KEY, value), OSSL_PARAM_construct_end()};
	EVP_PKEY *evp = NULL;

	if (value.len != set->public_size)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a public key of %zu bytes for %s", value.len, set->name);
	try(pkey_from_params(o, set->name, EVP_PKEY_PUBLIC_KEY, params, CKR_ATTRIBUTE_VALUE_INVALID, &evp));
	return wrap(o, set, evp, ret);
}

/* The seed makes the key again; it must be the same one. */
static CK_RV check_value(const struct pkey *k, struct bytes value)
{
	struct secret made cleanup(secret_free) = {0};

	try(pkey_pq_value(k, &made));
	if (!secret_equal(secret_bytes(&made), value))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_SEED does not make CKA_VALUE");
	return CKR_OK;
}

CK_RV pkey_pq_private(struct ossl *o, const struct pkey_pq_set *set, struct bytes value, struct bytes seed, struct pkey **ret)
{
	OSSL_PARAM params[] = {
		seed.len > 0 ? octets(PARAM_SEED, seed) : octets(OSSL_PKEY_PARAM_PRIV_KEY, value),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *evp = NULL;
	struct pkey *k = NULL;

	bool right = (value.len == set->private_size || (value.len == 0 && seed.len > 0)) && (seed.len == set->seed_size || seed.len == 0);
	if (!right)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a private key of %zu bytes and a seed of %zu for %s", value.len, seed.len, set->name);
	try(pkey_from_params(o, set->name, EVP_PKEY_KEYPAIR, params, CKR_ATTRIBUTE_VALUE_INVALID, &evp));
	try(wrap(o, set, evp, &k));
	CK_RV rv = value.len > 0 ? check_value(k, value) : CKR_OK;
	if (rv == CKR_OK)
		*ret = k;
	else
		pkey_free(k);
	return rv;
}

CK_RV pkey_pq_generate(struct ossl *o, const struct pkey_pq_set *set, struct pkey **ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = EVP_PKEY_CTX_new_from_name(o->libctx, set->name, NULL);
	EVP_PKEY *evp = NULL;

	if (ctx == NULL || EVP_PKEY_keygen_init(ctx) <= 0 || EVP_PKEY_generate(ctx, &evp) <= 0)
		return ossl_fail(CKR_FUNCTION_FAILED, set->name);
	return wrap(o, set, evp, ret);
}

/* ---- asking -------------------------------------------------------------------------------- */

const struct pkey_pq_set *pkey_pq_set(const struct pkey *k)
{
	return k->pq;
}

struct bytes pkey_pq_public_value(const struct pkey *k)
{
	return buf_bytes(&k->public_part);
}

static CK_RV get_secret(const struct pkey *k, const char *name, size_t size, struct secret *ret)
{
	struct secret s cleanup(secret_free) = {0};
	size_t len = 0;

	try(secret_new(size, &s));
	if (EVP_PKEY_get_octet_string_param(k->evp, name, s.data, s.len, &len) != 1 || len != size)
		return ossl_fail(CKR_FUNCTION_FAILED, name);
	*ret = s;
	s = (struct secret){0};
	return CKR_OK;
}

CK_RV pkey_pq_value(const struct pkey *k, struct secret *ret)
{
	return get_secret(k, OSSL_PKEY_PARAM_PRIV_KEY, k->pq->private_size, ret);
}

CK_RV pkey_pq_seed(const struct pkey *k, struct secret *ret)
{
	return get_secret(k, PARAM_SEED, k->pq->seed_size, ret);
}

/* ---- signatures ---------------------------------------------------------------------------- */

static void md_end(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

/* As EVP_DigestSignInit_ex and EVP_DigestVerifyInit_ex are. */
typedef int (*init_fn)(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const char *md, OSSL_LIB_CTX *libctx, const char *props, EVP_PKEY *evp,
                       const OSSL_PARAM params[]);

static CK_RV start(const struct pkey *k, bool deterministic, init_fn init, EVP_MD_CTX *ctx)
{
	int encoding = 0, mu = 1, fixed = deterministic ? 1 : 0;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(PARAM_DETERMINISTIC, &fixed),
		k->pq->family == PKEY_ML_DSA ? OSSL_PARAM_construct_int(PARAM_MU, &mu) : OSSL_PARAM_construct_int(PARAM_ENCODING, &encoding),
		OSSL_PARAM_construct_end(),
	};

	if (ctx == NULL || init(ctx, NULL, NULL, k->ossl->libctx, NULL, k->evp, params) <= 0)
		return ossl_fail(CKR_FUNCTION_FAILED, k->pq->name);
	return CKR_OK;
}

CK_RV pkey_pq_sign(const struct pkey *k, bool deterministic, struct bytes input, unsigned char *ret)
{
	EVP_MD_CTX *ctx cleanup(md_end) = EVP_MD_CTX_new();
	size_t len = k->pq->output_size;

	try(start(k, deterministic, EVP_DigestSignInit_ex, ctx));
	if (EVP_DigestSign(ctx, ret, &len, input.data, input.len) <= 0 || len != k->pq->output_size)
		return ossl_fail(CKR_FUNCTION_FAILED, k->pq->name);
	return CKR_OK;
}

CK_RV pkey_pq_verify(const struct pkey *k, struct bytes input, struct bytes signature)
{
	EVP_MD_CTX *ctx cleanup(md_end) = NULL;

	if (signature.len != k->pq->output_size)
		return fail(CKR_SIGNATURE_LEN_RANGE, "a signature of %zu bytes for %s", signature.len, k->pq->name);
	ctx = EVP_MD_CTX_new();
	try(start(k, false, EVP_DigestVerifyInit_ex, ctx));
	if (EVP_DigestVerify(ctx, signature.data, signature.len, input.data, input.len) > 0)
		return CKR_OK;
	return ossl_fail(CKR_SIGNATURE_INVALID, k->pq->name);
}

/* ---- key encapsulation --------------------------------------------------------------------- */

/* FIPS 203 §3.3, for all parameter sets. */
#define SHARED_SIZE 32

CK_RV pkey_pq_encapsulate(const struct pkey *k, unsigned char *ciphertext, struct secret *ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = EVP_PKEY_CTX_new_from_pkey(k->ossl->libctx, k->evp, NULL);
	struct secret s cleanup(secret_free) = {0};
	size_t len = k->pq->output_size;

	try(secret_new(SHARED_SIZE, &s));
	size_t shared = s.len;
	if (ctx == NULL || EVP_PKEY_encapsulate_init(ctx, NULL) <= 0 || EVP_PKEY_encapsulate(ctx, ciphertext, &len, s.data, &shared) <= 0 ||
	    len != k->pq->output_size || shared != s.len)
		return ossl_fail(CKR_FUNCTION_FAILED, k->pq->name);
	*ret = s;
	s = (struct secret){0};
	return CKR_OK;
}

CK_RV pkey_pq_decapsulate(const struct pkey *k, struct bytes ciphertext, struct secret *ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = NULL;
	struct secret s cleanup(secret_free) = {0};

	if (ciphertext.len != k->pq->output_size)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "a ciphertext of %zu bytes for %s", ciphertext.len, k->pq->name);
	try(secret_new(SHARED_SIZE, &s));
	size_t shared = s.len;
	ctx = EVP_PKEY_CTX_new_from_pkey(k->ossl->libctx, k->evp, NULL);
	if (ctx == NULL || EVP_PKEY_decapsulate_init(ctx, NULL) <= 0 ||
	    EVP_PKEY_decapsulate(ctx, s.data, &shared, ciphertext.data, ciphertext.len) <= 0 || shared != s.len)
		return ossl_fail(CKR_FUNCTION_FAILED, k->pq->name);
	*ret = s;
	s = (struct secret){0};
	return CKR_OK;
}
