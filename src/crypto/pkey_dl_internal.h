/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic that pkey_dl.c and pkey_dl_group.c share: numbers of a group as bytes. */
#ifndef CONCLAVE_CRYPTO_PKEY_DL_INTERNAL_H
#define CONCLAVE_CRYPTO_PKEY_DL_INTERNAL_H

#include "crypto/pkey_dl.h"

/* Without zeros in front. */
struct bytes pkey_dl_trim(struct bytes number);
struct pkey_dl_group pkey_dl_trimmed(const struct pkey_dl_group *group);
size_t pkey_dl_bits(struct bytes number);

/* Has a new group these sizes? */
bool pkey_dl_sizes_go_together(const struct pkey_dl_wish *wish);

/* The public value of x, which must be in range: CKR_ATTRIBUTE_VALUE_INVALID. */
must_check CK_RV pkey_dl_power(struct ossl *o, const struct pkey_dl_group *group, struct bytes x, struct secret *ret);
/* A new private value. CKR_ATTRIBUTE_VALUE_INVALID: bits. */
must_check CK_RV pkey_dl_draw(struct ossl *o, const struct pkey_dl_group *group, size_t bits, struct secret *ret);

#endif
