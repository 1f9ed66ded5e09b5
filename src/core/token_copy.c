/* SPDX-License-Identifier: Apache-2.0 */
/* See token_copy.h. An item is u8 kind, u32 length, content; numbers are little endian. Kinds from SKIPPABLE on may be
 * passed over by who does not know them. */
#include "core/token_copy.h"

#include <string.h>

#include "base/log.h"
#include "core/leaves.h"
#include "core/pin_tries.h"
#include "core/token_info.h"
#include "object/open_key.h"

enum item {
	ITEM_TOKEN = 1,
	ITEM_OPEN_KEY = 2,
	ITEM_VALUE = 3,
	ITEM_RECORD = 4,
	ITEM_SET = 5,
	ITEM_TOKEN_END = 14,
	ITEM_END = 15,
	ITEM_KINDS,
	SKIPPABLE = 128,
};

/* How the names of the values begin that seal the set rows (object/sets.h). */
#define ROOT_META "root."

/* ---- out --------------------------------------------------------------------------------------------------------- */

struct out {
	const struct copy_place *from;
	const struct copy_sink *to;
	const struct token_info *info;
	struct progress *progress;
	struct buf content; /* of the item in the making */
	uint64_t values, records, sets;
};

static CK_RV put_head(const struct copy_sink *to, enum item kind, size_t len, bool passing)
{
	unsigned char head[5] = {(unsigned char)kind, (unsigned char)len, (unsigned char)(len >> 8), (unsigned char)(len >> 16),
	                         (unsigned char)(len >> 24)};

	if (len > UINT32_MAX)
		return fail(CKR_DEVICE_ERROR, "a part of a token has %zu bytes", len);
	return to->put(to->arg, bytes_of(head, sizeof(head)), passing);
}

static CK_RV put_item(const struct copy_sink *to, enum item kind, const struct buf *content, bool passing)
{
	try(put_head(to, kind, content->len, passing));
	return to->put(to->arg, buf_bytes(content), passing);
}

static CK_RV put_token(struct out *o, CK_SLOT_ID slot, uint64_t objects)
{
	struct buf *b = &o->content;

	b->len = 0;
	try(buf_put_u64(b, slot));
	try(buf_append(b, bytes_of(o->info->serial, sizeof(o->info->serial))));
	try(buf_append(b, bytes_of(o->info->label, sizeof(o->info->label))));
	try(buf_put_u64(b, objects));
	return put_item(o->to, ITEM_TOKEN, b, false);
}

static CK_RV put_open_key(struct out *o, struct bytes sealed, uint64_t version)
{
	cleanup(secret_free) struct secret store_key = {0};
	cleanup(secret_free) struct secret key = {0};
	struct buf *b = &o->content;

	try(secret_new(32, &store_key));
	try(store_local_key(o->from->store, store_key.data));
	try(open_key_unseal(o->from->ossl, secret_bytes(&store_key), bytes_of(o->info->serial, TOKEN_SERIAL_SIZE), sealed, &key));
	b->len = 0;
	try(buf_put_u64(b, version));
	try(put_head(o->to, ITEM_OPEN_KEY, b->len + key.len, false));
	try(o->to->put(o->to->arg, buf_bytes(b), false));
	return o->to->put(o->to->arg, secret_bytes(&key), false);
}

/* What changes with every proof of a PIN, or says which copy of the token this is. */
static bool is_passing(const char *name)
{
	static const char *const beginnings[] = {PIN_TRIES_META, ROOT_META, LEAVES_META};

	for (size_t i = 0; i < array_len(beginnings); i++) {
		if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	}
	return false;
}

static CK_RV put_value(void *arg, const char *name, struct bytes value, uint64_t version)
{
	struct out *o = arg;
	struct buf *b = &o->content;

	if (strcmp(name, OPEN_KEY_META) == 0)
		return put_open_key(o, value, version);
	o->values++;
	b->len = 0;
	try(buf_put_u64(b, version));
	try(buf_put_blob(b, bytes_of(name, strlen(name))));
	try(buf_put_blob(b, value));
	return put_item(o->to, ITEM_VALUE, b, is_passing(name));
}

static CK_RV put_record(void *arg, const struct store_record *r)
{
	struct out *o = arg;
	struct buf *b = &o->content;

	o->records++;
	b->len = 0;
	try(buf_append(b, bytes_of(r->id.b, sizeof(r->id.b))));
	try(buf_put_u64(b, r->version));
	try(buf_put_u32(b, (uint32_t)r->tag_count));
	for (size_t i = 0; i < r->tag_count; i++)
		try(buf_put_u64(b, r->tags[i]));
	try(buf_put_blob(b, r->open));
	try(buf_put_blob(b, r->sealed));
	try(put_item(o->to, ITEM_RECORD, b, false));
	return progress_step(o->progress);
}

