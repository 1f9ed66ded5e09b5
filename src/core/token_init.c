/* SPDX-License-Identifier: Apache-2.0 */
/* Making a token, making it anew, and setting its PINs: C_InitToken, C_InitPIN, C_SetPIN (§5.5.7 to §5.5.9). Slow
 * hashing comes first and outside all locks but the session's; then one write transaction does everything. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/module.h"
#include "core/objects_internal.h"
#include "core/pending_save.h"
#include "core/pin.h"
#include "core/pin_tries.h"
#include "core/session.h"
#include "core/token_info.h"
#include "core/users.h"
#include "crypto/rand.h"
#include "object/open_key.h"
#include "object/persist.h"
#include "object/sets.h"

#define TEST_LABEL "test-"

static CK_RV new_token_key(struct module *m, struct secret *ret)
{
	try(secret_new(32, ret));
	CK_RV rv = rand_bytes(m->env.ossl, ret->data, ret->len);
	if (rv != CKR_OK)
		secret_free(ret);
	return rv;
}

/* What a new token, or one that is made anew, is stored with. */
struct fresh {
	struct secret token_key;
	struct buf wrapped;  /* the token key under the SO PIN */
	struct buf user;     /* and under the user's, where there is one from the start */
	struct secret open_key;
	struct buf open_sealed; /* the open key under the store's key */
};

static void fresh_free(struct fresh *f)
{
	secret_free(&f->token_key);
	buf_free(&f->wrapped);
	buf_free(&f->user);
	secret_free(&f->open_key);
	buf_free(&f->open_sealed);
}

static CK_RV make_fresh(const struct pin_token *pt, struct bytes so_pin, struct fresh *ret)
{
	struct module *m = pt->module;
	cleanup(secret_free) struct secret store_key = {0};

	try(new_token_key(m, &ret->token_key));
	try(pin_wrap(pt, PIN_SO, so_pin, &ret->token_key, &ret->wrapped));
	try(secret_new(32, &store_key));
	try(store_local_key(m->store, store_key.data));
	return open_key_make(m->env.ossl, secret_bytes(&store_key), bytes_of(pt->serial, TOKEN_SERIAL_SIZE), &ret->open_key,
	                     &ret->open_sealed);
}

/* A value of a token whose sets do not count yet. */
static CK_RV write_value(const struct pin_token *pt, const char *name, struct bytes value)
{
	struct store *s = pt->module->store;
	cleanup(buf_free) struct buf old = {0};
	uint64_t version = 0;

	try(store_meta_get(s, pt->number, name, &old, &version));
	return store_meta_put(s, pt->number, name, value, version);
}

static CK_RV write_role(const struct pin_token *pt, enum pin_role role, struct bytes wrapped)
{
	try(write_value(pt, pin_role_name(role), wrapped));
	return pin_tries_forget(pt, role);
}

/* The sets first, which know what is put in. */
static CK_RV make_content(const struct pin_token *pt, const struct token_info *info, const struct fresh *f, const struct token_start *start)
{
	struct module *m = pt->module;
	const struct sets_value values[] = {
		{TOKEN_INFO_META, TOKEN_INFO_SETS},
		{pin_role_name(PIN_SO), PIN_ROLE_SETS},
		{pin_role_name(PIN_USER), PIN_ROLE_SETS},
	};
	cleanup(secret_free) struct secret keys = {0};

	try(secret_new(sizeof(struct seal_keys), &keys));
	struct seal_keys *k = (struct seal_keys *)(void *)keys.data;
	try(seal_keys_derive(m->env.ossl, secret_bytes(&f->open_key), secret_bytes(&f->token_key), bytes_of(pt->serial, TOKEN_SERIAL_SIZE), k));
	k->place = store_uri(m->store);
	struct persist p = {.store = m->store, .ossl = m->env.ossl, .token = pt->number, .keys = k};
	try(sets_create(&p, values, info->user_pin_set ? 3 : 2));
	return start == NULL || start->fill == NULL ? CKR_OK : start->fill(start->arg, &p);
}

/* Inside the caller's write transaction. start may be NULL: nothing is put in. */
static CK_RV write_fresh(const struct pin_token *pt, struct token_info *info, const struct fresh *f, const struct token_start *start)
{
	cleanup(buf_free) struct buf described = {0};

	try(token_info_encode(info, &described));
	try(store_meta_put(pt->module->store, pt->number, TOKEN_INFO_META, buf_bytes(&described), info->version));
	info->version++;
	try(write_value(pt, OPEN_KEY_META, buf_bytes(&f->open_sealed)));
	try(write_role(pt, PIN_SO, buf_bytes(&f->wrapped)));
	if (info->user_pin_set)
		try(write_role(pt, PIN_USER, buf_bytes(&f->user)));
	return make_content(pt, info, f, start);
}

/* ---- C_InitToken on an empty slot --------------------------------------------------------------------- */

