/* SPDX-License-Identifier: Apache-2.0 */
/* What the mechanisms with key pairs share: loaded keys, CKA_PUBLIC_KEY_INFO, sizes. */
#ifndef CONCLAVE_MECH_ASYM_H
#define CONCLAVE_MECH_ASYM_H

#include "mech/mech.h"

/* A loaded key around k, which it owns from here on, also when this fails. CKR_HOST_MEMORY. */
must_check CK_RV asym_key(const struct attrs *a, struct pkey *k, struct mech_key **ret);
/* CKO_PUBLIC_KEY or CKO_PRIVATE_KEY; CKR_TEMPLATE_INCONSISTENT for anything else. */
must_check CK_RV asym_class(const struct attr_list *key, bool *ret_private);
/* Sets CKA_PUBLIC_KEY_INFO; one that was given and is another key's is CKR_ATTRIBUTE_VALUE_INVALID (§4.9, §4.10). */
must_check CK_RV asym_public_key_info(struct attr_list *key, const struct pkey *k);
/* The same for a SubjectPublicKeyInfo that was made elsewhere. */
must_check CK_RV asym_set_public_key_info(struct attr_list *key, struct bytes info);
/* The key's size is within the row's limits. CKR_KEY_SIZE_RANGE. */
must_check CK_RV asym_start(struct mech_op *op);
/* A signature's length for the steps that give one. */
size_t asym_signature_room(const struct mech_op *op, enum mech_step step, size_t in_len);

/* Why a state is not saved (mech_row.unsaveable). */
extern const char asym_single_part[];

#endif
