/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters that are none. Every mechanism of the token with its parameter missing, too short, too long and of an absurd
 * length, for every use that it announces; and every member of every structure with values that it must not have:
 * NULL, lengths of nothing, lengths of everything, numbers out of range. What is refused leaves nothing active.
 * Refuses to know what right parameters do. */
#include "mechanisms.h"

static CK_BYTE out[8192];

#define ALL (~(CK_ULONG)0)

/* ---- one use of a mechanism ---------------------------------------------------------------------- */

static const struct use {
	CK_FLAGS flag;
	int kind; /* of an Init call, else -1 */
} uses[] = {
	{CKF_ENCRYPT, ENCRYPT}, {CKF_DECRYPT, DECRYPT}, {CKF_DIGEST, DIGEST}, {CKF_SIGN, SIGN}, {CKF_VERIFY, VERIFY},
	{CKF_SIGN_RECOVER, SIGN_RECOVER}, {CKF_VERIFY_RECOVER, VERIFY_RECOVER}, {CKF_WRAP, -1}, {CKF_UNWRAP, -1}, {CKF_DERIVE, -1},
	{CKF_GENERATE, -1}, {CKF_GENERATE_KEY_PAIR, -1}, {CKF_ENCAPSULATE, -1}, {CKF_DECAPSULATE, -1},
};

static CK_RV start_and_cancel(const struct mechanism_case *c, enum kind kind, CK_MECHANISM *m)
{
	CK_RV rv = start_with(sess, kind, m, mechanism_key(c, kind));

	if (rv == CKR_OK)
		assert_ok(p11->C_SessionCancel(sess, kind_flags[kind]));
	return rv;
}

static CK_RV generate(const struct mechanism_case *c, CK_MECHANISM *m)
{
	CK_ULONG length = 24;
	CK_ATTRIBUTE template[] = {{CKA_KEY_TYPE, &generic_type, sizeof(generic_type)}, {CKA_VALUE_LEN, &length, sizeof(length)}};
	CK_OBJECT_HANDLE key;

	return p11->C_GenerateKey(sess, m, template, c->family == F_PBKDF2 ? 2 : 0, &key);
}

static CK_RV use_with(const struct mechanism_case *c, const struct use *u, CK_MECHANISM *m)
{
	CK_OBJECT_CLASS derived = c->family == F_HKDF_DATA ? CKO_DATA : CKO_SECRET_KEY;
	CK_ULONG length = 16, room = sizeof(out), size = 32;
	CK_ATTRIBUTE template[] = {{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)}, {CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
	                           {CKA_VALUE_LEN, &length, sizeof(length)}};
	CK_ATTRIBUTE wrapped[] = {template[0], {CKA_KEY_TYPE, &aes_type, sizeof(aes_type)}, {CKA_VALUE_LEN, &size, sizeof(size)}};
	CK_ATTRIBUTE new[] = {{CKA_CLASS, &derived, sizeof(derived)}, template[2]};
	CK_OBJECT_HANDLE key, other;

	if (u->kind >= 0)
		return start_and_cancel(c, (enum kind)u->kind, m);
	switch (u->flag) {
	case CKF_WRAP:
		return p11->C_WrapKey(sess, m, mechanism_key(c, ENCRYPT), make_key(sess, CKK_AES, pattern, 32, NULL, 0), out, &room);
	case CKF_UNWRAP:
		return p11->C_UnwrapKey(sess, m, mechanism_key(c, DECRYPT), out, 48, wrapped, 3, &key);
	case CKF_DERIVE:
		/* Of this one the template has to say the type. */
		if (c->type == CKM_IKE1_PRF_DERIVE)
			return p11->C_DeriveKey(sess, m, mechanism_key(c, DECRYPT), template, COUNT(template), &key);
		return p11->C_DeriveKey(sess, m, mechanism_key(c, DECRYPT), new, c->family == F_PUBLIC_HALF ? 0 : 2, &key);
	case CKF_GENERATE:
		return generate(c, m);
	case CKF_GENERATE_KEY_PAIR:
		return p11->C_GenerateKeyPair(sess, m, NULL, 0, NULL, 0, &key, &other);
	case CKF_ENCAPSULATE:
		return p11->C_EncapsulateKey(sess, m, mechanism_key(c, ENCRYPT), template, 2, out, &room, &key);
	default:
		return p11->C_DecapsulateKey(sess, m, mechanism_key(c, DECRYPT), template, 2, out, 768, &key);
	}
}

static CK_FLAGS flags_of(CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_INFO info;

	assert_ok(p11->C_GetMechanismInfo(slot, type, &info));
	return info.flags;
}

/* Of mechanisms with objects of their own kind only their tests know a template. */
static bool applies(const struct mechanism_case *c, const struct use *u, CK_FLAGS only)
{
	return (flags_of(c->type) & u->flag & only) != 0 && !(u->flag == CKF_GENERATE && c->family == F_OWN);
}

