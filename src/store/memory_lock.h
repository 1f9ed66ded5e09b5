/* SPDX-License-Identifier: Apache-2.0 */
/* Named locks between the threads of one process, by the rules of store_lock_take. */
#ifndef CONCLAVE_STORE_MEMORY_LOCK_H
#define CONCLAVE_STORE_MEMORY_LOCK_H

#include <pthread.h>

#include "store/store_ops.h"

struct memory_lock_name;

/* Every name that somebody holds or waits for. */
struct memory_locks {
	pthread_mutex_t mutex;
	pthread_cond_t freed;
	struct memory_lock_name *names;
};

void memory_locks_init(struct memory_locks *locks);
void memory_locks_destroy(struct memory_locks *locks);
/* As store_lock_take; ops is what the lock's release goes through. */
must_check CK_RV memory_lock_take(struct memory_locks *locks, const struct store_ops *ops, const char *name, bool exclusive,
				  bool wait, struct store_lock **ret);
void memory_lock_release(struct store_lock *l);

#endif
