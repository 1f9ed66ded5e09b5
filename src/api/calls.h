/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one list of all PKCS#11 v3.2 calls, in the order of the function lists.
 * Knows names, versions, parameters; refuses to know what any call does.
 * Written by tools/gen_pkcs11_h.py from tests/spec/functions.tsv.
 *
 * No include guard and no #include, on purpose: it is read once for each use.
 * The user includes pkcs11.h, defines CALL, reads this file, undefines CALL:
 *
 *     #define CALL(name, first, object, params, args) #name,
 *     static const char *const names[] = {
 *     #include "api/calls.h"
 *     };
 *     #undef CALL
 *
 *   name    the function, C_Xxx; CK_##name is the type of a pointer to it,
 *           and the member of a function list has the same name
 *   first   the first function list that has it: 2_40, 3_0 or 3_2
 *   object  what the first argument names: SESSION (hSession), SLOT (slotID) or NONE
 *   params  the parameter list, in parentheses:  CK_RV name params
 *   args    the names of the arguments, in parentheses:  next_##name args
 *
 * One function list, here 3.0, picks its rows by pasting:
 *
 *     #define IN_3_0_2_40(...) __VA_ARGS__
 *     #define IN_3_0_3_0(...)  __VA_ARGS__
 *     #define IN_3_0_3_2(...)
 *     #define CALL(name, first, object, params, args) IN_3_0_##first(.name = name,)
 *
 * Different code for sessions and slots is picked the same way: CHECK_##object args.
 */

#ifndef CALL
#error "define CALL(name, first, object, params, args) before including calls.h"
#endif

CALL(C_Initialize, 2_40, NONE,
     (CK_VOID_PTR pInitArgs),
     (pInitArgs))
CALL(C_Finalize, 2_40, NONE,
     (CK_VOID_PTR pReserved),
     (pReserved))
CALL(C_GetInfo, 2_40, NONE,
     (CK_INFO_PTR pInfo),
     (pInfo))
CALL(C_GetFunctionList, 2_40, NONE,
     (CK_FUNCTION_LIST_PTR_PTR ppFunctionList),
     (ppFunctionList))
CALL(C_GetSlotList, 2_40, NONE,
     (CK_BBOOL tokenPresent, CK_SLOT_ID_PTR pSlotList, CK_ULONG_PTR pulCount),
     (tokenPresent, pSlotList, pulCount))
CALL(C_GetSlotInfo, 2_40, SLOT,
     (CK_SLOT_ID slotID, CK_SLOT_INFO_PTR pInfo),
     (slotID, pInfo))
CALL(C_GetTokenInfo, 2_40, SLOT,
     (CK_SLOT_ID slotID, CK_TOKEN_INFO_PTR pInfo),
     (slotID, pInfo))
CALL(C_GetMechanismList, 2_40, SLOT,
     (CK_SLOT_ID slotID, CK_MECHANISM_TYPE_PTR pMechanismList, CK_ULONG_PTR pulCount),
     (slotID, pMechanismList, pulCount))
CALL(C_GetMechanismInfo, 2_40, SLOT,
     (CK_SLOT_ID slotID, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR pInfo),
     (slotID, type, pInfo))
CALL(C_InitToken, 2_40, SLOT,
     (CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen, CK_UTF8CHAR_PTR pLabel),
     (slotID, pPin, ulPinLen, pLabel))
CALL(C_InitPIN, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen),
     (hSession, pPin, ulPinLen))
CALL(C_SetPIN, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pOldPin, CK_ULONG ulOldLen,
      CK_UTF8CHAR_PTR pNewPin, CK_ULONG ulNewLen),
     (hSession, pOldPin, ulOldLen, pNewPin, ulNewLen))
CALL(C_OpenSession, 2_40, SLOT,
     (CK_SLOT_ID slotID, CK_FLAGS flags, CK_VOID_PTR pApplication, CK_NOTIFY Notify,
      CK_SESSION_HANDLE_PTR phSession),
     (slotID, flags, pApplication, Notify, phSession))
