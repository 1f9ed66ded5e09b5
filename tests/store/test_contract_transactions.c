/* SPDX-License-Identifier: Apache-2.0 */
/* What store.h promises of transactions, the stamp, locks and the local key, held against every backend in
 * turn. Knows the contract, nothing of how a backend keeps it. */
#include "contract_world.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- transactions ------------------------------------------------------------------------------- */

static void a_rollback_leaves_nothing(void **state)
{
	struct world *w = *state;
	fill(w);
	uint64_t stamp = store_stamp(w->s);
	const uint64_t tags[] = {10, 50};
	struct store_record changed = record(3, tags, 2), added = record(8, tags, 2);
	struct store_id gone = id_of(4);
	struct store_token t;
	changed.version = 2;
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_token_add(w->s, &t));
	assert_ok(store_meta_put(w->s, w->token, "m", text("x"), 0));
	assert_ok(store_insert(w->s, w->token, &added));
	assert_ok(store_replace(w->s, w->token, &changed));
	assert_ok(store_remove(w->s, w->token, &gone));
	assert_ok(store_remove_all(w->s, w->token));
	assert_ok(store_token_remove(w->s, w->token));
	store_rollback(w->s);
	const uint64_t tag = 10, new = 50;
	assert_scan(w, NULL, 0, "3 1 2 4 ");
	assert_scan(w, &tag, 1, "3 1 2 ");
	assert_scan(w, &new, 1, "");
	struct buf value = {0};
	uint64_t version;
	CK_SLOT_ID next;
	char list[256] = "";
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_meta_get(w->s, w->token, "m", &value, &version));
	assert_int_equal(version, 0);
	assert_ok(store_next_slot(w->s, &next));
	assert_int_equal(next, 1);
	assert_ok(store_tokens(w->s, list_token, list));
	assert_string_equal(list, "0:1 ");
	assert_ok(store_check(w->s));
	assert_ok(store_commit(w->s));
	assert_int_equal(store_stamp(w->s), stamp);
	buf_free(&value);
}

static void calls_out_of_place_are_refused(void **state)
{
	struct world *w = *state;
	struct store_record r = record(1, NULL, 0);
	uint64_t n;
	assert_rv(store_count(w->s, w->token, &n), CKR_GENERAL_ERROR);
	assert_rv(store_insert(w->s, w->token, &r), CKR_GENERAL_ERROR);
	assert_rv(store_commit(w->s), CKR_GENERAL_ERROR);
	store_rollback(w->s);
	assert_ok(store_begin(w->s, STORE_READ));
	assert_rv(store_begin(w->s, STORE_READ), CKR_GENERAL_ERROR);
	assert_rv(store_insert(w->s, w->token, &r), CKR_GENERAL_ERROR);
	store_rollback(w->s);
	assert_int_equal(count(w), 0);
}

static void a_failed_change_cannot_be_committed(void **state)
{
	struct world *w = *state;
	struct store_record r = record(1, NULL, 0);
	struct store_id unknown = id_of(2);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_insert(w->s, w->token, &r));
	assert_rv(store_remove(w->s, w->token, &unknown), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(store_commit(w->s), CKR_GENERAL_ERROR);
	store_rollback(w->s);
	assert_int_equal(count(w), 0);
}

static void *insert_twenty(void *arg)
{
	struct world *w = arg;
	static _Atomic unsigned next = 1000;
	for (int i = 0; i < 20; i++) {
		struct store_record r = record(next++, NULL, 0);
		if (store_begin(w->s, STORE_WRITE) != CKR_OK || store_insert(w->s, w->token, &r) != CKR_OK ||
		    store_commit(w->s) != CKR_OK)
			return NULL;
		(void)store_stamp(w->s);
	}
	return w;
}

static void threads_take_turns(void **state)
{
	struct world *w = *state;
	pthread_t threads[4];
	for (size_t i = 0; i < array_len(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, insert_twenty, w), 0);
	for (size_t i = 0; i < array_len(threads); i++) {
		void *done;
		assert_int_equal(pthread_join(threads[i], &done), 0);
		assert_non_null(done);
	}
	assert_int_equal(count(w), 80);
}

/* ---- the stamp ---------------------------------------------------------------------------------- */

static void the_stamp_moves_with_every_change_and_with_nothing_else(void **state)
{
	struct world *w = *state;
	uint64_t first = store_stamp(w->s);
	assert_true(first != 0);
	assert_int_equal(count(w), 0);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_commit(w->s));
	assert_int_equal(store_stamp(w->s), first);
	put(w, 1, NULL, 0);
	uint64_t second = store_stamp(w->s);
	assert_true(second != first && second != 0);
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_meta_put(w->s, 0, "m", text("x"), 0));
	assert_int_equal(store_stamp(w->s), second);
	assert_ok(store_commit(w->s));
	assert_true(store_stamp(w->s) != second);
	uint64_t third = store_stamp(w->s);
	assert_int_equal(store_stamp_recent(w->s), third);
	put(w, 2, NULL, 0);
	assert_true(store_stamp_recent(w->s) != third);
	assert_int_equal(store_stamp_recent(w->s), store_stamp(w->s));
}

/* ---- named locks -------------------------------------------------------------------------------- */

