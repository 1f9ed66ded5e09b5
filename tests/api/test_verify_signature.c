/* SPDX-License-Identifier: Apache-2.0 */
/* Verification with the signature given first: C_VerifySignatureInit, C_VerifySignature, C_VerifySignatureUpdate and
 * C_VerifySignatureFinal, rules 293 to 300, 336 and 353; C_GetSessionValidationFlags, rule 394. Refuses to judge the
 * signatures themselves: test_mechanism_results.c does. */
#include "mechanisms.h"

static const CK_BYTE text[] = "what was signed";
#define TEXT unconst(text), sizeof(text)

static CK_BYTE signature[20000];
static CK_ULONG signature_length;

static void sign_text(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	signature_length = sign(m, key, text, sizeof(text), signature, sizeof(signature));
}

static CK_RV begin(CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	return p11->C_VerifySignatureInit(sess, m, key, signature, signature_length);
}

static void begin_hmac(void)
{
	sign_text(&m_hmac, keys.hmac);
	assert_ok(begin(&m_hmac, keys.hmac));
}

/* Asked in a way that ends it. */
static bool was_active(void)
{
	CK_RV rv = p11->C_VerifySignatureFinal(sess);

	return rv != CKR_OPERATION_NOT_INITIALIZED;
}

static void rule_293_the_signature_comes_with_the_key(void **state)
{
	(void)state;
	sign_text(&m_ecdsa_sha256, keys.ec_private);
	assert_ok(begin(&m_ecdsa_sha256, keys.ec_public));
	assert_ok(p11->C_VerifySignature(sess, TEXT));

	signature[0] ^= 1;
	assert_ok(begin(&m_ecdsa_sha256, keys.ec_public));
	assert_rv(p11->C_VerifySignature(sess, TEXT), CKR_SIGNATURE_INVALID);
}

static void rule_293_the_callers_copy_is_not_looked_at_again(void **state)
{
	(void)state;
	begin_hmac();
	memset(signature, 0, sizeof(signature));
	assert_ok(p11->C_VerifySignature(sess, TEXT));
}

