/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves include/pkcs11.h and src/api/calls.h against the tables of the standard:
 * every constant, every type, the size of every structure, type and offset of every
 * member, the place of every pointer in the three function lists, every prototype.
 * Knows only what header_rows.inc states. Sizes and offsets are those of LP64.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pkcs11.h"

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* 1 when two types are the same; arrays too, since only pointers to them are compared. */
#define SAME_TYPE(one, other)                                                                      \
    _Generic((__typeof__(one) *)0, __typeof__(other) *: true, default: false)
#define MEMBER_TYPE(type, member) __typeof__(((type *)0)->member)

struct number {
    const char *name;
    CK_ULONG have;
    CK_ULONG want;
};

struct match {
    const char *name;
    bool same;
};

static const struct number constants[] = {
#define CONSTANT(name, value) { #name, name, value },
#include "header_rows.inc"
};

static const struct match types[] = {
#define TYPE(name, meaning) { #name, SAME_TYPE(name, meaning) },
#define CALLBACK(name, params) { #name, SAME_TYPE(name, CK_RV(*) params) },
#include "header_rows.inc"
};

static const struct number sizes[] = {
#define STRUCT(name, size) { #name, sizeof(struct name), size },
#include "header_rows.inc"
};

static const struct number offsets[] = {
#define MEMBER(type, member, kind, offset) { #type "." #member, offsetof(type, member), offset },
#include "header_rows.inc"
};