CALL(C_CloseSession, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession),
     (hSession))
CALL(C_CloseAllSessions, 2_40, SLOT,
     (CK_SLOT_ID slotID),
     (slotID))
CALL(C_GetSessionInfo, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_SESSION_INFO_PTR pInfo),
     (hSession, pInfo))
CALL(C_GetOperationState, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState, CK_ULONG_PTR pulOperationStateLen),
     (hSession, pOperationState, pulOperationStateLen))
CALL(C_SetOperationState, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState, CK_ULONG ulOperationStateLen,
      CK_OBJECT_HANDLE hEncryptionKey, CK_OBJECT_HANDLE hAuthenticationKey),
     (hSession, pOperationState, ulOperationStateLen, hEncryptionKey, hAuthenticationKey))
CALL(C_Login, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen),
     (hSession, userType, pPin, ulPinLen))
CALL(C_Logout, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession),
     (hSession))
CALL(C_CreateObject, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount,
      CK_OBJECT_HANDLE_PTR phObject),
     (hSession, pTemplate, ulCount, phObject))
CALL(C_CopyObject, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate,
      CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phNewObject),
     (hSession, hObject, pTemplate, ulCount, phNewObject))
CALL(C_DestroyObject, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject),
     (hSession, hObject))
CALL(C_GetObjectSize, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ULONG_PTR pulSize),
     (hSession, hObject, pulSize))
CALL(C_GetAttributeValue, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate,
      CK_ULONG ulCount),
     (hSession, hObject, pTemplate, ulCount))
CALL(C_SetAttributeValue, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate,
      CK_ULONG ulCount),
     (hSession, hObject, pTemplate, ulCount))
CALL(C_FindObjectsInit, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount),
     (hSession, pTemplate, ulCount))
CALL(C_FindObjects, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE_PTR phObject, CK_ULONG ulMaxObjectCount,
      CK_ULONG_PTR pulObjectCount),
     (hSession, phObject, ulMaxObjectCount, pulObjectCount))
CALL(C_FindObjectsFinal, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession),
     (hSession))
CALL(C_EncryptInit, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
     (hSession, pMechanism, hKey))
CALL(C_Encrypt, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pEncryptedData,
      CK_ULONG_PTR pulEncryptedDataLen),
     (hSession, pData, ulDataLen, pEncryptedData, pulEncryptedDataLen))
CALL(C_EncryptUpdate, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart,
      CK_ULONG_PTR pulEncryptedPartLen),
     (hSession, pPart, ulPartLen, pEncryptedPart, pulEncryptedPartLen))
CALL(C_EncryptFinal, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastEncryptedPart,
      CK_ULONG_PTR pulLastEncryptedPartLen),
     (hSession, pLastEncryptedPart, pulLastEncryptedPartLen))
CALL(C_DecryptInit, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
     (hSession, pMechanism, hKey))
CALL(C_Decrypt, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedData, CK_ULONG ulEncryptedDataLen,
      CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen),
     (hSession, pEncryptedData, ulEncryptedDataLen, pData, pulDataLen))
CALL(C_DecryptUpdate, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen,
      CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen),
     (hSession, pEncryptedPart, ulEncryptedPartLen, pPart, pulPartLen))
CALL(C_DecryptFinal, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastPart, CK_ULONG_PTR pulLastPartLen),
     (hSession, pLastPart, pulLastPartLen))
CALL(C_DigestInit, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism),
     (hSession, pMechanism))
CALL(C_Digest, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pDigest,
      CK_ULONG_PTR pulDigestLen),
     (hSession, pData, ulDataLen, pDigest, pulDigestLen))
CALL(C_DigestUpdate, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen),
     (hSession, pPart, ulPartLen))
CALL(C_DigestKey, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hKey),
     (hSession, hKey))
CALL(C_DigestFinal, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen),
     (hSession, pDigest, pulDigestLen))
