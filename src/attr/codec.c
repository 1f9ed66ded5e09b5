/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of attribute lists. There is exactly one encoding of a list: types in strictly rising
 * order, the kind that the type has, canonical values; anything else is refused. Knows the machine's
 * CK_ULONG and no policy. */
#include "attr/codec.h"

#include <string.h>

#include "base/log.h"

#define ITEM_HEAD (8 + 1 + 4)
#define ULONG_SIZE 8
/* Templates inside templates: the standard has no use for more than one level. */
#define MAX_DEPTH 4

/* ---- encoding ------------------------------------------------------------------------------ */

static bool is_wide(enum attr_kind kind)
{
	return kind == ATTR_ULONG || kind == ATTR_ULONGS;
}

static size_t stored_len(enum attr_kind kind, size_t len)
{
	return is_wide(kind) ? len / sizeof(CK_ULONG) * ULONG_SIZE : len;
}

/* The kind under which an attribute goes to disk. */
static CK_RV stored_kind(const struct attr_entry *e, enum attr_kind *ret)
{
	enum attr_kind kind;
	if (!attr_kind(e->type, &kind))
		return fail(CKR_GENERAL_ERROR, "%s is to be stored and is no attribute of the standard", attr_name(e->type));
	if ((kind == ATTR_ULONG && e->len != sizeof(CK_ULONG)) || (kind == ATTR_ULONGS && e->len % sizeof(CK_ULONG) != 0))
		return fail(CKR_GENERAL_ERROR, "%s is to be stored with a length of %u", attr_name(e->type), e->len);
	*ret = kind;
	return CKR_OK;
}

static CK_RV put_ulongs(struct bytes value, struct buf *ret)
{
	for (size_t at = 0; at < value.len; at += sizeof(CK_ULONG)) {
		CK_ULONG native;
		memcpy(&native, value.data + at, sizeof(native));
		try(buf_put_u64(ret, native == CK_UNAVAILABLE_INFORMATION ? UINT64_MAX : native));
	}
	return CKR_OK;
}

static CK_RV put_item(const struct attrs *a, uint32_t i, struct buf *ret)
{
	const struct attr_entry *e = &a->entry[i];
	enum attr_kind kind;
	try(stored_kind(e, &kind));
	try(buf_put_u64(ret, e->type));
	try(buf_put_u8(ret, (uint8_t)kind));
	try(buf_put_u32(ret, (uint32_t)stored_len(kind, e->len)));
	if (is_wide(kind))
		return put_ulongs(attrs_value(a, i), ret);
	return buf_append(ret, attrs_value(a, i));
}

/* The whole encoding's length is reserved at once: growth would leave copies of secrets behind. */
static CK_RV measure(const struct attrs *a, attr_filter filter, const void *arg, struct buf *ret, uint32_t *ret_count)
{
	size_t size = 4;
	uint32_t count = 0;
	for (uint32_t i = 0; i < a->count; i++) {
		if (filter != NULL && !filter(arg, a->entry[i].type))
			continue;
		enum attr_kind kind;
		try(stored_kind(&a->entry[i], &kind));
		size += ITEM_HEAD + stored_len(kind, a->entry[i].len);
		count++;
	}
	try(buf_reserve(ret, size));
	*ret_count = count;
	return CKR_OK;
}

CK_RV codec_encode(const struct attrs *a, attr_filter filter, const void *arg, struct buf *ret)
{
	uint32_t count;
	try(measure(a, filter, arg, ret, &count));
	try(buf_put_u32(ret, count));
	for (uint32_t i = 0; i < a->count; i++)
		if (filter == NULL || filter(arg, a->entry[i].type))
			try(put_item(a, i, ret));
	return CKR_OK;
}

/* ---- decoding ------------------------------------------------------------------------------ */

static CK_RV decode(struct bytes in, unsigned depth, struct attr_list *ret);

/* False: a number that this machine's CK_ULONG cannot hold, or that would read as "unavailable" by accident. */
static bool narrow(uint64_t wide, CK_ULONG *ret)
{
	CK_ULONG n = (CK_ULONG)wide;
	if (wide != UINT64_MAX && (n != wide || n == CK_UNAVAILABLE_INFORMATION))
		return false;
	*ret = n;
	return true;
}

