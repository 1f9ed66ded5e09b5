/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of keys by name, number and object identifier: two tables. Whether the module has one is for the module to
 * say. */
#include "kinds.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct curve curves[] = {
	{"P-224", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x21}, 7},
	{"P-256", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, 10},
	{"P-384", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x22}, 7},
	{"P-521", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x23}, 7},
	{"secp256k1", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x0a}, 7},
	{"brainpoolP256r1", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 9, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07}, 11},
	{"brainpoolP384r1", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 9, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b}, 11},
	{"brainpoolP512r1", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 9, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0d}, 11},
	{"ed25519", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, {0x06, 3, 0x2b, 0x65, 0x70}, 5},
	{"ed448", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, {0x06, 3, 0x2b, 0x65, 0x71}, 5},
	{"x25519", CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, {0x06, 3, 0x2b, 0x65, 0x6e}, 5},
	{"x448", CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, {0x06, 3, 0x2b, 0x65, 0x6f}, 5},
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

void kinds_list(char *ret, size_t size)
{
	size_t len = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < array_len(curves) && len < size; i++)
		len += (size_t)snprintf(ret + len, size - len, "%s%s, ", curves[i].key_type == CKK_EC ? "ec:" : "", curves[i].name);
	if (len < size)
		len += (size_t)snprintf(ret + len, size - len, "rsa:BITS");
	for (size_t i = 0; i < array_len(secrets) && len < size; i++)
		len += (size_t)snprintf(ret + len, size - len, ", %s:BITS", secrets[i].name);
}
