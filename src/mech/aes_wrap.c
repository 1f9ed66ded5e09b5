/* SPDX-License-Identifier: Apache-2.0 */
/* The family of AES key wrap (§6.16): KW, KW with PKCS #7 padding, KWP, for keys and for data. Single-part only.
 * CKM_AES_KEY_WRAP_PAD, which the standard leaves open today, is what version 2.40 said: KW with PKCS #7 padding. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "mech/aes_kw.h"
#include "mech/asym.h"
#include "mech/wrap.h"

#define HALF AES_KW_SEMIBLOCK

enum kind { KW, KW_PKCS7, KWP };

/* The initial value; as long as the kind's. */
struct state {
	unsigned char iv[HALF];
};

static enum kind kind_of(const struct mech_op *op)
{
	return *(const enum kind *)op->row->data;
}

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	bool kwp = kind_of(op) == KWP;
	size_t len = kwp ? sizeof(aes_kwp_iv) : sizeof(aes_kw_iv);
	const void *iv = kwp ? aes_kwp_iv : aes_kw_iv;

	if (m->ulParameterLen != 0 && (m->ulParameterLen != len || m->pParameter == NULL))
		return fail(CKR_MECHANISM_PARAM_INVALID, "an initial value of %lu bytes, not %zu", m->ulParameterLen, len);
	struct state *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fail(CKR_HOST_MEMORY, "key wrap");
	memcpy(s->iv, m->ulParameterLen != 0 ? m->pParameter : iv, len);
	op->state = s;
	return CKR_OK;
}

static CK_RV start(struct mech_op *op)
{
	size_t len = op->key->value.len;

	if (len != 16 && len != 24 && len != 32)
		return fail(CKR_KEY_SIZE_RANGE, "an AES key of %zu bytes", len);
	return CKR_OK;
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	if (step != MECH_WHOLE)
		return 0;
	if (op->use == MECH_DECRYPT)
		return in_len > HALF ? in_len - HALF : 0;
	if (kind_of(op) == KWP)
		return aes_kwp_size(in_len);
	return kind_of(op) == KW ? in_len + HALF : (in_len / HALF + 1) * HALF + HALF;
}

static bool late(const struct mech_op *op, enum mech_step step)
{
	(void)step;
	return op->use == MECH_DECRYPT && kind_of(op) != KW;
}

/* ---- padding ------------------------------------------------------------------------------- */

static CK_RV pad_and_wrap(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;
	size_t len = (in.len / HALF + 1) * HALF;

	memmove(out, in.data, in.len);
	memset(out + in.len, (int)(len - in.len), len - in.len);
	try(aes_kw_wrap(op->env->ossl, secret_bytes(&op->key->value), s->iv, bytes_of(out, len), out));
	*ret_len = len + HALF;
	return CKR_OK;
}

static CK_RV unwrap_and_unpad(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;

	try(aes_kw_unwrap(op->env->ossl, secret_bytes(&op->key->value), s->iv, in, out));
	/* What comes out is authentic: whoever made it had the key. */
	size_t len = in.len - HALF;
	unsigned pad = out[len - 1];
	bool valid = pad >= 1 && pad <= HALF;
	for (size_t i = 0; valid && i < pad; i++)
		valid = out[len - 1 - i] == pad;
	if (!valid) {
		wipe(out, len);
		return fail(CKR_ENCRYPTED_DATA_INVALID, "the padding is wrong");
	}
	*ret_len = len - pad;
	return CKR_OK;
}

/* ---- the one step -------------------------------------------------------------------------- */

static CK_RV encrypt(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;
	struct bytes kek = secret_bytes(&op->key->value);

	if (kind_of(op) == KW_PKCS7)
		return pad_and_wrap(op, in, out, ret_len);
	try(kind_of(op) == KW ? aes_kw_wrap(op->env->ossl, kek, s->iv, in, out) : aes_kwp_wrap(op->env->ossl, kek, s->iv, in, out));
	*ret_len = room(op, MECH_WHOLE, in.len);
	return CKR_OK;
}

static CK_RV decrypt(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;
	struct bytes kek = secret_bytes(&op->key->value);

	if (kind_of(op) == KW_PKCS7)
		return unwrap_and_unpad(op, in, out, ret_len);
	if (kind_of(op) == KWP)
		return aes_kwp_unwrap(op->env->ossl, kek, s->iv, in, out, ret_len);
	try(aes_kw_unwrap(op->env->ossl, kek, s->iv, in, out));
	*ret_len = in.len - HALF;
	return CKR_OK;
}

static CK_RV whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	return op->use == MECH_ENCRYPT ? encrypt(op, in, out, ret_len) : decrypt(op, in, out, ret_len);
}

static void end(struct mech_op *op)
{
	free(op->state);
	op->state = NULL;
}

static const struct mech_ops wrap_ops = {
	.params = params,
	.start = start,
	.room = room,
	.late = late,
	.whole = whole,
	.end = end,
};

/* Keys of any length are filled up to semiblocks (§6.16.3.1). */
static const struct mech_wrap filled = {.private_keys = true, .fit = MECH_FIT_HEAD, .block = HALF};

/* Key sizes in bytes. */
#define ROW(mechanism, what, way)                                                                                    \
	{                                                                                                            \
		.type = (mechanism), .flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP, .min_key = 16,      \
		.max_key = 32, .key_types = {CKK_AES}, .key_type_count = 1, .ops = &wrap_ops, .wrap = (way),         \
		.data = &(const enum kind){what}, .unsaveable = asym_single_part,                                    \
	}

static const struct mech_row rows[] = {
	ROW(CKM_AES_KEY_WRAP, KW, &filled),
	ROW(CKM_AES_KEY_WRAP_PAD, KW_PKCS7, &mech_wrap_any),
	ROW(CKM_AES_KEY_WRAP_KWP, KWP, &mech_wrap_any),
	ROW(CKM_AES_KEY_WRAP_PKCS7, KW_PKCS7, &mech_wrap_any),
};

extern const struct mech_family mech_family_aes_wrap;
const struct mech_family mech_family_aes_wrap = {.name = "aes_wrap", .rows = rows, .row_count = array_len(rows)};
