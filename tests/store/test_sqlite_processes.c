/* SPDX-License-Identifier: Apache-2.0 */
/* One SQLite store and several processes side by side, some of them killed: what a call confirmed is
 * there, locks end with their owner, and every change is news. Knows no table of the database. */
#include "process_fixture.h"

#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define KILL_ROUNDS 30

/* ---- processes side by side ----------------------------------------------------------------------- */

#define WRITERS 4

static int write_many(struct world *w, uint32_t writer)
{
	struct store *s;
	child_ok(store_open(w->uri, false, &s));
	child_ok(add_rows(s, writer * 1000, ROWS));
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
		child_ok(add_row(s, n));
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
			assert_true(has_row(s, n));
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
	uint64_t stamp = store_stamp(s), rows = count_rows(s);
	for (unsigned round = 0; round < KILL_ROUNDS; round++) {
		kill_a_writer(w, (round + 1) * 10000, round * 5 + 3);
		uint64_t now = store_stamp(s), rows_now = count_rows(s);
		assert_true((now != stamp) == (rows_now != rows));
		stamp = now;
		rows = rows_now;
	}
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
	assert_ok(add_row(s, 1));
	store_close(s);
	assert_whole(w, 1);
}

/* ---- stamp and watch ------------------------------------------------------------------------------- */

static int add_one(struct world *w, uint32_t n)
{
	struct store *s;
	child_ok(store_open(w->uri, false, &s));
	child_ok(add_row(s, n));
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
	assert_true(has_row(s, 1));
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
	assert_int_equal(count_rows(s), 0);
	assert_false(readable(fd));
	in_another_process(w, 1);
	assert_true(readable(fd));
	store_watch_drain(s);
	assert_false(readable(fd));
	assert_ok(add_row(s, 2));
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
	assert_ok(add_row(s, 7));
	remove_stamp_file(w);
	in_another_process(w, 1);
	assert_int_equal(count_rows(s), 2); /* any transaction notices */
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

int main(void)
{
	static const struct CMUnitTest suite[] = {
		in_world(processes_that_write_at_once_lose_nothing),
		in_world(processes_that_make_one_store_at_once_make_one),
		in_world(versions_keep_processes_from_writing_over_each_other),
		in_world(what_a_killed_writer_confirmed_is_there),
		in_world(a_killed_writer_hides_nothing_from_the_stamp),
		in_world(locks_hold_between_processes_and_die_with_their_owner),
		in_world(shared_locks_are_shared_between_processes),
		in_world(a_second_copy_in_the_process_is_kept_out_of_a_transaction),
		in_world(a_change_in_another_process_moves_the_stamp),
		in_world(a_change_in_another_process_wakes_the_watcher),
		in_world(a_removed_stamp_file_is_made_again),
		in_world(a_stamp_file_that_another_process_replaced_is_noticed),
		in_world(a_writer_killed_between_commit_and_stamp_is_made_up_for),
	};
	log_configure("off");
	return cmocka_run_group_tests(suite, NULL, NULL);
}
