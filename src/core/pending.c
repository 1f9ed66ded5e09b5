/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs: see pending.h. Each has two owners, the thread until it is done and the session (or the list) until it is
 * delivered; the last one frees it. What a job has made is seen by others only through `done`. */
#include "core/pending.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/module.h"
#include "core/pending_save.h"
#include "core/pending_task.h"
#include "core/session.h"
#include "core/token.h"
#include "core/worker.h"
#include "crypto/rand.h"

struct job {
	struct work work;
	_Atomic unsigned owners;
	_Atomic bool cancelled, done;
	struct mech_env env;
	struct task *task; /* the thread's until done, then the session's */
	CK_RV outcome;
	struct buf plan;   /* what is written down with an ID; empty: it cannot be */
	/* Under the module's async lock: */
	struct token *token;
	struct session *session; /* NULL: its session has closed */
	CK_ULONG id;             /* 0: not fetched */
	struct job *next;
};

static const struct {
	const char *name;
	CK_FLAGS flag;
} calls[PENDING_CALLS] = {
	[PENDING_DECRYPT] = {"C_Decrypt", CKF_DECRYPT},
	[PENDING_SIGN] = {"C_Sign", CKF_SIGN},
	[PENDING_VERIFY] = {"C_Verify", CKF_VERIFY},
	[PENDING_SIGN_RECOVER] = {"C_SignRecover", CKF_SIGN_RECOVER},
	[PENDING_GENERATE_KEY] = {"C_GenerateKey", CKF_GENERATE},
	[PENDING_GENERATE_KEY_PAIR] = {"C_GenerateKeyPair", CKF_GENERATE_KEY_PAIR},
};

/* ---- jobs ---------------------------------------------------------------------------------- */

static void job_let_go(struct job *j)
{
	if (atomic_fetch_sub(&j->owners, 1) > 1)
		return;
	j->task->kind->free(j->task);
	buf_free(&j->plan);
	free(j);
}

static bool go_on(void *job)
{
	struct job *j = job;

	return !atomic_load_explicit(&j->cancelled, memory_order_relaxed);
}

static void run(struct work *w)
{
	struct job *j = container_of(w, struct job, work);

	log_set_call(calls[j->task->call].name);
	j->outcome = go_on(j) ? j->task->kind->work(j->task, &j->env) : CKR_FUNCTION_CANCELED;
	log_set_call(NULL);
	atomic_store_explicit(&j->done, true, memory_order_release);
	job_let_go(j);
}

/* Takes over the task on CKR_OK. */
static CK_RV job_new(struct session *s, struct task *t, struct bytes plan, struct job **ret)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return CKR_HOST_MEMORY;
	CK_RV rv = buf_append(&j->plan, plan);
	if (rv != CKR_OK) {
		free(j);
		return rv;
	}
	j->work.run = run;
	atomic_init(&j->owners, 2);
	j->env = s->module->env;
	j->env.go_on = go_on;
	j->env.go_on_arg = j;
	j->token = s->token;
	j->task = t;
	*ret = j;
	return CKR_OK;
}

/* ---- who has which job --------------------------------------------------------------------- */

static void give_locked(struct session *s, struct job *j)
{
	j->session = s;
	s->job = j;
	if (j->task->epoch != 0)
		atomic_fetch_add(&s->private_ops, 1);
}

static void take_locked(struct job *j)
{
	if (j->session == NULL)
		return;
	if (j->task->epoch != 0)
		atomic_fetch_sub(&j->session->private_ops, 1);
	j->session->active &= ~j->task->active;
	j->session->job = NULL;
	j->session = NULL;
}

static void unlink_locked(struct pending *a, struct job *j)
{
	struct job **at = &a->jobs;

	take_locked(j);
	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
}

/* The job is nobody's any more; the thread may still be busy with it for a moment. */
static void end_locked(struct pending *a, struct job *j)
{
	atomic_store(&j->cancelled, true);
	unlink_locked(a, j);
	job_let_go(j);
}

static void submit(struct session *s, struct job *j, CK_ULONG id)
{
	struct pending *a = &s->module->pending;

	lock_take(&a->lock);
	j->id = id;
	j->next = a->jobs;
	a->jobs = j;
	give_locked(s, j);
	lock_release(&a->lock);
	worker_add(atomic_load(&a->worker), &j->work);
}

/* The session's job, if it is one of this function. It stays until the session's own call ends it, or C_AsyncJoin in
 * another session takes it: only the members that do not change may be looked at without the lock. */
