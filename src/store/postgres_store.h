/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the PostgreSQL backend share: the store, its connections, its statements and the parts
 * of which it is made. Included by src/store/postgres*.c only, which are the plug-in and no part of the
 * module; <libpq-fe.h> stays in those files. */
#ifndef CONCLAVE_STORE_POSTGRES_STORE_H
#define CONCLAVE_STORE_POSTGRES_STORE_H

#include <sys/types.h>

#include "store/plugin.h"

struct pg_conn;
struct pg_result;

/* ---- settings: postgres_uri.c ------------------------------------------------------------------ */

struct postgres_settings {
	char *conninfo; /* the URI for libpq: without the parameters that are ours */
	char *shown;    /* the part behind the scheme for log lines: no password */
	char *schema;
	char *key_file;
	unsigned wait_ms; /* for an answer, for a lock, for a server that comes back */
	unsigned news_ms; /* how old news may be for store_stamp_recent; 0: none are used */
};

must_check CK_RV postgres_settings_read(const char *uri, struct postgres_settings *ret);
void postgres_settings_free(struct postgres_settings *set);

/* ---- the store ----------------------------------------------------------------------------------- */

/* One connection. conn is NULL when there is none (any more). */
struct postgres_link {
	struct pg_conn *conn;
	dev_t dev; /* of its socket: in a fork child the number may be another file's */
	ino_t ino;
	uint64_t prepared; /* a bit for each statement */
	bool pending;      /* something was sent whose answer nobody has taken yet */
};

#define POSTGRES_IDLE_LINKS 2
#define POSTGRES_KEY_CHECK 16

struct postgres_lock;

struct postgres_store {
	struct store base;
	struct postgres_settings set;
	char channel[32]; /* of NOTIFY */

	/* Under base.lock: */
	struct postgres_link main;
	_Atomic bool lost; /* main is gone; written under the lock, read anywhere */
	_Atomic bool down; /* the server did not come back within wait_ms: the next calls try once */
	uint64_t before;   /* committed changes at the start of the transaction */
	bool changed;      /* the transaction has changed something */
	_Atomic unsigned warnings; /* counts those that the server sent */

	/* What is known of changes: see postgres_news.c. */
	_Atomic uint64_t known;      /* the highest number of changes that this process has heard of */
	_Atomic uint64_t epoch;      /* counts new connections: after one, nothing known before holds */
	_Atomic uint64_t unreadable; /* counts stamps that could not be read */
	_Atomic uint64_t heard_ns, asked_ns, retry_ns;
	struct lock news_lock; /* protects news */
	struct postgres_link news;
	struct postgres_link watch; /* of the one watcher */

	struct lock locks_lock; /* protects the two below */
	struct postgres_lock *locks;
	struct postgres_link idle[POSTGRES_IDLE_LINKS];

	bool has_key_check;
	unsigned char key_check[POSTGRES_KEY_CHECK];
};

static inline struct postgres_store *postgres_of(struct store *s)
{
	return container_of(s, struct postgres_store, base);
}

/* ---- postgres_link.c: one connection -------------------------------------------------------------- */

#define POSTGRES_NO_LIMIT (-1)
#define POSTGRES_WHY 256

/* Connects once and sets the session up; why says what failed. for_locks: waits for locks without an end. */
bool postgres_link_open(struct postgres_store *s, bool for_locks, struct postgres_link *ret, char why[POSTGRES_WHY]);
/* The same until it succeeds or wait_ms are over, then CKR_DEVICE_ERROR. */
must_check CK_RV postgres_link_reopen(struct postgres_store *s, bool for_locks, struct postgres_link *ret);
void postgres_link_close(struct postgres_link *l);
/* In a fork child: closes the socket and nothing else. */
void postgres_link_drop(struct postgres_link *l);
/* True while the other side has not hung up. */
bool postgres_link_alive(struct postgres_link *l);
/* Runs one or more statements without parameters. The last rows go to *ret (NULL when there are none); ret
 * itself may be NULL. On CKR_DEVICE_ERROR the link may be gone (conn NULL). */
