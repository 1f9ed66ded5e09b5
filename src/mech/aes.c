/* SPDX-License-Identifier: Apache-2.0 */
/* AES-ECB, CBC and CBC with PKCS#7 padding, and the rows of these and CTR (aes_ctr.c). Blocks that are not full
 * yet are kept here and not in libcrypto, so that an operation's state can be saved.
 * The block cipher itself is crypto/cipher.c's. */
#include "mech/aes.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "mech/wrap.h"

/* Input is staged in pieces of this size when it does not start on a block's border. */
#define STAGE 1024

static const struct aes_mode *mode_of(const struct mech_op *op)
{
	return op->row->data;
}

/* Unpadding needs to know which block is the last, so that one full block is held back. */
static bool holds_back(const struct mech_op *op)
{
	return mode_of(op)->padded && op->use == MECH_DECRYPT;
}

CK_RV aes_bad_length(const struct mech_op *op, const char *why)
{
	return fail(op->use == MECH_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE, "%s: %s",
	            mech_name(op->row->type), why);
}

CK_RV aes_need_state(struct mech_op *op, struct aes_state **ret)
{
	if (op->state == NULL)
		op->state = mem_secret_alloc(sizeof(struct aes_state));
	if (op->state == NULL)
		return CKR_HOST_MEMORY;
	*ret = op->state;
	return CKR_OK;
}

CK_RV aes_start(struct mech_op *op)
{
	struct aes_state *s;
	size_t len = op->key->value.len;

	if (len != 16 && len != 24 && len != 32)
		return fail(CKR_KEY_SIZE_RANGE, "an AES key of %zu bytes", len);
	return aes_need_state(op, &s);
}

void aes_end(struct mech_op *op)
{
	struct aes_state *s = op->state;

	if (s == NULL)
		return;
	cipher_end(&s->cipher);
	mem_secret_free(s, sizeof(*s));
	op->state = NULL;
}

static CK_RV set_iv(struct mech_op *op, const void *iv)
{
	struct aes_state *s;

	try(aes_need_state(op, &s));
	memcpy(s->iv, iv, CIPHER_BLOCK);
	memcpy(s->chain, iv, CIPHER_BLOCK);
	return CKR_OK;
}

static CK_RV cbc_params(struct mech_op *op, const CK_MECHANISM *m)
{
	if (m->pParameter == NULL || m->ulParameterLen != CIPHER_BLOCK)
		return fail(CKR_MECHANISM_PARAM_INVALID, "an IV of %lu bytes, not 16", (unsigned long)m->ulParameterLen);
	return set_iv(op, m->pParameter);
}

static CK_RV cbc_save_params(const struct mech_op *op, struct buf *ret)
{
	const struct aes_state *s = op->state;

	return buf_append(ret, bytes_of(s->iv, CIPHER_BLOCK));
}

static CK_RV cbc_restore_params(struct mech_op *op, struct bytes params)
{
	if (params.len != CIPHER_BLOCK)
		return fail(CKR_SAVED_STATE_INVALID, "malformed IV");
	return set_iv(op, params.data);
}

static CK_RV need_started(struct mech_op *op, struct aes_state **ret)
{
	struct aes_state *s = op->state;

	if (!s->started)
		try(cipher_start(op->env->ossl, &s->cipher, mode_of(op)->mode, op->use == MECH_ENCRYPT,
		                 secret_bytes(&op->key->value), mode_of(op)->mode == CIPHER_ECB ? NULL : s->chain));
	s->started = true;
	*ret = s;
	return CKR_OK;
}

/* ---- lengths ------------------------------------------------------------------------------- */

/* How many of so many bytes at hand go through the cipher now. */
static size_t ready(const struct mech_op *op, size_t at_hand)
{
	if (holds_back(op))
		return at_hand == 0 ? 0 : (at_hand - 1) / CIPHER_BLOCK * CIPHER_BLOCK;
	return at_hand / CIPHER_BLOCK * CIPHER_BLOCK;
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	const struct aes_state *s = op->state;

	if (step == MECH_UPDATE)
		return ready(op, s->pended + in_len);
	if (step == MECH_FINAL)
		return mode_of(op)->padded ? CIPHER_BLOCK : 0;
	if (mode_of(op)->padded && op->use == MECH_ENCRYPT)
		return (in_len / CIPHER_BLOCK + 1) * CIPHER_BLOCK;
	return in_len;
}

