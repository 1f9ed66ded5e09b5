/* SPDX-License-Identifier: Apache-2.0 */
/* The front of every store: finds the backend by the URI's scheme, keeps one thread at a time inside,
 * and refuses calls that do not belong to the state of the transaction, so that no backend has to.
 * Knows nothing of how a backend keeps anything. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/store_ops.h"

#define LOCK_NAME_MAX 48

static const struct store_backend *const backends[] = {
	&store_memory,
	&store_sqlite,
	&store_postgresql,
	&store_postgres,
};

/* ---- open and close -------------------------------------------------------------------------- */

CK_RV store_open(const char *uri, bool create, struct store **ret)
{
	for (size_t i = 0; i < array_len(backends); i++) {
		size_t len = strlen(backends[i]->scheme);
		if (strncmp(uri, backends[i]->scheme, len) == 0 && uri[len] == ':')
			return backends[i]->open(uri + len + 1, create, ret);
	}
	/* Not the caller's mistake but the operator's: the code is one that is logged as an error. */
	return fail(CKR_GENERAL_ERROR, "no kind of store is named like this: %s", uri);
}

CK_RV store_head_init(struct store *s, const struct store_ops *ops, const char *scheme, const char *rest)
{
	size_t scheme_len = strlen(scheme);
	size_t rest_len = strlen(rest);
	char *uri = malloc(scheme_len + rest_len + 2);
	if (uri == NULL)
		return fail(CKR_HOST_MEMORY, "no memory to open a store");
	memcpy(uri, scheme, scheme_len);
	uri[scheme_len] = ':';
	memcpy(uri + scheme_len + 1, rest, rest_len + 1);
	CK_RV rv = lock_init(&s->lock, LOCK_RANK_STORE);
	if (rv != CKR_OK) {
		free(uri);
		return rv;
	}
	store_group_init(&s->group);
	s->ops = ops;
	s->uri = uri;
	return CKR_OK;
}

void store_head_destroy(struct store *s)
{
	store_group_destroy(&s->group);
	lock_destroy(&s->lock);
	free(s->uri);
}

void store_close(struct store *s)
{
	if (s != NULL)
		s->ops->close(s);
}

void store_abandon(struct store *s)
{
	if (s != NULL)
		s->ops->abandon(s);
}

const char *store_uri(const struct store *s)
{
	return s->uri;
}

bool store_read_only(const struct store *s)
{
	return s->read_only;
}

/* ---- news of changes ------------------------------------------------------------------------- */

uint64_t store_stamp(struct store *s)
{
	const _Atomic uint64_t *word = atomic_load_explicit(&s->stamp_word, memory_order_acquire);
	if (likely(word != NULL)) {
		uint64_t value = atomic_load_explicit(word, memory_order_acquire);
		if (likely(value % 2 == 0))
			return value / 2 + 1;
	}
	/* A writer is at work, or was killed there. */
	return s->ops->stamp(s);
}

uint64_t store_stamp_recent(struct store *s)
{
	if (s->ops->stamp_recent != NULL)
		return s->ops->stamp_recent(s);
	return store_stamp(s);
}

int store_watch_fd(struct store *s)
{
	return s->ops->watch_fd(s);
}

void store_watch_drain(struct store *s)
{
	s->ops->watch_drain(s);
}

/* ---- transactions ---------------------------------------------------------------------------- */

bool store_inside(const struct store *s)
{
	/* Only this thread can have written its own name here, so no lock is needed to know. */
	return atomic_load(&s->owned) && pthread_equal(atomic_load(&s->owner), pthread_self());
}

void store_leave(struct store *s)
{
	atomic_store(&s->owned, false);
	lock_release(&s->lock);
}

static void take_in_line(struct store *s, enum store_mode mode)
{
	if (mode == STORE_WRITE)
		atomic_fetch_add(&s->group.waiting, 1);
	lock_take(&s->lock);
	if (mode == STORE_WRITE)
		atomic_fetch_sub(&s->group.waiting, 1);
}

/* With the lock when it is CKR_OK. */
static CK_RV begin(struct store *s, enum store_mode mode)
{
	take_in_line(s, mode);
	CK_RV rv = store_group_begin(s, mode);
	if (rv != CKR_OK)
		lock_release(&s->lock);
	return rv;
}

CK_RV store_begin(struct store *s, enum store_mode mode)
{
	if (store_inside(s))
		return fail(CKR_GENERAL_ERROR, "%s: a transaction inside a transaction", s->uri);
	if (mode == STORE_WRITE && s->read_only)
		return fail(CKR_TOKEN_WRITE_PROTECTED, "%s: the store was opened read-only", s->uri);
	CK_RV rv = begin(s, mode);
	if (rv != CKR_OK && s->ops->mend != NULL) {
		try(s->ops->mend(s, rv));
		rv = begin(s, mode);
	}
	if (rv != CKR_OK)
		return rv;
	s->mode = mode;
	s->broken = false;
	atomic_store(&s->owner, pthread_self());
	atomic_store(&s->owned, true);
	return CKR_OK;
}

