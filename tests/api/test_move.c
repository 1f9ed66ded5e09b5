/* SPDX-License-Identifier: Apache-2.0 */
/* Moving a token to another store: it is there whole, and here no more; whoever has it open keeps it; and a kill at any
 * moment leaves it whole in one store at least. doc/backup.md. */
#include "database_server.h"
#include "moving.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static CK_UTF8CHAR *utf8_of(const char *uri)
{
	static CK_UTF8CHAR copy[SERVER_URI];

	snprintf((char *)copy, sizeof(copy), "%s", uri);
	return copy;
}

static CK_RV move_to(const char *uri, CK_SLOT_ID *ret_slot)
{
	return vendor()->MoveToken(slot, so_pin, strlen(SO_PIN), utf8_of(uri), ret_slot, NULL);
}

static void assert_here(void)
{
	CK_TOKEN_INFO info;

	assert_ok(p11->C_GetTokenInfo(slot, &info));
	assert_true(info.flags & CKF_TOKEN_INITIALIZED);
}

static void assert_tokens_in(const char *uri, CK_ULONG count)
{
	open_store(uri);
	assert_int_equal(count_tokens(), count);
}

/* ---- from one folder to another ---------------------------------------------------------------- */

static void a_moved_token_is_there_whole_and_here_no_more(void **state)
{
	CK_SLOT_ID there = 4711;
	CK_TOKEN_INFO info;
	char before[17], after[17];
	(void)state;

	fill_token();
	serial_of(slot, before);

	assert_ok(move_to(store_named("b"), &there));

	assert_int_equal(there, 0);
	assert_rv(p11->C_GetTokenInfo(slot, &info), CKR_TOKEN_NOT_PRESENT);
	assert_int_equal(count_tokens(), 0);
	open_store(store_named("b"));
	serial_of(slot, after);
	assert_string_equal(after, before);
	assert_whole();
}

static void it_may_come_back(void **state)
{
	(void)state;
	fill_token();
	assert_ok(move_to(store_named("b"), NULL));
	open_store(store_named("b"));

	assert_ok(move_to(store_named("a"), NULL));

	assert_tokens_in(store_named("b"), 0);
	open_store(store_named("a"));
	assert_whole();
}

static void a_full_slot_there_gives_the_next_one(void **state)
{
	CK_SLOT_ID there = 4711;
	(void)state;

	fill_token();
	open_store(store_named("b"));
	make_token();
	open_store(store_named("a"));

	assert_ok(move_to(store_named("b"), &there));

	assert_int_equal(there, 1);
	open_store(store_named("b"));
	slot = there;
	assert_whole();
}

static void a_token_in_memory_may_be_kept_in_a_folder(void **state)
{
	(void)state;
	open_store("memory:");
	make_token();
	fill_token();

	assert_ok(move_to(store_named("b"), NULL));

	open_store(store_named("b"));
	assert_whole();
}

/* ---- who may not ------------------------------------------------------------------------------- */

