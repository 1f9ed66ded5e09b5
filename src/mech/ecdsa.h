/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA, over a hash of the application's or one computed here. */
#ifndef CONCLAVE_MECH_ECDSA_H
#define CONCLAVE_MECH_ECDSA_H

#include "mech/hash_sign.h"

extern const struct mech_ops ecdsa_ops;      /* CKM_ECDSA */
extern const struct hash_sign_scheme ecdsa_scheme;

#endif
