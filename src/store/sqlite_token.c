/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, their slot IDs and their meta values in the database. Runs inside a transaction that others
 * began. Knows nothing of what a value means. */
#include <string.h>

#include "base/log.h"
#include "store/sqlite_store.h"

#define closing cleanup(sqlite_query_close)

static CK_RV token_absent(struct sqlite_store *s, uint64_t token)
{
	return fail(CKR_TOKEN_NOT_PRESENT, "%s: no token %llu", s->base.uri, (unsigned long long)token);
}

CK_RV sqlite_token_must_exist(struct sqlite_store *s, uint64_t token)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(s, QUERY_TOKEN_EXISTS, &q));
	sqlite_query_number(&q, 1, token);
	bool row;
	try(sqlite_query_step(&q, &row));
	return row ? CKR_OK : token_absent(s, token);
}

CK_RV sqlite_has_tokens(struct sqlite_store *s, bool *ret)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(s, QUERY_TOKENS, &q));
	return sqlite_query_step(&q, ret);
}

CK_RV sqlite_tokens(struct store *base, store_token_fn fn, void *arg)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(sqlite_of(base), QUERY_TOKENS, &q));
	for (;;) {
		bool row;
		try(sqlite_query_step(&q, &row));
		if (!row)
			return CKR_OK;
		struct store_token t = {.token = sqlite_column_number(&q, 0), .slot = sqlite_column_number(&q, 1)};
		try(fn(arg, &t));
	}
}

static CK_RV counter_get(struct sqlite_store *s, const char *name, uint64_t *ret)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(s, QUERY_COUNTER_GET, &q));
	sqlite_query_text(&q, 1, name);
	bool row;
	try(sqlite_query_step(&q, &row));
	if (!row)
		return fail(CKR_DEVICE_ERROR, "%s: the counter %s is missing", s->base.uri, name);
	*ret = sqlite_column_number(&q, 0);
	return CKR_OK;
}

/* Gives the counter's value and counts on. */
static CK_RV counter_take(struct sqlite_store *s, const char *name, uint64_t *ret)
{
	try(counter_get(s, name, ret));
	struct sqlite_query q;
	try(sqlite_query_open(s, QUERY_COUNTER_ADD, &q));
	sqlite_query_text(&q, 1, name);
	return sqlite_query_run(&q, NULL);
}

CK_RV sqlite_next_slot(struct store *base, CK_SLOT_ID *ret)
{
	uint64_t slot;
	try(counter_get(sqlite_of(base), "next_slot", &slot));
	*ret = slot;
	return CKR_OK;
}

static CK_RV insert_token(struct sqlite_store *s, uint64_t slot, struct store_token *ret)
{
	uint64_t token;
	try(counter_take(s, "next_token", &token));
	struct sqlite_query q;
	try(sqlite_query_open(s, QUERY_TOKEN_INSERT, &q));
	sqlite_query_number(&q, 1, token);
	sqlite_query_number(&q, 2, slot);
	try(sqlite_query_run(&q, NULL));
	*ret = (struct store_token){.token = token, .slot = slot};
	return CKR_OK;
}

CK_RV sqlite_token_add(struct store *base, struct store_token *ret)
{
	uint64_t slot;
	try(counter_take(sqlite_of(base), "next_slot", &slot));
	return insert_token(sqlite_of(base), slot, ret);
}

CK_RV sqlite_slot_taken(struct store *base, CK_SLOT_ID slot, bool *ret)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(sqlite_of(base), QUERY_SLOT_TAKEN, &q));
	sqlite_query_number(&q, 1, slot);
	return sqlite_query_step(&q, ret);
}

CK_RV sqlite_token_add_at(struct store *base, CK_SLOT_ID slot, struct store_token *ret)
{
	struct sqlite_store *s = sqlite_of(base);
	struct sqlite_query q;
	try(sqlite_query_open(s, QUERY_COUNTER_RAISE, &q));
	sqlite_query_text(&q, 1, "next_slot");
	sqlite_query_number(&q, 2, slot + 1);
	try(sqlite_query_run(&q, NULL));
	return insert_token(s, slot, ret);
}

