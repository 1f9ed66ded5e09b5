/* SPDX-License-Identifier: Apache-2.0 */
/* The rows behind parameter_rows.h. */
#include "parameter_rows.h"

#define ALL (~(CK_ULONG)0)
/* A pointer that nobody may follow. */
#define SOMEWHERE 1

/* ---- right parameters beside mechanism_of's ------------------------------------------------------ */

static CK_BYTE iv[24], bytes[64], tag[16];

static CK_GCM_PARAMS gcm = {iv, 12, 96, bytes, 5, 128};
static CK_GCM_WRAP_PARAMS gcm_wrap = {iv, 12, 0, CKG_NO_GENERATE, bytes, 5, 128};
static CK_GCM_MESSAGE_PARAMS gcm_message = {iv, 12, 0, CKG_NO_GENERATE, tag, 128};
static CK_GCM_MESSAGE_PARAMS gcm_generated = {iv, 12, 32, CKG_GENERATE, tag, 128};
static CK_CCM_PARAMS ccm = {32, iv, 12, bytes, 5, 16};
static CK_CCM_WRAP_PARAMS ccm_wrap = {32, iv, 12, 0, CKG_NO_GENERATE, bytes, 5, 16};
static CK_CCM_MESSAGE_PARAMS ccm_message = {32, iv, 12, 0, CKG_NO_GENERATE, tag, 16};
static CK_CCM_MESSAGE_PARAMS ccm_generated = {32, iv, 12, 32, CKG_GENERATE, tag, 16};
static CK_SALSA20_CHACHA20_POLY1305_PARAMS poly = {iv, 12, bytes, 5}, salsa_poly = {iv, 24, bytes, 5};
static CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS poly_message = {iv, 12, tag}, salsa_message = {iv, 24, tag};
static CK_EDDSA_PARAMS eddsa = {CK_FALSE, 5, bytes};
static CK_SIGN_ADDITIONAL_CONTEXT context = {CKH_HEDGE_PREFERRED, bytes, 5};
static CK_HASH_SIGN_ADDITIONAL_CONTEXT hash_context = {CKH_HEDGE_PREFERRED, bytes, 5, CKM_SHA256};
static CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, bytes, 5};
static CK_RSA_AES_KEY_WRAP_PARAMS rsa_aes = {256, &oaep};
static CK_ECDH1_DERIVE_PARAMS ecdh = {CKD_SHA256_KDF, 5, bytes, sizeof(ec_point), NULL}; /* see complete_bases */
static CK_ECDH1_DERIVE_PARAMS ecdh_kem = {CKD_SHA256_KDF, 5, bytes, 0, NULL};
static CK_ECDH_AES_KEY_WRAP_PARAMS ecdh_aes = {256, CKD_SHA256_KDF, 5, bytes};
static CK_X9_42_DH1_DERIVE_PARAMS x9_42 = {CKD_SHA1_KDF_CONCATENATE, 5, bytes, 1, bytes};
static CK_X9_42_DH1_DERIVE_PARAMS x9_42_kem = {CKD_SHA1_KDF_CONCATENATE, 5, bytes, 0, NULL};
static CK_HKDF_PARAMS hkdf = {CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_DATA, bytes, 8, 0, bytes, 8};
static CK_HKDF_PARAMS hkdf_keyed = {CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_KEY, NULL, 0, 0, bytes, 8};
static CK_HKDF_PARAMS hkdf_extract = {CK_TRUE, CK_FALSE, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0, 0, NULL, 0};
static CK_HKDF_PARAMS hkdf_expand = {CK_FALSE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0, 0, NULL, 0};
static CK_TLS_KDF_PARAMS exporter = {CKM_SHA256, bytes, 8, {bytes, 32, bytes + 32, 32}, bytes, 5};
static CK_IKE2_PRF_PLUS_DERIVE_PARAMS ike_plus = {CKM_SHA256_HMAC, CK_FALSE, 0, bytes, 8};
static CK_IKE2_PRF_PLUS_DERIVE_PARAMS ike_plus_keyed = {CKM_SHA256_HMAC, CK_TRUE, 0, bytes, 8};
static CK_IKE_PRF_DERIVE_PARAMS ike_rekey = {CKM_SHA256_HMAC, CK_FALSE, CK_TRUE, bytes, 16, bytes, 16, 0};
static CK_IKE_PRF_DERIVE_PARAMS ike_data = {CKM_SHA256_HMAC, CK_TRUE, CK_FALSE, bytes, 16, bytes, 16, 0};
static CK_IKE1_PRF_DERIVE_PARAMS ike_next_keyed = {CKM_SHA256_HMAC, CK_TRUE, 0, 0, bytes, 8, bytes, 8, 1};
static CK_IKE1_EXTENDED_DERIVE_PARAMS ike_extended_keyed = {CKM_SHA256_HMAC, CK_TRUE, 0, bytes, 8};

/* Each kind of piece once, and one more key. */
static CK_SP800_108_COUNTER_FORMAT counter_format = {CK_FALSE, 32};
static CK_SP800_108_DKM_LENGTH_FORMAT length_format = {CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, CK_FALSE, 32};
static CK_OBJECT_HANDLE no_key;
#define PIECE(type, value) {type, &(value), sizeof(value)}
#define COUNTED 0
#define FIXED 1
#define LENGTH 2
#define KEYED 3
#define PIECES 3 /* a handle of a key that is right is not known here */
static CK_PRF_DATA_PARAM pieces[] = {PIECE(CK_SP800_108_ITERATION_VARIABLE, counter_format), PIECE(CK_SP800_108_BYTE_ARRAY, bytes),
                                     PIECE(CK_SP800_108_DKM_LENGTH, length_format), PIECE(CK_SP800_108_KEY_HANDLE, no_key)};
static CK_PRF_DATA_PARAM chained[] = {{CK_SP800_108_ITERATION_VARIABLE, NULL, 0}, PIECE(CK_SP800_108_COUNTER, counter_format),
                                      PIECE(CK_SP800_108_DKM_LENGTH, length_format), PIECE(CK_SP800_108_BYTE_ARRAY, bytes)};
static CK_ULONG sixteen = 16;
static CK_ATTRIBUTE more_template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
                                       {CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
                                       {CKA_VALUE_LEN, &sixteen, sizeof(sixteen)}};
static CK_OBJECT_HANDLE more_key;
static CK_DERIVED_KEY more = {more_template, COUNT(more_template), &more_key};
static CK_SP800_108_KDF_PARAMS counter_kdf = {CKM_SHA256_HMAC, PIECES, pieces, 1, &more};
static CK_SP800_108_KDF_PARAMS keyed_kdf = {CKM_SHA256_HMAC, PIECES + 1, pieces, 1, &more};
static CK_SP800_108_KDF_PARAMS pipeline_kdf = {CKM_SHA256_HMAC, COUNT(chained), chained, 1, &more};
static CK_SP800_108_FEEDBACK_KDF_PARAMS feedback_kdf = {CKM_SHA256_HMAC, COUNT(chained), chained, 16, iv, 1, &more};

#define MESSAGES (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | WRAP_SEALED | UNWRAP_SEALED)
#define CIPHERS (CKF_ENCRYPT | CKF_DECRYPT | CKF_SIGN | CKF_VERIFY)
#define KEMS (CKF_ENCAPSULATE | CKF_DECAPSULATE)
#define SIGNS (CKF_SIGN | CKF_VERIFY)
#define BASE(s, right, uses) {#s, &(right), sizeof(s), uses, 0}
#define BASE_OF(type, s, right, uses) {#s, &(right), sizeof(s), uses, type}

