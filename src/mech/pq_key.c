/* SPDX-License-Identifier: Apache-2.0 */
/* Post-quantum keys as attributes: CKA_PARAMETER_SET names the row, CKA_VALUE is the standard's encoding of the public
 * or the (expanded) private key, CKA_SEED is kept where the private key was made from one and it is known. */
#include "mech/pq_key.h"

#include "base/log.h"
#include "crypto/der.h"
#include "crypto/pkey_pq.h"
#include "mech/asym.h"
#include "mech/pkcs8.h"

/* The seed alone: [0] IMPLICIT OCTET STRING. */
#define SEED_ONLY 0x80

static void pkey_end(struct pkey **k)
{
	pkey_free(*k);
}

static enum pkey_pq_family family_of(CK_KEY_TYPE type)
{
	return type == CKK_ML_KEM ? PKEY_ML_KEM : type == CKK_ML_DSA ? PKEY_ML_DSA : PKEY_SLH_DSA;
}

static CK_RV find_set(CK_KEY_TYPE type, CK_ULONG number, const struct pkey_pq_set **ret)
{
	*ret = pkey_pq_find(family_of(type), number);
	if (*ret == NULL)
		return fail(CKR_PARAMETER_SET_NOT_SUPPORTED, "key type 0x%lx has no parameter set %lu", type, number);
	return CKR_OK;
}

/* What is not there as CKA_VALUE follows from CKA_SEED. */
static CK_RV complete_value(struct attr_list *key, const struct pkey *k)
{
	struct secret value cleanup(secret_free) = {0};
	struct bytes given = {0};

	if (attr_list_get(key, CKA_VALUE, &given))
		return CKR_OK;
	try(pkey_pq_value(k, &value));
	return attr_list_set(key, CKA_VALUE, secret_bytes(&value));
}

CK_RV pq_key_complete(const struct mech_env *env, struct attr_list *key)
{
	const struct pkey_pq_set *set = NULL;
	struct pkey *k cleanup(pkey_end) = NULL;
	CK_KEY_TYPE type = CKK_ML_DSA;
	CK_ULONG number = 0;
	struct bytes value = {0}, seed = {0};
	bool is_private = false;

	try(asym_class(key, &is_private));
	(void)attr_list_get_ulong(key, CKA_KEY_TYPE, &type);
	bool has_seed = is_private && attr_list_get(key, CKA_SEED, &seed);
	if (!attr_list_get_ulong(key, CKA_PARAMETER_SET, &number) || (!attr_list_get(key, CKA_VALUE, &value) && !has_seed))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_PARAMETER_SET or CKA_VALUE is missing");
	try(find_set(type, number, &set));
	if (!is_private) {
		try(pkey_pq_public(env->ossl, set, value, &k));
		return asym_public_key_info(key, k);
	}
	try(pkey_pq_private(env->ossl, set, value, seed, &k));
	try(complete_value(key, k));
	return asym_public_key_info(key, k);
}

CK_RV pq_key_load(const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	const struct pkey_pq_set *set = NULL;
	struct pkey *k = NULL;
	CK_OBJECT_CLASS object_class = 0;
	CK_KEY_TYPE type = 0;
	CK_ULONG number = 0;
	struct bytes value = {0};

	if (!attrs_get_ulong(a, CKA_CLASS, &object_class) || !attrs_get_ulong(a, CKA_KEY_TYPE, &type) ||
	    !attrs_get_ulong(a, CKA_PARAMETER_SET, &number) || !attrs_get(a, CKA_VALUE, &value))
		return fail(CKR_FUNCTION_FAILED, "a key without parameter set or value");
	try(find_set(type, number, &set));
	if (object_class == CKO_PRIVATE_KEY)
		try(pkey_pq_private(env->ossl, set, value, (struct bytes){0}, &k));
	else
		try(pkey_pq_public(env->ossl, set, value, &k));
	return asym_key(a, k, ret);
}

CK_RV pq_key_public_half(const struct mech_key *key, struct attr_list *public_key)
{
	try(attr_list_set_ulong(public_key, CKA_PARAMETER_SET, pkey_pq_set(key->pkey)->number));
	return attr_list_set(public_key, CKA_VALUE, pkey_pq_public_value(key->pkey));
}

