/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of a store and the files in it that are not SQLite's: who may read them, whom they
 * belong to, which descriptors they get. Never opens the database itself. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/sqlite_store.h"

/* Who could do what this process may not. */
static void describe_owner(struct sqlite_store *s, const char *name, char *ret, size_t room)
{
	struct stat st;
	bool there = s->dir_fd >= 0 ? fstatat(s->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0 : stat(s->dir, &st) == 0;
	if (there && st.st_uid != geteuid())
		snprintf(ret, room, " (it belongs to user %u, this process is user %u)", st.st_uid, geteuid());
}

CK_RV sqlite_dir_fail(struct sqlite_store *s, const char *name, const char *what)
{
	int error = errno;
	CK_RV rv = CKR_DEVICE_ERROR;
	if (error == ENOSPC || error == EDQUOT)
		rv = CKR_DEVICE_MEMORY;
	else if (error == EROFS)
		rv = CKR_TOKEN_WRITE_PROTECTED;
	else if (error == ENOMEM)
		rv = CKR_HOST_MEMORY;
	char whose[96] = "";
	if (error == EACCES || error == EPERM)
		describe_owner(s, name, whose, sizeof(whose));
	return fail(rv, "%s/%s %s: %s%s", s->dir, name, what, strerror(error), whose);
}

/* Not 0, 1 or 2, even when the host has closed them: what it prints would end in the file. */
static int above_standard(int fd)
{
	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return high;
}

/* root at work in somebody's store leaves files that the owner can use. */
static void give_to_owner(struct sqlite_store *s, int fd)
{
	struct stat dir, file;
	if (geteuid() != 0 || fstat(s->dir_fd, &dir) != 0 || fstat(fd, &file) != 0 || dir.st_uid == file.st_uid)
		return;
	if (fchown(fd, dir.st_uid, dir.st_gid) != 0)
		log_write(LOG_LEVEL_WARN, "%s: a new file cannot be given to the owner of the store: %s", s->dir,
			  strerror(errno));
}

int sqlite_dir_open(struct sqlite_store *s, const char *name, int flags)
{
	int fd = above_standard(openat(s->dir_fd, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, S_IRUSR | S_IWUSR));
	if (fd >= 0 && (flags & O_CREAT) != 0)
		give_to_owner(s, fd);
	return fd;
}

void sqlite_dir_drop(int fd, dev_t dev, ino_t ino)
{
	struct stat st;
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == dev && st.st_ino == ino)
		close(fd);
}

/* ---- making the directory ----------------------------------------------------------------------- */

/* A new entry is on disk when the directory that holds it is. */
static void sync_parent(char *path, char *slash)
{
	*slash = '\0';
	int fd = open(path[0] != '\0' ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*slash = '/';
	if (fd < 0)
		return;
	if (fsync(fd) != 0)
		log_write(LOG_LEVEL_WARN, "the directory that holds %s cannot be synchronised: %s", path, strerror(errno));
	close(fd);
}

static CK_RV make_one(char *path)
{
	if (mkdir(path, S_IRWXU) != 0) {
		int error = errno;
		struct stat st;
		/* Directories above the store may refuse writing and be there all the same. */
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			return CKR_OK;
		return fail(error == ENOSPC || error == EDQUOT ? CKR_DEVICE_MEMORY : CKR_DEVICE_ERROR,
			    "the directory %s cannot be made: %s", path, strerror(error));
	}
	sync_parent(path, strrchr(path, '/'));
	return CKR_OK;
}

CK_RV sqlite_dir_make(const char *wanted)
{
	char *path = strdup(wanted);
	if (path == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for the name of a store");
	CK_RV rv = CKR_OK;
	for (char *slash = strchr(path + 1, '/'); slash != NULL && rv == CKR_OK; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		rv = make_one(path);
		*slash = '/';
	}
	if (rv == CKR_OK)
		rv = make_one(path);
	free(path);
	return rv;
}