static const struct parameter_base bases[] = {
	BASE(CK_GCM_PARAMS, gcm, CIPHERS),
	BASE(CK_GCM_WRAP_PARAMS, gcm_wrap, CKF_WRAP | CKF_UNWRAP),
	BASE(CK_GCM_MESSAGE_PARAMS, gcm_message, MESSAGES),
	BASE(CK_CCM_PARAMS, ccm, CIPHERS),
	BASE(CK_CCM_WRAP_PARAMS, ccm_wrap, CKF_WRAP | CKF_UNWRAP),
	BASE(CK_CCM_MESSAGE_PARAMS, ccm_message, MESSAGES),
	BASE_OF(CKM_SALSA20_POLY1305, CK_SALSA20_CHACHA20_POLY1305_PARAMS, salsa_poly, CIPHERS | CKF_WRAP | CKF_UNWRAP),
	BASE_OF(CKM_SALSA20_POLY1305, CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, salsa_message, MESSAGES),
	BASE(CK_SALSA20_CHACHA20_POLY1305_PARAMS, poly, CIPHERS | CKF_WRAP | CKF_UNWRAP),
	BASE(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, poly_message, MESSAGES),
	BASE(CK_EDDSA_PARAMS, eddsa, SIGNS),
	BASE(CK_SIGN_ADDITIONAL_CONTEXT, context, SIGNS),
	BASE(CK_HASH_SIGN_ADDITIONAL_CONTEXT, hash_context, SIGNS),
	BASE(CK_RSA_PKCS_OAEP_PARAMS, oaep, CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP | KEMS),
	BASE(CK_RSA_AES_KEY_WRAP_PARAMS, rsa_aes, CKF_WRAP | CKF_UNWRAP),
	BASE(CK_ECDH1_DERIVE_PARAMS, ecdh, CKF_DERIVE),
	BASE(CK_ECDH_AES_KEY_WRAP_PARAMS, ecdh_aes, CKF_WRAP | CKF_UNWRAP),
	BASE(CK_X9_42_DH1_DERIVE_PARAMS, x9_42, CKF_DERIVE),
	BASE(CK_HKDF_PARAMS, hkdf, CKF_DERIVE),
	BASE(CK_TLS_KDF_PARAMS, exporter, CKF_DERIVE),
	BASE(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, ike_plus, CKF_DERIVE),
	BASE(CK_SP800_108_FEEDBACK_KDF_PARAMS, feedback_kdf, CKF_DERIVE),
};

/* What no initialiser can know. */
static void complete_bases(void)
{
	ecdh.pPublicData = unconst(ec_point);
	ike_next_keyed.hKeygxy = keys.hmac;
}

const struct parameter_base *parameter_base_of(const char *structure, CK_MECHANISM_TYPE type)
{
	complete_bases();
	for (size_t i = 0; i < COUNT(bases); i++) {
		if (strcmp(bases[i].structure, structure) == 0 && (bases[i].type == 0 || bases[i].type == type))
			return &bases[i];
	}
	return NULL;
}

/* ---- values that are none ----------------------------------------------------------------------------- */

#define MEMBER(s, m, v) .structure = #s, .member = #m, .offset = offsetof(s, m), .size = sizeof(((s *)0)->m), .value = (CK_ULONG)(v)
#define BAD(s, m, v) {MEMBER(s, m, v)}
#define ROW(s, m, v, ...) {MEMBER(s, m, v), __VA_ARGS__}
/* In what a member points to: the i-th of count structures. */
#define BEHIND(s, p, inner, count, i, m, v, ...) \
	{.structure = #s, .member = #p "->" #m, .via = {{offsetof(s, p), (count) * sizeof(inner)}}, \
	 .offset = (i) * sizeof(inner) + offsetof(inner, m), .size = sizeof(((inner *)0)->m), .value = (CK_ULONG)(v), __VA_ARGS__}
/* The parameter is one number, whose limits are the mechanism's own. */
#define NUMBER(mechanism, s, v) {.structure = #s, .member = "", .type = (mechanism), .size = sizeof(s), .value = (CK_ULONG)(v)}
#define TAG(mechanism, longest) \
	NUMBER(mechanism, CK_MAC_GENERAL_PARAMS, 0), NUMBER(mechanism, CK_MAC_GENERAL_PARAMS, (longest) + 1), \
	NUMBER(mechanism, CK_MAC_GENERAL_PARAMS, ALL)
/* Bytes that must be there. */
#define GIVEN(s, m, len) BAD(s, m, 0), BAD(s, len, 0), BAD(s, len, ALL)
/* Bytes that may be none: NULL with a length is refused, and more than anybody has. */
#define BYTES(s, m, len) BAD(s, m, 0), BAD(s, len, ALL)
#define DATA(s, m, len) GIVEN(s, m, len), BAD(s, len, 15)
#define RANDOMS(s) \
	BAD(s, RandomInfo.pClientRandom, 0), BAD(s, RandomInfo.ulClientRandomLen, 0), BAD(s, RandomInfo.ulClientRandomLen, 31), \
	BAD(s, RandomInfo.ulClientRandomLen, 33), BAD(s, RandomInfo.ulClientRandomLen, ALL), BAD(s, RandomInfo.pServerRandom, 0), \
	BAD(s, RandomInfo.ulServerRandomLen, 0), BAD(s, RandomInfo.ulServerRandomLen, 31), BAD(s, RandomInfo.ulServerRandomLen, 33), \
	BAD(s, RandomInfo.ulServerRandomLen, ALL)
#define NO_KEY_IN(s, m, right) \
	ROW(s, m, 0, .base = &(right), .expected = CKR_KEY_HANDLE_INVALID), ROW(s, m, 0x7fffffff, .base = &(right), .expected = CKR_KEY_HANDLE_INVALID), \
	ROW(s, m, ALL, .base = &(right), .expected = CKR_KEY_HANDLE_INVALID)

/* SP 800-108: what the three modes share. */
#define KDF_FORMAT(s, t, right, count, piece, format, m, v) \
	{.structure = #s, .member = "pDataParams->pValue->" #m, .type = (t), .base = &(right), \
	 .via = {{offsetof(s, pDataParams), (count) * sizeof(CK_PRF_DATA_PARAM)}, \
	         {(piece) * sizeof(CK_PRF_DATA_PARAM) + offsetof(CK_PRF_DATA_PARAM, pValue), sizeof(format)}}, \
	 .offset = offsetof(format, m), .size = sizeof(((format *)0)->m), .value = (CK_ULONG)(v)}
#define COUNTER_FORMAT(s, t, right, count, piece) \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_COUNTER_FORMAT, bLittleEndian, 2), \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_COUNTER_FORMAT, ulWidthInBits, 0), \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_COUNTER_FORMAT, ulWidthInBits, 12), \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_COUNTER_FORMAT, ulWidthInBits, 40), \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_COUNTER_FORMAT, ulWidthInBits, ALL)
#define LENGTH_FORMAT(s, t, right, count, piece) \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_DKM_LENGTH_FORMAT, dkmLengthMethod, 0), \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_DKM_LENGTH_FORMAT, dkmLengthMethod, 3), \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_DKM_LENGTH_FORMAT, bLittleEndian, 2), \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_DKM_LENGTH_FORMAT, ulWidthInBits, 0), \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_DKM_LENGTH_FORMAT, ulWidthInBits, 9), \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_DKM_LENGTH_FORMAT, ulWidthInBits, 72), \
	KDF_FORMAT(s, t, right, count, piece, CK_SP800_108_DKM_LENGTH_FORMAT, ulWidthInBits, ALL)
