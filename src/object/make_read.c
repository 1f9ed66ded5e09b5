/* SPDX-License-Identifier: Apache-2.0 */
/* What of a finished object may be seen: by C_GetAttributeValue, by a search, as a size, as the store's name.
 * Allocates nothing: a search asks this of every candidate. */
#include "object/make.h"

#include "object/schema.h"

#define UNIQUE_ID_BYTES 16

/* Footnote 7. An object whose CKA_SENSITIVE or CKA_EXTRACTABLE is missing hides what such attributes guard. */
static bool is_hidden(const struct attrs *a, CK_ATTRIBUTE_TYPE type)
{
	CK_OBJECT_CLASS object_class;
	if (!schema_ever_hidden(type))
		return false;
	if (!attrs_get_ulong(a, CKA_CLASS, &object_class))
		return true;
	const struct schema_row *row = schema_find(object_class, schema_subtype(a), type);
	if (row != NULL && !(row->flags & SCHEMA_SENSITIVE))
		return false;
	return attrs_get_bool(a, CKA_SENSITIVE, true) || !attrs_get_bool(a, CKA_EXTRACTABLE, false);
}

CK_RV make_may_read(const struct attrs *a, CK_ATTRIBUTE_TYPE type)
{
	struct bytes value;
	if (!attrs_get(a, type, &value))
		return CKR_ATTRIBUTE_TYPE_INVALID;
	return is_hidden(a, type) ? CKR_ATTRIBUTE_SENSITIVE : CKR_OK;
}

bool make_matches(const struct attrs *a, const struct attr_list *template)
{
	for (size_t i = 0; i < template->count; i++) {
		const struct attr_item *item = &template->items[i];
		struct bytes value;
		/* Hidden values are not even compared: the time it takes would tell of them. */
		if (is_hidden(a, item->type) || !attrs_get(a, item->type, &value))
			return false;
		if (!bytes_equal(value, secret_bytes(&item->value)))
			return false;
	}
	return true;
}

static int hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool make_store_id(const struct attrs *a, unsigned char ret[16])
{
	unsigned char id[UNIQUE_ID_BYTES];
	struct bytes text;
	if (!attrs_get(a, CKA_UNIQUE_ID, &text) || text.len != 2 * sizeof(id))
		return false;
	for (size_t i = 0; i < sizeof(id); i++) {
		int high = hex_digit(text.data[2 * i]);
		int low = hex_digit(text.data[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		id[i] = (unsigned char)(high << 4 | low);
	}
	for (size_t i = 0; i < sizeof(id); i++)
		ret[i] = id[i];
	return true;
}

CK_ULONG make_size(const struct attrs *a)
{
	CK_ULONG size = 0;
	for (uint32_t i = 0; i < a->count; i++)
		size += a->entry[i].len;
	return size;
}
