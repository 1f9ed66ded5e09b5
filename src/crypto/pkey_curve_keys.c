/* SPDX-License-Identifier: Apache-2.0 */
/* Making keys on curves: from a point, from a private value, new ones. Every point is checked to be on its
 * curve here, once, and kept in one encoding. */
#include "crypto/pkey_internal.h"

#include <openssl/ec.h>
#include <openssl/objects.h>
#include <string.h>

#include "base/log.h"
#include "crypto/der.h"
#include "crypto/ossl_internal.h"

/* The longest point that we keep: sect571r1, uncompressed. */
#define POINT_MAX 145

/* id-ecPublicKey (1.2.840.10045.2.1). */
static const unsigned char ec_algorithm[] = {0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};

static CK_RV put_public(struct pkey *k, const struct pkey_curve *c, struct bytes point)
{
	struct buf algorithm cleanup(buf_free) = {0};

	k->curve = c;
	k->bits = c->bits;
	k->size = c->size;
	try(buf_append(&k->public_part, point));
	if (c->kind == PKEY_EC)
		try(buf_append(&algorithm, bytes_of(ec_algorithm, sizeof(ec_algorithm))));
	try(buf_append(&algorithm, c->oid));
	return pkey_put_spki(k, buf_bytes(&algorithm), point);
}

static CK_RV wrap(struct ossl *o, const struct pkey_curve *c, EVP_PKEY *evp, struct bytes point, struct pkey **ret)
{
	struct pkey *k = NULL;

	try(pkey_new(o, c->kind, evp, &k));
	CK_RV rv = put_public(k, c, point);
	if (rv == CKR_OK)
		*ret = k;
	else
		pkey_free(k);
	return rv;
}

/* ---- short Weierstrass --------------------------------------------------------------------- */

static CK_RV group_of(struct ossl *o, const struct pkey_curve *c, EC_GROUP **ret)
{
	*ret = EC_GROUP_new_by_curve_name_ex(o->libctx, NULL, OBJ_txt2nid(c->group));
	if (*ret == NULL)
		return ossl_fail(CKR_CURVE_NOT_SUPPORTED, c->group);
	return CKR_OK;
}

/* Every point of a curve of cofactor 1 is in the subgroup that keys are in. Of others, one outside of it would tell
 * something of the private value that it is agreed with. */
static bool in_subgroup(struct ossl *o, const EC_GROUP *group, const EC_POINT *point)
{
	if (BN_is_one(EC_GROUP_get0_cofactor(group)))
		return true;
	BN_CTX *ctx = BN_CTX_new_ex(o->libctx);
	EC_POINT *product = EC_POINT_new(group);
	bool ok = ctx != NULL && product != NULL &&
	          EC_POINT_mul(group, product, NULL, point, EC_GROUP_get0_order(group), ctx) == 1 && EC_POINT_is_at_infinity(group, product);
	EC_POINT_free(product);
	BN_CTX_free(ctx);
	return ok;
}

/* The point in its uncompressed form; it is on the curve, in the subgroup, and not the one at infinity. */
static CK_RV check_point(struct ossl *o, const struct pkey_curve *c, struct bytes in, unsigned char *ret)
{
	EC_GROUP *group = NULL;

	if (in.len < 2 || (in.data[0] != POINT_CONVERSION_COMPRESSED && in.data[0] != (POINT_CONVERSION_COMPRESSED | 1) &&
	                   in.data[0] != POINT_CONVERSION_UNCOMPRESSED))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a point of %zu bytes in an unknown form", in.len);
	try(group_of(o, c, &group));
	EC_POINT *point = EC_POINT_new(group);
	bool ok = point != NULL && EC_POINT_oct2point(group, point, in.data, in.len, NULL) == 1 && in_subgroup(o, group, point) &&
	          EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret, c->point_size, NULL) == c->point_size;
	EC_POINT_free(point);
	EC_GROUP_free(group);
	if (!ok)
		return ossl_fail(CKR_ATTRIBUTE_VALUE_INVALID, "a point that is not on its curve, or outside of the subgroup");
	return CKR_OK;
}

