/* SPDX-License-Identifier: Apache-2.0 */
/* Text: padded fields, what is UTF-8 and what is not, hexadecimal. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void fields_are_padded_with_blanks_and_cut_between_characters(void **state unused)
{
	static const struct {
		const char *text, *field;
	} rows[] = {
		{"", "        "},
		{"abc", "abc     "},
		{"12345678", "12345678"},
		{"123456789", "12345678"},
		{"1234567\u00e4", "1234567 "},     /* two bytes, one of them past the end */
		{"12345\u20acx", "12345\u20ac"},   /* three bytes that just fit */
		{"123456\u20ac", "123456  "},
		{"12345\U0001f511", "12345   "},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		CK_UTF8CHAR field[9];
		memset(field, '#', sizeof(field));
		text_pad(field, 8, rows[i].text);
		assert_memory_equal(field, rows[i].field, 8);
		assert_int_equal(field[8], '#');
	}
}

static void well_formed_utf8_is_told_from_the_rest(void **state unused)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{"", true},
		{"plain", true},
		{"\xc2\x80", true},
		{"\xdf\xbf", true},
		{"\xe0\xa0\x80", true},
		{"\xed\x9f\xbf", true},
		{"\xee\x80\x80", true},
		{"\xef\xbf\xbf", true},
		{"\xf0\x90\x80\x80", true},
		{"\xf4\x8f\xbf\xbf", true},
		{"\x80", false},             /* a continuation alone */
		{"\xc0\xaf", false},         /* overlong */
		{"\xc1\xbf", false},
		{"\xe0\x9f\xbf", false},
		{"\xf0\x8f\xbf\xbf", false},
		{"\xed\xa0\x80", false},     /* a surrogate */
		{"\xf4\x90\x80\x80", false}, /* above U+10FFFF */
		{"\xf5\x80\x80\x80", false},
		{"\xff", false},
		{"a\xc3", false},            /* cut off */
		{"\xe2\x82", false},
		{"\xe2\x28\xa1", false},
		{"\xf0\x9f\x94", false},
		{"\xf0\x9f\x94x", false},
	};
	for (size_t i = 0; i < array_len(rows); i++)
		assert_int_equal(text_utf8_valid(bytes_of(rows[i].text, strlen(rows[i].text))), rows[i].valid);
	assert_true(text_utf8_valid(bytes_of("a\0b", 3)));
}

static void hexadecimal_is_lower_case(void **state unused)
{
	char text[9];
	text_hex(bytes_of("\x00\x9f\xa0\xff", 4), text);
	assert_string_equal(text, "009fa0ff");
	text_hex(bytes_of(NULL, 0), text);
	assert_string_equal(text, "");
}

static void percent_signs_are_undone_and_what_is_none_stays(void **state unused)
{
	static const struct {
		const char *in, *out;
	} rows[] = {{"", ""}, {"a%20b", "a b"}, {"%41%7a", "Az"}, {"100%", "100%"}, {"%4", "%4"}, {"%zz", "%zz"}, {"%C3%a4", "\u00e4"}};

	for (size_t i = 0; i < array_len(rows); i++) {
		char *text = text_percent_decode(bytes_of(rows[i].in, strlen(rows[i].in)));
		assert_non_null(text);
		assert_string_equal(text, rows[i].out);
		free(text);
	}
}

int main(void)
{
	static const struct CMUnitTest suite[] = {
		cmocka_unit_test(fields_are_padded_with_blanks_and_cut_between_characters),
		cmocka_unit_test(well_formed_utf8_is_told_from_the_rest),
		cmocka_unit_test(hexadecimal_is_lower_case),
		cmocka_unit_test(percent_signs_are_undone_and_what_is_none_stays),
	};
	return cmocka_run_group_tests(suite, NULL, NULL);
}
