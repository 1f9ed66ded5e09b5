/* SPDX-License-Identifier: Apache-2.0 */
/* ECB and CBC, with PKCS #7 padding or ciphertext stealing where the row says so. Blocks that are not full yet are
 * kept here and not in libcrypto, so that an operation's state can be saved.
 * The block cipher itself is crypto/cipher.c's. */
#include <string.h>

#include "base/log.h"
#include "mech/block.h"

/* Input is staged in pieces of this size when it does not start on a block's border. */
#define STAGE 1024

static bool padded(const struct mech_op *op)
{
	return block_mode_of(op)->end == BLOCK_PADDED;
}

static bool stolen(const struct mech_op *op)
{
	return block_mode_of(op)->end == BLOCK_STOLEN;
}

/* Unpadding needs to know which block is the last, so that one full block is held back. */
static bool unpads(const struct mech_op *op)
{
	return padded(op) && op->use == MECH_DECRYPT;
}

static CK_RV need_started(struct mech_op *op, struct block_state **ret)
{
	struct block_state *s = op->state;
	enum cipher_mode mode = block_mode_of(op)->mode;

	if (!s->started)
		try(block_key(op, mode, op->use == MECH_ENCRYPT, mode == CIPHER_ECB ? NULL : s->chain));
	s->started = true;
	*ret = s;
	return CKR_OK;
}

/* ---- lengths ------------------------------------------------------------------------------- */

/* Blocks have a power of two of bytes. */
static size_t cut(size_t len, size_t block)
{
	return len & ~(block - 1);
}

/* How many of so many bytes at hand go through the cipher now. Stealing works on the last full block and what
 * follows it. */
static size_t ready(const struct mech_op *op, size_t at_hand)
{
	size_t block = block_size(op);
	size_t hold = unpads(op) ? 1 : stolen(op) ? block + 1 : 0;

	return at_hand < hold ? 0 : cut(at_hand - hold, block);
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	const struct block_state *s = op->state;
	size_t block = block_size(op);

	if (step == MECH_UPDATE)
		return ready(op, s->pended + in_len);
	if (step == MECH_FINAL)
		return padded(op) ? block : stolen(op) ? s->pended : 0;
	if (padded(op) && op->use == MECH_ENCRYPT)
		return cut(in_len, block) + block;
	return in_len;
}

static bool late(const struct mech_op *op, enum mech_step step)
{
	return step != MECH_UPDATE && unpads(op);
}

/* ---- padding ------------------------------------------------------------------------------- */

static CK_RV pad_block(struct block_state *s, size_t size, struct bytes tail, unsigned char *out)
{
	unsigned char block[CIPHER_BLOCK];
	CK_RV rv;

	memset(block, (int)(size - tail.len), sizeof(block));
	if (tail.len > 0)
		memcpy(block, tail.data, tail.len);
	rv = cipher_run(&s->cipher, bytes_of(block, size), out);
	wipe(block, sizeof(block));
	return rv;
}

/* How many bytes of a deciphered block are data; all of them when the padding is wrong. Looks at every byte whatever
 * it finds. */
static size_t data_in(const unsigned char *block, unsigned size)
{
	unsigned pad = block[size - 1];
	unsigned wrong = (pad - 1u) >> 31 | (size - pad) >> 31;

	for (unsigned i = 0; i < size; i++) {
		unsigned inside = (i - pad) >> 31;

		wrong |= (0u - inside) & (block[size - 1 - i] ^ pad);
	}
	return wrong != 0 ? size : size - pad;
}

static CK_RV unpad_block(struct block_state *s, size_t size, const unsigned char *last, unsigned char *out, size_t *ret_len)
{
	unsigned char block[CIPHER_BLOCK];
	CK_RV rv = cipher_run(&s->cipher, bytes_of(last, size), block);
	size_t len = rv == CKR_OK ? data_in(block, (unsigned)size) : 0;

	if (rv == CKR_OK && len == size)
		rv = fail(CKR_ENCRYPTED_DATA_INVALID, "the padding is wrong");
	if (rv == CKR_OK) {
		if (len > 0)
			memcpy(out, block, len);
		*ret_len = len;
	}
	wipe(block, sizeof(block));
	return rv;
}

static CK_RV encrypt_padded(struct mech_op *op, struct block_state *s, struct bytes in, unsigned char *out, size_t *ret_len)
{
	size_t block = block_size(op), full = cut(in.len, block);

	try(cipher_run(&s->cipher, bytes_of(in.data, full), out));
	try(pad_block(s, block, bytes_of(full < in.len ? in.data + full : NULL, in.len - full), out + full));
	*ret_len = full + block;
	return CKR_OK;
}

static CK_RV decrypt_padded(struct mech_op *op, struct block_state *s, struct bytes in, unsigned char *out, size_t *ret_len)
{
	size_t block = block_size(op), before = in.len - block;
	size_t last;

	try(cipher_run(&s->cipher, bytes_of(in.data, before), out));
	try(unpad_block(s, block, in.data + before, out + before, &last));
	*ret_len = before + last;
	return CKR_OK;
}

