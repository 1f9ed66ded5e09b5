/* SPDX-License-Identifier: Apache-2.0 */
/* The digest mechanisms: SHA-1, SHA-2, SHA-3, BLAKE2b, RIPEMD-160, MD5 and MD2. The hash functions themselves are crypto/digest.c's. */
#include <stddef.h>

#include "base/mem.h"
#include "crypto/digest.h"
#include "mech/mech.h"

static enum digest_alg alg_of(const struct mech_op *op)
{
	return *(const enum digest_alg *)op->row->data;
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	(void)in_len;
	return step == MECH_UPDATE ? 0 : digest_size(alg_of(op));
}

static CK_RV need_state(struct mech_op *op, struct digest **ret)
{
	struct digest *d = op->state;

	if (d == NULL) {
		d = mem_secret_alloc(sizeof(*d));
		if (d == NULL)
			return CKR_HOST_MEMORY;
		op->state = d;
	}
	if (!d->started)
		digest_start(alg_of(op), d);
	*ret = d;
	return CKR_OK;
}

static CK_RV whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	digest_whole(alg_of(op), in, out);
	*ret_len = digest_size(alg_of(op));
	return CKR_OK;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct digest *d;

	(void)out;
	try(need_state(op, &d));
	digest_update(d, in);
	*ret_len = 0;
	return CKR_OK;
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	struct digest *d;

	try(need_state(op, &d));
	digest_final(d, out);
	*ret_len = digest_size(alg_of(op));
	return CKR_OK;
}

static CK_RV save(struct mech_op *op, struct buf *ret)
{
	struct digest *d;

	try(need_state(op, &d));
	return digest_save(d, ret);
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct digest *d;

	try(need_state(op, &d));
	return digest_restore(d, state);
}

static void end(struct mech_op *op)
{
	struct digest *d = op->state;

	if (d == NULL)
		return;
	digest_end(d);
	mem_secret_free(d, sizeof(*d));
	op->state = NULL;
}

static const struct mech_ops ops = {
	.room = room,
	.whole = whole,
	.update = update,
	.final = final,
	.save = save,
	.restore = restore,
	.end = end,
};

#define ROW(mechanism, algorithm) \
	{.type = (mechanism), .flags = CKF_DIGEST, .ops = &ops, .data = &(const enum digest_alg){algorithm}}

static const struct mech_row rows[] = {
	ROW(CKM_SHA_1, DIGEST_SHA1),
	ROW(CKM_SHA224, DIGEST_SHA224),
	ROW(CKM_SHA256, DIGEST_SHA256),
	ROW(CKM_SHA384, DIGEST_SHA384),
	ROW(CKM_SHA512, DIGEST_SHA512),
	ROW(CKM_SHA512_224, DIGEST_SHA512_224),
	ROW(CKM_SHA512_256, DIGEST_SHA512_256),
	ROW(CKM_SHA3_224, DIGEST_SHA3_224),
	ROW(CKM_SHA3_256, DIGEST_SHA3_256),
	ROW(CKM_SHA3_384, DIGEST_SHA3_384),
	ROW(CKM_SHA3_512, DIGEST_SHA3_512),
	ROW(CKM_BLAKE2B_160, DIGEST_BLAKE2B_160),
	ROW(CKM_BLAKE2B_256, DIGEST_BLAKE2B_256),
	ROW(CKM_BLAKE2B_384, DIGEST_BLAKE2B_384),
	ROW(CKM_BLAKE2B_512, DIGEST_BLAKE2B_512),
	ROW(CKM_RIPEMD160, DIGEST_RIPEMD160),
	ROW(CKM_MD5, DIGEST_MD5),
	ROW(CKM_MD2, DIGEST_MD2),
};

extern const struct mech_family mech_family_digest;
const struct mech_family mech_family_digest = {.name = "digest", .rows = rows, .row_count = array_len(rows)};
