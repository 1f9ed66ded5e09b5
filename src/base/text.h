/* SPDX-License-Identifier: Apache-2.0 */
/* Text in the forms that PKCS#11 uses: blank-padded fields, UTF-8, hexadecimal. */
#ifndef CONCLAVE_BASE_TEXT_H
#define CONCLAVE_BASE_TEXT_H

#include "base/bytes.h"

/* Fills a field of size bytes with text, cut at a UTF-8 boundary, blank-padded, no NUL (§3.1.2). */
void text_pad(CK_UTF8CHAR *field, size_t size, const char *text);
/* Well-formed UTF-8 (RFC 3629), no overlong forms, no surrogates. */
bool text_utf8_valid(struct bytes s);
/* Lower-case hexadecimal with a final NUL; ret has room for 2*len+1. */
void text_hex(struct bytes in, char *ret);
/* A part of a URI with %XX undone (RFC 3986 §2.1), in new memory, with a final NUL; NULL without memory. */
char *text_percent_decode(struct bytes in);

#endif
