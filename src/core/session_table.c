/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sessions: chunks of slots that never move and are never given back, so a late call with a stale
 * handle always finds a slot to compare with. One lock guards the free list; nothing else is shared. */
#include <stdlib.h>

#include "base/log.h"
#include "core/session_internal.h"

#define CHUNK_SIZE (1u << SESSION_CHUNK_BITS)

struct session_table {
	struct lock lock; /* free list and growth */
	_Atomic(struct session *) chunk[SESSION_CHUNKS];
	uint32_t used;
	uint32_t free_head; /* index + 1 */
	struct login_word *free_words;
	bool callbacks; /* the slots' locks are the application's */
};

CK_RV session_table_new(struct session_table **ret)
{
	*ret = calloc(1, sizeof(struct session_table));
	return *ret == NULL ? CKR_HOST_MEMORY : CKR_OK;
}

static struct session *slot_at(struct session_table *t, uint32_t index)
{
	struct session *chunk = atomic_load_explicit(&t->chunk[index >> SESSION_CHUNK_BITS], memory_order_acquire);

	return chunk == NULL ? NULL : &chunk[index & (CHUNK_SIZE - 1)];
}

static void drop_locks(struct session_table *t)
{
	for (uint32_t i = 0; i < t->used; i++) {
		struct session *s = slot_at(t, i);
		if (s->lock_ready)
			lock_destroy(&s->lock);
		s->lock_ready = false;
	}
}

/* Native locks stay with their slots for ever: late callers may be taking them. The application's locks are its own,
 * and with callbacks every call is counted, so at a stop nobody is left. */
CK_RV session_table_start(struct session_table *t)
{
	bool callbacks = lock_callbacks_in_use();

	if (callbacks != t->callbacks)
		drop_locks(t);
	t->callbacks = callbacks;
	return lock_init(&t->lock, LOCK_RANK_TABLE);
}

void session_table_stop(struct session_table *t)
{
	if (t->callbacks)
		drop_locks(t);
	lock_destroy(&t->lock);
}

struct session *session_table_at(struct session_table *t, CK_SESSION_HANDLE handle)
{
	uint32_t low = (uint32_t)(handle & ((1u << SESSION_INDEX_BITS) - 1));

	return low == 0 ? NULL : slot_at(t, low - 1);
}

CK_RV session_table_get_word(struct session_table *t, struct login_word **ret)
{
	lock_take(&t->lock);
	struct login_word *w = t->free_words;
	if (w != NULL)
		t->free_words = w->next_free;
	lock_release(&t->lock);
	if (w == NULL && (w = calloc(1, sizeof(*w))) == NULL)
		return CKR_HOST_MEMORY;
	/* C_GetSessionInfo may still be looking at it for a session of its last token. */
	atomic_store(&w->word, (login_era_of(atomic_load(&w->word)) + 1) << LOGIN_ERA_SHIFT | LOGIN_PUBLIC);
	*ret = w;
	return CKR_OK;
}

void session_table_put_word(struct session_table *t, struct login_word *w)
{
	lock_take(&t->lock);
	w->next_free = t->free_words;
	t->free_words = w;
	lock_release(&t->lock);
}

static CK_RV grow_locked(struct session_table *t, struct session **ret)
{
	uint32_t index = t->used;

	if (index + 1 >= 1u << SESSION_INDEX_BITS)
		return fail(CKR_HOST_MEMORY, "too many open sessions");
	if ((index & (CHUNK_SIZE - 1)) == 0) {
		struct session *chunk = calloc(CHUNK_SIZE, sizeof(*chunk));
		if (chunk == NULL)
			return CKR_HOST_MEMORY;
		for (uint32_t i = 0; i < CHUNK_SIZE; i++)
			chunk[i].index = index + i;
		atomic_store_explicit(&t->chunk[index >> SESSION_CHUNK_BITS], chunk, memory_order_release);
	}
	t->used++;
	*ret = slot_at(t, index);
	return CKR_OK;
}

CK_RV session_table_get(struct session_table *t, struct session **ret)
{
	struct session *s = NULL;
	CK_RV rv = CKR_OK;

	lock_take(&t->lock);
	if (t->free_head != 0) {
		s = slot_at(t, t->free_head - 1);
		t->free_head = s->next_free;
	} else {
		rv = grow_locked(t, &s);
	}
	lock_release(&t->lock);
	if (rv == CKR_OK && !s->lock_ready) {
		rv = lock_init(&s->lock, LOCK_RANK_SESSION);
		s->lock_ready = rv == CKR_OK;
		if (rv != CKR_OK)
			session_table_put(t, s);
	}
	if (rv == CKR_OK)
		*ret = s;
	return rv;
}

void session_table_put(struct session_table *t, struct session *s)
{
	lock_take(&t->lock);
	s->next_free = t->free_head;
	t->free_head = s->index + 1;
	lock_release(&t->lock);
}

/* handle = generation << SESSION_INDEX_BITS | (index + 1): 2^40 openings of a slot before a value comes again. */
CK_SESSION_HANDLE session_table_publish(struct session *s)
{
	CK_SESSION_HANDLE handle = (s->generation << SESSION_INDEX_BITS) | (s->index + 1);

	s->generation++;
	atomic_store_explicit(&s->handle, handle, memory_order_release);
	return handle;
}

void session_table_unpublish(struct session *s)
{
	atomic_store_explicit(&s->handle, 0, memory_order_release);
}
