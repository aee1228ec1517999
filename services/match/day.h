/* A day since 1970-01-01 as text. Pure; years 1 to 9999. */
#pragma once

#include <stdint.h>

#define DAY_TEXT_SIZE 16

void day_iso(int32_t day, char text[DAY_TEXT_SIZE]);    /* 2026-02-03 */
void day_danish(int32_t day, char text[DAY_TEXT_SIZE]); /* 03.02.2026 */
