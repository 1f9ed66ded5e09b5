/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the interface "Vendor Conclave" (conclave.h), for the list of interfaces. */
#ifndef CONCLAVE_API_ADMIN_H
#define CONCLAVE_API_ADMIN_H

#include <conclave.h>

extern const CONCLAVE_FUNCTIONS api_admin_functions;

#endif
