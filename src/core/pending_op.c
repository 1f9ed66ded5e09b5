/* SPDX-License-Identifier: Apache-2.0 */
/* A single-part call as a task: the session's operation leaves it with its key, the input is a copy, and the result waits
 * in memory of our own until C_AsyncComplete puts it where the call said. It cannot be written down: the key may not
 * leave the process. */
#include <stdlib.h>
#include <string.h>

#include "core/op_internal.h"
#include "core/pending.h"
#include "core/pending_task.h"
#include "core/session.h"

/* Longer input is worked on at once: copying it would be half of the work. */
#define INPUT_MAX (1ul << 20)

struct op_task {
	struct task task;
	struct op *op;
	struct buf in, signature;
	unsigned char *out; /* the caller's; NULL: verifying */
	struct secret result;
	size_t result_len;
};

static CK_RV work(struct task *t, const struct mech_env *env)
{
	struct op_task *o = container_of(t, struct op_task, task);

	(void)env;
	return o->out == NULL ? op_run_verify(o->op, buf_bytes(&o->in), buf_bytes(&o->signature))
	                      : op_run_whole(o->op, buf_bytes(&o->in), o->result.data, &o->result_len);
}

static CK_RV deliver(struct session *s, struct task *t, CK_RV outcome, CK_ASYNC_DATA *ret)
{
	struct op_task *o = container_of(t, struct op_task, task);

	ret->pValue = o->out;
	try(outcome);
	s->validated = o->op->validated;
	if (o->out != NULL && o->result_len > 0)
		memcpy(o->out, o->result.data, o->result_len);
	ret->ulValue = o->result_len;
	return CKR_OK;
}

static void task_free(struct task *t)
{
	struct op_task *o = container_of(t, struct op_task, task);

	op_free_detached(o->op);
	buf_wipe_free(&o->in);
	buf_free(&o->signature);
	secret_free(&o->result);
	free(o);
}

static const struct task_kind kind = {.work = work, .deliver = deliver, .free = task_free};

static const struct {
	bool may;
	enum pending_call call;
} calls[OP_KINDS] = {
	[MECH_DECRYPT] = {true, PENDING_DECRYPT},
	[MECH_SIGN] = {true, PENDING_SIGN},
	[MECH_VERIFY] = {true, PENDING_VERIFY},
	[MECH_SIGN_RECOVER] = {true, PENDING_SIGN_RECOVER},
};

bool pending_takes_op(struct session *s, const struct op *op, size_t in_len)
{
	return calls[op->kind].may && in_len <= INPUT_MAX && mech_key_is_slow(op->mech.key) && pending_free_to_begin(s);
}

static CK_RV fill(struct op_task *o, struct bytes in, struct bytes signature, size_t room)
{
	try(buf_append(&o->in, in));
	try(buf_append(&o->signature, signature));
	return secret_new(room, &o->result);
}

static CK_RV submit(struct session *s, struct op *op, struct bytes in, struct bytes signature, unsigned char *out, size_t room)
{
	struct op_task *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return CKR_HOST_MEMORY;
	o->task = (struct task){.kind = &kind, .call = calls[op->kind].call, .active = OP_KIND(op->kind), .epoch = op->epoch};
	o->out = out;
	CK_RV rv = fill(o, in, signature, room);
	if (rv == CKR_OK) {
		unsigned op_kind = op->kind;
		o->op = op;
		rv = pending_submit(s, &o->task, (struct bytes){0}, 0);
		if (rv == CKR_OK) {
			op_detach(s, op_kind);
			return CKR_PENDING;
		}
		o->op = NULL;
	}
	task_free(&o->task);
	return rv;
}

CK_RV pending_whole(struct session *s, struct op *op, struct bytes in, struct op_out out, size_t room)
{
	return submit(s, op, in, (struct bytes){0}, out.data, room == 0 ? 1 : room);
}

CK_RV pending_verify(struct session *s, struct op *op, struct bytes in, struct bytes signature)
{
	return submit(s, op, in, signature, NULL, 1);
}
