/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers of mechanisms with secret keys as rows, and what holds for their parameters, lengths and parts.
 * Knows no family. */
#ifndef CONCLAVE_TESTS_MECH_ANSWERS_H
#define CONCLAVE_TESTS_MECH_ANSWERS_H

#include "mech_harness.h"

/* All in hexadecimal. param: NULL for none, "#12" for the CK_ULONG 12, else the bytes. */
struct answer {
	CK_MECHANISM_TYPE type;
	CK_KEY_TYPE key_type;
	const char *key;
	const char *param;
	const char *in;
	const char *out; /* ciphertext or MAC */
};

/* Encrypts and decrypts, or signs and verifies, each row in all the ways of mech_harness.h. */
void answers_check_ciphers(const struct answer *rows, size_t count);
void answers_check_macs(const struct answer *rows, size_t count);
/* Every row of the family that has operations is among the answers. */
void answers_check_complete(const struct mech_family *family, const struct answer *rows, size_t count);

/* C_*Init with the row's key and this parameter: CKR_OK ends the operation at once. */
CK_RV answers_init(const struct answer *row, const void *param, CK_ULONG len);
/* The parameter must be exactly so many bytes, any content: NULL, shorter and longer are refused. 0: there is none. */
void answers_check_param_size(const struct answer *row, CK_ULONG len);
/* CK_MAC_GENERAL_PARAMS of 1 to max. */
void answers_check_general(const struct answer *row, CK_ULONG max);
/* Keys of these lengths are taken and no others up to 65; 0 ends the list. */
void answers_check_key_sizes(const struct answer *row, const size_t *lengths);
/* So many bytes, encrypted at once, are the same in parts of many sizes, both ways. */
void answers_check_long(const struct answer *row, size_t len);
/* What Encrypt and Decrypt answer to an input of so many bytes, whole and in parts. */
void answers_check_length(const struct answer *row, size_t len, CK_RV encrypted, CK_RV decrypted);
/* restore() of a fresh operation with so many zero bytes. */
CK_RV answers_restore(const struct answer *row, enum mech_use use, size_t len);

#endif
