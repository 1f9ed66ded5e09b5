/* SPDX-License-Identifier: Apache-2.0 */
/* MACs of any block cipher, for the families that name one. Knows no family. */
#ifndef CONCLAVE_MECH_BLOCK_MAC_H
#define CONCLAVE_MECH_BLOCK_MAC_H

#include "crypto/cipher.h"
#include "mech/mech.h"

enum block_mac_kind {
	BLOCK_MAC_CBC,  /* FIPS 113: the last block filled up with zeros */
	BLOCK_MAC_CMAC, /* SP 800-38B */
	BLOCK_MAC_XCBC, /* RFC 3566 */
};

/* What a row's data says. */
struct block_mac {
	enum cipher_alg alg;
	enum block_mac_kind kind;
	size_t tag_len; /* without a parameter */
};

extern const struct mech_ops block_mac_ops;
/* With CK_MAC_GENERAL_PARAMS: 1 byte to a block. */
extern const struct mech_ops block_mac_general_ops;

#endif
