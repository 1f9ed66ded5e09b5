/* SPDX-License-Identifier: Apache-2.0 */
/* AES-GMAC against Wycheproof, against GCM of nothing but associated data (test case 1 of its specification), and its
 * two forms of parameter. */
#include "mech_answers.h"
#include "mech_vectors.h"

#define KEY "98b08a72ffde0ded4bec9d2a8db57235"

extern const struct mech_family mech_family_aes_gmac;

/* The bare IV of version 2.40. */
static const struct answer rows[] = {
	{CKM_AES_GMAC, CKK_AES, KEY, "1595248735310eb710519c2b", "", "5118cc71501c8273a43662b981191750"},
	{CKM_AES_GMAC, CKK_AES, "00000000000000000000000000000000", "000000000000000000000000", "", "58e2fccefa7e3061367f1d57a4e7455a"},
};

static void published_answers(void **state)
{
	(void)state;
	answers_check_macs(rows, array_len(rows));
}

static void long_inputs_in_parts(void **state)
{
	(void)state;
	answers_check_long(&rows[0], 2065);
}

static void key_sizes(void **state)
{
	static const size_t lengths[] = {16, 24, 32, 0};

	(void)state;
	answers_check_key_sizes(&rows[0], lengths);
}

static void malformed_parameters_are_refused(void **state)
{
	unsigned char iv[16] = {0};
	const CK_GCM_PARAMS good = {.pIv = iv, .ulIvLen = 12, .ulTagBits = 128};
	static const CK_ULONG bad_bits[] = {0, 8, 31, 40, 72, 88, 97, 129, 136, (CK_ULONG)-1};
	CK_GCM_PARAMS p[2] = {good};

	(void)state;
	answers_check_param_size(&rows[0], 12);
	assert_int_equal(answers_init(&rows[0], p, sizeof(p[0])), CKR_OK);
	assert_int_equal(answers_init(&rows[0], p, sizeof(p[0]) - 1), CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(answers_init(&rows[0], p, sizeof(p[0]) + 1), CKR_MECHANISM_PARAM_INVALID);
	p[0].pIv = NULL;
	assert_int_equal(answers_init(&rows[0], p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	p[0] = good;
	p[0].ulIvLen = 0;
	assert_int_equal(answers_init(&rows[0], p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	for (size_t i = 0; i < array_len(bad_bits); i++) {
		p[0] = good;
		p[0].ulTagBits = bad_bits[i];
		assert_int_equal(answers_init(&rows[0], p, sizeof(p[0])), CKR_MECHANISM_PARAM_INVALID);
	}
}

static void the_parameters_own_associated_data_is_not_used(void **state)
{
	struct buf iv = harness_hex(rows[0].param), tag = harness_hex(rows[0].out);
	struct mech_key *key = harness_key_hex(CKK_AES, KEY);
	unsigned char aad[4] = {1, 2, 3, 4};
	CK_GCM_PARAMS p = {.pIv = iv.data, .ulIvLen = iv.len, .pAAD = aad, .ulAADLen = sizeof(aad), .ulTagBits = 96};
	CK_MECHANISM m = {CKM_AES_GMAC, &p, sizeof(p)};

	(void)state;
	harness_check_tag(&m, key, bytes_of(NULL, 0), bytes_of(tag.data, 12));
	mech_key_free(key);
	buf_free(&iv);
	buf_free(&tag);
}

static void check_vector(const struct vector *v)
{
	struct buf raw = vector_hex(v, "key"), iv = vector_hex(v, "iv"), message = vector_hex(v, "msg"), tag = vector_hex(v, "tag");
	struct mech_key *key = harness_key(CKK_AES, buf_bytes(&raw));
	CK_GCM_PARAMS p = {.pIv = iv.data, .ulIvLen = iv.len, .ulTagBits = 8 * tag.len};
	CK_MECHANISM m = {CKM_AES_GMAC, &p, sizeof(p)};
	struct mech_op op;

	if (vector_is(v, "result", "valid")) {
		harness_check_tag(&m, key, buf_bytes(&message), buf_bytes(&tag));
	} else {
		assert_int_equal(harness_init(&op, MECH_VERIFY, &m, key), CKR_OK);
		assert_int_equal(harness_verify(&op, buf_bytes(&message), buf_bytes(&tag)), CKR_SIGNATURE_INVALID);
		harness_end(&op);
	}
	mech_key_free(key);
	buf_free(&raw);
	buf_free(&iv);
	buf_free(&message);
	buf_free(&tag);
}

static void wycheproof(void **state)
{
	(void)state;
	vectors_replay("aes_gmac_test.json", check_vector);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_aes_gmac);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(long_inputs_in_parts),
		cmocka_unit_test(key_sizes),
		cmocka_unit_test(malformed_parameters_are_refused),
		cmocka_unit_test(the_parameters_own_associated_data_is_not_used),
		cmocka_unit_test(wycheproof),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
