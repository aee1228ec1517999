/*
 * What people and their systems write for amounts, days and stages, in Danish or English. Pure:
 * text in, a value or a reason out, nothing guessed silently: what can be read in two ways is
 * refused as such.
 */
#pragma once

#include "common/base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum value_fault {
    VALUE_GOOD,
    VALUE_EMPTY,     /* nothing, or what is written for nothing: "-", "n/a", "ukendt" */
    VALUE_FORM,      /* cannot be read */
    VALUE_AMBIGUOUS, /* can be read in two ways: "1,250" without a unit */
    VALUE_RANGE,     /* more than VALUE_AMOUNT_CAP, a day that does not exist, or an end before its
                        start */
};

/* "FORMAT" and the like, and what a person is told. NULL for VALUE_GOOD. */
const char *value_fault_code(enum value_fault fault);
const char *value_fault_text(enum value_fault fault);

/* --- amounts --- */

#define VALUE_AMOUNT_CAP INT64_C(100000000000000) /* hundredths: a thousand billion kroner */

/* What a column is known to mean besides what its cells say. */
struct value_amount_pattern {
    int64_t unit;     /* of a bare number: 1, 1000, 1000000; 0: 1 */
    char decimal;     /* ',' or '.'; 0: as each cell shows it, VALUE_AMBIGUOUS where it does not */
    char currency[4]; /* of a cell that names none; "": DKK */
};

struct value_amount {
    int64_t low;  /* hundredths of the currency */
    int64_t high; /* the same as `low`, but for "5-10 mio." */
    bool about;   /* "ca.", "over", "op til": not to be taken at its word */
    char currency[4];
};

/* "12,5 mio", "1,2 mia.", "kr. 1.250.000,-", "ca. 5-10 mio.", "DKK 1,250,000.00", "850 t.kr.". */
enum value_fault value_amount_read(const char *text, const struct value_amount_pattern *pattern,
                                   struct value_amount *amount);

/* --- days --- */

enum value_precision {
    VALUE_DAY,
    VALUE_WEEK,
    VALUE_PART, /* primo, medio, ultimo: a third of a month */
    VALUE_MONTH,
    VALUE_QUARTER,
    VALUE_SEASON,
    VALUE_HALF,
    VALUE_YEAR,
    VALUE_PERIOD, /* from one to another */
};

struct value_date_pattern {
    char order[4]; /* of three numbers: "dmy" (also when ""), "mdy"; "ymd" is seen by its year */
    int today_year, today_month, today_day; /* for a week that names no year; 0: such are refused */
};

struct value_date {
    char from[11]; /* "2026-03-01", both included */
    char to[11];
    enum value_precision precision; /* the coarser of the two ends' */
    bool about;                     /* "ca." */
};

/* "Marts 2025", "Quarter 1, 2026", "2. kvartal 2026", "uge 12" (that nearest to today), "uge 12
 * 2026", "12-03-2026", "medio maj 2026", "efterår 2026", "marts-maj 2026". Seasons are of three
 * whole months; winter begins in December and bears the year of its January, unless two years are
 * written. */
enum value_fault value_date_read(const char *text, const struct value_date_pattern *pattern,
                                 struct value_date *date);
/* "day", "week" and so on, as the API says it. */
const char *value_precision_word(enum value_precision precision);

/* --- stages of the building --- */

/* "planned", "tender", "awarded", "construction", "completed"; NULL when the words say none of
 * them. */
const char *value_stage_read(const char *text);
