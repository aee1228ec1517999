#include "common/domain/calendar.h"
#include "common/domain/uuid.h"

#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(table_) (sizeof(table_) / sizeof(table_)[0])

/* "2026-03-29 00:59:59" in UTC. */
static int64_t utc(const char *text)
{
    struct tm tm = {0};

    assert_non_null(strptime(text, "%Y-%m-%d %H:%M:%S", &tm));
    return (int64_t)timegm(&tm) * CLOCK_SECOND;
}

static struct calendar_date date(const char *text)
{
    struct calendar_date value;

    assert_int_equal(sscanf(text, "%d-%d-%d", &value.year, &value.month, &value.day), 3);
    return value;
}

static void assert_time(int64_t time, const char *expected)
{
    char text[CLOCK_TEXT_SIZE];

    clock_text(time, text);
    text[10] = ' ';
    text[19] = '\0';
    assert_string_equal(text, expected);
}

static void easter_is_when_the_church_says(void **state)
{
    static const char *const sundays[] = {"1999-04-04", "2000-04-23", "2008-03-23", "2011-04-24",
                                          "2023-04-09", "2024-03-31", "2025-04-20", "2026-04-05",
                                          "2027-03-28", "2028-04-16", "2038-04-25", "2285-03-22"};
    (void)state;

    for (size_t i = 0; i < COUNT(sundays); i++) {
        struct calendar_date expected = date(sundays[i]);
        struct calendar_date easter = calendar_easter(expected.year);
        assert_int_equal(easter.month, expected.month);
        assert_int_equal(easter.day, expected.day);
    }
}

static void every_day_off_of_a_year_is_known(void **state)
{
    /* Days off from Monday to Friday. */
    static const char *const off_2026[] = {"2026-01-01", "2026-04-02", "2026-04-03", "2026-04-06",
                                           "2026-05-14", "2026-05-25", "2026-06-05", "2026-12-24",
                                           "2026-12-25", "2026-12-31"};
    struct calendar_date day = date("2026-01-01");
    size_t found = 0;
    int64_t number = 4; /* a Thursday */
    (void)state;

    for (; day.year == 2026; day = calendar_next_day(day), number++) {
        bool weekend = number % 7 == 6 || number % 7 == 0;
        char text[32];
        snprintf(text, sizeof text, "%04d-%02d-%02d", day.year, day.month, day.day);
        bool off = weekend;
        if (found < COUNT(off_2026) && strcmp(text, off_2026[found]) == 0) {
            assert_false(weekend);
            off = true;
            found++;
        }
        if (calendar_working_day(day, &calendar_defaults) == off)
            fail_msg("%s is wrong", text);
    }
    assert_int_equal(found, COUNT(off_2026));
}

static void store_bededag_ended_with_2023(void **state)
{
    (void)state;
    assert_false(calendar_working_day(date("2022-05-13"), &calendar_defaults));
    assert_false(calendar_working_day(date("2023-05-05"), &calendar_defaults));
    assert_true(calendar_working_day(date("2024-04-26"), &calendar_defaults));
    assert_true(calendar_working_day(date("2026-05-01"), &calendar_defaults));
}

static void three_days_are_a_choice(void **state)
{
    struct calendar_options options = calendar_defaults;
    (void)state;

    options.constitution_day = options.christmas_eve = options.new_years_eve = false;
    assert_true(calendar_working_day(date("2026-06-05"), &options));
    assert_true(calendar_working_day(date("2026-12-24"), &options));
    assert_true(calendar_working_day(date("2026-12-31"), &options));
    assert_false(calendar_working_day(date("2026-12-25"), &options));
    assert_false(calendar_working_day(date("2027-01-01"), &options));
}

static void next_day_follows_months_and_leap_years(void **state)
{
    static const char *const pairs[][2] = {
        {"2026-02-28", "2026-03-01"}, {"2028-02-28", "2028-02-29"}, {"2028-02-29", "2028-03-01"},
        {"2100-02-28", "2100-03-01"}, {"2026-12-31", "2027-01-01"}, {"2026-04-30", "2026-05-01"}};
    (void)state;

    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct calendar_date next = calendar_next_day(date(pairs[i][0]));
        struct calendar_date expected = date(pairs[i][1]);
        assert_memory_equal(&next, &expected, sizeof next);
    }
}

