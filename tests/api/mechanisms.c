/* SPDX-License-Identifier: Apache-2.0 */
/* The table of mechanisms that the tests know, and a reader of the standard's table. Refuses to know what the token
 * announces: the tests compare. */
#include "mechanisms.h"

#include "mechanisms_secret.h"

#define CASE(mechanism, family, hash) {#mechanism, mechanism, family, hash}

const struct mechanism_case mechanism_cases[] = {
	CASE(CKM_SHA_1, F_DIGEST, CKM_SHA_1),
	CASE(CKM_SHA224, F_DIGEST, CKM_SHA224),
	CASE(CKM_SHA256, F_DIGEST, CKM_SHA256),
	CASE(CKM_SHA384, F_DIGEST, CKM_SHA384),
	CASE(CKM_SHA512, F_DIGEST, CKM_SHA512),
	CASE(CKM_SHA512_224, F_DIGEST, CKM_SHA512_224),
	CASE(CKM_SHA512_256, F_DIGEST, CKM_SHA512_256),
	CASE(CKM_SHA3_224, F_DIGEST, CKM_SHA3_224),
	CASE(CKM_SHA3_256, F_DIGEST, CKM_SHA3_256),
	CASE(CKM_SHA3_384, F_DIGEST, CKM_SHA3_384),
	CASE(CKM_SHA3_512, F_DIGEST, CKM_SHA3_512),
	CASE(CKM_SHA_1_HMAC, F_HMAC, CKM_SHA_1),
	CASE(CKM_SHA224_HMAC, F_HMAC, CKM_SHA224),
	CASE(CKM_SHA256_HMAC, F_HMAC, CKM_SHA256),
	CASE(CKM_SHA384_HMAC, F_HMAC, CKM_SHA384),
	CASE(CKM_SHA512_HMAC, F_HMAC, CKM_SHA512),
	CASE(CKM_SHA512_224_HMAC, F_HMAC, CKM_SHA512_224),
	CASE(CKM_SHA512_256_HMAC, F_HMAC, CKM_SHA512_256),
	CASE(CKM_SHA3_224_HMAC, F_HMAC, CKM_SHA3_224),
	CASE(CKM_SHA3_256_HMAC, F_HMAC, CKM_SHA3_256),
	CASE(CKM_SHA3_384_HMAC, F_HMAC, CKM_SHA3_384),
	CASE(CKM_SHA3_512_HMAC, F_HMAC, CKM_SHA3_512),
	CASE(CKM_SHA_1_HMAC_GENERAL, F_HMAC_GENERAL, CKM_SHA_1),
	CASE(CKM_SHA224_HMAC_GENERAL, F_HMAC_GENERAL, CKM_SHA224),
	CASE(CKM_SHA256_HMAC_GENERAL, F_HMAC_GENERAL, CKM_SHA256),
	CASE(CKM_SHA384_HMAC_GENERAL, F_HMAC_GENERAL, CKM_SHA384),
	CASE(CKM_SHA512_HMAC_GENERAL, F_HMAC_GENERAL, CKM_SHA512),
	CASE(CKM_SHA512_224_HMAC_GENERAL, F_HMAC_GENERAL, CKM_SHA512_224),
	CASE(CKM_SHA512_256_HMAC_GENERAL, F_HMAC_GENERAL, CKM_SHA512_256),
	CASE(CKM_SHA3_224_HMAC_GENERAL, F_HMAC_GENERAL, CKM_SHA3_224),
	CASE(CKM_SHA3_256_HMAC_GENERAL, F_HMAC_GENERAL, CKM_SHA3_256),
	CASE(CKM_SHA3_384_HMAC_GENERAL, F_HMAC_GENERAL, CKM_SHA3_384),
	CASE(CKM_SHA3_512_HMAC_GENERAL, F_HMAC_GENERAL, CKM_SHA3_512),
	CASE(CKM_RSA_PKCS_KEY_PAIR_GEN, F_RSA_GEN, 0),
	CASE(CKM_RSA_PKCS, F_RSA, 0),
	CASE(CKM_RSA_X_509, F_RSA_RAW, 0),
	CASE(CKM_RSA_PKCS_OAEP, F_OAEP, CKM_SHA256),
	CASE(CKM_RSA_PKCS_PSS, F_PSS, CKM_SHA256),
	CASE(CKM_SHA1_RSA_PKCS, F_RSA_HASH, CKM_SHA_1),
	CASE(CKM_SHA224_RSA_PKCS, F_RSA_HASH, CKM_SHA224),
	CASE(CKM_SHA256_RSA_PKCS, F_RSA_HASH, CKM_SHA256),
	CASE(CKM_SHA384_RSA_PKCS, F_RSA_HASH, CKM_SHA384),
	CASE(CKM_SHA512_RSA_PKCS, F_RSA_HASH, CKM_SHA512),
	CASE(CKM_SHA3_224_RSA_PKCS, F_RSA_HASH, CKM_SHA3_224),
	CASE(CKM_SHA3_256_RSA_PKCS, F_RSA_HASH, CKM_SHA3_256),
	CASE(CKM_SHA3_384_RSA_PKCS, F_RSA_HASH, CKM_SHA3_384),
	CASE(CKM_SHA3_512_RSA_PKCS, F_RSA_HASH, CKM_SHA3_512),
	CASE(CKM_SHA1_RSA_PKCS_PSS, F_PSS_HASH, CKM_SHA_1),
	CASE(CKM_SHA224_RSA_PKCS_PSS, F_PSS_HASH, CKM_SHA224),
	CASE(CKM_SHA256_RSA_PKCS_PSS, F_PSS_HASH, CKM_SHA256),
	CASE(CKM_SHA384_RSA_PKCS_PSS, F_PSS_HASH, CKM_SHA384),
	CASE(CKM_SHA512_RSA_PKCS_PSS, F_PSS_HASH, CKM_SHA512),
	CASE(CKM_SHA3_224_RSA_PKCS_PSS, F_PSS_HASH, CKM_SHA3_224),
	CASE(CKM_SHA3_256_RSA_PKCS_PSS, F_PSS_HASH, CKM_SHA3_256),
	CASE(CKM_SHA3_384_RSA_PKCS_PSS, F_PSS_HASH, CKM_SHA3_384),
	CASE(CKM_SHA3_512_RSA_PKCS_PSS, F_PSS_HASH, CKM_SHA3_512),
	CASE(CKM_EC_KEY_PAIR_GEN, F_EC_GEN, 0),
	CASE(CKM_ECDSA, F_ECDSA, 0),
	CASE(CKM_ECDSA_SHA1, F_ECDSA_HASH, CKM_SHA_1),
	CASE(CKM_ECDSA_SHA224, F_ECDSA_HASH, CKM_SHA224),
	CASE(CKM_ECDSA_SHA256, F_ECDSA_HASH, CKM_SHA256),
	CASE(CKM_ECDSA_SHA384, F_ECDSA_HASH, CKM_SHA384),
	CASE(CKM_ECDSA_SHA512, F_ECDSA_HASH, CKM_SHA512),
	CASE(CKM_ECDSA_SHA3_224, F_ECDSA_HASH, CKM_SHA3_224),
	CASE(CKM_ECDSA_SHA3_256, F_ECDSA_HASH, CKM_SHA3_256),
	CASE(CKM_ECDSA_SHA3_384, F_ECDSA_HASH, CKM_SHA3_384),
	CASE(CKM_ECDSA_SHA3_512, F_ECDSA_HASH, CKM_SHA3_512),
	CASE(CKM_EC_EDWARDS_KEY_PAIR_GEN, F_ED_GEN, 0),
	CASE(CKM_EDDSA, F_EDDSA, 0),
	CASE(CKM_GENERIC_SECRET_KEY_GEN, F_GENERIC_GEN, 0),
	CASE(CKM_AES_KEY_GEN, F_AES_GEN, 0),
	CASE(CKM_AES_ECB, F_AES_ECB, 0),
	CASE(CKM_AES_CBC, F_AES_CBC, 0),
	CASE(CKM_AES_CBC_PAD, F_AES_CBC_PAD, 0),
	CASE(CKM_AES_CTR, F_AES_CTR, 0),
	CASE(CKM_AES_GCM, F_AES_GCM, 0),
	CASE(CKM_AES_CTS, F_SECRET, 0),
	CASE(CKM_AES_OFB, F_SECRET, 0),
	CASE(CKM_AES_CFB1, F_SECRET, 0),
	CASE(CKM_AES_CFB8, F_SECRET, 0),
	CASE(CKM_AES_CFB64, F_SECRET, 0),
	CASE(CKM_AES_CFB128, F_SECRET, 0),
	CASE(CKM_AES_MAC, F_SECRET, 0),
	CASE(CKM_AES_MAC_GENERAL, F_SECRET, 0),
	CASE(CKM_AES_CMAC, F_SECRET, 0),
	CASE(CKM_AES_CMAC_GENERAL, F_SECRET, 0),
	CASE(CKM_AES_XCBC_MAC, F_SECRET, 0),
	CASE(CKM_AES_XCBC_MAC_96, F_SECRET, 0),
	CASE(CKM_AES_KEY_WRAP, F_AES_KEY_WRAP, 0),
	CASE(CKM_AES_KEY_WRAP_PAD, F_AES_KEY_WRAP_PAD, 0),
	CASE(CKM_AES_KEY_WRAP_KWP, F_AES_KEY_WRAP_PAD, 0),
	CASE(CKM_AES_KEY_WRAP_PKCS7, F_AES_KEY_WRAP_PAD, 0),
	CASE(CKM_RSA_AES_KEY_WRAP, F_RSA_AES_WRAP, CKM_SHA256),
	CASE(CKM_ECDH1_DERIVE, F_ECDH, 0),
	CASE(CKM_ECDH1_COFACTOR_DERIVE, F_ECDH, 0),
	CASE(CKM_ECDH_AES_KEY_WRAP, F_ECDH_WRAP, 0),
	CASE(CKM_ECDH_COF_AES_KEY_WRAP, F_ECDH_WRAP, 0),
	CASE(CKM_ECDH_X_AES_KEY_WRAP, F_X_WRAP, 0),
	CASE(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, F_X_GEN, 0),
	CASE(CKM_HKDF_DERIVE, F_HKDF, CKM_SHA256),
	CASE(CKM_HKDF_DATA, F_HKDF_DATA, CKM_SHA256),
	CASE(CKM_HKDF_KEY_GEN, F_HKDF_GEN, 0),
	CASE(CKM_CONCATENATE_BASE_AND_KEY, F_CONCATENATE_KEY, 0),
	CASE(CKM_CONCATENATE_BASE_AND_DATA, F_STRING_DERIVE, 0),
	CASE(CKM_CONCATENATE_DATA_AND_BASE, F_STRING_DERIVE, 0),
	CASE(CKM_XOR_BASE_AND_DATA, F_STRING_DERIVE, 0),
	CASE(CKM_EXTRACT_KEY_FROM_KEY, F_EXTRACT, 0),
	CASE(CKM_SHA1_KEY_DERIVATION, F_HASH_DERIVE, CKM_SHA_1),
	CASE(CKM_SHA224_KEY_DERIVATION, F_HASH_DERIVE, CKM_SHA224),
	CASE(CKM_SHA256_KEY_DERIVATION, F_HASH_DERIVE, CKM_SHA256),
	CASE(CKM_SHA384_KEY_DERIVATION, F_HASH_DERIVE, CKM_SHA384),
	CASE(CKM_SHA512_KEY_DERIVATION, F_HASH_DERIVE, CKM_SHA512),
	CASE(CKM_SHA512_224_KEY_DERIVATION, F_HASH_DERIVE, CKM_SHA512_224),
	CASE(CKM_SHA512_256_KEY_DERIVATION, F_HASH_DERIVE, CKM_SHA512_256),
	CASE(CKM_SHA3_224_KEY_DERIVATION, F_HASH_DERIVE, CKM_SHA3_224),
	CASE(CKM_SHA3_256_KEY_DERIVATION, F_HASH_DERIVE, CKM_SHA3_256),
	CASE(CKM_SHA3_384_KEY_DERIVATION, F_HASH_DERIVE, CKM_SHA3_384),
	CASE(CKM_SHA3_512_KEY_DERIVATION, F_HASH_DERIVE, CKM_SHA3_512),
	CASE(CKM_AES_ECB_ENCRYPT_DATA, F_ECB_DERIVE, 0),
	CASE(CKM_AES_CBC_ENCRYPT_DATA, F_CBC_DERIVE, 0),
	CASE(CKM_PUB_KEY_FROM_PRIV_KEY, F_PUBLIC_HALF, 0),
};
const size_t mechanism_case_count = COUNT(mechanism_cases);

