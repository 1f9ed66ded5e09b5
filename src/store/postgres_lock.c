/* SPDX-License-Identifier: Apache-2.0 */
/* Named locks between hosts: advisory locks of the server's sessions, each on a connection of its own, so
 * that two takers in one process exclude each other too, a waiter keeps nobody else waiting, and the lock
 * dies with the connection. Knows nothing of what a name stands for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "store/postgres_store.h"

struct postgres_lock {
	struct store_lock base;
	struct postgres_store *store; /* NULL after a fork, in the child */
	struct postgres_lock *next;
	struct postgres_link link; /* conn NULL: granted without the server */
	int64_t number;
	bool exclusive;
	bool given_up; /* lost with its connection, and somebody else has it now */
};

/* FNV-1a over the schema and the name: the server's locks have numbers, one range for each database. */
int64_t postgres_lock_number(const struct postgres_store *s, const char *name)
{
	const char *const parts[] = {"conclave", s->set.schema, name};
	uint64_t hash = 0xcbf29ce484222325u;
	for (size_t i = 0; i < array_len(parts); i++) {
		const char *c = parts[i];
		do
			hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
		while (*c++ != '\0');
	}
	return (int64_t)hash;
}

/* ---- connections ------------------------------------------------------------------------------------- */

/* One that is idle and still good, or a new one. */
static CK_RV link_get(struct postgres_store *s, struct postgres_link *ret)
{
	struct postgres_link l = {0};
	char why[POSTGRES_WHY];
	for (size_t i = 0; i < POSTGRES_IDLE_LINKS && l.conn == NULL; i++) {
		lock_take(&s->locks_lock);
		l = s->idle[i];
		s->idle[i] = (struct postgres_link){0};
		lock_release(&s->locks_lock);
		if (l.conn != NULL && !postgres_link_alive(&l))
			postgres_link_close(&l);
	}
	if (l.conn == NULL && !postgres_link_open(s, true, &l, why)) {
		/* The server may be on its way back: what waits for it is in one place. */
		try(postgres_link_reopen(s, true, &l));
	}
	*ret = l;
	return CKR_OK;
}

static void link_put(struct postgres_store *s, struct postgres_link *l)
{
	lock_take(&s->locks_lock);
	for (size_t i = 0; i < POSTGRES_IDLE_LINKS && l->conn != NULL; i++) {
		if (s->idle[i].conn == NULL) {
			s->idle[i] = *l;
			*l = (struct postgres_link){0};
		}
	}
	lock_release(&s->locks_lock);
	postgres_link_close(l);
}

/* ---- taking ------------------------------------------------------------------------------------------- */

static CK_RV take(struct postgres_store *s, struct postgres_lock *l, bool wait, bool *ret_taken)
{
	char sql[128];
	struct pg_result *r cleanup(postgres_result_free) = NULL;
	const char *shared = l->exclusive ? "" : "_shared";
	if (wait)
		snprintf(sql, sizeof(sql), "SELECT 't' FROM pg_advisory_lock%s(%" PRId64 ")", shared, l->number);
	else
		snprintf(sql, sizeof(sql), "SELECT pg_try_advisory_lock%s(%" PRId64 ")", shared, l->number);
	try(postgres_run(s, &l->link, sql, wait ? POSTGRES_NO_LIMIT : postgres_limit(s), &r));
	*ret_taken = postgres_rows(r) == 1 && PQgetvalue(r, 0, 0)[0] == 't';
	return CKR_OK;
}

/* A connection that was idle may have died unseen: once more with a new one. */
static CK_RV connect_and_take(struct postgres_store *s, struct postgres_lock *l, bool wait, bool *ret_taken)
{
	try(link_get(s, &l->link));
	CK_RV rv = take(s, l, wait, ret_taken);
	if (rv != CKR_OK && l->link.conn == NULL) {
		try(postgres_link_reopen(s, true, &l->link));
		rv = take(s, l, wait, ret_taken);
	}
	return rv;
}

static void list_add(struct postgres_lock *l)
{
	struct postgres_store *s = l->store;
	lock_take(&s->locks_lock);
	l->next = s->locks;
	s->locks = l;
	lock_release(&s->locks_lock);
}

