/* SPDX-License-Identifier: Apache-2.0 */
/* The application's templates, in and out. Reads only what a count and the lengths promise, within the
 * limits below, checks the form that each kind of value must have, and makes one canonical value of it.
 * Knows no object and no policy. */
#include "attr/template.h"

#include <string.h>

#include "attr/codec.h"
#include "base/log.h"
#include "base/text.h"

/* Beyond these a template is a mistake or an attack; doc/objects.md names them. */
#define MAX_COUNT 1024
#define MAX_VALUE ((size_t)1 << 20)
#define MAX_TOTAL ((size_t)16 << 20)
/* Templates inside templates; as deep as the codec goes. */
#define MAX_DEPTH 4

/* One call's reading: how deep it is, how much it has taken, and whether it is a search. */
struct reading {
	unsigned depth;
	size_t total;
	bool search;
};

static CK_RV read_list(struct reading *r, const unsigned char *items, size_t count, struct attr_list *ret);

/* ---- form ---------------------------------------------------------------------------------- */

static bool is_bool(struct bytes v)
{
	return v.len == sizeof(CK_BBOOL) && v.data[0] <= CK_TRUE;
}

static bool is_ulong(struct bytes v)
{
	return v.len == sizeof(CK_ULONG);
}

static bool is_ulongs(struct bytes v)
{
	return v.len % sizeof(CK_ULONG) == 0;
}

static bool is_date(struct bytes v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] < '0' || v.data[i] > '9')
			return false;
	return v.len == 0 || v.len == sizeof(CK_DATE);
}

/* What is not listed may be any bytes. */
static bool (*const form_of[])(struct bytes) = {
	[ATTR_BOOL] = is_bool,     [ATTR_ULONG] = is_ulong, [ATTR_ULONGS] = is_ulongs,
	[ATTR_DATE] = is_date,     [ATTR_STRING] = text_utf8_valid,
};

static bool has_form(enum attr_kind kind, struct bytes v)
{
	return kind >= array_len(form_of) || form_of[kind] == NULL || form_of[kind](v);
}

static struct bytes without_leading_zeros(struct bytes v)
{
	while (v.len > 0 && v.data[0] == 0) {
		v.data++;
		v.len--;
	}
	return v;
}

/* ---- reading ------------------------------------------------------------------------------- */

static CK_RV encode_list(const struct attr_list *l, struct buf *ret)
{
	struct attrs *packed;
	try(attrs_pack(l, &packed));
	CK_RV rv = codec_encode(packed, NULL, NULL, ret);
	attrs_free(packed);
	return rv;
}

/* A nested template becomes an encoded list. */
static CK_RV read_nested(struct reading *outer, CK_ATTRIBUTE_TYPE type, struct bytes raw, struct buf *ret)
{
	if (raw.len % sizeof(CK_ATTRIBUTE) != 0)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%s: %zu bytes are no array of CK_ATTRIBUTE", attr_name(type), raw.len);
	if (outer->depth == MAX_DEPTH)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%s: templates nested more than %d deep", attr_name(type), MAX_DEPTH);
	struct reading r = {.depth = outer->depth + 1, .total = outer->total};
	struct attr_list inner cleanup(attr_list_free) = {0};
	CK_RV rv = read_list(&r, raw.data, raw.len / sizeof(CK_ATTRIBUTE), &inner);
	/* The limit is on everything together: an array that names itself ends there. */
	outer->total = r.total;
	try(rv);
	return encode_list(&inner, ret);
}

/* The same attribute twice: fine with one value (rule 206). */
static CK_RV set_once(const struct reading *r, CK_ATTRIBUTE_TYPE type, struct bytes value, struct attr_list *ret)
{
	struct bytes before;
	if (!attr_list_get(ret, type, &before))
		return attr_list_set(ret, type, value);
	if (secret_equal(before, value))
		return CKR_OK;
	return fail(r->search ? CKR_ATTRIBUTE_VALUE_INVALID : CKR_TEMPLATE_INCONSISTENT, "%s is given twice, with two values",
	            attr_name(type));
}

static CK_RV read_value(struct reading *r, CK_ATTRIBUTE_TYPE type, enum attr_kind kind, struct bytes raw, struct attr_list *ret)
{
	if (kind == ATTR_NESTED) {
		struct buf encoded cleanup(buf_wipe_free) = {0};
		CK_RV rv = read_nested(r, type, raw, &encoded);
		/* A search goes on with bytes that no object has. */
		if (r->search && (rv == CKR_ATTRIBUTE_VALUE_INVALID || rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_TEMPLATE_INCONSISTENT))
			return set_once(r, type, raw, ret);
		try(rv);
		return set_once(r, type, buf_bytes(&encoded), ret);
	}
	if (!r->search && !has_form(kind, raw))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%s: a value of %zu bytes does not have its form", attr_name(type), raw.len);
	return set_once(r, type, kind == ATTR_BIGINT ? without_leading_zeros(raw) : raw, ret);
}

