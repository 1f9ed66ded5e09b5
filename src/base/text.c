/* SPDX-License-Identifier: Apache-2.0 */
/* Text in the forms that PKCS#11 uses: blank-padded fields, UTF-8, hexadecimal.
 * Knows no locale: the host's setting must not change what a token says. */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

void text_pad(CK_UTF8CHAR *field, size_t size, const char *text)
{
	size_t len = strlen(text);
	if (len > size) {
		len = size;
		while (len > 0 && is_continuation((unsigned char)text[len]))
			len--;
	}
	memcpy(field, text, len);
	memset(field + len, ' ', size - len);
}

/* RFC 3629, section 4: by lead byte the length of the sequence and the range of its second byte;
 * the range is what shuts out overlong forms, surrogates and what lies above U+10FFFF. */
static const struct utf8_lead {
	unsigned char first, last;
	unsigned char second_min, second_max;
	unsigned char len;
} utf8_leads[] = {
	{.first = 0x00, .last = 0x7f, .len = 1},
	{.first = 0xc2, .last = 0xdf, .second_min = 0x80, .second_max = 0xbf, .len = 2},
	{.first = 0xe0, .last = 0xe0, .second_min = 0xa0, .second_max = 0xbf, .len = 3},
	{.first = 0xe1, .last = 0xec, .second_min = 0x80, .second_max = 0xbf, .len = 3},
	{.first = 0xed, .last = 0xed, .second_min = 0x80, .second_max = 0x9f, .len = 3},
	{.first = 0xee, .last = 0xef, .second_min = 0x80, .second_max = 0xbf, .len = 3},
	{.first = 0xf0, .last = 0xf0, .second_min = 0x90, .second_max = 0xbf, .len = 4},
	{.first = 0xf1, .last = 0xf3, .second_min = 0x80, .second_max = 0xbf, .len = 4},
	{.first = 0xf4, .last = 0xf4, .second_min = 0x80, .second_max = 0x8f, .len = 4},
};

/* The length of the well-formed character at the front of s, 0 when there is none. */
static size_t utf8_char_len(struct bytes s)
{
	for (size_t i = 0; i < array_len(utf8_leads); i++) {
		const struct utf8_lead *lead = &utf8_leads[i];
		if (s.data[0] < lead->first || s.data[0] > lead->last)
			continue;
		if (lead->len == 1)
			return 1;
		if (lead->len > s.len || s.data[1] < lead->second_min || s.data[1] > lead->second_max)
			return 0;
		for (size_t j = 2; j < lead->len; j++) {
			if (!is_continuation(s.data[j]))
				return 0;
		}
		return lead->len;
	}
	return 0;
}

bool text_utf8_valid(struct bytes s)
{
	while (s.len > 0) {
		size_t len = utf8_char_len(s);
		if (len == 0)
			return false;
		s = bytes_of(s.data + len, s.len - len);
	}
	return true;
}

void text_hex(struct bytes in, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < in.len; i++) {
		ret[2 * i] = digits[in.data[i] >> 4];
		ret[2 * i + 1] = digits[in.data[i] & 15];
	}
	ret[2 * in.len] = '\0';
}

static int hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *text_percent_decode(struct bytes in)
{
	char *ret = malloc(in.len + 1);
	size_t out = 0;

	if (ret == NULL)
		return NULL;
	for (size_t i = 0; i < in.len; i++) {
		int high = in.data[i] == '%' && in.len - i > 2 ? hex_digit(in.data[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(in.data[i + 2]) : -1;
		ret[out++] = low >= 0 ? (char)(high * 16 + low) : (char)in.data[i];
		if (low >= 0)
			i += 2;
	}
	ret[out] = '\0';
	return ret;
}
