/* SPDX-License-Identifier: Apache-2.0 */
/* Every SQL statement of the backend, prepared once and kept, and how one is run. Translates SQLite's
 * codes into the standard's. Knows no table's meaning. */
#include <errno.h>
#include <string.h>

#include <sqlite3.h>

#include "base/log.h"
#include "store/sqlite_store.h"
#include "store/sqlite_vfs.h"

static const char *const texts[QUERY_STATEMENT_COUNT] = {
	[QUERY_BEGIN_READ] = "BEGIN",
	[QUERY_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[QUERY_COMMIT] = "COMMIT",
	[QUERY_ROLLBACK] = "ROLLBACK",
	[QUERY_SAVE] = "SAVEPOINT member",
	[QUERY_KEEP] = "RELEASE member",
	[QUERY_UNDO] = "ROLLBACK TO member",
	[QUERY_CHANGES_GET] = "SELECT value FROM counter WHERE name = 'changes'",
	[QUERY_CHANGES_ADD] = "UPDATE counter SET value = value + 1 WHERE name = 'changes'",
	[QUERY_TOKENS] = "SELECT token, slot FROM token ORDER BY slot",
	[QUERY_TOKEN_EXISTS] = "SELECT 1 FROM token WHERE token = ?1",
	[QUERY_TOKEN_INSERT] = "INSERT INTO token (token, slot) VALUES (?1, ?2)",
	[QUERY_TOKEN_REMOVE] = "DELETE FROM token WHERE token = ?1",
	[QUERY_SLOT_TAKEN] = "SELECT 1 FROM token WHERE slot = ?1",
	[QUERY_COUNTER_GET] = "SELECT value FROM counter WHERE name = ?1",
	[QUERY_COUNTER_ADD] = "UPDATE counter SET value = value + 1 WHERE name = ?1",
	[QUERY_COUNTER_RAISE] = "UPDATE counter SET value = ?2 WHERE name = ?1 AND value < ?2",
	[QUERY_META_GET] = "SELECT version, value FROM meta WHERE token = ?1 AND name = ?2",
	[QUERY_META_VERSION] = "SELECT version FROM meta WHERE token = ?1 AND name = ?2",
	[QUERY_META_PUT] = "REPLACE INTO meta (token, name, version, value) VALUES (?1, ?2, ?3, ?4)",
	[QUERY_META_SCAN] = "SELECT name, value, version FROM meta WHERE token = ?1 ORDER BY name",
	[QUERY_META_REMOVE] = "DELETE FROM meta WHERE token = ?1 AND name = ?2",
	[QUERY_META_REMOVE_ALL] = "DELETE FROM meta WHERE token = ?1",
	[QUERY_OBJECT_LAST_SEQ] = "SELECT max(seq) FROM object WHERE seq BETWEEN ?1 AND ?2",
	[QUERY_OBJECT_INSERT] = "INSERT INTO object (seq, token, version, id, tags, open, sealed)"
				 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[QUERY_OBJECT_FIND] = "SELECT seq, version, tags FROM object WHERE id = ?1 AND token = ?2",
	[QUERY_OBJECT_UPDATE] = "UPDATE object SET version = ?2, tags = ?3, open = ?4, sealed = ?5 WHERE seq = ?1",
	[QUERY_OBJECT_REMOVE] = "DELETE FROM object WHERE seq = ?1",
	[QUERY_OBJECT_REMOVE_ALL] = "DELETE FROM object WHERE seq BETWEEN ?1 AND ?2",
	[QUERY_OBJECT_GET] = "SELECT version, id, tags, open, sealed FROM object WHERE id = ?1 AND token = ?2",
	[QUERY_OBJECT_SCAN] = "SELECT version, id, tags, open, sealed FROM object WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
	[QUERY_OBJECT_COUNT] = "SELECT count(*) FROM object WHERE seq BETWEEN ?1 AND ?2",
	[QUERY_TAG_INSERT] = "INSERT INTO tag (tag, seq) VALUES (?1, ?2)",
	[QUERY_TAG_REMOVE] = "DELETE FROM tag WHERE tag = ?1 AND seq = ?2",
	[QUERY_TAG_REMOVE_ALL] = "DELETE FROM tag WHERE seq BETWEEN ?1 AND ?2",
	[QUERY_TAG_GET] = "SELECT 1 FROM tag WHERE tag = ?1 AND seq = ?2",
	[QUERY_TAG_COUNT] = "SELECT count(*) FROM tag",
	[QUERY_TAG_SCAN] = "SELECT o.version, o.id, o.tags, o.open, o.sealed FROM tag t CROSS JOIN object o"
			    " ON o.seq = t.seq WHERE t.tag = ?3 AND t.seq BETWEEN ?1 AND ?2 ORDER BY t.seq",
	[QUERY_SETS_COVERING] = "SELECT start, version, value, family FROM sets WHERE token = ?1 AND family = ?2 AND start <= ?3"
				 " ORDER BY start DESC LIMIT 1",
	[QUERY_SETS_WALK] = "SELECT start, version, value, family FROM sets WHERE token = ?1 ORDER BY family, start",
	[QUERY_SETS_UPDATE] = "UPDATE sets SET version = ?4, value = ?5"
			       " WHERE token = ?1 AND family = ?2 AND start = ?3 AND version = ?4 - 1",
	[QUERY_SETS_INSERT] = "INSERT INTO sets (token, family, start, version, value) VALUES (?1, ?2, ?3, ?4, ?5)"
			       " ON CONFLICT DO NOTHING",
	[QUERY_SETS_REMOVE_ALL] = "DELETE FROM sets WHERE token = ?1",
	[QUERY_CHECK_PAGES] = "PRAGMA integrity_check(20)",
	[QUERY_CHECK_RECORDS] = "SELECT seq, tags FROM object",
	/* The token that a record names is the one whose numbers it is among. */
	[QUERY_CHECK_ORPHANS] = "SELECT 'object of no token' FROM object"
				 " WHERE token <> seq >> 40 OR token NOT IN (SELECT token FROM token)"
				 " UNION ALL SELECT 'value of no token' FROM meta"
				 " WHERE token <> 0 AND token NOT IN (SELECT token FROM token)"
				 " UNION ALL SELECT 'set row of no token' FROM sets WHERE token NOT IN (SELECT token FROM token)",
};

/* ---- errors ------------------------------------------------------------------------------------ */

/* SQLite's primary codes that are more than an I/O error. */
static const struct code_row {
	int code;
	CK_RV rv;
} code_rows[] = {
	{SQLITE_FULL, CKR_DEVICE_MEMORY},
	{SQLITE_READONLY, CKR_TOKEN_WRITE_PROTECTED},
	{SQLITE_NOMEM, CKR_HOST_MEMORY},
};

static CK_RV rv_of(int code, int system_errno)
{
	/* The file was moved or removed under us: not a medium that someone has protected. */
	if (code == SQLITE_READONLY_DBMOVED)
		return CKR_DEVICE_ERROR;
	for (size_t i = 0; i < array_len(code_rows); i++) {
		if (code_rows[i].code == (code & 0xff))
			return code_rows[i].rv;
	}
	/* The -shm file and files that are made report a full medium in this way only. */
	int kind = code & 0xff;
	if ((kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN) && (system_errno == ENOSPC || system_errno == EDQUOT))
		return CKR_DEVICE_MEMORY;
	return CKR_DEVICE_ERROR;
}

CK_RV sqlite_fail(struct sqlite_store *s, int code, const char *what)
{
	int system_errno = s->db != NULL ? sqlite3_system_errno(s->db) : 0;
	if (sqlite_vfs_met_full() && (code & 0xff) == SQLITE_CANTOPEN)
		system_errno = ENOSPC;
	const char *message = s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(code);
	if (s->db != NULL)
		code = sqlite3_extended_errcode(s->db);
	return fail(rv_of(code, system_errno), "%s/conclave.db: %s: %s (SQLite %d%s%s)", s->dir, what, message, code,
		    system_errno != 0 ? ", " : "", system_errno != 0 ? strerror(system_errno) : "");
}

/* ---- runs --------------------------------------------------------------------------------------- */

CK_RV sqlite_query_open(struct sqlite_store *s, enum sqlite_statement which, struct sqlite_query *ret)
{
	struct sqlite3_stmt **kept = &s->statements[which];
	/* A callback of a scan may scan: the inner one gets a statement of its own. */
	bool own = *kept != NULL && sqlite3_stmt_busy(*kept);
	struct sqlite3_stmt *stmt = own ? NULL : *kept;
	if (stmt == NULL) {
		unsigned flags = own ? 0 : SQLITE_PREPARE_PERSISTENT;
		int code = sqlite3_prepare_v3(s->db, texts[which], -1, flags, &stmt, NULL);
		if (code != SQLITE_OK)
			return sqlite_fail(s, code, texts[which]);
		if (!own)
			*kept = stmt;
	}
	*ret = (struct sqlite_query){.store = s, .stmt = stmt, .own = own, .code = SQLITE_OK};
	return CKR_OK;
}

void sqlite_query_close(struct sqlite_query *q)
{
	if (q->stmt == NULL)
		return;
	if (q->own) {
		sqlite3_finalize(q->stmt);
	} else {
		sqlite3_reset(q->stmt);
		/* What was bound was borrowed. */
		sqlite3_clear_bindings(q->stmt);
	}
	q->stmt = NULL;
}

static void note_code(struct sqlite_query *q, int code)
{
	if (code != SQLITE_OK && q->code == SQLITE_OK)
		q->code = code;
}

void sqlite_query_number(struct sqlite_query *q, int parameter, uint64_t value)
{
	note_code(q, sqlite3_bind_int64(q->stmt, parameter, (sqlite3_int64)value));
}

void sqlite_query_bytes(struct sqlite_query *q, int parameter, struct bytes value)
{
	/* A NULL pointer would bind the SQL value NULL, which no column takes. */
	const void *data = value.len > 0 ? value.data : (const void *)"";
	note_code(q, sqlite3_bind_blob64(q->stmt, parameter, data, value.len, SQLITE_STATIC));
}

void sqlite_query_text(struct sqlite_query *q, int parameter, const char *value)
{
	note_code(q, sqlite3_bind_text(q->stmt, parameter, value, -1, SQLITE_STATIC));
}

CK_RV sqlite_query_step(struct sqlite_query *q, bool *ret_row)
{
	if (q->code != SQLITE_OK)
		return sqlite_fail(q->store, q->code, "a value cannot be bound");
	int code = sqlite3_step(q->stmt);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return sqlite_fail(q->store, code, sqlite3_sql(q->stmt));
	*ret_row = code == SQLITE_ROW;
	return CKR_OK;
}

uint64_t sqlite_column_number(struct sqlite_query *q, int column)
{
	return (uint64_t)sqlite3_column_int64(q->stmt, column);
}

struct bytes sqlite_column_bytes(struct sqlite_query *q, int column)
{
	const void *data = sqlite3_column_blob(q->stmt, column);
	return bytes_of(data, (size_t)sqlite3_column_bytes(q->stmt, column));
}

CK_RV sqlite_query_run(struct sqlite_query *q, uint64_t *ret_changed)
{
	bool row;
	CK_RV rv = sqlite_query_step(q, &row);
	if (rv == CKR_OK && ret_changed != NULL)
		*ret_changed = (uint64_t)sqlite3_changes64(q->store->db);
	sqlite_query_close(q);
	return rv;
}

CK_RV sqlite_run(struct sqlite_store *s, enum sqlite_statement which)
{
	struct sqlite_query q;
	try(sqlite_query_open(s, which, &q));
	return sqlite_query_run(&q, NULL);
}

void sqlite_statements_drop(struct sqlite_store *s)
{
	for (size_t i = 0; i < QUERY_STATEMENT_COUNT; i++) {
		sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
}
