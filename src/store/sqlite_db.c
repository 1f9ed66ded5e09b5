/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to the database file and the file's format: opening, settings, what a new file gets,
 * which files are refused. Knows no row of any table. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/sqlite.sql.h"
#include "store/sqlite_store.h"

#define DB_FILE "conclave.db"
#define APPLICATION_ID 0x436e636c /* "Cncl" */
/* Another major format is refused; a newer minor one can be read and written by this code. */
#define FORMAT_MAJOR 2
#define FORMAT_MINOR 0
#define FORMAT(major, minor) ((major) * 1000 + (minor))

#define BUSY_LIMIT_NS (UINT64_C(30) * 1000 * 1000 * 1000)
#define BUSY_FIRST_NS 50000u
#define BUSY_DOUBLINGS 6 /* up to 3.2 ms */

enum format { FORMAT_EMPTY, FORMAT_OURS };

/* ---- waiting ------------------------------------------------------------------------------------- */

/* Called by SQLite each time it finds a lock taken. The time to sleep is spread by the clock's last
 * digits, so that those who wait do not stay in step. */
static int wait_for_lock(void *arg, int count)
{
	uint64_t *deadline = arg;
	uint64_t now = clock_monotonic_ns();
	if (count == 0)
		*deadline = now + BUSY_LIMIT_NS;
	if (now >= *deadline)
		return 0;
	uint64_t longest = (uint64_t)BUSY_FIRST_NS << (count < BUSY_DOUBLINGS ? count : BUSY_DOUBLINGS);
	struct timespec pause = {.tv_nsec = (long)(longest / 2 + now % (longest / 2))};
	nanosleep(&pause, NULL);
	return 1;
}

/* ---- one connection ------------------------------------------------------------------------------ */

static CK_RV exec(struct sqlite_store *s, const char *sql)
{
	int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? CKR_OK : sqlite_fail(s, code, sql);
}

static CK_RV read_number(struct sqlite_store *s, const char *sql, int64_t *ret)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	CK_RV rv = code == SQLITE_ROW ? CKR_OK : sqlite_fail(s, code, sql);
	if (rv == CKR_OK)
		*ret = sqlite3_column_int64(stmt, 0);
	/* In any case: a connection with a statement left does not close. */
	sqlite3_finalize(stmt);
	return rv;
}

void sqlite_db_close(struct sqlite_store *s)
{
	sqlite_statements_drop(s);
	int code = sqlite3_close(s->db);
	if (code != SQLITE_OK)
		log_write(LOG_LEVEL_ERROR, "%s/" DB_FILE " does not close: %s", s->dir, sqlite3_errstr(code));
	s->db = NULL;
}

static CK_RV configure(struct sqlite_store *s)
{
	sqlite3_extended_result_codes(s->db, 1);
	/* A copy has no other user: its log needs no shared memory beside it. */
	if (s->copied)
		try(exec(s, "PRAGMA locking_mode=EXCLUSIVE"));
	sqlite3_busy_handler(s->db, wait_for_lock, &s->busy_deadline);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return exec(s, "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;"
		       "PRAGMA cache_size=-24000; PRAGMA cell_size_check=ON; PRAGMA recursive_triggers=OFF");
}

static CK_RV connect(struct sqlite_store *s, const char *path, int flags)
{
	int code = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, "unix");
	CK_RV rv = code == SQLITE_OK ? configure(s) : sqlite_fail(s, code, "cannot be opened");
	if (rv != CKR_OK)
		sqlite_db_close(s);
	return rv;
}

/* ---- the format ---------------------------------------------------------------------------------- */

static CK_RV read_format(struct sqlite_store *s, enum format *ret)
{
	int64_t application, version, tables;
	try(read_number(s, "PRAGMA application_id", &application));
	try(read_number(s, "PRAGMA user_version", &version));
	if (application == 0 && version == 0) {
		try(read_number(s, "SELECT count(*) FROM sqlite_schema", &tables));
		if (tables == 0) {
			*ret = FORMAT_EMPTY;
			return CKR_OK;
		}
	}
	if (application != APPLICATION_ID)
		return fail(CKR_DEVICE_ERROR, "%s/" DB_FILE " is a database of another program", s->dir);
	if (version >= FORMAT(FORMAT_MAJOR + 1, 0) || version < FORMAT(FORMAT_MAJOR, 0))
		return fail(CKR_DEVICE_ERROR, "%s/" DB_FILE " has format %d.%d, this library knows format %d.%d", s->dir,
			    (int)(version / 1000), (int)(version % 1000), FORMAT_MAJOR, FORMAT_MINOR);
	*ret = FORMAT_OURS;
	return CKR_OK;
}

