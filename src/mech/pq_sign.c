/* SPDX-License-Identifier: Apache-2.0 */
/* The encoded message M' (FIPS 204 algorithms 2 and 4, FIPS 205 algorithms 22 and 23): a byte for the form, the context
 * with its length, then the message, or the hash's object identifier and the digest. ML-DSA takes it through SHAKE256
 * as it comes; SLH-DSA reads it twice, so it is kept. */
#include "mech/pq_sign.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/pkey_pq.h"
#include "mech/asym.h"

#define CONTEXT_MAX 255
#define HEAD_SIZE 2 /* of M', without the context */
/* In parts SLH-DSA holds at most this much; a message in one call has no such limit. */
#define HELD_MAX ((size_t)64 * 1024 * 1024)

struct state {
	bool deterministic;
	size_t context_len;
	unsigned char context[CONTEXT_MAX];
	const struct pq_hash *hash; /* NULL: pure */
	bool started;
	struct digest digest;
	struct xof hash_xof;
	struct xof mu;              /* ML-DSA */
	struct buf message;         /* SLH-DSA: M' */
};

#define SHA(number, alg, bytes, arc_) {.mechanism = (number), .digest = (alg), .size = (bytes), .arc = (arc_)}

const struct pq_hash pq_sign_hashes[PQ_HASHES] = {
	[PQ_SHA224] = SHA(CKM_SHA224, DIGEST_SHA224, 28, 4),
	[PQ_SHA256] = SHA(CKM_SHA256, DIGEST_SHA256, 32, 1),
	[PQ_SHA384] = SHA(CKM_SHA384, DIGEST_SHA384, 48, 2),
	[PQ_SHA512] = SHA(CKM_SHA512, DIGEST_SHA512, 64, 3),
	[PQ_SHA512_224] = SHA(CKM_SHA512_224, DIGEST_SHA512_224, 28, 5),
	[PQ_SHA512_256] = SHA(CKM_SHA512_256, DIGEST_SHA512_256, 32, 6),
	[PQ_SHA3_224] = SHA(CKM_SHA3_224, DIGEST_SHA3_224, 28, 7),
	[PQ_SHA3_256] = SHA(CKM_SHA3_256, DIGEST_SHA3_256, 32, 8),
	[PQ_SHA3_384] = SHA(CKM_SHA3_384, DIGEST_SHA3_384, 48, 9),
	[PQ_SHA3_512] = SHA(CKM_SHA3_512, DIGEST_SHA3_512, 64, 10),
	[PQ_SHAKE128] = {.mechanism = CK_UNAVAILABLE_INFORMATION, .is_xof = true, .xof = XOF_SHAKE128, .size = 32, .arc = 11},
	[PQ_SHAKE256] = {.mechanism = CK_UNAVAILABLE_INFORMATION, .is_xof = true, .xof = XOF_SHAKE256, .size = 64, .arc = 12},
};

/* ---- parameters ---------------------------------------------------------------------------- */

static CK_RV need_state(struct mech_op *op, struct state **ret)
{
	if (op->state == NULL)
		op->state = calloc(1, sizeof(struct state));
	if (op->state == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for an operation");
	*ret = op->state;
	return CKR_OK;
}

static CK_RV set_params(struct mech_op *op, CK_HEDGE_TYPE hedge, const void *context, CK_ULONG len)
{
	struct state *s = NULL;

	if (hedge > CKH_DETERMINISTIC_REQUIRED)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a hedge variant %lu", hedge);
	if (len > CONTEXT_MAX || (context == NULL && len > 0))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a context of %lu bytes", len);
	try(need_state(op, &s));
	s->deterministic = hedge == CKH_DETERMINISTIC_REQUIRED;
	s->context_len = len;
	if (len > 0)
		memcpy(s->context, context, len);
	return CKR_OK;
}

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_SIGN_ADDITIONAL_CONTEXT p = {.hedgeVariant = CKH_HEDGE_PREFERRED};

	if (m->ulParameterLen != 0) {
		if (m->pParameter == NULL || m->ulParameterLen != sizeof(p))
			return fail(CKR_MECHANISM_PARAM_INVALID, "CK_SIGN_ADDITIONAL_CONTEXT of %lu bytes", m->ulParameterLen);
		memcpy(&p, m->pParameter, sizeof(p));
	}
	return set_params(op, p.hedgeVariant, p.pContext, p.ulContextLen);
}

static CK_RV params_digest(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_HASH_SIGN_ADDITIONAL_CONTEXT p;
	struct state *s = NULL;

	if (m->pParameter == NULL || m->ulParameterLen != sizeof(p))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_HASH_SIGN_ADDITIONAL_CONTEXT of %lu bytes", m->ulParameterLen);
	memcpy(&p, m->pParameter, sizeof(p));
	try(set_params(op, p.hedgeVariant, p.pContext, p.ulContextLen));
	try(need_state(op, &s));
	for (size_t i = 0; i < PQ_HASHES; i++) {
		if (pq_sign_hashes[i].mechanism == p.hash && !pq_sign_hashes[i].is_xof)
			s->hash = &pq_sign_hashes[i];
	}
	return s->hash != NULL ? CKR_OK : fail(CKR_MECHANISM_PARAM_INVALID, "%s as the hash of a signature", mech_name(p.hash));
}