static CK_RV read_item(struct reading *r, const CK_ATTRIBUTE *item, struct attr_list *ret)
{
	enum attr_kind kind = ATTR_BYTES;
	if (!attr_kind(item->type, &kind) && !r->search)
		return fail(CKR_ATTRIBUTE_TYPE_INVALID, "%s is no attribute of the standard", attr_name(item->type));
	if (item->pValue == NULL && item->ulValueLen != 0)
		return fail(CKR_ARGUMENTS_BAD, "%s: no value, and a length of %lu", attr_name(item->type), item->ulValueLen);
	if (item->ulValueLen > MAX_VALUE)
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "%s: a value of %lu bytes", attr_name(item->type), item->ulValueLen);
	r->total += item->ulValueLen;
	if (r->total > MAX_TOTAL)
		return fail(CKR_ARGUMENTS_BAD, "a template of more than %zu bytes", MAX_TOTAL);
	return read_value(r, item->type, kind, bytes_of(item->pValue, item->ulValueLen), ret);
}

/* items may be unaligned: a nested template lies where the application put it. */
static CK_RV read_list(struct reading *r, const unsigned char *items, size_t count, struct attr_list *ret)
{
	if (count > MAX_COUNT)
		return fail(CKR_ARGUMENTS_BAD, "a template of %zu attributes", count);
	for (size_t i = 0; i < count; i++) {
		CK_ATTRIBUTE item;
		memcpy(&item, items + i * sizeof(item), sizeof(item));
		try(read_item(r, &item, ret));
	}
	return CKR_OK;
}

static CK_RV read_template(struct reading *r, const CK_ATTRIBUTE *template, CK_ULONG count, struct attr_list *ret)
{
	if (template == NULL && count > 0)
		return fail(CKR_ARGUMENTS_BAD, "%lu attributes and no template", count);
	struct attr_list l cleanup(attr_list_free) = {0};
	try(read_list(r, (const unsigned char *)template, count, &l));
	*ret = l;
	l = (struct attr_list){0};
	return CKR_OK;
}

CK_RV template_read(const CK_ATTRIBUTE *template, CK_ULONG count, struct attr_list *ret)
{
	return read_template(&(struct reading){0}, template, count, ret);
}

CK_RV template_read_search(const CK_ATTRIBUTE *template, CK_ULONG count, struct attr_list *ret)
{
	return read_template(&(struct reading){.search = true}, template, count, ret);
}

/* ---- writing ------------------------------------------------------------------------------- */

static CK_RV write_plain(CK_ATTRIBUTE *out, struct bytes value)
{
	if (out->pValue == NULL) {
		out->ulValueLen = value.len;
		return CKR_OK;
	}
	if (out->ulValueLen < value.len)
		return template_refuse(out, CKR_BUFFER_TOO_SMALL);
	if (value.len > 0)
		memcpy(out->pValue, value.data, value.len);
	out->ulValueLen = value.len;
	return CKR_OK;
}

/* The elements of an array attribute, each with its own buffer (rule 229): all are done, also after one
 * that is too small. */
static CK_RV write_elements(const CK_ATTRIBUTE *out, const struct attr_list *list)
{
	CK_RV rv = CKR_OK;
	for (size_t i = 0; i < list->count; i++) {
		unsigned char *place = (unsigned char *)out->pValue + i * sizeof(CK_ATTRIBUTE);
		CK_ATTRIBUTE element;
		memcpy(&element, place, sizeof(element));
		element.type = list->items[i].type;
		CK_RV one = template_write(&element, secret_bytes(&list->items[i].value));
		memcpy(place, &element, sizeof(element));
		if (one != CKR_OK)
			rv = one;
	}
	return rv;
}

static CK_RV write_nested(CK_ATTRIBUTE *out, struct bytes value)
{
	struct attr_list list cleanup(attr_list_free) = {0};
	CK_RV rv = codec_decode(value, &list);
	if (rv != CKR_OK)
		return template_refuse(out, rv);
	CK_ULONG size = list.count * sizeof(CK_ATTRIBUTE);
	if (out->pValue == NULL) {
		out->ulValueLen = size;
		return CKR_OK;
	}
	if (out->ulValueLen < size)
		return template_refuse(out, CKR_BUFFER_TOO_SMALL);
	out->ulValueLen = size;
	return write_elements(out, &list);
}

CK_RV template_write(CK_ATTRIBUTE *out, struct bytes value)
{
	enum attr_kind kind;
	if (attr_kind(out->type, &kind) && kind == ATTR_NESTED)
		return write_nested(out, value);
	return write_plain(out, value);
}

CK_RV template_refuse(CK_ATTRIBUTE *out, CK_RV rv)
{
	out->ulValueLen = CK_UNAVAILABLE_INFORMATION;
	return rv;
}
