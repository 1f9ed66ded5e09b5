/* SPDX-License-Identifier: Apache-2.0 */
/* A process that forks while it uses an SQLite store: parent and child both go on, lose nothing, and
 * neither keeps anything of the other's alive. Knows no table of the database. */
#include "process_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- writing ----------------------------------------------------------------------------------------- */

static int child_goes_on(struct world *w, struct store *inherited, struct signal_pipe *written, struct signal_pipe *closed)
{
	struct store *s;
	store_abandon(inherited);
	child_ok(store_open(w->uri, false, &s));
	child_true(s != inherited);
	child_ok(add_rows(s, 100, 3));
	tell(written);
	await(closed);
	child_ok(add_rows(s, 103, 3));
	for (uint32_t n = 100; n < 106; n++)
		child_true(has_row(s, n));
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
	assert_ok(add_rows(s, 0, 2));
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
	child_ok(add_rows(s, first, ROWS));
	child_true(has_row(s, first + ROWS - 1));
	store_close(s);
	return 0;
}

static void parent_and_forked_child_write_at_once(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	assert_ok(add_row(s, 1));
	pid_t pid = fork();
	if (pid == 0)
		_exit(child_writes(w, s, 1000));
	assert_ok(add_rows(s, 2000, ROWS));
	assert_child_done(pid);
	for (uint32_t i = 0; i < ROWS; i++)
		assert_true(has_row(s, 1000 + i) && has_row(s, 2000 + i));
	store_close(s);
	assert_whole(w, 2 * ROWS + 1);
}

static int grandchild_writes(struct world *w, struct store *inherited)
{
	struct store *s;
	store_abandon(inherited);
	child_ok(store_open(w->uri, false, &s));
	child_ok(add_rows(s, 100, 3));
	pid_t pid = fork();
	if (pid == 0)
		_exit(child_writes(w, s, 1000));
	child_ok(add_rows(s, 103, 3));
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
	assert_ok(add_rows(s, 2000, 5));
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
	child_true(count_rows(s) == 0);
	tell(has_read);
	child_ok(add_rows(s, 0, ROWS));
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
	assert_int_equal(count_rows(s), ROWS);
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
	assert_int_equal(count_rows(s), 10 * ROWS);
	store_close(s);
}

/* ---- what must not outlive the parent ----------------------------------------------------------------- */

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
	assert_ok(add_row(s, 1));
	tell(&done);
	store_close(s);
	close_pipe(&abandoned);
	close_pipe(&done);
}

int main(void)
{
	static const struct CMUnitTest suite[] = {
		in_world(a_forked_child_writes_on_after_its_parent_has_closed),
		in_world(parent_and_forked_child_write_at_once),
		in_world(a_grandchild_writes_too),
		in_world(a_fork_while_another_thread_is_inside_disturbs_neither_side),
		in_world(a_fork_while_another_thread_opens_and_closes_leaves_a_child_that_works),
		in_world(a_forked_child_respects_its_parents_lock),
		in_world(a_parents_lock_does_not_live_on_in_its_forked_child),
		in_world(a_parents_transaction_does_not_live_on_in_its_forked_child),
	};
	log_configure("off");
	return cmocka_run_group_tests(suite, NULL, NULL);
}
