/* SPDX-License-Identifier: Apache-2.0 */
/* C_WrapKey and C_UnwrapKey (§5.18.3, §5.18.4) and their authenticated forms (§5.18.6, §5.18.7), each one call from the checks to the result. Under the session's
 * lock; no operation becomes active. */
#ifndef CONCLAVE_CORE_WRAP_H
#define CONCLAVE_CORE_WRAP_H

#include "core/object_calls.h"
#include "core/op.h"

/* How, and the key that wraps or unwraps. */
struct wrap_in {
	CK_MECHANISM_PTR mechanism;
	CK_OBJECT_HANDLE key;
	bool authenticated; /* the mechanism has the parameter of a message, and there may be associated data */
	CK_BYTE_PTR associated;
	CK_ULONG associated_len;
};

must_check CK_RV wrap_key(struct session *s, const struct wrap_in *in, CK_OBJECT_HANDLE key, struct op_out out);
must_check CK_RV unwrap_key(struct session *s, const struct wrap_in *in, CK_BYTE_PTR wrapped, CK_ULONG wrapped_len,
                            struct template_in template, CK_OBJECT_HANDLE_PTR ret);

#endif
