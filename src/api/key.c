/* SPDX-License-Identifier: Apache-2.0 */
/* Key management (§5.18). */
#include "api/enter.h"
#include "core/derive.h"
#include "core/object_calls.h"
#include "core/wrap.h"

#define BY(mechanism_in, key_in) (&(const struct wrap_in){.mechanism = (mechanism_in), .key = (key_in)})
#define SEALED_BY(mechanism_in, key_in, data, len) \
	(&(const struct wrap_in){.mechanism = (mechanism_in), .key = (key_in), .authenticated = true, .associated = (data), \
	                         .associated_len = (len)})

CK_RV C_GenerateKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phKey)
{
	SESSION_CALL(C_GenerateKey, hSession, generate_key(s, pMechanism, (struct template_in){pTemplate, ulCount}, phKey));
}

CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_ATTRIBUTE_PTR pPublicKeyTemplate,
                        CK_ULONG ulPublicKeyAttributeCount, CK_ATTRIBUTE_PTR pPrivateKeyTemplate, CK_ULONG ulPrivateKeyAttributeCount,
                        CK_OBJECT_HANDLE_PTR phPublicKey, CK_OBJECT_HANDLE_PTR phPrivateKey)
{
	SESSION_CALL(C_GenerateKeyPair, hSession,
	             generate_key_pair(s, pMechanism, (struct template_in){pPublicKeyTemplate, ulPublicKeyAttributeCount},
	                               (struct template_in){pPrivateKeyTemplate, ulPrivateKeyAttributeCount}, phPublicKey, phPrivateKey));
}

CK_RV C_WrapKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hWrappingKey, CK_OBJECT_HANDLE hKey,
                CK_BYTE_PTR pWrappedKey, CK_ULONG_PTR pulWrappedKeyLen)
{
	SESSION_CALL(C_WrapKey, hSession, wrap_key(s, BY(pMechanism, hWrappingKey), hKey, (struct op_out){pWrappedKey, pulWrappedKeyLen}));
}

CK_RV C_UnwrapKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hUnwrappingKey, CK_BYTE_PTR pWrappedKey,
                  CK_ULONG ulWrappedKeyLen, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount, CK_OBJECT_HANDLE_PTR phKey)
{
	SESSION_CALL(C_UnwrapKey, hSession,
	             unwrap_key(s, BY(pMechanism, hUnwrappingKey), pWrappedKey, ulWrappedKeyLen,
	                        (struct template_in){pTemplate, ulAttributeCount}, phKey));
}

CK_RV C_WrapKeyAuthenticated(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hWrappingKey, CK_OBJECT_HANDLE hKey,
                             CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pWrappedKey,
                             CK_ULONG_PTR pulWrappedKeyLen)
{
	SESSION_CALL(C_WrapKeyAuthenticated, hSession,
	             wrap_key(s, SEALED_BY(pMechanism, hWrappingKey, pAssociatedData, ulAssociatedDataLen), hKey,
	                      (struct op_out){pWrappedKey, pulWrappedKeyLen}));
}

CK_RV C_UnwrapKeyAuthenticated(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hUnwrappingKey,
                               CK_BYTE_PTR pWrappedKey, CK_ULONG ulWrappedKeyLen, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
                               CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen, CK_OBJECT_HANDLE_PTR phKey)
{
	SESSION_CALL(C_UnwrapKeyAuthenticated, hSession,
	             unwrap_key(s, SEALED_BY(pMechanism, hUnwrappingKey, pAssociatedData, ulAssociatedDataLen), pWrappedKey,
	                        ulWrappedKeyLen, (struct template_in){pTemplate, ulAttributeCount}, phKey));
}

CK_RV C_DeriveKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hBaseKey, CK_ATTRIBUTE_PTR pTemplate,
                  CK_ULONG ulAttributeCount, CK_OBJECT_HANDLE_PTR phKey)
{
	SESSION_CALL(C_DeriveKey, hSession, derive_key(s, pMechanism, hBaseKey, (struct template_in){pTemplate, ulAttributeCount}, phKey));
}
