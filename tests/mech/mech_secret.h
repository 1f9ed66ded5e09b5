/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for secret keys of every type, as checks for the tests of one type. */
#ifndef CONCLAVE_TESTS_MECH_SECRET_H
#define CONCLAVE_TESTS_MECH_SECRET_H

#include "mech_harness.h"

/* C_GenerateKey's part of the mechanism, with this CKA_VALUE_LEN. */
CK_RV secret_generate(CK_MECHANISM_TYPE type, CK_ULONG len);
/* A generated key has a value of that length, a check value, and is never the same twice (from 8 bytes on). */
void secret_check_generated(CK_MECHANISM_TYPE type, CK_KEY_TYPE key_type, CK_ULONG len);
void secret_check_no_parameter(CK_MECHANISM_TYPE type, CK_ULONG len);

CK_RV secret_complete(CK_KEY_TYPE type, struct bytes value);
CK_RV secret_load(CK_KEY_TYPE type, struct bytes value);
/* complete() adds this CKA_CHECK_VALUE. */
void secret_check_value(CK_KEY_TYPE type, const char *value, const char *check);
/* The application's own: right, wrong, of another length, empty (rule 219). */
void secret_check_given_check_value(CK_KEY_TYPE type, const char *value, const char *check);
void secret_check_given_length(CK_KEY_TYPE type, const char *value);

#endif
