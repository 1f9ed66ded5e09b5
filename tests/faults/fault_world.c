/* SPDX-License-Identifier: Apache-2.0 */
/* The calls, the token that they are made on, and the look at it afterwards. Knows no failure. */
#include "fault_world.h"

#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEPS_MAX 4000 /* no call has so many, even of allocations */
#define FIRST_STEPS 40 /* are walked one by one */
#define SO_PIN "so-pin-1234"
#define USER_PIN "user-pin-5678"
#define NEW_PIN "other-pin-90"
#define PICTURE 4096

char fault_folder[FAULT_PATH];
static char top[FAULT_PATH / 2], template_folder[FAULT_PATH];

static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE data, key;

static CK_BBOOL yes = CK_TRUE;
static CK_OBJECT_CLASS data_class = CKO_DATA;

#define must(expr) assert_string_equal(rv_name(expr), "CKR_OK")

/* ---- folders --------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st unused, int kind unused, struct FTW *where unused)
{
	return remove(path);
}

static void remove_folder(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void copy_file(const char *name)
{
	char path[FAULT_PATH + 32];
	static char block[1 << 20];

	snprintf(path, sizeof(path), "%s/%s", template_folder, name);
	FILE *from = fopen(path, "rb");
	assert_non_null(from);
	size_t n = fread(block, 1, sizeof(block), from);
	assert_in_range(n, 1, sizeof(block) - 1);
	fclose(from);
	snprintf(path, sizeof(path), "%s/%s", fault_folder, name);
	FILE *to = fopen(path, "wb");
	assert_non_null(to);
	assert_int_equal(fwrite(block, 1, n, to), n);
	assert_int_equal(fclose(to), 0);
}

/* ---- the library ----------------------------------------------------------------------------------- */

static CK_UTF8CHAR_PTR text(const char *s)
{
	return (CK_UTF8CHAR_PTR)(uintptr_t)s;
}

static CK_RV initialize(void)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

	return C_Initialize(&args);
}

static bool initialized(void)
{
	CK_INFO info;

	return C_GetInfo(&info) != CKR_CRYPTOKI_NOT_INITIALIZED;
}

/* What is still open would keep its locks, and more of it with every failure. */
static void expect_nothing_open(void)
{
	for (int fd = 0; fd < 256; fd++) {
		char link[32], path[FAULT_PATH + 64];

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		ssize_t n = readlink(link, path, sizeof(path) - 1);
		path[n > 0 ? n : 0] = '\0';
		if (strncmp(path, fault_folder, strlen(fault_folder)) == 0)
			fail_msg("%s is still open after C_Finalize", path);
	}
}

static void end_library(void)
{
	if (initialized())
		must(C_Finalize(NULL));
	expect_nothing_open();
}

static void take_slot(void)
{
	CK_SLOT_ID slots[4];
	CK_ULONG count = array_len(slots);

	must(C_GetSlotList(CK_FALSE, slots, &count));
	slot = slots[0];
}

static CK_RV login(CK_USER_TYPE user, const char *pin)
{
	return C_Login(session, user, text(pin), strlen(pin));
}

static CK_RV init_slot(CK_SLOT_ID where, const char *label)
{
	CK_UTF8CHAR padded[32];

	memset(padded, ' ', sizeof(padded));
	memcpy(padded, label, strlen(label));
	return C_InitToken(where, text(SO_PIN), strlen(SO_PIN), padded);
}

static CK_RV make_data(const char *label, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_PRIVATE, &yes, sizeof(yes)},
		{CKA_LABEL, text(label), strlen(label)},
		{CKA_VALUE, text("value"), 5},
	};

	return C_CreateObject(session, template, array_len(template), ret);
}

static CK_RV make_key(const char *label, CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
	CK_ULONG length = 16;
	CK_ATTRIBUTE template[] = {
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_VALUE_LEN, &length, sizeof(length)},
		{CKA_ENCRYPT, &yes, sizeof(yes)},
		{CKA_EXTRACTABLE, &yes, sizeof(yes)},
		{CKA_DERIVE, &yes, sizeof(yes)},
		{CKA_WRAP, &yes, sizeof(yes)},
		{CKA_UNWRAP, &yes, sizeof(yes)},
		{CKA_LABEL, text(label), strlen(label)},
	};

	return C_GenerateKey(session, &mechanism, template, array_len(template), ret);
}

