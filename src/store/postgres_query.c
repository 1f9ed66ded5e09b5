/* SPDX-License-Identifier: Apache-2.0 */
/* Every statement of the backend that has parameters, prepared once for each connection, and how one is
 * run. Numbers and bytes travel in PostgreSQL's binary form. Knows no table's meaning. */
#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>

#include "store/postgres_store.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define PAGE TEXT(POSTGRES_PAGE)
#define RECORD "o.seq, o.version, o.id, o.tags, o.open, o.sealed"

/* What may take as long as there are rows has no limit of time. */
static const struct statement {
	const char *text;
	bool unlimited;
} statements[PG_STATEMENT_COUNT] = {
	[PG_CHANGES] = {.text = "SELECT changes FROM state"},
	[PG_TOKENS] = {.text = "SELECT token, slot FROM token WHERE slot > $1 ORDER BY slot LIMIT " PAGE},
	[PG_TOKEN_EXISTS] = {.text = "SELECT count(*) FROM token WHERE token = $1"},
	[PG_TOKEN_ADD] = {.text = "WITH n AS (UPDATE state SET next_token = next_token + 1, next_slot = next_slot + 1"
			  " RETURNING next_token - 1 AS token, next_slot - 1 AS slot)"
			  " INSERT INTO token (token, slot) SELECT token, slot FROM n RETURNING token, slot"},
	[PG_TOKEN_ADD_AT] = {.text = "WITH n AS (UPDATE state SET next_token = next_token + 1,"
			     " next_slot = greatest(next_slot, $1::bigint + 1) RETURNING next_token - 1 AS token)"
			     " INSERT INTO token (token, slot) SELECT token, $1 FROM n RETURNING token, slot"},
	[PG_SLOT_TAKEN] = {.text = "SELECT count(*) FROM token WHERE slot = $1"},
	[PG_TOKEN_REMOVE] = {.text = "DELETE FROM token WHERE token = $1 RETURNING 1"},
	[PG_NEXT_SLOT] = {.text = "SELECT next_slot FROM state"},
	[PG_META_GET] = {.text = "SELECT version, value FROM meta WHERE token = $1 AND name = $2"},
	[PG_META_NEW] = {.text = "INSERT INTO meta (token, name, version, value) VALUES ($1, $2, $4, $3) ON CONFLICT DO NOTHING RETURNING 1"},
	[PG_META_SCAN] = {.text = "SELECT name, value, version FROM meta WHERE token = $1 ORDER BY name COLLATE \"C\""},
	[PG_META_UPDATE] = {.text = "UPDATE meta SET version = version + 1, value = $3 WHERE token = $1 AND name = $2 AND version = $4 RETURNING 1"},
	[PG_META_REMOVE] = {.text = "DELETE FROM meta WHERE token = $1 AND name = $2 RETURNING 1"},
	[PG_META_REMOVE_ALL] = {.text = "DELETE FROM meta WHERE token = $1", .unlimited = true},
	[PG_INSERT] = {.text = "WITH o AS (INSERT INTO object (token, id, version, tags, open, sealed) VALUES ($1, $2, $3, $4, $5, $6)"
		       " RETURNING token, seq, tags), t AS (INSERT INTO tag (token, tag, seq)"
		       " SELECT o.token, unnest(o.tags), o.seq FROM o) SELECT 1 FROM o"},
	/* All parts see the tables as they were before the statement. */
	[PG_REPLACE] = {.text = "WITH old AS (SELECT seq, tags FROM object WHERE token = $1 AND id = $2 AND version = $3::bigint - 1),"
			" u AS (UPDATE object o SET version = $3, tags = $4, open = $5, sealed = $6 FROM old"
			" WHERE o.token = $1 AND o.seq = old.seq),"
			" d AS (DELETE FROM tag t USING old WHERE t.token = $1 AND t.tag = ANY (old.tags)"
			" AND t.seq = old.seq AND t.tag <> ALL ($4)),"
			" i AS (INSERT INTO tag (token, tag, seq) SELECT $1, x.tag, old.seq FROM old,"
			" unnest($4) AS x (tag) WHERE x.tag <> ALL (old.tags))"
			" SELECT 1 FROM old"},
	[PG_REMOVE] = {.text = "WITH o AS (DELETE FROM object WHERE token = $1 AND id = $2 RETURNING seq, tags),"
		       " d AS (DELETE FROM tag t USING o WHERE t.token = $1 AND t.tag = ANY (o.tags) AND t.seq = o.seq)"
		       " SELECT 1 FROM o"},
	[PG_TAGS_REMOVE_ALL] = {.text = "DELETE FROM tag WHERE token = $1", .unlimited = true},
	[PG_OBJECTS_REMOVE_ALL] = {.text = "DELETE FROM object WHERE token = $1", .unlimited = true},
	[PG_GET] = {.text = "SELECT " RECORD " FROM object o WHERE o.token = $1 AND o.id = $2"},
	[PG_VERSION] = {.text = "SELECT version FROM object WHERE token = $1 AND id = $2"},
	[PG_SCAN] = {.text = "SELECT " RECORD " FROM object o WHERE o.token = $1 AND o.seq > $2 ORDER BY o.seq LIMIT " PAGE},
	[PG_SCAN_TAG] = {.text = "SELECT " RECORD " FROM tag t JOIN object o ON o.token = t.token AND o.seq = t.seq"
			 " WHERE t.token = $1 AND t.seq > $2 AND o.seq > $2 AND t.tag = $3 AND o.tags @> $4::bigint[]"
			 " ORDER BY t.seq LIMIT " PAGE},
	[PG_COUNT] = {.text = "SELECT count(*) FROM object WHERE token = $1", .unlimited = true},
	/* One answer for each place: the same row comes again when it covers more than one. */
	[PG_SETS_COVERING] = {.text = "SELECT r.family, r.start, r.version, r.value FROM unnest($3::bigint[]) AS p (place)"
			      " CROSS JOIN LATERAL (SELECT s.family, s.start, s.version, s.value FROM sets s"
			      " WHERE s.token = $1 AND s.family = $2 AND s.start <= p.place ORDER BY s.start DESC LIMIT 1) r"
			      " ORDER BY r.start"},
	[PG_SETS_WALK] = {.text = "SELECT family, start, version, value FROM sets WHERE token = $1"
			  " AND (family, start) > ($2::bigint, $3::bigint) ORDER BY family, start LIMIT " PAGE},
	[PG_SETS_REPLACE] = {.text = "UPDATE sets s SET version = n.version, value = n.value FROM"
			     " unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]) AS n (family, start, version, value)"
			     " WHERE s.token = $1 AND s.family = n.family AND s.start = n.start AND s.version = n.version - 1"
			     " RETURNING 1"},
	[PG_SETS_INSERT] = {.text = "INSERT INTO sets (token, family, start, version, value) SELECT $1, n.* FROM"
			    " unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]) AS n ON CONFLICT DO NOTHING RETURNING 1"},
	[PG_SETS_REMOVE_ALL] = {.text = "DELETE FROM sets WHERE token = $1", .unlimited = true},
	[PG_CHECK] = {.text = "SELECT 'tag of no object' FROM tag t WHERE NOT EXISTS"
		      " (SELECT FROM object o WHERE o.token = t.token AND o.seq = t.seq AND t.tag = ANY (o.tags))"
		      " UNION ALL SELECT 'object without all its tags' FROM object o WHERE cardinality(o.tags) <>"
		      " (SELECT count(*) FROM tag t WHERE t.token = o.token AND t.seq = o.seq AND t.tag = ANY (o.tags))"
		      " UNION ALL SELECT 'object of no token' FROM object o WHERE NOT EXISTS"
		      " (SELECT FROM token t WHERE t.token = o.token)"
		      " UNION ALL SELECT 'value of no token' FROM meta m WHERE m.token <> 0 AND NOT EXISTS"
		      " (SELECT FROM token t WHERE t.token = m.token) LIMIT 20",
		      .unlimited = true},
};

