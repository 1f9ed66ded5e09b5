/* SPDX-License-Identifier: Apache-2.0 */
/* See object_table.h. */
#include "object_table.h"

#include "spec_names.h"

#define MAX_KINDS 96
#define MAX_SPEC 512

struct kind_of_object kinds_of_objects[MAX_KINDS];
size_t kind_of_object_count;

/* ---- the table --------------------------------------------------------------------------------- */

static struct spec_row {
	char class_name[32], type_name[32];
	struct attribute_row row;
} spec[MAX_SPEC];
static size_t spec_count;
static struct attribute_row attributes[256];
static CK_ULONG attributes_count;

static const struct {
	const char *name;
	unsigned footnote;
} footnotes[] = {
	{"CREATE_REQ", CREATE_REQ},       {"CREATE_FORBID", CREATE_FORBID}, {"GEN_REQ", GEN_REQ},           {"GEN_FORBID", GEN_FORBID},
	{"UNWRAP_REQ", UNWRAP_REQ},       {"UNWRAP_FORBID", UNWRAP_FORBID}, {"SENSITIVE_HIDDEN", HIDDEN},   {"MODIFIABLE", MODIFIABLE},
	{"COPY_MODIFIABLE", COPY_MODIFIABLE}, {"SO_ONLY_TRUE", SO_ONLY_TRUE}, {"STICKY_TRUE", STICKY_TRUE}, {"STICKY_FALSE", STICKY_FALSE},
	{"READ_ONLY", READ_ONLY},         {"TOKEN_DEFAULT", 0},             {"GEN_BY_KEYPAIR", 0},          {"MAY_BE_EMPTY", 0},
};

static unsigned footnotes_of(char *cell)
{
	unsigned all = 0;
	char *name;

	while ((name = strsep(&cell, ",")) != NULL) {
		bool known = *name == '\0';
		for (size_t i = 0; i < COUNT(footnotes); i++)
			if (strcmp(footnotes[i].name, name) == 0) {
				all |= footnotes[i].footnote;
				known = true;
			}
		assert_true(known);
	}
	return all;
}

static enum form form_of(const char *data_type)
{
	static const struct {
		const char *name;
		enum form form;
	} forms[] = {
		{"Big integer", FORM_BIGINT}, {"Byte array", FORM_BYTES}, {"CK_CHAR[16]", FORM_BYTES}, {"CK_VERSION", FORM_BYTES},
		{"BOOL", FORM_BOOL},          {"CK_BBOOL", FORM_BOOL},    {"CK_DATE", FORM_DATE},      {"CK_ATTRIBUTE_PTR", FORM_NESTED},
		{"CK_ULONG_PTR", FORM_ULONGS}, {"CK_MECHANISM_TYPE_PTR, pointer to a CK_MECHANISM_TYPE array", FORM_ULONGS},
		{"RFC2279 string", FORM_STRING}, {"RFC 2279 string", FORM_STRING}, {"CK_UTF8CHAR", FORM_STRING},
	};
	for (size_t i = 0; i < COUNT(forms); i++)
		if (strcmp(forms[i].name, data_type) == 0)
			return forms[i].form;
	return FORM_ULONG;
}

/* Where the token is meant to differ (doc/objects.md). */
static void make_ours(struct attribute_row *row, const char *class_name)
{
	if (row->type == CKA_PUBLIC_CRC64_VALUE)
		row->footnotes &= ~(unsigned)CREATE_REQ;
	if (row->type == CKA_OBJECT_VALIDATION_FLAGS)
		row->footnotes = CREATE_FORBID | GEN_FORBID | UNWRAP_FORBID;
	if (row->type == CKA_OTP_TIME_INTERVAL)
		row->footnotes &= ~(unsigned)CREATE_REQ;
	if (row->type == CKA_TRUSTED)
		snprintf(row->otherwise, sizeof(row->otherwise), "CK_FALSE");
	if (strcmp(class_name, "CKO_TRUST") == 0 && (row->footnotes & CREATE_REQ))
		row->otherwise[0] = '\0';
}

