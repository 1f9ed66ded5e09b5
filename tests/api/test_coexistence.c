/* SPDX-License-Identifier: Apache-2.0 */
/* The module as a guest: beside another libcrypto, another SQLite and a second copy of itself, at
 * exit, after dlclose, entered again from its own callbacks. Each test runs in a child that has not
 * loaded the module yet, so that the order of loading is its own. */
#include "harness.h"

#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- more than one copy ------------------------------------------------------------------------ */

struct copy {
	void *handle;
	CK_FUNCTION_LIST_3_2 *list;
};

static struct copy load(const char *path, int flags)
{
	CK_VERSION version = {3, 2};
	CK_INTERFACE_PTR interface = NULL;
	CK_C_GetInterface get = NULL;
	struct copy copy;

	copy.handle = dlopen(path, RTLD_NOW | flags);
	if (!copy.handle)
		fail_msg("%s", dlerror());
	*(void **)&get = dlsym(copy.handle, "C_GetInterface");
	assert_true(get != NULL);
	assert_ok(get((CK_UTF8CHAR_PTR)(uintptr_t)"PKCS 11", &version, &interface, 0));
	copy.list = interface->pFunctionList;
	return copy;
}

static void copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	char bytes[1 << 16];
	ssize_t got;

	assert_true(in >= 0 && out >= 0);
	while ((got = read(in, bytes, sizeof(bytes))) > 0)
		assert_int_equal(write(out, bytes, (size_t)got), got);
	close(in);
	close(out);
}

static struct copy load_second(void)
{
	char path[] = "/tmp/conclave-copy-XXXXXX.so";
	int made = mkstemps(path, 3);
	struct copy copy;

	assert_true(made >= 0);
	close(made);
	copy_file(module_path(), path);
	copy = load(path, RTLD_LOCAL);
	unlink(path);
	return copy;
}

/* Makes the harness speak with this copy. */
static void speak_with(struct copy copy)
{
	p11 = copy.list;
	module_handle = copy.handle;
}

/* A token, a login, a key, a digest and a random number. */
static void work(void)
{
	CK_MECHANISM ecdsa = {CKM_ECDSA_SHA256, NULL, 0};
	CK_BYTE signature[80], noise[16];
	CK_ULONG length = sizeof(signature);
	CK_OBJECT_HANDLE public, private;
	CK_SESSION_HANDLE session = open_rw();

	login_user(session);
	make_ec_pair(session, false, true, &public, &private);
	assert_ok(p11->C_SignInit(session, &ecdsa, private));
	assert_ok(p11->C_Sign(session, noise, 0, signature, &length));
	assert_ok(p11->C_VerifyInit(session, &ecdsa, public));
	assert_ok(p11->C_Verify(session, noise, 0, signature, length));
	assert_ok(p11->C_GenerateRandom(session, noise, sizeof(noise)));
	make_data(session, true, true, "made here");
	assert_int_equal(count_labelled(session, "made here"), 1);
	assert_ok(p11->C_CloseAllSessions(slot));
}

static char store_uri[128]; /* of this test's directory, which the parent makes and removes */

static void load_module(void)
{
	assert_int_equal(setup_module(NULL), 0);
	setenv("CONCLAVE_STORE", store_uri, 1);
}

static void load_and_work(void)
{
	load_module();
	initialize();
	make_token();
	work();
}

/* ---- what the file exports -------------------------------------------------------------------- */

static const char *const function_names[] = {
#define CALL(name, names, list) #name,
#include "arguments.inc"
#undef CALL
};

static bool is_function_of_the_standard(const char *name)
{
	for (size_t i = 0; i < COUNT(function_names); i++)
		if (strcmp(name, function_names[i]) == 0)
			return true;
	return false;
}

static char *read_module(void)
{
	FILE *file = fopen(module_path(), "rb");
	long size;
	char *bytes;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	bytes = malloc((size_t)size);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
	fclose(file);
	return bytes;
}

static void exports_the_functions_of_the_standard_and_nothing_else(void **state)
{
	char *file = read_module();
	const Elf64_Ehdr *header = (const void *)file;
	const Elf64_Shdr *sections = (const void *)(file + header->e_shoff);
	size_t exported = 0;

	(void)state;
	assert_memory_equal(header->e_ident, ELFMAG, SELFMAG);
	for (size_t s = 0; s < header->e_shnum; s++) {
		const Elf64_Sym *symbols = (const void *)(file + sections[s].sh_offset);
		const char *names = file + sections[sections[s].sh_link].sh_offset;
		if (sections[s].sh_type != SHT_DYNSYM)
			continue;
		for (size_t i = 0; i < sections[s].sh_size / sizeof(*symbols); i++) {
			if (symbols[i].st_shndx == SHN_UNDEF || symbols[i].st_shndx == SHN_ABS)
				continue;
			if (!is_function_of_the_standard(names + symbols[i].st_name))
				fail_msg("exports %s", names + symbols[i].st_name);
			exported++;
		}
	}
	free(file);
	assert_int_equal(exported, COUNT(function_names));
}

