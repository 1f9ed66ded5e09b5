/* SPDX-License-Identifier: Apache-2.0 */
/* Names of numbers, from tables made of the standard's constants (names.inc). Knows no meaning. */
#include "names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct name_row {
	CK_ULONG value;
	const char *name;
};

static const struct name_row rv_rows[] = {
#define RV(name) {name, #name},
#include "names.inc"
#undef RV
};

static const struct name_row mechanism_rows[] = {
#define MECHANISM(name) {name, #name},
#include "names.inc"
#undef MECHANISM
};

static const struct name_row key_type_rows[] = {
#define KEY_TYPE(name) {name, #name},
#include "names.inc"
#undef KEY_TYPE
};

static const struct name_row mechanism_flag_rows[] = {
#define MECHANISM_FLAG(name) {name, #name},
#include "names.inc"
#undef MECHANISM_FLAG
};

static const struct name_row token_flag_rows[] = {
#define TOKEN_FLAG(name) {name, #name},
#include "names.inc"
#undef TOKEN_FLAG
};

static const struct name_row class_rows[] = {
	{CKO_PRIVATE_KEY, "private"}, {CKO_PUBLIC_KEY, "public"}, {CKO_SECRET_KEY, "secret"},
	{CKO_CERTIFICATE, "certificate"}, {CKO_DATA, "data"}, {CKO_TRUST, "trust"},
	{CKO_DOMAIN_PARAMETERS, "parameters"}, {CKO_OTP_KEY, "otp"},
};

#define PREFIX_LEN 4 /* "CKK_" */

static const char *lookup(const struct name_row *rows, size_t count, CK_ULONG value)
{
	static char unknown[24];

	for (size_t i = 0; i < count; i++) {
		if (rows[i].value == value)
			return rows[i].name;
	}
	snprintf(unknown, sizeof(unknown), "0x%08lX", value);
	return unknown;
}

const char *names_rv(CK_RV rv)
{
	return lookup(rv_rows, array_len(rv_rows), rv);
}

const char *names_mechanism(CK_MECHANISM_TYPE type)
{
	return lookup(mechanism_rows, array_len(mechanism_rows), type);
}

const char *names_key_type(CK_KEY_TYPE type)
{
	const char *name = lookup(key_type_rows, array_len(key_type_rows), type);

	return strncmp(name, "CKK_", PREFIX_LEN) == 0 ? name + PREFIX_LEN : name;
}

const char *names_class(CK_OBJECT_CLASS class)
{
	return lookup(class_rows, array_len(class_rows), class);
}

bool names_class_from(const char *word, CK_OBJECT_CLASS *ret)
{
	for (size_t i = 0; i < array_len(class_rows); i++) {
		if (strcmp(class_rows[i].name, word) == 0) {
			*ret = class_rows[i].value;
			return true;
		}
	}
	return false;
}

/* CKF_GENERATE_KEY_PAIR becomes generate-key-pair. */
static size_t put_flag(const char *name, char *ret, size_t size)
{
	size_t len = 0;

	for (name += PREFIX_LEN; *name != '\0' && len + 1 < size; name++)
		ret[len++] = *name == '_' ? '-' : (char)tolower((unsigned char)*name);
	ret[len] = '\0';
	return len;
}

static void flags_text(const struct name_row *rows, size_t count, CK_FLAGS flags, char *ret, size_t size)
{
	size_t len = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < count && len + 2 < size; i++) {
		if ((flags & rows[i].value) == 0)
			continue;
		if (len > 0)
			ret[len++] = ' ';
		len += put_flag(rows[i].name, ret + len, size - len);
	}
}

void names_mechanism_flags(CK_FLAGS flags, char *ret, size_t size)
{
	flags_text(mechanism_flag_rows, array_len(mechanism_flag_rows), flags, ret, size);
}

void names_token_flags(CK_FLAGS flags, char *ret, size_t size)
{
	flags_text(token_flag_rows, array_len(token_flag_rows), flags, ret, size);
}

static bool continues(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

void names_text(const void *field, size_t len, char *ret, size_t size)
{
	const unsigned char *in = field;

	while (len > 0 && (in[len - 1] == ' ' || in[len - 1] == '\0'))
		len--;
	if (len >= size) {
		len = size - 1;
		while (len > 0 && continues(in[len]))
			len--;
	}
	for (size_t i = 0; i < len; i++)
		ret[i] = in[i] < 0x20 || in[i] == 0x7f ? '?' : (char)in[i];
	ret[len] = '\0';
}
