/* SPDX-License-Identifier: Apache-2.0 */
/* Key encapsulation (§5.18.8, §5.18.9). */
#include "api/enter.h"
#include "core/kem.h"

CK_RV C_EncapsulateKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hPublicKey, CK_ATTRIBUTE_PTR pTemplate,
                       CK_ULONG ulAttributeCount, CK_BYTE_PTR pCiphertext, CK_ULONG_PTR pulCiphertextLen, CK_OBJECT_HANDLE_PTR phKey)
{
	SESSION_CALL(C_EncapsulateKey, hSession,
	             kem_encapsulate(s, pMechanism, hPublicKey, (struct template_in){pTemplate, ulAttributeCount},
	                             (struct op_out){pCiphertext, pulCiphertextLen}, phKey));
}

CK_RV C_DecapsulateKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hPrivateKey, CK_ATTRIBUTE_PTR pTemplate,
                       CK_ULONG ulAttributeCount, CK_BYTE_PTR pCiphertext, CK_ULONG ulCiphertextLen, CK_OBJECT_HANDLE_PTR phKey)
{
	SESSION_CALL(C_DecapsulateKey, hSession,
	             kem_decapsulate(s, pMechanism, hPrivateKey, (struct template_in){pTemplate, ulAttributeCount}, pCiphertext, ulCiphertextLen,
	                             phKey));
}