static CK_RV add_token(struct pin_token *pt, struct token_info *info, const struct fresh *f, const struct token_start *start,
                       CK_SLOT_ID slot, struct store_token *ret)
{
	struct store *s = pt->module->store;
	CK_SLOT_ID next = 0;

	try(store_next_slot(s, &next));
	if (slot != TOKEN_ANY_SLOT && next != slot)
		return CKR_FUNCTION_FAILED; /* another application has filled the slot meanwhile */
	try(store_token_add(s, ret));
	pt->number = ret->token;
	return write_fresh(pt, info, f, start);
}

bool token_is_for_tests(const struct module *m, const unsigned char label[32])
{
	return m->config.test_tokens && bytes_equal(bytes_of(label, strlen(TEST_LABEL)), bytes_of(TEST_LABEL, strlen(TEST_LABEL)));
}

static CK_RV choose_serial(struct module *m, const struct token_start *start, unsigned char ret[TOKEN_SERIAL_SIZE])
{
	unsigned char random[TOKEN_SERIAL_SIZE / 2];
	char serial[TOKEN_SERIAL_SIZE + 1];

	try(rand_bytes(m->env.ossl, random, sizeof(random)));
	text_hex(bytes_of(random, sizeof(random)), serial);
	memcpy(ret, start->serial != NULL ? (const char *)start->serial : serial, TOKEN_SERIAL_SIZE);
	return CKR_OK;
}

CK_RV token_create(struct module *m, const struct token_start *start, CK_SLOT_ID slot, struct store_token *ret)
{
	cleanup(fresh_free) struct fresh fresh = {0};
	struct token_info info = {
		.generation = 1,
		.so_pin_to_be_changed = m->config.pin_to_be_changed,
		.user_pin_set = start->user_pin.len > 0,
		.test = start->test,
	};

	try(pin_check_new(start->so_pin));
	if (info.user_pin_set)
		try(pin_check_new(start->user_pin));
	try(choose_serial(m, start, info.serial));
	memcpy(info.label, start->label, sizeof(info.label));
	struct pin_token pt = {.module = m, .serial = info.serial, .test = info.test};
	try(make_fresh(&pt, start->so_pin, &fresh));
	if (info.user_pin_set)
		try(pin_wrap(&pt, PIN_USER, start->user_pin, &fresh.token_key, &fresh.user));
	try(store_begin(m->store, STORE_WRITE));
	return store_end(m->store, add_token(&pt, &info, &fresh, start, slot, ret));
}

/* ---- C_InitToken on a token ------------------------------------------------------------------------------ */

static CK_RV remake(struct token *t, const struct pin_token *pt, struct token_info *info, const struct fresh *f)
{
	try(store_remove_all(t->module->store, t->number));
	try(pin_remove(pt, PIN_USER));
	try(pin_remove_named(pt));
	try(pending_save_remove_all(t->module->store, t->number));
	return write_fresh(pt, info, f, NULL);
}

static CK_RV reinitialize(struct token *t, struct bytes pin, const unsigned char label[32])
{
	struct module *m = t->module;
	cleanup(secret_free) struct secret old_key = {0};
	cleanup(fresh_free) struct fresh fresh = {0};
	cleanup(pin_token_free) struct pin_token pt = {0};

	try(token_refresh(t));
	try(token_pin_token(t, &pt));
	try(pin_prove(&pt, PIN_SO, pin, &old_key));
	lock_take(&t->lock);
	struct token_info info = t->info;
	lock_release(&t->lock);
	memcpy(info.label, label, sizeof(info.label));
	info.generation++;
	info.user_pin_set = false;
	info.user_pin_to_be_changed = false;
	info.so_pin_to_be_changed = m->config.pin_to_be_changed;
	try(make_fresh(&pt, pin, &fresh));
	try(store_begin(m->store, STORE_WRITE));
	try(store_end(m->store, remake(t, &pt, &info, &fresh)));
	lock_take(&t->lock);
	token_info_put_locked(t, &info);
	lock_release(&t->lock);
	objects_end_all(&t->objects);
	return CKR_OK;
}

CK_RV token_reinitialize(struct token *t, struct bytes pin, const unsigned char label[32])
{
	struct store_lock *alone = NULL;

	lock_take(&t->lock);
	CK_ULONG open = t->session_count;
	lock_release(&t->lock);
	if (open > 0)
		return fail(CKR_SESSION_EXISTS, "%lu sessions of this application are open with the token", open);
	try(token_take_alone(t->module->store, t->number, &alone));
	CK_RV rv = reinitialize(t, pin, label);
	store_lock_release(alone);
	return rv;
}

void token_use_name(uint64_t number, char name[48])
{
	snprintf(name, 48, "use.%llx", (unsigned long long)number);
}

CK_RV token_take_alone(struct store *s, uint64_t number, struct store_lock **ret)
{
	char name[48];

	token_use_name(number, name);
	try(store_lock_take(s, name, true, false, ret));
	return *ret != NULL ? CKR_OK : fail(CKR_SESSION_EXISTS, "an application has sessions open with the token");
}