/* ---- beside other libraries -------------------------------------------------------------------- */

static void *other_library(const char *name)
{
	void *handle = dlopen(name, RTLD_NOW | RTLD_GLOBAL);

	if (!handle)
		print_message("%s is not here: skipped\n", name);
	return handle;
}

typedef int evp_digest(const void *, size_t, unsigned char *, unsigned int *, const void *, void *);
typedef const void *evp_sha256(void);

static void digest_with(void *libcrypto)
{
	evp_digest *digest = NULL;
	evp_sha256 *sha256 = NULL;
	unsigned char out[64];
	unsigned int length = 0;

	*(void **)&digest = dlsym(libcrypto, "EVP_Digest");
	*(void **)&sha256 = dlsym(libcrypto, "EVP_sha256");
	assert_true(digest && sha256);
	assert_int_equal(digest("abc", 3, out, &length, sha256(), NULL), 1);
	assert_int_equal(length, 32);
	assert_int_equal(out[0], 0xba);
}

static int beside_libcrypto(void *unused)
{
	void *libcrypto = other_library("libcrypto.so.3");

	(void)unused;
	if (!libcrypto)
		return 0;
	digest_with(libcrypto);
	load_and_work();
	digest_with(libcrypto);
	finalize();
	digest_with(libcrypto);
	dlclose(module_handle);
	digest_with(libcrypto);
	exit(0);
}

static int before_libcrypto(void *unused)
{
	void *libcrypto;

	(void)unused;
	load_and_work();
	libcrypto = other_library("libcrypto.so.3");
	if (libcrypto)
		digest_with(libcrypto);
	finalize();
	if (libcrypto)
		digest_with(libcrypto);
	exit(0);
}

typedef int sqlite_open(const char *, void **);
typedef int sqlite_exec(void *, const char *, void *, void *, char **);
typedef int sqlite_close(void *);

static void query_with(void *libsqlite)
{
	sqlite_open *open_database = NULL;
	sqlite_exec *exec = NULL;
	sqlite_close *close_database = NULL;
	void *database = NULL;

	*(void **)&open_database = dlsym(libsqlite, "sqlite3_open");
	*(void **)&exec = dlsym(libsqlite, "sqlite3_exec");
	*(void **)&close_database = dlsym(libsqlite, "sqlite3_close");
	assert_true(open_database && exec && close_database);
	assert_int_equal(open_database(":memory:", &database), 0);
	assert_int_equal(exec(database, "create table t(x); insert into t values (1); select * from t", NULL, NULL,
	                      NULL), 0);
	assert_int_equal(close_database(database), 0);
}

static int beside_sqlite(void *unused)
{
	void *libsqlite = other_library("libsqlite3.so.0");

	(void)unused;
	if (!libsqlite)
		return 0;
	query_with(libsqlite);
	load_and_work();
	query_with(libsqlite);
	finalize();
	query_with(libsqlite);
	dlclose(module_handle);
	query_with(libsqlite);
	exit(0);
}

static int loaded_globally(void *unused)
{
	struct copy copy;

	(void)unused;
	load_module();
	copy = load(module_path(), RTLD_GLOBAL | (SANITIZED ? 0 : RTLD_DEEPBIND)); /* sanitizers refuse it */
	speak_with(copy);
	initialize();
	make_token();
	work();
	finalize();
	exit(0);
}

static int with_a_broken_openssl_configuration(void *unused)
{
	(void)unused;
	setenv("OPENSSL_CONF", "/dev/null/no-such-file", 1);
	setenv("OPENSSL_MODULES", "/nonexistent", 1);
	setenv("OPENSSL_ENGINES", "/nonexistent", 1);
	load_and_work();
	exit(0);
}

/* ---- two copies -------------------------------------------------------------------------------- */