CK_RV sqlite_token_remove(struct store *base, uint64_t token)
{
	struct sqlite_store *s = sqlite_of(base);
	struct sqlite_query q;
	uint64_t changed;
	try(sqlite_query_open(s, QUERY_TOKEN_REMOVE, &q));
	sqlite_query_number(&q, 1, token);
	try(sqlite_query_run(&q, &changed));
	if (changed == 0)
		return token_absent(s, token);
	try(sqlite_query_open(s, QUERY_META_REMOVE_ALL, &q));
	sqlite_query_number(&q, 1, token);
	try(sqlite_query_run(&q, NULL));
	return sqlite_remove_all(base, token);
}

CK_RV sqlite_meta_get(struct store *base, uint64_t token, const char *name, struct buf *ret, uint64_t *ret_version)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(sqlite_of(base), QUERY_META_GET, &q));
	sqlite_query_number(&q, 1, token);
	sqlite_query_text(&q, 2, name);
	bool row;
	try(sqlite_query_step(&q, &row));
	ret->len = 0;
	*ret_version = 0;
	if (!row)
		return CKR_OK;
	try(buf_append(ret, sqlite_column_bytes(&q, 1)));
	*ret_version = sqlite_column_number(&q, 0);
	return CKR_OK;
}

static CK_RV meta_version(struct sqlite_store *s, uint64_t token, const char *name, uint64_t *ret)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(s, QUERY_META_VERSION, &q));
	sqlite_query_number(&q, 1, token);
	sqlite_query_text(&q, 2, name);
	bool row;
	try(sqlite_query_step(&q, &row));
	*ret = row ? sqlite_column_number(&q, 0) : 0;
	return CKR_OK;
}

/* version is the new one; the stored one must be expected. */
static CK_RV put_value(struct sqlite_store *s, uint64_t token, const char *name, struct bytes value, uint64_t expected, uint64_t version)
{
	if (token != 0)
		try(sqlite_token_must_exist(s, token));
	uint64_t found;
	try(meta_version(s, token, name, &found));
	if (found != expected)
		return store_version_conflict(name, expected, found);
	struct sqlite_query q;
	try(sqlite_query_open(s, QUERY_META_PUT, &q));
	sqlite_query_number(&q, 1, token);
	sqlite_query_text(&q, 2, name);
	sqlite_query_number(&q, 3, version);
	sqlite_query_bytes(&q, 4, value);
	return sqlite_query_run(&q, NULL);
}

CK_RV sqlite_meta_put(struct store *base, uint64_t token, const char *name, struct bytes value, uint64_t expected)
{
	return put_value(sqlite_of(base), token, name, value, expected, expected + 1);
}

CK_RV sqlite_meta_insert(struct store *base, uint64_t token, const char *name, struct bytes value, uint64_t version)
{
	return put_value(sqlite_of(base), token, name, value, 0, version);
}

CK_RV sqlite_meta_walk(struct store *base, uint64_t token, store_meta_fn fn, void *arg)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(sqlite_of(base), QUERY_META_SCAN, &q));
	sqlite_query_number(&q, 1, token);
	for (;;) {
		char name[STORE_META_NAME + 1];
		bool row;
		try(sqlite_query_step(&q, &row));
		if (!row)
			return CKR_OK;
		try(store_meta_name(base, sqlite_column_bytes(&q, 0), name));
		try(fn(arg, name, sqlite_column_bytes(&q, 1), sqlite_column_number(&q, 2)));
	}
}

CK_RV sqlite_meta_remove(struct store *base, uint64_t token, const char *name)
{
	struct sqlite_query q;
	try(sqlite_query_open(sqlite_of(base), QUERY_META_REMOVE, &q));
	sqlite_query_number(&q, 1, token);
	sqlite_query_text(&q, 2, name);
	return sqlite_query_run(&q, NULL);
}
