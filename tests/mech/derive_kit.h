/* SPDX-License-Identifier: Apache-2.0 */
/* Derivations for the mechanism tests: a base key, a parameter, a template of a key type and a length; the value that
 * comes out. Knows no mechanism's answers. */
#ifndef CONCLAVE_TESTS_MECH_DERIVE_KIT_H
#define CONCLAVE_TESTS_MECH_DERIVE_KIT_H

#include "mech_harness.h"

/* The mechanism's part of C_DeriveKey for a generic secret; len 0 for no CKA_VALUE_LEN. *ret_value is replaced. */
CK_RV kit_derive(const CK_MECHANISM *m, const struct mech_key *base, CK_ULONG len, struct buf *ret_value);
/* The same for a key of this type and class. */
CK_RV kit_derive_as(const CK_MECHANISM *m, const struct mech_key *base, CK_OBJECT_CLASS object_class, CK_KEY_TYPE type, CK_ULONG len,
                    struct buf *ret_value);
/* It works and gives these bytes (hexadecimal). */
void kit_check_derived(const CK_MECHANISM *m, const struct mech_key *base, CK_ULONG len, const char *expected);
/* What mech_env.find_key gives for any handle but CK_INVALID_HANDLE, from now on; NULL for nothing. */
void kit_name_key(const struct mech_key *key);

#endif
