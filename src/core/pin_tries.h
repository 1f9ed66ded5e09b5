/* SPDX-License-Identifier: Apache-2.0 */
/* Try counters. A try is a durable reservation before the hash begins, and a lock that dies with its owner says
 * whether it is still in flight: a process killed while guessing has used its try. Counted failures and tries in
 * flight together never exceed the limit; who finds all tries in flight waits for one of them. */
#ifndef CONCLAVE_CORE_PIN_TRIES_H
#define CONCLAVE_CORE_PIN_TRIES_H

#include "core/pin.h"

/* How the names of the counters' values begin. */
#define PIN_TRIES_META "tries."
#define PIN_TRIES_SETS SETS_IN_OPEN
#define PIN_TRIES_NAMED_META "tries.user."

struct pin_try;
enum pin_outcome {
	PIN_TRY_RIGHT, /* clears the counter */
	PIN_TRY_WRONG, /* counts */
	PIN_TRY_VOID,  /* could not be carried out: gives the try back */
};

/* CKR_PIN_LOCKED. Waits while all remaining tries are in flight. */
must_check CK_RV pin_tries_begin(const struct pin_token *t, enum pin_role role, struct pin_try **ret);
/* Settles and frees. On an error of the store the reservation stays and counts as wrong once this process lets go. */
must_check CK_RV pin_tries_settle(struct pin_try *attempt, enum pin_outcome outcome);
/* For a token whose sets are made anew, inside the write transaction of the caller. */
must_check CK_RV pin_tries_forget(const struct pin_token *t, enum pin_role role);
/* The same for a token whose sets stay. */
must_check CK_RV pin_tries_drop(const struct pin_token *t, enum pin_role role);
/* Inside a write transaction of the caller: no failures, nothing in flight. */
must_check CK_RV pin_tries_clear(const struct pin_token *t, enum pin_role role);

#endif
