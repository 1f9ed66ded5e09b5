/* SPDX-License-Identifier: Apache-2.0 */
/* Records and their lookup tags in the database: a scan enters by the index of its first tag and holds
 * the other tags against the record's own list. Runs inside a transaction that others began.
 * Knows nothing of what a tag stands for. */
#include <string.h>

#include "base/log.h"
#include "store/sqlite_store.h"

#define closing cleanup(sqlite_query_close)

/* A token's records have the sequence numbers from token << SEQ_BITS on. */
#define SEQ_BITS 40
#define TOKEN_MAX (INT64_MAX >> SEQ_BITS)

static uint64_t seq_first(uint64_t token)
{
	return token << SEQ_BITS;
}

static uint64_t seq_last(uint64_t token)
{
	return seq_first(token) | ((UINT64_C(1) << SEQ_BITS) - 1);
}

static void bind_range(struct sqlite_query *q, uint64_t token)
{
	sqlite_query_number(q, 1, seq_first(token));
	sqlite_query_number(q, 2, seq_last(token));
}

static void bind_name(struct sqlite_query *q, uint64_t token, const struct store_id *id)
{
	sqlite_query_bytes(q, 1, bytes_of(id->b, sizeof(id->b)));
	sqlite_query_number(q, 2, token);
}

/* ---- tag lists ---------------------------------------------------------------------------------- */

static struct bytes tags_encode(const struct store_record *r, unsigned char ret[STORE_MAX_TAGS * 8])
{
	for (size_t i = 0; i < r->tag_count; i++) {
		for (size_t j = 0; j < 8; j++)
			ret[8 * i + j] = (unsigned char)(r->tags[i] >> (8 * j));
	}
	return bytes_of(ret, r->tag_count * 8);
}

CK_RV sqlite_tags_decode(struct sqlite_store *s, struct bytes in, struct sqlite_tags *ret)
{
	if (in.len % 8 != 0 || in.len / 8 > STORE_MAX_TAGS)
		return fail(CKR_DEVICE_ERROR, "%s: a record's list of tags has %zu bytes", s->base.uri, in.len);
	ret->count = 0;
	while (bytes_take_u64(&in, &ret->tags[ret->count]))
		ret->count++;
	return CKR_OK;
}

static CK_RV tag_change(struct sqlite_store *s, enum sqlite_statement which, uint64_t tag, uint64_t seq)
{
	struct sqlite_query q;
	try(sqlite_query_open(s, which, &q));
	sqlite_query_number(&q, 1, tag);
	sqlite_query_number(&q, 2, seq);
	return sqlite_query_run(&q, NULL);
}

/* Brings the index from the old list to the new one; both are sorted, what they share is left alone. */
static CK_RV tags_index(struct sqlite_store *s, uint64_t seq, const uint64_t *old, size_t old_count, const uint64_t *new,
			size_t new_count)
{
	size_t i = 0, j = 0;
	while (i < old_count || j < new_count) {
		if (j == new_count || (i < old_count && old[i] < new[j])) {
			try(tag_change(s, QUERY_TAG_REMOVE, old[i++], seq));
		} else if (i == old_count || new[j] < old[i]) {
			try(tag_change(s, QUERY_TAG_INSERT, new[j++], seq));
		} else {
			i++;
			j++;
		}
	}
	return CKR_OK;
}

/* ---- changes ------------------------------------------------------------------------------------ */

/* What a change needs of the record that it changes. */
struct stored {
	bool found;
	uint64_t seq;
	uint64_t version;
	struct sqlite_tags tags;
};

static CK_RV find(struct sqlite_store *s, uint64_t token, const struct store_id *id, struct stored *ret)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(s, QUERY_OBJECT_FIND, &q));
	bind_name(&q, token, id);
	try(sqlite_query_step(&q, &ret->found));
	if (!ret->found)
		return CKR_OK;
	ret->seq = sqlite_column_number(&q, 0);
	ret->version = sqlite_column_number(&q, 1);
	return sqlite_tags_decode(s, sqlite_column_bytes(&q, 2), &ret->tags);
}

static CK_RV record_absent(struct sqlite_store *s)
{
	return fail(CKR_OBJECT_HANDLE_INVALID, "%s: no such record", s->base.uri);
}

static CK_RV new_seq(struct sqlite_store *s, uint64_t token, uint64_t *ret)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(s, QUERY_OBJECT_LAST_SEQ, &q));
	bind_range(&q, token);
	bool row;
	try(sqlite_query_step(&q, &row));
	/* max() of nothing is NULL, which reads as 0. */
	uint64_t last = row ? sqlite_column_number(&q, 0) : 0;
	if (last == seq_last(token))
		return fail(CKR_DEVICE_MEMORY, "%s: token %llu has had all its records", s->base.uri,
			    (unsigned long long)token);
	*ret = last == 0 ? seq_first(token) : last + 1;
	return CKR_OK;
}

static CK_RV insert_row(struct sqlite_store *s, uint64_t token, uint64_t seq, const struct store_record *r)
{
	unsigned char tags[STORE_MAX_TAGS * 8];
	struct sqlite_query q;
	try(sqlite_query_open(s, QUERY_OBJECT_INSERT, &q));
	sqlite_query_number(&q, 1, seq);
	sqlite_query_number(&q, 2, token);
	sqlite_query_number(&q, 3, r->version);
	sqlite_query_bytes(&q, 4, bytes_of(r->id.b, sizeof(r->id.b)));
	sqlite_query_bytes(&q, 5, tags_encode(r, tags));
	sqlite_query_bytes(&q, 6, r->open);
	sqlite_query_bytes(&q, 7, r->sealed);
	return sqlite_query_run(&q, NULL);
}

