/* SPDX-License-Identifier: Apache-2.0 */
/* SP 800-108 against what libcrypto's command line gives for the counter and feedback modes, and against values computed
 * from the definition by another program for the rest; several keys from one call; parameters that are none. */
#include "derive_kit.h"

extern const struct mech_family mech_family_sp800_108;

#define BASE "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define IV "0123456789abcdef0123456789abcdef"

static CK_SP800_108_COUNTER_FORMAT counter_32 = {CK_FALSE, 32};
static CK_SP800_108_DKM_LENGTH_FORMAT length_32 = {CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, CK_FALSE, 32};
static CK_BYTE label[] = "label", context[] = "context"; /* the NUL of the label is the separator */

#define COUNTER_FIELD {CK_SP800_108_ITERATION_VARIABLE, &counter_32, sizeof(counter_32)}
#define CHAIN_FIELD {CK_SP800_108_ITERATION_VARIABLE, NULL, 0}
#define OPTIONAL_FIELD {CK_SP800_108_COUNTER, &counter_32, sizeof(counter_32)}
#define FIXED_FIELDS \
	{CK_SP800_108_BYTE_ARRAY, label, 6}, {CK_SP800_108_BYTE_ARRAY, context, 7}, {CK_SP800_108_DKM_LENGTH, &length_32, sizeof(length_32)}

static void check(CK_MECHANISM_TYPE type, CK_MECHANISM_TYPE prf, CK_KEY_TYPE base_type, CK_PRF_DATA_PARAM *fields, CK_ULONG count,
                  const char *iv, const char *expected)
{
	struct mech_key *base = harness_key_hex(base_type, BASE);
	CK_SP800_108_KDF_PARAMS p = {prf, count, fields, 0, NULL};
	CK_SP800_108_FEEDBACK_KDF_PARAMS f = {prf, count, fields, strlen(iv), (CK_BYTE_PTR)(uintptr_t)iv, 0, NULL};
	bool feedback = type == CKM_SP800_108_FEEDBACK_KDF;
	CK_MECHANISM m = {type, feedback ? (void *)&f : (void *)&p, feedback ? sizeof(f) : sizeof(p)};

	kit_check_derived(&m, base, 80, expected);
	mech_key_free(base);
}

static void counter_mode(void **state)
{
	static const struct {
		CK_MECHANISM_TYPE prf;
		CK_KEY_TYPE base;
		const char *out;
	} rows[] = {
		{CKM_SHA256_HMAC, CKK_GENERIC_SECRET,
		 "793C8C6322234B76061BB6BE858D899CF6C2CF3A2CF075F22BED2B8A17D10FF1CD9A6CDFD6C0F4BCAEA6F6700B4DECC8"
		 "CB28A019968A859F4E2D4EC8C686DBD5A33E6943413E3DB9B6C04A28022F936E"},
		{CKM_SHA512_HMAC, CKK_GENERIC_SECRET,
		 "8615C967ECECC83BE26699C746900473707B951362EF81D8B565126B60A4C3EA4C59580E13E0D24276293658B333B798"
		 "FF9E59C493C364957E4A9753CB61D049557E9498038355F5C6511AF84821E6A7"},
		{CKM_SHA3_256_HMAC, CKK_GENERIC_SECRET,
		 "A7B5F3A536F46287C2D6E3879DB308090D3DE29BF2AC937577C9800F84FDEE77052D8FA810A199C523FFEFE63FD8EFE9"
		 "AD1D5E6AAF22CB76666F41C8EEFC2B427121D86E7184F2EE7FBFD95416FC0D1E"},
		{CKM_SHA_1_HMAC, CKK_GENERIC_SECRET,
		 "EC7DD77F60F19BAA42C3D84C7C4024CE93E1B9D5DDFA3CC1C7D05D8DFB2922D5063CDFF1958270CBF5B4F41AB5E7B625"
		 "18F0324316AF689458BDECF41E57157E2FB18BE561BC83D73C8809156161F94F"},
		{CKM_AES_CMAC, CKK_AES,
		 "BEF26CC6D81807A5627132501C637B0EA3CB167ACDA1064A0D22645F61CE2DD102A7F96DD6516E754C7F515BCD1FB7C6"
		 "343CD0425D1744D3B73E8F88D77C0AFF879FC682C367C51BA4A7F34CA41EB677"},
	};
	CK_PRF_DATA_PARAM fields[] = {COUNTER_FIELD, FIXED_FIELDS};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++)
		check(CKM_SP800_108_COUNTER_KDF, rows[i].prf, rows[i].base, fields, array_len(fields), "", rows[i].out);
}