CALL(C_SignInit, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
     (hSession, pMechanism, hKey))
CALL(C_Sign, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
      CK_ULONG_PTR pulSignatureLen),
     (hSession, pData, ulDataLen, pSignature, pulSignatureLen))
CALL(C_SignUpdate, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen),
     (hSession, pPart, ulPartLen))
CALL(C_SignFinal, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen),
     (hSession, pSignature, pulSignatureLen))
CALL(C_SignRecoverInit, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
     (hSession, pMechanism, hKey))
CALL(C_SignRecover, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
      CK_ULONG_PTR pulSignatureLen),
     (hSession, pData, ulDataLen, pSignature, pulSignatureLen))
CALL(C_VerifyInit, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
     (hSession, pMechanism, hKey))
CALL(C_Verify, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
      CK_ULONG ulSignatureLen),
     (hSession, pData, ulDataLen, pSignature, ulSignatureLen))
CALL(C_VerifyUpdate, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen),
     (hSession, pPart, ulPartLen))
CALL(C_VerifyFinal, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen),
     (hSession, pSignature, ulSignatureLen))
CALL(C_VerifyRecoverInit, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
     (hSession, pMechanism, hKey))
CALL(C_VerifyRecover, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen,
      CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen),
     (hSession, pSignature, ulSignatureLen, pData, pulDataLen))
CALL(C_DigestEncryptUpdate, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart,
      CK_ULONG_PTR pulEncryptedPartLen),
     (hSession, pPart, ulPartLen, pEncryptedPart, pulEncryptedPartLen))
CALL(C_DecryptDigestUpdate, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen,
      CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen),
     (hSession, pEncryptedPart, ulEncryptedPartLen, pPart, pulPartLen))
CALL(C_SignEncryptUpdate, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart,
      CK_ULONG_PTR pulEncryptedPartLen),
     (hSession, pPart, ulPartLen, pEncryptedPart, pulEncryptedPartLen))
CALL(C_DecryptVerifyUpdate, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen,
      CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen),
     (hSession, pEncryptedPart, ulEncryptedPartLen, pPart, pulPartLen))
CALL(C_GenerateKey, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_ATTRIBUTE_PTR pTemplate,
      CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phKey),
     (hSession, pMechanism, pTemplate, ulCount, phKey))
CALL(C_GenerateKeyPair, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_ATTRIBUTE_PTR pPublicKeyTemplate,
      CK_ULONG ulPublicKeyAttributeCount, CK_ATTRIBUTE_PTR pPrivateKeyTemplate,
      CK_ULONG ulPrivateKeyAttributeCount, CK_OBJECT_HANDLE_PTR phPublicKey,
      CK_OBJECT_HANDLE_PTR phPrivateKey),
     (hSession, pMechanism, pPublicKeyTemplate, ulPublicKeyAttributeCount, pPrivateKeyTemplate,
      ulPrivateKeyAttributeCount, phPublicKey, phPrivateKey))
CALL(C_WrapKey, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hWrappingKey,
      CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pWrappedKey, CK_ULONG_PTR pulWrappedKeyLen),
     (hSession, pMechanism, hWrappingKey, hKey, pWrappedKey, pulWrappedKeyLen))
CALL(C_UnwrapKey, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hUnwrappingKey,
      CK_BYTE_PTR pWrappedKey, CK_ULONG ulWrappedKeyLen, CK_ATTRIBUTE_PTR pTemplate,
      CK_ULONG ulAttributeCount, CK_OBJECT_HANDLE_PTR phKey),
     (hSession, pMechanism, hUnwrappingKey, pWrappedKey, ulWrappedKeyLen, pTemplate,
      ulAttributeCount, phKey))
CALL(C_DeriveKey, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hBaseKey,
      CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount, CK_OBJECT_HANDLE_PTR phKey),
     (hSession, pMechanism, hBaseKey, pTemplate, ulAttributeCount, phKey))
