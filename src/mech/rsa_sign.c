/* SPDX-License-Identifier: Apache-2.0 */
/* RSA signatures (§6.1.6 to §6.1.8, §6.1.10). Which hash a row has, and its DigestInfo, stands in the row. */
#include "mech/rsa_sign.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/pkey.h"
#include "mech/asym.h"
#include "mech/rsa_params.h"

/* Two bytes in front, at least eight of padding, one behind. */
#define PKCS1_OVERHEAD 11

static const struct bytes nothing;

static size_t size_of(const struct mech_op *op)
{
	return pkey_size(op->key->pkey);
}

/* ---- single part --------------------------------------------------------------------------- */

CK_RV rsa_sign_pkcs1(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(pkey_rsa_pkcs1_sign(op->key->pkey, nothing, in, out));
	*ret_len = size_of(op);
	return CKR_OK;
}

CK_RV rsa_sign_pkcs1_recover(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	return pkey_rsa_pkcs1_recover(op->key->pkey, in, out, ret_len);
}

CK_RV rsa_sign_pkcs1_verify(struct mech_op *op, struct bytes in, struct bytes signature)
{
	return pkey_rsa_pkcs1_verify(op->key->pkey, nothing, in, signature);
}

CK_RV rsa_sign_raw(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(pkey_rsa_raw_private(op->key->pkey, in, out));
	*ret_len = size_of(op);
	return CKR_OK;
}

CK_RV rsa_sign_raw_recover(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	if (in.len != size_of(op))
		return fail(CKR_SIGNATURE_LEN_RANGE, "a signature of %zu bytes", in.len);
	CK_RV rv = pkey_rsa_raw_public(op->key->pkey, in, out);
	if (rv == CKR_OK)
		*ret_len = size_of(op);
	return rv == CKR_DATA_INVALID ? CKR_SIGNATURE_INVALID : rv;
}

/* Both count as numbers: data is as if filled up with zeros in front. */
CK_RV rsa_sign_raw_verify(struct mech_op *op, struct bytes in, struct bytes signature)
{
	unsigned char found[PKEY_RSA_MAX_SIZE];
	size_t len = 0;

	if (in.len > size_of(op))
		return fail(CKR_DATA_LEN_RANGE, "%zu bytes for a modulus of %zu", in.len, size_of(op));
	try(rsa_sign_raw_recover(op, signature, found, &len));
	size_t pad = len - in.len;
	for (size_t i = 0; i < pad; i++) {
		if (found[i] != 0)
			return fail(CKR_SIGNATURE_INVALID, "a bare RSA signature that does not fit");
	}
	if (!bytes_equal(bytes_of(found + pad, in.len), in))
		return fail(CKR_SIGNATURE_INVALID, "a bare RSA signature that does not fit");
	return CKR_OK;
}

/* ---- with a hash, v1.5 --------------------------------------------------------------------- */

static CK_RV sign_pkcs1(const struct mech_op *op, struct bytes digest, unsigned char *ret)
{
	const struct hash_sign *row = op->row->data;

	return pkey_rsa_pkcs1_sign(op->key->pkey, row->prefix, digest, ret);
}

static CK_RV verify_pkcs1(const struct mech_op *op, struct bytes digest, struct bytes signature)
{
	const struct hash_sign *row = op->row->data;

	return pkey_rsa_pkcs1_verify(op->key->pkey, row->prefix, digest, signature);
}

const struct hash_sign_scheme rsa_sign_pkcs1_scheme = {.sign = sign_pkcs1, .verify = verify_pkcs1};

static CK_RV start_hash(struct mech_op *op)
{
	const struct hash_sign *row = op->row->data;
	size_t needed = row->prefix.len + digest_size(row->hash) + PKCS1_OVERHEAD;

	if (size_of(op) < needed)
		return fail(CKR_KEY_SIZE_RANGE, "a modulus of %zu bytes where the hash needs %zu", size_of(op), needed);
	return hash_sign_start(op);
}

/* ---- X9.31 --------------------------------------------------------------------------------- */

/* §6.1.13: at least 1024 bits, in steps of 256. */
static CK_RV start_x9_31(struct mech_op *op)
{
	try(asym_start(op));
	if (op->key->bits % 256 != 0)
		return fail(CKR_KEY_SIZE_RANGE, "a modulus of %lu bits, where X9.31 has steps of 256", op->key->bits);
	return CKR_OK;
}

static CK_RV start_x9_31_hash(struct mech_op *op)
{
	try(start_x9_31(op));
	return hash_sign_start(op);
}

static CK_RV sign_x9_31_whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(pkey_rsa_x931_sign(op->key->pkey, in, out));
	*ret_len = size_of(op);
	return CKR_OK;
}

static CK_RV verify_x9_31_whole(struct mech_op *op, struct bytes in, struct bytes signature)
{
	return pkey_rsa_x931_verify(op->key->pkey, in, signature);
}

/* SHA-1 and its identifier. */
static struct bytes identified(struct bytes digest, unsigned char room[DIGEST_MAX_SIZE + 1])
{
	memcpy(room, digest.data, digest.len);
	room[digest.len] = 0x33;
	return bytes_of(room, digest.len + 1);
}

static CK_RV sign_x9_31(const struct mech_op *op, struct bytes digest, unsigned char *ret)
{
	unsigned char room[DIGEST_MAX_SIZE + 1];

	return pkey_rsa_x931_sign(op->key->pkey, identified(digest, room), ret);
}

