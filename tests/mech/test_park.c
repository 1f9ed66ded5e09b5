/* SPDX-License-Identifier: Apache-2.0 */
/* States that ended operations leave with a key: who gets them back, and that none is lost or leaked. */
#include "mech_harness.h"

#include "mech/park.h"

struct left {
	struct mech_parked parked;
	int number;
};

static int freed[4];
static struct left states[4];
static struct mech_park park;
static const struct mech_row rows[2];

static void note_freed(struct mech_parked *p)
{
	freed[((struct left *)p)->number]++;
}

static int setup(void **state)
{
	(void)state;
	memset(&park, 0, sizeof(park));
	for (int i = 0; i < 4; i++) {
		freed[i] = 0;
		states[i] = (struct left){.parked.free = note_freed, .number = i};
	}
	return 0;
}

static struct mech_op op_of(int row, enum mech_use use, unsigned lane)
{
	return (struct mech_op){.row = &rows[row], .use = use, .park = &park, .lane = lane};
}

static void what_was_left_is_taken_once(void **state)
{
	struct mech_op op = op_of(0, MECH_ENCRYPT, 0);

	(void)state;
	mech_park_leave(&op, &states[0].parked);
	assert_ptr_equal(mech_park_take(&op), &states[0].parked);
	assert_null(mech_park_take(&op));
	assert_int_equal(freed[0], 0);
}

static void nobody_gets_the_state_of_another_mechanism_or_use(void **state)
{
	struct mech_op mine = op_of(0, MECH_ENCRYPT, 0);

	(void)state;
	mech_park_leave(&mine, &states[0].parked);
	/* Every place is asked, so also the one that they share. */
	for (unsigned lane = 0; lane < MECH_PARK_PLACES; lane++) {
		struct mech_op other_use = op_of(0, MECH_DECRYPT, lane), other_row = op_of(1, MECH_ENCRYPT, lane);
		assert_null(mech_park_take(&other_use));
		assert_null(mech_park_take(&other_row));
	}
	assert_ptr_equal(mech_park_take(&mine), &states[0].parked);
}

static void a_place_keeps_the_last_and_frees_the_one_before(void **state)
{
	struct mech_op op = op_of(0, MECH_SIGN, 0);

	(void)state;
	mech_park_leave(&op, &states[0].parked);
	mech_park_leave(&op, &states[1].parked);
	assert_int_equal(freed[0], 1);
	assert_int_equal(freed[1], 0);
	assert_ptr_equal(mech_park_take(&op), &states[1].parked);
}

static void lanes_do_not_meet(void **state)
{
	struct mech_op one = op_of(0, MECH_SIGN, 0), other = op_of(0, MECH_SIGN, 1);

	(void)state;
	mech_park_leave(&one, &states[0].parked);
	assert_null(mech_park_take(&other));
	mech_park_leave(&other, &states[1].parked);
	assert_ptr_equal(mech_park_take(&one), &states[0].parked);
	assert_ptr_equal(mech_park_take(&other), &states[1].parked);
}

static void an_operation_without_a_park_frees_its_state(void **state)
{
	struct mech_op op = op_of(0, MECH_SIGN, 0);

	(void)state;
	op.park = NULL;
	assert_null(mech_park_take(&op));
	mech_park_leave(&op, &states[0].parked);
	assert_int_equal(freed[0], 1);
}

static void emptying_frees_all_that_is_left(void **state)
{
	(void)state;
	for (unsigned lane = 0; lane < 4; lane++) {
		struct mech_op op = op_of(0, MECH_SIGN, lane);
		mech_park_leave(&op, &states[lane].parked);
	}
	mech_park_empty(&park);
	for (unsigned i = 0; i < 4; i++) {
		struct mech_op op = op_of(0, MECH_SIGN, i);
		assert_int_equal(freed[i], 1);
		assert_null(mech_park_take(&op));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_left_is_taken_once, setup),
		cmocka_unit_test_setup(nobody_gets_the_state_of_another_mechanism_or_use, setup),
		cmocka_unit_test_setup(a_place_keeps_the_last_and_frees_the_one_before, setup),
		cmocka_unit_test_setup(lanes_do_not_meet, setup),
		cmocka_unit_test_setup(an_operation_without_a_park_frees_its_state, setup),
		cmocka_unit_test_setup(emptying_frees_all_that_is_left, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
