/* SPDX-License-Identifier: Apache-2.0 */
/* The mechanisms that seal messages, as rows for the tests that treat them alike: the key, the parameter of a message
 * and that of the ordinary calls, over one nonce and one tag. */
#ifndef TEST_API_AEAD_CASES_H
#define TEST_API_AEAD_CASES_H

#include "operations.h"

#define AEAD_NONCE 12
#define AEAD_TAG 16

struct aead_case {
	CK_MECHANISM_TYPE type;
	CK_KEY_TYPE key_type;
	bool generates; /* the parameter can ask for a nonce */
	bool states_length; /* the parameter says how long the data is */
};

extern const struct aead_case aead_cases[];
extern const size_t aead_case_count;

extern CK_BYTE aead_nonce[AEAD_NONCE], aead_tag[AEAD_TAG];

CK_OBJECT_HANDLE aead_key(const struct aead_case *c, const CK_ATTRIBUTE *extra, CK_ULONG count);
/* For C_*Message*, C_WrapKeyAuthenticated: generator and fixed bits where there are such; lives until the next call. */
CK_MECHANISM *aead_message(const struct aead_case *c, CK_ULONG data_length, CK_GENERATOR_FUNCTION generator, CK_ULONG fixed_bits);
/* The parameter's pointer to the tag. */
CK_BYTE_PTR *aead_tag_place(const struct aead_case *c);
/* For C_Encrypt, whose output is the ciphertext with the tag behind it. */
CK_MECHANISM *aead_ordinary(const struct aead_case *c, CK_ULONG data_length, CK_BYTE *aad, CK_ULONG aad_length);

#endif
