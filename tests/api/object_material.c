/* SPDX-License-Identifier: Apache-2.0 */
/* Material for one object of each kind: constants, and for key pairs what the token itself generates. */
#include "object_table.h"

/* ---- constants ----------------------------------------------------------------------------------- */

/* One group of prime order: parameters, a private and a public value, for everything that works in such groups. */
#define P "00ab5bc29270e5acfb21e8f3d41ab33bdffc49d6287da98187950c2b4fd88c6db95e1a66a8cc5883e664602c4ed5c5d395dda55107a69dfb52fec9beb06d793125d1b3a7f7af523dd776130bd432b60ca2a696cf3705f915e7632e4cb6aa6500e24a38bc7dd9e16a3e1d326d3035f706273448817854f3ea6e4e25878cebec27c7"
#define Q "00dd50dcd5e0b70e43a5d33cbed86c6cdc8ed0ccd4ed8c6ade38de9b55"
#define G "00a3fe8fb82a7354876df3eb71fe793a4ce4d5a5d1ee957123fc08cddb013b12f4d57ee3f588723e52853c6a1fe808d2e261c4ee245bf5caf2bb6ef0aedaee5ccd073e33d201d05df19b4448099b21ffda1e25b73ae4c58717a94a81e3df06f39bdca48d9efc973c0a493efb5d10ba4b676cf0cf683898390b4b0652d4d6c9e679"
#define X "452916ba7c76fc269f3ff12d94768cb59efc00b0d1dd20bec2db4e49"
#define Y "7f0960f176b1518cebdc553b9dbb27bf791e8d600610c9f2b6cc6210758da7c75acc370d729e23678ef0eef2d5055190e1aa9618ffec730ca6d5abf4da3ace6e6d0a58786bbd769db6b12b5821c2fbffe42be49e8be572829a09454423583db87065ef18ca67532de7c8efaa1aaf56b49042e14faf0baebee79ae142c4ea3b3b"
#define K8 "0123456789abcdef"
#define K16 K8 "fedcba9876543210"
#define K24 K16 "89abcdef01234567"
#define K32 K16 "00112233445566778899aabbccddeeff"
#define OID "06052a85030201"

