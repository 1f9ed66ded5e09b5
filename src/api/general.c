/* SPDX-License-Identifier: Apache-2.0 */
/* General-purpose functions (§5.4): start, stop, information about the library. */
#include "api/enter.h"
#include "base/text.h"

CK_RV C_Initialize(CK_VOID_PTR pInitArgs)
{
	return call_leave(CALL_C_Initialize, module_initialize(pInitArgs));
}

static CK_RV finalize(CK_VOID_PTR reserved)
{
	struct module *m = NULL;

	try(module_enter(&m));
	module_leave();
	if (reserved != NULL)
		return fail(CKR_ARGUMENTS_BAD, "pReserved is not NULL");
	return module_finalize();
}

CK_RV C_Finalize(CK_VOID_PTR pReserved)
{
	return call_leave(CALL_C_Finalize, finalize(pReserved));
}

static CK_RV get_info(CK_INFO_PTR info)
{
	if (info == NULL)
		return fail(CKR_ARGUMENTS_BAD, "no place for the information");
	*info = (CK_INFO){
		.cryptokiVersion = {CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR},
		.libraryVersion = {0, 1},
	};
	text_pad(info->manufacturerID, sizeof(info->manufacturerID), "Conclave");
	text_pad(info->libraryDescription, sizeof(info->libraryDescription), "Conclave PKCS#11 token");
	return CKR_OK;
}

CK_RV C_GetInfo(CK_INFO_PTR pInfo)
{
	MODULE_CALL(C_GetInfo, ((void)m, get_info(pInfo)));
}
