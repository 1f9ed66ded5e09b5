/* SPDX-License-Identifier: Apache-2.0 */
/* The attribute schema: one table, from spec/attributes.tsv, that says for every class and subtype which
 * attributes an object has, who may give them, what they are when nobody does, and how they may change.
 * Knows no session and no store. */
#ifndef CONCLAVE_OBJECT_SCHEMA_H
#define CONCLAVE_OBJECT_SCHEMA_H

#include "attr/attr.h"

enum schema_flag {
	SCHEMA_CREATE_REQ = 1 << 0,    /* footnote 1 */
	SCHEMA_CREATE_FORBID = 1 << 1, /* footnote 2 */
	SCHEMA_GEN_REQ = 1 << 2,       /* footnote 3 */
	SCHEMA_GEN_FORBID = 1 << 3,    /* footnote 4 */
	SCHEMA_UNWRAP_REQ = 1 << 4,    /* footnote 5 */
	SCHEMA_UNWRAP_FORBID = 1 << 5, /* footnote 6 */
	SCHEMA_SENSITIVE = 1 << 6,     /* footnote 7: hidden when CKA_SENSITIVE or not CKA_EXTRACTABLE */
	SCHEMA_MODIFIABLE = 1 << 7,    /* footnote 8 */
	SCHEMA_COPY_ONLY = 1 << 8,     /* may change in C_CopyObject only */
	SCHEMA_STICKY_TRUE = 1 << 9,   /* footnote 11: once true, stays */
	SCHEMA_STICKY_FALSE = 1 << 10, /* footnote 12: once false, stays */
	SCHEMA_SO_TRUE = 1 << 11,      /* footnote 10: only the SO sets it true */
	SCHEMA_READ_ONLY = 1 << 12,    /* CKR_ATTRIBUTE_READ_ONLY whoever gives it */
	SCHEMA_SEARCHABLE = 1 << 13,   /* has a lookup tag */
	SCHEMA_MAY_VOID = 1 << 14,     /* may change to a value of length zero, and to nothing else */
	SCHEMA_MAY_FALL = 1 << 15,     /* a number that may change to a smaller one; absent is the greatest */
};

enum schema_default {
	SCHEMA_NONE,  /* absent when not given */
	SCHEMA_EMPTY,
	SCHEMA_FALSE,
	SCHEMA_TRUE,
	SCHEMA_ULONG, /* value in default_ulong */
};

struct schema_row {
	CK_OBJECT_CLASS object_class; /* or SCHEMA_ANY_CLASS, SCHEMA_ANY_KEY, SCHEMA_ANY_OBJECT */
	CK_ULONG subtype;             /* key or certificate type; SCHEMA_ANY_SUBTYPE */
	CK_ATTRIBUTE_TYPE type;
	unsigned flags;
	enum schema_default otherwise;
	CK_ULONG default_ulong;
};

#define SCHEMA_ANY_CLASS ((CK_OBJECT_CLASS)-1) /* that is stored: all but hardware features and mechanisms */
#define SCHEMA_ANY_KEY ((CK_OBJECT_CLASS)-2) /* public, private, secret and OTP keys */
#define SCHEMA_ANY_OBJECT ((CK_OBJECT_CLASS)-3)
#define SCHEMA_ANY_SUBTYPE ((CK_ULONG)-1)

/* The most particular row, or NULL: objects of this class and subtype have no such attribute. */
const struct schema_row *schema_find(CK_OBJECT_CLASS object_class, CK_ULONG subtype, CK_ATTRIBUTE_TYPE type);
bool schema_has_class(CK_OBJECT_CLASS object_class);
bool schema_has_subtype(CK_OBJECT_CLASS object_class, CK_ULONG subtype);
/* Walks the rows that apply to a class and subtype: i from 0 until NULL. */
const struct schema_row *schema_walk(CK_OBJECT_CLASS object_class, CK_ULONG subtype, size_t *i);
/* Attributes with a lookup tag, the most selective first. */
const CK_ATTRIBUTE_TYPE *schema_searchable(size_t *ret_count);
/* CKA_KEY_TYPE, CKA_CERTIFICATE_TYPE or CKA_HW_FEATURE_TYPE of an object of class, else 0. */
CK_ULONG schema_subtype(const struct attrs *a);
/* The attribute that names the subtype of a class; false when the class has no subtypes. */
bool schema_subtype_attribute(CK_OBJECT_CLASS object_class, CK_ATTRIBUTE_TYPE *ret);
bool schema_is_key(CK_OBJECT_CLASS object_class);
/* Is the class one of which the token makes all objects itself (rule 204)? */
bool schema_is_builtin(CK_OBJECT_CLASS object_class);
/* Does it have material that a key type completes and checks: keys and domain parameters? */
bool schema_has_material(CK_OBJECT_CLASS object_class);
/* Is an attribute of this type hidden in objects of some class (SCHEMA_SENSITIVE)? Cheap: most types are not. */
bool schema_ever_hidden(CK_ATTRIBUTE_TYPE type);
/* The pairs of class and subtype: i < schema_kind_count(). Classes without subtypes have 0. */
size_t schema_kind_count(void);
void schema_kind_at(size_t i, CK_OBJECT_CLASS *ret_class, CK_ULONG *ret_subtype);

#endif
