/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC (RFC 2104) as two digests, inner and outer, so that its state can be copied and saved.
 * Knows no CKM_ number and no tag length. */
#ifndef CONCLAVE_CRYPTO_MAC_H
#define CONCLAVE_CRYPTO_MAC_H

#include "crypto/digest.h"

/* {0} is empty and needs no hmac_end. */
struct hmac {
	struct digest inner;
	struct digest outer;
};

/* CKR_HOST_MEMORY, CKR_FUNCTION_FAILED: on EVP only (crypto/digest.h), as everywhere here. */
/* Both digests have met their padded key and nothing else. */
must_check CK_RV hmac_start(struct ossl *o, enum digest_alg alg, struct bytes key, struct hmac *ret);
must_check CK_RV hmac_update(struct hmac *h, struct bytes in);
/* Writes digest_size bytes; only hmac_end may follow. */
must_check CK_RV hmac_final(struct hmac *h, unsigned char *ret);
void hmac_end(struct hmac *h);
/* *ret goes on from where from stands. */
must_check CK_RV hmac_dup(const struct hmac *from, struct hmac *ret);
/* The tag of a whole message; keyed is started and stays as it is. */
must_check CK_RV hmac_tag(const struct hmac *keyed, struct bytes in, unsigned char *ret);
/* The inner state, which depends on the key and does not tell it. The outer one is made of the key again. */
must_check CK_RV hmac_save(const struct hmac *h, struct buf *ret);
/* On a started HMAC with the same key. CKR_SAVED_STATE_INVALID. */
must_check CK_RV hmac_restore(struct hmac *h, struct bytes state);

#endif
