/* SPDX-License-Identifier: Apache-2.0 */
/* Records and their lookup tags in the database: a scan enters by the index of its first tag, and the
 * server holds the other tags against the record's own list. Runs inside a transaction that others began.
 * Knows nothing of what a tag stands for. */
#include <string.h>

#include "store/postgres_store.h"

#define freeing cleanup(postgres_result_free)

/* ---- arrays of numbers ----------------------------------------------------------------------------- */

#define BIGINT_OID 20
#define ARRAY_HEAD 20
#define ARRAY_ITEM 12
#define ARRAY_MAX (ARRAY_HEAD + STORE_MAX_TAGS * ARRAY_ITEM)

static void put32(unsigned char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t get32(const unsigned char *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* A bigint[] in binary: dimensions, flags, type, then length and first index, then each with its size. */
static struct bytes tags_encode(const uint64_t *tags, size_t count, unsigned char ret[ARRAY_MAX])
{
	put32(ret, count > 0);
	put32(ret + 4, 0);
	put32(ret + 8, BIGINT_OID);
	if (count == 0)
		return bytes_of(ret, 12);
	put32(ret + 12, (uint32_t)count);
	put32(ret + 16, 1);
	for (size_t i = 0; i < count; i++) {
		unsigned char *item = ret + ARRAY_HEAD + i * ARRAY_ITEM;
		put32(item, 8);
		put32(item + 4, (uint32_t)(tags[i] >> 32));
		put32(item + 8, (uint32_t)tags[i]);
	}
	return bytes_of(ret, ARRAY_HEAD + count * ARRAY_ITEM);
}

static bool tags_decode(struct bytes in, uint64_t tags[STORE_MAX_TAGS], size_t *ret_count)
{
	*ret_count = 0;
	if (in.len < 12 || get32(in.data + 4) != 0)
		return false;
	if (get32(in.data) == 0)
		return in.len == 12;
	size_t count = in.len < ARRAY_HEAD ? 0 : get32(in.data + 12);
	if (get32(in.data) != 1 || count > STORE_MAX_TAGS || in.len != ARRAY_HEAD + count * ARRAY_ITEM)
		return false;
	for (size_t i = 0; i < count; i++) {
		const unsigned char *item = in.data + ARRAY_HEAD + i * ARRAY_ITEM;
		if (get32(item) != 8)
			return false;
		tags[i] = (uint64_t)get32(item + 4) << 32 | get32(item + 8);
	}
	*ret_count = count;
	return true;
}

/* ---- changes ----------------------------------------------------------------------------------------- */

static void add_name(struct postgres_args *a, uint64_t token, const struct store_id *id)
{
	postgres_arg_number(a, token);
	postgres_arg_bytes(a, bytes_of(id->b, sizeof(id->b)));
}

static CK_RV record_absent(struct postgres_store *s)
{
	return fail(CKR_OBJECT_HANDLE_INVALID, "%s: no such record", s->base.uri);
}

/* PG_INSERT and PG_REPLACE take the same parameters. */
static CK_RV write_record(struct postgres_store *s, enum postgres_statement which, uint64_t token,
			  const struct store_record *r, uint64_t *ret_count)
{
	unsigned char tags[ARRAY_MAX];
	struct postgres_args a = {0};
	add_name(&a, token, &r->id);
	postgres_arg_number(&a, r->version);
	postgres_arg_bytes(&a, tags_encode(r->tags, r->tag_count, tags));
	postgres_arg_bytes(&a, r->open);
	postgres_arg_bytes(&a, r->sealed);
	return postgres_change(s, which, &a, ret_count);
}

CK_RV postgres_insert(struct store *base, uint64_t token, const struct store_record *r)
{
	uint64_t count;
	/* The constraints say whether the name is taken or the token gone; either ends the transaction. */
	return write_record(postgres_of(base), PG_INSERT, token, r, &count);
}

CK_RV postgres_replace(struct store *base, uint64_t token, const struct store_record *r)
{
	struct postgres_store *s = postgres_of(base);
	uint64_t count, version;
	try(write_record(s, PG_REPLACE, token, r, &count));
	if (count == 1)
		return CKR_OK;
	try(postgres_version(base, token, &r->id, &version));
	return version == 0 ? record_absent(s) : store_version_conflict("a record", r->version - 1, version);
}

CK_RV postgres_remove(struct store *base, uint64_t token, const struct store_id *id)
{
	struct postgres_store *s = postgres_of(base);
	struct postgres_args a = {0};
	uint64_t count;
	add_name(&a, token, id);
	try(postgres_change(s, PG_REMOVE, &a, &count));
	return count == 1 ? CKR_OK : record_absent(s);
}

CK_RV postgres_remove_all(struct store *base, uint64_t token)
{
	static const enum postgres_statement steps[] = {PG_TAGS_REMOVE_ALL, PG_OBJECTS_REMOVE_ALL, PG_SETS_REMOVE_ALL};
	struct postgres_store *s = postgres_of(base);
	struct postgres_args a = {0};
	postgres_arg_number(&a, token);
	for (size_t i = 0; i < array_len(steps); i++)
		try(postgres_query(s, steps[i], &a, NULL));
	s->changed = true;
	return CKR_OK;
}

/* ---- reads --------------------------------------------------------------------------------------------- */

/* The row (seq, version, id, tags, open, sealed) as a record. */
static CK_RV give(struct postgres_store *s, const struct pg_result *rows, int row, store_record_fn fn, void *arg)
{
	uint64_t tags[STORE_MAX_TAGS];
	struct store_record r = {
		.version = postgres_number(rows, row, 1),
		.open = postgres_bytes(rows, row, 4),
		.sealed = postgres_bytes(rows, row, 5),
		.tags = tags,
	};
	struct bytes id = postgres_bytes(rows, row, 2);
	if (id.len != sizeof(r.id.b) || !tags_decode(postgres_bytes(rows, row, 3), tags, &r.tag_count))
		return fail(CKR_DEVICE_ERROR, "%s: the name or the tags of a record are damaged", s->base.uri);
	memcpy(r.id.b, id.data, sizeof(r.id.b));
	return fn(arg, &r);
}

CK_RV postgres_get(struct store *base, uint64_t token, const struct store_id *id, store_record_fn fn, void *arg)
{
	struct postgres_store *s = postgres_of(base);
	struct postgres_args a = {0};
	struct pg_result *rows freeing = NULL;
	add_name(&a, token, id);
	try(postgres_query(s, PG_GET, &a, &rows));
	return postgres_rows(rows) == 1 ? give(s, rows, 0, fn, arg) : record_absent(s);
}

CK_RV postgres_version(struct store *base, uint64_t token, const struct store_id *id, uint64_t *ret)
{
	struct postgres_args a = {0};
	struct pg_result *rows freeing = NULL;
	add_name(&a, token, id);
	try(postgres_query(postgres_of(base), PG_VERSION, &a, &rows));
	*ret = postgres_rows(rows) == 1 ? postgres_number(rows, 0, 0) : 0;
	return CKR_OK;
}

CK_RV postgres_scan(struct store *base, uint64_t token, const uint64_t *tags, size_t tag_count, store_record_fn fn, void *arg)
{
	struct postgres_store *s = postgres_of(base);
	unsigned char wanted[ARRAY_MAX];
	if (tag_count > STORE_MAX_TAGS)
		return fail(CKR_GENERAL_ERROR, "%s: a search for %zu tags", base->uri, tag_count);
	/* Page by page, so that memory does not grow with the token; all pages are of one state. */
	for (uint64_t seq = 0;;) {
		struct postgres_args a = {0};
		struct pg_result *rows freeing = NULL;
		postgres_arg_number(&a, token);
		postgres_arg_number(&a, seq);
		if (tag_count > 0) {
			postgres_arg_number(&a, tags[0]);
			postgres_arg_bytes(&a, tags_encode(tags, tag_count, wanted));
		}
		try(postgres_query(s, tag_count > 0 ? PG_SCAN_TAG : PG_SCAN, &a, &rows));
		for (int i = 0; i < postgres_rows(rows); i++)
			try(give(s, rows, i, fn, arg));
		if (postgres_rows(rows) < POSTGRES_PAGE)
			return CKR_OK;
		seq = postgres_number(rows, postgres_rows(rows) - 1, 0);
	}
}

CK_RV postgres_count(struct store *base, uint64_t token, uint64_t *ret)
{
	struct postgres_args a = {0};
	postgres_arg_number(&a, token);
	return postgres_query_number(postgres_of(base), PG_COUNT, &a, ret);
}

CK_RV postgres_check(struct store *base)
{
	struct pg_result *rows freeing = NULL;
	try(postgres_query(postgres_of(base), PG_CHECK, NULL, &rows));
	for (int i = 0; i < postgres_rows(rows); i++) {
		struct bytes text = postgres_bytes(rows, i, 0);
		log_write(LOG_LEVEL_ERROR, "%s: %.*s", base->uri, (int)text.len, (const char *)text.data);
	}
	return postgres_rows(rows) == 0 ? CKR_OK : fail(CKR_DEVICE_ERROR, "%s is damaged", base->uri);
}
