/* SPDX-License-Identifier: Apache-2.0 */
/* The PostgreSQL backend: transactions, what happens when the connection is lost in them, open and close,
 * and the plug-in's one symbol. Writers take turns by the row of the state, so a write transaction sees
 * what is committed and nobody changes it meanwhile; readers see one snapshot.
 * Knows nothing of what records and values mean. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <libpq-fe.h>

#include "store/postgres_store.h"

/* How many changes pass until those of more than an hour ago are forgotten. */
#define FORGET_EVERY 128

/* ---- the connection ---------------------------------------------------------------------------------- */

static void put_link_locked(struct postgres_store *s, struct postgres_link *fresh)
{
	if (s->main.conn != NULL)
		return;
	s->main = *fresh;
	*fresh = (struct postgres_link){0};
	atomic_store(&s->lost, false);
	postgres_news_forget(s);
}

CK_RV postgres_mend(struct postgres_store *s, bool inside)
{
	struct postgres_link fresh = {0};
	try(postgres_link_reopen(s, false, &fresh));
	if (!inside)
		lock_take(&s->base.lock);
	put_link_locked(s, &fresh);
	if (!inside)
		lock_release(&s->base.lock);
	postgres_link_close(&fresh);
	postgres_locks_renew(s);
	return CKR_OK;
}

static CK_RV mend(struct store *base, CK_RV rv)
{
	struct postgres_store *s = postgres_of(base);
	return atomic_load(&s->lost) ? postgres_mend(s, false) : rv;
}

/* ---- transactions ------------------------------------------------------------------------------------- */

static void end_transaction(struct postgres_store *s)
{
	if (s->main.conn == NULL || PQtransactionStatus(s->main.conn) == PQTRANS_IDLE)
		return;
	/* A connection that cannot even do this is of no more use. */
	if (postgres_run(s, &s->main, "ROLLBACK", postgres_limit(s), NULL) != CKR_OK && s->main.conn != NULL)
		postgres_link_lost(s, &s->main, "a rollback failed");
}

