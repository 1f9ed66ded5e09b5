/* SPDX-License-Identifier: Apache-2.0 */
/* C_WrapKey and C_UnwrapKey with AES-GCM: CK_GCM_WRAP_PARAMS, whose IV the token can choose. */
#ifndef CONCLAVE_MECH_AES_GCM_WRAP_H
#define CONCLAVE_MECH_AES_GCM_WRAP_H

#include "mech/mech.h"

extern const struct mech_wrap aes_gcm_wrap;

#endif
