/* SPDX-License-Identifier: Apache-2.0 */
/* SHAKE128 and SHAKE256 as streams with one output of any length. Knows no CKM_ number. */
#ifndef CONCLAVE_CRYPTO_XOF_H
#define CONCLAVE_CRYPTO_XOF_H

#include "crypto/ossl.h"

enum xof_alg {
	XOF_SHAKE128,
	XOF_SHAKE256,
};

/* {0} is empty and needs no xof_end. */
struct xof {
	void *evp; /* EVP_MD_CTX */
};

/* CKR_HOST_MEMORY, CKR_FUNCTION_FAILED. */
must_check CK_RV xof_start(struct ossl *o, enum xof_alg alg, struct xof *ret);
must_check CK_RV xof_update(struct xof *x, struct bytes in);
/* The xof is used up: only xof_end may follow. */
must_check CK_RV xof_final(struct xof *x, unsigned char *ret, size_t len);
void xof_end(struct xof *x);

#endif
