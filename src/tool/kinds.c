/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of keys by name, number, object identifier and parameter set, as tables. Whether the module has one is for the
 * module to say. */
#include "kinds.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The arcs that curves have their identifiers under. */
#define SECG(last) {0x06, 5, 0x2b, 0x81, 0x04, 0x00, (last)}, 7
#define X962_PRIME(last) {0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, (last)}, 10
#define X962_BINARY(last) {0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x00, (last)}, 10
#define WTLS(last) {0x06, 5, 0x67, 0x2b, 0x01, 0x04, (last)}, 7
#define BRAINPOOL(last) {0x06, 9, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, (last)}, 11
#define RFC8410(last) {0x06, 3, 0x2b, 0x65, (last)}, 5

#define EC(name, ...) {name, CKK_EC, CKM_EC_KEY_PAIR_GEN, __VA_ARGS__}

/* Those that most people want; the others, too, have the name first that they are shown by. */
#define USUAL_CURVES 12

static const struct curve curves[] = {
	EC("P-224", SECG(0x21)),
	EC("P-256", X962_PRIME(0x07)),
	EC("P-384", SECG(0x22)),
	EC("P-521", SECG(0x23)),
	EC("secp256k1", SECG(0x0a)),
	EC("brainpoolP256r1", BRAINPOOL(0x07)),
	EC("brainpoolP384r1", BRAINPOOL(0x0b)),
	EC("brainpoolP512r1", BRAINPOOL(0x0d)),
	{"ed25519", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, RFC8410(0x70)},
	{"ed448", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, RFC8410(0x71)},
	{"x25519", CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, RFC8410(0x6e)},
	{"x448", CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, RFC8410(0x6f)},
	/* NIST's over binary fields, SEC 2, X9.62, RFC 5639, WTLS */
	EC("P-192", X962_PRIME(0x01)),
	EC("secp112r1", SECG(0x06)),
	EC("secp112r2", SECG(0x07)),
	EC("secp128r1", SECG(0x1c)),
	EC("secp128r2", SECG(0x1d)),
	EC("secp160k1", SECG(0x09)),
	EC("secp160r1", SECG(0x08)),
	EC("secp160r2", SECG(0x1e)),
	EC("secp192k1", SECG(0x1f)),
	EC("secp224k1", SECG(0x20)),
	EC("prime192v2", X962_PRIME(0x02)),
	EC("prime192v3", X962_PRIME(0x03)),
	EC("prime239v1", X962_PRIME(0x04)),
	EC("prime239v2", X962_PRIME(0x05)),
	EC("prime239v3", X962_PRIME(0x06)),
	EC("brainpoolP160r1", BRAINPOOL(0x01)),
	EC("brainpoolP160t1", BRAINPOOL(0x02)),
	EC("brainpoolP192r1", BRAINPOOL(0x03)),
	EC("brainpoolP192t1", BRAINPOOL(0x04)),
	EC("brainpoolP224r1", BRAINPOOL(0x05)),
	EC("brainpoolP224t1", BRAINPOOL(0x06)),
	EC("brainpoolP256t1", BRAINPOOL(0x08)),
	EC("brainpoolP320r1", BRAINPOOL(0x09)),
	EC("brainpoolP320t1", BRAINPOOL(0x0a)),
	EC("brainpoolP384t1", BRAINPOOL(0x0c)),
	EC("brainpoolP512t1", BRAINPOOL(0x0e)),
	EC("wap-wsg-idm-ecid-wtls6", WTLS(0x06)),
	EC("wap-wsg-idm-ecid-wtls7", WTLS(0x07)),
	EC("wap-wsg-idm-ecid-wtls8", WTLS(0x08)),
	EC("wap-wsg-idm-ecid-wtls9", WTLS(0x09)),
	EC("wap-wsg-idm-ecid-wtls12", WTLS(0x0c)),
	EC("sect113r1", SECG(0x04)),
	EC("sect113r2", SECG(0x05)),
	EC("sect131r1", SECG(0x16)),
	EC("sect131r2", SECG(0x17)),
	EC("K-163", SECG(0x01)),
	EC("sect163r1", SECG(0x02)),
	EC("B-163", SECG(0x0f)),
	EC("sect193r1", SECG(0x18)),
	EC("sect193r2", SECG(0x19)),
	EC("K-233", SECG(0x1a)),
	EC("B-233", SECG(0x1b)),
	EC("sect239k1", SECG(0x03)),
	EC("K-283", SECG(0x10)),
	EC("B-283", SECG(0x11)),
	EC("K-409", SECG(0x24)),
	EC("B-409", SECG(0x25)),
	EC("K-571", SECG(0x26)),
	EC("B-571", SECG(0x27)),
	EC("c2pnb163v1", X962_BINARY(0x01)),
	EC("c2pnb163v2", X962_BINARY(0x02)),
	EC("c2pnb163v3", X962_BINARY(0x03)),
	EC("c2pnb176v1", X962_BINARY(0x04)),
	EC("c2tnb191v1", X962_BINARY(0x05)),
	EC("c2tnb191v2", X962_BINARY(0x06)),
	EC("c2tnb191v3", X962_BINARY(0x07)),
	EC("c2pnb208w1", X962_BINARY(0x0a)),
	EC("c2tnb239v1", X962_BINARY(0x0b)),
	EC("c2tnb239v2", X962_BINARY(0x0c)),
	EC("c2tnb239v3", X962_BINARY(0x0d)),
	EC("c2pnb272w1", X962_BINARY(0x10)),
	EC("c2pnb304w1", X962_BINARY(0x11)),
	EC("c2tnb359v1", X962_BINARY(0x12)),
	EC("c2pnb368w1", X962_BINARY(0x13)),
	EC("c2tnb431r1", X962_BINARY(0x14)),
	EC("wap-wsg-idm-ecid-wtls1", WTLS(0x01)),
	EC("wap-wsg-idm-ecid-wtls3", WTLS(0x03)),
	EC("wap-wsg-idm-ecid-wtls4", WTLS(0x04)),
	EC("wap-wsg-idm-ecid-wtls5", WTLS(0x05)),
	EC("wap-wsg-idm-ecid-wtls10", WTLS(0x0a)),
	EC("wap-wsg-idm-ecid-wtls11", WTLS(0x0b)),
	/* by other names */
	EC("secp192r1", X962_PRIME(0x01)),
	EC("prime192v1", X962_PRIME(0x01)),
	EC("secp224r1", SECG(0x21)),
	EC("secp256r1", X962_PRIME(0x07)),
	EC("prime256v1", X962_PRIME(0x07)),
	EC("secp384r1", SECG(0x22)),
	EC("secp521r1", SECG(0x23)),
	EC("sect163k1", SECG(0x01)),
	EC("sect163r2", SECG(0x0f)),
	EC("sect233k1", SECG(0x1a)),
	EC("sect233r1", SECG(0x1b)),
	EC("sect283k1", SECG(0x10)),
	EC("sect283r1", SECG(0x11)),
	EC("sect409k1", SECG(0x24)),
	EC("sect409r1", SECG(0x25)),
	EC("sect571k1", SECG(0x26)),
	EC("sect571r1", SECG(0x27)),
};

