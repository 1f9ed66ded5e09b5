/* SPDX-License-Identifier: Apache-2.0 */
/* The kill test's child: every writing call of the module, each with an intention before it and a
 * confirmation after it. */
#include "kill_work.h"

#include <unistd.h>

const char *const kill_action_names[ACTIONS] = {
	[START] = "start", [CREATE] = "create", [COPY] = "copy", [CHANGE] = "set attributes", [DESTROY] = "destroy",
	[GENERATE] = "generate key", [GENERATE_PAIR] = "generate key pair", [INIT_PIN] = "InitPIN", [SET_PIN] = "SetPIN",
	[SET_SO_PIN] = "SetPIN of the SO", [INIT_TOKEN] = "InitToken", [WRONG_LOGIN] = "wrong login", [RIGHT_LOGIN] = "right login",
};

uint64_t kill_random_state;
struct expectation kill_expected;
CK_SESSION_HANDLE kill_session;

static uint64_t random_next(void)
{
	uint64_t z = kill_random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint32_t kill_pick(uint32_t below)
{
	return (uint32_t)(random_next() % below);
}

struct entry *kill_entry_of(struct expectation *e, uint32_t id)
{
	for (size_t i = 0; i < MAX_ENTRIES; i++)
		if (e->entries[i].id == id)
			return &e->entries[i];
	return NULL;
}

/* The token after an action. */
void kill_apply(struct expectation *e, const struct report *r)
{
	switch ((enum action)r->action) {
	case CREATE: case COPY: case GENERATE: case GENERATE_PAIR:
		*kill_entry_of(e, 0) = r->entry;
		break;
	case CHANGE:
		*kill_entry_of(e, r->entry.id) = r->entry;
		break;
	case DESTROY:
		kill_entry_of(e, r->entry.id)->id = 0;
		break;
	case INIT_PIN: case SET_PIN:
		e->user_pin = r->number;
		e->has_user_pin = 1;
		e->wrong = 0;
		break;
	case SET_SO_PIN:
		e->so_pin = r->number;
		break;
	case INIT_TOKEN:
		memset(e->entries, 0, sizeof(e->entries));
		e->token = r->number;
		e->has_user_pin = 0;
		e->wrong = 0;
		break;
	case WRONG_LOGIN:
		e->wrong++;
		break;
	case RIGHT_LOGIN:
		e->wrong = 0;
		break;
	case START: case ACTIONS:
		break;
	}
}

/* ---- names and values ------------------------------------------------------------------------ */

CK_ULONG kill_pin_text(char *ret, size_t room, bool so, uint32_t number)
{
	return (CK_ULONG)snprintf(ret, room, "%s-pin-%u", so ? "so" : "user", number);
}

void kill_token_label(char *ret, size_t room, uint32_t number)
{
	snprintf(ret, room, "test-kill-%u", number);
}

/* Long enough at times that a record spans pages. */
CK_ULONG kill_entry_label(char *ret, size_t room, const struct entry *e)
{
	int length = snprintf(ret, room, "%u/%u/%u/%u/", e->id, e->version, e->origin, e->kind);
	size_t padding = e->version % 3 == 2 ? 3000 : e->version % 3 * 40;

	memset(ret + length, 'p', padding);
	return (CK_ULONG)length + padding;
}

CK_ULONG kill_data_value(CK_BYTE *ret, uint32_t origin)
{
	CK_ULONG length = origin % 4 == 0 ? 20000 : origin % 4 * 50;

	for (CK_ULONG i = 0; i < length; i++)
		ret[i] = (CK_BYTE)(origin * 31 + i * 7);
	return length;
}

CK_RV kill_login(CK_USER_TYPE user, uint32_t number)
{
	char pin[32];
	CK_ULONG length = kill_pin_text(pin, sizeof(pin), user == CKU_SO, number);

	return p11->C_Login(kill_session, user, (CK_UTF8CHAR_PTR)pin, length);
}

/* ---- the child's work ------------------------------------------------------------------------ */

int kill_report_fd;
uint32_t kill_next_id;

static void send_report(const struct report *r)
{
	if (write(kill_report_fd, r, sizeof(*r)) != sizeof(*r))
		_exit(3);
}

/* Anything that fails by itself is a fault of its own: the child says so and ends. */
static void demand(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "the child's %s gave %s\n", what, rv_text(rv));
	_exit(2);
}

