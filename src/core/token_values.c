/* SPDX-License-Identifier: Apache-2.0 */
/* The names are collected first: nothing is changed during a walk. */
#include "core/token_values.h"

#include <string.h>

#include "store/store.h"

struct choice {
	token_value_chosen chosen;
	void *arg;
	struct buf names; /* each with its final zero */
};

static CK_RV collect(void *arg, const char *name, struct bytes value, uint64_t version unused)
{
	struct choice *c = arg;

	return c->chosen(c->arg, name, value) ? buf_append(&c->names, bytes_of(name, strlen(name) + 1)) : CKR_OK;
}

CK_RV token_values_remove(struct store *s, uint64_t token, token_value_chosen chosen, void *arg)
{
	struct choice c = {.chosen = chosen, .arg = arg};

	CK_RV rv = store_meta_walk(s, token, collect, &c);
	for (size_t at = 0; at < c.names.len && rv == CKR_OK; at += strlen((const char *)c.names.data + at) + 1)
		rv = store_meta_remove(s, token, (const char *)c.names.data + at);
	buf_free(&c.names);
	return rv;
}
