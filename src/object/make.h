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

/* Key generation in two halves around mech_gen. begin: the template is checked for object_class and key_type (which
 * the mechanism implies; a contradiction is CKR_TEMPLATE_INCONSISTENT) and defaults are added.
 * end: complete(), CKA_LOCAL true, CKA_KEY_GEN_MECHANISM, history attributes, CKA_UNIQUE_ID. */
must_check CK_RV make_generate_begin(const struct make_who *who, CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type, struct attr_list *key);
must_check CK_RV make_generate_end(const struct mech_env *env, CK_MECHANISM_TYPE mechanism, struct attr_list *key);

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
