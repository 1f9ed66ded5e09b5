/* SPDX-License-Identifier: Apache-2.0 */
/* The schema against tests/spec/attributes.tsv, row by row for the kinds of objects that can be made, and its rows
 * against each other. Every intended difference stands in one table here, with its reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <conclave.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object/schema.h"
#include "spec_names.h"

/* ---- intended differences ---------------------------------------------------------------------- */

#define IN_ONE_PLACE "a key with a state is generated here and stays here: no template brings one"

static const struct difference {
	CK_OBJECT_CLASS object_class; /* SCHEMA_ANY_OBJECT: of every one that has it */
	CK_ATTRIBUTE_TYPE type;
	unsigned without; /* flags of the standard's row that ours has not */
	unsigned with;    /* flags that ours has beyond it */
	bool has_default; /* ours has a default where the standard names none, or false where it names true */
	const char *reason;
	CK_ULONG subtype; /* 0: all that have it */
} differences[] = {
	{SCHEMA_ANY_OBJECT, CKA_PUBLIC_CRC64_VALUE, SCHEMA_CREATE_REQ, 0, false,
	 "new in 3.2 and marked as required: no client of an earlier version could create a key", 0},
	{SCHEMA_ANY_OBJECT, CKA_OBJECT_VALIDATION_FLAGS, SCHEMA_STICKY_FALSE, SCHEMA_READ_ONLY, false,
	 "a claim about validation is the token's alone to make; 3.3 drops the footnote", 0},
	{SCHEMA_ANY_OBJECT, CKA_TRUSTED, 0, 0, true, "the standard names no default; what nobody has called trusted is not", 0},
	{CKO_CERTIFICATE, CKA_URL, 0, 0, true, "of WTLS certificates the standard names no default; X.509 has empty", 0},
	{CKO_OTP_KEY, CKA_OTP_TIME_INTERVAL, SCHEMA_CREATE_REQ, 0, false, "the standard gives it a default and demands it: the default wins", 0},
	{CKO_DOMAIN_PARAMETERS, CKA_SUBPRIME_BITS, SCHEMA_GEN_REQ, 0, false, "DSA has a default (§6.2.6); the mechanism of X9.42 demands it", 0},
	{CKO_HW_FEATURE, CKA_VALUE, SCHEMA_MODIFIABLE, SCHEMA_READ_ONLY, false, "the clock is that of the machine, which no token sets", 0},
	{CKO_HW_FEATURE, CKA_RESET_ON_INIT, 0, 0, true, "the token's own: what it says", 0},
	{CKO_HW_FEATURE, CKA_HAS_RESET, 0, 0, true, "the token's own: what it says", 0},
	{CKO_PRIVATE_KEY, CKA_COPYABLE, 0, 0, true, IN_ONE_PLACE, CKK_HSS},
	{CKO_PRIVATE_KEY, CKA_VALUE, SCHEMA_CREATE_REQ, SCHEMA_CREATE_FORBID, false, IN_ONE_PLACE, CKK_HSS},
	{CKO_PRIVATE_KEY, CKA_HSS_LEVELS, SCHEMA_CREATE_REQ, SCHEMA_CREATE_FORBID | SCHEMA_UNWRAP_FORBID, false, IN_ONE_PLACE, CKK_HSS},
	{CKO_PRIVATE_KEY, CKA_HSS_LMS_TYPES, SCHEMA_CREATE_REQ, SCHEMA_CREATE_FORBID | SCHEMA_UNWRAP_FORBID, false, IN_ONE_PLACE, CKK_HSS},
	{CKO_PRIVATE_KEY, CKA_HSS_LMOTS_TYPES, SCHEMA_CREATE_REQ, SCHEMA_CREATE_FORBID | SCHEMA_UNWRAP_FORBID, false, IN_ONE_PLACE, CKK_HSS},
	{CKO_PRIVATE_KEY, CKA_HSS_KEYS_REMAINING, 0, SCHEMA_UNWRAP_FORBID, false, IN_ONE_PLACE, CKK_HSS},
};

