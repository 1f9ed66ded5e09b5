/* SPDX-License-Identifier: Apache-2.0 */
/* Sudden death: a child works through every writing call on a SQLite store and is killed at seeded random
 * moments. What it had confirmed must be there, what it had begun must be there wholly or not at all.
 * About a hundred kills, CONCLAVE_KILLS for more, CONCLAVE_SEED to repeat a run. The child reports through
 * a pipe: an intention before each call, a confirmation after each CKR_OK. */
#include "api/harness.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_ENTRIES 48  /* a child's work stays around this size */
#define PIN_LIMIT 10
#define WRONG_PIN "not-the-pin"

/* ---- what the token should hold --------------------------------------------------------------- */

enum kind { DATA, SECRET, PAIR };

struct entry {
	uint32_t id;      /* in the label; 0: free */
	uint32_t version; /* in the label and, of keys, in CKA_ID: both change in one call */
	uint32_t origin;  /* of data: what its value is made from; a copy has the original's */
	uint32_t kind;
};

enum pin_state { NO_USER_PIN, USER_PIN_SET };

struct expectation {
	struct entry entries[MAX_ENTRIES];
	uint32_t user_pin, so_pin; /* numbers of the PINs now valid */
	uint32_t has_user_pin;
	uint32_t token;            /* number in the token's label */
	uint32_t wrong;            /* wrong user PINs since the last right one */
};

enum action {
	START,      /* the child is logged in and about to begin */
	CREATE,     /* entry */
	COPY,       /* entry: the new one */
	CHANGE,     /* entry: with its new version */
	DESTROY,    /* entry */
	GENERATE,   /* entry: a secret key */
	GENERATE_PAIR, /* entry */
	INIT_PIN,   /* pin */
	SET_PIN,    /* pin */
	SET_SO_PIN, /* pin */
	INIT_TOKEN, /* token */
	WRONG_LOGIN,
	RIGHT_LOGIN,
	ACTIONS
};

static const char *const action_names[ACTIONS] = {
	[START] = "start", [CREATE] = "create", [COPY] = "copy", [CHANGE] = "set attributes", [DESTROY] = "destroy",
	[GENERATE] = "generate key", [GENERATE_PAIR] = "generate key pair", [INIT_PIN] = "InitPIN", [SET_PIN] = "SetPIN",
	[SET_SO_PIN] = "SetPIN of the SO", [INIT_TOKEN] = "InitToken", [WRONG_LOGIN] = "wrong login", [RIGHT_LOGIN] = "right login",
};

/* What goes through the pipe, in one write each. */
struct report {
	uint32_t action, confirmed;
	struct entry entry;
	uint32_t number; /* of a PIN or token */
};

/* Kills per action that was under way when the child died: the test must reach all. */
static unsigned struck[ACTIONS], between;

static uint64_t random_state;
static struct expectation expected;
static CK_SESSION_HANDLE session;

