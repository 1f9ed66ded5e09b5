/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave rename`: a token's label is changed by its SO; everything else stays. */
#include <stdio.h>
#include <string.h>

#include "admin.h"

enum status cmd_rename(const struct args *a)
{
	__attribute__((cleanup(pin_wipe))) struct pin so = {0};
	CONCLAVE_FUNCTIONS *admin = NULL;
	CK_UTF8CHAR label[32];
	p11_scope p = {0};

	if (a->label == NULL || a->label[0] == '\0' || strlen(a->label) > sizeof(label))
		return complain(USAGE, "--label names the token's new label, up to 32 bytes");
	memset(label, ' ', sizeof(label));
	memcpy(label, a->label, strlen(a->label));
	try(p11_open(a, &p));
	try(p11_choose_token(&p, a));
	try(admin_find(&p, &admin));
	try(pin_read((struct pin_source){a->so_pin_file, a->so_pin_fd}, "SO PIN", &so));
	try(p11_status(admin->RenameToken(p.slot, so.text, so.len, label), "the token is not renamed"));
	printf("the token in slot %lu is called \"%s\" now\n", p.slot, a->label);
	return DONE;
}
