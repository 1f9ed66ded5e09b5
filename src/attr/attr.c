/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute lists: the growing form, a sorted array of secrets, and the packed form, one block of
 * secret memory that is only read. Also the table of the standard's types, their kinds and names.
 * Knows no policy: any type may have any value here. */
#include "attr/attr.h"

#include <conclave.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define LIST_FIRST_CAP 16
#define VALUE_ALIGN 8

/* ---- types --------------------------------------------------------------------------------- */

struct attr_known {
	CK_ATTRIBUTE_TYPE type;
	enum attr_kind kind;
	const char *name;
};

static const struct attr_known known[] = {
#define ATTR_TYPE(name_, kind_) {.type = name_, .kind = kind_, .name = #name_},
#include "attr/attr_kinds.inc"
	/* Conclave's own, behind all of the standard's. */
	ATTR_TYPE(CKA_CONCLAVE_USES_LEFT, ATTR_ULONG)
	ATTR_TYPE(CKA_CONCLAVE_INCARNATION, ATTR_BYTES)
#undef ATTR_TYPE
};

static const struct attr_known *find_known(CK_ATTRIBUTE_TYPE type)
{
	size_t low = 0;
	size_t high = array_len(known);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (known[mid].type == type)
			return &known[mid];
		if (known[mid].type < type)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

bool attr_kind(CK_ATTRIBUTE_TYPE type, enum attr_kind *ret)
{
	const struct attr_known *k = find_known(type);
	if (k == NULL)
		return false;
	*ret = k->kind;
	return true;
}

const char *attr_name(CK_ATTRIBUTE_TYPE type)
{
	static _Thread_local char unknown[32];
	const struct attr_known *k = find_known(type);
	if (k != NULL)
		return k->name;
	snprintf(unknown, sizeof(unknown), "CKA_0x%08lX", type);
	return unknown;
}

/* ---- building ------------------------------------------------------------------------------ */

/* The place of type in the list, or where it would go. */
static size_t list_place(const struct attr_list *l, CK_ATTRIBUTE_TYPE type)
{
	size_t low = 0;
	size_t high = l->count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (l->items[mid].type < type)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static const struct attr_item *list_find(const struct attr_list *l, CK_ATTRIBUTE_TYPE type)
{
	size_t i = list_place(l, type);
	return i < l->count && l->items[i].type == type ? &l->items[i] : NULL;
}

static CK_RV list_grow(struct attr_list *l)
{
	if (l->count < l->cap)
		return CKR_OK;
	size_t cap = l->cap > 0 ? l->cap * 2 : LIST_FIRST_CAP;
	struct attr_item *items = realloc(l->items, cap * sizeof(*items));
	if (items == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for %zu attributes", cap);
	l->items = items;
	l->cap = cap;
	return CKR_OK;
}

CK_RV attr_list_set(struct attr_list *l, CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	size_t i = list_place(l, type);
	bool replaces = i < l->count && l->items[i].type == type;
	if (!replaces)
		try(list_grow(l));
	/* The copy comes first: value may lie in the item that it replaces. */
	struct secret copy = {0};
	if (value.len > 0)
		try(secret_dup(value, &copy));
	if (replaces) {
		secret_free(&l->items[i].value);
	} else {
		memmove(&l->items[i + 1], &l->items[i], (l->count - i) * sizeof(l->items[0]));
		l->count++;
		l->items[i].type = type;
	}
	l->items[i].value = copy;
	return CKR_OK;
}

CK_RV attr_list_set_ulong(struct attr_list *l, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	return attr_list_set(l, type, bytes_of(&value, sizeof(value)));
}

CK_RV attr_list_set_bool(struct attr_list *l, CK_ATTRIBUTE_TYPE type, bool value)
{
	CK_BBOOL b = value ? CK_TRUE : CK_FALSE;
	return attr_list_set(l, type, bytes_of(&b, sizeof(b)));
}

bool attr_list_get(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, struct bytes *ret)
{
	const struct attr_item *item = list_find(l, type);
	if (item == NULL)
		return false;
	*ret = secret_bytes(&item->value);
	return true;
}

/* A CK_ULONG that may lie anywhere. */
static bool read_ulong(struct bytes value, CK_ULONG *ret)
{
	if (value.len != sizeof(*ret))
		return false;
	memcpy(ret, value.data, sizeof(*ret));
	return true;
}

bool attr_list_get_ulong(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, CK_ULONG *ret)
{
	struct bytes value;
	return attr_list_get(l, type, &value) && read_ulong(value, ret);
}

bool attr_list_get_bool(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, bool otherwise)
{
	struct bytes value;
	if (!attr_list_get(l, type, &value) || value.len != sizeof(CK_BBOOL))
		return otherwise;
	return value.data[0] != CK_FALSE;
}

void attr_list_remove(struct attr_list *l, CK_ATTRIBUTE_TYPE type)
{
	size_t i = list_place(l, type);
	if (i == l->count || l->items[i].type != type)
		return;
	secret_free(&l->items[i].value);
	l->count--;
	memmove(&l->items[i], &l->items[i + 1], (l->count - i) * sizeof(l->items[0]));
}

void attr_list_free(struct attr_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		secret_free(&l->items[i].value);
	free(l->items);
	*l = (struct attr_list){0};
}

/* ---- reading ------------------------------------------------------------------------------- */

static size_t aligned(size_t n)
{
	return (n + VALUE_ALIGN - 1) / VALUE_ALIGN * VALUE_ALIGN;
}

CK_RV attrs_pack(const struct attr_list *l, struct attrs **ret)
{
	size_t head = aligned(sizeof(struct attrs) + l->count * sizeof(struct attr_entry));
	size_t size = head;
	for (size_t i = 0; i < l->count; i++) {
		size += aligned(l->items[i].value.len);
		if (size > UINT32_MAX)
			return fail(CKR_HOST_MEMORY, "the attributes of one object take more than 4 GiB");
	}
	struct attrs *a = mem_secret_alloc(size);
	if (a == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for the attributes of an object, %zu bytes", size);
	a->count = (uint32_t)l->count;
	a->size = (uint32_t)size;
	size_t offset = head;
	for (size_t i = 0; i < l->count; i++) {
		const struct secret *value = &l->items[i].value;
		a->entry[i] = (struct attr_entry){
			.type = l->items[i].type,
			.offset = (uint32_t)offset,
			.len = (uint32_t)value->len,
		};
		if (value->len > 0)
			memcpy((unsigned char *)a + offset, value->data, value->len);
		offset += aligned(value->len);
	}
	*ret = a;
	return CKR_OK;
}

CK_RV attrs_unpack(const struct attrs *a, struct attr_list *ret)
{
	struct attr_list l cleanup(attr_list_free) = {0};
	for (uint32_t i = 0; i < a->count; i++)
		try(attr_list_set(&l, a->entry[i].type, attrs_value(a, i)));
	*ret = l;
	l = (struct attr_list){0};
	return CKR_OK;
}

void attrs_free(struct attrs *a)
{
	if (a != NULL)
		mem_secret_free(a, a->size);
}

static const struct attr_entry *find_entry(const struct attrs *a, CK_ATTRIBUTE_TYPE type)
{
	const struct attr_entry *base = a->entry;
	size_t n = a->count;
	if (n == 0)
		return NULL;
	/* Halves without a branch that depends on the type: the caller's next step is the only one to guess. */
	while (n > 1) {
		size_t half = n / 2;
		base = base[half].type <= type ? base + half : base;
		n -= half;
	}
	return base->type == type ? base : NULL;
}

static struct bytes entry_value(const struct attrs *a, const struct attr_entry *e)
{
	return bytes_of((const unsigned char *)a + e->offset, e->len);
}

bool attrs_get(const struct attrs *a, CK_ATTRIBUTE_TYPE type, struct bytes *ret)
{
	const struct attr_entry *e = find_entry(a, type);
	if (e == NULL)
		return false;
	*ret = entry_value(a, e);
	return true;
}

bool attrs_get_ulong(const struct attrs *a, CK_ATTRIBUTE_TYPE type, CK_ULONG *ret)
{
	const struct attr_entry *e = find_entry(a, type);
	return e != NULL && read_ulong(entry_value(a, e), ret);
}

bool attrs_get_bool(const struct attrs *a, CK_ATTRIBUTE_TYPE type, bool otherwise)
{
	const struct attr_entry *e = find_entry(a, type);
	if (e == NULL || e->len != sizeof(CK_BBOOL))
		return otherwise;
	return *entry_value(a, e).data != CK_FALSE;
}

struct bytes attrs_value(const struct attrs *a, uint32_t i)
{
	return entry_value(a, &a->entry[i]);
}
