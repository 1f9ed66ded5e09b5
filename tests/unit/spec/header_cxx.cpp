// SPDX-License-Identifier: Apache-2.0
//
// Proves that pkcs11.h serves a C++ program: it compiles without a warning, includes
// twice, and its structures, lists and NULL_PTR work there. Values are the C test's matter.

#include "pkcs11.h"
#include "pkcs11.h"

static_assert(sizeof(CK_FUNCTION_LIST_3_2) == sizeof(CK_VERSION *) * 105, "105 places");

int main()
{
    CK_C_INITIALIZE_ARGS args = {};
    CK_FUNCTION_LIST_PTR list = NULL_PTR;
    CK_FUNCTION_LIST_PTR_PTR where = &list;
    args.flags = CKF_OS_LOCKING_OK;
    return *where == NULL_PTR && args.pReserved == NULL_PTR && CKR_OK == 0 ? 0 : 1;
}
