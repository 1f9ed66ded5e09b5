/* SPDX-License-Identifier: Apache-2.0 */
/* Encryption and decryption (§5.8, §5.10). */
#include "api/enter.h"
#include "core/op.h"

#define OUT(data, len) ((struct op_out){data, len})


CK_RV C_EncryptInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	SESSION_CALL(C_EncryptInit, hSession, op_init(s, MECH_ENCRYPT, pMechanism, hKey));
}

CK_RV C_Encrypt(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pEncryptedData, CK_ULONG_PTR pulEncryptedDataLen)
{
	SESSION_CALL(C_Encrypt, hSession, op_whole(s, MECH_ENCRYPT, pData, ulDataLen, OUT(pEncryptedData, pulEncryptedDataLen)));
}

CK_RV C_EncryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen)
{
	SESSION_CALL(C_EncryptUpdate, hSession, op_update(s, MECH_ENCRYPT, pPart, ulPartLen, OUT(pEncryptedPart, pulEncryptedPartLen)));
}

CK_RV C_EncryptFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastEncryptedPart, CK_ULONG_PTR pulLastEncryptedPartLen)
{
	SESSION_CALL(C_EncryptFinal, hSession, op_final(s, MECH_ENCRYPT, OUT(pLastEncryptedPart, pulLastEncryptedPartLen)));
}

CK_RV C_DecryptInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	SESSION_CALL(C_DecryptInit, hSession, op_init(s, MECH_DECRYPT, pMechanism, hKey));
}

CK_RV C_Decrypt(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedData, CK_ULONG ulEncryptedDataLen, CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen)
{
	SESSION_CALL(C_Decrypt, hSession, op_whole(s, MECH_DECRYPT, pEncryptedData, ulEncryptedDataLen, OUT(pData, pulDataLen)));
}

CK_RV C_DecryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen)
{
	SESSION_CALL(C_DecryptUpdate, hSession, op_update(s, MECH_DECRYPT, pEncryptedPart, ulEncryptedPartLen, OUT(pPart, pulPartLen)));
}

CK_RV C_DecryptFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastPart, CK_ULONG_PTR pulLastPartLen)
{
	SESSION_CALL(C_DecryptFinal, hSession, op_final(s, MECH_DECRYPT, OUT(pLastPart, pulLastPartLen)));
}
