/* SPDX-License-Identifier: Apache-2.0 */
/* The HMAC mechanisms, each with the tag of its hash function's length and as _GENERAL with a length from the
 * parameter. HMAC itself is crypto/mac.c's. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "crypto/mac.h"
#include "mech/generic_secret.h"
#include "mech/park.h"

struct state {
	struct mech_parked parked;
	struct hmac keyed; /* stays from operation to operation; the rest below is this one's */
	bool has_key;
	struct hmac hmac;
	bool started;
	size_t tag_len;
};

static void free_state(struct mech_parked *p)
{
	struct state *s = (struct state *)p;

	hmac_end(&s->keyed);
	mem_secret_free(s, sizeof(*s));
}

static enum digest_alg alg_of(const struct mech_op *op)
{
	return *(const enum digest_alg *)op->row->data;
}

static size_t tag_len(const struct mech_op *op)
{
	const struct state *s = op->state;

	return s != NULL ? s->tag_len : digest_size(alg_of(op));
}

static CK_RV need_state(struct mech_op *op, struct state **ret)
{
	struct state *s = op->state;

	if (s == NULL) {
		s = (struct state *)mech_park_take(op);
		if (s == NULL)
			s = mem_secret_alloc(sizeof(*s));
		if (s == NULL)
			return CKR_HOST_MEMORY;
		s->parked.free = free_state;
		s->tag_len = digest_size(alg_of(op));
		op->state = s;
	}
	*ret = s;
	return CKR_OK;
}

static CK_RV need_key(struct mech_op *op, struct state **ret)
{
	struct state *s;

	try(need_state(op, &s));
	if (!s->has_key)
		hmac_start(alg_of(op), secret_bytes(&op->key->value), &s->keyed);
	s->has_key = true;
	*ret = s;
	return CKR_OK;
}

static CK_RV need_started(struct mech_op *op, struct state **ret)
{
	struct state *s;

	try(need_key(op, &s));
	if (!s->started)
		s->hmac = s->keyed;
	s->started = true;
	*ret = s;
	return CKR_OK;
}

static CK_RV set_tag_len(struct mech_op *op, CK_ULONG len)
{
	struct state *s;

	if (len < 1 || len > digest_size(alg_of(op)))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a tag of %lu bytes, not 1 to %zu", (unsigned long)len,
		            digest_size(alg_of(op)));
	try(need_state(op, &s));
	s->tag_len = len;
	return CKR_OK;
}

static CK_RV general_params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_MAC_GENERAL_PARAMS len;

	if (m->pParameter == NULL || m->ulParameterLen != sizeof(len))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_MAC_GENERAL_PARAMS is missing or has another size");
	memcpy(&len, m->pParameter, sizeof(len));
	return set_tag_len(op, len);
}

static CK_RV general_save_params(const struct mech_op *op, struct buf *ret)
{
	return buf_put_u32(ret, (uint32_t)tag_len(op));
}

static CK_RV general_restore_params(struct mech_op *op, struct bytes params)
{
	uint32_t len;

	if (!bytes_take_u32(&params, &len) || params.len != 0 || set_tag_len(op, len) != CKR_OK)
		return fail(CKR_SAVED_STATE_INVALID, "malformed HMAC parameter");
	return CKR_OK;
}

static CK_RV start(struct mech_op *op)
{
	size_t len = op->key->value.len;

	if (len < op->row->min_key || len > op->row->max_key)
		return fail(CKR_KEY_SIZE_RANGE, "an HMAC key of %zu bytes", len);
	return CKR_OK;
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	(void)in_len;
	return step == MECH_UPDATE ? 0 : tag_len(op);
}

/* The whole tag, whatever part of it is asked for. */
static CK_RV tag_of(struct mech_op *op, struct bytes in, unsigned char tag[DIGEST_MAX_SIZE])
{
	struct state *s;

	try(need_key(op, &s));
	hmac_tag(&s->keyed, in, tag);
	return CKR_OK;
}

static CK_RV give(const struct mech_op *op, unsigned char tag[DIGEST_MAX_SIZE], unsigned char *out, size_t *ret_len)
{
	memcpy(out, tag, tag_len(op));
	wipe(tag, DIGEST_MAX_SIZE);
	*ret_len = tag_len(op);
	return CKR_OK;
}

static CK_RV compare(const struct mech_op *op, unsigned char tag[DIGEST_MAX_SIZE], struct bytes signature)
{
	bool right = secret_equal(bytes_of(tag, tag_len(op)), signature);

	wipe(tag, DIGEST_MAX_SIZE);
	return right ? CKR_OK : fail(CKR_SIGNATURE_INVALID, "the HMAC does not match");
}

static CK_RV check_len(const struct mech_op *op, struct bytes signature)
{
	if (signature.len != tag_len(op))
		return fail(CKR_SIGNATURE_LEN_RANGE, "an HMAC of %zu bytes, not %zu", signature.len, tag_len(op));
	return CKR_OK;
}

static CK_RV whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	unsigned char tag[DIGEST_MAX_SIZE];

	try(tag_of(op, in, tag));
	return give(op, tag, out, ret_len);
}

