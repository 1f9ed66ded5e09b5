/* SPDX-License-Identifier: Apache-2.0 */
/* The simple derivations against the standard's own examples (§6.43), FIPS 180-4, RFC 1319 and 1321; lengths, parameters that
 * are none, which rows keep what they hold secret. */
#include "asym_kit.h"
#include "derive_kit.h"
#include "dl_fixture.h"
#include "pq_kit.h"

#include "crypto/pkey.h"

extern const struct mech_family mech_family_simple_derive;

static CK_BYTE data[] = {0x89, 0xab, 0xcd, 0xef};
static CK_KEY_DERIVATION_STRING_DATA string = {data, sizeof(data)};

static CK_MECHANISM with_string(CK_MECHANISM_TYPE type)
{
	return (CK_MECHANISM){type, &string, sizeof(string)};
}

static void the_standards_examples(void **state)
{
	struct mech_key *base = harness_key_hex(CKK_GENERIC_SECRET, "01234567"), *other = harness_key_hex(CKK_GENERIC_SECRET, "89abcdef");
	struct mech_key *long_one = harness_key_hex(CKK_GENERIC_SECRET, "329f84a9");
	CK_OBJECT_HANDLE handle = 5;
	CK_EXTRACT_PARAMS bit = 21;
	CK_MECHANISM by_key = {CKM_CONCATENATE_BASE_AND_KEY, &handle, sizeof(handle)}, extract = {CKM_EXTRACT_KEY_FROM_KEY, &bit, sizeof(bit)};
	CK_MECHANISM behind = with_string(CKM_CONCATENATE_BASE_AND_DATA), before = with_string(CKM_CONCATENATE_DATA_AND_BASE);
	CK_MECHANISM by_xor = with_string(CKM_XOR_BASE_AND_DATA);

	(void)state;
	kit_name_key(other);
	kit_check_derived(&by_key, base, 0, "0123456789abcdef");
	kit_check_derived(&by_key, base, 5, "0123456789");
	kit_check_derived(&behind, base, 0, "0123456789abcdef");
	kit_check_derived(&before, base, 0, "89abcdef01234567");
	kit_check_derived(&by_xor, base, 0, "88888888");
	kit_check_derived(&extract, long_one, 2, "9526");
	/* From bit 21 around the end: 00110010 10011111 10000|100 10101001. */
	kit_check_derived(&extract, long_one, 4, "952653f0");
	bit = 0;
	kit_check_derived(&extract, long_one, 4, "329f84a9");
	kit_name_key(NULL);
	mech_key_free(base);
	mech_key_free(other);
	mech_key_free(long_one);
}

