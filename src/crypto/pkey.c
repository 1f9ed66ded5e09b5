/* SPDX-License-Identifier: Apache-2.0 */
/* What all asymmetric keys have in common: making the EVP_PKEY from numbers, contexts, the
 * SubjectPublicKeyInfo, freeing. Knows no algorithm. */
#include "crypto/pkey_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crypto/der.h"
#include "crypto/hash.h"
#include "crypto/ossl_internal.h"
#include "crypto/pkey_pq.h"

CK_RV pkey_new(struct ossl *o, enum pkey_kind kind, EVP_PKEY *evp, struct pkey **ret)
{
	struct pkey *k = calloc(1, sizeof(*k));
	struct pkey_ready *ready = calloc(1, sizeof(*ready));

	if (k == NULL || ready == NULL) {
		free(k);
		free(ready);
		EVP_PKEY_free(evp);
		return fail(CKR_HOST_MEMORY, "no memory for a key");
	}
	k->kind = kind;
	k->ossl = o;
	k->evp = evp;
	k->ready = ready;
	*ret = k;
	return CKR_OK;
}

void pkey_free(struct pkey *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < PKEY_WAYS; i++)
		EVP_PKEY_CTX_free(atomic_load(&k->ready->way[i]));
	free(k->ready);
	EVP_PKEY_free(k->evp);
	buf_free(&k->public_part);
	buf_free(&k->spki);
	free(k);
}

CK_RV pkey_from_params(struct ossl *o, const char *type, int selection, OSSL_PARAM *params, CK_RV rv, EVP_PKEY **ret)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(o->libctx, type, NULL);
	EVP_PKEY *evp = NULL;

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0)
		rv = ossl_fail(CKR_FUNCTION_FAILED, "EVP_PKEY_fromdata_init");
	else if (EVP_PKEY_fromdata(ctx, &evp, selection, params) <= 0)
		rv = ossl_fail(rv, "EVP_PKEY_fromdata");
	else
		rv = CKR_OK;
	EVP_PKEY_CTX_free(ctx);
	if (rv == CKR_OK)
		*ret = evp;
	return rv;
}

/* ---- contexts ------------------------------------------------------------------------------ */

static int (*const way_init[PKEY_WAYS])(EVP_PKEY_CTX *ctx) = {
	[PKEY_WAY_SIGN] = EVP_PKEY_sign_init,
	[PKEY_WAY_VERIFY] = EVP_PKEY_verify_init,
	[PKEY_WAY_RECOVER] = EVP_PKEY_verify_recover_init,
	[PKEY_WAY_ENCRYPT] = EVP_PKEY_encrypt_init,
	[PKEY_WAY_DECRYPT] = EVP_PKEY_decrypt_init,
};

static EVP_PKEY_CTX *context_new(const struct pkey *k, enum pkey_way way)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(k->ossl->libctx, k->evp, NULL);
	bool bare = k->kind == PKEY_RSA && (way == PKEY_WAY_SIGN || way == PKEY_WAY_RECOVER);

	if (ctx != NULL && way_init[way](ctx) > 0 && (!bare || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0))
		return ctx;
	ossl_fail(CKR_FUNCTION_FAILED, "a context for a key");
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

/* Copying a context is several times cheaper than making one: the algorithm need not be fetched again. */
EVP_PKEY_CTX *pkey_context(const struct pkey *k, enum pkey_way way)
{
	EVP_PKEY_CTX *ready = atomic_load_explicit(&k->ready->way[way], memory_order_acquire);

	if (ready == NULL) {
		EVP_PKEY_CTX *mine = context_new(k, way);

		if (mine == NULL)
			return NULL;
		if (atomic_compare_exchange_strong(&k->ready->way[way], &ready, mine))
			ready = mine;
		else
			EVP_PKEY_CTX_free(mine);
	}
	EVP_PKEY_CTX *copy = EVP_PKEY_CTX_dup(ready);
	if (copy == NULL)
		ossl_fail(CKR_HOST_MEMORY, "EVP_PKEY_CTX_dup");
	return copy;
}

void pkey_context_end(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

/* ---- numbers ------------------------------------------------------------------------------- */

void pkey_native(unsigned char *to, const unsigned char *from, size_t len)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	for (size_t i = 0; i < len; i++)
		to[i] = from[len - 1 - i];
#else
	memcpy(to, from, len);
#endif
}

