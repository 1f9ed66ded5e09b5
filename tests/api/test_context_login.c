/* SPDX-License-Identifier: Apache-2.0 */
/* Context-specific authentication: rules 174 to 184 (chapter L). A key with CKA_ALWAYS_AUTHENTICATE wants
 * the PIN again for each operation; one right PIN authorises one operation, a wrong one changes nothing
 * until the PIN is locked (invariants S2 and S5). */
#include "api/harness.h"

#define WRONG_PIN "not-the-pin"
#define PIN_LIMIT 10

static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0}, ecdsa_sha = {CKM_ECDSA_SHA256, NULL, 0}, rsa = {CKM_RSA_PKCS, NULL, 0};
static CK_BYTE hash[32], signature[512];
static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE public_key, careful_key, plain_key;

static CK_RV generate(CK_BBOOL *private, CK_BBOOL *always, CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
	CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
	CK_ATTRIBUTE public_template[] = {
		{CKA_EC_PARAMS, p256, sizeof(p256)},
		{CKA_VERIFY, &yes, sizeof(yes)},
	};
	CK_ATTRIBUTE private_template[] = {
		{CKA_PRIVATE, private, sizeof(*private)},
		{CKA_SIGN, &yes, sizeof(yes)},
		{CKA_ALWAYS_AUTHENTICATE, always, sizeof(*always)},
	};

	return p11->C_GenerateKeyPair(session, &mechanism, public_template, COUNT(public_template), private_template,
	                              COUNT(private_template), ret_public, ret_private);
}

/* A logged-in session with one key that always wants the PIN and one that does not. */
static int setup_keys(void **state)
{
	CK_OBJECT_HANDLE other;

	if (setup_token(state))
		return -1;
	session = open_rw();
	login_user(session);
	assert_ok(generate(&yes, &yes, &public_key, &careful_key));
	assert_ok(generate(&yes, &no, &other, &plain_key));
	return 0;
}

static CK_RV context_login(const char *pin)
{
	return login_as(session, CKU_CONTEXT_SPECIFIC, pin);
}

static CK_RV sign(CK_ULONG room)
{
	return p11->C_Sign(session, hash, sizeof(hash), signature, &room);
}

static CK_RV verify(void)
{
	assert_ok(p11->C_VerifyInit(session, &ecdsa, public_key));
	return p11->C_Verify(session, hash, sizeof(hash), signature, 64);
}

/* ---- which keys ------------------------------------------------------------------------------ */

static void rule_174_only_private_keys_that_are_private_may_always_ask(void **state)
{
	CK_OBJECT_HANDLE one, two;
	size_t before = count_objects(session);
	(void)state;

	assert_rv_in(generate(&no, &yes, &one, &two), CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID);
	assert_int_equal(count_objects(session), before);
	assert_ok(generate(&no, &no, &one, &two));
	assert_true(get_bool(session, careful_key, CKA_ALWAYS_AUTHENTICATE));
	assert_false(get_bool(session, plain_key, CKA_ALWAYS_AUTHENTICATE));
	assert_false(get_bool(session, two, CKA_ALWAYS_AUTHENTICATE));
}

static void rule_174_a_copy_cannot_become_public(void **state)
{
	CK_OBJECT_HANDLE copy;
	CK_ATTRIBUTE open = {CKA_PRIVATE, &no, sizeof(no)};
	(void)state;

	assert_rv_in(p11->C_CopyObject(session, careful_key, &open, 1, &copy), CKR_TEMPLATE_INCONSISTENT,
	             CKR_ATTRIBUTE_VALUE_INVALID, CKR_ATTRIBUTE_READ_ONLY);
}

/* ---- the order of calls ---------------------------------------------------------------------- */

static void rules_175_177_init_then_login_then_sign(void **state)
{
	(void)state;
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_ok(context_login(USER_PIN));
	assert_ok(sign(sizeof(signature)));
	assert_ok(verify());
}