/* Rows of the standard for kinds that are not here. */
static const struct absence {
	const char *object_class, *subtype, *attribute; /* NULL: any */
	const char *reason;
} absences[] = {
	{"CKO_SECRET_KEY", "CKK_X2RATCHET", NULL, "the state of a mechanism that is not here; its table hides none of its secrets"},
	{"CKO_PRIVATE_KEY", "CKK_XMSS", NULL, "a key that signs twice with one state is broken, and nothing here keeps that state"},
	{"CKO_PRIVATE_KEY", "CKK_XMSSMT", NULL, "a key that signs twice with one state is broken, and nothing here keeps that state"},
	{"CKO_SECRET_KEY", "CKK_SKIPJACK", NULL, "keys have checksum bits that must be right, by an algorithm that nobody has published"},
	{"CKO_SECRET_KEY", "CKK_BATON", NULL, "keys have checksum bits that must be right, by an algorithm that nobody has published"},
	{"CKO_SECRET_KEY", "CKK_JUNIPER", NULL, "keys have checksum bits that must be right, by an algorithm that nobody has published"},
	{"CKO_MECHANISM", "CKM_CMS_SIG", NULL, "the mechanism is not here"},
	{"CKO_MECHANISM", "*", "CKA_SUPPORTED_PARAMETER_SETS", "3.3, with no value yet"},
	{"CKO_MECHANISM", "*", "CKA_FLAGS", "3.3, with no value yet"},
	{"CKO_HW_FEATURE", "CKH_USER_INTERFACE", NULL, "a token in software has no display"},
};

/* ---- names ------------------------------------------------------------------------------------ */

struct name {
	const char *name;
	CK_ULONG value;
};

static const struct name attribute_names[] = {
#define ATTR_TYPE(name_, kind_) {#name_, name_},
#include "attr/attr_kinds.inc"
#undef ATTR_TYPE
};
static const struct name flag_names[] = {
	{"CREATE_REQ", SCHEMA_CREATE_REQ},      {"CREATE_FORBID", SCHEMA_CREATE_FORBID}, {"GEN_REQ", SCHEMA_GEN_REQ},
	{"GEN_FORBID", SCHEMA_GEN_FORBID},      {"UNWRAP_REQ", SCHEMA_UNWRAP_REQ},       {"UNWRAP_FORBID", SCHEMA_UNWRAP_FORBID},
	{"SENSITIVE_HIDDEN", SCHEMA_SENSITIVE}, {"MODIFIABLE", SCHEMA_MODIFIABLE},       {"COPY_MODIFIABLE", SCHEMA_COPY_ONLY},
	{"STICKY_TRUE", SCHEMA_STICKY_TRUE},    {"STICKY_FALSE", SCHEMA_STICKY_FALSE},   {"SO_ONLY_TRUE", SCHEMA_SO_TRUE},
	{"READ_ONLY", SCHEMA_READ_ONLY},        {"TOKEN_DEFAULT", 0},                    {"GEN_BY_KEYPAIR", 0},
	{"MAY_BE_EMPTY", 0},
};

static CK_ULONG flag_of(const char *name)
{
	for (size_t i = 0; i < array_len(flag_names); i++)
		if (strcmp(flag_names[i].name, name) == 0)
			return flag_names[i].value;
	fail_msg("unknown flag %s", name);
	return 0;
}

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
		if (*name != '\0')
			flags |= (unsigned)flag_of(name);
	}
	return flags;
}

