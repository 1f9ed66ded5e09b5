/* SPDX-License-Identifier: Apache-2.0 */
/* What making and changing an object have in common: the checks of values one by one and of a whole object.
 * For make*.c only. */
#ifndef CONCLAVE_OBJECT_MAKE_INTERNAL_H
#define CONCLAVE_OBJECT_MAKE_INTERNAL_H

#include "crypto/ossl.h"
#include "object/make.h"
#include "object/schema.h"

/* What the schema asks of a template depends on where the object comes from. */
struct make_origin {
	unsigned required;
	unsigned forbidden;
};

/* A key's past: made here or not, and what can still be said of all the time before. */
struct make_past {
	bool local;
	CK_MECHANISM_TYPE mechanism; /* that generated it, when local */
	bool always_sensitive, never_extractable;
};

/* Every attribute of the template against the schema, and whether all that is required is there. */
must_check CK_RV make_check_template(const struct make_origin *from, const struct make_who *who, const struct attr_list *object,
                                     CK_OBJECT_CLASS object_class, CK_ULONG subtype);
must_check CK_RV make_add_defaults(CK_OBJECT_CLASS object_class, CK_ULONG subtype, bool empty, struct attr_list *object);
/* CKA_LOCAL, CKA_KEY_GEN_MECHANISM, and CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE where the key has them. */
must_check CK_RV make_set_history(CK_OBJECT_CLASS object_class, CK_ULONG subtype, const struct make_past *past, struct attr_list *key);
must_check CK_RV make_complete_key(const struct mech_env *env, CK_KEY_TYPE type, struct attr_list *key);
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
