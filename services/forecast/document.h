/*
 * The forecast as JSON and as tables that Danish Excel opens. Pure: what the database found goes
 * in, bytes come out; nothing is owned.
 */
#pragma once

#include "common/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* People are counted in tenths: rules give parts of a person. */
struct forecast_row {
    const char *month; /* "2026-11" */
    const char *trade;
    const char *trade_title;
    const char *place; /* a municipality's code, "several" or "all" */
    const char *place_name;
    int64_t needed;
    int64_t by_rule;
    int64_t by_contact;
    int64_t by_panel;
    bool supplied;  /* the three below mean something: not where the place is "several" */
    int64_t supply; /* whole people */
    bool exact;     /* else supply is at least this, and short at most */
    int64_t short_of;
};

/* What is in no row, because something is not known. */
struct forecast_unknown {
    const char *reason;
    const char *text; /* Danish */
    int64_t leads;
    const char *newest; /* JSON array of the leads' ids */
    int64_t people;     /* in tenths; negative: nobody said how many */
};

struct forecast {
    const char *from, *to; /* months */
    const char *trade;     /* what was asked for; NULL: all */
    const char *municipality;
    int64_t rules; /* version */
    bool draft;
    int64_t found_percent;
    const struct forecast_row *rows;
    size_t row_count;
    const struct forecast_unknown *unknown;
    size_t unknown_count;
};

void forecast_json(const struct forecast *forecast, struct buffer *text);

enum forecast_table { FORECAST_NEEDS, FORECAST_UNKNOWN };
extern const char *const forecast_tables[]; /* as ?table= names them; NULL-terminated */
void forecast_sheet(const struct forecast *forecast, enum forecast_table table,
                    struct buffer *text);
