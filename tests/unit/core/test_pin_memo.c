/* SPDX-License-Identifier: Apache-2.0 */
/* Remembered PINs: only the right one, only for the record that it was made of, only with this process's key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "core/pin_memo.h"
#include "crypto/ossl.h"

#include <cmocka.h>

static struct ossl *ossl;
static struct pin_memo memo;
static struct secret token_key;
static const unsigned char process[32] = {1, 2, 3}, another[32] = {3, 2, 1};

#define PIN(text) bytes_of(text, sizeof(text) - 1)

static int setup(void **state)
{
	(void)state;
	if (ossl_open(&ossl) != CKR_OK || pin_memo_init(&memo) != CKR_OK || secret_new(32, &token_key) != CKR_OK)
		return -1;
	token_key.data[0] = 42;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pin_memo_free(&memo);
	secret_free(&token_key);
	ossl_close(ossl);
	return 0;
}

static bool recalls(const unsigned char *key, const char *record, struct bytes pin)
{
	struct secret got = {0};

	bool known = pin_memo_recall(&memo, ossl, bytes_of(key, 32), bytes_of(record, strlen(record)), pin, &got);
	if (known)
		assert_true(secret_equal(secret_bytes(&got), secret_bytes(&token_key)));
	secret_free(&got);
	return known;
}

static void nothing_is_known_before_a_right_pin(void **state)
{
	(void)state;
	assert_false(recalls(process, "", PIN("1234")));
	assert_false(recalls(process, "record 1", PIN("1234")));
}

static void the_right_pin_gives_the_token_key(void **state)
{
	(void)state;
	pin_memo_keep(&memo, ossl, bytes_of(process, 32), PIN("record 7"), PIN("1234"), &token_key);

	assert_true(recalls(process, "record 7", PIN("1234")));
	assert_true(recalls(process, "record 7", PIN("1234")));
}

static void another_pin_is_not_recognised(void **state)
{
	(void)state;
	pin_memo_keep(&memo, ossl, bytes_of(process, 32), PIN("record 7"), PIN("1234"), &token_key);

	assert_false(recalls(process, "record 7", PIN("1235")));
	assert_false(recalls(process, "record 7", PIN("12345")));
	assert_false(recalls(process, "record 7", PIN("")));
}

static void a_changed_record_is_not_served(void **state)
{
	(void)state;
	pin_memo_keep(&memo, ossl, bytes_of(process, 32), PIN("record 7"), PIN("1234"), &token_key);

	assert_false(recalls(process, "record 8", PIN("1234")));
	assert_false(recalls(another, "record 7", PIN("1234")));
}

static void a_later_pin_takes_the_place_of_an_earlier_one(void **state)
{
	(void)state;
	pin_memo_keep(&memo, ossl, bytes_of(process, 32), PIN("record 7"), PIN("1234"), &token_key);
	pin_memo_keep(&memo, ossl, bytes_of(process, 32), PIN("record 8"), PIN("4321"), &token_key);

	assert_false(recalls(process, "record 7", PIN("1234")));
	assert_true(recalls(process, "record 8", PIN("4321")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_known_before_a_right_pin, setup, teardown),
		cmocka_unit_test_setup_teardown(the_right_pin_gives_the_token_key, setup, teardown),
		cmocka_unit_test_setup_teardown(another_pin_is_not_recognised, setup, teardown),
		cmocka_unit_test_setup_teardown(a_changed_record_is_not_served, setup, teardown),
		cmocka_unit_test_setup_teardown(a_later_pin_takes_the_place_of_an_earlier_one, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
