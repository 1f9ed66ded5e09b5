/* SPDX-License-Identifier: Apache-2.0 */
/* Post-quantum keys for the mechanism tests, on top of the kit for pairs. Knows no mechanism's answers. */
#ifndef CONCLAVE_TESTS_MECH_PQ_KIT_H
#define CONCLAVE_TESTS_MECH_PQ_KIT_H

#include "asym_kit.h"

/* Skips the test when libcrypto does not have the mechanism. */
void pq_need(CK_MECHANISM_TYPE mechanism);
/* A list with class, type and parameter set; bytes that are NULL are not set. */
struct attr_list pq_list(CK_OBJECT_CLASS object_class, CK_KEY_TYPE type, CK_ULONG set, const struct buf *value, const struct buf *seed);
/* A new pair, completed and loaded. */
struct kit_pair pq_pair(CK_MECHANISM_TYPE generation, CK_KEY_TYPE type, CK_ULONG set);
/* Completes and loads; frees the list. */
CK_RV pq_load(struct attr_list *l, struct mech_key **ret);
/* The value has this SHA-256, in hexadecimal. */
void pq_check_hash(struct bytes value, const char *hex);
void pq_check_attribute_hash(const struct attr_list *l, CK_ATTRIBUTE_TYPE type, const char *hex);

#endif
