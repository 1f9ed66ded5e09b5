/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of DSA, Diffie-Hellman and X9.42. A private key is taken with a group that is proven to be one, prime numbers
 * included, since using it in another one would tell it. Numbers are kept without zeros in front. */
#include "mech/dl_key.h"

#include "base/log.h"
#include "crypto/der.h"
#include "crypto/pkey_dl.h"
#include "mech/asym.h"
#include "mech/pkcs8.h"

static void pkey_end(struct pkey **k)
{
	pkey_free(*k);
}

static enum pkey_dl_type type_of(CK_KEY_TYPE type)
{
	return type == CKK_DSA ? PKEY_DL_DSA : type == CKK_DH ? PKEY_DL_DH : PKEY_DL_X9_42;
}

static enum pkey_dl_type list_type(const struct attr_list *key)
{
	CK_KEY_TYPE type = 0;

	(void)attr_list_get_ulong(key, CKA_KEY_TYPE, &type);
	return type_of(type);
}

/* ---- numbers ------------------------------------------------------------------------------- */

/* The value of a number in the list may not be set from itself. */
static CK_RV strip(struct attr_list *key, CK_ATTRIBUTE_TYPE type)
{
	struct secret copy cleanup(secret_free) = {0};
	struct bytes value = {0};

	if (!attr_list_get(key, type, &value) || value.len == 0 || value.data[0] != 0)
		return CKR_OK;
	while (value.len > 0 && value.data[0] == 0) {
		value.data++;
		value.len--;
	}
	try(secret_dup(value, &copy));
	return attr_list_set(key, type, secret_bytes(&copy));
}