static CK_RV begin(struct store *base, enum store_mode mode)
{
	static const char *const texts[] = {
		[STORE_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT changes FROM state",
		[STORE_WRITE] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT changes FROM state FOR UPDATE",
	};
	struct postgres_store *s = postgres_of(base);
	struct pg_result *r cleanup(postgres_result_free) = NULL;
	s->changed = false;
	CK_RV rv = postgres_run(s, &s->main, texts[mode], postgres_limit(s), &r);
	if (rv == CKR_OK && postgres_rows(r) != 1)
		rv = fail(CKR_DEVICE_ERROR, "%s: the row of the state is missing", base->uri);
	if (rv != CKR_OK) {
		end_transaction(s);
		return rv;
	}
	s->before = strtoull(PQgetvalue(r, 0, 0), NULL, 10);
	postgres_news_known(s, s->before);
	return CKR_OK;
}

/* What was read was read: the answer need not be waited for, and a connection that is lost now is the next
 * transaction's concern. */
static void end_reading(struct postgres_store *s)
{
	if (s->main.conn != NULL)
		postgres_send(s, &s->main, "ROLLBACK");
}

static void rollback(struct store *base)
{
	if (base->mode == STORE_READ)
		end_reading(postgres_of(base));
	else
		end_transaction(postgres_of(base));
}

/* ---- parts of a transaction ---------------------------------------------------------------------------- */

static CK_RV save(struct store *base)
{
	struct postgres_store *s = postgres_of(base);
	return postgres_run(s, &s->main, "SAVEPOINT member", postgres_limit(s), NULL);
}

/* The server keeps savepoints until the end, and the next one hides this one: not worth a question. */
static CK_RV keep(struct store *base unused)
{
	return CKR_OK;
}

static CK_RV undo(struct store *base)
{
	struct postgres_store *s = postgres_of(base);
	return postgres_run(s, &s->main, "ROLLBACK TO member", postgres_limit(s), NULL);
}

/* ---- commit ------------------------------------------------------------------------------------------- */

/* A UUID of version 4, as text. */
static CK_RV new_change_id(char ret[37])
{
	unsigned char b[16];
	ssize_t n;
	do
		n = getrandom(b, sizeof(b), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(b))
		return fail(CKR_DEVICE_ERROR, "the system gives no random bytes");
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(ret, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
		 b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	return CKR_OK;
}

/* Nobody has answered COMMIT, or with a doubt: was the change made? The update waits until the lost session
 * has ended one way or the other, and its own commit until a synchronous standby has all before it. */
static CK_RV resolve(struct postgres_store *s, const char *id)
{
	struct pg_result *r cleanup(postgres_result_free) = NULL;
	char sql[192];
	if (s->main.conn == NULL && postgres_mend(s, true) != CKR_OK)
		return fail(CKR_DEVICE_ERROR, "%s: it is not known whether change %s was made", s->base.uri, id);
	snprintf(sql, sizeof(sql),
		 "BEGIN; UPDATE state SET changes = changes; SELECT count(*) FROM change WHERE id = '%s'; COMMIT", id);
	CK_RV rv = postgres_run(s, &s->main, sql, postgres_limit(s), &r);
	if (rv != CKR_OK || postgres_rows(r) != 1) {
		end_transaction(s);
		return fail(CKR_DEVICE_ERROR, "%s: it is not known whether change %s was made", s->base.uri, id);
	}
	if (PQgetvalue(r, 0, 0)[0] != '1')
		return fail(CKR_DEVICE_ERROR, "%s: the connection was lost, change %s was not made", s->base.uri, id);
	log_write(LOG_LEVEL_WARN, "%s: change %s was made, the server says now", s->base.uri, id);
	return CKR_OK;
}

static CK_RV commit_change(struct postgres_store *s)
{
	char id[37];
	char sql[384];
	uint64_t number = s->before + 1;
	unsigned warnings = atomic_load(&s->warnings);
	/* One that was left open for the next writer may be lost with its connection, and another connection in its place. */
	if (s->main.conn == NULL || PQtransactionStatus(s->main.conn) != PQTRANS_INTRANS)
		return fail(CKR_DEVICE_ERROR, "%s: the connection was lost before the change was complete", s->base.uri);
	try(new_change_id(id));
	snprintf(sql, sizeof(sql),
		 "UPDATE state SET changes = %" PRIu64 "; INSERT INTO change (number, id) VALUES (%" PRIu64 ", '%s');"
		 "%s SELECT pg_notify('%s', '%" PRIu64 "'); COMMIT",
		 number, number, id,
		 number % FORGET_EVERY == 0 ? " DELETE FROM change WHERE made < now() - interval '1 hour';" : "", s->channel,
		 number);
	CK_RV rv = postgres_run(s, &s->main, sql, postgres_limit(s), NULL);
	/* A warning: the server has stopped waiting for its standby. */
	if (s->main.conn == NULL || (rv == CKR_OK && warnings != atomic_load(&s->warnings)))
		rv = resolve(s, id);
	if (rv == CKR_OK)
		postgres_news_known(s, number);
	return rv;
}

static CK_RV commit(struct store *base)
{
	struct postgres_store *s = postgres_of(base);
	if (s->changed)
		return commit_change(s);
	if (base->mode == STORE_READ)
		end_reading(s);
	else
		end_transaction(s);
	return CKR_OK;
}

/* ---- open, close, abandon ------------------------------------------------------------------------------- */

static void store_free(struct postgres_store *s)
{
	postgres_link_close(&s->main);
	postgres_news_close(s);
	postgres_locks_close(s);
	if (s->locks_lock.rank != 0)
		lock_destroy(&s->locks_lock);
	if (s->news_lock.rank != 0)
		lock_destroy(&s->news_lock);
	if (s->base.ops != NULL)
		store_head_destroy(&s->base);
	postgres_settings_free(&s->set);
	free(s);
}

static void close_store(struct store *base)
{
	store_free(postgres_of(base));
}

static void abandon(struct store *base)
{
	struct postgres_store *s = postgres_of(base);
	postgres_link_drop(&s->main);
	postgres_news_abandon(s);
	postgres_locks_abandon(s);
	/* The rest stays in memory: it is the parent's, and locks that may be taken. */
}

static const struct store_ops postgres_ops = {
	.close = close_store,
	.abandon = abandon,
	.stamp = postgres_stamp,
	.stamp_recent = postgres_stamp_recent,
	.watch_fd = postgres_watch_fd,
	.watch_drain = postgres_watch_drain,
	.begin = begin,
	.mend = mend,
	.commit = commit,
	.rollback = rollback,
	.save = save,
	.keep = keep,
	.undo = undo,
	.tokens = postgres_tokens,
	.token_add = postgres_token_add,
	.token_add_at = postgres_token_add_at,
	.slot_taken = postgres_slot_taken,
	.token_remove = postgres_token_remove,
	.next_slot = postgres_next_slot,
	.meta_get = postgres_meta_get,
	.meta_put = postgres_meta_put,
	.meta_remove = postgres_meta_remove,
	.meta_walk = postgres_meta_walk,
	.meta_insert = postgres_meta_insert,
	.insert = postgres_insert,
	.replace = postgres_replace,
	.remove = postgres_remove,
	.remove_all = postgres_remove_all,
	.get = postgres_get,
	.version = postgres_version,
	.scan = postgres_scan,
	.count = postgres_count,
	.sets_get = postgres_sets_get,
	.sets_walk = postgres_sets_walk,
	.sets_replace = postgres_sets_replace,
	.sets_insert = postgres_sets_insert,
	.check = postgres_check,
	.lock_take = postgres_lock_take,
	.lock_release = postgres_lock_release,
	.local_key = postgres_local_key,
};

/* The store without a connection. */
static CK_RV fill(struct postgres_store *s, const char *uri)
{
	try(postgres_settings_read(uri, &s->set));
	try(lock_init(&s->locks_lock, LOCK_RANK_LEAF));
	try(lock_init(&s->news_lock, LOCK_RANK_LEAF));
	try(store_head_init(&s->base, &postgres_ops, "postgresql", s->set.shown));
	snprintf(s->channel, sizeof(s->channel), "conclave_%016" PRIx64, (uint64_t)postgres_lock_number(s, ""));
	return CKR_OK;
}

static CK_RV connect(struct postgres_store *s, bool create, bool *ret_found)
{
	char why[POSTGRES_WHY];
	if (!postgres_link_open(s, false, &s->main, why))
		return fail(CKR_DEVICE_ERROR, "%s: no connection: %s", s->base.uri, why);
	try(postgres_schema_open(s, create, ret_found));
	return *ret_found ? postgres_key_open(s) : CKR_OK;
}

static CK_RV open_store(const struct store_host *host, const char *uri, bool create, struct store **ret)
{
	postgres_host_use(host);
	struct postgres_store *s = calloc(1, sizeof(*s));
	bool found = false;
	if (s == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a store");
	CK_RV rv = fill(s, uri);
	if (rv == CKR_OK)
		rv = connect(s, create, &found);
	if (rv != CKR_OK || !found) {
		store_free(s);
		if (rv == CKR_OK)
			*ret = NULL;
		return rv;
	}
	*ret = &s->base;
	return CKR_OK;
}

__attribute__((visibility("default"))) extern const struct store_plugin conclave_store_plugin;
const struct store_plugin conclave_store_plugin = {
	.abi = STORE_PLUGIN_ABI,
	.host_size = sizeof(struct store_host),
	.store_size = sizeof(struct store),
	.ops_size = sizeof(struct store_ops),
	.open = open_store,
};
