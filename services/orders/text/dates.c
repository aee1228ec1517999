/* A day as people write it: "1. marts", "1/3-27", "uge 12", "medio maj", "på mandag", "snarest". */
#include "services/orders/text/internal.h"

#include <string.h>

#define YEAR_FIRST 2000
#define YEAR_LAST 2099
#define JUST_PASSED 60 /* days: so long after it a day without a year is often still meant */

static const char *const months[] = {"januar",   "februar",  "marts",  "april",     "maj",
                                     "juni",     "juli",     "august", "september", "oktober",
                                     "november", "december", NULL};
static const char *const short_months[] = {"jan", "feb", "mar", "apr", "maj", "jun", "jul",
                                           "aug", "sep", "okt", "nov", "dec", NULL};
static const char *const weekdays[] = {"mandag", "tirsdag", "onsdag",  "torsdag",
                                       "fredag", "loerdag", "soendag", NULL};

const char *date_text(struct arena *arena, struct calendar_date date)
{
    return arena_printf(arena, "%04d-%02d-%02d", date.year, date.month, date.day);
}

static int month_days(int year, int month)
{
    const struct calendar_date first = {year, month, 1};
    const struct calendar_date next = {month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1,
                                       1};

    return (int)(calendar_day_number(next) - calendar_day_number(first));
}

struct calendar_date date_plus(struct calendar_date date, int add_months, int days)
{
    const int all = date.year * 12 + date.month - 1 + add_months;

    date.year = all / 12;
    date.month = all % 12 + 1;
    if (date.day > month_days(date.year, date.month))
        date.day = month_days(date.year, date.month);
    return calendar_day_date(calendar_day_number(date) + days);
}

static bool date_good(int year, int month, int day)
{
    return year >= YEAR_FIRST && year <= YEAR_LAST && month >= 1 && month <= 12 && day >= 1 &&
           day <= month_days(year, month);
}

static bool is_number(const struct reader *reader, size_t at)
{
    return reader_free(reader, at) && reader->tokens[at].flags & TOKEN_NUMBER;
}

static int number_at(const struct reader *reader, size_t at)
{
    return reader->tokens[at].number;
}

/* Joined to the one before by this sign. */
static bool joined(const struct reader *reader, size_t at, const char *signs)
{
    const struct token *token = &reader->tokens[at];

    return token->sign != '\0' && strchr(signs, token->sign) != NULL;
}

/* 2027, or 27 of that century; 0 when it is no year. */
static int year_at(const struct reader *reader, size_t at, bool two_digits)
{
    if (!is_number(reader, at) || reader->tokens[at].flags & TOKEN_BREAK)
        return 0;
    const int number = number_at(reader, at);
    if (reader->tokens[at].length == 4 && number >= YEAR_FIRST && number <= YEAR_LAST)
        return number;
    return two_digits && reader->tokens[at].length == 2 && number >= 20 ? YEAR_FIRST + number : 0;
}

/* The year in which such a day comes next; 29 February may take a while. */
static int next_year(const struct reader *reader, int month, int day)
{
    const int64_t today = calendar_day_number(reader->today);

    for (int year = reader->today.year; year < reader->today.year + 9; year++)
        if (date_good(year, month, day) &&
            calendar_day_number((struct calendar_date){year, month, day}) >= today)
            return year;
    return 0;
}

static struct date_read made(int year, int month, int day, size_t tokens, int confidence)
{
    struct date_read read = {0};

    if (!date_good(year, month, day))
        return read;
    read.date = (struct calendar_date){year, month, day};
    read.last = read.date;
    read.tokens = tokens;
    read.confidence = confidence;
    return read;
}

/* The next such day is far away, so that another may be meant. */
static void doubt(const struct reader *reader, struct date_read *read)
{
    const int64_t away = calendar_day_number(read->date) - calendar_day_number(reader->today);

    if (away >= 365 - JUST_PASSED)
        read->note = "Dagen er lige passeret; det er den næste, der er taget.";
    if (away > 366)
        read->note = "Så lang tid går der, til den dag kommer; kontrollér den.";
}

static struct date_read without_year(const struct reader *reader, int month, int day, size_t tokens,
                                     int confidence)
{
    struct date_read read = made(next_year(reader, month, day), month, day, tokens, confidence);

    if (read.tokens > 0)
        doubt(reader, &read);
    return read;
}

static int month_at(const struct reader *reader, size_t at, bool shortened)
{
    if (!reader_free(reader, at))
        return 0;
    for (int i = 0; months[i] != NULL; i++)
        if (token_is(&reader->tokens[at], months[i]) ||
            (shortened && (token_is(&reader->tokens[at], short_months[i]) ||
                           (i == 8 && token_is(&reader->tokens[at], "sept")))))
            return i + 1;
    return 0;
}

/* "2027-03-01", "1/3-2027", "01.03.27", "1/3". A point alone between two numbers is no date:
 * "37.5". */
