/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SQLite backend share: the store itself, its prepared statements and the parts
 * of which it is made. Included by src/store/sqlite*.c only; <sqlite3.h> stays in those files. */
#ifndef CONCLAVE_STORE_SQLITE_STORE_H
#define CONCLAVE_STORE_SQLITE_STORE_H

#include <sys/types.h>
#include <time.h>

#include "store/store_ops.h"

struct sqlite3;
struct sqlite3_stmt;

/* ---- the statements --------------------------------------------------------------------------- */

/* The order of the texts in sqlite_query.c. */
enum sqlite_statement {
	QUERY_BEGIN_READ,
	QUERY_BEGIN_WRITE,
	QUERY_COMMIT,
	QUERY_ROLLBACK,
	QUERY_SAVE,
	QUERY_KEEP,
	QUERY_UNDO,
	QUERY_CHANGES_GET,
	QUERY_CHANGES_ADD,
	QUERY_TOKENS,
	QUERY_TOKEN_EXISTS,
	QUERY_TOKEN_INSERT,
	QUERY_TOKEN_REMOVE,
	QUERY_SLOT_TAKEN,
	QUERY_COUNTER_GET,
	QUERY_COUNTER_ADD,
	QUERY_COUNTER_RAISE,
	QUERY_META_GET,
	QUERY_META_VERSION,
	QUERY_META_PUT,
	QUERY_META_SCAN,
	QUERY_META_REMOVE,
	QUERY_META_REMOVE_ALL,
	QUERY_OBJECT_LAST_SEQ,
	QUERY_OBJECT_INSERT,
	QUERY_OBJECT_FIND,
	QUERY_OBJECT_UPDATE,
	QUERY_OBJECT_REMOVE,
	QUERY_OBJECT_REMOVE_ALL,
	QUERY_OBJECT_GET,
	QUERY_OBJECT_SCAN,
	QUERY_OBJECT_COUNT,
	QUERY_TAG_INSERT,
	QUERY_TAG_REMOVE,
	QUERY_TAG_REMOVE_ALL,
	QUERY_TAG_SCAN,
	QUERY_TAG_GET,
	QUERY_TAG_COUNT,
	QUERY_SETS_COVERING,
	QUERY_SETS_WALK,
	QUERY_SETS_UPDATE,
	QUERY_SETS_INSERT,
	QUERY_SETS_REMOVE_ALL,
	QUERY_CHECK_PAGES,
	QUERY_CHECK_ORPHANS,
	QUERY_CHECK_RECORDS,
	QUERY_STATEMENT_COUNT,
};

/* ---- the store -------------------------------------------------------------------------------- */

/* A mapping of a stamp file. One that was replaced stays until the store is closed: a reader may be
 * looking at it. */
struct sqlite_stamp_map {
	struct sqlite_stamp_map *older;
	_Atomic uint64_t *word; /* at the start of the mapping */
	void *mapping;
	int fd;
	dev_t dev;
	ino_t ino;
	bool writable;
};

struct sqlite_lock;

/* What a file looked like when it was copied: see sqlite_copy.c. */
struct sqlite_mark {
	ino_t ino;
	off_t size;
	struct timespec changed;
};

#define SQLITE_COPY_FILES 2
#define SQLITE_COPY_PATH 512

struct sqlite_store {
	struct store base;
	struct sqlite_store *next; /* in the table of open stores */
	size_t users;              /* store_open that found this store open already */
	unsigned generation;       /* of the process that opened it, see sqlite_vfs.h */
	char *dir;
	int dir_fd;                /* held for its identity */
	dev_t dir_dev;
	ino_t dir_ino;

	struct sqlite3 *db;
	struct sqlite3_stmt *statements[QUERY_STATEMENT_COUNT];
	uint64_t busy_deadline; /* of the wait for a lock of the database */
	int64_t changes_before; /* sqlite3_total_changes at the start of the transaction */

	bool copied; /* db is a private copy of files that cannot be written */
	struct sqlite_mark copy_marks[SQLITE_COPY_FILES];

	struct sqlite_stamp_map *stamp; /* the newest mapping, NULL when there is none */
	_Atomic uint64_t unreadable;    /* counts stamps that could not be read */
	int watch_fd, watch_wd;         /* inotify, or -1 */

