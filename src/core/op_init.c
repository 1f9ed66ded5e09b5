/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning and the end of operations: which may be active together, which key may do what, and in which order
 * mistakes are told (operation state, key handle, mechanism, parameter, key type, permission). */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "core/pending.h"
#include "core/leaves.h"
#include "core/message.h"
#include "core/module.h"
#include "core/objects.h"
#include "core/op_internal.h"
#include "core/otp.h"
#include "core/session.h"
#include "core/token.h"
#include "core/uses.h"
#include "core/validation.h"

#define KIND(k) OP_KIND(k)

/* What takes one of the uses of a key that has so and so many: all that gives away what only the key's holder can make.
 * Verifying gives nothing away. */
enum counted {
	COUNTS_NOTHING,
	COUNTS_OPERATIONS,
	COUNTS_MESSAGES,
};

/* What each kind of operation asks of a mechanism and a key, and beside which others it may be active (rule 244:
 * digest+encrypt, decrypt+digest, sign+encrypt, decrypt+verify). */
static const struct {
	enum mech_use use;
	CK_FLAGS flag;                /* mechanism info, and C_SessionCancel (table T6, rule 336) */
	CK_ATTRIBUTE_TYPE permission; /* 0: no key */
	bool private_side;            /* of an asymmetric pair */
	unsigned beside;
	enum counted counted;
} kinds[OP_KINDS] = {
	[MECH_ENCRYPT] = {MECH_ENCRYPT, CKF_ENCRYPT, CKA_ENCRYPT, false, KIND(MECH_DIGEST) | KIND(MECH_SIGN), COUNTS_OPERATIONS},
	[MECH_DECRYPT] = {MECH_DECRYPT, CKF_DECRYPT, CKA_DECRYPT, true, KIND(MECH_DIGEST) | KIND(MECH_VERIFY), COUNTS_OPERATIONS},
	[MECH_DIGEST] = {MECH_DIGEST, CKF_DIGEST, 0, false, KIND(MECH_ENCRYPT) | KIND(MECH_DECRYPT), COUNTS_NOTHING},
	[MECH_SIGN] = {MECH_SIGN, CKF_SIGN, CKA_SIGN, true, KIND(MECH_ENCRYPT), COUNTS_OPERATIONS},
	[MECH_VERIFY] = {MECH_VERIFY, CKF_VERIFY, CKA_VERIFY, false, KIND(MECH_DECRYPT), COUNTS_NOTHING},
	[MECH_SIGN_RECOVER] = {MECH_SIGN_RECOVER, CKF_SIGN_RECOVER, CKA_SIGN_RECOVER, true, 0, COUNTS_OPERATIONS},
	[MECH_VERIFY_RECOVER] = {MECH_VERIFY_RECOVER, CKF_VERIFY_RECOVER, CKA_VERIFY_RECOVER, false, 0, COUNTS_NOTHING},
	[OP_VERIFY_SIGNATURE] = {MECH_VERIFY, CKF_VERIFY, CKA_VERIFY, false, 0, COUNTS_NOTHING},
	[OP_MESSAGE_ENCRYPT] = {MECH_ENCRYPT, CKF_MESSAGE_ENCRYPT, CKA_ENCRYPT, false, 0, COUNTS_MESSAGES},
	[OP_MESSAGE_DECRYPT] = {MECH_DECRYPT, CKF_MESSAGE_DECRYPT, CKA_DECRYPT, true, 0, COUNTS_MESSAGES},
	[OP_MESSAGE_SIGN] = {MECH_SIGN, CKF_MESSAGE_SIGN, CKA_SIGN, true, 0, COUNTS_MESSAGES},
	[OP_MESSAGE_VERIFY] = {MECH_VERIFY, CKF_MESSAGE_VERIFY, CKA_VERIFY, false, 0, COUNTS_NOTHING},
};

CK_RV op_may_start(const struct session *s, unsigned kind)
{
	unsigned active = s->active;

	/* Nothing active, or exactly one that the pairs allow. */
	if (active == 0 || ((active & kinds[kind].beside) == active && (active & (active - 1)) == 0))
		return CKR_OK;
	return fail(CKR_OPERATION_ACTIVE, "another operation is active in this session");
}

/* ---- checks -------------------------------------------------------------------------------------------- */

