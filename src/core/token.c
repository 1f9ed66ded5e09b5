/* SPDX-License-Identifier: Apache-2.0 */
/* One token as this application knows it: its description and its record keys. Making and re-making tokens and
 * setting PINs is in token_init.c; login and logout in login.c. */
#include "core/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/module.h"
#include "core/pin.h"
#include "core/session.h"
#include "core/token_info.h"
#include "object/open_key.h"
#include "object/persist.h"
#include "object/sets.h"

CK_RV token_new(struct module *m, const struct store_token *st, struct token **ret)
{
	struct token *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return CKR_HOST_MEMORY;
	t->module = m;
	t->number = st->token;
	t->slot = st->slot;
	atomic_store(&t->policy, policies_general(m->policies));
	CK_RV rv = lock_init(&t->lock, LOCK_RANK_TOKEN);
	if (rv != CKR_OK) {
		free(t);
		return rv;
	}
	rv = objects_init(&t->objects, &m->objects, m->boot_key);
	for (size_t i = 0; i < array_len(t->memos) && rv == CKR_OK; i++)
		rv = pin_memo_init(&t->memos[i]);
	if (rv == CKR_OK)
		rv = session_table_get_word(module_sessions(), &t->login);
	if (rv != CKR_OK) {
		token_free(t);
		return rv;
	}
	*ret = t;
	return CKR_OK;
}

void token_free(struct token *t)
{
	if (t->login != NULL)
		session_table_put_word(module_sessions(), t->login);
	if (t->keys != NULL)
		token_keys_release(t->keys);
	store_lock_release(t->in_use);
	for (size_t i = 0; i < array_len(t->memos); i++)
		pin_memo_free(&t->memos[i]);
	objects_free(&t->objects);
	lock_destroy(&t->lock);
	free(t);
}

/* ---- description ---------------------------------------------------------------------------------- */

static CK_RV read_info(struct token *t, struct token_info *ret)
{
	struct store *s = t->module->store;

	try(store_begin(s, STORE_READ));
	CK_RV rv = token_info_read(s, t->number, ret);
	return store_end(s, rv);
}

/* serial and test stay what they were when the token was made. They are read without the lock, so they are written
 * once only. */
void token_info_put_locked(struct token *t, const struct token_info *info)
{
	struct token_info *mine = &t->info;

	if (info->version >= mine->version)
		atomic_store(&t->policy, policies_for(t->module->policies, info->label, info->serial));
	if (mine->version == 0) {
		*mine = *info;
		return;
	}
	if (info->version < mine->version)
		return; /* another thread has seen a later one */
	mine->version = info->version;
	memcpy(mine->label, info->label, sizeof(mine->label));
	if (mine->generation != info->generation) {
		/* Made anew, with another open key. */
		token_keys_release(t->keys);
		t->keys = NULL;
	}
	mine->generation = info->generation;
	mine->user_pin_set = info->user_pin_set;
	mine->user_pin_to_be_changed = info->user_pin_to_be_changed;
	mine->so_pin_to_be_changed = info->so_pin_to_be_changed;
}

CK_RV token_refresh(struct token *t)
{
	struct token_info info;
	uint64_t stamp = store_stamp(t->module->store);

	lock_take(&t->lock);
	bool fresh = t->info_stamp == stamp;
	bool gone = t->gone;
	lock_release(&t->lock);
	if (fresh)
		return gone ? CKR_TOKEN_NOT_PRESENT : CKR_OK;
	CK_RV rv = read_info(t, &info);
	if (rv != CKR_OK && rv != CKR_TOKEN_NOT_PRESENT)
		return rv;
	lock_take(&t->lock);
	t->gone = rv == CKR_TOKEN_NOT_PRESENT;
	t->info_stamp = stamp;
	if (rv == CKR_OK)
		token_info_put_locked(t, &info);
	lock_release(&t->lock);
	return rv;
}

static const struct {
	enum pin_role role;
	CK_FLAGS count_low, final_try, locked;
} pin_flags[] = {
	{PIN_USER, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED},
	{PIN_SO, CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED},
};

static CK_RV pin_flags_of(const struct pin_token *pt, CK_FLAGS *flags)
{
	for (size_t i = 0; i < array_len(pin_flags); i++) {
		struct pin_status status;
		try(pin_status(pt, pin_flags[i].role, &status));
		*flags |= status.count_low ? pin_flags[i].count_low : 0;
		*flags |= status.final_try ? pin_flags[i].final_try : 0;
		*flags |= status.locked ? pin_flags[i].locked : 0;
	}
	return CKR_OK;
}

