/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys: completing, loading, generating. */
#ifndef CONCLAVE_MECH_RSA_KEY_H
#define CONCLAVE_MECH_RSA_KEY_H

#include "mech/mech.h"

/* As struct mech_key_type wants them. */
must_check CK_RV rsa_key_complete(const struct mech_env *env, struct attr_list *key);
must_check CK_RV rsa_key_load(const struct mech_env *env, const struct attrs *a, struct mech_key **ret);
must_check CK_RV rsa_key_public_half(const struct mech_key *key, struct attr_list *public_key);
/* As struct mech_gen wants it. */
must_check CK_RV rsa_key_pair(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m,
                              struct attr_list *public_key, struct attr_list *private_key);

#endif
