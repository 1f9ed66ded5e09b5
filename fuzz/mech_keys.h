/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and templates for the mechanisms under the fuzzer: usual choices make what works. */
#ifndef CONCLAVE_FUZZ_MECH_KEYS_H
#define CONCLAVE_FUZZ_MECH_KEYS_H

#include "mech_forms.h"

void keys_open(struct ossl *ossl);

/* One key of a use, NULL when there is none; *owned: the caller's to free. */
const struct mech_key *keys_choose(struct input *in, const struct mech_row *row, bool private_half, bool *owned);
/* Another party's public value to agree with; empty when the key agrees with nobody. */
struct bytes keys_peer(const struct mech_key *base);

/* Class, type, and length when it is not 0. */
void keys_template(struct attr_list *ret, CK_OBJECT_CLASS object_class, CK_KEY_TYPE type, CK_ULONG length);
/* The same, but sometimes with another type or length. */
void keys_choose_template(struct input *in, struct attr_list *ret, CK_OBJECT_CLASS object_class, CK_KEY_TYPE type, CK_ULONG length);
/* For new domain parameters; with primes where the mechanism is given them. */
void keys_choose_group(struct input *in, struct attr_list *ret, const struct mech_row *row);
void keys_choose_pair(struct input *in, const struct mech_row *row, struct attr_list *public_list, struct attr_list *private_list);

#endif
