/* SPDX-License-Identifier: Apache-2.0 */
/* Message digesting (§5.12). */
#include "api/enter.h"
#include "core/op.h"

#define OUT(data, len) ((struct op_out){data, len})


CK_RV C_DigestInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism)
{
	SESSION_CALL(C_DigestInit, hSession, op_init(s, MECH_DIGEST, pMechanism, CK_INVALID_HANDLE));
}

CK_RV C_Digest(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen)
{
	SESSION_CALL(C_Digest, hSession, op_whole(s, MECH_DIGEST, pData, ulDataLen, OUT(pDigest, pulDigestLen)));
}

CK_RV C_DigestUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
	SESSION_CALL(C_DigestUpdate, hSession, op_feed(s, MECH_DIGEST, pPart, ulPartLen));
}

CK_RV C_DigestKey(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hKey)
{
	SESSION_CALL(C_DigestKey, hSession, op_digest_key(s, hKey));
}

CK_RV C_DigestFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen)
{
	SESSION_CALL(C_DigestFinal, hSession, op_final(s, MECH_DIGEST, OUT(pDigest, pulDigestLen)));
}
