/* SPDX-License-Identifier: Apache-2.0 */
/* One SQLite store and several processes: side by side, forked in use, killed. What a call confirmed must
 * be there afterwards, whoever made it and whatever happened to them. Knows no table of the database. */
#include "base/log.h" /* before cmocka, whose fail is another */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store_fixture.h"

#define assert_ok(expr) assert_string_equal(rv_name(expr), "CKR_OK")
#define TOKEN 1 /* the first number that a store gives */
#define KILL_ROUNDS 30

struct world {
	char dir[FIXTURE_PATH];
	char uri[FIXTURE_PATH + 32];
};

/* ---- what both sides of a fork use: no assertions, because a child must not run the suite on ------- */

static CK_RV add(struct store *s, uint32_t n)
{
	static const uint64_t tags[] = {11, 22, 33};
	struct store_record r = {.version = 1, .open = bytes_of(&n, sizeof(n)), .tags = tags, .tag_count = 3};
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

static CK_RV add_range(struct store *s, uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		try(add(s, first + i));
	return CKR_OK;
}

static bool has(struct store *s, uint32_t n)
{
	struct store_id id = {{0}};
	uint64_t version = 0;
	memcpy(id.b, &n, sizeof(n));
	if (store_begin(s, STORE_READ) != CKR_OK)
		return false;
	CK_RV rv = store_version(s, TOKEN, &id, &version);
	store_rollback(s);
	return rv == CKR_OK && version == 1;
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

/* Processes tell each other how far they are by one byte in a pipe. */
struct signal_pipe {
	int ends[2];
};

static void tell(struct signal_pipe *p)
{
	if (write(p->ends[1], "x", 1) != 1)
		_exit(99);
}

static void await(struct signal_pipe *p)
{
	char c;
	/* When the other side has failed nobody tells. */
	alarm(60);
	if (read(p->ends[0], &c, 1) != 1)
		_exit(98);
	alarm(0);
}

/* A child's answer: 0, or the line where it failed. */
#define child_ok(expr)                    \
	do {                              \
		if ((expr) != CKR_OK)     \
			return __LINE__ % 97 + 1; \
	} while (0)
#define child_true(expr)                  \
	do {                              \
		if (!(expr))              \
			return __LINE__ % 97 + 1; \
	} while (0)

/* ---- fixtures ----------------------------------------------------------------------------------- */

static int make_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	fixture_dir(w->dir);
	snprintf(w->uri, sizeof(w->uri), "sqlite:%s", w->dir);
	struct store *s;
	struct store_token t;
	if (store_open(w->uri, true, &s) != CKR_OK || store_begin(s, STORE_WRITE) != CKR_OK ||
	    store_token_add(s, &t) != CKR_OK || store_commit(s) != CKR_OK || t.token != TOKEN)
		return -1;
	store_close(s);
	*state = w;
	return 0;
}

static int remove_world(void **state)
{
	struct world *w = *state;
	fixture_remove(w->dir);
	free(w);
	return 0;
}

static struct store *open_store(struct world *w)
{
	struct store *s = NULL;
	assert_ok(store_open(w->uri, false, &s));
	assert_non_null(s);
	return s;
}

static void open_pipe(struct signal_pipe *p)
{
	assert_int_equal(pipe(p->ends), 0);
}

static void close_pipe(struct signal_pipe *p)
{
	close(p->ends[0]);
	close(p->ends[1]);
}

static void assert_child_done(pid_t pid)
{
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void assert_whole(struct world *w, uint64_t expected)
{
	struct store *s = open_store(w);
	assert_int_equal(count(s), expected);
	assert_ok(store_begin(s, STORE_READ));
	assert_ok(store_check(s));
	assert_ok(store_commit(s));
	store_close(s);
}

/* ---- processes side by side ----------------------------------------------------------------------- */

#define WRITERS 4
#define ROWS 40

static int write_many(struct world *w, uint32_t writer)
{
	struct store *s;
	child_ok(store_open(w->uri, false, &s));
	child_ok(add_range(s, writer * 1000, ROWS));
	store_close(s);
	return 0;
}

static void processes_that_write_at_once_lose_nothing(void **state)
{
	struct world *w = *state;
	pid_t pids[WRITERS];
	for (uint32_t i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(write_many(w, i));
	}
	for (size_t i = 0; i < WRITERS; i++)
		assert_child_done(pids[i]);
	assert_whole(w, WRITERS * ROWS);
}

static void processes_that_make_one_store_at_once_make_one(void **state)
{
	struct world *w = *state;
	snprintf(w->uri + strlen(w->uri), sizeof(w->uri) - strlen(w->uri), "/a/b");
	pid_t pids[WRITERS];
	for (uint32_t i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		struct store *s;
		struct store_token t;
		bool good = store_open(w->uri, true, &s) == CKR_OK && store_begin(s, STORE_WRITE) == CKR_OK &&
			    store_token_add(s, &t) == CKR_OK && store_commit(s) == CKR_OK;
		_exit(good ? 0 : 1);
	}
	for (size_t i = 0; i < WRITERS; i++)
		assert_child_done(pids[i]);
	struct store *s = open_store(w);
	CK_SLOT_ID next;
	assert_ok(store_begin(s, STORE_READ));
	assert_ok(store_next_slot(s, &next));
	assert_ok(store_commit(s));
	assert_int_equal(next, WRITERS);
	store_close(s);
}

static int count_up(struct world *w, int times)
{
	struct store *s;
	child_ok(store_open(w->uri, false, &s));
	struct buf value = {0};
	while (times > 0) {
		uint64_t version;
		child_ok(store_begin(s, STORE_READ));
		child_ok(store_meta_get(s, TOKEN, "n", &value, &version));
		child_ok(store_commit(s));
		child_ok(store_begin(s, STORE_WRITE));
		CK_RV rv = store_meta_put(s, TOKEN, "n", bytes_of("x", 1), version);
		if (rv == CKR_OK) {
			child_ok(store_commit(s));
			times--;
		} else {
			store_rollback(s);
			child_true(rv == CKR_FUNCTION_FAILED);
		}
	}
	buf_free(&value);
	store_close(s);
	return 0;
}

static void versions_keep_processes_from_writing_over_each_other(void **state)
{
	struct world *w = *state;
	pid_t pids[WRITERS];
	for (size_t i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(count_up(w, 15));
	}
	for (size_t i = 0; i < WRITERS; i++)
		assert_child_done(pids[i]);
	struct store *s = open_store(w);
	struct buf value = {0};
	uint64_t version;
	assert_ok(store_begin(s, STORE_READ));
	assert_ok(store_meta_get(s, TOKEN, "n", &value, &version));
	assert_ok(store_commit(s));
	assert_int_equal(version, WRITERS * 15);
	buf_free(&value);
	store_close(s);
}

/* ---- kills ---------------------------------------------------------------------------------------- */

static int insert_and_report(struct world *w, int pipe_end, uint32_t first)
{
	struct store *s;
	child_ok(store_open(w->uri, false, &s));
	for (uint32_t n = first;; n++) {
		child_ok(add(s, n));
		if (write(pipe_end, &n, sizeof(n)) != (ssize_t)sizeof(n))
			return 1;
	}
}

/* Runs one writer and kills it after some confirmed rows and a moment; gives the last confirmed one. */
static uint32_t kill_a_writer(struct world *w, uint32_t first, unsigned seed)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(insert_and_report(w, ends[1], first));
	close(ends[1]);
	uint32_t n, last = first - 1;
	for (unsigned rows = seed % 7; rows > 0 && read(ends[0], &n, sizeof(n)) == (ssize_t)sizeof(n); rows--)
		last = n;
	/* A different point of the next insert each time. */
	uint64_t until = clock_monotonic_ns() + (seed * 37u % 400u) * 1000u;
	while (clock_monotonic_ns() < until)
		continue;
	assert_int_equal(kill(pid, SIGKILL), 0);
	/* What is still in the pipe was confirmed before. */
	while (read(ends[0], &n, sizeof(n)) == (ssize_t)sizeof(n))
		last = n;
	close(ends[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return last;
}

static void what_a_killed_writer_confirmed_is_there(void **state)
{
	struct world *w = *state;
	uint32_t confirmed[KILL_ROUNDS];
	for (unsigned round = 0; round < KILL_ROUNDS; round++)
		confirmed[round] = kill_a_writer(w, (round + 1) * 10000, round);
	struct store *s = open_store(w);
	for (uint32_t round = 0; round < KILL_ROUNDS; round++) {
		for (uint32_t n = (round + 1) * 10000; n <= confirmed[round]; n++)
			assert_true(has(s, n));
	}
	assert_ok(store_begin(s, STORE_READ));
	assert_ok(store_check(s));
	assert_ok(store_commit(s));
	store_close(s);
}

/* A reader's view of the store is as old as its stamp: when the stamp stands still, so does the count. */
static void a_killed_writer_hides_nothing_from_the_stamp(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	uint64_t stamp = store_stamp(s), rows = count(s);
	for (unsigned round = 0; round < KILL_ROUNDS; round++) {
		kill_a_writer(w, (round + 1) * 10000, round * 5 + 3);
		uint64_t now = store_stamp(s), rows_now = count(s);
		assert_true((now != stamp) == (rows_now != rows));
		stamp = now;
		rows = rows_now;
	}
	store_close(s);
}

/* ---- fork ----------------------------------------------------------------------------------------- */

static int child_goes_on(struct world *w, struct store *inherited, struct signal_pipe *written, struct signal_pipe *closed)
{
	struct store *s;
	store_abandon(inherited);
	child_ok(store_open(w->uri, false, &s));
	child_true(s != inherited);
	child_ok(add_range(s, 100, 3));
	tell(written);
	await(closed);
	child_ok(add_range(s, 103, 3));
	for (uint32_t n = 100; n < 106; n++)
		child_true(has(s, n));
	store_close(s);
	return 0;
}

static void a_forked_child_writes_on_after_its_parent_has_closed(void **state)
{
	struct world *w = *state;
	struct signal_pipe written, closed;
	open_pipe(&written);
	open_pipe(&closed);
	struct store *s = open_store(w);
	assert_ok(add_range(s, 0, 2));
	pid_t pid = fork();
	if (pid == 0)
		_exit(child_goes_on(w, s, &written, &closed));
	await(&written);
	store_close(s);
	tell(&closed);
	assert_child_done(pid);
	close_pipe(&written);
	close_pipe(&closed);
	assert_whole(w, 8);
}

static int child_writes(struct world *w, struct store *inherited, uint32_t first)
{
	struct store *s;
	store_abandon(inherited);
	child_ok(store_open(w->uri, false, &s));
	child_ok(add_range(s, first, ROWS));
	child_true(has(s, first + ROWS - 1));
	store_close(s);
	return 0;
}

static void parent_and_forked_child_write_at_once(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	assert_ok(add(s, 1));
	pid_t pid = fork();
	if (pid == 0)
		_exit(child_writes(w, s, 1000));
	assert_ok(add_range(s, 2000, ROWS));
	assert_child_done(pid);
	for (uint32_t i = 0; i < ROWS; i++)
		assert_true(has(s, 1000 + i) && has(s, 2000 + i));
	store_close(s);
	assert_whole(w, 2 * ROWS + 1);
}

static int grandchild_writes(struct world *w, struct store *inherited)
{
	struct store *s;
	store_abandon(inherited);
	child_ok(store_open(w->uri, false, &s));
	child_ok(add_range(s, 100, 3));
	pid_t pid = fork();
	if (pid == 0)
		_exit(child_writes(w, s, 1000));
	child_ok(add_range(s, 103, 3));
	store_close(s);
	int status;
	child_true(waitpid(pid, &status, 0) == pid && status == 0);
	return 0;
}

static void a_grandchild_writes_too(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	pid_t pid = fork();
	if (pid == 0)
		_exit(grandchild_writes(w, s));
	assert_ok(add_range(s, 2000, 5));
	store_close(s);
	assert_child_done(pid);
	assert_whole(w, 6 + ROWS + 5);
}

static int child_meets_the_lock(struct world *w, struct store *inherited)
{
	struct store *s;
	struct store_lock *l;
	store_abandon(inherited);
	child_ok(store_open(w->uri, false, &s));
	child_ok(store_lock_take(s, "held", true, false, &l));
	child_true(l == NULL);
	return 0;
}

static pthread_barrier_t held;

static void *hold_a_transaction(void *arg)
{
	struct store *s = arg;
	bool good = store_begin(s, STORE_WRITE) == CKR_OK;
	pthread_barrier_wait(&held); /* forks now */
	pthread_barrier_wait(&held);
	return good && store_meta_put(s, TOKEN, "m", bytes_of("x", 1), 0) == CKR_OK && store_commit(s) == CKR_OK ? s : NULL;
}

static int child_reads_then_writes(struct world *w, struct store *inherited, struct signal_pipe *has_read)
{
	struct store *s;
	alarm(20);
	store_abandon(inherited);
	child_ok(store_open(w->uri, false, &s));
	child_true(count(s) == 0);
	tell(has_read);
	child_ok(add_range(s, 0, ROWS));
	store_close(s);
	return 0;
}

static void a_fork_while_another_thread_is_inside_disturbs_neither_side(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	struct signal_pipe has_read;
	pthread_t thread;
	void *good;
	open_pipe(&has_read);
	pthread_barrier_init(&held, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, hold_a_transaction, s), 0);
	pthread_barrier_wait(&held);
	pid_t pid = fork();
	if (pid == 0)
		_exit(child_reads_then_writes(w, s, &has_read));
	await(&has_read);
	pthread_barrier_wait(&held);
	pthread_join(thread, &good);
	assert_non_null(good);
	assert_child_done(pid);
	assert_int_equal(count(s), ROWS);
	store_close(s);
	pthread_barrier_destroy(&held);
	close_pipe(&has_read);
}

static _Atomic bool enough;

/* Takes and gives back every lock of SQLite's own, many times. */
static void *open_and_close(void *arg)
{
	struct world *w = arg;
	while (!enough) {
		struct store *s = NULL;
		if (store_open(w->uri, true, &s) != CKR_OK)
			return NULL;
		store_close(s);
	}
	return w;
}

static void a_fork_while_another_thread_opens_and_closes_leaves_a_child_that_works(void **state)
{
	struct world *w = *state;
	struct world other = *w;
	pthread_t thread;
	void *good;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	/* The sanitizers' own allocators do not survive a fork beside an allocating thread. */
	skip();
#endif
	struct store *s = open_store(w); /* keeps SQLite itself running */
	snprintf(other.uri, sizeof(other.uri), "sqlite:%s/other", w->dir);
	enough = false;
	assert_int_equal(pthread_create(&thread, NULL, open_and_close, &other), 0);
	for (uint32_t i = 0; i < 10; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			alarm(20);
			_exit(child_writes(w, s, i * 1000));
		}
		assert_child_done(pid);
	}
	enough = true;
	pthread_join(thread, &good);
	assert_non_null(good);
	assert_int_equal(count(s), 10 * ROWS);
	store_close(s);
}

/* ---- named locks ----------------------------------------------------------------------------------- */

static int hold_until_killed(struct world *w, struct signal_pipe *taken, bool exclusive)
{
	struct store *s;
	struct store_lock *l;
	child_ok(store_open(w->uri, false, &s));
	child_ok(store_lock_take(s, "held", exclusive, false, &l));
	child_true(l != NULL);
	tell(taken);
	pause();
	return 1;
}

static void locks_hold_between_processes_and_die_with_their_owner(void **state)
{
	struct world *w = *state;
	struct store_lock *l;
	struct signal_pipe taken;
	open_pipe(&taken);
	pid_t pid = fork();
	if (pid == 0)
		_exit(hold_until_killed(w, &taken, true));
	await(&taken);
	struct store *s = open_store(w);
	assert_ok(store_lock_take(s, "held", true, false, &l));
	assert_null(l);
	assert_ok(store_lock_take(s, "held", false, false, &l));
	assert_null(l);
	assert_int_equal(kill(pid, SIGKILL), 0);
	/* Sleeps in the kernel until the owner is gone. */
	assert_ok(store_lock_take(s, "held", true, true, &l));
	assert_non_null(l);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	store_lock_release(l);
	store_close(s);
	close_pipe(&taken);
}

static void shared_locks_are_shared_between_processes(void **state)
{
	struct world *w = *state;
	struct store_lock *l;
	struct signal_pipe taken;
	open_pipe(&taken);
	pid_t pid = fork();
	if (pid == 0)
		_exit(hold_until_killed(w, &taken, false));
	await(&taken);
	struct store *s = open_store(w);
	assert_ok(store_lock_take(s, "held", false, false, &l));
	assert_non_null(l);
	store_lock_release(l);
	assert_ok(store_lock_take(s, "held", true, false, &l));
	assert_null(l);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	store_close(s);
	close_pipe(&taken);
}

static void a_forked_child_respects_its_parents_lock(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	struct store_lock *l, *again;
	assert_ok(store_lock_take(s, "held", true, false, &l));
	pid_t pid = fork();
	if (pid == 0)
		_exit(child_meets_the_lock(w, s));
	assert_child_done(pid);
	/* The child's abandon did not release it. */
	assert_ok(store_lock_take(s, "held", true, false, &again));
	assert_null(again);
	store_lock_release(l);
	store_close(s);
}

static int parent_that_dies(struct world *w, struct signal_pipe *abandoned, struct signal_pipe *done)
{
	struct store *s;
	struct store_lock *l;
	child_ok(store_open(w->uri, false, &s));
	child_ok(store_lock_take(s, "held", true, false, &l));
	pid_t pid = fork();
	if (pid == 0) {
		store_abandon(s);
		store_lock_release(l); /* harmless, and frees it */
		tell(abandoned);
		await(done);
		_exit(0);
	}
	pause();
	return 1;
}

static void a_parents_lock_does_not_live_on_in_its_forked_child(void **state)
{
	struct world *w = *state;
	struct signal_pipe abandoned, done;
	struct store_lock *l;
	open_pipe(&abandoned);
	open_pipe(&done);
	pid_t pid = fork();
	if (pid == 0)
		_exit(parent_that_dies(w, &abandoned, &done));
	await(&abandoned);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	struct store *s = open_store(w);
	assert_ok(store_lock_take(s, "held", true, false, &l));
	assert_non_null(l);
	tell(&done);
	store_lock_release(l);
	store_close(s);
	close_pipe(&abandoned);
	close_pipe(&done);
}

static int writer_that_dies(struct world *w, struct signal_pipe *abandoned, struct signal_pipe *done)
{
	struct store *s;
	child_ok(store_open(w->uri, false, &s));
	child_ok(store_begin(s, STORE_WRITE));
	child_ok(store_meta_put(s, TOKEN, "m", bytes_of("x", 1), 0));
	pid_t pid = fork();
	if (pid == 0) {
		store_abandon(s);
		tell(abandoned);
		await(done);
		_exit(0);
	}
	pause();
	return 1;
}

static void a_parents_transaction_does_not_live_on_in_its_forked_child(void **state)
{
	struct world *w = *state;
	struct signal_pipe abandoned, done;
	open_pipe(&abandoned);
	open_pipe(&done);
	pid_t pid = fork();
	if (pid == 0)
		_exit(writer_that_dies(w, &abandoned, &done));
	await(&abandoned);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* The write lock is free at once: else this would wait half a minute and fail. */
	struct store *s = open_store(w);
	assert_ok(add(s, 1));
	tell(&done);
	store_close(s);
	close_pipe(&abandoned);
	close_pipe(&done);
}

/* ---- two copies of SQLite in one process ------------------------------------------------------------ */

/* The few calls that the test needs of a second SQLite, the system's. */
struct other_sqlite {
	int (*open)(const char *path, void **ret_db);
	int (*exec)(void *db, const char *sql, void *callback, void *arg, char **ret_error);
	int (*close)(void *db);
};

#define SQLITE_BUSY_CODE 5

static bool load_other(struct other_sqlite *ret)
{
	void *library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return false;
	*(void **)&ret->open = dlsym(library, "sqlite3_open");
	*(void **)&ret->exec = dlsym(library, "sqlite3_exec");
	*(void **)&ret->close = dlsym(library, "sqlite3_close");
	return ret->open != NULL && ret->exec != NULL && ret->close != NULL;
}

/* What another copy of this library, loaded by another path, would be to us. */
static void a_second_copy_in_the_process_is_kept_out_of_a_transaction(void **state)
{
	struct world *w = *state;
	struct other_sqlite other = {0};
	char path[FIXTURE_PATH + 32];
	void *db;
	if (!load_other(&other))
		skip();
	snprintf(path, sizeof(path), "%s/conclave.db", w->dir);
	struct store *s = open_store(w);
	assert_int_equal(other.open(path, &db), 0);
	assert_int_equal(other.exec(db, "BEGIN IMMEDIATE; ROLLBACK", NULL, NULL, NULL), 0);
	assert_ok(store_begin(s, STORE_WRITE));
	assert_int_equal(other.exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_BUSY_CODE);
	/* Closing its descriptors takes none of our locks away. */
	assert_int_equal(other.close(db), 0);
	assert_int_equal(other.open(path, &db), 0);
	assert_int_equal(other.exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_BUSY_CODE);
	assert_ok(store_commit(s));
	assert_int_equal(other.exec(db, "BEGIN IMMEDIATE; ROLLBACK", NULL, NULL, NULL), 0);
	assert_int_equal(other.close(db), 0);
	assert_ok(add(s, 1));
	store_close(s);
	assert_whole(w, 1);
}

/* ---- stamp and watch ------------------------------------------------------------------------------- */

static int add_one(struct world *w, uint32_t n)
{
	struct store *s;
	child_ok(store_open(w->uri, false, &s));
	child_ok(add(s, n));
	store_close(s);
	return 0;
}

static void in_another_process(struct world *w, uint32_t n)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(add_one(w, n));
	assert_child_done(pid);
}

