/* SPDX-License-Identifier: Apache-2.0 */
/* An index in memory: from tags (64-bit keyed hashes) to items, many of each. A search takes the items of its
 * most selective tag and compares the real attributes. Not thread-safe: its owner has the lock. */
#ifndef CONCLAVE_OBJECT_INDEX_H
#define CONCLAVE_OBJECT_INDEX_H

#include "attr/attr.h"

struct index_node {
	uint64_t tag;
	void *item;
	struct index_node *next, **link;
};

struct index {
	struct index_node **bucket;
	size_t mask; /* buckets - 1 */
	size_t count;
	uint64_t key[2]; /* random: bucket positions are not the application's to choose */
};

/* CKR_HOST_MEMORY. */
must_check CK_RV index_init(struct index *x, const unsigned char key[16]);
void index_free(struct index *x);
/* The node is the caller's memory; tag and item are set. */
void index_add(struct index *x, struct index_node *node);
void index_remove(struct index *x, struct index_node *node);
/* The first node with the tag, and the next one after it. */
struct index_node *index_first(const struct index *x, uint64_t tag);
struct index_node *index_next(const struct index_node *node);

uint64_t index_tag(const struct index *x, CK_ATTRIBUTE_TYPE type, struct bytes value);
/* Tags of the selective attributes that are not empty; at most max, the most selective first. */
size_t index_tags_of(const struct index *x, const struct attrs *a, uint64_t *ret, size_t max);
/* The most selective tag of a search template; false when it has none: the search walks all items. */
bool index_search_tag(const struct index *x, const struct attr_list *template, uint64_t *ret);

#endif