static uint64_t random_next(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static uint32_t pick(uint32_t below)
{
	return (uint32_t)(random_next() % below);
}

static struct entry *entry_of(struct expectation *e, uint32_t id)
{
	for (size_t i = 0; i < MAX_ENTRIES; i++)
		if (e->entries[i].id == id)
			return &e->entries[i];
	return NULL;
}

/* The token after an action. */
static void apply(struct expectation *e, const struct report *r)
{
	switch ((enum action)r->action) {
	case CREATE: case COPY: case GENERATE: case GENERATE_PAIR:
		*entry_of(e, 0) = r->entry;
		break;
	case CHANGE:
		*entry_of(e, r->entry.id) = r->entry;
		break;
	case DESTROY:
		entry_of(e, r->entry.id)->id = 0;
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

static CK_ULONG pin_text(char *ret, size_t room, bool so, uint32_t number)
{
	return (CK_ULONG)snprintf(ret, room, "%s-pin-%u", so ? "so" : "user", number);
}

static void token_label(char *ret, size_t room, uint32_t number)
{
	snprintf(ret, room, "test-kill-%u", number);
}

/* Long enough at times that a record spans pages. */
static CK_ULONG entry_label(char *ret, size_t room, const struct entry *e)
{
	int length = snprintf(ret, room, "%u/%u/%u/%u/", e->id, e->version, e->origin, e->kind);
	size_t padding = e->version % 3 == 2 ? 3000 : e->version % 3 * 40;

	memset(ret + length, 'p', padding);
	return (CK_ULONG)length + padding;
}

static CK_ULONG data_value(CK_BYTE *ret, uint32_t origin)
{
	CK_ULONG length = origin % 4 == 0 ? 20000 : origin % 4 * 50;

	for (CK_ULONG i = 0; i < length; i++)
		ret[i] = (CK_BYTE)(origin * 31 + i * 7);
	return length;
}

static CK_RV login_with(CK_USER_TYPE user, uint32_t number)
{
	char pin[32];
	CK_ULONG length = pin_text(pin, sizeof(pin), user == CKU_SO, number);

	return p11->C_Login(session, user, (CK_UTF8CHAR_PTR)pin, length);
}

/* ---- the child's work ------------------------------------------------------------------------ */

static int report_fd;
static uint32_t next_id;

static void send_report(const struct report *r)
{
	if (write(report_fd, r, sizeof(*r)) != sizeof(*r))
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

#define LABEL_ROOM 4096

static CK_RV act_create(const struct report *r)
{
	static CK_BYTE value[20000];
	char label[LABEL_ROOM];
	CK_OBJECT_HANDLE object;
	CK_ULONG length = data_value(value, r->entry.origin), label_length = entry_label(label, sizeof(label), &r->entry);
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_PRIVATE, r->entry.id % 3 ? &yes : &no, sizeof(yes)},
		{CKA_LABEL, label, label_length},
		{CKA_VALUE, value, length},
	};

	return p11->C_CreateObject(session, template, COUNT(template), &object);
}

/* The one or two objects of an entry, found by what its label says now. */
static CK_ULONG objects_of(const struct entry *e, CK_OBJECT_HANDLE ret[3])
{
	char label[LABEL_ROOM];
	CK_ATTRIBUTE template = {CKA_LABEL, label, 0};
	CK_ULONG count = 0;

	template.ulValueLen = entry_label(label, sizeof(label), e);
	demand(p11->C_FindObjectsInit(session, &template, 1), "search");
	demand(p11->C_FindObjects(session, ret, 3, &count), "search");
	demand(p11->C_FindObjectsFinal(session), "search");
	return count;
}

static CK_RV act_copy(const struct report *r)
{
	char label[LABEL_ROOM];
	CK_ATTRIBUTE changes = {CKA_LABEL, label, 0};
	CK_OBJECT_HANDLE from[3], copy;

	changes.ulValueLen = entry_label(label, sizeof(label), &r->entry);
	if (objects_of(entry_of(&expected, r->number), from) != 1)
		return CKR_GENERAL_ERROR;
	return p11->C_CopyObject(session, from[0], &changes, 1, &copy);
}

static CK_RV act_change(const struct report *r)
{
	char label[LABEL_ROOM];
	uint32_t version = r->entry.version;
	CK_ATTRIBUTE changes[] = {{CKA_LABEL, label, 0}, {CKA_ID, &version, sizeof(version)}};
	CK_OBJECT_HANDLE object[3];

	changes[0].ulValueLen = entry_label(label, sizeof(label), &r->entry);
	if (objects_of(entry_of(&expected, r->entry.id), object) != 1)
		return CKR_GENERAL_ERROR;
	return p11->C_SetAttributeValue(session, object[0], changes, r->entry.kind == DATA ? 1 : 2);
}

static CK_RV act_destroy(const struct report *r)
{
	CK_OBJECT_HANDLE object[3];

	if (objects_of(entry_of(&expected, r->entry.id), object) != 1)
		return CKR_GENERAL_ERROR;
	return p11->C_DestroyObject(session, object[0]);
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
		{CKA_LABEL, label, entry_label(label, sizeof(label), &r->entry)},
	};

	return p11->C_GenerateKey(session, &mechanism, template, COUNT(template), &key);
}

static CK_RV act_generate_pair(const struct report *r)
{
	CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	char label[LABEL_ROOM];
	CK_ULONG label_length = entry_label(label, sizeof(label), &r->entry);
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

	return p11->C_GenerateKeyPair(session, &mechanism, public_template, COUNT(public_template), private_template,
	                              COUNT(private_template), &public, &private);
}

static CK_RV act_init_pin(const struct report *r)
{
	char pin[32];
	CK_ULONG length = pin_text(pin, sizeof(pin), false, r->number);

	return p11->C_InitPIN(session, (CK_UTF8CHAR_PTR)pin, length);
}

static CK_RV change_pin(bool so, uint32_t from, uint32_t to)
{
	char old[32], new[32];
	CK_ULONG old_length = pin_text(old, sizeof(old), so, from), new_length = pin_text(new, sizeof(new), so, to);

	return p11->C_SetPIN(session, (CK_UTF8CHAR_PTR)old, old_length, (CK_UTF8CHAR_PTR)new, new_length);
}

static CK_RV act_set_pin(const struct report *r)
{
	return change_pin(false, expected.user_pin, r->number);
}

static CK_RV act_set_so_pin(const struct report *r)
{
	return change_pin(true, expected.so_pin, r->number);
}

static CK_RV act_init_token(const struct report *r)
{
	char pin[32], label[32];

	pin_text(pin, sizeof(pin), true, expected.so_pin);
	token_label(label, sizeof(label), r->number);
	return init_token(slot, pin, label);
}

/* A wrong PIN confirmed as wrong is what must not be forgotten. */
static CK_RV act_wrong_login(const struct report *r)
{
	CK_RV rv = p11->C_Login(session, CKU_USER, (CK_UTF8CHAR_PTR)(uintptr_t)WRONG_PIN, strlen(WRONG_PIN));

	(void)r;
	return rv == CKR_PIN_INCORRECT ? CKR_OK : rv == CKR_OK ? CKR_GENERAL_ERROR : rv;
}

static CK_RV act_right_login(const struct report *r)
{
	(void)r;
	return login_with(CKU_USER, expected.user_pin);
}

static CK_RV (*const acts[ACTIONS])(const struct report *) = {
	[CREATE] = act_create, [COPY] = act_copy, [CHANGE] = act_change, [DESTROY] = act_destroy, [GENERATE] = act_generate,
	[GENERATE_PAIR] = act_generate_pair, [INIT_PIN] = act_init_pin, [SET_PIN] = act_set_pin, [SET_SO_PIN] = act_set_so_pin,
	[INIT_TOKEN] = act_init_token, [WRONG_LOGIN] = act_wrong_login, [RIGHT_LOGIN] = act_right_login,
};

/* Intention, call, confirmation; keeps the child's own expectation in step. */
static void act(struct report *r)
{
	r->confirmed = 0;
	send_report(r);
	demand(acts[r->action](r), action_names[r->action]);
	r->confirmed = 1;
	send_report(r);
	apply(&expected, r);
}

static uint32_t next_pin(void)
{
	return 1000000 + pick(1000000);
}

/* Some entry of the kinds wanted, or NULL. */
static const struct entry *any_entry(bool data_only)
{
	uint32_t start = pick(MAX_ENTRIES);

	for (uint32_t i = 0; i < MAX_ENTRIES; i++) {
		const struct entry *e = &expected.entries[(start + i) % MAX_ENTRIES];

		if (e->id && e->kind != PAIR && (!data_only || e->kind == DATA))
			return e;
	}
	return NULL;
}

static void work_on_objects(void)
{
	for (;;) {
		static const enum action makers[] = {CREATE, CREATE, COPY, GENERATE, GENERATE_PAIR};
		struct report r = {0};
		const struct entry *e = any_entry(false), *data = any_entry(true);
		uint32_t what = pick(10);
		bool room = entry_of(&expected, 0) != NULL;

		if (e && (what < 3 || !room)) {
			r.action = what < 2 && room ? CHANGE : DESTROY;
			r.entry = *e;
			r.entry.version += r.action == CHANGE;
		} else if (e && what < 5) {
			r.action = CHANGE;
			r.entry = *e;
			r.entry.version++;
		} else if (room) {
			r.action = makers[pick(COUNT(makers))];
			if (r.action == COPY && !data)
				r.action = CREATE;
			r.entry.id = next_id++;
			r.entry.origin = r.action == COPY ? data->origin : r.entry.id;
			r.entry.kind = r.action == GENERATE ? SECRET : r.action == GENERATE_PAIR ? PAIR : DATA;
			r.number = r.action == COPY ? data->id : 0;
		} else {
			return; /* full of pairs */
		}
		act(&r);
	}
}

static void work_on_pins(void)
{
	for (;;) {
		struct report r = {.action = pick(2) ? INIT_PIN : SET_SO_PIN, .number = next_pin()};

		demand(login_with(CKU_SO, expected.so_pin), "SO login");
		act(&r);
		demand(p11->C_Logout(session), "logout");
		r = (struct report){.action = SET_PIN, .number = next_pin()};
		if (expected.has_user_pin)
			act(&r);
	}
}

static void work_on_tokens(void)
{
	for (;;) {
		struct report r = {.action = INIT_TOKEN, .number = next_pin()};

		demand(p11->C_CloseSession(session), "close");
		act(&r);
		demand(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session), "open");
		demand(login_with(CKU_SO, expected.so_pin), "SO login");
		r = (struct report){.action = INIT_PIN, .number = next_pin()};
		act(&r);
		demand(p11->C_Logout(session), "logout");
		demand(login_with(CKU_USER, expected.user_pin), "user login");
		for (int i = 0; i < 3; i++) {
			r = (struct report){.action = CREATE, .entry = {.id = next_id, .origin = next_id, .kind = DATA}};
			next_id++;
			act(&r);
		}
		demand(p11->C_Logout(session), "logout");
	}
}