static void a_change_in_another_process_moves_the_stamp(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	uint64_t stamp = store_stamp(s);
	assert_int_equal(store_stamp(s), stamp);
	in_another_process(w, 1);
	assert_true(store_stamp(s) != stamp);
	assert_true(has(s, 1));
	store_close(s);
}

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, 0) == 1;
}

static void a_change_in_another_process_wakes_the_watcher(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	int fd = store_watch_fd(s);
	assert_true(fd >= 0);
	assert_int_equal(store_watch_fd(s), fd);
	assert_false(readable(fd));
	assert_int_equal(count(s), 0);
	assert_false(readable(fd));
	in_another_process(w, 1);
	assert_true(readable(fd));
	store_watch_drain(s);
	assert_false(readable(fd));
	assert_ok(add(s, 2));
	assert_true(readable(fd));
	store_close(s);
}

static void remove_stamp_file(struct world *w)
{
	char path[FIXTURE_PATH + 32];
	snprintf(path, sizeof(path), "%s/conclave.stamp", w->dir);
	assert_int_equal(unlink(path), 0);
}

static void a_removed_stamp_file_is_made_again(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	int fd = store_watch_fd(s);
	remove_stamp_file(w);
	assert_true(readable(fd));
	store_watch_drain(s);
	uint64_t stamp = store_stamp(s);
	in_another_process(w, 1);
	assert_true(store_stamp(s) != stamp);
	assert_true(readable(fd));
	store_close(s);
}