/* ---- stealing ------------------------------------------------------------------------------ */

/* tail: a full block and 1 to 15 more bytes. The last but one ciphertext block is cut to so many bytes. */
static CK_RV steal_encrypt(struct block_state *s, const unsigned char *tail, size_t more, unsigned char *out)
{
	unsigned char last[2 * CIPHER_BLOCK] = {0};
	CK_RV rv;

	memcpy(last, tail, CIPHER_BLOCK + more);
	rv = cipher_run(&s->cipher, bytes_of(last, sizeof(last)), last);
	if (rv == CKR_OK) {
		memcpy(out, last, more);
		memcpy(out + more, last + CIPHER_BLOCK, CIPHER_BLOCK);
	}
	wipe(last, sizeof(last));
	return rv;
}

/* The last block, deciphered without its chaining value, holds the bytes that were cut off the block before it. */
static CK_RV steal_decrypt(struct mech_op *op, struct block_state *s, const unsigned char *tail, size_t more, unsigned char *out)
{
	struct cipher single cleanup(cipher_end) = {0};
	unsigned char whole[CIPHER_BLOCK], last[CIPHER_BLOCK];
	CK_RV rv;

	try(cipher_start_any(op->env->ossl, &single, block_mode_of(op)->alg, CIPHER_ECB, false, secret_bytes(&op->key->value), NULL));
	try(cipher_run(&single, bytes_of(tail + more, CIPHER_BLOCK), last));
	memcpy(whole, tail, more);
	memcpy(whole + more, last + more, CIPHER_BLOCK - more);
	for (size_t i = 0; i < more; i++)
		last[i] ^= tail[i];
	rv = cipher_run(&s->cipher, bytes_of(whole, CIPHER_BLOCK), out);
	if (rv == CKR_OK)
		memcpy(out + CIPHER_BLOCK, last, more);
	wipe(whole, sizeof(whole));
	wipe(last, sizeof(last));
	return rv;
}

/* The last one to two blocks; out may be where they are. */
static CK_RV steal(struct mech_op *op, struct block_state *s, struct bytes tail, unsigned char *out)
{
	unsigned char copy[BLOCK_PEND_MAX];
	size_t more = tail.len % CIPHER_BLOCK;
	CK_RV rv;

	if (more == 0)
		return cipher_run(&s->cipher, tail, out);
	memcpy(copy, tail.data, tail.len);
	rv = op->use == MECH_ENCRYPT ? steal_encrypt(s, copy, more, out) : steal_decrypt(op, s, copy, more, out);
	wipe(copy, sizeof(copy));
	return rv;
}

static CK_RV whole_stolen(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct block_state *s;
	size_t before = ready(op, in.len);

	if (in.len < CIPHER_BLOCK)
		return block_bad_length(op, "less than a block");
	try(need_started(op, &s));
	try(cipher_run(&s->cipher, bytes_of(in.data, before), out));
	try(steal(op, s, bytes_of(in.data + before, in.len - before), out + before));
	*ret_len = in.len;
	return CKR_OK;
}

/* ---- steps --------------------------------------------------------------------------------- */

static CK_RV whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct block_state *s;
	bool padding = padded(op) && op->use == MECH_ENCRYPT;

	if (stolen(op))
		return whole_stolen(op, in, out, ret_len);
	if (!padding && in.len != cut(in.len, block_size(op)))
		return block_bad_length(op, "the input is no whole number of blocks");
	if (unpads(op) && in.len == 0)
		return block_bad_length(op, "there is no block with padding");
	try(need_started(op, &s));
	if (padding)
		return encrypt_padded(op, s, in, out, ret_len);
	if (unpads(op))
		return decrypt_padded(op, s, in, out, ret_len);
	try(cipher_run(&s->cipher, in, out));
	*ret_len = in.len;
	return CKR_OK;
}

/* Input that starts inside a block: staged, because the output may be written over the input (rule 264) and
 * runs ahead of it by the bytes that were waiting. */
static CK_RV run_staged(struct block_state *s, struct bytes in, size_t n, unsigned char *out)
{
	unsigned char stage[BLOCK_PEND_MAX + STAGE];
	size_t waiting = s->pended;
	CK_RV rv = CKR_OK;

	memcpy(stage, s->pend, waiting);
	while (n > 0 && rv == CKR_OK) {
		size_t piece = n < STAGE ? n : STAGE;
		size_t fresh = piece < in.len ? piece : in.len;

		memcpy(stage + waiting, in.data, fresh);
		in = bytes_of(in.data + fresh, in.len - fresh);
		rv = cipher_run(&s->cipher, bytes_of(stage, piece), out);
		waiting = waiting + fresh - piece;
		memmove(stage, stage + piece, waiting);
		out += piece;
		n -= piece;
	}
	if (rv == CKR_OK) {
		memcpy(stage + waiting, in.data, in.len);
		s->pended = waiting + in.len;
		memcpy(s->pend, stage, s->pended);
	}
	wipe(stage, sizeof(stage));
	return rv;
}

