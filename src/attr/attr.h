/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of attributes: what an object is made of. A list is built and changed as `struct attr_list`
 * and read as `struct attrs`, its packed and unchanging form. Knows how long a value of a type
 * must be; knows no policy (who may set or see an attribute is the schema's business). */
#ifndef CONCLAVE_ATTR_ATTR_H
#define CONCLAVE_ATTR_ATTR_H

#include "base/bytes.h"

/* How the bytes of an attribute's value are to be read (spec/attributes.tsv, column data type). */
enum attr_kind {
	ATTR_BYTES,   /* byte array, any length */
	ATTR_BOOL,    /* CK_BBOOL, one byte, 0 or 1 */
	ATTR_ULONG,   /* CK_ULONG and the types made of it (classes, key types, mechanisms, flags) */
	ATTR_BIGINT,  /* unsigned, most significant byte first; kept without leading zeros */
	ATTR_STRING,  /* UTF-8, no NUL */
	ATTR_DATE,    /* CK_DATE or empty */
	ATTR_ULONGS,  /* array of CK_ULONG: CKA_ALLOWED_MECHANISMS */
	ATTR_NESTED,  /* array of CK_ATTRIBUTE: templates; held as an encoded list (attr/codec.h) */
};

/* The kind of a known attribute type; false for a type that the standard does not have. */
bool attr_kind(CK_ATTRIBUTE_TYPE type, enum attr_kind *ret);
/* "CKA_LABEL", or "CKA_0x..." in a static or thread-local buffer: for the log. */
const char *attr_name(CK_ATTRIBUTE_TYPE type);

/* ---- building ------------------------------------------------------------------------------ */

struct attr_item {
	CK_ATTRIBUTE_TYPE type;
	struct secret value; /* every value under construction may be a secret */
};

/* Sorted by type, each type once. {0} is empty. */
struct attr_list {
	struct attr_item *items;
	size_t count;
	size_t cap;
};

/* Adds or replaces. CKR_HOST_MEMORY. */
must_check CK_RV attr_list_set(struct attr_list *l, CK_ATTRIBUTE_TYPE type, struct bytes value);
must_check CK_RV attr_list_set_ulong(struct attr_list *l, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
must_check CK_RV attr_list_set_bool(struct attr_list *l, CK_ATTRIBUTE_TYPE type, bool value);
bool attr_list_get(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, struct bytes *ret);
bool attr_list_get_ulong(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, CK_ULONG *ret);
/* The value of a boolean; otherwise when the list has none. */
bool attr_list_get_bool(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, bool otherwise);
void attr_list_remove(struct attr_list *l, CK_ATTRIBUTE_TYPE type);
void attr_list_free(struct attr_list *l); /* wipes */

/* ---- reading ------------------------------------------------------------------------------- */

struct attr_entry {
	CK_ATTRIBUTE_TYPE type;
	uint32_t offset; /* of the value, from the start of data */
	uint32_t len;
};

/* One allocation in secret memory: header, entries sorted by type, then the values, each aligned to 8. */
struct attrs {
	uint32_t count;
	uint32_t size; /* of the whole allocation, in bytes */
	struct attr_entry entry[];
};

/* The packed form of a list; the list stays the caller's. CKR_HOST_MEMORY. */
must_check CK_RV attrs_pack(const struct attr_list *l, struct attrs **ret);
/* A list with the same content, for changing. */
must_check CK_RV attrs_unpack(const struct attrs *a, struct attr_list *ret);
void attrs_free(struct attrs *a); /* wipes; NULL is fine */
/* Values are valid as long as *a is. */
bool attrs_get(const struct attrs *a, CK_ATTRIBUTE_TYPE type, struct bytes *ret);
bool attrs_get_ulong(const struct attrs *a, CK_ATTRIBUTE_TYPE type, CK_ULONG *ret);
bool attrs_get_bool(const struct attrs *a, CK_ATTRIBUTE_TYPE type, bool otherwise);
/* The value of entry i < a->count. */
struct bytes attrs_value(const struct attrs *a, uint32_t i);

#endif
