/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping by encryption, which is what most mechanisms mean by it, and the codes of C_WrapKey and C_UnwrapKey
 * in place of those of encryption and decryption (rules 359, 363). Knows no mechanism. */
#include "mech/wrap.h"

#include <string.h>

#include "base/log.h"
#include "mech/message_iv.h"

const struct mech_wrap mech_wrap_any = {.private_keys = true};
const struct mech_wrap mech_wrap_secret = {.private_keys = false};
const struct mech_wrap mech_wrap_blocks = {.fit = MECH_FIT_HEAD, .block = 16};
const struct mech_wrap mech_wrap_numbers = {.fit = MECH_FIT_TAIL};

/* ---- codes --------------------------------------------------------------------------------- */

struct code {
	CK_RV from, to;
};

static const struct code wrapping[] = {
	{CKR_KEY_SIZE_RANGE, CKR_WRAPPING_KEY_SIZE_RANGE},
	{CKR_DATA_LEN_RANGE, CKR_KEY_SIZE_RANGE},
	{CKR_DATA_INVALID, CKR_KEY_SIZE_RANGE},
};

static const struct code unwrapping[] = {
	{CKR_KEY_SIZE_RANGE, CKR_UNWRAPPING_KEY_SIZE_RANGE},
	{CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_WRAPPED_KEY_LEN_RANGE},
	{CKR_ENCRYPTED_DATA_INVALID, CKR_WRAPPED_KEY_INVALID},
	{CKR_AEAD_DECRYPT_FAILED, CKR_WRAPPED_KEY_INVALID},
	{CKR_DATA_LEN_RANGE, CKR_WRAPPED_KEY_LEN_RANGE},
	{CKR_DATA_INVALID, CKR_WRAPPED_KEY_INVALID},
};

static CK_RV translate(const struct code *codes, size_t count, CK_RV rv)
{
	for (size_t i = 0; i < count; i++) {
		if (codes[i].from == rv)
			return codes[i].to;
	}
	return rv;
}

/* ---- by the row's encryption --------------------------------------------------------------- */

static CK_RV check_params(struct mech_op *op, const CK_MECHANISM *m)
{
	if (op->row->ops->params != NULL)
		return op->row->ops->params(op, m);
	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes no parameter", mech_name(m->mechanism));
	return CKR_OK;
}

static CK_RV begin(const struct mech_wrapping *w, const CK_MECHANISM *m, enum mech_use use, struct mech_op *op)
{
	*op = (struct mech_op){.row = w->row, .env = w->env, .use = use, .key = w->key};
	try(check_params(op, m));
	return w->row->ops->start != NULL ? w->row->ops->start(op) : CKR_OK;
}

static void end(struct mech_op *op)
{
	if (op->row->ops->end != NULL)
		op->row->ops->end(op);
}

static CK_RV run(struct mech_op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct mech_ops *ops = op->row->ops;
	size_t first = 0, last = 0;

	if (ops->whole != NULL)
		return ops->whole(op, in, out, ret_len);
	try(ops->update(op, in, out, &first));
	try(ops->final(op, out + first, &last));
	*ret_len = first + last;
	return CKR_OK;
}

CK_RV wrap_encrypt_size(const struct mech_wrapping *w, const CK_MECHANISM *m, size_t plain_len, size_t *ret)
{
	struct mech_op op;
	CK_RV rv = begin(w, m, MECH_ENCRYPT, &op);

	if (rv == CKR_OK)
		*ret = w->row->ops->room(&op, MECH_WHOLE, plain_len);
	end(&op);
	return rv;
}

CK_RV wrap_encrypt(const struct mech_wrapping *w, const CK_MECHANISM *m, struct bytes plain, unsigned char *out, size_t *ret_len)
{
	struct mech_op op;
	CK_RV rv = begin(w, m, MECH_ENCRYPT, &op);

	if (rv == CKR_OK)
		rv = run(&op, plain, out, ret_len);
	end(&op);
	return rv;
}

CK_RV wrap_decrypt(const struct mech_wrapping *w, const CK_MECHANISM *m, struct bytes wrapped, struct secret *ret)
{
	struct secret room cleanup(secret_free) = {0};
	struct mech_op op;
	size_t len = 0;
	CK_RV rv = begin(w, m, MECH_DECRYPT, &op);

	if (rv == CKR_OK)
		rv = secret_new(w->row->ops->room(&op, MECH_WHOLE, wrapped.len) + 1, &room);
	if (rv == CKR_OK)
		rv = run(&op, wrapped, room.data, &len);
	end(&op);
	return rv == CKR_OK ? secret_dup(bytes_of(room.data, len), ret) : rv;
}

/* ---- as a message -------------------------------------------------------------------------- */

