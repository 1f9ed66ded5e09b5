/* SPDX-License-Identifier: Apache-2.0 */
/* The fixtures of the black-box tests. Each test gets a library of its own state: a memory store, or
 * a directory that teardown removes. A module without the interfaces of 3.x can be tested too, for
 * comparison: what it lacks answers CKR_FUNCTION_NOT_SUPPORTED. Knows nothing of Conclave but the
 * environment variables that it reads. */
#include "harness.h"

#include <dlfcn.h>
#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef TEST_MODULE
#define TEST_MODULE "build/libconclave.so"
#endif

CK_FUNCTION_LIST_3_2 *p11;
CK_FUNCTION_LIST *p11_240;
void *module_handle;
CK_SLOT_ID slot;

CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
CK_OBJECT_CLASS data_class = CKO_DATA, secret_key_class = CKO_SECRET_KEY;
CK_OBJECT_CLASS public_key_class = CKO_PUBLIC_KEY, private_key_class = CKO_PRIVATE_KEY;
CK_KEY_TYPE aes_type = CKK_AES, generic_type = CKK_GENERIC_SECRET, rsa_type = CKK_RSA;
CK_KEY_TYPE ec_type = CKK_EC, edwards_type = CKK_EC_EDWARDS;
CK_BYTE aes_value[32] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
};

static char store_directory[64]; /* empty: none to remove */
static pid_t fixture_process;    /* whose directory it is */

/* ---- comparisons ----------------------------------------------------------------------------- */

static const struct {
	CK_RV rv;
	const char *name;
} codes[] = {
#define CODE(name) {name, #name},
#include "returns.inc"
#undef CODE
};

const char *rv_text(CK_RV rv)
{
	static _Thread_local char number[32];

	for (size_t i = 0; i < COUNT(codes); i++)
		if (codes[i].rv == rv)
			return codes[i].name;
	snprintf(number, sizeof(number), "0x%08lx", rv);
	return number;
}

void expect_rv(CK_RV got, const CK_RV *expected, size_t count, const char *what, const char *file, int line)
{
	char wanted[512] = "";

	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(wanted);
		if (got == expected[i])
			return;
		snprintf(wanted + used, sizeof(wanted) - used, "%s%s", i ? " or " : "", rv_text(expected[i]));
	}
	print_error("%s:%d: %s\n    gave %s, not %s\n", file, line, what, rv_text(got), wanted);
	_fail(file, line);
}

bool is_padded(const CK_UTF8CHAR *text, size_t length)
{
	return memchr(text, 0, length) == NULL;
}

/* ---- the module ------------------------------------------------------------------------------ */

const char *module_path(void)
{
	const char *path = getenv("CONCLAVE_MODULE");

	return path && *path ? path : TEST_MODULE;
}

static CK_RV not_supported(void)
{
	return CKR_FUNCTION_NOT_SUPPORTED;
}

/* A list of version 3.2 for a module that has only that of 2.40. */
static CK_FUNCTION_LIST_3_2 *widened(const CK_FUNCTION_LIST *old)
{
	static CK_FUNCTION_LIST_3_2 list;
	CK_RV (*stub)(void) = not_supported;

	memcpy(&list, old, sizeof(*old));
	for (size_t at = sizeof(*old); at < sizeof(list); at += sizeof(stub))
		memcpy((char *)&list + at, &stub, sizeof(stub));
	return &list;
}

static CK_FUNCTION_LIST_3_2 *newest_list(void *handle)
{
	CK_VERSION version = {3, 2};
	CK_C_GetInterface get = NULL;
	CK_INTERFACE_PTR interface = NULL;

	*(void **)&get = dlsym(handle, "C_GetInterface");
	if (get && get((CK_UTF8CHAR_PTR)(uintptr_t)"PKCS 11", &version, &interface, 0) == CKR_OK)
		return interface->pFunctionList;
	return widened(p11_240);
}

static int load_module(void)
{
	CK_C_GetFunctionList get = NULL;

	if (module_handle)
		return 0;
	module_handle = dlopen(module_path(), RTLD_NOW | RTLD_LOCAL);
	if (!module_handle) {
		print_error("cannot load the module: %s\n", dlerror());
		return -1;
	}
	*(void **)&get = dlsym(module_handle, "C_GetFunctionList");
	if (!get || get(&p11_240) != CKR_OK)
		return -1;
	p11 = newest_list(module_handle);
	return 0;
}

