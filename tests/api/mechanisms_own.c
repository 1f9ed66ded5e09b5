/* SPDX-License-Identifier: Apache-2.0 */
/* The rows behind mechanisms_own.h. */
#include "mechanisms_own.h"

#include "mech/dl_numbers.h"
#include "mechanisms_hbs.h"

/* ---- DSA, Diffie-Hellman, X9.42 ------------------------------------------------------------- */

struct group {
	CK_BYTE p[128], q[20], g[128], x[20], y[128];
};

static struct group group(void)
{
	struct group n;

	unhex(DL_P, n.p);
	unhex(DL_Q, n.q);
	unhex(DL_G, n.g);
	unhex(DL_X, n.x);
	unhex(DL_Y, n.y);
	return n;
}

static CK_KEY_TYPE dl_type(CK_MECHANISM_TYPE type)
{
	switch (type) {
	case CKM_DH_PKCS_KEY_PAIR_GEN:
	case CKM_DH_PKCS_PARAMETER_GEN:
	case CKM_DH_PKCS_DERIVE:
		return CKK_DH;
	case CKM_X9_42_DH_KEY_PAIR_GEN:
	case CKM_X9_42_DH_PARAMETER_GEN:
	case CKM_X9_42_DH_DERIVE:
		return CKK_X9_42_DH;
	default:
		return CKK_DSA;
	}
}

static CK_OBJECT_HANDLE dl_key(CK_MECHANISM_TYPE mechanism, bool private)
{
	CK_OBJECT_CLASS class = private ? CKO_PRIVATE_KEY : CKO_PUBLIC_KEY;
	CK_KEY_TYPE type = dl_type(mechanism);
	struct group n = group();
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &class, sizeof(class)},
		{CKA_KEY_TYPE, &type, sizeof(type)},
		{private ? CKA_SIGN : CKA_VERIFY, type == CKK_DSA ? &yes : &no, 1},
		{CKA_DERIVE, &yes, 1},
		{CKA_PRIVATE, &no, 1},
		{CKA_PRIME, n.p, sizeof(n.p)},
		{CKA_BASE, n.g, sizeof(n.g)},
		{CKA_VALUE, private ? n.x : n.y, private ? sizeof(n.x) : sizeof(n.y)},
		{CKA_SUBPRIME, n.q, sizeof(n.q)},
	};
	CK_OBJECT_HANDLE key;

	assert_ok(p11->C_CreateObject(sess, template, COUNT(template) - (type == CKK_DH ? 1 : 0), &key));
	return key;
}

static CK_MECHANISM *dh_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_BYTE peer[128];
	static CK_MECHANISM m;

	unhex(DL_PEER, peer);
	m = (CK_MECHANISM){type, peer, sizeof(peer)};
	return &m;
}

static CK_MECHANISM *x9_42_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_BYTE peer[128];
	static CK_X9_42_DH1_DERIVE_PARAMS p = {CKD_NULL, 0, NULL, sizeof(peer), peer};
	static CK_MECHANISM m;

	unhex(DL_PEER, peer);
	m = (CK_MECHANISM){type, &p, sizeof(p)};
	return &m;
}

static CK_MECHANISM *seeded_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_BYTE seed[96];
	static CK_DSA_PARAMETER_GEN_PARAM p;
	static CK_MECHANISM m;

	p = (CK_DSA_PARAMETER_GEN_PARAM){CKM_SHA256, seed, sizeof(seed), 1};
	m = (CK_MECHANISM){type, &p, sizeof(p)};
	return &m;
}

/* Signs, or agrees with itself, in whatever group the pair is. */
static void pair_works(CK_KEY_TYPE type, CK_OBJECT_HANDLE public, CK_OBJECT_HANDLE private)
{
	static CK_MECHANISM dsa = {CKM_DSA_SHA256, NULL, 0}, dh = {CKM_DH_PKCS_DERIVE, NULL, 0};
	static CK_X9_42_DH1_DERIVE_PARAMS x9_42 = {CKD_NULL, 0, NULL, 0, NULL};
	CK_BYTE y[512], out[128];
	CK_ATTRIBUTE value = {CKA_VALUE, y, sizeof(y)}, template = {CKA_SENSITIVE, &no, 1};
	CK_OBJECT_HANDLE key;
	CK_ULONG size;

	assert_ok(p11->C_GetAttributeValue(sess, public, &value, 1));
	if (type == CKK_DSA) {
		size = sign(&dsa, private, pattern, 50, out, sizeof(out));
		assert_ok(verify(&dsa, public, pattern, 50, out, size));
		assert_rv(verify(&dsa, public, pattern + 1, 50, out, size), CKR_SIGNATURE_INVALID);
		return;
	}
	x9_42.ulPublicDataLen = value.ulValueLen;
	x9_42.pPublicData = y;
	dh.mechanism = type == CKK_DH ? CKM_DH_PKCS_DERIVE : CKM_X9_42_DH_DERIVE;
	dh.pParameter = type == CKK_DH ? (void *)y : &x9_42;
	dh.ulParameterLen = type == CKK_DH ? value.ulValueLen : sizeof(x9_42);
	assert_ok(p11->C_DeriveKey(sess, &dh, private, &template, 1, &key));
}

