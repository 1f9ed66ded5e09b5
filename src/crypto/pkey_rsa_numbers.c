/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of an RSA key: do they belong together, and what follows from what. Runs once per imported
 * key, on libcrypto's constant-time exponentiation. Makes no key. */
#include "crypto/pkey_internal.h"

#include "base/log.h"
#include "crypto/ossl_internal.h"

/* Beyond this modulus size libcrypto takes no larger exponents (OPENSSL_RSA_SMALL_MODULUS_BITS). */
#define SMALL_MODULUS_BITS 3072
#define LARGE_MODULUS_EXPONENT_BITS 64
/* Each try finds the primes with a chance of at least one half. */
#define FACTOR_TRIES 40

struct numbers {
	BN_CTX *ctx;
	BIGNUM *part[PKEY_RSA_PARTS];
	bool given[PKEY_RSA_PARTS];
	BIGNUM *p1, *q1; /* p-1, q-1 */
	BIGNUM *t, *u;   /* scratch */
};

static void numbers_end(struct numbers *x)
{
	for (size_t i = 0; i < PKEY_RSA_PARTS; i++)
		BN_clear_free(x->part[i]);
	BN_clear_free(x->p1);
	BN_clear_free(x->q1);
	BN_clear_free(x->t);
	BN_clear_free(x->u);
	BN_CTX_free(x->ctx);
}

static CK_RV broken(void)
{
	return ossl_fail(CKR_FUNCTION_FAILED, "arithmetic on RSA numbers");
}

static CK_RV numbers_start(struct ossl *o, const struct bytes given[PKEY_RSA_PARTS], struct numbers *x)
{
	x->ctx = BN_CTX_new_ex(o->libctx);
	x->p1 = BN_new();
	x->q1 = BN_new();
	x->t = BN_new();
	x->u = BN_new();
	if (x->ctx == NULL || x->p1 == NULL || x->q1 == NULL || x->t == NULL || x->u == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "RSA numbers");
	for (size_t i = 0; i < PKEY_RSA_PARTS; i++) {
		if (given[i].len > PKEY_RSA_MAX_SIZE)
			return fail(CKR_ATTRIBUTE_VALUE_INVALID, "an RSA number of %zu bytes", given[i].len);
		x->part[i] = BN_new();
		if (x->part[i] == NULL || BN_bin2bn(given[i].data, (int)given[i].len, x->part[i]) == NULL)
			return ossl_fail(CKR_HOST_MEMORY, "RSA numbers");
		x->given[i] = !BN_is_zero(x->part[i]);
		if (i >= PKEY_RSA_D)
			BN_set_flags(x->part[i], BN_FLG_CONSTTIME);
	}
	BN_set_flags(x->p1, BN_FLG_CONSTTIME);
	BN_set_flags(x->q1, BN_FLG_CONSTTIME);
	return CKR_OK;
}

/* ---- public -------------------------------------------------------------------------------- */

static CK_RV check_public(const BIGNUM *n, const BIGNUM *e)
{
	int bits = BN_num_bits(n);

	if (bits < PKEY_RSA_MIN_BITS || bits > PKEY_RSA_MAX_BITS || !BN_is_odd(n))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a modulus of %d bits, or an even one", bits);
	if (!BN_is_odd(e) || BN_is_one(e) || BN_cmp(e, n) >= 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a public exponent that is even, 1 or above the modulus");
	if (bits > SMALL_MODULUS_BITS && BN_num_bits(e) > LARGE_MODULUS_EXPONENT_BITS)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a public exponent of %d bits with a modulus of %d", BN_num_bits(e), bits);
	return CKR_OK;
}

CK_RV pkey_rsa_check_public(struct bytes n, struct bytes e)
{
	if (n.len > PKEY_RSA_MAX_SIZE || e.len > PKEY_RSA_MAX_SIZE)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "an RSA number of more than %d bytes", PKEY_RSA_MAX_SIZE);
	BIGNUM *bn = BN_bin2bn(n.data, (int)n.len, NULL);
	BIGNUM *be = BN_bin2bn(e.data, (int)e.len, NULL);
	CK_RV rv = bn == NULL || be == NULL ? ossl_fail(CKR_HOST_MEMORY, "RSA numbers") : check_public(bn, be);
	BN_free(bn);
	BN_free(be);
	return rv;
}

