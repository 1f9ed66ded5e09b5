/* SPDX-License-Identifier: Apache-2.0 */
/* What all secret key types have in common: CKA_VALUE, CKA_VALUE_LEN, CKA_CHECK_VALUE, loading, random values.
 * Knows no key type. */
#ifndef CONCLAVE_MECH_SECRET_KEY_H
#define CONCLAVE_MECH_SECRET_KEY_H

#include "mech/mech.h"

#define SECRET_KEY_CHECK_LEN 3

/* How a key type sees its value. */
struct secret_key_kind {
	bool (*length_fits)(CK_ULONG len);
	CK_RV (*check_value)(const struct mech_env *env, struct bytes value, unsigned char ret[SECRET_KEY_CHECK_LEN]);
	size_t fixed_len; /* the only length, of a type without CKA_VALUE_LEN; else 0 */
};

/* For mech_key_type.complete. An empty CKA_CHECK_VALUE of the application's stays empty (rule 219). */
must_check CK_RV secret_key_complete(const struct mech_env *env, const struct secret_key_kind *kind, struct attr_list *key);
/* For mech_key_type.load. */
must_check CK_RV secret_key_load(const struct secret_key_kind *kind, const struct attrs *a, struct mech_key **ret);
/* For mech_gen.key: CKA_VALUE of CKA_VALUE_LEN, or fixed_len, random bytes. The mechanism takes no parameter. */
must_check CK_RV secret_key_generate(const struct mech_env *env, const struct secret_key_kind *kind, const CK_MECHANISM *m,
                                     struct attr_list *key);

#endif
