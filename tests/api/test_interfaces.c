/* SPDX-License-Identifier: Apache-2.0 */
/* Function lists and interfaces: what C_GetFunctionList, C_GetInterfaceList and C_GetInterface hand
 * out, before and after C_Initialize (rules 11, 23 to 37). Knows no token. */
#include "harness.h"

#include <dlfcn.h>

#define INTERFACE_NAME "PKCS 11"

static CK_UTF8CHAR_PTR name_of(const char *text)
{
	return (CK_UTF8CHAR_PTR)(uintptr_t)text;
}

/* The exported functions themselves: some tests run before there is any list. */
static CK_C_GetFunctionList get_function_list;
static CK_C_GetInterfaceList get_interface_list;
static CK_C_GetInterface get_interface;

static int setup_exports(void **state)
{
	if (setup_module(state))
		return -1;
	*(void **)&get_function_list = dlsym(module_handle, "C_GetFunctionList");
	*(void **)&get_interface_list = dlsym(module_handle, "C_GetInterfaceList");
	*(void **)&get_interface = dlsym(module_handle, "C_GetInterface");
	return get_function_list && get_interface_list && get_interface ? 0 : -1;
}

static const CK_VERSION *version_of(const CK_INTERFACE *interface)
{
	return interface->pFunctionList;
}

static void assert_version(const CK_VERSION *version, int major, int minor)
{
	assert_int_equal(version->major, major);
	assert_int_equal(version->minor, minor);
}

static CK_INTERFACE *interface_with(CK_BYTE major, CK_BYTE minor)
{
	CK_VERSION version = {major, minor};
	CK_INTERFACE_PTR interface = NULL;

	assert_ok(get_interface(name_of(INTERFACE_NAME), &version, &interface, 0));
	assert_non_null(interface);
	return interface;
}

static CK_ULONG interface_count(void)
{
	CK_ULONG count = 4711;

	assert_ok(get_interface_list(NULL, &count));
	assert_in_range(count, 1, 16);
	return count;
}

static void every_way_to_a_list_works(void)
{
	CK_FUNCTION_LIST_PTR list = NULL;
	CK_INTERFACE interfaces[16];
	CK_ULONG count = COUNT(interfaces);
	CK_INTERFACE_PTR interface = NULL;

	assert_ok(get_function_list(&list));
	assert_non_null(list);
	assert_ok(get_interface_list(interfaces, &count));
	assert_ok(get_interface(NULL, NULL, &interface, 0));
	assert_non_null(interface);
}

static void rule_11_lists_are_there_before_and_after_the_library_runs(void **state)
{
	(void)state;
	every_way_to_a_list_works();
	initialize();
	every_way_to_a_list_works();
	finalize();
	every_way_to_a_list_works();
}

static void rules_11_403_null_places_are_refused(void **state)
{
	CK_VERSION version = {3, 2};

	(void)state;
	assert_rv(get_function_list(NULL), CKR_ARGUMENTS_BAD);
	assert_rv(get_interface_list(NULL, NULL), CKR_ARGUMENTS_BAD);
	assert_rv(get_interface(name_of(INTERFACE_NAME), &version, NULL, 0), CKR_ARGUMENTS_BAD);
}

/* Walks the pointers behind the version, whose count the standard fixes. */
static void assert_all_set(const void *list, size_t size, size_t expected)
{
	const char *bytes = list;
	size_t first = offsetof(CK_FUNCTION_LIST, C_Initialize);
	CK_RV (*function)(void);

	assert_int_equal((size - first) / sizeof(function), expected);
	for (size_t at = first; at < size; at += sizeof(function)) {
		memcpy(&function, bytes + at, sizeof(function));
		assert_true(function != NULL);
	}
}

static void rules_23_24_list_of_2_40_has_68_functions(void **state)
{
	(void)state;
	assert_all_set(p11_240, sizeof(CK_FUNCTION_LIST), 68);
}

static void rules_24_26_list_of_3_0_has_92_functions(void **state)
{
	(void)state;
	assert_all_set(interface_with(3, 0)->pFunctionList, sizeof(CK_FUNCTION_LIST_3_0), 92);
}

static void rules_24_27_list_of_3_2_has_104_functions(void **state)
{
	(void)state;
	assert_all_set(interface_with(3, 2)->pFunctionList, sizeof(CK_FUNCTION_LIST_3_2), 104);
}