static const struct parameter_set sets[] = {
	{"ml-dsa:44", CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_44},
	{"ml-dsa:65", CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_65},
	{"ml-dsa:87", CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_87},
	{"ml-kem:512", CKK_ML_KEM, CKM_ML_KEM_KEY_PAIR_GEN, CKP_ML_KEM_512},
	{"ml-kem:768", CKK_ML_KEM, CKM_ML_KEM_KEY_PAIR_GEN, CKP_ML_KEM_768},
	{"ml-kem:1024", CKK_ML_KEM, CKM_ML_KEM_KEY_PAIR_GEN, CKP_ML_KEM_1024},
	{"slh-dsa:sha2-128s", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHA2_128S},
	{"slh-dsa:shake-128s", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHAKE_128S},
	{"slh-dsa:sha2-128f", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHA2_128F},
	{"slh-dsa:shake-128f", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHAKE_128F},
	{"slh-dsa:sha2-192s", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHA2_192S},
	{"slh-dsa:shake-192s", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHAKE_192S},
	{"slh-dsa:sha2-192f", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHA2_192F},
	{"slh-dsa:shake-192f", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHAKE_192F},
	{"slh-dsa:sha2-256s", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHA2_256S},
	{"slh-dsa:shake-256s", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHAKE_256S},
	{"slh-dsa:sha2-256f", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHA2_256F},
	{"slh-dsa:shake-256f", CKK_SLH_DSA, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHAKE_256F},
};