static CK_RV set_private(struct attr_list *key, const struct pkey *k)
{
	struct secret value cleanup(secret_free) = {0};
	struct secret seed cleanup(secret_free) = {0};

	try(pkey_pq_value(k, &value));
	try(attr_list_set(key, CKA_VALUE, secret_bytes(&value)));
	if (pkey_pq_set(k)->seed_size == 0)
		return CKR_OK;
	try(pkey_pq_seed(k, &seed));
	return attr_list_set(key, CKA_SEED, secret_bytes(&seed));
}

CK_RV pq_key_pair(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *public_key,
                  struct attr_list *private_key)
{
	const struct pkey_pq_set *set = NULL;
	struct pkey *k cleanup(pkey_end) = NULL;
	CK_ULONG number = 0;

	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "generating such a key takes no parameter");
	if (!attr_list_get_ulong(public_key, CKA_PARAMETER_SET, &number))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_PARAMETER_SET is missing");
	try(find_set(row->gen->key_type, number, &set));
	try(pkey_pq_generate(env->ossl, set, &k));
	try(attr_list_set(public_key, CKA_VALUE, pkey_pq_public_value(k)));
	try(attr_list_set_ulong(private_key, CKA_PARAMETER_SET, number));
	return set_private(private_key, k);
}

/* ---- PKCS #8 ------------------------------------------------------------------------------- */

static CK_RV put_choice(const struct pkey_pq_set *set, struct bytes value, struct bytes seed, struct buf *ret)
{
	struct buf both cleanup(buf_wipe_free) = {0};
	/* Every head is at most 6 bytes. */
	size_t most = value.len + seed.len + 18;

	try(buf_reserve(ret, most));
	if (set->seed_size == 0)
		return buf_append(ret, value);
	if (seed.len == 0)
		return der_put(ret, DER_OCTET_STRING, value);
	try(buf_reserve(&both, most));
	try(der_put(&both, DER_OCTET_STRING, seed));
	try(der_put(&both, DER_OCTET_STRING, value));
	return der_put(ret, DER_SEQUENCE, buf_bytes(&both));
}

CK_RV pq_key_to_pkcs8(const struct attrs *a, struct buf *ret)
{
	struct buf choice cleanup(buf_wipe_free) = {0};
	const struct pkey_pq_set *set = NULL;
	struct bytes value = {0}, seed = {0};
	CK_KEY_TYPE type = 0;
	CK_ULONG number = 0;

	if (!attrs_get_ulong(a, CKA_KEY_TYPE, &type) || !attrs_get_ulong(a, CKA_PARAMETER_SET, &number) || !attrs_get(a, CKA_VALUE, &value))
		return fail(CKR_KEY_NOT_WRAPPABLE, "a key without parameter set or value");
	(void)attrs_get(a, CKA_SEED, &seed);
	try(find_set(type, number, &set));
	try(put_choice(set, value, seed, &choice));
	return pkcs8_put(bytes_of(set->oid, sizeof(set->oid)), buf_bytes(&choice), ret);
}

static bool take_choice(const struct pkey_pq_set *set, struct bytes in, struct bytes *ret_value, struct bytes *ret_seed)
{
	struct bytes both = {0};

	if (set->seed_size == 0) {
		*ret_value = in;
		return true;
	}
	if (der_only(in, SEED_ONLY, ret_seed) || der_only(in, DER_OCTET_STRING, ret_value))
		return true;
	return der_only(in, DER_SEQUENCE, &both) && der_take(&both, DER_OCTET_STRING, ret_seed) &&
	       der_take(&both, DER_OCTET_STRING, ret_value) && both.len == 0;
}

CK_RV pq_key_from_pkcs8(struct bytes der, struct attr_list *key)
{
	struct bytes algorithm = {0}, inner = {0}, value = {0}, seed = {0};
	CK_KEY_TYPE type = 0;

	try(pkcs8_take(der, &algorithm, &inner));
	const struct pkey_pq_set *set = pkey_pq_by_oid(algorithm);
	if (set == NULL || !attr_list_get_ulong(key, CKA_KEY_TYPE, &type) || family_of(type) != set->family)
		return fail(CKR_DATA_INVALID, "PKCS #8: another algorithm than the key type's");
	if (!take_choice(set, inner, &value, &seed) || (value.len == 0 && seed.len == 0))
		return fail(CKR_DATA_INVALID, "PKCS #8: no private key of %s", set->name);
	try(attr_list_set_ulong(key, CKA_PARAMETER_SET, set->number));
	if (value.len > 0)
		try(attr_list_set(key, CKA_VALUE, value));
	return seed.len > 0 ? attr_list_set(key, CKA_SEED, seed) : CKR_OK;
}
