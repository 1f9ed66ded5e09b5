/* SPDX-License-Identifier: Apache-2.0 */
/* The standard's names of its constants, read from tests/spec/constants.tsv. Knows no schema. */
#ifndef CONCLAVE_TESTS_SPEC_NAMES_H
#define CONCLAVE_TESTS_SPEC_NAMES_H

#include <stdbool.h>

#include "base/compiler.h"

/* Reads the table; a cmocka group setup. */
int spec_names_read(void **state);
bool spec_value(const char *name, CK_ULONG *ret);
/* The current name that begins with prefix ("CKK_"), or NULL. */
const char *spec_name(const char *prefix, CK_ULONG value);

#endif
