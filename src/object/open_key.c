/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form: u8 format, then the key sealed with AES-256-GCM under a key that HKDF makes of the store's key
 * and the serial; the associated data names what it is and whose. */
#include "object/open_key.h"

#include "base/log.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "crypto/rand.h"

#define FORMAT 1

static CK_RV sealing_key(struct ossl *o, struct bytes store_key, struct bytes serial, struct secret *ret)
{
	try(secret_new(AEAD_KEY_SIZE, ret));
	return kdf_hkdf(o, store_key, serial, "conclave 2 open key", ret->data, ret->len);
}

static CK_RV put_binding(struct bytes serial, struct buf *ret)
{
	static const char label[] = "conclave open key";
	try(buf_append(ret, bytes_of(label, sizeof(label))));
	try(buf_put_u8(ret, FORMAT));
	return buf_append(ret, serial);
}

CK_RV open_key_seal(struct ossl *o, struct bytes store_key, struct bytes serial, struct bytes key, struct buf *ret)
{
	struct secret with cleanup(secret_free) = {0};
	struct buf binding cleanup(buf_free) = {0};
	struct buf sealed cleanup(buf_free) = {0};
	try(sealing_key(o, store_key, serial, &with));
	try(put_binding(serial, &binding));
	try(buf_put_u8(&sealed, FORMAT));
	try(aead_seal(o, secret_bytes(&with), buf_bytes(&binding), key, &sealed));
	*ret = sealed;
	sealed = (struct buf){0};
	return CKR_OK;
}

CK_RV open_key_make(struct ossl *o, struct bytes store_key, struct bytes serial, struct secret *ret, struct buf *ret_sealed)
{
	struct secret key cleanup(secret_free) = {0};
	try(secret_new(OPEN_KEY_SIZE, &key));
	try(rand_bytes(o, key.data, key.len));
	try(open_key_seal(o, store_key, serial, secret_bytes(&key), ret_sealed));
	*ret = key;
	key = (struct secret){0};
	return CKR_OK;
}

CK_RV open_key_unseal(struct ossl *o, struct bytes store_key, struct bytes serial, struct bytes sealed, struct secret *ret)
{
	struct secret with cleanup(secret_free) = {0};
	struct buf binding cleanup(buf_free) = {0};
	uint8_t format;
	if (!bytes_take_u8(&sealed, &format) || format != FORMAT || sealed.len != OPEN_KEY_SIZE + AEAD_OVERHEAD)
		return fail(CKR_DEVICE_ERROR, "token %.*s: its open key has no known form", (int)serial.len, (const char *)serial.data);
	try(sealing_key(o, store_key, serial, &with));
	try(put_binding(serial, &binding));
	CK_RV rv = aead_open(o, secret_bytes(&with), buf_bytes(&binding), sealed, ret);
	if (rv == CKR_DATA_INVALID)
		return fail(CKR_DEVICE_ERROR, "token %.*s: its open key does not open: damaged, or store.key is that of another store",
		            (int)serial.len, (const char *)serial.data);
	return rv;
}
