/* SPDX-License-Identifier: Apache-2.0 */
/* The permutation of FIPS 202 in the forms in which it is compiled. Which of them runs depends on the processor, so the
 * source is taken in here: all of them are tried. What is made of it is in test_digest.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/keccak.c"

/* The Keccak team's published intermediate values: the state after one permutation of zero, and after two. */
static void the_permutation_of_zero_is_the_published_one(void **state)
{
	uint64_t lanes[KECCAK_LANES] = {0};

	(void)state;
	permute_with(lanes);
	assert_true(lanes[0] == 0xf1258f7940e1dde7 && lanes[1] == 0x84d5ccf933c0478a && lanes[24] == 0xeaf1ff7b5ceca249);
	permute_with(lanes);
	assert_true(lanes[0] == 0x2d5c954df96ecb3c && lanes[1] == 0x6a332cd07057b56d && lanes[24] == 0x20d06cd26a8fbf5c);
}

static void the_permutation_for_this_processor_is_the_same(void **state)
{
	uint64_t plain[KECCAK_LANES] = {1}, chosen[KECCAK_LANES] = {1};

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		permute_with(plain);
		permute(chosen);
		assert_memory_equal(plain, chosen, sizeof(plain));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_permutation_of_zero_is_the_published_one),
		cmocka_unit_test(the_permutation_for_this_processor_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