static void list_remove(struct postgres_lock *l)
{
	struct postgres_store *s = l->store;
	lock_take(&s->locks_lock);
	struct postgres_lock **at = &s->locks;
	while (*at != NULL && *at != l)
		at = &(*at)->next;
	if (*at == l)
		*at = l->next;
	lock_release(&s->locks_lock);
}

CK_RV postgres_lock_take(struct store *base, const char *name, bool exclusive, bool wait, struct store_lock **ret)
{
	struct postgres_store *s = postgres_of(base);
	if (base->read_only && exclusive)
		return fail(CKR_TOKEN_WRITE_PROTECTED, "%s: the lock %s in a store that is read-only", base->uri, name);
	struct postgres_lock *l = calloc(1, sizeof(*l));
	if (l == NULL)
		return fail(CKR_HOST_MEMORY, "no memory for the lock %s", name);
	l->base.ops = base->ops;
	l->store = s;
	l->number = postgres_lock_number(s, name);
	l->exclusive = exclusive;
	bool taken = base->read_only;
	CK_RV rv = base->read_only ? CKR_OK : connect_and_take(s, l, wait, &taken);
	if (rv != CKR_OK || !taken) {
		link_put(s, &l->link);
		free(l);
		if (rv == CKR_OK)
			*ret = NULL;
		return rv;
	}
	list_add(l);
	*ret = &l->base;
	return CKR_OK;
}

void postgres_lock_release(struct store_lock *lock)
{
	struct postgres_lock *l = container_of(lock, struct postgres_lock, base);
	struct postgres_store *s = l->store;
	if (s != NULL) {
		list_remove(l);
		if (l->link.conn != NULL &&
		    postgres_run(s, &l->link, "SELECT pg_advisory_unlock_all()", postgres_limit(s), NULL) != CKR_OK)
			postgres_link_close(&l->link);
		link_put(s, &l->link);
	}
	free(l);
}

/* ---- when connections are lost ------------------------------------------------------------------------- */

static struct postgres_lock *find_dead_locked(struct postgres_store *s)
{
	struct postgres_lock *l = s->locks;
	while (l != NULL && (l->given_up || postgres_link_alive(&l->link)))
		l = l->next;
	return l;
}

/* Takes the first dead lock again, on the new connection; false when there is none. */
static bool renew_one(struct postgres_store *s, struct postgres_link *fresh)
{
	lock_take(&s->locks_lock);
	struct postgres_lock *l = find_dead_locked(s);
	bool found = l != NULL, taken = false;
	if (found) {
		postgres_link_close(&l->link);
		l->link = *fresh;
		*fresh = (struct postgres_link){0};
		l->given_up = take(s, l, false, &taken) != CKR_OK || !taken;
		if (l->given_up)
			log_write(LOG_LEVEL_WARN, "%s: a lock was lost with its connection", s->base.uri);
	}
	lock_release(&s->locks_lock);
	return found;
}

static bool any_dead(struct postgres_store *s)
{
	lock_take(&s->locks_lock);
	bool any = find_dead_locked(s) != NULL;
	lock_release(&s->locks_lock);
	return any;
}

void postgres_locks_renew(struct postgres_store *s)
{
	char why[POSTGRES_WHY];
	struct postgres_link fresh = {0};
	if (s->base.read_only)
		return;
	/* Connects with no lock held. */
	while (any_dead(s)) {
		if (!postgres_link_open(s, true, &fresh, why)) {
			log_write(LOG_LEVEL_WARN, "%s: no connection for a lock: %s", s->base.uri, why);
			return;
		}
		if (!renew_one(s, &fresh))
			break;
	}
	postgres_link_close(&fresh);
}

void postgres_locks_close(struct postgres_store *s)
{
	for (size_t i = 0; i < POSTGRES_IDLE_LINKS; i++)
		postgres_link_close(&s->idle[i]);
}

void postgres_locks_abandon(struct postgres_store *s)
{
	/* The list without its lock: there is one thread, and the list is whole at every moment. */
	for (struct postgres_lock *l = s->locks; l != NULL; l = l->next) {
		postgres_link_drop(&l->link);
		l->store = NULL;
	}
	s->locks = NULL;
	for (size_t i = 0; i < POSTGRES_IDLE_LINKS; i++)
		postgres_link_drop(&s->idle[i]);
}
