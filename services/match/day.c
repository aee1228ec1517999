#include "services/match/day.h"

#include <stdio.h>

struct date {
    int year;
    int month;
    int day;
};

/*
 * The proleptic Gregorian calendar in eras of 400 years, each year counted from March so that the
 * leap day is its last (Hinnant, chrono-compatible low-level date algorithms).
 */
static struct date date_of(int32_t day)
{
    const int64_t shifted = (int64_t)day + 719468; /* from 0000-03-01 */
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int64_t of_era = shifted - era * 146097;
    const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t march_month = (5 * of_year + 2) / 153;
    const int month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    return (struct date){
        .year = (int)(year_of_era + era * 400 + (month <= 2 ? 1 : 0)),
        .month = month,
        .day = (int)(of_year - (153 * march_month + 2) / 5 + 1),
    };
}

void day_iso(int32_t day, char text[DAY_TEXT_SIZE])
{
    const struct date date = date_of(day);
    snprintf(text, DAY_TEXT_SIZE, "%04d-%02d-%02d", date.year % 10000, date.month % 100,
             date.day % 100);
}

void day_danish(int32_t day, char text[DAY_TEXT_SIZE])
{
    const struct date date = date_of(day);
    snprintf(text, DAY_TEXT_SIZE, "%02d.%02d.%04d", date.day % 100, date.month % 100,
             date.year % 10000);
}
