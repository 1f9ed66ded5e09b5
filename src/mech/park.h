/* SPDX-License-Identifier: Apache-2.0 */
/* Where operations leave their state for the next one with the same key: contexts that are made and keyed, and nothing
 * of anybody's data. A park belongs to one key object and goes with it (destroyed, logged out), wiped. Takes no lock:
 * each place is one atomic pointer, and threads have places of their own as far as there are any. */
#ifndef CONCLAVE_MECH_PARK_H
#define CONCLAVE_MECH_PARK_H

#include <stdatomic.h>

#include "mech/mech.h"

#define MECH_PARK_PLACES 8

/* The first member of a state that can be parked. */
struct mech_parked {
	const struct mech_row *row;
	enum mech_use use;
	void (*free)(struct mech_parked *p); /* wipes */
};

/* {0} is empty. */
struct mech_park {
	_Atomic(struct mech_parked *) place[MECH_PARK_PLACES];
};

/* What an operation of the same mechanism and use has left with this key, or NULL. It is the caller's. */
struct mech_parked *mech_park_take(const struct mech_op *op);
/* Leaves a state behind, or frees it when the operation has no park (p->free is set). */
void mech_park_leave(const struct mech_op *op, struct mech_parked *p);
/* Frees all that is parked. Nobody uses the park any more. */
void mech_park_empty(struct mech_park *park);

#endif
