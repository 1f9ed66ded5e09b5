/* SPDX-License-Identifier: Apache-2.0 */
/* What session.c needs of the session table (session_table.c). For nobody else. */
#ifndef CONCLAVE_CORE_SESSION_INTERNAL_H
#define CONCLAVE_CORE_SESSION_INTERNAL_H

#include "core/session.h"

/* A free slot, not yet visible. CKR_HOST_MEMORY. */
must_check CK_RV session_table_get(struct session_table *t, struct session **ret);
/* Gives an invisible slot back. */
void session_table_put(struct session_table *t, struct session *s);
/* Makes the session visible under a handle that was never used before. */
CK_SESSION_HANDLE session_table_publish(struct session *s);
void session_table_unpublish(struct session *s);

#endif