static const struct constant {
	CK_OBJECT_CLASS object_class;
	CK_ULONG type;
	struct {
		CK_ATTRIBUTE_TYPE type;
		const char *hex; /* "#n": a number */
	} values[5];
} constants[] = {
	{CKO_CERTIFICATE, CKC_X_509, {{CKA_SUBJECT, "3000"}, {CKA_VALUE, "30820000"}}},
	{CKO_CERTIFICATE, CKC_WTLS, {{CKA_SUBJECT, "3000"}, {CKA_VALUE, "30820001"}}},
	{CKO_CERTIFICATE, CKC_X_509_ATTR_CERT, {{CKA_OWNER, "3000"}, {CKA_VALUE, "30820002"}}},
	{CKO_TRUST, 0, {{CKA_ISSUER, "3000"}, {CKA_SERIAL_NUMBER, "020101"}}},
	{CKO_SECRET_KEY, CKK_GENERIC_SECRET, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_SHA256_HMAC, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_HKDF, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_AES, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_AES_XTS, {{CKA_VALUE, K32}}},
	{CKO_SECRET_KEY, CKK_DES2, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_DES3, {{CKA_VALUE, K24}}},
	{CKO_SECRET_KEY, CKK_CAMELLIA, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_ARIA, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_SEED, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_CHACHA20, {{CKA_VALUE, K32}}},
	{CKO_SECRET_KEY, CKK_POLY1305, {{CKA_VALUE, K32}}},
	{CKO_SECRET_KEY, CKK_BLOWFISH, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_TWOFISH, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_SALSA20, {{CKA_VALUE, K32}}},
	{CKO_SECRET_KEY, CKK_GOST28147, {{CKA_VALUE, K32}, {CKA_GOST28147_PARAMS, OID}}},
	{CKO_SECRET_KEY, CKK_DES, {{CKA_VALUE, K8}}},
	{CKO_SECRET_KEY, CKK_IDEA, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_CDMF, {{CKA_VALUE, K8}}},
	{CKO_SECRET_KEY, CKK_CAST, {{CKA_VALUE, K8}}},
	{CKO_SECRET_KEY, CKK_CAST3, {{CKA_VALUE, K8}}},
	{CKO_SECRET_KEY, CKK_CAST128, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_RC2, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_RC4, {{CKA_VALUE, K16}}},
	{CKO_SECRET_KEY, CKK_RC5, {{CKA_VALUE, K16}}},
	{CKO_OTP_KEY, CKK_SECURID, {{CKA_VALUE, K16}}},
	{CKO_OTP_KEY, CKK_ACTI, {{CKA_VALUE, K16}}},
	{CKO_OTP_KEY, CKK_HOTP, {{CKA_VALUE, K16 "01234567"}}},
	{CKO_PUBLIC_KEY, CKK_DSA, {{CKA_PRIME, P}, {CKA_SUBPRIME, Q}, {CKA_BASE, G}, {CKA_VALUE, Y}}},
	{CKO_PRIVATE_KEY, CKK_DSA, {{CKA_PRIME, P}, {CKA_SUBPRIME, Q}, {CKA_BASE, G}, {CKA_VALUE, X}}},
	{CKO_DOMAIN_PARAMETERS, CKK_DSA, {{CKA_PRIME, P}, {CKA_SUBPRIME, Q}, {CKA_BASE, G}}},
	{CKO_PUBLIC_KEY, CKK_DH, {{CKA_PRIME, P}, {CKA_BASE, G}, {CKA_VALUE, Y}}},
	{CKO_PRIVATE_KEY, CKK_DH, {{CKA_PRIME, P}, {CKA_BASE, G}, {CKA_VALUE, X}}},
	{CKO_DOMAIN_PARAMETERS, CKK_DH, {{CKA_PRIME, P}, {CKA_BASE, G}}},
	{CKO_PUBLIC_KEY, CKK_X9_42_DH, {{CKA_PRIME, P}, {CKA_SUBPRIME, Q}, {CKA_BASE, G}, {CKA_VALUE, Y}}},
	{CKO_PRIVATE_KEY, CKK_X9_42_DH, {{CKA_PRIME, P}, {CKA_SUBPRIME, Q}, {CKA_BASE, G}, {CKA_VALUE, X}}},
	{CKO_DOMAIN_PARAMETERS, CKK_X9_42_DH, {{CKA_PRIME, P}, {CKA_SUBPRIME, Q}, {CKA_BASE, G}}},
	{CKO_PUBLIC_KEY, CKK_KEA, {{CKA_PRIME, P}, {CKA_SUBPRIME, Q}, {CKA_BASE, G}, {CKA_VALUE, Y}}},
	{CKO_PRIVATE_KEY, CKK_KEA, {{CKA_PRIME, P}, {CKA_SUBPRIME, Q}, {CKA_BASE, G}, {CKA_VALUE, X}}},
	{CKO_PUBLIC_KEY, CKK_GOSTR3410, {{CKA_VALUE, K32 K32}, {CKA_GOSTR3410_PARAMS, OID}, {CKA_GOSTR3411_PARAMS, OID}}},
	{CKO_PRIVATE_KEY, CKK_GOSTR3410, {{CKA_VALUE, K32}, {CKA_GOSTR3410_PARAMS, OID}, {CKA_GOSTR3411_PARAMS, OID}}},
	{CKO_DOMAIN_PARAMETERS, CKK_GOST28147, {{CKA_VALUE, "3000"}, {CKA_OBJECT_ID, OID}}},
	{CKO_DOMAIN_PARAMETERS, CKK_GOSTR3411, {{CKA_VALUE, "3000"}, {CKA_OBJECT_ID, OID}}},
	{CKO_DOMAIN_PARAMETERS, CKK_GOSTR3410, {{CKA_VALUE, "3000"}, {CKA_OBJECT_ID, OID}}},
	{CKO_PUBLIC_KEY, CKK_HSS, {{CKA_VALUE, "000000010000000500000004" K16 K32}}},
	{CKO_PUBLIC_KEY, CKK_XMSS, {{CKA_PARAMETER_SET, "#1"}, {CKA_VALUE, "00000001" K32 K32}}},
	{CKO_PUBLIC_KEY, CKK_XMSSMT, {{CKA_PARAMETER_SET, "#1"}, {CKA_VALUE, "00000001" K32 K32}}},
};

