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
	PEER,    /* as POINTER, usually to the public value */
};

struct member {
	enum kind kind;
	size_t offset, len_offset;
	CK_ULONG usual;
};

struct form {
	size_t size;
	const struct member *members;
	size_t count;
	size_t raw; /* so many bytes and no structure */
};

#define NUM(s, m, usual_value) {NUMBER, offsetof(s, m), 0, (usual_value)}
#define CNT(s, m, usual_value) {COUNT, offsetof(s, m), 0, (usual_value)}
#define FLAG(s, m, usual_value) {BOOLEAN, offsetof(s, m), 0, (usual_value)}
#define PTR(s, m, len, usual_len) {POINTER, offsetof(s, m), offsetof(s, len), (usual_len)}
#define FORM(name, s, ...) \
	static const struct member name##_members[] = {__VA_ARGS__}; \
	static const struct form name = {sizeof(s), name##_members, array_len(name##_members), 0}

FORM(gcm, CK_GCM_PARAMS, PTR(CK_GCM_PARAMS, pIv, ulIvLen, 12), NUM(CK_GCM_PARAMS, ulIvBits, 0), PTR(CK_GCM_PARAMS, pAAD, ulAADLen, 5),
     NUM(CK_GCM_PARAMS, ulTagBits, 128));
FORM(gcm_wrap, CK_GCM_WRAP_PARAMS, PTR(CK_GCM_WRAP_PARAMS, pIv, ulIvLen, 12), NUM(CK_GCM_WRAP_PARAMS, ulIvFixedBits, 32),
     NUM(CK_GCM_WRAP_PARAMS, ivGenerator, CKG_GENERATE_RANDOM), PTR(CK_GCM_WRAP_PARAMS, pAAD, ulAADLen, 5), NUM(CK_GCM_WRAP_PARAMS, ulTagBits, 128));
FORM(gcm_message, CK_GCM_MESSAGE_PARAMS, PTR(CK_GCM_MESSAGE_PARAMS, pIv, ulIvLen, 12), NUM(CK_GCM_MESSAGE_PARAMS, ulIvFixedBits, 32),
     NUM(CK_GCM_MESSAGE_PARAMS, ivGenerator, CKG_GENERATE), {ROOM, offsetof(CK_GCM_MESSAGE_PARAMS, pTag), 0, 16}, NUM(CK_GCM_MESSAGE_PARAMS, ulTagBits, 128));
FORM(ccm, CK_CCM_PARAMS, NUM(CK_CCM_PARAMS, ulDataLen, 32), PTR(CK_CCM_PARAMS, pNonce, ulNonceLen, 12), PTR(CK_CCM_PARAMS, pAAD, ulAADLen, 5),
     NUM(CK_CCM_PARAMS, ulMACLen, 16));
FORM(ccm_wrap, CK_CCM_WRAP_PARAMS, NUM(CK_CCM_WRAP_PARAMS, ulDataLen, 32), PTR(CK_CCM_WRAP_PARAMS, pNonce, ulNonceLen, 12),
     NUM(CK_CCM_WRAP_PARAMS, ulNonceFixedBits, 8), NUM(CK_CCM_WRAP_PARAMS, nonceGenerator, CKG_GENERATE), PTR(CK_CCM_WRAP_PARAMS, pAAD, ulAADLen, 5),
     NUM(CK_CCM_WRAP_PARAMS, ulMACLen, 16));
FORM(ccm_message, CK_CCM_MESSAGE_PARAMS, NUM(CK_CCM_MESSAGE_PARAMS, ulDataLen, 32), PTR(CK_CCM_MESSAGE_PARAMS, pNonce, ulNonceLen, 12),
     NUM(CK_CCM_MESSAGE_PARAMS, ulNonceFixedBits, 8), NUM(CK_CCM_MESSAGE_PARAMS, nonceGenerator, CKG_GENERATE),
     {ROOM, offsetof(CK_CCM_MESSAGE_PARAMS, pMAC), 0, 16}, NUM(CK_CCM_MESSAGE_PARAMS, ulMACLen, 16));
FORM(poly, CK_SALSA20_CHACHA20_POLY1305_PARAMS, PTR(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pNonce, ulNonceLen, 12),
     PTR(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pAAD, ulAADLen, 5));
FORM(salsa_poly, CK_SALSA20_CHACHA20_POLY1305_PARAMS, PTR(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pNonce, ulNonceLen, 24),
     PTR(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pAAD, ulAADLen, 5));
FORM(poly_message, CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, PTR(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, pNonce, ulNonceLen, 12),
     {ROOM, offsetof(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, pTag), 0, 16});
FORM(ctr, CK_AES_CTR_PARAMS, NUM(CK_AES_CTR_PARAMS, ulCounterBits, 32));
FORM(chacha, CK_CHACHA20_PARAMS, {ROOM, offsetof(CK_CHACHA20_PARAMS, pBlockCounter), 0, 8}, NUM(CK_CHACHA20_PARAMS, blockCounterBits, 32),
     {ROOM, offsetof(CK_CHACHA20_PARAMS, pNonce), 0, 24}, NUM(CK_CHACHA20_PARAMS, ulNonceBits, 96));
FORM(salsa, CK_SALSA20_PARAMS, {ROOM, offsetof(CK_SALSA20_PARAMS, pBlockCounter), 0, 8}, {ROOM, offsetof(CK_SALSA20_PARAMS, pNonce), 0, 24},
     NUM(CK_SALSA20_PARAMS, ulNonceBits, 64));
FORM(number_4, CK_ULONG, {NUMBER, 0, 0, 4});
FORM(number_64, CK_ULONG, {NUMBER, 0, 0, 64});
FORM(rc2_cbc, CK_RC2_CBC_PARAMS, NUM(CK_RC2_CBC_PARAMS, ulEffectiveBits, 64));
FORM(rc2_mac, CK_RC2_MAC_GENERAL_PARAMS, NUM(CK_RC2_MAC_GENERAL_PARAMS, ulEffectiveBits, 64), NUM(CK_RC2_MAC_GENERAL_PARAMS, ulMacLength, 4));
FORM(rc5, CK_RC5_PARAMS, NUM(CK_RC5_PARAMS, ulWordsize, 4), NUM(CK_RC5_PARAMS, ulRounds, 12));
FORM(rc5_cbc, CK_RC5_CBC_PARAMS, NUM(CK_RC5_CBC_PARAMS, ulWordsize, 4), NUM(CK_RC5_CBC_PARAMS, ulRounds, 12), PTR(CK_RC5_CBC_PARAMS, pIv, ulIvLen, 8));
FORM(rc5_mac, CK_RC5_MAC_GENERAL_PARAMS, NUM(CK_RC5_MAC_GENERAL_PARAMS, ulWordsize, 4), NUM(CK_RC5_MAC_GENERAL_PARAMS, ulRounds, 12),
     NUM(CK_RC5_MAC_GENERAL_PARAMS, ulMacLength, 4));
FORM(pss, CK_RSA_PKCS_PSS_PARAMS, NUM(CK_RSA_PKCS_PSS_PARAMS, hashAlg, CKM_SHA256), NUM(CK_RSA_PKCS_PSS_PARAMS, mgf, CKG_MGF1_SHA256),
     NUM(CK_RSA_PKCS_PSS_PARAMS, sLen, 32));
FORM(oaep, CK_RSA_PKCS_OAEP_PARAMS, NUM(CK_RSA_PKCS_OAEP_PARAMS, hashAlg, CKM_SHA256), NUM(CK_RSA_PKCS_OAEP_PARAMS, mgf, CKG_MGF1_SHA256),
     NUM(CK_RSA_PKCS_OAEP_PARAMS, source, CKZ_DATA_SPECIFIED), PTR(CK_RSA_PKCS_OAEP_PARAMS, pSourceData, ulSourceDataLen, 0));
FORM(eddsa, CK_EDDSA_PARAMS, FLAG(CK_EDDSA_PARAMS, phFlag, 0), PTR(CK_EDDSA_PARAMS, pContextData, ulContextDataLen, 5));
FORM(context, CK_SIGN_ADDITIONAL_CONTEXT, NUM(CK_SIGN_ADDITIONAL_CONTEXT, hedgeVariant, CKH_HEDGE_PREFERRED),
     PTR(CK_SIGN_ADDITIONAL_CONTEXT, pContext, ulContextLen, 5));
FORM(hash_context, CK_HASH_SIGN_ADDITIONAL_CONTEXT, NUM(CK_HASH_SIGN_ADDITIONAL_CONTEXT, hedgeVariant, CKH_HEDGE_PREFERRED),
     PTR(CK_HASH_SIGN_ADDITIONAL_CONTEXT, pContext, ulContextLen, 5), NUM(CK_HASH_SIGN_ADDITIONAL_CONTEXT, hash, CKM_SHA256));
FORM(ecdh, CK_ECDH1_DERIVE_PARAMS, NUM(CK_ECDH1_DERIVE_PARAMS, kdf, CKD_SHA256_KDF), PTR(CK_ECDH1_DERIVE_PARAMS, pSharedData, ulSharedDataLen, 5),
     {PEER, offsetof(CK_ECDH1_DERIVE_PARAMS, pPublicData), offsetof(CK_ECDH1_DERIVE_PARAMS, ulPublicDataLen), 65});
FORM(ecdh_wrap, CK_ECDH_AES_KEY_WRAP_PARAMS, NUM(CK_ECDH_AES_KEY_WRAP_PARAMS, ulAESKeyBits, 256), NUM(CK_ECDH_AES_KEY_WRAP_PARAMS, kdf, CKD_SHA256_KDF),
     PTR(CK_ECDH_AES_KEY_WRAP_PARAMS, pSharedData, ulSharedDataLen, 5));
FORM(hkdf, CK_HKDF_PARAMS, FLAG(CK_HKDF_PARAMS, bExtract, 1), FLAG(CK_HKDF_PARAMS, bExpand, 1), NUM(CK_HKDF_PARAMS, prfHashMechanism, CKM_SHA256),
     NUM(CK_HKDF_PARAMS, ulSaltType, CKF_HKDF_SALT_DATA), PTR(CK_HKDF_PARAMS, pSalt, ulSaltLen, 8), NUM(CK_HKDF_PARAMS, hSaltKey, 0),
     PTR(CK_HKDF_PARAMS, pInfo, ulInfoLen, 8));
FORM(pbkdf2, CK_PKCS5_PBKD2_PARAMS2, NUM(CK_PKCS5_PBKD2_PARAMS2, saltSource, CKZ_SALT_SPECIFIED),
     PTR(CK_PKCS5_PBKD2_PARAMS2, pSaltSourceData, ulSaltSourceDataLen, 8), CNT(CK_PKCS5_PBKD2_PARAMS2, iterations, 3),
     NUM(CK_PKCS5_PBKD2_PARAMS2, prf, CKP_PKCS5_PBKD2_HMAC_SHA256), PTR(CK_PKCS5_PBKD2_PARAMS2, pPrfData, ulPrfDataLen, 0),
     PTR(CK_PKCS5_PBKD2_PARAMS2, pPassword, ulPasswordLen, 8));
FORM(pbe, CK_PBE_PARAMS, {ROOM, offsetof(CK_PBE_PARAMS, pInitVector), 0, 8}, PTR(CK_PBE_PARAMS, pPassword, ulPasswordLen, 8),
     PTR(CK_PBE_PARAMS, pSalt, ulSaltLen, 8), CNT(CK_PBE_PARAMS, ulIteration, 3));
FORM(string, CK_KEY_DERIVATION_STRING_DATA, PTR(CK_KEY_DERIVATION_STRING_DATA, pData, ulLen, 32));
FORM(cbc_16, CK_AES_CBC_ENCRYPT_DATA_PARAMS, PTR(CK_AES_CBC_ENCRYPT_DATA_PARAMS, pData, length, 32));
FORM(cbc_8, CK_DES_CBC_ENCRYPT_DATA_PARAMS, PTR(CK_DES_CBC_ENCRYPT_DATA_PARAMS, pData, length, 32));
/* The pieces stand in bytes here, one after the other; see pieces(). */
FORM(sp800, CK_SP800_108_KDF_PARAMS, NUM(CK_SP800_108_KDF_PARAMS, prfType, CKM_SHA256_HMAC));
FORM(sp800_feedback, CK_SP800_108_FEEDBACK_KDF_PARAMS, NUM(CK_SP800_108_FEEDBACK_KDF_PARAMS, prfType, CKM_SHA256_HMAC),
     PTR(CK_SP800_108_FEEDBACK_KDF_PARAMS, pIV, ulIVLen, 16));
static const struct form iv_8 = {.raw = 8}, iv_16 = {.raw = 16};

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
};