static int two_copies_with_memory_stores(void *unused)
{
	struct copy first, second;

	(void)unused;
	load_module();
	use_memory_store();
	first = load(module_path(), RTLD_LOCAL);
	second = load_second();
	assert_ptr_not_equal(first.list, second.list);
	speak_with(first);
	initialize();
	make_token();
	speak_with(second);
	initialize(); /* its own state: not CKR_CRYPTOKI_ALREADY_INITIALIZED */
	make_token();
	work();
	finalize();
	speak_with(first);
	work();
	finalize();
	return 0;
}

enum { ROWS = 30 };

struct writer {
	CK_FUNCTION_LIST_3_2 *list;
	CK_SESSION_HANDLE session;
	const char *label;
	int failed;
};

static void *write_rows(void *arg)
{
	struct writer *writer = arg;
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &data_class, sizeof(data_class)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_PRIVATE, &yes, sizeof(yes)},
		{CKA_LABEL, (void *)(uintptr_t)writer->label, strlen(writer->label)},
	};
	CK_OBJECT_HANDLE object;

	for (int i = 0; i < ROWS; i++)
		writer->failed += writer->list->C_CreateObject(writer->session, template, COUNT(template), &object) != CKR_OK;
	return NULL;
}

static void assert_rows_of_both(struct copy copy)
{
	CK_SESSION_HANDLE session;

	speak_with(copy);
	session = open_rw();
	login_as(session, CKU_USER, USER_PIN);
	assert_int_equal(count_labelled(session, "first"), ROWS);
	assert_int_equal(count_labelled(session, "second"), ROWS);
}

static struct writer start_writer(struct copy copy, const char *label)
{
	speak_with(copy);
	initialize();
	slot = first_slot();
	struct writer writer = {.list = copy.list, .session = open_rw(), .label = label};
	login_user(writer.session);
	return writer;
}

static int two_copies_on_one_store(void *unused)
{
	struct copy copies[2];
	struct writer writers[2];
	pthread_t threads[2];

	(void)unused;
	load_module();
	copies[0] = load(module_path(), RTLD_LOCAL);
	copies[1] = load_second();
	speak_with(copies[0]);
	initialize();
	make_token();
	finalize();
	writers[0] = start_writer(copies[0], "first");
	writers[1] = start_writer(copies[1], "second");
	for (size_t i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, write_rows, &writers[i]);
	for (size_t i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(writers[i].failed, 0);
	}
	assert_rows_of_both(copies[0]);
	assert_rows_of_both(copies[1]);
	finalize(); /* the second: closing must not take the first one's locks */
	speak_with(copies[0]);
	write_rows(&(struct writer){.list = p11, .session = writers[0].session, .label = "after"});
	finalize();
	initialize();
	first_slot();
	assert_rows_of_both(copies[0]);
	assert_int_equal(count_labelled(open_ro(), "after"), ROWS);
	return 0;
}

static int work_in_a_child(void *unused)
{
	(void)unused;
	load_and_work();
	finalize();
	return 0;
}

static int two_copies_one_forks(void *unused)
{
	struct copy second;

	(void)unused;
	load_and_work();
	second = load_second();
	speak_with(second);
	initialize();
	first_slot();
	if (run_child(work_in_a_child, NULL) != 0)
		return 1;
	make_data(open_rw(), false, false, "still here");
	return 0;
}

/* ---- at exit ----------------------------------------------------------------------------------- */

static int exit_without_finalize(void *unused)
{
	(void)unused;
	load_and_work();
	open_rw();
	exit(0);
}

static int exit_after_dlclose(void *unused)
{
	(void)unused;
	load_and_work();
	dlclose(module_handle);
	exit(0);
}

static int exit_after_finalize_and_dlclose(void *unused)
{
	(void)unused;
	load_and_work();
	finalize();
	dlclose(module_handle);
	exit(0);
}

static void call_at_exit(void)
{
	CK_SESSION_HANDLE session;

	if (p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session) != CKR_OK)
		_exit(3);
	work();
	if (p11->C_Finalize(NULL) != CKR_OK)
		_exit(4);
	if (p11->C_CloseSession(session) != CKR_CRYPTOKI_NOT_INITIALIZED)
		_exit(5);
}

static void call_after_the_end(void)
{
	CK_SLOT_ID list[4];
	CK_ULONG count = COUNT(list);

	if (p11->C_GetSlotList(CK_FALSE, list, &count) != CKR_CRYPTOKI_NOT_INITIALIZED)
		_exit(6);
	if (p11->C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED)
		_exit(7);
}

static int calls_at_exit_registered_before_loading(void *unused)
{
	(void)unused;
	atexit(call_after_the_end);
	atexit(call_at_exit);
	load_module();
	initialize();
	make_token();
	exit(0);
}

