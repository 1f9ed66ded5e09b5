/* SPDX-License-Identifier: Apache-2.0 */
/* A token's monotonic counter (§4.3.4). */
#ifndef CONCLAVE_CORE_COUNTER_H
#define CONCLAVE_CORE_COUNTER_H

#include "base/compiler.h"

struct token;

/* A number greater than all that were given before, by any process, also after a restart, a C_InitToken or when an
 * older copy of the store has been put back. On disk before it is given. CKR_TOKEN_WRITE_PROTECTED. */
must_check CK_RV counter_next(struct token *t, uint64_t *ret);

#endif
