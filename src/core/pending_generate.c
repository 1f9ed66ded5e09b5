/* SPDX-License-Identifier: Apache-2.0 */
/* The generation of keys as a task: templates and parameter are copies; the keys become objects when they are asked for.
 * A parameter may be a password: what has one is not written down. */
#include <stdlib.h>

#include "base/log.h"
#include "core/generate.h"
#include "core/pending.h"
#include "core/pending_save.h"
#include "core/pending_task.h"
#include "core/session.h"
#include "mech/param.h"

struct generation_task {
	struct task task;
	struct mech_param param;
	struct generation made;
};

static CK_RV work(struct task *t, const struct mech_env *env)
{
	struct generation_task *g = container_of(t, struct generation_task, task);

	return generation_work(env, &g->param.mechanism, &g->made);
}

static CK_RV deliver(struct session *s, struct task *t, CK_RV outcome, CK_ASYNC_DATA *ret)
{
	struct generation_task *g = container_of(t, struct generation_task, task);
	CK_OBJECT_HANDLE handles[2] = {0};

	try(outcome);
	try(generation_enter(s, &g->made, handles));
	mech_param_give(&g->param);
	ret->hObject = handles[0];
	ret->hAdditionalObject = handles[1];
	return CKR_OK;
}

static void task_free(struct task *t)
{
	struct generation_task *g = container_of(t, struct generation_task, task);

	generation_free(&g->made);
	mech_param_free(&g->param);
	free(g);
}

static const struct task_kind kind = {.work = work, .deliver = deliver, .free = task_free};

static CK_RV take_param(const struct mech_row *row, const CK_MECHANISM *m, struct mech_param *ret)
{
	if (m->ulParameterLen > 0)
		return row->gen->copy(m, ret);
	ret->mechanism = (CK_MECHANISM){.mechanism = m->mechanism};
	return CKR_OK;
}

/* Takes over what *g holds. */
static CK_RV submit(struct session *s, const CK_MECHANISM *m, struct generation *g, struct bytes plan, CK_ULONG id)
{
	struct generation_task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return CKR_HOST_MEMORY;
	t->task.kind = &kind;
	t->task.call = g->pair ? PENDING_GENERATE_KEY_PAIR : PENDING_GENERATE_KEY;
	CK_RV rv = take_param(g->row, m, &t->param);
	if (rv == CKR_OK && generation_private(g) && !session_user_epoch(s, &t->task.epoch))
		rv = fail(CKR_USER_NOT_LOGGED_IN, "the user logged out meanwhile");
	t->made = *g;
	*g = (struct generation){0};
	if (rv == CKR_OK)
		rv = pending_submit(s, &t->task, plan, id);
	if (rv != CKR_OK)
		task_free(&t->task);
	return rv;
}

bool pending_takes_generation(struct session *s, const struct mech_row *row, const CK_MECHANISM *m)
{
	return (m->ulParameterLen == 0 || row->gen->copy != NULL) && pending_free_to_begin(s);
}

CK_RV pending_generate(struct session *s, const CK_MECHANISM *m, struct generation *g)
{
	cleanup(buf_free) struct buf plan = {0};

	if (m->ulParameterLen == 0)
		try(pending_plan_encode(g, &plan));
	try(submit(s, m, g, buf_bytes(&plan), 0));
	return CKR_PENDING;
}

CK_RV pending_resume(struct session *s, enum pending_call call, CK_ULONG id)
{
	cleanup(generation_free) struct generation g = {0};
	cleanup(secret_free) struct secret plan = {0};

	try(pending_save_read(s, id, &plan));
	try(pending_plan_decode(s, secret_bytes(&plan), &g));
	if (g.pair != (call == PENDING_GENERATE_KEY_PAIR))
		return fail(CKR_SAVED_STATE_INVALID, "the ID is of another function's job");
	const CK_MECHANISM m = {.mechanism = g.row->type};
	CK_RV rv = submit(s, &m, &g, secret_bytes(&plan), id);
	return rv == CKR_USER_NOT_LOGGED_IN ? CKR_SAVED_STATE_INVALID : rv;
}
