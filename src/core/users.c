/* SPDX-License-Identifier: Apache-2.0 */
/* See users.h. */
#include "core/users.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/module.h"
#include "core/objects_internal.h"
#include "core/session.h"
#include "core/token_info.h"
#include "object/persist.h"

/* ---- changes --------------------------------------------------------------------------------------------------- */

/* One change of the users in a write transaction, with the keys of the token key. */
struct change {
	struct pin_token pt;
	enum users_want want;
	struct bytes wrapped; /* empty: the user goes */
};

static CK_RV make_change(const struct change *c, const struct persist *p)
{
	struct pin_status status;

	if (c->wrapped.len == 0)
		return pin_drop_named(&c->pt, p);
	try(pin_status(&c->pt, PIN_USER, &status));
	if (c->want == USERS_NEW && status.exists)
		return fail(CKR_ACTION_PROHIBITED, "there is a user of this name");
	if (c->want == USERS_OLD && !status.exists)
		return fail(CKR_USER_PIN_NOT_INITIALIZED, "there is no user of this name");
	return pin_store(&c->pt, p, PIN_USER, c->wrapped);
}

static CK_RV commit_change(struct token *t, const struct change *c, const struct secret *token_key)
{
	struct store *s = t->module->store;
	struct token_keys *k = NULL;
	struct persist p;

	try(token_keys_make(t, token_key, &k));
	objects_persist(t, k, &p);
	CK_RV rv = store_begin(s, STORE_WRITE);
	if (rv == CKR_OK)
		rv = store_end(s, make_change(c, &p));
	token_keys_release(k);
	return rv;
}

static void change_free(struct change *c)
{
	pin_token_free(&c->pt);
}

CK_RV users_put_pin(struct token *t, const struct pin_user *user, enum users_want want, struct bytes pin, bool to_be_changed,
                    const struct secret *token_key)
{
	cleanup(change_free) struct change c = {.want = want};
	cleanup(buf_free) struct buf wrapped = {0};

	try(token_pin_token(t, &c.pt));
	c.pt.user = *user;
	try(pin_wrap_named(&c.pt, to_be_changed, pin, token_key, &wrapped));
	c.wrapped = buf_bytes(&wrapped);
	return commit_change(t, &c, token_key);
}

static CK_RV set_pin(struct session *s, struct bytes name, struct bytes pin, enum users_want want)
{
	cleanup(secret_free) struct secret token_key = {0};
	struct token *t = s->token;
	struct pin_user user;

	try(token_need_so(s));
	try(pin_user_of(name, &user));
	try(pin_check_new(pin));
	try(token_key_of_login(t, &token_key));
	return users_put_pin(t, &user, want, pin, t->module->config.pin_to_be_changed, &token_key);
}

CK_RV users_add(struct session *s, struct bytes name, struct bytes pin)
{
	return set_pin(s, name, pin, USERS_NEW);
}

CK_RV users_init_pin(struct session *s, struct bytes name, struct bytes pin)
{
	return set_pin(s, name, pin, USERS_OLD);
}

CK_RV users_remove(struct session *s, struct bytes name)
{
	cleanup(secret_free) struct secret token_key = {0};
	cleanup(change_free) struct change c = {0};
	struct token *t = s->token;
	struct pin_user user;

	try(token_need_so(s));
	try(pin_user_of(name, &user));
	try(token_key_of_login(t, &token_key));
	try(token_pin_token(t, &c.pt));
	c.pt.user = user;
	return commit_change(t, &c, &token_key);
}

/* ---- listing --------------------------------------------------------------------------------------------------- */

struct listing {
	struct pin_token pt;
	CONCLAVE_USER *users;
	size_t count, cap;
};

static CK_RV add_user(void *arg, const char *name, struct bytes value, uint64_t version unused)
{
	struct listing *l = arg;
	struct pin_user user;
	bool to_be_changed = false;

	if (strncmp(name, PIN_NAMED_META, strlen(PIN_NAMED_META)) != 0)
		return CKR_OK;
	try(pin_record_user(value, &user, &to_be_changed));
	if (l->count == l->cap) {
		size_t cap = l->cap == 0 ? 8 : l->cap * 2;
		CONCLAVE_USER *fresh = reallocarray(l->users, cap, sizeof(*fresh));
		if (fresh == NULL)
			return CKR_HOST_MEMORY;
		l->users = fresh;
		l->cap = cap;
	}
	CONCLAVE_USER *u = &l->users[l->count++];
	*u = (CONCLAVE_USER){.ulNameLen = user.len, .flags = CKF_USER_PIN_INITIALIZED | (to_be_changed ? CKF_USER_PIN_TO_BE_CHANGED : 0)};
	memcpy(u->name, user.name, user.len);
	return CKR_OK;
}

/* The counters are read when the walk is over. */
static CK_RV add_flags(struct listing *l)
{
	struct pin_status status;

	for (size_t i = 0; i < l->count; i++) {
		CONCLAVE_USER *u = &l->users[i];
		try(pin_user_of(bytes_of(u->name, u->ulNameLen), &l->pt.user));
		try(pin_status(&l->pt, PIN_USER, &status));
		u->flags |= status.count_low ? CKF_USER_PIN_COUNT_LOW : 0;
		u->flags |= status.final_try ? CKF_USER_PIN_FINAL_TRY : 0;
		u->flags |= status.locked ? CKF_USER_PIN_LOCKED : 0;
	}
	return CKR_OK;
}

static CK_RV list_all(struct store *s, struct listing *l)
{
	try(store_meta_walk(s, l->pt.number, add_user, l));
	return add_flags(l);
}

CK_RV users_list(struct module *m, CK_SLOT_ID slot, CONCLAVE_USER **ret, CK_ULONG *ret_count)
{
	struct listing l = {0};
	struct token *t = NULL;

	try(slot_present_token(m, slot, &t));
	try(token_pin_token(t, &l.pt));
	CK_RV rv = store_begin(m->store, STORE_READ);
	if (rv == CKR_OK)
		rv = store_end(m->store, list_all(m->store, &l));
	pin_token_free(&l.pt);
	if (rv != CKR_OK) {
		free(l.users);
		return rv;
	}
	*ret = l.users;
	*ret_count = l.count;
	return CKR_OK;
}
