/* SPDX-License-Identifier: Apache-2.0 */
/* Taking many of a token's values out of its store at once, chosen by name and content. Knows no value. */
#ifndef CONCLAVE_CORE_TOKEN_VALUES_H
#define CONCLAVE_CORE_TOKEN_VALUES_H

#include "base/bytes.h"

struct store;

typedef bool (*token_value_chosen)(void *arg, const char *name, struct bytes value);

/* Inside the caller's write transaction. Only for values that no set has (object/sets.h), or whose sets are made anew. */
must_check CK_RV token_values_remove(struct store *s, uint64_t token, token_value_chosen chosen, void *arg);

#endif