static CK_RV save_params(const struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	try(buf_put_u8(ret, s->deterministic));
	return buf_put_blob(ret, bytes_of(s->context, s->context_len));
}

static CK_RV restore_params(struct mech_op *op, struct bytes in)
{
	uint8_t deterministic = 0;
	struct bytes context = {0};

	if (!bytes_take_u8(&in, &deterministic) || !bytes_take_blob(&in, &context) || in.len != 0 || context.len > CONTEXT_MAX)
		return fail(CKR_SAVED_STATE_INVALID, "saved parameters of a signature");
	return set_params(op, deterministic != 0 ? CKH_DETERMINISTIC_REQUIRED : CKH_HEDGE_PREFERRED, context.data, context.len);
}

/* ---- the encoded message ------------------------------------------------------------------- */

static bool is_ml_dsa(const struct mech_op *op)
{
	return pkey_pq_set(op->key->pkey)->family == PKEY_ML_DSA;
}

static CK_RV absorb(struct mech_op *op, struct bytes in)
{
	struct state *s = op->state;

	if (!is_ml_dsa(op))
		return buf_append(&s->message, in);
	xof_update(&s->mu, in);
	return CKR_OK;
}

/* tr: what ties mu to the public key (FIPS 204 algorithm 6, line 9). */
static void absorb_key(struct mech_op *op)
{
	struct state *s = op->state;
	unsigned char tr[64];
	struct xof x;

	xof_start(XOF_SHAKE256, &x);
	xof_update(&x, pkey_pq_public_value(op->key->pkey));
	xof_final(&x, tr, sizeof(tr));
	xof_start(XOF_SHAKE256, &s->mu);
	xof_update(&s->mu, bytes_of(tr, sizeof(tr)));
}

static CK_RV absorb_head(struct mech_op *op)
{
	const struct state *s = op->state;
	const unsigned char head[HEAD_SIZE] = {s->hash != NULL ? 1 : 0, (unsigned char)s->context_len};

	if (is_ml_dsa(op))
		absorb_key(op);
	try(absorb(op, bytes_of(head, sizeof(head))));
	return absorb(op, bytes_of(s->context, s->context_len));
}

static CK_RV absorb_digest(struct mech_op *op, struct bytes digest)
{
	const struct state *s = op->state;
	const unsigned char oid[] = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, s->hash->arc};

	try(absorb_head(op));
	try(absorb(op, bytes_of(oid, sizeof(oid))));
	return absorb(op, digest);
}

/* ---- steps --------------------------------------------------------------------------------- */

static CK_RV start(struct mech_op *op)
{
	struct state *s = NULL;

	try(need_state(op, &s));
	if (op->row->data != NULL)
		s->hash = op->row->data;
	return CKR_OK;
}

/* The message itself goes into M', or into a hash first. */
static CK_RV need_started(struct mech_op *op)
{
	struct state *s = op->state;

	if (s->started)
		return CKR_OK;
	if (s->hash == NULL)
		try(absorb_head(op));
	else if (s->hash->is_xof)
		xof_start(s->hash->xof, &s->hash_xof);
	else
		digest_start(s->hash->digest, &s->digest);
	s->started = true;
	return CKR_OK;
}

static CK_RV feed(struct mech_op *op, struct bytes in)
{
	struct state *s = op->state;

	try(need_started(op));
	if (s->hash == NULL)
		return absorb(op, in);
	if (s->hash->is_xof)
		xof_update(&s->hash_xof, in);
	else
		digest_update(&s->digest, in);
	return CKR_OK;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;

	(void)out;
	if (s->message.len > HELD_MAX || in.len > HELD_MAX - s->message.len)
		return fail(CKR_DATA_LEN_RANGE, "a signature in parts over more than %zu bytes", HELD_MAX);
	*ret_len = 0;
	return feed(op, in);
}

/* What the primitive signs: mu, which has its place in the caller, or M'. */
static void give_input(struct mech_op *op, unsigned char mu[PKEY_ML_DSA_MU_SIZE], struct bytes *ret)
{
	struct state *s = op->state;

	if (is_ml_dsa(op)) {
		xof_final(&s->mu, mu, PKEY_ML_DSA_MU_SIZE);
		*ret = bytes_of(mu, PKEY_ML_DSA_MU_SIZE);
	} else {
		*ret = buf_bytes(&s->message);
	}
}