must_check CK_RV postgres_run(struct postgres_store *s, struct postgres_link *l, const char *sql, int limit_ms,
			      struct pg_result **ret);
/* Waits for all results of what was sent. */
must_check CK_RV postgres_collect(struct postgres_store *s, struct postgres_link *l, const char *what, int limit_ms,
				  struct pg_result **ret);
/* Sends a statement whose answer is of no interest; whoever uses the link next takes it. */
void postgres_send(struct postgres_store *s, struct postgres_link *l, const char *sql);
/* Takes that answer: before anything else is sent. */
must_check CK_RV postgres_settle(struct postgres_store *s, struct postgres_link *l);
/* Closes a link that does not answer as it should, and says why; gives CKR_DEVICE_ERROR. */
CK_RV postgres_link_lost(struct postgres_store *s, struct postgres_link *l, const char *why);
int postgres_limit(const struct postgres_store *s);

/* ---- postgres_query.c: prepared statements on the main link ---------------------------------------- */

/* The order of the texts in postgres_query.c. */
enum postgres_statement {
	PG_CHANGES,
	PG_TOKENS,
	PG_TOKEN_EXISTS,
	PG_TOKEN_ADD,
	PG_TOKEN_ADD_AT,
	PG_SLOT_TAKEN,
	PG_TOKEN_REMOVE,
	PG_NEXT_SLOT,
	PG_META_GET,
	PG_META_NEW,
	PG_META_SCAN,
	PG_META_UPDATE,
	PG_META_REMOVE,
	PG_META_REMOVE_ALL,
	PG_INSERT,
	PG_REPLACE,
	PG_REMOVE,
	PG_TAGS_REMOVE_ALL,
	PG_OBJECTS_REMOVE_ALL,
	PG_GET,
	PG_VERSION,
	PG_SCAN,
	PG_SCAN_TAG,
	PG_COUNT,
	PG_SETS_COVERING,
	PG_SETS_WALK,
	PG_SETS_REPLACE,
	PG_SETS_INSERT,
	PG_SETS_REMOVE_ALL,
	PG_CHECK,
	PG_STATEMENT_COUNT,
};

#define POSTGRES_PAGE 128 /* rows that a walk fetches at once */
#define POSTGRES_ARGS 8

struct postgres_args {
	int count;
	const char *values[POSTGRES_ARGS];
	int lengths[POSTGRES_ARGS];
	unsigned char numbers[POSTGRES_ARGS][8];
};

/* In the order of $1, $2, ...; bytes and text are borrowed until the statement has run. */
void postgres_arg_number(struct postgres_args *a, uint64_t value);
void postgres_arg_bytes(struct postgres_args *a, struct bytes value);
void postgres_arg_text(struct postgres_args *a, const char *value);

/* ret may be NULL; *ret is freed by postgres_result_free. */
must_check CK_RV postgres_query(struct postgres_store *s, enum postgres_statement which, const struct postgres_args *a,
				struct pg_result **ret);
/* A statement whose one row and column is a number. */
must_check CK_RV postgres_query_number(struct postgres_store *s, enum postgres_statement which,
				       const struct postgres_args *a, uint64_t *ret);
/* As postgres_query, for changes: when *ret_count rows are not 0, the transaction has changed something. */
must_check CK_RV postgres_change(struct postgres_store *s, enum postgres_statement which, const struct postgres_args *a,
				 uint64_t *ret_count);
void postgres_result_free(struct pg_result **r);
int postgres_rows(const struct pg_result *r);
uint64_t postgres_number(const struct pg_result *r, int row, int column);
/* Borrowed from the result. */
struct bytes postgres_bytes(const struct pg_result *r, int row, int column);

/* ---- the parts of the backend ---------------------------------------------------------------------- */

/* postgres_host.c: base functions with state go to the module. */
void postgres_host_use(const struct store_host *h);

/* postgres_schema.c: *ret_found false when there is no store and create is false. */
must_check CK_RV postgres_schema_open(struct postgres_store *s, bool create, bool *ret_found);
must_check CK_RV postgres_has_tokens(struct postgres_store *s, bool *ret);