static void rule_25_function_list_says_2_40(void **state)
{
	CK_FUNCTION_LIST_PTR list = NULL;

	(void)state;
	assert_ok(get_function_list(&list));
	assert_version(&list->version, 2, 40);
}

static void rules_26_27_newer_lists_say_their_version(void **state)
{
	CK_INFO info;

	(void)state;
	assert_version(version_of(interface_with(3, 0)), 3, 0);
	assert_version(version_of(interface_with(3, 2)), 3, 2);
	initialize();
	assert_ok(p11->C_GetInfo(&info));
	assert_version(&info.cryptokiVersion, 3, 2);
}

static void rule_28_null_list_gives_the_count(void **state)
{
	CK_ULONG zero = 0, huge = ~0UL;

	(void)state;
	assert_ok(get_interface_list(NULL, &zero));
	assert_ok(get_interface_list(NULL, &huge));
	assert_int_equal(zero, huge);
	assert_in_range(zero, 1, 16);
}

static void rule_29_short_list_is_too_small_and_count_is_true(void **state)
{
	CK_INTERFACE interfaces[16];
	CK_ULONG all = interface_count();

	(void)state;
	for (CK_ULONG room = 0; room < all; room++) {
		CK_ULONG count = room;
		memset(interfaces, 0, sizeof(interfaces));
		assert_rv(get_interface_list(interfaces, &count), CKR_BUFFER_TOO_SMALL);
		assert_int_equal(count, all);
		assert_null(interfaces[0].pFunctionList);
	}
	for (CK_ULONG room = all; room <= COUNT(interfaces); room++) {
		CK_ULONG count = room;
		assert_ok(get_interface_list(interfaces, &count));
		assert_int_equal(count, all);
	}
}

static void rules_30_34_name_must_match_exactly(void **state)
{
	static const char *const wrong[] = {"", "PKCS 1", "PKCS 11 ", "pkcs 11", "PKCS#11", "PKCS11", "Vendor Nobody"};
	CK_INTERFACE_PTR interface = NULL;

	(void)state;
	assert_ok(get_interface(name_of(INTERFACE_NAME), NULL, &interface, 0));
	assert_string_equal((const char *)interface->pInterfaceName, INTERFACE_NAME);
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_rv_in(get_interface(name_of(wrong[i]), NULL, &interface, 0), CKR_ARGUMENTS_BAD, CKR_FUNCTION_FAILED);
}

static void rule_30_null_name_gives_the_default_of_3_2(void **state)
{
	CK_INTERFACE_PTR interface = NULL;
	CK_VERSION old = {2, 40};

	(void)state;
	assert_ok(get_interface(NULL, NULL, &interface, 0));
	assert_string_equal((const char *)interface->pInterfaceName, INTERFACE_NAME);
	assert_version(version_of(interface), 3, 2);
	assert_ok(get_interface(NULL, &old, &interface, 0));
	assert_version(version_of(interface), 2, 40);
}

static void rule_31_version_must_match_exactly(void **state)
{
	static const CK_VERSION there[] = {{2, 40}, {3, 0}, {3, 2}};
	static const CK_VERSION not_there[] = {{2, 20}, {2, 39}, {2, 0}, {3, 3}, {3, 40}, {4, 0}, {0, 0}, {1, 2}};
	CK_INTERFACE_PTR interface = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(there); i++) {
		CK_VERSION version = there[i];
		assert_ok(get_interface(name_of(INTERFACE_NAME), &version, &interface, 0));
		assert_version(version_of(interface), version.major, version.minor);
	}
	for (size_t i = 0; i < COUNT(not_there); i++) {
		CK_VERSION version = not_there[i];
		assert_rv_in(get_interface(name_of(INTERFACE_NAME), &version, &interface, 0), CKR_ARGUMENTS_BAD,
		             CKR_FUNCTION_FAILED);
	}
}

static void rules_32_33_all_flags_asked_for_must_be_there(void **state)
{
	CK_INTERFACE_PTR interface = NULL;
	CK_RV rv;

	(void)state;
	rv = get_interface(NULL, NULL, &interface, CKF_INTERFACE_FORK_SAFE);
	assert_rv_in(rv, CKR_OK, CKR_ARGUMENTS_BAD, CKR_FUNCTION_FAILED);
	if (rv == CKR_OK)
		assert_true(interface->flags & CKF_INTERFACE_FORK_SAFE);
	assert_rv_in(get_interface(NULL, NULL, &interface, 1UL << 31), CKR_ARGUMENTS_BAD, CKR_FUNCTION_FAILED);
	assert_rv_in(get_interface(NULL, NULL, &interface, CKF_INTERFACE_FORK_SAFE | 1UL << 31), CKR_ARGUMENTS_BAD,
	             CKR_FUNCTION_FAILED);
}