static void dl_pair_works(CK_MECHANISM_TYPE mechanism)
{
	struct group n = group();
	CK_ATTRIBUTE public[] = {
		{CKA_PRIME, n.p, sizeof(n.p)},
		{CKA_BASE, n.g, sizeof(n.g)},
		{CKA_SUBPRIME, n.q, sizeof(n.q)},
	};
	CK_ATTRIBUTE private[] = {{CKA_DERIVE, &yes, 1}};
	CK_OBJECT_HANDLE one, other;
	CK_KEY_TYPE type = dl_type(mechanism);

	assert_ok(p11->C_GenerateKeyPair(sess, own_mechanism(mechanism), public, type == CKK_DH ? 2 : 3, private, 1, &one, &other));
	assert_int_equal(get_ulong(sess, other, CKA_KEY_GEN_MECHANISM), mechanism);
	pair_works(type, one, other);
}

/* The group is good for a pair. */
static void dl_group_works(CK_MECHANISM_TYPE mechanism)
{
	static const CK_MECHANISM_TYPE pairs[] = {
		[CKK_DSA] = CKM_DSA_KEY_PAIR_GEN, [CKK_DH] = CKM_DH_PKCS_KEY_PAIR_GEN, [CKK_X9_42_DH] = CKM_X9_42_DH_KEY_PAIR_GEN};
	CK_KEY_TYPE type = dl_type(mechanism);
	CK_ULONG bits = type == CKK_X9_42_DH ? 1024 : 512, subprime_bits = 160;
	CK_ATTRIBUTE template[] = {{CKA_PRIME_BITS, &bits, sizeof(bits)}, {CKA_SUBPRIME_BITS, &subprime_bits, sizeof(subprime_bits)}};
	CK_BYTE p[128], g[128], q[20];
	CK_ATTRIBUTE numbers[] = {{CKA_PRIME, p, sizeof(p)}, {CKA_BASE, g, sizeof(g)}, {CKA_SUBPRIME, q, sizeof(q)}};
	CK_ATTRIBUTE private[] = {{CKA_DERIVE, &yes, 1}};
	CK_ULONG count = type == CKK_DH ? 2 : 3;
	CK_MECHANISM m = {pairs[type], NULL, 0};
	CK_OBJECT_HANDLE made, one, other;

	assert_ok(p11->C_GenerateKey(sess, own_mechanism(mechanism), template, type == CKK_DH ? 1 : 2, &made));
	assert_int_equal(get_ulong(sess, made, CKA_CLASS), CKO_DOMAIN_PARAMETERS);
	assert_int_equal(get_ulong(sess, made, CKA_PRIME_BITS), bits);
	assert_true(get_bool(sess, made, CKA_LOCAL));
	assert_ok(p11->C_GetAttributeValue(sess, made, numbers, count));
	assert_ok(p11->C_GenerateKeyPair(sess, &m, numbers, count, private, 1, &one, &other));
	pair_works(type, one, other);
}

