/* SPDX-License-Identifier: Apache-2.0 */
/* The module's vendor interface, for the verbs on whole tokens. */
#ifndef CONCLAVE_TOOL_ADMIN_H
#define CONCLAVE_TOOL_ADMIN_H

#include <conclave.h>

#include "p11.h"

/* FAILED when the module is another maker's. */
must_check enum status admin_find(struct p11 *p, CONCLAVE_FUNCTIONS **ret);

#endif