static void rule_175_login_before_init_comes_too_early(void **state)
{
	(void)state;
	assert_rv(context_login(USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_rv(sign(sizeof(signature)), CKR_USER_NOT_LOGGED_IN);
}

static void rule_176_sign_without_context_login_is_refused(void **state)
{
	(void)state;
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_rv(sign(sizeof(signature)), CKR_USER_NOT_LOGGED_IN);
	/* An error other than BUFFER_TOO_SMALL: the operation is over. */
	assert_rv(sign(sizeof(signature)), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(context_login(USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_SignInit(session, &ecdsa, plain_key));
	assert_ok(sign(sizeof(signature)));
}

static void rule_176_multi_part_without_context_login_is_refused(void **state)
{
	CK_ULONG length = sizeof(signature);
	(void)state;

	assert_ok(p11->C_SignInit(session, &ecdsa_sha, careful_key));
	assert_rv(p11->C_SignUpdate(session, hash, sizeof(hash)), CKR_USER_NOT_LOGGED_IN);
	assert_rv(p11->C_SignFinal(session, signature, &length), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_SignInit(session, &ecdsa_sha, careful_key));
	assert_rv(p11->C_SignFinal(session, signature, &length), CKR_USER_NOT_LOGGED_IN);
}

static void rule_176_decrypt_without_context_login_is_refused(void **state)
{
	CK_MECHANISM gen = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_ULONG bits = 2048, length, plain_length;
	CK_BYTE plain[256], cipher[256];
	CK_OBJECT_HANDLE public, private;
	CK_ATTRIBUTE public_template[] = {{CKA_MODULUS_BITS, &bits, sizeof(bits)}, {CKA_ENCRYPT, &yes, sizeof(yes)}};
	CK_ATTRIBUTE private_template[] = {{CKA_ALWAYS_AUTHENTICATE, &yes, sizeof(yes)}, {CKA_PRIVATE, &yes, sizeof(yes)},
	                                   {CKA_DECRYPT, &yes, sizeof(yes)}};
	(void)state;

	assert_ok(p11->C_GenerateKeyPair(session, &gen, public_template, COUNT(public_template), private_template,
	                                 COUNT(private_template), &public, &private));
	assert_ok(p11->C_EncryptInit(session, &rsa, public));
	length = sizeof(cipher);
	assert_ok(p11->C_Encrypt(session, hash, sizeof(hash), cipher, &length));

	assert_ok(p11->C_DecryptInit(session, &rsa, private));
	plain_length = sizeof(plain);
	assert_rv(p11->C_Decrypt(session, cipher, length, plain, &plain_length), CKR_USER_NOT_LOGGED_IN);

	assert_ok(p11->C_DecryptInit(session, &rsa, private));
	assert_ok(context_login(USER_PIN));
	plain_length = sizeof(plain);
	assert_ok(p11->C_Decrypt(session, cipher, length, plain, &plain_length));
	assert_int_equal(plain_length, sizeof(hash));
	assert_memory_equal(plain, hash, sizeof(hash));
}

static void rule_177_each_operation_needs_its_own_login(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
		assert_ok(context_login(USER_PIN));
		assert_ok(sign(sizeof(signature)));
		assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
		assert_rv(sign(sizeof(signature)), CKR_USER_NOT_LOGGED_IN);
	}
}

static void rule_177_one_login_covers_a_multi_part_operation(void **state)
{
	CK_ULONG length = sizeof(signature);
	(void)state;

	assert_ok(p11->C_SignInit(session, &ecdsa_sha, careful_key));
	assert_ok(context_login(USER_PIN));
	for (int i = 0; i < 4; i++)
		assert_ok(p11->C_SignUpdate(session, hash, sizeof(hash)));
	assert_ok(p11->C_SignFinal(session, signature, &length));
	assert_ok(p11->C_SignInit(session, &ecdsa_sha, careful_key));
	assert_rv(p11->C_SignUpdate(session, hash, sizeof(hash)), CKR_USER_NOT_LOGGED_IN);
}

static void rule_177_an_operation_that_ends_badly_takes_the_login_along(void **state)
{
	CK_ULONG length = sizeof(signature);
	(void)state;

	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_ok(context_login(USER_PIN));
	assert_int_not_equal(p11->C_Sign(session, NULL, 32, signature, &length), CKR_OK);
	assert_rv(sign(sizeof(signature)), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_rv(sign(sizeof(signature)), CKR_USER_NOT_LOGGED_IN);

	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_ok(context_login(USER_PIN));
	assert_ok(p11->C_SessionCancel(session, CKF_SIGN));
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_rv(sign(sizeof(signature)), CKR_USER_NOT_LOGGED_IN);
}

static void rule_177_login_in_one_session_is_not_for_another(void **state)
{
	CK_SESSION_HANDLE other = open_rw();
	CK_ULONG length = sizeof(signature);
	(void)state;

	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_ok(p11->C_SignInit(other, &ecdsa, careful_key));
	assert_ok(context_login(USER_PIN));
	assert_rv(p11->C_Sign(other, hash, sizeof(hash), signature, &length), CKR_USER_NOT_LOGGED_IN);
	assert_rv(login_as(other, CKU_CONTEXT_SPECIFIC, USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(sign(sizeof(signature)));
}

static void rules_164_177_login_user_authenticates_the_context_too(void **state)
{
	CK_UTF8CHAR pin[] = USER_PIN;
	(void)state;

	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_ok(p11->C_LoginUser(session, CKU_CONTEXT_SPECIFIC, pin, sizeof(pin) - 1, NULL, 0));
	assert_ok(sign(sizeof(signature)));
}

/* ---- wrong PINs ------------------------------------------------------------------------------ */

static void rule_178_wrong_pin_leaves_the_operation_as_it_was(void **state)
{
	(void)state;
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_rv(context_login(WRONG_PIN), CKR_PIN_INCORRECT);
	assert_rv(context_login(""), CKR_PIN_INCORRECT);
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	assert_true(token_flags() & CKF_USER_PIN_COUNT_LOW);
	assert_ok(context_login(USER_PIN));
	assert_false(token_flags() & CKF_USER_PIN_COUNT_LOW);
	assert_ok(sign(sizeof(signature)));
	assert_ok(verify());
}

static void rule_178_wrong_pin_does_not_authorise(void **state)
{
	(void)state;
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_rv(context_login(WRONG_PIN), CKR_PIN_INCORRECT);
	assert_rv(sign(sizeof(signature)), CKR_USER_NOT_LOGGED_IN);
}

static void rule_179_wrong_pins_lock_and_log_the_user_out(void **state)
{
	CK_SESSION_HANDLE other = open_ro();
	CK_OBJECT_HANDLE data = make_data(session, false, true, "private");
	CK_OBJECT_CLASS class;
	CK_ATTRIBUTE a = {CKA_CLASS, &class, sizeof(class)};
	CK_RV rv = CKR_OK;
	int tries = 0;
	(void)state;

	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	while (tries < PIN_LIMIT + 1 && (rv = context_login(WRONG_PIN)) == CKR_PIN_INCORRECT) {
		tries++;
		if (tries < PIN_LIMIT)
			assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	}
	assert_in_range(tries, PIN_LIMIT - 1, PIN_LIMIT);
	/* Once the limit is reached the user is out, whether that call or the next one names the lock. */
	assert_rv_in(rv, CKR_PIN_LOCKED, CKR_OPERATION_NOT_INITIALIZED);
	assert_true(token_flags() & CKF_USER_PIN_LOCKED);
	assert_int_equal(session_state(session), CKS_RW_PUBLIC_SESSION);
	assert_int_equal(session_state(other), CKS_RO_PUBLIC_SESSION);
	assert_rv(sign(sizeof(signature)), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(p11->C_GetAttributeValue(other, data, &a, 1), CKR_OBJECT_HANDLE_INVALID);
	assert_rv(p11->C_Logout(session), CKR_USER_NOT_LOGGED_IN);
	assert_rv(login_as(other, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
}

static void rules_179_181_context_and_ordinary_logins_share_one_counter(void **state)
{
	(void)state;
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	for (int i = 0; i < PIN_LIMIT - 2; i++)
		assert_rv(context_login(WRONG_PIN), CKR_PIN_INCORRECT);
	assert_false(token_flags() & CKF_USER_PIN_FINAL_TRY);
	logout(session);
	assert_rv(login_as(session, CKU_USER, WRONG_PIN), CKR_PIN_INCORRECT);
	assert_true(token_flags() & CKF_USER_PIN_FINAL_TRY);
	login_user(session);
	assert_false(token_flags() & (CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW));
}

static void rule_181_the_pin_asked_for_is_the_users(void **state)
{
	(void)state;
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_rv(context_login(SO_PIN), CKR_PIN_INCORRECT);
	assert_true(token_flags() & CKF_USER_PIN_COUNT_LOW);
	assert_false(token_flags() & CKF_SO_PIN_COUNT_LOW);
	assert_ok(context_login(USER_PIN));
	assert_ok(sign(sizeof(signature)));
}

/* ---- what is not asked for ------------------------------------------------------------------- */

static void rule_180_without_operation_there_is_nothing_to_authenticate(void **state)
{
	(void)state;
	assert_rv(context_login(USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(context_login(WRONG_PIN), CKR_OPERATION_NOT_INITIALIZED);
	assert_false(token_flags() & CKF_USER_PIN_COUNT_LOW);
	assert_ok(p11->C_FindObjectsInit(session, NULL, 0));
	assert_rv(context_login(USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(p11->C_FindObjectsFinal(session));
}

static void rule_180_a_key_that_does_not_ask_is_not_disturbed(void **state)
{
	(void)state;
	assert_ok(p11->C_SignInit(session, &ecdsa, plain_key));
	assert_rv(context_login(USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
	assert_rv(context_login(WRONG_PIN), CKR_OPERATION_NOT_INITIALIZED);
	assert_ok(sign(sizeof(signature)));
}

static void rule_182_session_state_stays_through_a_context_login(void **state)
{
	CK_SESSION_HANDLE ro = open_ro();
	CK_ULONG length = sizeof(signature);
	(void)state;

	assert_ok(p11->C_SignInit(ro, &ecdsa, careful_key));
	assert_rv(login_as(ro, CKU_CONTEXT_SPECIFIC, WRONG_PIN), CKR_PIN_INCORRECT);
	assert_int_equal(session_state(ro), CKS_RO_USER_FUNCTIONS);
	assert_ok(login_as(ro, CKU_CONTEXT_SPECIFIC, USER_PIN));
	assert_int_equal(session_state(ro), CKS_RO_USER_FUNCTIONS);
	assert_int_equal(session_state(session), CKS_RW_USER_FUNCTIONS);
	assert_ok(p11->C_Sign(ro, hash, sizeof(hash), signature, &length));
	assert_int_equal(session_state(ro), CKS_RO_USER_FUNCTIONS);
}

/* ---- length queries -------------------------------------------------------------------------- */

static void rule_183_length_query_neither_needs_nor_uses_up_the_login(void **state)
{
	CK_ULONG length = 0;
	(void)state;

	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_ok(p11->C_Sign(session, hash, sizeof(hash), NULL, &length));
	assert_true(length >= 64);
	assert_ok(context_login(USER_PIN));
	length = 0;
	assert_ok(p11->C_Sign(session, hash, sizeof(hash), NULL, &length));
	assert_true(length >= 64);
	assert_ok(sign(sizeof(signature)));
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_ok(p11->C_Sign(session, hash, sizeof(hash), NULL, &length));
	assert_rv(sign(sizeof(signature)), CKR_USER_NOT_LOGGED_IN);
}

static void rule_184_too_small_a_buffer_keeps_the_login(void **state)
{
	(void)state;
	assert_ok(p11->C_SignInit(session, &ecdsa, careful_key));
	assert_ok(context_login(USER_PIN));
	assert_rv(sign(10), CKR_BUFFER_TOO_SMALL);
	assert_rv(sign(0), CKR_BUFFER_TOO_SMALL);
	assert_ok(sign(sizeof(signature)));
	assert_ok(verify());
}

#define WITH_KEYS(name) cmocka_unit_test_setup_teardown(name, setup_keys, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(rule_174_only_private_keys_that_are_private_may_always_ask),
		WITH_KEYS(rule_174_a_copy_cannot_become_public),
		WITH_KEYS(rules_175_177_init_then_login_then_sign),
		WITH_KEYS(rule_175_login_before_init_comes_too_early),
		WITH_KEYS(rule_176_sign_without_context_login_is_refused),
		WITH_KEYS(rule_176_multi_part_without_context_login_is_refused),
		WITH_KEYS(rule_176_decrypt_without_context_login_is_refused),
		WITH_KEYS(rule_177_each_operation_needs_its_own_login),
		WITH_KEYS(rule_177_one_login_covers_a_multi_part_operation),
		WITH_KEYS(rule_177_an_operation_that_ends_badly_takes_the_login_along),
		WITH_KEYS(rule_177_login_in_one_session_is_not_for_another),
		WITH_KEYS(rules_164_177_login_user_authenticates_the_context_too),
		WITH_KEYS(rule_178_wrong_pin_leaves_the_operation_as_it_was),
		WITH_KEYS(rule_178_wrong_pin_does_not_authorise),
		WITH_KEYS(rule_179_wrong_pins_lock_and_log_the_user_out),
		WITH_KEYS(rules_179_181_context_and_ordinary_logins_share_one_counter),
		WITH_KEYS(rule_180_without_operation_there_is_nothing_to_authenticate),
		WITH_KEYS(rule_180_a_key_that_does_not_ask_is_not_disturbed),
		WITH_KEYS(rule_181_the_pin_asked_for_is_the_users),
		WITH_KEYS(rule_182_session_state_stays_through_a_context_login),
		WITH_KEYS(rule_183_length_query_neither_needs_nor_uses_up_the_login),
		WITH_KEYS(rule_184_too_small_a_buffer_keeps_the_login),
	};
	return cmocka_run_group_tests_name("context_login", tests, NULL, NULL);
}
