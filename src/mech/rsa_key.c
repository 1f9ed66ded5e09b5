/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys. A private key is kept with all its eight numbers, also when it was given with fewer, so that it
 * always works with the Chinese remainder theorem. Knows no padding. */
#include "mech/rsa_key.h"

#include "base/log.h"
#include "crypto/pkey.h"
#include "mech/asym.h"

static const CK_ATTRIBUTE_TYPE part_types[PKEY_RSA_PARTS] = {
	[PKEY_RSA_N] = CKA_MODULUS,
	[PKEY_RSA_E] = CKA_PUBLIC_EXPONENT,
	[PKEY_RSA_D] = CKA_PRIVATE_EXPONENT,
	[PKEY_RSA_P] = CKA_PRIME_1,
	[PKEY_RSA_Q] = CKA_PRIME_2,
	[PKEY_RSA_DP] = CKA_EXPONENT_1,
	[PKEY_RSA_DQ] = CKA_EXPONENT_2,
	[PKEY_RSA_QI] = CKA_COEFFICIENT,
};

static const unsigned char exponent_f4[] = {0x01, 0x00, 0x01};

static void pkey_end(struct pkey **k)
{
	pkey_free(*k);
}

static void parts_free(struct secret parts[PKEY_RSA_PARTS])
{
	for (size_t i = 0; i < PKEY_RSA_PARTS; i++)
		secret_free(&parts[i]);
}

static struct bytes without_zeros(struct bytes number)
{
	while (number.len > 0 && number.data[0] == 0) {
		number.data++;
		number.len--;
	}
	return number;
}

/* ---- completing ---------------------------------------------------------------------------- */

static CK_RV set_public(struct attr_list *key, const struct pkey *k)
{
	CK_ULONG bits = pkey_bits(k);
	CK_ULONG given = bits;

	(void)attr_list_get_ulong(key, CKA_MODULUS_BITS, &given);
	if (given != bits)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_MODULUS_BITS is %lu for a modulus of %lu", given, bits);
	return attr_list_set_ulong(key, CKA_MODULUS_BITS, bits);
}

/* The value of a number in the list may not be set from itself. */
static CK_RV strip(struct attr_list *key, CK_ATTRIBUTE_TYPE type)
{
	struct secret copy cleanup(secret_free) = {0};
	struct bytes value = {0};

	if (!attr_list_get(key, type, &value) || value.len == 0)
		return fail(CKR_TEMPLATE_INCOMPLETE, "%s is missing", attr_name(type));
	if (value.data[0] != 0)
		return CKR_OK;
	try(secret_dup(without_zeros(value), &copy));
	return attr_list_set(key, type, secret_bytes(&copy));
}

static CK_RV complete_public(const struct mech_env *env, struct attr_list *key)
{
	struct pkey *k cleanup(pkey_end) = NULL;
	struct bytes n = {0};
	struct bytes e = {0};

	try(strip(key, CKA_MODULUS));
	try(strip(key, CKA_PUBLIC_EXPONENT));
	(void)attr_list_get(key, CKA_MODULUS, &n);
	(void)attr_list_get(key, CKA_PUBLIC_EXPONENT, &e);
	try(pkey_rsa_check_public(n, e));
	try(pkey_rsa_public(env->ossl, n, e, &k));
	try(set_public(key, k));
	return asym_public_key_info(key, k);
}

static CK_RV set_parts(const struct mech_env *env, struct attr_list *key, const struct secret parts[PKEY_RSA_PARTS])
{
	struct pkey *k cleanup(pkey_end) = NULL;

	for (size_t i = 0; i < PKEY_RSA_PARTS; i++)
		try(attr_list_set(key, part_types[i], secret_bytes(&parts[i])));
	try(pkey_rsa_public(env->ossl, secret_bytes(&parts[PKEY_RSA_N]), secret_bytes(&parts[PKEY_RSA_E]), &k));
	return asym_public_key_info(key, k);
}

