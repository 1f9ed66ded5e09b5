/* SPDX-License-Identifier: Apache-2.0 */
/* RSA signatures: PKCS #1 v1.5, bare, PSS; of the application's hash or one computed here. */
#ifndef CONCLAVE_MECH_RSA_SIGN_H
#define CONCLAVE_MECH_RSA_SIGN_H

#include "mech/hash_sign.h"

/* One single-part way: the calls that give output, and verification. */
must_check CK_RV rsa_sign_pkcs1(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);
must_check CK_RV rsa_sign_pkcs1_recover(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);
must_check CK_RV rsa_sign_pkcs1_verify(struct mech_op *op, struct bytes in, struct bytes signature);
must_check CK_RV rsa_sign_raw(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);
must_check CK_RV rsa_sign_raw_recover(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);
must_check CK_RV rsa_sign_raw_verify(struct mech_op *op, struct bytes in, struct bytes signature);

extern const struct mech_ops rsa_sign_pss_ops; /* CKM_RSA_PKCS_PSS */
/* With a hash: v1.5 and PSS. */
extern const struct mech_ops rsa_sign_hash_ops;
extern const struct mech_ops rsa_sign_pss_hash_ops;
extern const struct hash_sign_scheme rsa_sign_pkcs1_scheme;
extern const struct hash_sign_scheme rsa_sign_pss_scheme;

/* X9.31: over a hash and its identifier, and over SHA-1 computed here. */
extern const struct mech_ops rsa_sign_x9_31_ops;
extern const struct mech_ops rsa_sign_x9_31_hash_ops;
extern const struct hash_sign_scheme rsa_sign_x9_31_scheme;

#endif
