/* SPDX-License-Identifier: Apache-2.0 */
/* The family of Edwards curves: EdDSA in the five variants of RFC 8032 and its keys. Single-part only: pure EdDSA
 * reads the message twice. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/pkey.h"
#include "mech/asym.h"
#include "mech/ec_key.h"
#include "mech/pkcs8.h"

#define MIN_BITS 255
#define MAX_BITS 448
#define CONTEXT_MAX 255

#define EDWARDS_FLAGS (CKF_EC_F_P | CKF_EC_OID | CKF_EC_CURVENAME | CKF_EC_COMPRESS)

/* The parameter; there is a state only when one was given. */
struct eddsa_state {
	struct pkey_eddsa how;
	unsigned char context[CONTEXT_MAX];
};

static CK_RV params(struct mech_op *op, const CK_MECHANISM *m)
{
	CK_EDDSA_PARAMS p;

	if (m->ulParameterLen == 0)
		return CKR_OK;
	if (m->pParameter == NULL || m->ulParameterLen != sizeof(p))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_EDDSA_PARAMS of %lu bytes", m->ulParameterLen);
	memcpy(&p, m->pParameter, sizeof(p));
	if (p.phFlag > 1 || p.ulContextDataLen > CONTEXT_MAX || (p.pContextData == NULL && p.ulContextDataLen > 0))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_EDDSA_PARAMS with a flag of %u and a context of %lu bytes", p.phFlag,
		            p.ulContextDataLen);
	struct eddsa_state *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for an operation");
	if (p.ulContextDataLen > 0)
		memcpy(s->context, p.pContextData, p.ulContextDataLen);
	s->how = (struct pkey_eddsa){.prehash = p.phFlag != 0, .context = bytes_of(s->context, p.ulContextDataLen)};
	op->state = s;
	return CKR_OK;
}

/* Table "Mapping to RFC 8032 signature schemes": no parameter is Ed25519, one is Ed25519ctx, Ed25519ph, Ed448
 * or Ed448ph. */
static CK_RV start(struct mech_op *op)
{
	const struct eddsa_state *s = op->state;
	bool small = op->key->bits == MIN_BITS;

	try(asym_start(op));
	if (s == NULL)
		return small ? CKR_OK : fail(CKR_MECHANISM_PARAM_INVALID, "Ed448 needs a parameter");
	if (small && !s->how.prehash && s->how.context.len == 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "Ed25519ctx needs a context");
	if (!pkey_eddsa_works(op->key->pkey, &s->how))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a variant of EdDSA that libcrypto does not know");
	return CKR_OK;
}

static const struct pkey_eddsa *how(const struct mech_op *op)
{
	static const struct pkey_eddsa pure;
	const struct eddsa_state *s = op->state;

	return s != NULL ? &s->how : &pure;
}

static CK_RV sign_whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(pkey_eddsa_sign(op->key->pkey, how(op), in, out));
	*ret_len = pkey_signature_size(op->key->pkey);
	return CKR_OK;
}

static CK_RV verify_whole(struct mech_op *op, struct bytes in, struct bytes signature)
{
	return pkey_eddsa_verify(op->key->pkey, how(op), in, signature);
}

static void end(struct mech_op *op)
{
	free(op->state);
	op->state = NULL;
}

static const struct mech_ops eddsa_ops = {
	.params = params,
	.start = start,
	.room = asym_signature_room,
	.whole = sign_whole,
	.verify_whole = verify_whole,
	.end = end,
};

static const struct mech_gen pair_gen = {.pair = ec_key_pair, .key_type = CKK_EC_EDWARDS};

static const struct mech_row rows[] = {
	{
		.type = CKM_EC_EDWARDS_KEY_PAIR_GEN,
		.flags = CKF_GENERATE_KEY_PAIR | EDWARDS_FLAGS,
		.min_key = MIN_BITS,
		.max_key = MAX_BITS,
		.gen = &pair_gen,
	},
	{
		.type = CKM_EDDSA,
		.flags = MECH_SIGNS | EDWARDS_FLAGS,
		.min_key = MIN_BITS,
		.max_key = MAX_BITS,
		.key_types = {CKK_EC_EDWARDS},
		.key_type_count = 1,
		.ops = &eddsa_ops,
		.unsaveable = asym_single_part,
	},
};

static const struct mech_key_type key_types[] = {
	{
		.type = CKK_EC_EDWARDS,
		.complete = ec_key_complete,
		.load = ec_key_load,
		.to_pkcs8 = pkcs8_from_raw,
		.from_pkcs8 = pkcs8_to_raw,
		.public_half = ec_key_public_half,
	},
};

const struct mech_family mech_family_eddsa = {
	.name = "eddsa",
	.rows = rows,
	.row_count = array_len(rows),
	.key_types = key_types,
	.key_type_count = array_len(key_types),
};
