/* SPDX-License-Identifier: Apache-2.0 */
/* One session's life: opening under the token's counts and limits, closing, what its state is, and the way out to
 * the application's notify callback. The table of sessions is session_table.c. */
#include "core/session.h"

#include <time.h>

#include "base/log.h"
#include "core/pending.h"
#include "core/find.h"
#include "core/module.h"
#include "core/session_internal.h"
#include "core/token.h"

/* Is this thread inside any notify callback? Such a thread never waits for another one that is: the two could be
 * waiting for each other. */
static _Thread_local bool inside_callback;

bool session_inside_callback(void)
{
	return inside_callback;
}

/* ---- state -------------------------------------------------------------------------------------------------- */

bool session_is_rw(const struct session *s)
{
	return (atomic_load_explicit(&s->flags, memory_order_relaxed) & CKF_RW_SESSION) != 0;
}

CK_STATE session_state_of(const struct session *s)
{
	uint64_t word = atomic_load(&s->token->login->word);

	return session_state(login_state_of(word), session_is_rw(s));
}

const struct policy *session_policy(const struct session *s)
{
	return atomic_load_explicit(&s->token->policy, memory_order_acquire);
}

bool session_user_epoch(const struct session *s, uint64_t *ret)
{
	uint64_t word = atomic_load(&s->token->login->word);

	*ret = login_epoch_of(word);
	return login_state_of(word) == LOGIN_USER && login_era_of(word) == atomic_load_explicit(&s->era, memory_order_relaxed);
}

CK_RV session_check_pin_expired(struct session *s)
{
	return atomic_load(&s->token->pin_expired) ? fail(CKR_PIN_EXPIRED, "the PIN must be changed with C_SetPIN first") : CKR_OK;
}

/* Reads without a lock: the handle is looked at before and after, so that a session closed or reopened meanwhile is
 * noticed; slots and login words live as long as the process. */
CK_RV session_info(struct session *s, CK_SESSION_HANDLE handle, CK_SESSION_INFO *ret)
{
	if (s == NULL || atomic_load_explicit(&s->handle, memory_order_acquire) != handle)
		return CKR_SESSION_HANDLE_INVALID;
	CK_FLAGS flags = atomic_load_explicit(&s->flags, memory_order_acquire);
	CK_SLOT_ID slot = atomic_load_explicit(&s->slot, memory_order_acquire);
	struct login_word *login = atomic_load_explicit(&s->login, memory_order_acquire);
	uint64_t era = atomic_load_explicit(&s->era, memory_order_acquire);
	uint64_t word = login == NULL ? 0 : atomic_load(&login->word);
	if (atomic_load_explicit(&s->handle, memory_order_acquire) != handle || login_era_of(word) != era)
		return CKR_SESSION_HANDLE_INVALID;
	ret->slotID = slot;
	ret->flags = flags;
	ret->state = session_state(login_state_of(word), (flags & CKF_RW_SESSION) != 0);
	ret->ulDeviceError = 0;
	return CKR_OK;
}

struct open_session {
	struct session *session;
	CK_SESSION_HANDLE handle;
};

static void close_if_still(struct session_table *table, struct open_session o);

/* ---- opening ------------------------------------------------------------------------------------------------ */

/* The lock between processes that tells C_InitToken of open sessions: taken with the first one. */
static CK_RV take_into_use(struct token *t)
{
	struct store_lock *l = NULL;
	char name[48];

	lock_take(&t->lock);
	bool needed = t->in_use == NULL;
	lock_release(&t->lock);
	if (!needed)
		return CKR_OK;
	token_use_name(t->number, name);
	try(store_lock_take(t->module->store, name, false, true, &l));
	/* Who had the lock alone until now may have removed the token or made it anew. */
	CK_RV rv = token_refresh(t);
	if (rv != CKR_OK) {
		store_lock_release(l);
		return rv;
	}
	lock_take(&t->lock);
	if (t->in_use == NULL) {
		t->in_use = l;
		l = NULL;
	}
	lock_release(&t->lock);
	store_lock_release(l);
	return CKR_OK;
}

static CK_RV may_open_locked(const struct token *t, bool rw)
{
	const struct config *c = &t->module->config;

	if (!rw && login_state_of(atomic_load(&t->login->word)) == LOGIN_SO)
		return fail(CKR_SESSION_READ_WRITE_SO_EXISTS, "the SO is logged in: only read/write sessions open");
	if (c->max_sessions != 0 && t->session_count >= c->max_sessions)
		return fail(CKR_SESSION_COUNT, "%lu sessions are open, max_sessions is %lu", t->session_count, c->max_sessions);
	if (rw && c->max_rw_sessions != 0 && t->rw_session_count >= c->max_rw_sessions)
		return fail(CKR_SESSION_COUNT, "%lu read/write sessions are open, max_rw_sessions is %lu", t->rw_session_count, c->max_rw_sessions);
	return CKR_OK;
}

/* Counts the session in and makes it visible, unless the token's last session has just closed and let go of in_use. */
static CK_RV enter(struct token *t, struct session *s, bool rw, bool *ret_again)
{
	lock_take(&t->lock);
	*ret_again = t->in_use == NULL;
	CK_RV rv = *ret_again ? CKR_OK : may_open_locked(t, rw);
	if (rv == CKR_OK && !*ret_again) {
		atomic_store_explicit(&s->era, login_era_of(atomic_load(&t->login->word)), memory_order_relaxed);
		t->session_count++;
		t->rw_session_count += rw ? 1 : 0;
		s->next = t->sessions;
		s->previous = NULL;
		if (t->sessions != NULL)
			t->sessions->previous = s;
		t->sessions = s;
	}
	lock_release(&t->lock);
	return rv;
}