	struct lock locks_lock; /* protects locks */
	struct sqlite_lock *locks;
};

static inline struct sqlite_store *sqlite_of(struct store *s)
{
	return container_of(s, struct sqlite_store, base);
}

/* Logs SQLite's own message with the path, and gives the code for it. */
CK_RV sqlite_fail(struct sqlite_store *s, int code, const char *what);

/* ---- sqlite_query.c: one run of a prepared statement ------------------------------------------- */

struct sqlite_query {
	struct sqlite_store *store;
	struct sqlite3_stmt *stmt;
	bool own;  /* prepared for this run alone, because the kept one is running */
	int code;  /* the first error of binding */
};

must_check CK_RV sqlite_query_open(struct sqlite_store *s, enum sqlite_statement which, struct sqlite_query *ret);
void sqlite_query_close(struct sqlite_query *q);
/* Parameters count from 1, columns from 0. What is bound must live until the query is closed. */
void sqlite_query_number(struct sqlite_query *q, int parameter, uint64_t value);
void sqlite_query_bytes(struct sqlite_query *q, int parameter, struct bytes value);
void sqlite_query_text(struct sqlite_query *q, int parameter, const char *value);
/* The next row, or *ret_row false at the end. */
must_check CK_RV sqlite_query_step(struct sqlite_query *q, bool *ret_row);
uint64_t sqlite_column_number(struct sqlite_query *q, int column);
/* Borrowed until the next step. */
struct bytes sqlite_column_bytes(struct sqlite_query *q, int column);
/* Steps once and closes; for statements without rows. *ret_changed may be NULL. */
must_check CK_RV sqlite_query_run(struct sqlite_query *q, uint64_t *ret_changed);
/* Runs a statement that has no parameters and gives no rows. */
must_check CK_RV sqlite_run(struct sqlite_store *s, enum sqlite_statement which);
void sqlite_statements_drop(struct sqlite_store *s);

/* ---- the parts of the backend ------------------------------------------------------------------ */

/* sqlite_token.c */
CK_RV sqlite_tokens(struct store *s, store_token_fn fn, void *arg);
CK_RV sqlite_token_add(struct store *s, struct store_token *ret);
CK_RV sqlite_token_add_at(struct store *s, CK_SLOT_ID slot, struct store_token *ret);
CK_RV sqlite_slot_taken(struct store *s, CK_SLOT_ID slot, bool *ret);
CK_RV sqlite_token_remove(struct store *s, uint64_t token);
CK_RV sqlite_next_slot(struct store *s, CK_SLOT_ID *ret);
CK_RV sqlite_meta_get(struct store *s, uint64_t token, const char *name, struct buf *ret, uint64_t *ret_version);
CK_RV sqlite_meta_put(struct store *s, uint64_t token, const char *name, struct bytes value, uint64_t expected);
CK_RV sqlite_meta_remove(struct store *s, uint64_t token, const char *name);
CK_RV sqlite_meta_walk(struct store *s, uint64_t token, store_meta_fn fn, void *arg);
CK_RV sqlite_meta_insert(struct store *s, uint64_t token, const char *name, struct bytes value, uint64_t version);
/* CKR_TOKEN_NOT_PRESENT when there is none. */
must_check CK_RV sqlite_token_must_exist(struct sqlite_store *s, uint64_t token);
must_check CK_RV sqlite_has_tokens(struct sqlite_store *s, bool *ret);

/* sqlite_record.c */
CK_RV sqlite_insert(struct store *s, uint64_t token, const struct store_record *r);
CK_RV sqlite_replace(struct store *s, uint64_t token, const struct store_record *r);
CK_RV sqlite_remove(struct store *s, uint64_t token, const struct store_id *id);
CK_RV sqlite_remove_all(struct store *s, uint64_t token);
CK_RV sqlite_get(struct store *s, uint64_t token, const struct store_id *id, store_record_fn fn, void *arg);
CK_RV sqlite_version(struct store *s, uint64_t token, const struct store_id *id, uint64_t *ret);
CK_RV sqlite_scan(struct store *s, uint64_t token, const uint64_t *tags, size_t tag_count, store_record_fn fn, void *arg);
CK_RV sqlite_count(struct store *s, uint64_t token, uint64_t *ret);
/* A record's tags as numbers. */
struct sqlite_tags {
	size_t count;
	uint64_t tags[STORE_MAX_TAGS];
};
/* Of the column, which has them in little endian. CKR_DEVICE_ERROR (logged): it is damaged. */
must_check CK_RV sqlite_tags_decode(struct sqlite_store *s, struct bytes in, struct sqlite_tags *ret);