/* ---- the calls ------------------------------------------------------------------------------------- */

static CK_RV act_create(void)
{
	CK_OBJECT_HANDLE made;

	return make_data("created", &made);
}

static CK_RV act_copy(void)
{
	CK_ATTRIBUTE label = {CKA_LABEL, text("copied"), 6};
	CK_OBJECT_HANDLE made;

	return C_CopyObject(session, data, &label, 1, &made);
}

static CK_RV act_change(void)
{
	CK_ATTRIBUTE label = {CKA_LABEL, text("changed"), 7};

	return C_SetAttributeValue(session, data, &label, 1);
}

static CK_RV act_destroy(void)
{
	return C_DestroyObject(session, data);
}

static CK_RV act_generate(void)
{
	CK_OBJECT_HANDLE made;

	return make_key("generated", &made);
}

static CK_RV act_pair(void)
{
	CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	CK_ATTRIBUTE public_half[] = {{CKA_TOKEN, &yes, sizeof(yes)}, {CKA_EC_PARAMS, p256, sizeof(p256)}, {CKA_LABEL, text("public"), 6}};
	CK_ATTRIBUTE private_half[] = {{CKA_TOKEN, &yes, sizeof(yes)}, {CKA_LABEL, text("private"), 7}};
	CK_OBJECT_HANDLE public, private;

	return C_GenerateKeyPair(session, &mechanism, public_half, array_len(public_half), private_half, array_len(private_half), &public,
				 &private);
}

static CK_RV act_unwrap(void)
{
	CK_MECHANISM mechanism = {CKM_AES_KEY_WRAP_KWP, NULL, 0};
	CK_KEY_TYPE aes = CKK_AES;
	CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
	CK_BYTE wrapped[64];
	CK_ULONG length = sizeof(wrapped);
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &secret, sizeof(secret)},
		{CKA_KEY_TYPE, &aes, sizeof(aes)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_LABEL, text("unwrapped"), 9},
	};
	CK_OBJECT_HANDLE made;
	CK_RV rv = C_WrapKey(session, &mechanism, key, key, wrapped, &length);

	return rv != CKR_OK ? rv : C_UnwrapKey(session, &mechanism, key, wrapped, length, template, array_len(template), &made);
}

static CK_RV act_derive(void)
{
	CK_BYTE block[16] = {7};
	CK_KEY_DERIVATION_STRING_DATA parameter = {block, sizeof(block)};
	CK_MECHANISM mechanism = {CKM_AES_ECB_ENCRYPT_DATA, &parameter, sizeof(parameter)};
	CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
	CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
	CK_ULONG length = 16;
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &secret, sizeof(secret)},
		{CKA_KEY_TYPE, &generic, sizeof(generic)},
		{CKA_VALUE_LEN, &length, sizeof(length)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_LABEL, text("derived"), 7},
	};
	CK_OBJECT_HANDLE made;

	return C_DeriveKey(session, &mechanism, key, template, array_len(template), &made);
}

static CK_RV act_init_pin(void)
{
	return C_InitPIN(session, text(NEW_PIN), strlen(NEW_PIN));
}

static CK_RV act_set_pin(void)
{
	return C_SetPIN(session, text(USER_PIN), strlen(USER_PIN), text(NEW_PIN), strlen(NEW_PIN));
}

static CK_RV act_wrong_login(void)
{
	CK_RV rv = login(CKU_USER, "not-the-pin");

	return rv == CKR_PIN_INCORRECT ? CKR_OK : rv;
}

static CK_RV act_login(void)
{
	return login(CKU_USER, USER_PIN);
}

static CK_RV act_init_token(void)
{
	return init_slot(slot, "test-again");
}

static const CONCLAVE_FUNCTIONS *admin(void)
{
	CK_INTERFACE_PTR interface = NULL;

	must(C_GetInterface(text(CONCLAVE_INTERFACE_NAME), NULL, &interface, 0));
	return interface->pFunctionList;
}