static void read_row(char *line)
{
	struct spec_row *s = &spec[spec_count];
	char *rest = line, *cell[8] = {0};

	for (size_t i = 0; i < COUNT(cell); i++)
		cell[i] = strsep(&rest, "\t");
	if (!spec_value(cell[2], &s->row.type)) /* of 3.3, without a number yet */
		return;
	assert_true(spec_count < MAX_SPEC - 1);
	snprintf(s->class_name, sizeof(s->class_name), "%s", cell[0]);
	snprintf(s->type_name, sizeof(s->type_name), "%s", strcmp(cell[1], "*") == 0 ? "" : cell[1]);
	s->row.name = spec_name("CKA_", s->row.type);
	s->row.form = form_of(cell[4]);
	s->row.footnotes = footnotes_of(cell[7]);
	snprintf(s->row.otherwise, sizeof(s->row.otherwise), "%s", cell[5]);
	make_ours(&s->row, s->class_name);
	spec_count++;
	for (CK_ULONG i = 0; i < attributes_count; i++)
		if (attributes[i].type == s->row.type)
			return;
	attributes[attributes_count++] = s->row;
}

/* The text about DSA's groups has what their table has not (§6.2.6); the size of a group's order has a default. */
static void add_subprime_bits(void)
{
	size_t count = spec_count;

	for (size_t i = 0; i < count; i++) {
		if (spec[i].row.type != CKA_SUBPRIME_BITS)
			continue;
		spec[i].row.footnotes &= ~(unsigned)GEN_REQ;
		spec[spec_count] = spec[i];
		snprintf(spec[spec_count++].type_name, sizeof(spec[0].type_name), "CKK_DSA");
	}
}

/* ---- kinds --------------------------------------------------------------------------------------- */

static bool is_builtin(const char *class_name)
{
	static const char *const names[] = {"CKO_HW_FEATURE", "CKO_MECHANISM", "CKO_PROFILE", "CKO_VALIDATION"};

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], class_name) == 0)
			return true;
	return false;
}

/* Not here at all (doc/objects.md, "What can be made"). */
static bool is_left_out(const char *class_name, const char *type_name)
{
	static const char *const pairs[][2] = {
		{"CKO_SECRET_KEY", "CKK_X2RATCHET"}, {"CKO_SECRET_KEY", "CKK_SKIPJACK"}, {"CKO_SECRET_KEY", "CKK_BATON"},
		{"CKO_SECRET_KEY", "CKK_JUNIPER"},   {"CKO_PRIVATE_KEY", "CKK_HSS"},     {"CKO_PRIVATE_KEY", "CKK_XMSS"},
		{"CKO_PRIVATE_KEY", "CKK_XMSSMT"},
	};
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (strcmp(pairs[i][0], class_name) == 0 && strcmp(pairs[i][1], type_name) == 0)
			return true;
	return false;
}

bool kind_is_key(const struct kind_of_object *k)
{
	return k->object_class == CKO_PUBLIC_KEY || kind_is_secret(k);
}

bool kind_is_secret(const struct kind_of_object *k)
{
	return k->object_class == CKO_PRIVATE_KEY || k->object_class == CKO_SECRET_KEY || k->object_class == CKO_OTP_KEY;
}

/* From the general to the particular; 0: not of this kind. OTP keys inherit from secret keys (§6.53). */
static int rank_of(const struct spec_row *s, const struct kind_of_object *k, const char *class_name, const char *type_name)
{
	bool whole_class = s->type_name[0] == '\0';

	if (strcmp(s->class_name, "ALL") == 0 || strcmp(s->class_name, "STORAGE") == 0)
		return 1;
	if (strncmp(s->class_name, "KEY", 3) == 0)
		return kind_is_key(k) ? 2 : 0;
	if (strcmp(s->class_name, class_name) == 0)
		return whole_class ? 4 : strcmp(s->type_name, type_name) == 0 ? 5 : 0;
	return k->object_class == CKO_OTP_KEY && strcmp(s->class_name, "CKO_SECRET_KEY") == 0 && whole_class ? 3 : 0;
}