static void too_many_bytes_are_refused(void **state)
{
	struct mech_key *base = harness_key_hex(CKK_GENERIC_SECRET, "01234567");
	CK_EXTRACT_PARAMS bit = 0;
	CK_MECHANISM behind = with_string(CKM_CONCATENATE_BASE_AND_DATA), by_xor = with_string(CKM_XOR_BASE_AND_DATA);
	CK_MECHANISM extract = {CKM_EXTRACT_KEY_FROM_KEY, &bit, sizeof(bit)}, hash = {CKM_SHA256_KEY_DERIVATION, NULL, 0};
	struct buf got = {0};

	(void)state;
	assert_int_equal(kit_derive(&behind, base, 9, &got), CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(kit_derive(&by_xor, base, 5, &got), CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(kit_derive(&extract, base, 5, &got), CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(kit_derive(&extract, base, 0, &got), CKR_TEMPLATE_INCOMPLETE);
	assert_int_equal(kit_derive(&hash, base, 33, &got), CKR_TEMPLATE_INCONSISTENT);
	/* AES keys have three lengths. */
	assert_int_equal(kit_derive_as(&hash, base, CKO_SECRET_KEY, CKK_AES, 0, &got), CKR_TEMPLATE_INCOMPLETE);
	assert_int_equal(kit_derive_as(&hash, base, CKO_SECRET_KEY, CKK_AES, 16, &got), CKR_OK);
	assert_int_equal(kit_derive(&hash, base, 70000, &got), CKR_ATTRIBUTE_VALUE_INVALID);
	buf_free(&got);
	mech_key_free(base);
}

static void hashes_of_abc(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE type;
		const char *digest;
	} rows[] = {
		{CKM_MD2_KEY_DERIVATION, "da853b0d3f88d99b30283a69e6ded6bb"},
		{CKM_MD5_KEY_DERIVATION, "900150983cd24fb0d6963f7d28e17f72"},
		{CKM_BLAKE2B_160_KEY_DERIVE, "384264f676f39536840523f284921cdc68b6846b"},
		{CKM_BLAKE2B_256_KEY_DERIVE, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
		{CKM_SHA1_KEY_DERIVATION, "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{CKM_SHA224_KEY_DERIVATION, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
		{CKM_SHA256_KEY_DERIVATION, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{CKM_SHA512_224_KEY_DERIVATION, "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"},
		{CKM_SHA512_256_KEY_DERIVATION, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
		{CKM_SHA3_224_KEY_DERIVATION, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"},
		{CKM_SHA3_256_KEY_DERIVATION, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
		{CKM_SHA384_KEY_DERIVATION,
		 "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
		{CKM_SHA3_384_KEY_DERIVATION,
		 "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"},
		{CKM_SHA512_KEY_DERIVATION, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		                            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
		{CKM_SHA3_512_KEY_DERIVATION, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
		                              "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
	};
	struct mech_key *base = harness_key_hex(CKK_GENERIC_SECRET, "616263");
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_MECHANISM m = {rows[i].type, NULL, 0}, with = with_string(rows[i].type);

		kit_check_derived(&m, base, 0, rows[i].digest);
		assert_int_equal(kit_derive(&with, base, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	}
	mech_key_free(base);
}

static void bad_parameters_are_refused(void **state)
{
	static const CK_MECHANISM_TYPE types[] = {
		CKM_CONCATENATE_BASE_AND_KEY, CKM_CONCATENATE_BASE_AND_DATA, CKM_CONCATENATE_DATA_AND_BASE, CKM_XOR_BASE_AND_DATA,
		CKM_EXTRACT_KEY_FROM_KEY,
	};
	struct mech_key *base = harness_key_hex(CKK_AES, "2b7e151628aed2a6abf7158809cf4f3c");
	unsigned char zeros[64] = {0};
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(types); i++) {
		CK_MECHANISM none = {types[i], NULL, 0}, nowhere = {types[i], NULL, 16}, odd = {types[i], zeros, 13};

		assert_int_equal(kit_derive(&none, base, 8, &got), CKR_MECHANISM_PARAM_INVALID);
		assert_int_equal(kit_derive(&nowhere, base, 8, &got), CKR_MECHANISM_PARAM_INVALID);
		assert_int_equal(kit_derive(&odd, base, 8, &got), CKR_MECHANISM_PARAM_INVALID);
	}
	CK_KEY_DERIVATION_STRING_DATA missing = {NULL, 4};
	for (size_t i = 1; i < 4; i++) {
		CK_MECHANISM m = {types[i], &missing, sizeof(missing)};
		assert_int_equal(kit_derive(&m, base, 8, &got), CKR_MECHANISM_PARAM_INVALID);
	}
	CK_EXTRACT_PARAMS beyond = 128;
	CK_MECHANISM extract = {CKM_EXTRACT_KEY_FROM_KEY, &beyond, sizeof(beyond)};
	assert_int_equal(kit_derive(&extract, base, 8, &got), CKR_MECHANISM_PARAM_INVALID);
	mech_key_free(base);
}

/* The public half has what the pair's own public key has. */
static void check_half(struct kit_pair *pair, CK_KEY_TYPE type, const CK_ATTRIBUTE_TYPE *attributes, size_t count)
{
	const struct mech_row *row = mech_find(CKM_PUB_KEY_FROM_PRIV_KEY);
	struct attr_list half = kit_list(CKO_PUBLIC_KEY, type);
	CK_MECHANISM m = {CKM_PUB_KEY_FROM_PRIV_KEY, NULL, 0};
	struct bytes one = {0}, other = {0};

	assert_int_equal(row->derive->key(harness_env(), row, &m, pair->private_key, &half), CKR_OK);
	assert_int_equal(kit_complete(&half), CKR_OK);
	for (size_t i = 0; i < count; i++) {
		assert_true(attr_list_get(&half, attributes[i], &one));
		assert_true(attr_list_get(&pair->public_list, attributes[i], &other));
		assert_true(bytes_equal(one, other));
	}
	attr_list_free(&half);
	kit_pair_free(pair);
}

static void public_halves(void **state)
{
	static const CK_ATTRIBUTE_TYPE rsa[] = {CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PUBLIC_KEY_INFO};
	static const CK_ATTRIBUTE_TYPE ec[] = {CKA_EC_PARAMS, CKA_EC_POINT, CKA_PUBLIC_KEY_INFO};
	struct kit_pair one = kit_rsa_pair(), two = kit_curve_pair(CKM_EC_KEY_PAIR_GEN, CKK_EC, "06082a8648ce3d030107");
	struct kit_pair three = kit_curve_pair(CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, "06032b6570");
	struct kit_pair four = kit_curve_pair(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKK_EC_MONTGOMERY, "06032b656e");
	static const CK_ATTRIBUTE_TYPE dl[] = {CKA_PRIME, CKA_SUBPRIME, CKA_BASE, CKA_VALUE, CKA_PUBLIC_KEY_INFO};
	static const CK_ATTRIBUTE_TYPE dh[] = {CKA_PRIME, CKA_BASE, CKA_VALUE, CKA_PUBLIC_KEY_INFO};
	struct kit_pair five = dl_new_pair(CKM_DSA_KEY_PAIR_GEN, CKK_DSA), six = dl_new_pair(CKM_X9_42_DH_KEY_PAIR_GEN, CKK_X9_42_DH);
	struct kit_pair seven = dl_new_pair(CKM_DH_PKCS_KEY_PAIR_GEN, CKK_DH);

	(void)state;
	check_half(&one, CKK_RSA, rsa, array_len(rsa));
	check_half(&two, CKK_EC, ec, array_len(ec));
	check_half(&three, CKK_EC_EDWARDS, ec, array_len(ec));
	check_half(&four, CKK_EC_MONTGOMERY, ec, array_len(ec));
	check_half(&five, CKK_DSA, dl, array_len(dl));
	check_half(&six, CKK_X9_42_DH, dl, array_len(dl));
	check_half(&seven, CKK_DH, dh, array_len(dh));
}

static void public_halves_of_post_quantum_keys(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE generation;
		CK_KEY_TYPE type;
		CK_ULONG set;
	} rows[] = {
		{CKM_ML_KEM_KEY_PAIR_GEN, CKK_ML_KEM, CKP_ML_KEM_768},
		{CKM_ML_DSA_KEY_PAIR_GEN, CKK_ML_DSA, CKP_ML_DSA_44},
		{CKM_SLH_DSA_KEY_PAIR_GEN, CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128F},
	};
	static const CK_ATTRIBUTE_TYPE attributes[] = {CKA_PARAMETER_SET, CKA_VALUE, CKA_PUBLIC_KEY_INFO};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		pq_need(rows[i].generation);
		struct kit_pair p = pq_pair(rows[i].generation, rows[i].type, rows[i].set);
		check_half(&p, rows[i].type, attributes, array_len(attributes));
	}
}

static void secret_keys_have_no_public_half(void **state)
{
	const struct mech_row *row = mech_find(CKM_PUB_KEY_FROM_PRIV_KEY);
	struct mech_key *secret = harness_key_hex(CKK_AES, "2b7e151628aed2a6abf7158809cf4f3c");
	struct attr_list half = kit_list(CKO_PUBLIC_KEY, CKK_AES);
	CK_MECHANISM m = {CKM_PUB_KEY_FROM_PRIV_KEY, NULL, 0};

	(void)state;
	assert_int_equal(row->derive->key(harness_env(), row, &m, secret, &half), CKR_KEY_TYPE_INCONSISTENT);
	attr_list_free(&half);
	mech_key_free(secret);
}

static void rows_that_hold_bytes_of_the_base_say_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < mech_family_simple_derive.row_count; i++) {
		const struct mech_row *row = &mech_family_simple_derive.rows[i];
		bool holds = row->type == CKM_CONCATENATE_BASE_AND_KEY || row->type == CKM_CONCATENATE_BASE_AND_DATA ||
		             row->type == CKM_CONCATENATE_DATA_AND_BASE || row->type == CKM_XOR_BASE_AND_DATA ||
		             row->type == CKM_EXTRACT_KEY_FROM_KEY;

		assert_int_equal(row->derive->keeps_secrecy, holds);
	}
}

static void rows_are_whole(void **state)
{
	(void)state;
	harness_check_family(&mech_family_simple_derive);
}

/* FIPS 202's functions of "abc"; SHA-512/256 is SHA-512/t with t of 256. */
static void hashes_of_any_length(void **state)
{
	struct mech_key *base = harness_key(CKK_GENERIC_SECRET, bytes_of("abc", 3));
	const CK_MECHANISM shake_128 = {CKM_SHAKE_128_KEY_DERIVATION, NULL, 0}, shake_256 = {CKM_SHAKE_256_KEY_DERIVATION, NULL, 0};
	CK_MAC_GENERAL_PARAMS bits = 256;
	const CK_MECHANISM t = {CKM_SHA512_T_KEY_DERIVATION, &bits, sizeof(bits)}, none = {CKM_SHA512_T_KEY_DERIVATION, NULL, 0};
	struct buf got = {0};

	(void)state;
	kit_check_derived(&shake_128, base, 16, "5881092dd818bf5cf8a3ddb793fbcba7");
	kit_check_derived(&shake_256, base, 32, "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739");
	assert_int_equal(kit_derive(&shake_128, base, 0, &got), CKR_TEMPLATE_INCOMPLETE);
	assert_int_equal(kit_derive(&shake_128, base, 5000, &got), CKR_OK);
	kit_check_derived(&t, base, 0, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
	assert_int_equal(kit_derive(&t, base, 33, &got), CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(kit_derive(&none, base, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	for (bits = 0; bits <= 520; bits += 8)
		assert_int_equal(kit_derive(&t, base, 0, &got), bits == 0 || bits >= 512 || bits == 384 ? CKR_MECHANISM_PARAM_INVALID : CKR_OK);
	bits = 100;
	assert_int_equal(kit_derive(&t, base, 0, &got), CKR_MECHANISM_PARAM_INVALID);
	mech_key_free(base);
	buf_free(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_standards_examples),
		cmocka_unit_test(too_many_bytes_are_refused),
		cmocka_unit_test(hashes_of_abc),
		cmocka_unit_test(hashes_of_any_length),
		cmocka_unit_test(bad_parameters_are_refused),
		cmocka_unit_test(public_halves),
		cmocka_unit_test(public_halves_of_post_quantum_keys),
		cmocka_unit_test(secret_keys_have_no_public_half),
		cmocka_unit_test(rows_that_hold_bytes_of_the_base_say_so),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