static void work_on_logins(void)
{
	for (;;) {
		struct report r = {.action = expected.wrong < PIN_LIMIT - 2 && pick(3) ? WRONG_LOGIN : RIGHT_LOGIN};

		act(&r);
		if (r.action == RIGHT_LOGIN)
			demand(p11->C_Logout(session), "logout");
	}
}

enum work { OBJECTS, PINS, TOKENS, LOGINS, WORKS };

static void work(enum work what)
{
	static void (*const works[WORKS])(void) = {
		[OBJECTS] = work_on_objects, [PINS] = work_on_pins, [TOKENS] = work_on_tokens, [LOGINS] = work_on_logins,
	};
	struct report start = {.action = START, .confirmed = 1};

	initialize();
	slot = first_slot();
	session = open_rw();
	if (what == OBJECTS)
		demand(login_with(CKU_USER, expected.user_pin), "user login");
	send_report(&start);
	works[what]();
	_exit(0);
}

/* ---- the kill -------------------------------------------------------------------------------- */

static bool read_report(int fd, struct report *ret)
{
	size_t got = 0;

	while (got < sizeof(*ret)) {
		ssize_t n = read(fd, (char *)ret + got, sizeof(*ret) - got);

		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		got += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Lets a child work, kills it, brings the expectation up to what it confirmed. *ret_open: what was under way,
 * action START if nothing was. */
static void work_and_kill(enum work what, struct report *ret_open)
{
	uint32_t confirmations = pick(what == OBJECTS ? 12 : 5), delay = pick(pick(2) ? 300 : 6000);
	struct report r;
	int pipes[2], status = 0;
	bool killed = false;
	pid_t child;

	*ret_open = (struct report){.action = START};
	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		close(pipes[0]);
		report_fd = pipes[1];
		work(what);
	}
	close(pipes[1]);
	while (read_report(pipes[0], &r)) {
		if (r.confirmed)
			apply(&expected, &r);
		*ret_open = r.confirmed ? (struct report){.action = START} : r;
		if (r.entry.id >= next_id)
			next_id = r.entry.id + 1;
		if (r.confirmed && confirmations > 0)
			confirmations--;
		if (confirmations == 0 && !killed) {
			usleep(delay); /* the random moment; what is still in the pipe is read after it */
			kill(child, SIGKILL);
			killed = true;
		}
	}
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail_msg("the child ended by itself, with status %x", (unsigned)status);
	if (ret_open->action == START)
		between++;
	else
		struck[ret_open->action]++;
}

/* ---- the look afterwards --------------------------------------------------------------------- */

static void read_attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *ret, CK_ULONG *length)
{
	CK_ATTRIBUTE a = {type, ret, *length};

	assert_ok(p11->C_GetAttributeValue(session, object, &a, 1));
	*length = a.ulValueLen;
}

