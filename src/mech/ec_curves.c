/* SPDX-License-Identifier: Apache-2.0 */
/* The encodings of curves and points. Applications differ in them more than in anything else about
 * elliptic curves, so all are told apart by their lengths first, which never coincide. */
#include "mech/ec_curves.h"

#include "base/log.h"
#include "crypto/der.h"

static CK_RV known(const struct pkey_curve *c, const struct pkey_curve **ret)
{
	if (c == NULL)
		return fail(CKR_CURVE_NOT_SUPPORTED, "an unknown curve");
	*ret = c;
	return CKR_OK;
}

CK_RV ec_curves_find(struct bytes params, const struct pkey_curve **ret)
{
	struct bytes content = {0};

	if (der_only(params, DER_OID, &content))
		return known(pkey_curve_by_oid(params), ret);
	if (der_only(params, DER_PRINTABLE_STRING, &content))
		return known(pkey_curve_by_name(content), ret);
	if (der_only(params, DER_SEQUENCE, &content))
		return fail(CKR_CURVE_NOT_SUPPORTED, "explicit curve parameters");
	if (der_only(params, DER_NULL, &content) && content.len == 0)
		return fail(CKR_CURVE_NOT_SUPPORTED, "implicit curve parameters");
	return fail(CKR_DOMAIN_PARAMS_INVALID, "CKA_EC_PARAMS is neither an object identifier nor a curve's name");
}

static bool point_length(const struct pkey_curve *c, size_t len)
{
	return len == c->point_size || (c->kind == PKEY_EC && len == 1 + c->point_size / 2);
}

CK_RV ec_curves_point(const struct pkey_curve *c, struct bytes value, struct bytes *ret)
{
	struct bytes point = value;
	bool found = point_length(c, value.len);

	if (!found)
		found = der_only(value, DER_OCTET_STRING, &point) ||
		        (der_only(value, DER_BIT_STRING, &point) && der_bits(point, &point));
	if (!found || !point_length(c, point.len))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "CKA_EC_POINT of %zu bytes for %s", value.len, c->group);
	*ret = point;
	return CKR_OK;
}

CK_RV ec_curves_put_point(struct bytes point, struct buf *ret)
{
	return der_put(ret, DER_OCTET_STRING, point);
}
