/* SPDX-License-Identifier: Apache-2.0 */
/* ECDH's key derivation functions: hashes over a counter, the secret and shared data in one of two orders. */
#include "mech/ecdh_kdf.h"

#include <string.h>

#include "base/log.h"
#include "crypto/digest.h"
#include "crypto/pkey.h"
#include "mech/ec_curves.h"

static const struct kdf {
	CK_EC_KDF_TYPE type;
	enum digest_alg hash;
	bool counter_first; /* SP 800-56A; else X9.63 */
} kdfs[] = {
	{CKD_SHA1_KDF, DIGEST_SHA1, false},
	{CKD_SHA224_KDF, DIGEST_SHA224, false},
	{CKD_SHA256_KDF, DIGEST_SHA256, false},
	{CKD_SHA384_KDF, DIGEST_SHA384, false},
	{CKD_SHA512_KDF, DIGEST_SHA512, false},
	{CKD_SHA3_224_KDF, DIGEST_SHA3_224, false},
	{CKD_SHA3_256_KDF, DIGEST_SHA3_256, false},
	{CKD_SHA3_384_KDF, DIGEST_SHA3_384, false},
	{CKD_SHA3_512_KDF, DIGEST_SHA3_512, false},
	{CKD_SHA1_KDF_SP800, DIGEST_SHA1, true},
	{CKD_SHA224_KDF_SP800, DIGEST_SHA224, true},
	{CKD_SHA256_KDF_SP800, DIGEST_SHA256, true},
	{CKD_SHA384_KDF_SP800, DIGEST_SHA384, true},
	{CKD_SHA512_KDF_SP800, DIGEST_SHA512, true},
	{CKD_SHA3_224_KDF_SP800, DIGEST_SHA3_224, true},
	{CKD_SHA3_256_KDF_SP800, DIGEST_SHA3_256, true},
	{CKD_SHA3_384_KDF_SP800, DIGEST_SHA3_384, true},
	{CKD_SHA3_512_KDF_SP800, DIGEST_SHA3_512, true},
};

static const struct kdf *find(CK_EC_KDF_TYPE type)
{
	for (size_t i = 0; i < array_len(kdfs); i++) {
		if (kdfs[i].type == type)
			return &kdfs[i];
	}
	return NULL;
}

CK_RV ecdh_kdf_check(CK_EC_KDF_TYPE kdf, struct bytes shared_data)
{
	if (kdf == CKD_NULL)
		return shared_data.len == 0 ? CKR_OK : fail(CKR_MECHANISM_PARAM_INVALID, "CKD_NULL takes no shared data");
	return find(kdf) != NULL ? CKR_OK : fail(CKR_MECHANISM_PARAM_INVALID, "key derivation function 0x%lx", kdf);
}

static void block(const struct kdf *k, uint32_t i, struct bytes secret, struct bytes shared_data, unsigned char *ret)
{
	const unsigned char counter[4] = {(unsigned char)(i >> 24), (unsigned char)(i >> 16), (unsigned char)(i >> 8), (unsigned char)i};
	struct digest d cleanup(digest_end) = {0};
	struct bytes first = secret, second = bytes_of(counter, sizeof(counter));

	digest_start(k->hash, &d);
	digest_update(&d, k->counter_first ? second : first);
	digest_update(&d, k->counter_first ? first : second);
	digest_update(&d, shared_data);
	digest_final(&d, ret);
}

CK_RV ecdh_kdf(CK_EC_KDF_TYPE kdf, struct bytes secret, struct bytes shared_data, unsigned char *out, size_t len)
{
	const struct kdf *k = find(kdf);
	unsigned char made[DIGEST_MAX_SIZE];

	if (k == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	for (uint32_t i = 1; len > 0; i++) {
		size_t n = len < digest_size(k->hash) ? len : digest_size(k->hash);

		block(k, i, secret, shared_data, made);
		memcpy(out, made, n);
		out += n;
		len -= n;
	}
	wipe(made, sizeof(made));
	return CKR_OK;
}

static void pkey_end(struct pkey **k)
{
	pkey_free(*k);
}

CK_RV ecdh_agree(struct ossl *o, const struct mech_key *own, struct bytes public_data, bool cofactor, struct secret *ret)
{
	const struct pkey_curve *c = pkey_curve(own->pkey);
	struct pkey *peer cleanup(pkey_end) = NULL;
	struct bytes point = {0};

	CK_RV rv = ec_curves_point(c, public_data, &point);
	if (rv == CKR_ATTRIBUTE_VALUE_INVALID)
		return CKR_MECHANISM_PARAM_INVALID;
	try(rv);
	rv = pkey_curve_public(o, c, point, &peer);
	if (rv == CKR_ATTRIBUTE_VALUE_INVALID)
		return CKR_PUBLIC_KEY_INVALID;
	try(rv);
	return pkey_ecdh(own->pkey, peer, cofactor, ret);
}
