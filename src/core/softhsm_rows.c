/* SPDX-License-Identifier: Apache-2.0 */
/* See softhsm_rows.h. */
#include "core/softhsm_rows.h"

#include "attr/attr.h"
#include "base/log.h"
#include "core/softhsm_file.h"

#define MAX_IMAGE ((size_t)16 << 20)

/* How an attribute's value lies in a template. */
enum part { PART_BOOL = 1, PART_ULONG = 2, PART_BYTES = 3, PART_ULONGS = 5 };

/* ---- words of the machine ------------------------------------------------------------------------------------------ */

static bool take_word(struct bytes *in, size_t size, uint64_t *ret)
{
	struct bytes raw;
	uint64_t n = 0;

	if (!bytes_take(in, size, &raw))
		return false;
	for (size_t i = size; i > 0; i--)
		n = n << 8 | raw.data[i - 1];
	*ret = n;
	return true;
}

/* As in a file: 8 bytes, the highest first. */
static CK_RV put_words(struct bytes in, size_t size, struct buf *ret)
{
	uint64_t n = 0;

	while (take_word(&in, size, &n)) {
		for (unsigned shift = 64; shift > 0; shift -= 8)
			try(buf_put_u8(ret, (uint8_t)(n >> (shift - 8))));
	}
	return CKR_OK;
}

/* Numbers of mechanisms have 32 bits; a word of 8 bytes with more is two words of 4. */
static size_t word_size(struct bytes in)
{
	uint64_t n = 0;

	if (in.len % 8 != 0)
		return 4;
	while (take_word(&in, 8, &n)) {
		if (n > UINT32_MAX)
			return 4;
	}
	return 8;
}

static CK_RV put_ulongs(CK_ATTRIBUTE_TYPE type, struct bytes words, size_t size, struct buf *ret)
{
	cleanup(buf_free) struct buf numbers = {0};

	if (words.len % size != 0)
		return CKR_DATA_INVALID;
	try(put_words(words, size, &numbers));
	const struct softhsm_item item = {.type = type, .form = SOFTHSM_ULONGS, .value = buf_bytes(&numbers)};
	return softhsm_item_put(&item, ret);
}

/* ---- templates ----------------------------------------------------------------------------------------------------- */

static bool take_blob(struct bytes *in, size_t size, struct bytes *ret)
{
	uint64_t len = 0;

	return take_word(in, size, &len) && len <= in->len && bytes_take(in, (size_t)len, ret);
}

static bool take_part(struct bytes *in, size_t size, struct softhsm_item *ret, enum part *ret_part)
{
	uint64_t type = 0, part = 0;

	if (!take_word(in, size, &type) || !take_word(in, 4, &part) || type > (CK_ATTRIBUTE_TYPE)-1)
		return false;
	*ret = (struct softhsm_item){.type = (CK_ATTRIBUTE_TYPE)type, .form = (enum softhsm_form)part};
	*ret_part = (enum part)part;
	if (part == PART_BOOL)
		return take_word(in, 1, &ret->number);
	if (part == PART_ULONG)
		return take_word(in, size, &ret->number);
	return (part == PART_BYTES || part == PART_ULONGS) && take_blob(in, size, &ret->value);
}

static CK_RV put_parts(struct bytes in, size_t size, struct buf *ret)
{
	struct softhsm_item item;
	enum part part;

	while (in.len > 0) {
		if (!take_part(&in, size, &item, &part))
			return CKR_DATA_INVALID;
		try(part == PART_ULONGS ? put_ulongs(item.type, item.value, size, ret) : softhsm_item_put(&item, ret));
	}
	return CKR_OK;
}

/* Words of 8 bytes or of 4: with the wrong ones a template does not come out even. */
static CK_RV put_map(CK_ATTRIBUTE_TYPE type, struct bytes value, struct buf *ret)
{
	cleanup(buf_free) struct buf parts = {0};

	CK_RV rv = put_parts(value, 8, &parts);
	if (rv == CKR_DATA_INVALID) {
		parts.len = 0;
		rv = put_parts(value, 4, &parts);
	}
	try(rv);
	const struct softhsm_item item = {.type = type, .form = SOFTHSM_MAP, .value = buf_bytes(&parts)};
	return softhsm_item_put(&item, ret);
}

/* ---- rows ---------------------------------------------------------------------------------------------------------- */

CK_RV softhsm_row_put(const struct softhsm_row *row, struct buf *ret)
{
	static const enum softhsm_form forms[] = {
		[SOFTHSM_TABLE_BOOLEAN] = SOFTHSM_BOOL, [SOFTHSM_TABLE_INTEGER] = SOFTHSM_ULONG,
		[SOFTHSM_TABLE_BINARY] = SOFTHSM_BYTES, [SOFTHSM_TABLE_ARRAY] = SOFTHSM_MAP,
	};
	enum attr_kind kind = ATTR_BYTES;

	if (row->table >= array_len(forms) || row->type > (CK_ATTRIBUTE_TYPE)-1)
		return CKR_DATA_INVALID;
	const struct softhsm_item item = {
		.type = (CK_ATTRIBUTE_TYPE)row->type, .form = forms[row->table], .number = row->number, .value = row->value};
	if (item.form == SOFTHSM_MAP)
		return put_map(item.type, item.value, ret);
	if (item.form == SOFTHSM_BYTES && attr_kind(item.type, &kind) && kind == ATTR_ULONGS)
		return put_ulongs(item.type, item.value, word_size(item.value), ret);
	return softhsm_item_put(&item, ret);
}

/* A template grows most: from 9 bytes to 24. */
static CK_RV add_size(void *arg, const struct softhsm_row *row)
{
	size_t *size = arg;

	*size += 32 + 3 * row->value.len;
	return *size <= MAX_IMAGE ? CKR_OK : CKR_DATA_INVALID;
}

static CK_RV put_row(void *arg, const struct softhsm_row *row)
{
	return softhsm_row_put(row, arg);
}

/* The room is there from the start: what was grown out of would not be wiped. */
static CK_RV build(struct softhsm_db *db, int64_t id, struct buf *image)
{
	static const unsigned char generation[8];
	size_t size = sizeof(generation);

	try(softhsm_db_rows(db, id, add_size, &size));
	try(buf_reserve(image, size));
	try(buf_append(image, bytes_of(generation, sizeof(generation))));
	return softhsm_db_rows(db, id, put_row, image);
}

CK_RV softhsm_rows_image(struct softhsm_db *db, int64_t id, struct secret *ret)
{
	cleanup(buf_wipe_free) struct buf image = {0};

	CK_RV rv = build(db, id, &image);
	if (rv == CKR_DATA_INVALID)
		return fail(rv, "sqlite3.db is damaged, or is no database of SoftHSM: object %lld", (long long)id);
	try(rv);
	return secret_dup(buf_bytes(&image), ret);
}
