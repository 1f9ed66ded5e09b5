/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for secrets: pages of our own, locked (mlock), left out of core dumps, wiped on free.
 * When the lock limit is reached memory still comes, unlocked but wiped, with one warning. */
#ifndef CONCLAVE_BASE_MEM_H
#define CONCLAVE_BASE_MEM_H

#include "base/compiler.h"

/* Zeroed, 16-byte aligned; NULL when memory is out. Thread-safe. */
void *mem_secret_alloc(size_t size);
/* Wipes and frees; NULL is fine. size is the size asked for. */
void mem_secret_free(void *p, size_t size);
/* True after the first allocation that could not be locked. */
bool mem_secret_degraded(void);
/* In a fork child, before anything else: forget the inherited arena (its pages stay, unused). What was
 * allocated before the fork must not be freed by the child after this. */
void mem_secret_abandon(void);

#endif
