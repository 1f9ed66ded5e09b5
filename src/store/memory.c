/* SPDX-License-Identifier: Apache-2.0 */
/* The store that ends with its process: ordered arrays of records, meta values and tokens, and a journal
 * of what the open transaction put in and took out, so that a rollback is the journal read backwards.
 * What is taken out stays in memory until the transaction ends: callbacks may hold it.
 * A scan by tags walks the token's records; this store is for tests and throw-away tokens. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "store/memory_lock.h"
#include "store/store_ops.h"

struct record {
	struct store_record r; /* its parts lie behind the struct */
	uint64_t token;
	uint64_t seq; /* order of insertion */
};

struct value {
	uint64_t token;
	const char *name; /* name and data lie behind the struct */
	struct bytes data;
	uint64_t version;
};

struct set {
	struct store_set row; /* its value lies behind the struct */
	uint64_t token;
};

/* An array of owned items in rising order. */
struct ordered {
	void **items;
	size_t len, cap;
	int (*order)(const void *a, const void *b);
};

enum kind { RECORDS_BY_SEQ, RECORDS_BY_ID, VALUES, SETS, TOKENS, KINDS };

/* One step of the open transaction: out left the array, in came; one of them may be NULL. */
struct change {
	enum kind kind; /* RECORDS_BY_SEQ stands for both arrays of records */
	void *out, *in;
};

struct counters {
	uint64_t next_token, next_seq;
	CK_SLOT_ID next_slot;
};

struct memory_store {
	struct store base;
	struct ordered all[KINDS];
	struct change *journal;
	size_t journal_len, journal_cap;
	struct counters counters, counters_before;
	_Atomic uint64_t word; /* what stamp_word points to */
	struct memory_locks locks;
	unsigned char key[32];
};

static struct memory_store *of(struct store *s)
{
	return container_of(s, struct memory_store, base);
}

/* ---- ordered arrays -------------------------------------------------------------------------- */

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int order_by_seq(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int order = compare_numbers(x->token, y->token);
	return order != 0 ? order : compare_numbers(x->seq, y->seq);
}

static int order_by_id(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int order = compare_numbers(x->token, y->token);
	/* not secret */
	return order != 0 ? order : memcmp(&x->r.id, &y->r.id, sizeof(x->r.id));
}

static int order_values(const void *a, const void *b)
{
	const struct value *x = a, *y = b;
	int order = compare_numbers(x->token, y->token);
	return order != 0 ? order : strcmp(x->name, y->name);
}

static int order_sets(const void *a, const void *b)
{
	const struct set *x = a, *y = b;
	int order = compare_numbers(x->token, y->token);
	if (order == 0)
		order = compare_numbers(x->row.family, y->row.family);
	return order != 0 ? order : compare_numbers(x->row.start, y->row.start);
}

/* A number is the slot and a running number behind it, so this is the order of both. */
static int order_tokens(const void *a, const void *b)
{
	const struct store_token *x = a, *y = b;
	return compare_numbers(x->token, y->token);
}

