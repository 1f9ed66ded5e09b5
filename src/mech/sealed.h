/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of AES-GCM, AES-CCM and ChaCha20-Poly1305, for operations and for messages. Knows no parameter structure: the
 * families read theirs. */
#ifndef CONCLAVE_MECH_SEALED_H
#define CONCLAVE_MECH_SEALED_H

#include "crypto/sealing.h"
#include "mech/mech.h"

/* What a row's data says. */
struct sealed {
	enum sealing_alg alg;
	bool has_data_len;   /* the parameter says how long the plaintext is */
	uint64_t most;       /* bytes under one nonce */
	size_t param_size;   /* for operations */
	bool (*key_fits)(size_t len);
	/* Lengths in bytes that a parameter can have; asked of saved ones. */
	bool (*lengths_fit)(size_t nonce_len, size_t tag_len);
	/* The pointers are the application's. CKR_MECHANISM_PARAM_INVALID. */
	CK_RV (*read)(const void *parameter, struct sealing_message *ret);
};

extern const struct mech_ops sealed_ops;

/* For a family's mech_message_ops, beside its own param_size and read. */
CK_RV sealed_message_start(struct mech_op *op);
CK_RV sealed_message_begin(struct mech_op *op, const struct mech_message *m, struct bytes associated);
CK_RV sealed_message_run(struct mech_op *op, struct bytes in, unsigned char *out);
CK_RV sealed_message_seal(struct mech_op *op, unsigned char *tag, size_t len);
CK_RV sealed_message_check(struct mech_op *op, struct bytes tag);
void sealed_message_end(struct mech_op *op);

#define SEALED_MESSAGE_STEPS                                                     \
	.start = sealed_message_start, .begin = sealed_message_begin,            \
	.run = sealed_message_run, .seal = sealed_message_seal,                  \
	.check = sealed_message_check, .end = sealed_message_end

#endif
