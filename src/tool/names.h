/* SPDX-License-Identifier: Apache-2.0 */
/* The names that the standard gives to numbers, and text from a token made fit for a terminal. */
#ifndef CONCLAVE_TOOL_NAMES_H
#define CONCLAVE_TOOL_NAMES_H

#include "tool.h"

/* "CKR_PIN_INCORRECT"; "0x..." for what has no name. Static text, or a buffer that the next call uses again. */
const char *names_rv(CK_RV rv);
const char *names_mechanism(CK_MECHANISM_TYPE type);
const char *names_key_type(CK_KEY_TYPE type);
/* "private", ...: the words of --class. */
const char *names_class(CK_OBJECT_CLASS class);
bool names_class_from(const char *word, CK_OBJECT_CLASS *ret);

/* The set flags in words, blanks between; ret has room for size bytes. */
void names_mechanism_flags(CK_FLAGS flags, char *ret, size_t size);
void names_token_flags(CK_FLAGS flags, char *ret, size_t size);

/* A blank-padded field, or a label: trailing blanks cut off, control characters shown as '?'. ret has room for
 * size bytes; what is longer is cut at the boundary of a character. */
void names_text(const void *field, size_t len, char *ret, size_t size);

#endif
