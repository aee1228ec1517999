/*
 * Time, replaceable at one place. All times are microseconds since 1970-01-01T00:00:00Z
 * (`clock_now`) or since some fixed moment (`clock_monotonic`). A test calls clock_fake once and
 * then turns the hands itself; the fake clock moves both. Thread-safe.
 */
#pragma once

#include <stdint.h>

#define CLOCK_MILLISECOND INT64_C(1000)
#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR (60 * CLOCK_MINUTE)
#define CLOCK_DAY (24 * CLOCK_HOUR)

int64_t clock_now(void);
int64_t clock_monotonic(void);

void clock_fake(int64_t now);     /* from here on the clock stands still at `now` */
void clock_advance(int64_t step); /* asserts that the clock is fake */
void clock_real(void);            /* back to the machine's clock */

#define CLOCK_TEXT_SIZE 32
/* RFC 3339 in UTC with milliseconds: 2026-11-22T05:51:10.123Z */
void clock_text(int64_t time, char text[CLOCK_TEXT_SIZE]);