/* ---- primes -------------------------------------------------------------------------------- */

enum luck { NONE_YET, FOUND, IMPOSSIBLE };

/* One try at a square root of 1 other than +-1: a small base to the odd part of ed-1, then squared. Sets P when
 * it worked; IMPOSSIBLE when ed-1 is no multiple of the group's exponent. */
static bool factor_try(struct numbers *x, const BIGNUM *odd, int twos, BN_ULONG base, enum luck *luck)
{
	const BIGNUM *n = x->part[PKEY_RSA_N];
	BIGNUM *p = x->part[PKEY_RSA_P];
	BIGNUM *y = x->t;

	if (!BN_set_word(x->u, base) || !BN_mod_exp(y, x->u, odd, n, x->ctx))
		return false;
	for (int i = 0; i < twos && !BN_is_one(y); i++) {
		if (!BN_mod_sqr(x->u, y, n, x->ctx))
			return false;
		if (BN_is_one(x->u)) {
			if (!BN_sub_word(y, 1) || !BN_gcd(p, y, n, x->ctx))
				return false;
			if (!BN_is_one(p) && BN_cmp(p, n) != 0)
				*luck = FOUND;
			return true;
		}
		if (BN_copy(y, x->u) == NULL)
			return false;
	}
	if (!BN_is_one(y))
		*luck = IMPOSSIBLE;
	return true;
}

/* P from n, e and d (NIST SP 800-56B, appendix C). */
static CK_RV factor(struct numbers *x)
{
	BIGNUM *odd = BN_new();
	enum luck luck = NONE_YET;
	bool ok = odd != NULL && BN_mul(odd, x->part[PKEY_RSA_D], x->part[PKEY_RSA_E], x->ctx) && BN_sub_word(odd, 1);
	int twos = 0;

	if (ok)
		BN_set_flags(odd, BN_FLG_CONSTTIME);
	while (ok && !BN_is_zero(odd) && !BN_is_odd(odd)) {
		ok = BN_rshift1(odd, odd) == 1;
		twos++;
	}
	for (BN_ULONG base = 2; ok && luck == NONE_YET && base < 2 + FACTOR_TRIES; base++)
		ok = factor_try(x, odd, twos, base, &luck);
	BN_clear_free(odd);
	if (!ok)
		return broken();
	if (luck != FOUND)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "the private exponent does not belong to the modulus");
	x->given[PKEY_RSA_P] = true;
	return CKR_OK;
}

/* The prime that is missing, from the other one. */
static CK_RV divide(struct numbers *x, enum pkey_rsa_part have, enum pkey_rsa_part want)
{
	if (BN_is_one(x->part[have]))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a prime factor that is 1");
	if (!BN_div(x->part[want], NULL, x->part[PKEY_RSA_N], x->part[have], x->ctx))
		return broken();
	return CKR_OK;
}

static CK_RV find_primes(struct numbers *x)
{
	BIGNUM *p = x->part[PKEY_RSA_P];
	BIGNUM *q = x->part[PKEY_RSA_Q];

	if (!x->given[PKEY_RSA_P] && !x->given[PKEY_RSA_Q]) {
		if (!x->given[PKEY_RSA_D])
			return fail(CKR_TEMPLATE_INCOMPLETE, "an RSA private key without private exponent and primes");
		try(factor(x));
	}
	if (!x->given[PKEY_RSA_Q])
		try(divide(x, PKEY_RSA_P, PKEY_RSA_Q));
	else if (!x->given[PKEY_RSA_P])
		try(divide(x, PKEY_RSA_Q, PKEY_RSA_P));
	if (!BN_mul(x->t, p, q, x->ctx))
		return broken();
	if (BN_cmp(x->t, x->part[PKEY_RSA_N]) != 0 || BN_is_one(p) || BN_is_one(q) || BN_cmp(p, q) == 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "the primes do not make the modulus");
	if (!BN_sub(x->p1, p, BN_value_one()) || !BN_sub(x->q1, q, BN_value_one()))
		return broken();
	return CKR_OK;
}

/* ---- exponents ----------------------------------------------------------------------------- */

