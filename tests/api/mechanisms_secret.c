/* SPDX-License-Identifier: Apache-2.0 */
/* The rows behind mechanisms_secret.h. */
#include "mechanisms_secret.h"

static CK_BYTE iv[16] = {0xa0, 1, 2, 3};
static CK_MAC_GENERAL_PARAMS five = 5, t_160 = 160;
static CK_CAMELLIA_CTR_PARAMS counter = {64, {0xa0, 1, 2, 3}};
static CK_CCM_PARAMS ccm = {32, iv, 12, iv, 16, 16};
static CK_GCM_PARAMS gmac = {.pIv = iv, .ulIvLen = 12, .ulTagBits = 128};
static CK_CHACHA20_PARAMS chacha = {iv, 32, iv, 96};
static CK_SALSA20_PARAMS salsa = {iv, iv, 64};
static CK_SALSA20_CHACHA20_POLY1305_PARAMS chacha_poly = {iv, 12, iv, 16}, salsa_poly = {iv, 8, iv, 16};
/* Odd parity, for DES. */
static const CK_BYTE key_value[64] = {
	0x02, 0x04, 0x07, 0x08, 0x0b, 0x0d, 0x0e, 0x10, 0x13, 0x15, 0x16, 0x19, 0x1a, 0x1c, 0x1f, 0x20,
	0x23, 0x25, 0x26, 0x29, 0x2a, 0x2c, 0x2f, 0x31, 0x32, 0x34, 0x37, 0x38, 0x3b, 0x3d, 0x3e, 0x40,
	0x43, 0x45, 0x46, 0x49, 0x4a, 0x4c, 0x4f, 0x51, 0x52, 0x54, 0x57, 0x58, 0x5b, 0x5d, 0x5e, 0x61,
	0x62, 0x64, 0x67, 0x68, 0x6b, 0x6d, 0x6e, 0x70, 0x73, 0x75, 0x76, 0x79, 0x7a, 0x7c, 0x7f, 0x80,
};

static CK_RC2_PARAMS rc2 = 64;
static CK_RC2_CBC_PARAMS rc2_cbc = {64, {0xa0, 1, 2, 3}};
static CK_RC2_MAC_GENERAL_PARAMS rc2_mac = {64, 5};
static CK_RC5_PARAMS rc5 = {4, 12};
static CK_RC5_CBC_PARAMS rc5_cbc = {4, 12, iv, 8};
static CK_RC5_MAC_GENERAL_PARAMS rc5_mac = {4, 12, 5};
static CK_KEY_DERIVATION_STRING_DATA data_string = {iv, 16};
static CK_DES_CBC_ENCRYPT_DATA_PARAMS data_8 = {{1}, iv, 16};
static CK_AES_CBC_ENCRYPT_DATA_PARAMS data_16 = {{1}, iv, 16};

static CK_PBE_PARAMS pbe = {iv + 8, iv, 8, iv, 8, 100};

