/* SPDX-License-Identifier: Apache-2.0 */
/* What this process knows of changes: the number of committed changes as the server said it last, or as a
 * NOTIFY said it since. store_stamp always asks the server; store_stamp_recent believes notifications, but
 * none that are older than news_ms, and asks once a second all the same, because a connection that is cut
 * silently brings none. Knows nothing of what was changed. */
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "store/postgres_store.h"

#define NS_PER_MS UINT64_C(1000000)
#define ASK_NS (1000 * NS_PER_MS)
#define EPOCH_BITS 48

void postgres_news_known(struct postgres_store *s, uint64_t changes)
{
	uint64_t known = atomic_load(&s->known);
	while (known < changes && !atomic_compare_exchange_weak(&s->known, &known, changes))
		continue;
}

void postgres_news_forget(struct postgres_store *s)
{
	/* A server that was put back, or another one, may come to the same number by other changes. */
	atomic_store(&s->heard_ns, 0);
	atomic_store(&s->known, 0);
	atomic_fetch_add(&s->epoch, 1);
}

static uint64_t stamp_of(struct postgres_store *s, uint64_t changes)
{
	return (atomic_load(&s->epoch) << EPOCH_BITS) + changes + 1;
}

/* ---- asking ----------------------------------------------------------------------------------------- */

static CK_RV ask(struct postgres_store *s, uint64_t *ret)
{
	if (store_inside(&s->base))
		return postgres_query_number(s, PG_CHANGES, NULL, ret);
	lock_take(&s->base.lock);
	CK_RV rv = s->main.conn != NULL ? postgres_query_number(s, PG_CHANGES, NULL, ret) : CKR_DEVICE_ERROR;
	lock_release(&s->base.lock);
	return rv;
}

uint64_t postgres_stamp(struct store *base)
{
	struct postgres_store *s = postgres_of(base);
	uint64_t changes;
	uint64_t now = clock_monotonic_ns();
	CK_RV rv = ask(s, &changes);
	if (rv != CKR_OK && !store_inside(base) && atomic_load(&s->lost) && postgres_mend(s, false) == CKR_OK)
		rv = ask(s, &changes);
	if (rv != CKR_OK) {
		/* Something new each time: the caller looks for itself and meets the error where it can say so. */
		return (UINT64_C(1) << 63) + atomic_fetch_add(&s->unreadable, 1);
	}
	atomic_store(&s->asked_ns, now);
	postgres_news_known(s, changes);
	return stamp_of(s, changes);
}

/* ---- listening -------------------------------------------------------------------------------------- */

static bool listen_on(struct postgres_store *s, struct postgres_link *ret)
{
	char why[POSTGRES_WHY];
	char sql[64];
	struct postgres_link l;
	if (!postgres_link_open(s, false, &l, why)) {
		log_write(LOG_LEVEL_WARN, "%s: no connection for notifications: %s", s->base.uri, why);
		return false;
	}
	snprintf(sql, sizeof(sql), "LISTEN %s", s->channel);
	if (postgres_run(s, &l, sql, postgres_limit(s), NULL) != CKR_OK) {
		postgres_link_close(&l);
		return false;
	}
	*ret = l;
	return true;
}

/* Takes what has come in, without waiting; false when the link is gone. */
static bool take_notes(struct postgres_store *s, struct postgres_link *l)
{
	if (l->conn == NULL)
		return false;
	if (!postgres_link_alive(l)) {
		postgres_link_lost(s, l, PQerrorMessage(l->conn));
		return false;
	}
	for (PGnotify *n; (n = PQnotifies(l->conn)) != NULL; PQfreemem(n))
		postgres_news_known(s, strtoull(n->extra, NULL, 10));
	return true;
}

static bool drain(struct postgres_store *s)
{
	uint64_t now = clock_monotonic_ns();
	lock_take(&s->news_lock);
	bool good = take_notes(s, &s->news);
	lock_release(&s->news_lock);
	if (good)
		atomic_store(&s->heard_ns, now);
	return good;
}

/* Connects with no lock held, at most once a second. What changed before LISTEN is asked for by the caller. */
static void start_listening(struct postgres_store *s)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t next = atomic_load(&s->retry_ns);
	if (now < next || !atomic_compare_exchange_strong(&s->retry_ns, &next, now + ASK_NS))
		return;
	struct postgres_link fresh = {0};
	if (!listen_on(s, &fresh))
		return;
	lock_take(&s->news_lock);
	if (s->news.conn == NULL) {
		s->news = fresh;
		fresh = (struct postgres_link){0};
	}
	lock_release(&s->news_lock);
	postgres_link_close(&fresh);
}

uint64_t postgres_stamp_recent(struct store *base)
{
	struct postgres_store *s = postgres_of(base);
	if (s->base.read_only || s->set.news_ms == 0 || store_inside(base))
		return postgres_stamp(base);
	uint64_t now = clock_monotonic_ns();
	uint64_t heard = atomic_load(&s->heard_ns);
	bool trusted = !atomic_load(&s->lost) && now - atomic_load(&s->asked_ns) < ASK_NS;
	if (trusted && heard != 0 && now - heard < s->set.news_ms * NS_PER_MS)
		return stamp_of(s, atomic_load(&s->known));
	if (!drain(s)) {
		atomic_store(&s->heard_ns, 0);
		if (!atomic_load(&s->lost))
			start_listening(s);
		return postgres_stamp(base);
	}
	return trusted && heard != 0 ? stamp_of(s, atomic_load(&s->known)) : postgres_stamp(base);
}

/* ---- the watch --------------------------------------------------------------------------------------- */

int postgres_watch_fd(struct store *base)
{
	struct postgres_store *s = postgres_of(base);
	if (s->base.read_only)
		return -1;
	if (s->watch.conn == NULL && !listen_on(s, &s->watch))
		return -1;
	return PQsocket(s->watch.conn);
}

void postgres_watch_drain(struct store *base)
{
	struct postgres_store *s = postgres_of(base);
	(void)take_notes(s, &s->watch);
}

void postgres_news_close(struct postgres_store *s)
{
	postgres_link_close(&s->news);
	postgres_link_close(&s->watch);
}

void postgres_news_abandon(struct postgres_store *s)
{
	postgres_link_drop(&s->news);
	postgres_link_drop(&s->watch);
}
