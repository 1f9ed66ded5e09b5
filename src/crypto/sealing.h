/* SPDX-License-Identifier: Apache-2.0 */
/* AES-GCM, AES-CCM, ChaCha20-Poly1305 and Salsa20-Poly1305 as streams. What sealing_run gives on decryption is not authentic before
 * sealing_check said so: keeping it back is the caller's business. */
#ifndef CONCLAVE_CRYPTO_SEALING_H
#define CONCLAVE_CRYPTO_SEALING_H

#include "crypto/cipher.h"
#include "crypto/cipher_gcm.h"
#include "crypto/poly1305.h"
#include "crypto/salsa20.h"

#define SEALING_TAG_MAX 16

enum sealing_alg {
	SEALING_AES_GCM,
	SEALING_AES_CCM,
	SEALING_CHACHA20_POLY1305,
	SEALING_SALSA20_POLY1305, /* as RFC 8439 §2.8, with Salsa20 in ChaCha20's place */
};

/* {0} is empty. */
struct sealing {
	enum sealing_alg alg;
	bool encrypt;
	struct gcm gcm;                /* GCM */
	struct cipher cipher;          /* the AEAD, or CCM's counter mode */
	struct cipher mac;             /* CCM: CBC over what is authenticated */
	unsigned char pend[CIPHER_BLOCK]; /* CCM: of the block that is not full */
	size_t pended;
	unsigned char mask[CIPHER_BLOCK]; /* CCM: the first key stream, which covers the tag */
	unsigned char chain[CIPHER_BLOCK];
	struct salsa20 salsa20;        /* Salsa20-Poly1305, and the following */
	struct poly1305 poly1305;
	uint64_t aad_len, len;         /* of what poly1305 has met */
};

/* All that a message begins with. */
struct sealing_message {
	struct bytes nonce; /* GCM: 1 byte or more; CCM: 7 to 13 bytes; Salsa20: 8 or 24; ChaCha20: 12 */
	struct bytes aad;
	size_t tag_len;     /* CCM puts it into the tag: an even number from 4 to 16 */
	uint64_t data_len;  /* CCM: the plaintext's, which must be kept */
};

/* One that has been started before must get the same algorithm, direction and key again. CKR_KEY_SIZE_RANGE,
 * CKR_HOST_MEMORY, CKR_FUNCTION_FAILED. */
must_check CK_RV sealing_start(struct ossl *o, struct sealing *s, enum sealing_alg alg, bool encrypt, struct bytes key,
                               const struct sealing_message *m);
/* Transforms in to out, which has in.len bytes and is the same place or does not overlap. */
must_check CK_RV sealing_run(struct sealing *s, struct bytes in, unsigned char *out);
/* Encryption's end: the first len bytes of the tag. */
must_check CK_RV sealing_tag(struct sealing *s, unsigned char *ret, size_t len);
/* Decryption's end: CKR_ENCRYPTED_DATA_INVALID when the tag is another. */
must_check CK_RV sealing_check(struct sealing *s, struct bytes tag);
/* Has it a keyed context, and nothing else, that makes another start with the key cheaper? */
bool sealing_rests(const struct sealing *s);
/* Wipes and frees. */
void sealing_end(struct sealing *s);

#endif