#define PBE &pbe, sizeof(pbe)
#define RC2 &rc2, sizeof(rc2)
#define RC2_CBC &rc2_cbc, sizeof(rc2_cbc)
#define RC2_MAC &rc2_mac, sizeof(rc2_mac)
#define RC5 &rc5, sizeof(rc5)
#define RC5_CBC &rc5_cbc, sizeof(rc5_cbc)
#define RC5_MAC &rc5_mac, sizeof(rc5_mac)
#define DATA &data_string, sizeof(data_string)
#define DATA_8 &data_8, sizeof(data_8)
#define DATA_16 &data_16, sizeof(data_16)
#define IV iv, 16
#define IV8 iv, 8
#define COUNTER &counter, sizeof(counter)
#define FIVE &five, sizeof(five)
#define NONE NULL, 0
#define T_160 &t_160, sizeof(t_160)
#define CCM &ccm, sizeof(ccm)
#define GMAC &gmac, sizeof(gmac)
#define CHACHA &chacha, sizeof(chacha)
#define SALSA &salsa, sizeof(salsa)
#define CHACHA_POLY &chacha_poly, sizeof(chacha_poly)
#define SALSA_POLY &salsa_poly, sizeof(salsa_poly)

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
	{CKM_SHA512_T, 0, 0, T_160, 100, 0, 0, 0},
	{CKM_AES_CCM, CKK_AES, 32, CCM, 32, 16, 32, 0},
	{CKM_AES_GMAC, CKK_AES, 16, GMAC, 100, 16, 32, 0},
	{CKM_AES_XTS_KEY_GEN, CKK_AES_XTS, 64, NONE, 0, 32, 64, CKM_AES_XTS},
	{CKM_AES_XTS, CKK_AES_XTS, 32, IV, 100, 32, 64, 0},
	{CKM_CHACHA20_KEY_GEN, CKK_CHACHA20, 32, NONE, 0, 32, 32, CKM_CHACHA20_POLY1305},
	{CKM_CHACHA20, CKK_CHACHA20, 32, CHACHA, 100, 256, 256, 0},
	{CKM_CHACHA20_POLY1305, CKK_CHACHA20, 32, CHACHA_POLY, 100, 32, 32, 0},
	{CKM_SALSA20_KEY_GEN, CKK_SALSA20, 32, NONE, 0, 32, 32, CKM_SALSA20_POLY1305},
	{CKM_SALSA20, CKK_SALSA20, 32, SALSA, 100, 256, 256, 0},
	{CKM_SALSA20_POLY1305, CKK_SALSA20, 32, SALSA_POLY, 100, 32, 32, 0},
	{CKM_POLY1305_KEY_GEN, CKK_POLY1305, 32, NONE, 0, 32, 32, CKM_POLY1305},
	{CKM_POLY1305, CKK_POLY1305, 32, NONE, 100, 32, 32, 0},
	{CKM_CAMELLIA_KEY_GEN, CKK_CAMELLIA, 32, NONE, 0, 16, 32, CKM_CAMELLIA_CBC_PAD},
	{CKM_CAMELLIA_ECB, CKK_CAMELLIA, 32, NONE, 96, 16, 32, 0},
	{CKM_CAMELLIA_CBC, CKK_CAMELLIA, 32, IV, 96, 16, 32, 0},
	{CKM_CAMELLIA_CBC_PAD, CKK_CAMELLIA, 32, IV, 100, 16, 32, 0},
	{CKM_CAMELLIA_CTR, CKK_CAMELLIA, 32, COUNTER, 100, 16, 32, 0},
	{CKM_CAMELLIA_MAC, CKK_CAMELLIA, 32, NONE, 100, 16, 32, 0},
	{CKM_CAMELLIA_MAC_GENERAL, CKK_CAMELLIA, 32, FIVE, 100, 16, 32, 0},
	{CKM_ARIA_KEY_GEN, CKK_ARIA, 32, NONE, 0, 16, 32, CKM_ARIA_CBC_PAD},
	{CKM_ARIA_ECB, CKK_ARIA, 32, NONE, 96, 16, 32, 0},
	{CKM_ARIA_CBC, CKK_ARIA, 32, IV, 96, 16, 32, 0},
	{CKM_ARIA_CBC_PAD, CKK_ARIA, 32, IV, 100, 16, 32, 0},
	{CKM_ARIA_MAC, CKK_ARIA, 32, NONE, 100, 16, 32, 0},
	{CKM_ARIA_MAC_GENERAL, CKK_ARIA, 32, FIVE, 100, 16, 32, 0},
	{CKM_SEED_KEY_GEN, CKK_SEED, 0, NONE, 0, 16, 16, CKM_SEED_CBC_PAD},
	{CKM_SEED_ECB, CKK_SEED, 16, NONE, 96, 16, 16, 0},
	{CKM_SEED_CBC, CKK_SEED, 16, IV, 96, 16, 16, 0},
	{CKM_SEED_CBC_PAD, CKK_SEED, 16, IV, 100, 16, 16, 0},
	{CKM_SEED_MAC, CKK_SEED, 16, NONE, 100, 16, 16, 0},
	{CKM_SEED_MAC_GENERAL, CKK_SEED, 16, FIVE, 100, 16, 16, 0},
	{CKM_DES3_KEY_GEN, CKK_DES3, 0, NONE, 0, 0, 0, CKM_DES3_CBC_PAD},
	{CKM_DES2_KEY_GEN, CKK_DES2, 0, NONE, 0, 0, 0, CKM_DES3_CBC_PAD},
	{CKM_DES3_ECB, CKK_DES3, 24, NONE, 96, 0, 0, 0},
	{CKM_DES3_CBC, CKK_DES3, 24, IV8, 96, 0, 0, 0},
	{CKM_DES3_CBC_PAD, CKK_DES3, 24, IV8, 100, 0, 0, 0},
	{CKM_DES3_MAC, CKK_DES3, 24, NONE, 100, 0, 0, 0},
	{CKM_DES3_MAC_GENERAL, CKK_DES3, 24, FIVE, 100, 0, 0, 0},
	{CKM_DES3_CMAC, CKK_DES3, 24, NONE, 100, 0, 0, 0},
	{CKM_DES3_CMAC_GENERAL, CKK_DES3, 24, FIVE, 100, 0, 0, 0},
	{CKM_DES_OFB64, CKK_DES3, 24, IV8, 100, 0, 0, 0},
	{CKM_DES_CFB64, CKK_DES3, 24, IV8, 100, 0, 0, 0},
	{CKM_DES_CFB8, CKK_DES3, 24, IV8, 100, 0, 0, 0},
	{CKM_DES_KEY_GEN, CKK_DES, 0, NONE, 0, 0, 0, CKM_DES_CBC_PAD},
	{CKM_DES_ECB, CKK_DES, 8, NONE, 96, 0, 0, 0},
	{CKM_DES_CBC, CKK_DES, 8, IV8, 96, 0, 0, 0},
	{CKM_DES_CBC_PAD, CKK_DES, 8, IV8, 100, 0, 0, 0},
	{CKM_DES_MAC, CKK_DES, 8, NONE, 100, 0, 0, 0},
	{CKM_DES_MAC_GENERAL, CKK_DES, 8, FIVE, 100, 0, 0, 0},
	{CKM_DES_OFB8, CKK_DES, 8, IV8, 100, 0, 0, 0},
	{CKM_BLOWFISH_KEY_GEN, CKK_BLOWFISH, 56, NONE, 0, 1, 56, CKM_BLOWFISH_CBC_PAD},
	{CKM_BLOWFISH_CBC, CKK_BLOWFISH, 33, IV8, 96, 1, 56, 0},
	{CKM_BLOWFISH_CBC_PAD, CKK_BLOWFISH, 33, IV8, 100, 1, 56, 0},
	{CKM_CAST128_KEY_GEN, CKK_CAST128, 16, NONE, 0, 1, 16, CKM_CAST128_CBC_PAD},
	{CKM_CAST128_ECB, CKK_CAST128, 11, NONE, 96, 1, 16, 0},
	{CKM_CAST128_CBC, CKK_CAST128, 11, IV8, 96, 1, 16, 0},
	{CKM_CAST128_CBC_PAD, CKK_CAST128, 11, IV8, 100, 1, 16, 0},
	{CKM_CAST128_MAC, CKK_CAST128, 11, NONE, 100, 1, 16, 0},
	{CKM_CAST128_MAC_GENERAL, CKK_CAST128, 11, FIVE, 100, 1, 16, 0},
	{CKM_IDEA_KEY_GEN, CKK_IDEA, 0, NONE, 0, 0, 0, CKM_IDEA_CBC_PAD},
	{CKM_IDEA_ECB, CKK_IDEA, 16, NONE, 96, 0, 0, 0},
	{CKM_IDEA_CBC, CKK_IDEA, 16, IV8, 96, 0, 0, 0},
	{CKM_IDEA_CBC_PAD, CKK_IDEA, 16, IV8, 100, 0, 0, 0},
	{CKM_IDEA_MAC, CKK_IDEA, 16, NONE, 100, 0, 0, 0},
	{CKM_IDEA_MAC_GENERAL, CKK_IDEA, 16, FIVE, 100, 0, 0, 0},
	{CKM_RC2_KEY_GEN, CKK_RC2, 60, NONE, 0, 8, 1024, CKM_RC2_CBC_PAD},
	{CKM_RC2_ECB, CKK_RC2, 17, RC2, 96, 1, 1024, 0},
	{CKM_RC2_CBC, CKK_RC2, 17, RC2_CBC, 96, 1, 1024, 0},
	{CKM_RC2_CBC_PAD, CKK_RC2, 17, RC2_CBC, 100, 1, 1024, 0},
	{CKM_RC2_MAC, CKK_RC2, 17, RC2, 100, 1, 1024, 0},
	{CKM_RC2_MAC_GENERAL, CKK_RC2, 17, RC2_MAC, 100, 1, 1024, 0},
	{CKM_RC4_KEY_GEN, CKK_RC4, 256, NONE, 0, 8, 2048, CKM_RC4},
	{CKM_RC4, CKK_RC4, 17, NONE, 100, 8, 2048, 0},
	{CKM_RC5_KEY_GEN, CKK_RC5, 255, NONE, 0, 1, 255, CKM_RC5_CBC_PAD},
	{CKM_RC5_ECB, CKK_RC5, 17, RC5, 96, 1, 255, 0},
	{CKM_RC5_CBC, CKK_RC5, 17, RC5_CBC, 96, 1, 255, 0},
	{CKM_RC5_CBC_PAD, CKK_RC5, 17, RC5_CBC, 100, 1, 255, 0},
	{CKM_RC5_MAC, CKK_RC5, 17, RC5, 100, 1, 255, 0},
	{CKM_RC5_MAC_GENERAL, CKK_RC5, 17, RC5_MAC, 100, 1, 255, 0},
	{CKM_CAMELLIA_ECB_ENCRYPT_DATA, CKK_CAMELLIA, 32, DATA, 0, 16, 32, 0},
	{CKM_CAMELLIA_CBC_ENCRYPT_DATA, CKK_CAMELLIA, 32, DATA_16, 0, 16, 32, 0},
	{CKM_ARIA_ECB_ENCRYPT_DATA, CKK_ARIA, 32, DATA, 0, 16, 32, 0},
	{CKM_ARIA_CBC_ENCRYPT_DATA, CKK_ARIA, 32, DATA_16, 0, 16, 32, 0},
	{CKM_SEED_ECB_ENCRYPT_DATA, CKK_SEED, 16, DATA, 0, 16, 16, 0},
	{CKM_SEED_CBC_ENCRYPT_DATA, CKK_SEED, 16, DATA_16, 0, 16, 16, 0},
	{CKM_DES_ECB_ENCRYPT_DATA, CKK_DES, 8, DATA, 0, 0, 0, 0},
	{CKM_DES_CBC_ENCRYPT_DATA, CKK_DES, 8, DATA_8, 0, 0, 0, 0},
	{CKM_DES3_ECB_ENCRYPT_DATA, CKK_DES3, 24, DATA, 0, 0, 0, 0},
	{CKM_DES3_CBC_ENCRYPT_DATA, CKK_DES3, 24, DATA_8, 0, 0, 0, 0},
	{CKM_SHA512_T_KEY_GEN, CKK_SHA512_T_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA512_T_HMAC},
	{CKM_SHA512_T_HMAC, CKK_SHA512_T_HMAC, 40, T_160, 100, 1, 4096, 0},
	{CKM_PBE_SHA1_DES3_EDE_CBC, CKK_DES3, 0, PBE, 0, 0, 0, CKM_DES3_CBC_PAD},
	{CKM_PBE_SHA1_DES2_EDE_CBC, CKK_DES2, 0, PBE, 0, 0, 0, CKM_DES3_CBC_PAD},
	{CKM_PBE_SHA1_RC2_128_CBC, CKK_RC2, 0, PBE, 0, 0, 0, CKM_RC2_CBC_PAD},
	{CKM_PBE_SHA1_RC2_40_CBC, CKK_RC2, 0, PBE, 0, 0, 0, CKM_RC2_CBC_PAD},
	{CKM_PBE_SHA1_RC4_128, CKK_RC4, 0, PBE, 0, 0, 0, CKM_RC4},
	{CKM_PBE_SHA1_RC4_40, CKK_RC4, 0, PBE, 0, 0, 0, CKM_RC4},
	{CKM_PBE_MD5_DES_CBC, CKK_DES, 0, PBE, 0, 0, 0, CKM_DES_CBC_PAD},
	{CKM_PBE_MD2_DES_CBC, CKK_DES, 0, PBE, 0, 0, 0, CKM_DES_CBC_PAD},
	{CKM_PBA_SHA1_WITH_SHA1_HMAC, CKK_GENERIC_SECRET, 0, PBE, 0, 0, 0, CKM_SHA_1_HMAC},
	{CKM_SHA_1_KEY_GEN, CKK_SHA_1_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA_1_HMAC},
	{CKM_SHA224_KEY_GEN, CKK_SHA224_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA224_HMAC},
	{CKM_SHA256_KEY_GEN, CKK_SHA256_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA256_HMAC},
	{CKM_SHA384_KEY_GEN, CKK_SHA384_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA384_HMAC},
	{CKM_SHA512_KEY_GEN, CKK_SHA512_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA512_HMAC},
	{CKM_SHA512_224_KEY_GEN, CKK_SHA512_224_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA512_224_HMAC},
	{CKM_SHA512_256_KEY_GEN, CKK_SHA512_256_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA512_256_HMAC},
	{CKM_SHA3_224_KEY_GEN, CKK_SHA3_224_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA3_224_HMAC},
	{CKM_SHA3_256_KEY_GEN, CKK_SHA3_256_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA3_256_HMAC},
	{CKM_SHA3_384_KEY_GEN, CKK_SHA3_384_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA3_384_HMAC},
	{CKM_SHA3_512_KEY_GEN, CKK_SHA3_512_HMAC, 40, NONE, 0, 1, 4096, CKM_SHA3_512_HMAC},
	{CKM_BLAKE2B_160_KEY_GEN, CKK_BLAKE2B_160_HMAC, 40, NONE, 0, 1, 4096, CKM_BLAKE2B_160_HMAC},
	{CKM_BLAKE2B_256_KEY_GEN, CKK_BLAKE2B_256_HMAC, 40, NONE, 0, 1, 4096, CKM_BLAKE2B_256_HMAC},
	{CKM_BLAKE2B_384_KEY_GEN, CKK_BLAKE2B_384_HMAC, 40, NONE, 0, 1, 4096, CKM_BLAKE2B_384_HMAC},
	{CKM_BLAKE2B_512_KEY_GEN, CKK_BLAKE2B_512_HMAC, 40, NONE, 0, 1, 4096, CKM_BLAKE2B_512_HMAC},
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

	if (c->key_length == 0)
		return keys.aes; /* a digest, whose use with a key must be refused */
	return make_key(sess, c->key_type, key_value, c->key_length, NULL, 0);
}

