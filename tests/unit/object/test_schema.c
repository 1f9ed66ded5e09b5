/* SPDX-License-Identifier: Apache-2.0 */
/* The schema against tests/spec/attributes.tsv, row by row for the kinds of objects that can be made, and its rows
 * against each other. Every intended difference stands in one table here, with its reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object/schema.h"

/* ---- intended differences ---------------------------------------------------------------------- */

static const struct difference {
	CK_ATTRIBUTE_TYPE type;
	unsigned without; /* flags of the standard's row that ours has not */
	unsigned with;    /* flags that ours has beyond it */
	bool has_default; /* ours has a default where the standard names none */
	const char *reason;
} differences[] = {
	{CKA_PUBLIC_CRC64_VALUE, SCHEMA_CREATE_REQ, 0, false,
	 "new in 3.2 and marked as required: no client of an earlier version could create a key"},
	{CKA_OBJECT_VALIDATION_FLAGS, SCHEMA_STICKY_FALSE, SCHEMA_READ_ONLY, false,
	 "a claim about validation is the token's alone to make, and this token makes none; 3.3 drops the footnote"},
	{CKA_TRUSTED, 0, 0, true, "the standard names no default; what nobody has called trusted is not"},
};

/* ---- names ------------------------------------------------------------------------------------ */

struct name {
	const char *name;
	CK_ULONG value;
};
#define N(x) {#x, x}

static const struct name attribute_names[] = {
#define ATTR_TYPE(name_, kind_) {#name_, name_},
#include "attr/attr_kinds.inc"
#undef ATTR_TYPE
};
static const struct name class_names[] = {N(CKO_DATA), N(CKO_CERTIFICATE), N(CKO_PUBLIC_KEY), N(CKO_PRIVATE_KEY), N(CKO_SECRET_KEY)};
static const struct name subtype_names[] = {
	N(CKC_X_509),         N(CKK_RSA),  N(CKK_EC),   N(CKK_EC_EDWARDS), N(CKK_EC_MONTGOMERY), N(CKK_AES),
	N(CKK_GENERIC_SECRET), N(CKK_DES2), N(CKK_DES3), N(CKK_CAMELLIA),   N(CKK_ARIA),          N(CKK_SEED),
	N(CKK_ML_DSA),         N(CKK_ML_KEM), N(CKK_SLH_DSA),
	N(CKK_AES_XTS),       N(CKK_CHACHA20), N(CKK_POLY1305),
};
static const struct name flag_names[] = {
	{"CREATE_REQ", SCHEMA_CREATE_REQ},      {"CREATE_FORBID", SCHEMA_CREATE_FORBID}, {"GEN_REQ", SCHEMA_GEN_REQ},
	{"GEN_FORBID", SCHEMA_GEN_FORBID},      {"UNWRAP_REQ", SCHEMA_UNWRAP_REQ},       {"UNWRAP_FORBID", SCHEMA_UNWRAP_FORBID},
	{"SENSITIVE_HIDDEN", SCHEMA_SENSITIVE}, {"MODIFIABLE", SCHEMA_MODIFIABLE},       {"COPY_MODIFIABLE", SCHEMA_COPY_ONLY},
	{"STICKY_TRUE", SCHEMA_STICKY_TRUE},    {"STICKY_FALSE", SCHEMA_STICKY_FALSE},   {"SO_ONLY_TRUE", SCHEMA_SO_TRUE},
	{"READ_ONLY", SCHEMA_READ_ONLY},        {"TOKEN_DEFAULT", 0},                    {"GEN_BY_KEYPAIR", 0},
};

static bool find_name(const struct name *names, size_t count, const char *name, CK_ULONG *ret)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i].name, name) == 0) {
			*ret = names[i].value;
			return true;
		}
	return false;
}
#define FIND(names, name, ret) find_name(names, array_len(names), name, ret)

/* ---- the standard's table ------------------------------------------------------------------------ */

struct spec_row {
	CK_OBJECT_CLASS object_class; /* SCHEMA_ANY_*, or one class */
	CK_ULONG subtype;
	CK_ATTRIBUTE_TYPE type;
	unsigned flags;
	char otherwise[120];
	unsigned used;
};

static struct spec_row spec[512];
static size_t spec_count;

static unsigned read_flags(char *cell)
{
	unsigned flags = 0;
	char *name;

	while ((name = strsep(&cell, ",")) != NULL) {
		CK_ULONG flag = 0;
		if (*name != '\0' && !FIND(flag_names, name, &flag))
			fail_msg("unknown flag %s", name);
		flags |= (unsigned)flag;
	}
	return flags;
}

