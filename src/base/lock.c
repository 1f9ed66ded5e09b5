/* SPDX-License-Identifier: Apache-2.0 */
/* Locks with a rank, native or through the application's four mutex callbacks. Debug builds keep the
 * ranks that each thread holds and say so loudly when one is taken out of order (and stop there when
 * CONCLAVE_LOCK_CHECK is defined). Knows nothing of what is locked. */
#include "base/lock.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static struct lock_callbacks callbacks;
static bool use_callbacks;

#ifndef NDEBUG

#define HELD_MAX 16

/* Ranks in the order in which this thread took them, so strictly rising while all is well. */
static _Thread_local enum lock_rank held[HELD_MAX];
static _Thread_local size_t held_count;

static void rank_broken(const char *what, const struct lock *l)
{
	log_write(LOG_LEVEL_ERROR, "lock order: %s, rank %d, while %zu are held, the last of rank %d", what, (int)l->rank,
		  held_count, held_count > 0 ? (int)held[held_count - 1] : 0);
#ifdef CONCLAVE_LOCK_CHECK
	abort(); /* allowed: only where a developer asked to stop at the first wrong order */
#endif
}

static void rank_check(const struct lock *l)
{
	if (l->rank != LOCK_RANK_FOREIGN && held_count > 0 && held[held_count - 1] >= l->rank)
		rank_broken("a lock is taken out of order", l);
}

static void rank_push(const struct lock *l)
{
	if (l->rank == LOCK_RANK_FOREIGN)
		return;
	if (held_count == HELD_MAX) {
		rank_broken("too many locks are held", l);
		return;
	}
	held[held_count++] = l->rank;
}

static void rank_pop(const struct lock *l)
{
	if (l->rank == LOCK_RANK_FOREIGN)
		return;
	for (size_t i = held_count; i > 0; i--) {
		if (held[i - 1] != l->rank)
			continue;
		memmove(&held[i - 1], &held[i], (held_count - i) * sizeof(held[0]));
		held_count--;
		return;
	}
	rank_broken("a lock is released that this thread does not hold", l);
}

#else

static inline void rank_check(const struct lock *l unused)
{
}

static inline void rank_push(const struct lock *l unused)
{
}

static inline void rank_pop(const struct lock *l unused)
{
}

#endif

void lock_use_callbacks(const struct lock_callbacks *wanted)
{
	use_callbacks = wanted != NULL;
	callbacks = wanted != NULL ? *wanted : (struct lock_callbacks){0};
}

bool lock_callbacks_in_use(void)
{
	return use_callbacks;
}

CK_RV lock_init(struct lock *l, enum lock_rank rank)
{
	*l = (struct lock){.rank = rank};
	if (use_callbacks) {
		CK_RV rv = callbacks.create(&l->app);
		if (rv == CKR_HOST_MEMORY)
			return fail(CKR_HOST_MEMORY, "the application's CreateMutex has no memory");
		if (rv != CKR_OK || l->app == NULL)
			return fail(CKR_GENERAL_ERROR, "the application's CreateMutex gave %s", rv_name(rv));
		return CKR_OK;
	}
	if (pthread_mutex_init(&l->native, NULL) != 0)
		return fail(CKR_HOST_MEMORY, "no resources for a mutex");
	return CKR_OK;
}

/* What the application's callback answers can only be told: the caller has nothing to fall back on. */
static void check_callback(const char *name, CK_RV rv)
{
	if (unlikely(rv != CKR_OK))
		log_write(LOG_LEVEL_ERROR, "the application's %s gave %s", name, rv_name(rv));
}

void lock_destroy(struct lock *l)
{
	if (l->app != NULL)
		check_callback("DestroyMutex", callbacks.destroy(l->app));
	else
		pthread_mutex_destroy(&l->native);
	l->app = NULL;
}

void lock_take(struct lock *l)
{
	rank_check(l);
	if (l->app != NULL)
		check_callback("LockMutex", callbacks.lock(l->app));
	else
		pthread_mutex_lock(&l->native);
	rank_push(l);
}

bool lock_try(struct lock *l)
{
	if (l->app != NULL || pthread_mutex_trylock(&l->native) != 0)
		return false;
	rank_push(l);
	return true;
}

void lock_release(struct lock *l)
{
	rank_pop(l);
	if (l->app != NULL)
		check_callback("UnlockMutex", callbacks.unlock(l->app));
	else
		pthread_mutex_unlock(&l->native);
}
