/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that may be used so and so often (CKA_CONCLAVE_USES_LEFT, doc/objects.md). What is a use, and when it begins, the
 * callers know; here it is taken away. */
#ifndef CONCLAVE_CORE_USES_H
#define CONCLAVE_CORE_USES_H

#include "attr/attr.h"

struct object;
struct session;

/* CK_UNAVAILABLE_INFORMATION: not counted. */
CK_ULONG uses_left(const struct attrs *key);
/* CKR_KEY_FUNCTION_NOT_PERMITTED: none are left. */
must_check CK_RV uses_check(const struct attrs *key);
/* One use less, in the store too when the key is a token object; nothing for keys whose uses are not counted. No more
 * callers get CKR_OK than there were uses. CKR_KEY_FUNCTION_NOT_PERMITTED; `gone` when the key is not there any more.
 * Attributes that the caller has looked at may be gone then: look again. */
must_check CK_RV uses_take(struct session *s, struct object *key, CK_RV gone);

#endif