/* Primes with a seed, then the base that follows from it; the pair of both is a group. */
static void seeded_group_works(CK_MECHANISM_TYPE mechanism)
{
	CK_ULONG bits = 1024;
	CK_BYTE p[128], q[20];
	CK_ATTRIBUTE template[] = {{CKA_PRIME_BITS, &bits, sizeof(bits)}, {CKA_PRIME, p, sizeof(p)}, {CKA_SUBPRIME, q, sizeof(q)}};
	CK_MECHANISM *m = seeded_mechanism(mechanism == CKM_DSA_FIPS_G_GEN ? CKM_DSA_PROBABILISTIC_PARAMETER_GEN : mechanism);
	CK_OBJECT_HANDLE primes, group;
	CK_BYTE g[128];
	CK_ATTRIBUTE base = {CKA_BASE, g, sizeof(g)};

	assert_ok(p11->C_GenerateKey(sess, m, template, 1, &primes));
	assert_ok(p11->C_GetAttributeValue(sess, primes, template + 1, 2));
	assert_rv(p11->C_GetAttributeValue(sess, primes, &base, 1), CKR_ATTRIBUTE_TYPE_INVALID);
	base.ulValueLen = sizeof(g);
	if (mechanism != CKM_DSA_FIPS_G_GEN)
		return;
	m->mechanism = CKM_DSA_FIPS_G_GEN;
	assert_ok(p11->C_GenerateKey(sess, m, template, 3, &group));
	assert_ok(p11->C_GetAttributeValue(sess, group, &base, 1));
	assert_rv(p11->C_GenerateKey(sess, m, template, 2, &group), CKR_TEMPLATE_INCOMPLETE);
}

/* ---- SSL 3.0 and TLS ------------------------------------------------------------------------ */

static CK_SSL3_RANDOM_DATA randoms(void)
{
	return (CK_SSL3_RANDOM_DATA){unconst(pattern), 32, unconst(pattern + 32), 32};
}

static CK_OBJECT_HANDLE tls_key(CK_MECHANISM_TYPE type, bool private)
{
	CK_ATTRIBUTE derive = {CKA_DERIVE, &yes, 1};

	(void)type;
	(void)private;
	return make_key(sess, CKK_GENERIC_SECRET, pattern, 48, &derive, 1);
}

static bool of_tls_1_2(CK_MECHANISM_TYPE type)
{
	return type >= CKM_TLS12_MASTER_KEY_DERIVE && type <= CKM_TLS12_KEY_SAFE_DERIVE;
}

static CK_MECHANISM *version_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_VERSION version = {3, 3};
	static CK_MECHANISM m;

	m = (CK_MECHANISM){type, &version, sizeof(version)};
	return &m;
}

static CK_MECHANISM *master_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_TLS12_MASTER_KEY_DERIVE_PARAMS p;
	static CK_MECHANISM m;

	p = (CK_TLS12_MASTER_KEY_DERIVE_PARAMS){.RandomInfo = randoms(), .prfHashMechanism = CKM_SHA256};
	m = (CK_MECHANISM){type, &p, of_tls_1_2(type) ? sizeof(p) : sizeof(CK_SSL3_MASTER_KEY_DERIVE_PARAMS)};
	return &m;
}

static CK_MECHANISM *extended_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS p;
	static CK_MECHANISM m;

	p = (CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS){CKM_SHA256, unconst(pattern), 32, NULL};
	m = (CK_MECHANISM){type, &p, sizeof(p)};
	return &m;
}

static CK_BYTE ivs[2][16];
static CK_SSL3_KEY_MAT_OUT material;

static CK_MECHANISM *block_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_TLS12_KEY_MAT_PARAMS p;
	static CK_MECHANISM m;

	material = (CK_SSL3_KEY_MAT_OUT){0, 0, 0, 0, ivs[0], ivs[1]};
	p = (CK_TLS12_KEY_MAT_PARAMS){160, 128, 128, CK_FALSE, randoms(), &material, CKM_SHA256};
	m = (CK_MECHANISM){type, &p, of_tls_1_2(type) ? sizeof(p) : sizeof(CK_SSL3_KEY_MAT_PARAMS)};
	return &m;
}

static CK_BYTE prf_output[40];
static CK_ULONG prf_length;

static CK_MECHANISM *prf_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_TLS_PRF_PARAMS p;
	static CK_MECHANISM m;

	prf_length = sizeof(prf_output);
	p = (CK_TLS_PRF_PARAMS){unconst(pattern), 32, unconst(pattern), 8, prf_output, &prf_length};
	m = (CK_MECHANISM){type, &p, sizeof(p)};
	return &m;
}

static CK_MECHANISM *exporter_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_TLS_KDF_PARAMS p;
	static CK_MECHANISM m;

	p = (CK_TLS_KDF_PARAMS){CKM_SHA256, unconst(pattern), 8, randoms(), NULL, 0};
	m = (CK_MECHANISM){type, &p, sizeof(p)};
	return &m;
}

