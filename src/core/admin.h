/* SPDX-License-Identifier: Apache-2.0 */
/* Work on whole tokens that the standard has no call for: renaming, removing, verifying. See conclave.h. */
#ifndef CONCLAVE_CORE_ADMIN_H
#define CONCLAVE_CORE_ADMIN_H

#include <conclave.h>

#include "base/bytes.h"

struct module;
struct session;
struct store_token;
struct token;

must_check CK_RV admin_rename(struct module *m, CK_SLOT_ID slot, struct bytes so_pin, const unsigned char label[32]);
must_check CK_RV admin_remove(struct module *m, CK_SLOT_ID slot, struct bytes so_pin);
/* Is this the SO's PIN? Wrong ones count. */
must_check CK_RV admin_prove_so(struct token *t, struct bytes so_pin);
/* The same for a token of the store that this application may not have seen yet. */
must_check CK_RV admin_prove_so_of(struct module *m, const struct store_token *t, struct bytes so_pin);
/* The token has just left the store. */
void admin_token_gone(struct token *t);
must_check CK_RV admin_verify(struct session *s, CONCLAVE_VERIFY_REPORT *ret);

#endif