static CK_RV verify_x9_31(const struct mech_op *op, struct bytes digest, struct bytes signature)
{
	unsigned char room[DIGEST_MAX_SIZE + 1];

	return pkey_rsa_x931_verify(op->key->pkey, identified(digest, room), signature);
}

const struct hash_sign_scheme rsa_sign_x9_31_scheme = {.sign = sign_x9_31, .verify = verify_x9_31};

/* ---- PSS ----------------------------------------------------------------------------------- */

struct pss_state {
	struct hash_sign_state hashing;
	struct pkey_pss pss;
};

static const struct pkey_pss *pss_of(const struct mech_op *op)
{
	const struct pss_state *s = op->state;

	return &s->pss;
}

static CK_RV params_pss(struct mech_op *op, const CK_MECHANISM *m)
{
	const struct hash_sign *row = op->row->data;
	struct pkey_pss pss = {0};

	try(rsa_params_pss(m, &pss));
	if (row != NULL && pss.hash != row->hash)
		return fail(CKR_MECHANISM_PARAM_INVALID, "hashAlg is not the mechanism's hash");
	struct pss_state *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for an operation");
	s->pss = pss;
	op->state = s;
	return CKR_OK;
}

/* emLen >= hLen + sLen + 2, where emLen is that of the modulus bits less one. */
static CK_RV start_pss(struct mech_op *op)
{
	const struct pkey_pss *pss = pss_of(op);
	size_t room = (op->key->bits + 6) / 8;

	try(asym_start(op));
	if (room < digest_size(pss->hash) + 2)
		return fail(CKR_KEY_SIZE_RANGE, "a modulus of %lu bits for PSS with this hash", op->key->bits);
	if (room < digest_size(pss->hash) + pss->salt_len + 2)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a salt of %zu bytes with a modulus of %lu bits", pss->salt_len, op->key->bits);
	return CKR_OK;
}

static CK_RV start_pss_hash(struct mech_op *op)
{
	try(start_pss(op));
	return hash_sign_start(op);
}

static CK_RV sign_pss(const struct mech_op *op, struct bytes digest, unsigned char *ret)
{
	return pkey_rsa_pss_sign(op->key->pkey, pss_of(op), digest, ret);
}

static CK_RV verify_pss(const struct mech_op *op, struct bytes digest, struct bytes signature)
{
	return pkey_rsa_pss_verify(op->key->pkey, pss_of(op), digest, signature);
}

const struct hash_sign_scheme rsa_sign_pss_scheme = {.sign = sign_pss, .verify = verify_pss};

static CK_RV sign_pss_whole(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	try(sign_pss(op, in, out));
	*ret_len = size_of(op);
	return CKR_OK;
}

static CK_RV verify_pss_whole(struct mech_op *op, struct bytes in, struct bytes signature)
{
	return verify_pss(op, in, signature);
}

static CK_RV save_pss(const struct mech_op *op, struct buf *ret)
{
	const struct pkey_pss *pss = pss_of(op);

	try(buf_put_u8(ret, (uint8_t)pss->hash));
	try(buf_put_u8(ret, (uint8_t)pss->mgf_hash));
	return buf_put_u32(ret, (uint32_t)pss->salt_len);
}

static CK_RV restore_pss(struct mech_op *op, struct bytes params)
{
	const struct hash_sign *row = op->row->data;
	uint8_t hash = 0;
	uint8_t mgf_hash = 0;
	uint32_t salt_len = 0;

	if (!bytes_take_u8(&params, &hash) || !bytes_take_u8(&params, &mgf_hash) || !bytes_take_u32(&params, &salt_len) ||
	    params.len != 0 || hash != (uint8_t)row->hash || mgf_hash >= DIGEST_ALGS || salt_len > PKEY_RSA_MAX_SIZE)
		return fail(CKR_SAVED_STATE_INVALID, "saved PSS parameters");
	struct pss_state *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for an operation");
	s->pss = (struct pkey_pss){.hash = row->hash, .mgf_hash = (enum digest_alg)mgf_hash, .salt_len = salt_len};
	op->state = s;
	return CKR_OK;
}

/* ---- steps --------------------------------------------------------------------------------- */

const struct mech_ops rsa_sign_pss_ops = {
	.params = params_pss,
	.start = start_pss,
	.room = asym_signature_room,
	.whole = sign_pss_whole,
	.verify_whole = verify_pss_whole,
	.end = hash_sign_end,
};

const struct mech_ops rsa_sign_hash_ops = {
	HASH_SIGN_STEPS,
	.start = start_hash,
	.save = hash_sign_save,
	.restore = hash_sign_restore,
};

const struct mech_ops rsa_sign_x9_31_ops = {
	.start = start_x9_31,
	.room = asym_signature_room,
	.whole = sign_x9_31_whole,
	.verify_whole = verify_x9_31_whole,
};

const struct mech_ops rsa_sign_x9_31_hash_ops = {
	HASH_SIGN_STEPS,
	.start = start_x9_31_hash,
	.save = hash_sign_save,
	.restore = hash_sign_restore,
};

const struct mech_ops rsa_sign_pss_hash_ops = {
	HASH_SIGN_STEPS,
	.params = params_pss,
	.start = start_pss_hash,
	.save = hash_sign_save,
	.restore = hash_sign_restore,
	.save_params = save_pss,
	.restore_params = restore_pss,
};