/* The place of the first item that is not before key. */
static size_t lower_bound(const struct ordered *o, const void *key)
{
	size_t low = 0, high = o->len;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (o->order(o->items[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void *find(const struct ordered *o, const void *key)
{
	size_t at = lower_bound(o, key);
	return at < o->len && o->order(o->items[at], key) == 0 ? o->items[at] : NULL;
}

static void insert_at_place(struct ordered *o, void *item)
{
	size_t at = lower_bound(o, item);
	memmove(&o->items[at + 1], &o->items[at], (o->len - at) * sizeof(*o->items));
	o->items[at] = item;
	o->len++;
}

static void remove_from_place(struct ordered *o, const void *item)
{
	size_t at = lower_bound(o, item);
	memmove(&o->items[at], &o->items[at + 1], (o->len - at - 1) * sizeof(*o->items));
	o->len--;
}

/* Room for one more item of size bytes each, in *items. */
static CK_RV grow(void **items, size_t len, size_t *cap, size_t size)
{
	if (len < *cap)
		return CKR_OK;
	size_t wanted = *cap > 0 ? *cap * 2 : 16;
	void *bigger = realloc(*items, wanted * size);
	if (bigger == NULL)
		return fail(CKR_HOST_MEMORY, "memory: no room for %zu entries", wanted);
	*items = bigger;
	*cap = wanted;
	return CKR_OK;
}

static CK_RV grow_ordered(struct ordered *o)
{
	void *items = o->items;
	CK_RV rv = grow(&items, o->len, &o->cap, sizeof(*o->items));
	o->items = items;
	return rv;
}

/* ---- the journal ----------------------------------------------------------------------------- */

/* Cannot fail: an array never shrinks, so what was taken out has room to come back. */
static void swap(struct memory_store *m, enum kind kind, void *out, void *in)
{
	if (out != NULL)
		remove_from_place(&m->all[kind], out);
	if (in != NULL)
		insert_at_place(&m->all[kind], in);
	if (kind == RECORDS_BY_SEQ)
		swap(m, RECORDS_BY_ID, out, in);
}

/* Does and notes one step. `in` is owned by the store from here on, also when this fails. */
static CK_RV change(struct memory_store *m, enum kind kind, void *out, void *in)
{
	void *journal = m->journal;
	CK_RV rv = grow(&journal, m->journal_len, &m->journal_cap, sizeof(*m->journal));
	m->journal = journal;
	if (rv == CKR_OK)
		rv = grow_ordered(&m->all[kind]);
	if (rv == CKR_OK && kind == RECORDS_BY_SEQ)
		rv = grow_ordered(&m->all[RECORDS_BY_ID]);
	if (rv != CKR_OK) {
		free(in);
		return rv;
	}
	swap(m, kind, out, in);
	m->journal[m->journal_len++] = (struct change){kind, out, in};
	return CKR_OK;
}

static CK_RV begin(struct store *s, enum store_mode mode unused)
{
	struct memory_store *m = of(s);
	m->counters_before = m->counters;
	return CKR_OK;
}

static CK_RV commit(struct store *s)
{
	struct memory_store *m = of(s);
	for (size_t i = 0; i < m->journal_len; i++)
		free(m->journal[i].out);
	if (m->journal_len > 0)
		atomic_fetch_add(&m->word, 2);
	m->journal_len = 0;
	return CKR_OK;
}

static void rollback(struct store *s)
{
	struct memory_store *m = of(s);
	for (size_t i = m->journal_len; i > 0; i--) {
		struct change *c = &m->journal[i - 1];
		swap(m, c->kind, c->in, c->out);
		free(c->in);
	}
	m->journal_len = 0;
	m->counters = m->counters_before;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static bool token_exists(struct memory_store *m, uint64_t token)
{
	return find(&m->all[TOKENS], &(struct store_token){.token = token}) != NULL;
}

static CK_RV token_absent(uint64_t token)
{
	return fail(CKR_TOKEN_NOT_PRESENT, "memory: no token %llu", (unsigned long long)token);
}

static CK_RV tokens(struct store *s, store_token_fn fn, void *arg)
{
	struct ordered *o = &of(s)->all[TOKENS];
	for (size_t i = 0; i < o->len;) {
		struct store_token *t = o->items[i];
		try(fn(arg, t));
		/* fn may have removed it: the next one is the first after its number. */
		i = lower_bound(o, &(struct store_token){.token = t->token + 1});
	}
	return CKR_OK;
}

#define RUNNING_BITS 32

static CK_RV add_in_slot(struct memory_store *m, CK_SLOT_ID slot, struct store_token *ret)
{
	struct store_token *t = malloc(sizeof(*t));
	if (t == NULL)
		return fail(CKR_HOST_MEMORY, "memory: no room for a token");
	*t = (struct store_token){.token = (uint64_t)slot << RUNNING_BITS | m->counters.next_token, .slot = slot};
	struct store_token added = *t;
	try(change(m, TOKENS, NULL, t));
	m->counters.next_token++;
	if (slot >= m->counters.next_slot)
		m->counters.next_slot = slot + 1;
	*ret = added;
	return CKR_OK;
}

static CK_RV token_add(struct store *s, struct store_token *ret)
{
	return add_in_slot(of(s), of(s)->counters.next_slot, ret);
}

static CK_RV token_add_at(struct store *s, CK_SLOT_ID slot, struct store_token *ret)
{
	return add_in_slot(of(s), slot, ret);
}

static CK_RV slot_taken(struct store *s, CK_SLOT_ID slot, bool *ret)
{
	const struct ordered *o = &of(s)->all[TOKENS];
	size_t at = lower_bound(o, &(struct store_token){.token = (uint64_t)slot << RUNNING_BITS});
	*ret = at < o->len && ((struct store_token *)o->items[at])->slot == slot;
	return CKR_OK;
}

static CK_RV remove_all(struct store *s, uint64_t token)
{
	struct memory_store *m = of(s);
	struct ordered *o = &m->all[RECORDS_BY_SEQ];
	/* From the last to the first, so that nothing is moved but the end of the array. */
	for (size_t at = lower_bound(o, &(struct record){.token = token + 1}); at > 0; at--) {
		struct record *r = o->items[at - 1];
		if (r->token != token)
			break;
		try(change(m, RECORDS_BY_SEQ, r, NULL));
	}
	struct ordered *sets = &m->all[SETS];
	for (size_t at = lower_bound(sets, &(struct set){.token = token + 1}); at > 0; at--) {
		struct set *row = sets->items[at - 1];
		if (row->token != token)
			break;
		try(change(m, SETS, row, NULL));
	}
	return CKR_OK;
}

static CK_RV token_remove(struct store *s, uint64_t token)
{
	struct memory_store *m = of(s);
	struct store_token *t = find(&m->all[TOKENS], &(struct store_token){.token = token});
	if (t == NULL)
		return token_absent(token);
	try(remove_all(s, token));
	struct ordered *values = &m->all[VALUES];
	size_t at = lower_bound(values, &(struct value){.token = token, .name = ""});
	while (at < values->len && ((struct value *)values->items[at])->token == token)
		try(change(m, VALUES, values->items[at], NULL));
	return change(m, TOKENS, t, NULL);
}

static CK_RV next_slot(struct store *s, CK_SLOT_ID *ret)
{
	*ret = of(s)->counters.next_slot;
	return CKR_OK;
}

/* ---- meta values ----------------------------------------------------------------------------- */

static struct value *find_value(struct memory_store *m, uint64_t token, const char *name)
{
	return find(&m->all[VALUES], &(struct value){.token = token, .name = name});
}

static CK_RV meta_get(struct store *s, uint64_t token, const char *name, struct buf *ret, uint64_t *ret_version)
{
	const struct value *v = find_value(of(s), token, name);
	ret->len = 0;
	*ret_version = 0;
	if (v == NULL)
		return CKR_OK;
	try(buf_append(ret, v->data));
	*ret_version = v->version;
	return CKR_OK;
}

/* version is the new one; the stored one must be expected. */
static CK_RV put_value(struct memory_store *m, uint64_t token, const char *name, struct bytes data, uint64_t expected, uint64_t version)
{
	if (token != 0 && !token_exists(m, token))
		return token_absent(token);
	struct value *old = find_value(m, token, name);
	uint64_t found = old != NULL ? old->version : 0;
	if (found != expected)
		return store_version_conflict(name, expected, found);
	size_t name_size = strlen(name) + 1;
	struct value *v = malloc(sizeof(*v) + name_size + data.len);
	if (v == NULL)
		return fail(CKR_HOST_MEMORY, "memory: no room for the value %s", name);
	char *at = (char *)(v + 1);
	memcpy(at, name, name_size);
	if (data.len > 0)
		memcpy(at + name_size, data.data, data.len);
	*v = (struct value){
		.token = token, .name = at, .data = bytes_of(at + name_size, data.len), .version = version};
	return change(m, VALUES, old, v);
}

static CK_RV meta_put(struct store *s, uint64_t token, const char *name, struct bytes data, uint64_t expected)
{
	return put_value(of(s), token, name, data, expected, expected + 1);
}

static CK_RV meta_insert(struct store *s, uint64_t token, const char *name, struct bytes data, uint64_t version)
{
	return put_value(of(s), token, name, data, 0, version);
}

static CK_RV meta_walk(struct store *s, uint64_t token, store_meta_fn fn, void *arg)
{
	const struct ordered *o = &of(s)->all[VALUES];
	for (size_t i = lower_bound(o, &(struct value){.token = token, .name = ""}); i < o->len; i++) {
		const struct value *v = o->items[i];
		if (v->token != token)
			break;
		try(fn(arg, v->name, v->data, v->version));
	}
	return CKR_OK;
}

static CK_RV meta_remove(struct store *s, uint64_t token, const char *name)
{
	struct value *v = find_value(of(s), token, name);
	return v != NULL ? change(of(s), VALUES, v, NULL) : CKR_OK;
}

/* ---- records --------------------------------------------------------------------------------- */

static struct record *find_record(struct memory_store *m, uint64_t token, const struct store_id *id)
{
	return find(&m->all[RECORDS_BY_ID], &(struct record){.r = {.id = *id}, .token = token});
}

static CK_RV record_absent(void)
{
	return fail(CKR_OBJECT_HANDLE_INVALID, "memory: no such record");
}

static struct bytes copy_behind(unsigned char **at, struct bytes from)
{
	struct bytes copy = bytes_of(*at, from.len);
	if (from.len > 0)
		memcpy(*at, from.data, from.len);
	*at += from.len;
	return copy;
}

static CK_RV record_copy(uint64_t token, uint64_t seq, const struct store_record *from, struct record **ret)
{
	size_t tag_bytes = from->tag_count * sizeof(*from->tags);
	struct record *r = malloc(sizeof(*r) + tag_bytes + from->open.len + from->sealed.len);
	if (r == NULL)
		return fail(CKR_HOST_MEMORY, "memory: no room for a record");
	*r = (struct record){.r = *from, .token = token, .seq = seq};
	/* Tags first: they are the ones with an alignment. */
	unsigned char *at = (unsigned char *)(r + 1);
	r->r.tags = (const uint64_t *)(const void *)copy_behind(&at, bytes_of(from->tags, tag_bytes)).data;
	r->r.open = copy_behind(&at, from->open);
	r->r.sealed = copy_behind(&at, from->sealed);
	*ret = r;
	return CKR_OK;
}

static CK_RV insert(struct store *s, uint64_t token, const struct store_record *from)
{
	struct memory_store *m = of(s);
	if (!token_exists(m, token))
		return token_absent(token);
	struct record *other = find_record(m, token, &from->id);
	if (other != NULL)
		return store_version_conflict("a new record", 0, other->r.version);
	struct record *r;
	try(record_copy(token, m->counters.next_seq, from, &r));
	try(change(m, RECORDS_BY_SEQ, NULL, r));
	m->counters.next_seq++;
	return CKR_OK;
}

static CK_RV replace(struct store *s, uint64_t token, const struct store_record *from)
{
	struct memory_store *m = of(s);
	struct record *old = find_record(m, token, &from->id);
	if (old == NULL)
		return record_absent();
	if (old->r.version != from->version - 1)
		return store_version_conflict("a record", from->version - 1, old->r.version);
	struct record *r;
	try(record_copy(token, old->seq, from, &r));
	return change(m, RECORDS_BY_SEQ, old, r);
}

static CK_RV remove_record(struct store *s, uint64_t token, const struct store_id *id)
{
	struct record *r = find_record(of(s), token, id);
	return r != NULL ? change(of(s), RECORDS_BY_SEQ, r, NULL) : record_absent();
}

static CK_RV get(struct store *s, uint64_t token, const struct store_id *id, store_record_fn fn, void *arg)
{
	struct record *r = find_record(of(s), token, id);
	return r != NULL ? fn(arg, &r->r) : record_absent();
}

static CK_RV version(struct store *s, uint64_t token, const struct store_id *id, uint64_t *ret)
{
	struct record *r = find_record(of(s), token, id);
	*ret = r != NULL ? r->r.version : 0;
	return CKR_OK;
}

static CK_RV scan(struct store *s, uint64_t token, const uint64_t *tags, size_t tag_count, store_record_fn fn, void *arg)
{
	struct memory_store *m = of(s);
	struct ordered *o = &m->all[RECORDS_BY_SEQ];
	struct record next = {.token = token};
	uint64_t end = m->counters.next_seq; /* what fn inserts is not visited */
	for (;;) {
		size_t at = lower_bound(o, &next);
		struct record *r = at < o->len ? o->items[at] : NULL;
		if (r == NULL || r->token != token || r->seq >= end)
			return CKR_OK;
		if (store_tags_have(r->r.tags, r->r.tag_count, tags, tag_count))
			try(fn(arg, &r->r));
		next.seq = r->seq + 1;
	}
}

static CK_RV count(struct store *s, uint64_t token, uint64_t *ret)
{
	struct ordered *o = &of(s)->all[RECORDS_BY_SEQ];
	*ret = lower_bound(o, &(struct record){.token = token + 1}) - lower_bound(o, &(struct record){.token = token});
	return CKR_OK;
}

/* ---- set rows -------------------------------------------------------------------------------- */

/* The last row that starts at or before the place; NULL when there is none. */
static struct set *covering(struct memory_store *m, uint64_t token, uint8_t family, uint64_t place)
{
	const struct ordered *o = &m->all[SETS];
	const struct set behind = {.row = {.family = family, .start = place + 1}, .token = token};
	size_t at = lower_bound(o, &behind);
	struct set *row = at > 0 ? o->items[at - 1] : NULL;
	return row != NULL && row->token == token && row->row.family == family ? row : NULL;
}

static CK_RV sets_get(struct store *s, uint64_t token, uint8_t family, const uint64_t *places, size_t count, store_set_fn fn, void *arg)
{
	const struct set *last = NULL;
	for (size_t i = 0; i < count; i++) {
		const struct set *row = covering(of(s), token, family, places[i]);
		if (row != NULL && row != last)
			try(fn(arg, &row->row));
		last = row;
	}
	return CKR_OK;
}

static CK_RV sets_walk(struct store *s, uint64_t token, store_set_fn fn, void *arg)
{
	const struct ordered *o = &of(s)->all[SETS];
	for (size_t i = lower_bound(o, &(struct set){.token = token}); i < o->len; i++) {
		const struct set *row = o->items[i];
		if (row->token != token)
			break;
		try(fn(arg, &row->row));
	}
	return CKR_OK;
}

static CK_RV put_set(struct memory_store *m, uint64_t token, const struct store_set *from, struct set *old)
{
	struct set *row = malloc(sizeof(*row) + from->value.len);
	if (row == NULL)
		return fail(CKR_HOST_MEMORY, "memory: no room for a set row");
	unsigned char *at = (unsigned char *)(row + 1);
	*row = (struct set){.row = *from, .token = token};
	row->row.value = copy_behind(&at, from->value);
	return change(m, SETS, old, row);
}

static CK_RV sets_replace(struct store *s, uint64_t token, const struct store_set *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct set *old = find(&of(s)->all[SETS], &(struct set){.row = rows[i], .token = token});
		uint64_t found = old != NULL ? old->row.version : 0;
		if (old == NULL || found != rows[i].version - 1)
			return store_version_conflict("a set row", rows[i].version - 1, found);
		try(put_set(of(s), token, &rows[i], old));
	}
	return CKR_OK;
}

static CK_RV sets_insert(struct store *s, uint64_t token, const struct store_set *rows, size_t count)
{
	if (!token_exists(of(s), token))
		return token_absent(token);
	for (size_t i = 0; i < count; i++) {
		const struct set *other = find(&of(s)->all[SETS], &(struct set){.row = rows[i], .token = token});
		if (other != NULL)
			return store_version_conflict("a new set row", 0, other->row.version);
		try(put_set(of(s), token, &rows[i], NULL));
	}
	return CKR_OK;
}

static CK_RV check(struct store *s unused)
{
	return CKR_OK;
}

/* ---- the rest -------------------------------------------------------------------------------- */

static uint64_t stamp(struct store *s)
{
	return atomic_load(&of(s)->word) / 2 + 1;
}

static int watch_fd(struct store *s unused)
{
	return -1;
}

static void watch_drain(struct store *s unused)
{
}

static CK_RV take_lock(struct store *s, const char *name, bool exclusive, bool wait, struct store_lock **ret)
{
	return memory_lock_take(&of(s)->locks, s->ops, name, exclusive, wait, ret);
}

static CK_RV local_key(struct store *s, unsigned char ret[32])
{
	memcpy(ret, of(s)->key, sizeof(of(s)->key));
	return CKR_OK;
}

static void close_store(struct store *s)
{
	struct memory_store *m = of(s);
	m->all[RECORDS_BY_ID].len = 0; /* the same items as by seq */
	for (size_t kind = 0; kind < KINDS; kind++) {
		for (size_t i = 0; i < m->all[kind].len; i++)
			free(m->all[kind].items[i]);
		free(m->all[kind].items);
	}
	free(m->journal);
	memory_locks_destroy(&m->locks);
	store_head_destroy(&m->base);
	wipe(m->key, sizeof(m->key));
	free(m);
}

/* Another thread of the parent may have been in the middle of anything: nothing is touched. */
static void abandon(struct store *s unused)
{
}

static const struct store_ops memory_ops = {
	.close = close_store,
	.abandon = abandon,
	.stamp = stamp,
	.watch_fd = watch_fd,
	.watch_drain = watch_drain,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.tokens = tokens,
	.token_add = token_add,
	.token_add_at = token_add_at,
	.slot_taken = slot_taken,
	.token_remove = token_remove,
	.next_slot = next_slot,
	.meta_get = meta_get,
	.meta_put = meta_put,
	.meta_remove = meta_remove,
	.meta_walk = meta_walk,
	.meta_insert = meta_insert,
	.insert = insert,
	.replace = replace,
	.remove = remove_record,
	.remove_all = remove_all,
	.get = get,
	.version = version,
	.scan = scan,
	.count = count,
	.sets_get = sets_get,
	.sets_walk = sets_walk,
	.sets_replace = sets_replace,
	.sets_insert = sets_insert,
	.check = check,
	.lock_take = take_lock,
	.lock_release = memory_lock_release,
	.local_key = local_key,
};

static CK_RV open_store(const char *rest, bool create, struct store **ret)
{
	/* There is never one from before. */
	if (!create) {
		*ret = NULL;
		return CKR_OK;
	}
	struct memory_store *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return fail(CKR_HOST_MEMORY, "memory: no room for a store");
	if (getrandom(m->key, sizeof(m->key), 0) != (ssize_t)sizeof(m->key)) {
		free(m);
		return fail(CKR_DEVICE_ERROR, "memory: no random bytes: %s", strerror(errno));
	}
	CK_RV rv = store_head_init(&m->base, &memory_ops, store_memory.scheme, rest);
	if (rv != CKR_OK) {
		free(m);
		return rv;
	}
	m->all[RECORDS_BY_SEQ].order = order_by_seq;
	m->all[RECORDS_BY_ID].order = order_by_id;
	m->all[VALUES].order = order_values;
	m->all[SETS].order = order_sets;
	m->all[TOKENS].order = order_tokens;
	m->counters = (struct counters){.next_token = 1, .next_seq = 1};
	memory_locks_init(&m->locks);
	atomic_store(&m->base.stamp_word, &m->word);
	*ret = &m->base;
	return CKR_OK;
}

const struct store_backend store_memory = {.scheme = "memory", .open = open_store};