static void rule_33_refusal_leaves_the_result_alone(void **state)
{
	CK_INTERFACE canary, *interface = &canary;

	(void)state;
	assert_rv_in(get_interface(name_of("Vendor Nobody"), NULL, &interface, 0), CKR_ARGUMENTS_BAD,
	             CKR_FUNCTION_FAILED);
	assert_ptr_equal(interface, &canary);
}

/* 2.40, 3.0 and 3.2, each once, all under the standard's name, each found again by C_GetInterface; what is ours is
 * under a vendor's name. */
static void rules_34_35_interfaces_listed_are_the_standard_ones_or_a_vendors(void **state)
{
	CK_INTERFACE interfaces[16];
	CK_ULONG count = COUNT(interfaces);
	unsigned seen = 0;

	(void)state;
	assert_ok(get_interface_list(interfaces, &count));
	for (CK_ULONG i = 0; i < count; i++) {
		const CK_VERSION *version = version_of(&interfaces[i]);
		unsigned bit = version->major == 2 ? 1 : version->minor == 0 ? 2 : 4;
		if (strncmp((const char *)interfaces[i].pInterfaceName, "Vendor ", 7) == 0)
			continue;
		assert_string_equal((const char *)interfaces[i].pInterfaceName, INTERFACE_NAME);
		assert_ptr_equal(interface_with(version->major, version->minor)->pFunctionList,
		                 interfaces[i].pFunctionList);
		assert_int_equal(seen & bit, 0);
		seen |= bit;
	}
	assert_int_equal(seen, 7);
}

static void rule_36_no_interface_promises_more_about_fork_than_it_keeps(void **state)
{
	CK_INTERFACE interfaces[16];
	CK_ULONG count = COUNT(interfaces);

	(void)state;
	assert_ok(get_interface_list(interfaces, &count));
	for (CK_ULONG i = 0; i < count; i++)
		assert_int_equal(interfaces[i].flags & CKF_INTERFACE_FORK_SAFE, 0);
}

static bool in_writable_memory(const void *address)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from, to;
	char line[512], access[5];
	bool writable = false;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %4s", &from, &to, access) == 3 && (uintptr_t)address >= from &&
		    (uintptr_t)address < to)
			writable = access[1] == 'w';
	fclose(maps);
	return writable;
}

static void rule_37_lists_are_out_of_reach_of_stray_writes(void **state)
{
	CK_INTERFACE *interface = interface_with(3, 2);

	(void)state;
	assert_false(in_writable_memory(interface->pFunctionList));
	assert_false(in_writable_memory(interface->pInterfaceName));
	assert_false(in_writable_memory(p11_240));
}

#define EXPORTS(name) cmocka_unit_test_setup_teardown(name, setup_exports, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EXPORTS(rule_11_lists_are_there_before_and_after_the_library_runs),
		EXPORTS(rules_11_403_null_places_are_refused),
		EXPORTS(rules_23_24_list_of_2_40_has_68_functions),
		EXPORTS(rules_24_26_list_of_3_0_has_92_functions),
		EXPORTS(rules_24_27_list_of_3_2_has_104_functions),
		EXPORTS(rule_25_function_list_says_2_40),
		EXPORTS(rules_26_27_newer_lists_say_their_version),
		EXPORTS(rule_28_null_list_gives_the_count),
		EXPORTS(rule_29_short_list_is_too_small_and_count_is_true),
		EXPORTS(rules_30_34_name_must_match_exactly),
		EXPORTS(rule_30_null_name_gives_the_default_of_3_2),
		EXPORTS(rule_31_version_must_match_exactly),
		EXPORTS(rules_32_33_all_flags_asked_for_must_be_there),
		EXPORTS(rule_33_refusal_leaves_the_result_alone),
		EXPORTS(rules_34_35_interfaces_listed_are_the_standard_ones_or_a_vendors),
		EXPORTS(rule_36_no_interface_promises_more_about_fork_than_it_keeps),
		EXPORTS(rule_37_lists_are_out_of_reach_of_stray_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
