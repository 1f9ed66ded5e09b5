/* SPDX-License-Identifier: Apache-2.0 */
/* Asymmetric keys: made from numbers, asked for numbers, used. A key never changes after it is made and
 * may be used by many threads at once. Knows no attribute and no mechanism; which of the ways to
 * sign or encrypt is allowed is decided above. Formats with names (PKCS #8, PEM) are not read here. */
#ifndef CONCLAVE_CRYPTO_PKEY_H
#define CONCLAVE_CRYPTO_PKEY_H

#include "crypto/digest.h"
#include "crypto/ossl.h"
#include "crypto/pkey_curve.h"

struct pkey;

#define PKEY_RSA_MIN_BITS 512
#define PKEY_RSA_MAX_BITS 16384
#define PKEY_RSA_MAX_SIZE (PKEY_RSA_MAX_BITS / 8)

/* The numbers of an RSA key, each most significant byte first. */
enum pkey_rsa_part {
	PKEY_RSA_N,
	PKEY_RSA_E,
	PKEY_RSA_D,
	PKEY_RSA_P,
	PKEY_RSA_Q,
	PKEY_RSA_DP,
	PKEY_RSA_DQ,
	PKEY_RSA_QI,
	PKEY_RSA_PARTS,
};

/* ---- making -------------------------------------------------------------------------------- */

/* Long work asks now and then whether to go on. go_on may be NULL. */
struct pkey_progress {
	bool (*go_on)(void *arg);
	void *arg;
};

/* Odd, of a size that we take, with an exponent that libcrypto takes. CKR_ATTRIBUTE_VALUE_INVALID. */
must_check CK_RV pkey_rsa_check_public(struct bytes n, struct bytes e);
/* Computes what is missing (from n, e and either d or a prime) and checks that all numbers belong together.
 * Empty parts are missing; ret's parts are all filled and the caller's to free.
 * CKR_ATTRIBUTE_VALUE_INVALID; CKR_TEMPLATE_INCOMPLETE when neither d nor a prime is there. */
must_check CK_RV pkey_rsa_complete(struct ossl *o, const struct bytes given[PKEY_RSA_PARTS], struct secret ret[PKEY_RSA_PARTS]);
/* From numbers that were checked once. A private key needs n, e, d and uses the rest only when all is there. */
must_check CK_RV pkey_rsa_public(struct ossl *o, struct bytes n, struct bytes e, struct pkey **ret);
must_check CK_RV pkey_rsa_private(struct ossl *o, const struct bytes parts[PKEY_RSA_PARTS], struct pkey **ret);
/* CKR_FUNCTION_CANCELED, CKR_ATTRIBUTE_VALUE_INVALID (the exponent). */
must_check CK_RV pkey_rsa_generate(struct ossl *o, size_t bits, struct bytes e, const struct pkey_progress *progress, struct pkey **ret);

/* point: compressed or uncompressed for PKEY_EC, RFC 8032 for PKEY_EDWARDS; it is checked to be on the curve and in
 * the subgroup of its generator. RFC 7748 for PKEY_MONTGOMERY.
 * value: the scalar, at most curve->size bytes and in [1, order-1]; for the others exactly curve->size bytes.
 * CKR_ATTRIBUTE_VALUE_INVALID, CKR_CURVE_NOT_SUPPORTED. */
must_check CK_RV pkey_curve_public(struct ossl *o, const struct pkey_curve *c, struct bytes point, struct pkey **ret);
must_check CK_RV pkey_curve_private(struct ossl *o, const struct pkey_curve *c, struct bytes value, struct pkey **ret);
must_check CK_RV pkey_curve_generate(struct ossl *o, const struct pkey_curve *c, struct pkey **ret);
/* PKEY_EC only: the private value from 64 bits more than the order has (FIPS 186-4 B.4.1). */
must_check CK_RV pkey_curve_generate_extra(struct ossl *o, const struct pkey_curve *c, struct pkey **ret);

void pkey_free(struct pkey *k); /* NULL is fine */

/* ---- asking -------------------------------------------------------------------------------- */

size_t pkey_bits(const struct pkey *k);           /* of the modulus or of the field */
size_t pkey_size(const struct pkey *k);           /* bytes of the modulus or of the order */
size_t pkey_signature_size(const struct pkey *k); /* bytes */
const struct pkey_curve *pkey_curve(const struct pkey *k); /* NULL for RSA */
/* The encoded point: uncompressed, or RFC 8032. Empty for RSA. Valid as long as the key. */
struct bytes pkey_point(const struct pkey *k);
/* SubjectPublicKeyInfo, DER (RFC 5280, 5480, 8410). Valid as long as the key. */
struct bytes pkey_spki(const struct pkey *k);
/* SHA-256 of that. */
void pkey_public_digest(const struct pkey *k, unsigned char ret[32]);
/* CKR_FUNCTION_FAILED for a part that the key does not have. */
must_check CK_RV pkey_rsa_part(const struct pkey *k, enum pkey_rsa_part part, struct secret *ret);
/* The private scalar, padded to curve->size; for PKEY_EDWARDS the seed. */
must_check CK_RV pkey_curve_value(const struct pkey *k, struct secret *ret);

