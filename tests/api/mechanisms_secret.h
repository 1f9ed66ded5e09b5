/* SPDX-License-Identifier: Apache-2.0 */
/* Mechanisms of secret keys, and digests with a parameter, as rows: the key, a parameter that works, the length of an input, the sizes that are to be
 * announced. What most of them need beside their row in mechanisms.c. */
#ifndef TEST_API_MECHANISMS_SECRET_H
#define TEST_API_MECHANISMS_SECRET_H

#include "mechanisms.h"

struct secret_case {
	CK_MECHANISM_TYPE type;
	CK_KEY_TYPE key_type;
	CK_ULONG key_length; /* in bytes; of generation with a fixed length 0 */
	void *param;
	CK_ULONG param_length;
	CK_ULONG input;
	CK_ULONG min, max; /* announced */
	CK_MECHANISM_TYPE use; /* for generation: a mechanism that the key works with */
};

const struct secret_case *secret_case_of(CK_MECHANISM_TYPE type);
CK_MECHANISM *secret_mechanism(CK_MECHANISM_TYPE type);
CK_OBJECT_HANDLE secret_key(CK_MECHANISM_TYPE type); /* a new one, in sess */
/* C_GenerateKey, then the key at work. */
void secret_generating_works(CK_MECHANISM_TYPE type);

#endif
