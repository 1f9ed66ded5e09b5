/* SPDX-License-Identifier: Apache-2.0 */
/* Signing, MACing and verifying (§5.13, §5.15). */
#include "api/enter.h"
#include "core/op.h"

#define OUT(data, len) ((struct op_out){data, len})


CK_RV C_SignInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	SESSION_CALL(C_SignInit, hSession, op_init(s, MECH_SIGN, pMechanism, hKey));
}

CK_RV C_Sign(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
	SESSION_CALL(C_Sign, hSession, op_whole(s, MECH_SIGN, pData, ulDataLen, OUT(pSignature, pulSignatureLen)));
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
	SESSION_CALL(C_SignUpdate, hSession, op_feed(s, MECH_SIGN, pPart, ulPartLen));
}

CK_RV C_SignFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
	SESSION_CALL(C_SignFinal, hSession, op_final(s, MECH_SIGN, OUT(pSignature, pulSignatureLen)));
}

CK_RV C_SignRecoverInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	SESSION_CALL(C_SignRecoverInit, hSession, op_init(s, MECH_SIGN_RECOVER, pMechanism, hKey));
}

CK_RV C_SignRecover(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
	SESSION_CALL(C_SignRecover, hSession, op_whole(s, MECH_SIGN_RECOVER, pData, ulDataLen, OUT(pSignature, pulSignatureLen)));
}

CK_RV C_VerifyInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	SESSION_CALL(C_VerifyInit, hSession, op_init(s, MECH_VERIFY, pMechanism, hKey));
}

CK_RV C_Verify(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	SESSION_CALL(C_Verify, hSession, op_verify(s, pData, ulDataLen, pSignature, ulSignatureLen));
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
	SESSION_CALL(C_VerifyUpdate, hSession, op_feed(s, MECH_VERIFY, pPart, ulPartLen));
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	SESSION_CALL(C_VerifyFinal, hSession, op_verify_final(s, pSignature, ulSignatureLen));
}

CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	SESSION_CALL(C_VerifyRecoverInit, hSession, op_init(s, MECH_VERIFY_RECOVER, pMechanism, hKey));
}

CK_RV C_VerifyRecover(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen, CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen)
{
	SESSION_CALL(C_VerifyRecover, hSession, op_whole(s, MECH_VERIFY_RECOVER, pSignature, ulSignatureLen, OUT(pData, pulDataLen)));
}

CK_RV C_VerifySignatureInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pSignature,
                            CK_ULONG ulSignatureLen)
{
	SESSION_CALL(C_VerifySignatureInit, hSession, op_signature_init(s, pMechanism, hKey, pSignature, ulSignatureLen));
}

CK_RV C_VerifySignature(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen)
{
	SESSION_CALL(C_VerifySignature, hSession, op_signature_verify(s, pData, ulDataLen));
}

CK_RV C_VerifySignatureUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
	SESSION_CALL(C_VerifySignatureUpdate, hSession, op_feed(s, OP_VERIFY_SIGNATURE, pPart, ulPartLen));
}

CK_RV C_VerifySignatureFinal(CK_SESSION_HANDLE hSession)
{
	SESSION_CALL(C_VerifySignatureFinal, hSession, op_signature_final(s));
}
