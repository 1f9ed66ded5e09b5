/* SPDX-License-Identifier: Apache-2.0 */
/* The facade's root: this token's own OpenSSL library context with its algorithms fetched once.
 * Never reads openssl.cnf, registers no exit handler, shares nothing with the process's libcrypto.
 * No OpenSSL type leaves src/crypto. */
#ifndef CONCLAVE_CRYPTO_OSSL_H
#define CONCLAVE_CRYPTO_OSSL_H

#include "base/bytes.h"

struct ossl;

/* Opens the context: OPENSSL_init_crypto without atexit and configuration, default and (where built in)
 * legacy provider. CKR_HOST_MEMORY, CKR_FUNCTION_FAILED. Thread-safe use afterwards. */
must_check CK_RV ossl_open(struct ossl **ret);
void ossl_close(struct ossl *o);
const char *ossl_version(void);
/* Logs the error queue's first entry with what, clears the queue, gives back rv, or CKR_HOST_MEMORY when libcrypto
 * was refused memory. */
CK_RV ossl_fail(CK_RV rv, const char *what);

#endif
