/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of doc/objects.md are the schema's rows: written out here and compared. With CONCLAVE_UPDATE_DOC=1 in
 * the environment the file is brought up to date instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object/schema.h"
#include "spec_names.h"

#define DOC TEST_SOURCE_ROOT "/doc/objects.md"
#define BEGIN "<!-- schema: begin -->\n"
#define END "<!-- schema: end -->\n"
#define MAX_ROWS 8192

/* ---- the table -------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct schema_row *x = *(const struct schema_row *const *)a;
	const struct schema_row *y = *(const struct schema_row *const *)b;
	return x < y ? -1 : x > y;
}

/* Every row that some kind has, in the order of the table. */
static size_t all_rows(const struct schema_row **ret)
{
	size_t count = 0, once = 0;

	for (size_t k = 0; k < schema_kind_count(); k++) {
		CK_OBJECT_CLASS object_class;
		CK_ULONG subtype;
		const struct schema_row *row;
		schema_kind_at(k, &object_class, &subtype);
		for (size_t i = 0; (row = schema_walk(object_class, subtype, &i)) != NULL && count < MAX_ROWS;)
			ret[count++] = row;
	}
	assert_true(count < MAX_ROWS);
	qsort(ret, count, sizeof(ret[0]), by_place);
	for (size_t i = 0; i < count; i++)
		if (once == 0 || ret[once - 1] != ret[i])
			ret[once++] = ret[i];
	return once;
}

static const char *class_name(CK_OBJECT_CLASS object_class)
{
	if (object_class == SCHEMA_ANY_OBJECT)
		return "every object";
	if (object_class == SCHEMA_ANY_CLASS)
		return "every stored object";
	return object_class == SCHEMA_ANY_KEY ? "every key" : spec_name("CKO_", object_class);
}

static const char *subtype_name(CK_OBJECT_CLASS object_class, CK_ULONG subtype)
{
	if (subtype == SCHEMA_ANY_SUBTYPE)
		return NULL;
	return spec_name(object_class == CKO_CERTIFICATE ? "CKC_" : object_class == CKO_HW_FEATURE ? "CKH_" : "CKK_", subtype);
}

static const char *given(unsigned flags, unsigned required, unsigned forbidden)
{
	if (flags & (forbidden | SCHEMA_READ_ONLY))
		return "token sets";
	return flags & required ? "required" : "may";
}

static const char *default_name(const struct schema_row *row, char number[24])
{
	static const char *const names[] = {
		[SCHEMA_NONE] = "", [SCHEMA_EMPTY] = "empty", [SCHEMA_FALSE] = "false", [SCHEMA_TRUE] = "true",
	};
	if (row->otherwise != SCHEMA_ULONG)
		return names[row->otherwise];
	snprintf(number, 24, "%lu", row->default_ulong);
	return number;
}

static const char *later(unsigned flags)
{
	if (flags & SCHEMA_READ_ONLY)
		return "never";
	if (flags & SCHEMA_STICKY_TRUE)
		return "to true";
	if (flags & SCHEMA_STICKY_FALSE)
		return "to false";
	if (flags & SCHEMA_SO_TRUE)
		return "by the SO";
	if (flags & SCHEMA_MAY_VOID)
		return "to empty";
	if (flags & SCHEMA_MAY_FALL)
		return "to less";
	if (flags & SCHEMA_COPY_ONLY)
		return "in a copy";
	return flags & SCHEMA_MODIFIABLE ? "yes" : "never";
}

static void write_table(FILE *out)
{
	static const struct schema_row *rows[MAX_ROWS];
	size_t count = all_rows(rows);

	for (size_t i = 0; i < count; i++) {
		const struct schema_row *r = rows[i];
		char number[24];
		if (i == 0 || r->object_class != rows[i - 1]->object_class || r->subtype != rows[i - 1]->subtype) {
			const char *name = class_name(r->object_class), *subtype = subtype_name(r->object_class, r->subtype);
			assert_non_null(name);
			assert_true(subtype != NULL || r->subtype == SCHEMA_ANY_SUBTYPE);
			fprintf(out, "\n### %s%s%s\n\n", name, subtype != NULL ? " " : "", subtype != NULL ? subtype : "");
			fprintf(out, "| attribute | create | generate | default | later | hidden | tag |\n|---|---|---|---|---|---|---|\n");
		}
		fprintf(out, "| %s | %s | %s | %s | %s | %s | %s |\n", attr_name(r->type),
		        given(r->flags, SCHEMA_CREATE_REQ, SCHEMA_CREATE_FORBID), given(r->flags, SCHEMA_GEN_REQ, SCHEMA_GEN_FORBID),
		        default_name(r, number), later(r->flags), r->flags & SCHEMA_SENSITIVE ? "yes" : "",
		        r->flags & SCHEMA_SEARCHABLE ? "yes" : "");
	}
	fprintf(out, "\n");
}

/* ---- the file ---------------------------------------------------------------------------------------- */

static char *read_doc(void)
{
	FILE *f = fopen(DOC, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(f);
	assert_non_null(text);
	size_t len = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	assert_true(len > 0);
	return text;
}

static void write_doc(const char *head, size_t head_len, const char *table, const char *tail)
{
	FILE *f = fopen(DOC, "w");
	assert_non_null(f);
	fwrite(head, 1, head_len, f);
	fputs(table, f);
	fputs(tail, f);
	assert_int_equal(fclose(f), 0);
}

static void the_documents_tables_are_the_schemas_rows(void **state)
{
	char *doc = read_doc(), *want = NULL;
	size_t want_len = 0;
	(void)state;

	char *begin = strstr(doc, BEGIN), *end = strstr(doc, END);
	assert_non_null(begin);
	assert_non_null(end);
	begin += strlen(BEGIN);
	FILE *out = open_memstream(&want, &want_len);
	assert_non_null(out);
	write_table(out);
	assert_int_equal(fclose(out), 0);
	bool same = (size_t)(end - begin) == want_len && memcmp(begin, want, want_len) == 0;
	if (!same && getenv("CONCLAVE_UPDATE_DOC") != NULL) {
		write_doc(doc, (size_t)(begin - doc), want, end);
		same = true;
	}
	if (!same)
		fail_msg("doc/objects.md is not what the schema says; CONCLAVE_UPDATE_DOC=1 and this test bring it up to date");
	free(doc);
	free(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documents_tables_are_the_schemas_rows),
	};
	return cmocka_run_group_tests(tests, spec_names_read, NULL);
}
