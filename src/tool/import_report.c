/* SPDX-License-Identifier: Apache-2.0 */
/* See import_report.h. */
#include "import_report.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

static const char *const fates[IMPORT_FATES] = {
	[CONCLAVE_IMPORT_TAKEN] = "taken",
	[CONCLAVE_IMPORT_CHANGED] = "changed",
	[CONCLAVE_IMPORT_LEFT_OUT] = "left out",
	[CONCLAVE_IMPORT_ADDED] = "added",
};

enum status import_report_start(struct import_report *r)
{
	*r = (struct import_report){0};
	r->all = open_memstream(&r->text, &r->len);
	return r->all != NULL ? DONE : complain(FAILED, "out of memory");
}

void import_report_end(struct import_report *r)
{
	if (r->all != NULL)
		fclose(r->all);
	free(r->text);
	for (size_t i = 0; i < IMPORT_FATES; i++)
		free(r->part[i].text);
	*r = (struct import_report){0};
}

static void add(struct import_report *r, CK_ULONG fate, const char *text)
{
	size_t len = strlen(text);

	if (r->part[fate].len + len + 1 > r->part[fate].cap) {
		size_t cap = r->part[fate].cap * 2 + len + 256;
		char *fresh = realloc(r->part[fate].text, cap);
		if (fresh == NULL) {
			r->incomplete = true;
			return;
		}
		r->part[fate].text = fresh;
		r->part[fate].cap = cap;
	}
	memcpy(r->part[fate].text + r->part[fate].len, text, len + 1);
	r->part[fate].len += len;
}

/* The object is done: its parts go into the report. */
static void end_object(struct import_report *r)
{
	for (size_t i = 0; i < IMPORT_FATES; i++) {
		if (r->part[i].len > 0)
			fprintf(r->all, "  %s:%s\n", fates[i], r->part[i].text);
		r->part[i].len = 0;
	}
}

static void begin_object(struct import_report *r, const CONCLAVE_IMPORT_NOTE *note)
{
	char label[512];

	end_object(r);
	names_text(note->pLabel, strlen(note->pLabel), label, sizeof(label));
	fprintf(r->all, "%s: %s", note->pObject, note->ulClass == CK_UNAVAILABLE_INFORMATION ? "object" : names_class(note->ulClass));
	if (label[0] != '\0')
		fprintf(r->all, " '%s'", label);
	if (note->ulFate == CONCLAVE_IMPORT_LEFT_OUT)
		fprintf(r->all, ": left out: %s", note->pWhy);
	fputc('\n', r->all);
}

void import_report_note(void *arg, const CONCLAVE_IMPORT_NOTE *note)
{
	struct import_report *r = arg;

	if (note->ulFate >= IMPORT_FATES)
		return;
	if (note->pAttribute == NULL) {
		begin_object(r, note);
		return;
	}
	add(r, note->ulFate, " ");
	add(r, note->ulFate, note->pAttribute);
	if (note->pWhy != NULL) {
		add(r, note->ulFate, " (");
		add(r, note->ulFate, note->pWhy);
		add(r, note->ulFate, ")");
	}
}

enum status import_report_print(struct import_report *r)
{
	end_object(r);
	if (fflush(r->all) != 0 || r->incomplete)
		return complain(FAILED, "the token is imported, but there was not enough memory for the report");
	fwrite(r->text, 1, r->len, stdout);
	return DONE;
}
