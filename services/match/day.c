#include "services/match/day.h"

#include "common/domain/calendar.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* The last digits of a number from 0 on. By hand, since an answer has hundreds of days. */
static char *put(char *text, int64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        text[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return text + digits;
}

void day_iso(int32_t day, char text[DAY_TEXT_SIZE])
{
    const struct calendar_date date = calendar_day_date(day);
    text = put(text, date.year, 4);
    *text++ = '-';
    text = put(text, date.month, 2);
    *text++ = '-';
    *put(text, date.day, 2) = '\0';
}

void day_danish(int32_t day, char text[DAY_TEXT_SIZE])
{
    const struct calendar_date date = calendar_day_date(day);
    text = put(text, date.day, 2);
    *text++ = '.';
    text = put(text, date.month, 2);
    *text++ = '.';
    *put(text, date.year, 4) = '\0';
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
