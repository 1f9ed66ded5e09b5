/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers and seeding, rules 372 to 375. Looks for what must never happen (repetition, a seed that decides),
 * refuses to judge randomness. */
#include "operations.h"

#include <sys/mman.h>

static CK_BYTE one[4096], other[4096];

static void rule_372_there_is_a_generator_and_the_token_says_so(void **state)
{
	(void)state;
	assert_true(token_flags() & CKF_RNG);
	assert_ok(p11->C_GenerateRandom(sess, one, 16));
}

static void rule_372_no_two_answers_are_the_same(void **state)
{
	const CK_ULONG lengths[] = {8, 16, 4096};

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		assert_ok(p11->C_GenerateRandom(sess, one, lengths[i]));
		assert_ok(p11->C_GenerateRandom(sess, other, lengths[i]));
		assert_memory_not_equal(one, other, lengths[i]);
	}
}

static void rule_372_every_byte_is_written_and_none_beyond(void **state)
{
	(void)state;
	for (CK_ULONG n = 0; n < 70; n++) {
		CK_BYTE seen[70] = {0};

		for (int tries = 0; tries < 5; tries++) {
			memset(one, 0, sizeof(one));
			assert_ok(p11->C_GenerateRandom(sess, one, n));
			for (CK_ULONG i = 0; i < n; i++)
				seen[i] |= one[i];
			for (CK_ULONG i = n; i < sizeof(one); i++)
				assert_int_equal(one[i], 0);
		}
		for (CK_ULONG i = 0; i < n; i++)
			assert_int_not_equal(seen[i], 0); /* five zeros in a row: once in 2^40 */
	}
}

static void rule_373_seeds_are_taken_and_decide_nothing(void **state)
{
	CK_BYTE seed[64] = {0};

	(void)state;
	assert_ok(p11->C_SeedRandom(sess, seed, sizeof(seed)));
	assert_ok(p11->C_GenerateRandom(sess, one, 32));
	assert_ok(p11->C_SeedRandom(sess, seed, sizeof(seed)));
	assert_ok(p11->C_GenerateRandom(sess, other, 32));
	assert_memory_not_equal(one, other, 32);
	assert_ok(p11->C_SeedRandom(sess, seed, 1));
	assert_ok(p11->C_SeedRandom(sess, seed, 0));
}

static void rule_374_no_seed_is_required(void **state)
{
	CK_SESSION_HANDLE fresh;

	(void)state;
	finalize();
	initialize();
	make_token();
	fresh = open_ro();
	assert_ok(p11->C_GenerateRandom(fresh, one, 16));
}

static void rule_375_operations_do_not_stand_in_the_way(void **state)
{
	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		assert_ok(start((enum kind)kind));
		assert_ok(p11->C_GenerateRandom(sess, one, 16));
		assert_ok(p11->C_SeedRandom(sess, one, 16));
		assert_true(is_active((enum kind)kind));
		renew_session();
	}
}

static void random_needs_no_login(void **state)
{
	CK_SESSION_HANDLE ro;

	(void)state;
	logout(sess);
	ro = open_ro();
	assert_ok(p11->C_GenerateRandom(ro, one, 16));
	assert_ok(p11->C_SeedRandom(ro, one, 16));
}

static void random_checks_its_arguments(void **state)
{
	CK_SESSION_HANDLE closed = open_rw();

	(void)state;
	close_session(closed);
	assert_rv(p11->C_GenerateRandom(sess, NULL, 16), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_SeedRandom(sess, NULL, 16), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GenerateRandom(closed, one, 16), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_SeedRandom(closed, one, 16), CKR_SESSION_HANDLE_INVALID);
	finalize();
	assert_rv(p11->C_GenerateRandom(sess, one, 16), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(p11->C_SeedRandom(sess, one, 16), CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* Two children of one parent, forked at the same point, share what both inherited: their numbers must not be the same. */
static int draw_in_child(void *arg)
{
	CK_SESSION_HANDLE session;

	initialize();
	session = open_ro();
	assert_ok(p11->C_GenerateRandom(session, arg, 32));
	return 0;
}

static void children_draw_numbers_of_their_own(void **state)
{
	CK_BYTE *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(shared != MAP_FAILED);
	for (int child = 0; child < 3; child++)
		assert_int_equal(run_child(draw_in_child, shared + child * 32), 0);
	assert_ok(p11->C_GenerateRandom(sess, shared + 96, 32));
	for (int i = 0; i < 4; i++) {
		for (int k = 0; k < i; k++)
			assert_memory_not_equal(shared + i * 32, shared + k * 32, 32);
	}
	munmap(shared, 4096);
}

/* The children find the token on disk. */
static int setup_shared_store(void **state)
{
	int failed = setup_token_sqlite(state);

	sess = failed ? CK_INVALID_HANDLE : open_rw();
	return failed;
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_372_there_is_a_generator_and_the_token_says_so),
		WITH_KEYS(rule_372_no_two_answers_are_the_same),
		WITH_KEYS(rule_372_every_byte_is_written_and_none_beyond),
		WITH_KEYS(rule_373_seeds_are_taken_and_decide_nothing),
		WITH_KEYS(rule_374_no_seed_is_required),
		WITH_KEYS(rule_375_operations_do_not_stand_in_the_way),
		WITH_KEYS(random_needs_no_login),
		WITH_KEYS(random_checks_its_arguments),
		cmocka_unit_test_setup_teardown(children_draw_numbers_of_their_own, setup_shared_store, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
