/* SPDX-License-Identifier: Apache-2.0 */
/* DER pieces, in and out. Reads only what a DER encoder could have written: one-byte tags, definite
 * lengths in their shortest form. Never looks inside a content. */
#include "crypto/der.h"

/* Longer contents than this are nothing that a key or a curve needs. */
#define LENGTH_BYTES_MAX 3

static bool take_length(struct bytes *in, size_t *ret)
{
	uint8_t first = 0;
	size_t len = 0;

	if (!bytes_take_u8(in, &first))
		return false;
	if (first < 0x80) {
		*ret = first;
		return true;
	}
	unsigned count = first & 0x7fu;
	if (count == 0 || count > LENGTH_BYTES_MAX)
		return false;
	for (unsigned i = 0; i < count; i++) {
		uint8_t next = 0;

		if (!bytes_take_u8(in, &next) || (i == 0 && next == 0))
			return false;
		len = len << 8 | next;
	}
	if (len < 0x80)
		return false;
	*ret = len;
	return true;
}

bool der_take(struct bytes *in, unsigned char tag, struct bytes *ret)
{
	struct bytes rest = *in;
	uint8_t found = 0;
	size_t len = 0;

	if (!bytes_take_u8(&rest, &found) || found != tag)
		return false;
	if (!take_length(&rest, &len) || !bytes_take(&rest, len, ret))
		return false;
	*in = rest;
	return true;
}

bool der_only(struct bytes in, unsigned char tag, struct bytes *ret)
{
	return der_take(&in, tag, ret) && in.len == 0;
}

bool der_bits(struct bytes content, struct bytes *ret)
{
	uint8_t unused_bits = 0;

	if (!bytes_take_u8(&content, &unused_bits) || unused_bits != 0)
		return false;
	*ret = content;
	return true;
}

CK_RV der_put_head(struct buf *b, unsigned char tag, size_t len)
{
	unsigned char head[2 + sizeof(len)] = {tag};
	size_t used = 1;

	if (len < 0x80) {
		head[used++] = (unsigned char)len;
	} else {
		unsigned count = 0;

		for (size_t rest = len; rest > 0; rest >>= 8)
			count++;
		head[used++] = (unsigned char)(0x80 | count);
		while (count-- > 0)
			head[used++] = (unsigned char)(len >> (8 * count));
	}
	return buf_append(b, bytes_of(head, used));
}

CK_RV der_put(struct buf *b, unsigned char tag, struct bytes content)
{
	try(der_put_head(b, tag, content.len));
	return buf_append(b, content);
}

CK_RV der_put_unsigned(struct buf *b, struct bytes magnitude)
{
	while (magnitude.len > 0 && magnitude.data[0] == 0) {
		magnitude.data++;
		magnitude.len--;
	}
	/* A zero byte in front keeps a set top bit from meaning "negative"; it is also the number 0. */
	bool zero = magnitude.len == 0 || (magnitude.data[0] & 0x80) != 0;
	try(der_put_head(b, DER_INTEGER, magnitude.len + (zero ? 1 : 0)));
	if (zero)
		try(buf_put_u8(b, 0));
	return buf_append(b, magnitude);
}

CK_RV der_put_bits(struct buf *b, struct bytes content)
{
	try(der_put_head(b, DER_BIT_STRING, content.len + 1));
	try(buf_put_u8(b, 0));
	return buf_append(b, content);
}