_Static_assert(PG_STATEMENT_COUNT <= 64, "a bit for each statement");

/* ---- parameters ------------------------------------------------------------------------------------ */

void postgres_arg_number(struct postgres_args *a, uint64_t value)
{
	unsigned char *to = a->numbers[a->count];
	for (int i = 0; i < 8; i++)
		to[i] = (unsigned char)(value >> (56 - 8 * i));
	postgres_arg_bytes(a, bytes_of(to, 8));
}

void postgres_arg_bytes(struct postgres_args *a, struct bytes value)
{
	/* A NULL pointer would be the SQL value NULL, which no column takes. */
	a->values[a->count] = value.len > 0 ? (const char *)value.data : "";
	a->lengths[a->count] = (int)value.len;
	a->count++;
}

void postgres_arg_text(struct postgres_args *a, const char *value)
{
	postgres_arg_bytes(a, bytes_of(value, strlen(value)));
}

/* ---- runs ------------------------------------------------------------------------------------------- */

static CK_RV prepare(struct postgres_store *s, enum postgres_statement which, const char *name)
{
	if ((s->main.prepared & UINT64_C(1) << which) != 0)
		return CKR_OK;
	const char *text = statements[which].text;
	if (PQsendPrepare(s->main.conn, name, text, 0, NULL) == 0)
		return postgres_link_lost(s, &s->main, PQerrorMessage(s->main.conn));
	try(postgres_collect(s, &s->main, text, postgres_limit(s), NULL));
	s->main.prepared |= UINT64_C(1) << which;
	return CKR_OK;
}

