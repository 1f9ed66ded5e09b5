/* SPDX-License-Identifier: Apache-2.0 */
/* CBC-MAC, CMAC and XCBC-MAC over crypto/cipher.c's CBC, so that their state can be saved. The last block waits here:
 * only the end knows that it is the last. */
#include "mech/block_mac.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

/* Ciphertext that nobody needs is thrown away in pieces of this size. */
#define SCRATCH 1024
#define XCBC_KEY 16

struct state {
	struct cipher cipher; /* CBC */
	bool started;
	bool resumed;
	size_t tag_len;
	unsigned char chain[CIPHER_BLOCK];
	unsigned char pend[CIPHER_BLOCK];
	size_t pended;
	unsigned char full[CIPHER_BLOCK];  /* goes into a last block that is full */
	unsigned char short_[CIPHER_BLOCK];/* goes into one that is not */
};

static const struct block_mac *mac_of(const struct mech_op *op)
{
	return op->row->data;
}

static size_t block_of(const struct mech_op *op)
{
	return cipher_block_size(mac_of(op)->alg);
}

static CK_RV need_state(struct mech_op *op, struct state **ret)
{
	struct state *s = op->state;

	if (s == NULL) {
		s = mem_secret_alloc(sizeof(*s));
		if (s == NULL)
			return CKR_HOST_MEMORY;
		s->tag_len = mac_of(op)->tag_len;
		op->state = s;
	}
	*ret = s;
	return CKR_OK;
}

/* ---- parameter ----------------------------------------------------------------------------- */

static CK_RV set_tag_len(struct mech_op *op, CK_ULONG len)
{
	struct state *s;

	if (len < 1 || len > block_of(op))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a tag of %lu bytes, not 1 to %zu", (unsigned long)len, block_of(op));
	try(need_state(op, &s));
	s->tag_len = len;
	return CKR_OK;
}

static CK_RV general_params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_MAC_GENERAL_PARAMS len;

	if (m->pParameter == NULL || m->ulParameterLen != sizeof(len))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_MAC_GENERAL_PARAMS is missing or has another size");
	memcpy(&len, m->pParameter, sizeof(len));
	return set_tag_len(op, len);
}

static CK_RV general_save_params(const struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	return buf_put_u8(ret, (uint8_t)s->tag_len);
}

static CK_RV general_restore_params(struct mech_op *op, struct bytes params)
{
	uint8_t len;

	if (!bytes_take_u8(&params, &len) || params.len != 0 || set_tag_len(op, len) != CKR_OK)
		return fail(CKR_SAVED_STATE_INVALID, "malformed MAC parameter");
	return CKR_OK;
}

static CK_RV tuned_params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_ULONG len = mac_of(op)->tag_len;
	unsigned tuning = 0;
	struct state *s;

	try(mac_of(op)->read(m, &tuning, &len));
	try(set_tag_len(op, len));
	s = op->state;
	s->cipher.tuning = tuning;
	return CKR_OK;
}

static CK_RV tuned_save_params(const struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	try(buf_put_u32(ret, s->cipher.tuning));
	return general_save_params(op, ret);
}

static CK_RV tuned_restore_params(struct mech_op *op, struct bytes params)
{
	uint32_t tuning = 0;
	struct state *s;

	if (!bytes_take_u32(&params, &tuning) || !cipher_tuning_fits(mac_of(op)->alg, tuning))
		return fail(CKR_SAVED_STATE_INVALID, "malformed MAC parameter");
	try(general_restore_params(op, params));
	s = op->state;
	s->cipher.tuning = tuning;
	return CKR_OK;
}

static CK_RV start(struct mech_op *op)
{
	size_t len = op->key->value.len;
	struct state *s;

	if (!cipher_key_fits(mac_of(op)->alg, len) || (mac_of(op)->kind == BLOCK_MAC_XCBC && len != XCBC_KEY))
		return fail(CKR_KEY_SIZE_RANGE, "%s: a key of %zu bytes", mech_name(op->row->type), len);
	return need_state(op, &s);
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	const struct state *s = op->state;

	(void)in_len;
	return step == MECH_UPDATE ? 0 : s->tag_len;
}

