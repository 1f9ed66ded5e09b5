/* SPDX-License-Identifier: Apache-2.0 */
/* The derivations of IKE against values worked out independently, keys that do not fit, lengths, parameters that are none. */
#include "derive_kit.h"

extern const struct mech_family mech_family_ike;

#define K "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define G \
	"6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283" \
	"8485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"

static unsigned char ni[] = "initiator nonce!", nr[] = "responder nonce!", seed[] = "seed data";

/* A derivation from K as a key of this type, with G as what the parameter names. */
static CK_RV derive_as(const CK_MECHANISM *m, CK_KEY_TYPE base_type, CK_KEY_TYPE named_type, CK_ULONG len, struct buf *ret)
{
	struct mech_key *base = harness_key_hex(base_type, K), *named = harness_key_hex(named_type, G);

	kit_name_key(named);
	CK_RV rv = kit_derive(m, base, len, ret);
	kit_name_key(NULL);
	mech_key_free(base);
	mech_key_free(named);
	return rv;
}

static CK_RV derive(const CK_MECHANISM *m, CK_ULONG len, struct buf *ret)
{
	return derive_as(m, CKK_SHA256_HMAC, CKK_GENERIC_SECRET, len, ret);
}

static void check(const CK_MECHANISM *m, CK_ULONG len, const char *right_hex)
{
	struct buf right = harness_hex(right_hex), got = {0};

	assert_int_equal(derive_as(m, CKK_GENERIC_SECRET, CKK_GENERIC_SECRET, len, &got), CKR_OK);
	assert_int_equal(got.len, right.len);
	assert_memory_equal(got.data, right.data, right.len);
	buf_free(&right);
	buf_free(&got);
}

/* ---- the first key ------------------------------------------------------------------------- */

static CK_IKE_PRF_DERIVE_PARAMS first_params(CK_MECHANISM_TYPE prf, CK_BBOOL data_as_key, CK_BBOOL rekey)
{
	return (CK_IKE_PRF_DERIVE_PARAMS){prf, data_as_key, rekey, ni, 16, nr, 16, 7};
}

static void known_first_keys(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE prf;
		CK_BBOOL data_as_key, rekey;
		const char *right;
	} rows[] = {
		{CKM_SHA256_HMAC, CK_TRUE, CK_FALSE, "9373c765cffdf476307096cc9662c6bacc745a868f894a885c36d0337cc8a147"},
		{CKM_SHA256_HMAC, CK_FALSE, CK_FALSE, "8a5d4fb190a665e5034d1ec3cb90f1cfc178484b6fa1bc7dfe7f8d3ada89ca4a"},
		{CKM_SHA256_HMAC, CK_FALSE, CK_TRUE, "68d378b9720cdbd8a58cba3eeb9f7b0f08db6317603ff9d171ceddf07c0a48b1"},
		{CKM_SHA_1_HMAC, CK_FALSE, CK_FALSE, "daf5b36cd89d8be2e31c59ac682bf42719feaec1"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_IKE_PRF_DERIVE_PARAMS p = first_params(rows[i].prf, rows[i].data_as_key, rows[i].rekey);
		const CK_MECHANISM m = {CKM_IKE_PRF_DERIVE, &p, sizeof(p)};

		check(&m, 0, rows[i].right);
		check(&m, strlen(rows[i].right) / 2, rows[i].right);
	}
}

static void a_first_key_has_the_length_of_the_function(void **state)
{
	CK_IKE_PRF_DERIVE_PARAMS p = first_params(CKM_SHA256_HMAC, CK_FALSE, CK_FALSE);
	const CK_MECHANISM m = {CKM_IKE_PRF_DERIVE, &p, sizeof(p)};
	struct buf got = {0};

	(void)state;
	assert_int_equal(derive(&m, 31, &got), CKR_KEY_SIZE_RANGE);
	assert_int_equal(derive(&m, 33, &got), CKR_KEY_SIZE_RANGE);
	assert_int_equal(derive(&m, 32, &got), CKR_OK);
	buf_free(&got);
}

static void a_template_without_type_gets_the_functions(void **state)
{
	CK_IKE_PRF_DERIVE_PARAMS p = first_params(CKM_SHA384_HMAC, CK_FALSE, CK_FALSE);
	const CK_MECHANISM m = {CKM_IKE_PRF_DERIVE, &p, sizeof(p)}, none = {CKM_IKE_PRF_DERIVE, NULL, 0};

	(void)state;
	assert_int_equal(mech_find(CKM_IKE_PRF_DERIVE)->derive->key_type(&m), CKK_SHA384_HMAC);
	assert_int_equal(mech_find(CKM_IKE_PRF_DERIVE)->derive->key_type(&none), CKK_GENERIC_SECRET);
	assert_int_equal(mech_find(CKM_IKE1_PRF_DERIVE)->derive->key_type(&m), CK_UNAVAILABLE_INFORMATION);
}

