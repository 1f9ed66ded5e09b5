/* SPDX-License-Identifier: Apache-2.0 */
/* Work on whole tokens that the standard has no call for: renaming, removing, verifying. See conclave.h. */
#ifndef CONCLAVE_CORE_ADMIN_H
#define CONCLAVE_CORE_ADMIN_H

#include <conclave.h>

#include "base/bytes.h"

struct module;
struct session;

must_check CK_RV admin_rename(struct module *m, CK_SLOT_ID slot, struct bytes so_pin, const unsigned char label[32]);
must_check CK_RV admin_remove(struct module *m, CK_SLOT_ID slot, struct bytes so_pin);
must_check CK_RV admin_verify(struct session *s, CONCLAVE_VERIFY_REPORT *ret);

#endif