static void exclusive_locks_exclude_and_shared_ones_share(void **state)
{
	struct world *w = *state;
	struct store_lock *a, *b, *c;
	assert_ok(store_lock_take(w->s, "try.1", true, false, &a));
	assert_non_null(a);
	assert_ok(store_lock_take(w->s, "try.1", true, false, &b));
	assert_null(b);
	assert_ok(store_lock_take(w->s, "try.1", false, false, &b));
	assert_null(b);
	assert_ok(store_lock_take(w->s, "try.2", true, false, &b));
	assert_non_null(b);
	store_lock_release(a);
	store_lock_release(b);
	assert_ok(store_lock_take(w->s, "try.1", false, false, &a));
	assert_ok(store_lock_take(w->s, "try.1", false, false, &b));
	assert_non_null(a);
	assert_non_null(b);
	assert_ok(store_lock_take(w->s, "try.1", true, false, &c));
	assert_null(c);
	store_lock_release(a);
	assert_ok(store_lock_take(w->s, "try.1", true, false, &c));
	assert_null(c);
	store_lock_release(b);
	assert_ok(store_lock_take(w->s, "try.1", true, true, &c));
	assert_non_null(c);
	store_lock_release(c);
	store_lock_release(NULL);
}

static void lock_names_are_checked(void **state)
{
	struct world *w = *state;
	static const char *const wrong[] = {"", "a b", "A", "a/b", "0123456789012345678901234567890123456789012345678"};
	struct store_lock *l;
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_rv(store_lock_take(w->s, wrong[i], true, false, &l), CKR_GENERAL_ERROR);
	assert_ok(store_lock_take(w->s, "012345678901234567890123456789012345678901234567", true, false, &l));
	store_lock_release(l);
}

struct waiter {
	struct store *s;
	int about_to_wait; /* a pipe's end that is closed when the wait begins */
	_Atomic bool taken;
};

static void *wait_for_it(void *arg)
{
	struct waiter *waiter = arg;
	struct store_lock *l = NULL;
	close(waiter->about_to_wait);
	if (store_lock_take(waiter->s, "wait", true, true, &l) == CKR_OK && l != NULL)
		waiter->taken = true;
	store_lock_release(l);
	return NULL;
}

static void a_waiter_gets_the_lock_when_it_is_free(void **state)
{
	struct world *w = *state;
	struct store_lock *l;
	int ends[2];
	pthread_t thread;
	char c;
	assert_int_equal(pipe(ends), 0);
	struct waiter waiter = {.s = w->s, .about_to_wait = ends[1]};
	assert_ok(store_lock_take(w->s, "wait", true, true, &l));
	assert_int_equal(pthread_create(&thread, NULL, wait_for_it, &waiter), 0);
	assert_int_equal(read(ends[0], &c, 1), 0);
	assert_false(waiter.taken);
	store_lock_release(l);
	pthread_join(thread, NULL);
	assert_true(waiter.taken);
	close(ends[0]);
}

/* ---- the rest ----------------------------------------------------------------------------------- */

static void the_local_key_stays_the_same(void **state)
{
	struct world *w = *state;
	unsigned char first[32], second[32], zero[32] = {0};
	assert_ok(store_local_key(w->s, first));
	assert_ok(store_local_key(w->s, second));
	assert_memory_equal(first, second, sizeof(first));
	assert_memory_not_equal(first, zero, sizeof(first));
	assert_ok(store_begin(w->s, STORE_WRITE));
	assert_ok(store_local_key(w->s, second));
	store_rollback(w->s);
}

static void a_fresh_store_can_be_written_and_passes_its_check(void **state)
{
	struct world *w = *state;
	assert_false(store_read_only(w->s));
	static const char *const schemes[] = {"memory:", "sqlite:/", "postgresql://"};
	assert_int_equal(strncmp(store_uri(w->s), schemes[kind], strlen(schemes[kind])), 0);
	fill(w);
	assert_ok(store_begin(w->s, STORE_READ));
	assert_ok(store_check(w->s));
	assert_ok(store_commit(w->s));
}

static void only_a_store_of_several_processes_can_be_watched(void **state)
{
	struct world *w = *state;
	assert_true((store_watch_fd(w->s) >= 0) == (kind != MEMORY));
	store_watch_drain(w->s);
}

static void a_store_that_is_not_there_is_no_error(void **state)
{
	struct world *w = *state;
	char uri[SERVER_URI];
	new_uri(w, "/none", uri);
	struct store *s = w->s;
	assert_ok(store_open(uri, false, &s));
	assert_null(s);
}

static void unknown_kinds_of_store_are_refused(void **state unused)
{
	static const char *const wrong[] = {"", "sqlite", "sqlit:/tmp", "/tmp", "postgresq://x", "postgresql", "sqlite:relative"};
	struct store *s = NULL;
	for (size_t i = 0; i < array_len(wrong); i++)
		assert_rv(store_open(wrong[i], true, &s), CKR_GENERAL_ERROR);
	assert_null(s);
}

static const struct CMUnitTest suite[] = {
	row(a_rollback_leaves_nothing),
	row(calls_out_of_place_are_refused),
	row(a_failed_change_cannot_be_committed),
	row(threads_take_turns),
	row(the_stamp_moves_with_every_change_and_with_nothing_else),
	row(exclusive_locks_exclude_and_shared_ones_share),
	row(lock_names_are_checked),
	row(a_waiter_gets_the_lock_when_it_is_free),
	row(the_local_key_stays_the_same),
	row(a_fresh_store_can_be_written_and_passes_its_check),
	row(only_a_store_of_several_processes_can_be_watched),
	row(a_store_that_is_not_there_is_no_error),
	row(unknown_kinds_of_store_are_refused),
};

int main(void)
{
	return run_on_every_backend(suite);
}