#define PIECE_ROW(s, t, right, count, piece, m, v) \
	BEHIND(s, pDataParams, CK_PRF_DATA_PARAM, count, piece, m, v, .type = (t), .base = &(right))
/* first: the iteration variable's; fixed: a byte array's. */
#define PIECE_ROWS(s, t, right, count, counted, fixed) \
	PIECE_ROW(s, t, right, count, 0, type, 0), PIECE_ROW(s, t, right, count, 0, type, 99), \
	PIECE_ROW(s, t, right, count, 0, type, CK_SP800_108_BYTE_ARRAY), PIECE_ROW(s, t, right, count, counted, pValue, 0), \
	PIECE_ROW(s, t, right, count, counted, ulValueLen, 0), PIECE_ROW(s, t, right, count, counted, ulValueLen, sizeof(CK_ULONG)), \
	PIECE_ROW(s, t, right, count, counted, ulValueLen, ALL), PIECE_ROW(s, t, right, count, LENGTH, pValue, 0), \
	PIECE_ROW(s, t, right, count, LENGTH, ulValueLen, 0), PIECE_ROW(s, t, right, count, LENGTH, ulValueLen, ALL), \
	PIECE_ROW(s, t, right, count, fixed, pValue, 0), PIECE_ROW(s, t, right, count, fixed, ulValueLen, 0), \
	PIECE_ROW(s, t, right, count, fixed, ulValueLen, ALL)
#define MORE_KEY(s, t, right, m, v, ...) BEHIND(s, pAdditionalDerivedKeys, CK_DERIVED_KEY, 1, 0, m, v, .type = (t), .base = &(right), __VA_ARGS__)
#define KDF_ROWS(s, t, right, count, counted, fixed) \
	ROW(s, prfType, 0, .type = (t), .base = &(right)), ROW(s, prfType, CKM_SHA256, .type = (t), .base = &(right)), \
	ROW(s, ulNumberOfDataParams, 0, .type = (t), .base = &(right)), ROW(s, ulNumberOfDataParams, ALL, .type = (t), .base = &(right)), \
	ROW(s, pDataParams, 0, .type = (t), .base = &(right)), ROW(s, ulAdditionalDerivedKeys, ALL, .type = (t), .base = &(right)), \
	ROW(s, ulAdditionalDerivedKeys, 16, .type = (t), .base = &(right)), ROW(s, pAdditionalDerivedKeys, 0, .type = (t), .base = &(right)), \
	MORE_KEY(s, t, right, pTemplate, 0, .expected = CKR_ARGUMENTS_BAD), MORE_KEY(s, t, right, ulAttributeCount, ALL, .expected = CKR_ARGUMENTS_BAD), \
	MORE_KEY(s, t, right, phKey, 0, .expected = CKR_MECHANISM_PARAM_INVALID), PIECE_ROWS(s, t, right, count, counted, fixed), \
	COUNTER_FORMAT(s, t, right, count, counted), LENGTH_FORMAT(s, t, right, count, LENGTH)