static CK_RV run_direct(struct block_state *s, struct bytes in, size_t n, unsigned char *out)
{
	try(cipher_run(&s->cipher, bytes_of(in.data, n), out));
	s->pended = in.len - n;
	if (s->pended > 0)
		memcpy(s->pend, in.data + n, s->pended);
	return CKR_OK;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct block_state *s;
	size_t n;

	try(need_started(op, &s));
	n = ready(op, s->pended + in.len);
	if (n == 0 && in.len > 0)
		memcpy(s->pend + s->pended, in.data, in.len);
	if (n == 0)
		s->pended += in.len;
	else if (s->pended == 0)
		try(run_direct(s, in, n, out));
	else
		try(run_staged(s, in, n, out));
	*ret_len = n;
	return CKR_OK;
}

static CK_RV final_stolen(struct mech_op *op, struct block_state *s, unsigned char *out, size_t *ret_len)
{
	if (s->pended < CIPHER_BLOCK)
		return block_bad_length(op, "less than a block");
	try(steal(op, s, bytes_of(s->pend, s->pended), out));
	*ret_len = s->pended;
	return CKR_OK;
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	size_t block = block_size(op);
	struct block_state *s;

	try(need_started(op, &s));
	if (stolen(op))
		return final_stolen(op, s, out, ret_len);
	if (padded(op) && op->use == MECH_ENCRYPT) {
		try(pad_block(s, block, bytes_of(s->pend, s->pended), out));
		*ret_len = block;
		return CKR_OK;
	}
	if (s->pended != (unpads(op) ? block : 0))
		return block_bad_length(op, "the input was no whole number of blocks");
	*ret_len = 0;
	return unpads(op) ? unpad_block(s, block, s->pend, out, ret_len) : CKR_OK;
}

/* ---- state --------------------------------------------------------------------------------- */

/* The chaining value (zeros for ECB, which has none), then the bytes that wait. */
static CK_RV save(struct mech_op *op, struct buf *ret)
{
	struct block_state *s = op->state;

	if (s->started && block_mode_of(op)->mode != CIPHER_ECB)
		try(cipher_chain(&s->cipher, s->chain));
	try(buf_append(ret, bytes_of(s->chain, block_size(op))));
	return buf_append(ret, bytes_of(s->pend, s->pended));
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct block_state *s = op->state;
	struct bytes chain;

	if (!bytes_take(&state, block_size(op), &chain) || state.len > BLOCK_PEND_MAX || ready(op, state.len) != 0)
		return fail(CKR_SAVED_STATE_INVALID, "malformed block cipher state");
	memcpy(s->chain, chain.data, chain.len);
	if (state.len > 0)
		memcpy(s->pend, state.data, state.len);
	s->pended = state.len;
	s->started = false;
	return CKR_OK;
}

/* ---- parameters of more than an IV --------------------------------------------------------- */

static CK_RV set_tuning(struct mech_op *op, const struct block_tuning *t)
{
	struct block_state *s;

	try(block_need_state(op, &s));
	/* What an operation with other tuning has left is keyed otherwise. */
	if (s->cipher.tuning != t->cipher)
		s->keyed = false;
	s->cipher.tuning = t->cipher;
	memcpy(s->iv, t->iv, block_size(op));
	memcpy(s->chain, t->iv, block_size(op));
	return CKR_OK;
}

static CK_RV tuned_params(struct mech_op *op, const CK_MECHANISM *m)
{
	struct block_tuning t = {0};

	try(block_mode_of(op)->read(m, &t));
	return set_tuning(op, &t);
}

static CK_RV tuned_save_params(const struct mech_op *op, struct buf *ret)
{
	const struct block_state *s = op->state;

	try(buf_put_u32(ret, s->cipher.tuning));
	return block_iv_save(op, ret);
}

static CK_RV tuned_restore_params(struct mech_op *op, struct bytes in)
{
	struct block_tuning t = {0};
	uint32_t tuning = 0;

	if (!bytes_take_u32(&in, &tuning) || in.len != block_size(op) || !cipher_tuning_fits(block_mode_of(op)->alg, tuning))
		return fail(CKR_SAVED_STATE_INVALID, "malformed parameter of a block cipher");
	t.cipher = tuning;
	memcpy(t.iv, in.data, in.len);
	return set_tuning(op, &t);
}

#define BLOCK_STEPS \
	.start = block_start, .room = room, .late = late, .whole = whole, .update = update, .final = final, .save = save, \
	.restore = restore, .end = block_end

const struct mech_ops block_ecb_ops = {BLOCK_STEPS};
const struct mech_ops block_cbc_ops = {
	BLOCK_STEPS,
	.params = block_iv_params,
	.save_params = block_iv_save,
	.restore_params = block_iv_restore,
};
const struct mech_ops block_tuned_ops = {
	BLOCK_STEPS,
	.params = tuned_params,
	.save_params = tuned_save_params,
	.restore_params = tuned_restore_params,
};
