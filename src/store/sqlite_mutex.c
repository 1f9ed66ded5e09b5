/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's mutexes on the library's own locks, so that the application's mutex callbacks serve them too,
 * and so that a fork child can have all of them anew: one that another thread of the parent held would
 * stay taken in the child for ever. Knows nothing of what SQLite protects. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "base/lock.h"
#include "store/sqlite_vfs.h"

struct sqlite3_mutex {
	struct lock lock;
	bool recursive;
	_Atomic bool owned; /* with owner and depth: for recursive ones only */
	_Atomic(pthread_t) owner;
	unsigned depth;
};

#define STATIC_FIRST SQLITE_MUTEX_STATIC_MAIN
#define STATIC_LAST SQLITE_MUTEX_STATIC_VFS3

static sqlite3_mutex statics[STATIC_LAST + 1];
static bool statics_ready;

static int statics_end(void)
{
	for (int i = STATIC_FIRST; statics_ready && i <= STATIC_LAST; i++)
		lock_destroy(&statics[i].lock);
	statics_ready = false;
	return SQLITE_OK;
}

static int statics_init(void)
{
	if (statics_ready)
		return SQLITE_OK;
	for (int i = STATIC_FIRST; i <= STATIC_LAST; i++) {
		statics[i] = (sqlite3_mutex){0};
		if (lock_init(&statics[i].lock, LOCK_RANK_FOREIGN) == CKR_OK)
			continue;
		while (i-- > STATIC_FIRST)
			lock_destroy(&statics[i].lock);
		return SQLITE_NOMEM;
	}
	statics_ready = true;
	return SQLITE_OK;
}

static sqlite3_mutex *mutex_alloc(int kind)
{
	if (kind >= STATIC_FIRST && kind <= STATIC_LAST)
		return &statics[kind];
	sqlite3_mutex *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	m->recursive = kind == SQLITE_MUTEX_RECURSIVE;
	if (lock_init(&m->lock, LOCK_RANK_FOREIGN) != CKR_OK) {
		free(m);
		return NULL;
	}
	return m;
}

static void mutex_free(sqlite3_mutex *m)
{
	lock_destroy(&m->lock);
	free(m);
}

static bool mine(sqlite3_mutex *m)
{
	return atomic_load(&m->owned) && pthread_equal(atomic_load(&m->owner), pthread_self());
}

static void mutex_enter(sqlite3_mutex *m)
{
	if (m->recursive && mine(m)) {
		m->depth++;
		return;
	}
	lock_take(&m->lock);
	if (m->recursive) {
		atomic_store(&m->owner, pthread_self());
		atomic_store(&m->owned, true);
	}
}

/* SQLite tries only where it can do without. */
static int mutex_try(sqlite3_mutex *m unused)
{
	return SQLITE_BUSY;
}

static void mutex_leave(sqlite3_mutex *m)
{
	if (m->recursive) {
		if (m->depth > 0) {
			m->depth--;
			return;
		}
		atomic_store(&m->owned, false);
	}
	lock_release(&m->lock);
}

static const sqlite3_mutex_methods methods = {
	.xMutexInit = statics_init,
	.xMutexEnd = statics_end,
	.xMutexAlloc = mutex_alloc,
	.xMutexFree = mutex_free,
	.xMutexEnter = mutex_enter,
	.xMutexTry = mutex_try,
	.xMutexLeave = mutex_leave,
};

CK_RV sqlite_mutex_install(void)
{
	return sqlite3_config(SQLITE_CONFIG_MUTEX, &methods) == SQLITE_OK ? CKR_OK : CKR_GENERAL_ERROR;
}

CK_RV sqlite_mutex_renew(void)
{
	if (!statics_ready)
		return CKR_OK;
	/* Not destroyed: the parent's may be held by a thread that is not here. */
	statics_ready = false;
	return statics_init() == SQLITE_OK ? CKR_OK : CKR_HOST_MEMORY;
}
