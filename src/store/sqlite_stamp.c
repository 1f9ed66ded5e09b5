/* SPDX-License-Identifier: Apache-2.0 */
/* The file conclave.stamp, mapped by every process: twice the number of committed changes, and one more
 * while a writer is between its COMMIT and the new number. The truth is the counter in the database:
 * whoever finds the file odd asks there, so a writer that is killed can hide nothing.
 * A byte behind the number is written after each change, because inotify does not see mappings. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/sqlite_store.h"

#define STAMP_FILE "conclave.stamp"
#define STAMP_SIZE 16
#define PING_OFFSET 8

/* In a file that is not the store's any more: odd for ever, so nobody believes it. */
#define STAMP_DEAD UINT64_MAX

/* ---- mapping ------------------------------------------------------------------------------------ */

static struct sqlite_stamp_map *map_file(int fd, bool writable)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return NULL;
	if (st.st_size < STAMP_SIZE) {
		/* Blocks and not a hole: a full medium must not turn a store through the mapping into a signal. */
		int error = writable ? posix_fallocate(fd, 0, STAMP_SIZE) : EINVAL;
		if (error != 0) {
			errno = error;
			return NULL;
		}
	}
	struct sqlite_stamp_map *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	void *mapping = mmap(NULL, STAMP_SIZE, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
	if (mapping == MAP_FAILED) {
		free(m);
		return NULL;
	}
	*m = (struct sqlite_stamp_map){
		.word = mapping, .mapping = mapping, .fd = fd, .dev = st.st_dev, .ino = st.st_ino, .writable = writable};
	return m;
}

/* *ret NULL when there is none and none can be made. */
static CK_RV map_open(struct sqlite_store *s, struct sqlite_stamp_map **ret)
{
	bool writable = !s->base.read_only;
	*ret = NULL;
	int fd = sqlite_dir_open(s, STAMP_FILE, writable ? O_RDWR | O_CREAT : O_RDONLY);
	if (fd < 0) {
		/* A change that others are not told of would be worse than none. */
		if (writable && faccessat(s->dir_fd, STAMP_FILE, F_OK, AT_EACCESS) == 0)
			return sqlite_dir_fail(s, STAMP_FILE, "cannot be written");
		log_write(LOG_LEVEL_INFO, "%s/" STAMP_FILE " cannot be opened: %s", s->dir, strerror(errno));
		return CKR_OK;
	}
	*ret = map_file(fd, writable);
	if (*ret == NULL) {
		log_write(LOG_LEVEL_WARN, "%s/" STAMP_FILE " cannot be mapped: %s", s->dir, strerror(errno));
		close(fd);
	}
	return CKR_OK;
}

CK_RV sqlite_changes(struct sqlite_store *s, uint64_t *ret)
{
	struct sqlite_query q cleanup(sqlite_query_close) = {0};
	try(sqlite_query_open(s, QUERY_CHANGES_GET, &q));
	bool row;
	try(sqlite_query_step(&q, &row));
	if (!row)
		return fail(CKR_DEVICE_ERROR, "%s: the counter of changes is missing", s->base.uri);
	*ret = sqlite_column_number(&q, 0);
	return CKR_OK;
}

/* Under the database's write lock. A writer raises the number after its COMMIT is on disk, so a database that is behind
 * has lost changes that were confirmed: a copy from before was put in its place, or its log is damaged, of which SQLite
 * leaves out all that comes after the first wrong byte. Who wants what is left removes the stamp file. */
static CK_RV map_set(struct sqlite_store *s, struct sqlite_stamp_map *m)
{
	uint64_t changes;
	try(sqlite_changes(s, &changes));
	uint64_t seen = atomic_load(m->word);
	if (seen % 2 == 0 && seen / 2 > changes)
		return fail(CKR_DEVICE_ERROR, "%s/conclave.db has %llu changes, and there were %llu: its last ones are lost, or it is a copy from"
			    " before; remove " STAMP_FILE " to go on with what is left", s->dir, (unsigned long long)changes,
			    (unsigned long long)(seen / 2));
	atomic_store(m->word, 2 * changes);
	return CKR_OK;
}

/* A file that is even and has another number than the database was made anew, or one of them put back from a backup.
 * Only the holder of the write lock may set it. */
static CK_RV map_align(struct sqlite_store *s, struct sqlite_stamp_map *m)
{
	uint64_t changes;
	uint64_t seen = atomic_load(m->word);
	try(sqlite_changes(s, &changes));
	if (seen == 2 * changes || seen % 2 != 0 || atomic_load(m->word) != seen || !m->writable)
		return CKR_OK;
	try(sqlite_run(s, QUERY_BEGIN_WRITE));
	CK_RV rv = map_set(s, m);
	CK_RV ended = sqlite_run(s, QUERY_ROLLBACK);
	return rv != CKR_OK ? rv : ended;
}

static CK_RV map_take(struct sqlite_store *s)
{
	struct sqlite_stamp_map *m;
	try(map_open(s, &m));
	if (m == NULL)
		return CKR_OK;
	m->older = s->stamp;
	s->stamp = m;
	try(map_align(s, m));
	atomic_store(&s->base.stamp_word, m->word);
	return CKR_OK;
}

CK_RV sqlite_stamp_open(struct sqlite_store *s)
{
	return map_take(s);
}

