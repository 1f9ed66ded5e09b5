/* SPDX-License-Identifier: Apache-2.0 */
/* Renaming, removing and verifying tokens: see admin.h. Rights come from the SO PIN, which is checked and counted like
 * any login's; nothing here logs anybody in. */
#include "core/admin.h"

#include <string.h>

#include "base/log.h"
#include "core/module.h"
#include "core/objects_internal.h"
#include "core/pin.h"
#include "core/pin_tries.h"
#include "core/session.h"
#include "core/slot_event.h"
#include "core/token_info.h"
#include "object/verify.h"

/* Whatever else is stored may be damaged: this is asked of who is to take the token away. */
static CK_RV prove(const struct pin_token *pt, struct bytes so_pin)
{
	cleanup(secret_free) struct secret token_key = {0};

	if (so_pin.len > PIN_MAX)
		return fail(CKR_PIN_INCORRECT, "no PIN is longer than %d bytes", PIN_MAX);
	return pin_prove(pt, PIN_SO, so_pin, &token_key);
}

CK_RV admin_prove_so(struct token *t, struct bytes so_pin)
{
	cleanup(pin_token_free) struct pin_token pt = {0};

	try(token_pin_token(t, &pt));
	return prove(&pt, so_pin);
}

CK_RV admin_prove_so_of(struct module *m, const struct store_token *t, struct bytes so_pin)
{
	cleanup(pin_token_free) struct pin_token pt = {0};
	struct token_info info;

	try(store_begin(m->store, STORE_READ));
	try(store_end(m->store, token_info_read(m->store, t->token, &info)));
	pt = (struct pin_token){.module = m, .number = t->token, .serial = info.serial, .test = info.test};
	try(token_keys_read(m, t->token, info.serial, NULL, &pt.keys));
	return prove(&pt, so_pin);
}

/* ---- renaming ---------------------------------------------------------------------------------------------- */

static CK_RV write_label(const struct persist *p, const unsigned char label[32], struct token_info *ret)
{
	try(token_info_read(p->store, p->token, ret));
	memcpy(ret->label, label, sizeof(ret->label));
	return token_info_write(p, ret);
}

CK_RV admin_rename(struct module *m, CK_SLOT_ID slot, struct bytes so_pin, const unsigned char label[32])
{
	cleanup(secret_free) struct secret token_key = {0};
	cleanup(pin_token_free) struct pin_token pt = {0};
	struct token_info info = {0};
	struct token_keys *k = NULL;
	struct token *t = NULL;
	struct persist p;

	if (so_pin.len > PIN_MAX)
		return fail(CKR_PIN_INCORRECT, "no PIN is longer than %d bytes", PIN_MAX);
	try(slot_present_token(m, slot, &t));
	try(token_pin_token(t, &pt));
	try(pin_verify(&pt, PIN_SO, so_pin, &token_key));
	try(token_keys_make(t, &token_key, &k));
	objects_persist(t, k, &p);
	CK_RV rv = store_begin(m->store, STORE_WRITE);
	if (rv == CKR_OK)
		rv = store_end(m->store, write_label(&p, label, &info));
	token_keys_release(k);
	try(rv);
	/* Nothing may fail any more: the token has its new name. */
	lock_take(&t->lock);
	token_info_put_locked(t, &info);
	lock_release(&t->lock);
	return CKR_OK;
}

/* ---- removing ---------------------------------------------------------------------------------------------- */

static CK_RV remove_token(struct module *m, struct token *t)
{
	try(store_begin(m->store, STORE_WRITE));
	try(store_end(m->store, store_token_remove(m->store, t->number)));
	admin_token_gone(t);
	return CKR_OK;
}

void admin_token_gone(struct token *t)
{
	objects_end_all(&t->objects);
	/* The slot shows itself empty from now on, and goes with the next C_GetSlotList(NULL). */
	CK_RV rv = token_refresh(t);
	if (rv != CKR_OK && rv != CKR_TOKEN_NOT_PRESENT)
		log_write(LOG_LEVEL_WARN, "the token is gone, and its slot will show it later: %s", rv_name(rv));
}

CK_RV admin_remove(struct module *m, CK_SLOT_ID slot, struct bytes so_pin)
{
	struct store_lock *alone = NULL;
	struct token *t = NULL;

	try(slot_present_token(m, slot, &t));
	try(token_take_alone(m->store, t->number, &alone));
	CK_RV rv = admin_prove_so(t, so_pin);
	if (rv == CKR_OK)
		rv = remove_token(m, t);
	store_lock_release(alone);
	if (rv == CKR_OK)
		slot_event_own_change(m, slot, t->number);
	return rv;
}

/* ---- verifying --------------------------------------------------------------------------------------------- */

static CK_RV check_store(struct store *s, CONCLAVE_VERIFY_REPORT *ret)
{
	try(store_begin(s, STORE_READ));
	CK_RV rv = store_end(s, store_check(s));
	ret->ulStoreDamaged = rv == CKR_DEVICE_ERROR ? 1 : 0;
	return rv == CKR_DEVICE_ERROR ? CKR_OK : rv;
}

static CK_RV look_at_token(const struct persist *p, CONCLAVE_VERIFY_REPORT *ret)
{
	static const struct verify_values values[] = {
		{TOKEN_INFO_META, TOKEN_INFO_SETS},
		{PIN_ROLE_META, PIN_ROLE_SETS},
		{PIN_TRIES_META, PIN_TRIES_SETS},
	};
	struct verify_report report;

	try(store_begin(p->store, STORE_READ));
	try(store_end(p->store, verify_token(p, values, array_len(values), &report)));
	ret->ulGood = report.good;
	ret->ulBad = report.bad;
	ret->ulNotRead = report.unread;
	ret->ulMissing = report.missing;
	ret->ulSets = report.sets;
	ret->ulBadSets = report.bad_sets;
	ret->ulBadValues = report.bad_values;
	return CKR_OK;
}

CK_RV admin_verify(struct session *s, CONCLAVE_VERIFY_REPORT *ret)
{
	CONCLAVE_VERIFY_REPORT report = {0};
	struct token_keys *k = NULL;
	struct persist p;

	try(check_store(s->module->store, &report));
	try(token_keys_take(s->token, &k));
	objects_persist(s->token, k, &p);
	CK_RV rv = look_at_token(&p, &report);
	token_keys_release(k);
	if (rv == CKR_OK)
		*ret = report;
	return rv;
}