CALL(C_SeedRandom, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSeed, CK_ULONG ulSeedLen),
     (hSession, pSeed, ulSeedLen))
CALL(C_GenerateRandom, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pRandomData, CK_ULONG ulRandomLen),
     (hSession, pRandomData, ulRandomLen))
CALL(C_GetFunctionStatus, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession),
     (hSession))
CALL(C_CancelFunction, 2_40, SESSION,
     (CK_SESSION_HANDLE hSession),
     (hSession))
CALL(C_WaitForSlotEvent, 2_40, NONE,
     (CK_FLAGS flags, CK_SLOT_ID_PTR pSlot, CK_VOID_PTR pReserved),
     (flags, pSlot, pReserved))
CALL(C_GetInterfaceList, 3_0, NONE,
     (CK_INTERFACE_PTR pInterfacesList, CK_ULONG_PTR pulCount),
     (pInterfacesList, pulCount))
CALL(C_GetInterface, 3_0, NONE,
     (CK_UTF8CHAR_PTR pInterfaceName, CK_VERSION_PTR pVersion, CK_INTERFACE_PTR_PTR ppInterface,
      CK_FLAGS flags),
     (pInterfaceName, pVersion, ppInterface, flags))
CALL(C_LoginUser, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen,
      CK_UTF8CHAR_PTR pUsername, CK_ULONG ulUsernameLen),
     (hSession, userType, pPin, ulPinLen, pUsername, ulUsernameLen))
CALL(C_SessionCancel, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_FLAGS flags),
     (hSession, flags))
CALL(C_MessageEncryptInit, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
     (hSession, pMechanism, hKey))
CALL(C_EncryptMessage, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
      CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pPlaintext,
      CK_ULONG ulPlaintextLen, CK_BYTE_PTR pCiphertext, CK_ULONG_PTR pulCiphertextLen),
     (hSession, pParameter, ulParameterLen, pAssociatedData, ulAssociatedDataLen, pPlaintext,
      ulPlaintextLen, pCiphertext, pulCiphertextLen))
CALL(C_EncryptMessageBegin, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
      CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen),
     (hSession, pParameter, ulParameterLen, pAssociatedData, ulAssociatedDataLen))
CALL(C_EncryptMessageNext, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
      CK_BYTE_PTR pPlaintextPart, CK_ULONG ulPlaintextPartLen, CK_BYTE_PTR pCiphertextPart,
      CK_ULONG_PTR pulCiphertextPartLen, CK_FLAGS flags),
     (hSession, pParameter, ulParameterLen, pPlaintextPart, ulPlaintextPartLen, pCiphertextPart,
      pulCiphertextPartLen, flags))
CALL(C_MessageEncryptFinal, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession),
     (hSession))
CALL(C_MessageDecryptInit, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
     (hSession, pMechanism, hKey))
CALL(C_DecryptMessage, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
      CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pCiphertext,
      CK_ULONG ulCiphertextLen, CK_BYTE_PTR pPlaintext, CK_ULONG_PTR pulPlaintextLen),
     (hSession, pParameter, ulParameterLen, pAssociatedData, ulAssociatedDataLen, pCiphertext,
      ulCiphertextLen, pPlaintext, pulPlaintextLen))
CALL(C_DecryptMessageBegin, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
      CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen),
     (hSession, pParameter, ulParameterLen, pAssociatedData, ulAssociatedDataLen))
CALL(C_DecryptMessageNext, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
      CK_BYTE_PTR pCiphertextPart, CK_ULONG ulCiphertextPartLen, CK_BYTE_PTR pPlaintextPart,
      CK_ULONG_PTR pulPlaintextPartLen, CK_FLAGS flags),
     (hSession, pParameter, ulParameterLen, pCiphertextPart, ulCiphertextPartLen, pPlaintextPart,
      pulPlaintextPartLen, flags))
CALL(C_MessageDecryptFinal, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession),
     (hSession))
CALL(C_MessageSignInit, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
     (hSession, pMechanism, hKey))
