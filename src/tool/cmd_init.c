/* SPDX-License-Identifier: Apache-2.0 */
/* `conclave init`: makes a token in an empty slot, or with --reinit makes one anew, and sets both PINs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "names.h"
#include "p11.h"

#define LABEL_SIZE 32
#define TEST_LABEL "test-"

static enum status check_label(const struct args *a)
{
	if (a->label == NULL || a->label[0] == '\0')
		return complain(USAGE, "give the token a name: --label NAME");
	if (strlen(a->label) > LABEL_SIZE)
		return complain(USAGE, "a label has up to %d bytes", LABEL_SIZE);
	if (a->test && strncmp(a->label, TEST_LABEL, strlen(TEST_LABEL)) != 0)
		return complain(USAGE, "--test makes PINs easy to guess: the label must begin with " TEST_LABEL);
	return DONE;
}

/* Settings of this process alone, before the module reads them: an empty slot to fill, whatever the store holds. */
static enum status set_own_environment(const struct args *a)
{
	bool good = setenv("CONCLAVE_SPARE_SLOT", a->reinit ? "0" : "1", 1) == 0; /* allowed: this process has one thread */
	if (a->test)
		good = good && setenv("CONCLAVE_TEST_TOKENS", "1", 1) == 0; /* allowed: likewise */
	return good ? DONE : complain(FAILED, "out of memory");
}

static bool initialized(struct p11 *p, CK_SLOT_ID slot)
{
	CK_TOKEN_INFO info;

	return p->fn->C_GetTokenInfo(slot, &info) == CKR_OK && (info.flags & CKF_TOKEN_INITIALIZED) != 0;
}

/* The empty slot comes last. */
static enum status choose_empty(struct p11 *p, const struct args *a)
{
	CK_SLOT_ID *slots = NULL;
	CK_ULONG count = 0;

	try(p11_slots(p, &slots, &count));
	p->slot = slots[count - 1];
	free(slots);
	if (a->slot != NULL && !args_number(a->slot, &p->slot))
		return complain(USAGE, "'%s' is no slot number", a->slot);
	if (initialized(p, p->slot))
		return complain(USAGE, "slot %lu holds a token: --reinit destroys all that is in it", p->slot);
	return DONE;
}

static enum status choose(struct p11 *p, const struct args *a)
{
	if (!a->reinit)
		return a->token == NULL ? choose_empty(p, a) : complain(USAGE, "--token names a token that exists: with --reinit only");
	if (a->slot == NULL && a->token == NULL)
		return complain(USAGE, "--reinit destroys: say which token with --slot or --token");
	try(p11_choose_token(p, a));
	return initialized(p, p->slot) ? DONE : complain(MISSING, "there is no token in slot %lu", p->slot);
}

static enum status init_token(struct p11 *p, const struct args *a, struct pin *so_pin)
{
	unsigned char label[LABEL_SIZE];

	memset(label, ' ', sizeof(label));
	memcpy(label, a->label, strlen(a->label));
	return p11_status(p->fn->C_InitToken(p->slot, so_pin->text, so_pin->len, label), "slot %lu cannot be initialised", p->slot);
}

static enum status set_user_pin(struct p11 *p, struct pin *so_pin, struct pin *pin)
{
	try(p11_session(p, true));
	try(p11_status(p->fn->C_Login(p->session, CKU_SO, so_pin->text, so_pin->len), "no login as SO"));
	return p11_status(p->fn->C_InitPIN(p->session, pin->text, pin->len), "the user PIN cannot be set");
}

enum status cmd_init(const struct args *a)
{
	p11_scope p = {0};
	__attribute__((cleanup(pin_wipe))) struct pin so_pin = {0};
	__attribute__((cleanup(pin_wipe))) struct pin pin = {0};
	struct pin_source so_source = {a->so_pin_file, a->so_pin_fd};

	try(check_label(a));
	try(set_own_environment(a));
	try(p11_open(a, &p));
	try(choose(&p, a));
	try(a->reinit ? pin_read(so_source, "SO PIN", &so_pin) : pin_choose(so_source, "new SO PIN", &so_pin));
	if (!a->no_user)
		try(pin_choose((struct pin_source){a->pin_file, a->pin_fd}, "new user PIN", &pin));
	try(init_token(&p, a, &so_pin));
	printf("token '%s' in slot %lu\n", a->label, p.slot);
	return a->no_user ? DONE : set_user_pin(&p, &so_pin, &pin);
}
