/* SPDX-License-Identifier: Apache-2.0 */
/* Try counters: see pin_tries.h. The meta value "tries.<role>" holds u32 failures, u32 n, then n reservation
 * numbers (u64); reservation r is in flight while the store lock "try.<token>.<role>.<r>" is held. */
#include "core/pin_tries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/module.h"
#include "core/token.h"
#include "crypto/rand.h"
#include "object/persist.h"
#include "object/sets.h"

#define MAX_RESERVED 255
#define TRIES_PREFIX "tries"

struct pin_try {
	struct pin_token token;
	enum pin_role role;
	uint64_t number;
	struct store_lock *alive;
};

struct tries {
	uint64_t version; /* of the meta value */
	uint32_t failures;
	uint32_t reserved;
	uint64_t number[MAX_RESERVED];
};

static void lock_name(const struct pin_token *t, enum pin_role role, uint64_t number, char name[48])
{
	/* Numbers are random: that users may share the beginning of an ID does no harm. */
	if (role == PIN_USER && t->user.len > 0)
		snprintf(name, 48, "try.%llx.%.8s.%llx", (unsigned long long)t->number, t->user.id, (unsigned long long)number);
	else
		snprintf(name, 48, "try.%llx.%d.%llx", (unsigned long long)t->number, (int)role, (unsigned long long)number);
}

/* The counters are members of the open family, so that none is set back or taken away unnoticed. */
static struct persist persist_of(const struct pin_token *t)
{
	struct module *m = t->module;

	return (struct persist){.store = m->store, .ossl = m->env.ossl, .token = t->number, .keys = &t->keys->seal};
}

static CK_RV check_tries(const struct pin_token *t, enum pin_role role, struct bytes value, uint64_t version)
{
	const struct persist p = persist_of(t);
	char name[STORE_META_NAME + 1];
	bool right = false;

	pin_value_name(t, role, TRIES_PREFIX, name);
	try(sets_value_check(&p, SEAL_OPEN, name, value, version, &right));
	return right ? CKR_OK : fail(CKR_DEVICE_ERROR, "%s: token %.*s: the PIN counter %s is not the one that was written last", p.keys->place,
	                             TOKEN_SERIAL_SIZE, (const char *)t->serial, name);
}

static CK_RV read_tries(const struct pin_token *t, enum pin_role role, struct tries *ret)
{
	cleanup(buf_free) struct buf b = {0};
	char name[STORE_META_NAME + 1];

	*ret = (struct tries){0};
	pin_value_name(t, role, TRIES_PREFIX, name);
	try(store_meta_get(t->module->store, t->number, name, &b, &ret->version));
	struct bytes in = buf_bytes(&b);
	try(check_tries(t, role, in, ret->version));
	if (ret->version == 0)
		return CKR_OK;
	if (!bytes_take_u32(&in, &ret->failures) || !bytes_take_u32(&in, &ret->reserved) || ret->reserved > MAX_RESERVED)
		return fail(CKR_DEVICE_ERROR, "the stored PIN counter is damaged");
	for (uint32_t i = 0; i < ret->reserved; i++) {
		if (!bytes_take_u64(&in, &ret->number[i]))
			return fail(CKR_DEVICE_ERROR, "the stored PIN counter is damaged");
	}
	return CKR_OK;
}

static CK_RV write_tries(const struct pin_token *t, enum pin_role role, const struct tries *tries)
{
	cleanup(buf_free) struct buf b = {0};
	char name[STORE_META_NAME + 1];

	pin_value_name(t, role, TRIES_PREFIX, name);
	try(buf_put_u32(&b, tries->failures));
	try(buf_put_u32(&b, tries->reserved));
	for (uint32_t i = 0; i < tries->reserved; i++)
		try(buf_put_u64(&b, tries->number[i]));
	const struct persist p = persist_of(t);
	return sets_value_put(&p, PIN_TRIES_SETS, name, buf_bytes(&b), tries->version);
}

static void forget(struct tries *tries, uint64_t number)
{
	for (uint32_t i = 0; i < tries->reserved; i++) {
		if (tries->number[i] == number) {
			tries->number[i] = tries->number[--tries->reserved];
			return;
		}
	}
}

