/* SPDX-License-Identifier: Apache-2.0 */
/* What a job whose ID was fetched leaves in the store: its plan (mechanism and templates, no key), sealed with the key
 * that operation states have, as a meta value of its token. */
#ifndef CONCLAVE_CORE_PENDING_SAVE_H
#define CONCLAVE_CORE_PENDING_SAVE_H

#include "base/bytes.h"

struct generation;
struct session;
struct store;

must_check CK_RV pending_plan_encode(const struct generation *g, struct buf *ret);
/* CKR_SAVED_STATE_INVALID: no plan of this build, or of a mechanism that the policy does not permit. */
must_check CK_RV pending_plan_decode(struct session *s, struct bytes plan, struct generation *ret);

/* Takes those that are older than 30 days out of the store, too. CKR_STATE_UNSAVEABLE: the store cannot be written. */
must_check CK_RV pending_save_write(struct session *s, CK_ULONG id, struct bytes plan);
/* CKR_SAVED_STATE_INVALID: none, of another login, or too old. */
must_check CK_RV pending_save_read(struct session *s, CK_ULONG id, struct secret *ret);
/* CKR_SAVED_STATE_INVALID: somebody else was faster. */
must_check CK_RV pending_save_remove(struct session *s, CK_ULONG id);
/* The token is made anew, inside the caller's write transaction. */
must_check CK_RV pending_save_remove_all(struct store *s, uint64_t token);

#endif
