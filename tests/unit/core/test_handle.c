/* SPDX-License-Identifier: Apache-2.0 */
/* The handle table: what a stale handle meets, who wins a kill, and that numbers never come back. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/handle.h"

#include <cmocka.h>

static struct handle_table *table;
static _Atomic int destroyed;

static void destroy(void *item)
{
	(void)item;
	atomic_fetch_add(&destroyed, 1);
}

static int setup(void **state)
{
	(void)state;
	table = calloc(1, sizeof(*table));
	atomic_store(&destroyed, 0);
	return table == NULL || handle_table_init(table, destroy) != CKR_OK;
}

static int teardown(void **state)
{
	(void)state;
	handle_table_free(table);
	free(table);
	return 0;
}

static CK_ULONG add(void *item)
{
	CK_ULONG h = 0;

	assert_int_equal(handle_add(table, item, &h), CKR_OK);
	assert_int_not_equal(h, CK_INVALID_HANDLE);
	return h;
}

static void an_entry_is_taken_by_its_handle_and_no_other(void **state)
{
	int item = 0;
	(void)state;

	CK_ULONG h = add(&item);

	assert_ptr_equal(handle_take(table, h), &item);
	handle_release(table, h);
	assert_null(handle_take(table, 0));
	assert_null(handle_take(table, h + 1));
	assert_null(handle_take(table, ~0UL));
	assert_true(handle_kill(table, h));
}

static void a_dead_entry_lives_until_its_last_holder_lets_go(void **state)
{
	int item = 0;
	(void)state;

	CK_ULONG h = add(&item);
	assert_non_null(handle_take(table, h));
	assert_true(handle_kill(table, h));

	assert_false(handle_alive(table, h));
	assert_null(handle_take(table, h));
	assert_int_equal(destroyed, 0);
	handle_release(table, h);
	assert_int_equal(destroyed, 1);
}

static void a_reserved_number_is_nobodys_until_it_is_published(void **state)
{
	CK_ULONG h = 0;
	int item = 0;
	(void)state;

	assert_int_equal(handle_reserve(table, &item, &h), CKR_OK);
	assert_null(handle_take(table, h));
	assert_false(handle_alive(table, h));
	assert_false(handle_kill(table, h));
	assert_false(handle_seal(table, h));
	assert_int_equal(destroyed, 0);

	handle_publish(table, h);
	assert_ptr_equal(handle_take(table, h), &item);
	handle_release(table, h);
	assert_true(handle_kill(table, h));
	assert_int_equal(destroyed, 1);
}

static void what_is_given_back_is_not_destroyed_and_its_number_is_free(void **state)
{
	CK_ULONG h = 0;
	int item = 0, next = 0;
	(void)state;

	assert_int_equal(handle_reserve(table, &item, &h), CKR_OK);
	handle_give_back(table, h);
	assert_int_equal(destroyed, 0);

	assert_int_equal(add(&next), h);
	assert_ptr_equal(handle_take(table, h), &next);
	handle_release(table, h);
	assert_true(handle_kill(table, h));
}

static void exactly_one_kill_succeeds(void **state)
{
	int item = 0;
	(void)state;

	CK_ULONG h = add(&item);

	assert_true(handle_kill(table, h));
	assert_false(handle_kill(table, h));
	assert_int_equal(destroyed, 1);
}

static void a_number_never_comes_back(void **state)
{
	enum { ROUNDS = 100000 };
	int item = 0;
	CK_ULONG first, previous;
	(void)state;

	first = previous = add(&item);
	assert_true(handle_kill(table, first));
	for (int i = 0; i < ROUNDS; i++) {
		CK_ULONG h = add(&item);
		assert_int_not_equal(h, previous);
		assert_int_not_equal(h, first);
		assert_null(handle_take(table, previous));
		assert_true(handle_kill(table, h));
		previous = h;
	}
}

static void entries_stay_where_they_are_while_the_table_grows(void **state)
{
	enum { MANY = 5000 };
	static int items[MANY];
	static CK_ULONG handles[MANY];
	(void)state;

	for (int i = 0; i < MANY; i++)
		handles[i] = add(&items[i]);
	for (int i = 0; i < MANY; i++) {
		assert_ptr_equal(handle_take(table, handles[i]), &items[i]);
		handle_release(table, handles[i]);
		assert_true(handle_kill(table, handles[i]));
	}
	assert_int_equal(destroyed, MANY);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, TRIES = 2000 };
static _Atomic CK_ULONG shared;
static _Atomic int kills;

static void *take_and_kill(void *arg)
{
	(void)arg;
	for (int i = 0; i < TRIES; i++) {
		CK_ULONG h = atomic_load(&shared);
		if (handle_take(table, h) != NULL)
			handle_release(table, h);
		if (handle_kill(table, h)) {
			CK_ULONG fresh = 0;
			atomic_fetch_add(&kills, 1);
			if (handle_add(table, &shared, &fresh) == CKR_OK)
				atomic_store(&shared, fresh);
		}
	}
	return NULL;
}

static void threads_that_take_and_kill_agree_on_every_end(void **state)
{
	pthread_t threads[THREADS];
	(void)state;

	atomic_store(&kills, 0);
	atomic_store(&shared, add(&shared));
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_and_kill, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);

	assert_int_equal(destroyed, kills);
	assert_true(handle_kill(table, atomic_load(&shared)));
}

static void only_an_entry_that_nobody_holds_is_sealed(void **state)
{
	int item = 0;
	(void)state;

	CK_ULONG h = add(&item);
	assert_ptr_equal(handle_take(table, h), &item);
	assert_false(handle_seal(table, h));
	handle_release(table, h);
	assert_true(handle_seal(table, h));
	assert_false(handle_seal(table, h));
	assert_true(handle_alive(table, h));
	handle_unseal(table, h);
	assert_ptr_equal(handle_take(table, h), &item);
	handle_release(table, h);
	assert_true(handle_kill(table, h));
	assert_false(handle_seal(table, h));
}

static void *take_once(void *arg)
{
	CK_ULONG h = *(CK_ULONG *)arg;
	void *item = handle_take(table, h);

	handle_release(table, h);
	return item;
}

static void a_taker_waits_until_the_seal_is_off(void **state)
{
	pthread_t taker;
	void *got = NULL;
	int item = 0;
	(void)state;

	CK_ULONG h = add(&item);
	assert_true(handle_seal(table, h));
	assert_int_equal(pthread_create(&taker, NULL, take_once, &h), 0);
	assert_int_equal(handle_references(table, h), 1);
	handle_unseal(table, h);
	assert_int_equal(pthread_join(taker, &got), 0);
	assert_ptr_equal(got, &item);
	assert_true(handle_kill(table, h));
	assert_int_equal(atomic_load(&destroyed), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_entry_is_taken_by_its_handle_and_no_other, setup, teardown),
		cmocka_unit_test_setup_teardown(a_dead_entry_lives_until_its_last_holder_lets_go, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reserved_number_is_nobodys_until_it_is_published, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_given_back_is_not_destroyed_and_its_number_is_free, setup, teardown),
		cmocka_unit_test_setup_teardown(exactly_one_kill_succeeds, setup, teardown),
		cmocka_unit_test_setup_teardown(a_number_never_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(entries_stay_where_they_are_while_the_table_grows, setup, teardown),
		cmocka_unit_test_setup_teardown(only_an_entry_that_nobody_holds_is_sealed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_taker_waits_until_the_seal_is_off, setup, teardown),
		cmocka_unit_test_setup_teardown(threads_that_take_and_kill_agree_on_every_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
