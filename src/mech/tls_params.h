/* SPDX-License-Identifier: Apache-2.0 */
/* What the parameters of SSL and TLS mechanisms share, with every pointer in doubt. */
#ifndef CONCLAVE_MECH_TLS_PARAMS_H
#define CONCLAVE_MECH_TLS_PARAMS_H

#include "mech/mech.h"

#define TLS_RANDOM_SIZE 32
#define TLS_MASTER_SIZE 48

/* Client's and server's, each of 32 bytes. CKR_MECHANISM_PARAM_INVALID. */
must_check CK_RV tls_params_randoms(const CK_SSL3_RANDOM_DATA *p, struct bytes *ret_client, struct bytes *ret_server);
/* A master secret. CKR_KEY_SIZE_RANGE. */
must_check CK_RV tls_params_master(const struct mech_key *key);

/* Key block of SSL 3.0, TLS 1.0 and 1.2 (mech_derive.key). */
must_check CK_RV tls_keys_derive(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, const struct mech_key *base,
                                 struct attr_list *key);

#endif