/* base: may it be missing? */
static CK_RV read_group(const struct attr_list *key, bool base, struct pkey_dl_group *ret)
{
	*ret = (struct pkey_dl_group){.type = list_type(key)};
	if (!attr_list_get(key, CKA_PRIME, &ret->p))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_PRIME is missing");
	if (!attr_list_get(key, CKA_BASE, &ret->g) && base)
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_BASE is missing");
	if (base && ret->g.len == 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_BASE is 0");
	if (ret->type != PKEY_DL_DH && !attr_list_get(key, CKA_SUBPRIME, &ret->q))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_SUBPRIME is missing");
	return CKR_OK;
}

static CK_ULONG bits_of(struct bytes number)
{
	CK_ULONG bits = 8 * number.len;

	for (unsigned top = number.len > 0 ? number.data[0] : 0x80; (top & 0x80) == 0 && bits > 0; top <<= 1)
		bits--;
	return bits;
}

/* ---- completing ---------------------------------------------------------------------------- */

static CK_RV agree_bits(struct attr_list *key, CK_ATTRIBUTE_TYPE type, CK_ULONG bits)
{
	CK_ULONG given = bits;

	(void)attr_list_get_ulong(key, type, &given);
	if (given != bits)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%s is %lu for a number of %lu bits", attr_name(type), given, bits);
	return attr_list_set_ulong(key, type, bits);
}

static CK_RV complete_group(const struct mech_env *env, struct attr_list *key)
{
	struct pkey_dl_group group;

	try(read_group(key, list_type(key) != PKEY_DL_DSA, &group));
	try(pkey_dl_check_group(env->ossl, &group, true));
	CK_ULONG bits = bits_of(group.p), subprime_bits = bits_of(group.q);
	try(agree_bits(key, CKA_PRIME_BITS, bits));
	return group.type == PKEY_DL_DH ? CKR_OK : agree_bits(key, CKA_SUBPRIME_BITS, subprime_bits);
}

static CK_RV complete_private(const struct mech_env *env, const struct pkey_dl_group *group, struct bytes x, struct attr_list *key)
{
	struct pkey *k cleanup(pkey_end) = NULL;

	try(pkey_dl_check_group(env->ossl, group, true));
	try(pkey_dl_private(env->ossl, group, x, &k));
	if (group->type == PKEY_DL_DH)
		try(agree_bits(key, CKA_VALUE_BITS, bits_of(x)));
	return asym_public_key_info(key, k);
}

static CK_RV complete_public(const struct mech_env *env, const struct pkey_dl_group *group, struct bytes y, struct attr_list *key)
{
	struct pkey *k cleanup(pkey_end) = NULL;

	try(pkey_dl_public(env->ossl, group, y, &k));
	return asym_public_key_info(key, k);
}

CK_RV dl_key_complete(const struct mech_env *env, struct attr_list *key)
{
	CK_OBJECT_CLASS object_class = 0;
	struct pkey_dl_group group;
	struct bytes value = {0};
	bool is_private = false;

	try(strip(key, CKA_PRIME));
	try(strip(key, CKA_SUBPRIME));
	try(strip(key, CKA_BASE));
	if (attr_list_get_ulong(key, CKA_CLASS, &object_class) && object_class == CKO_DOMAIN_PARAMETERS)
		return complete_group(env, key);
	try(asym_class(key, &is_private));
	try(strip(key, CKA_VALUE));
	try(read_group(key, true, &group));
	if (!attr_list_get(key, CKA_VALUE, &value))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_VALUE is missing");
	return is_private ? complete_private(env, &group, value, key) : complete_public(env, &group, value, key);
}

/* ---- loading ------------------------------------------------------------------------------- */

CK_RV dl_key_load(const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	CK_OBJECT_CLASS object_class = 0;
	CK_KEY_TYPE type = 0;
	struct pkey_dl_group group = {0};
	struct bytes value = {0};
	struct pkey *k = NULL;

	(void)attrs_get(a, CKA_SUBPRIME, &group.q);
	if (!attrs_get_ulong(a, CKA_CLASS, &object_class) || !attrs_get_ulong(a, CKA_KEY_TYPE, &type) || !attrs_get(a, CKA_PRIME, &group.p) ||
	    !attrs_get(a, CKA_BASE, &group.g) || !attrs_get(a, CKA_VALUE, &value))
		return fail(CKR_FUNCTION_FAILED, "a key without group or value");
	group.type = type_of(type);
	if (object_class == CKO_PRIVATE_KEY)
		try(pkey_dl_private(env->ossl, &group, value, &k));
	else
		try(pkey_dl_public(env->ossl, &group, value, &k));
	return asym_key(a, k, ret);
}

static CK_RV set_group(struct attr_list *key, const struct pkey_dl_group *group)
{
	try(attr_list_set(key, CKA_PRIME, group->p));
	try(attr_list_set(key, CKA_BASE, group->g));
	return group->q.len > 0 ? attr_list_set(key, CKA_SUBPRIME, group->q) : CKR_OK;
}

CK_RV dl_key_public_half(const struct mech_key *key, struct attr_list *public_key)
{
	struct pkey_dl_made n cleanup(pkey_dl_made_free) = {0};

	try(pkey_dl_numbers(key->pkey, &n));
	const struct pkey_dl_group group = {.p = secret_bytes(&n.p), .q = secret_bytes(&n.q), .g = secret_bytes(&n.g)};
	try(set_group(public_key, &group));
	return attr_list_set(public_key, CKA_VALUE, pkey_dl_public_value(key->pkey));
}

/* ---- generating ---------------------------------------------------------------------------- */

static CK_RV set_pair(const struct pkey *k, const struct pkey_dl_group *group, struct attr_list *public_key, struct attr_list *private_key)
{
	struct secret x cleanup(secret_free) = {0};

	try(pkey_dl_value(k, &x));
	try(set_group(private_key, group));
	try(attr_list_set(private_key, CKA_VALUE, secret_bytes(&x)));
	return attr_list_set(public_key, CKA_VALUE, pkey_dl_public_value(k));
}

/* The group's primes are looked at when the private key is completed. */
CK_RV dl_key_pair(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *public_key,
                  struct attr_list *private_key)
{
	struct pkey *k cleanup(pkey_end) = NULL;
	struct pkey_dl_group group;
	CK_ULONG value_bits = 0;

	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "generating such a key takes no parameter");
	try(strip(public_key, CKA_PRIME));
	try(strip(public_key, CKA_SUBPRIME));
	try(strip(public_key, CKA_BASE));
	try(read_group(public_key, true, &group));
	group.type = type_of(row->gen->key_type);
	bool limited = attr_list_get_ulong(private_key, CKA_VALUE_BITS, &value_bits);
	if (limited && (group.type != PKEY_DL_DH || value_bits == 0))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_VALUE_BITS of %lu", value_bits);
	try(pkey_dl_generate(env->ossl, &group, value_bits, &k));
	return set_pair(k, &group, public_key, private_key);
}

/* Up to 1024 bits, 2048, 3072 (§6.2.6). */
static CK_ULONG usual_subprime(CK_ULONG bits)
{
	return bits <= 1024 ? 160 : bits == 2048 ? 224 : 256;
}

