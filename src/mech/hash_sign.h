/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures over a hash that is computed here, part by part: the steps are the same for RSA and ECDSA, the
 * family signs the finished digest. row->data is a struct hash_sign; op->state starts with a
 * struct hash_sign_state. */
#ifndef CONCLAVE_MECH_HASH_SIGN_H
#define CONCLAVE_MECH_HASH_SIGN_H

#include "crypto/digest.h"
#include "mech/mech.h"

/* How a family signs a finished digest. */
struct hash_sign_scheme {
	CK_RV (*sign)(const struct mech_op *op, struct bytes digest, unsigned char *ret);
	CK_RV (*verify)(const struct mech_op *op, struct bytes digest, struct bytes signature);
};

struct hash_sign {
	const struct hash_sign_scheme *scheme;
	enum digest_alg hash;
	struct bytes prefix; /* PKCS #1 v1.5: the DigestInfo in front of the digest */
};

/* A family with a parameter puts this first into a state of its own, made by its params. */
struct hash_sign_state {
	struct digest digest;
};

must_check CK_RV hash_sign_start(struct mech_op *op);
must_check CK_RV hash_sign_update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);
must_check CK_RV hash_sign_final(struct mech_op *op, unsigned char *out, size_t *ret_len);
must_check CK_RV hash_sign_whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len);
must_check CK_RV hash_sign_verify_final(struct mech_op *op, struct bytes signature);
must_check CK_RV hash_sign_verify_whole(struct mech_op *op, struct bytes in, struct bytes signature);
must_check CK_RV hash_sign_save(struct mech_op *op, struct buf *ret);
must_check CK_RV hash_sign_restore(struct mech_op *op, struct bytes state);
must_check CK_RV hash_sign_again(struct mech_op *op);
void hash_sign_end(struct mech_op *op);

/* For rows without a parameter and with no demands of their own. */
extern const struct mech_ops hash_sign_ops;

/* The steps of such operations, all but .start, .save and .restore. */
#define HASH_SIGN_STEPS                         \
	.room = asym_signature_room,            \
	.whole = hash_sign_whole,               \
	.update = hash_sign_update,             \
	.final = hash_sign_final,               \
	.verify_whole = hash_sign_verify_whole, \
	.verify_final = hash_sign_verify_final, \
	.again = hash_sign_again,               \
	.end = hash_sign_end

#endif
