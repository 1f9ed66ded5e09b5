/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the operation core share: op.c (the data calls), op_init.c (the beginning and the end),
 * op_state.c (saving and restoring). For nobody else. */
#ifndef CONCLAVE_CORE_OP_INTERNAL_H
#define CONCLAVE_CORE_OP_INTERNAL_H

#include "core/op.h"

/* A bit of session->active. */
#define OP_KIND(kind) (1u << (kind))

/* May a new operation of this kind start beside those that are active? CKR_OPERATION_ACTIVE. */
must_check CK_RV op_may_start(const struct session *s, unsigned kind);
/* Key, mechanism and parameter checks in the order of the contract, up to an operation ready for its first step.
 * params: the mechanism's parameter from the application, or NULL when `saved` gives it flat. The operation is not
 * yet the session's. */
must_check CK_RV op_make(struct session *s, unsigned kind, const CK_MECHANISM *mechanism, const struct bytes *saved_params,
                         CK_OBJECT_HANDLE key, struct op **ret);
void op_put(struct session *s, struct op *op);
void op_free(struct session *s, struct op *op);
/* The session's operation of a kind, if it has not ended with a login. */
struct op *op_active(struct session *s, unsigned kind);
/* Why there is none: CKR_OPERATION_NOT_INITIALIZED, or CKR_OPERATION_ACTIVE while its call is pending. */
must_check CK_RV op_not_initialized(const struct session *s, unsigned kind);
/* Takes the operation out of the session, whose bit in `active` stays. */
void op_detach(struct session *s, unsigned kind);
/* Is a call of any operation pending? */
bool op_some_detached(const struct session *s);
/* One that was taken out; NULL is fine. */
void op_free_detached(struct op *op);
/* The work of single-part calls, all checks having been made. */
must_check CK_RV op_run_whole(struct op *op, struct bytes in, unsigned char *out, size_t *ret_len);
must_check CK_RV op_run_verify(struct op *op, struct bytes in, struct bytes signature);
/* May the next step be made? A length query needs no context login. CKR_USER_NOT_LOGGED_IN, CKR_KEY_FUNCTION_NOT_PERMITTED. */
must_check CK_RV op_may_work(struct session *s, struct op *op, bool query);
/* Input from the application: CKR_ARGUMENTS_BAD for a length without data. */
must_check CK_RV op_check_in(CK_BYTE_PTR in, CK_ULONG len, struct bytes *ret);
/* The output of a step under the rules of §5.2. */
must_check CK_RV op_give(struct op *op, enum mech_step step, struct bytes in, struct op_out out);
/* May the key still be used as it was at Init? (rule 198) CKR_KEY_FUNCTION_NOT_PERMITTED. */
must_check CK_RV op_recheck_key(struct session *s, struct op *op);
/* A message begins: one use of a key whose uses are counted. CKR_KEY_FUNCTION_NOT_PERMITTED. */
must_check CK_RV op_take_message_use(struct op *op);

/* Rule of CKA_ALLOWED_MECHANISMS: a list that is there and does not have the mechanism forbids it. */
bool op_allows_mechanism(const struct attrs *a, CK_MECHANISM_TYPE type);

#endif
