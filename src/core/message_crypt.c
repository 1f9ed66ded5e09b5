/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that are encrypted and decrypted (§5.9, §5.11). Encryption gives its output part by part; decryption holds
 * the ciphertext back until the tag is checked, so that no byte of a forged message is ever seen (rules 273, 312).
 * Which parameter a mechanism has, and what it does with bytes, is the mechanism's. */
#include <string.h>

#include "base/log.h"
#include "core/message_internal.h"
#include "core/op_internal.h"
#include "core/session.h"

/* In parts decryption holds at most this much; C_DecryptMessage has no such limit. */
#define PENDING_MAX ((size_t)64 * 1024 * 1024)

static const struct mech_message_ops *ops_of(const struct op *op)
{
	return op->mech.row->message;
}

static bool encrypting(const struct op *op)
{
	return op->kind == OP_MESSAGE_ENCRYPT;
}

/* Everything is in the messages' own parameters; a structure of that form here says nothing. */
CK_RV message_check_init(struct op *op, const CK_MECHANISM *m)
{
	if (m->ulParameterLen != 0 && m->ulParameterLen != ops_of(op)->param_size)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes its parameter with each message", mech_name(m->mechanism));
	return CKR_OK;
}

static CK_RV read_parameter(const struct op *op, const struct message_in *in, bool with_tag, struct mech_message *ret)
{
	if (in->parameter == NULL || in->parameter_len != ops_of(op)->param_size)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a message parameter of %lu bytes", in->parameter_len);
	try(ops_of(op)->read(in->parameter, ret));
	if (with_tag && ret->tag == NULL)
		return fail(CKR_MECHANISM_PARAM_INVALID, "no place for the tag");
	return CKR_OK;
}

static CK_RV begin(struct session *s, struct op *op, const struct mech_message *m, struct bytes associated)
{
	struct message *state = op->message;

	try(op_may_work(s, op, false));
	try(op_take_message_use(op));
	if (encrypting(op))
		try(message_iv_next(&state->iv, op->mech.env->ossl, m));
	state->tag_len = m->tag_len;
	state->has_data_len = m->has_data_len;
	state->data_len = m->data_len;
	state->done = 0;
	return ops_of(op)->begin(&op->mech, m, associated);
}

static CK_RV run(struct op *op, struct bytes in, unsigned char *out)
{
	try(ops_of(op)->run(&op->mech, in, out));
	op->message->done += in.len;
	return CKR_OK;
}

static CK_RV end(struct op *op, const struct mech_message *m)
{
	const struct message *state = op->message;

	if (state->has_data_len && state->done != state->data_len)
		return fail(encrypting(op) ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE, "a message of another length than it was to have");
	if (encrypting(op))
		return ops_of(op)->seal(&op->mech, m->tag, m->tag_len);
	return ops_of(op)->check(&op->mech, bytes_of(m->tag, m->tag_len));
}

/* The rest of a message; what fails leaves nothing behind. */
static CK_RV run_to_end(struct op *op, const struct mech_message *m, struct bytes in, unsigned char *out)
{
	CK_RV rv = run(op, in, out);

	if (rv == CKR_OK)
		rv = end(op, m);
	if (rv != CKR_OK)
		wipe(out, in.len);
	return rv;
}

/* §5.2, where the length is known: true when the call is answered without work. */
static bool answered(struct op_out out, size_t need, CK_RV *ret)
{
	bool query = out.data == NULL;

	*ret = query ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	if (!query && *out.len >= need)
		return false;
	*out.len = need;
	return true;
}

/* ---- in one call ----------------------------------------------------------------------------------------- */