/* Reservations whose owner is dead count as wrong. */
static CK_RV reap(const struct pin_token *t, enum pin_role role, struct tries *tries)
{
	uint32_t i = 0;

	while (i < tries->reserved) {
		struct store_lock *l = NULL;
		char name[48];
		lock_name(t, role, tries->number[i], name);
		try(store_lock_take(t->module->store, name, true, false, &l));
		if (l == NULL) {
			i++;
			continue;
		}
		store_lock_release(l);
		tries->failures++;
		tries->number[i] = tries->number[--tries->reserved];
	}
	return CKR_OK;
}

enum verdict { GRANTED, LOCKED, ALL_IN_FLIGHT };

/* Inside the transaction: grants a try, or says why not. */
static CK_RV decide(struct pin_try *attempt, enum verdict *ret, uint64_t *ret_wait_for)
{
	const struct pin_token *t = &attempt->token;
	uint32_t limit = (uint32_t)t->module->config.pin_tries;
	struct tries tries;

	try(read_tries(t, attempt->role, &tries));
	try(reap(t, attempt->role, &tries));
	if (tries.failures >= limit) {
		*ret = LOCKED;
	} else if (tries.failures + tries.reserved >= limit || tries.reserved == MAX_RESERVED) {
		*ret = ALL_IN_FLIGHT;
		*ret_wait_for = tries.number[0];
	} else {
		*ret = GRANTED;
		tries.number[tries.reserved++] = attempt->number;
	}
	return write_tries(t, attempt->role, &tries);
}

static CK_RV reserve(struct pin_try *attempt, enum verdict *ret, uint64_t *ret_wait_for)
{
	struct store *s = attempt->token.module->store;

	try(store_begin(s, STORE_WRITE));
	CK_RV rv = decide(attempt, ret, ret_wait_for);
	return store_end(s, rv);
}

/* Sleeps until a try in flight is settled or its owner dead. */
static CK_RV wait_for(const struct pin_try *attempt, uint64_t number)
{
	struct store_lock *l = NULL;
	char name[48];

	lock_name(&attempt->token, attempt->role, number, name);
	try(store_lock_take(attempt->token.module->store, name, false, true, &l));
	store_lock_release(l);
	return CKR_OK;
}

static void try_free(struct pin_try *attempt)
{
	store_lock_release(attempt->alive);
	free(attempt);
}

/* Named users share counters by the first byte of their ID: who shares one is locked earlier, never later. */
static _Atomic uint32_t *unwritten(const struct pin_token *t, enum pin_role role)
{
	size_t shared = PIN_COUNTERS - PIN_ROLES;
	size_t at = (size_t)(t->user.id[0] * 16 + t->user.id[1]) % shared;

	if (t->unwritten_failures == NULL)
		return NULL;
	return &t->unwritten_failures[role == PIN_USER && t->user.len > 0 ? PIN_ROLES + at : (size_t)role];
}

/* A store that cannot be written cannot count: what it says of earlier tries holds, and this application's own wrong
 * ones are counted in memory, which a new process forgets (documented in doc/pins.md). */
static CK_RV begin_unwritten(const struct pin_try *attempt)
{
	const struct pin_token *t = &attempt->token;
	struct store *s = t->module->store;
	struct pin_status status = {0};

	try(store_begin(s, STORE_READ));
	CK_RV rv = pin_status(t, attempt->role, &status);
	store_rollback(s);
	try(rv);
	const _Atomic uint32_t *counter = unwritten(t, attempt->role);
	uint32_t here = counter == NULL ? 0 : atomic_load(counter);
	bool locked = status.locked || status.failures + here >= t->module->config.pin_tries;
	return locked ? fail(CKR_PIN_LOCKED, "too many wrong PINs") : CKR_OK;
}

