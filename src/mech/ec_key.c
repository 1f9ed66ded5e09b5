/* SPDX-License-Identifier: Apache-2.0 */
/* Keys on curves. What is kept is always of one form: CKA_EC_PARAMS the object identifier, CKA_EC_POINT a DER
 * OCTET STRING of the uncompressed (Edwards: RFC 8032) point, or as it is (Montgomery: RFC 7748), CKA_VALUE as long as
 * the order (Edwards: the seed). The family's key type decides which curves belong to it. */
#include "mech/ec_key.h"

#include "base/log.h"
#include "crypto/pkey.h"
#include "mech/asym.h"
#include "mech/ec_curves.h"

static void pkey_end(struct pkey **k)
{
	pkey_free(*k);
}

static CK_RV find_curve(CK_KEY_TYPE type, struct bytes params, const struct pkey_curve **ret)
{
	const struct pkey_curve *c = NULL;

	try(ec_curves_find(params, &c));
	CK_KEY_TYPE own = c->kind == PKEY_EDWARDS ? CKK_EC_EDWARDS : c->kind == PKEY_MONTGOMERY ? CKK_EC_MONTGOMERY : CKK_EC;
	if (own != type)
		return fail(CKR_CURVE_NOT_SUPPORTED, "%s is not a curve of this key type", c->group);
	*ret = c;
	return CKR_OK;
}

static CK_RV set_point(struct attr_list *key, const struct pkey *k)
{
	struct buf encoded cleanup(buf_free) = {0};

	/* The standard's text has the bytes as they are for Montgomery curves alone (§6.3.8). */
	if (pkey_curve(k)->kind == PKEY_MONTGOMERY)
		return attr_list_set(key, CKA_EC_POINT, pkey_point(k));
	try(ec_curves_put_point(pkey_point(k), &encoded));
	return attr_list_set(key, CKA_EC_POINT, buf_bytes(&encoded));
}

static CK_RV set_value(struct attr_list *key, const struct pkey *k)
{
	struct secret value cleanup(secret_free) = {0};

	try(pkey_curve_value(k, &value));
	return attr_list_set(key, CKA_VALUE, secret_bytes(&value));
}

/* ---- completing ---------------------------------------------------------------------------- */

static CK_RV complete_public(const struct mech_env *env, const struct pkey_curve *c, struct attr_list *key)
{
	struct pkey *k cleanup(pkey_end) = NULL;
	struct bytes value = {0};
	struct bytes point = {0};

	if (!attr_list_get(key, CKA_EC_POINT, &value))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_EC_POINT is missing");
	try(ec_curves_point(c, value, &point));
	try(pkey_curve_public(env->ossl, c, point, &k));
	try(set_point(key, k));
	return asym_public_key_info(key, k);
}

/* A big integer may have lost its leading zeros or have too many; an Edwards seed is a byte string. */
static struct bytes without_zeros(const struct pkey_curve *c, struct bytes value)
{
	while (c->kind == PKEY_EC && value.len > c->size && value.data[0] == 0) {
		value.data++;
		value.len--;
	}
	return value;
}

static CK_RV complete_private(const struct mech_env *env, const struct pkey_curve *c, struct attr_list *key)
{
	struct pkey *k cleanup(pkey_end) = NULL;
	struct bytes value = {0};

	if (!attr_list_get(key, CKA_VALUE, &value))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_VALUE is missing");
	try(pkey_curve_private(env->ossl, c, without_zeros(c, value), &k));
	try(set_value(key, k));
	return asym_public_key_info(key, k);
}

CK_RV ec_key_complete(const struct mech_env *env, struct attr_list *key)
{
	const struct pkey_curve *c = NULL;
	CK_KEY_TYPE type = CKK_EC;
	struct bytes params = {0};
	bool is_private = false;

	try(asym_class(key, &is_private));
	(void)attr_list_get_ulong(key, CKA_KEY_TYPE, &type);
	if (!attr_list_get(key, CKA_EC_PARAMS, &params))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_EC_PARAMS is missing");
	try(find_curve(type, params, &c));
	try(attr_list_set(key, CKA_EC_PARAMS, c->oid));
	return is_private ? complete_private(env, c, key) : complete_public(env, c, key);
}

/* ---- loading ------------------------------------------------------------------------------- */

CK_RV ec_key_load(const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	const struct pkey_curve *c = NULL;
	struct pkey *k = NULL;
	struct bytes params = {0};
	struct bytes value = {0};
	struct bytes point = {0};

	if (!attrs_get(a, CKA_EC_PARAMS, &params))
		return fail(CKR_FUNCTION_FAILED, "a key on no curve");
	try(ec_curves_find(params, &c));
	if (attrs_get(a, CKA_VALUE, &value)) {
		try(pkey_curve_private(env->ossl, c, value, &k));
	} else {
		if (!attrs_get(a, CKA_EC_POINT, &value))
			return fail(CKR_FUNCTION_FAILED, "a key without value and point");
		try(ec_curves_point(c, value, &point));
		try(pkey_curve_public(env->ossl, c, point, &k));
	}
	return asym_key(a, k, ret);
}

CK_RV ec_key_public_half(const struct mech_key *key, struct attr_list *public_key)
{
	try(attr_list_set(public_key, CKA_EC_PARAMS, pkey_curve(key->pkey)->oid));
	return set_point(public_key, key->pkey);
}

/* ---- generating ---------------------------------------------------------------------------- */

CK_RV ec_key_pair(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m,
                  struct attr_list *public_key, struct attr_list *private_key)
{
	const struct pkey_curve *c = NULL;
	struct pkey *k cleanup(pkey_end) = NULL;
	struct bytes params = {0};

	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "generating a key on a curve takes no parameter");
	if (!attr_list_get(public_key, CKA_EC_PARAMS, &params))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_EC_PARAMS is missing");
	try(find_curve(row->gen->key_type, params, &c));
	if (row->type == CKM_EC_KEY_PAIR_GEN_W_EXTRA_BITS)
		try(pkey_curve_generate_extra(env->ossl, c, &k));
	else
		try(pkey_curve_generate(env->ossl, c, &k));
	try(attr_list_set(public_key, CKA_EC_PARAMS, c->oid));
	try(set_point(public_key, k));
	try(attr_list_set(private_key, CKA_EC_PARAMS, c->oid));
	return set_value(private_key, k);
}
