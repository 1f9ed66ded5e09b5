/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave token`: what C_GetTokenInfo says of one token. */
#include <stdio.h>

#include "names.h"
#include "p11.h"
#include "table.h"

static void limit(const char *name, CK_ULONG n)
{
	if (n == CK_UNAVAILABLE_INFORMATION)
		table_line(name, "not told");
	else if (n == CK_EFFECTIVELY_INFINITE)
		table_line(name, "no limit");
	else
		table_line(name, "%lu", n);
}

static void text(const char *name, const void *field, size_t len)
{
	char shown[64];

	names_text(field, len, shown, sizeof(shown));
	table_line(name, "%s", shown);
}

enum status cmd_token(const struct args *a)
{
	p11_scope p = {0};
	CK_TOKEN_INFO info;
	char flags[512];

	try(p11_open(a, &p));
	try(p11_choose_token(&p, a));
	try(p11_status(p.fn->C_GetTokenInfo(p.slot, &info), "slot %lu", p.slot));
	table_line("slot", "%lu", p.slot);
	text("label", info.label, sizeof(info.label));
	text("serial number", info.serialNumber, sizeof(info.serialNumber));
	text("manufacturer", info.manufacturerID, sizeof(info.manufacturerID));
	text("model", info.model, sizeof(info.model));
	table_line("firmware", "%d.%d", info.firmwareVersion.major, info.firmwareVersion.minor);
	table_line("PIN length", "%lu to %lu bytes", info.ulMinPinLen, info.ulMaxPinLen);
	limit("session limit", info.ulMaxSessionCount);
	limit("read/write limit", info.ulMaxRwSessionCount);
	names_token_flags(info.flags, flags, sizeof(flags));
	table_line("flags", "%s", flags);
	return DONE;
}
