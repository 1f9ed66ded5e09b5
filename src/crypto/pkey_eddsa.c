/* SPDX-License-Identifier: Apache-2.0 */
/* EdDSA (RFC 8032) in its five variants, and whether a point is on an Edwards curve (libcrypto finds out only
 * when it verifies with it). */
#include "crypto/pkey_internal.h"

#include <string.h>

#include "base/log.h"
#include "crypto/ossl_internal.h"

#define CONTEXT_MAX 255
/* Ed448. */
#define SIGNATURE_MAX 114

/* ---- points -------------------------------------------------------------------------------- */

/* a*x^2 + y^2 = 1 + d*x^2*y^2 over the integers modulo prime; small numbers, written as libcrypto reads them. */
struct equation {
	const char *prime;
	const char *d;
	bool a_is_minus_1; /* else 1 */
};

static const struct equation edwards25519 = {
	.prime = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
	.d = "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3",
	.a_is_minus_1 = true,
};

static const struct equation edwards448 = {
	.prime = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
		 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	.d = "-98a9",
};

struct solving {
	BN_CTX *ctx;
	BIGNUM *p, *d, *y, *u, *v;
};

static void solving_end(struct solving *s)
{
	BN_free(s->p);
	BN_free(s->d);
	BN_free(s->y);
	BN_free(s->u);
	BN_free(s->v);
	BN_CTX_free(s->ctx);
}

/* x^2 = u/v has a solution: u*v is a square. x = 0 has no sign. */
static bool solvable(struct solving *s, bool a_is_minus_1, bool sign)
{
	/* u = y^2 - 1, v = d*y^2 - a */
	if (!BN_mod_sqr(s->u, s->y, s->p, s->ctx) || !BN_mod_mul(s->v, s->d, s->u, s->p, s->ctx) || !BN_sub_word(s->u, 1) ||
	    !(a_is_minus_1 ? BN_add_word(s->v, 1) : BN_sub_word(s->v, 1)))
		return false;
	if (BN_is_zero(s->u))
		return !sign;
	return BN_mod_mul(s->u, s->u, s->v, s->p, s->ctx) && BN_kronecker(s->u, s->p, s->ctx) == 1;
}

bool pkey_edwards_valid(const struct pkey_curve *c, struct bytes point)
{
	const struct equation *eq = c->bits == 255 ? &edwards25519 : &edwards448;
	struct solving s cleanup(solving_end) = {.ctx = BN_CTX_new(), .y = BN_new(), .u = BN_new(), .v = BN_new()};
	unsigned char y[64];

	if (point.len != c->point_size || point.len > sizeof(y))
		return false;
	memcpy(y, point.data, point.len);
	bool sign = (y[point.len - 1] & 0x80) != 0;
	y[point.len - 1] &= 0x7f;
	if (s.ctx == NULL || s.y == NULL || s.u == NULL || s.v == NULL || !BN_hex2bn(&s.p, eq->prime) || !BN_hex2bn(&s.d, eq->d) ||
	    BN_lebin2bn(y, (int)point.len, s.y) == NULL)
		return false;
	bool valid = BN_cmp(s.y, s.p) < 0 && solvable(&s, eq->a_is_minus_1, sign);
	ERR_clear_error();
	return valid;
}

/* ---- signatures ---------------------------------------------------------------------------- */

/* NULL: what libcrypto does unasked, that is Ed25519 or Ed448 without context. */
static const char *variant(const struct pkey *k, const struct pkey_eddsa *how)
{
	bool small = k->curve->bits == 255;

	if (how->prehash)
		return small ? "Ed25519ph" : "Ed448ph";
	if (how->context.len == 0)
		return NULL;
	return small ? "Ed25519ctx" : "Ed448";
}

bool pkey_eddsa_works(const struct pkey *k, const struct pkey_eddsa *how)
{
#ifdef OSSL_SIGNATURE_PARAM_INSTANCE
	(void)k;
	return how->context.len <= CONTEXT_MAX;
#else
	return variant(k, how) == NULL;
#endif
}

static void md_end(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

/* As EVP_DigestSignInit_ex and EVP_DigestVerifyInit_ex are. */
typedef int (*init_fn)(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const char *md, OSSL_LIB_CTX *libctx, const char *props,
                       EVP_PKEY *evp, const OSSL_PARAM params[]);

static CK_RV start(const struct pkey *k, const struct pkey_eddsa *how, init_fn init, EVP_MD_CTX *ctx)
{
	OSSL_PARAM params[3] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};

	if (!pkey_eddsa_works(k, how))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a variant of EdDSA that libcrypto does not know");
#ifdef OSSL_SIGNATURE_PARAM_INSTANCE
	const char *name = variant(k, how);
	if (name != NULL) {
		params[0] = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_INSTANCE, (char *)(uintptr_t)name, 0);
		if (how->context.len > 0)
			params[1] = OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_CONTEXT_STRING,
			                                              (void *)(uintptr_t)how->context.data, how->context.len);
	}
#endif
	if (ctx == NULL || init(ctx, NULL, NULL, k->ossl->libctx, NULL, k->evp, params) <= 0)
		return ossl_fail(CKR_FUNCTION_FAILED, "EdDSA");
	return CKR_OK;
}

CK_RV pkey_eddsa_sign(const struct pkey *k, const struct pkey_eddsa *how, struct bytes message, unsigned char *ret)
{
	EVP_MD_CTX *ctx cleanup(md_end) = EVP_MD_CTX_new();
	unsigned char signature[SIGNATURE_MAX];
	size_t len = sizeof(signature);

	try(start(k, how, EVP_DigestSignInit_ex, ctx));
	if (EVP_DigestSign(ctx, signature, &len, message.data, message.len) <= 0 || len != k->curve->signature_size)
		return ossl_fail(CKR_FUNCTION_FAILED, "EdDSA signature");
	/* Not into ret at once: the message is read twice and may be in the same place. */
	memcpy(ret, signature, len);
	return CKR_OK;
}

CK_RV pkey_eddsa_verify(const struct pkey *k, const struct pkey_eddsa *how, struct bytes message, struct bytes signature)
{
	EVP_MD_CTX *ctx cleanup(md_end) = NULL;

	if (signature.len != k->curve->signature_size)
		return fail(CKR_SIGNATURE_LEN_RANGE, "an EdDSA signature of %zu bytes", signature.len);
	ctx = EVP_MD_CTX_new();
	try(start(k, how, EVP_DigestVerifyInit_ex, ctx));
	if (EVP_DigestVerify(ctx, signature.data, signature.len, message.data, message.len) > 0)
		return CKR_OK;
	return ossl_fail(CKR_SIGNATURE_INVALID, "EdDSA verification");
}
