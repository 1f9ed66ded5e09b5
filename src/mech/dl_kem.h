/* SPDX-License-Identifier: Apache-2.0 */
/* What both kinds of Diffie-Hellman share when they encapsulate: the ciphertext is an ephemeral public value, as long as
 * the prime. What is made of the secret is theirs to say. */
#ifndef CONCLAVE_MECH_DL_KEM_H
#define CONCLAVE_MECH_DL_KEM_H

#include "mech/mech.h"

/* As struct mech_kem wants it. CKR_KEY_SIZE_RANGE. */
must_check CK_RV dl_kem_size(const struct mech_kem_call *c, size_t *ret);
must_check CK_RV dl_kem_offer(const struct mech_kem_call *c, unsigned char *ciphertext, size_t *ret_len, struct secret *ret);
/* CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_INVALID. */
must_check CK_RV dl_kem_accept(const struct mech_kem_call *c, struct bytes ciphertext, struct secret *ret);

#endif
