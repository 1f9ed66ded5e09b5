/* SPDX-License-Identifier: Apache-2.0 */
/* The family of IKE (§6.64; RFC 2409, RFC 7296): keys that two peers of IPsec derive with an HMAC or a MAC of AES as
 * pseudo-random function, from a key or from nonces and a shared secret. */
#include <string.h>

#include "base/log.h"
#include "mech/derive.h"
#include "mech/generic_secret.h"

/* The function's blocks are counted in one byte. */
#define BLOCKS_MAX 255
#define PIECES 5

#define AES_KEY 16

/* ---- the function -------------------------------------------------------------------------- */

/* What becomes of a key whose length is not the cipher's. */
enum other_keys {
	TAKEN,
	FILLED, /* a short one, with zeros (RFC 4434); a long one is hashed */
	HASHED, /* with a key of zeros (RFC 4615) */
};

static const struct function {
	CK_MECHANISM_TYPE mac;
	size_t size;
	enum other_keys other_keys;
} functions[] = {
	{CKM_SHA_1_HMAC, 20, TAKEN},      {CKM_SHA224_HMAC, 28, TAKEN},     {CKM_SHA256_HMAC, 32, TAKEN},   {CKM_SHA384_HMAC, 48, TAKEN},
	{CKM_SHA512_HMAC, 64, TAKEN},     {CKM_SHA512_224_HMAC, 28, TAKEN}, {CKM_SHA512_256_HMAC, 32, TAKEN}, {CKM_SHA3_224_HMAC, 28, TAKEN},
	{CKM_SHA3_256_HMAC, 32, TAKEN},   {CKM_SHA3_384_HMAC, 48, TAKEN},   {CKM_SHA3_512_HMAC, 64, TAKEN}, {CKM_AES_XCBC_MAC, 16, FILLED},
	{CKM_AES_CMAC, 16, HASHED},
};

static CK_RV take_key(const struct mech_env *env, const struct function *f, struct bytes key, struct mech_key *ret)
{
	struct mech_key zero = {.type = CKK_AES};
	size_t len = 0;

	if (f->other_keys == TAKEN || key.len == AES_KEY)
		return secret_dup(key, &ret->value);
	try(secret_new(AES_KEY, &ret->value));
	if (f->other_keys == FILLED && key.len < AES_KEY) {
		if (key.len > 0)
			memcpy(ret->value.data, key.data, key.len);
		return CKR_OK;
	}
	try(secret_new(AES_KEY, &zero.value));
	CK_RV rv = derive_mac(env, mech_find(f->mac), &zero, &key, 1, ret->value.data, &len);
	secret_free(&zero.value);
	return rv;
}

/* prf(key, pieces one after the other) */
static CK_RV prf(const struct mech_env *env, const struct function *f, struct bytes key, const struct bytes pieces[PIECES], unsigned char *ret)
{
	const struct mech_row *mac = mech_find(f->mac);
	struct mech_key k = {.object_class = CKO_SECRET_KEY, .type = mac->key_types[0]};
	size_t len = 0;
	CK_RV rv = take_key(env, f, key, &k);

	if (rv == CKR_OK)
		rv = derive_mac(env, mac, &k, pieces, PIECES, ret, &len);
	secret_free(&k.value);
	return rv;
}

static const struct function *function_of(CK_MECHANISM_TYPE mechanism)
{
	for (size_t i = 0; i < array_len(functions); i++) {
		if (functions[i].mac == mechanism && mech_find(mechanism) != NULL)
			return &functions[i];
	}
	return NULL;
}

/* Which function, and may the base key be its key: one of its own type or a generic secret. */
static CK_RV find_prf(CK_MECHANISM_TYPE mechanism, const struct mech_key *base, const struct function **ret)
{
	*ret = function_of(mechanism);
	if (*ret == NULL)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s is no PRF that can be used here", mech_name(mechanism));
	if (base->type != CKK_GENERIC_SECRET && !mech_takes_key_type(mech_find(mechanism), base->type))
		return fail(CKR_KEY_TYPE_INCONSISTENT, "key type 0x%lx is not one of %s", base->type, mech_name(mechanism));
	return CKR_OK;
}

