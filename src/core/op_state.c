/* SPDX-License-Identifier: Apache-2.0 */
/* Saved operations. The blob: magic, format, the token's serial and the session's state in the clear (and under the
 * seal's authentication), then one AES-256-GCM seal over the operations: kind, mechanism, parameters, fingerprint of
 * the key, the mechanism's state. It never holds a key. The seal's key comes from the token key when the user is
 * logged in, else from the store's own key. */
#include "core/op_state.h"

#include <string.h>

#include "base/log.h"
#include "core/module.h"
#include "core/objects.h"
#include "core/op_internal.h"
#include "core/session.h"
#include "core/token.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "core/find.h"

static const unsigned char magic[8] = {'C', 'o', 'n', 'c', 'l', 'v', 'S', 1};

/* Savable kinds (rule 339) and which of C_SetOperationState's two keys they use. */
enum key_role { ROLE_NONE, ROLE_ENCRYPTION, ROLE_AUTHENTICATION, KEY_ROLES };
static const struct {
	enum mech_use use;
	enum key_role role;
} savable[] = {
	{MECH_ENCRYPT, ROLE_ENCRYPTION}, {MECH_DECRYPT, ROLE_ENCRYPTION}, {MECH_DIGEST, ROLE_NONE},
	{MECH_SIGN, ROLE_AUTHENTICATION}, {MECH_VERIFY, ROLE_AUTHENTICATION},
};

static enum key_role role_of(enum mech_use use, bool *ret_savable)
{
	for (size_t i = 0; i < array_len(savable); i++) {
		if (savable[i].use == use) {
			*ret_savable = true;
			return savable[i].role;
		}
	}
	*ret_savable = false;
	return ROLE_NONE;
}

/* ---- the seal --------------------------------------------------------------------------------------------- */

CK_RV op_state_key(struct session *s, const char *purpose, struct secret *ret, bool *ret_logged_in)
{
	struct module *m = s->module;
	cleanup(secret_free) struct secret root = {0};
	struct token_keys *k = NULL;

	try(secret_new(32, &root));
	try(token_keys_take(s->token, &k));
	bool logged_in = k->seal.has_token;
	if (logged_in)
		memcpy(root.data, k->token_key, root.len);
	token_keys_release(k);
	if (!logged_in)
		try(store_local_key(m->store, root.data));
	try(secret_new(AEAD_KEY_SIZE, ret));
	*ret_logged_in = logged_in;
	return kdf_hkdf(m->env.ossl, secret_bytes(&root), (struct bytes){0}, purpose, ret->data, ret->len);
}

static CK_RV seal_key(struct session *s, struct secret *ret)
{
	bool logged_in = false;

	return op_state_key(s, "conclave operation state", ret, &logged_in);
}

#define HEADER_SIZE (sizeof(magic) + TOKEN_SERIAL_SIZE + 1)

static void put_header(struct session *s, unsigned char ret[HEADER_SIZE])
{
	struct token *t = s->token;

	memcpy(ret, magic, sizeof(magic));
	lock_take(&t->lock);
	memcpy(ret + sizeof(magic), t->info.serial, TOKEN_SERIAL_SIZE);
	lock_release(&t->lock);
	ret[HEADER_SIZE - 1] = (unsigned char)session_state_of(s);
}

/* ---- saving ----------------------------------------------------------------------------------------------- */

static CK_RV save_op(struct op *op, struct buf *plain)
{
	const struct mech_row *row = op->mech.row;
	cleanup(buf_wipe_free) struct buf params = {0};
	cleanup(buf_wipe_free) struct buf state = {0};
	unsigned char fingerprint[32] = {0};

	bool refused = row->ops->save == NULL || (row->unsaveable != NULL && op->mech.use == MECH_ENCRYPT);
	if (refused || op->has_held)
		return fail(CKR_STATE_UNSAVEABLE, "%s: %s", mech_name(row->type), refused ? row->unsaveable : "result waiting");
	if (row->ops->save_params != NULL)
		try(row->ops->save_params(&op->mech, &params));
	try(row->ops->save(&op->mech, &state));
	if (op->key != NULL)
		mech_key_fingerprint(op->mech.key, fingerprint);
	try(buf_put_u8(plain, (uint8_t)op->mech.use));
	try(buf_put_u8(plain, op->multi));
	try(buf_put_u64(plain, row->type));
	try(buf_append(plain, bytes_of(fingerprint, sizeof(fingerprint))));
	try(buf_put_blob(plain, buf_bytes(&params)));
	return buf_put_blob(plain, buf_bytes(&state));
}