static CK_RV put_set(void *arg, const struct store_set *row)
{
	struct out *o = arg;
	struct buf *b = &o->content;

	o->sets++;
	b->len = 0;
	try(buf_put_u8(b, row->family));
	try(buf_put_u64(b, row->start));
	try(buf_put_u64(b, row->version));
	try(buf_put_blob(b, row->value));
	return put_item(o->to, ITEM_SET, b, true);
}

static CK_RV put_all(struct out *o, uint64_t token, CK_SLOT_ID slot)
{
	struct store *s = o->from->store;
	uint64_t objects = 0;

	try(store_count(s, token, &objects));
	try(put_token(o, slot, objects));
	try(store_meta_walk(s, token, put_value, o));
	try(store_scan(s, token, NULL, 0, put_record, o));
	try(store_sets_walk(s, token, put_set, o));
	o->content.len = 0;
	try(buf_put_u64(&o->content, o->values));
	try(buf_put_u64(&o->content, o->records));
	try(buf_put_u64(&o->content, o->sets));
	return put_item(o->to, ITEM_TOKEN_END, &o->content, true);
}

CK_RV token_copy_out(const struct copy_place *from, uint64_t token, CK_SLOT_ID slot, struct progress *p, const struct copy_sink *to)
{
	struct token_info info;
	struct out o = {.from = from, .to = to, .info = &info, .progress = p};

	try(token_info_read(from->store, token, &info));
	CK_RV rv = put_all(&o, token, slot);
	buf_free(&o.content);
	return rv;
}

CK_RV token_copy_out_end(uint32_t tokens, const struct copy_sink *to)
{
	unsigned char count[4] = {(unsigned char)tokens, (unsigned char)(tokens >> 8), (unsigned char)(tokens >> 16), (unsigned char)(tokens >> 24)};

	try(put_head(to, ITEM_END, sizeof(count), false));
	return to->put(to->arg, bytes_of(count, sizeof(count)), false);
}

/* ---- in ---------------------------------------------------------------------------------------------------------- */

struct in {
	struct backup_reader *from;
	const struct copy_parts *parts;
	void *arg;
	struct buf content;
	bool inside;   /* between the beginning and the end of a token */
	bool has_key;  /* the token's open key has come */
	bool finished;
	uint32_t tokens;
	uint64_t values, records, sets; /* of the token */
};

static CK_RV nonsense(const char *what)
{
	return fail(CKR_ENCRYPTED_DATA_INVALID, "the backup was not written as the format wants: %s", what);
}

static CK_RV take_token(struct in *in, struct bytes c)
{
	struct copy_token t = {0};
	struct bytes serial, label;
	uint64_t slot = 0;

	if (in->inside || !bytes_take_u64(&c, &slot) || !bytes_take(&c, sizeof(t.serial), &serial) || !bytes_take(&c, sizeof(t.label), &label) ||
	    !bytes_take_u64(&c, &t.objects) || c.len != 0)
		return nonsense("the beginning of a token");
	t.slot = slot;
	memcpy(t.serial, serial.data, sizeof(t.serial));
	memcpy(t.label, label.data, sizeof(t.label));
	in->inside = true;
	in->has_key = false;
	in->values = in->records = in->sets = 0;
	return in->parts->begin(in->arg, &t);
}

static CK_RV take_value(struct in *in, struct bytes c)
{
	char name[STORE_META_NAME + 1] = "";
	struct bytes column, value;
	uint64_t version = 0;

	if (!in->inside || !bytes_take_u64(&c, &version) || !bytes_take_blob(&c, &column) || !bytes_take_blob(&c, &value) || c.len != 0 ||
	    column.len == 0 || column.len > STORE_META_NAME || memchr(column.data, '\0', column.len) != NULL || version == 0)
		return nonsense("a value");
	memcpy(name, column.data, column.len);
	if (strcmp(name, OPEN_KEY_META) == 0)
		return nonsense("an open key as a value");
	in->values++;
	return in->parts->value(in->arg, name, value, version);
}