static CK_RV act_rename(void)
{
	CK_UTF8CHAR label[32] = "test-renamed                    ";

	return admin()->RenameToken(slot, text(SO_PIN), strlen(SO_PIN), label);
}

/* Of a token of SoftHSM whose PINs open nothing: public objects come. */
static CK_RV act_import(void)
{
	char folder[FAULT_PATH];
	CONCLAVE_IMPORT import = {.pFolder = text(folder), .pSoPin = text(SO_PIN), .ulSoPinLen = strlen(SO_PIN)};
	CONCLAVE_IMPORT_RESULT result;

	snprintf(folder, sizeof(folder), "%s/softhsm", top);
	return admin()->ImportSoftHSM(&import, &result);
}

static CK_RV act_remove(void)
{
	return admin()->RemoveToken(slot, text(SO_PIN), strlen(SO_PIN));
}

/* A key of an asynchronous session, which becomes an object in C_AsyncComplete. */
static CK_RV act_complete(void)
{
	CK_ASYNC_DATA result;
	CK_SESSION_HANDLE was = session, async;
	CK_OBJECT_HANDLE none;
	CK_RV rv = C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION | CKF_ASYNC_SESSION, NULL, NULL, &async);

	if (rv != CKR_OK)
		return rv;
	session = async;
	rv = make_key("completed", &none);
	session = was;
	while (rv == CKR_PENDING) {
		sched_yield();
		rv = C_AsyncComplete(async, text("C_GenerateKey"), &result);
	}
	CK_RV closed = C_CloseSession(async);
	return rv != CKR_OK ? rv : closed;
}

static CK_RV act_first_token(void)
{
	if (!initialized())
		must(initialize());
	take_slot();
	return init_slot(slot, "test-first");
}

static CK_RV act_start(void)
{
	return initialized() ? CKR_OK : initialize();
}

static CK_RV act_stop(void)
{
	return initialized() ? C_Finalize(NULL) : CKR_OK;
}

/* Who is logged in when the call is made. */
enum role { NOTHING_THERE, NOT_STARTED, NOBODY, A_SESSION, THE_USER, THE_SO };

static const struct call {
	const char *name;
	enum role role;
	CK_RV (*act)(void);
	/* A try at a PIN is noted before it is made: a failure may leave the note, which counts from the next try on. */
	bool may_count;
} calls[] = {
	{"the first C_InitToken", NOTHING_THERE, act_first_token, false},
	{"C_Initialize", NOT_STARTED, act_start, false},
	{"C_Finalize", THE_USER, act_stop, false},
	{"C_CreateObject", THE_USER, act_create, false},
	{"C_CopyObject", THE_USER, act_copy, false},
	{"C_SetAttributeValue", THE_USER, act_change, false},
	{"C_DestroyObject", THE_USER, act_destroy, false},
	{"C_GenerateKey", THE_USER, act_generate, false},
	{"C_GenerateKeyPair", THE_USER, act_pair, false},
	{"C_AsyncComplete", THE_USER, act_complete, false},
	{"C_UnwrapKey", THE_USER, act_unwrap, false},
	{"C_DeriveKey", THE_USER, act_derive, false},
	{"C_InitPIN", THE_SO, act_init_pin, false},
	{"C_SetPIN", THE_USER, act_set_pin, true},
	{"a wrong C_Login", A_SESSION, act_wrong_login, true},
	{"C_Login", A_SESSION, act_login, true},
	{"C_InitToken", NOBODY, act_init_token, true},
	{"renaming", NOBODY, act_rename, true},
	{"importing", NOBODY, act_import, false},
	{"removing", NOBODY, act_remove, true},
};

/* ---- the token before the call ----------------------------------------------------------------------- */

static CK_OBJECT_HANDLE find(const char *label)
{
	CK_ATTRIBUTE template = {CKA_LABEL, text(label), strlen(label)};
	CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
	CK_ULONG count;

	must(C_FindObjectsInit(session, &template, 1));
	must(C_FindObjects(session, &found, 1, &count));
	must(C_FindObjectsFinal(session));
	return found;
}