static CK_RV begin(struct pin_try *attempt)
{
	struct module *m = attempt->token.module;
	enum verdict verdict = ALL_IN_FLIGHT;
	char name[48];

	if (store_read_only(m->store))
		return begin_unwritten(attempt);
	try(rand_bytes(m->env.ossl, (unsigned char *)&attempt->number, sizeof(attempt->number)));
	lock_name(&attempt->token, attempt->role, attempt->number, name);
	try(store_lock_take(m->store, name, true, true, &attempt->alive));
	while (verdict == ALL_IN_FLIGHT) {
		uint64_t number = 0;
		try(reserve(attempt, &verdict, &number));
		if (verdict == ALL_IN_FLIGHT)
			try(wait_for(attempt, number));
	}
	return verdict == LOCKED ? fail(CKR_PIN_LOCKED, "too many wrong PINs; C_InitPIN by the SO unlocks a user") : CKR_OK;
}

CK_RV pin_tries_begin(const struct pin_token *t, enum pin_role role, struct pin_try **ret)
{
	struct pin_try *attempt = calloc(1, sizeof(*attempt));

	if (attempt == NULL)
		return CKR_HOST_MEMORY;
	attempt->token = *t;
	attempt->role = role;
	CK_RV rv = begin(attempt);
	if (rv != CKR_OK) {
		try_free(attempt);
		return rv;
	}
	*ret = attempt;
	return CKR_OK;
}

static CK_RV settle(const struct pin_try *attempt, enum pin_outcome outcome)
{
	struct tries tries;

	try(read_tries(&attempt->token, attempt->role, &tries));
	forget(&tries, attempt->number);
	if (outcome == PIN_TRY_RIGHT)
		tries.failures = 0;
	else if (outcome == PIN_TRY_WRONG)
		tries.failures++;
	return write_tries(&attempt->token, attempt->role, &tries);
}

static void settle_unwritten(const struct pin_try *attempt, enum pin_outcome outcome)
{
	_Atomic uint32_t *counter = unwritten(&attempt->token, attempt->role);

	if (counter == NULL)
		return;
	if (outcome == PIN_TRY_RIGHT)
		atomic_store(counter, 0);
	else if (outcome == PIN_TRY_WRONG)
		atomic_fetch_add(counter, 1);
}

CK_RV pin_tries_settle(struct pin_try *attempt, enum pin_outcome outcome)
{
	struct store *s = attempt->token.module->store;

	if (store_read_only(s)) {
		settle_unwritten(attempt, outcome);
		try_free(attempt);
		return CKR_OK;
	}
	CK_RV rv = store_begin(s, STORE_WRITE);
	if (rv == CKR_OK)
		rv = store_end(s, settle(attempt, outcome));
	try_free(attempt);
	return rv;
}

CK_RV pin_tries_forget(const struct pin_token *t, enum pin_role role)
{
	char name[STORE_META_NAME + 1];

	pin_value_name(t, role, TRIES_PREFIX, name);
	return store_meta_remove(t->module->store, t->number, name);
}

CK_RV pin_tries_drop(const struct pin_token *t, enum pin_role role)
{
	const struct persist p = persist_of(t);
	char name[STORE_META_NAME + 1];

	pin_value_name(t, role, TRIES_PREFIX, name);
	return sets_value_remove(&p, PIN_TRIES_SETS, name);
}

CK_RV pin_tries_clear(const struct pin_token *t, enum pin_role role)
{
	struct tries tries;

	try(read_tries(t, role, &tries));
	tries.failures = 0;
	tries.reserved = 0;
	return write_tries(t, role, &tries);
}

CK_RV pin_status(const struct pin_token *t, enum pin_role role, struct pin_status *ret)
{
	cleanup(buf_free) struct buf record = {0};
	uint64_t version = 0;
	uint32_t limit = (uint32_t)t->module->config.pin_tries;
	char name[STORE_META_NAME + 1];
	struct pin_user user;
	struct tries tries;
	bool to_be_changed = false;

	pin_value_name(t, role, "role", name);
	try(store_meta_get(t->module->store, t->number, name, &record, &version));
	if (version != 0 && role == PIN_USER && t->user.len > 0)
		try(pin_record_user(buf_bytes(&record), &user, &to_be_changed));
	try(read_tries(t, role, &tries));
	*ret = (struct pin_status){
		.exists = version != 0,
		.failures = tries.failures,
		.count_low = tries.failures > 0,
		.final_try = tries.failures + 1 == limit,
		.locked = tries.failures >= limit,
		.to_be_changed = to_be_changed,
	};
	return CKR_OK;
}