/* ---- keys made of the key ------------------------------------------------------------------ */

/* Doubling in the field of SP 800-38B §6.1. */
static void twice(const unsigned char *in, size_t size, unsigned char *ret)
{
	unsigned char high = in[0] >> 7;

	for (size_t i = 0; i < size; i++)
		ret[i] = (unsigned char)(in[i] << 1 | (i + 1 < size ? in[i + 1] >> 7 : 0));
	ret[size - 1] ^= (unsigned char)((0u - high) & (size == CIPHER_BLOCK ? 0x87u : 0x1bu));
}

static CK_RV start_cbc(struct mech_op *op, struct state *s, struct bytes key)
{
	static const unsigned char zeros[CIPHER_BLOCK];

	return cipher_start_any(op->env->ossl, &s->cipher, mac_of(op)->alg, CIPHER_CBC, true, key, zeros);
}

static CK_RV make_cmac(struct mech_op *op, struct state *s)
{
	unsigned char zero[CIPHER_BLOCK] = {0};
	size_t size = block_of(op);

	try(cipher_run(&s->cipher, bytes_of(zero, size), zero));
	twice(zero, size, s->full);
	twice(s->full, size, s->short_);
	wipe(zero, sizeof(zero));
	return start_cbc(op, s, secret_bytes(&op->key->value));
}

/* A block full of one byte, enciphered. */
static CK_RV derive(struct mech_op *op, struct state *s, unsigned char fill, unsigned char ret[CIPHER_BLOCK])
{
	unsigned char block[CIPHER_BLOCK];

	memset(block, fill, sizeof(block));
	try(start_cbc(op, s, secret_bytes(&op->key->value)));
	return cipher_run(&s->cipher, bytes_of(block, sizeof(block)), ret);
}

static CK_RV make_xcbc(struct mech_op *op, struct state *s)
{
	unsigned char key[CIPHER_BLOCK];
	CK_RV rv;

	try(derive(op, s, 2, s->full));
	try(derive(op, s, 3, s->short_));
	try(derive(op, s, 1, key));
	rv = start_cbc(op, s, bytes_of(key, sizeof(key)));
	wipe(key, sizeof(key));
	return rv;
}

static CK_RV need_started(struct mech_op *op, struct state **ret)
{
	struct state *s = op->state;

	if (!s->started) {
		try(start_cbc(op, s, secret_bytes(&op->key->value)));
		if (mac_of(op)->kind == BLOCK_MAC_CMAC)
			try(make_cmac(op, s));
		else if (mac_of(op)->kind == BLOCK_MAC_XCBC)
			try(make_xcbc(op, s));
		if (s->resumed)
			try(cipher_restart(&s->cipher, s->chain));
	}
	s->started = true;
	*ret = s;
	return CKR_OK;
}

/* ---- steps --------------------------------------------------------------------------------- */

static CK_RV chain_on(struct state *s, struct bytes in)
{
	unsigned char scratch[SCRATCH];

	while (in.len > 0) {
		size_t n = in.len < sizeof(scratch) ? in.len : sizeof(scratch);

		try(cipher_run(&s->cipher, bytes_of(in.data, n), scratch));
		in = bytes_of(in.data + n, in.len - n);
	}
	wipe(scratch, sizeof(scratch));
	return CKR_OK;
}

/* Fills the waiting block; it goes on its way once something follows it. */
static CK_RV absorb(struct mech_op *op, struct state *s, struct bytes in)
{
	size_t block = block_of(op), free = block - s->pended, through;

	if (in.len <= free) {
		if (in.len > 0)
			memcpy(s->pend + s->pended, in.data, in.len);
		s->pended += in.len;
		return CKR_OK;
	}
	if (s->pended > 0) {
		memcpy(s->pend + s->pended, in.data, free);
		in = bytes_of(in.data + free, in.len - free);
		try(chain_on(s, bytes_of(s->pend, block)));
	}
	through = (in.len - 1) & ~(block - 1);
	try(chain_on(s, bytes_of(in.data, through)));
	s->pended = in.len - through;
	memcpy(s->pend, in.data + through, s->pended);
	return CKR_OK;
}

