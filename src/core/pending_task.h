/* SPDX-License-Identifier: Apache-2.0 */
/* What a job of an asynchronous session does (pending.h): a task, made by pending_generate.c or pending_op.c. The job
 * knows its thread and its owners, the task knows the work. */
#ifndef CONCLAVE_CORE_PENDING_TASK_H
#define CONCLAVE_CORE_PENDING_TASK_H

#include "base/bytes.h"
#include "mech/mech.h"

struct session;
struct task;

/* The calls that may be pending. */
enum pending_call {
	PENDING_DECRYPT,
	PENDING_SIGN,
	PENDING_VERIFY,
	PENDING_SIGN_RECOVER,
	PENDING_GENERATE_KEY,
	PENDING_GENERATE_KEY_PAIR,
	PENDING_CALLS,
};

struct task_kind {
	/* On the module's thread, with no session, store or lock. */
	CK_RV (*work)(struct task *t, const struct mech_env *env);
	/* In C_AsyncComplete: what the call answers, by what work gave. *ret is zeros before. */
	CK_RV (*deliver)(struct session *s, struct task *t, CK_RV outcome, CK_ASYNC_DATA *ret);
	void (*free)(struct task *t); /* on either thread */
};

/* The first member of what a kind of task has. */
struct task {
	const struct task_kind *kind;
	enum pending_call call;
	unsigned active; /* bits of the session's `active` that it keeps until it is no longer the session's */
	uint64_t epoch;  /* of the login without which it ends; else 0 */
};

/* Is there a thread, and is the session asynchronous and without a job? */
bool pending_free_to_begin(struct session *s);
/* Takes over the task on CKR_OK. plan: what is written down when an ID is fetched; empty: none can be. id: 0, or the one
 * under which it is written down already. */
must_check CK_RV pending_submit(struct session *s, struct task *t, struct bytes plan, CK_ULONG id);
/* A generation from what is written down: the work begins anew. CKR_SAVED_STATE_INVALID. */
must_check CK_RV pending_resume(struct session *s, enum pending_call call, CK_ULONG id);

#endif
