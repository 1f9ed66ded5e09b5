/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the interface "Vendor Conclave" in the module that is loaded: see admin.h. */
#include "admin.h"

#include <dlfcn.h>

enum status admin_find(struct p11 *p, CONCLAVE_FUNCTIONS **ret)
{
	CK_UTF8CHAR name[] = CONCLAVE_INTERFACE_NAME;
	CK_INTERFACE_PTR found = NULL;
	CK_C_GetInterface get;

	*(void **)&get = dlsym(p->library, "C_GetInterface");
	if (get == NULL || get(name, NULL, &found, 0) != CKR_OK)
		return complain(FAILED, "%s has no interface %s", p->path, CONCLAVE_INTERFACE_NAME);
	*ret = found->pFunctionList;
	return DONE;
}
