/* SPDX-License-Identifier: Apache-2.0 */
/* The rows behind mechanisms_secret.h. */
#include "mechanisms_secret.h"

static CK_BYTE iv[16] = {0xa0, 1, 2, 3};
static CK_MAC_GENERAL_PARAMS five = 5;

#define IV iv, 16
#define FIVE &five, sizeof(five)
#define NONE NULL, 0

static const struct secret_case cases[] = {
	{CKM_AES_CTS, CKK_AES, 16, IV, 100, 16, 32, 0},
	{CKM_AES_OFB, CKK_AES, 16, IV, 100, 16, 32, 0},
	{CKM_AES_CFB1, CKK_AES, 16, IV, 100, 16, 32, 0},
	{CKM_AES_CFB8, CKK_AES, 16, IV, 100, 16, 32, 0},
	{CKM_AES_CFB64, CKK_AES, 16, IV, 100, 16, 32, 0},
	{CKM_AES_CFB128, CKK_AES, 16, IV, 100, 16, 32, 0},
	{CKM_AES_MAC, CKK_AES, 24, NONE, 100, 16, 32, 0},
	{CKM_AES_MAC_GENERAL, CKK_AES, 24, FIVE, 100, 16, 32, 0},
	{CKM_AES_CMAC, CKK_AES, 32, NONE, 100, 16, 32, 0},
	{CKM_AES_CMAC_GENERAL, CKK_AES, 32, FIVE, 100, 16, 32, 0},
	{CKM_AES_XCBC_MAC, CKK_AES, 16, NONE, 100, 16, 16, 0},
	{CKM_AES_XCBC_MAC_96, CKK_AES, 16, NONE, 100, 16, 16, 0},
};

const struct secret_case *secret_case_of(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (cases[i].type == type)
			return &cases[i];
	}
	fail_msg("no row for mechanism 0x%lx in mechanisms_secret.c", type);
	return NULL;
}

CK_MECHANISM *secret_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_MECHANISM m;
	const struct secret_case *c = secret_case_of(type);

	m = (CK_MECHANISM){type, c->param, c->param_length};
	return &m;
}

CK_OBJECT_HANDLE secret_key(CK_MECHANISM_TYPE type)
{
	const struct secret_case *c = secret_case_of(type);

	return make_key(sess, c->key_type, pattern, c->key_length, NULL, 0);
}

void secret_generating_works(CK_MECHANISM_TYPE type)
{
	const struct secret_case *c = secret_case_of(type);
	CK_ULONG length = c->key_length, size;
	CK_ATTRIBUTE template[] = {{CKA_ENCRYPT, &yes, sizeof(yes)}, {CKA_DECRYPT, &yes, sizeof(yes)},
	                           {CKA_SIGN, &yes, sizeof(yes)}, {CKA_VERIFY, &yes, sizeof(yes)},
	                           {CKA_VALUE_LEN, &length, sizeof(length)}};
	CK_MECHANISM_INFO info;
	CK_OBJECT_HANDLE key;
	CK_BYTE out[256], back[256];

	assert_ok(p11->C_GenerateKey(sess, secret_mechanism(type), template, length ? 5 : 4, &key));
	assert_int_equal(get_ulong(sess, key, CKA_KEY_TYPE), c->key_type);
	assert_ok(p11->C_GetMechanismInfo(slot, c->use, &info));
	if (info.flags & CKF_SIGN) {
		size = sign(secret_mechanism(c->use), key, pattern, 96, out, sizeof(out));
		assert_ok(verify(secret_mechanism(c->use), key, pattern, 96, out, size));
		return;
	}
	size = encrypt(secret_mechanism(c->use), key, pattern, 96, out, sizeof(out));
	assert_int_equal(decrypt(secret_mechanism(c->use), key, out, size, back, sizeof(back)), 96);
	assert_memory_equal(back, pattern, 96);
}
