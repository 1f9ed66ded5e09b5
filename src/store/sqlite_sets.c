/* SPDX-License-Identifier: Apache-2.0 */
/* Set rows in the database: found by the index of their starts, rewritten where they lie. Runs inside a transaction
 * that others began. Knows nothing of what a row says. */
#include "base/log.h"
#include "store/sqlite_store.h"

#define closing cleanup(sqlite_query_close)

/* The row (start, version, value, family), given to fn. */
static CK_RV give(struct sqlite_query *q, store_set_fn fn, void *arg)
{
	struct store_set row = {
		.family = (uint8_t)sqlite_column_number(q, 3),
		.start = sqlite_column_number(q, 0),
		.version = sqlite_column_number(q, 1),
		.value = sqlite_column_bytes(q, 2),
	};
	return fn(arg, &row);
}

/* The row that covers the place; one that was given last is not given again. */
static CK_RV give_covering(struct sqlite_store *s, uint64_t token, uint8_t family, uint64_t place, uint64_t *last, store_set_fn fn,
			   void *arg)
{
	struct sqlite_query q closing = {0};
	bool found;
	try(sqlite_query_open(s, QUERY_SETS_COVERING, &q));
	sqlite_query_number(&q, 1, token);
	sqlite_query_number(&q, 2, family);
	sqlite_query_number(&q, 3, place);
	try(sqlite_query_step(&q, &found));
	if (!found || sqlite_column_number(&q, 0) == *last)
		return CKR_OK;
	*last = sqlite_column_number(&q, 0);
	return give(&q, fn, arg);
}

CK_RV sqlite_sets_get(struct store *base, uint64_t token, uint8_t family, const uint64_t *places, size_t count, store_set_fn fn, void *arg)
{
	uint64_t last = UINT64_MAX; /* no row starts there */
	for (size_t i = 0; i < count; i++)
		try(give_covering(sqlite_of(base), token, family, places[i], &last, fn, arg));
	return CKR_OK;
}

CK_RV sqlite_sets_walk(struct store *base, uint64_t token, store_set_fn fn, void *arg)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(sqlite_of(base), QUERY_SETS_WALK, &q));
	sqlite_query_number(&q, 1, token);
	for (;;) {
		bool found;
		try(sqlite_query_step(&q, &found));
		if (!found)
			return CKR_OK;
		try(give(&q, fn, arg));
	}
}

/* QUERY_SETS_UPDATE and QUERY_SETS_INSERT take the same parameters and change one row or none. */
static CK_RV write_rows(struct sqlite_store *s, enum sqlite_statement which, uint64_t token, const struct store_set *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct sqlite_query q;
		uint64_t changed;
		try(sqlite_query_open(s, which, &q));
		sqlite_query_number(&q, 1, token);
		sqlite_query_number(&q, 2, rows[i].family);
		sqlite_query_number(&q, 3, rows[i].start);
		sqlite_query_number(&q, 4, rows[i].version);
		sqlite_query_bytes(&q, 5, rows[i].value);
		try(sqlite_query_run(&q, &changed));
		if (changed != 1)
			return store_version_conflict("a set row", rows[i].version - 1, 0);
	}
	return CKR_OK;
}

CK_RV sqlite_sets_replace(struct store *base, uint64_t token, const struct store_set *rows, size_t count)
{
	return write_rows(sqlite_of(base), QUERY_SETS_UPDATE, token, rows, count);
}

CK_RV sqlite_sets_insert(struct store *base, uint64_t token, const struct store_set *rows, size_t count)
{
	try(sqlite_token_must_exist(sqlite_of(base), token));
	return write_rows(sqlite_of(base), QUERY_SETS_INSERT, token, rows, count);
}

CK_RV sqlite_sets_remove_all(struct sqlite_store *s, uint64_t token)
{
	struct sqlite_query q;
	try(sqlite_query_open(s, QUERY_SETS_REMOVE_ALL, &q));
	sqlite_query_number(&q, 1, token);
	return sqlite_query_run(&q, NULL);
}