static int calls_at_exit_registered_after_loading(void *unused)
{
	(void)unused;
	load_module();
	initialize();
	make_token();
	atexit(call_after_the_end);
	atexit(call_at_exit);
	exit(0);
}

static int calls_after_finalize(void *unused)
{
	(void)unused;
	load_and_work();
	finalize();
	call_after_the_end();
	dlclose(module_handle);
	call_after_the_end(); /* nodelete: its code stays */
	return 0;
}

static void *use_and_linger(void *arg)
{
	atomic_int *phase = arg;
	CK_SESSION_HANDLE session = open_ro();
	CK_BYTE noise[8];

	assert_ok(p11->C_GenerateRandom(session, noise, sizeof(noise)));
	*phase = 1;
	while (*phase == 1)
		sched_yield();
	return NULL; /* and its thread-local data is destroyed */
}

static int thread_ends_after_dlclose(void *unused)
{
	atomic_int phase = 0;
	pthread_t thread;

	(void)unused;
	load_and_work();
	pthread_create(&thread, NULL, use_and_linger, &phase);
	while (phase == 0)
		sched_yield();
	finalize();
	dlclose(module_handle);
	phase = 2;
	pthread_join(thread, NULL);
	exit(0);
}

static int exit_while_threads_work(void *unused)
{
	atomic_int phase = 0;
	pthread_t thread;

	(void)unused;
	load_and_work();
	pthread_create(&thread, NULL, use_and_linger, &phase);
	while (phase == 0)
		sched_yield();
	exit(0);
}

/* ---- entered again ------------------------------------------------------------------------------ */

static CK_RV answer_inside = CKR_OK;

/* p11-kit and others call modules from callbacks; the first one that the library makes is this. */
static CK_RV create_and_initialise(CK_VOID_PTR_PTR ret)
{
	*ret = malloc(1);
	answer_inside = p11->C_Initialize(NULL);
	return *ret ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV destroy_it(CK_VOID_PTR mutex)
{
	free(mutex);
	return CKR_OK;
}

static CK_RV lock_it(CK_VOID_PTR mutex)
{
	(void)mutex;
	return CKR_OK;
}

static int initialize_inside_initialize(void *unused)
{
	CK_C_INITIALIZE_ARGS args = {create_and_initialise, destroy_it, lock_it, lock_it, 0, NULL};

	(void)unused;
	alarm(30);
	load_module();
	assert_ok(p11->C_Initialize(&args));
	assert_rv(answer_inside, CKR_CRYPTOKI_ALREADY_INITIALIZED);
	make_token();
	finalize();
	return 0;
}

static void *initialize_in_thread(void *unused)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

	(void)unused;
	return (void *)p11->C_Initialize(&args);
}

static int initialize_in_many_threads(void *unused)
{
	pthread_t threads[8];
	void *results[COUNT(threads)];

	(void)unused;
	load_module();
	for (int round = 0; round < 10; round++) {
		int won = 0;
		for (size_t i = 0; i < COUNT(threads); i++)
			pthread_create(&threads[i], NULL, initialize_in_thread, NULL);
		for (size_t i = 0; i < COUNT(threads); i++) {
			pthread_join(threads[i], &results[i]);
			assert_rv_in((CK_RV)results[i], CKR_OK, CKR_CRYPTOKI_ALREADY_INITIALIZED);
			won += (CK_RV)results[i] == CKR_OK;
		}
		assert_int_equal(won, 1);
		finalize();
	}
	return 0;
}

/* ---- the host's property ------------------------------------------------------------------------ */

static int open_descriptors(bool *ret_all_close_on_exec)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	int count = 0;

	assert_non_null(directory);
	*ret_all_close_on_exec = true;
	while ((entry = readdir(directory))) {
		int number = atoi(entry->d_name);
		if (entry->d_name[0] == '.' || number == dirfd(directory))
			continue;
		count++;
		if (number > 2 && !(fcntl(number, F_GETFD) & FD_CLOEXEC)) {
			print_error("descriptor %d stays open on exec\n", number);
			*ret_all_close_on_exec = false;
		}
	}
	closedir(directory);
	return count;
}

static int leaves_no_descriptors(void *unused)
{
	bool all_close_on_exec;
	int before;

	(void)unused;
	close_range(3, ~0U, 0); /* inherited, none of the module's */
	load_and_work();
	open_descriptors(&all_close_on_exec);
	assert_true(all_close_on_exec);
	finalize();
	before = open_descriptors(&all_close_on_exec);
	for (int round = 0; round < 5; round++) {
		initialize();
		first_slot();
		login_user(open_rw());
		finalize();
		assert_int_equal(open_descriptors(&all_close_on_exec), before);
	}
	return 0;
}

