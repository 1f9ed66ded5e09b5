/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing: what was sealed opens, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "crypto/aead.h"

static struct ossl *ossl;
static const unsigned char key[AEAD_KEY_SIZE] = {1, 2, 3};

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

static struct bytes text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static struct buf seal(const char *aad, const char *plain)
{
	struct buf ret = {0};

	assert_int_equal(aead_seal(ossl, bytes_of(key, sizeof(key)), text(aad), text(plain), &ret), CKR_OK);
	assert_int_equal(ret.len, strlen(plain) + AEAD_OVERHEAD);
	return ret;
}

static CK_RV try_open(struct bytes k, const char *aad, struct bytes sealed)
{
	struct secret plain = {0};
	CK_RV rv = aead_open(ossl, k, text(aad), sealed, &plain);

	if (rv != CKR_OK)
		assert_null(plain.data);
	secret_free(&plain);
	return rv;
}

static void what_was_sealed_opens(void **state)
{
	static const char *const plains[] = {"", "x", "a secret of some length, longer than one block"};

	(void)state;
	for (size_t i = 0; i < array_len(plains); i++) {
		struct buf sealed = seal("about", plains[i]);
		struct secret plain;

		assert_int_equal(aead_open(ossl, bytes_of(key, sizeof(key)), text("about"), buf_bytes(&sealed), &plain), CKR_OK);
		assert_int_equal(plain.len, strlen(plains[i]));
		if (plain.len > 0)
			assert_memory_equal(plain.data, plains[i], plain.len);
		secret_free(&plain);
		buf_free(&sealed);
	}
}

static void it_is_appended(void **state)
{
	struct buf out = {0};

	(void)state;
	assert_int_equal(buf_append(&out, text("head")), CKR_OK);
	assert_int_equal(aead_seal(ossl, bytes_of(key, sizeof(key)), text(""), text("x"), &out), CKR_OK);
	assert_memory_equal(out.data, "head", 4);
	assert_int_equal(try_open(bytes_of(key, sizeof(key)), "", bytes_of(out.data + 4, out.len - 4)), CKR_OK);
	buf_free(&out);
}

static void nothing_else_opens(void **state)
{
	static const unsigned char other_key[AEAD_KEY_SIZE] = {1, 2, 4};
	struct buf sealed = seal("about", "plain");

	(void)state;
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 0x40;
		assert_int_equal(try_open(bytes_of(key, sizeof(key)), "about", buf_bytes(&sealed)), CKR_DATA_INVALID);
		sealed.data[i] ^= 0x40;
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_equal(try_open(bytes_of(key, sizeof(key)), "about", bytes_of(sealed.data, len)), CKR_DATA_INVALID);
	assert_int_equal(try_open(bytes_of(key, sizeof(key)), "abouT", buf_bytes(&sealed)), CKR_DATA_INVALID);
	assert_int_equal(try_open(bytes_of(other_key, sizeof(key)), "about", buf_bytes(&sealed)), CKR_DATA_INVALID);
	assert_int_equal(try_open(bytes_of(key, sizeof(key)), "about", buf_bytes(&sealed)), CKR_OK);
	buf_free(&sealed);
}

static void a_key_of_another_length_is_refused(void **state)
{
	struct buf sealed = {0};

	(void)state;
	assert_int_equal(aead_seal(ossl, bytes_of(key, 16), text(""), text("x"), &sealed), CKR_GENERAL_ERROR);
	assert_int_equal(sealed.len, 0);
	buf_free(&sealed);
	sealed = seal("", "x");
	assert_int_equal(try_open(bytes_of(key, 16), "", buf_bytes(&sealed)), CKR_GENERAL_ERROR);
	buf_free(&sealed);
}

static void one_text_is_never_sealed_alike(void **state)
{
	struct buf a = seal("", "the same"), b = seal("", "the same");

	(void)state;
	assert_memory_not_equal(a.data, b.data, 12);
	buf_free(&a);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sealed_opens),
		cmocka_unit_test(it_is_appended),
		cmocka_unit_test(nothing_else_opens),
		cmocka_unit_test(a_key_of_another_length_is_refused),
		cmocka_unit_test(one_text_is_never_sealed_alike),
	};

	return cmocka_run_group_tests(tests, open_ossl, close_ossl);
}
