/* SPDX-License-Identifier: Apache-2.0 */
/* OFB and CFB: any length, nothing waits. CFB of half a block and OFB of one byte, which libcrypto has not, are made of
 * single blocks here; the other modes are crypto/cipher.c's. */
#include <string.h>

#include "base/log.h"
#include "mech/block.h"

#define HALF 8

static CK_RV need_started(struct mech_op *op, struct block_state *s)
{
	if (!s->started)
		try(block_key(op, block_mode_of(op)->mode, op->use == MECH_ENCRYPT, s->chain));
	s->started = true;
	return CKR_OK;
}

/* The rest of a block that a restored operation stands in the middle of, where libcrypto cannot start: the register
 * holds its key stream from used on. CFB puts ciphertext in the place of what it used. */
static size_t finish_block(const struct mech_op *op, struct block_state *s, struct bytes in, unsigned char *out)
{
	size_t n = 0;

	for (; s->used > 0 && n < in.len; n++) {
		unsigned char byte = in.data[n], mixed = byte ^ s->chain[s->used];

		if (block_mode_of(op)->mode == CIPHER_CFB)
			s->chain[s->used] = op->use == MECH_ENCRYPT ? mixed : byte;
		out[n] = mixed;
		s->used = (s->used + 1) % (unsigned)block_size(op);
	}
	return n;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct block_state *s = op->state;
	size_t done = s->started ? 0 : finish_block(op, s, in, out);

	if (done < in.len) {
		try(need_started(op, s));
		try(cipher_run(&s->cipher, bytes_of(in.data + done, in.len - done), out + done));
	}
	*ret_len = in.len;
	return CKR_OK;
}

/* The register, then how many bytes of its block are used up. */
static CK_RV save(struct mech_op *op, struct buf *ret)
{
	struct block_state *s = op->state;

	if (s->started) {
		try(cipher_chain(&s->cipher, s->chain));
		try(cipher_used(&s->cipher, &s->used));
	}
	try(buf_append(ret, bytes_of(s->chain, block_size(op))));
	return buf_put_u8(ret, (uint8_t)s->used);
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct block_state *s = op->state;
	struct bytes chain;
	uint8_t used;

	if (!bytes_take(&state, block_size(op), &chain) || !bytes_take_u8(&state, &used) || state.len != 0 || used >= block_size(op))
		return fail(CKR_SAVED_STATE_INVALID, "malformed stream state");
	memcpy(s->chain, chain.data, chain.len);
	s->used = used;
	s->started = false;
	return CKR_OK;
}

/* ---- CFB of half a block: chain is the register, stream its block and the ciphertext so far --------------------- */

static CK_RV next_half(struct block_state *s)
{
	unsigned char block[CIPHER_BLOCK];

	try(cipher_run(&s->cipher, bytes_of(s->chain, CIPHER_BLOCK), block));
	memcpy(s->stream, block, HALF);
	wipe(block, sizeof(block));
	return CKR_OK;
}

static CK_RV half_need_started(struct mech_op *op)
{
	struct block_state *s = op->state;

	if (s->started)
		return CKR_OK;
	try(block_key(op, CIPHER_ECB, true, NULL));
	if (s->used > 0)
		try(next_half(s));
	s->started = true;
	return CKR_OK;
}

static unsigned char half_byte(const struct mech_op *op, struct block_state *s, unsigned char in)
{
	unsigned char out = in ^ s->stream[s->used];

	s->stream[HALF + s->used] = op->use == MECH_ENCRYPT ? out : in;
	if (++s->used == HALF) {
		memmove(s->chain, s->chain + HALF, HALF);
		memcpy(s->chain + HALF, s->stream + HALF, HALF);
		s->used = 0;
	}
	return out;
}

static CK_RV half_update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct block_state *s = op->state;

	try(half_need_started(op));
	for (size_t i = 0; i < in.len; i++) {
		if (s->used == 0)
			try(next_half(s));
		out[i] = half_byte(op, s, in.data[i]);
	}
	*ret_len = in.len;
	return CKR_OK;
}

/* The register, then the ciphertext of the half that is not full yet. */
static CK_RV half_save(struct mech_op *op, struct buf *ret)
{
	const struct block_state *s = op->state;

	try(buf_append(ret, bytes_of(s->chain, CIPHER_BLOCK)));
	return buf_append(ret, bytes_of(s->stream + HALF, s->used));
}

static CK_RV half_restore(struct mech_op *op, struct bytes state)
{
	struct block_state *s = op->state;
	struct bytes chain;

	if (!bytes_take(&state, CIPHER_BLOCK, &chain) || state.len >= HALF)
		return fail(CKR_SAVED_STATE_INVALID, "malformed CFB state");
	memcpy(s->chain, chain.data, CIPHER_BLOCK);
	if (state.len > 0)
		memcpy(s->stream + HALF, state.data, state.len);
	s->used = (unsigned)state.len;
	s->started = false;
	return CKR_OK;
}

/* ---- OFB of one byte (FIPS 81): chain is the register --------------------------------------------------------------- */

static CK_RV byte_update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct block_state *s = op->state;
	unsigned char block[CIPHER_BLOCK];
	size_t size = block_size(op);

	if (!s->started)
		try(block_key(op, CIPHER_ECB, true, NULL));
	s->started = true;
	for (size_t i = 0; i < in.len; i++) {
		try(cipher_run(&s->cipher, bytes_of(s->chain, size), block));
		memmove(s->chain, s->chain + 1, size - 1);
		s->chain[size - 1] = block[0];
		out[i] = in.data[i] ^ block[0];
	}
	wipe(block, sizeof(block));
	*ret_len = in.len;
	return CKR_OK;
}

static CK_RV byte_save(struct mech_op *op, struct buf *ret)
{
	const struct block_state *s = op->state;

	return buf_append(ret, bytes_of(s->chain, block_size(op)));
}

static CK_RV byte_restore(struct mech_op *op, struct bytes state)
{
	struct block_state *s = op->state;

	if (state.len != block_size(op))
		return fail(CKR_SAVED_STATE_INVALID, "malformed OFB state");
	memcpy(s->chain, state.data, state.len);
	s->started = false;
	return CKR_OK;
}

#define STREAM_STEPS \
	.params = block_iv_params, .save_params = block_iv_save, .restore_params = block_iv_restore, .start = block_start, \
	.room = block_stream_room, .final = block_stream_final, .end = block_end

const struct mech_ops block_stream_ops = {STREAM_STEPS, .whole = update, .update = update, .save = save, .restore = restore};
const struct mech_ops block_cfb64_ops = {
	STREAM_STEPS, .whole = half_update, .update = half_update, .save = half_save, .restore = half_restore};
const struct mech_ops block_ofb8_ops = {
	STREAM_STEPS, .whole = byte_update, .update = byte_update, .save = byte_save, .restore = byte_restore};
