/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit: writers of several threads share one COMMIT, each keeps its own outcome, and nobody sees what
 * is not durable, on SQLite and on PostgreSQL. Looks at the store's queue to know that a thread waits; knows nothing
 * of objects. */
#include "store/store_ops.h" /* before cmocka, whose fail is another */

#include "process_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database_server.h"

#define WRITERS 3

/* A store whose backend may be told to fail. */
struct group_world {
	struct world world;
	struct store *s;
	struct store_ops ops;
};

static bool on_postgres;
static struct server server;

static CK_RV planned_commit; /* what the backend's COMMIT gives when it is not CKR_OK */
static CK_RV planned_save;
static const struct store_ops *real;

static CK_RV commit_or_fail(struct store *s)
{
	return planned_commit != CKR_OK ? planned_commit : real->commit(s);
}

static CK_RV save_or_fail(struct store *s)
{
	return planned_save != CKR_OK ? planned_save : real->save(s);
}

/* Each in a schema of its own. */
static void make_postgres_world(struct world *w)
{
	static unsigned count;
	char schema[32], key[FIXTURE_PATH + 16], uri[SERVER_URI];
	struct store *s;
	struct store_token t;
	snprintf(schema, sizeof(schema), "group%u", count++);
	snprintf(key, sizeof(key), "%s/store.key", w->dir);
	server_uri(&server, schema, key, uri);
	assert_in_range(snprintf(w->uri, sizeof(w->uri), "%s", uri), 1, sizeof(w->uri) - 1);
	assert_ok(store_open(w->uri, true, &s));
	assert_ok(store_begin(s, STORE_WRITE));
	assert_ok(store_token_add(s, &t));
	assert_ok(store_commit(s));
	assert_int_equal(t.token, TOKEN);
	store_close(s);
}

static int make_group(void **state)
{
	struct group_world *w = calloc(1, sizeof(*w));
	void *inner;
	if (make_world(&inner) != 0)
		return -1;
	w->world = *(struct world *)inner;
	free(inner);
	if (on_postgres)
		make_postgres_world(&w->world);
	w->s = open_store(&w->world);
	real = w->s->ops;
	w->ops = *real;
	w->ops.commit = commit_or_fail;
	w->ops.save = save_or_fail;
	w->s->ops = &w->ops;
	planned_commit = planned_save = CKR_OK;
	*state = w;
	return 0;
}

static int remove_group(void **state)
{
	struct group_world *w = *state;
	w->s->ops = real;
	store_close(w->s);
	fixture_remove(w->world.dir);
	free(w);
	return 0;
}

#define in_group(f) cmocka_unit_test_setup_teardown(f, make_group, remove_group)

/* ---- writers in threads --------------------------------------------------------------------------- */

struct writer {
	struct store *s;
	pthread_t thread;
	uint32_t n;
	CK_RV work; /* how its work goes after the insert */
	CK_RV rv;   /* what it is told */
};

static void *write_one(void *arg)
{
	struct writer *w = arg;
	w->rv = store_begin(w->s, STORE_WRITE);
	if (w->rv != CKR_OK)
		return NULL;
	struct store_record r = {.version = 1, .open = bytes_of(&w->n, sizeof(w->n))};
	memcpy(r.id.b, &w->n, sizeof(w->n));
	CK_RV rv = store_insert(w->s, TOKEN, &r);
	w->rv = store_end(w->s, rv == CKR_OK ? w->work : rv);
	return NULL;
}

static void await_waiting(struct store *s, unsigned writers)
{
	while (atomic_load(&s->group.waiting) != writers)
		sched_yield();
}

static void start(struct writer *w, struct store *s, uint32_t n, CK_RV work)
{
	*w = (struct writer){.s = s, .n = n, .work = work, .rv = CKR_GENERAL_ERROR};
	assert_int_equal(pthread_create(&w->thread, NULL, write_one, w), 0);
}