CK_RV session_open(struct module *m, struct session_table *table, struct token *t, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                   CK_SESSION_HANDLE *ret)
{
	bool rw = (flags & CKF_RW_SESSION) != 0;
	struct session *s = NULL;
	bool again = true;
	CK_RV rv = CKR_OK;

	if (rw && store_read_only(m->store))
		return fail(CKR_TOKEN_WRITE_PROTECTED, "the token's store cannot be written");
	try(session_table_get(table, &s));
	s->module = m;
	s->token = t;
	s->notify = notify;
	s->validated = 0;
	s->application = application;
	atomic_store_explicit(&s->flags, flags & (CKF_RW_SESSION | CKF_SERIAL_SESSION | CKF_ASYNC_SESSION), memory_order_relaxed);
	atomic_store_explicit(&s->slot, t->slot, memory_order_relaxed);
	atomic_store_explicit(&s->login, t->login, memory_order_relaxed);
	while (rv == CKR_OK && again) {
		rv = take_into_use(t);
		if (rv == CKR_OK)
			rv = enter(t, s, rw, &again);
	}
	if (rv != CKR_OK) {
		session_table_put(table, s);
		return rv;
	}
	uint64_t era = atomic_load_explicit(&s->era, memory_order_relaxed);
	*ret = session_table_publish(s);
	if (unlikely(login_era_of(atomic_load(&t->login->word)) != era))
		close_if_still(table, (struct open_session){s, *ret});
	return CKR_OK;
}

/* ---- closing ------------------------------------------------------------------------------------------------ */

void session_drop_private(struct session *s)
{
	op_end_private(s);
}

/* Counts the session out. The last one takes the login with it in the same breath, so that a session opened a
 * moment later is public, and never loses what it made. */
static void leave(struct session *s)
{
	struct token *t = s->token;
	struct token_keys *keys = NULL;
	struct store_lock *in_use = NULL;
	uint64_t ended = 0;

	lock_take(&t->lock);
	if (s->previous != NULL)
		s->previous->next = s->next;
	else
		t->sessions = s->next;
	if (s->next != NULL)
		s->next->previous = s->previous;
	if (session_alive(s)) { /* else C_CloseAllSessions has counted it out */
		t->session_count--;
		t->rw_session_count -= session_is_rw(s) ? 1 : 0;
		if (t->session_count == 0) {
			ended = login_end_locked(t, &keys);
			in_use = t->in_use;
			t->in_use = NULL;
		}
	}
	lock_release(&t->lock);
	login_end_work(t, NULL, ended, keys);
	store_lock_release(in_use);
}

CK_RV session_close_locked(struct session_table *table, struct session *s)
{
	session_table_unpublish(s);
	op_end_all(s);
	pending_end_session(s);
	find_end(s);
	objects_end_session(s);
	leave(s);
	lock_release(&s->lock);
	session_table_put(table, s);
	return CKR_OK;
}

/* Closes a session unless somebody else has done so; waits for the call that uses it. */
static void close_if_still(struct session_table *table, struct open_session o)
{
	if (!session_lock(o.session))
		return; /* from inside a callback, and the session is inside another: its own call clears it up */
	if (atomic_load(&o.session->handle) == o.handle) {
		CK_RV rv = session_close_locked(table, o.session);
		(void)rv; /* always CKR_OK: it has no way to fail */
	} else {
		lock_release(&o.session->lock);
	}
}

/* The token's first session of an era gone by whose slot is not cleared yet, if any. */
static struct open_session first_outlived(struct token *t)
{
	struct open_session found = {0};

	lock_take(&t->lock);
	for (struct session *s = t->sessions; s != NULL && found.handle == 0; s = s->next) {
		if (!session_alive(s))
			found = (struct open_session){s, atomic_load(&s->handle)};
	}
	lock_release(&t->lock);
	return found;
}

CK_RV session_close_all(struct session_table *table, struct token *t)
{
	struct store_lock *in_use = NULL;
	struct token_keys *keys = NULL;
	struct open_session o;

	if (inside_callback)
		return fail(CKR_FUNCTION_FAILED, "called from inside a notify callback");
	lock_take(&t->lock);
	/* From here on all are invalid, at once; what follows clears up. */
	uint64_t ended = login_end_era_locked(t, &keys);
	t->session_count = 0;
	t->rw_session_count = 0;
	in_use = t->in_use;
	t->in_use = NULL;
	lock_release(&t->lock);
	login_end_work(t, NULL, ended, keys);
	while ((o = first_outlived(t)).handle != 0)
		close_if_still(table, o);
	store_lock_release(in_use);
	return CKR_OK;
}

/* ---- callbacks --------------------------------------------------------------------------------------------------- */

bool session_lock(struct session *s)
{
	const struct timespec a_moment = {0, 50 * 1000};

	for (;;) {
		lock_take(&s->lock);
		if (likely(!atomic_load_explicit(&s->in_callback, memory_order_relaxed)))
			return true;
		lock_release(&s->lock);
		if (inside_callback)
			return false;
		/* The session's call goes on when the application's callback returns, which is not ours to hasten. */
		nanosleep(&a_moment, NULL);
	}
}

bool session_surrender(void *session)
{
	struct session *s = session;

	if (s->notify == NULL)
		return true;
	/* No lock is held across the application's callback: in_callback keeps the session for this call. */
	CK_SESSION_HANDLE handle = atomic_load(&s->handle);
	atomic_store(&s->in_callback, true);
	lock_release(&s->lock);
	inside_callback = true;
	CK_RV answer = s->notify(handle, CKN_SURRENDER, s->application);
	inside_callback = false;
	lock_take(&s->lock);
	atomic_store(&s->in_callback, false);
	return answer != CKR_CANCEL;
}