static void a_stamp_file_that_another_process_replaced_is_noticed(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	assert_ok(add(s, 7));
	remove_stamp_file(w);
	in_another_process(w, 1);
	assert_int_equal(count(s), 2); /* any transaction notices */
	uint64_t stamp = store_stamp(s);
	in_another_process(w, 2);
	assert_true(store_stamp(s) != stamp);
	store_close(s);
}

static void a_writer_killed_between_commit_and_stamp_is_made_up_for(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	uint64_t stamp = store_stamp(s);
	in_another_process(w, 1);
	uint64_t after = store_stamp(s);
	assert_true(after != stamp);
	/* The file as such a writer leaves it: odd, one less than the number after its change. */
	char path[FIXTURE_PATH + 32];
	snprintf(path, sizeof(path), "%s/conclave.stamp", w->dir);
	FILE *f = fopen(path, "r+");
	uint64_t word = 0;
	assert_int_equal(fread(&word, sizeof(word), 1, f), 1);
	word--;
	rewind(f);
	assert_int_equal(fwrite(&word, sizeof(word), 1, f), 1);
	fclose(f);
	assert_int_equal(store_stamp(s), after);
	in_another_process(w, 2);
	assert_true(store_stamp(s) != after);
	store_close(s);
}

#define row(f) cmocka_unit_test_setup_teardown(f, make_world, remove_world)

