/* SPDX-License-Identifier: Apache-2.0 */
/* Message processes (§5.9, §5.11, §5.14, §5.16): one key and mechanism, many messages, each in one call or in parts.
 * The process is an operation of the session (op.h) that starts with op_init; a message comes and goes in it. All calls
 * run under the session's lock. */
#ifndef CONCLAVE_CORE_MESSAGE_H
#define CONCLAVE_CORE_MESSAGE_H

#include "core/op.h"

/* What the application gives for one message. */
struct message_in {
	CK_VOID_PTR parameter;
	CK_ULONG parameter_len;
	CK_BYTE_PTR associated;
	CK_ULONG associated_len;
	CK_BYTE_PTR data;
	CK_ULONG data_len;
};

/* C_EncryptMessage, C_DecryptMessage. */
must_check CK_RV message_crypt(struct session *s, unsigned kind, const struct message_in *in, struct op_out out);
/* C_EncryptMessageBegin, C_DecryptMessageBegin. */
must_check CK_RV message_crypt_begin(struct session *s, unsigned kind, const struct message_in *in);
/* C_EncryptMessageNext, C_DecryptMessageNext. */
must_check CK_RV message_crypt_next(struct session *s, unsigned kind, const struct message_in *in, CK_FLAGS flags, struct op_out out);

/* C_SignMessage, C_SignMessageNext (a NULL length adds data). */
must_check CK_RV message_sign(struct session *s, const struct message_in *in, struct op_out out);
must_check CK_RV message_sign_next(struct session *s, const struct message_in *in, struct op_out out);
/* C_VerifyMessage, C_VerifyMessageNext (a NULL signature adds data). */
must_check CK_RV message_verify(struct session *s, const struct message_in *in, CK_BYTE_PTR signature, CK_ULONG signature_len);
must_check CK_RV message_verify_next(struct session *s, const struct message_in *in, CK_BYTE_PTR signature, CK_ULONG signature_len);
/* C_SignMessageBegin, C_VerifyMessageBegin. */
must_check CK_RV message_tag_begin(struct session *s, unsigned kind, const struct message_in *in);

/* C_Message*Final. CKR_OPERATION_ACTIVE in the middle of a message. */
must_check CK_RV message_final(struct session *s, unsigned kind);

/* For op_init: the mechanism's own parameter of a cipher's process. */
must_check CK_RV message_check_init(struct op *op, const CK_MECHANISM *m);
void message_free(struct message *m); /* NULL is fine */

#endif