static int leaves_signals_and_umask_alone(void *unused)
{
	struct sigaction before[NSIG], after;
	sigset_t blocked, blocked_after;
	mode_t mask = umask(022);

	(void)unused;
	for (int i = 1; i < NSIG; i++)
		sigaction(i, NULL, &before[i]);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	load_and_work();
	finalize();
	for (int i = 1; i < NSIG; i++)
		if (sigaction(i, NULL, &after) == 0)
			assert_ptr_equal(after.sa_handler, before[i].sa_handler);
	sigprocmask(SIG_SETMASK, NULL, &blocked_after);
	assert_memory_equal(&blocked, &blocked_after, sizeof(blocked));
	assert_int_equal(umask(mask), 022);
	return 0;
}

static int store_is_for_its_owner_only(void *unused)
{
	char path[512];
	struct stat info;
	struct dirent *entry;
	const char *name;
	DIR *directory;

	(void)unused;
	umask(0);
	load_and_work();
	name = getenv("CONCLAVE_STORE") + strlen("sqlite:");
	directory = opendir(name);
	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		if (strcmp(entry->d_name, "..") != 0 && stat(path, &info) == 0 && info.st_mode & 077) {
			print_error("%s has mode %o\n", path, info.st_mode & 07777);
			return 1;
		}
	}
	closedir(directory);
	return 0;
}

#define IN_A_CHILD(name) \
	static void test_##name(void **state) \
	{ \
		int status; \
		(void)state; \
		use_sqlite_store(); \
		snprintf(store_uri, sizeof(store_uri), "%s", getenv("CONCLAVE_STORE")); \
		status = run_child(name, NULL); \
		teardown(NULL); \
		assert_int_equal(status, 0); \
	}
IN_A_CHILD(beside_libcrypto)
IN_A_CHILD(before_libcrypto)
IN_A_CHILD(beside_sqlite)
IN_A_CHILD(loaded_globally)
IN_A_CHILD(with_a_broken_openssl_configuration)
IN_A_CHILD(two_copies_with_memory_stores)
IN_A_CHILD(two_copies_on_one_store)
IN_A_CHILD(two_copies_one_forks)
IN_A_CHILD(exit_without_finalize)
IN_A_CHILD(exit_after_dlclose)
IN_A_CHILD(exit_after_finalize_and_dlclose)
IN_A_CHILD(calls_at_exit_registered_before_loading)
IN_A_CHILD(calls_at_exit_registered_after_loading)
IN_A_CHILD(calls_after_finalize)
IN_A_CHILD(thread_ends_after_dlclose)
IN_A_CHILD(exit_while_threads_work)
IN_A_CHILD(initialize_inside_initialize)
IN_A_CHILD(initialize_in_many_threads)
IN_A_CHILD(leaves_no_descriptors)
IN_A_CHILD(leaves_signals_and_umask_alone)
IN_A_CHILD(store_is_for_its_owner_only)
#undef IN_A_CHILD

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exports_the_functions_of_the_standard_and_nothing_else),
		cmocka_unit_test(test_beside_libcrypto),
		cmocka_unit_test(test_before_libcrypto),
		cmocka_unit_test(test_beside_sqlite),
		cmocka_unit_test(test_loaded_globally),
		cmocka_unit_test(test_with_a_broken_openssl_configuration),
		cmocka_unit_test(test_two_copies_with_memory_stores),
		cmocka_unit_test(test_two_copies_on_one_store),
		cmocka_unit_test(test_two_copies_one_forks),
		cmocka_unit_test(test_exit_without_finalize),
		cmocka_unit_test(test_exit_after_dlclose),
		cmocka_unit_test(test_exit_after_finalize_and_dlclose),
		cmocka_unit_test(test_calls_at_exit_registered_before_loading),
		cmocka_unit_test(test_calls_at_exit_registered_after_loading),
		cmocka_unit_test(test_calls_after_finalize),
		cmocka_unit_test(test_thread_ends_after_dlclose),
		cmocka_unit_test(test_exit_while_threads_work),
		cmocka_unit_test(test_initialize_inside_initialize),
		cmocka_unit_test(test_initialize_in_many_threads),
		cmocka_unit_test(test_leaves_no_descriptors),
		cmocka_unit_test(test_leaves_signals_and_umask_alone),
		cmocka_unit_test(test_store_is_for_its_owner_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