static void check_pair(const CK_OBJECT_HANDLE objects[2])
{
	bool first_is_public = get_ulong(session, objects[0], CKA_CLASS) == CKO_PUBLIC_KEY;
	CK_OBJECT_HANDLE public = objects[first_is_public ? 0 : 1], private = objects[first_is_public ? 1 : 0];
	CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
	CK_BYTE hash[32] = {5}, signature[64];
	CK_ULONG length = sizeof(signature);

	assert_int_equal(get_ulong(session, public, CKA_CLASS), CKO_PUBLIC_KEY);
	assert_int_equal(get_ulong(session, private, CKA_CLASS), CKO_PRIVATE_KEY);
	assert_ok(p11->C_SignInit(session, &ecdsa, private));
	assert_ok(p11->C_Sign(session, hash, sizeof(hash), signature, &length));
	assert_ok(p11->C_VerifyInit(session, &ecdsa, public));
	assert_ok(p11->C_Verify(session, hash, sizeof(hash), signature, length));
}

static void check_secret(CK_OBJECT_HANDLE key)
{
	CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0};
	CK_BYTE block[16] = {0};
	CK_ULONG length = sizeof(block);

	assert_ok(p11->C_EncryptInit(session, &ecb, key));
	assert_ok(p11->C_Encrypt(session, block, sizeof(block), block, &length));
}

