/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in the multiplicative group of a prime field: making them, and what they do. The arithmetic of DSA and
 * Diffie-Hellman is libcrypto's; what makes a key is checked here and in pkey_dl_group.c. */
#include "crypto/pkey_internal.h"

#include "base/log.h"
#include "crypto/der.h"
#include "crypto/ossl_internal.h"
#include "crypto/pkey_dl_internal.h"

#define OID(...) {(const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})}

static const struct {
	const char *name; /* libcrypto's */
	struct bytes oid;
} types[] = {
	[PKEY_DL_DSA] = {"DSA", OID(0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01)},
	[PKEY_DL_DH] = {"DH", OID(0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x03, 0x01)},
	[PKEY_DL_X9_42] = {"DHX", OID(0x2A, 0x86, 0x48, 0xCE, 0x3E, 0x02, 0x01)},
};

struct bytes pkey_dl_oid(enum pkey_dl_type type)
{
	return types[type].oid;
}

/* ---- encoding ------------------------------------------------------------------------------ */

/* DSA has p, q, g; PKCS #3 p and g; X9.42 p, g, q. */
CK_RV pkey_dl_put_algorithm(const struct pkey_dl_group *group, struct buf *ret)
{
	struct buf numbers cleanup(buf_free) = {0};

	try(der_put_unsigned(&numbers, group->p));
	if (group->type == PKEY_DL_DSA)
		try(der_put_unsigned(&numbers, group->q));
	try(der_put_unsigned(&numbers, group->g));
	if (group->type == PKEY_DL_X9_42)
		try(der_put_unsigned(&numbers, group->q));
	try(der_put(ret, DER_OID, types[group->type].oid));
	return der_put(ret, DER_SEQUENCE, buf_bytes(&numbers));
}

static CK_RV put_public(struct pkey *k, const struct pkey_dl_group *group, struct bytes y)
{
	struct buf algorithm cleanup(buf_free) = {0};
	struct buf number cleanup(buf_free) = {0};

	k->bits = pkey_dl_bits(group->p);
	k->size = (k->bits + 7) / 8;
	k->subprime_size = (pkey_dl_bits(group->q) + 7) / 8;
	try(buf_append(&k->public_part, y));
	try(pkey_dl_put_algorithm(group, &algorithm));
	try(der_put_unsigned(&number, y));
	return pkey_put_spki(k, buf_bytes(&algorithm), buf_bytes(&number));
}

/* ---- making -------------------------------------------------------------------------------- */

/* x is empty for a public key. */
static CK_RV make_evp(struct ossl *o, const struct pkey_dl_group *group, struct bytes y, struct bytes x, EVP_PKEY **ret)
{
	const struct {
		const char *name;
		struct bytes value;
	} parts[] = {
		{OSSL_PKEY_PARAM_FFC_P, group->p}, {OSSL_PKEY_PARAM_FFC_G, group->g}, {OSSL_PKEY_PARAM_FFC_Q, group->q},
		{OSSL_PKEY_PARAM_PUB_KEY, y},      {OSSL_PKEY_PARAM_PRIV_KEY, x},
	};
	OSSL_PARAM params[array_len(parts) + 1];
	struct secret native cleanup(secret_free) = {0};
	size_t count = 0;

	try(secret_new(array_len(parts) * PKEY_DL_MAX_SIZE, &native));
	for (size_t i = 0; i < array_len(parts); i++) {
		unsigned char *at = native.data + i * PKEY_DL_MAX_SIZE;

		if (parts[i].value.len == 0)
			continue;
		pkey_native(at, parts[i].value.data, parts[i].value.len);
		params[count++] = OSSL_PARAM_construct_BN(parts[i].name, at, parts[i].value.len);
	}
	params[count] = OSSL_PARAM_construct_end();
	int selection = x.len > 0 ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
	return pkey_from_params(o, types[group->type].name, selection, params, CKR_ATTRIBUTE_VALUE_INVALID, ret);
}

static CK_RV make(struct ossl *o, const struct pkey_dl_group *group, struct bytes y, struct bytes x, struct pkey **ret)
{
	EVP_PKEY *evp = NULL;
	struct pkey *k = NULL;

	try(make_evp(o, group, y, x, &evp));
	try(pkey_new(o, PKEY_DL, evp, &k));
	CK_RV rv = put_public(k, group, y);
	if (rv == CKR_OK)
		*ret = k;
	else
		pkey_free(k);
	return rv;
}

/* In range, and of order q where there is one. */
static CK_RV check_public(const struct pkey *k)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = EVP_PKEY_CTX_new_from_pkey(k->ossl->libctx, k->evp, NULL);

	if (ctx == NULL || EVP_PKEY_public_check(ctx) <= 0)
		return ossl_fail(CKR_ATTRIBUTE_VALUE_INVALID, "a public value that is none in its group");
	return CKR_OK;
}

static CK_RV make_checked(struct ossl *o, const struct pkey_dl_group *group, struct bytes y, struct pkey **ret)
{
	struct pkey *k = NULL;

	y = pkey_dl_trim(y);
	if (y.len == 0 || y.len > PKEY_DL_MAX_SIZE)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a public value of %zu bytes", y.len);
	try(make(o, group, y, (struct bytes){0}, &k));
	CK_RV rv = check_public(k);
	if (rv == CKR_OK)
		*ret = k;
	else
		pkey_free(k);
	return rv;
}