static CK_RV whole(struct session *s, struct op *op, const struct message_in *in, struct op_out out)
{
	struct bytes data = {0}, associated = {0};
	struct mech_message m = {0};
	CK_RV rv = CKR_OK;

	if (out.len == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the length of the output");
	try(op_check_in(in->data, in->data_len, &data));
	try(op_check_in(in->associated, in->associated_len, &associated));
	try(read_parameter(op, in, true, &m));
	if (answered(out, data.len, &rv))
		return rv;
	try(begin(s, op, &m, associated));
	try(run_to_end(op, &m, data, out.data));
	*out.len = data.len;
	return CKR_OK;
}

CK_RV message_crypt(struct session *s, unsigned kind, const struct message_in *in, struct op_out out)
{
	struct op *op = NULL;

	try(message_enter(s, kind, MESSAGE_WHOLE, &op));
	return message_leave(op, MESSAGE_WHOLE, whole(s, op, in, out), out.data == NULL);
}

/* ---- in parts -------------------------------------------------------------------------------------------- */

static CK_RV first(struct session *s, struct op *op, const struct message_in *in)
{
	struct bytes associated = {0};
	struct mech_message m = {0};

	try(op_check_in(in->associated, in->associated_len, &associated));
	if ((op->mech.row->flags & CKF_MULTI_MESSAGE) == 0)
		return fail(CKR_FUNCTION_NOT_SUPPORTED, "%s takes a message in one call", mech_name(op->mech.row->type));
	try(read_parameter(op, in, false, &m));
	return begin(s, op, &m, associated);
}

CK_RV message_crypt_begin(struct session *s, unsigned kind, const struct message_in *in)
{
	struct op *op = NULL;

	try(message_enter(s, kind, MESSAGE_BEGIN, &op));
	return message_leave(op, MESSAGE_BEGIN, first(s, op, in), false);
}

static CK_RV hold(struct message *m, struct bytes in)
{
	if (in.len > PENDING_MAX - m->pending.len)
		return fail(CKR_ENCRYPTED_DATA_LEN_RANGE, "decryption in parts holds %zu bytes at most: use C_DecryptMessage", PENDING_MAX);
	return buf_append(&m->pending, in);
}

static CK_RV part(struct op *op, struct bytes data, struct op_out out)
{
	size_t need = encrypting(op) ? data.len : 0;
	CK_RV rv = CKR_OK;

	if (answered(out, need, &rv))
		return rv;
	try(encrypting(op) ? run(op, data, out.data) : hold(op->message, data));
	*out.len = need;
	return CKR_OK;
}

static CK_RV last_part(struct op *op, const struct message_in *in, struct bytes data, struct op_out out)
{
	struct message *state = op->message;
	size_t need = state->pending.len + data.len;
	struct mech_message m = {0};
	CK_RV rv = CKR_OK;

	try(read_parameter(op, in, true, &m));
	if (m.tag_len != state->tag_len)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a tag of %zu bytes for a message that began with %zu", m.tag_len, state->tag_len);
	if (answered(out, need, &rv))
		return rv;
	if (!encrypting(op)) {
		/* Input and output may be one place (rule 264): the input is taken away first. */
		try(hold(state, data));
		data = buf_bytes(&state->pending);
	}
	try(run_to_end(op, &m, data, out.data));
	*out.len = need;
	return CKR_OK;
}

static CK_RV next(struct session *s, struct op *op, const struct message_in *in, CK_FLAGS flags, struct op_out out)
{
	struct bytes data = {0};

	if (out.len == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the length of the output");
	if ((flags & ~CKF_END_OF_MESSAGE) != 0)
		return fail(CKR_ARGUMENTS_BAD, "flags 0x%lx", flags);
	try(op_check_in(in->data, in->data_len, &data));
	try(op_may_work(s, op, out.data == NULL));
	return (flags & CKF_END_OF_MESSAGE) != 0 ? last_part(op, in, data, out) : part(op, data, out);
}

CK_RV message_crypt_next(struct session *s, unsigned kind, const struct message_in *in, CK_FLAGS flags, struct op_out out)
{
	enum message_step step = (flags & CKF_END_OF_MESSAGE) != 0 ? MESSAGE_LAST : MESSAGE_NEXT;
	struct op *op = NULL;

	try(message_enter(s, kind, step, &op));
	return message_leave(op, step, next(s, op, in, flags, out), out.data == NULL);
}
