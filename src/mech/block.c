/* SPDX-License-Identifier: Apache-2.0 */
/* What operations with any block cipher begin and end with: their state, the IV, the key's length. */
#include "mech/block.h"

#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

CK_RV block_bad_length(const struct mech_op *op, const char *why)
{
	return fail(op->use == MECH_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE, "%s: %s",
	            mech_name(op->row->type), why);
}

CK_RV block_need_state(struct mech_op *op, struct block_state **ret)
{
	if (op->state == NULL)
		op->state = mech_park_take(op);
	if (op->state == NULL)
		op->state = mem_secret_alloc(sizeof(struct block_state));
	if (op->state == NULL)
		return CKR_HOST_MEMORY;
	*ret = op->state;
	return CKR_OK;
}

CK_RV block_start(struct mech_op *op)
{
	struct block_state *s;
	size_t len = op->key->value.len;

	if (!cipher_key_fits(block_mode_of(op)->alg, len))
		return fail(CKR_KEY_SIZE_RANGE, "%s: a key of %zu bytes", mech_name(op->row->type), len);
	return block_need_state(op, &s);
}

CK_RV block_key(struct mech_op *op, enum cipher_mode mode, bool encrypt, const unsigned char *iv)
{
	struct block_state *s = op->state;

	if (s->keyed)
		return cipher_restart(&s->cipher, iv);
	try(cipher_start_any(op->env->ossl, &s->cipher, block_mode_of(op)->alg, mode, encrypt, secret_bytes(&op->key->value), iv));
	s->keyed = true;
	return CKR_OK;
}

static void free_state(struct mech_parked *p)
{
	struct block_state *s = (struct block_state *)p;

	cipher_end(&s->cipher);
	mem_secret_free(s, sizeof(*s));
}

void block_end(struct mech_op *op)
{
	struct block_state *s = op->state;

	if (s == NULL)
		return;
	op->state = NULL;
	s->parked.free = free_state;
	if (!s->keyed) {
		free_state(&s->parked);
		return;
	}
	wipe(&s->started, sizeof(*s) - offsetof(struct block_state, started));
	mech_park_leave(op, &s->parked);
}

/* ---- the IV -------------------------------------------------------------------------------- */

static CK_RV set_iv(struct mech_op *op, const void *iv)
{
	struct block_state *s;

	try(block_need_state(op, &s));
	memcpy(s->iv, iv, block_size(op));
	memcpy(s->chain, iv, block_size(op));
	return CKR_OK;
}

CK_RV block_iv_params(struct mech_op *op, const CK_MECHANISM *m)
{
	if (m->pParameter == NULL || m->ulParameterLen != block_size(op))
		return fail(CKR_MECHANISM_PARAM_INVALID, "an IV of %lu bytes, not %zu", (unsigned long)m->ulParameterLen,
		            block_size(op));
	return set_iv(op, m->pParameter);
}

CK_RV block_iv_save(const struct mech_op *op, struct buf *ret)
{
	const struct block_state *s = op->state;

	return buf_append(ret, bytes_of(s->iv, block_size(op)));
}

CK_RV block_iv_restore(struct mech_op *op, struct bytes params)
{
	if (params.len != block_size(op))
		return fail(CKR_SAVED_STATE_INVALID, "malformed IV");
	return set_iv(op, params.data);
}

/* ---- streams ------------------------------------------------------------------------------- */

CK_RV block_stream_final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	(void)op;
	(void)out;
	*ret_len = 0;
	return CKR_OK;
}

size_t block_stream_room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	(void)op;
	return step == MECH_FINAL ? 0 : in_len;
}
