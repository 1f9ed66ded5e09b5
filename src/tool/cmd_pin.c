/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave pin set|init|unlock`: a PIN's owner changes it; the SO gives the user a new one, which also unlocks. */
#include <stdio.h>
#include <string.h>

#include "p11.h"

static enum status set(struct p11 *p, const struct args *a)
{
	__attribute__((cleanup(pin_wipe))) struct pin old = {0};
	__attribute__((cleanup(pin_wipe))) struct pin new = {0};
	if (a->so && a->user != NULL)
		return complain(USAGE, "the SO has no name: --so or --user");
	struct pin_source from = a->so ? (struct pin_source){a->so_pin_file, a->so_pin_fd} : (struct pin_source){a->pin_file, a->pin_fd};

	try(pin_read(from, a->so ? "SO PIN" : "user PIN", &old));
	try(pin_choose((struct pin_source){a->new_pin_file, a->new_pin_fd}, a->so ? "new SO PIN" : "new user PIN", &new));
	/* Without a login C_SetPIN is about the PIN of the user without a name. */
	if (a->so || a->user != NULL)
		try(p11_login_with(p, a->so ? CKU_SO : CKU_USER, &old));
	try(p11_status(p->fn->C_SetPIN(p->session, old.text, old.len, new.text, new.len), "the PIN is not changed"));
	printf("the %s PIN is changed\n", a->so ? "SO" : "user");
	return DONE;
}

static enum status init(struct p11 *p, const struct args *a)
{
	__attribute__((cleanup(pin_wipe))) struct pin new = {0};

	if (a->user != NULL)
		return complain(USAGE, "the SO gives a user with a name a new PIN with `conclave user pin`");
	if (a->so)
		return complain(USAGE, "an SO PIN is changed with `conclave pin set --so`; a forgotten one cannot be replaced");
	try(p11_login(p, CKU_SO, (struct pin_source){a->so_pin_file, a->so_pin_fd}));
	try(pin_choose((struct pin_source){a->new_pin_file, a->new_pin_fd}, "new user PIN", &new));
	try(p11_status(p->fn->C_InitPIN(p->session, new.text, new.len), "the user PIN is not set"));
	puts("the user PIN is set and unlocked; every object is as it was");
	return DONE;
}

static const struct {
	const char *word;
	enum status (*run)(struct p11 *p, const struct args *a);
} rows[] = {
	{"set", set},
	{"init", init},
	{"unlock", init},
};

enum status cmd_pin(const struct args *a)
{
	p11_scope p = {0};

	for (size_t i = 0; i < array_len(rows); i++) {
		if (strcmp(rows[i].word, a->words[0]) != 0)
			continue;
		try(p11_open(a, &p));
		try(p11_choose_token(&p, a));
		try(p11_session(&p, true));
		return rows[i].run(&p, a);
	}
	return complain(USAGE, "`conclave pin` takes set, init or unlock, not '%s'", a->words[0]);
}