static bool late(const struct mech_op *op, enum mech_step step)
{
	return step != MECH_UPDATE && holds_back(op);
}

/* ---- padding ------------------------------------------------------------------------------- */

static CK_RV pad_block(struct aes_state *s, struct bytes tail, unsigned char *out)
{
	unsigned char block[CIPHER_BLOCK];
	CK_RV rv;

	memset(block, (int)(CIPHER_BLOCK - tail.len), sizeof(block));
	if (tail.len > 0)
		memcpy(block, tail.data, tail.len);
	rv = cipher_run(&s->cipher, bytes_of(block, sizeof(block)), out);
	wipe(block, sizeof(block));
	return rv;
}

/* How many bytes of a deciphered block are data: 0 to 15, 16 when the padding is wrong. Looks at every byte whatever
 * it finds. */
static size_t data_in(const unsigned char block[CIPHER_BLOCK])
{
	unsigned pad = block[CIPHER_BLOCK - 1];
	unsigned wrong = (pad - 1u) >> 31 | (CIPHER_BLOCK - pad) >> 31;

	for (unsigned i = 0; i < CIPHER_BLOCK; i++) {
		unsigned inside = (i - pad) >> 31;

		wrong |= (0u - inside) & (block[CIPHER_BLOCK - 1 - i] ^ pad);
	}
	return wrong != 0 ? CIPHER_BLOCK : CIPHER_BLOCK - pad;
}

static CK_RV unpad_block(struct aes_state *s, const unsigned char *last, unsigned char *out, size_t *ret_len)
{
	unsigned char block[CIPHER_BLOCK];
	CK_RV rv = cipher_run(&s->cipher, bytes_of(last, CIPHER_BLOCK), block);
	size_t len = rv == CKR_OK ? data_in(block) : 0;

	if (rv == CKR_OK && len == CIPHER_BLOCK)
		rv = fail(CKR_ENCRYPTED_DATA_INVALID, "the padding is wrong");
	if (rv == CKR_OK) {
		if (len > 0)
			memcpy(out, block, len);
		*ret_len = len;
	}
	wipe(block, sizeof(block));
	return rv;
}

/* ---- steps --------------------------------------------------------------------------------- */

static CK_RV encrypt_padded(struct aes_state *s, struct bytes in, unsigned char *out, size_t *ret_len)
{
	size_t full = in.len / CIPHER_BLOCK * CIPHER_BLOCK;

	try(cipher_run(&s->cipher, bytes_of(in.data, full), out));
	try(pad_block(s, bytes_of(full < in.len ? in.data + full : NULL, in.len - full), out + full));
	*ret_len = full + CIPHER_BLOCK;
	return CKR_OK;
}

static CK_RV decrypt_padded(struct aes_state *s, struct bytes in, unsigned char *out, size_t *ret_len)
{
	size_t before = in.len - CIPHER_BLOCK;
	size_t last;

	try(cipher_run(&s->cipher, bytes_of(in.data, before), out));
	try(unpad_block(s, in.data + before, out + before, &last));
	*ret_len = before + last;
	return CKR_OK;
}

static CK_RV whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct aes_state *s;
	bool padding = mode_of(op)->padded && op->use == MECH_ENCRYPT;

	if (!padding && in.len % CIPHER_BLOCK != 0)
		return aes_bad_length(op, "the input is no whole number of blocks");
	if (holds_back(op) && in.len == 0)
		return aes_bad_length(op, "there is no block with padding");
	try(need_started(op, &s));
	if (padding)
		return encrypt_padded(s, in, out, ret_len);
	if (holds_back(op))
		return decrypt_padded(s, in, out, ret_len);
	try(cipher_run(&s->cipher, in, out));
	*ret_len = in.len;
	return CKR_OK;
}

