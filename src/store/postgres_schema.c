/* SPDX-License-Identifier: Apache-2.0 */
/* The tables and their format: made under a lock when they are not there, refused when they are newer; and
 * what the operator should know of the server. Knows no row but that of the state. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "store/postgres.sql.h"
#include "store/postgres_store.h"

/* Another major format is refused; a newer minor one can be read and written by this code. */
#define FORMAT_MAJOR 2
#define FORMAT_MINOR 0

/* ---- the format ---------------------------------------------------------------------------------------- */

/* Is there a row for the schema's name? Asked of the catalogue's tables,
 * not of to_regclass: that one may answer from what this session knew before it had the lock. */
static CK_RV is_there(struct postgres_store *s, const char *select, bool *ret)
{
	struct pg_result *r cleanup(postgres_result_free) = NULL;
	char *name = PQescapeLiteral(s->main.conn, s->set.schema, strlen(s->set.schema));
	char sql[512];
	if (name == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a statement");
	snprintf(sql, sizeof(sql), "SELECT %s n.nspname = %s", select, name);
	PQfreemem(name);
	try(postgres_run(s, &s->main, sql, postgres_limit(s), &r));
	*ret = postgres_rows(r) == 1 && PQgetvalue(r, 0, 0)[0] != '0';
	return CKR_OK;
}

/* A statement with the schema's name between its two parts. */
static CK_RV run_with_schema(struct postgres_store *s, const char *before, const char *after, struct pg_result **ret)
{
	char sql[256];
	char *name = PQescapeIdentifier(s->main.conn, s->set.schema, strlen(s->set.schema));
	if (name == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a statement");
	snprintf(sql, sizeof(sql), "%s%s%s", before, name, after);
	PQfreemem(name);
	return postgres_run(s, &s->main, sql, postgres_limit(s), ret);
}

/* *ret_found false when there are no tables of ours. */
static CK_RV read_format(struct postgres_store *s, bool *ret_found)
{
	struct pg_result *r cleanup(postgres_result_free) = NULL;
	try(is_there(s, "count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'state' AND",
		     ret_found));
	if (!*ret_found)
		return CKR_OK;
	/* By its whole name: else a role without rights would be told that there is no such table. */
	CK_RV rv = run_with_schema(s, "SELECT major, minor, has_table_privilege(tableoid, 'UPDATE') FROM ", ".state", &r);
	/* Who may not even read has no store that is merely protected. */
	if (rv != CKR_OK)
		return rv == CKR_TOKEN_WRITE_PROTECTED ? CKR_DEVICE_ERROR : rv;
	if (postgres_rows(r) != 1)
		return fail(CKR_DEVICE_ERROR, "%s: the row of the state is missing", s->base.uri);
	if (strtol(PQgetvalue(r, 0, 0), NULL, 10) != FORMAT_MAJOR)
		return fail(CKR_DEVICE_ERROR, "%s has format %s.%s, this library knows format %d.%d", s->base.uri,
			    PQgetvalue(r, 0, 0), PQgetvalue(r, 0, 1), FORMAT_MAJOR, FORMAT_MINOR);
	if (!s->base.read_only && PQgetvalue(r, 0, 2)[0] != 't') {
		s->base.read_only = true;
		log_write(LOG_LEVEL_INFO, "%s: this role may not write: the store is opened read-only", s->base.uri);
	}
	return CKR_OK;
}

/* An administrator may have made the schema for a role that may not make any. */
static CK_RV make_schema(struct postgres_store *s)
{
	bool found;
	try(is_there(s, "count(*) FROM pg_namespace n WHERE", &found));
	return found ? CKR_OK : run_with_schema(s, "CREATE SCHEMA ", "", NULL);
}

static CK_RV make_tables_locked(struct postgres_store *s)
{
	bool found;
	try(read_format(s, &found));
	if (found)
		return CKR_OK;
	try(make_schema(s));
	return postgres_run(s, &s->main, postgres_sql, postgres_limit(s), NULL);
}

static CK_RV make_tables(struct postgres_store *s)
{
	char sql[96];
	snprintf(sql, sizeof(sql), "BEGIN; SELECT pg_advisory_xact_lock(%" PRId64 ")", postgres_lock_number(s, "setup"));
	CK_RV rv = postgres_run(s, &s->main, sql, postgres_limit(s), NULL);
	if (rv == CKR_OK)
		rv = make_tables_locked(s);
	if (rv == CKR_OK)
		return postgres_run(s, &s->main, "COMMIT", postgres_limit(s), NULL);
	if (s->main.conn != NULL && postgres_run(s, &s->main, "ROLLBACK", postgres_limit(s), NULL) != CKR_OK)
		postgres_link_close(&s->main);
	return rv;
}

/* ---- what the operator should know ------------------------------------------------------------------------ */

static void warn_once(struct postgres_store *s, const PGresult *r)
{
	static _Atomic bool warned;
	if (postgres_rows(r) != 1 || atomic_exchange(&warned, true))
		return;
	if (PQgetvalue(r, 0, 1)[0] == '\0')
		log_write(LOG_LEVEL_WARN, "%s: the server has no synchronous standby (synchronous_standby_names is empty): what"
			  " it confirms is lost when it is lost", s->base.uri);
	if (strcmp(PQgetvalue(r, 0, 2), "off") == 0)
		log_write(LOG_LEVEL_WARN, "%s: the server runs with fsync=off: what it confirms is not on disk", s->base.uri);
}

static CK_RV look_at_server(struct postgres_store *s)
{
	static const char sql[] = "SELECT current_setting('transaction_read_only'),"
				  " coalesce(current_setting('synchronous_standby_names', true), ''),"
				  " coalesce(current_setting('fsync', true), '')";
	struct pg_result *r cleanup(postgres_result_free) = NULL;
	try(postgres_run(s, &s->main, sql, postgres_limit(s), &r));
	s->base.read_only = postgres_rows(r) == 1 && strcmp(PQgetvalue(r, 0, 0), "on") == 0;
	warn_once(s, r);
	return CKR_OK;
}

CK_RV postgres_schema_open(struct postgres_store *s, bool create, bool *ret_found)
{
	try(look_at_server(s));
	try(read_format(s, ret_found));
	if (*ret_found || !create)
		return CKR_OK;
	if (s->base.read_only)
		return fail(CKR_TOKEN_WRITE_PROTECTED, "%s: a store cannot be made on a server that is read-only", s->base.uri);
	try(make_tables(s));
	*ret_found = true;
	return CKR_OK;
}
