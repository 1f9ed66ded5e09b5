/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave user add|pin|remove|list`: the SO makes and removes users with names of their own, who log in with --user. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "names.h"

#define NAME_MAX_BYTES 64

struct work {
	struct p11 *p;
	const struct args *args;
	CONCLAVE_FUNCTIONS *admin;
	CK_UTF8CHAR name[NAME_MAX_BYTES];
	CK_ULONG name_len;
};

static enum status take_name(struct work *w)
{
	const char *name = w->args->word_count == 2 ? w->args->words[1] : "";

	w->name_len = strlen(name);
	if (w->name_len == 0 || w->name_len > sizeof(w->name))
		return complain(USAGE, "say which user: a name of 1 to %d bytes", NAME_MAX_BYTES);
	memcpy(w->name, name, w->name_len);
	return DONE;
}

static enum status enter_as_so(struct work *w)
{
	try(p11_session(w->p, true));
	return p11_login(w->p, CKU_SO, (struct pin_source){w->args->so_pin_file, w->args->so_pin_fd});
}

static enum status set_pin(struct work *w, bool fresh)
{
	__attribute__((cleanup(pin_wipe))) struct pin pin = {0};

	try(take_name(w));
	try(enter_as_so(w));
	try(pin_choose((struct pin_source){w->args->new_pin_file, w->args->new_pin_fd}, "PIN of the user", &pin));
	CK_RV rv = fresh ? w->admin->AddUser(w->p->session, w->name, w->name_len, pin.text, pin.len)
	                 : w->admin->InitUserPin(w->p->session, w->name, w->name_len, pin.text, pin.len);
	if (rv == CKR_ACTION_PROHIBITED)
		return complain(FAILED, "there is a user '%s' already", w->args->words[1]);
	if (rv == CKR_USER_PIN_NOT_INITIALIZED)
		return complain(MISSING, "there is no user '%s'", w->args->words[1]);
	try(p11_status(rv, "the PIN of '%s' is not set", w->args->words[1]));
	printf(fresh ? "user '%s' is added\n" : "the PIN of user '%s' is set and unlocked\n", w->args->words[1]);
	return DONE;
}

static enum status add(struct work *w)
{
	return set_pin(w, true);
}

static enum status give_pin(struct work *w)
{
	return set_pin(w, false);
}

static enum status drop(struct work *w)
{
	try(take_name(w));
	if (!w->args->yes && !pin_confirm("Remove this user?"))
		return complain(FAILED, "nobody was removed (--yes removes without asking)");
	try(enter_as_so(w));
	CK_RV rv = w->admin->RemoveUser(w->p->session, w->name, w->name_len);
	if (rv == CKR_USER_PIN_NOT_INITIALIZED)
		return complain(MISSING, "there is no user '%s'", w->args->words[1]);
	try(p11_status(rv, "'%s' is not removed", w->args->words[1]));
	printf("user '%s' is removed; every object is as it was\n", w->args->words[1]);
	return DONE;
}

static enum status list(struct work *w)
{
	CK_ULONG count = 0;

	if (w->args->word_count > 1)
		return complain(USAGE, "`conclave user list` lists all users");
	try(p11_status(w->admin->ListUsers(w->p->slot, NULL, &count), "the users cannot be listed"));
	CONCLAVE_USER *users = calloc(count + 1, sizeof(*users));
	if (users == NULL)
		return complain(FAILED, "out of memory");
	CK_RV rv = w->admin->ListUsers(w->p->slot, users, &count);
	for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++) {
		char name[NAME_MAX_BYTES + 1], flags[256];
		names_text(users[i].name, users[i].ulNameLen, name, sizeof(name));
		names_token_flags(users[i].flags, flags, sizeof(flags));
		printf("%s: %s\n", name, flags);
	}
	free(users);
	return p11_status(rv, "the users cannot be listed");
}

static const struct {
	const char *word;
	enum status (*run)(struct work *w);
} rows[] = {
	{"add", add},
	{"pin", give_pin},
	{"remove", drop},
	{"list", list},
};

static enum status find_users(struct p11 *p, CONCLAVE_FUNCTIONS **ret)
{
	try(admin_find(p, ret));
	if ((*ret)->version.major == 1 && (*ret)->version.minor >= 2)
		return DONE;
	return complain(FAILED, "%s knows no users with names", p->path);
}

enum status cmd_user(const struct args *a)
{
	p11_scope p = {0};
	struct work w = {.p = &p, .args = a};

	for (size_t i = 0; i < array_len(rows); i++) {
		if (strcmp(rows[i].word, a->words[0]) != 0)
			continue;
		try(p11_open(a, &p));
		try(p11_choose_token(&p, a));
		try(find_users(&p, &w.admin));
		return rows[i].run(&w);
	}
	return complain(USAGE, "`conclave user` takes add, pin, remove or list, not '%s'", a->words[0]);
}
