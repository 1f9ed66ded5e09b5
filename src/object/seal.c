/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing and opening of object records; doc/record.md is the reference of the format. A record is authenticated
 * as a whole, in one place: the AAD names everything that the store keeps beside the sealed part. Knows no SQL. */
#include "object/seal.h"

#include <string.h>

#include "attr/codec.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "object/schema.h"
#include "object/seal_tags.h"

#define FORMAT 2
#define FLAG_PRIVATE 0x01
#define FLAG_MARKED 0x02
#define HEADER_SIZE 2
#define MARK_SIZE 32

#define KEY(k) bytes_of((k), sizeof(k))

/* ---- keys ---------------------------------------------------------------------------------- */

static void wipe_keys(struct seal_keys *k)
{
	wipe(k, sizeof(*k));
}

CK_RV seal_keys_derive(struct ossl *o, struct bytes open_key, struct bytes token_key, struct bytes serial, struct seal_keys *ret)
{
	struct seal_keys k cleanup(wipe_keys) = {.place = "", .has_token = token_key.len > 0};
	if (serial.len != sizeof(k.serial))
		return fail(CKR_GENERAL_ERROR, "a serial number of %zu bytes", serial.len);
	memcpy(k.serial, serial.data, sizeof(k.serial));
	const struct {
		struct bytes root;
		const char *label;
		unsigned char *key;
	} rows[] = {
		{open_key, "conclave 2 open seal", k.open_seal},
		{open_key, "conclave 2 open tag", k.open_tag},
		{open_key, "conclave 2 open set seal", k.set_seal[SEAL_OPEN]},
		{open_key, "conclave 2 open set", k.set_mac[SEAL_OPEN]},
		{token_key, "conclave 2 seal", k.seal},
		{token_key, "conclave 2 tag", k.tag},
		{token_key, "conclave 2 mark", k.mark},
		{token_key, "conclave 2 set seal", k.set_seal[SEAL_PRIVATE]},
		{token_key, "conclave 2 set", k.set_mac[SEAL_PRIVATE]},
	};
	for (size_t i = 0; i < array_len(rows); i++)
		if (rows[i].root.len > 0)
			try(kdf_hkdf(o, rows[i].root, serial, rows[i].label, rows[i].key, 32));
	*ret = k;
	return CKR_OK;
}

/* ---- what a record is bound to --------------------------------------------------------------- */

static CK_RV put_binding(const struct seal_keys *keys, const struct store_record *r, struct buf *ret)
{
	static const char label[] = "conclave object record";
	try(buf_append(ret, bytes_of(label, sizeof(label))));
	try(buf_append(ret, KEY(keys->serial)));
	try(buf_append(ret, bytes_of(r->id.b, sizeof(r->id.b))));
	try(buf_put_u64(ret, r->version));
	try(buf_put_u32(ret, (uint32_t)r->tag_count));
	for (size_t i = 0; i < r->tag_count; i++)
		try(buf_put_u64(ret, r->tags[i]));
	return buf_put_blob(ret, r->open);
}

/* The second tag of a public record: over what it is bound to and over the sealed part before it. */
static CK_RV make_mark(const struct seal_keys *keys, const struct buf *binding, struct bytes sealed, unsigned char ret[MARK_SIZE])
{
	struct buf all cleanup(buf_free) = {0};
	try(buf_put_blob(&all, buf_bytes(binding)));
	try(buf_put_blob(&all, sealed));
	hash_hmac(KEY(keys->mark), buf_bytes(&all), ret);
	return CKR_OK;
}

/* ---- which attributes lie where ---------------------------------------------------------------- */

struct kind {
	CK_OBJECT_CLASS object_class;
	CK_ULONG subtype;
};

static bool is_guarded(const void *arg, CK_ATTRIBUTE_TYPE type)
{
	const struct kind *k = arg;
	if (!schema_ever_hidden(type))
		return false;
	const struct schema_row *row = schema_find(k->object_class, k->subtype, type);
	return row == NULL || (row->flags & SCHEMA_SENSITIVE);
}

static bool is_open(const void *arg, CK_ATTRIBUTE_TYPE type)
{
	return !is_guarded(arg, type);
}

