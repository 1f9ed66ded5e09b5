/* SPDX-License-Identifier: Apache-2.0 */
/* Message-based encryption, decryption, signing and verifying (§5.9, §5.11, §5.14, §5.16). */
#include "api/enter.h"
#include "core/message.h"

#define OUT(data, len) ((struct op_out){data, len})
#define CIPHER_IN(data, len) \
	(&(const struct message_in){pParameter, ulParameterLen, pAssociatedData, ulAssociatedDataLen, data, len})
#define PART_IN(data, len) (&(const struct message_in){pParameter, ulParameterLen, NULL, 0, data, len})

/* ---- encrypting ---------------------------------------------------------------------------------------- */

CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	SESSION_CALL(C_MessageEncryptInit, hSession, op_init(s, OP_MESSAGE_ENCRYPT, pMechanism, hKey));
}

CK_RV C_EncryptMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
                       CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pPlaintext, CK_ULONG ulPlaintextLen, CK_BYTE_PTR pCiphertext,
                       CK_ULONG_PTR pulCiphertextLen)
{
	SESSION_CALL(C_EncryptMessage, hSession,
	             message_crypt(s, OP_MESSAGE_ENCRYPT, CIPHER_IN(pPlaintext, ulPlaintextLen), OUT(pCiphertext, pulCiphertextLen)));
}

CK_RV C_EncryptMessageBegin(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
                            CK_ULONG ulAssociatedDataLen)
{
	SESSION_CALL(C_EncryptMessageBegin, hSession, message_crypt_begin(s, OP_MESSAGE_ENCRYPT, CIPHER_IN(NULL, 0)));
}

CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pPlaintextPart,
                           CK_ULONG ulPlaintextPartLen, CK_BYTE_PTR pCiphertextPart, CK_ULONG_PTR pulCiphertextPartLen, CK_FLAGS flags)
{
	SESSION_CALL(C_EncryptMessageNext, hSession,
	             message_crypt_next(s, OP_MESSAGE_ENCRYPT, PART_IN(pPlaintextPart, ulPlaintextPartLen), flags,
	                                OUT(pCiphertextPart, pulCiphertextPartLen)));
}

CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE hSession)
{
	SESSION_CALL(C_MessageEncryptFinal, hSession, message_final(s, OP_MESSAGE_ENCRYPT));
}

/* ---- decrypting ---------------------------------------------------------------------------------------- */

CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	SESSION_CALL(C_MessageDecryptInit, hSession, op_init(s, OP_MESSAGE_DECRYPT, pMechanism, hKey));
}

CK_RV C_DecryptMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
                       CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pCiphertext, CK_ULONG ulCiphertextLen, CK_BYTE_PTR pPlaintext,
                       CK_ULONG_PTR pulPlaintextLen)
{
	SESSION_CALL(C_DecryptMessage, hSession,
	             message_crypt(s, OP_MESSAGE_DECRYPT, CIPHER_IN(pCiphertext, ulCiphertextLen), OUT(pPlaintext, pulPlaintextLen)));
}

CK_RV C_DecryptMessageBegin(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
                            CK_ULONG ulAssociatedDataLen)
{
	SESSION_CALL(C_DecryptMessageBegin, hSession, message_crypt_begin(s, OP_MESSAGE_DECRYPT, CIPHER_IN(NULL, 0)));
}

CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pCiphertextPart,
                           CK_ULONG ulCiphertextPartLen, CK_BYTE_PTR pPlaintextPart, CK_ULONG_PTR pulPlaintextPartLen, CK_FLAGS flags)
{
	SESSION_CALL(C_DecryptMessageNext, hSession,
	             message_crypt_next(s, OP_MESSAGE_DECRYPT, PART_IN(pCiphertextPart, ulCiphertextPartLen), flags,
	                                OUT(pPlaintextPart, pulPlaintextPartLen)));
}

CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE hSession)
{
	SESSION_CALL(C_MessageDecryptFinal, hSession, message_final(s, OP_MESSAGE_DECRYPT));
}

/* ---- signing ------------------------------------------------------------------------------------------- */

CK_RV C_MessageSignInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	SESSION_CALL(C_MessageSignInit, hSession, op_init(s, OP_MESSAGE_SIGN, pMechanism, hKey));
}

CK_RV C_SignMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                    CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
	SESSION_CALL(C_SignMessage, hSession, message_sign(s, PART_IN(pData, ulDataLen), OUT(pSignature, pulSignatureLen)));
}

CK_RV C_SignMessageBegin(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen)
{
	SESSION_CALL(C_SignMessageBegin, hSession, message_tag_begin(s, OP_MESSAGE_SIGN, PART_IN(NULL, 0)));
}

CK_RV C_SignMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                        CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
	SESSION_CALL(C_SignMessageNext, hSession, message_sign_next(s, PART_IN(pData, ulDataLen), OUT(pSignature, pulSignatureLen)));
}

CK_RV C_MessageSignFinal(CK_SESSION_HANDLE hSession)
{
	SESSION_CALL(C_MessageSignFinal, hSession, message_final(s, OP_MESSAGE_SIGN));
}

/* ---- verifying ----------------------------------------------------------------------------------------- */

CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
	SESSION_CALL(C_MessageVerifyInit, hSession, op_init(s, OP_MESSAGE_VERIFY, pMechanism, hKey));
}

CK_RV C_VerifyMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                      CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	SESSION_CALL(C_VerifyMessage, hSession, message_verify(s, PART_IN(pData, ulDataLen), pSignature, ulSignatureLen));
}

CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen)
{
	SESSION_CALL(C_VerifyMessageBegin, hSession, message_tag_begin(s, OP_MESSAGE_VERIFY, PART_IN(NULL, 0)));
}

CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                          CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
	SESSION_CALL(C_VerifyMessageNext, hSession, message_verify_next(s, PART_IN(pData, ulDataLen), pSignature, ulSignatureLen));
}

CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE hSession)
{
	SESSION_CALL(C_MessageVerifyFinal, hSession, message_final(s, OP_MESSAGE_VERIFY));
}