static void feedback_mode(void **state)
{
	CK_PRF_DATA_PARAM fields[] = {CHAIN_FIELD, OPTIONAL_FIELD, FIXED_FIELDS};

	(void)state;
	check(CKM_SP800_108_FEEDBACK_KDF, CKM_SHA256_HMAC, CKK_GENERIC_SECRET, fields, array_len(fields), IV,
	      "8ffa8661927a5c15eed293b9cd6331481fbc2ee13d6474692d228b71e3dde4274bb5514b763840983dc2babc6409587c"
	      "4507da1147a83f4f363f5d1819d4f3c3ff9d6fc9e40a9cc30316ba3fabb8220d");
	check(CKM_SP800_108_FEEDBACK_KDF, CKM_SHA256_HMAC, CKK_GENERIC_SECRET, fields, array_len(fields), "",
	      "793c8c6322234b76061bb6be858d899cf6c2cf3a2cf075f22bed2b8a17d10ff10bb07cf7b8758165086f5a85c04fc239"
	      "377aaa64eab723012595cdf5bf71654b926b7a5a59a7173cd7ca93a525396526");
}

static void double_pipeline_mode(void **state)
{
	CK_PRF_DATA_PARAM with[] = {CHAIN_FIELD, OPTIONAL_FIELD, FIXED_FIELDS}, without[] = {CHAIN_FIELD, FIXED_FIELDS};

	(void)state;
	check(CKM_SP800_108_DOUBLE_PIPELINE_KDF, CKM_SHA256_HMAC, CKK_GENERIC_SECRET, with, array_len(with), "",
	      "35e297f71a608735462708a2acfcd32b04670e15f391bf71c25007e3c7197844e358b452f58f0e99c9c72b52cf05a811"
	      "8343c4f6c27cf10f08d1740a042dba90dae53703894d5a4400f069d177cd17d4");
	check(CKM_SP800_108_DOUBLE_PIPELINE_KDF, CKM_SHA256_HMAC, CKK_GENERIC_SECRET, without, array_len(without), "",
	      "f88db212d7566536c733dedee7975d334ea8d4f7b2276ebc8da52ccdf9fcb7911ad90b46b60dffa8bf7bca98e814cf74"
	      "ec9fd242a27e3c917ed579781d1c65131570da67fede0d4f7e54b336445798f8");
}

/* ---- more keys than one -------------------------------------------------------------------------- */

static struct attr_list second;

static CK_RV more_key(void *arg, CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR place, struct attr_list **ret)
{
	(void)arg;
	(void)place;
	for (CK_ULONG i = 0; i < count; i++)
		assert_int_equal(attr_list_set(&second, template[i].type, bytes_of(template[i].pValue, template[i].ulValueLen)), CKR_OK);
	*ret = &second;
	return CKR_OK;
}

static void check_two(CK_ULONG method, const char *one, const char *two)
{
	const struct mech_row *row = mech_find(CKM_SP800_108_COUNTER_KDF);
	struct mech_key *base = harness_key_hex(CKK_GENERIC_SECRET, BASE);
	struct buf right_one = harness_hex(one), right_two = harness_hex(two);
	CK_SP800_108_COUNTER_FORMAT counter = {CK_TRUE, 16};
	CK_SP800_108_DKM_LENGTH_FORMAT length = {method, CK_TRUE, 16};
	CK_PRF_DATA_PARAM fields[] = {{CK_SP800_108_ITERATION_VARIABLE, &counter, sizeof(counter)}, {CK_SP800_108_BYTE_ARRAY, label, 5},
	                              {CK_SP800_108_DKM_LENGTH, &length, sizeof(length)}};
	CK_ULONG len_16 = 16;
	CK_ATTRIBUTE template[] = {{CKA_VALUE_LEN, &len_16, sizeof(len_16)}};
	CK_OBJECT_HANDLE place;
	CK_DERIVED_KEY more[] = {{template, 1, &place}};
	CK_SP800_108_KDF_PARAMS p = {CKM_SHA256_HMAC, array_len(fields), fields, 1, more};
	CK_MECHANISM m = {CKM_SP800_108_COUNTER_KDF, &p, sizeof(p)};
	struct mech_env env = *harness_env();
	struct attr_list key = {0};
	struct bytes value = {0};

	env.more_key = more_key;
	assert_int_equal(attr_list_set_ulong(&key, CKA_VALUE_LEN, 48), CKR_OK);
	assert_int_equal(row->derive->key(&env, row, &m, base, &key), CKR_OK);
	assert_true(attr_list_get(&key, CKA_VALUE, &value));
	assert_true(bytes_equal(value, buf_bytes(&right_one)));
	assert_true(attr_list_get(&second, CKA_VALUE, &value));
	assert_true(bytes_equal(value, buf_bytes(&right_two)));
	attr_list_free(&key);
	attr_list_free(&second);
	mech_key_free(base);
	buf_free(&right_one);
	buf_free(&right_two);
}

