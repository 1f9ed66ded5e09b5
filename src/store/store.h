/* SPDX-License-Identifier: Apache-2.0 */
/* The store contract: tokens, their meta values and their object records as opaque byte strings
 * with versions. A change that returned CKR_OK is on disk. The store never sees a PIN, a key or an
 * attribute. Every backend (memory, sqlite, postgres) is one `struct store_ops`. */
#ifndef CONCLAVE_STORE_STORE_H
#define CONCLAVE_STORE_STORE_H

#include "base/bytes.h"

/* Codes of every call here unless said otherwise:
 * CKR_DEVICE_MEMORY the medium is full; CKR_DEVICE_ERROR an I/O error, a lost lock or a damaged file;
 * CKR_TOKEN_WRITE_PROTECTED the medium cannot be written; CKR_HOST_MEMORY.
 * The native cause is logged once, with the path. */

#define STORE_ID_SIZE 16
#define STORE_MAX_TAGS 40

/* A record's name inside its token: random, chosen by the object layer. */
struct store_id {
	unsigned char b[STORE_ID_SIZE];
};

/* An object as the store sees it. Borrowed members are valid during the call or callback. */
struct store_record {
	struct store_id id;
	uint64_t version;      /* 1 at insert, +1 with each replace */
	struct bytes open;     /* public part */
	struct bytes sealed;   /* encrypted part and authentication tag */
	const uint64_t *tags;  /* lookup tags (keyed hashes), sorted, each once */
	size_t tag_count;      /* at most STORE_MAX_TAGS */
};

struct store_token {
	uint64_t token;   /* the store's number of the token, never reused */
	CK_SLOT_ID slot;  /* for ever; small, in order of creation, never reused */
};

struct store; /* one open store of this process */

/* URI: "memory:", "sqlite:/dir" (the directory, made with mode 0700 if absent; the file inside is
 * conclave.db), "postgresql://..." (a libpq URI: doc/postgresql.md). create=false: a store that does not
 * exist is CKR_OK with *ret NULL. */
must_check CK_RV store_open(const char *uri, bool create, struct store **ret);
void store_close(struct store *s);
/* In a fork child, for an inherited store: gives back what may be given back without touching the
 * parent's locks, files and connections. */
void store_abandon(struct store *s);
const char *store_uri(const struct store *s);
bool store_read_only(const struct store *s);

/* A number that changes with every committed change of any process; one load from shared memory when
 * the store has one. 0 is never returned: callers use it as "not known yet". */
uint64_t store_stamp(struct store *s);
/* The same for an operation with a key that is decoded already: may be as old as the backend's documented
 * bound (doc/postgresql.md), for which it costs no question to a server. */
uint64_t store_stamp_recent(struct store *s);

/* A descriptor that becomes readable for poll() when some process changed the store, or -1 when the
 * backend has none (memory:). store_watch_drain empties it. One watcher at a time. */
int store_watch_fd(struct store *s);
void store_watch_drain(struct store *s);

/* ---- transactions ---------------------------------------------------------------------------
 * The calls below run inside begin..commit, by the thread that began; the store is locked for other
 * threads of the process meanwhile. A read transaction sees one consistent state. After any error the
 * only legal call is rollback; when begin fails there is nothing to roll back, and a rollback without a
 * transaction does nothing. commit on CKR_OK is durable; one that fails has rolled back. Writers of several
 * threads may share the backend's COMMIT (store/group.h): commit may sleep until another thread has done it.
 * CKR_GENERAL_ERROR: a call out of place. */
enum store_mode { STORE_READ, STORE_WRITE };
must_check CK_RV store_begin(struct store *s, enum store_mode mode);
must_check CK_RV store_commit(struct store *s);
void store_rollback(struct store *s);
/* Ends a transaction by how its work went: commits when rv is CKR_OK, else rolls back and gives rv back (or the
 * code of a COMMIT of others that failed, whose changes the work has seen). */
must_check CK_RV store_end(struct store *s, CK_RV rv);

