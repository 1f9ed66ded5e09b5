/* SPDX-License-Identifier: Apache-2.0 */
/* See mechanisms_pq.h. */
#include "mechanisms_pq.h"

#include "operations.h"

static struct pair {
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE generation;
	CK_ULONG set;
	CK_SESSION_HANDLE session; /* that the handles are of; 0: none yet */
	CK_OBJECT_HANDLE public, private;
} pairs[] = {
	{CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_44, 0, 0, 0},
	{CKK_ML_KEM, CKM_ML_KEM_KEY_PAIR_GEN, CKP_ML_KEM_512, 0, 0, 0},
	{CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHA2_128F, 0, 0, 0},
};

static struct pair *pair_of(CK_KEY_TYPE type)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		if (pairs[i].type == type)
			return &pairs[i];
	}
	fail_msg("no pair of type 0x%lx", type);
	return NULL;
}

CK_RV pq_generate(CK_SESSION_HANDLE session, CK_KEY_TYPE type, CK_ULONG set, CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
	CK_MECHANISM m = {pair_of(type)->generation, NULL, 0};
	CK_ATTRIBUTE public[] = {{CKA_PARAMETER_SET, &set, sizeof(set)}, {CKA_PRIVATE, &no, sizeof(no)}};
	CK_ATTRIBUTE private[] = {{CKA_PRIVATE, &no, sizeof(no)}, {CKA_SENSITIVE, &no, sizeof(no)}, {CKA_EXTRACTABLE, &yes, sizeof(yes)}};

	return p11->C_GenerateKeyPair(session, &m, public, COUNT(public), private, COUNT(private), ret_public, ret_private);
}

CK_OBJECT_HANDLE pq_key(CK_KEY_TYPE type, bool private)
{
	struct pair *p = pair_of(type);
	CK_KEY_TYPE there = 0;
	CK_ATTRIBUTE asked = {CKA_KEY_TYPE, &there, sizeof(there)};

	/* Handles may come again in another library's life: the pair is looked at. */
	if (p->session != sess || p11->C_GetAttributeValue(sess, p->private, &asked, 1) != CKR_OK || there != type) {
		assert_ok(pq_generate(sess, type, p->set, &p->public, &p->private));
		p->session = sess;
	}
	return private ? p->private : p->public;
}

CK_MECHANISM *pq_digest_mechanism(CK_MECHANISM_TYPE type, CK_MECHANISM_TYPE hash)
{
	static CK_HASH_SIGN_ADDITIONAL_CONTEXT p;
	static CK_MECHANISM m;

	p = (CK_HASH_SIGN_ADDITIONAL_CONTEXT){CKH_HEDGE_PREFERRED, NULL, 0, hash};
	m = (CK_MECHANISM){type, &p, sizeof(p)};
	return &m;
}
