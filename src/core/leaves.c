/* SPDX-License-Identifier: Apache-2.0 */
/* The value "incarnation" of a token is random and new wherever a copy of the token comes in; a key with a state keeps the one
 * in which it was made. Only a token that has been moved gets its old one back, when it is gone where it was. */
#include "core/leaves.h"

#include <conclave.h>

#include "base/log.h"
#include "core/module.h"
#include "core/objects.h"
#include "core/op.h"
#include "core/session.h"
#include "core/token.h"
#include "crypto/rand.h"

#define INCARNATION_SIZE 16

CK_RV leaves_incarnation(struct store *s, uint64_t token, struct buf *ret)
{
	uint64_t version = 0;

	return store_meta_get(s, token, LEAVES_META, ret, &version);
}

static CK_RV incarnation(struct session *s, struct buf *ret)
{
	struct store *store = s->module->store;

	try(store_begin(store, STORE_READ));
	return store_end(store, leaves_incarnation(store, s->token->number, ret));
}

CK_RV leaves_renew(struct ossl *o, struct store *s, uint64_t token)
{
	unsigned char fresh[INCARNATION_SIZE];

	try(rand_bytes(o, fresh, sizeof(fresh)));
	return store_meta_insert(s, token, LEAVES_META, bytes_of(fresh, sizeof(fresh)), 1);
}

CK_RV leaves_adopt(struct store *s, uint64_t token, struct bytes is)
{
	struct buf now cleanup(buf_free) = {0};
	uint64_t version = 0;

	try(store_meta_get(s, token, LEAVES_META, &now, &version));
	if (is.len == 0)
		return version == 0 ? CKR_OK : store_meta_remove(s, token, LEAVES_META);
	return store_meta_put(s, token, LEAVES_META, is, version);
}

CK_RV leaves_mark(struct session *s, struct attr_list *key)
{
	struct buf now cleanup(buf_free) = {0};
	CK_ULONG left = 0;

	if (!attr_list_get_ulong(key, CKA_HSS_KEYS_REMAINING, &left))
		return CKR_OK;
	try(incarnation(s, &now));
	return attr_list_set(key, CKA_CONCLAVE_INCARNATION, buf_bytes(&now));
}

static CK_RV check_incarnation(struct session *s, const struct attrs *key)
{
	struct buf now cleanup(buf_free) = {0};
	struct bytes made = {0};

	try(incarnation(s, &now));
	if (!attrs_get(key, CKA_CONCLAVE_INCARNATION, &made) || !bytes_equal(made, buf_bytes(&now)))
		return fail(CKR_KEY_EXHAUSTED, "the key came out of a backup: what it signed after that was made is not known here");
	return CKR_OK;
}

/* An objects_step. */
static CK_RV one_less(const struct attrs *from, struct attr_list *to, void *arg)
{
	CK_ULONG left = 0;

	if (!attrs_get_ulong(from, CKA_HSS_KEYS_REMAINING, &left) || left == 0)
		return fail(CKR_KEY_EXHAUSTED, "the key has no signatures left");
	*(uint64_t *)arg = left;
	return attr_list_set_ulong(to, CKA_HSS_KEYS_REMAINING, left - 1);
}

CK_RV leaves_take(struct mech_op *m, uint64_t *ret)
{
	struct op *op = container_of(m, struct op, mech);

	try(check_incarnation(op->session, atomic_load(&op->key->attrs)));
	return objects_move(op->session, op->key, one_less, ret);
}
