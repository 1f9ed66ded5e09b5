/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of message processes share: message.c (where a message stands), message_crypt.c, message_tag.c
 * (signing and verifying). For nobody else. */
#ifndef CONCLAVE_CORE_MESSAGE_INTERNAL_H
#define CONCLAVE_CORE_MESSAGE_INTERNAL_H

#include "core/message.h"
#include "mech/message_iv.h"

/* The state of a process between calls. */
struct message {
	bool open;   /* between Begin and the message's end */
	bool used;   /* the mechanism has worked on a message before */
	size_t tag_len;
	bool has_data_len;
	uint64_t data_len, done;
	struct buf pending; /* ciphertext that waits for its tag */
	struct message_iv iv;
};

/* The calls on a process: one row each in message.c. */
enum message_step {
	MESSAGE_WHOLE,
	MESSAGE_BEGIN,
	MESSAGE_NEXT,
	MESSAGE_LAST,
	MESSAGE_FINAL,
};

/* The process of this kind, if the call fits where it stands. CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_ACTIVE. */
must_check CK_RV message_enter(struct session *s, unsigned kind, enum message_step step, struct op **ret);
/* What the call's result means for the message (table T5); gives rv back. query: only a length was asked for. */
CK_RV message_leave(struct op *op, enum message_step step, CK_RV rv, bool query);

#endif
