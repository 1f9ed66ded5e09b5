/* SPDX-License-Identifier: Apache-2.0 */
/* Groups: are the numbers what they should be, private values in them and their public ones, and new groups. Works with
 * numbers only and makes no key. */
#include "crypto/pkey_internal.h"

#include "base/log.h"
#include "crypto/ossl_internal.h"
#include "crypto/pkey_dl_internal.h"

/* ---- numbers ------------------------------------------------------------------------------- */

struct bytes pkey_dl_trim(struct bytes number)
{
	while (number.len > 0 && number.data[0] == 0) {
		number.data++;
		number.len--;
	}
	return number;
}

struct pkey_dl_group pkey_dl_trimmed(const struct pkey_dl_group *group)
{
	return (struct pkey_dl_group){
		.type = group->type,
		.p = pkey_dl_trim(group->p),
		.q = pkey_dl_trim(group->q),
		.g = pkey_dl_trim(group->g),
	};
}

size_t pkey_dl_bits(struct bytes number)
{
	number = pkey_dl_trim(number);
	if (number.len == 0)
		return 0;
	size_t bits = 8 * number.len;
	for (unsigned top = number.data[0]; (top & 0x80) == 0; top <<= 1)
		bits--;
	return bits;
}

struct numbers {
	BN_CTX *ctx;
	BIGNUM *p, *q, *g; /* q is zero when there is none */
	BIGNUM *x, *t;     /* a private value; scratch */
};

static void numbers_end(struct numbers *n)
{
	BN_free(n->p);
	BN_free(n->q);
	BN_free(n->g);
	BN_clear_free(n->x);
	BN_clear_free(n->t);
	BN_CTX_free(n->ctx);
}

static CK_RV numbers_start(struct ossl *o, const struct pkey_dl_group *group, struct numbers *n)
{
	if (group->p.len > PKEY_DL_MAX_SIZE || group->q.len > PKEY_DL_MAX_SIZE || group->g.len > PKEY_DL_MAX_SIZE)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a prime of %zu bytes, a subprime of %zu, a base of %zu", group->p.len, group->q.len,
		            group->g.len);
	n->ctx = BN_CTX_new_ex(o->libctx);
	n->p = BN_bin2bn(group->p.data, (int)group->p.len, NULL);
	n->q = BN_bin2bn(group->q.data, (int)group->q.len, NULL);
	n->g = BN_bin2bn(group->g.data, (int)group->g.len, NULL);
	n->x = BN_secure_new();
	n->t = BN_new();
	if (n->ctx == NULL || n->p == NULL || n->q == NULL || n->g == NULL || n->x == NULL || n->t == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "numbers of a group");
	return CKR_OK;
}

static CK_RV broken(void)
{
	return ossl_fail(CKR_FUNCTION_FAILED, "arithmetic in a group");
}

/* ---- checking ------------------------------------------------------------------------------ */

static CK_RV check_sizes(enum pkey_dl_type type, int p, int q)
{
	static const int least[] = {[PKEY_DL_DSA] = 512, [PKEY_DL_DH] = 512, [PKEY_DL_X9_42] = 1024};
	static const int most[] = {[PKEY_DL_DSA] = 3072, [PKEY_DL_DH] = PKEY_DL_MAX_BITS, [PKEY_DL_X9_42] = PKEY_DL_MAX_BITS};

	if (p < least[type] || p > most[type])
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a prime of %d bits, where %d to %d are taken", p, least[type], most[type]);
	if ((type == PKEY_DL_DSA && q != 160 && q != 224 && q != 256) || (type == PKEY_DL_X9_42 && (q < 160 || q >= p)) || (type == PKEY_DL_DH && q != 0))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a subprime of %d bits with a prime of %d", q, p);
	return CKR_OK;
}

/* q divides p-1, which is in t, and g has order q: g^q is 1 and g is not. */
static CK_RV check_order(const struct numbers *n)
{
	if (!BN_mod(n->x, n->t, n->q, n->ctx))
		return broken();
	if (!BN_is_zero(n->x))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a subprime that does not divide p-1");
	if (BN_is_zero(n->g))
		return CKR_OK;
	if (!BN_mod_exp_mont(n->x, n->g, n->q, n->p, n->ctx, NULL))
		return broken();
	return BN_is_one(n->x) ? CKR_OK : fail(CKR_ATTRIBUTE_VALUE_INVALID, "a base that is not of the subprime's order");
}

/* Is it one of RFC 3526 or RFC 7919? Those are known to be prime. */
static bool is_named(struct ossl *o, const struct pkey_dl_group *group)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = EVP_PKEY_CTX_new_from_name(o->libctx, "DH", NULL);
	unsigned char p[PKEY_DL_MAX_SIZE], g[PKEY_DL_MAX_SIZE];
	char name[64];
	size_t len = 0;
	EVP_PKEY *evp = NULL;

	pkey_native(p, group->p.data, group->p.len);
	pkey_native(g, group->g.data, group->g.len);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_FFC_P, p, group->p.len),
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_FFC_G, g, group->g.len),
		OSSL_PARAM_construct_end(),
	};
	bool named = ctx != NULL && EVP_PKEY_fromdata_init(ctx) > 0 && EVP_PKEY_fromdata(ctx, &evp, EVP_PKEY_KEY_PARAMETERS, params) > 0 &&
	             EVP_PKEY_get_group_name(evp, name, sizeof(name), &len) > 0;
	EVP_PKEY_free(evp);
	ERR_clear_error();
	return named;
}