/* The standard's example: 48 and 16 bytes are 512 bits of keys in 768 bits of segments (§6.42.6). */
static void two_keys_share_no_segment(void **state)
{
	(void)state;
	check_two(CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS,
	          "6ca25fe06aea530bc35d43999571d31a13b201247479ec3e04e4b5d27abc19f0f277abb4838c1c5e12fda8cc35f0063e",
	          "c148ea798a300bf3183c1949074def02");
	check_two(CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS,
	          "f5d1ae75c9c221c81477ac83e4ca8efef34ee50571c064e9d924c1208739eadf1f32244a2db038b6d5855110b67d2de5",
	          "73fe6f08dd395c6ec7f8eb4746310bd1");
}

/* ---- parameters ---------------------------------------------------------------------------------- */

static CK_RV with(CK_MECHANISM_TYPE type, CK_MECHANISM_TYPE prf, CK_PRF_DATA_PARAM *fields, CK_ULONG count, CK_ULONG len)
{
	struct mech_key *base = harness_key_hex(CKK_GENERIC_SECRET, BASE);
	CK_SP800_108_KDF_PARAMS p = {prf, count, fields, 0, NULL};
	CK_MECHANISM m = {type, &p, sizeof(p)};
	struct buf got = {0};
	CK_RV rv = kit_derive(&m, base, len, &got);

	buf_free(&got);
	mech_key_free(base);
	return rv;
}

static void bad_parameters_are_refused(void **state)
{
	CK_SP800_108_COUNTER_FORMAT narrow = {CK_FALSE, 8}, odd = {CK_FALSE, 12}, wide = {CK_FALSE, 40}, endless = {2, 8};
	CK_SP800_108_DKM_LENGTH_FORMAT unknown = {9, CK_FALSE, 32};
	CK_PRF_DATA_PARAM good[] = {COUNTER_FIELD, FIXED_FIELDS};
	CK_PRF_DATA_PARAM bad[][2] = {
		{{CK_SP800_108_BYTE_ARRAY, label, 5}, {CK_SP800_108_BYTE_ARRAY, label, 5}},
		{COUNTER_FIELD, COUNTER_FIELD},
		{COUNTER_FIELD, OPTIONAL_FIELD},
		{CHAIN_FIELD, {CK_SP800_108_BYTE_ARRAY, label, 5}},
		{{CK_SP800_108_ITERATION_VARIABLE, &odd, sizeof(odd)}, {CK_SP800_108_BYTE_ARRAY, label, 5}},
		{{CK_SP800_108_ITERATION_VARIABLE, &wide, sizeof(wide)}, {CK_SP800_108_BYTE_ARRAY, label, 5}},
		{{CK_SP800_108_ITERATION_VARIABLE, &endless, sizeof(endless)}, {CK_SP800_108_BYTE_ARRAY, label, 5}},
		{COUNTER_FIELD, {CK_SP800_108_DKM_LENGTH, &unknown, sizeof(unknown)}},
		{COUNTER_FIELD, {CK_SP800_108_DKM_LENGTH, NULL, 0}},
		{COUNTER_FIELD, {CK_SP800_108_BYTE_ARRAY, NULL, 5}},
		{COUNTER_FIELD, {CK_SP800_108_BYTE_ARRAY, label, 0}},
		{COUNTER_FIELD, {CK_SP800_108_KEY_HANDLE, label, 1}},
		{COUNTER_FIELD, {77, label, 5}},
	};
	CK_PRF_DATA_PARAM short_counter[] = {{CK_SP800_108_ITERATION_VARIABLE, &narrow, sizeof(narrow)}};

	(void)state;
	assert_int_equal(with(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC, good, 4, 80), CKR_OK);
	assert_int_equal(with(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC, good, 4, 0), CKR_TEMPLATE_INCOMPLETE);
	assert_int_equal(with(CKM_SP800_108_COUNTER_KDF, CKM_SHA256, good, 4, 80), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(with(CKM_SP800_108_COUNTER_KDF, CKM_AES_CMAC, good, 4, 80), CKR_KEY_TYPE_INCONSISTENT);
	assert_int_equal(with(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC, NULL, 4, 80), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(with(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC, good, 0, 80), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(with(CKM_SP800_108_FEEDBACK_KDF, CKM_SHA256_HMAC, good, 4, 80), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(with(CKM_SP800_108_DOUBLE_PIPELINE_KDF, CKM_SHA256_HMAC, good, 4, 80), CKR_MECHANISM_PARAM_INVALID);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(with(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC, bad[i], 2, 80), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(with(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC, short_counter, 1, 255 * 32), CKR_OK);
	assert_int_equal(with(CKM_SP800_108_COUNTER_KDF, CKM_SHA256_HMAC, short_counter, 1, 255 * 32 + 1), CKR_MECHANISM_PARAM_INVALID);
}

static void rows_are_whole(void **state)
{
	(void)state;
	harness_check_family(&mech_family_sp800_108);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counter_mode),
		cmocka_unit_test(feedback_mode),
		cmocka_unit_test(double_pipeline_mode),
		cmocka_unit_test(two_keys_share_no_segment),
		cmocka_unit_test(bad_parameters_are_refused),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
