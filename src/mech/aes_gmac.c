/* SPDX-License-Identifier: Apache-2.0 */
/* AES-GMAC: GCM of nothing but associated data, which is what is signed. The parameter's own pAAD is not used (§6.13.5).
 * A bare IV of 12 bytes, version 2.40's parameter, is taken as well and means a tag of 128 bits. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/cipher_gcm.h"
#include "mech/aes_gcm.h"
#include "mech/mech.h"

#define OLD_IV 12

struct state {
	struct gcm gcm;
	bool started;
	size_t tag_len;
	size_t iv_len;
	unsigned char iv[];
};

static CK_RV read_params(const CK_MECHANISM *m, CK_GCM_PARAMS *ret)
{
	if (m->pParameter != NULL && m->ulParameterLen == OLD_IV) {
		*ret = (CK_GCM_PARAMS){.pIv = m->pParameter, .ulIvLen = OLD_IV, .ulTagBits = 8 * GCM_TAG_MAX};
		return CKR_OK;
	}
	if (m->pParameter == NULL || m->ulParameterLen != sizeof(*ret))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_GCM_PARAMS is missing or has another size");
	memcpy(ret, m->pParameter, sizeof(*ret));
	if (ret->pIv == NULL || ret->ulIvLen == 0 || ret->ulIvLen > AES_GCM_IV_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a GMAC IV of %lu bytes", (unsigned long)ret->ulIvLen);
	if (!aes_gcm_tag_bits_fit(ret->ulTagBits))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a GMAC tag of %lu bits", (unsigned long)ret->ulTagBits);
	return CKR_OK;
}

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_GCM_PARAMS p;
	struct state *s;

	try(read_params(m, &p));
	s = calloc(1, sizeof(*s) + p.ulIvLen);
	if (s == NULL)
		return fail(CKR_HOST_MEMORY, "GMAC parameter");
	s->tag_len = p.ulTagBits / 8;
	s->iv_len = p.ulIvLen;
	memcpy(s->iv, p.pIv, p.ulIvLen);
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

static CK_RV need_started(struct mech_op *op)
{
	struct state *s = op->state;

	if (!s->started)
		try(gcm_start(op->env->ossl, &s->gcm, true, secret_bytes(&op->key->value), bytes_of(s->iv, s->iv_len),
		              bytes_of(NULL, 0)));
	s->started = true;
	return CKR_OK;
}

static size_t room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	const struct state *s = op->state;

	(void)in_len;
	return step == MECH_UPDATE ? 0 : s->tag_len;
}

static CK_RV update(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	struct state *s = op->state;

	(void)out;
	try(need_started(op));
	try(gcm_add_aad(&s->gcm, in));
	*ret_len = 0;
	return CKR_OK;
}

static CK_RV final(struct mech_op *op, unsigned char *out, size_t *ret_len)
{
	struct state *s = op->state;

	try(need_started(op));
	try(gcm_tag(&s->gcm, out, s->tag_len));
	*ret_len = s->tag_len;
	return CKR_OK;
}

static CK_RV verify_final(struct mech_op *op, struct bytes signature)
{
	const struct state *s = op->state;
	unsigned char tag[GCM_TAG_MAX];
	size_t len;
	bool right;

	if (signature.len != s->tag_len)
		return fail(CKR_SIGNATURE_LEN_RANGE, "a GMAC of %zu bytes, not %zu", signature.len, s->tag_len);
	try(final(op, tag, &len));
	right = secret_equal(bytes_of(tag, len), signature);
	wipe(tag, sizeof(tag));
	return right ? CKR_OK : fail(CKR_SIGNATURE_INVALID, "the GMAC does not match");
}

static void end(struct mech_op *op)
{
	struct state *s = op->state;

	if (s == NULL)
		return;
	gcm_end(&s->gcm);
	free(s);
	op->state = NULL;
}

static const struct mech_ops gmac_ops = {
	.params = params,
	.start = start,
	.room = room,
	.update = update,
	.final = final,
	.verify_final = verify_final,
	.end = end,
};

/* Key sizes in bytes. No messages: they would all have one IV, which gives the key of the hash away. */
static const struct mech_row rows[] = {
	{
		.type = CKM_AES_GMAC,
		.flags = CKF_SIGN | CKF_VERIFY,
		.min_key = 16,
		.max_key = 32,
		.key_types = {CKK_AES},
		.key_type_count = 1,
		.ops = &gmac_ops,
		.unsaveable = "a state that is resumed twice would use one IV for two messages, which breaks GMAC",
	},
};

extern const struct mech_family mech_family_aes_gmac;
const struct mech_family mech_family_aes_gmac = {.name = "aes_gmac", .rows = rows, .row_count = array_len(rows)};