/* The material's length is known here: what the parameter says of it is not looked at. */
static CK_RV read_message(const struct mech_wrapping *w, size_t len, struct mech_message *ret)
{
	const struct mech_message_ops *ops = w->row->message;

	if (w->mechanism->pParameter == NULL || w->mechanism->ulParameterLen != ops->param_size)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s wraps with the parameter of a message", mech_name(w->row->type));
	try(ops->read(w->mechanism->pParameter, ret));
	if (ret->tag == NULL)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no place for the tag");
	ret->data_len = len;
	return CKR_OK;
}

static CK_RV seal_message(struct mech_op *op, const struct mech_wrapping *w, const struct mech_message *m, struct bytes plain, unsigned char *out)
{
	const struct mech_message_ops *ops = w->row->message;

	try(ops->start(op));
	try(message_iv_once(w->env->ossl, m));
	try(ops->begin(op, m, w->associated));
	try(ops->run(op, plain, out));
	return ops->seal(op, m->tag, m->tag_len);
}

static CK_RV wrap_message(const struct mech_wrapping *w, struct bytes plain, unsigned char *out, size_t *ret_len)
{
	struct mech_op op = {.row = w->row, .env = w->env, .use = MECH_ENCRYPT, .key = w->key};
	struct mech_message m = {0};

	try(read_message(w, plain.len, &m));
	CK_RV rv = seal_message(&op, w, &m, plain, out);
	w->row->message->end(&op);
	*ret_len = plain.len;
	return rv;
}

static CK_RV open_message(struct mech_op *op, const struct mech_wrapping *w, const struct mech_message *m, struct bytes wrapped, unsigned char *out)
{
	const struct mech_message_ops *ops = w->row->message;

	try(ops->start(op));
	try(ops->begin(op, m, w->associated));
	try(ops->run(op, wrapped, out));
	return ops->check(op, bytes_of(m->tag, m->tag_len));
}

static CK_RV unwrap_message(const struct mech_wrapping *w, struct bytes wrapped, struct secret *ret)
{
	struct mech_op op = {.row = w->row, .env = w->env, .use = MECH_DECRYPT, .key = w->key};
	struct secret plain cleanup(secret_free) = {0};
	struct mech_message m = {0};

	try(read_message(w, wrapped.len, &m));
	if (wrapped.len == 0)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "an empty wrapped key");
	try(secret_new(wrapped.len, &plain));
	CK_RV rv = open_message(&op, w, &m, wrapped, plain.data);
	w->row->message->end(&op);
	return rv == CKR_OK ? secret_dup(secret_bytes(&plain), ret) : rv;
}

/* The tag goes into the parameter. */
static CK_RV message_size(const struct mech_wrapping *w, size_t plain_len, size_t *ret)
{
	struct mech_message m = {0};

	try(read_message(w, plain_len, &m));
	*ret = plain_len;
	return CKR_OK;
}

/* ---- any way ------------------------------------------------------------------------------- */

static size_t filled(const struct mech_wrapping *w, size_t len)
{
	size_t block = w->row->wrap->block;

	return block == 0 ? len : (len + block - 1) / block * block;
}

CK_RV wrap_size(const struct mech_wrapping *w, size_t plain_len, size_t *ret)
{
	const struct mech_wrap *way = w->row->wrap;
	CK_RV rv;

	if (w->authenticated)
		rv = message_size(w, plain_len, ret);
	else if (way->size != NULL)
		rv = way->size(w, plain_len, ret);
	else
		rv = wrap_encrypt_size(w, w->mechanism, filled(w, plain_len), ret);
	return translate(wrapping, array_len(wrapping), rv);
}

static CK_RV fill_and_encrypt(const struct mech_wrapping *w, struct bytes plain, unsigned char *out, size_t *ret_len)
{
	struct secret copy cleanup(secret_free) = {0};

	try(secret_new(filled(w, plain.len), &copy));
	memcpy(copy.data, plain.data, plain.len);
	return wrap_encrypt(w, w->mechanism, secret_bytes(&copy), out, ret_len);
}

CK_RV wrap_run(const struct mech_wrapping *w, struct bytes plain, unsigned char *out, size_t *ret_len)
{
	const struct mech_wrap *way = w->row->wrap;
	CK_RV rv;

	if (w->authenticated)
		rv = wrap_message(w, plain, out, ret_len);
	else if (way->wrap != NULL)
		rv = way->wrap(w, plain, out, ret_len);
	else if (way->block > 0)
		rv = fill_and_encrypt(w, plain, out, ret_len);
	else
		rv = wrap_encrypt(w, w->mechanism, plain, out, ret_len);
	return translate(wrapping, array_len(wrapping), rv);
}

CK_RV wrap_undo(const struct mech_wrapping *w, struct bytes wrapped, struct secret *ret)
{
	const struct mech_wrap *way = w->row->wrap;
	CK_RV rv;

	if (w->authenticated)
		rv = unwrap_message(w, wrapped, ret);
	else if (way->unwrap != NULL)
		rv = way->unwrap(w, wrapped, ret);
	else
		rv = wrap_decrypt(w, w->mechanism, wrapped, ret);
	return translate(unwrapping, array_len(unwrapping), rv);
}
