/* SPDX-License-Identifier: Apache-2.0 */
/* AEADs whose tag follows the ciphertext. Decryption in parts gives nothing before the tag is checked (rule 273): the
 * ciphertext is held until then, up to HELD_MAX bytes. The algorithms are crypto/sealing.c's. */
#include "mech/sealed.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "mech/park.h"

/* Decryption in parts holds at most this much ciphertext; a single C_Decrypt has no such limit. */
#define HELD_MAX ((size_t)64 * 1024 * 1024)
#define AAD_MAX ((uint64_t)UINT32_MAX)
/* Most nonces and associated data need no memory of their own. */
#define SMALL 64

struct state {
	struct mech_parked parked;
	bool started;
	uint64_t done;   /* bytes encrypted */
	struct buf held; /* ciphertext and tag that wait for the end */
	struct sealing_message message; /* points into the bytes below */
	unsigned char *nonce_aad;       /* small, or allocated */
	unsigned char small[SMALL];
	struct sealing sealing; /* GCM's stays keyed from operation to operation; the rest is this one's */
};

static void free_state(struct mech_parked *p)
{
	struct state *s = (struct state *)p;

	sealing_end(&s->sealing);
	free(s);
}

static CK_RV need_state(struct mech_op *op, size_t nonce_aad_len, struct state **ret)
{
	struct state *s = (struct state *)mech_park_take(op);

	if (s == NULL)
		s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for an operation");
	s->parked.free = free_state;
	s->nonce_aad = nonce_aad_len <= sizeof(s->small) ? s->small : malloc(nonce_aad_len);
	if (s->nonce_aad == NULL) {
		free_state(&s->parked);
		return fail(CKR_HOST_MEMORY, "no memory for a parameter");
	}
	*ret = op->state = s;
	return CKR_OK;
}

static const struct sealed *sealed_of(const struct mech_op *op)
{
	return op->row->data;
}

static CK_RV bad_length(const struct mech_op *op, const char *why)
{
	return fail(op->use == MECH_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE, "%s: %s",
	            mech_name(op->row->type), why);
}

static CK_RV set(struct mech_op *op, const struct sealing_message *p)
{
	struct state *s = NULL;

	try(need_state(op, p->nonce.len + p->aad.len, &s));
	memcpy(s->nonce_aad, p->nonce.data, p->nonce.len);
	if (p->aad.len > 0)
		memcpy(s->nonce_aad + p->nonce.len, p->aad.data, p->aad.len);
	s->message = (struct sealing_message){
		.nonce = bytes_of(s->nonce_aad, p->nonce.len),
		.aad = bytes_of(s->nonce_aad + p->nonce.len, p->aad.len),
		.tag_len = p->tag_len,
		.data_len = p->data_len,
	};
	return CKR_OK;
}

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	struct sealing_message p = {0};

	if (m->pParameter == NULL || m->ulParameterLen != sealed_of(op)->param_size)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s: the parameter is missing or has another size", mech_name(op->row->type));
	try(sealed_of(op)->read(m->pParameter, &p));
	if ((p.aad.data == NULL && p.aad.len != 0) || p.aad.len > AAD_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "associated data of %zu bytes", p.aad.len);
	return set(op, &p);
}

static CK_RV save_params(const struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	try(buf_put_u8(ret, (uint8_t)s->message.tag_len));
	try(buf_put_u64(ret, s->message.data_len));
	try(buf_put_blob(ret, s->message.nonce));
	return buf_put_blob(ret, s->message.aad);
}

static CK_RV restore_params(struct mech_op *op, struct bytes in)
{
	struct sealing_message p = {0};
	uint8_t tag_len;

	if (!bytes_take_u8(&in, &tag_len) || !bytes_take_u64(&in, &p.data_len) || !bytes_take_blob(&in, &p.nonce) ||
	    !bytes_take_blob(&in, &p.aad) || in.len != 0 || !sealed_of(op)->lengths_fit(p.nonce.len, tag_len))
		return fail(CKR_SAVED_STATE_INVALID, "malformed parameter");
	p.tag_len = tag_len;
	return set(op, &p);
}