/* Diffie-Hellman on one curve: x of the shared point, as long as the field (SEC 1 §3.3.1), or RFC 7748. With cofactor
 * (PKEY_EC only) the private value counts times the curve's (§3.3.2), which is a difference where that is not 1.
 * CKR_PUBLIC_KEY_INVALID: the peer's key is of low order; CKR_FUNCTION_FAILED. */
must_check CK_RV pkey_ecdh(const struct pkey *k, const struct pkey *peer, bool cofactor, struct secret *ret);

/* ---- elliptic curves ----------------------------------------------------------------------- */

/* ret has room for pkey_signature_size: r and s, each padded to half of it. A digest longer than the order
 * counts with its leftmost bits. */
must_check CK_RV pkey_ecdsa_sign(const struct pkey *k, struct bytes digest, unsigned char *ret);
/* Takes shorter signatures of even length too (§6.3.1). CKR_SIGNATURE_LEN_RANGE, CKR_SIGNATURE_INVALID. */
must_check CK_RV pkey_ecdsa_verify(const struct pkey *k, struct bytes digest, struct bytes signature);

/* The variant of EdDSA (RFC 8032): all zero is the pure one, without context. */
struct pkey_eddsa {
	bool prehash;
	struct bytes context; /* at most 255 bytes */
};

/* True when this libcrypto knows the variant for this key. */
bool pkey_eddsa_works(const struct pkey *k, const struct pkey_eddsa *how);
must_check CK_RV pkey_eddsa_sign(const struct pkey *k, const struct pkey_eddsa *how, struct bytes message, unsigned char *ret);
must_check CK_RV pkey_eddsa_verify(const struct pkey *k, const struct pkey_eddsa *how, struct bytes message, struct bytes signature);

/* ---- RSA ----------------------------------------------------------------------------------- */

/* RFC 8017. Outputs have room for pkey_size bytes. */
struct pkey_pss {
	enum digest_alg hash;
	enum digest_alg mgf_hash;
	size_t salt_len;
};

struct pkey_oaep {
	enum digest_alg hash;
	enum digest_alg mgf_hash;
	struct bytes label;
};

/* The bare operations; in is at most pkey_size bytes and counts as a number. CKR_DATA_INVALID: not below
 * the modulus; CKR_DATA_LEN_RANGE. */
must_check CK_RV pkey_rsa_raw_private(const struct pkey *k, struct bytes in, unsigned char *ret);
must_check CK_RV pkey_rsa_raw_public(const struct pkey *k, struct bytes in, unsigned char *ret);

/* PKCS #1 v1.5, block type 1, over prefix and data one after the other. CKR_DATA_LEN_RANGE. */
must_check CK_RV pkey_rsa_pkcs1_sign(const struct pkey *k, struct bytes prefix, struct bytes data, unsigned char *ret);
/* CKR_SIGNATURE_LEN_RANGE, CKR_SIGNATURE_INVALID, CKR_DATA_LEN_RANGE. */
must_check CK_RV pkey_rsa_pkcs1_verify(const struct pkey *k, struct bytes prefix, struct bytes data, struct bytes signature);
must_check CK_RV pkey_rsa_pkcs1_recover(const struct pkey *k, struct bytes signature, unsigned char *ret, size_t *ret_len);

/* X9.31 over a hash and its identifier, at most two bytes fewer than the modulus. The same codes. */
must_check CK_RV pkey_rsa_x931_sign(const struct pkey *k, struct bytes data, unsigned char *ret);
must_check CK_RV pkey_rsa_x931_verify(const struct pkey *k, struct bytes data, struct bytes signature);

must_check CK_RV pkey_rsa_pss_sign(const struct pkey *k, const struct pkey_pss *pss, struct bytes digest, unsigned char *ret);
must_check CK_RV pkey_rsa_pss_verify(const struct pkey *k, const struct pkey_pss *pss, struct bytes digest, struct bytes signature);

/* Block type 2. Decryption with a wrong padding gives other bytes, the same ones each time, and CKR_OK
 * (implicit rejection). CKR_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_INVALID. */
must_check CK_RV pkey_rsa_pkcs1_encrypt(const struct pkey *k, struct bytes in, unsigned char *ret);
must_check CK_RV pkey_rsa_pkcs1_decrypt(const struct pkey *k, struct bytes in, unsigned char *ret, size_t *ret_len);
must_check CK_RV pkey_rsa_oaep_encrypt(const struct pkey *k, const struct pkey_oaep *oaep, struct bytes in, unsigned char *ret);
must_check CK_RV pkey_rsa_oaep_decrypt(const struct pkey *k, const struct pkey_oaep *oaep, struct bytes in, unsigned char *ret, size_t *ret_len);

#endif
