/* SPDX-License-Identifier: Apache-2.0 */
/* A store in memory that begins with a token: memory:?label=ci&pin=1234. Knows what such a URI may say; making tokens
 * is token_init.c's. */
#ifndef CONCLAVE_CORE_READY_TOKEN_H
#define CONCLAVE_CORE_READY_TOKEN_H

#include "base/bytes.h"

struct module;

/* Is a token asked for? */
bool ready_token_wanted(const char *store_uri);
/* Makes it, in the module's empty store. A URI that makes no sense is logged, and there is no token. */
must_check CK_RV ready_token_make(struct module *m);

#endif
