/* SPDX-License-Identifier: Apache-2.0 */
/* Post-quantum pairs for the tests of operations, made when first asked for in a session. Refuses to know any known
 * answer: the tests of the layers below have them. */
#ifndef TEST_API_MECHANISMS_PQ_H
#define TEST_API_MECHANISMS_PQ_H

#include "harness.h"

/* One half of a pair of sess: CKK_ML_DSA, CKK_ML_KEM or CKK_SLH_DSA, of a small parameter set. */
CK_OBJECT_HANDLE pq_key(CK_KEY_TYPE type, bool private);
/* A new pair of any parameter set: session objects, neither private nor sensitive. */
CK_RV pq_generate(CK_SESSION_HANDLE session, CK_KEY_TYPE type, CK_ULONG set, CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private);
/* CKM_HASH_ML_DSA or CKM_HASH_SLH_DSA over a digest of this hash; lives until the next call. */
CK_MECHANISM *pq_digest_mechanism(CK_MECHANISM_TYPE type, CK_MECHANISM_TYPE hash);

#endif
