/* SPDX-License-Identifier: Apache-2.0 */
/* One PostgreSQL store and several hosts, which are here processes and stores that share nothing but the
 * server: side by side, killed, stopped, cut off, the server restarted. What a call confirmed must be there
 * afterwards, and nobody may wait for the dead. Knows no table of the database but the state's format. */
#include "postgres_world.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "postgres_proxy.h"

#define ROWS 25
#define KILL_ROUNDS 12

static void run_sql(const char *sql)
{
	char command[512];
	snprintf(command, sizeof(command), "psql -q -h %s/socket -U conclave -d postgres -c '%s' >/dev/null", server.folder, sql);
	assert_int_equal(system(command), 0);
}

/* ---- side by side ---------------------------------------------------------------------------------- */

static int write_many(struct world *w, uint32_t writer)
{
	struct store *s;
	child_ok(store_open(w->uri, false, &s));
	for (uint32_t i = 0; i < ROWS; i++)
		child_ok(pg_add(s, writer * 1000 + i));
	store_close(s);
	return 0;
}

static void hosts_that_write_at_once_lose_nothing(void **state)
{
	struct world *w = *state;
	pid_t pids[WRITERS];
	for (uint32_t i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(write_many(w, i));
	}
	for (size_t i = 0; i < WRITERS; i++)
		pg_assert_child_done(pids[i]);
	struct store *s = pg_open_store(w);
	assert_int_equal(pg_count(s), WRITERS * ROWS);
	pg_assert_whole(s);
	store_close(s);
}

