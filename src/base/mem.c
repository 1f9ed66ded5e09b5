/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for secrets: small blocks are cut from locked chunks and kept in a free list per size class,
 * big ones have a mapping of their own. Chunks stay with the process until it ends.
 * Under AddressSanitizer each block is malloc's, so that it can see every overflow.
 * Knows nothing of what is stored. */
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"
#include "base/log.h"

static _Atomic bool degraded;

bool mem_secret_degraded(void)
{
	return atomic_load(&degraded);
}

#if defined(__SANITIZE_ADDRESS__)
#define USE_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define USE_MALLOC 1
#endif
#endif

#ifdef USE_MALLOC

void *mem_secret_alloc(size_t size)
{
	return calloc(1, size > 0 ? size : 1);
}

void mem_secret_free(void *p, size_t size)
{
	if (p == NULL)
		return;
	wipe(p, size);
	free(p);
}

void mem_secret_abandon(void)
{
}

#else

#define CHUNK_SIZE ((size_t)256 * 1024)
#define FINE_STEP 16
#define FINE_MAX 256 /* up to here the classes lie 16 bytes apart, above there are four for each doubling */
#define FINE_CLASSES (FINE_MAX / FINE_STEP)
#define SMALL_MAX ((size_t)16 * 1024)
#define CLASSES (FINE_CLASSES + 4 * 6) /* 256 to 16384 is six doublings */

struct free_block {
	struct free_block *next;
};

/* Native and not through base/lock: this is a service of the process, older than any C_Initialize and
 * younger than none, and no call out of the library happens under it. */
static struct arena {
	pthread_mutex_t mutex;
	struct free_block *free[CLASSES];
	unsigned char *next, *end; /* the rest of the newest chunk */
} arena = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static size_t class_of(size_t size)
{
	if (size <= FINE_MAX)
		return size == 0 ? 0 : (size - 1) / FINE_STEP;
	/* 2^log2 < size <= 2^(log2+1), cut in four. */
	unsigned log2 = 63u - (unsigned)__builtin_clzll((unsigned long long)(size - 1));
	size_t quarter = ((size - 1) >> (log2 - 2)) & 3;
	return FINE_CLASSES + 4 * (size_t)(log2 - 8) + quarter;
}

static size_t class_size(size_t class)
{
	if (class < FINE_CLASSES)
		return (class + 1) * FINE_STEP;
	size_t coarse = class - FINE_CLASSES;
	return ((size_t)FINE_MAX << (coarse / 4)) / 4 * (4 + coarse % 4 + 1);
}

static void *map_locked(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	madvise(p, size, MADV_DONTDUMP);
	/* Locked as it is touched: a chunk of which little is used costs little. */
	if (mlock2(p, size, MLOCK_ONFAULT) != 0 && mlock(p, size) != 0 && !atomic_exchange(&degraded, true))
		log_write(LOG_LEVEL_WARN, "the limit of locked memory is reached: further secrets may be swapped out "
					  "(raise RLIMIT_MEMLOCK)");
	return p;
}

/* What is left of a chunk becomes free blocks of the largest classes that fit. */
static void spend_rest_locked(void)
{
	while ((size_t)(arena.end - arena.next) >= FINE_STEP) {
		size_t rest = (size_t)(arena.end - arena.next);
		size_t class = class_of(rest);
		if (class_size(class) > rest)
			class--;
		struct free_block *block = (struct free_block *)(void *)arena.next;
		arena.next += class_size(class);
		block->next = arena.free[class];
		arena.free[class] = block;
	}
}

static void *cut_locked(size_t size)
{
	if ((size_t)(arena.end - arena.next) < size) {
		unsigned char *chunk = map_locked(CHUNK_SIZE);
		if (chunk == NULL)
			return NULL;
		spend_rest_locked();
		arena.next = chunk;
		arena.end = chunk + CHUNK_SIZE;
	}
	void *p = arena.next;
	arena.next += size;
	return p;
}

void *mem_secret_alloc(size_t size)
{
	if (unlikely(size > SMALL_MAX))
		return map_locked(size);
	size_t class = class_of(size);
	pthread_mutex_lock(&arena.mutex);
	struct free_block *block = arena.free[class];
	if (likely(block != NULL)) {
		arena.free[class] = block->next;
		/* The rest of a free block is zero since it was freed. */
		block->next = NULL;
	} else {
		block = cut_locked(class_size(class));
	}
	pthread_mutex_unlock(&arena.mutex);
	return block;
}

void mem_secret_free(void *p, size_t size)
{
	if (p == NULL)
		return;
	if (unlikely(size > SMALL_MAX)) {
		wipe(p, size);
		munmap(p, size);
		return;
	}
	size_t class = class_of(size);
	wipe(p, class_size(class));
	struct free_block *block = p;
	pthread_mutex_lock(&arena.mutex);
	block->next = arena.free[class];
	arena.free[class] = block;
	pthread_mutex_unlock(&arena.mutex);
}

void mem_secret_abandon(void)
{
	/* Another thread of the parent may have held the mutex: it gets a new one with everything else. */
	arena = (struct arena){.mutex = PTHREAD_MUTEX_INITIALIZER};
	atomic_store(&degraded, false);
}

#endif
