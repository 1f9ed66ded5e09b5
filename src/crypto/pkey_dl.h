/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in the multiplicative group of a prime field: DSA, and Diffie-Hellman of PKCS #3 and of X9.42. A group is three
 * numbers; it is checked when a key is made in it. Knows no attribute and no key derivation function. */
#ifndef CONCLAVE_CRYPTO_PKEY_DL_H
#define CONCLAVE_CRYPTO_PKEY_DL_H

#include "crypto/pkey.h"

enum pkey_dl_type {
	PKEY_DL_DSA,
	PKEY_DL_DH,    /* PKCS #3: no subprime */
	PKEY_DL_X9_42,
};

#define PKEY_DL_MAX_BITS 8192
#define PKEY_DL_MAX_SIZE (PKEY_DL_MAX_BITS / 8)
/* Shorter private values can be found in less than 2^80 steps. */
#define PKEY_DL_MIN_VALUE_BITS 160

/* Numbers, each most significant byte first. */
struct pkey_dl_group {
	enum pkey_dl_type type;
	struct bytes p, q, g; /* q is empty for PKEY_DL_DH */
};

/* Sizes that we take, g in range and (where there is a q) q | p-1 and g of order q; with primes, that p and q are
 * prime, which costs most of a second for large ones. For PKEY_DL_DSA g may be empty. CKR_ATTRIBUTE_VALUE_INVALID. */
must_check CK_RV pkey_dl_check_group(struct ossl *o, const struct pkey_dl_group *group, bool primes);

/* The group is checked but for the primes. y is in [2, p-2], and of order q where there is one (RFC 5114's groups are known
 * by their p and g); modulo a safe prime the range is enough (SP 800-56A, 5.6.2.3.2). x is in [1, q-1] or [1, p-2]. CKR_ATTRIBUTE_VALUE_INVALID. */
must_check CK_RV pkey_dl_public(struct ossl *o, const struct pkey_dl_group *group, struct bytes y, struct pkey **ret);
must_check CK_RV pkey_dl_private(struct ossl *o, const struct pkey_dl_group *group, struct bytes x, struct pkey **ret);
/* value_bits: of x, for PKEY_DL_DH only; 0 leaves it to us. CKR_ATTRIBUTE_VALUE_INVALID. */
must_check CK_RV pkey_dl_generate(struct ossl *o, const struct pkey_dl_group *group, size_t value_bits, struct pkey **ret);

struct bytes pkey_dl_public_value(const struct pkey *k);               /* y, valid as long as the key */
must_check CK_RV pkey_dl_value(const struct pkey *k, struct secret *ret); /* x */

/* A group with memory of its own. */
struct pkey_dl_made {
	struct secret p, q, g;
	struct secret seed; /* that p and q came from, where it is known */
};

void pkey_dl_made_free(struct pkey_dl_made *made);
/* A key's group; the caller's to free, also when this fails. */
must_check CK_RV pkey_dl_numbers(const struct pkey *k, struct pkey_dl_made *ret);

/* The content of the AlgorithmIdentifier, in SubjectPublicKeyInfo and in PrivateKeyInfo (RFC 3279, PKCS #3). */
must_check CK_RV pkey_dl_put_algorithm(const struct pkey_dl_group *group, struct buf *ret);
struct bytes pkey_dl_oid(enum pkey_dl_type type); /* the content of the OBJECT IDENTIFIER */

/* Diffie-Hellman with the peer's y: as long as p. CKR_PUBLIC_KEY_INVALID: out of range, of another order. */
must_check CK_RV pkey_dl_agree(const struct pkey *k, struct bytes y, struct secret *ret);

/* A new pair in the group of k. */
must_check CK_RV pkey_dl_ephemeral(const struct pkey *k, struct pkey **ret);

/* ret has room for pkey_signature_size: r and s, each as long as q. A longer digest counts with its first bits. */
must_check CK_RV pkey_dsa_sign(const struct pkey *k, struct bytes digest, unsigned char *ret);
/* CKR_SIGNATURE_LEN_RANGE, CKR_SIGNATURE_INVALID. */
must_check CK_RV pkey_dsa_verify(const struct pkey *k, struct bytes digest, struct bytes signature);

/* ---- new groups ---------------------------------------------------------------------------- */

/* As FIPS 186-4 A.1.1 and A.2 make them (below 1024 bits: FIPS 186-2); for PKEY_DL_DH a safe prime and the generator 2. */
struct pkey_dl_wish {
	enum pkey_dl_type type;
	size_t bits, subprime_bits;
	enum digest_alg hash; /* of the search from a seed; at least as long as the subprime */
};

/* CKR_ATTRIBUTE_VALUE_INVALID (sizes that go together: 512 to 1024 in steps of 64 with 160, 2048 with 224 or 256, 3072 with
 * 256), CKR_FUNCTION_CANCELED. */
must_check CK_RV pkey_dl_make_group(struct ossl *o, const struct pkey_dl_wish *wish, const struct pkey_progress *progress, struct pkey_dl_made *ret);
/* FIPS 186-4 A.1.2.1: p and q with a proof, for PKEY_DL_DSA from 1024 bits on; without g. first has at least as many bits as
 * the subprime; the seed becomes first, pseed and qseed, as A.2.3 wants them. CKR_FUNCTION_FAILED: rarely, there are none
 * from this seed. *ret is the caller's to free, also when this fails. */
must_check CK_RV pkey_dl_make_provable(struct ossl *o, const struct pkey_dl_wish *wish, struct bytes first, const struct pkey_progress *progress,
                                       struct pkey_dl_made *ret);
/* FIPS 186-4 A.2.3: the generator that follows from seed and index. CKR_ATTRIBUTE_VALUE_INVALID: q does not divide p-1. */
must_check CK_RV pkey_dl_make_generator(struct ossl *o, enum digest_alg hash, struct bytes p, struct bytes q, struct bytes seed, unsigned char index,
                                        struct secret *ret);

#endif