/* The call may go on: this thread is inside, nothing has failed, and a change is in a write transaction. */
static CK_RV enter(struct store *s, enum store_mode needed)
{
	if (unlikely(!store_inside(s)))
		return fail(CKR_GENERAL_ERROR, "%s: a call outside a transaction", s->uri);
	if (unlikely(s->broken))
		return fail(CKR_GENERAL_ERROR, "%s: a call in a transaction that has failed", s->uri);
	if (unlikely(needed == STORE_WRITE && s->mode != STORE_WRITE))
		return fail(CKR_GENERAL_ERROR, "%s: a change in a read transaction", s->uri);
	return CKR_OK;
}

CK_RV store_commit(struct store *s)
{
	try(enter(s, STORE_READ));
	return store_group_commit(s);
}

void store_rollback(struct store *s)
{
	/* The caller has its reason, and no use for another. */
	if (store_inside(s))
		(void)!store_group_rollback(s, CKR_DEVICE_ERROR);
}

CK_RV store_end(struct store *s, CK_RV rv)
{
	if (rv == CKR_OK)
		return store_commit(s);
	return store_inside(s) ? store_group_rollback(s, rv) : rv;
}

/* A change that failed may be half done: the transaction must not be committed. */
static CK_RV changed(struct store *s, CK_RV rv)
{
	if (rv != CKR_OK)
		s->broken = true;
	return rv;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

CK_RV store_tokens(struct store *s, store_token_fn fn, void *arg)
{
	try(enter(s, STORE_READ));
	return s->ops->tokens(s, fn, arg);
}

CK_RV store_token_add(struct store *s, struct store_token *ret)
{
	try(enter(s, STORE_WRITE));
	return changed(s, s->ops->token_add(s, ret));
}

CK_RV store_token_add_at(struct store *s, CK_SLOT_ID slot, struct store_token *ret)
{
	bool taken = true;
	try(enter(s, STORE_WRITE));
	if (slot <= STORE_SLOT_MAX)
		try(s->ops->slot_taken(s, slot, &taken));
	return changed(s, taken ? s->ops->token_add(s, ret) : s->ops->token_add_at(s, slot, ret));
}

CK_RV store_token_remove(struct store *s, uint64_t token)
{
	try(enter(s, STORE_WRITE));
	return changed(s, s->ops->token_remove(s, token));
}

CK_RV store_next_slot(struct store *s, CK_SLOT_ID *ret)
{
	try(enter(s, STORE_READ));
	return s->ops->next_slot(s, ret);
}

/* ---- meta values ----------------------------------------------------------------------------- */

CK_RV store_meta_get(struct store *s, uint64_t token, const char *name, struct buf *ret, uint64_t *ret_version)
{
	try(enter(s, STORE_READ));
	return s->ops->meta_get(s, token, name, ret, ret_version);
}

CK_RV store_meta_put(struct store *s, uint64_t token, const char *name, struct bytes value, uint64_t expected)
{
	try(enter(s, STORE_WRITE));
	return changed(s, s->ops->meta_put(s, token, name, value, expected));
}

CK_RV store_meta_remove(struct store *s, uint64_t token, const char *name)
{
	try(enter(s, STORE_WRITE));
	return changed(s, s->ops->meta_remove(s, token, name));
}

CK_RV store_meta_walk(struct store *s, uint64_t token, store_meta_fn fn, void *arg)
{
	try(enter(s, STORE_READ));
	return s->ops->meta_walk(s, token, fn, arg);
}

CK_RV store_meta_insert(struct store *s, uint64_t token, const char *name, struct bytes value, uint64_t version)
{
	try(enter(s, STORE_WRITE));
	if (version == 0 || strlen(name) > STORE_META_NAME)
		return changed(s, fail(CKR_GENERAL_ERROR, "%s: no value is named %s with version %llu", s->uri, name,
				       (unsigned long long)version));
	return changed(s, s->ops->meta_insert(s, token, name, value, version));
}

/* ---- records --------------------------------------------------------------------------------- */

static CK_RV check_record(const struct store *s, const struct store_record *r)
{
	if (r->tag_count > STORE_MAX_TAGS)
		return fail(CKR_GENERAL_ERROR, "%s: a record with %zu tags", s->uri, r->tag_count);
	if (r->version == 0)
		return fail(CKR_GENERAL_ERROR, "%s: a record of version 0", s->uri);
	for (size_t i = 1; i < r->tag_count; i++) {
		if (r->tags[i - 1] >= r->tags[i])
			return fail(CKR_GENERAL_ERROR, "%s: a record whose tags are not sorted", s->uri);
	}
	return CKR_OK;
}

CK_RV store_insert(struct store *s, uint64_t token, const struct store_record *r)
{
	try(enter(s, STORE_WRITE));
	try(changed(s, check_record(s, r)));
	return changed(s, s->ops->insert(s, token, r));
}

CK_RV store_replace(struct store *s, uint64_t token, const struct store_record *r)
{
	try(enter(s, STORE_WRITE));
	try(changed(s, check_record(s, r)));
	return changed(s, s->ops->replace(s, token, r));
}

CK_RV store_remove(struct store *s, uint64_t token, const struct store_id *id)
{
	try(enter(s, STORE_WRITE));
	return changed(s, s->ops->remove(s, token, id));
}

CK_RV store_remove_all(struct store *s, uint64_t token)
{
	try(enter(s, STORE_WRITE));
	return changed(s, s->ops->remove_all(s, token));
}

CK_RV store_get(struct store *s, uint64_t token, const struct store_id *id, store_record_fn fn, void *arg)
{
	try(enter(s, STORE_READ));
	return s->ops->get(s, token, id, fn, arg);
}

CK_RV store_version(struct store *s, uint64_t token, const struct store_id *id, uint64_t *ret)
{
	try(enter(s, STORE_READ));
	return s->ops->version(s, token, id, ret);
}

CK_RV store_scan(struct store *s, uint64_t token, const uint64_t *tags, size_t tag_count, store_record_fn fn, void *arg)
{
	try(enter(s, STORE_READ));
	return s->ops->scan(s, token, tags, tag_count, fn, arg);
}

CK_RV store_count(struct store *s, uint64_t token, uint64_t *ret)
{
	try(enter(s, STORE_READ));
	return s->ops->count(s, token, ret);
}

/* ---- set rows -------------------------------------------------------------------------------- */

CK_RV store_sets_get(struct store *s, uint64_t token, uint8_t family, const uint64_t *places, size_t count, store_set_fn fn, void *arg)
{
	try(enter(s, STORE_READ));
	for (size_t i = 0; i < count; i++) {
		if (places[i] > STORE_SET_LAST || (i > 0 && places[i] < places[i - 1]))
			return fail(CKR_GENERAL_ERROR, "%s: places of set rows that are not in order", s->uri);
	}
	return s->ops->sets_get(s, token, family, places, count, fn, arg);
}

CK_RV store_sets_walk(struct store *s, uint64_t token, store_set_fn fn, void *arg)
{
	try(enter(s, STORE_READ));
	return s->ops->sets_walk(s, token, fn, arg);
}

static CK_RV check_sets(const struct store *s, const struct store_set *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].start > STORE_SET_LAST || rows[i].version == 0)
			return fail(CKR_GENERAL_ERROR, "%s: a set row out of range, or of version 0", s->uri);
	}
	return CKR_OK;
}

