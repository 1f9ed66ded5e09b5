/* SPDX-License-Identifier: Apache-2.0 */
/* Poly1305 against RFC 8439 §2.5.2 and its appendix A.3, and its keys. */
#include "mech_answers.h"
#include "mech_secret.h"

extern const struct mech_family mech_family_poly1305;

static const struct answer rows[] = {
	{CKM_POLY1305, CKK_POLY1305, "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b", NULL,
	 "43727970746f6772617068696320466f72756d2052657365617263682047726f7570", "a8061dc1305136c6c22b8baf0c0127a9"},
	{CKM_POLY1305, CKK_POLY1305, "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0", NULL,
	 "2754776173206272696c6c69672c20616e642074686520736c6974687920746f7665730a446964206779726520616e642067696d626c6520696e"
	 "2074686520776162653a0a416c6c206d696d737920776572652074686520626f726f676f7665732c0a416e6420746865206d6f6d652072617468"
	 "73206f757467726162652e",
	 "4541669a7eaaee61e708dc7cbcc5eb62"},
	{CKM_POLY1305, CKK_POLY1305, "0200000000000000000000000000000000000000000000000000000000000000", NULL,
	 "ffffffffffffffffffffffffffffffff", "03000000000000000000000000000000"},
	{CKM_POLY1305, CKK_POLY1305, "02000000000000000000000000000000ffffffffffffffffffffffffffffffff", NULL,
	 "02000000000000000000000000000000", "03000000000000000000000000000000"},
};

static void published_answers(void **state)
{
	(void)state;
	answers_check_macs(rows, array_len(rows));
	answers_check_complete(&mech_family_poly1305, rows, array_len(rows));
}

static void parameters_and_key_sizes(void **state)
{
	static const size_t lengths[] = {32, 0};

	(void)state;
	answers_check_param_size(&rows[0], 0);
	answers_check_key_sizes(&rows[0], lengths);
	answers_check_long(&rows[0], 2065);
}

static void keys(void **state)
{
	(void)state;
	secret_check_generated(CKM_POLY1305_KEY_GEN, CKK_POLY1305, 32);
	secret_check_no_parameter(CKM_POLY1305_KEY_GEN, 32);
	assert_int_equal(secret_generate(CKM_POLY1305_KEY_GEN, 31), CKR_ATTRIBUTE_VALUE_INVALID);
	secret_check_given_length(CKK_POLY1305, rows[0].key);
}

static void rows_are_sound(void **state)
{
	(void)state;
	harness_check_family(&mech_family_poly1305);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(parameters_and_key_sizes),
		cmocka_unit_test(keys),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, harness_open, harness_close);
}