CALL(C_SignMessage, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
      CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen),
     (hSession, pParameter, ulParameterLen, pData, ulDataLen, pSignature, pulSignatureLen))
CALL(C_SignMessageBegin, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen),
     (hSession, pParameter, ulParameterLen))
CALL(C_SignMessageNext, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
      CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen),
     (hSession, pParameter, ulParameterLen, pData, ulDataLen, pSignature, pulSignatureLen))
CALL(C_MessageSignFinal, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession),
     (hSession))
CALL(C_MessageVerifyInit, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
     (hSession, pMechanism, hKey))
CALL(C_VerifyMessage, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
      CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen),
     (hSession, pParameter, ulParameterLen, pData, ulDataLen, pSignature, ulSignatureLen))
CALL(C_VerifyMessageBegin, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen),
     (hSession, pParameter, ulParameterLen))
CALL(C_VerifyMessageNext, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
      CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen),
     (hSession, pParameter, ulParameterLen, pData, ulDataLen, pSignature, ulSignatureLen))
CALL(C_MessageVerifyFinal, 3_0, SESSION,
     (CK_SESSION_HANDLE hSession),
     (hSession))
CALL(C_EncapsulateKey, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hPublicKey,
      CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount, CK_BYTE_PTR pCiphertext,
      CK_ULONG_PTR pulCiphertextLen, CK_OBJECT_HANDLE_PTR phKey),
     (hSession, pMechanism, hPublicKey, pTemplate, ulAttributeCount, pCiphertext, pulCiphertextLen,
      phKey))
CALL(C_DecapsulateKey, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hPrivateKey,
      CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount, CK_BYTE_PTR pCiphertext,
      CK_ULONG ulCiphertextLen, CK_OBJECT_HANDLE_PTR phKey),
     (hSession, pMechanism, hPrivateKey, pTemplate, ulAttributeCount, pCiphertext, ulCiphertextLen,
      phKey))
CALL(C_VerifySignatureInit, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey,
      CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen),
     (hSession, pMechanism, hKey, pSignature, ulSignatureLen))
CALL(C_VerifySignature, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen),
     (hSession, pData, ulDataLen))
CALL(C_VerifySignatureUpdate, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen),
     (hSession, pPart, ulPartLen))
CALL(C_VerifySignatureFinal, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession),
     (hSession))
CALL(C_GetSessionValidationFlags, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession, CK_SESSION_VALIDATION_FLAGS_TYPE type, CK_FLAGS_PTR pFlags),
     (hSession, type, pFlags))
CALL(C_AsyncComplete, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ASYNC_DATA_PTR pResult),
     (hSession, pFunctionName, pResult))
CALL(C_AsyncGetID, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG_PTR pulID),
     (hSession, pFunctionName, pulID))
CALL(C_AsyncJoin, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pFunctionName, CK_ULONG ulID, CK_BYTE_PTR pData,
      CK_ULONG ulData),
     (hSession, pFunctionName, ulID, pData, ulData))
CALL(C_WrapKeyAuthenticated, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hWrappingKey,
      CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
      CK_BYTE_PTR pWrappedKey, CK_ULONG_PTR pulWrappedKeyLen),
     (hSession, pMechanism, hWrappingKey, hKey, pAssociatedData, ulAssociatedDataLen, pWrappedKey,
      pulWrappedKeyLen))
CALL(C_UnwrapKeyAuthenticated, 3_2, SESSION,
     (CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hUnwrappingKey,
      CK_BYTE_PTR pWrappedKey, CK_ULONG ulWrappedKeyLen, CK_ATTRIBUTE_PTR pTemplate,
      CK_ULONG ulAttributeCount, CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
      CK_OBJECT_HANDLE_PTR phKey),
     (hSession, pMechanism, hUnwrappingKey, pWrappedKey, ulWrappedKeyLen, pTemplate,
      ulAttributeCount, pAssociatedData, ulAssociatedDataLen, phKey))
