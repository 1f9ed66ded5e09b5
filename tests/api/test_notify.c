/* SPDX-License-Identifier: Apache-2.0 */
/* Callbacks into the application (rules 388 to 392, 130) and what applications may say about
 * validation (395, 396). RSA key generation is the long work here: it asks now and then whether to
 * go on, so each test needs at least one such question. */
#include "harness.h"

struct application {
	CK_SESSION_HANDLE session; /* that the callback must name */
	CK_SESSION_HANDLE other;   /* to work with meanwhile, or 0 */
	CK_RV answer;
	int calls, wrong;
};

static CK_RV notify(CK_SESSION_HANDLE session, CK_NOTIFICATION event, CK_VOID_PTR opaque)
{
	struct application *application = opaque;
	CK_SESSION_INFO info;
	CK_BYTE noise[8];

	application->calls++;
	if (session != application->session || event != CKN_SURRENDER)
		application->wrong++;
	if (application->other && (p11->C_GetSessionInfo(application->other, &info) != CKR_OK ||
	                           p11->C_GenerateRandom(application->other, noise, sizeof(noise)) != CKR_OK))
		application->wrong++;
	return application->answer;
}

static void open_with_callback(struct application *application)
{
	*application = (struct application){.answer = CKR_OK};
	assert_ok(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, application, notify,
	                             &application->session));
}

static CK_RV generate_rsa(CK_SESSION_HANDLE session)
{
	CK_MECHANISM mechanism = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_ULONG bits = 2048;
	CK_ATTRIBUTE public_template[] = {{CKA_MODULUS_BITS, &bits, sizeof(bits)}};
	CK_ATTRIBUTE private_template[] = {{CKA_PRIVATE, &no, sizeof(no)}};
	CK_OBJECT_HANDLE public = CK_INVALID_HANDLE, private = CK_INVALID_HANDLE;

	return p11->C_GenerateKeyPair(session, &mechanism, public_template, 1, private_template, 1, &public, &private);
}

static void rules_130_388_long_work_asks_with_the_session_s_own_pointer(void **state)
{
	struct application application;

	(void)state;
	open_with_callback(&application);
	assert_ok(generate_rsa(application.session));
	assert_int_not_equal(application.calls, 0);
	assert_int_equal(application.wrong, 0);
}

static void rule_388_the_application_may_use_other_sessions_meanwhile(void **state)
{
	struct application application;

	(void)state;
	open_with_callback(&application);
	application.other = open_ro();
	assert_ok(generate_rsa(application.session));
	assert_int_not_equal(application.calls, 0);
	assert_int_equal(application.wrong, 0);
}

static void rules_389_203_cancel_ends_the_call_and_makes_nothing(void **state)
{
	struct application application;

	(void)state;
	open_with_callback(&application);
	application.answer = CKR_CANCEL;
	assert_rv(generate_rsa(application.session), CKR_FUNCTION_CANCELED);
	assert_int_equal(application.calls, 1);
	assert_int_equal(count_objects(application.session), 0);
	application.answer = CKR_OK;
	assert_ok(generate_rsa(application.session));
	assert_int_equal(count_objects(application.session), 2);
}

static void rule_390_other_answers_do_not_stop_the_work(void **state)
{
	static const CK_RV answers[] = {CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED, CKR_ARGUMENTS_BAD, ~0UL};
	struct application application;

	(void)state;
	open_with_callback(&application);
	for (size_t i = 0; i < COUNT(answers); i++) {
		application.answer = answers[i];
		assert_ok(generate_rsa(application.session));
	}
	assert_int_not_equal(application.calls, 0);
}

static void rule_392_each_session_has_its_own_callback_or_none(void **state)
{
	struct application first, second;
	CK_SESSION_HANDLE without = open_rw();

	(void)state;
	open_with_callback(&first);
	open_with_callback(&second);
	assert_ok(generate_rsa(without));
	assert_int_equal(first.calls + second.calls, 0);
	assert_ok(generate_rsa(second.session));
	assert_int_equal(first.calls, 0);
	assert_int_not_equal(second.calls, 0);
	assert_int_equal(second.wrong, 0);
}

/* A key pair is made beside the digest, which therefore stays (rule 370). */
static void rule_370_cancelling_leaves_the_digest_beside_it_alone(void **state)
{
	CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0};
	struct application application;
	CK_BYTE digest[32];
	CK_ULONG length = sizeof(digest);

	(void)state;
	open_with_callback(&application);
	assert_ok(p11->C_DigestInit(application.session, &sha256));
	application.answer = CKR_CANCEL;
	assert_rv(generate_rsa(application.session), CKR_FUNCTION_CANCELED);
	assert_ok(p11->C_Digest(application.session, digest, 0, digest, &length));
	assert_rv(p11->C_DigestFinal(application.session, digest, &length), CKR_OPERATION_NOT_INITIALIZED);
}

/* ---- validation ------------------------------------------------------------------------------- */

static void rule_395_validation_flags_cannot_be_given(void **state)
{
	CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
	CK_SESSION_HANDLE session = open_rw();
	CK_ULONG flags = 1, length = 16;
	CK_OBJECT_HANDLE key;
	CK_ATTRIBUTE template[] = {
		{CKA_VALUE_LEN, &length, sizeof(length)},
		{CKA_PRIVATE, &no, sizeof(no)},
		{CKA_OBJECT_VALIDATION_FLAGS, &flags, sizeof(flags)},
	};

	(void)state;
	assert_ok(p11->C_GenerateKey(session, &mechanism, template, 2, &key));
	assert_rv_in(p11->C_GenerateKey(session, &mechanism, template, 3, &key), CKR_ATTRIBUTE_READ_ONLY,
	             CKR_ATTRIBUTE_TYPE_INVALID);
}

static void rules_396_204_validation_objects_cannot_be_made(void **state)
{
	CK_OBJECT_CLASS class = CKO_VALIDATION;
	CK_ATTRIBUTE template[] = {
		{CKA_CLASS, &class, sizeof(class)},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_PRIVATE, &no, sizeof(no)},
	};
	CK_SESSION_HANDLE session = open_rw();
	CK_OBJECT_HANDLE object;

	(void)state;
	login_user(session);
	assert_rv_in(p11->C_CreateObject(session, template, COUNT(template), &object), CKR_ATTRIBUTE_VALUE_INVALID,
	             CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT);
	assert_int_equal(count_objects(session), 0);
}

#define TOKEN(name) cmocka_unit_test_setup_teardown(name, setup_token, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TOKEN(rules_130_388_long_work_asks_with_the_session_s_own_pointer),
		TOKEN(rule_388_the_application_may_use_other_sessions_meanwhile),
		TOKEN(rules_389_203_cancel_ends_the_call_and_makes_nothing),
		TOKEN(rule_390_other_answers_do_not_stop_the_work),
		TOKEN(rule_392_each_session_has_its_own_callback_or_none),
		TOKEN(rule_370_cancelling_leaves_the_digest_beside_it_alone),
		TOKEN(rule_395_validation_flags_cannot_be_given),
		TOKEN(rules_396_204_validation_objects_cannot_be_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