/* d = 1/e modulo lcm(p-1, q-1). */
static CK_RV find_exponent(struct numbers *x)
{
	if (!BN_gcd(x->t, x->p1, x->q1, x->ctx) || !BN_div(x->u, NULL, x->p1, x->t, x->ctx) ||
	    !BN_mul(x->t, x->u, x->q1, x->ctx))
		return broken();
	BN_set_flags(x->t, BN_FLG_CONSTTIME);
	if (BN_mod_inverse(x->part[PKEY_RSA_D], x->part[PKEY_RSA_E], x->t, x->ctx) == NULL)
		return ossl_fail(CKR_ATTRIBUTE_VALUE_INVALID, "the public exponent has no inverse");
	return CKR_OK;
}

/* e*d = 1 modulo one prime less one. */
static CK_RV check_exponent(struct numbers *x, const BIGNUM *prime_less_1)
{
	if (!BN_mod_mul(x->t, x->part[PKEY_RSA_E], x->part[PKEY_RSA_D], prime_less_1, x->ctx))
		return broken();
	if (!BN_is_one(x->t))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "the exponents do not belong together");
	return CKR_OK;
}

/* What was computed into t is the part, or is what the part was given as. */
static CK_RV settle(struct numbers *x, enum pkey_rsa_part part)
{
	if (!x->given[part])
		return BN_copy(x->part[part], x->t) != NULL ? CKR_OK : broken();
	if (BN_cmp(x->part[part], x->t) != 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a CRT number does not belong to the RSA key");
	return CKR_OK;
}

static CK_RV find_crt(struct numbers *x)
{
	if (!BN_mod(x->t, x->part[PKEY_RSA_D], x->p1, x->ctx))
		return broken();
	try(settle(x, PKEY_RSA_DP));
	if (!BN_mod(x->t, x->part[PKEY_RSA_D], x->q1, x->ctx))
		return broken();
	try(settle(x, PKEY_RSA_DQ));
	if (BN_mod_inverse(x->t, x->part[PKEY_RSA_Q], x->part[PKEY_RSA_P], x->ctx) == NULL)
		return ossl_fail(CKR_ATTRIBUTE_VALUE_INVALID, "the primes of an RSA key have a common factor");
	return settle(x, PKEY_RSA_QI);
}

/* 2 comes back after both exponents, modulo one prime: what remains when a "prime" is none. */
static CK_RV check_pair(struct numbers *x, enum pkey_rsa_part prime, enum pkey_rsa_part exponent)
{
	if (!BN_set_word(x->u, 2) || !BN_mod_exp(x->t, x->u, x->part[PKEY_RSA_E], x->part[prime], x->ctx) ||
	    !BN_mod_exp_mont_consttime(x->u, x->t, x->part[exponent], x->part[prime], x->ctx, NULL))
		return broken();
	if (!BN_is_word(x->u, 2))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "the RSA key does not undo its own work");
	return CKR_OK;
}

static CK_RV complete(struct numbers *x)
{
	try(check_public(x->part[PKEY_RSA_N], x->part[PKEY_RSA_E]));
	try(find_primes(x));
	if (!x->given[PKEY_RSA_D])
		try(find_exponent(x));
	else if (BN_cmp(x->part[PKEY_RSA_D], x->part[PKEY_RSA_N]) >= 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a private exponent above the modulus");
	try(check_exponent(x, x->p1));
	try(check_exponent(x, x->q1));
	try(find_crt(x));
	try(check_pair(x, PKEY_RSA_P, PKEY_RSA_DP));
	return check_pair(x, PKEY_RSA_Q, PKEY_RSA_DQ);
}

CK_RV pkey_rsa_complete(struct ossl *o, const struct bytes given[PKEY_RSA_PARTS], struct secret ret[PKEY_RSA_PARTS])
{
	struct numbers x cleanup(numbers_end) = {0};
	struct secret made[PKEY_RSA_PARTS] = {0};
	CK_RV rv = CKR_OK;

	try(numbers_start(o, given, &x));
	try(complete(&x));
	for (size_t i = 0; i < PKEY_RSA_PARTS && rv == CKR_OK; i++) {
		rv = secret_new((size_t)BN_num_bytes(x.part[i]), &made[i]);
		if (rv == CKR_OK)
			BN_bn2bin(x.part[i], made[i].data);
	}
	for (size_t i = 0; i < PKEY_RSA_PARTS; i++) {
		if (rv == CKR_OK)
			ret[i] = made[i];
		else
			secret_free(&made[i]);
	}
	return rv;
}
