/*
 * What one request found, and how it is shown: as JSON (document.c) and as tables that Danish Excel
 * opens (sheets.c). Everything lives in the request's arena; writing is pure.
 */
#pragma once

#include "common/base/buffer.h"
#include "services/figures/months.h"
#include "services/figures/tally.h"

/* Where orders and hires are counted: the municipalities by code, then the two others. */
enum place_kind { PLACE_MUNICIPALITY, PLACE_OUTSIDE, PLACE_ALL };

struct place {
    enum place_kind kind;
    const char *code; /* NULL unless a municipality */
    const char *name; /* Danish */
};

struct report_hires {
    size_t place;          /* the candidates' home, or all */
    const char *breakdown; /* "occupation" or "kind" */
    const char *code;      /* NULL: an order without an occupation */
    const char *title;     /* Danish, NULL when it is not known */
    int64_t hires;
    bool exact; /* else rounded down to a whole step, or left out (0026_figures.sql) */
};

struct report {
    struct months months;
    const struct place *places;
    size_t place_count; /* the last is all, the last but one outside */
    size_t wanted;      /* the one place that is shown; TALLY_ALL: every */
    const struct tally_row
        *rows; /* months.count + 1 times place_count; the last are the period's */
    const struct tally_pair *pairs;
    size_t pair_count;
    const struct tally_balance *balance; /* of each place, all left out */
    const struct report_hires *hires;
    size_t hires_count;
};

static inline bool report_shows(const struct report *report, size_t place)
{
    return report->wanted == TALLY_ALL || report->wanted == place;
}

void report_json(const struct report *report, struct buffer *text);

enum report_table { REPORT_ORDERS, REPORT_HIRES, REPORT_BALANCE };
extern const char *const report_tables[]; /* as ?table= names them; NULL-terminated */
void report_sheet(const struct report *report, enum report_table table, struct buffer *text);

/* `part` of `whole` in units of 10^-decimals, rounded to the nearest; `whole` is not 0. */
int64_t report_share(int64_t part, int64_t whole, unsigned decimals);
/* Microseconds as hundredths of an hour, rounded to the nearest. */
int64_t report_hours(int64_t time);