static void targets_that_are_none_are_refused(void **state)
{
	char same[400], link[400];
	(void)state;

	snprintf(same, sizeof(same), "%s/../a", store_named("a"));
	snprintf(link, sizeof(link), "%s", (char *)path_named("link"));
	assert_int_equal(symlink((char *)path_named("a"), link), 0);
	char linked[420];
	snprintf(linked, sizeof(linked), "sqlite:%s", link);
	const struct {
		const char *uri;
		CK_RV rv;
	} rows[] = {
		{"memory:", CKR_ARGUMENTS_BAD},       {store_named("a"), CKR_ARGUMENTS_BAD}, {same, CKR_ARGUMENTS_BAD},
		{linked, CKR_ARGUMENTS_BAD},          {"nonsense:x", CKR_GENERAL_ERROR},     {"", CKR_GENERAL_ERROR},
		{"sqlite:/proc/x", CKR_DEVICE_ERROR},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_rv(move_to(rows[i].uri, NULL), rows[i].rv);
		assert_here();
	}
	assert_rv(vendor()->MoveToken(slot, NULL, 4, utf8_of(store_named("b")), NULL, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(vendor()->MoveToken(slot, so_pin, 4, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(vendor()->MoveToken(4711, so_pin, 4, utf8_of(store_named("b")), NULL, NULL), CKR_SLOT_ID_INVALID);
}

static void moving_needs_the_so_pin(void **state)
{
	(void)state;
	assert_rv(vendor()->MoveToken(slot, wrong_pin, strlen("wrong-pin"), utf8_of(store_named("b")), NULL, NULL), CKR_PIN_INCORRECT);
	assert_here();
	assert_tokens_in(store_named("b"), 0);
}

static int move_in_a_child(void *unused)
{
	(void)unused;
	initialize();
	slot = first_slot();
	assert_ok(move_to(store_named("b"), NULL));
	finalize();
	return 0;
}

static void who_has_it_open_keeps_it(void **state)
{
	(void)state;
	CK_SESSION_HANDLE session = open_ro();

	assert_rv(move_to(store_named("b"), NULL), CKR_SESSION_EXISTS);
	assert_int_not_equal(run_child(move_in_a_child, NULL), 0);
	assert_here();

	close_session(session);
	assert_int_equal(run_child(move_in_a_child, NULL), 0);
	assert_rv(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_TOKEN_NOT_PRESENT);
}

static void a_move_that_is_ended_changes_nothing(void **state)
{
	CONCLAVE_PROGRESS progress = {.ulCancel = 1};
	(void)state;

	fill_token();
	assert_rv(vendor()->MoveToken(slot, so_pin, strlen(SO_PIN), utf8_of(store_named("b")), NULL, &progress), CKR_FUNCTION_CANCELED);
	assert_whole();
	assert_tokens_in(store_named("b"), 0);
}

/* ---- half way ---------------------------------------------------------------------------------- */

/* As after a kill between the commit there and the removal here. */
static void put_the_same_into(const char *uri)
{
	assert_ok(write_backup("file", &by_key_file));
	open_store(uri);
	assert_ok(restore_backup("file", &by_key_file));
	open_store(store_named("a"));
}

static void an_interrupted_move_is_taken_up(void **state)
{
	(void)state;
	fill_token();
	put_the_same_into(store_named("b"));

	assert_ok(move_to(store_named("b"), NULL));

	assert_int_equal(count_tokens(), 0);
	open_store(store_named("b"));
	assert_int_equal(count_tokens(), 1);
	assert_whole();
}

static void another_version_there_is_touched_as_little_as_this_one(void **state)
{
	(void)state;
	fill_token();
	put_the_same_into(store_named("b"));
	open_store(store_named("b"));
	CK_SESSION_HANDLE session = open_rw();
	make_data(session, true, false, "made there");
	open_store(store_named("a"));

	assert_rv(move_to(store_named("b"), NULL), CKR_ACTION_PROHIBITED);

	assert_whole();
	open_store(store_named("b"));
	assert_int_equal(count_labelled(open_ro(), "made there"), 1);
}

/* ---- killed ------------------------------------------------------------------------------------ */

#define OBJECTS 60
#define MOMENTS 10

static void make_many(void)
{
	CK_SESSION_HANDLE session = open_rw();

	login_user(session);
	for (int i = 0; i < OBJECTS; i++)
		make_data(session, true, i % 2 == 0, "one of many");
	close_session(session);
}

static void assert_many(void)
{
	CONCLAVE_VERIFY_REPORT report;
	CK_SESSION_HANDLE session = open_rw();

	login_user(session);
	assert_int_equal(count_labelled(session, "one of many"), OBJECTS);
	assert_ok(vendor()->VerifyToken(session, &report));
	assert_int_equal(report.ulBad, 0);
	close_session(session);
}

/* The number of stores that have the token, whole each. */
static CK_ULONG copies(void)
{
	static const char *const names[] = {"a", "b"};
	CK_ULONG found = 0;

	for (size_t i = 0; i < COUNT(names); i++) {
		open_store(store_named(names[i]));
		CK_ULONG count = count_tokens();
		assert_true(count <= 1);
		found += count;
		if (count == 1)
			assert_many();
	}
	return found;
}

static int move_and_tell(struct child *child, void *shared)
{
	initialize();
	slot = first_slot();
	child_tell(child);
	CK_RV rv = vendor()->MoveToken(slot, so_pin, strlen(SO_PIN), utf8_of(store_named("b")), NULL, shared);
	return rv == CKR_OK ? 0 : 1;
}

static bool kill_at(CONCLAVE_PROGRESS *shared, CK_ULONG moment)
{
	struct child child;

	memset(shared, 0, sizeof(*shared));
	child_start(&child, move_and_tell, shared);
	child_wait(&child);
	while (__atomic_load_n(&shared->ulDone, __ATOMIC_RELAXED) < moment)
		sched_yield();
	kill(child.pid, SIGKILL);
	return child_end(&child) == 128 + SIGKILL;
}

static void a_kill_at_any_moment_loses_nothing(void **state)
{
	CONCLAVE_PROGRESS *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned killed = 0;
	(void)state;

	assert_ptr_not_equal(shared, MAP_FAILED);
	make_many();
	for (CK_ULONG i = 0; i < MOMENTS; i++) {
		open_store(store_named("a"));
		killed += kill_at(shared, i * 1000 / MOMENTS) ? 1 : 0;
		assert_in_range(copies(), 1, 2);
		/* The same command again ends it, unless it had come to its end. */
		open_store(store_named("a"));
		if (count_tokens() == 1)
			assert_ok(move_to(store_named("b"), NULL));
		assert_int_equal(copies(), 1);
		open_store(store_named("b"));
		assert_ok(move_to(store_named("a"), NULL));
	}
	assert_true(killed > MOMENTS / 2);
	munmap(shared, sizeof(*shared));
}

/* ---- PostgreSQL -------------------------------------------------------------------------------- */

static struct server server;
static bool has_server;

static const char *database(void)
{
	static char uri[SERVER_URI];
	static unsigned count;
	char schema[32], key[SERVER_PATH + 32];

	snprintf(schema, sizeof(schema), "move%u", count);
	snprintf(key, sizeof(key), "%s.key/%u", server.folder, count++);
	server_uri(&server, schema, key, uri);
	return uri;
}

static void to_postgresql_and_back(void **state)
{
	char before[17], after[17];
	(void)state;

	if (!has_server)
		skip();
	const char *uri = database();
	fill_token();
	serial_of(slot, before);
	assert_ok(move_to(uri, NULL));
	assert_int_equal(count_tokens(), 0);
	open_store(uri);
	serial_of(slot, after);
	assert_string_equal(after, before);
	assert_whole();

	assert_ok(move_to(store_named("a"), NULL));

	assert_int_equal(count_tokens(), 0);
	open_store(store_named("a"));
	serial_of(slot, after);
	assert_string_equal(after, before);
	assert_whole();
}

static void a_database_is_backed_up_and_restored(void **state)
{
	(void)state;
	if (!has_server)
		skip();
	const char *uri = database();
	open_store(uri);
	make_token();
	fill_token();
	assert_ok(write_backup("file", &by_key_file));
	open_store(store_named("b"));
	assert_ok(restore_backup("file", &by_key_file));
	slot = first_slot();
	assert_whole();
	open_store(database());
	assert_ok(restore_backup("file", &by_key_file));
	slot = first_slot();
	assert_whole();
}

/* Another name of the same database is the same store: the token must not be taken for a copy of itself. */
static void a_database_under_another_name_is_no_target(void **state)
{
	char other[SERVER_URI + 32];
	(void)state;

	if (!has_server)
		skip();
	const char *uri = database();
	open_store(uri);
	make_token();
	fill_token();
	snprintf(other, sizeof(other), "%s&application_name=other", uri);

	assert_rv_in(move_to(other, NULL), CKR_SESSION_EXISTS, CKR_ARGUMENTS_BAD);

	assert_whole();
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup_moving, teardown)
	const struct CMUnitTest tests[] = {
		ROW(a_moved_token_is_there_whole_and_here_no_more),
		ROW(it_may_come_back),
		ROW(a_full_slot_there_gives_the_next_one),
		ROW(a_token_in_memory_may_be_kept_in_a_folder),
		ROW(targets_that_are_none_are_refused),
		ROW(moving_needs_the_so_pin),
		ROW(who_has_it_open_keeps_it),
		ROW(a_move_that_is_ended_changes_nothing),
		ROW(an_interrupted_move_is_taken_up),
		ROW(another_version_there_is_touched_as_little_as_this_one),
		ROW(a_kill_at_any_moment_loses_nothing),
		ROW(to_postgresql_and_back),
		ROW(a_database_is_backed_up_and_restored),
		ROW(a_database_under_another_name_is_no_target),
	};
	char command[SERVER_PATH + 32];

	has_server = server_start(&server) == 0;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (has_server) {
		server_remove(&server);
		snprintf(command, sizeof(command), "rm -rf %s.key", server.folder);
		if (system(command) != 0)
			printf("# a folder of keys stays\n");
	}
	return failed;
}
