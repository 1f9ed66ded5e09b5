/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers (§5.19). */
#include "api/enter.h"
#include "crypto/rand.h"


static CK_RV seed(struct session *s, struct bytes in)
{
	if (in.data == NULL && in.len > 0)
		return fail(CKR_ARGUMENTS_BAD, "no seed, but a length");
	return rand_seed(s->module->env.ossl, in);
}

CK_RV C_SeedRandom(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSeed, CK_ULONG ulSeedLen)
{
	SESSION_CALL(C_SeedRandom, hSession, seed(s, bytes_of(pSeed, ulSeedLen)));
}

static CK_RV generate(struct session *s, CK_BYTE_PTR out, CK_ULONG len)
{
	if (out == NULL && len > 0)
		return fail(CKR_ARGUMENTS_BAD, "no place for the random bytes");
	return rand_bytes(s->module->env.ossl, out, len);
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pRandomData, CK_ULONG ulRandomLen)
{
	SESSION_CALL(C_GenerateRandom, hSession, generate(s, pRandomData, ulRandomLen));
}
