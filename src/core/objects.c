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

/* Of a step by several at once: each time somebody else was faster. */
#define MAX_ATTEMPTS 1000

CK_RV objects_init(struct objects *o, struct handle_table *handles, const unsigned char key[16])
{
	o->handles = handles;
	memset(o->builtin, 0, sizeof(o->builtin));
	index_init(&o->session_index, key);
	index_init(&o->token_index, key);
	o->first = NULL;
	o->session_first = NULL;
	return lock_init(&o->lock, LOCK_RANK_TABLE);
}

void objects_free(struct objects *o)
{
	index_free(&o->session_index);
	index_free(&o->token_index);
	for (size_t i = 0; i < array_len(o->builtin); i++)
		free(o->builtin[i].handles);
	lock_destroy(&o->lock);
}

/* ---- one object ------------------------------------------------------------------------------ */

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

/* An object that never had a handle: its attributes stay the caller's. */
void object_discard(struct object *o)
{
	lock_destroy(&o->lock);
	free(o);
}

/* A token object has come to have more than it had. */
static void keep_whole(struct object *o)
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
		keep_whole(o);
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

/* ---- the collection ---------------------------------------------------------------------------- */

static void link_first(struct object **head, struct object *o)
{
	o->next = *head;
	o->previous = NULL;
	if (*head != NULL)
		(*head)->previous = o;
	*head = o;
}

static CK_RV index_locked(struct objects *c, struct object *o)
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
		CK_RV rv = index_add(x, &o->node[i]);
		if (rv != CKR_OK) {
			while (i-- > 0)
				index_remove(x, &o->node[i]);
			o->node_count = 0;
			return rv;
		}
	}
	return CKR_OK;
}

static void unindex_locked(struct objects *c, struct object *o)
{
	for (unsigned i = 0; i < o->node_count; i++)
		index_remove(o->token_object ? &c->token_index : &c->session_index, &o->node[i]);
	o->node_count = 0;
}

CK_RV objects_enter_locked(struct objects *c, struct object *o, struct session *owner)
{
	try(index_locked(c, o));
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
	return CKR_OK;
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

/* ---- taking ------------------------------------------------------------------------------------ */

bool objects_maker_lives(const struct object *o)
{
	return o->maker == NULL || atomic_load(&o->maker->handle) == o->maker_handle;
}

static bool visible(const struct session *s, const struct object *o)
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

void objects_persist(struct token *t, const struct token_keys *k, struct persist *ret)
{
	*ret = (struct persist){
		.store = t->module->store,
		.ossl = t->module->env.ossl,
		.token = t->number,
		.keys = &k->seal,
	};
}

/* Puts newer attributes in place. Older ones stay while other holders of a reference may look at them. */
static CK_RV swap_attrs_locked(struct object *o, struct attrs *fresh)
{
	struct old_attrs *old = malloc(sizeof(*old));

	if (old == NULL)
		return CKR_HOST_MEMORY;
	old->attrs = atomic_load(&o->attrs);
	old->next = o->old;
	o->old = old;
	atomic_fetch_add(&o->changes, 1);
	atomic_store(&o->attrs, fresh);
	/* Only this caller and the table hold a reference: nobody can be looking at the old ones. */
	if (handle_references(&o->token->module->objects, o->handle) <= 2)
		free_old(&o->old);
	return CKR_OK;
}

static bool is_bare(struct object *o)
{
	return atomic_load_explicit(&o->attrs, memory_order_acquire) == NULL;
}

/* What was read from the store, unless the object has it or something younger already; *fresh is NULL when it was taken.
 * `known` was the object's version before it was read. */
static CK_RV put_read_locked(struct object *o, struct attrs **fresh, uint64_t version, uint64_t known)
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
		try(swap_attrs_locked(o, *fresh));
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
	lock_take(&o->lock);
	CK_RV rv = put_read_locked(o, &fresh, version, known);
	if (rv == CKR_OK)
		atomic_store(&o->stamp, stamp);
	lock_release(&o->lock);
	attrs_free(fresh);
	keep_whole(o);
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
	keep_whole(o);
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
	if (!visible(s, o))
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

/* ---- adding, changing, destroying ---------------------------------------------------------------- */

/* A logout that ran between the check of the login and the entering has not seen the object: it ends here. */
static void end_if_outlived(struct session *s, CK_OBJECT_HANDLE h)
{
	struct object *o = handle_take(&s->module->objects, h);

	if (o != NULL && !visible(s, o))
		objects_end(&s->token->objects, o);
	objects_release(o);
}

/* An object with a number that was never published; its attributes stay the caller's. */
static void drop_reserved(struct session *s, struct object *o)
{
	handle_give_back(&s->module->objects, o->handle);
	object_discard(o);
}

CK_RV objects_register(struct session *s, struct object *o, struct session *owner, CK_OBJECT_HANDLE *ret)
{
	struct objects *c = &s->token->objects;
	bool private_object = o->private_object;

	CK_RV rv = handle_reserve(&s->module->objects, o, &o->handle);
	if (rv != CKR_OK) {
		object_discard(o);
		return rv;
	}
	CK_OBJECT_HANDLE mine = o->handle;
	lock_take(&c->lock);
	rv = objects_enter_locked(c, o, owner);
	lock_release(&c->lock);
	objects_cache_trim(&s->module->cache);
	if (rv != CKR_OK) {
		drop_reserved(s, o);
		return rv;
	}
	/* From here on o may be gone: others can find and destroy it. */
	if (private_object)
		end_if_outlived(s, mine);
	*ret = mine;
	return CKR_OK;
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

static CK_RV save_new(struct session *s, struct object *const *o, size_t count, struct store_id *ret_ids, size_t *ret_count)
{
	const struct attrs *saved[OBJECTS_TOGETHER];
	struct token_keys *k = NULL;
	struct persist p;
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (!o[i]->token_object)
			continue;
		saved[n] = atomic_load(&o[i]->attrs);
		if (!persist_id(saved[n], &o[i]->id))
			return fail(CKR_GENERAL_ERROR, "a new object has no unique id");
		atomic_store(&o[i]->version, 1);
		ret_ids[n++] = o[i]->id;
	}
	if (n == 0)
		return CKR_OK;
	try(token_keys_take(s->token, &k));
	objects_persist(s->token, k, &p);
	CK_RV rv = persist_insert(&p, saved, n);
	token_keys_release(k);
	if (rv == CKR_OK)
		*ret_count = n;
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
		rv = objects_enter_locked(c, o, NULL);
	lock_release(&c->lock);
	objects_cache_trim(&s->module->cache);
	if (rv == CKR_OK && other == 0) {
		end_if_outlived(s, mine);
		*ret = mine;
		return CKR_OK;
	}
	drop_reserved(s, o);
	if (rv != CKR_OK)
		return rv;
	attrs_free(attrs);
	*ret = other;
	return CKR_OK;
}

/* A call that fails makes nothing (rule 203): what it has saved already goes again. */
static void unsave(struct session *s, const struct store_id *id)
{
	struct token_keys *k = NULL;
	struct persist p;

	if (token_keys_take(s->token, &k) != CKR_OK)
		return;
	objects_persist(s->token, k, &p);
	CK_RV rv = persist_remove(&p, id);
	if (rv != CKR_OK)
		log_write(LOG_LEVEL_ERROR, "an object of a failed call stays in the store: %s", rv_name(rv));
	token_keys_release(k);
}

/* Undoes the entering of the first objects of a failed call; their attributes are the caller's again. */
static void take_back(struct session *s, struct attrs **attrs, const CK_OBJECT_HANDLE *handles, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct object *o = handle_take(&s->module->objects, handles[i]);
		if (o == NULL) {
			attrs[i] = NULL; /* ended by somebody else already, with its attributes */
			continue;
		}
		objects_end(&s->token->objects, o);
		/* Unless they have been given up for lack of room, or changed, since. */
		struct attrs *mine = attrs[i];
		if (!atomic_compare_exchange_strong(&o->attrs, &mine, NULL))
			attrs[i] = NULL;
		objects_release(o);
	}
}

