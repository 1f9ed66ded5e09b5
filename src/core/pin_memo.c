/* SPDX-License-Identifier: Apache-2.0 */
/* Remembered PINs: see pin_memo.h. The key of the seal is HMAC-SHA256 of the PIN under a key of this initialisation,
 * which never leaves the process; the seal's tag is what tells a right PIN. */
#include "core/pin_memo.h"

#include <string.h>

#include "crypto/aead.h"
#include "crypto/hash.h"

static const char context[] = "remembered PIN";

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

static CK_RV open_copy(struct ossl *o, struct bytes process_key, struct bytes sealed, struct bytes pin, struct secret *ret)
{
	cleanup(secret_free) struct secret key = {0};

	try(derive(process_key, pin, &key));
	return aead_open(o, secret_bytes(&key), bytes_of(context, sizeof(context)), sealed, ret);
}

bool pin_memo_recall(struct pin_memo *m, struct ossl *o, struct bytes process_key, uint64_t record_version, struct bytes pin, struct secret *ret)
{
	cleanup(secret_free) struct secret sealed = {0};
	CK_RV rv = CKR_DATA_INVALID;

	lock_take(&m->lock);
	if (m->record_version == record_version && record_version != 0)
		rv = secret_dup(secret_bytes(&m->sealed), &sealed);
	lock_release(&m->lock);
	return rv == CKR_OK && open_copy(o, process_key, secret_bytes(&sealed), pin, ret) == CKR_OK;
}

void pin_memo_keep(struct pin_memo *m, struct ossl *o, struct bytes process_key, uint64_t record_version, struct bytes pin,
                   const struct secret *token_key)
{
	cleanup(secret_free) struct secret key = {0};
	cleanup(secret_free) struct secret fresh = {0};
	cleanup(buf_wipe_free) struct buf sealed = {0};

	CK_RV rv = derive(process_key, pin, &key);
	if (rv == CKR_OK)
		rv = aead_seal(o, secret_bytes(&key), bytes_of(context, sizeof(context)), secret_bytes(token_key), &sealed);
	if (rv == CKR_OK)
		rv = secret_dup(buf_bytes(&sealed), &fresh);
	lock_take(&m->lock);
	struct secret old = m->sealed;
	m->sealed = fresh;
	m->record_version = rv == CKR_OK ? record_version : 0;
	lock_release(&m->lock);
	fresh = old;
}