/* Input that starts inside a block: staged, because the output may be written over the input (rule 264) and
 * runs ahead of it by the bytes that were waiting. */
static CK_RV run_staged(struct aes_state *s, struct bytes in, size_t n, unsigned char *out)
{
	unsigned char stage[CIPHER_BLOCK + STAGE];
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

static CK_RV run_direct(struct aes_state *s, struct bytes in, size_t n, unsigned char *out)
{
	try(cipher_run(&s->cipher, bytes_of(in.data, n), out));
	s->pended = in.len - n;
	if (s->pended > 0)
		memcpy(s->pend, in.data + n, s->pended);
	return CKR_OK;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct aes_state *s;
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

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	struct aes_state *s;

	try(need_started(op, &s));
	if (mode_of(op)->padded && op->use == MECH_ENCRYPT) {
		try(pad_block(s, bytes_of(s->pend, s->pended), out));
		*ret_len = CIPHER_BLOCK;
		return CKR_OK;
	}
	if (s->pended != (holds_back(op) ? CIPHER_BLOCK : 0))
		return aes_bad_length(op, "the input was no whole number of blocks");
	*ret_len = 0;
	return holds_back(op) ? unpad_block(s, s->pend, out, ret_len) : CKR_OK;
}

/* ---- state --------------------------------------------------------------------------------- */

/* The chaining value (zeros for ECB, which has none), then the bytes of the unfinished block. */
static CK_RV save(struct mech_op *op, struct buf *ret)
{
	struct aes_state *s = op->state;

	if (s->started && mode_of(op)->mode != CIPHER_ECB)
		try(cipher_chain(&s->cipher, s->chain));
	try(buf_append(ret, bytes_of(s->chain, CIPHER_BLOCK)));
	return buf_append(ret, bytes_of(s->pend, s->pended));
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct aes_state *s = op->state;
	size_t most = holds_back(op) ? CIPHER_BLOCK : CIPHER_BLOCK - 1;
	struct bytes chain;

	if (!bytes_take(&state, CIPHER_BLOCK, &chain) || state.len > most)
		return fail(CKR_SAVED_STATE_INVALID, "malformed AES state");
	memcpy(s->chain, chain.data, CIPHER_BLOCK);
	if (state.len > 0)
		memcpy(s->pend, state.data, state.len);
	s->pended = state.len;
	s->started = false;
	return CKR_OK;
}

/* ---- rows ---------------------------------------------------------------------------------- */

#define BLOCK_STEPS \
	.start = aes_start, .room = room, .late = late, .whole = whole, .update = update, .final = final, .save = save, \
	.restore = restore, .end = aes_end

static const struct mech_ops ecb_ops = {BLOCK_STEPS};
static const struct mech_ops cbc_ops = {
	BLOCK_STEPS,
	.params = cbc_params,
	.save_params = cbc_save_params,
	.restore_params = cbc_restore_params,
};

/* Key sizes in bytes. */
#define ROW(mechanism, steps, mode_name, has_padding, way) \
	{.type = (mechanism), .flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP, .min_key = 16, .max_key = 32, \
	 .key_types = {CKK_AES}, .key_type_count = 1, .ops = &(steps), .wrap = &(way), \
	 .data = &(const struct aes_mode){.mode = (mode_name), .padded = (has_padding)}}

static const struct mech_row rows[] = {
	ROW(CKM_AES_ECB, ecb_ops, CIPHER_ECB, false, mech_wrap_blocks),
	ROW(CKM_AES_CBC, cbc_ops, CIPHER_CBC, false, mech_wrap_blocks),
	ROW(CKM_AES_CBC_PAD, cbc_ops, CIPHER_CBC, true, mech_wrap_any),
	ROW(CKM_AES_CTR, aes_ctr_ops, CIPHER_CTR, false, mech_wrap_any),
};

extern const struct mech_family mech_family_aes;
const struct mech_family mech_family_aes = {.name = "aes", .rows = rows, .row_count = array_len(rows)};
