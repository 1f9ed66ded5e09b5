/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of jobs, flat and sealed. In front of the seal stands whether the user was logged in, since the key follows from
 * that, and when it was, so that old ones can be told by anybody; both are authenticated with the ID. */
#include "core/pending_save.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attr/codec.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/generate.h"
#include "core/module.h"
#include "core/op_state.h"
#include "core/session.h"
#include "core/token.h"
#include "core/token_values.h"
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

#define NAME_BEGINS "async-"
/* A job that nobody has asked for in so long, nobody will ask for. */
#define AGE_MAX_NS (30ull * 24 * 60 * 60 * 1000000000)

/* What stands in front of the seal, in the clear. */
struct head {
	uint8_t logged_in; /* the key follows from that */
	uint64_t made;     /* when, in nanoseconds since 1970 */
};

/* Beside the seal: the head, the ID, the initialisation of the token. */
struct context {
	unsigned char bytes[1 + 8 + 8 + 4 + TOKEN_SERIAL_SIZE];
};

static void put_number(unsigned char *to, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (unsigned char)(number >> (8 * i));
}

static struct bytes make_context(struct session *s, CK_ULONG id, const struct head *head, struct context *ret)
{
	struct token *t = s->token;

	ret->bytes[0] = head->logged_in;
	put_number(ret->bytes + 1, head->made, 8);
	put_number(ret->bytes + 9, id, 8);
	lock_take(&t->lock);
	put_number(ret->bytes + 17, t->info.generation, 4);
	memcpy(ret->bytes + 21, t->info.serial, TOKEN_SERIAL_SIZE);
	lock_release(&t->lock);
	return bytes_of(ret->bytes, sizeof(ret->bytes));
}

static void make_name(CK_ULONG id, char ret[STORE_META_NAME + 1])
{
	snprintf(ret, STORE_META_NAME + 1, NAME_BEGINS "%016" PRIx64, (uint64_t)id);
}

static bool take_head(struct bytes *value, struct head *ret)
{
	return bytes_take_u8(value, &ret->logged_in) && bytes_take_u64(value, &ret->made);
}

/* One that seems to come from the future waits: clocks are set. */
static bool is_old(const struct head *head)
{
	uint64_t now = clock_realtime_ns();

	return now > head->made && now - head->made > AGE_MAX_NS;
}

static CK_RV seal(struct session *s, CK_ULONG id, struct bytes plan, struct buf *ret)
{
	cleanup(secret_free) struct secret key = {0};
	bool logged_in = false;
	struct context c;

	try(op_state_key(s, "conclave asynchronous job", &key, &logged_in));
	const struct head head = {.logged_in = logged_in, .made = clock_realtime_ns()};
	try(buf_put_u8(ret, head.logged_in));
	try(buf_put_u64(ret, head.made));
	return aead_seal(s->module->env.ossl, secret_bytes(&key), make_context(s, id, &head, &c), plan, ret);
}

static bool is_job(void *arg unused, const char *name, struct bytes value unused)
{
	return strncmp(name, NAME_BEGINS, strlen(NAME_BEGINS)) == 0;
}

static bool is_old_job(void *arg, const char *name, struct bytes value)
{
	struct head head;

	return is_job(arg, name, value) && (!take_head(&value, &head) || is_old(&head));
}

CK_RV pending_save_remove_all(struct store *s, uint64_t token)
{
	return token_values_remove(s, token, is_job, NULL);
}

static CK_RV write_in(struct store *s, uint64_t token, const char *name, struct bytes sealed)
{
	try(token_values_remove(s, token, is_old_job, NULL));
	return store_meta_put(s, token, name, sealed, 0);
}

CK_RV pending_save_write(struct session *s, CK_ULONG id, struct bytes plan)
{
	struct store *store = s->module->store;
	cleanup(buf_free) struct buf sealed = {0};
	char name[STORE_META_NAME + 1];

	if (store_read_only(store))
		return fail(CKR_STATE_UNSAVEABLE, "the token's store cannot be written");
	make_name(id, name);
	try(seal(s, id, plan, &sealed));
	try(store_begin(store, STORE_WRITE));
	return store_end(store, write_in(store, s->token->number, name, buf_bytes(&sealed)));
}

static CK_RV fetch(struct session *s, CK_ULONG id, struct buf *ret, uint64_t *ret_version)
{
	struct store *store = s->module->store;
	char name[STORE_META_NAME + 1];

	make_name(id, name);
	try(store_begin(store, STORE_READ));
	return store_end(store, store_meta_get(store, s->token->number, name, ret, ret_version));
}

static CK_RV unseal(struct session *s, CK_ULONG id, struct bytes sealed, struct secret *ret)
{
	cleanup(secret_free) struct secret key = {0};
	struct head head = {0};
	bool logged_in = false;
	struct context c;

	try(op_state_key(s, "conclave asynchronous job", &key, &logged_in));
	if (!take_head(&sealed, &head) || (head.logged_in != 0) != logged_in)
		return fail(CKR_SAVED_STATE_INVALID, "the job is of a session in which the user was%s logged in", logged_in ? " not" : "");
	if (aead_open(s->module->env.ossl, secret_bytes(&key), make_context(s, id, &head, &c), sealed, ret) != CKR_OK)
		return fail(CKR_SAVED_STATE_INVALID, "the job does not authenticate");
	return is_old(&head) ? fail(CKR_SAVED_STATE_INVALID, "the job is too old") : CKR_OK;
}

CK_RV pending_save_read(struct session *s, CK_ULONG id, struct secret *ret)
{
	cleanup(buf_free) struct buf sealed = {0};
	uint64_t version = 0;

	try(fetch(s, id, &sealed, &version));
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
	char name[STORE_META_NAME + 1];

	make_name(id, name);
	try(store_begin(store, STORE_WRITE));
	return store_end(store, remove_in(s, name));
}
