/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave backup`: all tokens, or the one that --token or --slot names, into one encrypted file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "moving.h"
#include "progress.h"

static enum status write_backup(struct p11 *p, const struct args *a, CONCLAVE_FUNCTIONS *admin, struct backup_key *key)
{
	bool one = a->slot != NULL || a->token != NULL;
	CK_UTF8CHAR path[4096];
	struct progress bar;

	if (strlen(a->words[0]) >= sizeof(path))
		return complain(USAGE, "%s: %s", a->words[0], strerror(ENAMETOOLONG));
	memcpy(path, a->words[0], strlen(a->words[0]) + 1);
	progress_start(&bar, "backup");
	CK_RV rv = admin->BackupTokens(path, &key->key, &p->slot, one ? 1 : 0, a->overwrite, &bar.shared);
	progress_stop(&bar);
	if (rv == CKR_ACTION_PROHIBITED)
		return complain(FAILED, "%s is there already: --overwrite replaces it", a->words[0]);
	return moving_status(rv, "is not written", a->words[0]);
}

enum status cmd_backup(const struct args *a)
{
	__attribute__((cleanup(backup_key_wipe))) struct backup_key key = {0};
	CONCLAVE_FUNCTIONS *admin = NULL;
	p11_scope p = {0};

	if (!a->overwrite && access(a->words[0], F_OK) == 0)
		return complain(FAILED, "%s is there already: --overwrite replaces it", a->words[0]);
	try(p11_open(a, &p));
	if (a->slot != NULL || a->token != NULL)
		try(p11_choose_token(&p, a));
	try(moving_find(&p, &admin));
	try(backup_key_read(a, true, &key));
	try(write_backup(&p, a, admin, &key));
	printf("%s is written\n", a->words[0]);
	return DONE;
}
