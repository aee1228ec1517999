#include "services/figures/months.h"

#include "common/base/str.h"
#include "common/domain/calendar.h"

#include <stdio.h>
#include <string.h>

#define YEAR_FIRST 2000
#define YEAR_LAST 2999

int month_read(const char *text, int64_t *month)
{
    char year[5] = "";
    int64_t years, number;

    if (strlen(text) != MONTH_TEXT_SIZE - 1 || text[4] != '-')
        return ERROR_INVALID;
    memcpy(year, text, 4);
    if (str_int64(year, YEAR_FIRST, YEAR_LAST, &years) != 0 ||
        str_int64(text + 5, 1, 12, &number) != 0)
        return ERROR_INVALID;
    *month = years * 12 + number - 1;
    return 0;
}

void month_text(int64_t month, char text[MONTH_TEXT_SIZE])
{
    const unsigned year = (unsigned)(month / 12) % 10000;

    snprintf(text, MONTH_TEXT_SIZE, "%04u-%02u", year, (unsigned)(month % 12) + 1);
}

int64_t month_of(int64_t time)
{
    int64_t since_midnight;
    const struct calendar_date date = calendar_local(time, &since_midnight);

    return (int64_t)date.year * 12 + date.month - 1;
}

int64_t month_begins(int64_t month)
{
    const struct calendar_date date = {(int)(month / 12), (int)(month % 12) + 1, 1};

    return calendar_moment(date, 0);
}
