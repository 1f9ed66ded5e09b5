/* SPDX-License-Identifier: Apache-2.0 */
/* What making and changing an object have in common: the checks of values one by one and of a whole object.
 * For make*.c only. */
#ifndef CONCLAVE_OBJECT_MAKE_INTERNAL_H
#define CONCLAVE_OBJECT_MAKE_INTERNAL_H

#include "crypto/ossl.h"
#include "object/make.h"
#include "object/schema.h"

/* Which kind of object a list describes. CKR_TEMPLATE_INCOMPLETE: no class or no type;
 * CKR_ATTRIBUTE_VALUE_INVALID: a class or type that cannot be made here. */
must_check CK_RV make_kind(const struct attr_list *object, CK_OBJECT_CLASS *ret_class, CK_ULONG *ret_subtype);
/* Is this a value that the attribute can have at all? CKR_ATTRIBUTE_VALUE_INVALID. */
must_check CK_RV make_check_value(CK_ATTRIBUTE_TYPE type, struct bytes value);
/* Do the attributes go together? CKR_TEMPLATE_INCONSISTENT, CKR_TEMPLATE_INCOMPLETE. */
must_check CK_RV make_check_whole(CK_OBJECT_CLASS object_class, const struct attr_list *object);
/* A fresh CKA_UNIQUE_ID. */
must_check CK_RV make_unique_id(struct ossl *o, struct attr_list *object);

#endif
