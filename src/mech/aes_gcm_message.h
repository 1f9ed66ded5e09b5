/* SPDX-License-Identifier: Apache-2.0 */
/* AES-GCM for messages (CK_GCM_MESSAGE_PARAMS, §6.13.2). */
#ifndef CONCLAVE_MECH_AES_GCM_MESSAGE_H
#define CONCLAVE_MECH_AES_GCM_MESSAGE_H

#include "mech/mech.h"

extern const struct mech_message_ops aes_gcm_message_ops;

/* NIST SP 800-38D: tag lengths in bits, bytes under one IV. */
bool aes_gcm_tag_bits_fit(CK_ULONG bits);
#define AES_GCM_PLAIN_MAX (((uint64_t)1 << 36) - 32)
#define AES_GCM_LEN_MAX ((uint64_t)UINT32_MAX)

#endif
