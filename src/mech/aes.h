/* SPDX-License-Identifier: Apache-2.0 */
/* What the AES files share: the state of one operation in a plain mode. */
#ifndef CONCLAVE_MECH_AES_H
#define CONCLAVE_MECH_AES_H

#include "crypto/cipher.h"
#include "mech/mech.h"

struct aes_state {
	struct cipher cipher;
	bool started;                     /* cipher has key and IV */
	unsigned char iv[CIPHER_BLOCK];   /* from the parameter; CTR: the first counter block */
	unsigned char chain[CIPHER_BLOCK];/* ECB and CBC: where the cipher starts, the IV if not restored */
	unsigned char pend[CIPHER_BLOCK]; /* ECB and CBC: input that waits for the rest of its block */
	size_t pended;
	unsigned counter_bits;            /* CTR */
	uint64_t position;                /* CTR: bytes done */
};

/* What a row's data says. */
struct aes_mode {
	enum cipher_mode mode;
	bool padded;
};

/* Makes the state when there is none yet. CKR_HOST_MEMORY. */
must_check CK_RV aes_need_state(struct mech_op *op, struct aes_state **ret);
/* mech_ops.start and end of all plain modes. */
CK_RV aes_start(struct mech_op *op);
void aes_end(struct mech_op *op);
/* CKR_DATA_LEN_RANGE or CKR_ENCRYPTED_DATA_LEN_RANGE. */
CK_RV aes_bad_length(const struct mech_op *op, const char *why);

extern const struct mech_ops aes_ctr_ops;

#endif
