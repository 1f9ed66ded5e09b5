/* SPDX-License-Identifier: Apache-2.0 */
/* Every call that changes a token, with every system call on the store's files failing in turn: a full disk, an I/O
 * error, missing rights, half a write, sudden death; and what a call that succeeds leaves to be synchronised: nothing.
 * The program's own functions stand in for libc's. */
#undef _FORTIFY_SOURCE /* its inline versions of what is defined here */
#include "fault_world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned left; /* system calls until the failure, 0: none is planned */
static bool happened;
static const struct fault *planned;

static bool in_store(const char *path)
{
	size_t length = strlen(fault_folder);

	return strncmp(path, fault_folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool fd_in_store(int fd)
{
	char link[32], path[FAULT_PATH + 64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return in_store(path);
}

static bool at_in_store(int fd, const char *path)
{
	return path[0] == '/' || fd == AT_FDCWD ? in_store(path) : fd_in_store(fd);
}

/* True, with errno set, when this call is the one. */
static bool fails(void)
{
	if (left == 0 || --left > 0)
		return false;
	if (planned->kills)
		raise(SIGKILL);
	if (planned->lasting)
		left = 1;
	happened = true;
	errno = planned->error;
	return true;
}

#define fails_fd(fd) (left > 0 && fd_in_store(fd) && fails())
#define fails_path(path) (left > 0 && in_store(path) && fails())
#define fails_at(fd, path) (left > 0 && at_in_store((fd), (path)) && fails())

/* ---- what is not on disk yet ------------------------------------------------------------------------ */

/* The files without which something confirmed would be lost. */
static struct kept_file {
	const char *name;
	bool fresh;   /* its entry in the folder is new, and the folder was not synchronised since */
	bool written; /* by this call */
	bool dirty;   /* written, and not synchronised since */
} kept[] = {{.name = "/conclave.db"}, {.name = "/conclave.db-wal"}, {.name = "/store.key"}};

#define WAL (&kept[1])
#define KEY (&kept[2])
#define KEY_WRITTEN_AS "/.store.key." /* and linked to its name when it is whole */

/* NULL when the file is of no account, or not the store's. */
static struct kept_file *kept_of(const char *path)
{
	if (in_store(path) && strncmp(path + strlen(fault_folder), KEY_WRITTEN_AS, strlen(KEY_WRITTEN_AS)) == 0)
		return KEY;
	for (size_t i = 0; i < array_len(kept) && in_store(path); i++)
		if (strcmp(path + strlen(fault_folder), kept[i].name) == 0)
			return &kept[i];
	return NULL;
}

static void note_fd(int fd, bool written)
{
	char link[32], path[FAULT_PATH + 64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	struct kept_file *file = kept_of(path);
	if (file != NULL) {
		file->written |= written;
		file->dirty = written;
	}
	for (size_t i = 0; i < array_len(kept) && !written && strcmp(path, fault_folder) == 0; i++)
		kept[i].fresh = false;
}

/* The result of a call that wrote to fd, or synchronised it. */
static ssize_t noted(ssize_t result, int fd, bool written)
{
	int saved_errno = errno;

	if (result >= 0)
		note_fd(fd, written);
	errno = saved_errno;
	return result;
}

static void note_entry(const char *path, bool fresh)
{
	struct kept_file *file = kept_of(path);

	if (file != NULL)
		file->fresh = fresh;
}

/* ---- the calls --------------------------------------------------------------------------------------- */

/* Error 0: half of what was to be written is. */
static size_t shortened(size_t len)
{
	return len > 1 ? len / 2 : len;
}

ssize_t write(int fd, const void *data, size_t len)
{
	if (fails_fd(fd)) {
		if (planned->error != 0)
			return -1;
		len = shortened(len);
	}
	return noted(syscall(SYS_write, fd, data, len), fd, true);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
	if (fails_fd(fd)) {
		if (planned->error != 0)
			return -1;
		len = shortened(len);
	}
	return noted(syscall(SYS_pwrite64, fd, data, len, offset), fd, true);
}

/* A call that cannot be done by halves. */
#define whole_fails(condition) ((condition) && planned->error != 0)

/* A local disk refuses what is written when it is full, and not what is synchronised or read. */
static bool io_fails(int fd)
{
	return left > 0 && planned->error == EIO && fd_in_store(fd) && fails();
}

ssize_t read(int fd, void *data, size_t len)
{
	return io_fails(fd) ? -1 : syscall(SYS_read, fd, data, len);
}

ssize_t pread(int fd, void *data, size_t len, off_t offset)
{
	return io_fails(fd) ? -1 : syscall(SYS_pread64, fd, data, len, offset);
}

int fsync(int fd)
{
	return io_fails(fd) ? -1 : (int)noted(syscall(SYS_fsync, fd), fd, false);
}

int fdatasync(int fd)
{
	return io_fails(fd) ? -1 : (int)noted(syscall(SYS_fdatasync, fd), fd, false);
}

int ftruncate(int fd, off_t size)
{
	return whole_fails(fails_fd(fd)) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int posix_fallocate(int fd, off_t offset, off_t size)
{
	if (whole_fails(fails_fd(fd)))
		return planned->error;
	return syscall(SYS_fallocate, fd, 0, offset, size) == 0 ? 0 : errno;
}

static mode_t mode_of(int flags, va_list args)
{
	return (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
	va_list args;

	va_start(args, flags);
	mode_t mode = mode_of(flags, args);
	va_end(args);
	if ((flags & O_CREAT) != 0 && access(path, F_OK) != 0)
		note_entry(path, true);
	return whole_fails(fails_path(path)) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int fd, const char *path, int flags, ...)
{
	va_list args;

	va_start(args, flags);
	mode_t mode = mode_of(flags, args);
	va_end(args);
	return whole_fails(fails_at(fd, path)) ? -1 : (int)syscall(SYS_openat, fd, path, flags | O_LARGEFILE, mode);
}

int mkdir(const char *path, mode_t mode)
{
	return whole_fails(fails_path(path)) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int linkat(int from, const char *path, int to, const char *name, int flags)
{
	KEY->fresh = fd_in_store(to) && strcmp(name, KEY->name + 1) == 0;
	return whole_fails(fails_at(from, path)) ? -1 : (int)syscall(SYS_linkat, from, path, to, name, flags);
}

int rename(const char *from, const char *to)
{
	return whole_fails(fails_path(from)) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* This needs no room either. */
int unlink(const char *path)
{
	note_entry(path, false);
	return left > 0 && planned->error != ENOSPC && whole_fails(fails_path(path)) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

static void arm(const struct fault *f, unsigned n)
{
	planned = f;
	happened = false;
	left = n;
}

static bool disarm(void)
{
	left = 0;
	return happened;
}

static void every_system_call_may_fail(void **state unused)
{
	static const struct fault faults[] = {
		{"a full disk", arm, disarm, {CKR_DEVICE_MEMORY}, .error = ENOSPC},
		{"a disk that stays full", arm, disarm, {CKR_DEVICE_MEMORY}, .error = ENOSPC, .lasting = true},
		{"an I/O error", arm, disarm, {CKR_DEVICE_ERROR}, .error = EIO},
		{"missing rights", arm, disarm, {CKR_DEVICE_ERROR, CKR_TOKEN_WRITE_PROTECTED}, .error = EACCES},
		{"half a write", arm, disarm, {CKR_DEVICE_MEMORY, CKR_DEVICE_ERROR}, .error = 0},
	};
	fault_walk(faults, array_len(faults), true);
}

static void a_process_may_die_at_every_system_call(void **state unused)
{
	static const struct fault faults[] = {{.name = "sudden death", .arm = arm, .disarm = disarm, .kills = true}};
	fault_walk(faults, array_len(faults), true);
}

/* What the test itself has copied counts as there; a log that is made when the store is opened may still be new. */
static void forget_writes(void)
{
	for (size_t i = 0; i < array_len(kept); i++) {
		kept[i].written = kept[i].dirty = false;
		kept[i].fresh &= &kept[i] == WAL;
	}
}

static void expect_all_on_disk(const char *call)
{
	for (size_t i = 0; i < array_len(kept); i++)
		if (kept[i].dirty || (kept[i].fresh && kept[i].written))
			fail_msg("%s gave CKR_OK, and %s is not synchronised", call, kept[i].dirty ? kept[i].name : "the folder");
}

static void what_is_confirmed_is_synchronised(void **state unused)
{
	fault_see_each(forget_writes, expect_all_on_disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_confirmed_is_synchronised, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(a_process_may_die_at_every_system_call, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(every_system_call_may_fail, fault_setup, fault_teardown),
	};
	return cmocka_run_group_tests_name("disk_faults", tests, NULL, NULL);
}
