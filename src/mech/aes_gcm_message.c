/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of AES-GCM messages: the tag stands in the parameter, the associated data comes as an argument, the key
 * stays set up from message to message. Who makes IVs and who keeps plaintext back: the core. */
#include "mech/aes_gcm_message.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/cipher_gcm.h"

struct state {
	struct gcm gcm;
	uint64_t done; /* bytes of the message */
};

static CK_RV read_params(const void *parameter, struct mech_message *ret)
{
	CK_GCM_MESSAGE_PARAMS p;

	memcpy(&p, parameter, sizeof(p));
	if (p.pIv == NULL || p.ulIvLen == 0 || p.ulIvLen > AES_GCM_LEN_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a GCM IV of %lu bytes", p.ulIvLen);
	if (p.ulIvFixedBits > 8 * p.ulIvLen)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%lu fixed bits of an IV of %lu bytes", p.ulIvFixedBits, p.ulIvLen);
	if (!aes_gcm_tag_bits_fit(p.ulTagBits))
		return fail(CKR_MECHANISM_PARAM_INVALID, "a GCM tag of %lu bits", p.ulTagBits);
	*ret = (struct mech_message){
		.iv = p.pIv,
		.iv_len = p.ulIvLen,
		.fixed_bits = p.ulIvFixedBits,
		.generator = p.ivGenerator,
		.tag = p.pTag,
		.tag_len = p.ulTagBits / 8,
	};
	return CKR_OK;
}

static CK_RV start(struct mech_op *op)
{
	size_t len = op->key->value.len;

	if (len != 16 && len != 24 && len != 32)
		return fail(CKR_KEY_SIZE_RANGE, "an AES key of %zu bytes", len);
	op->state = calloc(1, sizeof(struct state));
	return op->state != NULL ? CKR_OK : fail(CKR_HOST_MEMORY, "no memory for an operation");
}

static CK_RV begin(struct mech_op *op, const struct mech_message *m, struct bytes associated)
{
	struct state *s = op->state;

	s->done = 0;
	if (associated.len > AES_GCM_LEN_MAX)
		return fail(CKR_ARGUMENTS_BAD, "GCM associated data of %zu bytes", associated.len);
	return gcm_start(op->env->ossl, &s->gcm, op->use == MECH_ENCRYPT, secret_bytes(&op->key->value), bytes_of(m->iv, m->iv_len), associated);
}

static CK_RV run(struct mech_op *op, struct bytes in, unsigned char *out)
{
	struct state *s = op->state;

	if (in.len > AES_GCM_PLAIN_MAX - s->done)
		return fail(op->use == MECH_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE, "more than GCM takes with one IV");
	try(gcm_run(&s->gcm, in, out));
	s->done += in.len;
	return CKR_OK;
}

static CK_RV seal(struct mech_op *op, unsigned char *tag, size_t len)
{
	struct state *s = op->state;

	return gcm_tag(&s->gcm, tag, len);
}

static CK_RV check(struct mech_op *op, struct bytes tag)
{
	struct state *s = op->state;
	CK_RV rv = gcm_check(&s->gcm, tag);

	return rv == CKR_ENCRYPTED_DATA_INVALID ? CKR_AEAD_DECRYPT_FAILED : rv;
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

const struct mech_message_ops aes_gcm_message_ops = {
	.param_size = sizeof(CK_GCM_MESSAGE_PARAMS),
	.read = read_params,
	.start = start,
	.begin = begin,
	.run = run,
	.seal = seal,
	.check = check,
	.end = end,
};
