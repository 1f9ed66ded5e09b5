/* SPDX-License-Identifier: Apache-2.0 */
/* DER pieces: what is written is read back, and what no DER encoder writes is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "crypto/der.h"

#define BYTES(...) bytes_of((const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__}))

static void lengths_are_written_in_their_shortest_form(void **state)
{
	static const struct {
		size_t len;
		unsigned char head[5];
		size_t head_len;
	} rows[] = {
		{0, {0x04, 0x00}, 2},
		{127, {0x04, 0x7f}, 2},
		{128, {0x04, 0x81, 0x80}, 3},
		{255, {0x04, 0x81, 0xff}, 3},
		{256, {0x04, 0x82, 0x01, 0x00}, 4},
		{65535, {0x04, 0x82, 0xff, 0xff}, 4},
		{65536, {0x04, 0x83, 0x01, 0x00, 0x00}, 5},
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		unsigned char *content = calloc(1, rows[i].len + 1);
		struct buf b = {0};
		struct bytes back = {0};

		assert_int_equal(der_put(&b, DER_OCTET_STRING, bytes_of(content, rows[i].len)), CKR_OK);
		assert_int_equal(b.len, rows[i].head_len + rows[i].len);
		assert_memory_equal(b.data, rows[i].head, rows[i].head_len);
		assert_true(der_only(buf_bytes(&b), DER_OCTET_STRING, &back));
		assert_int_equal(back.len, rows[i].len);
		assert_false(der_only(bytes_of(b.data, b.len - 1), DER_OCTET_STRING, &back));
		buf_free(&b);
		free(content);
	}
}

static void what_no_encoder_writes_is_refused(void **state)
{
	struct bytes content;

	(void)state;
	assert_false(der_only(bytes_of(NULL, 0), 0x04, &content));
	assert_false(der_only(BYTES(0x04), 0x04, &content));
	assert_false(der_only(BYTES(0x04, 0x01), 0x04, &content));
	assert_false(der_only(BYTES(0x04, 0x00), 0x05, &content));
	assert_false(der_only(BYTES(0x04, 0x80, 0x00, 0x00), 0x04, &content));
	assert_false(der_only(BYTES(0x04, 0x81, 0x01, 0xaa), 0x04, &content));
	assert_false(der_only(BYTES(0x04, 0x82, 0x00, 0x01, 0xaa), 0x04, &content));
	assert_false(der_only(BYTES(0x04, 0x84, 0x00, 0x00, 0x00, 0x01, 0xaa), 0x04, &content));
	assert_false(der_only(BYTES(0x04, 0xff), 0x04, &content));
	assert_false(der_only(BYTES(0x04, 0x01, 0xaa, 0xbb), 0x04, &content));
	assert_true(der_only(BYTES(0x04, 0x01, 0xaa), 0x04, &content));
}

static void taking_advances_only_on_success(void **state)
{
	struct bytes in = BYTES(0x02, 0x01, 0x05, 0x04, 0x02, 0xaa);
	const struct bytes whole = in;
	struct bytes content = {0};

	(void)state;
	assert_false(der_take(&in, DER_OCTET_STRING, &content));
	assert_ptr_equal(in.data, whole.data);
	assert_true(der_take(&in, DER_INTEGER, &content));
	assert_int_equal(content.len, 1);
	assert_int_equal(in.len, 3);
	assert_false(der_take(&in, DER_OCTET_STRING, &content));
	assert_int_equal(in.len, 3);
}

static void check_unsigned(struct bytes number, struct bytes want)
{
	struct buf b = {0};

	assert_int_equal(der_put_unsigned(&b, number), CKR_OK);
	assert_true(bytes_equal(buf_bytes(&b), want));
	buf_free(&b);
}

static void numbers_are_never_negative(void **state)
{
	(void)state;
	check_unsigned(bytes_of(NULL, 0), BYTES(0x02, 0x01, 0x00));
	check_unsigned(BYTES(0x00, 0x00), BYTES(0x02, 0x01, 0x00));
	check_unsigned(BYTES(0x7f), BYTES(0x02, 0x01, 0x7f));
	check_unsigned(BYTES(0x80), BYTES(0x02, 0x02, 0x00, 0x80));
	check_unsigned(BYTES(0x00, 0x00, 0x80), BYTES(0x02, 0x02, 0x00, 0x80));
}

static void bit_strings_have_whole_bytes(void **state)
{
	struct buf b = {0};
	struct bytes content = {0};

	(void)state;
	assert_int_equal(der_put_bits(&b, BYTES(0xaa)), CKR_OK);
	assert_true(bytes_equal(buf_bytes(&b), BYTES(0x03, 0x02, 0x00, 0xaa)));
	assert_true(der_bits(BYTES(0x00, 0xaa), &content));
	assert_true(bytes_equal(content, BYTES(0xaa)));
	assert_false(der_bits(BYTES(0x01, 0xaa), &content));
	assert_false(der_bits(bytes_of(NULL, 0), &content));
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_written_in_their_shortest_form),
		cmocka_unit_test(what_no_encoder_writes_is_refused),
		cmocka_unit_test(taking_advances_only_on_success),
		cmocka_unit_test(numbers_are_never_negative),
		cmocka_unit_test(bit_strings_have_whole_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
