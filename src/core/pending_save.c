/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of jobs, flat and sealed. A byte in front of the seal says whether the user was logged in, since the key follows
 * from that; it is authenticated with the ID. */
#include "core/pending_save.h"

#include <inttypes.h>
#include <stdio.h>

#include "attr/codec.h"
#include "base/log.h"
#include "core/generate.h"
#include "core/module.h"
#include "core/op_state.h"
#include "core/session.h"
#include "core/token.h"
#include "crypto/aead.h"

#define PLAN_VERSION 1

/* ---- flat ---------------------------------------------------------------------------------- */

static CK_RV put_template(const struct attr_list *template, struct buf *ret)
{
	cleanup(buf_wipe_free) struct buf encoded = {0};
	struct attrs *packed = NULL;

	try(attrs_pack(template, &packed));
	CK_RV rv = codec_encode(packed, NULL, NULL, &encoded);
	attrs_free(packed);
	try(rv);
	return buf_put_blob(ret, buf_bytes(&encoded));
}

CK_RV pending_plan_encode(const struct generation *g, struct buf *ret)
{
	try(buf_put_u8(ret, PLAN_VERSION));
	try(buf_put_u64(ret, g->row->type));
	try(buf_put_u8(ret, g->pair));
	for (size_t i = 0; i < g->count; i++)
		try(put_template(&g->keys[i], ret));
	return CKR_OK;
}

static bool read_head(struct bytes *plan, uint64_t *ret_type, struct generation *ret)
{
	uint8_t version = 0, pair = 0;

	if (!bytes_take_u8(plan, &version) || version != PLAN_VERSION || !bytes_take_u64(plan, ret_type) || !bytes_take_u8(plan, &pair))
		return false;
	ret->pair = pair != 0;
	ret->count = ret->pair ? 2 : 1;
	return true;
}

CK_RV pending_plan_decode(struct session *s, struct bytes plan, struct generation *ret)
{
	CK_MECHANISM m = {0};
	struct bytes template = {0};
	uint64_t type = 0;

	if (!read_head(&plan, &type, ret))
		return fail(CKR_SAVED_STATE_INVALID, "a job of another version");
	m.mechanism = (CK_MECHANISM_TYPE)type;
	if (policy_admit(session_policy(s), &m, ret->pair ? CKF_GENERATE_KEY_PAIR : CKF_GENERATE, &ret->row) != CKR_OK)
		return CKR_SAVED_STATE_INVALID;
	for (size_t i = 0; i < ret->count; i++) {
		if (!bytes_take_blob(&plan, &template))
			return fail(CKR_SAVED_STATE_INVALID, "a job of another version");
		try(codec_decode(template, &ret->keys[i]));
	}
	return CKR_OK;
}

/* ---- sealed -------------------------------------------------------------------------------- */

/* Beside the seal: whose login's key, the ID, the initialisation of the token. */
struct context {
	unsigned char bytes[1 + 8 + 4 + TOKEN_SERIAL_SIZE];
	char name[STORE_META_NAME + 1];
};

static void make_context(struct session *s, CK_ULONG id, bool logged_in, struct context *ret)
{
	struct token *t = s->token;

	ret->bytes[0] = logged_in;
	for (size_t i = 0; i < 8; i++)
		ret->bytes[1 + i] = (unsigned char)((uint64_t)id >> (8 * i));
	lock_take(&t->lock);
	for (size_t i = 0; i < 4; i++)
		ret->bytes[9 + i] = (unsigned char)(t->info.generation >> (8 * i));
	for (size_t i = 0; i < TOKEN_SERIAL_SIZE; i++)
		ret->bytes[13 + i] = t->info.serial[i];
	lock_release(&t->lock);
	snprintf(ret->name, sizeof(ret->name), "async-%016" PRIx64, (uint64_t)id);
}

static CK_RV seal(struct session *s, struct context *c, CK_ULONG id, struct bytes plan, struct buf *ret)
{
	cleanup(secret_free) struct secret key = {0};
	bool logged_in = false;

	try(op_state_key(s, "conclave asynchronous job", &key, &logged_in));
	make_context(s, id, logged_in, c);
	try(buf_put_u8(ret, logged_in));
	return aead_seal(s->module->env.ossl, secret_bytes(&key), bytes_of(c->bytes, sizeof(c->bytes)), plan, ret);
}

CK_RV pending_save_write(struct session *s, CK_ULONG id, struct bytes plan)
{
	struct store *store = s->module->store;
	cleanup(buf_free) struct buf sealed = {0};
	struct context c;

	if (store_read_only(store))
		return fail(CKR_STATE_UNSAVEABLE, "the token's store cannot be written");
	try(seal(s, &c, id, plan, &sealed));
	try(store_begin(store, STORE_WRITE));
	return store_end(store, store_meta_put(store, s->token->number, c.name, buf_bytes(&sealed), 0));
}

static CK_RV fetch(struct session *s, const char *name, struct buf *ret, uint64_t *ret_version)
{
	struct store *store = s->module->store;

	try(store_begin(store, STORE_READ));
	return store_end(store, store_meta_get(store, s->token->number, name, ret, ret_version));
}

static CK_RV unseal(struct session *s, CK_ULONG id, struct bytes sealed, struct secret *ret)
{
	cleanup(secret_free) struct secret key = {0};
	struct context c;
	uint8_t whose = 0;
	bool logged_in = false;

	try(op_state_key(s, "conclave asynchronous job", &key, &logged_in));
	make_context(s, id, logged_in, &c);
	if (!bytes_take_u8(&sealed, &whose) || (whose != 0) != logged_in)
		return fail(CKR_SAVED_STATE_INVALID, "the job is of a session in which the user was%s logged in", logged_in ? " not" : "");
	if (aead_open(s->module->env.ossl, secret_bytes(&key), bytes_of(c.bytes, sizeof(c.bytes)), sealed, ret) != CKR_OK)
		return fail(CKR_SAVED_STATE_INVALID, "the job does not authenticate");
	return CKR_OK;
}

CK_RV pending_save_read(struct session *s, CK_ULONG id, struct secret *ret)
{
	cleanup(buf_free) struct buf sealed = {0};
	struct context c;
	uint64_t version = 0;

	make_context(s, id, false, &c);
	try(fetch(s, c.name, &sealed, &version));
	if (version == 0)
		return fail(CKR_SAVED_STATE_INVALID, "no such job");
	return unseal(s, id, buf_bytes(&sealed), ret);
}

static CK_RV remove_in(struct session *s, const char *name)
{
	struct store *store = s->module->store;
	cleanup(buf_free) struct buf sealed = {0};
	uint64_t version = 0;

	try(store_meta_get(store, s->token->number, name, &sealed, &version));
	if (version == 0)
		return fail(CKR_SAVED_STATE_INVALID, "the job has been completed or cancelled by another session");
	return store_meta_remove(store, s->token->number, name);
}

CK_RV pending_save_remove(struct session *s, CK_ULONG id)
{
	struct store *store = s->module->store;
	struct context c;

	make_context(s, id, false, &c);
	try(store_begin(store, STORE_WRITE));
	return store_end(store, remove_in(s, c.name));
}