/* value times the generator; value is in [1, order-1]. */
static CK_RV compute_point(struct ossl *o, const struct pkey_curve *c, struct bytes value, unsigned char *ret)
{
	EC_GROUP *group = NULL;

	try(group_of(o, c, &group));
	CK_RV rv = CKR_OK;
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *d = BN_bin2bn(value.data, (int)value.len, NULL);
	if (point == NULL || d == NULL) {
		rv = ossl_fail(CKR_HOST_MEMORY, "a point");
	} else if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0) {
		rv = fail(CKR_ATTRIBUTE_VALUE_INVALID, "a private value that is 0 or not below the order");
	} else {
		BN_set_flags(d, BN_FLG_CONSTTIME);
		if (!EC_POINT_mul(group, point, d, NULL, NULL, NULL) ||
		    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret, c->point_size, NULL) != c->point_size)
			rv = ossl_fail(CKR_FUNCTION_FAILED, "the public point of a private value");
	}
	BN_clear_free(d);
	EC_POINT_clear_free(point);
	EC_GROUP_free(group);
	return rv;
}

static OSSL_PARAM group_param(const struct pkey_curve *c)
{
	return OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)c->group, 0);
}

static CK_RV ec_public(struct ossl *o, const struct pkey_curve *c, struct bytes in, struct pkey **ret)
{
	unsigned char point[POINT_MAX];
	EVP_PKEY *evp = NULL;

	try(check_point(o, c, in, point));
	OSSL_PARAM params[] = {
		group_param(c),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, c->point_size),
		OSSL_PARAM_construct_end(),
	};
	try(pkey_from_params(o, "EC", EVP_PKEY_PUBLIC_KEY, params, CKR_ATTRIBUTE_VALUE_INVALID, &evp));
	return wrap(o, c, evp, bytes_of(point, c->point_size), ret);
}

static CK_RV ec_private(struct ossl *o, const struct pkey_curve *c, struct bytes value, struct pkey **ret)
{
	unsigned char point[POINT_MAX];
	struct secret native cleanup(secret_free) = {0};
	EVP_PKEY *evp = NULL;

	if (value.len == 0 || value.len > c->size)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a private value of %zu bytes for %s", value.len, c->group);
	try(compute_point(o, c, value, point));
	try(secret_new(value.len, &native));
	pkey_native(native.data, value.data, value.len);
	OSSL_PARAM params[] = {
		group_param(c),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, c->point_size),
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native.data, native.len),
		OSSL_PARAM_construct_end(),
	};
	try(pkey_from_params(o, "EC", EVP_PKEY_KEYPAIR, params, CKR_ATTRIBUTE_VALUE_INVALID, &evp));
	return wrap(o, c, evp, bytes_of(point, c->point_size), ret);
}

/* ---- Edwards and Montgomery ---------------------------------------------------------------- */

/* Every string of the right length is a public key of RFC 7748; one of low order is found out by what it agrees on. */
static CK_RV raw_public(struct ossl *o, const struct pkey_curve *c, struct bytes point, struct pkey **ret)
{
	if (point.len != c->point_size || (c->kind == PKEY_EDWARDS && !pkey_edwards_valid(c, point)))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a point of %zu bytes that is not on %s", point.len, c->group);
	EVP_PKEY *evp = EVP_PKEY_new_raw_public_key_ex(o->libctx, c->group, NULL, point.data, point.len);
	if (evp == NULL)
		return ossl_fail(CKR_CURVE_NOT_SUPPORTED, c->group);
	return wrap(o, c, evp, point, ret);
}

static CK_RV raw_wrap(struct ossl *o, const struct pkey_curve *c, EVP_PKEY *evp, struct pkey **ret)
{
	unsigned char point[POINT_MAX];
	size_t len = sizeof(point);

	if (EVP_PKEY_get_raw_public_key(evp, point, &len) <= 0 || len != c->point_size) {
		EVP_PKEY_free(evp);
		return ossl_fail(CKR_FUNCTION_FAILED, "EVP_PKEY_get_raw_public_key");
	}
	return wrap(o, c, evp, bytes_of(point, len), ret);
}

static CK_RV raw_private(struct ossl *o, const struct pkey_curve *c, struct bytes value, struct pkey **ret)
{
	if (value.len != c->size)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "a private value of %zu bytes for %s", value.len, c->group);
	EVP_PKEY *evp = EVP_PKEY_new_raw_private_key_ex(o->libctx, c->group, NULL, value.data, value.len);
	if (evp == NULL)
		return ossl_fail(CKR_CURVE_NOT_SUPPORTED, c->group);
	return raw_wrap(o, c, evp, ret);
}