static void fill_rows(struct kind_of_object *k, const char *class_name, const char *type_name)
{
	for (CK_ULONG a = 0; a < attributes_count; a++) {
		const struct spec_row *best = NULL;
		int rank = 0;

		for (size_t i = 0; i < spec_count; i++) {
			int own = spec[i].row.type == attributes[a].type ? rank_of(&spec[i], k, class_name, type_name) : 0;
			if (own > rank) {
				rank = own;
				best = &spec[i];
			}
		}
		if (best != NULL) {
			assert_true(k->row_count < MAX_ROWS);
			k->rows[k->row_count++] = best->row;
		}
	}
}

/* rows_of: the type whose rows the kind has, its own or that of a table for several types. */
static void add_kind(const char *class_name, const char *type_name, const char *rows_of)
{
	static char names[MAX_KINDS][72];
	struct kind_of_object *k = &kinds_of_objects[kind_of_object_count];

	snprintf(names[kind_of_object_count], sizeof(names[0]), "%s%s%s", class_name, *type_name != '\0' ? " " : "", type_name);
	for (size_t i = 0; i < kind_of_object_count; i++)
		if (strcmp(kinds_of_objects[i].name, names[kind_of_object_count]) == 0)
			return;
	assert_true(kind_of_object_count < MAX_KINDS - 1);
	*k = (struct kind_of_object){.name = names[kind_of_object_count], .has_type = *type_name != '\0'};
	assert_true(spec_value(class_name, &k->object_class));
	assert_true(!k->has_type || spec_value(type_name, &k->type));
	k->type_attribute = k->object_class == CKO_CERTIFICATE ? CKA_CERTIFICATE_TYPE : CKA_KEY_TYPE;
	fill_rows(k, class_name, rows_of);
	kind_of_object_count++;
}

static bool stands_alone(const char *class_name)
{
	return strcmp(class_name, "CKO_DATA") == 0 || strcmp(class_name, "CKO_TRUST") == 0;
}

int object_table_read(void **state)
{
	FILE *f = fopen(TEST_SOURCE_ROOT "/tests/spec/attributes.tsv", "r");
	char line[4096];

	if (f == NULL || spec_names_read(state) != 0 || fgets(line, sizeof(line), f) == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL)
		read_row(line);
	fclose(f);
	add_subprime_bits();
	for (size_t i = 0; i < spec_count; i++) {
		const struct spec_row *s = &spec[i];
		bool kind = strncmp(s->class_name, "CKO_", 4) == 0 && (s->type_name[0] != '\0' || stands_alone(s->class_name));

		if (kind && !is_builtin(s->class_name) && !is_left_out(s->class_name, s->type_name))
			add_kind(s->class_name, s->type_name, s->type_name);
	}
	/* Types without rows of their own (§6.8, §6.20, §6.53, §6.62). */
	add_kind("CKO_SECRET_KEY", "CKK_SHA256_HMAC", "CKK_GENERIC_SECRET");
	add_kind("CKO_SECRET_KEY", "CKK_HKDF", "CKK_GENERIC_SECRET");
	add_kind("CKO_OTP_KEY", "CKK_ACTI", "CKK_ACTI");
	add_kind("CKO_OTP_KEY", "CKK_HOTP", "CKK_HOTP");
	return kind_of_object_count > 55 ? 0 : -1;
}

const struct attribute_row *kind_row(const struct kind_of_object *k, CK_ATTRIBUTE_TYPE type)
{
	for (size_t i = 0; i < k->row_count; i++)
		if (k->rows[i].type == type)
			return &k->rows[i];
	return NULL;
}