static void rule_293_the_key_must_be_allowed_to_verify(void **state)
{
	CK_ATTRIBUTE never[] = {{CKA_VERIFY, &no, sizeof(no)}};
	CK_OBJECT_HANDLE key = make_key(sess, CKK_GENERIC_SECRET, hmac_key, sizeof(hmac_key), never, 1);

	(void)state;
	sign_text(&m_hmac, keys.hmac);
	assert_rv(begin(&m_hmac, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
	assert_rv(begin(&m_hmac, 0), CKR_KEY_HANDLE_INVALID);
	assert_rv(begin(&m_hmac, keys.aes), CKR_KEY_TYPE_INCONSISTENT);
	assert_rv(begin(&m_sha256, keys.hmac), CKR_MECHANISM_INVALID);
	assert_rv(p11->C_VerifySignatureInit(sess, &m_hmac, keys.hmac, NULL, 32), CKR_ARGUMENTS_BAD);
	assert_false(was_active());
	assert_ok(begin(&m_hmac, keys.hmac));
}

static void verify_each_way(const struct mechanism_case *c)
{
	CK_OBJECT_HANDLE key = mechanism_key(c, VERIFY);
	CK_ULONG n = mechanism_input(c);
	CK_RV rv;

	signature_length = sign(mechanism_of(c), mechanism_key(c, SIGN), pattern, n, signature, sizeof(signature));
	assert_ok(begin(mechanism_of(c), key));
	assert_ok(p11->C_VerifySignature(sess, unconst(pattern), n));
	assert_ok(begin(mechanism_of(c), key));
	rv = p11->C_VerifySignatureUpdate(sess, unconst(pattern), n / 2);
	if (rv == CKR_OK) {
		assert_ok(p11->C_VerifySignatureUpdate(sess, unconst(pattern) + n / 2, n - n / 2));
		assert_ok(p11->C_VerifySignatureFinal(sess));
	} else {
		assert_rv(rv, CKR_FUNCTION_NOT_SUPPORTED);
		assert_rv(p11->C_VerifySignatureFinal(sess), CKR_OPERATION_NOT_INITIALIZED);
	}
	signature[signature_length / 2] ^= 4;
	assert_ok(begin(mechanism_of(c), key));
	assert_rv_in(p11->C_VerifySignature(sess, unconst(pattern), n), CKR_SIGNATURE_INVALID);
}

static void rule_294_it_takes_every_mechanism_of_verification(void **state)
{
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < mechanism_case_count; i++) {
		const struct mechanism_case *c = &mechanism_cases[i];
		CK_MECHANISM_INFO info;

		if (p11->C_GetMechanismInfo(slot, c->type, &info) != CKR_OK || !(info.flags & CKF_VERIFY))
			continue;
		/* Signs nothing that is given; test_otp.c and its test in tests/mech verify it. */
		if (c->type == CKM_HOTP)
			continue;
		/* Nothing here signs with these, or not twice; mechanisms_hbs.c has signatures of others. */
		if (!(info.flags & CKF_SIGN) || c->type == CKM_HSS)
			continue;
		print_message("# %s\n", c->name);
		verify_each_way(c);
		seen++;
	}
	assert_true(seen > 20);
}

static void rule_295_the_single_call_always_ends_it(void **state)
{
	(void)state;
	begin_hmac();
	assert_ok(p11->C_VerifySignature(sess, TEXT));
	assert_rv(p11->C_VerifySignature(sess, TEXT), CKR_OPERATION_NOT_INITIALIZED);
	begin_hmac();
	assert_rv(p11->C_VerifySignature(sess, TEXT - 1), CKR_SIGNATURE_INVALID);
	assert_false(was_active());
	begin_hmac();
	assert_rv(p11->C_VerifySignature(sess, NULL, 5), CKR_ARGUMENTS_BAD);
	assert_false(was_active());
}

static void rule_295_the_single_call_does_not_finish_what_came_in_parts(void **state)
{
	(void)state;
	begin_hmac();
	assert_ok(p11->C_VerifySignatureUpdate(sess, unconst(text), 4));
	assert_rv(p11->C_VerifySignature(sess, unconst(text) + 4, sizeof(text) - 4), CKR_OPERATION_ACTIVE);
	assert_false(was_active());
}

static void rule_296_an_error_in_an_update_ends_it(void **state)
{
	(void)state;
	begin_hmac();
	assert_rv(p11->C_VerifySignatureUpdate(sess, NULL, 5), CKR_ARGUMENTS_BAD);
	assert_false(was_active());
	assert_rv(p11->C_VerifySignatureUpdate(sess, TEXT), CKR_OPERATION_NOT_INITIALIZED);
}

static void rule_297_the_final_call_always_ends_it(void **state)
{
	(void)state;
	begin_hmac();
	assert_ok(p11->C_VerifySignatureUpdate(sess, unconst(text), 4));
	assert_ok(p11->C_VerifySignatureUpdate(sess, unconst(text) + 4, sizeof(text) - 4));
	assert_ok(p11->C_VerifySignatureFinal(sess));
	assert_false(was_active());
	begin_hmac();
	assert_ok(p11->C_VerifySignatureUpdate(sess, unconst(text), 4));
	assert_rv(p11->C_VerifySignatureFinal(sess), CKR_SIGNATURE_INVALID);
	assert_false(was_active());
}

static void rule_298_no_mechanism_cancels_it(void **state)
{
	(void)state;
	begin_hmac();
	assert_ok(p11->C_VerifySignatureInit(sess, NULL, 0, NULL, 0));
	assert_false(was_active());
	/* And only it. */
	assert_ok(start(VERIFY));
	assert_ok(p11->C_VerifySignatureInit(sess, NULL, 0, NULL, 0));
	assert_true(is_active(VERIFY));
}

static void rule_300_the_two_verifications_do_not_mix(void **state)
{
	(void)state;
	begin_hmac();
	assert_rv(p11->C_Verify(sess, TEXT, signature, signature_length), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_VerifyUpdate(sess, TEXT), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_VerifyFinal(sess, signature, signature_length), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_VerifySignature(sess, TEXT));

	assert_ok(start(VERIFY));
	assert_rv(p11->C_VerifySignature(sess, TEXT), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_VerifySignatureUpdate(sess, TEXT), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_VerifySignatureFinal(sess), CKR_OPERATION_NOT_INITIALIZED);
	assert_true(is_active(VERIFY));
}

static void rule_245_it_runs_beside_nothing(void **state)
{
	(void)state;
	sign_text(&m_hmac, keys.hmac);
	for (int kind = 0; kind < CRYPTO_KINDS; kind++) {
		renew_session();
		assert_ok(start((enum kind)kind));
		assert_rv(begin(&m_hmac, keys.hmac), CKR_OPERATION_ACTIVE);
		assert_true(is_active((enum kind)kind));
		renew_session();
		assert_ok(begin(&m_hmac, keys.hmac));
		assert_rv(start((enum kind)kind), CKR_OPERATION_ACTIVE);
		assert_ok(p11->C_VerifySignature(sess, TEXT));
	}
}

static void rule_336_cancelling_verification_cancels_it(void **state)
{
	(void)state;
	begin_hmac();
	assert_ok(p11->C_SessionCancel(sess, CKF_SIGN | CKF_VERIFY_RECOVER));
	assert_ok(p11->C_VerifySignatureUpdate(sess, TEXT));
	assert_ok(p11->C_SessionCancel(sess, CKF_VERIFY));
	assert_false(was_active());
}

static void rule_353_it_is_not_saved(void **state)
{
	CK_BYTE blob[1024];
	CK_ULONG n = sizeof(blob);

	(void)state;
	begin_hmac();
	assert_rv(p11->C_GetOperationState(sess, blob, &n), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_VerifySignature(sess, TEXT));
}

static void rule_394_no_validation_no_flags(void **state)
{
	CK_FLAGS flags = 77;

	(void)state;
	assert_ok(p11->C_GetSessionValidationFlags(sess, CKS_LAST_VALIDATION_OK, &flags));
	assert_int_equal(flags, 0);
	flags = 77;
	assert_rv(p11->C_GetSessionValidationFlags(sess, CKS_LAST_VALIDATION_OK + 1, &flags), CKR_ARGUMENTS_BAD);
	assert_rv(p11->C_GetSessionValidationFlags(sess, CKS_LAST_VALIDATION_OK, NULL), CKR_ARGUMENTS_BAD);
	assert_int_equal(flags, 77);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_293_the_signature_comes_with_the_key),
		WITH_KEYS(rule_293_the_callers_copy_is_not_looked_at_again),
		WITH_KEYS(rule_293_the_key_must_be_allowed_to_verify),
		WITH_KEYS(rule_294_it_takes_every_mechanism_of_verification),
		WITH_KEYS(rule_295_the_single_call_always_ends_it),
		WITH_KEYS(rule_295_the_single_call_does_not_finish_what_came_in_parts),
		WITH_KEYS(rule_296_an_error_in_an_update_ends_it),
		WITH_KEYS(rule_297_the_final_call_always_ends_it),
		WITH_KEYS(rule_298_no_mechanism_cancels_it),
		WITH_KEYS(rule_300_the_two_verifications_do_not_mix),
		WITH_KEYS(rule_245_it_runs_beside_nothing),
		WITH_KEYS(rule_336_cancelling_verification_cancels_it),
		WITH_KEYS(rule_353_it_is_not_saved),
		WITH_KEYS(rule_394_no_validation_no_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
