/* SPDX-License-Identifier: Apache-2.0 */
/* What all secret key types have in common: CKA_VALUE, CKA_VALUE_LEN, CKA_CHECK_VALUE, loading, random values. A type says
 * in a struct secret_key_kind what is its own. Knows no key type. */
#ifndef CONCLAVE_MECH_SECRET_KEY_H
#define CONCLAVE_MECH_SECRET_KEY_H

#include "crypto/cipher.h"
#include "mech/mech.h"

#define SECRET_KEY_CHECK_LEN 3

/* How a key type sees its value. */
struct secret_key_kind {
	CK_ULONG min, max; /* bytes */
	CK_ULONG step;     /* from min on; 0: any */
	bool no_length;    /* the type has no CKA_VALUE_LEN */
	CK_RV (*check_value)(const struct mech_env *env, const struct secret_key_kind *kind, struct bytes value,
	                     unsigned char ret[SECRET_KEY_CHECK_LEN]);
	enum cipher_alg cipher; /* for secret_key_check_block */
	/* A value of a right length that the type does not take: CKR_ATTRIBUTE_VALUE_INVALID. May be NULL. */
	CK_RV (*examine)(struct bytes value);
	/* Sets the bits of a generated or derived value that have no choice. May be NULL. */
	void (*shape)(unsigned char *value, size_t len);
};

/* Check values: the first bytes of a block of zeros enciphered with the key (§4.11), and those of the value's SHA-1
 * (§6.8.2) for keys that encipher no blocks. */
CK_RV secret_key_check_block(const struct mech_env *env, const struct secret_key_kind *kind, struct bytes value,
                             unsigned char ret[SECRET_KEY_CHECK_LEN]);
CK_RV secret_key_check_hash(const struct mech_env *env, const struct secret_key_kind *kind, struct bytes value,
                            unsigned char ret[SECRET_KEY_CHECK_LEN]);

bool secret_key_fits(const struct secret_key_kind *kind, CK_ULONG len);
/* For mech_key_complete. An empty CKA_CHECK_VALUE of the application's stays empty (rule 219). */
must_check CK_RV secret_key_complete(const struct mech_env *env, const struct secret_key_kind *kind, struct attr_list *key);
/* For mech_key_load. */
must_check CK_RV secret_key_load(const struct secret_key_kind *kind, const struct attrs *a, struct mech_key **ret);
/* For mech_gen.key: CKA_VALUE of CKA_VALUE_LEN random bytes, or of the only length. The mechanism takes no parameter. */
must_check CK_RV secret_key_generate(const struct mech_env *env, const struct mech_row *row, const CK_MECHANISM *m, struct attr_list *key);

/* What a row that generates says of its keys. */
#define SECRET_KEY_GEN(type_name) \
	&(const struct mech_gen) \
	{ \
		.key = secret_key_generate, .object_class = CKO_SECRET_KEY, .key_type = (type_name) \
	}

#endif
