/* SPDX-License-Identifier: Apache-2.0 */
/* The items of an object as SoftHSMv2 (2.2 to 2.7) writes it to a file: a generation number, then attributes, each
 * with its type, its form and its value; every number has 8 bytes, the highest first, on 32 bits as on 64. Reads with
 * every length in doubt; knows no key, no file and no policy. doc/migrating.md */
#ifndef CONCLAVE_CORE_SOFTHSM_FILE_H
#define CONCLAVE_CORE_SOFTHSM_FILE_H

#include "base/bytes.h"

enum softhsm_form {
	SOFTHSM_BOOL = 1,
	SOFTHSM_ULONG = 2,
	SOFTHSM_BYTES = 3,
	SOFTHSM_MAP = 4,   /* items again: a template */
	SOFTHSM_ULONGS = 5, /* 8 bytes each */
};

struct softhsm_item {
	CK_ATTRIBUTE_TYPE type;
	enum softhsm_form form;
	uint64_t number;    /* BOOL: 0 or 1; ULONG */
	struct bytes value; /* of the other forms; borrowed */
};

/* Passes over what stands before the first item. false: not even that is there. */
bool softhsm_file_begin(struct bytes *file);
/* Takes the next item off *in, which is not empty. false: the file is damaged or cut short here. */
bool softhsm_item_take(struct bytes *in, struct softhsm_item *ret);
/* The same number as a CK_ULONG: what is all ones on 32 bits, is so here. */
CK_ULONG softhsm_ulong(uint64_t number);
/* The next of an array's numbers. */
bool softhsm_number_take(struct bytes *in, uint64_t *ret);
/* The other way, for what was not read from a file: appends one item. MAP and ULONGS: value in the form of a file. */
must_check CK_RV softhsm_item_put(const struct softhsm_item *item, struct buf *ret);

#endif
