/* SPDX-License-Identifier: Apache-2.0 */
/* The schema's table and look-ups in it. The rows of schema_rows.inc are sorted once per process into one list for
 * each kind of object (class and subtype), with the most particular row for each attribute. Knows no session. */
#include "object/schema.h"

#include <conclave.h>
#include <pthread.h>
#include <stdlib.h>

#define MAX_KINDS 192
#define MAX_SORTED 8192

/* The words of schema_rows.inc. */
enum {
	F1 = SCHEMA_CREATE_REQ,
	F2 = SCHEMA_CREATE_FORBID,
	F3 = SCHEMA_GEN_REQ,
	F4 = SCHEMA_GEN_FORBID,
	F5 = SCHEMA_UNWRAP_REQ,
	F6 = SCHEMA_UNWRAP_FORBID,
	F7 = SCHEMA_SENSITIVE,
	F8 = SCHEMA_MODIFIABLE,
	F10 = SCHEMA_SO_TRUE,
	F11 = SCHEMA_STICKY_TRUE,
	F12 = SCHEMA_STICKY_FALSE,
	COPY = SCHEMA_COPY_ONLY,  /* may change while it is copied */
	LOCK = SCHEMA_READ_ONLY,  /* the token's own */
	VOID = SCHEMA_MAY_VOID,   /* may be taken away */
	FALL = SCHEMA_MAY_FALL,   /* may become less */
	FIND = SCHEMA_SEARCHABLE, /* has a lookup tag */
};
#define ANY_CLASS SCHEMA_ANY_CLASS
#define ANY_KEY SCHEMA_ANY_KEY
#define ANY_OBJECT SCHEMA_ANY_OBJECT
#define ANY SCHEMA_ANY_SUBTYPE

static const struct schema_row rows[] = {
#define ROW(class_, subtype_, type_, flags_, default_, number_) \
	{.object_class = class_,                                \
	 .subtype = subtype_,                                   \
	 .type = type_,                                         \
	 .flags = flags_,                                       \
	 .otherwise = SCHEMA_##default_,                        \
	 .default_ulong = number_},
#include "object/schema_rows.inc"
#undef ROW
};

/* The most selective first: what names one object, then what names a few, then what sorts them. CKA_TOKEN is not
 * among them: what is in the store is a token object. */
static const CK_ATTRIBUTE_TYPE searchable[] = {
	CKA_UNIQUE_ID, CKA_ID,       CKA_LABEL,           CKA_SERIAL_NUMBER, CKA_SUBJECT,
	CKA_ISSUER,    CKA_MODULUS,  CKA_EC_POINT,        CKA_PUBLIC_KEY_INFO, CKA_APPLICATION,
	CKA_OBJECT_ID, CKA_KEY_TYPE, CKA_CERTIFICATE_TYPE, CKA_CLASS,
};

/* A kind of object and its rows, sorted by type: sorted[first] to sorted[first + count - 1]. */
struct kind {
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	size_t first;
	size_t count;
};

static pthread_once_t kinds_once = PTHREAD_ONCE_INIT;
static struct kind kinds[MAX_KINDS];
static size_t kind_count;
static const struct schema_row *sorted[MAX_SORTED];
static size_t sorted_count;

/* ---- classes ------------------------------------------------------------------------------- */

/* What a class is; those without a row have no subtypes and are made by applications. */
static const struct trait {
	CK_OBJECT_CLASS object_class;
	CK_ATTRIBUTE_TYPE subtype; /* the attribute that names it; 0 (CKA_CLASS): no subtypes */
	bool key, material, builtin;
	bool unstored; /* no storage object: has no row of ANY_CLASS */
} traits[] = {
	{.object_class = CKO_CERTIFICATE, .subtype = CKA_CERTIFICATE_TYPE},
	{.object_class = CKO_PUBLIC_KEY, .subtype = CKA_KEY_TYPE, .key = true, .material = true},
	{.object_class = CKO_PRIVATE_KEY, .subtype = CKA_KEY_TYPE, .key = true, .material = true},
	{.object_class = CKO_SECRET_KEY, .subtype = CKA_KEY_TYPE, .key = true, .material = true},
	{.object_class = CKO_OTP_KEY, .subtype = CKA_KEY_TYPE, .key = true, .material = true},
	{.object_class = CKO_DOMAIN_PARAMETERS, .subtype = CKA_KEY_TYPE, .material = true},
	{.object_class = CKO_HW_FEATURE, .subtype = CKA_HW_FEATURE_TYPE, .builtin = true, .unstored = true},
	{.object_class = CKO_MECHANISM, .builtin = true, .unstored = true},
	{.object_class = CKO_PROFILE, .builtin = true},
	{.object_class = CKO_VALIDATION, .builtin = true},
};

static struct trait trait_of(CK_OBJECT_CLASS object_class)
{
	for (size_t i = 0; i < array_len(traits); i++)
		if (traits[i].object_class == object_class)
			return traits[i];
	return (struct trait){.object_class = object_class};
}

bool schema_is_key(CK_OBJECT_CLASS object_class)
{
	return trait_of(object_class).key;
}

bool schema_has_material(CK_OBJECT_CLASS object_class)
{
	return trait_of(object_class).material;
}

bool schema_is_builtin(CK_OBJECT_CLASS object_class)
{
	return trait_of(object_class).builtin;
}

bool schema_subtype_attribute(CK_OBJECT_CLASS object_class, CK_ATTRIBUTE_TYPE *ret)
{
	struct trait t = trait_of(object_class);

	if (t.subtype == CKA_CLASS)
		return false;
	*ret = t.subtype;
	return true;
}

/* ---- sorting, once ------------------------------------------------------------------------- */

