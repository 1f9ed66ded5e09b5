/* SPDX-License-Identifier: Apache-2.0 */
/* The key block of SSL 3.0, TLS 1.0 and 1.2: MAC keys, cipher keys and initialisation vectors for two directions from one
 * master secret (§6.39.6, §6.40.6). Keys of 0 bits are not made. */
#include <string.h>

#include "base/log.h"
#include "mech/derive.h"
#include "mech/tls_params.h"
#include "mech/tls_prf.h"

/* Bytes of one key: more than any cipher suite has. */
#define KEY_MAX 64
/* Nobody has a longer one; and what comes out here is not secret (§6.40.6). */
#define IV_MAX 16

struct params {
	struct tls_prf prf;
	struct bytes client, server; /* the randoms */
	size_t mac_len, key_len, iv_len;
	CK_SSL3_KEY_MAT_OUT_PTR out;
};

static CK_RV read_size(CK_ULONG bits, size_t most, size_t *ret)
{
	if (bits % 8 != 0 || bits / 8 > most)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%lu bits of a key block", bits);
	*ret = bits / 8;
	return CKR_OK;
}

/* TLS 1.2's structure is that of SSL 3.0 with a hash behind. */
static CK_RV read_params(const struct mech_row *row, const CK_MECHANISM *m, struct params *ret)
{
	CK_TLS12_KEY_MAT_PARAMS p = {0};

	*ret = (struct params){.prf = *(const struct tls_prf *)row->data};
	try(derive_param(m, &p, ret->prf.version == TLS_1_2 ? sizeof(p) : sizeof(CK_SSL3_KEY_MAT_PARAMS)));
	if (ret->prf.version == TLS_1_2)
		try(derive_hash(p.prfHashMechanism, &ret->prf.hash));
	if (p.bIsExport != CK_FALSE || p.pReturnedKeyMaterial == NULL)
		return fail(CKR_MECHANISM_PARAM_INVALID, "keys for export, or no place for them");
	try(tls_params_randoms(&p.RandomInfo, &ret->client, &ret->server));
	try(read_size(p.ulMacSizeInBits, KEY_MAX, &ret->mac_len));
	try(read_size(p.ulKeySizeInBits, KEY_MAX, &ret->key_len));
	if (row->type != CKM_TLS12_KEY_SAFE_DERIVE)
		try(read_size(p.ulIVSizeInBits, IV_MAX, &ret->iv_len));
	ret->out = p.pReturnedKeyMaterial;
	if (ret->iv_len > 0 && (ret->out->pIVClient == NULL || ret->out->pIVServer == NULL || ret->key_len == 0))
		return fail(CKR_MECHANISM_PARAM_INVALID, "no place for initialisation vectors, or no key that they go with");
	if (ret->mac_len + ret->key_len == 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a key block without keys");
	return CKR_OK;
}

/* §6.39.6: MAC keys sign and verify; in SSL 3.0 and TLS 1.0 they derive, too. They are stored as the others are. */
static CK_RV add_mac_key(const struct mech_env *env, const struct params *p, const struct attr_list *like, struct bytes value, CK_OBJECT_HANDLE *place)
{
	CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_BBOOL yes = CK_TRUE, derives = p->prf.version == TLS_1_2 ? CK_FALSE : CK_TRUE;
	CK_BBOOL token = attr_list_get_bool(like, CKA_TOKEN, false), hidden = attr_list_get_bool(like, CKA_PRIVATE, true);
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &object_class, sizeof(object_class)}, {CKA_KEY_TYPE, &type, sizeof(type)}, {CKA_TOKEN, &token, sizeof(token)},
		{CKA_PRIVATE, &hidden, sizeof(hidden)},           {CKA_SIGN, &yes, sizeof(yes)},       {CKA_VERIFY, &yes, sizeof(yes)},
		{CKA_DERIVE, &derives, sizeof(derives)},
	};
	struct attr_list *key = NULL;

	if (value.len == 0)
		return CKR_OK;
	try(env->more_key(env->key_arg, template, array_len(template), place, &key));
	return attr_list_set(key, CKA_VALUE, value);
}

static CK_RV add_cipher_key(const struct mech_env *env, struct bytes value, CK_OBJECT_HANDLE *place)
{
	struct attr_list *key = NULL;

	if (value.len == 0)
		return CKR_OK;
	try(env->same_key(env->key_arg, place, &key));
	return derive_set_exactly(key, value);
}

static struct bytes next(const struct secret *block, size_t *at, size_t len)
{
	struct bytes part = bytes_of(block->data + *at, len);

	*at += len;
	return part;
}

static CK_RV share_out(const struct mech_env *env, const struct params *p, const struct secret *block, const struct attr_list *like)
{
	CK_SSL3_KEY_MAT_OUT *out = p->out;
	size_t at = 0;

	out->hClientMacSecret = out->hServerMacSecret = out->hClientKey = out->hServerKey = CK_INVALID_HANDLE;
	try(add_mac_key(env, p, like, next(block, &at, p->mac_len), &out->hClientMacSecret));
	try(add_mac_key(env, p, like, next(block, &at, p->mac_len), &out->hServerMacSecret));
	try(add_cipher_key(env, next(block, &at, p->key_len), &out->hClientKey));
	try(add_cipher_key(env, next(block, &at, p->key_len), &out->hServerKey));
	if (p->iv_len > 0) {
		memcpy(out->pIVClient, next(block, &at, p->iv_len).data, p->iv_len);
		memcpy(out->pIVServer, next(block, &at, p->iv_len).data, p->iv_len);
	}
	return CKR_OK;
}

CK_RV tls_keys_derive(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                      struct attr_list *key)
{
	struct secret block cleanup(secret_free) = {0};
	struct params p;

	try(read_params(row, m, &p));
	try(tls_params_master(base));
	if (env->more_key == NULL || env->same_key == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	const struct bytes seeds[TLS_SEEDS] = {p.server, p.client};
	try(secret_new(2 * (p.mac_len + p.key_len + p.iv_len), &block));
	try(tls_prf_run(&p.prf, secret_bytes(&base->value), "key expansion", seeds, block.data, block.len));
	return share_out(env, &p, &block, key);
}
