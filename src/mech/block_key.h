/* SPDX-License-Identifier: Apache-2.0 */
/* What keys of block ciphers have in common. */
#ifndef CONCLAVE_MECH_BLOCK_KEY_H
#define CONCLAVE_MECH_BLOCK_KEY_H

#include "crypto/cipher.h"
#include "mech/secret_key.h"

/* The first bytes of a block of zeros enciphered with the key (§4.11). */
must_check CK_RV block_key_check_value(const struct mech_env *env, enum cipher_alg alg, struct bytes value,
                                       unsigned char ret[SECRET_KEY_CHECK_LEN]);

#endif
