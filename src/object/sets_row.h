/* SPDX-License-Identifier: Apache-2.0 */
/* One set row and the root, as the store keeps them and opened. For sets.c and its neighbours; a row covers the
 * places (tags without their last bit) from its start to its last one. */
#ifndef CONCLAVE_OBJECT_SETS_ROW_H
#define CONCLAVE_OBJECT_SETS_ROW_H

#include "object/sets.h"

/* A row with more entries is split. About a kilobyte: four rows share a page of SQLite's. */
#define SETS_ROW_MAX 24

/* The set of one tag; never an empty one. */
struct sets_entry {
	uint64_t tag;
	struct sets_sum sum;
};

struct sets_row {
	uint64_t start, last;
	uint64_t version;         /* stored; 0: not yet */
	unsigned char hash[32];   /* of the stored row: its part in the root's sum */
	struct sets_entry *entries; /* rising by tag */
	size_t count, cap;
	bool changed;
	struct buf sealed;        /* made by sets_row_seal */
};
void sets_row_free(struct sets_row *r);

struct sets_root {
	uint64_t version;    /* of the meta value; 0: there is none */
	struct sets_sum all;    /* records */
	struct sets_sum values; /* values of the token */
	struct sets_sum rows;   /* set rows */
};

#define SETS_PLACE(tag) ((tag) >> 1)

must_check CK_RV sets_row_open(const struct persist *p, const struct store_set *stored, struct sets_row *ret);
/* Seals a row with its next version; r->hash becomes that of the new row. */
must_check CK_RV sets_row_seal(const struct persist *p, enum seal_family family, struct sets_row *r);
/* The entry of a tag; with make, a new one when there is none. NULL: none, or no memory. */
struct sets_entry *sets_row_entry(struct sets_row *r, uint64_t tag, bool make);
void sets_row_drop(struct sets_row *r, struct sets_entry *e);
/* Moves the upper half of a row that is too long into *ret, which is new. */
must_check CK_RV sets_row_split(struct sets_row *r, struct sets_row *ret);

must_check CK_RV sets_root_read(const struct persist *p, enum seal_family family, struct sets_root *ret);
must_check CK_RV sets_root_write(const struct persist *p, enum seal_family family, const struct sets_root *root);

/* hash(key, what || in): tells records, values and rows apart. */
enum sets_what { SETS_RECORD = 1, SETS_VALUE, SETS_ROW };
void sets_sum_take(struct sets_sum *s, const unsigned char hash[32]);
/* A line for the operator that names store, token and family; gives CKR_DEVICE_ERROR. */
CK_RV sets_refuse(const struct persist *p, enum seal_family family, const char *why);

#endif
