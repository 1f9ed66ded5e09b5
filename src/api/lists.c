/* SPDX-License-Identifier: Apache-2.0 */
/* The function lists and interfaces (§5.4.4 to §5.4.6), made from calls.h: 2.40 with 68 functions, 3.0 with 92, 3.2
 * with 104. Every pointer is a function of ours. */
#include <string.h>

#include "api/admin.h"
#include "api/enter.h"

/* A list takes the calls that its version and older ones have. */
#define IN_2_40_2_40(...) __VA_ARGS__
#define IN_2_40_3_0(...)
#define IN_2_40_3_2(...)
#define IN_3_0_2_40(...) __VA_ARGS__
#define IN_3_0_3_0(...) __VA_ARGS__
#define IN_3_0_3_2(...)

static const CK_FUNCTION_LIST list_2_40 = {
	.version = {2, 40},
#define CALL(name, first, object, params, args) IN_2_40_##first(.name = name, )
#include "api/calls.h"
#undef CALL
};

static const CK_FUNCTION_LIST_3_0 list_3_0 = {
	.version = {3, 0},
#define CALL(name, first, object, params, args) IN_3_0_##first(.name = name, )
#include "api/calls.h"
#undef CALL
};

static const CK_FUNCTION_LIST_3_2 list_3_2 = {
	.version = {3, 2},
#define CALL(name, first, object, params, args) .name = name,
#include "api/calls.h"
#undef CALL
};

static const CK_UTF8CHAR interface_name[] = "PKCS 11";
static const CK_UTF8CHAR admin_name[] = CONCLAVE_INTERFACE_NAME;

/* The standard's types are not const, the lists are: they lie in memory that cannot be written (rule 37). */
#define UNCONST(pointer) ((void *)(uintptr_t)(pointer))

/* The first one is the default. */
static const CK_INTERFACE interfaces[] = {
	{UNCONST(interface_name), UNCONST(&list_3_2), 0},
	{UNCONST(interface_name), UNCONST(&list_3_0), 0},
	{UNCONST(interface_name), UNCONST(&list_2_40), 0},
	{UNCONST(admin_name), UNCONST(&api_admin_functions), 0},
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR ppFunctionList)
{
	if (ppFunctionList == NULL)
		return call_leave(CALL_C_GetFunctionList, CKR_ARGUMENTS_BAD);
	*ppFunctionList = UNCONST(&list_2_40);
	return CKR_OK;
}

CK_RV C_GetInterfaceList(CK_INTERFACE_PTR pInterfacesList, CK_ULONG_PTR pulCount)
{
	if (pulCount == NULL)
		return call_leave(CALL_C_GetInterfaceList, CKR_ARGUMENTS_BAD);
	CK_ULONG room = *pulCount;
	*pulCount = array_len(interfaces);
	if (pInterfacesList == NULL)
		return CKR_OK;
	if (room < array_len(interfaces))
		return CKR_BUFFER_TOO_SMALL;
	memcpy(pInterfacesList, interfaces, sizeof(interfaces));
	return CKR_OK;
}

static bool matches(const CK_INTERFACE *i, const CK_UTF8CHAR *name, const CK_VERSION *version, CK_FLAGS flags)
{
	const CK_VERSION *has = i->pFunctionList;

	/* Without a name the standard's interface is meant. */
	const char *wanted = name == NULL ? (const char *)interface_name : (const char *)name;

	return strcmp(wanted, (const char *)i->pInterfaceName) == 0 &&
	       (version == NULL || (version->major == has->major && version->minor == has->minor)) && (i->flags & flags) == flags;
}

CK_RV C_GetInterface(CK_UTF8CHAR_PTR pInterfaceName, CK_VERSION_PTR pVersion, CK_INTERFACE_PTR_PTR ppInterface, CK_FLAGS flags)
{
	if (ppInterface == NULL)
		return call_leave(CALL_C_GetInterface, CKR_ARGUMENTS_BAD);
	for (size_t i = 0; i < array_len(interfaces); i++) {
		if (matches(&interfaces[i], pInterfaceName, pVersion, flags)) {
			*ppInterface = UNCONST(&interfaces[i]);
			return CKR_OK;
		}
	}
	return call_leave(CALL_C_GetInterface, CKR_FUNCTION_FAILED);
}
