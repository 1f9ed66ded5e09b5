/* SPDX-License-Identifier: Apache-2.0 */
/* Set rows in the database, many in one round trip: parameters are arrays in PostgreSQL's binary form. Runs inside a
 * transaction that others began. Knows nothing of what a row says. */
#include "store/postgres_store.h"

#define freeing cleanup(postgres_result_free)

/* ---- arrays as parameters ---------------------------------------------------------------------------- */

enum { OID_BYTEA = 17, OID_BIGINT = 20 };

/* Network order. */
static CK_RV put(struct buf *b, uint64_t value, int size)
{
	unsigned char out[8];
	for (int i = 0; i < size; i++)
		out[i] = (unsigned char)(value >> (8 * (size - 1 - i)));
	return buf_append(b, bytes_of(out, (size_t)size));
}

/* Dimensions, flags, type of the items, their number, the first one's index. */
static CK_RV put_head(struct buf *b, uint32_t type, size_t count)
{
	try(put(b, count > 0, 4));
	try(put(b, 0, 4));
	try(put(b, type, 4));
	if (count == 0)
		return CKR_OK;
	try(put(b, count, 4));
	return put(b, 1, 4);
}

static CK_RV put_number(struct buf *b, uint64_t value)
{
	try(put(b, 8, 4));
	return put(b, value, 8);
}

static CK_RV put_places(struct buf *b, const uint64_t *places, size_t count)
{
	try(put_head(b, OID_BIGINT, count));
	for (size_t i = 0; i < count; i++)
		try(put_number(b, places[i]));
	return CKR_OK;
}

/* The columns of many rows. */
struct columns {
	struct buf families, starts, versions, values;
};

static void columns_free(struct columns *c)
{
	buf_free(&c->families);
	buf_free(&c->starts);
	buf_free(&c->versions);
	buf_free(&c->values);
}

static CK_RV put_rows(struct columns *c, const struct store_set *rows, size_t count)
{
	try(put_head(&c->families, OID_BIGINT, count));
	try(put_head(&c->starts, OID_BIGINT, count));
	try(put_head(&c->versions, OID_BIGINT, count));
	try(put_head(&c->values, OID_BYTEA, count));
	for (size_t i = 0; i < count; i++) {
		try(put_number(&c->families, rows[i].family));
		try(put_number(&c->starts, rows[i].start));
		try(put_number(&c->versions, rows[i].version));
		try(put(&c->values, rows[i].value.len, 4));
		try(buf_append(&c->values, rows[i].value));
	}
	return CKR_OK;
}

/* ---- reads --------------------------------------------------------------------------------------------- */

/* The row (family, start, version, value). */
static struct store_set row_at(const struct pg_result *rows, int row)
{
	return (struct store_set){
		.family = (uint8_t)postgres_number(rows, row, 0),
		.start = postgres_number(rows, row, 1),
		.version = postgres_number(rows, row, 2),
		.value = postgres_bytes(rows, row, 3),
	};
}

CK_RV postgres_sets_get(struct store *base, uint64_t token, uint8_t family, const uint64_t *places, size_t count, store_set_fn fn,
			void *arg)
{
	struct buf array cleanup(buf_free) = {0};
	struct pg_result *rows freeing = NULL;
	struct postgres_args a = {0};
	uint64_t last = UINT64_MAX; /* no row starts there */
	try(put_places(&array, places, count));
	postgres_arg_number(&a, token);
	postgres_arg_number(&a, family);
	postgres_arg_bytes(&a, buf_bytes(&array));
	try(postgres_query(postgres_of(base), PG_SETS_COVERING, &a, &rows));
	for (int i = 0; i < postgres_rows(rows); i++) {
		struct store_set row = row_at(rows, i);
		if (row.start != last)
			try(fn(arg, &row));
		last = row.start;
	}
	return CKR_OK;
}

CK_RV postgres_sets_walk(struct store *base, uint64_t token, store_set_fn fn, void *arg)
{
	/* Family -1 is before all. */
	uint64_t family = UINT64_MAX, start = 0;
	for (;;) {
		struct postgres_args a = {0};
		struct pg_result *rows freeing = NULL;
		postgres_arg_number(&a, token);
		postgres_arg_number(&a, family);
		postgres_arg_number(&a, start);
		try(postgres_query(postgres_of(base), PG_SETS_WALK, &a, &rows));
		for (int i = 0; i < postgres_rows(rows); i++) {
			struct store_set row = row_at(rows, i);
			try(fn(arg, &row));
			family = row.family;
			start = row.start;
		}
		if (postgres_rows(rows) < POSTGRES_PAGE)
			return CKR_OK;
	}
}

/* ---- changes ------------------------------------------------------------------------------------------- */

static CK_RV write_rows(struct postgres_store *s, enum postgres_statement which, uint64_t token, const struct store_set *rows, size_t count)
{
	struct columns c cleanup(columns_free) = {0};
	struct postgres_args a = {0};
	uint64_t changed;
	try(put_rows(&c, rows, count));
	postgres_arg_number(&a, token);
	postgres_arg_bytes(&a, buf_bytes(&c.families));
	postgres_arg_bytes(&a, buf_bytes(&c.starts));
	postgres_arg_bytes(&a, buf_bytes(&c.versions));
	postgres_arg_bytes(&a, buf_bytes(&c.values));
	try(postgres_change(s, which, &a, &changed));
	return changed == count ? CKR_OK : store_version_conflict("one of the set rows", rows[0].version - 1, 0);
}

CK_RV postgres_sets_replace(struct store *base, uint64_t token, const struct store_set *rows, size_t count)
{
	return write_rows(postgres_of(base), PG_SETS_REPLACE, token, rows, count);
}

CK_RV postgres_sets_insert(struct store *base, uint64_t token, const struct store_set *rows, size_t count)
{
	return write_rows(postgres_of(base), PG_SETS_INSERT, token, rows, count);
}