static CK_RV check_primes(struct ossl *o, const struct pkey_dl_group *group, const struct numbers *n)
{
	if (is_named(o, group))
		return CKR_OK;
	int q = BN_is_zero(n->q) ? 1 : BN_check_prime(n->q, n->ctx, NULL);
	int p = q == 1 ? BN_check_prime(n->p, n->ctx, NULL) : 0;
	if (q < 0 || p < 0)
		return broken();
	if (q == 0 || p == 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a %s that is not prime", q == 0 ? "subprime" : "prime");
	return CKR_OK;
}

CK_RV pkey_dl_check_group(struct ossl *o, const struct pkey_dl_group *group, bool primes)
{
	const struct pkey_dl_group trimmed = pkey_dl_trimmed(group);
	struct numbers n cleanup(numbers_end) = {0};

	try(numbers_start(o, &trimmed, &n));
	try(check_sizes(group->type, BN_num_bits(n.p), BN_num_bits(n.q)));
	if (BN_copy(n.t, n.p) == NULL || !BN_sub_word(n.t, 1))
		return broken();
	bool no_base = group->type == PKEY_DL_DSA && group->g.len == 0;
	if (!BN_is_odd(n.p) || (BN_is_zero(n.g) && !no_base) || BN_is_one(n.g) || BN_cmp(n.g, n.t) >= 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "an even prime, or a base outside of 2 to p-2");
	if (!BN_is_zero(n.q))
		try(check_order(&n));
	return primes ? check_primes(o, &trimmed, &n) : CKR_OK;
}

/* ---- private values ------------------------------------------------------------------------ */

CK_RV pkey_dl_power(struct ossl *o, const struct pkey_dl_group *group, struct bytes x, struct secret *ret)
{
	struct numbers n cleanup(numbers_end) = {0};

	if (x.len > PKEY_DL_MAX_SIZE)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a private value of %zu bytes", x.len);
	try(numbers_start(o, group, &n));
	if (BN_bin2bn(x.data, (int)x.len, n.x) == NULL || BN_copy(n.t, n.p) == NULL || !BN_sub_word(n.t, 1))
		return broken();
	if (BN_is_zero(n.x) || BN_cmp(n.x, BN_is_zero(n.q) ? n.t : n.q) >= 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a private value that is 0 or too large");
	BN_set_flags(n.x, BN_FLG_CONSTTIME);
	if (!BN_mod_exp_mont_consttime(n.t, n.g, n.x, n.p, n.ctx, NULL))
		return broken();
	return pkey_number(n.t, 0, ret);
}

/* In [1, q-1]; without a q so many bits, the highest one set. */
CK_RV pkey_dl_draw(struct ossl *o, const struct pkey_dl_group *group, size_t bits, struct secret *ret)
{
	struct numbers n cleanup(numbers_end) = {0};
	size_t most = pkey_dl_bits(group->p) - 1;

	try(numbers_start(o, group, &n));
	if (bits == 0)
		bits = most;
	if (bits < PKEY_DL_MIN_VALUE_BITS || bits > most)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a private value of %zu bits, where %d to %zu are taken", bits, PKEY_DL_MIN_VALUE_BITS, most);
	do {
		int worked = BN_is_zero(n.q) ? BN_priv_rand_ex(n.x, (int)bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY, 0, n.ctx)
		                             : BN_priv_rand_range_ex(n.x, n.q, 0, n.ctx);
		if (!worked)
			return ossl_fail(CKR_FUNCTION_FAILED, "a private value");
	} while (BN_is_zero(n.x));
	return pkey_number(n.x, 0, ret);
}

/* ---- new groups ---------------------------------------------------------------------------- */

void pkey_dl_made_free(struct pkey_dl_made *made)
{
	secret_free(&made->p);
	secret_free(&made->q);
	secret_free(&made->g);
	secret_free(&made->seed);
}

static CK_RV take_group(const EVP_PKEY *evp, bool has_q, struct pkey_dl_made *ret)
{
	unsigned char seed[DIGEST_MAX_SIZE];
	size_t len = 0;

	try(pkey_get_number(evp, OSSL_PKEY_PARAM_FFC_P, 0, &ret->p));
	try(pkey_get_number(evp, OSSL_PKEY_PARAM_FFC_G, 0, &ret->g));
	if (!has_q)
		return CKR_OK;
	try(pkey_get_number(evp, OSSL_PKEY_PARAM_FFC_Q, 0, &ret->q));
	if (EVP_PKEY_get_octet_string_param(evp, OSSL_PKEY_PARAM_FFC_SEED, seed, sizeof(seed), &len) <= 0)
		return ossl_fail(CKR_FUNCTION_FAILED, OSSL_PKEY_PARAM_FFC_SEED);
	return secret_dup(bytes_of(seed, len), &ret->seed);
}

bool pkey_dl_sizes_go_together(const struct pkey_dl_wish *wish)
{
	size_t p = wish->bits, q = wish->subprime_bits;

	if (wish->type == PKEY_DL_DH)
		return p >= 512 && p <= PKEY_DL_MAX_BITS;
	if (wish->type == PKEY_DL_X9_42 && p < 1024)
		return false;
	return (p >= 512 && p <= 1024 && p % 64 == 0 && q == 160) || (p == 2048 && (q == 224 || q == 256)) || (p == 3072 && q == 256);
}

static char *text(const char *value)
{
	/* OSSL_PARAM does not say const; libcrypto only reads. */
	return (char *)(uintptr_t)value;
}

/* A group of X9.42 is one of DSA. */
CK_RV pkey_dl_make_group(struct ossl *o, const struct pkey_dl_wish *wish, const struct pkey_progress *progress, struct pkey_dl_made *ret)
{
	bool safe = wish->type == PKEY_DL_DH;
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = EVP_PKEY_CTX_new_from_name(o->libctx, safe ? "DH" : "DSA", NULL);
	size_t bits = wish->bits, subprime_bits = wish->subprime_bits;
	int generator = 2;
	EVP_PKEY *evp = NULL;
	const OSSL_PARAM safe_prime[] = {
		OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_FFC_PBITS, &bits),
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_FFC_TYPE, text("generator"), 0),
		OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_DH_GENERATOR, &generator),
		OSSL_PARAM_construct_end(),
	};
	const OSSL_PARAM subgroup[] = {
		OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_FFC_PBITS, &bits),
		OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_FFC_QBITS, &subprime_bits),
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_FFC_TYPE, text(bits < 1024 ? "fips186_2" : "fips186_4"), 0),
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_FFC_DIGEST, text(ossl_digest_name(wish->hash)), 0),
		OSSL_PARAM_construct_end(),
	};

	if (!pkey_dl_sizes_go_together(wish))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a prime of %zu bits with a subprime of %zu", bits, subprime_bits);
	if (ctx == NULL || EVP_PKEY_paramgen_init(ctx) <= 0 || EVP_PKEY_CTX_set_params(ctx, safe ? safe_prime : subgroup) <= 0)
		return ossl_fail(CKR_FUNCTION_FAILED, "generating a group");
	try(pkey_generate(ctx, progress, "generating a group", &evp));
	CK_RV rv = take_group(evp, !safe, ret);
	EVP_PKEY_free(evp);
	if (rv != CKR_OK)
		pkey_dl_made_free(ret);
	return rv;
}

