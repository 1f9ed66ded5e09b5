/* SPDX-License-Identifier: Apache-2.0 */
/* A bar on the terminal while a long call runs, painted by a thread of its own; and SIGINT and SIGTERM end the call in
 * order instead of the program at once. Where standard error is no terminal nothing is painted. */
#ifndef CONCLAVE_TOOL_PROGRESS_H
#define CONCLAVE_TOOL_PROGRESS_H

#include <conclave.h>
#include <pthread.h>

#include "tool.h"

struct progress {
	CONCLAVE_PROGRESS shared; /* for the call */
	const char *what;
	pthread_t painter;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool painting, stop;
};

/* One at a time. what stands before the bar. */
void progress_start(struct progress *p, const char *what);
void progress_stop(struct progress *p);

#endif
