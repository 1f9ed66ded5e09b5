/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that come in with PKCS #1 v1.5, by C_UnwrapKey and by C_DecapsulateKey. */
#ifndef CONCLAVE_MECH_RSA_PKCS1_H
#define CONCLAVE_MECH_RSA_PKCS1_H

#include "mech/mech.h"

/* What a modulus of so many bytes has less room for. */
#define RSA_PKCS1_OVERHEAD 11

/* A value of a length that wanted leaves open (CKA_VALUE_LEN, else the key type): the one in the ciphertext, or when its
 * padding or length is wrong another one, always the same for the ciphertext. The codes depend on wanted and on what
 * everybody sees of the ciphertext: CKR_TEMPLATE_INCONSISTENT (no length fits), CKR_ENCRYPTED_DATA_LEN_RANGE,
 * CKR_ENCRYPTED_DATA_INVALID (not below the modulus). */
must_check CK_RV rsa_pkcs1_open(const struct mech_key *own, struct bytes ciphertext,
                                const struct attr_list *wanted, struct secret *ret);

extern const struct mech_wrap rsa_pkcs1_wrap;

#endif
