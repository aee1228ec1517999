#include "services/match/day.h"

#include "common/domain/calendar.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void day_iso(int32_t day, char text[DAY_TEXT_SIZE])
{
    const struct calendar_date date = calendar_day_date(day);
    snprintf(text, DAY_TEXT_SIZE, "%04d-%02d-%02d", date.year % 10000, date.month % 100,
             date.day % 100);
}

void day_danish(int32_t day, char text[DAY_TEXT_SIZE])
{
    const struct calendar_date date = calendar_day_date(day);
    snprintf(text, DAY_TEXT_SIZE, "%02d.%02d.%04d", date.day % 100, date.month % 100,
             date.year % 10000);
}

static int number(const char *digits, size_t count)
{
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)digits[i])) {
            return -1;
        }
        value = 10 * value + (digits[i] - '0');
    }
    return value;
}

int day_read(const char *text, int32_t *day)
{
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-') {
        return ERROR_INVALID;
    }
    const struct calendar_date date = {
        .year = number(text, 4), .month = number(text + 5, 2), .day = number(text + 8, 2)};
    if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) {
        return ERROR_INVALID;
    }
    const int32_t found = (int32_t)calendar_day_number(date);
    char again[DAY_TEXT_SIZE];
    day_iso(found, again);
    if (strcmp(again, text) != 0) { /* 31 April is 1 May */
        return ERROR_INVALID;
    }
    *day = found;
    return 0;
}
