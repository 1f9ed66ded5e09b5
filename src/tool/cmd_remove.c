/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave remove`: a token goes, with all its objects, when its SO says so; it asks before, unless --yes is there. */
#include <stdio.h>

#include "admin.h"

enum status cmd_remove(const struct args *a)
{
	__attribute__((cleanup(pin_wipe))) struct pin so = {0};
	CONCLAVE_FUNCTIONS *admin = NULL;
	p11_scope p = {0};
	char question[96];

	try(p11_open(a, &p));
	try(p11_choose_token(&p, a));
	snprintf(question, sizeof(question), "Remove the token in slot %lu with every object in it?", p.slot);
	if (!a->yes && !pin_confirm(question))
		return complain(FAILED, "nothing was removed (--yes removes without asking)");
	try(admin_find(&p, &admin));
	try(pin_read((struct pin_source){a->so_pin_file, a->so_pin_fd}, "SO PIN", &so));
	try(p11_status(admin->RemoveToken(p.slot, so.text, so.len), "the token is not removed"));
	printf("the token in slot %lu is removed\n", p.slot);
	return DONE;
}
