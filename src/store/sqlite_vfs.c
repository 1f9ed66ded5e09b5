/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls of SQLite's unix VFS, changed in four ways:
 * - record locks become open-file-description locks, so that two copies of the library in one process
 *   exclude each other, and closing a file drops nobody else's locks. This is right because this copy
 *   has one connection for each database (see the table of open stores in sqlite.c);
 * - a device's number is salted with the generation of the process, so that what a fork child opens is
 *   never found in the VFS's table of files that came from the parent;
 * - descriptors and mappings are noted, so that a fork child can drop the inherited ones without any of
 *   SQLite: each of them keeps the parent's locks alive, even when the parent is long dead;
 * - what quotas and limits answer to a write becomes the one answer that SQLite takes for a full medium. */
#include "store/sqlite_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/log.h"

#define FILES_MAX 256
#define MAPPINGS_MAX 256
#define SALT 0x9e3779b97f4a7c15u

/* What SQLite has open. A row is free when fd is 0, being filled when it is -1, else it is fd + 1. */
static struct open_file {
	_Atomic int fd;
	unsigned generation;
	dev_t dev;
	ino_t ino;
} files[FILES_MAX];

/* What SQLite has mapped: the shared memory of its log. Free rows are NULL, MAP_FAILED is being filled. */
static struct mapping {
	_Atomic(void *) start;
	size_t size;
	unsigned generation;
} mappings[MAPPINGS_MAX];

static _Atomic unsigned generation;
static bool installed; /* the hooks are in place */
static pid_t prepared_by;

unsigned sqlite_vfs_generation(void)
{
	return atomic_load(&generation);
}

/* ---- the table of descriptors ------------------------------------------------------------------ */

static bool file_note(int fd)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return false;
	for (size_t i = 0; i < FILES_MAX; i++) {
		int none = 0;
		if (!atomic_compare_exchange_strong(&files[i].fd, &none, -1))
			continue;
		files[i].generation = sqlite_vfs_generation();
		files[i].dev = st.st_dev;
		files[i].ino = st.st_ino;
		atomic_store(&files[i].fd, fd + 1);
		return true;
	}
	errno = EMFILE;
	return false;
}

static void file_forget(int fd)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		int noted = fd + 1;
		if (atomic_compare_exchange_strong(&files[i].fd, &noted, 0))
			return;
	}
}

/* Closes what an older generation left, unless the host has closed it and uses the number itself. */
static void files_close_older(unsigned current)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		struct open_file *f = &files[i];
		int fd = atomic_load(&f->fd) - 1;
		if (fd < 0 || f->generation >= current)
			continue;
		struct stat st;
		if (fstat(fd, &st) == 0 && st.st_dev == f->dev && st.st_ino == f->ino)
			close(fd);
		atomic_store(&f->fd, 0);
	}
}

/* ---- the table of mappings --------------------------------------------------------------------- */

/* When all rows are in use the mapping is good all the same: only a fork child would keep it. */
static void mapping_note(void *start, size_t size)
{
	for (size_t i = 0; i < MAPPINGS_MAX; i++) {
		void *none = NULL;
		if (!atomic_compare_exchange_strong(&mappings[i].start, &none, MAP_FAILED))
			continue;
		mappings[i].size = size;
		mappings[i].generation = sqlite_vfs_generation();
		atomic_store(&mappings[i].start, start);
		return;
	}
}

static void mapping_forget(void *start)
{
	for (size_t i = 0; i < MAPPINGS_MAX; i++) {
		void *noted = start;
		if (atomic_compare_exchange_strong(&mappings[i].start, &noted, NULL))
			return;
	}
}

static void mappings_drop_older(unsigned current)
{
	for (size_t i = 0; i < MAPPINGS_MAX; i++) {
		struct mapping *m = &mappings[i];
		void *start = atomic_load(&m->start);
		if (start == NULL || start == MAP_FAILED || m->generation >= current)
			continue;
		munmap(start, m->size);
		atomic_store(&m->start, NULL);
	}
}

/* ---- the hooks --------------------------------------------------------------------------------- */

/* SQLite tries again in another way when a file does not open, and so forgets why it did not. */
static _Thread_local bool met_full;

bool sqlite_vfs_met_full(void)
{
	bool met = met_full;
	met_full = false;
	return met;
}

static int hook_open(const char *path, int flags, int mode unused)
{
	/* What SQLite makes is the owner's alone, whatever its own default. */
	int fd = open(path, flags, S_IRUSR | S_IWUSR);
	if (fd < 0 && (errno == ENOSPC || errno == EDQUOT))
		met_full = true;
	if (fd >= 0 && !file_note(fd)) {
		int saved_errno = errno;
		close(fd);
		errno = saved_errno;
		return -1;
	}
	return fd;
}

static int hook_close(int fd)
{
	file_forget(fd);
	return close(fd);
}

/* SQLite knows one name for a medium that is full. */
static ssize_t as_full(ssize_t written)
{
	if (written < 0 && (errno == EDQUOT || errno == EFBIG))
		errno = ENOSPC;
	return written;
}

static ssize_t hook_write(int fd, const void *data, size_t len)
{
	return as_full(write(fd, data, len));
}