/* false: a row of a kind that cannot be made yet. */
static bool read_kind(const char *class_cell, const char *type_cell, struct spec_row *ret)
{
	ret->subtype = SCHEMA_ANY_SUBTYPE;
	if (strcmp(class_cell, "ALL") == 0 || strcmp(class_cell, "STORAGE") == 0)
		ret->object_class = SCHEMA_ANY_CLASS;
	else if (strncmp(class_cell, "KEY", 3) == 0)
		ret->object_class = SCHEMA_ANY_KEY;
	else if (!FIND(class_names, class_cell, &ret->object_class))
		return false;
	return *type_cell == '\0' || strcmp(type_cell, "*") == 0 || FIND(subtype_names, type_cell, &ret->subtype);
}

static int read_spec(void **state)
{
	FILE *f = fopen(TEST_SOURCE_ROOT "/tests/spec/attributes.tsv", "r");
	char line[4096];
	(void)state;

	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL) {
		char *cell[10] = {0};
		char *rest = line;
		struct spec_row *row = &spec[spec_count];

		for (size_t i = 0; i < array_len(cell); i++)
			cell[i] = strsep(&rest, "\t");
		if (!FIND(attribute_names, cell[2], &row->type) || !read_kind(cell[0], cell[1], row))
			continue;
		row->flags = read_flags(cell[7]);
		snprintf(row->otherwise, sizeof(row->otherwise), "%s", cell[5]);
		spec_count++;
	}
	fclose(f);
	return spec_count > 100 ? 0 : -1;
}

static int particular(const struct spec_row *row)
{
	if (row->subtype != SCHEMA_ANY_SUBTYPE)
		return 3;
	return row->object_class == SCHEMA_ANY_CLASS ? 0 : row->object_class == SCHEMA_ANY_KEY ? 1 : 2;
}

/* The standard has one table for generic secrets and for the keys of HMACs (§6.8, §6.20). */
static bool is_hmac_key(CK_ULONG type)
{
	static const CK_KEY_TYPE types[] = {
		CKK_SHA_1_HMAC,
		CKK_SHA224_HMAC,
		CKK_SHA256_HMAC,
		CKK_SHA384_HMAC,
		CKK_SHA512_HMAC,
		CKK_SHA512_224_HMAC,
		CKK_SHA512_256_HMAC,
		CKK_SHA3_224_HMAC,
		CKK_SHA3_256_HMAC,
		CKK_SHA3_384_HMAC,
		CKK_SHA3_512_HMAC,
		CKK_BLAKE2B_160_HMAC,
		CKK_BLAKE2B_256_HMAC,
		CKK_BLAKE2B_384_HMAC,
		CKK_BLAKE2B_512_HMAC,
		CKK_RIPEMD160_HMAC,
	};

	for (size_t i = 0; i < array_len(types); i++)
		if (types[i] == type)
			return true;
	return false;
}

/* The standard's most particular row for an attribute of a kind. */
static struct spec_row *spec_find(CK_OBJECT_CLASS object_class, CK_ULONG subtype, CK_ATTRIBUTE_TYPE type)
{
	struct spec_row *best = NULL;

	/* The standard has no table for HKDF keys: they have what a generic secret has. */
	if (subtype == CKK_HKDF)
		subtype = CKK_GENERIC_SECRET;
	if (object_class == CKO_SECRET_KEY && is_hmac_key(subtype))
		subtype = CKK_GENERIC_SECRET;

	for (size_t i = 0; i < spec_count; i++) {
		struct spec_row *r = &spec[i];
		bool applies = r->object_class == SCHEMA_ANY_CLASS || r->object_class == object_class ||
		               (r->object_class == SCHEMA_ANY_KEY && schema_is_key(object_class));
		if (r->type == type && applies && (r->subtype == SCHEMA_ANY_SUBTYPE || r->subtype == subtype)) {
			r->used++;
			if (best == NULL || particular(r) > particular(best))
				best = r;
		}
	}
	return best;
}

static bool default_agrees(const struct schema_row *row, const struct spec_row *want, bool may_add)
{
	const char *w = want->otherwise;

	if (strncmp(w, "token-specific", 14) == 0)
		return row->otherwise != SCHEMA_NONE;
	if (strcmp(w, "CK_TRUE") == 0)
		return row->otherwise == SCHEMA_TRUE;
	if (strcmp(w, "CK_FALSE") == 0)
		return row->otherwise == SCHEMA_FALSE;
	if (strncmp(w, "empty", 5) == 0 || strncmp(w, "may be empty", 12) == 0)
		return row->otherwise == SCHEMA_EMPTY;
	if (strstr(w, "UNSPECIFIED") != NULL)
		return row->otherwise == SCHEMA_ULONG && row->default_ulong == 0;
	if (*w == '\0' || strstr(w, "by token") != NULL || strncmp(w, "absent", 6) == 0)
		return may_add ? row->otherwise != SCHEMA_NONE : row->otherwise == SCHEMA_NONE;
	return false;
}

