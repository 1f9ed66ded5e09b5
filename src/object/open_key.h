/* SPDX-License-Identifier: Apache-2.0 */
/* The open key of a token: 32 random bytes, made with the token, from which everything derives that protects public
 * objects. It is stored sealed under the key of the store that the token is in, bound to the token's serial, so a
 * token moves to another store by sealing this one value again. Knows no store. */
#ifndef CONCLAVE_OBJECT_OPEN_KEY_H
#define CONCLAVE_OBJECT_OPEN_KEY_H

#include "crypto/ossl.h"

/* The name of the token's meta value that holds it. */
#define OPEN_KEY_META "open.key"
#define OPEN_KEY_SIZE 32

/* A new one: the key, and what is to be stored. */
must_check CK_RV open_key_make(struct ossl *o, struct bytes store_key, struct bytes serial, struct secret *ret, struct buf *ret_sealed);
/* CKR_DEVICE_ERROR (logged): damaged, of another token, or of a store with another key. */
must_check CK_RV open_key_unseal(struct ossl *o, struct bytes store_key, struct bytes serial, struct bytes sealed, struct secret *ret);
/* What is to be stored in a store with that key. */
must_check CK_RV open_key_seal(struct ossl *o, struct bytes store_key, struct bytes serial, struct bytes key, struct buf *ret);

#endif
