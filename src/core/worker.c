/* SPDX-License-Identifier: Apache-2.0 */
/* A queue, and the thread that empties it. Its lock is native: a thread is only made where native locks are in use. */
#include "core/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/log.h"

struct worker {
	pthread_t thread;
	pthread_mutex_t lock; /* what follows */
	pthread_cond_t changed;
	struct work *first, **last;
	bool stopping;
};

/* The next piece; NULL when there is no more to come. */
static struct work *next(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	while (w->first == NULL && !w->stopping)
		pthread_cond_wait(&w->changed, &w->lock);
	struct work *k = w->first;
	if (k != NULL) {
		w->first = k->next;
		if (w->first == NULL)
			w->last = &w->first;
	}
	pthread_mutex_unlock(&w->lock);
	return k;
}

static void *run(void *arg)
{
	struct worker *w = arg;
	struct work *k;

	while ((k = next(w)) != NULL)
		k->run(k);
	return NULL;
}

/* The application's signals are for its own threads. */
static int start_thread(struct worker *w)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

static void worker_free(struct worker *w)
{
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

CK_RV worker_start(struct worker **ret)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return CKR_HOST_MEMORY;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	w->last = &w->first;
	int error = start_thread(w);
	if (error != 0) {
		worker_free(w);
		return fail(CKR_NEED_TO_CREATE_THREADS, "no thread for long work: error %d", error);
	}
	*ret = w;
	return CKR_OK;
}

void worker_add(struct worker *w, struct work *k)
{
	k->next = NULL;
	pthread_mutex_lock(&w->lock);
	*w->last = k;
	w->last = &k->next;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

void worker_stop(struct worker *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	worker_free(w);
}
