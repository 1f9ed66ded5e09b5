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

/* So many records of a search are taken out of the store before they are opened; of the rest, which are opened while
 * the store is being read, only names are kept. */
#define KEPT_RECORDS 1000

struct hits {
	CK_OBJECT_HANDLE *handles;
	size_t count, cap;
	bool incomplete;
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

/* One search among token objects. */
struct search {
	struct session *s;
	const struct view *view;
	const struct persist *p;
	const struct attr_list *template;
	uint64_t stamp; /* from before the search */
	struct hits *hits;
};

/* The known object of a store id, with a reference; NULL when it has no live handle that the session may use. */
static struct object *known_token_object(const struct search *q, const struct store_id *id)
{
	struct objects *c = &q->s->token->objects;
	struct object *found = NULL;
	uint64_t tag;

	memcpy(&tag, id->b, sizeof(tag));
	lock_take(&c->lock);
	for (struct index_node *n = index_first(&c->token_index, tag); n != NULL && found == NULL; n = index_next(n)) {
		struct object *o = n->item;
		if (!bytes_equal(bytes_of(o->id.b, STORE_ID_SIZE), bytes_of(id->b, STORE_ID_SIZE)))
			continue;
		if (!o->private_object || (q->view->user && q->view->epoch == o->epoch))
			found = handle_take(&q->s->module->objects, o->handle);
	}
	lock_release(&c->lock);
	return found;
}

static CK_RV register_read(const struct search *q, struct object *o, const struct store_id *id, uint64_t version, CK_OBJECT_HANDLE *ret)
{
	o->id = *id;
	atomic_store(&o->version, version);
	atomic_store(&o->stamp, q->stamp);
	return objects_register_found(q->s, o, q->view->epoch, ret);
}

/* Enters a token object that nobody here knew; if another thread did so meanwhile, its handle serves. */
static CK_RV enter_found(const struct search *q, const struct store_id *id, uint64_t version, struct attrs *a, CK_OBJECT_HANDLE *ret)
{
	struct object *o = NULL;

	CK_RV rv = object_new(q->s->token, a, &o);
	if (rv == CKR_OK)
		rv = register_read(q, o, id, version, ret);
	if (rv != CKR_OK)
		attrs_free(a);
	return rv;
}

static CK_RV enter_bare(const struct search *q, const struct persist_match *m, CK_OBJECT_HANDLE *ret)
{
	struct object *o = NULL;

	try(object_new_bare(q->s->token, m->private_object, &o));
	return register_read(q, o, &m->id, m->version, ret);
}

/* Does what is in memory answer for the stored record? */
static bool known_answers(const struct search *q, struct object *o, uint64_t version, bool *ret_hit)
{
	const struct attrs *a = atomic_load(&o->attrs);

	if (a == NULL || atomic_load(&o->version) != version)
		return false;
	*ret_hit = make_matches(a, q->template);
	return true;
}

static CK_RV match_record(const struct search *q, struct object *known, const struct persist_found *f)
{
	CK_OBJECT_HANDLE handle = 0;
	struct attrs *a = NULL;

	CK_RV rv = persist_open(q->p, f, &a);
	if (rv == CKR_DEVICE_ERROR) {
		q->hits->incomplete = true; /* this record does not authenticate: refused and logged, the others stay usable */
		return CKR_OK;
	}
	if (rv != CKR_OK)
		return rv;
	if (!make_matches(a, q->template)) {
		attrs_free(a);
		return CKR_OK;
	}
	if (known == NULL) {
		try(enter_found(q, &f->id, f->version, a, &handle));
		return add_hit(q->hits, handle);
	}
	/* Taken if it is bare; one that is older here than in the store is read again when it is used. */
	object_offer(known, a, f->version);
	return add_hit(q->hits, known->handle);
}

static CK_RV match_token_object(const struct search *q, const struct persist_found *f)
{
	struct object *o = known_token_object(q, &f->id);
	bool hit = false;
	CK_RV rv = CKR_OK;

	if (o != NULL && known_answers(q, o, f->version, &hit))
		rv = hit ? add_hit(q->hits, o->handle) : CKR_OK;
	else
		rv = match_record(q, o, f);
	objects_release(o);
	return rv;
}

/* A record that the search has compared already: its object needs no more than a handle. */
static CK_RV enter_match(const struct search *q, const struct persist_match *m)
{
	struct object *o = known_token_object(q, &m->id);
	CK_OBJECT_HANDLE handle = 0;

	if (o != NULL)
		handle = o->handle;
	objects_release(o);
	if (handle == 0)
		try(enter_bare(q, m, &handle));
	return add_hit(q->hits, handle);
}

static CK_RV find_token_objects(struct session *s, const struct view *v, const struct attr_list *template, struct hits *h)
{
	cleanup(persist_list_free) struct persist_list list = {.keep = KEPT_RECORDS};
	struct token_keys *k = NULL;
	struct persist p;

	struct search q = {s, v, &p, template, store_stamp(s->module->store), h};
	try(token_keys_take(s->token, &k));
	objects_persist(s->token, k, &p);
	CK_RV rv = persist_search(&p, template, v->user && k->seal.has_token, &list);
	h->incomplete = h->incomplete || list.incomplete;
	for (size_t i = 0; i < list.count && rv == CKR_OK; i++)
		rv = match_token_object(&q, &list.items[i]);
	for (size_t i = 0; i < list.match_count && rv == CKR_OK; i++)
		rv = enter_match(&q, &list.matches[i]);
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