/* ---- generated ----------------------------------------------------------------------------------- */

#define P256 "06082a8648ce3d030107"
#define ED25519 "06032b6570"
#define X25519 "06032b656e"

static const struct generator {
	CK_OBJECT_CLASS object_class; /* CKO_PUBLIC_KEY: a pair */
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE mechanism;
	struct {
		CK_ATTRIBUTE_TYPE type;
		const char *hex;
	} needs[3];
} generators[] = {
	{CKO_PUBLIC_KEY, CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, {{CKA_MODULUS_BITS, "#1024"}}},
	{CKO_PUBLIC_KEY, CKK_EC, CKM_EC_KEY_PAIR_GEN, {{CKA_EC_PARAMS, P256}}},
	{CKO_PUBLIC_KEY, CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, {{CKA_EC_PARAMS, ED25519}}},
	{CKO_PUBLIC_KEY, CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, {{CKA_EC_PARAMS, X25519}}},
	{CKO_PUBLIC_KEY, CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, {{CKA_PARAMETER_SET, "#1"}}},
	{CKO_PUBLIC_KEY, CKK_ML_KEM, CKM_ML_KEM_KEY_PAIR_GEN, {{CKA_PARAMETER_SET, "#1"}}},
	{CKO_PUBLIC_KEY, CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, {{CKA_PARAMETER_SET, "#3"}}},
	{CKO_PUBLIC_KEY, CKK_DSA, CKM_DSA_KEY_PAIR_GEN, {{CKA_PRIME, P}, {CKA_SUBPRIME, Q}, {CKA_BASE, G}}},
	{CKO_PUBLIC_KEY, CKK_DH, CKM_DH_PKCS_KEY_PAIR_GEN, {{CKA_PRIME, P}, {CKA_BASE, G}}},
	{CKO_PUBLIC_KEY, CKK_X9_42_DH, CKM_X9_42_DH_KEY_PAIR_GEN, {{CKA_PRIME, P}, {CKA_SUBPRIME, Q}, {CKA_BASE, G}}},
	{CKO_DOMAIN_PARAMETERS, CKK_DSA, CKM_DSA_PARAMETER_GEN, {{CKA_PRIME_BITS, "#1024"}}},
	{CKO_SECRET_KEY, CKK_GENERIC_SECRET, CKM_GENERIC_SECRET_KEY_GEN, {{CKA_VALUE_LEN, "#16"}}},
	{CKO_SECRET_KEY, CKK_SHA256_HMAC, CKM_SHA256_KEY_GEN, {{CKA_VALUE_LEN, "#16"}}},
	{CKO_SECRET_KEY, CKK_HKDF, CKM_HKDF_KEY_GEN, {{CKA_VALUE_LEN, "#16"}}},
	{CKO_SECRET_KEY, CKK_AES, CKM_AES_KEY_GEN, {{CKA_VALUE_LEN, "#16"}}},
	{CKO_SECRET_KEY, CKK_AES_XTS, CKM_AES_XTS_KEY_GEN, {{CKA_VALUE_LEN, "#32"}}},
	{CKO_SECRET_KEY, CKK_CAMELLIA, CKM_CAMELLIA_KEY_GEN, {{CKA_VALUE_LEN, "#16"}}},
	{CKO_SECRET_KEY, CKK_ARIA, CKM_ARIA_KEY_GEN, {{CKA_VALUE_LEN, "#16"}}},
	{CKO_SECRET_KEY, CKK_CHACHA20, CKM_CHACHA20_KEY_GEN, {{CKA_VALUE_LEN, "#32"}}},
	{CKO_SECRET_KEY, CKK_SALSA20, CKM_SALSA20_KEY_GEN, {{CKA_VALUE_LEN, "#32"}}},
	{CKO_SECRET_KEY, CKK_POLY1305, CKM_POLY1305_KEY_GEN, {{CKA_VALUE_LEN, "#32"}}},
	{CKO_SECRET_KEY, CKK_SEED, CKM_SEED_KEY_GEN, {{0}}},
	{CKO_SECRET_KEY, CKK_DES2, CKM_DES2_KEY_GEN, {{0}}},
	{CKO_SECRET_KEY, CKK_DES3, CKM_DES3_KEY_GEN, {{0}}},
	{CKO_SECRET_KEY, CKK_DES, CKM_DES_KEY_GEN, {{0}}},
	{CKO_SECRET_KEY, CKK_IDEA, CKM_IDEA_KEY_GEN, {{0}}},
	{CKO_SECRET_KEY, CKK_CAST128, CKM_CAST128_KEY_GEN, {{CKA_VALUE_LEN, "#16"}}},
	{CKO_SECRET_KEY, CKK_RC2, CKM_RC2_KEY_GEN, {{CKA_VALUE_LEN, "#16"}}},
	{CKO_SECRET_KEY, CKK_RC4, CKM_RC4_KEY_GEN, {{CKA_VALUE_LEN, "#16"}}},
	{CKO_SECRET_KEY, CKK_RC5, CKM_RC5_KEY_GEN, {{CKA_VALUE_LEN, "#16"}}},
	{CKO_SECRET_KEY, CKK_BLOWFISH, CKM_BLOWFISH_KEY_GEN, {{CKA_VALUE_LEN, "#16"}}},
	{CKO_OTP_KEY, CKK_HOTP, CKM_HOTP_KEY_GEN, {{CKA_VALUE_LEN, "#20"}}},
};

