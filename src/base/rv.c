/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the return codes. Knows nothing of when which one is given. */
#include <stdio.h>

#include "base/log.h"

static const struct rv_row {
	CK_RV rv;
	const char *name;
} rv_rows[] = {
#define X(code) {.rv = code, .name = #code},
#include "base/rv_names.inc"
#undef X
};

const char *rv_name(CK_RV rv)
{
	for (size_t i = 0; i < array_len(rv_rows); i++) {
		if (rv_rows[i].rv == rv)
			return rv_rows[i].name;
	}
	static _Thread_local char unknown[32];
	snprintf(unknown, sizeof(unknown), "CKR_0x%08lX", (unsigned long)rv);
	return unknown;
}
