/* SPDX-License-Identifier: Apache-2.0 */
/* MD2 (RFC 1319), for what is old and must be read, as a value that can be copied and saved. Most builds of libcrypto
 * have none. */
#ifndef CONCLAVE_CRYPTO_MD2_H
#define CONCLAVE_CRYPTO_MD2_H

#include "base/bytes.h"

#define MD2_SIZE 16

struct md2 {
	unsigned char x[MD2_SIZE];
	unsigned char checksum[MD2_SIZE];
	unsigned char block[MD2_SIZE];
	unsigned char used; /* of block; less than all */
};

void md2_start(struct md2 *m);
void md2_update(struct md2 *m, struct bytes in);
void md2_final(struct md2 *m, unsigned char *ret);

/* Appends state, checksum and the waiting bytes. CKR_HOST_MEMORY. */
must_check CK_RV md2_save(const struct md2 *m, struct buf *ret);
/* False, and no change, if that is no state. */
bool md2_restore(struct md2 *m, struct bytes state);

#endif
