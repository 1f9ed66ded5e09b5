/* SPDX-License-Identifier: Apache-2.0 */
/* C_DeriveKey (§5.18.5): the base key and every other key that the parameter names are checked, the derived keys
 * are made, saved and entered, all or none. Under the session's lock; no operation becomes active. */
#ifndef CONCLAVE_CORE_DERIVE_H
#define CONCLAVE_CORE_DERIVE_H

#include "core/object_calls.h"

must_check CK_RV derive_key(struct session *s, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE base_key, struct template_in template,
                            CK_OBJECT_HANDLE_PTR ret);

#endif
