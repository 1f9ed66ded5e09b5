/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-512/t against FIPS 180-4 for 224 and 256 bits, for other lengths against an independent SHA-512 with the initial
 * value of its section 5.3.6, HMAC with it likewise, and the lengths that there are. */
#include "mech_harness.h"

extern const struct mech_family mech_family_sha512_t;

static const struct row {
	CK_ULONG bits;
	const char *message;
	const char *digest;
} rows[] = {
	{224, "abc", "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"},
	{256, "abc", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
	{160, "abc", "0a74fe1b43eecbea62182658da8a68b8acef25bf"},
	{253, "abc", "f43a966eda98c1c62c7d9d5f28c0e41e73d0261f8389bcf3d202239b122355d0"},
	{1, "", "80"},
	{511, "abc",
	 "71a80c6a46fbd2d092522f3a5d7750b9daa2c59f2ff05dfde25cd68e53317f4e"
	 "79a080da3d4145b3fc2d8fe520cd787da4bb0165a90296a99a9a9b87994a087c"},
	{8, "", "79"},
};

static void published_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_MAC_GENERAL_PARAMS bits = rows[i].bits;
		CK_MECHANISM m = {CKM_SHA512_T, &bits, sizeof(bits)};
		struct buf digest = harness_hex(rows[i].digest);

		harness_check(MECH_DIGEST, &m, NULL, bytes_of(rows[i].message, strlen(rows[i].message)), buf_bytes(&digest));
		buf_free(&digest);
	}
}

static void hmac_answers(void **state)
{
	static const struct {
		CK_ULONG bits;
		const char *short_key, *long_key; /* cases 2 and 6 of RFC 4231 */
	} tags[] = {
		{224, "4a530b31a79ebcce36916546317c45f247d83241dfb818fd37254bde", "29bef8ce88b54d4226c3c7718ea9e32ace2429026f089e38cea9aeda"},
		{256, "6df7b24630d5ccb2ee335407081a87188c221489768fa2020513b2d593359456",
		 "87123c45f7c537a404f8f47cdbedda1fc9bec60eeb971982ce7ef10e774e6539"},
		{160, "b3065e82962af2f267cef13e5988fba2fb547e55", "d2c9c29642ba103e4e7ba5ab9bbc7152d864fc61"},
		{253, "5c25fc4a9adc420f8c79200d066df341a6a3d7796a8f75d6ca969849d067b4c0",
		 "e44bfe857f5ca07454b044f771d92cf0a609f2e719dfb0f3faea4d65ff83bd08"},
	};
	static const char question[] = "what do ya want for nothing?", test[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	unsigned char fill[131];

	(void)state;
	memset(fill, 0xaa, sizeof(fill));
	for (size_t i = 0; i < array_len(tags); i++) {
		struct mech_key *short_key = harness_key(CKK_GENERIC_SECRET, bytes_of("Jefe", 4));
		struct mech_key *long_key = harness_key(CKK_SHA512_T_HMAC, bytes_of(fill, sizeof(fill)));
		struct buf one = harness_hex(tags[i].short_key), other = harness_hex(tags[i].long_key);
		CK_MAC_GENERAL_PARAMS bits = tags[i].bits;
		CK_MECHANISM m = {CKM_SHA512_T_HMAC, &bits, sizeof(bits)};

		harness_check_tag(&m, short_key, bytes_of(question, strlen(question)), buf_bytes(&one));
		harness_check_tag(&m, long_key, bytes_of(test, strlen(test)), buf_bytes(&other));
		buf_free(&one);
		buf_free(&other);
		mech_key_free(short_key);
		mech_key_free(long_key);
	}
}

static void hmac_parameters(void **state)
{
	struct mech_key *key = harness_key(CKK_GENERIC_SECRET, bytes_of("Jefe", 4));
	CK_ULONG bits[2] = {0};
	struct mech_op op;

	(void)state;
	for (bits[0] = 0; bits[0] <= 520; bits[0]++) {
		CK_MECHANISM m = {CKM_SHA512_T_HMAC, bits, sizeof(bits[0])};
		bool fits = bits[0] > 0 && bits[0] < 512 && bits[0] != 384;

		assert_int_equal(harness_init(&op, MECH_SIGN, &m, key), fits ? CKR_OK : CKR_MECHANISM_PARAM_INVALID);
		if (fits)
			harness_end(&op);
	}
	CK_MECHANISM none = {CKM_SHA512_T_HMAC, NULL, 0}, small = {CKM_SHA512_T_HMAC, bits, sizeof(bits[0]) - 1};
	assert_int_equal(harness_init(&op, MECH_SIGN, &none, key), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(harness_init(&op, MECH_SIGN, &small, key), CKR_MECHANISM_PARAM_INVALID);
	mech_key_free(key);
}

static CK_RV init(void *param, CK_ULONG len)
{
	CK_MECHANISM m = {CKM_SHA512_T, param, len};
	struct mech_op op;
	CK_RV rv = harness_init(&op, MECH_DIGEST, &m, NULL);

	if (rv == CKR_OK)
		harness_end(&op);
	return rv;
}

static void lengths_outside_the_standards_are_refused(void **state)
{
	CK_ULONG bits[2] = {0};

	(void)state;
	for (bits[0] = 0; bits[0] <= 520; bits[0]++)
		assert_int_equal(init(bits, sizeof(bits[0])),
		                 bits[0] > 0 && bits[0] < 512 && bits[0] != 384 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID);
	bits[0] = 256;
	assert_int_equal(init(NULL, 0), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init(NULL, sizeof(bits[0])), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init(bits, sizeof(bits[0]) - 1), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(init(bits, sizeof(bits[0]) + 1), CKR_MECHANISM_PARAM_INVALID);
}

static void malformed_states_are_refused(void **state)
{
	CK_MAC_GENERAL_PARAMS bits = 160;
	CK_MECHANISM m = {CKM_SHA512_T, &bits, sizeof(bits)};
	struct buf saved = {0};
	struct mech_op op;

	(void)state;
	assert_int_equal(harness_init(&op, MECH_DIGEST, &m, NULL), CKR_OK);
	assert_int_equal(op.row->ops->save(&op, &saved), CKR_OK);
	assert_int_equal(op.row->ops->restore(&op, bytes_of(saved.data, saved.len - 1)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(op.row->ops->restore(&op, buf_bytes(&saved)), CKR_OK);
	harness_end(&op);
	assert_int_equal(op.row->ops->restore_params(&op, bytes_of("\x80\x01\0\0", 4)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(op.row->ops->restore_params(&op, bytes_of("\xa0\0\0", 3)), CKR_SAVED_STATE_INVALID);
	assert_int_equal(op.row->ops->restore_params(&op, bytes_of("\xa0\0\0\0", 4)), CKR_OK);
	harness_end(&op);
	buf_free(&saved);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_sha512_t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(hmac_answers),
		cmocka_unit_test(hmac_parameters),
		cmocka_unit_test(lengths_outside_the_standards_are_refused),
		cmocka_unit_test(malformed_states_are_refused),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