/* Nothing half: the objects of an entry are complete, agree with each other and work. */
static void check_whole(const struct entry *e)
{
	static CK_BYTE value[20001], wanted[20000];
	CK_OBJECT_HANDLE objects[3];
	CK_ULONG count = objects_of(e, objects), length;
	uint32_t version;

	assert_int_equal(count, e->kind == PAIR ? 2 : 1);
	for (CK_ULONG i = 0; i < count && e->kind != DATA; i++) {
		length = sizeof(version);
		read_attribute(objects[i], CKA_ID, &version, &length);
		assert_int_equal(length, sizeof(version));
		assert_int_equal(version, e->version);
	}
	if (e->kind == PAIR)
		check_pair(objects);
	if (e->kind == SECRET)
		check_secret(objects[0]);
	if (e->kind == DATA) {
		length = sizeof(value);
		read_attribute(objects[0], CKA_VALUE, value, &length);
		assert_int_equal(length, data_value(wanted, e->origin));
		assert_memory_equal(value, wanted, length);
	}
}

/* Everything in the token, from the labels; a pair's two halves are one entry. */
static size_t list_entries(struct entry *ret, size_t room)
{
	CK_OBJECT_HANDLE found[4 * MAX_ENTRIES];
	CK_ULONG count = 0;
	size_t entries = 0;

	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_ok(p11->C_FindObjects(session, found, COUNT(found), &count));
	assert_ok(p11->C_FindObjectsFinal(session));
	for (CK_ULONG i = 0; i < count; i++) {
		char label[LABEL_ROOM + 1];
		CK_ULONG length = LABEL_ROOM;
		struct entry e = {0};
		bool known = false;

		read_attribute(found[i], CKA_LABEL, label, &length);
		label[length] = '\0';
		assert_int_equal(sscanf(label, "%u/%u/%u/%u/", &e.id, &e.version, &e.origin, &e.kind), 4);
		for (size_t j = 0; j < entries; j++)
			known |= memcmp(&ret[j], &e, sizeof(e)) == 0;
		if (known)
			continue;
		assert_in_range(entries, 0, room - 1);
		ret[entries++] = e;
	}
	return entries;
}

