/* SPDX-License-Identifier: Apache-2.0 */
/* See group.h. */
#include "store/group.h"

#include "base/lock.h"
#include "store/store_ops.h"

/* So long a chain of transactions keeps the first of them waiting, and other processes out. */
#define MEMBERS_MAX 64

/* On the stack of the thread that sleeps. */
struct store_member {
	struct store_member *next;
	bool ended; /* with rv: under the group's mutex */
	CK_RV rv;
};

void store_group_init(struct store_group *g)
{
	pthread_mutex_init(&g->mutex, NULL);
	pthread_cond_init(&g->ended, NULL);
}

void store_group_destroy(struct store_group *g)
{
	pthread_cond_destroy(&g->ended);
	pthread_mutex_destroy(&g->mutex);
}

/* ---- sleeping and waking ------------------------------------------------------------------------- */

static CK_RV sleep_until_ended(struct store_group *g, struct store_member *m)
{
	pthread_mutex_lock(&g->mutex);
	while (!m->ended)
		pthread_cond_wait(&g->ended, &g->mutex);
	CK_RV rv = m->rv;
	pthread_mutex_unlock(&g->mutex);
	return rv;
}

/* A member is not touched after the mutex is free again: its thread may be gone. */
static void wake(struct store_group *g, struct store_member *first, CK_RV rv)
{
	if (first == NULL)
		return;
	pthread_mutex_lock(&g->mutex);
	for (struct store_member *m = first; m != NULL; m = m->next) {
		m->rv = rv;
		m->ended = true;
	}
	pthread_cond_broadcast(&g->ended);
	pthread_mutex_unlock(&g->mutex);
}

static struct store_member *take_members(struct store_group *g)
{
	struct store_member *first = g->first;
	g->first = NULL;
	g->members = 0;
	return first;
}

/* ---- the end of the backend's transaction --------------------------------------------------------- */

static CK_RV commit_all(struct store *s)
{
	CK_RV rv = s->ops->commit(s);
	if (rv != CKR_OK)
		s->ops->rollback(s);
	return rv;
}

static CK_RV end_all(struct store *s, CK_RV rv)
{
	struct store_member *first = take_members(&s->group);
	s->group.joined = false;
	store_leave(s);
	wake(&s->group, first, rv);
	return rv;
}

/* Somebody else will come and commit: a writer that was counted takes the lock whatever happens. The sleep is a
 * native one, which the application's own mutexes do not give. */
static bool another_comes(struct store *s)
{
	return s->mode == STORE_WRITE && s->ops->save != NULL && atomic_load(&s->group.waiting) > 0 &&
	       s->group.members < MEMBERS_MAX && !lock_callbacks_in_use();
}

CK_RV store_group_begin(struct store *s, enum store_mode mode)
{
	struct store_group *g = &s->group;
	if (g->first == NULL)
		return s->ops->begin(s, mode);
	if (mode == STORE_WRITE && s->ops->save(s) == CKR_OK) {
		g->joined = true;
		return CKR_OK;
	}
	/* A reader must not see what is not durable. */
	CK_RV rv = commit_all(s);
	wake(g, take_members(g), rv);
	return s->ops->begin(s, mode);
}

CK_RV store_group_commit(struct store *s)
{
	struct store_group *g = &s->group;
	CK_RV rv = g->joined ? s->ops->keep(s) : CKR_OK;
	if (rv != CKR_OK)
		return store_group_rollback(s, rv);
	if (!another_comes(s))
		return end_all(s, commit_all(s));
	struct store_member me = {.next = g->first};
	g->first = &me;
	g->members++;
	g->joined = false;
	store_leave(s);
	return sleep_until_ended(g, &me);
}

CK_RV store_group_rollback(struct store *s, CK_RV rv)
{
	if (!s->group.joined) {
		s->ops->rollback(s);
		store_leave(s);
		return rv;
	}
	if (s->ops->undo(s) != CKR_OK) {
		/* Not only this one's part is lost. */
		s->ops->rollback(s);
		return end_all(s, rv);
	}
	CK_RV others = end_all(s, commit_all(s));
	return others != CKR_OK ? others : rv;
}
