/* SPDX-License-Identifier: Apache-2.0 */
/* What AES-GCM's parameters and AES-GMAC's have in common (NIST SP 800-38D). */
#ifndef CONCLAVE_MECH_AES_GCM_H
#define CONCLAVE_MECH_AES_GCM_H

#include "mech/mech.h"

#define AES_GCM_IV_MAX ((uint64_t)UINT32_MAX)

/* Of the tag; in bits. */
bool aes_gcm_tag_bits_fit(CK_ULONG bits);

#endif
