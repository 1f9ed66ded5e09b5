/* SPDX-License-Identifier: Apache-2.0 */
/* The log: formats one line and gives it to the sink with one system call. It has no lock, so that a
 * fork child can never find it taken; the sink changes only in log_configure and log_close, which the
 * module calls while no other call is inside. Knows levels and sinks, no PKCS#11 object. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_MAX_BYTES 2048

/* What `sink` may be beside the descriptor of a file. */
#define SINK_SYSLOG (-1)

static _Atomic int threshold = LOG_LEVEL_ERROR;
static _Atomic int sink = STDERR_FILENO;
static _Thread_local const char *current_call;

static const struct level_row {
	const char *name;
	int priority;
} level_rows[] = {
	[LOG_LEVEL_OFF] = {"off", LOG_DEBUG},
	[LOG_LEVEL_ERROR] = {"error", LOG_ERR},
	[LOG_LEVEL_WARN] = {"warn", LOG_WARNING},
	[LOG_LEVEL_INFO] = {"info", LOG_INFO},
	[LOG_LEVEL_DEBUG] = {"debug", LOG_DEBUG},
	[LOG_LEVEL_TRACE] = {"trace", LOG_DEBUG},
};

/* What the operator must see; everything else is a caller's mistake. */
static const CK_RV error_codes[] = {
	CKR_HOST_MEMORY, CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED, CKR_DEVICE_ERROR, CKR_DEVICE_MEMORY,
};

static bool level_from_name(const char *name, size_t len, int *ret)
{
	for (size_t i = 0; i < array_len(level_rows); i++) {
		if (strlen(level_rows[i].name) == len && strncmp(level_rows[i].name, name, len) == 0) {
			*ret = (int)i;
			return true;
		}
	}
	return false;
}

/* Never one of the standard descriptors, even when the host has closed them: it will open them again
 * and not expect a log there. */
static int open_log_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, S_IRUSR | S_IWUSR);
	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return high;
}

static bool sink_from_name(const char *name, int *ret)
{
	if (strcmp(name, "stderr") == 0) {
		*ret = STDERR_FILENO;
		return true;
	}
	if (strcmp(name, "syslog") == 0) {
		*ret = SINK_SYSLOG;
		return true;
	}
	if (strncmp(name, "file=", 5) != 0 || name[5] == '\0')
		return false;
	int fd = open_log_file(name + 5);
	if (fd < 0) {
		log_write(LOG_LEVEL_ERROR, "the log file %s cannot be opened: %s", name + 5, strerror(errno));
		return false;
	}
	*ret = fd;
	return true;
}

void log_close(void)
{
	int old = atomic_exchange(&sink, STDERR_FILENO);
	atomic_store(&threshold, LOG_LEVEL_ERROR);
	if (old > STDERR_FILENO)
		close(old);
}

bool log_configure(const char *spec)
{
	log_close();
	if (spec == NULL)
		return true;
	int level;
	int fd = STDERR_FILENO;
	size_t len = strcspn(spec, ":");
	if (!level_from_name(spec, len, &level))
		return false;
	if (spec[len] == ':' && !sink_from_name(spec + len + 1, &fd))
		return false;
	atomic_store(&sink, fd);
	atomic_store(&threshold, level);
	return true;
}

bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&threshold, memory_order_relaxed) && level != LOG_LEVEL_OFF;
}

const char *log_set_call(const char *function_name)
{
	const char *before = current_call;

	current_call = function_name;
	return before;
}

/* One line stays one line, and a terminal that shows it stays as it is. */
static void blank_controls(char *text)
{
	for (char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
}

static void stamp(int fd, char *ret, size_t size)
{
	ret[0] = '\0';
	if (fd <= STDERR_FILENO)
		return;
	struct clock_utc utc;
	clock_utc_now(&utc);
	snprintf(ret, size, "%04d-%02u-%02uT%02u:%02u:%02u.%03uZ ", utc.year, utc.month, utc.day, utc.hour, utc.minute,
		 utc.second, utc.millisecond);
}

static void emit(enum log_level level, const char *code, const char *text)
{
	int fd = atomic_load(&sink);
	const char *call = current_call;
	if (fd == SINK_SYSLOG) {
		/* No openlog: its settings belong to the host program. */
		syslog(LOG_USER | level_rows[level].priority, "conclave[%ld]: %s: %s%s%s%s%s", (long)getpid(),
		       level_rows[level].name, call ? call : "", call ? ": " : "", code ? code : "", code ? ": " : "", text);
		return;
	}
	char when[64];
	char line[LINE_MAX_BYTES];
	stamp(fd, when, sizeof(when));
	int n = snprintf(line, sizeof(line) - 1, "%sconclave[%ld]: %s: %s%s%s%s%s", when, (long)getpid(),
			 level_rows[level].name, call ? call : "", call ? ": " : "", code ? code : "", code ? ": " : "", text);
	if (n < 0)
		return;
	size_t len = (size_t)n < sizeof(line) - 1 ? (size_t)n : sizeof(line) - 2;
	line[len] = '\n';
	ssize_t written;
	do
		written = write(fd, line, len + 1);
	while (written < 0 && errno == EINTR);
}

static void write_line(enum log_level level, const char *code, const char *fmt, va_list args) printf_like(3, 0);
static void write_line(enum log_level level, const char *code, const char *fmt, va_list args)
{
	int saved_errno = errno;
	char text[LINE_MAX_BYTES];
	if (vsnprintf(text, sizeof(text), fmt, args) >= 0) {
		blank_controls(text);
		emit(level, code, text);
	}
	errno = saved_errno;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	if (!log_enabled(level))
		return;
	va_list args;
	va_start(args, fmt);
	write_line(level, NULL, fmt, args);
	va_end(args);
}

static enum log_level level_of(CK_RV rv)
{
	for (size_t i = 0; i < array_len(error_codes); i++) {
		if (error_codes[i] == rv)
			return LOG_LEVEL_ERROR;
	}
	return LOG_LEVEL_INFO;
}

CK_RV fail(CK_RV rv, const char *fmt, ...)
{
	enum log_level level = level_of(rv);
	if (!log_enabled(level))
		return rv;
	va_list args;
	va_start(args, fmt);
	write_line(level, rv_name(rv), fmt, args);
	va_end(args);
	return rv;
}
