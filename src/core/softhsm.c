/* SPDX-License-Identifier: Apache-2.0 */
/* See softhsm.h. Everything is read and made into objects of ours before the store is touched; then one transaction makes
 * the token with all that is in it. */
#include "core/softhsm.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/module.h"
#include "core/restore.h"
#include "core/slot_event.h"
#include "core/softhsm_key.h"
#include "core/softhsm_object.h"
#include "core/softhsm_source.h"
#include "core/token_info.h"
#include "object/persist.h"

struct job {
	struct module *module;
	const struct softhsm_order *order;
	struct softhsm_source *source;
	const struct softhsm_about *about;
	struct secret key; /* the source's; empty: no PIN has opened it */
	struct attrs **objects;
	size_t count;
	CONCLAVE_IMPORT_RESULT result;
};

static void job_end(struct job *j)
{
	for (size_t i = 0; i < j->count; i++)
		attrs_free(j->objects[i]);
	free(j->objects);
	secret_free(&j->key);
	softhsm_source_free(j->source);
}

static void describe(const struct softhsm_about *about, CONCLAVE_BACKUP_TOKEN *ret)
{
	*ret = (CONCLAVE_BACKUP_TOKEN){.slotID = CK_UNAVAILABLE_INFORMATION, .ulObjects = about->objects};
	memcpy(ret->label, about->label, sizeof(ret->label));
	memset(ret->serialNumber, ' ', sizeof(ret->serialNumber));
	if (about->has_serial)
		memcpy(ret->serialNumber, about->serial, sizeof(ret->serialNumber));
}

CK_RV softhsm_read(const char *folder, CONCLAVE_BACKUP_TOKEN *ret)
{
	struct softhsm_source *source = NULL;

	try(softhsm_source_open(folder, &source));
	describe(softhsm_source_about(source), ret);
	softhsm_source_free(source);
	return CKR_OK;
}

/* ---- the PINs ------------------------------------------------------------------------------------------------------ */

/* Does the PIN open the token's key? *ret is only written where it is empty. */
static CK_RV open_key(struct job *j, const struct buf *blob, struct bytes pin, bool *ret_right)
{
	cleanup(secret_free) struct secret key = {0};

	*ret_right = false;
	if (blob->len == 0)
		return CKR_OK;
	CK_RV rv = softhsm_key_open(j->module->env.ossl, buf_bytes(blob), pin, &key);
	if (rv == CKR_PIN_INCORRECT)
		return CKR_OK;
	try(rv);
	*ret_right = true;
	return j->key.len == 0 ? secret_dup(secret_bytes(&key), &j->key) : CKR_OK;
}

/* The user's PIN must be right; the SO's may be another, and opens what the user's does when it is right. */
static CK_RV prove_pins(struct job *j)
{
	bool same_so = false, same_user = false;

	try(open_key(j, &j->about->so_blob, j->order->so_pin, &same_so));
	j->result.bSameSoPin = same_so ? CK_TRUE : CK_FALSE;
	if (j->order->user_pin.data == NULL)
		return CKR_OK;
	if (j->about->user_blob.len == 0)
		return fail(CKR_USER_PIN_NOT_INITIALIZED, "the token has no user PIN in SoftHSM");
	if ((j->about->flags & CKF_USER_PIN_LOCKED) != 0 && !same_so)
		return fail(CKR_PIN_LOCKED, "the user PIN is locked in SoftHSM: only the SO's own PIN brings it over");
	try(open_key(j, &j->about->user_blob, j->order->user_pin, &same_user));
	return same_user ? CKR_OK : fail(CKR_PIN_INCORRECT, "the user PIN is not the one in SoftHSM");
}

/* ---- the objects --------------------------------------------------------------------------------------------------- */

static CK_RV take_object(struct job *j, size_t i)
{
	cleanup(secret_free) struct secret image = {0};
	const struct softhsm_teller teller = {j->order->tell, j->order->arg};
	struct softhsm_object object = {.key = secret_bytes(&j->key)};
	struct softhsm_made made;

	try(softhsm_source_load(j->source, i, &object.name, &image));
	object.image = secret_bytes(&image);
	try(softhsm_object_make(&j->module->env, &object, &teller, &made));
	if (made.attrs != NULL)
		j->objects[j->count++] = made.attrs;
	else if (made.closed)
		j->result.ulPrivateLeftOut++;
	else
		j->result.ulLeftOut++;
	return CKR_OK;
}

static CK_RV take_objects(struct job *j)
{
	j->objects = calloc(j->about->objects + 1, sizeof(struct attrs *));
	if (j->objects == NULL)
		return CKR_HOST_MEMORY;
	for (size_t i = 0; i < j->about->objects; i++)
		try(take_object(j, i));
	return CKR_OK;
}

/* ---- the token ----------------------------------------------------------------------------------------------------- */

static CK_RV fill(void *arg, const struct persist *p)
{
	const struct job *j = arg;

	for (size_t i = 0; i < j->count; i++)
		try(persist_insert_within(p, j->objects[i]));
	return CKR_OK;
}

static CK_RV read_serial(struct store *s, uint64_t token, CK_CHAR ret[TOKEN_SERIAL_SIZE])
{
	struct token_info info;

	try(store_begin(s, STORE_READ));
	try(store_end(s, token_info_read(s, token, &info)));
	memcpy(ret, info.serial, TOKEN_SERIAL_SIZE);
	return CKR_OK;
}

static CK_RV make_token(struct job *j)
{
	struct module *m = j->module;
	struct restore_found there = {0};
	struct store_token made = {0};
	const struct token_start start = {
		.so_pin = j->order->so_pin,
		.user_pin = j->order->user_pin,
		.label = j->about->label,
		.test = token_is_for_tests(m, j->about->label),
		.serial = j->about->has_serial ? j->about->serial : NULL,
		.fill = fill,
		.arg = j,
	};

	if (j->about->has_serial)
		try(restore_find(m->store, j->about->serial, &there));
	if (there.found)
		return fail(CKR_ACTION_PROHIBITED, "token %.*s is in slot %lu already", TOKEN_SERIAL_SIZE, (const char *)j->about->serial,
		            there.token.slot);
	try(token_create(m, &start, TOKEN_ANY_SLOT, &made));
	j->result.token.slotID = made.slot;
	j->result.token.ulObjects = j->count;
	return j->about->has_serial ? CKR_OK : read_serial(m->store, made.token, j->result.token.serialNumber);
}

/* In turn, so that a serial number that is not there now stays away. */
static CK_RV make_token_in_turn(struct job *j)
{
	struct store_lock *turn = NULL;

	try(module_need_store(j->module));
	try(store_lock_take(j->module->store, RESTORE_LOCK, true, true, &turn));
	CK_RV rv = make_token(j);
	store_lock_release(turn);
	return rv;
}

CK_RV softhsm_import(struct module *m, const struct softhsm_order *o, CONCLAVE_IMPORT_RESULT *ret)
{
	cleanup(job_end) struct job j = {.module = m, .order = o};

	try(pin_check_new(o->so_pin));
	if (o->user_pin.data != NULL)
		try(pin_check_new(o->user_pin));
	try(softhsm_source_open(o->folder, &j.source));
	j.about = softhsm_source_about(j.source);
	j.result.bSameNames = j.about->has_serial && j.about->same_label ? CK_TRUE : CK_FALSE;
	describe(j.about, &j.result.token);
	try(prove_pins(&j));
	try(take_objects(&j));
	try(make_token_in_turn(&j));
	slot_event_own_change(m, j.result.token.slotID, 0);
	*ret = j.result;
	return CKR_OK;
}
