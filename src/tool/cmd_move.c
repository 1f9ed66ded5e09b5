/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave move`: a token leaves this store for another, when its SO says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moving.h"
#include "progress.h"

static enum status move(struct p11 *p, const struct args *a, CONCLAVE_FUNCTIONS *admin, struct pin *so)
{
	CK_UTF8CHAR *target = (CK_UTF8CHAR *)strdup(a->words[0]);
	CK_SLOT_ID slot = 0;
	struct progress bar;

	if (target == NULL)
		return complain(FAILED, "out of memory");
	progress_start(&bar, "move");
	CK_RV rv = admin->MoveToken(p->slot, so->text, so->len, target, &slot, &bar.shared);
	progress_stop(&bar);
	free(target);
	if (rv == CKR_ACTION_PROHIBITED)
		return complain(FAILED, "the other store has another version of this token; remove one of the two");
	if (rv == CKR_ARGUMENTS_BAD)
		return complain(USAGE, "the target is another store that lasts: sqlite:/FOLDER or postgresql://HOST/DATABASE");
	try(moving_status(rv, "is not moved", "the token"));
	printf("the token is in slot %lu of the other store now\n", slot);
	return DONE;
}

enum status cmd_move(const struct args *a)
{
	__attribute__((cleanup(pin_wipe))) struct pin so = {0};
	CONCLAVE_FUNCTIONS *admin = NULL;
	p11_scope p = {0};

	try(p11_open(a, &p));
	try(p11_choose_token(&p, a));
	try(moving_find(&p, &admin));
	try(pin_read((struct pin_source){a->so_pin_file, a->so_pin_fd}, "SO PIN", &so));
	return move(&p, a, admin, &so);
}
