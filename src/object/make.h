/* SPDX-License-Identifier: Apache-2.0 */
/* The life of an object's attributes: from a template to a complete object, from an object to a changed or
 * copied one, and what may be shown. Every rule comes from the schema. Knows no session, handle or store:
 * who is asking is told by `struct make_who`. */
#ifndef CONCLAVE_OBJECT_MAKE_H
#define CONCLAVE_OBJECT_MAKE_H

#include "attr/attr.h"
#include "mech/mech.h"

struct make_who {
	bool so; /* the SO is logged in: may set CKA_TRUSTED */
};

/* C_CreateObject: checks the template against the schema, adds defaults, lets the key type's complete() look
 * at the material, sets CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_KEY_GEN_MECHANISM and a fresh
 * CKA_UNIQUE_ID. *object comes in as the template and goes out complete; on an error it is the caller's to free.
 * CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_TYPE_INVALID (an attribute that this class
 * does not have), CKR_ATTRIBUTE_VALUE_INVALID, CKR_ATTRIBUTE_READ_ONLY. */
must_check CK_RV make_created(const struct mech_env *env, const struct make_who *who, struct attr_list *object);

/* An object that comes from a token of another make, with its whole past: as make_created, but CKA_TRUSTED may be set,
 * and CKA_LOCAL, CKA_KEY_GEN_MECHANISM, CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE stay as they were, as far as they
 * agree with the rest. Of other attributes that nobody may give, the given values are passed over. */
must_check CK_RV make_imported(const struct mech_env *env, struct attr_list *object);

/* An object that the token makes of itself (schema_is_builtin): what is not in the list gets its default.
 * CKR_GENERAL_ERROR: an attribute that such objects do not have. */
must_check CK_RV make_builtin(struct attr_list *object);

/* Key generation in two halves around mech_gen. begin: the template is checked for object_class and key_type (which
 * the mechanism implies; a contradiction is CKR_TEMPLATE_INCONSISTENT) and defaults are added.
 * end: complete(), CKA_LOCAL true, CKA_KEY_GEN_MECHANISM, history attributes, CKA_UNIQUE_ID. */
must_check CK_RV make_generate_begin(const struct make_who *who, CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type, struct attr_list *key);
must_check CK_RV make_generate_end(const struct mech_env *env, CK_MECHANISM_TYPE mechanism, struct attr_list *key);

/* C_UnwrapKey in two halves around the unwrapping. begin: the unwrapping key's CKA_UNWRAP_TEMPLATE (encoded; empty for
 * none) is merged in (a conflict is CKR_TEMPLATE_INCONSISTENT), the template is checked and defaults are added, among
 * them CKA_EXTRACTABLE true (rule 360). Secret and private keys only.
 * end, when the material is there: complete(), history, CKA_UNIQUE_ID. Material that the key type refuses is
 * CKR_WRAPPED_KEY_INVALID, or CKR_WRAPPED_KEY_LEN_RANGE when it is a secret key's. */
must_check CK_RV make_unwrap_begin(const struct make_who *who, struct bytes unwrap_template, struct attr_list *key);
must_check CK_RV make_unwrap_end(const struct mech_env *env, struct attr_list *key);

/* What the keys that a key is derived from hand on. */
struct make_heritage {
	bool always_sensitive, never_extractable; /* of all of them (rule 364) */
	bool sensitive, unextractable;            /* the derived key must be so: it holds their bytes */
};

/* What a base key's CKA_DERIVE_TEMPLATE (or that of encapsulation) adds to the template of a new key, before anything that
 * is only usual. A template that says otherwise is CKR_TEMPLATE_INCONSISTENT. */
must_check CK_RV make_add_demands(struct bytes demands, struct attr_list *key);

/* C_DeriveKey in two halves, as above; the base key's demands are in the template. A template without class gets object_class, one of a
 * key without type gets key_type; another class than object_class is CKR_TEMPLATE_INCONSISTENT unless any_class. */
struct make_derived {
	CK_OBJECT_CLASS object_class;
	CK_KEY_TYPE key_type;
	bool any_class;
};
must_check CK_RV make_derive_begin(const struct make_who *who, const struct make_derived *how, struct attr_list *key);
must_check CK_RV make_derive_end(const struct mech_env *env, const struct make_heritage *from, struct attr_list *key);

/* C_CopyObject: *ret is from with the template's changes and a fresh CKA_UNIQUE_ID. CKR_ACTION_PROHIBITED when
 * CKA_COPYABLE is false. Rules 209 to 215. */
must_check CK_RV make_copy(const struct mech_env *env, const struct make_who *who, const struct attrs *from, const struct attr_list *template, struct attr_list *ret);

/* C_SetAttributeValue: *ret is from with the template's changes. CKR_ACTION_PROHIBITED when CKA_MODIFIABLE is
 * false; CKR_ATTRIBUTE_READ_ONLY; a certificate with CKA_TRUSTED true cannot be changed (rule 221). */
must_check CK_RV make_changed(const struct make_who *who, const struct attrs *from, const struct attr_list *template, struct attr_list *ret);

/* May the value of type be shown? CKR_OK, CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID. */
must_check CK_RV make_may_read(const struct attrs *a, CK_ATTRIBUTE_TYPE type);

/* Every attribute of a search template equal, byte for byte, among the object's attributes. Values that must not
 * be shown never match (a search is not an oracle for secrets). */
bool make_matches(const struct attrs *a, const struct attr_list *template);

/* The store's name for an object: its CKA_UNIQUE_ID, 32 lower-case hexadecimal digits, as 16 bytes. false when the
 * object has none of that form. */
bool make_store_id(const struct attrs *a, unsigned char ret[16]);

/* An estimate of the object's size in bytes for C_GetObjectSize: its attributes' lengths. */
CK_ULONG make_size(const struct attrs *a);

#endif
