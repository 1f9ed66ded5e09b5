/* SPDX-License-Identifier: Apache-2.0 */
/* Curves by name and by object identifier: a table. Whether the module has a curve is for the module to say. */
#include "curves.h"

#include <string.h>
#include <strings.h>

static const struct curve rows[] = {
	{"P-224", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x21}, 7},
	{"P-256", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, 10},
	{"P-384", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x22}, 7},
	{"P-521", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x23}, 7},
	{"secp256k1", CKK_EC, CKM_EC_KEY_PAIR_GEN, {0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x0a}, 7},
	{"ed25519", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, {0x06, 3, 0x2b, 0x65, 0x70}, 5},
	{"ed448", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, {0x06, 3, 0x2b, 0x65, 0x71}, 5},
};

const struct curve *curves_by_name(const char *name)
{
	for (size_t i = 0; i < array_len(rows); i++) {
		if (strcasecmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

const struct curve *curves_by_params(const unsigned char *params, CK_ULONG len)
{
	for (size_t i = 0; i < array_len(rows); i++) {
		if (rows[i].params_len == len && memcmp(rows[i].params, params, len) == 0) /* not secret */
			return &rows[i];
	}
	return NULL;
}