static CK_MECHANISM *finished_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_TLS_MAC_PARAMS p = {CKM_SHA256, 12, 1};
	static CK_MECHANISM m;

	m = (CK_MECHANISM){type, &p, sizeof(p)};
	return &m;
}

static CK_MECHANISM *record_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_MAC_GENERAL_PARAMS eight = 8;
	static CK_MECHANISM m;

	m = (CK_MECHANISM){type, &eight, sizeof(eight)};
	return &m;
}

static void master_works_from(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE base)
{
	CK_ATTRIBUTE template = {CKA_SENSITIVE, &no, 1};
	CK_OBJECT_HANDLE key;

	assert_ok(p11->C_DeriveKey(sess, own_mechanism(type), base, &template, 1, &key));
	assert_int_equal(get_ulong(sess, key, CKA_VALUE_LEN), 48);
	assert_int_equal(get_ulong(sess, key, CKA_KEY_TYPE), CKK_GENERIC_SECRET);
}

static void master_works(CK_MECHANISM_TYPE type)
{
	master_works_from(type, tls_key(type, false));
}

static void pre_master_works(CK_MECHANISM_TYPE type)
{
	CK_ULONG right = 48, wrong = 47;
	CK_ATTRIBUTE template[] = {{CKA_DERIVE, &yes, 1}, {CKA_VALUE_LEN, &right, sizeof(right)}};
	CK_OBJECT_HANDLE key;

	assert_ok(p11->C_GenerateKey(sess, own_mechanism(type), template, 1, &key));
	master_works_from(CKM_TLS12_MASTER_KEY_DERIVE, key);
	assert_ok(p11->C_GenerateKey(sess, own_mechanism(type), template, 2, &key));
	template[1].pValue = &wrong;
	assert_rv(p11->C_GenerateKey(sess, own_mechanism(type), template, 2, &key), CKR_TEMPLATE_INCONSISTENT);
}

/* Four keys, each for its purpose; those of the base key's secrecy and no other. */
static void block_works(CK_MECHANISM_TYPE type)
{
	CK_KEY_TYPE aes = CKK_AES;
	CK_ATTRIBUTE template[] = {{CKA_KEY_TYPE, &aes, sizeof(aes)}, {CKA_ENCRYPT, &yes, 1}, {CKA_DECRYPT, &yes, 1}, {CKA_SENSITIVE, &yes, 1}};
	CK_OBJECT_HANDLE base = tls_key(type, false);
	CK_BYTE out[64], back[64];
	CK_ULONG size;

	assert_ok(p11->C_DeriveKey(sess, own_mechanism(type), base, template, 3, NULL));
	assert_int_equal(get_ulong(sess, material.hClientKey, CKA_KEY_TYPE), CKK_AES);
	assert_int_equal(get_ulong(sess, material.hServerKey, CKA_VALUE_LEN), 16);
	size = encrypt(&m_cbc_pad, material.hClientKey, pattern, 20, out, sizeof(out));
	assert_int_equal(decrypt(&m_cbc_pad, material.hClientKey, out, size, back, sizeof(back)), 20);
	assert_int_equal(get_ulong(sess, material.hServerMacSecret, CKA_KEY_TYPE), CKK_GENERIC_SECRET);
	assert_int_equal(get_ulong(sess, material.hServerMacSecret, CKA_VALUE_LEN), 20);
	size = sign(&m_hmac, material.hClientMacSecret, pattern, 20, out, sizeof(out));
	assert_ok(verify(&m_hmac, material.hClientMacSecret, pattern, 20, out, size));
	assert_int_equal(get_bool(sess, material.hClientKey, CKA_SENSITIVE), get_bool(sess, base, CKA_SENSITIVE));
	assert_int_equal(get_bool(sess, material.hClientMacSecret, CKA_EXTRACTABLE), get_bool(sess, base, CKA_EXTRACTABLE));
	assert_rv(p11->C_DeriveKey(sess, own_mechanism(type), base, template, 4, NULL), CKR_TEMPLATE_INCONSISTENT);
	assert_rv(p11->C_DeriveKey(sess, own_mechanism(type), keys.hmac, template, 3, NULL), CKR_KEY_SIZE_RANGE);
}

