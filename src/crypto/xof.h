/* SPDX-License-Identifier: Apache-2.0 */
/* SHAKE128 and SHAKE256 as streams with one output of any length: values like crypto/digest.h's. Knows no CKM_ number. */
#ifndef CONCLAVE_CRYPTO_XOF_H
#define CONCLAVE_CRYPTO_XOF_H

#include "crypto/keccak.h"

enum xof_alg {
	XOF_SHAKE128,
	XOF_SHAKE256,
};

/* {0} is empty and needs no xof_end. */
struct xof {
	struct keccak sponge;
};

void xof_start(enum xof_alg alg, struct xof *ret);
void xof_update(struct xof *x, struct bytes in);
/* The xof is used up: only xof_end may follow. */
void xof_final(struct xof *x, unsigned char *ret, size_t len);
void xof_end(struct xof *x);

/* As keccak_save and keccak_restore. CKR_HOST_MEMORY; CKR_SAVED_STATE_INVALID. */
must_check CK_RV xof_save(const struct xof *x, struct buf *ret);
must_check CK_RV xof_restore(struct xof *x, struct bytes state);

#endif
