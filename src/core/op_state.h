/* SPDX-License-Identifier: Apache-2.0 */
/* C_GetOperationState and C_SetOperationState (§5.6.6, §5.6.7): the operations of a session in a sealed blob. */
#ifndef CONCLAVE_CORE_OP_STATE_H
#define CONCLAVE_CORE_OP_STATE_H

#include "core/op.h"

must_check CK_RV op_state_save(struct session *s, struct op_out out);
must_check CK_RV op_state_restore(struct session *s, struct bytes state, CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentication_key);
/* A key that seals what a session leaves for later: from the token key when the user is logged in, else from the
 * store's own. */
must_check CK_RV op_state_key(struct session *s, const char *purpose, struct secret *ret, bool *ret_logged_in);

#endif
