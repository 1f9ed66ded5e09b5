/* SPDX-License-Identifier: Apache-2.0 */
/* Handles: index plus generation over chunks that never move. A holder's reference and the death of an entry
 * live in one atomic word, so taking an entry needs no lock and exactly one killer wins. A stale handle never
 * meets a younger entry. Knows nothing of what the entries are. */
#ifndef CONCLAVE_CORE_HANDLE_H
#define CONCLAVE_CORE_HANDLE_H

#include <stdatomic.h>

#include "base/lock.h"

#define HANDLE_INDEX_BITS 26 /* 67 million live entries */
#define HANDLE_CHUNK_BITS 10
#define HANDLE_CHUNKS (1u << (HANDLE_INDEX_BITS - HANDLE_CHUNK_BITS))

struct handle_entry {
	_Atomic uint64_t word; /* generation << 32 | dead << 31 | sealed << 30 | references */
	void *item;
	uint32_t next_free;
};

struct handle_table {
	struct lock lock; /* free list and growth only */
	_Atomic(struct handle_entry *) chunk[HANDLE_CHUNKS];
	uint32_t used;      /* entries ever handed out */
	uint32_t free_head; /* index + 1, 0 is none */
	void (*destroy)(void *item); /* called once, when the last reference to a dead entry goes */
};

must_check CK_RV handle_table_init(struct handle_table *t, void (*destroy)(void *item));
/* Only when no reference is held any more: destroys what still lives. */
void handle_table_free(struct handle_table *t);

/* A number for item, under which nobody finds it yet; *ret is never 0. CKR_HOST_MEMORY. */
must_check CK_RV handle_reserve(struct handle_table *t, void *item, CK_ULONG *ret);
/* From here on everybody finds it, who only guesses the number too: it must be whole, and where it belongs. It has one
 * reference, the table's own. */
void handle_publish(struct handle_table *t, CK_ULONG handle);
/* Instead: the number is free again, item is the caller's. */
void handle_give_back(struct handle_table *t, CK_ULONG handle);
/* handle_reserve and handle_publish for an item that is whole with its handle in *ret. */
must_check CK_RV handle_add(struct handle_table *t, void *item, CK_ULONG *ret);
/* A reference to the live entry, or NULL. */
void *handle_take(struct handle_table *t, CK_ULONG handle);
/* Is the entry alive? For a caller that holds a reference already. */
bool handle_alive(struct handle_table *t, CK_ULONG handle);
/* One more reference for a holder of one. */
void handle_ref(struct handle_table *t, CK_ULONG handle);
void handle_release(struct handle_table *t, CK_ULONG handle);
/* References held at this moment, the table's own included. */
uint32_t handle_references(struct handle_table *t, CK_ULONG handle);
/* Keeps everybody out of a live entry that nobody holds, for a few instructions: false when it is not so. Takers and
 * killers wait until it is unsealed. */
bool handle_seal(struct handle_table *t, CK_ULONG handle);
void handle_unseal(struct handle_table *t, CK_ULONG handle);
/* Makes the handle invalid for ever; true for the one caller that did. Needs no reference. */
bool handle_kill(struct handle_table *t, CK_ULONG handle);

#endif
