/* SPDX-License-Identifier: Apache-2.0 */
/* See softhsm_file.h. */
#include "core/softhsm_file.h"

bool softhsm_number_take(struct bytes *in, uint64_t *ret)
{
	struct bytes raw;
	uint64_t n = 0;

	if (!bytes_take(in, 8, &raw))
		return false;
	for (size_t i = 0; i < raw.len; i++)
		n = n << 8 | raw.data[i];
	*ret = n;
	return true;
}

CK_ULONG softhsm_ulong(uint64_t number)
{
	return number == UINT32_MAX || number > (CK_ULONG)-1 ? CK_UNAVAILABLE_INFORMATION : (CK_ULONG)number;
}

bool softhsm_file_begin(struct bytes *file)
{
	uint64_t generation;

	return softhsm_number_take(file, &generation);
}

/* ---- values by form ------------------------------------------------------------------------------------------------ */

static bool take_bool(struct bytes *in, struct softhsm_item *ret)
{
	uint8_t b = 0;

	if (!bytes_take_u8(in, &b))
		return false;
	ret->number = b != 0;
	return true;
}

static bool take_ulong(struct bytes *in, struct softhsm_item *ret)
{
	return softhsm_number_take(in, &ret->number);
}

static bool take_sized(struct bytes *in, uint64_t unit, struct softhsm_item *ret)
{
	uint64_t count = 0;

	return softhsm_number_take(in, &count) && count <= in->len / unit && bytes_take(in, (size_t)(count * unit), &ret->value);
}

static bool take_bytes(struct bytes *in, struct softhsm_item *ret)
{
	return take_sized(in, 1, ret);
}

static bool take_ulongs(struct bytes *in, struct softhsm_item *ret)
{
	return take_sized(in, 8, ret);
}

static bool (*const takers[])(struct bytes *in, struct softhsm_item *ret) = {
	[SOFTHSM_BOOL] = take_bool, [SOFTHSM_ULONG] = take_ulong, [SOFTHSM_BYTES] = take_bytes,
	[SOFTHSM_MAP] = take_bytes, [SOFTHSM_ULONGS] = take_ulongs,
};

bool softhsm_item_take(struct bytes *in, struct softhsm_item *ret)
{
	uint64_t type = 0, form = 0;
	struct bytes rest = *in;

	if (!softhsm_number_take(&rest, &type) || !softhsm_number_take(&rest, &form) || type > (CK_ATTRIBUTE_TYPE)-1 ||
	    form < SOFTHSM_BOOL || form >= array_len(takers))
		return false;
	*ret = (struct softhsm_item){.type = (CK_ATTRIBUTE_TYPE)type, .form = (enum softhsm_form)form};
	if (!takers[form](&rest, ret))
		return false;
	*in = rest;
	return true;
}

/* ---- writing --------------------------------------------------------------------------------------------------------- */

static CK_RV put_number(struct buf *b, uint64_t n)
{
	unsigned char raw[8];

	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (unsigned char)(n >> (56 - 8 * i));
	return buf_append(b, bytes_of(raw, sizeof(raw)));
}

CK_RV softhsm_item_put(const struct softhsm_item *item, struct buf *ret)
{
	try(put_number(ret, item->type));
	try(put_number(ret, item->form));
	if (item->form == SOFTHSM_BOOL)
		return buf_put_u8(ret, item->number != 0 ? 0xFF : 0);
	if (item->form == SOFTHSM_ULONG)
		return put_number(ret, item->number);
	try(put_number(ret, item->value.len / (item->form == SOFTHSM_ULONGS ? 8 : 1)));
	return buf_append(ret, item->value);
}
