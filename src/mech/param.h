/* SPDX-License-Identifier: Apache-2.0 */
/* A mechanism's parameter that outlives the call which brought it: a copy with all that it points at, wiped in the end,
 * and what of it goes back to the caller's memory. Which pointers there are, the mechanism knows (mech_gen.copy). */
#ifndef CONCLAVE_MECH_PARAM_H
#define CONCLAVE_MECH_PARAM_H

#include "mech/mech.h"

#define MECH_PARAM_PARTS 3

struct mech_param {
	CK_MECHANISM mechanism; /* its parameter is `whole` */
	struct secret whole;
	struct secret parts[MECH_PARAM_PARTS];
	size_t part_count;
	struct {
		void *to; /* the caller's */
		const void *from;
		size_t len;
	} results[MECH_PARAM_PARTS];
	size_t result_count;
};

/* *ret begins as zeros; free it in any case. The size of the parameter has been checked. */
must_check CK_RV mech_param_take(const CK_MECHANISM *m, struct mech_param *ret);
/* Copies what a pointer in the copy points at, and sets the pointer to that. `pointer` is a place in p->whole; NULL stays. */
must_check CK_RV mech_param_part(struct mech_param *p, void *pointer, size_t len);
/* Bytes of the copy that are the caller's when all has gone well. */
void mech_param_result(struct mech_param *p, void *to, const void *from, size_t len);
/* Now. */
void mech_param_give(const struct mech_param *p);
void mech_param_free(struct mech_param *p);

#endif
