/* SPDX-License-Identifier: Apache-2.0 */
/* Sudden death: a child works through every writing call on a SQLite store and is killed at seeded random
 * moments. What it had confirmed must be there, what it had begun must be there wholly or not at all.
 * A hundred and fifty kills, CONCLAVE_KILLS for more, CONCLAVE_SEED to repeat a run. The child reports through
 * a pipe: an intention before each call, a confirmation after each CKR_OK. */
#include "kill_work.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Kills per action that was under way when the child died: the test must reach all. */
static unsigned struck[ACTIONS], between;

/* ---- the kill -------------------------------------------------------------------------------- */

static bool read_report(int fd, struct report *ret)
{
	size_t got = 0;

	while (got < sizeof(*ret)) {
		ssize_t n = read(fd, (char *)ret + got, sizeof(*ret) - got);

		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		got += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Lets a child work, kills it, brings the expectation up to what it confirmed. *ret_open: what was under way,
 * action START if nothing was. */
static void work_and_kill(enum work what, struct report *ret_open)
{
	uint32_t confirmations = kill_pick(what == OBJECTS ? 12 : 5), delay = kill_pick(kill_pick(2) ? 300 : 6000);
	struct report r;
	int pipes[2], status = 0;
	bool killed = false;
	pid_t child;

	*ret_open = (struct report){.action = START};
	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		close(pipes[0]);
		kill_report_fd = pipes[1];
		kill_work(what);
	}
	close(pipes[1]);
	while (read_report(pipes[0], &r)) {
		if (r.confirmed)
			kill_apply(&kill_expected, &r);
		*ret_open = r.confirmed ? (struct report){.action = START} : r;
		if (r.entry.id >= kill_next_id)
			kill_next_id = r.entry.id + 1;
		if (r.confirmed && confirmations > 0)
			confirmations--;
		if (confirmations == 0 && !killed) {
			usleep(delay); /* the random moment; what is still in the pipe is read after it */
			kill(child, SIGKILL);
			killed = true;
		}
	}
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail_msg("the child ended by itself, with status %x", (unsigned)status);
	if (ret_open->action == START)
		between++;
	else
		struck[ret_open->action]++;
}

/* ---- the look afterwards --------------------------------------------------------------------- */

static void print_difference(const struct entry *found, size_t count)
{
	for (size_t i = 0; i < MAX_ENTRIES; i++)
		if (kill_expected.entries[i].id)
			print_error("expected %u version %u origin %u kind %u\n", kill_expected.entries[i].id, kill_expected.entries[i].version,
			            kill_expected.entries[i].origin, kill_expected.entries[i].kind);
	for (size_t i = 0; i < count; i++)
		print_error("found    %u version %u origin %u kind %u\n", found[i].id, found[i].version, found[i].origin, found[i].kind);
}

/* The objects are those confirmed, with or without what was under way. */
static void check_objects(const struct report *open)
{
	struct entry found[2 * MAX_ENTRIES];
	size_t count = kill_list_entries(found, COUNT(found));
	struct expectation with = kill_expected;

	if (open->action >= CREATE && open->action <= GENERATE_PAIR)
		kill_apply(&with, open);
	if (kill_holds(&with, found, count)) {
		kill_expected = with;
	} else if (!kill_holds(&kill_expected, found, count)) {
		print_difference(found, count);
		fail_msg("killed in %s of %u version %u: the token holds something else", kill_action_names[open->action], open->entry.id,
		         open->entry.version);
	}
	for (size_t i = 0; i < count; i++)
		kill_check_whole(&found[i]);
}

/* Which token it is: the one confirmed, or the one under way. */
static void settle_token(const struct report *open)
{
	CK_TOKEN_INFO info;
	char label[32], text[33] = "";
	uint32_t number = 0;

	assert_ok(p11->C_GetTokenInfo(slot, &info));
	memcpy(text, info.label, sizeof(info.label));
	assert_int_equal(sscanf(text, "test-kill-%u", &number), 1);
	kill_token_label(label, sizeof(label), number);
	assert_memory_equal(text, label, strlen(label));
	if (open->action == INIT_TOKEN && number == open->number)
		kill_apply(&kill_expected, open);
	assert_int_equal(number, kill_expected.token);
	if (open->action != INIT_PIN)
		assert_int_equal(!!(info.flags & CKF_USER_PIN_INITIALIZED), kill_expected.has_user_pin);
}

/* The PIN is the one confirmed, or the one under way. Leaves a user PIN that is known. */
static void settle_pins(const struct report *open)
{
	CK_RV rv = kill_login(CKU_SO, kill_expected.so_pin);

	if (rv == CKR_PIN_INCORRECT && open->action == SET_SO_PIN) {
		kill_apply(&kill_expected, open);
		rv = kill_login(CKU_SO, kill_expected.so_pin);
	}
	assert_ok(rv);
	logout(kill_session);
	rv = kill_login(CKU_USER, kill_expected.user_pin);
	if (open->action == INIT_PIN || open->action == SET_PIN) {
		if (rv == CKR_PIN_INCORRECT || rv == CKR_USER_PIN_NOT_INITIALIZED) {
			CK_RV other = kill_login(CKU_USER, open->number);
			if (other == CKR_OK)
				kill_apply(&kill_expected, open);
			rv = other == CKR_USER_PIN_NOT_INITIALIZED && !kill_expected.has_user_pin ? other : other == CKR_OK ? CKR_OK : rv;
		}
	}
	if (!kill_expected.has_user_pin) {
		assert_rv(rv, CKR_USER_PIN_NOT_INITIALIZED);
		assert_ok(kill_login(CKU_SO, kill_expected.so_pin));
		assert_ok(kill_init_pin(&(struct report){.number = kill_expected.user_pin}));
		kill_expected.has_user_pin = 1;
		logout(kill_session);
		rv = kill_login(CKU_USER, kill_expected.user_pin);
	}
	assert_ok(rv);
	kill_expected.wrong = 0;
}

/* A kill wins no tries: wrong PINs confirmed before it and wrong PINs now make up the limit, and not fewer than the
 * limit less the one try that was under way. */
static void check_counter(const struct report *open)
{
	uint32_t tries = 0;
	CK_RV rv = CKR_OK;

	if (open->action == RIGHT_LOGIN) {
		/* It may have cleared the counter; its own reservation may count. Only the ceiling is known. */
		struct report cleared = {.action = RIGHT_LOGIN};
		if (!(token_flags() & CKF_USER_PIN_COUNT_LOW))
			kill_apply(&kill_expected, &cleared);
	}
	if (kill_expected.wrong > 0 && open->action != RIGHT_LOGIN)
		assert_true(token_flags() & CKF_USER_PIN_COUNT_LOW);
	while (tries <= PIN_LIMIT && rv != CKR_PIN_LOCKED) {
		rv = kill_wrong_login(NULL) == CKR_OK ? CKR_PIN_INCORRECT : CKR_PIN_LOCKED;
		tries += rv == CKR_PIN_INCORRECT;
		if (token_flags() & CKF_USER_PIN_LOCKED)
			rv = CKR_PIN_LOCKED;
	}
	if (open->action == RIGHT_LOGIN)
		assert_in_range(tries + 1, 1, PIN_LIMIT + 1);
	else
		assert_in_range(kill_expected.wrong + tries, PIN_LIMIT - (open->action == WRONG_LOGIN) - 1, PIN_LIMIT);
	assert_true(token_flags() & CKF_USER_PIN_LOCKED);
	assert_ok(kill_login(CKU_SO, kill_expected.so_pin));
	assert_ok(kill_init_pin(&(struct report){.number = kill_expected.user_pin}));
	logout(kill_session);
	kill_expected.wrong = 0;
}

static void look(enum work what, const struct report *open)
{
	initialize();
	slot = first_slot();
	settle_token(open);
	kill_session = open_rw();
	if (what == LOGINS)
		check_counter(open);
	settle_pins(open);
	check_objects(open);
	finalize();
}

/* ---- the test -------------------------------------------------------------------------------- */

static int setup_store(void **state)
{
	const char *text = getenv("CONCLAVE_SEED");

	kill_random_state = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) * 1000003u ^ (uint64_t)getpid();
	print_message("seed %" PRIu64 "\n", kill_random_state);
	if (setup_module(state))
		return -1;
	use_sqlite_store();
	kill_prepare();
	return 0;
}

static void rules_190_203_nothing_confirmed_is_lost_and_nothing_is_half_done(void **state)
{
	static const enum work mix[] = {OBJECTS, OBJECTS, OBJECTS, OBJECTS, OBJECTS, PINS, PINS, TOKENS, LOGINS};
	const char *text = getenv("CONCLAVE_KILLS");
	unsigned kills = text && atoi(text) > 0 ? (unsigned)atoi(text) : 150;
	(void)state;

	for (unsigned i = 0; i < kills; i++) {
		enum work what = mix[kill_pick(COUNT(mix))];
		struct report open;

		work_and_kill(what, &open);
		look(what, &open);
	}
	print_message("%u kills: between calls %u", kills, between);
	for (size_t i = START + 1; i < ACTIONS; i++)
		print_message(", in %s %u", kill_action_names[i], struck[i]);
	print_message("\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rules_190_203_nothing_confirmed_is_lost_and_nothing_is_half_done, setup_store, teardown),
	};
	return cmocka_run_group_tests_name("kill", tests, NULL, NULL);
}
