/* SPDX-License-Identifier: Apache-2.0 */
/* Restoring: the file is read to its end once, to see that it is whole and what is in it, and then again, each chosen
 * token in one write transaction. */
#include "core/restore.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "core/admin.h"
#include "core/leaves.h"
#include "core/module.h"
#include "core/slot_event.h"
#include "core/token_info.h"
#include "object/open_key.h"

/* ---- looking --------------------------------------------------------------------------------------------------- */

static CK_RV list_token(void *arg, const struct copy_token *t)
{
	CONCLAVE_BACKUP_TOKEN told = {.slotID = t->slot, .ulObjects = t->objects};

	memcpy(told.label, t->label, sizeof(told.label));
	memcpy(told.serialNumber, t->serial, sizeof(told.serialNumber));
	return backup_list_add(arg, &told);
}

static CK_RV pass_key(void *arg unused, struct bytes key unused, uint64_t version unused)
{
	return CKR_OK;
}

static CK_RV pass_value(void *arg unused, const char *name unused, struct bytes value unused, uint64_t version unused)
{
	return CKR_OK;
}

static CK_RV pass_record(void *arg unused, const struct store_record *r unused)
{
	return CKR_OK;
}

static CK_RV pass_set(void *arg unused, const struct store_set *row unused)
{
	return CKR_OK;
}

static CK_RV pass_end(void *arg unused)
{
	return CKR_OK;
}

static const struct copy_parts looking = {list_token, pass_key, pass_value, pass_record, pass_set, pass_end};

static CK_RV look(struct backup_reader *from, struct progress *p, struct backup_list *ret)
{
	progress_part(p, backup_reader_size(from));
	return token_copy_in(from, p, &looking, ret);
}

struct search {
	struct store *store;
	const unsigned char *serial;
	struct restore_found *found;
};

static CK_RV compare_serial(void *arg, const struct store_token *t)
{
	const struct search *s = arg;
	struct token_info info;

	CK_RV rv = token_info_read(s->store, t->token, &info);
	if (rv != CKR_OK)
		return rv == CKR_TOKEN_NOT_PRESENT ? CKR_OK : rv;
	if (bytes_equal(bytes_of(info.serial, TOKEN_SERIAL_SIZE), bytes_of(s->serial, TOKEN_SERIAL_SIZE)))
		*s->found = (struct restore_found){true, *t};
	return CKR_OK;
}

CK_RV restore_find(struct store *s, const unsigned char serial[TOKEN_SERIAL_SIZE], struct restore_found *ret)
{
	struct search search = {s, serial, ret};

	*ret = (struct restore_found){0};
	try(store_begin(s, STORE_READ));
	return store_end(s, store_tokens(s, compare_serial, &search));
}

/* ---- choosing -------------------------------------------------------------------------------------------------- */

static bool called(const CONCLAVE_BACKUP_TOKEN *t, const char *which)
{
	CK_UTF8CHAR label[sizeof(t->label)];
	size_t len = strlen(which);

	text_pad(label, sizeof(label), which);
	return bytes_equal(bytes_of(which, len), bytes_of(t->serialNumber, sizeof(t->serialNumber))) ||
	       (len <= sizeof(label) && bytes_equal(bytes_of(label, sizeof(label)), bytes_of(t->label, sizeof(t->label))));
}

static CK_RV choose(const struct backup_list *all, const char *which, struct backup_list *ret)
{
	for (size_t i = 0; i < all->count; i++) {
		if (which == NULL || called(&all->items[i], which))
			try(backup_list_add(ret, &all->items[i]));
	}
	if (ret->count == 0)
		return fail(CKR_TOKEN_NOT_PRESENT, "no such token is in the backup");
	if (which != NULL && ret->count > 1)
		return fail(CKR_ARGUMENTS_BAD, "%zu tokens of the backup are called '%s': name one by its serial number", ret->count, which);
	return CKR_OK;
}

static bool has_serial(const struct backup_list *l, const unsigned char *serial)
{
	for (size_t i = 0; i < l->count; i++) {
		if (bytes_equal(bytes_of(l->items[i].serialNumber, TOKEN_SERIAL_SIZE), bytes_of(serial, TOKEN_SERIAL_SIZE)))
			return true;
	}
	return false;
}

struct clash {
	struct store *store;
	const struct backup_list *chosen;
};

