/* SPDX-License-Identifier: Apache-2.0 */
/* Asynchronous sessions (§5.21): long work goes on in a thread of its own, and the session's next calls ask for it: the
 * generation of keys, and single-part operations with slow keys. A job holds all that it needs and touches no session
 * and no store; what it gives becomes objects, or the caller's bytes, in C_AsyncComplete, in the caller's thread. A
 * generation whose ID was fetched is also written down, sealed, in the token's store. */
#ifndef CONCLAVE_CORE_PENDING_H
#define CONCLAVE_CORE_PENDING_H

#include <stdatomic.h>

#include "base/lock.h"
#include "core/op.h"

struct generation;
struct job;
struct mech_row;
struct module;
struct session;
struct token;
struct worker;

/* Of a module. */
struct pending {
	struct lock lock; /* the members below, and which session has which job */
	/* From the first asynchronous session on, or a later one if no thread was to be had; NULL where threads are not to
	 * be. Set under the lock, once; read without it. */
	_Atomic(struct worker *) worker;
	struct job *jobs;
};
must_check CK_RV pending_init(struct pending *a);
/* C_Finalize, when no session is open: ends all jobs and the thread. */
void pending_free(struct pending *a);
/* An asynchronous session opens. Without a thread its calls do their work at once, which is permitted. */
void pending_start(struct module *m);

/* CKR_OPERATION_ACTIVE while the session has a job. */
must_check CK_RV pending_may_begin(struct session *s);
/* Does a generation with this mechanism become a job? */
bool pending_takes_generation(struct session *s, const struct mech_row *row, const CK_MECHANISM *m);
/* Takes over what *g holds. CKR_PENDING. */
must_check CK_RV pending_generate(struct session *s, const CK_MECHANISM *m, struct generation *g);
/* Does the single-part call of an operation become a job? All that can be refused has been. */
bool pending_takes_op(struct session *s, const struct op *op, size_t in_len);
/* Takes over the session's operation, whose kind stays active until the job ends. out has the room; verifying gives none
 * and has a signature. CKR_PENDING. */
must_check CK_RV pending_whole(struct session *s, struct op *op, struct bytes in, struct op_out out, size_t room);
must_check CK_RV pending_verify(struct session *s, struct op *op, struct bytes in, struct bytes signature);

/* C_AsyncComplete, C_AsyncGetID, C_AsyncJoin. */
must_check CK_RV pending_complete(struct session *s, CK_UTF8CHAR_PTR name, CK_ASYNC_DATA_PTR result);
must_check CK_RV pending_get_id(struct session *s, CK_UTF8CHAR_PTR name, CK_ULONG_PTR ret);
must_check CK_RV pending_join(struct session *s, CK_UTF8CHAR_PTR name, CK_ULONG id);

/* C_SessionCancel, also of a job whose ID was fetched. */
void pending_cancel(struct session *s, CK_FLAGS flags);
/* The session closes: a job whose ID was fetched goes on. */
void pending_end_session(struct session *s);
/* A login has ended: the session's job that makes private keys for another ends, and all that no session has. */
void pending_end_private(struct session *s, uint64_t epoch);
void pending_end_login(struct token *t, uint64_t epoch);

#endif
