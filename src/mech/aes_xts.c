/* SPDX-License-Identifier: Apache-2.0 */
/* AES-XTS and its keys, two AES keys in one. One operation is one data unit, which is worked on as a whole: parts are
 * held until the end. The mode itself is crypto/cipher_xts.c's. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "crypto/cipher_xts.h"
#include "mech/secret_key.h"
#include "mech/wrap.h"

#define TWEAK 16

struct state {
	unsigned char tweak[TWEAK];
	struct secret held; /* grows in steps: held.len is what there is room for */
	size_t len;
};

/* ---- keys ---------------------------------------------------------------------------------- */

/* A block of zeros enciphered with the key in its only mode, as data unit 0. */
static CK_RV check_value(const struct mech_env *env, const struct secret_key_kind *kind, struct bytes value,
                         unsigned char ret[SECRET_KEY_CHECK_LEN])
{
	static const unsigned char zeros[TWEAK];
	unsigned char block[TWEAK];

	(void)kind;
	try(xts_unit(env->ossl, true, value, zeros, bytes_of(zeros, sizeof(zeros)), block));
	memcpy(ret, block, SECRET_KEY_CHECK_LEN);
	wipe(block, sizeof(block));
	return CKR_OK;
}

/* Equal halves give the tweak away (SP 800-38E, FIPS 140 A.9). */
static CK_RV examine(struct bytes value)
{
	if (secret_equal(bytes_of(value.data, value.len / 2), bytes_of(value.data + value.len / 2, value.len / 2)))
		return fail(CKR_ATTRIBUTE_VALUE_INVALID, "an AES-XTS key of two equal halves");
	return CKR_OK;
}

static const struct secret_key_kind kind = {.min = 32, .max = 64, .step = 32, .check_value = check_value, .examine = examine};

/* ---- steps --------------------------------------------------------------------------------- */

static CK_RV set(struct mech_op *op, const void *tweak)
{
	struct state *s = mem_secret_alloc(sizeof(*s));

	if (s == NULL)
		return CKR_HOST_MEMORY;
	memcpy(s->tweak, tweak, TWEAK);
	op->state = s;
	return CKR_OK;
}

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	if (m->pParameter == NULL || m->ulParameterLen != TWEAK)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a data unit number of %lu bytes, not 16", (unsigned long)m->ulParameterLen);
	return set(op, m->pParameter);
}

static CK_RV save_params(const struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	return buf_append(ret, bytes_of(s->tweak, TWEAK));
}

static CK_RV restore_params(struct mech_op *op, struct bytes in)
{
	if (in.len != TWEAK)
		return fail(CKR_SAVED_STATE_INVALID, "malformed data unit number");
	return set(op, in.data);
}

static CK_RV start(struct mech_op *op)
{
	if (!secret_key_fits(&kind, op->key->value.len))
		return fail(CKR_KEY_SIZE_RANGE, "an AES-XTS key of %zu bytes", op->key->value.len);
	return CKR_OK;
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	const struct state *s = op->state;

	return step == MECH_UPDATE ? 0 : step == MECH_FINAL ? s->len : in_len;
}

static CK_RV bad_length(const struct mech_op *op, size_t len)
{
	return fail(op->use == MECH_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE,
	            "a data unit of %zu bytes, not 16 to %zu", len, XTS_UNIT_MAX);
}

static CK_RV whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;

	if (in.len < XTS_UNIT_MIN || in.len > XTS_UNIT_MAX)
		return bad_length(op, in.len);
	try(xts_unit(op->env->ossl, op->use == MECH_ENCRYPT, secret_bytes(&op->key->value), s->tweak, in, out));
	*ret_len = in.len;
	return CKR_OK;
}

static CK_RV need_room(struct state *s, size_t len)
{
	struct secret bigger;

	if (len <= s->held.len)
		return CKR_OK;
	try(secret_new(2 * len, &bigger));
	if (s->len > 0)
		memcpy(bigger.data, s->held.data, s->len);
	secret_free(&s->held);
	s->held = bigger;
	return CKR_OK;
}

static CK_RV hold(struct state *s, struct bytes in)
{
	try(need_room(s, s->len + in.len));
	if (in.len > 0)
		memcpy(s->held.data + s->len, in.data, in.len);
	s->len += in.len;
	return CKR_OK;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct state *s = op->state;

	(void)out;
	if (in.len > XTS_UNIT_MAX - s->len)
		return bad_length(op, s->len + in.len);
	*ret_len = 0;
	return hold(s, in);
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;

	return whole(op, bytes_of(s->held.data, s->len), out, ret_len);
}

/* What there is of the data unit. */
static CK_RV save(struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	return buf_append(ret, bytes_of(s->held.data, s->len));
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct state *s = op->state;

	if (state.len > XTS_UNIT_MAX || s->len != 0)
		return fail(CKR_SAVED_STATE_INVALID, "malformed XTS state");
	return hold(s, state);
}

static void end(struct mech_op *op)
{
	struct state *s = op->state;

	if (s == NULL)
		return;
	secret_free(&s->held);
	mem_secret_free(s, sizeof(*s));
	op->state = NULL;
}

static const struct mech_ops xts_ops = {
	.params = params,
	.start = start,
	.room = room,
	.whole = whole,
	.update = update,
	.final = final,
	.save = save,
	.restore = restore,
	.save_params = save_params,
	.restore_params = restore_params,
	.end = end,
};

/* Key sizes in bytes. */
static const struct mech_row rows[] = {
	{.type = CKM_AES_XTS_KEY_GEN, .flags = CKF_GENERATE, .min_key = 32, .max_key = 64, .gen = SECRET_KEY_GEN(CKK_AES_XTS)},
	{
		.type = CKM_AES_XTS,
		.flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP,
		.min_key = 32,
		.max_key = 64,
		.key_types = {CKK_AES_XTS},
		.key_type_count = 1,
		.ops = &xts_ops,
		.wrap = &mech_wrap_any,
	},
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_AES_XTS, .secret = &kind},
};

extern const struct mech_family mech_family_aes_xts;
const struct mech_family mech_family_aes_xts = {
	.name = "aes_xts",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