static struct date_read numeric(const struct reader *reader, size_t at)
{
    const struct date_read none = {0};

    if (!is_number(reader, at) || !is_number(reader, at + 1) || !joined(reader, at + 1, "-/."))
        return none;
    const char sign = reader->tokens[at + 1].sign;
    if (reader->tokens[at].length == 4) {
        if (sign != '-' || !is_number(reader, at + 2) || !joined(reader, at + 2, "-"))
            return none;
        return made(number_at(reader, at), number_at(reader, at + 1), number_at(reader, at + 2), 3,
                    TEXT_SURE);
    }
    const int day = number_at(reader, at), month = number_at(reader, at + 1);
    if (reader->tokens[at].length > 2 || reader->tokens[at + 1].length > 2)
        return none;
    const bool tight = is_number(reader, at + 2) && joined(reader, at + 2, "-/.");
    /* "1/3-30/9" is two dates. */
    const bool range = tight && is_number(reader, at + 3) && joined(reader, at + 3, "/.") &&
                       reader->tokens[at + 2].length < 4;
    const int year = range ? 0 : year_at(reader, at + 2, tight);
    if (year != 0 && (tight || sign == '/'))
        return made(year, month, day, 3, TEXT_SURE);
    return sign == '/' ? without_year(reader, month, day, 2, 900) : none;
}

/* "1. marts", "1. marts 2027", "d. 1. mar". */
static struct date_read day_and_month(const struct reader *reader, size_t at)
{
    if (!is_number(reader, at) || reader->tokens[at].length > 2)
        return (struct date_read){0};
    const int month = month_at(reader, at + 1, true);
    if (month == 0)
        return (struct date_read){0};
    const int year = year_at(reader, at + 2, false);
    if (year != 0)
        return made(year, month, number_at(reader, at), 3, TEXT_SURE);
    return without_year(reader, month, number_at(reader, at), 2, 900);
}

/* The year in which the month's last day comes next. */
static int year_of_end(const struct reader *reader, int month)
{
    const int year = reader->today.year;
    const struct calendar_date last = {year, month, month_days(year, month)};

    return calendar_day_number(last) >= calendar_day_number(reader->today) ? year : year + 1;
}

/* "medio maj", "marts 2027", "marts måned". Of a month alone its first day. */
static struct date_read month_alone(const struct reader *reader, size_t at)
{
    static const char *const early[] = {"primo", "starten", "begyndelsen", NULL};
    static const char *const middle[] = {"medio", "midten", "midt", NULL};
    static const char *const late[] = {"ultimo", "slutningen", NULL};
    size_t used = 0;
    int day = 1, confidence = 700;

    if (!reader_free(reader, at))
        return (struct date_read){0};
    const struct token *word = &reader->tokens[at];
    const bool is_late = token_among(word, late);
    if (token_among(word, early) || token_among(word, middle) || is_late) {
        day = token_among(word, middle) ? 15 : 1;
        confidence = 600;
        used = 1;
        if (reader_goes_on(reader, at + 1) && token_is(&reader->tokens[at + 1], "af"))
            used = 2;
    }
    const int month = month_at(reader, at + used, false);
    if (month == 0)
        return (struct date_read){0};
    int year = year_at(reader, at + used + 1, false);
    const size_t tokens = used + (year != 0 ? 2 : 1);
    const bool told = year != 0;
    if (!told)
        year = is_late ? year_of_end(reader, month) : next_year(reader, month, day);
    struct date_read read =
        made(year, month, is_late ? month_days(year, month) : day, tokens, confidence);
    if (read.tokens > 0 && !told)
        doubt(reader, &read);
    if (read.tokens > 0 && reader_goes_on(reader, at + tokens) &&
        token_is(&reader->tokens[at + tokens], "maaned"))
        read.tokens++;
    return read;
}

/* Monday of an ISO week: the week with 4 January is the first. */
static struct calendar_date week_monday(int year, int week)
{
    const int64_t fourth = calendar_day_number((struct calendar_date){year, 1, 4});
    const int64_t weekday = (fourth + 3) % 7; /* 1970-01-01 was a Thursday: Monday is 0 */

    return calendar_day_date(fourth - weekday + 7 * (int64_t)(week - 1));
}

/* Most years have no week 53. */
static bool has_week(int year, int week)
{
    return calendar_day_number(week_monday(year, week)) <
           calendar_day_number(week_monday(year + 1, 1));
}

struct calendar_date date_week_later(struct calendar_date date)
{
    /* A week belongs to the year of its Thursday. */
    const int64_t day = calendar_day_number(date);
    const int year = calendar_day_date(day - (day + 3) % 7 + 3).year;

    return calendar_day_date(day + 7 * (has_week(year, 53) ? 53 : 52));
}