static bool holds(const struct expectation *e, const struct entry *found, size_t count)
{
	size_t wanted = 0;

	for (size_t i = 0; i < MAX_ENTRIES; i++) {
		bool there = e->entries[i].id == 0;

		wanted += e->entries[i].id != 0;
		for (size_t j = 0; j < count && !there; j++)
			there = memcmp(&e->entries[i], &found[j], sizeof(found[j])) == 0;
		if (!there)
			return false;
	}
	return wanted == count;
}

static void print_difference(const struct entry *found, size_t count)
{
	for (size_t i = 0; i < MAX_ENTRIES; i++)
		if (expected.entries[i].id)
			print_error("expected %u version %u origin %u kind %u\n", expected.entries[i].id, expected.entries[i].version,
			            expected.entries[i].origin, expected.entries[i].kind);
	for (size_t i = 0; i < count; i++)
		print_error("found    %u version %u origin %u kind %u\n", found[i].id, found[i].version, found[i].origin, found[i].kind);
}

/* The objects are those confirmed, with or without what was under way. */
static void check_objects(const struct report *open)
{
	struct entry found[2 * MAX_ENTRIES];
	size_t count = list_entries(found, COUNT(found));
	struct expectation with = expected;

	if (open->action >= CREATE && open->action <= GENERATE_PAIR)
		apply(&with, open);
	if (holds(&with, found, count)) {
		expected = with;
	} else if (!holds(&expected, found, count)) {
		print_difference(found, count);
		fail_msg("killed in %s of %u version %u: the token holds something else", action_names[open->action], open->entry.id,
		         open->entry.version);
	}
	for (size_t i = 0; i < count; i++)
		check_whole(&found[i]);
}

/* Which token it is: the one confirmed, or the one under way. */
static void settle_token(const struct report *open)
{
	CK_TOKEN_INFO info;
	char label[32], text[33] = "";
	uint32_t number = 0;

	assert_ok(p11->C_GetTokenInfo(slot, &info));
	memcpy(text, info.label, sizeof(info.label));
	assert_int_equal(sscanf(text, "test-kill-%u", &number), 1);
	token_label(label, sizeof(label), number);
	assert_memory_equal(text, label, strlen(label));
	if (open->action == INIT_TOKEN && number == open->number)
		apply(&expected, open);
	assert_int_equal(number, expected.token);
	if (open->action != INIT_PIN)
		assert_int_equal(!!(info.flags & CKF_USER_PIN_INITIALIZED), expected.has_user_pin);
}

/* The PIN is the one confirmed, or the one under way. Leaves a user PIN that is known. */
static void settle_pins(const struct report *open)
{
	CK_RV rv = login_with(CKU_SO, expected.so_pin);

	if (rv == CKR_PIN_INCORRECT && open->action == SET_SO_PIN) {
		apply(&expected, open);
		rv = login_with(CKU_SO, expected.so_pin);
	}
	assert_ok(rv);
	logout(session);
	rv = login_with(CKU_USER, expected.user_pin);
	if (open->action == INIT_PIN || open->action == SET_PIN) {
		if (rv == CKR_PIN_INCORRECT || rv == CKR_USER_PIN_NOT_INITIALIZED) {
			CK_RV other = login_with(CKU_USER, open->number);
			if (other == CKR_OK)
				apply(&expected, open);
			rv = other == CKR_USER_PIN_NOT_INITIALIZED && !expected.has_user_pin ? other : other == CKR_OK ? CKR_OK : rv;
		}
	}
	if (!expected.has_user_pin) {
		assert_rv(rv, CKR_USER_PIN_NOT_INITIALIZED);
		assert_ok(login_with(CKU_SO, expected.so_pin));
		assert_ok(act_init_pin(&(struct report){.number = expected.user_pin}));
		expected.has_user_pin = 1;
		logout(session);
		rv = login_with(CKU_USER, expected.user_pin);
	}
	assert_ok(rv);
	expected.wrong = 0;
}