static const struct secret_kind secrets[] = {
	{"aes", CKK_AES, CKM_AES_KEY_GEN},
	{"camellia", CKK_CAMELLIA, CKM_CAMELLIA_KEY_GEN},
	{"aria", CKK_ARIA, CKM_ARIA_KEY_GEN},
	{"hkdf", CKK_HKDF, CKM_HKDF_KEY_GEN},
	{"secret", CKK_GENERIC_SECRET, CKM_GENERIC_SECRET_KEY_GEN},
};

const struct curve *kinds_curve(const char *name)
{
	for (size_t i = 0; i < array_len(curves); i++) {
		if (strcasecmp(curves[i].name, name) == 0)
			return &curves[i];
	}
	return NULL;
}

const struct curve *kinds_curve_of(const unsigned char *params, CK_ULONG len)
{
	for (size_t i = 0; i < array_len(curves); i++) {
		if (curves[i].params_len == len && memcmp(curves[i].params, params, len) == 0) /* not secret */
			return &curves[i];
	}
	return NULL;
}

const struct parameter_set *kinds_set(const char *name)
{
	for (size_t i = 0; i < array_len(sets); i++) {
		if (strcasecmp(sets[i].name, name) == 0)
			return &sets[i];
	}
	return NULL;
}

const struct parameter_set *kinds_set_of(CK_KEY_TYPE type, CK_ULONG number)
{
	for (size_t i = 0; i < array_len(sets); i++) {
		if (sets[i].key_type == type && sets[i].number == number)
			return &sets[i];
	}
	return NULL;
}

const struct secret_kind *kinds_secret(const char *name, size_t len)
{
	for (size_t i = 0; i < array_len(secrets); i++) {
		if (strlen(secrets[i].name) == len && strncmp(secrets[i].name, name, len) == 0)
			return &secrets[i];
	}
	return NULL;
}

const struct secret_kind *kinds_secret_of(CK_KEY_TYPE type)
{
	for (size_t i = 0; i < array_len(secrets); i++) {
		if (secrets[i].key_type == type)
			return &secrets[i];
	}
	return NULL;
}

/* RFC 8554 and SP 800-208 number their types by hash, height and width. */
static bool read_tree(const char **at, CK_ULONG first_tree, CK_ULONG first_once, CK_ULONG *ret_tree, CK_ULONG *ret_once)
{
	static const char *const heights[] = {"5/", "10/", "15/", "20/", "25/"}, *const widths[] = {"1", "2", "4", "8"};

	for (size_t h = 0; h < array_len(heights); h++) {
		for (size_t w = 0; w < array_len(widths); w++) {
			size_t len = strlen(heights[h]);

			if (strncmp(*at, heights[h], len) != 0 || (*at)[len] != widths[w][0])
				continue;
			*ret_tree = first_tree + h;
			*ret_once = first_once + w;
			*at += len + 1;
			return true;
		}
	}
	return false;
}

bool kinds_hss(const char *word, struct hss_trees *ret)
{
	bool shorter = strncmp(word, "hss192:", 7) == 0;

	if (!shorter && strncmp(word, "hss:", 4) != 0)
		return false;
	*ret = (struct hss_trees){0};
	for (const char *at = strchr(word, ':') + 1; ret->levels < KINDS_HSS_LEVELS; at++) {
		CK_ULONG level = ret->levels++;

		if (!read_tree(&at, shorter ? 10 : 5, shorter ? 5 : 1, &ret->trees[level], &ret->onces[level]))
			return false;
		if (*at == '\0')
			return true;
		if (*at != ',')
			return false;
	}
	return false;
}

void kinds_list(char *ret, size_t size)
{
	size_t len = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < USUAL_CURVES && len < size; i++)
		len += (size_t)snprintf(ret + len, size - len, "%s%s, ", curves[i].key_type == CKK_EC ? "ec:" : "", curves[i].name);
	if (len < size)
		len += (size_t)snprintf(ret + len, size - len, "other named curves (ec:sect283k1), rsa:BITS, hss:HEIGHT/WIDTH,...");
	for (size_t i = 0; i < array_len(sets) && len < size; i++)
		len += (size_t)snprintf(ret + len, size - len, ", %s", sets[i].name);
	for (size_t i = 0; i < array_len(secrets) && len < size; i++)
		len += (size_t)snprintf(ret + len, size - len, ", %s:BITS", secrets[i].name);
}
