/* SPDX-License-Identifier: Apache-2.0 */
/* Searching: session objects through the index in memory, token objects through the store's lookup tags. The real
 * attributes decide; a token object that is met for the first time gets its handle here. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/module.h"
#include "core/objects_internal.h"
#include "core/session.h"
#include "core/token.h"
#include "object/make.h"
#include "object/persist.h"

struct hits {
	CK_OBJECT_HANDLE *handles;
	size_t count, cap;
	bool incomplete; /* some were refused, or are missing from the store */
};

static CK_RV add_hit(struct hits *h, CK_OBJECT_HANDLE handle)
{
	if (h->count == h->cap) {
		size_t cap = h->cap == 0 ? 8 : h->cap * 2;
		CK_OBJECT_HANDLE *fresh = reallocarray(h->handles, cap, sizeof(*fresh));
		if (fresh == NULL)
			return CKR_HOST_MEMORY;
		h->handles = fresh;
		h->cap = cap;
	}
	h->handles[h->count++] = handle;
	return CKR_OK;
}

/* What this session may see of private objects: none, or those of one login. */
struct view {
	bool user;
	uint64_t epoch;
	uint64_t era; /* of the session objects that it sees */
};

static CK_RV match_session_object(const struct view *v, const struct object *o, const struct attr_list *template, struct hits *h)
{
	if (o->era != v->era || !objects_maker_lives(o) || (o->private_object && !(v->user && v->epoch == o->epoch)))
		return CKR_OK;
	return make_matches(atomic_load(&o->attrs), template) ? add_hit(h, o->handle) : CKR_OK;
}

static CK_RV find_session_objects(struct objects *c, const struct view *v, const struct attr_list *template, struct hits *h)
{
	uint64_t tag = 0;
	CK_RV rv = CKR_OK;

	lock_take(&c->lock);
	if (index_search_tag(&c->session_index, template, &tag)) {
		for (struct index_node *n = index_first(&c->session_index, tag); n != NULL && rv == CKR_OK; n = index_next(n))
			rv = match_session_object(v, n->item, template, h);
	} else {
		for (struct object *o = c->session_first; o != NULL && rv == CKR_OK; o = o->next)
			rv = match_session_object(v, o, template, h);
	}
	lock_release(&c->lock);
	return rv;
}

/* The known object of a store id, with a reference; NULL when it has no live handle that v may use. */
static struct object *known_token_object(struct module *m, struct objects *c, const struct view *v, const struct store_id *id)
{
	struct object *found = NULL;
	uint64_t tag;

	memcpy(&tag, id->b, sizeof(tag));
	lock_take(&c->lock);
	for (struct index_node *n = index_first(&c->token_index, tag); n != NULL && found == NULL; n = index_next(n)) {
		struct object *o = n->item;
		if (!bytes_equal(bytes_of(o->id.b, STORE_ID_SIZE), bytes_of(id->b, STORE_ID_SIZE)))
			continue;
		if (!o->private_object || (v->user && v->epoch == o->epoch))
			found = handle_take(&m->objects, o->handle);
	}
	lock_release(&c->lock);
	return found;
}

/* Enters a token object that nobody here knew; if another thread did so meanwhile, its handle serves. */
static CK_RV enter_found(struct session *s, const struct view *v, const struct persist_found *f, struct attrs *a, uint64_t stamp,
                         CK_OBJECT_HANDLE *ret)
{
	struct object *o = NULL;

	CK_RV rv = object_new(s->token, a, &o);
	if (rv != CKR_OK) {
		attrs_free(a);
		return rv;
	}
	o->id = f->id;
	atomic_store(&o->version, f->version);
	atomic_store(&o->stamp, stamp);
	rv = objects_register_found(s, o, v->epoch, ret);
	if (rv != CKR_OK)
		attrs_free(a);
	return rv;
}

static CK_RV match_token_object(struct session *s, const struct view *v, const struct persist *p, const struct persist_found *f,
                                const struct attr_list *template, uint64_t stamp, struct hits *h)
{
	struct object *o = known_token_object(s->module, &s->token->objects, v, &f->id);
	CK_OBJECT_HANDLE handle = 0;

	if (o != NULL) {
		bool current = atomic_load(&o->version) == f->version;
		bool hit = current && make_matches(atomic_load(&o->attrs), template);
		handle = o->handle;
		objects_release(o);
		if (current)
			return hit ? add_hit(h, handle) : CKR_OK;
	}
	struct attrs *a = NULL;
	CK_RV rv = persist_open(p, f, &a);
	if (rv == CKR_DEVICE_ERROR) {
		h->incomplete = true; /* this record does not authenticate: refused and logged, the others stay usable */
		return CKR_OK;
	}
	if (rv != CKR_OK)
		return rv;
	if (!make_matches(a, template)) {
		attrs_free(a);
		return CKR_OK;
	}
	if (o != NULL) {
		attrs_free(a); /* known, but older here than in the store: it is read again when it is taken */
		return add_hit(h, handle);
	}
	try(enter_found(s, v, f, a, stamp, &handle));
	return add_hit(h, handle);
}

static CK_RV find_token_objects(struct session *s, const struct view *v, const struct attr_list *template, struct hits *h)
{
	cleanup(persist_list_free) struct persist_list list = {0};
	struct token_keys *k = NULL;
	struct persist p;

	uint64_t stamp = store_stamp(s->module->store);
	try(token_keys_take(s->token, &k));
	objects_persist(s->token, k, &p);
	CK_RV rv = persist_search(&p, template, v->user && k->seal.has_token, &list);
	h->incomplete = h->incomplete || list.incomplete;
	for (size_t i = 0; i < list.count && rv == CKR_OK; i++)
		rv = match_token_object(s, v, &p, &list.items[i], template, stamp, h);
	token_keys_release(k);
	return rv;
}

CK_RV objects_find(struct session *s, const struct attr_list *template, CK_OBJECT_HANDLE **ret, size_t *ret_count, bool *ret_incomplete)
{
	bool want_session = !attr_list_get_bool(template, CKA_TOKEN, false);
	bool want_token = attr_list_get_bool(template, CKA_TOKEN, true);
	struct view v = {0};
	struct hits h = {0};

	if (builtin_wanted(template))
		return builtin_find(s, template, ret, ret_count);
	v.user = session_user_epoch(s, &v.epoch);
	v.era = atomic_load_explicit(&s->era, memory_order_relaxed);
	CK_RV rv = CKR_OK;
	if (want_session)
		rv = find_session_objects(&s->token->objects, &v, template, &h);
	if (rv == CKR_OK && want_token)
		rv = find_token_objects(s, &v, template, &h);
	if (rv != CKR_OK) {
		free(h.handles);
		return rv;
	}
	*ret = h.handles;
	*ret_count = h.count;
	*ret_incomplete = h.incomplete;
	return CKR_OK;
}
