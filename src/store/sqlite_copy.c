/* SPDX-License-Identifier: Apache-2.0 */
/* A store on a medium that cannot be written: SQLite would need to write beside the database to read a
 * log that is there, and without the log it would silently leave out what was committed last. So both
 * files are copied to a private folder, opened there and unlinked. When the originals change, a copy is
 * stale. Knows no format of either file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/sqlite_store.h"

#define TRIES 10

static const char *const names[SQLITE_COPY_FILES] = {"conclave.db", "conclave.db-wal"};

static void mark_file(struct sqlite_store *s, const char *name, struct sqlite_mark *ret)
{
	struct stat st;
	*ret = (struct sqlite_mark){0};
	if (fstatat(s->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*ret = (struct sqlite_mark){.ino = st.st_ino, .size = st.st_size, .changed = st.st_mtim};
}

static void mark_files(struct sqlite_store *s, struct sqlite_mark ret[SQLITE_COPY_FILES])
{
	for (size_t i = 0; i < SQLITE_COPY_FILES; i++)
		mark_file(s, names[i], &ret[i]);
}

static bool marks_equal(const struct sqlite_mark *a, const struct sqlite_mark *b)
{
	for (size_t i = 0; i < SQLITE_COPY_FILES; i++) {
		if (a[i].ino != b[i].ino || a[i].size != b[i].size || a[i].changed.tv_sec != b[i].changed.tv_sec ||
		    a[i].changed.tv_nsec != b[i].changed.tv_nsec)
			return false;
	}
	return true;
}

bool sqlite_copy_stale(struct sqlite_store *s)
{
	struct sqlite_mark now[SQLITE_COPY_FILES];
	mark_files(s, now);
	return !marks_equal(now, s->copy_marks);
}

static bool copy_bytes(int from, int to)
{
	char block[16384];
	for (;;) {
		ssize_t n = read(from, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		if (write(to, block, (size_t)n) != n)
			return false;
	}
}

/* A log that is not there needs no copy. */
static CK_RV copy_file(struct sqlite_store *s, const char *name, const char *dir)
{
	int from = sqlite_dir_open(s, name, O_RDONLY);
	if (from < 0)
		return errno == ENOENT ? CKR_OK : sqlite_dir_fail(s, name, "cannot be read");
	char path[SQLITE_COPY_PATH];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	bool copied = to >= 0 && copy_bytes(from, to);
	CK_RV rv = copied ? CKR_OK : sqlite_dir_fail(s, name, "cannot be copied to a temporary folder");
	if (to >= 0)
		close(to);
	close(from);
	return rv;
}

/* In memory where that is possible: nothing of the store stays on a disk that it was not on. */
static CK_RV make_folder(struct sqlite_store *s, char ret[SQLITE_COPY_PATH])
{
	const char *const places[] = {"/dev/shm", secure_getenv("TMPDIR"), "/tmp"};
	for (size_t i = 0; i < array_len(places); i++) {
		if (places[i] == NULL)
			continue;
		int n = snprintf(ret, SQLITE_COPY_PATH - 64, "%s/conclave-XXXXXX", places[i]);
		if (n > 0 && n < SQLITE_COPY_PATH - 64 && mkdtemp(ret) != NULL)
			return CKR_OK;
	}
	return sqlite_dir_fail(s, "conclave.db", "cannot be copied: there is no temporary folder");
}

CK_RV sqlite_copy_make(struct sqlite_store *s, char ret_dir[SQLITE_COPY_PATH])
{
	try(make_folder(s, ret_dir));
	CK_RV rv = CKR_OK;
	for (int tries = 0; tries < TRIES && rv == CKR_OK; tries++) {
		mark_files(s, s->copy_marks);
		for (size_t i = 0; i < SQLITE_COPY_FILES && rv == CKR_OK; i++)
			rv = copy_file(s, names[i], ret_dir);
		/* Somebody who can write did so meanwhile: the two files may not belong together. */
		if (rv == CKR_OK && !sqlite_copy_stale(s))
			return CKR_OK;
	}
	sqlite_copy_remove(ret_dir);
	return rv != CKR_OK ? rv : fail(CKR_DEVICE_ERROR, "%s/conclave.db changes faster than it can be copied", s->dir);
}

void sqlite_copy_remove(const char *dir)
{
	for (size_t i = 0; i < SQLITE_COPY_FILES; i++) {
		char path[SQLITE_COPY_PATH];
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}
