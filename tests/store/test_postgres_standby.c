/* SPDX-License-Identifier: Apache-2.0 */
/* A primary with a synchronous standby, killed under load: what was confirmed is on the standby, and the
 * hosts go on there by themselves. Knows no table of the database. */
#include "postgres_world.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIPE_SIZE 4096

/* Inserts until it is told to stop; reports what was confirmed. A call may fail while there is no server. */
static int insert_through_it_all(struct world *w, uint32_t writer, int report, int stop)
{
	struct store *s;
	struct pollfd p = {.fd = stop, .events = POLLIN};
	child_ok(store_open(w->uri, false, &s));
	for (uint32_t n = writer * 100000; poll(&p, 1, 0) == 0; n++) {
		CK_RV rv = pg_add(s, n);
		child_true(rv == CKR_OK || rv == CKR_DEVICE_ERROR);
		if (rv == CKR_OK)
			child_true(write(report, &n, sizeof(n)) == (ssize_t)sizeof(n));
	}
	child_ok(pg_add(s, writer * 100000 + 99999));
	store_close(s);
	return 0;
}

struct reports {
	uint32_t confirmed[1 << 15];
	size_t count;
};

/* Reads so many reports, or fewer when nobody can write any more. */
static void take_reports(int from, size_t number, struct reports *r)
{
	uint32_t n;
	while (number-- > 0 && r->count < array_len(r->confirmed) && read(from, &n, sizeof(n)) == (ssize_t)sizeof(n))
		r->confirmed[r->count++] = n;
}

static void nothing_confirmed_is_lost_when_a_standby_takes_over(void **state)
{
	struct world *w = *state;
	struct server primary, standby;
	char key[sizeof(w->key)];
	assert_int_equal(server_start(&primary), 0);
	server_name(&standby, "b");
	assert_int_equal(server_script("standby", standby.folder, primary.folder), 0);
	snprintf(key, sizeof(key), "%s/two.key", w->dir);
	snprintf(w->uri, sizeof(w->uri),
		 "postgresql:///postgres?host=%s/socket,%s/socket&user=conclave&conclave_key=%s&conclave_wait=20",
		 primary.folder, standby.folder, key);
	struct store *s;
	struct store_token t;
	assert_ok(store_open(w->uri, true, &s));
	assert_ok(store_begin(s, STORE_WRITE));
	assert_ok(store_token_add(s, &t));
	assert_ok(store_commit(s));
	int report[2], stop[2];
	pid_t pids[WRITERS];
	assert_int_equal(pipe(report), 0);
	assert_int_equal(fcntl(report[1], F_SETPIPE_SZ, PIPE_SIZE), PIPE_SIZE);
	assert_int_equal(pipe(stop), 0);
	for (uint32_t i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			close(stop[1]);
			_exit(insert_through_it_all(w, i + 1, report[1], stop[0]));
		}
	}
	close(report[1]);
	static struct reports reports;
	take_reports(report[0], 40, &reports);
	assert_int_equal(server_do(&primary, "kill"), 0);
	assert_int_equal(server_do(&standby, "promote"), 0);
	/* More than the pipe can hold: the last of these are from the new primary. */
	take_reports(report[0], PIPE_SIZE / sizeof(uint32_t) + 100, &reports);
	assert_true(reports.count > 100);
	close(stop[1]);
	take_reports(report[0], SIZE_MAX, &reports);
	for (size_t i = 0; i < WRITERS; i++)
		pg_assert_child_done(pids[i]);
	for (size_t i = 0; i < reports.count; i++)
		assert_true(pg_has(s, reports.confirmed[i]));
	pg_assert_whole(s);
	store_close(s);
	close(report[0]);
	close(stop[0]);
	server_remove(&primary);
	server_remove(&standby);
}

static const struct CMUnitTest suite[] = {
	row(nothing_confirmed_is_lost_when_a_standby_takes_over),
};

int main(void)
{
	return run_with_server(suite);
}