static CK_RV act_create(const struct report *r)
{
	static CK_BYTE value[20000];
	char label[LABEL_ROOM];
	CK_OBJECT_HANDLE object;
	CK_ULONG length = kill_data_value(value, r->entry.origin), label_length = kill_entry_label(label, sizeof(label), &r->entry);
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_PRIVATE, r->entry.id % 3 ? &yes : &no, sizeof(yes)},
		{CKA_LABEL, label, label_length},
		{CKA_VALUE, value, length},
	};

	return p11->C_CreateObject(kill_session, template, COUNT(template), &object);
}

/* The one or two objects of an entry, found by what its label says now. */
CK_ULONG kill_objects_of(const struct entry *e, CK_OBJECT_HANDLE ret[3])
{
	char label[LABEL_ROOM];
	CK_ATTRIBUTE template = {CKA_LABEL, label, 0};
	CK_ULONG count = 0;

	template.ulValueLen = kill_entry_label(label, sizeof(label), e);
	demand(p11->C_FindObjectsInit(kill_session, &template, 1), "search");
	demand(p11->C_FindObjects(kill_session, ret, 3, &count), "search");
	demand(p11->C_FindObjectsFinal(kill_session), "search");
	return count;
}

static CK_RV act_copy(const struct report *r)
{
	char label[LABEL_ROOM];
	CK_ATTRIBUTE changes = {CKA_LABEL, label, 0};
	CK_OBJECT_HANDLE from[3], copy;

	changes.ulValueLen = kill_entry_label(label, sizeof(label), &r->entry);
	if (kill_objects_of(kill_entry_of(&kill_expected, r->number), from) != 1)
		return CKR_GENERAL_ERROR;
	return p11->C_CopyObject(kill_session, from[0], &changes, 1, &copy);
}

static CK_RV act_change(const struct report *r)
{
	char label[LABEL_ROOM];
	uint32_t version = r->entry.version;
	CK_ATTRIBUTE changes[] = {{CKA_LABEL, label, 0}, {CKA_ID, &version, sizeof(version)}};
	CK_OBJECT_HANDLE object[3];

	changes[0].ulValueLen = kill_entry_label(label, sizeof(label), &r->entry);
	if (kill_objects_of(kill_entry_of(&kill_expected, r->entry.id), object) != 1)
		return CKR_GENERAL_ERROR;
	return p11->C_SetAttributeValue(kill_session, object[0], changes, r->entry.kind == DATA ? 1 : 2);
}

static CK_RV act_destroy(const struct report *r)
{
	CK_OBJECT_HANDLE object[3];

	if (kill_objects_of(kill_entry_of(&kill_expected, r->entry.id), object) != 1)
		return CKR_GENERAL_ERROR;
	return p11->C_DestroyObject(kill_session, object[0]);
}

static CK_RV act_generate(const struct report *r)
{
	CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
	char label[LABEL_ROOM];
	CK_ULONG length = 32;
	uint32_t version = r->entry.version;
	CK_OBJECT_HANDLE key;
	CK_ATTRIBUTE template[] = {
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_VALUE_LEN, &length, sizeof(length)},
		{CKA_ENCRYPT, &yes, sizeof(yes)},
		{CKA_ID, &version, sizeof(version)},
		{CKA_LABEL, label, kill_entry_label(label, sizeof(label), &r->entry)},
	};

	return p11->C_GenerateKey(kill_session, &mechanism, template, COUNT(template), &key);
}