bool op_allows_mechanism(const struct attrs *a, CK_MECHANISM_TYPE type)
{
	struct bytes list;

	if (!attrs_get(a, CKA_ALLOWED_MECHANISMS, &list))
		return true;
	for (size_t i = 0; i + sizeof(CK_MECHANISM_TYPE) <= list.len; i += sizeof(CK_MECHANISM_TYPE)) {
		CK_MECHANISM_TYPE one;
		__builtin_memcpy(&one, list.data + i, sizeof(one));
		if (one == type)
			return true;
	}
	return false;
}

static bool right_class(unsigned kind, CK_OBJECT_CLASS c)
{
	return c == CKO_SECRET_KEY || c == CKO_OTP_KEY || c == (kinds[kind].private_side ? CKO_PRIVATE_KEY : CKO_PUBLIC_KEY);
}

/* Rules 251 to 254: key type first, then permission. */
static CK_RV check_key(const struct policy *policy, unsigned kind, const struct mech_row *row, const struct attrs *a)
{
	CK_OBJECT_CLASS object_class = 0;
	CK_KEY_TYPE type = 0;

	if (!attrs_get_ulong(a, CKA_CLASS, &object_class) || !attrs_get_ulong(a, CKA_KEY_TYPE, &type))
		return fail(CKR_KEY_HANDLE_INVALID, "the object is no key");
	if (!right_class(kind, object_class) || !mech_takes_key_type(row, type))
		return fail(CKR_KEY_TYPE_INCONSISTENT, "key type 0x%lx, class %lu does not fit %s", type, object_class, mech_name(row->type));
	if (!attrs_get_bool(a, kinds[kind].permission, false))
		return fail(CKR_KEY_FUNCTION_NOT_PERMITTED, "the key's %s is false", attr_name(kinds[kind].permission));
	if (!op_allows_mechanism(a, row->type))
		return fail(CKR_MECHANISM_INVALID, "%s is not among the key's CKA_ALLOWED_MECHANISMS", mech_name(row->type));
	return policy_check_dates(policy, a, kinds[kind].flag);
}

static bool is_counted(unsigned kind, const struct attrs *key)
{
	return kinds[kind].counted != COUNTS_NOTHING && uses_left(key) != CK_UNAVAILABLE_INFORMATION;
}

CK_RV op_recheck_key(struct session *s, struct op *op)
{
	if (op->key == NULL)
		return CKR_OK;
	const struct attrs *now = atomic_load_explicit(&op->key->attrs, memory_order_acquire);
	if (likely(now == op->seen))
		return CKR_OK;
	try(check_key(session_policy(s), op->kind, op->mech.row, now));
	op->counted = is_counted(op->kind, now);
	op->seen = now;
	return CKR_OK;
}

/* The attributes that the operation has seen may be gone after this: its next step looks again. */
static CK_RV take_use(struct op *op)
{
	op->seen = NULL;
	return uses_take(op->session, op->key, CKR_KEY_HANDLE_INVALID);
}

CK_RV op_take_message_use(struct op *op)
{
	return op->counted ? take_use(op) : CKR_OK;
}

/* The last step of the beginning: what is refused before costs nothing. Each message takes its own use; that there
 * are none left is told here, too. */
static CK_RV begin_use(struct op *op)
{
	if (likely(!op->counted))
		return CKR_OK;
	return kinds[op->kind].counted == COUNTS_OPERATIONS ? take_use(op) : uses_check(op->seen);
}

/* Message ciphers have steps of their own; messages are signed with those of signing. */
static bool is_cipher_message(const struct op *op)
{
	return op->kind == OP_MESSAGE_ENCRYPT || op->kind == OP_MESSAGE_DECRYPT;
}

static bool has_steps(const struct op *op)
{
	return is_cipher_message(op) ? op->mech.row->message != NULL : op->mech.row->ops != NULL;
}

static CK_RV start(struct op *op)
{
	CK_RV (*step)(struct mech_op *op) = is_cipher_message(op) ? op->mech.row->message->start : op->mech.row->ops->start;

	return step == NULL ? CKR_OK : step(&op->mech);
}

static void end_steps(struct op *op)
{
	if (op->mech.row == NULL || !has_steps(op))
		return;
	void (*step)(struct mech_op *op) = is_cipher_message(op) ? op->mech.row->message->end : op->mech.row->ops->end;
	if (step != NULL)
		step(&op->mech);
}

