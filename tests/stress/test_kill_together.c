/* SPDX-License-Identifier: Apache-2.0 */
/* Several processes write to one token, and one after the other is killed: the dead never block the living, need
 * no repair and damage nothing, neither their own confirmed work nor that of others (requirement R6).
 * CONCLAVE_KILLS and CONCLAVE_SEED as for test_kill.c. */
#include "kill_work.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 3
#define IDS_EACH 1000000u
#define PATIENCE_MS 20000 /* until a living process must have got on */

static struct worker {
	pid_t pid;
	int fd;
	uint32_t next_id;
	struct expectation mine; /* its own entries, as confirmed */
	struct report open;
	unsigned long confirmed;
} workers[WORKERS];

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
			if (&workers[i] != w && workers[i].fd >= 0)
				close(workers[i].fd);
		close(pipes[0]);
		kill_report_fd = pipes[1];
		kill_expected = w->mine;
		kill_next_id = w->next_id;
		kill_work(OBJECTS);
	}
	close(pipes[1]);
	w->fd = pipes[0];
	assert_int_equal(fcntl(w->fd, F_SETFL, O_NONBLOCK), 0);
}

/* Takes in what a worker has said so far; false at the end of its pipe. Reports are shorter than PIPE_BUF, so they
 * come whole. */
static bool listen_to(struct worker *w)
{
	struct report r;
	ssize_t n;

	while ((n = read(w->fd, &r, sizeof(r))) == sizeof(r)) {
		if (r.confirmed && r.action != START)
			kill_apply(&w->mine, &r);
		w->open = r.confirmed ? (struct report){.action = START} : r;
		w->confirmed += r.confirmed;
		if (r.entry.id >= w->next_id)
			w->next_id = r.entry.id + 1;
	}
	assert_true(n == 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	return n != 0;
}

/* Every worker confirms something within the patience, or it is blocked. */
static void all_must_get_on(void)
{
	for (size_t i = 0; i < WORKERS; i++) {
		struct worker *w = &workers[i];
		unsigned long before = w->confirmed;

		while (w->confirmed == before) {
			struct pollfd p = {.fd = w->fd, .events = POLLIN};
			int ready = poll(&p, 1, PATIENCE_MS);

			if (ready == 0)
				fail_msg("process %zu does not get on", i);
			if (ready > 0 && !listen_to(w))
				fail_msg("process %zu ended by itself", i);
		}
	}
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
	w->fd = -1;
}

/* The entries of one worker are those it confirmed, with or without what was under way when it died. */
static void check_work(struct worker *w, const struct entry *found, size_t count)
{
	struct entry of_mine[4 * MAX_ENTRIES];
	struct expectation with = w->mine;
	size_t n = 0, me = (size_t)(w - workers);

	for (size_t i = 0; i < count; i++)
		if (found[i].id / IDS_EACH == me + 1)
			of_mine[n++] = found[i];
	if (w->open.action != START)
		kill_apply(&with, &w->open);
	if (kill_holds(&with, of_mine, n))
		w->mine = with;
	else if (!kill_holds(&w->mine, of_mine, n))
		fail_msg("process %zu, killed in %s of %u: the token holds something else", me, kill_action_names[w->open.action],
		         w->open.entry.id);
	w->open = (struct report){.action = START};
}

static void check_token(void)
{
	struct entry found[4 * MAX_ENTRIES];
	size_t count;

	initialize();
	slot = first_slot();
	kill_session = open_rw();
	assert_ok(kill_login(CKU_USER, kill_expected.user_pin));
	count = kill_list_entries(found, COUNT(found));
	for (size_t i = 0; i < WORKERS; i++)
		check_work(&workers[i], found, count);
	for (size_t i = 0; i < count; i++)
		kill_check_whole(&found[i]);
	finalize();
}

static int setup_store(void **state)
{
	const char *text = getenv("CONCLAVE_SEED");

	kill_random_state = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) * 1000003u ^ (uint64_t)getpid();
	print_message("seed %" PRIu64 "\n", kill_random_state);
	if (setup_module(state))
		return -1;
	use_sqlite_store();
	kill_prepare();
	for (uint32_t i = 0; i < WORKERS; i++)
		workers[i] = (struct worker){.fd = -1, .next_id = (i + 1) * IDS_EACH, .mine = kill_expected, .open = {.action = START}};
	return 0;
}

static void rules_190_203_the_dead_neither_block_nor_damage_the_living(void **state)
{
	const char *text = getenv("CONCLAVE_KILLS");
	unsigned rounds = text && atoi(text) > 0 ? (unsigned)atoi(text) / 5 + 1 : 8;
	unsigned long confirmed = 0;
	(void)state;

	for (unsigned round = 0; round < rounds; round++) {
		for (size_t i = 0; i < WORKERS; i++)
			start(&workers[i]);
		for (int kills = 0; kills < 3; kills++) {
			struct worker *victim = &workers[kill_pick(WORKERS)];

			all_must_get_on();
			usleep(kill_pick(4000)); /* the random moment */
			end(victim);
			/* What was under way is settled at the end of the round; the next one of its kind starts behind it. */
			if (victim->open.action != START)
				break;
			start(victim);
		}
		for (size_t i = 0; i < WORKERS; i++)
			if (workers[i].fd >= 0)
				end(&workers[i]);
		check_token();
	}
	for (size_t i = 0; i < WORKERS; i++)
		confirmed += workers[i].confirmed;
	print_message("%u rounds, %lu confirmations\n", rounds, confirmed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rules_190_203_the_dead_neither_block_nor_damage_the_living, setup_store, teardown),
	};
	return cmocka_run_group_tests_name("kill_together", tests, NULL, NULL);
}
