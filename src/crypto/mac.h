/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC (RFC 2104) as two digests, inner and outer: a value like them, which cannot fail, is copied by assignment and can
 * be saved. Knows no CKM_ number and no tag length. */
#ifndef CONCLAVE_CRYPTO_MAC_H
#define CONCLAVE_CRYPTO_MAC_H

#include "crypto/digest.h"

/* {0} is empty and needs no hmac_end. */
struct hmac {
	struct digest inner;
	struct digest outer;
};

/* Both digests have met their padded key and nothing else. */
void hmac_start(enum digest_alg alg, struct bytes key, struct hmac *ret);
void hmac_update(struct hmac *h, struct bytes in);
/* Writes digest_size bytes; only hmac_end may follow. */
void hmac_final(struct hmac *h, unsigned char *ret);
void hmac_end(struct hmac *h);
/* The tag of a whole message; keyed is started and stays as it is. */
void hmac_tag(const struct hmac *keyed, struct bytes in, unsigned char *ret);
/* The inner state, encrypted with the HMAC's own key, since Keccak can be run backwards from it to that key (SHA-2 and the
 * others cannot). keyed: with the same key, before any data. CKR_HOST_MEMORY. */
must_check CK_RV hmac_save(const struct hmac *keyed, const struct hmac *h, struct buf *ret);
/* On a started HMAC; only what was saved with the same key fits. CKR_SAVED_STATE_INVALID, CKR_HOST_MEMORY. */
must_check CK_RV hmac_restore(const struct hmac *keyed, struct hmac *h, struct bytes state);

#endif
