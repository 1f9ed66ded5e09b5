/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of objects that the standard's table (tests/spec/attributes.tsv) describes, with its rows for each, and
 * material from which one of each can be made. Refuses to know the token's own schema: where the two are meant to
 * differ, a row here says so. */
#ifndef TEST_API_OBJECT_TABLE_H
#define TEST_API_OBJECT_TABLE_H

#include "harness.h"

enum form { FORM_BYTES, FORM_BIGINT, FORM_STRING, FORM_BOOL, FORM_ULONG, FORM_DATE, FORM_ULONGS, FORM_NESTED };

enum footnote {
	CREATE_REQ = 1 << 0,
	CREATE_FORBID = 1 << 1,
	GEN_REQ = 1 << 2,
	GEN_FORBID = 1 << 3,
	UNWRAP_REQ = 1 << 4,
	UNWRAP_FORBID = 1 << 5,
	HIDDEN = 1 << 6,
	MODIFIABLE = 1 << 7,
	COPY_MODIFIABLE = 1 << 8,
	SO_ONLY_TRUE = 1 << 9,
	STICKY_TRUE = 1 << 10,
	STICKY_FALSE = 1 << 11,
	READ_ONLY = 1 << 12,
};

struct attribute_row {
	CK_ATTRIBUTE_TYPE type;
	const char *name;
	enum form form;
	unsigned footnotes;
	char otherwise[64]; /* the default, as the table has it */
};

#define MAX_ROWS 96
#define MAX_MATERIAL 10

struct kind_of_object {
	const char *name; /* "CKO_SECRET_KEY CKK_AES" */
	CK_OBJECT_CLASS object_class;
	CK_ULONG type;
	bool has_type;
	CK_ATTRIBUTE_TYPE type_attribute;
	struct attribute_row rows[MAX_ROWS]; /* rising by type */
	size_t row_count;
	CK_ATTRIBUTE material[MAX_MATERIAL]; /* what CREATE_REQ asks for, without class and type */
	size_t material_count;
	CK_ATTRIBUTE need[3]; /* kind_generation's */
	bool missed; /* kind_is_here has said so */
};

/* Group fixtures; the first needs no module. */
int object_table_read(void **state);
int object_table_free(void **state);
/* Generates, in a session, the material that is not constant. */
void object_table_need_material(CK_SESSION_HANDLE session);

extern struct kind_of_object kinds_of_objects[];
extern size_t kind_of_object_count;

/* Kinds that can be made: false, with the reason printed, while the mechanisms that check their material are missing. */
bool kind_is_here(struct kind_of_object *k);
const struct attribute_row *kind_row(const struct kind_of_object *k, CK_ATTRIBUTE_TYPE type); /* NULL: none */
bool kind_is_key(const struct kind_of_object *k);
/* The kind that can be secret, sensitive: private, secret and OTP keys. */
bool kind_is_secret(const struct kind_of_object *k);
/* The kinds that are here, and the rows of one. */
#define FOR_EACH_KIND(k) \
	for (struct kind_of_object *k = kinds_of_objects; k < kinds_of_objects + kind_of_object_count; k++) \
		if (kind_is_here(k))
#define FOR_EACH_ROW(row, k) \
	for (const struct attribute_row *row = (k)->rows; row < (k)->rows + (k)->row_count; row++)

/* An expectation that names what it was about. */
void expect_of(CK_RV rv, CK_RV want, const struct kind_of_object *k, const char *attribute, const char *doing);
CK_ULONG attribute_count(void);
const struct attribute_row *attribute_at(CK_ULONG i); /* every attribute of the table once */

/* A template that grows. */
#define MAX_TEMPLATE 48
struct template_of {
	CK_ATTRIBUTE a[MAX_TEMPLATE];
	CK_ULONG count;
};
/* Class, type and what is needed, as a session object that needs no login. */
void template_least(const struct kind_of_object *k, struct template_of *ret);
/* How a kind is generated: with this mechanism and at least these attributes, of a pair into the public key's template.
 * false: it is not generated here. */
bool kind_generation(struct kind_of_object *k, CK_MECHANISM_TYPE *ret, struct template_of *ret_template);
/* Adds or replaces; value must live as long as the template. */
void template_set(struct template_of *t, CK_ATTRIBUTE_TYPE type, const void *value, CK_ULONG len);
void template_drop(struct template_of *t, CK_ATTRIBUTE_TYPE type);
/* The value that an object gets when nobody gives one; false when the table leaves it open. An empty pValue with length
 * CK_UNAVAILABLE_INFORMATION: the attribute is absent. */
bool default_value(const struct attribute_row *row, CK_ATTRIBUTE *ret);
/* A value of the attribute's form, good as far as the form goes. */
CK_ATTRIBUTE some_value(const struct attribute_row *row);

#endif
