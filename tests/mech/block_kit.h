/* SPDX-License-Identifier: Apache-2.0 */
/* What every family of a block cipher must do, for the tests of one: its known answers in all ways, parameters, key
 * sizes, long inputs, lengths, malformed states. Knows no family. */
#ifndef CONCLAVE_TESTS_MECH_BLOCK_KIT_H
#define CONCLAVE_TESTS_MECH_BLOCK_KIT_H

#include "mech_answers.h"
#include "mech_secret.h"

struct block_kit {
	const struct mech_family *family;
	const struct answer *ciphers;
	size_t cipher_count;
	const struct answer *macs;
	size_t mac_count;
	size_t block;
	/* Keys that the family's operations take. */
	struct block_kit_keys {
		CK_KEY_TYPE type;
		size_t min, max, step;
	} keys[4]; /* ends with a row of zeros if there are fewer */
};

/* Tests on a kit as cmocka's state. Parameters other than nothing, an IV or a tag's length are the family's to test. */
void block_kit_answers(void **state);
void block_kit_parameters(void **state);
void block_kit_key_sizes(void **state);
void block_kit_long_inputs_in_parts(void **state);
void block_kit_ragged_lengths_are_refused(void **state);
void block_kit_malformed_states_are_refused(void **state);
void block_kit_rows_are_sound(void **state);

#define BLOCK_KIT_TEST(test, kit) cmocka_unit_test_prestate_setup_teardown(test, NULL, NULL, (void *)(uintptr_t)(kit))
#define BLOCK_KIT_TESTS(kit) \
	BLOCK_KIT_TEST(block_kit_answers, kit), BLOCK_KIT_TEST(block_kit_parameters, kit), BLOCK_KIT_TEST(block_kit_key_sizes, kit), \
	BLOCK_KIT_TEST(block_kit_long_inputs_in_parts, kit), BLOCK_KIT_TEST(block_kit_ragged_lengths_are_refused, kit), \
	BLOCK_KIT_TEST(block_kit_malformed_states_are_refused, kit), BLOCK_KIT_TEST(block_kit_rows_are_sound, kit)

#endif
