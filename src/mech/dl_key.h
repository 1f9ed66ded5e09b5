/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and groups of DSA, Diffie-Hellman and X9.42 as attributes: CKA_PRIME, CKA_SUBPRIME, CKA_BASE, CKA_VALUE. */
#ifndef CONCLAVE_MECH_DL_KEY_H
#define CONCLAVE_MECH_DL_KEY_H

#include "crypto/pkey_dl.h"
#include "mech/mech.h"

/* Key sizes in bits of the prime. */
#define DL_DSA_SIZES .min_key = 512, .max_key = 3072
#define DL_DH_SIZES .min_key = 512, .max_key = 8192
#define DL_X9_42_SIZES .min_key = 1024, .max_key = 8192

/* As struct mech_key_type wants them. complete takes domain parameters too: it checks them and adds CKA_PRIME_BITS and,
 * where there is a subprime, CKA_SUBPRIME_BITS. */
must_check CK_RV dl_key_complete(const struct mech_env *env, struct attr_list *key);
must_check CK_RV dl_key_load(const struct mech_env *env, const struct attrs *a, struct mech_key **ret);
must_check CK_RV dl_key_to_pkcs8(const struct attrs *a, struct buf *ret);
must_check CK_RV dl_key_from_pkcs8(struct bytes der, struct attr_list *key);
must_check CK_RV dl_key_public_half(const struct mech_key *key, struct attr_list *public_key);
/* As struct mech_gen wants it; the key type is the row's. */
must_check CK_RV dl_key_pair(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *public_key,
                             struct attr_list *private_key);
/* What a template for new domain parameters asks for; DSA's without CKA_SUBPRIME_BITS what §6.2.6 says. */
must_check CK_RV dl_key_wish(const struct mech_row *row, const struct attr_list *key, struct pkey_dl_wish *ret);
/* New domain parameters of CKA_PRIME_BITS and CKA_SUBPRIME_BITS, without a parameter. */
must_check CK_RV dl_key_group(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key);

#endif
