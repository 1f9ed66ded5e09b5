/* SPDX-License-Identifier: Apache-2.0 */
/* Groups whose primes come with a proof (FIPS 186-4 A.1.2.1 and C.6, after Shawe and Taylor): each prime is built on one of
 * half its length. Everything follows from the first seed. Nothing here is secret. */
#include "crypto/pkey_internal.h"

#include <string.h>

#include "base/log.h"
#include "crypto/digest.h"
#include "crypto/ossl_internal.h"
#include "crypto/pkey_dl_internal.h"

/* Primes of up to so many bits are found by trial division. */
#define SMALL_BITS 32
/* No prime of more bits is divisible by less; most numbers that are none are. */
#define TRIAL_MAX 2000
#define SEED_MAX 128
/* Hashes that fill a prime, and one more. */
#define SUM_MAX (3072 / 8 + DIGEST_MAX_SIZE)
#define LEVELS 16

struct search {
	enum digest_alg hash;
	const struct pkey_progress *progress;
	unsigned char seed[SEED_MAX];
	size_t seed_len;
	size_t counter;
	BN_CTX *ctx;
	BIGNUM *step, *t, *a, *z, *least; /* scratch: 2 q p0; p is t times that and 1 more */
};

static void search_end(struct search *s)
{
	BN_free(s->step);
	BN_free(s->t);
	BN_free(s->a);
	BN_free(s->z);
	BN_free(s->least);
	BN_CTX_free(s->ctx);
}

static CK_RV broken(void)
{
	return ossl_fail(CKR_FUNCTION_FAILED, "arithmetic of provable primes");
}

/* ---- hashes -------------------------------------------------------------------------------- */

/* The hash of the seed, which is one more afterwards. */
static void next_hash(struct search *s, unsigned char *ret)
{
	struct digest d cleanup(digest_end) = {0};

	digest_start(s->hash, &d);
	digest_update(&d, bytes_of(s->seed, s->seed_len));
	digest_final(&d, ret);
	for (size_t i = s->seed_len; i-- > 0 && ++s->seed[i] == 0;)
		;
}

/* As many hashes as fill so many bits, the first one last. */
static CK_RV next_number(struct search *s, size_t bits, BIGNUM *ret)
{
	size_t size = digest_size(s->hash), count = (bits + 8 * size - 1) / (8 * size);
	unsigned char all[SUM_MAX];

	for (size_t i = count; i-- > 0;)
		next_hash(s, all + i * size);
	return BN_bin2bn(all, (int)(count * size), ret) != NULL ? CKR_OK : broken();
}

/* ---- primes -------------------------------------------------------------------------------- */

static bool is_small_prime(uint64_t n)
{
	for (uint64_t d = 3; d * d <= n; d += 2) {
		if (n % d == 0)
			return false;
	}
	return true;
}

/* C.6, steps 3 to 13. */
static CK_RV find_small(struct search *s, size_t bits, BIGNUM *ret)
{
	size_t size = digest_size(s->hash);
	unsigned char one[DIGEST_MAX_SIZE], other[DIGEST_MAX_SIZE];

	for (s->counter = 1; s->counter <= 4 * bits + 1; s->counter++) {
		uint64_t n = 0;

		next_hash(s, one);
		next_hash(s, other);
		for (size_t i = size - 8; i < size; i++)
			n = n << 8 | (unsigned char)(one[i] ^ other[i]);
		n = (n & ((UINT64_C(1) << (bits - 1)) - 1)) | UINT64_C(1) << (bits - 1) | 1;
		if (is_small_prime(n))
			return BN_set_word(ret, n) ? CKR_OK : broken();
	}
	return fail(CKR_FUNCTION_FAILED, "a seed without a prime of %zu bits", bits);
}

static bool has_small_factor(const BIGNUM *p)
{
	for (BN_ULONG d = 3; d < TRIAL_MAX; d += 2) {
		if (BN_mod_word(p, d) == 0)
			return true;
	}
	return false;
}

/* Pocklington's test: z is a^(2tq), z-1 has no factor of p and z^p0 is 1. */
static CK_RV prove(struct search *s, const BIGNUM *p, const BIGNUM *p0, const BIGNUM *q, bool *ret)
{
	BIGNUM *a = s->a, *z = s->z;

	if (has_small_factor(p)) {
		*ret = false;
		return CKR_OK;
	}
	if (BN_copy(z, p) == NULL || !BN_sub_word(z, 3) || !BN_mod(a, a, z, s->ctx) || !BN_add_word(a, 2))
		return broken();
	if (!BN_mul(z, s->t, q, s->ctx) || !BN_lshift1(z, z) || !BN_mod_exp_mont(z, a, z, p, s->ctx, NULL))
		return broken();
	if (!BN_mod_exp_mont(a, z, p0, p, s->ctx, NULL) || !BN_sub_word(z, 1) || !BN_gcd(z, z, p, s->ctx))
		return broken();
	*ret = BN_is_one(a) && BN_is_one(z);
	return CKR_OK;
}

/* t so large that p is not less than at_least. */
static CK_RV place(struct search *s, const BIGNUM *at_least, BIGNUM *p)
{
	if (!BN_div(s->t, s->z, at_least, s->step, s->ctx) || (!BN_is_zero(s->z) && !BN_add_word(s->t, 1)))
		return broken();
	return BN_mul(p, s->t, s->step, s->ctx) && BN_add_word(p, 1) ? CKR_OK : broken();
}

