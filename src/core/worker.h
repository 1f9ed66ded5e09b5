/* SPDX-License-Identifier: Apache-2.0 */
/* One thread that does long work, a piece at a time, in the order in which it came. Exists only when somebody asked for
 * it (core/pending.h). Knows nothing of what it does, and holds no lock of the module while it works. */
#ifndef CONCLAVE_CORE_WORKER_H
#define CONCLAVE_CORE_WORKER_H

#include "base/compiler.h"

struct worker;

struct work {
	void (*run)(struct work *w); /* on the thread; what w is afterwards is its business */
	struct work *next;
};

/* CKR_NEED_TO_CREATE_THREADS: the system gives none. */
must_check CK_RV worker_start(struct worker **ret);
void worker_add(struct worker *w, struct work *k);
/* Runs what is there to its end, then ends the thread; whoever wants that to be soon cancels the work before. NULL is
 * fine. */
void worker_stop(struct worker *w);

#endif
