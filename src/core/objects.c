/* SPDX-License-Identifier: Apache-2.0 */
/* The collection: entering, taking, changing and ending objects. Searching is in find.c's neighbour objects_find.c. */
#include "core/objects.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "core/module.h"
#include "core/objects_internal.h"
#include "core/session.h"
#include "core/token.h"
#include "mech/mech.h"
#include "object/persist.h"
#include "object/schema.h"

CK_RV objects_init(struct objects *o, struct handle_table *handles, const unsigned char key[16])
{
	*o = (struct objects){.handles = handles};
	try(index_init(&o->session_index, key));
	try(index_init(&o->token_index, key));
	return lock_init(&o->lock, LOCK_RANK_TABLE);
}

void objects_free(struct objects *o)
{
	index_free(&o->session_index);
	index_free(&o->token_index);
	for (size_t i = 0; i < array_len(o->builtin); i++)
		free(o->builtin[i].handles);
	if (o->lock.rank != 0)
		lock_destroy(&o->lock);
}

/* ---- the collection ---------------------------------------------------------------------------- */

static void link_first(struct object **head, struct object *o)
{
	o->next = *head;
	o->previous = NULL;
	if (*head != NULL)
		(*head)->previous = o;
	*head = o;
}

static void index_locked(struct objects *c, struct object *o)
{
	struct index *x = o->token_object ? &c->token_index : &c->session_index;
	uint64_t tags[OBJECT_TAGS];

	if (o->token_object) {
		memcpy(&tags[0], o->id.b, sizeof(tags[0]));
		o->node_count = 1;
	} else {
		o->node_count = (unsigned)index_tags_of(x, atomic_load(&o->attrs), tags, OBJECT_TAGS);
	}
	for (unsigned i = 0; i < o->node_count; i++) {
		o->node[i].tag = tags[i];
		o->node[i].item = o;
		index_add(x, &o->node[i]);
	}
}

static void unindex_locked(struct objects *c, struct object *o)
{
	for (unsigned i = 0; i < o->node_count; i++)
		index_remove(o->token_object ? &c->token_index : &c->session_index, &o->node[i]);
	o->node_count = 0;
}

void objects_reindex_locked(struct objects *c, struct object *o)
{
	unindex_locked(c, o);
	index_locked(c, o);
}

void objects_enter_locked(struct objects *c, struct object *o, struct session *owner)
{
	index_locked(c, o);
	link_first(o->token_object ? &c->first : &c->session_first, o);
	if (o->token_object)
		objects_cache_enter(&o->token->module->cache, o);
	o->owner = owner;
	if (owner != NULL) {
		o->era = atomic_load_explicit(&owner->era, memory_order_relaxed);
		o->maker = owner;
		o->maker_handle = atomic_load_explicit(&owner->handle, memory_order_relaxed);
		o->owner_next = owner->objects;
		o->owner_previous = NULL;
		if (owner->objects != NULL)
			owner->objects->owner_previous = o;
		owner->objects = o;
	}
	/* Last: who guesses the number could else destroy what is not entered yet. */
	handle_publish(c->handles, o->handle);
}

void objects_leave_locked(struct objects *c, struct object *o)
{
	struct object **head = o->token_object ? &c->first : &c->session_first;

	unindex_locked(c, o);
	if (o->previous != NULL)
		o->previous->next = o->next;
	else if (*head == o)
		*head = o->next;
	if (o->next != NULL)
		o->next->previous = o->previous;
	if (o->owner != NULL) {
		if (o->owner_previous != NULL)
			o->owner_previous->owner_next = o->owner_next;
		else
			o->owner->objects = o->owner_next;
		if (o->owner_next != NULL)
			o->owner_next->owner_previous = o->owner_previous;
	}
	o->next = o->previous = o->owner_next = o->owner_previous = NULL;
	o->owner = NULL;
}

/* Takes an object out of the collection and makes its handle invalid; true for the one caller that did. */
bool objects_end(struct objects *c, struct object *o)
{
	struct handle_table *handles = &o->token->module->objects;
	CK_OBJECT_HANDLE h = o->handle;

	lock_take(&c->lock);
	bool mine = handle_alive(handles, h);
	if (mine)
		objects_leave_locked(c, o);
	lock_release(&c->lock);
	return mine && handle_kill(handles, h);
}

void objects_persist(struct token *t, const struct token_keys *k, struct persist *ret)
{
	*ret = (struct persist){
		.store = t->module->store,
		.ossl = t->module->env.ossl,
		.token = t->number,
		.keys = &k->seal,
	};
}

/* ---- adding and destroying ---------------------------------------------------------------- */

/* A logout that ran between the check of the login and the entering has not seen the object: it ends here. */
static void end_if_outlived(struct session *s, CK_OBJECT_HANDLE h)
{
	struct object *o = handle_take(&s->module->objects, h);

	if (o != NULL && !objects_visible(s, o))
		objects_end(&s->token->objects, o);
	objects_release(o);
}

/* An object with a number that was never published; its attributes stay the caller's. */
static void drop_reserved(struct session *s, struct object *o)
{
	handle_give_back(&s->module->objects, o->handle);
	object_discard(o);
}

