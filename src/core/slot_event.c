/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting without polling: the call sleeps on the store's change notification and on an eventfd that C_Finalize
 * writes, and compares what the store holds with what it was told of before. */
#include "core/slot_event.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "core/module.h"
#include "core/token.h"

/* With more tokens than this, the first look is left to the first call that wants events: C_Initialize stays fast. */
#define EAGER_TOKENS 64

struct snapshot {
	struct store *store;
	struct slot_seen *items;
	size_t count, cap;
};

static CK_RV add_token(void *arg, const struct store_token *t)
{
	struct snapshot *n = arg;
	struct token_info info;

	if (n->count == n->cap) {
		size_t cap = n->cap == 0 ? 8 : n->cap * 2;
		struct slot_seen *fresh = reallocarray(n->items, cap, sizeof(*fresh));
		if (fresh == NULL)
			return CKR_HOST_MEMORY;
		n->items = fresh;
		n->cap = cap;
	}
	CK_RV rv = token_info_read(n->store, t->token, &info);
	if (rv != CKR_OK)
		return rv == CKR_TOKEN_NOT_PRESENT ? CKR_OK : rv;
	n->items[n->count++] = (struct slot_seen){t->token, t->slot, info.generation};
	return CKR_OK;
}

static CK_RV take_snapshot(struct module *m, struct snapshot *ret)
{
	*ret = (struct snapshot){.store = m->store};
	if (ret->store == NULL)
		return CKR_OK;
	try(store_begin(ret->store, STORE_READ));
	CK_RV rv = store_end(ret->store, store_tokens(ret->store, add_token, ret));
	if (rv != CKR_OK)
		free(ret->items);
	return rv;
}

static CK_RV mark_locked(struct slot_table *t, CK_SLOT_ID id)
{
	for (size_t i = 0; i < t->pending_count; i++) {
		if (t->pending[i] == id)
			return CKR_OK;
	}
	CK_SLOT_ID *fresh = reallocarray(t->pending, t->pending_count + 1, sizeof(*fresh));
	if (fresh == NULL)
		return CKR_HOST_MEMORY;
	t->pending = fresh;
	t->pending[t->pending_count++] = id;
	return CKR_OK;
}

/* Both lists are in order of slot ID, which a token keeps for ever. */
static CK_RV compare_locked(struct slot_table *t, const struct snapshot *now)
{
	size_t i = 0, j = 0;

	while (i < t->seen_count || j < now->count) {
		const struct slot_seen *old = i < t->seen_count ? &t->seen[i] : NULL;
		const struct slot_seen *new = j < now->count ? &now->items[j] : NULL;
		bool same = old != NULL && new != NULL && old->id == new->id;
		if (same && (old->number != new->number || old->generation != new->generation))
			try(mark_locked(t, new->id));
		else if (!same && (new == NULL || (old != NULL && old->id < new->id)))
			try(mark_locked(t, old->id));
		else if (!same)
			try(mark_locked(t, new->id));
		bool step_old = same || (old != NULL && (new == NULL || old->id < new->id));
		bool step_new = same || !step_old;
		i += step_old ? 1 : 0;
		j += step_new ? 1 : 0;
	}
	return CKR_OK;
}

static CK_RV look(struct module *m)
{
	struct slot_table *t = &m->slots;
	struct snapshot now;

	module_look_for_store(m);
	struct store *store = m->store;
	uint64_t stamp = store == NULL ? 1 : store_stamp(store);
	lock_take(&t->lock);
	bool current = t->seen_ready && t->event_stamp == stamp;
	lock_release(&t->lock);
	if (current)
		return CKR_OK;
	try(take_snapshot(m, &now));
	lock_take(&t->lock);
	CK_RV rv = t->seen_ready ? compare_locked(t, &now) : CKR_OK;
	free(t->seen);
	t->seen = now.items;
	t->seen_count = now.count;
	t->seen_ready = true;
	t->event_stamp = stamp;
	lock_release(&t->lock);
	return rv;
}

CK_RV slot_event_start(struct module *m)
{
	return m->slots.count <= EAGER_TOKENS ? look(m) : CKR_OK;
}

void slot_event_poke(struct module *m)
{
	uint64_t one = 1;

	/* A full counter wakes as well. */
	ssize_t n = write(m->wake_fd, &one, sizeof(one));
	(void)n;
}

static void remove_locked(struct slot_table *t, size_t i)
{
	t->pending_count--;
	memmove(t->pending + i, t->pending + i + 1, (t->pending_count - i) * sizeof(*t->pending));
}