/* From p0 a prime p of so many bits with p-1 a multiple of 2 q p0 (A.1.2.1.2, steps 5 to 23; C.6, steps 16 to 34, where q
 * is 1). */
static CK_RV grow(struct search *s, size_t bits, const BIGNUM *p0, const BIGNUM *q, BIGNUM *p)
{
	size_t most = s->counter + 4 * bits;
	bool proven = false;

	try(next_number(s, bits, s->a));
	if (!BN_mul(s->step, p0, q, s->ctx) || !BN_lshift1(s->step, s->step) || !BN_one(s->least) || !BN_lshift(s->least, s->least, (int)bits - 1))
		return broken();
	if ((BN_num_bits(s->a) >= (int)bits && !BN_mask_bits(s->a, (int)bits - 1)) || !BN_add(s->a, s->a, s->least))
		return broken();
	try(place(s, s->a, p));
	while (s->counter++ <= most) {
		if (BN_num_bits(p) > (int)bits)
			try(place(s, s->least, p));
		if (s->progress != NULL && s->progress->go_on != NULL && !s->progress->go_on(s->progress->arg))
			return fail(CKR_FUNCTION_CANCELED, "making a group was cancelled");
		try(next_number(s, bits, s->a));
		try(prove(s, p, p0, q, &proven));
		if (proven)
			return CKR_OK;
		if (!BN_add_word(s->t, 1) || !BN_add(p, p, s->step))
			return broken();
	}
	return fail(CKR_FUNCTION_FAILED, "a seed without a prime of %zu bits", bits);
}

/* C.6: from the seed that is there. */
static CK_RV find_prime(struct search *s, size_t bits, BIGNUM *ret)
{
	size_t lengths[LEVELS], level = 0;
	BIGNUM *half = BN_new(), *one = BN_new();
	CK_RV rv = half != NULL && one != NULL && BN_one(one) ? CKR_OK : broken();

	for (lengths[0] = bits; lengths[level] > SMALL_BITS; level++)
		lengths[level + 1] = (lengths[level] + 1) / 2 + 1;
	if (rv == CKR_OK)
		rv = find_small(s, lengths[level], ret);
	while (rv == CKR_OK && level-- > 0) {
		BN_swap(half, ret);
		rv = grow(s, lengths[level], half, one, ret);
	}
	BN_free(half);
	BN_free(one);
	return rv;
}

/* ---- groups -------------------------------------------------------------------------------- */

static CK_RV find_both(struct search *s, const struct pkey_dl_wish *wish, struct bytes first, BIGNUM *p, BIGNUM *q, struct pkey_dl_made *ret)
{
	BIGNUM *p0 = BN_new();
	CK_RV rv = p0 != NULL ? find_prime(s, wish->subprime_bits, q) : broken();

	memcpy(ret->seed.data, first.data, first.len);
	memcpy(ret->seed.data + 2 * first.len, s->seed, s->seed_len);
	if (rv == CKR_OK)
		rv = find_prime(s, (wish->bits + 1) / 2 + 1, p0);
	if (rv == CKR_OK)
		rv = grow(s, wish->bits, p0, q, p);
	memcpy(ret->seed.data + first.len, s->seed, s->seed_len);
	BN_free(p0);
	return rv;
}

static CK_RV make(struct search *s, const struct pkey_dl_wish *wish, struct bytes first, struct pkey_dl_made *ret)
{
	BIGNUM *p = BN_new(), *q = BN_new();
	CK_RV rv = p != NULL && q != NULL ? secret_new(3 * first.len, &ret->seed) : broken();

	if (rv == CKR_OK)
		rv = find_both(s, wish, first, p, q, ret);
	if (rv == CKR_OK)
		rv = pkey_number(p, 0, &ret->p);
	if (rv == CKR_OK)
		rv = pkey_number(q, 0, &ret->q);
	BN_free(p);
	BN_free(q);
	return rv;
}

CK_RV pkey_dl_make_provable(struct ossl *o, const struct pkey_dl_wish *wish, struct bytes first, const struct pkey_progress *progress,
                            struct pkey_dl_made *ret)
{
	struct search s cleanup(search_end) = {.hash = wish->hash, .progress = progress, .seed_len = first.len};

	if (wish->bits < 1024 || !pkey_dl_sizes_go_together(wish))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a prime of %zu bits with a subprime of %zu", wish->bits, wish->subprime_bits);
	if (first.len > SEED_MAX || pkey_dl_bits(first) < wish->subprime_bits)
		return fail(CKR_FUNCTION_FAILED, "a first seed of %zu bits", pkey_dl_bits(first));
	memcpy(s.seed, first.data, first.len);
	s.ctx = BN_CTX_new_ex(o->libctx);
	s.step = BN_new();
	s.t = BN_new();
	s.a = BN_new();
	s.z = BN_new();
	s.least = BN_new();
	if (s.ctx == NULL || s.step == NULL || s.t == NULL || s.a == NULL || s.z == NULL || s.least == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "numbers of a group");
	return make(&s, wish, first, ret);
}
