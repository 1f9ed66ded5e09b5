/* SPDX-License-Identifier: Apache-2.0 */
/* Key encapsulation with RSA: PKCS #1 v1.5, OAEP, bare. */
#ifndef CONCLAVE_MECH_RSA_KEM_H
#define CONCLAVE_MECH_RSA_KEM_H

#include "mech/mech.h"

extern const struct mech_kem rsa_kem_pkcs1, rsa_kem_oaep, rsa_kem_raw;

#endif
