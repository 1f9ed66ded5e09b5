/* SPDX-License-Identifier: Apache-2.0 */
/* ChaCha20 (CK_CHACHA20_PARAMS, §6.58) and its keys: the original with counter and nonce of 64 bits, RFC 8439's with 32
 * and 96, XChaCha20 with 64 and 192. Counter and nonce are little endian as the algorithm has them. The counter may not
 * overflow: more data than it can count is refused. */
#include "mech/chacha20.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "crypto/cipher.h"
#include "mech/secret_key.h"
#include "mech/wrap.h"

#define BLOCK 64
#define IV 16
#define NONCE_MAX 24
#define KEY CHACHA20_KEY

struct state {
	struct cipher cipher;
	bool started;
	unsigned counter_bytes;
	unsigned nonce_bytes;
	unsigned char counter[8];
	unsigned char nonce[NONCE_MAX];
	uint64_t position; /* bytes done */
};

static const struct form {
	unsigned counter_bytes, nonce_bytes;
} forms[] = {{8, 8}, {4, 12}, {8, 24}};

/* ---- keys ---------------------------------------------------------------------------------- */

bool chacha20_key_fits(size_t len)
{
	return len == KEY;
}

static const struct secret_key_kind kind = {.min = KEY, .max = KEY, .check_value = secret_key_check_hash};

/* ---- parameter ----------------------------------------------------------------------------- */

static CK_RV set(struct mech_op *op, const unsigned char *counter, CK_ULONG counter_bits, const unsigned char *nonce,
                 CK_ULONG nonce_bits)
{
	struct state *s;

	for (size_t i = 0; i < array_len(forms); i++) {
		if (8 * forms[i].counter_bytes != counter_bits || 8 * forms[i].nonce_bytes != nonce_bits)
			continue;
		s = mem_secret_alloc(sizeof(*s));
		if (s == NULL)
			return CKR_HOST_MEMORY;
		s->counter_bytes = forms[i].counter_bytes;
		s->nonce_bytes = forms[i].nonce_bytes;
		memcpy(s->counter, counter, s->counter_bytes);
		memcpy(s->nonce, nonce, s->nonce_bytes);
		op->state = s;
		return CKR_OK;
	}
	return fail(CKR_MECHANISM_PARAM_INVALID, "a counter of %lu bits beside a nonce of %lu", (unsigned long)counter_bits,
	            (unsigned long)nonce_bits);
}

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_CHACHA20_PARAMS p;

	if (m->pParameter == NULL || m->ulParameterLen != sizeof(p))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_CHACHA20_PARAMS is missing or has another size");
	memcpy(&p, m->pParameter, sizeof(p));
	if (p.pBlockCounter == NULL || p.pNonce == NULL)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no counter or no nonce");
	return set(op, p.pBlockCounter, p.blockCounterBits, p.pNonce, p.ulNonceBits);
}

static CK_RV save_params(const struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	try(buf_put_blob(ret, bytes_of(s->counter, s->counter_bytes)));
	return buf_put_blob(ret, bytes_of(s->nonce, s->nonce_bytes));
}

static CK_RV restore_params(struct mech_op *op, struct bytes in)
{
	struct bytes counter, nonce;

	if (!bytes_take_blob(&in, &counter) || !bytes_take_blob(&in, &nonce) || in.len != 0 ||
	    set(op, counter.data, 8 * counter.len, nonce.data, 8 * nonce.len) != CKR_OK)
		return fail(CKR_SAVED_STATE_INVALID, "malformed ChaCha20 parameter");
	return CKR_OK;
}

static CK_RV start(struct mech_op *op)
{
	if (!chacha20_key_fits(op->key->value.len))
		return fail(CKR_KEY_SIZE_RANGE, "a ChaCha20 key of %zu bytes", op->key->value.len);
	return CKR_OK;
}

/* ---- counter ------------------------------------------------------------------------------- */

static uint64_t first_block(const struct state *s)
{
	uint64_t n = 0;

	for (unsigned i = s->counter_bytes; i > 0; i--)
		n = n << 8 | s->counter[i - 1];
	return n;
}

/* Bytes that the counter can count from its start; its last increment may overflow. */
static uint64_t capacity(const struct state *s)
{
	uint64_t last = s->counter_bytes == 4 ? UINT32_MAX : UINT64_MAX, left = last - first_block(s);

	return left >= UINT64_MAX / BLOCK ? UINT64_MAX : (left + 1) * BLOCK;
}

static void put_counter(uint64_t n, unsigned size, unsigned char *ret)
{
	for (unsigned i = 0; i < size; i++)
		ret[i] = (unsigned char)(n >> (8 * i));
}

/* ---- key stream ---------------------------------------------------------------------------- */

