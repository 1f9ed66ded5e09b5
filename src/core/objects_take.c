/* SPDX-License-Identifier: Apache-2.0 */
/* Taking: from a handle to an object that the session may see, as the store has it now. */
#include "core/objects_internal.h"

#include <stdlib.h>

#include "base/log.h"
#include "core/module.h"
#include "core/session.h"
#include "core/token.h"
#include "object/persist.h"

bool objects_maker_lives(const struct object *o)
{
	return o->maker == NULL || atomic_load(&o->maker->handle) == o->maker_handle;
}

bool objects_visible(const struct session *s, const struct object *o)
{
	uint64_t epoch = 0;

	if (o->token != s->token)
		return false;
	if (o->builtin)
		return true;
	if (!o->token_object && (o->era != atomic_load_explicit(&s->era, memory_order_relaxed) || !objects_maker_lives(o)))
		return false;
	if (!o->private_object)
		return true;
	return session_user_epoch(s, &epoch) && epoch == o->epoch;
}

static bool is_bare(struct object *o)
{
	return atomic_load_explicit(&o->attrs, memory_order_acquire) == NULL;
}

/* What was read from the store, unless the object has it or something younger already; *fresh is NULL when it was taken.
 * `known` was the object's version before it was read. */
static CK_RV put_read_locked(struct object *o, struct attrs **fresh, struct old_attrs **node, uint64_t version, uint64_t known)
{
	if (version < known)
		return fail(CKR_DEVICE_ERROR, "token object 0x%lx: version %llu is stored, version %llu was there already", o->handle,
		            (unsigned long long)version, (unsigned long long)known);
	/* Another thread has changed it since. */
	if (version < atomic_load(&o->version))
		return CKR_OK;
	/* Nobody empties it while the caller holds it, so a bare object's record cannot have been read too early. */
	if (is_bare(o)) {
		atomic_fetch_add(&o->changes, 1);
		atomic_store(&o->attrs, *fresh);
	} else if (version > atomic_load(&o->version)) {
		object_swap_attrs_locked(o, *fresh, node);
	} else {
		return CKR_OK;
	}
	atomic_store(&o->version, version);
	*fresh = NULL;
	return CKR_OK;
}

static CK_RV reload(struct object *o, const struct persist *p, uint64_t stamp)
{
	uint64_t version = 0, known = atomic_load(&o->version);
	struct attrs *fresh = NULL;

	try(persist_load(p, &o->id, &fresh, &version));
	struct old_attrs *node = malloc(sizeof(*node));
	lock_take(&o->lock);
	CK_RV rv = node == NULL ? CKR_HOST_MEMORY : put_read_locked(o, &fresh, &node, version, known);
	if (rv == CKR_OK)
		atomic_store(&o->stamp, stamp);
	lock_release(&o->lock);
	free(node);
	attrs_free(fresh);
	object_keep_whole(o);
	return rv;
}

void object_offer(struct object *o, struct attrs *a, uint64_t version)
{
	lock_take(&o->lock);
	if (is_bare(o) && version == atomic_load(&o->version)) {
		atomic_store(&o->attrs, a);
		a = NULL;
	}
	lock_release(&o->lock);
	attrs_free(a);
	object_keep_whole(o);
}

static CK_RV check_version(struct object *o, const struct persist *p, uint64_t stamp)
{
	uint64_t version = 0;

	try(persist_version(p, &o->id, &version));
	if (version == 0)
		return CKR_OBJECT_HANDLE_INVALID;
	if (version != atomic_load(&o->version))
		return reload(o, p, stamp);
	atomic_store_explicit(&o->stamp, stamp, memory_order_relaxed);
	return CKR_OK;
}

/* What the store says now of a token object, asked only when the store has changed since, or when the object is bare.
 * A key that is about to be used may be as old as store_stamp_recent allows. */
static CK_RV refresh(struct object *o, bool for_use)
{
	struct store *store = o->token->module->store;
	uint64_t stamp = for_use ? store_stamp_recent(store) : store_stamp(store);
	struct token_keys *k = NULL;
	struct persist p;

	if (unlikely(!atomic_load_explicit(&o->cache.used, memory_order_relaxed)))
		atomic_store_explicit(&o->cache.used, true, memory_order_relaxed);
	if (likely(stamp == atomic_load_explicit(&o->stamp, memory_order_relaxed) && !is_bare(o)))
		return CKR_OK;
	try(token_keys_take(o->token, &k));
	objects_persist(o->token, k, &p);
	CK_RV rv = is_bare(o) ? reload(o, &p, stamp) : check_version(o, &p, stamp);
	token_keys_release(k);
	return rv;
}

CK_RV objects_refresh(struct object *o)
{
	return o->token_object ? refresh(o, false) : CKR_OK;
}

CK_RV objects_take(struct session *s, CK_OBJECT_HANDLE h, CK_RV invalid, struct object **ret)
{
	struct object *o = handle_take(&s->module->objects, h);

	if (o == NULL)
		return fail(invalid, "object handle 0x%lx: no such object, or destroyed, or private and logged out", h);
	CK_RV rv = CKR_OK;
	if (!objects_visible(s, o))
		rv = fail(invalid, "object handle 0x%lx is not visible to this session", h);
	else if (o->token_object)
		rv = refresh(o, invalid == CKR_KEY_HANDLE_INVALID);
	if (rv == CKR_OBJECT_HANDLE_INVALID) {
		objects_end(&o->token->objects, o);
		rv = fail(invalid, "object handle 0x%lx: destroyed by another application", h);
	}
	if (rv != CKR_OK) {
		objects_release(o);
		return rv;
	}
	*ret = o;
	return CKR_OK;
}

void objects_release(struct object *o)
{
	if (o != NULL)
		handle_release(&o->token->module->objects, o->handle);
}