/* Hash(seed || "ggen" || index || count) to the power (p-1)/q; false in *ret_found when that is below 2. */
static CK_RV try_generator(enum digest_alg hash, const struct numbers *n, struct bytes seed, const unsigned char tail[3],
                           bool *ret_found)
{
	struct digest d cleanup(digest_end) = {0};
	unsigned char w[DIGEST_MAX_SIZE];

	digest_start(hash, &d);
	digest_update(&d, seed);
	digest_update(&d, bytes_of("ggen", 4));
	digest_update(&d, bytes_of(tail, 3));
	digest_final(&d, w);
	if (BN_bin2bn(w, (int)digest_size(hash), n->t) == NULL || !BN_mod_exp_mont(n->g, n->t, n->x, n->p, n->ctx, NULL))
		return broken();
	*ret_found = !BN_is_zero(n->g) && !BN_is_one(n->g);
	return CKR_OK;
}

CK_RV pkey_dl_make_generator(struct ossl *o, enum digest_alg hash, struct bytes p, struct bytes q, struct bytes seed, unsigned char index,
                             struct secret *ret)
{
	const struct pkey_dl_group group = {.type = PKEY_DL_DSA, .p = pkey_dl_trim(p), .q = pkey_dl_trim(q)};
	struct numbers n cleanup(numbers_end) = {0};
	bool found = false;

	try(numbers_start(o, &group, &n));
	try(check_sizes(PKEY_DL_DSA, BN_num_bits(n.p), BN_num_bits(n.q)));
	/* x becomes (p-1)/q. */
	if (BN_copy(n.g, n.p) == NULL || !BN_sub_word(n.g, 1) || !BN_div(n.x, n.t, n.g, n.q, n.ctx))
		return broken();
	if (!BN_is_odd(n.p) || !BN_is_zero(n.t))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a subprime that does not divide p-1");
	for (unsigned count = 1; !found && count <= 0xFFFF; count++) {
		const unsigned char tail[3] = {index, (unsigned char)(count >> 8), (unsigned char)count};

		try(try_generator(hash, &n, seed, tail, &found));
	}
	return found ? pkey_number(n.g, 0, ret) : fail(CKR_FUNCTION_FAILED, "no generator");
}
