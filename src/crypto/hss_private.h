/* SPDX-License-Identifier: Apache-2.0 */
/* HSS keys that sign. Everything in a key follows from its seed, and a signature from the key and a number: who calls
 * hss_sign with one number for two messages has broken the key, and so has who keeps a key in two places. */
#ifndef CONCLAVE_CRYPTO_HSS_PRIVATE_H
#define CONCLAVE_CRYPTO_HSS_PRIVATE_H

#include "crypto/hss.h"
#include "crypto/pkey.h"

#define HSS_SEED_SIZE 32
/* How many signatures a key may have, as a power of two. */
#define HSS_MAX_HEIGHT 60

struct hss_sets {
	unsigned levels;
	struct lms_set at[HSS_MAX_LEVELS];
};

struct hss_private {
	struct hss_sets sets;
	struct bytes seed, root;
	struct bytes nodes; /* of the topmost tree, halfway up */
};

/* Known types of one hash, trees that can be made while somebody waits, not more signatures than can be counted: else
 * CKR_ATTRIBUTE_VALUE_INVALID. */
must_check CK_RV hss_sets_check(const struct hss_sets *s);
uint64_t hss_sets_signatures(const struct hss_sets *s);

/* A new key: a value of this file's own form, and the public key of RFC 8554. Takes from milliseconds to minutes.
 * CKR_FUNCTION_CANCELED. */
must_check CK_RV hss_generate(struct ossl *o, const struct hss_sets *s, const struct pkey_progress *progress, struct secret *ret,
                              struct buf *ret_public);
/* ret borrows from the value; false: it is none. */
bool hss_private_read(struct bytes value, struct hss_private *ret);
/* Its public key (RFC 8554 §6.1). */
void hss_public_of(const struct hss_private *k, unsigned char ret[HSS_MAX_PUBLIC], size_t *ret_len);
size_t hss_signature_size(const struct hss_sets *s);
/* Signature number `number`, from 0, of hss_signature_size bytes, verified before it is given. */
must_check CK_RV hss_sign(const struct hss_private *k, uint64_t number, struct bytes message, unsigned char *ret);

#endif