/* ---- tokens -------------------------------------------------------------------------------- */
/* Calls fn for each token in order of slot ID; fn changes no token; its code other than CKR_OK ends the walk and is given back. */
typedef CK_RV (*store_token_fn)(void *arg, const struct store_token *t);
must_check CK_RV store_tokens(struct store *s, store_token_fn fn, void *arg);
/* Adds a token; the store chooses its number and slot ID. Slot IDs start at 0. */
must_check CK_RV store_token_add(struct store *s, struct store_token *ret);
/* Adds a token that comes from elsewhere, in the slot that it had there when that is free (and at most
 * STORE_SLOT_MAX), else as store_token_add does. The next slot is behind it. */
#define STORE_SLOT_MAX INT32_MAX
must_check CK_RV store_token_add_at(struct store *s, CK_SLOT_ID slot, struct store_token *ret);
/* Removes the token with its meta values and records. CKR_TOKEN_NOT_PRESENT when there is none. */
must_check CK_RV store_token_remove(struct store *s, uint64_t token);
/* The slot ID that store_token_add would give next. */
must_check CK_RV store_next_slot(struct store *s, CK_SLOT_ID *ret);

/* ---- meta values of a token (token 0: of the store itself) ----------------------------------- */
/* *ret_version 0 and *ret empty when there is none. */
must_check CK_RV store_meta_get(struct store *s, uint64_t token, const char *name, struct buf *ret, uint64_t *ret_version);
/* Writes when the stored version is `expected` (0: must not exist yet), and makes it expected+1.
 * CKR_FUNCTION_FAILED when it is another: somebody else was faster; read again and decide anew.
 * CKR_TOKEN_NOT_PRESENT when the token is not there (any more). */
must_check CK_RV store_meta_put(struct store *s, uint64_t token, const char *name, struct bytes value, uint64_t expected);
must_check CK_RV store_meta_remove(struct store *s, uint64_t token, const char *name);
/* Calls fn for each value of the token, by rising name; fn changes nothing. Names are up to STORE_META_NAME long. */
#define STORE_META_NAME 63
typedef CK_RV (*store_meta_fn)(void *arg, const char *name, struct bytes value, uint64_t version);
must_check CK_RV store_meta_walk(struct store *s, uint64_t token, store_meta_fn fn, void *arg);
/* Writes a value that comes from elsewhere with the version that it had there. CKR_FUNCTION_FAILED when there is one
 * of the name, CKR_TOKEN_NOT_PRESENT. */
must_check CK_RV store_meta_insert(struct store *s, uint64_t token, const char *name, struct bytes value, uint64_t version);

/* ---- records ------------------------------------------------------------------------------- */
/* Of all changes, fn may make those of the record that it is given (store_replace, store_remove). */
typedef CK_RV (*store_record_fn)(void *arg, const struct store_record *r);
/* r->version is what the record gets, 1 for a new one. CKR_FUNCTION_FAILED when the name is taken,
 * CKR_TOKEN_NOT_PRESENT when the token is not there (any more). */
must_check CK_RV store_insert(struct store *s, uint64_t token, const struct store_record *r);
/* r->version is the new version; the stored one must be r->version - 1, else CKR_FUNCTION_FAILED;
 * CKR_OBJECT_HANDLE_INVALID when there is no such record. */
must_check CK_RV store_replace(struct store *s, uint64_t token, const struct store_record *r);
/* CKR_OBJECT_HANDLE_INVALID when there is no such record: exactly one destroyer wins. */
must_check CK_RV store_remove(struct store *s, uint64_t token, const struct store_id *id);
must_check CK_RV store_remove_all(struct store *s, uint64_t token);
/* CKR_OBJECT_HANDLE_INVALID when there is no such record. */
must_check CK_RV store_get(struct store *s, uint64_t token, const struct store_id *id, store_record_fn fn, void *arg);
/* *ret 0 when there is no such record. */
must_check CK_RV store_version(struct store *s, uint64_t token, const struct store_id *id, uint64_t *ret);
/* Calls fn for every record that carries all the tags (all records when tag_count is 0), in a stable
 * order (by insertion). The most selective tag comes first: the backend may drive its index by it. */
