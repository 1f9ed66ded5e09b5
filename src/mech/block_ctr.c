/* SPDX-License-Identifier: Apache-2.0 */
/* CTR with a counter of 1 to 128 bits (CK_AES_CTR_PARAMS, CK_CAMELLIA_CTR_PARAMS). The counter may not overflow its bits: from where it
 * starts it can count so many blocks, and more data than that is refused (§6.13, CTR). So it never matters that
 * libcrypto always counts in 128 bits. */
#include <string.h>

#include "base/log.h"
#include "mech/block.h"

/* A 128-bit number. */
struct wide {
	uint64_t high;
	uint64_t low;
};

static struct wide wide_read(const unsigned char b[16])
{
	struct wide w = {0, 0};

	for (size_t i = 0; i < 8; i++) {
		w.high = w.high << 8 | b[i];
		w.low = w.low << 8 | b[8 + i];
	}
	return w;
}

static void wide_write(struct wide w, unsigned char ret[16])
{
	for (size_t i = 0; i < 8; i++) {
		ret[i] = (unsigned char)(w.high >> (56 - 8 * i));
		ret[8 + i] = (unsigned char)(w.low >> (56 - 8 * i));
	}
}

/* The mask of a counter of 1 to 128 bits. */
static struct wide mask_of(unsigned bits)
{
	if (bits > 64)
		return (struct wide){UINT64_MAX >> (128 - bits), UINT64_MAX};
	return (struct wide){0, UINT64_MAX >> (64 - bits)};
}

/* The counter block after so many blocks. */
static void counter_at(const struct block_state *s, uint64_t blocks, unsigned char ret[16])
{
	struct wide first = wide_read(s->iv), sum;

	sum.low = first.low + blocks;
	sum.high = first.high + (sum.low < blocks ? 1 : 0);
	wide_write(sum, ret);
}

/* So many blocks until the counter's bits overflow; UINT64_MAX when that is further than anyone gets. */
static uint64_t blocks_to_turn(const struct block_state *s)
{
	struct wide first = wide_read(s->iv), mask = mask_of(s->counter_bits);
	uint64_t left;

	if ((first.high & mask.high) != mask.high)
		return UINT64_MAX;
	left = mask.low - (first.low & mask.low);
	return left == UINT64_MAX ? left : left + 1;
}

/* Bytes that the counter can count from its start; its last increment may overflow. */
static uint64_t capacity(const struct block_state *s)
{
	uint64_t blocks = blocks_to_turn(s);

	return blocks > UINT64_MAX / CIPHER_BLOCK ? UINT64_MAX : blocks * CIPHER_BLOCK;
}

static CK_RV set_counter(struct mech_op *op, CK_ULONG bits, const unsigned char *block, CK_RV refusal)
{
	struct block_state *s;

	if (bits < 1 || bits > 128)
		return fail(refusal, "a counter of %lu bits", (unsigned long)bits);
	try(block_need_state(op, &s));
	s->counter_bits = (unsigned)bits;
	memcpy(s->iv, block, CIPHER_BLOCK);
	return CKR_OK;
}

_Static_assert(sizeof(CK_CAMELLIA_CTR_PARAMS) == sizeof(CK_AES_CTR_PARAMS), "one form of parameter");

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_AES_CTR_PARAMS p;

	if (m->pParameter == NULL || m->ulParameterLen != sizeof(p))
		return fail(CKR_MECHANISM_PARAM_INVALID, "the counter parameter is missing or has another size");
	memcpy(&p, m->pParameter, sizeof(p));
	return set_counter(op, p.ulCounterBits, p.cb, CKR_MECHANISM_PARAM_INVALID);
}

static CK_RV save_params(const struct mech_op *op, struct buf *ret)
{
	const struct block_state *s = op->state;

	try(buf_put_u32(ret, s->counter_bits));
	return buf_append(ret, bytes_of(s->iv, CIPHER_BLOCK));
}

static CK_RV restore_params(struct mech_op *op, struct bytes in)
{
	uint32_t bits;

	if (!bytes_take_u32(&in, &bits) || in.len != CIPHER_BLOCK)
		return fail(CKR_SAVED_STATE_INVALID, "malformed counter");
	return set_counter(op, bits, in.data, CKR_SAVED_STATE_INVALID);
}

/* Key, counter and place inside the block as position says. */
static CK_RV need_started(struct mech_op *op, struct block_state *s)
{
	unsigned char counter[CIPHER_BLOCK], used[CIPHER_BLOCK] = {0};

	if (s->started)
		return CKR_OK;
	counter_at(s, s->position / CIPHER_BLOCK, counter);
	try(block_key(op, CIPHER_CTR, true, counter));
	try(cipher_run(&s->cipher, bytes_of(used, s->position % CIPHER_BLOCK), used));
	wipe(used, sizeof(used));
	s->started = true;
	return CKR_OK;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct block_state *s = op->state;

	if (in.len > capacity(s) - s->position)
		return block_bad_length(op, "the counter would overflow its bits");
	if (in.len > 0) {
		try(need_started(op, s));
		try(cipher_run(&s->cipher, in, out));
	}
	s->position += in.len;
	*ret_len = in.len;
	return CKR_OK;
}

static CK_RV save(struct mech_op *op, struct buf *ret)
{
	const struct block_state *s = op->state;

	return buf_put_u64(ret, s->position);
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct block_state *s = op->state;
	uint64_t position;

	if (!bytes_take_u64(&state, &position) || state.len != 0 || position > capacity(s))
		return fail(CKR_SAVED_STATE_INVALID, "malformed CTR state");
	s->position = position;
	s->started = false;
	return CKR_OK;
}

const struct mech_ops block_ctr_ops = {
	.params = params,
	.start = block_start,
	.room = block_stream_room,
	.whole = update,
	.update = update,
	.final = block_stream_final,
	.save = save,
	.restore = restore,
	.save_params = save_params,
	.restore_params = restore_params,
	.end = block_end,
};