CK_RV sqlite_insert(struct store *base, uint64_t token, const struct store_record *r)
{
	struct sqlite_store *s = sqlite_of(base);
	try(sqlite_token_must_exist(s, token));
	if (token > TOKEN_MAX)
		return fail(CKR_DEVICE_MEMORY, "%s: the store has had all its tokens", s->base.uri);
	struct stored other;
	try(find(s, token, &r->id, &other));
	if (other.found)
		return store_version_conflict("a new record", 0, other.version);
	uint64_t seq = 0;
	try(new_seq(s, token, &seq));
	try(insert_row(s, token, seq, r));
	return tags_index(s, seq, NULL, 0, r->tags, r->tag_count);
}

CK_RV sqlite_replace(struct store *base, uint64_t token, const struct store_record *r)
{
	struct sqlite_store *s = sqlite_of(base);
	struct stored old;
	try(find(s, token, &r->id, &old));
	if (!old.found)
		return record_absent(s);
	if (old.version != r->version - 1)
		return store_version_conflict("a record", r->version - 1, old.version);
	unsigned char tags[STORE_MAX_TAGS * 8];
	struct sqlite_query q;
	try(sqlite_query_open(s, QUERY_OBJECT_UPDATE, &q));
	sqlite_query_number(&q, 1, old.seq);
	sqlite_query_number(&q, 2, r->version);
	sqlite_query_bytes(&q, 3, tags_encode(r, tags));
	sqlite_query_bytes(&q, 4, r->open);
	sqlite_query_bytes(&q, 5, r->sealed);
	try(sqlite_query_run(&q, NULL));
	return tags_index(s, old.seq, old.tags.tags, old.tags.count, r->tags, r->tag_count);
}

CK_RV sqlite_remove(struct store *base, uint64_t token, const struct store_id *id)
{
	struct sqlite_store *s = sqlite_of(base);
	struct stored old;
	try(find(s, token, id, &old));
	if (!old.found)
		return record_absent(s);
	struct sqlite_query q;
	try(sqlite_query_open(s, QUERY_OBJECT_REMOVE, &q));
	sqlite_query_number(&q, 1, old.seq);
	try(sqlite_query_run(&q, NULL));
	return tags_index(s, old.seq, old.tags.tags, old.tags.count, NULL, 0);
}

CK_RV sqlite_remove_all(struct store *base, uint64_t token)
{
	/* The index is by tag and not by record, so this walks all of it: a token is emptied seldom. */
	static const enum sqlite_statement steps[] = {QUERY_TAG_REMOVE_ALL, QUERY_OBJECT_REMOVE_ALL};
	for (size_t i = 0; i < array_len(steps); i++) {
		struct sqlite_query q;
		try(sqlite_query_open(sqlite_of(base), steps[i], &q));
		bind_range(&q, token);
		try(sqlite_query_run(&q, NULL));
	}
	return sqlite_sets_remove_all(sqlite_of(base), token);
}

/* ---- reads -------------------------------------------------------------------------------------- */

/* The row (version, id, tags, open, sealed) as a record, given to fn when it has all wanted tags. */
static CK_RV give(struct sqlite_query *q, const uint64_t *wanted, size_t wanted_count, store_record_fn fn, void *arg)
{
	struct sqlite_tags tags;
	try(sqlite_tags_decode(q->store, sqlite_column_bytes(q, 2), &tags));
	if (!store_tags_have(tags.tags, tags.count, wanted, wanted_count))
		return CKR_OK;
	struct bytes id = sqlite_column_bytes(q, 1);
	struct store_record r = {
		.version = sqlite_column_number(q, 0),
		.open = sqlite_column_bytes(q, 3),
		.sealed = sqlite_column_bytes(q, 4),
		.tags = tags.tags,
		.tag_count = tags.count,
	};
	if (id.len != sizeof(r.id.b))
		return fail(CKR_DEVICE_ERROR, "%s: a record's name has %zu bytes", q->store->base.uri, id.len);
	memcpy(r.id.b, id.data, sizeof(r.id.b));
	return fn(arg, &r);
}

CK_RV sqlite_get(struct store *base, uint64_t token, const struct store_id *id, store_record_fn fn, void *arg)
{
	struct sqlite_store *s = sqlite_of(base);
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(s, QUERY_OBJECT_GET, &q));
	bind_name(&q, token, id);
	bool row;
	try(sqlite_query_step(&q, &row));
	return row ? give(&q, NULL, 0, fn, arg) : record_absent(s);
}

CK_RV sqlite_version(struct store *base, uint64_t token, const struct store_id *id, uint64_t *ret)
{
	struct stored stored;
	try(find(sqlite_of(base), token, id, &stored));
	*ret = stored.found ? stored.version : 0;
	return CKR_OK;
}

CK_RV sqlite_scan(struct store *base, uint64_t token, const uint64_t *tags, size_t tag_count, store_record_fn fn, void *arg)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(sqlite_of(base), tag_count > 0 ? QUERY_TAG_SCAN : QUERY_OBJECT_SCAN, &q));
	bind_range(&q, token);
	if (tag_count > 0)
		sqlite_query_number(&q, 3, tags[0]);
	for (;;) {
		bool row;
		try(sqlite_query_step(&q, &row));
		if (!row)
			return CKR_OK;
		try(give(&q, tags, tag_count, fn, arg));
	}
}

CK_RV sqlite_count(struct store *base, uint64_t token, uint64_t *ret)
{
	struct sqlite_query q closing = {0};
	try(sqlite_query_open(sqlite_of(base), QUERY_OBJECT_COUNT, &q));
	bind_range(&q, token);
	bool row;
	try(sqlite_query_step(&q, &row));
	*ret = sqlite_column_number(&q, 0);
	return CKR_OK;
}
