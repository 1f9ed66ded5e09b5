/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave mechanisms`: name, key sizes and flags of each. */
#include <stdio.h>
#include <stdlib.h>

#include "args.h"
#include "names.h"
#include "p11.h"
#include "table.h"

static enum status add(struct p11 *p, struct table *t, CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_INFO info;
	char sizes[48] = "", flags[512];

	try(p11_status(p->fn->C_GetMechanismInfo(p->slot, type, &info), "%s", names_mechanism(type)));
	if (info.ulMaxKeySize != 0)
		snprintf(sizes, sizeof(sizes), "%lu-%lu", info.ulMinKeySize, info.ulMaxKeySize);
	names_mechanism_flags(info.flags, flags, sizeof(flags));
	return table_add(t, (const char *const[]){names_mechanism(type), sizes, flags});
}

static enum status list(struct p11 *p, struct table *t, const CK_MECHANISM_TYPE *types, CK_ULONG count)
{
	try(table_add(t, (const char *const[]){"MECHANISM", "KEY SIZES", "FLAGS"}));
	for (CK_ULONG i = 0; i < count; i++)
		try(add(p, t, types[i]));
	table_print(t);
	return DONE;
}

/* Mechanisms are told of an empty slot too. */
static enum status choose(struct p11 *p, const struct args *a)
{
	CK_SLOT_ID *slots = NULL;
	CK_ULONG count = 0;

	if (a->slot != NULL || a->token != NULL)
		return p11_choose_token(p, a);
	try(p11_slots(p, &slots, &count));
	p->slot = slots[0];
	free(slots);
	return DONE;
}

enum status cmd_mechanisms(const struct args *a)
{
	p11_scope p = {0};
	struct table t = {.columns = 3};
	CK_ULONG count = 0;

	try(p11_open(a, &p));
	try(choose(&p, a));
	try(p11_status(p.fn->C_GetMechanismList(p.slot, NULL, &count), "slot %lu", p.slot));
	CK_MECHANISM_TYPE *types = calloc(count + 1, sizeof(*types));
	if (types == NULL)
		return complain(FAILED, "out of memory");
	enum status status = p11_status(p.fn->C_GetMechanismList(p.slot, types, &count), "slot %lu", p.slot);
	if (status == DONE)
		status = list(&p, &t, types, count);
	free(types);
	table_free(&t);
	return status;
}
