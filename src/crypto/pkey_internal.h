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
/* A number, and one of a key's, padded to len bytes (0: no padding). */
must_check CK_RV pkey_number(const BIGNUM *bn, size_t len, struct secret *ret);
must_check CK_RV pkey_get_number(const EVP_PKEY *evp, const char *name, size_t len, struct secret *ret);

/* EVP_PKEY_generate on a context that is ready, asking now and then whether to go on. CKR_FUNCTION_CANCELED. */
must_check CK_RV pkey_generate(EVP_PKEY_CTX *ctx, const struct pkey_progress *progress, const char *what, EVP_PKEY **ret);
/* Diffie-Hellman with a secret of len bytes. CKR_PUBLIC_KEY_INVALID: it would tell nothing. */
must_check CK_RV pkey_agree(const struct pkey *k, const struct pkey *peer, const OSSL_PARAM *params, size_t len, struct secret *ret);

/* Signatures of r and s, each half bytes long. what names them in the log. Verifying takes shorter halves, too:
 * CKR_SIGNATURE_INVALID. */
must_check CK_RV pkey_halves_sign(const struct pkey *k, const char *what, struct bytes digest, size_t half, unsigned char *ret);
must_check CK_RV pkey_halves_verify(const struct pkey *k, const char *what, struct bytes digest, struct bytes signature);

/* On the curve (RFC 8032 §5.1.3, §5.2.3). */
bool pkey_edwards_valid(const struct pkey_curve *c, struct bytes point);

#endif
