/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping key material with any mechanism: by the row's own way or by its encryption, with the codes that
 * C_WrapKey and C_UnwrapKey answer. Knows no attribute: what the material is of is the core's to know. */
#ifndef CONCLAVE_MECH_WRAP_H
#define CONCLAVE_MECH_WRAP_H

#include "mech/mech.h"

/* For rows whose encryption takes material of any length. */
extern const struct mech_wrap mech_wrap_any;
/* The same, where the standard gives the mechanism secret keys only. */
extern const struct mech_wrap mech_wrap_secret;
/* Block ciphers without padding: zero bytes fill the last block of 16 (§6.10.4, §6.10.5). */
extern const struct mech_wrap mech_wrap_blocks;

/* Bare RSA: the material counts as a number (§6.1.9). */
extern const struct mech_wrap mech_wrap_numbers;

/* The exact length of the output. CKR_KEY_SIZE_RANGE, CKR_WRAPPING_KEY_SIZE_RANGE, CKR_MECHANISM_PARAM_INVALID. */
must_check CK_RV wrap_size(const struct mech_wrapping *w, size_t plain_len, size_t *ret);
/* out has wrap_size bytes. */
must_check CK_RV wrap_run(const struct mech_wrapping *w, struct bytes plain, unsigned char *out, size_t *ret_len);
/* CKR_WRAPPED_KEY_LEN_RANGE, CKR_WRAPPED_KEY_INVALID, CKR_UNWRAPPING_KEY_SIZE_RANGE, CKR_MECHANISM_PARAM_INVALID. */
must_check CK_RV wrap_undo(const struct mech_wrapping *w, struct bytes wrapped, struct secret *ret);

/* For rows with a way of their own: the encryption of w->row with this parameter in place of w's. */
must_check CK_RV wrap_encrypt(const struct mech_wrapping *w, const CK_MECHANISM *m, struct bytes plain, unsigned char *out, size_t *ret_len);
must_check CK_RV wrap_encrypt_size(const struct mech_wrapping *w, const CK_MECHANISM *m, size_t plain_len, size_t *ret);
must_check CK_RV wrap_decrypt(const struct mech_wrapping *w, const CK_MECHANISM *m, struct bytes wrapped, struct secret *ret);

#endif