CK_RV sqlite_stamp_refresh(struct sqlite_store *s)
{
	struct sqlite_stamp_map *m = s->stamp;
	struct stat st;
	/* Inside a transaction that was left open for the next writer: the first of the next one looks. */
	if (s->base.group.first != NULL)
		return CKR_OK;
	bool there = fstatat(s->dir_fd, STAMP_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (likely(m != NULL && there && st.st_ino == m->ino && st.st_dev == m->dev))
		return CKR_OK;
	if (m == NULL && !there && s->base.read_only)
		return CKR_OK;
	/* Until the new one is there, the database is asked. */
	atomic_store(&s->base.stamp_word, NULL);
	if (m != NULL && m->writable)
		atomic_store(m->word, STAMP_DEAD);
	return map_take(s);
}

static void stamp_drop(struct sqlite_store *s, bool inherited)
{
	atomic_store(&s->base.stamp_word, NULL);
	while (s->stamp != NULL) {
		struct sqlite_stamp_map *m = s->stamp;
		s->stamp = m->older;
		munmap(m->mapping, STAMP_SIZE);
		if (inherited)
			sqlite_dir_drop(m->fd, m->dev, m->ino);
		else
			close(m->fd);
		free(m);
	}
}

void sqlite_stamp_close(struct sqlite_store *s)
{
	stamp_drop(s, false);
	if (s->watch_fd >= 0)
		close(s->watch_fd);
	s->watch_fd = -1;
}

void sqlite_stamp_abandon(struct sqlite_store *s)
{
	/* The watch stays open: nothing tells its descriptor from one of the host's, and it holds no lock. */
	stamp_drop(s, true);
}

/* ---- the writer's side --------------------------------------------------------------------------- */

void sqlite_stamp_raise(struct sqlite_store *s, uint64_t before)
{
	if (s->stamp == NULL || atomic_load(s->stamp->word) == STAMP_DEAD)
		return;
	/* Also repairs what a killed writer left: the holder of the write lock knows the number. */
	atomic_store(s->stamp->word, 2 * before + 1);
}

void sqlite_stamp_settle(struct sqlite_store *s, uint64_t before)
{
	if (s->stamp == NULL)
		return;
	/* The write lock is gone by now: when the next writer has raised the number already, it stays. */
	uint64_t mine = 2 * before + 1;
	atomic_compare_exchange_strong(s->stamp->word, &mine, 2 * before + 2);
	if (pwrite(s->stamp->fd, "", 1, PING_OFFSET) != 1)
		log_write(LOG_LEVEL_WARN, "%s/" STAMP_FILE " cannot be written, so nobody who waits for a change wakes up: %s",
			  s->dir, strerror(errno));
}

/* ---- the reader's side --------------------------------------------------------------------------- */

static CK_RV read_changes(struct sqlite_store *s, uint64_t *ret)
{
	if (store_inside(&s->base))
		return sqlite_changes(s, ret);
	lock_take(&s->base.lock);
	CK_RV rv = sqlite_db_refresh(s);
	if (rv == CKR_OK)
		rv = sqlite_stamp_refresh(s);
	if (rv == CKR_OK)
		rv = sqlite_changes(s, ret);
	lock_release(&s->base.lock);
	return rv;
}

uint64_t sqlite_stamp(struct store *base)
{
	struct sqlite_store *s = sqlite_of(base);
	uint64_t changes;
	if (read_changes(s, &changes) == CKR_OK)
		return changes + 1;
	/* Something new each time: the caller looks for itself and meets the error where it can say so. */
	return (UINT64_C(1) << 63) + atomic_fetch_add(&s->unreadable, 1);
}

static void watch_add(struct sqlite_store *s)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d/" STAMP_FILE, s->dir_fd);
	s->watch_wd = inotify_add_watch(s->watch_fd, path, IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF);
	if (s->watch_wd < 0)
		log_write(LOG_LEVEL_WARN, "%s/" STAMP_FILE " cannot be watched: %s", s->dir, strerror(errno));
}

int sqlite_watch_fd(struct store *base)
{
	struct sqlite_store *s = sqlite_of(base);
	if (s->watch_fd < 0) {
		s->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		if (s->watch_fd < 0) {
			log_write(LOG_LEVEL_WARN, "%s: changes cannot be watched: %s", s->dir, strerror(errno));
			return -1;
		}
	}
	if (s->watch_wd < 0)
		watch_add(s);
	return s->watch_fd;
}

void sqlite_watch_drain(struct store *base)
{
	struct sqlite_store *s = sqlite_of(base);
	if (s->watch_fd < 0)
		return;
	bool moved = false;
	_Alignas(struct inotify_event) char events[1024];
	ssize_t n;
	while ((n = read(s->watch_fd, events, sizeof(events))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const struct inotify_event *)(const void *)(events + at);
			moved = moved || (e->mask & ~(uint32_t)IN_MODIFY) != 0;
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
	if (!moved)
		return;
	/* The file was removed or replaced: make sure of one, and watch that. */
	if (store_inside(base))
		return;
	lock_take(&s->base.lock);
	CK_RV rv = sqlite_stamp_refresh(s);
	lock_release(&s->base.lock);
	if (rv == CKR_OK)
		watch_add(s);
}
