/* SPDX-License-Identifier: Apache-2.0 */
/* RSA encryption: PKCS #1 v1.5, bare, OAEP. Single-part only. */
#ifndef CONCLAVE_MECH_RSA_CRYPT_H
#define CONCLAVE_MECH_RSA_CRYPT_H

#include "mech/mech.h"

must_check CK_RV rsa_crypt_pkcs1_encrypt(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);
must_check CK_RV rsa_crypt_pkcs1_decrypt(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);
must_check CK_RV rsa_crypt_raw_encrypt(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);
must_check CK_RV rsa_crypt_raw_decrypt(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);

/* As long as the modulus for every output. */
size_t rsa_crypt_room(const struct mech_op *op, enum mech_step step, size_t in_len);

extern const struct mech_ops rsa_crypt_oaep_ops;

#endif