static void compare(CK_OBJECT_CLASS object_class, CK_ULONG subtype, const struct schema_row *row, const struct spec_row *want)
{
	unsigned own = row->flags & ~(unsigned)(SCHEMA_SEARCHABLE | SCHEMA_MAY_VOID);
	struct difference d = {0};

	for (size_t i = 0; i < array_len(differences); i++)
		if (differences[i].type == row->type)
			d = differences[i];
	if (own != ((want->flags & ~d.without) | d.with))
		fail_msg("%s of class %lu type %lu: flags 0x%x, the standard 0x%x", attr_name(row->type), object_class, subtype, own,
		         want->flags);
	if (!default_agrees(row, want, d.has_default))
		fail_msg("%s of class %lu type %lu: default %u, the standard \"%s\"", attr_name(row->type), object_class, subtype,
		         (unsigned)row->otherwise, want->otherwise);
}

/* ---- tests ------------------------------------------------------------------------------------ */

#define FOR_EACH_KIND(object_class, subtype)                                                \
	for (size_t kind_ = 0; kind_ < schema_kind_count(); kind_++)                        \
		if (schema_kind_at(kind_, &(object_class), &(subtype)), true)
#define FOR_EACH_ROW(row, object_class, subtype) \
	for (size_t i_ = 0; ((row) = schema_walk(object_class, subtype, &i_)) != NULL;)

static void every_row_is_the_standards_row(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	const struct schema_row *row;
	(void)state;

	FOR_EACH_KIND(object_class, subtype) {
		FOR_EACH_ROW(row, object_class, subtype) {
			const struct spec_row *want = spec_find(object_class, subtype, row->type);
			if (want == NULL)
				fail_msg("%s of class %lu type %lu is not in the standard", attr_name(row->type), object_class, subtype);
			compare(object_class, subtype, row, want);
		}
	}
}

static void every_row_of_the_standard_is_here(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	(void)state;

	FOR_EACH_KIND(object_class, subtype)
		for (size_t i = 0; i < array_len(attribute_names); i++) {
			CK_ATTRIBUTE_TYPE type = attribute_names[i].value;
			if (spec_find(object_class, subtype, type) != NULL && schema_find(object_class, subtype, type) == NULL)
				fail_msg("%s of class %lu type %lu is missing", attr_name(type), object_class, subtype);
		}
	for (size_t i = 0; i < spec_count; i++)
		if (spec[i].used == 0)
			fail_msg("%s of class %lu type %lu belongs to no kind", attr_name(spec[i].type), spec[i].object_class, spec[i].subtype);
}

static void every_difference_is_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(differences); i++) {
		const struct difference *d = &differences[i];
		bool found = false;

		assert_true(strlen(d->reason) > 10);
		for (size_t j = 0; j < spec_count; j++)
			found |= spec[j].type == d->type && (spec[j].flags & d->without) == d->without && !(spec[j].flags & d->with) &&
			         (!d->has_default || spec[j].otherwise[0] == '\0');
		assert_true(found);
	}
}

static void the_kinds_are_those_of_the_first_step(void **state)
{
	(void)state;
	assert_true(schema_has_class(CKO_DATA));
	assert_true(schema_has_subtype(CKO_CERTIFICATE, CKC_X_509));
	assert_true(schema_has_subtype(CKO_PRIVATE_KEY, CKK_EC_EDWARDS));
	assert_true(schema_has_subtype(CKO_SECRET_KEY, CKK_AES));
	assert_false(schema_has_subtype(CKO_SECRET_KEY, CKK_RSA));
	assert_false(schema_has_subtype(CKO_PUBLIC_KEY, CKK_AES));
	assert_false(schema_has_subtype(CKO_CERTIFICATE, CKC_WTLS));
	assert_false(schema_has_class(CKO_HW_FEATURE));
	assert_false(schema_has_class(CKO_PROFILE));
	assert_false(schema_has_class(SCHEMA_ANY_CLASS));
	assert_false(schema_has_class(SCHEMA_ANY_KEY));
	assert_null(schema_find(CKO_SECRET_KEY, CKK_RSA, CKA_LABEL));
	assert_null(schema_find(CKO_DATA, 0, CKA_KEY_TYPE));
	assert_non_null(schema_find(CKO_DATA, 99, CKA_VALUE));
}

