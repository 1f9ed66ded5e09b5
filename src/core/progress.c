/* SPDX-License-Identifier: Apache-2.0 */
/* See progress.h. The looker is another thread: members are read and written as single words. */
#include "core/progress.h"

#include "base/log.h"

static void tell(const struct progress *p, uint64_t within)
{
	if (p->shared != NULL && p->parts > 0)
		__atomic_store_n(&p->shared->ulDone, ((p->part - 1) * PROGRESS_TOTAL + within) / p->parts, __ATOMIC_RELAXED);
}

void progress_begin(struct progress *p, CONCLAVE_PROGRESS *shared, unsigned parts)
{
	*p = (struct progress){.shared = shared, .part = 1, .parts = parts};
	if (shared != NULL)
		__atomic_store_n(&shared->ulTotal, PROGRESS_TOTAL, __ATOMIC_RELAXED);
	tell(p, 0);
	p->part = 0;
}

void progress_part(struct progress *p, uint64_t total)
{
	p->part++;
	p->done = 0;
	p->total = total;
	tell(p, 0);
}

CK_RV progress_at(struct progress *p, uint64_t done)
{
	p->done = done;
	if (p->shared == NULL)
		return CKR_OK;
	tell(p, done >= p->total ? PROGRESS_TOTAL : done * PROGRESS_TOTAL / p->total);
	if (__atomic_load_n(&p->shared->ulCancel, __ATOMIC_RELAXED) != 0)
		return fail(CKR_FUNCTION_CANCELED, "the caller wants no more");
	return CKR_OK;
}

CK_RV progress_step(struct progress *p)
{
	return progress_at(p, p->done + 1);
}

void progress_end(struct progress *p)
{
	p->part = p->parts;
	tell(p, PROGRESS_TOTAL);
}
