/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the calls and the trace of what they return: see enter.h. */
#include "api/enter.h"

static const char *const names[CALL_COUNT] = {
#define CALL(name, first, object, params, args) [CALL_##name] = #name,
#include "api/calls.h"
#undef CALL
};

const char *call_name(enum call c)
{
	return names[c];
}

CK_RV call_leave(enum call c, CK_RV rv)
{
	/* Answers that are part of normal work are not worth a line. */
	if (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL && rv != CKR_NO_EVENT)
		log_write(LOG_LEVEL_INFO, "%s returns %s", call_name(c), rv_name(rv));
	return rv;
}
