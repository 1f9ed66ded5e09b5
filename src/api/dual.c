/* SPDX-License-Identifier: Apache-2.0 */
/* Dual-function cryptography (§5.17). */
#include "api/enter.h"
#include "core/op.h"

#define OUT(data, len) ((struct op_out){data, len})


CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen)
{
	SESSION_CALL(C_DigestEncryptUpdate, hSession, op_dual(s, MECH_ENCRYPT, MECH_DIGEST, pPart, ulPartLen, OUT(pEncryptedPart, pulEncryptedPartLen)));
}

CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen)
{
	SESSION_CALL(C_DecryptDigestUpdate, hSession, op_dual(s, MECH_DECRYPT, MECH_DIGEST, pEncryptedPart, ulEncryptedPartLen, OUT(pPart, pulPartLen)));
}

CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen)
{
	SESSION_CALL(C_SignEncryptUpdate, hSession, op_dual(s, MECH_ENCRYPT, MECH_SIGN, pPart, ulPartLen, OUT(pEncryptedPart, pulEncryptedPartLen)));
}

CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen)
{
	SESSION_CALL(C_DecryptVerifyUpdate, hSession, op_dual(s, MECH_DECRYPT, MECH_VERIFY, pEncryptedPart, ulEncryptedPartLen, OUT(pPart, pulPartLen)));
}