static void become(enum role role)
{
	if (role <= NOT_STARTED)
		return;
	if (!initialized())
		must(initialize());
	take_slot();
	if (role == NOBODY)
		return;
	must(C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
	if (role == THE_SO)
		must(login(CKU_SO, SO_PIN));
	if (role == THE_USER) {
		must(login(CKU_USER, USER_PIN));
		data = find("data");
		key = find("key");
	}
}

static void prepare(const struct call *c)
{
	end_library();
	remove_folder(fault_folder);
	if (c->role != NOTHING_THERE) {
		assert_int_equal(mkdir(fault_folder, 0700), 0);
		copy_file("conclave.db");
		copy_file("store.key");
	}
	become(c->role);
}

static void make_template(void)
{
	char uri[FAULT_PATH + 8];

	snprintf(uri, sizeof(uri), "sqlite:%s", template_folder);
	setenv("CONCLAVE_STORE", uri, 1);
	must(initialize());
	take_slot();
	must(init_slot(slot, "test-faults"));
	must(C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
	must(login(CKU_SO, SO_PIN));
	must(C_InitPIN(session, text(USER_PIN), strlen(USER_PIN)));
	must(C_Logout(session));
	must(login(CKU_USER, USER_PIN));
	must(make_data("data", &data));
	must(make_key("key", &key));
	must(C_Finalize(NULL));
}

static void put_number(FILE *to, uint64_t n)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		fputc((int)(n >> shift & 0xff), to);
}

static void put_bytes(FILE *to, uint64_t type, const char *value, size_t len)
{
	put_number(to, type);
	put_number(to, 3);
	put_number(to, len);
	fwrite(value, 1, len, to);
}

static FILE *foreign_file(const char *name)
{
	char path[FAULT_PATH + 32];

	snprintf(path, sizeof(path), "%s/softhsm/%s", top, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	put_number(file, 1);
	return file;
}

/* What act_import takes over: doc/migrating.md has the form. */
static void make_foreign_token(void)
{
	static const char blob[72];
	char path[FAULT_PATH];

	snprintf(path, sizeof(path), "%s/softhsm", top);
	assert_int_equal(mkdir(path, 0700), 0);
	FILE *token = foreign_file("token.object");
	put_bytes(token, CKA_VENDOR_DEFINED + 0x5349, "test-foreign", 12);
	put_bytes(token, CKA_VENDOR_DEFINED + 0x534a, "foreign-token-01", 16);
	put_bytes(token, CKA_VENDOR_DEFINED + 0x534c, blob, sizeof(blob));
	fclose(token);
	FILE *object = foreign_file("a.object");
	put_number(object, CKA_CLASS);
	put_number(object, 2);
	put_number(object, CKO_DATA);
	put_number(object, CKA_PRIVATE);
	put_number(object, 1);
	fputc(0, object);
	put_bytes(object, CKA_LABEL, "foreign", 7);
	fclose(object);
}

/* ---- the token after the call ------------------------------------------------------------------------ */

static void add(char *picture, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(char *picture, const char *format, ...)
{
	size_t used = strlen(picture);
	va_list args;

	va_start(args, format);
	vsnprintf(picture + used, PICTURE - used, format, args);
	va_end(args);
}

/* All labels of objects, as a set: the order tells nothing. */
static void add_objects(char *picture)
{
	CK_OBJECT_HANDLE found[32];
	CK_ULONG count;
	uint64_t sum = 0;

	must(C_FindObjectsInit(session, NULL, 0));
	must(C_FindObjects(session, found, array_len(found), &count));
	must(C_FindObjectsFinal(session));
	for (CK_ULONG i = 0; i < count; i++) {
		char label[32] = "";
		CK_OBJECT_CLASS class = 0;
		CK_ATTRIBUTE read[] = {{CKA_LABEL, label, sizeof(label) - 1}, {CKA_CLASS, &class, sizeof(class)}};
		uint64_t hash = 14695981039346656037u;

		must(C_GetAttributeValue(session, found[i], read, array_len(read)));
		for (const char *c = label; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 1099511628211u;
		sum += hash * (class + 3);
	}
	add(picture, "%lu objects %016llx", count, (unsigned long long)sum);
}

/* Of tokens in other slots: the public objects. */
static void add_other_tokens(char *picture)
{
	CK_SLOT_ID slots[8];
	CK_ULONG count = array_len(slots);
	CK_TOKEN_INFO info;

	must(C_GetSlotList(CK_TRUE, slots, &count));
	for (CK_ULONG i = 0; i < count; i++) {
		must(C_GetTokenInfo(slots[i], &info));
		if (slots[i] == slot || (info.flags & CKF_TOKEN_INITIALIZED) == 0)
			continue;
		must(C_OpenSession(slots[i], CKF_SERIAL_SESSION, NULL, NULL, &session));
		add(picture, "; %.32s ", (const char *)info.label);
		add_objects(picture);
	}
}

/* Everything that a call here may change, in words. Starts the library anew, so this is what is on disk. */
static void picture_of(char *ret, bool counters)
{
	static const char *const pins[] = {USER_PIN, NEW_PIN};
	CK_TOKEN_INFO info;
	CK_FLAGS shown = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED;

	*ret = '\0';
	end_library();
	must(initialize());
	take_slot();
	must(C_GetTokenInfo(slot, &info));
	if (counters)
		shown |= CKF_USER_PIN_COUNT_LOW | CKF_SO_PIN_COUNT_LOW;
	add(ret, "%.32s flags %lx, ", (const char *)info.label, info.flags & shown);
	if (info.flags & CKF_TOKEN_INITIALIZED) {
		must(C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
		must(login(CKU_SO, SO_PIN));
		must(C_Logout(session));
		for (size_t i = 0; i < array_len(pins) && (info.flags & CKF_USER_PIN_INITIALIZED); i++)
			if (login(CKU_USER, pins[i]) == CKR_OK)
				add(ret, "pin %zu, ", i);
		add_objects(ret);
	}
	add_other_tokens(ret);
	end_library();
}

/* ---- the walk ---------------------------------------------------------------------------------------- */

struct pictures {
	char before[PICTURE], after[PICTURE];
};

static void expect_picture(const struct call *c, const struct fault *f, unsigned n, const char *expected, bool counters)
{
	char now[PICTURE];

	picture_of(now, counters);
	if (strcmp(now, expected) != 0)
		fail_msg("%s, %s at step %u:\n  %s\nand not\n  %s", c->name, f->name, n, now, expected);
}

static void expect_code(const struct call *c, const struct fault *f, unsigned n, CK_RV rv)
{
	for (size_t i = 0; i < array_len(f->codes) && f->codes[i] != CKR_OK; i++)
		if (rv == f->codes[i])
			return;
	fail_msg("%s, %s at step %u gave %s", c->name, f->name, n, rv_name(rv));
}

/* What failed has changed nothing that the application holds. */
static void expect_handles(const struct call *c, const struct fault *f, unsigned n)
{
	char label[32] = "";
	CK_ATTRIBUTE read = {CKA_LABEL, label, sizeof(label) - 1};

	if (c->role != THE_USER || c->act == act_stop)
		return;
	CK_RV rv = C_GetAttributeValue(session, data, &read, 1);
	if (rv != CKR_OK || strcmp(label, "data") != 0)
		fail_msg("%s, %s at step %u: the object's handle gives %s and the label %s", c->name, f->name, n, rv_name(rv), label);
}

/* Odd steps look at the disk and try again after a new start, even ones try again at once. */
static void expect_unchanged(const struct call *c, const struct fault *f, unsigned n, const struct pictures *p)
{
	bool counters = !c->may_count;

	expect_handles(c, f, n);
	if (n % 2 != 0) {
		char before[PICTURE];

		snprintf(before, sizeof(before), "%s", p->before);
		expect_picture(c, f, n, before, counters);
		become(c->role);
	}
	CK_RV again = c->act();
	if (again != CKR_OK)
		fail_msg("%s, %s at step %u: the next try gave %s", c->name, f->name, n, rv_name(again));
}

/* False when the call needed fewer steps. */
static bool fail_at(const struct call *c, const struct fault *f, unsigned n, const struct pictures *exact, const struct pictures *loose)
{
	const struct pictures *p = c->may_count ? loose : exact;

	prepare(c);
	f->arm(f, n);
	CK_RV rv = c->act();
	bool failed = f->disarm();
	if (rv == CKR_OK) {
		expect_picture(c, f, n, failed ? p->after : exact->after, !failed || !c->may_count);
		return failed;
	}
	expect_code(c, f, n, rv);
	expect_unchanged(c, f, n, p);
	expect_picture(c, f, n, p->after, !c->may_count);
	return failed;
}

/* True when the child was killed, false when the call needed fewer steps. */
static bool child_killed_at(const struct call *c, const struct fault *f, unsigned n)
{
	int status = 0;

	end_library();
	fflush(NULL);
	pid_t child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		prepare(c);
		f->arm(f, n);
		_exit(c->act() == CKR_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	if (status != 0)
		fail_msg("%s, %s at step %u: the child ended with %x", c->name, f->name, n, (unsigned)status);
	return false;
}

static bool kill_at(const struct call *c, const struct fault *f, unsigned n, const struct pictures *exact, const struct pictures *loose)
{
	const struct pictures *p = c->may_count ? loose : exact;
	char now[PICTURE];
	bool killed = child_killed_at(c, f, n);

	picture_of(now, !c->may_count);
	if (strcmp(now, p->after) != 0 && (!killed || strcmp(now, p->before) != 0))
		fail_msg("%s, %s at step %u:\n  %s\nand neither\n  %s\nnor\n  %s", c->name, f->name, n, now, p->before, p->after);
	return killed;
}

static void walk_call(const struct call *c, const struct fault *f, const struct pictures *exact, const struct pictures *loose)
{
	bool hashes = c->may_count || c->role == THE_SO;
	unsigned n = 1, last = 0;

	while (n < STEPS_MAX && (f->kills ? kill_at : fail_at)(c, f, n, exact, loose)) {
		last = n;
		n += hashes && n >= FIRST_STEPS && f->pin_stride > 0 ? f->pin_stride : 1;
	}
	assert_in_range(n, 1, STEPS_MAX - 1);
	print_message("%-24s %-28s %3u steps\n", c->name, f->name, last);
}

static void take_pictures(const struct call *c, struct pictures *ret, bool counters)
{
	prepare(c);
	picture_of(ret->before, counters);
	prepare(c);
	must(c->act());
	picture_of(ret->after, counters);
}

void fault_walk(const struct fault *faults, size_t count, bool from_nothing)
{
	for (size_t i = 0; i < array_len(calls); i++) {
		static struct pictures exact, loose;

		if (calls[i].role <= NOT_STARTED && !from_nothing)
			continue;
		take_pictures(&calls[i], &exact, true);
		take_pictures(&calls[i], &loose, false);
		for (size_t j = 0; j < count; j++)
			walk_call(&calls[i], &faults[j], &exact, &loose);
	}
}

void fault_see_each(void (*begin)(void), void (*look)(const char *call))
{
	for (size_t i = 0; i < array_len(calls); i++) {
		prepare(&calls[i]);
		begin();
		must(calls[i].act());
		look(calls[i].name);
	}
}

int fault_setup(void **state unused)
{
	/* In memory where possible: thousands of times the disk would be waited for. */
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	char uri[FAULT_PATH + 8];

	umask(S_IRWXG | S_IRWXO);
	log_configure("off");
	setenv("CONCLAVE_LOG", "off", 0);
	setenv("CONCLAVE_TEST_TOKENS", "1", 1);
	snprintf(top, sizeof(top), "%s/conclave-faults-XXXXXX", base);
	assert_non_null(mkdtemp(top));
	snprintf(template_folder, sizeof(template_folder), "%s/template", top);
	snprintf(fault_folder, sizeof(fault_folder), "%s/work", top);
	make_template();
	make_foreign_token();
	snprintf(uri, sizeof(uri), "sqlite:%s", fault_folder);
	setenv("CONCLAVE_STORE", uri, 1);
	return 0;
}

int fault_teardown(void **state unused)
{
	end_library();
	remove_folder(top);
	return 0;
}
