/* SPDX-License-Identifier: Apache-2.0 */
/* The curves: one const row each, found by object identifier or by name. Knows lengths and
 * spellings; computes nothing. */
#ifndef CONCLAVE_CRYPTO_PKEY_CURVE_H
#define CONCLAVE_CRYPTO_PKEY_CURVE_H

#include "base/bytes.h"

enum pkey_kind {
	PKEY_RSA,
	PKEY_PQ,      /* crypto/pkey_pq.h */
	PKEY_DL,      /* crypto/pkey_dl.h */
	PKEY_EC,      /* short Weierstrass over a prime or binary field, ECDSA */
	PKEY_EDWARDS, /* EdDSA */
	PKEY_MONTGOMERY, /* X25519, X448 */
};

#define PKEY_CURVE_NAMES 4

struct pkey_curve {
	enum pkey_kind kind;
	const char *group;                   /* libcrypto's name of the group or of the key type */
	const char *names[PKEY_CURVE_NAMES]; /* accepted, the standard's own first */
	struct bytes oid;                    /* the whole DER element */
	struct bytes old_oid;                /* one more that is accepted; empty for most */
	bool binary;                         /* the field has 2^bits elements */
	unsigned bits;                       /* of the field */
	unsigned size;                       /* bytes of the order, or of an Edwards or Montgomery key */
	unsigned point_size;                 /* bytes of the one encoding that we keep */
	unsigned signature_size;
};

/* NULL when unknown. oid is the whole DER element. */
const struct pkey_curve *pkey_curve_by_oid(struct bytes oid);
/* Letter case does not count. */
const struct pkey_curve *pkey_curve_by_name(struct bytes name);
/* i from 0; NULL after the last. */
const struct pkey_curve *pkey_curve_at(size_t i);

#endif