/* FIPS 180-4 and FIPS 202. */
static const struct hash hashes[] = {
	{CKM_SHA_1, 20, 64, CKG_MGF1_SHA1, 0, "a9993e364706816aba3e25717850c26c9cd0d89d"},
	{CKM_SHA224, 28, 64, CKG_MGF1_SHA224, 4, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
	{CKM_SHA256, 32, 64, CKG_MGF1_SHA256, 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{CKM_SHA384, 48, 128, CKG_MGF1_SHA384, 2,
	 "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
	{CKM_SHA512, 64, 128, CKG_MGF1_SHA512, 3,
	 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	{CKM_SHA512_224, 28, 128, 0, 5, "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"},
	{CKM_SHA512_256, 32, 128, 0, 6, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
	{CKM_SHA3_224, 28, 144, CKG_MGF1_SHA3_224, 7, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"},
	{CKM_SHA3_256, 32, 136, CKG_MGF1_SHA3_256, 8,
	 "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
	{CKM_SHA3_384, 48, 104, CKG_MGF1_SHA3_384, 9,
	 "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"},
	{CKM_SHA3_512, 64, 72, CKG_MGF1_SHA3_512, 10,
	 "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
	 "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
};

const struct hash *hash_of(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < COUNT(hashes); i++) {
		if (hashes[i].type == type)
			return &hashes[i];
	}
	fail_msg("no hash 0x%lx", type);
	return NULL;
}

const struct mechanism_case *mechanism_case_of(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < mechanism_case_count; i++) {
		if (mechanism_cases[i].type == type)
			return &mechanism_cases[i];
	}
	return NULL;
}

CK_MECHANISM *mechanism_of(const struct mechanism_case *c)
{
	static CK_MECHANISM m;
	static CK_MAC_GENERAL_PARAMS mac_length;
	static CK_RSA_PKCS_PSS_PARAMS pss;
	static CK_RSA_PKCS_OAEP_PARAMS oaep;
	static CK_RSA_AES_KEY_WRAP_PARAMS rsa_aes;
	static CK_ECDH_AES_KEY_WRAP_PARAMS ecdh_aes = {256, CKD_SHA256_KDF, 0, NULL};
	static CK_ECDH1_DERIVE_PARAMS ecdh;
	static CK_HKDF_PARAMS hkdf;
	static CK_KEY_DERIVATION_STRING_DATA string;
	static CK_AES_CBC_ENCRYPT_DATA_PARAMS cbc_data;
	static CK_EXTRACT_PARAMS bit = 3;

	m = (CK_MECHANISM){c->type, NULL, 0};
	switch (c->family) {
	case F_SECRET:
	case F_SECRET_GEN:
		return secret_mechanism(c->type);
	case F_HMAC_GENERAL:
		mac_length = hash_of(c->hash)->size / 2;
		m = (CK_MECHANISM){c->type, &mac_length, sizeof(mac_length)};
		break;
	case F_PSS:
	case F_PSS_HASH:
		pss = (CK_RSA_PKCS_PSS_PARAMS){c->hash, hash_of(c->hash)->mgf, hash_of(c->hash)->size};
		m = (CK_MECHANISM){c->type, &pss, sizeof(pss)};
		break;
	case F_OAEP:
		oaep = (CK_RSA_PKCS_OAEP_PARAMS){c->hash, hash_of(c->hash)->mgf, CKZ_DATA_SPECIFIED, NULL, 0};
		m = (CK_MECHANISM){c->type, &oaep, sizeof(oaep)};
		break;
	case F_RSA_AES_WRAP:
		oaep = (CK_RSA_PKCS_OAEP_PARAMS){c->hash, hash_of(c->hash)->mgf, CKZ_DATA_SPECIFIED, NULL, 0};
		rsa_aes = (CK_RSA_AES_KEY_WRAP_PARAMS){256, &oaep};
		m = (CK_MECHANISM){c->type, &rsa_aes, sizeof(rsa_aes)};
		break;
	case F_ECDH:
		ecdh = (CK_ECDH1_DERIVE_PARAMS){CKD_NULL, 0, NULL, sizeof(ec_point), unconst(ec_point)};
		m = (CK_MECHANISM){c->type, &ecdh, sizeof(ecdh)};
		break;
	case F_ECDH_WRAP:
	case F_X_WRAP:
		m = (CK_MECHANISM){c->type, &ecdh_aes, sizeof(ecdh_aes)};
		break;
	case F_HKDF:
	case F_HKDF_DATA:
		hkdf = (CK_HKDF_PARAMS){CK_TRUE, CK_TRUE, c->hash, CKF_HKDF_SALT_NULL, NULL, 0, 0, unconst(pattern), 16};
		m = (CK_MECHANISM){c->type, &hkdf, sizeof(hkdf)};
		break;
	case F_CONCATENATE_KEY:
		m = (CK_MECHANISM){c->type, &keys.aes, sizeof(keys.aes)};
		break;
	case F_STRING_DERIVE:
	case F_ECB_DERIVE:
		string = (CK_KEY_DERIVATION_STRING_DATA){unconst(pattern), 32};
		m = (CK_MECHANISM){c->type, &string, sizeof(string)};
		break;
	case F_CBC_DERIVE:
		cbc_data = (CK_AES_CBC_ENCRYPT_DATA_PARAMS){{1}, unconst(pattern), 32};
		m = (CK_MECHANISM){c->type, &cbc_data, sizeof(cbc_data)};
		break;
	case F_EXTRACT:
		m = (CK_MECHANISM){c->type, &bit, sizeof(bit)};
		break;
	case F_AES_CBC:
		return &m_cbc;
	case F_AES_CBC_PAD:
		return &m_cbc_pad;
	case F_AES_CTR:
		return &m_ctr;
	case F_AES_GCM:
		return &m_gcm;
	default:
		break;
	}
	return &m;
}

CK_OBJECT_HANDLE mechanism_key(const struct mechanism_case *c, enum kind kind)
{
	bool private = kind == DECRYPT || kind == SIGN || kind == SIGN_RECOVER;

	switch (c->family) {
	case F_SECRET:
		return secret_key(c->type);
	case F_HMAC:
	case F_HMAC_GENERAL:
	case F_HKDF:
	case F_HKDF_DATA:
	case F_STRING_DERIVE:
	case F_CONCATENATE_KEY:
	case F_HASH_DERIVE:
	case F_EXTRACT:
		return keys.hmac;
	case F_X_WRAP:
		return private ? keys.x_private : keys.x_public;
	case F_RSA_AES_WRAP:
	case F_RSA:
	case F_RSA_RAW:
	case F_RSA_HASH:
	case F_OAEP:
	case F_PSS:
	case F_PSS_HASH:
		return private ? keys.rsa_private : keys.rsa_public;
	case F_ECDSA:
	case F_ECDSA_HASH:
	case F_ECDH:
	case F_ECDH_WRAP:
	case F_PUBLIC_HALF:
		return private ? keys.ec_private : keys.ec_public;
	case F_EDDSA:
		return private ? keys.ed_private : keys.ed_public;
	default:
		return keys.aes;
	}
}

CK_ULONG mechanism_input(const struct mechanism_case *c)
{
	switch (c->family) {
	case F_SECRET:
		return secret_case_of(c->type)->input;
	case F_RSA_RAW:
		return 256;
	case F_PSS:
	case F_ECDSA:
		return 32;
	case F_AES_ECB:
	case F_AES_CBC:
	case F_AES_KEY_WRAP:
		return 96;
	default:
		return 100;
	}
}

/* ---- the standard's table ---------------------------------------------------------------------- */

static CK_FLAGS flag_by_name(const char *name)
{
	static const struct {
		const char *name;
		CK_FLAGS flag;
	} names[] = {
#define FLAG(name) {#name, name}
		FLAG(CKF_ENCRYPT), FLAG(CKF_DECRYPT), FLAG(CKF_DIGEST), FLAG(CKF_SIGN), FLAG(CKF_SIGN_RECOVER),
		FLAG(CKF_VERIFY), FLAG(CKF_VERIFY_RECOVER), FLAG(CKF_GENERATE), FLAG(CKF_GENERATE_KEY_PAIR), FLAG(CKF_WRAP),
		FLAG(CKF_UNWRAP), FLAG(CKF_DERIVE), FLAG(CKF_ENCAPSULATE), FLAG(CKF_DECAPSULATE), FLAG(CKF_MESSAGE_ENCRYPT),
		FLAG(CKF_MESSAGE_DECRYPT), FLAG(CKF_MESSAGE_SIGN), FLAG(CKF_MESSAGE_VERIFY),
#undef FLAG
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(names[i].name, name) == 0)
			return names[i].flag;
	}
	fail_msg("no flag %s", name);
	return 0;
}

static void read_row(char *line, struct stated *ret)
{
	char *cell[12] = {0}, *rest = line, *flag, *flags;

	for (int i = 0; i < 12 && rest; i++)
		cell[i] = strsep(&rest, "\t\n");
	memset(ret, 0, sizeof(*ret));
	for (flags = cell[5]; flags && *flags && (flag = strsep(&flags, "|"));)
		ret->flags |= flag_by_name(flag);
	snprintf(ret->unit, sizeof(ret->unit), "%s", cell[7] ? cell[7] : "");
	snprintf(ret->parts, sizeof(ret->parts), "%s", cell[9] ? cell[9] : "");
}

bool mechanism_stated(const char *name, struct stated *ret)
{
	const char *root = getenv("CONCLAVE_SOURCE_ROOT");
	char path[4096], line[4096];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/spec/mechanisms.tsv", root && *root ? root : TEST_SOURCE_ROOT);
	file = fopen(path, "r");
	assert_non_null(file);
	while (!found && fgets(line, sizeof(line), file)) {
		size_t n = strlen(name);

		found = strncmp(line, name, n) == 0 && line[n] == '\t';
		if (found)
			read_row(line, ret);
	}
	fclose(file);
	return found;
}
