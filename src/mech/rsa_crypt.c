/* SPDX-License-Identifier: Apache-2.0 */
/* RSA encryption (§6.1.6, §6.1.8, §6.1.9). What a decryption gives is longer in the buffer than in the end, since
 * libcrypto unpads in place: room is always a whole modulus. */
#include "mech/rsa_crypt.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/pkey.h"
#include "mech/asym.h"
#include "mech/rsa_params.h"

static size_t size_of(const struct mech_op *op)
{
	return pkey_size(op->key->pkey);
}

size_t rsa_crypt_room(const struct mech_op *op, enum mech_step step, size_t in_len)
{
	(void)in_len;
	return step == MECH_WHOLE ? size_of(op) : 0;
}

/* ---- PKCS #1 v1.5 -------------------------------------------------------------------------- */

CK_RV rsa_crypt_pkcs1_encrypt(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(pkey_rsa_pkcs1_encrypt(op->key->pkey, in, out));
	*ret_len = size_of(op);
	return CKR_OK;
}

CK_RV rsa_crypt_pkcs1_decrypt(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	return pkey_rsa_pkcs1_decrypt(op->key->pkey, in, out, ret_len);
}

/* ---- bare ---------------------------------------------------------------------------------- */

CK_RV rsa_crypt_raw_encrypt(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(pkey_rsa_raw_public(op->key->pkey, in, out));
	*ret_len = size_of(op);
	return CKR_OK;
}

CK_RV rsa_crypt_raw_decrypt(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	if (in.len != size_of(op))
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "%zu bytes to decrypt with a modulus of %zu", in.len, size_of(op));
	CK_RV rv = pkey_rsa_raw_private(op->key->pkey, in, out);
	if (rv == CKR_OK)
		*ret_len = size_of(op);
	return rv == CKR_DATA_INVALID ? CKR_ENCRYPTED_DATA_INVALID : rv;
}

/* ---- OAEP ---------------------------------------------------------------------------------- */

struct oaep_state {
	struct pkey_oaep oaep;
	unsigned char label[];
};

static CK_RV params_oaep(struct mech_op *op, const CK_MECHANISM *m)
{
	struct pkey_oaep oaep = {0};

	try(rsa_params_oaep(m, &oaep));
	struct oaep_state *s = malloc(sizeof(*s) + oaep.label.len);
	if (s == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for an operation");
	s->oaep = oaep;
	if (oaep.label.len > 0)
		memcpy(s->label, oaep.label.data, oaep.label.len);
	s->oaep.label.data = s->label;
	op->state = s;
	return CKR_OK;
}

static CK_RV start_oaep(struct mech_op *op)
{
	const struct oaep_state *s = op->state;
	size_t needed = 2 * digest_size(s->oaep.hash) + 2;

	try(asym_start(op));
	if (size_of(op) < needed)
		return fail(CKR_KEY_SIZE_RANGE, "a modulus of %zu bytes where OAEP needs %zu", size_of(op), needed);
	return CKR_OK;
}

static CK_RV whole_oaep(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct oaep_state *s = op->state;

	if (op->use == MECH_DECRYPT)
		return pkey_rsa_oaep_decrypt(op->key->pkey, &s->oaep, in, out, ret_len);
	try(pkey_rsa_oaep_encrypt(op->key->pkey, &s->oaep, in, out));
	*ret_len = size_of(op);
	return CKR_OK;
}

static bool late_oaep(const struct mech_op *op, enum mech_step step)
{
	(void)step;
	return op->use == MECH_DECRYPT;
}

static void end_oaep(struct mech_op *op)
{
	free(op->state);
	op->state = NULL;
}

const struct mech_ops rsa_crypt_oaep_ops = {
	.params = params_oaep,
	.start = start_oaep,
	.room = rsa_crypt_room,
	.late = late_oaep,
	.whole = whole_oaep,
	.end = end_oaep,
};