static void expect_all(const struct mechanism_case *c, CK_MECHANISM *m, CK_FLAGS only, CK_RV expected, const char *what)
{
	for (size_t i = 0; i < COUNT(uses); i++) {
		if (!applies(c, &uses[i], only))
			continue;
		CK_RV rv = use_with(c, &uses[i], m);
		if (rv != expected)
			fail_msg("%s, use 0x%lx, %s: %s, not %s", c->name, uses[i].flag, what, rv_text(rv), rv_text(expected));
	}
}

/* ---- the size of the parameter --------------------------------------------------------------------- */

/* Where a parameter of another length may be right, too: a public value, a peer's number. */
static bool any_size(const struct mechanism_case *c)
{
	return c->type == CKM_DH_PKCS_DERIVE;
}

/* Mechanisms whose parameter may be left out. */
static bool optional(const struct mechanism_case *c)
{
	return c->family == F_AES_KEY_WRAP || c->family == F_AES_KEY_WRAP_PAD;
}

static void check_none(const struct mechanism_case *c)
{
	static const CK_ULONG sizes[] = {1, ALL};
	CK_BYTE byte = 0;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		CK_MECHANISM m = {c->type, &byte, sizes[i]}, nowhere = {c->type, NULL, sizes[i]};

		expect_all(c, &m, ALL, CKR_MECHANISM_PARAM_INVALID, "a parameter where there is none");
		expect_all(c, &nowhere, ALL, CKR_MECHANISM_PARAM_INVALID, "a length where there is no parameter");
	}
}

static void check_sizes(const struct mechanism_case *c, const CK_MECHANISM *right)
{
	const CK_ULONG sizes[] = {0, right->ulParameterLen - 1, right->ulParameterLen + 1, ALL};
	CK_MECHANISM m = {c->type, NULL, right->ulParameterLen};

	expect_all(c, &m, ALL, CKR_MECHANISM_PARAM_INVALID, "NULL with a length");
	m.ulParameterLen = 0;
	if (!optional(c))
		expect_all(c, &m, ALL, CKR_MECHANISM_PARAM_INVALID, "NULL");
	for (size_t i = 0; i < COUNT(sizes); i++) {
		/* Exactly as long as it is, so that a sanitizer sees what is read beyond. */
		CK_BYTE *copy = malloc(right->ulParameterLen);

		assert_non_null(copy);
		memcpy(copy, right->pParameter, right->ulParameterLen);
		m = (CK_MECHANISM){c->type, copy, sizes[i]};
		expect_all(c, &m, ALL, CKR_MECHANISM_PARAM_INVALID, "another size");
		free(copy);
	}
}

static void the_size_must_be_right(void **state)
{
	size_t with = 0, without = 0;

	(void)state;
	for (size_t i = 0; i < mechanism_case_count; i++) {
		const struct mechanism_case *c = &mechanism_cases[i];

		if (!has_mechanism(c->type) || any_size(c))
			continue;
		CK_MECHANISM m = *mechanism_of(c);
		if (m.ulParameterLen == 0)
			check_none(c);
		else
			check_sizes(c, &m);
		with += m.ulParameterLen > 0;
		without += m.ulParameterLen == 0;
	}
	print_message("# %zu mechanisms with a parameter, %zu without\n", with, without);
	assert_true(with > 40 && without > 40);
}

/* ---- members ---------------------------------------------------------------------------------------- */

/* Right parameters of another kind than mechanism_of's, for the uses that take them. */
static CK_BYTE iv[16], bytes[64];
static CK_GCM_WRAP_PARAMS gcm_wrap = {iv, 12, 0, CKG_NO_GENERATE, bytes, 5, 128};
static CK_CCM_WRAP_PARAMS ccm_wrap = {32, iv, 12, 0, CKG_NO_GENERATE, bytes, 5, 16};
static CK_EDDSA_PARAMS eddsa = {CK_FALSE, 5, bytes};
static CK_SIGN_ADDITIONAL_CONTEXT context = {CKH_HEDGE_PREFERRED, NULL, 0};
static CK_ECDH1_DERIVE_PARAMS ecdh_kem = {CKD_NULL, 0, NULL, 0, NULL};
static CK_GCM_PARAMS gcm = {iv, 12, 96, bytes, 5, 128};

struct member {
	const char *structure, *name;
	CK_MECHANISM_TYPE type;
	const void *base; /* NULL: mechanism_of's */
	CK_FLAGS only;    /* for these uses */
	size_t total, offset, size;
	CK_ULONG value;
	CK_RV expected;
};