static void hosts_that_make_one_store_at_once_make_one(void **state)
{
	struct world *w = *state;
	pid_t pids[WRITERS];
	server_uri(&server, "made_at_once", w->key, w->uri);
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
		pg_assert_child_done(pids[i]);
	struct store *s = pg_open_store(w);
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
	struct buf value = {0};
	child_ok(store_open(w->uri, false, &s));
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

static void versions_keep_hosts_from_writing_over_each_other(void **state)
{
	struct world *w = *state;
	pid_t pids[WRITERS];
	for (size_t i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(count_up(w, 10));
	}
	for (size_t i = 0; i < WRITERS; i++)
		pg_assert_child_done(pids[i]);
	struct store *s = pg_open_store(w);
	struct buf value = {0};
	uint64_t version;
	assert_ok(store_begin(s, STORE_READ));
	assert_ok(store_meta_get(s, TOKEN, "n", &value, &version));
	assert_ok(store_commit(s));
	assert_int_equal(version, WRITERS * 10);
	buf_free(&value);
	store_close(s);
}

/* ---- news ------------------------------------------------------------------------------------------- */

static void a_change_moves_the_stamp_of_every_host_at_once(void **state)
{
	struct world *w = *state;
	struct store *here = pg_open_store(w), *there = pg_open_store(w);
	for (uint32_t n = 0; n < 5; n++) {
		uint64_t before = store_stamp(here);
		assert_int_equal(store_stamp(here), before);
		assert_ok(pg_add(there, n));
		assert_true(store_stamp(here) != before);
		assert_true(pg_has(here, n));
	}
	store_close(there);
	store_close(here);
}

static void a_recent_stamp_moves_within_its_bound(void **state)
{
	struct world *w = *state;
	struct store *here = pg_open_store(w), *there = pg_open_store(w);
	uint64_t before = store_stamp_recent(here);
	for (uint32_t n = 0; n < 5; n++) {
		assert_ok(pg_add(there, n));
		/* 10 ms, and what a busy machine adds. */
		uint64_t until = clock_monotonic_ns() + UINT64_C(500000000);
		uint64_t now = before;
		while (now == before && clock_monotonic_ns() < until)
			now = store_stamp_recent(here);
		assert_true(now != before);
		assert_int_equal(now, store_stamp(here));
		before = now;
	}
	store_close(there);
	store_close(here);
}

static void a_watcher_wakes_when_another_host_changes_something(void **state)
{
	struct world *w = *state;
	struct store *here = pg_open_store(w), *there = pg_open_store(w);
	struct pollfd p = {.fd = store_watch_fd(here), .events = POLLIN};
	assert_true(p.fd >= 0);
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_ok(pg_add(there, 1));
	assert_int_equal(poll(&p, 1, 5000), 1);
	store_watch_drain(here);
	assert_int_equal(poll(&p, 1, 0), 0);
	store_close(there);
	store_close(here);
}

/* ---- kills and stops --------------------------------------------------------------------------------- */

static int insert_and_report(struct world *w, int pipe_end, uint32_t first)
{
	struct store *s;
	child_ok(store_open(w->uri, false, &s));
	for (uint32_t n = first;; n++) {
		child_ok(pg_add(s, n));
		child_true(write(pipe_end, &n, sizeof(n)) == (ssize_t)sizeof(n));
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
	uint64_t until = clock_monotonic_ns() + (seed * 137u % 900u) * 1000u;
	while (clock_monotonic_ns() < until)
		continue;
	assert_int_equal(kill(pid, SIGKILL), 0);
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
	struct store *s = pg_open_store(w);
	for (unsigned round = 0; round < KILL_ROUNDS; round++) {
		confirmed[round] = kill_a_writer(w, (round + 1) * 10000, round);
		/* Nobody waits for the dead. */
		assert_ok(pg_add(s, round + 1));
	}
	for (uint32_t round = 0; round < KILL_ROUNDS; round++) {
		for (uint32_t n = (round + 1) * 10000; n <= confirmed[round]; n++)
			assert_true(pg_has(s, n));
	}
	pg_assert_whole(s);
	store_close(s);
}

/* A child that is inside a write transaction when it says so; afterwards it tries to commit. */
static int stay_inside(struct world *w, int about_to_stay, int go_on)
{
	struct store *s;
	struct store_record r = {.version = 1, .id = {{77}}};
	char c;
	child_ok(store_open(w->uri, false, &s));
	child_ok(store_begin(s, STORE_WRITE));
	child_ok(store_insert(s, TOKEN, &r));
	child_true(write(about_to_stay, "x", 1) == 1);
	child_true(read(go_on, &c, 1) == 1);
	CK_RV rv = store_commit(s);
	store_rollback(s);
	child_true(rv == CKR_DEVICE_ERROR);
	child_ok(pg_add(s, 4711));
	store_close(s);
	return 0;
}

struct insider {
	pid_t pid;
	int inside[2], go_on[2];
};

static void start_insider(struct world *w, struct insider *i)
{
	char c;
	assert_int_equal(pipe(i->inside), 0);
	assert_int_equal(pipe(i->go_on), 0);
	i->pid = fork();
	assert_true(i->pid >= 0);
	if (i->pid == 0)
		_exit(stay_inside(w, i->inside[1], i->go_on[0]));
	assert_int_equal(read(i->inside[0], &c, 1), 1);
}

static void end_insider(struct insider *i)
{
	for (size_t end = 0; end < 2; end++) {
		close(i->inside[end]);
		close(i->go_on[end]);
	}
}

static void a_writer_killed_inside_a_transaction_blocks_nobody(void **state)
{
	struct world *w = *state;
	struct store *s = pg_open_store(w);
	struct insider i;
	start_insider(w, &i);
	assert_int_equal(kill(i.pid, SIGKILL), 0);
	assert_ok(pg_add(s, 1));
	assert_int_equal(pg_count(s), 1);
	assert_int_equal(waitpid(i.pid, NULL, 0), i.pid);
	end_insider(&i);
	store_close(s);
}

static void a_writer_that_stands_still_is_put_out(void **state)
{
	struct world *w = *state;
	pg_also(w, "conclave_wait=2");
	struct store *s = pg_open_store(w);
	struct insider i;
	start_insider(w, &i);
	/* It is given half of the time that others wait; then its own commit fails, and it goes on. */
	assert_ok(pg_add(s, 1));
	assert_int_equal(write(i.go_on[1], "x", 1), 1);
	pg_assert_child_done(i.pid);
	assert_int_equal(pg_count(s), 2);
	end_insider(&i);
	store_close(s);
}

static int hold_lock(struct world *w, int about_to_hold)
{
	struct store *s;
	struct store_lock *l = NULL;
	child_ok(store_open(w->uri, false, &s));
	child_ok(store_lock_take(s, "held", true, false, &l));
	child_true(l != NULL);
	child_true(write(about_to_hold, "x", 1) == 1);
	pause();
	return 0;
}

static void a_lock_dies_with_its_owner(void **state)
{
	struct world *w = *state;
	struct store *s = pg_open_store(w);
	struct store_lock *l = NULL;
	int ends[2];
	char c;
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(hold_lock(w, ends[1]));
	assert_int_equal(read(ends[0], &c, 1), 1);
	assert_ok(store_lock_take(s, "held", false, false, &l));
	assert_null(l);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_ok(store_lock_take(s, "held", true, true, &l));
	assert_non_null(l);
	store_lock_release(l);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ends[0]);
	close(ends[1]);
	store_close(s);
}

/* ---- fork -------------------------------------------------------------------------------------------- */

static int work_after_fork(struct world *w, struct store *inherited, struct store_lock *lock)
{
	struct store *s;
	store_abandon(inherited);
	store_lock_release(lock);
	child_ok(store_open(w->uri, false, &s));
	child_ok(pg_add(s, 2));
	child_true(pg_has(s, 1));
	store_close(s);
	return 0;
}

static void a_fork_child_leaves_the_parents_connections_alone(void **state)
{
	struct world *w = *state;
	struct store *s = pg_open_store(w);
	struct store_lock *l = NULL, *other = NULL;
	(void)store_stamp_recent(s);
	assert_true(store_watch_fd(s) >= 0);
	assert_ok(pg_add(s, 1));
	assert_ok(store_lock_take(s, "mine", true, false, &l));
	pid_t pid = fork();
	if (pid == 0)
		_exit(work_after_fork(w, s, l));
	pg_assert_child_done(pid);
	assert_true(pg_has(s, 2));
	assert_ok(pg_add(s, 3));
	assert_ok(store_lock_take(s, "mine", false, false, &other));
	assert_null(other);
	store_lock_release(l);
	assert_int_equal(pg_count(s), 3);
	store_close(s);
}

/* ---- the server goes away ----------------------------------------------------------------------------- */

static void a_store_goes_on_after_the_server_was_restarted(void **state)
{
	struct world *w = *state;
	struct store *s = pg_open_store(w);
	struct store_record r = {.version = 1, .id = {{5}}};
	struct store_lock *l = NULL, *other = NULL;
	assert_ok(pg_add(s, 1));
	assert_ok(store_lock_take(s, "mine", false, false, &l));
	uint64_t before = store_stamp(s);
	assert_ok(store_begin(s, STORE_WRITE));
	assert_ok(store_insert(s, TOKEN, &r));
	assert_int_equal(server_do(&server, "restart"), 0);
	assert_rv(store_commit(s), CKR_DEVICE_ERROR);
	store_rollback(s);
	/* What was known of the old server does not hold for the new one. */
	assert_true(store_stamp(s) != before);
	assert_int_equal(pg_count(s), 1);
	assert_ok(pg_add(s, 2));
	assert_true(store_stamp_recent(s) == store_stamp(s));
	/* The lock was taken again with the new connection. */
	struct store *there = pg_open_store(w);
	assert_ok(store_lock_take(there, "mine", true, false, &other));
	assert_null(other);
	store_lock_release(l);
	assert_ok(store_lock_take(there, "mine", true, false, &other));
	assert_non_null(other);
	store_lock_release(other);
	store_close(there);
	store_close(s);
}

static void without_a_server_calls_end_in_time(void **state)
{
	struct world *w = *state;
	pg_also(w, "conclave_wait=1");
	struct store *s = pg_open_store(w), *other = s;
	assert_int_equal(server_do(&server, "kill"), 0);
	uint64_t start = clock_monotonic_ns();
	assert_rv(store_begin(s, STORE_READ), CKR_DEVICE_ERROR);
	assert_true(clock_monotonic_ns() - start < UINT64_C(5000000000));
	uint64_t stamp = store_stamp(s);
	assert_true(stamp != 0 && store_stamp(s) != stamp);
	assert_rv(store_open(w->uri, false, &other), CKR_DEVICE_ERROR);
	assert_ptr_equal(other, s);
	assert_int_equal(server_do(&server, "restart"), 0);
	assert_ok(pg_add(s, 1));
	store_close(s);
}

static void *insert_at_once(void *arg)
{
	return pg_add(arg, 1) == CKR_OK ? arg : NULL;
}

static void a_call_waits_for_a_server_that_comes_back(void **state)
{
	struct world *w = *state;
	struct store *s = pg_open_store(w);
	pthread_t thread;
	void *done;
	assert_int_equal(server_do(&server, "stop"), 0);
	assert_int_equal(pthread_create(&thread, NULL, insert_at_once, s), 0);
	assert_int_equal(server_do(&server, "restart"), 0);
	assert_int_equal(pthread_join(thread, &done), 0);
	assert_non_null(done);
	assert_int_equal(pg_count(s), 1);
	store_close(s);
}

static void cut_around_commit(struct world *w, enum proxy_mode mode, CK_RV expected)
{
	struct proxy proxy;
	char folder[SERVER_PATH + 16];
	struct server through = {{0}};
	snprintf(folder, sizeof(folder), "%s/socket", server.folder);
	snprintf(through.folder, sizeof(through.folder), "%.64s/p%d", w->dir, (int)mode);
	assert_int_equal(mkdir(through.folder, 0700), 0);
	snprintf(w->uri, sizeof(w->uri), "%s/socket", through.folder);
	assert_int_equal(mkdir(w->uri, 0700), 0);
	assert_int_equal(proxy_start(&proxy, w->uri, folder), 0);
	server_uri(&through, w->schema, w->key, w->uri);
	struct store *s = pg_open_store(w);
	assert_ok(pg_add(s, 1));
	atomic_store(&proxy.mode, mode);
	assert_rv(pg_add(s, 2), expected);
	assert_int_equal(atomic_load(&proxy.cuts), 1);
	assert_true(pg_has(s, 2) == (expected == CKR_OK));
	assert_ok(pg_add(s, 3));
	assert_int_equal(pg_count(s), expected == CKR_OK ? 3 : 2);
	store_close(s);
	proxy_stop(&proxy);
}

static void a_commit_whose_answer_was_lost_is_found_out(void **state)
{
	cut_around_commit(*state, PROXY_CUT_AFTER, CKR_OK);
}

static void a_commit_that_never_arrived_is_reported(void **state)
{
	cut_around_commit(*state, PROXY_CUT_BEFORE, CKR_DEVICE_ERROR);
}

/* ---- what is refused ------------------------------------------------------------------------------------ */

static void another_major_format_is_refused_and_a_newer_minor_is_not(void **state)
{
	struct world *w = *state;
	struct store *s = NULL;
	char sql[128];
	snprintf(sql, sizeof(sql), "UPDATE \"%s\".state SET minor = 9", w->schema);
	run_sql(sql);
	s = pg_open_store(w);
	store_close(s);
	s = NULL;
	for (int major = 1; major <= 3; major += 2) {
		snprintf(sql, sizeof(sql), "UPDATE \"%s\".state SET major = %d", w->schema, major);
		run_sql(sql);
		assert_rv(store_open(w->uri, true, &s), CKR_DEVICE_ERROR);
		assert_null(s);
	}
}

static void the_key_must_be_there_and_be_the_same_on_every_host(void **state)
{
	struct world *w = *state;
	unsigned char key[32], again[32];
	char other[FIXTURE_PATH + 32];
	struct stat st;
	struct store *s = pg_open_store(w);
	assert_ok(store_local_key(s, key));
	assert_int_equal(stat(w->key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(other, sizeof(other), "%s.other", w->key);
	assert_int_equal(rename(w->key, other), 0);
	assert_rv(store_local_key(s, again), CKR_DEVICE_ERROR);
	store_close(s);
	s = pg_open_store(w); /* makes no other one: there is a token */
	assert_rv(store_local_key(s, again), CKR_DEVICE_ERROR);
	FILE *f = fopen(w->key, "w");
	assert_non_null(f);
	for (int i = 0; i < 32; i++)
		fputc(i, f);
	fclose(f);
	assert_rv(store_local_key(s, again), CKR_DEVICE_ERROR);
	assert_int_equal(rename(other, w->key), 0);
	assert_ok(store_local_key(s, again));
	assert_memory_equal(key, again, sizeof(key));
	store_close(s);
}

static void wrong_parameters_are_refused(void **state)
{
	struct world *w = *state;
	static const char *const wrong[] = {"conclave_wait=0", "conclave_wait=x", "conclave_other=1", "conclave_key=relative",
					    "conclave_schema=", "nothing_that_libpq_knows=1"};
	char uri[SERVER_URI + 64];
	struct store *s = NULL;
	for (size_t i = 0; i < array_len(wrong); i++) {
		snprintf(uri, sizeof(uri), "%s&%s", w->uri, wrong[i]);
		assert_rv(store_open(uri, false, &s), CKR_GENERAL_ERROR);
	}
	assert_null(s);
}

static void a_password_is_never_shown(void **state)
{
	struct world *w = *state;
	pg_also(w, "password=open-sesame");
	struct store *s = pg_open_store(w);
	assert_null(strstr(store_uri(s), "sesame"));
	store_close(s);
}

static const struct CMUnitTest suite[] = {
	row(hosts_that_write_at_once_lose_nothing),
	row(hosts_that_make_one_store_at_once_make_one),
	row(versions_keep_hosts_from_writing_over_each_other),
	row(a_change_moves_the_stamp_of_every_host_at_once),
	row(a_recent_stamp_moves_within_its_bound),
	row(a_watcher_wakes_when_another_host_changes_something),
	row(what_a_killed_writer_confirmed_is_there),
	row(a_writer_killed_inside_a_transaction_blocks_nobody),
	row(a_writer_that_stands_still_is_put_out),
	row(a_lock_dies_with_its_owner),
	row(a_fork_child_leaves_the_parents_connections_alone),
	row(a_store_goes_on_after_the_server_was_restarted),
	row(without_a_server_calls_end_in_time),
	row(a_call_waits_for_a_server_that_comes_back),
	row(a_commit_whose_answer_was_lost_is_found_out),
	row(a_commit_that_never_arrived_is_reported),
	row(another_major_format_is_refused_and_a_newer_minor_is_not),
	row(the_key_must_be_there_and_be_the_same_on_every_host),
	row(wrong_parameters_are_refused),
	row(a_password_is_never_shown),
};

int main(void)
{
	return run_with_server(suite);
}
