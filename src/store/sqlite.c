/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite backend: the table of open stores, transactions, and the backend's row of functions.
 * A directory that is opened twice in a process is one store with one connection: the locks under SQLite
 * (sqlite_vfs.c) tell processes and copies of the library apart, not connections.
 * Knows nothing of what records and values mean. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/log.h"
#include "store/sqlite_store.h"
#include "store/sqlite_vfs.h"

/* Native and not through base/lock: it is older than any C_Initialize and outlives every C_Finalize. */
static struct open_stores {
	pthread_mutex_t mutex;
	_Atomic pid_t pid; /* whose mutex it is */
	struct sqlite_store *first;
} open_stores = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void open_stores_take(void)
{
	pid_t pid = getpid();
	pid_t before = atomic_exchange(&open_stores.pid, pid);
	/* In a fork child it may have been inherited taken. The first call of a child is alone here. */
	if (before != 0 && before != pid)
		pthread_mutex_init(&open_stores.mutex, NULL);
	pthread_mutex_lock(&open_stores.mutex);
}

static void open_stores_release(void)
{
	pthread_mutex_unlock(&open_stores.mutex);
}

/* ---- transactions -------------------------------------------------------------------------------- */

static CK_RV begin(struct store *base, enum store_mode mode)
{
	struct sqlite_store *s = sqlite_of(base);
	try(sqlite_db_refresh(s));
	try(sqlite_stamp_refresh(s));
	try(sqlite_run(s, mode == STORE_WRITE ? QUERY_BEGIN_WRITE : QUERY_BEGIN_READ));
	s->changes_before = sqlite3_total_changes64(s->db);
	return CKR_OK;
}

static CK_RV commit(struct store *base)
{
	struct sqlite_store *s = sqlite_of(base);
	if (sqlite3_total_changes64(s->db) == s->changes_before)
		return sqlite_run(s, QUERY_COMMIT);
	uint64_t before;
	try(sqlite_changes(s, &before));
	try(sqlite_run(s, QUERY_CHANGES_ADD));
	/* When COMMIT fails the stamp stays odd: readers ask the database, which knows. */
	sqlite_stamp_raise(s, before);
	try(sqlite_run(s, QUERY_COMMIT));
	sqlite_stamp_settle(s, before);
	return CKR_OK;
}

static void rollback(struct store *base)
{
	struct sqlite_store *s = sqlite_of(base);
	/* After some errors SQLite has rolled back by itself. */
	if (sqlite3_get_autocommit(s->db) != 0)
		return;
	CK_RV rv = sqlite_run(s, QUERY_ROLLBACK);
	if (rv != CKR_OK)
		log_write(LOG_LEVEL_ERROR, "%s: a rollback failed: %s", base->uri, rv_name(rv));
}

static CK_RV save(struct store *base)
{
	return sqlite_run(sqlite_of(base), QUERY_SAVE);
}

static CK_RV keep(struct store *base)
{
	return sqlite_run(sqlite_of(base), QUERY_KEEP);
}

static CK_RV undo(struct store *base)
{
	struct sqlite_store *s = sqlite_of(base);
	/* When the disk is full, for one, SQLite undoes everything by itself. */
	if (sqlite3_get_autocommit(s->db) != 0)
		return fail(CKR_DEVICE_ERROR, "%s: a change that failed has undone those that waited with it", base->uri);
	try(sqlite_run(s, QUERY_UNDO));
	return sqlite_run(s, QUERY_KEEP);
}

/* ---- open, close, abandon ------------------------------------------------------------------------ */

static void store_free(struct sqlite_store *s)
{
	sqlite_stamp_close(s);
	sqlite_db_close(s);
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	if (s->base.ops != NULL) {
		lock_destroy(&s->locks_lock);
		store_head_destroy(&s->base);
	}
	free(s->dir);
	free(s);
}

static void close_store(struct store *base)
{
	struct sqlite_store *s = sqlite_of(base);
	open_stores_take();
	if (--s->users == 0) {
		struct sqlite_store **at = &open_stores.first;
		while (*at != s)
			at = &(*at)->next;
		*at = s->next;
		store_free(s);
		if (open_stores.first == NULL)
			sqlite_vfs_shut();
	}
	open_stores_release();
}

static void abandon(struct store *base)
{
	struct sqlite_store *s = sqlite_of(base);
	open_stores_take();
	struct sqlite_store **at = &open_stores.first;
	while (*at != NULL && *at != s)
		at = &(*at)->next;
	/* Not in the table: abandoned before, through another handle of the same directory. */
	if (*at == s) {
		*at = s->next;
		sqlite_vfs_abandon(s->generation);
		sqlite_locks_abandon(s);
		sqlite_stamp_abandon(s);
		sqlite_dir_drop(s->dir_fd, s->dir_dev, s->dir_ino);
		/* The rest stays in memory: it is the parent's connection, and locks that may be taken. */
	}
	open_stores_release();
}