int main(void)
{
	static const struct CMUnitTest suite[] = {
		row(processes_that_write_at_once_lose_nothing),
		row(processes_that_make_one_store_at_once_make_one),
		row(versions_keep_processes_from_writing_over_each_other),
		row(what_a_killed_writer_confirmed_is_there),
		row(a_killed_writer_hides_nothing_from_the_stamp),
		row(a_forked_child_writes_on_after_its_parent_has_closed),
		row(parent_and_forked_child_write_at_once),
		row(a_grandchild_writes_too),
		row(a_fork_while_another_thread_is_inside_disturbs_neither_side),
		row(a_fork_while_another_thread_opens_and_closes_leaves_a_child_that_works),
		row(locks_hold_between_processes_and_die_with_their_owner),
		row(shared_locks_are_shared_between_processes),
		row(a_forked_child_respects_its_parents_lock),
		row(a_parents_lock_does_not_live_on_in_its_forked_child),
		row(a_parents_transaction_does_not_live_on_in_its_forked_child),
		row(a_second_copy_in_the_process_is_kept_out_of_a_transaction),
		row(a_change_in_another_process_moves_the_stamp),
		row(a_change_in_another_process_wakes_the_watcher),
		row(a_removed_stamp_file_is_made_again),
		row(a_stamp_file_that_another_process_replaced_is_noticed),
		row(a_writer_killed_between_commit_and_stamp_is_made_up_for),
	};
	log_configure("off");
	return cmocka_run_group_tests(suite, NULL, NULL);
}
