/* SPDX-License-Identifier: Apache-2.0 */
/* C_WrapKey and C_UnwrapKey with AES-GCM: CK_GCM_WRAP_PARAMS, whose IV the token can choose. */
#ifndef CONCLAVE_MECH_AES_GCM_WRAP_H
#define CONCLAVE_MECH_AES_GCM_WRAP_H

#include "mech/mech.h"

extern const struct mech_wrap aes_gcm_wrap;

/* Writes the bits behind the first fixed_bits of iv as the generator says: CKG_NO_GENERATE leaves it, CKG_GENERATE and
 * CKG_GENERATE_RANDOM make them random. Counters are not for calls that remember nothing.
 * CKR_MECHANISM_PARAM_INVALID, CKR_DEVICE_ERROR. */
must_check CK_RV aes_gcm_wrap_iv(struct ossl *o, CK_GENERATOR_FUNCTION generator, CK_ULONG fixed_bits, CK_BYTE_PTR iv, CK_ULONG len);

#endif
