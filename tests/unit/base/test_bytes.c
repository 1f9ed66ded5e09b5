/* SPDX-License-Identifier: Apache-2.0 */
/* Byte strings: encodings that go to disk, reading that never runs over the end, secrets. */
#include "base/bytes.h"
#include "base/log.h" /* before cmocka, whose fail is another */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define assert_ok(expr) assert_string_equal(rv_name(expr), "CKR_OK")

static void numbers_are_little_endian(void **state unused)
{
	static const unsigned char expected[] = {0x01, 0x05, 0x04, 0x03, 0x02, 0x0d, 0x0c, 0x0b, 0x0a, 0x09, 0x08, 0x07, 0x06};
	struct buf b = {0};
	assert_ok(buf_put_u8(&b, 0x01));
	assert_ok(buf_put_u32(&b, 0x02030405));
	assert_ok(buf_put_u64(&b, 0x060708090a0b0c0du));
	assert_int_equal(b.len, sizeof(expected));
	assert_memory_equal(b.data, expected, sizeof(expected));
	struct bytes in = buf_bytes(&b);
	uint8_t u8;
	uint32_t u32;
	uint64_t u64;
	assert_true(bytes_take_u8(&in, &u8) && u8 == 0x01);
	assert_true(bytes_take_u32(&in, &u32) && u32 == 0x02030405);
	assert_true(bytes_take_u64(&in, &u64) && u64 == 0x060708090a0b0c0du);
	assert_int_equal(in.len, 0);
	buf_free(&b);
}

static void a_buffer_grows_and_keeps_what_it_has(void **state unused)
{
	struct buf b = {0};
	for (unsigned i = 0; i < 5000; i++)
		assert_ok(buf_put_u32(&b, i));
	struct bytes in = buf_bytes(&b);
	for (uint32_t i = 0, v; i < 5000; i++)
		assert_true(bytes_take_u32(&in, &v) && v == i);
	buf_wipe_free(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
}

static void an_impossible_size_is_refused_and_changes_nothing(void **state unused)
{
	struct buf b = {0};
	assert_ok(buf_put_u8(&b, 7));
	unsigned char *data = b.data;
	assert_string_equal(rv_name(buf_reserve(&b, SIZE_MAX)), "CKR_HOST_MEMORY");
	assert_string_equal(rv_name(buf_reserve(&b, SIZE_MAX / 2)), "CKR_HOST_MEMORY");
	assert_ptr_equal(b.data, data);
	assert_int_equal(b.len, 1);
	buf_free(&b);
}

static void blobs_come_back(void **state unused)
{
	struct buf b = {0};
	struct bytes first, second;
	assert_ok(buf_put_blob(&b, bytes_of("abc", 3)));
	assert_ok(buf_put_blob(&b, bytes_of(NULL, 0)));
	struct bytes in = buf_bytes(&b);
	assert_true(bytes_take_blob(&in, &first));
	assert_true(bytes_take_blob(&in, &second));
	assert_true(bytes_equal(first, bytes_of("abc", 3)));
	assert_int_equal(second.len, 0);
	assert_int_equal(in.len, 0);
	buf_free(&b);
}

static void reading_past_the_end_is_refused_and_moves_nothing(void **state unused)
{
	static const unsigned char raw[] = {4, 0, 0, 0, 'a', 'b', 'c'};
	struct bytes in = bytes_of(raw, sizeof(raw)), taken;
	uint64_t u64;
	assert_false(bytes_take_blob(&in, &taken));
	assert_false(bytes_take_u64(&in, &u64));
	assert_false(bytes_take(&in, 8, &taken));
	assert_ptr_equal(in.data, raw);
	assert_int_equal(in.len, sizeof(raw));
	for (size_t len = 0; len < 4; len++) {
		struct bytes cut = bytes_of(raw, len);
		uint32_t u32;
		assert_false(bytes_take_u32(&cut, &u32));
		assert_int_equal(cut.len, len);
	}
	struct bytes nothing = {0};
	assert_true(bytes_take(&nothing, 0, &taken));
}

static void equality_is_of_length_and_content(void **state unused)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {{"", "", true}, {"a", "a", true}, {"a", "b", false}, {"a", "ab", false}, {"ba", "bb", false}};
	for (size_t i = 0; i < array_len(rows); i++) {
		struct bytes a = bytes_of(rows[i].a, strlen(rows[i].a)), b = bytes_of(rows[i].b, strlen(rows[i].b));
		assert_int_equal(bytes_equal(a, b), rows[i].equal);
		assert_int_equal(secret_equal(a, b), rows[i].equal);
	}
	assert_true(bytes_equal(bytes_of(NULL, 0), bytes_of("x", 0)));
}

static void secrets_start_as_zero_and_are_copies(void **state unused)
{
	struct secret s, copy;
	assert_ok(secret_new(100, &s));
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(s.data[i], 0);
	memset(s.data, 0x5a, s.len);
	assert_ok(secret_dup(secret_bytes(&s), &copy));
	assert_true(secret_equal(secret_bytes(&s), secret_bytes(&copy)));
	assert_ptr_not_equal(s.data, copy.data);
	secret_free(&s);
	assert_null(s.data);
	assert_int_equal(copy.data[99], 0x5a);
	secret_free(&copy);
	secret_free(&copy);
}

static void an_empty_secret_has_an_address(void **state unused)
{
	struct secret s;
	assert_ok(secret_dup(bytes_of(NULL, 0), &s));
	assert_non_null(s.data);
	assert_int_equal(s.len, 0);
	secret_free(&s);
}

static void wiping_leaves_zeros(void **state unused)
{
	unsigned char data[3] = {1, 2, 3};
	wipe(data, 2);
	assert_memory_equal(data, ((const unsigned char[]){0, 0, 3}), 3);
	wipe(NULL, 0);
}

int main(void)
{
	static const struct CMUnitTest suite[] = {
		cmocka_unit_test(numbers_are_little_endian),
		cmocka_unit_test(a_buffer_grows_and_keeps_what_it_has),
		cmocka_unit_test(an_impossible_size_is_refused_and_changes_nothing),
		cmocka_unit_test(blobs_come_back),
		cmocka_unit_test(reading_past_the_end_is_refused_and_moves_nothing),
		cmocka_unit_test(equality_is_of_length_and_content),
		cmocka_unit_test(secrets_start_as_zero_and_are_copies),
		cmocka_unit_test(an_empty_secret_has_an_address),
		cmocka_unit_test(wiping_leaves_zeros),
	};
	log_configure("off");
	return cmocka_run_group_tests(suite, NULL, NULL);
}
