/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave slots`: one line for each slot. */
#include <stdio.h>
#include <stdlib.h>

#include "names.h"
#include "p11.h"
#include "table.h"

static const char *pin_state(const CK_TOKEN_INFO *info)
{
	if (info->flags & CKF_USER_PIN_LOCKED)
		return "locked";
	if (info->flags & CKF_USER_PIN_FINAL_TRY)
		return "last try";
	if (info->flags & CKF_USER_PIN_COUNT_LOW)
		return "wrong tries";
	return info->flags & CKF_USER_PIN_INITIALIZED ? "set" : "not set";
}

static enum status add(struct p11 *p, struct table *t, CK_SLOT_ID slot)
{
	CK_TOKEN_INFO info;
	char number[24], label[64], serial[32];

	snprintf(number, sizeof(number), "%lu", slot);
	CK_RV rv = p->fn->C_GetTokenInfo(slot, &info);
	if (rv != CKR_OK)
		return table_add(t, (const char *const[]){number, "no token", names_rv(rv), "", ""});
	if ((info.flags & CKF_TOKEN_INITIALIZED) == 0)
		return table_add(t, (const char *const[]){number, "empty", "", "", ""});
	names_text(info.label, sizeof(info.label), label, sizeof(label));
	names_text(info.serialNumber, sizeof(info.serialNumber), serial, sizeof(serial));
	return table_add(t, (const char *const[]){number, "token", label, serial, pin_state(&info)});
}

enum status cmd_slots(const struct args *a)
{
	p11_scope p = {0};
	struct table t = {.columns = 5};
	CK_SLOT_ID *slots = NULL;
	CK_ULONG count = 0;

	try(p11_open(a, &p));
	try(p11_slots(&p, &slots, &count));
	enum status status = table_add(&t, (const char *const[]){"SLOT", "HOLDS", "LABEL", "SERIAL", "USER PIN"});
	for (CK_ULONG i = 0; i < count && status == DONE; i++)
		status = add(&p, &t, slots[i]);
	free(slots);
	if (status == DONE)
		table_print(&t);
	else
		table_free(&t);
	return status;
}
