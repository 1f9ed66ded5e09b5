/* SPDX-License-Identifier: Apache-2.0 */
/* Sixteen processes write to one token, and again and again one of them is killed: the dead never block the living,
 * need no repair and damage nothing, neither their own confirmed work nor that of others (requirement R6). On SQLite
 * and on PostgreSQL. CONCLAVE_OPERATIONS calls each (100, the long run has 2,000), CONCLAVE_SEED to repeat a run. */
#include "database_server.h"
#include "kill_work.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 16
#define IDS_EACH 1000000u
#define PATIENCE_MS 30000 /* until a living process must have got on */
#define KILL_EVERY 60     /* confirmations, at most; half of it on the average */

static struct worker {
	pid_t pid; /* 0: not at work */
	int fd;
	uint32_t next_id;
	struct expectation mine; /* its own entries, as confirmed */
	struct report open;
	unsigned long confirmed;
	uint64_t heard_ms; /* when it confirmed something last */
} workers[WORKERS];

static unsigned kills, struck[ACTIONS];
static uint64_t longest_ms;

static struct server server;
static char key_file[SERVER_PATH + 32];

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- the processes --------------------------------------------------------------------------- */

static void start(struct worker *w)
{
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	kill_random_state += 77;
	w->pid = fork();
	assert_int_not_equal(w->pid, -1);
	if (w->pid == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		for (size_t i = 0; i < WORKERS; i++)
			if (&workers[i] != w && workers[i].pid != 0)
				close(workers[i].fd);
		close(pipes[0]);
		kill_report_fd = pipes[1];
		kill_expected = w->mine;
		kill_next_id = w->next_id;
		kill_work(OBJECTS);
	}
	close(pipes[1]);
	w->fd = pipes[0];
	w->heard_ms = now_ms();
	assert_int_equal(fcntl(w->fd, F_SETFL, O_NONBLOCK), 0);
}

/* Takes in what a worker has said so far; false at the end of its pipe. Reports are shorter than PIPE_BUF, so they
 * come whole. */
static bool listen_to(struct worker *w)
{
	struct report r;
	ssize_t n;

	while ((n = read(w->fd, &r, sizeof(r))) == sizeof(r)) {
		uint64_t now = now_ms();

		if (r.confirmed && r.action != START)
			kill_apply(&w->mine, &r);
		if (r.confirmed && now - w->heard_ms > longest_ms)
			longest_ms = now - w->heard_ms;
		w->open = r.confirmed ? (struct report){.action = START} : r;
		w->confirmed += r.confirmed && r.action != START;
		w->heard_ms = r.confirmed ? now : w->heard_ms;
		if (r.entry.id >= w->next_id)
			w->next_id = r.entry.id + 1;
	}
	assert_true(n == 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	return n != 0;
}

/* A change of our own: what the dead had under way in the store has ended when it is done. */
static void write_behind_the_dead(void)
{
	close_session(kill_session);
	kill_session = open_rw();
	assert_ok(kill_login(CKU_USER, kill_expected.user_pin));
	assert_ok(p11->C_DestroyObject(kill_session, make_data(kill_session, true, false, "0/0/0/0/")));
}

/* What was under way is there wholly or not at all. */
static void settle(struct worker *w)
{
	CK_OBJECT_HANDLE found[3];

	if (w->open.action == START)
		return;
	struck[w->open.action]++;
	write_behind_the_dead();
	CK_ULONG count = kill_objects_of(&w->open.entry, found), whole = w->open.entry.kind == PAIR ? 2 : 1;
	if (count != 0 && count != whole)
		fail_msg("killed in %s of %u: %lu objects", kill_action_names[w->open.action], w->open.entry.id, count);
	if ((count == 0) == (w->open.action == DESTROY))
		kill_apply(&w->mine, &w->open);
	w->open = (struct report){.action = START};
}

static void end(struct worker *w)
{
	int status = 0;

	assert_int_equal(kill(w->pid, SIGKILL), 0);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	while (listen_to(w))
		;
	close(w->fd);
	w->pid = 0;
	settle(w);
}

/* ---- the run --------------------------------------------------------------------------------- */

/* Waits until some worker says something. Every living one confirms something within the patience, or it is blocked. */
static void listen_to_all(void)
{
	struct pollfd fds[WORKERS];
	nfds_t count = 0;

	for (size_t i = 0; i < WORKERS; i++)
		if (workers[i].pid != 0)
			fds[count++] = (struct pollfd){.fd = workers[i].fd, .events = POLLIN};
	poll(fds, count, PATIENCE_MS);
	for (size_t i = 0; i < WORKERS; i++) {
		if (workers[i].pid == 0)
			continue;
		if (!listen_to(&workers[i]))
			fail_msg("process %zu ended by itself", i);
		if (now_ms() - workers[i].heard_ms > PATIENCE_MS)
			fail_msg("process %zu does not get on", i);
	}
}

static unsigned long confirmed_by_all(void)
{
	unsigned long all = 0;

	for (size_t i = 0; i < WORKERS; i++)
		all += workers[i].confirmed;
	return all;
}

/* Those who have done their part are killed, too. */
static bool end_the_ready(unsigned long each)
{
	bool at_work = false;

	for (size_t i = 0; i < WORKERS; i++) {
		if (workers[i].pid != 0 && workers[i].confirmed >= each)
			end(&workers[i]);
		at_work |= workers[i].pid != 0;
	}
	return at_work;
}

static void kill_one(void)
{
	struct worker *victim = &workers[kill_pick(WORKERS)];

	while (victim->pid == 0)
		victim = &workers[kill_pick(WORKERS)];
	usleep(kill_pick(4000)); /* the random moment */
	end(victim);
	start(victim);
	kills++;
}

static void run(unsigned long each)
{
	unsigned long next_kill = kill_pick(KILL_EVERY) + 1;

	for (size_t i = 0; i < WORKERS; i++)
		start(&workers[i]);
	while (end_the_ready(each)) {
		listen_to_all();
		if (confirmed_by_all() >= next_kill && end_the_ready(each)) {
			kill_one();
			next_kill = confirmed_by_all() + kill_pick(KILL_EVERY) + 1;
		}
	}
}

/* ---- the look at the end --------------------------------------------------------------------- */

static void audit(void)
{
	static struct entry found[WORKERS * MAX_ENTRIES];
	size_t count = kill_list_entries(found, COUNT(found));

	for (size_t i = 0; i < WORKERS; i++) {
		struct entry of_one[MAX_ENTRIES];
		size_t n = 0;

		for (size_t j = 0; j < count; j++)
			if (found[j].id / IDS_EACH == i + 1 && n < COUNT(of_one))
				of_one[n++] = found[j];
		if (!kill_holds(&workers[i].mine, of_one, n))
			fail_msg("process %zu: the token holds something else than it confirmed", i);
	}
	for (size_t i = 0; i < count; i++)
		kill_check_whole(&found[i]);
	print_message("%zu entries\n", count);
}

static void prepare(void)
{
	const char *text = getenv("CONCLAVE_SEED");

	kill_random_state = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) * 1000003u ^ (uint64_t)getpid();
	print_message("seed %" PRIu64 "\n", kill_random_state);
	kill_prepare();
	for (uint32_t i = 0; i < WORKERS; i++)
		workers[i] = (struct worker){.next_id = (i + 1) * IDS_EACH, .mine = kill_expected, .open = {.action = START}};
	kills = 0;
	longest_ms = 0;
	memset(struck, 0, sizeof(struck));
	initialize();
	slot = first_slot();
	kill_session = open_rw();
	assert_ok(kill_login(CKU_USER, kill_expected.user_pin));
}