static CK_RV set_ulong(struct bytes value, CK_ATTRIBUTE_TYPE type, struct attr_list *ret)
{
	uint64_t wide;
	CK_ULONG n;
	if (value.len != ULONG_SIZE || !bytes_take_u64(&value, &wide) || !narrow(wide, &n))
		return fail(CKR_DATA_INVALID, "stored %s: no CK_ULONG", attr_name(type));
	return attr_list_set_ulong(ret, type, n);
}

static CK_RV set_ulongs(struct bytes value, CK_ATTRIBUTE_TYPE type, struct attr_list *ret)
{
	if (value.len % ULONG_SIZE != 0)
		return fail(CKR_DATA_INVALID, "stored %s: numbers in %zu bytes", attr_name(type), value.len);
	struct buf native cleanup(buf_free) = {0};
	uint64_t wide;
	while (bytes_take_u64(&value, &wide)) {
		CK_ULONG n;
		if (!narrow(wide, &n))
			return fail(CKR_DATA_INVALID, "stored %s: no CK_ULONG", attr_name(type));
		try(buf_append(&native, bytes_of(&n, sizeof(n))));
	}
	return attr_list_set(ret, type, buf_bytes(&native));
}

/* A nested list stays encoded; it is decoded here only to know that it can be. */
static CK_RV set_nested(struct bytes value, unsigned depth, CK_ATTRIBUTE_TYPE type, struct attr_list *ret)
{
	struct attr_list inner cleanup(attr_list_free) = {0};
	try(decode(value, depth + 1, &inner));
	return attr_list_set(ret, type, value);
}

static CK_RV set_item(CK_ATTRIBUTE_TYPE type, uint8_t stored, struct bytes value, unsigned depth, struct attr_list *ret)
{
	enum attr_kind kind;
	if (!attr_kind(type, &kind) || kind != stored)
		return fail(CKR_DATA_INVALID, "stored %s: of kind %u", attr_name(type), (unsigned)stored);
	switch (kind) {
	case ATTR_ULONG:
		return set_ulong(value, type, ret);
	case ATTR_ULONGS:
		return set_ulongs(value, type, ret);
	case ATTR_NESTED:
		return set_nested(value, depth, type, ret);
	case ATTR_BOOL:
		if (value.len != sizeof(CK_BBOOL) || value.data[0] > CK_TRUE)
			return fail(CKR_DATA_INVALID, "stored %s: no boolean", attr_name(type));
		return attr_list_set(ret, type, value);
	case ATTR_BYTES:
	case ATTR_BIGINT:
	case ATTR_STRING:
	case ATTR_DATE:
		break;
	}
	return attr_list_set(ret, type, value);
}

static CK_RV decode(struct bytes in, unsigned depth, struct attr_list *ret)
{
	uint32_t count;
	if (depth > MAX_DEPTH)
		return fail(CKR_DATA_INVALID, "stored attributes: templates nested more than %d deep", MAX_DEPTH);
	if (!bytes_take_u32(&in, &count))
		return fail(CKR_DATA_INVALID, "stored attributes: no count");
	uint64_t before = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t type;
		uint8_t kind;
		struct bytes value;
		if (!bytes_take_u64(&in, &type) || !bytes_take_u8(&in, &kind) || !bytes_take_blob(&in, &value))
			return fail(CKR_DATA_INVALID, "stored attributes: number %u of %u is cut short", i, count);
		if ((CK_ATTRIBUTE_TYPE)type != type || (i > 0 && type <= before))
			return fail(CKR_DATA_INVALID, "stored attributes: number %u of %u is out of order", i, count);
		before = type;
		try(set_item((CK_ATTRIBUTE_TYPE)type, kind, value, depth, ret));
	}
	if (in.len != 0)
		return fail(CKR_DATA_INVALID, "stored attributes: %zu bytes too many", in.len);
	return CKR_OK;
}

CK_RV codec_decode(struct bytes in, struct attr_list *ret)
{
	return decode(in, 0, ret);
}