static void prf_works(CK_MECHANISM_TYPE type)
{
	CK_BYTE first[sizeof(prf_output)];

	assert_ok(p11->C_DeriveKey(sess, own_mechanism(type), tls_key(type, false), NULL, 0, NULL));
	memcpy(first, prf_output, sizeof(first));
	memset(prf_output, 0, sizeof(prf_output));
	assert_ok(p11->C_DeriveKey(sess, own_mechanism(type), tls_key(type, false), NULL, 0, NULL));
	assert_memory_equal(first, prf_output, sizeof(first));
	assert_rv(p11->C_DeriveKey(sess, own_mechanism(type), keys.hmac, NULL, 0, NULL), CKR_OK);
	assert_memory_not_equal(first, prf_output, sizeof(first));
}

/* ---- IKE, SHA-512/t -------------------------------------------------------------------------- */

static CK_MECHANISM *ike_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_IKE2_PRF_PLUS_DERIVE_PARAMS plus = {CKM_SHA256_HMAC, CK_FALSE, 0, NULL, 0};
	static CK_IKE_PRF_DERIVE_PARAMS first = {CKM_SHA256_HMAC, CK_FALSE, CK_FALSE, NULL, 16, NULL, 16, 0};
	static CK_IKE1_PRF_DERIVE_PARAMS next = {CKM_SHA256_HMAC, CK_FALSE, 0, 0, NULL, 8, NULL, 8, 0};
	static CK_IKE1_EXTENDED_DERIVE_PARAMS extended = {CKM_SHA256_HMAC, CK_FALSE, 0, NULL, 9};
	static CK_MECHANISM m;

	first.pNi = first.pNr = next.pCKYi = next.pCKYr = extended.pExtraData = unconst(pattern);
	next.hKeygxy = keys.hmac;
	m = type == CKM_IKE2_PRF_PLUS_DERIVE ? (CK_MECHANISM){type, &plus, sizeof(plus)}
	    : type == CKM_IKE_PRF_DERIVE     ? (CK_MECHANISM){type, &first, sizeof(first)}
	    : type == CKM_IKE1_PRF_DERIVE    ? (CK_MECHANISM){type, &next, sizeof(next)}
	                                     : (CK_MECHANISM){type, &extended, sizeof(extended)};
	return &m;
}

static CK_OBJECT_HANDLE hmac_key_of(CK_MECHANISM_TYPE type, bool private)
{
	(void)type;
	(void)private;
	return keys.hmac;
}

/* Lengths and types that the template leaves open, or must not. */
static void ike_works(CK_MECHANISM_TYPE type)
{
	CK_ULONG bytes_32 = 32;
	CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
	CK_ATTRIBUTE template[] = {{CKA_SENSITIVE, &no, 1}, {CKA_VALUE_LEN, &bytes_32, sizeof(bytes_32)}, {CKA_KEY_TYPE, &generic, sizeof(generic)}};
	CK_OBJECT_HANDLE key;

	assert_ok(p11->C_DeriveKey(sess, own_mechanism(type), keys.hmac, template, 3, &key));
	assert_int_equal(get_ulong(sess, key, CKA_VALUE_LEN), 32);
	if (type == CKM_IKE1_PRF_DERIVE) {
		assert_rv(p11->C_DeriveKey(sess, own_mechanism(type), keys.hmac, template, 2, &key), CKR_TEMPLATE_INCOMPLETE);
		return;
	}
	assert_ok(p11->C_DeriveKey(sess, own_mechanism(type), keys.hmac, template, 2, &key));
	assert_int_equal(get_ulong(sess, key, CKA_KEY_TYPE), type == CKM_IKE_PRF_DERIVE ? CKK_SHA256_HMAC : CKK_GENERIC_SECRET);
	assert_rv(p11->C_DeriveKey(sess, own_mechanism(type), keys.hmac, template, 1, &key), type == CKM_IKE_PRF_DERIVE ? CKR_OK : CKR_TEMPLATE_INCOMPLETE);
}

static CK_MECHANISM *t_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_MAC_GENERAL_PARAMS bits = 160;
	static CK_MECHANISM m;

	m = (CK_MECHANISM){type, &bits, sizeof(bits)};
	return &m;
}

/* ---- one-time passwords: test_otp.c looks closer ---------------------------------------------- */

static CK_BYTE otp_counter[8];

static CK_MECHANISM *otp_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_OTP_PARAM counter = {CK_OTP_COUNTER, otp_counter, sizeof(otp_counter)};
	static CK_OTP_PARAMS p = {&counter, 1};
	static CK_MECHANISM m;

	m = (CK_MECHANISM){type, &p, sizeof(p)};
	return &m;
}

