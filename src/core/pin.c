/* SPDX-License-Identifier: Apache-2.0 */
/* PINs: see pin.h. A role's meta value "role.<name>" is the Argon2id cost, the salt and the token key sealed under
 * the PIN's key; the counter is its neighbour's business (pin_tries.c). */
#include "core/pin.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "core/module.h"
#include "core/pin_memo.h"
#include "core/pin_tries.h"
#include "core/token_values.h"
#include "core/token_info.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/rand.h"
#include "object/persist.h"
#include "object/sets.h"

#define RECORD_VERSION 1
#define NAMED_VERSION 2 /* u8 flags and a blob, the name, before the rest */
#define FLAG_TO_BE_CHANGED 1
#define SALT_SIZE 16
#define TOKEN_KEY_SIZE 32

/* The floor (never below, whatever the machine), the aim and the ceiling of the calibration. */
#define FLOOR_KIB (19 * 1024)
#define FLOOR_PASSES 2
#define AIM_NS (UINT64_C(100) * 1000 * 1000)
#define CEILING_KIB (256 * 1024)
/* What a token that was marked as a test token at its creation pays. */
static const struct argon2_cost test_cost = {.memory_kib = 64, .passes = 1, .lanes = 1};

#define ROLE_PREFIX "role"
static const char *const meta_names[PIN_ROLES] = {[PIN_SO] = PIN_ROLE_META "so", [PIN_USER] = PIN_ROLE_META "user"};

CK_RV pin_check_new(struct bytes pin)
{
	if (pin.len < PIN_MIN || pin.len > PIN_MAX)
		return fail(CKR_PIN_LEN_RANGE, "a PIN has %d to %d bytes", PIN_MIN, PIN_MAX);
	if (!text_utf8_valid(pin))
		return fail(CKR_PIN_INVALID, "a PIN is UTF-8");
	return CKR_OK;
}

/* Once per process: how much Argon2id takes about AIM_NS here. 0 until then. */
static _Atomic uint32_t calibrated_kib;

static CK_RV calibrate(struct ossl *o, struct argon2_cost *ret)
{
	struct argon2_cost cost = {.memory_kib = FLOOR_KIB, .passes = FLOOR_PASSES, .lanes = 1};
	uint32_t kib = atomic_load(&calibrated_kib);

	if (kib == 0) {
		unsigned char out[32];
		uint64_t start = clock_monotonic_ns();
		try(kdf_argon2id(o, &cost, bytes_of("calibration", 11), bytes_of("calibration.salt", 16), out, sizeof(out)));
		uint64_t took = clock_monotonic_ns() - start;
		uint64_t scaled = took == 0 ? CEILING_KIB : FLOOR_KIB * AIM_NS / took;
		kib = (uint32_t)(scaled < FLOOR_KIB ? FLOOR_KIB : scaled > CEILING_KIB ? CEILING_KIB : scaled);
		atomic_store(&calibrated_kib, kib);
	}
	cost.memory_kib = kib;
	*ret = cost;
	return CKR_OK;
}

/* ---- named users ---------------------------------------------------------------------------------- */

CK_RV pin_user_of(struct bytes name, struct pin_user *ret)
{
	unsigned char hash[32];

	if (name.data == NULL || name.len == 0 || name.len > PIN_NAME_MAX || !text_utf8_valid(name))
		return fail(CKR_ARGUMENTS_BAD, "a user's name is UTF-8 of 1 to %d bytes", PIN_NAME_MAX);
	*ret = (struct pin_user){.len = name.len};
	memcpy(ret->name, name.data, name.len);
	hash_sha256(name, hash);
	text_hex(bytes_of(hash, (sizeof(ret->id) - 1) / 2), ret->id);
	return CKR_OK;
}

bool pin_user_same(const struct pin_user *a, const struct pin_user *b)
{
	return bytes_equal(bytes_of(a->name, a->len), bytes_of(b->name, b->len));
}

static bool is_named(const struct pin_token *t, enum pin_role role)
{
	return role == PIN_USER && t->user.len > 0;
}

void pin_value_name(const struct pin_token *t, enum pin_role role, const char *prefix, char ret[STORE_META_NAME + 1])
{
	snprintf(ret, STORE_META_NAME + 1, "%s.%s%s%s", prefix, role == PIN_SO ? "so" : "user", is_named(t, role) ? "." : "",
	         is_named(t, role) ? t->user.id : "");
}

/* ---- wrapping ------------------------------------------------------------------------------------- */

/* What binds a wrapped key to its token, its role, and a named user. */
struct binding {
	unsigned char data[TOKEN_SERIAL_SIZE + 3 + PIN_NAME_MAX];
};

static struct bytes bind(struct binding *b, const struct pin_token *t, enum pin_role role, uint8_t flags)
{
	size_t len = TOKEN_SERIAL_SIZE;

