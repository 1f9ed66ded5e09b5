/* SPDX-License-Identifier: Apache-2.0 */
/* What the pkey files share: the key itself, and contexts made ready once and copied for each use. */
#ifndef CONCLAVE_CRYPTO_PKEY_INTERNAL_H
#define CONCLAVE_CRYPTO_PKEY_INTERNAL_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <stdatomic.h>

#include "crypto/pkey.h"

/* The ways to set up a context for a key. RSA: without padding where that works. */
enum pkey_way {
	PKEY_WAY_SIGN,
	PKEY_WAY_VERIFY,
	PKEY_WAY_RECOVER,
	PKEY_WAY_ENCRYPT,
	PKEY_WAY_DECRYPT,
	PKEY_WAYS,
};

/* Filled by the first user; never changed after. */
struct pkey_ready {
	_Atomic(EVP_PKEY_CTX *) way[PKEY_WAYS];
};

struct pkey {
	enum pkey_kind kind;
	const struct pkey_curve *curve;
	const struct pkey_pq_set *pq;
	size_t subprime_size; /* PKEY_DL: bytes of q, 0 without one */
	struct ossl *ossl;
	EVP_PKEY *evp;
	size_t bits;
	size_t size;
	struct buf public_part; /* the modulus or the point */
	struct buf spki;
	struct pkey_ready *ready;
};

/* A key of this kind around evp, which the key owns from here on, also when this fails. The public part and
 * the SubjectPublicKeyInfo are the maker's to fill. */
must_check CK_RV pkey_new(struct ossl *o, enum pkey_kind kind, EVP_PKEY *evp, struct pkey **ret);
/* EVP_PKEY_fromdata. selection is EVP_PKEY_PUBLIC_KEY or EVP_PKEY_KEYPAIR; rv is the code for a refusal. */
must_check CK_RV pkey_from_params(struct ossl *o, const char *type, int selection, OSSL_PARAM *params, CK_RV rv, EVP_PKEY **ret);
/* A context of one's own, ready for this way; NULL (logged) when libcrypto refuses. */
EVP_PKEY_CTX *pkey_context(const struct pkey *k, enum pkey_way way);
void pkey_context_end(EVP_PKEY_CTX **ctx); /* for cleanup() */
/* spki from the algorithm identifier's content and the bits. */
must_check CK_RV pkey_put_spki(struct pkey *k, struct bytes algorithm, struct bytes bits);

/* Native byte order, as OSSL_PARAM wants its numbers; from and to have len bytes. */
void pkey_native(unsigned char *to, const unsigned char *from, size_t len);
/* A number of the key, padded to len bytes (0: no padding). */
must_check CK_RV pkey_get_number(const struct pkey *k, const char *name, size_t len, struct secret *ret);

/* The longest half of a signature: sect571r1. */
#define PKEY_HALF_MAX 72
/* SEQUENCE, its length in up to two bytes more, two INTEGERs with a zero in front each. */
#define PKEY_HALVES_DER (4 + 2 * (3 + PKEY_HALF_MAX))
/* r and s: from a DER SEQUENCE to two halves of this length (false: they do not fit), and back to at most
 * PKEY_HALVES_DER bytes, whose number is returned. */
bool pkey_halves_from_der(struct bytes der, unsigned char *ret, size_t half);
size_t pkey_halves_to_der(struct bytes signature, unsigned char *ret);

/* On the curve (RFC 8032 §5.1.3, §5.2.3). */
bool pkey_edwards_valid(const struct pkey_curve *c, struct bytes point);

#endif
