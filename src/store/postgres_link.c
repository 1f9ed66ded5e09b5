/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the server: connecting, the session's settings, statements with a limit of time, and
 * what to think of an error. Knows no table. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "store/postgres_store.h"

#define NS_PER_MS UINT64_C(1000000)
#define PAUSE_MS 100
/* The server gives up a lock after wait_ms; its answer needs a moment to come here. */
#define ANSWER_MS 2000

int postgres_limit(const struct postgres_store *s)
{
	return (int)s->set.wait_ms + ANSWER_MS;
}

/* The first line of a message. */
static void first_line(const char *message, char ret[POSTGRES_WHY])
{
	snprintf(ret, POSTGRES_WHY, "%.*s", (int)strcspn(message, "\n"), message);
}

/* ---- the end of a connection ------------------------------------------------------------------------ */

void postgres_link_close(struct postgres_link *l)
{
	PQfinish(l->conn); /* NULL is fine */
	*l = (struct postgres_link){0};
}

void postgres_link_drop(struct postgres_link *l)
{
	struct stat st;
	int fd = PQsocket(l->conn);
	/* PQfinish would say goodbye to the server in the parent's name. */
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
		close(fd);
	*l = (struct postgres_link){0};
}

bool postgres_link_alive(struct postgres_link *l)
{
	/* The end may stand behind a last message. */
	while (l->conn != NULL && PQconsumeInput(l->conn) == 1 && PQstatus(l->conn) == CONNECTION_OK) {
		struct pollfd p = {.fd = PQsocket(l->conn), .events = POLLIN};
		if (poll(&p, 1, 0) <= 0)
			return true;
	}
	return false;
}

CK_RV postgres_link_lost(struct postgres_store *s, struct postgres_link *l, const char *why)
{
	char line[POSTGRES_WHY];
	first_line(why, line);
	log_write(LOG_LEVEL_WARN, "%s: the connection is lost: %s", s->base.uri, line);
	postgres_link_close(l);
	if (l == &s->main)
		atomic_store(&s->lost, true);
	return CKR_DEVICE_ERROR;
}

/* ---- results ---------------------------------------------------------------------------------------- */

/* What the five letters of an error mean to a caller of the store. Those that end with a * stand for all
 * of their class. */
static const struct state_row {
	const char *state;
	CK_RV rv;
	bool quiet; /* an answer that the caller expects */
	bool lost;  /* another connection may do better */
} state_rows[] = {
	{"23505", CKR_FUNCTION_FAILED, true, false},       /* the name is taken */
	{"23503", CKR_TOKEN_NOT_PRESENT, true, false},     /* of no token */
	{"40*", CKR_FUNCTION_FAILED, true, false},         /* somebody else was faster */
	{"25006", CKR_TOKEN_WRITE_PROTECTED, false, true}, /* a primary that is none any more */
	{"42501", CKR_TOKEN_WRITE_PROTECTED, false, false},
	{"53100", CKR_DEVICE_MEMORY, false, false},
	{"53200", CKR_DEVICE_MEMORY, false, false},
	{"08*", CKR_DEVICE_ERROR, false, true},
	{"25P03", CKR_DEVICE_ERROR, false, true}, /* it stood still inside a transaction */
	{"57P*", CKR_DEVICE_ERROR, false, true},
};

static const struct state_row *row_of(const char *state)
{
	static const struct state_row other = {"", CKR_DEVICE_ERROR, false, false};
	for (size_t i = 0; i < array_len(state_rows); i++) {
		size_t len = strcspn(state_rows[i].state, "*");
		if (strncmp(state_rows[i].state, state, len) == 0)
			return &state_rows[i];
	}
	return &other;
}

static CK_RV refused(struct postgres_store *s, const PGresult *r, const char *what, bool *ret_lost)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const struct state_row *row = row_of(state != NULL ? state : "");
	const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	if (message == NULL)
		message = PQresultErrorMessage(r);
	*ret_lost = *ret_lost || row->lost;
	if (row->quiet || row->lost) {
		log_write(row->quiet ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "%s: %.40s: %s", s->base.uri, what, message);
		return row->rv;
	}
	return fail(row->rv, "%s: %.40s: %s (%s)", s->base.uri, what, message, state != NULL ? state : "no code");
}

