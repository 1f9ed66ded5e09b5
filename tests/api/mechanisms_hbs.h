/* SPDX-License-Identifier: Apache-2.0 */
/* Hash-based signatures that others made, from tests/mech/hbs_vectors.txt, for tests of the calls. Knows no state of a
 * signing key. */
#ifndef TEST_API_MECHANISMS_HBS_H
#define TEST_API_MECHANISMS_HBS_H

#include "harness.h"

struct hbs_vector {
	CK_BYTE *key, *message, *signature;
	CK_ULONG key_len, message_len, signature_len;
};

/* The file's first signature of this mechanism. */
struct hbs_vector hbs_first(CK_MECHANISM_TYPE type);
void hbs_free(struct hbs_vector *v);
/* Its public key, in sess. */
CK_OBJECT_HANDLE hbs_key(CK_MECHANISM_TYPE type, const struct hbs_vector *v);
/* Every way to verify such a signature takes it, and refuses another. */
void hbs_works(CK_MECHANISM_TYPE type);
/* The same, and a new pair signs and verifies; a new pair alone. */
void hss_works(CK_MECHANISM_TYPE type);
void hss_pair_works(CK_MECHANISM_TYPE type);

#endif