static void rows_are_sorted_unique_and_found(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	const struct schema_row *row;
	(void)state;

	FOR_EACH_KIND(object_class, subtype) {
		CK_ATTRIBUTE_TYPE before = 0;
		size_t n = 0;
		FOR_EACH_ROW(row, object_class, subtype) {
			assert_true(n++ == 0 || row->type > before);
			assert_ptr_equal(schema_find(object_class, subtype, row->type), row);
			before = row->type;
		}
		assert_true(n > 8);
	}
}

static void flags_do_not_contradict_each_other(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	const struct schema_row *row;
	(void)state;

	FOR_EACH_KIND(object_class, subtype)
		FOR_EACH_ROW(row, object_class, subtype) {
			unsigned f = row->flags;
			enum attr_kind kind;
			assert_false((f & SCHEMA_CREATE_REQ) && (f & SCHEMA_CREATE_FORBID));
			assert_false((f & SCHEMA_GEN_REQ) && (f & SCHEMA_GEN_FORBID));
			assert_false((f & SCHEMA_UNWRAP_REQ) && (f & SCHEMA_UNWRAP_FORBID));
			assert_false((f & SCHEMA_READ_ONLY) && (f & (SCHEMA_MODIFIABLE | SCHEMA_COPY_ONLY | SCHEMA_STICKY_TRUE | SCHEMA_STICKY_FALSE)));
			assert_false((f & SCHEMA_STICKY_TRUE) && (f & SCHEMA_STICKY_FALSE));
			assert_false((f & SCHEMA_CREATE_REQ) && row->otherwise != SCHEMA_NONE);
			assert_true(attr_kind(row->type, &kind));
			if (row->otherwise == SCHEMA_TRUE || row->otherwise == SCHEMA_FALSE)
				assert_int_equal(kind, ATTR_BOOL);
			if (row->otherwise == SCHEMA_ULONG)
				assert_int_equal(kind, ATTR_ULONG);
			if (f & (SCHEMA_STICKY_TRUE | SCHEMA_STICKY_FALSE | SCHEMA_SO_TRUE))
				assert_int_equal(kind, ATTR_BOOL);
		}
}

static void the_search_list_is_what_the_rows_say(void **state)
{
	size_t count;
	const CK_ATTRIBUTE_TYPE *types = schema_searchable(&count);
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	const struct schema_row *row;
	unsigned seen[32] = {0};
	(void)state;

	assert_true(count <= array_len(seen));
	assert_int_equal(types[0], CKA_UNIQUE_ID);
	assert_int_equal(types[count - 1], CKA_CLASS);
	FOR_EACH_KIND(object_class, subtype)
		FOR_EACH_ROW(row, object_class, subtype) {
			bool listed = false;
			for (size_t i = 0; i < count; i++)
				if (types[i] == row->type) {
					listed = true;
					seen[i]++;
				}
			if (listed != ((row->flags & SCHEMA_SEARCHABLE) != 0))
				fail_msg("%s of class %lu", attr_name(row->type), object_class);
			assert_false(listed && (row->flags & SCHEMA_SENSITIVE));
		}
	for (size_t i = 0; i < count; i++)
		assert_true(seen[i] > 0);
}

static void what_is_ever_hidden_is_what_the_rows_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(attribute_names); i++) {
		CK_ATTRIBUTE_TYPE type = attribute_names[i].value;
		CK_OBJECT_CLASS object_class;
		CK_ULONG subtype;
		bool hidden = false;

		FOR_EACH_KIND(object_class, subtype) {
			const struct schema_row *row = schema_find(object_class, subtype, type);
			hidden |= row != NULL && (row->flags & SCHEMA_SENSITIVE);
		}
		if (hidden != schema_ever_hidden(type))
			fail_msg("%s", attr_name(type));
	}
}

static void private_is_the_default_of_keys_that_are_secret(void **state)
{
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
	(void)state;

	FOR_EACH_KIND(object_class, subtype) {
		bool secret = object_class == CKO_PRIVATE_KEY || object_class == CKO_SECRET_KEY;
		assert_int_equal(schema_find(object_class, subtype, CKA_PRIVATE)->otherwise, secret ? SCHEMA_TRUE : SCHEMA_FALSE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_the_standards_row),
		cmocka_unit_test(every_row_of_the_standard_is_here),
		cmocka_unit_test(every_difference_is_one),
		cmocka_unit_test(the_kinds_are_those_of_the_first_step),
		cmocka_unit_test(rows_are_sorted_unique_and_found),
		cmocka_unit_test(flags_do_not_contradict_each_other),
		cmocka_unit_test(the_search_list_is_what_the_rows_say),
		cmocka_unit_test(what_is_ever_hidden_is_what_the_rows_say),
		cmocka_unit_test(private_is_the_default_of_keys_that_are_secret),
	};
	return cmocka_run_group_tests(tests, read_spec, NULL);
}
