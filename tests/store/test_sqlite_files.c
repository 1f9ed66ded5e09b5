/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an SQLite store: their modes, formats that are refused, the key beside the database, and
 * media that cannot be written. Knows the names of the files and two fields of the database's header. */
#include "base/lock.h"
#include "base/log.h" /* before cmocka, whose fail is another */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_fixture.h"

#define assert_rv(expr, rv) assert_string_equal(rv_name(expr), rv_name(rv))
#define assert_ok(expr) assert_rv(expr, CKR_OK)
#define TOKEN 1 /* the first number that a store gives */
#define NOBODY 65534

struct world {
	char dir[FIXTURE_PATH];
	char uri[FIXTURE_PATH + 32];
};

static int make_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	fixture_dir(w->dir);
	snprintf(w->uri, sizeof(w->uri), "sqlite:%s", w->dir);
	*state = w;
	return 0;
}

static int remove_world(void **state)
{
	struct world *w = *state;
	chmod(w->dir, S_IRWXU);
	fixture_remove(w->dir);
	free(w);
	return 0;
}

static const char *path_of(const struct world *w, const char *name)
{
	static char path[FIXTURE_PATH + 512];
	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	return path;
}

static CK_RV add(struct store *s, uint32_t n)
{
	struct store_record r = {.version = 1, .open = bytes_of(&n, sizeof(n))};
	memcpy(r.id.b, &n, sizeof(n));
	CK_RV rv = store_begin(s, STORE_WRITE);
	if (rv == CKR_OK)
		rv = store_insert(s, TOKEN, &r);
	if (rv == CKR_OK)
		rv = store_commit(s);
	if (rv != CKR_OK)
		store_rollback(s);
	return rv;
}

static uint64_t count(struct store *s)
{
	uint64_t n = UINT64_MAX;
	if (store_begin(s, STORE_READ) != CKR_OK)
		return n;
	CK_RV rv = store_count(s, TOKEN, &n);
	store_rollback(s);
	return rv == CKR_OK ? n : UINT64_MAX;
}

static CK_RV make_token(struct store *s)
{
	struct store_token t;
	try(store_begin(s, STORE_WRITE));
	try(store_token_add(s, &t));
	return store_commit(s);
}

static struct store *make_store(struct world *w)
{
	struct store *s = NULL;
	assert_ok(store_open(w->uri, true, &s));
	assert_ok(make_token(s));
	return s;
}

/* ---- modes ---------------------------------------------------------------------------------------- */

static unsigned mode_of(const char *path)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777u;
}

static void only_the_owner_gets_at_the_files(void **state)
{
	struct world *w = *state;
	mode_t mask = umask(0);
	snprintf(w->uri, sizeof(w->uri), "sqlite:%s/outer/inner", w->dir);
	struct store *s = make_store(w);
	struct store_lock *l;
	assert_ok(store_lock_take(s, "x", true, true, &l));
	assert_int_equal(mode_of(path_of(w, "outer")), 0700);
	assert_int_equal(mode_of(path_of(w, "outer/inner")), 0700);
	DIR *dir = opendir(path_of(w, "outer/inner"));
	assert_non_null(dir);
	int files = 0;
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		char name[300];
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "outer/inner/%s", e->d_name);
		assert_int_equal(mode_of(path_of(w, name)), 0600);
		files++;
	}
	/* The database with -wal and -shm, key, lock and stamp; no temporary file is left. */
	assert_int_equal(files, 6);
	closedir(dir);
	store_lock_release(l);
	store_close(s);
	umask(mask);
}

static void the_umask_is_the_hosts(void **state)
{
	struct world *w = *state;
	mode_t mask = umask(027);
	store_close(make_store(w));
	assert_int_equal(umask(mask), 027);
}

/* ---- one directory, several handles ------------------------------------------------------------------ */