/* Types whose material a mechanism's family checks: without the mechanism there is no such key. */
static const struct {
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE mechanism;
} gates[] = {
	{CKK_DSA, CKM_DSA}, {CKK_DH, CKM_DH_PKCS_DERIVE}, {CKK_X9_42_DH, CKM_X9_42_DH_DERIVE}, {CKK_HOTP, CKM_HOTP},
	{CKK_DES, CKM_DES_ECB}, {CKK_IDEA, CKM_IDEA_ECB}, {CKK_BLOWFISH, CKM_BLOWFISH_CBC}, {CKK_CAST128, CKM_CAST128_ECB},
	{CKK_RC2, CKM_RC2_ECB}, {CKK_RC4, CKM_RC4}, {CKK_RC5, CKM_RC5_ECB}, {CKK_ML_DSA, CKM_ML_DSA}, {CKK_ML_KEM, CKM_ML_KEM},
	{CKK_SLH_DSA, CKM_SLH_DSA}, {CKK_HSS, CKM_HSS}, {CKK_XMSS, CKM_XMSS}, {CKK_XMSSMT, CKM_XMSSMT},
};

bool kind_is_here(struct kind_of_object *k)
{
	if (!kind_is_key(k) && k->object_class != CKO_DOMAIN_PARAMETERS)
		return true;
	for (size_t i = 0; i < COUNT(gates); i++)
		if (gates[i].type == k->type && !has_mechanism(gates[i].mechanism)) {
			if (!k->missed)
				print_message("# %s: not with the mechanisms that are here\n", k->name);
			k->missed = true;
			return false;
		}
	return true;
}

/* ---- values that live as long as the tests --------------------------------------------------------- */

static CK_ATTRIBUTE keep(CK_ATTRIBUTE_TYPE type, const void *value, CK_ULONG len)
{
	void *copy = malloc(len + 1);

	assert_non_null(copy);
	memcpy(copy, value, len);
	return (CK_ATTRIBUTE){type, copy, len};
}

static CK_ATTRIBUTE keep_hex(CK_ATTRIBUTE_TYPE type, const char *hex)
{
	CK_BYTE bytes[512];
	CK_ULONG len = 0, number = 0;

	if (*hex == '#') {
		number = strtoul(hex + 1, NULL, 10);
		return keep(type, &number, sizeof(number));
	}
	for (; *hex != '\0'; hex += 2) {
		unsigned byte = 0;
		assert_true(len < sizeof(bytes) && sscanf(hex, "%2x", &byte) == 1);
		bytes[len++] = (CK_BYTE)byte;
	}
	return keep(type, bytes, len);
}

static CK_ATTRIBUTE keep_read(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	static CK_BYTE value[8192];
	CK_ATTRIBUTE a = {type, value, sizeof(value)};

	assert_ok(p11->C_GetAttributeValue(session, object, &a, 1));
	return keep(type, value, a.ulValueLen);
}

static void add(struct kind_of_object *k, CK_ATTRIBUTE a)
{
	assert_true(k->material_count < MAX_MATERIAL);
	k->material[k->material_count++] = a;
}

