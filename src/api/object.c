/* SPDX-License-Identifier: Apache-2.0 */
/* Object management (§5.7). */
#include "api/enter.h"
#include "core/find.h"
#include "core/object_calls.h"

#define TEMPLATE(attributes, count) ((struct template_in){attributes, count})

CK_RV C_CreateObject(CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phObject)
{
	SESSION_CALL(C_CreateObject, hSession, object_create(s, TEMPLATE(pTemplate, ulCount), phObject));
}

CK_RV C_CopyObject(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount,
                   CK_OBJECT_HANDLE_PTR phNewObject)
{
	SESSION_CALL(C_CopyObject, hSession, object_copy(s, hObject, TEMPLATE(pTemplate, ulCount), phNewObject));
}

CK_RV C_DestroyObject(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject)
{
	SESSION_CALL(C_DestroyObject, hSession, object_destroy(s, hObject));
}

CK_RV C_GetObjectSize(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ULONG_PTR pulSize)
{
	SESSION_CALL(C_GetObjectSize, hSession, object_size(s, hObject, pulSize));
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount)
{
	SESSION_CALL(C_GetAttributeValue, hSession, object_get_attributes(s, hObject, TEMPLATE(pTemplate, ulCount)));
}

CK_RV C_SetAttributeValue(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount)
{
	SESSION_CALL(C_SetAttributeValue, hSession, object_set_attributes(s, hObject, TEMPLATE(pTemplate, ulCount)));
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount)
{
	SESSION_CALL(C_FindObjectsInit, hSession, find_init(s, pTemplate, ulCount));
}

CK_RV C_FindObjects(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE_PTR phObject, CK_ULONG ulMaxObjectCount, CK_ULONG_PTR pulObjectCount)
{
	SESSION_CALL(C_FindObjects, hSession, find_next(s, phObject, ulMaxObjectCount, pulObjectCount));
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE hSession)
{
	SESSION_CALL(C_FindObjectsFinal, hSession, find_final(s));
}
