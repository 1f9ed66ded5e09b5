/* SPDX-License-Identifier: Apache-2.0 */
/* See park.h. A place holds what was left last: an older state in it is freed. */
#include "mech/park.h"

#include <stddef.h>

static _Atomic(struct mech_parked *) *place_of(const struct mech_op *op)
{
	/* Rows lie side by side in a table. */
	size_t row = (size_t)(uintptr_t)op->row / sizeof(*op->row);

	return &op->park->place[(row + 3u * (unsigned)op->use + op->lane) % MECH_PARK_PLACES];
}

struct mech_parked *mech_park_take(const struct mech_op *op)
{
	struct mech_parked *p, *none = NULL;

	if (op->park == NULL || atomic_load_explicit(place_of(op), memory_order_relaxed) == NULL)
		return NULL;
	p = atomic_exchange_explicit(place_of(op), NULL, memory_order_acquire);
	if (p == NULL || (p->row == op->row && p->use == op->use))
		return p;
	/* Another mechanism's: back, unless the place has been filled meanwhile. */
	if (!atomic_compare_exchange_strong_explicit(place_of(op), &none, p, memory_order_release, memory_order_relaxed))
		p->free(p);
	return NULL;
}

void mech_park_leave(const struct mech_op *op, struct mech_parked *p)
{
	p->row = op->row;
	p->use = op->use;
	if (op->park != NULL)
		p = atomic_exchange_explicit(place_of(op), p, memory_order_acq_rel);
	if (p != NULL)
		p->free(p);
}

void mech_park_empty(struct mech_park *park)
{
	for (size_t i = 0; i < MECH_PARK_PLACES; i++) {
		struct mech_parked *p = atomic_exchange_explicit(&park->place[i], NULL, memory_order_acquire);

		if (p != NULL)
			p->free(p);
	}
}