static CK_RV kind_of(const struct attrs *a, struct kind *ret)
{
	CK_OBJECT_CLASS object_class;
	if (!attrs_get_ulong(a, CKA_CLASS, &object_class))
		return fail(CKR_GENERAL_ERROR, "an object without CKA_CLASS is to be stored");
	*ret = (struct kind){.object_class = object_class, .subtype = schema_subtype(a)};
	return CKR_OK;
}

/* ---- sealing --------------------------------------------------------------------------------- */

static CK_RV put_open_part(const struct seal_keys *keys, const struct attrs *a, bool private_object, const struct kind *kind,
                           struct buf *ret)
{
	uint8_t flags = private_object ? FLAG_PRIVATE : keys->has_token ? FLAG_MARKED : 0;
	try(buf_put_u8(ret, FORMAT));
	try(buf_put_u8(ret, flags));
	return private_object ? CKR_OK : codec_encode(a, is_open, kind, ret);
}

static CK_RV put_sealed_part(struct ossl *o, const struct seal_keys *keys, const struct attrs *a, bool private_object,
                             const struct kind *kind, const struct buf *binding, struct buf *ret)
{
	struct buf plain cleanup(buf_wipe_free) = {0};
	unsigned char mark[MARK_SIZE];
	try(codec_encode(a, private_object ? NULL : is_guarded, kind, &plain));
	try(aead_seal(o, private_object ? KEY(keys->seal) : KEY(keys->open_seal), buf_bytes(binding), buf_bytes(&plain), ret));
	if (private_object || !keys->has_token)
		return CKR_OK;
	try(make_mark(keys, binding, buf_bytes(ret), mark));
	return buf_append(ret, bytes_of(mark, sizeof(mark)));
}

CK_RV seal_object(struct ossl *o, const struct seal_keys *keys, const struct store_id *id, uint64_t version,
                  const struct attrs *a, struct seal_record *ret)
{
	struct seal_record made cleanup(seal_record_free) = {0};
	struct buf binding cleanup(buf_free) = {0};
	struct kind kind;
	bool private_object = attrs_get_bool(a, CKA_PRIVATE, true);
	if (private_object && !keys->has_token)
		return fail(CKR_USER_NOT_LOGGED_IN, "a private object is to be stored and no token key is at hand");
	try(kind_of(a, &kind));
	try(put_open_part(keys, a, private_object, &kind, &made.open));
	made.tag_count = seal_tags_of(private_object ? keys->tag : keys->open_tag, a, made.tags, array_len(made.tags));
	struct store_record r = {
		.id = *id,
		.version = version,
		.open = buf_bytes(&made.open),
		.tags = made.tags,
		.tag_count = made.tag_count,
	};
	try(put_binding(keys, &r, &binding));
	try(put_sealed_part(o, keys, a, private_object, &kind, &binding, &made.sealed));
	*ret = made;
	made = (struct seal_record){0};
	return CKR_OK;
}

void seal_record_free(struct seal_record *r)
{
	buf_free(&r->open);
	buf_free(&r->sealed);
	*r = (struct seal_record){0};
}

/* ---- opening --------------------------------------------------------------------------------- */

/* A record that is refused: which one, and why. */
static CK_RV refuse(const struct seal_keys *keys, const struct store_record *r, const char *why)
{
	char id[2 * STORE_ID_SIZE + 1];
	text_hex(bytes_of(r->id.b, sizeof(r->id.b)), id);
	return fail(CKR_DEVICE_ERROR, "%s: token %.*s: object %s, version %llu: %s", keys->place,
	            SEAL_SERIAL_SIZE, keys->serial, id, (unsigned long long)r->version, why);
}

/* Splits the mark off the sealed part, and checks it when its key is at hand. */
static CK_RV check_mark(const struct seal_keys *keys, const struct store_record *r, const struct buf *binding,
                        struct bytes *sealed)
{
	unsigned char right[MARK_SIZE];
	if (sealed->len < MARK_SIZE)
		return refuse(keys, r, "the record is cut short");
	struct bytes mark = bytes_of(sealed->data + sealed->len - MARK_SIZE, MARK_SIZE);
	sealed->len -= MARK_SIZE;
	if (!keys->has_token)
		return CKR_OK;
	try(make_mark(keys, binding, *sealed, right));
	if (!secret_equal(mark, KEY(right)))
		return refuse(keys, r, "the token key's mark does not match: somebody without it has changed the record");
	return CKR_OK;
}