static CK_RV write_format(struct sqlite_store *s)
{
	char stamp[128];
	snprintf(stamp, sizeof(stamp), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT", APPLICATION_ID,
		 FORMAT(FORMAT_MAJOR, FORMAT_MINOR));
	try(exec(s, "BEGIN IMMEDIATE"));
	try(exec(s, sqlite_sql));
	return exec(s, stamp);
}

/* ---- opening ------------------------------------------------------------------------------------- */

/* Makes the database, or finishes one whose maker was killed. The caller holds the lock "setup". */
static CK_RV set_up_locked(struct sqlite_store *s, const char *path)
{
	try(connect(s, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
	enum format format;
	try(read_format(s, &format));
	if (format == FORMAT_OURS)
		return CKR_OK;
	try(sqlite_key_make(s));
	try(exec(s, "PRAGMA journal_mode=WAL"));
	return write_format(s);
}

static CK_RV set_up(struct sqlite_store *s, const char *path)
{
	struct store_lock *lock;
	try(sqlite_lock_take(&s->base, "setup", true, true, &lock));
	CK_RV rv = set_up_locked(s, path);
	sqlite_lock_release(lock);
	return rv;
}

static bool may_write(struct sqlite_store *s)
{
	return faccessat(s->dir_fd, ".", W_OK, AT_EACCESS) == 0 && faccessat(s->dir_fd, DB_FILE, W_OK, AT_EACCESS) == 0;
}

static CK_RV open_copy(struct sqlite_store *s)
{
	char dir[SQLITE_COPY_PATH], path[SQLITE_COPY_PATH + sizeof("/" DB_FILE)];
	s->copied = true;
	try(sqlite_copy_make(s, dir));
	snprintf(path, sizeof(path), "%s/" DB_FILE, dir);
	enum format format;
	CK_RV rv = connect(s, path, SQLITE_OPEN_READWRITE);
	/* Reads the log into memory: from here on SQLite needs no name of either file. */
	if (rv == CKR_OK)
		rv = read_format(s, &format);
	sqlite_copy_remove(dir);
	return rv;
}

CK_RV sqlite_db_refresh(struct sqlite_store *s)
{
	/* Without a connection the last copy has failed: this is the next try. */
	if (likely(!s->copied) || (s->db != NULL && !sqlite_copy_stale(s)))
		return CKR_OK;
	log_write(LOG_LEVEL_INFO, "%s/" DB_FILE " has changed: it is read again", s->dir);
	sqlite_db_close(s);
	CK_RV rv = open_copy(s);
	if (rv != CKR_OK)
		sqlite_db_close(s);
	return rv;
}

/* With the shared memory of a live writer SQLite can read beside it; else a copy is read. */
static CK_RV open_unwritable(struct sqlite_store *s, const char *path)
{
	s->base.read_only = true;
	log_write(LOG_LEVEL_INFO, "%s cannot be written: the store is opened read-only", s->dir);
	if (faccessat(s->dir_fd, DB_FILE "-shm", R_OK, AT_EACCESS) == 0 &&
	    faccessat(s->dir_fd, DB_FILE "-wal", R_OK, AT_EACCESS) == 0)
		return connect(s, path, SQLITE_OPEN_READONLY);
	return open_copy(s);
}

/* An existing file; *ret_found false when there is nothing in it yet. */
static CK_RV open_existing(struct sqlite_store *s, const char *path, bool *ret_found)
{
	*ret_found = false;
	if (faccessat(s->dir_fd, DB_FILE, F_OK, AT_EACCESS) != 0)
		return errno == ENOENT ? CKR_OK : sqlite_dir_fail(s, DB_FILE, "cannot be opened");
	try(may_write(s) ? connect(s, path, SQLITE_OPEN_READWRITE) : open_unwritable(s, path));
	enum format format;
	try(read_format(s, &format));
	*ret_found = format == FORMAT_OURS;
	if (format == FORMAT_EMPTY)
		sqlite_db_close(s);
	return CKR_OK;
}

static CK_RV open_path(struct sqlite_store *s, const char *path, bool create, bool *ret_found)
{
	try(open_existing(s, path, ret_found));
	if (*ret_found || !create)
		return CKR_OK;
	if (s->base.read_only)
		return fail(CKR_TOKEN_WRITE_PROTECTED, "%s has no store and cannot be written", s->dir);
	try(set_up(s, path));
	*ret_found = true;
	return CKR_OK;
}

CK_RV sqlite_db_open(struct sqlite_store *s, bool create, bool *ret_found)
{
	size_t size = strlen(s->dir) + sizeof("/" DB_FILE);
	char *path = malloc(size);
	if (path == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for the name of a database");
	snprintf(path, size, "%s/" DB_FILE, s->dir);
	CK_RV rv = open_path(s, path, create, ret_found);
	free(path);
	if (rv != CKR_OK && s->db != NULL)
		sqlite_db_close(s);
	return rv;
}
