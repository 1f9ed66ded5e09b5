/* SPDX-License-Identifier: Apache-2.0 */
/* Which object gives up its attributes when there is no more room: the one that nobody has used for longest, never one
 * that is held; and that the sum is right whatever comes and goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/handle.h"
#include "core/objects_internal.h"

#include <cmocka.h>

#define OBJECTS 4

static struct handle_table *table;
static struct objects_cache cache;
static struct object *objects[OBJECTS];
static size_t one; /* what an object costs */

static void destroy(void *item)
{
	objects_cache_leave(item);
	attrs_free(atomic_load(&((struct object *)item)->attrs));
	free(item);
}

static struct attrs *some_attributes(void)
{
	struct attr_list list = {0};
	struct attrs *a = NULL;

	assert_int_equal(attr_list_set_ulong(&list, CKA_CLASS, CKO_DATA), CKR_OK);
	assert_int_equal(attrs_pack(&list, &a), CKR_OK);
	attr_list_free(&list);
	return a;
}

static void fill(struct object *o)
{
	atomic_store(&o->attrs, some_attributes());
	objects_cache_enter(&cache, o);
}

static int setup(void **state)
{
	(void)state;
	table = calloc(1, sizeof(*table));
	if (table == NULL || handle_table_init(table, destroy) != CKR_OK || objects_cache_init(&cache, table, SIZE_MAX) != CKR_OK)
		return -1;
	for (size_t i = 0; i < OBJECTS; i++) {
		objects[i] = calloc(1, sizeof(struct object));
		if (objects[i] == NULL || handle_add(table, objects[i], &objects[i]->handle) != CKR_OK)
			return -1;
		fill(objects[i]);
	}
	one = cache.bytes / OBJECTS;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	handle_table_free(table);
	objects_cache_free(&cache);
	free(table);
	return 0;
}

static bool whole(size_t i)
{
	return atomic_load(&objects[i]->attrs) != NULL;
}

static void room_for(size_t count)
{
	cache.limit = count * one;
	objects_cache_trim(&cache);
}

static void nothing_goes_while_there_is_room(void **state)
{
	(void)state;
	room_for(OBJECTS);
	for (size_t i = 0; i < OBJECTS; i++)
		assert_true(whole(i));
	assert_int_equal(cache.count, OBJECTS);
}

static void the_oldest_go_first(void **state)
{
	(void)state;
	room_for(2);
	assert_false(whole(0));
	assert_false(whole(1));
	assert_true(whole(2));
	assert_true(whole(3));
	assert_int_equal(cache.bytes, 2 * one);
}

static void one_that_was_used_stays_longer(void **state)
{
	(void)state;
	atomic_store(&objects[0]->cache.used, true);
	room_for(2);
	assert_true(whole(0));
	assert_false(whole(1));
	assert_false(whole(2));
	/* Its second chance is spent. */
	room_for(1);
	assert_false(whole(3));
	room_for(0);
	assert_false(whole(0));
}

static void one_that_is_held_stays_whole(void **state)
{
	(void)state;
	assert_ptr_equal(handle_take(table, objects[1]->handle), objects[1]);
	room_for(0);
	assert_true(whole(1));
	assert_int_equal(cache.bytes, one);
	handle_release(table, objects[1]->handle);
	objects_cache_trim(&cache);
	assert_false(whole(1));
	assert_int_equal(cache.bytes, 0);
	assert_int_equal(cache.count, 0);
}

static void one_that_is_filled_again_is_the_newest(void **state)
{
	(void)state;
	room_for(3);
	fill(objects[0]);
	room_for(1);
	assert_true(whole(0));
	assert_false(whole(3));
}

static void entering_twice_counts_once(void **state)
{
	(void)state;
	objects_cache_enter(&cache, objects[2]);
	assert_int_equal(cache.bytes, OBJECTS * one);
	assert_int_equal(cache.count, OBJECTS);
}

static void what_is_destroyed_leaves(void **state)
{
	(void)state;
	assert_true(handle_kill(table, objects[0]->handle));
	assert_true(handle_kill(table, objects[3]->handle));
	assert_int_equal(cache.bytes, 2 * one);
	room_for(1);
	assert_false(whole(1));
	assert_true(whole(2));
}

#define WITH_OBJECTS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_OBJECTS(nothing_goes_while_there_is_room),     WITH_OBJECTS(the_oldest_go_first),
		WITH_OBJECTS(one_that_was_used_stays_longer),       WITH_OBJECTS(one_that_is_held_stays_whole),
		WITH_OBJECTS(one_that_is_filled_again_is_the_newest), WITH_OBJECTS(entering_twice_counts_once),
		WITH_OBJECTS(what_is_destroyed_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