/* ---- stores ---------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
	(void)info, (void)kind, (void)where;
	return remove(path);
}

static void remove_store_directory(void)
{
	if (*store_directory && fixture_process == getpid())
		nftw(store_directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	*store_directory = '\0';
}

void use_memory_store(void)
{
	setenv("CONCLAVE_STORE", "memory:", 1);
}

const char *use_sqlite_store(void)
{
	char uri[sizeof(store_directory) + 16];

	remove_store_directory();
	snprintf(store_directory, sizeof(store_directory), "/tmp/conclave-test-XXXXXX");
	if (!mkdtemp(store_directory))
		fail_msg("no temporary directory");
	fixture_process = getpid();
	snprintf(uri, sizeof(uri), "sqlite:%s", store_directory);
	setenv("CONCLAVE_STORE", uri, 1);
	return store_directory;
}

/* ---- fixtures -------------------------------------------------------------------------------- */

int setup_module(void **state)
{
	(void)state;
	use_memory_store();
	setenv("CONCLAVE_LOG", "off", 0);
	setenv("CONCLAVE_TEST_TOKENS", "1", 1);
	setenv("CONCLAVE_POLICY", "legacy", 1); /* every mechanism is there to be tested; test_policy.c has the others */
	return load_module();
}

void initialize(void)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

	assert_ok(p11->C_Initialize(&args));
}

void finalize(void)
{
	assert_ok(p11->C_Finalize(NULL));
}

/* A test that failed may have left the library initialised. */
static void finalize_leftover(void)
{
	if (p11)
		p11->C_Finalize(NULL);
}

int setup_initialized(void **state)
{
	if (setup_module(state))
		return -1;
	finalize_leftover();
	initialize();
	slot = first_slot();
	return 0;
}

int setup_token(void **state)
{
	if (setup_initialized(state))
		return -1;
	make_token();
	return 0;
}

int setup_token_sqlite(void **state)
{
	if (setup_module(state))
		return -1;
	finalize_leftover();
	use_sqlite_store();
	initialize();
	make_token();
	return 0;
}

int teardown(void **state)
{
	(void)state;
	finalize_leftover();
	remove_store_directory();
	use_memory_store();
	return 0;
}

CK_SLOT_ID first_slot(void)
{
	CK_SLOT_ID list[32];
	CK_ULONG count = 0;

	assert_ok(p11->C_GetSlotList(CK_FALSE, NULL, &count));
	assert_in_range(count, 1, COUNT(list));
	assert_ok(p11->C_GetSlotList(CK_FALSE, list, &count));
	return list[0];
}

CK_RV init_token(CK_SLOT_ID id, const char *so_pin, const char *label)
{
	CK_UTF8CHAR padded[32];

	memset(padded, ' ', sizeof(padded));
	memcpy(padded, label, strlen(label));
	return p11->C_InitToken(id, (CK_UTF8CHAR_PTR)(uintptr_t)so_pin, strlen(so_pin), padded);
}

void make_token(void)
{
	CK_SESSION_HANDLE session;

	slot = first_slot();
	assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
	session = open_rw();
	login_so(session);
	assert_ok(p11->C_InitPIN(session, (CK_UTF8CHAR_PTR)(uintptr_t)USER_PIN, strlen(USER_PIN)));
	logout(session);
	close_session(session);
}

CK_FLAGS token_flags(void)
{
	CK_TOKEN_INFO info;

	assert_ok(p11->C_GetTokenInfo(slot, &info));
	return info.flags;
}

/* ---- sessions -------------------------------------------------------------------------------- */

static CK_SESSION_HANDLE open_with(CK_FLAGS flags)
{
	CK_SESSION_HANDLE session = CK_INVALID_HANDLE;

	assert_ok(p11->C_OpenSession(slot, flags | CKF_SERIAL_SESSION, NULL, NULL, &session));
	assert_int_not_equal(session, CK_INVALID_HANDLE);
	return session;
}

CK_SESSION_HANDLE open_ro(void)
{
	return open_with(0);
}

CK_SESSION_HANDLE open_rw(void)
{
	return open_with(CKF_RW_SESSION);
}

void close_session(CK_SESSION_HANDLE session)
{
	assert_ok(p11->C_CloseSession(session));
}

CK_RV login_as(CK_SESSION_HANDLE session, CK_USER_TYPE user, const char *pin)
{
	return p11->C_Login(session, user, (CK_UTF8CHAR_PTR)(uintptr_t)pin, strlen(pin));
}

void login_user(CK_SESSION_HANDLE session)
{
	assert_ok(login_as(session, CKU_USER, USER_PIN));
}

void login_so(CK_SESSION_HANDLE session)
{
	assert_ok(login_as(session, CKU_SO, SO_PIN));
}

void logout(CK_SESSION_HANDLE session)
{
	assert_ok(p11->C_Logout(session));
}

CK_STATE session_state(CK_SESSION_HANDLE session)
{
	CK_SESSION_INFO info;

	assert_ok(p11->C_GetSessionInfo(session, &info));
	return info.state;
}

/* ---- objects --------------------------------------------------------------------------------- */