static void two_opens_of_one_directory_are_one_store(void **state)
{
	struct world *w = *state;
	struct store *a = make_store(w), *b = NULL;
	char other_name[sizeof(w->uri) + 8];
	snprintf(other_name, sizeof(other_name), "sqlite:%s/../%s", w->dir, strrchr(w->dir, '/') + 1);
	assert_ok(store_open(other_name, false, &b));
	assert_ok(add(a, 1));
	assert_ok(add(b, 2));
	assert_int_equal(count(a), 2);
	store_close(a);
	assert_int_equal(count(b), 2);
	assert_ok(add(b, 3));
	store_close(b);
	assert_ok(store_open(w->uri, false, &a));
	assert_int_equal(count(a), 3);
	store_close(a);
}

static void two_directories_are_two_stores(void **state)
{
	struct world *w = *state;
	struct store *a, *b;
	snprintf(w->uri, sizeof(w->uri), "sqlite:%s/a", w->dir);
	a = make_store(w);
	snprintf(w->uri, sizeof(w->uri), "sqlite:%s/b", w->dir);
	b = make_store(w);
	assert_ok(add(b, 1));
	assert_ok(add(b, 2));
	assert_ok(add(a, 1));
	assert_int_equal(count(a), 1);
	assert_int_equal(count(b), 2);
	store_close(a);
	store_close(b);
}

/* ---- the application's mutexes -------------------------------------------------------------------- */

static _Atomic int created, destroyed, locked, unlocked;

static CK_RV app_create(CK_VOID_PTR_PTR ret)
{
	pthread_mutex_t *m = malloc(sizeof(*m));
	pthread_mutex_init(m, NULL);
	*ret = m;
	created++;
	return CKR_OK;
}

static CK_RV app_destroy(CK_VOID_PTR m)
{
	pthread_mutex_destroy(m);
	free(m);
	destroyed++;
	return CKR_OK;
}

static CK_RV app_lock(CK_VOID_PTR m)
{
	pthread_mutex_lock(m);
	locked++;
	return CKR_OK;
}

static CK_RV app_unlock(CK_VOID_PTR m)
{
	unlocked++;
	pthread_mutex_unlock(m);
	return CKR_OK;
}

static void the_applications_mutexes_serve_sqlite_too_and_only_while_a_store_is_open(void **state)
{
	struct world *w = *state;
	struct lock_callbacks app = {app_create, app_destroy, app_lock, app_unlock};
	lock_use_callbacks(&app);
	struct store *s = make_store(w);
	assert_true(created > 5); /* the store's own two, and SQLite's */
	store_close(s);
	assert_int_equal(created, destroyed);
	assert_int_equal(locked, unlocked);
	lock_use_callbacks(NULL);
	int before = locked;
	assert_ok(store_open(w->uri, false, &s));
	assert_ok(add(s, 1));
	store_close(s);
	assert_int_equal(locked, before);
}

/* ---- formats -------------------------------------------------------------------------------------- */

/* A big-endian field of the database's header (SQLite file format, section 1.3). */
static void patch_header(struct world *w, off_t offset, uint32_t value)
{
	unsigned char be[4];
	for (int i = 0; i < 4; i++)
		be[i] = (unsigned char)(value >> (24 - 8 * i));
	int fd = open(path_of(w, "conclave.db"), O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, be, 4, offset), 4);
	close(fd);
}

#define USER_VERSION 60
#define APPLICATION_ID 68

