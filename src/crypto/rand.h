/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes from the private context's DRBG. */
#ifndef CONCLAVE_CRYPTO_RAND_H
#define CONCLAVE_CRYPTO_RAND_H

#include "crypto/ossl.h"

/* For keys, salts, nonces. CKR_DEVICE_ERROR when the DRBG fails; then ret is wiped. */
must_check CK_RV rand_bytes(struct ossl *o, unsigned char *ret, size_t len);
/* The same from the kernel: for what a start needs before anybody asks for a random number, since making the DRBG
 * costs more than the rest of a start. CKR_DEVICE_ERROR. */
must_check CK_RV rand_boot(unsigned char *ret, size_t len);
/* Mixes the application's seed in; it adds and never replaces entropy. */
must_check CK_RV rand_seed(struct ossl *o, struct bytes seed);

#endif
