/* SPDX-License-Identifier: Apache-2.0 */
/* The rules about lengths that the standard repeats for each derivation mechanism (§6.43), once. */
#include "mech/derive.h"

#include <string.h>

#include "base/log.h"
#include "mech/secret_key.h"

/* Lengths up to this are tried to see whether a key type has one only. */
#define LONGEST_FIXED 128

static const struct {
	enum digest_alg alg;
	CK_MECHANISM_TYPE hash;
} hashes[] = {
	{DIGEST_SHA1, CKM_SHA_1},
	{DIGEST_SHA224, CKM_SHA224},
	{DIGEST_SHA256, CKM_SHA256},
	{DIGEST_SHA384, CKM_SHA384},
	{DIGEST_SHA512, CKM_SHA512},
	{DIGEST_SHA512_224, CKM_SHA512_224},
	{DIGEST_SHA512_256, CKM_SHA512_256},
	{DIGEST_SHA3_224, CKM_SHA3_224},
	{DIGEST_SHA3_256, CKM_SHA3_256},
	{DIGEST_SHA3_384, CKM_SHA3_384},
	{DIGEST_SHA3_512, CKM_SHA3_512},
};

/* ---- lengths ------------------------------------------------------------------------------- */

/* The one length that keys of this type have; 0 when they have several. */
static size_t fixed_length(CK_KEY_TYPE type)
{
	const struct mech_key_type *kt = mech_key_type_find(type);
	size_t found = 0;

	for (size_t len = 1; len <= LONGEST_FIXED; len++) {
		if (mech_key_value_fits(kt, len) && found != 0)
			return 0;
		if (mech_key_value_fits(kt, len))
			found = len;
	}
	return found;
}

CK_RV derive_length(const struct attr_list *key, size_t otherwise, size_t *ret)
{
	CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_ULONG len = 0;

	if (attr_list_get_ulong(key, CKA_VALUE_LEN, &len)) {
		if (len == 0 || len > DERIVE_MAX)
			return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_VALUE_LEN of %lu for a derived key", len);
		*ret = len;
		return CKR_OK;
	}
	(void)attr_list_get_ulong(key, CKA_CLASS, &object_class);
	(void)attr_list_get_ulong(key, CKA_KEY_TYPE, &type);
	if (object_class == CKO_SECRET_KEY && type != CKK_GENERIC_SECRET && type != CKK_HKDF)
		otherwise = fixed_length(type);
	if (otherwise == 0)
		return fail(CKR_TEMPLATE_INCOMPLETE, "no CKA_VALUE_LEN, and nothing else tells the length");
	*ret = otherwise;
	return CKR_OK;
}

CK_RV derive_set_exactly(struct attr_list *key, struct bytes value)
{
	struct secret shaped cleanup(secret_free) = {0};
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;

	(void)attr_list_get_ulong(key, CKA_KEY_TYPE, &type);
	const struct mech_key_type *kt = mech_key_type_find(type);
	if (kt == NULL || kt->secret == NULL || kt->secret->shape == NULL || !mech_key_value_fits(kt, value.len))
		return attr_list_set(key, CKA_VALUE, value);
	try(secret_dup(value, &shaped));
	kt->secret->shape(shaped.data, shaped.len);
	return attr_list_set(key, CKA_VALUE, secret_bytes(&shaped));
}

static CK_RV set(struct attr_list *key, struct bytes from, bool last)
{
	size_t len = 0;

	try(derive_length(key, from.len, &len));
	if (len > from.len)
		return fail(CKR_TEMPLATE_INCONSISTENT, "a key of %zu bytes from %zu", len, from.len);
	return derive_set_exactly(key, bytes_of(last ? from.data + (from.len - len) : from.data, len));
}

CK_RV derive_set_first(struct attr_list *key, struct bytes from)
{
	return set(key, from, false);
}

CK_RV derive_set_last(struct attr_list *key, struct bytes from)
{
	return set(key, from, true);
}

CK_RV derive_set_whole(struct attr_list *key, struct bytes from)
{
	CK_ULONG len = from.len;

	(void)attr_list_get_ulong(key, CKA_VALUE_LEN, &len);
	if (len != from.len)
		return fail(CKR_TEMPLATE_INCONSISTENT, "a key of %lu bytes from a secret of %zu", len, from.len);
	return derive_set_exactly(key, from);
}

/* ---- parameters ---------------------------------------------------------------------------- */

CK_RV derive_param(const CK_MECHANISM *m, void *to, size_t size)
{
	if (m->pParameter == NULL || m->ulParameterLen != size)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s: a parameter of %lu bytes, not %zu", mech_name(m->mechanism), m->ulParameterLen, size);
	memcpy(to, m->pParameter, size);
	return CKR_OK;
}

CK_RV derive_bytes(const void *data, CK_ULONG len, struct bytes *ret)
{
	if ((data == NULL && len > 0) || len > DERIVE_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%lu bytes in a parameter, or none where it says so", len);
	*ret = bytes_of(data, len);
	return CKR_OK;
}

CK_RV derive_hash(CK_MECHANISM_TYPE mechanism, enum digest_alg *ret)
{
	for (size_t i = 0; i < array_len(hashes); i++) {
		if (hashes[i].hash == mechanism) {
			*ret = hashes[i].alg;
			return CKR_OK;
		}
	}
	return fail(CKR_MECHANISM_PARAM_INVALID, "%s is no hash that can be used here", mech_name(mechanism));
}

/* ---- functions ----------------------------------------------------------------------------- */

static CK_RV run_mac(struct mech_op *op, const struct bytes *pieces, size_t count, unsigned char *ret, size_t *ret_len)
{
	const CK_MECHANISM m = {op->row->type, NULL, 0};
	const struct mech_ops *ops = op->row->ops;
	size_t none = 0;

	if (ops->params != NULL)
		try(ops->params(op, &m));
	if (ops->start != NULL)
		try(ops->start(op));
	if (ops->room(op, MECH_FINAL, 0) > DERIVE_MAC_MAX)
		return CKR_GENERAL_ERROR;
	for (size_t i = 0; i < count; i++)
		try(ops->update(op, pieces[i], NULL, &none));
	return ops->final(op, ret, ret_len);
}

CK_RV derive_mac(const struct mech_env *env, const struct mech_row *mac, const struct mech_key *key, const struct bytes *pieces,
                 size_t count, unsigned char *ret, size_t *ret_len)
{
	struct mech_op op = {.row = mac, .env = env, .use = MECH_SIGN, .key = key};
	CK_RV rv = run_mac(&op, pieces, count, ret, ret_len);

	if (mac->ops->end != NULL)
		mac->ops->end(&op);
	return rv;
}
