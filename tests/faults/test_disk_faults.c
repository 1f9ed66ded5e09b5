/* SPDX-License-Identifier: Apache-2.0 */
/* Every call that changes a token, with every system call on the store's files failing in turn: a full disk, an I/O
 * error, missing rights, half a write. The program's own functions stand in for libc's. */
#undef _FORTIFY_SOURCE /* its inline versions of what is defined here */
#include "fault_world.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned left; /* system calls until the failure, 0: none is planned */
static bool happened;
static const struct fault *planned;

/* What is defined here is called by name; what it stands for is looked up. */
#define REAL(name) ((__typeof__(&name))(uintptr_t)real_call(#name))

/* With large files the names that libc has end in 64. */
static void *real_call(const char *name)
{
	static const char *const large[] = {"open", "openat", "pwrite", "pread", "ftruncate", "posix_fallocate"};
	char full[32];

	snprintf(full, sizeof(full), "%s", name);
	for (size_t i = 0; i < array_len(large); i++)
		if (strcmp(name, large[i]) == 0)
			snprintf(full, sizeof(full), "%s64", name);
	return dlsym(RTLD_NEXT, full);
}

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
	if (planned->lasting)
		left = 1;
	happened = true;
	errno = planned->error;
	return true;
}

#define fails_fd(fd) (left > 0 && fd_in_store(fd) && fails())
#define fails_path(path) (left > 0 && in_store(path) && fails())
#define fails_at(fd, path) (left > 0 && at_in_store((fd), (path)) && fails())

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
	return REAL(write)(fd, data, len);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
	if (fails_fd(fd)) {
		if (planned->error != 0)
			return -1;
		len = shortened(len);
	}
	return REAL(pwrite)(fd, data, len, offset);
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
	return io_fails(fd) ? -1 : REAL(read)(fd, data, len);
}

ssize_t pread(int fd, void *data, size_t len, off_t offset)
{
	return io_fails(fd) ? -1 : REAL(pread)(fd, data, len, offset);
}

int fsync(int fd)
{
	return io_fails(fd) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
	return io_fails(fd) ? -1 : REAL(fdatasync)(fd);
}

int ftruncate(int fd, off_t size)
{
	return whole_fails(fails_fd(fd)) ? -1 : REAL(ftruncate)(fd, size);
}

int posix_fallocate(int fd, off_t offset, off_t size)
{
	return whole_fails(fails_fd(fd)) ? planned->error : REAL(posix_fallocate)(fd, offset, size);
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
	return whole_fails(fails_path(path)) ? -1 : REAL(open)(path, flags, mode);
}

int openat(int fd, const char *path, int flags, ...)
{
	va_list args;

	va_start(args, flags);
	mode_t mode = mode_of(flags, args);
	va_end(args);
	return whole_fails(fails_at(fd, path)) ? -1 : REAL(openat)(fd, path, flags, mode);
}

int mkdir(const char *path, mode_t mode)
{
	return whole_fails(fails_path(path)) ? -1 : REAL(mkdir)(path, mode);
}

int linkat(int from, const char *path, int to, const char *name, int flags)
{
	return whole_fails(fails_at(from, path)) ? -1 : REAL(linkat)(from, path, to, name, flags);
}

int rename(const char *from, const char *to)
{
	return whole_fails(fails_path(from)) ? -1 : REAL(rename)(from, to);
}

/* This needs no room either. */
int unlink(const char *path)
{
	return left > 0 && planned->error != ENOSPC && whole_fails(fails_path(path)) ? -1 : REAL(unlink)(path);
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
		{"a full disk", arm, disarm, {CKR_DEVICE_MEMORY}, 0, ENOSPC, false},
		{"a disk that stays full", arm, disarm, {CKR_DEVICE_MEMORY}, 0, ENOSPC, true},
		{"an I/O error", arm, disarm, {CKR_DEVICE_ERROR}, 0, EIO, false},
		{"missing rights", arm, disarm, {CKR_DEVICE_ERROR, CKR_TOKEN_WRITE_PROTECTED}, 0, EACCES, false},
		{"half a write", arm, disarm, {CKR_DEVICE_MEMORY, CKR_DEVICE_ERROR}, 0, 0, false},
	};
	fault_walk(faults, array_len(faults), true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_system_call_may_fail, fault_setup, fault_teardown),
	};
	return cmocka_run_group_tests_name("disk_faults", tests, NULL, NULL);
}