static CK_RV act_generate_pair(const struct report *r)
{
	CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	char label[LABEL_ROOM];
	CK_ULONG label_length = kill_entry_label(label, sizeof(label), &r->entry);
	uint32_t version = r->entry.version;
	CK_OBJECT_HANDLE public, private;
	CK_ATTRIBUTE public_template[] = {
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_EC_PARAMS, p256, sizeof(p256)},
		{CKA_VERIFY, &yes, sizeof(yes)},
		{CKA_ID, &version, sizeof(version)},
		{CKA_LABEL, label, label_length},
	};
	CK_ATTRIBUTE private_template[] = {
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_SIGN, &yes, sizeof(yes)},
		{CKA_ID, &version, sizeof(version)},
		{CKA_LABEL, label, label_length},
	};

	return p11->C_GenerateKeyPair(kill_session, &mechanism, public_template, COUNT(public_template), private_template,
	                              COUNT(private_template), &public, &private);
}

CK_RV kill_init_pin(const struct report *r)
{
	char pin[32];
	CK_ULONG length = kill_pin_text(pin, sizeof(pin), false, r->number);

	return p11->C_InitPIN(kill_session, (CK_UTF8CHAR_PTR)pin, length);
}

static CK_RV change_pin(bool so, uint32_t from, uint32_t to)
{
	char old[32], new[32];
	CK_ULONG old_length = kill_pin_text(old, sizeof(old), so, from), new_length = kill_pin_text(new, sizeof(new), so, to);

	return p11->C_SetPIN(kill_session, (CK_UTF8CHAR_PTR)old, old_length, (CK_UTF8CHAR_PTR)new, new_length);
}

static CK_RV act_set_pin(const struct report *r)
{
	return change_pin(false, kill_expected.user_pin, r->number);
}

static CK_RV act_set_so_pin(const struct report *r)
{
	return change_pin(true, kill_expected.so_pin, r->number);
}

static CK_RV act_init_token(const struct report *r)
{
	char pin[32], label[32];

	kill_pin_text(pin, sizeof(pin), true, kill_expected.so_pin);
	kill_token_label(label, sizeof(label), r->number);
	return init_token(slot, pin, label);
}

/* A wrong PIN confirmed as wrong is what must not be forgotten. */
CK_RV kill_wrong_login(const struct report *r)
{
	CK_RV rv = p11->C_Login(kill_session, CKU_USER, (CK_UTF8CHAR_PTR)(uintptr_t)WRONG_PIN, strlen(WRONG_PIN));

	(void)r;
	return rv == CKR_PIN_INCORRECT ? CKR_OK : rv == CKR_OK ? CKR_GENERAL_ERROR : rv;
}

static CK_RV act_right_login(const struct report *r)
{
	(void)r;
	return kill_login(CKU_USER, kill_expected.user_pin);
}

static CK_RV (*const acts[ACTIONS])(const struct report *) = {
	[CREATE] = act_create, [COPY] = act_copy, [CHANGE] = act_change, [DESTROY] = act_destroy, [GENERATE] = act_generate,
	[GENERATE_PAIR] = act_generate_pair, [INIT_PIN] = kill_init_pin, [SET_PIN] = act_set_pin, [SET_SO_PIN] = act_set_so_pin,
	[INIT_TOKEN] = act_init_token, [WRONG_LOGIN] = kill_wrong_login, [RIGHT_LOGIN] = act_right_login,
};

/* Intention, call, confirmation; keeps the child's own expectation in step. */
static void act(struct report *r)
{
	r->confirmed = 0;
	send_report(r);
	demand(acts[r->action](r), kill_action_names[r->action]);
	r->confirmed = 1;
	send_report(r);
	kill_apply(&kill_expected, r);
}

uint32_t kill_next_pin(void)
{
	return 1000000 + kill_pick(1000000);
}

/* Some entry of the kinds wanted, or NULL. */
static const struct entry *any_entry(bool data_only)
{
	uint32_t start = kill_pick(MAX_ENTRIES);

	for (uint32_t i = 0; i < MAX_ENTRIES; i++) {
		const struct entry *e = &kill_expected.entries[(start + i) % MAX_ENTRIES];

		if (e->id && e->kind != PAIR && (!data_only || e->kind == DATA))
			return e;
	}
	return NULL;
}