static const struct store_ops sqlite_ops = {
	.close = close_store,
	.abandon = abandon,
	.stamp = sqlite_stamp,
	.watch_fd = sqlite_watch_fd,
	.watch_drain = sqlite_watch_drain,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.save = save,
	.keep = keep,
	.undo = undo,
	.tokens = sqlite_tokens,
	.token_add = sqlite_token_add,
	.token_add_at = sqlite_token_add_at,
	.slot_taken = sqlite_slot_taken,
	.token_remove = sqlite_token_remove,
	.next_slot = sqlite_next_slot,
	.meta_get = sqlite_meta_get,
	.meta_put = sqlite_meta_put,
	.meta_remove = sqlite_meta_remove,
	.meta_walk = sqlite_meta_walk,
	.meta_insert = sqlite_meta_insert,
	.insert = sqlite_insert,
	.replace = sqlite_replace,
	.remove = sqlite_remove,
	.remove_all = sqlite_remove_all,
	.get = sqlite_get,
	.version = sqlite_version,
	.scan = sqlite_scan,
	.count = sqlite_count,
	.sets_get = sqlite_sets_get,
	.sets_walk = sqlite_sets_walk,
	.sets_replace = sqlite_sets_replace,
	.sets_insert = sqlite_sets_insert,
	.check = sqlite_check,
	.lock_take = sqlite_lock_take,
	.lock_release = sqlite_lock_release,
	.local_key = sqlite_local_key,
};

/* The store without its database. */
static CK_RV store_new(const char *dir, struct sqlite_store **ret)
{
	struct sqlite_store *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a store");
	s->dir_fd = s->watch_fd = s->watch_wd = -1;
	s->users = 1;
	s->generation = sqlite_vfs_generation();
	s->dir = strdup(dir);
	CK_RV rv = s->dir != NULL ? lock_init(&s->locks_lock, LOCK_RANK_LEAF) : fail(CKR_HOST_MEMORY, "no memory for a store");
	if (rv != CKR_OK) {
		store_free(s);
		return rv;
	}
	rv = store_head_init(&s->base, &sqlite_ops, store_sqlite.scheme, dir);
	if (rv != CKR_OK) {
		lock_destroy(&s->locks_lock);
		store_free(s);
		return rv;
	}
	*ret = s;
	return CKR_OK;
}

/* *ret_found false when the directory does not exist. */
static CK_RV open_dir(struct sqlite_store *s, bool *ret_found)
{
	s->dir_fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*ret_found = s->dir_fd >= 0;
	if (s->dir_fd < 0)
		return errno == ENOENT ? CKR_OK : sqlite_dir_fail(s, "", "cannot be opened");
	struct stat st;
	if (fstat(s->dir_fd, &st) != 0)
		return sqlite_dir_fail(s, "", "cannot be opened");
	s->dir_dev = st.st_dev;
	s->dir_ino = st.st_ino;
	return CKR_OK;
}

static struct sqlite_store *find_open_locked(const struct sqlite_store *like)
{
	struct sqlite_store *s = open_stores.first;
	while (s != NULL &&
	       (s->generation != like->generation || s->dir_dev != like->dir_dev || s->dir_ino != like->dir_ino))
		s = s->next;
	return s;
}

/* Fills s; *ret_found false when there is no store, *ret_other the store when it is open already. */
static CK_RV open_locked(struct sqlite_store *s, bool create, bool *ret_found, struct sqlite_store **ret_other)
{
	*ret_other = NULL;
	if (create)
		try(sqlite_dir_make(s->dir));
	try(open_dir(s, ret_found));
	if (!*ret_found)
		return CKR_OK;
	*ret_other = find_open_locked(s);
	if (*ret_other != NULL)
		return CKR_OK;
	try(sqlite_db_open(s, create, ret_found));
	return *ret_found ? sqlite_stamp_open(s) : CKR_OK;
}

static CK_RV open_prepared_locked(const char *dir, bool create, struct store **ret)
{
	struct sqlite_store *s = NULL, *other = NULL;
	bool found = false;
	try(store_new(dir, &s));
	CK_RV rv = open_locked(s, create, &found, &other);
	if (rv != CKR_OK || !found || other != NULL) {
		store_free(s);
		if (rv != CKR_OK)
			return rv;
		if (other != NULL)
			other->users++;
		*ret = other != NULL ? &other->base : NULL;
		return CKR_OK;
	}
	s->next = open_stores.first;
	open_stores.first = s;
	*ret = &s->base;
	return CKR_OK;
}

static CK_RV open_store(const char *dir, bool create, struct store **ret)
{
	if (dir[0] != '/')
		return fail(CKR_GENERAL_ERROR, "sqlite:%s: the directory must be named from the root on", dir);
	open_stores_take();
	CK_RV rv = sqlite_vfs_prepare();
	if (rv == CKR_OK)
		rv = open_prepared_locked(dir, create, ret);
	/* Nothing is open, nothing may be left that uses the application's mutexes. */
	if (open_stores.first == NULL)
		sqlite_vfs_shut();
	open_stores_release();
	return rv;
}

const struct store_backend store_sqlite = {.scheme = "sqlite", .open = open_store};
