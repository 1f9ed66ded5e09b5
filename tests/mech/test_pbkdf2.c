/* SPDX-License-Identifier: Apache-2.0 */
/* PBKDF2 against RFC 6070, values computed by another program, and whole files of Project Wycheproof; parameters that are
 * none; a caller that has had enough. */
#include "mech_harness.h"
#include "mech_vectors.h"

extern const struct mech_family mech_family_pbkdf2;

static CK_RV generate(CK_PKCS5_PBKD2_PARAMS2 *p, CK_ULONG param_len, CK_ULONG len, const struct mech_env *env, struct buf *ret)
{
	const struct mech_row *row = mech_find(CKM_PKCS5_PBKD2);
	CK_MECHANISM m = {CKM_PKCS5_PBKD2, p, param_len};
	struct attr_list key = {0};
	struct bytes value = {0};

	assert_int_equal(attr_list_set_ulong(&key, CKA_KEY_TYPE, CKK_GENERIC_SECRET), CKR_OK);
	if (len > 0)
		assert_int_equal(attr_list_set_ulong(&key, CKA_VALUE_LEN, len), CKR_OK);
	CK_RV rv = row->gen->key(env, row, &m, &key);
	ret->len = 0;
	assert_true(attr_list_get(&key, CKA_VALUE, &value) == (rv == CKR_OK));
	if (rv == CKR_OK)
		assert_int_equal(buf_append(ret, value), CKR_OK);
	attr_list_free(&key);
	return rv;
}

static CK_PKCS5_PBKD2_PARAMS2 params(CK_ULONG prf, CK_ULONG rounds, struct bytes password, struct bytes salt)
{
	return (CK_PKCS5_PBKD2_PARAMS2){CKZ_SALT_SPECIFIED, (CK_VOID_PTR)(uintptr_t)salt.data, salt.len, rounds, prf, NULL, 0,
	                                (CK_UTF8CHAR_PTR)(uintptr_t)password.data, password.len};
}

static void known_answers(void **state)
{
	static const struct {
		CK_ULONG prf, rounds;
		const char *out;
	} rows[] = {
		{CKP_PKCS5_PBKD2_HMAC_SHA1, 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"},
		{CKP_PKCS5_PBKD2_HMAC_SHA1, 4096, "4b007901b765489abead49d926f721d065a429c1"},
		{CKP_PKCS5_PBKD2_HMAC_SHA224, 3, "947cf079cfc7f2016dcd7ec418840443edaabb90c496f98cabeec4bfb1a5a4aaff68cca92cf05a6d"},
		{CKP_PKCS5_PBKD2_HMAC_SHA384, 3,
		 "1bfb451b6087e5d24eeffb57d7284448da95b581d35a1887d9a6e756af559b1fb4798a4529502f87cdf71f435d66d25e344483fb1f24ab37be82ed35"},
		{CKP_PKCS5_PBKD2_HMAC_SHA512, 3,
		 "b6b07cb2cebf4ad84468391a543824fccffe0e0769dbe6bddf10a65673c4b648e612d44918f9ce9a19a1294cf5140628084ba994c3b21a4ef474"
		 "1220b811c633cfc0641fccbc"},
		{CKP_PKCS5_PBKD2_HMAC_SHA512_224, 3, "635aed8aaa4449ea97f7119b559de27ab73a3f614d617a62e700ea72e3f18c9b4f4021c964445624"},
		{CKP_PKCS5_PBKD2_HMAC_SHA512_256, 3, "9fa42ea03f8f8ac08be344def79d9c031e8f773f20a1061f5f38b37f01d32943ddc662e95a95dd1e"},
	};
	struct buf got = {0};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct buf right = harness_hex(rows[i].out);
		CK_PKCS5_PBKD2_PARAMS2 p = params(rows[i].prf, rows[i].rounds, bytes_of("password", 8), bytes_of("salt", 4));

		assert_int_equal(generate(&p, sizeof(p), right.len, harness_env(), &got), CKR_OK);
		assert_memory_equal(got.data, right.data, right.len);
		buf_free(&right);
	}
	buf_free(&got);
}

