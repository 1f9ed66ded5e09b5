/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that are signed and verified (§5.14, §5.16): each message goes through the mechanism's ordinary steps, with
 * the parameter of C_Message*Init; no mechanism for which this works has a parameter of the message. */
#include "base/log.h"
#include "core/message_internal.h"
#include "core/op_internal.h"
#include "core/session.h"

static const struct mech_ops *ops_of(const struct op *op)
{
	return op->mech.row->ops;
}

static CK_RV check_in(const struct message_in *in, struct bytes *ret)
{
	try(op_check_in(in->data, in->data_len, ret));
	if (in->parameter_len != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "signed messages have no parameter of their own");
	return CKR_OK;
}

/* The message before may have stopped anywhere. */
static CK_RV fresh(struct op *op)
{
	try(op_take_message_use(op));
	if (op->message->used && ops_of(op)->again != NULL)
		try(ops_of(op)->again(&op->mech));
	op->message->used = true;
	return CKR_OK;
}

static CK_RV first(struct session *s, struct op *op, const struct message_in *in)
{
	struct bytes none = {0};

	try(check_in(in, &none));
	if ((op->mech.row->flags & CKF_MULTI_MESSAGE) == 0)
		return fail(CKR_FUNCTION_NOT_SUPPORTED, "%s takes a message in one call", mech_name(op->mech.row->type));
	try(op_may_work(s, op, false));
	return fresh(op);
}

CK_RV message_tag_begin(struct session *s, unsigned kind, const struct message_in *in)
{
	struct op *op = NULL;

	try(message_enter(s, kind, MESSAGE_BEGIN, &op));
	return message_leave(op, MESSAGE_BEGIN, first(s, op, in), false);
}

static CK_RV add(struct session *s, struct op *op, const struct message_in *in)
{
	struct bytes data = {0};
	size_t none = 0;

	try(check_in(in, &data));
	try(op_may_work(s, op, false));
	return ops_of(op)->update(&op->mech, data, NULL, &none);
}

/* ---- signing ------------------------------------------------------------------------------------------- */

/* True when there is no room: the call is answered without work. */
static bool answered(const struct op *op, enum mech_step step, size_t in_len, struct op_out out, CK_RV *ret)
{
	size_t need = ops_of(op)->room(&op->mech, step, in_len);

	*ret = out.data == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	if (out.data != NULL && *out.len >= need)
		return false;
	*out.len = need;
	return true;
}

static CK_RV sign_whole(struct session *s, struct op *op, const struct message_in *in, struct op_out out)
{
	struct bytes data = {0};
	CK_RV rv = CKR_OK;

	if (out.len == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the length of the signature");
	try(check_in(in, &data));
	if (answered(op, MECH_WHOLE, data.len, out, &rv))
		return rv;
	try(op_may_work(s, op, false));
	try(fresh(op));
	return op_give(op, MECH_WHOLE, data, out);
}

CK_RV message_sign(struct session *s, const struct message_in *in, struct op_out out)
{
	struct op *op = NULL;

	try(message_enter(s, OP_MESSAGE_SIGN, MESSAGE_WHOLE, &op));
	return message_leave(op, MESSAGE_WHOLE, sign_whole(s, op, in, out), out.data == NULL);
}

static CK_RV sign_last(struct session *s, struct op *op, const struct message_in *in, struct op_out out)
{
	struct bytes data = {0};
	CK_RV rv = CKR_OK;

	try(check_in(in, &data));
	if (answered(op, MECH_FINAL, 0, out, &rv))
		return rv;
	try(add(s, op, in));
	return op_give(op, MECH_FINAL, (struct bytes){0}, out);
}

CK_RV message_sign_next(struct session *s, const struct message_in *in, struct op_out out)
{
	enum message_step step = out.len == NULL ? MESSAGE_NEXT : MESSAGE_LAST;
	struct op *op = NULL;

	try(message_enter(s, OP_MESSAGE_SIGN, step, &op));
	CK_RV rv = step == MESSAGE_NEXT ? add(s, op, in) : sign_last(s, op, in, out);
	return message_leave(op, step, rv, step == MESSAGE_LAST && out.data == NULL);
}

/* ---- verifying ----------------------------------------------------------------------------------------- */

static CK_RV verify_whole(struct session *s, struct op *op, const struct message_in *in, CK_BYTE_PTR signature, CK_ULONG signature_len)
{
	struct bytes data = {0}, given = {0};
	size_t none = 0;

	try(check_in(in, &data));
	try(op_check_in(signature, signature_len, &given));
	try(op_may_work(s, op, false));
	try(fresh(op));
	if (ops_of(op)->verify_whole != NULL)
		return ops_of(op)->verify_whole(&op->mech, data, given);
	try(ops_of(op)->update(&op->mech, data, NULL, &none));
	return ops_of(op)->verify_final(&op->mech, given);
}

CK_RV message_verify(struct session *s, const struct message_in *in, CK_BYTE_PTR signature, CK_ULONG signature_len)
{
	struct op *op = NULL;

	try(message_enter(s, OP_MESSAGE_VERIFY, MESSAGE_WHOLE, &op));
	return message_leave(op, MESSAGE_WHOLE, verify_whole(s, op, in, signature, signature_len), false);
}

CK_RV message_verify_next(struct session *s, const struct message_in *in, CK_BYTE_PTR signature, CK_ULONG signature_len)
{
	enum message_step step = signature == NULL ? MESSAGE_NEXT : MESSAGE_LAST;
	struct op *op = NULL;

	try(message_enter(s, OP_MESSAGE_VERIFY, step, &op));
	CK_RV rv = add(s, op, in);
	if (rv == CKR_OK && step == MESSAGE_LAST)
		rv = ops_of(op)->verify_final(&op->mech, bytes_of(signature, signature_len));
	return message_leave(op, step, rv, false);
}