/* Little-endian words of a block less those it was made of: what the rounds alone gave. */
static void undo_addition(const unsigned char *block, const unsigned char *before, unsigned char ret[16])
{
	for (unsigned i = 0; i < 16; i += 4) {
		uint32_t a = 0, b = 0;

		for (unsigned k = 4; k > 0; k--) {
			a = a << 8 | block[i + k - 1];
			b = b << 8 | before[i + k - 1];
		}
		put_counter(a - b, 4, ret + i);
	}
}

/* HChaCha20 (draft-irtf-cfrg-xchacha §2.2): the key that the first 16 bytes of a long nonce make. */
static CK_RV subkey(const struct mech_op *op, const unsigned char nonce[16], unsigned char ret[KEY])
{
	struct cipher c cleanup(cipher_end) = {0};
	unsigned char block[BLOCK] = {0};

	try(cipher_start_any(op->env->ossl, &c, CIPHER_CHACHA20, CIPHER_CTR, true, secret_bytes(&op->key->value), nonce));
	try(cipher_run(&c, bytes_of(block, sizeof(block)), block));
	undo_addition(block, (const unsigned char *)"expand 32-byte k", ret);
	undo_addition(block + BLOCK - 16, nonce, ret + 16);
	wipe(block, sizeof(block));
	return CKR_OK;
}

static CK_RV start_cipher(struct mech_op *op, struct state *s, struct bytes key)
{
	unsigned char iv[IV], used[BLOCK] = {0};
	unsigned tail = IV - s->counter_bytes;

	put_counter(first_block(s) + s->position / BLOCK, s->counter_bytes, iv);
	memcpy(iv + s->counter_bytes, s->nonce + s->nonce_bytes - tail, tail);
	try(cipher_start_any(op->env->ossl, &s->cipher, CIPHER_CHACHA20, CIPHER_CTR, true, key, iv));
	try(cipher_run(&s->cipher, bytes_of(used, s->position % BLOCK), used));
	wipe(used, sizeof(used));
	return CKR_OK;
}

static CK_RV need_started(struct mech_op *op, struct state *s)
{
	unsigned char key[KEY];
	CK_RV rv;

	if (s->started)
		return CKR_OK;
	if (s->nonce_bytes < NONCE_MAX) {
		rv = start_cipher(op, s, secret_bytes(&op->key->value));
	} else {
		rv = subkey(op, s->nonce, key);
		if (rv == CKR_OK)
			rv = start_cipher(op, s, bytes_of(key, sizeof(key)));
		wipe(key, sizeof(key));
	}
	s->started = rv == CKR_OK;
	return rv;
}

/* ---- steps --------------------------------------------------------------------------------- */

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	(void)op;
	return step == MECH_FINAL ? 0 : in_len;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct state *s = op->state;

	if (in.len > capacity(s) - s->position)
		return fail(op->use == MECH_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE,
		            "the ChaCha20 counter would overflow");
	if (in.len > 0) {
		try(need_started(op, s));
		try(cipher_run(&s->cipher, in, out));
	}
	s->position += in.len;
	*ret_len = in.len;
	return CKR_OK;
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	(void)op;
	(void)out;
	*ret_len = 0;
	return CKR_OK;
}

static CK_RV save(struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	return buf_put_u64(ret, s->position);
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct state *s = op->state;
	uint64_t position;

	if (!bytes_take_u64(&state, &position) || state.len != 0 || position > capacity(s))
		return fail(CKR_SAVED_STATE_INVALID, "malformed ChaCha20 state");
	s->position = position;
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

static const struct mech_ops chacha20_ops = {
	.params = params,
	.start = start,
	.room = room,
	.whole = update,
	.update = update,
	.final = final,
	.save = save,
	.restore = restore,
	.save_params = save_params,
	.restore_params = restore_params,
	.end = end,
};

/* ---- rows ---------------------------------------------------------------------------------- */

static const struct mech_row rows[] = {
	/* In bytes. */
	{.type = CKM_CHACHA20_KEY_GEN, .flags = CKF_GENERATE, .min_key = KEY, .max_key = KEY, .gen = SECRET_KEY_GEN(CKK_CHACHA20)},
	/* In bits. */
	{
		.type = CKM_CHACHA20,
		.flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP,
		.min_key = 8 * KEY,
		.max_key = 8 * KEY,
		.key_types = {CKK_CHACHA20},
		.key_type_count = 1,
		.ops = &chacha20_ops,
		.wrap = &mech_wrap_any,
	},
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_CHACHA20, .secret = &kind},
};

extern const struct mech_family mech_family_chacha20;
const struct mech_family mech_family_chacha20 = {
	.name = "chacha20",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