static CK_RV save_all(struct session *s, struct buf *plain)
{
	unsigned count = 0;

	for (unsigned u = 0; u < MECH_USES; u++) {
		bool can = false;
		role_of((enum mech_use)u, &can);
		if (s->ops[u] == NULL || !can)
			continue;
		count++;
		try(save_op(s->ops[u], plain));
	}
	return count > 0 ? CKR_OK : fail(CKR_OPERATION_NOT_INITIALIZED, "nothing that can be saved is active");
}

CK_RV op_state_save(struct session *s, struct op_out out)
{
	cleanup(buf_wipe_free) struct buf plain = {0};
	cleanup(buf_free) struct buf blob = {0};
	cleanup(secret_free) struct secret key = {0};
	unsigned char header[HEADER_SIZE];

	if (out.len == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the length of the state");
	op_end_private(s);
	try(save_all(s, &plain));
	size_t need = HEADER_SIZE + AEAD_OVERHEAD + plain.len;
	if (out.data == NULL || *out.len < need) {
		CK_RV rv = out.data == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
		*out.len = need;
		return rv;
	}
	put_header(s, header);
	try(seal_key(s, &key));
	try(buf_append(&blob, bytes_of(header, sizeof(header))));
	try(aead_seal(s->module->env.ossl, secret_bytes(&key), bytes_of(header, sizeof(header)), buf_bytes(&plain), &blob));
	memcpy(out.data, blob.data, blob.len);
	*out.len = blob.len;
	return CKR_OK;
}

/* ---- restoring ----------------------------------------------------------------------------------------------- */

struct saved_op {
	enum mech_use use;
	bool multi;
	CK_MECHANISM_TYPE mechanism;
	struct bytes fingerprint, params, state;
};

static bool take_op(struct bytes *in, struct saved_op *ret)
{
	uint8_t use = 0, multi = 0;
	uint64_t mechanism = 0;

	if (!bytes_take_u8(in, &use) || !bytes_take_u8(in, &multi) || !bytes_take_u64(in, &mechanism) || !bytes_take(in, 32, &ret->fingerprint) ||
	    !bytes_take_blob(in, &ret->params) || !bytes_take_blob(in, &ret->state) || use >= MECH_USES)
		return false;
	ret->use = (enum mech_use)use;
	ret->multi = multi != 0;
	ret->mechanism = (CK_MECHANISM_TYPE)mechanism;
	return true;
}

static CK_RV open_blob(struct session *s, struct bytes blob, struct secret *ret)
{
	cleanup(secret_free) struct secret key = {0};
	unsigned char header[HEADER_SIZE];
	struct bytes in = blob, head;

	put_header(s, header);
	if (!bytes_take(&in, HEADER_SIZE, &head) || !bytes_equal(head, bytes_of(header, sizeof(header))))
		return fail(CKR_SAVED_STATE_INVALID, "the state is not of this token and this session state");
	try(seal_key(s, &key));
	CK_RV rv = aead_open(s->module->env.ossl, secret_bytes(&key), head, in, ret);
	return rv == CKR_DATA_INVALID ? fail(CKR_SAVED_STATE_INVALID, "the state has been changed or is of another login") : rv;
}

static CK_RV same_key(const struct op *op, struct bytes fingerprint)
{
	unsigned char now[32];

	mech_key_fingerprint(op->mech.key, now);
	return bytes_equal(bytes_of(now, sizeof(now)), fingerprint) ? CKR_OK : fail(CKR_KEY_CHANGED, "not the key that the operation began with");
}

/* A key that does not even fit is certainly not the original one. */
static CK_RV not_that_key(CK_RV rv)
{
	return rv == CKR_KEY_TYPE_INCONSISTENT || rv == CKR_KEY_SIZE_RANGE ? CKR_KEY_CHANGED : rv;
}

static CK_RV restore_op(struct session *s, const struct saved_op *saved, CK_OBJECT_HANDLE key, struct op **ret)
{
	CK_MECHANISM m = {saved->mechanism, NULL, 0};
	struct op *op = NULL;

	try(not_that_key(op_make(s, saved->use, &m, &saved->params, key, &op)));
	CK_RV rv = op->key == NULL ? CKR_OK : same_key(op, saved->fingerprint);
	if (rv == CKR_OK && op->mech.row->ops->restore == NULL)
		rv = CKR_SAVED_STATE_INVALID;
	if (rv == CKR_OK)
		rv = op->mech.row->ops->restore(&op->mech, saved->state);
	if (rv != CKR_OK) {
		op_free(s, op);
		return rv;
	}
	op->multi = saved->multi;
	*ret = op;
	return CKR_OK;
}

/* Which keys the state needs, against which were given. */
static CK_RV check_roles(const struct saved_op *ops, size_t count, const CK_OBJECT_HANDLE keys[KEY_ROLES])
{
	bool needed[KEY_ROLES] = {false};
	bool can = false;

	for (size_t i = 0; i < count; i++)
		needed[role_of(ops[i].use, &can)] = true;
	for (unsigned r = ROLE_ENCRYPTION; r < KEY_ROLES; r++) {
		if (needed[r] && keys[r] == CK_INVALID_HANDLE)
			return fail(CKR_KEY_NEEDED, "the state does not hold its %s key", r == ROLE_ENCRYPTION ? "encryption" : "authentication");
		if (!needed[r] && keys[r] != CK_INVALID_HANDLE)
			return fail(CKR_KEY_NOT_NEEDED, "the state has no use for this %s key", r == ROLE_ENCRYPTION ? "encryption" : "authentication");
	}
	return CKR_OK;
}

static CK_RV restore_all(struct session *s, struct bytes in, const CK_OBJECT_HANDLE keys[KEY_ROLES], struct op *made[2], size_t *made_count)
{
	struct saved_op ops[2];
	size_t count = 0;
	bool can = false;

	while (in.len > 0 && count < array_len(ops)) {
		if (!take_op(&in, &ops[count]))
			return CKR_SAVED_STATE_INVALID;
		count++;
	}
	if (in.len > 0 || count == 0)
		return CKR_SAVED_STATE_INVALID;
	try(check_roles(ops, count, keys));
	for (size_t i = 0; i < count; i++) {
		try(restore_op(s, &ops[i], keys[role_of(ops[i].use, &can)], &made[i]));
		*made_count = i + 1;
	}
	return CKR_OK;
}

CK_RV op_state_restore(struct session *s, struct bytes state, CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentication_key)
{
	const CK_OBJECT_HANDLE keys[KEY_ROLES] = {[ROLE_ENCRYPTION] = encryption_key, [ROLE_AUTHENTICATION] = authentication_key};
	cleanup(secret_free) struct secret plain = {0};
	struct op *made[2] = {NULL, NULL};
	size_t count = 0;

	if (op_some_detached(s))
		return fail(CKR_OPERATION_ACTIVE, "the session has a pending call: C_AsyncComplete first");
	try(open_blob(s, state, &plain));
	CK_RV rv = restore_all(s, secret_bytes(&plain), keys, made, &count);
	if (rv != CKR_OK) {
		/* The operations that were active stay as they were (rule 350). */
		for (size_t i = 0; i < count; i++)
			op_free(s, made[i]);
		return rv;
	}
	op_end_all(s);
	find_end(s);
	for (size_t i = 0; i < count; i++)
		op_put(s, made[i]);
	return CKR_OK;
}
