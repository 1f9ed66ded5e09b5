/* SPDX-License-Identifier: Apache-2.0 */
/* The base functions that have state, as the plug-in sees them: each goes to the module's own, so that
 * there is one log and one kind of lock. What has no state (bytes, clock) is compiled in.
 * Knows nothing of PostgreSQL. */
#include <stdarg.h>
#include <stdio.h>

#include "store/postgres_store.h"

#define TEXT_MAX 1024

/* Set by the first open, to the same value by each: the module and the plug-in are a pair. */
static _Atomic(const struct store_host *) host;

void postgres_host_use(const struct store_host *h)
{
	atomic_store(&host, h);
}

static const struct store_host *module(void)
{
	return atomic_load_explicit(&host, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
	return module()->log_enabled(level);
}

void log_write(enum log_level level, const char *fmt, ...)
{
	if (!log_enabled(level))
		return;
	char text[TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	module()->log_text(level, text);
}

CK_RV fail(CK_RV rv, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return module()->fail_text(rv, text);
}

const char *rv_name(CK_RV rv)
{
	return module()->rv_name(rv);
}

CK_RV lock_init(struct lock *l, enum lock_rank rank)
{
	return module()->lock_init(l, rank);
}

void lock_destroy(struct lock *l)
{
	module()->lock_destroy(l);
}

void lock_take(struct lock *l)
{
	module()->lock_take(l);
}

void lock_release(struct lock *l)
{
	module()->lock_release(l);
}

CK_RV store_head_init(struct store *s, const struct store_ops *ops, const char *scheme, const char *rest)
{
	return module()->head_init(s, ops, scheme, rest);
}

void store_head_destroy(struct store *s)
{
	module()->head_destroy(s);
}

bool store_inside(const struct store *s)
{
	return module()->inside(s);
}

CK_RV store_version_conflict(const char *what, uint64_t expected, uint64_t found)
{
	return module()->version_conflict(what, expected, found);
}
