/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of ML-DSA and SLH-DSA (§6.67, §6.69): pure, over a digest that the application made, and over one that is
 * made here. The families differ in what the signing primitive takes: 64 bytes, or the whole encoded message. */
#ifndef CONCLAVE_MECH_PQ_SIGN_H
#define CONCLAVE_MECH_PQ_SIGN_H

#include "crypto/digest.h"
#include "crypto/xof.h"
#include "mech/mech.h"

/* A hash function in front of a signature (FIPS 204 §5.4.1). */
struct pq_hash {
	CK_MECHANISM_TYPE mechanism; /* CK_HASH_SIGN_ADDITIONAL_CONTEXT.hash; for SHAKE there is no such number */
	bool is_xof;
	enum digest_alg digest;
	enum xof_alg xof;
	unsigned size;
	unsigned char arc;           /* of its object identifier, below nistAlgorithms.hashAlgs */
};

enum pq_hash_index {
	PQ_SHA224,
	PQ_SHA256,
	PQ_SHA384,
	PQ_SHA512,
	PQ_SHA512_224,
	PQ_SHA512_256,
	PQ_SHA3_224,
	PQ_SHA3_256,
	PQ_SHA3_384,
	PQ_SHA3_512,
	PQ_SHAKE128,
	PQ_SHAKE256,
	PQ_HASHES,
};

/* row->data of the forms with a hash in their name; NULL for the others. */
extern const struct pq_hash pq_sign_hashes[PQ_HASHES];

extern const struct mech_ops pq_sign_pure_ops;
extern const struct mech_ops pq_sign_digest_ops; /* CK_HASH_SIGN_ADDITIONAL_CONTEXT */
extern const struct mech_ops pq_sign_hashed_ops;

#endif
