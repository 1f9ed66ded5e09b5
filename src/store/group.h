/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit: writers of one process that are there at the same time share one COMMIT, and so one wait
 * for the disk. Who ends while another writer waits for the store leaves the transaction open to it, behind
 * a savepoint, and sleeps; who ends and finds nobody waiting commits for all. There is no thread of ours.
 * Nobody sees a change before it is durable, and a COMMIT that fails undoes the changes of all its members.
 * Knows the backend's functions only. */
#ifndef CONCLAVE_STORE_GROUP_H
#define CONCLAVE_STORE_GROUP_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/store.h"

struct store_member;

/* Under the store's lock, where nothing else is said. */
struct store_group {
	_Atomic unsigned waiting;   /* writers on their way to the store's lock; counted without it */
	struct store_member *first; /* those who sleep; NULL: no transaction was left open */
	unsigned members;           /* their number */
	bool joined;                /* the transaction under way is a savepoint behind theirs */
	pthread_mutex_t mutex;      /* of what the sleepers look at */
	pthread_cond_t ended;
};

void store_group_init(struct store_group *g);
void store_group_destroy(struct store_group *g);

/* All with the store's lock, which the last two give back.
 * begin: joins the open transaction, or ends it and begins another. */
must_check CK_RV store_group_begin(struct store *s, enum store_mode mode);
/* CKR_OK: the transaction is durable. Else it and all behind which it waited are undone. */
must_check CK_RV store_group_commit(struct store *s);
/* Undoes the transaction, which failed for the reason rv, and gives the code to answer with: rv, or that of the
 * others' COMMIT when it failed, because then what this one saw of them never was. */
must_check CK_RV store_group_rollback(struct store *s, CK_RV rv);

#endif