void secret_generating_works(CK_MECHANISM_TYPE type)
{
	const struct secret_case *c = secret_case_of(type);
	CK_ULONG length = c->key_length, size;
	CK_ATTRIBUTE template[] = {{CKA_ENCRYPT, &yes, sizeof(yes)}, {CKA_DECRYPT, &yes, sizeof(yes)},
	                           {CKA_SIGN, &yes, sizeof(yes)}, {CKA_VERIFY, &yes, sizeof(yes)},
	                           {CKA_VALUE_LEN, &length, sizeof(length)}};
	CK_MECHANISM m = {type, c->param, c->param_length};
	CK_MECHANISM_INFO info;
	CK_OBJECT_HANDLE key;
	CK_MECHANISM *use = mechanism_of(mechanism_case_of(c->use));
	CK_BYTE out[256], back[256];

	assert_ok(p11->C_GenerateKey(sess, &m, template, length ? 5 : 4, &key));
	assert_int_equal(get_ulong(sess, key, CKA_KEY_TYPE), c->key_type);
	assert_ok(p11->C_GetMechanismInfo(slot, c->use, &info));
	if (info.flags & CKF_SIGN) {
		size = sign(use, key, pattern, 96, out, sizeof(out));
		assert_ok(verify(use, key, pattern, 96, out, size));
		return;
	}
	size = encrypt(use, key, pattern, 96, out, sizeof(out));
	assert_int_equal(decrypt(use, key, out, size, back, sizeof(back)), 96);
	assert_memory_equal(back, pattern, 96);
}
