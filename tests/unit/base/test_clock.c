/* SPDX-License-Identifier: Apache-2.0 */
/* Time: the calendar, the form of CK_TOKEN_INFO, and a clock that does not go back. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

static void seconds_become_dates(void **state unused)
{
	static const struct {
		int64_t seconds;
		struct clock_utc utc;
	} rows[] = {
		{0, {1970, 1, 1, 0, 0, 0, 0}},
		{-1, {1969, 12, 31, 23, 59, 59, 0}},
		{951782399, {2000, 2, 28, 23, 59, 59, 0}},
		{951782400, {2000, 2, 29, 0, 0, 0, 0}},
		{951868800, {2000, 3, 1, 0, 0, 0, 0}},
		{1709251199, {2024, 2, 29, 23, 59, 59, 0}},
		{1735689599, {2024, 12, 31, 23, 59, 59, 0}},
		{2147483648, {2038, 1, 19, 3, 14, 8, 0}},
		{4107542400, {2100, 3, 1, 0, 0, 0, 0}},
		{253402300799, {9999, 12, 31, 23, 59, 59, 0}},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		struct clock_utc utc;
		clock_utc_from(rows[i].seconds, &utc);
		assert_memory_equal(&utc, &rows[i].utc, sizeof(utc));
	}
}

static void dates_agree_with_the_c_library(void **state unused)
{
	for (int64_t t = -2000000000; t < 5000000000; t += 86399 * 37) {
		struct clock_utc utc;
		time_t seconds = (time_t)t;
		struct tm tm;
		clock_utc_from(t, &utc);
		gmtime_r(&seconds, &tm);
		assert_int_equal(utc.year, tm.tm_year + 1900);
		assert_int_equal(utc.month, tm.tm_mon + 1);
		assert_int_equal(utc.day, tm.tm_mday);
		assert_int_equal(utc.hour, tm.tm_hour);
		assert_int_equal(utc.minute, tm.tm_min);
		assert_int_equal(utc.second, tm.tm_sec);
	}
}

static void the_tokens_time_has_sixteen_digits_and_no_end(void **state unused)
{
	CK_CHAR text[17];
	text[16] = '#';
	clock_utc16(text);
	for (int i = 0; i < 16; i++)
		assert_in_range(text[i], '0', '9');
	assert_memory_equal(text, "20", 2);
	assert_memory_equal(text + 14, "00", 2);
	assert_int_equal(text[16], '#');
}

static void the_monotonic_clock_does_not_go_back(void **state unused)
{
	uint64_t before = clock_monotonic_ns();
	assert_true(before > 0);
	for (int i = 0; i < 1000; i++) {
		uint64_t now = clock_monotonic_ns();
		assert_true(now >= before);
		before = now;
	}
}

int main(void)
{
	static const struct CMUnitTest suite[] = {
		cmocka_unit_test(seconds_become_dates),
		cmocka_unit_test(dates_agree_with_the_c_library),
		cmocka_unit_test(the_tokens_time_has_sixteen_digits_and_no_end),
		cmocka_unit_test(the_monotonic_clock_does_not_go_back),
	};
	return cmocka_run_group_tests(suite, NULL, NULL);
}
