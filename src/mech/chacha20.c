/* SPDX-License-Identifier: Apache-2.0 */
/* ChaCha20 (CK_CHACHA20_PARAMS, §6.58) and its keys: the original with counter and nonce of 64 bits, RFC 8439's with 32
 * and 96, XChaCha20 with 64 and 192. The steps are key_stream.c's. */
#include <string.h>

#include "mech/key_stream.h"
#include "mech/secret_key.h"
#include "mech/wrap.h"

#define BLOCK KEY_STREAM_BLOCK
#define IV 16
#define KEY KEY_STREAM_KEY

static const struct key_stream_form forms[] = {{8, 8}, {4, 12}, {8, KEY_STREAM_NONCE_MAX}};

static const struct secret_key_kind keys = {.min = KEY, .max = KEY, .check_value = secret_key_check_hash};

static void read_params(const void *parameter, struct key_stream_params *ret)
{
	CK_CHACHA20_PARAMS p;

	memcpy(&p, parameter, sizeof(p));
	*ret = (struct key_stream_params){p.pBlockCounter, p.pNonce, p.blockCounterBits, p.ulNonceBits};
}

/* ---- key stream ---------------------------------------------------------------------------- */

static void put_counter(uint64_t n, unsigned size, unsigned char *ret)
{
	for (unsigned i = 0; i < size; i++)
		ret[i] = (unsigned char)(n >> (8 * i));
}

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

static CK_RV start_cipher(struct mech_op *op, struct key_stream *s, struct bytes key, uint64_t block, unsigned byte)
{
	unsigned char iv[IV], used[BLOCK] = {0};
	unsigned tail = IV - s->counter_bytes;

	put_counter(block, s->counter_bytes, iv);
	memcpy(iv + s->counter_bytes, s->nonce + s->nonce_bytes - tail, tail);
	try(cipher_start_any(op->env->ossl, &s->cipher, CIPHER_CHACHA20, CIPHER_CTR, true, key, iv));
	try(cipher_run(&s->cipher, bytes_of(used, byte), used));
	wipe(used, sizeof(used));
	return CKR_OK;
}

static CK_RV begin(struct mech_op *op, struct key_stream *s, uint64_t block, unsigned byte)
{
	unsigned char key[KEY];

	if (s->nonce_bytes < KEY_STREAM_NONCE_MAX)
		return start_cipher(op, s, secret_bytes(&op->key->value), block, byte);
	CK_RV rv = subkey(op, s->nonce, key);
	if (rv == CKR_OK)
		rv = start_cipher(op, s, bytes_of(key, sizeof(key)), block, byte);
	wipe(key, sizeof(key));
	return rv;
}

static CK_RV run(struct key_stream *s, struct bytes in, unsigned char *out)
{
	return cipher_run(&s->cipher, in, out);
}

/* ---- rows ---------------------------------------------------------------------------------- */

static const struct key_stream_kind kind = {
	.forms = forms,
	.form_count = array_len(forms),
	.param_size = sizeof(CK_CHACHA20_PARAMS),
	.read = read_params,
	.begin = begin,
	.run = run,
};

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
		.ops = &key_stream_ops,
		.data = &kind,
		.wrap = &mech_wrap_any,
	},
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_CHACHA20, .secret = &keys},
};

extern const struct mech_family mech_family_chacha20;
const struct mech_family mech_family_chacha20 = {
	.name = "chacha20",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
