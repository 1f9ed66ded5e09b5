/* SPDX-License-Identifier: Apache-2.0 */
/* Login, context login and logout (§5.6.8 to §5.6.10), and the one transition by which private access ends. */
#include "core/login.h"

#include "base/log.h"
#include "core/pending.h"
#include "core/module.h"
#include "core/pin.h"
#include "core/session.h"
#include "core/token_info.h"

/* ---- the transition --------------------------------------------------------------------------------- */

#define BATCH 64

struct target {
	struct session *session;
	CK_SESSION_HANDLE handle;
};

/* Sessions with private operations, from a starting point on. */
static size_t collect(struct token *t, size_t skip, struct target batch[BATCH])
{
	size_t count = 0;

	lock_take(&t->lock);
	for (struct session *s = t->sessions; s != NULL && count < BATCH; s = s->next) {
		if (atomic_load(&s->private_ops) == 0)
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		batch[count++] = (struct target){s, atomic_load(&s->handle)};
	}
	lock_release(&t->lock);
	return count;
}

/* Wipes what other sessions still hold. One that is busy in a call wipes its own when the call ends: its operation
 * is dead already, because the epoch has moved on. */
static void drop_private_work(struct token *t, struct session *held)
{
	struct target batch[BATCH];
	size_t skipped = 0, count;

	if (held != NULL)
		session_drop_private(held);
	while ((count = collect(t, skipped, batch)) > 0) {
		for (size_t i = 0; i < count; i++) {
			struct session *s = batch[i].session;
			if (s == held || !lock_try(&s->lock)) {
				skipped++;
				continue;
			}
			if (atomic_load(&s->handle) == batch[i].handle)
				session_drop_private(s);
			if (atomic_load(&s->private_ops) > 0)
				skipped++;
			lock_release(&s->lock);
		}
	}
}

static uint64_t end_with_locked(struct token *t, uint64_t next, struct token_keys **ret_keys)
{
	uint64_t word = atomic_load(&t->login->word);

	atomic_store(&t->login->word, next);
	if (login_state_of(word) == LOGIN_PUBLIC)
		return 0;
	*ret_keys = t->keys;
	t->keys = NULL;
	t->pin_expired = false;
	return login_epoch_of(word);
}

uint64_t login_end_locked(struct token *t, struct token_keys **ret_keys)
{
	uint64_t word = atomic_load(&t->login->word);

	if (login_state_of(word) == LOGIN_PUBLIC)
		return 0;
	return end_with_locked(t, (login_epoch_of(word) + 1) << 2 | LOGIN_PUBLIC, ret_keys);
}

uint64_t login_end_era_locked(struct token *t, struct token_keys **ret_keys)
{
	uint64_t era = login_era_of(atomic_load(&t->login->word));

	return end_with_locked(t, (era + 1) << LOGIN_ERA_SHIFT | LOGIN_PUBLIC, ret_keys);
}

void login_end_work(struct token *t, struct session *held, uint64_t epoch, struct token_keys *keys)
{
	if (epoch == 0)
		return;
	token_keys_release(keys);
	drop_private_work(t, held);
	pending_end_login(t, epoch);
	objects_end_private(&t->objects, epoch);
}

/* For a session whose lock the caller holds. One that C_CloseAllSessions has just closed has no say any more: the
 * login may be a later one. */
static bool end_private_access(struct session *s)
{
	struct token *t = s->token;
	struct token_keys *keys = NULL;

	lock_take(&t->lock);
	uint64_t epoch = session_alive(s) ? login_end_locked(t, &keys) : 0;
	lock_release(&t->lock);
	login_end_work(t, s, epoch, keys);
	return epoch != 0;
}

CK_RV login_logout(struct session *s)
{
	return end_private_access(s) ? CKR_OK : fail(CKR_USER_NOT_LOGGED_IN, "nobody is logged in");
}

/* ---- login --------------------------------------------------------------------------------------------- */

static const struct {
	CK_USER_TYPE user;
	enum pin_role role;
	enum login_state state;
} roles[] = {
	{CKU_USER, PIN_USER, LOGIN_USER},
	{CKU_SO, PIN_SO, LOGIN_SO},
};