static CK_RV find_job_locked(struct session *s, CK_UTF8CHAR_PTR name, struct job **ret)
{
	struct job *j = s->job;

	if (j == NULL || strcmp(calls[j->task->call].name, (const char *)name) != 0)
		return fail(CKR_OPERATION_NOT_INITIALIZED, "the session has no such pending call");
	*ret = j;
	return CKR_OK;
}

/* ---- the module's part --------------------------------------------------------------------- */

CK_RV pending_init(struct pending *a)
{
	return lock_init(&a->lock, LOCK_RANK_TABLE);
}

void pending_start(struct module *m)
{
	struct pending *a = &m->pending;
	struct worker *w = NULL;

	if (m->no_threads || lock_callbacks_in_use())
		return;
	lock_take(&a->lock);
	if (atomic_load(&a->worker) == NULL && worker_start(&w) == CKR_OK)
		atomic_store(&a->worker, w);
	lock_release(&a->lock);
}

void pending_free(struct pending *a)
{
	lock_take(&a->lock);
	while (a->jobs != NULL)
		end_locked(a, a->jobs);
	lock_release(&a->lock);
	worker_stop(atomic_load(&a->worker));
	lock_destroy(&a->lock);
}

/* ---- beginning ----------------------------------------------------------------------------- */

static bool has_job(struct session *s)
{
	lock_take(&s->module->pending.lock);
	bool has = s->job != NULL;
	lock_release(&s->module->pending.lock);
	return has;
}

CK_RV pending_may_begin(struct session *s)
{
	if (likely(!session_is_async(s)) || !has_job(s))
		return CKR_OK;
	return fail(CKR_OPERATION_ACTIVE, "the session has a pending call: C_AsyncComplete first");
}

bool pending_free_to_begin(struct session *s)
{
	return session_is_async(s) && atomic_load(&s->module->pending.worker) != NULL && !has_job(s);
}

CK_RV pending_submit(struct session *s, struct task *t, struct bytes plan, CK_ULONG id)
{
	struct job *j = NULL;

	try(job_new(s, t, plan, &j));
	submit(s, j, id);
	return CKR_OK;
}

/* ---- completing ---------------------------------------------------------------------------- */

/* Takes a job that is done out of the session: from here on it is the caller's alone. */
static CK_RV take_done(struct session *s, CK_UTF8CHAR_PTR name, struct job **ret)
{
	struct pending *a = &s->module->pending;
	struct job *j = NULL;

	lock_take(&a->lock);
	CK_RV rv = find_job_locked(s, name, &j);
	if (rv == CKR_OK && !atomic_load_explicit(&j->done, memory_order_acquire))
		rv = CKR_PENDING;
	if (rv == CKR_OK)
		unlink_locked(a, j);
	lock_release(&a->lock);
	*ret = j;
	return rv;
}

static CK_RV deliver(struct session *s, struct job *j, CK_ASYNC_DATA *ret)
{
	/* Whoever takes the description out of the store delivers. */
	if (j->id != 0)
		try(pending_save_remove(s, j->id));
	return j->task->kind->deliver(s, j->task, j->outcome, ret);
}