/* By what the standard calls it. */
static const struct {
	const char *ending;
	const struct form *form;
} endings[] = {
	{"_MAC_GENERAL", &number_4}, {"_HMAC_GENERAL", &number_4}, {"_PSS", &pss}, {"_ECB_ENCRYPT_DATA", &string}, {"_CBC_ENCRYPT_DATA", &cbc_16},
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
		return row->type == CKM_AES_GCM ? &gcm_message : row->type == CKM_AES_CCM ? &ccm_message : &poly_message;
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

static void put_pointer(struct form_memory *memory, struct input *in, const struct member *f, unsigned char *to, struct bytes peer)
{
	uint8_t choice = input_byte(in);
	CK_ULONG len = choice < 180 ? f->usual : choice < 200 ? odd_number(in) % LONGEST : input_byte(in);
	unsigned char *p = NULL;

	if (f->kind == PEER && choice < 180 && peer.len > 0) {
		len = peer.len;
		p = take(memory, len);
		memcpy(p, peer.data, len);
	} else if (choice < 230) {
		p = form_bytes(memory, in, len);
	} else if (choice < 240) {
		len = 0;
	} else if (choice >= 250) {
		/* More than anybody has: to be refused before it is looked at. */
		p = form_bytes(memory, in, 16);
		len = (CK_ULONG)-1 - input_byte(in);
	}
	memcpy(to + f->offset, &p, sizeof(p));
	memcpy(to + f->len_offset, &len, sizeof(len));
}

static void put_member(struct form_memory *memory, struct input *in, const struct member *f, unsigned char *to, struct bytes peer)
{
	uint8_t choice;
	CK_ULONG value;
	void *p;

	switch (f->kind) {
	case POINTER:
	case PEER:
		put_pointer(memory, in, f, to, peer);
		return;
	case ROOM:
		choice = input_byte(in);
		p = choice < 240 ? take(memory, f->usual) : NULL;
		memcpy(to + f->offset, &p, sizeof(p));
		return;
	case BOOLEAN:
		choice = input_byte(in);
		to[f->offset] = (unsigned char)(choice < 200 ? f->usual : choice % 4);
		return;
	case COUNT:
		choice = input_byte(in);
		value = choice < 200 ? f->usual : choice < 250 ? choice : choice < 253 ? 0 : (CK_ULONG)-1;
		break;
	case NUMBER:
		value = input_byte(in) < 180 ? f->usual : odd_number(in);
		break;
	default:
		return;
	}
	memcpy(to + f->offset, &value, sizeof(value));
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
}

CK_MECHANISM form_mechanism(struct form_memory *memory, struct input *in, const struct mech_row *row, enum form_use use, struct bytes peer)
{
	const struct form *form = form_of(row, use);
	uint8_t choice = input_byte(in);
	CK_RSA_AES_KEY_WRAP_PARAMS *rsa_aes;
	unsigned char *to;

	if (row->type == CKM_RSA_AES_KEY_WRAP) {
		rsa_aes = take(memory, sizeof(*rsa_aes));
		rsa_aes->ulAESKeyBits = choice < 200 ? 256 : choice;
		rsa_aes->pOAEPParams = choice == 255 ? NULL : take(memory, sizeof(CK_RSA_PKCS_OAEP_PARAMS));
		for (size_t i = 0; i < oaep.count && choice != 255; i++)
			put_member(memory, in, &oaep.members[i], (unsigned char *)rsa_aes->pOAEPParams, peer);
		return (CK_MECHANISM){row->type, rsa_aes, sizeof(*rsa_aes)};
	}
	if (form == NULL || choice >= 250)
		return (CK_MECHANISM){row->type, NULL, choice == 255 ? 16 : 0};
	to = form_bytes(memory, in, form->raw > 0 ? form->raw : form->size);
	for (size_t i = 0; i < form->count; i++)
		put_member(memory, in, &form->members[i], to, peer);
	if (form == &sp800 || form == &sp800_feedback) {
		memset(to + sizeof(CK_ULONG), 0, form->size - sizeof(CK_ULONG));
		for (size_t i = 1; i < form->count; i++)
			put_member(memory, in, &form->members[i], to, peer);
		put_pieces(memory, in, row, to);
	}
	CK_ULONG size = form->raw > 0 ? form->raw : form->size;
	return (CK_MECHANISM){row->type, to, choice == 249 ? size - 1 : choice == 248 ? size + 1 : size};
}

void form_free(struct form_memory *memory)
{
	for (size_t i = 0; i < memory->count; i++)
		free(memory->blocks[i]);
	memory->count = 0;
}
