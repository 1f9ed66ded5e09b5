/* SPDX-License-Identifier: Apache-2.0 */
/* Named locks between processes: one byte of the file conclave.lock for each name, locked by an open file
 * description of its own, so that the kernel lets go of it when its owner dies, however it dies.
 * Knows nothing of what a name stands for. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/sqlite_store.h"

#define LOCK_FILE "conclave.lock"

struct sqlite_lock {
	struct store_lock base;
	struct sqlite_store *store; /* NULL after a fork, in the child */
	struct sqlite_lock *next;
	int fd; /* -1: granted without a file */
	dev_t dev;
	ino_t ino;
};

/* FNV-1a, cut to what an off_t takes with its length of one. */
static off_t byte_of(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (const char *c = name; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
	return (off_t)(hash >> 2);
}

static int lock_byte(int fd, const char *name, bool exclusive, bool wait)
{
	struct flock range = {
		.l_type = exclusive ? F_WRLCK : F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = byte_of(name),
		.l_len = 1,
	};
	int result;
	do
		result = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
	while (result != 0 && errno == EINTR);
	return result;
}

static void list_add(struct sqlite_lock *l)
{
	struct sqlite_store *s = l->store;
	lock_take(&s->locks_lock);
	l->next = s->locks;
	s->locks = l;
	lock_release(&s->locks_lock);
}

static void list_remove(struct sqlite_lock *l)
{
	struct sqlite_store *s = l->store;
	lock_take(&s->locks_lock);
	struct sqlite_lock **at = &s->locks;
	while (*at != NULL && *at != l)
		at = &(*at)->next;
	if (*at == l)
		*at = l->next;
	lock_release(&s->locks_lock);
}

/* Opens the file and locks; *ret_fd is -1 when somebody else has the lock. */
static CK_RV open_and_lock(struct sqlite_store *s, const char *name, bool exclusive, bool wait, int *ret_fd)
{
	int fd = sqlite_dir_open(s, LOCK_FILE, O_RDWR | O_CREAT);
	if (fd < 0)
		return sqlite_dir_fail(s, LOCK_FILE, "cannot be opened");
	if (lock_byte(fd, name, exclusive, wait) == 0) {
		*ret_fd = fd;
		return CKR_OK;
	}
	CK_RV rv = CKR_OK;
	if (wait || (errno != EAGAIN && errno != EACCES))
		rv = sqlite_dir_fail(s, LOCK_FILE, "cannot be locked");
	close(fd);
	*ret_fd = -1;
	return rv;
}

CK_RV sqlite_lock_take(struct store *base, const char *name, bool exclusive, bool wait, struct store_lock **ret)
{
	struct sqlite_store *s = sqlite_of(base);
	if (s->base.read_only && exclusive)
		return fail(CKR_TOKEN_WRITE_PROTECTED, "%s: the lock %s in a store that is read-only", s->dir, name);
	struct sqlite_lock *l = calloc(1, sizeof(*l));
	if (l == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for the lock %s", name);
	*l = (struct sqlite_lock){.base = {base->ops}, .store = s, .fd = -1};
	if (!s->base.read_only) {
		CK_RV rv = open_and_lock(s, name, exclusive, wait, &l->fd);
		if (rv != CKR_OK || l->fd < 0) {
			free(l);
			if (rv == CKR_OK)
				*ret = NULL;
			return rv;
		}
		struct stat st;
		if (fstat(l->fd, &st) == 0) {
			l->dev = st.st_dev;
			l->ino = st.st_ino;
		}
	}
	list_add(l);
	*ret = &l->base;
	return CKR_OK;
}

void sqlite_lock_release(struct store_lock *lock)
{
	struct sqlite_lock *l = container_of(lock, struct sqlite_lock, base);
	if (l->store != NULL) {
		list_remove(l);
		if (l->fd >= 0)
			close(l->fd);
	}
	free(l);
}

void sqlite_locks_abandon(struct sqlite_store *s)
{
	/* The list without its lock: there is one thread, and the list is whole at every moment. */
	for (struct sqlite_lock *l = s->locks; l != NULL; l = l->next) {
		sqlite_dir_drop(l->fd, l->dev, l->ino);
		l->store = NULL;
	}
	s->locks = NULL;
}
