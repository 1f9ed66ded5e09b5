/* SPDX-License-Identifier: Apache-2.0 */
/* HKDF against RFC 5869, appendix A, and whole files of Project Wycheproof; each half alone; parameters that are none. */
#include "derive_kit.h"
#include "mech_secret.h"
#include "mech_vectors.h"

extern const struct mech_family mech_family_hkdf;

static CK_MECHANISM hkdf(CK_HKDF_PARAMS *p, CK_MECHANISM_TYPE hash, struct bytes salt, struct bytes info)
{
	*p = (CK_HKDF_PARAMS){.bExtract = CK_TRUE,
	                      .bExpand = CK_TRUE,
	                      .prfHashMechanism = hash,
	                      .ulSaltType = salt.len > 0 ? CKF_HKDF_SALT_DATA : CKF_HKDF_SALT_NULL,
	                      .pSalt = (CK_BYTE_PTR)(uintptr_t)salt.data,
	                      .ulSaltLen = salt.len,
	                      .pInfo = (CK_BYTE_PTR)(uintptr_t)info.data,
	                      .ulInfoLen = info.len};
	return (CK_MECHANISM){CKM_HKDF_DERIVE, p, sizeof(*p)};
}

#define IKM "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
#define SALT "000102030405060708090a0b0c"
#define INFO "f0f1f2f3f4f5f6f7f8f9"
#define PRK "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
#define OKM "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"

static void both_halves_together_and_alone(void **state)
{
	struct buf salt = harness_hex(SALT), info = harness_hex(INFO), got = {0};
	struct mech_key *ikm = harness_key_hex(CKK_GENERIC_SECRET, IKM), *prk = harness_key_hex(CKK_HKDF, PRK);
	CK_HKDF_PARAMS p;
	CK_MECHANISM m = hkdf(&p, CKM_SHA256, buf_bytes(&salt), buf_bytes(&info));

	(void)state;
	kit_check_derived(&m, ikm, 42, OKM);
	p.bExpand = CK_FALSE;
	kit_check_derived(&m, ikm, 0, PRK);
	kit_check_derived(&m, ikm, 32, PRK);
	assert_int_equal(kit_derive(&m, ikm, 33, &got), CKR_TEMPLATE_INCONSISTENT);
	p.bExpand = CK_TRUE;
	p.bExtract = CK_FALSE;
	kit_check_derived(&m, prk, 42, OKM);
	/* Expanding from less than the hash gives would be weaker than it says. */
	assert_int_equal(kit_derive(&m, ikm, 42, &got), CKR_KEY_SIZE_RANGE);
	mech_key_free(ikm);
	mech_key_free(prk);
	buf_free(&salt);
	buf_free(&info);
	buf_free(&got);
}

static void salt_from_a_key(void **state)
{
	struct buf info = harness_hex(INFO), got = {0};
	struct mech_key *ikm = harness_key_hex(CKK_GENERIC_SECRET, IKM), *salt = harness_key_hex(CKK_GENERIC_SECRET, SALT);
	CK_HKDF_PARAMS p;
	CK_MECHANISM m = hkdf(&p, CKM_SHA256, (struct bytes){0}, buf_bytes(&info));

	(void)state;
	p.ulSaltType = CKF_HKDF_SALT_KEY;
	p.hSaltKey = 7;
	kit_name_key(salt);
	kit_check_derived(&m, ikm, 42, OKM);
	kit_name_key(NULL);
	assert_int_equal(kit_derive(&m, ikm, 42, &got), CKR_KEY_HANDLE_INVALID);
	mech_key_free(ikm);
	mech_key_free(salt);
	buf_free(&info);
	buf_free(&got);
}