static char *read_log(struct world *w)
{
	static char text[4096];
	FILE *f = fopen(path_of(w, "log"), "r");
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void refused_with(struct world *w, const char *words)
{
	char spec[sizeof(w->dir) + 32];
	struct store *s = NULL;
	snprintf(spec, sizeof(spec), "error:file=%s/log", w->dir);
	assert_true(log_configure(spec));
	assert_rv(store_open(w->uri, true, &s), CKR_DEVICE_ERROR);
	log_configure("off");
	assert_null(s);
	assert_non_null(strstr(read_log(w), words));
	assert_non_null(strstr(read_log(w), w->dir));
}

static void another_major_format_is_refused_and_a_newer_minor_is_not(void **state)
{
	struct world *w = *state;
	struct store *s;
	store_close(make_store(w));
	patch_header(w, USER_VERSION, 2007);
	assert_ok(store_open(w->uri, false, &s));
	assert_ok(add(s, 1));
	store_close(s);
	patch_header(w, USER_VERSION, 3000);
	refused_with(w, "format 3.0, this library knows format 2.");
	patch_header(w, USER_VERSION, 1000);
	refused_with(w, "format 1.0, this library knows format 2.");
}

/* As when the end of the log is damaged, or an older copy of the database is put in its place. */
static void a_database_that_has_lost_changes_is_refused(void **state)
{
	struct world *w = *state;
	struct store *s = make_store(w);
	uint64_t stamp;
	assert_ok(add(s, 1));
	store_close(s);
	int fd = open(path_of(w, "conclave.stamp"), O_RDWR);
	assert_int_equal(pread(fd, &stamp, sizeof(stamp), 0), sizeof(stamp));
	stamp += 2;
	assert_int_equal(pwrite(fd, &stamp, sizeof(stamp), 0), sizeof(stamp));
	close(fd);
	refused_with(w, "its last ones are lost");
	assert_int_equal(unlink(path_of(w, "conclave.stamp")), 0);
	assert_ok(store_open(w->uri, false, &s));
	assert_ok(add(s, 2));
	store_close(s);
}

static void a_database_of_another_program_is_refused(void **state)
{
	struct world *w = *state;
	store_close(make_store(w));
	patch_header(w, APPLICATION_ID, 12345);
	refused_with(w, "another program");
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	struct world *w = *state;
	FILE *f = fopen(path_of(w, "conclave.db"), "w");
	for (int i = 0; i < 300; i++)
		fputs("no database at all\n", f);
	fclose(f);
	refused_with(w, "not a database");
}

/* What is left of a maker that was killed between the first file and the tables. */
static void an_empty_file_is_no_store_yet(void **state)
{
	struct world *w = *state;
	struct store *s;
	close(open(path_of(w, "conclave.db"), O_WRONLY | O_CREAT, 0600));
	assert_ok(store_open(w->uri, false, &s));
	assert_null(s);
	s = make_store(w);
	assert_ok(add(s, 1));
	store_close(s);
}

static void a_damaged_page_fails_the_check(void **state)
{
	struct world *w = *state;
	struct store *s = make_store(w);
	for (uint32_t n = 0; n < 200; n++)
		assert_ok(add(s, n));
	store_close(s);
	struct stat st;
	assert_int_equal(stat(path_of(w, "conclave.db"), &st), 0);
	for (off_t at = st.st_size - 4096; at < st.st_size; at += 64)
		patch_header(w, at, 0x5a5a5a5a);
	assert_ok(store_open(w->uri, false, &s));
	CK_RV rv = store_begin(s, STORE_READ);
	if (rv == CKR_OK)
		rv = store_check(s);
	assert_rv(rv, CKR_DEVICE_ERROR);
	store_rollback(s);
	store_close(s);
}

/* ---- the key -------------------------------------------------------------------------------------- */

static void the_key_is_made_with_the_store_and_stays(void **state)
{
	struct world *w = *state;
	struct store *s = make_store(w);
	unsigned char key[32], file[33];
	assert_ok(store_local_key(s, key));
	store_close(s);
	FILE *f = fopen(path_of(w, "store.key"), "r");
	assert_int_equal(fread(file, 1, sizeof(file), f), 32);
	fclose(f);
	assert_memory_equal(key, file, 32);
}

static void a_lost_key_is_not_made_anew_while_there_are_tokens(void **state)
{
	struct world *w = *state;
	unsigned char key[32];
	struct store *s = NULL;
	assert_ok(store_open(w->uri, true, &s));
	assert_int_equal(unlink(path_of(w, "store.key")), 0);
	assert_ok(store_local_key(s, key));
	assert_ok(make_token(s));
	assert_int_equal(truncate(path_of(w, "store.key"), 31), 0);
	assert_rv(store_local_key(s, key), CKR_DEVICE_ERROR);
	assert_int_equal(unlink(path_of(w, "store.key")), 0);
	assert_rv(store_local_key(s, key), CKR_DEVICE_ERROR);
	assert_int_equal(access(path_of(w, "store.key"), F_OK), -1);
	store_close(s);
}

/* ---- a full medium -------------------------------------------------------------------------------- */

static void a_full_medium_is_reported_and_loses_nothing(void **state)
{
	struct world *w = *state;
	struct store *s = make_store(w);
	assert_ok(add(s, 1));
	/* A limit on the size of files is what a test can have instead of a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	struct rlimit old, small = {.rlim_cur = 256 * 1024, .rlim_max = RLIM_INFINITY};
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	uint32_t n = 2;
	CK_RV rv = CKR_OK;
	for (; n < 1000 && rv == CKR_OK; n++)
		rv = add(s, n);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_true(n > 4 && rv != CKR_OK);
	assert_rv(rv, CKR_DEVICE_MEMORY);
	assert_int_equal(count(s), n - 2);
	assert_ok(add(s, 5000));
	assert_int_equal(count(s), n - 1);
	store_close(s);
}

/* ---- media that cannot be written ------------------------------------------------------------------- */

/* A store of nobody's with `rows` records in the database and one more in the log only: its last writer
 * was killed. */
static void make_killed_store(struct world *w, uint32_t rows)
{
	struct store *s = make_store(w);
	for (uint32_t n = 0; n < rows; n++)
		assert_ok(add(s, n));
	store_close(s);
	pid_t pid = fork();
	if (pid == 0) {
		bool good = store_open(w->uri, false, &s) == CKR_OK && add(s, 900) == CKR_OK;
		raise(good ? SIGKILL : SIGABRT);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void each_file(struct world *w, mode_t files, mode_t dir)
{
	static const char *const names[] = {"conclave.db", "conclave.db-wal", "conclave.db-shm",
					    "conclave.stamp", "conclave.lock", "store.key"};
	for (size_t i = 0; i < array_len(names); i++) {
		if (access(path_of(w, names[i]), F_OK) != 0)
			continue;
		assert_int_equal(chmod(path_of(w, names[i]), files), 0);
		if (geteuid() == 0)
			assert_int_equal(chown(path_of(w, names[i]), NOBODY, NOBODY), 0);
	}
	if (geteuid() == 0)
		assert_int_equal(chown(w->dir, NOBODY, NOBODY), 0);
	assert_int_equal(chmod(w->dir, dir), 0);
}

/* In a process without root's rights, for which modes mean nothing. Gives the child's line of failure. */
static int as_nobody(struct world *w, int (*body)(struct world *w))
{
	pid_t pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
			_exit(255);
		_exit(body(w));
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define child_true(expr)                          \
	do {                                      \
		if (!(expr))                      \
			return __LINE__ % 250 + 1; \
	} while (0)

static int read_all(struct world *w)
{
	struct store *s = NULL;
	struct store_lock *l;
	unsigned char key[32];
	child_true(store_open(w->uri, false, &s) == CKR_OK && s != NULL);
	child_true(store_read_only(s));
	child_true(count(s) == 4);
	uint64_t stamp = store_stamp(s);
	child_true(stamp != 0 && store_stamp(s) == stamp);
	child_true(store_begin(s, STORE_WRITE) == CKR_TOKEN_WRITE_PROTECTED);
	child_true(store_local_key(s, key) == CKR_OK);
	child_true(store_lock_take(s, "x", false, false, &l) == CKR_OK && l != NULL);
	store_lock_release(l);
	child_true(store_lock_take(s, "x", true, false, &l) == CKR_TOKEN_WRITE_PROTECTED);
	child_true(store_begin(s, STORE_READ) == CKR_OK && store_check(s) == CKR_OK && store_commit(s) == CKR_OK);
	store_close(s);
	return 0;
}

static void what_is_only_in_the_log_is_read_from_a_medium_without_shared_memory(void **state)
{
	struct world *w = *state;
	make_killed_store(w, 3);
	assert_int_equal(unlink(path_of(w, "conclave.db-shm")), 0);
	each_file(w, 0400, 0500);
	assert_int_equal(as_nobody(w, read_all), 0);
}

static void a_medium_with_shared_memory_is_read(void **state)
{
	struct world *w = *state;
	make_killed_store(w, 3);
	each_file(w, 0400, 0500);
	assert_int_equal(as_nobody(w, read_all), 0);
}

static void a_medium_without_a_log_is_read(void **state)
{
	struct world *w = *state;
	struct store *s = make_store(w);
	for (uint32_t n = 0; n < 4; n++)
		assert_ok(add(s, n));
	store_close(s);
	assert_int_equal(access(path_of(w, "conclave.db-wal"), F_OK), -1);
	each_file(w, 0400, 0500);
	assert_int_equal(as_nobody(w, read_all), 0);
}

static int see_a_change(struct world *w)
{
	struct store *s = NULL;
	child_true(store_open(w->uri, false, &s) == CKR_OK && store_read_only(s));
	child_true(count(s) == 1);
	uint64_t stamp = store_stamp(s);
	/* The owner makes it writable for a moment. */
	chmod(w->dir, 0700);
	chmod(path_of(w, "conclave.db"), 0600);
	chmod(path_of(w, "conclave.stamp"), 0600);
	chmod(path_of(w, "conclave.lock"), 0600);
	pid_t pid = fork();
	if (pid == 0) {
		struct store *own = NULL;
		store_abandon(s);
		bool good = store_open(w->uri, false, &own) == CKR_OK && add(own, 7) == CKR_OK;
		store_close(own);
		_exit(good ? 0 : 1);
	}
	int status;
	child_true(waitpid(pid, &status, 0) == pid && status == 0);
	child_true(store_stamp(s) != stamp);
	child_true(count(s) == 2);
	store_close(s);
	return 0;
}

static void a_reader_of_a_copy_sees_later_changes(void **state)
{
	struct world *w = *state;
	struct store *s = make_store(w);
	assert_ok(add(s, 1));
	store_close(s);
	each_file(w, 0400, 0500);
	assert_int_equal(as_nobody(w, see_a_change), 0);
}

static int no_store_here(struct world *w)
{
	struct store *s = NULL;
	child_true(store_open(w->uri, false, &s) == CKR_OK && s == NULL);
	CK_RV rv = store_open(w->uri, true, &s);
	child_true((rv == CKR_TOKEN_WRITE_PROTECTED || rv == CKR_DEVICE_ERROR) && s == NULL);
	return 0;
}

static void nothing_is_made_where_nothing_can_be_written(void **state)
{
	struct world *w = *state;
	each_file(w, 0400, 0500);
	assert_int_equal(as_nobody(w, no_store_here), 0);
}

#define row(f) cmocka_unit_test_setup_teardown(f, make_world, remove_world)

int main(void)
{
	static const struct CMUnitTest suite[] = {
		row(only_the_owner_gets_at_the_files),
		row(the_umask_is_the_hosts),
		row(two_opens_of_one_directory_are_one_store),
		row(two_directories_are_two_stores),
		row(the_applications_mutexes_serve_sqlite_too_and_only_while_a_store_is_open),
		row(another_major_format_is_refused_and_a_newer_minor_is_not),
		row(a_database_that_has_lost_changes_is_refused),
		row(a_database_of_another_program_is_refused),
		row(a_file_that_is_no_database_is_refused),
		row(an_empty_file_is_no_store_yet),
		row(a_damaged_page_fails_the_check),
		row(the_key_is_made_with_the_store_and_stays),
		row(a_lost_key_is_not_made_anew_while_there_are_tokens),
		row(a_full_medium_is_reported_and_loses_nothing),
		row(what_is_only_in_the_log_is_read_from_a_medium_without_shared_memory),
		row(a_medium_with_shared_memory_is_read),
		row(a_medium_without_a_log_is_read),
		row(a_reader_of_a_copy_sees_later_changes),
		row(nothing_is_made_where_nothing_can_be_written),
	};
	log_configure(secure_getenv("TEST_LOG") != NULL ? secure_getenv("TEST_LOG") : "off");
	return cmocka_run_group_tests(suite, NULL, NULL);
}
