/* SPDX-License-Identifier: Apache-2.0 */
/* memory:?label=...&pin=...: a token that is there when C_Initialize returns, for test suites of others. */
#include "harness.h"

static void initialize_with(const char *uri)
{
	setenv("CONCLAVE_STORE", uri, 1);
	initialize();
}

static CK_ULONG token_count(void)
{
	CK_ULONG count = 0;

	assert_ok(p11->C_GetSlotList(CK_TRUE, NULL, &count));
	return count;
}

static void expect_label(const char *label)
{
	CK_TOKEN_INFO info;

	slot = first_slot();
	assert_ok(p11->C_GetTokenInfo(slot, &info));
	assert_true(is_padded(info.label, sizeof(info.label)));
	assert_memory_equal(info.label, label, strlen(label));
	assert_int_equal(info.flags & (CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED), CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED);
}

static void a_token_with_both_pins_is_there_at_once(void **state)
{
	(void)state;
	initialize_with("memory:?label=my%20ci&pin=1234&so_pin=the%26so");
	expect_label("my ci ");
	CK_SESSION_HANDLE session = open_rw();
	assert_rv(login_as(session, CKU_USER, "9999"), CKR_PIN_INCORRECT);
	assert_ok(login_as(session, CKU_USER, "1234"));
	make_aes(session, true, true);
	logout(session);
	assert_rv(login_as(session, CKU_SO, "1234"), CKR_PIN_INCORRECT);
	assert_ok(login_as(session, CKU_SO, "the&so"));
	finalize();
}

static void label_and_so_pin_have_defaults(void **state)
{
	(void)state;
	initialize_with("memory:?pin=1234");
	expect_label("memory ");
	CK_SESSION_HANDLE session = open_rw();
	assert_ok(login_as(session, CKU_SO, "1234"));
	finalize();
}

static void each_library_life_has_a_new_one(void **state)
{
	CK_TOKEN_INFO first, second;

	(void)state;
	initialize_with("memory:?pin=1234");
	slot = first_slot();
	assert_ok(p11->C_GetTokenInfo(slot, &first));
	finalize();
	initialize();
	assert_ok(p11->C_GetTokenInfo(first_slot(), &second));
	assert_int_equal(token_count(), 1);
	assert_memory_not_equal(first.serialNumber, second.serialNumber, sizeof(first.serialNumber));
	finalize();
}

static void a_uri_that_makes_no_sense_gives_no_token(void **state)
{
	static const char *const uris[] = {
		"memory:?", "memory:?label=ci", "memory:?pin=", "memory:?pin=123", "memory:?pin=1234&pin=1234", "memory:?pin=1234&user=x",
		"memory:?pin=1234&so_pin=1", "memory:?1234", "memory:?pin=%ff%ff%ff%ff",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(uris); i++) {
		initialize_with(uris[i]);
		assert_int_equal(token_count(), 1); /* the empty slot, whose token can be made */
		slot = first_slot();
		assert_int_equal(token_flags() & CKF_TOKEN_INITIALIZED, 0);
		assert_ok(init_token(slot, SO_PIN, TOKEN_LABEL));
		finalize();
	}
}

int main(void)
{
#define MODULE(test) cmocka_unit_test_setup_teardown(test, setup_module, teardown)
	const struct CMUnitTest tests[] = {
		MODULE(a_token_with_both_pins_is_there_at_once),
		MODULE(label_and_so_pin_have_defaults),
		MODULE(each_library_life_has_a_new_one),
		MODULE(a_uri_that_makes_no_sense_gives_no_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