/* ---- both ---------------------------------------------------------------------------------- */

CK_RV pkey_curve_public(struct ossl *o, const struct pkey_curve *c, struct bytes point, struct pkey **ret)
{
	return c->kind == PKEY_EC ? ec_public(o, c, point, ret) : raw_public(o, c, point, ret);
}

CK_RV pkey_curve_private(struct ossl *o, const struct pkey_curve *c, struct bytes value, struct pkey **ret)
{
	return c->kind == PKEY_EC ? ec_private(o, c, value, ret) : raw_private(o, c, value, ret);
}

static CK_RV ec_wrap(struct ossl *o, const struct pkey_curve *c, EVP_PKEY *evp, struct pkey **ret)
{
	unsigned char point[POINT_MAX];
	size_t len = 0;

	if (EVP_PKEY_get_octet_string_param(evp, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len) <= 0 || len != c->point_size) {
		EVP_PKEY_free(evp);
		return ossl_fail(CKR_FUNCTION_FAILED, "the point of a new key");
	}
	return wrap(o, c, evp, bytes_of(point, len), ret);
}

CK_RV pkey_curve_generate(struct ossl *o, const struct pkey_curve *c, struct pkey **ret)
{
	bool weierstrass = c->kind == PKEY_EC;
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = EVP_PKEY_CTX_new_from_name(o->libctx, weierstrass ? "EC" : c->group, NULL);
	const OSSL_PARAM params[] = {group_param(c), OSSL_PARAM_construct_end()};
	EVP_PKEY *evp = NULL;

	if (ctx == NULL || EVP_PKEY_keygen_init(ctx) <= 0 || (weierstrass && EVP_PKEY_CTX_set_params(ctx, params) <= 0))
		return ossl_fail(CKR_CURVE_NOT_SUPPORTED, c->group);
	if (EVP_PKEY_generate(ctx, &evp) <= 0)
		return ossl_fail(CKR_FUNCTION_FAILED, "generating a key on a curve");
	return weierstrass ? ec_wrap(o, c, evp, ret) : raw_wrap(o, c, evp, ret);
}

/* (c mod (n - 1)) + 1, where c has 64 bits more than n. */
static CK_RV draw_extra(struct ossl *o, const struct pkey_curve *c, struct secret *ret)
{
	EC_GROUP *group = NULL;

	try(group_of(o, c, &group));
	BN_CTX *ctx = BN_CTX_new_ex(o->libctx);
	BIGNUM *less = BN_dup(EC_GROUP_get0_order(group)), *d = BN_secure_new();
	CK_RV rv = CKR_OK;
	if (ctx == NULL || less == NULL || d == NULL)
		rv = ossl_fail(CKR_HOST_MEMORY, "a private value");
	else if (!BN_priv_rand_ex(d, BN_num_bits(less) + 64, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY, 0, ctx) || !BN_sub_word(less, 1) ||
	         !BN_nnmod(d, d, less, ctx) || !BN_add_word(d, 1))
		rv = ossl_fail(CKR_FUNCTION_FAILED, "a private value");
	if (rv == CKR_OK)
		rv = pkey_number(d, c->size, ret);
	BN_clear_free(d);
	BN_free(less);
	BN_CTX_free(ctx);
	EC_GROUP_free(group);
	return rv;
}

CK_RV pkey_curve_generate_extra(struct ossl *o, const struct pkey_curve *c, struct pkey **ret)
{
	struct secret value cleanup(secret_free) = {0};

	try(draw_extra(o, c, &value));
	return ec_private(o, c, secret_bytes(&value), ret);
}

CK_RV pkey_curve_value(const struct pkey *k, struct secret *ret)
{
	struct secret s cleanup(secret_free) = {0};
	size_t len = k->curve->size;

	if (k->kind == PKEY_EC)
		return pkey_get_number(k->evp, OSSL_PKEY_PARAM_PRIV_KEY, len, ret);
	try(secret_new(len, &s));
	if (EVP_PKEY_get_raw_private_key(k->evp, s.data, &len) <= 0)
		return ossl_fail(CKR_FUNCTION_FAILED, "EVP_PKEY_get_raw_private_key");
	*ret = s;
	s = (struct secret){0};
	return CKR_OK;
}