static CK_RV check_params(struct op *op, const CK_MECHANISM *m, const struct bytes *saved)
{
	const struct mech_ops *ops = op->mech.row->ops;

	if (is_cipher_message(op))
		return message_check_init(op, m);
	if (saved != NULL) {
		if (ops->restore_params == NULL)
			return saved->len == 0 ? CKR_OK : CKR_SAVED_STATE_INVALID;
		return ops->restore_params(&op->mech, *saved);
	}
	if (ops->params != NULL)
		return ops->params(&op->mech, m);
	if (m->ulParameterLen != 0)
		return fail(CKR_MECHANISM_PARAM_INVALID, "%s takes no parameter", mech_name(m->mechanism));
	return CKR_OK;
}

/* Was the same asked in this memory before: mechanism, use, policy, and a key that has not changed since its
 * attributes were read? Else the old answer is dropped. Dates are looked at each time. */
static bool asked_before(struct session *s, struct op *op, CK_MECHANISM_TYPE type)
{
	struct op_permitted *l = &op->last;
	const struct policy *policy = session_policy(s);

	if (l->row != NULL && l->row->type == type && l->kind == op->kind && l->policy == policy && !policy->enforce_dates &&
	    (op->key == NULL || (l->key == op->key->handle && l->changes == atomic_load(&op->key->changes))))
		return true;
	l->row = NULL;
	return false;
}

static void remember(struct session *s, struct op *op, uint32_t changes)
{
	if (op->last.row != NULL)
		return; /* nothing new */
	op->last = (struct op_permitted){
		.row = op->mech.row,
		.policy = session_policy(s),
		.kind = op->kind,
		.key = op->key == NULL ? 0 : op->key->handle,
		.changes = changes,
		.must_authenticate = op->must_authenticate,
		.counted = op->counted,
		.names = policy_parameter_names(op->mech.row->type),
	};
}

static CK_RV bind_key(struct session *s, struct op *op)
{
	const struct attrs *a = atomic_load_explicit(&op->key->attrs, memory_order_acquire);

	if (!asked_before(s, op, op->mech.row->type))
		try(check_key(session_policy(s), op->kind, op->mech.row, a));
	if (op->key->private_object) {
		if (!session_user_epoch(s, &op->epoch))
			return fail(CKR_KEY_HANDLE_INVALID, "the user has logged out");
		try(session_check_pin_expired(s));
	}
	op->seen = a;
	op->must_authenticate = op->last.row != NULL ? op->last.must_authenticate : attrs_get_bool(a, CKA_ALWAYS_AUTHENTICATE, false);
	op->counted = op->last.row != NULL ? op->last.counted : is_counted(op->kind, a);
	try(objects_key(op->key, &op->mech.key));
	op->mech.park = objects_park(op->key);
	return policy_check_mac(session_policy(s), op->mech.row, op->mech.key);
}

static CK_RV fill(struct session *s, struct op *op, const CK_MECHANISM *m, const struct bytes *saved, CK_OBJECT_HANDLE key)
{
	unsigned kind = op->kind;

	if (kinds[kind].permission != 0) {
		try(objects_take(s, key, CKR_KEY_HANDLE_INVALID, &op->key));
		op->mech.park = objects_park(op->key);
	}
	/* Before the attributes are looked at: a change meanwhile makes what is remembered old. */
	uint32_t changes = op->key == NULL ? 0 : atomic_load(&op->key->changes);
	if (asked_before(s, op, m->mechanism)) {
		op->mech.row = op->last.row;
		if (op->last.names)
			try(policy_check_parameter(session_policy(s), m, kinds[kind].flag));
	} else {
		try(policy_admit(session_policy(s), m, kinds[kind].flag, &op->mech.row));
	}
	if (!has_steps(op))
		return fail(CKR_MECHANISM_INVALID, "%s cannot be used here", mech_name(m->mechanism));
	try(check_params(op, m, saved));
	if (op->key != NULL)
		try(bind_key(s, op));
	remember(s, op, changes);
	op->validated = validation_judge(s, m, kinds[kind].flag, op->seen);
	op->completed = &s->validated;
	try(start(op));
	return begin_use(op);
}

static CK_RV take_counter(struct mech_op *m, uint64_t *ret)
{
	return m->key->type == CKK_HSS ? leaves_take(m, ret) : otp_take_counter(m, ret);
}

CK_RV op_make(struct session *s, unsigned kind, const CK_MECHANISM *mechanism, const struct bytes *saved_params, CK_OBJECT_HANDLE key,
              struct op **ret)
{
	struct op *op = s->spare != NULL ? s->spare : calloc(1, sizeof(*op));