/* Enters an object that has a number, and publishes it: from then on it may be gone, others can find and destroy it. */
static CK_OBJECT_HANDLE enter(struct session *s, struct object *o)
{
	struct objects *c = &s->token->objects;
	bool private_object = o->private_object;
	CK_OBJECT_HANDLE mine = o->handle;

	lock_take(&c->lock);
	objects_enter_locked(c, o, o->token_object ? NULL : s);
	lock_release(&c->lock);
	if (private_object)
		end_if_outlived(s, mine);
	return mine;
}

/* Private objects belong to the login of this moment. One that ends before the call does leaves them made, with
 * handles that are dead: the call came first, the logout then. */
static CK_RV begin_epochs(struct session *s, struct object *const *o, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (o[i]->private_object && !session_user_epoch(s, &o[i]->epoch))
			return fail(CKR_USER_NOT_LOGGED_IN, "the user logged out meanwhile");
	}
	return CKR_OK;
}

static CK_RV save_new(struct session *s, struct object *const *o, size_t count)
{
	const struct attrs *saved[OBJECTS_TOGETHER];
	struct token_keys *k = NULL;
	struct persist p;
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (!o[i]->token_object)
			continue;
		saved[n] = atomic_load(&o[i]->attrs);
		if (!persist_id(saved[n++], &o[i]->id))
			return fail(CKR_GENERAL_ERROR, "a new object has no unique id");
		atomic_store(&o[i]->version, 1);
	}
	if (n == 0)
		return CKR_OK;
	try(token_keys_take(s->token, &k));
	objects_persist(s->token, k, &p);
	CK_RV rv = persist_insert(&p, saved, n);
	token_keys_release(k);
	return rv;
}

/* The live handle under which a token object is entered already, 0 if none. */
static CK_OBJECT_HANDLE entered_as_locked(struct session *s, const struct object *o)
{
	uint64_t tag;

	memcpy(&tag, o->id.b, sizeof(tag));
	for (struct index_node *n = index_first(&s->token->objects.token_index, tag); n != NULL; n = index_next(n)) {
		const struct object *other = n->item;
		if (bytes_equal(bytes_of(other->id.b, STORE_ID_SIZE), bytes_of(o->id.b, STORE_ID_SIZE)) && other->epoch == o->epoch)
			return other->handle;
	}
	return 0;
}

CK_RV objects_register_found(struct session *s, struct object *o, uint64_t epoch, CK_OBJECT_HANDLE *ret)
{
	struct objects *c = &s->token->objects;
	struct attrs *attrs = atomic_load(&o->attrs);

	o->epoch = o->private_object ? epoch : 0;
	CK_RV rv = handle_reserve(&s->module->objects, o, &o->handle);
	if (rv != CKR_OK) {
		object_discard(o);
		return rv;
	}
	CK_OBJECT_HANDLE mine = o->handle;
	lock_take(&c->lock);
	CK_OBJECT_HANDLE other = entered_as_locked(s, o);
	if (other == 0)
		objects_enter_locked(c, o, NULL);
	lock_release(&c->lock);
	objects_cache_trim(&s->module->cache);
	if (other == 0) {
		end_if_outlived(s, mine);
		*ret = mine;
		return CKR_OK;
	}
	drop_reserved(s, o);
	attrs_free(attrs);
	*ret = other;
	return CKR_OK;
}

/* Objects with numbers that nobody knows yet, or none of them. */
static CK_RV reserve_all(struct session *s, struct attrs *const *attrs, size_t count, struct object **made)
{
	for (size_t i = 0; i < count; i++) {
		try(object_new(s->token, attrs[i], &made[i]));
		try(handle_reserve(&s->module->objects, made[i], &made[i]->handle));
	}
	return begin_epochs(s, made, count);
}

static void drop_all(struct session *s, struct object *const *made, size_t count)
{
	for (size_t i = 0; i < count && made[i] != NULL; i++) {
		if (made[i]->handle != CK_INVALID_HANDLE)
			drop_reserved(s, made[i]);
		else
			object_discard(made[i]);
	}
}

CK_RV objects_add(struct session *s, struct attrs **attrs, size_t count, CK_OBJECT_HANDLE *ret_handles)
{
	struct object *made[OBJECTS_TOGETHER] = {NULL};

	/* A call that fails makes nothing (rule 203): saving comes last of what can fail. */
	CK_RV rv = reserve_all(s, attrs, count, made);
	if (rv == CKR_OK)
		rv = save_new(s, made, count);
	if (rv != CKR_OK) {
		drop_all(s, made, count);
		return rv;
	}
	for (size_t i = 0; i < count; i++)
		ret_handles[i] = enter(s, made[i]);
	objects_cache_trim(&s->module->cache);
	return CKR_OK;
}

CK_RV objects_destroy(struct session *s, struct object *o)
{
	if (o->token_object) {
		struct token_keys *k = NULL;
		struct persist p;
		try(token_keys_take(s->token, &k));
		objects_persist(s->token, k, &p);
		CK_RV rv = persist_remove(&p, &o->id);
		token_keys_release(k);
		if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID)
			return rv;
		objects_end(&s->token->objects, o);
		return rv;
	}
	return objects_end(&s->token->objects, o) ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
}

