/* SPDX-License-Identifier: Apache-2.0 */
/* How SoftHSMv2 keeps secrets: a token has an AES-256 key, which lies encrypted under the user PIN and again under the
 * SO PIN; the byte strings of private objects are encrypted under that key. Knows no file and no attribute. */
#ifndef CONCLAVE_CORE_SOFTHSM_KEY_H
#define CONCLAVE_CORE_SOFTHSM_KEY_H

#include "crypto/ossl.h"

/* The token's key out of one of its two blobs. CKR_PIN_INCORRECT: not with this PIN, or the blob is damaged (nothing
 * tells the two apart); CKR_DATA_INVALID: no blob of SoftHSM's. */
must_check CK_RV softhsm_key_open(struct ossl *o, struct bytes blob, struct bytes pin, struct secret *ret);
/* CKR_DATA_INVALID: not encrypted under this key. */
must_check CK_RV softhsm_key_decrypt(struct ossl *o, struct bytes key, struct bytes encrypted, struct secret *ret);

#endif
