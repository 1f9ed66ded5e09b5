/* SPDX-License-Identifier: Apache-2.0 */
/* Every mechanism that the tests know, as a row: its family, its hash, a parameter that works, the key and the length
 * of an input that suit it. A mechanism that the token announces and this table lacks is a fault of the table. */
#ifndef TEST_API_MECHANISMS_H
#define TEST_API_MECHANISMS_H

#include "operations.h"

enum family {
	F_SECRET, F_SECRET_GEN, /* mechanisms_secret.h */
	F_DIGEST, F_HMAC, F_HMAC_GENERAL, F_RSA_GEN, F_RSA, F_RSA_RAW, F_RSA_HASH, F_RSA_OLD_HASH, F_OAEP, F_PSS, F_PSS_HASH,
	F_EC_GEN, F_ECDSA, F_ECDSA_HASH, F_ED_GEN, F_EDDSA, F_GENERIC_GEN, F_AES_GEN, F_AES_ECB, F_AES_CBC,
	F_AES_CBC_PAD, F_AES_CTR, F_AES_GCM,
	F_AES_KEY_WRAP, F_AES_KEY_WRAP_PAD,
	F_RSA_AES_WRAP, F_ECDH, F_ECDH_WRAP, F_X_GEN, F_X_WRAP, F_HKDF, F_HKDF_DATA, F_HKDF_GEN, F_CONCATENATE_KEY,
	F_STRING_DERIVE, F_EXTRACT, F_HASH_DERIVE, F_ECB_DERIVE, F_CBC_DERIVE, F_PUBLIC_HALF,
	F_KDF_COUNTER, F_KDF_FEEDBACK, F_KDF_PIPELINE, F_PBKDF2,
	F_OWN, /* mechanisms_own.h */
	F_PQ, /* from here on: not with every libcrypto; mechanisms_pq.h */
	F_ML_DSA_GEN = F_PQ, F_ML_DSA, F_ML_DSA_DIGEST, F_SLH_DSA_GEN, F_SLH_DSA, F_SLH_DSA_DIGEST, F_ML_KEM_GEN, F_ML_KEM,
};

struct mechanism_case {
	const char *name;
	CK_MECHANISM_TYPE type;
	enum family family;
	CK_MECHANISM_TYPE hash; /* of a hashing mechanism; SHA-256 in parameters else */
};

extern const struct mechanism_case mechanism_cases[];
extern const size_t mechanism_case_count;

const struct mechanism_case *mechanism_case_of(CK_MECHANISM_TYPE type); /* NULL: none */
/* With a parameter that lives until the next call. */
CK_MECHANISM *mechanism_of(const struct mechanism_case *c);
CK_OBJECT_HANDLE mechanism_key(const struct mechanism_case *c, enum kind kind);
CK_ULONG mechanism_input(const struct mechanism_case *c); /* length of a fitting input */

struct hash {
	CK_MECHANISM_TYPE type;
	CK_ULONG size, block;
	CK_RSA_PKCS_MGF_TYPE mgf;
	CK_BYTE oid; /* last byte of the NIST hash OID; 0: SHA-1 */
	const char *abc; /* of "abc" */
};

const struct hash *hash_of(CK_MECHANISM_TYPE type);

/* What tests/spec/mechanisms.tsv says of a mechanism. */
struct stated {
	CK_FLAGS flags;
	char unit[64];
	char parts[96];
	char parameter[256];
};
bool mechanism_stated(const char *name, struct stated *ret);

#endif
