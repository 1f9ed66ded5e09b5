/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA (§6.3.12, §6.3.13): signatures are r and s one after the other, each as long as the order. Any length of
 * input is taken as a hash; the leftmost bits of a long one count. */
#include "mech/ecdsa.h"

#include "crypto/pkey.h"
#include "mech/asym.h"

static CK_RV sign(const struct mech_op *op, struct bytes digest, unsigned char *ret)
{
	return pkey_ecdsa_sign(op->key->pkey, digest, ret);
}

static CK_RV verify(const struct mech_op *op, struct bytes digest, struct bytes signature)
{
	return pkey_ecdsa_verify(op->key->pkey, digest, signature);
}

static CK_RV sign_whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(sign(op, in, out));
	*ret_len = pkey_signature_size(op->key->pkey);
	return CKR_OK;
}

static CK_RV verify_whole(struct mech_op *op, struct bytes in, struct bytes signature)
{
	return verify(op, in, signature);
}

const struct hash_sign_scheme ecdsa_scheme = {.sign = sign, .verify = verify};

const struct mech_ops ecdsa_ops = {
	.start = asym_start,
	.room = asym_signature_room,
	.whole = sign_whole,
	.verify_whole = verify_whole,
};
