/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of an attribute list: fixed-width, little endian, the same on 32 and 64 bit.
 *   u32 count, then for each attribute: u64 type, u8 kind, u32 length, value.
 * CK_ULONGs are stored as u64 (all ones is CK_UNAVAILABLE_INFORMATION), arrays of them likewise,
 * nested templates as a list inside. doc/storage.md is the reference. */
#ifndef CONCLAVE_ATTR_CODEC_H
#define CONCLAVE_ATTR_CODEC_H

#include "attr/attr.h"

/* Which attributes of a list are meant. */
typedef bool (*attr_filter)(const void *arg, CK_ATTRIBUTE_TYPE type);

/* Appends the attributes that filter lets through (all when filter is NULL). CKR_HOST_MEMORY. */
must_check CK_RV codec_encode(const struct attrs *a, attr_filter filter, const void *arg, struct buf *ret);
/* Adds what is encoded to *ret. Every length is in doubt: CKR_DATA_INVALID for a malformed or trailing byte. */
must_check CK_RV codec_decode(struct bytes in, struct attr_list *ret);

#endif
