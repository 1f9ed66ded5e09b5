/* SPDX-License-Identifier: Apache-2.0 */
/* The family of PBKDF2 (§6.37, RFC 8018 §5.2): a secret key of any type from a password. Asks between rounds whether to
 * go on: how long it takes is the caller's to say. */
#include <string.h>

#include "base/log.h"
#include "crypto/mac.h"
#include "mech/derive.h"
#include "mech/param.h"

/* A parameter that is taken by mistake shall not keep a thread for hours. */
#define MAX_ROUNDS 100000000ul
#define ROUNDS_BETWEEN_QUESTIONS 4096

static const struct {
	CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE prf;
	enum digest_alg alg;
} prfs[] = {
	{CKP_PKCS5_PBKD2_HMAC_SHA1, DIGEST_SHA1},
	{CKP_PKCS5_PBKD2_HMAC_SHA224, DIGEST_SHA224},
	{CKP_PKCS5_PBKD2_HMAC_SHA256, DIGEST_SHA256},
	{CKP_PKCS5_PBKD2_HMAC_SHA384, DIGEST_SHA384},
	{CKP_PKCS5_PBKD2_HMAC_SHA512, DIGEST_SHA512},
	{CKP_PKCS5_PBKD2_HMAC_SHA512_224, DIGEST_SHA512_224},
	{CKP_PKCS5_PBKD2_HMAC_SHA512_256, DIGEST_SHA512_256},
};

struct params {
	enum digest_alg alg;
	struct bytes salt, password;
	CK_ULONG rounds;
};

static CK_RV find_prf(CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE prf, enum digest_alg *ret)
{
	for (size_t i = 0; i < array_len(prfs); i++) {
		if (prfs[i].prf == prf) {
			*ret = prfs[i].alg;
			return CKR_OK;
		}
	}
	return fail(CKR_MECHANISM_PARAM_INVALID, "PBKDF2 with PRF %lu", prf);
}

static CK_RV read_params(const CK_MECHANISM *m, struct params *ret)
{
	CK_PKCS5_PBKD2_PARAMS2 p;

	try(derive_param(m, &p, sizeof(p)));
	if (p.saltSource != CKZ_SALT_SPECIFIED || p.pPrfData != NULL || p.ulPrfDataLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "PBKDF2 with salt source %lu, or with data for its PRF", p.saltSource);
	if (p.iterations == 0 || p.iterations > MAX_ROUNDS)
		return fail(CKR_MECHANISM_PARAM_INVALID, "PBKDF2 with %lu rounds", p.iterations);
	ret->rounds = p.iterations;
	try(find_prf(p.prf, &ret->alg));
	try(derive_bytes(p.pSaltSourceData, p.ulSaltSourceDataLen, &ret->salt));
	return derive_bytes(p.pPassword, p.ulPasswordLen, &ret->password);
}

/* HMAC from a state that has the key in it already. */
static void prf(const struct hmac *keyed, struct bytes a, struct bytes b, unsigned char *ret)
{
	struct hmac h cleanup(hmac_end) = *keyed;

	hmac_update(&h, a);
	hmac_update(&h, b);
	hmac_final(&h, ret);
}

static CK_RV block(const struct mech_env *env, const struct params *p, const struct hmac *keyed, uint32_t i, unsigned char *sum)
{
	const unsigned char number[4] = {(unsigned char)(i >> 24), (unsigned char)(i >> 16), (unsigned char)(i >> 8), (unsigned char)i};
	size_t size = digest_size(p->alg);
	unsigned char u[DIGEST_MAX_SIZE];
	CK_RV rv = CKR_OK;

	prf(keyed, p->salt, bytes_of(number, sizeof(number)), u);
	memcpy(sum, u, size);
	for (CK_ULONG round = 1; round < p->rounds && rv == CKR_OK; round++) {
		prf(keyed, bytes_of(u, size), (struct bytes){0}, u);
		for (size_t k = 0; k < size; k++)
			sum[k] ^= u[k];
		if (round % ROUNDS_BETWEEN_QUESTIONS == 0 && env->go_on != NULL && !env->go_on(env->go_on_arg))
			rv = CKR_FUNCTION_CANCELED;
	}
	wipe(u, sizeof(u));
	return rv;
}

static CK_RV generate(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key)
{
	struct hmac keyed cleanup(hmac_end) = {0};
	struct secret out cleanup(secret_free) = {0};
	unsigned char sum[DIGEST_MAX_SIZE];
	struct params p;
	size_t len = 0;
	CK_RV rv = CKR_OK;

	(void)row;
	try(read_params(m, &p));
	try(derive_length(key, 0, &len));
	try(secret_new(len, &out));
	hmac_start(p.alg, p.password, &keyed);
	for (size_t at = 0; at < len && rv == CKR_OK; at += digest_size(p.alg)) {
		size_t n = len - at < digest_size(p.alg) ? len - at : digest_size(p.alg);

		rv = block(env, &p, &keyed, (uint32_t)(at / digest_size(p.alg)) + 1, sum);
		memcpy(out.data + at, sum, n);
	}
	wipe(sum, sizeof(sum));
	return rv == CKR_OK ? derive_set_exactly(key, secret_bytes(&out)) : rv;
}

static CK_RV copy(const CK_MECHANISM *m, struct mech_param *ret)
{
	struct params checked;

	try(read_params(m, &checked));
	try(mech_param_take(m, ret));
	CK_PKCS5_PBKD2_PARAMS2 *p = (void *)ret->whole.data;
	try(mech_param_part(ret, &p->pSaltSourceData, p->ulSaltSourceDataLen));
	return mech_param_part(ret, &p->pPassword, p->ulPasswordLen);
}

static const struct mech_gen gen = {
	.key = generate, .object_class = CKO_SECRET_KEY, .any_key_type = true, .takes_parameter = true, .copy = copy};

static const struct mech_row rows[] = {
	{.type = CKM_PKCS5_PBKD2, .flags = CKF_GENERATE, .gen = &gen},
};

extern const struct mech_family mech_family_pbkdf2;
const struct mech_family mech_family_pbkdf2 = {.name = "pbkdf2", .rows = rows, .row_count = array_len(rows)};
