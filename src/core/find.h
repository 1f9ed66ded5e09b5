/* SPDX-License-Identifier: Apache-2.0 */
/* A session's search: handles found at C_FindObjectsInit, handed out until C_FindObjectsFinal (§5.7.7 to §5.7.9). */
#ifndef CONCLAVE_CORE_FIND_H
#define CONCLAVE_CORE_FIND_H

#include "base/compiler.h"

struct session;

must_check CK_RV find_init(struct session *s, CK_ATTRIBUTE_PTR template, CK_ULONG count);
must_check CK_RV find_next(struct session *s, CK_OBJECT_HANDLE_PTR objects, CK_ULONG max, CK_ULONG_PTR ret_count);
must_check CK_RV find_final(struct session *s);
/* Ends the search if there is one. */
void find_end(struct session *s);

#endif