static CK_RV finish(struct mech_op *op, unsigned char mu[PKEY_ML_DSA_MU_SIZE], struct bytes *ret)
{
	struct state *s = op->state;
	unsigned char digest[DIGEST_MAX_SIZE];

	try(need_started(op));
	if (s->hash != NULL) {
		if (s->hash->is_xof)
			xof_final(&s->hash_xof, digest, s->hash->size);
		else
			digest_final(&s->digest, digest);
		try(absorb_digest(op, bytes_of(digest, s->hash->size)));
	}
	give_input(op, mu, ret);
	return CKR_OK;
}

static CK_RV sign_input(struct mech_op *op, struct bytes input, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;

	try(pkey_pq_sign(op->key->pkey, s->deterministic, input, out));
	*ret_len = pkey_signature_size(op->key->pkey);
	return CKR_OK;
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	unsigned char mu[PKEY_ML_DSA_MU_SIZE];
	struct bytes input = {0};

	try(finish(op, mu, &input));
	return sign_input(op, input, out, ret_len);
}

static CK_RV verify_final(struct mech_op *op, struct bytes signature)
{
	unsigned char mu[PKEY_ML_DSA_MU_SIZE];
	struct bytes input = {0};

	try(finish(op, mu, &input));
	return pkey_pq_verify(op->key->pkey, input, signature);
}

static CK_RV whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(feed(op, in));
	return final(op, out, ret_len);
}

static CK_RV verify_whole(struct mech_op *op, struct bytes in, struct bytes signature)
{
	try(feed(op, in));
	return verify_final(op, signature);
}

static void reset(struct state *s)
{
	digest_end(&s->digest);
	xof_end(&s->hash_xof);
	xof_end(&s->mu);
	buf_wipe_free(&s->message);
	s->started = false;
}

static CK_RV again(struct mech_op *op)
{
	reset(op->state);
	return CKR_OK;
}

static void end(struct mech_op *op)
{
	if (op->state == NULL)
		return;
	reset(op->state);
	free(op->state);
	op->state = NULL;
}

/* ---- over the application's digest --------------------------------------------------------- */

static CK_RV take_digest(struct mech_op *op, struct bytes in, unsigned char mu[PKEY_ML_DSA_MU_SIZE], struct bytes *ret)
{
	struct state *s = op->state;

	if (in.len != s->hash->size)
		return fail(CKR_DATA_LEN_RANGE, "a digest of %zu bytes, not %u", in.len, s->hash->size);
	reset(s);
	try(absorb_digest(op, in));
	give_input(op, mu, ret);
	return CKR_OK;
}

static CK_RV digest_whole_sign(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	unsigned char mu[PKEY_ML_DSA_MU_SIZE];
	struct bytes input = {0};

	try(take_digest(op, in, mu, &input));
	return sign_input(op, input, out, ret_len);
}

static CK_RV digest_whole_verify(struct mech_op *op, struct bytes in, struct bytes signature)
{
	unsigned char mu[PKEY_ML_DSA_MU_SIZE];
	struct bytes input = {0};

	try(take_digest(op, in, mu, &input));
	return pkey_pq_verify(op->key->pkey, input, signature);
}

/* ---- saving -------------------------------------------------------------------------------- */

/* The hash's state, or mu's, or what SLH-DSA holds of the message. The key's part of mu is public. */
static CK_RV save(struct mech_op *op, struct buf *ret)
{
	struct state *s = op->state;

	try(need_started(op));
	if (s->hash != NULL)
		return s->hash->is_xof ? xof_save(&s->hash_xof, ret) : digest_save(&s->digest, ret);
	if (is_ml_dsa(op))
		return xof_save(&s->mu, ret);
	size_t head = HEAD_SIZE + s->context_len;
	return buf_append(ret, bytes_of(s->message.data + head, s->message.len - head));
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct state *s = op->state;

	try(need_started(op));
	if (s->hash != NULL)
		return s->hash->is_xof ? xof_restore(&s->hash_xof, state) : digest_restore(&s->digest, state);
	if (is_ml_dsa(op))
		return xof_restore(&s->mu, state);
	if (state.len > HELD_MAX)
		return fail(CKR_SAVED_STATE_INVALID, "a message of %zu bytes", state.len);
	return buf_append(&s->message, state);
}

#define STEPS                                                                                                    \
	.params = params, .start = start, .room = asym_signature_room, .whole = whole, .update = update,         \
	.final = final, .verify_whole = verify_whole, .verify_final = verify_final, .again = again, .end = end,  \
	.save = save, .restore = restore, .save_params = save_params, .restore_params = restore_params

const struct mech_ops pq_sign_pure_ops = {STEPS, .verify_parts_need_signature = true};
const struct mech_ops pq_sign_hashed_ops = {STEPS};
const struct mech_ops pq_sign_digest_ops = {
	.params = params_digest,
	.start = start,
	.room = asym_signature_room,
	.whole = digest_whole_sign,
	.verify_whole = digest_whole_verify,
	.again = again,
	.end = end,
};
