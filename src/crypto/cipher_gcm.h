/* SPDX-License-Identifier: Apache-2.0 */
/* AES-GCM as a stream, with IVs of any length. What gcm_run gives on decryption is not authentic
 * before gcm_check said so: keeping it back is the caller's business. */
#ifndef CONCLAVE_CRYPTO_CIPHER_GCM_H
#define CONCLAVE_CRYPTO_CIPHER_GCM_H

#include "crypto/ossl.h"

#define GCM_TAG_MAX 16

/* {0} is empty. */
struct gcm {
	void *ctx;  /* EVP_CIPHER_CTX: GCM, or ECB beneath slow */
	void *slow; /* GCM128_CONTEXT: for IVs longer than the provider takes */
	bool encrypt;
	bool keyed; /* ctx is GCM with the key in it */
	size_t iv_len;
};

/* Sets direction, key (16, 24 or 32 bytes), IV (1 byte or more) and associated data; makes the contexts at first use.
 * CKR_KEY_SIZE_RANGE, CKR_HOST_MEMORY, CKR_FUNCTION_FAILED. */
must_check CK_RV gcm_start(struct ossl *o, struct gcm *g, bool encrypt, struct bytes key, struct bytes iv, struct bytes aad);
/* The same for another message with the key and in the direction that are in it. */
must_check CK_RV gcm_restart(struct ossl *o, struct gcm *g, struct bytes key, struct bytes iv, struct bytes aad);
/* More associated data, before the first gcm_run. */
must_check CK_RV gcm_add_aad(struct gcm *g, struct bytes aad);
/* Transforms in to out, which has in.len bytes and is the same place or does not overlap. */
must_check CK_RV gcm_run(struct gcm *g, struct bytes in, unsigned char *out);
/* Encryption's end: the first len bytes of the tag. */
must_check CK_RV gcm_tag(struct gcm *g, unsigned char *ret, size_t len);
/* Decryption's end: CKR_ENCRYPTED_DATA_INVALID when the tag is another. */
must_check CK_RV gcm_check(struct gcm *g, struct bytes tag);
/* Wipes and frees. */
void gcm_end(struct gcm *g);

#endif