CK_RV pending_complete(struct session *s, CK_UTF8CHAR_PTR name, CK_ASYNC_DATA_PTR result)
{
	CK_ASYNC_DATA given = {0};
	struct job *j = NULL;

	if (name == NULL || result == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no function name, or no place for the result");
	op_end_private(s);
	try(take_done(s, name, &j));
	CK_RV rv = deliver(s, j, &given);
	job_let_go(j);
	*result = given;
	return rv;
}

/* ---- identifiers --------------------------------------------------------------------------- */

static CK_RV new_id(struct session *s, CK_ULONG *ret)
{
	*ret = 0;
	while (*ret == 0)
		try(rand_bytes(s->module->env.ossl, (unsigned char *)ret, sizeof(*ret)));
	return CKR_OK;
}

static CK_RV look_at_plan(const struct job *j, struct buf *ret)
{
	if (j->plan.len == 0)
		return fail(CKR_STATE_UNSAVEABLE, "%s works with what may not be written down", calls[j->task->call].name);
	return buf_append(ret, buf_bytes(&j->plan));
}

/* The ID of the session's job, or what is to be written down for it to get one. */
static CK_RV look_at_job(struct session *s, CK_UTF8CHAR_PTR name, CK_ULONG *ret_id, struct buf *ret_plan)
{
	struct pending *a = &s->module->pending;
	struct job *j = NULL;

	lock_take(&a->lock);
	CK_RV rv = find_job_locked(s, name, &j);
	if (rv == CKR_OK) {
		*ret_id = j->id;
		rv = j->id != 0 ? CKR_OK : look_at_plan(j, ret_plan);
	}
	lock_release(&a->lock);
	return rv;
}

CK_RV pending_get_id(struct session *s, CK_UTF8CHAR_PTR name, CK_ULONG_PTR ret)
{
	struct pending *a = &s->module->pending;
	cleanup(buf_free) struct buf plan = {0};
	CK_ULONG id = 0;

	if (name == NULL || ret == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no function name, or no place for the ID");
	op_end_private(s);
	try(look_at_job(s, name, &id, &plan));
	if (id == 0) {
		try(new_id(s, &id));
		try(pending_save_write(s, id, buf_bytes(&plan)));
		/* Still the session's: nobody else can have the ID yet. */
		lock_take(&a->lock);
		s->job->id = id;
		lock_release(&a->lock);
	}
	*ret = id;
	return CKR_OK;
}

static bool of_login(const struct job *j, bool user, uint64_t epoch)
{
	return j->task->epoch == 0 || (user && j->task->epoch == epoch);
}

/* The job, when it is still in memory and of the login of now: it leaves the session that it has. */
static bool adopt(struct session *s, enum pending_call call, CK_ULONG id)
{
	struct pending *a = &s->module->pending;
	uint64_t epoch = 0;
	bool user = session_user_epoch(s, &epoch);

	lock_take(&a->lock);
	struct job *j = a->jobs;
	while (j != NULL && !(j->token == s->token && j->id == id && j->task->call == call && of_login(j, user, epoch)))
		j = j->next;
	if (j != NULL) {
		take_locked(j);
		give_locked(s, j);
	}
	lock_release(&a->lock);
	return j != NULL;
}

CK_RV pending_join(struct session *s, CK_UTF8CHAR_PTR name, CK_ULONG id)
{
	size_t call = 0;

	if (name == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no function name");
	while (call < PENDING_CALLS && strcmp(calls[call].name, (const char *)name) != 0)
		call++;
	if (call == PENDING_CALLS || id == 0)
		return fail(CKR_SAVED_STATE_INVALID, "no such job");
	if (!session_is_async(s))
		return fail(CKR_ARGUMENTS_BAD, "the session is not asynchronous");
	op_end_private(s);
	try(pending_may_begin(s));
	if (adopt(s, (enum pending_call)call, id))
		return CKR_OK;
	if (atomic_load(&s->module->pending.worker) == NULL)
		return fail(CKR_FUNCTION_FAILED, "the job needs a thread, and the application forbids them");
	return pending_resume(s, (enum pending_call)call, id);
}

/* ---- ending -------------------------------------------------------------------------------- */

void pending_cancel(struct session *s, CK_FLAGS flags)
{
	struct pending *a = &s->module->pending;
	CK_ULONG id = 0;

	if (likely(!session_is_async(s)))
		return;
	lock_take(&a->lock);
	if (s->job != NULL && (calls[s->job->task->call].flag & flags) != 0) {
		id = s->job->id;
		end_locked(a, s->job);
	}
	lock_release(&a->lock);
	/* One that cannot be removed (the store is gone) can be joined once more, and cancelled then. */
	if (id != 0 && pending_save_remove(s, id) != CKR_OK)
		log_write(LOG_LEVEL_WARN, "a cancelled job stays written down");
}

void pending_end_session(struct session *s)
{
	struct pending *a = &s->module->pending;
	uint64_t epoch = 0;

	if (likely(!session_is_async(s)))
		return;
	bool user = session_user_epoch(s, &epoch);
	lock_take(&a->lock);
	if (s->job != NULL && s->job->id != 0 && of_login(s->job, user, epoch))
		take_locked(s->job);
	else if (s->job != NULL)
		end_locked(a, s->job);
	lock_release(&a->lock);
}

void pending_end_private(struct session *s, uint64_t epoch)
{
	struct pending *a = &s->module->pending;

	if (likely(!session_is_async(s)))
		return;
	lock_take(&a->lock);
	if (s->job != NULL && s->job->task->epoch != 0 && s->job->task->epoch != epoch)
		end_locked(a, s->job);
	lock_release(&a->lock);
}

void pending_end_login(struct token *t, uint64_t epoch)
{
	struct pending *a = &t->module->pending;
	struct job *next = NULL;

	lock_take(&a->lock);
	for (struct job *j = a->jobs; j != NULL; j = next) {
		next = j->next;
		if (j->token == t && j->session == NULL && j->task->epoch != 0 && j->task->epoch <= epoch)
			end_locked(a, j);
	}
	lock_release(&a->lock);
}
