/* SPDX-License-Identifier: Apache-2.0 */
/* What a backend is to store.c: the head of its store and its table of functions. store.c has checked
 * before it calls: the transaction belongs to the calling thread, a change happens in a write
 * transaction, names and counts are within their limits. */
#ifndef CONCLAVE_STORE_STORE_OPS_H
#define CONCLAVE_STORE_STORE_OPS_H

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/lock.h"
#include "base/log.h"
#include "store/group.h"
#include "store/store.h"

/* The first member of every backend's store. store_head_init fills it. */
struct store {
	const struct store_ops *ops;
	char *uri;
	bool read_only;
	struct lock lock; /* held from begin to commit or rollback */
	/* The thread inside a transaction. Others read it only to see that it is not them. */
	_Atomic(pthread_t) owner;
	_Atomic bool owned;
	enum store_mode mode;
	bool broken; /* a call of this transaction failed: only rollback is left */
	struct store_group group;
	/* Twice the number of committed changes, odd while a writer is at work; NULL: ask ops->stamp. */
	_Atomic(const _Atomic uint64_t *) stamp_word;
};

/* The first member of every backend's lock. */
struct store_lock {
	const struct store_ops *ops;
};

struct store_ops {
	void (*close)(struct store *s);
	void (*abandon)(struct store *s);
	/* The same number as stamp_word would give, from the store itself. */
	uint64_t (*stamp)(struct store *s);
	/* As store_stamp_recent; NULL: as stamp. */
	uint64_t (*stamp_recent)(struct store *s);
	int (*watch_fd)(struct store *s);
	void (*watch_drain)(struct store *s);

	CK_RV (*begin)(struct store *s, enum store_mode mode);
	/* Called without the lock after begin gave rv: CKR_OK when something was repaired and begin may be
	 * tried once more, else the code to give. NULL: nothing ever needs repair. */
	CK_RV (*mend)(struct store *s, CK_RV rv);
	CK_RV (*commit)(struct store *s);
	void (*rollback)(struct store *s);
	/* A part of the open write transaction that can be undone for itself: begins one, keeps it, undoes it. An undo
	 * that fails tells that the whole transaction is lost. NULL, all three: writers do not share a COMMIT. */
	CK_RV (*save)(struct store *s);
	CK_RV (*keep)(struct store *s);
	CK_RV (*undo)(struct store *s);

	CK_RV (*tokens)(struct store *s, store_token_fn fn, void *arg);
	CK_RV (*token_add)(struct store *s, struct store_token *ret);
	/* Only when the slot is not taken. */
	CK_RV (*token_add_at)(struct store *s, CK_SLOT_ID slot, struct store_token *ret);
	CK_RV (*slot_taken)(struct store *s, CK_SLOT_ID slot, bool *ret);
	CK_RV (*token_remove)(struct store *s, uint64_t token);
	CK_RV (*next_slot)(struct store *s, CK_SLOT_ID *ret);

	CK_RV (*meta_get)(struct store *s, uint64_t token, const char *name, struct buf *ret, uint64_t *ret_version);
	CK_RV (*meta_put)(struct store *s, uint64_t token, const char *name, struct bytes value, uint64_t expected);
	CK_RV (*meta_remove)(struct store *s, uint64_t token, const char *name);
	CK_RV (*meta_walk)(struct store *s, uint64_t token, store_meta_fn fn, void *arg);
	CK_RV (*meta_insert)(struct store *s, uint64_t token, const char *name, struct bytes value, uint64_t version);

	CK_RV (*insert)(struct store *s, uint64_t token, const struct store_record *r);
	CK_RV (*replace)(struct store *s, uint64_t token, const struct store_record *r);
	CK_RV (*remove)(struct store *s, uint64_t token, const struct store_id *id);
	CK_RV (*remove_all)(struct store *s, uint64_t token);
	CK_RV (*get)(struct store *s, uint64_t token, const struct store_id *id, store_record_fn fn, void *arg);
	CK_RV (*version)(struct store *s, uint64_t token, const struct store_id *id, uint64_t *ret);
	CK_RV (*scan)(struct store *s, uint64_t token, const uint64_t *tags, size_t tag_count, store_record_fn fn, void *arg);
	CK_RV (*count)(struct store *s, uint64_t token, uint64_t *ret);
	CK_RV (*sets_get)(struct store *s, uint64_t token, uint8_t family, const uint64_t *places, size_t count, store_set_fn fn, void *arg);
	CK_RV (*sets_walk)(struct store *s, uint64_t token, store_set_fn fn, void *arg);
	CK_RV (*sets_replace)(struct store *s, uint64_t token, const struct store_set *rows, size_t count);
	CK_RV (*sets_insert)(struct store *s, uint64_t token, const struct store_set *rows, size_t count);
	CK_RV (*check)(struct store *s);

	CK_RV (*lock_take)(struct store *s, const char *name, bool exclusive, bool wait, struct store_lock **ret);
	void (*lock_release)(struct store_lock *l);
	CK_RV (*local_key)(struct store *s, unsigned char ret[32]);
};

/* uri is copied. */
must_check CK_RV store_head_init(struct store *s, const struct store_ops *ops, const char *scheme, const char *rest);
void store_head_destroy(struct store *s);
/* True when the calling thread is inside a transaction of s. */
bool store_inside(const struct store *s);
/* The calling thread is inside no more, and others may come. */
void store_leave(struct store *s);

/* Somebody else was faster: an answer that the caller expects, so not a line for the operator. */
CK_RV store_version_conflict(const char *what, uint64_t expected, uint64_t found);
/* The name of a value as a column has it, with its final zero. CKR_DEVICE_ERROR when no name is like that. Compiled
 * into each backend: it has no state. */
must_check static inline CK_RV store_meta_name(const struct store *s, struct bytes column, char ret[STORE_META_NAME + 1])
{
	if (column.len == 0 || column.len > STORE_META_NAME)
		return fail(CKR_DEVICE_ERROR, "%s: a value's name has %zu bytes", s->uri, column.len);
	memcpy(ret, column.data, column.len);
	ret[column.len] = '\0';
	return CKR_OK;
}
/* True when sorted tags[0..count) has every one of wanted. */
bool store_tags_have(const uint64_t *tags, size_t count, const uint64_t *wanted, size_t wanted_count);

#endif
