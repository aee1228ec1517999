/*
 * Danish working days and the clock of a job order. Everything is computed: nothing is read from
 * the machine's time zone files, so the same order has the same deadline on every machine. Pure.
 *
 * Days off are the public holidays of the national church (lukkeloven, LBK 155 of 2023): nytårsdag,
 * skærtorsdag, langfredag, påskedag, 2. påskedag, Kristi himmelfart, pinsedag, 2. pinsedag, juledag
 * and 2. juledag, and store bededag before 2024 (lov 214 of 2023). Easter Sunday by the anonymous
 * Gregorian algorithm. 5 June, 24 and 31 December are not public holidays, yet most offices are
 * shut: options say.
 *
 * Local time is Europe/Copenhagen: UTC+1, and UTC+2 from the last Sunday of March to the last
 * Sunday of October, 01:00 UTC (directive 2000/84/EC). Years 1996 to 2999.
 */
#pragma once

#include "common/base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct calendar_date {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
};

struct calendar_options {
    int64_t cutoff;        /* microseconds after local midnight: received before it … */
    int64_t due_same_day;  /* … on a working day is due then, the same day; */
    int64_t due_next_day;  /* everything else is due then, the next working day */
    int64_t office_opens;  /* office hours of a working day, after local midnight; an office that */
    int64_t office_closes; /* closes no later than it opens is open day and night */
    bool constitution_day; /* 5 June is a day off */
    bool christmas_eve;    /* 24 December is a day off */
    bool new_years_eve;    /* 31 December is a day off */
};

/* Days since 1970-01-01 and back; years 1 to 9999. */
int64_t calendar_day_number(struct calendar_date date);
struct calendar_date calendar_day_date(int64_t number);

/* 12:00, 16:00, 12:00; 8 to 16; the three days off. */
extern const struct calendar_options calendar_defaults;

struct calendar_date calendar_easter(int year);
bool calendar_working_day(struct calendar_date date, const struct calendar_options *options);
struct calendar_date calendar_next_day(struct calendar_date date);

/* The local date at `time` (microseconds since 1970, UTC), and the microseconds since local
 * midnight. */
struct calendar_date calendar_local(int64_t time, int64_t *since_midnight);
/* The moment when local clocks show `since_midnight` on `date`. In autumn's double hour the first
 * of the two; a time that spring skips is as late as if it had not been skipped. */
int64_t calendar_moment(struct calendar_date date, int64_t since_midnight);

/* When the answer to an order received at `received` is due. */
int64_t calendar_due(int64_t received, const struct calendar_options *options);

/*
 * Working time: office hours of working days. Costs a step for each day between.
 */
struct calendar_hours {
    int64_t opens; /* moments; opens < closes */
    int64_t closes;
};
/* False on a day off. */
bool calendar_office(struct calendar_date date, const struct calendar_options *options,
                     struct calendar_hours *hours);
/* Microseconds of working time from `from` until `to`; 0 when `to` is not later. */
int64_t calendar_working_time(int64_t from, int64_t to, const struct calendar_options *options);
/* The earliest moment when so much working time has passed since `from`; `from` for none. */
int64_t calendar_working_after(int64_t from, int64_t span, const struct calendar_options *options);
/* The moment when `part` of `whole` parts of the working time from `from` until `to` has passed.
 * When there is no working time between, of the time itself. */
int64_t calendar_working_share(int64_t from, int64_t to, int part, int whole,
                               const struct calendar_options *options);

/* Reads an RFC 3339 date-time, "2026-11-22T10:30:00Z" or with fractions and an offset, to the
 * microsecond. ERROR_INVALID for everything else, days that do not exist and leap seconds too. */
MUST_CHECK int calendar_read_time(const char *text, int64_t *time);
