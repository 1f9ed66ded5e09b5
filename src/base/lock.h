/* SPDX-License-Identifier: Apache-2.0 */
/* Locks with a rank, native or through the application's four mutex callbacks (PKCS#11 §3.7, §5.4.1).
 * A thread takes locks in rising rank only; debug builds check it. Knows nothing of what is locked. */
#ifndef CONCLAVE_BASE_LOCK_H
#define CONCLAVE_BASE_LOCK_H

#include <pthread.h>

#include "base/compiler.h"

/* Outermost first. A lock may be taken only while every lock held has a lower rank. */
enum lock_rank {
	LOCK_RANK_FOREIGN = 0, /* of a library inside, which keeps its own order: not checked */
	LOCK_RANK_MODULE = 1, /* initialise and finalise */
	LOCK_RANK_SLOTS,      /* the table of slots */
	LOCK_RANK_SESSION,    /* one session */
	LOCK_RANK_TOKEN,      /* one token's login and objects */
	LOCK_RANK_TABLE,      /* free lists of handle tables */
	LOCK_RANK_OBJECT,     /* one object's key cache */
	LOCK_RANK_CACHE,      /* which objects are whole */
	LOCK_RANK_STORE,      /* the store's connection */
	LOCK_RANK_LEAF,       /* memory arena, log: nothing is taken under these */
};

struct lock {
	pthread_mutex_t native;
	void *app; /* the application's mutex, when callbacks are in use */
	enum lock_rank rank;
};

/* The application's callbacks; all four or none. */
struct lock_callbacks {
	CK_CREATEMUTEX create;
	CK_DESTROYMUTEX destroy;
	CK_LOCKMUTEX lock;
	CK_UNLOCKMUTEX unlock;
};

/* Chooses for every lock_init from now on: NULL is native. Only while no lock exists. */
void lock_use_callbacks(const struct lock_callbacks *callbacks);
bool lock_callbacks_in_use(void);
/* CKR_HOST_MEMORY or CKR_GENERAL_ERROR from the application's CreateMutex. */
must_check CK_RV lock_init(struct lock *l, enum lock_rank rank);
void lock_destroy(struct lock *l);
void lock_take(struct lock *l);
/* Takes the lock if it is free. Always false with application callbacks, which cannot try; ranks are not checked. */
bool lock_try(struct lock *l);
void lock_release(struct lock *l);
/* Native recursive mutexes are never used: taking a lock twice in a thread is a bug. */

#endif