/* Is the stored description the one that was written last? */
static CK_RV check_info(const struct pin_token *pt)
{
	struct store *s = pt->module->store;
	const struct persist p = {.store = s, .ossl = pt->module->env.ossl, .token = pt->number, .keys = &pt->keys->seal};
	cleanup(buf_free) struct buf info = {0};
	uint64_t version = 0;
	bool right = false;

	try(store_meta_get(s, pt->number, TOKEN_INFO_META, &info, &version));
	try(sets_value_check(&p, SEAL_OPEN, TOKEN_INFO_META, buf_bytes(&info), version, &right));
	return right ? CKR_OK : fail(CKR_DEVICE_ERROR, "%s: token %.*s: its description is not the one that was written last", store_uri(s),
	                             TOKEN_SERIAL_SIZE, (const char *)pt->serial);
}

static CK_RV read_stored(struct token *t, CK_FLAGS *flags)
{
	cleanup(pin_token_free) struct pin_token pt = {0};
	struct store *s = t->module->store;

	try(token_pin_token(t, &pt));
	try(store_begin(s, STORE_READ));
	CK_RV rv = check_info(&pt);
	if (rv == CKR_OK)
		rv = pin_flags_of(&pt, flags);
	return store_end(s, rv);
}

/* Without a session another application may make the token anew at any moment: then what was read first belongs to
 * two tokens, and is read again. */
static CK_RV add_pin_flags(struct token *t, CK_FLAGS *flags)
{
	lock_take(&t->lock);
	uint32_t generation = t->info.generation;
	lock_release(&t->lock);
	CK_RV rv = read_stored(t, flags);
	if (rv != CKR_DEVICE_ERROR)
		return rv;
	try(token_refresh(t));
	lock_take(&t->lock);
	bool remade = generation != t->info.generation;
	lock_release(&t->lock);
	return remade ? read_stored(t, flags) : rv;
}

void token_info_blank(struct module *m, CK_TOKEN_INFO *ret)
{
	*ret = (CK_TOKEN_INFO){
		.flags = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_DUAL_CRYPTO_OPERATIONS | CKF_CLOCK_ON_TOKEN | CKF_ASYNC_SESSION_SUPPORTED,
		.ulMaxSessionCount = m->config.max_sessions == 0 ? CK_EFFECTIVELY_INFINITE : m->config.max_sessions,
		.ulMaxRwSessionCount = m->config.max_rw_sessions == 0 ? CK_EFFECTIVELY_INFINITE : m->config.max_rw_sessions,
		.ulMaxPinLen = PIN_MAX,
		.ulMinPinLen = PIN_MIN,
		.ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
		.hardwareVersion = {0, 1},
		.firmwareVersion = {0, 1},
	};
	text_pad(ret->label, sizeof(ret->label), "");
	text_pad(ret->manufacturerID, sizeof(ret->manufacturerID), "Conclave");
	text_pad(ret->model, sizeof(ret->model), "Conclave");
	text_pad(ret->serialNumber, sizeof(ret->serialNumber), "");
	clock_utc16(ret->utcTime);
	if (m->store != NULL && store_read_only(m->store))
		ret->flags |= CKF_WRITE_PROTECTED;
}

CK_RV token_get_info(struct token *t, CK_TOKEN_INFO *ret)
{
	CK_TOKEN_INFO info;

	try(token_refresh(t));
	token_info_blank(t->module, &info);
	lock_take(&t->lock);
	memcpy(info.label, t->info.label, sizeof(info.label));
	memcpy(info.serialNumber, t->info.serial, sizeof(info.serialNumber));
	info.flags |= CKF_TOKEN_INITIALIZED;
	info.flags |= t->info.user_pin_set ? CKF_USER_PIN_INITIALIZED : 0;
	info.flags |= t->info.user_pin_to_be_changed ? CKF_USER_PIN_TO_BE_CHANGED : 0;
	info.flags |= t->info.so_pin_to_be_changed ? CKF_SO_PIN_TO_BE_CHANGED : 0;
	info.ulSessionCount = t->session_count;
	info.ulRwSessionCount = t->rw_session_count;
	lock_release(&t->lock);
	try(add_pin_flags(t, &info.flags));
	*ret = info;
	return CKR_OK;
}