CK_RV pkey_dl_public(struct ossl *o, const struct pkey_dl_group *group, struct bytes y, struct pkey **ret)
{
	const struct pkey_dl_group trimmed = pkey_dl_trimmed(group);

	try(pkey_dl_check_group(o, &trimmed, false));
	return make_checked(o, &trimmed, y, ret);
}

CK_RV pkey_dl_private(struct ossl *o, const struct pkey_dl_group *group, struct bytes x, struct pkey **ret)
{
	const struct pkey_dl_group trimmed = pkey_dl_trimmed(group);
	struct secret y cleanup(secret_free) = {0};

	x = pkey_dl_trim(x);
	try(pkey_dl_check_group(o, &trimmed, false));
	try(pkey_dl_power(o, &trimmed, x, &y));
	return make(o, &trimmed, secret_bytes(&y), x, ret);
}

CK_RV pkey_dl_generate(struct ossl *o, const struct pkey_dl_group *group, size_t value_bits, struct pkey **ret)
{
	const struct pkey_dl_group trimmed = pkey_dl_trimmed(group);
	struct secret x cleanup(secret_free) = {0};
	struct secret y cleanup(secret_free) = {0};

	try(pkey_dl_check_group(o, &trimmed, false));
	try(pkey_dl_draw(o, &trimmed, value_bits, &x));
	try(pkey_dl_power(o, &trimmed, secret_bytes(&x), &y));
	return make(o, &trimmed, secret_bytes(&y), pkey_dl_trim(secret_bytes(&x)), ret);
}

struct bytes pkey_dl_public_value(const struct pkey *k)
{
	return buf_bytes(&k->public_part);
}

CK_RV pkey_dl_value(const struct pkey *k, struct secret *ret)
{
	return pkey_get_number(k->evp, OSSL_PKEY_PARAM_PRIV_KEY, 0, ret);
}

CK_RV pkey_dl_numbers(const struct pkey *k, struct pkey_dl_made *ret)
{
	try(pkey_get_number(k->evp, OSSL_PKEY_PARAM_FFC_P, 0, &ret->p));
	try(pkey_get_number(k->evp, OSSL_PKEY_PARAM_FFC_G, 0, &ret->g));
	return k->subprime_size > 0 ? pkey_get_number(k->evp, OSSL_PKEY_PARAM_FFC_Q, 0, &ret->q) : CKR_OK;
}

/* ---- Diffie-Hellman ------------------------------------------------------------------------ */

static CK_RV read_group(const struct pkey *k, struct pkey_dl_made *n, struct pkey_dl_group *ret)
{
	try(pkey_dl_numbers(k, n));
	*ret = (struct pkey_dl_group){
		.type = k->subprime_size > 0 ? PKEY_DL_X9_42 : PKEY_DL_DH,
		.p = secret_bytes(&n->p),
		.q = secret_bytes(&n->q),
		.g = secret_bytes(&n->g),
	};
	return CKR_OK;
}

static CK_RV make_peer(const struct pkey *k, struct bytes y, struct pkey **ret)
{
	struct pkey_dl_made n cleanup(pkey_dl_made_free) = {0};
	struct pkey_dl_group group;

	try(read_group(k, &n, &group));
	return make_checked(k->ossl, &group, y, ret);
}

CK_RV pkey_dl_ephemeral(const struct pkey *k, struct pkey **ret)
{
	struct pkey_dl_made n cleanup(pkey_dl_made_free) = {0};
	struct pkey_dl_group group;

	try(read_group(k, &n, &group));
	return pkey_dl_generate(k->ossl, &group, 0, ret);
}

static void peer_end(struct pkey **k)
{
	pkey_free(*k);
}

CK_RV pkey_dl_agree(const struct pkey *k, struct bytes y, struct secret *ret)
{
	unsigned pad = 1;
	const OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad), OSSL_PARAM_construct_end()};
	struct pkey *peer cleanup(peer_end) = NULL;
	CK_RV rv = make_peer(k, y, &peer);

	if (rv == CKR_ATTRIBUTE_VALUE_INVALID)
		return CKR_PUBLIC_KEY_INVALID;
	try(rv);
	return pkey_agree(k, peer, params, k->size, ret);
}

/* ---- DSA ----------------------------------------------------------------------------------- */

CK_RV pkey_dsa_sign(const struct pkey *k, struct bytes digest, unsigned char *ret)
{
	return pkey_halves_sign(k, "DSA signature", digest, k->subprime_size, ret);
}

CK_RV pkey_dsa_verify(const struct pkey *k, struct bytes digest, struct bytes signature)
{
	if (signature.len != 2 * k->subprime_size)
		return fail(CKR_SIGNATURE_LEN_RANGE, "a DSA signature of %zu bytes, not %zu", signature.len, 2 * k->subprime_size);
	return pkey_halves_verify(k, "DSA verification", digest, signature);
}
