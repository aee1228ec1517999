/* Days since 1970-01-01 as text and back. Pure; years 1 to 9999. */
#pragma once

#include "common/base/error.h"

#include <stdint.h>

#define DAY_TEXT_SIZE 16

void day_iso(int32_t day, char text[DAY_TEXT_SIZE]);    /* 2026-02-03 */
void day_danish(int32_t day, char text[DAY_TEXT_SIZE]); /* 03.02.2026 */
/* 2026-02-03, of a day that exists; else ERROR_INVALID. */
MUST_CHECK int day_read(const char *text, int32_t *day);