/* Gives saved or session objects their handles, one after the other; *entered counts those that have one. */
static CK_RV enter_all(struct session *s, struct object **made, size_t count, CK_OBJECT_HANDLE *handles, size_t *entered)
{
	for (; *entered < count; ++*entered) {
		struct object *o = made[*entered];
		made[*entered] = NULL; /* gone, or the collection's */
		try(objects_register(s, o, o->token_object ? NULL : s, &handles[*entered]));
	}
	return CKR_OK;
}

CK_RV objects_add(struct session *s, struct attrs **attrs, size_t count, CK_OBJECT_HANDLE *ret_handles)
{
	struct object *made[OBJECTS_TOGETHER] = {NULL};
	struct store_id saved[OBJECTS_TOGETHER];
	size_t saved_count = 0, entered = 0;
	CK_RV rv = CKR_OK;

	for (size_t i = 0; i < count && rv == CKR_OK; i++)
		rv = object_new(s->token, attrs[i], &made[i]);
	if (rv == CKR_OK)
		rv = begin_epochs(s, made, count);
	if (rv == CKR_OK)
		rv = save_new(s, made, count, saved, &saved_count);
	if (rv == CKR_OK)
		rv = enter_all(s, made, count, ret_handles, &entered);
	if (rv == CKR_OK)
		return CKR_OK;
	take_back(s, attrs, ret_handles, entered);
	for (size_t i = 0; i < saved_count; i++)
		unsave(s, &saved[i]);
	for (size_t i = 0; i < count; i++) {
		if (made[i] != NULL)
			object_discard(made[i]);
	}
	return rv;
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
static CK_RV change_in_memory(struct object *o, struct attrs *from, struct attrs *attrs)
{
	struct objects *c = &o->token->objects;
	CK_RV rv = CKR_OK;

	lock_take(&c->lock);
	lock_take(&o->lock);
	if (atomic_load(&o->attrs) != from || !handle_alive(&o->token->module->objects, o->handle))
		rv = CKR_FUNCTION_FAILED;
	else
		rv = swap_attrs_locked(o, attrs);
	lock_release(&o->lock);
	if (rv == CKR_OK && !o->token_object) {
		unindex_locked(c, o);
		rv = index_locked(c, o);
	}
	lock_release(&c->lock);
	return rv;
}

CK_RV objects_change(struct session *s, struct object *o, struct attrs *from, struct attrs *attrs)
{
	if (!o->token_object)
		return change_in_memory(o, from, attrs);
	uint64_t version = atomic_load(&o->version);
	if (atomic_load(&o->attrs) != from)
		return CKR_FUNCTION_FAILED;
	try(save_change(s, o, version, attrs));
	lock_take(&o->lock);
	CK_RV rv = CKR_OK;
	if (atomic_load(&o->version) > version) {
		/* Another thread has read our change back from the store already. */
		attrs_free(attrs);
	} else {
		rv = swap_attrs_locked(o, attrs);
		if (rv == CKR_OK)
			atomic_store(&o->version, version + 1);
	}
	lock_release(&o->lock);
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
