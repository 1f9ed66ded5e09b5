/* SPDX-License-Identifier: Apache-2.0 */
/* The hash functions of hash-based signatures: thousands of short inputs, the output cut to what the parameter set says.
 * Knows no tree. */
#ifndef CONCLAVE_CRYPTO_HBS_HASH_H
#define CONCLAVE_CRYPTO_HBS_HASH_H

#include "base/bytes.h"

enum hbs_alg {
	HBS_SHA256,
	HBS_SHA512,
	HBS_SHAKE128,
	HBS_SHAKE256,
};

#define HBS_MAX_SIZE 64 /* of an output: n of the standards */

/* Hashes head and what follows, one after the other. ret has size bytes and may lie in the input. */
void hbs_hash(enum hbs_alg alg, size_t size, struct bytes head, struct bytes rest, unsigned char *ret);

#endif
