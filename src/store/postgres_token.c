/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, their slot IDs and their meta values in the database. Runs inside a transaction that others
 * began. Knows nothing of what a value means. */
#include "store/postgres_store.h"

#define freeing cleanup(postgres_result_free)

static CK_RV token_absent(struct postgres_store *s, uint64_t token)
{
	return fail(CKR_TOKEN_NOT_PRESENT, "%s: no token %llu", s->base.uri, (unsigned long long)token);
}

CK_RV postgres_tokens(struct store *base, store_token_fn fn, void *arg)
{
	/* Slot IDs count from 0: -1 is before all. */
	for (uint64_t slot = UINT64_MAX;;) {
		struct postgres_args a = {0};
		struct pg_result *r freeing = NULL;
		postgres_arg_number(&a, slot);
		try(postgres_query(postgres_of(base), PG_TOKENS, &a, &r));
		for (int i = 0; i < postgres_rows(r); i++) {
			struct store_token t = {.token = postgres_number(r, i, 0), .slot = postgres_number(r, i, 1)};
			try(fn(arg, &t));
			slot = t.slot;
		}
		if (postgres_rows(r) < POSTGRES_PAGE)
			return CKR_OK;
	}
}

CK_RV postgres_has_tokens(struct postgres_store *s, bool *ret)
{
	struct postgres_args a = {0};
	struct pg_result *r freeing = NULL;
	postgres_arg_number(&a, UINT64_MAX);
	try(postgres_query(s, PG_TOKENS, &a, &r));
	*ret = postgres_rows(r) > 0;
	return CKR_OK;
}

CK_RV postgres_next_slot(struct store *base, CK_SLOT_ID *ret)
{
	uint64_t slot;
	try(postgres_query_number(postgres_of(base), PG_NEXT_SLOT, NULL, &slot));
	*ret = slot;
	return CKR_OK;
}

static CK_RV add_token(struct postgres_store *s, enum postgres_statement which, const struct postgres_args *a, struct store_token *ret)
{
	struct pg_result *r freeing = NULL;
	try(postgres_query(s, which, a, &r));
	if (postgres_rows(r) != 1)
		return fail(CKR_DEVICE_ERROR, "%s: the row of the state is missing", s->base.uri);
	s->changed = true;
	*ret = (struct store_token){.token = postgres_number(r, 0, 0), .slot = postgres_number(r, 0, 1)};
	return CKR_OK;
}

CK_RV postgres_token_add(struct store *base, struct store_token *ret)
{
	return add_token(postgres_of(base), PG_TOKEN_ADD, NULL, ret);
}

CK_RV postgres_token_add_at(struct store *base, CK_SLOT_ID slot, struct store_token *ret)
{
	struct postgres_args a = {0};
	postgres_arg_number(&a, slot);
	return add_token(postgres_of(base), PG_TOKEN_ADD_AT, &a, ret);
}

CK_RV postgres_slot_taken(struct store *base, CK_SLOT_ID slot, bool *ret)
{
	struct postgres_args a = {0};
	uint64_t count;
	postgres_arg_number(&a, slot);
	try(postgres_query_number(postgres_of(base), PG_SLOT_TAKEN, &a, &count));
	*ret = count > 0;
	return CKR_OK;
}

CK_RV postgres_token_remove(struct store *base, uint64_t token)
{
	struct postgres_store *s = postgres_of(base);
	struct postgres_args a = {0};
	uint64_t count;
	postgres_arg_number(&a, token);
	try(postgres_remove_all(base, token));
	try(postgres_query(s, PG_META_REMOVE_ALL, &a, NULL));
	try(postgres_change(s, PG_TOKEN_REMOVE, &a, &count));
	return count == 1 ? CKR_OK : token_absent(s, token);
}

CK_RV postgres_meta_get(struct store *base, uint64_t token, const char *name, struct buf *ret, uint64_t *ret_version)
{
	struct postgres_args a = {0};
	struct pg_result *r freeing = NULL;
	postgres_arg_number(&a, token);
	postgres_arg_text(&a, name);
	try(postgres_query(postgres_of(base), PG_META_GET, &a, &r));
	ret->len = 0;
	*ret_version = 0;
	if (postgres_rows(r) == 0)
		return CKR_OK;
	try(buf_append(ret, postgres_bytes(r, 0, 1)));
	*ret_version = postgres_number(r, 0, 0);
	return CKR_OK;
}

static CK_RV token_must_exist(struct postgres_store *s, uint64_t token)
{
	struct postgres_args a = {0};
	uint64_t count = 1;
	postgres_arg_number(&a, token);
	if (token != 0)
		try(postgres_query_number(s, PG_TOKEN_EXISTS, &a, &count));
	return count == 1 ? CKR_OK : token_absent(s, token);
}

/* Why nothing was written. */
static CK_RV not_put(struct postgres_store *s, uint64_t token, const char *name, uint64_t expected)
{
	struct buf value cleanup(buf_free) = {0};
	uint64_t version;
	try(postgres_meta_get(&s->base, token, name, &value, &version));
	return store_version_conflict(name, expected, version);
}

static CK_RV put_new(struct postgres_store *s, uint64_t token, const char *name, struct bytes value, uint64_t version)
{
	struct postgres_args a = {0};
	uint64_t count;
	try(token_must_exist(s, token));
	postgres_arg_number(&a, token);
	postgres_arg_text(&a, name);
	postgres_arg_bytes(&a, value);
	postgres_arg_number(&a, version);
	try(postgres_change(s, PG_META_NEW, &a, &count));
	return count == 1 ? CKR_OK : not_put(s, token, name, 0);
}

CK_RV postgres_meta_insert(struct store *base, uint64_t token, const char *name, struct bytes value, uint64_t version)
{
	return put_new(postgres_of(base), token, name, value, version);
}

CK_RV postgres_meta_put(struct store *base, uint64_t token, const char *name, struct bytes value, uint64_t expected)
{
	if (expected == 0)
		return put_new(postgres_of(base), token, name, value, 1);
	struct postgres_store *s = postgres_of(base);
	struct postgres_args a = {0};
	uint64_t count;
	try(token_must_exist(s, token));
	postgres_arg_number(&a, token);
	postgres_arg_text(&a, name);
	postgres_arg_bytes(&a, value);
	postgres_arg_number(&a, expected);
	try(postgres_change(s, PG_META_UPDATE, &a, &count));
	return count == 1 ? CKR_OK : not_put(s, token, name, expected);
}

CK_RV postgres_meta_remove(struct store *base, uint64_t token, const char *name)
{
	struct postgres_args a = {0};
	uint64_t count;
	postgres_arg_number(&a, token);
	postgres_arg_text(&a, name);
	return postgres_change(postgres_of(base), PG_META_REMOVE, &a, &count);
}

CK_RV postgres_meta_walk(struct store *base, uint64_t token, store_meta_fn fn, void *arg)
{
	struct postgres_args a = {0};
	struct pg_result *r freeing = NULL;
	postgres_arg_number(&a, token);
	try(postgres_query(postgres_of(base), PG_META_SCAN, &a, &r));
	for (int i = 0; i < postgres_rows(r); i++) {
		char name[STORE_META_NAME + 1];
		try(store_meta_name(base, postgres_bytes(r, i, 0), name));
		try(fn(arg, name, postgres_bytes(r, i, 1), postgres_number(r, i, 2)));
	}
	return CKR_OK;
}
