/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of the standard that this token does not have yet. Each makes the checks that every call makes and then
 * says so (§3.6.4: no pointer of a list is NULL). A function that gets its body leaves this file. */
#include "api/enter.h"

#define NOT_BUILT(name, params) \
	CK_RV name params       \
	{                       \
		SESSION_CALL(name, hSession, ((void)s, CKR_FUNCTION_NOT_SUPPORTED)); \
	}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
NOT_BUILT(C_AsyncComplete, (CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ASYNC_DATA_PTR pResult))
NOT_BUILT(C_AsyncGetID, (CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG_PTR pulID))
NOT_BUILT(C_AsyncJoin, (CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG ulID, CK_BYTE_PTR pData, CK_ULONG ulData))
#pragma GCC diagnostic pop