static void local_time_switches_at_one_utc(void **state)
{
    static const struct {
        const char *moment;
        const char *day;
        int hour, minute;
    } rows[] = {
        {"2026-03-29 00:59:59", "2026-03-29", 1, 59},  {"2026-03-29 01:00:00", "2026-03-29", 3, 0},
        {"2026-10-25 00:59:59", "2026-10-25", 2, 59},  {"2026-10-25 01:00:00", "2026-10-25", 2, 0},
        {"2026-10-25 01:59:59", "2026-10-25", 2, 59},  {"2026-10-25 02:00:00", "2026-10-25", 3, 0},
        {"2026-06-30 22:00:00", "2026-07-01", 0, 0},   {"2026-12-31 23:00:00", "2027-01-01", 0, 0},
        {"2026-12-31 22:59:59", "2026-12-31", 23, 59},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t since_midnight;
        struct calendar_date day = calendar_local(utc(rows[i].moment), &since_midnight);
        struct calendar_date expected = date(rows[i].day);
        assert_memory_equal(&day, &expected, sizeof day);
        assert_int_equal(since_midnight / CLOCK_HOUR, rows[i].hour);
        assert_int_equal(since_midnight % CLOCK_HOUR / CLOCK_MINUTE, rows[i].minute);
    }
}

static void moments_in_the_skipped_and_the_double_hour_are_defined(void **state)
{
    int64_t half_past_two = 2 * CLOCK_HOUR + 30 * CLOCK_MINUTE;
    (void)state;

    assert_time(calendar_moment(date("2026-03-29"), half_past_two), "2026-03-29 01:30:00");
    assert_time(calendar_moment(date("2026-10-25"), half_past_two), "2026-10-25 00:30:00");
    assert_time(calendar_moment(date("2026-03-29"), 12 * CLOCK_HOUR), "2026-03-29 10:00:00");
    assert_time(calendar_moment(date("2026-10-25"), 12 * CLOCK_HOUR), "2026-10-25 11:00:00");
}

/* The oracle: the machine's own time zone file, every half hour of the years that it is sure of. */
static void agrees_with_the_time_zone_database(void **state)
{
    (void)state;
    setenv("TZ", "Europe/Copenhagen", 1);
    tzset();
    if (strcmp(tzname[0], "CET") != 0) {
        print_message("skipped: no time zone file for Europe/Copenhagen here\n");
        skip();
    }
    for (int64_t at = utc("1996-01-01 00:00:00"); at < utc("2038-01-01 00:00:00");
         at += 30 * CLOCK_MINUTE) {
        int64_t since_midnight;
        struct calendar_date day = calendar_local(at, &since_midnight);
        time_t seconds = (time_t)(at / CLOCK_SECOND);
        struct tm tm;
        localtime_r(&seconds, &tm);
        if (day.year != tm.tm_year + 1900 || day.month != tm.tm_mon + 1 || day.day != tm.tm_mday ||
            since_midnight / CLOCK_MINUTE != tm.tm_hour * 60 + tm.tm_min)
            fail_msg("%lld differs", (long long)seconds);
    }
}