/* A shared secret that the parameter names. */
static CK_RV find_secret(const struct mech_env *env, CK_OBJECT_HANDLE handle, bool any_type, struct bytes *ret)
{
	const struct mech_key *key = NULL;

	if (env->find_key == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	try(env->find_key(env->key_arg, handle, &key));
	if (!any_type && key->type != CKK_GENERIC_SECRET)
		return fail(CKR_KEY_TYPE_INCONSISTENT, "key type 0x%lx, where a generic secret is wanted", key->type);
	*ret = secret_bytes(&key->value);
	return CKR_OK;
}

static CK_RV check_bool(CK_BBOOL b)
{
	return b <= CK_TRUE ? CKR_OK : fail(CKR_MECHANISM_PARAM_INVALID, "a CK_BBOOL of %u", b);
}

/* One block is the key, or its first bytes. exact: no other length than the block's. */
static CK_RV set_block(struct attr_list *key, const unsigned char *block, size_t size, bool exact)
{
	CK_ULONG len = size;

	(void)attr_list_get_ulong(key, CKA_VALUE_LEN, &len);
	if (len == 0 || len > size || (exact && len != size))
		return fail(CKR_KEY_SIZE_RANGE, "a key of %lu bytes, where the function gives %zu", len, size);
	return derive_set_exactly(key, bytes_of(block, len));
}

/* ---- the first key ------------------------------------------------------------------------- */

static CK_RV run_first(const struct mech_env *env, const CK_IKE_PRF_DERIVE_PARAMS *p, const struct mech_key *base, const struct function *f,
                       unsigned char *ret)
{
	struct secret nonces cleanup(secret_free) = {0};
	struct bytes initiator = {0}, responder = {0}, fresh = {0};
	struct bytes secret = secret_bytes(&base->value);

	try(derive_bytes(p->pNi, p->ulNiLen, &initiator));
	try(derive_bytes(p->pNr, p->ulNrLen, &responder));
	if (initiator.len + responder.len == 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no nonces");
	if (p->bRekey)
		try(find_secret(env, p->hNewKey, false, &fresh));
	if (!p->bDataAsKey)
		return prf(env, f, secret, (const struct bytes[PIECES]){fresh, initiator, responder}, ret);
	try(secret_new(initiator.len + responder.len, &nonces));
	if (initiator.len > 0)
		memcpy(nonces.data, initiator.data, initiator.len);
	if (responder.len > 0)
		memcpy(nonces.data + initiator.len, responder.data, responder.len);
	return prf(env, f, secret_bytes(&nonces), (const struct bytes[PIECES]){secret}, ret);
}

static CK_RV derive_first(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                          struct attr_list *key)
{
	const struct function *f = NULL;
	unsigned char block[DERIVE_MAC_MAX];
	CK_IKE_PRF_DERIVE_PARAMS p;

	(void)row;
	try(derive_param(m, &p, sizeof(p)));
	try(check_bool(p.bDataAsKey));
	try(check_bool(p.bRekey));
	if (p.bDataAsKey && p.bRekey)
		return fail(CKR_ARGUMENTS_BAD, "bDataAsKey and bRekey exclude each other");
	try(find_prf(p.prfMechanism, base, &f));
	if (p.bDataAsKey && base->type != CKK_GENERIC_SECRET)
		return fail(CKR_KEY_TYPE_INCONSISTENT, "key type 0x%lx, where a generic secret is wanted", base->type);
	CK_RV rv = run_first(env, &p, base, f, block);
	if (rv == CKR_OK)
		rv = set_block(key, block, f->size, true);
	wipe(block, sizeof(block));
	return rv;
}

/* Without a type in the template it is the function's own. */
static CK_KEY_TYPE first_type(const CK_MECHANISM *m)
{
	CK_IKE_PRF_DERIVE_PARAMS p;

	if (m->pParameter == NULL || m->ulParameterLen != sizeof(p))
		return CKK_GENERIC_SECRET;
	memcpy(&p, m->pParameter, sizeof(p));
	if (function_of(p.prfMechanism) == NULL)
		return CKK_GENERIC_SECRET;
	const struct mech_row *mac = mech_find(p.prfMechanism);
	return mac->key_types[mac->key_type_count - 1];
}

static const struct mech_derive first = {.object_class = CKO_SECRET_KEY, .key = derive_first, .key_type = first_type};

/* ---- IKEv1's further keys ------------------------------------------------------------------ */

static CK_RV run_next(const struct mech_env *env, const CK_IKE1_PRF_DERIVE_PARAMS *p, const struct mech_key *base, const struct function *f,
                      unsigned char *ret)
{
	struct bytes before = {0}, shared = {0}, initiator = {0}, responder = {0};

	try(derive_bytes(p->pCKYi, p->ulCKYiLen, &initiator));
	try(derive_bytes(p->pCKYr, p->ulCKYrLen, &responder));
	try(find_secret(env, p->hKeygxy, false, &shared));
	if (p->bHasPrevKey)
		try(find_secret(env, p->hPrevKey, true, &before));
	const struct bytes pieces[PIECES] = {before, shared, initiator, responder, bytes_of(&p->keyNumber, 1)};
	return prf(env, f, secret_bytes(&base->value), pieces, ret);
}

static CK_RV derive_next(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                         struct attr_list *key)
{
	const struct function *f = NULL;
	unsigned char block[DERIVE_MAC_MAX];
	CK_IKE1_PRF_DERIVE_PARAMS p;

	(void)row;
	try(derive_param(m, &p, sizeof(p)));
	try(check_bool(p.bHasPrevKey));
	try(find_prf(p.prfMechanism, base, &f));
	CK_RV rv = run_next(env, &p, base, f, block);
	if (rv == CKR_OK)
		rv = set_block(key, block, f->size, false);
	wipe(block, sizeof(block));
	return rv;
}

/* The template must say it. */
static CK_KEY_TYPE no_type(const CK_MECHANISM *m)
{
	(void)m;
	return CK_UNAVAILABLE_INFORMATION;
}

static const struct mech_derive next = {.object_class = CKO_SECRET_KEY, .key = derive_next, .key_type = no_type};

/* ---- long keys ----------------------------------------------------------------------------- */

struct chain {
	struct bytes first;   /* in the first block only */
	struct bytes seed[2]; /* in each */
	bool counted;         /* and the block's number behind */
};

/* Block after block: prf(key, block before || seed || number). */
static CK_RV stretch(const struct mech_env *env, const struct function *f, struct bytes key, const struct chain *c, struct secret *out)
{
	unsigned char block[DERIVE_MAC_MAX];
	size_t size = f->size;
	CK_RV rv = CKR_OK;

	for (size_t at = 0; at < out->len && rv == CKR_OK; at += size) {
		const unsigned char number = (unsigned char)(at / size + 1);
		const struct bytes pieces[PIECES] = {
			at == 0 ? c->first : bytes_of(block, size), c->seed[0], c->seed[1], bytes_of(&number, c->counted ? 1 : 0)};

		rv = prf(env, f, key, pieces, block);
		if (rv == CKR_OK)
			memcpy(out->data + at, block, out->len - at < size ? out->len - at : size);
	}
	wipe(block, sizeof(block));
	return rv;
}

static CK_RV read_length(const struct attr_list *key, const struct function *f, size_t *ret)
{
	try(derive_length(key, 0, ret));
	if (*ret > BLOCKS_MAX * f->size)
		return fail(CKR_KEY_SIZE_RANGE, "%zu bytes, where the function gives %zu at most", *ret, BLOCKS_MAX * f->size);
	return CKR_OK;
}

static CK_RV set_long(const struct mech_env *env, const struct function *f, const struct mech_key *base, const struct chain *c, size_t len,
                      struct attr_list *key)
{
	struct secret made cleanup(secret_free) = {0};

	try(secret_new(len, &made));
	try(stretch(env, f, secret_bytes(&base->value), c, &made));
	return derive_set_exactly(key, secret_bytes(&made));
}

/* prf+ of IKEv2 (RFC 7296 2.13). */
static CK_RV derive_plus(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                         struct attr_list *key)
{
	struct chain chain = {.counted = true};
	const struct function *f = NULL;
	CK_IKE2_PRF_PLUS_DERIVE_PARAMS p;
	size_t len = 0;

	(void)row;
	try(derive_param(m, &p, sizeof(p)));
	try(check_bool(p.bHasSeedKey));
	try(find_prf(p.prfMechanism, base, &f));
	try(derive_bytes(p.pSeedData, p.ulSeedDataLen, &chain.seed[1]));
	try(read_length(key, f, &len));
	if (p.bHasSeedKey)
		try(find_secret(env, p.hSeedKey, true, &chain.seed[0]));
	return set_long(env, f, base, &chain, len, key);
}

static const struct mech_derive plus = {.object_class = CKO_SECRET_KEY, .key = derive_plus};

/* RFC 2409 appendix B and 5.5. With nothing to stretch it with, the base key's first bytes do when there are enough. The
 * standard's text says so of keys with data to stretch them, too: that would hand out SKEYID in quick mode. */
static CK_RV derive_extended(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                             struct attr_list *key)
{
	static const unsigned char zero;
	struct chain chain = {.first = {0}};
	const struct function *f = NULL;
	CK_IKE1_EXTENDED_DERIVE_PARAMS p;
	size_t len = 0;

	(void)row;
	try(derive_param(m, &p, sizeof(p)));
	try(check_bool(p.bHasKeygxy));
	try(find_prf(p.prfMechanism, base, &f));
	try(derive_bytes(p.pExtraData, p.ulExtraDataLen, &chain.seed[1]));
	try(read_length(key, f, &len));
	if (p.bHasKeygxy)
		try(find_secret(env, p.hKeygxy, false, &chain.seed[0]));
	bool bare = !p.bHasKeygxy && chain.seed[1].len == 0;
	if (bare && len <= base->value.len)
		return derive_set_exactly(key, bytes_of(base->value.data, len));
	if (bare)
		chain.first = bytes_of(&zero, 1);
	return set_long(env, f, base, &chain, len, key);
}

static const struct mech_derive extended = {.object_class = CKO_SECRET_KEY, .keeps_secrecy = true, .key = derive_extended};

/* ---- rows ---------------------------------------------------------------------------------- */

/* Any HMAC's key; key sizes in bytes. */
#define ROW(mechanism, way) \
	{.type = (mechanism), .flags = CKF_DERIVE, .min_key = GENERIC_SECRET_MIN, .max_key = GENERIC_SECRET_MAX, .derive = &(way)}

static const struct mech_row rows[] = {
	ROW(CKM_IKE2_PRF_PLUS_DERIVE, plus),
	ROW(CKM_IKE_PRF_DERIVE, first),
	ROW(CKM_IKE1_PRF_DERIVE, next),
	ROW(CKM_IKE1_EXTENDED_DERIVE, extended),
};

extern const struct mech_family mech_family_ike;
const struct mech_family mech_family_ike = {.name = "ike", .rows = rows, .row_count = array_len(rows)};
