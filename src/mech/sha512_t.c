/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-512/t with t from the parameter, and HMAC with it (§6.27). CKM_SHA512_T_HMAC_GENERAL is not here: it has a length
 * in the place of t. The hash function itself is crypto/digest.c's. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "mech/generic_secret.h"
#include "mech/mech.h"

#define BLOCK 128

struct state {
	struct digest digest; /* of HMAC the inner one */
	unsigned bits;
};

static CK_RV set(struct mech_op *op, CK_ULONG bits)
{
	struct state *s;

	if (bits == 0 || bits >= 512 || bits == 384)
		return fail(CKR_MECHANISM_PARAM_INVALID, "SHA-512/%lu", (unsigned long)bits);
	s = mem_secret_alloc(sizeof(*s));
	if (s == NULL)
		return CKR_HOST_MEMORY;
	s->bits = (unsigned)bits;
	op->state = s;
	return CKR_OK;
}

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_MAC_GENERAL_PARAMS bits;

	if (m->pParameter == NULL || m->ulParameterLen != sizeof(bits))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_MAC_GENERAL_PARAMS is missing or has another size");
	memcpy(&bits, m->pParameter, sizeof(bits));
	return set(op, bits);
}

static CK_RV save_params(const struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	return buf_put_u32(ret, s->bits);
}

static CK_RV restore_params(struct mech_op *op, struct bytes in)
{
	uint32_t bits;

	if (!bytes_take_u32(&in, &bits) || in.len != 0 || set(op, bits) != CKR_OK)
		return fail(CKR_SAVED_STATE_INVALID, "malformed SHA-512/t parameter");
	return CKR_OK;
}

static struct state *started(struct mech_op *op)
{
	struct state *s = op->state;

	if (!s->digest.started)
		digest_start_sha512_t(s->bits, &s->digest);
	return s;
}

static size_t size_of(unsigned bits)
{
	return (bits + 7) / 8;
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	const struct state *s = op->state;

	(void)in_len;
	return step == MECH_UPDATE ? 0 : size_of(s->bits);
}

/* The first bits; what is left of the last byte is zero. */
static void finish(struct digest *d, unsigned bits, unsigned char *out)
{
	unsigned char hash[DIGEST_MAX_SIZE];
	size_t len = size_of(bits);

	digest_final(d, hash);
	memcpy(out, hash, len);
	if (bits % 8 != 0)
		out[len - 1] &= (unsigned char)(0xff00u >> (bits % 8));
	wipe(hash, sizeof(hash));
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	(void)out;
	*ret_len = 0;
	digest_update(&started(op)->digest, in);
	return CKR_OK;
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	struct state *s = started(op);

	*ret_len = size_of(s->bits);
	finish(&s->digest, s->bits, out);
	return CKR_OK;
}

static CK_RV save(struct mech_op *op, struct buf *ret)
{
	return digest_save(&started(op)->digest, ret);
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	return digest_restore(&started(op)->digest, state);
}

static void end(struct mech_op *op)
{
	struct state *s = op->state;

	if (s == NULL)
		return;
	digest_end(&s->digest);
	mem_secret_free(s, sizeof(*s));
	op->state = NULL;
}

#define PARAM_STEPS .params = params, .save_params = save_params, .restore_params = restore_params, .end = end

static const struct mech_ops digest_ops = {
	PARAM_STEPS,
	.room = room,
	.update = update,
	.final = final,
	.save = save,
	.restore = restore,
};

/* ---- HMAC ---------------------------------------------------------------------------------- */

static void start_padded(const struct mech_op *op, unsigned bits, unsigned char pad, struct digest *ret)
{
	struct bytes key = secret_bytes(&op->key->value);
	unsigned char block[BLOCK] = {0};

	if (key.len > BLOCK) {
		digest_start_sha512_t(bits, ret);
		digest_update(ret, key);
		finish(ret, bits, block);
	} else {
		memcpy(block, key.data, key.len);
	}
	for (size_t i = 0; i < BLOCK; i++)
		block[i] ^= pad;
	digest_start_sha512_t(bits, ret);
	digest_update(ret, bytes_of(block, BLOCK));
	wipe(block, sizeof(block));
}

static CK_RV hmac_start(struct mech_op *op)
{
	size_t len = op->key->value.len;

	if (len < op->row->min_key || len > op->row->max_key)
		return fail(CKR_KEY_SIZE_RANGE, "an HMAC key of %zu bytes", len);
	return CKR_OK;
}

static struct state *hmac_started(struct mech_op *op)
{
	struct state *s = op->state;

	if (!s->digest.started)
		start_padded(op, s->bits, 0x36, &s->digest);
	return s;
}

static CK_RV hmac_update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	(void)out;
	*ret_len = 0;
	digest_update(&hmac_started(op)->digest, in);
	return CKR_OK;
}

static CK_RV hmac_final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	unsigned char inner[DIGEST_MAX_SIZE];
	struct digest outer cleanup(digest_end) = {0};
	struct state *s = hmac_started(op);

	finish(&s->digest, s->bits, inner);
	start_padded(op, s->bits, 0x5c, &outer);
	digest_update(&outer, bytes_of(inner, size_of(s->bits)));
	finish(&outer, s->bits, out);
	wipe(inner, sizeof(inner));
	*ret_len = size_of(s->bits);
	return CKR_OK;
}

static CK_RV hmac_verify_final(struct mech_op *op, struct bytes signature)
{
	const struct state *s = op->state;
	unsigned char tag[DIGEST_MAX_SIZE];
	size_t len;

	if (signature.len != size_of(s->bits))
		return fail(CKR_SIGNATURE_LEN_RANGE, "an HMAC of %zu bytes, not %zu", signature.len, size_of(s->bits));
	try(hmac_final(op, tag, &len));
	bool right = secret_equal(bytes_of(tag, len), signature);
	wipe(tag, sizeof(tag));
	return right ? CKR_OK : fail(CKR_SIGNATURE_INVALID, "the HMAC does not match");
}

static CK_RV hmac_again(struct mech_op *op)
{
	struct state *s = op->state;

	digest_end(&s->digest);
	return CKR_OK;
}

static CK_RV hmac_save(struct mech_op *op, struct buf *ret)
{
	return digest_save(&hmac_started(op)->digest, ret);
}

static CK_RV hmac_restore(struct mech_op *op, struct bytes state)
{
	return digest_restore(&hmac_started(op)->digest, state);
}

static const struct mech_ops hmac_ops = {
	PARAM_STEPS,
	.start = hmac_start,
	.room = room,
	.update = hmac_update,
	.final = hmac_final,
	.verify_final = hmac_verify_final,
	.again = hmac_again,
	.save = hmac_save,
	.restore = hmac_restore,
};

/* ---- rows ---------------------------------------------------------------------------------- */

/* Key sizes in bytes. */
static const struct mech_row rows[] = {
	{.type = CKM_SHA512_T, .flags = CKF_DIGEST, .ops = &digest_ops},
	{
		.type = CKM_SHA512_T_HMAC,
		.flags = MECH_SIGNS_PARTS,
		.min_key = GENERIC_SECRET_MIN,
		.max_key = GENERIC_SECRET_MAX,
		.key_types = {CKK_SHA512_T_HMAC, CKK_GENERIC_SECRET},
		.key_type_count = 2,
		.ops = &hmac_ops,
	},
};

extern const struct mech_family mech_family_sha512_t;
const struct mech_family mech_family_sha512_t = {.name = "sha512_t", .rows = rows, .row_count = array_len(rows)};
