/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and IVs from passwords as PKCS #12 (§6.37) and PKCS #5 version 1 made them, for files of old. The password is
 * taken as the bytes that it is: for PKCS #12 files that is a BMPString with two zero bytes at its end. The functions
 * themselves are crypto/kdf.c's. */
#include <string.h>

#include "base/log.h"
#include "crypto/kdf.h"
#include "mech/derive.h"
#include "mech/param.h"
#include "mech/secret_key.h"

#define IV 8
/* A parameter that is taken by mistake shall not keep a thread for minutes: libcrypto asks nobody between rounds. */
#define ROUNDS_MAX 10000000ul

enum purpose { PURPOSE_KEY = 1, PURPOSE_IV = 2, PURPOSE_MAC = 3 };

/* What a row's data says. */
struct pbe {
	enum digest_alg alg;
	bool pkcs5; /* one derivation gives key and IV */
	enum purpose purpose;
	size_t key_len;
	bool iv;
};

static CK_RV read_params(const CK_MECHANISM *m, struct old_kdf *ret, unsigned char **ret_iv)
{
	CK_PBE_PARAMS p;

	try(derive_param(m, &p, sizeof(p)));
	if (p.ulIteration == 0 || p.ulIteration > ROUNDS_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%lu rounds", p.ulIteration);
	ret->rounds = p.ulIteration;
	if (p.ulSaltLen == 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no salt");
	*ret_iv = p.pInitVector;
	try(derive_bytes(p.pSalt, p.ulSaltLen, &ret->salt));
	return derive_bytes(p.pPassword, p.ulPasswordLen, &ret->password);
}

/* made has room for key and IV. */
static CK_RV run(const struct mech_env *env, const struct pbe *pbe, const struct old_kdf *k, struct secret *made)
{
	if (pbe->pkcs5)
		return kdf_pbkdf1(env->ossl, k, made->data, pbe->key_len + IV);
	try(kdf_pkcs12(env->ossl, k, pbe->purpose, made->data, pbe->key_len));
	return pbe->iv ? kdf_pkcs12(env->ossl, k, PURPOSE_IV, made->data + pbe->key_len, IV) : CKR_OK;
}

static CK_RV generate(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key)
{
	const struct secret_key_kind *kind = mech_key_type_find(row->gen->key_type)->secret;
	const struct pbe *pbe = row->data;
	struct secret made cleanup(secret_free) = {0};
	struct old_kdf k = {.alg = pbe->alg};
	unsigned char *iv = NULL;

	try(read_params(m, &k, &iv));
	try(secret_new(pbe->key_len + IV, &made));
	try(run(env, pbe, &k, &made));
	if (kind->shape != NULL)
		kind->shape(made.data, pbe->key_len);
	try(attr_list_set(key, CKA_VALUE, bytes_of(made.data, pbe->key_len)));
	if (pbe->iv && iv != NULL)
		memcpy(iv, made.data + pbe->key_len, IV);
	return CKR_OK;
}

/* The IV goes to the caller, where there is one. */
static CK_RV copy(const CK_MECHANISM *m, struct mech_param *ret)
{
	struct old_kdf checked = {0};
	unsigned char *iv = NULL;

	try(read_params(m, &checked, &iv));
	try(mech_param_take(m, ret));
	CK_PBE_PARAMS *p = (void *)ret->whole.data;
	try(mech_param_part(ret, &p->pPassword, p->ulPasswordLen));
	try(mech_param_part(ret, &p->pSalt, p->ulSaltLen));
	try(mech_param_part(ret, &p->pInitVector, IV));
	if (iv != NULL)
		mech_param_result(ret, iv, p->pInitVector, IV);
	return CKR_OK;
}

/* len: what a template without CKA_VALUE_LEN gets, for types that have it. */
#define ROW(mechanism, type_name, len, ...) \
	{ \
		.type = (mechanism), .flags = CKF_GENERATE, \
		.gen = &(const struct mech_gen){.key = generate, .object_class = CKO_SECRET_KEY, .key_type = (type_name), \
		                                .takes_parameter = true, .copy = copy, .value_len = (len)}, \
		.data = &(const struct pbe){__VA_ARGS__}, \
	}

/* No key sizes: each makes keys of one length. */
static const struct mech_row rows[] = {
	ROW(CKM_PBE_SHA1_DES3_EDE_CBC, CKK_DES3, 0, DIGEST_SHA1, false, PURPOSE_KEY, 24, true),
	ROW(CKM_PBE_SHA1_DES2_EDE_CBC, CKK_DES2, 0, DIGEST_SHA1, false, PURPOSE_KEY, 16, true),
	ROW(CKM_PBE_SHA1_RC2_128_CBC, CKK_RC2, 16, DIGEST_SHA1, false, PURPOSE_KEY, 16, true),
	ROW(CKM_PBE_SHA1_RC2_40_CBC, CKK_RC2, 5, DIGEST_SHA1, false, PURPOSE_KEY, 5, true),
	ROW(CKM_PBE_SHA1_RC4_128, CKK_RC4, 16, DIGEST_SHA1, false, PURPOSE_KEY, 16, false),
	ROW(CKM_PBE_SHA1_RC4_40, CKK_RC4, 5, DIGEST_SHA1, false, PURPOSE_KEY, 5, false),
	ROW(CKM_PBE_MD5_DES_CBC, CKK_DES, 0, DIGEST_MD5, true, PURPOSE_KEY, 8, true),
	ROW(CKM_PBE_MD2_DES_CBC, CKK_DES, 0, DIGEST_MD2, true, PURPOSE_KEY, 8, true),
	ROW(CKM_PBA_SHA1_WITH_SHA1_HMAC, CKK_GENERIC_SECRET, 20, DIGEST_SHA1, false, PURPOSE_MAC, 20, false),
};

extern const struct mech_family mech_family_pbe;
const struct mech_family mech_family_pbe = {.name = "pbe", .rows = rows, .row_count = array_len(rows)};
