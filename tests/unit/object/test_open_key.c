/* SPDX-License-Identifier: Apache-2.0 */
/* The open key: what is stored opens with the key of its store and for its token only, and moves to another store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* before cmocka, which has a macro fail() */
#include "base/log.h"

#include <cmocka.h>

#include <string.h>

#include "object/open_key.h"

static struct ossl *ossl;

static const struct bytes home = {(const unsigned char *)"the key of the store that it is in", 32};
static const struct bytes abroad = {(const unsigned char *)"the key of the store it moves into", 32};
static const struct bytes serial = {(const unsigned char *)"0123456789abcdef", 16};
static const struct bytes other_serial = {(const unsigned char *)"0123456789abcdeF", 16};

static int set_up(void **state)
{
	(void)state;
	return log_configure("off") && ossl_open(&ossl) == CKR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ossl_close(ossl);
	return 0;
}

static CK_RV unseal(struct bytes store_key, struct bytes of, const struct buf *sealed, struct secret *ret)
{
	CK_RV rv = open_key_unseal(ossl, store_key, of, buf_bytes(sealed), ret);
	if (rv != CKR_OK)
		assert_null(ret->data);
	return rv;
}

static void it_opens_in_its_store_and_for_its_token(void **state)
{
	struct secret key = {0}, read = {0};
	struct buf sealed = {0};
	(void)state;

	assert_int_equal(open_key_make(ossl, home, serial, &key, &sealed), CKR_OK);
	assert_int_equal(key.len, OPEN_KEY_SIZE);
	assert_int_equal(unseal(abroad, serial, &sealed, &read), CKR_DEVICE_ERROR);
	assert_int_equal(unseal(home, other_serial, &sealed, &read), CKR_DEVICE_ERROR);
	assert_int_equal(unseal(home, serial, &sealed, &read), CKR_OK);
	assert_true(secret_equal(secret_bytes(&read), secret_bytes(&key)));
	secret_free(&key);
	secret_free(&read);
	buf_free(&sealed);
}

static void each_token_has_another(void **state)
{
	struct secret one = {0}, two = {0};
	struct buf sealed[2] = {0};
	(void)state;

	assert_int_equal(open_key_make(ossl, home, serial, &one, &sealed[0]), CKR_OK);
	assert_int_equal(open_key_make(ossl, home, serial, &two, &sealed[1]), CKR_OK);
	assert_false(secret_equal(secret_bytes(&one), secret_bytes(&two)));
	secret_free(&one);
	secret_free(&two);
	buf_free(&sealed[0]);
	buf_free(&sealed[1]);
}

static void moved_it_opens_in_the_other_store_and_is_the_same(void **state)
{
	struct secret key = {0}, read = {0};
	struct buf here = {0}, there = {0};
	(void)state;

	assert_int_equal(open_key_make(ossl, home, serial, &key, &here), CKR_OK);
	assert_int_equal(open_key_seal(ossl, abroad, serial, secret_bytes(&key), &there), CKR_OK);
	assert_int_equal(unseal(home, serial, &there, &read), CKR_DEVICE_ERROR);
	assert_int_equal(unseal(abroad, serial, &there, &read), CKR_OK);
	assert_true(secret_equal(secret_bytes(&read), secret_bytes(&key)));
	secret_free(&key);
	secret_free(&read);
	buf_free(&here);
	buf_free(&there);
}

static void every_flipped_bit_and_every_cut_is_refused(void **state)
{
	struct secret key = {0}, read = {0};
	struct buf sealed = {0};
	(void)state;

	assert_int_equal(open_key_make(ossl, home, serial, &key, &sealed), CKR_OK);
	for (size_t bit = 0; bit < 8 * sealed.len; bit++) {
		sealed.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_int_equal(unseal(home, serial, &sealed, &read), CKR_DEVICE_ERROR);
		sealed.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	size_t whole = sealed.len;
	for (sealed.len = 0; sealed.len < whole; sealed.len++)
		assert_int_equal(unseal(home, serial, &sealed, &read), CKR_DEVICE_ERROR);
	assert_int_equal(unseal(home, serial, &sealed, &read), CKR_OK);
	secret_free(&key);
	secret_free(&read);
	buf_free(&sealed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_opens_in_its_store_and_for_its_token),
		cmocka_unit_test(each_token_has_another),
		cmocka_unit_test(moved_it_opens_in_the_other_store_and_is_the_same),
		cmocka_unit_test(every_flipped_bit_and_every_cut_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
