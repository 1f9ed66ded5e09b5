/* SPDX-License-Identifier: Apache-2.0 */
/* The extendable-output functions of FIPS 202 through EVP. */
#include "crypto/ossl_internal.h"
#include "base/log.h"
#include "crypto/xof.h"

CK_RV xof_start(struct ossl *o, enum xof_alg alg, struct xof *ret)
{
	EVP_MD *md = EVP_MD_fetch(o->libctx, alg == XOF_SHAKE128 ? "SHAKE128" : "SHAKE256", NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = md != NULL && ctx != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1;

	EVP_MD_free(md); /* the context has a reference of its own */
	if (!ok) {
		EVP_MD_CTX_free(ctx);
		return ossl_fail(CKR_FUNCTION_FAILED, "SHAKE");
	}
	ret->evp = ctx;
	return CKR_OK;
}

CK_RV xof_update(struct xof *x, struct bytes in)
{
	if (in.len > 0 && EVP_DigestUpdate(x->evp, in.data, in.len) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "SHAKE");
	return CKR_OK;
}

CK_RV xof_final(struct xof *x, unsigned char *ret, size_t len)
{
	if (EVP_DigestFinalXOF(x->evp, ret, len) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "SHAKE");
	return CKR_OK;
}

void xof_end(struct xof *x)
{
	EVP_MD_CTX_free(x->evp);
	x->evp = NULL;
}