CK_RV store_sets_replace(struct store *s, uint64_t token, const struct store_set *rows, size_t count)
{
	try(enter(s, STORE_WRITE));
	try(changed(s, check_sets(s, rows, count)));
	return count == 0 ? CKR_OK : changed(s, s->ops->sets_replace(s, token, rows, count));
}

CK_RV store_sets_insert(struct store *s, uint64_t token, const struct store_set *rows, size_t count)
{
	try(enter(s, STORE_WRITE));
	try(changed(s, check_sets(s, rows, count)));
	return count == 0 ? CKR_OK : changed(s, s->ops->sets_insert(s, token, rows, count));
}

CK_RV store_check(struct store *s)
{
	try(enter(s, STORE_READ));
	return s->ops->check(s);
}

CK_RV store_version_conflict(const char *what, uint64_t expected, uint64_t found)
{
	log_write(LOG_LEVEL_DEBUG, "%s: version %llu was expected, the store has %llu", what, (unsigned long long)expected,
		  (unsigned long long)found);
	return CKR_FUNCTION_FAILED;
}

static bool tags_have_one(const uint64_t *tags, size_t count, uint64_t wanted)
{
	size_t low = 0;
	while (count > 0) {
		size_t half = count / 2;
		if (tags[low + half] == wanted)
			return true;
		if (tags[low + half] < wanted) {
			low += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return false;
}

bool store_tags_have(const uint64_t *tags, size_t count, const uint64_t *wanted, size_t wanted_count)
{
	for (size_t i = 0; i < wanted_count; i++) {
		if (!tags_have_one(tags, count, wanted[i]))
			return false;
	}
	return true;
}

/* ---- named locks and the local key ------------------------------------------------------------ */

static bool lock_name_valid(const char *name)
{
	size_t len = strlen(name);
	return len > 0 && len <= LOCK_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len;
}

CK_RV store_lock_take(struct store *s, const char *name, bool exclusive, bool wait, struct store_lock **ret)
{
	if (!lock_name_valid(name))
		return fail(CKR_GENERAL_ERROR, "%s: a lock cannot be named %s", s->uri, name);
	return s->ops->lock_take(s, name, exclusive, wait, ret);
}

void store_lock_release(struct store_lock *l)
{
	if (l != NULL)
		l->ops->lock_release(l);
}

CK_RV store_local_key(struct store *s, unsigned char ret[32])
{
	return s->ops->local_key(s, ret);
}