/* sqlite_check.c */
CK_RV sqlite_check(struct store *s);

/* sqlite_sets.c */
CK_RV sqlite_sets_get(struct store *s, uint64_t token, uint8_t family, const uint64_t *places, size_t count, store_set_fn fn, void *arg);
CK_RV sqlite_sets_walk(struct store *s, uint64_t token, store_set_fn fn, void *arg);
CK_RV sqlite_sets_replace(struct store *s, uint64_t token, const struct store_set *rows, size_t count);
CK_RV sqlite_sets_insert(struct store *s, uint64_t token, const struct store_set *rows, size_t count);
must_check CK_RV sqlite_sets_remove_all(struct sqlite_store *s, uint64_t token);

/* sqlite_db.c: the connection and the format of the file */
/* *ret_found false: there is no database, or only the beginnings of one (and create is false). */
must_check CK_RV sqlite_db_open(struct sqlite_store *s, bool create, bool *ret_found);
void sqlite_db_close(struct sqlite_store *s);
/* Takes a new copy when the store is one and the originals have changed. Outside any transaction. */
must_check CK_RV sqlite_db_refresh(struct sqlite_store *s);

/* sqlite_copy.c */
/* Copies database and log into a new private folder, and notes what they looked like. */
must_check CK_RV sqlite_copy_make(struct sqlite_store *s, char ret_dir[SQLITE_COPY_PATH]);
void sqlite_copy_remove(const char *dir);
bool sqlite_copy_stale(struct sqlite_store *s);

/* sqlite_dir.c: the directory and the files beside the database */
/* Opens name inside the store's directory, close-on-exec, mode 0600, owned as the directory is; -1 and
 * errno. */
int sqlite_dir_open(struct sqlite_store *s, const char *name, int flags);
/* The code for a failed system call on a file of the store, by errno. */
CK_RV sqlite_dir_fail(struct sqlite_store *s, const char *name, const char *what);
/* Makes the directory and its parents, mode 0700. */
must_check CK_RV sqlite_dir_make(const char *path);
/* Closes fd unless it is by now another file: the host may have closed it and use the number itself. */
void sqlite_dir_drop(int fd, dev_t dev, ino_t ino);

/* sqlite_key.c */
CK_RV sqlite_local_key(struct store *s, unsigned char ret[32]);
/* Makes store.key when it is not there. */
must_check CK_RV sqlite_key_make(struct sqlite_store *s);

/* sqlite_stamp.c */
/* Maps the stamp file, makes it if need be, and brings it in line with the database. A store without one
 * works, only slower; but one that others read and this process cannot write is CKR_DEVICE_ERROR. */
must_check CK_RV sqlite_stamp_open(struct sqlite_store *s);
void sqlite_stamp_close(struct sqlite_store *s);
/* As close, in a fork child. */
void sqlite_stamp_abandon(struct sqlite_store *s);
/* Looks whether the file was replaced or removed, and takes the new one. Inside the store's lock, outside
 * any transaction. */
must_check CK_RV sqlite_stamp_refresh(struct sqlite_store *s);
/* Around COMMIT, by the holder of the database's write lock; before is the counter without the change. */
void sqlite_stamp_raise(struct sqlite_store *s, uint64_t before);
void sqlite_stamp_settle(struct sqlite_store *s, uint64_t before);
/* The number of committed changes, from the database. */
must_check CK_RV sqlite_changes(struct sqlite_store *s, uint64_t *ret);
uint64_t sqlite_stamp(struct store *s);
int sqlite_watch_fd(struct store *s);
void sqlite_watch_drain(struct store *s);

/* sqlite_lock.c */
CK_RV sqlite_lock_take(struct store *s, const char *name, bool exclusive, bool wait, struct store_lock **ret);
void sqlite_lock_release(struct store_lock *l);
/* In a fork child: closes the inherited descriptors, without which the parent's locks would outlive it. */
void sqlite_locks_abandon(struct sqlite_store *s);

#endif