must_check CK_RV store_scan(struct store *s, uint64_t token, const uint64_t *tags, size_t tag_count, store_record_fn fn, void *arg);
must_check CK_RV store_count(struct store *s, uint64_t token, uint64_t *ret);
/* ---- set rows ------------------------------------------------------------------------------ */
/* Small rows beside the records, which the object layer keeps about them (object/sets.h); opaque here but for their
 * order. The rows of a family divide the places from 0 to STORE_SET_LAST among them: each covers those from its
 * start up to the next one's. They go with the records: store_remove_all, store_token_remove. */
#define STORE_SET_LAST INT64_MAX
struct store_set {
	uint8_t family;
	uint64_t start;      /* at most STORE_SET_LAST */
	uint64_t version;
	struct bytes value;  /* valid during the call or callback */
};
typedef CK_RV (*store_set_fn)(void *arg, const struct store_set *row);
/* Gives the rows that cover these places (rising, repeats are fine), each once, in order of their start. A place
 * before the first row has none. fn changes nothing. */
must_check CK_RV store_sets_get(struct store *s, uint64_t token, uint8_t family, const uint64_t *places, size_t count, store_set_fn fn,
                                void *arg);
/* Gives all rows of the token, in order of family and start; fn changes nothing. */
must_check CK_RV store_sets_walk(struct store *s, uint64_t token, store_set_fn fn, void *arg);
/* Changes rows that are there: row->version is the new version, the stored one must be row->version - 1, else
 * CKR_FUNCTION_FAILED. Each (family, start) at most once. */
must_check CK_RV store_sets_replace(struct store *s, uint64_t token, const struct store_set *rows, size_t count);
/* Adds rows with the versions that they name (also those that come from elsewhere). CKR_FUNCTION_FAILED when there
 * is one of that family and start, CKR_TOKEN_NOT_PRESENT when the token is not there (any more). */
must_check CK_RV store_sets_insert(struct store *s, uint64_t token, const struct store_set *rows, size_t count);

/* The backend's own integrity check; CKR_DEVICE_ERROR with the findings in the log. */
must_check CK_RV store_check(struct store *s);

/* ---- locks that die with their owner --------------------------------------------------------- */
/* A named lock between processes, held outside any transaction until released or the process (or this
 * copy of the library) is gone, also by SIGKILL. name is up to 48 characters of [a-z0-9.-].
 * shared: any number of holders; exclusive: none other. Two takers in one process exclude each other by
 * the same rules (every store_lock has its own open file description).
 * wait=false never waits: *ret is NULL when somebody else has it. wait=true sleeps in the kernel until it
 * is free. Backends without processes (memory:) grant it within the process by the same rules.
 * On a read-only store shared locks are granted without a file, exclusive ones are CKR_TOKEN_WRITE_PROTECTED.
 * CKR_GENERAL_ERROR for any other name. */
struct store_lock;
must_check CK_RV store_lock_take(struct store *s, const char *name, bool exclusive, bool wait, struct store_lock **ret);
void store_lock_release(struct store_lock *l); /* NULL is fine */

/* 32 random bytes made with the store and kept beside, never inside, its database (sqlite: the file store.key
 * of mode 0600; memory: of the process; postgresql: a file of each host). CKR_DEVICE_ERROR when the file is
 * missing or has a wrong size although the database has tokens. */
must_check CK_RV store_local_key(struct store *s, unsigned char ret[32]);

/* ---- for backends ---------------------------------------------------------------------------- */
struct store_ops;
struct store_backend {
	const char *scheme; /* "memory", "sqlite" */
	CK_RV (*open)(const char *rest, bool create, struct store **ret);
};
extern const struct store_backend store_memory;
extern const struct store_backend store_sqlite;
extern const struct store_backend store_postgresql; /* in a plug-in: src/store/plugin.h */
extern const struct store_backend store_postgres;   /* the same under its other name */

#endif