static bool pop(struct slot_table *t, CK_SLOT_ID *ret)
{
	lock_take(&t->lock);
	bool some = t->pending_count > 0;
	if (some) {
		*ret = t->pending[0];
		remove_locked(t, 0);
	}
	lock_release(&t->lock);
	return some;
}

/* Where the slot is, or would be, in the list of what was seen. */
static size_t seen_at_locked(const struct slot_table *t, CK_SLOT_ID id)
{
	size_t low = 0, high = t->seen_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (t->seen[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* now NULL: the token is gone. An entry that does not get in for want of memory leaves an event too many. */
static void note_seen_locked(struct slot_table *t, CK_SLOT_ID id, const struct slot_seen *now)
{
	size_t i = seen_at_locked(t, id);
	bool there = i < t->seen_count && t->seen[i].id == id;
	struct slot_seen *room;

	if (now == NULL && there) {
		t->seen_count--;
		memmove(t->seen + i, t->seen + i + 1, (t->seen_count - i) * sizeof(*t->seen));
	}
	if (now == NULL)
		return;
	if (!there) {
		room = reallocarray(t->seen, t->seen_count + 1, sizeof(*room));
		if (room == NULL)
			return;
		t->seen = room;
		memmove(room + i + 1, room + i, (t->seen_count - i) * sizeof(*room));
		t->seen_count++;
	}
	t->seen[i] = *now;
}

static CK_RV pick_slot(void *arg, const struct store_token *t)
{
	struct store_token *wanted = arg;

	if (t->slot == wanted->slot)
		wanted->token = t->token;
	return CKR_OK;
}

static CK_RV read_change(struct store *s, struct store_token *t, struct token_info *ret)
{
	try(store_begin(s, STORE_READ));
	CK_RV rv = t->token != 0 ? CKR_OK : store_tokens(s, pick_slot, t);
	if (rv == CKR_OK)
		rv = t->token != 0 ? token_info_read(s, t->token, ret) : CKR_TOKEN_NOT_PRESENT;
	return store_end(s, rv);
}

void slot_event_own_change(struct module *m, CK_SLOT_ID id, uint64_t number)
{
	struct store_token changed = {.token = number, .slot = id};
	struct slot_table *t = &m->slots;
	struct token_info info;

	lock_take(&t->lock);
	bool waiting = t->waiting > 0, ready = t->seen_ready;
	lock_release(&t->lock);
	if (waiting)
		slot_event_poke(m);
	if (waiting || !ready || m->store == NULL)
		return;
	CK_RV rv = read_change(m->store, &changed, &info);
	if (rv != CKR_OK && rv != CKR_TOKEN_NOT_PRESENT)
		return;
	struct slot_seen now = {changed.token, id, info.generation};
	lock_take(&t->lock);
	note_seen_locked(t, id, rv == CKR_OK ? &now : NULL);
	lock_release(&t->lock);
}

static void count_waiting(struct module *m, bool in)
{
	lock_take(&m->slots.lock);
	m->slots.waiting = in ? m->slots.waiting + 1 : m->slots.waiting - 1;
	lock_release(&m->slots.lock);
}

static void sleep_until_change(struct module *m, int watch)
{
	struct pollfd fds[2] = {{.fd = m->wake_fd, .events = POLLIN}, {.fd = watch, .events = POLLIN}};
	uint64_t count;

	if (poll(fds, watch >= 0 ? 2 : 1, -1) < 0)
		return; /* a signal: look again */
	if ((fds[0].revents & POLLIN) != 0) {
		ssize_t n = read(m->wake_fd, &count, sizeof(count));
		(void)n;
	}
	if (watch >= 0 && (fds[1].revents & POLLIN) != 0)
		store_watch_drain(m->store);
}

static CK_RV wait_for_event(struct module *m, bool block, CK_SLOT_ID *ret)
{
	for (;;) {
		/* The watch is armed before the look, so no change falls between the two. */
		struct store *store = m->store;
		int watch = store != NULL && block ? store_watch_fd(store) : -1;
		if (module_stopping()) {
			slot_event_poke(m); /* another waiting thread may find the counter drained by this one */
			return CKR_CRYPTOKI_NOT_INITIALIZED;
		}
		try(look(m));
		if (pop(&m->slots, ret))
			return CKR_OK;
		if (!block)
			return CKR_NO_EVENT;
		sleep_until_change(m, watch);
	}
}

CK_RV slot_wait_event(struct module *m, bool block, CK_SLOT_ID *ret)
{
	if (block)
		count_waiting(m, true);
	CK_RV rv = wait_for_event(m, block, ret);
	if (block)
		count_waiting(m, false);
	return rv;
}