static void answers_are_due_the_same_day_or_at_noon_on_the_next(void **state)
{
    static const struct {
        const char *received, *due; /* UTC */
    } rows[] = {
        /* Wednesday 18 November 2026, winter: 12:00 is 11:00 UTC. */
        {"2026-11-18 07:00:00", "2026-11-18 15:00:00"},
        {"2026-11-18 10:59:59", "2026-11-18 15:00:00"},
        {"2026-11-18 11:00:00", "2026-11-19 11:00:00"}, /* 12:00 sharp is not before 12:00 */
        {"2026-11-18 22:59:59", "2026-11-19 11:00:00"},
        {"2026-11-18 23:00:00", "2026-11-19 15:00:00"}, /* midnight: Thursday has begun */
        /* Friday morning, Friday afternoon, Saturday, Sunday. */
        {"2026-11-20 08:00:00", "2026-11-20 15:00:00"},
        {"2026-11-20 13:30:00", "2026-11-23 11:00:00"},
        {"2026-11-21 08:00:00", "2026-11-23 11:00:00"},
        {"2026-11-22 08:00:00", "2026-11-23 11:00:00"},
        /* Friday before the clocks go forward on 29 March: Monday noon is 10:00 UTC. */
        {"2026-03-27 10:30:00", "2026-03-27 15:00:00"},
        {"2026-03-27 14:00:00", "2026-03-30 10:00:00"},
        {"2026-03-29 00:30:00", "2026-03-30 10:00:00"},
        {"2026-03-30 09:59:59", "2026-03-30 14:00:00"},
        {"2026-03-30 10:00:00", "2026-03-31 10:00:00"},
        /* Friday before they go back on 25 October: Monday noon is 11:00 UTC. */
        {"2026-10-23 09:59:59", "2026-10-23 14:00:00"},
        {"2026-10-23 10:00:00", "2026-10-26 11:00:00"},
        {"2026-10-25 01:30:00", "2026-10-26 11:00:00"},
        /* Easter 2026: Wednesday afternoon waits for Tuesday. */
        {"2026-04-01 09:00:00", "2026-04-01 14:00:00"},
        {"2026-04-01 12:00:00", "2026-04-07 10:00:00"},
        {"2026-04-02 08:00:00", "2026-04-07 10:00:00"},
        {"2026-04-06 08:00:00", "2026-04-07 10:00:00"},
        /* Christmas and New Year: Wednesday the 23rd to Monday, Wednesday the 30th to Monday. */
        {"2026-12-23 12:00:00", "2026-12-28 11:00:00"},
        {"2026-12-30 12:00:00", "2027-01-04 11:00:00"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_time(calendar_due(utc(rows[i].received), &calendar_defaults), rows[i].due);
    assert_int_equal(calendar_due(utc("2026-11-18 11:00:00") - 1, &calendar_defaults),
                     utc("2026-11-18 15:00:00"));
}

static void cut_offs_are_options(void **state)
{
    struct calendar_options options = calendar_defaults;
    (void)state;

    options.cutoff = 14 * CLOCK_HOUR;
    options.due_same_day = 17 * CLOCK_HOUR;
    options.due_next_day = 9 * CLOCK_HOUR;
    options.christmas_eve = false;
    assert_time(calendar_due(utc("2026-11-18 12:59:59"), &options), "2026-11-18 16:00:00");
    assert_time(calendar_due(utc("2026-11-18 13:00:00"), &options), "2026-11-19 08:00:00");
    assert_time(calendar_due(utc("2026-12-23 13:00:00"), &options), "2026-12-24 08:00:00");
}

/* "2026-03-29 14:30" as clocks in Copenhagen show it. */
static int64_t local(const char *text)
{
    struct calendar_date day = date(text);
    int hours;
    int minutes;

    assert_int_equal(sscanf(text + 11, "%d:%d", &hours, &minutes), 2);
    return calendar_moment(day, hours * CLOCK_HOUR + minutes * CLOCK_MINUTE);
}

struct span {
    const char *from;
    const char *to;
    int minutes; /* by hand */
};

static void assert_spans(const struct span *spans, size_t count,
                         const struct calendar_options *options)
{
    for (size_t i = 0; i < count; i++) {
        int64_t from = local(spans[i].from);
        int64_t found = calendar_working_time(from, local(spans[i].to), options);
        if (found != spans[i].minutes * CLOCK_MINUTE)
            fail_msg("%s to %s: %lld minutes, not %d", spans[i].from, spans[i].to,
                     (long long)(found / CLOCK_MINUTE), spans[i].minutes);
        /* And back: the last of these minutes ends where they were counted to, or at closing. */
        int64_t end = calendar_working_after(from, found, options);
        assert_true(found == 0 ? end == from : end <= local(spans[i].to));
        assert_int_equal(calendar_working_time(from, end, options), found);
        assert_int_equal(calendar_working_time(end, local(spans[i].to), options), 0);
    }
}

static void office_hours_alone_are_working_time(void **state)
{
    static const struct span spans[] = {
        {"2026-11-23 09:00", "2026-11-23 16:00", 420}, /* a Monday */
        {"2026-11-23 06:00", "2026-11-23 10:00", 120}, /* before they open */
        {"2026-11-23 15:00", "2026-11-23 20:00", 60},  /* after they have closed */
        {"2026-11-23 16:00", "2026-11-24 08:00", 0},   /* a night */
        {"2026-11-21 10:00", "2026-11-22 18:00", 0},   /* a weekend */
        {"2026-11-20 14:00", "2026-11-23 12:00", 360}, /* 2 on Friday, 4 on Monday */
        {"2026-11-23 11:59", "2026-11-23 12:00", 1},    {"2026-11-23 12:00", "2026-11-23 12:00", 0},
        {"2026-11-23 12:00", "2026-11-23 09:00", 0},    /* not backwards */
        {"2026-11-16 08:00", "2026-11-30 08:00", 4800}, /* ten days of eight hours */
    };
    (void)state;

    assert_spans(spans, COUNT(spans), &calendar_defaults);
}

/* Lukkeloven: two hours before the holidays, four after them, nothing in between. */
static void holidays_are_no_working_time(void **state)
{
    static const struct span spans[] = {
        {"2026-04-01 14:00", "2026-04-07 12:00", 360}, /* skærtorsdag to 2. påskedag */
        {"2026-05-13 14:00", "2026-05-15 12:00", 360}, /* Kristi himmelfart */
        {"2026-05-22 14:00", "2026-05-26 12:00", 360}, /* 2. pinsedag */
        {"2023-05-04 14:00", "2023-05-08 12:00", 360}, /* the last store bededag, a Friday */
        {"2024-04-25 14:00", "2024-04-29 12:00", 840}, /* lov 214 of 2023: a day like others */
        {"2026-06-04 14:00", "2026-06-08 12:00", 360}, /* 5 June, a Friday */
        {"2026-12-23 14:00", "2026-12-28 12:00", 360}, /* 24 and 25 December */
        {"2026-12-30 14:00", "2027-01-04 12:00", 360}, /* 31 December, 1 January */
    };
    static const struct span open[] = {
        {"2026-06-04 14:00", "2026-06-08 12:00", 840},
        {"2026-12-23 14:00", "2026-12-28 12:00", 840},
        {"2026-12-30 14:00", "2027-01-04 12:00", 840},
        {"2026-04-01 14:00", "2026-04-07 12:00", 360},
    };
    struct calendar_options options = calendar_defaults;
    (void)state;

    assert_spans(spans, COUNT(spans), &options);
    options.constitution_day = options.christmas_eve = options.new_years_eve = false;
    assert_spans(open, COUNT(open), &options);
}

/* Directive 2000/84/EC: the night to 29 March 2026 is an hour shorter, the one to 25 October an
 * hour longer; offices open by the clock on the wall. */
static void office_hours_follow_summer_time(void **state)
{
    static const struct span spans[] = {
        {"2026-03-27 15:00", "2026-03-30 09:00", 120},
        {"2026-10-23 15:00", "2026-10-26 09:00", 120},
        {"2026-03-28 00:00", "2026-03-30 08:00", 0},
        {"2026-10-24 00:00", "2026-10-26 08:00", 0},
    };
    (void)state;

    assert_spans(spans, COUNT(spans), &calendar_defaults);
    assert_int_equal(calendar_working_time(utc("2026-03-27 14:00:00"), utc("2026-03-30 07:00:00"),
                                           &calendar_defaults),
                     2 * CLOCK_HOUR);
    assert_int_equal(calendar_working_time(utc("2026-10-23 13:00:00"), utc("2026-10-26 08:00:00"),
                                           &calendar_defaults),
                     2 * CLOCK_HOUR);
    assert_time(
        calendar_working_after(utc("2026-03-27 14:00:00"), 2 * CLOCK_HOUR, &calendar_defaults),
        "2026-03-30 07:00:00");
    assert_time(
        calendar_working_after(utc("2026-10-23 13:00:00"), 2 * CLOCK_HOUR, &calendar_defaults),
        "2026-10-26 08:00:00");
}

/* Half and three quarters of the time between received and due, in office hours. */
static void shares_are_of_working_time(void **state)
{
    static const struct {
        const char *from, *to, *half, *late;
    } rows[] = {
        {"2026-11-23 08:00", "2026-11-23 16:00", "2026-11-23 12:00", "2026-11-23 14:00"},
        {"2026-11-20 14:00", "2026-11-23 12:00", "2026-11-23 09:00", "2026-11-23 10:30"},
        /* Half is over when they close on Friday, not when they open on Monday. */
        {"2026-11-20 12:00", "2026-11-23 12:00", "2026-11-20 16:00", "2026-11-23 10:00"},
        {"2026-11-22 20:00", "2026-11-23 12:00", "2026-11-23 10:00", "2026-11-23 11:00"},
        {"2026-04-01 13:00", "2026-04-07 12:00", "2026-04-07 08:30", "2026-04-07 10:15"},
        {"2026-03-27 15:00", "2026-03-30 11:00", "2026-03-30 09:00", "2026-03-30 10:00"},
        /* No working time between: of the time itself. */
        {"2026-11-21 10:00", "2026-11-22 10:00", "2026-11-21 22:00", "2026-11-22 04:00"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t from = local(rows[i].from);
        int64_t to = local(rows[i].to);
        assert_int_equal(calendar_working_share(from, to, 1, 2, &calendar_defaults),
                         local(rows[i].half));
        assert_int_equal(calendar_working_share(from, to, 3, 4, &calendar_defaults),
                         local(rows[i].late));
    }
    assert_int_equal(calendar_working_share(local("2026-11-23 12:00"), local("2026-11-23 09:00"), 1,
                                            2, &calendar_defaults),
                     local("2026-11-23 12:00"));
}

static void office_hours_are_options(void **state)
{
    static const struct span early[] = {{"2026-11-23 06:00", "2026-11-23 20:00", 480},
                                        {"2026-11-23 07:15", "2026-11-23 08:00", 45}};
    static const struct span always[] = {{"2026-11-20 22:00", "2026-11-23 02:00", 240},
                                         {"2026-11-23 00:00", "2026-11-24 00:00", 1440}};
    struct calendar_options options = calendar_defaults;
    (void)state;

    options.office_opens = 7 * CLOCK_HOUR;
    options.office_closes = 15 * CLOCK_HOUR;
    assert_spans(early, COUNT(early), &options);
    options.office_closes = options.office_opens;
    assert_spans(always, COUNT(always), &options);
}

static void times_are_read_as_rfc_3339_says(void **state)
{
    static const struct {
        const char *text, *expected; /* NULL: refused */
    } rows[] = {
        {"2026-11-22T10:30:00Z", "2026-11-22 10:30:00"},
        {"2026-11-22t10:30:00z", "2026-11-22 10:30:00"},
        {"2026-11-22T10:30:00+01:00", "2026-11-22 09:30:00"},
        {"2026-11-22T10:30:00.123456789-05:30", "2026-11-22 16:00:00"},
        {"2028-02-29T23:59:59Z", "2028-02-29 23:59:59"},
        {"2026-02-29T10:30:00Z", NULL},
        {"2026-11-31T10:30:00Z", NULL},
        {"2026-13-01T10:30:00Z", NULL},
        {"2026-11-22T24:00:00Z", NULL},
        {"2026-11-22T10:60:00Z", NULL},
        {"2026-11-22T10:30:60Z", NULL},
        {"2026-11-22T10:30:00", NULL},
        {"2026-11-22T10:30Z", NULL},
        {"2026-11-22 10:30:00Z", NULL},
        {"2026-11-22T10:30:00.Z", NULL},
        {"2026-11-22T10:30:00+0100", NULL},
        {"2026-11-22T10:30:00+24:00", NULL},
        {"2026-11-22T10:30:00Z ", NULL},
        {"2026-11-22", NULL},
        {"2026-1", NULL},
        {"", NULL},
    };
    int64_t time;
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        int error = calendar_read_time(rows[i].text, &time);
        if ((error == 0) != (rows[i].expected != NULL))
            fail_msg("'%s' gave %d", rows[i].text, error);
        if (error == 0)
            assert_time(time, rows[i].expected);
    }
    assert_int_equal(calendar_read_time("2026-11-22T10:30:00.25Z", &time), 0);
    assert_int_equal(time % CLOCK_SECOND, 250000);
}

static void ids_have_their_shape(void **state)
{
    (void)state;
    assert_true(uuid_valid("0190b2c4-7d1e-7f3a-9b6c-0123456789ab"));
    assert_true(uuid_valid("0190B2C4-7D1E-7F3A-9B6C-0123456789AB"));
    assert_false(uuid_valid("0190b2c4-7d1e-7f3a-9b6c-0123456789a"));
    assert_false(uuid_valid("0190b2c4-7d1e-7f3a-9b6c-0123456789abc"));
    assert_false(uuid_valid("0190b2c47-d1e-7f3a-9b6c-0123456789ab"));
    assert_false(uuid_valid("g190b2c4-7d1e-7f3a-9b6c-0123456789ab"));
    assert_false(uuid_valid(""));
    assert_false(uuid_valid(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(easter_is_when_the_church_says),
        cmocka_unit_test(every_day_off_of_a_year_is_known),
        cmocka_unit_test(store_bededag_ended_with_2023),
        cmocka_unit_test(three_days_are_a_choice),
        cmocka_unit_test(next_day_follows_months_and_leap_years),
        cmocka_unit_test(local_time_switches_at_one_utc),
        cmocka_unit_test(moments_in_the_skipped_and_the_double_hour_are_defined),
        cmocka_unit_test(agrees_with_the_time_zone_database),
        cmocka_unit_test(answers_are_due_the_same_day_or_at_noon_on_the_next),
        cmocka_unit_test(cut_offs_are_options),
        cmocka_unit_test(office_hours_alone_are_working_time),
        cmocka_unit_test(holidays_are_no_working_time),
        cmocka_unit_test(office_hours_follow_summer_time),
        cmocka_unit_test(shares_are_of_working_time),
        cmocka_unit_test(office_hours_are_options),
        cmocka_unit_test(times_are_read_as_rfc_3339_says),
        cmocka_unit_test(ids_have_their_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
