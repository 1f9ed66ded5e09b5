/* SPDX-License-Identifier: Apache-2.0 */
/* The handle table: see handle.h. The only lock guards the free list; everything a call does with a known handle
 * is a compare-and-swap on the entry's own word. */
#include "core/handle.h"

#include <sched.h>
#include <stdlib.h>

#define CHUNK_SIZE (1u << HANDLE_CHUNK_BITS)
#define DEAD (UINT64_C(1) << 31)
#define SEALED (UINT64_C(1) << 30)
#define REFS (SEALED - 1)
#define GENERATION(word) ((word) >> 32)

CK_RV handle_table_init(struct handle_table *t, void (*destroy)(void *item))
{
	t->used = 0;
	t->free_head = 0;
	t->destroy = destroy;
	return lock_init(&t->lock, LOCK_RANK_TABLE);
}

static struct handle_entry *entry_at(struct handle_table *t, uint32_t index)
{
	struct handle_entry *chunk = atomic_load_explicit(&t->chunk[index >> HANDLE_CHUNK_BITS], memory_order_acquire);

	return chunk == NULL ? NULL : &chunk[index & (CHUNK_SIZE - 1)];
}

/* handle = generation << HANDLE_INDEX_BITS | (index + 1); generations use the bits above. */
static CK_ULONG make_handle(uint64_t generation, uint32_t index)
{
	return (CK_ULONG)((generation << HANDLE_INDEX_BITS) | (index + 1));
}

static uint32_t index_of(CK_ULONG handle)
{
	return (uint32_t)(handle & ((1u << HANDLE_INDEX_BITS) - 1)) - 1;
}

static struct handle_entry *entry_of(struct handle_table *t, CK_ULONG handle, uint64_t *ret_generation)
{
	uint64_t low = handle & ((UINT64_C(1) << HANDLE_INDEX_BITS) - 1);

	if (low == 0)
		return NULL;
	*ret_generation = (uint64_t)handle >> HANDLE_INDEX_BITS;
	if (*ret_generation > UINT32_MAX)
		return NULL;
	return entry_at(t, (uint32_t)low - 1);
}

void handle_table_free(struct handle_table *t)
{
	for (uint32_t i = 0; i < t->used; i++) {
		struct handle_entry *e = entry_at(t, i);
		if (e->item != NULL)
			t->destroy(e->item);
	}
	for (uint32_t c = 0; c < (t->used + CHUNK_SIZE - 1) >> HANDLE_CHUNK_BITS; c++) {
		free(atomic_load_explicit(&t->chunk[c], memory_order_relaxed));
		atomic_store_explicit(&t->chunk[c], NULL, memory_order_relaxed);
	}
	lock_destroy(&t->lock);
}

static CK_RV grow_locked(struct handle_table *t, uint32_t *ret)
{
	uint32_t index = t->used;

	if (index >> HANDLE_CHUNK_BITS >= HANDLE_CHUNKS)
		return CKR_HOST_MEMORY;
	if ((index & (CHUNK_SIZE - 1)) == 0) {
		struct handle_entry *chunk = calloc(CHUNK_SIZE, sizeof(*chunk));
		if (chunk == NULL)
			return CKR_HOST_MEMORY;
		atomic_store_explicit(&t->chunk[index >> HANDLE_CHUNK_BITS], chunk, memory_order_release);
	}
	t->used++;
	*ret = index;
	return CKR_OK;
}

CK_RV handle_reserve(struct handle_table *t, void *item, CK_ULONG *ret)
{
	uint32_t index = 0;
	CK_RV rv = CKR_OK;

	lock_take(&t->lock);
	if (t->free_head != 0) {
		index = t->free_head - 1;
		t->free_head = entry_at(t, index)->next_free;
	} else {
		rv = grow_locked(t, &index);
	}
	lock_release(&t->lock);
	if (rv != CKR_OK)
		return rv;
	struct handle_entry *e = entry_at(t, index);
	e->item = item;
	*ret = make_handle(GENERATION(atomic_load_explicit(&e->word, memory_order_relaxed)), index);
	return CKR_OK;
}

void handle_publish(struct handle_table *t, CK_ULONG handle)
{
	uint64_t generation = 0;
	struct handle_entry *e = entry_of(t, handle, &generation);

	if (e != NULL)
		atomic_store_explicit(&e->word, generation << 32 | 1, memory_order_release);
}

CK_RV handle_add(struct handle_table *t, void *item, CK_ULONG *ret)
{
	try(handle_reserve(t, item, ret));
	handle_publish(t, *ret);
	return CKR_OK;
}

static void free_entry(struct handle_table *t, struct handle_entry *e, uint32_t index)
{
	lock_take(&t->lock);
	e->next_free = t->free_head;
	t->free_head = index + 1;
	lock_release(&t->lock);
}

