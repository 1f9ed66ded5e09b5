/* SPDX-License-Identifier: Apache-2.0 */
/* Key management (§5.18). */
#include "api/enter.h"
#include "core/object_calls.h"


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