	memcpy(b->data, t->serial, TOKEN_SERIAL_SIZE);
	b->data[len++] = (unsigned char)role;
	if (!is_named(t, role)) {
		b->data[len++] = RECORD_VERSION;
		return bytes_of(b->data, len);
	}
	b->data[len++] = NAMED_VERSION;
	b->data[len++] = flags;
	memcpy(b->data + len, t->user.name, t->user.len);
	return bytes_of(b->data, len + t->user.len);
}

static CK_RV put_header(const struct pin_token *t, enum pin_role role, uint8_t flags, struct buf *b, const struct argon2_cost *cost,
                        const unsigned char *salt)
{
	try(buf_put_u8(b, is_named(t, role) ? NAMED_VERSION : RECORD_VERSION));
	if (is_named(t, role)) {
		try(buf_put_u8(b, flags));
		try(buf_put_blob(b, bytes_of(t->user.name, t->user.len)));
	}
	try(buf_put_u32(b, cost->memory_kib));
	try(buf_put_u32(b, cost->passes));
	try(buf_put_u32(b, cost->lanes));
	return buf_append(b, bytes_of(salt, SALT_SIZE));
}

static CK_RV wrap(const struct pin_token *t, enum pin_role role, uint8_t flags, struct bytes pin, const struct secret *token_key,
                  struct buf *ret)
{
	struct ossl *o = t->module->env.ossl;
	struct argon2_cost cost = test_cost;
	unsigned char salt[SALT_SIZE];
	cleanup(secret_free) struct secret kek = {0};
	cleanup(buf_free) struct buf record = {0};
	struct binding b;

	if (!t->test)
		try(calibrate(o, &cost));
	try(rand_bytes(o, salt, sizeof(salt)));
	try(secret_new(AEAD_KEY_SIZE, &kek));
	try(kdf_argon2id(o, &cost, pin, bytes_of(salt, sizeof(salt)), kek.data, kek.len));
	try(put_header(t, role, flags, &record, &cost, salt));
	try(aead_seal(o, secret_bytes(&kek), bind(&b, t, role, flags), secret_bytes(token_key), &record));
	*ret = record;
	record = (struct buf){0};
	return CKR_OK;
}

CK_RV pin_wrap(const struct pin_token *t, enum pin_role role, struct bytes pin, const struct secret *token_key, struct buf *ret)
{
	return wrap(t, role, 0, pin, token_key, ret);
}

CK_RV pin_wrap_named(const struct pin_token *t, bool to_be_changed, struct bytes pin, const struct secret *token_key, struct buf *ret)
{
	return wrap(t, PIN_USER, to_be_changed ? FLAG_TO_BE_CHANGED : 0, pin, token_key, ret);
}

void pin_token_free(struct pin_token *t)
{
	token_keys_release(t->keys);
	*t = (struct pin_token){0};
}

const char *pin_role_name(enum pin_role role)
{
	return meta_names[role];
}

CK_RV pin_store(const struct pin_token *t, const struct persist *p, enum pin_role role, struct bytes wrapped)
{
	struct store *s = t->module->store;
	cleanup(buf_free) struct buf old = {0};
	char name[STORE_META_NAME + 1];
	uint64_t version = 0;

	pin_value_name(t, role, ROLE_PREFIX, name);
	try(store_meta_get(s, t->number, name, &old, &version));
	try(sets_value_put(p, PIN_ROLE_SETS, name, wrapped, version));
	return pin_tries_clear(t, role);
}

CK_RV pin_drop_named(const struct pin_token *t, const struct persist *p)
{
	cleanup(buf_free) struct buf old = {0};
	char name[STORE_META_NAME + 1];
	uint64_t version = 0;

	pin_value_name(t, PIN_USER, ROLE_PREFIX, name);
	try(store_meta_get(p->store, t->number, name, &old, &version));
	if (version == 0)
		return fail(CKR_USER_PIN_NOT_INITIALIZED, "there is no user of this name");
	try(sets_value_remove(p, PIN_ROLE_SETS, name));
	return pin_tries_drop(t, PIN_USER);
}

CK_RV pin_remove(const struct pin_token *t, enum pin_role role)
{
	try(store_meta_remove(t->module->store, t->number, meta_names[role]));
	return pin_tries_forget(t, role);
}

static bool is_of_named_user(void *arg unused, const char *name, struct bytes value unused)
{
	static const char *const beginnings[] = {PIN_NAMED_META, PIN_TRIES_NAMED_META};

	for (size_t i = 0; i < array_len(beginnings); i++) {
		if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	}
	return false;
}

CK_RV pin_remove_named(const struct pin_token *t)
{
	return token_values_remove(t->module->store, t->number, is_of_named_user, NULL);
}

