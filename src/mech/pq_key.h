/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of ML-DSA, ML-KEM and SLH-DSA: completing, loading, generating. */
#ifndef CONCLAVE_MECH_PQ_KEY_H
#define CONCLAVE_MECH_PQ_KEY_H

#include "mech/mech.h"

/* As struct mech_key_type wants them. */
must_check CK_RV pq_key_complete(const struct mech_env *env, struct attr_list *key);
must_check CK_RV pq_key_load(const struct mech_env *env, const struct attrs *a, struct mech_key **ret);
must_check CK_RV pq_key_public_half(const struct mech_key *key, struct attr_list *public_key);
/* As struct mech_gen wants it; the key type is the row's. */
must_check CK_RV pq_key_pair(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *public_key,
                             struct attr_list *private_key);

/* PrivateKeyInfo: seed and expanded key where both are known, else the expanded key (RFC 9881 §6 and its like for
 * ML-KEM); SLH-DSA as it is (RFC 9909 §6). All three choices are taken back. */
must_check CK_RV pq_key_to_pkcs8(const struct attrs *a, struct buf *ret);
must_check CK_RV pq_key_from_pkcs8(struct bytes der, struct attr_list *key);

#endif
