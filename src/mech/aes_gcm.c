/* SPDX-License-Identifier: Apache-2.0 */
/* AES-GCM (CK_GCM_PARAMS). The tag follows the ciphertext. Decryption in parts gives nothing before the tag is
 * checked (rule 273): the ciphertext is held until then, up to HELD_MAX bytes.
 * GCM itself is crypto/cipher_gcm.c's. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/cipher_gcm.h"
#include "mech/aes_gcm_message.h"
#include "mech/aes_gcm_wrap.h"
#include "mech/park.h"

/* Decryption in parts holds at most this much ciphertext; a single C_Decrypt has no such limit. */
#define HELD_MAX ((size_t)64 * 1024 * 1024)
/* NIST SP 800-38D §5.2.1.1: 2^39 - 256 bits. */
#define PLAIN_MAX AES_GCM_PLAIN_MAX
#define LEN_MAX AES_GCM_LEN_MAX

/* Most nonces and associated data need no memory of their own. */
#define SMALL 64

struct state {
	struct mech_parked parked;
	struct gcm gcm; /* stays keyed from operation to operation; the rest below is this one's */
	bool started;
	size_t tag_len;
	uint64_t done;   /* bytes encrypted */
	struct buf held; /* ciphertext and tag that wait for the end */
	size_t iv_len;
	size_t aad_len;
	unsigned char *iv_aad; /* small, or allocated */
	unsigned char small[SMALL];
};

static void free_state(struct mech_parked *p)
{
	struct state *s = (struct state *)p;

	gcm_end(&s->gcm);
	free(s);
}

static CK_RV need_state(struct mech_op *op, size_t iv_aad_len, struct state **ret)
{
	struct state *s = (struct state *)mech_park_take(op);

	if (s == NULL)
		s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for an operation");
	s->parked.free = free_state;
	s->iv_aad = iv_aad_len <= sizeof(s->small) ? s->small : malloc(iv_aad_len);
	if (s->iv_aad == NULL) {
		free_state(&s->parked);
		return fail(CKR_HOST_MEMORY, "no memory for a parameter");
	}
	*ret = op->state = s;
	return CKR_OK;
}

/* Bits. NIST SP 800-38D §5.2.1.2: the two short ones are for the uses that it names. */
bool aes_gcm_tag_bits_fit(CK_ULONG bits)
{
	return bits == 32 || bits == 64 || (bits >= 96 && bits <= 128 && bits % 8 == 0);
}

static CK_RV check_params(const CK_GCM_PARAMS *p)
{
	if (p->pIv == NULL || p->ulIvLen == 0 || p->ulIvLen > LEN_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a GCM IV of %lu bytes", (unsigned long)p->ulIvLen);
	/* A leftover of v2.30 that many leave zero. */
	if (p->ulIvBits != 0 && p->ulIvBits != p->ulIvLen * 8)
		return fail(CKR_MECHANISM_PARAM_INVALID, "ulIvBits is %lu beside an IV of %lu bytes", (unsigned long)p->ulIvBits,
		            (unsigned long)p->ulIvLen);
	if ((p->pAAD == NULL && p->ulAADLen != 0) || p->ulAADLen > LEN_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "GCM associated data of %lu bytes", (unsigned long)p->ulAADLen);
	if (!aes_gcm_tag_bits_fit(p->ulTagBits))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a GCM tag of %lu bits", (unsigned long)p->ulTagBits);
	return CKR_OK;
}

static CK_RV set(struct mech_op *op, struct bytes iv, struct bytes aad, size_t tag_len)
{
	struct state *s = NULL;

	try(need_state(op, iv.len + aad.len, &s));
	s->tag_len = tag_len;
	s->iv_len = iv.len;
	s->aad_len = aad.len;
	memcpy(s->iv_aad, iv.data, iv.len);
	if (aad.len > 0)
		memcpy(s->iv_aad + iv.len, aad.data, aad.len);
	return CKR_OK;
}

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_GCM_PARAMS p;

	if (m->pParameter == NULL || m->ulParameterLen != sizeof(p))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_GCM_PARAMS is missing or has another size");
	memcpy(&p, m->pParameter, sizeof(p));
	try(check_params(&p));
	return set(op, bytes_of(p.pIv, p.ulIvLen), bytes_of(p.pAAD, p.ulAADLen), p.ulTagBits / 8);
}

static CK_RV save_params(const struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	try(buf_put_u8(ret, (uint8_t)s->tag_len));
	try(buf_put_blob(ret, bytes_of(s->iv_aad, s->iv_len)));
	return buf_put_blob(ret, bytes_of(s->iv_aad + s->iv_len, s->aad_len));
}

static CK_RV restore_params(struct mech_op *op, struct bytes in)
{
	struct bytes iv, aad;
	uint8_t tag_len;

	if (!bytes_take_u8(&in, &tag_len) || !bytes_take_blob(&in, &iv) || !bytes_take_blob(&in, &aad) || in.len != 0 || iv.len == 0 ||
	    !aes_gcm_tag_bits_fit(8ul * tag_len))
		return fail(CKR_SAVED_STATE_INVALID, "malformed GCM parameter");
	return set(op, iv, aad, tag_len);
}

