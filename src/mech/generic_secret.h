/* SPDX-License-Identifier: Apache-2.0 */
/* How long a generic secret may be; HMAC keys are generic secrets. */
#ifndef CONCLAVE_MECH_GENERIC_SECRET_H
#define CONCLAVE_MECH_GENERIC_SECRET_H

/* Bytes. The upper end is this token's own: longer than any key exchange gives and any hash function needs. */
#define GENERIC_SECRET_MIN 1
#define GENERIC_SECRET_MAX 4096

#endif
