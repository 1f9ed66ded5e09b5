/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that SSL 3.0 and TLS make keys with: random-looking bytes from a secret, a label and seeds. Knows no
 * mechanism but those that name such a function. */
#ifndef CONCLAVE_MECH_TLS_PRF_H
#define CONCLAVE_MECH_TLS_PRF_H

#include "crypto/digest.h"

enum tls_version {
	TLS_SSL3, /* RFC 6101 6.1: takes no label; at most TLS_SSL3_MAX bytes */
	TLS_1_0,  /* RFC 2246 5, TLS 1.1 too */
	TLS_1_2,  /* RFC 5246 5, with a hash */
};

#define TLS_SSL3_MAX (26 * 16)
/* Seeds of one call. */
#define TLS_SEEDS 4

struct tls_prf {
	enum tls_version version;
	enum digest_alg hash; /* TLS_1_2 */
};

/* CKM_TLS_PRF for TLS 1.0 and 1.1, else the hash of TLS 1.2. CKR_MECHANISM_PARAM_INVALID. */
must_check CK_RV tls_prf_find(CK_MECHANISM_TYPE mechanism, struct tls_prf *ret);
/* The seeds one after the other. */
must_check CK_RV tls_prf_run(const struct tls_prf *prf, struct bytes secret, const char *label,
                             const struct bytes seeds[TLS_SEEDS], unsigned char *out, size_t len);

#endif