/* ---- C_InitPIN and C_SetPIN ------------------------------------------------------------------------------ */

CK_RV token_key_of_login(struct token *t, struct secret *ret)
{
	struct token_keys *k = NULL;

	try(token_keys_take(t, &k));
	CK_RV rv = k->seal.has_token ? secret_dup(bytes_of(k->token_key, sizeof(k->token_key)), ret) : CKR_USER_NOT_LOGGED_IN;
	token_keys_release(k);
	return rv;
}

typedef void (*info_change)(struct token_info *info, const struct config *c);

static void user_pin_was_set(struct token_info *info, const struct config *c)
{
	info->user_pin_set = true;
	info->user_pin_to_be_changed = c->pin_to_be_changed;
}

static void user_pin_was_changed(struct token_info *info, const struct config *c)
{
	(void)c;
	info->user_pin_to_be_changed = false;
}

static void so_pin_was_changed(struct token_info *info, const struct config *c)
{
	(void)c;
	info->so_pin_to_be_changed = false;
}

static CK_RV store_pin(struct token *t, const struct pin_token *pt, enum pin_role role, struct bytes wrapped, const struct persist *p,
                       info_change change, struct token_info *info)
{
	try(token_info_read(p->store, p->token, info));
	change(info, &t->module->config);
	try(token_info_write(p, info));
	return pin_store(pt, p, role, wrapped);
}

/* Wraps the token key under a new PIN and stores it with the description's change, all or nothing. */
static CK_RV put_pin(struct token *t, enum pin_role role, struct bytes pin, const struct secret *token_key, info_change change)
{
	struct store *s = t->module->store;
	cleanup(buf_free) struct buf wrapped = {0};
	struct token_keys *k = NULL;
	struct token_info info = {0};
	cleanup(pin_token_free) struct pin_token pt = {0};
	struct persist p;

	try(token_pin_token(t, &pt));
	try(pin_wrap(&pt, role, pin, token_key, &wrapped));
	try(token_keys_make(t, token_key, &k));
	objects_persist(t, k, &p);
	CK_RV rv = store_begin(s, STORE_WRITE);
	if (rv == CKR_OK)
		rv = store_end(s, store_pin(t, &pt, role, buf_bytes(&wrapped), &p, change, &info));
	token_keys_release(k);
	try(rv);
	lock_take(&t->lock);
	token_info_put_locked(t, &info);
	lock_release(&t->lock);
	return CKR_OK;
}

CK_RV token_need_so(struct session *s)
{
	if (session_state_of(s) != CKS_RW_SO_FUNCTIONS)
		return fail(CKR_USER_NOT_LOGGED_IN, "only the SO sets the PINs of users");
	return atomic_load(&s->token->pin_expired) ? fail(CKR_PIN_EXPIRED, "the SO PIN must be changed with C_SetPIN first") : CKR_OK;
}

CK_RV token_init_pin(struct session *s, struct bytes pin)
{
	struct token *t = s->token;
	cleanup(secret_free) struct secret token_key = {0};

	try(token_need_so(s));
	try(pin_check_new(pin));
	try(token_key_of_login(t, &token_key));
	return put_pin(t, PIN_USER, pin, &token_key, user_pin_was_set);
}

CK_RV token_set_pin(struct session *s, struct bytes old_pin, struct bytes new_pin)
{
	struct token *t = s->token;
	enum pin_role role = session_state_of(s) == CKS_RW_SO_FUNCTIONS ? PIN_SO : PIN_USER;
	cleanup(secret_free) struct secret token_key = {0};
	cleanup(pin_token_free) struct pin_token pt = {0};

	if (!session_is_rw(s))
		return fail(CKR_SESSION_READ_ONLY, "C_SetPIN needs a read/write session");
	if (store_read_only(t->module->store))
		return CKR_TOKEN_WRITE_PROTECTED;
	try(pin_check_new(new_pin));
	try(token_pin_token(t, &pt));
	token_user(t, &pt.user); /* nobody's but a user's when it is the SO who is logged in, or nobody */
	CK_RV rv = old_pin.len > PIN_MAX ? CKR_PIN_INCORRECT : pin_verify(&pt, role, old_pin, &token_key);
	if (rv == CKR_USER_PIN_NOT_INITIALIZED)
		rv = CKR_PIN_INCORRECT; /* rule 116: no PIN can match */
	try(rv);
	try(pt.user.len > 0 ? users_put_pin(t, &pt.user, USERS_OLD, new_pin, false, &token_key)
	                    : put_pin(t, role, new_pin, &token_key, role == PIN_SO ? so_pin_was_changed : user_pin_was_changed));
	lock_take(&t->lock);
	atomic_store(&t->pin_expired, false);
	lock_release(&t->lock);
	return CKR_OK;
}
