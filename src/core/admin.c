/* SPDX-License-Identifier: Apache-2.0 */
/* Renaming, removing and verifying tokens: see admin.h. Rights come from the SO PIN, which is checked and counted like
 * any login's; nothing here logs anybody in. */
#include "core/admin.h"

#include <string.h>

#include "base/log.h"
#include "core/module.h"
#include "core/objects_internal.h"
#include "core/pin.h"
#include "core/session.h"
#include "core/slot_event.h"
#include "core/token_info.h"
#include "object/persist.h"

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

static CK_RV write_label(const struct persist *p, const unsigned char label[32])
{
	struct token_info info = {0};

	try(token_info_read(p->store, p->token, &info));
	memcpy(info.label, label, sizeof(info.label));
	return token_info_write(p, &info);
}

CK_RV admin_rename(struct module *m, CK_SLOT_ID slot, struct bytes so_pin, const unsigned char label[32])
{
	cleanup(secret_free) struct secret token_key = {0};
	cleanup(pin_token_free) struct pin_token pt = {0};
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
		rv = store_end(m->store, write_label(&p, label));
	token_keys_release(k);
	return rv == CKR_OK ? token_refresh(t) : rv;
}

/* ---- removing ---------------------------------------------------------------------------------------------- */

static CK_RV remove_token(struct module *m, struct token *t)
{
	try(store_begin(m->store, STORE_WRITE));
	try(store_end(m->store, store_token_remove(m->store, t->number)));
	return admin_token_gone(t);
}

CK_RV admin_token_gone(struct token *t)
{
	objects_end_all(&t->objects);
	/* The slot shows itself empty from now on, and goes with the next C_GetSlotList(NULL). */
	CK_RV rv = token_refresh(t);
	return rv == CKR_TOKEN_NOT_PRESENT ? CKR_OK : rv;
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
		slot_event_own_change(m, slot);
	return rv;
}

/* ---- verifying --------------------------------------------------------------------------------------------- */

static CK_RV count_one(const struct persist *p, const struct persist_found *f, CONCLAVE_VERIFY_REPORT *report)
{
	struct attrs *a = NULL;

	CK_RV rv = persist_open(p, f, &a);
	attrs_free(a);
	if (rv == CKR_HOST_MEMORY)
		return rv;
	report->ulGood += rv == CKR_OK ? 1 : 0;
	report->ulNotRead += rv == CKR_USER_NOT_LOGGED_IN ? 1 : 0;
	report->ulBad += rv != CKR_OK && rv != CKR_USER_NOT_LOGGED_IN ? 1 : 0;
	return CKR_OK;
}

static CK_RV count_all(struct session *s, const struct token_keys *k, CONCLAVE_VERIFY_REPORT *report)
{
	cleanup(persist_list_free) struct persist_list list = {0};
	const struct attr_list everything = {0};
	struct persist p;

	objects_persist(s->token, k, &p);
	try(persist_search(&p, &everything, true, &list));
	for (size_t i = 0; i < list.count; i++)
		try(count_one(&p, &list.items[i], report));
	return CKR_OK;
}

static CK_RV check_store(struct store *s)
{
	try(store_begin(s, STORE_READ));
	return store_end(s, store_check(s));
}

CK_RV admin_verify(struct session *s, CONCLAVE_VERIFY_REPORT *ret)
{
	CONCLAVE_VERIFY_REPORT report = {0};
	struct token_keys *k = NULL;

	try(check_store(s->module->store));
	try(token_keys_take(s->token, &k));
	CK_RV rv = count_all(s, k, &report);
	token_keys_release(k);
	if (rv == CKR_OK)
		*ret = report;
	return rv;
}
