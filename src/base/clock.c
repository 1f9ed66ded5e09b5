/* SPDX-License-Identifier: Apache-2.0 */
/* Time as the token sees it: UTC without the C library's time zone code, whose lock a fork child may
 * inherit taken, and a clock that only goes forward. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS 86400
#define NS_PER_SECOND 1000000000u

uint64_t clock_monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t clock_realtime_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/* Days since 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that the
 * day which leap years add is the last one. */
static void civil_from_days(int64_t days, struct clock_utc *ret)
{
	int64_t z = days + 719468; /* 0000-03-01 */
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	ret->day = (unsigned)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
	ret->month = (unsigned)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
	ret->year = (int)(year_of_era + era * 400 + (ret->month <= 2));
}

void clock_utc_from(int64_t seconds, struct clock_utc *ret)
{
	int64_t days = seconds / DAY_SECONDS;
	int64_t rest = seconds % DAY_SECONDS;
	if (rest < 0) {
		rest += DAY_SECONDS;
		days--;
	}
	civil_from_days(days, ret);
	ret->hour = (unsigned)(rest / 3600);
	ret->minute = (unsigned)(rest / 60 % 60);
	ret->second = (unsigned)(rest % 60);
	ret->millisecond = 0;
}

void clock_utc_now(struct clock_utc *ret)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_utc_from(now.tv_sec, ret);
	ret->millisecond = (unsigned)(now.tv_nsec / 1000000);
}

void clock_utc16(CK_CHAR ret[16])
{
	struct clock_utc utc;
	clock_utc_now(&utc);
	char text[64];
	snprintf(text, sizeof(text), "%04u%02u%02u%02u%02u%02u00", (unsigned)utc.year % 10000u, utc.month, utc.day, utc.hour,
		 utc.minute, utc.second);
	memcpy(ret, text, 16);
}
