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
	/* For block_mac_tuned_ops: struct cipher's tuning, and the length of the tag where the parameter says it.
	 * CKR_MECHANISM_PARAM_INVALID. */
	CK_RV (*read)(const CK_MECHANISM *m, unsigned *ret_tuning, CK_ULONG *ret_len);
};

extern const struct mech_ops block_mac_ops;
/* With CK_MAC_GENERAL_PARAMS: 1 byte to a block. */
extern const struct mech_ops block_mac_general_ops;
/* With a parameter that the row reads. */
extern const struct mech_ops block_mac_tuned_ops;

/* The usual row. keys: its key sizes and key types. */
#define BLOCK_MAC_ROW(mechanism, keys, steps, cipher_name, kind_name, len) \
	{.type = (mechanism), .flags = MECH_SIGNS_PARTS, keys, .ops = &(steps), \
	 .data = &(const struct block_mac){.alg = (cipher_name), .kind = (kind_name), .tag_len = (len)}}

#endif
