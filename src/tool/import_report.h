/* SPDX-License-Identifier: Apache-2.0 */
/* The report of an import: what was taken, changed, left out and added, object by object. It is collected, and printed
 * when the token is there. */
#ifndef CONCLAVE_TOOL_IMPORT_REPORT_H
#define CONCLAVE_TOOL_IMPORT_REPORT_H

#include <conclave.h>
#include <stdio.h>

#include "tool.h"

#define IMPORT_FATES 4

struct import_report {
	FILE *all;
	char *text;
	size_t len;
	/* of the object at work, by fate: names of attributes, and lines for those that need a reason */
	struct {
		char *text;
		size_t len, cap;
	} part[IMPORT_FATES];
	bool incomplete; /* memory was out */
};

must_check enum status import_report_start(struct import_report *r);
/* A CONCLAVE_IMPORT_TELL; arg is the report. */
void import_report_note(void *arg, const CONCLAVE_IMPORT_NOTE *note);
must_check enum status import_report_print(struct import_report *r);
/* For a cleanup attribute. */
void import_report_end(struct import_report *r);

#endif
