/* SPDX-License-Identifier: Apache-2.0 */
/* See key_stream.h. */
#include "mech/key_stream.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "mech/block.h"

bool key_stream_key_fits(size_t len)
{
	return len == KEY_STREAM_KEY;
}

static const struct key_stream_kind *kind_of(const struct mech_op *op)
{
	return op->row->data;
}

/* ---- parameter ----------------------------------------------------------------------------- */

static CK_RV set(struct mech_op *op, const struct key_stream_params *p)
{
	const struct key_stream_kind *kind = kind_of(op);

	for (size_t i = 0; i < kind->form_count; i++) {
		const struct key_stream_form *f = &kind->forms[i];

		if (8 * f->counter_bytes != p->counter_bits || 8 * f->nonce_bytes != p->nonce_bits)
			continue;
		struct key_stream *s = mem_secret_alloc(sizeof(*s));
		if (s == NULL)
			return CKR_HOST_MEMORY;
		s->counter_bytes = f->counter_bytes;
		s->nonce_bytes = f->nonce_bytes;
		memcpy(s->counter, p->counter, s->counter_bytes);
		memcpy(s->nonce, p->nonce, s->nonce_bytes);
		op->state = s;
		return CKR_OK;
	}
	return fail(CKR_MECHANISM_PARAM_INVALID, "a counter of %lu bits beside a nonce of %lu", (unsigned long)p->counter_bits,
	            (unsigned long)p->nonce_bits);
}

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	struct key_stream_params p;

	if (m->pParameter == NULL || m->ulParameterLen != kind_of(op)->param_size)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s: the parameter is missing or has another size", mech_name(op->row->type));
	kind_of(op)->read(m->pParameter, &p);
	if (p.counter == NULL || p.nonce == NULL)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no counter or no nonce");
	return set(op, &p);
}

static CK_RV save_params(const struct mech_op *op, struct buf *ret)
{
	const struct key_stream *s = op->state;

	try(buf_put_blob(ret, bytes_of(s->counter, s->counter_bytes)));
	return buf_put_blob(ret, bytes_of(s->nonce, s->nonce_bytes));
}

static CK_RV restore_params(struct mech_op *op, struct bytes in)
{
	struct bytes counter, nonce;

	if (!bytes_take_blob(&in, &counter) || !bytes_take_blob(&in, &nonce) || in.len != 0 ||
	    set(op, &(struct key_stream_params){counter.data, nonce.data, 8 * counter.len, 8 * nonce.len}) != CKR_OK)
		return fail(CKR_SAVED_STATE_INVALID, "malformed parameter of a key stream");
	return CKR_OK;
}

static CK_RV start(struct mech_op *op)
{
	if (!key_stream_key_fits(op->key->value.len))
		return fail(CKR_KEY_SIZE_RANGE, "%s: a key of %zu bytes", mech_name(op->row->type), op->key->value.len);
	return CKR_OK;
}

/* ---- counter ------------------------------------------------------------------------------- */

static uint64_t first_block(const struct key_stream *s)
{
	uint64_t n = 0;

	for (unsigned i = s->counter_bytes; i > 0; i--)
		n = n << 8 | s->counter[i - 1];
	return n;
}

/* Bytes that the counter can count from its start; its last increment may overflow. */
static uint64_t capacity(const struct key_stream *s)
{
	uint64_t last = s->counter_bytes == 4 ? UINT32_MAX : UINT64_MAX, left = last - first_block(s);

	return left >= UINT64_MAX / KEY_STREAM_BLOCK ? UINT64_MAX : (left + 1) * KEY_STREAM_BLOCK;
}

static CK_RV need_started(struct mech_op *op, struct key_stream *s)
{
	if (!s->started)
		try(kind_of(op)->begin(op, s, first_block(s) + s->position / KEY_STREAM_BLOCK, s->position % KEY_STREAM_BLOCK));
	s->started = true;
	return CKR_OK;
}

/* ---- steps --------------------------------------------------------------------------------- */

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct key_stream *s = op->state;

	if (in.len > capacity(s) - s->position)
		return fail(op->use == MECH_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE,
		            "%s: the counter would overflow", mech_name(op->row->type));
	if (in.len > 0) {
		try(need_started(op, s));
		try(kind_of(op)->run(s, in, out));
	}
	s->position += in.len;
	*ret_len = in.len;
	return CKR_OK;
}

static CK_RV save(struct mech_op *op, struct buf *ret)
{
	const struct key_stream *s = op->state;

	return buf_put_u64(ret, s->position);
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct key_stream *s = op->state;
	uint64_t position;

	if (!bytes_take_u64(&state, &position) || state.len != 0 || position > capacity(s))
		return fail(CKR_SAVED_STATE_INVALID, "malformed state of a key stream");
	s->position = position;
	s->started = false;
	return CKR_OK;
}

static void end(struct mech_op *op)
{
	struct key_stream *s = op->state;

	if (s == NULL)
		return;
	cipher_end(&s->cipher);
	mem_secret_free(s, sizeof(*s));
	op->state = NULL;
}

const struct mech_ops key_stream_ops = {
	.params = params,
	.start = start,
	.room = block_stream_room,
	.whole = update,
	.update = update,
	.final = block_stream_final,
	.save = save,
	.restore = restore,
	.save_params = save_params,
	.restore_params = restore_params,
	.end = end,
};