/* Table T2 without the PIN. */
static CK_RV may_login_locked(const struct token *t, enum login_state wanted)
{
	enum login_state now = login_state_of(atomic_load(&t->login->word));
	CK_ULONG read_only = t->session_count - t->rw_session_count;

	if (now == wanted)
		return fail(CKR_USER_ALREADY_LOGGED_IN, "this user is logged in already, for all sessions of the application");
	if (now != LOGIN_PUBLIC)
		return fail(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "the %s is logged in", now == LOGIN_SO ? "SO" : "user");
	if (wanted == LOGIN_SO && read_only > 0)
		return fail(CKR_SESSION_READ_ONLY_EXISTS, "%lu read-only sessions are open", read_only);
	return CKR_OK;
}

static CK_RV may_login(struct token *t, enum login_state wanted)
{
	lock_take(&t->lock);
	CK_RV rv = may_login_locked(t, wanted);
	lock_release(&t->lock);
	return rv;
}

/* The switch: of several right PINs at once exactly one gets here first. */
static CK_RV enter(const struct session *s, enum login_state wanted, const struct secret *token_key)
{
	struct token *t = s->token;
	struct token_keys *fresh = NULL, *old = NULL;

	try(token_keys_make(t, token_key, &fresh));
	lock_take(&t->lock);
	CK_RV rv = session_alive(s) ? may_login_locked(t, wanted) : CKR_SESSION_CLOSED;
	if (rv == CKR_OK) {
		uint64_t word = atomic_load(&t->login->word);
		old = t->keys;
		t->keys = fresh;
		t->pin_expired = wanted == LOGIN_SO ? t->info.so_pin_to_be_changed : t->info.user_pin_to_be_changed;
		atomic_store(&t->login->word, login_epoch_of(word) << 2 | (uint64_t)wanted);
		fresh = NULL;
	}
	lock_release(&t->lock);
	token_keys_release(old);
	token_keys_release(fresh);
	return rv;
}

static CK_RV check_pin(struct token *t, enum pin_role role, struct bytes pin, struct secret *ret)
{
	cleanup(pin_token_free) struct pin_token pt = {0};

	if (pin.len > PIN_MAX)
		return fail(CKR_PIN_INCORRECT, "no PIN is longer than %d bytes", PIN_MAX);
	try(token_pin_token(t, &pt));
	return pin_verify(&pt, role, pin, ret);
}

/* §4.10: authenticates the operations that wait for it, until they end. Wrong PINs count like any others, and the
 * one that locks ends the login. */
static CK_RV context_login(struct session *s, struct bytes pin)
{
	cleanup(secret_free) struct secret token_key = {0};

	if (!op_wants_context_login(s))
		return fail(CKR_OPERATION_NOT_INITIALIZED, "no operation with a key of CKA_ALWAYS_AUTHENTICATE is active");
	CK_RV rv = check_pin(s->token, PIN_USER, pin, &token_key);
	if (rv == CKR_OK) {
		op_context_login(s);
		return CKR_OK;
	}
	if (rv == CKR_PIN_INCORRECT && token_user_pin_locked(s->token))
		rv = fail(CKR_PIN_LOCKED, "the last try was wrong: the user is logged out");
	if (rv == CKR_PIN_LOCKED)
		(void)end_private_access(s);
	return rv;
}

CK_RV login_user(struct session *s, CK_USER_TYPE user, struct bytes pin, struct bytes user_name)
{
	struct token *t = s->token;
	size_t r = 0;

	if (user == CKU_CONTEXT_SPECIFIC && user_name.len == 0)
		return context_login(s, pin);
	while (r < array_len(roles) && roles[r].user != user)
		r++;
	if (r == array_len(roles))
		return fail(CKR_USER_TYPE_INVALID, "user type %lu", user);
	if (user_name.len > 0)
		return fail(CKR_USER_TYPE_INVALID, "this token has no named users");
	try(may_login(t, roles[r].state));
	try(token_refresh(t));
	cleanup(secret_free) struct secret token_key = {0};
	try(check_pin(t, roles[r].role, pin, &token_key));
	return enter(s, roles[r].state, &token_key);
}
