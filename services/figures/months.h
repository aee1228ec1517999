/* Calendar months of Danish time, as "2026-10" and as moments. Pure. */
#pragma once

#include "common/base/error.h"

#include <stddef.h>
#include <stdint.h>

#define MONTHS_CAP 36
#define MONTH_TEXT_SIZE 8

/* Months since year 0, so that they can be counted. */
struct months {
    int64_t first;
    size_t count; /* 1 to MONTHS_CAP */
};

/* "2026-10"; years 2000 to 2999. ERROR_INVALID for everything else. */
MUST_CHECK int month_read(const char *text, int64_t *month);
void month_text(int64_t month, char text[MONTH_TEXT_SIZE]);
/* The month that a moment lies in, and the moment when a month begins. */
int64_t month_of(int64_t time);
int64_t month_begins(int64_t month);
