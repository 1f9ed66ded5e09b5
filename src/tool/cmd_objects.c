/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave objects`: one line for each object that the session may see. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <conclave.h>

#include "names.h"
#include "object.h"
#include "table.h"

static const struct {
	CK_ATTRIBUTE_TYPE type;
	const char *word;
} flag_rows[] = {
	{CKA_PRIVATE, "private"}, {CKA_SENSITIVE, "sensitive"}, {CKA_EXTRACTABLE, "extractable"}, {CKA_LOCAL, "local"},
	{CKA_ALWAYS_AUTHENTICATE, "always-authenticate"}, {CKA_TRUSTED, "trusted"}, {CKA_SIGN, "sign"}, {CKA_VERIFY, "verify"},
	{CKA_ENCRYPT, "encrypt"}, {CKA_DECRYPT, "decrypt"}, {CKA_WRAP, "wrap"}, {CKA_UNWRAP, "unwrap"}, {CKA_DERIVE, "derive"},
};

static void flags_of(struct p11 *p, CK_OBJECT_HANDLE o, char *ret, size_t size)
{
	size_t len = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < array_len(flag_rows); i++) {
		if (object_flag(p, o, flag_rows[i].type) && len + 24 < size)
			len += (size_t)snprintf(ret + len, size - len, "%s%s", len > 0 ? " " : "", flag_rows[i].word);
	}
	CK_ULONG uses = object_number(p, o, CKA_CONCLAVE_USES_LEFT);
	if (uses != CK_UNAVAILABLE_INFORMATION)
		snprintf(ret + len, size - len, "%suses-left:%lu", len > 0 ? " " : "", uses);
}

static enum status add(struct p11 *p, struct table *t, CK_OBJECT_HANDLE o)
{
	char kind[64], label[256], id[2 * OBJECT_MAX_ID + 1], flags[256];

	object_kind(p, o, kind, sizeof(kind));
	object_label(p, o, label, sizeof(label));
	object_id(p, o, id, sizeof(id));
	flags_of(p, o, flags, sizeof(flags));
	return table_add(t, (const char *const[]){names_class(object_number(p, o, CKA_CLASS)), kind, label, id, flags});
}

static enum status list(struct p11 *p, struct table *t, const CK_OBJECT_HANDLE *objects, size_t count)
{
	try(table_add(t, (const char *const[]){"CLASS", "KEY", "LABEL", "ID", "FLAGS"}));
	for (size_t i = 0; i < count; i++)
		try(add(p, t, objects[i]));
	table_print(t);
	return DONE;
}

enum status cmd_objects(const struct args *a)
{
	p11_scope p = {0};
	struct table t = {.columns = 5};
	bool login = p11_wants_login(a);
	CK_OBJECT_HANDLE *objects = NULL;
	size_t count = 0;

	try(p11_start(&p, a, false, login));
	try(object_find(&p, a, &objects, &count));
	enum status status = list(&p, &t, objects, count);
	free(objects);
	table_free(&t);
	if (status == DONE && !login)
		puts("\nOnly public objects are shown; private ones (most keys) with --login.");
	return status;
}