static ssize_t hook_pwrite(int fd, const void *data, size_t len, off_t offset)
{
	return as_full(pwrite(fd, data, len, offset));
}

static void *hook_mmap(void *wanted, size_t size, int protection, int flags, int fd, off_t offset)
{
	void *start = mmap(wanted, size, protection, flags, fd, offset);
	if (start != MAP_FAILED)
		mapping_note(start, size);
	return start;
}

static int hook_munmap(void *start, size_t size)
{
	mapping_forget(start);
	return munmap(start, size);
}

static const struct lock_command {
	int process, description;
} lock_commands[] = {
	{F_SETLK, F_OFD_SETLK},
	{F_SETLKW, F_OFD_SETLKW},
	{F_GETLK, F_OFD_GETLK},
};

static int hook_fcntl(int fd, int command, ...)
{
	va_list args;
	va_start(args, command);
	int result;
	for (size_t i = 0; i < array_len(lock_commands); i++) {
		if (command != lock_commands[i].process)
			continue;
		struct flock *lock = va_arg(args, struct flock *);
		lock->l_pid = 0; /* the kernel insists on it */
		result = fcntl(fd, lock_commands[i].description, lock);
		va_end(args);
		return result;
	}
	if (command == F_GETFD || command == F_GETFL)
		result = fcntl(fd, command);
	else
		result = fcntl(fd, command, va_arg(args, int));
	va_end(args);
	return result;
}

static int salted(int result, struct stat *st)
{
	if (result == 0)
		st->st_dev ^= (dev_t)(sqlite_vfs_generation() * (uint64_t)SALT);
	return result;
}

static int hook_fstat(int fd, struct stat *st)
{
	return salted(fstat(fd, st), st);
}

static int hook_stat(const char *path, struct stat *st)
{
	return salted(stat(path, st), st);
}

static int hook_lstat(const char *path, struct stat *st)
{
	return salted(lstat(path, st), st);
}

static const struct hook {
	const char *name;
	sqlite3_syscall_ptr call;
} hooks[] = {
	{"open", (sqlite3_syscall_ptr)hook_open},
	{"close", (sqlite3_syscall_ptr)hook_close},
	{"write", (sqlite3_syscall_ptr)hook_write},
	{"pwrite", (sqlite3_syscall_ptr)hook_pwrite},
#if defined(__LP64__)
	{"pwrite64", (sqlite3_syscall_ptr)hook_pwrite},
#endif
	{"mmap", (sqlite3_syscall_ptr)hook_mmap},
	{"munmap", (sqlite3_syscall_ptr)hook_munmap},
	{"fcntl", (sqlite3_syscall_ptr)hook_fcntl},
	{"fstat", (sqlite3_syscall_ptr)hook_fstat},
	{"stat", (sqlite3_syscall_ptr)hook_stat},
	{"lstat", (sqlite3_syscall_ptr)hook_lstat},
};

static CK_RV install_hooks(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
	if (vfs == NULL || vfs->iVersion < 3)
		return fail(CKR_GENERAL_ERROR, "SQLite has no unix VFS with system calls that can be changed");
	for (size_t i = 0; i < array_len(hooks); i++) {
		/* One that SQLite does not know it does not call either; the others are needed. */
		int code = vfs->xSetSystemCall(vfs, hooks[i].name, hooks[i].call);
		if (code != SQLITE_OK && code != SQLITE_NOTFOUND)
			return fail(CKR_GENERAL_ERROR, "SQLite does not take a system call %s of ours", hooks[i].name);
	}
	return CKR_OK;
}

/* ---- the life of SQLite in this process -------------------------------------------------------- */

static CK_RV install(void)
{
	/* One connection is used by one thread at a time: SQLite need not lock it. */
	if (sqlite_mutex_install() != CKR_OK || sqlite3_config(SQLITE_CONFIG_MULTITHREAD) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
		return fail(CKR_GENERAL_ERROR, "SQLite cannot be configured");
	if (sqlite3_initialize() != SQLITE_OK)
		return fail(CKR_HOST_MEMORY, "SQLite does not start");
	try(install_hooks());
	installed = true;
	prepared_by = getpid();
	return CKR_OK;
}

static CK_RV next_generation(void)
{
	unsigned current = atomic_fetch_add(&generation, 1) + 1;
	prepared_by = getpid();
	files_close_older(current);
	mappings_drop_older(current);
	return sqlite_mutex_renew();
}

CK_RV sqlite_vfs_prepare(void)
{
	if (!installed)
		return install();
	/* A fork while a store was being opened leaves nothing to abandon, but everything else. */
	if (prepared_by != getpid())
		try(next_generation());
	return sqlite3_initialize() == SQLITE_OK ? CKR_OK : fail(CKR_HOST_MEMORY, "SQLite does not start");
}

void sqlite_vfs_shut(void)
{
	sqlite3_shutdown();
}

void sqlite_vfs_abandon(unsigned abandoned)
{
	if (abandoned != sqlite_vfs_generation())
		return;
	CK_RV rv = next_generation();
	if (rv != CKR_OK)
		log_write(LOG_LEVEL_ERROR, "SQLite has no locks in this fork child: %s", rv_name(rv));
}