/* The two parts say what the object is; the header and the id outside must say the same. */
static CK_RV check_agreement(const struct seal_keys *keys, const struct store_record *r, bool private_object, const struct attr_list *object)
{
	char id[2 * STORE_ID_SIZE + 1];
	struct bytes unique;
	text_hex(bytes_of(r->id.b, sizeof(r->id.b)), id);
	if (!attr_list_get(object, CKA_UNIQUE_ID, &unique) || !bytes_equal(unique, bytes_of(id, 2 * STORE_ID_SIZE)))
		return refuse(keys, r, "the object inside has another CKA_UNIQUE_ID");
	if (attr_list_get_bool(object, CKA_PRIVATE, !private_object) != private_object)
		return refuse(keys, r, "the object inside has another CKA_PRIVATE");
	return CKR_OK;
}

static CK_RV decode_parts(const struct seal_keys *keys, const struct store_record *r, bool private_object, struct bytes open, struct bytes inside,
                          struct attr_list *ret)
{
	CK_RV rv = private_object ? CKR_OK : codec_decode(open, ret);
	if (rv == CKR_OK)
		rv = codec_decode(inside, ret);
	if (rv == CKR_DATA_INVALID)
		return refuse(keys, r, "the attributes cannot be read");
	try(rv);
	return check_agreement(keys, r, private_object, ret);
}

/* Reads the header off *open. */
static CK_RV take_header(const struct seal_keys *keys, const struct store_record *r, struct bytes *open, uint8_t *ret_flags)
{
	uint8_t format, flags;
	if (!bytes_take_u8(open, &format) || !bytes_take_u8(open, &flags))
		return refuse(keys, r, "the record has no header");
	if (format != FORMAT)
		return refuse(keys, r, "the record is of another format version");
	if ((flags & ~(FLAG_PRIVATE | FLAG_MARKED)) != 0 || flags == (FLAG_PRIVATE | FLAG_MARKED) ||
	    ((flags & FLAG_PRIVATE) && open->len > 0))
		return refuse(keys, r, "the record's header makes no sense");
	*ret_flags = flags;
	return CKR_OK;
}

CK_RV seal_open(struct ossl *o, const struct seal_keys *keys, const struct store_record *r, struct attr_list *ret)
{
	struct buf binding cleanup(buf_free) = {0};
	struct secret inside cleanup(secret_free) = {0};
	struct attr_list object cleanup(attr_list_free) = {0};
	struct bytes open = r->open;
	struct bytes sealed = r->sealed;
	uint8_t flags = 0;
	try(take_header(keys, r, &open, &flags));
	bool private_object = flags & FLAG_PRIVATE;
	if (private_object && !keys->has_token)
		return fail(CKR_USER_NOT_LOGGED_IN, "a private object is to be read and no token key is at hand");
	try(put_binding(keys, r, &binding));
	if (flags & FLAG_MARKED)
		try(check_mark(keys, r, &binding, &sealed));
	CK_RV rv = aead_open(o, private_object ? KEY(keys->seal) : KEY(keys->open_seal), buf_bytes(&binding), sealed, &inside);
	if (rv == CKR_DATA_INVALID)
		return refuse(keys, r, "the record does not authenticate");
	try(rv);
	try(decode_parts(keys, r, private_object, open, secret_bytes(&inside), &object));
	*ret = object;
	object = (struct attr_list){0};
	return CKR_OK;
}

enum seal_family seal_family_of(const struct store_record *r)
{
	return r->open.len >= HEADER_SIZE && (r->open.data[1] & FLAG_PRIVATE) ? SEAL_PRIVATE : SEAL_OPEN;
}

bool seal_has_family(const struct seal_keys *keys, enum seal_family family)
{
	return family == SEAL_OPEN || keys->has_token;
}