/* What the table requires of a kind, from a generated key. */
static void take_from(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, struct kind_of_object *k)
{
	for (size_t i = 0; i < k->row_count; i++) {
		const struct attribute_row *row = &k->rows[i];
		if ((row->footnotes & CREATE_REQ) && row->type != CKA_CLASS && row->type != CKA_KEY_TYPE)
			add(k, keep_read(session, key, row->type));
	}
}

static void generate(CK_SESSION_HANDLE session, const struct generator *g, CK_OBJECT_HANDLE ret[2])
{
	CK_MECHANISM m = {g->mechanism, NULL, 0};
	CK_ATTRIBUTE parameter = keep_hex(g->needs[0].type, g->needs[0].hex);
	CK_ATTRIBUTE private[] = {{CKA_PRIVATE, &no, sizeof(no)}, {CKA_SENSITIVE, &no, sizeof(no)}, {CKA_EXTRACTABLE, &yes, sizeof(yes)}};

	assert_ok(p11->C_GenerateKeyPair(session, &m, &parameter, 1, private, COUNT(private), &ret[0], &ret[1]));
	free(parameter.pValue);
}

static struct kind_of_object *find_kind(CK_OBJECT_CLASS object_class, CK_ULONG type)
{
	for (size_t i = 0; i < kind_of_object_count; i++) {
		struct kind_of_object *k = &kinds_of_objects[i];
		if (k->object_class == object_class && (!k->has_type || k->type == type))
			return k;
	}
	fail_msg("no kind of class %lu, type %lu", object_class, type);
	return NULL;
}

static void use_constants(void)
{
	for (size_t i = 0; i < COUNT(constants); i++) {
		struct kind_of_object *k = find_kind(constants[i].object_class, constants[i].type);
		for (size_t v = 0; v < COUNT(constants[i].values) && constants[i].values[v].hex != NULL; v++)
			add(k, keep_hex(constants[i].values[v].type, constants[i].values[v].hex));
	}
}

void object_table_need_material(CK_SESSION_HANDLE session)
{
	static bool constants_used;

	if (!constants_used)
		use_constants();
	constants_used = true;
	for (size_t i = 0; i < COUNT(generators); i++) {
		struct kind_of_object *public = find_kind(generators[i].object_class, generators[i].type);
		CK_OBJECT_HANDLE pair[2];

		if (generators[i].object_class != CKO_PUBLIC_KEY || public->material_count > 0 || !has_mechanism(generators[i].mechanism))
			continue;
		generate(session, &generators[i], pair);
		take_from(session, pair[0], public);
		take_from(session, pair[1], find_kind(CKO_PRIVATE_KEY, generators[i].type));
		assert_ok(p11->C_DestroyObject(session, pair[0]));
		assert_ok(p11->C_DestroyObject(session, pair[1]));
	}
}

bool kind_generation(struct kind_of_object *k, CK_MECHANISM_TYPE *ret, struct template_of *ret_template)
{
	CK_OBJECT_CLASS object_class = k->object_class == CKO_PRIVATE_KEY ? CKO_PUBLIC_KEY : k->object_class;
	const struct generator *g = NULL;

	for (size_t i = 0; i < COUNT(generators); i++)
		if (generators[i].object_class == object_class && generators[i].type == k->type)
			g = &generators[i];
	*ret_template = (struct template_of){0};
	if (g == NULL || !has_mechanism(g->mechanism))
		return false;
	*ret = g->mechanism;
	for (size_t i = 0; i < COUNT(g->needs) && g->needs[i].hex != NULL; i++) {
		if (k->need[i].type == 0)
			k->need[i] = keep_hex(g->needs[i].type, g->needs[i].hex);
		template_set(ret_template, k->need[i].type, k->need[i].pValue, k->need[i].ulValueLen);
	}
	return true;
}

int object_table_free(void **state)
{
	(void)state;
	for (size_t i = 0; i < kind_of_object_count; i++)
		for (size_t m = 0; m < COUNT(kinds_of_objects[i].need); m++)
			free(kinds_of_objects[i].need[m].pValue);
	for (size_t i = 0; i < kind_of_object_count; i++)
		for (size_t m = 0; m < kinds_of_objects[i].material_count; m++)
			free(kinds_of_objects[i].material[m].pValue);
	return 0;
}
