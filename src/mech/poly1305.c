/* SPDX-License-Identifier: Apache-2.0 */
/* Poly1305 (§6.60) and its keys, each good for one message. It signs and verifies, as the standard's text says; the
 * flags of a cipher in its table of mechanisms are a slip. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "crypto/poly1305.h"
#include "mech/secret_key.h"

struct state {
	struct poly1305 mac;
	bool started;
};

/* ---- keys ---------------------------------------------------------------------------------- */

static const struct secret_key_kind kind = {.min = POLY1305_KEY, .max = POLY1305_KEY, .check_value = secret_key_check_hash};

/* ---- steps --------------------------------------------------------------------------------- */

static CK_RV start(struct mech_op *op)
{
	if (!secret_key_fits(&kind, op->key->value.len))
		return fail(CKR_KEY_SIZE_RANGE, "a Poly1305 key of %zu bytes", op->key->value.len);
	op->state = mem_secret_alloc(sizeof(struct state));
	return op->state != NULL ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV need_started(struct mech_op *op, struct state **ret)
{
	struct state *s = op->state;

	if (!s->started)
		try(poly1305_start(op->env->ossl, &s->mac, secret_bytes(&op->key->value)));
	s->started = true;
	*ret = s;
	return CKR_OK;
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	(void)op;
	(void)in_len;
	return step == MECH_UPDATE ? 0 : POLY1305_TAG;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct state *s;

	(void)out;
	try(need_started(op, &s));
	try(poly1305_update(&s->mac, in));
	*ret_len = 0;
	return CKR_OK;
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	struct state *s;

	try(need_started(op, &s));
	try(poly1305_final(&s->mac, out));
	*ret_len = POLY1305_TAG;
	return CKR_OK;
}

static CK_RV verify_final(struct mech_op *op, struct bytes signature)
{
	unsigned char tag[POLY1305_TAG];
	struct state *s;
	bool right;

	try(need_started(op, &s));
	if (signature.len != sizeof(tag))
		return fail(CKR_SIGNATURE_LEN_RANGE, "a Poly1305 tag of %zu bytes, not 16", signature.len);
	try(poly1305_final(&s->mac, tag));
	right = secret_equal(bytes_of(tag, sizeof(tag)), signature);
	wipe(tag, sizeof(tag));
	return right ? CKR_OK : fail(CKR_SIGNATURE_INVALID, "the Poly1305 tag does not match");
}

static void end(struct mech_op *op)
{
	struct state *s = op->state;

	if (s == NULL)
		return;
	poly1305_end(&s->mac);
	mem_secret_free(s, sizeof(*s));
	op->state = NULL;
}

static const struct mech_ops ops = {
	.start = start,
	.room = room,
	.update = update,
	.final = final,
	.verify_final = verify_final,
	.end = end,
};

/* Key sizes in bytes. No messages: they would all have one key, which gives it away. */
static const struct mech_row rows[] = {
	{.type = CKM_POLY1305_KEY_GEN, .flags = CKF_GENERATE, .min_key = POLY1305_KEY, .max_key = POLY1305_KEY, .gen = SECRET_KEY_GEN(CKK_POLY1305)},
	{
		.type = CKM_POLY1305,
		.flags = CKF_SIGN | CKF_VERIFY,
		.min_key = POLY1305_KEY,
		.max_key = POLY1305_KEY,
		.key_types = {CKK_POLY1305},
		.key_type_count = 1,
		.ops = &ops,
		.unsaveable = "libcrypto shows no interface to the inner state of Poly1305",
	},
};

static const struct mech_key_type key_types[] = {
	{.type = CKK_POLY1305, .secret = &kind},
};

extern const struct mech_family mech_family_poly1305;
const struct mech_family mech_family_poly1305 = {
	.name = "poly1305",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