/* Waits until the next result is there. NULL, or why it never will be. */
static const char *await(struct postgres_link *l, uint64_t deadline)
{
	for (;;) {
		int unsent = PQflush(l->conn);
		if (unsent < 0)
			return PQerrorMessage(l->conn);
		if (unsent == 0 && PQisBusy(l->conn) == 0)
			return NULL;
		uint64_t now = clock_monotonic_ns();
		if (now >= deadline)
			return "no answer";
		uint64_t left = (deadline - now) / NS_PER_MS + 1;
		struct pollfd p = {.fd = PQsocket(l->conn), .events = (short)(POLLIN | (unsent > 0 ? POLLOUT : 0))};
		if (poll(&p, 1, left < 60000 ? (int)left : 60000) < 0 && errno != EINTR)
			return strerror(errno);
		if (p.revents != 0 && PQconsumeInput(l->conn) == 0)
			return PQerrorMessage(l->conn);
	}
}

/* A COMMIT of a transaction that had failed. */
static bool rolled_back(PGresult *r)
{
	return PQresultStatus(r) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(r), "ROLLBACK") == 0;
}

static const char *gather(struct postgres_store *s, struct postgres_link *l, const char *what, uint64_t deadline,
			  PGresult **rows, CK_RV *ret_rv)
{
	bool lost = false;
	for (;;) {
		const char *why = await(l, deadline);
		if (why != NULL)
			return why;
		PGresult *r = PQgetResult(l->conn);
		if (r == NULL)
			break;
		ExecStatusType status = PQresultStatus(r);
		bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
		if (!good && *ret_rv == CKR_OK)
			*ret_rv = refused(s, r, what, &lost);
		if (rolled_back(r) && strstr(what, "COMMIT") != NULL && *ret_rv == CKR_OK)
			*ret_rv = fail(CKR_DEVICE_ERROR, "%s: the transaction was rolled back", s->base.uri);
		if (status == PGRES_TUPLES_OK) {
			PQclear(*rows);
			*rows = r;
		} else {
			PQclear(r);
		}
	}
	if (PQstatus(l->conn) != CONNECTION_OK)
		return PQerrorMessage(l->conn);
	return lost ? "the server cannot be used" : NULL;
}

CK_RV postgres_collect(struct postgres_store *s, struct postgres_link *l, const char *what, int limit_ms, PGresult **ret)
{
	uint64_t deadline = limit_ms < 0 ? UINT64_MAX : clock_monotonic_ns() + (uint64_t)limit_ms * NS_PER_MS;
	PGresult *rows = NULL;
	CK_RV rv = CKR_OK;
	const char *why = gather(s, l, what, deadline, &rows, &rv);
	if (why != NULL)
		rv = postgres_link_lost(s, l, why);
	if (rv != CKR_OK || ret == NULL)
		PQclear(rows);
	else
		*ret = rows;
	return rv;
}

CK_RV postgres_run(struct postgres_store *s, struct postgres_link *l, const char *sql, int limit_ms, PGresult **ret)
{
	if (l->conn == NULL)
		return CKR_DEVICE_ERROR;
	try(postgres_settle(s, l));
	if (PQsendQuery(l->conn, sql) == 0)
		return postgres_link_lost(s, l, PQerrorMessage(l->conn));
	return postgres_collect(s, l, sql, limit_ms, ret);
}

void postgres_send(struct postgres_store *s, struct postgres_link *l, const char *sql)
{
	if (PQsendQuery(l->conn, sql) == 0 || PQflush(l->conn) < 0)
		postgres_link_lost(s, l, PQerrorMessage(l->conn));
	else
		l->pending = true;
}

CK_RV postgres_settle(struct postgres_store *s, struct postgres_link *l)
{
	if (!l->pending)
		return CKR_OK;
	l->pending = false;
	return postgres_collect(s, l, "the end of a transaction", postgres_limit(s), NULL);
}

/* ---- connecting -------------------------------------------------------------------------------------- */

/* Notes that there was a warning: around COMMIT it means that the standby may not have the change. */
static void take_notice(void *arg, const PGresult *r)
{
	struct postgres_store *s = arg;
	const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	bool warning = severity != NULL && strcmp(severity, "WARNING") == 0;
	if (warning)
		atomic_fetch_add(&s->warnings, 1);
	log_write(warning ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG, "%s: %s", s->base.uri, message != NULL ? message : "a notice");
}