static CK_RV take_record(struct in *in, struct bytes c)
{
	uint64_t tags[STORE_MAX_TAGS];
	struct store_record r = {.tags = tags};
	struct bytes id;
	uint32_t count = 0;

	if (!in->inside || !bytes_take(&c, sizeof(r.id.b), &id) || !bytes_take_u64(&c, &r.version) || !bytes_take_u32(&c, &count) ||
	    count > STORE_MAX_TAGS)
		return nonsense("a record");
	memcpy(r.id.b, id.data, sizeof(r.id.b));
	for (r.tag_count = 0; r.tag_count < count; r.tag_count++) {
		if (!bytes_take_u64(&c, &tags[r.tag_count]))
			return nonsense("the tags of a record");
	}
	if (!bytes_take_blob(&c, &r.open) || !bytes_take_blob(&c, &r.sealed) || c.len != 0)
		return nonsense("the parts of a record");
	in->records++;
	return in->parts->record(in->arg, &r);
}

static CK_RV take_set(struct in *in, struct bytes c)
{
	struct store_set row = {0};

	if (!in->inside || !bytes_take_u8(&c, &row.family) || !bytes_take_u64(&c, &row.start) || !bytes_take_u64(&c, &row.version) ||
	    !bytes_take_blob(&c, &row.value) || c.len != 0 || row.start > STORE_SET_LAST)
		return nonsense("a set row");
	in->sets++;
	return in->parts->set(in->arg, &row);
}

static CK_RV take_token_end(struct in *in, struct bytes c)
{
	uint64_t values = 0, records = 0, sets = 0;

	if (!in->inside || !in->has_key || !bytes_take_u64(&c, &values) || !bytes_take_u64(&c, &records) || !bytes_take_u64(&c, &sets) ||
	    c.len != 0 || values != in->values || records != in->records || sets != in->sets)
		return nonsense("the end of a token");
	in->inside = false;
	in->tokens++;
	return in->parts->end(in->arg);
}

static CK_RV take_end(struct in *in, struct bytes c)
{
	uint32_t tokens = 0;

	if (in->inside || !bytes_take_u32(&c, &tokens) || c.len != 0 || tokens != in->tokens)
		return nonsense("the end");
	in->finished = true;
	return backup_reader_end(in->from);
}

static CK_RV (*const takers[ITEM_KINDS])(struct in *in, struct bytes content) = {
	[ITEM_TOKEN] = take_token,
	[ITEM_VALUE] = take_value,
	[ITEM_RECORD] = take_record,
	[ITEM_SET] = take_set,
	[ITEM_TOKEN_END] = take_token_end,
	[ITEM_END] = take_end,
};

/* Its content never is in memory that is not locked. */
static CK_RV take_open_key(struct in *in, uint32_t len)
{
	cleanup(secret_free) struct secret content = {0};
	uint64_t version = 0;

	if (!in->inside || in->has_key || len != 8 + OPEN_KEY_SIZE)
		return nonsense("an open key");
	try(secret_new(len, &content));
	try(backup_reader_take(in->from, content.data, len));
	struct bytes c = secret_bytes(&content);
	if (!bytes_take_u64(&c, &version) || version == 0)
		return nonsense("an open key");
	in->has_key = true;
	return in->parts->open_key(in->arg, c, version);
}

static CK_RV take_content(struct in *in, uint32_t len)
{
	in->content.len = 0;
	try(buf_reserve(&in->content, len));
	try(backup_reader_take(in->from, in->content.data, len));
	in->content.len = len;
	return CKR_OK;
}

static CK_RV take_item(struct in *in)
{
	unsigned char head[5];
	uint8_t kind = 0;
	uint32_t len = 0;

	try(backup_reader_take(in->from, head, sizeof(head)));
	struct bytes h = bytes_of(head, sizeof(head));
	if (!bytes_take_u8(&h, &kind) || !bytes_take_u32(&h, &len) || len > backup_reader_size(in->from))
		return nonsense("an item longer than the file");
	if (kind == ITEM_OPEN_KEY)
		return take_open_key(in, len);
	try(take_content(in, len));
	if (kind >= SKIPPABLE)
		return CKR_OK;
	if (kind >= ITEM_KINDS || takers[kind] == NULL)
		return nonsense("an unknown item");
	return takers[kind](in, buf_bytes(&in->content));
}

CK_RV token_copy_in(struct backup_reader *from, struct progress *p, const struct copy_parts *parts, void *arg)
{
	struct in in = {.from = from, .parts = parts, .arg = arg};
	CK_RV rv = CKR_OK;

	while (rv == CKR_OK && !in.finished) {
		rv = take_item(&in);
		if (rv == CKR_OK)
			rv = progress_at(p, backup_reader_at(from));
	}
	buf_free(&in.content);
	return rv;
}
