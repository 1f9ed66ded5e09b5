/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup tags of an object: keyed hashes of its searchable attributes. For seal.c; searches go through seal.h. */
#ifndef CONCLAVE_OBJECT_SEAL_TAGS_H
#define CONCLAVE_OBJECT_SEAL_TAGS_H

#include "attr/attr.h"

/* Sorted, each once, as the store wants them; at most max. */
size_t seal_tags_of(const unsigned char key[32], const struct attrs *a, uint64_t *ret, size_t max);

#endif
