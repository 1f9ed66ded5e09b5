/* SPDX-License-Identifier: Apache-2.0 */
/* See persist.h. A record is sealed before the transaction begins, so that the store's lock is not held meanwhile; the
 * sets (sets.h) are changed and looked at inside it, for they must agree with the records. On any error the transaction
 * is rolled back and the code passed up. */
#include "object/persist.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "object/make.h"
#include "object/sets.h"

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

/* ---- changes ---------------------------------------------------------------------------------- */

static struct sets_step step_of(const struct persist *p, const struct store_record *r, bool add)
{
	struct sets_step step = {.add = add, .tags = r->tags, .tag_count = r->tag_count};

	sets_hash_record(p->keys, seal_family_of(r), r, step.hash);
	return step;
}

static CK_RV insert_one(const struct persist *p, const struct store_record *r)
{
	struct sets_step step = step_of(p, r, true);

	try(store_insert(p->store, p->token, r));
	return sets_apply(p, seal_family_of(r), &step, 1);
}

static CK_RV insert_sealed(const struct persist *p, const struct store_id *ids, const struct seal_record *sealed, size_t count)
{
	try(store_begin(p->store, STORE_WRITE));
	CK_RV rv = CKR_OK;
	for (size_t i = 0; i < count && rv == CKR_OK; i++) {
		struct store_record r = record_of(&ids[i], 1, &sealed[i]);
		rv = insert_one(p, &r);
	}
	return store_end(p->store, rv);
}

CK_RV persist_insert(const struct persist *p, const struct attrs *const *objects, size_t count)
{
	struct seal_record *sealed = calloc(count + 1, sizeof(*sealed));
	struct store_id *ids = calloc(count + 1, sizeof(*ids));
	CK_RV rv = sealed == NULL || ids == NULL ? CKR_HOST_MEMORY : CKR_OK;

	for (size_t i = 0; i < count && rv == CKR_OK; i++) {
		if (!persist_id(objects[i], &ids[i]))
			rv = fail(CKR_GENERAL_ERROR, "a new object has no unique id");
		else
			rv = seal_object(p->ossl, p->keys, &ids[i], 1, objects[i], &sealed[i]);
	}
	if (rv == CKR_OK)
		rv = insert_sealed(p, ids, sealed, count);
	for (size_t i = 0; i < count && sealed != NULL; i++)
		seal_record_free(&sealed[i]);
	free(sealed);
	free(ids);
	return rv;
}

CK_RV persist_insert_within(const struct persist *p, const struct attrs *a)
{
	cleanup(seal_record_free) struct seal_record sealed = {0};
	struct store_id id;

	if (!persist_id(a, &id))
		return fail(CKR_GENERAL_ERROR, "a new object has no unique id");
	try(seal_object(p->ossl, p->keys, &id, 1, a, &sealed));
	struct store_record r = record_of(&id, 1, &sealed);
	return insert_one(p, &r);
}

static void found_free(struct persist_found *f)
{
	buf_free(&f->open);
	buf_free(&f->sealed);
}

