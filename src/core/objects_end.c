/* SPDX-License-Identifier: Apache-2.0 */
/* How objects end in numbers: with their session, with private access, with the token. Objects in use live on,
 * without a handle, until the last user lets go. */
#include "core/module.h"
#include "core/objects_internal.h"
#include "core/session.h"
#include "core/token.h"

#define BATCH 256

/* Ends the objects that `which` names, a batch at a time: the lock is not held while memory is freed. */
static void end_some(struct objects *c, struct object *const *head, bool (*which)(const struct object *o, uint64_t epoch), uint64_t epoch)
{
	struct handle_table *handles = NULL;
	CK_OBJECT_HANDLE batch[BATCH];
	size_t count;

	do {
		count = 0;
		lock_take(&c->lock);
		for (struct object *o = *head, *next; o != NULL && count < BATCH; o = next) {
			next = o->next;
			if (!which(o, epoch))
				continue;
			handles = &o->token->module->objects;
			batch[count++] = o->handle;
			objects_leave_locked(c, o);
		}
		lock_release(&c->lock);
		for (size_t i = 0; i < count; i++)
			handle_kill(handles, batch[i]);
	} while (count == BATCH);
}

static bool private_until(const struct object *o, uint64_t epoch)
{
	return o->private_object && o->epoch <= epoch;
}

static bool any(const struct object *o, uint64_t epoch)
{
	(void)o;
	(void)epoch;
	return true;
}

void objects_end_session(struct session *s)
{
	struct objects *c = &s->token->objects;
	struct object *o;

	do {
		lock_take(&c->lock);
		o = s->objects;
		CK_OBJECT_HANDLE h = o == NULL ? 0 : o->handle;
		if (o != NULL)
			objects_leave_locked(c, o);
		lock_release(&c->lock);
		if (o != NULL)
			handle_kill(&s->module->objects, h);
	} while (o != NULL);
}

void objects_end_private(struct objects *o, uint64_t epoch)
{
	end_some(o, &o->session_first, private_until, epoch);
	end_some(o, &o->first, private_until, epoch);
}

void objects_end_all(struct objects *o)
{
	end_some(o, &o->session_first, any, 0);
	end_some(o, &o->first, any, 0);
	builtin_end(o);
}