static CK_OBJECT_HANDLE new_otp_key(void)
{
	CK_ULONG bytes_20 = 20;
	CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &bytes_20, sizeof(bytes_20)}, {CKA_SIGN, &yes, 1}, {CKA_VERIFY, &yes, 1}};
	CK_MECHANISM m = {CKM_HOTP_KEY_GEN, NULL, 0};
	CK_OBJECT_HANDLE key;

	assert_ok(p11->C_GenerateKey(sess, &m, template, COUNT(template), &key));
	assert_int_equal(get_ulong(sess, key, CKA_CLASS), CKO_OTP_KEY);
	assert_int_equal(get_ulong(sess, key, CKA_KEY_TYPE), CKK_HOTP);
	return key;
}

static CK_OBJECT_HANDLE otp_key(CK_MECHANISM_TYPE type, bool private)
{
	(void)type;
	(void)private;
	return new_otp_key();
}

static void otp_works(CK_MECHANISM_TYPE type)
{
	CK_OBJECT_HANDLE key = new_otp_key();
	CK_ULONG block[32], size = sizeof(block);
	const CK_OTP_SIGNATURE_INFO *info = (const CK_OTP_SIGNATURE_INFO *)block;
	CK_BYTE digits[6];

	(void)type;
	assert_ok(p11->C_SignInit(sess, otp_mechanism(CKM_HOTP), key));
	assert_ok(p11->C_Sign(sess, NULL, 0, (CK_BYTE_PTR)block, &size));
	assert_int_equal(info->pParams[0].ulValueLen, sizeof(digits));
	memcpy(digits, info->pParams[0].pValue, sizeof(digits));
	assert_ok(verify(otp_mechanism(CKM_HOTP), key, NULL, 0, digits, sizeof(digits)));
	digits[0] = digits[0] == '0' ? '1' : '0';
	assert_rv(verify(otp_mechanism(CKM_HOTP), key, NULL, 0, digits, sizeof(digits)), CKR_SIGNATURE_INVALID);
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define DSA(mechanism) {.type = (mechanism), .min = 512, .max = 3072, .input = 64, .key = dl_key}

#define MASTER(mechanism_type, how) \
	{.type = (mechanism_type), .min = 48, .max = 48, .mechanism = how##_mechanism, .key = tls_key, .works = master_works}
#define BLOCK(mechanism_type) \
	{.type = (mechanism_type), .min = 48, .max = 48, .mechanism = block_mechanism, .key = tls_key, .works = block_works}
#define TLS(mechanism_type, how, least, most, length) \
	{.type = (mechanism_type), .min = (least), .max = (most), .mechanism = how##_mechanism, .key = tls_key, .input = (length)}

static const struct own_case cases[] = {
	{.type = CKM_DSA_KEY_PAIR_GEN, .min = 512, .max = 3072, .works = dl_pair_works},
	{.type = CKM_DSA_PARAMETER_GEN, .min = 512, .max = 3072, .works = dl_group_works},
	{.type = CKM_DSA_PROBABILISTIC_PARAMETER_GEN, .min = 512, .max = 3072, .mechanism = seeded_mechanism, .works = seeded_group_works},
	{.type = CKM_DSA_SHAWE_TAYLOR_PARAMETER_GEN, .min = 1024, .max = 3072, .mechanism = seeded_mechanism, .works = seeded_group_works},
	{.type = CKM_DSA_FIPS_G_GEN, .min = 512, .max = 3072, .mechanism = seeded_mechanism, .works = seeded_group_works},
	DSA(CKM_DSA),
	DSA(CKM_DSA_SHA1),
	DSA(CKM_DSA_SHA224),
	DSA(CKM_DSA_SHA256),
	DSA(CKM_DSA_SHA384),
	DSA(CKM_DSA_SHA512),
	DSA(CKM_DSA_SHA3_224),
	DSA(CKM_DSA_SHA3_256),
	DSA(CKM_DSA_SHA3_384),
	DSA(CKM_DSA_SHA3_512),
	{.type = CKM_DH_PKCS_KEY_PAIR_GEN, .min = 512, .max = 8192, .works = dl_pair_works},
	{.type = CKM_DH_PKCS_PARAMETER_GEN, .min = 512, .max = 8192, .works = dl_group_works},
	{.type = CKM_DH_PKCS_DERIVE, .min = 512, .max = 8192, .mechanism = dh_mechanism, .key = dl_key},
	{.type = CKM_X9_42_DH_KEY_PAIR_GEN, .min = 1024, .max = 8192, .works = dl_pair_works},
	{.type = CKM_X9_42_DH_PARAMETER_GEN, .min = 1024, .max = 8192, .works = dl_group_works},
	{.type = CKM_X9_42_DH_DERIVE, .min = 1024, .max = 8192, .mechanism = x9_42_mechanism, .key = dl_key},
	{.type = CKM_SSL3_PRE_MASTER_KEY_GEN, .min = 48, .max = 48, .mechanism = version_mechanism, .works = pre_master_works},
	{.type = CKM_TLS_PRE_MASTER_KEY_GEN, .min = 48, .max = 48, .mechanism = version_mechanism, .works = pre_master_works},
	MASTER(CKM_SSL3_MASTER_KEY_DERIVE, master),
	MASTER(CKM_SSL3_MASTER_KEY_DERIVE_DH, master),
	MASTER(CKM_TLS_MASTER_KEY_DERIVE, master),
	MASTER(CKM_TLS_MASTER_KEY_DERIVE_DH, master),
	MASTER(CKM_TLS12_MASTER_KEY_DERIVE, master),
	MASTER(CKM_TLS12_MASTER_KEY_DERIVE_DH, master),
	MASTER(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, extended),
	MASTER(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, extended),
	BLOCK(CKM_SSL3_KEY_AND_MAC_DERIVE),
	BLOCK(CKM_TLS_KEY_AND_MAC_DERIVE),
	BLOCK(CKM_TLS12_KEY_AND_MAC_DERIVE),
	BLOCK(CKM_TLS12_KEY_SAFE_DERIVE),
	{.type = CKM_TLS_PRF, .min = 1, .max = 4096, .mechanism = prf_mechanism, .key = tls_key, .works = prf_works},
	{.type = CKM_SHA512_T_KEY_DERIVATION, .mechanism = t_mechanism, .key = hmac_key_of},
	{.type = CKM_IKE2_PRF_PLUS_DERIVE, .min = 1, .max = 4096, .mechanism = ike_mechanism, .key = hmac_key_of, .works = ike_works},
	{.type = CKM_IKE_PRF_DERIVE, .min = 1, .max = 4096, .mechanism = ike_mechanism, .key = hmac_key_of, .works = ike_works},
	{.type = CKM_IKE1_PRF_DERIVE, .min = 1, .max = 4096, .mechanism = ike_mechanism, .key = hmac_key_of, .works = ike_works},
	{.type = CKM_IKE1_EXTENDED_DERIVE, .min = 1, .max = 4096, .mechanism = ike_mechanism, .key = hmac_key_of, .works = ike_works},
	{.type = CKM_HOTP_KEY_GEN, .min = 16, .max = 256, .works = otp_works},
	{.type = CKM_HOTP, .min = 1, .max = 256, .mechanism = otp_mechanism, .key = otp_key, .works = otp_works},
	{.type = CKM_HSS_KEY_PAIR_GEN, .works = hss_pair_works},
	{.type = CKM_HSS, .works = hss_works},
	{.type = CKM_XMSS, .works = hbs_works},
	{.type = CKM_XMSSMT, .works = hbs_works},
	TLS(CKM_TLS_KDF, exporter, 1, 4096, 0),
	TLS(CKM_TLS12_KDF, exporter, 1, 4096, 0),
	TLS(CKM_TLS_MAC, finished, 1, 4096, 100),
	TLS(CKM_TLS12_MAC, finished, 1, 4096, 100),
	TLS(CKM_SSL3_MD5_MAC, record, 8, 32768, 100),
	TLS(CKM_SSL3_SHA1_MAC, record, 8, 32768, 100),
};

const struct own_case *own_case_of(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (cases[i].type == type)
			return &cases[i];
	}
	fail_msg("no row for mechanism 0x%lx in mechanisms_own.c", type);
	return NULL;
}

CK_MECHANISM *own_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_MECHANISM m;
	const struct own_case *c = own_case_of(type);

	m = (CK_MECHANISM){type, NULL, 0};
	return c->mechanism != NULL ? c->mechanism(type) : &m;
}

CK_OBJECT_HANDLE own_key(CK_MECHANISM_TYPE type, bool private)
{
	const struct own_case *c = own_case_of(type);

	return c->key != NULL ? c->key(type, private) : keys.aes;
}
