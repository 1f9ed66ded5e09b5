/* SPDX-License-Identifier: Apache-2.0 */
/* Asynchronous function management (§5.21). */
#include "api/enter.h"
#include "core/pending.h"

CK_RV C_AsyncComplete(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ASYNC_DATA_PTR pResult)
{
	SESSION_CALL(C_AsyncComplete, hSession, pending_complete(s, pFunctionName, pResult));
}

CK_RV C_AsyncGetID(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG_PTR pulID)
{
	SESSION_CALL(C_AsyncGetID, hSession, pending_get_id(s, pFunctionName, pulID));
}

/* No function that gives bytes is asynchronous here, so the buffer is not looked at (rule 386). */
CK_RV C_AsyncJoin(CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG ulID, CK_BYTE_PTR pData, CK_ULONG ulData)
{
	SESSION_CALL(C_AsyncJoin, hSession, ((void)pData, (void)ulData, pending_join(s, pFunctionName, ulID)));
}
