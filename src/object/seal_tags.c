/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup tags: the first 64 bits of HMAC-SHA256 over an attribute's type and value. Equal values have equal tags
 * and the key is secret, so the store can find and cannot read. A tag is a hint: the object layer compares the
 * attributes themselves. Empty values have none: they tell objects apart too little. */
#include "object/seal_tags.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "object/schema.h"
#include "object/seal.h"

/* Longer values stand for themselves by their SHA-256, so that no tag needs an allocation. */
#define MAX_DIRECT 256

static void put_le64(uint64_t v, unsigned char ret[8])
{
	for (size_t i = 0; i < 8; i++)
		ret[i] = (unsigned char)(v >> (8 * i));
}

/* Numbers are hashed as 64 bits, whatever this machine's CK_ULONG has. */
static size_t put_value(CK_ATTRIBUTE_TYPE type, struct bytes value, unsigned char *ret)
{
	enum attr_kind kind;
	CK_ULONG n;
	if (attr_kind(type, &kind) && kind == ATTR_ULONG && value.len == sizeof(n)) {
		memcpy(&n, value.data, sizeof(n));
		put_le64(n == CK_UNAVAILABLE_INFORMATION ? UINT64_MAX : n, ret);
		return 8;
	}
	if (value.len > MAX_DIRECT) {
		hash_sha256(value, ret);
		return 32;
	}
	memcpy(ret, value.data, value.len);
	return value.len;
}

static uint64_t tag(const unsigned char key[32], CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	unsigned char in[8 + MAX_DIRECT];
	unsigned char mac[32];
	uint64_t ret = 0;
	put_le64(type, in);
	size_t len = 8 + put_value(type, value, in + 8);
	hash_hmac(bytes_of(key, 32), bytes_of(in, len), mac);
	wipe(in, sizeof(in));
	for (size_t i = 0; i < 8; i++)
		ret |= (uint64_t)mac[i] << (8 * i);
	return ret;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

uint64_t seal_id_tag(const struct seal_keys *keys, enum seal_family family, const struct store_id *id)
{
	char text[2 * STORE_ID_SIZE + 1];
	text_hex(bytes_of(id->b, sizeof(id->b)), text);
	return tag(family == SEAL_PRIVATE ? keys->tag : keys->open_tag, CKA_UNIQUE_ID, bytes_of(text, 2 * STORE_ID_SIZE));
}

size_t seal_tags_of(const unsigned char key[32], const struct attrs *a, uint64_t *ret, size_t max)
{
	size_t known, made = 0, count = 0;
	const CK_ATTRIBUTE_TYPE *types = schema_searchable(&known);
	struct bytes value;
	for (size_t i = 0; i < known && made < max; i++)
		if (attrs_get(a, types[i], &value) && value.len > 0)
			ret[made++] = tag(key, types[i], value);
	qsort(ret, made, sizeof(ret[0]), by_value);
	for (size_t i = 0; i < made; i++)
		if (count == 0 || ret[count - 1] != ret[i])
			ret[count++] = ret[i];
	return count;
}

void seal_search_tags(const struct seal_keys *keys, bool private_objects, const struct attr_list *template, uint64_t *ret, size_t max,
                      size_t *ret_count)
{
	size_t known, count = 0;
	const CK_ATTRIBUTE_TYPE *types = schema_searchable(&known);
	struct bytes value;
	if (private_objects && !keys->has_token)
		max = 0;
	for (size_t i = 0; i < known && count < max; i++)
		if (attr_list_get(template, types[i], &value) && value.len > 0)
			ret[count++] = tag(private_objects ? keys->tag : keys->open_tag, types[i], value);
	*ret_count = count;
}
