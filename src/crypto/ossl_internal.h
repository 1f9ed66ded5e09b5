/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the facade: the library context and what was fetched from it, for the files of src/crypto
 * only. Everything here is made by ossl_open and never changes afterwards, or is set once and for all (ossl_fetch.c),
 * so that threads read it without a lock. To be included first: base/compiler.h has a macro whose name libcrypto's
 * headers use. */
#ifndef CONCLAVE_CRYPTO_OSSL_INTERNAL_H
#define CONCLAVE_CRYPTO_OSSL_INTERNAL_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/types.h>

#include <stdatomic.h>

#include "crypto/cipher.h"
#include "crypto/digest.h"
#include "crypto/ossl.h"

enum ossl_kdf { OSSL_KDF_HKDF, OSSL_KDF_ARGON2ID, OSSL_KDFS };

struct ossl {
	OSSL_LIB_CTX *libctx;
	OSSL_PROVIDER *standard;
	OSSL_PROVIDER *legacy; /* NULL where it is not to be had */
	/* EVP_CIPHER, EVP_KDF: NULL until ossl_fetch.c was asked. */
	_Atomic(void *) cipher[CIPHER_ALGS][CIPHER_MODES][CIPHER_SIZES];
	_Atomic(void *) kdf[OSSL_KDFS];
	long pid;          /* the process that opened it: a fork child must not use it */
	uint64_t id;       /* differs for every opening in one process and its children */
	struct ossl *next; /* while parked */
};

/* libcrypto's name of a digest: "SHA2-256". */
const char *ossl_digest_name(enum digest_alg alg);
/* key_len fits the algorithm. The facade keeps it. CKR_FUNCTION_FAILED when this libcrypto has it not. */
must_check CK_RV ossl_cipher(struct ossl *o, enum cipher_alg alg, enum cipher_mode mode, size_t key_len, const EVP_CIPHER **ret);
/* CKR_FUNCTION_NOT_SUPPORTED when it has it not: Argon2id needs 3.2. */
must_check CK_RV ossl_kdf(struct ossl *o, enum ossl_kdf which, EVP_KDF **ret);
/* For a context that no thread has used yet. */
void ossl_give_back_all(struct ossl *o);

#endif
