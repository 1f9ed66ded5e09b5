/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of PSS and OAEP, with every field in doubt. Any hash goes with any mask generation function, as
 * in RFC 8017. Looks at no key. */
#include "mech/rsa_params.h"

#include <string.h>

#include "base/log.h"

/* A salt beyond this fits no modulus that we take. */
#define SALT_MAX PKEY_RSA_MAX_SIZE
/* More source data than this is nothing that an application means. */
#define SOURCE_MAX 65536

static const struct {
	CK_MECHANISM_TYPE mechanism;
	CK_RSA_PKCS_MGF_TYPE mgf;
	enum digest_alg alg;
} hashes[] = {
	{CKM_SHA_1, CKG_MGF1_SHA1, DIGEST_SHA1},
	{CKM_SHA224, CKG_MGF1_SHA224, DIGEST_SHA224},
	{CKM_SHA256, CKG_MGF1_SHA256, DIGEST_SHA256},
	{CKM_SHA384, CKG_MGF1_SHA384, DIGEST_SHA384},
	{CKM_SHA512, CKG_MGF1_SHA512, DIGEST_SHA512},
	{CKM_SHA3_224, CKG_MGF1_SHA3_224, DIGEST_SHA3_224},
	{CKM_SHA3_256, CKG_MGF1_SHA3_256, DIGEST_SHA3_256},
	{CKM_SHA3_384, CKG_MGF1_SHA3_384, DIGEST_SHA3_384},
	{CKM_SHA3_512, CKG_MGF1_SHA3_512, DIGEST_SHA3_512},
};

static CK_RV find_hash(CK_MECHANISM_TYPE mechanism, enum digest_alg *ret)
{
	for (size_t i = 0; i < array_len(hashes); i++) {
		if (hashes[i].mechanism == mechanism) {
			*ret = hashes[i].alg;
			return CKR_OK;
		}
	}
	return fail(CKR_MECHANISM_PARAM_INVALID, "hashAlg 0x%lx", mechanism);
}

static CK_RV find_mgf(CK_RSA_PKCS_MGF_TYPE mgf, enum digest_alg *ret)
{
	for (size_t i = 0; i < array_len(hashes); i++) {
		if (hashes[i].mgf == mgf) {
			*ret = hashes[i].alg;
			return CKR_OK;
		}
	}
	return fail(CKR_MECHANISM_PARAM_INVALID, "mgf 0x%lx", mgf);
}

CK_RV rsa_params_pss(const CK_MECHANISM *m, struct pkey_pss *ret)
{
	CK_RSA_PKCS_PSS_PARAMS p;
	struct pkey_pss pss = {0};

	if (m->pParameter == NULL || m->ulParameterLen != sizeof(p))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_RSA_PKCS_PSS_PARAMS of %lu bytes", m->ulParameterLen);
	memcpy(&p, m->pParameter, sizeof(p));
	try(find_hash(p.hashAlg, &pss.hash));
	try(find_mgf(p.mgf, &pss.mgf_hash));
	if (p.sLen > SALT_MAX)
		return fail(CKR_MECHANISM_PARAM_INVALID, "a salt of %lu bytes", p.sLen);
	pss.salt_len = p.sLen;
	*ret = pss;
	return CKR_OK;
}

CK_RV rsa_params_oaep(const CK_MECHANISM *m, struct pkey_oaep *ret)
{
	CK_RSA_PKCS_OAEP_PARAMS p;
	struct pkey_oaep oaep = {0};

	if (m->pParameter == NULL || m->ulParameterLen != sizeof(p))
		return fail(CKR_MECHANISM_PARAM_INVALID, "CK_RSA_PKCS_OAEP_PARAMS of %lu bytes", m->ulParameterLen);
	memcpy(&p, m->pParameter, sizeof(p));
	try(find_hash(p.hashAlg, &oaep.hash));
	try(find_mgf(p.mgf, &oaep.mgf_hash));
	/* Without source the field is often left 0. */
	bool empty = p.source == 0 && p.pSourceData == NULL && p.ulSourceDataLen == 0;
	if (!empty && p.source != CKZ_DATA_SPECIFIED)
		return fail(CKR_MECHANISM_PARAM_INVALID, "OAEP source 0x%lx", p.source);
	if (p.ulSourceDataLen > SOURCE_MAX || (p.pSourceData == NULL && p.ulSourceDataLen > 0))
		return fail(CKR_MECHANISM_PARAM_INVALID, "OAEP source data of %lu bytes", p.ulSourceDataLen);
	oaep.label = bytes_of(p.pSourceData, p.ulSourceDataLen);
	*ret = oaep;
	return CKR_OK;
}