static int setup_sqlite(void **state)
{
	if (setup_module(state))
		return -1;
	use_sqlite_store();
	prepare();
	return 0;
}

static int setup_postgres(void **state)
{
	char uri[SERVER_URI];

	if (setup_module(state))
		return -1;
	snprintf(key_file, sizeof(key_file), "%s.key", server.folder);
	server_uri(&server, "kills", key_file, uri);
	setenv("CONCLAVE_STORE", uri, 1);
	prepare();
	return 0;
}

static void the_dead_do_no_harm(void)
{
	const char *text = getenv("CONCLAVE_OPERATIONS");
	uint64_t began = now_ms();

	run(text && atoi(text) > 0 ? (unsigned long)atoi(text) : 100);
	print_message("%d processes, %lu calls confirmed, %u kills, %.1f s, nobody waited longer than %" PRIu64 " ms", WORKERS,
	              confirmed_by_all(), kills, (double)(now_ms() - began) / 1e3, longest_ms);
	for (size_t i = START + 1; i < ACTIONS; i++)
		if (struck[i] > 0)
			print_message(", in %s %u", kill_action_names[i], struck[i]);
	print_message("\n");
	audit();
}

static void rules_190_203_the_dead_neither_block_nor_damage_the_living(void **state)
{
	(void)state;
	the_dead_do_no_harm();
}

static void rules_190_203_the_dead_neither_block_nor_damage_the_living_on_postgresql(void **state)
{
	(void)state;
	the_dead_do_no_harm();
}

int main(void)
{
	const struct CMUnitTest sqlite[] = {
		cmocka_unit_test_setup_teardown(rules_190_203_the_dead_neither_block_nor_damage_the_living, setup_sqlite, teardown),
	};
	const struct CMUnitTest postgres[] = {
		cmocka_unit_test_setup_teardown(rules_190_203_the_dead_neither_block_nor_damage_the_living_on_postgresql, setup_postgres,
		                                teardown),
	};
	int failed = cmocka_run_group_tests_name("kill_together", sqlite, NULL, NULL);
	int status = server_start(&server);

	if (status == 0) {
		failed += cmocka_run_group_tests_name("kill_together_postgresql", postgres, NULL, NULL);
		unlink(key_file);
	}
	server_remove(&server);
	return failed + (status != 0 && status != 77);
}
