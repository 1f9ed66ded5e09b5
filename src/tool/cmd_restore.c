/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave restore`: the tokens of a backup, or one of them, come into the store; or are only listed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moving.h"
#include "names.h"
#include "progress.h"

#define FIRST_GUESS 64

struct job {
	CONCLAVE_FUNCTIONS *admin;
	const struct args *args;
	CK_UTF8CHAR path[4096];
	struct backup_key key;
	struct pin so;
	CONCLAVE_BACKUP_TOKEN *tokens;
	CK_ULONG count;
};

static void job_end(struct job *j)
{
	free(j->tokens);
	explicit_bzero(j, sizeof(*j));
}

static enum status make_room(struct job *j, CK_ULONG count)
{
	CONCLAVE_BACKUP_TOKEN *fresh = reallocarray(j->tokens, count, sizeof(*fresh));

	if (fresh == NULL)
		return complain(FAILED, "out of memory");
	j->tokens = fresh;
	j->count = count;
	return DONE;
}

/* The second try has room for as many as there are. */
static enum status read_list(struct job *j)
{
	CK_RV rv = CKR_BUFFER_TOO_SMALL;
	struct progress bar;

	j->count = FIRST_GUESS;
	while (rv == CKR_BUFFER_TOO_SMALL) {
		try(make_room(j, j->count));
		progress_start(&bar, "checking");
		rv = j->admin->ReadBackup(j->path, &j->key.key, j->tokens, &j->count, &bar.shared);
		progress_stop(&bar);
	}
	return moving_status(rv, "cannot be read", j->args->words[0]);
}

static void tell(const char *verb, const CONCLAVE_BACKUP_TOKEN *t)
{
	char label[33], serial[17];

	names_text(t->label, sizeof(t->label), label, sizeof(label));
	names_text(t->serialNumber, sizeof(t->serialNumber), serial, sizeof(serial));
	printf("%s: token '%s', serial number %s, slot %lu, %lu objects\n", verb, label, serial, t->slotID, t->ulObjects);
}

static enum status list(struct job *j)
{
	try(read_list(j));
	for (CK_ULONG i = 0; i < j->count; i++)
		tell("backup", &j->tokens[i]);
	return DONE;
}

static enum status put_back(struct job *j)
{
	const struct args *a = j->args;
	CK_UTF8CHAR *which = NULL;
	struct progress bar;

	if (a->token != NULL && (which = (CK_UTF8CHAR *)strdup(a->token)) == NULL)
		return complain(FAILED, "out of memory");
	j->count = FIRST_GUESS;
	enum status room = make_room(j, j->count);
	if (room != DONE) {
		free(which);
		return room;
	}
	progress_start(&bar, "restore");
	CK_RV rv = j->admin->RestoreTokens(j->path, &j->key.key, which, a->replace ? j->so.text : NULL, j->so.len, j->tokens, &j->count, &bar.shared);
	progress_stop(&bar);
	free(which);
	for (CK_ULONG i = 0; i < j->count && i < FIRST_GUESS; i++)
		tell("restored", &j->tokens[i]);
	if (j->count > FIRST_GUESS)
		printf("and %lu more\n", j->count - FIRST_GUESS);
	if (rv == CKR_ACTION_PROHIBITED)
		return complain(FAILED, "a token of the backup is in the store already; --token NAME --replace puts the one of the backup in its place");
	return moving_status(rv, "is not restored", a->words[0]);
}

static enum status ask(struct job *j)
{
	const struct args *a = j->args;

	if (!a->replace)
		return DONE;
	if (!a->yes && !pin_confirm("Replace the token that is there by the one of the backup?"))
		return complain(FAILED, "nothing was replaced (--yes replaces without asking)");
	return pin_read((struct pin_source){a->so_pin_file, a->so_pin_fd}, "SO PIN of the token that is there", &j->so);
}

enum status cmd_restore(const struct args *a)
{
	__attribute__((cleanup(job_end))) struct job j = {.args = a};
	p11_scope p = {0};

	if (a->replace && a->token == NULL)
		return complain(USAGE, "--replace destroys: say which token with --token");
	if (a->replace && a->list)
		return complain(USAGE, "--list changes nothing, --replace does: give one");
	if (strlen(a->words[0]) >= sizeof(j.path))
		return complain(USAGE, "%s: %s", a->words[0], strerror(ENAMETOOLONG));
	memcpy(j.path, a->words[0], strlen(a->words[0]) + 1);
	try(p11_open(a, &p));
	try(moving_find(&p, &j.admin));
	try(backup_key_read(a, false, &j.key));
	if (a->list)
		return list(&j);
	try(ask(&j));
	return put_back(&j);
}