static void bad_parameters_are_refused(void **state)
{
	struct mech_key *ikm = harness_key_hex(CKK_GENERIC_SECRET, IKM);
	struct buf got = {0};
	CK_HKDF_PARAMS p;
	CK_MECHANISM m = hkdf(&p, CKM_SHA256, (struct bytes){0}, (struct bytes){0});

	(void)state;
	assert_int_equal(kit_derive(&m, ikm, 16, &got), CKR_OK);
	assert_int_equal(kit_derive(&m, ikm, 0, &got), CKR_TEMPLATE_INCOMPLETE);
	assert_int_equal(kit_derive(&m, ikm, 255 * 32, &got), CKR_OK);
	assert_int_equal(kit_derive(&m, ikm, 255 * 32 + 1, &got), CKR_TEMPLATE_INCONSISTENT);
	for (CK_ULONG len = 0; len < sizeof(p); len += 8) {
		m.ulParameterLen = len;
		assert_int_equal(kit_derive(&m, ikm, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	}
	static const struct {
		CK_BBOOL extract, expand;
		CK_MECHANISM_TYPE hash;
		CK_ULONG salt_type, salt_len, info_len;
	} bad[] = {
		{0, 0, CKM_SHA256, CKF_HKDF_SALT_NULL, 0, 0},   {2, 1, CKM_SHA256, CKF_HKDF_SALT_NULL, 0, 0},
		{1, 1, CKM_AES_CBC, CKF_HKDF_SALT_NULL, 0, 0},  {1, 1, CKM_SHA256_HMAC, CKF_HKDF_SALT_NULL, 0, 0},
		{1, 1, CKM_SHA256, 0, 0, 0},                    {1, 1, CKM_SHA256, 99, 0, 0},
		{1, 1, CKM_SHA256, CKF_HKDF_SALT_DATA, 5, 0},   {1, 1, CKM_SHA256, CKF_HKDF_SALT_NULL, 0, 5},
	};
	for (size_t i = 0; i < array_len(bad); i++) {
		m = hkdf(&p, bad[i].hash, (struct bytes){0}, (struct bytes){0});
		p.bExtract = bad[i].extract;
		p.bExpand = bad[i].expand;
		p.ulSaltType = bad[i].salt_type;
		p.ulSaltLen = bad[i].salt_len;
		p.ulInfoLen = bad[i].info_len;
		assert_int_equal(kit_derive(&m, ikm, 16, &got), CKR_MECHANISM_PARAM_INVALID);
	}
	mech_key_free(ikm);
	buf_free(&got);
}

static void replay(const struct vector *v, CK_MECHANISM_TYPE hash)
{
	struct buf ikm = vector_hex(v, "ikm"), salt = vector_hex(v, "salt"), info = vector_hex(v, "info"), okm = vector_hex(v, "okm"), got = {0};
	struct bytes size = {0};
	CK_HKDF_PARAMS p;
	CK_MECHANISM m = hkdf(&p, hash, buf_bytes(&salt), buf_bytes(&info));

	assert_true(vector_find(v, "size", &size));
	CK_ULONG len = strtoul((const char *)size.data, NULL, 10);
	struct mech_key *key = harness_key(CKK_GENERIC_SECRET, buf_bytes(&ikm));
	CK_RV rv = kit_derive(&m, key, len, &got);
	if (vector_is(v, "result", "valid")) {
		assert_int_equal(rv, CKR_OK);
		assert_int_equal(got.len, okm.len);
		assert_memory_equal(got.data, okm.data, okm.len);
	} else {
		assert_int_equal(rv, CKR_TEMPLATE_INCONSISTENT);
	}
	mech_key_free(key);
	buf_free(&ikm);
	buf_free(&salt);
	buf_free(&info);
	buf_free(&okm);
	buf_free(&got);
}

static void replay_256(const struct vector *v)
{
	replay(v, CKM_SHA256);
}

static void replay_512(const struct vector *v)
{
	replay(v, CKM_SHA512);
}

static void wycheproof_sha256(void **state)
{
	(void)state;
	vectors_replay("hkdf_sha256_test.json", replay_256);
}

static void wycheproof_sha512(void **state)
{
	(void)state;
	vectors_replay("hkdf_sha512_test.json", replay_512);
}

static void keys_are_generated(void **state)
{
	(void)state;
	secret_check_generated(CKM_HKDF_KEY_GEN, CKK_HKDF, 32);
	secret_check_no_parameter(CKM_HKDF_KEY_GEN, 32);
	assert_int_equal(secret_generate(CKM_HKDF_KEY_GEN, 0), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void rows_are_whole(void **state)
{
	(void)state;
	harness_check_family(&mech_family_hkdf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_halves_together_and_alone),
		cmocka_unit_test(salt_from_a_key),
		cmocka_unit_test(bad_parameters_are_refused),
		cmocka_unit_test(wycheproof_sha256),
		cmocka_unit_test(wycheproof_sha512),
		cmocka_unit_test(keys_are_generated),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
