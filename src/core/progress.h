/* SPDX-License-Identifier: Apache-2.0 */
/* How far long work has come, told through memory that the caller looks at (conclave.h), so that nothing is called
 * back while locks are held; and the caller's wish to end it. */
#ifndef CONCLAVE_CORE_PROGRESS_H
#define CONCLAVE_CORE_PROGRESS_H

#include <conclave.h>

#include "base/bytes.h"

#define PROGRESS_TOTAL 1000

/* Work in parts of which each has a total of its own. {0} tells nobody and is never cancelled. */
struct progress {
	CONCLAVE_PROGRESS *shared; /* NULL: nobody looks */
	unsigned part, parts;      /* the one at work counts from 1 */
	uint64_t done, total;      /* of the part */
};

void progress_begin(struct progress *p, CONCLAVE_PROGRESS *shared, unsigned parts);
/* The next part. */
void progress_part(struct progress *p, uint64_t total);
/* CKR_FUNCTION_CANCELED when the caller wants no more. */
must_check CK_RV progress_at(struct progress *p, uint64_t done);
must_check CK_RV progress_step(struct progress *p);
void progress_end(struct progress *p);

#endif
