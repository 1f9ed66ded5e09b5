/* SPDX-License-Identifier: Apache-2.0 */
/* The data calls of operations: one place for the calling convention, so that no mechanism can get it wrong. A call
 * that returns anything but CKR_BUFFER_TOO_SMALL or a length ends its operation, Update calls only on an error. */
#include "core/op.h"

#include <string.h>

#include "base/log.h"
#include "core/objects.h"
#include "core/op_internal.h"
#include "core/pending.h"
#include "core/session.h"
#include "object/schema.h"

/* ---- finding the operation ----------------------------------------------------------------------------- */

struct op *op_active(struct session *s, unsigned kind)
{
	op_end_private(s);
	return s->ops[kind];
}

/* A size query needs no authentication and consumes none (rules 183, 184). */
CK_RV op_may_work(struct session *s, struct op *op, bool query)
{
	if (unlikely(op->must_authenticate) && !op->authenticated && !query)
		return fail(CKR_USER_NOT_LOGGED_IN, "the key wants a context-specific login for each operation");
	return op_recheck_key(s, op);
}

CK_RV op_check_in(CK_BYTE_PTR in, CK_ULONG len, struct bytes *ret)
{
	if (in == NULL && len > 0)
		return fail(CKR_ARGUMENTS_BAD, "no data, but a length");
	*ret = bytes_of(in, len);
	return CKR_OK;
}

/* ---- giving output --------------------------------------------------------------------------------------- */

CK_RV op_run_whole(struct op *op, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct mech_ops *ops = op->mech.row->ops;
	size_t first = 0, last = 0;

	if (ops->whole != NULL)
		return ops->whole(&op->mech, in, out, ret_len);
	try(ops->update(&op->mech, in, out, &first));
	try(ops->final(&op->mech, out + first, &last));
	*ret_len = first + last;
	return CKR_OK;
}

static CK_RV run(struct op *op, enum mech_step step, struct bytes in, unsigned char *out, size_t *ret_len)
{
	const struct mech_ops *ops = op->mech.row->ops;

	switch (step) {
	case MECH_UPDATE:
		return ops->update(&op->mech, in, out, ret_len);
	case MECH_FINAL:
		return ops->final(&op->mech, out, ret_len);
	case MECH_WHOLE:
		break;
	}
	return op_run_whole(op, in, out, ret_len);
}

/* The work is done once into memory of our own; the application may come back with a larger buffer. */
static CK_RV run_held(struct op *op, enum mech_step step, struct bytes in, size_t room)
{
	size_t len = 0;

	try(secret_new(room == 0 ? 1 : room, &op->held));
	try(run(op, step, in, op->held.data, &len));
	op->has_held = true;
	op->held_step = step;
	op->held_len = len;
	return CKR_OK;
}

static CK_RV give_held(struct op *op, struct op_out out)
{
	if (*out.len < op->held_len) {
		*out.len = op->held_len;
		return CKR_BUFFER_TOO_SMALL;
	}
	if (op->held_len > 0)
		memcpy(out.data, op->held.data, op->held_len);
	*out.len = op->held_len;
	secret_free(&op->held);
	op->has_held = false;
	return CKR_OK;
}

CK_RV op_give(struct op *op, enum mech_step step, struct bytes in, struct op_out out)
{
	const struct mech_ops *ops = op->mech.row->ops;

	if (op->has_held && op->held_step == step) {
		if (out.data != NULL)
			return give_held(op, out);
		*out.len = op->held_len;
		return CKR_OK;
	}
	size_t room = ops->room(&op->mech, step, in.len);
	if (out.data == NULL) {
		*out.len = room;
		return CKR_OK;
	}
	if (*out.len < room) {
		if (ops->late == NULL || !ops->late(&op->mech, step)) {
			*out.len = room;
			return CKR_BUFFER_TOO_SMALL;
		}
		try(run_held(op, step, in, room));
		return give_held(op, out);
	}
	size_t len = 0;
	try(run(op, step, in, out.data, &len));
	*out.len = len;
	return CKR_OK;
}

