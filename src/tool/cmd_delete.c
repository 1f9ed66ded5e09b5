/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave delete`: destroys what --id, --label and --class name. One object, or a key pair and its certificate
 * (all of one ID), go without more ado; several only with --all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "object.h"

/* Have all the objects one and the same CKA_ID, that is not empty? */
static bool one_family(struct p11 *p, const CK_OBJECT_HANDLE *objects, size_t count)
{
	char first[2 * OBJECT_MAX_ID + 1], other[2 * OBJECT_MAX_ID + 1];

	if (count == 1)
		return true;
	object_id(p, objects[0], first, sizeof(first));
	for (size_t i = 1; i < count; i++) {
		object_id(p, objects[i], other, sizeof(other));
		if (first[0] == '\0' || strcmp(first, other) != 0)
			return false;
	}
	return true;
}

static enum status check(struct p11 *p, const struct args *a, const CK_OBJECT_HANDLE *objects, size_t count)
{
	char question[64];

	if (count == 0)
		return complain(MISSING, "no object of this description");
	if (!a->all && !one_family(p, objects, count))
		return complain(USAGE, "%zu objects of several IDs match: say --all, or be more exact", count);
	snprintf(question, sizeof(question), "Destroy %zu object%s for ever?", count, count == 1 ? "" : "s");
	if (!a->yes && !pin_confirm(question))
		return complain(FAILED, "nothing was destroyed (--yes destroys without asking)");
	return DONE;
}

static enum status destroy(struct p11 *p, CK_OBJECT_HANDLE o)
{
	char label[256], id[2 * OBJECT_MAX_ID + 1];
	CK_OBJECT_CLASS class = object_number(p, o, CKA_CLASS);

	object_label(p, o, label, sizeof(label));
	object_id(p, o, id, sizeof(id));
	try(p11_status(p->fn->C_DestroyObject(p->session, o), "%s '%s', id %s", names_class(class), label, id));
	printf("destroyed: %s '%s', id %s\n", names_class(class), label, id);
	return DONE;
}

enum status cmd_delete(const struct args *a)
{
	p11_scope p = {0};
	CK_OBJECT_HANDLE *objects = NULL;
	size_t count = 0;

	if (a->label == NULL && a->id == NULL && a->class == NULL)
		return complain(USAGE, "say what: --id, --label or --class");
	try(p11_start(&p, a, true, true));
	try(object_find(&p, a, &objects, &count));
	enum status status = check(&p, a, objects, count);
	for (size_t i = 0; i < count && status == DONE; i++)
		status = destroy(&p, objects[i]);
	free(objects);
	return status;
}
