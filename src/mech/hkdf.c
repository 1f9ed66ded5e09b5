/* SPDX-License-Identifier: Apache-2.0 */
/* The family of HKDF (§6.62, RFC 5869): derived keys and data, keys for it. */
#include <string.h>

#include "base/log.h"
#include "crypto/mac.h"
#include "mech/derive.h"
#include "mech/generic_secret.h"
#include "mech/secret_key.h"

/* RFC 5869 §2.3. */
#define BLOCKS_MAX 255

/* ---- the function -------------------------------------------------------------------------- */

static void hmac_whole(enum digest_alg alg, struct bytes key, struct bytes in, unsigned char *ret)
{
	struct hmac h cleanup(hmac_end) = {0};

	hmac_start(alg, key, &h);
	hmac_update(&h, in);
	hmac_final(&h, ret);
}

static void expand_block(enum digest_alg alg, struct bytes prk, struct bytes before, struct bytes info, unsigned char i,
                          unsigned char *ret)
{
	struct hmac h cleanup(hmac_end) = {0};

	hmac_start(alg, prk, &h);
	hmac_update(&h, before);
	hmac_update(&h, info);
	hmac_update(&h, bytes_of(&i, 1));
	hmac_final(&h, ret);
}

static void expand(enum digest_alg alg, struct bytes prk, struct bytes info, struct secret *out)
{
	unsigned char t[DIGEST_MAX_SIZE];
	size_t size = digest_size(alg);

	for (size_t at = 0, i = 1; at < out->len; at += size, i++) {
		size_t n = out->len - at < size ? out->len - at : size;

		expand_block(alg, prk, bytes_of(t, i == 1 ? 0 : size), info, (unsigned char)i, t);
		memcpy(out->data + at, t, n);
	}
	wipe(t, sizeof(t));
}

/* ---- the mechanism ------------------------------------------------------------------------- */

struct params {
	enum digest_alg alg;
	bool extract, expand;
	struct bytes salt, info;
};

static CK_RV read_salt(const struct mech_env *env, const CK_HKDF_PARAMS *p, struct bytes *ret)
{
	const struct mech_key *key = NULL;

	switch (p->ulSaltType) {
	case CKF_HKDF_SALT_NULL:
		return CKR_OK;
	case CKF_HKDF_SALT_DATA:
		return derive_bytes(p->pSalt, p->ulSaltLen, ret);
	case CKF_HKDF_SALT_KEY:
		if (env->find_key == NULL)
			return CKR_MECHANISM_PARAM_INVALID;
		try(env->find_key(env->key_arg, p->hSaltKey, &key));
		*ret = secret_bytes(&key->value);
		return CKR_OK;
	default:
		return fail(CKR_MECHANISM_PARAM_INVALID, "salt type %lu", p->ulSaltType);
	}
}

static CK_RV read_params(const struct mech_env *env, const CK_MECHANISM *m, struct params *ret)
{
	CK_HKDF_PARAMS p;

	try(derive_param(m, &p, sizeof(p)));
	if (p.bExtract > 1 || p.bExpand > 1 || (!p.bExtract && !p.bExpand))
		return fail(CKR_MECHANISM_PARAM_INVALID, "HKDF that neither extracts nor expands");
	*ret = (struct params){.extract = p.bExtract, .expand = p.bExpand};
	try(derive_hash(p.prfHashMechanism, &ret->alg));
	if (p.bExtract)
		try(read_salt(env, &p, &ret->salt));
	return p.bExpand ? derive_bytes(p.pInfo, p.ulInfoLen, &ret->info) : CKR_OK;
}

static CK_RV derive_from(const struct params *p, struct bytes base, unsigned char prk_room[DIGEST_MAX_SIZE], struct attr_list *key)
{
	struct secret out cleanup(secret_free) = {0};
	size_t size = digest_size(p->alg), len = 0;
	struct bytes prk = base;

	if (p->extract) {
		hmac_whole(p->alg, p->salt, base, prk_room);
		prk = bytes_of(prk_room, size);
	}
	if (!p->expand)
		return derive_set_first(key, prk);
	if (prk.len < size)
		return fail(CKR_KEY_SIZE_RANGE, "HKDF expands from %zu bytes, where the hash has %zu", prk.len, size);
	try(derive_length(key, 0, &len));
	if (len > BLOCKS_MAX * size)
		return fail(CKR_TEMPLATE_INCONSISTENT, "HKDF gives %zu bytes at most, not %zu", BLOCKS_MAX * size, len);
	try(secret_new(len, &out));
	expand(p->alg, prk, p->info, &out);
	return derive_set_first(key, secret_bytes(&out));
}

static CK_RV derive(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                    struct attr_list *key)
{
	unsigned char prk[DIGEST_MAX_SIZE];
	struct params p;

	(void)row;
	try(read_params(env, m, &p));
	CK_RV rv = derive_from(&p, secret_bytes(&base->value), prk, key);
	wipe(prk, sizeof(prk));
	return rv;
}

static const struct mech_derive derive_key = {.object_class = CKO_SECRET_KEY, .key = derive};
static const struct mech_derive derive_data = {.object_class = CKO_DATA, .key = derive};

/* ---- keys ---------------------------------------------------------------------------------- */

static const struct secret_key_kind kind = {.min = GENERIC_SECRET_MIN, .max = GENERIC_SECRET_MAX, .check_value = secret_key_check_hash};

/* Key sizes in bytes; the standard names no unit. */
#define SIZES .min_key = GENERIC_SECRET_MIN, .max_key = GENERIC_SECRET_MAX
#define KEYS .key_types = {CKK_HKDF, CKK_GENERIC_SECRET}, .key_type_count = 2

static const struct mech_row rows[] = {
	{.type = CKM_HKDF_DERIVE, .flags = CKF_DERIVE, SIZES, KEYS, .derive = &derive_key},
	{.type = CKM_HKDF_DATA, .flags = CKF_DERIVE, SIZES, KEYS, .derive = &derive_data},
	{.type = CKM_HKDF_KEY_GEN, .flags = CKF_GENERATE, SIZES, .gen = SECRET_KEY_GEN(CKK_HKDF)},
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_HKDF, .secret = &kind},
};

extern const struct mech_family mech_family_hkdf;
const struct mech_family mech_family_hkdf = {
	.name = "hkdf",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
