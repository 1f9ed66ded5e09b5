/* SPDX-License-Identifier: Apache-2.0 */
/* One object: its memory, its attributes of now and before, its decoded key. Knows no collection and no session. */
#include "core/objects_internal.h"

#include <stdlib.h>

#include "core/module.h"
#include "core/token.h"
#include "mech/mech.h"

static void free_old(struct old_attrs **old)
{
	while (*old != NULL) {
		struct old_attrs *next = (*old)->next;
		attrs_free((*old)->attrs);
		free(*old);
		*old = next;
	}
}

static void key_free(struct object_key *k)
{
	if (k == NULL)
		return;
	mech_park_empty(&k->park);
	mech_key_free(k->material);
	free(k);
}

void object_take_content(struct object *o, struct object_content *ret)
{
	ret->attrs = atomic_exchange(&o->attrs, NULL);
	ret->key = atomic_exchange(&o->key, NULL);
	ret->old = o->old;
	o->old = NULL;
}

void object_free_content(struct object_content *c)
{
	key_free(c->key);
	free_old(&c->old);
	attrs_free(c->attrs);
}

void objects_destroy_item(void *item)
{
	struct object_content content = {0};
	struct object *o = item;

	objects_cache_leave(o);
	object_take_content(o, &content);
	object_free_content(&content);
	lock_destroy(&o->lock);
	free(o);
}

static CK_RV new_object(struct token *t, unsigned nodes, struct object **ret)
{
	struct object *o = calloc(1, sizeof(*o) + nodes * sizeof(o->node[0]));

	if (o == NULL)
		return CKR_HOST_MEMORY;
	CK_RV rv = lock_init(&o->lock, LOCK_RANK_OBJECT);
	if (rv != CKR_OK) {
		free(o);
		return rv;
	}
	o->token = t;
	*ret = o;
	return CKR_OK;
}

CK_RV object_new(struct token *t, struct attrs *a, struct object **ret)
{
	bool token_object = attrs_get_bool(a, CKA_TOKEN, false);
	struct object *o = NULL;

	try(new_object(t, token_object ? 1 : OBJECT_TAGS, &o));
	atomic_init(&o->attrs, a);
	o->token_object = token_object;
	o->private_object = attrs_get_bool(a, CKA_PRIVATE, false);
	*ret = o;
	return CKR_OK;
}

CK_RV object_new_bare(struct token *t, bool private_object, struct object **ret)
{
	struct object *o = NULL;

	try(new_object(t, 1, &o));
	o->token_object = true;
	o->private_object = private_object;
	*ret = o;
	return CKR_OK;
}

void object_discard(struct object *o)
{
	lock_destroy(&o->lock);
	free(o);
}

void object_swap_attrs_locked(struct object *o, struct attrs *fresh, struct old_attrs **node)
{
	struct old_attrs *old = *node;

	*node = NULL;
	old->attrs = atomic_load(&o->attrs);
	old->next = o->old;
	o->old = old;
	atomic_fetch_add(&o->changes, 1);
	atomic_store(&o->attrs, fresh);
	/* Only this caller and the table hold a reference: nobody can be looking at the old ones. */
	if (handle_references(&o->token->module->objects, o->handle) <= 2)
		free_old(&o->old);
}

void object_keep_whole(struct object *o)
{
	objects_cache_enter(&o->token->module->cache, o);
	objects_cache_trim(&o->token->module->cache);
}

static CK_RV load_key_locked(struct object *o)
{
	const struct attrs *a = atomic_load(&o->attrs);
	CK_ULONG type = 0;
	const struct mech_key_type *kt = attrs_get_ulong(a, CKA_KEY_TYPE, &type) ? mech_key_type_find(type) : NULL;

	CK_RV rv = policy_check_key(atomic_load(&o->token->policy), a);
	if (rv != CKR_OK)
		return rv == CKR_CURVE_NOT_SUPPORTED ? CKR_KEY_FUNCTION_NOT_PERMITTED : rv;
	if (kt == NULL)
		return CKR_KEY_TYPE_INCONSISTENT;
	struct object_key *k = calloc(1, sizeof(*k));
	if (k == NULL)
		return CKR_HOST_MEMORY;
	rv = mech_key_load(kt, &o->token->module->env, a, &k->material);
	if (rv == CKR_OK)
		atomic_store(&o->key, k);
	else
		free(k);
	return rv;
}

static CK_RV load_key(struct object *o)
{
	CK_RV rv = CKR_OK;

	lock_take(&o->lock);
	if (atomic_load(&o->key) == NULL)
		rv = load_key_locked(o);
	lock_release(&o->lock);
	if (rv == CKR_OK && o->token_object)
		object_keep_whole(o);
	return rv;
}

CK_RV objects_key(struct object *o, const struct mech_key **ret)
{
	if (unlikely(atomic_load_explicit(&o->key, memory_order_acquire) == NULL))
		try(load_key(o));
	*ret = atomic_load_explicit(&o->key, memory_order_acquire)->material;
	return CKR_OK;
}

struct mech_park *objects_park(struct object *o)
{
	struct object_key *k = atomic_load_explicit(&o->key, memory_order_acquire);

	return k == NULL ? NULL : &k->park;
}
