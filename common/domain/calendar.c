#include "common/domain/calendar.h"

#include "common/base/clock.h"

#include <stddef.h>
#include <string.h>

#define WINTER_OFFSET (1 * CLOCK_HOUR)
#define SUMMER_OFFSET (2 * CLOCK_HOUR)
#define SWITCH_HOUR (1 * CLOCK_HOUR) /* UTC */
#define BEDEDAG_UNTIL 2024

const struct calendar_options calendar_defaults = {
    .cutoff = 12 * CLOCK_HOUR,
    .due_same_day = 16 * CLOCK_HOUR,
    .due_next_day = 12 * CLOCK_HOUR,
    .office_opens = 8 * CLOCK_HOUR,
    .office_closes = 16 * CLOCK_HOUR,
    .constitution_day = true,
    .christmas_eve = true,
    .new_years_eve = true,
};

/* Years start in March here, so that the leap day is a year's last. */
int64_t calendar_day_number(struct calendar_date date)
{
    int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    int64_t month = (date.month + 9) % 12; /* March is 0 */
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;

    return 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

struct calendar_date calendar_day_date(int64_t number)
{
    int64_t shifted = number + 719468; /* days since 0000-03-01 */
    int64_t era = shifted / 146097;
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;

    return (struct calendar_date){
        .year = (int)(400 * era + year_of_era + (month >= 10)),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
    };
}

/* 0 is Sunday. */
static int weekday(int64_t number)
{
    return (int)((number + 4) % 7);
}

struct calendar_date calendar_easter(int year)
{
    int a = year % 19;
    int b = year / 100;
    int c = year % 100;
    int d = b / 4;
    int e = b % 4;
    int f = (b + 8) / 25;
    int g = (b - f + 1) / 3;
    int h = (19 * a + b - d - g + 15) % 30;
    int i = c / 4;
    int k = c % 4;
    int l = (32 + 2 * e + 2 * i - h - k) % 7;
    int m = (a + 11 * h + 22 * l) / 451;
    int n = h + l - 7 * m + 114;

    return (struct calendar_date){.year = year, .month = n / 31, .day = n % 31 + 1};
}

static bool moving_holiday(int64_t number, int year)
{
    static const int after_easter[] = {-3, -2, 0, 1, 39, 49, 50};
    int64_t easter = calendar_day_number(calendar_easter(year));

    for (size_t i = 0; i < sizeof after_easter / sizeof after_easter[0]; i++)
        if (number == easter + after_easter[i])
            return true;
    return year < BEDEDAG_UNTIL && number == easter + 26;
}

static bool fixed_holiday(struct calendar_date date, const struct calendar_options *options)
{
    switch (date.month * 100 + date.day) {
    case 101:
    case 1225:
    case 1226:
        return true;
    case 605:
        return options->constitution_day;
    case 1224:
        return options->christmas_eve;
    case 1231:
        return options->new_years_eve;
    default:
        return false;
    }
}

bool calendar_working_day(struct calendar_date date, const struct calendar_options *options)
{
    int64_t number = calendar_day_number(date);
    int day = weekday(number);

    return day != 0 && day != 6 && !fixed_holiday(date, options) &&
           !moving_holiday(number, date.year);
}

struct calendar_date calendar_next_day(struct calendar_date date)
{
    return calendar_day_date(calendar_day_number(date) + 1);
}

/* The moment of the switch in a month of 31 days. */
static int64_t switch_moment(int year, int month)
{
    int64_t last = calendar_day_number((struct calendar_date){year, month, 31});

    return (last - weekday(last)) * CLOCK_DAY + SWITCH_HOUR;
}

static bool is_summer(int64_t time)
{
    int year = calendar_day_date(time / CLOCK_DAY).year;

    return time >= switch_moment(year, 3) && time < switch_moment(year, 10);
}

struct calendar_date calendar_local(int64_t time, int64_t *since_midnight)
{
    int64_t local = time + (is_summer(time) ? SUMMER_OFFSET : WINTER_OFFSET);

    *since_midnight = local % CLOCK_DAY;
    return calendar_day_date(local / CLOCK_DAY);
}

int64_t calendar_moment(struct calendar_date date, int64_t since_midnight)
{
    int64_t local = calendar_day_number(date) * CLOCK_DAY + since_midnight;

    return is_summer(local - SUMMER_OFFSET) ? local - SUMMER_OFFSET : local - WINTER_OFFSET;
}

int64_t calendar_due(int64_t received, const struct calendar_options *options)
{
    int64_t since_midnight;
    struct calendar_date date = calendar_local(received, &since_midnight);

    if (since_midnight < options->cutoff && calendar_working_day(date, options))
        return calendar_moment(date, options->due_same_day);
    do
        date = calendar_next_day(date);
    while (!calendar_working_day(date, options));
    return calendar_moment(date, options->due_next_day);
}

bool calendar_office(struct calendar_date date, const struct calendar_options *options,
                     struct calendar_hours *hours)
{
    bool always = options->office_closes <= options->office_opens;

    if (!calendar_working_day(date, options))
        return false;
    hours->opens = calendar_moment(date, always ? 0 : options->office_opens);
    hours->closes = always ? calendar_moment(calendar_next_day(date), 0)
                           : calendar_moment(date, options->office_closes);
    return true;
}

static int64_t later(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

int64_t calendar_working_time(int64_t from, int64_t to, const struct calendar_options *options)
{
    int64_t since_midnight;
    struct calendar_date date = calendar_local(from, &since_midnight);
    int64_t sum = 0;

    for (; calendar_moment(date, 0) < to; date = calendar_next_day(date)) {
        struct calendar_hours hours;
        if (!calendar_office(date, options, &hours))
            continue;
        int64_t begin = later(hours.opens, from);
        int64_t end = hours.closes < to ? hours.closes : to;
        sum += later(end - begin, 0);
    }
    return sum;
}

int64_t calendar_working_after(int64_t from, int64_t span, const struct calendar_options *options)
{
    int64_t since_midnight;
    struct calendar_date date = calendar_local(from, &since_midnight);

    if (span <= 0)
        return from;
    for (;; date = calendar_next_day(date)) {
        struct calendar_hours hours;
        if (!calendar_office(date, options, &hours))
            continue;
        int64_t begin = later(hours.opens, from);
        int64_t open = later(hours.closes - begin, 0);
        if (span <= open)
            return begin + span;
        span -= open;
    }
}

int64_t calendar_working_share(int64_t from, int64_t to, int part, int whole,
                               const struct calendar_options *options)
{
    int64_t span = calendar_working_time(from, to, options);

    if (span == 0)
        return to > from ? from + (to - from) * part / whole : from;
    return calendar_working_after(from, span * part / whole, options);
}

/* `count` digits at `*at`, which moves past them; -1 for anything else. */
static int read_digits(const char **at, int count)
{
    int value = 0;

    for (; count > 0; count--, (*at)++) {
        if (**at < '0' || **at > '9')
            return -1;
        value = value * 10 + (**at - '0');
    }
    return value;
}

/* One of `choices` at `*at`, which moves past it. */
static bool read_mark(const char **at, const char *choices)
{
    if (**at == '\0' || !strchr(choices, **at))
        return false;
    (*at)++;
    return true;
}

/* ".25" is 250,000 microseconds; digits beyond the sixth are dropped. */
static bool read_fraction(const char **at, int64_t *fraction)
{
    int64_t unit = CLOCK_SECOND;
    const char *start;

    *fraction = 0;
    if (!read_mark(at, "."))
        return true;
    for (start = *at; **at >= '0' && **at <= '9'; (*at)++) {
        unit /= 10;
        *fraction += unit * (**at - '0');
    }
    return *at > start;
}

static bool read_offset(const char **at, int64_t *offset)
{
    int64_t sign = **at == '-' ? -1 : 1;

    *offset = 0;
    if (read_mark(at, "Zz"))
        return true;
    if (!read_mark(at, "+-"))
        return false;
    int hours = read_digits(at, 2);
    bool colon = read_mark(at, ":");
    int minutes = colon ? read_digits(at, 2) : -1;
    *offset = sign * (hours * CLOCK_HOUR + minutes * CLOCK_MINUTE);
    return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59;
}

static bool read_date(const char **at, struct calendar_date *date)
{
    date->year = read_digits(at, 4);
    bool first = read_mark(at, "-");
    date->month = first ? read_digits(at, 2) : -1;
    bool second = read_mark(at, "-");
    date->day = second ? read_digits(at, 2) : -1;
    if (date->year < 1900 || date->month < 1 || date->month > 12 || date->day < 1)
        return false;
    struct calendar_date same = calendar_day_date(calendar_day_number(*date));
    return same.month == date->month && same.day == date->day;
}

int calendar_read_time(const char *text, int64_t *time)
{
    const char *at = text;
    struct calendar_date date;
    int64_t fraction;
    int64_t offset;

    if (!read_date(&at, &date) || !read_mark(&at, "Tt"))
        return ERROR_INVALID;
    int hours = read_digits(&at, 2);
    int minutes = read_mark(&at, ":") ? read_digits(&at, 2) : -1;
    int seconds = read_mark(&at, ":") ? read_digits(&at, 2) : -1;
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59)
        return ERROR_INVALID;
    if (!read_fraction(&at, &fraction) || !read_offset(&at, &offset) || *at != '\0')
        return ERROR_INVALID;
    *time = calendar_day_number(date) * CLOCK_DAY + hours * CLOCK_HOUR + minutes * CLOCK_MINUTE +
            seconds * CLOCK_SECOND + fraction - offset;
    return 0;
}
