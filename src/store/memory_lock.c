/* SPDX-License-Identifier: Apache-2.0 */
/* Named locks within one process, on a native mutex and condition: the application's mutex callbacks
 * have nothing to wait on. A waiter holds no other lock. Knows nothing of what a name stands for. */
#include "store/memory_lock.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct memory_lock_name {
	struct memory_lock_name *next;
	size_t users;   /* holders and waiters: the last one frees this */
	size_t holders;
	bool exclusive; /* the one holder excludes all others */
	char text[];
};

struct memory_lock {
	struct store_lock base;
	struct memory_locks *locks;
	struct memory_lock_name *name;
};

void memory_locks_init(struct memory_locks *locks)
{
	pthread_mutex_init(&locks->mutex, NULL);
	pthread_cond_init(&locks->freed, NULL);
	locks->names = NULL;
}

void memory_locks_destroy(struct memory_locks *locks)
{
	pthread_cond_destroy(&locks->freed);
	pthread_mutex_destroy(&locks->mutex);
}

static struct memory_lock_name *name_get_locked(struct memory_locks *locks, const char *text)
{
	for (struct memory_lock_name *n = locks->names; n != NULL; n = n->next) {
		if (strcmp(n->text, text) == 0)
			return n;
	}
	size_t size = strlen(text) + 1;
	struct memory_lock_name *n = calloc(1, sizeof(*n) + size);
	if (n == NULL)
		return NULL;
	memcpy(n->text, text, size);
	n->next = locks->names;
	locks->names = n;
	return n;
}

static void name_put_locked(struct memory_locks *locks, struct memory_lock_name *name)
{
	if (--name->users > 0)
		return;
	struct memory_lock_name **at = &locks->names;
	while (*at != name)
		at = &(*at)->next;
	*at = name->next;
	free(name);
}

static bool is_free(const struct memory_lock_name *n, bool exclusive)
{
	return n->holders == 0 || (!exclusive && !n->exclusive);
}

/* Takes the name into lock; false when it is not free and must not be waited for. */
static bool take_locked(struct memory_locks *locks, struct memory_lock_name *name, bool exclusive, bool wait)
{
	while (!is_free(name, exclusive)) {
		if (!wait)
			return false;
		pthread_cond_wait(&locks->freed, &locks->mutex);
	}
	name->holders++;
	name->exclusive = exclusive;
	return true;
}

CK_RV memory_lock_take(struct memory_locks *locks, const struct store_ops *ops, const char *name, bool exclusive, bool wait,
		       struct store_lock **ret)
{
	struct memory_lock *l = malloc(sizeof(*l));
	if (l == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for the lock %s", name);
	pthread_mutex_lock(&locks->mutex);
	struct memory_lock_name *n = name_get_locked(locks, name);
	bool taken = false;
	if (n != NULL) {
		n->users++;
		taken = take_locked(locks, n, exclusive, wait);
		if (!taken)
			name_put_locked(locks, n);
	}
	pthread_mutex_unlock(&locks->mutex);
	if (!taken) {
		free(l);
		if (n == NULL)
			return fail(CKR_HOST_MEMORY, "no memory for the lock %s", name);
		*ret = NULL;
		return CKR_OK;
	}
	*l = (struct memory_lock){.base = {ops}, .locks = locks, .name = n};
	*ret = &l->base;
	return CKR_OK;
}

void memory_lock_release(struct store_lock *lock)
{
	struct memory_lock *l = container_of(lock, struct memory_lock, base);
	struct memory_locks *locks = l->locks;
	pthread_mutex_lock(&locks->mutex);
	l->name->holders--;
	name_put_locked(locks, l->name);
	pthread_cond_broadcast(&locks->freed);
	pthread_mutex_unlock(&locks->mutex);
	free(l);
}
