/* SPDX-License-Identifier: Apache-2.0 */
/* The hash functions of hash-based signatures: thousands of short inputs with one context, the output cut to what the
 * parameter set says. Knows no tree. */
#ifndef CONCLAVE_CRYPTO_HBS_HASH_H
#define CONCLAVE_CRYPTO_HBS_HASH_H

#include "crypto/ossl.h"

enum hbs_alg {
	HBS_SHA256,
	HBS_SHA512,
	HBS_SHAKE128,
	HBS_SHAKE256,
};

#define HBS_MAX_SIZE 64 /* of an output */

/* {0} is empty and needs no hbs_hash_end. For one thread at a time. */
struct hbs_hash {
	enum hbs_alg alg;
	size_t size; /* of an output: n of the standards */
};

must_check CK_RV hbs_hash_start(struct ossl *o, enum hbs_alg alg, size_t size, struct hbs_hash *ret);
/* Hashes head and what follows, one after the other. ret has h->size bytes and may lie in the input. */
must_check CK_RV hbs_hash(struct hbs_hash *h, struct bytes head, struct bytes rest, unsigned char *ret);
void hbs_hash_end(struct hbs_hash *h);

#endif