void handle_give_back(struct handle_table *t, CK_ULONG handle)
{
	uint64_t generation = 0;
	struct handle_entry *e = entry_of(t, handle, &generation);

	if (e == NULL)
		return;
	e->item = NULL;
	free_entry(t, e, index_of(handle));
}

/* The word once nobody has sealed the entry. */
static uint64_t unsealed_word(struct handle_entry *e)
{
	uint64_t w = atomic_load_explicit(&e->word, memory_order_acquire);

	while (unlikely((w & SEALED) != 0)) {
		sched_yield();
		w = atomic_load_explicit(&e->word, memory_order_acquire);
	}
	return w;
}

void *handle_take(struct handle_table *t, CK_ULONG handle)
{
	uint64_t generation = 0;
	struct handle_entry *e = entry_of(t, handle, &generation);

	if (e == NULL)
		return NULL;
	/* Sequentially consistent: who counts references after a change must see this one, or this one the change. */
	uint64_t w = unsealed_word(e);
	do {
		if (unlikely((w & SEALED) != 0))
			w = unsealed_word(e);
		if (GENERATION(w) != generation || (w & DEAD) != 0 || (w & REFS) == 0)
			return NULL;
	} while (!atomic_compare_exchange_weak_explicit(&e->word, &w, w + 1, memory_order_seq_cst, memory_order_acquire));
	return e->item;
}

bool handle_alive(struct handle_table *t, CK_ULONG handle)
{
	uint64_t generation = 0;
	struct handle_entry *e = entry_of(t, handle, &generation);

	if (e == NULL)
		return false;
	uint64_t w = atomic_load_explicit(&e->word, memory_order_acquire);
	return GENERATION(w) == generation && (w & DEAD) == 0 && (w & REFS) != 0;
}

void handle_ref(struct handle_table *t, CK_ULONG handle)
{
	uint64_t generation = 0;
	struct handle_entry *e = entry_of(t, handle, &generation);

	if (e != NULL)
		atomic_fetch_add_explicit(&e->word, 1, memory_order_relaxed);
}

uint32_t handle_references(struct handle_table *t, CK_ULONG handle)
{
	uint64_t generation = 0;
	struct handle_entry *e = entry_of(t, handle, &generation);

	return e == NULL ? 0 : (uint32_t)(atomic_load(&e->word) & REFS);
}

/* The last reference is gone: the generation moves on, so the number is never valid again. */
static void recycle(struct handle_table *t, struct handle_entry *e, uint32_t index, uint64_t generation)
{
	void *item = e->item;

	e->item = NULL;
	atomic_store_explicit(&e->word, ((generation + 1) & UINT32_MAX) << 32, memory_order_release);
	t->destroy(item);
	if (generation == UINT32_MAX)
		return; /* worn out: never handed out again, so that no handle value repeats */
	free_entry(t, e, index);
}

void handle_release(struct handle_table *t, CK_ULONG handle)
{
	uint64_t generation = 0;
	struct handle_entry *e = entry_of(t, handle, &generation);

	if (e == NULL)
		return;
	uint64_t w = atomic_fetch_sub_explicit(&e->word, 1, memory_order_acq_rel) - 1;
	if ((w & REFS) == 0)
		recycle(t, e, index_of(handle), generation);
}

bool handle_seal(struct handle_table *t, CK_ULONG handle)
{
	uint64_t generation = 0;
	struct handle_entry *e = entry_of(t, handle, &generation);
	uint64_t unheld = generation << 32 | 1; /* the table's own reference */

	return e != NULL && atomic_compare_exchange_strong_explicit(&e->word, &unheld, unheld | SEALED, memory_order_seq_cst,
	                                                            memory_order_relaxed);
}

void handle_unseal(struct handle_table *t, CK_ULONG handle)
{
	uint64_t generation = 0;
	struct handle_entry *e = entry_of(t, handle, &generation);

	if (e != NULL)
		atomic_fetch_and_explicit(&e->word, ~SEALED, memory_order_release);
}

bool handle_kill(struct handle_table *t, CK_ULONG handle)
{
	uint64_t generation = 0;
	struct handle_entry *e = entry_of(t, handle, &generation);

	if (e == NULL)
		return false;
	uint64_t w = unsealed_word(e);
	do {
		if (unlikely((w & SEALED) != 0))
			w = unsealed_word(e);
		if (GENERATION(w) != generation || (w & DEAD) != 0 || (w & REFS) == 0)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&e->word, &w, w | DEAD, memory_order_acq_rel, memory_order_acquire));
	handle_release(t, handle); /* the table's own reference */
	return true;
}