#define ROW(mechanism, right, flags, s, m, v, rv) \
	{#s, #m, mechanism, right, flags, sizeof(s), offsetof(s, m), sizeof(((s *)0)->m), (CK_ULONG)(v), rv}
#define BAD(mechanism, s, m, v) ROW(mechanism, NULL, ALL, s, m, v, CKR_MECHANISM_PARAM_INVALID)
#define BASE(mechanism, right, flags, s, m, v) ROW(mechanism, &(right), flags, s, m, v, CKR_MECHANISM_PARAM_INVALID)
#define DERIVES(mechanism, s, m, v) ROW(mechanism, NULL, CKF_DERIVE, s, m, v, CKR_MECHANISM_PARAM_INVALID)
#define KEM(s, m, v) BASE(CKM_ECDH1_DERIVE, ecdh_kem, CKF_ENCAPSULATE | CKF_DECAPSULATE, s, m, v)
/* The parameter is one number. */
#define NUMBER(mechanism, s, v) {#s, "", mechanism, NULL, ALL, sizeof(s), 0, sizeof(s), (CK_ULONG)(v), CKR_MECHANISM_PARAM_INVALID}
#define TAG(mechanism, longest) \
	NUMBER(mechanism, CK_MAC_GENERAL_PARAMS, 0), NUMBER(mechanism, CK_MAC_GENERAL_PARAMS, (longest) + 1), \
	NUMBER(mechanism, CK_MAC_GENERAL_PARAMS, ALL)
#define DATA(mechanism, s, m, len) \
	BAD(mechanism, s, m, 0), BAD(mechanism, s, len, 0), BAD(mechanism, s, len, 15), BAD(mechanism, s, len, ALL)
#define STATED_DATA(mechanism, s) DATA(mechanism, s, pData, length)

static const struct member members[] = {
	BASE(CKM_AES_GCM, gcm, CKF_ENCRYPT | CKF_DECRYPT, CK_GCM_PARAMS, pIv, 0),
	BASE(CKM_AES_GCM, gcm, CKF_ENCRYPT | CKF_DECRYPT, CK_GCM_PARAMS, ulIvLen, 0),
	BASE(CKM_AES_GCM, gcm, CKF_ENCRYPT | CKF_DECRYPT, CK_GCM_PARAMS, ulIvLen, ALL),
	BASE(CKM_AES_GCM, gcm, CKF_ENCRYPT | CKF_DECRYPT, CK_GCM_PARAMS, ulIvBits, 95),
	BASE(CKM_AES_GCM, gcm, CKF_ENCRYPT | CKF_DECRYPT, CK_GCM_PARAMS, pAAD, 0),
	BASE(CKM_AES_GCM, gcm, CKF_ENCRYPT | CKF_DECRYPT, CK_GCM_PARAMS, ulAADLen, ALL),
	BASE(CKM_AES_GCM, gcm, ALL, CK_GCM_PARAMS, ulTagBits, 0),
	BASE(CKM_AES_GCM, gcm, ALL, CK_GCM_PARAMS, ulTagBits, 40),
	BASE(CKM_AES_GCM, gcm, ALL, CK_GCM_PARAMS, ulTagBits, 129),
	BASE(CKM_AES_GCM, gcm, ALL, CK_GCM_PARAMS, ulTagBits, ALL),
	BASE(CKM_AES_GCM, gcm_wrap, CKF_WRAP | CKF_UNWRAP, CK_GCM_WRAP_PARAMS, pIv, 0),
	BASE(CKM_AES_GCM, gcm_wrap, CKF_WRAP | CKF_UNWRAP, CK_GCM_WRAP_PARAMS, ulIvLen, 0),
	BASE(CKM_AES_GCM, gcm_wrap, CKF_WRAP | CKF_UNWRAP, CK_GCM_WRAP_PARAMS, ulIvLen, ALL),
	BASE(CKM_AES_GCM, gcm_wrap, CKF_WRAP, CK_GCM_WRAP_PARAMS, ivGenerator, CKG_GENERATE_COUNTER),
	BASE(CKM_AES_GCM, gcm_wrap, CKF_WRAP, CK_GCM_WRAP_PARAMS, ivGenerator, ALL),
	BASE(CKM_AES_GCM, gcm_wrap, CKF_WRAP | CKF_UNWRAP, CK_GCM_WRAP_PARAMS, pAAD, 0),
	BASE(CKM_AES_GCM, gcm_wrap, CKF_WRAP | CKF_UNWRAP, CK_GCM_WRAP_PARAMS, ulAADLen, ALL),
	BASE(CKM_AES_GCM, gcm_wrap, CKF_WRAP | CKF_UNWRAP, CK_GCM_WRAP_PARAMS, ulTagBits, 31),
	BASE(CKM_AES_CCM, ccm_wrap, CKF_WRAP | CKF_UNWRAP, CK_CCM_WRAP_PARAMS, pNonce, 0),
	BASE(CKM_AES_CCM, ccm_wrap, CKF_WRAP | CKF_UNWRAP, CK_CCM_WRAP_PARAMS, ulNonceLen, 6),
	BASE(CKM_AES_CCM, ccm_wrap, CKF_WRAP | CKF_UNWRAP, CK_CCM_WRAP_PARAMS, ulNonceLen, 14),
	BASE(CKM_AES_CCM, ccm_wrap, CKF_WRAP, CK_CCM_WRAP_PARAMS, nonceGenerator, ALL),
	BASE(CKM_AES_CCM, ccm_wrap, CKF_WRAP | CKF_UNWRAP, CK_CCM_WRAP_PARAMS, pAAD, 0),
	BASE(CKM_AES_CCM, ccm_wrap, CKF_WRAP | CKF_UNWRAP, CK_CCM_WRAP_PARAMS, ulAADLen, ALL),
	BASE(CKM_AES_CCM, ccm_wrap, CKF_WRAP | CKF_UNWRAP, CK_CCM_WRAP_PARAMS, ulMACLen, 3),
	BASE(CKM_AES_CCM, ccm_wrap, CKF_WRAP | CKF_UNWRAP, CK_CCM_WRAP_PARAMS, ulMACLen, 18),
	BAD(CKM_AES_CCM, CK_CCM_PARAMS, pNonce, 0), BAD(CKM_AES_CCM, CK_CCM_PARAMS, ulNonceLen, 0), BAD(CKM_AES_CCM, CK_CCM_PARAMS, ulNonceLen, 6),
	BAD(CKM_AES_CCM, CK_CCM_PARAMS, ulNonceLen, 14), BAD(CKM_AES_CCM, CK_CCM_PARAMS, ulNonceLen, ALL), BAD(CKM_AES_CCM, CK_CCM_PARAMS, pAAD, 0),
	BAD(CKM_AES_CCM, CK_CCM_PARAMS, ulAADLen, ALL), BAD(CKM_AES_CCM, CK_CCM_PARAMS, ulMACLen, 0), BAD(CKM_AES_CCM, CK_CCM_PARAMS, ulMACLen, 2),
	BAD(CKM_AES_CCM, CK_CCM_PARAMS, ulMACLen, 5), BAD(CKM_AES_CCM, CK_CCM_PARAMS, ulMACLen, 18), BAD(CKM_AES_CCM, CK_CCM_PARAMS, ulMACLen, ALL),
	BAD(CKM_AES_CTR, CK_AES_CTR_PARAMS, ulCounterBits, 0), BAD(CKM_AES_CTR, CK_AES_CTR_PARAMS, ulCounterBits, 129),
	BAD(CKM_AES_CTR, CK_AES_CTR_PARAMS, ulCounterBits, ALL),
	BAD(CKM_CAMELLIA_CTR, CK_CAMELLIA_CTR_PARAMS, ulCounterBits, 0), BAD(CKM_CAMELLIA_CTR, CK_CAMELLIA_CTR_PARAMS, ulCounterBits, 129),
	BAD(CKM_AES_GMAC, CK_GCM_PARAMS, pIv, 0), BAD(CKM_AES_GMAC, CK_GCM_PARAMS, ulIvLen, 0), BAD(CKM_AES_GMAC, CK_GCM_PARAMS, ulIvLen, ALL),
	BAD(CKM_AES_GMAC, CK_GCM_PARAMS, ulTagBits, 0), BAD(CKM_AES_GMAC, CK_GCM_PARAMS, ulTagBits, 129),
	BAD(CKM_CHACHA20, CK_CHACHA20_PARAMS, pBlockCounter, 0), BAD(CKM_CHACHA20, CK_CHACHA20_PARAMS, blockCounterBits, 0),
	BAD(CKM_CHACHA20, CK_CHACHA20_PARAMS, blockCounterBits, 33), BAD(CKM_CHACHA20, CK_CHACHA20_PARAMS, blockCounterBits, ALL),
	BAD(CKM_CHACHA20, CK_CHACHA20_PARAMS, pNonce, 0), BAD(CKM_CHACHA20, CK_CHACHA20_PARAMS, ulNonceBits, 0),
	BAD(CKM_CHACHA20, CK_CHACHA20_PARAMS, ulNonceBits, 64), BAD(CKM_CHACHA20, CK_CHACHA20_PARAMS, ulNonceBits, ALL),
	BAD(CKM_CHACHA20_POLY1305, CK_SALSA20_CHACHA20_POLY1305_PARAMS, pNonce, 0),
	BAD(CKM_CHACHA20_POLY1305, CK_SALSA20_CHACHA20_POLY1305_PARAMS, ulNonceLen, 0),
	BAD(CKM_CHACHA20_POLY1305, CK_SALSA20_CHACHA20_POLY1305_PARAMS, ulNonceLen, 11),
	BAD(CKM_CHACHA20_POLY1305, CK_SALSA20_CHACHA20_POLY1305_PARAMS, ulNonceLen, ALL),
	BAD(CKM_CHACHA20_POLY1305, CK_SALSA20_CHACHA20_POLY1305_PARAMS, pAAD, 0),
	BAD(CKM_CHACHA20_POLY1305, CK_SALSA20_CHACHA20_POLY1305_PARAMS, ulAADLen, ALL),
	TAG(CKM_AES_MAC_GENERAL, 16), TAG(CKM_AES_CMAC_GENERAL, 16), TAG(CKM_CAMELLIA_MAC_GENERAL, 16), TAG(CKM_ARIA_MAC_GENERAL, 16),
	TAG(CKM_SEED_MAC_GENERAL, 16), TAG(CKM_DES_MAC_GENERAL, 8), TAG(CKM_DES3_MAC_GENERAL, 8), TAG(CKM_DES3_CMAC_GENERAL, 8),
	TAG(CKM_CAST128_MAC_GENERAL, 8), TAG(CKM_IDEA_MAC_GENERAL, 8), TAG(CKM_MD2_HMAC_GENERAL, 16), TAG(CKM_MD5_HMAC_GENERAL, 16),
	TAG(CKM_RIPEMD160_HMAC_GENERAL, 20), TAG(CKM_SHA_1_HMAC_GENERAL, 20), TAG(CKM_SHA224_HMAC_GENERAL, 28), TAG(CKM_SHA256_HMAC_GENERAL, 32),
	TAG(CKM_SHA384_HMAC_GENERAL, 48), TAG(CKM_SHA512_HMAC_GENERAL, 64), TAG(CKM_SHA512_224_HMAC_GENERAL, 28),
	TAG(CKM_SHA512_256_HMAC_GENERAL, 32), TAG(CKM_SHA3_224_HMAC_GENERAL, 28), TAG(CKM_SHA3_256_HMAC_GENERAL, 32),
	TAG(CKM_SHA3_384_HMAC_GENERAL, 48), TAG(CKM_SHA3_512_HMAC_GENERAL, 64), TAG(CKM_BLAKE2B_160_HMAC_GENERAL, 20),
	TAG(CKM_BLAKE2B_256_HMAC_GENERAL, 32), TAG(CKM_BLAKE2B_384_HMAC_GENERAL, 48), TAG(CKM_BLAKE2B_512_HMAC_GENERAL, 64),
	TAG(CKM_SHA512_T, 511), NUMBER(CKM_SHA512_T, CK_MAC_GENERAL_PARAMS, 384),
	TAG(CKM_SHA512_T_HMAC, 511), NUMBER(CKM_SHA512_T_HMAC, CK_MAC_GENERAL_PARAMS, 384),
	NUMBER(CKM_RC2_ECB, CK_RC2_PARAMS, 0), NUMBER(CKM_RC2_ECB, CK_RC2_PARAMS, 1025), NUMBER(CKM_RC2_MAC, CK_RC2_PARAMS, ALL),
	BAD(CKM_RC2_CBC, CK_RC2_CBC_PARAMS, ulEffectiveBits, 0), BAD(CKM_RC2_CBC_PAD, CK_RC2_CBC_PARAMS, ulEffectiveBits, ALL),
	BAD(CKM_RC2_MAC_GENERAL, CK_RC2_MAC_GENERAL_PARAMS, ulEffectiveBits, 0), BAD(CKM_RC2_MAC_GENERAL, CK_RC2_MAC_GENERAL_PARAMS, ulMacLength, 0),
	BAD(CKM_RC2_MAC_GENERAL, CK_RC2_MAC_GENERAL_PARAMS, ulMacLength, 9),
	BAD(CKM_RC5_ECB, CK_RC5_PARAMS, ulWordsize, 8), BAD(CKM_RC5_ECB, CK_RC5_PARAMS, ulRounds, 0), BAD(CKM_RC5_MAC, CK_RC5_PARAMS, ulRounds, ALL),
	BAD(CKM_RC5_CBC, CK_RC5_CBC_PARAMS, ulWordsize, 0), BAD(CKM_RC5_CBC, CK_RC5_CBC_PARAMS, ulRounds, 256), BAD(CKM_RC5_CBC, CK_RC5_CBC_PARAMS, pIv, 0),
	BAD(CKM_RC5_CBC_PAD, CK_RC5_CBC_PARAMS, ulIvLen, 7), BAD(CKM_RC5_CBC, CK_RC5_CBC_PARAMS, ulIvLen, ALL),
	BAD(CKM_RC5_MAC_GENERAL, CK_RC5_MAC_GENERAL_PARAMS, ulWordsize, 1), BAD(CKM_RC5_MAC_GENERAL, CK_RC5_MAC_GENERAL_PARAMS, ulRounds, 11),
	BAD(CKM_RC5_MAC_GENERAL, CK_RC5_MAC_GENERAL_PARAMS, ulMacLength, 9),
	BAD(CKM_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, hashAlg, 0), BAD(CKM_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, hashAlg, CKM_SHA256_HMAC),
	BAD(CKM_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, mgf, 0), BAD(CKM_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, mgf, ALL),
	BAD(CKM_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, sLen, ALL),
	BAD(CKM_SHA256_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, hashAlg, CKM_SHA384), BAD(CKM_SHA256_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, hashAlg, 0),
	BAD(CKM_SHA3_512_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, hashAlg, CKM_SHA512), BAD(CKM_SHA256_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, mgf, 0),
	BAD(CKM_SHA1_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS, sLen, ALL),
	BAD(CKM_RSA_PKCS_OAEP, CK_RSA_PKCS_OAEP_PARAMS, hashAlg, 0), BAD(CKM_RSA_PKCS_OAEP, CK_RSA_PKCS_OAEP_PARAMS, mgf, 0),
	BAD(CKM_RSA_PKCS_OAEP, CK_RSA_PKCS_OAEP_PARAMS, source, 2), BAD(CKM_RSA_PKCS_OAEP, CK_RSA_PKCS_OAEP_PARAMS, ulSourceDataLen, 1),
	BAD(CKM_RSA_PKCS_OAEP, CK_RSA_PKCS_OAEP_PARAMS, ulSourceDataLen, ALL),
	BAD(CKM_RSA_AES_KEY_WRAP, CK_RSA_AES_KEY_WRAP_PARAMS, ulAESKeyBits, 0), BAD(CKM_RSA_AES_KEY_WRAP, CK_RSA_AES_KEY_WRAP_PARAMS, ulAESKeyBits, 129),
	BAD(CKM_RSA_AES_KEY_WRAP, CK_RSA_AES_KEY_WRAP_PARAMS, pOAEPParams, 0),
	BASE(CKM_EDDSA, eddsa, ALL, CK_EDDSA_PARAMS, pContextData, 0), BASE(CKM_EDDSA, eddsa, ALL, CK_EDDSA_PARAMS, ulContextDataLen, 256),
	BASE(CKM_EDDSA, eddsa, ALL, CK_EDDSA_PARAMS, ulContextDataLen, ALL),
	BASE(CKM_ML_DSA, context, ALL, CK_SIGN_ADDITIONAL_CONTEXT, hedgeVariant, 99),
	BASE(CKM_ML_DSA, context, ALL, CK_SIGN_ADDITIONAL_CONTEXT, ulContextLen, 1), BASE(CKM_ML_DSA, context, ALL, CK_SIGN_ADDITIONAL_CONTEXT, ulContextLen, ALL),
	BASE(CKM_SLH_DSA, context, ALL, CK_SIGN_ADDITIONAL_CONTEXT, ulContextLen, 256),
	BASE(CKM_HASH_ML_DSA_SHA256, context, ALL, CK_SIGN_ADDITIONAL_CONTEXT, ulContextLen, 1),
	BAD(CKM_HASH_ML_DSA, CK_HASH_SIGN_ADDITIONAL_CONTEXT, hash, 0), BAD(CKM_HASH_ML_DSA, CK_HASH_SIGN_ADDITIONAL_CONTEXT, hedgeVariant, 99),
	BAD(CKM_HASH_ML_DSA, CK_HASH_SIGN_ADDITIONAL_CONTEXT, ulContextLen, ALL), BAD(CKM_HASH_SLH_DSA, CK_HASH_SIGN_ADDITIONAL_CONTEXT, hash, CKM_AES_ECB),
	KEM(CK_ECDH1_DERIVE_PARAMS, kdf, 0), KEM(CK_ECDH1_DERIVE_PARAMS, ulSharedDataLen, 1), KEM(CK_ECDH1_DERIVE_PARAMS, pPublicData, 1),
	KEM(CK_ECDH1_DERIVE_PARAMS, ulPublicDataLen, 1), KEM(CK_ECDH1_DERIVE_PARAMS, ulPublicDataLen, ALL),
	DERIVES(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS, kdf, 0), DERIVES(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS, kdf, ALL),
	DERIVES(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS, ulSharedDataLen, 1), DERIVES(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS, ulSharedDataLen, ALL),
	DERIVES(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS, pPublicData, 0), DERIVES(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS, ulPublicDataLen, 0),
	DERIVES(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS, ulPublicDataLen, 64), DERIVES(CKM_ECDH1_COFACTOR_DERIVE, CK_ECDH1_DERIVE_PARAMS, ulPublicDataLen, ALL),
	BAD(CKM_ECDH_AES_KEY_WRAP, CK_ECDH_AES_KEY_WRAP_PARAMS, ulAESKeyBits, 0), BAD(CKM_ECDH_AES_KEY_WRAP, CK_ECDH_AES_KEY_WRAP_PARAMS, ulAESKeyBits, 129),
	BAD(CKM_ECDH_X_AES_KEY_WRAP, CK_ECDH_AES_KEY_WRAP_PARAMS, kdf, 0), BAD(CKM_ECDH_COF_AES_KEY_WRAP, CK_ECDH_AES_KEY_WRAP_PARAMS, ulSharedDataLen, 1),
	BAD(CKM_ECDH_AES_KEY_WRAP, CK_ECDH_AES_KEY_WRAP_PARAMS, ulSharedDataLen, ALL),
	BAD(CKM_HKDF_DERIVE, CK_HKDF_PARAMS, prfHashMechanism, 0), BAD(CKM_HKDF_DERIVE, CK_HKDF_PARAMS, prfHashMechanism, CKM_SHA256_HMAC),
	BAD(CKM_HKDF_DERIVE, CK_HKDF_PARAMS, ulSaltType, 0), BAD(CKM_HKDF_DERIVE, CK_HKDF_PARAMS, ulSaltType, 99), BAD(CKM_HKDF_DERIVE, CK_HKDF_PARAMS, pInfo, 0),
	BAD(CKM_HKDF_DATA, CK_HKDF_PARAMS, ulInfoLen, ALL), BAD(CKM_HKDF_DATA, CK_HKDF_PARAMS, prfHashMechanism, ALL),
	BAD(CKM_SP800_108_COUNTER_KDF, CK_SP800_108_KDF_PARAMS, prfType, 0), BAD(CKM_SP800_108_COUNTER_KDF, CK_SP800_108_KDF_PARAMS, prfType, CKM_SHA256),
	BAD(CKM_SP800_108_COUNTER_KDF, CK_SP800_108_KDF_PARAMS, ulNumberOfDataParams, 0), BAD(CKM_SP800_108_COUNTER_KDF, CK_SP800_108_KDF_PARAMS, ulNumberOfDataParams, ALL),
	BAD(CKM_SP800_108_COUNTER_KDF, CK_SP800_108_KDF_PARAMS, pDataParams, 0),
	BAD(CKM_SP800_108_COUNTER_KDF, CK_SP800_108_KDF_PARAMS, ulAdditionalDerivedKeys, 1),
	BAD(CKM_SP800_108_DOUBLE_PIPELINE_KDF, CK_SP800_108_KDF_PARAMS, ulAdditionalDerivedKeys, ALL),
	BAD(CKM_SP800_108_FEEDBACK_KDF, CK_SP800_108_FEEDBACK_KDF_PARAMS, prfType, 0), BAD(CKM_SP800_108_FEEDBACK_KDF, CK_SP800_108_FEEDBACK_KDF_PARAMS, pDataParams, 0),
	BAD(CKM_SP800_108_FEEDBACK_KDF, CK_SP800_108_FEEDBACK_KDF_PARAMS, ulIVLen, 1), BAD(CKM_SP800_108_FEEDBACK_KDF, CK_SP800_108_FEEDBACK_KDF_PARAMS, ulIVLen, ALL),
	BAD(CKM_PKCS5_PBKD2, CK_PKCS5_PBKD2_PARAMS2, saltSource, 0), BAD(CKM_PKCS5_PBKD2, CK_PKCS5_PBKD2_PARAMS2, pSaltSourceData, 0),
	BAD(CKM_PKCS5_PBKD2, CK_PKCS5_PBKD2_PARAMS2, ulSaltSourceDataLen, ALL), BAD(CKM_PKCS5_PBKD2, CK_PKCS5_PBKD2_PARAMS2, iterations, 0),
	BAD(CKM_PKCS5_PBKD2, CK_PKCS5_PBKD2_PARAMS2, iterations, ALL), BAD(CKM_PKCS5_PBKD2, CK_PKCS5_PBKD2_PARAMS2, prf, 0),
	BAD(CKM_PKCS5_PBKD2, CK_PKCS5_PBKD2_PARAMS2, prf, 99), BAD(CKM_PKCS5_PBKD2, CK_PKCS5_PBKD2_PARAMS2, ulPrfDataLen, 1),
	BAD(CKM_PKCS5_PBKD2, CK_PKCS5_PBKD2_PARAMS2, pPassword, 0), BAD(CKM_PKCS5_PBKD2, CK_PKCS5_PBKD2_PARAMS2, ulPasswordLen, ALL),
	BAD(CKM_PBE_SHA1_DES3_EDE_CBC, CK_PBE_PARAMS, pPassword, 0), BAD(CKM_PBE_SHA1_DES3_EDE_CBC, CK_PBE_PARAMS, ulPasswordLen, ALL),
	BAD(CKM_PBE_SHA1_RC4_128, CK_PBE_PARAMS, pSalt, 0), BAD(CKM_PBE_MD5_DES_CBC, CK_PBE_PARAMS, ulSaltLen, 0),
	BAD(CKM_PBE_MD5_DES_CBC, CK_PBE_PARAMS, ulSaltLen, ALL), BAD(CKM_PBA_SHA1_WITH_SHA1_HMAC, CK_PBE_PARAMS, ulIteration, 0),
	BAD(CKM_PBA_SHA1_WITH_SHA1_HMAC, CK_PBE_PARAMS, ulIteration, ALL),
	BAD(CKM_CONCATENATE_BASE_AND_DATA, CK_KEY_DERIVATION_STRING_DATA, pData, 0), BAD(CKM_CONCATENATE_DATA_AND_BASE, CK_KEY_DERIVATION_STRING_DATA, ulLen, ALL),
	BAD(CKM_XOR_BASE_AND_DATA, CK_KEY_DERIVATION_STRING_DATA, ulLen, 0), BAD(CKM_XOR_BASE_AND_DATA, CK_KEY_DERIVATION_STRING_DATA, pData, 0),
	NUMBER(CKM_EXTRACT_KEY_FROM_KEY, CK_EXTRACT_PARAMS, 256), NUMBER(CKM_EXTRACT_KEY_FROM_KEY, CK_EXTRACT_PARAMS, ALL),
	DATA(CKM_AES_ECB_ENCRYPT_DATA, CK_KEY_DERIVATION_STRING_DATA, pData, ulLen), DATA(CKM_DES3_ECB_ENCRYPT_DATA, CK_KEY_DERIVATION_STRING_DATA, pData, ulLen),
	STATED_DATA(CKM_AES_CBC_ENCRYPT_DATA, CK_AES_CBC_ENCRYPT_DATA_PARAMS), STATED_DATA(CKM_CAMELLIA_CBC_ENCRYPT_DATA, CK_CAMELLIA_CBC_ENCRYPT_DATA_PARAMS),
	STATED_DATA(CKM_ARIA_CBC_ENCRYPT_DATA, CK_ARIA_CBC_ENCRYPT_DATA_PARAMS), STATED_DATA(CKM_SEED_CBC_ENCRYPT_DATA, CK_SEED_CBC_ENCRYPT_DATA_PARAMS),
	STATED_DATA(CKM_DES_CBC_ENCRYPT_DATA, CK_DES_CBC_ENCRYPT_DATA_PARAMS), STATED_DATA(CKM_DES3_CBC_ENCRYPT_DATA, CK_DES_CBC_ENCRYPT_DATA_PARAMS),
};

/* With a right parameter a use gets further than to the parameter. */
static void check_base(const struct mechanism_case *c, CK_MECHANISM *m, CK_FLAGS only)
{
	for (size_t i = 0; i < COUNT(uses); i++) {
		if (!applies(c, &uses[i], only))
			continue;
		CK_RV rv = use_with(c, &uses[i], m);
		if (rv == CKR_MECHANISM_PARAM_INVALID)
			fail_msg("%s, use 0x%lx: the test's own parameter is refused", c->name, uses[i].flag);
	}
}

static void members_out_of_range_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(members); i++) {
		const struct member *b = &members[i];
		const struct mechanism_case *c = mechanism_case_of(b->type);
		char what[128];

		if (!has_mechanism(b->type))
			continue;
		assert_non_null(c);
		CK_MECHANISM m = *mechanism_of(c);
		CK_BYTE *copy = malloc(b->total);
		assert_non_null(copy);
		memcpy(copy, b->base != NULL ? b->base : m.pParameter, b->total);
		assert_true(b->base != NULL || m.ulParameterLen == b->total);
		m = (CK_MECHANISM){b->type, copy, b->total};
		check_base(c, &m, b->only);
		memcpy(copy + b->offset, &b->value, b->size);
		snprintf(what, sizeof(what), "%s.%s = 0x%lx", b->structure, b->name, b->value);
		expect_all(c, &m, b->only, b->expected, what);
		free(copy);
	}
}

