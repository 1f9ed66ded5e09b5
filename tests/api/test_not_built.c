/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that this token does not have yet say so, after the checks that every call makes, and change nothing; the
 * legacy functions of section 5.20, rules 376 and 377. A function that gets its body leaves the list here. */
#include "operations.h"

struct value {
	CK_ULONG number;
	void *pointer;
};

static const char *const not_built[] = {
	"C_AsyncComplete", "C_AsyncGetID", "C_AsyncJoin",
};

#define MAX_ARGUMENTS 12

static CK_RV call(const char *name, const struct value *v)
{
#define CALL(function, names, list) \
	if (strcmp(name, #function) == 0) \
		return p11->function list;
#include "arguments.inc"
#undef CALL
	fail_msg("no function %s", name);
	return CKR_GENERAL_ERROR;
}

static CK_RV call_with(const char *name, CK_SESSION_HANDLE session, void *pointer)
{
	struct value values[MAX_ARGUMENTS];

	for (size_t i = 0; i < MAX_ARGUMENTS; i++)
		values[i] = (struct value){0, pointer};
	values[0].number = session;
	return call(name, values);
}

static void functions_that_are_not_built_say_so(void **state)
{
	CK_BYTE room[256] = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(not_built); i++) {
		print_message("# %s\n", not_built[i]);
		assert_rv(call_with(not_built[i], sess, NULL), CKR_FUNCTION_NOT_SUPPORTED);
		assert_rv(call_with(not_built[i], sess, room), CKR_FUNCTION_NOT_SUPPORTED);
		for (size_t k = 0; k < sizeof(room); k++)
			assert_int_equal(room[k], 0);
	}
}

static void functions_that_are_not_built_look_at_the_session_first(void **state)
{
	CK_SESSION_HANDLE closed = open_rw();

	(void)state;
	close_session(closed);
	for (size_t i = 0; i < COUNT(not_built); i++)
		assert_rv(call_with(not_built[i], closed, NULL), CKR_SESSION_HANDLE_INVALID);
	finalize();
	for (size_t i = 0; i < COUNT(not_built); i++)
		assert_rv(call_with(not_built[i], sess, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static void functions_that_are_not_built_disturb_nothing(void **state)
{
	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		renew_session();
		assert_ok(start((enum kind)kind));
		for (size_t i = 0; i < COUNT(not_built); i++)
			assert_rv(call_with(not_built[i], sess, NULL), CKR_FUNCTION_NOT_SUPPORTED);
		assert_true(is_active((enum kind)kind));
	}
}

static void rule_376_the_legacy_functions_are_not_parallel(void **state)
{
	(void)state;
	assert_rv(p11->C_GetFunctionStatus(sess), CKR_FUNCTION_NOT_PARALLEL);
	assert_rv(p11->C_CancelFunction(sess), CKR_FUNCTION_NOT_PARALLEL);
	for (int kind = 0; kind < KINDS; kind++) {
		renew_session();
		assert_ok(start((enum kind)kind));
		assert_rv(p11->C_GetFunctionStatus(sess), CKR_FUNCTION_NOT_PARALLEL);
		assert_rv(p11->C_CancelFunction(sess), CKR_FUNCTION_NOT_PARALLEL);
		assert_true(is_active((enum kind)kind));
	}
}

static void rule_377_the_legacy_functions_look_at_the_session_first(void **state)
{
	CK_SESSION_HANDLE closed = open_rw();

	(void)state;
	close_session(closed);
	assert_rv(p11->C_GetFunctionStatus(closed), CKR_SESSION_HANDLE_INVALID);
	assert_rv(p11->C_CancelFunction(closed), CKR_SESSION_HANDLE_INVALID);
	finalize();
	assert_rv(p11->C_GetFunctionStatus(sess), CKR_CRYPTOKI_NOT_INITIALIZED);
	assert_rv(p11->C_CancelFunction(sess), CKR_CRYPTOKI_NOT_INITIALIZED);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(functions_that_are_not_built_say_so),
		WITH_KEYS(functions_that_are_not_built_look_at_the_session_first),
		WITH_KEYS(functions_that_are_not_built_disturb_nothing),
		WITH_KEYS(rule_376_the_legacy_functions_are_not_parallel),
		WITH_KEYS(rule_377_the_legacy_functions_look_at_the_session_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