static void read_kind(const char *class_cell, const char *type_cell, struct spec_row *ret)
{
	ret->subtype = SCHEMA_ANY_SUBTYPE;
	if (strcmp(class_cell, "ALL") == 0)
		ret->object_class = SCHEMA_ANY_OBJECT;
	else if (strcmp(class_cell, "STORAGE") == 0)
		ret->object_class = SCHEMA_ANY_CLASS;
	else if (strncmp(class_cell, "KEY", 3) == 0)
		ret->object_class = SCHEMA_ANY_KEY;
	else if (!spec_value(class_cell, &ret->object_class))
		fail_msg("unknown class %s", class_cell);
	if (*type_cell != '\0' && strcmp(type_cell, "*") != 0 && !spec_value(type_cell, &ret->subtype))
		fail_msg("unknown type %s", type_cell);
}

static bool is_absent(const char *class_cell, const char *type_cell, const char *attribute)
{
	for (size_t i = 0; i < array_len(absences); i++) {
		const struct absence *a = &absences[i];
		if (strcmp(a->object_class, class_cell) == 0 && strcmp(a->subtype, type_cell) == 0 &&
		    (a->attribute == NULL || strcmp(a->attribute, attribute) == 0))
			return true;
	}
	return false;
}

static int read_spec(void **state)
{
	FILE *f = fopen(TEST_SOURCE_ROOT "/tests/spec/attributes.tsv", "r");
	char line[4096];

	if (f == NULL || spec_names_read(state) != 0 || fgets(line, sizeof(line), f) == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL) {
		char *cell[10] = {0};
		char *rest = line;
		struct spec_row *row = &spec[spec_count];

		for (size_t i = 0; i < array_len(cell); i++)
			cell[i] = strsep(&rest, "\t");
		if (is_absent(cell[0], cell[1], cell[2]))
			continue;
		if (!spec_value(cell[2], &row->type))
			fail_msg("unknown attribute %s", cell[2]);
		read_kind(cell[0], cell[1], row);
		row->flags = read_flags(cell[7]);
		snprintf(row->otherwise, sizeof(row->otherwise), "%s", cell[5]);
		spec_count++;
	}
	fclose(f);
	return spec_count > 280 && spec_count < array_len(spec) ? 0 : -1;
}

