/* SPDX-License-Identifier: Apache-2.0 */
/* What a token must contain, so that what is missing, put back or slipped in is noticed: for every lookup tag the sum
 * of keyed hashes of the records that carry it, in sealed rows that each change updates in its own transaction, and a
 * sealed root over the rows. doc/record.md is the reference of the format. All calls are inside the caller's
 * transaction. Knows no attribute and no session. */
#ifndef CONCLAVE_OBJECT_SETS_H
#define CONCLAVE_OBJECT_SETS_H

#include "object/seal.h"

struct persist;

/* A set: how many members, and the sum of their hashes modulo 2^256. {0} is the empty one. */
struct sets_sum {
	uint64_t count;
	unsigned char sum[32];
};
void sets_sum_add(struct sets_sum *s, const unsigned char hash[32]);
bool sets_sum_equal(const struct sets_sum *a, const struct sets_sum *b);

/* The keyed hash that stands for a record: over its id, version and tags and the end of its sealed part, which
 * authenticates the rest. */
void sets_hash_record(const struct seal_keys *keys, enum seal_family family, const struct store_record *r, unsigned char ret[32]);

/* One record that comes or goes. */
struct sets_step {
	bool add;
	const uint64_t *tags; /* the sets that it is in */
	size_t tag_count;
	unsigned char hash[32];
	bool value; /* no record, but a value of the token: not counted among all records */
};

/* The empty sets of a new token, in place of those that it had, with these values of the token (see below) as they are
 * stored by now. The keys of both families are at hand. */
struct sets_value {
	const char *name;
	unsigned families;
};
must_check CK_RV sets_create(const struct persist *p, const struct sets_value *values, size_t count);
/* CKR_DEVICE_ERROR (logged): the rows are damaged, or do not have what goes. */
must_check CK_RV sets_apply(const struct persist *p, enum seal_family family, const struct sets_step *steps, size_t count);
/* The values of the token that have the roots. */
#define SETS_ROOT_OPEN "root.open"
#define SETS_ROOT_PRIVATE "root.private"
/* What must be found by a lookup tag, and by a walk of the family. CKR_DEVICE_ERROR (logged): cannot be told. */
must_check CK_RV sets_of_tag(const struct persist *p, enum seal_family family, uint64_t tag, struct sets_sum *ret);
must_check CK_RV sets_of_all(const struct persist *p, enum seal_family family, struct sets_sum *ret);

/* Values of the token: name, version and content are members of the families named (one or both). Those of the
 * private family can only be changed by who has the token key, but not be checked without it. The value in the store
 * is written, too. */
#define SETS_IN_OPEN (1U << SEAL_OPEN)
#define SETS_IN_PRIVATE (1U << SEAL_PRIVATE)
must_check CK_RV sets_value_put(const struct persist *p, unsigned families, const char *name, struct bytes value, uint64_t expected);
must_check CK_RV sets_value_remove(const struct persist *p, unsigned families, const char *name);
/* *ret false: the value is not the one that was written last. version 0: it is not there. */
must_check CK_RV sets_value_check(const struct persist *p, enum seal_family family, const char *name, struct bytes value, uint64_t version,
                                  bool *ret);

/* The same as sums: all values that must be there, and what stands for one. */
must_check CK_RV sets_of_values(const struct persist *p, enum seal_family family, struct sets_sum *ret);
must_check CK_RV sets_hash_value(const struct persist *p, enum seal_family family, const char *name, struct bytes value, uint64_t version,
                                 unsigned char ret[32]);

/* Holds all rows of a family against each other and the root; counts rows and what is wrong with them (logged). */
struct sets_report {
	uint64_t rows, bad;
};
must_check CK_RV sets_verify(const struct persist *p, enum seal_family family, struct sets_report *ret);

#endif
