/* SPDX-License-Identifier: Apache-2.0 */
/* Key derivation: Argon2id against the reference implementation's own test, HKDF against RFC 5869. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "crypto/kdf.h"

static struct ossl *ossl;

static int open_ossl(void **state)
{
	(void)state;
	return ossl_open(&ossl) == CKR_OK ? 0 : 1;
}

static int close_ossl(void **state)
{
	(void)state;
	ossl_close(ossl);
	return 0;
}

static void check_hex(const unsigned char *got, size_t len, const char *want)
{
	char hex[2 * 64 + 1];

	text_hex(bytes_of(got, len), hex);
	assert_string_equal(hex, want);
}

static struct bytes text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static void argon2id_as_the_reference(void **state)
{
	static const struct {
		struct argon2_cost cost;
		const char *pin;
		const char *key;
	} rows[] = {
		{{256, 2, 1}, "password", "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"},
		{{256, 2, 2}, "password", "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"},
		{{65536, 2, 1}, "password", "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"},
		{{65536, 2, 1}, "differentpassword", "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde"},
	};
	unsigned char key[32];

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_RV rv = kdf_argon2id(ossl, &rows[i].cost, text(rows[i].pin), text("somesalt"), key, sizeof(key));

#ifdef CONCLAVE_OPENSSL_SYSTEM
		if (rv == CKR_FUNCTION_NOT_SUPPORTED)
			skip();
#endif
		assert_int_equal(rv, CKR_OK);
		check_hex(key, sizeof(key), rows[i].key);
	}
}

static void argon2id_refuses_a_cost_of_nothing(void **state)
{
	const struct argon2_cost cost = {256, 0, 1};
	unsigned char key[32];

	(void)state;
	assert_int_not_equal(kdf_argon2id(ossl, &cost, text("password"), text("somesalt"), key, sizeof(key)), CKR_OK);
}

static void hkdf_as_published(void **state)
{
	static const unsigned char salt[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	unsigned char in[22], out[42];

	(void)state;
	memset(in, 0x0b, sizeof(in));
	assert_int_equal(kdf_hkdf(ossl, bytes_of(in, sizeof(in)), bytes_of(salt, sizeof(salt)),
	                          "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9", out, sizeof(out)), CKR_OK);
	check_hex(out, sizeof(out), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
	assert_int_equal(kdf_hkdf(ossl, bytes_of(in, sizeof(in)), bytes_of(NULL, 0), "", out, sizeof(out)), CKR_OK);
	check_hex(out, sizeof(out), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

static void hkdf_refuses_more_than_it_can_give(void **state)
{
	static unsigned char out[255 * 32 + 1];

	(void)state;
	assert_int_equal(kdf_hkdf(ossl, text("key"), text("salt"), "x", out, sizeof(out) - 1), CKR_OK);
	assert_int_equal(kdf_hkdf(ossl, text("key"), text("salt"), "x", out, sizeof(out)), CKR_FUNCTION_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(argon2id_as_the_reference),
		cmocka_unit_test(argon2id_refuses_a_cost_of_nothing),
		cmocka_unit_test(hkdf_as_published),
		cmocka_unit_test(hkdf_refuses_more_than_it_can_give),
	};

	return cmocka_run_group_tests(tests, open_ossl, close_ossl);
}
