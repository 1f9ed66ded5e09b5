/* SPDX-License-Identifier: Apache-2.0 */
/* Slot events: a token that appears, disappears or is initialised anew, in this or another process (§5.5.4). */
#ifndef CONCLAVE_CORE_SLOT_EVENT_H
#define CONCLAVE_CORE_SLOT_EVENT_H

#include "base/compiler.h"

struct module;

/* At C_Initialize: what is there now is no event. */
must_check CK_RV slot_event_start(struct module *m);
/* Wakes waiting calls, also where the store has nothing to wait for. */
void slot_event_poke(struct module *m);
/* After C_InitToken of this application: an event for a thread that is waiting, none for one that asks later, since
 * the application knows. number: the store's, of the token that is or was in the slot, so that no other
 * is looked at; 0: to be looked for. */
void slot_event_own_change(struct module *m, CK_SLOT_ID id, uint64_t number);

#endif