static CK_RV refuse_clash(void *arg, const struct store_token *t)
{
	const struct clash *c = arg;
	struct token_info info;

	CK_RV rv = token_info_read(c->store, t->token, &info);
	if (rv != CKR_OK)
		return rv == CKR_TOKEN_NOT_PRESENT ? CKR_OK : rv;
	if (!has_serial(c->chosen, info.serial))
		return CKR_OK;
	return fail(CKR_ACTION_PROHIBITED, "token %.*s is in slot %lu already", TOKEN_SERIAL_SIZE, (const char *)info.serial, t->slot);
}

static CK_RV refuse_clashes(struct store *s, const struct backup_list *chosen)
{
	struct clash c = {s, chosen};

	try(store_begin(s, STORE_READ));
	return store_end(s, store_tokens(s, refuse_clash, &c));
}

/* ---- putting them in ------------------------------------------------------------------------------------------- */

static CK_RV make_token(struct restore_job *j, CK_SLOT_ID slot)
{
	struct store *s = j->to.store;

	if (j->replaced != NULL) {
		slot = j->replaced->token.slot;
		try(store_token_remove(s, j->replaced->token.token));
	}
	try(store_token_add_at(s, slot, &j->token));
	return token_take_alone(s, j->token.token, &j->alone);
}

static CK_RV begin_token(void *arg, const struct copy_token *t)
{
	struct restore_job *j = arg;

	j->active = has_serial(j->chosen, t->serial);
	if (!j->active)
		return CKR_OK;
	j->told = (CONCLAVE_BACKUP_TOKEN){.ulObjects = t->objects};
	memcpy(j->told.label, t->label, sizeof(j->told.label));
	memcpy(j->told.serialNumber, t->serial, sizeof(j->told.serialNumber));
	try(store_begin(j->to.store, STORE_WRITE));
	try(make_token(j, t->slot));
	j->told.slotID = j->token.slot;
	return CKR_OK;
}

static CK_RV put_open_key(void *arg, struct bytes key, uint64_t version)
{
	struct restore_job *j = arg;
	cleanup(secret_free) struct secret store_key = {0};
	cleanup(buf_free) struct buf sealed = {0};

	if (!j->active)
		return CKR_OK;
	try(secret_new(32, &store_key));
	try(store_local_key(j->to.store, store_key.data));
	try(open_key_seal(j->to.ossl, secret_bytes(&store_key), bytes_of(j->told.serialNumber, TOKEN_SERIAL_SIZE), key, &sealed));
	return store_meta_insert(j->to.store, j->token.token, OPEN_KEY_META, buf_bytes(&sealed), version);
}

static CK_RV put_value(void *arg, const char *name, struct bytes value, uint64_t version)
{
	struct restore_job *j = arg;

	if (!j->active || strcmp(name, LEAVES_META) == 0)
		return CKR_OK;
	return store_meta_insert(j->to.store, j->token.token, name, value, version);
}

static CK_RV put_record(void *arg, const struct store_record *r)
{
	struct restore_job *j = arg;

	return j->active ? store_insert(j->to.store, j->token.token, r) : CKR_OK;
}

static CK_RV put_set(void *arg, const struct store_set *row)
{
	struct restore_job *j = arg;

	return j->active ? store_sets_insert(j->to.store, j->token.token, row, 1) : CKR_OK;
}

/* What the items said of the token outside of its description must be what is in that. */
static CK_RV check_description(const struct restore_job *j)
{
	struct token_info info;

	try(token_info_read(j->to.store, j->token.token, &info));
	if (!bytes_equal(bytes_of(info.serial, TOKEN_SERIAL_SIZE), bytes_of(j->told.serialNumber, TOKEN_SERIAL_SIZE)))
		return fail(CKR_ENCRYPTED_DATA_INVALID, "a token of the backup has two serial numbers");
	return CKR_OK;
}

/* Another copy of the token may go on elsewhere. */
static CK_RV finish(const struct restore_job *j)
{
	try(check_description(j));
	return leaves_renew(j->to.ossl, j->to.store, j->token.token);
}

static CK_RV end_token(void *arg)
{
	struct restore_job *j = arg;

	if (!j->active)
		return CKR_OK;
	try(store_end(j->to.store, finish(j)));
	j->active = false;
	if (j->ret_alone != NULL)
		*j->ret_alone = j->alone;
	else
		store_lock_release(j->alone);
	j->alone = NULL;
	return backup_list_add(j->restored, &j->told);
}