/* The first writer is inside while the others come, so they are there when it ends: as a rule they share a COMMIT. */
static void run_together(struct group_world *w, struct writer *writers, const CK_RV *work)
{
	assert_ok(store_begin(w->s, STORE_WRITE));
	for (unsigned i = 0; i < WRITERS; i++) {
		start(&writers[i], w->s, i, work[i]);
		await_waiting(w->s, i + 1);
	}
	store_rollback(w->s);
	for (unsigned i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
}

static void assert_rows(struct group_world *w, const bool expected[WRITERS])
{
	for (uint32_t i = 0; i < WRITERS; i++)
		assert_int_equal(has_row(w->s, i), expected[i]);
}

/* ---- tests ---------------------------------------------------------------------------------------- */

static void writers_that_wait_together_share_one_commit(void **state)
{
	struct group_world *w = *state;
	struct writer writers[WRITERS];
	uint64_t before = store_stamp(w->s);

	run_together(w, writers, (CK_RV[]){CKR_OK, CKR_OK, CKR_OK});

	for (unsigned i = 0; i < WRITERS; i++)
		assert_ok(writers[i].rv);
	assert_rows(w, (bool[]){true, true, true});
	assert_int_equal(store_stamp(w->s), before + 1);
}

static void a_writer_that_fails_is_undone_alone(void **state)
{
	struct group_world *w = *state;

	for (unsigned failing = 0; failing < WRITERS; failing++) {
		struct writer writers[WRITERS];
		CK_RV work[WRITERS] = {CKR_OK, CKR_OK, CKR_OK};
		bool expected[WRITERS] = {true, true, true};

		work[failing] = CKR_FUNCTION_FAILED;
		run_together(w, writers, work);

		for (unsigned i = 0; i < WRITERS; i++) {
			expected[writers[i].n] = writers[i].rv == CKR_OK;
			assert_string_equal(rv_name(writers[i].rv), rv_name(work[i]));
		}
		assert_rows(w, expected);
		assert_ok(store_begin(w->s, STORE_WRITE));
		assert_ok(store_remove_all(w->s, TOKEN));
		assert_ok(store_commit(w->s));
	}
}

static void a_commit_that_fails_fails_for_all_and_leaves_nothing(void **state)
{
	struct group_world *w = *state;
	struct writer writers[WRITERS];

	planned_commit = CKR_DEVICE_MEMORY;
	run_together(w, writers, (CK_RV[]){CKR_OK, CKR_OK, CKR_OK});
	planned_commit = CKR_OK;

	for (unsigned i = 0; i < WRITERS; i++)
		assert_string_equal(rv_name(writers[i].rv), "CKR_DEVICE_MEMORY");
	assert_rows(w, (bool[]){false, false, false});
	assert_ok(add_row(w->s, 0));
	assert_rows(w, (bool[]){true, false, false});
}

/* Its reason rests on what it saw of the others, which never was. */
static void who_failed_behind_others_is_told_when_their_commit_fails(void **state)
{
	struct group_world *w = *state;
	struct writer first, second;

	planned_commit = CKR_DEVICE_MEMORY;
	assert_ok(store_begin(w->s, STORE_WRITE));
	start(&first, w->s, 1, CKR_OK);
	await_waiting(w->s, 1);
	start(&second, w->s, 1, CKR_OK); /* the same name: whoever comes second finds it taken */
	await_waiting(w->s, 2);
	store_rollback(w->s);
	assert_int_equal(pthread_join(first.thread, NULL), 0);
	assert_int_equal(pthread_join(second.thread, NULL), 0);
	planned_commit = CKR_OK;

	assert_string_equal(rv_name(first.rv), "CKR_DEVICE_MEMORY");
	assert_string_equal(rv_name(second.rv), "CKR_DEVICE_MEMORY");
	assert_false(has_row(w->s, 1));
}

/* A writer is announced that does not come yet: the first one leaves its transaction open. */
static void leave_one_open(struct group_world *w, struct writer *writer)
{
	atomic_fetch_add(&w->s->group.waiting, 1);
	start(writer, w->s, 0, CKR_OK);
	for (bool open = false; !open;) {
		sched_yield();
		lock_take(&w->s->lock);
		open = w->s->group.first != NULL;
		lock_release(&w->s->lock);
	}
	atomic_fetch_sub(&w->s->group.waiting, 1);
}

static void a_reader_sees_only_what_is_durable(void **state)
{
	struct group_world *w = *state;
	struct writer writer;
	uint64_t before = store_stamp(w->s);

	leave_one_open(w, &writer);
	assert_int_equal(store_stamp(w->s), before);
	planned_commit = CKR_DEVICE_ERROR;
	assert_false(has_row(w->s, 0));
	planned_commit = CKR_OK;
	assert_int_equal(pthread_join(writer.thread, NULL), 0);
	assert_string_equal(rv_name(writer.rv), "CKR_DEVICE_ERROR");

	leave_one_open(w, &writer);
	assert_true(has_row(w->s, 0));
	assert_int_equal(pthread_join(writer.thread, NULL), 0);
	assert_ok(writer.rv);
	assert_int_equal(store_stamp(w->s), before + 1);
}

static void who_cannot_join_lets_the_others_end_first(void **state)
{
	struct group_world *w = *state;
	struct writer writer;

	leave_one_open(w, &writer);
	planned_save = CKR_HOST_MEMORY;
	assert_ok(add_row(w->s, 1));
	planned_save = CKR_OK;

	assert_int_equal(pthread_join(writer.thread, NULL), 0);
	assert_ok(writer.rv);
	assert_true(has_row(w->s, 0));
	assert_true(has_row(w->s, 1));
}

/* The connections of this program's store, seen by the server. */
static void cut_connections(void)
{
	char command[512];
	snprintf(command, sizeof(command),
		 "psql -h %s/socket -U conclave -d postgres -Atqc \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
		 " pid <> pg_backend_pid() AND backend_type = 'client backend'\" >/dev/null",
		 server.folder);
	assert_int_equal(system(command), 0);
}

/* Even when another connection has taken the lost one's place: that one knows nothing of the change. */
static void what_was_left_open_on_a_lost_connection_was_not_made(void **state)
{
	struct group_world *w = *state;
	struct writer writer;

	for (int mended = 0; mended < 2; mended++) {
		leave_one_open(w, &writer);
		cut_connections();
		if (mended)
			assert_int_not_equal(store_stamp(w->s), 0);
		assert_ok(add_row(w->s, (uint32_t)(10 + mended)));
		assert_int_equal(pthread_join(writer.thread, NULL), 0);
		assert_string_equal(rv_name(writer.rv), "CKR_DEVICE_ERROR");
		assert_false(has_row(w->s, 0));
		assert_true(has_row(w->s, (uint32_t)(10 + mended)));
	}
}

#define THREADS 8
#define EACH 25

static void *write_many(void *arg)
{
	struct writer *w = arg;
	w->rv = add_rows(w->s, w->n * EACH, EACH);
	return NULL;
}

static void threads_that_write_all_the_time_lose_nothing(void **state)
{
	struct group_world *w = *state;
	struct writer writers[THREADS];

	for (uint32_t i = 0; i < THREADS; i++) {
		writers[i] = (struct writer){.s = w->s, .n = i};
		assert_int_equal(pthread_create(&writers[i].thread, NULL, write_many, &writers[i]), 0);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
		assert_ok(writers[i].rv);
	}
	assert_whole(&w->world, THREADS * EACH);
}

#define ON_EVERY_BACKEND                                                                        \
	in_group(writers_that_wait_together_share_one_commit),                                  \
		in_group(a_writer_that_fails_is_undone_alone),                                  \
		in_group(a_commit_that_fails_fails_for_all_and_leaves_nothing),                 \
		in_group(who_failed_behind_others_is_told_when_their_commit_fails),             \
		in_group(a_reader_sees_only_what_is_durable),                                   \
		in_group(who_cannot_join_lets_the_others_end_first),                            \
		in_group(threads_that_write_all_the_time_lose_nothing)

int main(void)
{
	const struct CMUnitTest sqlite[] = {ON_EVERY_BACKEND};
	const struct CMUnitTest postgres[] = {ON_EVERY_BACKEND, in_group(what_was_left_open_on_a_lost_connection_was_not_made)};
	log_configure(secure_getenv("TEST_LOG") != NULL ? secure_getenv("TEST_LOG") : "off");
	int failed = cmocka_run_group_tests_name("group", sqlite, NULL, NULL);
	int status = server_start(&server);
	on_postgres = true;
	if (status == 0)
		failed += cmocka_run_group_tests_name("group_postgresql", postgres, NULL, NULL);
	server_remove(&server);
	return failed + (status != 0 && status != 77);
}