static void keys_of_other_types_are_refused(void **state)
{
	CK_IKE_PRF_DERIVE_PARAMS p = first_params(CKM_SHA256_HMAC, CK_FALSE, CK_TRUE);
	const CK_MECHANISM m = {CKM_IKE_PRF_DERIVE, &p, sizeof(p)};
	struct buf got = {0};

	(void)state;
	assert_int_equal(derive_as(&m, CKK_SHA256_HMAC, CKK_GENERIC_SECRET, 0, &got), CKR_OK);
	assert_int_equal(derive_as(&m, CKK_SHA384_HMAC, CKK_GENERIC_SECRET, 0, &got), CKR_KEY_TYPE_INCONSISTENT);
	assert_int_equal(derive_as(&m, CKK_AES, CKK_GENERIC_SECRET, 0, &got), CKR_KEY_TYPE_INCONSISTENT);
	assert_int_equal(derive_as(&m, CKK_SHA256_HMAC, CKK_SHA256_HMAC, 0, &got), CKR_KEY_TYPE_INCONSISTENT);
	p = first_params(CKM_SHA256_HMAC, CK_TRUE, CK_FALSE);
	assert_int_equal(derive_as(&m, CKK_SHA256_HMAC, CKK_GENERIC_SECRET, 0, &got), CKR_KEY_TYPE_INCONSISTENT);
	buf_free(&got);
}

static void first_parameters_that_are_none_are_refused(void **state)
{
	CK_IKE_PRF_DERIVE_PARAMS p = first_params(CKM_SHA256_HMAC, CK_TRUE, CK_TRUE);
	CK_MECHANISM m = {CKM_IKE_PRF_DERIVE, &p, sizeof(p)};
	struct buf got = {0};

	(void)state;
	assert_int_equal(derive(&m, 0, &got), CKR_ARGUMENTS_BAD);
	p = first_params(CKM_SHA256_HMAC, 2, CK_FALSE);
	assert_int_equal(derive(&m, 0, &got), CKR_MECHANISM_PARAM_INVALID);
	p = first_params(CKM_SHA256, CK_FALSE, CK_FALSE);
	assert_int_equal(derive(&m, 0, &got), CKR_MECHANISM_PARAM_INVALID);
	p = first_params(CKM_SHA256_HMAC, CK_FALSE, CK_FALSE);
	p.pNr = NULL;
	assert_int_equal(derive(&m, 0, &got), CKR_MECHANISM_PARAM_INVALID);
	p.ulNrLen = p.ulNiLen = 0;
	assert_int_equal(derive(&m, 0, &got), CKR_MECHANISM_PARAM_INVALID);
	p = first_params(CKM_SHA256_HMAC, CK_FALSE, CK_TRUE);
	p.hNewKey = CK_INVALID_HANDLE;
	assert_int_equal(derive(&m, 0, &got), CKR_KEY_HANDLE_INVALID);
	m.ulParameterLen -= 8;
	assert_int_equal(derive(&m, 0, &got), CKR_MECHANISM_PARAM_INVALID);
	buf_free(&got);
}

/* ---- IKEv1 --------------------------------------------------------------------------------- */

static void known_next_keys(void **state)
{
	CK_IKE1_PRF_DERIVE_PARAMS p = {CKM_SHA256_HMAC, CK_FALSE, 7, 0, ni, 16, nr, 16, 0};
	const CK_MECHANISM m = {CKM_IKE1_PRF_DERIVE, &p, sizeof(p)};
	struct buf got = {0};

	(void)state;
	check(&m, 0, "7f23837e76bdb7e43cd23316366acfeb63e7b4a97606f1b08f62fb6a547e02cd");
	assert_int_equal(derive(&m, 16, &got), CKR_OK);
	assert_int_equal(got.len, 16);
	assert_int_equal(derive(&m, 33, &got), CKR_KEY_SIZE_RANGE);
	p.bHasPrevKey = CK_TRUE;
	assert_int_equal(derive(&m, 0, &got), CKR_KEY_HANDLE_INVALID);
	p.hPrevKey = 8;
	p.keyNumber = 1;
	check(&m, 0, "ac701c9730d8f73982b2727f9b796aa2b3bb2b42ce6d076774b9d52a52d0fe11");
	p.bHasPrevKey = 2;
	assert_int_equal(derive(&m, 0, &got), CKR_MECHANISM_PARAM_INVALID);
	p.bHasPrevKey = CK_FALSE;
	p.pCKYi = NULL;
	assert_int_equal(derive(&m, 0, &got), CKR_MECHANISM_PARAM_INVALID);
	buf_free(&got);
}

