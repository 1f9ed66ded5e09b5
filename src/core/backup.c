/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a backup: one read transaction over all of it, into a file that gets its name when it is whole and on disk. */
#include "core/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "core/module.h"
#include "core/token_copy.h"

void backup_list_free(struct backup_list *l)
{
	free(l->items);
	*l = (struct backup_list){0};
}

CK_RV backup_list_add(struct backup_list *l, const CONCLAVE_BACKUP_TOKEN *t)
{
	if (l->count == l->cap) {
		size_t cap = l->cap == 0 ? 8 : l->cap * 2;
		CONCLAVE_BACKUP_TOKEN *fresh = reallocarray(l->items, cap, sizeof(*fresh));
		if (fresh == NULL)
			return CKR_HOST_MEMORY;
		l->items = fresh;
		l->cap = cap;
	}
	l->items[l->count++] = *t;
	return CKR_OK;
}

/* ---- the tokens ------------------------------------------------------------------------------------------------ */

struct writing {
	struct module *module;
	const struct backup_order *order;
	struct backup_writer *file;
	struct copy_sink sink;
	struct progress progress;
	uint64_t objects; /* of all tokens that are wanted */
	uint32_t tokens;
};

static CK_RV put(void *arg, struct bytes in, bool passing unused)
{
	return backup_writer_put(arg, in);
}

static bool wanted(const struct backup_order *o, CK_SLOT_ID slot)
{
	bool found = o->slot_count == 0;

	for (CK_ULONG i = 0; i < o->slot_count && !found; i++)
		found = o->slots[i] == slot;
	return found;
}

static CK_RV count_one(void *arg, const struct store_token *t)
{
	struct writing *w = arg;
	uint64_t objects = 0;

	if (!wanted(w->order, t->slot))
		return CKR_OK;
	try(store_count(w->module->store, t->token, &objects));
	w->objects += objects;
	w->tokens++;
	return CKR_OK;
}

static CK_RV write_one(void *arg, const struct store_token *t)
{
	struct writing *w = arg;
	const struct copy_place from = {w->module->env.ossl, w->module->store};

	return wanted(w->order, t->slot) ? token_copy_out(&from, t->token, t->slot, &w->progress, &w->sink) : CKR_OK;
}

static CK_RV write_all(struct writing *w)
{
	struct store *s = w->module->store;

	try(store_tokens(s, count_one, w));
	if (w->tokens == 0 || w->tokens < w->order->slot_count)
		return fail(CKR_TOKEN_NOT_PRESENT, "%u tokens are there to be written", w->tokens);
	progress_part(&w->progress, w->objects);
	try(store_tokens(s, write_one, w));
	return token_copy_out_end(w->tokens, &w->sink);
}

static CK_RV write_content(struct writing *w)
{
	struct store *s = w->module->store;

	w->sink = (struct copy_sink){put, w->file};
	progress_begin(&w->progress, w->order->progress, 1);
	try(store_begin(s, STORE_READ));
	try(store_end(s, write_all(w)));
	try(backup_writer_end(w->file));
	progress_end(&w->progress);
	return CKR_OK;
}

/* ---- the file -------------------------------------------------------------------------------------------------- */

static CK_RV sync_folder(const char *path)
{
	char *folder = strdup(path);

	if (folder == NULL)
		return CKR_HOST_MEMORY;
	char *slash = strrchr(folder, '/');
	if (slash != NULL)
		slash[slash == folder ? 1 : 0] = '\0';
	int fd = open(slash == NULL ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	CK_RV rv = fd >= 0 && fsync(fd) == 0 ? CKR_OK : backup_file_fail(path, "its folder cannot be synchronised");
	if (fd >= 0)
		close(fd);
	return rv;
}

static CK_RV exists(const char *path)
{
	return fail(CKR_ACTION_PROHIBITED, "%s is there already", path);
}

/* Gives the finished file its name. */
static CK_RV put_in_place(const struct backup_order *o, const char *temporary)
{
	int done = o->overwrite ? rename(temporary, o->path) : renameat2(AT_FDCWD, temporary, AT_FDCWD, o->path, RENAME_NOREPLACE);

	if (done != 0 && errno == EINVAL && !o->overwrite) {
		/* A file system that cannot look and rename in one step. */
		if (access(o->path, F_OK) == 0)
			return exists(o->path);
		done = rename(temporary, o->path);
	}
	if (done != 0 && errno == EEXIST)
		return exists(o->path);
	return done == 0 ? sync_folder(o->path) : backup_file_fail(o->path, "cannot be put in place");
}

static CK_RV write_file(struct module *m, const struct backup_order *o, int fd, const char *temporary)
{
	struct writing w = {.module = m, .order = o};

	try(backup_writer_new(m->env.ossl, fd, o->path, &o->secret, &w.file));
	CK_RV rv = write_content(&w);
	backup_writer_free(w.file);
	return rv == CKR_OK ? put_in_place(o, temporary) : rv;
}

CK_RV backup_write(struct module *m, const struct backup_order *o)
{
	char *temporary = NULL;

	try(backup_secret_check(&o->secret));
	module_look_for_store(m);
	if (m->store == NULL)
		return fail(CKR_TOKEN_NOT_PRESENT, "there is no store, so there is no token");
	if (!o->overwrite && access(o->path, F_OK) == 0)
		return exists(o->path);
	if (asprintf(&temporary, "%s.XXXXXX", o->path) < 0)
		return CKR_HOST_MEMORY;
	int fd = mkostemp(temporary, O_CLOEXEC);
	CK_RV rv = fd < 0 ? backup_file_fail(o->path, "cannot be made") : write_file(m, o, fd, temporary);
	if (fd >= 0) {
		close(fd);
		if (rv != CKR_OK)
			unlink(temporary);
	}
	free(temporary);
	return rv;
}