static struct store_record record_found(const struct persist_found *f)
{
	return (struct store_record){
		.id = f->id,
		.version = f->version,
		.open = buf_bytes(&f->open),
		.sealed = buf_bytes(&f->sealed),
		.tags = f->tags,
		.tag_count = f->tag_count,
	};
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

/* Inside the transaction: with is NULL when the record is to go. */
static CK_RV change_record(const struct persist *p, const struct store_id *id, const struct store_record *with)
{
	cleanup(found_free) struct persist_found old = {0};

	try(store_get(p->store, p->token, id, copy_record, &old));
	struct store_record before = record_found(&old);
	enum seal_family family = seal_family_of(&before);
	struct sets_step steps[2] = {step_of(p, &before, false)};
	if (with == NULL) {
		try(store_remove(p->store, p->token, id));
		return sets_apply(p, family, steps, 1);
	}
	if (seal_family_of(with) != family)
		return fail(CKR_GENERAL_ERROR, "an object is to change between public and private");
	try(store_replace(p->store, p->token, with));
	steps[1] = step_of(p, with, true);
	return sets_apply(p, family, steps, 2);
}

CK_RV persist_replace(const struct persist *p, const struct store_id *id, uint64_t version, const struct attrs *a)
{
	cleanup(seal_record_free) struct seal_record sealed = {0};

	try(seal_object(p->ossl, p->keys, id, version + 1, a, &sealed));
	struct store_record r = record_of(id, version + 1, &sealed);
	try(store_begin(p->store, STORE_WRITE));
	return store_end(p->store, change_record(p, id, &r));
}

CK_RV persist_remove(const struct persist *p, const struct store_id *id)
{
	try(store_begin(p->store, STORE_WRITE));
	return store_end(p->store, change_record(p, id, NULL));
}

/* ---- one record --------------------------------------------------------------------------------- */

static CK_RV refuse(const struct persist *p, const struct store_id *id, const char *why)
{
	char text[2 * STORE_ID_SIZE + 1];

	text_hex(bytes_of(id->b, sizeof(id->b)), text);
	return fail(CKR_DEVICE_ERROR, "%s: token %.*s: object %s: %s", p->keys->place, SEAL_SERIAL_SIZE, p->keys->serial, text, why);
}

/* The set of its own tag has this record and no other. What cannot be told without a login is left to who opens it. */
static CK_RV check_genuine(const struct persist *p, const struct store_record *r)
{
	enum seal_family family = seal_family_of(r);
	struct sets_sum expected, found = {0};
	unsigned char hash[32];

	if (!seal_has_family(p->keys, family))
		return CKR_OK;
	try(sets_of_tag(p, family, seal_id_tag(p->keys, family, &r->id), &expected));
	sets_hash_record(p->keys, family, r, hash);
	sets_sum_add(&found, hash);
	return sets_sum_equal(&expected, &found) ? CKR_OK
	                                         : refuse(p, &r->id, "the record is not the one that was written last: changed, or put back from an older state");
}

CK_RV persist_check(const struct persist *p, const struct store_record *r)
{
	cleanup(attr_list_free) struct attr_list list = {0};

	try(seal_open(p->ossl, p->keys, r, &list));
	return check_genuine(p, r);
}

/* A record that is not there must not be in any set. */
static CK_RV check_gone(const struct persist *p, const struct store_id *id)
{
	for (int family = 0; family < SEAL_FAMILIES; family++) {
		struct sets_sum expected;
		if (!seal_has_family(p->keys, family))
			continue;
		try(sets_of_tag(p, family, seal_id_tag(p->keys, family, id), &expected));
		if (expected.count > 0)
			return refuse(p, id, "the record is missing from the store, and nobody has destroyed the object");
	}
	return CKR_OK;
}

static CK_RV read_version(const struct persist *p, const struct store_id *id, uint64_t *ret)
{
	uint64_t version = 0;

	try(store_version(p->store, p->token, id, &version));
	if (version == 0)
		try(check_gone(p, id));
	*ret = version;
	return CKR_OK;
}

CK_RV persist_version(const struct persist *p, const struct store_id *id, uint64_t *ret)
{
	try(store_begin(p->store, STORE_READ));
	return store_end(p->store, read_version(p, id, ret));
}

static CK_RV read_record(const struct persist *p, const struct store_id *id, struct persist_found *ret)
{
	CK_RV rv = store_get(p->store, p->token, id, copy_record, ret);

	if (rv == CKR_OBJECT_HANDLE_INVALID)
		try(check_gone(p, id));
	try(rv);
	struct store_record r = record_found(ret);
	return check_genuine(p, &r);
}

CK_RV persist_load(const struct persist *p, const struct store_id *id, struct attrs **ret, uint64_t *ret_version)
{
	cleanup(found_free) struct persist_found f = {0};

	try(store_begin(p->store, STORE_READ));
	try(store_end(p->store, read_record(p, id, &f)));
	try(persist_open(p, &f, ret));
	*ret_version = f.version;
	return CKR_OK;
}

/* ---- searches --------------------------------------------------------------------------------------- */

void persist_list_free(struct persist_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		found_free(&l->items[i]);
	free(l->items);
	free(l->matches);
	*l = (struct persist_list){0};
}

static CK_RV collect(struct persist_list *l, const struct store_record *r)
{
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

static CK_RV add_match(struct persist_list *l, const struct store_record *r)
{
	if (l->match_count == l->match_cap) {
		size_t cap = l->match_cap == 0 ? 1024 : l->match_cap * 2;
		struct persist_match *matches = reallocarray(l->matches, cap, sizeof(*matches));
		if (matches == NULL)
			return CKR_HOST_MEMORY;
		l->matches = matches;
		l->match_cap = cap;
	}
	l->matches[l->match_count++] = (struct persist_match){r->id, r->version, seal_family_of(r) == SEAL_PRIVATE};
	return CKR_OK;
}

/* What one scan looks for, and what it has met. */
struct wanted {
	const struct persist *p;
	const struct attr_list *template;
	enum seal_family family;
	uint64_t tags[STORE_MAX_TAGS];
	size_t count;
	struct sets_sum met; /* all records of the family that carry the first tag */
	struct persist_list *list;
};

static CK_RV open_record(const struct persist *p, const struct store_record *r, struct attrs **ret)
{
	cleanup(attr_list_free) struct attr_list list = {0};

	try(seal_open(p->ossl, p->keys, r, &list));
	return attrs_pack(&list, ret);
}

static CK_RV compare(const struct wanted *w, const struct store_record *r)
{
	struct attrs *a = NULL;
	CK_RV rv = open_record(w->p, r, &a);

	if (rv == CKR_DEVICE_ERROR) {
		w->list->incomplete = true; /* refused and logged; the others stay usable */
		return CKR_OK;
	}
	if (rv == CKR_OK && make_matches(a, w->template))
		rv = add_match(w->list, r);
	attrs_free(a);
	return rv;
}

static bool has_tag(const struct store_record *r, uint64_t tag)
{
	for (size_t i = 0; i < r->tag_count; i++) {
		if (r->tags[i] == tag)
			return true;
	}
	return false;
}

/* The store is asked for the first tag alone, whose set can be checked; the others are held against the record, whose
 * tags are checked with it. */
static CK_RV collect_wanted(void *arg, const struct store_record *r)
{
	struct wanted *w = arg;
	unsigned char hash[32];

	if (seal_family_of(r) != w->family)
		return CKR_OK;
	sets_hash_record(w->p->keys, w->family, r, hash);
	sets_sum_add(&w->met, hash);
	for (size_t i = 1; i < w->count; i++) {
		if (!has_tag(r, w->tags[i]))
			return CKR_OK;
	}
	return w->list->count < w->list->keep ? collect(w->list, r) : compare(w, r);
}

/* Something is wrong with the set that a search has read: what it found stays if it is right each by itself. */
static CK_RV keep_genuine_items(const struct wanted *w, size_t first)
{
	struct persist_list *l = w->list;
	size_t kept = first;

	for (size_t i = first; i < l->count; i++) {
		struct store_record r = record_found(&l->items[i]);
		CK_RV rv = check_genuine(w->p, &r);
		if (rv == CKR_OK) {
			struct persist_found found = l->items[i];
			l->items[i] = (struct persist_found){0};
			l->items[kept++] = found;
			continue;
		}
		found_free(&l->items[i]);
		l->items[i] = (struct persist_found){0};
		if (rv != CKR_DEVICE_ERROR)
			return rv;
	}
	l->count = kept;
	return CKR_OK;
}

static CK_RV keep_genuine_matches(const struct wanted *w, size_t first)
{
	struct persist_list *l = w->list;
	size_t kept = first;

	for (size_t i = first; i < l->match_count; i++) {
		cleanup(found_free) struct persist_found f = {0};
		CK_RV rv = read_record(w->p, &l->matches[i].id, &f);
		if (rv == CKR_OK)
			l->matches[kept++] = l->matches[i];
		else if (rv != CKR_DEVICE_ERROR && rv != CKR_OBJECT_HANDLE_INVALID)
			return rv;
	}
	l->match_count = kept;
	return CKR_OK;
}

static CK_RV keep_genuine(const struct wanted *w, size_t first, size_t first_match)
{
	w->list->incomplete = true;
	try(keep_genuine_items(w, first));
	return keep_genuine_matches(w, first_match);
}

static CK_RV check_met(const struct wanted *w, size_t first, size_t first_match)
{
	const struct persist *p = w->p;
	struct sets_sum expected;

	CK_RV rv = w->count > 0 ? sets_of_tag(p, w->family, w->tags[0], &expected) : sets_of_all(p, w->family, &expected);
	if (rv == CKR_OK && sets_sum_equal(&expected, &w->met))
		return CKR_OK;
	if (rv == CKR_OK)
		rv = fail(CKR_DEVICE_ERROR,
		          "%s: token %.*s: a search has met %llu records where %llu should be, or some that are not the ones written last",
		          p->keys->place, SEAL_SERIAL_SIZE, p->keys->serial, (unsigned long long)w->met.count, (unsigned long long)expected.count);
	return rv == CKR_DEVICE_ERROR ? keep_genuine(w, first, first_match) : rv;
}

static CK_RV search_family(const struct persist *p, const struct attr_list *template, enum seal_family family, struct persist_list *ret)
{
	struct wanted w = {.p = p, .template = template, .family = family, .list = ret};
	size_t first = ret->count, first_match = ret->match_count;

	seal_search_tags(p->keys, family == SEAL_PRIVATE, template, w.tags, STORE_MAX_TAGS, &w.count);
	try(store_scan(p->store, p->token, w.tags, w.count > 0 ? 1 : 0, collect_wanted, &w));
	return check_met(&w, first, first_match);
}

CK_RV persist_search(const struct persist *p, const struct attr_list *template, bool private_too, struct persist_list *ret)
{
	bool want_private = attr_list_get_bool(template, CKA_PRIVATE, true);
	bool want_public = !attr_list_get_bool(template, CKA_PRIVATE, false);

	try(store_begin(p->store, STORE_READ));
	CK_RV rv = CKR_OK;
	if (want_public)
		rv = search_family(p, template, SEAL_OPEN, ret);
	if (rv == CKR_OK && private_too && want_private)
		rv = search_family(p, template, SEAL_PRIVATE, ret);
	return store_end(p->store, rv);
}

CK_RV persist_open(const struct persist *p, const struct persist_found *f, struct attrs **ret)
{
	struct store_record r = record_found(f);

	return open_record(p, &r, ret);
}