/* A role's wrapped key, and what is counted against it, read in one transaction. */
struct role_record {
	struct buf wrapped;
	uint64_t version;
	struct pin_status status;
};

static CK_RV read_record(const struct pin_token *t, enum pin_role role, struct role_record *ret)
{
	struct store *s = t->module->store;
	char name[STORE_META_NAME + 1];

	pin_value_name(t, role, ROLE_PREFIX, name);
	try(store_begin(s, STORE_READ));
	CK_RV rv = store_meta_get(s, t->number, name, &ret->wrapped, &ret->version);
	if (rv == CKR_OK)
		rv = pin_status(t, role, &ret->status);
	try(store_end(s, rv));
	return ret->version == 0 ? fail(CKR_USER_PIN_NOT_INITIALIZED, "no PIN has been set for this user") : CKR_OK;
}

static void role_record_free(struct role_record *r)
{
	buf_free(&r->wrapped);
}

static struct bytes process_key(const struct pin_token *t)
{
	return bytes_of(t->module->boot_key, sizeof(t->module->boot_key));
}

/* With nothing counted there is nothing to clear: a remembered PIN needs no write. */
static bool recall(const struct pin_token *t, enum pin_role role, const struct role_record *r, struct bytes pin, struct secret *ret)
{
	return t->memos != NULL && !r->status.count_low && !r->status.locked &&
	       pin_memo_recall(&t->memos[role], t->module->env.ossl, process_key(t), buf_bytes(&r->wrapped), pin, ret);
}

struct parsed {
	bool named;
	uint8_t flags;     /* of a named user's, and */
	struct bytes name; /* empty for others */
	struct argon2_cost cost;
	struct bytes salt, sealed;
};

static CK_RV damaged(void)
{
	return fail(CKR_DEVICE_ERROR, "the stored PIN record is damaged");
}

static CK_RV parse_record(struct bytes in, struct parsed *ret)
{
	struct argon2_cost *cost = &ret->cost;
	uint8_t version = 0;

	*ret = (struct parsed){0};
	if (!bytes_take_u8(&in, &version) || (version != RECORD_VERSION && version != NAMED_VERSION))
		return damaged();
	ret->named = version == NAMED_VERSION;
	if (ret->named && (!bytes_take_u8(&in, &ret->flags) || !bytes_take_blob(&in, &ret->name) || ret->name.len == 0))
		return damaged();
	if (!bytes_take_u32(&in, &cost->memory_kib) || !bytes_take_u32(&in, &cost->passes) || !bytes_take_u32(&in, &cost->lanes) ||
	    !bytes_take(&in, SALT_SIZE, &ret->salt) || cost->memory_kib > 4 * CEILING_KIB || cost->passes > 64 || cost->lanes > 16)
		return damaged();
	ret->sealed = in;
	return CKR_OK;
}

CK_RV pin_record_user(struct bytes record, struct pin_user *ret, bool *ret_to_be_changed)
{
	struct parsed p;

	try(parse_record(record, &p));
	if (!p.named || p.name.len > PIN_NAME_MAX)
		return damaged();
	*ret_to_be_changed = (p.flags & FLAG_TO_BE_CHANGED) != 0;
	return pin_user_of(p.name, ret) == CKR_OK ? CKR_OK : damaged();
}

/* Is it the record of the one who is meant? */
static bool record_is_of(const struct parsed *p, const struct pin_token *t, enum pin_role role)
{
	return p->named == is_named(t, role) && (!p->named || bytes_equal(p->name, bytes_of(t->user.name, t->user.len)));
}

/* The slow part: CKR_PIN_INCORRECT when the record does not open. */
static CK_RV unwrap(const struct pin_token *t, enum pin_role role, struct bytes pin, struct bytes record, struct secret *ret)
{
	struct ossl *o = t->module->env.ossl;
	cleanup(secret_free) struct secret kek = {0};
	struct parsed p;
	struct binding b;

	try(parse_record(record, &p));
	if (!record_is_of(&p, t, role))
		return damaged();
	try(secret_new(AEAD_KEY_SIZE, &kek));
	try(kdf_argon2id(o, &p.cost, pin, p.salt, kek.data, kek.len));
	CK_RV rv = aead_open(o, secret_bytes(&kek), bind(&b, t, role, p.flags), p.sealed, ret);
	if (rv == CKR_DATA_INVALID)
		return CKR_PIN_INCORRECT;
	if (rv == CKR_OK && ret->len != TOKEN_KEY_SIZE) {
		secret_free(ret);
		return damaged();
	}
	return rv;
}

/* ---- is what is stored what was stored last? ---------------------------------------------------------- */

