/* SPDX-License-Identifier: Apache-2.0 */
/* Time as the token sees it. */
#ifndef CONCLAVE_BASE_CLOCK_H
#define CONCLAVE_BASE_CLOCK_H

#include "base/compiler.h"

uint64_t clock_monotonic_ns(void);
/* Nanoseconds since 1970-01-01T00:00:00Z. */
uint64_t clock_realtime_ns(void);
/* A point of time in UTC, in the parts that people write. */
struct clock_utc {
	int year;
	unsigned month, day, hour, minute, second, millisecond; /* month and day from 1 */
};

/* From seconds since 1970-01-01T00:00:00Z; no leap seconds, no time zone. */
void clock_utc_from(int64_t seconds, struct clock_utc *ret);
void clock_utc_now(struct clock_utc *ret);
/* CK_TOKEN_INFO.utcTime: YYYYMMDDhhmmss00, 16 characters, no NUL (§3.2.3). */
void clock_utc16(CK_CHAR ret[16]);

#endif