CK_RV token_pin_token(struct token *t, struct pin_token *ret)
{
	struct token_keys *k = NULL;

	try(token_keys_take(t, &k));
	lock_take(&t->lock);
	*ret = (struct pin_token){
		.module = t->module,
		.number = t->number,
		.serial = t->info.serial,
		.test = t->info.test,
		.unwritten_failures = t->unwritten_failures,
		.memos = t->memos,
		.keys = k,
	};
	lock_release(&t->lock);
	return CKR_OK;
}

void token_user(struct token *t, struct pin_user *ret)
{
	lock_take(&t->lock);
	*ret = t->user;
	lock_release(&t->lock);
}

CK_RV token_user_status(struct token *t, const struct pin_user *user, struct pin_status *ret)
{
	cleanup(pin_token_free) struct pin_token pt = {0};
	struct store *s = t->module->store;

	try(token_pin_token(t, &pt));
	pt.user = *user;
	try(store_begin(s, STORE_READ));
	return store_end(s, pin_status(&pt, PIN_USER, ret));
}

/* ---- keys ------------------------------------------------------------------------------------------ */

static CK_RV read_open_key(struct module *m, uint64_t token, struct bytes serial, struct secret *ret)
{
	cleanup(secret_free) struct secret store_key = {0};
	cleanup(buf_free) struct buf sealed = {0};
	uint64_t version = 0;

	try(secret_new(32, &store_key));
	try(store_local_key(m->store, store_key.data));
	try(store_begin(m->store, STORE_READ));
	try(store_end(m->store, store_meta_get(m->store, token, OPEN_KEY_META, &sealed, &version)));
	if (version == 0)
		return fail(CKR_DEVICE_ERROR, "%s: token %.*s has lost its open key", store_uri(m->store), (int)serial.len, (const char *)serial.data);
	return open_key_unseal(m->env.ossl, secret_bytes(&store_key), serial, buf_bytes(&sealed), ret);
}

CK_RV token_keys_read(struct module *m, uint64_t token, const unsigned char *serial, const struct secret *token_key,
                      struct token_keys **ret)
{
	struct bytes serial_bytes = bytes_of(serial, TOKEN_SERIAL_SIZE);
	cleanup(secret_free) struct secret open_key = {0};

	try(read_open_key(m, token, serial_bytes, &open_key));
	struct token_keys *k = mem_secret_alloc(sizeof(*k));
	if (k == NULL)
		return CKR_HOST_MEMORY;
	atomic_init(&k->refs, 1);
	struct bytes tk = token_key == NULL ? (struct bytes){0} : secret_bytes(token_key);
	CK_RV rv = seal_keys_derive(m->env.ossl, secret_bytes(&open_key), tk, serial_bytes, &k->seal);
	if (rv != CKR_OK) {
		mem_secret_free(k, sizeof(*k));
		return rv;
	}
	k->seal.place = store_uri(m->store);
	if (token_key != NULL)
		memcpy(k->token_key, token_key->data, sizeof(k->token_key));
	*ret = k;
	return CKR_OK;
}

CK_RV token_keys_make(struct token *t, const struct secret *token_key, struct token_keys **ret)
{
	return token_keys_read(t->module, t->number, t->info.serial, token_key, ret);
}

static bool take_ready(struct token *t, struct token_keys *fresh, struct token_keys **ret)
{
	lock_take(&t->lock);
	if (t->keys == NULL && fresh != NULL) {
		atomic_fetch_add(&fresh->refs, 1);
		t->keys = fresh;
	}
	if (t->keys != NULL)
		atomic_fetch_add(&t->keys->refs, 1);
	*ret = t->keys;
	lock_release(&t->lock);
	return *ret != NULL;
}

CK_RV token_keys_take(struct token *t, struct token_keys **ret)
{
	struct token_keys *fresh = NULL;

	if (likely(take_ready(t, NULL, ret)))
		return CKR_OK;
	/* Nobody is logged in: the open key comes from the store, whose lock is not taken under the token's. */
	try(token_keys_make(t, NULL, &fresh));
	take_ready(t, fresh, ret);
	token_keys_release(fresh);
	return CKR_OK;
}

void token_keys_release(struct token_keys *k)
{
	if (k != NULL && atomic_fetch_sub(&k->refs, 1) == 1)
		mem_secret_free(k, sizeof(*k));
}
