/* SPDX-License-Identifier: Apache-2.0 */
/* Where a message process stands, as data: which call may come when, and what its result leaves. Whatever a call
 * returns, only its Final, a cancellation or the end of private access ends the process itself. */
#include "core/message.h"

#include <stdlib.h>

#include "base/log.h"
#include "core/message_internal.h"
#include "core/op_internal.h"
#include "core/session.h"

static const struct {
	bool in_message;  /* the call belongs between Begin and the end of a message, or outside */
	CK_RV misplaced;  /* what it answers elsewhere (rules 306, 307) */
	bool leaves_open; /* after CKR_OK the message goes on; any other code but CKR_BUFFER_TOO_SMALL ends it */
} steps[] = {
	[MESSAGE_WHOLE] = {.in_message = false, .misplaced = CKR_OPERATION_ACTIVE},
	[MESSAGE_BEGIN] = {.in_message = false, .misplaced = CKR_OPERATION_ACTIVE, .leaves_open = true},
	[MESSAGE_NEXT] = {.in_message = true, .misplaced = CKR_OPERATION_NOT_INITIALIZED, .leaves_open = true},
	[MESSAGE_LAST] = {.in_message = true, .misplaced = CKR_OPERATION_NOT_INITIALIZED},
	[MESSAGE_FINAL] = {.in_message = false, .misplaced = CKR_OPERATION_ACTIVE},
};

CK_RV message_enter(struct session *s, unsigned kind, enum message_step step, struct op **ret)
{
	struct op *op = op_active(s, kind);

	if (op == NULL)
		return op_not_initialized(s, kind);
	if (op->message == NULL)
		op->message = calloc(1, sizeof(*op->message));
	if (op->message == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for a message");
	if (op->message->open != steps[step].in_message)
		return fail(steps[step].misplaced, "%s", op->message->open ? "a message is under way" : "no message has begun");
	*ret = op;
	return CKR_OK;
}

/* The next message starts anew, with a context login of its own where the key wants one. */
static void close_message(struct op *op)
{
	struct message *m = op->message;

	m->open = false;
	buf_free(&m->pending);
	m->done = 0;
	op->authenticated = false;
}

CK_RV message_leave(struct op *op, enum message_step step, CK_RV rv, bool query)
{
	if (rv == CKR_BUFFER_TOO_SMALL || (rv == CKR_OK && query))
		return rv;
	if (rv == CKR_OK && steps[step].leaves_open) {
		op->message->open = true;
		return rv;
	}
	if (rv == CKR_OK)
		*op->completed = op->validated;
	close_message(op);
	return rv;
}

CK_RV message_final(struct session *s, unsigned kind)
{
	struct op *op = NULL;

	try(message_enter(s, kind, MESSAGE_FINAL, &op));
	op_end(s, kind);
	return CKR_OK;
}

void message_free(struct message *m)
{
	if (m == NULL)
		return;
	buf_free(&m->pending);
	wipe(m, sizeof(*m));
	free(m);
}
