/* SPDX-License-Identifier: Apache-2.0 */
/* Poly1305 (RFC 8439 §2.5): a MAC whose key is good for one message. */
#ifndef CONCLAVE_CRYPTO_POLY1305_H
#define CONCLAVE_CRYPTO_POLY1305_H

#include "crypto/ossl.h"

#define POLY1305_KEY 32
#define POLY1305_TAG 16

/* {0} is empty. */
struct poly1305 {
	void *ctx; /* EVP_MAC_CTX */
};

/* CKR_KEY_SIZE_RANGE, CKR_HOST_MEMORY, CKR_FUNCTION_FAILED. */
must_check CK_RV poly1305_start(struct ossl *o, struct poly1305 *p, struct bytes key);
must_check CK_RV poly1305_update(struct poly1305 *p, struct bytes in);
/* Only poly1305_end may follow. */
must_check CK_RV poly1305_final(struct poly1305 *p, unsigned char ret[POLY1305_TAG]);
void poly1305_end(struct poly1305 *p);

#endif