CK_RV pkey_number(const BIGNUM *bn, size_t len, struct secret *ret)
{
	size_t own = (size_t)BN_num_bytes(bn);

	try(secret_new(len > own ? len : own, ret));
	BN_bn2binpad(bn, ret->data, (int)ret->len);
	return CKR_OK;
}

CK_RV pkey_get_number(const EVP_PKEY *evp, const char *name, size_t len, struct secret *ret)
{
	BIGNUM *bn = NULL;

	if (EVP_PKEY_get_bn_param(evp, name, &bn) <= 0)
		return ossl_fail(CKR_FUNCTION_FAILED, name);
	CK_RV rv = pkey_number(bn, len, ret);
	BN_clear_free(bn);
	return rv;
}

/* ---- long work ----------------------------------------------------------------------------- */

struct asking {
	const struct pkey_progress *progress;
	bool stopped;
};

static int on_progress(EVP_PKEY_CTX *ctx)
{
	struct asking *a = EVP_PKEY_CTX_get_app_data(ctx);

	if (!a->stopped)
		a->stopped = !a->progress->go_on(a->progress->arg);
	return a->stopped ? 0 : 1;
}

CK_RV pkey_generate(EVP_PKEY_CTX *ctx, const struct pkey_progress *progress, const char *what, EVP_PKEY **ret)
{
	struct asking asking = {.progress = progress};

	if (progress != NULL && progress->go_on != NULL) {
		EVP_PKEY_CTX_set_app_data(ctx, &asking);
		EVP_PKEY_CTX_set_cb(ctx, on_progress);
	}
	if (EVP_PKEY_generate(ctx, ret) > 0)
		return CKR_OK;
	if (!asking.stopped)
		return ossl_fail(CKR_FUNCTION_FAILED, what);
	ERR_clear_error();
	return fail(CKR_FUNCTION_CANCELED, "%s was cancelled", what);
}

/* ---- agreement ----------------------------------------------------------------------------- */

/* The peer's key was checked when it was made, so that libcrypto need not do it a second time. */
CK_RV pkey_agree(const struct pkey *k, const struct pkey *peer, const OSSL_PARAM *params, size_t len, struct secret *ret)
{
	EVP_PKEY_CTX *ctx cleanup(pkey_context_end) = EVP_PKEY_CTX_new_from_pkey(k->ossl->libctx, k->evp, NULL);
	struct secret shared cleanup(secret_free) = {0};

	if (ctx == NULL || EVP_PKEY_derive_init_ex(ctx, params) <= 0 || EVP_PKEY_derive_set_peer_ex(ctx, peer->evp, 0) <= 0)
		return ossl_fail(CKR_FUNCTION_FAILED, "EVP_PKEY_derive");
	try(secret_new(len, &shared));
	/* With good keys only a secret that tells nothing makes this fail: 0 (RFC 7748 §6); in groups 1 and p-1, too. */
	if (EVP_PKEY_derive(ctx, shared.data, &len) <= 0 || len != shared.len)
		return ossl_fail(CKR_PUBLIC_KEY_INVALID, "EVP_PKEY_derive");
	*ret = shared;
	shared = (struct secret){0};
	return CKR_OK;
}

/* ---- asking -------------------------------------------------------------------------------- */

CK_RV pkey_put_spki(struct pkey *k, struct bytes algorithm, struct bytes bits)
{
	struct buf inner cleanup(buf_free) = {0};

	try(der_put(&inner, DER_SEQUENCE, algorithm));
	try(der_put_bits(&inner, bits));
	return der_put(&k->spki, DER_SEQUENCE, buf_bytes(&inner));
}

size_t pkey_bits(const struct pkey *k)
{
	return k->bits;
}

size_t pkey_size(const struct pkey *k)
{
	return k->size;
}

size_t pkey_signature_size(const struct pkey *k)
{
	if (k->pq != NULL)
		return k->pq->output_size;
	if (k->kind == PKEY_DL)
		return 2 * k->subprime_size;
	return k->curve != NULL ? k->curve->signature_size : k->size;
}

const struct pkey_curve *pkey_curve(const struct pkey *k)
{
	return k->curve;
}

struct bytes pkey_point(const struct pkey *k)
{
	return k->curve != NULL ? buf_bytes(&k->public_part) : (struct bytes){0};
}

struct bytes pkey_spki(const struct pkey *k)
{
	return buf_bytes(&k->spki);
}

void pkey_public_digest(const struct pkey *k, unsigned char ret[32])
{
	hash_sha256(buf_bytes(&k->spki), ret);
}
