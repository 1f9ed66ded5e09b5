/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave version`: the tool, the module that it loads, and what the module implements. */
#include <stdio.h>

#include "names.h"
#include "p11.h"
#include "table.h"

enum status cmd_version(const struct args *a)
{
	p11_scope p = {0};
	CK_INFO info;
	char description[64];

	table_line("conclave", "%s", CONCLAVE_VERSION);
	try(p11_open(a, &p));
	try(p11_status(p.fn->C_GetInfo(&info), "no information"));
	names_text(info.libraryDescription, sizeof(info.libraryDescription), description, sizeof(description));
	table_line("module", "%s", p.path);
	table_line("library", "%s, version %d.%d", description, info.libraryVersion.major, info.libraryVersion.minor);
	table_line("PKCS#11", "%d.%d", info.cryptokiVersion.major, info.cryptokiVersion.minor);
	return DONE;
}
