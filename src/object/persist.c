/* SPDX-License-Identifier: Apache-2.0 */
/* See persist.h. A record is sealed before the transaction begins, so that the store's lock is never held during
 * cryptography; on any error the transaction is rolled back and the code passed up. */
#include "object/persist.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "object/make.h"

#define MAX_INSERT 2 /* a key pair */

bool persist_id(const struct attrs *a, struct store_id *ret)
{
	return make_store_id(a, ret->b);
}

static struct store_record record_of(const struct store_id *id, uint64_t version, const struct seal_record *r)
{
	return (struct store_record){
		.id = *id,
		.version = version,
		.open = buf_bytes(&r->open),
		.sealed = buf_bytes(&r->sealed),
		.tags = r->tags,
		.tag_count = r->tag_count,
	};
}

static CK_RV insert_sealed(const struct persist *p, const struct store_id *ids, const struct seal_record *sealed, size_t count)
{
	try(store_begin(p->store, STORE_WRITE));
	CK_RV rv = CKR_OK;
	for (size_t i = 0; i < count && rv == CKR_OK; i++) {
		struct store_record r = record_of(&ids[i], 1, &sealed[i]);
		rv = store_insert(p->store, p->token, &r);
	}
	return store_end(p->store, rv);
}

CK_RV persist_insert(const struct persist *p, const struct attrs *const *objects, size_t count)
{
	struct seal_record sealed[MAX_INSERT] = {0};
	struct store_id ids[MAX_INSERT];
	CK_RV rv = CKR_OK;

	if (count > MAX_INSERT)
		return fail(CKR_GENERAL_ERROR, "%zu objects in one insert", count);
	for (size_t i = 0; i < count && rv == CKR_OK; i++) {
		if (!persist_id(objects[i], &ids[i]))
			rv = fail(CKR_GENERAL_ERROR, "a new object has no unique id");
		else
			rv = seal_object(p->ossl, p->keys, &ids[i], 1, objects[i], &sealed[i]);
	}
	if (rv == CKR_OK)
		rv = insert_sealed(p, ids, sealed, count);
	for (size_t i = 0; i < count; i++)
		seal_record_free(&sealed[i]);
	return rv;
}

CK_RV persist_replace(const struct persist *p, const struct store_id *id, uint64_t version, const struct attrs *a)
{
	cleanup(seal_record_free) struct seal_record sealed = {0};

	try(seal_object(p->ossl, p->keys, id, version + 1, a, &sealed));
	struct store_record r = record_of(id, version + 1, &sealed);
	try(store_begin(p->store, STORE_WRITE));
	return store_end(p->store, store_replace(p->store, p->token, &r));
}

CK_RV persist_remove(const struct persist *p, const struct store_id *id)
{
	try(store_begin(p->store, STORE_WRITE));
	return store_end(p->store, store_remove(p->store, p->token, id));
}

CK_RV persist_version(const struct persist *p, const struct store_id *id, uint64_t *ret)
{
	try(store_begin(p->store, STORE_READ));
	return store_end(p->store, store_version(p->store, p->token, id, ret));
}

static CK_RV copy_record(void *arg, const struct store_record *r)
{
	struct persist_found *f = arg;

	f->id = r->id;
	f->version = r->version;
	if (r->tag_count > STORE_MAX_TAGS)
		return fail(CKR_DEVICE_ERROR, "a stored record has %zu tags", r->tag_count);
	memcpy(f->tags, r->tags, r->tag_count * sizeof(f->tags[0]));
	f->tag_count = r->tag_count;
	try(buf_append(&f->open, r->open));
	return buf_append(&f->sealed, r->sealed);
}

static void found_free(struct persist_found *f)
{
	buf_free(&f->open);
	buf_free(&f->sealed);
}

CK_RV persist_load(const struct persist *p, const struct store_id *id, struct attrs **ret, uint64_t *ret_version)
{
	cleanup(found_free) struct persist_found f = {0};

	try(store_begin(p->store, STORE_READ));
	try(store_end(p->store, store_get(p->store, p->token, id, copy_record, &f)));
	try(persist_open(p, &f, ret));
	*ret_version = f.version;
	return CKR_OK;
}

void persist_list_free(struct persist_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		found_free(&l->items[i]);
	free(l->items);
	*l = (struct persist_list){0};
}

static CK_RV collect(void *arg, const struct store_record *r)
{
	struct persist_list *l = arg;

	if (l->count == l->cap) {
		size_t cap = l->cap == 0 ? 8 : l->cap * 2;
		struct persist_found *items = reallocarray(l->items, cap, sizeof(*items));
		if (items == NULL)
			return CKR_HOST_MEMORY;
		l->items = items;
		l->cap = cap;
	}
	struct persist_found *f = &l->items[l->count++];
	*f = (struct persist_found){0};
	return copy_record(f, r);
}

struct wanted {
	struct persist_list *list;
	bool private_object;
};

/* Without a tag to tell them apart, a scan meets private and public records alike. */
static CK_RV collect_wanted(void *arg, const struct store_record *r)
{
	const struct wanted *w = arg;

	return seal_is_private(r) == w->private_object ? collect(w->list, r) : CKR_OK;
}

static CK_RV search_kind(const struct persist *p, const struct attr_list *template, bool private_object, struct persist_list *ret)
{
	uint64_t tags[STORE_MAX_TAGS];
	size_t count = 0;
	struct wanted w = {ret, private_object};

	seal_search_tags(p->keys, private_object, template, tags, STORE_MAX_TAGS, &count);
	return store_scan(p->store, p->token, tags, count, collect_wanted, &w);
}

CK_RV persist_search(const struct persist *p, const struct attr_list *template, bool private_too, struct persist_list *ret)
{
	bool want_private = attr_list_get_bool(template, CKA_PRIVATE, true);
	bool want_public = !attr_list_get_bool(template, CKA_PRIVATE, false);

	try(store_begin(p->store, STORE_READ));
	CK_RV rv = CKR_OK;
	if (want_public)
		rv = search_kind(p, template, false, ret);
	if (rv == CKR_OK && private_too && want_private)
		rv = search_kind(p, template, true, ret);
	return store_end(p->store, rv);
}

CK_RV persist_open(const struct persist *p, const struct persist_found *f, struct attrs **ret)
{
	cleanup(attr_list_free) struct attr_list list = {0};
	struct store_record r = {
		.id = f->id,
		.version = f->version,
		.open = buf_bytes(&f->open),
		.sealed = buf_bytes(&f->sealed),
		.tags = f->tags,
		.tag_count = f->tag_count,
	};

	try(seal_open(p->ossl, p->keys, &r, &list));
	return attrs_pack(&list, ret);
}