static const struct copy_parts putting = {begin_token, put_open_key, put_value, put_record, put_set, end_token};

CK_RV restore_tokens(struct restore_job *job, struct backup_reader *from)
{
	backup_reader_rewind(from);
	progress_part(job->progress, backup_reader_size(from));
	CK_RV rv = token_copy_in(from, job->progress, &putting, job);
	if (rv != CKR_OK)
		store_rollback(job->to.store); /* of the token at work; those before it stay */
	store_lock_release(job->alone);
	job->alone = NULL;
	return rv;
}

/* ---- the calls ------------------------------------------------------------------------------------------------- */

/* With an opened file. */
typedef CK_RV (*with_file)(struct module *m, const struct restore_order *o, struct backup_reader *from, struct progress *p, struct backup_list *ret);

static CK_RV open_and(struct module *m, const struct restore_order *o, unsigned parts, with_file fn, struct backup_list *ret)
{
	struct backup_reader *from = NULL;
	struct progress p;

	try(backup_secret_check(&o->secret));
	progress_begin(&p, o->progress, parts);
	int fd = open(o->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return backup_file_fail(o->path, "cannot be opened");
	CK_RV rv = backup_reader_new(m->env.ossl, fd, o->path, &o->secret, &from);
	if (rv == CKR_OK)
		rv = fn(m, o, from, &p, ret);
	if (rv == CKR_OK)
		progress_end(&p);
	backup_reader_free(from);
	close(fd);
	return rv;
}

static CK_RV read_only(struct module *m unused, const struct restore_order *o unused, struct backup_reader *from, struct progress *p,
                       struct backup_list *ret)
{
	return look(from, p, ret);
}

CK_RV restore_read(struct module *m, const struct restore_order *o, struct backup_list *ret)
{
	return open_and(m, o, 1, read_only, ret);
}

/* The one token that is there and goes: nobody has it open, and its SO agrees. */
static CK_RV put_over(struct restore_job *job, struct module *m, const struct restore_order *o, struct backup_reader *from,
                      const struct restore_found *old)
{
	struct store_lock *alone = NULL;

	try(token_take_alone(m->store, old->token.token, &alone));
	CK_RV rv = admin_prove_so_of(m, &old->token, o->so_pin);
	if (rv == CKR_OK)
		rv = restore_tokens(job, from);
	store_lock_release(alone);
	return rv;
}

static CK_RV put_chosen(struct module *m, const struct restore_order *o, struct backup_reader *from, struct progress *p,
                        const struct backup_list *chosen, struct backup_list *ret)
{
	struct restore_job job = {.to = {m->env.ossl, m->store}, .chosen = chosen, .progress = p, .restored = ret};
	struct restore_found old = {0};

	if (o->so_pin.data != NULL)
		try(restore_find(m->store, chosen->items[0].serialNumber, &old));
	if (!old.found) {
		try(refuse_clashes(m->store, chosen));
		return restore_tokens(&job, from);
	}
	job.replaced = &old;
	return put_over(&job, m, o, from, &old);
}

/* One at a time, so that a serial number that is not there now stays away until it is put in. */
static CK_RV put_in(struct module *m, const struct restore_order *o, struct backup_reader *from, struct progress *p,
                    const struct backup_list *chosen, struct backup_list *ret)
{
	struct store_lock *turn = NULL;

	try(module_need_store(m));
	try(store_lock_take(m->store, RESTORE_LOCK, true, true, &turn));
	CK_RV rv = put_chosen(m, o, from, p, chosen, ret);
	store_lock_release(turn);
	return rv;
}

static CK_RV look_and_put_in(struct module *m, const struct restore_order *o, struct backup_reader *from, struct progress *p,
                             struct backup_list *ret)
{
	cleanup(backup_list_free) struct backup_list all = {0};
	cleanup(backup_list_free) struct backup_list chosen = {0};

	try(look(from, p, &all));
	try(choose(&all, o->which, &chosen));
	CK_RV rv = put_in(m, o, from, p, &chosen, ret);
	for (size_t i = 0; i < ret->count; i++)
		slot_event_own_change(m, ret->items[i].slotID, 0);
	return rv;
}

CK_RV restore_run(struct module *m, const struct restore_order *o, struct backup_list *ret)
{
	if (o->so_pin.data != NULL && o->which == NULL)
		return fail(CKR_ARGUMENTS_BAD, "which token is to be replaced?");
	return open_and(m, o, 2, look_and_put_in, ret);
}
