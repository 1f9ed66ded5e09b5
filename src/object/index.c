/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table with chains that doubles when full; tags come from SipHash-2-4 over type and value. */
#include "object/index.h"

#include <stdlib.h>
#include <string.h>

#include "object/schema.h"

#define FIRST_BUCKETS 64

/* Attributes that split objects into few groups are no help in finding one: they are not indexed. */
static bool selective(CK_ATTRIBUTE_TYPE type)
{
	return type != CKA_CLASS && type != CKA_KEY_TYPE && type != CKA_CERTIFICATE_TYPE;
}

void index_free(struct index *x)
{
	free(x->bucket);
	x->bucket = NULL;
	x->mask = 0;
	x->count = 0;
}

static void link_into(struct index_node **head, struct index_node *node)
{
	node->next = *head;
	node->link = head;
	if (*head != NULL)
		(*head)->link = &node->next;
	*head = node;
}

static CK_RV resize(struct index *x, size_t buckets)
{
	struct index_node **fresh = calloc(buckets, sizeof(struct index_node *));

	if (fresh == NULL)
		return CKR_HOST_MEMORY;
	for (size_t i = 0; x->bucket != NULL && i <= x->mask; i++) {
		struct index_node *node = x->bucket[i];
		while (node != NULL) {
			struct index_node *next = node->next;
			link_into(&fresh[node->tag & (buckets - 1)], node);
			node = next;
		}
	}
	free(x->bucket);
	x->bucket = fresh;
	x->mask = buckets - 1;
	return CKR_OK;
}

CK_RV index_init(struct index *x, const unsigned char key[16])
{
	*x = (struct index){0};
	memcpy(x->key, key, sizeof(x->key));
	return resize(x, FIRST_BUCKETS);
}

void index_add(struct index *x, struct index_node *node)
{
	if (x->count > x->mask) {
		/* A table that cannot grow works on, only slower. */
		CK_RV rv = resize(x, (x->mask + 1) * 2);
		(void)rv;
	}
	link_into(&x->bucket[node->tag & x->mask], node);
	x->count++;
}

void index_remove(struct index *x, struct index_node *node)
{
	if (node->link == NULL)
		return;
	*node->link = node->next;
	if (node->next != NULL)
		node->next->link = node->link;
	node->next = NULL;
	node->link = NULL;
	x->count--;
}

static struct index_node *skip_to(struct index_node *node, uint64_t tag)
{
	while (node != NULL && node->tag != tag)
		node = node->next;
	return node;
}

struct index_node *index_first(const struct index *x, uint64_t tag)
{
	return skip_to(x->bucket[tag & x->mask], tag);
}

struct index_node *index_next(const struct index_node *node)
{
	return skip_to(node->next, node->tag);
}

#define ROTL(v, n) (((v) << (n)) | ((v) >> (64 - (n))))

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = ROTL(v[1], 13) ^ v[0];
	v[0] = ROTL(v[0], 32);
	v[2] += v[3];
	v[3] = ROTL(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = ROTL(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = ROTL(v[1], 17) ^ v[2];
	v[2] = ROTL(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	sip_round(v);
	sip_round(v);
	v[0] ^= m;
}

uint64_t index_tag(const struct index *x, CK_ATTRIBUTE_TYPE type, struct bytes value)
{
	uint64_t v[4] = {x->key[0] ^ UINT64_C(0x736f6d6570736575), x->key[1] ^ UINT64_C(0x646f72616e646f6d),
	                 x->key[0] ^ UINT64_C(0x6c7967656e657261), x->key[1] ^ UINT64_C(0x7465646279746573)};

	sip_word(v, type);
	size_t whole = value.len & ~(size_t)7;
	for (size_t i = 0; i < whole; i += 8) {
		uint64_t m;
		memcpy(&m, value.data + i, 8);
		sip_word(v, m);
	}
	uint64_t last = (uint64_t)value.len << 56;
	for (size_t i = whole; i < value.len; i++)
		last |= (uint64_t)value.data[i] << (8 * (i - whole));
	sip_word(v, last);
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

size_t index_tags_of(const struct index *x, const struct attrs *a, uint64_t *ret, size_t max)
{
	size_t known = 0, count = 0;
	const CK_ATTRIBUTE_TYPE *types = schema_searchable(&known);

	for (size_t i = 0; i < known && count < max; i++) {
		struct bytes value;
		if (selective(types[i]) && attrs_get(a, types[i], &value) && value.len > 0)
			ret[count++] = index_tag(x, types[i], value);
	}
	return count;
}

bool index_search_tag(const struct index *x, const struct attr_list *template, uint64_t *ret)
{
	size_t known = 0;
	const CK_ATTRIBUTE_TYPE *types = schema_searchable(&known);

	for (size_t i = 0; i < known; i++) {
		struct bytes value;
		if (selective(types[i]) && attr_list_get(template, types[i], &value) && value.len > 0) {
			*ret = index_tag(x, types[i], value);
			return true;
		}
	}
	return false;
}