static CK_RV start(struct mech_op *op)
{
	size_t len = op->key->value.len;

	if (len != 16 && len != 24 && len != 32)
		return fail(CKR_KEY_SIZE_RANGE, "an AES key of %zu bytes", len);
	return CKR_OK;
}

static CK_RV need_started(struct mech_op *op)
{
	struct state *s = op->state;
	struct bytes key = secret_bytes(&op->key->value), iv = bytes_of(s->iv_aad, s->iv_len), aad = bytes_of(s->iv_aad + s->iv_len, s->aad_len);

	if (s->started)
		return CKR_OK;
	if (s->gcm.keyed)
		try(gcm_restart(op->env->ossl, &s->gcm, key, iv, aad));
	else
		try(gcm_start(op->env->ossl, &s->gcm, op->use == MECH_ENCRYPT, key, iv, aad));
	s->started = true;
	return CKR_OK;
}

static size_t without_tag(const struct state *s, size_t len)
{
	return len > s->tag_len ? len - s->tag_len : 0;
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	const struct state *s = op->state;

	if (op->use == MECH_DECRYPT)
		return step == MECH_UPDATE ? 0 : without_tag(s, step == MECH_WHOLE ? in_len : s->held.len);
	return (step == MECH_FINAL ? 0 : in_len) + (step == MECH_UPDATE ? 0 : s->tag_len);
}

static CK_RV encrypt_part(struct mech_op *op, struct bytes in, unsigned char *out)
{
	struct state *s = op->state;

	if (in.len > PLAIN_MAX - s->done)
		return fail(CKR_DATA_LEN_RANGE, "more than GCM can encrypt with one IV");
	try(need_started(op));
	try(gcm_run(&s->gcm, in, out));
	s->done += in.len;
	return CKR_OK;
}

static CK_RV encrypt_end(struct mech_op *op, unsigned char *out)
{
	struct state *s = op->state;

	try(need_started(op));
	return gcm_tag(&s->gcm, out, s->tag_len);
}

static CK_RV decrypt_checked(struct mech_op *op, struct bytes in, unsigned char *out)
{
	struct state *s = op->state;

	try(need_started(op));
	try(gcm_run(&s->gcm, bytes_of(in.data, in.len - s->tag_len), out));
	return gcm_check(&s->gcm, bytes_of(in.data + in.len - s->tag_len, s->tag_len));
}

/* Nothing that is not authentic is left in out. */
static CK_RV decrypt_all(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;
	CK_RV rv;

	if (in.len < s->tag_len || in.len - s->tag_len > PLAIN_MAX)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "GCM ciphertext of %zu bytes", in.len);
	rv = decrypt_checked(op, in, out);
	if (rv != CKR_OK) {
		wipe(out, in.len - s->tag_len);
		return rv;
	}
	*ret_len = in.len - s->tag_len;
	return CKR_OK;
}

static CK_RV whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct state *s = op->state;

	if (op->use == MECH_DECRYPT)
		return decrypt_all(op, in, out, ret_len);
	try(encrypt_part(op, in, out));
	try(encrypt_end(op, out + in.len));
	*ret_len = in.len + s->tag_len;
	return CKR_OK;
}

static CK_RV hold(struct mech_op *op, struct bytes in)
{
	struct state *s = op->state;

	if (in.len > HELD_MAX - s->held.len)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "GCM decryption in parts holds %zu bytes at most: use C_Decrypt", HELD_MAX);
	return buf_append(&s->held, in);
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
	*ret_len = s->tag_len;
	return CKR_OK;
}

/* Of decryption only: the ciphertext that waits. Resumed twice it uses no IV for anything new. */
static CK_RV save(struct mech_op *op, struct buf *ret)
{
	const struct state *s = op->state;

	return buf_append(ret, buf_bytes(&s->held));
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct state *s = op->state;

	if (op->use != MECH_DECRYPT || state.len > HELD_MAX || s->held.len != 0)
		return fail(CKR_SAVED_STATE_INVALID, "malformed GCM state");
	return buf_append(&s->held, state);
}

static void end(struct mech_op *op)
{
	struct state *s = op->state;

	if (s == NULL)
		return;
	op->state = NULL;
	buf_free(&s->held);
	if (s->iv_aad != s->small)
		free(s->iv_aad);
	memset(&s->started, 0, sizeof(*s) - offsetof(struct state, started));
	if (s->gcm.keyed)
		mech_park_leave(op, &s->parked);
	else
		free_state(&s->parked);
}

static const struct mech_ops gcm_ops = {
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
	{
		.type = CKM_AES_GCM,
		.flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP | CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE,
		.min_key = 16,
		.max_key = 32,
		.key_types = {CKK_AES},
		.key_type_count = 1,
		.ops = &gcm_ops,
		.wrap = &aes_gcm_wrap,
		.message = &aes_gcm_message_ops,
		.unsaveable = "a state that is resumed twice would use one IV for two messages, which breaks GCM",
	},
};

extern const struct mech_family mech_family_aes_gcm;
const struct mech_family mech_family_aes_gcm = {.name = "aes_gcm", .rows = rows, .row_count = array_len(rows)};
