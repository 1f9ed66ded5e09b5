/* SPDX-License-Identifier: Apache-2.0 */
/* CKM_RSA_AES_KEY_WRAP (§6.1): a fresh AES key under OAEP, and the target under that. */
#ifndef CONCLAVE_MECH_RSA_AES_H
#define CONCLAVE_MECH_RSA_AES_H

#include "mech/mech.h"

extern const struct mech_wrap rsa_aes_wrap;

#endif
