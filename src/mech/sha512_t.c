/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-512/t with t from the parameter (§6.27). Its HMACs are not here: CKM_SHA512_T_HMAC_GENERAL has a length in the
 * place of t. The hash function itself is crypto/digest.c's. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "mech/mech.h"

struct state {
	struct digest digest;
	unsigned bits;
};

static CK_RV set(struct mech_op *op, CK_ULONG bits)
{
	struct state *s;

	if (bits == 0 || bits >= 512 || bits == 384)
		return fail(CKR_MECHANISM_PARAM_INVALID, "SHA-512/%lu", (unsigned long)bits);
	s = mem_secret_alloc(sizeof(*s));
	if (s == NULL)
		return CKR_HOST_MEMORY;
	s->bits = (unsigned)bits;
	op->state = s;
	return CKR_OK;
}

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_MAC_GENERAL_PARAMS bits;

	if (m->pParameter == NULL || m->ulParameterLen != sizeof(bits))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_MAC_GENERAL_PARAMS is missing or has another size");
	memcpy(&bits, m->pParameter, sizeof(bits));
	return set(op, bits);
}

static CK_RV save_params(const struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	return buf_put_u32(ret, s->bits);
}

static CK_RV restore_params(struct mech_op *op, struct bytes in)
{
	uint32_t bits;

	if (!bytes_take_u32(&in, &bits) || in.len != 0 || set(op, bits) != CKR_OK)
		return fail(CKR_SAVED_STATE_INVALID, "malformed SHA-512/t parameter");
	return CKR_OK;
}

static struct state *started(struct mech_op *op)
{
	struct state *s = op->state;

	if (!s->digest.started)
		digest_start_sha512_t(s->bits, &s->digest);
	return s;
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	const struct state *s = op->state;

	(void)in_len;
	return step == MECH_UPDATE ? 0 : (s->bits + 7) / 8;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	(void)out;
	*ret_len = 0;
	return digest_update(&started(op)->digest, in);
}

/* The first bits; what is left of the last byte is zero. */
static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	struct state *s = started(op);
	unsigned char hash[DIGEST_MAX_SIZE];
	size_t len = (s->bits + 7) / 8;

	try(digest_final(&s->digest, hash));
	memcpy(out, hash, len);
	if (s->bits % 8 != 0)
		out[len - 1] &= (unsigned char)(0xff00u >> (s->bits % 8));
	wipe(hash, sizeof(hash));
	*ret_len = len;
	return CKR_OK;
}

static CK_RV save(struct mech_op *op, struct buf *ret)
{
	return digest_save(&started(op)->digest, ret);
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	return digest_restore(&started(op)->digest, state);
}

static void end(struct mech_op *op)
{
	struct state *s = op->state;

	if (s == NULL)
		return;
	digest_end(&s->digest);
	mem_secret_free(s, sizeof(*s));
	op->state = NULL;
}

static const struct mech_ops ops = {
	.params = params,
	.room = room,
	.update = update,
	.final = final,
	.save = save,
	.restore = restore,
	.save_params = save_params,
	.restore_params = restore_params,
	.end = end,
};

static const struct mech_row rows[] = {
	{.type = CKM_SHA512_T, .flags = CKF_DIGEST, .ops = &ops},
};

extern const struct mech_family mech_family_sha512_t;
const struct mech_family mech_family_sha512_t = {.name = "sha512_t", .rows = rows, .row_count = array_len(rows)};