void expect_of(CK_RV rv, CK_RV want, const struct kind_of_object *k, const char *attribute, const char *doing)
{
	if (rv != want)
		fail_msg("%s, %s %s: %s instead of %s", k->name, doing, attribute, rv_text(rv), rv_text(want));
}

CK_ULONG attribute_count(void)
{
	return attributes_count;
}

const struct attribute_row *attribute_at(CK_ULONG i)
{
	return &attributes[i];
}

/* ---- templates ----------------------------------------------------------------------------------- */

void template_set(struct template_of *t, CK_ATTRIBUTE_TYPE type, const void *value, CK_ULONG len)
{
	CK_ULONG i = 0;

	while (i < t->count && t->a[i].type != type)
		i++;
	assert_true(i < MAX_TEMPLATE);
	t->count += i == t->count ? 1 : 0;
	t->a[i] = (CK_ATTRIBUTE){type, (void *)(uintptr_t)value, len};
}

void template_drop(struct template_of *t, CK_ATTRIBUTE_TYPE type)
{
	for (CK_ULONG i = 0; i < t->count; i++)
		if (t->a[i].type == type) {
			t->a[i] = t->a[--t->count];
			return;
		}
}

void template_least(const struct kind_of_object *k, struct template_of *ret)
{
	*ret = (struct template_of){0};
	template_set(ret, CKA_CLASS, &k->object_class, sizeof(k->object_class));
	if (k->has_type)
		template_set(ret, k->type_attribute, &k->type, sizeof(k->type));
	for (size_t i = 0; i < k->material_count; i++)
		template_set(ret, k->material[i].type, k->material[i].pValue, k->material[i].ulValueLen);
}

CK_ATTRIBUTE some_value(const struct attribute_row *row)
{
	static CK_ULONG one = 1, mechanisms[] = {CKM_AES_CBC, CKM_AES_GCM};
	static CK_BBOOL truth = CK_TRUE;
	static CK_BYTE bytes[] = "some 8 b", date[] = "20240229";
	static CK_ATTRIBUTE inner[] = {{CKA_EXTRACTABLE, &truth, sizeof(truth)}};
	const CK_ATTRIBUTE values[] = {
		[FORM_BYTES] = {row->type, bytes, 8},       [FORM_BIGINT] = {row->type, bytes, 8},
		[FORM_STRING] = {row->type, bytes, 8},      [FORM_BOOL] = {row->type, &truth, sizeof(truth)},
		[FORM_ULONG] = {row->type, &one, sizeof(one)}, [FORM_DATE] = {row->type, date, 8},
		[FORM_ULONGS] = {row->type, mechanisms, sizeof(mechanisms)}, [FORM_NESTED] = {row->type, inner, sizeof(inner)},
	};

	return values[row->form];
}

bool default_value(const struct attribute_row *row, CK_ATTRIBUTE *ret)
{
	static CK_ULONG number;
	static CK_BBOOL truth, falsity;
	const char *text = row->otherwise;

	truth = CK_TRUE;
	falsity = CK_FALSE;
	if (strncmp(text, "absent", 6) == 0)
		*ret = (CK_ATTRIBUTE){row->type, NULL, CK_UNAVAILABLE_INFORMATION};
	else if (strcmp(text, "CK_TRUE") == 0 || strcmp(text, "CK_FALSE") == 0)
		*ret = (CK_ATTRIBUTE){row->type, strcmp(text, "CK_TRUE") == 0 ? &truth : &falsity, sizeof(truth)};
	else if (strncmp(text, "empty", 5) == 0)
		*ret = (CK_ATTRIBUTE){row->type, NULL, 0};
	else if (spec_value(text, &number) || (*text >= '0' && *text <= '9' && sscanf(text, "%lu", &number) == 1))
		*ret = (CK_ATTRIBUTE){row->type, &number, sizeof(number)};
	else
		return false;
	return true;
}
