/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures that give the data back, rules 284 and 288: single-part only, what ends them, a bad signature comes
 * before a short buffer. Refuses to know other signatures (test_sign). */
#include "operations.h"

static CK_BYTE signature[256], out[512];
static CK_ULONG length;

static void make_signature(CK_MECHANISM *m, CK_ULONG input)
{
	length = sizeof(signature);
	assert_ok(p11->C_SignRecoverInit(sess, m, keys.rsa_private));
	assert_ok(p11->C_SignRecover(sess, unconst(pattern), input, signature, &length));
	assert_int_equal(length, 256);
}

static CK_RV recover(CK_MECHANISM *m, CK_ULONG signature_length, CK_ULONG room)
{
	assert_ok(p11->C_VerifyRecoverInit(sess, m, keys.rsa_public));
	length = room;
	return p11->C_VerifyRecover(sess, signature, signature_length, out, &length);
}

/* Is the recovering verification still active? Only the call itself can tell. */
static bool verifying(void)
{
	CK_RV rv = p11->C_VerifyRecover(sess, signature, 256, NULL, &length);

	return rv != CKR_OPERATION_NOT_INITIALIZED;
}

static void rules_284_288_the_data_comes_back(void **state)
{
	const CK_ULONG lengths[] = {0, 1, 20, 245};

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		make_signature(&m_rsa, lengths[i]);
		assert_ok(recover(&m_rsa, 256, sizeof(out)));
		assert_int_equal(length, lengths[i]);
		assert_memory_equal(out, pattern, length);
		assert_false(verifying());
	}
	make_signature(&m_rsa_x509, 256);
	assert_ok(recover(&m_rsa_x509, 256, sizeof(out)));
	assert_int_equal(length, 256);
	assert_memory_equal(out, pattern, 256);
}

/* The same bytes as a plain signature: recovering only adds the way back. */
static void rule_284_the_signature_is_that_of_c_sign(void **state)
{
	(void)state;
	make_signature(&m_rsa, 20);
	assert_int_equal(sign(&m_rsa, keys.rsa_private, pattern, 20, out, sizeof(out)), 256);
	assert_memory_equal(out, signature, 256);
	assert_ok(verify(&m_rsa, keys.rsa_public, pattern, 20, signature, 256));
}

static void rule_284_sign_recover_ends_but_for_queries_and_short_buffers(void **state)
{
	(void)state;
	assert_ok(start(SIGN_RECOVER));
	assert_ok(p11->C_SignRecover(sess, unconst(pattern), 20, NULL, &length));
	assert_int_equal(length, 256);
	length = 255;
	assert_rv(p11->C_SignRecover(sess, unconst(pattern), 20, signature, &length), CKR_BUFFER_TOO_SMALL);
	length = sizeof(signature);
	assert_ok(p11->C_SignRecover(sess, unconst(pattern), 20, signature, &length));
	assert_false(is_active(SIGN_RECOVER));
	assert_ok(start(SIGN_RECOVER));
	length = sizeof(signature);
	assert_rv(p11->C_SignRecover(sess, unconst(pattern), 246, signature, &length), CKR_DATA_LEN_RANGE);
	assert_false(is_active(SIGN_RECOVER));
}

static void rule_284_there_are_no_pieces(void **state)
{
	(void)state;
	assert_ok(start(SIGN_RECOVER));
	assert_rv(p11->C_SignUpdate(sess, unconst(pattern), 5), CKR_OPERATION_NOT_INITIALIZED);
	length = sizeof(out);
	assert_rv(p11->C_SignFinal(sess, out, &length), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_Sign(sess, unconst(pattern), 5, out, &length), CKR_OPERATION_NOT_INITIALIZED);
	assert_true(is_active(SIGN_RECOVER));
}

static void rule_288_verify_recover_ends_but_for_queries_and_short_buffers(void **state)
{
	(void)state;
	make_signature(&m_rsa, 20);
	assert_ok(p11->C_VerifyRecoverInit(sess, &m_rsa, keys.rsa_public));
	assert_ok(p11->C_VerifyRecover(sess, signature, 256, NULL, &length));
	assert_true(length >= 20);
	length = 19;
	assert_rv(p11->C_VerifyRecover(sess, signature, 256, out, &length), CKR_BUFFER_TOO_SMALL);
	assert_true(length >= 20);
	length = 20;
	assert_ok(p11->C_VerifyRecover(sess, signature, 256, out, &length));
	assert_int_equal(length, 20);
	assert_false(verifying());
}

static void rules_287_288_a_bad_signature_outranks_a_short_buffer(void **state)
{
	(void)state;
	make_signature(&m_rsa, 20);
	signature[100] ^= 1;
	assert_rv(recover(&m_rsa, 256, 0), CKR_SIGNATURE_INVALID);
	assert_false(verifying());
	assert_rv(recover(&m_rsa, 256, sizeof(out)), CKR_SIGNATURE_INVALID);
	assert_false(verifying());
	assert_rv(recover(&m_rsa, 255, sizeof(out)), CKR_SIGNATURE_LEN_RANGE);
	assert_false(verifying());
	assert_rv(recover(&m_rsa, 257, 0), CKR_SIGNATURE_LEN_RANGE);
	assert_false(verifying());
}

static void rule_288_no_length_pointer_ends(void **state)
{
	(void)state;
	make_signature(&m_rsa, 20);
	assert_ok(p11->C_VerifyRecoverInit(sess, &m_rsa, keys.rsa_public));
	assert_rv(p11->C_VerifyRecover(sess, signature, 256, out, NULL), CKR_ARGUMENTS_BAD);
	assert_false(verifying());
	assert_ok(start(SIGN_RECOVER));
	assert_rv(p11->C_SignRecover(sess, unconst(pattern), 20, out, NULL), CKR_ARGUMENTS_BAD);
	assert_false(is_active(SIGN_RECOVER));
}

static void rule_251_recovering_needs_its_own_permission(void **state)
{
	const CK_ATTRIBUTE no_sign = {CKA_SIGN_RECOVER, &no, sizeof(no)};
	const CK_ATTRIBUTE no_verify = {CKA_VERIFY_RECOVER, &no, sizeof(no)};

	(void)state;
	assert_rv(p11->C_SignRecoverInit(sess, &m_rsa, make_rsa_private(sess, &no_sign, 1)),
	          CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_rv(p11->C_VerifyRecoverInit(sess, &m_rsa, make_rsa_public(sess, &no_verify, 1)),
	          CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_ok(p11->C_SignInit(sess, &m_rsa, make_rsa_private(sess, &no_sign, 1)));
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rules_284_288_the_data_comes_back),
		WITH_KEYS(rule_284_the_signature_is_that_of_c_sign),
		WITH_KEYS(rule_284_sign_recover_ends_but_for_queries_and_short_buffers),
		WITH_KEYS(rule_284_there_are_no_pieces),
		WITH_KEYS(rule_288_verify_recover_ends_but_for_queries_and_short_buffers),
		WITH_KEYS(rules_287_288_a_bad_signature_outranks_a_short_buffer),
		WITH_KEYS(rule_288_no_length_pointer_ends),
		WITH_KEYS(rule_251_recovering_needs_its_own_permission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
