/* SPDX-License-Identifier: Apache-2.0 */
/* Post-quantum keys: ML-DSA (FIPS 204), ML-KEM (FIPS 203), SLH-DSA (FIPS 205). Keys are byte strings of the standards'
 * encodings; a parameter set is a row. Which message is signed in which encoding is decided above. */
#ifndef CONCLAVE_CRYPTO_PKEY_PQ_H
#define CONCLAVE_CRYPTO_PKEY_PQ_H

#include "crypto/pkey.h"

enum pkey_pq_family {
	PKEY_ML_DSA,
	PKEY_ML_KEM,
	PKEY_SLH_DSA,
};

#define PKEY_PQ_OID_SIZE 11
#define PKEY_ML_DSA_MU_SIZE 64

struct pkey_pq_set {
	enum pkey_pq_family family;
	unsigned number;                     /* CKP_*, within the family */
	const char *name;                    /* libcrypto's */
	unsigned char oid[PKEY_PQ_OID_SIZE]; /* the whole DER element */
	unsigned public_size, private_size;
	unsigned seed_size;                  /* what the key is made of; 0 when the private key is no more than that */
	unsigned output_size;                /* of a signature, or of a ciphertext */
};

/* False with a libcrypto that does not have the family. */
bool pkey_pq_works(enum pkey_pq_family family);
/* NULL for a number that the standard does not have. */
const struct pkey_pq_set *pkey_pq_find(enum pkey_pq_family family, unsigned long number);
/* oid is the whole DER element. */
const struct pkey_pq_set *pkey_pq_by_oid(struct bytes oid);

/* CKR_ATTRIBUTE_VALUE_INVALID: wrong length, or no key. */
must_check CK_RV pkey_pq_public(struct ossl *o, const struct pkey_pq_set *set, struct bytes value, struct pkey **ret);
/* One of value and seed may be empty; a seed that belongs to another value is CKR_ATTRIBUTE_VALUE_INVALID. */
must_check CK_RV pkey_pq_private(struct ossl *o, const struct pkey_pq_set *set, struct bytes value, struct bytes seed, struct pkey **ret);
must_check CK_RV pkey_pq_generate(struct ossl *o, const struct pkey_pq_set *set, struct pkey **ret);

const struct pkey_pq_set *pkey_pq_set(const struct pkey *k);
/* The public key; valid as long as the key. */
struct bytes pkey_pq_public_value(const struct pkey *k);
must_check CK_RV pkey_pq_value(const struct pkey *k, struct secret *ret);
must_check CK_RV pkey_pq_seed(const struct pkey *k, struct secret *ret);

/* input: for ML-DSA mu, PKEY_ML_DSA_MU_SIZE bytes (FIPS 204, algorithm 7, line 6); for SLH-DSA the encoded message M'
 * (FIPS 205, algorithms 22 and 23). ret has output_size bytes. */
must_check CK_RV pkey_pq_sign(const struct pkey *k, bool deterministic, struct bytes input, unsigned char *ret);
/* CKR_SIGNATURE_LEN_RANGE, CKR_SIGNATURE_INVALID. */
must_check CK_RV pkey_pq_verify(const struct pkey *k, struct bytes input, struct bytes signature);

/* ML-KEM. ciphertext has output_size bytes. A ciphertext that was not made for the key gives another secret (implicit
 * rejection); CKR_ENCRYPTED_DATA_LEN_RANGE. */
must_check CK_RV pkey_pq_encapsulate(const struct pkey *k, unsigned char *ciphertext, struct secret *ret);
must_check CK_RV pkey_pq_decapsulate(const struct pkey *k, struct bytes ciphertext, struct secret *ret);

#endif