const struct parameter_row parameter_rows[] = {
	/* ciphers that seal */
	GIVEN(CK_GCM_PARAMS, pIv, ulIvLen), ROW(CK_GCM_PARAMS, ulIvBits, 95, .type = CKM_AES_GCM), ROW(CK_GCM_PARAMS, pAAD, 0, .type = CKM_AES_GCM),
	ROW(CK_GCM_PARAMS, ulAADLen, ALL, .type = CKM_AES_GCM), BAD(CK_GCM_PARAMS, ulTagBits, 0), BAD(CK_GCM_PARAMS, ulTagBits, 40),
	BAD(CK_GCM_PARAMS, ulTagBits, 129), BAD(CK_GCM_PARAMS, ulTagBits, ALL),
	GIVEN(CK_GCM_WRAP_PARAMS, pIv, ulIvLen), ROW(CK_GCM_WRAP_PARAMS, ivGenerator, CKG_GENERATE_COUNTER, .only = CKF_WRAP),
	ROW(CK_GCM_WRAP_PARAMS, ivGenerator, ALL, .only = CKF_WRAP),
	BYTES(CK_GCM_WRAP_PARAMS, pAAD, ulAADLen), BAD(CK_GCM_WRAP_PARAMS, ulTagBits, 31), BAD(CK_GCM_WRAP_PARAMS, ulTagBits, ALL),
	GIVEN(CK_GCM_MESSAGE_PARAMS, pIv, ulIvLen), BAD(CK_GCM_MESSAGE_PARAMS, ulIvFixedBits, 97), BAD(CK_GCM_MESSAGE_PARAMS, ulIvFixedBits, ALL),
	ROW(CK_GCM_MESSAGE_PARAMS, ulIvFixedBits, 96, .base = &gcm_generated, .only = CKF_MESSAGE_ENCRYPT | WRAP_SEALED),
	ROW(CK_GCM_MESSAGE_PARAMS, ivGenerator, ALL, .only = CKF_MESSAGE_ENCRYPT | WRAP_SEALED),
	ROW(CK_GCM_MESSAGE_PARAMS, ivGenerator, CKG_GENERATE_COUNTER, .only = WRAP_SEALED), BAD(CK_GCM_MESSAGE_PARAMS, pTag, 0),
	BAD(CK_GCM_MESSAGE_PARAMS, ulTagBits, 0), BAD(CK_GCM_MESSAGE_PARAMS, ulTagBits, 40), BAD(CK_GCM_MESSAGE_PARAMS, ulTagBits, 136),
	BAD(CK_GCM_MESSAGE_PARAMS, ulTagBits, ALL),
	GIVEN(CK_CCM_PARAMS, pNonce, ulNonceLen), BAD(CK_CCM_PARAMS, ulNonceLen, 6), BAD(CK_CCM_PARAMS, ulNonceLen, 14),
	BYTES(CK_CCM_PARAMS, pAAD, ulAADLen), BAD(CK_CCM_PARAMS, ulDataLen, ALL), BAD(CK_CCM_PARAMS, ulMACLen, 0), BAD(CK_CCM_PARAMS, ulMACLen, 2),
	BAD(CK_CCM_PARAMS, ulMACLen, 5), BAD(CK_CCM_PARAMS, ulMACLen, 18), BAD(CK_CCM_PARAMS, ulMACLen, ALL),
	GIVEN(CK_CCM_WRAP_PARAMS, pNonce, ulNonceLen), BAD(CK_CCM_WRAP_PARAMS, ulNonceLen, 6), BAD(CK_CCM_WRAP_PARAMS, ulNonceLen, 14),
	ROW(CK_CCM_WRAP_PARAMS, nonceGenerator, ALL, .only = CKF_WRAP),
	BYTES(CK_CCM_WRAP_PARAMS, pAAD, ulAADLen), BAD(CK_CCM_WRAP_PARAMS, ulMACLen, 3), BAD(CK_CCM_WRAP_PARAMS, ulMACLen, 18),
	GIVEN(CK_CCM_MESSAGE_PARAMS, pNonce, ulNonceLen), BAD(CK_CCM_MESSAGE_PARAMS, ulNonceLen, 6), BAD(CK_CCM_MESSAGE_PARAMS, ulNonceLen, 14),
	BAD(CK_CCM_MESSAGE_PARAMS, ulNonceFixedBits, 97), BAD(CK_CCM_MESSAGE_PARAMS, ulNonceFixedBits, ALL),
	ROW(CK_CCM_MESSAGE_PARAMS, ulNonceFixedBits, 96, .base = &ccm_generated, .only = CKF_MESSAGE_ENCRYPT | WRAP_SEALED),
	ROW(CK_CCM_MESSAGE_PARAMS, nonceGenerator, ALL, .only = CKF_MESSAGE_ENCRYPT | WRAP_SEALED), BAD(CK_CCM_MESSAGE_PARAMS, pMAC, 0),
	BAD(CK_CCM_MESSAGE_PARAMS, ulMACLen, 0), BAD(CK_CCM_MESSAGE_PARAMS, ulMACLen, 5), BAD(CK_CCM_MESSAGE_PARAMS, ulMACLen, 18),
	BAD(CK_CCM_MESSAGE_PARAMS, ulMACLen, ALL), BAD(CK_CCM_MESSAGE_PARAMS, ulDataLen, ALL),
	GIVEN(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pNonce, ulNonceLen), BAD(CK_SALSA20_CHACHA20_POLY1305_PARAMS, ulNonceLen, 11),
	BAD(CK_SALSA20_CHACHA20_POLY1305_PARAMS, ulNonceLen, 13), BYTES(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pAAD, ulAADLen),
	GIVEN(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, pNonce, ulNonceLen), BAD(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, ulNonceLen, 13),
	BAD(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, pTag, 0),
	/* other ciphers */
	BAD(CK_AES_CTR_PARAMS, ulCounterBits, 0), BAD(CK_AES_CTR_PARAMS, ulCounterBits, 129), BAD(CK_AES_CTR_PARAMS, ulCounterBits, ALL),
	BAD(CK_CAMELLIA_CTR_PARAMS, ulCounterBits, 0), BAD(CK_CAMELLIA_CTR_PARAMS, ulCounterBits, 129), BAD(CK_CAMELLIA_CTR_PARAMS, ulCounterBits, ALL),
	BAD(CK_CHACHA20_PARAMS, pBlockCounter, 0), BAD(CK_CHACHA20_PARAMS, blockCounterBits, 0), BAD(CK_CHACHA20_PARAMS, blockCounterBits, 33),
	BAD(CK_CHACHA20_PARAMS, blockCounterBits, ALL), BAD(CK_CHACHA20_PARAMS, pNonce, 0), BAD(CK_CHACHA20_PARAMS, ulNonceBits, 0),
	BAD(CK_CHACHA20_PARAMS, ulNonceBits, 64), BAD(CK_CHACHA20_PARAMS, ulNonceBits, ALL),
	BAD(CK_SALSA20_PARAMS, pBlockCounter, 0), BAD(CK_SALSA20_PARAMS, pNonce, 0), BAD(CK_SALSA20_PARAMS, ulNonceBits, 0),
	BAD(CK_SALSA20_PARAMS, ulNonceBits, 8), BAD(CK_SALSA20_PARAMS, ulNonceBits, 96), BAD(CK_SALSA20_PARAMS, ulNonceBits, ALL),
	NUMBER(CKM_RC2_ECB, CK_RC2_PARAMS, 0), NUMBER(CKM_RC2_ECB, CK_RC2_PARAMS, 1025), NUMBER(CKM_RC2_MAC, CK_RC2_PARAMS, 0),
	NUMBER(CKM_RC2_MAC, CK_RC2_PARAMS, ALL),
	BAD(CK_RC2_CBC_PARAMS, ulEffectiveBits, 0), BAD(CK_RC2_CBC_PARAMS, ulEffectiveBits, 1025), BAD(CK_RC2_CBC_PARAMS, ulEffectiveBits, ALL),
	BAD(CK_RC2_MAC_GENERAL_PARAMS, ulEffectiveBits, 0), BAD(CK_RC2_MAC_GENERAL_PARAMS, ulEffectiveBits, ALL),
	BAD(CK_RC2_MAC_GENERAL_PARAMS, ulMacLength, 0), BAD(CK_RC2_MAC_GENERAL_PARAMS, ulMacLength, 9), BAD(CK_RC2_MAC_GENERAL_PARAMS, ulMacLength, ALL),
	BAD(CK_RC5_PARAMS, ulWordsize, 8), BAD(CK_RC5_PARAMS, ulWordsize, ALL), BAD(CK_RC5_PARAMS, ulRounds, 0), BAD(CK_RC5_PARAMS, ulRounds, ALL),
	BAD(CK_RC5_CBC_PARAMS, ulWordsize, 0), BAD(CK_RC5_CBC_PARAMS, ulRounds, 256), GIVEN(CK_RC5_CBC_PARAMS, pIv, ulIvLen), BAD(CK_RC5_CBC_PARAMS, ulIvLen, 7),
	BAD(CK_RC5_MAC_GENERAL_PARAMS, ulWordsize, 1), BAD(CK_RC5_MAC_GENERAL_PARAMS, ulRounds, 11), BAD(CK_RC5_MAC_GENERAL_PARAMS, ulMacLength, 0),
	BAD(CK_RC5_MAC_GENERAL_PARAMS, ulMacLength, 9),
	/* tags of a length that the parameter says */
	TAG(CKM_AES_MAC_GENERAL, 16), TAG(CKM_AES_CMAC_GENERAL, 16), TAG(CKM_CAMELLIA_MAC_GENERAL, 16), TAG(CKM_ARIA_MAC_GENERAL, 16),
	TAG(CKM_SEED_MAC_GENERAL, 16), TAG(CKM_DES_MAC_GENERAL, 8), TAG(CKM_DES3_MAC_GENERAL, 8), TAG(CKM_DES3_CMAC_GENERAL, 8),
	TAG(CKM_CAST128_MAC_GENERAL, 8), TAG(CKM_IDEA_MAC_GENERAL, 8), TAG(CKM_MD2_HMAC_GENERAL, 16), TAG(CKM_MD5_HMAC_GENERAL, 16),
	TAG(CKM_RIPEMD160_HMAC_GENERAL, 20), TAG(CKM_SHA_1_HMAC_GENERAL, 20), TAG(CKM_SHA224_HMAC_GENERAL, 28), TAG(CKM_SHA256_HMAC_GENERAL, 32),
	TAG(CKM_SHA384_HMAC_GENERAL, 48), TAG(CKM_SHA512_HMAC_GENERAL, 64), TAG(CKM_SHA512_224_HMAC_GENERAL, 28),
	TAG(CKM_SHA512_256_HMAC_GENERAL, 32), TAG(CKM_SHA3_224_HMAC_GENERAL, 28), TAG(CKM_SHA3_256_HMAC_GENERAL, 32),
	TAG(CKM_SHA3_384_HMAC_GENERAL, 48), TAG(CKM_SHA3_512_HMAC_GENERAL, 64), TAG(CKM_BLAKE2B_160_HMAC_GENERAL, 20),
	TAG(CKM_BLAKE2B_256_HMAC_GENERAL, 32), TAG(CKM_BLAKE2B_384_HMAC_GENERAL, 48), TAG(CKM_BLAKE2B_512_HMAC_GENERAL, 64),
	TAG(CKM_SSL3_MD5_MAC, 8), TAG(CKM_SSL3_SHA1_MAC, 8), NUMBER(CKM_SSL3_MD5_MAC, CK_MAC_GENERAL_PARAMS, 3),
	TAG(CKM_SHA512_T, 511), NUMBER(CKM_SHA512_T, CK_MAC_GENERAL_PARAMS, 384), TAG(CKM_SHA512_T_HMAC, 511),
	NUMBER(CKM_SHA512_T_HMAC, CK_MAC_GENERAL_PARAMS, 384), TAG(CKM_SHA512_T_HMAC_GENERAL, 64),
	TAG(CKM_SHA512_T_KEY_DERIVATION, 511), NUMBER(CKM_SHA512_T_KEY_DERIVATION, CK_MAC_GENERAL_PARAMS, 384),
	/* RSA */
	BAD(CK_RSA_PKCS_PSS_PARAMS, hashAlg, 0), BAD(CK_RSA_PKCS_PSS_PARAMS, hashAlg, CKM_SHA256_HMAC), BAD(CK_RSA_PKCS_PSS_PARAMS, mgf, 0),
	BAD(CK_RSA_PKCS_PSS_PARAMS, mgf, ALL), BAD(CK_RSA_PKCS_PSS_PARAMS, sLen, ALL),
	ROW(CK_RSA_PKCS_PSS_PARAMS, hashAlg, CKM_SHA384, .type = CKM_SHA256_RSA_PKCS_PSS),
	ROW(CK_RSA_PKCS_PSS_PARAMS, hashAlg, CKM_SHA512, .type = CKM_SHA3_512_RSA_PKCS_PSS),
	ROW(CK_RSA_PKCS_PSS_PARAMS, hashAlg, CKM_SHA256, .type = CKM_SHA1_RSA_PKCS_PSS),
	BAD(CK_RSA_PKCS_OAEP_PARAMS, hashAlg, 0), BAD(CK_RSA_PKCS_OAEP_PARAMS, hashAlg, CKM_SHA256_HMAC), BAD(CK_RSA_PKCS_OAEP_PARAMS, mgf, 0),
	BAD(CK_RSA_PKCS_OAEP_PARAMS, mgf, ALL), BAD(CK_RSA_PKCS_OAEP_PARAMS, source, 0), BAD(CK_RSA_PKCS_OAEP_PARAMS, source, 2),
	BYTES(CK_RSA_PKCS_OAEP_PARAMS, pSourceData, ulSourceDataLen),
	BAD(CK_RSA_AES_KEY_WRAP_PARAMS, ulAESKeyBits, 0), BAD(CK_RSA_AES_KEY_WRAP_PARAMS, ulAESKeyBits, 129),
	BAD(CK_RSA_AES_KEY_WRAP_PARAMS, ulAESKeyBits, ALL), BAD(CK_RSA_AES_KEY_WRAP_PARAMS, pOAEPParams, 0),
#define INNER_OAEP(m, v) BEHIND(CK_RSA_AES_KEY_WRAP_PARAMS, pOAEPParams, CK_RSA_PKCS_OAEP_PARAMS, 1, 0, m, v, .base = NULL)
	INNER_OAEP(hashAlg, 0), INNER_OAEP(mgf, 0), INNER_OAEP(source, 2), INNER_OAEP(pSourceData, 0), INNER_OAEP(ulSourceDataLen, ALL),
	/* signatures with a context */
	BAD(CK_EDDSA_PARAMS, phFlag, 2), BYTES(CK_EDDSA_PARAMS, pContextData, ulContextDataLen), BAD(CK_EDDSA_PARAMS, ulContextDataLen, 256),
	BAD(CK_SIGN_ADDITIONAL_CONTEXT, hedgeVariant, 99), BAD(CK_SIGN_ADDITIONAL_CONTEXT, hedgeVariant, ALL),
	BYTES(CK_SIGN_ADDITIONAL_CONTEXT, pContext, ulContextLen), BAD(CK_SIGN_ADDITIONAL_CONTEXT, ulContextLen, 256),
	BAD(CK_HASH_SIGN_ADDITIONAL_CONTEXT, hash, 0), BAD(CK_HASH_SIGN_ADDITIONAL_CONTEXT, hash, CKM_AES_ECB),
	BAD(CK_HASH_SIGN_ADDITIONAL_CONTEXT, hedgeVariant, 99), BYTES(CK_HASH_SIGN_ADDITIONAL_CONTEXT, pContext, ulContextLen),
	BAD(CK_HASH_SIGN_ADDITIONAL_CONTEXT, ulContextLen, 256),
	/* agreement; where the other party's value is the ciphertext, it is no member */
	BAD(CK_ECDH1_DERIVE_PARAMS, kdf, 0), BAD(CK_ECDH1_DERIVE_PARAMS, kdf, CKD_NULL), BAD(CK_ECDH1_DERIVE_PARAMS, kdf, ALL),
	BYTES(CK_ECDH1_DERIVE_PARAMS, pSharedData, ulSharedDataLen), GIVEN(CK_ECDH1_DERIVE_PARAMS, pPublicData, ulPublicDataLen),
	BAD(CK_ECDH1_DERIVE_PARAMS, ulPublicDataLen, 64),
#define KEM(s, right, m, v) ROW(s, m, v, .base = &(right), .only = KEMS)
	KEM(CK_ECDH1_DERIVE_PARAMS, ecdh_kem, kdf, 0), KEM(CK_ECDH1_DERIVE_PARAMS, ecdh_kem, kdf, ALL), KEM(CK_ECDH1_DERIVE_PARAMS, ecdh_kem, pSharedData, 0),
	KEM(CK_ECDH1_DERIVE_PARAMS, ecdh_kem, ulSharedDataLen, ALL), KEM(CK_ECDH1_DERIVE_PARAMS, ecdh_kem, pPublicData, SOMEWHERE),
	KEM(CK_ECDH1_DERIVE_PARAMS, ecdh_kem, ulPublicDataLen, 1), KEM(CK_ECDH1_DERIVE_PARAMS, ecdh_kem, ulPublicDataLen, ALL),
	BAD(CK_ECDH_AES_KEY_WRAP_PARAMS, ulAESKeyBits, 0), BAD(CK_ECDH_AES_KEY_WRAP_PARAMS, ulAESKeyBits, 129),
	BAD(CK_ECDH_AES_KEY_WRAP_PARAMS, ulAESKeyBits, ALL), BAD(CK_ECDH_AES_KEY_WRAP_PARAMS, kdf, 0), BAD(CK_ECDH_AES_KEY_WRAP_PARAMS, kdf, ALL),
	BYTES(CK_ECDH_AES_KEY_WRAP_PARAMS, pSharedData, ulSharedDataLen),
	BAD(CK_X9_42_DH1_DERIVE_PARAMS, kdf, 0), BAD(CK_X9_42_DH1_DERIVE_PARAMS, kdf, CKD_NULL), BAD(CK_X9_42_DH1_DERIVE_PARAMS, kdf, CKD_SHA1_KDF_ASN1),
	BAD(CK_X9_42_DH1_DERIVE_PARAMS, kdf, ALL), BYTES(CK_X9_42_DH1_DERIVE_PARAMS, pOtherInfo, ulOtherInfoLen),
	GIVEN(CK_X9_42_DH1_DERIVE_PARAMS, pPublicData, ulPublicDataLen),
	KEM(CK_X9_42_DH1_DERIVE_PARAMS, x9_42_kem, kdf, 0), KEM(CK_X9_42_DH1_DERIVE_PARAMS, x9_42_kem, pOtherInfo, 0),
	KEM(CK_X9_42_DH1_DERIVE_PARAMS, x9_42_kem, ulOtherInfoLen, ALL), KEM(CK_X9_42_DH1_DERIVE_PARAMS, x9_42_kem, pPublicData, SOMEWHERE),
	KEM(CK_X9_42_DH1_DERIVE_PARAMS, x9_42_kem, ulPublicDataLen, 1),
	BAD(CK_DSA_PARAMETER_GEN_PARAM, hash, 0), BAD(CK_DSA_PARAMETER_GEN_PARAM, hash, CKM_MD5), BAD(CK_DSA_PARAMETER_GEN_PARAM, hash, CKM_SHA256_HMAC),
	ROW(CK_DSA_PARAMETER_GEN_PARAM, pSeed, 0, .type = CKM_DSA_FIPS_G_GEN), BAD(CK_DSA_PARAMETER_GEN_PARAM, ulSeedLen, 0),
	ROW(CK_DSA_PARAMETER_GEN_PARAM, ulSeedLen, 19, .type = CKM_DSA_PROBABILISTIC_PARAMETER_GEN),
	ROW(CK_DSA_PARAMETER_GEN_PARAM, ulSeedLen, 59, .type = CKM_DSA_SHAWE_TAYLOR_PARAMETER_GEN),
	ROW(CK_DSA_PARAMETER_GEN_PARAM, ulSeedLen, ALL, .type = CKM_DSA_FIPS_G_GEN),
	ROW(CK_DSA_PARAMETER_GEN_PARAM, ulIndex, 256, .type = CKM_DSA_FIPS_G_GEN), ROW(CK_DSA_PARAMETER_GEN_PARAM, ulIndex, ALL, .type = CKM_DSA_FIPS_G_GEN),
	/* keys from keys */
	BAD(CK_HKDF_PARAMS, bExtract, 2), BAD(CK_HKDF_PARAMS, bExpand, 2), ROW(CK_HKDF_PARAMS, bExtract, CK_FALSE, .base = &hkdf_extract),
	ROW(CK_HKDF_PARAMS, bExpand, CK_FALSE, .base = &hkdf_expand),
	BAD(CK_HKDF_PARAMS, prfHashMechanism, 0), BAD(CK_HKDF_PARAMS, prfHashMechanism, CKM_SHA256_HMAC), BAD(CK_HKDF_PARAMS, ulSaltType, 0),
	BAD(CK_HKDF_PARAMS, ulSaltType, 99), BYTES(CK_HKDF_PARAMS, pSalt, ulSaltLen), BYTES(CK_HKDF_PARAMS, pInfo, ulInfoLen),
	ROW(CK_HKDF_PARAMS, ulSaltType, CKF_HKDF_SALT_KEY, .expected = CKR_KEY_HANDLE_INVALID), NO_KEY_IN(CK_HKDF_PARAMS, hSaltKey, hkdf_keyed),
	KDF_ROWS(CK_SP800_108_KDF_PARAMS, CKM_SP800_108_COUNTER_KDF, counter_kdf, PIECES, COUNTED, FIXED),
	PIECE_ROW(CK_SP800_108_KDF_PARAMS, CKM_SP800_108_COUNTER_KDF, counter_kdf, PIECES, FIXED, type, CK_SP800_108_COUNTER),
	BEHIND(CK_SP800_108_KDF_PARAMS, pDataParams, CK_PRF_DATA_PARAM, PIECES + 1, KEYED, ulValueLen, 4, .type = CKM_SP800_108_COUNTER_KDF, .base = &keyed_kdf),
	ROW(CK_SP800_108_KDF_PARAMS, ulAdditionalDerivedKeys, 0, .type = CKM_SP800_108_COUNTER_KDF, .base = &keyed_kdf, .expected = CKR_KEY_HANDLE_INVALID),
	KDF_ROWS(CK_SP800_108_KDF_PARAMS, CKM_SP800_108_DOUBLE_PIPELINE_KDF, pipeline_kdf, COUNT(chained), 1, 3),
	PIECE_ROW(CK_SP800_108_KDF_PARAMS, CKM_SP800_108_DOUBLE_PIPELINE_KDF, pipeline_kdf, COUNT(chained), 0, pValue, SOMEWHERE),
	KDF_ROWS(CK_SP800_108_FEEDBACK_KDF_PARAMS, 0, feedback_kdf, COUNT(chained), 1, 3), BYTES(CK_SP800_108_FEEDBACK_KDF_PARAMS, pIV, ulIVLen),
	BAD(CK_PKCS5_PBKD2_PARAMS2, saltSource, 0), BYTES(CK_PKCS5_PBKD2_PARAMS2, pSaltSourceData, ulSaltSourceDataLen),
	BAD(CK_PKCS5_PBKD2_PARAMS2, iterations, 0), BAD(CK_PKCS5_PBKD2_PARAMS2, iterations, ALL), BAD(CK_PKCS5_PBKD2_PARAMS2, prf, 0),
	BAD(CK_PKCS5_PBKD2_PARAMS2, prf, 99), BAD(CK_PKCS5_PBKD2_PARAMS2, pPrfData, SOMEWHERE), BAD(CK_PKCS5_PBKD2_PARAMS2, ulPrfDataLen, 1),
	BYTES(CK_PKCS5_PBKD2_PARAMS2, pPassword, ulPasswordLen),
	BYTES(CK_PBE_PARAMS, pPassword, ulPasswordLen), GIVEN(CK_PBE_PARAMS, pSalt, ulSaltLen), BAD(CK_PBE_PARAMS, ulIteration, 0),
	BAD(CK_PBE_PARAMS, ulIteration, ALL),
	BYTES(CK_KEY_DERIVATION_STRING_DATA, pData, ulLen), ROW(CK_KEY_DERIVATION_STRING_DATA, ulLen, 0, .type = CKM_XOR_BASE_AND_DATA),
#define BLOCKS(mechanism) \
	ROW(CK_KEY_DERIVATION_STRING_DATA, ulLen, 0, .type = (mechanism)), ROW(CK_KEY_DERIVATION_STRING_DATA, ulLen, 15, .type = (mechanism))
	BLOCKS(CKM_AES_ECB_ENCRYPT_DATA), BLOCKS(CKM_DES3_ECB_ENCRYPT_DATA), BLOCKS(CKM_DES_ECB_ENCRYPT_DATA), BLOCKS(CKM_CAMELLIA_ECB_ENCRYPT_DATA),
	BLOCKS(CKM_ARIA_ECB_ENCRYPT_DATA), BLOCKS(CKM_SEED_ECB_ENCRYPT_DATA),
	NUMBER(CKM_EXTRACT_KEY_FROM_KEY, CK_EXTRACT_PARAMS, 256), NUMBER(CKM_EXTRACT_KEY_FROM_KEY, CK_EXTRACT_PARAMS, ALL),
	{.structure = "CK_OBJECT_HANDLE", .member = "", .type = CKM_CONCATENATE_BASE_AND_KEY, .size = sizeof(CK_OBJECT_HANDLE), .value = 0,
	 .expected = CKR_KEY_HANDLE_INVALID},
	{.structure = "CK_OBJECT_HANDLE", .member = "", .type = CKM_CONCATENATE_BASE_AND_KEY, .size = sizeof(CK_OBJECT_HANDLE), .value = 0x7fffffff,
	 .expected = CKR_KEY_HANDLE_INVALID},
	{.structure = "CK_OBJECT_HANDLE", .member = "", .type = CKM_CONCATENATE_BASE_AND_KEY, .size = sizeof(CK_OBJECT_HANDLE), .value = ALL,
	 .expected = CKR_KEY_HANDLE_INVALID},
	DATA(CK_AES_CBC_ENCRYPT_DATA_PARAMS, pData, length), DATA(CK_CAMELLIA_CBC_ENCRYPT_DATA_PARAMS, pData, length),
	DATA(CK_ARIA_CBC_ENCRYPT_DATA_PARAMS, pData, length), DATA(CK_SEED_CBC_ENCRYPT_DATA_PARAMS, pData, length),
	DATA(CK_DES_CBC_ENCRYPT_DATA_PARAMS, pData, length),
	/* SSL 3.0 and TLS */
	RANDOMS(CK_SSL3_MASTER_KEY_DERIVE_PARAMS), RANDOMS(CK_TLS12_MASTER_KEY_DERIVE_PARAMS),
#define NO_VERSION(s, mechanism) ROW(s, pVersion, SOMEWHERE, .type = (mechanism))
	NO_VERSION(CK_SSL3_MASTER_KEY_DERIVE_PARAMS, CKM_SSL3_MASTER_KEY_DERIVE_DH),
	NO_VERSION(CK_SSL3_MASTER_KEY_DERIVE_PARAMS, CKM_TLS_MASTER_KEY_DERIVE_DH),
	NO_VERSION(CK_TLS12_MASTER_KEY_DERIVE_PARAMS, CKM_TLS12_MASTER_KEY_DERIVE_DH),
	NO_VERSION(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH),
#define HASH(s, m) BAD(s, m, 0), BAD(s, m, CKM_SHA256_HMAC), BAD(s, m, ALL)
	HASH(CK_TLS12_MASTER_KEY_DERIVE_PARAMS, prfHashMechanism), HASH(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, prfHashMechanism),
	GIVEN(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, pSessionHash, ulSessionHashLen),
#define KEY_BLOCK(s) \
	BAD(s, ulMacSizeInBits, 9), BAD(s, ulMacSizeInBits, ALL), BAD(s, ulMacSizeInBits, ALL - 7), BAD(s, ulKeySizeInBits, 127), \
	BAD(s, ulKeySizeInBits, ALL), BAD(s, ulKeySizeInBits, ALL - 7), BAD(s, bIsExport, CK_TRUE), BAD(s, bIsExport, 2), \
	BAD(s, pReturnedKeyMaterial, 0), RANDOMS(s)
#define IVS(s, mechanism) \
	ROW(s, ulIVSizeInBits, 127, .type = (mechanism)), ROW(s, ulIVSizeInBits, ALL, .type = (mechanism)), \
	BEHIND(s, pReturnedKeyMaterial, CK_SSL3_KEY_MAT_OUT, 1, 0, pIVClient, 0, .type = (mechanism)), \
	BEHIND(s, pReturnedKeyMaterial, CK_SSL3_KEY_MAT_OUT, 1, 0, pIVServer, 0, .type = (mechanism))
	KEY_BLOCK(CK_SSL3_KEY_MAT_PARAMS), IVS(CK_SSL3_KEY_MAT_PARAMS, CKM_SSL3_KEY_AND_MAC_DERIVE), IVS(CK_SSL3_KEY_MAT_PARAMS, CKM_TLS_KEY_AND_MAC_DERIVE),
	KEY_BLOCK(CK_TLS12_KEY_MAT_PARAMS), IVS(CK_TLS12_KEY_MAT_PARAMS, CKM_TLS12_KEY_AND_MAC_DERIVE), HASH(CK_TLS12_KEY_MAT_PARAMS, prfHashMechanism),
	BYTES(CK_TLS_PRF_PARAMS, pSeed, ulSeedLen), BYTES(CK_TLS_PRF_PARAMS, pLabel, ulLabelLen), BAD(CK_TLS_PRF_PARAMS, pOutput, 0),
	BAD(CK_TLS_PRF_PARAMS, pulOutputLen, 0),
#define PRF_LENGTH(v) \
	{.structure = "CK_TLS_PRF_PARAMS", .member = "*pulOutputLen", .via = {{offsetof(CK_TLS_PRF_PARAMS, pulOutputLen), sizeof(CK_ULONG)}}, \
	 .size = sizeof(CK_ULONG), .value = (v)}
	PRF_LENGTH(0), PRF_LENGTH(ALL),
	HASH(CK_TLS_KDF_PARAMS, prfMechanism), GIVEN(CK_TLS_KDF_PARAMS, pLabel, ulLabelLength), RANDOMS(CK_TLS_KDF_PARAMS),
	BYTES(CK_TLS_KDF_PARAMS, pContextData, ulContextDataLength), BAD(CK_TLS_KDF_PARAMS, ulContextDataLength, 65536),
	HASH(CK_TLS_MAC_PARAMS, prfHashMechanism), BAD(CK_TLS_MAC_PARAMS, ulMacLength, 0), BAD(CK_TLS_MAC_PARAMS, ulMacLength, 11),
	BAD(CK_TLS_MAC_PARAMS, ulMacLength, 65), BAD(CK_TLS_MAC_PARAMS, ulMacLength, ALL), BAD(CK_TLS_MAC_PARAMS, ulServerOrClient, 0),
	BAD(CK_TLS_MAC_PARAMS, ulServerOrClient, 3), BAD(CK_TLS_MAC_PARAMS, ulServerOrClient, ALL),
	/* IKE */
#define PRF(s) BAD(s, prfMechanism, 0), BAD(s, prfMechanism, CKM_SHA256), BAD(s, prfMechanism, ALL)
	PRF(CK_IKE2_PRF_PLUS_DERIVE_PARAMS), BAD(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, bHasSeedKey, 2),
	ROW(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, bHasSeedKey, CK_TRUE, .expected = CKR_KEY_HANDLE_INVALID),
	NO_KEY_IN(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, hSeedKey, ike_plus_keyed), BYTES(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, pSeedData, ulSeedDataLen),
	PRF(CK_IKE_PRF_DERIVE_PARAMS), BAD(CK_IKE_PRF_DERIVE_PARAMS, bDataAsKey, 2), BAD(CK_IKE_PRF_DERIVE_PARAMS, bRekey, 2),
	ROW(CK_IKE_PRF_DERIVE_PARAMS, bRekey, CK_TRUE, .base = &ike_data, .expected = CKR_ARGUMENTS_BAD),
	ROW(CK_IKE_PRF_DERIVE_PARAMS, bDataAsKey, CK_TRUE, .base = &ike_rekey, .expected = CKR_ARGUMENTS_BAD),
	BYTES(CK_IKE_PRF_DERIVE_PARAMS, pNi, ulNiLen), BYTES(CK_IKE_PRF_DERIVE_PARAMS, pNr, ulNrLen), NO_KEY_IN(CK_IKE_PRF_DERIVE_PARAMS, hNewKey, ike_rekey),
	PRF(CK_IKE1_PRF_DERIVE_PARAMS), BAD(CK_IKE1_PRF_DERIVE_PARAMS, bHasPrevKey, 2),
	ROW(CK_IKE1_PRF_DERIVE_PARAMS, bHasPrevKey, CK_TRUE, .expected = CKR_KEY_HANDLE_INVALID),
	ROW(CK_IKE1_PRF_DERIVE_PARAMS, hKeygxy, 0, .expected = CKR_KEY_HANDLE_INVALID),
	ROW(CK_IKE1_PRF_DERIVE_PARAMS, hKeygxy, ALL, .expected = CKR_KEY_HANDLE_INVALID),
	NO_KEY_IN(CK_IKE1_PRF_DERIVE_PARAMS, hPrevKey, ike_next_keyed), BYTES(CK_IKE1_PRF_DERIVE_PARAMS, pCKYi, ulCKYiLen), BYTES(CK_IKE1_PRF_DERIVE_PARAMS, pCKYr, ulCKYrLen),
	PRF(CK_IKE1_EXTENDED_DERIVE_PARAMS), BAD(CK_IKE1_EXTENDED_DERIVE_PARAMS, bHasKeygxy, 2),
	ROW(CK_IKE1_EXTENDED_DERIVE_PARAMS, bHasKeygxy, CK_TRUE, .expected = CKR_KEY_HANDLE_INVALID),
	NO_KEY_IN(CK_IKE1_EXTENDED_DERIVE_PARAMS, hKeygxy, ike_extended_keyed), BYTES(CK_IKE1_EXTENDED_DERIVE_PARAMS, pExtraData, ulExtraDataLen),
	/* one-time passwords */
	BAD(CK_OTP_PARAMS, pParams, 0), BAD(CK_OTP_PARAMS, ulCount, ALL), BAD(CK_OTP_PARAMS, ulCount, 65),
	BEHIND(CK_OTP_PARAMS, pParams, CK_OTP_PARAM, 1, 0, type, 99, .base = NULL), BEHIND(CK_OTP_PARAMS, pParams, CK_OTP_PARAM, 1, 0, type, ALL, .base = NULL),
	BEHIND(CK_OTP_PARAMS, pParams, CK_OTP_PARAM, 1, 0, pValue, 0, .base = NULL), BEHIND(CK_OTP_PARAMS, pParams, CK_OTP_PARAM, 1, 0, ulValueLen, 0, .base = NULL),
	BEHIND(CK_OTP_PARAMS, pParams, CK_OTP_PARAM, 1, 0, ulValueLen, 7, .base = NULL), BEHIND(CK_OTP_PARAMS, pParams, CK_OTP_PARAM, 1, 0, ulValueLen, ALL, .base = NULL),
};
const size_t parameter_row_count = COUNT(parameter_rows);

