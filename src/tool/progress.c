/* SPDX-License-Identifier: Apache-2.0 */
/* See progress.h. There is no library of this kind for C among Debian's packages; this is all that it takes. */
#include "progress.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS (100L * 1000 * 1000)
#define WIDTH_MAX 60
#define WIDTH_MIN 10
#define ROOM_BESIDE 16 /* brackets, percentage, blanks */

/* The one that signals are for. */
static CONCLAVE_PROGRESS *interrupted;

static void on_signal(int number)
{
	(void)number;
	if (interrupted != NULL)
		__atomic_store_n(&interrupted->ulCancel, 1, __ATOMIC_RELAXED);
}

static void catch_signals(void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static size_t width_of_bar(const char *what)
{
	struct winsize size = {0};
	size_t beside = strlen(what) + ROOM_BESIDE;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_MAX;
	size_t room = size.ws_col > beside ? size.ws_col - beside : 0;
	return room > WIDTH_MAX ? WIDTH_MAX : room < WIDTH_MIN ? WIDTH_MIN : room;
}

static void paint(const struct progress *p)
{
	char bar[WIDTH_MAX + 1];
	CK_ULONG total = __atomic_load_n(&p->shared.ulTotal, __ATOMIC_RELAXED);
	CK_ULONG done = __atomic_load_n(&p->shared.ulDone, __ATOMIC_RELAXED);
	size_t width = width_of_bar(p->what);
	size_t full = total == 0 ? 0 : width * (done > total ? total : done) / total;

	memset(bar, '#', full);
	memset(bar + full, '.', width - full);
	bar[width] = '\0';
	fprintf(stderr, "\r%s [%s] %3lu%%", p->what, bar, total == 0 ? 0 : 100 * done / total);
	fflush(stderr);
}

static void *paint_on(void *arg)
{
	struct progress *p = arg;
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	pthread_mutex_lock(&p->mutex);
	do {
		paint(p);
		next.tv_nsec += TICK_NS;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
	} while (!p->stop && pthread_cond_timedwait(&p->wake, &p->mutex, &next) == ETIMEDOUT);
	pthread_mutex_unlock(&p->mutex);
	fputs("\r\033[K", stderr); /* no trace is left of it */
	return NULL;
}

void progress_start(struct progress *p, const char *what)
{
	pthread_condattr_t monotonic;

	*p = (struct progress){.what = what};
	interrupted = &p->shared;
	catch_signals(on_signal);
	if (isatty(STDERR_FILENO) == 0)
		return;
	pthread_mutex_init(&p->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	p->painting = pthread_create(&p->painter, NULL, paint_on, p) == 0;
}

void progress_stop(struct progress *p)
{
	catch_signals(SIG_DFL);
	interrupted = NULL;
	if (!p->painting)
		return;
	pthread_mutex_lock(&p->mutex);
	p->stop = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->mutex);
	pthread_join(p->painter, NULL);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->mutex);
}