/* The year of such a week that is not over; week 53 of last year may still go on. */
static int next_week_year(const struct reader *reader, int week)
{
    int year = reader->today.year - 1;

    while (!has_week(year, week) ||
           calendar_day_number(week_monday(year, week)) + 6 < calendar_day_number(reader->today))
        year++;
    return year;
}

/* "uge 12", "uge 12 2027"; with "uge 12-20" the last day is that of the last week. */
static struct date_read week(const struct reader *reader, size_t at)
{
    struct date_read read = {0};

    if (!reader_free(reader, at) || !token_is(&reader->tokens[at], "uge") ||
        !is_number(reader, at + 1))
        return read;
    const int number = number_at(reader, at + 1);
    int last = number;
    if (number < 1 || number > 53)
        return read;
    read.tokens = 2;
    if (is_number(reader, at + 2) && joined(reader, at + 2, "-") &&
        number_at(reader, at + 2) > number && number_at(reader, at + 2) <= 53) {
        last = number_at(reader, at + 2);
        read.tokens = 3;
    }
    int year = year_at(reader, at + read.tokens, false);
    read.confidence = year != 0 ? TEXT_SURE : 900;
    if (year != 0)
        read.tokens++;
    else
        year = next_week_year(reader, number);
    if (!has_week(year, last))
        return (struct date_read){0};
    read.date = week_monday(year, number);
    read.last = date_plus(week_monday(year, last), 0, 4);
    return read;
}

/* "mandag til fredag", "mandag-torsdag": when people work, not from when to when. */
static bool days_of_week(const struct reader *reader, size_t at)
{
    static const char *const between[] = {"til", "og", NULL};

    for (size_t step = 1; step <= 2; step++) {
        const bool joined_ahead =
            step == 2
                ? reader_goes_on(reader, at + 1) && token_among(&reader->tokens[at + 1], between)
                : reader->count > at + 1 &&
                      reader->tokens[at + 1].flags & (TOKEN_DASH | TOKEN_TIGHT);
        if (joined_ahead && reader_goes_on(reader, at + step) &&
            token_among(&reader->tokens[at + step], weekdays))
            return true;
        const bool joined_back =
            step == 2 ? at > 1 && token_among(&reader->tokens[at - 1], between)
                      : at > 0 && reader->tokens[at].flags & (TOKEN_DASH | TOKEN_TIGHT);
        if (joined_back && token_among(&reader->tokens[at - step], weekdays))
            return true;
    }
    return false;
}

/* The next such day after today. "mandag den 1. marts" is read from "1." on. */
static struct date_read weekday(const struct reader *reader, size_t at)
{
    const int64_t today = calendar_day_number(reader->today);
    struct date_read read = {0};

    if (!reader_free(reader, at) || !token_among(&reader->tokens[at], weekdays) ||
        days_of_week(reader, at))
        return read;
    /* "mandag den 7. december" */
    const size_t next =
        reader_goes_on(reader, at + 1) &&
                (token_is(&reader->tokens[at + 1], "den") || token_is(&reader->tokens[at + 1], "d"))
            ? at + 2
            : at + 1;
    if (is_number(reader, next) &&
        (numeric(reader, next).tokens > 0 || day_and_month(reader, next).tokens > 0))
        return read;
    int wanted = 0;
    while (!token_is(&reader->tokens[at], weekdays[wanted]))
        wanted++;
    int64_t day = today + 1;
    while ((day + 3) % 7 != wanted)
        day++;
    read.date = calendar_day_date(day);
    read.last = read.date;
    read.tokens = 1;
    read.confidence = 700;
    return read;
}

/* "snarest" is the next working day, as the office counts. */
static struct date_read soon(const struct reader *reader, size_t at)
{
    static const char *const words[] = {"snarest", "straks", "omgaaende", "asap", NULL};
    struct date_read read = {0};

    if (!reader_free(reader, at))
        return read;
    const struct token *next = reader_goes_on(reader, at + 1) ? &reader->tokens[at + 1] : NULL;
    if (token_among(&reader->tokens[at], words))
        read.tokens = next != NULL && token_is(next, "muligt") ? 2 : 1;
    else if (token_is(&reader->tokens[at], "hurtigst") && next != NULL && token_is(next, "muligt"))
        read.tokens = 2;
    if (read.tokens == 0)
        return read;
    read.date = calendar_next_day(reader->today);
    while (!calendar_working_day(read.date, &calendar_defaults))
        read.date = calendar_next_day(read.date);
    read.last = read.date;
    read.confidence = 700;
    read.asked_soon = true;
    return read;
}

struct date_read date_at(const struct reader *reader, size_t at)
{
    typedef struct date_read form(const struct reader *reader, size_t at);
    static form *const forms[] = {numeric, day_and_month, month_alone, week, weekday, soon};
    struct date_read read = {0};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0] && read.tokens == 0; i++)
        read = forms[i](reader, at);
    return read;
}
