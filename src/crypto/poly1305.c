/* SPDX-License-Identifier: Apache-2.0 */
/* Poly1305 through EVP. Knows no mechanism. */
#include "crypto/ossl_internal.h"
#include "base/log.h"
#include "crypto/poly1305.h"

CK_RV poly1305_start(struct ossl *o, struct poly1305 *p, struct bytes key)
{
	EVP_MAC *mac;

	if (key.len != POLY1305_KEY)
		return fail(CKR_KEY_SIZE_RANGE, "a Poly1305 key of %zu bytes", key.len);
	mac = EVP_MAC_fetch(o->libctx, "POLY1305", NULL);
	if (mac == NULL)
		return ossl_fail(CKR_FUNCTION_FAILED, "Poly1305");
	poly1305_end(p);
	p->ctx = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	if (p->ctx == NULL)
		return ossl_fail(CKR_HOST_MEMORY, "Poly1305");
	if (EVP_MAC_init(p->ctx, key.data, key.len, NULL) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "Poly1305");
	return CKR_OK;
}

CK_RV poly1305_update(struct poly1305 *p, struct bytes in)
{
	if (in.len > 0 && EVP_MAC_update(p->ctx, in.data, in.len) != 1)
		return ossl_fail(CKR_FUNCTION_FAILED, "Poly1305");
	return CKR_OK;
}

CK_RV poly1305_final(struct poly1305 *p, unsigned char ret[POLY1305_TAG])
{
	size_t len = 0;

	if (EVP_MAC_final(p->ctx, ret, &len, POLY1305_TAG) != 1 || len != POLY1305_TAG)
		return ossl_fail(CKR_FUNCTION_FAILED, "Poly1305");
	return CKR_OK;
}

void poly1305_end(struct poly1305 *p)
{
	EVP_MAC_CTX_free(p->ctx);
	p->ctx = NULL;
}