static CK_RV finish(struct mech_op *op, struct state *s, unsigned char tag[CIPHER_BLOCK])
{
	size_t block = block_of(op);
	bool is_full = s->pended == block;
	unsigned char last[CIPHER_BLOCK] = {0};

	memcpy(last, s->pend, s->pended);
	if (!is_full && mac_of(op)->kind != BLOCK_MAC_CBC)
		last[s->pended] = 0x80;
	/* Zeros for CBC-MAC. */
	for (size_t i = 0; i < block; i++)
		last[i] ^= is_full ? s->full[i] : s->short_[i];
	try(cipher_run(&s->cipher, bytes_of(last, block), tag));
	wipe(last, sizeof(last));
	return CKR_OK;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct state *s;

	(void)out;
	try(need_started(op, &s));
	try(absorb(op, s, in));
	*ret_len = 0;
	return CKR_OK;
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	unsigned char tag[CIPHER_BLOCK];
	struct state *s;

	try(need_started(op, &s));
	try(finish(op, s, tag));
	memcpy(out, tag, s->tag_len);
	*ret_len = s->tag_len;
	wipe(tag, sizeof(tag));
	return CKR_OK;
}

static CK_RV verify_final(struct mech_op *op, struct bytes signature)
{
	unsigned char tag[CIPHER_BLOCK];
	struct state *s;
	bool right;

	try(need_started(op, &s));
	if (signature.len != s->tag_len)
		return fail(CKR_SIGNATURE_LEN_RANGE, "a MAC of %zu bytes, not %zu", signature.len, s->tag_len);
	try(finish(op, s, tag));
	right = secret_equal(bytes_of(tag, s->tag_len), signature);
	wipe(tag, sizeof(tag));
	return right ? CKR_OK : fail(CKR_SIGNATURE_INVALID, "the MAC does not match");
}

static CK_RV again(struct mech_op *op)
{
	struct state *s = op->state;

	s->pended = 0;
	s->resumed = false;
	s->started = false;
	return CKR_OK;
}

/* ---- state --------------------------------------------------------------------------------- */

/* The chaining value, then the bytes that wait. */
static CK_RV save(struct mech_op *op, struct buf *ret)
{
	struct state *s;

	try(need_started(op, &s));
	try(cipher_chain(&s->cipher, s->chain));
	try(buf_append(ret, bytes_of(s->chain, block_of(op))));
	return buf_append(ret, bytes_of(s->pend, s->pended));
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct state *s = op->state;
	struct bytes chain;

	if (!bytes_take(&state, block_of(op), &chain) || state.len > block_of(op))
		return fail(CKR_SAVED_STATE_INVALID, "malformed MAC state");
	memcpy(s->chain, chain.data, chain.len);
	if (state.len > 0)
		memcpy(s->pend, state.data, state.len);
	s->pended = state.len;
	s->resumed = true;
	s->started = false;
	return CKR_OK;
}

static void end(struct mech_op *op)
{
	struct state *s = op->state;

	if (s == NULL)
		return;
	cipher_end(&s->cipher);
	mem_secret_free(s, sizeof(*s));
	op->state = NULL;
}

#define MAC_STEPS \
	.start = start, .room = room, .update = update, .final = final, .verify_final = verify_final, .again = again, \
	.save = save, .restore = restore, .end = end

const struct mech_ops block_mac_ops = {MAC_STEPS};
const struct mech_ops block_mac_general_ops = {
	MAC_STEPS,
	.params = general_params,
	.save_params = general_save_params,
	.restore_params = general_restore_params,
};
const struct mech_ops block_mac_tuned_ops = {
	MAC_STEPS,
	.params = tuned_params,
	.save_params = tuned_save_params,
	.restore_params = tuned_restore_params,
};