static const struct match member_types[] = {
#define MEMBER(type, member, kind, offset)                                                         \
    { #type "." #member, SAME_TYPE(MEMBER_TYPE(type, member), kind) },
#include "header_rows.inc"
};

static const struct number entries[] = {
#define ENTRY(list, function, position)                                                            \
    { #list "." #function, offsetof(list, function), (position) * sizeof(void (*)(void)) },
#include "header_rows.inc"
};

static const struct match entry_types[] = {
#define ENTRY(list, function, position)                                                            \
    { #list "." #function, SAME_TYPE(MEMBER_TYPE(list, function), CK_##function) },
#include "header_rows.inc"
};

static const struct match prototypes[] = {
#define CALL(name, first, object, params, args)                                                    \
    { #name, SAME_TYPE(__typeof__(&name), CK_RV(*) params) &&                                      \
                 SAME_TYPE(CK_##name, CK_RV(*) params) },
#include "api/calls.h"
#undef CALL
};

struct call_row {
    const char *name;
    const char *first;
    const char *object;
    const char *args;
};

static const struct call_row calls[] = {
#define CALL(name, first, object, params, args) { #name, #first, #object, #args },
#include "api/calls.h"
#undef CALL
};

/* The names of the 3.2 list in the order of the table. */
static const char *const names[] = {
#define ENTRIES_CK_FUNCTION_LIST(name)
#define ENTRIES_CK_FUNCTION_LIST_3_0(name)
#define ENTRIES_CK_FUNCTION_LIST_3_2(name) name,
#define ENTRY(list, function, position) ENTRIES_##list(#function)
#include "header_rows.inc"
};

/* Forwarders to another list: they compile only if params and args of a row belong together. */
static const CK_FUNCTION_LIST_3_2 *target;
#define CALL(name, first, object, params, args)                                                    \
    static CK_RV forward_##name params                                                             \
    {                                                                                              \
        return target->name args;                                                                  \
    }
#include "api/calls.h"
#undef CALL

#define IN_2_40_2_40(...) __VA_ARGS__
#define IN_2_40_3_0(...)
#define IN_2_40_3_2(...)
#define IN_3_0_2_40(...) __VA_ARGS__
#define IN_3_0_3_0(...) __VA_ARGS__
#define IN_3_0_3_2(...)

/* The three lists, built as the comment in calls.h says. */
static const CK_FUNCTION_LIST list_2_40 = {
    .version = { 2, 40 },
#define CALL(name, first, object, params, args) IN_2_40_##first(.name = forward_##name,)
#include "api/calls.h"
#undef CALL
};

static const CK_FUNCTION_LIST_3_0 list_3_0 = {
    .version = { 3, 0 },
#define CALL(name, first, object, params, args) IN_3_0_##first(.name = forward_##name,)
#include "api/calls.h"
#undef CALL
};

static const CK_FUNCTION_LIST_3_2 list_3_2 = {
    .version = { 3, 2 },
#define CALL(name, first, object, params, args) .name = forward_##name,
#include "api/calls.h"
#undef CALL
};

static void check_numbers(const struct number *rows, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].have != rows[i].want) {
            print_error("%s is %#lx, not %#lx\n", rows[i].name, rows[i].have, rows[i].want);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void check_matches(const struct match *rows, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].same) {
            print_error("%s has another type than its table says\n", rows[i].name);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void skip_unless_lp64(void)
{
    if (sizeof(CK_ULONG) != 8 || sizeof(CK_VOID_PTR) != 8) {
        print_message("sizes and offsets are known for LP64 only\n");
        skip();
    }
}

static void test_constants(void **state)
{
    (void)state;
    assert_int_equal(ARRAY_LEN(constants), 1050);
    check_numbers(constants, ARRAY_LEN(constants));
}

static void test_types(void **state)
{
    (void)state;
    check_matches(types, ARRAY_LEN(types));
    assert_int_equal(sizeof(CK_BYTE), 1);
    assert_int_equal(sizeof(CK_ULONG), sizeof(long));
}

static void test_struct_sizes(void **state)
{
    (void)state;
    skip_unless_lp64();
    assert_int_equal(ARRAY_LEN(sizes), 97 + 3);
    check_numbers(sizes, ARRAY_LEN(sizes));
}

static void test_struct_members(void **state)
{
    (void)state;
    check_matches(member_types, ARRAY_LEN(member_types));
    skip_unless_lp64();
    check_numbers(offsets, ARRAY_LEN(offsets));
}

static void test_function_lists(void **state)
{
    (void)state;
    assert_int_equal(ARRAY_LEN(entries), 68 + 92 + 104);
    check_numbers(entries, ARRAY_LEN(entries));
    check_matches(entry_types, ARRAY_LEN(entry_types));
}

static void test_calls_are_the_table(void **state)
{
    (void)state;
    assert_int_equal(ARRAY_LEN(calls), 104);
    assert_int_equal(ARRAY_LEN(names), ARRAY_LEN(calls));
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        assert_string_equal(calls[i].name, names[i]);
        assert_string_equal(calls[i].first, i < 68 ? "2_40" : i < 92 ? "3_0" : "3_2");
    }
    check_matches(prototypes, ARRAY_LEN(prototypes));
}

static void test_calls_name_their_object(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        const char *want = "NONE";
        if (strncmp(calls[i].args, "(hSession", 9) == 0) {
            want = "SESSION";
        } else if (strncmp(calls[i].args, "(slotID", 7) == 0) {
            want = "SLOT";
        }
        assert_string_equal(calls[i].object, want);
    }
}

/* Whether the pointer at this index is set; read as bytes, since the members have many types. */
static bool filled(const void *list, size_t index)
{
    void (*entry)(void);
    memcpy(&entry, (const unsigned char *)list + (index + 1) * sizeof(entry), sizeof(entry));
    return entry != NULL;
}

static void test_calls_fill_the_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < 68; i++) {
        assert_true(filled(&list_2_40, i));
    }
    for (size_t i = 0; i < 92; i++) {
        assert_true(filled(&list_3_0, i));
    }
    for (size_t i = 0; i < 104; i++) {
        assert_true(filled(&list_3_2, i));
    }
}

static CK_ULONG seen_pin_len;

static CK_RV fake_login(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin,
                        CK_ULONG ulPinLen)
{
    (void)hSession;
    (void)pPin;
    seen_pin_len = ulPinLen;
    return userType == CKU_SO ? CKR_OK : CKR_USER_TYPE_INVALID;
}

static void test_calls_forward_arguments(void **state)
{
    (void)state;
    CK_FUNCTION_LIST_3_2 fake = { .version = { 3, 2 }, .C_Login = fake_login };
    CK_UTF8CHAR pin[] = "1234";
    target = &fake;
    assert_int_equal(list_2_40.C_Login(7, CKU_SO, pin, 4), CKR_OK);
    assert_int_equal(seen_pin_len, 4);
    assert_int_equal(list_3_2.C_Login(7, CKU_USER, pin, 3), CKR_USER_TYPE_INVALID);
    assert_int_equal(seen_pin_len, 3);
    target = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_struct_sizes),
        cmocka_unit_test(test_struct_members),
        cmocka_unit_test(test_function_lists),
        cmocka_unit_test(test_calls_are_the_table),
        cmocka_unit_test(test_calls_name_their_object),
        cmocka_unit_test(test_calls_fill_the_lists),
        cmocka_unit_test(test_calls_forward_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