static CK_RV verify_whole(struct mech_op *op, struct bytes in, struct bytes signature)
{
	unsigned char tag[DIGEST_MAX_SIZE];

	try(check_len(op, signature));
	try(tag_of(op, in, tag));
	return compare(op, tag, signature);
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct state *s;

	(void)out;
	try(need_started(op, &s));
	hmac_update(&s->hmac, in);
	*ret_len = 0;
	return CKR_OK;
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	unsigned char tag[DIGEST_MAX_SIZE];
	struct state *s;

	try(need_started(op, &s));
	hmac_final(&s->hmac, tag);
	return give(op, tag, out, ret_len);
}

static CK_RV verify_final(struct mech_op *op, struct bytes signature)
{
	unsigned char tag[DIGEST_MAX_SIZE];
	struct state *s;

	try(check_len(op, signature));
	try(need_started(op, &s));
	hmac_final(&s->hmac, tag);
	return compare(op, tag, signature);
}

static CK_RV save(struct mech_op *op, struct buf *ret)
{
	struct state *s;

	try(need_started(op, &s));
	return hmac_save(&s->keyed, &s->hmac, ret);
}

static CK_RV restore(struct mech_op *op, struct bytes state)
{
	struct state *s;

	try(need_started(op, &s));
	return hmac_restore(&s->keyed, &s->hmac, state);
}

static CK_RV again(struct mech_op *op)
{
	struct state *s = op->state;

	if (s == NULL)
		return CKR_OK;
	hmac_end(&s->hmac);
	s->started = false;
	return CKR_OK;
}

static void end(struct mech_op *op)
{
	struct state *s = op->state;

	if (s == NULL)
		return;
	op->state = NULL;
	hmac_end(&s->hmac);
	s->started = false;
	if (s->has_key)
		mech_park_leave(op, &s->parked);
	else
		free_state(&s->parked);
}

#define STEPS \
	.start = start, .room = room, .whole = whole, .update = update, .final = final, .verify_whole = verify_whole, \
	.verify_final = verify_final, .save = save, .restore = restore, .again = again, .end = end
#define GENERAL_STEPS \
	.params = general_params, .save_params = general_save_params, .restore_params = general_restore_params

static const struct mech_ops plain_ops = {STEPS};
static const struct mech_ops general_ops = {STEPS, GENERAL_STEPS};

/* Key sizes in bytes. The standard names CKK_GENERIC_SECRET and the hash function's own key type, which MD2 has not. */
#define ROW(mechanism, key_type, algorithm, steps) \
	{.type = (mechanism), .flags = MECH_SIGNS_PARTS, .min_key = GENERIC_SECRET_MIN, .max_key = GENERIC_SECRET_MAX, \
	 .key_types = {CKK_GENERIC_SECRET, (key_type)}, .key_type_count = (key_type) == CKK_GENERIC_SECRET ? 1 : 2, \
	 .ops = &(steps), .data = &(const enum digest_alg){algorithm}}
#define ROWS(mechanism, key_type, algorithm) \
	ROW(mechanism, key_type, algorithm, plain_ops), ROW(mechanism##_GENERAL, key_type, algorithm, general_ops)

static const struct mech_row rows[] = {
	ROWS(CKM_SHA_1_HMAC, CKK_SHA_1_HMAC, DIGEST_SHA1),
	ROWS(CKM_SHA224_HMAC, CKK_SHA224_HMAC, DIGEST_SHA224),
	ROWS(CKM_SHA256_HMAC, CKK_SHA256_HMAC, DIGEST_SHA256),
	ROWS(CKM_SHA384_HMAC, CKK_SHA384_HMAC, DIGEST_SHA384),
	ROWS(CKM_SHA512_HMAC, CKK_SHA512_HMAC, DIGEST_SHA512),
	ROWS(CKM_SHA512_224_HMAC, CKK_SHA512_224_HMAC, DIGEST_SHA512_224),
	ROWS(CKM_SHA512_256_HMAC, CKK_SHA512_256_HMAC, DIGEST_SHA512_256),
	ROWS(CKM_SHA3_224_HMAC, CKK_SHA3_224_HMAC, DIGEST_SHA3_224),
	ROWS(CKM_SHA3_256_HMAC, CKK_SHA3_256_HMAC, DIGEST_SHA3_256),
	ROWS(CKM_SHA3_384_HMAC, CKK_SHA3_384_HMAC, DIGEST_SHA3_384),
	ROWS(CKM_SHA3_512_HMAC, CKK_SHA3_512_HMAC, DIGEST_SHA3_512),
	ROWS(CKM_BLAKE2B_160_HMAC, CKK_BLAKE2B_160_HMAC, DIGEST_BLAKE2B_160),
	ROWS(CKM_BLAKE2B_256_HMAC, CKK_BLAKE2B_256_HMAC, DIGEST_BLAKE2B_256),
	ROWS(CKM_BLAKE2B_384_HMAC, CKK_BLAKE2B_384_HMAC, DIGEST_BLAKE2B_384),
	ROWS(CKM_BLAKE2B_512_HMAC, CKK_BLAKE2B_512_HMAC, DIGEST_BLAKE2B_512),
	ROWS(CKM_RIPEMD160_HMAC, CKK_RIPEMD160_HMAC, DIGEST_RIPEMD160),
	ROWS(CKM_MD5_HMAC, CKK_MD5_HMAC, DIGEST_MD5),
	ROWS(CKM_MD2_HMAC, CKK_GENERIC_SECRET, DIGEST_MD2),
};

extern const struct mech_family mech_family_hmac;
const struct mech_family mech_family_hmac = {.name = "hmac", .rows = rows, .row_count = array_len(rows)};