/* The standard has one table for generic secrets and for the keys of HMACs (§6.8, §6.20). */
static bool is_hmac_key(CK_ULONG type)
{
	static const CK_KEY_TYPE types[] = {
		CKK_MD5_HMAC,
		CKK_SHA512_T_HMAC,
		CKK_RIPEMD128_HMAC,
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

/* From the general to the particular; 0: not of this kind. OTP keys inherit what secret keys have (§6.53.5). */
static int particular(const struct spec_row *row, CK_OBJECT_CLASS object_class, CK_ULONG subtype)
{
	bool stored = object_class != CKO_HW_FEATURE && object_class != CKO_MECHANISM;

	if (row->subtype != SCHEMA_ANY_SUBTYPE && row->subtype != subtype)
		return 0;
	if (row->object_class == SCHEMA_ANY_OBJECT)
		return 1;
	if (row->object_class == SCHEMA_ANY_CLASS)
		return stored ? 2 : 0;
	if (row->object_class == SCHEMA_ANY_KEY)
		return schema_is_key(object_class) ? 3 : 0;
	if (row->object_class == CKO_SECRET_KEY && object_class == CKO_OTP_KEY)
		return row->subtype == SCHEMA_ANY_SUBTYPE ? 4 : 0;
	if (row->object_class != object_class)
		return 0;
	return row->subtype == SCHEMA_ANY_SUBTYPE ? 5 : 6;
}

/* The standard's most particular row for an attribute of a kind. */
static struct spec_row *spec_find(CK_OBJECT_CLASS object_class, CK_ULONG subtype, CK_ATTRIBUTE_TYPE type)
{
	struct spec_row *best = NULL;
	int rank = 0;

	/* The standard has no table for HKDF keys: they have what a generic secret has. */
	if (subtype == CKK_HKDF)
		subtype = CKK_GENERIC_SECRET;
	if (object_class == CKO_SECRET_KEY && is_hmac_key(subtype))
		subtype = CKK_GENERIC_SECRET;

	/* The text about DSA's groups has what their table has not (§6.2.6). */
	if (object_class == CKO_DOMAIN_PARAMETERS && subtype == CKK_DSA && type == CKA_SUBPRIME_BITS)
		subtype = CKK_X9_42_DH;

	for (size_t i = 0; i < spec_count; i++) {
		int own = spec[i].type == type ? particular(&spec[i], object_class, subtype) : 0;

		spec[i].used += own > 0;
		if (own > rank) {
			rank = own;
			best = &spec[i];
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
		return row->otherwise == (may_add ? SCHEMA_FALSE : SCHEMA_TRUE);
	if (strcmp(w, "CK_FALSE") == 0)
		return row->otherwise == SCHEMA_FALSE;
	if (strncmp(w, "empty", 5) == 0 || strncmp(w, "may be empty", 12) == 0)
		return row->otherwise == SCHEMA_EMPTY;
	if (strstr(w, "UNSPECIFIED") != NULL || strcmp(w, "CK_OTP_FORMAT_DECIMAL") == 0)
		return row->otherwise == SCHEMA_ULONG && row->default_ulong == 0;
	if (*w >= '0' && *w <= '9')
		return row->otherwise == SCHEMA_ULONG && row->default_ulong == strtoul(w, NULL, 10);
	if (*w == '\0' || strstr(w, "by token") != NULL || strncmp(w, "absent", 6) == 0)
		return may_add ? row->otherwise != SCHEMA_NONE : row->otherwise == SCHEMA_NONE;
	return false;
}

static void compare(CK_OBJECT_CLASS object_class, CK_ULONG subtype, const struct schema_row *row, const struct spec_row *want)
{
	unsigned own = row->flags & ~(unsigned)(SCHEMA_SEARCHABLE | SCHEMA_MAY_VOID);
	struct difference d = {0};

	for (size_t i = 0; i < array_len(differences); i++)
		if (differences[i].type == row->type &&
		    (differences[i].object_class == SCHEMA_ANY_OBJECT || differences[i].object_class == object_class) &&
		    (differences[i].subtype == 0 || differences[i].subtype == subtype))
			d = differences[i];
	if (object_class == CKO_TRUST && row->otherwise == SCHEMA_NONE && row->flags & SCHEMA_CREATE_REQ)
		return; /* required, and "empty" by default: which is no default */
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
			if (row->type == CKA_CONCLAVE_USES_LEFT || row->type == CKA_CONCLAVE_INCARNATION)
				continue; /* our own */
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

/* The list of kinds has an end. */
static void every_row_has_a_kind(void **state)
{
	static const struct {
		const char *text;
		CK_OBJECT_CLASS object_class;
		CK_ULONG subtype;
	} rows[] = {
#define ANY_OBJECT SCHEMA_ANY_OBJECT
#define ANY_CLASS SCHEMA_ANY_CLASS
#define ANY_KEY SCHEMA_ANY_KEY
#define ANY SCHEMA_ANY_SUBTYPE
#define ROW(class_, subtype_, type_, flags_, default_, number_) {#class_ " " #subtype_, class_, subtype_},
#include "object/schema_rows.inc"
#undef ROW
	};
	(void)state;

	for (size_t i = 0; i < array_len(rows); i++)
		if (rows[i].subtype != SCHEMA_ANY_SUBTYPE && !schema_has_subtype(rows[i].object_class, rows[i].subtype))
			fail_msg("%s is not among the kinds", rows[i].text);
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
			         (d->object_class == SCHEMA_ANY_OBJECT || d->object_class == spec[j].object_class ||
			          spec[j].object_class == SCHEMA_ANY_CLASS) &&
			         (!d->has_default || spec[j].otherwise[0] == '\0' || strcmp(spec[j].otherwise, "CK_TRUE") == 0);
		assert_true(found);
	}
}

static void every_kind_of_the_standard_is_here(void **state)
{
	(void)state;
	assert_true(schema_has_class(CKO_DATA));
	assert_true(schema_has_subtype(CKO_CERTIFICATE, CKC_X_509));
	assert_true(schema_has_subtype(CKO_PRIVATE_KEY, CKK_EC_EDWARDS));
	assert_true(schema_has_subtype(CKO_SECRET_KEY, CKK_AES));
	assert_false(schema_has_subtype(CKO_SECRET_KEY, CKK_RSA));
	assert_false(schema_has_subtype(CKO_PUBLIC_KEY, CKK_AES));
	assert_true(schema_has_subtype(CKO_CERTIFICATE, CKC_WTLS));
	assert_true(schema_has_subtype(CKO_OTP_KEY, CKK_HOTP));
	assert_false(schema_has_subtype(CKO_SECRET_KEY, CKK_HOTP));
	assert_true(schema_has_subtype(CKO_DOMAIN_PARAMETERS, CKK_X9_42_DH));
	assert_false(schema_has_subtype(CKO_SECRET_KEY, CKK_X2RATCHET));
	assert_true(schema_has_subtype(CKO_PRIVATE_KEY, CKK_HSS));
	assert_false(schema_has_subtype(CKO_PRIVATE_KEY, CKK_XMSS));
	assert_false(schema_has_subtype(CKO_HW_FEATURE, CKH_USER_INTERFACE));
	assert_true(schema_has_class(CKO_PROFILE));
	assert_false(schema_has_class(SCHEMA_ANY_OBJECT));
	assert_false(schema_has_class(SCHEMA_ANY_CLASS));
	assert_false(schema_has_class(SCHEMA_ANY_KEY));
	assert_null(schema_find(CKO_SECRET_KEY, CKK_RSA, CKA_LABEL));
	assert_null(schema_find(CKO_DATA, 0, CKA_KEY_TYPE));
	assert_null(schema_find(CKO_MECHANISM, 0, CKA_TOKEN));
	assert_non_null(schema_find(CKO_MECHANISM, 0, CKA_CLASS));
	assert_null(schema_find(CKO_SECRET_KEY, CKK_AES, CKA_OTP_LENGTH));
	assert_int_equal(schema_find(CKO_OTP_KEY, CKK_HOTP, CKA_SENSITIVE)->object_class, CKO_SECRET_KEY);
	assert_int_equal(schema_find(CKO_OTP_KEY, CKK_HOTP, CKA_ENCRYPT)->object_class, CKO_OTP_KEY);
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
		assert_true(n > (schema_is_builtin(object_class) ? 1 : 8));
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
			/* nobody could give it, and what nobody gives has a default or is completed */
			assert_false((f & SCHEMA_GEN_REQ) && (f & SCHEMA_READ_ONLY));
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
		bool secret = object_class == CKO_PRIVATE_KEY || object_class == CKO_SECRET_KEY || object_class == CKO_OTP_KEY;
		if (object_class == CKO_HW_FEATURE || object_class == CKO_MECHANISM)
			continue;
		assert_int_equal(schema_find(object_class, subtype, CKA_PRIVATE)->otherwise, secret ? SCHEMA_TRUE : SCHEMA_FALSE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_the_standards_row),
		cmocka_unit_test(every_row_of_the_standard_is_here),
		cmocka_unit_test(every_row_has_a_kind),
		cmocka_unit_test(every_difference_is_one),
		cmocka_unit_test(every_kind_of_the_standard_is_here),
		cmocka_unit_test(rows_are_sorted_unique_and_found),
		cmocka_unit_test(flags_do_not_contradict_each_other),
		cmocka_unit_test(the_search_list_is_what_the_rows_say),
		cmocka_unit_test(what_is_ever_hidden_is_what_the_rows_say),
		cmocka_unit_test(private_is_the_default_of_keys_that_are_secret),
	};
	return cmocka_run_group_tests(tests, read_spec, NULL);
}
