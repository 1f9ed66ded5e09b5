/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a signature over a hash that is computed here. The state that is saved is the digest's: it
 * holds nothing of the key. */
#include "mech/hash_sign.h"

#include <stdlib.h>

#include "base/log.h"
#include "mech/asym.h"

static const struct hash_sign *row_of(const struct mech_op *op)
{
	return op->row->data;
}

static struct digest *digest_of(const struct mech_op *op)
{
	struct hash_sign_state *s = op->state;

	return &s->digest;
}

CK_RV hash_sign_start(struct mech_op *op)
{
	try(asym_start(op));
	if (op->state == NULL)
		op->state = calloc(1, sizeof(struct hash_sign_state));
	if (op->state == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for an operation");
	digest_start(row_of(op)->hash, digest_of(op));
	return CKR_OK;
}

CK_RV hash_sign_update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	(void)out;
	digest_update(digest_of(op), in);
	if (ret_len != NULL)
		*ret_len = 0;
	return CKR_OK;
}

static struct bytes finish(struct mech_op *op, unsigned char *digest)
{
	digest_final(digest_of(op), digest);
	return bytes_of(digest, digest_size(row_of(op)->hash));
}

CK_RV hash_sign_final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	unsigned char digest[DIGEST_MAX_SIZE];

	try(row_of(op)->scheme->sign(op, finish(op, digest), out));
	*ret_len = asym_signature_room(op, MECH_FINAL, 0);
	return CKR_OK;
}

CK_RV hash_sign_whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	digest_update(digest_of(op), in);
	return hash_sign_final(op, out, ret_len);
}

CK_RV hash_sign_verify_final(struct mech_op *op, struct bytes signature)
{
	unsigned char digest[DIGEST_MAX_SIZE];

	return row_of(op)->scheme->verify(op, finish(op, digest), signature);
}

CK_RV hash_sign_verify_whole(struct mech_op *op, struct bytes in, struct bytes signature)
{
	digest_update(digest_of(op), in);
	return hash_sign_verify_final(op, signature);
}

CK_RV hash_sign_save(struct mech_op *op, struct buf *ret)
{
	return digest_save(digest_of(op), ret);
}

CK_RV hash_sign_restore(struct mech_op *op, struct bytes state)
{
	return digest_restore(digest_of(op), state);
}

CK_RV hash_sign_again(struct mech_op *op)
{
	digest_end(digest_of(op));
	digest_start(row_of(op)->hash, digest_of(op));
	return CKR_OK;
}

void hash_sign_end(struct mech_op *op)
{
	if (op->state == NULL)
		return;
	digest_end(digest_of(op));
	free(op->state);
	op->state = NULL;
}

const struct mech_ops hash_sign_ops = {
	HASH_SIGN_STEPS,
	.start = hash_sign_start,
	.save = hash_sign_save,
	.restore = hash_sign_restore,
};
