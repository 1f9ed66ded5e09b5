/* SPDX-License-Identifier: Apache-2.0 */
/* C_WrapKey and C_UnwrapKey (§5.18.3, §5.18.4), each one call from the checks to the result. Under the session's
 * lock; no operation becomes active. */
#ifndef CONCLAVE_CORE_WRAP_H
#define CONCLAVE_CORE_WRAP_H

#include "core/object_calls.h"
#include "core/op.h"

must_check CK_RV wrap_key(struct session *s, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key,
                          struct op_out out);
must_check CK_RV unwrap_key(struct session *s, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE unwrapping_key, CK_BYTE_PTR wrapped,
                            CK_ULONG wrapped_len, struct template_in template, CK_OBJECT_HANDLE_PTR ret);

#endif