static void a_key_in_a_parameter_must_be_there(void **state)
{
	const struct mechanism_case *c = mechanism_case_of(CKM_CONCATENATE_BASE_AND_KEY);
	CK_OBJECT_HANDLE none[] = {CK_INVALID_HANDLE, 0x7fffffff, ALL};

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++) {
		CK_MECHANISM m = {c->type, &none[i], sizeof(none[i])};

		expect_all(c, &m, CKF_DERIVE, CKR_KEY_HANDLE_INVALID, "no such key");
	}
}

/* ---- nothing is left out ------------------------------------------------------------------------------ */

/* Structures whose members other tests look at. */
static const char *const elsewhere[] = {
	"CK_KDF_PARAMS", /* a name that the text alone has */
	"CK_OBJECT_HANDLE", /* a_key_in_a_parameter_must_be_there */
	"CK_GCM_MESSAGE_PARAMS", "CK_CCM_MESSAGE_PARAMS", "CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS", /* test_message.c, test_message_aead.c */
	"CK_PKCS5_PBKD2_PARAMS", /* has the size of its successor and is not told from it */
	"CK_X9_42_DH1_DERIVE_PARAMS", "CK_X9_42_DH2_DERIVE_PARAMS", "CK_DSA_PARAMETER_GEN_PARAM", /* tests/mech */
	"CK_SSL3_", "CK_TLS_", "CK_TLS12_", "CK_WTLS_", "CK_IKE", "CK_OTP_", "CK_ECMQV_", "CK_XEDDSA_",
};

static bool has_rows(const char *structure, size_t length)
{
	for (size_t i = 0; i < COUNT(members); i++) {
		if (strlen(members[i].structure) == length && strncmp(members[i].structure, structure, length) == 0)
			return true;
	}
	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		if (strncmp(structure, elsewhere[i], strlen(elsewhere[i])) == 0)
			return true;
	}
	return false;
}

/* Every structure that the standard's table gives a mechanism of the token. */
static void every_structure_is_tried(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < mechanism_case_count; i++) {
		struct stated stated;

		if (!has_mechanism(mechanism_cases[i].type) || !mechanism_stated(mechanism_cases[i].name, &stated))
			continue;
		for (const char *at = strstr(stated.parameter, "CK_"); at != NULL; at = strstr(at + 1, "CK_")) {
			size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

			found++;
			if (memmem(at, length, "_PARAM", 6) != NULL && !has_rows(at, length))
				fail_msg("%s: no row changes a member of %.*s", mechanism_cases[i].name, (int)length, at);
		}
	}
	assert_true(found > 80);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(the_size_must_be_right),
		WITH_KEYS(members_out_of_range_are_refused),
		WITH_KEYS(a_key_in_a_parameter_must_be_there),
		WITH_KEYS(every_structure_is_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