/* A kill wins no tries: wrong PINs confirmed before it and wrong PINs now make up the limit, and not fewer than the
 * limit less the one try that was under way. */
static void check_counter(const struct report *open)
{
	uint32_t tries = 0;
	CK_RV rv = CKR_OK;

	if (open->action == RIGHT_LOGIN) {
		/* It may have cleared the counter; its own reservation may count. Only the ceiling is known. */
		struct report cleared = {.action = RIGHT_LOGIN};
		if (!(token_flags() & CKF_USER_PIN_COUNT_LOW))
			apply(&expected, &cleared);
	}
	if (expected.wrong > 0 && open->action != RIGHT_LOGIN)
		assert_true(token_flags() & CKF_USER_PIN_COUNT_LOW);
	while (tries <= PIN_LIMIT && rv != CKR_PIN_LOCKED) {
		rv = act_wrong_login(NULL) == CKR_OK ? CKR_PIN_INCORRECT : CKR_PIN_LOCKED;
		tries += rv == CKR_PIN_INCORRECT;
		if (token_flags() & CKF_USER_PIN_LOCKED)
			rv = CKR_PIN_LOCKED;
	}
	if (open->action == RIGHT_LOGIN)
		assert_in_range(tries + 1, 1, PIN_LIMIT + 1);
	else
		assert_in_range(expected.wrong + tries, PIN_LIMIT - (open->action == WRONG_LOGIN) - 1, PIN_LIMIT);
	assert_true(token_flags() & CKF_USER_PIN_LOCKED);
	assert_ok(login_with(CKU_SO, expected.so_pin));
	assert_ok(act_init_pin(&(struct report){.number = expected.user_pin}));
	logout(session);
	expected.wrong = 0;
}

static void look(enum work what, const struct report *open)
{
	initialize();
	slot = first_slot();
	settle_token(open);
	session = open_rw();
	if (what == LOGINS)
		check_counter(open);
	settle_pins(open);
	check_objects(open);
	finalize();
}

/* ---- the test -------------------------------------------------------------------------------- */

static void prepare(void)
{
	char label[32], pin[32];

	memset(&expected, 0, sizeof(expected));
	expected.so_pin = next_pin();
	expected.user_pin = next_pin();
	expected.token = next_pin();
	next_id = 1;
	initialize();
	slot = first_slot();
	pin_text(pin, sizeof(pin), true, expected.so_pin);
	token_label(label, sizeof(label), expected.token);
	assert_ok(init_token(slot, pin, label));
	session = open_rw();
	assert_ok(login_with(CKU_SO, expected.so_pin));
	assert_ok(act_init_pin(&(struct report){.number = expected.user_pin}));
	expected.has_user_pin = 1;
	finalize();
}

static int setup_store(void **state)
{
	const char *text = getenv("CONCLAVE_SEED");

	random_state = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) * 1000003u ^ (uint64_t)getpid();
	print_message("seed %" PRIu64 "\n", random_state);
	if (setup_module(state))
		return -1;
	use_sqlite_store();
	prepare();
	return 0;
}

static void rules_190_203_nothing_confirmed_is_lost_and_nothing_is_half_done(void **state)
{
	static const enum work mix[] = {OBJECTS, OBJECTS, OBJECTS, OBJECTS, OBJECTS, PINS, TOKENS, LOGINS};
	const char *text = getenv("CONCLAVE_KILLS");
	unsigned kills = text && atoi(text) > 0 ? (unsigned)atoi(text) : 100;
	(void)state;

	for (unsigned i = 0; i < kills; i++) {
		enum work what = mix[pick(COUNT(mix))];
		struct report open;

		work_and_kill(what, &open);
		look(what, &open);
	}
	print_message("%u kills: between calls %u", kills, between);
	for (size_t i = START + 1; i < ACTIONS; i++)
		print_message(", in %s %u", action_names[i], struck[i]);
	print_message("\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rules_190_203_nothing_confirmed_is_lost_and_nothing_is_half_done, setup_store, teardown),
	};
	return cmocka_run_group_tests_name("kill", tests, NULL, NULL);
}