static CK_RV refuse(const struct pin_token *t, const char *name)
{
	return fail(CKR_DEVICE_ERROR, "%s: token %.*s: the value %s is not the one that was written last: changed, or put back from an older state",
	            store_uri(t->module->store), TOKEN_SERIAL_SIZE, (const char *)t->serial, name);
}

/* The record that the PIN has opened. One that somebody has changed meanwhile is no more the right PIN's. */
static CK_RV check_record(const struct pin_token *t, const struct persist *p, enum pin_role role, const struct role_record *record)
{
	cleanup(buf_free) struct buf now = {0};
	char name[STORE_META_NAME + 1];
	uint64_t version = 0;
	bool right = false;

	pin_value_name(t, role, ROLE_PREFIX, name);
	try(sets_value_check(p, SEAL_PRIVATE, name, buf_bytes(&record->wrapped), record->version, &right));
	if (right)
		return CKR_OK;
	try(store_meta_get(p->store, p->token, name, &now, &version));
	return version != record->version ? CKR_PIN_INCORRECT : refuse(t, name);
}

static CK_RV check_info(const struct pin_token *t, const struct persist *p)
{
	cleanup(buf_free) struct buf info = {0};
	uint64_t version = 0;
	bool right = false;

	try(store_meta_get(p->store, p->token, TOKEN_INFO_META, &info, &version));
	try(sets_value_check(p, SEAL_PRIVATE, TOKEN_INFO_META, buf_bytes(&info), version, &right));
	return right ? CKR_OK : refuse(t, TOKEN_INFO_META);
}

static CK_RV check_stored(const struct pin_token *t, enum pin_role role, const struct role_record *record, const struct secret *token_key)
{
	struct module *m = t->module;
	cleanup(secret_free) struct secret keys = {0};

	try(secret_new(sizeof(struct seal_keys), &keys));
	struct seal_keys *k = (struct seal_keys *)(void *)keys.data;
	try(seal_keys_derive(m->env.ossl, (struct bytes){0}, secret_bytes(token_key), bytes_of(t->serial, TOKEN_SERIAL_SIZE), k));
	k->place = store_uri(m->store);
	struct persist p = {.store = m->store, .ossl = m->env.ossl, .token = t->number, .keys = k};
	try(store_begin(m->store, STORE_READ));
	CK_RV rv = check_record(t, &p, role, record);
	if (rv == CKR_OK)
		rv = check_info(t, &p);
	return store_end(m->store, rv);
}

struct opening {
	const struct pin_token *token;
	enum pin_role role;
	struct role_record record;
	bool check; /* that what is stored is what was stored last */
};

static void opening_free(struct opening *o)
{
	role_record_free(&o->record);
}

static CK_RV checked(const struct opening *o, CK_RV rv, struct secret *token_key)
{
	if (rv == CKR_OK && o->check) {
		rv = check_stored(o->token, o->role, &o->record, token_key);
		if (rv != CKR_OK)
			secret_free(token_key);
	}
	return rv;
}

/* The slow way: a try that counts. */
static CK_RV try_pin(const struct opening *o, struct bytes pin, struct secret *ret)
{
	struct pin_try *attempt = NULL;

	try(pin_tries_begin(o->token, o->role, &attempt));
	CK_RV rv = checked(o, unwrap(o->token, o->role, pin, buf_bytes(&o->record.wrapped), ret), ret);
	CK_RV settled = pin_tries_settle(attempt, rv == CKR_OK ? PIN_TRY_RIGHT : rv == CKR_PIN_INCORRECT ? PIN_TRY_WRONG : PIN_TRY_VOID);
	if (rv == CKR_OK && settled != CKR_OK) {
		secret_free(ret);
		return settled;
	}
	return rv;
}

static CK_RV open_token_key(struct opening *o, struct bytes pin, struct secret *ret)
{
	const struct pin_token *t = o->token;

	try(read_record(t, o->role, &o->record));
	if (recall(t, o->role, &o->record, pin, ret))
		return checked(o, CKR_OK, ret);
	CK_RV rv = try_pin(o, pin, ret);
	if (rv == CKR_OK && t->memos != NULL)
		pin_memo_keep(&t->memos[o->role], t->module->env.ossl, process_key(t), buf_bytes(&o->record.wrapped), pin, ret);
	return rv == CKR_PIN_INCORRECT ? fail(rv, "wrong PIN") : rv;
}

CK_RV pin_verify(const struct pin_token *t, enum pin_role role, struct bytes pin, struct secret *ret_token_key)
{
	cleanup(opening_free) struct opening o = {.token = t, .role = role, .check = true};

	return open_token_key(&o, pin, ret_token_key);
}

CK_RV pin_prove(const struct pin_token *t, enum pin_role role, struct bytes pin, struct secret *ret_token_key)
{
	cleanup(opening_free) struct opening o = {.token = t, .role = role};

	return open_token_key(&o, pin, ret_token_key);
}
