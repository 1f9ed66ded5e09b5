/* SPDX-License-Identifier: Apache-2.0 */
/* Changing what an object is, all or nothing: whatever can fail comes before the store's change. */
#include "core/objects_internal.h"

#include <stdlib.h>

#include "base/log.h"
#include "core/module.h"
#include "core/session.h"
#include "core/token.h"
#include "object/persist.h"

/* Of a step by several at once: each time somebody else was faster. */
#define MAX_ATTEMPTS 1000

static CK_RV save_change(struct session *s, struct object *o, uint64_t version, const struct attrs *attrs)
{
	struct token_keys *k = NULL;
	struct persist p;

	try(token_keys_take(s->token, &k));
	objects_persist(s->token, k, &p);
	CK_RV rv = persist_replace(&p, &o->id, version, attrs);
	token_keys_release(k);
	return rv;
}

/* The index of session objects follows changed attributes. */
static CK_RV change_in_memory(struct object *o, struct attrs *from, struct attrs *attrs, struct old_attrs **node)
{
	struct objects *c = &o->token->objects;
	CK_RV rv = CKR_OK;

	lock_take(&c->lock);
	lock_take(&o->lock);
	if (atomic_load(&o->attrs) != from || !handle_alive(&o->token->module->objects, o->handle))
		rv = CKR_FUNCTION_FAILED;
	else
		object_swap_attrs_locked(o, attrs, node);
	lock_release(&o->lock);
	if (rv == CKR_OK)
		objects_reindex_locked(c, o);
	lock_release(&c->lock);
	return rv;
}

static CK_RV change_stored(struct session *s, struct object *o, struct attrs *from, struct attrs *attrs, struct old_attrs **node)
{
	uint64_t version = atomic_load(&o->version);

	if (atomic_load(&o->attrs) != from)
		return CKR_FUNCTION_FAILED;
	try(save_change(s, o, version, attrs));
	lock_take(&o->lock);
	if (atomic_load(&o->version) > version) {
		/* Another thread has read our change back from the store already. */
		attrs_free(attrs);
	} else {
		object_swap_attrs_locked(o, attrs, node);
		atomic_store(&o->version, version + 1);
	}
	lock_release(&o->lock);
	return CKR_OK;
}

CK_RV objects_change(struct session *s, struct object *o, struct attrs *from, struct attrs *attrs)
{
	/* Before anything is changed: afterwards nothing may fail. */
	struct old_attrs *node = malloc(sizeof(*node));

	if (node == NULL)
		return CKR_HOST_MEMORY;
	CK_RV rv = o->token_object ? change_stored(s, o, from, attrs, &node) : change_in_memory(o, from, attrs, &node);
	free(node);
	return rv;
}

static CK_RV move_once(struct session *s, struct object *o, objects_step step, void *arg)
{
	struct attr_list list cleanup(attr_list_free) = {0};
	struct attrs *from = atomic_load(&o->attrs);
	struct attrs *packed = NULL;

	try(attrs_unpack(from, &list));
	try(step(from, &list, arg));
	try(attrs_pack(&list, &packed));
	CK_RV rv = objects_change(s, o, from, packed);
	if (rv != CKR_OK)
		attrs_free(packed);
	return rv;
}

CK_RV objects_move(struct session *s, struct object *o, objects_step step, void *arg)
{
	CK_RV rv = move_once(s, o, step, arg);

	for (int attempt = 1; attempt < MAX_ATTEMPTS && rv == CKR_FUNCTION_FAILED; attempt++) {
		try(objects_refresh(o));
		rv = move_once(s, o, step, arg);
	}
	return rv;
}