/* ---- values that are all right -------------------------------------------------------------------------- */

#define IV_IS_FREE(s, m) {#s, #m, 0, "bytes, each of which is right"}
#define VERSION_IS_FREE(s, mechanism) {#s, "pVersion", mechanism, "NULL: the version is not wanted"}

const struct parameter_free parameter_free[] = {
	IV_IS_FREE(CK_AES_CTR_PARAMS, cb), IV_IS_FREE(CK_CAMELLIA_CTR_PARAMS, cb), IV_IS_FREE(CK_RC2_CBC_PARAMS, iv),
	IV_IS_FREE(CK_AES_CBC_ENCRYPT_DATA_PARAMS, iv), IV_IS_FREE(CK_CAMELLIA_CBC_ENCRYPT_DATA_PARAMS, iv),
	IV_IS_FREE(CK_ARIA_CBC_ENCRYPT_DATA_PARAMS, iv), IV_IS_FREE(CK_SEED_CBC_ENCRYPT_DATA_PARAMS, iv), IV_IS_FREE(CK_DES_CBC_ENCRYPT_DATA_PARAMS, iv),
	{"CK_VERSION", "major", 0, "random bytes come behind it, whatever it is"}, {"CK_VERSION", "minor", 0, "as major"},
	{"CK_GCM_PARAMS", "ulIvBits", CKM_AES_GMAC, "not looked at"}, {"CK_GCM_PARAMS", "pAAD", CKM_AES_GMAC, "the data of the operation is"},
	{"CK_GCM_PARAMS", "ulAADLen", CKM_AES_GMAC, "as pAAD"},
	{"CK_GCM_WRAP_PARAMS", "ulIvFixedBits", 0, "only of an IV that is generated: test_wrap.c"},
	{"CK_CCM_WRAP_PARAMS", "ulNonceFixedBits", 0, "only of a nonce that is generated: test_wrap.c"},
	{"CK_CCM_WRAP_PARAMS", "ulDataLen", 0, "the key's length is what is taken"},
	{"CK_PBE_PARAMS", "pInitVector", 0, "NULL: the IV is not wanted"},
	{"CK_IKE1_PRF_DERIVE_PARAMS", "keyNumber", 0, "any byte"},
	{"CK_DSA_PARAMETER_GEN_PARAM", "pSeed", CKM_DSA_PROBABILISTIC_PARAMETER_GEN, "NULL: the seed is not wanted"},
	{"CK_DSA_PARAMETER_GEN_PARAM", "pSeed", CKM_DSA_SHAWE_TAYLOR_PARAMETER_GEN, "NULL: the seeds are not wanted"},
	{"CK_DSA_PARAMETER_GEN_PARAM", "ulIndex", CKM_DSA_SHAWE_TAYLOR_PARAMETER_GEN, "of the base, which is not made"},
	{"CK_DSA_PARAMETER_GEN_PARAM", "ulIndex", CKM_DSA_PROBABILISTIC_PARAMETER_GEN, "of the base, which is not made"},
	VERSION_IS_FREE(CK_SSL3_MASTER_KEY_DERIVE_PARAMS, CKM_SSL3_MASTER_KEY_DERIVE),
	VERSION_IS_FREE(CK_SSL3_MASTER_KEY_DERIVE_PARAMS, CKM_TLS_MASTER_KEY_DERIVE),
	VERSION_IS_FREE(CK_TLS12_MASTER_KEY_DERIVE_PARAMS, CKM_TLS12_MASTER_KEY_DERIVE),
	VERSION_IS_FREE(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE),
	{"CK_TLS12_KEY_MAT_PARAMS", "ulIVSizeInBits", CKM_TLS12_KEY_SAFE_DERIVE, "no IVs are made (§6.40.7)"},
	{"CK_TLS12_KEY_MAT_PARAMS", "pReturnedKeyMaterial->pIVClient", CKM_TLS12_KEY_SAFE_DERIVE, "as ulIVSizeInBits"},
	{"CK_TLS12_KEY_MAT_PARAMS", "pReturnedKeyMaterial->pIVServer", CKM_TLS12_KEY_SAFE_DERIVE, "as ulIVSizeInBits"},
#define RESULTS(s) \
	{#s, "pReturnedKeyMaterial->hClientMacSecret", 0, "a result"}, {#s, "pReturnedKeyMaterial->hServerMacSecret", 0, "a result"}, \
	{#s, "pReturnedKeyMaterial->hClientKey", 0, "a result"}, {#s, "pReturnedKeyMaterial->hServerKey", 0, "a result"}
	RESULTS(CK_SSL3_KEY_MAT_PARAMS), RESULTS(CK_TLS12_KEY_MAT_PARAMS),
};
const size_t parameter_free_count = COUNT(parameter_free);
