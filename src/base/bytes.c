/* SPDX-License-Identifier: Apache-2.0 */
/* Byte strings: growing a buffer, reading off the front, secrets in locked memory.
 * Numbers are little endian on every machine, because encodings go to disk.
 * Knows no attribute and no key. */
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define BUF_FIRST_CAP 64

bool bytes_equal(struct bytes a, struct bytes b)
{
	/* not secret: secret_equal is for those */
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

CK_RV buf_reserve(struct buf *b, size_t extra)
{
	if (extra <= b->cap - b->len)
		return CKR_OK;
	if (extra > SIZE_MAX / 2 - b->len)
		return fail(CKR_HOST_MEMORY, "a buffer of more than half the address space");
	size_t cap = b->cap * 2 > BUF_FIRST_CAP ? b->cap * 2 : BUF_FIRST_CAP;
	if (cap < b->len + extra)
		cap = b->len + extra;
	unsigned char *data = realloc(b->data, cap);
	if (data == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a buffer of %zu bytes", cap);
	b->data = data;
	b->cap = cap;
	return CKR_OK;
}

CK_RV buf_append(struct buf *b, struct bytes in)
{
	try(buf_reserve(b, in.len));
	if (in.len > 0)
		memcpy(b->data + b->len, in.data, in.len);
	b->len += in.len;
	return CKR_OK;
}

static CK_RV put_le(struct buf *b, uint64_t v, size_t size)
{
	unsigned char le[8];
	for (size_t i = 0; i < size; i++)
		le[i] = (unsigned char)(v >> (8 * i));
	return buf_append(b, bytes_of(le, size));
}

CK_RV buf_put_u8(struct buf *b, uint8_t v)
{
	return put_le(b, v, 1);
}

CK_RV buf_put_u32(struct buf *b, uint32_t v)
{
	return put_le(b, v, 4);
}

CK_RV buf_put_u64(struct buf *b, uint64_t v)
{
	return put_le(b, v, 8);
}

CK_RV buf_put_blob(struct buf *b, struct bytes in)
{
	if (in.len > UINT32_MAX)
		return fail(CKR_HOST_MEMORY, "a value of %zu bytes is too long to be encoded", in.len);
	/* Both parts or none: the caller may go on with the buffer after an error. */
	try(buf_reserve(b, 4 + in.len));
	try(buf_put_u32(b, (uint32_t)in.len));
	return buf_append(b, in);
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}

void buf_wipe_free(struct buf *b)
{
	wipe(b->data, b->cap);
	buf_free(b);
}

bool bytes_take(struct bytes *in, size_t len, struct bytes *ret)
{
	if (len > in->len)
		return false;
	*ret = bytes_of(in->data, len);
	/* NULL + 0 is not defined in C. */
	if (len > 0)
		in->data += len;
	in->len -= len;
	return true;
}

static bool take_le(struct bytes *in, size_t size, uint64_t *ret)
{
	struct bytes le;
	if (!bytes_take(in, size, &le))
		return false;
	uint64_t v = 0;
	for (size_t i = 0; i < size; i++)
		v |= (uint64_t)le.data[i] << (8 * i);
	*ret = v;
	return true;
}

bool bytes_take_u8(struct bytes *in, uint8_t *ret)
{
	uint64_t v;
	if (!take_le(in, 1, &v))
		return false;
	*ret = (uint8_t)v;
	return true;
}

bool bytes_take_u32(struct bytes *in, uint32_t *ret)
{
	uint64_t v;
	if (!take_le(in, 4, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

bool bytes_take_u64(struct bytes *in, uint64_t *ret)
{
	return take_le(in, 8, ret);
}

bool bytes_take_blob(struct bytes *in, struct bytes *ret)
{
	struct bytes rest = *in;
	uint32_t len;
	if (!bytes_take_u32(&rest, &len) || !bytes_take(&rest, len, ret))
		return false;
	*in = rest;
	return true;
}

CK_RV secret_new(size_t len, struct secret *ret)
{
	/* An empty secret has an address too: libraries take a NULL key to mean "the same as before". */
	unsigned char *data = mem_secret_alloc(len);
	if (data == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a secret of %zu bytes", len);
	*ret = (struct secret){data, len};
	return CKR_OK;
}

CK_RV secret_dup(struct bytes from, struct secret *ret)
{
	try(secret_new(from.len, ret));
	if (from.len > 0)
		memcpy(ret->data, from.data, from.len);
	return CKR_OK;
}

void secret_free(struct secret *s)
{
	mem_secret_free(s->data, s->len);
	*s = (struct secret){0};
}

bool secret_equal(struct bytes a, struct bytes b)
{
	if (a.len != b.len)
		return false;
	/* volatile keeps the compiler from leaving the loop at the first difference. */
	volatile unsigned char diff = 0;
	for (size_t i = 0; i < a.len; i++)
		diff = (unsigned char)(diff | (a.data[i] ^ b.data[i]));
	return diff == 0;
}

void wipe(void *data, size_t len)
{
	if (len > 0)
		explicit_bzero(data, len);
}