/* Pairs are not destroyed, because that takes two calls. */
#define MAX_PAIRS (MAX_ENTRIES / 4)

static unsigned count_pairs(void)
{
	unsigned pairs = 0;

	for (size_t i = 0; i < MAX_ENTRIES; i++)
		pairs += kill_expected.entries[i].id != 0 && kill_expected.entries[i].kind == PAIR;
	return pairs;
}

static void work_on_objects(void)
{
	for (;;) {
		static const enum action makers[] = {CREATE, CREATE, COPY, GENERATE, GENERATE_PAIR};
		struct report r = {0};
		const struct entry *e = any_entry(false), *data = any_entry(true);
		uint32_t what = kill_pick(10);
		bool room = kill_entry_of(&kill_expected, 0) != NULL;

		if (e && (what < 3 || !room)) {
			r.action = what < 2 && room ? CHANGE : DESTROY;
			r.entry = *e;
			r.entry.version += r.action == CHANGE;
		} else if (e && what < 5) {
			r.action = CHANGE;
			r.entry = *e;
			r.entry.version++;
		} else if (room) {
			r.action = makers[kill_pick(COUNT(makers))];
			if ((r.action == COPY && !data) || (r.action == GENERATE_PAIR && count_pairs() >= MAX_PAIRS))
				r.action = CREATE;
			r.entry.id = kill_next_id++;
			r.entry.origin = r.action == COPY ? data->origin : r.entry.id;
			r.entry.kind = r.action == GENERATE ? SECRET : r.action == GENERATE_PAIR ? PAIR : DATA;
			r.number = r.action == COPY ? data->id : 0;
		} else {
			continue;
		}
		act(&r);
	}
}

static void work_on_pins(void)
{
	for (;;) {
		struct report r = {.action = kill_pick(2) ? INIT_PIN : SET_SO_PIN, .number = kill_next_pin()};

		demand(kill_login(CKU_SO, kill_expected.so_pin), "SO login");
		act(&r);
		demand(p11->C_Logout(kill_session), "logout");
		r = (struct report){.action = SET_PIN, .number = kill_next_pin()};
		if (kill_expected.has_user_pin)
			act(&r);
	}
}

static void work_on_tokens(void)
{
	for (;;) {
		struct report r = {.action = INIT_TOKEN, .number = kill_next_pin()};

		demand(p11->C_CloseSession(kill_session), "close");
		act(&r);
		demand(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &kill_session), "open");
		demand(kill_login(CKU_SO, kill_expected.so_pin), "SO login");
		r = (struct report){.action = INIT_PIN, .number = kill_next_pin()};
		act(&r);
		demand(p11->C_Logout(kill_session), "logout");
		demand(kill_login(CKU_USER, kill_expected.user_pin), "user login");
		for (int i = 0; i < 3; i++) {
			r = (struct report){.action = CREATE, .entry = {.id = kill_next_id, .origin = kill_next_id, .kind = DATA}};
			kill_next_id++;
			act(&r);
		}
		demand(p11->C_Logout(kill_session), "logout");
	}
}

static void work_on_logins(void)
{
	for (;;) {
		struct report r = {.action = kill_expected.wrong < PIN_LIMIT - 2 && kill_pick(3) ? WRONG_LOGIN : RIGHT_LOGIN};

		act(&r);
		if (r.action == RIGHT_LOGIN)
			demand(p11->C_Logout(kill_session), "logout");
	}
}

void kill_work(enum work what)
{
	static void (*const works[WORKS])(void) = {
		[OBJECTS] = work_on_objects, [PINS] = work_on_pins, [TOKENS] = work_on_tokens, [LOGINS] = work_on_logins,
	};
	struct report start = {.action = START, .confirmed = 1};

	initialize();
	slot = first_slot();
	kill_session = open_rw();
	if (what == OBJECTS)
		demand(kill_login(CKU_USER, kill_expected.user_pin), "user login");
	send_report(&start);
	works[what]();
	_exit(0);
}
