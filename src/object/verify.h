/* SPDX-License-Identifier: Apache-2.0 */
/* A look at everything of a token: each record, each set row, the roots and the values of the token, held against each
 * other. What is wrong is counted, and named in the log. Walks: memory does not grow with the token. */
#ifndef CONCLAVE_OBJECT_VERIFY_H
#define CONCLAVE_OBJECT_VERIFY_H

#include "object/persist.h"
#include "object/sets.h"

struct verify_report {
	uint64_t good, bad, unread; /* records; unread: private, and no token key is at hand */
	uint64_t missing;           /* records that should be there */
	uint64_t sets, bad_sets;    /* set rows and roots */
	uint64_t bad_values;        /* values of the token that are not those written last, or missing */
};

/* Which values are members of the sets: those whose names begin like this. */
struct verify_values {
	const char *beginning;
	unsigned families;
};

/* Inside a read transaction of the caller's. Damage is no error of the call. */
must_check CK_RV verify_token(const struct persist *p, const struct verify_values *values, size_t count, struct verify_report *ret);

#endif
