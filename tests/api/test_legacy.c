/* SPDX-License-Identifier: Apache-2.0 */
/* The legacy functions of section 5.20, rules 376 and 377, and that no other function says that it is not there. */
#include "operations.h"

struct value {
	CK_ULONG number;
	void *pointer;
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

static void every_function_is_there(void **state)
{
	static const char *const names[] = {
#define CALL(function, names, list) #function,
#include "arguments.inc"
#undef CALL
	};
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		/* Not these two: the library stays as it is for the others. */
		if (strcmp(names[i], "C_Finalize") == 0 || strcmp(names[i], "C_Initialize") == 0)
			continue;
		if (call_with(names[i], sess, NULL) == CKR_FUNCTION_NOT_SUPPORTED)
			fail_msg("%s is not supported", names[i]);
		seen++;
	}
	assert_int_equal(seen, 102);
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
		WITH_KEYS(every_function_is_there),
		WITH_KEYS(rule_376_the_legacy_functions_are_not_parallel),
		WITH_KEYS(rule_377_the_legacy_functions_look_at_the_session_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
