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
		try(digest_start(op->env->ossl, alg_of(op), d));
	*ret = d;
	return CKR_OK;
}

static CK_RV whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(digest_whole(op->env->ossl, alg_of(op), in, out));
	*ret_len = digest_size(alg_of(op));
	return CKR_OK;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct digest *d;

	(void)out;
	try(need_state(op, &d));
	try(digest_update(d, in));
	*ret_len = 0;
	return CKR_OK;
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	struct digest *d;

	try(need_state(op, &d));
	try(digest_final(d, out));
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

static const struct mech_ops saveable = {
	.room = room,
	.whole = whole,
	.update = update,
	.final = final,
	.save = save,
	.restore = restore,
	.end = end,
};

static const struct mech_ops plain = {
	.room = room,
	.whole = whole,
	.update = update,
	.final = final,
	.end = end,
};

#define NO_STATE "libcrypto shows no interface to the inner state of this hash function"

#define SAVEABLE_ROW(mechanism, algorithm) \
	{.type = (mechanism), .flags = CKF_DIGEST, .ops = &saveable, .data = &(const enum digest_alg){algorithm}}
#define PLAIN_ROW(mechanism, algorithm) \
	{.type = (mechanism), .flags = CKF_DIGEST, .ops = &plain, .data = &(const enum digest_alg){algorithm}, \
	 .unsaveable = NO_STATE}

static const struct mech_row rows[] = {
	SAVEABLE_ROW(CKM_SHA_1, DIGEST_SHA1),
	SAVEABLE_ROW(CKM_SHA224, DIGEST_SHA224),
	SAVEABLE_ROW(CKM_SHA256, DIGEST_SHA256),
	SAVEABLE_ROW(CKM_SHA384, DIGEST_SHA384),
	SAVEABLE_ROW(CKM_SHA512, DIGEST_SHA512),
	SAVEABLE_ROW(CKM_SHA512_224, DIGEST_SHA512_224),
	SAVEABLE_ROW(CKM_SHA512_256, DIGEST_SHA512_256),
	PLAIN_ROW(CKM_SHA3_224, DIGEST_SHA3_224),
	PLAIN_ROW(CKM_SHA3_256, DIGEST_SHA3_256),
	PLAIN_ROW(CKM_SHA3_384, DIGEST_SHA3_384),
	PLAIN_ROW(CKM_SHA3_512, DIGEST_SHA3_512),
	PLAIN_ROW(CKM_BLAKE2B_160, DIGEST_BLAKE2B_160),
	PLAIN_ROW(CKM_BLAKE2B_256, DIGEST_BLAKE2B_256),
	PLAIN_ROW(CKM_BLAKE2B_384, DIGEST_BLAKE2B_384),
	PLAIN_ROW(CKM_BLAKE2B_512, DIGEST_BLAKE2B_512),
	SAVEABLE_ROW(CKM_RIPEMD160, DIGEST_RIPEMD160),
	SAVEABLE_ROW(CKM_MD5, DIGEST_MD5),
	PLAIN_ROW(CKM_MD2, DIGEST_MD2),
};

extern const struct mech_family mech_family_digest;
const struct mech_family mech_family_digest = {.name = "digest", .rows = rows, .row_count = array_len(rows)};