static CK_RV start(struct mech_op *op)
{
	size_t len = op->key->value.len;

	if (!sealed_of(op)->key_fits(len))
		return fail(CKR_KEY_SIZE_RANGE, "%s: a key of %zu bytes", mech_name(op->row->type), len);
	return CKR_OK;
}

static CK_RV need_started(struct mech_op *op)
{
	struct state *s = op->state;

	if (!s->started)
		try(sealing_start(op->env->ossl, &s->sealing, sealed_of(op)->alg, op->use == MECH_ENCRYPT,
		                  secret_bytes(&op->key->value), &s->message));
	s->started = true;
	return CKR_OK;
}

static size_t without_tag(const struct state *s, size_t len)
{
	return len > s->message.tag_len ? len - s->message.tag_len : 0;
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	const struct state *s = op->state;

	if (op->use == MECH_DECRYPT)
		return step == MECH_UPDATE ? 0 : without_tag(s, step == MECH_WHOLE ? in_len : s->held.len);
	return (step == MECH_FINAL ? 0 : in_len) + (step == MECH_UPDATE ? 0 : s->message.tag_len);
}

/* ---- lengths ------------------------------------------------------------------------------- */

static uint64_t most(const struct mech_op *op)
{
	const struct state *s = op->state;

	return sealed_of(op)->has_data_len ? s->message.data_len : sealed_of(op)->most;
}

/* At the end the length that was announced must have been kept. */
static bool complete(const struct mech_op *op, uint64_t len)
{
	return !sealed_of(op)->has_data_len || len == most(op);
}

/* ---- encryption ---------------------------------------------------------------------------- */

static CK_RV encrypt_part(struct mech_op *op, struct bytes in, unsigned char *out)
{
	struct state *s = op->state;

	if (in.len > most(op) - s->done)
		return bad_length(op, "more data than the parameter says, or than one nonce is good for");
	try(need_started(op));
	try(sealing_run(&s->sealing, in, out));
	s->done += in.len;
	return CKR_OK;
}

static CK_RV encrypt_end(struct mech_op *op, unsigned char *out)
{
	struct state *s = op->state;

	if (!complete(op, s->done))
		return bad_length(op, "less data than the parameter says");
	try(need_started(op));
	return sealing_tag(&s->sealing, out, s->message.tag_len);
}

/* ---- decryption ---------------------------------------------------------------------------- */

static CK_RV decrypt_checked(struct mech_op *op, struct bytes in, struct bytes tag, unsigned char *out)
{
	struct state *s = op->state;

	try(need_started(op));
	try(sealing_run(&s->sealing, in, out));
	return sealing_check(&s->sealing, tag);
}

/* Nothing that is not authentic is left in out. */
static CK_RV decrypt_all(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;
	size_t len = without_tag(s, in.len);
	unsigned char tag[SEALING_TAG_MAX];
	CK_RV rv;

	if (in.len < s->message.tag_len || len > most(op) || !complete(op, len))
		return bad_length(op, "the ciphertext has another length than the parameter says");
	/* The output may be written over the input. */
	memcpy(tag, in.data + len, s->message.tag_len);
	rv = decrypt_checked(op, bytes_of(in.data, len), bytes_of(tag, s->message.tag_len), out);
	if (rv != CKR_OK) {
		if (len > 0)
			wipe(out, len);
		return rv;
	}
	*ret_len = len;
	return CKR_OK;
}

static CK_RV hold(struct mech_op *op, struct bytes in)
{
	struct state *s = op->state;

	if (in.len > HELD_MAX - s->held.len)
		return bad_length(op, "decryption in parts holds so much and no more: use C_Decrypt");
	return buf_append(&s->held, in);
}

/* ---- steps --------------------------------------------------------------------------------- */