/* From the general to the particular; 0: the row is not of this kind. */
static int particular(const struct schema_row *row, const struct kind *k)
{
	struct trait t = trait_of(k->object_class);

	if (row->subtype != ANY)
		return row->object_class == k->object_class && row->subtype == k->subtype ? 6 : 0;
	if (row->object_class == k->object_class)
		return 5;
	if (row->object_class == CKO_SECRET_KEY)
		return k->object_class == CKO_OTP_KEY ? 4 : 0;
	if (row->object_class == ANY_KEY)
		return t.key ? 3 : 0;
	if (row->object_class == ANY_CLASS)
		return t.unstored ? 0 : 2;
	return row->object_class == ANY_OBJECT ? 1 : 0;
}

static int by_type(const void *a, const void *b)
{
	const struct schema_row *x = *(const struct schema_row *const *)a;
	const struct schema_row *y = *(const struct schema_row *const *)b;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return 0;
}

/* Of several rows for one attribute the most particular stays. */
static void add_row(const struct schema_row *row, struct kind *k)
{
	const struct schema_row **own = &sorted[k->first];
	for (size_t i = 0; i < k->count; i++) {
		if (own[i]->type != row->type)
			continue;
		if (particular(row, k) > particular(own[i], k))
			own[i] = row;
		return;
	}
	own[k->count++] = row;
}

static void add_kind(CK_OBJECT_CLASS object_class, CK_ULONG subtype)
{
	for (size_t i = 0; i < kind_count; i++)
		if (kinds[i].object_class == object_class && kinds[i].subtype == subtype)
			return;
	if (kind_count == MAX_KINDS || sorted_count + array_len(rows) > MAX_SORTED)
		return; /* a test makes sure that every kind has its place */
	struct kind *k = &kinds[kind_count++];
	*k = (struct kind){.object_class = object_class, .subtype = subtype, .first = sorted_count};
	for (size_t i = 0; i < array_len(rows); i++)
		if (particular(&rows[i], k) > 0)
			add_row(&rows[i], k);
	qsort(&sorted[k->first], k->count, sizeof(sorted[0]), by_type);
	sorted_count += k->count;
}

static void sort_rows(void)
{
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_ATTRIBUTE_TYPE has_subtypes;
		CK_OBJECT_CLASS object_class = rows[i].object_class;
		if (object_class == ANY_OBJECT || object_class == ANY_CLASS || object_class == ANY_KEY)
			continue;
		if (rows[i].subtype != ANY)
			add_kind(object_class, rows[i].subtype);
		else if (!schema_subtype_attribute(object_class, &has_subtypes))
			add_kind(object_class, 0);
	}
}

static const struct kind *find_kind(CK_OBJECT_CLASS object_class, CK_ULONG subtype)
{
	CK_ATTRIBUTE_TYPE has_subtypes;
	pthread_once(&kinds_once, sort_rows);
	if (!schema_subtype_attribute(object_class, &has_subtypes))
		subtype = 0;
	for (size_t i = 0; i < kind_count; i++)
		if (kinds[i].object_class == object_class && kinds[i].subtype == subtype)
			return &kinds[i];
	return NULL;
}

/* ---- questions ----------------------------------------------------------------------------- */

const struct schema_row *schema_find(CK_OBJECT_CLASS object_class, CK_ULONG subtype, CK_ATTRIBUTE_TYPE type)
{
	const struct kind *k = find_kind(object_class, subtype);
	size_t low = 0;
	size_t high = k != NULL ? k->count : 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct schema_row *row = sorted[k->first + mid];
		if (row->type == type)
			return row;
		if (row->type < type)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

bool schema_has_class(CK_OBJECT_CLASS object_class)
{
	pthread_once(&kinds_once, sort_rows);
	for (size_t i = 0; i < kind_count; i++)
		if (kinds[i].object_class == object_class)
			return true;
	return false;
}

bool schema_has_subtype(CK_OBJECT_CLASS object_class, CK_ULONG subtype)
{
	return find_kind(object_class, subtype) != NULL;
}

const struct schema_row *schema_walk(CK_OBJECT_CLASS object_class, CK_ULONG subtype, size_t *i)
{
	const struct kind *k = find_kind(object_class, subtype);
	if (k == NULL || *i >= k->count)
		return NULL;
	return sorted[k->first + (*i)++];
}

const CK_ATTRIBUTE_TYPE *schema_searchable(size_t *ret_count)
{
	*ret_count = array_len(searchable);
	return searchable;
}

CK_ULONG schema_subtype(const struct attrs *a)
{
	CK_OBJECT_CLASS object_class;
	CK_ATTRIBUTE_TYPE type;
	CK_ULONG subtype = 0;
	if (attrs_get_ulong(a, CKA_CLASS, &object_class) && schema_subtype_attribute(object_class, &type))
		attrs_get_ulong(a, type, &subtype);
	return subtype;
}

bool schema_ever_hidden(CK_ATTRIBUTE_TYPE type)
{
	/* A test compares these with the rows' flags. */
	static const CK_ATTRIBUTE_TYPE hidden[] = {
		CKA_VALUE,      CKA_PRIVATE_EXPONENT, CKA_PRIME_1,     CKA_PRIME_2,
		CKA_EXPONENT_1, CKA_EXPONENT_2,       CKA_COEFFICIENT, CKA_SEED,
	};
	for (size_t i = 0; i < array_len(hidden); i++)
		if (hidden[i] == type)
			return true;
	return false;
}

size_t schema_kind_count(void)
{
	pthread_once(&kinds_once, sort_rows);
	return kind_count;
}

void schema_kind_at(size_t i, CK_OBJECT_CLASS *ret_class, CK_ULONG *ret_subtype)
{
	*ret_class = kinds[i].object_class;
	*ret_subtype = kinds[i].subtype;
}