static CK_RV complete_private(const struct mech_env *env, struct attr_list *key)
{
	struct bytes given[PKEY_RSA_PARTS] = {0};
	struct secret parts[PKEY_RSA_PARTS] = {0};

	for (size_t i = 0; i < PKEY_RSA_PARTS; i++) {
		if (attr_list_get(key, part_types[i], &given[i]))
			given[i] = without_zeros(given[i]);
	}
	if (given[PKEY_RSA_N].len == 0 || given[PKEY_RSA_E].len == 0)
		return fail(CKR_TEMPLATE_INCOMPLETE, "an RSA key needs CKA_MODULUS and CKA_PUBLIC_EXPONENT");
	try(pkey_rsa_complete(env->ossl, given, parts));
	CK_RV rv = set_parts(env, key, parts);
	parts_free(parts);
	return rv;
}

CK_RV rsa_key_complete(const struct mech_env *env, struct attr_list *key)
{
	bool is_private = false;

	try(asym_class(key, &is_private));
	return is_private ? complete_private(env, key) : complete_public(env, key);
}

/* ---- loading ------------------------------------------------------------------------------- */

CK_RV rsa_key_load(const struct mech_env *env, const struct attrs *a, struct mech_key **ret)
{
	struct bytes parts[PKEY_RSA_PARTS] = {0};
	struct pkey *k = NULL;

	for (size_t i = 0; i < PKEY_RSA_PARTS; i++)
		(void)attrs_get(a, part_types[i], &parts[i]);
	if (parts[PKEY_RSA_D].len > 0)
		try(pkey_rsa_private(env->ossl, parts, &k));
	else
		try(pkey_rsa_public(env->ossl, parts[PKEY_RSA_N], parts[PKEY_RSA_E], &k));
	return asym_key(a, k, ret);
}

CK_RV rsa_key_public_half(const struct mech_key *key, struct attr_list *public_key)
{
	struct secret n cleanup(secret_free) = {0};
	struct secret e cleanup(secret_free) = {0};

	try(pkey_rsa_part(key->pkey, PKEY_RSA_N, &n));
	try(pkey_rsa_part(key->pkey, PKEY_RSA_E, &e));
	try(attr_list_set(public_key, CKA_MODULUS, secret_bytes(&n)));
	return attr_list_set(public_key, CKA_PUBLIC_EXPONENT, secret_bytes(&e));
}

/* ---- generating ---------------------------------------------------------------------------- */

static CK_RV check_exponent(struct bytes e)
{
	if (e.len == 0 || (e.data[e.len - 1] & 1) == 0 || (e.len == 1 && e.data[0] == 1))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a public exponent that is even or below 3");
	if (e.len > 8)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a public exponent of %zu bytes; at most 8 are taken", e.len);
	return CKR_OK;
}

static CK_RV take_over(const struct pkey *k, enum pkey_rsa_part part, struct attr_list *to)
{
	struct secret number cleanup(secret_free) = {0};

	try(pkey_rsa_part(k, part, &number));
	return attr_list_set(to, part_types[part], secret_bytes(&number));
}

CK_RV rsa_key_pair(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m,
                   struct attr_list *public_key, struct attr_list *private_key)
{
	const struct pkey_progress progress = {.go_on = env->go_on, .arg = env->go_on_arg};
	struct pkey *k cleanup(pkey_end) = NULL;
	struct bytes e = {0};
	CK_ULONG bits = 0;

	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "generating an RSA key takes no parameter");
	if (!attr_list_get_ulong(public_key, CKA_MODULUS_BITS, &bits))
		return fail(CKR_TEMPLATE_INCOMPLETE, "CKA_MODULUS_BITS is missing");
	if (bits < row->min_key || bits > row->max_key)
		return fail(CKR_KEY_SIZE_RANGE, "CKA_MODULUS_BITS is %lu, %lu to %lu are taken", bits, row->min_key, row->max_key);
	if (!attr_list_get(public_key, CKA_PUBLIC_EXPONENT, &e))
		e = bytes_of(exponent_f4, sizeof(exponent_f4));
	e = without_zeros(e);
	try(check_exponent(e));
	try(pkey_rsa_generate(env->ossl, bits, e, &progress, &k));
	try(take_over(k, PKEY_RSA_N, public_key));
	try(take_over(k, PKEY_RSA_E, public_key));
	for (unsigned i = 0; i < PKEY_RSA_PARTS; i++)
		try(take_over(k, (enum pkey_rsa_part)i, private_key));
	return CKR_OK;
}