static void bad_parameters_are_refused(void **state)
{
	CK_PKCS5_PBKD2_PARAMS2 good = params(CKP_PKCS5_PBKD2_HMAC_SHA256, 2, bytes_of("password", 8), bytes_of("salt", 4)), p = good;
	struct buf got = {0};

	(void)state;
	assert_int_equal(generate(&p, sizeof(p), 20, harness_env(), &got), CKR_OK);
	assert_int_equal(generate(&p, sizeof(p), 0, harness_env(), &got), CKR_TEMPLATE_INCOMPLETE);
	assert_int_equal(generate(&p, sizeof(p) - 1, 20, harness_env(), &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(generate(NULL, sizeof(p), 20, harness_env(), &got), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(generate(NULL, 0, 20, harness_env(), &got), CKR_MECHANISM_PARAM_INVALID);
#define REFUSED(change)     \
	p = good;           \
	change;             \
	assert_int_equal(generate(&p, sizeof(p), 20, harness_env(), &got), CKR_MECHANISM_PARAM_INVALID)
	REFUSED(p.saltSource = 2);
	REFUSED(p.iterations = 0);
	REFUSED(p.iterations = ~0ul);
	REFUSED(p.prf = CKP_PKCS5_PBKD2_HMAC_GOSTR3411);
	REFUSED(p.prf = 99);
	REFUSED(p.ulPrfDataLen = 1);
	REFUSED(p.pSaltSourceData = NULL);
	REFUSED(p.pPassword = NULL);
	buf_free(&got);
}

static bool never_go_on(void *arg)
{
	(void)arg;
	return false;
}

static void long_work_can_be_ended(void **state)
{
	CK_PKCS5_PBKD2_PARAMS2 p = params(CKP_PKCS5_PBKD2_HMAC_SHA256, 50000000, bytes_of("password", 8), bytes_of("salt", 4));
	struct mech_env env = *harness_env();
	struct buf got = {0};

	(void)state;
	env.go_on = never_go_on;
	assert_int_equal(generate(&p, sizeof(p), 20, &env, &got), CKR_FUNCTION_CANCELED);
	buf_free(&got);
}

/* A few of the files' tests have so many rounds that they say more about patience. */
#define ROUNDS_MAX 5000

static void replay(const struct vector *v, CK_ULONG prf)
{
	struct buf password = vector_hex(v, "password"), salt = vector_hex(v, "salt"), dk = vector_hex(v, "dk"), got = {0};
	struct bytes rounds = {0};

	assert_true(vector_find(v, "iterationCount", &rounds));
	CK_PKCS5_PBKD2_PARAMS2 p = params(prf, strtoul((const char *)rounds.data, NULL, 10), buf_bytes(&password), buf_bytes(&salt));
	if (vector_is(v, "result", "valid") && p.iterations <= ROUNDS_MAX) {
		assert_int_equal(generate(&p, sizeof(p), dk.len, harness_env(), &got), CKR_OK);
		assert_memory_equal(got.data, dk.data, dk.len);
	}
	buf_free(&password);
	buf_free(&salt);
	buf_free(&dk);
	buf_free(&got);
}

static void replay_256(const struct vector *v)
{
	replay(v, CKP_PKCS5_PBKD2_HMAC_SHA256);
}

static void replay_512(const struct vector *v)
{
	replay(v, CKP_PKCS5_PBKD2_HMAC_SHA512);
}

static void wycheproof_sha256(void **state)
{
	(void)state;
	vectors_replay("pbkdf2_hmacsha256_test.json", replay_256);
}

static void wycheproof_sha512(void **state)
{
	(void)state;
	vectors_replay("pbkdf2_hmacsha512_test.json", replay_512);
}

static void rows_are_whole(void **state)
{
	(void)state;
	harness_check_family(&mech_family_pbkdf2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(bad_parameters_are_refused),
		cmocka_unit_test(long_work_can_be_ended),
		cmocka_unit_test(wycheproof_sha256),
		cmocka_unit_test(wycheproof_sha512),
		cmocka_unit_test(rows_are_whole),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
