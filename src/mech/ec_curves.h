/* SPDX-License-Identifier: Apache-2.0 */
/* CKA_EC_PARAMS and CKA_EC_POINT: every form that applications write is read, one form is kept (§6.3.3):
 * the object identifier, and a DER OCTET STRING of the point. */
#ifndef CONCLAVE_MECH_EC_CURVES_H
#define CONCLAVE_MECH_EC_CURVES_H

#include "base/bytes.h"
#include "crypto/pkey_curve.h"

/* An object identifier or a PrintableString with a curve's name. CKR_CURVE_NOT_SUPPORTED for one that we do
 * not have, for explicit parameters and for implicitCurve; CKR_DOMAIN_PARAMS_INVALID for anything else. */
must_check CK_RV ec_curves_find(struct bytes params, const struct pkey_curve **ret);
/* The point itself, inside of a DER OCTET STRING or BIT STRING or as it is; it is not checked to be on the curve.
 * CKR_ATTRIBUTE_VALUE_INVALID. */
must_check CK_RV ec_curves_point(const struct pkey_curve *c, struct bytes value, struct bytes *ret);
/* Appends the form that is kept. */
must_check CK_RV ec_curves_put_point(struct bytes point, struct buf *ret);

#endif