	if (op == NULL)
		return CKR_HOST_MEMORY;
	s->spare = NULL;
	op->kind = kind;
	op->mech.lane = s->index;
	op->mech.use = kinds[kind].use;
	op->mech.take_counter = take_counter;
	op->session = s;
	op->mech.env = &s->module->env;
	CK_RV rv = fill(s, op, mechanism, saved_params, key);
	if (rv != CKR_OK) {
		op_free(s, op);
		return rv;
	}
	*ret = op;
	return CKR_OK;
}

void op_put(struct session *s, struct op *op)
{
	s->ops[op->kind] = op;
	s->active |= KIND(op->kind);
	if (op->epoch != 0)
		atomic_fetch_add(&s->private_ops, 1);
}

CK_RV op_init(struct session *s, unsigned kind, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key)
{
	struct op *op = NULL;

	if (mechanism == NULL) {
		op_end(s, kind);
		pending_cancel(s, kinds[kind].flag);
		return CKR_OK;
	}
	op_end_private(s);
	try(op_may_start(s, kind));
	try(op_make(s, kind, mechanism, NULL, key, &op));
	op_put(s, op);
	return CKR_OK;
}

CK_RV op_signature_init(struct session *s, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key, CK_BYTE_PTR signature, CK_ULONG signature_len)
{
	struct bytes given = {0};
	struct op *op = NULL;

	if (mechanism == NULL) {
		op_end(s, OP_VERIFY_SIGNATURE);
		return CKR_OK;
	}
	try(op_check_in(signature, signature_len, &given));
	op_end_private(s);
	try(op_may_start(s, OP_VERIFY_SIGNATURE));
	try(op_make(s, OP_VERIFY_SIGNATURE, mechanism, NULL, key, &op));
	CK_RV rv = buf_append(&op->signature, given);
	if (rv == CKR_OK)
		op_put(s, op);
	else
		op_free(s, op);
	return rv;
}

/* ---- the end --------------------------------------------------------------------------------------------- */

static void give_back(struct op *op)
{
	end_steps(op);
	message_free(op->message);
	secret_free(&op->held);
	buf_free(&op->signature);
	objects_release(op->key);
}

void op_free_detached(struct op *op)
{
	if (op == NULL)
		return;
	give_back(op);
	free(op);
}

void op_free(struct session *s, struct op *op)
{
	give_back(op);
	memset(op, 0, offsetof(struct op, last));
	if (s->spare == NULL)
		s->spare = op;
	else
		free(op);
}

void op_detach(struct session *s, unsigned kind)
{
	if (s->ops[kind]->epoch != 0)
		atomic_fetch_sub(&s->private_ops, 1);
	s->ops[kind] = NULL;
}

bool op_some_detached(const struct session *s)
{
	for (unsigned k = 0; k < OP_KINDS; k++) {
		if ((s->active & KIND(k)) != 0 && s->ops[k] == NULL)
			return true;
	}
	return false;
}

void op_end(struct session *s, unsigned kind)
{
	struct op *op = s->ops[kind];

	if (op == NULL)
		return;
	op_detach(s, kind);
	s->active &= ~KIND(kind);
	op_free(s, op);
}

void op_end_all(struct session *s)
{
	for (unsigned k = 0; k < OP_KINDS; k++)
		op_end(s, k);
	free(s->spare);
	s->spare = NULL;
}

void op_end_private(struct session *s)
{
	uint64_t epoch = 0;

	if (likely(atomic_load_explicit(&s->private_ops, memory_order_relaxed) == 0))
		return;
	bool user = session_user_epoch(s, &epoch);
	for (unsigned left = s->active; left != 0; left &= left - 1) {
		unsigned k = (unsigned)__builtin_ctz(left);
		const struct op *op = s->ops[k]; /* NULL: its call is pending */

		if (op != NULL && op->epoch != 0 && !(user && op->epoch == epoch))
			op_end(s, k);
	}
	pending_end_private(s, user ? epoch : 0);
}

void op_cancel(struct session *s, CK_FLAGS flags)
{
	for (unsigned k = 0; k < OP_KINDS; k++) {
		if ((flags & kinds[k].flag) != 0)
			op_end(s, k);
	}
	pending_cancel(s, flags);
}

/* ---- context login ------------------------------------------------------------------------------------- */

bool op_wants_context_login(const struct session *s)
{
	for (unsigned k = 0; k < OP_KINDS; k++) {
		if (s->ops[k] != NULL && s->ops[k]->must_authenticate)
			return true;
	}
	return false;
}

void op_context_login(struct session *s)
{
	for (unsigned k = 0; k < OP_KINDS; k++) {
		if (s->ops[k] != NULL && s->ops[k]->must_authenticate)
			s->ops[k]->authenticated = true;
	}
}
