/* SPDX-License-Identifier: Apache-2.0 */
/* Remembered PINs: see pin_memo.h. The key of the seal is HMAC-SHA256 of the PIN under a key of this initialisation,
 * which never leaves the process; its tag, which covers the stored record too, is what tells a right PIN. */
#include "core/pin_memo.h"

#include "crypto/aead.h"
#include "crypto/hash.h"

CK_RV pin_memo_init(struct pin_memo *m)
{
	*m = (struct pin_memo){0};
	return lock_init(&m->lock, LOCK_RANK_OBJECT);
}

void pin_memo_free(struct pin_memo *m)
{
	secret_free(&m->sealed);
	if (m->lock.rank != 0)
		lock_destroy(&m->lock);
}

static CK_RV derive(struct bytes process_key, struct bytes pin, struct secret *ret)
{
	try(secret_new(AEAD_KEY_SIZE, ret));
	hash_hmac(process_key, pin, ret->data);
	return CKR_OK;
}

static CK_RV open_copy(struct ossl *o, struct bytes process_key, struct bytes record, struct bytes sealed, struct bytes pin, struct secret *ret)
{
	cleanup(secret_free) struct secret key = {0};

	try(derive(process_key, pin, &key));
	return aead_open(o, secret_bytes(&key), record, sealed, ret);
}

bool pin_memo_recall(struct pin_memo *m, struct ossl *o, struct bytes process_key, struct bytes record, struct bytes pin, struct secret *ret)
{
	cleanup(secret_free) struct secret sealed = {0};
	CK_RV rv = CKR_DATA_INVALID;

	lock_take(&m->lock);
	if (m->sealed.len > 0)
		rv = secret_dup(secret_bytes(&m->sealed), &sealed);
	lock_release(&m->lock);
	return rv == CKR_OK && open_copy(o, process_key, record, secret_bytes(&sealed), pin, ret) == CKR_OK;
}

void pin_memo_keep(struct pin_memo *m, struct ossl *o, struct bytes process_key, struct bytes record, struct bytes pin,
                   const struct secret *token_key)
{
	cleanup(secret_free) struct secret key = {0};
	cleanup(secret_free) struct secret fresh = {0};
	cleanup(buf_wipe_free) struct buf sealed = {0};

	CK_RV rv = derive(process_key, pin, &key);
	if (rv == CKR_OK)
		rv = aead_seal(o, secret_bytes(&key), record, secret_bytes(token_key), &sealed);
	if (rv == CKR_OK)
		rv = secret_dup(buf_bytes(&sealed), &fresh);
	(void)rv; /* fresh is empty then: what was remembered is forgotten */
	lock_take(&m->lock);
	struct secret old = m->sealed;
	m->sealed = fresh;
	lock_release(&m->lock);
	fresh = old;
}