/* postgres_token.c */
CK_RV postgres_tokens(struct store *s, store_token_fn fn, void *arg);
CK_RV postgres_token_add(struct store *s, struct store_token *ret);
CK_RV postgres_token_add_at(struct store *s, CK_SLOT_ID slot, struct store_token *ret);
CK_RV postgres_slot_taken(struct store *s, CK_SLOT_ID slot, bool *ret);
CK_RV postgres_token_remove(struct store *s, uint64_t token);
CK_RV postgres_next_slot(struct store *s, CK_SLOT_ID *ret);
CK_RV postgres_meta_get(struct store *s, uint64_t token, const char *name, struct buf *ret, uint64_t *ret_version);
CK_RV postgres_meta_put(struct store *s, uint64_t token, const char *name, struct bytes value, uint64_t expected);
CK_RV postgres_meta_remove(struct store *s, uint64_t token, const char *name);
CK_RV postgres_meta_walk(struct store *s, uint64_t token, store_meta_fn fn, void *arg);
CK_RV postgres_meta_insert(struct store *s, uint64_t token, const char *name, struct bytes value, uint64_t version);

/* postgres_record.c */
CK_RV postgres_insert(struct store *s, uint64_t token, const struct store_record *r);
CK_RV postgres_replace(struct store *s, uint64_t token, const struct store_record *r);
CK_RV postgres_remove(struct store *s, uint64_t token, const struct store_id *id);
CK_RV postgres_remove_all(struct store *s, uint64_t token);
CK_RV postgres_get(struct store *s, uint64_t token, const struct store_id *id, store_record_fn fn, void *arg);
CK_RV postgres_version(struct store *s, uint64_t token, const struct store_id *id, uint64_t *ret);
CK_RV postgres_scan(struct store *s, uint64_t token, const uint64_t *tags, size_t tag_count, store_record_fn fn, void *arg);
CK_RV postgres_count(struct store *s, uint64_t token, uint64_t *ret);
CK_RV postgres_check(struct store *s);

/* postgres_sets.c */
CK_RV postgres_sets_get(struct store *s, uint64_t token, uint8_t family, const uint64_t *places, size_t count, store_set_fn fn, void *arg);
CK_RV postgres_sets_walk(struct store *s, uint64_t token, store_set_fn fn, void *arg);
CK_RV postgres_sets_replace(struct store *s, uint64_t token, const struct store_set *rows, size_t count);
CK_RV postgres_sets_insert(struct store *s, uint64_t token, const struct store_set *rows, size_t count);

/* postgres_news.c */
/* The server says that there were so many changes. */
void postgres_news_known(struct postgres_store *s, uint64_t changes);
/* There is a new connection: what was known may be of another server. */
void postgres_news_forget(struct postgres_store *s);
uint64_t postgres_stamp(struct store *s);
uint64_t postgres_stamp_recent(struct store *s);
int postgres_watch_fd(struct store *s);
void postgres_watch_drain(struct store *s);
void postgres_news_close(struct postgres_store *s);
void postgres_news_abandon(struct postgres_store *s);

/* postgres_lock.c */
CK_RV postgres_lock_take(struct store *s, const char *name, bool exclusive, bool wait, struct store_lock **ret);
void postgres_lock_release(struct store_lock *l);
/* After a connection was lost: takes again what the server has forgotten with it. */
void postgres_locks_renew(struct postgres_store *s);
void postgres_locks_close(struct postgres_store *s);
void postgres_locks_abandon(struct postgres_store *s);
/* The server's number of a lock. */
int64_t postgres_lock_number(const struct postgres_store *s, const char *name);

/* postgres_key.c */
CK_RV postgres_local_key(struct store *s, unsigned char ret[32]);
/* Makes the file for a store that has neither tokens nor a key yet, and notes in the database which key it is. */
must_check CK_RV postgres_key_open(struct postgres_store *s);

/* postgres.c: puts a new connection in the place of a lost one. Without base.lock, or by the thread that is
 * inside. */
must_check CK_RV postgres_mend(struct postgres_store *s, bool inside);

#endif
