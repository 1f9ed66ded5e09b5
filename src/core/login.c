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
	atomic_store(&t->pin_expired, false);
	t->user = (struct pin_user){0};
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

/* Who wants to log in. */
struct applicant {
	enum login_state state;
	enum pin_role role;
	struct pin_user user; /* {0}: the user without a name, or the SO */
};

/* Table T2 without the PIN. Users of different names are others to each other. */
static CK_RV may_login_locked(const struct token *t, const struct applicant *a)
{
	enum login_state wanted = a->state;
	enum login_state now = login_state_of(atomic_load(&t->login->word));
	CK_ULONG read_only = t->session_count - t->rw_session_count;

	if (now == wanted && pin_user_same(&t->user, &a->user))
		return fail(CKR_USER_ALREADY_LOGGED_IN, "this user is logged in already, for all sessions of the application");
	if (now != LOGIN_PUBLIC)
		return fail(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "the %s is logged in", now == LOGIN_SO ? "SO" : now == wanted ? "user of another name" : "user");
	if (wanted == LOGIN_SO && read_only > 0)
		return fail(CKR_SESSION_READ_ONLY_EXISTS, "%lu read-only sessions are open", read_only);
	return CKR_OK;
}

static CK_RV may_login(struct token *t, const struct applicant *a)
{
	lock_take(&t->lock);
	CK_RV rv = may_login_locked(t, a);
	lock_release(&t->lock);
	return rv;
}

/* The switch: of several right PINs at once exactly one gets here first. */
static CK_RV enter(const struct session *s, const struct applicant *a, bool pin_expired, const struct secret *token_key)
{
	struct token *t = s->token;
	struct token_keys *fresh = NULL, *old = NULL;

	try(token_keys_make(t, token_key, &fresh));
	lock_take(&t->lock);
	CK_RV rv = session_alive(s) ? may_login_locked(t, a) : CKR_SESSION_CLOSED;
	if (rv == CKR_OK) {
		uint64_t word = atomic_load(&t->login->word);
		old = t->keys;
		t->keys = fresh;
		atomic_store(&t->pin_expired, pin_expired || (a->user.len == 0 && (a->state == LOGIN_SO ? t->info.so_pin_to_be_changed : t->info.user_pin_to_be_changed)));
		t->user = a->user;
		atomic_store(&t->login->word, login_epoch_of(word) << 2 | (uint64_t)a->state);
		fresh = NULL;
	}
	lock_release(&t->lock);
	token_keys_release(old);
	token_keys_release(fresh);
	return rv;
}

static CK_RV check_pin(struct token *t, enum pin_role role, const struct pin_user *user, struct bytes pin, struct secret *ret)
{
	cleanup(pin_token_free) struct pin_token pt = {0};

	if (pin.len > PIN_MAX)
		return fail(CKR_PIN_INCORRECT, "no PIN is longer than %d bytes", PIN_MAX);
	try(token_pin_token(t, &pt));
	pt.user = *user;
	return pin_verify(&pt, role, pin, ret);
}

static bool is_locked(struct token *t, const struct pin_user *user)
{
	struct pin_status status;

	return token_user_status(t, user, &status) == CKR_OK && status.locked;
}

/* §4.10: authenticates the operations that wait for it, until they end, by the PIN of the user who is logged in. Wrong
 * PINs count like any others, and the one that locks ends the login. */
static CK_RV context_login(struct session *s, struct bytes pin, struct bytes user_name)
{
	cleanup(secret_free) struct secret token_key = {0};
	struct pin_user user;

	if (!op_wants_context_login(s))
		return fail(CKR_OPERATION_NOT_INITIALIZED, "no operation with a key of CKA_ALWAYS_AUTHENTICATE is active");
	token_user(s->token, &user);
	if (user_name.len > 0 && !bytes_equal(user_name, bytes_of(user.name, user.len)))
		return fail(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "the user who is logged in has another name");
	CK_RV rv = check_pin(s->token, PIN_USER, &user, pin, &token_key);
	if (rv == CKR_OK) {
		op_context_login(s);
		return CKR_OK;
	}
	if (rv == CKR_PIN_INCORRECT && is_locked(s->token, &user))
		rv = fail(CKR_PIN_LOCKED, "the last try was wrong: the user is logged out");
	if (rv == CKR_PIN_LOCKED)
		(void)end_private_access(s);
	return rv;
}

static CK_RV applicant_of(CK_USER_TYPE user, struct bytes user_name, struct applicant *ret)
{
	size_t r = 0;

	while (r < array_len(roles) && roles[r].user != user)
		r++;
	if (r == array_len(roles))
		return fail(CKR_USER_TYPE_INVALID, "user type %lu", user);
	*ret = (struct applicant){.state = roles[r].state, .role = roles[r].role};
	if (user_name.len == 0)
		return CKR_OK;
	if (user != CKU_USER)
		return fail(CKR_USER_TYPE_INVALID, "the SO has no name");
	return pin_user_of(user_name, &ret->user);
}

CK_RV login_user(struct session *s, CK_USER_TYPE user, struct bytes pin, struct bytes user_name)
{
	struct pin_status status = {0};
	struct token *t = s->token;
	struct applicant a;

	if (user == CKU_CONTEXT_SPECIFIC)
		return context_login(s, pin, user_name);
	try(applicant_of(user, user_name, &a));
	try(may_login(t, &a));
	try(token_refresh(t));
	cleanup(secret_free) struct secret token_key = {0};
	try(check_pin(t, a.role, &a.user, pin, &token_key));
	if (a.user.len > 0)
		try(token_user_status(t, &a.user, &status));
	return enter(s, &a, status.to_be_changed, &token_key);
}