CK_RV dl_key_wish(const struct mech_row *row, const struct attr_list *key, struct pkey_dl_wish *ret)
{
	CK_ULONG bits = 0;

	*ret = (struct pkey_dl_wish){.type = type_of(row->gen->key_type), .hash = DIGEST_SHA256};
	if (!attr_list_get_ulong(key, CKA_PRIME_BITS, &bits))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_PRIME_BITS is missing");
	CK_ULONG subprime_bits = ret->type == PKEY_DL_DH ? 0 : usual_subprime(bits);
	if (!attr_list_get_ulong(key, CKA_SUBPRIME_BITS, &subprime_bits) && ret->type == PKEY_DL_X9_42)
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_SUBPRIME_BITS is missing");
	ret->bits = bits;
	ret->subprime_bits = subprime_bits;
	return CKR_OK;
}

CK_RV dl_key_group(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key)
{
	const struct pkey_progress progress = {.go_on = env->go_on, .arg = env->go_on_arg};
	struct pkey_dl_made made cleanup(pkey_dl_made_free) = {0};
	struct pkey_dl_wish wish;

	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "generating such parameters takes no parameter");
	try(dl_key_wish(row, key, &wish));
	try(pkey_dl_make_group(env->ossl, &wish, &progress, &made));
	try(attr_list_set(key, CKA_PRIME, secret_bytes(&made.p)));
	try(attr_list_set(key, CKA_BASE, secret_bytes(&made.g)));
	return wish.type == PKEY_DL_DH ? CKR_OK : attr_list_set(key, CKA_SUBPRIME, secret_bytes(&made.q));
}

/* ---- PKCS #8 ------------------------------------------------------------------------------- */

CK_RV dl_key_to_pkcs8(const struct attrs *a, struct buf *ret)
{
	struct buf algorithm cleanup(buf_free) = {0};
	struct buf number cleanup(buf_wipe_free) = {0};
	struct pkey_dl_group group = {0};
	struct bytes value = {0};
	CK_KEY_TYPE type = 0;

	(void)attrs_get(a, CKA_SUBPRIME, &group.q);
	if (!attrs_get_ulong(a, CKA_KEY_TYPE, &type) || !attrs_get(a, CKA_PRIME, &group.p) || !attrs_get(a, CKA_BASE, &group.g) ||
	    !attrs_get(a, CKA_VALUE, &value))
		return fail(CKR_KEY_NOT_WRAPPABLE, "a key without group or value");
	group.type = type_of(type);
	try(pkey_dl_put_algorithm(&group, &algorithm));
	try(buf_reserve(&number, value.len + 8));
	try(der_put_unsigned(&number, value));
	return pkcs8_put(buf_bytes(&algorithm), buf_bytes(&number), ret);
}

static bool take_number(struct bytes *in, struct bytes *ret)
{
	return der_take(in, DER_INTEGER, ret) && ret->len > 0 && (ret->data[0] & 0x80) == 0;
}

/* The numbers of pkey_dl_put_algorithm; PKCS #3 may say the length of private values, X9.42 how the group was made. */
static bool take_group(struct bytes params, struct pkey_dl_group *ret)
{
	struct bytes in = {0}, more = {0};

	if (!der_only(params, DER_SEQUENCE, &in) || !take_number(&in, &ret->p))
		return false;
	if (ret->type == PKEY_DL_DSA && !take_number(&in, &ret->q))
		return false;
	if (!take_number(&in, &ret->g))
		return false;
	if (ret->type == PKEY_DL_X9_42)
		return take_number(&in, &ret->q);
	return in.len == 0 || (ret->type == PKEY_DL_DH && take_number(&in, &more) && in.len == 0);
}

CK_RV dl_key_from_pkcs8(struct bytes der, struct attr_list *key)
{
	struct bytes algorithm = {0}, inner = {0}, oid = {0}, number = {0};
	struct pkey_dl_group group = {.type = list_type(key)};

	try(pkcs8_take(der, &algorithm, &inner));
	if (!der_take(&algorithm, DER_OID, &oid) || !bytes_equal(oid, pkey_dl_oid(group.type)))
		return fail(CKR_DATA_INVALID, "PKCS #8: another algorithm than the key type's");
	if (!take_group(algorithm, &group) || !take_number(&inner, &number) || inner.len != 0)
		return fail(CKR_DATA_INVALID, "PKCS #8: no group or no private value");
	try(attr_list_set(key, CKA_PRIME, group.p));
	try(attr_list_set(key, CKA_BASE, group.g));
	if (group.type != PKEY_DL_DH)
		try(attr_list_set(key, CKA_SUBPRIME, group.q));
	return attr_list_set(key, CKA_VALUE, number);
}