CK_OBJECT_HANDLE make_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE *attributes, size_t count)
{
	CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;

	assert_ok(p11->C_CreateObject(session, attributes, count, &object));
	assert_int_not_equal(object, CK_INVALID_HANDLE);
	return object;
}

#define BOOL(type, value) {(type), (value) ? &yes : &no, sizeof(CK_BBOOL)}

CK_OBJECT_HANDLE make_data(CK_SESSION_HANDLE session, bool token, bool private, const char *label)
{
	char value[] = "some data";

	return make_object(session, ATTRIBUTES(
		{CKA_CLASS, &data_class, sizeof(data_class)},
		BOOL(CKA_TOKEN, token),
		BOOL(CKA_PRIVATE, private),
		{CKA_LABEL, (void *)(uintptr_t)label, strlen(label)},
		{CKA_VALUE, value, sizeof(value) - 1}));
}

CK_OBJECT_HANDLE make_aes(CK_SESSION_HANDLE session, bool token, bool private)
{
	return make_object(session, ATTRIBUTES(
		{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
		{CKA_KEY_TYPE, &aes_type, sizeof(aes_type)},
		BOOL(CKA_TOKEN, token),
		BOOL(CKA_PRIVATE, private),
		BOOL(CKA_SENSITIVE, false),
		BOOL(CKA_EXTRACTABLE, true),
		BOOL(CKA_ENCRYPT, true),
		BOOL(CKA_DECRYPT, true),
		BOOL(CKA_SIGN, true),
		BOOL(CKA_VERIFY, true),
		BOOL(CKA_WRAP, true),
		BOOL(CKA_UNWRAP, true),
		BOOL(CKA_DERIVE, true),
		{CKA_VALUE, aes_value, sizeof(aes_value)}));
}

CK_OBJECT_HANDLE make_secret(CK_SESSION_HANDLE session, bool token, bool private, const void *value,
                             size_t length)
{
	return make_object(session, ATTRIBUTES(
		{CKA_CLASS, &secret_key_class, sizeof(secret_key_class)},
		{CKA_KEY_TYPE, &generic_type, sizeof(generic_type)},
		BOOL(CKA_TOKEN, token),
		BOOL(CKA_PRIVATE, private),
		BOOL(CKA_SENSITIVE, false),
		BOOL(CKA_EXTRACTABLE, true),
		BOOL(CKA_SIGN, true),
		BOOL(CKA_VERIFY, true),
		BOOL(CKA_DERIVE, true),
		{CKA_VALUE, (void *)(uintptr_t)value, length}));
}

#define GENERATE(mechanism_type, public_extra, private_extra) \
	do { \
		CK_MECHANISM mechanism = {(mechanism_type), NULL, 0}; \
		CK_ATTRIBUTE public_template[] = {BOOL(CKA_TOKEN, token), BOOL(CKA_PRIVATE, false), \
		                                  BOOL(CKA_VERIFY, true), public_extra}; \
		CK_ATTRIBUTE private_template[] = {BOOL(CKA_TOKEN, token), BOOL(CKA_PRIVATE, private), \
		                                   BOOL(CKA_SENSITIVE, false), BOOL(CKA_EXTRACTABLE, true), \
		                                   BOOL(CKA_SIGN, true), private_extra}; \
		assert_ok(p11->C_GenerateKeyPair(session, &mechanism, public_template, COUNT(public_template), \
		                                 private_template, COUNT(private_template), ret_public, \
		                                 ret_private)); \
	} while (0)
#define AND ,

void make_rsa_pair(CK_SESSION_HANDLE session, bool token, bool private, CK_OBJECT_HANDLE *ret_public,
                   CK_OBJECT_HANDLE *ret_private)
{
	CK_ULONG bits = 2048;
	CK_BYTE exponent[] = {1, 0, 1};

	GENERATE(CKM_RSA_PKCS_KEY_PAIR_GEN,
	         BOOL(CKA_ENCRYPT, true) AND BOOL(CKA_WRAP, true) AND BOOL(CKA_VERIFY_RECOVER, true) AND
	         {CKA_MODULUS_BITS AND &bits AND sizeof(bits)} AND
	         {CKA_PUBLIC_EXPONENT AND exponent AND sizeof(exponent)},
	         BOOL(CKA_DECRYPT, true) AND BOOL(CKA_UNWRAP, true) AND BOOL(CKA_SIGN_RECOVER, true));
}

void make_ec_pair(CK_SESSION_HANDLE session, bool token, bool private, CK_OBJECT_HANDLE *ret_public,
                  CK_OBJECT_HANDLE *ret_private)
{
	CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

	GENERATE(CKM_EC_KEY_PAIR_GEN, {CKA_EC_PARAMS AND p256 AND sizeof(p256)}, BOOL(CKA_DERIVE, true));
}

void make_ed_pair(CK_SESSION_HANDLE session, bool token, bool private, CK_OBJECT_HANDLE *ret_public,
                  CK_OBJECT_HANDLE *ret_private)
{
	CK_BYTE ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

	GENERATE(CKM_EC_EDWARDS_KEY_PAIR_GEN, {CKA_EC_PARAMS AND ed25519 AND sizeof(ed25519)},
	         BOOL(CKA_DERIVE, false));
}

static size_t search(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret_first)
{
	CK_OBJECT_HANDLE found[16];
	CK_ULONG got;
	size_t total = 0;

	assert_ok(p11->C_FindObjectsInit(session, template, count));
	do {
		assert_ok(p11->C_FindObjects(session, found, COUNT(found), &got));
		if (total == 0 && got > 0 && ret_first)
			*ret_first = found[0];
		total += got;
	} while (got > 0);
	assert_ok(p11->C_FindObjectsFinal(session));
	return total;
}

size_t count_objects(CK_SESSION_HANDLE session)
{
	return search(session, NULL, 0, NULL);
}

size_t count_labelled(CK_SESSION_HANDLE session, const char *label)
{
	CK_ATTRIBUTE template = {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)};

	return search(session, &template, 1, NULL);
}

