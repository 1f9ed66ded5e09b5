/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of doc/operation-state.md are the rows' own words: written out here and compared. With CONCLAVE_UPDATE_DOC=1 in
 * the environment the file is brought up to date instead. */
#include "mech_harness.h"

#include <stdio.h>

#define DOC TEST_SOURCE_ROOT "/doc/operation-state.md"
#define BEGIN "<!-- mechanisms: begin -->\n"
#define END "<!-- mechanisms: end -->\n"
#define USES (CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN | CKF_VERIFY)

static char text[65536];
static size_t text_len;

static void put(const char *s)
{
	size_t len = strlen(s);

	assert_true(text_len + len < sizeof(text));
	memcpy(text + text_len, s, len + 1);
	text_len += len;
}

/* Can an operation with this row be active, so that it could be saved? */
static bool operates(const struct mech_row *row)
{
	return row->ops != NULL && (row->flags & USES) != 0;
}

/* Names without their prefix, which all have. */
static void put_names(bool (*belongs)(const struct mech_row *row, const char *reason), const char *reason)
{
	const char *before = "";

	for (size_t i = 0; i < mech_count(); i++) {
		const struct mech_row *row = mech_at(i);

		if (!operates(row) || !belongs(row, reason))
			continue;
		put(before);
		put(mech_name(row->type) + strlen("CKM_"));
		before = ", ";
	}
}

static bool is_saved(const struct mech_row *row, const char *reason)
{
	(void)reason;
	return row->ops->save != NULL && row->unsaveable == NULL;
}

static bool opening_is_saved(const struct mech_row *row, const char *reason)
{
	(void)reason;
	return row->ops->save != NULL && row->unsaveable != NULL;
}

static bool is_refused_for(const struct mech_row *row, const char *reason)
{
	return row->unsaveable != NULL && strcmp(row->unsaveable, reason) == 0;
}

/* Is this the first row with its reason? */
static bool is_first(size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (operates(mech_at(i)) && mech_at(i)->unsaveable != NULL && strcmp(mech_at(i)->unsaveable, mech_at(at)->unsaveable) == 0)
			return false;
	}
	return true;
}

static void write_lists(void)
{
	put(BEGIN "Saved: ");
	put_names(is_saved, NULL);
	put(".\n\nSaved in decryption: ");
	put_names(opening_is_saved, NULL);
	put(".\n\n| not saved | why |\n|---|---|\n");
	for (size_t i = 0; i < mech_count(); i++) {
		const struct mech_row *row = mech_at(i);

		if (!operates(row) || row->unsaveable == NULL || !is_first(i))
			continue;
		put("| ");
		put_names(is_refused_for, row->unsaveable);
		put(row->ops->save != NULL ? " (encryption) | " : " | ");
		put(row->unsaveable);
		put(" |\n");
	}
	put(END);
}

static char *read_doc(void)
{
	FILE *f = fopen(DOC, "r");
	char *all = calloc(1, 131072);

	assert_non_null(f);
	assert_non_null(all);
	assert_true(fread(all, 1, 131071, f) > 0);
	fclose(f);
	return all;
}

static void the_document_says_what_the_rows_say(void **state)
{
	char *doc = read_doc(), *begin = strstr(doc, BEGIN), *end = strstr(doc, END);

	(void)state;
	assert_non_null(begin);
	assert_non_null(end);
	end += strlen(END);
	write_lists();
	if (getenv("CONCLAVE_UPDATE_DOC") != NULL) {
		FILE *f = fopen(DOC, "w");

		assert_non_null(f);
		fprintf(f, "%.*s%s%s", (int)(begin - doc), doc, text, end);
		assert_int_equal(fclose(f), 0);
	} else if ((size_t)(end - begin) != text_len || memcmp(begin, text, text_len) != 0) {
		fail_msg("doc/operation-state.md is out of date: CONCLAVE_UPDATE_DOC=1 build/tests/mech_test_operation_state_doc");
	}
	free(doc);
}

/* No operation is refused without a word, and none is said to be refused that is not. */
static void every_row_is_in_one_list(void **state)
{
	size_t saved = 0;

	(void)state;
	for (size_t i = 0; i < mech_count(); i++) {
		const struct mech_row *row = mech_at(i);

		if (!operates(row))
			continue;
		assert_true(row->ops->save != NULL || row->unsaveable != NULL);
		saved += row->ops->save != NULL;
	}
	assert_true(saved > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_document_says_what_the_rows_say),
		cmocka_unit_test(every_row_is_in_one_list),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
