/* SPDX-License-Identifier: Apache-2.0 */
/* The tests behind block_kit.h. */
#include "block_kit.h"

#include "mech/block.h"
#include "mech/block_mac.h"

typedef void check_fn(const struct block_kit *kit, const struct answer *row);

static void for_each(const struct block_kit *kit, check_fn *cipher, check_fn *mac)
{
	for (size_t i = 0; i < kit->cipher_count && cipher != NULL; i++)
		cipher(kit, &kit->ciphers[i]);
	for (size_t i = 0; i < kit->mac_count && mac != NULL; i++)
		mac(kit, &kit->macs[i]);
}

/* ECB and CBC without padding. */
static bool whole_blocks_only(const struct answer *row)
{
	const struct mech_row *r = mech_find(row->type);
	const struct block_mode *mode = r->data;

	return (r->ops == &block_ecb_ops || r->ops == &block_cbc_ops || r->ops == &block_tuned_ops) && mode->end == BLOCK_EXACT;
}

void block_kit_answers(void **state)
{
	const struct block_kit *kit = *state;
	struct answer *all = malloc((kit->cipher_count + kit->mac_count) * sizeof(*all));

	assert_non_null(all);
	answers_check_ciphers(kit->ciphers, kit->cipher_count);
	answers_check_macs(kit->macs, kit->mac_count);
	memcpy(all, kit->ciphers, kit->cipher_count * sizeof(*all));
	memcpy(all + kit->cipher_count, kit->macs, kit->mac_count * sizeof(*all));
	answers_check_complete(kit->family, all, kit->cipher_count + kit->mac_count);
	free(all);
}

static void cipher_parameter(const struct block_kit *kit, const struct answer *row)
{
	const struct mech_ops *ops = mech_find(row->type)->ops;

	if (ops != &block_tuned_ops && ops != &block_ctr_ops)
		answers_check_param_size(row, row->param == NULL ? 0 : kit->block);
}

static void mac_parameter(const struct block_kit *kit, const struct answer *row)
{
	const struct mech_ops *ops = mech_find(row->type)->ops;

	if (ops == &block_mac_general_ops)
		answers_check_general(row, kit->block);
	else if (ops != &block_mac_tuned_ops)
		answers_check_param_size(row, 0);
}

void block_kit_parameters(void **state)
{
	for_each(*state, cipher_parameter, mac_parameter);
}

/* All lengths of one of the types that the row takes. */
static void key_sizes(const struct block_kit *kit, const struct answer *row)
{
	size_t lengths[66] = {0}, count = 0;

	for (size_t len = 1; len <= 65; len++) {
		bool fits = false;

		for (size_t i = 0; i < array_len(kit->keys) && kit->keys[i].max != 0; i++) {
			const struct block_kit_keys *k = &kit->keys[i];

			fits = fits || (k->type == row->key_type && len >= k->min && len <= k->max && (len - k->min) % k->step == 0);
		}
		if (fits)
			lengths[count++] = len;
	}
	assert_true(count > 0);
	answers_check_key_sizes(row, lengths);
}

void block_kit_key_sizes(void **state)
{
	for_each(*state, key_sizes, key_sizes);
}

static void long_input(const struct block_kit *kit, const struct answer *row)
{
	(void)kit;
	answers_check_long(row, 2064);
}

static void long_mac_input(const struct block_kit *kit, const struct answer *row)
{
	(void)kit;
	answers_check_long(row, 2065);
}

void block_kit_long_inputs_in_parts(void **state)
{
	for_each(*state, long_input, long_mac_input);
}

static void ragged_lengths(const struct block_kit *kit, const struct answer *row)
{
	for (size_t len = 1; len < 2 * kit->block && whole_blocks_only(row); len++) {
		bool whole = len % kit->block == 0;

		answers_check_length(row, len, whole ? CKR_OK : CKR_DATA_LEN_RANGE, whole ? CKR_OK : CKR_ENCRYPTED_DATA_LEN_RANGE);
	}
}

void block_kit_ragged_lengths_are_refused(void **state)
{
	for_each(*state, ragged_lengths, NULL);
}

static void malformed_states(const struct block_kit *kit, const struct answer *row)
{
	if (!whole_blocks_only(row))
		return;
	assert_int_equal(answers_restore(row, MECH_ENCRYPT, kit->block - 1), CKR_SAVED_STATE_INVALID);
	assert_int_equal(answers_restore(row, MECH_ENCRYPT, 2 * kit->block - 1), CKR_OK);
	assert_int_equal(answers_restore(row, MECH_ENCRYPT, 2 * kit->block), CKR_SAVED_STATE_INVALID);
}

static void malformed_mac_states(const struct block_kit *kit, const struct answer *row)
{
	assert_int_equal(answers_restore(row, MECH_SIGN, kit->block - 1), CKR_SAVED_STATE_INVALID);
	assert_int_equal(answers_restore(row, MECH_SIGN, 2 * kit->block), CKR_OK);
	assert_int_equal(answers_restore(row, MECH_SIGN, 2 * kit->block + 1), CKR_SAVED_STATE_INVALID);
}

void block_kit_malformed_states_are_refused(void **state)
{
	for_each(*state, malformed_states, malformed_mac_states);
}

void block_kit_rows_are_sound(void **state)
{
	const struct block_kit *kit = *state;

	harness_check_family(kit->family);
}