CK_OBJECT_HANDLE find_labelled(CK_SESSION_HANDLE session, const char *label)
{
	CK_ATTRIBUTE template = {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)};
	CK_OBJECT_HANDLE first = CK_INVALID_HANDLE;

	search(session, &template, 1, &first);
	return first;
}

bool get_bool(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL value = 0xff;
	CK_ATTRIBUTE attribute = {type, &value, sizeof(value)};

	assert_ok(p11->C_GetAttributeValue(session, object, &attribute, 1));
	assert_int_equal(attribute.ulValueLen, sizeof(value));
	assert_in_range(value, CK_FALSE, CK_TRUE);
	return value == CK_TRUE;
}

CK_ULONG get_ulong(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG value = 0;
	CK_ATTRIBUTE attribute = {type, &value, sizeof(value)};

	assert_ok(p11->C_GetAttributeValue(session, object, &attribute, 1));
	assert_int_equal(attribute.ulValueLen, sizeof(value));
	return value;
}

bool has_mechanism(CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_INFO info;
	CK_RV rv = p11->C_GetMechanismInfo(slot, type, &info);

	assert_rv_in(rv, CKR_OK, CKR_MECHANISM_INVALID);
	return rv == CKR_OK;
}

/* ---- other threads and processes -------------------------------------------------------------- */

static bool sleeps(int tid)
{
	char path[64], text[256] = "";
	const char *end;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	stat = fopen(path, "r");
	if (!stat)
		return false;
	if (!fgets(text, sizeof(text), stat))
		text[0] = '\0';
	fclose(stat);
	end = strrchr(text, ')');
	return end && end[1] && end[2] == 'S';
}

void await_sleep(const atomic_int *tid)
{
	time_t limit = time(NULL) + 10;

	while (!(*tid && sleeps(*tid))) {
		assert_true(time(NULL) < limit);
		sched_yield();
	}
}

/* A failure must end the child, not run the parent's remaining tests in it. */
static void become_child(void)
{
	static const int caught_by_cmocka[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS, SIGABRT};

	setenv("CMOCKA_TEST_ABORT", "1", 1);
	for (size_t i = 0; i < COUNT(caught_by_cmocka); i++)
		signal(caught_by_cmocka[i], SIG_DFL);
}

static void end_child(int status)
{
	fflush(NULL);
	_exit(status);
}

static int await_child(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int run_child(int (*fn)(void *), void *arg)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		become_child();
		end_child(fn(arg));
	}
	return await_child(child);
}

void child_start(struct child *child, int (*fn)(struct child *, void *), void *arg)
{
	signal(SIGPIPE, SIG_IGN); /* a dead child is told of by its status */
	assert_int_equal(pipe(child->to_child), 0);
	assert_int_equal(pipe(child->to_parent), 0);
	fflush(NULL);
	child->pid = fork();
	assert_int_not_equal(child->pid, -1);
	if (child->pid == 0) {
		become_child();
		close(child->to_child[1]);
		close(child->to_parent[0]);
		end_child(fn(child, arg));
	}
	close(child->to_child[0]);
	close(child->to_parent[1]);
}

void child_tell(struct child *child)
{
	if (write(child->pid ? child->to_child[1] : child->to_parent[1], "", 1) != 1)
		print_error("the other process is gone\n");
}

/* The other one's death ends the wait too. */
void child_wait(struct child *child)
{
	char byte;

	while (read(child->pid ? child->to_parent[0] : child->to_child[0], &byte, 1) < 0)
		assert_int_equal(errno, EINTR);
}

int child_end(struct child *child)
{
	close(child->to_child[1]);
	close(child->to_parent[0]);
	return await_child(child->pid);
}