/* What stands before dbname is a default that the URI may overrule. */
static PGconn *dial(struct postgres_store *s)
{
	char user_timeout[16];
	snprintf(user_timeout, sizeof(user_timeout), "%u", s->set.wait_ms);
	const char *const names[] = {"connect_timeout", "target_session_attrs", "keepalives_idle", "keepalives_interval",
				     "keepalives_count", "tcp_user_timeout", "fallback_application_name", "dbname",
				     "client_encoding", NULL};
	const char *const values[] = {"5", "read-write", "10", "5", "3", user_timeout, "conclave", s->set.conninfo, "UTF8",
				      NULL};
	return PQconnectdbParams(names, values, 1);
}

/* The session's settings: where the tables are, what makes a COMMIT durable, and that nobody waits for us
 * for ever. Our statements are made for the indexes, also while the server knows no statistics. */
static CK_RV set_up_session(struct postgres_store *s, struct postgres_link *l, bool for_locks)
{
	static const char settings[] =
		"SET search_path TO %s, pg_temp;"
		"SELECT set_config(x.name, x.value, false) FROM (VALUES ('lock_timeout', '%u'), ('statement_timeout', '0'),"
		" ('idle_in_transaction_session_timeout', '%u'), ('jit', 'off'), ('enable_seqscan', 'off'),"
		" ('plan_cache_mode', 'force_generic_plan'),"
		" ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3'),"
		" ('client_min_messages', 'warning'), ('synchronous_commit', CASE current_setting('synchronous_commit')"
		" WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END)) AS x (name, value)"
		" WHERE current_setting(x.name, true) IS NOT NULL";
	char *schema = PQescapeIdentifier(l->conn, s->set.schema, strlen(s->set.schema));
	char sql[sizeof(settings) + 256];
	if (schema == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a connection");
	snprintf(sql, sizeof(sql), settings, schema, for_locks ? 0 : s->set.wait_ms, s->set.wait_ms / 2);
	PQfreemem(schema);
	return postgres_run(s, l, sql, postgres_limit(s), NULL);
}

static bool greet(struct postgres_store *s, struct postgres_link *l, bool for_locks, char why[POSTGRES_WHY])
{
	struct stat st;
	if (PQstatus(l->conn) != CONNECTION_OK) {
		first_line(l->conn != NULL ? PQerrorMessage(l->conn) : "no memory", why);
		return false;
	}
	if (PQparameterStatus(l->conn, "crdb_version") != NULL) {
		/* There, advisory locks are granted to everybody: two hosts would both be sure. */
		snprintf(why, POSTGRES_WHY, "CockroachDB has no advisory locks and cannot hold a store");
		return false;
	}
	PQsetNoticeReceiver(l->conn, take_notice, s);
	if (PQsetnonblocking(l->conn, 1) != 0 || fstat(PQsocket(l->conn), &st) != 0 ||
	    set_up_session(s, l, for_locks) != CKR_OK) {
		snprintf(why, POSTGRES_WHY, "the session cannot be set up");
		return false;
	}
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return true;
}

bool postgres_link_open(struct postgres_store *s, bool for_locks, struct postgres_link *ret, char why[POSTGRES_WHY])
{
	struct postgres_link l = {.conn = dial(s)};
	if (!greet(s, &l, for_locks, why)) {
		postgres_link_close(&l);
		return false;
	}
	*ret = l;
	return true;
}

CK_RV postgres_link_reopen(struct postgres_store *s, bool for_locks, struct postgres_link *ret)
{
	/* When the server did not come back in time before, nobody waits for it a second time. */
	uint64_t wait = atomic_load(&s->down) ? 0 : s->set.wait_ms;
	uint64_t deadline = clock_monotonic_ns() + wait * NS_PER_MS;
	char why[POSTGRES_WHY];
	while (!postgres_link_open(s, for_locks, ret, why)) {
		if (clock_monotonic_ns() >= deadline) {
			atomic_store(&s->down, true);
			return fail(CKR_DEVICE_ERROR, "%s: no connection: %s", s->base.uri, why);
		}
		struct timespec pause = {.tv_nsec = PAUSE_MS * (long)NS_PER_MS};
		nanosleep(&pause, NULL);
	}
	atomic_store(&s->down, false);
	return CKR_OK;
}