static CK_RV whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;

	if (op->use == MECH_DECRYPT)
		return decrypt_all(op, in, out, ret_len);
	try(encrypt_part(op, in, out));
	try(encrypt_end(op, out + in.len));
	*ret_len = in.len + s->message.tag_len;
	return CKR_OK;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	if (op->use == MECH_DECRYPT)
		try(hold(op, in));
	else
		try(encrypt_part(op, in, out));
	*ret_len = op->use == MECH_DECRYPT ? 0 : in.len;
	return CKR_OK;
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;

	if (op->use == MECH_DECRYPT)
		return decrypt_all(op, buf_bytes(&s->held), out, ret_len);
	try(encrypt_end(op, out));
	*ret_len = s->message.tag_len;
	return CKR_OK;
}

/* Of decryption only: the ciphertext that waits. Resumed twice it uses no nonce for anything new. */
static CK_RV save(struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	return buf_append(ret, buf_bytes(&s->held));
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct state *s = op->state;

	if (op->use != MECH_DECRYPT || state.len > HELD_MAX || s->held.len != 0)
		return fail(CKR_SAVED_STATE_INVALID, "malformed state");
	return buf_append(&s->held, state);
}

static void end(struct mech_op *op)
{
	struct state *s = op->state;

	if (s == NULL)
		return;
	op->state = NULL;
	buf_free(&s->held);
	if (s->nonce_aad != s->small)
		free(s->nonce_aad);
	/* One by one: quicker than all that is between, and this is on every short operation's way. */
	s->started = false;
	s->done = 0;
	s->held = (struct buf){0};
	memset(s->small, 0, sizeof(s->small));
	if (sealing_rests(&s->sealing))
		mech_park_leave(op, &s->parked);
	else
		free_state(&s->parked);
}

const struct mech_ops sealed_ops = {
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

/* ---- messages ------------------------------------------------------------------------------ */

CK_RV sealed_message_start(struct mech_op *op)
{
	try(start(op));
	op->state = calloc(1, sizeof(struct state));
	return op->state != NULL ? CKR_OK : fail(CKR_HOST_MEMORY, "no memory for an operation");
}

CK_RV sealed_message_begin(struct mech_op *op, const struct mech_message *m, struct bytes associated)
{
	struct state *s = op->state;
	struct sealing_message message = {bytes_of(m->iv, m->iv_len), associated, m->tag_len, m->data_len};

	if (associated.len > AAD_MAX)
		return fail(CKR_ARGUMENTS_BAD, "associated data of %zu bytes", associated.len);
	/* The length field has what the nonce leaves of a block. */
	if (sealed_of(op)->has_data_len && m->iv_len > 7 && m->data_len >> (8 * (15 - m->iv_len)) != 0)
		return bad_length(op, "more data than the nonce leaves a length for");
	s->done = 0;
	/* Of a message that has begun nothing more is needed, but the length. */
	s->message = (struct sealing_message){.tag_len = m->tag_len, .data_len = m->data_len};
	return sealing_start(op->env->ossl, &s->sealing, sealed_of(op)->alg, op->use == MECH_ENCRYPT,
	                     secret_bytes(&op->key->value), &message);
}

CK_RV sealed_message_run(struct mech_op *op, struct bytes in, unsigned char *out)
{
	struct state *s = op->state;

	if (in.len > most(op) - s->done)
		return bad_length(op, "more data than the parameter says, or than one nonce is good for");
	try(sealing_run(&s->sealing, in, out));
	s->done += in.len;
	return CKR_OK;
}

CK_RV sealed_message_seal(struct mech_op *op, unsigned char *tag, size_t len)
{
	struct state *s = op->state;

	return sealing_tag(&s->sealing, tag, len);
}

CK_RV sealed_message_check(struct mech_op *op, struct bytes tag)
{
	struct state *s = op->state;
	CK_RV rv = sealing_check(&s->sealing, tag);

	return rv == CKR_ENCRYPTED_DATA_INVALID ? CKR_AEAD_DECRYPT_FAILED : rv;
}

void sealed_message_end(struct mech_op *op)
{
	struct state *s = op->state;

	if (s != NULL)
		free_state(&s->parked);
	op->state = NULL;
}