static bool has_step(const struct op *op, enum mech_step step)
{
	const struct mech_ops *ops = op->mech.row->ops;

	return step == MECH_WHOLE ? ops->whole != NULL || (ops->update != NULL && ops->final != NULL)
	       : step == MECH_UPDATE ? ops->update != NULL
	                             : ops->update != NULL && ops->final != NULL;
}

/* A buffer that may be too small is told of at once (rule 379). */
static CK_RV give_later(struct session *s, struct op *op, struct bytes in, struct op_out out)
{
	size_t room = out.data == NULL || op->has_held ? SIZE_MAX : op->mech.row->ops->room(&op->mech, MECH_WHOLE, in.len);

	if (out.data != NULL && *out.len >= room && pending_takes_op(s, op, in.len))
		return pending_whole(s, op, in, out, room);
	return op_give(op, MECH_WHOLE, in, out);
}

static CK_RV output_step(struct session *s, struct op *op, enum mech_step step, CK_BYTE_PTR in, CK_ULONG in_len, struct op_out out)
{
	struct bytes data = {0};

	if (out.len == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the length of the output");
	try(op_check_in(in, in_len, &data));
	if (step == MECH_WHOLE && op->multi)
		return fail(CKR_OPERATION_ACTIVE, "a single-part call cannot finish a multi-part operation");
	if (!has_step(op, step))
		return fail(CKR_FUNCTION_NOT_SUPPORTED, "%s is single-part only", mech_name(op->mech.row->type));
	try(op_may_work(s, op, out.data == NULL));
	if (step == MECH_WHOLE && unlikely(session_is_async(s)))
		return give_later(s, op, data, out);
	return op_give(op, step, data, out);
}

/* An operation comes to its end, by how its last step went. */
static void complete(struct session *s, unsigned kind, CK_RV rv)
{
	const struct op *op = s->ops[kind];

	if (rv == CKR_OK && op != NULL)
		*op->completed = op->validated;
	op_end(s, kind);
}

/* What ends an operation: table T5. */
static CK_RV settle(struct session *s, unsigned kind, enum mech_step step, CK_RV rv, bool query)
{
	if (rv == CKR_BUFFER_TOO_SMALL || rv == CKR_PENDING || (rv == CKR_OK && query))
		return rv;
	if (rv != CKR_OK || step != MECH_UPDATE)
		complete(s, kind, rv);
	return rv;
}

CK_RV op_not_initialized(const struct session *s, unsigned kind)
{
	if ((s->active & OP_KIND(kind)) != 0)
		return fail(CKR_OPERATION_ACTIVE, "the operation's call is pending: C_AsyncComplete first");
	return fail(CKR_OPERATION_NOT_INITIALIZED, "no such operation is active in this session");
}

CK_RV op_whole(struct session *s, enum mech_use use, CK_BYTE_PTR in, CK_ULONG in_len, struct op_out out)
{
	struct op *op = op_active(s, use);

	if (op == NULL)
		return op_not_initialized(s, use);
	CK_RV rv = output_step(s, op, MECH_WHOLE, in, in_len, out);
	return settle(s, use, MECH_WHOLE, rv, out.data == NULL);
}

CK_RV op_update(struct session *s, enum mech_use use, CK_BYTE_PTR in, CK_ULONG in_len, struct op_out out)
{
	struct op *op = op_active(s, use);

	if (op == NULL)
		return op_not_initialized(s, use);
	CK_RV rv = output_step(s, op, MECH_UPDATE, in, in_len, out);
	if (rv == CKR_OK && out.data != NULL)
		op->multi = true;
	return settle(s, use, MECH_UPDATE, rv, out.data == NULL);
}

CK_RV op_final(struct session *s, enum mech_use use, struct op_out out)
{
	struct op *op = op_active(s, use);

	if (op == NULL)
		return op_not_initialized(s, use);
	CK_RV rv = output_step(s, op, MECH_FINAL, NULL, 0, out);
	return settle(s, use, MECH_FINAL, rv, out.data == NULL);
}

/* ---- calls without output ------------------------------------------------------------------------------ */

/* Rule 299: some signatures can be verified in parts only when they are given first. */
static bool has_parts(const struct op *op)
{
	const struct mech_ops *ops = op->mech.row->ops;

	return ops->update != NULL && !(op->kind == MECH_VERIFY && ops->verify_parts_need_signature);
}

static CK_RV feed(struct session *s, struct op *op, struct bytes in)
{
	size_t none = 0;

	if (!has_parts(op))
		return fail(CKR_FUNCTION_NOT_SUPPORTED, "%s is single-part only", mech_name(op->mech.row->type));
	try(op_may_work(s, op, false));
	try(op->mech.row->ops->update(&op->mech, in, NULL, &none));
	op->multi = true;
	return CKR_OK;
}

CK_RV op_feed(struct session *s, unsigned kind, CK_BYTE_PTR in, CK_ULONG in_len)
{
	struct op *op = op_active(s, kind);
	struct bytes data = {0};

	if (op == NULL)
		return op_not_initialized(s, kind);
	CK_RV rv = op_check_in(in, in_len, &data);
	if (rv == CKR_OK)
		rv = feed(s, op, data);
	return settle(s, kind, MECH_UPDATE, rv, false);
}

CK_RV op_run_verify(struct op *op, struct bytes in, struct bytes signature)
{
	const struct mech_ops *ops = op->mech.row->ops;
	size_t none = 0;

	if (ops->verify_whole != NULL)
		return ops->verify_whole(&op->mech, in, signature);
	try(ops->update(&op->mech, in, NULL, &none));
	return ops->verify_final(&op->mech, signature);
}

static CK_RV verify_whole(struct session *s, struct op *op, struct bytes in, struct bytes signature)
{
	if (op->multi)
		return fail(CKR_OPERATION_ACTIVE, "a single-part call cannot finish a multi-part operation");
	try(op_may_work(s, op, false));
	if (unlikely(session_is_async(s)) && pending_takes_op(s, op, in.len))
		return pending_verify(s, op, in, signature);
	return op_run_verify(op, in, signature);
}

CK_RV op_verify(struct session *s, CK_BYTE_PTR in, CK_ULONG in_len, CK_BYTE_PTR signature, CK_ULONG signature_len)
{
	struct op *op = op_active(s, MECH_VERIFY);
	struct bytes data = {0}, sig = {0};

	if (op == NULL)
		return op_not_initialized(s, MECH_VERIFY);
	CK_RV rv = op_check_in(in, in_len, &data);
	if (rv == CKR_OK)
		rv = op_check_in(signature, signature_len, &sig);
	if (rv == CKR_OK)
		rv = verify_whole(s, op, data, sig);
	return settle(s, MECH_VERIFY, MECH_WHOLE, rv, false);
}

static CK_RV verify_final(struct session *s, struct op *op, struct bytes signature)
{
	if (op->mech.row->ops->verify_final == NULL || !has_parts(op))
		return fail(CKR_FUNCTION_NOT_SUPPORTED, "%s is single-part only", mech_name(op->mech.row->type));
	try(op_may_work(s, op, false));
	return op->mech.row->ops->verify_final(&op->mech, signature);
}

CK_RV op_verify_final(struct session *s, CK_BYTE_PTR signature, CK_ULONG signature_len)
{
	struct op *op = op_active(s, MECH_VERIFY);
	struct bytes sig = {0};

	if (op == NULL)
		return op_not_initialized(s, MECH_VERIFY);
	CK_RV rv = op_check_in(signature, signature_len, &sig);
	if (rv == CKR_OK)
		rv = verify_final(s, op, sig);
	complete(s, MECH_VERIFY, rv);
	return rv;
}

CK_RV op_signature_verify(struct session *s, CK_BYTE_PTR in, CK_ULONG in_len)
{
	struct op *op = op_active(s, OP_VERIFY_SIGNATURE);
	struct bytes data = {0};

	if (op == NULL)
		return op_not_initialized(s, OP_VERIFY_SIGNATURE);
	CK_RV rv = op_check_in(in, in_len, &data);
	if (rv == CKR_OK)
		rv = verify_whole(s, op, data, buf_bytes(&op->signature));
	complete(s, OP_VERIFY_SIGNATURE, rv);
	return rv;
}

CK_RV op_signature_final(struct session *s)
{
	struct op *op = op_active(s, OP_VERIFY_SIGNATURE);

	if (op == NULL)
		return op_not_initialized(s, OP_VERIFY_SIGNATURE);
	CK_RV rv = verify_final(s, op, buf_bytes(&op->signature));
	complete(s, OP_VERIFY_SIGNATURE, rv);
	return rv;
}

static CK_RV check_digestible(const struct op *op, const struct attrs *a)
{
	CK_OBJECT_CLASS object_class = CK_UNAVAILABLE_INFORMATION;

	(void)attrs_get_ulong(a, CKA_CLASS, &object_class);
	if (!schema_is_key(object_class))
		return fail(CKR_KEY_HANDLE_INVALID, "the object is no key");
	if (object_class != CKO_SECRET_KEY)
		return fail(CKR_KEY_INDIGESTIBLE, "only the value of a secret key can be digested");
	if (!op_allows_mechanism(a, op->mech.row->type))
		return fail(CKR_KEY_INDIGESTIBLE, "%s is not among the key's CKA_ALLOWED_MECHANISMS", mech_name(op->mech.row->type));
	return CKR_OK;
}

static CK_RV digest_key(struct session *s, struct op *op, CK_OBJECT_HANDLE handle)
{
	struct object *key = NULL;
	const struct mech_key *material = NULL;

	try(objects_take(s, handle, CKR_KEY_HANDLE_INVALID, &key));
	CK_RV rv = check_digestible(op, atomic_load(&key->attrs));
	if (rv == CKR_OK)
		rv = objects_key(key, &material);
	if (rv == CKR_OK)
		rv = feed(s, op, secret_bytes(&material->value));
	objects_release(key);
	return rv;
}

CK_RV op_digest_key(struct session *s, CK_OBJECT_HANDLE key)
{
	struct op *op = op_active(s, MECH_DIGEST);

	if (op == NULL)
		return op_not_initialized(s, MECH_DIGEST);
	return settle(s, MECH_DIGEST, MECH_UPDATE, digest_key(s, op, key), false);
}

/* ---- dual calls ---------------------------------------------------------------------------------------------- */

/* Rules 318 to 324. Plaintext is fed: the input of an encryption before it is overwritten in place, the output of a
 * decryption. Nothing is fed when there is no output. */
static CK_RV dual(struct session *s, struct op *transform, struct op *fed, CK_BYTE_PTR in, CK_ULONG in_len, struct op_out out)
{
	const struct mech_ops *ops = transform->mech.row->ops;

	if (out.len == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the length of the output");
	bool encrypting = transform->mech.use == MECH_ENCRYPT;
	if (ops->update == NULL || !has_parts(fed))
		return fail(CKR_FUNCTION_NOT_SUPPORTED, "one of the two mechanisms is single-part only");
	bool work = out.data != NULL && *out.len >= ops->room(&transform->mech, MECH_UPDATE, in_len);
	if (encrypting && work) {
		struct bytes data = {0};
		try(op_check_in(in, in_len, &data));
		try(feed(s, fed, data));
	}
	try(output_step(s, transform, MECH_UPDATE, in, in_len, out));
	if (!work)
		return CKR_OK;
	transform->multi = true;
	return encrypting ? CKR_OK : feed(s, fed, bytes_of(out.data, *out.len));
}

CK_RV op_dual(struct session *s, enum mech_use transform, enum mech_use fed, CK_BYTE_PTR in, CK_ULONG in_len, struct op_out out)
{
	struct op *t = op_active(s, transform);
	struct op *f = op_active(s, fed);

	if (t == NULL || f == NULL)
		return op_not_initialized(s, t == NULL ? transform : fed);
	CK_RV rv = dual(s, t, f, in, in_len, out);
	if (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL) {
		op_end(s, transform);
		op_end(s, fed);
	}
	return rv;
}