CK_RV postgres_query(struct postgres_store *s, enum postgres_statement which, const struct postgres_args *a, PGresult **ret)
{
	static const int binary[POSTGRES_ARGS] = {1, 1, 1, 1, 1, 1, 1, 1};
	const struct statement *statement = &statements[which];
	char name[16];
	if (s->main.conn == NULL)
		return fail(CKR_DEVICE_ERROR, "%s: the connection was lost", s->base.uri);
	try(postgres_settle(s, &s->main));
	snprintf(name, sizeof(name), "c%d", (int)which);
	try(prepare(s, which, name));
	int sent = a == NULL ? PQsendQueryPrepared(s->main.conn, name, 0, NULL, NULL, NULL, 1)
			     : PQsendQueryPrepared(s->main.conn, name, a->count, a->values, a->lengths, binary, 1);
	if (sent == 0)
		return postgres_link_lost(s, &s->main, PQerrorMessage(s->main.conn));
	return postgres_collect(s, &s->main, statement->text, statement->unlimited ? POSTGRES_NO_LIMIT : postgres_limit(s),
				ret);
}

CK_RV postgres_query_number(struct postgres_store *s, enum postgres_statement which, const struct postgres_args *a,
			    uint64_t *ret)
{
	PGresult *r cleanup(postgres_result_free) = NULL;
	try(postgres_query(s, which, a, &r));
	if (postgres_rows(r) != 1)
		return fail(CKR_DEVICE_ERROR, "%s: %d rows where one should be", s->base.uri, postgres_rows(r));
	*ret = postgres_number(r, 0, 0);
	return CKR_OK;
}

CK_RV postgres_change(struct postgres_store *s, enum postgres_statement which, const struct postgres_args *a,
		      uint64_t *ret_count)
{
	PGresult *r cleanup(postgres_result_free) = NULL;
	try(postgres_query(s, which, a, &r));
	*ret_count = (uint64_t)postgres_rows(r);
	s->changed = s->changed || *ret_count > 0;
	return CKR_OK;
}

/* ---- results ---------------------------------------------------------------------------------------- */

void postgres_result_free(PGresult **r)
{
	PQclear(*r); /* NULL is fine */
	*r = NULL;
}

int postgres_rows(const PGresult *r)
{
	return r != NULL ? PQntuples(r) : 0;
}

uint64_t postgres_number(const PGresult *r, int row, int column)
{
	struct bytes in = postgres_bytes(r, row, column);
	uint64_t value = 0;
	for (size_t i = 0; i < in.len; i++)
		value = value << 8 | in.data[i];
	return value;
}

struct bytes postgres_bytes(const PGresult *r, int row, int column)
{
	return bytes_of(PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column));
}
