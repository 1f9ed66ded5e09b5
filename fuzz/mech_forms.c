/* SPDX-License-Identifier: Apache-2.0 */
/* The structures behind mech_forms.h, as tables of members. */
#include "mech_forms.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 300

enum kind {
	NUMBER,  /* CK_ULONG */
	COUNT,   /* CK_ULONG, of rounds: never so many that they take long */
	BOOLEAN,
	POINTER, /* with its length in another member */
	ROOM,    /* to as many bytes as usual says; no length */
	PEER,    /* as POINTER, usually to the public value; for encapsulation usually to none */
	INNER,   /* to one structure of another form */
	HERE,    /* bytes in the structure itself */
};

struct member {
	enum kind kind;
	size_t offset, len_offset;
	CK_ULONG usual;
	const struct form *inner;
};

struct form {
	size_t size;
	const struct member *members;
	size_t count;
	size_t raw; /* so many bytes and no structure */
};

#define NUM(s, m, usual_value) {NUMBER, offsetof(s, m), 0, (usual_value), NULL}
#define CNT(s, m, usual_value) {COUNT, offsetof(s, m), 0, (usual_value), NULL}
#define FLAG(s, m, usual_value) {BOOLEAN, offsetof(s, m), 0, (usual_value), NULL}
#define PTR(s, m, len, usual_len) {POINTER, offsetof(s, m), offsetof(s, len), (usual_len), NULL}
#define OUT(s, m, size) {ROOM, offsetof(s, m), 0, (size), NULL}
#define OTHER(s, m, len, usual_len) {PEER, offsetof(s, m), offsetof(s, len), (usual_len), NULL}
#define ARRAY(s, m) {HERE, offsetof(s, m), 0, sizeof(((s *)0)->m), NULL}
#define TO(s, m, form) {INNER, offsetof(s, m), 0, 0, &(form)}
#define FORM(name, s, ...) \
	static const struct member name##_members[] = {__VA_ARGS__}; \
	static const struct form name = {sizeof(s), name##_members, array_len(name##_members), 0}

FORM(gcm, CK_GCM_PARAMS, PTR(CK_GCM_PARAMS, pIv, ulIvLen, 12), NUM(CK_GCM_PARAMS, ulIvBits, 0), PTR(CK_GCM_PARAMS, pAAD, ulAADLen, 5),
     NUM(CK_GCM_PARAMS, ulTagBits, 128));
FORM(gcm_wrap, CK_GCM_WRAP_PARAMS, PTR(CK_GCM_WRAP_PARAMS, pIv, ulIvLen, 12), NUM(CK_GCM_WRAP_PARAMS, ulIvFixedBits, 32),
     NUM(CK_GCM_WRAP_PARAMS, ivGenerator, CKG_GENERATE_RANDOM), PTR(CK_GCM_WRAP_PARAMS, pAAD, ulAADLen, 5), NUM(CK_GCM_WRAP_PARAMS, ulTagBits, 128));
FORM(gcm_message, CK_GCM_MESSAGE_PARAMS, PTR(CK_GCM_MESSAGE_PARAMS, pIv, ulIvLen, 12), NUM(CK_GCM_MESSAGE_PARAMS, ulIvFixedBits, 32),
     NUM(CK_GCM_MESSAGE_PARAMS, ivGenerator, CKG_GENERATE), OUT(CK_GCM_MESSAGE_PARAMS, pTag, 16), NUM(CK_GCM_MESSAGE_PARAMS, ulTagBits, 128));
FORM(ccm, CK_CCM_PARAMS, NUM(CK_CCM_PARAMS, ulDataLen, 32), PTR(CK_CCM_PARAMS, pNonce, ulNonceLen, 12), PTR(CK_CCM_PARAMS, pAAD, ulAADLen, 5),
     NUM(CK_CCM_PARAMS, ulMACLen, 16));
FORM(ccm_wrap, CK_CCM_WRAP_PARAMS, NUM(CK_CCM_WRAP_PARAMS, ulDataLen, 32), PTR(CK_CCM_WRAP_PARAMS, pNonce, ulNonceLen, 12),
     NUM(CK_CCM_WRAP_PARAMS, ulNonceFixedBits, 8), NUM(CK_CCM_WRAP_PARAMS, nonceGenerator, CKG_GENERATE), PTR(CK_CCM_WRAP_PARAMS, pAAD, ulAADLen, 5),
     NUM(CK_CCM_WRAP_PARAMS, ulMACLen, 16));
FORM(ccm_message, CK_CCM_MESSAGE_PARAMS, NUM(CK_CCM_MESSAGE_PARAMS, ulDataLen, 32), PTR(CK_CCM_MESSAGE_PARAMS, pNonce, ulNonceLen, 12),
     NUM(CK_CCM_MESSAGE_PARAMS, ulNonceFixedBits, 8), NUM(CK_CCM_MESSAGE_PARAMS, nonceGenerator, CKG_GENERATE),
     OUT(CK_CCM_MESSAGE_PARAMS, pMAC, 16), NUM(CK_CCM_MESSAGE_PARAMS, ulMACLen, 16));
FORM(poly, CK_SALSA20_CHACHA20_POLY1305_PARAMS, PTR(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pNonce, ulNonceLen, 12),
     PTR(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pAAD, ulAADLen, 5));
FORM(salsa_poly, CK_SALSA20_CHACHA20_POLY1305_PARAMS, PTR(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pNonce, ulNonceLen, 24),
     PTR(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pAAD, ulAADLen, 5));
FORM(poly_message, CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, PTR(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, pNonce, ulNonceLen, 12),
     OUT(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, pTag, 16));
FORM(salsa_message, CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, PTR(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, pNonce, ulNonceLen, 24),
     OUT(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, pTag, 16));
FORM(ctr, CK_AES_CTR_PARAMS, NUM(CK_AES_CTR_PARAMS, ulCounterBits, 32), ARRAY(CK_AES_CTR_PARAMS, cb));
FORM(chacha, CK_CHACHA20_PARAMS, OUT(CK_CHACHA20_PARAMS, pBlockCounter, 8), NUM(CK_CHACHA20_PARAMS, blockCounterBits, 32),
     OUT(CK_CHACHA20_PARAMS, pNonce, 24), NUM(CK_CHACHA20_PARAMS, ulNonceBits, 96));
FORM(salsa, CK_SALSA20_PARAMS, OUT(CK_SALSA20_PARAMS, pBlockCounter, 8), OUT(CK_SALSA20_PARAMS, pNonce, 24), NUM(CK_SALSA20_PARAMS, ulNonceBits, 64));
FORM(number_4, CK_ULONG, {NUMBER, 0, 0, 4, NULL});
FORM(number_64, CK_ULONG, {NUMBER, 0, 0, 64, NULL});
FORM(number_256, CK_ULONG, {NUMBER, 0, 0, 256, NULL});
FORM(number_8, CK_ULONG, {NUMBER, 0, 0, 8, NULL});
FORM(rc2_cbc, CK_RC2_CBC_PARAMS, NUM(CK_RC2_CBC_PARAMS, ulEffectiveBits, 64), ARRAY(CK_RC2_CBC_PARAMS, iv));
FORM(rc2_mac, CK_RC2_MAC_GENERAL_PARAMS, NUM(CK_RC2_MAC_GENERAL_PARAMS, ulEffectiveBits, 64), NUM(CK_RC2_MAC_GENERAL_PARAMS, ulMacLength, 4));
FORM(rc5, CK_RC5_PARAMS, NUM(CK_RC5_PARAMS, ulWordsize, 4), NUM(CK_RC5_PARAMS, ulRounds, 12));
FORM(rc5_cbc, CK_RC5_CBC_PARAMS, NUM(CK_RC5_CBC_PARAMS, ulWordsize, 4), NUM(CK_RC5_CBC_PARAMS, ulRounds, 12), PTR(CK_RC5_CBC_PARAMS, pIv, ulIvLen, 8));
FORM(rc5_mac, CK_RC5_MAC_GENERAL_PARAMS, NUM(CK_RC5_MAC_GENERAL_PARAMS, ulWordsize, 4), NUM(CK_RC5_MAC_GENERAL_PARAMS, ulRounds, 12),
     NUM(CK_RC5_MAC_GENERAL_PARAMS, ulMacLength, 4));
FORM(pss, CK_RSA_PKCS_PSS_PARAMS, NUM(CK_RSA_PKCS_PSS_PARAMS, hashAlg, CKM_SHA256), NUM(CK_RSA_PKCS_PSS_PARAMS, mgf, CKG_MGF1_SHA256),
     NUM(CK_RSA_PKCS_PSS_PARAMS, sLen, 32));
FORM(oaep, CK_RSA_PKCS_OAEP_PARAMS, NUM(CK_RSA_PKCS_OAEP_PARAMS, hashAlg, CKM_SHA256), NUM(CK_RSA_PKCS_OAEP_PARAMS, mgf, CKG_MGF1_SHA256),
     NUM(CK_RSA_PKCS_OAEP_PARAMS, source, CKZ_DATA_SPECIFIED), PTR(CK_RSA_PKCS_OAEP_PARAMS, pSourceData, ulSourceDataLen, 0));
FORM(rsa_aes, CK_RSA_AES_KEY_WRAP_PARAMS, NUM(CK_RSA_AES_KEY_WRAP_PARAMS, ulAESKeyBits, 256), TO(CK_RSA_AES_KEY_WRAP_PARAMS, pOAEPParams, oaep));
FORM(eddsa, CK_EDDSA_PARAMS, FLAG(CK_EDDSA_PARAMS, phFlag, 0), PTR(CK_EDDSA_PARAMS, pContextData, ulContextDataLen, 5));
FORM(context, CK_SIGN_ADDITIONAL_CONTEXT, NUM(CK_SIGN_ADDITIONAL_CONTEXT, hedgeVariant, CKH_HEDGE_PREFERRED),
     PTR(CK_SIGN_ADDITIONAL_CONTEXT, pContext, ulContextLen, 5));
FORM(hash_context, CK_HASH_SIGN_ADDITIONAL_CONTEXT, NUM(CK_HASH_SIGN_ADDITIONAL_CONTEXT, hedgeVariant, CKH_HEDGE_PREFERRED),
     PTR(CK_HASH_SIGN_ADDITIONAL_CONTEXT, pContext, ulContextLen, 5), NUM(CK_HASH_SIGN_ADDITIONAL_CONTEXT, hash, CKM_SHA256));
FORM(ecdh, CK_ECDH1_DERIVE_PARAMS, NUM(CK_ECDH1_DERIVE_PARAMS, kdf, CKD_SHA256_KDF), PTR(CK_ECDH1_DERIVE_PARAMS, pSharedData, ulSharedDataLen, 5),
     OTHER(CK_ECDH1_DERIVE_PARAMS, pPublicData, ulPublicDataLen, 65));
FORM(x9_42, CK_X9_42_DH1_DERIVE_PARAMS, NUM(CK_X9_42_DH1_DERIVE_PARAMS, kdf, CKD_SHA1_KDF_CONCATENATE),
     PTR(CK_X9_42_DH1_DERIVE_PARAMS, pOtherInfo, ulOtherInfoLen, 5), OTHER(CK_X9_42_DH1_DERIVE_PARAMS, pPublicData, ulPublicDataLen, 128));
FORM(group, CK_DSA_PARAMETER_GEN_PARAM, NUM(CK_DSA_PARAMETER_GEN_PARAM, hash, CKM_SHA256), PTR(CK_DSA_PARAMETER_GEN_PARAM, pSeed, ulSeedLen, 96),
     NUM(CK_DSA_PARAMETER_GEN_PARAM, ulIndex, 1));
FORM(ecdh_wrap, CK_ECDH_AES_KEY_WRAP_PARAMS, NUM(CK_ECDH_AES_KEY_WRAP_PARAMS, ulAESKeyBits, 256), NUM(CK_ECDH_AES_KEY_WRAP_PARAMS, kdf, CKD_SHA256_KDF),
     PTR(CK_ECDH_AES_KEY_WRAP_PARAMS, pSharedData, ulSharedDataLen, 5));
FORM(hkdf, CK_HKDF_PARAMS, FLAG(CK_HKDF_PARAMS, bExtract, 1), FLAG(CK_HKDF_PARAMS, bExpand, 1), NUM(CK_HKDF_PARAMS, prfHashMechanism, CKM_SHA256),
     NUM(CK_HKDF_PARAMS, ulSaltType, CKF_HKDF_SALT_DATA), PTR(CK_HKDF_PARAMS, pSalt, ulSaltLen, 8), NUM(CK_HKDF_PARAMS, hSaltKey, 0),
     PTR(CK_HKDF_PARAMS, pInfo, ulInfoLen, 8));
FORM(pbkdf2, CK_PKCS5_PBKD2_PARAMS2, NUM(CK_PKCS5_PBKD2_PARAMS2, saltSource, CKZ_SALT_SPECIFIED),
     PTR(CK_PKCS5_PBKD2_PARAMS2, pSaltSourceData, ulSaltSourceDataLen, 8), CNT(CK_PKCS5_PBKD2_PARAMS2, iterations, 3),
     NUM(CK_PKCS5_PBKD2_PARAMS2, prf, CKP_PKCS5_PBKD2_HMAC_SHA256), PTR(CK_PKCS5_PBKD2_PARAMS2, pPrfData, ulPrfDataLen, 0),
     PTR(CK_PKCS5_PBKD2_PARAMS2, pPassword, ulPasswordLen, 8));
FORM(pbe, CK_PBE_PARAMS, OUT(CK_PBE_PARAMS, pInitVector, 8), PTR(CK_PBE_PARAMS, pPassword, ulPasswordLen, 8),
     PTR(CK_PBE_PARAMS, pSalt, ulSaltLen, 8), CNT(CK_PBE_PARAMS, ulIteration, 3));
FORM(string, CK_KEY_DERIVATION_STRING_DATA, PTR(CK_KEY_DERIVATION_STRING_DATA, pData, ulLen, 32));
FORM(cbc_16, CK_AES_CBC_ENCRYPT_DATA_PARAMS, ARRAY(CK_AES_CBC_ENCRYPT_DATA_PARAMS, iv), PTR(CK_AES_CBC_ENCRYPT_DATA_PARAMS, pData, length, 32));
FORM(cbc_8, CK_DES_CBC_ENCRYPT_DATA_PARAMS, ARRAY(CK_DES_CBC_ENCRYPT_DATA_PARAMS, iv), PTR(CK_DES_CBC_ENCRYPT_DATA_PARAMS, pData, length, 32));
/* SSL 3.0 and TLS. */
#define RANDOMS(s) \
	PTR(s, RandomInfo.pClientRandom, RandomInfo.ulClientRandomLen, 32), PTR(s, RandomInfo.pServerRandom, RandomInfo.ulServerRandomLen, 32)
FORM(version, CK_VERSION, {BOOLEAN, offsetof(CK_VERSION, major), 0, 3, NULL}, {BOOLEAN, offsetof(CK_VERSION, minor), 0, 3, NULL});
FORM(ssl3_master, CK_SSL3_MASTER_KEY_DERIVE_PARAMS, RANDOMS(CK_SSL3_MASTER_KEY_DERIVE_PARAMS), TO(CK_SSL3_MASTER_KEY_DERIVE_PARAMS, pVersion, version));
FORM(ssl3_master_dh, CK_SSL3_MASTER_KEY_DERIVE_PARAMS, RANDOMS(CK_SSL3_MASTER_KEY_DERIVE_PARAMS));
FORM(tls12_master, CK_TLS12_MASTER_KEY_DERIVE_PARAMS, RANDOMS(CK_TLS12_MASTER_KEY_DERIVE_PARAMS), TO(CK_TLS12_MASTER_KEY_DERIVE_PARAMS, pVersion, version),
     NUM(CK_TLS12_MASTER_KEY_DERIVE_PARAMS, prfHashMechanism, CKM_SHA256));
FORM(tls12_master_dh, CK_TLS12_MASTER_KEY_DERIVE_PARAMS, RANDOMS(CK_TLS12_MASTER_KEY_DERIVE_PARAMS),
     NUM(CK_TLS12_MASTER_KEY_DERIVE_PARAMS, prfHashMechanism, CKM_SHA256));
FORM(extended, CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, NUM(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, prfHashMechanism, CKM_SHA256),
     PTR(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, pSessionHash, ulSessionHashLen, 32),
     TO(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, pVersion, version));
FORM(extended_dh, CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, NUM(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, prfHashMechanism, CKM_SHA256),
     PTR(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, pSessionHash, ulSessionHashLen, 32));
FORM(material, CK_SSL3_KEY_MAT_OUT, OUT(CK_SSL3_KEY_MAT_OUT, pIVClient, 16), OUT(CK_SSL3_KEY_MAT_OUT, pIVServer, 16));
#define KEY_BLOCK(s) \
	NUM(s, ulMacSizeInBits, 160), NUM(s, ulKeySizeInBits, 128), NUM(s, ulIVSizeInBits, 128), FLAG(s, bIsExport, 0), RANDOMS(s), \
	TO(s, pReturnedKeyMaterial, material)
FORM(ssl3_keys, CK_SSL3_KEY_MAT_PARAMS, KEY_BLOCK(CK_SSL3_KEY_MAT_PARAMS));
FORM(tls12_keys, CK_TLS12_KEY_MAT_PARAMS, KEY_BLOCK(CK_TLS12_KEY_MAT_PARAMS), NUM(CK_TLS12_KEY_MAT_PARAMS, prfHashMechanism, CKM_SHA256));
/* Never more than there is room for, but for what nobody has. */
FORM(prf_length, CK_ULONG, {COUNT, 0, 0, 40, NULL});
FORM(tls_prf, CK_TLS_PRF_PARAMS, PTR(CK_TLS_PRF_PARAMS, pSeed, ulSeedLen, 32), PTR(CK_TLS_PRF_PARAMS, pLabel, ulLabelLen, 8),
     OUT(CK_TLS_PRF_PARAMS, pOutput, 256), TO(CK_TLS_PRF_PARAMS, pulOutputLen, prf_length));
FORM(tls_kdf, CK_TLS_KDF_PARAMS, NUM(CK_TLS_KDF_PARAMS, prfMechanism, CKM_SHA256), PTR(CK_TLS_KDF_PARAMS, pLabel, ulLabelLength, 8),
     RANDOMS(CK_TLS_KDF_PARAMS), PTR(CK_TLS_KDF_PARAMS, pContextData, ulContextDataLength, 5));
FORM(tls_mac, CK_TLS_MAC_PARAMS, NUM(CK_TLS_MAC_PARAMS, prfHashMechanism, CKM_SHA256), NUM(CK_TLS_MAC_PARAMS, ulMacLength, 12),
     NUM(CK_TLS_MAC_PARAMS, ulServerOrClient, 1));
/* IKE; handles: see mech_fuzz.c's one_key. */
FORM(ike_plus, CK_IKE2_PRF_PLUS_DERIVE_PARAMS, NUM(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, prfMechanism, CKM_SHA256_HMAC),
     FLAG(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, bHasSeedKey, 1), NUM(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, hSeedKey, 2),
     PTR(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, pSeedData, ulSeedDataLen, 8));
FORM(ike_first, CK_IKE_PRF_DERIVE_PARAMS, NUM(CK_IKE_PRF_DERIVE_PARAMS, prfMechanism, CKM_SHA256_HMAC), FLAG(CK_IKE_PRF_DERIVE_PARAMS, bDataAsKey, 0),
     FLAG(CK_IKE_PRF_DERIVE_PARAMS, bRekey, 0), PTR(CK_IKE_PRF_DERIVE_PARAMS, pNi, ulNiLen, 16), PTR(CK_IKE_PRF_DERIVE_PARAMS, pNr, ulNrLen, 16),
     NUM(CK_IKE_PRF_DERIVE_PARAMS, hNewKey, 2));
FORM(ike_next, CK_IKE1_PRF_DERIVE_PARAMS, NUM(CK_IKE1_PRF_DERIVE_PARAMS, prfMechanism, CKM_SHA256_HMAC), FLAG(CK_IKE1_PRF_DERIVE_PARAMS, bHasPrevKey, 1),
     NUM(CK_IKE1_PRF_DERIVE_PARAMS, hKeygxy, 2), NUM(CK_IKE1_PRF_DERIVE_PARAMS, hPrevKey, 2), PTR(CK_IKE1_PRF_DERIVE_PARAMS, pCKYi, ulCKYiLen, 8),
     PTR(CK_IKE1_PRF_DERIVE_PARAMS, pCKYr, ulCKYrLen, 8), {BOOLEAN, offsetof(CK_IKE1_PRF_DERIVE_PARAMS, keyNumber), 0, 1, NULL});
FORM(ike_extended, CK_IKE1_EXTENDED_DERIVE_PARAMS, NUM(CK_IKE1_EXTENDED_DERIVE_PARAMS, prfMechanism, CKM_SHA256_HMAC),
     FLAG(CK_IKE1_EXTENDED_DERIVE_PARAMS, bHasKeygxy, 1), NUM(CK_IKE1_EXTENDED_DERIVE_PARAMS, hKeygxy, 2),
     PTR(CK_IKE1_EXTENDED_DERIVE_PARAMS, pExtraData, ulExtraDataLen, 8));
/* The pieces stand in bytes here, one after the other; see pieces(). */
FORM(sp800, CK_SP800_108_KDF_PARAMS, NUM(CK_SP800_108_KDF_PARAMS, prfType, CKM_SHA256_HMAC));
FORM(sp800_feedback, CK_SP800_108_FEEDBACK_KDF_PARAMS, NUM(CK_SP800_108_FEEDBACK_KDF_PARAMS, prfType, CKM_SHA256_HMAC),
     PTR(CK_SP800_108_FEEDBACK_KDF_PARAMS, pIV, ulIVLen, 16));
static const struct form iv_8 = {.raw = 8}, iv_16 = {.raw = 16};
/* The other party's public value and nothing else; an array of what a one-time password depends on: see form_mechanism. */
static const struct form public_value, otp;

/* ---- which mechanism has which ------------------------------------------------------------------------- */

static const struct {
	CK_MECHANISM_TYPE type;
	const struct form *form;
} forms[] = {
	{CKM_AES_GCM, &gcm}, {CKM_AES_GMAC, &gcm}, {CKM_AES_CCM, &ccm}, {CKM_CHACHA20_POLY1305, &poly}, {CKM_SALSA20_POLY1305, &salsa_poly}, {CKM_CHACHA20, &chacha}, {CKM_SALSA20, &salsa},
	{CKM_AES_CTR, &ctr}, {CKM_CAMELLIA_CTR, &ctr}, {CKM_SHA512_T, &number_64}, {CKM_SHA512_T_HMAC, &number_64},
	{CKM_RC2_ECB, &number_64}, {CKM_RC2_MAC, &number_64}, {CKM_RC2_CBC, &rc2_cbc}, {CKM_RC2_CBC_PAD, &rc2_cbc}, {CKM_RC2_MAC_GENERAL, &rc2_mac},
	{CKM_RC5_ECB, &rc5}, {CKM_RC5_MAC, &rc5}, {CKM_RC5_CBC, &rc5_cbc}, {CKM_RC5_CBC_PAD, &rc5_cbc}, {CKM_RC5_MAC_GENERAL, &rc5_mac},
	{CKM_RSA_PKCS_OAEP, &oaep}, {CKM_EDDSA, &eddsa}, {CKM_ML_DSA, &context}, {CKM_SLH_DSA, &context}, {CKM_HASH_ML_DSA, &hash_context},
	{CKM_HASH_SLH_DSA, &hash_context}, {CKM_ECDH1_DERIVE, &ecdh}, {CKM_ECDH1_COFACTOR_DERIVE, &ecdh}, {CKM_ECDH_AES_KEY_WRAP, &ecdh_wrap},
	{CKM_ECDH_COF_AES_KEY_WRAP, &ecdh_wrap}, {CKM_ECDH_X_AES_KEY_WRAP, &ecdh_wrap}, {CKM_HKDF_DERIVE, &hkdf}, {CKM_HKDF_DATA, &hkdf},
	{CKM_PKCS5_PBKD2, &pbkdf2}, {CKM_CONCATENATE_BASE_AND_DATA, &string}, {CKM_CONCATENATE_DATA_AND_BASE, &string},
	{CKM_XOR_BASE_AND_DATA, &string}, {CKM_CONCATENATE_BASE_AND_KEY, &number_4}, {CKM_EXTRACT_KEY_FROM_KEY, &number_4},
	{CKM_SP800_108_COUNTER_KDF, &sp800}, {CKM_SP800_108_DOUBLE_PIPELINE_KDF, &sp800}, {CKM_SP800_108_FEEDBACK_KDF, &sp800_feedback},
	{CKM_DES_CBC_ENCRYPT_DATA, &cbc_8}, {CKM_DES3_CBC_ENCRYPT_DATA, &cbc_8}, {CKM_AES_XTS, &iv_16},
	{CKM_RSA_AES_KEY_WRAP, &rsa_aes}, {CKM_DH_PKCS_DERIVE, &public_value}, {CKM_X9_42_DH_DERIVE, &x9_42}, {CKM_HOTP, &otp},
	{CKM_DSA_PROBABILISTIC_PARAMETER_GEN, &group}, {CKM_DSA_FIPS_G_GEN, &group}, {CKM_DSA_SHAWE_TAYLOR_PARAMETER_GEN, &group}, {CKM_SHA512_T_KEY_DERIVATION, &number_256},
	{CKM_SSL3_PRE_MASTER_KEY_GEN, &version}, {CKM_TLS_PRE_MASTER_KEY_GEN, &version}, {CKM_SSL3_MASTER_KEY_DERIVE, &ssl3_master},
	{CKM_TLS_MASTER_KEY_DERIVE, &ssl3_master}, {CKM_SSL3_MASTER_KEY_DERIVE_DH, &ssl3_master_dh}, {CKM_TLS_MASTER_KEY_DERIVE_DH, &ssl3_master_dh},
	{CKM_TLS12_MASTER_KEY_DERIVE, &tls12_master}, {CKM_TLS12_MASTER_KEY_DERIVE_DH, &tls12_master_dh},
	{CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, &extended}, {CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, &extended_dh},
	{CKM_SSL3_KEY_AND_MAC_DERIVE, &ssl3_keys}, {CKM_TLS_KEY_AND_MAC_DERIVE, &ssl3_keys}, {CKM_TLS12_KEY_AND_MAC_DERIVE, &tls12_keys},
	{CKM_TLS12_KEY_SAFE_DERIVE, &tls12_keys}, {CKM_TLS_PRF, &tls_prf}, {CKM_TLS_KDF, &tls_kdf}, {CKM_TLS12_KDF, &tls_kdf},
	{CKM_TLS_MAC, &tls_mac}, {CKM_TLS12_MAC, &tls_mac}, {CKM_SSL3_MD5_MAC, &number_8}, {CKM_SSL3_SHA1_MAC, &number_8},
	{CKM_IKE2_PRF_PLUS_DERIVE, &ike_plus}, {CKM_IKE_PRF_DERIVE, &ike_first}, {CKM_IKE1_PRF_DERIVE, &ike_next},
	{CKM_IKE1_EXTENDED_DERIVE, &ike_extended},
};

/* By what the standard calls it. */
static const struct {
	const char *ending;
	const struct form *form;
} endings[] = {
	{"_MAC_GENERAL", &number_4}, {"_CMAC_GENERAL", &number_4}, {"_HMAC_GENERAL", &number_4}, {"_PSS", &pss}, {"_ECB_ENCRYPT_DATA", &string}, {"_CBC_ENCRYPT_DATA", &cbc_16},
};

static bool ends_with(const char *name, const char *ending)
{
	size_t n = strlen(name), e = strlen(ending);

	return n >= e && strcmp(name + n - e, ending) == 0;
}

static const struct form *form_of(const struct mech_row *row, enum form_use use)
{
	const char *name = mech_name(row->type);

	if (use == FORM_WRAP && row->type == CKM_AES_GCM)
		return &gcm_wrap;
	if (use == FORM_WRAP && row->type == CKM_AES_CCM)
		return &ccm_wrap;
	if (use == FORM_MESSAGE)
		return row->type == CKM_AES_GCM            ? &gcm_message
		       : row->type == CKM_AES_CCM          ? &ccm_message
		       : row->type == CKM_SALSA20_POLY1305 ? &salsa_message
		                                           : &poly_message;
	if (use == FORM_KEM && row->type == CKM_DH_PKCS_DERIVE)
		return NULL;
	for (size_t i = 0; i < array_len(forms); i++) {
		if (forms[i].type == row->type)
			return forms[i].form;
	}
	for (size_t i = 0; i < array_len(endings); i++) {
		if (ends_with(name, endings[i].ending))
			return endings[i].form;
	}
	if (strncmp(name, "CKM_PB", 6) == 0)
		return &pbe;
	if (strncmp(name, "CKM_HASH_", 9) == 0)
		return &context;
	if (strstr(name, "_CBC") != NULL || strstr(name, "FB") != NULL || strstr(name, "_CTS") != NULL)
		return strstr(name, "AES") != NULL || strstr(name, "CAMELLIA") != NULL || strstr(name, "ARIA") != NULL || strstr(name, "SEED") != NULL
		               ? &iv_16
		               : &iv_8;
	return NULL;
}

/* ---- building ---------------------------------------------------------------------------------------------- */

uint8_t input_byte(struct input *in)
{
	if (in->size == 0)
		return 0;
	in->size--;
	return *in->data++;
}

static void *take(struct form_memory *memory, size_t size)
{
	void *p = calloc(1, size > 0 ? size : 1);

	if (p == NULL || memory->count == array_len(memory->blocks))
		abort();
	memory->blocks[memory->count++] = p;
	return p;
}

unsigned char *form_bytes(struct form_memory *memory, struct input *in, size_t len)
{
	unsigned char *p = take(memory, len);

	for (size_t i = 0; i < len; i++)
		p[i] = in->size > 0 ? input_byte(in) : (unsigned char)(7 * i + 1);
	return p;
}

static CK_ULONG odd_number(struct input *in)
{
	static const CK_ULONG odd[] = {
		0, 1, 2, 3, 5, 7, 8, 11, 13, 16, 31, 33, 40, 65, 96, 127, 129, 255, 256, 257, 512, 1024, 1025, 65536, UINT32_MAX, (CK_ULONG)-1,
		(CK_ULONG)-16, CKM_SHA_1, CKM_SHA384, CKM_SHA3_256, CKM_SHA256_HMAC, CKM_AES_CMAC, CKM_MD5, CKG_MGF1_SHA1, CKD_NULL, CKM_VENDOR_DEFINED,
	};

	return odd[input_byte(in) % array_len(odd)];
}

/* What the members of one parameter are made from. */
struct maker {
	struct form_memory *memory;
	struct input *in;
	struct bytes peer;
	bool no_peer;
};

static void *copy_of(const struct maker *m, struct bytes what)
{
	void *p = take(m->memory, what.len);

	if (what.len > 0)
		memcpy(p, what.data, what.len);
	return p;
}

static void put_pointer(const struct maker *m, const struct member *f, unsigned char *to)
{
	uint8_t choice = input_byte(m->in);
	CK_ULONG len = choice < 180 ? f->usual : choice < 200 ? odd_number(m->in) % LONGEST : input_byte(m->in);
	unsigned char *p = NULL;

	if (choice < 180 && (f->usual == 0 || (f->kind == PEER && m->no_peer))) {
		len = 0;
	} else if (f->kind == PEER && choice < 180 && m->peer.len > 0) {
		len = m->peer.len;
		p = copy_of(m, m->peer);
	} else if (choice < 230) {
		p = form_bytes(m->memory, m->in, len);
	} else if (choice < 240) {
		len = 0;
	} else if (choice >= 250) {
		/* More than anybody has: to be refused before it is looked at. */
		p = form_bytes(m->memory, m->in, 16);
		len = (CK_ULONG)-1 - input_byte(m->in);
	}
	memcpy(to + f->offset, &p, sizeof(p));
	memcpy(to + f->len_offset, &len, sizeof(len));
}

static unsigned char *make_structure(const struct maker *m, const struct form *form);

static void put_structure(const struct maker *m, const struct member *f, unsigned char *to)
{
	uint8_t choice = input_byte(m->in);
	void *p = choice < 240 && f->kind == ROOM ? take(m->memory, f->usual) : choice < 240 ? make_structure(m, f->inner) : NULL;

	memcpy(to + f->offset, &p, sizeof(p));
}

static void put_number(const struct maker *m, const struct member *f, unsigned char *to)
{
	uint8_t choice = input_byte(m->in);
	CK_ULONG value;

	if (f->kind == COUNT)
		value = choice < 200 ? f->usual : choice < 250 ? choice : choice < 253 ? 0 : (CK_ULONG)-1;
	else
		value = choice < 180 ? f->usual : odd_number(m->in);
	memcpy(to + f->offset, &value, sizeof(value));
}

static void put_member(const struct maker *m, const struct member *f, unsigned char *to)
{
	uint8_t choice;

	switch (f->kind) {
	case POINTER:
	case PEER:
		put_pointer(m, f, to);
		return;
	case ROOM:
	case INNER:
		put_structure(m, f, to);
		return;
	case HERE:
		for (CK_ULONG i = 0; i < f->usual; i++)
			to[f->offset + i] = m->in->size > 0 ? input_byte(m->in) : (unsigned char)(7 * i + 1);
		return;
	case BOOLEAN:
		choice = input_byte(m->in);
		to[f->offset] = (unsigned char)(choice < 200 ? f->usual : choice % 4);
		return;
	case COUNT:
	case NUMBER:
		put_number(m, f, to);
		return;
	}
}

static unsigned char *make_structure(const struct maker *m, const struct form *form)
{
	unsigned char *to = take(m->memory, form->size);

	for (size_t i = 0; i < form->count; i++)
		put_member(m, &form->members[i], to);
	return to;
}

/* How many more keys SP 800-108 makes: usually one. */
static void put_more_keys(struct form_memory *memory, struct input *in, bool feedback, unsigned char *to)
{
	size_t count_at = feedback ? offsetof(CK_SP800_108_FEEDBACK_KDF_PARAMS, ulAdditionalDerivedKeys)
	                           : offsetof(CK_SP800_108_KDF_PARAMS, ulAdditionalDerivedKeys);
	size_t keys_at = feedback ? offsetof(CK_SP800_108_FEEDBACK_KDF_PARAMS, pAdditionalDerivedKeys)
	                          : offsetof(CK_SP800_108_KDF_PARAMS, pAdditionalDerivedKeys);
	CK_ULONG count = (input_byte(in) + 1u) % 20;
	CK_DERIVED_KEY *keys = take(memory, count * sizeof(*keys));
	CK_OBJECT_HANDLE *handles = take(memory, count * sizeof(*handles));

	for (CK_ULONG i = 0; i < count; i++)
		keys[i].phKey = &handles[i];
	memcpy(to + count_at, &count, sizeof(count));
	memcpy(to + keys_at, &keys, sizeof(keys));
}

/* What SP 800-108 puts together: an array of pieces that point at their own forms. */
static void put_pieces(struct form_memory *memory, struct input *in, const struct mech_row *row, unsigned char *to)
{
	static const CK_PRF_DATA_TYPE types[] = {CK_SP800_108_ITERATION_VARIABLE, CK_SP800_108_BYTE_ARRAY, CK_SP800_108_DKM_LENGTH, CK_SP800_108_COUNTER, 99};
	bool feedback = row->type == CKM_SP800_108_FEEDBACK_KDF;
	CK_ULONG count = 1 + input_byte(in) % 4;
	CK_PRF_DATA_PARAM *pieces = take(memory, count * sizeof(*pieces));
	size_t count_at = feedback ? offsetof(CK_SP800_108_FEEDBACK_KDF_PARAMS, ulNumberOfDataParams) : offsetof(CK_SP800_108_KDF_PARAMS, ulNumberOfDataParams);
	size_t pieces_at = feedback ? offsetof(CK_SP800_108_FEEDBACK_KDF_PARAMS, pDataParams) : offsetof(CK_SP800_108_KDF_PARAMS, pDataParams);

	for (CK_ULONG i = 0; i < count; i++) {
		uint8_t choice = input_byte(in);

		pieces[i].type = types[i == 0 && choice < 200 ? 0 : choice % array_len(types)];
		if (pieces[i].type == CK_SP800_108_DKM_LENGTH) {
			CK_SP800_108_DKM_LENGTH_FORMAT *format = take(memory, sizeof(*format));

			*format = (CK_SP800_108_DKM_LENGTH_FORMAT){1 + choice % 2, input_byte(in) % 2, 8ul * (1 + input_byte(in) % 9)};
			pieces[i].pValue = format;
			pieces[i].ulValueLen = sizeof(*format);
		} else if (pieces[i].type == CK_SP800_108_BYTE_ARRAY || choice % 3 == 1) {
			pieces[i].ulValueLen = input_byte(in) % 40;
			pieces[i].pValue = form_bytes(memory, in, pieces[i].ulValueLen);
		} else if (row->type == CKM_SP800_108_COUNTER_KDF || choice % 3 == 2) {
			CK_SP800_108_COUNTER_FORMAT *format = take(memory, sizeof(*format));

			*format = (CK_SP800_108_COUNTER_FORMAT){choice % 2 == 0 ? 0 : 1, choice < 200 ? 32 : input_byte(in)};
			pieces[i].pValue = format;
			pieces[i].ulValueLen = sizeof(*format);
		}
	}
	memcpy(to + count_at, &count, sizeof(count));
	memcpy(to + pieces_at, &pieces, sizeof(pieces));
	put_more_keys(memory, in, feedback, to);
}

/* A counter, and sometimes other things that a one-time password may depend on. */
static CK_MECHANISM otp_mechanism(const struct maker *m, CK_MECHANISM_TYPE type)
{
	static const CK_OTP_PARAM_TYPE types[] = {CK_OTP_COUNTER, CK_OTP_OUTPUT_LENGTH, CK_OTP_FLAGS, CK_OTP_OUTPUT_FORMAT, CK_OTP_PIN, CK_OTP_TIME, 99};
	CK_OTP_PARAMS *p = take(m->memory, sizeof(*p));
	CK_ULONG count = 1 + input_byte(m->in) % 4;

	p->ulCount = input_byte(m->in) < 250 ? count : (CK_ULONG)-1;
	p->pParams = input_byte(m->in) < 250 ? take(m->memory, count * sizeof(CK_OTP_PARAM)) : NULL;
	for (CK_ULONG i = 0; i < count && p->pParams != NULL; i++) {
		CK_OTP_PARAM *one = &p->pParams[i];
		uint8_t choice = input_byte(m->in);

		one->type = types[choice % array_len(types)];
		one->ulValueLen = choice < 200 ? sizeof(CK_ULONG) : choice % 12;
		one->pValue = choice < 250 ? form_bytes(m->memory, m->in, one->ulValueLen) : NULL;
	}
	return (CK_MECHANISM){type, p, sizeof(*p)};
}

/* A hashing mechanism wants its own hash there. */
static void put_own_hash(const struct maker *m, CK_MECHANISM_TYPE type, unsigned char *to)
{
	static const struct {
		CK_MECHANISM_TYPE type, hash;
	} own[] = {
		{CKM_SHA1_RSA_PKCS_PSS, CKM_SHA_1}, {CKM_SHA224_RSA_PKCS_PSS, CKM_SHA224}, {CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384},
		{CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512}, {CKM_SHA3_224_RSA_PKCS_PSS, CKM_SHA3_224}, {CKM_SHA3_256_RSA_PKCS_PSS, CKM_SHA3_256},
		{CKM_SHA3_384_RSA_PKCS_PSS, CKM_SHA3_384}, {CKM_SHA3_512_RSA_PKCS_PSS, CKM_SHA3_512},
	};

	for (size_t i = 0; i < array_len(own); i++) {
		if (own[i].type == type && input_byte(m->in) < 200)
			memcpy(to + offsetof(CK_RSA_PKCS_PSS_PARAMS, hashAlg), &own[i].hash, sizeof(own[i].hash));
	}
}

/* The right size, most of the time. */
static CK_MECHANISM sized(CK_MECHANISM_TYPE type, void *parameter, CK_ULONG size, uint8_t choice)
{
	return (CK_MECHANISM){type, parameter, choice == 249 ? size - 1 : choice == 248 ? size + 1 : size};
}

CK_MECHANISM form_mechanism(struct form_memory *memory, struct input *in, const struct mech_row *row, enum form_use use, struct bytes peer)
{
	const struct maker m = {memory, in, peer, use == FORM_KEM};
	const struct form *form = form_of(row, use);
	uint8_t choice = input_byte(in);
	unsigned char *to;

	if (form == NULL || choice >= 250)
		return (CK_MECHANISM){row->type, NULL, choice == 255 ? 16 : 0};
	if (form == &otp)
		return otp_mechanism(&m, row->type);
	if (form == &public_value)
		return choice < 200 ? (CK_MECHANISM){row->type, copy_of(&m, peer), peer.len} : (CK_MECHANISM){row->type, form_bytes(memory, in, choice), choice};
	if (form->raw > 0)
		return sized(row->type, form_bytes(memory, in, form->raw), form->raw, choice);
	to = make_structure(&m, form);
	if (form == &sp800 || form == &sp800_feedback)
		put_pieces(memory, in, row, to);
	if (form == &pss)
		put_own_hash(&m, row->type, to);
	return sized(row->type, to, form->size, choice);
}

void form_free(struct form_memory *memory)
{
	for (size_t i = 0; i < memory->count; i++)
		free(memory->blocks[i]);
	memory->count = 0;
}