static void known_extended_keys(void **state)
{
	CK_IKE1_EXTENDED_DERIVE_PARAMS bare = {CKM_SHA256_HMAC, CK_FALSE, 0, NULL, 0}, data = {CKM_SHA256_HMAC, CK_FALSE, 0, seed, 9};
	CK_IKE1_EXTENDED_DERIVE_PARAMS key = {CKM_SHA256_HMAC, CK_TRUE, 7, seed, 9}, none = {CKM_SHA256_HMAC, CK_FALSE, 0, NULL, 9};
	const CK_MECHANISM with[] = {
		{CKM_IKE1_EXTENDED_DERIVE, &bare, sizeof(bare)},
		{CKM_IKE1_EXTENDED_DERIVE, &data, sizeof(data)},
		{CKM_IKE1_EXTENDED_DERIVE, &key, sizeof(key)},
		{CKM_IKE1_EXTENDED_DERIVE, &none, sizeof(none)},
	};
	struct buf got = {0};

	(void)state;
	check(&with[0], 20, "000102030405060708090a0b0c0d0e0f10111213");
	check(&with[0], 70, "e711546e3faad4c7c4aa756bc26cad6abea8241984a0f6b0839c70ca61c4ef88d7d5b72e4532e11d1238fbcb0854c7dbc4802dd4f3bf5180f3a6df775161d8db982cc2e67236");
	check(&with[1], 20, "81a6d7c8192e9f57bd6f81179e9bb8f51d52c38d");
	check(&with[2], 70, "6fedff3d27ff2a6f7ce1d9a5d815956931e365b2517786a3d74fe2a0e83179fdb5835e01605cc1cf3a56900720ddca8d2d58e5ed4e7e7c9caabc13536a6bbdebffcc4af21da8");
	assert_int_equal(derive(&with[3], 20, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(derive(&with[0], 0, &got), CKR_TEMPLATE_INCOMPLETE);
	assert_int_equal(derive(&with[0], 255 * 32, &got), CKR_OK);
	assert_int_equal(derive(&with[0], 255 * 32 + 1, &got), CKR_KEY_SIZE_RANGE);
	buf_free(&got);
}

/* ---- IKEv2 --------------------------------------------------------------------------------- */

static void known_long_keys(void **state)
{
	CK_IKE2_PRF_PLUS_DERIVE_PARAMS data = {CKM_SHA256_HMAC, CK_FALSE, 0, seed, 9}, key = {CKM_SHA256_HMAC, CK_TRUE, 7, seed, 9};
	CK_IKE2_PRF_PLUS_DERIVE_PARAMS none = {CKM_SHA256_HMAC, CK_FALSE, 0, NULL, 9}, no_handle = {CKM_SHA256_HMAC, CK_TRUE, 0, seed, 9};
	const CK_MECHANISM with[] = {
		{CKM_IKE2_PRF_PLUS_DERIVE, &data, sizeof(data)},
		{CKM_IKE2_PRF_PLUS_DERIVE, &key, sizeof(key)},
		{CKM_IKE2_PRF_PLUS_DERIVE, &none, sizeof(none)},
		{CKM_IKE2_PRF_PLUS_DERIVE, &no_handle, sizeof(no_handle)},
		{CKM_IKE2_PRF_PLUS_DERIVE, &data, sizeof(data) - 8},
	};
	struct buf got = {0};

	(void)state;
	check(&with[0], 80, "f3ffaa9678c12689699af8a66031b295972b4dc7c40ec2d7682727c948e5f91a6ba57ecf9d812f2c57829047cefd2ad7fac0f0576476137aefdda8ba7e5197a40d376d9795f69e7b517953812f5e3ec0");
	check(&with[1], 40, "20c00ebbd6e7ab9d0c8a804f3946e225a8b0f64db6b4647276f15253b62e210027864bf2a6711da7");
	assert_int_equal(derive(&with[2], 40, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(derive(&with[3], 40, &got), CKR_KEY_HANDLE_INVALID);
	assert_int_equal(derive(&with[4], 40, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(derive(&with[0], 0, &got), CKR_TEMPLATE_INCOMPLETE);
	assert_int_equal(derive(&with[0], 255 * 32, &got), CKR_OK);
	assert_int_equal(derive(&with[0], 255 * 32 + 1, &got), CKR_KEY_SIZE_RANGE);
	buf_free(&got);
}

/* ---- MACs of AES --------------------------------------------------------------------------- */

/* RFC 4434 section 5 and RFC 4615 section 4: keys of the cipher's length, shorter and longer ones. */
static void published_answers_of_the_aes_functions(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE prf;
		const char *key, *right;
	} rows[] = {
		{CKM_AES_XCBC_MAC, "000102030405060708090a0b0c0d0e0f", "47f51b4564966215b8985c63055ed308"},
		{CKM_AES_XCBC_MAC, "00010203040506070809", "0fa087af7d866e7653434e602fdde835"},
		{CKM_AES_XCBC_MAC, "000102030405060708090a0b0c0d0e0fedcb", "8cd3c93ae598a9803006ffb67c40e9e4"},
		{CKM_AES_CMAC, "000102030405060708090a0b0c0d0e0f", "980ae87b5f4c9c5214f5b6a8455e4c2d"},
		{CKM_AES_CMAC, "00010203040506070809", "290d9e112edb09ee141fcf64c0b72f3d"},
		{CKM_AES_CMAC, "000102030405060708090a0b0c0d0e0fedcb", "84a348a4a45d235babfffc0d2b4da09a"},
	};
	unsigned char message[20];

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (unsigned char)i;
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_IKE_PRF_DERIVE_PARAMS p = {rows[i].prf, CK_FALSE, CK_FALSE, message, 7, message + 7, 13, 0};
		const CK_MECHANISM m = {CKM_IKE_PRF_DERIVE, &p, sizeof(p)};
		struct mech_key *base = harness_key_hex(CKK_GENERIC_SECRET, rows[i].key);

		kit_check_derived(&m, base, 0, rows[i].right);
		mech_key_free(base);
	}
}

/* Worked out with another implementation of AES and of both functions. */
static const struct aes_answers {
	CK_MECHANISM_TYPE prf;
	const char *from_nonces, *from_key, *rekeyed, *next, *after, *bare, *extended, *plus, *plus_keyed;
} aes_answers[] = {
	{
		CKM_AES_XCBC_MAC,
		"3e05d5c6c2eed8e436a46a3dea67a461",
		"92621e62016bca108f45b8c0612e6a4e",
		"f4ec28c8d46c28a92b5b40f8849b9bbe",
		"900bbff77ecf7334ad8d67c9b8dbe106",
		"b880bbda11e16ab66f65b5ddec41b1a7",
		"c99517fc729fd66e0a0a10b6251d3c46de0affcf982695bcf0581d228f8a0abe7caaa9f4fc42b2da",
		"3f5b15632ee179a918276d2b2696c0ddba7a0759cdb177c07a759f3d51889209fc4af37d4508bb95",
		"9a451256ae3c93f135f15dfe18711086b89296c916a8addb863a924ae7232bdae5efba1610c62493",
		"7728127490504f77af06f0836cc9afc55aaf2e67451324c61bd1c3c29c39fd4714085b8571e6d3b3",
	},
	{
		CKM_AES_CMAC,
		"ea45b07332c466e2f29d2d796a832446",
		"8a914eb15434deefb3bb62338401a8ce",
		"d23bc3c32888caf6c332d65a218ffb2b",
		"3271977bebb78dfe055ad558ad57f485",
		"b78cdd7762e978b529610c1e36e31198",
		"6cde21e585acbeb8ca13b1bd6007cb308a2de05cc3964a4052faadf382f5600473160ba949822135",
		"0a02bb5305024f4dc26621153b00dfed9543633f02da5bd1b0160f32397158ef79f3c59e00472545",
		"5b9730d4858c2aa6759d47545c9e8cd38c4e36b92f52873172732e621d775f7c4d27471605e05996",
		"fcb256f809366796ee638fd667df80948ac9aca038a554e6f50ffe67ee6a1e1bfb884263f21ebd5c",
	},
};

static void known_keys_by_macs_of_aes(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(aes_answers); i++) {
		const struct aes_answers *a = &aes_answers[i];
		CK_IKE_PRF_DERIVE_PARAMS nonces = first_params(a->prf, CK_TRUE, CK_FALSE), key = first_params(a->prf, CK_FALSE, CK_FALSE);
		CK_IKE_PRF_DERIVE_PARAMS rekey = first_params(a->prf, CK_FALSE, CK_TRUE);
		CK_IKE1_PRF_DERIVE_PARAMS next = {a->prf, CK_FALSE, 7, 0, ni, 16, nr, 16, 0}, after = {a->prf, CK_TRUE, 7, 8, ni, 16, nr, 16, 1};
		CK_IKE1_EXTENDED_DERIVE_PARAMS bare = {a->prf, CK_FALSE, 0, NULL, 0}, extended = {a->prf, CK_TRUE, 7, seed, 9};
		CK_IKE2_PRF_PLUS_DERIVE_PARAMS plus = {a->prf, CK_FALSE, 0, seed, 9}, keyed = {a->prf, CK_TRUE, 7, seed, 9};

		check(&(CK_MECHANISM){CKM_IKE_PRF_DERIVE, &nonces, sizeof(nonces)}, 16, a->from_nonces);
		check(&(CK_MECHANISM){CKM_IKE_PRF_DERIVE, &key, sizeof(key)}, 0, a->from_key);
		check(&(CK_MECHANISM){CKM_IKE_PRF_DERIVE, &rekey, sizeof(rekey)}, 0, a->rekeyed);
		check(&(CK_MECHANISM){CKM_IKE1_PRF_DERIVE, &next, sizeof(next)}, 0, a->next);
		check(&(CK_MECHANISM){CKM_IKE1_PRF_DERIVE, &after, sizeof(after)}, 0, a->after);
		check(&(CK_MECHANISM){CKM_IKE1_EXTENDED_DERIVE, &bare, sizeof(bare)}, 40, a->bare);
		check(&(CK_MECHANISM){CKM_IKE1_EXTENDED_DERIVE, &extended, sizeof(extended)}, 40, a->extended);
		check(&(CK_MECHANISM){CKM_IKE2_PRF_PLUS_DERIVE, &plus, sizeof(plus)}, 40, a->plus);
		check(&(CK_MECHANISM){CKM_IKE2_PRF_PLUS_DERIVE, &keyed, sizeof(keyed)}, 40, a->plus_keyed);
	}
}

static void macs_of_aes_have_their_own_keys_and_lengths(void **state)
{
	CK_IKE_PRF_DERIVE_PARAMS p = first_params(CKM_AES_XCBC_MAC, CK_FALSE, CK_FALSE), short_mac = first_params(CKM_AES_XCBC_MAC_96, CK_FALSE, CK_FALSE);
	CK_IKE2_PRF_PLUS_DERIVE_PARAMS plus = {CKM_AES_CMAC, CK_FALSE, 0, seed, 9};
	const CK_MECHANISM first = {CKM_IKE_PRF_DERIVE, &p, sizeof(p)}, other = {CKM_IKE_PRF_DERIVE, &short_mac, sizeof(short_mac)};
	const CK_MECHANISM longer = {CKM_IKE2_PRF_PLUS_DERIVE, &plus, sizeof(plus)};
	struct buf got = {0};

	(void)state;
	assert_int_equal(mech_find(CKM_IKE_PRF_DERIVE)->derive->key_type(&first), CKK_AES);
	assert_int_equal(derive_as(&first, CKK_AES, CKK_GENERIC_SECRET, 16, &got), CKR_OK);
	assert_int_equal(derive_as(&first, CKK_SHA256_HMAC, CKK_GENERIC_SECRET, 16, &got), CKR_KEY_TYPE_INCONSISTENT);
	assert_int_equal(derive_as(&first, CKK_AES, CKK_GENERIC_SECRET, 24, &got), CKR_KEY_SIZE_RANGE);
	assert_int_equal(derive_as(&other, CKK_AES, CKK_GENERIC_SECRET, 12, &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(derive_as(&longer, CKK_AES, CKK_GENERIC_SECRET, 255 * 16, &got), CKR_OK);
	assert_int_equal(derive_as(&longer, CKK_AES, CKK_GENERIC_SECRET, 255 * 16 + 1, &got), CKR_KEY_SIZE_RANGE);
	buf_free(&got);
}

static void rows_are_whole(void **state)
{
	(void)state;
	harness_check_family(&mech_family_ike);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_first_keys),
		cmocka_unit_test(a_first_key_has_the_length_of_the_function),
		cmocka_unit_test(a_template_without_type_gets_the_functions),
		cmocka_unit_test(keys_of_other_types_are_refused),
		cmocka_unit_test(first_parameters_that_are_none_are_refused),
		cmocka_unit_test(known_next_keys),
		cmocka_unit_test(known_extended_keys),
		cmocka_unit_test(known_long_keys),
		cmocka_unit_test(published_answers_of_the_aes_functions),
		cmocka_unit_test(known_keys_by_macs_of_aes),
		cmocka_unit_test(macs_of_aes_have_their_own_keys_and_lengths),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
