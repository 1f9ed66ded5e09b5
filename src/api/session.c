/* SPDX-License-Identifier: Apache-2.0 */
/* Session management, login and operation state (§5.6), and the functions of the parallel past (§5.20). */
#include "api/enter.h"
#include "core/pending.h"
#include "core/find.h"
#include "core/op.h"
#include "core/op_state.h"
#include "core/slot.h"
#include "core/token.h"

static CK_RV open_session(struct module *m, CK_SLOT_ID id, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR ret)
{
	struct token *t = NULL;

	if (ret == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the handle");
	if ((flags & CKF_SERIAL_SESSION) == 0)
		return fail(CKR_SESSION_PARALLEL_NOT_SUPPORTED, "CKF_SERIAL_SESSION is not set");
	try(slot_present_token(m, id, &t));
	if ((flags & CKF_ASYNC_SESSION) != 0)
		pending_start(m);
	return session_open(m, module_sessions(), t, flags, application, notify, ret);
}

CK_RV C_OpenSession(CK_SLOT_ID slotID, CK_FLAGS flags, CK_VOID_PTR pApplication, CK_NOTIFY Notify, CK_SESSION_HANDLE_PTR phSession)
{
	MODULE_CALL(C_OpenSession, open_session(m, slotID, flags, pApplication, Notify, phSession));
}

/* Counted like a call without a session: while it clears up, the session is no longer there for C_Finalize to wait
 * for, and what it clears up in must stay. */
static CK_RV close_session(CK_SESSION_HANDLE handle)
{
	struct session *s = NULL;

	try(module_enter_session(handle, &s));
	if (!session_alive(s)) {
		module_leave_session(s);
		return CKR_SESSION_HANDLE_INVALID;
	}
	CK_RV rv = session_close_locked(module_sessions(), s);
	module_leave_session(NULL); /* the lock is released with the session */
	return rv;
}

CK_RV C_CloseSession(CK_SESSION_HANDLE hSession)
{
	MODULE_CALL(C_CloseSession, ((void)m, close_session(hSession)));
}

static CK_RV close_all_sessions(struct module *m, CK_SLOT_ID id)
{
	struct token *t = NULL;

	try(slot_token(m, id, &t));
	if (t == NULL)
		return CKR_OK;
	try(session_close_all(module_sessions(), t));
	/* What is left of a removed token is closed all the same. */
	return token_refresh(t) == CKR_TOKEN_NOT_PRESENT ? CKR_TOKEN_NOT_PRESENT : CKR_OK;
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slotID)
{
	MODULE_CALL(C_CloseAllSessions, close_all_sessions(m, slotID));
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE hSession, CK_SESSION_INFO_PTR pInfo)
{
	struct session *s = NULL;

	CK_RV rv = module_peek_session(hSession, &s);
	if (likely(rv == CKR_OK)) {
		CK_SESSION_INFO info;
		rv = session_info(s, hSession, &info);
		if (rv == CKR_OK && pInfo == NULL)
			rv = CKR_ARGUMENTS_BAD;
		if (likely(rv == CKR_OK))
			*pInfo = info;
	}
	return likely(rv == CKR_OK) ? CKR_OK : call_leave(CALL_C_GetSessionInfo, rv);
}

static CK_RV session_cancel(struct session *s, CK_FLAGS flags)
{
	op_cancel(s, flags);
	if ((flags & CKF_FIND_OBJECTS) != 0)
		find_end(s);
	return CKR_OK;
}

CK_RV C_SessionCancel(CK_SESSION_HANDLE hSession, CK_FLAGS flags)
{
	SESSION_CALL(C_SessionCancel, hSession, session_cancel(s, flags));
}

CK_RV C_GetOperationState(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState, CK_ULONG_PTR pulOperationStateLen)
{
	SESSION_CALL(C_GetOperationState, hSession, op_state_save(s, (struct op_out){pOperationState, pulOperationStateLen}));
}

static CK_RV set_operation_state(struct session *s, struct bytes state, CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentication_key)
{
	if (state.data == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no state");
	return op_state_restore(s, state, encryption_key, authentication_key);
}

CK_RV C_SetOperationState(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState, CK_ULONG ulOperationStateLen, CK_OBJECT_HANDLE hEncryptionKey,
                          CK_OBJECT_HANDLE hAuthenticationKey)
{
	SESSION_CALL(C_SetOperationState, hSession,
	             set_operation_state(s, bytes_of(pOperationState, ulOperationStateLen), hEncryptionKey, hAuthenticationKey));
}

static CK_RV log_in(struct session *s, CK_USER_TYPE user, struct bytes pin, struct bytes name)
{
	if (pin.data == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no PIN, and the token has no protected authentication path");
	if (name.data == NULL && name.len > 0)
		return fail(CKR_ARGUMENTS_BAD, "no user name, but a length");
	return login_user(s, user, pin, name);
}

CK_RV C_Login(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen)
{
	SESSION_CALL(C_Login, hSession, log_in(s, userType, bytes_of(pPin, ulPinLen), (struct bytes){0}));
}

CK_RV C_LoginUser(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen, CK_UTF8CHAR_PTR pUsername,
                  CK_ULONG ulUsernameLen)
{
	SESSION_CALL(C_LoginUser, hSession, log_in(s, userType, bytes_of(pPin, ulPinLen), bytes_of(pUsername, ulUsernameLen)));
}

CK_RV C_Logout(CK_SESSION_HANDLE hSession)
{
	SESSION_CALL(C_Logout, hSession, login_logout(s));
}

static CK_RV validation_flags(const struct session *s, CK_SESSION_VALIDATION_FLAGS_TYPE type, CK_FLAGS_PTR ret)
{
	if (ret == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the flags");
	if (type != CKS_LAST_VALIDATION_OK)
		return fail(CKR_ARGUMENTS_BAD, "no validation flags of type %lu", type);
	*ret = s->validated;
	return CKR_OK;
}

CK_RV C_GetSessionValidationFlags(CK_SESSION_HANDLE hSession, CK_SESSION_VALIDATION_FLAGS_TYPE type, CK_FLAGS_PTR pFlags)
{
	SESSION_CALL(C_GetSessionValidationFlags, hSession, validation_flags(s, type, pFlags));
}

CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE hSession)
{
	SESSION_CALL(C_GetFunctionStatus, hSession, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV C_CancelFunction(CK_SESSION_HANDLE hSession)
{
	SESSION_CALL(C_CancelFunction, hSession, CKR_FUNCTION_NOT_PARALLEL);
}
